//! The deep audit: rows that join the nodes of a heap snapshot.

use crate::node::{Running, nodes};
use plimsoll_v8::live::{Limits, Session};
use serde_json::Value;
use std::io::Read as _;

/// The nodes of a snapshot, as far as this test needs them.
struct Heap {
    json: Value,
    fields: Vec<String>,
    edge_fields: Vec<String>,
}

impl Heap {
    fn read(text: &str) -> Heap {
        let json: Value = serde_json::from_str(text).unwrap();
        let names = |of: &Value| of.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect();
        let meta = &json["snapshot"]["meta"];
        let (fields, edge_fields) = (names(&meta["node_fields"]), names(&meta["edge_fields"]));
        Heap { json, fields, edge_fields }
    }

    /// The nodes that the node with this id leads to by its elements, by number: their ids' positions in the file.
    fn elements(&self, id: u64) -> Vec<(u64, usize)> {
        let nodes = self.json["nodes"].as_array().unwrap();
        let edges = self.json["edges"].as_array().unwrap();
        let at = |name: &str, of: &[String]| of.iter().position(|field| field == name).unwrap();
        let (id_at, count_at) = (at("id", &self.fields), at("edge_count", &self.fields));
        let (kind_at, name_at, to_at) =
            (at("type", &self.edge_fields), at("name_or_index", &self.edge_fields), at("to_node", &self.edge_fields));
        let kinds = self.json["snapshot"]["meta"]["edge_types"][kind_at].as_array().unwrap();
        let element = kinds.iter().position(|kind| kind == "element").unwrap() as u64;
        let mut first = 0;
        for node in nodes.chunks(self.fields.len()) {
            let count = node[count_at].as_u64().unwrap() as usize;
            let mine = &edges[first * self.edge_fields.len()..(first + count) * self.edge_fields.len()];
            first += count;
            if node[id_at] != id {
                continue;
            }
            let rows = mine.chunks(self.edge_fields.len()).filter(|edge| edge[kind_at] == element);
            return rows
                .map(|edge| (edge[name_at].as_u64().unwrap(), edge[to_at].as_u64().unwrap() as usize))
                .collect();
        }
        panic!("no node has the id {id}");
    }

    fn name(&self, node: usize) -> &str {
        let at = self.fields.iter().position(|field| field == "name").unwrap();
        let string = self.json["nodes"][node + at].as_u64().unwrap() as usize;
        self.json["strings"][string].as_str().unwrap()
    }
}

#[test]
fn a_program_whose_workers_come_and_go_goes_on_after_a_deep_audit() {
    for node in nodes() {
        let program = Running::start(node, &["--inspect=127.0.0.1:0"], "churn.js");
        let mut session = Session::connect(program.address(), &Limits::default()).unwrap();
        for _ in 0..2 {
            let main = session.threads().unwrap().swap_remove(0);
            let mut deep = session.deep(&main).unwrap();
            let mut text = String::new();
            deep.read_to_string(&mut text).unwrap();
            assert!(text.ends_with('}'), "Node {}", node.major);
            drop(deep);
            assert_eq!(program.ask("go_on"), true, "Node {}", node.major);
        }
    }
}

#[test]
fn each_row_is_an_element_of_the_array_in_the_snapshot() {
    for node in nodes() {
        let major = node.major;
        let program = Running::start(node, &["--inspect=127.0.0.1:0"], "known.js");
        program.ask("fill");
        let mut session = Session::connect(program.address(), &Limits::default()).unwrap();
        let threads = session.threads().unwrap();
        assert_eq!(threads.len(), 3);
        for (number, thread) in threads.iter().enumerate() {
            let mut deep = session.deep(thread).unwrap();
            let mut text = String::new();
            deep.read_to_string(&mut text).unwrap();
            let heap = Heap::read(&text);
            let elements = heap.elements(deep.array().unwrap());
            assert_eq!(elements.len(), deep.rows.len(), "Node {major}, {}", thread.name());
            assert!(elements.iter().enumerate().all(|(i, &(index, _))| index == i as u64), "Node {major}");
            let views = if number == 0 { 10_000 } else { 100 };
            assert!(deep.rows.len() > views, "Node {major}: {}", deep.rows.len());
            let slivers = deep.rows.iter().zip(&elements).filter(|(row, _)| (row.offset, row.len) == (100, 16));
            let mut count = 0;
            for (_, &(_, view)) in slivers {
                assert!(["Buffer", "FastBuffer"].contains(&heap.name(view)), "Node {major}: {}", heap.name(view));
                count += 1;
            }
            assert_eq!(count, if number == 0 { 10_000 } else { 0 }, "Node {major}");
        }
        // Dropped in the middle, the session goes on.
        let mut deep = session.deep(&threads[0]).unwrap();
        deep.read_exact(&mut [0; 100]).unwrap();
        drop(deep);
        assert!(session.quick().unwrap().isolates[0].views > 10_000, "Node {major}");
    }
}

#[test]
fn stacks_come_with_the_snapshot_if_they_were_noted() {
    for node in nodes() {
        let program = Running::start(node, &["--inspect=127.0.0.1:0"], "known.js");
        let mut session = Session::connect(program.address(), &Limits::default()).unwrap();
        let thread = session.threads().unwrap().remove(0);
        session.track(&thread).unwrap();
        program.ask("fill");
        let mut text = String::new();
        session.sites(&thread).unwrap().read_to_string(&mut text).unwrap();
        let heap = Heap::read(&text);
        assert!(!heap.json["trace_function_infos"].as_array().unwrap().is_empty(), "Node {}", node.major);
        assert!(heap.fields.iter().any(|field| field == "trace_node_id"), "Node {}: {:?}", node.major, heap.fields);
    }
}
