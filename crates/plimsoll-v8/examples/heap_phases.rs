//! Reads a snapshot and works out what it retains: `heap_phases FILE [DUMP]`. Says how long each phase took.

use plimsoll_v8::{Graph, Heap, Source, dump::dump_retained};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let path = args.next().ok_or("usage: heap_phases FILE [DUMP]")?;
    let start = Instant::now();
    let mut heap = Heap::read(Source::open(&path)?, &mut ())?;
    let read = start.elapsed();
    let graph = Graph::of(&mut heap);
    let whole = start.elapsed();
    println!("{} nodes, {} edges, {} strings", heap.node_count(), heap.edge_count(), heap.string_count());
    println!("read {read:.2?}, graph {:.2?}, whole {whole:.2?}", whole - read);
    println!("columns {:.1} bytes a node", heap.memory() as f64 / f64::from(heap.node_count()));
    if let Some(dump) = args.next() {
        dump_retained(&heap, &graph, &mut std::fs::File::create(dump)?)?;
    }
    Ok(())
}
