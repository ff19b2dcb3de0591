//! A view that ends where its store ends.

use crate::audit::Site;
use crate::error::OutOfRange;
use crate::raw::resizable::TailView;
use crate::store::Store;
use crate::typed::{Element, Typed};
use crate::weight::Weight;
use std::cell::Cell;
use std::fmt;

/// The bytes of a [`Store`] from some place to its end, wherever that is at the moment: JavaScript's typed array without a length.
///
/// ```text
/// store     | ###############------- |     length, maximum
/// tracking      |###########|              from 4 on: what there is
/// ```
///
/// Each call asks the store anew. Where the store has become shorter than the place at which the view begins, the view is
/// [out of bounds](Tracking::is_out_of_bounds) and shows nothing; it shows bytes again when the store reaches there again. Of a
/// [detached](Store::detach) store it shows nothing for ever. Bound to its thread.
///
/// ```
/// use plimsoll::Store;
///
/// let store = Store::try_resizable(8, 100)?;
/// let tail = store.try_track(4..)?;
/// let words = tail.typed::<u16>();
/// assert_eq!((tail.len(), words.len()), (4, 2));
/// store.resize(11)?;
/// assert_eq!((tail.len(), words.len()), (7, 3));
/// store.resize(2)?;
/// assert_eq!((tail.len(), words.len(), words.get(0)), (0, 0, None));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Tracking(TailView);

impl Tracking {
    pub(crate) fn new(store: &Store, from: usize, site: Site) -> Self {
        Self(TailView::begin(store.raw(), from, site))
    }

    /// Bytes shown now.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells().len()
    }

    /// Whether it shows none now.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the store does not reach to where the view begins, or was detached. At the very end of the store a view is empty,
    /// but not out of bounds.
    #[must_use]
    pub fn is_out_of_bounds(&self) -> bool {
        self.0.store().is_detached() || self.0.start() > self.0.store().cells().len()
    }

    /// The bytes that there are now, **sharing memory**. They do not follow: held while the store is resized, they show what a
    /// [`Buffer`](crate::Buffer) of the same range would.
    #[inline]
    #[must_use]
    pub fn cells(&self) -> &[Cell<u8>] {
        self.0.cells()
    }

    /// The byte at `index`, if there is one now.
    #[inline]
    #[must_use]
    pub fn get(&self, index: usize) -> Option<u8> {
        self.cells().get(index).map(Cell::get)
    }

    /// Writes the byte at `index`.
    ///
    /// # Errors
    /// [`OutOfRange`] when there is no such byte now.
    pub fn set(&self, index: usize, byte: u8) -> Result<(), OutOfRange> {
        match self.cells().get(index) {
            Some(cell) => {
                cell.set(byte);
                Ok(())
            }
            None => Err(OutOfRange { offset: index, width: 1, len: self.len() }),
        }
    }

    /// The bytes as a row of numbers, which follows the store as this view does: as many whole ones as there are at the moment.
    /// **Shares memory**.
    #[must_use]
    pub fn typed<T: Element>(&self) -> Typed<T, &Tracking> {
        Typed::following(self)
    }

    /// Where in the store the view begins, in bytes.
    #[must_use]
    pub fn byte_offset(&self) -> usize {
        self.0.start()
    }

    /// The store, **sharing memory**. The view keeps it alive also while it shows nothing.
    #[must_use]
    pub fn store(&self) -> Store {
        Store::from_local(self.0.store().clone())
    }

    /// What it shows now, and what it keeps alive.
    #[must_use]
    pub fn weight(&self) -> Weight {
        Weight { net: self.len(), gross: self.0.store().cap() }
    }

    /// Where the view begins, whether or not the store reaches there.
    pub(crate) fn address(&self) -> usize {
        self.0.store().data().addr() + self.byte_offset()
    }

    pub(crate) fn store_id(&self) -> u64 {
        self.0.store().id()
    }
}

/// Another view of the same tail, **sharing memory**. It belongs to the site of the clone's caller.
impl Clone for Tracking {
    #[track_caller]
    fn clone(&self) -> Self {
        Self(TailView::begin(self.0.store(), self.0.start(), Site::caller()))
    }
}

impl fmt::Debug for Tracking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tracking = f.debug_struct("Tracking");
        tracking.field("byte_offset", &self.byte_offset()).field("len", &self.len()).finish_non_exhaustive()
    }
}
