//! The unsafe core. Nothing outside this folder contains `unsafe` code.
#![allow(unsafe_code)]

pub(crate) mod counts;
mod ffi;
pub(crate) mod leaf;
#[cfg(all(test, loom))]
mod model;
pub(crate) mod pool;
pub(crate) mod record;
pub(crate) mod site;
pub(crate) mod store;
pub(crate) mod sync;
pub(crate) mod view;
pub(crate) mod window;
