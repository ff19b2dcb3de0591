//! Stores of bytes, the ArrayBuffers over them, and the views of those.
//!
//! ```text
//! object "Buffer", "DataView", …  --buffer-->  object "ArrayBuffer"  --backing_store-->  native "system / JSArrayBufferData"
//! ```
//!
//! Both edges are internal ones. Prototypes, closures and strings have the same names but not these edges. Where in its
//! ArrayBuffer a view begins, and how long it is, no version of V8 writes down.

use crate::heap::{EdgeKind, Heap, Node, NodeKind};
use std::collections::BTreeMap;
use std::ops::Range;

/// What Node's pool of small Buffers allocates at a time: until 24.17; from then on; and from 26.9 with its alignment.
const SLABS: [u64; 3] = [8192, 65536, 65600];

/// The buffers of a heap, each list in file order.
#[derive(Debug, Default)]
pub struct Buffers {
    /// Memory outside of V8's heap.
    pub stores: Vec<Store>,
    /// ArrayBuffers and SharedArrayBuffers.
    pub array_buffers: Vec<ArrayBuffer>,
    /// Typed arrays, Buffers and DataViews.
    pub views: Vec<View>,
}

/// Memory outside of V8's heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Store {
    /// The node of the store.
    pub node: Node,
    /// Bytes: the length of the ArrayBuffer as it is now, not what it may grow to.
    pub size: u64,
    /// Whether a Blob holds it, and no ArrayBuffer.
    pub blob: bool,
    /// Whether it is a slab of Node's pool: it has the size of one, and the mark that it must not be transferred.
    pub slab: bool,
}

/// An ArrayBuffer or a SharedArrayBuffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArrayBuffer {
    /// The node of the object.
    pub node: Node,
    /// Which of the stores; several may have the same. `None` if it is empty, detached, or its bytes are on V8's heap.
    pub store: Option<u32>,
    /// Whether it is called SharedArrayBuffer.
    pub shared: bool,
}

/// A typed array, a Buffer or a DataView: [`Heap::name`] says which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// The node of the object.
    pub node: Node,
    /// Which of the ArrayBuffers.
    pub array_buffer: u32,
}

impl Buffers {
    /// Finds them, in one pass over the edges of objects.
    #[must_use]
    pub fn of(heap: &Heap) -> Self {
        let [buffer, backing_store] = heap.strings.find_all(["buffer", "backing_store"]);
        let internal = |edge| heap.edge_kind(edge) == EdgeKind::Internal;
        let (mut views, mut owners, mut stores) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        for node in heap.nodes() {
            match heap.kind(node) {
                NodeKind::Object => {}
                NodeKind::Native if heap.name(node) == "Node / BackingStore" => {
                    stores.insert(node, Store { node, size: heap.self_size(node), blob: true, slab: false });
                    continue;
                }
                _ => continue,
            }
            for edge in heap.edges(node).filter(|&edge| internal(edge)) {
                let (name, target) = (heap.edge_number(edge), heap.target(edge));
                if buffer.contains(&name) && heap.kind(target) == NodeKind::Object {
                    views.push((node, target));
                    owners.entry(target).or_insert(None);
                } else if backing_store.contains(&name) && heap.kind(target) == NodeKind::Native {
                    owners.insert(node, Some(target));
                    let size = heap.self_size(target);
                    let store = stores.entry(target).or_insert(Store { node: target, size, blob: false, slab: false });
                    store.slab |= SLABS.contains(&size) && is_untransferable(heap, node);
                }
            }
        }
        let stores: Vec<Store> = stores.into_values().collect();
        let array_buffers: Vec<ArrayBuffer> = owners
            .into_iter()
            .map(|(node, store)| ArrayBuffer {
                node,
                store: store.and_then(|store| place(&stores, |known| known.node, store)),
                shared: heap.name(node) == "SharedArrayBuffer",
            })
            .collect();
        let views = views
            .into_iter()
            .filter_map(|(node, target)| {
                let array_buffer = place(&array_buffers, |known| known.node, target)?;
                Some(View { node, array_buffer })
            })
            .collect();
        Buffers { stores, array_buffers, views }
    }

    /// The ArrayBuffer of a view.
    #[must_use]
    pub fn array_buffer(&self, view: &View) -> &ArrayBuffer {
        &self.array_buffers[view.array_buffer as usize]
    }

    /// The store of a view, if it has one.
    #[must_use]
    pub fn store(&self, view: &View) -> Option<&Store> {
        self.array_buffer(view).store.map(|store| &self.stores[store as usize])
    }

    /// Bytes of all stores.
    #[must_use]
    pub fn gross(&self) -> u64 {
        self.stores.iter().map(|store| store.size).fold(0, u64::saturating_add)
    }
}

fn place<T>(sorted: &[T], node: impl Fn(&T) -> Node, wanted: Node) -> Option<u32> {
    sorted.binary_search_by_key(&wanted, node).ok().map(|at| at as u32)
}

/// Whether the ArrayBuffer has properties of its own that hold no object. That is how Node's mark looks, a private
/// symbol set to `true`; a WebAssembly memory, which has the size of a slab when it is one page, leads back to its object.
fn is_untransferable(heap: &Heap, array_buffer: Node) -> bool {
    let hidden = |edges: Range<u32>| edges.filter(|&edge| heap.edge_kind(edge) == EdgeKind::Hidden);
    hidden(heap.edges(array_buffer)).map(|edge| heap.target(edge)).any(|properties| {
        heap.name(properties) == "system / PropertyArray"
            && !hidden(heap.edges(properties)).any(|edge| heap.kind(heap.target(edge)) == NodeKind::Object)
    })
}
