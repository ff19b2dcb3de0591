//! `tokio`: a `Reader` is filled from any `AsyncRead`, without zeroing its room first, and its frames are a stream.

use crate::audit::Site;
use crate::budget::Charging;
use crate::decode::Decode;
use crate::raw::clock;
use crate::reader::Reader;
use bytes::BufMut as _;
use futures_core::Stream;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncReadExt as _};

impl Reader {
    /// Reads once from `source` and says how many bytes came; 0 is the end. Takes what fits in the chunk's room, and makes room
    /// for at least half a chunk when little is left.
    ///
    /// Waits for the reader's budget, if it has one. Dropping the future before it is ready loses nothing.
    ///
    /// # Errors
    /// Those of the source, and [`io::ErrorKind::OutOfMemory`] when there is no room to be had.
    #[track_caller]
    pub fn fill_from(&mut self, source: &mut (impl AsyncRead + Unpin)) -> impl Future<Output = io::Result<usize>> {
        let site = Site::caller();
        let mut wait = None;
        let least = self.chunk_size().div_ceil(2);
        poll_fn(move |context| {
            ready!(self.poll_room(&mut wait, least, site, context))?;
            self.poll_read(source, usize::MAX, context)
        })
    }

    #[inline]
    fn poll_room(
        &mut self,
        wait: &mut Option<Charging>,
        least: usize,
        site: Site,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_reserve(wait, least, site, context).map_err(|error| io::Error::new(io::ErrorKind::OutOfMemory, error))
    }

    /// Reads once, into the room that there is.
    #[inline]
    fn poll_read(
        &mut self,
        source: &mut (impl AsyncRead + Unpin),
        most: usize,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        clock::tick(); // next to a system call it costs nothing
        // A future without a state of its own: nothing is lost when it is dropped.
        pin!(source.read_buf(&mut self.limit(most))).poll(context)
    }
}

/// The frames of an [`AsyncRead`]: a [`Reader`] is filled from it, and a [`Decode`] cuts them off. A [`Stream`], and
/// [`FramedReader::next`] for where no stream is needed.
///
/// Reads no more than a chunk ahead of what is asked for, and waits for the reader's budget before it takes a new chunk. So a
/// source is not read while frames that are still held fill the budget: backpressure up to the sender.
///
/// After an error, or at the end, it gives nothing more.
///
/// ```
/// use plimsoll::{FramedReader, LengthDelimited};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let source = &b"\0\0\0\x05hello\0\0\0\x05world"[..];
/// let mut frames = FramedReader::new(source, LengthDelimited::new());
/// assert_eq!(frames.next().await.unwrap()?, *b"hello");
/// assert_eq!(frames.next().await.unwrap()?, *b"world");
/// assert!(frames.next().await.is_none());
/// # Ok::<(), plimsoll::FrameError>(()) }).unwrap();
/// ```
pub struct FramedReader<R, D> {
    source: R,
    decoder: D,
    reader: Reader,
    /// The place in the budget's queue while it waits for a chunk.
    wait: Option<Charging>,
    state: State,
    /// Bytes of the last frame.
    last: usize,
    /// Bytes of the next one, if it can be told: 0 if not.
    expected: usize,
    site: Site,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// There may be frames in what is unread.
    Frames,
    /// There are none before more is read.
    Reads,
    /// Nothing more will come.
    Ends,
    Over,
}

impl<R, D> FramedReader<R, D> {
    /// Frames of `source`, through a reader with chunks of 64 KiB and no budget. In reports its chunks belong to this line.
    #[must_use]
    #[track_caller]
    pub fn new(source: R, decoder: D) -> Self {
        Self::with_reader(source, decoder, Reader::new())
    }

    /// The same through a reader of the caller's: with a budget, another size of chunk, another [`Keep`](crate::Keep), or with
    /// bytes that have been read already.
    #[must_use]
    #[track_caller]
    pub fn with_reader(source: R, decoder: D, reader: Reader) -> Self {
        Self { source, decoder, reader, wait: None, state: State::Frames, last: 0, expected: 0, site: Site::caller() }
    }

    /// Where the bytes come from. Reading from it loses frames, writing to it does not.
    pub fn source_mut(&mut self) -> &mut R {
        &mut self.source
    }

    /// What cuts the frames.
    pub fn decoder_mut(&mut self) -> &mut D {
        &mut self.decoder
    }

    /// What has been read and is no frame yet.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// The parts, with what is unread in the reader: to go on by another protocol.
    #[must_use]
    pub fn into_parts(self) -> (R, D, Reader) {
        (self.source, self.decoder, self.reader)
    }
}

impl<R: AsyncRead + Unpin, D: Decode> FramedReader<R, D> {
    /// The next frame; None at the end.
    ///
    /// Dropping the future before it is ready loses nothing: neither bytes, nor the place among those who wait for the budget.
    ///
    /// # Errors
    /// Those of the decoder, which include a frame cut short by the end; those of the source; and [`io::ErrorKind::OutOfMemory`]
    /// when there is no room to be had.
    pub async fn next(&mut self) -> Option<Result<D::Item, D::Error>> {
        poll_fn(|context| self.poll_frame(context)).await
    }

    /// Large frames of one size, as of a file that is sent in blocks, go on as they began.
    #[inline]
    fn learn(&mut self, len: usize) {
        let usual = self.reader.chunk_size();
        self.expected = if len == self.last && len > usual / 8 && len <= usual * 2 { len } else { 0 };
        self.last = len;
    }

    /// Reads once. Where the sizes of frames can be told, what is read ends with a frame when the chunk does: the start of a frame
    /// that does not fit would have to be copied to the next chunk.
    fn poll_fill(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        // At least one byte: to read none would look like the end.
        let first = self.decoder.missing().max(self.expected.saturating_sub(self.reader.len())).max(1);
        let least = if self.expected == 0 { first.max(self.reader.chunk_size().div_ceil(2)) } else { first };
        ready!(self.reader.poll_room(&mut self.wait, least, self.site, context))?;
        let most = (self.reader.room() - first)
            .checked_div(self.expected)
            .map_or(usize::MAX, |more| first + more * self.expected);
        self.reader.poll_read(&mut self.source, most, context)
    }

    #[inline]
    fn poll_frame(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<D::Item, D::Error>>> {
        loop {
            let unread = self.reader.len();
            let frame = match self.state {
                State::Frames => self.decoder.decode(&mut self.reader),
                State::Ends => self.decoder.decode_eof(&mut self.reader),
                State::Reads => Ok(None),
                State::Over => return Poll::Ready(None),
            };
            match frame {
                Ok(Some(frame)) => {
                    self.learn(unread - self.reader.len());
                    return Poll::Ready(Some(Ok(frame)));
                }
                Ok(None) if self.state == State::Ends => {
                    self.state = State::Over;
                    return Poll::Ready(None);
                }
                Ok(None) => self.state = State::Reads,
                Err(error) => {
                    self.state = State::Over;
                    return Poll::Ready(Some(Err(error)));
                }
            }
            match ready!(self.poll_fill(context)) {
                Ok(0) => self.state = State::Ends,
                Ok(_) => self.state = State::Frames,
                Err(error) => {
                    self.state = State::Over;
                    return Poll::Ready(Some(Err(error.into())));
                }
            }
        }
    }
}

/// Nothing in it is pinned but by the source, which can move.
impl<R: Unpin, D> Unpin for FramedReader<R, D> {}

impl<R: AsyncRead + Unpin, D: Decode> Stream for FramedReader<R, D> {
    type Item = Result<D::Item, D::Error>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_frame(context)
    }
}

impl<R: fmt::Debug, D: fmt::Debug> fmt::Debug for FramedReader<R, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, decoder, reader, state, .. } = self;
        f.debug_struct("FramedReader")
            .field("source", source)
            .field("decoder", decoder)
            .field("reader", reader)
            .field("state", state)
            .finish_non_exhaustive()
    }
}
