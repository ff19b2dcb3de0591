//! Every node's sizes as text, to compare with other tools.

use crate::graph::Graph;
use crate::heap::Heap;
use std::io::{self, BufWriter, Write};

/// Writes `id`, `self size`, `retained size`, `distance` and the `dominator's id` of every node, in file order, a line
/// each, with tabs between. The root is its own dominator. A distance of -5 is DevTools' way to say that there is none.
///
/// # Errors
/// What `out` says.
pub fn dump_retained(heap: &Heap, graph: &Graph, out: &mut dyn Write) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, out);
    for node in heap.nodes() {
        let (id, size, retained) = (heap.id(node), heap.self_size(node), graph.retained(node));
        let distance = graph.distance(node).map_or(-5, i64::from);
        writeln!(out, "{id}\t{size}\t{retained}\t{distance}\t{}", heap.id(graph.dominator(node)))?;
    }
    out.flush()
}
