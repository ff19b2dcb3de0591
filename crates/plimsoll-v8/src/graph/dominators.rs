//! Dominators, by the semi-NCA algorithm, and what each node retains.
//!
//! Nodes are numbered in depth-first order; everything after that walk works on those numbers, in order, so most of it
//! is where the processor expects it. The walk also notes which edges count and are no edges of its tree: only those are
//! turned round, as a node with no others is dominated by its parent.

use super::{WeakPairs, is_document_trees};
use crate::bits::Bits;
use crate::heap::{Edge, EdgeKind, Heap, Node, Sizes, kind_of};

/// The dominator tree, in depth-first numbers.
pub(super) struct Tree {
    /// By number: the node.
    nodes: Vec<Node>,
    /// By number: the number of the dominator.
    dominators: Vec<u32>,
    /// Nodes that the walk did not reach. The root dominates them.
    apart: Vec<Node>,
}

pub(super) fn tree(heap: &Heap, pairs: &WeakPairs) -> Tree {
    let mut walk = Walk::new(heap, pairs);
    walk.all();
    let (sources, ends) = walk.turn();
    let Walk { nodes, parents, marks, .. } = walk;
    let apart = if nodes.len() < marks.len() {
        heap.nodes().filter(|&node| marks[node as usize].number == 0).collect()
    } else {
        Vec::new()
    };
    drop(marks);
    Tree { dominators: semi_nca(parents, &sources, ends), nodes, apart }
}

/// What the walk knows of a node.
#[derive(Clone, Copy, Default)]
struct Mark {
    /// One more than the depth-first number; 0 if not reached yet.
    number: u32,
    /// How many edges lead here besides the tree's; later where the next of them goes.
    others: u32,
}

struct Walk<'a> {
    heap: &'a Heap,
    pairs: &'a WeakPairs,
    nodes: Vec<Node>,
    parents: Vec<u32>,
    marks: Vec<Mark>,
    /// Edges that count and are not the tree's.
    others: Bits,
    /// What belongs to the page: all that the root's shortcuts reach.
    page: Bits,
    /// What belongs to the page by edges that do not count.
    page_apart: Vec<Node>,
    stack: Vec<(Node, Edge)>,
}

impl<'a> Walk<'a> {
    fn new(heap: &'a Heap, pairs: &'a WeakPairs) -> Self {
        let count = heap.node_count() as usize;
        Walk {
            heap,
            pairs,
            nodes: Vec::with_capacity(count),
            parents: Vec::with_capacity(count),
            marks: vec![Mark::default(); count],
            others: Bits::new(heap.edge_count() as usize),
            page: Bits::new(count),
            page_apart: Vec::new(),
            stack: Vec::new(),
        }
    }

    fn all(&mut self) {
        self.enter(Heap::ROOT, 0);
        self.stack.clear();
        self.page();
        for edge in self.heap.edges(Heap::ROOT) {
            if let Some(target) = self.counting(Heap::ROOT, edge) {
                self.step::<false>(target, edge, 0, true);
                self.run::<false>();
            }
        }
        if self.nodes.len() < self.marks.len() {
            self.orphans();
        }
    }

    /// What belongs to the page comes first, so that when the rest is walked it is known.
    fn page(&mut self) {
        let heap = self.heap;
        for edge in heap.edges(Heap::ROOT) {
            let target = heap.target(edge);
            let begins = match heap.edge_kind(edge) {
                EdgeKind::Shortcut => true,
                EdgeKind::Element => is_document_trees(heap, target),
                _ => false,
            };
            if begins {
                if target == Heap::ROOT {
                    self.page_apart.push(target);
                } else {
                    self.step::<true>(target, edge, 0, true);
                    self.run::<true>();
                }
            }
        }
        // An edge that does not count still hands on that something belongs to the page.
        while let Some(node) = self.page_apart.pop() {
            if self.page.has(node) {
                continue;
            }
            self.page.set(node);
            for edge in heap.edges(node) {
                if heap.edge_kind(edge) != EdgeKind::Weak && !self.page.has(heap.target(edge)) {
                    self.page_apart.push(heap.target(edge));
                }
            }
        }
    }

    /// Nodes that only weak edges reach hang off the root, with what they hold. What is left are rings of nodes that
    /// hold one another: they hang off the root one by one, and what they hold is held by others as well.
    fn orphans(&mut self) {
        let heap = self.heap;
        let apart: Vec<Node> = heap.nodes().filter(|&node| self.marks[node as usize].number == 0).collect();
        let mut held = Bits::new(heap.node_count() as usize);
        for &node in &apart {
            for edge in heap.edges(node) {
                if let Some(target) = self.counting(node, edge) {
                    held.set(target);
                }
            }
        }
        for &node in &apart {
            if !held.has(node) {
                self.enter(node, 0);
                self.run::<false>();
            }
        }
    }

    /// The target of an edge, if it counts.
    #[inline]
    fn counting(&self, source: Node, edge: Edge) -> Option<Node> {
        let target = self.heap.target(edge);
        let counts = match self.heap.edge_kind(edge) {
            EdgeKind::Weak => false,
            EdgeKind::Shortcut if source != Heap::ROOT => false,
            EdgeKind::Internal => !self.pairs.is_tables_half(self.heap, source, edge),
            _ => true,
        };
        let counts =
            counts && target != source && (source == Heap::ROOT || !self.page.has(target) || self.page.has(source));
        counts.then_some(target)
    }

    /// Numbers a node, to go on from it.
    #[inline]
    fn enter(&mut self, node: Node, parent: u32) {
        self.nodes.push(node);
        self.parents.push(parent);
        self.marks[node as usize].number = self.nodes.len() as u32;
        self.stack.push((node, self.heap.first_edges[node as usize]));
    }

    /// Follows an edge that counts. `true` if it leads to a new node.
    #[inline]
    fn step<const PAGE: bool>(&mut self, target: Node, edge: Edge, parent: u32, from_root: bool) -> bool {
        let mark = self.marks[target as usize];
        if mark.number == 0 {
            if PAGE {
                self.page.set(target);
            }
            self.enter(target, parent);
            return true;
        }
        if PAGE && target == Heap::ROOT {
            self.page_apart.push(target);
        }
        // A second edge from the root to its child says nothing new. Its shortcuts come by twice.
        if !(from_root && (self.parents[mark.number as usize - 1] == 0 || self.others.has(edge))) {
            self.marks[target as usize].others += 1;
            self.others.set(edge);
        }
        false
    }

    /// Walks on until the stack is empty. With `PAGE` everything belongs to the page.
    fn run<const PAGE: bool>(&mut self) {
        let heap = self.heap;
        while let Some((node, first)) = self.stack.pop() {
            let last = heap.first_edges[node as usize + 1];
            let parent = self.marks[node as usize].number - 1;
            let mut edge = first;
            while edge < last {
                let this = edge;
                edge += 1;
                let kind = kind_of(heap.edge_names[this as usize]);
                if kind == EdgeKind::Weak {
                    continue;
                }
                let target = heap.targets[this as usize];
                let table = kind == EdgeKind::Internal && self.pairs.is_tables_half(heap, node, this);
                if table || kind == EdgeKind::Shortcut {
                    if PAGE && !self.page.has(target) {
                        self.page_apart.push(target);
                    }
                    continue;
                }
                if target == node || (!PAGE && self.page.has(target) && !self.page.has(node)) {
                    continue;
                }
                if self.marks[target as usize].number == 0 && edge < last {
                    // The rest of the node comes after the target, which goes on top.
                    self.stack.push((node, edge));
                    self.step::<PAGE>(target, this, parent, false);
                    break;
                }
                if self.step::<PAGE>(target, this, parent, false) {
                    break;
                }
            }
        }
    }

    /// Turns round the edges that are not the tree's. Gives their sources, and where those of each number end.
    fn turn(&mut self) -> (Vec<u32>, Vec<u32>) {
        let mut end = 0;
        for &node in &self.nodes {
            let mark = &mut self.marks[node as usize];
            end += mark.others;
            mark.others = end - mark.others;
        }
        let mut sources = vec![0; end as usize];
        let mut source = 0;
        for edge in self.others.iter() {
            while self.heap.first_edges[source + 1] <= edge {
                source += 1;
            }
            let number = self.marks[source].number - 1;
            let mark = &mut self.marks[self.heap.targets[edge as usize] as usize];
            sources[mark.others as usize] = number;
            mark.others += 1;
        }
        let ends = self.nodes.iter().map(|&node| self.marks[node as usize].others).collect();
        self.others = Bits::default();
        (sources, ends)
    }
}

/// Where a number stands in the forest that is built from the last number down.
#[derive(Clone, Copy)]
struct Link {
    ancestor: u32,
    /// The least semidominator on the way to the ancestor.
    least: u32,
}

/// From the parents in a depth-first tree to the dominators, given the sources of all other edges.
fn semi_nca(parents: Vec<u32>, sources: &[u32], mut ends: Vec<u32>) -> Vec<u32> {
    let mut forest: Vec<Link> = parents.iter().map(|&parent| Link { ancestor: parent, least: 0 }).collect();
    let mut path = Vec::new();
    for number in (1..parents.len()).rev() {
        let mut least = parents[number];
        for &source in &sources[ends[number - 1] as usize..ends[number] as usize] {
            let found = match source as usize <= number {
                true => source,
                false => compress(&mut forest, source, number as u32, &mut path),
            };
            least = least.min(found);
            if least == 0 {
                break;
            }
        }
        forest[number].least = least;
        // Where the sources end is not needed again: the semidominator takes its place.
        ends[number] = least;
    }
    drop(forest);
    let (semi, mut dominators) = (ends, parents);
    for number in 1..dominators.len() {
        let mut dominator = dominators[number];
        while dominator > semi[number] {
            dominator = dominators[dominator as usize];
        }
        dominators[number] = dominator;
    }
    dominators
}

/// The least semidominator on the way from `from` up to numbers that are at most `bound`; shortens the way.
#[inline]
fn compress(forest: &mut [Link], from: u32, bound: u32, path: &mut Vec<u32>) -> u32 {
    let mut at = from;
    let mut link = forest[at as usize];
    while link.ancestor > bound {
        path.push(at);
        at = link.ancestor;
        link = forest[at as usize];
    }
    while let Some(below) = path.pop() {
        let below = &mut forest[below as usize];
        below.least = below.least.min(link.least);
        below.ancestor = link.ancestor;
        link = *below;
    }
    link.least
}

impl Tree {
    /// Dominators and retained sizes by node.
    pub(super) fn retained(self, sizes: &Sizes) -> (Vec<Node>, Vec<u64>) {
        let count = self.nodes.len() + self.apart.len();
        let mut retained: Vec<u64> = (0..count as u32).map(|node| sizes.get(node)).collect();
        let mut dominators = vec![Heap::ROOT; count];
        for (&node, &dominator) in self.nodes.iter().zip(&self.dominators).skip(1).rev() {
            let dominator = self.nodes[dominator as usize];
            dominators[node as usize] = dominator;
            retained[dominator as usize] = retained[dominator as usize].saturating_add(retained[node as usize]);
        }
        for &node in &self.apart {
            retained[0] = retained[0].saturating_add(retained[node as usize]);
        }
        (dominators, retained)
    }
}
