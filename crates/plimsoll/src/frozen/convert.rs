//! What becomes a `Frozen`, and what a `Frozen` becomes.

use super::Frozen;
use crate::audit::{self, Site};
use crate::buffer::Buffer;
use crate::raw::view::SendView;
use std::iter::FusedIterator;
use std::ops::Range;
use std::slice;

/// Takes the memory over, without copying. Its spare capacity counts as held.
impl From<Vec<u8>> for Frozen {
    #[track_caller]
    fn from(bytes: Vec<u8>) -> Self {
        Self(SendView::from_vec(bytes, Site::caller()))
    }
}

/// **Copies**.
impl From<&[u8]> for Frozen {
    #[track_caller]
    fn from(bytes: &[u8]) -> Self {
        Self::copy_from_slice(bytes)
    }
}

/// **Copies**.
impl<const N: usize> From<&[u8; N]> for Frozen {
    #[track_caller]
    fn from(bytes: &[u8; N]) -> Self {
        Self::copy_from_slice(bytes)
    }
}

/// **Copies**.
impl From<&str> for Frozen {
    #[track_caller]
    fn from(text: &str) -> Self {
        Self::copy_from_slice(text.as_bytes())
    }
}

/// Takes the memory over, without copying.
impl From<String> for Frozen {
    #[track_caller]
    fn from(text: String) -> Self {
        Self::from(text.into_bytes())
    }
}

/// Takes the memory over, without copying.
impl From<Box<[u8]>> for Frozen {
    #[track_caller]
    fn from(bytes: Box<[u8]>) -> Self {
        Self::from(Vec::from(bytes))
    }
}

/// As [`Buffer::freeze`]: **shares memory** when it is the only view of a store of its own, else **copies**.
impl From<Buffer> for Frozen {
    #[track_caller]
    fn from(buffer: Buffer) -> Self {
        buffer.freeze()
    }
}

/// Gives the vector back that was taken over, if this is the only handle and shows all of it; else **copies**.
///
/// ```
/// use plimsoll::Frozen;
///
/// let vector = vec![7; 1000];
/// let address = vector.as_ptr();
/// let frozen = Frozen::from(vector);
/// let vector: Vec<u8> = frozen.into();
/// assert_eq!(vector.as_ptr(), address);
/// ```
impl From<Frozen> for Vec<u8> {
    #[track_caller]
    fn from(frozen: Frozen) -> Vec<u8> {
        match frozen.try_into_buffer().map(Buffer::into_parcel) {
            Ok(Ok(parcel)) => parcel.into(),
            Ok(Err(part)) => part.to_vec(),
            Err(shared) => {
                audit::count_copied(Site::caller(), shared.len());
                shared.to_vec()
            }
        }
    }
}

/// In a store of exactly their number.
impl FromIterator<u8> for Frozen {
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = u8>>(bytes: I) -> Self {
        Self::from(bytes.into_iter().collect::<Box<[u8]>>())
    }
}

impl<'a> IntoIterator for &'a Frozen {
    type Item = &'a u8;
    type IntoIter = slice::Iter<'a, u8>;

    fn into_iter(self) -> slice::Iter<'a, u8> {
        self.iter()
    }
}

impl IntoIterator for Frozen {
    type Item = u8;
    type IntoIter = FrozenIntoIter;

    fn into_iter(self) -> FrozenIntoIter {
        FrozenIntoIter { left: 0..self.len(), frozen: self }
    }
}

/// The bytes of a [`Frozen`], which it holds until it is dropped.
#[derive(Clone, Debug)]
pub struct FrozenIntoIter {
    frozen: Frozen,
    left: Range<usize>,
}

impl Iterator for FrozenIntoIter {
    type Item = u8;

    #[inline]
    fn next(&mut self) -> Option<u8> {
        self.left.next().map(|at| self.frozen[at])
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.left.size_hint()
    }

    #[inline]
    fn nth(&mut self, n: usize) -> Option<u8> {
        self.left.nth(n).map(|at| self.frozen[at])
    }
}

impl DoubleEndedIterator for FrozenIntoIter {
    #[inline]
    fn next_back(&mut self) -> Option<u8> {
        self.left.next_back().map(|at| self.frozen[at])
    }
}

impl ExactSizeIterator for FrozenIntoIter {}
impl FusedIterator for FrozenIntoIter {}
