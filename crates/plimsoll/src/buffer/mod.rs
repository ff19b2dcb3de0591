//! The aliasing, mutable view: Node's `Buffer`.

mod copies;
mod make;
mod text;

use crate::audit::{self, Site};
use crate::budget::Budget;
use crate::cells::{self, Pattern};
use crate::error::{AllocError, BadMultiple, OutOfRange};
use crate::frozen::Frozen;
use crate::parcel::Parcel;
use crate::range;
use crate::raw::view::LocalView;
use crate::store::Store;
use crate::weight::{KeepRule, Weight};
use std::cell::Cell;
use std::cmp::Ordering;
use std::fmt;
use std::ops::RangeBounds;

/// A window on a store of bytes that other windows may show too: what is written through one is seen through all.
///
/// ```text
///  chunk  |#########################################|   net 64 KiB
///  id        |##|                                       net 16 B, gross 64 KiB
///         +-----------------------------------------+
///  store  | 64 KiB, alive until the last view is gone |
///         +-----------------------------------------+
/// ```
///
/// It behaves as Node's `Buffer` does: [`subarray`](Buffer::subarray) **shares memory**, small buffers of
/// [`alloc_pooled`](Buffer::alloc_pooled) and of copies come from a common slab, and so a few bytes can keep many alive.
/// [`weight`](Buffer::weight) says how many; [`compact`](Buffer::compact) and [`keep`](Buffer::keep) are the cure.
///
/// Because its bytes may change while it is looked at, a `Buffer` lends them as `[Cell<u8>]`, never as `[u8]`, and it stays on
/// its thread. [`freeze`](Buffer::freeze) gives bytes that can be borrowed and sent.
///
/// ```
/// use plimsoll::Buffer;
///
/// let packet = Buffer::alloc(1 << 20);
/// let id = packet.subarray(8..24);
/// packet.set(8, 0xff)?;
/// assert_eq!(id.get(0), Some(0xff), "one memory");
///
/// drop(packet);
/// assert_eq!((id.weight().net, id.weight().gross), (16, 1 << 20));
/// let id = id.keep();
/// assert_eq!((id.weight().net, id.weight().gross), (16, 16));
/// # Ok::<(), plimsoll::OutOfRange>(())
/// ```
pub struct Buffer(LocalView);

impl Buffer {
    pub(crate) fn from_local(view: LocalView) -> Self {
        Self(view)
    }

    /// Bytes shown.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it shows no bytes. Then it holds none either.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes, **sharing memory**.
    #[inline]
    #[must_use]
    pub fn cells(&self) -> &[Cell<u8>] {
        self.0.cells()
    }

    /// The byte at `index`, if there is one. Node: `buf[index]`.
    #[inline]
    #[must_use]
    pub fn get(&self, index: usize) -> Option<u8> {
        self.cells().get(index).map(Cell::get)
    }

    /// Writes the byte at `index`.
    ///
    /// # Errors
    /// [`OutOfRange`] when there is no such byte.
    #[inline]
    pub fn set(&self, index: usize, byte: u8) -> Result<(), OutOfRange> {
        match self.cells().get(index) {
            Some(cell) => {
                cell.set(byte);
                Ok(())
            }
            None => Err(OutOfRange { offset: index, width: 1, len: self.len() }),
        }
    }

    /// A view of `range`, **sharing memory**. Costs no atomic operation. An empty view holds nothing.
    ///
    /// # Panics
    /// When the range does not fit, like slicing. See [`Buffer::try_subarray`], and
    /// [`Buffer::subarray_clamped`] for Node's rules.
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn subarray(&self, range: impl RangeBounds<usize>) -> Self {
        match range::within(range, self.len()) {
            Ok((from, to)) => Self(self.0.slice(from, to, Site::caller())),
            Err(error) => panic!("{error}"),
        }
    }

    /// A view of `range`, **sharing memory**.
    ///
    /// # Errors
    /// [`OutOfRange`] when the range does not fit.
    #[inline]
    #[track_caller]
    pub fn try_subarray(&self, range: impl RangeBounds<usize>) -> Result<Self, OutOfRange> {
        let (from, to) = range::within(range, self.len())?;
        Ok(Self(self.0.slice(from, to, Site::caller())))
    }

    /// Node's [`buf.subarray(start, end)`](https://nodejs.org/api/buffer.html#bufsubarraystart-end), **sharing memory**:
    /// negative indices count from the end, everything is clamped, an end before the start gives an empty view.
    ///
    /// ```
    /// let b = plimsoll::Buffer::from("buffer");
    /// assert!(b.subarray_clamped(-6, -1).equals(b"buffe"));
    /// assert!(b.subarray_clamped(3, 99).equals(b"fer"));
    /// assert!(b.subarray_clamped(4, 2).is_empty());
    /// ```
    #[must_use]
    #[track_caller]
    pub fn subarray_clamped(&self, start: isize, end: isize) -> Self {
        let (from, to) = range::node(start, end, self.len());
        Self(self.0.slice(from, to, Site::caller()))
    }

    /// The store behind the view, **sharing memory**; none when the view is empty. Node: `buf.buffer`.
    #[must_use]
    pub fn store(&self) -> Option<Store> {
        self.0.held().map(Store::from_local)
    }

    /// Where in its store the view begins, in bytes. Node: `buf.byteOffset`.
    #[must_use]
    pub fn byte_offset(&self) -> usize {
        self.store().map_or(0, |store| self.cells().as_ptr().addr() - store.as_ptr().addr())
    }

    /// **Copies** as many bytes to the front of `target` as fit, and says how many. The two may overlap. Node: `buf.copy`.
    #[track_caller]
    pub fn copy_to(&self, target: &Buffer) -> usize {
        let copied = cells::copy(self.cells(), target.cells());
        audit::count_copied(Site::caller(), copied);
        copied
    }

    /// **Copies** as many bytes to the front of `target` as fit, and says how many.
    #[track_caller]
    pub fn copy_to_slice(&self, target: &mut [u8]) -> usize {
        let copied = cells::copy(self.cells(), Cell::from_mut(target).as_slice_of_cells());
        audit::count_copied(Site::caller(), copied);
        copied
    }

    /// **Copies** the bytes.
    #[must_use]
    #[track_caller]
    pub fn to_vec(&self) -> Vec<u8> {
        audit::count_copied(Site::caller(), self.len());
        cells::to_vec(self.cells())
    }

    /// Writes `pattern` over and over; an empty one writes zeros. Node: `buf.fill`.
    pub fn fill<'a>(&self, pattern: impl Into<Pattern<'a>>) {
        cells::fill(self.cells(), pattern);
    }

    /// Whether the bytes are those of `other`. Node: `buf.equals`.
    #[must_use]
    pub fn equals<'a>(&self, other: impl Into<Pattern<'a>>) -> bool {
        cells::equals(self.cells(), other)
    }

    /// Orders by bytes, then by length. Node: `buf.compare`.
    #[must_use]
    pub fn compare<'a>(&self, other: impl Into<Pattern<'a>>) -> Ordering {
        cells::compare(self.cells(), other)
    }

    /// Where `needle` first begins. Node: `buf.indexOf`.
    #[must_use]
    pub fn index_of<'a>(&self, needle: impl Into<Pattern<'a>>) -> Option<usize> {
        cells::index_of(self.cells(), needle, 0, 1)
    }

    /// Where `needle` first begins, at `from` or after.
    #[must_use]
    pub fn index_of_from<'a>(&self, needle: impl Into<Pattern<'a>>, from: usize) -> Option<usize> {
        cells::index_of(self.cells(), needle, from, 1)
    }

    /// Where `needle` last begins. Node: `buf.lastIndexOf`.
    #[must_use]
    pub fn last_index_of<'a>(&self, needle: impl Into<Pattern<'a>>) -> Option<usize> {
        cells::last_index_of(self.cells(), needle, self.len(), 1)
    }

    /// Where `needle` last begins, at `from` or before.
    #[must_use]
    pub fn last_index_of_from<'a>(&self, needle: impl Into<Pattern<'a>>, from: usize) -> Option<usize> {
        cells::last_index_of(self.cells(), needle, from, 1)
    }

    /// Whether `needle` is in it. Node: `buf.includes`.
    #[must_use]
    pub fn includes<'a>(&self, needle: impl Into<Pattern<'a>>) -> bool {
        self.index_of(needle).is_some()
    }

    /// Turns the bytes of each 16-bit word round, in place. Node: `buf.swap16`.
    ///
    /// # Errors
    /// [`BadMultiple`] when the length is no multiple of 2.
    pub fn swap16(&self) -> Result<(), BadMultiple> {
        cells::swap16(self.cells())
    }

    /// Turns the bytes of each 32-bit word round, in place. Node: `buf.swap32`.
    ///
    /// # Errors
    /// [`BadMultiple`] when the length is no multiple of 4.
    pub fn swap32(&self) -> Result<(), BadMultiple> {
        cells::swap32(self.cells())
    }

    /// Turns the bytes of each 64-bit word round, in place. Node: `buf.swap64`.
    ///
    /// # Errors
    /// [`BadMultiple`] when the length is no multiple of 8.
    pub fn swap64(&self) -> Result<(), BadMultiple> {
        cells::swap64(self.cells())
    }

    /// The same view, made at another place.
    pub(crate) fn view_at(self, site: Site) -> Self {
        Self(self.0.slice(0, self.len(), site))
    }

    pub(crate) fn is_of_slab(&self) -> bool {
        self.0.is_of_slab()
    }

    /// Whether the memory was allocated for this store alone and is all its own. Not of an empty view.
    pub(crate) fn is_of_own_store(&self) -> bool {
        self.0.is_of_own_store()
    }

    /// How many other views there are, as far as it is known, and where those were made that are audited.
    pub(crate) fn other_views(&self) -> (usize, Vec<Site>) {
        if !self.is_of_slab() && self.0.holders() == 1 {
            return (0, Vec::new());
        }
        let places = self.0.also_shown_at();
        let views = if self.is_of_slab() { places.len() } else { self.0.holders() - 1 };
        (views, places)
    }

    pub(crate) fn budget(&self) -> Option<Budget> {
        self.0.budget()
    }

    #[cfg(feature = "zeroize")]
    pub(crate) fn wipe(&self) {
        cells::fill(self.cells(), &[]);
    }

    /// Whether the store was [resized](Store::resize) so that it ends before the view does, or was [detached](Store::detach). The
    /// view shows its bytes all the same; ECMAScript's would show none.
    #[must_use]
    pub fn is_out_of_bounds(&self) -> bool {
        self.0.is_out_of_bounds()
    }

    /// The store as a parcel for another thread, without copying: if this is its only view, shows all of it, and it is no pool's
    /// slab. [`compact`](Buffer::compact) makes such a view of any. An empty view makes an empty parcel.
    ///
    /// # Errors
    /// The view itself.
    pub fn into_parcel(self) -> Result<Parcel, Self> {
        let Some(store) = self.store() else {
            return Store::try_zeroed(0).ok().and_then(|store| store.into_parcel().ok()).ok_or(self);
        };
        // Of two handles, one is `store`. A detached store has no length.
        if store.is_slab() || store.len() != self.len() || self.0.holders() != 2 {
            return Err(self);
        }
        drop(self);
        store.into_parcel().map_err(|store| Self(store.raw().view(0, store.len(), Site::caller()))) // never: it is alone
    }

    #[cfg(feature = "zeroize")]
    pub(crate) fn zeroize_when_gone(&self) {
        self.0.zeroize_when_gone();
    }

    pub(crate) fn store_id(&self) -> u64 {
        self.0.store_id()
    }

    /// What the view shows and what it keeps alive. Constant time.
    #[inline]
    #[must_use]
    pub fn weight(&self) -> Weight {
        Weight { net: self.len(), gross: self.0.gross() }
    }

    /// The bytes as a buffer to be kept for long: a copy when the view holds much more than it shows, else the view itself.
    ///
    /// The rule is [`KeepRule::default`]; the copy never goes into a slab. A copy ends aliasing: writes no longer reach the parent.
    ///
    /// # Panics
    /// When a copy is due and its memory cannot be had; see [`Buffer::try_compact`].
    #[must_use]
    #[track_caller]
    pub fn keep(self) -> Self {
        self.keep_by(KeepRule::default())
    }

    /// The same.
    ///
    /// # Errors
    /// The buffer as it was, and [`AllocError`], when a copy is due and its memory cannot be had.
    #[track_caller]
    pub fn try_keep(self) -> Result<Self, (Self, AllocError)> {
        if !KeepRule::default().should_copy(self.weight(), self.0.holders()) {
            return Ok(self);
        }
        self.try_compact().map_err(|error| (self, error))
    }

    /// The same by a rule of the caller's.
    ///
    /// # Panics
    /// As [`Buffer::keep`].
    #[must_use]
    #[track_caller]
    pub fn keep_by(self, rule: KeepRule) -> Self {
        if rule.should_copy(self.weight(), self.0.holders()) { self.compact() } else { self }
    }

    /// The same bytes, immutable and sendable. **Shares memory** when this is the only view of a store of its own, else
    /// **copies**.
    ///
    /// # Panics
    /// When a copy is due and its memory cannot be had; see [`Buffer::try_freeze`].
    #[must_use]
    #[track_caller]
    pub fn freeze(self) -> Frozen {
        match self.try_freeze() {
            Ok(frozen) => frozen,
            Err((_, error)) => panic!("{error}"),
        }
    }

    /// The same.
    ///
    /// # Errors
    /// The buffer as it was, and [`AllocError`], when a copy is due and its memory cannot be had.
    #[track_caller]
    pub fn try_freeze(self) -> Result<Frozen, (Self, AllocError)> {
        let shared = match self.0.into_sendable() {
            Ok(view) => return Ok(Frozen::from_send(view)),
            Err(view) => Self(view),
        };
        let site = Site::caller();
        let copy = if shared.is_secret() {
            shared.try_compact().and_then(|copy| copy.0.into_sendable().or_else(|copy| copy.copy_sendable(site)))
        } else {
            shared.0.copy_sendable(site)
        };
        copy.map(Frozen::from_send).map_err(|error| (shared, error))
    }

    /// Whether its bytes are overwritten in the end. Copies of it that are to be, too, must not go into a common slab.
    pub(crate) fn is_secret(&self) -> bool {
        #[cfg(feature = "zeroize")]
        let secret = self.0.is_zeroized();
        #[cfg(not(feature = "zeroize"))]
        let secret = false;
        secret
    }
}

/// Another view of the same bytes, **sharing memory**. It belongs to the site of the clone's caller.
impl Clone for Buffer {
    #[inline]
    #[track_caller]
    fn clone(&self) -> Self {
        Self(self.0.slice(0, self.len(), Site::caller()))
    }
}

impl Default for Buffer {
    fn default() -> Self {
        Self(LocalView::EMPTY)
    }
}

/// Equal bytes, wherever they are.
impl PartialEq for Buffer {
    fn eq(&self, other: &Self) -> bool {
        self.equals(other)
    }
}

impl Eq for Buffer {}

/// As Node prints it: `<Buffer 68 69>`, the first 50 bytes.
impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 50;
        f.write_str("<Buffer")?;
        for cell in self.cells().iter().take(SHOWN) {
            write!(f, " {:02x}", cell.get())?;
        }
        match self.len().saturating_sub(SHOWN) {
            0 => {}
            1 => f.write_str(" ... 1 more byte")?,
            more => write!(f, " ... {more} more bytes")?,
        }
        f.write_str(">")
    }
}

impl<'a> From<&'a Buffer> for Pattern<'a> {
    fn from(buffer: &'a Buffer) -> Self {
        buffer.cells().into()
    }
}
