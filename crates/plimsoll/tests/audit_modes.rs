//! Which stores are audited, by mode; scopes; and totals that count a store once.
#![cfg(feature = "report")]

use plimsoll::audit::{self, Churn, Mode, Site};
use plimsoll::{Buffer, Frozen, Pool, Reader, Shared, Store, Weigh, Weight, weigh_all};
use plimsoll_report::{By, Net, Report, Rows, TextOptions};
use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

const LARGE: usize = 64 * 1024;

/// Runs a test by itself and on a thread whose end it waits for, because the audit is the whole process's.
fn alone(mode: Mode, test: impl FnOnce() + Send + 'static) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    audit::set_mode(mode);
    let outcome = thread::spawn(test).join();
    audit::set_mode(Mode::Off);
    audit::set_large(LARGE);
    audit::set_detail(false);
    outcome.unwrap_or_else(|panic| resume_unwind(panic));
}

fn is_audited(bytes: usize) -> bool {
    Store::try_zeroed(bytes).expect("memory").is_audited()
}

/// The places of all live views, sorted, without their `file:line:column`.
fn labels(rows: &Rows) -> Vec<String> {
    let label = |place: &String| place.split_once(": ").map_or(String::new(), |(label, _)| label.to_owned());
    let mut labels: Vec<String> = rows.views.iter().map(|view| label(&rows.places[view.place as usize])).collect();
    labels.sort();
    labels
}

#[test]
fn a_mode_says_what_was_chosen() {
    alone(Mode::Off, || {
        for mode in [Mode::Large, Mode::Sampled(0), Mode::Sampled(16), Mode::All, Mode::Off] {
            audit::set_mode(mode);
            assert_eq!(audit::mode(), mode);
        }
        assert_eq!(audit::large(), LARGE);
        audit::set_large(100);
        assert_eq!((audit::mode(), audit::large()), (Mode::Off, 100));
        assert!(!is_audited(1000), "off is off");
    });
}

#[test]
fn large_audits_stores_from_a_threshold() {
    alone(Mode::Large, || {
        let (below, at) = (Buffer::alloc(LARGE - 1), Buffer::alloc(LARGE));
        let views = (below.subarray(..10), at.subarray(..10), Buffer::copy_from(b"pooled"));
        let rows = audit::rows();
        assert_eq!((rows.stores.len(), rows.views.len()), (1, 2));
        assert_eq!((rows.stores[0].capacity, rows.stores[0].stands_for), (LARGE as u64, None));
        assert_eq!(audit::held(), LARGE as u64);
        drop((below, at, views));
        assert_eq!((audit::rows(), audit::held()), (Rows::default(), 0));

        let frozen = Frozen::from(vec![1; LARGE]);
        let mut reader = Reader::with_chunk_size(2 * LARGE);
        reader.extend_from_slice(b"frame");
        assert_eq!(audit::rows().stores.len(), 2, "every handle's stores alike");
        drop((frozen, reader));

        let view = Pool::with_slab_size(LARGE).alloc(10);
        assert_eq!(audit::rows().stores.len(), 1, "a large slab is a large store");
        drop(view);
    });
}

#[test]
fn the_threshold_decides_at_birth() {
    alone(Mode::Large, || {
        audit::set_large(1000);
        let before = Buffer::alloc(1000);
        audit::set_large(1001);
        assert!(!is_audited(1000) && is_audited(1001));
        let cut = before.subarray(..10);
        assert_eq!(audit::rows().views.len(), 2, "its views are all there");
        drop((before, cut));
        audit::set_large(0);
        assert!(is_audited(1));
        audit::set_large(usize::MAX);
        assert!(!is_audited(1 << 20));
        audit::set_mode(Mode::All);
        assert!(is_audited(1), "the threshold is not for `All`");
    });
}

#[test]
fn every_nth_slab_stands_for_n() {
    alone(Mode::Sampled(4), || {
        // Each slab has one survivor of 16 bytes.
        let mut pool = Pool::with_slab_size(1024);
        let mut kept = Vec::new();
        for _ in 0..40 {
            kept.push(pool.alloc(16));
            while pool.room() >= 300 {
                drop(pool.alloc(300));
            }
            drop(pool.alloc(500));
        }
        let slabs = pool.stats().slabs;
        assert!(slabs >= 40, "{slabs} slabs");
        let rows = audit::rows();
        assert_eq!(rows.stores.len() as u64, slabs / 4);
        assert!(rows.stores.iter().all(|store| store.slab && store.stands_for.is_some_and(|n| n.get() == 4)));
        assert_eq!(audit::held(), slabs / 4 * 4 * 1024, "a sampled slab counts as all that it stands for");

        let report = audit::report();
        assert_eq!((report.totals.stores, report.totals.gross), (slabs / 4 * 4, slabs / 4 * 4 * 1024));
        assert_eq!(report.totals.slabs.count, report.totals.stores);
        assert_eq!(report.totals.net.known(), Some(report.totals.views * 16));
        drop((kept, pool));
        assert_eq!((audit::rows(), audit::held()), (Rows::default(), 0));
    });
}

#[test]
fn samples_come_near_the_truth_and_large_stores_are_exact() {
    let make = || {
        let mut pool = Pool::with_slab_size(4096);
        let mut kept: Vec<Buffer> = (0..20_000).map(|n| pool.alloc(40 + n % 200)).collect();
        let mut n = 0;
        kept.retain(|_| {
            n += 1;
            n % 10 == 0
        });
        kept.extend((0..3).map(|_| Buffer::alloc(LARGE).subarray(..100)));
        kept
    };
    let picture = move |mode| {
        audit::set_mode(mode);
        let kept = make();
        let report = audit::report();
        drop(kept);
        report
    };
    alone(Mode::Off, move || {
        let (all, sampled, large) = (picture(Mode::All), picture(Mode::Sampled(8)), picture(Mode::Large));
        #[allow(clippy::cast_precision_loss)]
        let off = |a: u64, b: u64| (a as f64 / b as f64 - 1.0).abs();
        let net = |report: &Report| report.totals.net.known().expect("exact");
        for (what, a, b) in [
            ("gross", all.totals.gross, sampled.totals.gross),
            ("net", net(&all), net(&sampled)),
            ("frees", all.frees(), sampled.frees()),
            ("views", all.totals.views, sampled.totals.views),
        ] {
            assert!(off(b, a) < 0.05, "{what}: {a}, estimated {b}");
        }
        let big = |report: &Report| {
            let holder = report.holders.iter().find(|holder| holder.slabs.count == 0).expect("the large stores");
            (holder.views, holder.stores, holder.net, holder.gross, holder.frees)
        };
        assert_eq!(big(&sampled), big(&all));
        assert_eq!(big(&large), (3, 3, Net::Exact(300), 3 * LARGE as u64, Some(3 * (LARGE as u64 - 100))));
        assert_eq!(large.totals.stores, 3);
    });
}

#[test]
fn samples_of_none_and_of_all() {
    alone(Mode::Sampled(0), || {
        let kept = (Buffer::copy_from(b"pooled"), Frozen::copy_from_slice(b"pooled"), Buffer::alloc(100));
        assert_eq!(audit::rows(), Rows::default());
        drop(kept);
    });
    alone(Mode::Sampled(1), || {
        let kept = (Buffer::copy_from(b"pooled"), Frozen::copy_from_slice(b"pooled"), Buffer::alloc(100));
        let rows = audit::rows();
        assert_eq!((rows.stores.len(), rows.views.len()), (2, 2), "slabs only");
        assert!(rows.stores.iter().all(|store| store.slab && store.stands_for.is_none()));
        drop(kept);
    });
}

#[test]
fn a_slab_that_is_started_again_is_sampled_anew() {
    alone(Mode::Sampled(3), || {
        let mut pool = Pool::with_slab_size(64);
        let audited: Vec<bool> = (0..9)
            .map(|_| {
                let (slab, _) = pool.take_at(60, Site::named("a.js:1:1")).expect("it fits");
                assert_eq!(audit::held(), if slab.is_audited() { 3 * 64 } else { 0 });
                slab.is_audited()
            })
            .collect();
        assert_eq!(audited, [false, false, true, false, false, true, false, false, true]);

        // The same slab from one scale to another.
        for (mode, held) in [(Mode::Sampled(1), 64), (Mode::All, 64), (Mode::Off, 0), (Mode::Sampled(1), 64)] {
            audit::set_mode(mode);
            drop(pool.take_at(60, Site::named("a.js:1:1")).expect("it fits"));
            assert_eq!(audit::held(), held, "{mode:?}");
        }
        drop(pool);
        assert_eq!(audit::held(), 0);
    });
}

#[test]
fn the_peak_of_a_sample_is_scaled_like_its_rows() {
    alone(Mode::Sampled(2), || {
        audit::set_detail(true);
        let mut pool = Pool::with_slab_size(1024);
        let kept: Vec<Buffer> = (0..20).map(|_| pool.alloc(500)).collect();
        let slabs = pool.stats().slabs;
        drop(kept);
        let report = audit::report();
        let peak = report.peak.expect("detail is on");
        assert_eq!(peak.gross, slabs / 2 * 2 * 1024);
        assert!(peak.captured_gross <= peak.gross && peak.totals.gross <= peak.gross, "{peak:?}");
        assert!(peak.totals.gross >= peak.gross * 3 / 4, "{peak:?}");
    });
}

#[test]
fn a_scope_labels_what_is_made_in_it() {
    alone(Mode::All, || {
        let cut = |buffer: &Buffer| buffer.subarray(..5);
        let packet = Buffer::alloc(100);
        let plain = cut(&packet);
        let (headers, bodies, again);
        {
            let _scope = audit::scope("h1 headers");
            headers = cut(&packet);
            {
                let _scope = audit::scope("h1 body");
                bodies = (cut(&packet), cut(&packet));
            }
            again = cut(&packet);
        }
        let after = cut(&packet);
        let rows = audit::rows();
        assert_eq!(labels(&rows), ["", "", "", "h1 body", "h1 body", "h1 headers", "h1 headers"]);
        let line = rows.places.iter().find_map(|place| place.strip_prefix("h1 headers: ")).expect("labelled");
        assert!(line.starts_with(&format!("{}:", file!())), "{line}");
        assert!(rows.places.iter().any(|place| place == line), "the same line without a label");
        assert_eq!(rows.places.len(), 4, "{:?}", rows.places);

        drop((plain, headers, bodies, again, after));
        // Records are used again, without their labels.
        let plain: Vec<Buffer> = (0..10).map(|_| cut(&packet)).collect();
        assert_eq!(labels(&audit::rows()), [""; 11]);
        drop(plain);
    });
}

#[test]
fn a_scope_labels_stores_watches_clones_and_frozen_bytes() {
    alone(Mode::All, || {
        let whole = Frozen::from(vec![1; 5000]);
        let cut = whole.slice(..10);
        drop(whole);
        let site = Site::named("app.js:1:1");
        let scope = audit::scope("tls");
        let clone = cut.clone();
        let store = Store::try_zeroed_at(70, site).expect("memory");
        let watch = audit::watch(&store, 0..5, site).expect("audited");
        drop(scope);
        assert_eq!(watch.site(), site, "the site is what was given");
        let rows = audit::rows();
        assert_eq!(labels(&rows), ["", "tls", "tls"]);
        let born = rows.stores.iter().find(|row| row.capacity == 70).map(|row| rows.places[row.born as usize].as_str());
        assert_eq!(born, Some("tls: app.js:1:1"));
        let report = audit::report();
        assert!(report.holders.iter().any(|holder| holder.place == "tls: app.js:1:1"), "{report:?}");
        drop((clone, watch));
    });
}

#[test]
fn scopes_may_end_in_any_order() {
    alone(Mode::All, || {
        let label = || {
            let _made = Buffer::alloc(100);
            labels(&audit::rows()).remove(0)
        };
        let (a, b) = (audit::scope("a"), audit::scope("b"));
        drop(a);
        assert_eq!(label(), "b");
        let c = audit::scope("c");
        drop(b);
        assert_eq!(label(), "c");
        drop(c);
        assert_eq!(label(), "", "none that ended comes back");
        let (a, b) = (audit::scope("a"), audit::scope("b"));
        drop(b);
        assert_eq!(label(), "a");
        drop(a);
        assert_eq!(label(), "");
    });
}

#[test]
fn a_scope_is_its_threads_own_and_ends_when_it_panics() {
    alone(Mode::All, || {
        let whole = Frozen::from(vec![1; 5000]);
        let _scope = audit::scope("here");
        let there = {
            let whole = whole.clone();
            thread::spawn(move || whole.slice(..5)).join().expect("sliced")
        };
        let _ = std::panic::catch_unwind(|| {
            let _scope = audit::scope("unwound");
            std::panic::resume_unwind(Box::new(()));
        });
        let here = whole.slice(..6);
        let rows = audit::rows();
        let label = |len| {
            let view = rows.views.iter().find(|view| view.len == len).expect("live");
            rows.places[view.place as usize].split_once(": ").map(|(label, _)| label)
        };
        assert_eq!((label(5), label(6)), (None, Some("here")));
        drop((there, here));
    });
}

#[test]
fn churn_is_counted_by_scope() {
    alone(Mode::All, || {
        audit::set_detail(true);
        let packet = Buffer::alloc(100);
        for label in ["left", "right", "right"] {
            let _scope = audit::scope(label);
            drop(packet.subarray(..5));
            audit::churn(Site::named("app.js:1:1"), Churn { copied: 10, ..Churn::default() });
        }
        let report = audit::report();
        let of = |label: &str| {
            let rows = report.churn.iter().filter(|row| row.place.starts_with(label));
            rows.fold((0, 0), |sum, row| (sum.0 + row.views, sum.1 + row.copied))
        };
        assert_eq!((of("left: "), of("right: ")), ((1, 10), (2, 20)));
        let text = report.text(&TextOptions { by: By::Churn, ..TextOptions::default() });
        assert!(text.contains("right: app.js:1:1"), "{text}");
    });
}

#[test]
fn together_a_store_counts_once_and_so_does_each_byte() {
    alone(Mode::Off, together);
}

fn together() {
    let sums = |weight: Weight| (weight.net, weight.gross);
    assert_eq!(sums(weigh_all([] as [&Buffer; 0])), (0, 0));

    let whole = Buffer::alloc(1000);
    let views = [whole.subarray(..100), whole.subarray(50..200), whole.subarray(900..), whole.subarray(5..5)];
    assert_eq!(sums(weigh_all(&views)), (300, 1000));
    assert_eq!(sums(weigh_all(views.iter().chain([&whole, &whole]))), (1000, 1000));

    // Interleaved stores; a store handle shows nothing; an empty view holds nothing.
    let other = Buffer::alloc(500);
    let store = other.store().expect("not empty");
    let others = [other.subarray(..10), other.subarray(20..30)];
    let mixed: [&dyn Weigh; 6] = [&views[0], &others[0], &views[1], &others[1], &store, &views[3]];
    assert_eq!(sums(weigh_all(mixed)), (220, 1500));
    assert_eq!(sums(weigh_all([&store])), (0, 500));

    // A slab is one store, as are a reader and its frames.
    let pooled: Vec<Frozen> = (0..10).map(|_| Frozen::copy_from_slice(b"sixteen bytes it")).collect();
    assert!([8192, 2 * 8192].contains(&weigh_all(&pooled).gross));
    assert_eq!(weigh_all(&pooled).net, 160);
    let mut reader = Reader::with_chunk_size(4096);
    reader.extend_from_slice(&[7; 100]);
    let frame = reader.split_to(40).expect("it is there");
    let both: [&dyn Weigh; 2] = [&reader, &frame];
    assert_eq!(sums(weigh_all(both)), (100, reader.weight().gross));

    let shared = Shared::alloc(64);
    assert_eq!(sums(weigh_all([&shared, &shared.slice(8..16), &shared.clone()])), (64, 64));
    let fixed = Frozen::from_static(b"static");
    assert_eq!(sums(weigh_all([&fixed, &fixed.clone()])), (6, 0), "static bytes are shown, and hold nothing");
}

#[test]
fn a_report_says_how_old_the_oldest_of_a_line_is_at_most() {
    alone(Mode::All, || {
        let packet = Buffer::alloc(1000);
        let old = packet.subarray(..10);
        let before = Instant::now();
        thread::sleep(Duration::from_millis(40));
        let views: Vec<Buffer> = (0..600).map(|n| packet.subarray(n..n + 10)).collect();
        let least = before.elapsed();
        let young = Buffer::alloc(2000);
        let report = audit::report();
        let most = before.elapsed();
        let oldest = |gross| report.holders.iter().find(|h| h.gross == gross).and_then(|h| h.oldest_ms).unwrap();
        // Ticks are 10 ms, and a clock that stands still is behind.
        assert!(u128::from(oldest(1000)) + 10 >= least.as_millis(), "{} of {least:?}", oldest(1000));
        assert!(u128::from(oldest(2000)) <= most.as_millis() + 10, "{} of {most:?}", oldest(2000));
        drop((old, views, young));
    });
}

#[test]
fn releasing_by_hand_names_the_lines_that_still_show_the_bytes() {
    alone(Mode::All, || {
        let mut pool = Pool::new();
        let (small, other) = (pool.alloc(100), pool.alloc(100));
        let id = small.subarray(90..);
        let error = pool.release(small).unwrap_err();
        assert_eq!((error.views, error.places.len()), (1, 1));
        assert!(error.to_string().contains("made at crates/plimsoll/tests/audit_modes.rs:"), "{error}");
        drop(id);
        pool.release(error.buffer).unwrap();
        pool.release(other).unwrap();
    });
}
