//! Leaf calls: short-lived slices over aliasing memory.
//!
//! *Invariant L1.* While a slice formed here is alive, no code runs but the function that was passed in, which is a plain
//! function of this crate (a function pointer captures nothing, so it can own no other view of the memory).

use std::cell::Cell;

/// Calls `f` with the bytes of `cells` and `with`.
#[inline]
pub(crate) fn read<A, R>(cells: &[Cell<u8>], with: A, f: fn(&[u8], A) -> R) -> R {
    // SAFETY: a `Cell<u8>` has the layout of `u8`; by L1 nobody writes these bytes while the slice lives, and `Cell` is not
    // `Sync`, so no other thread can.
    let bytes = unsafe { std::slice::from_raw_parts(cells.as_ptr().cast::<u8>(), cells.len()) };
    f(bytes, with)
}

/// Calls `f` with the bytes of `a` and of `b`, which may overlap.
#[inline]
pub(crate) fn read2<A, R>(a: &[Cell<u8>], b: &[Cell<u8>], with: A, f: fn(&[u8], &[u8], A) -> R) -> R {
    // SAFETY: as in `read`; two shared slices may overlap.
    let a = unsafe { std::slice::from_raw_parts(a.as_ptr().cast::<u8>(), a.len()) };
    // SAFETY: as above.
    let b = unsafe { std::slice::from_raw_parts(b.as_ptr().cast::<u8>(), b.len()) };
    f(a, b, with)
}

/// Calls `f` with the bytes of `cells`, to be changed, and `with`, which must not borrow the same bytes.
///
/// `A: 'static`-free arguments are allowed because every caller in this crate passes numbers or memory of its own.
#[inline]
pub(crate) fn write<A, R>(cells: &[Cell<u8>], with: A, f: fn(&mut [u8], A) -> R) -> R {
    // SAFETY: a `Cell<u8>` may be written through a shared reference; by L1 nobody reads or writes these bytes by another way
    // while the slice lives.
    let bytes = unsafe { std::slice::from_raw_parts_mut(cells.as_ptr().cast::<u8>().cast_mut(), cells.len()) };
    f(bytes, with)
}

/// Copies `min(from.len(), to.len())` bytes; the two may overlap (`memmove`). Returns how many.
#[inline]
pub(crate) fn copy(from: &[Cell<u8>], to: &[Cell<u8>]) -> usize {
    let n = from.len().min(to.len());
    // SAFETY: both ranges are valid for `n` bytes, `Cell` allows the write, and `ptr::copy` allows overlap.
    unsafe { std::ptr::copy(from.as_ptr(), to.as_ptr().cast_mut(), n) };
    n
}
