//! The sections of numbers: rows of so many fields each, in one flat array.

use super::cursor::Cursor;
use super::header::MAX_WIDTH;
use crate::error::{ErrorKind, SnapshotError};

/// Bytes that a row of short numbers cannot exceed, a field.
const SHORT: usize = 16;

/// Reads an array of numbers and shows its rows. `row` says what is wrong with one.
pub(super) fn rows(
    cursor: &mut Cursor<'_>,
    section: &str,
    width: usize,
    row: impl FnMut(&[u64]) -> Result<(), &'static str>,
) -> Result<(), SnapshotError> {
    match width {
        3 => fixed::<3>(cursor, section, row),
        4 => fixed::<4>(cursor, section, row),
        5 => fixed::<5>(cursor, section, row),
        6 => fixed::<6>(cursor, section, row),
        7 => fixed::<7>(cursor, section, row),
        _ => any(cursor, section, width, row),
    }
}

/// Rows of a usual width: most of a piece goes in one loop, the rest number by number.
fn fixed<const N: usize>(
    cursor: &mut Cursor<'_>,
    section: &str,
    mut row: impl FnMut(&[u64]) -> Result<(), &'static str>,
) -> Result<(), SnapshotError> {
    if begin(cursor)? {
        return Ok(());
    }
    let mut numbers = [0; N];
    loop {
        let mut at = cursor.position();
        let ends = slow(cursor, section, &mut numbers)?;
        let before = cursor.position();
        let rest = cursor.rest()?;
        let mut done = 0;
        // One call for all rows, so that it is compiled into the loop.
        loop {
            row(&numbers).map_err(|what| SnapshotError::new(ErrorKind::Damaged, at, format!("{section}: {what}")))?;
            if ends {
                return Ok(());
            }
            let Some(used) = fast::<N>(&rest[done..], &mut numbers) else { break };
            at = before + done as u64;
            done += used;
        }
        cursor.advance(done);
    }
}

fn any(
    cursor: &mut Cursor<'_>,
    section: &str,
    width: usize,
    mut row: impl FnMut(&[u64]) -> Result<(), &'static str>,
) -> Result<(), SnapshotError> {
    let mut numbers = [0; MAX_WIDTH];
    let numbers = &mut numbers[..width];
    if begin(cursor)? {
        return Ok(());
    }
    loop {
        let ends = slow(cursor, section, numbers)?;
        row(numbers).map_err(|what| cursor.damaged(format!("{section}: {what}")))?;
        if ends {
            return Ok(());
        }
    }
}

/// Goes into the array; `true` if it is empty.
fn begin(cursor: &mut Cursor<'_>) -> Result<bool, SnapshotError> {
    cursor.expect(b'[')?;
    cursor.skip_white()?;
    let empty = cursor.need("a number")? == b']';
    if empty {
        cursor.bump();
    }
    Ok(empty)
}

/// One row, whatever it looks like. `true` if it was the last.
fn slow(cursor: &mut Cursor<'_>, section: &str, numbers: &mut [u64]) -> Result<bool, SnapshotError> {
    let last = numbers.len() - 1;
    for (field, number) in numbers.iter_mut().enumerate() {
        *number = self::number(cursor, section)?;
        match cursor.need("',' or ']'")? {
            b',' => cursor.bump(),
            b']' if field == last => {
                cursor.bump();
                return Ok(true);
            }
            b']' => return Err(cursor.damaged(format!("{section}: the last row is not complete"))),
            _ => return Err(cursor.damaged(format!("{section}: ',' or ']' was expected"))),
        }
    }
    Ok(false)
}

/// A number, and the white space around it.
#[inline]
pub(super) fn number(cursor: &mut Cursor<'_>, section: &str) -> Result<u64, SnapshotError> {
    cursor.skip_white()?;
    let (mut number, mut digits) = (0, 0);
    while let digit @ b'0'..=b'9' = cursor.need("a number")? {
        digits += 1;
        if digits > 19 {
            return Err(cursor.damaged(format!("{section}: a number is too long")));
        }
        number = number * 10 + u64::from(digit - b'0');
        cursor.bump();
    }
    if digits == 0 {
        return Err(cursor.damaged(format!("{section}: a number was expected")));
    }
    cursor.skip_white()?;
    Ok(number)
}

/// A row of short numbers with nothing but a comma after each. Says how many bytes it took.
#[inline]
fn fast<const N: usize>(bytes: &[u8], numbers: &mut [u64; N]) -> Option<usize> {
    // Then no row of short numbers goes beyond the end.
    let window = bytes.get(..N * SHORT + 1)?;
    let mut at = 0;
    for number in numbers.iter_mut() {
        let field: &[u8; SHORT] = window.get(at..at + SHORT)?.try_into().ok()?;
        let mut value = 0;
        let mut digits = SHORT;
        for (i, byte) in field.iter().enumerate() {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                digits = i;
                break;
            }
            value = value * 10 + u64::from(digit);
        }
        if digits == 0 {
            return None;
        }
        at += digits;
        let mut byte = *field.get(digits)?;
        *number = value;
        // Node 20 and 22 end a row with a line break.
        if byte == b'\n' {
            at += 1;
            byte = *window.get(at)?;
        }
        if byte != b',' {
            return None;
        }
        at += 1;
    }
    Some(at)
}
