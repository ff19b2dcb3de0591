//! Bytes that several threads read and write at once: what JavaScript calls a `SharedArrayBuffer`.

mod atomics;
pub(crate) mod bulk;
mod copies;
mod error;
pub(crate) mod lanes;
mod numbers;
pub(crate) mod parking;
pub(crate) mod wait;

pub use atomics::Integer;
pub use error::{AtomicsError, GrowError, Misaligned, SnapshotError};
pub use wait::{Interrupt, WaitResult, Waitable, Waiting};

use crate::audit::Site;
use crate::budget::{Budget, Charge};
use crate::error::{AllocError, OutOfRange};
use crate::range;
use crate::raw::words::WordView;
use crate::weight::Weight;
use std::fmt;
use std::ops::{Bound, RangeBounds};

/// Bytes that any thread may read and write at any time: `Send`, `Sync`, growable, with `Atomics`.
///
/// ```text
/// Shared   { memory, start, length }        32 bytes; clones and slices share the memory
///              |
///              v
/// memory     | word | word | word | ... reserved ... |      64-bit words, zero at first; never moves
///            0                    length           max
/// ```
///
/// Rust touches the memory in 64-bit words only, each time as one atomic: that is the only way in which safe code may race for
/// bytes of different sizes. So reading is as fast as ever; writing *less* than a word costs a compare-and-swap; and there is never a
/// `&[u8]`. Copy bytes out to have one: [`Shared::snapshot`], [`Shared::copy_to_slice`].
///
/// A number that lies within one word, as every aligned number does, is read and written at once. Larger things are not: a copy
/// may show part of what another thread is writing meanwhile. Threads agree on when to look by the atomic operations
/// ([`Shared::store`], [`Shared::load`], [`Shared::wait`] …), which put in order what is written around them.
///
/// A view that was made with an open end of a memory that can grow *follows* it: its end is the memory's end, wherever that is.
///
/// ```
/// use plimsoll::{Shared, cells::Endian};
/// use std::thread;
///
/// let shared = Shared::alloc(16);
/// let (left, right) = (shared.slice(..8), shared.slice(8..));
/// thread::scope(|s| {
///     s.spawn(|| left.fill(.., 1));
///     s.spawn(|| right.set(0, 0x0203_u16, Endian::Big));
/// });
/// assert_eq!(shared.snapshot(6..10)?, [1, 1, 2, 3]);
/// # Ok::<(), plimsoll::SnapshotError>(())
/// ```
pub struct Shared(WordView);

impl Shared {
    /// `len` zero bytes. Many are zeroed by the operating system, page by page as they are touched.
    ///
    /// # Panics
    /// When the memory cannot be had; see [`Shared::try_alloc`].
    #[must_use]
    #[track_caller]
    pub fn alloc(len: usize) -> Self {
        Self::with_max(len, len)
    }

    /// The same.
    ///
    /// # Errors
    /// [`AllocError`] when `len` is beyond the limit or the allocator refuses.
    #[track_caller]
    pub fn try_alloc(len: usize) -> Result<Self, AllocError> {
        Self::try_with_max(len, len)
    }

    /// `len` zero bytes that may [grow](Shared::grow) to `max`. `new SharedArrayBuffer(len, { maxByteLength: max })`.
    ///
    /// All of `max` is reserved now, so growth never moves a byte and never fails for want of address space. Reserving is cheap:
    /// the operating system finds a large memory's pages as they are touched.
    ///
    /// # Panics
    /// When `len` is more than `max`, or the memory cannot be had; see [`Shared::try_with_max`].
    #[must_use]
    #[track_caller]
    pub fn with_max(len: usize, max: usize) -> Self {
        match Self::try_with_max(len, max) {
            Ok(shared) => shared,
            Err(error) => panic!("{error}"),
        }
    }

    /// The same.
    ///
    /// # Errors
    /// [`AllocError`] when `len` is more than `max` (which is then the error's `limit`), when `max` is beyond what a store can have,
    /// or when the allocator refuses.
    #[track_caller]
    pub fn try_with_max(len: usize, max: usize) -> Result<Self, AllocError> {
        Self::try_with_max_at(len, max, Site::caller())
    }

    /// The same, born at a site of an embedder's.
    ///
    /// # Errors
    /// As [`Shared::try_with_max`].
    pub fn try_with_max_at(len: usize, max: usize, site: Site) -> Result<Self, AllocError> {
        Self::make(len, max, |_| Ok(None), site)
    }

    /// `len` zero bytes, charged to `budget` before they are allocated, and refunded when the last view of them is gone, on whatever
    /// thread. As in all memory of this kind the last word is whole: up to seven bytes more are charged, as [`Shared::weight`] says.
    ///
    /// ```
    /// use plimsoll::{Budget, Shared};
    ///
    /// let budget = Budget::new(64);
    /// let shared = Shared::try_alloc_in(&budget, 61)?;
    /// assert_eq!((shared.len(), shared.weight().gross, budget.held()), (61, 64, 64));
    /// std::thread::spawn(move || drop(shared)).join().unwrap();
    /// assert_eq!(budget.held(), 0);
    /// # Ok::<(), plimsoll::AllocError>(())
    /// ```
    ///
    /// # Errors
    /// [`AllocError`] when that would be over the budget's line, with its figures; or as [`Shared::try_alloc`].
    #[track_caller]
    pub fn try_alloc_in(budget: &Budget, len: usize) -> Result<Self, AllocError> {
        Self::make(len, len, |room| budget.try_charge(room).map(Some), Site::caller())
    }

    /// As many zero bytes as were charged. For those who waited: see [`Budget::charge`].
    ///
    /// # Errors
    /// As [`Shared::try_alloc_in`]: where the bytes are no whole number of words, those that are missing are charged, too. The charge is
    /// refunded then.
    #[track_caller]
    pub fn try_alloc_charged(charge: Charge) -> Result<Self, AllocError> {
        let len = charge.bytes();
        Self::make(len, len, |room| charge.raised_to(room).map(Some), Site::caller())
    }

    /// `len` zero bytes that may [grow](Shared::grow) to `max`, all of which is charged to `budget` before it is reserved. So growth
    /// charges nothing more, and never fails at the budget's line.
    ///
    /// # Errors
    /// As [`Shared::try_with_max`], or when that would be over the budget's line.
    #[track_caller]
    pub fn try_with_max_in(budget: &Budget, len: usize, max: usize) -> Result<Self, AllocError> {
        Self::make(len, max, |room| budget.try_charge(room).map(Some), Site::caller())
    }

    fn make(
        len: usize,
        max: usize,
        charge: impl FnOnce(usize) -> Result<Option<Charge>, AllocError>,
        site: Site,
    ) -> Result<Self, AllocError> {
        if len > max {
            return Err(AllocError::too_large(len, max));
        }
        WordView::alone(len, max, charge, site).map(Self)
    }

    /// **Copies** `bytes` into a new memory.
    ///
    /// # Panics
    /// When the memory cannot be had; see [`Shared::try_copy_from`].
    #[must_use]
    #[track_caller]
    pub fn copy_from(bytes: &[u8]) -> Self {
        match Self::try_copy_from(bytes) {
            Ok(shared) => shared,
            Err(error) => panic!("{error}"),
        }
    }

    /// The same.
    ///
    /// # Errors
    /// [`AllocError`] when the allocator refuses.
    #[track_caller]
    pub fn try_copy_from(bytes: &[u8]) -> Result<Self, AllocError> {
        Ok(Self::try_alloc(bytes.len())?.filled(bytes))
    }

    /// The same, charged as by [`Shared::try_alloc_in`].
    ///
    /// # Errors
    /// As [`Shared::try_alloc_in`].
    #[track_caller]
    pub fn try_copy_from_in(budget: &Budget, bytes: &[u8]) -> Result<Self, AllocError> {
        Ok(Self::try_alloc_in(budget, bytes.len())?.filled(bytes))
    }

    fn filled(self, bytes: &[u8]) -> Self {
        bulk::copy_in(self.0.words(), 0, bytes);
        self
    }

    /// How many bytes this view shows. One that follows its memory shows more once that has grown, on whatever thread.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it shows none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the view ends where its memory ends, and so shows more once that has grown.
    #[must_use]
    pub fn follows_growth(&self) -> bool {
        self.0.follows()
    }

    /// How many bytes the memory can have, whatever this view shows of it. `maxByteLength`. An empty view that does not follow
    /// has no memory: 0.
    #[must_use]
    pub fn max_len(&self) -> usize {
        self.0.max()
    }

    /// Makes the *memory* `len` bytes long. Answers how long it was. The new bytes are zero.
    ///
    /// All views that follow the memory show the new length, on every thread; those with an end of their own do not change. There is
    /// no way back.
    ///
    /// # Errors
    /// [`GrowError`], and nothing is changed, when `len` is more than the maximum or less than the memory has, which includes
    /// what another thread has just made it.
    ///
    /// ```
    /// use plimsoll::Shared;
    ///
    /// let shared = Shared::with_max(10, 1 << 30);
    /// let (head, rest) = (shared.slice(..4), shared.slice(4..));
    /// assert_eq!(shared.grow(1000)?, 10);
    /// assert_eq!((shared.len(), head.len(), rest.len()), (1000, 4, 996));
    /// # Ok::<(), plimsoll::GrowError>(())
    /// ```
    pub fn grow(&self, len: usize) -> Result<usize, GrowError> {
        self.0.grow(len).map_err(|now| GrowError { requested: len, len: now, max: self.max_len() })
    }

    /// The bytes of `range`, **sharing memory**. With an open end, of a view that follows its memory: a view that does so, too.
    /// Any other empty view holds nothing.
    ///
    /// # Panics
    /// When the range does not fit; see [`Shared::try_slice`].
    #[must_use]
    #[track_caller]
    pub fn slice(&self, range: impl RangeBounds<usize>) -> Self {
        match self.try_slice(range) {
            Ok(view) => view,
            Err(error) => panic!("{error}"),
        }
    }

    /// The same.
    ///
    /// # Errors
    /// [`OutOfRange`] when the range does not fit.
    #[track_caller]
    pub fn try_slice(&self, range: impl RangeBounds<usize>) -> Result<Self, OutOfRange> {
        let follows = self.follows_growth() && range.end_bound() == Bound::Unbounded;
        let (from, to) = range::within(range, self.len())?;
        Ok(Self(self.0.slice(from, (!follows).then_some(to), Site::caller())))
    }

    /// What the view shows now, and what it keeps alive. Constant time.
    ///
    /// Gross is all that was *reserved*, rounded up to a whole word: address space that this memory may fill and nobody else can
    /// have. A large memory that has not been touched takes less of the machine's memory than that.
    #[must_use]
    pub fn weight(&self) -> Weight {
        Weight { net: self.len(), gross: self.0.gross() }
    }

    /// Tells this memory from every other memory and store that is alive: the same for all views of it. 0: holds none.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.0.id()
    }

    /// Where the view's first byte is, for an interpreter that works on the same memory. It stays there while any view lives.
    ///
    /// Rust code must not touch it except as `AtomicU64`, in whole words, while others may.
    #[must_use]
    pub fn as_ptr(&self) -> *mut u8 {
        self.0.at()
    }

    /// The place in the memory of `width` bytes at `offset` of the view.
    #[inline]
    fn place(&self, offset: usize, width: usize) -> Result<usize, OutOfRange> {
        let len = self.len();
        if width <= len && offset <= len - width {
            Ok(self.0.start() + offset)
        } else {
            Err(OutOfRange { offset, width, len })
        }
    }
}

/// Another handle on the same bytes, **sharing memory**, that follows the memory if this one does. It belongs to the site that
/// made this one, because the caller of a clone is often the standard library.
impl Clone for Shared {
    fn clone(&self) -> Self {
        let site = self.0.site().unwrap_or_else(Site::caller);
        let follows = self.follows_growth();
        Self(self.0.slice(0, (!follows).then(|| self.len()), site))
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shared = f.debug_struct("Shared");
        shared.field("len", &self.len());
        if self.follows_growth() {
            shared.field("max_len", &self.max_len());
        }
        shared.finish_non_exhaustive()
    }
}
