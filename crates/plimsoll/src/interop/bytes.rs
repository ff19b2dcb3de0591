//! `bytes`: a `Frozen` and a `Reader` are read as a `Buf`; a `Frozen` becomes a `Bytes` or comes from one without copying.

use crate::audit::Site;
use crate::frozen::Frozen;
use crate::raw::view::SendView;
use crate::reader::Reader;
use bytes::{Buf, Bytes};

/// Reading consumes from the front; the store is kept until the handle is dropped.
impl Buf for Frozen {
    fn remaining(&self) -> usize {
        self.len()
    }

    fn chunk(&self) -> &[u8] {
        self
    }

    /// # Panics
    /// When `count` is more than remains, as the trait asks.
    fn advance(&mut self, count: usize) {
        self.consume(count);
    }

    /// **Shares memory** with the handle, or **copies** what is short, as [`Bytes::from`] does.
    fn copy_to_bytes(&mut self, len: usize) -> Bytes {
        Bytes::from(self.split_to(len))
    }
}

/// Reading consumes what is unread; nothing is copied but the numbers themselves.
///
/// The trait's `advance` panics where [`Reader::advance`] is an error; called by name, it is the latter.
impl Buf for Reader {
    #[inline]
    fn remaining(&self) -> usize {
        self.len()
    }

    /// All that is unread.
    #[inline]
    fn chunk(&self) -> &[u8] {
        self
    }

    /// # Panics
    /// When `count` is more than remains, as the trait asks.
    #[inline]
    #[track_caller]
    fn advance(&mut self, count: usize) {
        if let Err(error) = Reader::advance(self, count) {
            panic!("{error}");
        }
    }

    /// Cuts a frame off, as [`Keep`](crate::Keep) says, which the `Bytes` **shares memory** with; or **copies** what is short, as
    /// [`Bytes::from`] does.
    ///
    /// # Panics
    /// When `len` is more than remains, as the trait asks.
    #[track_caller]
    fn copy_to_bytes(&mut self, len: usize) -> Bytes {
        match self.split_to(len) {
            Ok(frame) => Bytes::from(frame),
            Err(error) => panic!("{error}"),
        }
    }
}

/// **Shares memory**: the `Bytes` keeps the handle, as one view for the audit however it is sliced. **Copies** what is shorter than
/// 256 bytes, which is cheaper, and keeps no more than it shows.
impl From<Frozen> for Bytes {
    fn from(frozen: Frozen) -> Bytes {
        if frozen.len() < COPIED { Bytes::copy_from_slice(&frozen) } else { Bytes::from_owner(frozen) }
    }
}

/// Below this many bytes a copy is cheaper than an owner.
const COPIED: usize = 256;

/// * Takes the memory over when nobody else holds it. A slice that has become the only one is moved to the front of its vector by
///   `bytes`, and goes on holding all of that.
/// * **Shares memory** when somebody does, keeping the `Bytes`. `gross` is what [`weigh`](crate::weigh) says of it, where that is known;
///   else the length, a lower bound. Each such handle is a store by itself in reports and sums, though they may be slices of one `Bytes`.
///   Static bytes look like shared ones, so they weigh their length.
/// * **Copies** what is shared and shorter than 256 bytes.
impl From<Bytes> for Frozen {
    #[track_caller]
    fn from(bytes: Bytes) -> Frozen {
        match bytes.try_into_mut() {
            Ok(unique) => Frozen::from(Vec::from(unique)),
            Err(shared) if shared.len() < COPIED => Frozen::copy_from_slice(&shared),
            Err(shared) => Frozen::from_send(SendView::from_owner_of_part(shared, Site::caller())),
        }
    }
}
