//! What happened on the way: churn by site, and the moment when most was held.

use super::Site;
use super::scope::place;
use crate::raw::record;
use plimsoll_report::{ChurnRow, PeakRows, Rows};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What one site did over the whole run. Plain sums: `stores` and `views` count, the others are bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Churn {
    /// Stores born.
    pub stores: u64,
    /// Bytes of those stores.
    pub allocated: u64,
    /// Views made.
    pub views: u64,
    /// Bytes copied.
    pub copied: u64,
    /// Bytes turned into strings.
    pub stringified: u64,
}

struct Detail {
    since: Instant,
    /// By scope and site.
    churn: HashMap<(Option<Site>, Site), Churn>,
    peak: u64,
    peak_at_ms: u64,
    captured: Option<(u64, Rows)>,
}

/// The rows at the peak are captured just before a view or a store dies, and only if this much is held: a twentieth more than at the last
/// capture. So a program that grows captures a few dozen times, and what was captured is within 5 % of the peak.
static CAPTURE_ABOVE: AtomicU64 = AtomicU64::new(0);

static DETAIL: Mutex<Option<Detail>> = Mutex::new(None);

fn detail() -> MutexGuard<'static, Option<Detail>> {
    DETAIL.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn restart(on: bool) {
    CAPTURE_ABOVE.store(0, Ordering::Relaxed);
    *detail() = on.then(|| Detail {
        since: Instant::now(),
        churn: HashMap::new(),
        peak: record::held(),
        peak_at_ms: 0,
        captured: None,
    });
}

/// Adds to the counters of `site`, when detail is on.
///
/// What the library's own handles do is counted by itself. Embedders add the bytes that they copy and turn into strings; stores
/// born and views watched are counted for them.
pub fn churn(site: Site, add: Churn) {
    if !super::wants_detail() {
        return;
    }
    let scope = record::scope();
    if let Some(detail) = detail().as_mut() {
        let sum = detail.churn.entry((scope, site)).or_default();
        sum.stores += add.stores;
        sum.allocated += add.allocated;
        sum.views += add.views;
        sum.copied += add.copied;
        sum.stringified += add.stringified;
    }
}

#[cold]
pub(crate) fn view_made(site: Site) {
    churn(site, Churn { views: 1, ..Churn::default() });
}

#[cold]
pub(crate) fn copied(site: Site, bytes: usize) {
    churn(site, Churn { copied: bytes as u64, ..Churn::default() });
}

#[cold]
pub(crate) fn stringified(site: Site, bytes: usize) {
    churn(site, Churn { stringified: bytes as u64, ..Churn::default() });
}

#[cold]
pub(crate) fn store_born(site: Site, bytes: u64, held: u64) {
    churn(site, Churn { stores: 1, allocated: bytes, ..Churn::default() });
    if let Some(detail) = detail().as_mut()
        && held > detail.peak
    {
        detail.peak = held;
        detail.peak_at_ms = u64::try_from(detail.since.elapsed().as_millis()).unwrap_or(u64::MAX);
    }
}

/// A view or a store is about to die.
#[cold]
pub(crate) fn before_end(held: u64) {
    if held > CAPTURE_ABOVE.load(Ordering::Relaxed) {
        capture(held);
    }
}

fn capture(held: u64) {
    CAPTURE_ABOVE.store(held.saturating_add((held / 20).max(64 * 1024)), Ordering::Relaxed);
    let rows = super::rows();
    if let Some(detail) = detail().as_mut() {
        detail.captured = Some((held, rows));
    }
}

pub(super) fn peak() -> Option<PeakRows> {
    let held = record::held();
    let stale = detail().as_ref()?.captured.as_ref().is_none_or(|(captured, _)| held > *captured);
    if stale {
        capture(held);
    }
    let detail = detail();
    let detail = detail.as_ref()?;
    let (captured_gross, rows) = detail.captured.clone()?;
    Some(PeakRows { gross: detail.peak, at_ms: detail.peak_at_ms, captured_gross, rows })
}

pub(super) fn churn_rows() -> Vec<ChurnRow> {
    let detail = detail();
    let Some(detail) = detail.as_ref() else { return Vec::new() };
    let row = |(&(scope, site), churn): (&(Option<Site>, Site), &Churn)| ChurnRow {
        place: place(scope, site),
        stores: churn.stores,
        allocated: churn.allocated,
        views: churn.views,
        copied: churn.copied,
        stringified: churn.stringified,
    };
    detail.churn.iter().map(row).collect()
}
