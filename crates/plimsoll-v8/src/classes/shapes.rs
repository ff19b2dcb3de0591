//! Plain objects, classed by the properties that many of them have.

use super::told;
use crate::heap::{Edge, EdgeKind, Heap, Node, NodeKind};
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

/// Characters that a class's name has at most, unless its first property alone has more.
const LONGEST: usize = 120;
/// Properties that a name can have room for: each takes two characters with its comma.
const MOST: usize = LONGEST / 2 + 2;
/// Objects that a class has at least,
const FEWEST: u64 = 2;
/// and what part of all plain objects that is at least.
const PART: u64 = 1000;

/// The classes of plain objects, as a tree that is walked by properties in order.
pub(super) struct Shapes {
    names: Vec<(String, usize)>,
    tree: Vec<Branch>,
    /// Nodes with the same properties have the same class: by the strings of the edges.
    known: HashMap<Vec<u32>, Option<usize>>,
}

#[derive(Default)]
struct Branch {
    next: BTreeMap<Units, usize>,
    /// The class of objects that have these properties.
    class: Option<usize>,
}

/// Text in the order of JavaScript: by units of UTF-16.
#[derive(Clone, PartialEq, Eq)]
struct Units(String);

impl Ord for Units {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.0.is_ascii() && other.0.is_ascii() {
            return self.0.cmp(&other.0);
        }
        self.0.encode_utf16().cmp(other.0.encode_utf16())
    }
}

impl PartialOrd for Units {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

struct Candidate {
    properties: Vec<u32>,
    count: u64,
    /// Its place among the candidates, which decides between equals.
    order: usize,
}

impl Shapes {
    pub(super) fn of(heap: &Heap) -> Self {
        let [object, proto] = heap.strings.find_all(["Object", "__proto__"]);
        let plain = |&node: &Node| heap.kind(node) == NodeKind::Object && object.contains(&heap.names[node as usize]);
        let mut total = 0;
        let mut by_edges: HashMap<Vec<u32>, (u64, usize)> = HashMap::new();
        let mut properties = Vec::new();
        for node in heap.nodes().filter(plain) {
            total += 1;
            properties.clear();
            properties.extend(property_strings(heap, node).filter(|string| !proto.contains(string)).take(MOST));
            match by_edges.get_mut(&properties) {
                Some(known) => known.0 += 1,
                None => {
                    let order = by_edges.len();
                    by_edges.insert(properties.clone(), (1, order));
                }
            }
        }
        let mut in_order: Vec<(Vec<u32>, (u64, usize))> = by_edges.into_iter().collect();
        in_order.sort_by_key(|candidate| candidate.1.1);

        let mut candidates: HashMap<String, Candidate> = HashMap::new();
        for (strings, (count, _)) in in_order {
            let Some((name, properties)) = name(heap, &strings) else { continue };
            let order = candidates.len();
            candidates.entry(name).or_insert(Candidate { properties, count: 0, order }).count += count;
        }
        let mut chosen: Vec<(String, Candidate)> =
            candidates.into_iter().filter(|(_, of)| of.count >= FEWEST && of.count * PART >= total).collect();
        chosen.sort_by(|(_, a), (_, b)| b.count.cmp(&a.count).then(a.order.cmp(&b.order)));

        let mut shapes = Shapes { names: Vec::new(), tree: vec![Branch::default()], known: HashMap::new() };
        for (name, candidate) in chosen {
            let mut sorted: Vec<Units> =
                candidate.properties.iter().map(|&string| Units(told(heap.strings.get(string)).to_owned())).collect();
            sorted.sort();
            let mut at = 0;
            let count = sorted.len();
            for property in sorted {
                let new = shapes.tree.len();
                at = *shapes.tree[at].next.entry(property).or_insert(new);
                if at == new {
                    shapes.tree.push(Branch::default());
                }
            }
            let class = shapes.names.len();
            shapes.tree[at].class.get_or_insert(class);
            shapes.names.push((name, count));
        }
        shapes
    }

    /// The class of a plain object: the one with most properties, of several the most frequent.
    pub(super) fn of_object(&mut self, heap: &Heap, node: Node) -> Option<usize> {
        let strings: Vec<u32> = property_strings(heap, node).collect();
        match self.known.get(&strings) {
            Some(&known) => known,
            None => {
                let found = self.find(heap, &strings);
                self.known.insert(strings, found);
                found
            }
        }
    }

    /// How many classes there are.
    pub(super) fn count(&self) -> usize {
        self.names.len()
    }

    pub(super) fn name(&self, class: usize) -> &str {
        &self.names[class].0
    }

    fn find(&self, heap: &Heap, strings: &[u32]) -> Option<usize> {
        let mut properties: Vec<Units> =
            strings.iter().map(|&string| Units(told(heap.strings.get(string)).to_owned())).collect();
        properties.sort();
        // All places in the tree that some of the properties lead to.
        let mut places = vec![0];
        let mut best: Option<usize> = None;
        for property in &properties {
            let mut kept = Vec::new();
            for &place in &places {
                let branch = &self.tree[place];
                if branch.next.last_key_value().is_some_and(|(last, _)| property < last) {
                    kept.push(place);
                }
                let Some(&next) = branch.next.get(property) else { continue };
                kept.push(next);
                if let Some(class) = self.tree[next].class {
                    best = Some(match best {
                        Some(other) if self.rank(other) <= self.rank(class) => other,
                        _ => class,
                    });
                }
            }
            kept.sort_unstable();
            kept.dedup();
            places = kept;
        }
        best
    }

    /// The better class is less.
    fn rank(&self, class: usize) -> (std::cmp::Reverse<usize>, usize) {
        (std::cmp::Reverse(self.names[class].1), class)
    }
}

fn property_strings(heap: &Heap, node: Node) -> impl Iterator<Item = u32> + '_ {
    let is_property = |&edge: &Edge| heap.edge_kind(edge) == EdgeKind::Property;
    heap.edges(node).filter(is_property).map(|edge| heap.edge_number(edge))
}

/// The name of the class that an object with these properties suggests, and those that the name has room for.
fn name(heap: &Heap, strings: &[u32]) -> Option<(String, Vec<u32>)> {
    let mut name = String::from("{");
    let mut length = 1;
    let mut properties = Vec::new();
    for &string in strings {
        let property = told(heap.strings.get(string));
        let shown = quoted(property);
        let long = shown.encode_utf16().count();
        if length > 1 && length + long > LONGEST {
            break;
        }
        if length != 1 {
            name.push_str(", ");
            length += 2;
        }
        name.push_str(&shown);
        length += long;
        properties.push(string);
    }
    name.push('}');
    (!properties.is_empty()).then_some((name, properties))
}

/// A property that could be misread within a list stands in quotes.
fn quoted(property: &str) -> String {
    if property.contains([',', '\'', '"', '{', '}']) {
        serde_json::Value::from(property).to_string()
    } else {
        property.to_owned()
    }
}
