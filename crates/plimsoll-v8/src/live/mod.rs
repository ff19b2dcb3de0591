//! Running Node programs, through their inspector.
//!
//! A heap snapshot does not say which part of a store a view shows. A live process does: so a live audit knows net, gross and tare
//! exactly. It comes in two kinds.
//!
//! **Quick** ([`Session::quick`]): every live view and store of the main thread and its workers, without a snapshot. It takes half a second for
//! 100,000 views, and more where the heap is large, for V8 collects all garbage first. There are no lines of code in it: views are told by what they
//! are, as in `Buffer of 16 B in stores of 64 KiB`.
//!
//! **Deep** ([`Session::deep`]): the same rows, and a heap snapshot whose nodes join them, which says what holds each view. With
//! [`Session::track`] before, it has the stacks of allocations too.
//!
//! A program is started ([`Launch`]), found by its number ([`Process`]), or connected to by its inspector's address ([`Session::connect`]). Node 20
//! and later are supported.
//!
//! ```no_run
//! use plimsoll_report::TextOptions;
//! use plimsoll_v8::live::{Error, Launch};
//!
//! let ended = Launch::new("node", ["server.js"]).run()?;
//! for program in &ended.programs {
//!     if let Some(audit) = &program.last {
//!         print!("{}", audit.report(&program.script).text(&TextOptions::default()));
//!     }
//! }
//! # Ok::<(), Error>(())
//! ```
//!
//! # What the program notices
//!
//! It stands still during an audit, as during a full collection of garbage. No line of it runs, no global of it changes, and
//! nothing stays alive afterwards that was not alive before. Typed arrays of up to 64 bytes move out of V8's own heap.
//!
//! Whoever can talk to an inspector can run code in its program, so only this machine is talked to unless
//! [`Limits::allow_remote`] says otherwise.

mod audit;
mod client;
mod deep;
mod error;
mod http;
mod isolate;
#[cfg(unix)]
mod launch;
#[cfg(unix)]
mod lines;
mod places;
#[cfg(unix)]
mod process;
mod quick;
mod session;
mod stream;

use std::time::{Duration, Instant};

pub use audit::{Audit, IsolateSums};
pub use deep::{Deep, PinnedView};
pub use error::Error;
#[cfg(unix)]
pub use launch::{Ended, Launch, Look, Program};
#[cfg(unix)]
pub use process::Process;
pub use session::{Session, Thread};

/// How long to wait, and whom to talk to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long a connection may take to be made.
    pub connect: Duration,
    /// How long the program may be silent when it was asked something. A collection of garbage in a heap of gigabytes takes
    /// seconds.
    pub silence: Duration,
    /// Whether addresses that are not this machine's are allowed. Nothing on the way is encrypted, and whoever reads it
    /// can run code in the program.
    pub allow_remote: bool,
}

impl Default for Limits {
    /// 5 s to connect, 60 s of silence, this machine only.
    fn default() -> Self {
        Limits { connect: Duration::from_secs(5), silence: Duration::from_secs(60), allow_remote: false }
    }
}

/// So long after an instant: a century, if that is more than the clock can say.
pub(crate) fn after(start: Instant, time: Duration) -> Instant {
    const LONG: Duration = Duration::from_secs(100 * 366 * 24 * 3600);
    start.checked_add(time.min(LONG)).unwrap_or(start)
}
