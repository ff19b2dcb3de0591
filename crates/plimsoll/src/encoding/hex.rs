//! Two digits a byte.

use super::latin1;

/// What stands in [`VALUE`] for a character that is no digit.
const NONE: u8 = 0xff;

/// The value of each character.
const VALUE: [u8; 256] = {
    let mut table = [NONE; 256];
    let mut value = 0;
    while value < 16 {
        let digit = digit(value);
        table[digit as usize] = value;
        table[digit.to_ascii_uppercase() as usize] = value;
        value += 1;
    }
    table
};

/// Written with arithmetic, so that a loop over it becomes vector code.
const fn digit(value: u8) -> u8 {
    value + if value < 10 { b'0' } else { b'a' - 10 }
}

pub(super) fn decode(bytes: &[u8]) -> String {
    let mut out = vec![0; bytes.len() * 2];
    for (pair, &byte) in out.chunks_exact_mut(2).zip(bytes) {
        pair[0] = digit(byte >> 4);
        pair[1] = digit(byte & 15);
    }
    latin1::ascii(out)
}

/// Writes the bytes of the pairs in front of the first that is not two digits.
pub(super) fn write(text: &[u8], out: &mut [u8]) -> usize {
    let mut written = 0;
    for (pair, out) in text.chunks_exact(2).zip(out) {
        let (high, low) = (VALUE[usize::from(pair[0])], VALUE[usize::from(pair[1])]);
        if high == NONE || low == NONE {
            break;
        }
        *out = high << 4 | low;
        written += 1;
    }
    written
}
