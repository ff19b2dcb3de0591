//! The index under every interleaving, with four of everything: four pages a leaf, four leaves a node.

use super::index::{Index, SMALLEST};
use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;
use std::ptr;

/// So many pages and some bytes more.
const fn bytes(pages: usize, more: usize) -> usize {
    pages * SMALLEST + more
}

fn enter(index: &Index, start: usize, len: usize) {
    index.insert(ptr::without_provenance(start), len, ptr::without_provenance_mut(start + 1));
}

fn take_out(index: &Index, start: usize, len: usize) {
    assert_eq!(index.remove(ptr::without_provenance(start), len).addr(), start + 1, "its own tag");
}

fn assert_found(index: &Index, start: usize, len: usize) {
    for address in [start, start + len / 2, start + len - 1] {
        let found = index.find(address).map(|found| (found.len, found.tag.addr()));
        assert_eq!(found, Some((len, start + 1)), "{address:#x}");
    }
}

/// An allocator that hands memory from one thread to another.
struct HandedOver(AtomicBool);

impl HandedOver {
    fn no() -> Self {
        Self(AtomicBool::new(false))
    }

    fn hand_over(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn is_done(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

#[test]
fn two_threads_link_the_same_leaf_and_both_find_theirs() {
    loom::model(|| {
        let index = Arc::new(Index::new());
        enter(&index, bytes(5, 8), SMALLEST); // the nodes above, which are linked as leaves are
        let theirs = {
            let index = index.clone();
            thread::spawn(move || {
                enter(&index, bytes(2, 8), SMALLEST);
                assert_found(&index, bytes(2, 8), SMALLEST);
            })
        };
        enter(&index, bytes(1, 8), SMALLEST);
        assert_found(&index, bytes(1, 8), SMALLEST);
        theirs.join().unwrap();
        assert_found(&index, bytes(1, 8), SMALLEST);
        assert_found(&index, bytes(2, 8), SMALLEST);
    });
}

#[test]
fn memory_used_again_elsewhere_belongs_to_its_new_owner_alone() {
    loom::model(|| {
        let index = Arc::new(Index::new());
        let free = Arc::new(HandedOver::no());
        enter(&index, bytes(1, 16), bytes(1, 0));
        let theirs = {
            let (index, free) = (index.clone(), free.clone());
            thread::spawn(move || {
                if free.is_done() {
                    // Starts before, in the same page, and has a whole page within.
                    enter(&index, bytes(1, 0), bytes(3, 0));
                    assert_found(&index, bytes(1, 0), bytes(3, 0));
                }
            })
        };
        take_out(&index, bytes(1, 16), bytes(1, 0));
        free.hand_over();
        theirs.join().unwrap();
    });
}

#[test]
fn what_lives_is_found_while_its_neighbours_come_and_go() {
    loom::model(|| {
        let index = Arc::new(Index::new());
        // Ends within page 2, in which the next one starts and starts again.
        let ours = (bytes(0, 100), bytes(2, 0));
        let next = (bytes(2, 100), bytes(1, 0));
        enter(&index, next.0, next.1);
        enter(&index, ours.0, ours.1);
        let theirs = {
            let index = index.clone();
            thread::spawn(move || {
                take_out(&index, next.0, next.1);
                enter(&index, bytes(2, 200), bytes(3, 0)); // into the next leaf
                take_out(&index, bytes(2, 200), bytes(3, 0));
            })
        };
        assert_found(&index, ours.0, ours.1);
        theirs.join().unwrap();
        assert_found(&index, ours.0, ours.1);
    });
}

#[test]
fn words_of_the_past_within_a_large_one_do_not_hide_it() {
    loom::model(|| {
        let index = Arc::new(Index::new());
        // Small ones in a few leaves and in three nodes, given back; then one over all of them, while the last leaf gets another.
        let past = [bytes(1, 0), bytes(5, 0), bytes(17, 0), bytes(32, 0)];
        for start in past {
            enter(&index, start, SMALLEST);
            take_out(&index, start, SMALLEST);
        }
        let theirs = {
            let index = index.clone();
            thread::spawn(move || {
                enter(&index, bytes(34, 8), SMALLEST);
                assert_found(&index, bytes(34, 8), SMALLEST);
            })
        };
        enter(&index, bytes(0, 8), bytes(34, 0));
        assert_found(&index, bytes(0, 8), bytes(34, 0));
        for start in past {
            assert_eq!(index.find(start + SMALLEST).map(|found| found.len), Some(bytes(34, 0)));
        }
        theirs.join().unwrap();
        assert_found(&index, bytes(0, 8), bytes(34, 0));
        assert_found(&index, bytes(34, 8), SMALLEST);
    });
}
