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
