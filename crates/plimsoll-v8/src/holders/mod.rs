//! From a heap to the report: who keeps buffers alive, by the pattern of the way that leads to them.

mod pattern;

use crate::buffers::{Buffers, Store, View};
use crate::classes::{Class, classes};
use crate::graph::Graph;
use crate::heap::{Edge, Heap, Node, NodeKind};
use crate::live::PinnedView;
use crate::names::{self, Scripts};
use crate::paths::Paths;
use pattern::Patterns;
use plimsoll_report::{ClassRow, HeapRows, PathRow, Report, Rows, SiteRow, Source, StoreRow, UnseenRow, ViewRow};
use std::collections::HashMap;

/// Steps of an example that are told; the rest, in its middle, is counted.
const TOLD: usize = 60;

/// Views whose ranges are known, because the program was asked for them.
#[derive(Debug, Default)]
pub struct Seen {
    ranges: HashMap<Node, PinnedView>,
    sites: Option<Sites>,
}

impl Seen {
    /// Finds the views that element *i* of the pinned array is, for the row *i*, and takes the array's edges out of the heap: it is
    /// the auditor's, not the program's. `None` if the array is not there as it was said to be.
    pub fn join(heap: &mut Heap, array: u64, rows: &[PinnedView]) -> Option<Seen> {
        let array = heap.nodes().find(|&node| u64::from(heap.id(node)) == array)?;
        let mut ranges = HashMap::with_capacity(rows.len());
        // The array's own elements, or those of the store behind it.
        let stores: Vec<Node> = heap.edges(array).map(|edge| heap.target(edge)).collect();
        for holder in std::iter::once(array).chain(stores) {
            if holder != array && heap.kind(holder) != NodeKind::Array {
                continue;
            }
            for edge in heap.edges(holder) {
                if let Some(row) = heap.element(edge).and_then(|index| rows.get(index as usize)) {
                    ranges.insert(heap.target(edge), *row);
                }
            }
            heap.forget_edges(holder);
        }
        (ranges.len() == rows.len()).then_some(Seen { ranges, sites: None })
    }

    /// Adds where views were made, from an earlier snapshot of the same process.
    #[must_use]
    pub fn with_sites(self, sites: Sites) -> Seen {
        Seen { sites: Some(sites), ..self }
    }

    /// How many views.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ranges.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }
}

/// Where views and ArrayBuffers were made, by V8's ids of them: they stay the same as long as the process keeps count.
#[derive(Debug, Default)]
pub struct Sites {
    places: Vec<String>,
    of_objects: HashMap<u32, usize>,
}

impl Sites {
    /// Finds them in a snapshot that has stacks: see [`Heap::site`].
    #[must_use]
    pub fn of(heap: &Heap) -> Sites {
        let buffers = Buffers::of(heap);
        let views = buffers.views.iter().map(|view| view.node);
        let (mut sites, mut numbers, mut of_functions) = (Sites::default(), HashMap::new(), HashMap::new());
        for node in views.chain(buffers.array_buffers.iter().map(|array_buffer| array_buffer.node)) {
            let Some(function) = heap.traces.own(node) else { continue };
            let number = *of_functions.entry(function).or_insert_with(|| {
                *numbers.entry(heap.place_of(function)).or_insert_with_key(|site| {
                    sites.places.push(site.clone());
                    sites.places.len() - 1
                })
            });
            sites.of_objects.insert(heap.id(node), number);
        }
        sites
    }

    fn get(&self, heap: &Heap, node: Node) -> Option<usize> {
        self.of_objects.get(&heap.id(node)).copied()
    }

    fn rows(&self) -> Vec<SiteRow> {
        self.places.iter().map(|place| SiteRow { site: place.clone(), stores: Vec::new() }).collect()
    }
}

/// A report, and what later snapshots of the same process are compared with.
#[derive(Debug)]
pub struct Found {
    /// The report.
    pub report: Report,
    /// The ArrayBuffers that hold bytes: their ids, which stay the same as long as the process keeps count.
    pub array_buffers: Vec<Held>,
}

/// An ArrayBuffer that holds bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// V8's id of the object.
    pub id: u32,
    /// Bytes of its store. Of several over one store the first has them.
    pub bytes: u64,
    /// The pattern of the way to its first view, or to itself, as the report calls it.
    pub place: String,
}

/// The report on a heap whose sizes and distances have been worked out.
///
/// What a view shows is in it only if it was [seen](Seen); of the others the report has bounds. Left out, as in a quick audit, are
/// the views that Node's pool itself has of its slabs, and slabs that no other view shows a byte of. Works on two threads.
#[must_use]
pub fn report(heap: &Heap, graph: &Graph, seen: &Seen, source: Source) -> Found {
    std::thread::scope(|scope| {
        let classes = scope.spawn(|| classes(heap, graph));
        found(heap, graph, seen, source, || classes.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

fn found(heap: &Heap, graph: &Graph, seen: &Seen, source: Source, classes: impl FnOnce() -> Vec<Class>) -> Found {
    let (buffers, paths, scripts) = (Buffers::of(heap), Paths::of(heap, graph), Scripts::of(heap));
    let mut places =
        Places { patterns: Patterns::new(heap, &paths, &scripts), rows: Vec::new(), numbers: HashMap::new() };
    let mut rows = Rows::default();
    let mut unseen = Vec::new();
    let own_sites = heap.is_traced().then(|| Sites::of(heap));
    let sites = seen.sites.as_ref().or(own_sites.as_ref());
    let mut site_rows: Option<Vec<SiteRow>> = sites.map(Sites::rows);
    let mut shown = vec![false; buffers.stores.len()];
    let mut first_views: Vec<Option<u32>> = vec![None; buffers.array_buffers.len()];
    for view in &buffers.views {
        let Some(number) = buffers.array_buffer(view).store else { continue };
        let pattern = places.patterns.of(view.node);
        if buffers.stores[number as usize].slab && places.patterns.is_the_pools_own(pattern) {
            continue;
        }
        shown[number as usize] = true;
        let place = places.of_pattern(heap, pattern, view.node, Some(view));
        first_views[view.array_buffer as usize].get_or_insert(place);
        let store = u64::from(number);
        if let (Some(sites), Some(rows)) = (sites, &mut site_rows) {
            let made = sites.get(heap, view.node).or_else(|| sites.get(heap, buffers.array_buffer(view).node));
            if let Some(site) = made {
                rows[site].stores.push(store);
            }
        }
        match seen.ranges.get(&view.node) {
            Some(row) => rows.views.push(ViewRow { store, offset: row.offset, len: row.len, place }),
            None => unseen.push(UnseenRow { store, most: most(heap, view, &buffers.stores[number as usize]), place }),
        }
    }
    let mut keepers: Vec<Node> = buffers.stores.iter().map(|store| store.node).collect();
    for array_buffer in &buffers.array_buffers {
        if let Some(store) = array_buffer.store {
            keepers[store as usize] = array_buffer.node;
        }
    }
    for (number, store) in buffers.stores.iter().enumerate() {
        if store.slab && !shown[number] {
            continue;
        }
        // Who made a store is not in a heap. One without a view is told by what leads to it.
        let born = if shown[number] { u32::MAX } else { places.of(heap, keepers[number], None) };
        rows.stores.push(StoreRow {
            id: number as u64,
            capacity: store.size,
            slab: store.slab,
            born,
            stands_for: None,
        });
    }
    let mut counted = vec![false; buffers.stores.len()];
    let mut held = Vec::new();
    for (array_buffer, first_view) in buffers.array_buffers.iter().zip(first_views) {
        let Some(number) = array_buffer.store.map(|store| store as usize) else { continue };
        let store = &buffers.stores[number];
        if store.slab && !shown[number] {
            continue;
        }
        let bytes = if std::mem::replace(&mut counted[number], true) { 0 } else { store.size };
        let place = first_view.unwrap_or_else(|| places.of(heap, array_buffer.node, None));
        held.push((heap.id(array_buffer.node), bytes, place));
    }
    let (texts, paths) = places.close(&paths, heap);
    let held = held.into_iter().map(|(id, bytes, place)| Held { id, bytes, place: texts[place as usize].clone() });
    let array_buffers = held.collect();
    rows.places = texts;
    let classes = classes().into_iter().map(|class| ClassRow {
        name: class.name,
        objects: class.count,
        shallow: class.shallow,
        retained: class.retained,
    });
    let report =
        Report::of_heap(source, rows, HeapRows { unseen, paths, classes: classes.collect(), sites: site_rows });
    Found { report, array_buffers }
}

/// The most that one view of the store can show. What Node's pool hands out is of class Buffer and less than half a slab; views of
/// other classes somebody made of a slab, and they may show all of it. So may a Buffer that was made of one, which looks like the
/// pool's: the report says that it is taken for those.
fn most(heap: &Heap, view: &View, store: &Store) -> u64 {
    let slab = match store.size {
        size if !store.slab || !matches!(heap.name(view.node), "Buffer" | "FastBuffer") => return size,
        65_536..=65_600 => 65_536,
        size => size,
    };
    slab / 2 - 1
}

/// The distinct patterns, as places of the report.
struct Places<'a> {
    patterns: Patterns<'a>,
    rows: Vec<Place>,
    numbers: HashMap<u32, u32>,
}

struct Place {
    pattern: u32,
    example: Node,
    constructors: String,
}

impl Places<'_> {
    fn of(&mut self, heap: &Heap, node: Node, view: Option<&View>) -> u32 {
        let pattern = self.patterns.of(node);
        self.of_pattern(heap, pattern, node, view)
    }

    fn of_pattern(&mut self, heap: &Heap, pattern: u32, node: Node, view: Option<&View>) -> u32 {
        *self.numbers.entry(pattern).or_insert_with(|| {
            let constructors =
                view.map_or_else(String::new, |view| names::cut(heap.name(view.node), names::LONGEST).to_owned());
            self.rows.push(Place { pattern, example: node, constructors });
            self.rows.len() as u32 - 1
        })
    }

    fn close(self, paths: &Paths, heap: &Heap) -> (Vec<String>, Vec<PathRow>) {
        let mut texts = Vec::with_capacity(self.rows.len());
        let mut rows = Vec::with_capacity(self.rows.len());
        let mut examples = Examples { heap, paths, known: HashMap::new() };
        for (number, place) in self.rows.into_iter().enumerate() {
            let pattern = self.patterns.get(place.pattern);
            texts.push(self.patterns.text(pattern));
            rows.push(PathRow {
                place: number as u32,
                at: self.patterns.at(pattern),
                constructors: place.constructors,
                example: examples.of(place.example),
            });
        }
        (texts, rows)
    }
}

/// Ways, step by step, from the root: what each edge is called, and where it leads.
struct Examples<'a> {
    heap: &'a Heap,
    paths: &'a Paths,
    /// Of the nodes on ways that were told: how far they are, and the node at which the way's first steps end. There can be as many
    /// ways as nodes, each as long as the heap.
    known: HashMap<Node, (usize, Node)>,
}

impl Examples<'_> {
    fn of(&mut self, node: Node) -> Vec<String> {
        const HALF: usize = TOLD / 2;
        let mut way = Vec::new();
        let mut at = node;
        let (mut length, mut first) = loop {
            if let Some(&known) = self.known.get(&at) {
                break known;
            }
            let Some(edge) = self.paths.last(at) else { break (0, at) };
            way.push(edge);
            at = self.heap.source(edge);
        };
        while let Some(edge) = way.pop() {
            let target = self.heap.target(edge);
            length += 1;
            if length <= HALF {
                first = target;
            }
            self.known.insert(target, (length, first));
        }
        if length <= TOLD {
            return self.tell(&self.paths.to(self.heap, node));
        }
        let back = |&edge: &Edge| self.paths.last(self.heap.source(edge));
        let mut last: Vec<Edge> = std::iter::successors(self.paths.last(node), back).take(HALF).collect();
        last.reverse();
        let mut steps = self.tell(&self.paths.to(self.heap, first));
        steps.push(format!("({} more)", length - TOLD));
        steps.extend(self.tell(&last));
        steps
    }

    fn tell(&self, way: &[Edge]) -> Vec<String> {
        let heap = self.heap;
        let step = |&edge: &Edge| {
            let target = heap.target(edge);
            let name = heap.name(target);
            let name = if name.is_empty() { heap.kind_name(target) } else { name };
            format!("{} {} @{}", names::edge(heap, edge), short(name), heap.id(target))
        };
        way.iter().map(step).collect()
    }
}

fn short(name: &str) -> String {
    const LONGEST: usize = 40;
    let told = names::cut(name, LONGEST);
    if told.len() < name.len() { format!("{told}…") } else { name.to_owned() }
}
