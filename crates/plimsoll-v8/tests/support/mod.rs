//! Small heaps, written as V8 writes them.
#![allow(dead_code, unreachable_pub, missing_docs)] // Each test uses some of it.

use plimsoll_v8::{Heap, SnapshotError, Source};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};

pub const NODE_KINDS: [&str; 15] = [
    "hidden",
    "array",
    "string",
    "object",
    "code",
    "closure",
    "regexp",
    "number",
    "native",
    "synthetic",
    "concatenated string",
    "sliced string",
    "symbol",
    "bigint",
    "object shape",
];
pub const EDGE_KINDS: [&str; 7] = ["context", "element", "property", "internal", "hidden", "shortcut", "weak"];

/// Name, script, line, column.
pub const FUNCTIONS: [(&str, &str, u32, u32); 4] = [
    ("(root)", "", 0, 0),
    ("serve", "file:///app/server.mjs", 12, 30),
    ("alloc", "node:buffer", 391, 30),
    ("Uint8Array", "", 0, 0),
];
/// Stack 9 is (root), serve, alloc, Uint8Array; stack 11 is (root), alloc.
pub const TREE: &str = "[1,0,0,0,[5,1,0,0,[ 7,2,1,16,[9,3,1,16,[]]], 11,2,1,16,[]]]";

/// How the file looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// Seven fields a node, and a line each.
    Node20,
    /// Six fields a node, and everything on one line.
    Node26,
}

#[derive(Clone, Debug)]
pub struct Node {
    pub kind: &'static str,
    pub name: String,
    pub id: u32,
    pub size: u64,
    pub detached: u8,
}

#[derive(Clone, Debug)]
pub struct Edge {
    pub kind: &'static str,
    /// A number for elements and hidden edges.
    pub name: String,
    pub to: usize,
}

/// A heap with a root.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub nodes: Vec<Node>,
    pub edges: Vec<Vec<Edge>>,
    /// Node, script, line, column.
    pub locations: Vec<[u32; 4]>,
    /// By node, the stacks of [`FUNCTIONS`] and [`TREE`]; those of the rest are 0. Empty: V8 noted none.
    pub traces: Vec<u32>,
}

impl Snapshot {
    pub fn new() -> Self {
        let mut snapshot = Snapshot { nodes: Vec::new(), edges: Vec::new(), locations: Vec::new(), traces: Vec::new() };
        snapshot.node("synthetic", "", 0);
        snapshot
    }

    pub fn node(&mut self, kind: &'static str, name: &str, size: u64) -> usize {
        let id = self.nodes.len() as u32 * 2 + 1;
        self.nodes.push(Node { kind, name: name.to_owned(), id, size, detached: 0 });
        self.edges.push(Vec::new());
        self.nodes.len() - 1
    }

    pub fn edge(&mut self, from: usize, kind: &'static str, name: &str, to: usize) {
        self.edges[from].push(Edge { kind, name: name.to_owned(), to });
    }

    /// A node that an edge of the node leads to.
    pub fn child(&mut self, of: usize, edge: (&'static str, &str), kind: &'static str, name: &str, size: u64) -> usize {
        let node = self.node(kind, name, size);
        self.edge(of, edge.0, edge.1, node);
        node
    }

    pub fn json(&self, shape: Shape) -> String {
        let (mut strings, mut numbers) = (vec!["<dummy>".to_owned()], HashMap::new());
        let mut string = |text: &str| -> usize {
            *numbers.entry(text.to_owned()).or_insert_with(|| {
                strings.push(text.to_owned());
                strings.len() - 1
            })
        };
        let kind = |kinds: &[&str], kind: &str| kinds.iter().position(|known| *known == kind).unwrap();
        let traced = shape == Shape::Node20 || !self.traces.is_empty();
        let width = if traced { 7 } else { 6 };
        let mut nodes = Vec::new();
        for (number, (node, edges)) in self.nodes.iter().zip(&self.edges).enumerate() {
            let trace = self.traces.get(number).copied().unwrap_or(0);
            let trace = if traced { format!(",{trace}") } else { String::new() };
            let (kind, name) = (kind(&NODE_KINDS, node.kind), string(&node.name));
            nodes.push(format!("{kind},{name},{},{},{}{trace},{}", node.id, node.size, edges.len(), node.detached));
        }
        let mut edges = Vec::new();
        for edge in self.edges.iter().flatten() {
            let name = match edge.kind {
                "element" | "hidden" => edge.name.parse().unwrap(),
                _ => string(&edge.name),
            };
            edges.push(format!("{},{name},{}", kind(&EDGE_KINDS, edge.kind), edge.to * width));
        }
        let locations: Vec<String> = self
            .locations
            .iter()
            .map(|at| format!("{},{},{},{}", at[0] as usize * width, at[1], at[2], at[3]))
            .collect();
        let (row, line) = if shape == Shape::Node20 { ("\n,", "\n") } else { (",", "") };
        let trace = if traced { r#""trace_node_id","# } else { "" };
        let (mut functions, mut tree) = (Vec::new(), r#"[1,0,0,0,[{"odd":["]","\"}"]}]]"#);
        if !self.traces.is_empty() {
            for (name, script, line, column) in FUNCTIONS {
                functions.push(format!("77,{},{},5,{line},{column}", string(name), string(script)));
            }
            tree = TREE;
        }
        let (function_count, functions) = (functions.len(), functions.join(row));
        let (node_kinds, edge_kinds) = (format!("{NODE_KINDS:?}"), format!("{EDGE_KINDS:?}"));
        let (node_count, edge_count) = (nodes.len(), edges.len());
        let (nodes, edges, locations) = (nodes.join(row), edges.join(row), locations.join(row));
        let strings: Vec<String> = strings.iter().map(|text| serde_json::to_string(text).unwrap()).collect();
        let strings = strings.join(if shape == Shape::Node20 { ",\n" } else { "," });
        format!(
            r#"{{"snapshot":{{"meta":{{"node_fields":["type","name","id","self_size","edge_count",{trace}"detachedness"],"node_types":[{node_kinds},"string","number","number","number","number","number"],"edge_fields":["type","name_or_index","to_node"],"edge_types":[{edge_kinds},"string_or_number","node"],"trace_function_info_fields":["function_id","name","script_name","script_id","line","column"],"trace_node_fields":["id","function_info_index","count","size","children"],"sample_fields":["timestamp_us","last_assigned_id"],"location_fields":["object_index","script_id","line","column"]}},"node_count":{node_count},"edge_count":{edge_count},"trace_function_count":{function_count}}},
"nodes":[{nodes}{line}],
"edges":[{edges}{line}],
"trace_function_infos":[{functions}],
"trace_tree":{tree},
"samples":[],
"locations":[{locations}{line}],
"strings":[{strings}]}}"#
        )
    }

    pub fn heap(&self, shape: Shape) -> Heap {
        read(self.json(shape)).unwrap()
    }
}

/// Reads the bytes in order, and from a file: on two threads. Both say the same.
pub fn read(json: impl Into<Vec<u8>>) -> Result<Heap, SnapshotError> {
    static FILES: AtomicU32 = AtomicU32::new(0);
    let json = json.into();
    let number = FILES.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("plimsoll-v8-read-{}-{number}", std::process::id()));
    std::fs::write(&path, &json).unwrap();
    let of_file = Source::open(&path).and_then(|source| Heap::read(source, &mut ()));
    std::fs::remove_file(&path).unwrap();
    let in_order = Source::from_reader(std::io::Cursor::new(json)).and_then(|source| Heap::read(source, &mut ()));
    match (&in_order, &of_file) {
        (Ok(in_order), Ok(of_file)) => same(in_order, of_file),
        (Err(in_order), Err(of_file)) => assert_eq!(format!("{in_order:?}"), format!("{of_file:?}")),
        _ => panic!("{:?} in order, {:?} of a file", in_order.err(), of_file.err()),
    }
    of_file
}

/// Both heaps have the same in all columns.
pub fn same(one: &Heap, other: &Heap) {
    assert_eq!(
        (one.node_count(), one.edge_count(), one.string_count(), one.extra_native_bytes(), one.is_traced()),
        (other.node_count(), other.edge_count(), other.string_count(), other.extra_native_bytes(), other.is_traced())
    );
    for node in one.nodes() {
        let columns = |heap: &Heap| (heap.id(node), heap.self_size(node), heap.edges(node), heap.location(node));
        assert_eq!(columns(one), columns(other));
        assert_eq!((one.kind_name(node), one.name(node)), (other.kind_name(node), other.name(node)));
        assert!(one.trace(node) == other.trace(node) && one.site(node) == other.site(node));
    }
    for edge in 0..one.edge_count() {
        assert_eq!((one.edge_kind(edge), one.target(edge)), (other.edge_kind(edge), other.target(edge)));
        assert_eq!(one.edge_name(edge), other.edge_name(edge));
    }
}
