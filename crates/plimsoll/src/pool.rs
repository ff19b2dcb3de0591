//! A pool of the caller's: Node's slab rule with a slab size of one's own.

use crate::audit::Site;
use crate::budget::Budget;
use crate::buffer::Buffer;
use crate::error::AllocError;
use crate::raw::pool::{Cursor, SLAB};
use crate::raw::store::Fill;
use crate::raw::view::{LocalStore, LocalView};
use crate::store::Store;
use std::fmt;

/// Carves small buffers from slabs, as Node's pool does.
///
/// A request is pooled when it is below half a slab; offsets are rounded up to 8. What does not fit at the end of a slab is
/// given up. A slab is freed, or used again, when the pool has moved on and its last view is gone, so one small survivor keeps
/// a whole slab: larger slabs cost fewer allocations and keep more.
///
/// ```
/// use plimsoll::Pool;
///
/// let mut pool = Pool::with_slab_size(64 * 1024);
/// let (a, b) = (pool.alloc(10), pool.alloc(10));
/// assert_eq!((a.byte_offset(), b.byte_offset()), (0, 16));
/// assert_eq!(a.weight().gross, 64 * 1024);
/// assert_eq!(pool.stats().slabs, 1);
/// ```
pub struct Pool {
    slab_size: usize,
    cursor: Cursor,
    budget: Option<Budget>,
    zeroize: bool,
    /// Buffers with stores of their own that were given back.
    returned: Vec<Buffer>,
    pooled: u64,
    too_large: u64,
    reused: u64,
}

/// Bytes of returned buffers that a pool keeps, in slabs.
const RETURNED: usize = 64;

/// What a pool has done so far, and what it has now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolStats {
    /// Requests that were served from memory that the pool had: from its slab, from one used again, from a store given back.
    pub hits: u64,
    /// Requests for which a slab, or a store of their own, had to be allocated.
    pub misses: u64,
    /// Bytes of the slab that it fills. Those that it has moved on from, and stores of their own, are held by their views alone; a
    /// [budget](Pool::with_budget) knows of all.
    pub held: usize,
    /// Slabs started, each time one was used again included.
    pub slabs: u64,
    /// Requests that were served from a slab.
    pub pooled: u64,
    /// Requests that got a store of their own, those that were reused included.
    pub too_large: u64,
    /// Of those: requests that got one which was [given back](Pool::release).
    pub reused: u64,
    /// Bytes of stores that were given back and wait to be used again.
    pub idle: usize,
    /// Bytes at the ends of slabs that no request fitted in, of all slabs so far.
    pub waste: u64,
    /// Bytes left in the current slab.
    pub room: usize,
}

impl Pool {
    /// A pool with Node's slab of 8 KiB.
    #[must_use]
    pub fn new() -> Self {
        Self::with_slab_size(SLAB)
    }

    /// A pool with slabs of `bytes`. Nothing is allocated yet. With less than 4 bytes, nothing is ever pooled.
    #[must_use]
    pub fn with_slab_size(bytes: usize) -> Self {
        Self {
            slab_size: bytes,
            cursor: Cursor::new(),
            budget: None,
            zeroize: false,
            returned: Vec::new(),
            pooled: 0,
            too_large: 0,
            reused: 0,
        }
    }

    /// The same pool, with its slabs and what is too large for one charged to `budget` from now on.
    #[must_use]
    pub fn with_budget(mut self, budget: Budget) -> Self {
        self.cursor.close_local();
        self.returned.clear();
        self.budget = Some(budget);
        self
    }

    /// The same pool, for secrets: from now on the bytes of a slab are overwritten with zeros when its last view is gone and the pool has
    /// moved on, or uses it again; those of what is too large for one, when its last view is gone or it is given back. No other pool
    /// ever gets such a slab.
    #[cfg(feature = "zeroize")]
    #[must_use]
    pub fn zeroizing(mut self) -> Self {
        self.cursor.close_local();
        self.returned.clear();
        self.zeroize = true;
        self
    }

    /// The size of the slabs started from now on, in bytes.
    #[must_use]
    pub fn slab_size(&self) -> usize {
        self.slab_size
    }

    /// Changes it. The present slab is used up first.
    pub fn set_slab_size(&mut self, bytes: usize) {
        self.slab_size = bytes;
    }

    /// Bytes left in the current slab; 0 when there is none.
    #[must_use]
    pub fn room(&self) -> usize {
        self.cursor.room()
    }

    /// `len` bytes that may show what earlier buffers of this program's pools held, never memory that was not written at all.
    /// **Shares memory** with nothing that is alive.
    ///
    /// # Panics
    /// When the memory cannot be had; see [`Pool::try_alloc`].
    #[must_use]
    #[track_caller]
    pub fn alloc(&mut self, len: usize) -> Buffer {
        match self.try_alloc(len) {
            Ok(buffer) => buffer,
            Err(error) => panic!("{error}"),
        }
    }

    /// The same.
    ///
    /// # Errors
    /// [`AllocError`] when the allocator refuses.
    #[track_caller]
    pub fn try_alloc(&mut self, len: usize) -> Result<Buffer, AllocError> {
        let site = Site::caller();
        if len == 0 {
            return Ok(Buffer::default());
        }
        if len >= self.slab_size / 2 {
            self.too_large += 1;
            if let Some(at) = self.returned.iter().position(|returned| returned.len() == len) {
                self.reused += 1;
                // A view of this caller's, in the other's place.
                return Ok(self.returned.swap_remove(at).view_at(site));
            }
            let view = match &self.budget {
                Some(budget) => LocalView::charged(budget.try_charge(len)?, Fill::Zeroed, site),
                None => LocalView::alone(len, Fill::Zeroed, site),
            }?;
            #[cfg(feature = "zeroize")]
            if self.zeroize {
                view.zeroize_when_gone();
            }
            return Ok(Buffer::from_local(view));
        }
        let (store, offset) = self.take_at(len, site)?;
        Ok(Buffer::from_local(store.raw().view(offset, offset + len, site)))
    }

    /// Gives `buffer` back by hand, which says that nobody looks at its bytes any more. If that is not so, it is an error that names the
    /// lines.
    ///
    /// One with a store of its own is handed out again to the next who wants as many bytes; the pool keeps as much as 64 slabs have.
    /// What it does not keep is dropped: what shows a part of its store, what is an owner's or a vector's memory, resizable, detached,
    /// or charged to another budget, and what is overwritten in the end if the pool's other buffers are not.
    ///
    /// Of a slab nothing is handed out before all of it is free, as ever: there, releasing is dropping, after a look.
    ///
    /// What is checked: of a store of its own, that this is its only view. Of a slab, that no other view shows any of the
    /// bytes, if the slab is [audited](crate::audit); it looks through all records of views then.
    ///
    /// ```
    /// use plimsoll::{Pool, audit};
    ///
    /// audit::set_mode(audit::Mode::All);
    /// let mut pool = Pool::new();
    /// let packet = pool.alloc(64 * 1024);
    /// let id = packet.subarray(..16);
    /// let error = pool.release(packet).unwrap_err();
    /// assert!(error.to_string().contains("1 other view"), "{error}");
    /// drop(id);
    /// pool.release(error.buffer).unwrap();
    /// assert_eq!(pool.stats().idle, 64 * 1024);
    /// ```
    ///
    /// # Errors
    /// [`StillShown`], with the buffer in it.
    #[track_caller]
    pub fn release(&mut self, buffer: Buffer) -> Result<(), StillShown> {
        let (views, places) = buffer.other_views();
        if views > 0 {
            return Err(StillShown { buffer, views, places });
        }
        // What the pool hands out is charged to its budget, if it has one: another's buffer is not.
        let charged = match (&self.budget, buffer.budget()) {
            (None, None) => true,
            (Some(budget), Some(other)) => budget.is(&other),
            _ => false,
        };
        let whole = buffer.is_of_own_store() && buffer.len() == buffer.weight().gross;
        let may_be_kept = charged && whole && (self.zeroize || !buffer.is_secret());
        let idle = self.idle() + buffer.len();
        if may_be_kept && idle <= self.slab_size.saturating_mul(RETURNED) {
            #[cfg(feature = "zeroize")]
            if self.zeroize {
                buffer.wipe();
                buffer.zeroize_when_gone(); // it may be another's
            }
            self.returned.push(buffer.view_at(Site::caller()));
        }
        Ok(())
    }

    fn idle(&self) -> usize {
        self.returned.iter().map(Buffer::len).sum()
    }

    /// For embedders: makes sure that the current slab has `len` bytes left, starting a new one if not, and says which slab and
    /// where in it they begin. Nothing is handed out until [`Pool::advance`].
    ///
    /// # Errors
    /// [`AllocError`] when the allocator refuses, or `len` is more than a slab.
    pub fn reserve_at(&mut self, len: usize, site: Site) -> Result<(Store, usize), AllocError> {
        if len > self.slab_size {
            return Err(AllocError::too_large(len, self.slab_size));
        }
        if len > self.cursor.room() || self.cursor.slab().is_none() {
            self.cursor.refill_local(self.slab_size, self.budget.as_ref(), self.zeroize, site)?;
        }
        match LocalStore::of_slab(&self.cursor) {
            Some(slab) => Ok((Store::from_local(slab), self.cursor.offset())),
            None => unreachable!("the cursor has just been filled"),
        }
    }

    /// Hands out the next `len` bytes of the current slab, rounded up to 8; no more than are left.
    pub fn advance(&mut self, len: usize) {
        self.pooled += 1;
        self.cursor.advance(len);
    }

    /// For embedders: `len` bytes of a slab, and where in it they begin. The slab is born at the caller's site.
    ///
    /// # Errors
    /// As [`Pool::reserve_at`].
    #[track_caller]
    pub fn take(&mut self, len: usize) -> Result<(Store, usize), AllocError> {
        self.take_at(len, Site::caller())
    }

    /// The same, with a site of the embedder's.
    ///
    /// # Errors
    /// As [`Pool::reserve_at`].
    pub fn take_at(&mut self, len: usize, site: Site) -> Result<(Store, usize), AllocError> {
        let place = self.reserve_at(len, site)?;
        self.advance(len);
        Ok(place)
    }

    /// What the pool has done so far.
    #[must_use]
    pub fn stats(&self) -> PoolStats {
        let misses = self.cursor.allocated() + (self.too_large - self.reused);
        PoolStats {
            hits: (self.pooled + self.too_large).saturating_sub(misses), // a slab may have been reserved and not yet used
            misses,
            held: self.cursor.held(),
            slabs: self.cursor.started(),
            pooled: self.pooled,
            too_large: self.too_large,
            reused: self.reused,
            idle: self.idle(),
            waste: self.cursor.wasted(),
            room: self.cursor.room(),
        }
    }
}

impl Default for Pool {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.cursor.close_local();
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("slab_size", &self.slab_size).field("stats", &self.stats()).finish()
    }
}

/// A buffer was given back while other views of its bytes are alive.
#[derive(Debug)]
pub struct StillShown {
    /// The buffer, as it was.
    pub buffer: Buffer,
    /// How many other views there are.
    pub views: usize,
    /// Where those were made that are audited.
    pub places: Vec<Site>,
}

impl fmt::Display for StillShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (len, views) = (self.buffer.len(), self.views);
        let plural = if views == 1 { " is" } else { "s are" };
        write!(f, "a buffer of {len} bytes was released while {views} other view{plural} alive")?;
        for (n, place) in self.places.iter().enumerate() {
            write!(f, "{} {place}", if n == 0 { ", made at" } else { "," })?;
        }
        Ok(())
    }
}

impl std::error::Error for StillShown {}
