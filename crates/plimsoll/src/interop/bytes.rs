//! `bytes`: a `Frozen` is read as a `Buf`, and becomes a `Bytes` or comes from one without copying.

use crate::frozen::Frozen;
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

/// **Shares memory**: the `Bytes` keeps the handle, as one view for the audit however it is sliced. **Copies** what is shorter than
/// 256 bytes, which is cheaper, and keeps no more than it shows.
impl From<Frozen> for Bytes {
    fn from(frozen: Frozen) -> Bytes {
        if frozen.len() < COPIED { Bytes::copy_from_slice(&frozen) } else { Bytes::from_owner(frozen) }
    }
}

/// Below this many bytes a copy is cheaper than an owner.
const COPIED: usize = 256;

/// Takes the memory over when nobody else holds it; **shares memory** when somebody does, keeping the `Bytes`; **copies** what is
/// shared and shorter than 256 bytes.
impl From<Bytes> for Frozen {
    #[track_caller]
    fn from(bytes: Bytes) -> Frozen {
        match bytes.try_into_mut() {
            Ok(unique) => Frozen::from(Vec::from(unique)),
            Err(shared) if shared.len() < COPIED => Frozen::copy_from_slice(&shared),
            Err(shared) => Frozen::from_owner(shared),
        }
    }
}
