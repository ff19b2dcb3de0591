//! Reads a snapshot and works out what it retains: `heap_phases FILE [DUMP [CLASSES]]`. Says how long each phase took.

use plimsoll_v8::{Graph, Heap, Source, buffers::Buffers, classes::classes, dump::dump_retained, paths::Paths};
use std::fs::File;
use std::io::Write;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let path = args.next().ok_or("usage: heap_phases FILE [DUMP [CLASSES]]")?;
    let start = Instant::now();
    let source = if path == "-" { Source::stdin()? } else { Source::open(&path)? };
    let mut heap = Heap::read(source, &mut ())?;
    phase("read", start, &heap);
    let again = Instant::now();
    let graph = Graph::of(&mut heap);
    phase("graph", again, &heap);
    println!("{} nodes, {} edges, {} strings", heap.node_count(), heap.edge_count(), heap.string_count());
    println!("columns {:.1} bytes a node", heap.memory() as f64 / f64::from(heap.node_count()));
    let again = Instant::now();
    let buffers = Buffers::of(&heap);
    phase("buffers", again, &heap);
    let again = Instant::now();
    let paths = Paths::of(&heap, &graph);
    phase("paths", again, &heap);
    let slabs = buffers.stores.iter().filter(|store| store.slab).count();
    let path = buffers.views.last().map_or(0, |view| paths.to(&heap, view.node).len());
    println!(
        "{} views of {} stores with {} bytes, {slabs} slabs; {path} edges to the last view",
        buffers.views.len(),
        buffers.stores.len(),
        buffers.gross()
    );
    if let Some(dump) = args.next() {
        dump_retained(&heap, &graph, &mut File::create(dump)?)?;
    }
    let again = Instant::now();
    let classes = classes(&heap, &graph);
    phase("classes", again, &heap);
    if let Some(out) = args.next() {
        let mut lines: Vec<String> = classes.iter().map(line).collect();
        lines.sort();
        File::create(out)?.write_all(lines.concat().as_bytes())?;
    }
    Ok(())
}

fn line(class: &plimsoll_v8::classes::Class) -> String {
    let name = class.name.replace(['\t', '\n', '\r'], "?");
    let key = match class.location {
        Some(at) => format!("{},{},{},{name}", at.script, at.line, at.column),
        None => format!(",{name}"),
    };
    let distance = class.distance.map_or(-5, i64::from);
    format!("{key}\t{name}\t{}\t{}\t{}\t{distance}\n", class.count, class.shallow, class.retained)
}

/// Says how long a phase took, what the processor worked until then, and the most memory until then.
fn phase(name: &str, since: Instant, heap: &Heap) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    let peak = peak.unwrap_or(0) * 1024;
    // After the name, which is in brackets, the 12th and 13th are ticks of user and system.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks: u64 = stat
        .rsplit_once(')')
        .map_or(0, |(_, rest)| rest.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u64>().ok()).sum());
    println!(
        "{name:8} {:6.3} s, CPU so far {:5.2} s, peak {} MB = {:.1} bytes a node",
        since.elapsed().as_secs_f64(),
        ticks as f64 / 100.0,
        peak / 1_000_000,
        peak as f64 / f64::from(heap.node_count().max(1))
    );
}
