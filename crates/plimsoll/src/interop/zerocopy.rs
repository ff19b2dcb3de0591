//! `zerocopy`: header structs at the front of bytes, without unsafe code of anybody's.

use crate::buffer::Buffer;
use crate::error::OutOfRange;
use crate::frozen::Frozen;
use crate::raw::leaf;
use crate::reader::Reader;
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

/// A header at the front of `bytes`, where it is.
fn lent<T: FromBytes + KnownLayout + Immutable + Unaligned>(bytes: &[u8]) -> Option<&T> {
    T::ref_from_prefix(bytes).ok().map(|(header, _)| header)
}

/// A header at the front of `bytes`, copied out: `bytes` may begin at any address.
fn copied<T: FromBytes>(bytes: &[u8]) -> Result<T, OutOfRange> {
    match T::read_from_prefix(bytes) {
        Ok((header, _)) => Ok(header),
        Err(_) => Err(OutOfRange { offset: 0, width: size_of::<T>(), len: bytes.len() }),
    }
}

impl Frozen {
    /// The first bytes as a header, **sharing memory**; None when there are too few.
    ///
    /// For structs of [`zerocopy::byteorder`] numbers and bytes, which may begin at any address. What has native numbers is
    /// copied by [`Frozen::read_header`].
    ///
    /// ```
    /// use plimsoll::Frozen;
    /// use zerocopy::byteorder::big_endian::U16;
    /// use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};
    ///
    /// #[derive(FromBytes, KnownLayout, Immutable, Unaligned)]
    /// #[repr(C)]
    /// struct Header {
    ///     kind: U16,
    ///     len: U16,
    /// }
    ///
    /// let frame = Frozen::copy_from_slice(b"\x00\x07\x00\x05hello");
    /// let header: &Header = frame.header().unwrap();
    /// assert_eq!((header.kind.get(), header.len.get()), (7, 5));
    /// ```
    #[must_use]
    pub fn header<T: FromBytes + KnownLayout + Immutable + Unaligned>(&self) -> Option<&T> {
        lent(self)
    }

    /// **Copies** a header from the first bytes.
    ///
    /// # Errors
    /// [`OutOfRange`] when there are too few.
    pub fn read_header<T: FromBytes>(&self) -> Result<T, OutOfRange> {
        copied(self)
    }
}

impl Reader {
    /// The first unread bytes as a header, **sharing memory** and consuming nothing; None when too few are unread.
    #[must_use]
    pub fn header<T: FromBytes + KnownLayout + Immutable + Unaligned>(&self) -> Option<&T> {
        lent(self)
    }

    /// **Copies** a header from the first unread bytes and consumes them.
    ///
    /// # Errors
    /// [`OutOfRange`] when too few are unread; then nothing is consumed.
    pub fn read_header<T: FromBytes>(&mut self) -> Result<T, OutOfRange> {
        let header = copied(self)?;
        self.advance(size_of::<T>())?;
        Ok(header)
    }
}

impl Buffer {
    /// **Copies** a header from the first bytes. None is lent: other views may change the bytes at any time.
    ///
    /// # Errors
    /// [`OutOfRange`] when there are too few.
    pub fn read_header<T: FromBytes>(&self) -> Result<T, OutOfRange> {
        leaf::read(self.cells(), (), |bytes, ()| copied(bytes))
    }
}
