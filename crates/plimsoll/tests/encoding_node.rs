//! Every encoding, both ways, answers what Node answers.

#[path = "node/answers.rs"]
mod node;

use node::{answers, bytes, cells};
use plimsoll::encoding::{self, Encoding};

fn encoding(name: &str) -> Encoding {
    Encoding::parse(name).unwrap()
}

fn units(hex: &str) -> Vec<u16> {
    (0..hex.len()).step_by(4).map(|i| u16::from_str_radix(&hex[i..i + 4], 16).unwrap()).collect()
}

/// The same text as a Rust string, if it is one: without lone surrogates.
fn string(units: &[u16]) -> Option<String> {
    String::from_utf16(units).ok()
}

#[test]
fn text_becomes_the_bytes_of_buffer_from() {
    for row in answers("from") {
        let (encoding, units, expected) = (encoding(row[0]), units(row[1]), bytes(row[2]));
        assert_eq!(encoding.encode_utf16(&units), expected, "{row:?}");
        if let Some(text) = string(&units) {
            assert_eq!(encoding.encode(&text), expected, "{row:?}");
        }
    }
}

#[test]
fn byte_length_is_nodes_and_never_too_small() {
    for row in answers("from") {
        let (encoding, units, held, expected) =
            (encoding(row[0]), units(row[1]), bytes(row[2]).len(), row[3].parse().unwrap());
        assert_eq!(encoding.byte_length_utf16(&units), expected, "{row:?}");
        assert!(held <= expected, "{row:?}");
        if let Some(text) = string(&units) {
            assert_eq!(encoding.byte_length(&text), expected, "{row:?}");
        }
    }
}

#[test]
fn write_stops_where_nodes_stops_and_leaves_the_rest_alone() {
    for row in answers("from") {
        let (encoding, units) = (encoding(row[0]), units(row[1]));
        for write in row[4..].chunks(3) {
            let [length, written] = [0, 1].map(|i| write[i].parse::<usize>().unwrap());
            let expected = bytes(write[2]);
            let mut to = vec![0xaa; length];
            assert_eq!(encoding.write_utf16(&units, cells(&mut to)), written, "{row:?} {write:?}");
            assert_eq!(to, expected, "{row:?} {write:?}");
            if let Some(text) = string(&units) {
                let mut to = vec![0xaa; length];
                assert_eq!(encoding.write(&text, cells(&mut to)), written, "{row:?} {write:?}");
                assert_eq!(to, expected, "{row:?} {write:?}");
            }
        }
    }
}

#[test]
fn bytes_become_the_text_of_to_string() {
    for row in answers("to") {
        let (encoding, mut bytes, expected) = (encoding(row[0]), bytes(row[1]), units(row[2]));
        assert_eq!(encoding.decode(&bytes), String::from_utf16_lossy(&expected), "{row:?}");
        assert_eq!(encoding.decode_cells(cells(&mut bytes)), String::from_utf16_lossy(&expected), "{row:?}");
        let mut units = vec![7];
        encoding.decode_utf16(cells(&mut bytes), &mut units);
        assert_eq!(units[0], 7, "what was there before stays");
        assert_eq!(units[1..], expected, "{row:?}");
    }
}

#[test]
fn validity_is_judged_as_node_judges_it() {
    for row in answers("valid") {
        let mut bytes = bytes(row[0]);
        assert_eq!(encoding::is_utf8(cells(&mut bytes)), row[1] == "1", "{row:?}");
        assert_eq!(encoding::is_ascii(cells(&mut bytes)), row[2] == "1", "{row:?}");
    }
}
