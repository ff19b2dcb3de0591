//! Immutable bytes that any thread may hold.

use crate::audit::Site;
use crate::error::{AllocError, OutOfRange};
use crate::range;
use crate::raw::view::SendView;
use crate::weight::{Keep, Weight};
use std::fmt;
use std::ops::{Deref, RangeBounds};

/// Bytes that nobody changes any more: `Send`, `Sync`, and lent as `&[u8]`.
///
/// Slices and clones **share memory**. On the thread that filled a pool slab, handles of it are counted without atomics; a drop
/// on another thread is one atomic decrement.
///
/// ```
/// use plimsoll::Frozen;
///
/// let message = Frozen::copy_from_slice(b"GET /index.html");
/// let path = message.slice(4..);
/// let there = std::thread::spawn(move || path.len()).join().unwrap();
/// assert_eq!((&message[..3], there), (&b"GET"[..], 11));
/// ```
pub struct Frozen(SendView);

impl Frozen {
    /// Bytes of the program itself. Holds nothing.
    #[must_use]
    pub const fn from_static(bytes: &'static [u8]) -> Self {
        Self(SendView::fixed(bytes))
    }

    pub(crate) fn from_send(view: SendView) -> Self {
        Self(view)
    }

    /// **Copies** `bytes`: into the thread's slab when they are fewer than half of one (8 KiB).
    ///
    /// # Panics
    /// When the memory cannot be had; see [`Frozen::try_copy_from_slice`].
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn copy_from_slice(bytes: &[u8]) -> Self {
        let site = Site::caller();
        if let Some(view) = SendView::copy_now(bytes, site) {
            return Self(view);
        }
        match SendView::copy_anew(bytes, site) {
            Ok(view) => Self(view),
            Err(error) => panic!("{error}"),
        }
    }

    /// The same.
    ///
    /// # Errors
    /// [`AllocError`] when the allocator refuses.
    #[inline]
    #[track_caller]
    pub fn try_copy_from_slice(bytes: &[u8]) -> Result<Self, AllocError> {
        SendView::copy_anew(bytes, Site::caller()).map(Self)
    }

    /// The bytes of `range`, **sharing memory**. An empty slice holds nothing.
    ///
    /// # Panics
    /// When the range does not fit; see [`Frozen::try_slice`].
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn slice(&self, range: impl RangeBounds<usize>) -> Self {
        match range::within(range, self.len()) {
            Ok((from, to)) => Self(self.0.slice(from, to, Site::caller())),
            Err(error) => panic!("{error}"),
        }
    }

    /// The bytes of `range`, **sharing memory**.
    ///
    /// # Errors
    /// [`OutOfRange`] when the range does not fit.
    #[inline]
    #[track_caller]
    pub fn try_slice(&self, range: impl RangeBounds<usize>) -> Result<Self, OutOfRange> {
        let (from, to) = range::within(range, self.len())?;
        Ok(Self(self.0.slice(from, to, Site::caller())))
    }

    /// What the handle shows and what it keeps alive. Constant time. Static bytes hold nothing: gross 0.
    #[must_use]
    pub fn weight(&self) -> Weight {
        Weight { net: self.len(), gross: self.0.gross() }
    }

    /// **Copies** the bytes into a store of exactly their size, never into a slab.
    ///
    /// # Panics
    /// When the memory cannot be had; see [`Frozen::try_compact`].
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
        SendView::copy_alone(self, Site::caller()).map(Self)
    }

    /// The bytes as a handle to be kept for long: a copy when this one holds much more than it shows, else itself.
    ///
    /// The rule is [`Keep::default`]; how many handles share the store is an estimate while other threads are busy with it.
    ///
    /// # Panics
    /// When a copy is due and its memory cannot be had.
    #[must_use]
    #[track_caller]
    pub fn keep(self) -> Self {
        self.keep_by(Keep::default())
    }

    /// The same by a rule of the caller's.
    ///
    /// # Panics
    /// As [`Frozen::keep`].
    #[must_use]
    #[track_caller]
    pub fn keep_by(self, rule: Keep) -> Self {
        if rule.should_copy(self.weight(), self.0.holders()) { self.compact() } else { self }
    }
}

impl Deref for Frozen {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.0.bytes()
    }
}

impl AsRef<[u8]> for Frozen {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

/// Another handle on the same bytes, **sharing memory**. It belongs to the site that made this one, because the caller of a
/// clone is often the standard library.
impl Clone for Frozen {
    #[inline]
    fn clone(&self) -> Self {
        let site = self.0.site().unwrap_or_else(Site::caller);
        Self(self.0.slice(0, self.len(), site))
    }
}

impl Default for Frozen {
    fn default() -> Self {
        Self::from_static(&[])
    }
}

/// Takes the memory over, without copying. Its spare capacity counts as held.
impl From<Vec<u8>> for Frozen {
    #[track_caller]
    fn from(bytes: Vec<u8>) -> Self {
        Self(SendView::from_vec(bytes, Site::caller()))
    }
}

/// Equal bytes, wherever they are.
impl PartialEq for Frozen {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Frozen {}

impl fmt::Debug for Frozen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.escape_ascii())
    }
}
