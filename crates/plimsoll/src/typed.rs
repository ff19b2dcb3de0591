//! Bytes looked at as a row of numbers: what JavaScript calls a typed array, as a lens on a view.

use crate::buffer::Buffer;
use crate::cells::{self, Endian};
use crate::error::{BadMultiple, OutOfRange};
use crate::frozen::Frozen;
use crate::range;
use crate::raw::{elements, leaf};
use crate::shared::Shared;
use crate::tracking::Tracking;
use std::cell::Cell;
use std::fmt;
use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::ops::{Bound, Range, RangeBounds};

/// The machine's own byte order.
const NATIVE: Endian = if cfg!(target_endian = "big") { Endian::Big } else { Endian::Little };

/// A row of numbers `T` in the bytes of a view: borrowed, two words and a few flags, free to copy.
///
/// ```text
/// bytes  | 01 02 | 03 04 | 05 06 |      Typed<u16>, big endian:   0x0102, 0x0304, 0x0506
///           [0]     [1]     [2]
/// ```
///
/// [`Buffer::typed`], [`Shared::typed`] and [`Tracking::typed`] give lenses that also write, [`Frozen::typed`] one that only reads;
/// any `&[Cell<u8>]` or `&[u8]` has one by [`Typed::new`]. It **shares memory** with all of them.
///
/// The bytes need not be aligned: a number is one load from wherever it is. Where they are aligned, and in the machine's order,
/// [`as_slice`](Typed::as_slice) and [`as_cells`](Typed::as_cells) lend them as what they are. In a [`Shared`] memory a number that
/// is not aligned may be seen half written; see [`Typed::is_aligned`].
///
/// Numbers are in the machine's byte order, as in a typed array, unless [`big_endian`](Typed::big_endian) or
/// [`little_endian`](Typed::little_endian) says otherwise. Indices, lengths and ranges count numbers; errors count bytes.
///
/// ```
/// use plimsoll::Buffer;
///
/// let wire = Buffer::from(&[0x01, 0x02, 0x03, 0x04, 0x05, 0x06]);
/// let words = wire.typed::<u16>()?.big_endian();
/// assert_eq!(words.to_vec(), [0x0102, 0x0304, 0x0506]);
///
/// words.subarray(1..).set(0, 0xcafe)?;
/// assert_eq!(wire.read_u16_be(2)?, 0xcafe, "one memory");
/// assert!(wire.typed::<u32>().is_err(), "six bytes are no whole number of words of four");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Typed<T, V> {
    view: V,
    /// Where the first number begins, in bytes.
    from: usize,
    /// How many numbers. None: as many as the view has at the moment.
    len: Option<usize>,
    endian: Endian,
    number: PhantomData<T>,
}

/// A number that a [`Typed`] lens shows: `u8` to `u64`, `i8` to `i64`, `f32`, `f64`, [`U8Clamped`], and `half::f16` with the feature
/// `half`. Not to be implemented elsewhere.
///
/// ```
/// use plimsoll::typed::{Element, U8Clamped};
/// assert_eq!((<f64 as Element>::WIDTH, <U8Clamped as Element>::WIDTH), (8, 1));
/// ```
pub trait Element: Copy + PartialEq + fmt::Debug + Send + Sync + 'static + sealed::Element {
    /// How many bytes it takes.
    const WIDTH: usize = size_of::<Self>();
}

/// Bytes that a lens looks through: `&[Cell<u8>]`, `&[u8]`, `&Shared` and `&Tracking`. Not to be implemented elsewhere.
pub trait View: Copy + sealed::View {}

/// Those that may be written: `&[Cell<u8>]`, `&Shared` and `&Tracking`. Not to be implemented elsewhere.
pub trait ViewMut: View + sealed::ViewMut {}

/// A byte that is made from larger numbers by cutting them off at 0 and 255: an element of JavaScript's `Uint8ClampedArray`.
///
/// ```
/// use plimsoll::{Buffer, typed::U8Clamped};
///
/// let pixel = Buffer::alloc(3);
/// pixel.typed::<U8Clamped>()?.copy_from(&[(-1.5).into(), 127.5.into(), 300.into()])?;
/// assert_eq!(pixel, Buffer::from(&[0, 128, 255]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct U8Clamped(pub u8);

/// As it is.
impl From<u8> for U8Clamped {
    fn from(byte: u8) -> Self {
        Self(byte)
    }
}

/// Cut off.
impl From<i32> for U8Clamped {
    fn from(number: i32) -> Self {
        Self(number.clamp(0, 255) as u8)
    }
}

/// Cut off, then rounded, halves to the even neighbour; 0 for a NaN. ECMAScript's
/// [`ToUint8Clamp`](https://tc39.es/ecma262/#sec-touint8clamp).
impl From<f64> for U8Clamped {
    fn from(number: f64) -> Self {
        Self(number.round_ties_even() as u8)
    }
}

impl From<U8Clamped> for u8 {
    fn from(clamped: U8Clamped) -> Self {
        clamped.0
    }
}

mod sealed {
    use super::*;

    pub trait Element: Sized {
        fn zero() -> Self;

        fn read(bytes: &[u8], offset: usize, endian: Endian) -> Option<Self>;
        fn read_cells(bytes: &[Cell<u8>], offset: usize, endian: Endian) -> Option<Self>;
        fn write_cells(self, bytes: &[Cell<u8>], offset: usize, endian: Endian) -> Option<()>;
        fn read_shared(shared: &Shared, offset: usize, endian: Endian) -> Option<Self>;
        fn write_shared(self, shared: &Shared, offset: usize, endian: Endian) -> Option<()>;

        /// As many numbers as both have.
        fn read_all(bytes: &[u8], to: &mut [Self], endian: Endian);
        fn write_all(from: &[Self], bytes: &mut [u8], endian: Endian);
    }

    /// Ranges are in bytes, and within the view when the lens asks for all of one.
    pub trait View {
        /// Whether `len` may become less. Only between two calls of a lens: such a view is bound to its thread.
        const SHRINKS: bool = false;

        fn len(self) -> usize;
        /// Whether `len` may become more.
        fn grows(self) -> bool;
        fn address(self) -> usize;
        fn get<T: super::Element>(self, offset: usize, endian: Endian) -> Option<T>;
        fn get_all<T: super::Element>(self, range: Range<usize>, to: &mut [T], endian: Endian) -> Option<()>;
    }

    pub trait ViewMut {
        fn set<T: super::Element>(self, offset: usize, value: T, endian: Endian) -> Option<()>;
        fn set_all<T: super::Element>(self, range: Range<usize>, from: &[T], endian: Endian) -> Option<()>;
    }
}

macro_rules! elements {
    ($($element:ty, $word:ty, $of:expr, $into:expr;)*) => {$(
        impl Element for $element {}

        impl sealed::Element for $element {
            fn zero() -> Self {
                $of(0 as $word)
            }

            #[inline(always)]
            fn read(bytes: &[u8], offset: usize, endian: Endian) -> Option<Self> {
                cells::read_at::<$word, _>(bytes, offset, endian).ok().map($of)
            }

            #[inline(always)]
            fn read_cells(bytes: &[Cell<u8>], offset: usize, endian: Endian) -> Option<Self> {
                cells::read::<$word>(bytes, offset, endian).ok().map($of)
            }

            #[inline(always)]
            fn write_cells(self, bytes: &[Cell<u8>], offset: usize, endian: Endian) -> Option<()> {
                cells::write::<$word>(bytes, offset, $into(self), endian).ok()
            }

            #[inline]
            fn read_shared(shared: &Shared, offset: usize, endian: Endian) -> Option<Self> {
                shared.get::<$word>(offset, endian).ok().map($of)
            }

            #[inline]
            fn write_shared(self, shared: &Shared, offset: usize, endian: Endian) -> Option<()> {
                shared.set::<$word>(offset, $into(self), endian).ok()
            }

            fn read_all(bytes: &[u8], to: &mut [Self], endian: Endian) {
                let (words, _) = bytes.as_chunks();
                match endian {
                    Endian::Little => to.iter_mut().zip(words).for_each(|(to, w)| *to = $of(<$word>::from_le_bytes(*w))),
                    Endian::Big => to.iter_mut().zip(words).for_each(|(to, w)| *to = $of(<$word>::from_be_bytes(*w))),
                }
            }

            fn write_all(from: &[Self], bytes: &mut [u8], endian: Endian) {
                let (words, _) = bytes.as_chunks_mut();
                match endian {
                    Endian::Little => words.iter_mut().zip(from).for_each(|(w, from)| *w = $into(*from).to_le_bytes()),
                    Endian::Big => words.iter_mut().zip(from).for_each(|(w, from)| *w = $into(*from).to_be_bytes()),
                }
            }
        }
    )*};
}

macro_rules! numbers {
    ($($number:ty)*) => { elements! { $($number, $number, |word: $number| word, |number: $number| number;)* } };
}

numbers! { u8 u16 u32 u64 i8 i16 i32 i64 f32 f64 }
elements! { U8Clamped, u8, U8Clamped, |clamped: U8Clamped| clamped.0; }
#[cfg(feature = "half")]
elements! { half::f16, u16, half::f16::from_bits, half::f16::to_bits; }

impl View for &[Cell<u8>] {}
impl ViewMut for &[Cell<u8>] {}

impl sealed::View for &[Cell<u8>] {
    #[inline(always)]
    fn len(self) -> usize {
        <[_]>::len(self)
    }

    fn grows(self) -> bool {
        false
    }

    fn address(self) -> usize {
        self.as_ptr().addr()
    }

    #[inline(always)]
    fn get<T: Element>(self, offset: usize, endian: Endian) -> Option<T> {
        T::read_cells(self, offset, endian)
    }

    fn get_all<T: Element>(self, range: Range<usize>, to: &mut [T], endian: Endian) -> Option<()> {
        leaf::read(<[_]>::get(self, range)?, (to, endian), |bytes, (to, endian)| T::read_all(bytes, to, endian));
        Some(())
    }
}

impl sealed::ViewMut for &[Cell<u8>] {
    #[inline(always)]
    fn set<T: Element>(self, offset: usize, value: T, endian: Endian) -> Option<()> {
        value.write_cells(self, offset, endian)
    }

    fn set_all<T: Element>(self, range: Range<usize>, from: &[T], endian: Endian) -> Option<()> {
        leaf::write(<[_]>::get(self, range)?, (from, endian), |bytes, (from, endian)| {
            T::write_all(from, bytes, endian)
        });
        Some(())
    }
}

impl View for &[u8] {}

impl sealed::View for &[u8] {
    #[inline(always)]
    fn len(self) -> usize {
        <[_]>::len(self)
    }

    fn grows(self) -> bool {
        false
    }

    fn address(self) -> usize {
        self.as_ptr().addr()
    }

    #[inline(always)]
    fn get<T: Element>(self, offset: usize, endian: Endian) -> Option<T> {
        T::read(self, offset, endian)
    }

    fn get_all<T: Element>(self, range: Range<usize>, to: &mut [T], endian: Endian) -> Option<()> {
        T::read_all(<[_]>::get(self, range)?, to, endian);
        Some(())
    }
}

/// Bytes taken at a time through memory that cannot be borrowed: a multiple of every width.
const BLOCK: usize = 512;

impl View for &Shared {}
impl ViewMut for &Shared {}

impl sealed::View for &Shared {
    #[inline(always)]
    fn len(self) -> usize {
        self.len()
    }

    fn grows(self) -> bool {
        self.follows_growth()
    }

    fn address(self) -> usize {
        self.as_ptr().addr()
    }

    #[inline]
    fn get<T: Element>(self, offset: usize, endian: Endian) -> Option<T> {
        T::read_shared(self, offset, endian)
    }

    fn get_all<T: Element>(self, range: Range<usize>, to: &mut [T], endian: Endian) -> Option<()> {
        let mut block = [0; BLOCK];
        let mut at = range.start;
        for to in to.chunks_mut(BLOCK / T::WIDTH) {
            let bytes = &mut block[..size_of_val(to)];
            self.copy_to_slice(at, bytes).ok()?;
            T::read_all(bytes, to, endian);
            at += bytes.len();
        }
        Some(())
    }
}

impl sealed::ViewMut for &Shared {
    #[inline]
    fn set<T: Element>(self, offset: usize, value: T, endian: Endian) -> Option<()> {
        value.write_shared(self, offset, endian)
    }

    fn set_all<T: Element>(self, range: Range<usize>, from: &[T], endian: Endian) -> Option<()> {
        let mut block = [0; BLOCK];
        let mut at = range.start;
        for from in from.chunks(BLOCK / T::WIDTH) {
            let bytes = &mut block[..size_of_val(from)];
            T::write_all(from, bytes, endian);
            self.copy_from_slice(at, bytes).ok()?;
            at += bytes.len();
        }
        Some(())
    }
}

impl View for &Tracking {}
impl ViewMut for &Tracking {}

/// As the cells that there are at the moment.
impl sealed::View for &Tracking {
    const SHRINKS: bool = true;

    #[inline]
    fn len(self) -> usize {
        self.len()
    }

    fn grows(self) -> bool {
        true
    }

    fn address(self) -> usize {
        self.address()
    }

    #[inline]
    fn get<T: Element>(self, offset: usize, endian: Endian) -> Option<T> {
        sealed::View::get(self.cells(), offset, endian)
    }

    fn get_all<T: Element>(self, range: Range<usize>, to: &mut [T], endian: Endian) -> Option<()> {
        self.cells().get_all(range, to, endian)
    }
}

impl sealed::ViewMut for &Tracking {
    #[inline]
    fn set<T: Element>(self, offset: usize, value: T, endian: Endian) -> Option<()> {
        sealed::ViewMut::set(self.cells(), offset, value, endian)
    }

    fn set_all<T: Element>(self, range: Range<usize>, from: &[T], endian: Endian) -> Option<()> {
        self.cells().set_all(range, from, endian)
    }
}

impl<'a, T: Element> Typed<T, &'a Tracking> {
    /// A lens on a view that follows its store.
    pub(crate) fn following(view: &'a Tracking) -> Self {
        Self { view, from: 0, len: None, endian: NATIVE, number: PhantomData }
    }
}

impl<T: Element, V: View> Typed<T, V> {
    /// A lens on all of `view`, in the machine's byte order. **Shares memory**.
    ///
    /// A lens on a [`Shared`] view that follows its memory's growth, or on a [`Tracking`] view, follows it too, by whole numbers;
    /// its view may have any length.
    ///
    /// # Errors
    /// [`BadMultiple`] when the bytes are no whole number of numbers. Nothing is asked of where they lie.
    ///
    /// ```
    /// use plimsoll::typed::Typed;
    ///
    /// let samples = Typed::<f32, _>::new(&[0_u8, 0, 0x80, 0x3f, 0, 0, 0, 0x40][..])?.little_endian();
    /// assert_eq!(samples.iter().sum::<f32>(), 3.0);
    /// # Ok::<(), plimsoll::BadMultiple>(())
    /// ```
    pub fn new(view: V) -> Result<Self, BadMultiple> {
        let (len, grows) = (view.len(), view.grows());
        if !grows && !len.is_multiple_of(T::WIDTH) {
            return Err(BadMultiple { len, multiple: T::WIDTH });
        }
        let len = (!grows).then_some(len / T::WIDTH);
        Ok(Self { view, from: 0, len, endian: NATIVE, number: PhantomData })
    }

    /// The same numbers' bytes, most significant first.
    #[must_use]
    pub fn big_endian(self) -> Self {
        self.with_endian(Endian::Big)
    }

    /// The same numbers' bytes, least significant first.
    #[must_use]
    pub fn little_endian(self) -> Self {
        self.with_endian(Endian::Little)
    }

    /// The same bytes in either order.
    #[must_use]
    pub fn with_endian(self, endian: Endian) -> Self {
        Self { endian, ..self }
    }

    /// How the bytes of a number are ordered.
    #[must_use]
    pub fn endian(&self) -> Endian {
        self.endian
    }

    /// How many numbers it shows. One that follows a store shows as many as there are; one with an end of its own shows none while
    /// the store does not reach there.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        match self.len {
            Some(len) if V::SHRINKS && self.from + len * T::WIDTH > self.view.len() => 0,
            Some(len) => len,
            None => self.view.len().saturating_sub(self.from) / T::WIDTH,
        }
    }

    /// Whether it shows none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether each number lies at an address that is a multiple of its width. In a [`Shared`] memory such numbers, and no others, are
    /// sure to be read and written at once.
    #[must_use]
    pub fn is_aligned(&self) -> bool {
        (self.view.address() + self.from).is_multiple_of(T::WIDTH)
    }

    /// The number at `index`, if there is one. Cost: one load, and a byte swap where the order is not the machine's.
    #[inline]
    #[must_use]
    pub fn get(&self, index: usize) -> Option<T> {
        if index < self.len() { self.view.get(self.from + index * T::WIDTH, self.endian) } else { None }
    }

    /// The numbers of `range`, **sharing memory**. With an open end, of a lens that follows its memory's growth: one that does so, too.
    ///
    /// # Panics
    /// When the range does not fit; see [`Typed::try_subarray`].
    #[must_use]
    #[track_caller]
    pub fn subarray(&self, range: impl RangeBounds<usize>) -> Self {
        match self.try_subarray(range) {
            Ok(lens) => lens,
            Err(error) => panic!("{error}"),
        }
    }

    /// The same.
    ///
    /// # Errors
    /// [`OutOfRange`] when the range does not fit.
    pub fn try_subarray(&self, range: impl RangeBounds<usize>) -> Result<Self, OutOfRange> {
        let follows = self.len.is_none() && range.end_bound() == Bound::Unbounded;
        let len = self.len();
        let (from, to) = range::within(range, len).map_err(|error| Self::in_bytes(error.offset, error.width, len))?;
        Ok(Self { from: self.from + from * T::WIDTH, len: (!follows).then_some(to - from), ..*self })
    }

    /// The numbers from first to last: as many as there are now.
    #[must_use]
    pub fn iter(&self) -> Elements<T, V> {
        Elements { lens: *self, left: 0..self.len() }
    }

    /// **Copies** the first numbers, as many as `to` has.
    ///
    /// # Errors
    /// [`OutOfRange`], and nothing is copied, when there are fewer.
    pub fn copy_to(&self, to: &mut [T]) -> Result<(), OutOfRange> {
        let range = self.first(to.len())?;
        self.view.get_all(range, to, self.endian).ok_or_else(|| self.out_of_range(0, to.len()))
    }

    /// **Copies** all numbers.
    #[must_use]
    pub fn to_vec(&self) -> Vec<T> {
        let len = self.len();
        let mut all = vec![T::zero(); len];
        // There are as many still: a view shrinks only between two calls.
        let copied = self.copy_to(&mut all);
        debug_assert!(copied.is_ok());
        all
    }

    /// The bytes of the first `count` numbers.
    fn first(&self, count: usize) -> Result<Range<usize>, OutOfRange> {
        if count <= self.len() { Ok(self.from..self.from + count * T::WIDTH) } else { Err(self.out_of_range(0, count)) }
    }

    fn out_of_range(&self, index: usize, count: usize) -> OutOfRange {
        Self::in_bytes(index, count, self.len())
    }

    fn in_bytes(index: usize, count: usize, len: usize) -> OutOfRange {
        let bytes = |numbers: usize| numbers.saturating_mul(T::WIDTH);
        OutOfRange { offset: bytes(index), width: bytes(count), len: bytes(len) }
    }
}

impl<T: Element, V: ViewMut> Typed<T, V> {
    /// Writes the number at `index`. In a [`Shared`] memory at once, if the lens [is aligned](Typed::is_aligned).
    ///
    /// # Errors
    /// [`OutOfRange`] when there is no such number.
    #[inline]
    pub fn set(&self, index: usize, value: T) -> Result<(), OutOfRange> {
        let done =
            if index < self.len() { self.view.set(self.from + index * T::WIDTH, value, self.endian) } else { None };
        done.ok_or_else(|| self.out_of_range(index, 1))
    }

    /// **Copies** `from` to the first numbers.
    ///
    /// # Errors
    /// [`OutOfRange`], and nothing is copied, when there are fewer.
    pub fn copy_from(&self, from: &[T]) -> Result<(), OutOfRange> {
        let range = self.first(from.len())?;
        self.view.set_all(range, from, self.endian).ok_or_else(|| self.out_of_range(0, from.len()))
    }

    /// Writes `value` to every number.
    pub fn fill(&self, value: T) {
        const COUNT: usize = 64;
        let (all, values) = (self.subarray_now(), [value; COUNT]);
        for at in (0..all.len()).step_by(COUNT) {
            let here = all.subarray(at..(at + COUNT).min(all.len()));
            let done = here.copy_from(&values[..here.len()]);
            debug_assert!(done.is_ok());
        }
    }

    /// What it shows now, which no longer follows anything.
    fn subarray_now(&self) -> Self {
        Self { len: Some(self.len()), ..*self }
    }
}

impl<'a, T: Element> Typed<T, &'a [u8]> {
    /// The numbers where they lie, **sharing memory**: when they are aligned and in the machine's order.
    ///
    /// ```
    /// let bytes = plimsoll::Frozen::from(vec![0_u8; 64]);
    /// let words = bytes.typed::<u64>()?;
    /// assert_eq!(words.as_slice(), Some(&[0; 8][..]));
    /// assert_eq!(bytes.slice(1..9).typed::<u64>()?.as_slice(), None, "not aligned");
    /// # Ok::<(), plimsoll::BadMultiple>(())
    /// ```
    #[must_use]
    pub fn as_slice(&self) -> Option<&'a [T]> {
        let bytes = self.view.get(self.first(self.len()).ok()?)?;
        if self.in_place() { elements::of(bytes) } else { None }
    }
}

impl<'a, T: Element> Typed<T, &'a [Cell<u8>]> {
    /// The numbers where they lie, **sharing memory**: when they are aligned and in the machine's order.
    ///
    /// ```
    /// use plimsoll::Buffer;
    ///
    /// let buffer = Buffer::alloc(64);
    /// let lens = buffer.typed::<u64>()?;
    /// let words = lens.as_cells().expect("a store begins at a multiple of eight");
    /// words[3].set(u64::MAX);
    /// assert_eq!(buffer.get(24), Some(255));
    /// # Ok::<(), plimsoll::BadMultiple>(())
    /// ```
    #[must_use]
    pub fn as_cells(&self) -> Option<&'a [Cell<T>]> {
        let bytes = self.view.get(self.first(self.len()).ok()?)?;
        if self.in_place() { elements::of_cells(bytes) } else { None }
    }
}

impl<T: Element, V> Typed<T, V> {
    fn in_place(&self) -> bool {
        self.endian == NATIVE || T::WIDTH == 1
    }
}

impl<T, V: Copy> Clone for Typed<T, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, V: Copy> Copy for Typed<T, V> {}

impl<T: Element, V: View> fmt::Debug for Typed<T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<T: Element, V: View> IntoIterator for Typed<T, V> {
    type Item = T;
    type IntoIter = Elements<T, V>;

    fn into_iter(self) -> Elements<T, V> {
        self.iter()
    }
}

/// The numbers of a [`Typed`] lens, read one by one as they are asked for, so that it shows what is written meanwhile. It ends
/// early where the lens has come to show fewer.
///
/// Checked one by one, too. To go over many, [`Typed::as_slice`], [`Typed::as_cells`] and [`Typed::copy_to`] are several times as fast,
/// because the compiler can take many numbers at once.
pub struct Elements<T, V> {
    lens: Typed<T, V>,
    left: Range<usize>,
}

impl<T: Element, V: View> Elements<T, V> {
    /// What is left and is still there.
    #[inline]
    fn there(&self) -> Range<usize> {
        let end = if V::SHRINKS { self.left.end.min(self.lens.len()) } else { self.left.end };
        self.left.start..end
    }
}

impl<T: Element, V: View> Iterator for Elements<T, V> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.left = self.there();
        self.lens.get(self.left.next()?)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.there().size_hint()
    }

    #[inline]
    fn nth(&mut self, n: usize) -> Option<T> {
        self.left = self.there();
        self.lens.get(self.left.nth(n)?)
    }
}

impl<T: Element, V: View> DoubleEndedIterator for Elements<T, V> {
    #[inline]
    fn next_back(&mut self) -> Option<T> {
        self.left = self.there();
        self.lens.get(self.left.next_back()?)
    }
}

impl<T: Element, V: View> ExactSizeIterator for Elements<T, V> {}

impl<T: Element, V: View> FusedIterator for Elements<T, V> {}

impl<T: Element, V: View> fmt::Debug for Elements<T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.there().filter_map(|index| self.lens.get(index))).finish()
    }
}

impl Buffer {
    /// The bytes as a row of numbers, to be read and written: `new Uint16Array(buf.buffer, buf.byteOffset, buf.length / 2)`, at
    /// any alignment. **Shares memory**.
    ///
    /// # Errors
    /// [`BadMultiple`] when the length is no multiple of a number's.
    pub fn typed<T: Element>(&self) -> Result<Typed<T, &[Cell<u8>]>, BadMultiple> {
        Typed::new(self.cells())
    }
}

impl Frozen {
    /// The bytes as a row of numbers. **Shares memory**.
    ///
    /// # Errors
    /// [`BadMultiple`] when the length is no multiple of a number's.
    pub fn typed<T: Element>(&self) -> Result<Typed<T, &[u8]>, BadMultiple> {
        Typed::new(&**self)
    }
}

impl Shared {
    /// The bytes as a row of numbers, to be read and written, on any thread. **Shares memory**.
    ///
    /// Of a view that follows its memory's growth: a lens that follows it, too, and shows whole numbers only.
    ///
    /// # Errors
    /// [`BadMultiple`] when the length is no multiple of a number's, and cannot grow to be one.
    ///
    /// ```
    /// use plimsoll::Shared;
    ///
    /// let memory = Shared::with_max(10, 100);
    /// let numbers = memory.typed::<f64>()?;
    /// assert_eq!(numbers.len(), 1);
    /// memory.grow(32)?;
    /// numbers.set(3, 0.5)?;
    /// assert_eq!(numbers.to_vec(), [0.0, 0.0, 0.0, 0.5]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn typed<T: Element>(&self) -> Result<Typed<T, &Shared>, BadMultiple> {
        Typed::new(self)
    }
}
