//! Other crates' traits and types, each behind the feature of its name.

#[cfg(feature = "bytes")]
mod bytes;
#[cfg(feature = "bytes")]
mod raw;
#[cfg(feature = "serde")]
mod serde;
#[cfg(feature = "tokio")]
mod tokio;
