//! The exclusive accumulator: a stream goes in at the end, frames are cut off the front.

use crate::audit::Site;
use crate::budget::{Budget, Charging};
use crate::chunks::ChunkPool;
use crate::error::{AllocError, OutOfRange};
use crate::frozen::Frozen;
use crate::raw::chunk::{AT_HAND, Chunk};
use crate::raw::clock;
use crate::weight::Weight;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The chunk of a reader that was not told otherwise, in bytes.
const CHUNK: usize = 64 * 1024;

/// What is left unread of an outsized chunk is moved at once if it is no more than such a part of a usual one.
const SHORT: usize = 16;

/// What a frame cut off a [`Reader`] is: a view of the chunk, or a copy of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Views: each **shares memory** with the chunk and keeps all of it. For frames that are used and dropped.
    View,
    /// **Copies**, in pool slabs when small. For frames that are kept for long.
    Copy,
    /// A view, unless the chunk is more than `max_tare` bytes larger than the frame: then a copy.
    Auto {
        /// Bytes that a frame may keep beyond its own.
        max_tare: usize,
    },
}

/// Gathers a stream and cuts frames off its front: what codecs use instead of `BytesMut`.
///
/// ```text
///           |<- unread: deref ->|
///  +--------+-------------------+------------+
///  | frames |                   |   room     |   one chunk, shared with the frames cut from it
///  +--------+-------------------+------------+
/// ```
///
/// Frames **share memory** with the chunk and count without an atomic operation when they are cut. When they are gone the
/// chunk is used again in place.
///
/// A chunk that grew for an outlier, to more than twice the usual, is given back when that has been read: at once if no more than a
/// sixteenth of a usual chunk came with its end, which is moved then; else when room is asked for and no more than half a usual chunk
/// is unread.
///
/// ```
/// use plimsoll::Reader;
///
/// let mut reader = Reader::new();
/// reader.extend_from_slice(b"\x05hello\x05wor");
/// let mut frames = Vec::new();
/// while let Some(&len) = reader.first() {
///     let Some(frame) = reader.get(1..1 + usize::from(len)) else { break };
///     let len = frame.len();
///     reader.advance(1)?;
///     frames.push(reader.split_to(len)?);
/// }
/// assert_eq!((&frames[0][..], &reader[..]), (&b"hello"[..], &b"\x05wor"[..]));
/// # Ok::<(), plimsoll::OutOfRange>(())
/// ```
pub struct Reader {
    chunk: Chunk,
    usual: usize,
    keep: Keep,
    lender: Lender,
}

/// Where a reader has its chunks from.
enum Lender {
    /// [`ChunkPool::global`]
    Everybodys,
    Pool(ChunkPool),
    /// The allocator, within a budget: what is no longer held is freed at once.
    Budget(Budget),
}

impl Reader {
    /// An empty reader with chunks of 64 KiB. Allocates nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self::with_chunk_size(CHUNK)
    }

    /// The same with chunks of `bytes`, at least 1.
    #[must_use]
    pub const fn with_chunk_size(bytes: usize) -> Self {
        Self {
            chunk: Chunk::new(),
            usual: if bytes == 0 { 1 } else { bytes },
            keep: Keep::View,
            lender: Lender::Everybodys,
        }
    }

    /// Chooses what frames are from now on.
    #[must_use]
    pub fn with_keep(mut self, keep: Keep) -> Self {
        self.keep = keep;
        self
    }

    /// The same reader, with the chunks that it takes from now on charged to `budget`. A chunk is refunded when the reader has
    /// left it and its last frame is gone: so slow consumers of frames are felt here. Frames that are copies are not charged.
    ///
    /// It no longer takes chunks from a pool. To have both, give it a [`ChunkPool`] with a budget.
    #[must_use]
    pub fn with_budget(mut self, budget: Budget) -> Self {
        self.lender = Lender::Budget(budget);
        self
    }

    /// The same reader, with the chunks that it takes from now on coming from `pool` and going back there, within the budget that
    /// the pool has.
    #[must_use]
    pub fn with_pool(mut self, pool: &ChunkPool) -> Self {
        self.lender = Lender::Pool(pool.clone());
        self
    }

    /// Makes room for `additional` bytes behind the unread ones.
    ///
    /// Uses the chunk again in place when no frame holds it and what would be moved is no more than what was consumed, so each
    /// byte is moved at most once on average. Otherwise takes a new chunk, as large as usual if that is enough.
    ///
    /// # Errors
    /// [`AllocError`] when the memory cannot be had; the unread bytes are untouched.
    #[inline]
    #[track_caller]
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), AllocError> {
        if additional <= self.chunk.room() { Ok(()) } else { self.make_room(additional, Site::caller()) }
    }

    #[cold]
    #[inline(never)]
    fn make_room(&mut self, additional: usize, site: Site) -> Result<(), AllocError> {
        let Some(cap) = self.new_chunk_for(additional) else { return Ok(()) };
        self.leave_if_empty();
        let chunk = self.try_chunk(cap, site)?;
        self.move_to(chunk);
        Ok(())
    }

    fn try_chunk(&self, cap: usize, site: Site) -> Result<Chunk, AllocError> {
        match &self.lender {
            Lender::Everybodys => ChunkPool::global().chunk(cap, site),
            Lender::Pool(pool) => pool.chunk(cap, site),
            Lender::Budget(budget) => Chunk::with_capacity(cap, Some(budget.try_charge(cap)?), site),
        }
    }

    /// Whether its chunks are overwritten in the end.
    fn keeps_secrets(&self) -> bool {
        matches!(&self.lender, Lender::Pool(pool) if pool.is_zeroizing())
    }

    /// A chunk with nothing unread in it is left before the next is charged: its frames may be all that the budget has room for.
    fn leave_if_empty(&mut self) {
        if self.is_empty() {
            self.chunk = Chunk::new();
        }
    }

    /// Makes room in the chunk, if that can be done; else says how large a new one has to be.
    fn new_chunk_for(&mut self, additional: usize) -> Option<usize> {
        let unread = self.len();
        let need = unread.saturating_add(additional);
        let outsized = self.chunk.capacity() > self.usual && need <= self.usual;
        if need <= self.chunk.capacity() && unread <= self.chunk.consumed() && !outsized && self.chunk.is_alone() {
            self.chunk.move_to_front();
            return None;
        }
        Some(self.size_for(additional))
    }

    /// How large a new chunk is. Beyond the usual just what is needed, but twice what would be moved, so that what grows is not
    /// moved ever again.
    fn size_for(&self, additional: usize) -> usize {
        let unread = self.len();
        self.usual.max(unread.saturating_add(additional)).max(unread.saturating_mul(2))
    }

    fn move_to(&mut self, mut chunk: Chunk) {
        chunk.push(self.chunk.unread());
        self.chunk = chunk;
    }

    /// The same, but waits for the budget where [`Reader::try_reserve`] fails at its line: backpressure for whoever feeds it.
    /// While it waits, what is unread is kept in memory of just its size, outside the budget.
    ///
    /// Dropping the future before it is ready loses nothing.
    ///
    /// # Errors
    /// [`AllocError`] when the memory cannot be had at all.
    #[track_caller]
    pub fn reserve_when_free(&mut self, additional: usize) -> impl Future<Output = Result<(), AllocError>> {
        let site = Site::caller();
        let mut wait = None;
        poll_fn(move |context| self.poll_reserve(&mut wait, additional, site, context))
    }

    /// The same; `wait` is the place in the budget's queue between the polls. Until it is ready nothing else is done to the reader.
    #[inline]
    pub(crate) fn poll_reserve(
        &mut self,
        wait: &mut Option<Charging>,
        additional: usize,
        site: Site,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), AllocError>> {
        if additional <= self.chunk.room() {
            return Poll::Ready(Ok(()));
        }
        self.poll_make_room(wait, additional, site, context)
    }

    #[cold]
    #[inline(never)]
    fn poll_make_room(
        &mut self,
        wait: &mut Option<Charging>,
        additional: usize,
        site: Site,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), AllocError>> {
        let begins = wait.is_none();
        let charging = match wait {
            Some(charging) => charging,
            None => {
                let Some(cap) = self.new_chunk_for(additional) else { return Poll::Ready(Ok(())) };
                self.leave_if_empty();
                // In turn, behind those who wait already.
                let chunk = match &self.lender {
                    Lender::Everybodys => Ok(self.try_chunk(cap, site)),
                    Lender::Budget(budget) => Err(budget.charge(cap)),
                    Lender::Pool(pool) => pool.chunk_or_wait(cap, site),
                };
                match chunk {
                    Ok(chunk) => return Poll::Ready(chunk.map(|chunk| self.move_to(chunk))),
                    Err(charging) => wait.insert(charging),
                }
            }
        };
        let mut charge = Pin::new(&mut *charging).poll(context);
        if begins && charge.is_pending() {
            if !self.is_empty() {
                // What is unread waits in memory of its own size, which is not charged: else this reader could wait for a chunk
                // that it holds itself.
                let own = Chunk::aside(self.len(), self.keeps_secrets(), site)?;
                self.move_to(own);
            }
            if let Lender::Pool(pool) = &self.lender {
                // Only now: whatever becomes idle from here on sees that somebody waits, and is not kept.
                pool.trim();
            }
            charge = Pin::new(charging).poll(context);
        }
        let Poll::Ready(charge) = charge else { return Poll::Pending };
        *wait = None;
        let charge = charge?;
        let asked = self.size_for(additional).min(charge.bytes());
        let chunk = match &self.lender {
            Lender::Pool(pool) => pool.new_chunk(asked, Some(charge), site),
            Lender::Everybodys | Lender::Budget(_) => Chunk::with_capacity(charge.bytes(), Some(charge), site),
        }?;
        self.move_to(chunk);
        Poll::Ready(Ok(()))
    }

    /// Makes room for `additional` bytes.
    ///
    /// # Panics
    /// When the memory cannot be had; see [`Reader::try_reserve`].
    #[track_caller]
    pub fn reserve(&mut self, additional: usize) {
        if let Err(error) = self.try_reserve(additional) {
            panic!("{error}");
        }
    }

    /// **Copies** `bytes` behind the unread ones.
    ///
    /// # Panics
    /// When the memory cannot be had; see [`Reader::try_reserve`].
    #[inline]
    #[track_caller]
    pub fn extend_from_slice(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        self.chunk.push(bytes);
    }

    /// Reads once from `source`, up to `most` bytes, and says how many came; 0 is the end. The room is zeroed once in its life
    /// and then read into again and again.
    ///
    /// # Errors
    /// Those of the source, and [`io::ErrorKind::OutOfMemory`] when there is no room to be had. Nothing is lost.
    #[track_caller]
    pub fn read_from(&mut self, source: &mut impl io::Read, most: usize) -> io::Result<usize> {
        clock::tick(); // next to a system call it costs nothing
        self.try_reserve(most.min(self.usual).max(1))
            .map_err(|error| io::Error::new(io::ErrorKind::OutOfMemory, error))?;
        let spare = self.chunk.spare_zeroed(most);
        let len = source.read(spare)?.min(spare.len());
        self.chunk.filled_zeroed(len);
        Ok(len)
    }

    /// Cuts the first `len` unread bytes off, as [`Keep`] says.
    ///
    /// # Errors
    /// [`OutOfRange`] when fewer are unread; then nothing is consumed.
    ///
    /// # Panics
    /// When a copy is due and its memory cannot be had.
    #[inline]
    #[track_caller]
    pub fn split_to(&mut self, len: usize) -> Result<Frozen, OutOfRange> {
        self.split_at_site(len, Site::caller())
    }

    #[inline(always)]
    pub(crate) fn split_at_site(&mut self, len: usize, site: Site) -> Result<Frozen, OutOfRange> {
        if self.keep == Keep::View
            && let Some(view) = self.chunk.split_now(len, site)
        {
            return Ok(Frozen::from_send(view));
        }
        self.split_anyhow(len, site)
    }

    #[inline(never)]
    fn split_anyhow(&mut self, len: usize, site: Site) -> Result<Frozen, OutOfRange> {
        self.check(len)?;
        let shares = match self.keep {
            Keep::View => true,
            Keep::Copy => false,
            Keep::Auto { max_tare } => self.chunk.gross() - len <= max_tare,
        };
        let frame = if shares {
            // Taken one by one, no reference is at hand for the next frame: so each of an outsized chunk's comes by here.
            let at_hand = if self.is_outsized() { 1 } else { AT_HAND };
            Frozen::from_send(self.chunk.split_to(len, at_hand, site))
        } else {
            let frame = Frozen::copy_at(&self.chunk.unread()[..len], site);
            self.chunk.advance(len);
            frame
        };
        self.settle(site);
        Ok(frame)
    }

    /// Cuts all unread bytes off, as [`Keep`] says: as a view that **shares memory**, or as a **copy**. Empty when there are none.
    ///
    /// # Panics
    /// As [`Reader::split_to`].
    #[must_use]
    #[track_caller]
    pub fn split(&mut self) -> Frozen {
        let Ok(all) = self.split_to(self.len()) else { unreachable!("as many as there are") };
        all
    }

    /// Consumes the first `len` unread bytes.
    ///
    /// # Errors
    /// [`OutOfRange`] when fewer are unread; then nothing is consumed.
    #[inline]
    #[track_caller]
    pub fn advance(&mut self, len: usize) -> Result<(), OutOfRange> {
        self.check(len)?;
        self.chunk.advance(len);
        self.settle(Site::caller());
        Ok(())
    }

    /// Bytes that fit behind the unread ones.
    #[cfg(feature = "tokio")]
    pub(crate) fn room(&self) -> usize {
        self.chunk.room()
    }

    #[cfg(feature = "bytes")]
    pub(crate) fn filling(&mut self) -> &mut Chunk {
        &mut self.chunk
    }

    /// The unread bytes, to be changed in place: to unmask or to decrypt a frame before it is cut off. **Shares memory** with no
    /// frame: what was cut off is not among them. Costs nothing.
    ///
    /// ```
    /// let mut reader = plimsoll::Reader::new();
    /// reader.extend_from_slice(b"\x2a\x2abC");
    /// let head = reader.split_to(2)?;
    /// reader.unread_mut().iter_mut().for_each(|byte| *byte ^= 0x2a);
    /// assert_eq!((head, reader.split()), (b"\x2a\x2a".into(), b"Hi".into()));
    /// # Ok::<(), plimsoll::OutOfRange>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn unread_mut(&mut self) -> &mut [u8] {
        self.chunk.unread_mut()
    }

    #[inline]
    fn check(&self, len: usize) -> Result<(), OutOfRange> {
        if len <= self.len() { Ok(()) } else { Err(OutOfRange { offset: 0, width: len, len: self.len() }) }
    }

    /// Whether the chunk grew for an outlier. Up to twice the usual it has only taken over what was unread of the one before.
    #[inline]
    fn is_outsized(&self) -> bool {
        self.chunk.capacity() > self.usual.saturating_mul(2)
    }

    /// Something has been consumed.
    #[inline]
    fn settle(&mut self, site: Site) {
        if self.chunk.capacity() > self.usual && (self.is_empty() || self.is_outsized()) {
            self.leave_outsized(site);
        }
    }

    /// A chunk that grew for an outlier is given back when that has been consumed.
    #[cold]
    #[inline(never)]
    fn leave_outsized(&mut self, site: Site) {
        let unread = self.len();
        if unread == 0 {
            self.chunk = Chunk::new();
        } else if unread <= self.usual / 2 && self.chunk.consumed() > self.usual {
            let usual = (unread <= self.usual / SHORT).then(|| self.try_chunk(self.usual, site));
            match usual {
                Some(Ok(chunk)) => self.move_to(chunk),
                // From here on there is no room, so that what is unread is moved when some is made.
                None | Some(Err(_)) => self.chunk.close(),
            }
        }
    }

    /// The size of the chunks it takes when nothing larger is needed, in bytes.
    #[must_use]
    pub fn chunk_size(&self) -> usize {
        self.usual
    }

    pub(crate) fn store_id(&self) -> u64 {
        self.chunk.store_id()
    }

    /// What is unread, and the chunk that holds it.
    #[must_use]
    pub fn weight(&self) -> Weight {
        Weight { net: self.len(), gross: self.chunk.gross() }
    }
}

/// The unread bytes.
impl Deref for Reader {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.chunk.unread()
    }
}

impl Default for Reader {
    fn default() -> Self {
        Self::new()
    }
}

/// Appends; never fails but for want of memory.
impl io::Write for Reader {
    #[track_caller]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.try_reserve(bytes.len()).map_err(|error| io::Error::new(io::ErrorKind::OutOfMemory, error))?;
        self.chunk.push(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("unread", &self.len()).field("capacity", &self.chunk.capacity()).finish()
    }
}
