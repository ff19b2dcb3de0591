//! Numbers in bytes: fixed widths, widths from 1 to 8 bytes, both byte orders.

use crate::OutOfRange;
use std::array;
use std::cell::Cell;

/// Which byte of a number comes first.
///
/// ```
/// use plimsoll::cells::{self, Endian};
/// use std::cell::Cell;
///
/// let mut memory = [0x12, 0x34];
/// let bytes = Cell::from_mut(&mut memory[..]).as_slice_of_cells();
/// assert_eq!(cells::read::<u16>(bytes, 0, Endian::Big), Ok(0x1234));
/// assert_eq!(cells::read::<u16>(bytes, 0, Endian::Little), Ok(0x3412));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endian {
    /// The least significant byte first, as Node's `…LE` methods.
    Little,
    /// The most significant byte first, as Node's `…BE` methods and network protocols.
    Big,
}

/// A number with a fixed width that bytes can hold: `u8` to `u64`, `i8` to `i64`, `f32`, `f64`. Not to be implemented
/// elsewhere.
///
/// ```
/// use plimsoll::cells::Number;
/// assert_eq!(<f32 as Number>::WIDTH, 4);
/// ```
pub trait Number: Copy + sealed::Bytes {
    /// How many bytes it takes.
    const WIDTH: usize;
}

mod sealed {
    use super::*;

    pub trait Bytes: Sized {
        /// The number at `offset`, or nothing where it does not fit.
        fn load(bytes: &[Cell<u8>], offset: usize, endian: Endian) -> Option<Self>;
        fn store(self, bytes: &[Cell<u8>], offset: usize, endian: Endian) -> Option<()>;
    }
}

/// The `N` bytes at `offset`. The array type is what lets the compiler merge the single loads into one.
#[inline(always)]
fn window<const N: usize>(bytes: &[Cell<u8>], offset: usize) -> Option<&[Cell<u8>; N]> {
    bytes.get(offset..)?.first_chunk()
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl Number for $number {
            const WIDTH: usize = size_of::<$number>();
        }

        impl sealed::Bytes for $number {
            #[inline(always)]
            fn load(bytes: &[Cell<u8>], offset: usize, endian: Endian) -> Option<Self> {
                let cells = window::<{ <Self as Number>::WIDTH }>(bytes, offset)?;
                let bytes = array::from_fn(|i| cells[i].get());
                Some(match endian {
                    Endian::Little => <$number>::from_le_bytes(bytes),
                    Endian::Big => <$number>::from_be_bytes(bytes),
                })
            }

            #[inline(always)]
            fn store(self, bytes: &[Cell<u8>], offset: usize, endian: Endian) -> Option<()> {
                let cells = window(bytes, offset)?;
                let bytes = match endian {
                    Endian::Little => self.to_le_bytes(),
                    Endian::Big => self.to_be_bytes(),
                };
                put(cells, bytes);
                Some(())
            }
        }
    )*};
}

numbers!(u8 u16 u32 u64 i8 i16 i32 i64 f32 f64);

#[inline(always)]
fn put<const N: usize>(cells: &[Cell<u8>; N], bytes: [u8; N]) {
    for i in 0..N {
        cells[i].set(bytes[i]);
    }
}

/// The number at `offset`. Node's `readUInt8` to `readBigInt64LE`, `readFloatBE`, `readDoubleLE`.
///
/// A float keeps its bits, a NaN's payload too. Cost: one load, and a byte swap where the order is not the machine's.
///
/// # Errors
/// [`OutOfRange`] when the bytes do not reach that far.
///
/// ```
/// use plimsoll::{OutOfRange, cells::{self, Endian}};
/// use std::cell::Cell;
///
/// let mut memory = [0, 0, 0x80, 0x3f];
/// let bytes = Cell::from_mut(&mut memory[..]).as_slice_of_cells();
/// assert_eq!(cells::read::<f32>(bytes, 0, Endian::Little), Ok(1.0));
/// assert_eq!(cells::read::<i8>(bytes, 2, Endian::Little), Ok(-128));
/// assert_eq!(cells::read::<u16>(bytes, 3, Endian::Big), Err(OutOfRange { offset: 3, width: 2, len: 4 }));
/// ```
#[inline]
pub fn read<T: Number>(bytes: &[Cell<u8>], offset: usize, endian: Endian) -> Result<T, OutOfRange> {
    T::load(bytes, offset, endian).ok_or(OutOfRange { offset, width: T::WIDTH, len: bytes.len() })
}

/// Puts `value` at `offset`. Node's `writeUInt8` to `writeBigInt64LE`, `writeFloatBE`, `writeDoubleLE`.
///
/// # Errors
/// [`OutOfRange`], and nothing is changed, when the bytes do not reach that far.
///
/// ```
/// use plimsoll::cells::{self, Endian};
/// use std::cell::Cell;
///
/// let mut memory = [0; 4];
/// let bytes = Cell::from_mut(&mut memory[..]).as_slice_of_cells();
/// cells::write(bytes, 1, 0x1234u16, Endian::Big)?;
/// assert_eq!(memory, [0, 0x12, 0x34, 0]);
/// # Ok::<(), plimsoll::OutOfRange>(())
/// ```
#[inline]
pub fn write<T: Number>(bytes: &[Cell<u8>], offset: usize, value: T, endian: Endian) -> Result<(), OutOfRange> {
    value.store(bytes, offset, endian).ok_or(OutOfRange { offset, width: T::WIDTH, len: bytes.len() })
}

/// The unsigned number in the `width` bytes at `offset`. Node's `readUIntBE` and `readUIntLE`.
///
/// `width` is 1 to 8 (Node's own methods stop at 6, where a double stops being exact).
///
/// # Errors
/// [`OutOfRange`] when the bytes do not reach that far, or `width` is not 1 to 8.
///
/// ```
/// use plimsoll::cells::{self, Endian};
/// use std::cell::Cell;
///
/// let mut memory = [0x12, 0x34, 0x56, 0x78];
/// let bytes = Cell::from_mut(&mut memory[..]).as_slice_of_cells();
/// assert_eq!(cells::read_uint(bytes, 1, 3, Endian::Big), Ok(0x34_56_78));
/// assert!(cells::read_uint(bytes, 2, 3, Endian::Big).is_err());
/// assert!(cells::read_uint(bytes, 0, 0, Endian::Big).is_err());
/// ```
#[inline]
pub fn read_uint(bytes: &[Cell<u8>], offset: usize, width: usize, endian: Endian) -> Result<u64, OutOfRange> {
    let value = match width {
        1 => load::<1>(bytes, offset, endian),
        2 => load::<2>(bytes, offset, endian),
        3 => load::<3>(bytes, offset, endian),
        4 => load::<4>(bytes, offset, endian),
        5 => load::<5>(bytes, offset, endian),
        6 => load::<6>(bytes, offset, endian),
        7 => load::<7>(bytes, offset, endian),
        8 => load::<8>(bytes, offset, endian),
        _ => None,
    };
    value.ok_or(OutOfRange { offset, width, len: bytes.len() })
}

/// The signed number (two's complement) in the `width` bytes at `offset`. Node's `readIntBE` and `readIntLE`.
///
/// # Errors
/// As [`read_uint`].
///
/// ```
/// use plimsoll::cells::{self, Endian};
/// use std::cell::Cell;
///
/// let mut memory = [0xff, 0xff, 0xfe];
/// let bytes = Cell::from_mut(&mut memory[..]).as_slice_of_cells();
/// assert_eq!(cells::read_int(bytes, 0, 3, Endian::Big), Ok(-2));
/// ```
#[inline]
pub fn read_int(bytes: &[Cell<u8>], offset: usize, width: usize, endian: Endian) -> Result<i64, OutOfRange> {
    let value = read_uint(bytes, offset, width, endian)?;
    let unused = 64 - 8 * width as u32;
    Ok((value << unused) as i64 >> unused)
}

/// Puts the low `width` bytes of `value` at `offset`; higher bits are dropped. Node's `writeUIntBE` and `writeUIntLE`,
/// which refuse values that do not fit before they come here.
///
/// # Errors
/// As [`read_uint`], and nothing is changed.
///
/// ```
/// use plimsoll::cells::{self, Endian};
/// use std::cell::Cell;
///
/// let mut memory = [0; 4];
/// let bytes = Cell::from_mut(&mut memory[..]).as_slice_of_cells();
/// cells::write_uint(bytes, 0, 3, 0x0102_0304, Endian::Little)?;
/// assert_eq!(memory, [4, 3, 2, 0]);
/// # Ok::<(), plimsoll::OutOfRange>(())
/// ```
#[inline]
pub fn write_uint(
    bytes: &[Cell<u8>],
    offset: usize,
    width: usize,
    value: u64,
    endian: Endian,
) -> Result<(), OutOfRange> {
    let done = match width {
        1 => store::<1>(bytes, offset, value, endian),
        2 => store::<2>(bytes, offset, value, endian),
        3 => store::<3>(bytes, offset, value, endian),
        4 => store::<4>(bytes, offset, value, endian),
        5 => store::<5>(bytes, offset, value, endian),
        6 => store::<6>(bytes, offset, value, endian),
        7 => store::<7>(bytes, offset, value, endian),
        8 => store::<8>(bytes, offset, value, endian),
        _ => None,
    };
    done.ok_or(OutOfRange { offset, width, len: bytes.len() })
}

/// Puts the low `width` bytes of `value` at `offset`, in two's complement; higher bits are dropped. Node's `writeIntBE`
/// and `writeIntLE`.
///
/// # Errors
/// As [`read_uint`], and nothing is changed.
///
/// ```
/// use plimsoll::cells::{self, Endian};
/// use std::cell::Cell;
///
/// let mut memory = [0; 3];
/// let bytes = Cell::from_mut(&mut memory[..]).as_slice_of_cells();
/// cells::write_int(bytes, 0, 3, -2, Endian::Big)?;
/// assert_eq!(memory, [0xff, 0xff, 0xfe]);
/// # Ok::<(), plimsoll::OutOfRange>(())
/// ```
#[inline]
pub fn write_int(
    bytes: &[Cell<u8>],
    offset: usize,
    width: usize,
    value: i64,
    endian: Endian,
) -> Result<(), OutOfRange> {
    write_uint(bytes, offset, width, value as u64, endian)
}

#[inline(always)]
fn load<const N: usize>(bytes: &[Cell<u8>], offset: usize, endian: Endian) -> Option<u64> {
    let cells = window::<N>(bytes, offset)?;
    let mut all = [0; 8];
    Some(match endian {
        Endian::Little => {
            for i in 0..N {
                all[i] = cells[i].get();
            }
            u64::from_le_bytes(all)
        }
        Endian::Big => {
            for i in 0..N {
                all[8 - N + i] = cells[i].get();
            }
            u64::from_be_bytes(all)
        }
    })
}

#[inline(always)]
fn store<const N: usize>(bytes: &[Cell<u8>], offset: usize, value: u64, endian: Endian) -> Option<()> {
    let cells = window::<N>(bytes, offset)?;
    match endian {
        Endian::Little => put(cells, array::from_fn(|i| value.to_le_bytes()[i])),
        Endian::Big => put(cells, array::from_fn(|i| value.to_be_bytes()[8 - N + i])),
    }
    Some(())
}
