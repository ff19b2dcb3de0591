//! Byte buffers that know their load.
//!
//! A zero-copy view is cheap and it lies about its weight: sixteen bytes cut out of a megabyte look like sixteen bytes in a list
//! and keep the megabyte alive. The buffers of this crate behave as Node.js's do, and each can say what it carries.
//!
//! ```
//! use plimsoll::{Buffer, Frozen};
//!
//! // Keep what you show: `keep` copies when a view holds much more than it shows.
//! let packet = Buffer::alloc(1 << 20);
//! let id: Frozen = packet.subarray(8..24).keep().freeze();
//! assert_eq!((id.weight().net, id.weight().gross), (16, 16));
//!
//! // Views share memory, and know it.
//! let head = packet.subarray(..8);
//! packet.write_u32_be(0xcafe, 0)?;
//! assert_eq!(head.read_u32_be(0)?, 0xcafe);
//! assert_eq!((head.weight().net, head.weight().gross), (8, 1 << 20));
//! # Ok::<(), plimsoll::OutOfRange>(())
//! ```
//!
//! # Which handle
//!
//! | handle | bytes are | threads | for |
//! |---|---|---|---|
//! | [`Buffer`] | aliasing, mutable: `[Cell<u8>]` | stays on its own | Node's semantics: write through a view, the parent changes |
//! | [`Frozen`] | immutable: `&[u8]` | any | hand over, keep, send |
//! | [`Shared`] | 64-bit atomic words | any, at once | `SharedArrayBuffer` and `Atomics` |
//! | [`Store`] | a whole allocation, perhaps resizable | stays on its own | embedders; JavaScript's `ArrayBuffer` |
//! | [`Parcel`] | a whole allocation that nobody else holds: `&mut [u8]` | moves between them | `postMessage` with a transfer |
//!
//! Each of them is at most 32 bytes, like a `bytes::Bytes`; slicing a [`Buffer`] costs no atomic operation. A [`Reader`] gathers a
//! stream and cuts [`Frozen`] frames off it, from chunks of a [`ChunkPool`]; a [`Budget`] limits what is held; a [`Tracking`] view
//! follows a store that is resized.
//!
//! # What holds what
//!
//! [`Buffer::weight`] answers for one view, at once. For a program, [`audit`] records every view by the line that made it, and
//! `audit::report` says which lines hold how much, and what copying would free. [`weigh()`] answers for any slice, also one of
//! somebody else's memory if the program's allocator is [`Weighing`](alloc::Weighing).
//!
//! # Features
//!
//! * `audit` (default): views can be recorded. Without it nothing is, and nothing is paid.
//! * `report` (default): `audit::report`, through the crate `plimsoll-report`.
//! * `bytes`, `serde`: traits of those crates for [`Frozen`] and [`Reader`]. `half`: numbers of 16 bits in a typed lens and at offsets.
//! * `tokio`: filling a [`Reader`] from an `AsyncRead`, and `FramedReader`, which makes frames of it by a [`Decode`]. `tokio-util`:
//!   decoders that were written for that crate.
//! * none for `std::io`: [`Buffer::cursor`] and [`Reader`] implement its traits, and `std::io::Cursor` does over a [`Frozen`].
//! * `zerocopy`: header structs at the front of bytes. `arrow-buffer`: Arrow's buffers from and to [`Frozen`]. `metrics`: gauges.
//! * `zeroize`: memory for secrets, overwritten before anybody else may have it.
//! * `backtrace`: [`Weighing`](alloc::Weighing) samples where allocations are made.
//!
//! Every call that makes a buffer or copies one has a `try_` twin that answers [`AllocError`] instead of panicking.
#![deny(unsafe_code)]

pub mod alloc;
pub mod audit;
mod budget;
mod buffer;
pub mod cells;
mod chunks;
mod decode;
pub mod encoding;
mod error;
mod frozen;
mod interop;
mod numbers;
mod parcel;
mod pool;
mod range;
mod raw;
mod reader;
mod shared;
mod store;
mod tracking;
pub mod typed;
mod weigh;
mod weight;

pub use budget::{Budget, Charge, Charging};
pub use buffer::Buffer;
pub use chunks::{ChunkPool, ChunkPoolStats};
pub use decode::{Decode, FrameError, LengthDelimited};
pub use error::{AllocError, BadMultiple, OutOfRange, ResizeError, TransferError, ViewError};
pub use frozen::{Frozen, FrozenIntoIter};
pub use interop::BufferCursor;
#[cfg(feature = "tokio")]
pub use interop::FramedReader;
#[cfg(feature = "metrics")]
pub use interop::Gauges;
#[cfg(feature = "tokio-util")]
pub use interop::ViaBytesMut;
pub use parcel::Parcel;
pub use pool::{Pool, PoolStats, StillShown};
pub use reader::{Keep, Reader};
pub use shared::{
    AtomicsError, GrowError, Integer, Interrupt, Misaligned, Shared, SnapshotError, WaitResult, Waitable, Waiting,
};
pub use store::Store;
pub use tracking::Tracking;
pub use typed::Typed;
pub use weigh::{Birth, Holder, Weigh, Weighed, weigh, weigh_all};
pub use weight::{KeepRule, Weight};

/// The README's example runs.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
