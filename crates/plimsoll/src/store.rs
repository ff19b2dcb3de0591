//! A whole allocation of bytes: what JavaScript calls an `ArrayBuffer`.

use crate::audit::{self, Site};
use crate::budget::Budget;
use crate::buffer::Buffer;
use crate::cells;
use crate::error::{AllocError, ResizeError, TransferError, ViewError};
use crate::parcel::Parcel;
use crate::range;
use crate::raw::parcel::SoleStore;
use crate::raw::view::LocalStore;
use crate::tracking::Tracking;
use std::cell::Cell;
use std::ffi::c_void;
use std::fmt;
use std::ops::{RangeBounds, RangeFrom};

/// A handle on one allocation, bound to its thread.
///
/// Ordinary users meet it as [`Buffer::store`]; embedders build their own views on it. Cloning it **shares memory** and counts
/// without atomics. The bytes are freed when the last handle and the last view are gone.
///
/// # Length
///
/// A [resizable](Store::try_resizable) store has its maximum reserved, so its bytes never move. Its length says which of them can
/// be viewed: a [`Tracking`] view follows it; a [`Buffer`] does not. One that was made before the store became shorter goes on
/// showing its bytes, which are zero beyond the store's end, and writing there is harmless: it is seen by other such buffers, and
/// is zero again when the store reaches there again. That is not what ECMAScript does, where such a view shows nothing until then:
/// ask [`Buffer::is_out_of_bounds`].
///
/// The same goes for a store that was [detached](Store::detach), whose length is 0.
#[derive(Clone)]
pub struct Store(LocalStore);

impl Store {
    /// A zeroed store of `len` bytes. Large ones are zeroed by the operating system, page by page as they are touched.
    ///
    /// # Errors
    /// [`AllocError`] when `len` is beyond the limit or the allocator refuses.
    #[track_caller]
    pub fn try_zeroed(len: usize) -> Result<Self, AllocError> {
        Self::try_zeroed_at(len, Site::caller())
    }

    /// The same, born at a site of the embedder's.
    ///
    /// # Errors
    /// As [`Store::try_zeroed`].
    pub fn try_zeroed_at(len: usize, site: Site) -> Result<Self, AllocError> {
        LocalStore::zeroed(len, site).map(Self)
    }

    /// The same, charged to `budget` before it is allocated, and refunded when the last handle and view are gone.
    ///
    /// # Errors
    /// As [`Store::try_zeroed`], or when that would be over the budget's line.
    #[track_caller]
    pub fn try_zeroed_in(budget: &Budget, len: usize) -> Result<Self, AllocError> {
        LocalStore::charged(budget.try_charge(len)?, Site::caller()).map(Self)
    }

    /// Takes the vector's memory over, without copying. Its spare capacity is kept alive, but never shown.
    #[must_use]
    #[track_caller]
    pub fn from_vec(bytes: Vec<u8>) -> Self {
        Self::from_vec_at(bytes, Site::caller())
    }

    /// The same, born at a site of the embedder's.
    #[must_use]
    pub fn from_vec_at(bytes: Vec<u8>, site: Site) -> Self {
        Self(LocalStore::from_vec(bytes, site))
    }

    /// The memory of `owner`, **sharing** it: a memory map that may be written, another library's buffer. The owner is asked for
    /// its bytes once and then left alone, until it is dropped with the last handle, on whichever thread that is.
    ///
    /// What it holds besides is not known here: `capacity` is the length that it lends, a lower bound.
    ///
    /// ```
    /// use plimsoll::Store;
    ///
    /// let store = Store::from_owner([7; 100]);
    /// assert_eq!((store.len(), store.cells()[99].get()), (100, 7));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn from_owner(owner: impl AsMut<[u8]> + Send + 'static) -> Self {
        Self::from_owner_at(owner, Site::caller())
    }

    /// The same, born at a site of the embedder's.
    #[must_use]
    pub fn from_owner_at(owner: impl AsMut<[u8]> + Send + 'static, site: Site) -> Self {
        Self(LocalStore::from_owner(owner, site))
    }

    /// A zeroed store of `len` bytes that can be [resized](Store::resize) up to `max`. JavaScript's
    /// `new ArrayBuffer(len, { maxByteLength: max })`.
    ///
    /// All of `max` is reserved now, and is the store's [capacity](Store::capacity), so growth never moves a byte and never fails
    /// for want of memory. Reserving is cheap: the operating system finds a large store's pages as they are touched.
    ///
    /// ```
    /// use plimsoll::Store;
    ///
    /// let store = Store::try_resizable(10, 1 << 30)?;
    /// assert_eq!((store.resize(1000)?, store.len(), store.max_len()), (10, 1000, 1 << 30));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`AllocError`] when `len` is more than `max` (which is then the error's `limit`), when `max` is beyond what a store can
    /// have, or when the allocator refuses.
    #[track_caller]
    pub fn try_resizable(len: usize, max: usize) -> Result<Self, AllocError> {
        Self::try_resizable_at(len, max, Site::caller())
    }

    /// The same, born at a site of the embedder's.
    ///
    /// # Errors
    /// As [`Store::try_resizable`].
    pub fn try_resizable_at(len: usize, max: usize, site: Site) -> Result<Self, AllocError> {
        Self::try_reserve(None, len, max, site)
    }

    /// The same, with `max` bytes charged to `budget` before they are reserved.
    ///
    /// # Errors
    /// As [`Store::try_resizable`], or when that would be over the budget's line.
    #[track_caller]
    pub fn try_resizable_in(budget: &Budget, len: usize, max: usize) -> Result<Self, AllocError> {
        Self::try_reserve(Some(budget), len, max, Site::caller())
    }

    fn try_reserve(budget: Option<&Budget>, len: usize, max: usize, site: Site) -> Result<Self, AllocError> {
        if len > max {
            return Err(AllocError::too_large(len, max));
        }
        let charge = budget.map(|budget| budget.try_charge(max)).transpose()?;
        LocalStore::resizable(len, max, charge, site).map(Self)
    }

    pub(crate) fn from_local(store: LocalStore) -> Self {
        Self(store)
    }

    pub(crate) fn raw(&self) -> &LocalStore {
        &self.0
    }

    /// How many bytes can be viewed now.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells().len()
    }

    /// Whether none can.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The most bytes that it can be resized to; of a store that cannot be, its length. 0 when it was detached.
    #[must_use]
    pub fn max_len(&self) -> usize {
        if self.is_resizable() && !self.is_detached() { self.capacity() } else { self.len() }
    }

    /// Whether it was made to be resized.
    #[must_use]
    pub fn is_resizable(&self) -> bool {
        self.0.is_resizable()
    }

    /// Makes the store `len` bytes long, for every handle. Answers how long it was. New bytes are zero, also where the store was
    /// longer before. Cost: linear in the bytes that are cut off or come back; new ones cost nothing.
    ///
    /// # Errors
    /// [`ResizeError`], and nothing is changed.
    pub fn resize(&self, len: usize) -> Result<usize, ResizeError> {
        self.0.resize(len)
    }

    /// Ends the store for all its handles: its length is 0, nothing can be viewed or resized any more. False, and nothing is
    /// changed, when it is a pool's slab: the buffers in it are not only the caller's.
    ///
    /// The memory lives on until the last handle and view are gone. A [`Buffer`] made before goes on showing its bytes.
    pub fn detach(&self) -> bool {
        self.0.detach()
    }

    /// Whether it was detached.
    #[must_use]
    pub fn is_detached(&self) -> bool {
        self.0.is_detached()
    }

    /// The store as a parcel for another thread, without copying: if this is the only handle and there is no view, and it is
    /// neither a slab nor detached.
    ///
    /// # Errors
    /// The store itself.
    pub fn into_parcel(self) -> Result<Parcel, Self> {
        SoleStore::new(self.0).map(Parcel::new).map_err(Self)
    }

    /// The bytes as a parcel for another thread, as JavaScript's `postMessage` and `ArrayBuffer.prototype.transfer` have it:
    /// **moves** them where [`Store::into_parcel`] would, else **copies** them and [detaches](Store::detach) the store.
    ///
    /// A copy is resizable if the store is, charged to the same budget besides it, and overwritten in the end if the store is. A
    /// pool's slab is copied and not detached; Node refuses to transfer one, so ask [`Store::is_slab`] first where that matters.
    ///
    /// # Errors
    /// The store, unchanged, and why.
    #[track_caller]
    pub fn transfer(self) -> Result<Parcel, (Self, TransferError)> {
        let len = self.len();
        self.transfer_to_at(len, Site::caller())
    }

    /// The same, with `len` bytes: cut off, or filled up with zeros. **Copies** also when the store cannot be resized and has
    /// another length.
    ///
    /// # Errors
    /// The store, unchanged, and why.
    #[track_caller]
    pub fn transfer_to(self, len: usize) -> Result<Parcel, (Self, TransferError)> {
        self.transfer_to_at(len, Site::caller())
    }

    /// The same; a copy is born at a site of the embedder's.
    ///
    /// # Errors
    /// The store, unchanged, and why.
    pub fn transfer_to_at(self, len: usize, site: Site) -> Result<Parcel, (Self, TransferError)> {
        if self.is_detached() {
            return Err((self, TransferError::Detached));
        }
        if self.is_resizable() && len > self.max_len() {
            let max = self.max_len();
            return Err((self, TransferError::TooLong { requested: len, max }));
        }
        let moved = if self.is_resizable() || len == self.len() { self.into_parcel() } else { Err(self) };
        let store = match moved {
            Ok(mut parcel) => {
                // Only a resizable one came here with another length, which it may have.
                let done = if len == parcel.len() { Ok(len) } else { parcel.resize(len) };
                debug_assert!(done.is_ok());
                return Ok(parcel);
            }
            Err(store) => store,
        };
        let copy = match store.try_copy(len, site) {
            Ok(copy) => copy,
            Err(error) => return Err((store, error.into())),
        };
        store.detach();
        copy.into_parcel().map_err(|copy| (copy, TransferError::Detached)) // never: it is new
    }

    /// A store of the same kind, with its bytes.
    fn try_copy(&self, len: usize, site: Site) -> Result<Self, AllocError> {
        let budget = self.0.budget();
        let copy = match budget {
            _ if self.is_resizable() => Self::try_reserve(budget.as_ref(), len, self.max_len(), site)?,
            Some(budget) => Self(LocalStore::charged(budget.try_charge(len)?, site)?),
            None => Self::try_zeroed_at(len, site)?,
        };
        #[cfg(feature = "zeroize")]
        if self.0.is_zeroized() {
            copy.0.zeroize_when_gone();
        }
        audit::count_copied(site, cells::copy(self.cells(), copy.cells()));
        Ok(copy)
    }

    /// Bytes kept alive.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.0.cap()
    }

    /// The first byte. Stays where it is until the last handle and view are gone. Bytes behind [`len`](Store::len) are not to be
    /// written.
    #[must_use]
    pub fn as_ptr(&self) -> *mut u8 {
        self.0.data()
    }

    /// All bytes that there are now, **sharing memory**.
    #[must_use]
    pub fn cells(&self) -> &[Cell<u8>] {
        self.0.cells()
    }

    /// Tells this store from every other one that is alive.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.0.id()
    }

    /// Whether a pool carves small buffers from it.
    #[must_use]
    pub fn is_slab(&self) -> bool {
        self.0.is_slab()
    }

    /// Whether its views are recorded: decided when it was born.
    #[must_use]
    pub fn is_audited(&self) -> bool {
        self.0.is_audited()
    }

    /// A view of `range`, **sharing memory**.
    ///
    /// # Errors
    /// [`ViewError`] when the range does not fit, or the store was detached.
    #[track_caller]
    pub fn try_view(&self, range: impl RangeBounds<usize>) -> Result<Buffer, ViewError> {
        let (from, to) = range::within(range, self.len_attached()?)?;
        Ok(Buffer::from_local(self.0.view(from, to, Site::caller())))
    }

    /// A view from `range.start` to the store's end, wherever that will be. **Shares memory**.
    ///
    /// While it is audited, its record follows a resizable store; that of any other store stays as it was when that is detached.
    ///
    /// # Errors
    /// [`ViewError`] when the store does not reach there now, or was detached.
    #[track_caller]
    pub fn try_track(&self, range: RangeFrom<usize>) -> Result<Tracking, ViewError> {
        let (from, _) = range::within(range, self.len_attached()?)?;
        Ok(Tracking::new(self, from, Site::caller()))
    }

    fn len_attached(&self) -> Result<usize, ViewError> {
        if self.is_detached() { Err(ViewError::Detached) } else { Ok(self.len()) }
    }

    /// The store as a pointer for a foreign function interface. Take it back with [`Store::from_raw`], or it is never freed.
    #[must_use]
    pub fn into_raw(self) -> *mut c_void {
        self.0.into_raw().cast()
    }
}

/// Takes the memory over, without copying.
impl From<Vec<u8>> for Store {
    #[track_caller]
    fn from(bytes: Vec<u8>) -> Self {
        Self::from_vec(bytes)
    }
}

/// Takes the memory over, without copying.
impl From<Box<[u8]>> for Store {
    #[track_caller]
    fn from(bytes: Box<[u8]>) -> Self {
        Self::from_vec(Vec::from(bytes))
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut store = f.debug_struct("Store");
        store.field("len", &self.len()).field("capacity", &self.capacity()).field("is_slab", &self.is_slab()).finish()
    }
}
