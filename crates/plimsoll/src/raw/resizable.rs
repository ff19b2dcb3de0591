//! Stores that can be resized, and the views that follow their length.
//!
//! ```text
//! Foreign { header, len, Reserved { data, high, followers } }
//!                                   |
//!                                   v
//!                                   | byte ...... len | ........ high | ............ max |
//!                                                                     ^^^^^ still zero ^^^
//! ```
//!
//! Invariants:
//!
//! * *Z1.* The `cap()` bytes at `data` are initialised, and stay where they are until the store is freed. `len <= high <= cap()`.
//! * *Z2.* Bytes from `high` on are zero: none has been within a view yet.
//! * *Z3.* A record in `followers` is live: its view ends it only after taking it off the list. Each of their views holds the
//!   store, so a store that has become a parcel has none.
//! * *Z4.* `len` and `Reserved` are touched by whoever may write the bytes (S3): the thread that has the local handles, or the
//!   holder of the parcel.

use super::counts::Counts;
use super::record::{self, Record};
use super::site::Site;
use super::store::{self, Foreign, Header, Lent, RESIZABLE};
use super::view::LocalStore;
use crate::budget::Charge;
use crate::error::{AllocError, ResizeError};
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::ptr::{self, NonNull};

/// As an own store's bytes are: no more, or the allocator would touch every page.
const ALIGN: usize = 16;

struct Reserved {
    data: NonNull<u8>,
    max: usize,
    /// The largest `len` that there ever was.
    high: Cell<usize>,
    /// Records of the audited views that follow the length, so that the report does, too.
    followers: RefCell<Vec<Follower>>,
    /// Refunded when the memory has been freed.
    charge: Option<Charge>,
}

struct Follower {
    record: *const Record,
    start: usize,
}

impl Reserved {
    fn new(len: usize, max: usize, charge: Option<Charge>) -> Result<Self, AllocError> {
        let limit = AllocError::too_large(max, store::MAX);
        let layout = Self::layout(max).filter(|_| max <= store::MAX).ok_or(limit)?;
        // SAFETY: the layout is not empty.
        let data = NonNull::new(unsafe { alloc_zeroed(layout) }).ok_or(AllocError::refused(max, store::MAX))?;
        Ok(Self { data, max, high: Cell::new(len), followers: RefCell::default(), charge })
    }

    fn layout(max: usize) -> Option<Layout> {
        Layout::from_size_align(max.max(1), ALIGN).ok()
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        if let Some(layout) = Self::layout(self.max) {
            // SAFETY: allocated in `new` with this layout; the store is being freed, so nobody looks any more (C4).
            unsafe { dealloc(self.data.as_ptr(), layout) }
        }
    }
}

/// What a resizable store is; none of any other.
fn parts<'a>(this: NonNull<Header>) -> Option<&'a Foreign<Reserved>> {
    // SAFETY: S1: the caller holds a reference, for longer than it uses the result; the flag says that this header starts a
    // `Foreign<Reserved>`, none of which is ever borrowed to be changed while it lives.
    unsafe { this.as_ref().is_resizable().then(|| this.cast::<Foreign<Reserved>>().as_ref()) }
}

/// What a budget was charged for a resizable store.
pub(super) fn charge<'a>(this: NonNull<Header>) -> Option<&'a Charge> {
    parts(this)?.owner.charge.as_ref()
}

/// Makes the store `len` bytes long. Answers how long it was.
///
/// # Safety
/// The caller may write the bytes (Z4), and nobody has borrowed them as `[u8]`.
pub(super) unsafe fn resize(this: NonNull<Header>, len: usize) -> Result<usize, ResizeError> {
    // SAFETY: S1: the caller holds a reference.
    let header = unsafe { this.as_ref() };
    if header.is_detached() {
        return Err(ResizeError::Detached);
    }
    let before = Header::len(this);
    let Some(Foreign { len: present, owner, .. }) = parts(this) else { return Err(ResizeError::Fixed { len: before }) };
    if len > header.cap() {
        return Err(ResizeError::TooLong { requested: len, max: header.cap() });
    }
    // What is cut off; or what comes back, and views that kept showing it may have written meanwhile. Z2: the rest is zero.
    let (from, to) = if len < before { (len, before) } else { (before, len.min(owner.high.get())) };
    // SAFETY: Z1: `from <= to <= cap()`; the caller may write.
    unsafe { owner.data.add(from).write_bytes(0, to - from) };
    present.set(len);
    owner.high.set(owner.high.get().max(len));
    tell_followers(this);
    Ok(before)
}

/// The store has another length now.
pub(super) fn tell_followers(this: NonNull<Header>) {
    let Some(parts) = parts(this) else { return };
    let len = Header::len(this);
    for follower in &*parts.owner.followers.borrow() {
        record::set_len(follower.record, len.saturating_sub(follower.start)); // Z3
    }
}

impl LocalStore {
    /// `len` zero bytes, with room for `max`. The caller has checked `len <= max`. A charge is for `max` bytes.
    pub(crate) fn resizable(len: usize, max: usize, charge: Option<Charge>, site: Site) -> Result<Self, AllocError> {
        let reserved = Reserved::new(len, max, charge)?;
        let ask = |memory: &mut Reserved| Lent { data: memory.data.as_ptr(), len: memory.high.get(), cap: memory.max };
        Ok(Self(store::foreign(reserved, ask, Counts::local(), RESIZABLE, site), PhantomData))
    }

    /// Makes the store `len` bytes long. Answers how long it was.
    pub(crate) fn resize(&self, len: usize) -> Result<usize, ResizeError> {
        // SAFETY: S3, S4: a store with a local handle has no sendable ones, so this thread may write; bytes of local handles are
        // lent as cells, but for leaf calls (L1), and this is not within one.
        unsafe { resize(self.0, len) }
    }
}

/// A view from a place in a store to its end, wherever that is. Bound to its thread, as its store is.
///
/// *Invariant.* `record` is null, or a live record that this view alone ends (V2).
pub(crate) struct TailView {
    store: LocalStore,
    start: usize,
    record: *const Record,
}

impl TailView {
    pub(crate) fn begin(store: &LocalStore, start: usize, site: Site) -> Self {
        let mut view = Self { store: store.clone(), start, record: ptr::null() };
        if store.is_audited() {
            let at = store.data().wrapping_add(start);
            view.record = record::begin_view::<false>(store.0, at, view.cells().len(), site);
            if let Some(parts) = parts(store.0).filter(|_| !view.record.is_null()) {
                parts.owner.followers.borrow_mut().push(Follower { record: view.record, start });
            }
        }
        view
    }

    /// What there is now.
    #[inline]
    pub(crate) fn cells(&self) -> &[Cell<u8>] {
        self.store.cells().get(self.start..).unwrap_or(&[])
    }

    pub(crate) fn store(&self) -> &LocalStore {
        &self.store
    }

    pub(crate) fn start(&self) -> usize {
        self.start
    }
}

impl Drop for TailView {
    fn drop(&mut self) {
        if cfg!(feature = "audit") && !self.record.is_null() {
            if let Some(parts) = parts(self.store.0) {
                parts.owner.followers.borrow_mut().retain(|follower| !ptr::eq(follower.record, self.record)); // Z3
            }
            // SAFETY: the record is live and this view's.
            unsafe { record::end_view(self.record) }
        }
    }
}
