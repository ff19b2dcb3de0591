//! Immutable bytes that any thread may hold.

mod compare;
mod convert;

pub use convert::FrozenIntoIter;

use crate::audit::Site;
use crate::budget::Budget;
use crate::buffer::Buffer;
use crate::error::{AllocError, OutOfRange};
use crate::range;
use crate::raw::view::SendView;
use crate::weight::{KeepRule, Weight};
use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
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

    /// The bytes that `owner` lends, **sharing memory**: a memory map, an `Arc<[u8]>`, another library's bytes. The owner is dropped
    /// with the last handle, on whichever thread that is. An owner of no bytes lives as long as this very handle, whatever clones
    /// there are: they show nothing, and what shows nothing holds nothing.
    ///
    /// What it holds besides is not known here: `gross` is the length that it lends, a lower bound. For less than about 256 bytes a
    /// copy is cheaper.
    ///
    /// ```
    /// use plimsoll::Frozen;
    /// use std::sync::Arc;
    ///
    /// let bytes: Arc<[u8]> = Arc::from(vec![7; 1000]);
    /// let frozen = Frozen::from_owner(Arc::clone(&bytes));
    /// assert_eq!(frozen.as_ptr(), bytes.as_ptr());
    /// drop(frozen.slice(10..20));
    /// drop(frozen);
    /// assert_eq!(Arc::strong_count(&bytes), 1);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn from_owner(owner: impl AsRef<[u8]> + Send + Sync + 'static) -> Self {
        Self(SendView::from_owner(owner, Site::caller()))
    }

    /// **Copies** `bytes`: into the thread's slab when they are fewer than half of one (8 KiB).
    ///
    /// # Panics
    /// When the memory cannot be had; see [`Frozen::try_copy_from_slice`].
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn copy_from_slice(bytes: &[u8]) -> Self {
        Self::copy_at(bytes, Site::caller())
    }

    #[inline]
    pub(crate) fn copy_at(bytes: &[u8], site: Site) -> Self {
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

    /// **Copies** `bytes` into a store of their own, however few they are, charged to `budget` before it is allocated, and refunded
    /// when the last handle on it is gone.
    ///
    /// # Errors
    /// [`AllocError`] when that would be over the budget's line, with its figures; or as [`Frozen::try_copy_from_slice`].
    #[track_caller]
    pub fn try_copy_from_slice_in(budget: &Budget, bytes: &[u8]) -> Result<Self, AllocError> {
        SendView::copy_charged(budget, bytes, Site::caller()).map(Self)
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

    /// Cuts the first `len` bytes off, **sharing memory**; the rest stays.
    ///
    /// # Panics
    /// When there are fewer.
    #[must_use]
    #[track_caller]
    pub fn split_to(&mut self, len: usize) -> Self {
        let front = self.slice(..len);
        self.0.consume(len);
        front
    }

    /// Cuts everything from `at` on off, **sharing memory**; the front stays.
    ///
    /// # Panics
    /// When there are fewer bytes than `at`.
    #[must_use]
    #[track_caller]
    pub fn split_off(&mut self, at: usize) -> Self {
        let back = self.slice(at..);
        self.0.truncate(at);
        back
    }

    /// Drops the first `len` bytes from sight. What is held stays held, until nothing is shown any more.
    ///
    /// # Panics
    /// When there are fewer.
    #[track_caller]
    pub fn consume(&mut self, len: usize) {
        assert!(len <= self.len(), "{len} bytes cannot be consumed of {}", self.len());
        self.0.consume(len);
    }

    /// Shows only the first `len` bytes from now on; nothing is changed when there are no more. What is held stays held, until nothing
    /// is shown any more.
    pub fn truncate(&mut self, len: usize) {
        if len < self.len() {
            self.0.truncate(len);
        }
    }

    /// Shows nothing any more, and holds nothing.
    pub fn clear(&mut self) {
        self.truncate(0);
    }

    /// The part of this handle that `part` points to, **sharing memory**: for parsers that work on `&[u8]`. None when `part` is
    /// not within it. An empty part is an empty handle.
    ///
    /// ```
    /// let line = plimsoll::Frozen::copy_from_slice(b"key=value");
    /// let at = line.iter().position(|&byte| byte == b'=').unwrap();
    /// let value = &line[at + 1..];
    /// assert_eq!(&line.slice_ref(value).unwrap()[..], b"value");
    /// assert!(line.slice_ref(b"elsewhere").is_none());
    /// ```
    #[must_use]
    #[track_caller]
    pub fn slice_ref(&self, part: &[u8]) -> Option<Self> {
        if part.is_empty() {
            return Some(Self::default());
        }
        let from = part.as_ptr().addr().checked_sub(self.as_ptr().addr())?;
        self.try_slice(from..from.checked_add(part.len())?).ok()
    }

    /// The bytes as a buffer that may be written, if this is the only handle on a store of its own; else the handle back.
    /// **Shares memory**: nothing is copied. Bytes of a pool slab, of the program itself, or of which another handle shows a
    /// part, stay as they are.
    ///
    /// # Errors
    /// The handle itself.
    pub fn try_into_buffer(self) -> Result<Buffer, Self> {
        self.0.into_local().map(Buffer::from_local).map_err(Self)
    }

    /// Whether this is the only handle on a store of its own, so that [`try_into_buffer`](Frozen::try_into_buffer) gives a buffer. It stays
    /// so: others could only come from this one.
    ///
    /// ```
    /// let mut frozen = plimsoll::Frozen::from(vec![1, 2, 3]);
    /// assert!(frozen.is_unique());
    /// let part = frozen.slice(1..);
    /// assert!(!frozen.is_unique());
    /// drop(part);
    /// frozen.truncate(2);
    /// assert!(frozen.is_unique() && frozen == [1, 2]);
    /// assert!(!plimsoll::Frozen::from_static(b"not its own").is_unique());
    /// ```
    #[must_use]
    pub fn is_unique(&self) -> bool {
        self.0.is_unique()
    }

    pub(crate) fn store_id(&self) -> u64 {
        self.0.store_id()
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
        SendView::copy_alone(self, Site::caller()).map(|copy| self.as_secret(copy))
    }

    /// The same, with the copy charged to `budget` before it is allocated. [`Frozen::compact`] charges nobody, whatever this
    /// handle's own store is charged to.
    ///
    /// # Errors
    /// [`AllocError`] when the copy would be over the budget's line, with its figures; or as [`Frozen::try_compact`].
    #[track_caller]
    pub fn try_compact_in(&self, budget: &Budget) -> Result<Self, AllocError> {
        SendView::copy_charged(budget, self, Site::caller()).map(|copy| self.as_secret(copy))
    }

    /// Its copy: overwritten in the end if these bytes are.
    fn as_secret(&self, copy: SendView) -> Self {
        #[cfg(feature = "zeroize")]
        if self.0.is_zeroized() {
            copy.zeroize_when_gone();
        }
        Self(copy)
    }

    /// The bytes as a handle to be kept for long: a copy when this one holds much more than it shows, else itself.
    ///
    /// The rule is [`KeepRule::default`]; how many handles share the store is an estimate while other threads are busy with it. Of the
    /// frames that a [`Reader`](crate::Reader) still cuts, the last few, 127 at most, are not known yet and count for nothing.
    ///
    /// # Panics
    /// When a copy is due and its memory cannot be had.
    #[must_use]
    #[track_caller]
    pub fn keep(self) -> Self {
        self.keep_by(KeepRule::default())
    }

    /// The same by a rule of the caller's.
    ///
    /// # Panics
    /// As [`Frozen::keep`].
    #[must_use]
    #[track_caller]
    pub fn keep_by(self, rule: KeepRule) -> Self {
        if rule.should_copy(self.weight(), self.0.holders()) { self.compact() } else { self }
    }
}

impl std::panic::UnwindSafe for Frozen {}
impl std::panic::RefUnwindSafe for Frozen {}

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

/// As `[u8]` does, so that a map of handles can be asked with a slice.
impl Borrow<[u8]> for Frozen {
    fn borrow(&self) -> &[u8] {
        self
    }
}

impl Hash for Frozen {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl PartialOrd for Frozen {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By bytes, then by length.
impl Ord for Frozen {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl fmt::Debug for Frozen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.escape_ascii())
    }
}
