//! Audits of real Node programs, on each version of Node that can be had: see `node.rs`.

mod fake;
#[cfg(unix)]
mod launched;
#[cfg(unix)]
mod node;
#[cfg(unix)]
mod quick;
#[cfg(unix)]
mod snapshot;
