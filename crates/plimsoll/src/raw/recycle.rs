//! A reader's chunk between two lives: a store that nobody holds, waiting to be used again.
//!
//! * *Q1.* An [`Idle`] is the only way to its store: no reference is counted, no record is live, its front names no home.
//! * *Q2.* Whoever takes the pointer out of a [`Slot`] is the only one who has it: it is taken by one swap and put by one
//!   compare-and-exchange with null. The two pair as release and acquire.

use super::counts::Counts;
use super::site::Site;
use super::store::{self, Fill, Header};
use super::sync::{AtomicPtr, Ordering};
use crate::budget::Charge;
use crate::chunks::Home;
use crate::error::AllocError;
use std::ptr::{self, NonNull};
use std::sync::Arc;

/// A chunk's store that nobody holds. Dropping it frees it, and refunds its charge.
pub(crate) struct Idle(NonNull<Header>);

// SAFETY: Q1: a store that nobody else can reach, whose next life begins with sendable counts.
unsafe impl Send for Idle {}

impl Idle {
    /// A new store of `cap` bytes, none of them written. A charge is for as many.
    pub(crate) fn new(cap: usize, charge: Option<Charge>, zeroize: bool) -> Result<Self, AllocError> {
        store::idle(cap, Fill::ByCaller, Counts::sendable(), charge, zeroize).map(Self)
    }

    /// Overwrites its bytes.
    pub(crate) fn wipe(&mut self) {
        // SAFETY: Q1.
        unsafe { store::wipe(self.0) }
    }

    pub(crate) fn cap(&self) -> usize {
        // SAFETY: Q1.
        unsafe { self.0.as_ref() }.cap()
    }

    /// Begins a life, with one sendable reference that is the caller's. When it ends, `home` gets the store back.
    pub(super) fn start(self, home: Arc<Home>, asked: usize, site: Site) -> NonNull<Header> {
        let this = self.0;
        std::mem::forget(self);
        // SAFETY: Q1: nobody else looks at the header or at what stands in front of it.
        unsafe {
            this.as_ref().counts().restart_sendable();
            let front = store::front(this);
            (*front).home = Some(home);
            (*front).asked = asked;
        }
        Header::begin_audit(this, site, false);
        this
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        // SAFETY: Q1.
        unsafe { store::free(self.0) }
    }
}

/// The store's life is over. If it has a home, it goes there; false: the caller frees it.
///
/// # Safety
/// Nobody holds a reference, the audit has been told, and something stands in front of the header.
pub(super) unsafe fn go_home(this: NonNull<Header>) -> bool {
    // SAFETY: the caller's word.
    let front = unsafe { &mut *store::front(this) };
    let Some(home) = front.home.take() else { return false };
    let asked = front.asked;
    home.receive(Idle(this), asked);
    true
}

/// Room for one idle store, without a lock.
pub(crate) struct Slot(AtomicPtr<Header>);

impl Slot {
    pub(crate) fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    /// Err: the slot is taken.
    pub(crate) fn put(&self, idle: Idle) -> Result<(), Idle> {
        let store = idle.0.as_ptr();
        match self.0.compare_exchange(ptr::null_mut(), store, Ordering::Release, Ordering::Relaxed) {
            Ok(_) => {
                std::mem::forget(idle); // Q2: it is the slot's now
                Ok(())
            }
            Err(_) => Err(idle),
        }
    }

    pub(crate) fn take(&self) -> Option<Idle> {
        if self.0.load(Ordering::Relaxed).is_null() {
            return None;
        }
        // Q2.
        NonNull::new(self.0.swap(ptr::null_mut(), Ordering::Acquire)).map(Idle)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        drop(self.take());
    }
}

#[cfg(all(test, loom))]
mod model {
    use super::*;
    use loom::cell::UnsafeCell;
    use loom::thread;
    use std::sync::atomic::AtomicBool;

    #[test]
    fn an_idle_store_is_taken_by_one_alone() {
        loom::model(|| {
            let slot = Arc::new(Slot::new());
            let other = Arc::clone(&slot);
            let there = thread::spawn(move || {
                let put = Idle::new(64, None, false).ok().map(|idle| other.put(idle).is_ok());
                (put, other.take().is_some())
            });
            let here = slot.take().is_some();
            let (put, there) = there.join().unwrap();
            let left = slot.take().is_some();
            assert_eq!(put, Some(true));
            assert_eq!(usize::from(here) + usize::from(there) + usize::from(left), 1);
        });
    }

    /// Where the store's bytes would be, loom watches a cell: who takes the store writes what another has written before.
    #[test]
    fn who_takes_an_idle_store_has_seen_what_its_last_holder_wrote() {
        static TAKEN: AtomicBool = AtomicBool::new(false);
        loom::model(|| {
            let slot = Arc::new(Slot::new());
            let bytes = Arc::new(UnsafeCell::new(0));
            let there = {
                let (slot, bytes) = (Arc::clone(&slot), Arc::clone(&bytes));
                thread::spawn(move || {
                    // SAFETY: loom checks that nobody else looks meanwhile.
                    bytes.with_mut(|bytes| unsafe { *bytes = 1 });
                    assert!(Idle::new(64, None, false).is_ok_and(|idle| slot.put(idle).is_ok()));
                })
            };
            if let Some(idle) = slot.take() {
                // SAFETY: as above.
                bytes.with_mut(|bytes| unsafe { *bytes += 1 });
                TAKEN.store(true, Ordering::Relaxed);
                drop(idle);
            }
            there.join().unwrap();
        });
        assert!(TAKEN.load(Ordering::Relaxed), "both ends were tried");
    }
}
