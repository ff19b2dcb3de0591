//! `Atomics`: one number, all threads agree.

use super::Shared;
use super::error::{AtomicsError, Misaligned};
use super::lanes::Lane;
use crate::cells::Number;
use crate::raw::sync::Ordering::SeqCst;

/// A whole number that threads can agree on: `i8` to `i64`, `u8` to `u64`. Not to be implemented elsewhere.
pub trait Integer: Number + sealed::Bits {}

pub(super) mod sealed {
    /// The number's bytes in memory order, in the machine's byte order, from the lowest bits up.
    pub trait Bits: Copy {
        fn to_bits(self) -> u64;
        /// Bits above the number's do not matter.
        fn from_bits(bits: u64) -> Self;
        fn plus(self, other: Self) -> Self;
        fn negated(self) -> Self;
    }
}

macro_rules! integers {
    ($($unsigned:ident $signed:ident)*) => {$(
        integers!(@ $unsigned $unsigned);
        integers!(@ $signed $unsigned);
    )*};
    (@ $integer:ident $unsigned:ident) => {
        impl Integer for $integer {}

        impl sealed::Bits for $integer {
            #[inline(always)]
            fn to_bits(self) -> u64 {
                u64::from((self as $unsigned).to_le())
            }

            #[inline(always)]
            fn from_bits(bits: u64) -> Self {
                $unsigned::from_le(bits as $unsigned) as $integer
            }

            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }

            #[inline(always)]
            fn negated(self) -> Self {
                self.wrapping_neg()
            }
        }
    };
}

integers!(u8 i8 u16 i16 u32 i32 u64 i64);

/// JavaScript's `Atomics`, on integers of 8 to 64 bits in the machine's byte order, with its one order: sequentially consistent.
///
/// `offset` counts bytes, not elements. In the memory it must be a multiple of the number's size (a view that begins at an odd
/// place counts from its own start, but it is the place in the memory that has to fit).
///
/// Each is one atomic access to the word around the number. Where the number is narrower than a word, a change may take several
/// attempts while other threads change the same word (`and`, `or` and `xor` never do).
///
/// All fail with [`AtomicsError`], changing nothing, when the number is outside the view or not aligned.
///
/// ```
/// use plimsoll::Shared;
/// use std::thread;
///
/// let counter = Shared::alloc(4);
/// thread::scope(|s| {
///     for _ in 0..4 {
///         s.spawn(|| (0..100).try_for_each(|_| counter.add::<u32>(0, 1).map(drop)));
///     }
/// });
/// assert_eq!(counter.load::<u32>(0)?, 400);
/// # Ok::<(), plimsoll::AtomicsError>(())
/// ```
impl Shared {
    /// The number at `offset`. `Atomics.load`.
    ///
    /// # Errors
    /// [`AtomicsError`] when the number is outside the view or not aligned.
    #[inline]
    pub fn load<T: Integer>(&self, offset: usize) -> Result<T, AtomicsError> {
        Ok(T::from_bits(self.lane::<T>(offset)?.load(SeqCst)))
    }

    /// Puts `value` at `offset`. `Atomics.store`.
    ///
    /// # Errors
    /// As [`Shared::load`].
    #[inline]
    pub fn store<T: Integer>(&self, offset: usize, value: T) -> Result<(), AtomicsError> {
        self.lane::<T>(offset)?.store(value.to_bits(), SeqCst);
        Ok(())
    }

    /// Adds, wrapping around. Answers what was there before. `Atomics.add`.
    ///
    /// # Errors
    /// As [`Shared::load`].
    #[inline]
    pub fn add<T: Integer>(&self, offset: usize, value: T) -> Result<T, AtomicsError> {
        Ok(T::from_bits(self.lane::<T>(offset)?.add(value.to_bits(), |now| T::from_bits(now).plus(value).to_bits())))
    }

    /// Subtracts, wrapping around. Answers what was there before. `Atomics.sub`.
    ///
    /// # Errors
    /// As [`Shared::load`].
    #[inline]
    pub fn sub<T: Integer>(&self, offset: usize, value: T) -> Result<T, AtomicsError> {
        self.add(offset, value.negated())
    }

    /// Keeps the bits that `value` has, too. Answers what was there before. `Atomics.and`.
    ///
    /// # Errors
    /// As [`Shared::load`].
    #[inline]
    pub fn and<T: Integer>(&self, offset: usize, value: T) -> Result<T, AtomicsError> {
        Ok(T::from_bits(self.lane::<T>(offset)?.and(value.to_bits())))
    }

    /// Sets the bits that `value` has. Answers what was there before. `Atomics.or`.
    ///
    /// # Errors
    /// As [`Shared::load`].
    #[inline]
    pub fn or<T: Integer>(&self, offset: usize, value: T) -> Result<T, AtomicsError> {
        Ok(T::from_bits(self.lane::<T>(offset)?.or(value.to_bits())))
    }

    /// Turns the bits over that `value` has. Answers what was there before. `Atomics.xor`.
    ///
    /// # Errors
    /// As [`Shared::load`].
    #[inline]
    pub fn xor<T: Integer>(&self, offset: usize, value: T) -> Result<T, AtomicsError> {
        Ok(T::from_bits(self.lane::<T>(offset)?.xor(value.to_bits())))
    }

    /// Puts `value` there. Answers what was there before. `Atomics.exchange`.
    ///
    /// # Errors
    /// As [`Shared::load`].
    #[inline]
    pub fn exchange<T: Integer>(&self, offset: usize, value: T) -> Result<T, AtomicsError> {
        Ok(T::from_bits(self.lane::<T>(offset)?.swap(value.to_bits())))
    }

    /// Puts `new` there if `expected` is there. Answers what was there before: `expected` exactly when `new` is there now. Never
    /// fails because a neighbour in the same word changed. `Atomics.compareExchange`.
    ///
    /// # Errors
    /// As [`Shared::load`].
    #[inline]
    pub fn compare_exchange<T: Integer>(&self, offset: usize, expected: T, new: T) -> Result<T, AtomicsError> {
        Ok(T::from_bits(self.lane::<T>(offset)?.compare_exchange(expected.to_bits(), new.to_bits())))
    }

    /// Whether atomic operations on numbers of `size` bytes take no lock: those of 1, 2, 4 and 8. `Atomics.isLockFree`.
    #[must_use]
    pub const fn is_lock_free(size: usize) -> bool {
        matches!(size, 1 | 2 | 4 | 8)
    }

    #[inline]
    pub(super) fn lane<T: Integer>(&self, offset: usize) -> Result<Lane<'_>, AtomicsError> {
        let at = self.aligned(offset, T::WIDTH)?;
        Ok(Lane::at(self.0.words(), at, T::WIDTH))
    }

    /// The place in the memory of an aligned number of `width` bytes.
    #[inline]
    pub(super) fn aligned(&self, offset: usize, width: usize) -> Result<usize, AtomicsError> {
        let position = self.place(offset, width)?;
        if position % width == 0 { Ok(position) } else { Err(Misaligned { offset, position, align: width }.into()) }
    }
}
