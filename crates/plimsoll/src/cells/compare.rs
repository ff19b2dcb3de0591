//! Order and equality of bytes.

use super::Pattern;
use std::cell::Cell;
use std::cmp::Ordering;

/// Compares byte by byte, as unsigned numbers; of two that agree as far as both go, the shorter is less.
///
/// This is Node's `Buffer.compare`. Cost: `memcmp`.
///
/// ```
/// use std::{cell::Cell, cmp::Ordering};
///
/// let mut memory = *b"ab\xff";
/// let bytes = Cell::from_mut(&mut memory[..]).as_slice_of_cells();
/// assert_eq!(plimsoll::cells::compare(bytes, b"ab"), Ordering::Greater);
/// assert_eq!(plimsoll::cells::compare(bytes, b"b"), Ordering::Less);
/// ```
#[inline]
pub fn compare<'a>(bytes: &[Cell<u8>], other: impl Into<Pattern<'a>>) -> Ordering {
    other.into().read_with(bytes, (), |bytes, other, ()| bytes.cmp(other))
}

/// Whether both hold the same bytes. This is Node's `buf.equals`. Cost: `memcmp`, or nothing when the lengths differ.
///
/// ```
/// use std::cell::Cell;
///
/// let mut memory = *b"abab";
/// let bytes = Cell::from_mut(&mut memory[..]).as_slice_of_cells();
/// assert!(plimsoll::cells::equals(&bytes[..2], &bytes[2..]));
/// assert!(!plimsoll::cells::equals(bytes, b"ab"));
/// ```
#[inline]
pub fn equals<'a>(bytes: &[Cell<u8>], other: impl Into<Pattern<'a>>) -> bool {
    other.into().read_with(bytes, (), |bytes, other, ()| bytes == other)
}
