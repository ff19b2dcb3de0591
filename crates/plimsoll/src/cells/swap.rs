//! Reversing the bytes of each 16, 32 or 64-bit word.

use crate::BadMultiple;
use crate::raw::leaf;
use std::cell::Cell;

/// Swaps the bytes of each 16-bit word in place, wherever the words lie in memory. Node's `buf.swap16`.
///
/// # Errors
/// [`BadMultiple`], and nothing is changed, when the length is not a multiple of 2.
///
/// ```
/// use std::cell::Cell;
///
/// let mut memory = *b"abcd";
/// let bytes = Cell::from_mut(&mut memory[..]).as_slice_of_cells();
/// assert!(plimsoll::cells::swap16(&bytes[..3]).is_err());
/// assert!(plimsoll::cells::swap16(bytes).is_ok());
/// assert_eq!(&memory, b"badc");
/// ```
pub fn swap16(bytes: &[Cell<u8>]) -> Result<(), BadMultiple> {
    swap::<2>(bytes)
}

/// Swaps the bytes of each 32-bit word in place, wherever the words lie in memory. Node's `buf.swap32`.
///
/// # Errors
/// [`BadMultiple`], and nothing is changed, when the length is not a multiple of 4.
///
/// ```
/// use std::cell::Cell;
///
/// let mut memory = *b"abcd";
/// plimsoll::cells::swap32(Cell::from_mut(&mut memory[..]).as_slice_of_cells()).unwrap();
/// assert_eq!(&memory, b"dcba");
/// ```
pub fn swap32(bytes: &[Cell<u8>]) -> Result<(), BadMultiple> {
    swap::<4>(bytes)
}

/// Swaps the bytes of each 64-bit word in place, wherever the words lie in memory. Node's `buf.swap64`.
///
/// # Errors
/// [`BadMultiple`], and nothing is changed, when the length is not a multiple of 8.
///
/// ```
/// use std::cell::Cell;
///
/// let mut memory = *b"abcdefgh";
/// plimsoll::cells::swap64(Cell::from_mut(&mut memory[..]).as_slice_of_cells()).unwrap();
/// assert_eq!(&memory, b"hgfedcba");
/// ```
pub fn swap64(bytes: &[Cell<u8>]) -> Result<(), BadMultiple> {
    swap::<8>(bytes)
}

fn swap<const WIDTH: usize>(bytes: &[Cell<u8>]) -> Result<(), BadMultiple> {
    if !bytes.len().is_multiple_of(WIDTH) {
        return Err(BadMultiple { len: bytes.len(), multiple: WIDTH });
    }
    leaf::write(bytes, (), |bytes, ()| {
        for word in bytes.chunks_exact_mut(WIDTH) {
            word.reverse();
        }
    });
    Ok(())
}
