//! Memory between threads, and the views of it.
//!
//! ```text
//! WordView { memory, start, len, record }
//!              |
//!              v
//! Memory { header, len }  ->  | Header 64 | word | word | ............ max |
//!                                           ^^^^^ zeros beyond `len` ^^^^^
//! ```
//!
//! Invariants:
//!
//! * *M1.* A memory holds the one reference on its store. No local view and no sendable handle of that store exists.
//! * *M2.* The store's bytes are touched through `AtomicU64` only, from their zeroed birth until the memory is dropped. There is
//!   no other access size, because racing accesses of different sizes are undefined, atomic or not.
//! * *M3.* The store has a whole number of words, and `len` never shrinks and never exceeds them: a byte that was within a view
//!   once is so for ever.
//! * *M4.* A record in `followers` is live: its view ends it only after taking it off the list.

use super::counts::Counts;
use super::pool;
use super::record::{self, Record};
use super::site::Site;
use super::store::{self, Fill, Header};
use super::sync::AtomicU64;
use crate::budget::Charge;
use crate::error::AllocError;
use crate::shared::bulk;
use std::cell::Cell;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes in a word.
pub(crate) const WORD: usize = 8;

/// The most bytes that one memory may have.
pub(crate) const MAX: usize = store::MAX & !(WORD - 1);

/// A store's bytes are aligned like its header.
const _: () = assert!(align_of::<Header>().is_multiple_of(WORD));

/// The `len` of a view that ends where its memory ends, wherever that is.
const TO_THE_END: usize = usize::MAX;

struct Memory {
    store: NonNull<Header>,
    /// Bytes that exist for the views. Words behind it are zero.
    len: AtomicUsize,
    /// How far it may grow, in bytes. The store may have up to seven more.
    max: usize,
    /// Records of the audited views that follow the growth, so that the report does, too.
    followers: Mutex<Vec<Follower>>,
}

struct Follower {
    record: *const Record,
    start: usize,
}

// SAFETY: M1, M2: the store's bytes are atomics, and what is read of its header is not written while the memory lives; the
// records of M4 are written through atomics only.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

/// A view of a memory. Any thread may hold it.
///
/// *Invariant.* `record` is null, or a live record that this view alone ends (V2).
pub(crate) struct WordView {
    /// None: the view is empty, and holds nothing.
    memory: Option<Arc<Memory>>,
    start: usize,
    len: usize,
    record: *const Record,
}

// SAFETY: `Memory` is both; a record may be ended on any thread (R2).
unsafe impl Send for WordView {}
// SAFETY: as above; a shared view only reads where its record is.
unsafe impl Sync for WordView {}

/// Four words, like the other handles.
const _: () = assert!(size_of::<WordView>() == 32);

impl Memory {
    fn header(&self) -> &Header {
        // SAFETY: M1 and S1.
        unsafe { self.store.as_ref() }
    }

    #[inline]
    fn words(&self) -> &[AtomicU64] {
        let header = self.header();
        // SAFETY: S2: `cap` initialised bytes, aligned like the header; M1 and M2: everybody sees them as these atomics; M3: `cap` is a
        // whole number of words. (Under loom, whose atomics are larger, no memory is ever made.)
        unsafe { std::slice::from_raw_parts(header.data().cast(), header.cap() / WORD) }
    }

    fn follow(&self, record: *const Record, start: usize) {
        let mut followers = self.followers.lock().unwrap_or_else(PoisonError::into_inner);
        followers.push(Follower { record, start });
        // It may have grown since the record was begun.
        record::set_len(record, self.len.load(Ordering::Relaxed).saturating_sub(start));
    }

    fn unfollow(&self, record: *const Record) {
        let mut followers = self.followers.lock().unwrap_or_else(PoisonError::into_inner);
        followers.retain(|follower| !ptr::eq(follower.record, record));
    }

    fn tell_followers(&self) {
        let followers = self.followers.lock().unwrap_or_else(PoisonError::into_inner);
        // Read under the lock, so that of two threads that grow the memory the later one tells the larger length.
        let len = self.len.load(Ordering::Relaxed);
        for follower in &*followers {
            record::set_len(follower.record, len.saturating_sub(follower.start)); // M4
        }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if self.header().counts().release(pool::token()) {
            // SAFETY: M1: that was the last reference.
            unsafe { store::destroy(self.store) }
        }
    }
}

impl WordView {
    /// All of a new memory of zeros: `len` bytes now, `max` at most. The caller has checked `len <= max`. `charge` is asked for
    /// what the words take, if anybody is to be charged for them.
    pub(crate) fn alone(
        len: usize,
        max: usize,
        charge: impl FnOnce(usize) -> Result<Option<Charge>, AllocError>,
        site: Site,
    ) -> Result<Self, AllocError> {
        if max == 0 {
            return Ok(Self::EMPTY);
        }
        let room = max.checked_next_multiple_of(WORD).filter(|&room| room <= MAX);
        let room = room.ok_or(AllocError::too_large(max, MAX))?;
        let store = match charge(room)? {
            Some(charge) => store::charged(charge, Fill::Zeroed, Counts::sendable(), site),
            None => store::plain(room, Fill::Zeroed, Counts::sendable(), site),
        };
        let store = store.map_err(|error| AllocError { requested: max, ..error })?;
        let memory = Memory { store, len: AtomicUsize::new(len), max, followers: Mutex::default() };
        let shown = if len < max { TO_THE_END } else { len };
        Ok(Self::begin(Arc::new(memory), 0, shown, site))
    }

    const EMPTY: Self = Self { memory: None, start: 0, len: 0, record: ptr::null() };

    fn begin(memory: Arc<Memory>, start: usize, len: usize, site: Site) -> Self {
        let mut view = Self { memory: Some(memory), start, len, record: ptr::null() };
        if let Some(memory) = &view.memory
            && memory.header().is_audited()
        {
            let at = memory.header().data().wrapping_add(start);
            view.record = record::begin_view::<false>(memory.store, at, view.len(), site);
            if view.follows() && !view.record.is_null() {
                memory.follow(view.record, start);
            }
        }
        view
    }

    /// Bytes shown now.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        match &self.memory {
            // The words behind the old length were there and zero all along, so safety needs no order (M3). JavaScript orders the
            // length with its atomics.
            Some(memory) if self.len == TO_THE_END => memory.len.load(Ordering::SeqCst) - self.start,
            _ => self.len,
        }
    }

    /// Whether the view ends where its memory ends.
    #[inline]
    pub(crate) fn follows(&self) -> bool {
        self.len == TO_THE_END
    }

    /// Where in the memory the view begins, in bytes.
    #[inline]
    pub(crate) fn start(&self) -> usize {
        self.start
    }

    /// All words of the memory, those before and behind the view included.
    #[inline]
    pub(crate) fn words(&self) -> &[AtomicU64] {
        self.memory.as_ref().map_or(&[], |memory| memory.words())
    }

    /// Where the view's first byte is.
    pub(crate) fn at(&self) -> *mut u8 {
        let memory = self.memory.as_ref().map_or(ptr::null_mut(), |memory| memory.header().data());
        memory.wrapping_add(self.start)
    }

    /// Tells this memory from every other one that is alive. 0: none.
    pub(crate) fn id(&self) -> u64 {
        self.memory.as_ref().map_or(0, |memory| memory.store.addr().get() as u64)
    }

    pub(crate) fn memory_len(&self) -> usize {
        self.memory.as_ref().map_or(0, |memory| memory.len.load(Ordering::SeqCst))
    }

    pub(crate) fn max(&self) -> usize {
        self.memory.as_ref().map_or(0, |memory| memory.max)
    }

    /// Bytes kept alive.
    pub(crate) fn gross(&self) -> usize {
        self.memory.as_ref().map_or(0, |memory| memory.header().cap())
    }

    /// Shares memory. `from <= to <= len`, checked; with no `to` the view follows the memory, as this one must.
    pub(crate) fn slice(&self, from: usize, to: Option<usize>, site: Site) -> Self {
        let end = to.unwrap_or_else(|| self.len());
        assert!(from <= end && end <= self.len(), "the range is checked by the caller");
        assert!(to.is_some() || self.follows(), "only a view that follows has others that do");
        match &self.memory {
            Some(memory) if to != Some(from) => {
                let len = to.map_or(TO_THE_END, |to| to - from);
                Self::begin(memory.clone(), self.start + from, len, site)
            }
            _ => Self::EMPTY, // a view that stays empty holds nothing
        }
    }

    /// Where this view was made, if it is audited.
    pub(crate) fn site(&self) -> Option<Site> {
        // SAFETY: the record is live and this view's.
        unsafe { self.record.as_ref() }.map(Record::site)
    }

    /// Makes the memory `len` bytes long, for every view. Answers the length before, or as an error the length that is already
    /// there or may not be passed.
    pub(crate) fn grow(&self, len: usize) -> Result<usize, usize> {
        let Some(memory) = self.memory.as_ref().filter(|memory| len <= memory.max) else {
            return Err(self.memory_len());
        };
        let mut before = memory.len.load(Ordering::SeqCst);
        loop {
            if before > len {
                return Err(before); // M3
            }
            match memory.len.compare_exchange_weak(before, len, Ordering::SeqCst, Ordering::SeqCst) {
                Ok(_) => break,
                Err(now) => before = now,
            }
        }
        memory.tell_followers();
        Ok(before)
    }
}

impl Drop for WordView {
    #[inline]
    fn drop(&mut self) {
        if cfg!(feature = "audit") && !self.record.is_null() {
            if let Some(memory) = self.memory.as_ref().filter(|_| self.follows()) {
                memory.unfollow(self.record); // M4
            }
            // SAFETY: the record is live and this view's.
            unsafe { record::end_view(self.record) }
        }
    }
}

/// Fills `to` with the bytes from `at` on.
pub(crate) fn copy_to_slice(words: &[AtomicU64], at: usize, to: &mut [u8]) {
    let len = to.len();
    // SAFETY: the same bytes; `copy_out` writes initialised ones only.
    bulk::copy_out(words, at, unsafe {
        std::slice::from_raw_parts_mut(to.as_mut_ptr().cast::<MaybeUninit<u8>>(), len)
    });
}

/// The same into memory that others on this thread see.
pub(crate) fn copy_to_cells(words: &[AtomicU64], at: usize, to: &[Cell<u8>]) {
    // SAFETY: cells of this thread, which runs nothing but `copy_out` meanwhile; `words` are never cells (M1). Only initialised
    // bytes are written.
    bulk::copy_out(words, at, unsafe {
        std::slice::from_raw_parts_mut(to.as_ptr().cast_mut().cast::<MaybeUninit<u8>>(), to.len())
    });
}

/// Writes `from` to the bytes from `at` on.
pub(crate) fn copy_from_cells(words: &[AtomicU64], at: usize, from: &[Cell<u8>]) {
    // SAFETY: cells of this thread, which runs nothing but `copy_in` meanwhile; `words` are never cells (M1).
    bulk::copy_in(words, at, unsafe { std::slice::from_raw_parts(from.as_ptr().cast(), from.len()) });
}

/// A copy of the `len` bytes from `at` on.
pub(crate) fn copy_to_vec(words: &[AtomicU64], at: usize, len: usize) -> Result<Vec<u8>, AllocError> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(len).map_err(|_| AllocError::refused(len, store::MAX))?;
    bulk::copy_out(words, at, &mut bytes.spare_capacity_mut()[..len]);
    // SAFETY: the vector has room for `len` bytes, and `copy_out` has written every one.
    unsafe { bytes.set_len(len) };
    Ok(bytes)
}
