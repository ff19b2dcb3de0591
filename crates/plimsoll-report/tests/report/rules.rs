//! One test for every rule of the report.

use plimsoll_report::{
    ChurnRow, ClassRow, HeapRows, Holder, Kind, Net, PathRow, PeakRows, Report, Rows, SiteRow, Source, StoreRow,
    TextOptions, UnseenRow, ViewRow,
};

use crate::scene::{Scene, closure_leak, healthy_parent, session_ids, slab_survivors, two_lines};

fn only(report: &Report) -> &Holder {
    assert_eq!(report.holders.len(), 1);
    &report.holders[0]
}

fn places(holder: &Holder) -> Vec<&str> {
    holder.places().collect()
}

#[test]
fn the_classic_leak_has_the_exact_figures() {
    let report = session_ids().script();
    let holder = only(&report);
    assert_eq!(holder.place, "examples/session-ids.js:14:20");
    assert_eq!((holder.views, holder.stores), (1_000, 1_000));
    assert_eq!((holder.net, holder.gross), (Net::Exact(16_000), 1_048_576_000));
    assert_eq!((holder.tare(), holder.frees), (Some(1_048_560_000), Some(1_048_560_000)));
    assert_eq!(holder.advice.as_ref().unwrap().frees, 1_048_560_000);
    assert_eq!(report.frees(), 1_048_560_000);
}

#[test]
fn a_holder_is_the_exact_set_of_places_that_keep_a_store() {
    let mut scene = Scene::new();
    let (both, left, right) = (scene.store(100, "s:1:1"), scene.store(100, "s:1:1"), scene.store(100, "s:1:1"));
    for store in [both, left] {
        scene.view(store, 0, 50, "left:1:1");
    }
    for store in [both, right] {
        scene.view(store, 50, 50, "right:1:1");
    }
    let report = scene.script();
    let sets: Vec<_> = report.holders.iter().map(places).collect();
    assert_eq!(sets, [vec!["left:1:1"], vec!["right:1:1"], vec!["left:1:1", "right:1:1"]]);
}

#[test]
fn holders_partition_the_stores() {
    let mut scene = two_lines();
    for _ in 0..10 {
        let store = scene.store(1_000, "examples/two-lines.js:8:18");
        scene.view(store, 0, 10, "examples/two-lines.js:12:19");
        scene.store(10, "examples/two-lines.js:8:18");
    }
    let report = scene.script();
    assert_eq!(report.holders.len(), 3);
    assert_eq!(report.holders.iter().map(|h| h.gross).sum::<u64>(), report.totals.gross);
    assert_eq!(report.holders.iter().map(|h| h.stores).sum::<u64>(), report.totals.stores);
    assert_eq!(report.holders.iter().map(|h| h.frees.unwrap()).sum::<u64>(), report.frees());
}

#[test]
fn a_store_without_a_view_is_held_where_it_was_born_and_frees_nothing() {
    let mut scene = Scene::new();
    scene.store(1 << 20, "kept.js:1:1");
    scene.store(1 << 20, "kept.js:1:1");
    let report = scene.script();
    let holder = only(&report);
    assert_eq!((holder.kind, holder.place.as_str()), (Kind::Store, "kept.js:1:1"));
    assert_eq!((holder.views, holder.stores, holder.gross), (0, 2, 2 << 20));
    assert_eq!((holder.net, holder.frees), (Net::Exact(0), Some(0)));
    assert_eq!(holder.advice, None);
}

#[test]
fn a_place_that_makes_views_is_another_holder_than_a_store_born_there() {
    let mut scene = Scene::new();
    scene.store(100, "a.js:1:1");
    let store = scene.store(100, "a.js:1:1");
    scene.view(store, 0, 100, "a.js:1:1");
    let kinds: Vec<_> = scene.script().holders.iter().map(|h| h.kind).collect();
    assert_eq!(kinds, [Kind::Site, Kind::Store]);
}

#[test]
fn net_is_the_union_within_each_store() {
    let mut scene = Scene::new();
    let (one, two) = (scene.store(100, "s:1:1"), scene.store(100, "s:1:1"));
    for (offset, len) in [(40, 20), (0, 10), (5, 10), (50, 20), (0, 10), (42, 2)] {
        scene.view(one, offset, len, "v:1:1");
    }
    scene.view(two, 0, 10, "v:1:1");
    assert_eq!(only(&scene.script()).net, Net::Exact(15 + 30 + 10));
}

#[test]
fn frees_is_capacity_minus_the_sum_of_the_views_and_never_below_zero() {
    let mut scene = Scene::new();
    let (crowded, sparse) = (scene.store(100, "s:1:1"), scene.store(100, "s:1:1"));
    for _ in 0..3 {
        scene.view(crowded, 0, 60, "v:1:1");
        scene.view(sparse, 0, 20, "v:1:1");
    }
    let report = scene.script();
    let holder = only(&report);
    assert_eq!(holder.frees, Some(40), "the crowded store frees 0, the sparse one 100 - 3 * 20");
    assert_eq!(holder.tare(), Some(40 + 80));
}

#[test]
fn a_file_and_a_head_of_it_are_healthy() {
    let report = healthy_parent().script();
    let holder = only(&report);
    assert_eq!((report.frees(), holder.frees, holder.tare()), (0, Some(0), Some(0)));
    assert_eq!(holder.advice, None);
}

#[test]
fn an_id_and_a_payload_of_one_packet_are_one_holder_and_the_advice_names_both_lines() {
    let report = two_lines().script();
    let holder = only(&report);
    assert_eq!(holder.with, ["examples/two-lines.js:13:24"]);
    assert_eq!(holder.frees, Some(64 * (65_536 - 16 - 1_000)));
    let advice = holder.advice.as_ref().unwrap();
    assert!(
        advice
            .text
            .starts_with("examples/two-lines.js:12:19 and examples/two-lines.js:13:24: keep copies on both lines")
    );
}

#[test]
fn the_place_that_shows_least_names_the_holder_and_ties_go_by_text() {
    let mut scene = Scene::new();
    let store = scene.store(1_000, "s:1:1");
    for (offset, len, place) in [(0, 300, "a:1:1"), (300, 20, "c:1:1"), (320, 20, "c:1:1"), (400, 40, "b:1:1")] {
        scene.view(store, offset, len, place);
    }
    assert_eq!(places(only(&scene.script())), ["b:1:1", "a:1:1", "c:1:1"]);
}

#[test]
fn order_is_by_frees_then_gross_then_place() {
    let mut scene = Scene::new();
    for (capacity, len, place) in [
        (100, 100, "d:1:1"),
        (900, 900, "c:1:1"),
        (100, 100, "b:1:1"),
        (50, 20, "small:1:1"),
        (5_000, 4_000, "large:1:1"),
    ] {
        let store = scene.store(capacity, "s:1:1");
        scene.view(store, 0, len, place);
    }
    let report = scene.script();
    let order: Vec<_> = report.holders.iter().map(|h| h.place.as_str()).collect();
    assert_eq!(order, ["large:1:1", "small:1:1", "c:1:1", "b:1:1", "d:1:1"]);
}

#[test]
fn births_are_listed_by_bytes_then_place() {
    let mut scene = Scene::new();
    for (capacity, born) in [(100, "b:1:1"), (50, "a:1:1"), (50, "a:1:1"), (500, "z:1:1")] {
        let store = scene.store(capacity, born);
        scene.view(store, 0, 1, "v:1:1");
    }
    let report = scene.script();
    let births: Vec<_> = only(&report).born.iter().map(|b| (b.place.as_str(), b.stores, b.gross)).collect();
    assert_eq!(births, [("z:1:1", 1, 500), ("a:1:1", 2, 100), ("b:1:1", 1, 100)]);
}

#[test]
fn slabs_are_counted_apart() {
    let mut scene = slab_survivors();
    let packet = scene.store(1 << 20, "p:1:1");
    scene.view(packet, 0, 16, "v:1:1");
    let slabs = scene.script().totals.slabs;
    assert_eq!((slabs.count, slabs.gross, slabs.net), (2_000, 2_000 * 8_192, 20_000));
}

#[test]
fn advice_on_slabs_says_how_many_survivors_keep_how_many_slabs() {
    let report = slab_survivors().script();
    let text = &only(&report).advice.as_ref().unwrap().text;
    assert!(text.contains("copies by `Buffer.from(view)` too"), "{text}");
    assert!(text.contains("here 2,000 views keep 2,000 slabs, 1 a slab"), "{text}");
    assert!(text.contains("`plimsoll.compact(view)`"), "{text}");
    assert!(text.contains("`Buffer.from(view)` puts its copy into a pool slab"), "{text}");
}

#[test]
fn advice_speaks_the_language_of_the_source() {
    let scene = session_ids();
    let script = scene.script().holders[0].advice.clone().unwrap().text;
    assert!(script.contains("`plimsoll.compact(view)`; in Node `Uint8Array.prototype.slice.call(view)`"), "{script}");
    assert!(script.contains("a hex/latin1 string for an id"), "{script}");
    assert!(!script.contains("utf8"), "{script}");
    let rust = scene.rust().holders[0].advice.clone().unwrap().text;
    assert!(rust.contains("`.compact()`") && rust.contains("`.keep()`") && !rust.contains("Node"), "{rust}");
    for text in [script, rust] {
        assert!(text.ends_with("A copy ends aliasing: later writes to one do not show in the other."), "{text}");
    }
}

#[test]
fn strings_are_for_ids_only_and_the_pool_takes_only_small_copies() {
    let text = |len| {
        let mut scene = Scene::new();
        let store = scene.store(1 << 20, "s:1:1");
        scene.view(store, 0, len, "v:1:1");
        scene.script().holders[0].advice.clone().unwrap().text
    };
    assert!(text(64).contains("string") && text(64).contains("pool slab"));
    assert!(!text(65).contains("string") && text(65).contains("pool slab"));
    assert!(!text(4_096).contains("pool slab"));
}

#[test]
fn advice_is_given_only_where_it_frees_something_that_matters() {
    let advised = |capacity, len, views| {
        let mut scene = Scene::new();
        let store = scene.store(capacity, "s:1:1");
        for i in 0..views {
            scene.view(store, i * len, len, "v:1:1");
        }
        scene.script().holders[0].advice.is_some()
    };
    assert!(advised(4_096 + 16, 16, 1), "frees 4 KiB");
    assert!(!advised(4_095 + 16, 16, 1), "frees a byte less");
    assert!(advised(100_000, 90_000, 1), "frees a tenth");
    assert!(!advised(100_000, 90_001, 1), "frees less than a tenth");
    assert!(advised(100 * 138, 10, 100), "frees 128 B a view");
    assert!(!advised(100 * 137, 10, 100), "frees 127 B a view: less than a copy costs");
}

#[test]
fn small_buffers_that_fill_their_slabs_are_left_alone() {
    let mut scene = Scene::new();
    for _ in 0..196 {
        let slab = scene.slab("s:1:1");
        for i in 0..510 {
            scene.view(slab, i * 16, 10, "v:1:1");
        }
    }
    let report = scene.script();
    assert_eq!(only(&report).advice, None);
    assert_eq!(report.frees(), 196 * (8_192 - 5_100), "but what would be freed is told");
}

#[test]
fn the_only_slab_of_a_program_is_not_news() {
    let mut scene = Scene::new();
    for expected in [false, true] {
        let slab = scene.slab("s:1:1");
        scene.view(slab, 0, 5, "v:1:1");
        assert_eq!(scene.script().holders[0].advice.is_some(), expected);
    }
}

#[test]
fn advice_frees_no_more_than_its_holder() {
    for scene in [session_ids(), two_lines(), slab_survivors(), closure_leak()] {
        for holder in scene.script().holders {
            assert!(holder.advice.is_none_or(|advice| Some(advice.frees) <= holder.frees));
        }
    }
}

#[test]
fn a_view_of_no_bytes_holds_its_store() {
    let mut scene = Scene::new();
    let store = scene.store(1 << 20, "s:1:1");
    scene.view(store, 100, 0, "v:1:1");
    let report = scene.script();
    let holder = only(&report);
    assert_eq!((holder.kind, holder.views, holder.net), (Kind::Site, 1, Net::Exact(0)));
    assert_eq!(holder.frees, Some(1 << 20));
}

#[test]
fn places_with_the_same_text_are_one_place() {
    let rows = Rows {
        places: vec!["v:1:1".into(), "s:1:1".into(), "v:1:1".into()],
        stores: vec![StoreRow { id: 1, capacity: 100, slab: false, born: 1, stands_for: None }],
        views: (0..3).map(|place| ViewRow { store: 1, offset: 0, len: 10, place: place / 2 * 2 }).collect(),
    };
    let report = Report::new(Source::script("app.js"), rows);
    assert_eq!(places(only(&report)), ["v:1:1"]);
}

#[test]
fn rows_that_make_no_sense_do_no_harm() {
    let rows = Rows {
        places: vec!["v:1:1".into()],
        stores: vec![
            StoreRow { id: 1, capacity: 100, slab: false, born: 0, stands_for: None },
            StoreRow { id: 1, capacity: 999, slab: true, born: 0, stands_for: None },
            StoreRow { id: u64::MAX, capacity: 10, slab: false, born: u32::MAX, stands_for: None },
        ],
        views: vec![
            ViewRow { store: 1, offset: 90, len: 20, place: 0 },
            ViewRow { store: 1, offset: u64::MAX, len: u64::MAX, place: 0 },
            ViewRow { store: 7, offset: 0, len: 5, place: 0 },
            ViewRow { store: u64::MAX, offset: 0, len: 10, place: 9 },
        ],
    };
    let report = Report::new(Source::script("app.js"), rows);
    assert_eq!(
        (report.totals.stores, report.totals.views),
        (2, 3),
        "the second store 1 and the view of no store are left out"
    );
    assert_eq!((report.totals.gross, report.totals.net), (110, Net::Exact(10 + 10)), "ranges are cut at the capacity");
    assert_eq!(
        (report.holders[1].place.as_str(), report.holders[1].born[0].place.as_str()),
        ("<unknown>", "<unknown>")
    );
}

#[test]
fn sums_stay_at_the_largest_number() {
    let rows = Rows {
        places: vec!["v:1:1".into()],
        stores: (0..3).map(|id| StoreRow { id, capacity: u64::MAX, slab: true, born: 0, stands_for: None }).collect(),
        views: (0..6).map(|i| ViewRow { store: i % 3, offset: 1, len: u64::MAX, place: 0 }).collect(),
    };
    let peak = PeakRows { gross: u64::MAX, at_ms: u64::MAX, captured_gross: u64::MAX, rows: rows.clone() };
    let row = || ChurnRow {
        place: "v:1:1".into(),
        stores: u64::MAX,
        allocated: u64::MAX,
        views: u64::MAX,
        copied: u64::MAX,
        stringified: 1,
    };
    let report = Report::new(Source::rust("app"), rows).with_peak(peak).with_churn(vec![row(), row()]);
    assert_eq!((report.totals.gross, report.totals.net, report.frees()), (u64::MAX, Net::Exact(u64::MAX), 0));
    assert_eq!((report.churn.len(), report.churn[0].moved()), (1, u64::MAX));
    report.text(&Default::default());
}

#[test]
fn churn_is_sorted_by_bytes_moved_then_views_then_place() {
    let row = |place: &str, views, copied, stringified| ChurnRow {
        place: place.into(),
        views,
        copied,
        stringified,
        ..ChurnRow::default()
    };
    let rows = vec![
        row("c", 1, 0, 0),
        row("b", 1, 0, 0),
        row("views", 9, 0, 0),
        row("strings", 0, 0, 70),
        row("copies", 0, 40, 0),
        row("copies", 0, 40, 0),
    ];
    let report = Report::new(Source::script("app.js"), Rows::default()).with_churn(rows);
    let order: Vec<_> = report.churn.iter().map(|row| row.place.as_str()).collect();
    assert_eq!(order, ["copies", "strings", "views", "b", "c"]);
    assert_eq!(report.churn[0].copied, 80, "rows of one place are added up");
}

#[test]
fn growth_tells_holders_by_their_exact_places() {
    let mut scene = two_lines();
    let packet = scene.store(10, "examples/two-lines.js:8:18");
    scene.view(packet, 0, 10, "examples/gone.js:1:1");
    let earlier = scene.script();

    let mut scene = two_lines();
    let packet = scene.store(70_000, "examples/two-lines.js:8:18");
    // Now the payloads show less than the ids, and another place names the holder.
    scene.view(packet, 0, 65_000, "examples/two-lines.js:12:19");
    scene.view(packet, 0, 16, "examples/two-lines.js:13:24");
    let growth = scene.script().since(&earlier);
    assert_eq!(growth.gross, 70_000 - 10);
    let grown: Vec<_> = growth.holders.iter().map(|h| (h.place.as_str(), h.gross)).collect();
    assert_eq!(grown, [("examples/two-lines.js:13:24", 70_000), ("examples/gone.js:1:1", -10)]);
    assert!(earlier.since(&earlier).holders.is_empty());
}

#[test]
fn what_a_heap_does_not_tell_is_between_bounds() {
    let rows = Rows {
        places: vec!["Map sessions → value".into(), "queue[] → chunk".into()],
        stores: vec![
            StoreRow { id: 1, capacity: 8192, slab: true, born: 9, stands_for: None },
            StoreRow { id: 2, capacity: 1000, slab: false, born: 9, stands_for: None },
            StoreRow { id: 3, capacity: 50, slab: false, born: 9, stands_for: None },
        ],
        views: vec![ViewRow { store: 2, offset: 0, len: 100, place: 1 }],
    };
    let unseen = |store, most, place| UnseenRow { store, most, place };
    let heap = HeapRows {
        unseen: vec![unseen(1, 4095, 0), unseen(1, 4095, 0), unseen(2, 300, 1), unseen(4, 300, 1)],
        paths: vec![PathRow { place: 0, at: Some("s.js:1:2".into()), ..PathRow::default() }],
        ..HeapRows::default()
    };
    let report = Report::of_heap(Source::snapshot("x"), rows, heap);
    assert_eq!((report.totals.views, report.totals.stores, report.totals.gross), (4, 3, 9242));
    assert_eq!(report.totals.net, Net::Between { min: 100, max: 8590 });
    assert_eq!((report.totals.frees, report.frees()), (None, 602), "as if each showed all that it can");
    let holder = |place: &str| report.holders.iter().find(|holder| holder.place == place).unwrap();
    let map = holder("Map sessions → value");
    assert_eq!((map.kind, map.net), (Kind::Path, Net::Between { min: 0, max: 8190 }));
    assert_eq!((map.frees, map.frees_at_least, map.survivors), (None, 2, 2));
    assert_eq!(map.path.as_ref().unwrap().at.as_deref(), Some("s.js:1:2"));
    let queue = holder("queue[] → chunk");
    assert_eq!((queue.net, queue.frees_at_least), (Net::Between { min: 100, max: 400 }, 600));
    assert_eq!((holder("<unknown>").kind, holder("<unknown>").gross), (Kind::Store, 50));
    let text = report.text(&TextOptions::default());
    assert!(text.contains("held 9,242 B, shown 100 B to 8,590 B"), "{text}");
}

#[test]
fn bounds_that_are_equal_are_known() {
    let store = |id, capacity| StoreRow { id, capacity, slab: false, born: 9, stands_for: None };
    let view = |store, offset, len| ViewRow { store, offset, len, place: 0 };
    let rows = Rows {
        places: vec!["worker → flag".into()],
        stores: vec![store(1, 4), store(2, 6_469), store(3, 0)],
        views: vec![view(1, 0, 2), view(1, 2, 2), view(2, 0, 100)],
    };
    let unseen = |store, most| UnseenRow { store, most, place: 0 };
    let report = |unseen| {
        let heap = HeapRows { unseen, ..HeapRows::default() };
        Report::of_heap(Source::node("x"), rows.clone(), heap)
    };
    let known = report(vec![unseen(1, 4), unseen(3, 9)]);
    assert_eq!((only(&known).net, only(&known).frees), (Net::Exact(104), Some(6_369)));
    assert_eq!((known.totals.net, known.totals.frees, known.totals.views), (Net::Exact(104), Some(6_369), 5));
    assert!(!known.to_json(None).contains("net_min") && !known.to_json(None).contains("frees_min"));
    // One byte that may be shown, or not.
    let open = report(vec![unseen(2, 1), unseen(3, 9)]);
    assert_eq!((only(&open).net, only(&open).frees), (Net::Between { min: 104, max: 105 }, None));
    assert_eq!((open.totals.net, open.totals.frees), (only(&open).net, None));
}

#[test]
fn what_a_snapshot_leaves_open_has_advice_with_an_if() {
    let places = ["Map sessions → value in app.js", "closure write (node:net:1:1) → chunk", "ids[] in app.js"];
    let store = |id| StoreRow { id, capacity: 1 << 20, slab: false, born: 9, stands_for: None };
    let unseen =
        (1..4).map(|id| UnseenRow { store: id, most: if id == 3 { 100 } else { 1 << 20 }, place: id as u32 - 1 });
    let rows = Rows { places: places.map(str::to_owned).to_vec(), stores: (1..4).map(store).collect(), views: vec![] };
    let paths = (0..3).map(|place| PathRow { place, ..PathRow::default() });
    let heap = HeapRows { unseen: unseen.collect(), paths: paths.collect(), ..HeapRows::default() };
    let told = |source| Report::of_heap(source, rows.clone(), heap.clone()).text(&TextOptions::default());
    let text = told(Source::snapshot("x"));
    let (before, perhaps) = text.split_once("If they show little:\n").expect("there is an if");
    let (before, instead) = before.split_once("Instead:\n").expect("what is certain comes first");
    assert!(perhaps.starts_with(&format!("  {}\n    Keep a copy, not the view: ", places[0])), "{text}");
    assert!(instead.contains(places[2]) && !perhaps.contains(places[2]), "{text}");
    assert!(before.contains(places[1]) && !(instead.contains(places[1]) || perhaps.contains(places[1])), "{text}");
    assert!(perhaps.contains("`Buffer.from(view)` puts its copy into a pool slab"), "{text}");
    assert!(!told(Source::node("x")).contains("If they show little"), "a running program was asked already");
}

#[test]
fn what_bounds_rest_on_is_said_if_they_rest_on_it() {
    let rows = Rows {
        places: vec!["tokens[] in app.js".into()],
        stores: (1..4).map(|id| StoreRow { id, capacity: 8192, slab: true, born: 9, stands_for: None }).collect(),
        views: vec![ViewRow { store: 3, offset: 0, len: 8, place: 0 }],
    };
    let told = |most| {
        let unseen = (1..3).map(|store| UnseenRow { store, most, place: 0 }).collect();
        let heap = HeapRows { unseen, ..HeapRows::default() };
        let report = Report::of_heap(Source::snapshot("x"), rows.clone(), heap);
        (report.totals.taken_for_pooled, report.text(&TextOptions::default()))
    };
    let (taken, text) = told(4095);
    let said = "That takes 2 Buffers in slabs for what Node's pool handed out, less than half a\nslab each: ";
    assert!(taken == 2 && text.contains(said), "{text}");
    let (taken, text) = told(8192);
    assert!(taken == 0 && !text.contains("That takes"), "{text}");
}

#[test]
fn what_keeps_bare_array_buffers_is_told_without_a_class() {
    let rows = Rows {
        places: vec!["list[] in app.js".into()],
        stores: vec![StoreRow { id: 1, capacity: 1 << 20, slab: false, born: 0, stands_for: None }],
        views: vec![],
    };
    let paths = vec![PathRow { at: Some("app.js:7:3".into()), ..PathRow::default() }];
    let report = Report::of_heap(Source::snapshot("x"), rows, HeapRows { paths, ..HeapRows::default() });
    let text = report.text(&TextOptions::default());
    assert!(text.contains("\n  kept by code at app.js:7:3\n"), "{text}");
}

#[test]
fn a_browsers_heap_is_not_told_of_nodes_buffer() {
    let store = |id, capacity| StoreRow { id, capacity, slab: false, born: 9, stands_for: None };
    let told = |class: &str, views: &str| {
        let rows = Rows {
            places: vec!["frames[] in app.js".into(), "Window → tiles{}".into()],
            stores: vec![store(1, 1 << 20), store(2, 1 << 20)],
            views: vec![],
        };
        let unseen = |store, most| UnseenRow { store, most, place: store as u32 - 1 };
        let classes = ["Uint8Array", class].map(|name| ClassRow { name: name.into(), ..ClassRow::default() });
        let heap = HeapRows {
            unseen: vec![unseen(1, 100), unseen(2, 1 << 20)],
            paths: vec![PathRow { constructors: views.into(), ..PathRow::default() }],
            classes: classes.to_vec(),
            ..HeapRows::default()
        };
        let report = Report::of_heap(Source::snapshot("x"), rows, heap);
        let advice = report.holders.iter().find_map(|holder| holder.advice.clone()).unwrap().text;
        [report.text(&TextOptions::default()), report.to_html(None), advice]
    };
    for text in told("HTMLDivElement", "Uint8Array → Object") {
        assert!(text.contains("view.slice()") && !text.contains("Buffer.") && !text.contains("--pid"), "{text}");
    }
    let [text, page, advice] = told("HTMLDivElement", "");
    assert!(text.contains("how much of a store its views show. If they show little:"), "{text}");
    assert!(page.contains("how much of a store its views show. If they show little:"), "{page}");
    assert!(advice.starts_with("Keep a copy, not the view: `view.slice()`. A copy ends aliasing"), "{advice}");
    for (class, views) in [("Buffer", "Uint8Array"), ("ArrayBuffer", "Buffer → Object")] {
        let [text, page, advice] = told(class, views);
        assert!(text.contains("--pid") && page.contains("--pid"), "{text}");
        assert!(advice.contains("Buffer.allocUnsafeSlow") && !advice.contains("view.slice()"), "{advice}");
    }
}

#[test]
fn where_views_were_made_is_counted_for_each_holder() {
    let stores = [1, 2, 3].map(|id| StoreRow { id, capacity: 1 << 20, slab: false, born: 9, stands_for: None });
    let view = |store, place| ViewRow { store, offset: 0, len: 16, place };
    // The third store is held by both places, and so by a holder of its own.
    let rows = Rows {
        places: vec!["first[]".into(), "second[]".into()],
        stores: stores.to_vec(),
        views: vec![view(1, 0), view(1, 0), view(2, 1), view(3, 0), view(3, 1)],
    };
    let site = |site: &str, stores: &[u64]| SiteRow { site: site.into(), stores: stores.to_vec() };
    let report = |sites| {
        let paths = [0, 1].map(|place| PathRow { place, ..PathRow::default() }).to_vec();
        let heap = HeapRows { paths, sites, ..HeapRows::default() };
        Report::of_heap(Source::node("x"), rows.clone(), heap)
    };
    let watched = report(Some(vec![site("b.js:1:1", &[1]), site("c.js:1:1", &[3, 1, 3, 9]), site("a.js:1:1", &[1])]));
    let sites = |with: &[&str]| {
        let holder = watched.holders.iter().find(|holder| holder.places().eq(with.iter().copied())).unwrap();
        let sites = holder.sites.as_ref().unwrap().iter();
        sites.map(|site| (site.place.as_str(), site.views)).collect::<Vec<_>>()
    };
    assert_eq!(sites(&["first[]"]), [("a.js:1:1", 1), ("b.js:1:1", 1), ("c.js:1:1", 1)]);
    assert_eq!(sites(&["second[]"]), []);
    assert_eq!(sites(&["first[]", "second[]"]), [("c.js:1:1", 2)]);
    let text = watched.text(&TextOptions { width: Some(200), ..TextOptions::default() });
    assert!(text.contains("2 of 2 views seen being made, in the function at c.js:1:1"), "{text}");
    assert!(text.contains("0 of 1 view seen being made"), "{text}");
    assert!(watched.to_html(None).contains("Functions that made 2 of 2 views"));
    let ordinary = report(None);
    assert!(ordinary.holders.iter().all(|holder| holder.sites.is_none()));
    assert!(!ordinary.text(&TextOptions::default()).contains("being made"));
    assert!(!ordinary.to_json(None).contains("sites") && watched.to_json(None).contains("sites"));
}
