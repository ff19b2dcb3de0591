//! Whole reports as text.

use plimsoll_report::{
    By, ChurnRow, ClassRow, HeapRows, PathRow, PeakRows, Report, Rows, Source, StoreRow, TextOptions, ViewRow,
};

use crate::scene::{Scene, closure_leak, healthy_parent, session_ids, slab_survivors, two_lines};

fn script(scene: &Scene) -> String {
    scene.script().text(&TextOptions::default())
}

#[test]
fn the_classic_leak() {
    assert_eq!(
        script(&session_ids()),
        "\
held 1,000 MiB, shown 16,000 B (0.002 %)
would free 1,000 MiB by changing 1 line

to free                        views     shown       held  would free
examples/session-ids.js:14:20  1,000  16,000 B  1,000 MiB   1,000 MiB
  1,000 stores, born at examples/session-ids.js:10:25

Instead:
  examples/session-ids.js:14:20
    Keep a copy, not the view: `plimsoll.compact(view)`; in Node
    `Uint8Array.prototype.slice.call(view)`, or a hex/latin1 string for an id.

  `Buffer.from(view)` puts its copy into a pool slab, which lives as long as its
  last survivor. A copy ends aliasing: later writes to one do not show in the
  other.
"
    );
}

#[test]
fn two_lines_that_hold_the_same_packets() {
    assert_eq!(
        script(&two_lines()),
        "\
held 4 MiB, shown 65,024 B (1.6 %)
would free 3.9 MiB by changing 2 lines

to free                      views     shown   held  would free
examples/two-lines.js:12:19    128  65,024 B  4 MiB     3.9 MiB
  and examples/two-lines.js:13:24
  64 stores, born at examples/two-lines.js:8:18

Instead:
  examples/two-lines.js:12:19
  and examples/two-lines.js:13:24
    Keep copies on both lines, for either view alone keeps the store:
    `plimsoll.compact(view)`; in Node `Uint8Array.prototype.slice.call(view)`.

  `Buffer.from(view)` puts its copy into a pool slab, which lives as long as its
  last survivor. A copy ends aliasing: later writes to one do not show in the
  other.
"
    );
}

#[test]
fn survivors_in_slabs() {
    assert_eq!(
        script(&slab_survivors()),
        "\
held 15.6 MiB, shown 20,000 B (0.12 %)
would free 15.6 MiB by changing 1 line

to free                           views     shown      held  would free
examples/slab-survivors.js:12:22  2,000  20,000 B  15.6 MiB    15.6 MiB
  2,000 pool slabs, born at examples/slab-survivors.js:9:30, 1 view a slab

Instead:
  examples/slab-survivors.js:12:22
    Small buffers share pool slabs (copies by `Buffer.from(view)` too), and the
    last survivor keeps its whole slab: here 2,000 views keep 2,000 slabs, 1 a
    slab. Keep a copy, not the view: `plimsoll.compact(view)`; in Node
    `Uint8Array.prototype.slice.call(view)`, or a hex/latin1 string for an id.

  `Buffer.from(view)` puts its copy into a pool slab, which lives as long as its
  last survivor. A copy ends aliasing: later writes to one do not show in the
  other.
"
    );
}

#[test]
fn a_rust_program() {
    assert_eq!(
        two_lines().rust().text(&TextOptions::default()).split_once("Instead:\n").unwrap().1,
        "  examples/two-lines.js:12:19
  and examples/two-lines.js:13:24
    Keep copies on both lines, for either view alone keeps the store:
    `.compact()` copies into a store of its own size; `.keep()` does so only
    where the view is small beside what it holds.

  A copy ends aliasing: later writes to one do not show in the other.
"
    );
}

#[test]
fn whole_buffers_that_pile_up_stand_under_held() {
    assert_eq!(
        script(&closure_leak()),
        "\
nothing to free: held 20 MiB, all of it shown

held                           views   shown    held  would free
examples/closure-leak.js:6:24     20  20 MiB  20 MiB         0 B
  20 stores, born on that line
"
    );
}

#[test]
fn a_healthy_parent() {
    assert_eq!(
        script(&healthy_parent()),
        "\
nothing to free: held 4 MiB, all of it shown

held                             views  shown   held  would free
examples/healthy-parent.js:5:19      2  4 MiB  4 MiB         0 B
  and examples/healthy-parent.js:4:17
  1 store, born at examples/healthy-parent.js:4:17
"
    );
}

#[test]
fn a_clean_program_gets_one_line() {
    let mut scene = Scene::new();
    assert_eq!(script(&scene), "nothing to free: held 0 B\n");
    for _ in 0..1_000 {
        let copy = scene.store(16, "examples/session-ids-fixed.js:14:20");
        scene.view(copy, 0, 16, "examples/session-ids-fixed.js:14:20");
    }
    assert_eq!(script(&scene), "nothing to free: held 16,000 B, all of it shown\n");
    let slab = scene.slab("a.js:1:1");
    scene.view(slab, 0, 92, "a.js:1:1");
    assert_eq!(script(&scene), "nothing worth freeing: held 24,192 B, shown 16,092 B (67 %), would free 8,100 B\n");
}

/// Something of everything: a long path, nine lines on one holder, many births, dense slabs, a kept store, small
/// change.
fn everything() -> Scene {
    let mut scene = Scene::new();
    for i in 0..300 {
        let header = scene.store(100_000, "lib/net.js:5:5");
        scene.view(
            header,
            0,
            50,
            "lib/very/deep/folder/structure/that/goes/on/and/on/for/ever/and/a/day/header.js:120:14",
        );
        let message = scene.store(80_000, "lib/net.js:6:5");
        for k in 0..9 {
            scene.view(message, k * 10, 5 + k, &format!("lib/parse.js:{}:7", 10 + k));
        }
        let body = scene.store(3_000, &format!("lib/make.js:{}:1", 1 + i % 5));
        scene.view(body, 0, 1_000, "lib/body.js:9:9");
        let slab = scene.slab("lib/field.js:2:2");
        for k in 0..400 {
            scene.view(slab, k * 16, 10, "lib/field.js:3:3");
        }
    }
    scene.store(9 << 20, "lib/raw.js:1:9");
    for file in ["lib/large.js:1:1", "lib/larger.js:1:1"] {
        let whole = scene.store(70_000, file);
        scene.view(whole, 0, 70_000, file);
    }
    scene
}

const EVERYTHING: &str = "\
held 63.8 MiB, shown 1.6 MiB (2.5 %)
would free 53.2 MiB, 52.0 MiB of it by changing 11 lines

to free                                    views     shown      held  would free
lib/very/…/and/a/day/header.js:120:14        300  15,000 B  28.6 MiB    28.6 MiB
  300 stores, born at lib/net.js:5:5
lib/parse.js:10:7                          2,700  23,400 B  22.9 MiB    22.9 MiB
  and lib/parse.js:11:7
  and lib/parse.js:12:7
  and lib/parse.js:13:7
  and 5 more lines
  300 stores, born at lib/net.js:6:5
lib/body.js:9:9                              300   293 KiB   879 KiB     586 KiB
  60 stores, born at lib/make.js:1:1
  60 stores, born at lib/make.js:2:1
  60 stores, born at lib/make.js:3:1
  120 stores, born at 2 more places

held                                       views     shown      held  would free
lib/field.js:3:3                         120,000   1.1 MiB   2.3 MiB     1.2 MiB
  300 pool slabs, born at lib/field.js:2:2, 400 views a slab
  a copy would give back 10 B a view, less than it costs
lib/raw.js:1:9                                 0       0 B     9 MiB         0 B
  1 store, kept as an ArrayBuffer (`.buffer`), without a view

2 small holders: held 137 KiB, would free 0 B

Instead:
  lib/very/deep/folder/…/that/goes/on/and/on/for/ever/and/a/day/header.js:120:14
    Keep a copy, not the view: `plimsoll.compact(view)`; in Node
    `Uint8Array.prototype.slice.call(view)`, or a hex/latin1 string for an id.
  lib/parse.js:10:7
  and lib/parse.js:11:7
  and lib/parse.js:12:7
  and lib/parse.js:13:7
  and 5 more lines
    Keep copies on all these lines, for a view from any one keeps the store:
    `plimsoll.compact(view)`; in Node `Uint8Array.prototype.slice.call(view)`,
    or a hex/latin1 string for an id.
  lib/body.js:9:9
    Keep a copy, not the view: `plimsoll.compact(view)`; in Node
    `Uint8Array.prototype.slice.call(view)`.

  `Buffer.from(view)` puts its copy into a pool slab, which lives as long as its
  last survivor. A copy ends aliasing: later writes to one do not show in the
  other.
";

#[test]
fn something_of_everything() {
    let text = everything().script().text(&TextOptions { width: Some(80), ..TextOptions::default() });
    assert_eq!(text, EVERYTHING);
}

#[test]
fn what_is_not_for_a_terminal_is_told_whole() {
    let text = script(&everything());
    assert!(!text.contains('…'), "{text}");
    let long = "lib/very/deep/folder/structure/that/goes/on/and/on/for/ever/and/a/day/header.js:120:14";
    let line = |name: &str, numbers: &str| format!("{name:<width$}  {numbers}\n", width = long.len());
    let parts = [
        line("to free", "  views     shown      held  would free"),
        line(long, "    300  15,000 B  28.6 MiB    28.6 MiB"),
        line("lib/parse.js:10:7", "  2,700  23,400 B  22.9 MiB    22.9 MiB"),
        line("lib/field.js:3:3", "120,000   1.1 MiB   2.3 MiB     1.2 MiB"),
        format!("\nInstead:\n  {long}\n"),
    ];
    for part in parts {
        assert!(text.contains(&part), "{part} is missing in {text}");
    }
    // Sentences keep within 80 columns all the same.
    assert!(text.ends_with(EVERYTHING.split_once("lib/body.js:9:9\n    Keep").unwrap().1), "{text}");
}

#[test]
fn a_name_that_is_longer_than_a_line_stands_above_its_numbers() {
    let name = format!("lib/{}.js:1:1", "x".repeat(90));
    let row = |name: &str| {
        let mut scene = Scene::new();
        let (store, other) = (scene.store(1 << 20, "a.js:1:1"), scene.store(1 << 20, "a.js:1:1"));
        scene.view(store, 0, 10, name);
        scene.view(other, 0, 20, "b.js:1:1");
        script(&scene)
    };
    let numbers = "      1   10 B  1 MiB     1.0 MiB\n";
    let fits = row(&name);
    assert_eq!(name.len(), 101);
    assert!(row(&name[1..]).contains(&format!("{}{numbers}", &name[1..])), "{}", row(&name[1..]));
    assert!(fits.contains(&format!("{name}\n{}{numbers}", " ".repeat(24))), "{fits}");
    assert!(fits.contains(&format!("b.js:1:1{}      1   20 B  1 MiB     1.0 MiB\n", " ".repeat(16))), "{fits}");
}

/// A heap of one holder for each example, of 9 MiB and a bit less each.
fn heap(source: Source, examples: &[Vec<String>]) -> Report {
    let n = examples.len() as u32;
    let store = |i| StoreRow { id: i, capacity: (9 << 20) - i, slab: false, born: 0, stands_for: None };
    let rows = Rows {
        places: (0..n).map(|i| format!("list{i}{{}}.next")).collect(),
        stores: (0..n.into()).map(store).collect(),
        views: (0..n).map(|place| ViewRow { store: place.into(), offset: 0, len: 10, place }).collect(),
    };
    let paths =
        (0..n).zip(examples).map(|(place, example)| PathRow { place, example: example.clone(), ..PathRow::default() });
    Report::of_heap(source, rows, HeapRows { paths: paths.collect(), ..HeapRows::default() })
}

fn steps(from: u32, to: u32) -> Vec<String> {
    (from..to).map(|i| format!("next Node @{i}")).collect()
}

#[test]
fn a_long_path_is_told_by_its_ends_and_once_how_to_see_it_whole() {
    let example = |lines: &str| lines.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = |report: &Report| example(&report.text(&TextOptions::default()));
    let ends = |from: u32, last: u32, more: &str| {
        [steps(from, from + 6), vec![format!("({more} more)")], steps(last - 5, last + 1)].concat().join(" → ")
    };
    // The second was cut by its source: 1,000 steps in its middle, and 48 of the 60 that it has.
    let cut = [steps(100, 130), vec!["(1000 more)".into()], steps(1_130, 1_160)].concat();
    let examples = [steps(1, 14), cut, steps(20, 32)];
    let text = told(&heap(Source::snapshot("x"), &examples));
    assert!(text.contains(&format!("for example {} (whole path: --path 13)", ends(1, 13, "1"))), "{text}");
    assert!(text.contains(&format!("for example {} list2", ends(100, 1_159, "1,048"))), "{text}");
    assert!(text.contains(&format!("for example {} ", steps(20, 32).join(" → "))), "{text}");
    assert_eq!(text.matches("whole path").count(), 1, "{text}");
    // What is whole needs no more, and what runs is no file to look into again.
    assert!(!told(&heap(Source::snapshot("x"), &[steps(1, 13)])).contains("whole path"));
    let running = told(&heap(Source::node("x"), &examples));
    assert!(running.contains("(1,048 more)") && !running.contains("whole path"), "{running}");
    // A short one that its source cut is as it came.
    let short = [steps(1, 4), vec!["(7 more)".into()], steps(90, 94)].concat();
    let text = told(&heap(Source::snapshot("x"), std::slice::from_ref(&short)));
    assert!(text.contains(&format!("for example {} (whole path: --path 93)", short.join(" → "))), "{text}");
}

#[test]
fn what_would_act_on_a_terminal_is_not_printed_wherever_it_stands() {
    let bad = "a\x1b[31m\n\r\u{202e}b".to_owned();
    let rows = Rows {
        places: vec![bad.clone()],
        stores: vec![StoreRow { id: 1, capacity: 1 << 20, slab: false, born: 0, stands_for: None }],
        views: vec![ViewRow { store: 1, offset: 0, len: 10, place: 0 }],
    };
    let path = |at: Option<String>| PathRow {
        at,
        constructors: bad.clone(),
        example: vec![bad.clone(); 20],
        ..PathRow::default()
    };
    let class = ClassRow { name: bad.clone(), ..ClassRow::default() };
    for at in [None, Some(bad.clone())] {
        let heap = HeapRows { paths: vec![path(at)], classes: vec![class.clone()], ..HeapRows::default() };
        let text = Report::of_heap(Source::snapshot(&bad), rows.clone(), heap).text(&TextOptions::default());
        assert!(text.contains("for example a\u{fffd}[31m\u{fffd}\u{fffd}\u{fffd}b → a"), "{text}");
        assert!(!text.contains(['\x1b', '\r', '\u{202e}', '\u{a0}']), "{text:?}");
        let broken = text.lines().find(|line| line.starts_with('b') || line.starts_with("\u{fffd}"));
        assert_eq!(broken, None, "{text}");
    }
}

#[test]
fn ten_classes_are_listed_or_as_many_as_asked_for() {
    let class = |i: u64| ClassRow { name: format!("Class{i}"), objects: 1, shallow: 10, retained: 10_000 - i };
    let heap = HeapRows { classes: (0..1_234).map(class).collect(), ..HeapRows::default() };
    let report = Report::of_heap(Source::snapshot("x"), Rows::default(), heap);
    for (top, listed, rest) in [
        (None, 10, Some("1,224")),
        (Some(3), 3, Some("1,231")),
        (Some(200), 200, Some("1,034")),
        (Some(1_234), 1_234, None),
    ] {
        let text = report.text(&TextOptions { top, ..TextOptions::default() });
        assert_eq!(text.matches("\nClass").count(), listed, "{text}");
        match rest {
            Some(rest) => assert!(text.ends_with(&format!("\nand {rest} more\n")), "{text}"),
            None => assert!(!text.contains(" more"), "{text}"),
        }
    }
}

#[test]
fn top_cuts_and_counts_the_rest() {
    let text = everything().script().text(&TextOptions { top: Some(1), ..TextOptions::default() });
    assert!(text.contains("\n\n6 omitted holders: held 35.2 MiB, would free 24.6 MiB\n\nInstead:\n"), "{text}");
    assert!(!text.contains("lib/parse.js"), "{text}");
}

#[test]
fn the_peak_is_one_line_if_more_was_held_then() {
    let mut scene = Scene::new();
    let copy = scene.store(16, "a.js:1:1");
    scene.view(copy, 0, 16, "a.js:1:1");
    let peak = |gross| PeakRows { gross, at_ms: 1_234, captured_gross: 1_000 << 20, rows: session_ids().rows };
    assert_eq!(
        scene.script().with_peak(peak(1_000 << 20)).text(&TextOptions::default()),
        "nothing to free: held 16 B, all of it shown\n\
         peak: held 1,000 MiB after 1.2 s, most of it by examples/session-ids.js:14:20\n"
    );
    assert_eq!(scene.script().with_peak(peak(16)).text(&TextOptions::default()), script(&scene));
}

#[test]
fn churn_is_a_table_by_line() {
    let row = |place: &str, stores, views, copied, stringified| ChurnRow {
        place: place.into(),
        stores,
        allocated: stores * 8_192,
        views,
        copied,
        stringified,
    };
    let rows = vec![
        row("examples/naive-parser.js:21:18", 0, 50_000, 0, 0),
        row("examples/naive-parser.js:22:18", 20, 10_000, 160_000, 0),
        row("examples/naive-parser.js:23:18", 0, 0, 0, 320_000),
    ];
    let mut scene = Scene::new();
    let copy = scene.store(16, "a.js:1:1");
    scene.view(copy, 0, 16, "a.js:1:1");
    let report = scene.script().with_churn(rows);
    assert_eq!(
        report.text(&TextOptions { by: By::Churn, ..TextOptions::default() }),
        "\
nothing to free: held 16 B, all of it shown

over the whole run              stores  allocated   views   copied  to strings
examples/naive-parser.js:22:18      20    160 KiB  10,000  156 KiB         0 B
examples/naive-parser.js:23:18       0        0 B       0      0 B     313 KiB
examples/naive-parser.js:21:18       0        0 B  50,000      0 B         0 B
"
    );
    let cut = report.text(&TextOptions { by: By::Churn, top: Some(1), ..TextOptions::default() });
    assert!(cut.ends_with("         0 B\n\n2 omitted lines: moved 313 KiB\n"), "{cut}");
    let none = scene.script().text(&TextOptions { by: By::Churn, ..TextOptions::default() });
    assert!(none.ends_with("\nNo churn was counted in this run.\n"), "{none}");
}

#[test]
fn colour_changes_nothing_but_the_colour() {
    for scene in [session_ids(), two_lines(), everything(), closure_leak()] {
        let report = scene.script();
        let plain = report.text(&TextOptions::default());
        let mut coloured = report.text(&TextOptions { color: true, ..TextOptions::default() });
        assert!(!plain.contains('\x1b') && coloured.contains('\x1b'));
        for code in ["0", "1", "2", "33"] {
            coloured = coloured.replace(&format!("\x1b[{code}m"), "");
        }
        assert_eq!(coloured, plain);
    }
}

#[test]
fn a_kept_store_says_that_it_has_no_view() {
    let mut scene = Scene::new();
    scene.store(1 << 20, "raw.js:1:9");
    let text = script(&scene);
    assert!(text.starts_with("nothing to free: held 1 MiB, shown 0 B (0 %)\n"), "{text}");
    assert!(text.ends_with("\n  1 store, kept as an ArrayBuffer (`.buffer`), without a view\n"), "{text}");
    let rust = scene.rust().text(&TextOptions::default());
    assert!(rust.ends_with("\n  1 store, kept as a `Store`, without a view\n"), "{rust}");
}

#[test]
fn growth_is_a_table_of_what_grew() {
    let scene = |packets: u64, heads: u64, gone: u64| {
        let mut scene = Scene::new();
        for _ in 0..packets {
            let packet = scene.store(1 << 20, "examples/pile.js:2:13");
            scene.view(packet, 0, 1 << 20, "examples/pile.js:4:9");
            scene.view(packet, 0, 16, "examples/pile.js:5:9");
        }
        for n in 0..heads {
            let store = scene.store(100_000, "examples/pile.js:7:9");
            scene.view(store, 0, 100 - n, "examples/pile.js:8:9");
        }
        let small = scene.store(1_000 + heads, "examples/pile.js:9:9");
        scene.view(small, 0, 10, "examples/pile.js:9:9");
        for _ in 0..gone {
            scene.store(5_000, "examples/pile.js:10:9");
        }
        scene.script()
    };
    let (earlier, later) = (scene(2, 1, 3), scene(6, 4, 1));
    let text = |growth: plimsoll_report::Growth| growth.text(&TextOptions::default());
    assert_eq!(
        text(later.since(&earlier)),
        "\
held 4.3 MiB more than before: 6.4 MiB

grown                     views  stores     held      more
examples/pile.js:5:9         +8      +4    6 MiB    +4 MiB
  and examples/pile.js:4:9
examples/pile.js:8:9         +3      +3  391 KiB  +293 KiB

1 more holder grew by 3 B
1 holder shrank by 10,000 B
"
    );
    assert_eq!(text(later.since(&later)), "held as much as before: 6.4 MiB\n");
    assert_eq!(
        text(earlier.since(&later)),
        "\
held 4.3 MiB less than before: 2.1 MiB

grown                     views  stores      held       more
examples/pile.js:10:9         0      +2  15,000 B  +10,000 B

3 holders shrank by 4.3 MiB
"
    );
    let top = TextOptions { top: Some(1), ..TextOptions::default() };
    assert!(later.since(&earlier).text(&top).contains("\n2 more holders grew by 293 KiB\n"));
}

#[test]
fn overlaps_stand_below_the_holders() {
    let mut scene = Scene::new();
    for _ in 0..3 {
        let packet = scene.store(4_096, "examples/codec.js:2:13");
        scene.view(packet, 0, 4_096, "examples/codec.js:2:13");
        scene.view(packet, 0, 24, "examples/codec.js:4:23");
        scene.view(packet, 20, 2_000, "examples/codec.js:5:24");
    }
    let report = scene.script().with_overlaps(&scene.rows);
    let text = report.text(&TextOptions::default());
    let below = "
overlap in part           stores  shared
examples/codec.js:4:23         3     4 B
  and examples/codec.js:5:24
  bytes 0..24 and 20..2,020 of a store born at examples/codec.js:2:13
";
    assert!(text.ends_with(below), "{text}");
    assert!(report.text(&TextOptions { top: Some(0), ..TextOptions::default() }).ends_with("\n1 omitted pair\n"));
    let none = session_ids();
    let text = none.script().with_overlaps(&none.rows).text(&TextOptions::default());
    assert!(text.ends_with("\n\nNo views of different lines overlap in part.\n"), "{text}");
}
