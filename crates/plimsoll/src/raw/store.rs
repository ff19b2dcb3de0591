//! One allocation of bytes with its header in front.
//!
//! ```text
//! own store or slab:   | Header 64 | bytes ........ cap |
//! charged, or pooled:  | Front 32 | Header 64 | bytes ........ cap |
//! foreign:             | Header 64 | release | owner |      data -> the owner's bytes
//! ```
//!
//! Invariants:
//!
//! * *S1.* A header is valid from `create` until `destroy`, which only the holder of the last reference calls.
//! * *S2.* `data` is valid for reads and writes of as many initialised bytes as `len()` ever was, for as long, and never moves.
//! * *S3.* The bytes of a store that has local views are touched by its own thread only; those of a store that has sendable
//!   handles are never written, unless through a parcel, which is the only one (`raw/parcel.rs`).
//! * *S4.* A slab serves local views or sendable handles, never both.

use super::counts::Counts;
use super::record::{self, Record};
use super::recycle;
use super::resizable;
use super::site::Site;
#[cfg(feature = "bytes")]
use super::weighing;
use super::{index, pool};
use crate::audit;
use crate::budget::{Budget, Charge};
use crate::chunks::Home;
use crate::error::AllocError;
use std::alloc::{Layout, alloc, alloc_zeroed, dealloc};
use std::cell::Cell;
use std::num::NonZeroU32;
use std::ptr::{self, NonNull};
use std::sync::Arc;

/// Bytes in front of an own store's data.
const HEADER: usize = 64;

/// A store's bytes are aligned to this much. More would make the allocator touch every page of a zeroed store.
const ALIGN: usize = 16;

/// What stands in front of the header of a store that owes something to somebody when it ends.
#[repr(C, align(16))]
pub(super) struct Front {
    charge: Option<Charge>,
    /// Where it goes instead of being freed.
    pub(super) home: Option<Arc<Home>>,
    /// Bytes asked for when it left home last.
    pub(super) asked: usize,
}

/// Bytes for it.
const FRONT_SIZE: usize = size_of::<Front>();

const _: () = assert!(FRONT_SIZE.is_multiple_of(ALIGN) && align_of::<Front>() == ALIGN);

/// The largest store, in bytes.
pub(crate) const MAX: usize = isize::MAX as usize - FRONT_SIZE - HEADER - ALIGN;

/// Set when the store is a pool's slab.
const SLAB: u32 = 1;
/// Set when the bytes belong to somebody else's allocation.
const FOREIGN: u32 = 2;
/// Set when some of the bytes may never have been written: no local handle may show the whole store.
const CHUNK: u32 = 16;
/// Set when the bytes are lent by an owner who lets nobody write them.
const LENT: u32 = 64;
/// Set when a [`Front`] stands in front of the header.
const FRONT: u32 = 32;
/// Set when the bytes are overwritten before anybody else may have them.
const ZEROIZE: u32 = 512;
/// Set when the bytes are a vector's: it is a `Foreign<usize>`, whose owner is the capacity.
const VEC: u32 = 2048;
/// Set when the bytes lie within another store, which is what weighs.
const NESTED: u32 = 1024;
/// Set when the store can be resized: it is [`Foreign`], and `raw/resizable.rs` has its memory.
pub(super) const RESIZABLE: u32 = 128;
/// Set when the store has been detached: no new view shows anything of it.
const DETACHED: u32 = 256;
/// Set when the store's views are recorded.
const AUDITED: u32 = 4;
/// Set when their making and ending is told, too.
const DETAIL: u32 = 8;

#[repr(C, align(16))]
pub(crate) struct Header {
    counts: Counts,
    data: *mut u8,
    /// What the store keeps alive, in bytes.
    cap: usize,
    /// The audit's record of the store itself; null when it is not audited.
    record: Cell<*const Record>,
    flags: Cell<u32>,
}

#[cfg(not(loom))]
const _: () = assert!(size_of::<Header>() == HEADER);

impl AsRef<Counts> for Header {
    fn as_ref(&self) -> &Counts {
        &self.counts
    }
}

/// A store whose bytes another owner allocated.
#[repr(C)]
pub(super) struct Foreign<T> {
    header: Header,
    pub(super) len: Cell<usize>,
    release: unsafe fn(NonNull<Header>),
    pub(super) owner: T,
}

/// What a store's allocation starts with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fill {
    Zeroed,
    /// The caller writes every byte before anything can read one.
    ByCaller,
}

impl Header {
    #[inline]
    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    #[inline]
    pub(crate) fn data(&self) -> *mut u8 {
        self.data
    }

    /// Bytes kept alive.
    #[inline]
    pub(crate) fn cap(&self) -> usize {
        self.cap
    }

    /// Bytes that views can show.
    pub(crate) fn len(this: NonNull<Header>) -> usize {
        // SAFETY: S1: the caller holds a reference.
        let header = unsafe { this.as_ref() };
        match header.flags.get() & (FOREIGN | DETACHED) {
            0 => header.cap,
            // SAFETY: the flag says that this header starts a `Foreign`, whose first fields do not depend on `T`.
            FOREIGN => unsafe { (*this.cast::<Foreign<()>>().as_ptr()).len.get() },
            _ => 0,
        }
    }

    pub(crate) fn is_resizable(&self) -> bool {
        self.flags.get() & RESIZABLE != 0
    }

    pub(crate) fn is_detached(&self) -> bool {
        self.flags.get() & DETACHED != 0
    }

    /// From now on `len` is 0. The bytes stay where they are for the views that there are.
    pub(crate) fn detach(&self) {
        self.flags.set(self.flags.get() | DETACHED);
    }

    /// The budget that was charged for it.
    pub(crate) fn budget(this: NonNull<Header>) -> Option<Budget> {
        // SAFETY: S1: the caller holds a reference.
        let header = unsafe { this.as_ref() };
        let charge = if header.flags.get() & FRONT != 0 {
            // SAFETY: the flag says that something stands in front of the header; only its home is ever written, by nobody now.
            unsafe { &*front(this) }.charge.as_ref()
        } else {
            resizable::charge(this)
        };
        charge.map(|charge| charge.budget().clone())
    }

    #[inline]
    pub(crate) fn is_slab(&self) -> bool {
        self.flags.get() & SLAB != 0
    }

    /// Whether any pool may use it for anybody: nobody was charged for it, and it keeps no secret.
    pub(crate) fn is_common(&self) -> bool {
        self.flags.get() & (FRONT | ZEROIZE) == 0
    }

    /// From now on, the bytes are overwritten before anybody else may have them.
    #[cfg(feature = "zeroize")]
    pub(crate) fn set_zeroize(&self) {
        self.flags.set(self.flags.get() | ZEROIZE);
    }

    pub(crate) fn is_zeroized(&self) -> bool {
        self.flags.get() & ZEROIZE != 0
    }

    /// Where the store was born, if it is audited. Whoever holds it may ask on any thread: nobody changes that meanwhile.
    pub(crate) fn birth(&self) -> Option<Site> {
        // SAFETY: records are never freed.
        unsafe { self.record.get().as_ref() }.map(Record::site)
    }

    /// Whether every byte has been written or zeroed, may be written, and nobody but handles holds the store.
    pub(crate) fn is_whole(&self) -> bool {
        self.flags.get() & (SLAB | CHUNK | LENT) == 0
    }

    /// Whether its memory was allocated with it, for nobody but its handles, and is as it was.
    pub(crate) fn is_own(&self) -> bool {
        self.flags.get() & (SLAB | FOREIGN | CHUNK | DETACHED) == 0
    }

    #[inline]
    pub(crate) fn is_audited(&self) -> bool {
        cfg!(feature = "audit") && self.flags.get() & AUDITED != 0
    }

    #[inline]
    pub(crate) fn wants_detail(&self) -> bool {
        self.flags.get() & DETAIL != 0
    }

    /// Decides at its birth whether the store is audited.
    pub(crate) fn begin_audit(this: NonNull<Header>, site: Site, reserve: bool) {
        // SAFETY: S1: the caller holds a reference.
        let header = unsafe { this.as_ref() };
        Self::begin_audit_as(this, site, reserve, audit::wants_store(header.cap, header.is_slab()));
    }

    /// The same after the decision: how many stores this one stands for, if it is audited.
    fn begin_audit_as(this: NonNull<Header>, site: Site, reserve: bool, stands_for: Option<NonZeroU32>) {
        // SAFETY: S1: the caller holds a reference.
        let header = unsafe { this.as_ref() };
        let record = stands_for.map_or(ptr::null(), |n| record::begin_store(this, site, reserve, n));
        header.record.set(record);
        let audit = match (record.is_null(), audit::wants_detail()) {
            (true, _) => 0,
            (false, false) => AUDITED,
            (false, true) => AUDITED | DETAIL,
        };
        header.flags.set(header.flags.get() & !(AUDITED | DETAIL) | audit);
    }

    /// The store, or the slab's present use, is over.
    fn end_audit(&self) {
        let record = self.record.replace(ptr::null());
        if !record.is_null() {
            if self.wants_detail() {
                audit::before_end(record::held()); // its last view has said so already, if it had any
            }
            self.flags.set(self.flags.get() & !(AUDITED | DETAIL));
            record::end_store(record);
        }
    }

    /// The pool fills this slab, or has moved on.
    pub(crate) fn set_reserve(&self, reserve: bool) {
        let record = self.record.get();
        if !record.is_null() {
            record::set_reserve(record, reserve);
        }
    }
}

/// The mark of a store that is to be overwritten in the end.
fn secret(zeroize: bool) -> u32 {
    if zeroize { ZEROIZE } else { 0 }
}

/// Bytes in front of the header.
fn before_header(flags: u32) -> usize {
    if flags & FRONT != 0 { FRONT_SIZE } else { 0 }
}

/// What stands in front of the header. Only of a store that was made with something there.
pub(super) fn front(this: NonNull<Header>) -> *mut Front {
    this.as_ptr().cast::<Front>().wrapping_sub(1)
}

/// Overwrites the bytes with zeros, which no compiler leaves out.
///
/// # Safety
/// Nobody holds a reference, or else the one who does is the caller, and nothing looks at the bytes meanwhile. They are the store's own.
#[cfg(feature = "zeroize")]
pub(super) unsafe fn wipe(this: NonNull<Header>) {
    use std::mem::MaybeUninit;
    // SAFETY: S2, and the caller's word. Some of a chunk's bytes may never have been written.
    let bytes = unsafe {
        let header = this.as_ref();
        std::slice::from_raw_parts_mut(header.data.cast::<MaybeUninit<u8>>(), header.cap)
    };
    zeroize::Zeroize::zeroize(bytes);
}

/// # Safety
/// As for the other.
#[cfg(not(feature = "zeroize"))]
pub(super) unsafe fn wipe(_: NonNull<Header>) {
    unreachable!("no store is marked without the feature");
}

fn layout(cap: usize, flags: u32) -> Result<Layout, AllocError> {
    let limit = AllocError::too_large(cap, MAX);
    if cap > MAX {
        return Err(limit);
    }
    Layout::from_size_align(before_header(flags) + HEADER + cap, ALIGN).map_err(|_| limit)
}

/// A charge, if there is one, is for `cap` bytes and goes with the store: it is refunded when the store has been freed.
fn create(
    cap: usize,
    fill: Fill,
    counts: Counts,
    flags: u32,
    charge: Option<Charge>,
) -> Result<NonNull<Header>, AllocError> {
    let flags = if charge.is_some() { flags | FRONT } else { flags };
    let layout = layout(cap, flags)?;
    // SAFETY: the layout is never empty.
    let start = unsafe { if fill == Fill::Zeroed { alloc_zeroed(layout) } else { alloc(layout) } };
    let mut start = NonNull::new(start).ok_or(AllocError::refused(cap, MAX))?;
    if flags & FRONT != 0 {
        // SAFETY: so many bytes were asked for in front of the header, and `ALIGN` serves it.
        start = unsafe {
            start.cast::<Front>().write(Front { charge, home: None, asked: cap });
            start.add(FRONT_SIZE)
        };
    }
    // SAFETY: the allocation has at least `HEADER` bytes, so one past them is inside it or at its end.
    let data = unsafe { start.as_ptr().add(HEADER) };
    let header = Header { counts, data, cap, record: Cell::new(ptr::null()), flags: Cell::new(flags) };
    let this = start.cast::<Header>();
    // SAFETY: `ALIGN` is the header's alignment, and there is room for it.
    unsafe { this.write(header) };
    enter(this);
    Ok(this)
}

/// The store's bytes lead to it from now on, until `free`.
fn enter(this: NonNull<Header>) {
    // SAFETY: S1.
    let (data, cap) = unsafe { (this.as_ref().data, this.as_ref().cap) };
    if let Some(stores) = index::stores() {
        stores.insert(data, cap, this.as_ptr().cast());
    }
}

/// The same, unless they lead to a store already: an owner may lend a part of one, which is to be found again afterwards.
fn enter_unless_nested(this: NonNull<Header>) {
    // SAFETY: S1.
    let header = unsafe { this.as_ref() };
    if index::stores().and_then(|stores| stores.find(header.data.addr())).is_some() {
        header.flags.set(header.flags.get() | NESTED);
    } else {
        enter(this);
    }
}

/// A store of `cap` bytes. The caller owns the reference that `counts` starts with.
#[inline(never)]
pub(crate) fn plain(cap: usize, fill: Fill, counts: Counts, site: Site) -> Result<NonNull<Header>, AllocError> {
    let this = create(cap, fill, counts, 0, None)?;
    Header::begin_audit(this, site, false);
    Ok(this)
}

/// The same, of as many bytes as were charged.
pub(crate) fn charged(charge: Charge, fill: Fill, counts: Counts, site: Site) -> Result<NonNull<Header>, AllocError> {
    let this = create(charge.bytes(), fill, counts, 0, Some(charge))?;
    Header::begin_audit(this, site, false);
    Ok(this)
}

/// A store for a reader: none of its bytes is written yet, and each is before anyone reads it.
pub(crate) fn chunk(
    cap: usize,
    charge: Option<Charge>,
    zeroize: bool,
    site: Site,
) -> Result<NonNull<Header>, AllocError> {
    let this = create(cap, Fill::ByCaller, Counts::sendable(), CHUNK | secret(zeroize), charge)?;
    Header::begin_audit(this, site, false);
    Ok(this)
}

/// A store for readers that use it one after the other. It is born, as far as the audit is concerned, when one begins to.
pub(super) fn idle(
    cap: usize,
    fill: Fill,
    counts: Counts,
    charge: Option<Charge>,
    zeroize: bool,
) -> Result<NonNull<Header>, AllocError> {
    create(cap, fill, counts, CHUNK | FRONT | secret(zeroize), charge)
}

/// A zeroed slab. `counts` as in [`plain`]; not yet audited, because its use begins when a pool starts it.
pub(crate) fn slab(
    cap: usize,
    counts: Counts,
    charge: Option<Charge>,
    zeroize: bool,
) -> Result<NonNull<Header>, AllocError> {
    create(cap, Fill::Zeroed, counts, SLAB | secret(zeroize), charge)
}

/// Takes the memory of `bytes` over without copying.
pub(crate) fn foreign_vec(mut bytes: Vec<u8>, counts: Counts, site: Site) -> NonNull<Header> {
    let (data, len, cap) = (bytes.as_mut_ptr(), bytes.len(), bytes.capacity());
    // Only the three raw parts are kept, so nothing reborrows the memory while handles use it.
    std::mem::forget(bytes);
    unsafe fn release(this: NonNull<Header>) {
        // SAFETY: `release` is stored in a `Foreign<usize>` made from a box below, and called once.
        let foreign = unsafe { Box::from_raw(this.cast::<Foreign<usize>>().as_ptr()) };
        // SAFETY: the parts of the vector that was forgotten. Its length no longer matters: bytes need no drop.
        drop(unsafe { Vec::from_raw_parts(foreign.header.data, 0, foreign.owner) });
    }
    let header = Header { counts, data, cap, record: Cell::new(ptr::null()), flags: Cell::new(FOREIGN | VEC) };
    let foreign = Box::new(Foreign { header, len: Cell::new(len), release, owner: cap });
    let this = NonNull::from(Box::leak(foreign)).cast::<Header>();
    enter(this);
    Header::begin_audit(this, site, false);
    this
}

/// Gives the vector back whose memory the store took over, if it is one's. Then the store is no more.
///
/// # Safety
/// The caller holds the only reference.
pub(super) unsafe fn into_vec(this: NonNull<Header>) -> Option<Vec<u8>> {
    // SAFETY: S1.
    let (header, len) = (unsafe { this.as_ref() }, Header::len(this));
    if header.flags.get() & VEC == 0 {
        return None;
    }
    header.end_audit();
    let (data, cap) = (header.data, header.cap);
    if let Some(stores) = index::stores() {
        stores.remove(data, cap);
    }
    // SAFETY: the flag says that it was made by `foreign_vec`, from a box; nobody else has it.
    drop(unsafe { Box::from_raw(this.cast::<Foreign<usize>>().as_ptr()) });
    // SAFETY: the parts of the vector that was forgotten there. No view is left.
    Some(unsafe { Vec::from_raw_parts(data, len, cap) })
}

/// The bytes that `owner` lends, for as long as it lives. Gross is what it shows: a lower bound of what it holds.
pub(crate) fn lent<T: AsRef<[u8]> + Send + Sync + 'static>(owner: T, site: Site) -> NonNull<Header> {
    let ask = |owner: &mut T| {
        let bytes = owner.as_ref();
        Lent { data: bytes.as_ptr().cast_mut(), len: bytes.len(), cap: bytes.len() }
    };
    foreign(owner, ask, Counts::sendable(), LENT, site)
}

/// The same of bytes that may be a small part of what is kept alive with them: gross is what they lie in, if that is known.
#[cfg(feature = "bytes")]
pub(crate) fn lent_part<T: AsRef<[u8]> + Send + Sync + 'static>(owner: T, site: Site) -> NonNull<Header> {
    let ask = |owner: &mut T| {
        let bytes = owner.as_ref();
        let cap = weighing::holding(bytes).map_or(bytes.len(), |holding| holding.gross);
        Lent { data: bytes.as_ptr().cast_mut(), len: bytes.len(), cap }
    };
    foreign(owner, ask, Counts::sendable(), LENT, site)
}

/// The same of an owner who lets them be written.
pub(crate) fn lent_mut<T: AsMut<[u8]> + Send + 'static>(owner: T, site: Site) -> NonNull<Header> {
    let ask = |owner: &mut T| {
        let bytes = owner.as_mut();
        Lent { data: bytes.as_mut_ptr(), len: bytes.len(), cap: bytes.len() }
    };
    foreign(owner, ask, Counts::local(), 0, site)
}

/// What an owner says when it is asked for its bytes.
pub(super) struct Lent {
    pub(super) data: *mut u8,
    pub(super) len: usize,
    pub(super) cap: usize,
}

/// A store of the bytes that `owner` has. It is asked once, where it is going to stay, and then not touched until it is dropped;
/// its bytes are its own or exclusively lent as long as that, and may be dropped on the threads that the handles go to.
pub(super) fn foreign<T>(owner: T, ask: fn(&mut T) -> Lent, counts: Counts, flags: u32, site: Site) -> NonNull<Header> {
    unsafe fn release<T>(this: NonNull<Header>) {
        // SAFETY: `release` is stored in a `Foreign<T>` made from a box below, and called once.
        drop(unsafe { Box::from_raw(this.cast::<Foreign<T>>().as_ptr()) });
    }
    let header = Header {
        counts,
        data: NonNull::dangling().as_ptr(),
        cap: 0,
        record: Cell::new(ptr::null()),
        flags: Cell::new(FOREIGN | flags),
    };
    let foreign = Box::into_raw(Box::new(Foreign { header, len: Cell::new(0), release: release::<T>, owner }));
    // If the owner panics when it is asked, this frees it.
    let unless_asked = OnDrop(move || {
        // SAFETY: made from a box just now, and not yet anybody else's.
        drop(unsafe { Box::from_raw(foreign) });
    });
    // SAFETY: the owner is asked where it is going to stay, because it may lend bytes within itself; from here on only the header
    // and `len`, which lie elsewhere, are touched while the bytes are lent.
    let this = unsafe {
        let lent = ask(&mut (*foreign).owner);
        (*foreign).header.data = lent.data;
        (*foreign).header.cap = lent.cap;
        (*foreign).len.set(lent.len);
        NonNull::new_unchecked(foreign.cast::<Header>())
    };
    std::mem::forget(unless_asked);
    if flags & LENT == 0 {
        enter_unless_nested(this);
    }
    Header::begin_audit(this, site, false);
    this
}

struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// The last reference is gone: frees the store, or keeps a slab for the pool of this thread.
///
/// # Safety
/// The caller was told by the counts that it held the last reference (C4).
#[cold]
#[inline(never)]
pub(crate) unsafe fn destroy(this: NonNull<Header>) {
    // SAFETY: S1.
    let header = unsafe { this.as_ref() };
    header.end_audit();
    if header.is_slab() && pool::recycle(this) {
        return;
    }
    // SAFETY: passed on; the flag says that something stands there.
    if header.flags.get() & FRONT != 0 && unsafe { recycle::go_home(this) } {
        return;
    }
    // SAFETY: passed on.
    unsafe { free(this) }
}

/// Returns the memory of a store.
///
/// # Safety
/// Nobody holds a reference and the audit has been told.
pub(crate) unsafe fn free(this: NonNull<Header>) {
    // SAFETY: S1.
    let (flags, data, cap) = unsafe { (this.as_ref().flags.get(), this.as_ref().data, this.as_ref().cap) };
    if flags & ZEROIZE != 0 {
        // SAFETY: passed on. Lent bytes are never marked, because no `Buffer` shows them.
        unsafe { wipe(this) }
    }
    // What is lent was never entered: two owners may lend the same bytes, or some of another store's.
    if flags & (LENT | NESTED) == 0
        && let Some(stores) = index::stores()
    {
        stores.remove(data, cap);
    }
    if flags & FOREIGN != 0 {
        // SAFETY: the flag says that this header starts a `Foreign`.
        let release = unsafe { (*this.cast::<Foreign<()>>().as_ptr()).release };
        // SAFETY: `release` was made for this very owner, and is called once.
        unsafe { release(this) }
    } else {
        let before = before_header(flags);
        // SAFETY: the same layout was accepted in `create`, and the allocation begins so many bytes before the header.
        unsafe {
            let start = this.cast::<u8>().sub(before);
            // Refunded at the end of the block: what is not free yet is still held.
            let _front = (before != 0).then(|| start.cast::<Front>().read());
            dealloc(start.as_ptr(), Layout::from_size_align_unchecked(before + HEADER + cap, ALIGN));
        }
    }
}

/// A slab that nobody holds is used again: its former use ends for the audit, the new one begins.
pub(crate) fn renew_audit(this: NonNull<Header>, site: Site) {
    // SAFETY: S1: the pool holds a reference.
    let header = unsafe { this.as_ref() };
    let stands_for = audit::wants_store(header.cap, header.is_slab());
    match stands_for {
        Some(n) if header.is_audited() && !header.wants_detail() && !audit::wants_detail() => {
            record::renew_store(header.record.get(), this, site, n);
        }
        _ => {
            header.end_audit();
            Header::begin_audit_as(this, site, true, stands_for);
        }
    }
}
