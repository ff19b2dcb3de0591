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
    swap(bytes, 2, |bytes, ()| words!(bytes, u16))
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
    swap(bytes, 4, |bytes, ()| words!(bytes, u32))
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
    swap(bytes, 8, |bytes, ()| words!(bytes, u64))
}

/// Byte swaps of an integer vectorise, reversing a slice of bytes does not.
macro_rules! words {
    ($bytes:expr, $word:ty) => {
        for bytes in $bytes.chunks_exact_mut(size_of::<$word>()) {
            if let Ok(word) = <[u8; size_of::<$word>()]>::try_from(&*bytes) {
                bytes.copy_from_slice(&<$word>::from_ne_bytes(word).swap_bytes().to_ne_bytes());
            }
        }
    };
}
use words;

fn swap(bytes: &[Cell<u8>], width: usize, words: fn(&mut [u8], ())) -> Result<(), BadMultiple> {
    if !bytes.len().is_multiple_of(width) {
        return Err(BadMultiple { len: bytes.len(), multiple: width });
    }
    leaf::write(bytes, (), words);
    Ok(())
}
