//! Who keeps what alive: dominators, retained sizes and distances, by the rules of Chrome's DevTools.
//!
//! The rules, of which some are anything but obvious, are listed in `docs/v8.md`. The result is DevTools' to the byte
//! and for every node, except that sizes beyond 4 GiB do not wrap.

mod distances;
mod dominators;
mod ownership;
mod weak;

use crate::heap::{Heap, Node, NodeKind};

pub(crate) use weak::WeakPairs;

/// What keeps each node alive, what it keeps alive, and how far it is from the user's roots.
#[derive(Debug, Default)]
pub struct Graph {
    dominators: Vec<Node>,
    retained: Vec<u64>,
    distances: Vec<u32>,
}

impl Graph {
    /// Works it all out, on two threads. Moves the sizes of V8's own arrays and fields to who owns them first, so
    /// [`Heap::self_size`] changes. Takes about 40 bytes of memory a node while it works, and 16 for the result.
    #[must_use]
    pub fn of(heap: &mut Heap) -> Graph {
        if heap.node_count() == 0 {
            return Graph::default();
        }
        let mut sizes = std::mem::take(&mut heap.sizes);
        let shared = &*heap;
        let pairs = &WeakPairs::of(shared);
        let (tree, distances) = std::thread::scope(|scope| {
            let sizes = &mut sizes;
            let other = scope.spawn(move || {
                ownership::apply(shared, sizes);
                distances::distances(shared, pairs)
            });
            let tree = dominators::tree(shared, pairs);
            (tree, other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        heap.sizes = sizes;
        let (dominators, retained) = tree.retained(&heap.sizes);
        Graph { dominators, retained, distances }
    }

    /// The nearest node that every path from the root goes through. The root is its own.
    #[must_use]
    #[inline]
    pub fn dominator(&self, node: Node) -> Node {
        self.dominators[node as usize]
    }

    /// Bytes that would be freed with the node: its own and those of all that it dominates.
    #[must_use]
    #[inline]
    pub fn retained(&self, node: Node) -> u64 {
        self.retained[node as usize]
    }

    /// Edges from the user's roots, which are at 1; 100,000,000 more for what only the system's roots reach. `None` if
    /// only weak edges do.
    #[must_use]
    #[inline]
    pub fn distance(&self, node: Node) -> Option<u32> {
        Some(self.distances[node as usize]).filter(|&distance| distance != distances::NONE)
    }
}

/// Whether a child of the root is the user's: a global object, or the trees of documents.
fn is_user_root(heap: &Heap, node: Node) -> bool {
    heap.kind(node) != NodeKind::Synthetic || is_document_trees(heap, node)
}

fn is_document_trees(heap: &Heap, node: Node) -> bool {
    heap.kind(node) == NodeKind::Synthetic && heap.name(node) == "(Document DOM trees)"
}
