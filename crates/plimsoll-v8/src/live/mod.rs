//! Running Node programs, through their inspector.

mod audit;
mod client;
mod deep;
mod error;
#[cfg(unix)]
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

use std::time::Duration;

pub use audit::{Audit, IsolateSums};
pub use deep::{Deep, PinnedView};
pub use error::Error;
#[cfg(unix)]
pub use launch::{Ended, Launch, Program};
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
