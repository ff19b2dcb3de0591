//! Who holds a store: reference counts that are plain arithmetic wherever one thread can know the answer.
//!
//! One atomic read-modify-write costs about as much as allocating 64 bytes, so a handle should not pay for one unless another
//! thread is really involved. There are two ways around it:
//!
//! * *Local views* (`Buffer`) never leave their thread: they count in `local`, and all of them together hold one reference in
//!   `shared`.
//! * *Sendable handles* (`Frozen`) on a pool slab: the slab is *biased* to the thread that fills it. `shared` starts at
//!   [`BIAS`] and the owner counts its own handles in `biased`; only other threads touch `shared`.
//!
//! Invariants:
//!
//! * *C1.* While biased, `live = biased + shared - BIAS`; otherwise `live = shared`, where the local group counts as one.
//! * *C2.* `local` and `biased` are written by the owning thread only. (`biased` is an atomic so that others may peek.) A reader's
//!   chunk is never biased: there `biased` says how many references the reader has bought and not handed out, and no more than that.
//! * *C3.* A handle travels between threads only along a happens-before edge, so when the owner sees `live == 0` it is true:
//!   an increment by another thread needs a live handle, which the owner has not yet seen dropped.
//! * *C4.* Whoever is told `true` by a release is the last, has seen all writes of the others, and frees the store.

use super::sync::{AtomicUsize, Ordering, fence};
use std::cell::Cell;

/// The references a biased slab starts with: more than any program can hold, and far from overflow.
pub(crate) const BIAS: usize = 1 << (usize::BITS - 3);

/// Identifies a thread while it lives: the address of its pool. 0 is nobody.
pub(crate) type Token = usize;

#[derive(Debug)]
pub(crate) struct Counts {
    shared: AtomicUsize,
    owner: AtomicUsize,
    biased: AtomicUsize,
    local: Cell<usize>,
}

impl Counts {
    /// Held by one local view.
    pub(crate) fn local() -> Self {
        Self {
            shared: AtomicUsize::new(1),
            owner: AtomicUsize::new(0),
            biased: AtomicUsize::new(0),
            local: Cell::new(1),
        }
    }

    /// Held by one sendable handle.
    pub(crate) fn sendable() -> Self {
        Self {
            shared: AtomicUsize::new(1),
            owner: AtomicUsize::new(0),
            biased: AtomicUsize::new(0),
            local: Cell::new(0),
        }
    }

    /// Held by `owner`'s window alone.
    pub(crate) fn biased(owner: Token) -> Self {
        Self {
            shared: AtomicUsize::new(BIAS),
            owner: AtomicUsize::new(owner),
            biased: AtomicUsize::new(0),
            local: Cell::new(0),
        }
    }

    #[inline]
    pub(crate) fn retain_local(&self) {
        let views = self.local.get().wrapping_add(1);
        self.local.set(views);
        if views == 0 {
            // A loop that clones and forgets is one addition to an optimiser: going on would end in a use after free.
            std::process::abort();
        }
    }

    /// True: that was the last reference of all.
    #[inline]
    #[must_use]
    pub(crate) fn release_local(&self) -> bool {
        let left = self.local.get() - 1;
        self.local.set(left);
        left == 0 && self.release_shared(1)
    }

    /// How many local views there are.
    #[inline]
    pub(crate) fn local_views(&self) -> usize {
        self.local.get()
    }

    /// Starts a slab that nobody holds again as a local one.
    pub(crate) fn restart_local(&self) {
        self.shared.store(1, Ordering::Relaxed);
        self.local.set(1);
    }

    /// Starts a store that nobody holds again, held by one sendable handle.
    pub(crate) fn restart_sendable(&self) {
        self.shared.store(1, Ordering::Relaxed);
        self.local.set(0);
    }

    /// Hands out one more sendable handle, on the thread `me`.
    #[inline]
    pub(crate) fn retain(&self, me: Token) {
        if self.owner.load(Ordering::Relaxed) == me {
            self.retain_biased();
        } else {
            let before = self.shared.fetch_add(1, Ordering::Relaxed);
            if before > BIAS + BIAS / 2 {
                // Billions of forgotten handles on one store: going on would end in a use after free.
                std::process::abort();
            }
        }
    }

    /// Hands out one more sendable handle of a slab that the caller knows it owns.
    #[inline]
    pub(crate) fn retain_biased(&self) {
        // C2: plain arithmetic, not a read-modify-write.
        self.biased.store(self.biased.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    /// Takes one sendable handle back, on the thread `me`. True: that was the last reference of all.
    #[inline]
    #[must_use]
    pub(crate) fn release(&self, me: Token) -> bool {
        if self.owner.load(Ordering::Relaxed) == me {
            let biased = self.biased.load(Ordering::Relaxed);
            if biased > 0 {
                self.biased.store(biased - 1, Ordering::Relaxed);
                return false;
            }
        }
        self.release_shared(1)
    }

    /// Buys `n` references at once, to be handed out without asking.
    pub(crate) fn prepay(&self, n: usize) {
        self.shared.fetch_add(n, Ordering::Relaxed);
    }

    /// Says how many of those bought are not handed out, and so no handles. Only estimates rely on it.
    pub(crate) fn tell_prepaid(&self, n: usize) {
        self.biased.store(n, Ordering::Relaxed);
    }

    /// Takes `n` references back. True: those were the last.
    #[must_use]
    pub(crate) fn release_many(&self, n: usize) -> bool {
        self.release_shared(n)
    }

    /// Whether there are just the `n` references that the caller has. Then it stays so until the caller hands one out, and all
    /// that others did with theirs has happened.
    pub(crate) fn is_held_by(&self, n: usize) -> bool {
        self.shared.load(Ordering::Acquire) == n
    }

    /// Gives the bias back, on the owner: from here on every handle is counted atomically. True: nobody holds the slab.
    #[must_use]
    pub(crate) fn unbias(&self) -> bool {
        self.owner.store(0, Ordering::Relaxed);
        let handed_out = self.biased.load(Ordering::Relaxed);
        self.biased.store(0, Ordering::Relaxed);
        self.release_shared(BIAS - handed_out)
    }

    /// On the owner of a biased slab: whether nobody holds it. If so it has been started again, biased, with no handles.
    #[must_use]
    pub(crate) fn restart_biased(&self) -> bool {
        // C1 and C3; the load pairs with the releases of the threads that dropped the last handles.
        let idle = self.shared.load(Ordering::Acquire) + self.biased.load(Ordering::Relaxed) == BIAS;
        if idle {
            self.shared.store(BIAS, Ordering::Relaxed);
            self.biased.store(0, Ordering::Relaxed);
        }
        idle
    }

    /// Makes a slab that nobody holds the biased slab of `owner`.
    pub(crate) fn start_biased(&self, owner: Token) {
        self.shared.store(BIAS, Ordering::Relaxed);
        self.biased.store(0, Ordering::Relaxed);
        self.local.set(0);
        self.owner.store(owner, Ordering::Relaxed);
    }

    /// Turns the only local view into a sendable handle. False, and nothing changed: there are other holders.
    #[must_use]
    pub(crate) fn local_to_sendable(&self) -> bool {
        // The local group's one reference in `shared` becomes the handle's.
        let alone = self.local.get() == 1 && self.shared.load(Ordering::Acquire) == 1;
        if alone {
            self.local.set(0);
        }
        alone
    }

    /// Turns the only sendable handle into a local view. False, and nothing changed: there are other holders.
    #[must_use]
    pub(crate) fn sendable_to_local(&self) -> bool {
        // The handle's reference becomes the local group's; the load pairs with the releases of those who had theirs elsewhere.
        let alone = self.local.get() == 0 && self.shared.load(Ordering::Acquire) == 1;
        if alone {
            self.local.set(1);
        }
        alone
    }

    /// About how many handles there are: exact when nobody else is busy with them, but for what a reader has not told yet.
    pub(crate) fn handles(&self) -> usize {
        // The two words are read one after the other: the owner may be giving the bias back in between, or handing out.
        let shared = self.shared.load(Ordering::Relaxed);
        let biased = self.biased.load(Ordering::Relaxed);
        let sendable = if shared > BIAS / 2 {
            (shared + biased).saturating_sub(BIAS)
        } else {
            shared.saturating_sub(biased) // C2: of a chunk, or 0
        };
        sendable.max(self.local.get())
    }

    #[inline]
    fn release_shared(&self, n: usize) -> bool {
        if self.shared.fetch_sub(n, Ordering::Release) == n {
            // C4: everything the other holders did happened before the free. ThreadSanitizer does not understand fences.
            if cfg!(plimsoll_tsan) {
                self.shared.load(Ordering::Acquire);
            } else {
                fence(Ordering::Acquire);
            }
            true
        } else {
            false
        }
    }
}
