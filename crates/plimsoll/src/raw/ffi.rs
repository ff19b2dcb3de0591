//! Handles as plain pointers, for embedders whose runtime keeps them.

use super::record::Watched;
use super::view::LocalStore;
use crate::audit::Watch;
use crate::store::Store;
use std::ffi::c_void;
use std::mem::ManuallyDrop;

impl Watch {
    /// Takes a watch back.
    ///
    /// # Safety
    /// `raw` came from [`Watch::into_raw`] on this thread, and is not used again.
    #[must_use]
    pub unsafe fn from_raw(raw: *const c_void) -> Self {
        // SAFETY: passed on to the caller.
        Self::from_watched(unsafe { Watched::from_raw(raw.cast()) })
    }
}

impl Store {
    /// Takes a store back.
    ///
    /// # Safety
    /// `raw` came from [`Store::into_raw`] on this thread, and is not used again.
    #[must_use]
    pub unsafe fn from_raw(raw: *mut c_void) -> Self {
        // SAFETY: passed on to the caller.
        Self::from_local(unsafe { LocalStore::from_raw(raw.cast()) })
    }

    /// Looks at a store without taking it back.
    ///
    /// # Safety
    /// `raw` came from [`Store::into_raw`] on this thread, and is not taken back while the result is used.
    #[must_use]
    pub unsafe fn borrow_raw(raw: *mut c_void) -> ManuallyDrop<Self> {
        // SAFETY: passed on to the caller; `ManuallyDrop` leaves the reference where it was.
        ManuallyDrop::new(unsafe { Self::from_raw(raw) })
    }
}
