//! Where the program's bytes live: every `ArrayBuffer` lies in an engine store, every view of one can be watched.
//!
//! [`install`] replaces the global `ArrayBuffer`, `SharedArrayBuffer`, `DataView` and typed arrays by constructors of our own that share their
//! prototypes, so that `instanceof`, subclasses, species, `from` and `of` work as before. Everything else here makes Buffers.

mod constructors;
mod lexer;
mod pool;
mod site;
mod sources;

use std::cell::{Cell, RefCell};

use plimsoll::audit::{self, Churn, Site};
use plimsoll::{Pool, Store};

use crate::raw::{BufferShape, Ctx, Flags, Key, Kind, MAX_BUFFER, Ref, Slot, Thrown, Val};
use crate::state::State;

pub(crate) use constructors::install;
pub(crate) use pool::{is_pooled_size, pool_advance, pool_reserve, pool_take};
pub(crate) use site::buffer_site;
pub(crate) use sources::Sources;

/// The state of this module.
pub(crate) struct Memory {
    /// Decided once, before the first store is born.
    auditing: bool,
    slots: std::cell::OnceCell<Slots>,
    pool: RefCell<Pool>,
    /// The store that [`Slots::slab`] lies on.
    slab: Cell<u64>,
    /// External bytes after the last collection.
    collected_at: Cell<u64>,
    /// Raised while collections free little.
    patience: Cell<u64>,
    sources: RefCell<Sources>,
    sites: RefCell<site::Cache>,
    /// The site of stores and views while nothing is audited.
    nowhere: Site,
}

/// Values that this module needs for as long as the engine lives.
#[derive(Clone, Copy)]
struct Slots {
    /// The engine's own constructors, in the order of `ElementKind::EVERY`.
    typed: [Slot; 12],
    dataview: Slot,
    /// Our own `Uint8Array`.
    uint8_array: Slot,
    /// `%TypedArray%.prototype.set`
    set: Slot,
    /// `Array.from`
    array_from: Slot,
    /// `Array.prototype.values`
    array_values: Slot,
    /// `Symbol.iterator`
    iterator: Slot,
    fast_buffer: Slot,
    /// The class whose `poolSize` counts: `Buffer`, once there is one.
    buffer_class: Slot,
    /// The `ArrayBuffer` of the pool's current slab.
    slab: Slot,
    /// The hidden symbol under which a view keeps what tells of its death.
    watch_key: Slot,
    capture: Slot,
    /// The object on which stacks are captured.
    target: Slot,
    set_prepare: Slot,
    set_limit: Slot,
    /// What the program set as `Error.prepareStackTrace` and `Error.stackTraceLimit`.
    prepare: Slot,
    limit: Slot,
    stack: Key,
    pool_size: Key,
    /// The engine's `transfer` and `transferToFixedLength`.
    transfers: [Slot; 2],
}

/// Node's pool: 8 KiB until the program sets `Buffer.poolSize`.
pub(crate) const DEFAULT_POOL_SIZE: usize = 8192;

/// External bytes may grow by at least this much before cycles are collected.
const PRESSURE_FLOOR: u64 = 16 << 20;

impl Memory {
    /// State for an engine that has run nothing yet.
    pub(crate) fn new(auditing: bool, sources: Sources) -> Memory {
        Memory {
            auditing,
            slots: std::cell::OnceCell::new(),
            pool: RefCell::new(Pool::with_slab_size(DEFAULT_POOL_SIZE)),
            slab: Cell::new(0),
            collected_at: Cell::new(0),
            patience: Cell::new(1),
            sources: RefCell::new(sources),
            sites: RefCell::default(),
            nowhere: Site::named("<script>"),
        }
    }
}

fn memory(ctx: &Ctx) -> Result<&Memory, Thrown> {
    match ctx.user::<State>() {
        Some(state) => Ok(&state.memory),
        None => Err(Thrown::plain(Kind::Error, "The host is not set up")),
    }
}

fn slots(ctx: &Ctx) -> Result<Slots, Thrown> {
    match memory(ctx)?.slots.get() {
        Some(slots) => Ok(*slots),
        None => Err(Thrown::plain(Kind::Error, "The host is not set up")),
    }
}

/// Whether views are watched.
#[inline]
pub(crate) fn is_auditing(ctx: &Ctx) -> bool {
    ctx.user::<State>().is_some_and(|state| state.memory.auditing)
}

/// Where the program called the running native; a constant unless something is audited. Looked up once in a call.
fn current_site(ctx: &mut Ctx) -> Result<Site, Thrown> {
    if is_auditing(ctx) { buffer_site(ctx) } else { Ok(memory(ctx)?.nowhere) }
}

/// The class of Buffers. `new FastBuffer(…)` takes what `new Uint8Array(…)` takes; its `prototype` is to be `Buffer.prototype`.
pub(crate) fn fast_buffer(ctx: &Ctx) -> Result<Val, Thrown> {
    Ok(ctx.slot(slots(ctx)?.fast_buffer))
}

/// Says whose `poolSize` counts.
pub(crate) fn set_buffer_class(ctx: &Ctx, class: Ref<'_>) -> Result<(), Thrown> {
    let slot = slots(ctx)?.buffer_class;
    ctx.refill(slot, ctx.dup(class))
}

/// A Buffer that shows `len` bytes of the `ArrayBuffer` from `offset` on. **Shares memory.** A range outside it is a `RangeError`.
pub(crate) fn new_buffer(ctx: &mut Ctx, array_buffer: Ref<'_>, offset: usize, len: usize) -> Result<Val, Thrown> {
    let site = current_site(ctx)?;
    new_buffer_at(ctx, array_buffer, offset, len, site)
}

fn new_buffer_at(ctx: &mut Ctx, array_buffer: Ref<'_>, offset: usize, len: usize, site: Site) -> Result<Val, Thrown> {
    let Slots { typed, fast_buffer, .. } = slots(ctx)?;
    let (class, target) = (ctx.slot(typed[2]), ctx.slot(fast_buffer));
    let (offset, len) = (Val::size(offset), Val::size(len));
    let view = ctx.construct(class.as_ref(), target.as_ref(), &[array_buffer, offset.as_ref(), len.as_ref()])?;
    watch(ctx, view.as_ref(), site)?;
    Ok(view)
}

/// A zeroed Buffer on a store of its own, as `Buffer.alloc` makes it. When it cannot be had:
/// `RangeError: Array buffer allocation failed`.
pub(crate) fn alloc_unpooled(ctx: &mut Ctx, len: usize) -> Result<Val, Thrown> {
    let site = current_site(ctx)?;
    let array_buffer = fresh(ctx, len, site)?;
    new_buffer_at(ctx, array_buffer.as_ref(), 0, len, site)
}

/// The same, as `Buffer.allocUnsafeSlow` makes it. When it cannot be had, a `RangeError` with the code `ERR_MEMORY_ALLOCATION_FAILED`.
pub(crate) fn alloc_unpooled_slow(ctx: &mut Ctx, len: usize) -> Result<Val, Thrown> {
    let site = current_site(ctx)?;
    let array_buffer = match fresh(ctx, len, site) {
        Ok(array_buffer) => array_buffer,
        Err(_) => {
            // Node raises this one itself: the code is a property only.
            let error = ctx.new_error(Kind::RangeError, None, "Failed to allocate memory")?;
            let code = ctx.string("ERR_MEMORY_ALLOCATION_FAILED")?;
            ctx.define(error.as_ref(), "code", code, Flags::ALL)?;
            return Err(Thrown::Value(error));
        }
    };
    new_buffer_at(ctx, array_buffer.as_ref(), 0, len, site)
}

/// A Buffer on a store of its own that takes the bytes over. Copies nothing.
pub(crate) fn alloc_from_vec(ctx: &mut Ctx, bytes: Vec<u8>) -> Result<Val, Thrown> {
    let (site, len) = (current_site(ctx)?, bytes.len());
    if len > MAX_BUFFER {
        return Err(allocation_failed());
    }
    press(ctx, len)?;
    let shape = BufferShape { len, max_len: None, shared: false };
    let array_buffer = ctx.array_buffer(Store::from_vec_at(bytes, site), shape, site)?;
    new_buffer_at(ctx, array_buffer.as_ref(), 0, len, site)
}

/// A new `ArrayBuffer` of zeroes.
fn fresh(ctx: &mut Ctx, len: usize, site: Site) -> Result<Val, Thrown> {
    let shape = BufferShape { len, max_len: None, shared: false };
    fresh_shaped(ctx, len, shape, site)
}

/// A new `ArrayBuffer` of `capacity` zeroes, in any shape.
fn fresh_shaped(ctx: &mut Ctx, capacity: usize, shape: BufferShape, site: Site) -> Result<Val, Thrown> {
    if capacity > MAX_BUFFER {
        return Err(allocation_failed());
    }
    press(ctx, capacity)?;
    let store = match Store::try_zeroed_at(capacity, site) {
        Ok(store) => store,
        Err(_) => {
            ctx.collect();
            Store::try_zeroed_at(capacity, site).map_err(|_| allocation_failed())?
        }
    };
    ctx.array_buffer(store, shape, site)
}

#[cold]
fn allocation_failed() -> Thrown {
    Thrown::plain(Kind::RangeError, "Array buffer allocation failed")
}

/// Collects cycles when the bytes that the engine does not see have grown much since the last time. Garbage without
/// cycles is freed at its last reference and needs none of this.
fn press(ctx: &Ctx, wanted: usize) -> Result<(), Thrown> {
    let memory = memory(ctx)?;
    let (live, mark) = (ctx.external_live(), memory.collected_at.get());
    // What is allowed grows with what is alive, at most to as much again: patience stretches the floor further than the share.
    let patience = memory.patience.get();
    let allowed = (PRESSURE_FLOOR * patience).max(mark / 2 * patience.min(2));
    if (live + wanted as u64).saturating_sub(mark) > allowed {
        ctx.collect();
        let after = ctx.external_live();
        let freed_little = live.saturating_sub(after) < live / 8;
        memory.patience.set(if freed_little { (patience * 2).min(16) } else { 1 });
        memory.collected_at.set(after);
    } else if live < mark / 2 {
        // Much went away by itself: the old mark would let the next cycles pile up.
        memory.collected_at.set(live);
    }
    Ok(())
}

/// Puts a view under audit, if its store is.
fn watch(ctx: &mut Ctx, view: Ref<'_>, site: Site) -> Result<(), Thrown> {
    if !is_auditing(ctx) {
        return Ok(());
    }
    let Some(info) = ctx.view(view) else { return Ok(()) };
    let Some(backing) = ctx.backing(info.buffer.as_ref()) else { return Ok(()) };
    let Some(watch) = audit::watch(&backing.store, info.offset..info.offset + info.len, site) else { return Ok(()) };
    let key = ctx.slot(slots(ctx)?.watch_key);
    ctx.attach(view, key.as_ref(), watch)
}

/// What a view shows and what it keeps alive, in bytes. `None` if the value has no bytes.
pub(crate) fn weigh(ctx: &Ctx, view: Ref<'_>) -> Option<plimsoll::Weight> {
    let info = ctx.view(view)?;
    let gross = match ctx.backing(info.buffer.as_ref()) {
        Some(backing) => backing.store.capacity(),
        None => ctx.bytes(info.buffer.as_ref()).map_or(0, <[_]>::len),
    };
    Some(plimsoll::Weight { net: info.len, gross })
}

/// Adds bytes that the running native copied to its site's figures. Nothing unless something is audited.
#[inline]
pub(crate) fn count_copied(ctx: &mut Ctx, bytes: usize) {
    count(ctx, Churn { copied: bytes as u64, ..Churn::default() });
}

/// Adds bytes that the running native turned into strings to its site's figures. Nothing unless something is audited.
#[inline]
pub(crate) fn count_stringified(ctx: &mut Ctx, bytes: usize) {
    count(ctx, Churn { stringified: bytes as u64, ..Churn::default() });
}

fn count(ctx: &mut Ctx, add: Churn) {
    if is_auditing(ctx)
        && let Ok(site) = buffer_site(ctx)
    {
        audit::churn(site, add);
    }
}

/// The hidden symbol under which views carry their watch.
pub(crate) fn watch_key(ctx: &Ctx) -> Result<Val, Thrown> {
    Ok(ctx.slot(slots(ctx)?.watch_key))
}

/// Remembers the text of a file that is about to run.
pub(crate) fn add_source(ctx: &Ctx, file: &str, text: std::rc::Rc<str>) -> Result<(), Thrown> {
    memory(ctx)?.sources.borrow_mut().add(file, text);
    Ok(())
}

/// Whether the text of a script begins with `'use strict'`.
pub(crate) fn is_strict(text: &str) -> bool {
    lexer::is_strict(text)
}

/// A stack as the engine makes it, with columns as Node counts them and without the host's own frames.
pub(crate) fn fix_stack(ctx: &Ctx, stack: &str) -> Result<String, Thrown> {
    Ok(site::fix_stack(&memory(ctx)?.sources.borrow(), stack))
}

/// File, line, column and text of the line of the first frame of a fixed stack that lies in a file of the program.
pub(crate) fn first_place(ctx: &Ctx, stack: &str) -> Result<Option<(String, u32, u32, String)>, Thrown> {
    Ok(site::first_place(&memory(ctx)?.sources.borrow(), stack))
}
