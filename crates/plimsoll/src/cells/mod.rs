//! Operations on bytes that other views may also show.
//!
//! A view's bytes are `&[Cell<u8>]`: anybody who holds another view of the same memory may write them between two calls.
//! The functions here are what `Buffer` does with such bytes, and what an embedder (a script host, a foreign view) does
//! with its own: numbers, search, comparison, filling and copying, as Node's `Buffer` defines them.
//!
//! Nothing here allocates except [`to_vec`], and nothing panics: what does not fit is an error, and what is not there is
//! `None`.
//!
//! ```
//! use plimsoll::cells::{self, Endian};
//! use std::cell::Cell;
//!
//! let mut memory = *b"\x00\x2a..len=42";
//! let bytes = Cell::from_mut(&mut memory[..]).as_slice_of_cells();
//!
//! assert_eq!(cells::read::<u16>(bytes, 0, Endian::Big), Ok(42));
//! assert_eq!(cells::index_of(bytes, b"len=", 0, 1), Some(4));
//! assert!(cells::read::<u64>(bytes, 8, Endian::Big).is_err());
//! ```

mod compare;
mod fill;
mod number;
mod pattern;
mod search;
mod swap;

use crate::raw::leaf;
use std::cell::Cell;

pub use compare::{compare, equals};
pub use fill::{fill, fill_byte, fill_cells};
pub use number::{Endian, Number, read, read_int, read_uint, write, write_int, write_uint};
pub(crate) use number::{Sink, Source, read_at, read_int_at, read_uint_at, write_at, write_uint_at};
pub use pattern::Pattern;
pub use search::{index_of, index_of_byte, last_index_of, last_index_of_byte};
pub use swap::{swap16, swap32, swap64};

/// **Copies** the first bytes of `from` to the front of `to`, as many as both have, and says how many that was.
///
/// The two may overlap: the result is as if the bytes had been taken aside first (`memmove`). This is Node's
/// [`buf.copy`](https://nodejs.org/api/buffer.html#bufcopytarget-targetstart-sourcestart-sourceend) once its ranges are cut.
///
/// ```
/// use std::cell::Cell;
///
/// let mut memory = *b"abcdef";
/// let bytes = Cell::from_mut(&mut memory[..]).as_slice_of_cells();
/// assert_eq!(plimsoll::cells::copy(&bytes[..4], &bytes[2..]), 4);
/// assert_eq!(&memory, b"ababcd");
/// ```
#[inline]
pub fn copy(from: &[Cell<u8>], to: &[Cell<u8>]) -> usize {
    leaf::copy(from, to)
}

/// **Copies** the bytes into a `Vec` of their length.
///
/// ```
/// use std::cell::Cell;
///
/// let mut memory = *b"abc";
/// let bytes = Cell::from_mut(&mut memory[..]).as_slice_of_cells();
/// let kept = plimsoll::cells::to_vec(bytes);
/// bytes[0].set(b'x');
/// assert_eq!(kept, b"abc");
/// ```
#[inline]
pub fn to_vec(bytes: &[Cell<u8>]) -> Vec<u8> {
    leaf::read(bytes, (), |bytes, ()| bytes.to_vec())
}
