//! A whole allocation of bytes: what JavaScript calls an `ArrayBuffer`.

use crate::audit::Site;
use crate::buffer::Buffer;
use crate::error::{AllocError, OutOfRange};
use crate::range;
use crate::raw::view::LocalStore;
use std::cell::Cell;
use std::ffi::c_void;
use std::fmt;
use std::ops::RangeBounds;

/// A handle on one allocation, bound to its thread.
///
/// Ordinary users meet it as [`Buffer::store`]; embedders build their own views on it. Cloning it **shares memory** and counts
/// without atomics. The bytes are freed when the last handle and the last view are gone.
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

    pub(crate) fn from_local(store: LocalStore) -> Self {
        Self(store)
    }

    pub(crate) fn raw(&self) -> &LocalStore {
        &self.0
    }

    /// Bytes kept alive.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.0.cap()
    }

    /// The first byte. Stays where it is until the last handle and view are gone.
    #[must_use]
    pub fn as_ptr(&self) -> *mut u8 {
        self.0.data()
    }

    /// All bytes, **sharing memory**.
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
    /// [`OutOfRange`] when the range does not fit.
    #[track_caller]
    pub fn try_view(&self, range: impl RangeBounds<usize>) -> Result<Buffer, OutOfRange> {
        let (from, to) = range::within(range, self.0.cells().len())?;
        Ok(Buffer::from_local(self.0.view(from, to, Site::caller())))
    }

    /// The store as a pointer for a foreign function interface. Take it back with [`Store::from_raw`], or it is never freed.
    #[must_use]
    pub fn into_raw(self) -> *mut c_void {
        self.0.into_raw().cast()
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("capacity", &self.capacity()).field("is_slab", &self.is_slab()).finish()
    }
}
