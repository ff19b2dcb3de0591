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

/// A number with a fixed width that bytes can hold: `u8` to `u64`, `i8` to `i64`, `f32`, `f64`, and `half::f16` with the feature
/// `half`. Not to be implemented elsewhere.
///
/// ```
/// use plimsoll::cells::Number;
/// assert_eq!(<f32 as Number>::WIDTH, 4);
/// ```
pub trait Number: Copy + sealed::Bytes {
    /// How many bytes it takes.
    const WIDTH: usize;
}

/// Bytes that numbers are taken from: each access is checked once, against the length of that moment.
pub(crate) use sealed::{Sink, Source};

mod sealed {
    use super::*;

    pub trait Source {
        fn len(&self) -> usize;

        /// The `N` bytes at `offset`, at most 8.
        fn take<const N: usize>(&self, offset: usize) -> Result<[u8; N], OutOfRange>;
    }

    pub trait Sink: Source {
        /// Writes all of `bytes`, at most 8, at `offset`, or nothing.
        fn put<const N: usize>(&self, offset: usize, bytes: [u8; N]) -> Result<(), OutOfRange>;
    }

    pub trait Bytes: Sized {
        fn load<S: Source + ?Sized>(bytes: &S, offset: usize, endian: Endian) -> Result<Self, OutOfRange>;
        fn store<S: Sink + ?Sized>(self, bytes: &S, offset: usize, endian: Endian) -> Result<(), OutOfRange>;
    }
}

impl Source for [Cell<u8>] {
    #[inline(always)]
    fn len(&self) -> usize {
        self.len()
    }

    #[inline(always)]
    fn take<const N: usize>(&self, offset: usize) -> Result<[u8; N], OutOfRange> {
        let cells = window::<_, N>(self, offset)?;
        Ok(array::from_fn(|i| cells[i].get()))
    }
}

impl Sink for [Cell<u8>] {
    #[inline(always)]
    fn put<const N: usize>(&self, offset: usize, bytes: [u8; N]) -> Result<(), OutOfRange> {
        let cells = window::<_, N>(self, offset)?;
        for i in 0..N {
            cells[i].set(bytes[i]);
        }
        Ok(())
    }
}

impl Source for [u8] {
    #[inline(always)]
    fn len(&self) -> usize {
        self.len()
    }

    #[inline(always)]
    fn take<const N: usize>(&self, offset: usize) -> Result<[u8; N], OutOfRange> {
        window(self, offset).copied()
    }
}

/// The `N` bytes at `offset`. The array type is what lets the compiler merge the single loads into one.
#[inline(always)]
fn window<B, const N: usize>(bytes: &[B], offset: usize) -> Result<&[B; N], OutOfRange> {
    let window = bytes.get(offset..).and_then(<[B]>::first_chunk);
    window.ok_or(OutOfRange { offset, width: N, len: bytes.len() })
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl Number for $number {
            const WIDTH: usize = size_of::<$number>();
        }

        impl sealed::Bytes for $number {
            #[inline(always)]
            fn load<S: Source + ?Sized>(bytes: &S, offset: usize, endian: Endian) -> Result<Self, OutOfRange> {
                let bytes = bytes.take(offset)?;
                Ok(match endian {
                    Endian::Little => <$number>::from_le_bytes(bytes),
                    Endian::Big => <$number>::from_be_bytes(bytes),
                })
            }

            #[inline(always)]
            fn store<S: Sink + ?Sized>(self, bytes: &S, offset: usize, endian: Endian) -> Result<(), OutOfRange> {
                bytes.put(offset, match endian {
                    Endian::Little => self.to_le_bytes(),
                    Endian::Big => self.to_be_bytes(),
                })
            }
        }
    )*};
}

numbers!(u8 u16 u32 u64 i8 i16 i32 i64 f32 f64);
#[cfg(feature = "half")]
numbers!(half::f16);

/// [`read`], from any bytes.
#[inline(always)]
pub(crate) fn read_at<T: Number, S: Source + ?Sized>(
    bytes: &S,
    offset: usize,
    endian: Endian,
) -> Result<T, OutOfRange> {
    T::load(bytes, offset, endian)
}

/// [`write`], to any bytes.
#[inline(always)]
pub(crate) fn write_at<T: Number, S: Sink + ?Sized>(
    bytes: &S,
    offset: usize,
    value: T,
    endian: Endian,
) -> Result<(), OutOfRange> {
    value.store(bytes, offset, endian)
}

/// [`read_uint`], from any bytes.
#[inline(always)]
pub(crate) fn read_uint_at<S: Source + ?Sized>(
    bytes: &S,
    offset: usize,
    width: usize,
    endian: Endian,
) -> Result<u64, OutOfRange> {
    match width {
        1 => load::<1, S>(bytes, offset, endian),
        2 => load::<2, S>(bytes, offset, endian),
        3 => load::<3, S>(bytes, offset, endian),
        4 => load::<4, S>(bytes, offset, endian),
        5 => load::<5, S>(bytes, offset, endian),
        6 => load::<6, S>(bytes, offset, endian),
        7 => load::<7, S>(bytes, offset, endian),
        8 => load::<8, S>(bytes, offset, endian),
        _ => Err(OutOfRange { offset, width, len: bytes.len() }),
    }
}

/// [`read_int`], from any bytes.
#[inline(always)]
pub(crate) fn read_int_at<S: Source + ?Sized>(
    bytes: &S,
    offset: usize,
    width: usize,
    endian: Endian,
) -> Result<i64, OutOfRange> {
    let value = read_uint_at(bytes, offset, width, endian)?;
    let unused = 64 - 8 * width as u32;
    Ok((value << unused) as i64 >> unused)
}

/// [`write_uint`], to any bytes.
#[inline(always)]
pub(crate) fn write_uint_at<S: Sink + ?Sized>(
    bytes: &S,
    offset: usize,
    width: usize,
    value: u64,
    endian: Endian,
) -> Result<(), OutOfRange> {
    match width {
        1 => store::<1, S>(bytes, offset, value, endian),
        2 => store::<2, S>(bytes, offset, value, endian),
        3 => store::<3, S>(bytes, offset, value, endian),
        4 => store::<4, S>(bytes, offset, value, endian),
        5 => store::<5, S>(bytes, offset, value, endian),
        6 => store::<6, S>(bytes, offset, value, endian),
        7 => store::<7, S>(bytes, offset, value, endian),
        8 => store::<8, S>(bytes, offset, value, endian),
        _ => Err(OutOfRange { offset, width, len: bytes.len() }),
    }
}

#[inline(always)]
fn load<const N: usize, S: Source + ?Sized>(bytes: &S, offset: usize, endian: Endian) -> Result<u64, OutOfRange> {
    let bytes = bytes.take::<N>(offset)?;
    let mut all = [0; 8];
    Ok(match endian {
        Endian::Little => {
            all[..N].copy_from_slice(&bytes);
            u64::from_le_bytes(all)
        }
        Endian::Big => {
            all[8 - N..].copy_from_slice(&bytes);
            u64::from_be_bytes(all)
        }
    })
}

#[inline(always)]
fn store<const N: usize, S: Sink + ?Sized>(
    bytes: &S,
    offset: usize,
    value: u64,
    endian: Endian,
) -> Result<(), OutOfRange> {
    bytes.put::<N>(
        offset,
        match endian {
            Endian::Little => array::from_fn(|i| value.to_le_bytes()[i]),
            Endian::Big => array::from_fn(|i| value.to_be_bytes()[8 - N + i]),
        },
    )
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
    read_at(bytes, offset, endian)
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
    write_at(bytes, offset, value, endian)
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
    read_uint_at(bytes, offset, width, endian)
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
    read_int_at(bytes, offset, width, endian)
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
    write_uint_at(bytes, offset, width, value, endian)
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
