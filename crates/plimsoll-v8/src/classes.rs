//! The Summary: classes of objects and what they retain.
//!
//! As in DevTools an object's class is its constructor, and where that was written; plain objects are classed by the
//! properties that many of them have in common; the rest is classed by kind.

mod detached;
mod shapes;

use crate::graph::Graph;
use crate::heap::{Heap, Location, Node, NodeKind};
use std::collections::HashMap;

/// A class of objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// A constructor's name, properties in braces, or a kind in brackets.
    pub name: String,
    /// Where the constructor was written, if the heap says so.
    pub location: Option<Location>,
    /// How many there are. What has no size of its own does not count.
    pub count: u64,
    /// Bytes of the objects themselves.
    pub shallow: u64,
    /// Bytes that would be freed with all of them: what one of them retains within another counts once.
    pub retained: u64,
    /// The least distance of one of them.
    pub distance: Option<u32>,
}

/// All classes, those that retain most first. Takes 12 bytes of memory a node.
#[must_use]
pub fn classes(heap: &Heap, graph: &Graph) -> Vec<Class> {
    let mut table = Table::new(heap);
    let of_nodes: Vec<u32> = heap.nodes().map(|node| table.class_of(node)).collect();
    let mut classes: Vec<Class> = table.classes;
    for node in heap.nodes() {
        let size = heap.self_size(node);
        if size != 0 {
            let class = &mut classes[of_nodes[node as usize] as usize];
            class.count += 1;
            class.shallow = class.shallow.saturating_add(size);
            class.distance = match (class.distance, graph.distance(node)) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
    }
    retain(heap, graph, &of_nodes, &mut classes);
    classes.retain(|class| class.count != 0);
    classes.sort_by(|a, b| b.retained.cmp(&a.retained).then_with(|| a.name.cmp(&b.name)));
    classes
}

/// A node counts if none of its class is above it in the dominator tree.
fn retain(heap: &Heap, graph: &Graph, of_nodes: &[u32], classes: &mut [Class]) {
    const NONE: Node = Node::MAX;
    let count = of_nodes.len();
    // Children of the tree, as lists: the first of each, and the next of each.
    let (mut first, mut next) = (vec![NONE; count], vec![NONE; count]);
    for node in heap.nodes().skip(1).rev() {
        let dominator = graph.dominator(node) as usize;
        next[node as usize] = first[dominator];
        first[dominator] = node;
    }
    let mut above = vec![0_u32; classes.len()];
    let mut node = Heap::ROOT;
    if count == 0 {
        return;
    }
    loop {
        let class = of_nodes[node as usize] as usize;
        if heap.self_size(node) != 0 {
            if above[class] == 0 {
                classes[class].retained = classes[class].retained.saturating_add(graph.retained(node));
            }
            above[class] += 1;
        }
        if first[node as usize] != NONE {
            node = first[node as usize];
            continue;
        }
        loop {
            if heap.self_size(node) != 0 {
                above[of_nodes[node as usize] as usize] -= 1;
            }
            if node == Heap::ROOT {
                return;
            }
            if next[node as usize] != NONE {
                node = next[node as usize];
                break;
            }
            node = graph.dominator(node);
        }
    }
}

/// Gives classes to nodes.
struct Table<'a> {
    heap: &'a Heap,
    detached: detached::Detached,
    shapes: shapes::Shapes,
    numbers: HashMap<(String, Option<Location>), u32>,
    of_kinds: [u32; 64],
    /// By string: the class of objects that are called so, at no known place.
    of_strings: Vec<u32>,
    classes: Vec<Class>,
}

impl<'a> Table<'a> {
    fn new(heap: &'a Heap) -> Self {
        Table {
            heap,
            detached: detached::Detached::of(heap),
            shapes: shapes::Shapes::of(heap),
            numbers: HashMap::new(),
            of_kinds: [u32::MAX; 64],
            of_strings: vec![u32::MAX; heap.string_count() as usize],
            classes: Vec::new(),
        }
    }

    fn class_of(&mut self, node: Node) -> u32 {
        let heap = self.heap;
        let kind = heap.kind(node);
        if !matches!(kind, NodeKind::Object | NodeKind::Native) {
            let code = heap.kind_code(node);
            if self.of_kinds[code] == u32::MAX {
                self.of_kinds[code] = match kind {
                    NodeKind::Hidden => self.number("(system)", None),
                    NodeKind::Code => self.number("(compiled code)", None),
                    NodeKind::Closure => self.number("Function", None),
                    NodeKind::RegExp => self.number("RegExp", None),
                    _ => self.number(&format!("({})", heap.kind_name(node)), None),
                };
            }
            return self.of_kinds[code];
        }
        let location = if kind == NodeKind::Object { heap.location(node) } else { None };
        if kind == NodeKind::Object && heap.name(node) == "Object" {
            let shape = self.shapes.of_object(heap, node).map(str::to_owned);
            return self.number(shape.as_deref().unwrap_or("Object"), location);
        }
        let detached = self.detached.has(node);
        let string = heap.names[node as usize] as usize;
        if location.is_none() && !detached && self.of_strings[string] != u32::MAX {
            return self.of_strings[string];
        }
        let name = heap.name(node);
        let class = match detached {
            true => self.number(&element(&format!("Detached {name}")), location),
            false => self.number(&element(name), location),
        };
        if location.is_none() && !detached {
            self.of_strings[string] = class;
        }
        class
    }

    fn number(&mut self, name: &str, location: Option<Location>) -> u32 {
        let key = (name.to_owned(), location);
        let next = self.classes.len() as u32;
        let number = *self.numbers.entry(key).or_insert(next);
        if number == next {
            let name = name.to_owned();
            self.classes.push(Class { name, location, count: 0, shallow: 0, retained: 0, distance: None });
        }
        number
    }
}

/// Elements of documents are classed without their attributes.
fn element(name: &str) -> String {
    let skip = match name {
        _ if name.starts_with('<') => 0,
        _ if name.starts_with("Detached <") => "Detached <".len(),
        _ => return name.to_owned(),
    };
    match name[skip..].find(' ') {
        Some(space) => format!("{}>", &name[..skip + space]),
        None => name.to_owned(),
    }
}
