//! The unsafe core. Outside this folder only `interop/raw.rs` contains `unsafe` code.
#![allow(unsafe_code)]

#[cfg(feature = "backtrace")]
pub(crate) mod births;
pub(crate) mod chunk;
pub(crate) mod clock;
pub(crate) mod counts;
pub(crate) mod elements;
mod ffi;
pub(crate) mod index;
pub(crate) mod leaf;
#[cfg(all(test, loom))]
mod model;
#[cfg(all(test, loom))]
mod model_index;
#[cfg(all(test, loom))]
mod model_parking;
pub(crate) mod parcel;
pub(crate) mod pool;
pub(crate) mod record;
pub(crate) mod recycle;
pub(crate) mod resizable;
pub(crate) mod site;
pub(crate) mod store;
pub(crate) mod sync;
pub(crate) mod view;
pub(crate) mod weighing;
pub(crate) mod window;
pub(crate) mod words;
