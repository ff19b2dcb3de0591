//! Where a snapshot comes from: a file, standard input, any reader; packed or not.

mod packed;
mod part;
mod pieces;

use crate::error::SnapshotError;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) use packed::Fault;
pub(crate) use part::Part;
pub(crate) use pieces::Pieces;

/// The bytes of a snapshot, unpacked. gzip and Zstandard are told by their first bytes, whatever the file is called.
pub struct Source {
    reader: Box<dyn Read + Send>,
    /// Bytes taken from the file so far, still packed.
    taken: Arc<AtomicU64>,
    len: Option<u64>,
    packed: bool,
    /// If it is a file and not packed.
    plain: Option<Arc<File>>,
}

impl Source {
    /// The file at `path`.
    ///
    /// # Errors
    /// If it cannot be opened, or its first bytes cannot be read.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, SnapshotError> {
        let file = File::open(path).map_err(|error| SnapshotError::read(0, error))?;
        let len = file.metadata().ok().filter(|metadata| metadata.is_file()).map(|metadata| metadata.len());
        let file = Arc::new(file);
        let source = Source::new(Arc::clone(&file), len)?;
        let plain = (len.is_some() && !source.packed).then_some(file);
        Ok(Source { plain, ..source })
    }

    /// Whether a file begins as snapshots do, or is packed. `false` if it cannot be read, or is a pipe.
    #[must_use]
    pub fn is_likely(path: impl AsRef<Path>) -> bool {
        let mut beginning = Vec::new();
        let path = path.as_ref();
        if !path.is_file() || File::open(path).and_then(|file| file.take(64).read_to_end(&mut beginning)).is_err() {
            return false;
        }
        let snapshot = || Some(beginning.trim_ascii_start().strip_prefix(b"{")?.trim_ascii_start());
        Packing::of(&beginning).is_some() || snapshot().is_some_and(|inner| inner.starts_with(b"\"snapshot\""))
    }

    /// Standard input.
    ///
    /// # Errors
    /// If its first bytes cannot be read.
    pub fn stdin() -> Result<Self, SnapshotError> {
        Source::new(io::stdin(), None)
    }

    /// Any reader. It is read from a thread of its own, unless the snapshot is short.
    ///
    /// # Errors
    /// If its first bytes cannot be read.
    pub fn from_reader(reader: impl Read + Send + 'static) -> Result<Self, SnapshotError> {
        Source::new(reader, None)
    }

    fn new(mut reader: impl Read + Send + 'static, len: Option<u64>) -> Result<Self, SnapshotError> {
        let mut magic = [0; 4];
        let mut got = 0;
        while got < magic.len() {
            match reader.read(&mut magic[got..]) {
                Ok(0) => break,
                Ok(n) => got += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(SnapshotError::read(0, error)),
            }
        }
        let taken = Arc::new(AtomicU64::new(0));
        let whole =
            Counted { reader: io::Cursor::new(magic).take(got as u64).chain(reader), taken: Arc::clone(&taken) };
        let packing = Packing::of(&magic);
        let reader: Box<dyn Read + Send> = match packing {
            Some(Packing::Gzip) => Box::new(packed::Gzip::new(whole)),
            Some(Packing::Zstandard) => Box::new(packed::Zstandard::new(whole)),
            None => Box::new(whole),
        };
        Ok(Source { reader, taken, len, packed: packing.is_some(), plain: None })
    }

    /// The length of the unpacked bytes, if that is known beforehand.
    pub(crate) fn unpacked_len(&self) -> Option<u64> {
        self.len.filter(|_| !self.packed)
    }

    /// The length of the file as it is, if known, and what counts the bytes taken from it.
    pub(crate) fn file(&self) -> (Option<u64>, Arc<AtomicU64>) {
        (self.len, Arc::clone(&self.taken))
    }

    /// Whether the bytes are unpacked ones.
    pub(crate) fn is_packed(&self) -> bool {
        self.packed
    }

    /// The bytes from the beginning, if they are those of a plain file. As often as is wanted.
    pub(crate) fn part(&self) -> Option<Part> {
        let file = Arc::clone(self.plain.as_ref()?);
        self.taken.store(0, Ordering::Relaxed);
        Some(Part::new(file, Arc::clone(&self.taken)))
    }

    pub(crate) fn into_pieces(self) -> io::Result<Pieces> {
        match self.part() {
            Some(part) => Ok(Pieces::Plain(part)),
            None => Pieces::new(self.reader),
        }
    }
}

enum Packing {
    Gzip,
    Zstandard,
}

impl Packing {
    fn of(beginning: &[u8]) -> Option<Packing> {
        match beginning {
            _ if beginning.starts_with(&packed::GZIP) => Some(Packing::Gzip),
            _ if beginning.starts_with(&packed::ZSTANDARD) => Some(Packing::Zstandard),
            _ => None,
        }
    }
}

/// Counts what goes through.
struct Counted<R> {
    reader: R,
    taken: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.reader.read(into)?;
        self.taken.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}
