//! Standard output and standard error of the program.

use std::io::{self, Write};
use std::time::{Duration, Instant};

/// Where the program's text goes. Standard output is gathered and written in large pieces; it is written out before anything
/// goes to standard error, so that the two keep their order on a terminal.
pub(crate) struct Output {
    stdout: Box<dyn Write + Send>,
    stderr: Box<dyn Write + Send>,
    gathered: Vec<u8>,
    /// When something was last written out.
    written: Instant,
}

/// Bytes gathered before they are written.
const ENOUGH: usize = 64 * 1024;
/// What is gathered longer than this goes out with the next text, so that a program that works for long is seen to work, and
/// not much is lost when it is killed.
const LONG_AGO: Duration = Duration::from_millis(50);

impl Output {
    pub(crate) fn new(stdout: Box<dyn Write + Send>, stderr: Box<dyn Write + Send>) -> Output {
        Output { stdout, stderr, gathered: Vec::new(), written: Instant::now() }
    }

    /// Writes to standard output, sooner or later.
    pub(crate) fn out(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= ENOUGH || self.written.elapsed() >= LONG_AGO { self.flush() } else { Ok(()) }
    }

    /// Writes to standard error at once.
    pub(crate) fn err(&mut self, bytes: &[u8]) -> io::Result<()> {
        let flushed = self.flush();
        self.stderr.write_all(bytes)?;
        self.stderr.flush()?;
        flushed
    }

    /// Writes out what was gathered.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.written = Instant::now();
        if self.gathered.is_empty() {
            return Ok(());
        }
        let gathered = std::mem::take(&mut self.gathered);
        self.stdout.write_all(&gathered)?;
        self.stdout.flush()
    }
}
