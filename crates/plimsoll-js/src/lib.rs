//! The JavaScript host.
#![deny(unsafe_code)]
// While the parts are being joined.
#![allow(dead_code, unused_imports)]

mod memory;
mod raw;
mod state;
