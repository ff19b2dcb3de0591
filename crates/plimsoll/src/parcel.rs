//! Bytes that are handed over from one thread to another.

use crate::audit::Site;
use crate::buffer::Buffer;
use crate::error::ResizeError;
use crate::frozen::Frozen;
use crate::raw::parcel::SoleStore;
use crate::store::Store;
use crate::weight::Weight;
use std::fmt;
use std::ops::{Deref, DerefMut};

/// A whole [`Store`] on its way to another thread: what `postMessage` transfers.
///
/// A parcel is the only handle on its store, so it may be sent, and it lends its bytes as `&[u8]` and `&mut [u8]`. Where it
/// arrives, it becomes a [`Store`], a [`Buffer`] or a [`Frozen`], without copying. The store remains what it was: as large, as
/// resizable, charged to the same budget, recorded by the audit where it was born. Dropped, it frees the bytes.
///
/// Made by [`Store::into_parcel`] and [`Buffer::into_parcel`], which never copy, and [`Store::transfer`], which does when it must.
///
/// ```
/// use plimsoll::{Buffer, Store};
/// use std::thread;
///
/// let store = Store::try_zeroed(1 << 20)?;
/// let at = store.as_ptr().addr();
/// let mut parcel = store.into_parcel().expect("nobody else holds it");
/// parcel[0] = 7;
/// let arrived = thread::spawn(move || {
///     let buffer = Buffer::from(parcel);
///     (buffer.get(0), buffer.cells().as_ptr().addr() == at)
/// });
/// assert_eq!(arrived.join().unwrap(), (Some(7), true));
/// # Ok::<(), plimsoll::AllocError>(())
/// ```
pub struct Parcel(SoleStore);

impl Parcel {
    pub(crate) fn new(store: SoleStore) -> Self {
        Self(store)
    }

    /// Whether its store can be resized.
    #[must_use]
    pub fn is_resizable(&self) -> bool {
        self.0.header().is_resizable()
    }

    /// How many bytes its store can have: the reserved maximum, or as many as there are.
    #[must_use]
    pub fn max_len(&self) -> usize {
        if self.is_resizable() { self.0.header().cap() } else { self.len() }
    }

    /// Makes the store `len` bytes long, in place. Answers how long it was. As [`Store::resize`].
    ///
    /// # Errors
    /// [`ResizeError`], and nothing is changed.
    pub fn resize(&mut self, len: usize) -> Result<usize, ResizeError> {
        self.0.resize(len)
    }

    /// What it shows and what it keeps alive.
    #[must_use]
    pub fn weight(&self) -> Weight {
        Weight { net: self.len(), gross: self.0.header().cap() }
    }

    pub(crate) fn id(&self) -> u64 {
        self.0.id()
    }
}

impl Deref for Parcel {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0.bytes()
    }
}

impl DerefMut for Parcel {
    fn deref_mut(&mut self) -> &mut [u8] {
        self.0.bytes_mut()
    }
}

impl AsRef<[u8]> for Parcel {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl AsMut<[u8]> for Parcel {
    fn as_mut(&mut self) -> &mut [u8] {
        self
    }
}

impl fmt::Debug for Parcel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parcel").field("len", &self.len()).field("max_len", &self.max_len()).finish()
    }
}

/// Arrived: bound to this thread. Nothing is copied.
impl From<Parcel> for Store {
    fn from(parcel: Parcel) -> Self {
        Self::from_local(parcel.0.into_local())
    }
}

/// Arrived: a view of all bytes, bound to this thread. Nothing is copied.
impl From<Parcel> for Buffer {
    #[track_caller]
    fn from(parcel: Parcel) -> Self {
        let store = parcel.0.into_local();
        let len = store.cells().len();
        Self::from_local(store.view(0, len, Site::caller()))
    }
}

/// The same bytes, immutable, for any number of threads. Nothing is copied.
impl From<Parcel> for Frozen {
    #[track_caller]
    fn from(parcel: Parcel) -> Self {
        Self::from_send(parcel.0.into_sendable(Site::caller()))
    }
}

/// Gives the vector back whose memory the parcel took over, if it did; else **copies**.
impl From<Parcel> for Vec<u8> {
    fn from(parcel: Parcel) -> Self {
        parcel.0.into_vec().unwrap_or_else(|parcel| parcel.bytes().to_vec())
    }
}
