//! Standard output and standard error of the program.

use std::io::{self, Write};

/// Where the program's text goes. Standard output is gathered and written in large pieces; it is written out before anything
/// goes to standard error, so that the two keep their order on a terminal.
pub(crate) struct Output {
    stdout: Box<dyn Write + Send>,
    stderr: Box<dyn Write + Send>,
    gathered: Vec<u8>,
}

/// Bytes gathered before they are written.
const ENOUGH: usize = 64 * 1024;

impl Output {
    pub(crate) fn new(stdout: Box<dyn Write + Send>, stderr: Box<dyn Write + Send>) -> Output {
        Output { stdout, stderr, gathered: Vec::new() }
    }

    /// Writes to standard output, sooner or later.
    pub(crate) fn out(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= ENOUGH { self.flush() } else { Ok(()) }
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
        let gathered = std::mem::take(&mut self.gathered);
        self.stdout.write_all(&gathered)?;
        self.stdout.flush()
    }
}
