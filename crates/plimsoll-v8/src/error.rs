//! What is wrong with a snapshot, and where.

use std::fmt;

/// Why a snapshot could not be read. There is no partial answer: a file either is whole, or gives this.
#[derive(Debug)]
pub struct SnapshotError {
    at: u64,
    kind: ErrorKind,
    what: String,
    cause: Option<std::io::Error>,
}

/// The kinds of [`SnapshotError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The file could not be read, or not be unpacked.
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
        SnapshotError { at, kind, what: what.into(), cause: None }
    }

    pub(crate) fn read(at: u64, cause: std::io::Error) -> Self {
        SnapshotError { at, kind: ErrorKind::Read, what: cause.to_string(), cause: Some(cause) }
    }

    /// Where, in bytes from the beginning of the unpacked file.
    #[must_use]
    pub fn at(&self) -> u64 {
        self.at
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
        write!(f, "{said}: {} (at byte {})", self.what, self.at)
    }
}

impl std::error::Error for SnapshotError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(|cause| cause as _)
    }
}
