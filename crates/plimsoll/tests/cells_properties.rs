//! Operations on cells agree with the plainest code that could do the same, on any input.

use plimsoll::cells::{self, Endian};
use plimsoll::{BadMultiple, OutOfRange};
use proptest::collection::vec;
use proptest::prelude::*;
use std::cell::Cell;

fn cells(bytes: &mut [u8]) -> &[Cell<u8>] {
    Cell::from_mut(bytes).as_slice_of_cells()
}

/// Bytes with few values, so that needles are found and nearly found.
fn few(max: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(0u8..3, 0..max)
}

fn range(len: usize) -> impl Strategy<Value = std::ops::Range<usize>> {
    (0..=len, 0..=len).prop_map(|(a, b)| a.min(b)..a.max(b))
}

/// All places a search may answer, in order.
fn places(hay: &[u8], needle: &[u8], step: usize) -> Vec<usize> {
    let whole = |bytes: &[u8]| bytes.len() / step * step;
    let (hay, needle) = (&hay[..whole(hay)], &needle[..whole(needle)]);
    if needle.is_empty() {
        return vec![];
    }
    (0..hay.len()).step_by(step).filter(|&at| hay[at..].starts_with(needle)).collect()
}

proptest! {
    #[test]
    fn index_of_is_the_first_place(mut hay in few(200), needle in few(7), from in 0usize..210, step in 1usize..5) {
        let expected = match needle.len() {
            0 => Some(from.min(hay.len())),
            n if from + n > hay.len() => None,
            _ => places(&hay, &needle, step).into_iter().find(|&at| at >= from / step * step),
        };
        prop_assert_eq!(cells::index_of(cells(&mut hay), &needle, from, step), expected);
    }

    #[test]
    fn last_index_of_is_the_last_place(mut hay in few(200), needle in few(7), from in 0usize..210, step in 1usize..5) {
        let expected = match needle.len() {
            0 => Some(from.min(hay.len())),
            n if n > hay.len() => None,
            _ => places(&hay, &needle, step).into_iter().rfind(|&at| at <= from),
        };
        prop_assert_eq!(cells::last_index_of(cells(&mut hay), &needle, from, step), expected);
    }

    #[test]
    fn a_needle_cut_from_the_haystack_is_found(mut hay in few(200), part in range(199), step in 0usize..3) {
        let part = part.start.min(hay.len())..part.end.min(hay.len());
        let hay = cells(&mut hay);
        let needle = &hay[part.clone()];
        let found = cells::index_of(hay, needle, 0, step);
        if step < 2 || (part.start % step == 0 && part.len() != 1) {
            prop_assert!(found.is_some_and(|at| at <= part.start));
            prop_assert!(cells::last_index_of(hay, needle, usize::MAX, step).is_some_and(|at| at >= part.start));
        }
    }

    #[test]
    fn searches_for_a_byte_are_searches_for_one_byte(mut hay in few(100), byte in 0u8..4, from in 0usize..110) {
        let hay = cells(&mut hay);
        prop_assert_eq!(cells::index_of_byte(hay, byte, from), cells::index_of(hay, &[byte], from, 1));
        prop_assert_eq!(cells::last_index_of_byte(hay, byte, from), cells::last_index_of(hay, &[byte], from, 1));
    }

    #[test]
    fn fill_repeats_what_the_pattern_held(mut memory in vec(any::<u8>(), 100), pattern in range(100), to in range(100)) {
        let held = if pattern.is_empty() { vec![0] } else { memory[pattern.clone()].to_vec() };
        let mut expected = memory.clone();
        for (i, byte) in expected[to.clone()].iter_mut().enumerate() {
            *byte = held[i % held.len()];
        }
        let mut apart = memory.clone();
        cells::fill(cells(&mut apart[to.clone()]), &held);
        prop_assert_eq!(&apart, &expected);
        // The same with a pattern in the memory that is filled.
        let view = cells(&mut memory);
        cells::fill_cells(&view[to], &view[pattern]);
        prop_assert_eq!(&memory, &expected);
    }

    #[test]
    fn copy_is_as_if_taken_aside(mut memory in vec(any::<u8>(), 100), from in range(100), to in range(100)) {
        let mut expected = memory.clone();
        let n = from.len().min(to.len());
        let aside = memory[from.clone()].to_vec();
        expected[to.clone()][..n].copy_from_slice(&aside[..n]);
        let view = cells(&mut memory);
        prop_assert_eq!(cells::copy(&view[from], &view[to]), n);
        prop_assert_eq!(cells::to_vec(view), expected);
    }

    #[test]
    fn order_is_that_of_slices(mut a in few(20), b in few(20)) {
        prop_assert_eq!(cells::compare(cells(&mut a), &b), a.cmp(&b));
        prop_assert_eq!(cells::equals(cells(&mut a), &b), a == b);
        let view = cells(&mut a);
        prop_assert!(cells::equals(view, view));
    }

    #[test]
    fn swaps_reverse_each_word(bytes in vec(any::<u8>(), 0..200)) {
        for (width, swap) in [(2, cells::swap16 as fn(&[Cell<u8>]) -> _), (4, cells::swap32), (8, cells::swap64)] {
            let mut swapped = bytes.clone();
            let mut expected = bytes.clone();
            if bytes.len() % width == 0 {
                expected.chunks_mut(width).for_each(<[u8]>::reverse);
                prop_assert_eq!(swap(cells(&mut swapped)), Ok(()));
            } else {
                prop_assert_eq!(swap(cells(&mut swapped)), Err(BadMultiple { len: bytes.len(), multiple: width }));
            }
            prop_assert_eq!(swapped, expected);
        }
    }

    #[test]
    fn numbers_go_in_and_come_out(value: u64, offset in 0usize..12, width in 1usize..9, big: bool) {
        let endian = if big { Endian::Big } else { Endian::Little };
        let mut memory = [0xaa; 12];
        let mut expected = memory;
        let view = cells(&mut memory);
        let kept = if width == 8 { value } else { value & ((1 << (8 * width)) - 1) };
        if offset + width > 12 {
            let error = OutOfRange { offset, width, len: 12 };
            prop_assert_eq!(cells::write_uint(view, offset, width, value, endian), Err(error));
            prop_assert_eq!(cells::read_uint(view, offset, width, endian), Err(error));
        } else {
            prop_assert_eq!(cells::write_uint(view, offset, width, value, endian), Ok(()));
            prop_assert_eq!(cells::read_uint(view, offset, width, endian), Ok(kept));
            let sign = if kept >> (8 * width - 1) == 1 { -1i128 << (8 * width) } else { 0 };
            prop_assert_eq!(cells::read_int(view, offset, width, endian), Ok((i128::from(kept) + sign) as i64));
            for (i, byte) in expected[offset..offset + width].iter_mut().enumerate() {
                let place = if big { width - 1 - i } else { i };
                *byte = (value >> (8 * place)) as u8;
            }
        }
        prop_assert_eq!(memory, expected);
    }

    #[test]
    fn fixed_widths_agree_with_variable_ones(mut memory: [u8; 12], offset in 0usize..14, big: bool) {
        let endian = if big { Endian::Big } else { Endian::Little };
        let view = cells(&mut memory);
        let uint = |width| cells::read_uint(view, offset, width, endian);
        let int = |width| cells::read_int(view, offset, width, endian);
        prop_assert_eq!(cells::read::<u8>(view, offset, endian).map(u64::from), uint(1));
        prop_assert_eq!(cells::read::<u16>(view, offset, endian).map(u64::from), uint(2));
        prop_assert_eq!(cells::read::<u32>(view, offset, endian).map(u64::from), uint(4));
        prop_assert_eq!(cells::read::<u64>(view, offset, endian), uint(8));
        prop_assert_eq!(cells::read::<i8>(view, offset, endian).map(i64::from), int(1));
        prop_assert_eq!(cells::read::<i16>(view, offset, endian).map(i64::from), int(2));
        prop_assert_eq!(cells::read::<i32>(view, offset, endian).map(i64::from), int(4));
        prop_assert_eq!(cells::read::<i64>(view, offset, endian), int(8));
        prop_assert_eq!(cells::read::<f32>(view, offset, endian).map(|float| u64::from(float.to_bits())), uint(4));
        prop_assert_eq!(cells::read::<f64>(view, offset, endian).map(f64::to_bits), uint(8));
    }
}

#[test]
fn absurd_offsets_and_widths_are_errors() {
    let mut memory = [0; 8];
    let view = cells(&mut memory);
    for endian in [Endian::Little, Endian::Big] {
        assert!(cells::read::<u8>(view, usize::MAX, endian).is_err());
        assert!(cells::write(view, usize::MAX - 3, 0u64, endian).is_err());
        for width in [0, 9, 64, usize::MAX] {
            assert_eq!(cells::read_uint(view, 0, width, endian), Err(OutOfRange { offset: 0, width, len: 8 }));
            assert_eq!(cells::write_int(view, 0, width, 1, endian), Err(OutOfRange { offset: 0, width, len: 8 }));
        }
    }
    for step in [0, 1, 2, usize::MAX] {
        assert_eq!(cells::index_of(view, b"\0\0\0", usize::MAX, step), None);
        assert!(cells::last_index_of(view, b"", usize::MAX, step).is_some());
    }
    assert_eq!(cells::index_of(&[], b"x", 0, 1), None);
    assert_eq!(cells::last_index_of_byte(&[], 0, 0), None);
}
