//! UTF-8, to and from both kinds of text.

use std::char::{self, REPLACEMENT_CHARACTER};

/// How many ASCII characters are looked at together: enough for the widest vectors.
const RUN: usize = 32;

/// Copies as many whole characters as fit.
pub(super) fn write(text: &str, out: &mut [u8]) -> usize {
    let mut n = text.len().min(out.len());
    while !text.is_char_boundary(n) {
        n -= 1;
    }
    out[..n].copy_from_slice(&text.as_bytes()[..n]);
    n
}

/// How many bytes units take, three for a lone surrogate.
pub(super) fn len_of_units(units: &[u16]) -> usize {
    let is_high = |unit: u16| unit & 0xfc00 == 0xd800;
    let is_low = |unit: u16| unit & 0xfc00 == 0xdc00;
    // So few at a time that 16 bits hold the sums: narrow sums are what makes this vector code.
    let blocks = units.chunks(4096).map(|block| {
        let ones = block.iter().map(|&unit| 1 + u16::from(unit >= 0x80) + u16::from(unit >= 0x800)).sum::<u16>();
        // The halves of a pair were counted as three bytes each, and take four together.
        let pairs = block.iter().zip(&block[1..]).map(|(&a, &b)| u16::from(is_high(a) & is_low(b))).sum::<u16>();
        usize::from(ones - 2 * pairs)
    });
    // Pairs that lie across two blocks.
    let across =
        units.chunks(4096).zip(units.chunks(4096).skip(1)).filter(|(a, b)| is_high(a[a.len() - 1]) && is_low(b[0]));
    blocks.sum::<usize>() - 2 * across.count()
}

/// Writes whole characters up to the first that does not fit.
pub(super) fn write_units(units: &[u16], out: &mut [u8]) -> usize {
    let (mut read, mut written) = (0, 0);
    while read < units.len() {
        let run = narrow(&units[read..], &mut out[written..]);
        read += run;
        written += run;
        let Some(next) = char::decode_utf16(units[read..].iter().copied()).next() else { break };
        let next = next.unwrap_or(REPLACEMENT_CHARACTER);
        let Some(place) = out[written..].get_mut(..next.len_utf8()) else { break };
        next.encode_utf8(place);
        written += next.len_utf8();
        // A replaced surrogate is one unit, and so is U+FFFD.
        read += next.len_utf16();
    }
    written
}

/// Narrows the ASCII units in front, as many as fit, and says how many those were.
fn narrow(units: &[u16], out: &mut [u8]) -> usize {
    let mut done = 0;
    for (from, to) in units.chunks_exact(RUN).zip(out.chunks_exact_mut(RUN)) {
        if from.iter().fold(0, |all, &unit| all | unit) >= 0x80 {
            break;
        }
        for (to, &unit) in to.iter_mut().zip(from) {
            *to = unit as u8;
        }
        done += RUN;
    }
    for (to, &unit) in out[done..].iter_mut().zip(&units[done..]) {
        if unit >= 0x80 {
            break;
        }
        *to = unit as u8;
        done += 1;
    }
    done
}

pub(super) fn decode(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Adds the units of the bytes, one U+FFFD for each part that is broken.
pub(super) fn decode_units(bytes: &[u8], out: &mut Vec<u16>) {
    out.reserve(bytes.len());
    if let Ok(text) = std::str::from_utf8(bytes) {
        return push_units(text, out);
    }
    for part in bytes.utf8_chunks() {
        push_units(part.valid(), out);
        if !part.invalid().is_empty() {
            out.push(REPLACEMENT_CHARACTER as u16);
        }
    }
}

/// Adds the units of `text`, going from ASCII to other text and back by turns.
pub(super) fn push_units(text: &str, out: &mut Vec<u16>) {
    let mut rest = text;
    while !rest.is_empty() {
        let (run, other) = rest.split_at(ascii_run(rest.as_bytes()));
        out.extend(run.bytes().map(u16::from));
        let until = other.bytes().position(|byte| byte.is_ascii()).unwrap_or(other.len());
        let (other, next) = other.split_at(until);
        out.extend(other.encode_utf16());
        rest = next;
    }
}

/// How many bytes in front are ASCII.
fn ascii_run(bytes: &[u8]) -> usize {
    let mut run = 0;
    for chunk in bytes.chunks(RUN) {
        if !chunk.is_ascii() {
            return run + chunk.iter().position(|byte| !byte.is_ascii()).unwrap_or(0);
        }
        run += chunk.len();
    }
    run
}
