//! What can go wrong, with the numbers in it.

use std::fmt;

/// A read, write or slice that does not fit its view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfRange {
    /// First byte asked for, counted from the start of the view.
    pub offset: usize,
    /// How many bytes were asked for.
    pub width: usize,
    /// How many bytes the view has.
    pub len: usize,
}

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { offset, width, len } = self;
        write!(f, "{width} bytes at offset {offset} do not fit in a view of {len} bytes")
    }
}

impl std::error::Error for OutOfRange {}

/// A length that is not a multiple of the word that was to be swapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadMultiple {
    /// How many bytes the view has.
    pub len: usize,
    /// How many bytes a word has.
    pub multiple: usize,
}

impl fmt::Display for BadMultiple {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { len, multiple } = self;
        write!(f, "a view of {len} bytes is no whole number of words of {multiple} bytes")
    }
}

impl std::error::Error for BadMultiple {}

/// Memory that could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllocError {
    /// Bytes asked for.
    pub requested: usize,
    /// The most bytes one store may have.
    pub limit: usize,
    /// True: within the limit, but the allocator refused.
    pub refused: bool,
    /// Some: the limit is a budget's, which held so many bytes at that moment.
    pub held: Option<usize>,
}

impl AllocError {
    pub(crate) fn too_large(requested: usize, limit: usize) -> Self {
        Self { requested, limit, refused: false, held: None }
    }

    pub(crate) fn refused(requested: usize, limit: usize) -> Self {
        Self { requested, limit, refused: true, held: None }
    }

    pub(crate) fn over_budget(requested: usize, held: usize, limit: usize) -> Self {
        Self { requested, limit, refused: false, held: Some(held) }
    }
}

impl fmt::Display for AllocError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { requested, limit, refused, held } = self;
        if let Some(held) = held {
            write!(f, "{requested} bytes more than the {held} held would be over the budget's line of {limit}")
        } else if *refused {
            write!(f, "the allocator refused {requested} bytes")
        } else {
            write!(f, "{requested} bytes are more than one store can have, {limit}")
        }
    }
}

impl std::error::Error for AllocError {}

/// A view of a store that cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewError {
    /// The range does not fit in the store.
    OutOfRange(OutOfRange),
    /// The store was detached: its bytes are somewhere else.
    Detached,
}

impl fmt::Display for ViewError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange(error) => error.fmt(f),
            Self::Detached => f.write_str(DETACHED),
        }
    }
}

impl std::error::Error for ViewError {}

impl From<OutOfRange> for ViewError {
    fn from(error: OutOfRange) -> Self {
        Self::OutOfRange(error)
    }
}

/// A store that cannot have the length asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResizeError {
    /// The store was not made to be resized.
    Fixed {
        /// Bytes it has, for ever.
        len: usize,
    },
    /// The store was detached.
    Detached,
    /// More than was reserved.
    TooLong {
        /// Bytes asked for.
        requested: usize,
        /// The most it can have.
        max: usize,
    },
}

impl fmt::Display for ResizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed { len } => write!(f, "a store of {len} bytes that was not made to be resized"),
            Self::Detached => f.write_str(DETACHED),
            Self::TooLong { requested, max } => {
                write!(f, "a store that may grow to {max} bytes cannot have {requested}")
            }
        }
    }
}

impl std::error::Error for ResizeError {}

/// Why a store was not transferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferError {
    /// It was detached before.
    Detached,
    /// It is resizable, and more bytes were asked for than it may have.
    TooLong {
        /// Bytes asked for.
        requested: usize,
        /// The most it can have.
        max: usize,
    },
    /// The memory for a copy could not be had.
    Alloc(AllocError),
}

impl fmt::Display for TransferError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Detached => f.write_str(DETACHED),
            Self::TooLong { requested, max } => ResizeError::TooLong { requested, max }.fmt(f),
            Self::Alloc(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for TransferError {}

impl From<AllocError> for TransferError {
    fn from(error: AllocError) -> Self {
        Self::Alloc(error)
    }
}

const DETACHED: &str = "the store was detached";
