//! What can go wrong with shared memory, with the numbers in it.

use crate::error::{AllocError, OutOfRange};
use std::error::Error;
use std::fmt;

/// An atomic access to bytes that are not one whole number of the memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misaligned {
    /// First byte asked for, counted from the start of the view.
    pub offset: usize,
    /// The same, counted from the start of the memory: what has to be a multiple.
    pub position: usize,
    /// Of how many bytes.
    pub align: usize,
}

impl fmt::Display for Misaligned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { offset, position, align } = self;
        write!(f, "offset {offset} is byte {position} of the memory, which is no multiple of {align}")
    }
}

impl Error for Misaligned {}

/// An atomic access, a wait or a wake that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtomicsError {
    /// The number does not fit in the view.
    OutOfRange(OutOfRange),
    /// The number is not aligned to its size.
    Misaligned(Misaligned),
}

impl fmt::Display for AtomicsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange(error) => error.fmt(f),
            Self::Misaligned(error) => error.fmt(f),
        }
    }
}

impl Error for AtomicsError {}

impl From<OutOfRange> for AtomicsError {
    fn from(error: OutOfRange) -> Self {
        Self::OutOfRange(error)
    }
}

impl From<Misaligned> for AtomicsError {
    fn from(error: Misaligned) -> Self {
        Self::Misaligned(error)
    }
}

/// A memory that cannot have the length asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrowError {
    /// Bytes asked for.
    pub requested: usize,
    /// Bytes the memory has. It never has fewer.
    pub len: usize,
    /// The most it can have: what was reserved.
    pub max: usize,
}

impl fmt::Display for GrowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { requested, len, max } = self;
        write!(f, "a memory of {len} bytes that may grow to {max} cannot have {requested}")
    }
}

impl Error for GrowError {}

/// A copy of shared bytes that could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotError {
    /// The range does not fit in the view.
    OutOfRange(OutOfRange),
    /// The allocator refused.
    Alloc(AllocError),
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange(error) => error.fmt(f),
            Self::Alloc(error) => error.fmt(f),
        }
    }
}

impl Error for SnapshotError {}

impl From<OutOfRange> for SnapshotError {
    fn from(error: OutOfRange) -> Self {
        Self::OutOfRange(error)
    }
}

impl From<AllocError> for SnapshotError {
    fn from(error: AllocError) -> Self {
        Self::Alloc(error)
    }
}
