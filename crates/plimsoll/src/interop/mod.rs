//! Other crates' traits and types, each behind the feature of its name.

#[cfg(feature = "bytes")]
mod bytes;
#[cfg(feature = "bytes")]
mod raw;
#[cfg(feature = "serde")]
mod serde;
#[cfg(feature = "tokio")]
mod tokio;
#[cfg(feature = "tokio-util")]
mod tokio_util;

#[cfg(feature = "tokio")]
pub use self::tokio::FramedReader;
#[cfg(feature = "tokio-util")]
pub use self::tokio_util::ViaBytesMut;
