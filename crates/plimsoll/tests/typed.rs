//! A lens shows and writes the numbers that naive code finds in the same bytes, through every handle.

use plimsoll::cells::Endian;
use plimsoll::typed::{Element, Typed, U8Clamped, View, ViewMut};
use plimsoll::{BadMultiple, Buffer, Frozen, OutOfRange, Pool, Shared, Store};
use proptest::collection::vec;
use proptest::prelude::*;
use std::fmt::Debug;

/// What naive code needs to know of a number: its bytes, either way round.
trait Naive: Element {
    fn of(bytes: &[u8]) -> Self;
    fn bytes(self) -> Vec<u8>;
}

macro_rules! naive {
    ($($number:ty)*) => {$(
        impl Naive for $number {
            fn of(bytes: &[u8]) -> Self {
                Self::from_ne_bytes(bytes.try_into().unwrap())
            }

            fn bytes(self) -> Vec<u8> {
                self.to_ne_bytes().to_vec()
            }
        }
    )*};
}

naive!(u8 i8 u16 i16 u32 i32 u64 i64 f32 f64);
#[cfg(feature = "half")]
naive!(half::f16);

impl Naive for U8Clamped {
    fn of(bytes: &[u8]) -> Self {
        Self(bytes[0])
    }

    fn bytes(self) -> Vec<u8> {
        vec![self.0]
    }
}

fn in_order(mut bytes: Vec<u8>, endian: Endian) -> Vec<u8> {
    if (endian == Endian::Big) != cfg!(target_endian = "big") {
        bytes.reverse();
    }
    bytes
}

fn numbers<T: Naive>(bytes: &[u8], endian: Endian) -> Vec<T> {
    bytes.chunks_exact(T::WIDTH).map(|one| T::of(&in_order(one.to_vec(), endian))).collect()
}

fn bytes_of<T: Naive>(numbers: impl IntoIterator<Item = T>) -> Vec<u8> {
    numbers.into_iter().flat_map(T::bytes).collect()
}

/// A NaN is not itself, but its bytes are.
fn same<T: Naive>(a: impl IntoIterator<Item = T>, b: &[T]) -> Result<(), TestCaseError> {
    prop_assert_eq!(bytes_of(a), bytes_of(b.iter().copied()));
    Ok(())
}

fn reads<T: Naive, V: View + Debug>(
    lens: Typed<T, V>,
    bytes: &[u8],
    endian: Endian,
    cut: (usize, usize),
) -> Result<(), TestCaseError> {
    let expected: Vec<T> = numbers(bytes, endian);
    let len = expected.len();
    prop_assert_eq!((lens.len(), lens.is_empty(), lens.endian()), (len, len == 0, endian));
    same(lens.to_vec(), &expected)?;
    same(lens, &expected)?;
    same(lens.iter().rev(), &expected.iter().rev().copied().collect::<Vec<_>>())?;
    same((0..len).filter_map(|index| lens.get(index)), &expected)?;
    same(lens.iter().nth(cut.0), &expected.get(cut.0).copied().into_iter().collect::<Vec<_>>())?;
    prop_assert_eq!(lens.iter().len(), len);
    prop_assert_eq!((lens.get(len), lens.get(usize::MAX)), (None, None));
    let mut too_many = vec![T::of(&vec![7; T::WIDTH]); len + 1];
    prop_assert_eq!(
        lens.copy_to(&mut too_many),
        Err(OutOfRange { offset: 0, width: (len + 1) * T::WIDTH, len: len * T::WIDTH })
    );
    prop_assert!(bytes_of(too_many).iter().all(|&byte| byte == 7), "nothing is copied");

    let (from, to) = (cut.0 % (len + 1), cut.1 % (len + 1));
    let (from, to) = (from.min(to), from.max(to));
    let part = lens.subarray(from..to);
    same(part, &expected[from..to])?;
    same(part.subarray(..(to - from) / 2), &expected[from..from + (to - from) / 2])?;
    same(lens.subarray(from..), &expected[from..])?;
    prop_assert!(lens.try_subarray(from..=len).is_err());
    prop_assert!(part.try_subarray(..=to - from).is_err());
    prop_assert_eq!(
        lens.try_subarray(len..len + 2).map(|lens| lens.len()),
        Err(OutOfRange { offset: len * T::WIDTH, width: 2 * T::WIDTH, len: len * T::WIDTH })
    );
    Ok(())
}

/// Writes through the lens, and to `bytes` as naive code would.
fn writes<T: Naive, V: ViewMut>(
    lens: Typed<T, V>,
    bytes: &mut [u8],
    endian: Endian,
    new: &[u8],
    at: usize,
) -> Result<(), TestCaseError> {
    let len = lens.len();
    let mut put = |index: usize, number: T| {
        let one = in_order(number.bytes(), endian);
        bytes[index * T::WIDTH..][..T::WIDTH].copy_from_slice(&one);
    };
    let new: Vec<T> = numbers(new, endian);
    let Some(&first) = new.first() else { return Ok(()) };

    let index = at % (len + 1);
    let error = OutOfRange { offset: index * T::WIDTH, width: T::WIDTH, len: len * T::WIDTH };
    prop_assert_eq!(lens.set(index, first), if index < len { Ok(()) } else { Err(error) });
    if index < len {
        put(index, first);
    }
    prop_assert!(lens.set(usize::MAX, first).is_err());

    let done = lens.copy_from(&new);
    prop_assert_eq!(done.is_ok(), new.len() <= len);
    if done.is_ok() {
        new.iter().enumerate().for_each(|(index, &number)| put(index, number));
    }
    let last = new[new.len() - 1];
    lens.subarray(index..).fill(last);
    (index..len).for_each(|index| put(index, last));
    Ok(())
}

/// Every handle, with `bytes` at `offset` of it.
fn every_handle<T: Naive>(
    bytes: &[u8],
    offset: usize,
    new: &[u8],
    cut: (usize, usize),
    endian: Endian,
) -> Result<(), TestCaseError> {
    let within: Vec<u8> = [&vec![0xee; offset][..], bytes, &[0xdd; 3]].concat();
    let range = offset..offset + bytes.len();
    let refused = BadMultiple { len: bytes.len(), multiple: T::WIDTH };
    let fits = bytes.len().is_multiple_of(T::WIDTH);
    let edges = |after: &[u8]| {
        after[..offset].iter().all(|&byte| byte == 0xee) && after[range.end..].iter().all(|&byte| byte == 0xdd)
    };

    let whole = Frozen::copy_from_slice(&within);
    let frozen = whole.slice(range.clone());
    match frozen.typed::<T>() {
        Ok(lens) => {
            prop_assert!(fits);
            reads(lens.with_endian(endian), bytes, endian, cut)?;
            let aligned = frozen.as_ptr().addr().is_multiple_of(T::WIDTH);
            prop_assert_eq!(lens.is_aligned(), aligned);
            prop_assert_eq!(lens.as_slice().is_some(), aligned || bytes.is_empty());
            same(lens.as_slice().into_iter().flatten().copied(), &if aligned { lens.to_vec() } else { Vec::new() })?;
            let turned = if lens.endian() == Endian::Little { lens.big_endian() } else { lens.little_endian() };
            prop_assert!(T::WIDTH == 1 || turned.as_slice().is_none());
        }
        Err(error) => prop_assert_eq!(error, refused),
    }

    let whole = Buffer::from(&within[..]);
    let buffer = whole.subarray(range.clone());
    match buffer.typed::<T>() {
        Ok(lens) => {
            prop_assert!(fits);
            let lens = lens.with_endian(endian);
            reads(lens, bytes, endian, cut)?;
            let mut naive = bytes.to_vec();
            writes(lens, &mut naive, endian, new, cut.1)?;
            prop_assert_eq!(buffer.to_vec(), &naive[..]);
            reads(lens, &naive, endian, cut)?;
            if let (Some(cells), Some(cell)) = (lens.as_cells(), lens.get(0)) {
                cells[cells.len() - 1].set(cell);
                same(lens.iter().next_back(), &[cell])?;
            }
            prop_assert!(edges(&whole.to_vec()));
        }
        Err(error) => prop_assert_eq!(error, refused),
    }

    let whole = Shared::copy_from(&within);
    let shared = whole.slice(range.clone());
    match shared.typed::<T>() {
        Ok(lens) => {
            prop_assert!(fits);
            let lens = lens.with_endian(endian);
            reads(lens, bytes, endian, cut)?;
            let mut naive = bytes.to_vec();
            writes(lens, &mut naive, endian, new, cut.1)?;
            prop_assert_eq!(shared.snapshot(..).unwrap(), &naive[..]);
            prop_assert!(edges(&whole.snapshot(..).unwrap()));
        }
        Err(error) => prop_assert_eq!(error, refused),
    }

    // Such a view has no end of its own: its store ends where the bytes do, and shows what is behind them later.
    let store = Store::try_resizable(within.len(), within.len()).unwrap();
    plimsoll::cells::copy(Buffer::from(&within[..]).cells(), store.cells());
    store.resize(range.end).unwrap();
    let tracking = store.try_track(offset..).unwrap();
    let lens = tracking.typed::<T>().with_endian(endian);
    let whole_numbers = bytes.len() / T::WIDTH * T::WIDTH;
    reads(lens, &bytes[..whole_numbers], endian, cut)?;
    prop_assert_eq!(lens.is_aligned(), tracking.cells().as_ptr().addr().is_multiple_of(T::WIDTH));
    let mut naive = bytes.to_vec();
    writes(lens, &mut naive, endian, new, cut.1)?;
    prop_assert_eq!(store.try_view(offset..).unwrap().to_vec(), &naive[..]);
    store.resize(within.len()).unwrap();
    naive.extend([0; 3]);
    naive.truncate(naive.len() / T::WIDTH * T::WIDTH);
    reads(lens, &naive, endian, cut)?;
    prop_assert!(store.cells()[..offset].iter().all(|cell| cell.get() == 0xee));
    Ok(())
}

fn endian() -> impl Strategy<Value = Endian> {
    prop_oneof![Just(Endian::Little), Just(Endian::Big)]
}

/// Mostly a whole number of the widest; long enough at times for more than one block.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        1 => vec(any::<u8>(), 0..40),
        4 => (0..20_usize).prop_flat_map(|words| vec(any::<u8>(), 8 * words)),
        1 => (60..if cfg!(miri) { 70 } else { 200_usize }).prop_flat_map(|words| vec(any::<u8>(), 8 * words)),
    ]
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: if cfg!(miri) { 1 } else { 256 }, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_lens_shows_and_writes_what_naive_code_does(
        bytes in bytes(), new in bytes(), offset in 0..17_usize, cut in (0..300_usize, 0..300_usize), endian in endian(),
    ) {
        every_handle::<u8>(&bytes, offset, &new, cut, endian)?;
        every_handle::<i8>(&bytes, offset, &new, cut, endian)?;
        every_handle::<U8Clamped>(&bytes, offset, &new, cut, endian)?;
        every_handle::<u16>(&bytes, offset, &new, cut, endian)?;
        every_handle::<i16>(&bytes, offset, &new, cut, endian)?;
        every_handle::<u32>(&bytes, offset, &new, cut, endian)?;
        every_handle::<i32>(&bytes, offset, &new, cut, endian)?;
        every_handle::<u64>(&bytes, offset, &new, cut, endian)?;
        every_handle::<i64>(&bytes, offset, &new, cut, endian)?;
        every_handle::<f32>(&bytes, offset, &new, cut, endian)?;
        every_handle::<f64>(&bytes, offset, &new, cut, endian)?;
        #[cfg(feature = "half")]
        every_handle::<half::f16>(&bytes, offset, &new, cut, endian)?;
    }

    #[test]
    fn a_clamped_byte_is_the_nearest_and_of_two_the_even_one(number in prop_oneof![-3.0..259.0_f64, any::<f64>()]) {
        let nearest = (0..=255_u8)
            .min_by(|&a, &b| {
                let far = |byte: u8| (f64::from(byte) - number).abs();
                far(a).total_cmp(&far(b)).then((a % 2).cmp(&(b % 2)))
            })
            .unwrap();
        let expected = if number.is_nan() || number <= 0.0 { 0 } else if number >= 255.0 { 255 } else { nearest };
        prop_assert_eq!(U8Clamped::from(number).0, expected);
    }
}

#[test]
fn halves_go_to_the_even_byte() {
    let clamped = [0.5, 1.5, 2.5, 254.5, 255.5, -0.5, f64::NAN, f64::INFINITY].map(|number| U8Clamped::from(number).0);
    assert_eq!(clamped, [0, 2, 2, 254, 255, 0, 0, 255]);
    assert_eq!([-1, 0, 255, 256, i32::MIN, i32::MAX].map(|number| U8Clamped::from(number).0), [0, 0, 255, 255, 0, 255]);
}

#[test]
fn a_lens_on_a_growing_memory_follows_it_by_whole_numbers() {
    let memory = Shared::with_max(6, 1000);
    let lens = memory.typed::<u32>().unwrap();
    let (rest, fixed) = (lens.subarray(1..), lens.subarray(..1));
    assert_eq!((lens.len(), rest.len(), fixed.len()), (1, 0, 1));
    assert!(lens.set(1, 9).is_err());
    memory.grow(13).unwrap();
    assert_eq!((lens.len(), rest.len(), fixed.len()), (3, 2, 1));
    rest.set(1, 9).unwrap();
    assert_eq!(lens.to_vec(), [0, 0, 9]);
    rest.fill(5);
    assert_eq!(lens.to_vec(), [0, 5, 5]);
    assert_eq!(memory.slice(..6).typed::<u32>().unwrap_err(), BadMultiple { len: 6, multiple: 4 });
}

#[test]
fn pooled_buffers_are_aligned_and_their_numbers_lie_where_they_are() {
    let mut pool = Pool::new();
    let (_first, second) = (pool.alloc(3), pool.alloc(24));
    let lens = second.typed::<f64>().unwrap();
    lens.fill(0.0);
    let cells = lens.as_cells().unwrap();
    cells[2].set(1.5);
    assert_eq!(lens.to_vec(), [0.0, 0.0, 1.5]);
    assert!(second.subarray(1..17).typed::<u64>().unwrap().as_cells().is_none());
    assert!(lens.subarray(1..).as_cells().is_some_and(|cells| cells.len() == 2));
}

#[test]
fn threads_write_aligned_numbers_of_one_word_and_lose_none() {
    let memory = Shared::alloc(64);
    std::thread::scope(|s| {
        for part in 0..4 {
            let memory = &memory;
            s.spawn(move || {
                let lens = memory.typed::<u16>().unwrap();
                for round in 0..200 {
                    (part..lens.len()).step_by(4).for_each(|index| lens.set(index, round).unwrap());
                }
            });
        }
    });
    assert_eq!(memory.typed::<u16>().unwrap().to_vec(), [199; 32]);
}
