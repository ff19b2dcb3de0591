//! The Summary: classes of objects and what they retain.
//!
//! As in DevTools an object's class is its constructor, and where that was written; plain objects are classed by the
//! properties that many of them have in common; the rest is classed by kind.

mod detached;
mod shapes;

use crate::graph::Graph;
use crate::heap::{Heap, Location, Node, NodeKind};
use crate::names::cut;
use std::collections::HashMap;

/// A class of objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// A constructor's name, properties in braces, or a kind in brackets. Of names with more than 1,000 characters the beginning.
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

/// All classes, those that retain most first. Works on two threads, and takes 12 bytes of memory a node.
#[must_use]
pub fn classes(heap: &Heap, graph: &Graph) -> Vec<Class> {
    let ((mut of_nodes, mut classes), tree) = std::thread::scope(|scope| {
        let tree = scope.spawn(|| tree(heap, graph));
        let mut table = Table::new(heap);
        let of_nodes: Vec<u32> = heap.nodes().map(|node| table.class_of(node)).collect();
        ((of_nodes, table.classes), tree.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    for (node, of_node) in heap.nodes().zip(&mut of_nodes) {
        let size = heap.self_size(node);
        if size == 0 {
            *of_node = NONE;
            continue;
        }
        let class = &mut classes[*of_node as usize];
        class.count += 1;
        class.shallow = class.shallow.saturating_add(size);
        class.distance = match (class.distance, graph.distance(node)) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    retain(graph, &tree, &of_nodes, &mut classes);
    classes.retain(|class| class.count != 0);
    classes.sort_by(|a, b| b.retained.cmp(&a.retained).then_with(|| a.name.cmp(&b.name)));
    classes
}

/// The objects that the Summary counts as a class: by its name, wherever its constructor was written.
#[must_use]
pub fn members(heap: &Heap, name: &str) -> Vec<Node> {
    let mut table = Table::new(heap);
    let in_class = |&node: &Node| {
        let class = table.class_of(node);
        heap.self_size(node) != 0 && table.classes[class as usize].name == name
    };
    heap.nodes().filter(in_class).collect()
}

/// A node in the dominator tree as it is seen from above.
#[derive(Clone, Copy)]
struct InTree {
    first_child: Node,
    next_sibling: Node,
}

/// No node, or no class.
const NONE: u32 = u32::MAX;

fn tree(heap: &Heap, graph: &Graph) -> Vec<InTree> {
    let mut tree = vec![InTree { first_child: NONE, next_sibling: NONE }; heap.node_count() as usize];
    for node in heap.nodes().skip(1).rev() {
        let dominator = graph.dominator(node) as usize;
        tree[node as usize].next_sibling = tree[dominator].first_child;
        tree[dominator].first_child = node;
    }
    tree
}

/// A node counts if it has a size of its own and none of its class is above it in the dominator tree.
fn retain(graph: &Graph, tree: &[InTree], of_nodes: &[u32], classes: &mut [Class]) {
    // How many of each class are above.
    let mut above = vec![0_u32; classes.len()];
    // Nodes whose children are being looked at: the class, and where to go on.
    let mut open: Vec<(u32, Node)> = Vec::new();
    let mut node = if tree.is_empty() { NONE } else { Heap::ROOT };
    loop {
        while node != NONE {
            let (InTree { first_child, next_sibling }, class) = (tree[node as usize], of_nodes[node as usize]);
            if class != NONE {
                if above[class as usize] == 0 {
                    let class = &mut classes[class as usize];
                    class.retained = class.retained.saturating_add(graph.retained(node));
                }
                if first_child != NONE {
                    above[class as usize] += 1;
                }
            }
            node = next_sibling;
            if first_child != NONE {
                open.push((class, next_sibling));
                node = first_child;
            }
        }
        let Some((class, next)) = open.pop() else { return };
        if class != NONE {
            above[class as usize] -= 1;
        }
        node = next;
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
    /// By string and place.
    of_places: HashMap<(u32, Location), u32>,
    /// By shape, the last for none: the class of plain objects at no known place.
    of_shapes: Vec<u32>,
    classes: Vec<Class>,
}

impl<'a> Table<'a> {
    fn new(heap: &'a Heap) -> Self {
        let shapes = shapes::Shapes::of(heap);
        Table {
            heap,
            detached: detached::Detached::of(heap),
            numbers: HashMap::new(),
            of_kinds: [NONE; 64],
            of_strings: vec![NONE; heap.string_count() as usize],
            of_places: HashMap::new(),
            of_shapes: vec![NONE; shapes.count() + 1],
            shapes,
            classes: Vec::new(),
        }
    }

    fn class_of(&mut self, node: Node) -> u32 {
        let heap = self.heap;
        let kind = heap.kind(node);
        if !matches!(kind, NodeKind::Object | NodeKind::Native) {
            let code = heap.kind_code(node);
            if self.of_kinds[code] == NONE {
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
        let string = heap.names[node as usize];
        if kind == NodeKind::Object && heap.name(node) == "Object" {
            let shape = self.shapes.of_object(heap, node);
            let slot = shape.unwrap_or(self.shapes.count());
            if location.is_none() && self.of_shapes[slot] != NONE {
                return self.of_shapes[slot];
            }
            let name = shape.map_or_else(|| "Object".to_owned(), |shape| self.shapes.name(shape).to_owned());
            let class = self.number(&name, location);
            if location.is_none() {
                self.of_shapes[slot] = class;
            }
            return class;
        }
        if self.detached.has(node) {
            return self.number(&element(&format!("Detached {}", told(heap.name(node)))), location);
        }
        let known = match location {
            None => Some(self.of_strings[string as usize]).filter(|&class| class != NONE),
            Some(at) => self.of_places.get(&(string, at)).copied(),
        };
        known.unwrap_or_else(|| {
            let class = self.number(&element(told(heap.name(node))), location);
            match location {
                None => self.of_strings[string as usize] = class,
                Some(at) => drop(self.of_places.insert((string, at), class)),
            }
            class
        })
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

/// What is told of a name. There can be as many classes as objects, with names as long as the file.
fn told(name: &str) -> &str {
    cut(name, 1_000)
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
