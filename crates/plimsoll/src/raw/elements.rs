//! Bytes seen as numbers where they lie.
//!
//! *Invariant E1.* An [`Element`] is a number, or a transparent struct around one: no padding, every bit pattern is one. The trait is
//! sealed, so that nobody adds another.

use crate::typed::Element;
use std::cell::Cell;

/// The numbers that `bytes` are, if they begin at an address that such a number may have and end with one's end.
#[inline]
pub(crate) fn of<T: Element>(bytes: &[u8]) -> Option<&[T]> {
    // SAFETY: by E1 any bytes are numbers of this type.
    let (before, numbers, after) = unsafe { bytes.align_to::<T>() };
    (before.is_empty() && after.is_empty()).then_some(numbers)
}

/// The same of bytes that others may show too.
#[inline]
pub(crate) fn of_cells<T: Element>(bytes: &[Cell<u8>]) -> Option<&[Cell<T>]> {
    // SAFETY: by E1 any bytes are numbers of this type, and what is written as one is bytes that were all written. A `Cell` is
    // laid out as what is in it, and stays on the thread as those did.
    let (before, numbers, after) = unsafe { bytes.align_to::<Cell<T>>() };
    (before.is_empty() && after.is_empty()).then_some(numbers)
}
