//! Search, fill, comparison, swaps and numbers answer what Node answers.

#[path = "node/answers.rs"]
mod node;

use node::{answers, bytes, cells};
use plimsoll::cells::{self, Endian};
use plimsoll::encoding::Encoding;
use std::cmp::Ordering;

fn number<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// An index, or none for -1.
fn index(text: &str) -> Option<usize> {
    usize::try_from(number::<i64>(text)).ok()
}

#[test]
fn search_finds_what_node_finds() {
    for row in answers("search") {
        let (step, mut hay, mut needle, from) = (number(row[0]), bytes(row[1]), bytes(row[2]), number(row[3]));
        let last_unit = hay.len().wrapping_sub(1);
        // Where an odd haystack does not hold the needle, Node's search for a buffer in units answers the last index.
        let mistaken = step == 2 && !needle.is_empty() && hay.len() % 2 == 1;
        let answer = |text| index(text).filter(|&at| !mistaken || at != last_unit);
        let (first, last) = (answer(row[4]), answer(row[5]));
        let hay = cells(&mut hay);
        assert_eq!(cells::index_of(hay, &needle, from, step), first, "{row:?}");
        assert_eq!(cells::last_index_of(hay, &needle, from, step), last, "{row:?}");
        let needle = cells(&mut needle);
        assert_eq!(cells::index_of(hay, needle, from, step), first, "{row:?}");
        assert_eq!(cells::last_index_of(hay, needle, from, step), last, "{row:?}");
    }
}

#[test]
fn search_for_utf16_text_finds_what_node_finds() {
    for row in answers("searchText") {
        let (mut hay, needle, from) = (bytes(row[0]), bytes(row[1]), number::<usize>(row[2]));
        let even = hay.len() & !1;
        let hay = &cells(&mut hay)[..even];
        assert_eq!(cells::index_of(hay, &needle, from, 2), index(row[3]), "{row:?}");
        assert_eq!(cells::last_index_of(hay, &needle, from, 2), index(row[4]), "{row:?}");
    }
}

#[test]
fn search_for_a_byte_finds_what_node_finds() {
    for row in answers("searchByte") {
        let (mut hay, needle, from) = (bytes(row[0]), bytes(row[1]), number(row[2]));
        let hay = cells(&mut hay);
        assert_eq!(cells::index_of_byte(hay, needle[0], from), index(row[3]), "{row:?}");
        assert_eq!(cells::last_index_of_byte(hay, needle[0], from), index(row[4]), "{row:?}");
    }
}

#[test]
fn fill_repeats_as_node_repeats() {
    for row in answers("fill") {
        let (mut pattern, length) = (bytes(row[0]), number(row[1]));
        let mut filled = vec![0xaa; length];
        cells::fill(cells(&mut filled), &pattern);
        if row[2] == "!" {
            assert!(pattern.is_empty(), "{row:?}");
            assert_eq!(filled, vec![0; length], "an empty pattern fills zeros here");
            continue;
        }
        assert_eq!(filled, bytes(row[2]), "{row:?}");
        let mut filled = vec![0xaa; length];
        cells::fill_cells(cells(&mut filled), cells(&mut pattern));
        assert_eq!(filled, bytes(row[2]), "{row:?}");
    }
}

#[test]
fn fill_with_text_is_fill_with_its_bytes() {
    for row in answers("fillText") {
        let units: Vec<u16> = bytes(row[1]).chunks(2).map(|unit| u16::from_be_bytes([unit[0], unit[1]])).collect();
        let pattern = Encoding::parse(row[0]).unwrap().encode_utf16(&units);
        if row[3] == "!" {
            assert!(pattern.is_empty() && !units.is_empty(), "{row:?}");
            continue;
        }
        let mut filled = vec![0xaa; number(row[2])];
        cells::fill(cells(&mut filled), &pattern);
        assert_eq!(filled, bytes(row[3]), "{row:?}");
    }
}

#[test]
fn order_and_equality_are_nodes() {
    for row in answers("compare") {
        let (mut a, mut b) = (bytes(row[0]), bytes(row[1]));
        let (a, b) = (cells(&mut a), cells(&mut b));
        let expected = number::<i32>(row[2]).cmp(&0);
        assert_eq!(cells::compare(a, b), expected, "{row:?}");
        assert_eq!(cells::equals(a, b), row[3] == "1", "{row:?}");
        assert_eq!(expected == Ordering::Equal, row[3] == "1", "{row:?}");
    }
}

#[test]
fn swaps_are_nodes() {
    for row in answers("swap") {
        let mut bytes = node::bytes(row[1]);
        let view = cells(&mut bytes);
        let done = match row[0] {
            "16" => cells::swap16(view),
            "32" => cells::swap32(view),
            _ => cells::swap64(view),
        };
        assert_eq!(done.is_err(), row[2] == "!", "{row:?}");
        assert_eq!(bytes, node::bytes(if done.is_err() { row[1] } else { row[2] }), "{row:?}");
    }
}

fn endian(name: &str) -> Endian {
    if name == "LE" { Endian::Little } else { Endian::Big }
}

#[test]
fn numbers_are_read_as_node_reads_them() {
    for row in answers("read") {
        let (endian, mut bytes, offset) = (endian(row[1]), bytes(row[2]), number(row[3]));
        let bytes = cells(&mut bytes);
        let bits = |number: f64| format!("{:016x}", number.to_bits());
        let value = match row[0] {
            "UInt8" => cells::read::<u8>(bytes, offset, endian).map(|n| n.to_string()),
            "Int8" => cells::read::<i8>(bytes, offset, endian).map(|n| n.to_string()),
            "UInt16" => cells::read::<u16>(bytes, offset, endian).map(|n| n.to_string()),
            "Int16" => cells::read::<i16>(bytes, offset, endian).map(|n| n.to_string()),
            "UInt32" => cells::read::<u32>(bytes, offset, endian).map(|n| n.to_string()),
            "Int32" => cells::read::<i32>(bytes, offset, endian).map(|n| n.to_string()),
            "BigUInt64" => cells::read::<u64>(bytes, offset, endian).map(|n| n.to_string()),
            "BigInt64" => cells::read::<i64>(bytes, offset, endian).map(|n| n.to_string()),
            "Float" => cells::read::<f32>(bytes, offset, endian).map(|n| bits(n.into())),
            _ => cells::read::<f64>(bytes, offset, endian).map(bits),
        };
        assert_eq!(value.unwrap_or("!".into()), row[4], "{row:?}");
    }
}

#[test]
fn numbers_are_written_as_node_writes_them() {
    for row in answers("written") {
        let (endian, value, mut bytes) = (endian(row[1]), row[2], [0xaa; 12]);
        let view = cells(&mut bytes);
        let double = || f64::from_bits(u64::from_str_radix(value, 16).unwrap());
        let done = match row[0] {
            "UInt8" => cells::write(view, 1, number::<u8>(value), endian),
            "Int8" => cells::write(view, 1, number::<i8>(value), endian),
            "UInt16" => cells::write(view, 1, number::<u16>(value), endian),
            "Int16" => cells::write(view, 1, number::<i16>(value), endian),
            "UInt32" => cells::write(view, 1, number::<u32>(value), endian),
            "Int32" => cells::write(view, 1, number::<i32>(value), endian),
            "BigUInt64" => cells::write(view, 1, number::<u64>(value), endian),
            "BigInt64" => cells::write(view, 1, number::<i64>(value), endian),
            "Float" => cells::write(view, 1, double() as f32, endian),
            _ => cells::write(view, 1, double(), endian),
        };
        assert_eq!(done, Ok(()), "{row:?}");
        assert_eq!(bytes[..], node::bytes(row[3]), "{row:?}");
    }
}

#[test]
fn widths_of_one_to_six_bytes_are_nodes() {
    for row in answers("readWide") {
        let (endian, mut bytes, offset, width) = (endian(row[1]), bytes(row[2]), number(row[3]), number(row[4]));
        let bytes = cells(&mut bytes);
        let value = match row[0] {
            "UInt" => cells::read_uint(bytes, offset, width, endian).map(|n| n.to_string()),
            _ => cells::read_int(bytes, offset, width, endian).map(|n| n.to_string()),
        };
        assert_eq!(value.unwrap_or("!".into()), row[5], "{row:?}");
    }
    for row in answers("writtenWide") {
        let (endian, width, value, mut bytes) = (endian(row[1]), number(row[2]), row[3], [0xaa; 8]);
        let done = match row[0] {
            "UInt" => cells::write_uint(cells(&mut bytes), 1, width, number(value), endian),
            _ => cells::write_int(cells(&mut bytes), 1, width, number(value), endian),
        };
        assert_eq!(done, Ok(()), "{row:?}");
        assert_eq!(bytes[..], node::bytes(row[4]), "{row:?}");
    }
}
