//! What is wrong with a snapshot, and where.

use crate::source::Fault;
use std::fmt;

/// Why a snapshot could not be read. There is no partial answer: a file either is whole, or gives this.
#[derive(Debug)]
pub struct SnapshotError {
    at: u64,
    of: Of,
    kind: ErrorKind,
    what: String,
    cause: Option<std::io::Error>,
}

/// What a place is counted in.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Of {
    /// The file, which is not packed.
    File,
    /// What was unpacked from it.
    Unpacked,
    /// What had been unpacked from it when it failed at this byte of the file.
    Packed(u64),
}

/// The kinds of [`SnapshotError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The file could not be read.
    Read,
    /// This is not a heap snapshot at all.
    NotASnapshot,
    /// The file ends too early.
    Truncated,
    /// The file contradicts itself or the format.
    Damaged,
    /// A snapshot beyond what this reader can hold, or without the fields that it needs.
    Unsupported,
}

impl SnapshotError {
    pub(crate) fn new(kind: ErrorKind, at: u64, what: impl Into<String>) -> Self {
        SnapshotError { at, of: Of::File, kind, what: what.into(), cause: None }
    }

    /// What a reader says: that it cannot read on, at this byte of the file, or that it cannot unpack what it reads.
    pub(crate) fn read(at: u64, cause: std::io::Error) -> Self {
        match cause.downcast::<Fault>() {
            Ok(Fault { kind, what, at, unpacked }) => {
                SnapshotError { at: unpacked, of: Of::Packed(at), kind, what, cause: None }
            }
            Err(cause) => {
                SnapshotError { at, of: Of::File, kind: ErrorKind::Read, what: cause.to_string(), cause: Some(cause) }
            }
        }
    }

    /// The same of a file that was packed.
    pub(crate) fn of_unpacked(self) -> Self {
        let of = if self.of == Of::File && self.kind != ErrorKind::Read { Of::Unpacked } else { self.of };
        SnapshotError { of, ..self }
    }

    /// Where, in bytes from the beginning of the unpacked file; if it could not be read, of the file as it is.
    #[must_use]
    pub fn at(&self) -> u64 {
        self.at
    }

    /// Where in the packed file, if it is packed and could not be unpacked.
    #[must_use]
    pub fn at_packed(&self) -> Option<u64> {
        match self.of {
            Of::Packed(at) => Some(at),
            _ => None,
        }
    }

    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = match self.kind {
            ErrorKind::Read => "cannot be read",
            ErrorKind::NotASnapshot => "not a heap snapshot",
            ErrorKind::Truncated => "the snapshot is cut off",
            ErrorKind::Damaged => "the snapshot is damaged",
            ErrorKind::Unsupported => "the snapshot is not supported",
        };
        let Self { what, at, .. } = self;
        match self.of {
            Of::File => write!(f, "{said}: {what} (at byte {at})"),
            Of::Unpacked => write!(f, "{said}: {what} (at byte {at} of the unpacked text)"),
            Of::Packed(packed) => {
                write!(f, "{said}: {what} (at byte {packed} of the packed file, after {at} bytes of unpacked text)")
            }
        }
    }
}

impl std::error::Error for SnapshotError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(|cause| cause as _)
    }
}
