//! Runs programs written for Node's Buffer on Plimsoll's engine, so that they behave and print as they do in Node and can be
//! audited.
//!
//! ```
//! use plimsoll_js::{Ended, Host};
//!
//! let (outcome, ()) = match Host::default().run_source("hello.js", "console.log(Buffer.from('hi'))", || ()) {
//!     (outcome, look) => (outcome, look.unwrap_or_default()),
//! };
//! assert_eq!((outcome.exit_code, outcome.ended), (0, Ended::Finished));
//! ```
#![deny(unsafe_code)]

mod buffer;
mod host;
mod memory;
mod raw;
mod state;

pub use host::{Ended, Host, NODE_VERSION, Options, Outcome};
