//! Numbers at any offset, for code that is not racing for them.

use super::{Shared, lanes};
use crate::cells::{self, Endian, Number, Sink, Source};
use crate::error::OutOfRange;
use crate::raw::words::WORD;
use std::array;

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
        cells::read_at(self, offset, endian)
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
        cells::write_at(self, offset, value, endian)
    }
}

impl Source for Shared {
    #[inline]
    fn len(&self) -> usize {
        self.len()
    }

    #[inline]
    fn take<const N: usize>(&self, offset: usize) -> Result<[u8; N], OutOfRange> {
        const { assert!(N <= WORD) }
        let at = self.place(offset, N)?;
        let bytes = lanes::read(self.0.words(), at, N).to_le_bytes();
        Ok(array::from_fn(|i| bytes[i]))
    }
}

impl Sink for Shared {
    #[inline]
    fn put<const N: usize>(&self, offset: usize, bytes: [u8; N]) -> Result<(), OutOfRange> {
        const { assert!(N <= WORD) }
        let at = self.place(offset, N)?;
        let mut word = [0; WORD];
        word[..N].copy_from_slice(&bytes);
        lanes::write(self.0.words(), at, N, u64::from_le_bytes(word));
        Ok(())
    }
}
