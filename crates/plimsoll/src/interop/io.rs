//! `std::io`: a `Buffer` is read and written at a position, a `Reader` is read.
//!
//! A `Frozen` needs nothing here: `std::io::Cursor<Frozen>` is `Read`, `BufRead` and `Seek`, and a `&[u8]` of it is `Read`, too.

use crate::audit::{self, Site};
use crate::buffer::Buffer;
use crate::cells;
use crate::raw::leaf;
use crate::reader::Reader;
use std::cell::Cell;
use std::io::{BufRead, Error, ErrorKind, Read, Result, Seek, SeekFrom, Write};

/// A position in a [`Buffer`], for code that reads and writes as `std::io` does. Made by [`Buffer::cursor`].
///
/// Everything is **copied**: other views may change the bytes at any time, so none are lent, and there is no `BufRead`.
#[derive(Debug)]
pub struct BufferCursor<'a> {
    buffer: &'a Buffer,
    position: u64,
    /// The line that copies, for the audit.
    site: Site,
}

impl Buffer {
    /// A position at the first byte, which reads, writes and seeks. As in `std::io::Cursor` over a slice, writing ends where the
    /// buffer does, and positions may lie behind it.
    ///
    /// ```
    /// use std::io::{Read, Seek, Write};
    ///
    /// let packet = plimsoll::Buffer::alloc(8);
    /// let mut cursor = packet.cursor();
    /// cursor.write_all(b"abc")?;
    /// assert!(packet.subarray(..4).equals(b"abc\0"));
    ///
    /// cursor.rewind()?;
    /// let mut first = [0; 2];
    /// cursor.read_exact(&mut first)?;
    /// assert_eq!((&first, cursor.position()), (b"ab", 2));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn cursor(&self) -> BufferCursor<'_> {
        BufferCursor { buffer: self, position: 0, site: Site::caller() }
    }
}

impl<'a> BufferCursor<'a> {
    /// Bytes from the start of the buffer.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// What is behind the position.
    fn rest(&self) -> &'a [Cell<u8>] {
        let from = usize::try_from(self.position).unwrap_or(usize::MAX);
        self.buffer.cells().get(from..).unwrap_or_default()
    }

    fn copied(&mut self, len: usize) -> usize {
        audit::count_copied(self.site, len);
        self.position += len as u64;
        len
    }
}

impl Read for BufferCursor<'_> {
    fn read(&mut self, to: &mut [u8]) -> Result<usize> {
        let len = cells::copy(self.rest(), Cell::from_mut(to).as_slice_of_cells());
        Ok(self.copied(len))
    }
}

impl Write for BufferCursor<'_> {
    fn write(&mut self, from: &[u8]) -> Result<usize> {
        let rest = self.rest();
        let len = rest.len().min(from.len());
        leaf::write(&rest[..len], &from[..len], |to, from| to.copy_from_slice(from));
        Ok(self.copied(len))
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// Seeking to before the first byte is an error and changes nothing.
impl Seek for BufferCursor<'_> {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let (base, offset) = match to {
            SeekFrom::Start(position) => (position, 0),
            SeekFrom::Current(offset) => (self.position, offset),
            SeekFrom::End(offset) => (self.buffer.len() as u64, offset),
        };
        let text = "a position before the first byte, or beyond 64 bits";
        self.position = base.checked_add_signed(offset).ok_or_else(|| Error::new(ErrorKind::InvalidInput, text))?;
        Ok(self.position)
    }
}

/// **Copies** what is unread and consumes it; 0 when nothing is.
impl Read for Reader {
    fn read(&mut self, to: &mut [u8]) -> Result<usize> {
        let len = to.len().min(self.len());
        to[..len].copy_from_slice(&self[..len]);
        self.consume(len);
        Ok(len)
    }
}

/// Lends what is unread. Its end is that of what has been read so far, not of the stream.
impl BufRead for Reader {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        Ok(self)
    }

    /// Consumes `len` bytes, or as many as are unread.
    fn consume(&mut self, len: usize) {
        let len = len.min(self.len());
        let Ok(()) = self.advance(len) else { unreachable!("no more than is unread") };
    }
}
