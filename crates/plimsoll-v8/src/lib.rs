//! What a JavaScript heap of V8 holds: heap snapshots and running Node programs, as rows and holders for the report.
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

pub use error::{ErrorKind, SnapshotError};
pub use graph::Graph;
pub use heap::{EdgeKind, Heap, NodeKind};
pub use source::Source;
