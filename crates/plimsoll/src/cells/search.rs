//! Where bytes are found: `indexOf` and `lastIndexOf`.

use super::Pattern;
use crate::raw::leaf;
use memchr::memmem;
use std::cell::Cell;

/// Where `needle` first begins, at `from` or later. Node's `buf.indexOf` once its offset has been made a number from 0 on.
///
/// `step` 1 finds the needle anywhere. `step` 2 is Node's search with `utf16le`: both sides are read as whole 16-bit units,
/// so only even places count, `from` is rounded down to one, and an odd byte at the end of either side is left out of
/// account. (Node's *string* search also leaves it out when it asks whether `from` is still in range: give it
/// `&hay[..hay.len() & !1]`. Node's *buffer* search answers the last index when an odd haystack does not hold the needle; here
/// that is `None`.) Any other step works the same way, 0 as 1.
///
/// An empty needle is found at `from`, or at the end when `from` is past it, whatever the step.
///
/// Cost: `memchr` for one byte and its `memmem` otherwise, linear for a step of 1; for greater steps a needle that occurs at
/// many places that do not count can cost up to the product of both lengths, as it can in Node.
///
/// ```
/// use std::cell::Cell;
/// use plimsoll::cells::index_of;
///
/// let mut memory = *b"a\0ba\0b";
/// let bytes = Cell::from_mut(&mut memory[..]).as_slice_of_cells();
/// assert_eq!(index_of(bytes, b"\0b", 0, 1), Some(1));
/// assert_eq!(index_of(bytes, b"\0b", 0, 2), Some(4));
/// assert_eq!(index_of(bytes, &bytes[..2], 1, 1), Some(3));
/// assert_eq!(index_of(bytes, b"", 9, 1), Some(6));
/// ```
pub fn index_of<'a>(hay: &[Cell<u8>], needle: impl Into<Pattern<'a>>, from: usize, step: usize) -> Option<usize> {
    needle.into().read_with(hay, (from, step), |hay, needle, (from, step)| {
        if needle.is_empty() {
            return Some(from.min(hay.len()));
        }
        if hay.len().checked_sub(needle.len())? < from {
            return None;
        }
        match step {
            0 | 1 => first(&hay[from..], needle).map(|at| from + at),
            _ => first_in_steps(whole(hay, step), whole(needle, step), from - from % step, step),
        }
    })
}

/// Where `needle` last begins, at `from` or earlier. Node's `buf.lastIndexOf` once its offset has been made a number from
/// 0 on; give `usize::MAX` to search everything.
///
/// `step`, an empty needle and the cost are as with [`index_of`].
///
/// ```
/// use std::cell::Cell;
/// use plimsoll::cells::last_index_of;
///
/// let mut memory = *b"abcabc";
/// let bytes = Cell::from_mut(&mut memory[..]).as_slice_of_cells();
/// assert_eq!(last_index_of(bytes, b"bc", usize::MAX, 1), Some(4));
/// assert_eq!(last_index_of(bytes, b"bc", 3, 1), Some(1));
/// assert_eq!(last_index_of(bytes, b"bc", 0, 1), None);
/// ```
pub fn last_index_of<'a>(hay: &[Cell<u8>], needle: impl Into<Pattern<'a>>, from: usize, step: usize) -> Option<usize> {
    needle.into().read_with(hay, (from, step), |hay, needle, (from, step)| {
        if needle.is_empty() {
            return Some(from.min(hay.len()));
        }
        if needle.len() > hay.len() {
            return None;
        }
        let step = step.max(1);
        let (hay, needle) = (whole(hay, step), whole(needle, step));
        if needle.is_empty() {
            return None;
        }
        let from = hay.len().checked_sub(needle.len())?.min(from);
        last_in_steps(&hay[..from + needle.len()], needle, step)
    })
}

/// Where `byte` first is, at `from` or later. Cost: `memchr`.
///
/// ```
/// use std::cell::Cell;
///
/// let mut memory = *b"abcabc";
/// let bytes = Cell::from_mut(&mut memory[..]).as_slice_of_cells();
/// assert_eq!(plimsoll::cells::index_of_byte(bytes, b'b', 2), Some(4));
/// assert_eq!(plimsoll::cells::index_of_byte(bytes, b'b', 6), None);
/// ```
#[inline]
pub fn index_of_byte(hay: &[Cell<u8>], byte: u8, from: usize) -> Option<usize> {
    let rest = hay.get(from..)?;
    leaf::read(rest, byte, |rest, byte| memchr::memchr(byte, rest)).map(|at| from + at)
}

/// Where `byte` last is, at `from` or earlier. Cost: `memrchr`.
///
/// ```
/// use std::cell::Cell;
///
/// let mut memory = *b"abcabc";
/// let bytes = Cell::from_mut(&mut memory[..]).as_slice_of_cells();
/// assert_eq!(plimsoll::cells::last_index_of_byte(bytes, b'b', 3), Some(1));
/// assert_eq!(plimsoll::cells::last_index_of_byte(bytes, b'b', usize::MAX), Some(4));
/// ```
#[inline]
pub fn last_index_of_byte(hay: &[Cell<u8>], byte: u8, from: usize) -> Option<usize> {
    let front = &hay[..hay.len().min(from.saturating_add(1))];
    leaf::read(front, byte, |front, byte| memchr::memrchr(byte, front))
}

/// As many bytes as make whole units of `step` bytes.
fn whole(bytes: &[u8], step: usize) -> &[u8] {
    &bytes[..bytes.len() - bytes.len() % step]
}

fn first(hay: &[u8], needle: &[u8]) -> Option<usize> {
    match needle {
        &[byte] => memchr::memchr(byte, hay),
        // It does without building a searcher when the haystack is short.
        _ => memmem::find(hay, needle),
    }
}

fn first_in_steps(hay: &[u8], needle: &[u8], mut at: usize, step: usize) -> Option<usize> {
    if needle.is_empty() {
        return None;
    }
    let finder = memmem::Finder::new(needle);
    loop {
        at += finder.find(hay.get(at..)?)?;
        if at.is_multiple_of(step) {
            return Some(at);
        }
        at += step - at % step;
    }
}

/// The last place in `hay` that is a multiple of `step`.
fn last_in_steps(mut hay: &[u8], needle: &[u8], step: usize) -> Option<usize> {
    if let &[byte] = needle {
        // One byte is a whole unit only when the step is 1.
        return memchr::memrchr(byte, hay);
    }
    let finder = memmem::FinderRev::new(needle);
    loop {
        let at = finder.rfind(hay)?;
        if at.is_multiple_of(step) {
            return Some(at);
        }
        hay = &hay[..at - at % step + needle.len()];
    }
}
