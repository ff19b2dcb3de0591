//! A report may be asked for at any time: it stops nobody, and no row of it is torn.
#![cfg(feature = "report")]

use plimsoll::audit::{self, Mode, Site};
use plimsoll::{Buffer, Frozen, Pool, Store};
use plimsoll_report::Rows;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

const LASTS: Duration = Duration::from_millis(if cfg!(miri) { 0 } else { 1500 });

/// Every view that is made here begins at a multiple of this and is a function of it long, at a site that says which.
const STEP: usize = 1000;
const PLACES: [&str; 5] = ["zero.js:0:1", "one.js:1:1", "two.js:2:1", "three.js:3:1", "four.js:4:1"];

fn len_at(start: u64) -> u64 {
    start / 100 + 7
}

/// Views in which place, start and length say the same; and stores whose place says how large they are.
fn check(rows: &Rows) {
    for view in &rows.views {
        let place = &rows.places[view.place as usize];
        if let Some(at) = PLACES.iter().position(|name| name == place) {
            assert_eq!((view.offset, view.len), ((at * STEP) as u64, len_at((at * STEP) as u64)), "torn: {place}");
        } else {
            assert!(place.starts_with(file!()), "{place}");
        }
    }
    for store in &rows.stores {
        let place = &rows.places[store.born as usize];
        let size = PLACES.iter().position(|name| name == place).map(|at| (at + 10) * STEP);
        assert!(size.is_none_or(|size| store.slab || store.capacity == size as u64), "torn: {place} {store:?}");
    }
}

fn watch(store: &Store, at: usize) -> Option<audit::Watch> {
    let start = at * STEP;
    audit::watch(store, start..start + len_at(start as u64) as usize, Site::named(PLACES[at]))
}

/// Until told to stop: stores and views of them that come and go in another order than they came.
fn stores_and_watches(stop: &AtomicBool) {
    let mut kept = Vec::new();
    let mut turn = 0_usize;
    while !stop.load(Ordering::Relaxed) {
        turn += 1;
        let size = turn % PLACES.len();
        let store = Store::try_zeroed_at((size + 10) * STEP, Site::named(PLACES[size])).expect("memory");
        let watches: Vec<_> = (0..PLACES.len()).map(|at| watch(&store, (at + turn) % PLACES.len())).collect();
        kept.push((store, watches));
        if kept.len() > 20 {
            kept.swap_remove(turn * 7 % 20);
        }
    }
}

/// A slab that is started again and again at sites of both kinds, a named one and a `Location`.
fn slabs_that_start_again(stop: &AtomicBool) {
    let mut pool = Pool::with_slab_size(1024);
    while !stop.load(Ordering::Relaxed) {
        for site in [Site::named("a place that an embedder names"), Site::caller()] {
            drop(pool.take_at(1024, site).expect("a whole slab"));
        }
        drop(Buffer::copy_from(&[1; 3000]));
        drop(Frozen::copy_from_slice(&[1; 3000]));
    }
}

/// Tells the threads to stop, also when a check fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_report_taken_while_threads_work_has_no_torn_row() {
    audit::set_mode(Mode::All);
    let stop = AtomicBool::new(false);
    let lasting = Frozen::from(vec![9; 123_457]);
    let reports = thread::scope(|scope| {
        let at_the_end = Stop(&stop);
        let mut threads =
            vec![scope.spawn(|| stores_and_watches(&stop)), scope.spawn(|| slabs_that_start_again(&stop))];

        // Handles that one thread makes and another drops.
        let (send, receive) = mpsc::sync_channel::<Vec<Frozen>>(4);
        threads.push(scope.spawn(move || receive.into_iter().for_each(drop)));
        threads.push(scope.spawn({
            let stop = &stop;
            move || {
                while !stop.load(Ordering::Relaxed) {
                    let whole = Frozen::from(vec![1; 2000]);
                    let _ = send.send((0..50).map(|at| whole.slice(at..at + 10)).collect());
                }
            }
        }));

        let end = Instant::now() + LASTS;
        let mut reports = 0;
        while Instant::now() < end || reports < 5 {
            let rows = audit::rows();
            check(&rows);
            assert_eq!(
                rows.views.iter().filter(|view| view.len == 123_457).count(),
                1,
                "a view that lives is never missed"
            );
            assert_eq!(rows.stores.iter().filter(|store| store.capacity == 123_457).count(), 1);
            reports += 1;
        }
        drop(at_the_end);
        // Joined one by one: a scope alone does not wait for what a thread does at its exit.
        threads.into_iter().for_each(|thread| thread.join().expect("the thread did its work"));
        reports
    });
    assert!(reports >= 5);
    audit::set_mode(Mode::Off);
    drop(lasting);
    let left = audit::rows();
    assert!(left.views.is_empty() && left.stores.is_empty(), "everything was dropped: {left:?}");
    assert_eq!(audit::held(), 0);
}
