//! `arrow-buffer`: a column's bytes are `Frozen`, and the other way round, without copying.

use crate::frozen::Frozen;
use arrow_buffer::Buffer;
use bytes::Bytes;

/// **Shares memory**: the buffer keeps the handle, as one view for the audit however it is sliced.
///
/// Arrow wants numbers at addresses that are multiples of their size (64 would be best, and is not required), and panics when a
/// typed buffer is made of others. A store of its own begins at a multiple of 16, so does a pool slab, in which pieces begin at
/// multiples of 8; a slice or a frame begins wherever it was cut. [`Frozen::compact`] is the cure.
impl From<Frozen> for Buffer {
    fn from(frozen: Frozen) -> Buffer {
        // An empty handle's address means nothing, and Arrow would check it.
        if frozen.is_empty() { Buffer::default() } else { Buffer::from(Bytes::from_owner(frozen)) }
    }
}

/// **Shares memory**, keeping the buffer. `gross` is what it shows, a lower bound; see [`Frozen::from_owner`].
impl From<Buffer> for Frozen {
    #[track_caller]
    fn from(buffer: Buffer) -> Frozen {
        Frozen::from_owner(Lent(buffer))
    }
}

/// A buffer's bytes, whatever else it is a slice of.
struct Lent(Buffer);

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        self.0.as_slice()
    }
}
