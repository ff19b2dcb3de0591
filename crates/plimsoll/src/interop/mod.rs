//! Other crates' traits and types, each behind the feature of its name. The standard library's need none.

#[cfg(feature = "arrow-buffer")]
mod arrow;
#[cfg(feature = "bytes")]
mod bytes;
mod io;
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(feature = "bytes")]
mod raw;
#[cfg(feature = "serde")]
mod serde;
#[cfg(feature = "tokio")]
mod tokio;
#[cfg(feature = "tokio-util")]
mod tokio_util;
#[cfg(feature = "zerocopy")]
mod zerocopy;

pub use self::io::BufferCursor;
#[cfg(feature = "metrics")]
pub use self::metrics::Gauges;
#[cfg(feature = "tokio")]
pub use self::tokio::FramedReader;
#[cfg(feature = "tokio-util")]
pub use self::tokio_util::ViaBytesMut;
