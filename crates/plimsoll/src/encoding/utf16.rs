//! UTF-16, little-endian.

use std::char::{self, REPLACEMENT_CHARACTER};

/// How many UTF-16 units a text has.
pub(super) fn len(text: &str) -> usize {
    // One for each byte that begins a character, and one more where that character needs a surrogate pair.
    text.bytes().map(|byte| usize::from(byte as i8 >= -0x40) + usize::from(byte >= 0xf0)).sum()
}

/// Writes as many whole units as fit.
pub(super) fn write_units(units: &[u16], out: &mut [u8]) -> usize {
    write(units.iter().copied(), out)
}

/// [`write_units`], each byte being one unit.
pub(super) fn write_widened(text: &[u8], out: &mut [u8]) -> usize {
    write(text.iter().map(|&byte| u16::from(byte)), out)
}

fn write(units: impl ExactSizeIterator<Item = u16>, out: &mut [u8]) -> usize {
    let n = units.len().min(out.len() / 2);
    for (out, unit) in out.chunks_exact_mut(2).zip(units) {
        out.copy_from_slice(&unit.to_le_bytes());
    }
    n * 2
}

fn units(bytes: &[u8]) -> impl Iterator<Item = u16> {
    bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
}

pub(super) fn decode_units(bytes: &[u8], out: &mut Vec<u16>) {
    out.extend(units(bytes));
}

pub(super) fn decode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() / 2);
    text.extend(char::decode_utf16(units(bytes)).map(|unit| unit.unwrap_or(REPLACEMENT_CHARACTER)));
    text
}
