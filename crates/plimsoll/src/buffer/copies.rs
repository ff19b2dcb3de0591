//! Copies that leave their source: joined, or cut loose from a store that is too large.

use super::Buffer;
use crate::audit::Site;
use crate::budget::Budget;
use crate::error::AllocError;
use crate::raw::view::LocalView;

impl Buffer {
    /// **Copies** the buffers one after the other. Node: `Buffer.concat(list)`.
    ///
    /// Goes into the thread's slab when the sum is below half of one, as in Node. If the bytes of any piece are overwritten when it
    /// is gone, so are those of the joined buffer, which has a store of its own then.
    ///
    /// # Panics
    /// When the memory cannot be had; see [`Buffer::try_concat`].
    #[must_use]
    #[track_caller]
    pub fn concat(list: &[Buffer]) -> Self {
        match Self::try_concat(list) {
            Ok(joined) => joined,
            Err(error) => panic!("{error}"),
        }
    }

    /// The same.
    ///
    /// # Errors
    /// [`AllocError`] when the sum is beyond what a store can have, or the allocator refuses.
    #[track_caller]
    pub fn try_concat(list: &[Buffer]) -> Result<Self, AllocError> {
        let len = list.iter().fold(0_usize, |sum, piece| sum.saturating_add(piece.len()));
        let secret = list.iter().any(Buffer::is_secret);
        let joined = LocalView::gather(len, list.iter().map(Buffer::cells), secret, Site::caller())?;
        #[cfg(feature = "zeroize")]
        if secret {
            joined.zeroize_when_gone();
        }
        Ok(Self(joined))
    }

    /// **Copies** the bytes into a store of exactly their size, never into a slab: the copy holds what it shows. The copy of a
    /// buffer whose bytes are overwritten when it is gone is overwritten, too.
    ///
    /// # Panics
    /// When the memory cannot be had; see [`Buffer::try_compact`].
    #[must_use]
    #[track_caller]
    pub fn compact(&self) -> Self {
        match self.try_compact() {
            Ok(copy) => copy,
            Err(error) => panic!("{error}"),
        }
    }

    /// The same.
    ///
    /// # Errors
    /// [`AllocError`] when the allocator refuses.
    #[track_caller]
    pub fn try_compact(&self) -> Result<Self, AllocError> {
        LocalView::copy_alone(self.cells(), Site::caller()).map(|copy| self.as_secret(copy))
    }

    /// The same, with the copy charged to `budget` before it is allocated. [`Buffer::compact`] charges nobody, whatever this
    /// buffer's own store is charged to.
    ///
    /// # Errors
    /// [`AllocError`] when the copy would be over the budget's line, with its figures; or as [`Buffer::try_compact`].
    #[track_caller]
    pub fn try_compact_in(&self, budget: &Budget) -> Result<Self, AllocError> {
        LocalView::copy_charged(budget, self.cells(), Site::caller()).map(|copy| self.as_secret(copy))
    }

    /// Its copy: overwritten in the end if this buffer is.
    fn as_secret(&self, copy: LocalView) -> Self {
        #[cfg(feature = "zeroize")]
        if self.0.is_zeroized() {
            copy.zeroize_when_gone();
        }
        Self(copy)
    }
}
