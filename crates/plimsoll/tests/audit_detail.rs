//! With detail on, the audit counts what happens on the way and captures the moment when most was held.
#![cfg(feature = "report")]

use plimsoll::audit::{self, Churn, Mode, Site};
use plimsoll::{Buffer, Frozen, Pool, Store};
use plimsoll_report::{ChurnRow, Report};
use std::panic::{Location, resume_unwind};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Runs a test by itself and with detail on, because that is the whole process's; and on a thread whose end it waits for,
/// because only then have the thread's pools given up their slabs.
fn alone(test: impl FnOnce() + Send + 'static) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    audit::set_mode(Mode::All);
    audit::set_detail(true);
    let outcome = thread::spawn(test).join();
    audit::set_detail(false);
    audit::set_mode(Mode::Off);
    outcome.unwrap_or_else(|panic| resume_unwind(panic));
}

#[track_caller]
fn line() -> String {
    let here = Location::caller();
    format!("{}:{}:", here.file(), here.line())
}

fn row<'a>(report: &'a Report, line: &str) -> &'a ChurnRow {
    let mut rows = report.churn.iter().filter(|row| row.place.starts_with(line));
    let found = rows.next().expect("the line did something");
    assert!(rows.next().is_none(), "one place in the line");
    found
}

fn figures(row: &ChurnRow) -> [u64; 5] {
    [row.stores, row.allocated, row.views, row.copied, row.stringified]
}

#[test]
fn churn_adds_up_by_line() {
    alone(|| {
        let (mut made, mut cut, mut cloned) = (String::new(), String::new(), String::new());
        for _ in 0..10 {
            let (whole, here) = (Buffer::alloc(1000), line());
            made = here;
            for at in 0..5 {
                let (_cut, here) = (whole.subarray(at..at + 100), line());
                cut = here;
            }
            let (_clone, here) = (whole.clone(), line());
            cloned = here;
        }
        let report = audit::report();
        assert_eq!(figures(row(&report, &made)), [10, 10_000, 10, 0, 0]);
        assert_eq!(figures(row(&report, &cut)), [0, 0, 50, 0, 0]);
        assert_eq!(figures(row(&report, &cloned)), [0, 0, 10, 0, 0]);
        assert_eq!(report.churn.len(), 3);
        assert_eq!((report.totals.gross, report.totals.views), (0, 0), "all of it is gone at the end");
    });
}

#[test]
fn bytes_copied_and_turned_into_text_are_counted_where_it_happens() {
    alone(|| {
        let (pooled, copied) = (Buffer::copy_from(&[1; 100]), line());
        let (large, copied_large) = (Buffer::copy_from(&[1; 10_000]), line());
        let (compact, compacted) = (pooled.compact(), line());
        let pieces = [pooled.clone(), compact.clone()];
        let (_joined, joined) = (Buffer::concat(&pieces), line());
        let (_text, stringified) = (pooled.to_text(plimsoll::encoding::Encoding::Hex), line());
        let (_count, moved) = (compact.copy_to(&large), line());
        let (_frozen, frozen) = (plimsoll::Frozen::copy_from_slice(&[2; 60]), line());
        let report = audit::report();
        let of = |line: &str| (row(&report, line).copied, row(&report, line).stringified);
        assert_eq!(of(&copied), (100, 0));
        assert_eq!(of(&copied_large), (10_000, 0));
        assert_eq!(of(&compacted), (100, 0));
        assert_eq!(of(&joined), (200, 0));
        assert_eq!(of(&stringified), (0, 100));
        assert_eq!(of(&moved), (100, 0));
        assert_eq!(of(&frozen), (60, 0));
    });
}

#[test]
fn embedders_add_to_the_same_counters() {
    alone(|| {
        let (site, other) = (Site::named("app.js:3:1"), Site::named("app.js:4:1"));
        let store = Store::try_zeroed_at(300, site).expect("memory");
        for _ in 0..4 {
            drop(audit::watch(&store, 0..10, other));
            audit::churn(other, Churn { copied: 10, stringified: 20, ..Churn::default() });
        }
        audit::churn(site, Churn { stores: 1, allocated: 2, views: 3, copied: 4, stringified: 5 });
        let report = audit::report();
        assert_eq!(figures(row(&report, "app.js:3:1")), [2, 302, 3, 4, 5]);
        assert_eq!(figures(row(&report, "app.js:4:1")), [0, 0, 4, 40, 80]);

        audit::set_detail(true);
        assert_eq!(audit::report().churn, [], "turning it on starts again");
        audit::set_detail(false);
        audit::churn(site, Churn { copied: 1, ..Churn::default() });
        drop(Buffer::alloc(10));
        assert_eq!((audit::report().churn, audit::report().peak), (vec![], None));
    });
}

#[test]
fn a_pools_slab_counts_as_a_store_each_time_it_is_started() {
    alone(|| {
        let (slabs, views) = (Site::named("slabs.js:1:1"), Site::named("views.js:1:1"));
        let mut pool = Pool::with_slab_size(1024);
        for _ in 0..10 {
            let (slab, at) = pool.take_at(512, slabs).expect("it fits");
            drop(audit::watch(&slab, at..at + 512, views));
        }
        let report = audit::report();
        assert_eq!(figures(row(&report, "slabs.js:1:1")), [5, 5 * 1024, 0, 0, 0]);
        assert_eq!(figures(row(&report, "views.js:1:1")), [0, 0, 10, 0, 0]);
    });
}

#[test]
fn churn_is_counted_on_every_thread() {
    alone(|| {
        let site = Site::named("busy.js:1:1");
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let store = Store::try_zeroed_at(100, site).expect("memory");
                    (0..250).for_each(|_| drop(audit::watch(&store, 0..1, site)));
                });
            }
        });
        assert_eq!(figures(row(&audit::report(), "busy.js:1:1")), [4, 400, 1000, 0, 0]);
    });
}

#[test]
fn the_peak_is_exact_and_its_rows_are_captured_within_a_twentieth() {
    const MIB: u64 = 1 << 20;
    alone(|| {
        let began = Instant::now();
        let start = audit::held();
        assert_eq!(start, 0);
        let mut kept: Vec<Buffer> = Vec::new();
        // Up to 30 MiB with some coming and going, down to 5, up to 20.
        for round in 0..35 {
            kept.push(Buffer::alloc(1 << 20));
            if round % 7 == 6 {
                kept.swap_remove(3);
            }
        }
        let top = audit::held();
        assert_eq!(top, 30 * MIB);
        kept.truncate(5);
        kept.extend((0..15).map(|_| Buffer::alloc(1 << 20)));
        let report = audit::report();
        let peak = report.peak.expect("detail is on");
        // Just before the last of the removals one more was alive than after it.
        assert_eq!(peak.gross, 31 * MIB);
        assert!(Duration::from_millis(peak.at_ms) <= began.elapsed());
        assert!(
            peak.captured_gross <= peak.gross && peak.captured_gross * 21 >= peak.gross * 20,
            "{}",
            peak.captured_gross
        );
        assert_eq!(peak.totals.gross, peak.captured_gross, "the captured rows are those of that moment");
        assert_eq!(peak.totals.views, peak.totals.stores, "with the view that was about to go");
        assert_eq!(report.totals.gross, 20 * MIB);
    });
}

#[test]
fn a_program_that_only_grows_peaks_at_its_end() {
    alone(|| {
        let kept: Vec<Frozen> = (0..50).map(|_| Frozen::from(vec![1; 100_000])).collect();
        let peak = audit::report().peak.expect("detail is on");
        assert_eq!((peak.gross, peak.captured_gross, peak.totals.gross), (5_000_000, 5_000_000, 5_000_000));
        assert_eq!(peak.totals.views, 50);
        drop(kept);
        let peak = audit::report().peak.expect("detail is on");
        assert_eq!((peak.gross, peak.captured_gross, peak.totals.gross), (5_000_000, 5_000_000, 5_000_000));
    });
}

#[test]
fn what_was_held_before_detail_was_asked_for_is_part_of_the_peak() {
    alone(|| {
        let kept = Buffer::alloc(1_000_000);
        audit::set_detail(true);
        let peak = audit::report().peak.expect("detail is on");
        assert_eq!((peak.gross, peak.captured_gross), (1_000_000, 1_000_000));
        drop(kept);
    });
}

#[test]
fn a_store_whose_last_handle_goes_at_the_peak_is_captured_before() {
    alone(|| {
        let store = Store::try_zeroed(1_000_000).expect("memory");
        drop(store);
        let peak = audit::report().peak.expect("detail is on");
        assert_eq!((peak.gross, peak.captured_gross), (1_000_000, 1_000_000));
    });
}
