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
//! | [`Store`] | a whole allocation | stays on its own | embedders; JavaScript's `ArrayBuffer` |
//!
//! Each of them is at most 32 bytes, like a `bytes::Bytes`; slicing a [`Buffer`] costs no atomic operation. A [`Reader`] gathers a
//! stream and cuts [`Frozen`] frames off it; a [`Budget`] limits what is held.
//!
//! # What holds what
//!
//! [`Buffer::weight`] answers for one view, at once. For a program, [`audit`] records every view by the line that made it, and
//! `audit::report` says which lines hold how much, and what copying would free.
//!
//! # Features
//!
//! * `audit` (default): views can be recorded. Without it nothing is, and nothing is paid.
//! * `report` (default): `audit::report`, through the crate `plimsoll-report`.
//! * `bytes`, `serde`: traits of those crates for [`Frozen`] and [`Reader`]. `half`: numbers of 16 bits in a typed lens.
//! * `tokio`: filling a [`Reader`] from an `AsyncRead`, and `FramedReader`, which makes frames of it by a [`Decode`]. `tokio-util`:
//!   decoders that were written for that crate.
//! * none for `std::io`: [`Buffer::cursor`] and [`Reader`] implement its traits, and `std::io::Cursor` does over a [`Frozen`].
//! * `zerocopy`: header structs at the front of bytes. `arrow-buffer`: Arrow's buffers from and to [`Frozen`]. `metrics`: gauges.
//!
//! Every call that makes a buffer or copies one has a `try_` twin that answers [`AllocError`] instead of panicking; `keep` and
//! `freeze`, which copy only when they have to, have none yet.
#![deny(unsafe_code)]

pub mod audit;
mod budget;
mod buffer;
pub mod cells;
mod decode;
pub mod encoding;
mod error;
mod frozen;
mod interop;
mod pool;
mod range;
mod raw;
mod reader;
mod shared;
mod store;
pub mod typed;
mod weigh;
mod weight;

pub use budget::{Budget, Charge, Charging};
pub use buffer::Buffer;
pub use decode::{Decode, FrameError, LengthDelimited};
pub use error::{AllocError, BadMultiple, OutOfRange};
pub use frozen::Frozen;
pub use interop::BufferCursor;
#[cfg(feature = "tokio")]
pub use interop::FramedReader;
#[cfg(feature = "metrics")]
pub use interop::Gauges;
#[cfg(feature = "tokio-util")]
pub use interop::ViaBytesMut;
pub use pool::{Pool, PoolStats};
pub use reader::{Keep, Reader};
pub use shared::{
    AtomicsError, GrowError, Integer, Interrupt, Misaligned, Shared, SnapshotError, WaitResult, Waitable, Waiting,
};
pub use store::Store;
pub use typed::Typed;
pub use weigh::{Weigh, weigh_all};
pub use weight::{KeepRule, Weight};

/// The README's example runs.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
