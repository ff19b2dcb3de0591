//! The audit's records: one per live view of an audited store, and one per audited store.
//!
//! Records live in chunks that belong to a *shard*; a thread owns one shard while it runs and makes all its records there.
//! Chunks are never freed, so a walker may look at them at any time; shards of ended threads are adopted by new ones.
//!
//! * *R1.* A record's fields are written only between being taken from the free list and the store of a live `state`, by the
//!   thread that owns its shard. `state` carries a generation, so a walker that reads the same state before and after the
//!   fields has read one row, never a torn one. (The one exception is [`set_len`], a single field of a view that follows its memory's length.)
//! * *R2.* A live record belongs to exactly one handle. Its owner ends it: on the shard's thread it goes back to the free
//!   list; elsewhere it is marked with one plain store and the shard sweeps it up later.

use super::clock;
use super::pool;
use super::site::Site;
use super::store::Header;
use super::sync::{AtomicPtr, AtomicUsize, Ordering, fence};
use crate::audit;
use std::cell::Cell;
use std::marker::PhantomData;
use std::num::NonZeroU32;
use std::ptr::{self, NonNull};
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, PoisonError};
#[cfg(feature = "audit")]
use std::time::Duration;

const VIEW: usize = 1;
const STORE: usize = 2;
/// Ended by a thread that does not own the shard.
const MARKED: usize = 4;
/// The store is a slab.
const SLAB: usize = 8;
/// The store is a slab that the pool itself holds: nobody's when it has no views.
const RESERVE: usize = 16;
/// The site is a name, not a `Location`.
const NAMED: usize = 32;
/// Somebody wants to know what happens on the way, not only how it ends.
const DETAIL: usize = 64;
/// It was begun in a scope, which has a label.
const SCOPED: usize = 128;
const BITS: usize = 0xff;
const GENERATION: usize = BITS + 1;
/// The lower half of a state is bits and generation, the upper half the [`clock`] when the record was started.
const LOWER: usize = usize::MAX >> (usize::BITS / 2);
/// The clock is looked at once in so many lives of a record, at least.
const LIVES: usize = 256 * GENERATION;

const CHUNK: usize = 1024;

#[repr(C)]
pub(crate) struct Record {
    state: AtomicUsize,
    site: AtomicPtr<()>,
    /// Which store: its address, never followed, because another thread may be freeing it.
    store: AtomicUsize,
    /// Where in the store the view begins; of a store, how many it stands for.
    start: AtomicUsize,
    /// What the view shows; of a store, what it keeps alive.
    len: AtomicUsize,
    /// The scope's label, a named site's pointer, if `SCOPED`.
    scope: AtomicPtr<()>,
    shard: &'static Shard,
    next: Cell<*const Record>,
}

struct Shard {
    /// The free list, while no thread owns the shard.
    free: Cell<*const Record>,
    chunks: Mutex<Vec<Chunk>>,
    /// Chunks that may be added before the next sweep. A sweep looks at every record, so at least half as many are taken
    /// between two; and if half of them are free after it, nothing is added, so there are never many more than live views.
    before_sweep: Cell<usize>,
}

#[derive(Clone, Copy)]
struct Chunk(NonNull<Record>);

// SAFETY: a chunk is a leaked array whose records other threads read through atomics only (R1).
unsafe impl Send for Chunk {}
// SAFETY: the cells are touched only by the thread that owns the shard; `chunks` is behind its lock.
unsafe impl Sync for Shard {}

static SHARDS: Mutex<Vec<&'static Shard>> = Mutex::new(Vec::new());
static ORPHANS: Mutex<Vec<&'static Shard>> = Mutex::new(Vec::new());
static HELD: AtomicU64 = AtomicU64::new(0);

/// A thread's shard and its free list. Between threads the list waits in the shard.
struct Mine {
    free: Cell<*const Record>,
    shard: Cell<*const Shard>,
    /// The label of the scope that the thread is in.
    scope: Cell<Option<&'static str>>,
    /// The same once a record has asked for it.
    label: Cell<Option<Site>>,
}

thread_local! {
    static MINE: Mine = const {
        Mine { free: Cell::new(ptr::null()), shard: Cell::new(ptr::null()), scope: Cell::new(None), label: Cell::new(None) }
    };
}

/// The thread enters a scope, or leaves all: what it begins from now on has this label.
#[inline]
pub(crate) fn set_scope(label: Option<&'static str>) {
    MINE.with(|mine| {
        mine.label.set(None);
        mine.scope.set(label);
    });
}

#[inline]
fn is_in_scope() -> bool {
    MINE.with(|mine| mine.scope.get().is_some())
}

/// The label of the scope that the thread is in, as a named site.
pub(crate) fn scope() -> Option<Site> {
    MINE.with(|mine| {
        let label = mine.scope.get()?;
        Some(mine.label.get().unwrap_or_else(|| {
            let site = Site::named(label);
            mine.label.set(Some(site));
            site
        }))
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every critical section here leaves its list whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts the record of a view of an audited store. Null when there is no memory for it: then no report shows the view.
///
/// A call of its own: inlined, it would slow down the views that are not audited. And all that is rare is a call at its end,
/// so that it needs no stack frame.
#[inline(never)]
pub(crate) fn begin_view<const COPIED: bool>(
    store: NonNull<Header>,
    start: *const u8,
    len: usize,
    site: Site,
) -> *const Record {
    // SAFETY: S1: the caller holds a reference.
    let header = unsafe { store.as_ref() };
    // What an embedder says of its views may begin beyond the store, or before it.
    let start = start.addr().wrapping_sub(header.data().addr());
    match pop() {
        Some(record) if !header.wants_detail() && !is_in_scope() => {
            record.start(VIEW, store, start, len, site, None);
            if record.is_of_many_lives() { after_many_lives(record) } else { record }
        }
        Some(record) => begin_labelled_view::<COPIED>(record, store, start, len, site),
        None => begin_view_in_new_room::<COPIED>(store, start, len, site),
    }
}

/// It has been a while, by views.
#[cold]
#[inline(never)]
fn after_many_lives(record: &'static Record) -> *const Record {
    clock::tick();
    record
}

#[cold]
#[inline(never)]
fn begin_view_in_new_room<const COPIED: bool>(
    store: NonNull<Header>,
    start: usize,
    len: usize,
    site: Site,
) -> *const Record {
    let Some(record) = make_room() else { return ptr::null() };
    begin_labelled_view::<COPIED>(record, store, start, len, site)
}

/// A view of which there is more to say: its scope, or that it was made.
#[cold]
#[inline(never)]
fn begin_labelled_view<const COPIED: bool>(
    record: &'static Record,
    store: NonNull<Header>,
    start: usize,
    len: usize,
    site: Site,
) -> *const Record {
    let mut kind = VIEW;
    // SAFETY: S1: the caller holds a reference.
    if unsafe { store.as_ref() }.wants_detail() {
        kind |= DETAIL;
        audit::view_made(site);
        if COPIED {
            audit::count_copied(site, len);
        }
    }
    record.start(kind, store, start, len, site, scope())
}

/// The view of this record shows `len` bytes from now on. A walker sees the old length or the new one.
pub(crate) fn set_len(record: *const Record, len: usize) {
    // SAFETY: records are never freed; the caller keeps the view from ending meanwhile.
    unsafe { &*record }.len.store(len, Ordering::Relaxed);
}

/// Starts the record of a store that is audited and stands for so many. Null when there is no memory for it.
pub(crate) fn begin_store(store: NonNull<Header>, site: Site, reserve: bool, stands_for: NonZeroU32) -> *const Record {
    // SAFETY: S1: the caller holds a reference.
    let header = unsafe { store.as_ref() };
    let Some(record) = take() else { return ptr::null() };
    let kind = STORE | if header.is_slab() { SLAB } else { 0 } | if reserve { RESERVE } else { 0 };
    if !header.is_slab() {
        clock::tick();
    }
    let stands_for = stands_for.get() as usize;
    let more = weight(header.cap(), stands_for);
    let held = HELD.fetch_add(more, Ordering::Relaxed).wrapping_add(more);
    if audit::wants_detail() {
        audit::store_born(site, header.cap() as u64, held);
    }
    record.start(kind, store, stands_for, header.cap(), site, scope())
}

/// What so many stores of this size hold.
fn weight(cap: usize, stores: usize) -> u64 {
    (cap as u64).wrapping_mul(stores as u64) // as much is added as is taken away again
}

fn take() -> Option<&'static Record> {
    pop().or_else(make_room)
}

#[inline]
fn pop() -> Option<&'static Record> {
    MINE.with(|mine| {
        // SAFETY: the free list holds records of this thread's shard, which are never freed.
        let record = unsafe { mine.free.get().as_ref() }?;
        mine.free.set(record.next.get());
        Some(record)
    })
}

/// Ends the record of a view.
///
/// # Safety
/// `record` came from [`begin_view`] and has not been ended (R2).
#[inline]
pub(crate) unsafe fn end_view(record: *const Record) {
    // SAFETY: records are never freed.
    let record = unsafe { &*record };
    let state = record.state.load(Ordering::Relaxed);
    if state & DETAIL != 0 {
        audit::before_end(held());
    }
    end(record, state);
}

/// The view shows less: `forward` bytes fewer at the front, `len` in all.
///
/// # Safety
/// As for [`end_view`]; the caller owns the view.
pub(crate) unsafe fn shrink_view(record: *const Record, forward: usize, len: usize) {
    // SAFETY: records are never freed.
    let record = unsafe { &*record };
    // R1: not live while its fields change. R2: the shard's thread lets a live record alone, so its handle may do this anywhere.
    let state = record.state.load(Ordering::Relaxed);
    record.state.store(state & !BITS, Ordering::Relaxed);
    fence(Ordering::Release);
    record.start.store(record.start.load(Ordering::Relaxed) + forward, Ordering::Relaxed);
    record.len.store(len, Ordering::Relaxed);
    record.state.store(state.wrapping_add(GENERATION) & LOWER | state & !LOWER, Ordering::Release);
}

/// Ends the record of a store.
pub(crate) fn end_store(record: *const Record) {
    // SAFETY: records are never freed, and the store's header held this one.
    let record = unsafe { &*record };
    HELD.fetch_sub(record.weight(), Ordering::Relaxed);
    end(record, record.state.load(Ordering::Relaxed));
}

#[inline]
fn end(record: &'static Record, state: usize) {
    MINE.with(|mine| {
        if ptr::eq(record.shard, mine.shard.get()) {
            record.state.store(state & !BITS, Ordering::Relaxed);
            record.next.set(mine.free.replace(record));
        } else {
            record.mark(state);
        }
    });
}

/// A slab that is held by its pool alone is born again at `site`. Only by the slab's owner.
pub(crate) fn renew_store(record: *const Record, store: NonNull<Header>, site: Site, stands_for: NonZeroU32) {
    // SAFETY: records are never freed; S1.
    let (record, header) = unsafe { (&*record, store.as_ref()) };
    // R1: not live while its fields change.
    record.state.store(record.state.load(Ordering::Relaxed) & !BITS, Ordering::Relaxed);
    let stands_for = stands_for.get() as usize;
    if stands_for != record.start.load(Ordering::Relaxed) {
        HELD.fetch_add(weight(header.cap(), stands_for).wrapping_sub(record.weight()), Ordering::Relaxed);
    }
    record.start(STORE | SLAB | RESERVE, store, stands_for, header.cap(), site, scope());
}

/// The pool begins or stops filling the slab of this record. Only by the slab's owner.
pub(crate) fn set_reserve(record: *const Record, reserve: bool) {
    // SAFETY: records are never freed; the caller holds the slab, so nobody ends the record meanwhile.
    let record = unsafe { &*record };
    let state = record.state.load(Ordering::Relaxed) & !RESERVE;
    record.state.store(state | if reserve { RESERVE } else { 0 }, Ordering::Release);
}

#[cold]
#[inline(never)]
fn make_room() -> Option<&'static Record> {
    if MINE.with(|mine| mine.shard.get().is_null()) && pool::enter_thread() {
        take_over(adopt());
    }
    // SAFETY: a shard is never freed, and this thread owns it.
    if let Some(shard) = unsafe { MINE.with(|mine| mine.shard.get()).as_ref() } {
        return grow(shard);
    }
    // The exit guard has run: borrow a shard for this one record.
    take_over(adopt());
    let record = take();
    leave_thread();
    record
}

fn take_over(shard: &'static Shard) {
    MINE.with(|mine| {
        mine.free.set(shard.free.replace(ptr::null()));
        mine.shard.set(shard);
    });
}

fn adopt() -> &'static Shard {
    if let Some(shard) = lock(&ORPHANS).pop() {
        return shard;
    }
    let shard = Shard::leaked();
    lock(&SHARDS).push(shard);
    shard
}

/// This thread ends: its shard, with the records of views that outlive it, waits for the next thread.
pub(crate) fn leave_thread() {
    MINE.with(|mine| {
        let free = mine.free.replace(ptr::null());
        // SAFETY: a shard is never freed, and this thread owns it.
        if let Some(shard) = unsafe { mine.shard.replace(ptr::null()).as_ref() } {
            shard.free.set(free);
            lock(&ORPHANS).push(shard);
        }
    });
}

fn grow(shard: &'static Shard) -> Option<&'static Record> {
    if let Some(record) = pop() {
        return Some(record); // of a shard just adopted
    }
    let free: Cell<*const Record> = Cell::new(ptr::null());
    let put = |record: &'static Record| record.next.set(free.replace(record));
    let mut chunks = lock(&shard.chunks);
    if shard.before_sweep.get() == 0 {
        let mut freed = 0;
        for record in chunks.iter().flat_map(|chunk| chunk.records()) {
            if record.sweep() {
                put(record);
                freed += 1;
            }
        }
        shard.before_sweep.set((chunks.len() * CHUNK / 2).saturating_sub(freed).div_ceil(CHUNK));
    }
    if free.get().is_null() {
        shard.before_sweep.set(shard.before_sweep.get().saturating_sub(1));
        chunks.try_reserve(1).ok()?;
        let chunk = Chunk::new(shard)?;
        clock::tick();
        chunks.push(chunk);
        chunk.records().rev().for_each(put);
    }
    drop(chunks);
    MINE.with(|mine| mine.free.set(free.get()));
    pop()
}

impl Shard {
    fn leaked() -> &'static Self {
        Box::leak(Box::new(Self {
            free: Cell::new(ptr::null()),
            chunks: Mutex::new(Vec::new()),
            before_sweep: Cell::new(0),
        }))
    }
}

impl Record {
    fn free(shard: &'static Shard) -> Self {
        Self {
            state: AtomicUsize::new(0),
            site: AtomicPtr::new(ptr::null_mut()),
            store: AtomicUsize::new(0),
            start: AtomicUsize::new(0),
            len: AtomicUsize::new(0),
            scope: AtomicPtr::new(ptr::null_mut()),
            shard,
            next: Cell::new(ptr::null()),
        }
    }

    /// Makes a record that was taken from a free list live (R1).
    #[inline]
    fn start(
        &'static self,
        kind: usize,
        store: NonNull<Header>,
        start: usize,
        len: usize,
        site: Site,
        scope: Option<Site>,
    ) -> *const Self {
        // A free record has no bits set, only its last generation.
        let next = GENERATION | kind | (usize::from(site.is_named()) * NAMED) | (usize::from(scope.is_some()) * SCOPED);
        let before = self.state.load(Ordering::Relaxed);
        let state = before.wrapping_add(next) & LOWER | clock::now();
        // R1: a walker that sees any field written below also sees that the record was not live.
        fence(Ordering::Release);
        self.site.store(site.pointer().cast_mut(), Ordering::Relaxed);
        self.store.store(store.addr().get(), Ordering::Relaxed);
        self.start.store(start, Ordering::Relaxed);
        self.len.store(len, Ordering::Relaxed);
        if let Some(scope) = scope {
            self.scope.store(scope.pointer().cast_mut(), Ordering::Relaxed);
        }
        self.state.store(state, Ordering::Release);
        self
    }

    /// Ended by a thread that does not own the shard (R2).
    #[inline]
    fn mark(&self, state: usize) {
        self.state.store(state | MARKED, Ordering::Release);
    }

    /// Whether another thread has ended it; then it is free again. Only by the thread that owns the shard.
    fn sweep(&self) -> bool {
        // Pairs with the mark: what the other thread did to the view is over.
        let state = self.state.load(Ordering::Acquire);
        if state & MARKED == 0 {
            return false;
        }
        self.state.store(state & !BITS, Ordering::Relaxed);
        true
    }

    /// Once in so many lives.
    #[inline]
    fn is_of_many_lives(&self) -> bool {
        self.state.load(Ordering::Relaxed) & (LIVES - GENERATION) == LIVES - GENERATION
    }

    /// What a store's record adds to what is held.
    fn weight(&self) -> u64 {
        weight(self.len.load(Ordering::Relaxed), self.start.load(Ordering::Relaxed))
    }

    /// The site of a live record, asked for by its owner.
    pub(crate) fn site(&self) -> Site {
        let named = self.state.load(Ordering::Relaxed) & NAMED != 0;
        // SAFETY: R1: written by `begin` from a site of that kind.
        unsafe { Site::from_parts(self.site.load(Ordering::Relaxed), named) }
    }
}

impl Chunk {
    fn new(shard: &'static Shard) -> Option<Self> {
        let mut records: Vec<Record> = Vec::new();
        records.try_reserve_exact(CHUNK).ok()?;
        records.extend((0..CHUNK).map(|_| Record::free(shard)));
        Some(Self(NonNull::from(records.leak()).cast()))
    }

    fn records(self) -> impl DoubleEndedIterator<Item = &'static Record> {
        // SAFETY: a chunk is a leaked array of `CHUNK` records.
        (0..CHUNK).map(move |i| unsafe { &*self.0.as_ptr().add(i) })
    }
}

/// Bytes of the audited stores that live.
pub(crate) fn held() -> u64 {
    HELD.load(Ordering::Relaxed)
}

/// What a walker reads off one live record.
#[cfg(feature = "audit")]
#[cfg_attr(not(feature = "report"), allow(dead_code))]
pub(crate) struct Row {
    pub(crate) record: *const Record,
    /// How long it has lived at most.
    pub(crate) age: Option<Duration>,
    pub(crate) site: Site,
    /// The label of the scope that it was begun in.
    pub(crate) scope: Option<Site>,
    pub(crate) store: u64,
    /// Where a view begins; how many a store stands for.
    pub(crate) start: u64,
    pub(crate) len: u64,
    pub(crate) slab: bool,
    /// Some for a store's own record: whether the pool holds it.
    pub(crate) reserve: Option<bool>,
}

/// Calls `each` with every live record of every thread, without stopping any.
#[cfg(feature = "audit")]
pub(crate) fn walk(mut each: impl FnMut(Row)) {
    let shards = lock(&SHARDS).clone();
    for shard in shards {
        let chunks = lock(&shard.chunks).clone();
        chunks.into_iter().flat_map(Chunk::records).filter_map(read).for_each(&mut each);
    }
}

#[cfg(feature = "audit")]
fn read(record: &Record) -> Option<Row> {
    let mut state = record.state.load(Ordering::Acquire);
    let (site, scope, store, start, len) = loop {
        if state & (VIEW | STORE) == 0 || state & MARKED != 0 {
            return None;
        }
        let site = record.site.load(Ordering::Relaxed);
        let scope = record.scope.load(Ordering::Relaxed);
        let store = record.store.load(Ordering::Relaxed) as u64;
        let start = record.start.load(Ordering::Relaxed) as u64;
        let len = record.len.load(Ordering::Relaxed) as u64;
        // R1.
        fence(Ordering::Acquire);
        let after = record.state.load(Ordering::Acquire);
        if after == state {
            break (site, scope, store, start, len);
        }
        // Ended, taken again, or a slab that its pool has left: in any case there is a newer row.
        state = after;
    };
    // SAFETY: R1: the row is whole, so `site` came from a `Site` of the kind that `NAMED` tells.
    let site = unsafe { Site::from_parts(site, state & NAMED != 0) };
    // SAFETY: the same, of the scope that `SCOPED` tells; labels are named sites.
    let scope = (state & SCOPED != 0).then(|| unsafe { Site::from_parts(scope, true) });
    let reserve = (state & STORE != 0).then_some(state & RESERVE != 0);
    let (slab, age) = (state & SLAB != 0, clock::since(state));
    Some(Row { record, site, scope, store, start, len, slab, reserve, age })
}

/// The record of a view that has no handle of this library.
pub(crate) struct Watched {
    record: NonNull<Record>,
    _this_thread: PhantomData<*mut ()>,
}

impl Watched {
    pub(crate) fn begin(store: NonNull<Header>, start: *const u8, len: usize, site: Site) -> Option<Self> {
        let record = NonNull::new(begin_view::<false>(store, start, len, site).cast_mut())?;
        Some(Self { record, _this_thread: PhantomData })
    }

    pub(crate) fn site(&self) -> Site {
        // SAFETY: records are never freed, and this one is live.
        unsafe { self.record.as_ref() }.site()
    }

    pub(crate) fn into_raw(self) -> *const () {
        let raw = self.record.as_ptr().cast_const().cast();
        std::mem::forget(self);
        raw
    }

    /// # Safety
    /// `raw` came from [`Watched::into_raw`] on this thread and was not taken back before.
    pub(crate) unsafe fn from_raw(raw: *const ()) -> Self {
        // SAFETY: `into_raw` gave a non-null record.
        Self { record: unsafe { NonNull::new_unchecked(raw.cast_mut().cast()) }, _this_thread: PhantomData }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // SAFETY: R2: this is the record's one owner.
        unsafe { end_view(self.record.as_ptr()) }
    }
}

/// A walker, and the thread that a record belongs to, against every interleaving of what the record's owner does with it.
///
/// Loom turns two accesses round only if the later one finds the earlier one to be the object's last, so it matters which thread is the
/// model's own, which runs first. Where that is the owner, a walker is tried before, after and between its writes; where it is the
/// walker, the owner's writes are tried before, after and between what it reads.
#[cfg(all(test, loom, feature = "report"))]
mod model {
    use super::*;
    use loom::cell::UnsafeCell;
    use loom::sync::Arc;
    use loom::thread;
    use std::sync::atomic::AtomicBool;

    /// A life of a record: all its fields say which.
    #[derive(Clone, Copy)]
    struct Life(usize);

    impl Life {
        fn site(self) -> Site {
            // Of both kinds: to take one for the other would be the worst of torn rows.
            if self.0 % 2 == 0 { Site::named(&format!("life {}", self.0)) } else { Site::caller() }
        }

        fn scope(self) -> Option<Site> {
            (self.0 % 3 == 0).then(|| Site::named(&format!("scope {}", self.0)))
        }

        fn store(self) -> NonNull<Header> {
            NonNull::new(ptr::without_provenance_mut(self.0 * 64)).expect("lives count from 1")
        }

        fn start(self, record: &'static Record, kind: usize) {
            record.start(kind, self.store(), self.0, self.0 * 10, self.site(), self.scope());
        }

        fn is(self, row: &Row) -> bool {
            let Self(n) = self;
            let fields = (row.site, row.site.is_named(), row.scope, row.store, row.start, row.len);
            fields == (self.site(), n % 2 == 0, self.scope(), n as u64 * 64, n as u64, n as u64 * 10)
        }
    }

    /// A free record that belongs to this thread.
    fn owned() -> &'static Record {
        let shard = Shard::leaked();
        let record: &'static Record = Box::leak(Box::new(Record::free(shard)));
        shard.free.set(record);
        take_over(shard);
        assert!(take().is_some_and(|taken| ptr::eq(taken, record)));
        record
    }

    fn walked(record: &'static Record, check: fn(Option<Row>)) -> thread::JoinHandle<()> {
        thread::spawn(move || check(read(record)))
    }

    #[test]
    fn a_walker_believes_no_row_of_two_lives() {
        loom::model(|| {
            let record = owned();
            Life(1).start(record, VIEW);
            let walker = walked(record, |row| {
                assert!(row.is_none_or(|row| Life(1).is(&row) || Life(7).is(&row)));
            });
            end(record, record.state.load(Ordering::Relaxed));
            Life(7).start(take().unwrap(), VIEW); // of the same kind: only the generation tells them apart
            walker.join().unwrap();
            assert!(read(record).is_some_and(|row| Life(7).is(&row)));
        });
    }

    #[test]
    fn a_walker_sees_a_slab_as_it_was_or_as_it_is_when_it_is_started_again() {
        loom::model(|| {
            let record = owned();
            record.start(STORE | SLAB | RESERVE, Life(1).store(), 1, 10, Life(1).site(), None);
            let walker = walked(record, |row| {
                let site = row.map(|row| (row.site, row.site.is_named()));
                assert!(site.is_none_or(|site| site == (Life(1).site(), false) || site == (Life(2).site(), true)));
            });
            // What `renew_store` does, without a header to ask for the capacity.
            record.state.store(record.state.load(Ordering::Relaxed) & !BITS, Ordering::Relaxed);
            record.start(STORE | SLAB | RESERVE, Life(1).store(), 1, 10, Life(2).site(), None);
            walker.join().unwrap();
        });
    }

    #[test]
    fn a_walker_misses_no_record_that_only_changes() {
        loom::model(|| {
            let record = owned();
            Life(1).start(record, STORE | SLAB | RESERVE);
            let walker = walked(record, |row| assert!(row.is_some_and(|row| Life(1).is(&row))));
            set_reserve(record, false);
            walker.join().unwrap();
            assert!(read(record).is_some_and(|row| row.reserve == Some(false)));
        });
    }

    #[test]
    fn a_record_that_another_thread_has_ended_is_never_seen_again() {
        loom::model(|| {
            let record = owned();
            Life(1).start(record, VIEW);
            let walker = walked(record, |row| assert!(row.is_none_or(|row| Life(1).is(&row))));
            record.mark(record.state.load(Ordering::Relaxed));
            assert!(read(record).is_none());
            walker.join().unwrap();
        });
    }

    #[test]
    fn a_walker_sees_a_view_as_it_was_or_as_it_is_when_it_shrinks() {
        loom::model(|| {
            let record = owned();
            Life(1).start(record, VIEW);
            let walker = walked(record, |row| {
                let shown = row.map(|row| (row.start, row.len));
                assert!(shown.is_none_or(|shown| shown == (1, 10) || shown == (3, 5)));
            });
            // SAFETY: live, and this thread's.
            unsafe { shrink_view(record, 2, 5) };
            walker.join().unwrap();
            assert!(read(record).is_some_and(|row| (row.start, row.len) == (3, 5)));
        });
    }

    /// A view that went from home to this thread, which drops it and then walks; its record is swept at home and used again.
    #[test]
    fn a_record_that_was_ended_elsewhere_has_its_next_life_whole() {
        static SWEPT: AtomicBool = AtomicBool::new(false);
        loom::model(|| {
            let record = owned();
            Life(1).start(record, VIEW);
            let home = thread::spawn(move || {
                let swept = record.sweep();
                if swept {
                    Life(3).start(record, VIEW);
                    SWEPT.store(true, Ordering::Relaxed);
                }
                swept
            });
            record.mark(record.state.load(Ordering::Relaxed));
            assert!(read(record).is_none_or(|row| Life(3).is(&row)));
            let swept = home.join().unwrap();
            let row = read(record);
            assert!(if swept { row.is_some_and(|row| Life(3).is(&row)) } else { row.is_none() && record.sweep() });
        });
        assert!(SWEPT.load(Ordering::Relaxed), "both ends were tried");
    }

    /// What a thread does with a view before it ends the view's record is over when the record is used again at home: loom
    /// watches a cell in place of the view.
    #[test]
    fn a_record_is_used_again_after_all_that_its_last_owner_did() {
        static SWEPT: AtomicBool = AtomicBool::new(false);
        loom::model(|| {
            let record = owned();
            Life(1).start(record, VIEW);
            let view = Arc::new(UnsafeCell::new(1));
            let home = {
                let view = view.clone();
                thread::spawn(move || {
                    if record.sweep() {
                        // SAFETY: loom checks that nobody else looks meanwhile.
                        view.with_mut(|view| unsafe { *view += 1 });
                        SWEPT.store(true, Ordering::Relaxed);
                    }
                })
            };
            // SAFETY: as above.
            view.with_mut(|view| unsafe { *view = 2 });
            record.mark(record.state.load(Ordering::Relaxed));
            home.join().unwrap();
        });
        assert!(SWEPT.load(Ordering::Relaxed), "both ends were tried");
    }

    #[test]
    fn a_walker_that_runs_first_believes_no_row_of_two_lives() {
        loom::model(|| {
            let record = owned();
            Life(1).start(record, VIEW);
            let owner = thread::spawn(move || {
                record.state.store(record.state.load(Ordering::Relaxed) & !BITS, Ordering::Relaxed); // ended at home
                Life(7).start(record, VIEW);
            });
            assert!(read(record).is_none_or(|row| Life(1).is(&row) || Life(7).is(&row)));
            owner.join().unwrap();
        });
    }

    #[test]
    fn a_slab_that_its_pool_leaves_at_once_is_seen_whole() {
        loom::model(|| {
            let record = owned();
            let walker = walked(record, |row| assert!(row.is_none_or(|row| Life(1).is(&row))));
            Life(1).start(record, STORE | SLAB | RESERVE);
            set_reserve(record, false);
            walker.join().unwrap();
        });
    }
}
