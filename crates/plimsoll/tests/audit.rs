//! The audit says who holds what: every live view of an audited store, and nothing else.
#![cfg(feature = "report")]

use plimsoll::audit::{self, Mode, Site};
use plimsoll::{Buffer, Frozen, Pool, Store};
use plimsoll_report::{Rows, Source, StoreRow};
use std::cell::RefCell;
use std::ops::Range;
use std::panic::{Location, resume_unwind};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Runs a test by itself, because the audit is the whole process's; and on a thread whose end it waits for, because only then
/// have the thread's pools given up their slabs.
fn alone(mode: Mode, test: impl FnOnce() + Send + 'static) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    audit::set_mode(mode);
    let outcome = thread::spawn(test).join();
    audit::set_mode(Mode::Off);
    outcome.unwrap_or_else(|panic| resume_unwind(panic));
}

/// `(place, offset, len)` of the views of `store`, sorted.
fn views(rows: &Rows, store: u64) -> Vec<(&str, u64, u64)> {
    let place = |place: u32| rows.places[place as usize].as_str();
    let mut views: Vec<_> = rows
        .views
        .iter()
        .filter(|view| view.store == store)
        .map(|view| (place(view.place), view.offset, view.len))
        .collect();
    views.sort_unstable();
    views
}

fn store_row(rows: &Rows, store: u64) -> Option<&StoreRow> {
    rows.stores.iter().find(|row| row.id == store)
}

fn id(buffer: &Buffer) -> u64 {
    buffer.store().expect("not empty").id()
}

/// `file:line:column` of the call.
#[track_caller]
fn here() -> String {
    Location::caller().to_string()
}

#[test]
fn nothing_is_recorded_when_off() {
    alone(Mode::Off, || {
        assert_eq!(audit::mode(), Mode::Off);
        let held = audit::held();
        let (buffer, pooled, frozen) =
            (Buffer::alloc(100), Buffer::alloc_pooled(10), Frozen::copy_from_slice(b"frozen"));
        let cuts = (buffer.subarray(..10), pooled.clone(), frozen.slice(1..));
        assert!(!buffer.store().expect("not empty").is_audited());
        assert_eq!((audit::rows(), audit::held()), (Rows::default(), held));
        assert!(audit::watch(&buffer.store().expect("not empty"), 0..5, Site::caller()).is_none());
        drop(cuts);
    });
}

#[test]
fn whether_a_store_is_audited_is_decided_at_its_birth() {
    alone(Mode::Off, || {
        let before = Buffer::alloc(100);
        audit::set_mode(Mode::All);
        assert_eq!(audit::mode(), Mode::All);
        let during = Buffer::alloc(100);
        let cut_of_before = before.subarray(..10);
        audit::set_mode(Mode::Off);
        let after = Buffer::alloc(100);
        let cut_of_during = during.subarray(10..30);

        let audited = [&before, &during, &after].map(|buffer| buffer.store().expect("not empty").is_audited());
        assert_eq!(audited, [false, true, false]);
        let rows = audit::rows();
        assert_eq!((rows.stores.len(), rows.views.len()), (1, 2));
        assert_eq!(
            views(&rows, id(&during)).iter().map(|view| (view.1, view.2)).collect::<Vec<_>>(),
            [(0, 100), (10, 20)]
        );
        assert_eq!(audit::held(), 100);
        drop((during, cut_of_before));
        assert_eq!(audit::rows().views.len(), 1);
        drop(cut_of_during);
        assert_eq!((audit::rows(), audit::held()), (Rows::default(), 0));
    });
}

#[test]
fn a_site_is_the_callers_file_line_and_column() {
    alone(Mode::All, || {
        let source = [7_u8; 5000];
        let (buffer, here_is) = (Buffer::alloc(5000), here());
        let line = |place: &str| place.rsplit_once(':').map(|(line, _)| line.to_owned()).expect("file:line:column");
        let column =
            |place: &str| place.rsplit_once(':').and_then(|(_, column)| column.parse().ok()).unwrap_or(0_usize);
        let rows = audit::rows();
        let [(place, 0, 5000)] = views(&rows, id(&buffer))[..] else { panic!("one view: {rows:?}") };
        assert!(place.starts_with(&format!("{}:", file!())), "{place}");
        assert_eq!(line(place), line(&here_is));
        assert_eq!(column(place) + "Buffer::alloc(5000), ".len(), column(&here_is));
        let born = &rows.places[store_row(&rows, id(&buffer)).expect("audited").born as usize];
        assert_eq!(born, place, "an allocation's store is born where its first view is made");
        drop(buffer);

        // In each row below both calls are in one line.
        type Make = fn(&[u8]) -> (Buffer, String);
        let constructors: &[(&str, Make)] = &[
            ("alloc", |b| (Buffer::alloc(b.len()), here())),
            ("try_alloc", |b| (Buffer::try_alloc(b.len()).expect("memory"), here())),
            ("alloc_slow", |b| (Buffer::alloc_slow(b.len()), here())),
            ("try_alloc_slow", |b| (Buffer::try_alloc_slow(b.len()).expect("memory"), here())),
            ("alloc_pooled", |b| (Buffer::alloc_pooled(b.len() / 2), here())),
            ("try_alloc_pooled", |b| (Buffer::try_alloc_pooled(b.len() / 2).expect("memory"), here())),
            ("alloc_pooled, large", |b| (Buffer::alloc_pooled(b.len()), here())),
            ("copy_from", |b| (Buffer::copy_from(&b[1..20]), here())),
            ("copy_from, large", |b| (Buffer::copy_from(b), here())),
            ("try_copy_from", |b| (Buffer::try_copy_from(b).expect("memory"), here())),
            ("from slice", |b| (Buffer::from(b), here())),
            ("from array", |_| (Buffer::from(b"array"), here())),
            ("from str", |_| (Buffer::from("text"), here())),
            ("from String", |_| (Buffer::from(String::from("text")), here())),
            ("from Vec", |b| (Buffer::from(b.to_vec()), here())),
            ("from_vec", |b| (Buffer::from_vec(b.to_vec()), here())),
            ("concat", |b| (Buffer::concat(&[Buffer::from(b)]), here())),
            ("try_concat", |b| (Buffer::try_concat(&[Buffer::from(b)]).expect("memory"), here())),
            ("compact", |b| (Buffer::from(b).compact(), here())),
            ("try_compact", |b| (Buffer::from(b).try_compact().expect("memory"), here())),
            ("keep", |b| (Buffer::from(b).subarray(..5).keep(), here())),
            ("from_text", |_| (Buffer::from_text("text", plimsoll::encoding::Encoding::Latin1), here())),
            ("Pool::alloc", |b| (Pool::new().alloc(b.len() / 3), here())),
            ("Pool::try_alloc", |b| (Pool::new().try_alloc(b.len() / 3).expect("memory"), here())),
            ("Pool::alloc, large", |b| (Pool::new().alloc(b.len()), here())),
            ("Store::from_vec", |b| (Store::from_vec(b.to_vec()).try_view(..9).expect("it fits"), here())),
            ("subarray", |b| (Buffer::from(b).subarray(3..), here())),
            ("try_subarray", |b| (Buffer::from(b).try_subarray(3..).expect("it fits"), here())),
            ("subarray_clamped", |b| (Buffer::from(b).subarray_clamped(-9, -1), here())),
            ("clone", |b| (Buffer::from(b).clone(), here())),
        ];
        for (name, make) in constructors {
            let (buffer, here) = make(&source);
            let rows = audit::rows();
            let [(place, _, len)] = views(&rows, id(&buffer))[..] else { panic!("{name}: one view: {rows:?}") };
            assert_eq!((line(place), len), (line(&here), buffer.len() as u64), "{name}");
        }

        type MakeFrozen = fn(&[u8]) -> (Frozen, String);
        let constructors: &[(&str, MakeFrozen)] = &[
            ("copy_from_slice", |b| (Frozen::copy_from_slice(b), here())),
            ("copy_from_slice, small", |b| (Frozen::copy_from_slice(&b[..9]), here())),
            ("try_copy_from_slice", |b| (Frozen::try_copy_from_slice(b).expect("memory"), here())),
            ("from Vec", |b| (Frozen::from(b.to_vec()), here())),
            ("slice", |b| (Frozen::copy_from_slice(b).slice(4..), here())),
            ("try_slice", |b| (Frozen::copy_from_slice(b).try_slice(4..).expect("it fits"), here())),
            ("compact", |b| (Frozen::copy_from_slice(b).compact(), here())),
            ("try_compact", |b| (Frozen::copy_from_slice(b).try_compact().expect("memory"), here())),
            ("keep", |b| (Frozen::copy_from_slice(b).slice(..9).keep(), here())),
            ("freeze, shared", |b| (Buffer::from(b).freeze(), here())),
            ("freeze, copied", |_| (Buffer::from("pooled").freeze(), here())),
        ];
        for (name, make) in constructors {
            let (frozen, here) = make(&source);
            let rows = audit::rows();
            let [view] = rows.views[..] else { panic!("{name}: one view: {rows:?}") };
            assert_eq!(line(&rows.places[view.place as usize]), line(&here), "{name}");
            assert_eq!(view.len, frozen.len() as u64, "{name}");
        }
    });
}

#[test]
fn a_clone_of_a_buffer_has_its_callers_site_and_one_of_frozen_bytes_its_parents() {
    alone(Mode::All, || {
        let buffer = Buffer::alloc(10);
        let _clone = buffer.clone();
        let places = audit::rows().places;
        assert_eq!(places.len(), 2, "{places:?}");

        let frozen = Frozen::from(vec![1; 9000]);
        let head = frozen.slice(..4);
        let clones = vec![head.clone(); 3];
        let again = thread::spawn(move || clones[1].clone()).join().expect("cloned");
        let rows = audit::rows();
        let heads: Vec<u32> = rows.views.iter().filter(|view| view.len == 4).map(|view| view.place).collect();
        assert_eq!(heads.len(), 2);
        assert_eq!(heads[0], heads[1], "one place made them all");
        assert_eq!(rows.places.len(), 4, "{:?}", rows.places);
        assert_eq!(*again, *head);
    });
}

#[test]
fn rows_say_store_offset_and_length() {
    alone(Mode::All, || {
        let mut vec = Vec::with_capacity(300);
        vec.extend([5; 100]);
        let (whole, taken) = (Buffer::alloc(1000), Buffer::from_vec(vec));
        let cuts =
            [whole.subarray(10..20), whole.subarray(10..20).subarray(3..9), taken.subarray(90..), taken.subarray(5..5)];
        let ranges = |id| views(&audit::rows(), id).iter().map(|view| (view.1, view.2)).collect::<Vec<_>>();
        let sorted = |mut ranges: Vec<(u64, u64)>| {
            ranges.sort_unstable();
            ranges
        };
        assert_eq!(sorted(ranges(id(&whole))), [(0, 1000), (10, 10), (13, 6)]);
        assert_eq!(sorted(ranges(id(&taken))), [(0, 100), (90, 10)]);
        let rows = audit::rows();
        let (a, b) = (store_row(&rows, id(&whole)).expect("live"), store_row(&rows, id(&taken)).expect("live"));
        assert_eq!(
            (a.capacity, a.slab, b.capacity, b.slab),
            (1000, false, 300, false),
            "a vector's spare capacity is held"
        );
        assert_eq!(audit::held(), 1300);
        drop(cuts);
        assert_eq!(ranges(id(&whole)), [(0, 1000)]);
    });
}

#[test]
fn the_reserve_of_a_pool_is_held_by_nobody() {
    alone(Mode::All, || {
        let mut pool = Pool::with_slab_size(1000);
        let view = pool.alloc(100);
        let rows = audit::rows();
        assert_eq!(rows.stores.len(), 1);
        assert!(rows.stores[0].slab && rows.stores[0].capacity == 1000);
        drop(view);
        assert_eq!(audit::rows().stores, [], "the pool's own");
        assert_eq!(audit::held(), 1000, "but there it is");

        let slab = pool.alloc(100).store();
        assert_eq!(audit::rows().stores, [], "no line shows a byte of it");
        for _ in 0..30 {
            drop(pool.alloc(100)); // moves on to another slab, which is taken again
        }
        let rows = audit::rows();
        assert_eq!((rows.stores.len(), rows.views.len()), (1, 0), "something keeps a slab that the pool has left");
        drop(slab);
        assert_eq!(audit::rows().stores, []);
        drop(pool);
        assert_eq!(audit::held(), 0);

        // The thread's own pools.
        drop((Buffer::copy_from(b"pooled"), Frozen::copy_from_slice(b"pooled")));
        assert_eq!(audit::rows(), Rows { places: audit::rows().places, ..Rows::default() });
        let (survivor, frozen) = (Buffer::copy_from(b"pooled"), Frozen::copy_from_slice(b"pooled"));
        let rows = audit::rows();
        assert_eq!((rows.stores.len(), rows.views.len()), (2, 2));
        assert!(rows.stores.iter().all(|store| store.slab && store.capacity == 8192));
        drop((survivor, frozen));
    });
}

#[test]
fn a_slab_is_born_again_where_it_is_started_again() {
    alone(Mode::All, || {
        let (first, second) = (Site::named("first.js:1:1"), Site::named("second.js:2:2"));
        let mut pool = Pool::with_slab_size(64);
        let born = |pool: &mut Pool, site| {
            let (slab, at) = pool.take_at(40, site).expect("it fits");
            let _watch = audit::watch(&slab, at..at + 40, site);
            let rows = audit::rows();
            rows.places[store_row(&rows, slab.id()).expect("shown").born as usize].clone()
        };
        for _ in 0..3 {
            assert_eq!(born(&mut pool, first), "first.js:1:1");
            assert_eq!(born(&mut pool, second), "second.js:2:2");
            let by_caller = Site::caller();
            assert_eq!(born(&mut pool, by_caller), by_caller.to_string());
        }
        assert_eq!(audit::held(), 64);

        // A slab that was started while the audit was off is audited from its next start on, and the other way round.
        for (mode, audited) in [(Mode::Off, false), (Mode::All, true), (Mode::Off, false)] {
            audit::set_mode(mode);
            drop(pool.alloc(30));
            drop(pool.alloc(30));
            let view = pool.alloc(30);
            assert_eq!(view.store().expect("not empty").is_audited(), audited);
            assert_eq!(audit::held(), if audited { 64 } else { 0 });
        }
    });
}

#[test]
fn a_store_that_is_kept_without_a_view_is_a_row() {
    alone(Mode::All, || {
        let store = Store::try_zeroed(500).expect("memory");
        let kept = Buffer::alloc(70).store().expect("not empty");
        let rows = audit::rows();
        assert_eq!((rows.stores.len(), rows.views.len()), (2, 0));
        assert_eq!(store_row(&rows, kept.id()).map(|row| row.capacity), Some(70));
        let report = audit::report();
        assert_eq!(report.totals.gross, 570);
        assert!(report.holders.iter().all(|holder| holder.kind == plimsoll_report::Kind::Store));
        drop((store, kept));
        assert_eq!(audit::rows().stores, []);
    });
}

#[test]
fn a_watch_is_a_view_until_it_is_dropped() {
    alone(Mode::All, || {
        let store = Store::try_zeroed_at(100, Site::named("app.js:1:13")).expect("memory");
        let site = Site::named("app.js:2:20");
        let watch = audit::watch(&store, 10..30, site).expect("audited");
        assert_eq!(watch.site(), site);
        assert_eq!(site.to_string(), "app.js:2:20");
        let rows = audit::rows();
        assert_eq!(views(&rows, store.id()), [("app.js:2:20", 10, 20)]);
        assert_eq!(rows.places[store_row(&rows, store.id()).expect("live").born as usize], "app.js:1:13");
        let report = audit::report_on(Source::script("app.js"));
        assert_eq!((report.totals.gross, report.frees()), (100, 80));
        drop(watch);
        let rows = audit::rows();
        assert_eq!((views(&rows, store.id()).len(), rows.stores.len()), (0, 1));
    });
}

#[test]
fn a_watch_may_say_anything_and_outlive_its_store() {
    alone(Mode::All, || {
        let store = Store::try_zeroed(100).expect("memory");
        let site = Site::caller();
        let ranges = [90..200, 5000..5001, 0..usize::MAX, usize::MAX - 1..usize::MAX, 7..7, Range { start: 9, end: 3 }];
        let watches: Vec<_> =
            ranges.into_iter().map(|range| audit::watch(&store, range, site).expect("audited")).collect();
        let report = audit::report();
        assert_eq!((report.totals.views, report.totals.gross), (6, 100));
        drop(store);
        assert_eq!(audit::report().totals.gross, 0);
        drop(watches);
        assert_eq!(audit::rows().views, []);
    });
}

#[test]
fn equal_names_are_one_site() {
    alone(Mode::Off, || {
        let (a, b) = (Site::named("<eval>"), Site::named(&String::from("<eval>")));
        assert_eq!(a, b);
        assert_ne!(a, Site::named("<stdin>"));
        assert_ne!(a, Site::caller());
        assert_eq!(format!("{a} {a:?}"), "<eval> Site(<eval>)");
        let (site, here) = (Site::caller().to_string(), here());
        assert_eq!(site.rsplit_once(':').expect("a column").0, here.rsplit_once(':').expect("a column").0);
    });
}

#[test]
fn a_view_that_another_thread_dropped_is_gone_at_once() {
    alone(Mode::All, || {
        let whole = Frozen::from(vec![1; 1000]);
        let (here, there) = (whole.slice(..10), whole.slice(10..30));
        thread::spawn(move || drop(there)).join().expect("dropped");
        let lens: Vec<u64> = audit::rows().views.iter().map(|view| view.len).collect();
        assert_eq!((lens.iter().sum::<u64>(), lens.len()), (1010, 2));
        drop(whole);
        thread::spawn(move || drop(here)).join().expect("dropped");
        assert_eq!((audit::rows(), audit::held()), (Rows::default(), 0));
    });
}

#[test]
fn views_of_ended_threads_are_still_seen_and_their_records_used_again() {
    alone(Mode::All, || {
        let made = |n: usize| thread::spawn(move || vec![Frozen::from(vec![1; 100]); n]).join().expect("made");
        let kept = made(50);
        let rows = audit::rows();
        assert_eq!((rows.stores.len(), rows.views.len(), audit::held()), (1, 50, 100));
        for _ in 0..if cfg!(miri) { 3 } else { 200 } {
            assert_eq!(made(20).len(), 20);
            assert_eq!(audit::rows().views.len(), 50);
        }
        drop(kept);
        assert_eq!((audit::rows(), audit::held()), (Rows::default(), 0));
    });
}

#[test]
fn views_made_after_the_threads_pool_has_ended_are_recorded() {
    struct AtExit(RefCell<Option<Frozen>>);
    impl Drop for AtExit {
        fn drop(&mut self) {
            let made: Vec<Buffer> = (1..=3).map(|len| Buffer::alloc(len * 10)).collect();
            assert_eq!(audit::rows().views.len(), 3 + usize::from(self.0.borrow().is_some()));
            drop(made);
            drop(self.0.take());
            assert_eq!(audit::rows().views.len(), 0);
        }
    }
    thread_local! {
        static AT_EXIT: AtExit = const { AtExit(RefCell::new(None)) };
    }
    alone(Mode::All, || {
        thread::spawn(|| {
            AT_EXIT.with(|at_exit| at_exit.0.replace(Some(Frozen::from(vec![1; 10]))));
        })
        .join()
        .expect("the assertions in the destructor held");
        assert_eq!((audit::rows(), audit::held()), (Rows::default(), 0));
    });
}

#[test]
fn the_report_adds_up() {
    alone(Mode::All, || {
        let chunk = || (Buffer::alloc(64 * 1024), here());
        let head = |chunk: &Buffer| (chunk.subarray(..40), here());
        let (chunks, chunk_places): (Vec<Buffer>, Vec<String>) = (0..10).map(|_| chunk()).unzip();
        let (heads, head_places): (Vec<Buffer>, Vec<String>) = chunks.iter().map(head).unzip();
        drop(chunks);
        let report = audit::report();
        assert_eq!((report.totals.gross, report.totals.stores, report.totals.views), (10 * 65_536, 10, 10));
        assert_eq!(report.frees(), 10 * (65_536 - 40));
        let [holder] = &report.holders[..] else { panic!("one holder: {report:?}") };
        let line = |place: &str| place.rsplit_once(':').map(|(line, _)| line.to_owned());
        assert_eq!(line(&holder.place), line(&head_places[0]));
        assert_eq!(line(&holder.born[0].place), line(&chunk_places[0]));
        let compact: Vec<Buffer> = heads.iter().map(Buffer::compact).collect();
        drop(heads);
        assert_eq!((audit::report().totals.gross, audit::report().frees()), (400, 0));
        drop(compact);
    });
}
