//! Who holds what: every view of an audited store leaves a record of the line that made it.
//!
//! ```
//! # #[cfg(feature = "report")] {
//! use plimsoll::{Buffer, audit};
//!
//! audit::set_mode(audit::Mode::All);
//! let kept: Vec<Buffer> = (0..10)
//!     .map(|_| {
//!         let chunk = Buffer::alloc(64 * 1024);
//!         chunk.subarray(..16) // the line that holds ten chunks
//!     })
//!     .collect();
//! let report = audit::report();
//! assert_eq!(report.totals.gross, 10 * 64 * 1024);
//! assert_eq!(report.totals.net.known(), Some(10 * 16));
//! # drop(kept); }
//! ```
//!
//! Nothing is recorded until [`set_mode`] asks for it, and only stores born from then on are audited: whether a store is
//! audited is decided once, at its birth, so its views are all there or not at all. Off, the audit costs a branch on a line of
//! memory that is read anyway; on, about a nanosecond a view. A program in production audits its [large stores](Mode::Large)
//! for next to nothing, and estimates its pool from a [sample](Mode::Sampled) of the slabs.
//!
//! What one line does for several kinds of work is told apart by [`scope`].

use crate::raw::record::{self, Watched};
use crate::raw::view::LocalStore;
use crate::store::Store;
use std::ffi::c_void;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(feature = "report")]
mod detail;
mod mode;
#[cfg(feature = "report")]
mod report;
mod scope;

pub use crate::raw::site::Site;
#[cfg(feature = "report")]
pub use detail::{Churn, churn};
pub(crate) use mode::wants_store;
pub use mode::{Mode, large, mode, set_large, set_mode};
#[cfg(feature = "report")]
pub use report::{report, report_on, rows};
pub use scope::{Scope, scope};

static DETAIL: AtomicBool = AtomicBool::new(false);

/// Turns churn counters and the capture of the peak on or off. They cost a lock at each birth of a store or view.
///
/// Stores and views are counted where they are audited: with [`Mode::All`] every one. Samples are not scaled up here.
pub fn set_detail(on: bool) {
    #[cfg(feature = "report")]
    detail::restart(on);
    DETAIL.store(on, Ordering::Relaxed);
}

/// Bytes that live audited stores keep, those of slabs that the pool itself holds included. Exact when no other thread
/// makes or drops any meanwhile, but for [sampled](Mode::Sampled) slabs, each of which counts as all that it stands for.
#[must_use]
pub fn held() -> u64 {
    record::held()
}

#[inline]
pub(crate) fn wants_detail() -> bool {
    cfg!(feature = "report") && DETAIL.load(Ordering::Relaxed)
}

/// Bytes were copied at `site`. Costs a load while nobody wants detail.
#[inline]
pub(crate) fn count_copied(site: Site, bytes: usize) {
    if wants_detail() {
        copied(site, bytes);
    }
}

/// Bytes were turned into a string at `site`.
#[inline]
pub(crate) fn count_stringified(site: Site, bytes: usize) {
    if wants_detail() {
        stringified(site, bytes);
    }
}

#[cfg(feature = "report")]
pub(crate) use detail::{copied, stringified};
#[cfg(not(feature = "report"))]
pub(crate) use nothing::{copied, stringified};

#[cfg(feature = "report")]
pub(crate) use detail::{before_end, store_born, view_made};

#[cfg(not(feature = "report"))]
mod nothing {
    use super::Site;

    pub(crate) fn before_end(_: u64) {}
    pub(crate) fn store_born(_: Site, _: u64, _: u64) {}
    pub(crate) fn view_made(_: Site) {}
    pub(crate) fn copied(_: Site, _: usize) {}
    pub(crate) fn stringified(_: Site, _: usize) {}
}
#[cfg(not(feature = "report"))]
pub(crate) use nothing::{before_end, store_born, view_made};

/// The record of a view that has no handle of this library, such as a typed array of an embedded interpreter.
///
/// Dropping it says that the view died. It does not keep the store alive.
pub struct Watch(Watched);

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Watch").field(&self.site()).finish()
    }
}

/// Records that a view of `range` of `store`, made at `site`, lives until the [`Watch`] is dropped.
///
/// None when the store is not audited. The range is what the report will say; it may go beyond the store's end.
#[must_use]
pub fn watch(store: &Store, range: Range<usize>, site: Site) -> Option<Watch> {
    let store: &LocalStore = store.raw();
    store.watch(range.start, range.len(), site).map(Watch)
}

impl Watch {
    pub(crate) fn from_watched(watched: Watched) -> Self {
        Self(watched)
    }

    /// The site given to [`watch`].
    #[must_use]
    pub fn site(&self) -> Site {
        self.0.site()
    }

    /// The watch as a pointer for a foreign function interface. Take it back with [`Watch::from_raw`], or the view counts as
    /// alive for ever.
    #[must_use]
    pub fn into_raw(self) -> *const c_void {
        self.0.into_raw().cast()
    }
}
