//! A plain file, which can be read at several places at once.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Bytes in a piece: few enough to be in the processor's cache still when they are looked at.
const PIECE: usize = 1 << 18;

/// The file from a place on. No thread reads ahead for it: that would take a processor from who reads another part.
pub(crate) struct Part {
    file: Arc<File>,
    at: u64,
    /// Bytes that all parts have read, those that two have read twice.
    taken: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
}

impl Part {
    pub(super) fn new(file: Arc<File>, taken: Arc<AtomicU64>) -> Self {
        Part { file, at: 0, taken, stop: Arc::default() }
    }

    /// The file from another place on.
    pub(crate) fn another(&self, at: u64) -> Self {
        Part { file: Arc::clone(&self.file), at, taken: Arc::clone(&self.taken), stop: Arc::default() }
    }

    /// If this is set, the file seems to end.
    pub(crate) fn stop(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }

    /// Goes on from another place.
    pub(crate) fn jump(&mut self, to: u64) {
        self.at = to;
    }

    /// The next piece in place of `used`; an empty one at the end.
    pub(crate) fn next(&mut self, used: Vec<u8>) -> io::Result<Vec<u8>> {
        let mut piece = if used.len() == PIECE { used } else { vec![0; PIECE] };
        let len = if self.stop.load(Ordering::Relaxed) { 0 } else { self.fill(&mut piece, self.at)? };
        piece.truncate(len);
        self.at += len as u64;
        self.taken.fetch_add(len as u64, Ordering::Relaxed);
        Ok(piece)
    }

    /// Where that byte is, from a place on. `None`: nowhere.
    pub(crate) fn find(&self, byte: u8, mut from: u64) -> io::Result<Option<u64>> {
        let mut piece = vec![0; PIECE];
        loop {
            let len = self.fill(&mut piece, from)?;
            match memchr::memchr(byte, &piece[..len]) {
                Some(at) => return Ok(Some(from + at as u64)),
                None if len == 0 => return Ok(None),
                None => from += len as u64,
            }
        }
    }

    /// Fills the piece; less of it only at the end. Gives the bytes.
    fn fill(&self, piece: &mut [u8], at: u64) -> io::Result<usize> {
        let mut len = 0;
        while len < piece.len() {
            match read_at(&self.file, &mut piece[len..], at + len as u64) {
                Ok(0) => break,
                Ok(n) => len += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(len)
    }
}

#[cfg(unix)]
fn read_at(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, at)
}

#[cfg(windows)]
fn read_at(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, at)
}
