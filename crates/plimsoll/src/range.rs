//! Ranges: Rust's, which are errors when they do not fit, and Node's, which are clamped.

use crate::error::OutOfRange;
use std::ops::{Bound, RangeBounds};

/// `from..to` of a Rust range within `len`.
#[inline]
pub(crate) fn within(range: impl RangeBounds<usize>, len: usize) -> Result<(usize, usize), OutOfRange> {
    let from = match range.start_bound() {
        Bound::Included(&from) => from,
        Bound::Excluded(&from) => from.saturating_add(1),
        Bound::Unbounded => 0,
    };
    let to = match range.end_bound() {
        Bound::Included(&to) => to.saturating_add(1),
        Bound::Excluded(&to) => to,
        Bound::Unbounded => len,
    };
    if from <= to && to <= len {
        Ok((from, to))
    } else {
        Err(OutOfRange { offset: from, width: to.saturating_sub(from), len })
    }
}

/// `from..to` by Node's rule for `subarray(start, end)`: negative counts from the end, everything is clamped, and an end before
/// the start is an empty range.
pub(crate) fn node(start: isize, end: isize, len: usize) -> (usize, usize) {
    let clamp = |index: isize| {
        if index < 0 { len.saturating_sub(index.unsigned_abs()) } else { index.unsigned_abs().min(len) }
    };
    let from = clamp(start);
    (from, clamp(end).max(from))
}
