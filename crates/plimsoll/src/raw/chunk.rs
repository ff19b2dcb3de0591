//! The store that a `Reader` fills: written at its end, cut into handles from its front.
//!
//! ```text
//! | handed out | unread        | spare, written once | spare, never written |
//! 0            start           end                   init                   cap
//! ```
//!
//! * *K1.* `start <= end <= init <= cap`, `cap` is no more than the store has, and the bytes below `init` are initialised.
//! * *K2.* Bytes below `start` may be shown by handles that any thread holds: they are never written again while the store has
//!   other holders. Bytes from `start` on belong to the chunk alone.
//! * *K3.* The chunk holds `prepaid + aside + 1` of the store's references; handing one out is arithmetic, not an atomic operation.

use super::recycle::Idle;
use super::site::Site;
use super::store::{self, Header};
use super::view::SendView;
use crate::budget::Charge;
use crate::chunks::Home;
use crate::error::AllocError;
#[cfg(feature = "bytes")]
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};
use std::sync::Arc;

/// References bought at a time.
const PREPAY: usize = 1024;

/// References usually taken from those at a time, at most; the store is told then how many are handed out.
pub(crate) const AT_HAND: usize = 128;

pub(crate) struct Chunk {
    store: Option<NonNull<Header>>,
    data: NonNull<u8>,
    /// References at hand.
    prepaid: usize,
    /// References bought besides.
    aside: usize,
    /// How many were taken from those last.
    taken: usize,
    start: usize,
    end: usize,
    init: usize,
    cap: usize,
}

// SAFETY: K2: what the chunk writes is its own, and the references it holds are sendable ones.
unsafe impl Send for Chunk {}
// SAFETY: a shared chunk is only read.
unsafe impl Sync for Chunk {}

impl Chunk {
    /// Nothing: holds no store.
    pub(crate) const fn new() -> Self {
        Self {
            store: None,
            data: NonNull::dangling(),
            prepaid: 0,
            aside: 0,
            taken: 0,
            start: 0,
            end: 0,
            init: 0,
            cap: 0,
        }
    }

    /// Room for `cap` bytes, none of them written. A charge is for as many.
    pub(crate) fn with_capacity(cap: usize, charge: Option<Charge>, site: Site) -> Result<Self, AllocError> {
        Ok(Self::of(store::chunk(cap, charge, false, site)?, cap))
    }

    /// The same, of no pool and charged to nobody. It is overwritten in the end if the bytes are to be.
    pub(crate) fn aside(cap: usize, zeroize: bool, site: Site) -> Result<Self, AllocError> {
        Ok(Self::of(store::chunk(cap, None, zeroize, site)?, cap))
    }

    /// The same, of which so many bytes are used; it goes back to `home`.
    pub(crate) fn of_pool(idle: Idle, home: Arc<Home>, asked: usize, site: Site) -> Self {
        assert!(asked <= idle.cap(), "chosen by the caller");
        Self::of(idle.start(home, asked, site), asked)
    }

    /// The reference that the store's counts start with is ours.
    fn of(store: NonNull<Header>, cap: usize) -> Self {
        // SAFETY: S1.
        let data = unsafe { NonNull::new_unchecked(store.as_ref().data()) };
        Self { store: Some(store), data, cap, ..Self::new() }
    }

    #[inline]
    pub(crate) fn unread(&self) -> &[u8] {
        // SAFETY: K1; K2: nobody else writes them.
        unsafe { std::slice::from_raw_parts(self.data.as_ptr().add(self.start), self.end - self.start) }
    }

    /// The same, to be changed in place.
    #[inline]
    pub(crate) fn unread_mut(&mut self) -> &mut [u8] {
        // SAFETY: K1; K2: every handle that was cut off shows bytes below `start`, and none is ever made of others but by `&mut self`,
        // which is lent out here. So nobody else reads or writes these.
        unsafe { std::slice::from_raw_parts_mut(self.data.as_ptr().add(self.start), self.end - self.start) }
    }

    pub(crate) fn capacity(&self) -> usize {
        self.cap
    }

    /// What the store keeps alive, in bytes.
    pub(crate) fn gross(&self) -> usize {
        // SAFETY: S1.
        self.store.map_or(0, |store| unsafe { store.as_ref() }.cap())
    }

    /// Tells the store from every other that is alive. 0: there is none.
    pub(crate) fn store_id(&self) -> u64 {
        self.store.map_or(0, |store| store.addr().get() as u64)
    }

    /// Bytes that can still be written behind the unread ones.
    #[inline]
    pub(crate) fn room(&self) -> usize {
        self.cap - self.end
    }

    /// Bytes in front of the unread ones.
    pub(crate) fn consumed(&self) -> usize {
        self.start
    }

    /// Whether nobody but the chunk holds the store.
    pub(crate) fn is_alone(&self) -> bool {
        // SAFETY: S1.
        self.store.is_none_or(|store| unsafe { store.as_ref() }.counts().is_held_by(self.references()))
    }

    /// How many references it holds (K3).
    fn references(&self) -> usize {
        self.prepaid + self.aside + 1
    }

    /// Ends the chunk behind the unread bytes: there is no more room.
    pub(crate) fn close(&mut self) {
        (self.init, self.cap) = (self.end, self.end); // K1
    }

    /// Moves the unread bytes to the front. Only when alone (K2).
    pub(crate) fn move_to_front(&mut self) {
        assert!(self.is_alone(), "checked by the caller");
        let len = self.end - self.start;
        // SAFETY: K1 for both ranges, which may overlap; K2: nobody else holds the bytes written.
        unsafe { ptr::copy(self.data.as_ptr().add(self.start), self.data.as_ptr(), len) };
        (self.start, self.end) = (0, len);
    }

    /// Copies `bytes` behind the unread ones. The caller has made room.
    #[inline]
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        assert!(bytes.len() <= self.room(), "checked by the caller");
        // SAFETY: K1, K2 and the check; the bytes cannot overlap memory that is exclusively ours.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), self.data.as_ptr().add(self.end), bytes.len()) };
        self.end += bytes.len();
        self.init = self.init.max(self.end);
    }

    /// The room, some of it never written.
    #[cfg(feature = "bytes")]
    pub(crate) fn spare(&mut self) -> &mut [MaybeUninit<u8>] {
        // SAFETY: K1, K2; nothing is claimed about what the bytes are.
        unsafe { std::slice::from_raw_parts_mut(self.data.as_ptr().add(self.end).cast(), self.cap - self.end) }
    }

    /// The first `len` bytes of the room, initialised: what was never written is zeroed, once.
    pub(crate) fn spare_zeroed(&mut self, len: usize) -> &mut [u8] {
        let len = len.min(self.room());
        let until = self.end + len;
        if until > self.init {
            // SAFETY: K1.
            unsafe { ptr::write_bytes(self.data.as_ptr().add(self.init), 0, until - self.init) };
            self.init = until;
        }
        // SAFETY: K1, K2.
        unsafe { std::slice::from_raw_parts_mut(self.data.as_ptr().add(self.end), len) }
    }

    /// The first `len` bytes of the room have been written.
    #[cfg(feature = "bytes")]
    ///
    /// # Safety
    /// They have, through [`Chunk::spare`].
    pub(crate) unsafe fn filled(&mut self, len: usize) {
        assert!(len <= self.room(), "no more than there was room for");
        self.end += len;
        self.init = self.init.max(self.end);
    }

    /// The first `len` bytes of a room handed out by [`Chunk::spare_zeroed`] count as written.
    pub(crate) fn filled_zeroed(&mut self, len: usize) {
        assert!(self.end + len <= self.init, "no more than was handed out");
        self.end += len;
    }

    #[inline]
    pub(crate) fn advance(&mut self, len: usize) {
        assert!(len <= self.end - self.start, "checked by the caller");
        self.start += len;
    }

    /// The usual case of [`Chunk::split_to`], apart from the rare ones so that the handle is built where it is going to live:
    /// some bytes stay unread, and a reference is at hand.
    #[inline]
    pub(crate) fn split_now(&mut self, len: usize, site: Site) -> Option<SendView> {
        let store = self.store?;
        if len == 0 || len >= self.end - self.start || self.prepaid == 0 {
            return None;
        }
        self.prepaid -= 1;
        // SAFETY: as in `split_to`.
        let at = unsafe { self.data.as_ptr().add(self.start) };
        self.start += len;
        // SAFETY: as in `split_to`.
        Some(unsafe { SendView::adopt(store, at, len, site) })
    }

    /// Cuts the first `len` unread bytes off as a handle that shares memory. When no reference is at hand, up to so many are taken, and at
    /// least 1.
    pub(crate) fn split_to(&mut self, len: usize, at_hand: usize, site: Site) -> SendView {
        assert!(len <= self.end - self.start, "checked by the caller");
        let Some(store) = self.store.filter(|_| len != 0) else { return SendView::fixed(&[]) };
        // SAFETY: S1.
        let counts = unsafe { store.as_ref() }.counts();
        if self.prepaid == 0 {
            if self.aside == 0 {
                counts.prepay(PREPAY);
                self.aside = PREPAY;
            }
            // Twice as many each time: so the store knows at least half of what is handed out, and is seldom told.
            self.taken = (self.taken * 2).clamp(1, at_hand).min(self.aside);
            self.aside -= self.taken;
            self.prepaid = self.taken;
            counts.tell_prepaid(self.prepaid + self.aside - 1);
        }
        self.prepaid -= 1;
        // SAFETY: K1 and K3: one of the prepaid references is the handle's; K2: the bytes are not written any more.
        let view = unsafe { SendView::adopt(store, self.data.as_ptr().add(self.start), len, site) };
        self.start += len;
        view
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        if let Some(store) = self.store {
            // SAFETY: S1.
            unsafe { store.as_ref() }.counts().tell_prepaid(0);
            // SAFETY: K3; told that it was the last, we free.
            unsafe {
                if store.as_ref().counts().release_many(self.references()) {
                    store::destroy(store);
                }
            }
        }
    }
}
