//! Numbers at any offset, for code that is not racing for them.

use super::{Shared, lanes};
use crate::cells::{self, Endian, Number};
use crate::error::OutOfRange;
use crate::raw::words::WORD;
use std::cell::Cell;

impl Shared {
    /// The number at `offset`, which need not be aligned.
    ///
    /// One relaxed atomic read of a word where the number lies within one of the memory's 64-bit words, as every aligned number
    /// does. Else two reads: a number that another thread writes meanwhile may then be half old and half new.
    ///
    /// # Errors
    /// [`OutOfRange`] when the bytes do not reach that far.
    ///
    /// ```
    /// use plimsoll::{Shared, cells::Endian};
    ///
    /// let shared = Shared::copy_from(&[0, 0, 0, 0, 0, 0, 0x12, 0x34, 0x56, 0x78]);
    /// assert_eq!(shared.get::<u32>(6, Endian::Big)?, 0x1234_5678);
    /// assert_eq!(shared.get::<i16>(6, Endian::Little)?, 0x3412);
    /// assert!(shared.get::<f64>(3, Endian::Big).is_err());
    /// # Ok::<(), plimsoll::OutOfRange>(())
    /// ```
    #[inline]
    pub fn get<T: Number>(&self, offset: usize, endian: Endian) -> Result<T, OutOfRange> {
        const { assert!(T::WIDTH <= WORD) }
        let at = self.place(offset, T::WIDTH)?;
        let mut bytes = lanes::read(self.0.words(), at, T::WIDTH).to_le_bytes();
        cells::read(Cell::from_mut(&mut bytes[..]).as_slice_of_cells(), 0, endian)
    }

    /// Puts `value` at `offset`, which need not be aligned.
    ///
    /// A number that lies within one of the memory's 64-bit words is written at once: a whole word by a store, a narrower number
    /// by a compare-and-swap (about ten times as dear), which loses no neighbour that another thread writes meanwhile. A number
    /// that straddles two words is written in two parts, and may be seen half written.
    ///
    /// # Errors
    /// [`OutOfRange`], and nothing is changed, when the bytes do not reach that far.
    #[inline]
    pub fn set<T: Number>(&self, offset: usize, value: T, endian: Endian) -> Result<(), OutOfRange> {
        const { assert!(T::WIDTH <= WORD) }
        let at = self.place(offset, T::WIDTH)?;
        let mut bytes = [0; WORD];
        cells::write(Cell::from_mut(&mut bytes[..]).as_slice_of_cells(), 0, value, endian)?;
        lanes::write(self.0.words(), at, T::WIDTH, u64::from_le_bytes(bytes));
        Ok(())
    }
}
