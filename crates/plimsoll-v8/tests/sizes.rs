//! Sizes, dominators and distances against rules written down naively.

mod support;

use plimsoll_v8::{Graph, Heap, dump::dump_retained};
use proptest::prelude::*;
use std::collections::{BTreeSet, HashSet, VecDeque};
use support::{EDGE_KINDS, Shape, Snapshot};

fn dump(snapshot: &Snapshot, shape: Shape) -> String {
    let mut heap = snapshot.heap(shape);
    let graph = Graph::of(&mut heap);
    let mut out = Vec::new();
    dump_retained(&heap, &graph, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The global object holds `a` and `b`, which share `c`; `b` owns its elements; something is held weakly only.
fn small() -> Snapshot {
    let mut heap = Snapshot::new();
    let global = heap.child(0, ("shortcut", "global"), "object", "global", 10);
    let roots = heap.child(0, ("element", "1"), "synthetic", "(GC roots)", 0);
    let a = heap.child(global, ("property", "a"), "object", "A", 20);
    let b = heap.child(global, ("property", "b"), "object", "B", 30);
    let c = heap.child(a, ("property", "c"), "object", "C", 40);
    heap.edge(b, "property", "c", c);
    let elements = heap.child(b, ("internal", "elements"), "array", "(object elements)", 50);
    heap.edge(elements, "hidden", "0", c);
    let system = heap.child(roots, ("element", "1"), "hidden", "system / Thing", 5);
    heap.edge(roots, "element", "2", c);
    heap.child(system, ("weak", "w"), "object", "Weak", 7);
    heap
}

#[test]
fn a_small_heap() {
    // id, self, retained, distance, dominator's id. C is also held by a system root, which the page's own edges outdo.
    let expected = "\
1\t0\t162\t100000000\t1
3\t10\t150\t1\t1
5\t0\t5\t100000001\t1
7\t20\t20\t2\t3
9\t80\t80\t2\t3
11\t40\t40\t3\t3
13\t0\t0\t3\t9
15\t5\t5\t100000002\t5
17\t7\t7\t-5\t1
";
    for shape in [Shape::Node20, Shape::Node26] {
        assert_eq!(dump(&small(), shape), expected, "{shape:?}");
    }
}

#[test]
fn a_value_of_a_weak_map_belongs_to_its_key() {
    let mut heap = Snapshot::new();
    let global = heap.child(0, ("shortcut", "global"), "object", "global", 0);
    let map = heap.child(global, ("property", "map"), "object", "WeakMap", 1);
    let table = heap.child(map, ("internal", "table"), "array", "", 2);
    let holder = heap.child(global, ("property", "holder"), "object", "Holder", 4);
    let key = heap.child(holder, ("property", "key"), "object", "Key", 8);
    let value = heap.node("object", "Value", 16);
    let id = |node: usize| node * 2 + 1;
    let name = format!(
        "part of key (Key @{}) -> value (Value @{}) pair in WeakMap (table @{})",
        id(key),
        id(value),
        id(table)
    );
    heap.edge(table, "internal", &format!("2 / {name}"), value);
    heap.edge(key, "internal", &format!("3 / {name}"), value);
    let mut read = heap.heap(Shape::Node26);
    let graph = Graph::of(&mut read);
    assert_eq!(graph.dominator(value as u32), key as u32);
    assert_eq!((graph.retained(key as u32), graph.retained(table as u32)), (24, 0));
    assert_eq!(read.self_size(map as u32), 3, "the map owns its table");
    // Both are at 3, so the value is at 4 by the second of its edges.
    assert_eq!(graph.distance(value as u32), Some(4));
}

#[test]
fn sizes_beyond_4_gib() {
    let mut heap = Snapshot::new();
    let global = heap.child(0, ("shortcut", "global"), "object", "global", 1);
    let big = heap.child(global, ("property", "big"), "object", "Big", u64::from(u32::MAX));
    heap.child(big, ("internal", "elements"), "array", "", 1 << 40);
    heap.child(big, ("internal", "more"), "array", "", u64::from(u32::MAX) - 1);
    let mut read = heap.heap(Shape::Node20);
    assert_eq!(read.self_size(3), 1 << 40);
    let graph = Graph::of(&mut read);
    let sum = (1 << 40) + 2 * u64::from(u32::MAX) - 1;
    assert_eq!((read.self_size(2), read.self_size(3), read.self_size(4)), (sum, 0, 0));
    assert_eq!(graph.retained(0), sum + 1);
}

#[test]
fn deep_chains_need_no_stack() {
    let mut heap = Snapshot::new();
    let mut at = heap.child(0, ("shortcut", "global"), "object", "global", 1);
    for _ in 0..200_000 {
        at = heap.child(at, ("property", "next"), "object", "Link", 1);
    }
    // A way back, so that dominators have something to compress.
    heap.edge(at, "property", "first", 2);
    let mut read = heap.heap(Shape::Node26);
    let graph = Graph::of(&mut read);
    assert_eq!((graph.retained(1), graph.retained(2)), (200_001, 200_000));
    assert_eq!(graph.distance(at as u32), Some(200_001));
    assert_eq!(plimsoll_v8::classes::classes(&read, &graph)[1].retained, 200_000);
}

/// Any little graph, with what the rules are about made frequent.
fn snapshots() -> impl Strategy<Value = Snapshot> {
    let kinds = ["object", "object", "hidden", "array", "synthetic", "native", "closure"];
    let nodes = prop::collection::vec((0..kinds.len(), 0..3_usize, 0..100_u64), 1..14);
    let edges = prop::collection::vec((any::<usize>(), 0..EDGE_KINDS.len() + 2, any::<usize>(), any::<usize>()), 0..40);
    (nodes, edges).prop_map(move |(nodes, edges)| {
        let mut heap = Snapshot::new();
        let names = ["system / ExternalStringData", "(Document DOM trees)", "plain"];
        for (kind, name, size) in nodes {
            heap.node(kinds[kind], names[name], size);
        }
        let count = heap.nodes.len();
        for (from, kind, to, extra) in edges {
            // A third of the edges start at the root.
            let (from, to, extra) = (if from % 3 == 0 { 0 } else { from % count }, to % count, extra % count);
            match EDGE_KINDS.get(kind) {
                Some(&kind) => heap.edge(from, kind, &extra.to_string(), to),
                None => {
                    let pair =
                        format!("part of key (K @{to}) -> value (V @1) pair in WeakMap (table @{})", extra * 2 + 1);
                    heap.edge(from, "internal", &format!("{from} / {pair}"), to);
                }
            }
        }
        heap
    })
}

/// The rules, as slow as they are plain.
struct Naive<'a> {
    heap: &'a Snapshot,
    count: usize,
}

impl Naive<'_> {
    fn all(&self) -> impl Iterator<Item = (usize, &support::Edge)> {
        self.heap.edges.iter().enumerate().flat_map(|(from, edges)| edges.iter().map(move |edge| (from, edge)))
    }

    fn is_trees(&self, node: usize) -> bool {
        self.heap.nodes[node].kind == "synthetic" && self.heap.nodes[node].name == "(Document DOM trees)"
    }

    fn is_user_root(&self, node: usize) -> bool {
        self.heap.nodes[node].kind != "synthetic" || self.is_trees(node)
    }

    /// What is reached from some nodes over some edges, without going through `without`.
    fn reach(&self, from: &[usize], edges: &[(usize, usize)], without: Option<usize>) -> BTreeSet<usize> {
        let mut reached: BTreeSet<usize> = from.iter().copied().filter(|&node| Some(node) != without).collect();
        loop {
            let more: Vec<usize> = edges
                .iter()
                .filter(|edge| reached.contains(&edge.0) && !reached.contains(&edge.1) && Some(edge.1) != without)
                .map(|edge| edge.1)
                .collect();
            if more.is_empty() {
                return reached;
            }
            reached.extend(more);
        }
    }

    fn sizes(&self) -> Vec<u64> {
        let nodes = &self.heap.nodes;
        let mut sizes: Vec<u64> = nodes.iter().map(|node| node.size).collect();
        if !self.heap.edges[0].iter().any(|edge| self.is_user_root(edge.to)) {
            return sizes;
        }
        let ownable: Vec<bool> = nodes
            .iter()
            .map(|node| {
                let external = node.kind == "native" && node.name == "system / ExternalStringData";
                node.kind == "hidden" || node.kind == "array" || external
            })
            .collect();
        let mut owners: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); self.count];
        loop {
            let before = owners.clone();
            for (from, edge) in self.all().filter(|(_, edge)| edge.kind != "weak" && ownable[edge.to]) {
                let of = if ownable[from] { before[from].clone() } else { BTreeSet::from([from]) };
                owners[edge.to].extend(of);
            }
            if owners == before {
                break;
            }
        }
        for node in 0..self.count {
            if let (true, 1, Some(&owner)) = (ownable[node], owners[node].len(), owners[node].first())
                && owner != 0
                && nodes[owner].kind != "synthetic"
            {
                sizes[owner] += std::mem::take(&mut sizes[node]);
            }
        }
        sizes
    }

    /// The edges that count for dominators.
    fn counting(&self) -> Vec<(usize, usize)> {
        let strong: Vec<(usize, usize)> =
            self.all().filter(|(_, edge)| edge.kind != "weak").map(|(from, edge)| (from, edge.to)).collect();
        let starts: Vec<usize> = self.heap.edges[0]
            .iter()
            .filter(|edge| edge.kind == "shortcut" || edge.kind == "element" && self.is_trees(edge.to))
            .map(|edge| edge.to)
            .collect();
        let page = self.reach(&starts, &strong, None);
        let counts = |from: usize, edge: &support::Edge| {
            let table = format!("(table @{})", self.heap.nodes[from].id);
            let tables_half = edge.kind == "internal" && edge.name.ends_with(&table);
            let blocked = edge.kind == "shortcut" || page.contains(&edge.to) && !page.contains(&from);
            edge.kind != "weak" && !tables_half && edge.to != from && (from == 0 || !blocked)
        };
        self.all().filter(|(from, edge)| counts(*from, edge)).map(|(from, edge)| (from, edge.to)).collect()
    }

    fn dominators(&self) -> Vec<usize> {
        let mut edges = self.counting();
        let reached = self.reach(&[0], &edges, None);
        let orphans: Vec<usize> = (0..self.count)
            .filter(|node| !reached.contains(node) && !edges.iter().any(|edge| edge.1 == *node))
            .collect();
        edges.extend(orphans.into_iter().map(|node| (0, node)));
        let reached = self.reach(&[0], &edges, None);
        let without: Vec<BTreeSet<usize>> = (0..self.count).map(|node| self.reach(&[0], &edges, Some(node))).collect();
        let dominates = |a: usize, b: usize| a != b && !without[a].contains(&b);
        let nearest = |node: usize| {
            let above: Vec<usize> = reached.iter().copied().filter(|&a| dominates(a, node)).collect();
            above.iter().copied().find(|&a| above.iter().all(|&b| a == b || dominates(b, a))).unwrap_or(0)
        };
        (0..self.count).map(|node| if reached.contains(&node) { nearest(node) } else { 0 }).collect()
    }

    fn distances(&self) -> Vec<Option<u32>> {
        let mut distances = vec![None; self.count];
        let mut seen = HashSet::new();
        let roots: VecDeque<usize> =
            self.heap.edges[0].iter().map(|edge| edge.to).filter(|&node| self.is_user_root(node)).collect();
        for &root in &roots {
            distances[root] = Some(1);
        }
        let system = if roots.is_empty() { 0 } else { 100_000_000 };
        self.walk(roots, &mut distances, &mut seen);
        distances[0] = Some(system);
        self.walk([0].into(), &mut distances, &mut seen);
        distances
    }

    fn walk(&self, mut queue: VecDeque<usize>, distances: &mut [Option<u32>], seen: &mut HashSet<String>) {
        while let Some(node) = queue.pop_front() {
            for edge in &self.heap.edges[node] {
                if edge.kind == "weak" || distances[edge.to].is_some() {
                    continue;
                }
                if let ("internal", Some((_, pair))) = (edge.kind, edge.name.split_once(" / "))
                    && !seen.remove(pair)
                {
                    seen.insert(pair.to_owned());
                    continue;
                }
                distances[edge.to] = distances[node].map(|distance| distance + 1);
                queue.push_back(edge.to);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_graph(snapshot in snapshots()) {
        let naive = Naive { heap: &snapshot, count: snapshot.nodes.len() };
        let mut heap = snapshot.heap(Shape::Node26);
        let graph = Graph::of(&mut heap);
        let sizes = naive.sizes();
        let dominators = naive.dominators();
        let mut retained = vec![0; naive.count];
        for (node, size) in sizes.iter().enumerate() {
            let mut at = node;
            loop {
                retained[at] += size;
                if at == 0 {
                    break;
                }
                at = dominators[at];
            }
        }
        let by_node = |get: &dyn Fn(u32) -> u64| heap.nodes().map(get).collect::<Vec<_>>();
        prop_assert_eq!(by_node(&|node| heap.self_size(node)), sizes);
        prop_assert_eq!(by_node(&|node| graph.dominator(node).into()), dominators.iter().map(|&d| d as u64).collect::<Vec<_>>());
        prop_assert_eq!(by_node(&|node| graph.retained(node)), retained);
        prop_assert_eq!(heap.nodes().map(|node| graph.distance(node)).collect::<Vec<_>>(), naive.distances());
    }
}

#[test]
fn the_root_alone() {
    let mut heap: Heap = Snapshot::new().heap(Shape::Node20);
    let graph = Graph::of(&mut heap);
    assert_eq!((graph.retained(0), graph.dominator(0), graph.distance(0)), (0, 0, Some(0)));
}
