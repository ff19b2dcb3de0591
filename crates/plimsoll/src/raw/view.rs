//! The two handles at the bottom of every public one: a view that stays on its thread, and one that may travel.
//!
//! *Invariant V1.* `ptr..ptr + len` lies in the bytes of `store`, which this handle keeps alive by one counted reference. With
//! no store the view is empty, or shows `'static` bytes.
//! *Invariant V2.* `record` is null, or a live record that this handle alone ends.

use super::counts::Counts;
use super::pool::{self, Cursor};
use super::record::{self, Record};
use super::resizable;
use super::site::Site;
use super::store::{self, Fill, Header};
use crate::audit;
use crate::budget::{Budget, Charge};
use crate::error::AllocError;
use std::cell::Cell;
use std::marker::PhantomData;
use std::ptr::{self, NonNull};

/// A view with a plain count: aliasing, mutable, bound to its thread.
pub(crate) struct LocalView {
    ptr: NonNull<u8>,
    len: usize,
    store: Option<NonNull<Header>>,
    record: *const Record,
    _this_thread: PhantomData<*mut ()>,
}

/// A view of bytes that nobody changes any more. Any thread may hold it.
pub(crate) struct SendView {
    ptr: NonNull<u8>,
    len: usize,
    store: Option<NonNull<Header>>,
    record: *const Record,
}

// SAFETY: S3: the bytes are never written; the counts know which thread drops; records may be ended anywhere (R2).
unsafe impl Send for SendView {}
// SAFETY: as above.
unsafe impl Sync for SendView {}

/// Four words, like `bytes::Bytes`.
const _: () = assert!(size_of::<LocalView>() == 32 && size_of::<Option<SendView>>() == 32);

/// The record of a new view, whose bytes may have been copied for it. Whether they were is part of the call, not another one:
/// touching a view after it was made costs more than making it.
#[inline]
fn record_view<const COPIED: bool>(store: NonNull<Header>, at: *const u8, len: usize, site: Site) -> *const Record {
    // SAFETY: V1: the caller holds a reference.
    if unsafe { store.as_ref() }.is_audited() {
        record::begin_view::<COPIED>(store, at, len, site)
    } else {
        ptr::null()
    }
}

#[inline]
fn end_record(record: *const Record) {
    if cfg!(feature = "audit") && !record.is_null() {
        // SAFETY: V2.
        unsafe { record::end_view(record) }
    }
}

impl LocalView {
    pub(crate) const EMPTY: Self =
        Self { ptr: NonNull::dangling(), len: 0, store: None, record: ptr::null(), _this_thread: PhantomData };

    /// Takes over a counted local reference on `store`.
    ///
    /// # Safety
    /// The reference is the caller's to give, and `at..at + len` lies in the store's bytes.
    #[inline]
    unsafe fn adopt(store: NonNull<Header>, at: *mut u8, len: usize, site: Site) -> Self {
        let record = record_view::<false>(store, at, len, site);
        // SAFETY: a store's bytes are never at null.
        let ptr = unsafe { NonNull::new_unchecked(at) };
        Self { ptr, len, store: Some(store), record, _this_thread: PhantomData }
    }

    /// The same; the bytes have been copied there for this view.
    ///
    /// # Safety
    /// As for [`LocalView::adopt`].
    #[inline]
    unsafe fn adopt_copy(store: NonNull<Header>, at: *mut u8, len: usize, site: Site) -> Self {
        let record = record_view::<true>(store, at, len, site);
        // SAFETY: a store's bytes are never at null.
        let ptr = unsafe { NonNull::new_unchecked(at) };
        Self { ptr, len, store: Some(store), record, _this_thread: PhantomData }
    }

    /// A whole new store.
    pub(crate) fn alone(len: usize, fill: Fill, site: Site) -> Result<Self, AllocError> {
        if len == 0 {
            return Ok(Self::EMPTY);
        }
        let store = store::plain(len, fill, Counts::local(), site)?;
        // SAFETY: the reference that the counts start with is ours; the store has `len` bytes.
        Ok(unsafe { Self::adopt(store, store.as_ref().data(), len, site) })
    }

    /// A whole new store, of as many bytes as were charged.
    pub(crate) fn charged(charge: Charge, fill: Fill, site: Site) -> Result<Self, AllocError> {
        let len = charge.bytes();
        if len == 0 {
            return Ok(Self::EMPTY);
        }
        let store = store::charged(charge, fill, Counts::local(), site)?;
        // SAFETY: the reference that the counts start with is ours; the store has `len` bytes.
        Ok(unsafe { Self::adopt(store, store.as_ref().data(), len, site) })
    }

    /// From the thread's slab, if `len` is below half of it and it has room. Shows old bytes of the pool, or zeros.
    ///
    /// This and [`LocalView::copy_now`] are the whole of the usual case. They are apart from their slow twins so that the view is
    /// built where it is going to live: moving one that has just been written costs more than making it.
    #[inline]
    pub(crate) fn pooled_now(len: usize, site: Site) -> Option<Self> {
        let (store, at) = pool::take_local(len)?;
        // SAFETY: the pool counted a reference for this view of `len` bytes of its slab.
        Some(unsafe { Self::adopt(store, at, len, site) })
    }

    /// The same, with a copy of `bytes` in it.
    #[inline]
    pub(crate) fn copy_now(bytes: &[u8], site: Site) -> Option<Self> {
        let (store, at) = pool::take_local(bytes.len())?;
        // SAFETY: as above; nobody else has been given these bytes, so `bytes` cannot overlap them.
        Some(unsafe {
            ptr::copy_nonoverlapping(bytes.as_ptr(), at, bytes.len());
            Self::adopt_copy(store, at, bytes.len(), site)
        })
    }

    /// A copy of `bytes`, in a new slab or a store of its own.
    #[cold]
    #[inline(never)]
    pub(crate) fn copy_anew(bytes: &[u8], site: Site) -> Result<Self, AllocError> {
        let view = Self::pooled_anew(bytes.len(), Fill::ByCaller, site)?;
        // SAFETY: the view was just made, so nothing else is looking; every byte of a new store is written here.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), view.ptr.as_ptr(), bytes.len()) };
        audit::count_copied(site, bytes.len());
        Ok(view)
    }

    /// From a new slab, or a store of its own.
    #[cold]
    #[inline(never)]
    pub(crate) fn pooled_anew(len: usize, fill: Fill, site: Site) -> Result<Self, AllocError> {
        match pool::take_local_anew(len, site)? {
            // SAFETY: as in `pooled_now`.
            Some((store, at)) => Ok(unsafe { Self::adopt(store, at, len, site) }),
            None => Self::alone(len, fill, site),
        }
    }

    /// A copy of several pieces one after the other, pooled when small unless it is to be `alone`. `len` is the sum of their lengths.
    pub(crate) fn gather<'a>(
        len: usize,
        pieces: impl Iterator<Item = &'a [Cell<u8>]>,
        alone: bool,
        site: Site,
    ) -> Result<Self, AllocError> {
        // Initialised, so that pieces shorter than they said cannot show memory that was never written.
        let make = if alone { Self::alone } else { Self::pooled_anew };
        let view = make(len, Fill::Zeroed, site)?;
        let mut rest = view.cells();
        for piece in pieces {
            let n = super::leaf::copy(piece, rest);
            rest = &rest[n..];
        }
        audit::count_copied(site, len);
        Ok(view)
    }

    /// A copy of one piece in a store of exactly its size, never in a slab.
    pub(crate) fn copy_alone(bytes: &[Cell<u8>], site: Site) -> Result<Self, AllocError> {
        let view = Self::alone(bytes.len(), Fill::ByCaller, site)?;
        super::leaf::copy(bytes, view.cells());
        audit::count_copied(site, bytes.len());
        Ok(view)
    }

    /// The same, charged.
    pub(crate) fn copy_charged(budget: &Budget, bytes: &[Cell<u8>], site: Site) -> Result<Self, AllocError> {
        let view = Self::charged(budget.try_charge(bytes.len())?, Fill::ByCaller, site)?;
        super::leaf::copy(bytes, view.cells());
        audit::count_copied(site, bytes.len());
        Ok(view)
    }

    pub(crate) fn from_vec(bytes: Vec<u8>, site: Site) -> Self {
        if bytes.is_empty() {
            return Self::EMPTY;
        }
        let store = store::foreign_vec(bytes, Counts::local(), site);
        // SAFETY: the counts' first reference is ours; the view shows the vector's length.
        unsafe { Self::adopt(store, store.as_ref().data(), Header::len(store), site) }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn cells(&self) -> &[Cell<u8>] {
        // SAFETY: V1; `Cell<u8>` has the layout of `u8`, and by S3 no other thread touches these bytes.
        unsafe { std::slice::from_raw_parts(self.ptr.as_ptr().cast(), self.len) }
    }

    /// Shares memory. The caller has checked `from <= to <= len`; checked again here, because memory depends on it.
    #[inline]
    pub(crate) fn slice(&self, from: usize, to: usize, site: Site) -> Self {
        assert!(from <= to && to <= self.len, "the range is checked by the caller");
        let Some(store) = self.store.filter(|_| from != to) else {
            return Self::EMPTY; // an empty view holds nothing
        };
        // SAFETY: V1.
        unsafe {
            store.as_ref().counts().retain_local();
            Self::adopt(store, self.ptr.as_ptr().add(from), to - from, site)
        }
    }

    pub(crate) fn held(&self) -> Option<LocalStore> {
        self.store.map(|store| {
            // SAFETY: V1.
            unsafe { store.as_ref() }.counts().retain_local();
            LocalStore(store, PhantomData)
        })
    }

    /// Bytes kept alive.
    #[inline]
    pub(crate) fn gross(&self) -> usize {
        // SAFETY: V1.
        self.store.map_or(0, |store| unsafe { store.as_ref() }.cap())
    }

    /// Tells the store from every other that is alive. 0: holds none.
    pub(crate) fn store_id(&self) -> u64 {
        self.store.map_or(0, |store| store.addr().get() as u64)
    }

    /// Whether the store has become so short that it does not reach to the view's end.
    pub(crate) fn is_out_of_bounds(&self) -> bool {
        self.store.is_some_and(|store| {
            // SAFETY: V1.
            let data = unsafe { store.as_ref() }.data();
            self.ptr.addr().get() - data.addr() + self.len > Header::len(store)
        })
    }

    /// Handles on the same store, this one included.
    pub(crate) fn holders(&self) -> usize {
        // SAFETY: V1.
        self.store.map_or(1, |store| unsafe { store.as_ref() }.counts().local_views())
    }

    /// From now on the store's bytes are overwritten when its last view is gone. Only of a view of an own store.
    #[cfg(feature = "zeroize")]
    pub(crate) fn zeroize_when_gone(&self) {
        if let Some(store) = self.store {
            // SAFETY: V1.
            unsafe { store.as_ref() }.set_zeroize();
        }
    }

    #[cfg(feature = "zeroize")]
    pub(crate) fn is_zeroized(&self) -> bool {
        // SAFETY: V1.
        self.store.is_some_and(|store| unsafe { store.as_ref() }.is_zeroized())
    }

    /// The budget that was charged for its store.
    pub(crate) fn budget(&self) -> Option<Budget> {
        self.store.and_then(Header::budget)
    }

    pub(crate) fn is_of_slab(&self) -> bool {
        // SAFETY: V1.
        self.store.is_some_and(|store| unsafe { store.as_ref() }.is_slab())
    }

    pub(crate) fn is_of_own_store(&self) -> bool {
        // SAFETY: V1.
        self.store.is_some_and(|store| unsafe { store.as_ref() }.is_own())
    }

    /// The sites of all other audited views that show any of these bytes.
    #[cfg(feature = "audit")]
    pub(crate) fn also_shown_at(&self) -> Vec<Site> {
        let mut sites = Vec::new();
        let Some(store) = self.store.filter(|_| !self.record.is_null()) else { return sites };
        // SAFETY: V1.
        let from = self.ptr.addr().get().wrapping_sub(unsafe { store.as_ref() }.data().addr()) as u64;
        let to = from + self.len as u64;
        record::walk(|row| {
            let overlaps = row.start < to && from < row.start.saturating_add(row.len);
            if row.reserve.is_none() && row.store == self.store_id() && overlaps && !ptr::eq(row.record, self.record) {
                sites.push(row.site);
            }
        });
        sites
    }

    #[cfg(not(feature = "audit"))]
    pub(crate) fn also_shown_at(&self) -> Vec<Site> {
        Vec::new()
    }

    /// The same bytes as a sendable view, if no copy is needed for it: the store is no slab, and this is its only view.
    pub(crate) fn into_sendable(self) -> Result<SendView, Self> {
        let Some(store) = self.store else { return Ok(SendView::fixed(&[])) };
        // SAFETY: V1.
        let header = unsafe { store.as_ref() };
        if header.is_slab() || !header.counts().local_to_sendable() {
            return Err(self);
        }
        let view = SendView { ptr: self.ptr, len: self.len, store: self.store, record: self.record };
        std::mem::forget(self); // its reference and its record are the new view's
        Ok(view)
    }

    /// A copy of the bytes that may be sent: in the thread's slab for such, if they are fewer than half of it, else in a store of
    /// its own.
    pub(crate) fn copy_sendable(&self, site: Site) -> Result<SendView, AllocError> {
        if self.len == 0 {
            return Ok(SendView::fixed(&[]));
        }
        let (store, at) = match pool::take_sendable_anew(self.len, site)? {
            Some(place) => place,
            None => {
                let store = store::plain(self.len, Fill::ByCaller, Counts::sendable(), site)?;
                // SAFETY: S1.
                (store, unsafe { store.as_ref() }.data())
            }
        };
        // SAFETY: V1 for what is read, and by S4 it is no part of what is written: that much was made room for, or has just been
        // allocated, and nobody else has been given it. The counted reference is ours.
        Ok(unsafe {
            ptr::copy_nonoverlapping(self.ptr.as_ptr(), at, self.len);
            SendView::adopt_copy(store, at, self.len, site)
        })
    }
}

impl Drop for LocalView {
    #[inline]
    fn drop(&mut self) {
        end_record(self.record);
        if let Some(store) = self.store {
            // SAFETY: V1; told that it was the last, we free.
            unsafe {
                if store.as_ref().counts().release_local() {
                    store::destroy(store);
                }
            }
        }
    }
}

/// A handle on a whole store, bound to its thread. Counts like a view, but shows nothing.
pub(crate) struct LocalStore(pub(super) NonNull<Header>, pub(super) PhantomData<*mut ()>);

impl LocalStore {
    pub(crate) fn zeroed(len: usize, site: Site) -> Result<Self, AllocError> {
        Ok(Self(store::plain(len, Fill::Zeroed, Counts::local(), site)?, PhantomData))
    }

    pub(crate) fn charged(charge: Charge, site: Site) -> Result<Self, AllocError> {
        Ok(Self(store::charged(charge, Fill::Zeroed, Counts::local(), site)?, PhantomData))
    }

    pub(crate) fn from_vec(bytes: Vec<u8>, site: Site) -> Self {
        Self(store::foreign_vec(bytes, Counts::local(), site), PhantomData)
    }

    pub(crate) fn from_owner<T: AsMut<[u8]> + Send + 'static>(owner: T, site: Site) -> Self {
        Self(store::lent_mut(owner, site), PhantomData)
    }

    /// The slab that `cursor` fills.
    pub(crate) fn of_slab(cursor: &Cursor) -> Option<Self> {
        cursor.slab().map(|slab| {
            // SAFETY: P1.
            unsafe { slab.as_ref() }.counts().retain_local();
            Self(slab, PhantomData)
        })
    }

    #[inline]
    pub(super) fn header(&self) -> &Header {
        // SAFETY: this handle holds a reference (S1).
        unsafe { self.0.as_ref() }
    }

    pub(crate) fn cap(&self) -> usize {
        self.header().cap()
    }

    pub(crate) fn data(&self) -> *mut u8 {
        self.header().data()
    }

    pub(crate) fn is_slab(&self) -> bool {
        self.header().is_slab()
    }

    pub(crate) fn is_audited(&self) -> bool {
        self.header().is_audited()
    }

    pub(crate) fn is_resizable(&self) -> bool {
        self.header().is_resizable()
    }

    pub(crate) fn is_detached(&self) -> bool {
        self.header().is_detached()
    }

    /// False, and nothing changed: it is a pool's slab, and so others' too.
    pub(crate) fn detach(&self) -> bool {
        if self.is_slab() {
            return false;
        }
        self.header().detach();
        resizable::tell_followers(self.0);
        true
    }

    /// From now on the bytes are overwritten when the last handle and view are gone. Only of an own store.
    #[cfg(feature = "zeroize")]
    pub(crate) fn zeroize_when_gone(&self) {
        self.header().set_zeroize();
    }

    #[cfg(feature = "zeroize")]
    pub(crate) fn is_zeroized(&self) -> bool {
        self.header().is_zeroized()
    }

    /// The budget that was charged for it.
    pub(crate) fn budget(&self) -> Option<Budget> {
        Header::budget(self.0)
    }

    pub(crate) fn id(&self) -> u64 {
        self.0.addr().get() as u64
    }

    pub(crate) fn cells(&self) -> &[Cell<u8>] {
        // SAFETY: S2; S4: a store with a local handle has no sendable ones; `Cell<u8>` has the layout of `u8`.
        unsafe { std::slice::from_raw_parts(self.data().cast(), Header::len(self.0)) }
    }

    /// Shares memory. `from <= to <= cells().len()`, checked.
    pub(crate) fn view(&self, from: usize, to: usize, site: Site) -> LocalView {
        assert!(from <= to && to <= Header::len(self.0), "the range is checked by the caller");
        if from == to {
            return LocalView::EMPTY;
        }
        self.header().counts().retain_local();
        // SAFETY: S2 and the check; the reference has just been counted.
        unsafe { LocalView::adopt(self.0, self.data().add(from), to - from, site) }
    }

    /// The record of a view of `from..to` that has no handle here; none when the store is not audited.
    pub(crate) fn watch(&self, from: usize, len: usize, site: Site) -> Option<record::Watched> {
        let at = self.data().wrapping_add(from);
        if self.is_audited() { record::Watched::begin(self.0, at, len, site) } else { None }
    }

    pub(crate) fn into_raw(self) -> *mut () {
        let raw = self.0.as_ptr().cast();
        std::mem::forget(self);
        raw
    }

    /// # Safety
    /// `raw` came from [`LocalStore::into_raw`] on this thread and was not taken back before.
    pub(crate) unsafe fn from_raw(raw: *mut ()) -> Self {
        // SAFETY: `into_raw` gave a non-null header.
        Self(unsafe { NonNull::new_unchecked(raw.cast()) }, PhantomData)
    }
}

impl Clone for LocalStore {
    fn clone(&self) -> Self {
        self.header().counts().retain_local();
        Self(self.0, PhantomData)
    }
}

impl Drop for LocalStore {
    fn drop(&mut self) {
        if self.header().counts().release_local() {
            // SAFETY: that was the last reference.
            unsafe { store::destroy(self.0) }
        }
    }
}

impl SendView {
    /// Bytes that live as long as the program: no store, no count, no record.
    pub(crate) const fn fixed(bytes: &'static [u8]) -> Self {
        // SAFETY: a reference is never null. The view never writes.
        let ptr = unsafe { NonNull::new_unchecked(bytes.as_ptr().cast_mut()) };
        Self { ptr, len: bytes.len(), store: None, record: ptr::null() }
    }

    /// Takes over a counted sendable reference on `store`.
    ///
    /// # Safety
    /// As for [`LocalView::adopt`]; and nothing will write the bytes any more.
    #[inline]
    pub(super) unsafe fn adopt(store: NonNull<Header>, at: *mut u8, len: usize, site: Site) -> Self {
        let record = record_view::<false>(store, at, len, site);
        // SAFETY: a store's bytes are never at null.
        Self { ptr: unsafe { NonNull::new_unchecked(at) }, len, store: Some(store), record }
    }

    /// The same; the bytes have been copied there for this view.
    ///
    /// # Safety
    /// As for [`SendView::adopt`].
    #[inline]
    unsafe fn adopt_copy(store: NonNull<Header>, at: *mut u8, len: usize, site: Site) -> Self {
        let record = record_view::<true>(store, at, len, site);
        // SAFETY: a store's bytes are never at null.
        Self { ptr: unsafe { NonNull::new_unchecked(at) }, len, store: Some(store), record }
    }

    /// A copy of `bytes` in the thread's slab, if they are fewer than half of it and it has room. See [`LocalView::pooled_now`].
    #[inline]
    pub(crate) fn copy_now(bytes: &[u8], site: Site) -> Option<Self> {
        let (store, at) = pool::take_sendable(bytes.len())?;
        // SAFETY: the pool counted the reference.
        Some(unsafe { Self::fill(store, at, bytes, site) })
    }

    /// A copy of `bytes`, in a new slab or a store of its own.
    #[cold]
    #[inline(never)]
    pub(crate) fn copy_anew(bytes: &[u8], site: Site) -> Result<Self, AllocError> {
        match pool::take_sendable_anew(bytes.len(), site)? {
            // SAFETY: the pool counted the reference.
            Some((store, at)) => Ok(unsafe { Self::fill(store, at, bytes, site) }),
            None => Self::copy_alone(bytes, site),
        }
    }

    /// Writes the bytes of a handle that nobody has yet.
    ///
    /// # Safety
    /// The caller owns a counted reference on `store`, and `at` has room for `bytes` that nobody else has been given; other
    /// threads may be reading other bytes of the slab.
    #[inline]
    unsafe fn fill(store: NonNull<Header>, at: *mut u8, bytes: &[u8], site: Site) -> Self {
        // SAFETY: as the caller promises.
        unsafe {
            ptr::copy_nonoverlapping(bytes.as_ptr(), at, bytes.len());
            Self::adopt_copy(store, at, bytes.len(), site)
        }
    }

    /// A copy of `bytes` in a store of exactly their size.
    pub(crate) fn copy_alone(bytes: &[u8], site: Site) -> Result<Self, AllocError> {
        if bytes.is_empty() {
            return Ok(Self::fixed(&[]));
        }
        let store = store::plain(bytes.len(), Fill::ByCaller, Counts::sendable(), site)?;
        // SAFETY: the store is new: all of its bytes are written here before anyone reads one.
        Ok(unsafe {
            let data = store.as_ref().data();
            ptr::copy_nonoverlapping(bytes.as_ptr(), data, bytes.len());
            Self::adopt_copy(store, data, bytes.len(), site)
        })
    }

    /// The same, charged.
    pub(crate) fn copy_charged(budget: &Budget, bytes: &[u8], site: Site) -> Result<Self, AllocError> {
        if bytes.is_empty() {
            return Ok(Self::fixed(&[]));
        }
        let charge = budget.try_charge(bytes.len())?;
        let store = store::charged(charge, Fill::ByCaller, Counts::sendable(), site)?;
        // SAFETY: the counts' first reference is ours. The store is new, and has as many bytes as were charged.
        Ok(unsafe { Self::fill(store, store.as_ref().data(), bytes, site) })
    }

    pub(crate) fn from_vec(bytes: Vec<u8>, site: Site) -> Self {
        if bytes.is_empty() {
            return Self::fixed(&[]);
        }
        let store = store::foreign_vec(bytes, Counts::sendable(), site);
        // SAFETY: the counts' first reference is ours; the view shows the vector's length.
        unsafe { Self::adopt(store, store.as_ref().data(), Header::len(store), site) }
    }

    /// The bytes that `owner` lends.
    pub(crate) fn from_owner<T: AsRef<[u8]> + Send + Sync + 'static>(owner: T, site: Site) -> Self {
        Self::lent(store::lent(owner, site), site)
    }

    /// The same of bytes that may be a small part of what is kept alive with them.
    #[cfg(feature = "bytes")]
    pub(crate) fn from_owner_of_part<T: AsRef<[u8]> + Send + Sync + 'static>(owner: T, site: Site) -> Self {
        Self::lent(store::lent_part(owner, site), site)
    }

    fn lent(store: NonNull<Header>, site: Site) -> Self {
        // SAFETY: the counts' first reference is ours; the owner lends so many bytes while it lives, and never writes them while
        // they are lent, because it is only asked through a shared reference.
        unsafe { Self::adopt(store, store.as_ref().data(), Header::len(store), site) }
    }

    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: V1 and S3.
        unsafe { std::slice::from_raw_parts(self.ptr.as_ptr(), self.len) }
    }

    /// Shares memory. `from <= to <= len`, checked.
    #[inline]
    pub(crate) fn slice(&self, from: usize, to: usize, site: Site) -> Self {
        assert!(from <= to && to <= self.len, "the range is checked by the caller");
        if from == to {
            return Self::fixed(&[]);
        }
        // SAFETY: V1.
        unsafe {
            let at = self.ptr.as_ptr().add(from);
            match self.store {
                Some(store) => {
                    store.as_ref().counts().retain(pool::token());
                    Self::adopt(store, at, to - from, site)
                }
                None => Self { ptr: NonNull::new_unchecked(at), len: to - from, store: None, record: ptr::null() },
            }
        }
    }

    /// Shows `len` bytes fewer at the front. `len <= len()`, checked.
    pub(crate) fn consume(&mut self, len: usize) {
        assert!(len <= self.len, "checked by the caller");
        // SAFETY: V1 and the check.
        self.ptr = unsafe { self.ptr.add(len) };
        self.shrink_to(self.len - len, len);
    }

    /// Shows only the first `len` bytes. `len <= len()`, checked.
    pub(crate) fn truncate(&mut self, len: usize) {
        assert!(len <= self.len, "checked by the caller");
        self.shrink_to(len, 0);
    }

    fn shrink_to(&mut self, len: usize, forward: usize) {
        self.len = len;
        if len == 0 {
            *self = Self::fixed(&[]); // an empty view holds nothing
        } else if cfg!(feature = "audit") && !self.record.is_null() {
            // SAFETY: V2.
            unsafe { record::shrink_view(self.record, forward, len) }
        }
    }

    /// Whether [`SendView::into_local`] would not need a copy.
    pub(crate) fn is_unique(&self) -> bool {
        // SAFETY: V1.
        let header = self.store.map(|store| unsafe { store.as_ref() });
        header.is_some_and(|header| header.is_whole() && header.counts().is_held_by(1))
    }

    /// The same bytes as a local view, if no copy is needed for it: the store is no slab, and this is its only handle.
    pub(crate) fn into_local(self) -> Result<LocalView, Self> {
        let Some(store) = self.store else { return Err(self) };
        // SAFETY: V1.
        let header = unsafe { store.as_ref() };
        if !header.is_whole() || !header.counts().sendable_to_local() {
            return Err(self);
        }
        let view = LocalView {
            ptr: self.ptr,
            len: self.len,
            store: self.store,
            record: self.record,
            _this_thread: PhantomData,
        };
        std::mem::forget(self); // its reference and its record are the new view's
        Ok(view)
    }

    /// From now on the store's bytes are overwritten when its last handle is gone. Only of the one handle of a new store of its own.
    #[cfg(feature = "zeroize")]
    pub(crate) fn zeroize_when_gone(&self) {
        if let Some(store) = self.store {
            // SAFETY: V1; nobody else has the store yet, so nobody reads its flags meanwhile.
            unsafe { store.as_ref() }.set_zeroize();
        }
    }

    #[cfg(feature = "zeroize")]
    pub(crate) fn is_zeroized(&self) -> bool {
        // SAFETY: V1.
        self.store.is_some_and(|store| unsafe { store.as_ref() }.is_zeroized())
    }

    /// Where this view was made, if it is audited.
    pub(crate) fn site(&self) -> Option<Site> {
        // SAFETY: V2: the record is live and this handle's.
        unsafe { self.record.as_ref() }.map(Record::site)
    }

    /// Bytes kept alive: none of the program's own static ones.
    pub(crate) fn gross(&self) -> usize {
        // SAFETY: V1.
        self.store.map_or(0, |store| unsafe { store.as_ref() }.cap())
    }

    /// Tells the store from every other that is alive. 0: holds none.
    pub(crate) fn store_id(&self) -> u64 {
        self.store.map_or(0, |store| store.addr().get() as u64)
    }

    /// About how many handles hold the same store, this one included.
    pub(crate) fn holders(&self) -> usize {
        // SAFETY: V1.
        self.store.map_or(1, |store| unsafe { store.as_ref() }.counts().handles()).max(1)
    }
}

impl Drop for SendView {
    #[inline]
    fn drop(&mut self) {
        end_record(self.record);
        if let Some(store) = self.store {
            // SAFETY: V1; told that it was the last, we free.
            unsafe {
                if store.as_ref().counts().release(pool::token()) {
                    store::destroy(store);
                }
            }
        }
    }
}
