//! Filling with one byte or with a repeated pattern.

use super::Pattern;
use crate::raw::leaf;
use std::cell::Cell;

/// Sets every byte to `byte`. Cost: `memset`.
///
/// ```
/// use std::cell::Cell;
///
/// let mut memory = *b"abc";
/// plimsoll::cells::fill_byte(Cell::from_mut(&mut memory[..]).as_slice_of_cells(), 7);
/// assert_eq!(memory, [7, 7, 7]);
/// ```
#[inline]
pub fn fill_byte(bytes: &[Cell<u8>], byte: u8) {
    leaf::write(bytes, byte, |bytes, byte| bytes.fill(byte));
}

/// Fills with `pattern`, over and over; the last time it may be cut short. An empty pattern fills zeros.
///
/// This is Node's `buf.fill` once the value has been turned into bytes: for text, fill with
/// [`Encoding::encode`](crate::encoding::Encoding::encode). Node refuses an empty *buffer* as the value, and text of which
/// nothing could be decoded; such callers check for that first. The pattern may overlap the bytes: what is repeated is what
/// it held before the call.
///
/// ```
/// use std::cell::Cell;
///
/// let mut memory = [0; 8];
/// plimsoll::cells::fill(Cell::from_mut(&mut memory[..]).as_slice_of_cells(), b"abc");
/// assert_eq!(&memory, b"abcabcab");
/// ```
pub fn fill<'a>(bytes: &[Cell<u8>], pattern: impl Into<Pattern<'a>>) {
    let filled = match pattern.into() {
        Pattern::Bytes(&[byte]) => return fill_byte(bytes, byte),
        Pattern::Bytes(pattern) => leaf::write(bytes, pattern, |bytes, pattern| {
            let n = bytes.len().min(pattern.len());
            bytes[..n].copy_from_slice(&pattern[..n]);
            n
        }),
        Pattern::Cells(pattern) => leaf::copy(pattern, bytes),
    };
    if filled < 2 {
        return fill_byte(bytes, if filled == 1 { bytes[0].get() } else { 0 });
    }
    leaf::write(bytes, filled, repeat_front);
}

/// [`fill`] with another view's bytes.
///
/// ```
/// use std::cell::Cell;
///
/// let mut memory = *b"ab......";
/// let bytes = Cell::from_mut(&mut memory[..]).as_slice_of_cells();
/// plimsoll::cells::fill_cells(&bytes[2..], &bytes[..2]);
/// assert_eq!(&memory, b"abababab");
/// ```
#[inline]
pub fn fill_cells(bytes: &[Cell<u8>], pattern: &[Cell<u8>]) {
    fill(bytes, pattern);
}

/// Repeats the first `filled` bytes to the end. Each turn copies all that is there, so the number of copies is the
/// logarithm of the number of repetitions.
fn repeat_front(bytes: &mut [u8], mut filled: usize) {
    while filled < bytes.len() {
        let n = filled.min(bytes.len() - filled);
        let (done, rest) = bytes.split_at_mut(filled);
        rest[..n].copy_from_slice(&done[..n]);
        filled += n;
    }
}
