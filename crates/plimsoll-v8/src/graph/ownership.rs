//! Sizes of V8's own arrays and hidden objects go to the one object that they belong to.

use super::is_user_root;
use crate::bits::Bits;
use crate::heap::{EdgeKind, Heap, Node, NodeKind, Sizes, kind_of};

const NOBODY: Node = Node::MAX;
const MANY: Node = Node::MAX - 1;

/// Gives the size of each node that can be owned, and is reached from exactly one owner, to that owner.
pub(super) fn apply(heap: &Heap, sizes: &mut Sizes) {
    // Without a user's root the snapshot was taken to see V8's own: then nothing is moved.
    if !heap.edges(Heap::ROOT).any(|edge| is_user_root(heap, heap.target(edge))) {
        return;
    }
    let [external] = heap.strings.find_all(["system / ExternalStringData"]);
    let mut ownable = Bits::new(heap.node_count() as usize);
    for node in heap.nodes() {
        let owned = match heap.kind(node) {
            NodeKind::Hidden | NodeKind::Array => true,
            NodeKind::Native => external.contains(&heap.names[node as usize]),
            _ => false,
        };
        if owned {
            ownable.set(node);
        }
    }

    // Each node changes at most twice, from nobody to one and from one to many, so this ends.
    let mut owners = vec![NOBODY; heap.node_count() as usize];
    let mut todo: Vec<Node> = Vec::new();
    for start in heap.nodes() {
        if ownable.has(start) {
            continue;
        }
        let (mut node, mut owner) = (start, start);
        loop {
            let edges = heap.edges(node);
            let edges = edges.start as usize..edges.end as usize;
            for (&target, &name) in heap.targets[edges.clone()].iter().zip(&heap.edge_names[edges]) {
                if !ownable.has(target) || kind_of(name) == EdgeKind::Weak {
                    continue;
                }
                let of = &mut owners[target as usize];
                if *of == NOBODY {
                    *of = owner;
                    todo.push(target);
                } else if *of != owner && *of != MANY {
                    *of = MANY;
                    todo.push(target);
                }
            }
            let Some(next) = todo.pop() else { break };
            (node, owner) = (next, owners[next as usize]);
        }
    }

    for node in ownable.iter() {
        let owner = owners[node as usize];
        // To give a size to a root would tell nobody anything.
        if owner >= MANY || owner == Heap::ROOT || heap.kind(owner) == NodeKind::Synthetic {
            continue;
        }
        let size = sizes.get(node);
        if size != 0 {
            sizes.set(node, 0);
            sizes.set(owner, sizes.get(owner).saturating_add(size));
        }
    }
}
