//! How buffers come to be, under Node's names.

use super::Buffer;
use crate::audit::Site;
use crate::budget::{Budget, Charge};
use crate::error::AllocError;
use crate::raw::store::Fill;
use crate::raw::view::{LocalStore, LocalView};

#[inline]
#[track_caller]
fn or_panic<T>(made: Result<T, AllocError>) -> T {
    match made {
        Ok(made) => made,
        Err(error) => panic!("{error}"),
    }
}

impl Buffer {
    /// `len` zeroed bytes in a store of their own, never pooled. Node: `Buffer.alloc`.
    ///
    /// Large stores are zeroed by the operating system, page by page as they are touched.
    ///
    /// # Panics
    /// When the memory cannot be had; see [`Buffer::try_alloc`].
    #[must_use]
    #[track_caller]
    pub fn alloc(len: usize) -> Self {
        or_panic(Self::try_alloc(len))
    }

    /// The same.
    ///
    /// # Errors
    /// [`AllocError`] when `len` is beyond what a store can have, or the allocator refuses.
    #[track_caller]
    pub fn try_alloc(len: usize) -> Result<Self, AllocError> {
        LocalView::alone(len, Fill::Zeroed, Site::caller()).map(Self)
    }

    /// `len` bytes from the thread's slab when `len` is below half a slab (8 KiB), else a store of their own. Node:
    /// `Buffer.allocUnsafe`.
    ///
    /// A slab is zeroed once, when it is made, and then used again and again: the bytes may show what the program wrote into
    /// earlier buffers of the pool, never memory that was not written at all.
    ///
    /// # Panics
    /// When the memory cannot be had; see [`Buffer::try_alloc_pooled`].
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn alloc_pooled(len: usize) -> Self {
        let site = Site::caller();
        if let Some(view) = LocalView::pooled_now(len, site) {
            return Self(view);
        }
        Self(or_panic(LocalView::pooled_anew(len, Fill::Zeroed, site)))
    }

    /// The same.
    ///
    /// # Errors
    /// As [`Buffer::try_alloc`].
    #[inline]
    #[track_caller]
    pub fn try_alloc_pooled(len: usize) -> Result<Self, AllocError> {
        LocalView::pooled_anew(len, Fill::Zeroed, Site::caller()).map(Self)
    }

    /// `len` bytes in a store of their own, never pooled. Node: `Buffer.allocUnsafeSlow`. Zeroed here.
    ///
    /// # Panics
    /// When the memory cannot be had; see [`Buffer::try_alloc_slow`].
    #[must_use]
    #[track_caller]
    pub fn alloc_slow(len: usize) -> Self {
        or_panic(Self::try_alloc_slow(len))
    }

    /// The same.
    ///
    /// # Errors
    /// As [`Buffer::try_alloc`].
    #[track_caller]
    pub fn try_alloc_slow(len: usize) -> Result<Self, AllocError> {
        Self::try_alloc(len)
    }

    /// `len` zero bytes in a store of their own, for a secret: they are overwritten with zeros when the last view of them is gone,
    /// frozen ones included, before the memory is anybody else's. [`compact`](Buffer::compact), [`keep`](Buffer::keep),
    /// [`freeze`](Buffer::freeze), [`concat`](Buffer::concat) and [`Store::transfer`](crate::Store::transfer) make such copies of it;
    /// other copies are copies like any.
    ///
    /// # Panics
    /// When the memory cannot be had; see [`Buffer::try_alloc_zeroizing`].
    #[cfg(feature = "zeroize")]
    #[must_use]
    #[track_caller]
    pub fn alloc_zeroizing(len: usize) -> Self {
        or_panic(Self::try_alloc_zeroizing(len))
    }

    /// The same.
    ///
    /// # Errors
    /// As [`Buffer::try_alloc`].
    #[cfg(feature = "zeroize")]
    #[track_caller]
    pub fn try_alloc_zeroizing(len: usize) -> Result<Self, AllocError> {
        let view = LocalView::alone(len, Fill::Zeroed, Site::caller())?;
        view.zeroize_when_gone();
        Ok(Self(view))
    }

    /// `len` zeroed bytes in a store of their own, charged to `budget` before they are allocated, and refunded when the last view
    /// of them is gone.
    ///
    /// # Errors
    /// [`AllocError`] when that would be over the budget's line, with its figures; or as [`Buffer::try_alloc`].
    #[track_caller]
    pub fn try_alloc_in(budget: &Budget, len: usize) -> Result<Self, AllocError> {
        Self::try_alloc_charged(budget.try_charge(len)?)
    }

    /// As many zeroed bytes as were charged, in a store of their own. For those who waited: see [`Budget::charge`].
    ///
    /// # Errors
    /// As [`Buffer::try_alloc`]; the charge is refunded then.
    #[track_caller]
    pub fn try_alloc_charged(charge: Charge) -> Result<Self, AllocError> {
        LocalView::charged(charge, Fill::Zeroed, Site::caller()).map(Self)
    }

    /// **Copies** `bytes`; into the thread's slab when they are fewer than half of one, as Node does.
    ///
    /// # Panics
    /// When the memory cannot be had; see [`Buffer::try_copy_from`].
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn copy_from(bytes: &[u8]) -> Self {
        let site = Site::caller();
        if let Some(view) = LocalView::copy_now(bytes, site) {
            return Self(view);
        }
        Self(or_panic(LocalView::copy_anew(bytes, site)))
    }

    /// The same.
    ///
    /// # Errors
    /// As [`Buffer::try_alloc`].
    #[inline]
    #[track_caller]
    pub fn try_copy_from(bytes: &[u8]) -> Result<Self, AllocError> {
        LocalView::copy_anew(bytes, Site::caller()).map(Self)
    }

    /// Takes the vector's memory over, without copying. Its spare capacity counts as held.
    #[must_use]
    #[track_caller]
    pub fn from_vec(bytes: Vec<u8>) -> Self {
        Self(LocalView::from_vec(bytes, Site::caller()))
    }

    /// The memory of `owner`, **sharing** it. As [`Store::from_owner`](crate::Store::from_owner).
    #[must_use]
    #[track_caller]
    pub fn from_owner(owner: impl AsMut<[u8]> + Send + 'static) -> Self {
        let site = Site::caller();
        let store = LocalStore::from_owner(owner, site);
        let len = store.cells().len();
        Self(store.view(0, len, site))
    }
}

/// **Copies**, pooled when small. Node: `Buffer.from(bytes)`.
impl From<&[u8]> for Buffer {
    #[track_caller]
    fn from(bytes: &[u8]) -> Self {
        Self::copy_from(bytes)
    }
}

/// **Copies**, pooled when small.
impl<const N: usize> From<&[u8; N]> for Buffer {
    #[track_caller]
    fn from(bytes: &[u8; N]) -> Self {
        Self::copy_from(bytes)
    }
}

/// **Copies** the text's UTF-8, pooled when small. Node: `Buffer.from(string)`.
impl From<&str> for Buffer {
    #[track_caller]
    fn from(text: &str) -> Self {
        Self::copy_from(text.as_bytes())
    }
}

/// Takes the memory over, without copying.
impl From<Vec<u8>> for Buffer {
    #[track_caller]
    fn from(bytes: Vec<u8>) -> Self {
        Self::from_vec(bytes)
    }
}

/// Takes the memory over, without copying.
impl From<Box<[u8]>> for Buffer {
    #[track_caller]
    fn from(bytes: Box<[u8]>) -> Self {
        Self::from_vec(Vec::from(bytes))
    }
}

/// Takes the memory over, without copying.
impl From<String> for Buffer {
    #[track_caller]
    fn from(text: String) -> Self {
        Self::from_vec(text.into_bytes())
    }
}
