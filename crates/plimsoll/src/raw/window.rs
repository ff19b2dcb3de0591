//! The slabs a thread keeps biased: enough to take one again in place, few enough to bound what waits for other threads.

use super::counts::Counts;
use std::ptr::NonNull;

/// Slabs a thread keeps biased. Slabs that other threads emptied are noticed when their turn comes, so at most this many wait.
pub(crate) const WINDOW: usize = 16;

/// How many of the oldest slabs are tried before a new one is made.
const TRIES: usize = 4;

/// Something with counts that a window can hold.
///
/// *Invariant W1.* A pointer in the window is valid: the bias keeps its slab alive.
pub(crate) struct Window<T> {
    slots: [Option<NonNull<T>>; WINDOW],
    at: usize,
}

impl<T: AsRef<Counts>> Window<T> {
    pub(crate) const fn new() -> Self {
        Self { slots: [None; WINDOW], at: 0 }
    }

    /// A slab of the window that nobody holds any more, started again; else none. It counts as the newest from then on.
    pub(crate) fn take_again(&mut self) -> Option<NonNull<T>> {
        for at in (self.at + 1..=self.at + TRIES).map(|at| at % WINDOW) {
            // SAFETY: W1.
            if let Some(slab) = self.slots[at].filter(|slab| unsafe { slab.as_ref() }.as_ref().restart_biased()) {
                self.at = at;
                return Some(slab);
            }
        }
        None
    }

    /// Puts a slab that is biased to this thread into the window. Returns the slab that leaves, if nobody holds that one: the
    /// caller frees it.
    #[must_use]
    pub(crate) fn push(&mut self, slab: NonNull<T>) -> Option<NonNull<T>> {
        self.at = (self.at + 1) % WINDOW;
        Self::settle(self.slots[self.at].replace(slab))
    }

    /// Empties the window. Calls `free` with each slab that nobody holds.
    pub(crate) fn clear(&mut self, mut free: impl FnMut(NonNull<T>)) {
        for slot in &mut self.slots {
            if let Some(idle) = Self::settle(slot.take()) {
                free(idle);
            }
        }
    }

    fn settle(slab: Option<NonNull<T>>) -> Option<NonNull<T>> {
        // SAFETY: W1; after `unbias` the slab is no longer touched unless it is ours to free.
        slab.filter(|slab| unsafe { slab.as_ref() }.as_ref().unbias())
    }
}
