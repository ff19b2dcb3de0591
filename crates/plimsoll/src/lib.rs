//! Byte buffers that know their load.
#![deny(unsafe_code)]

pub mod audit;
mod buffer;
pub mod cells;
pub mod encoding;
mod error;
mod frozen;
mod pool;
mod range;
mod raw;
mod store;
mod weight;

pub use buffer::Buffer;
pub use error::{AllocError, BadMultiple, OutOfRange};
pub use frozen::Frozen;
pub use pool::{Pool, PoolStats};
pub use store::Store;
pub use weight::{Keep, Weight};
