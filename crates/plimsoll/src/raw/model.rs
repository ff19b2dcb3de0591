//! The counts and the window under every interleaving: `RUSTFLAGS="--cfg loom" cargo test -p plimsoll --release --lib model`.

use super::counts::{Counts, Token};
use super::window::{WINDOW, Window};
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;
use std::ptr::NonNull;

const OWNER: Token = 1;
const OTHER: Token = 2;

/// A slab whose bytes loom watches: a read that races with the reuse or the free of the slab is reported.
struct Slab {
    counts: Counts,
    bytes: UnsafeCell<u32>,
    freed: AtomicUsize,
}

// SAFETY: the counts' `local` cell is touched by the owner's thread only, as in the library; the rest is loom's.
unsafe impl Sync for Slab {}
// SAFETY: as above.
unsafe impl Send for Slab {}

impl AsRef<Counts> for Slab {
    fn as_ref(&self) -> &Counts {
        &self.counts
    }
}

impl Slab {
    fn biased() -> Arc<Self> {
        Self::new(Counts::biased(OWNER))
    }

    fn new(counts: Counts) -> Arc<Self> {
        Arc::new(Self { counts, bytes: UnsafeCell::new(0), freed: AtomicUsize::new(0) })
    }

    fn look(&self) {
        // SAFETY: loom checks that no write happens meanwhile.
        self.bytes.with(|bytes| assert!(unsafe { *bytes } < 100));
    }

    fn rewrite(&self) {
        // SAFETY: loom checks that nobody looks meanwhile.
        self.bytes.with_mut(|bytes| unsafe { *bytes += 1 });
    }

    fn drop_handle(&self, me: Token) {
        self.look();
        if self.counts.release(me) {
            self.free();
        }
    }

    fn free(&self) {
        self.rewrite();
        assert_eq!(self.freed.fetch_add(1, Ordering::Relaxed), 0, "freed twice");
    }

    fn assert_freed(&self) {
        assert_eq!(self.freed.load(Ordering::Relaxed), 1, "never freed");
    }
}

fn slot(slab: &Arc<Slab>) -> NonNull<Slab> {
    NonNull::from(&**slab)
}

#[test]
fn unbiasing_against_a_foreign_drop_frees_once() {
    loom::model(|| {
        let slab = Slab::biased();
        slab.counts.retain_biased();
        slab.counts.retain_biased();
        let theirs = {
            let slab = slab.clone();
            thread::spawn(move || slab.drop_handle(OTHER))
        };
        slab.drop_handle(OWNER);
        if slab.counts.unbias() {
            slab.free();
        }
        theirs.join().unwrap();
        slab.assert_freed();
    });
}

#[test]
fn a_slab_is_not_taken_again_while_another_thread_clones_and_drops() {
    loom::model(|| {
        let slab = Slab::biased();
        slab.counts.retain_biased();
        let theirs = {
            let slab = slab.clone();
            thread::spawn(move || {
                slab.counts.retain(OTHER);
                slab.drop_handle(OTHER);
                slab.drop_handle(OTHER);
            })
        };
        if slab.counts.restart_biased() {
            slab.rewrite();
        }
        theirs.join().unwrap();
        assert!(slab.counts.restart_biased(), "all handles are gone");
        slab.rewrite();
        assert!(slab.counts.unbias());
        slab.free();
        slab.assert_freed();
    });
}

#[test]
fn a_handle_cloned_elsewhere_and_dropped_at_home_keeps_the_slab() {
    loom::model(|| {
        let slab = Slab::biased();
        slab.counts.retain_biased();
        let theirs = {
            let slab = slab.clone();
            thread::spawn(move || slab.counts.retain(OTHER))
        };
        theirs.join().unwrap();
        // Both handles are here now; one was counted here, one there.
        slab.drop_handle(OWNER);
        assert!(!slab.counts.restart_biased());
        slab.drop_handle(OWNER);
        assert!(slab.counts.restart_biased());
        assert!(slab.counts.unbias());
    });
}

#[test]
fn the_exit_guard_settles_against_drops_on_another_thread() {
    loom::model(|| {
        let (a, b) = (Slab::biased(), Slab::biased());
        a.counts.retain_biased();
        b.counts.retain_biased();
        let mut window = Window::new();
        assert!(window.push(slot(&a)).is_none());
        assert!(window.push(slot(&b)).is_none());
        let theirs = {
            let (a, b) = (a.clone(), b.clone());
            thread::spawn(move || {
                a.drop_handle(OTHER);
                b.drop_handle(OTHER);
            })
        };
        // SAFETY: the arcs outlive the window.
        window.clear(|slab| unsafe { slab.as_ref() }.free());
        theirs.join().unwrap();
        a.assert_freed();
        b.assert_freed();
    });
}

#[test]
fn the_window_takes_a_slab_again_only_when_nobody_looks() {
    loom::model(|| {
        let slab = Slab::biased();
        slab.counts.retain_biased();
        let mut window = Window::new();
        // The tries begin behind the newest slab: go round the ring until ours is next.
        let others: Vec<_> = (0..WINDOW - 1).map(|_| Slab::biased()).collect();
        assert!(window.push(slot(&slab)).is_none());
        for other in &others {
            other.counts.retain_biased();
            assert!(window.push(slot(other)).is_none());
        }
        let theirs = {
            let slab = slab.clone();
            thread::spawn(move || slab.drop_handle(OTHER))
        };
        for _ in 0..2 {
            if let Some(again) = window.take_again() {
                // SAFETY: the arc outlives the window.
                unsafe { again.as_ref() }.rewrite();
            }
        }
        theirs.join().unwrap();
        // SAFETY: as above.
        window.clear(|slab| unsafe { slab.as_ref() }.free());
        slab.assert_freed();
    });
}

#[test]
fn the_last_of_two_threads_frees_a_plain_store() {
    loom::model(|| {
        let slab = Slab::new(Counts::sendable());
        slab.counts.retain(OWNER);
        let theirs = {
            let slab = slab.clone();
            thread::spawn(move || slab.drop_handle(OTHER))
        };
        slab.drop_handle(OWNER);
        theirs.join().unwrap();
        slab.assert_freed();
    });
}

#[test]
fn a_sole_view_becomes_sendable_and_is_freed_elsewhere() {
    loom::model(|| {
        let slab = Slab::new(Counts::local());
        slab.rewrite();
        assert!(slab.counts.local_to_sendable());
        let theirs = {
            let slab = slab.clone();
            thread::spawn(move || slab.drop_handle(OTHER))
        };
        theirs.join().unwrap();
        slab.assert_freed();
    });
}

#[test]
fn a_parcel_becomes_local_elsewhere_and_comes_back() {
    loom::model(|| {
        let slab = Slab::new(Counts::local());
        slab.rewrite();
        slab.counts.retain_local();
        assert!(!slab.counts.local_to_sendable(), "not the only one");
        assert!(!slab.counts.release_local());
        assert!(slab.counts.local_to_sendable());
        let theirs = {
            let slab = slab.clone();
            thread::spawn(move || {
                assert!(slab.counts.sendable_to_local());
                slab.counts.retain_local();
                slab.rewrite();
                assert!(!slab.counts.release_local());
                assert!(slab.counts.local_to_sendable());
            })
        };
        theirs.join().unwrap(); // the edge along which it comes back
        assert!(slab.counts.sendable_to_local());
        slab.rewrite();
        if slab.counts.release_local() {
            slab.free();
        }
        slab.assert_freed();
    });
}

#[test]
fn both_sides_may_copy_and_drop_at_once() {
    loom::model(|| {
        let slab = Slab::biased();
        slab.counts.retain_biased();
        slab.counts.retain_biased();
        let theirs = {
            let slab = slab.clone();
            thread::spawn(move || {
                slab.counts.retain(OTHER);
                slab.drop_handle(OTHER);
                slab.drop_handle(OTHER);
            })
        };
        slab.counts.retain(OWNER);
        slab.drop_handle(OWNER);
        slab.drop_handle(OWNER);
        theirs.join().unwrap();
        assert!(slab.counts.restart_biased(), "all handles are gone");
        assert!(slab.counts.unbias());
    });
}

#[test]
fn once_the_bias_is_given_back_both_sides_count_together() {
    loom::model(|| {
        let slab = Slab::biased();
        slab.counts.retain_biased();
        assert!(!slab.counts.unbias());
        slab.counts.retain(OWNER);
        let theirs = {
            let slab = slab.clone();
            thread::spawn(move || slab.drop_handle(OTHER))
        };
        slab.drop_handle(OWNER);
        theirs.join().unwrap();
        slab.assert_freed();
    });
}

#[test]
fn how_many_hold_a_slab_is_never_nonsense_while_the_bias_is_given_back() {
    loom::model(|| {
        let slab = Slab::biased();
        (0..3).for_each(|_| slab.counts.retain_biased());
        let theirs = {
            let slab = slab.clone();
            thread::spawn(move || {
                slab.drop_handle(OTHER);
                assert!(slab.counts.handles() <= 3);
                slab.drop_handle(OTHER);
            })
        };
        slab.drop_handle(OWNER);
        if slab.counts.unbias() {
            slab.free();
        }
        theirs.join().unwrap();
        slab.assert_freed();
    });
}

#[test]
fn two_threads_clone_and_drop_a_plain_store() {
    loom::model(|| {
        let slab = Slab::new(Counts::sendable());
        slab.counts.retain(OWNER);
        let theirs = {
            let slab = slab.clone();
            thread::spawn(move || {
                slab.counts.retain(OTHER);
                slab.drop_handle(OTHER);
                slab.drop_handle(OTHER);
            })
        };
        slab.counts.retain(OWNER);
        slab.drop_handle(OWNER);
        slab.drop_handle(OWNER);
        theirs.join().unwrap();
        slab.assert_freed();
    });
}

#[test]
fn a_frozen_becomes_local_only_when_the_other_handle_is_gone() {
    loom::model(|| {
        let slab = Slab::new(Counts::sendable());
        slab.counts.retain(OWNER);
        let theirs = {
            let slab = slab.clone();
            thread::spawn(move || slab.drop_handle(OTHER))
        };
        if slab.counts.sendable_to_local() {
            slab.rewrite();
            if slab.counts.release_local() {
                slab.free();
            }
        } else {
            slab.drop_handle(OWNER);
        }
        theirs.join().unwrap();
        slab.assert_freed();
    });
}

#[test]
fn a_chunk_is_written_again_only_when_its_frames_are_gone() {
    loom::model(|| {
        let slab = Slab::new(Counts::sendable());
        slab.counts.prepay(2);
        let theirs = {
            let slab = slab.clone();
            thread::spawn(move || slab.drop_handle(OTHER))
        };
        if slab.counts.is_held_by(2) {
            slab.rewrite();
        }
        if slab.counts.release_many(2) {
            slab.free();
        }
        theirs.join().unwrap();
        slab.assert_freed();
    });
}

#[test]
fn a_chunk_buys_references_while_its_frames_are_dropped() {
    loom::model(|| {
        let slab = Slab::new(Counts::sendable());
        slab.counts.prepay(1);
        let theirs = {
            let slab = slab.clone();
            thread::spawn(move || slab.drop_handle(OTHER))
        };
        slab.counts.prepay(2);
        if slab.counts.release_many(3) {
            slab.free();
        }
        theirs.join().unwrap();
        slab.assert_freed();
    });
}

#[test]
fn how_many_hold_a_chunk_is_never_too_many_while_frames_are_cut_and_dropped() {
    loom::model(|| {
        let slab = Slab::new(Counts::sendable());
        slab.counts.prepay(3);
        slab.counts.tell_prepaid(2); // one is handed out
        let theirs = {
            let slab = slab.clone();
            thread::spawn(move || {
                assert!(slab.counts.handles() <= 3, "the reader and two frames");
                slab.drop_handle(OTHER);
            })
        };
        slab.counts.tell_prepaid(1); // another
        slab.drop_handle(OWNER);
        theirs.join().unwrap();
        assert_eq!(slab.counts.handles(), 1);
        slab.counts.tell_prepaid(0);
        assert!(slab.counts.release_many(2));
        slab.free();
    });
}
