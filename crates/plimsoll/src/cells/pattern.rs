//! The second operand of a comparison, a search or a fill: private bytes, or bytes that others may show too.

use crate::raw::leaf;
use std::cell::Cell;

/// Bytes to look for, to compare with or to fill with: plain bytes, or another view's cells, which may overlap the first.
///
/// Functions take `impl Into<Pattern>`, so a slice, an array, a `Vec` or cells can be given directly.
///
/// ```
/// use plimsoll::cells::{self, Pattern};
/// use std::cell::Cell;
///
/// let mut memory = *b"abcabc";
/// let bytes = Cell::from_mut(&mut memory[..]).as_slice_of_cells();
/// assert_eq!(cells::index_of(bytes, b"ca", 0, 1), Some(2));
/// assert_eq!(cells::index_of(bytes, &bytes[1..3], 2, 1), Some(4));
/// assert_eq!(Pattern::from(bytes).len(), 6);
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Pattern<'a> {
    /// Bytes nobody can change meanwhile.
    Bytes(&'a [u8]),
    /// Bytes of a view.
    Cells(&'a [Cell<u8>]),
}

impl<'a> Pattern<'a> {
    /// How many bytes there are.
    #[inline]
    pub fn len(self) -> usize {
        match self {
            Pattern::Bytes(bytes) => bytes.len(),
            Pattern::Cells(cells) => cells.len(),
        }
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Calls `f` with the bytes of `cells` and of the pattern. It obeys the rule of [`leaf`]: `f` is a function of this
    /// crate that captures nothing, which is why it travels as an argument.
    #[inline]
    pub(super) fn read_with<A, R>(self, cells: &[Cell<u8>], with: A, f: fn(&[u8], &[u8], A) -> R) -> R {
        match self {
            Pattern::Bytes(bytes) => {
                leaf::read(cells, (bytes, with, f), |cells, (bytes, with, f)| f(cells, bytes, with))
            }
            Pattern::Cells(other) => leaf::read2(cells, other, with, f),
        }
    }
}

impl<'a> From<&'a [u8]> for Pattern<'a> {
    #[inline]
    fn from(bytes: &'a [u8]) -> Self {
        Pattern::Bytes(bytes)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Pattern<'a> {
    #[inline]
    fn from(bytes: &'a [u8; N]) -> Self {
        Pattern::Bytes(bytes)
    }
}

impl<'a> From<&'a Vec<u8>> for Pattern<'a> {
    #[inline]
    fn from(bytes: &'a Vec<u8>) -> Self {
        Pattern::Bytes(bytes)
    }
}

impl<'a> From<&'a [Cell<u8>]> for Pattern<'a> {
    #[inline]
    fn from(cells: &'a [Cell<u8>]) -> Self {
        Pattern::Cells(cells)
    }
}
