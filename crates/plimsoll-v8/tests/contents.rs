//! What a heap holds: buffers, classes, places in scripts, paths.

mod support;

use plimsoll_report::Net;
use plimsoll_v8::buffers::{ArrayBuffer, Buffers, Store};
use plimsoll_v8::classes::classes;
use plimsoll_v8::holders::{self, Seen};
use plimsoll_v8::names::{Scripts, edge};
use plimsoll_v8::paths::{Paths, retainers};
use plimsoll_v8::{Graph, Heap};
use support::{Shape, Snapshot};

fn graph(snapshot: &Snapshot) -> (Heap, Graph) {
    let mut heap = snapshot.heap(Shape::Node26);
    let graph = Graph::of(&mut heap);
    (heap, graph)
}

/// An ArrayBuffer, with a store if it has bytes.
fn array_buffer(heap: &mut Snapshot, of: usize, name: &str, size: u64) -> usize {
    let node = heap.child(of, ("internal", "buffer"), "object", name, 96);
    if size > 0 {
        heap.child(node, ("internal", "backing_store"), "native", "system / JSArrayBufferData", size);
    }
    node
}

#[test]
fn buffers() {
    let mut heap = Snapshot::new();
    let global = heap.child(0, ("shortcut", "global"), "object", "global", 1);
    let view = |heap: &mut Snapshot, name: &str| heap.child(global, ("property", "view"), "object", name, 104);

    // Two views of a slab, which is marked.
    let pooled = view(&mut heap, "Buffer");
    let slab = array_buffer(&mut heap, pooled, "ArrayBuffer", 65600);
    let mark = heap.child(slab, ("hidden", "0"), "hidden", "system / PropertyArray", 40);
    heap.child(mark, ("internal", "map"), "hidden", "system / Map", 72);
    let also = view(&mut heap, "Uint8Array");
    heap.edge(also, "internal", "buffer", slab);
    // The size of a slab, but no mark.
    let unmarked = view(&mut heap, "Buffer");
    array_buffer(&mut heap, unmarked, "ArrayBuffer", 8192);
    // A page of WebAssembly: the size and a PropertyArray, which leads back to its memory.
    let page = view(&mut heap, "Uint8Array");
    let wasm = array_buffer(&mut heap, page, "ArrayBuffer", 65536);
    let properties = heap.child(wasm, ("hidden", "0"), "hidden", "system / PropertyArray", 40);
    heap.child(properties, ("hidden", "0"), "object", "Memory", 56);
    // Marked, but of another size.
    let big = view(&mut heap, "DataView");
    let of_big = array_buffer(&mut heap, big, "ArrayBuffer", 70000);
    heap.child(of_big, ("hidden", "0"), "hidden", "system / PropertyArray", 40);
    // Two SharedArrayBuffers over one store, a class of the user's, an empty array.
    let shared = view(&mut heap, "Int32Array");
    let first = array_buffer(&mut heap, shared, "SharedArrayBuffer", 4096);
    let second = heap.child(global, ("property", "sab"), "object", "SharedArrayBuffer", 96);
    heap.edge(second, "internal", "backing_store", heap.edges[first][0].to);
    let own = view(&mut heap, "MyArray");
    let of_own = array_buffer(&mut heap, own, "MyArrayBuffer", 10);
    let empty = view(&mut heap, "Uint8Array");
    let of_empty = array_buffer(&mut heap, empty, "ArrayBuffer", 0);
    // A Blob's bytes; and a prototype, whose edges are properties.
    heap.child(global, ("internal", "data"), "native", "Node / BackingStore", 3000);
    let prototype = view(&mut heap, "DataView");
    heap.child(prototype, ("property", "buffer"), "object", "Getter", 56);

    let (heap, _) = graph(&heap);
    let found = Buffers::of(&heap);
    let said: Vec<(&str, u64, bool, bool)> = found
        .views
        .iter()
        .map(|view| {
            let store = found.store(view).copied();
            let shared = found.array_buffer(view).shared;
            let Store { size, slab, .. } = store.unwrap_or(Store { node: 0, size: 0, blob: false, slab: false });
            (heap.name(view.node), size, slab, shared)
        })
        .collect();
    assert_eq!(
        said,
        [
            ("Buffer", 65600, true, false),
            ("Uint8Array", 65600, true, false),
            ("Buffer", 8192, false, false),
            ("Uint8Array", 65536, false, false),
            ("DataView", 70000, false, false),
            ("Int32Array", 4096, false, true),
            ("MyArray", 10, false, false),
            ("Uint8Array", 0, false, false),
        ]
    );
    assert_eq!(found.views[6].node, own as u32);
    let of = |node: usize| *found.array_buffers.iter().find(|known| known.node == node as u32).unwrap();
    assert_eq!(of(first).store, of(second).store);
    assert_eq!(of(of_empty), ArrayBuffer { node: of_empty as u32, store: None, shared: false });
    assert!(of(of_own).store.is_some());
    assert_eq!((found.array_buffers.len(), found.stores.len()), (8, 7));
    assert_eq!(found.stores.iter().filter(|store| store.blob).map(|store| store.size).collect::<Vec<_>>(), [3000]);
    assert_eq!(found.gross(), 65600 + 8192 + 65536 + 70000 + 4096 + 10 + 3000);
}

#[test]
fn summary() {
    let mut heap = Snapshot::new();
    let global = heap.child(0, ("shortcut", "global"), "object", "global", 1);
    let outer = heap.child(global, ("property", "a"), "object", "Node", 10);
    let inner = heap.child(outer, ("property", "b"), "object", "Node", 20);
    heap.child(inner, ("property", "text"), "string", "hello", 100);
    let other = heap.child(global, ("property", "c"), "object", "Node", 1000);
    heap.locations.push([other as u32, 5, 6, 7]);
    heap.child(global, ("property", "f"), "closure", "f", 64);
    heap.child(global, ("property", "r"), "regexp", "/a/", 56);
    let shapes: [&[&str]; 6] = [&["x", "y"], &["x", "y"], &["y", "x", "z"], &["a,b"], &["a,b"], &["once"]];
    for properties in shapes {
        let object = heap.child(global, ("property", "o"), "object", "Object", 8);
        for property in properties {
            heap.edge(object, "property", property, outer);
        }
        heap.edge(object, "property", "__proto__", outer);
    }
    for (name, detached) in [("<div id=\"a\">", 1), ("<div id=\"b\">", 2), ("<p class=c>", 0), ("InternalNode", 0)] {
        let element = heap.child(global, ("property", "element"), "native", name, 5);
        heap.nodes[element].detached = detached;
    }
    let count = heap.nodes.len();
    heap.edge(count - 3, "property", "child", count - 2);
    let (heap, graph) = graph(&heap);
    let mut rows: Vec<(String, u64, u64, u64)> = classes(&heap, &graph)
        .into_iter()
        .map(|class| {
            let at = class.location.map_or(String::new(), |at| format!(" {}:{}:{}", at.script, at.line, at.column));
            (class.name + &at, class.count, class.shallow, class.retained)
        })
        .collect();
    rows.sort();
    let row = |name: &str, count, shallow, retained| (name.to_owned(), count, shallow, retained);
    assert_eq!(
        rows,
        [
            row("(string)", 1, 100, 100),
            row("<div>", 1, 5, 5),
            row("Detached <div>", 1, 5, 5),
            row("Detached <p>", 1, 5, 5),
            row("Function", 1, 64, 64),
            row("InternalNode", 1, 5, 5),
            row("Node", 2, 30, 130),
            row("Node 5:6:7", 1, 1000, 1000),
            row("Object", 1, 8, 8),
            row("RegExp", 1, 56, 56),
            row("global", 1, 1, 1319),
            row("{\"a,b\"}", 2, 16, 16),
            row("{x, y}", 3, 24, 24),
        ]
    );
}

#[test]
fn places_in_scripts() {
    for (field, debugged) in [("script_or_debug_info", true), ("script_or_debug_info", false), ("script", false)] {
        let mut heap = Snapshot::new();
        let closure = heap.child(0, ("property", "f"), "closure", "f", 64);
        let shared = heap.child(closure, ("internal", "shared"), "code", "f", 56);
        let mut of = (shared, field);
        if debugged {
            of = (heap.child(shared, ("internal", field), "code", "system / DebugInfo", 56), "script");
        }
        heap.child(of.0, ("internal", of.1), "code", "/srv/app.js", 150);
        let object = heap.child(0, ("property", "o"), "object", "Thing", 24);
        let elsewhere = heap.child(0, ("property", "p"), "object", "Thing", 24);
        heap.locations = vec![[closure as u32, 9, 0, 10], [object as u32, 9, 41, 6], [elsewhere as u32, 8, 1, 1]];
        let heap = heap.heap(Shape::Node20);
        let scripts = Scripts::of(&heap);
        assert_eq!(scripts.name(9), Some("/srv/app.js"));
        assert_eq!(scripts.place(&heap, closure as u32).as_deref(), Some("/srv/app.js:1:11"));
        assert_eq!(scripts.place(&heap, object as u32).as_deref(), Some("/srv/app.js:42:7"));
        assert_eq!(scripts.place(&heap, elsewhere as u32), None);
        assert_eq!(scripts.place(&heap, 0), None);
    }
}

#[test]
fn paths() {
    let mut heap = Snapshot::new();
    let global = heap.child(0, ("shortcut", "global"), "object", "global", 1);
    let long = heap.child(global, ("property", "long way"), "object", "A", 1);
    let longer = heap.child(long, ("context", "closed"), "object", "B", 1);
    let target = heap.child(longer, ("element", "3"), "object", "C", 1);
    let short = heap.child(global, ("internal", "short"), "object", "D", 1);
    heap.edge(short, "weak", "nothing", target);
    heap.edge(short, "hidden", "7", target);
    let weak = heap.child(short, ("weak", "weak"), "object", "E", 1);
    let (heap, graph) = graph(&heap);
    let paths = Paths::of(&heap, &graph);
    let path = |node: usize| -> Vec<String> {
        paths.to(&heap, node as u32).into_iter().map(|step| edge(&heap, step)).collect()
    };
    assert_eq!(path(target), ["{short}", "{7}"]);
    assert_eq!(path(longer), ["[\"long way\"]", "->closed"]);
    assert!(path(global).is_empty() && path(weak).is_empty());
    assert_eq!(paths.last(target as u32).map(|last| heap.source(last)), Some(short as u32));
    let sources: Vec<u32> = retainers(&heap, target as u32).into_iter().map(|edge| heap.source(edge)).collect();
    assert_eq!(sources, [longer as u32, short as u32]);
    assert!(retainers(&heap, weak as u32).is_empty());
}

#[test]
fn a_report_is_short_however_long_ways_and_names_are() {
    const MANY: usize = 20_000;
    let mut heap = Snapshot::new();
    let mut at = heap.child(0, ("shortcut", "global"), "object", "global", 1);
    let endless = "x".repeat(1_000);
    for number in 0..MANY {
        let name = number.to_string();
        // Every view has a pattern of its own, and a way as long as the heap.
        at = heap.child(at, ("property", &name), "object", "Object", 1);
        let view = heap.child(at, ("property", &endless), "object", "Uint8Array", 1);
        array_buffer(&mut heap, view, "ArrayBuffer", 1);
    }
    let (heap, graph) = graph(&heap);
    let found = holders::report(&heap, &graph, &Seen::default(), plimsoll_report::Source::snapshot("long"));
    let told = found.report.to_json(None);
    assert!(told.contains("19999") && told.contains("more)"));
    assert!(told.len() < MANY * 3_000, "{} bytes are told of {MANY} views", told.len());
}

/// The pool hands out Buffers of less than half a slab. Whoever makes another view of a slab may show all of it.
#[test]
fn only_buffers_are_taken_for_what_the_pool_handed_out() {
    let totals = |class: &str, name: &str| {
        let mut heap = Snapshot::new();
        let global = heap.child(0, ("shortcut", "global"), "object", "global", 1);
        let list = heap.child(global, ("property", name), "object", "Array", 16);
        for index in 0..3 {
            let view = heap.child(list, ("element", &index.to_string()), "object", class, 104);
            let slab = array_buffer(&mut heap, view, "ArrayBuffer", 65536);
            heap.child(slab, ("hidden", "0"), "hidden", "system / PropertyArray", 40);
        }
        let (heap, graph) = graph(&heap);
        holders::report(&heap, &graph, &Seen::default(), plimsoll_report::Source::snapshot("slabs")).report
    };
    let pooled = totals("Buffer", "tokens");
    assert_eq!(pooled.totals.net, Net::Between { min: 0, max: 3 * 32_767 });
    assert_eq!((pooled.frees(), pooled.totals.taken_for_pooled), (3 * 32_769, 3));
    assert!(pooled.holders[0].advice.is_some());
    for class in ["Uint8Array", "DataView", "Token"] {
        let whole = totals(class, "whole");
        assert_eq!(whole.totals.net, Net::Between { min: 0, max: 3 * 65_536 }, "{class}");
        assert_eq!((whole.frees(), whole.totals.taken_for_pooled), (0, 0), "{class}");
        assert!(whole.holders[0].advice.is_none(), "{class}");
        assert!(whole.text(&plimsoll_report::TextOptions::default()).contains("If they show little:"), "{class}");
    }
}
