//! Frames out of a stream: what a decoder is, and the most common one.

use crate::audit::Site;
use crate::cells::Endian;
use crate::frozen::Frozen;
use crate::reader::Reader;
use std::error::Error;
use std::fmt;
use std::io;

/// Cuts frames off the front of a [`Reader`]: what `Decoder` of `tokio_util` is to a `BytesMut`.
///
/// Knows nothing of where the bytes come from, so it serves blocking sources as well as `FramedReader`.
///
/// ```
/// use plimsoll::{Decode, Frozen, Reader};
/// use std::io;
///
/// /// Lines, **sharing memory** with the chunk they came in.
/// struct Lines;
///
/// impl Decode for Lines {
///     type Item = Frozen;
///     type Error = io::Error;
///
///     fn decode(&mut self, reader: &mut Reader) -> io::Result<Option<Frozen>> {
///         let Some(end) = reader.iter().position(|&byte| byte == b'\n') else { return Ok(None) };
///         Ok(reader.split_to(end + 1).ok())
///     }
/// }
///
/// let mut reader = Reader::new();
/// reader.extend_from_slice(b"one\ntwo\nthr");
/// assert_eq!(Lines.decode(&mut reader)?.unwrap(), *b"one\n");
/// assert_eq!(Lines.decode(&mut reader)?.unwrap(), *b"two\n");
/// assert!(Lines.decode(&mut reader)?.is_none());
/// assert!(Lines.decode_eof(&mut reader).is_err(), "three bytes of a line that never ends");
/// # Ok::<(), io::Error>(())
/// ```
pub trait Decode {
    /// A frame.
    type Item;
    /// What can be wrong with one, or with the source.
    type Error: From<io::Error>;

    /// The frame at the front of what is unread, which it consumes; None when more bytes are needed for it.
    ///
    /// # Errors
    /// When what is unread is no frame and will not become one.
    fn decode(&mut self, reader: &mut Reader) -> Result<Option<Self::Item>, Self::Error>;

    /// The same when no more bytes will come. Called until it answers None.
    ///
    /// # Errors
    /// As for [`Decode::decode`]; and unless it is overridden, [`io::ErrorKind::UnexpectedEof`] when part of a frame is left.
    fn decode_eof(&mut self, reader: &mut Reader) -> Result<Option<Self::Item>, Self::Error> {
        match self.decode(reader)? {
            None if !reader.is_empty() => {
                let text = format!("the stream ends with {} bytes of a frame", reader.len());
                Err(io::Error::new(io::ErrorKind::UnexpectedEof, text).into())
            }
            frame => Ok(frame),
        }
    }

    /// At least how many more bytes the frame needs that [`Decode::decode`] has just answered None for. Room for them is made at
    /// once, instead of chunk by chunk, so it must not be more than the decoder is ready to hold.
    fn missing(&self) -> usize {
        1
    }
}

/// Frames that begin with their length, as [`Frozen`] handles.
///
/// ```text
///  |<- offset ->|<- width ->|<-  length + adjustment  ->|
///  +------------+-----------+---------------------------+
///  | ...        | length    | ...                       |
///  +------------+-----------+---------------------------+
///  |<- skip: cut off ->|<-  the frame that is handed out  ->|
/// ```
///
/// A new one expects what `tokio_util`'s `LengthDelimitedCodec` does: four bytes, big-endian, that count those behind them, frames
/// of at most 8 MiB, and hands out frames without their header. Unlike there, what is skipped does not change what the length
/// means.
///
/// Frames are views or copies as the reader's [`Keep`](crate::Keep) says. In reports they belong to the line that made the decoder.
///
/// ```
/// use plimsoll::{Decode, LengthDelimited, Reader};
///
/// // Type and length of 16 bits, then 17 bytes that the length does not count.
/// let mut frames = LengthDelimited::new().with_offset(2).with_width(2).with_adjustment(17).with_skip(0);
/// let mut reader = Reader::new();
/// reader.extend_from_slice(&[0, 7, 0, 3]);
/// reader.extend_from_slice(&[0; 17 + 3]);
/// let frame = frames.decode(&mut reader)?.unwrap();
/// assert_eq!((frame.len(), reader.len()), (24, 0));
/// # Ok::<(), plimsoll::FrameError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct LengthDelimited {
    offset: usize,
    width: usize,
    endian: Endian,
    adjustment: i64,
    /// None: the header.
    skip: Option<usize>,
    most: usize,
    missing: usize,
    site: Site,
}

impl LengthDelimited {
    /// Four bytes, big-endian, in front of as many bytes as they say, which are the frame; header and frame at most 8 MiB.
    #[must_use]
    #[track_caller]
    pub fn new() -> Self {
        Self {
            offset: 0,
            width: 4,
            endian: Endian::Big,
            adjustment: 0,
            skip: None,
            most: 8 << 20,
            missing: 1,
            site: Site::caller(),
        }
    }

    /// So many bytes come before the length.
    #[must_use]
    pub fn with_offset(mut self, bytes: usize) -> Self {
        self.offset = bytes;
        self
    }

    /// The length is a number of so many bytes, at least 1.
    #[must_use]
    pub fn with_width(mut self, bytes: usize) -> Self {
        self.width = bytes.max(1);
        self
    }

    /// In which order they come.
    #[must_use]
    pub fn with_endian(mut self, endian: Endian) -> Self {
        self.endian = endian;
        self
    }

    /// The length and so much more are the bytes behind the length field. Negative when it also counts bytes in front of them:
    /// minus offset and width when it counts the whole frame.
    #[must_use]
    pub fn with_adjustment(mut self, bytes: i64) -> Self {
        self.adjustment = bytes;
        self
    }

    /// So many bytes are cut off the front of each frame before it is handed out, all of it if it has no more. Not said: what
    /// is up to the end of the length field.
    #[must_use]
    pub fn with_skip(mut self, bytes: usize) -> Self {
        self.skip = Some(bytes);
        self
    }

    /// The longest frame, in bytes, with everything that belongs to it. A longer one is an error as soon as its length is known:
    /// nothing is allocated for it.
    #[must_use]
    pub fn with_max_frame(mut self, bytes: usize) -> Self {
        self.most = bytes;
        self
    }

    /// Bytes up to the end of the length field.
    #[inline]
    fn header(&self) -> usize {
        self.offset.saturating_add(self.width)
    }

    /// The whole frame's length, of its first [`LengthDelimited::header`] bytes.
    #[inline]
    fn whole(&self, header: &[u8]) -> Result<usize, FrameError> {
        let field = &header[self.offset..];
        // What is beyond 64 bits is too long, whatever it is.
        let append = |number: u64, &byte: &u8| {
            if number >> 56 == 0 { number << 8 | u64::from(byte) } else { u64::MAX }
        };
        let length = match self.endian {
            Endian::Big => field.iter().fold(0, append),
            Endian::Little => field.iter().rev().fold(0, append),
        };
        let behind = i128::from(length) + i128::from(self.adjustment);
        if behind < 0 {
            return Err(FrameError::TooShort { length, adjustment: self.adjustment });
        }
        let whole = behind + header.len() as i128;
        match usize::try_from(whole) {
            Ok(whole) if whole <= self.most => Ok(whole),
            _ => Err(FrameError::TooLong { len: u64::try_from(whole).unwrap_or(u64::MAX), limit: self.most }),
        }
    }
}

impl Default for LengthDelimited {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

/// # Panics
/// When a frame is to be a copy and its memory cannot be had, as [`Reader::split_to`].
impl Decode for LengthDelimited {
    type Item = Frozen;
    type Error = FrameError;

    #[inline]
    fn decode(&mut self, reader: &mut Reader) -> Result<Option<Frozen>, FrameError> {
        let Some(header) = reader.get(..self.header()) else {
            self.missing = self.header() - reader.len();
            return Ok(None);
        };
        let header_len = header.len();
        let whole = self.whole(header)?;
        if whole > reader.len() {
            self.missing = whole - reader.len();
            return Ok(None);
        }
        let skip = self.skip.unwrap_or(header_len).min(whole);
        let Ok(()) = reader.advance(skip) else { return Ok(None) };
        Ok(reader.split_at_site(whole - skip, self.site).ok())
    }

    fn decode_eof(&mut self, reader: &mut Reader) -> Result<Option<Frozen>, FrameError> {
        match self.decode(reader)? {
            None if !reader.is_empty() => Err(FrameError::Truncated { unread: reader.len(), missing: self.missing }),
            frame => Ok(frame),
        }
    }

    fn missing(&self) -> usize {
        self.missing
    }
}

/// Why [`LengthDelimited`] gives no frame.
#[derive(Debug)]
#[non_exhaustive]
pub enum FrameError {
    /// The source failed.
    Io(io::Error),
    /// The frame would be longer than [`LengthDelimited::with_max_frame`] allows.
    TooLong {
        /// What it would be, in bytes.
        len: u64,
        /// What it may be.
        limit: usize,
    },
    /// The adjustment leaves less than nothing behind the length field.
    TooShort {
        /// What the field says.
        length: u64,
        /// What is added to it.
        adjustment: i64,
    },
    /// The stream ends within a frame.
    Truncated {
        /// Bytes of it that came.
        unread: usize,
        /// At least how many did not.
        missing: usize,
    },
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::TooLong { len, limit } => {
                write!(f, "a frame of {len} bytes is over the decoder's limit of {limit} bytes a frame")
            }
            Self::TooShort { length, adjustment } => {
                write!(f, "a frame's length field says {length}, which {adjustment:+} makes less than nothing")
            }
            Self::Truncated { unread, missing } => {
                write!(f, "the stream ends with {unread} bytes of a frame, at least {missing} too few")
            }
        }
    }
}

impl Error for FrameError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(error) => error.source(),
            _ => None,
        }
    }
}

impl From<io::Error> for FrameError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<FrameError> for io::Error {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::Io(error) => error,
            FrameError::Truncated { .. } => Self::new(io::ErrorKind::UnexpectedEof, error),
            _ => Self::new(io::ErrorKind::InvalidData, error),
        }
    }
}
