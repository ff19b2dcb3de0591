//! Snapshots of one process, one after the other: what grew, and what stayed.

use crate::heap::{Heap, NodeKind};
use crate::holders::Held;
use plimsoll_report::Stayed;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

/// How many objects are compared to know whether ids still mean the same.
const SAMPLE: usize = 20_000;

/// Long-lived objects that have to be in both, in per cent of those in the first.
const SAME: usize = 50;

/// Ids in both that may belong to something else in the second, in per cent. One process gives no id out twice; others like it give
/// many ids to the same functions, by chance even most, but never all.
const OTHER: usize = 1;

/// Objects that live long, by which snapshots of one process are known: its functions, by id.
#[derive(Debug)]
pub struct Fingerprint {
    functions: HashMap<u32, u64>,
    /// The highest id of an object in V8's heap. Those are odd; even ones are made up for what is outside, and rise and fall.
    highest: u32,
}

impl Fingerprint {
    /// Looks at the heap's functions, from its beginning.
    #[must_use]
    pub fn of(heap: &Heap) -> Self {
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        let functions = heap.nodes().filter(|&node| heap.kind(node) == NodeKind::Closure).take(SAMPLE);
        let functions = functions.map(|node| (heap.id(node), hasher.hash_one((heap.name(node), heap.location(node)))));
        let highest = heap.nodes().map(|node| heap.id(node)).filter(|id| id % 2 == 1).max().unwrap_or(0);
        Fingerprint { functions: functions.collect(), highest }
    }

    /// Whether the two are of one process, and this one was taken after the other. V8 gives no id out twice, and every snapshot gives
    /// new ones to what was made since the last, so the highest only rises.
    #[must_use]
    pub fn was_taken_after(&self, other: &Fingerprint) -> bool {
        self.highest > other.highest && (self.check(other).is_ok() || other.check(self).is_ok())
    }

    /// Whether the two are of one process that kept its count of ids.
    ///
    /// # Errors
    /// [`Strangers`], with what was found.
    pub fn check(&self, later: &Fingerprint) -> Result<(), Strangers> {
        let (mut same, mut other) = (0, 0);
        for (id, hash) in &self.functions {
            match later.functions.get(id) {
                Some(now) if now == hash => same += 1,
                Some(_) => other += 1,
                None => {}
            }
        }
        let of = self.functions.len();
        let fits = same * 100 >= of * SAME && other * 100 <= (same + other) * OTHER;
        if fits { Ok(()) } else { Err(Strangers { same, other, of }) }
    }
}

/// Two snapshots that cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strangers {
    /// Functions that have the same id in both.
    pub same: usize,
    /// Functions whose id is another function's in the second.
    pub other: usize,
    /// Functions of the first.
    pub of: usize,
}

impl fmt::Display for Strangers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Strangers { same, other, of } = self;
        write!(
            f,
            "of {of} functions {same} have the same id in both, and the ids of {other} are others' in the second: they are of \
             different processes, or an inspector was connected in between and gone again, after which V8 gives out new \
             ids; snapshots that the program writes itself (v8.writeHeapSnapshot, node --heapsnapshot-signal=SIGUSR2) can \
             be compared"
        )
    }
}

impl std::error::Error for Strangers {}

/// What was made after the first of three snapshots and was still there in the third, by place: bytes and ArrayBuffers, most bytes
/// first. What is made and dropped all the time is in one of them only; a leak is in both of the later ones.
#[must_use]
pub fn survivors(first: &[Held], second: &[Held], third: &[Held]) -> Vec<Stayed> {
    let ids = |held: &[Held]| held.iter().map(|held| held.id).collect::<HashSet<u32>>();
    let (before, between) = (ids(first), ids(second));
    let mut places: HashMap<&str, Stayed> = HashMap::new();
    for held in third.iter().filter(|held| between.contains(&held.id) && !before.contains(&held.id)) {
        let sum =
            places.entry(&held.place).or_insert_with(|| Stayed { place: held.place.clone(), stores: 0, gross: 0 });
        sum.stores += 1;
        sum.gross = sum.gross.saturating_add(held.bytes);
    }
    let mut survivors: Vec<Stayed> = places.into_values().collect();
    survivors.sort_by(|a, b| b.gross.cmp(&a.gross).then_with(|| a.place.cmp(&b.place)));
    survivors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stayed_was_made_between_the_first_and_the_second() {
        let held = |id, bytes, place: &str| Held { id, bytes, place: place.into() };
        let first = [held(1, 10, "a"), held(2, 10, "a")];
        let second = [held(2, 10, "a"), held(3, 30, "b"), held(4, 40, "a"), held(5, 50, "b")];
        let third = [held(2, 10, "a"), held(3, 30, "b"), held(4, 45, "a"), held(6, 60, "b"), held(7, 0, "a")];
        let place = |place: &str, stores, gross| Stayed { place: place.into(), stores, gross };
        assert_eq!(survivors(&first, &second, &third), [place("a", 1, 45), place("b", 1, 30)]);
        assert_eq!(survivors(&second, &first, &third), []);
    }

    #[test]
    fn strangers_are_told() {
        let of = |functions: &[(u32, u64)]| Fingerprint { functions: functions.iter().copied().collect(), highest: 0 };
        let first = of(&[(1, 7), (2, 8), (3, 9), (4, 10)]);
        assert_eq!(first.check(&of(&[(1, 7), (2, 8), (9, 9)])), Ok(()));
        assert_eq!(first.check(&of(&[(1, 7), (2, 9), (4, 11)])), Err(Strangers { same: 1, other: 2, of: 4 }));
        let most = [(1, 7), (2, 8), (3, 9), (4, 12)];
        assert_eq!(first.check(&of(&most)), Err(Strangers { same: 3, other: 1, of: 4 }), "alike, but not the same");
        assert_eq!(of(&[]).check(&first), Ok(()));
    }

    #[test]
    fn the_later_of_two_has_the_higher_ids() {
        let of =
            |functions: &[(u32, u64)], highest| Fingerprint { functions: functions.iter().copied().collect(), highest };
        let first = of(&[(1, 7), (3, 8)], 9);
        let later = of(&[(1, 7), (3, 8), (11, 9), (13, 9), (15, 9)], 15);
        assert!(later.was_taken_after(&first) && !first.was_taken_after(&later) && !first.was_taken_after(&first));
        assert!(later.check(&first).is_err(), "most of its functions are new");
        assert!(!of(&[(1, 8), (3, 9)], 15).was_taken_after(&first), "another process");
    }
}
