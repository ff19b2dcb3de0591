//! How far nodes are from the user's roots.

use super::{WeakPairs, is_user_root};
use crate::bits::Bits;
use crate::heap::{EdgeKind, EdgeName, Heap, Node, NodeKind, kind_of};

/// Not reached.
pub(super) const NONE: u32 = u32::MAX;
/// What only the system's roots reach is that much farther away.
const SYSTEM: u32 = 100_000_000;

/// Breadth first from the user's roots, and then from the root to what they do not reach.
pub(super) fn distances(heap: &Heap, pairs: &WeakPairs) -> Vec<u32> {
    let mut walk = Walk {
        heap,
        pairs,
        distances: vec![NONE; heap.node_count() as usize],
        reached: Bits::new(heap.node_count() as usize),
        waiting: Bits::new(pairs.count() as usize),
        special: special(heap),
    };
    let mut roots = Vec::new();
    for edge in heap.edges(Heap::ROOT) {
        let node = heap.target(edge);
        if is_user_root(heap, node) {
            walk.reach(node, 1);
            roots.push(node);
        }
    }
    let root = if roots.is_empty() { 0 } else { SYSTEM };
    walk.from(roots, 1);
    walk.reach(Heap::ROOT, root);
    walk.from(vec![Heap::ROOT], root);
    walk.distances
}

/// Nodes some of whose edges are skipped: native contexts and the arrays that describe maps.
fn special(heap: &Heap) -> Bits {
    let mut special = Bits::new(heap.node_count() as usize);
    for node in heap.nodes() {
        let is = match heap.kind(node) {
            NodeKind::Hidden => heap.name(node) == "system / NativeContext",
            NodeKind::Array => heap.name(node) == "(map descriptors)",
            _ => false,
        };
        if is {
            special.set(node);
        }
    }
    special
}

struct Walk<'a> {
    heap: &'a Heap,
    pairs: &'a WeakPairs,
    distances: Vec<u32>,
    reached: Bits,
    /// Pairs of which one edge has been seen.
    waiting: Bits,
    special: Bits,
}

impl Walk<'_> {
    fn reach(&mut self, node: Node, distance: u32) {
        self.distances[node as usize] = distance;
        self.reached.set(node);
    }

    fn from(&mut self, mut nodes: Vec<Node>, mut distance: u32) {
        let mut next = Vec::new();
        while !nodes.is_empty() {
            distance += 1;
            for &node in &nodes {
                let special = self.special.has(node);
                for edge in self.heap.edges(node) {
                    let target = self.heap.targets[edge as usize];
                    if self.reached.has(target) {
                        continue;
                    }
                    let name = self.heap.edge_names[edge as usize];
                    let counts = match kind_of(name) {
                        EdgeKind::Weak => false,
                        EdgeKind::Internal => self.counts(node, edge, special),
                        _ => !special || self.counts(node, edge, special),
                    };
                    if counts {
                        self.reach(target, distance);
                        next.push(target);
                    }
                }
            }
            std::mem::swap(&mut nodes, &mut next);
            next.clear();
        }
    }

    fn counts(&mut self, node: Node, edge: u32, special: bool) -> bool {
        if special && self.heap.kind(node) == NodeKind::Array {
            // Maps share descriptors, so not all of them are valid for each map: the values are skipped.
            return match self.heap.edge_name(edge) {
                EdgeName::Index(index) => index < 2 || index % 3 != 1,
                EdgeName::Name(name) => leading_number(name).is_none_or(|index| index < 2.0 || index % 3.0 != 1.0),
            };
        }
        let heap = self.heap;
        if special && heap.edge_name(edge) == EdgeName::Name("sloppy_function_map") {
            return false;
        }
        // A value is as far as the farther of its key and its WeakMap: the first edge of a pair does not count.
        let Some(pair) = self.pairs.pair(heap, edge) else { return true };
        let second = self.waiting.has(pair);
        if second {
            self.waiting.clear(pair);
        } else {
            self.waiting.set(pair);
        }
        second
    }
}

/// The number that a text begins with, as JavaScript's `parseInt` has it.
fn leading_number(text: &str) -> Option<f64> {
    let text = text.trim_start();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = digits.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse::<f64>().ok().map(|number| sign * number)
}
