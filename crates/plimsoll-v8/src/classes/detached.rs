//! Elements that are no longer part of a document.

use crate::bits::Bits;
use crate::heap::{EdgeKind, Heap, Node, NodeKind};

const ATTACHED: u8 = 1;
const DETACHED: u8 = 2;

/// The native nodes that are detached: by themselves, or by what leads to them and nothing attached does.
#[derive(Default)]
pub(super) struct Detached {
    nodes: Option<Bits>,
}

impl Detached {
    pub(super) fn of(heap: &Heap) -> Self {
        if !heap.nodes().any(|node| heap.detachedness(node) != 0) {
            return Detached::default();
        }
        let count = heap.node_count() as usize;
        let (mut seen, mut detached) = (Bits::new(count), Bits::new(count));
        let mut todo = [(ATTACHED, Vec::new()), (DETACHED, Vec::new())];
        for node in heap.nodes().filter(|&node| heap.kind(node) == NodeKind::Native) {
            if let Some(of) = todo.iter_mut().find(|of| of.0 == heap.detachedness(node)) {
                seen.set(node);
                of.1.push(node);
            }
        }
        for &node in &todo[1].1 {
            detached.set(node);
        }
        for (state, mut nodes) in todo {
            while let Some(node) = nodes.pop() {
                for edge in heap.edges(node) {
                    let target = heap.target(edge);
                    let counts = !matches!(heap.edge_kind(edge), EdgeKind::Hidden | EdgeKind::Weak);
                    if !counts || heap.kind(target) != NodeKind::Native || seen.has(target) {
                        continue;
                    }
                    seen.set(target);
                    nodes.push(target);
                    if state == DETACHED {
                        detached.set(target);
                    }
                }
            }
        }
        Detached { nodes: Some(detached) }
    }

    pub(super) fn has(&self, node: Node) -> bool {
        self.nodes.as_ref().is_some_and(|nodes| nodes.has(node))
    }
}
