//! A bar on standard error for work that takes a while, if somebody looks.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// Shorter work needs no bar.
const PATIENCE: Duration = Duration::from_millis(700);

const WIDTH: usize = 30;

pub(crate) struct Bar {
    what: String,
    start: Instant,
    drawn: Option<Instant>,
    shows: bool,
}

impl Bar {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Bar { what: what.into(), start: Instant::now(), drawn: None, shows: io::stderr().is_terminal() }
    }

    /// So much is done, of so much if that is known.
    pub(crate) fn at(&mut self, done: u64, of: Option<u64>) {
        let now = Instant::now();
        let due = self.drawn.map_or(self.start + PATIENCE, |drawn| drawn + Duration::from_millis(100));
        if !self.shows || now < due {
            return;
        }
        self.drawn = Some(now);
        let amount = plimsoll_report::size(done);
        let text = match of.filter(|&of| of > 0) {
            Some(of) => {
                let full = ((done.min(of) as u128 * WIDTH as u128) / of as u128) as usize;
                format!(
                    "{} [{}{}] {amount} of {}",
                    self.what,
                    "#".repeat(full),
                    " ".repeat(WIDTH - full),
                    plimsoll_report::size(of)
                )
            }
            None => format!("{} {amount}", self.what),
        };
        let _ = write!(io::stderr(), "\r\x1b[K{text}");
    }

    /// What is done now has no end that one could tell.
    pub(crate) fn say(&mut self, what: &str) {
        if self.shows && self.start.elapsed() >= PATIENCE {
            self.drawn = Some(Instant::now());
            let _ = write!(io::stderr(), "\r\x1b[K{what}");
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if self.drawn.is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
