//! A heap in columns: what a snapshot says, as compact as it can be looked at.

use crate::strings::Strings;
use crate::traces::Traces;
use std::collections::HashMap;
use std::ops::Range;

/// A node's number: its place in the file, from 0, the root.
pub type Node = u32;
/// An edge's number: its place in the file.
pub type Edge = u32;

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NodeKind {
    /// V8's own, shown to nobody.
    Hidden,
    /// Elements and other arrays of V8's own.
    Array,
    /// A string.
    String,
    /// A JavaScript object.
    Object,
    /// Compiled code and what belongs to it.
    Code,
    /// A function.
    Closure,
    /// A regular expression.
    RegExp,
    /// A number that has an object of its own.
    Number,
    /// Memory outside of V8's heap.
    Native,
    /// Made up for the snapshot: roots.
    Synthetic,
    /// A string made of two others.
    ConsString,
    /// A part of another string.
    SlicedString,
    /// A symbol.
    Symbol,
    /// A BigInt.
    BigInt,
    /// Maps and descriptors.
    ObjectShape,
    /// WebAssembly's.
    WasmObject,
    /// A type that is newer than this program.
    Other,
}

impl NodeKind {
    /// By V8's names, in the order of the enumeration.
    pub(crate) const NAMES: [(&str, NodeKind); 16] = [
        ("hidden", NodeKind::Hidden),
        ("array", NodeKind::Array),
        ("string", NodeKind::String),
        ("object", NodeKind::Object),
        ("code", NodeKind::Code),
        ("closure", NodeKind::Closure),
        ("regexp", NodeKind::RegExp),
        ("number", NodeKind::Number),
        ("native", NodeKind::Native),
        ("synthetic", NodeKind::Synthetic),
        ("concatenated string", NodeKind::ConsString),
        ("sliced string", NodeKind::SlicedString),
        ("symbol", NodeKind::Symbol),
        ("bigint", NodeKind::BigInt),
        ("object shape", NodeKind::ObjectShape),
        ("wasm object", NodeKind::WasmObject),
    ];
}

/// What an edge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EdgeKind {
    /// A variable of a closure's context.
    Context,
    /// An element of an array, by its index.
    Element,
    /// A property.
    Property,
    /// A field of V8's own, with a name.
    Internal,
    /// A field of V8's own, by its index.
    Hidden,
    /// From the root to a global object.
    Shortcut,
    /// Holds nothing.
    Weak,
    /// A type that is newer than this program; it holds.
    Other,
}

impl EdgeKind {
    const ALL: [EdgeKind; 8] = [
        EdgeKind::Context,
        EdgeKind::Element,
        EdgeKind::Property,
        EdgeKind::Internal,
        EdgeKind::Hidden,
        EdgeKind::Shortcut,
        EdgeKind::Weak,
        EdgeKind::Other,
    ];
    pub(crate) const NAMES: [&str; 7] = ["context", "element", "property", "internal", "hidden", "shortcut", "weak"];
}

/// What an edge is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeName<'a> {
    /// By a name.
    Name(&'a str),
    /// By an index: elements and hidden fields.
    Index(u32),
}

/// Bits of a node's kind that say what it is; the two above them say if its DOM tree is attached (1) or detached (2).
const KIND: u8 = 0x3f;
/// Bits of an edge's name. All ones: it did not fit and is in a map of its own.
const NAME: u32 = (1 << 29) - 1;

/// What a snapshot says, in columns. Nodes and edges are numbered by their place in the file.
#[derive(Debug, Default)]
pub struct Heap {
    pub(crate) kinds: Vec<u8>,
    pub(crate) names: Vec<u32>,
    pub(crate) ids: Vec<u32>,
    pub(crate) sizes: Sizes,
    /// One more than there are nodes.
    pub(crate) first_edges: Vec<u32>,
    pub(crate) targets: Vec<u32>,
    /// The kind in the upper three bits, the name below.
    pub(crate) edge_names: Vec<u32>,
    pub(crate) long_names: HashMap<u32, u32>,
    pub(crate) strings: Strings,
    /// By node.
    pub(crate) locations: Vec<(Node, Location)>,
    /// The names of kinds that this program does not know, from 16 on.
    pub(crate) new_kinds: Vec<String>,
    pub(crate) extra_native_bytes: u64,
    pub(crate) traces: Traces,
}

/// Where a function or an object's constructor was written. Lines and columns count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Location {
    /// V8's number of the script.
    pub script: u32,
    /// The line, from 0.
    pub line: u32,
    /// The column, from 0.
    pub column: u32,
}

impl Heap {
    /// The root of everything.
    pub const ROOT: Node = 0;

    /// How many nodes there are.
    #[must_use]
    pub fn node_count(&self) -> u32 {
        self.kinds.len() as u32
    }

    /// How many edges there are.
    #[must_use]
    pub fn edge_count(&self) -> u32 {
        self.targets.len() as u32
    }

    /// All nodes, in file order.
    #[must_use]
    pub fn nodes(&self) -> Range<Node> {
        0..self.node_count()
    }

    /// What the node is.
    #[must_use]
    #[inline]
    pub fn kind(&self, node: Node) -> NodeKind {
        NodeKind::NAMES.get(self.kind_code(node)).map_or(NodeKind::Other, |known| known.1)
    }

    /// V8's name of what the node is.
    #[must_use]
    pub fn kind_name(&self, node: Node) -> &str {
        let code = self.kind_code(node);
        match NodeKind::NAMES.get(code) {
            Some(known) => known.0,
            None => &self.new_kinds[code - NodeKind::NAMES.len()],
        }
    }

    /// What the node is called.
    #[must_use]
    pub fn name(&self, node: Node) -> &str {
        self.strings.get(self.names[node as usize])
    }

    /// V8's id of the node. For JavaScript's objects it stays the same as long as the process keeps count.
    #[must_use]
    #[inline]
    pub fn id(&self, node: Node) -> u32 {
        self.ids[node as usize]
    }

    /// Bytes of the node itself: as the file says, and after [`Graph::of`](crate::Graph::of) with what it owns.
    #[must_use]
    #[inline]
    pub fn self_size(&self, node: Node) -> u64 {
        self.sizes.get(node)
    }

    /// The edges that start at the node.
    #[must_use]
    #[inline]
    pub fn edges(&self, node: Node) -> Range<Edge> {
        self.first_edges[node as usize]..self.first_edges[node as usize + 1]
    }

    /// Where the edge leads.
    #[must_use]
    #[inline]
    pub fn target(&self, edge: Edge) -> Node {
        self.targets[edge as usize]
    }

    /// The node that the edge starts at. Takes logarithmic time.
    #[must_use]
    pub fn source(&self, edge: Edge) -> Node {
        self.first_edges.partition_point(|&first| first <= edge) as u32 - 1
    }

    /// What the edge is.
    #[must_use]
    #[inline]
    pub fn edge_kind(&self, edge: Edge) -> EdgeKind {
        kind_of(self.edge_names[edge as usize])
    }

    /// What the edge is called.
    #[must_use]
    pub fn edge_name(&self, edge: Edge) -> EdgeName<'_> {
        let name = self.edge_number(edge);
        match self.edge_kind(edge) {
            EdgeKind::Element | EdgeKind::Hidden => EdgeName::Index(name),
            _ => EdgeName::Name(self.strings.get(name)),
        }
    }

    /// The index of an element, if the edge leads to one: elements of arrays are numbered, and so are V8's own fields.
    #[must_use]
    pub fn element(&self, edge: Edge) -> Option<u32> {
        match (self.edge_kind(edge), self.edge_name(edge)) {
            (EdgeKind::Element | EdgeKind::Hidden, EdgeName::Index(index)) => Some(index),
            (EdgeKind::Internal, EdgeName::Name(name)) => name.parse().ok(),
            _ => None,
        }
    }

    /// From now on the node leads nowhere. Before [`Graph::of`](crate::Graph::of), to leave out what only an auditor holds.
    pub fn forget_edges(&mut self, node: Node) {
        for edge in self.edges(node) {
            self.targets[edge as usize] = node; // an edge of a node to itself holds nothing
        }
    }

    /// Where the node was written: functions, and objects by their constructor. Takes logarithmic time.
    #[must_use]
    pub fn location(&self, node: Node) -> Option<Location> {
        let at = self.locations.binary_search_by_key(&node, |located| located.0).ok()?;
        Some(self.locations[at].1)
    }

    /// Bytes outside of the heap that V8 counts but has no nodes for.
    #[must_use]
    pub fn extra_native_bytes(&self) -> u64 {
        self.extra_native_bytes
    }

    /// How many strings there are.
    #[must_use]
    pub fn string_count(&self) -> u32 {
        self.strings.len()
    }

    /// Bytes of memory that the columns take.
    #[must_use]
    pub fn memory(&self) -> usize {
        let words = [&self.names, &self.ids, &self.sizes.small, &self.first_edges, &self.targets, &self.edge_names];
        self.kinds.capacity()
            + words.iter().map(|column| column.capacity() * 4).sum::<usize>()
            + self.strings.bytes()
            + self.locations.capacity() * size_of::<(Node, Location)>()
            + self.traces.memory()
    }

    /// An edge's name as the file has it: the number of a string, or an index.
    #[inline]
    pub(crate) fn edge_number(&self, edge: Edge) -> u32 {
        match self.edge_names[edge as usize] & NAME {
            NAME => self.long_names[&edge],
            name => name,
        }
    }

    /// The number of the node's kind: below 64.
    #[inline]
    pub(crate) fn kind_code(&self, node: Node) -> usize {
        usize::from(self.kinds[node as usize] & KIND)
    }

    /// Whether the node is part of a document: 1 if so, 2 if it no longer is, 0 if that is not known.
    pub(crate) fn detachedness(&self, node: Node) -> u8 {
        self.kinds[node as usize] >> 6
    }

    pub(crate) fn push_edge(&mut self, kind: u8, name: u32, target: Node) {
        let short = if name < NAME {
            name
        } else {
            self.long_names.insert(self.targets.len() as u32, name);
            NAME
        };
        self.edge_names.push(u32::from(kind) << 29 | short);
        self.targets.push(target);
    }
}

/// The kind in an edge's name.
#[inline]
pub(crate) fn kind_of(edge_name: u32) -> EdgeKind {
    EdgeKind::ALL[(edge_name >> 29) as usize]
}

/// Sizes in 64 bits, most of them in 32.
#[derive(Debug, Default)]
pub(crate) struct Sizes {
    /// All ones: the size is among the large.
    small: Vec<u32>,
    large: HashMap<Node, u64>,
}

impl Sizes {
    pub(crate) fn try_reserve(&mut self, more: usize) -> bool {
        self.small.try_reserve(more).is_ok()
    }

    pub(crate) fn push(&mut self, size: u64) {
        self.small.push(0);
        self.set(self.small.len() as u32 - 1, size);
    }

    #[inline]
    pub(crate) fn get(&self, node: Node) -> u64 {
        match self.small[node as usize] {
            u32::MAX => self.large[&node],
            size => size.into(),
        }
    }

    #[inline]
    pub(crate) fn set(&mut self, node: Node, size: u64) {
        let small = &mut self.small[node as usize];
        match u32::try_from(size) {
            Ok(size) if size < u32::MAX => {
                if *small == u32::MAX {
                    self.large.remove(&node);
                }
                *small = size;
            }
            _ => {
                *small = u32::MAX;
                self.large.insert(node, size);
            }
        }
    }
}
