//! Any bytes are a heap snapshot or an error; of a snapshot everything can be asked, and told.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll_report::TextOptions;
use plimsoll_v8::holders::{self, Seen};
use plimsoll_v8::{Graph, Heap, Source};
use plimsoll_v8::{buffers::Buffers, classes::classes, dump::dump_retained, names::Scripts, paths::Paths};
use std::io::Cursor;

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = Source::from_reader(Cursor::new(bytes.to_vec())) else { return };
    let Ok(mut heap) = Heap::read(source, &mut ()) else { return };
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
