//! What a JavaScript heap of V8 holds: heap snapshots and running Node programs, as rows and holders for the report.
//!
//! ```no_run
//! use plimsoll_v8::{Graph, Heap, Source, buffers::Buffers, paths::Paths};
//!
//! let mut heap = Heap::read(Source::open("app.heapsnapshot.gz")?, &mut ())?;
//! let graph = Graph::of(&mut heap);
//! let (buffers, paths) = (Buffers::of(&heap), Paths::of(&heap, &graph));
//! for view in &buffers.views {
//!     let held = buffers.store(view).map_or(0, |store| store.size);
//!     let path: String = paths.to(&heap, view.node).iter().map(|&edge| plimsoll_v8::names::edge(&heap, edge)).collect();
//!     println!("{} at {path} holds {held} bytes", heap.name(view.node));
//! }
//! # Ok::<(), plimsoll_v8::SnapshotError>(())
//! ```
#![forbid(unsafe_code)]

mod bits;
pub mod buffers;
pub mod classes;
pub mod compare;
pub mod dump;
mod error;
pub mod graph;
pub mod heap;
pub mod holders;
pub mod live;
pub mod names;
pub mod parse;
pub mod paths;
pub mod source;
mod strings;
pub mod traces;

pub use error::{ErrorKind, SnapshotError};
pub use graph::Graph;
pub use heap::{EdgeKind, Heap, NodeKind};
pub use source::Source;
