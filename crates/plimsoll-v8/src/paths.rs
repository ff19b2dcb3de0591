//! What leads to a node.

use crate::graph::Graph;
use crate::heap::{Edge, EdgeKind, Heap, Node};

/// The edges that lead to the node, in file order; not the weak ones, which hold nothing. Looks at every edge of the heap.
#[must_use]
pub fn retainers(heap: &Heap, node: Node) -> Vec<Edge> {
    let leads = |&edge: &Edge| heap.target(edge) == node && heap.edge_kind(edge) != EdgeKind::Weak;
    (0..heap.edge_count()).filter(leads).collect()
}

/// A shortest way to each node.
#[derive(Debug)]
pub struct Paths {
    /// By node: the last edge of the way.
    last: Vec<Edge>,
}

/// No edge.
const NONE: Edge = Edge::MAX;

impl Paths {
    /// Finds them all, in one pass over the edges. Takes 4 bytes of memory a node.
    #[must_use]
    pub fn of(heap: &Heap, graph: &Graph) -> Self {
        let mut last = vec![NONE; heap.node_count() as usize];
        for node in heap.nodes() {
            let Some(distance) = graph.distance(node) else { continue };
            for edge in heap.edges(node) {
                let target = heap.target(edge);
                let known = &mut last[target as usize];
                if *known == NONE
                    && graph.distance(target) == Some(distance + 1)
                    && heap.edge_kind(edge) != EdgeKind::Weak
                {
                    *known = edge;
                }
            }
        }
        Paths { last }
    }

    /// A shortest way to the node: from one of the user's roots or, if none leads there, from the root. Of several
    /// edges to a node the one that stands first in the file. Empty for the roots, and for what only weak edges reach.
    #[must_use]
    pub fn to(&self, heap: &Heap, node: Node) -> Vec<Edge> {
        let mut path = Vec::new();
        let mut at = node;
        while self.last[at as usize] != NONE {
            path.push(self.last[at as usize]);
            at = heap.source(self.last[at as usize]);
        }
        path.reverse();
        path
    }

    /// The last edge of the way to the node.
    #[must_use]
    pub fn last(&self, node: Node) -> Option<Edge> {
        Some(self.last[node as usize]).filter(|&edge| edge != NONE)
    }
}
