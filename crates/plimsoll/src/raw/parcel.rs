//! A store that nobody else holds, on its way between threads.
//!
//! *Invariant U1.* A parcel holds the only reference on its store, as a sendable handle (C1: `shared` is 1, `local` 0), and the
//! store is whole: all of its bytes were written or zeroed, and may be written. So a shared borrow of the parcel only reads, and an
//! exclusive one is alone: of the bytes, and of the cells in the header.
//!
//! The counts change as they do for a sole view that is frozen, and back: [`Counts::local_to_sendable`] where the parcel is made,
//! [`Counts::sendable_to_local`] where it ends. In between the parcel travels as any sendable handle does (C3), so the plain
//! `local` has one owning thread at a time (C2).
//!
//! [`Counts::local_to_sendable`]: super::counts::Counts::local_to_sendable
//! [`Counts::sendable_to_local`]: super::counts::Counts::sendable_to_local

use super::pool;
use super::resizable;
use super::site::Site;
use super::store::{self, Header};
use super::view::{LocalStore, SendView};
use crate::error::ResizeError;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::slice;

/// The only handle on a whole store. Any thread may hold it.
pub(crate) struct SoleStore(NonNull<Header>);

// SAFETY: U1: nobody else touches the store. Its counts know where it is dropped, records may be ended anywhere (R2), and owners of
// bytes may be dropped on other threads.
unsafe impl Send for SoleStore {}
// SAFETY: U1: through a shared borrow nothing is written.
unsafe impl Sync for SoleStore {}

impl SoleStore {
    /// The store, if that is its only handle: no other, no view, no pool.
    pub(crate) fn new(store: LocalStore) -> Result<Self, LocalStore> {
        let header = store.header();
        if header.is_detached() || !header.is_whole() || !header.counts().local_to_sendable() {
            return Err(store);
        }
        Ok(Self(ManuallyDrop::new(store).0)) // its reference is the parcel's
    }

    pub(crate) fn into_local(self) -> LocalStore {
        let alone = self.header().counts().sendable_to_local();
        assert!(alone, "a parcel is the only handle"); // U1
        LocalStore(ManuallyDrop::new(self).0, PhantomData)
    }

    pub(crate) fn into_sendable(self, site: Site) -> SendView {
        if self.bytes().is_empty() {
            return SendView::fixed(&[]); // an empty view holds nothing
        }
        let this = ManuallyDrop::new(self);
        // SAFETY: the reference is the view's now; it shows all bytes, and whoever could write them (U1) is gone.
        unsafe { SendView::adopt(this.0, this.header().data(), Header::len(this.0), site) }
    }

    /// The vector whose memory this is, if it is one's.
    pub(crate) fn into_vec(self) -> Result<Vec<u8>, Self> {
        let this = ManuallyDrop::new(self);
        // SAFETY: U1.
        unsafe { store::into_vec(this.0) }.ok_or_else(|| ManuallyDrop::into_inner(this))
    }

    pub(crate) fn header(&self) -> &Header {
        // SAFETY: U1 and S1.
        unsafe { self.0.as_ref() }
    }

    pub(crate) fn id(&self) -> u64 {
        self.0.addr().get() as u64
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: S2; U1: nobody writes while `self` is borrowed.
        unsafe { slice::from_raw_parts(self.header().data(), Header::len(self.0)) }
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: S2; U1: nobody else looks while `self` is borrowed.
        unsafe { slice::from_raw_parts_mut(self.header().data(), Header::len(self.0)) }
    }

    /// Makes the store `len` bytes long. Answers how long it was.
    pub(crate) fn resize(&mut self, len: usize) -> Result<usize, ResizeError> {
        // SAFETY: U1, and no bytes are borrowed while `self` is.
        unsafe { resizable::resize(self.0, len) }
    }
}

impl Drop for SoleStore {
    fn drop(&mut self) {
        if self.header().counts().release(pool::token()) {
            // SAFETY: U1: that was the last reference.
            unsafe { store::destroy(self.0) }
        }
    }
}
