//! Numbers at byte offsets are the same of every handle: what the bytes say, or the same error.

#[cfg(feature = "half")]
use half::f16;
use plimsoll::cells::Endian;
use plimsoll::{Buffer, Frozen, OutOfRange, Shared, Store, Tracking};
use proptest::collection::vec;
use proptest::prelude::*;

/// The same bytes under every handle. None of them begins where its store does.
struct Handles {
    buffer: Buffer,
    frozen: Frozen,
    tracking: Tracking,
    shared: Shared,
}

impl Handles {
    fn of(bytes: &[u8]) -> Self {
        let all = [&[0xa5; 3], bytes].concat();
        let store = Store::try_resizable(all.len(), 2 * all.len()).unwrap();
        store.cells().iter().zip(&all).for_each(|(cell, byte)| cell.set(*byte));
        Self {
            buffer: Buffer::copy_from(&all).subarray(3..),
            frozen: Frozen::copy_from_slice(&all).slice(3..),
            tracking: store.try_track(3..).unwrap(),
            shared: Shared::copy_from(&all).slice(3..),
        }
    }
}

fn bytes_at<const N: usize>(bytes: &[u8], offset: usize) -> Result<[u8; N], OutOfRange> {
    let there = bytes.get(offset..).and_then(<[u8]>::first_chunk).copied();
    there.ok_or(OutOfRange { offset, width: N, len: bytes.len() })
}

/// By definition: the bytes from the least significant on. `width` is 0 to 8.
fn of_width(bytes: &[u8], offset: usize, width: usize, endian: Endian) -> Result<u64, OutOfRange> {
    let refused = OutOfRange { offset, width, len: bytes.len() };
    let range = offset..offset.checked_add(width).ok_or(refused)?;
    let mut number = bytes.get(range).filter(|number| !number.is_empty()).ok_or(refused)?.to_vec();
    if endian == Endian::Big {
        number.reverse();
    }
    Ok(number.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

/// The low `width` bytes of a number; of nine there are too many to be written anywhere.
fn low_bytes(number: u64, width: usize, endian: Endian) -> Vec<u8> {
    let mut bytes = [&number.to_le_bytes()[..], &[0]].concat();
    bytes.truncate(width);
    if endian == Endian::Big {
        bytes.reverse();
    }
    bytes
}

fn put(bytes: &mut [u8], offset: usize, number: &[u8]) -> Result<(), OutOfRange> {
    let refused = OutOfRange { offset, width: number.len(), len: bytes.len() };
    let there = bytes.get_mut(offset..).and_then(|there| there.get_mut(..number.len()));
    there.filter(|there| (1..=8).contains(&there.len())).ok_or(refused)?.copy_from_slice(number);
    Ok(())
}

fn endian() -> impl Strategy<Value = Endian> {
    prop_oneof![Just(Endian::Little), Just(Endian::Big)]
}

/// Mostly within the bytes or just beyond them.
fn offset() -> impl Strategy<Value = usize> {
    prop_oneof![20 => 0..26_usize, 1 => usize::MAX - 9..=usize::MAX]
}

macro_rules! every_name {
    ($check:ident) => {
        $check! {
            u8, from_le_bytes, to_le_bytes, read_u8, write_u8;
            i8, from_le_bytes, to_le_bytes, read_i8, write_i8;
            u16, from_le_bytes, to_le_bytes, read_u16_le, write_u16_le;
            u16, from_be_bytes, to_be_bytes, read_u16_be, write_u16_be;
            i16, from_le_bytes, to_le_bytes, read_i16_le, write_i16_le;
            i16, from_be_bytes, to_be_bytes, read_i16_be, write_i16_be;
            u32, from_le_bytes, to_le_bytes, read_u32_le, write_u32_le;
            u32, from_be_bytes, to_be_bytes, read_u32_be, write_u32_be;
            i32, from_le_bytes, to_le_bytes, read_i32_le, write_i32_le;
            i32, from_be_bytes, to_be_bytes, read_i32_be, write_i32_be;
            u64, from_le_bytes, to_le_bytes, read_u64_le, write_u64_le;
            u64, from_be_bytes, to_be_bytes, read_u64_be, write_u64_be;
            i64, from_le_bytes, to_le_bytes, read_i64_le, write_i64_le;
            i64, from_be_bytes, to_be_bytes, read_i64_be, write_i64_be;
            f32, from_le_bytes, to_le_bytes, read_f32_le, write_f32_le;
            f32, from_be_bytes, to_be_bytes, read_f32_be, write_f32_be;
            f64, from_le_bytes, to_le_bytes, read_f64_le, write_f64_le;
            f64, from_be_bytes, to_be_bytes, read_f64_be, write_f64_be;
        }
        #[cfg(feature = "half")]
        $check! {
            f16, from_le_bytes, to_le_bytes, read_f16_le, write_f16_le;
            f16, from_be_bytes, to_be_bytes, read_f16_be, write_f16_be;
        }
    };
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 10 } else { 2000 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_handle_reads_what_its_bytes_say(
        bytes in vec(any::<u8>(), 0..24),
        offset in offset(),
        width in 0..10_usize,
        endian in endian(),
    ) {
        let Handles { buffer, frozen, tracking, shared } = Handles::of(&bytes);
        macro_rules! check {
            ($($number:ident, $from:ident, $to:ident, $read:ident, $write:ident;)*) => {$(
                // By their bits, because a NaN is not equal to itself.
                let said = bytes_at(&bytes, offset);
                prop_assert_eq!(buffer.$read(offset).map($number::$to), said);
                prop_assert_eq!(frozen.$read(offset).map($number::$to), said);
                prop_assert_eq!(tracking.$read(offset).map($number::$to), said);
                prop_assert_eq!(shared.$read(offset).map($number::$to), said);
            )*};
        }
        every_name!(check);

        let said = bytes_at(&bytes, offset).map(match endian {
            Endian::Little => u32::from_le_bytes,
            Endian::Big => u32::from_be_bytes,
        });
        prop_assert_eq!(buffer.read(offset, endian), said);
        prop_assert_eq!(frozen.read(offset, endian), said);
        prop_assert_eq!(tracking.read(offset, endian), said);
        prop_assert_eq!(shared.get(offset, endian), said);

        let said = if width > 8 {
            Err(OutOfRange { offset, width, len: bytes.len() })
        } else {
            of_width(&bytes, offset, width, endian)
        };
        prop_assert_eq!(buffer.read_uint(offset, width, endian), said);
        prop_assert_eq!(frozen.read_uint(offset, width, endian), said);
        prop_assert_eq!(tracking.read_uint(offset, width, endian), said);
        prop_assert_eq!(shared.read_uint(offset, width, endian), said);

        let is_negative = |number| number >> (8 * width - 1) == 1;
        let said = said.map(|number| {
            let beyond = if is_negative(number) { u64::MAX.checked_shl(8 * width as u32).unwrap_or(0) } else { 0 };
            (number | beyond) as i64
        });
        prop_assert_eq!(buffer.read_int(offset, width, endian), said);
        prop_assert_eq!(frozen.read_int(offset, width, endian), said);
        prop_assert_eq!(tracking.read_int(offset, width, endian), said);
        prop_assert_eq!(shared.read_int(offset, width, endian), said);
    }

    #[test]
    fn every_handle_that_writes_writes_the_same(
        bytes in vec(any::<u8>(), 0..24),
        offset in offset(),
        width in 0..10_usize,
        endian in endian(),
        value in any::<u64>(),
    ) {
        let Handles { buffer, tracking, shared, .. } = Handles::of(&bytes);
        let mut bytes = bytes;
        macro_rules! same {
            ($number:expr, $done:expr) => {
                let said = put(&mut bytes, offset, &$number);
                prop_assert_eq!($done, [said; 3]);
                prop_assert_eq!(buffer.to_vec(), &bytes[..]);
                prop_assert_eq!(plimsoll::cells::to_vec(tracking.cells()), &bytes[..]);
                prop_assert_eq!(shared.snapshot(..).unwrap(), &bytes[..]);
            };
        }
        macro_rules! check {
            ($($number:ident, $from:ident, $to:ident, $read:ident, $write:ident;)*) => {$(
                let number = $number::$from(*value.to_le_bytes().first_chunk().unwrap());
                same!(number.$to(), [
                    buffer.$write(number, offset),
                    tracking.$write(number, offset),
                    shared.$write(number, offset),
                ]);
            )*};
        }
        every_name!(check);

        let number = value as u16;
        same!(if endian == Endian::Big { number.to_be_bytes() } else { number.to_le_bytes() }, [
            buffer.write(number, offset, endian),
            tracking.write(number, offset, endian),
            shared.set(offset, number, endian),
        ]);

        same!(low_bytes(value, width, endian), [
            buffer.write_uint(value, offset, width, endian),
            tracking.write_uint(value, offset, width, endian),
            shared.write_uint(value, offset, width, endian),
        ]);
        same!(low_bytes(!value, width, endian), [
            buffer.write_int(!value as i64, offset, width, endian),
            tracking.write_int(!value as i64, offset, width, endian),
            shared.write_int(!value as i64, offset, width, endian),
        ]);
    }
}

#[test]
fn a_tracking_view_has_the_numbers_that_its_store_has_at_the_moment() {
    let store = Store::try_resizable(8, 16).unwrap();
    let view = store.try_track(4..).unwrap();
    view.write_u32_be(0xcafe_f00d, 0).unwrap();
    assert_eq!(view.write_u8(1, 4), Err(OutOfRange { offset: 4, width: 1, len: 4 }));

    store.resize(12).unwrap();
    assert_eq!(view.read_u64_be(0), Ok(0xcafe_f00d_0000_0000));
    store.resize(6).unwrap();
    assert_eq!((view.read_u16_be(0), view.read_u32_be(0).is_err()), (Ok(0xcafe), true));
    store.detach();
    assert_eq!(view.read_u8(0), Err(OutOfRange { offset: 0, width: 1, len: 0 }));
}
