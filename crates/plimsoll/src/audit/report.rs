//! From records to rows, and to the report.

use super::scope::place;
use super::{Site, detail};
use crate::raw::{clock, record};
use plimsoll_report::{Report, Rows, Source, SourceKind, StoreRow, ViewRow};
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::time::Duration;

/// The live audited stores and views, of all threads, without stopping any.
///
/// Slabs that the pool holds and nobody shows a byte of are left out: they are the pool's own, not held by any line.
#[must_use]
pub fn rows() -> Rows {
    rows_and_ages().0
}

/// The same, and how old the oldest of each place is at most, in the order of [`Rows::places`].
fn rows_and_ages() -> (Rows, Vec<Duration>) {
    clock::tick();
    let mut ages: Vec<Duration> = Vec::new();
    let mut rows = Rows { places: Vec::new(), stores: Vec::new(), views: Vec::new() };
    let mut places: HashMap<(Option<Site>, Site), u32> = HashMap::new();
    let mut reserves = Vec::new();
    // Mostly a record is of the same place as the one before.
    let mut last: Option<(Option<Site>, Site, u32)> = None;
    record::walk(|row| {
        let place = match last {
            Some((scope, site, place)) if (scope, site) == (row.scope, row.site) => place,
            _ => *places.entry((row.scope, row.site)).or_insert_with(|| {
                rows.places.push(place(row.scope, row.site));
                ages.push(Duration::ZERO);
                u32::try_from(rows.places.len() - 1).unwrap_or(u32::MAX)
            }),
        };
        last = Some((row.scope, row.site, place));
        if let (Some(oldest), Some(age)) = (ages.get_mut(place as usize), row.age) {
            *oldest = age.max(*oldest);
        }
        match row.reserve {
            Some(reserve) => {
                let stands_for = u32::try_from(row.start).ok().filter(|&n| n > 1).and_then(NonZeroU32::new);
                rows.stores.push(StoreRow {
                    id: row.store,
                    capacity: row.len,
                    slab: row.slab,
                    born: place,
                    stands_for,
                });
                if reserve {
                    reserves.push((row.store, true));
                }
            }
            None => rows.views.push(ViewRow { store: row.store, offset: row.start, len: row.len, place }),
        }
    });
    if !reserves.is_empty() {
        // Few: the slab that each thread's pool cuts from.
        reserves.sort_unstable();
        let find = |store| move |&(reserve, _): &(u64, bool)| u64::cmp(&reserve, &store);
        for view in &rows.views {
            if let Ok(at) = reserves.binary_search_by(find(view.store)) {
                reserves[at].1 = false;
            }
        }
        rows.stores.retain(|store| !reserves.binary_search_by(find(store.id)).is_ok_and(|at| reserves[at].1));
    }
    (rows, ages)
}

/// The report on this process: what live audited views hold and show, by line, how old the oldest is at most, with the peak and the churn when
/// [`set_detail`](super::set_detail) is on.
///
/// Walks every thread's records without stopping any; its cost grows with the number of live views.
#[must_use]
pub fn report() -> Report {
    let target = std::env::args().next().unwrap_or_default();
    report_on(Source { kind: SourceKind::Rust, target })
}

/// The same under a name of the caller's choice.
#[must_use]
pub fn report_on(source: Source) -> Report {
    let (rows, ages) = rows_and_ages();
    let places = rows.places.clone();
    let mut report = Report::new(source, rows).with_ages(places.iter().map(String::as_str).zip(ages));
    if let Some(peak) = detail::peak() {
        report = report.with_peak(peak);
    }
    report.with_churn(detail::churn_rows())
}
