//! The section `strings`.

use super::cursor::Cursor;
use crate::error::{ErrorKind, SnapshotError};
use crate::strings::Gather;

pub(super) const TOO_LONG: &str = "256 strings have more than 4 GiB";

/// Reads an array of strings. Half of a surrogate pair becomes U+FFFD.
pub(super) fn strings(cursor: &mut Cursor<'_>, into: &mut Gather) -> Result<(), SnapshotError> {
    cursor.expect(b'[')?;
    cursor.skip_white()?;
    if cursor.need("a string")? == b']' {
        cursor.bump();
        return Ok(());
    }
    loop {
        cursor.skip_white()?;
        cursor.expect(b'"')?;
        let begin = into.text.len();
        string(cursor, &mut into.text)?;
        if into.len() as u64 >= u64::from(u32::MAX) {
            return Err(SnapshotError::new(ErrorKind::Unsupported, cursor.position(), "there are too many strings"));
        }
        if !into.end(begin) {
            return Err(SnapshotError::new(ErrorKind::Unsupported, cursor.position(), TOO_LONG));
        }
        cursor.skip_white()?;
        match cursor.need("a string")? {
            b',' => cursor.bump(),
            b']' => break,
            _ => return Err(cursor.damaged("',' or ']' was expected after a string")),
        }
    }
    cursor.bump();
    Ok(())
}

/// The rest of a string, up to its closing quote.
fn string(cursor: &mut Cursor<'_>, text: &mut Vec<u8>) -> Result<(), SnapshotError> {
    // The first half of a pair, if that was the last thing.
    let mut half: Option<u32> = None;
    loop {
        let rest = cursor.rest()?;
        if rest.is_empty() {
            return Err(SnapshotError::new(ErrorKind::Truncated, cursor.position(), "the file ends within a string"));
        }
        let run = memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
        let next = rest.get(run).copied();
        if run > 0 {
            flush(&mut half, text);
            text.extend_from_slice(&rest[..run]);
            cursor.advance(run);
        }
        match next {
            None => continue,
            Some(b'"') => {
                cursor.bump();
                flush(&mut half, text);
                return Ok(());
            }
            Some(_) => cursor.bump(),
        }
        let escaped = cursor.need("an escape")?;
        let plain = match escaped {
            b'"' | b'\\' | b'/' => escaped,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                cursor.bump();
                unit(four_digits(cursor)?, &mut half, text);
                continue;
            }
            _ => return Err(cursor.damaged("there is no such escape in JSON")),
        };
        cursor.bump();
        flush(&mut half, text);
        text.push(plain);
    }
}

fn four_digits(cursor: &mut Cursor<'_>) -> Result<u32, SnapshotError> {
    let mut unit = 0;
    for _ in 0..4 {
        let byte = cursor.need("a hexadecimal digit")?;
        let Some(digit) = char::from(byte).to_digit(16) else {
            return Err(cursor.damaged("a hexadecimal digit was expected"));
        };
        unit = unit << 4 | digit;
        cursor.bump();
    }
    Ok(unit)
}

/// Adds a unit of UTF-16.
fn unit(unit: u32, half: &mut Option<u32>, text: &mut Vec<u8>) {
    if let (Some(first), 0xdc00..=0xdfff) = (*half, unit) {
        *half = None;
        push(0x10000 + ((first - 0xd800) << 10) + (unit - 0xdc00), text);
        return;
    }
    flush(half, text);
    if (0xd800..0xdc00).contains(&unit) {
        *half = Some(unit);
    } else {
        push(unit, text);
    }
}

/// A first half that no second half followed.
fn flush(half: &mut Option<u32>, text: &mut Vec<u8>) {
    if half.take().is_some() {
        push(0xfffd, text);
    }
}

fn push(character: u32, text: &mut Vec<u8>) {
    let character = char::from_u32(character).unwrap_or(char::REPLACEMENT_CHARACTER);
    text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}
