//! Any bytes are a heap snapshot or an error, the same whether they are read in order or, as a file is, on two threads; of a snapshot
//! everything can be asked, and told.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_report::TextOptions;
use plimsoll_v8::holders::{self, Seen};
use plimsoll_v8::{Graph, Heap, SnapshotError, Source};
use plimsoll_v8::{buffers::Buffers, classes::classes, dump::dump_retained, names::Scripts, paths::Paths};
use std::io::Cursor;

fuzz_target!(|bytes: &[u8]| {
    let in_order = read(Source::from_reader(Cursor::new(bytes.to_vec())));
    let of_file = read(of_file(bytes));
    let (mut heap, other) = match (in_order, of_file) {
        (Ok(in_order), Ok(of_file)) => (in_order, of_file),
        (Err(in_order), Err(of_file)) => return assert_eq!(in_order.to_string(), of_file.to_string()),
        (in_order, of_file) => panic!("{:?} in order, {:?} of a file", in_order.err(), of_file.err()),
    };
    assert_eq!((heap.node_count(), heap.edge_count()), (other.node_count(), other.edge_count()));
    for edge in 0..heap.edge_count() {
        assert_eq!((heap.target(edge), heap.edge_kind(edge)), (other.target(edge), other.edge_kind(edge)));
        assert_eq!(heap.edge_name(edge), other.edge_name(edge));
    }
    let whole: u64 = heap.nodes().map(|node| heap.self_size(node)).fold(0, u64::saturating_add);
    let graph = Graph::of(&mut heap);
    assert_eq!(graph.retained(Heap::ROOT), whole);
    dump_retained(&heap, &graph, &mut std::io::sink()).expect("a sink takes everything");
    let paths = Paths::of(&heap, &graph);
    let scripts = Scripts::of(&heap);
    for node in heap.nodes() {
        assert!(graph.retained(node) >= heap.self_size(node));
        let path = paths.to(&heap, node);
        assert!(path.last().is_none_or(|&edge| heap.target(edge) == node));
        let _ = scripts.place(&heap, node);
        assert!(heap.site(node).is_none() || heap.trace(node).is_some());
    }
    let buffers = Buffers::of(&heap);
    assert!(buffers.views.iter().all(|view| buffers.store(view).is_none_or(|store| buffers.stores.contains(store))));
    let count: u64 = classes(&heap, &graph).iter().map(|class| class.count).sum();
    assert!(count <= u64::from(heap.node_count()));
    let found = holders::report(&heap, &graph, &Seen::default(), plimsoll_report::Source::snapshot("fuzz"));
    assert!(!found.report.text(&TextOptions::default()).is_empty());
    serde_json::from_str::<serde::de::IgnoredAny>(&found.report.to_json(None)).expect("what is told is JSON");
    assert!(!found.report.to_html(Some(5)).is_empty());
});

fn read(source: Result<Source, SnapshotError>) -> Result<Heap, SnapshotError> {
    Heap::read(source?, &mut ())
}

fn of_file(bytes: &[u8]) -> Result<Source, SnapshotError> {
    let path = std::env::temp_dir().join(format!("plimsoll-fuzz-{}", std::process::id()));
    std::fs::write(&path, bytes).expect("the file can be written");
    let source = Source::open(&path);
    std::fs::remove_file(&path).expect("the file can be removed");
    source
}
