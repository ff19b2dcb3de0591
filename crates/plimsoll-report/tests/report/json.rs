//! JSON, version 1: keys, their order, and numbers.

use plimsoll_report::{
    ChurnRow, ClassRow, HeapRows, PathRow, PeakRows, Report, Rows, SiteRow, Source, Stayed, StoreRow, UnseenRow,
};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;

use crate::scene::{Scene, session_ids, two_lines};

#[test]
fn a_whole_report_is_written_in_version_1() {
    let mut scene = Scene::new();
    let packet = scene.store(1 << 20, "examples/two.js:2:13");
    scene.view(packet, 0, 16, "examples/two.js:3:18");
    scene.view(packet, 16, 9_000, "examples/two.js:4:23");
    let slab = scene.slab("<eval>");
    scene.view(slab, 0, 5, "<eval>");
    let peak = PeakRows { gross: 70, at_ms: 12, captured_gross: 64, rows: Rows::default() };
    let churn = vec![ChurnRow {
        place: "examples/two.js:2:13".into(),
        stores: 1,
        allocated: 2,
        views: 3,
        copied: 4,
        stringified: 5,
    }];
    let report = Report::new(Source::script("examples/two.js"), scene.rows).with_peak(peak).with_churn(churn);
    assert_eq!(
        report.to_json(Some(1)),
        r#"{
  "version": 1,
  "source": {
    "kind": "script",
    "target": "examples/two.js"
  },
  "totals": {
    "views": 3,
    "stores": 2,
    "net": 9021,
    "gross": 1056768,
    "tare": 1047747,
    "frees": 1047747,
    "slabs": {
      "count": 1,
      "gross": 8192,
      "net": 5
    }
  },
  "holders": [
    {
      "where": "examples/two.js:3:18",
      "with": [
        "examples/two.js:4:23"
      ],
      "kind": "site",
      "views": 2,
      "stores": 1,
      "net": 9016,
      "gross": 1048576,
      "tare": 1039560,
      "frees": 1039560,
      "born": [
        {
          "where": "examples/two.js:2:13",
          "stores": 1,
          "gross": 1048576
        }
      ],
      "advice": {
        "text": "examples/two.js:3:18 and examples/two.js:4:23: keep copies on both lines, for either view alone keeps the store: `plimsoll.compact(view)`; in Node `Uint8Array.prototype.slice.call(view)`. A copy ends aliasing: later writes to one do not show in the other.",
        "where": "examples/two.js:3:18",
        "frees": 1039560
      }
    }
  ],
  "peak": {
    "gross": 70,
    "at_ms": 12,
    "captured_gross": 64,
    "totals": {
      "views": 0,
      "stores": 0,
      "net": 0,
      "gross": 0,
      "tare": 0,
      "frees": 0,
      "slabs": {
        "count": 0,
        "gross": 0,
        "net": 0
      }
    },
    "holders": []
  },
  "churn": [
    {
      "where": "examples/two.js:2:13",
      "stores": 1,
      "allocated": 2,
      "views": 3,
      "copied": 4,
      "stringified": 5
    }
  ],
  "omitted": 1
}
"#
    );
}

#[test]
fn what_was_not_recorded_is_null_or_empty() {
    let value: Value = serde_json::from_str(&Scene::new().rust().to_json(None)).unwrap();
    assert_eq!(value["source"]["kind"], "rust");
    assert_eq!((&value["peak"], &value["churn"], &value["omitted"]), (&Value::Null, &Value::Array(vec![]), &0.into()));
    assert_eq!(value["totals"]["frees"], 0);
}

#[test]
fn top_cuts_holders_and_counts_the_rest_while_totals_stay_whole() {
    let mut scene = two_lines();
    scene.store(5, "a.js:1:1");
    scene.store(6, "b.js:1:1");
    let report = scene.script().with_peak(PeakRows { rows: scene.rows.clone(), ..PeakRows::default() });
    for (top, listed, omitted) in [(None, 3, 0), (Some(9), 3, 0), (Some(2), 2, 1), (Some(0), 0, 3)] {
        let value: Value = serde_json::from_str(&report.to_json(top)).unwrap();
        assert_eq!(value["holders"].as_array().unwrap().len(), listed);
        assert_eq!(value["peak"]["holders"].as_array().unwrap().len(), listed);
        assert_eq!(value["omitted"], omitted);
        assert_eq!(value["totals"]["stores"], 66);
    }
}

#[test]
fn all_classes_are_listed_unless_top_says_how_many() {
    let class = |i: u64| ClassRow { name: format!("Class{i}"), objects: i, shallow: 10, retained: 10_000 - i };
    let heap = HeapRows { classes: (0..1_234).map(class).collect(), ..HeapRows::default() };
    let report = Report::of_heap(Source::snapshot("x"), Rows::default(), heap);
    for (top, listed, omitted) in
        [(None, 1_234, 0), (Some(5_000), 1_234, 0), (Some(200), 200, 1_034), (Some(0), 0, 1_234)]
    {
        let value: Value = serde_json::from_str(&report.to_json(top)).unwrap();
        assert_eq!(value["classes"].as_array().unwrap().len(), listed);
        assert_eq!(value["classes_omitted"], omitted);
    }
    assert!(!session_ids().script().to_json(None).contains("classes"));
}

/// The page that tells users of the format.
fn docs() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/json.md")).expect("it is there")
}

/// The keys of objects, at any depth.
fn keys(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            into.extend(map.keys().cloned());
            map.values().for_each(|value| keys(value, into));
        }
        Value::Array(items) => items.iter().for_each(|value| keys(value, into)),
        _ => {}
    }
}

/// A snapshot with one pool slab, of which nobody knows how much is shown.
fn slab_of_a_snapshot() -> Report {
    let rows = Rows {
        places: vec!["Map sessions → value in app.js".into()],
        stores: vec![StoreRow { id: 1, capacity: 8192, slab: true, born: 9, stands_for: None }],
        views: vec![],
    };
    let step = |text: &str| text.to_owned();
    let path = PathRow {
        at: Some("app.js:7:3".into()),
        constructors: "Buffer".into(),
        example: [".sessions Map @4711", ".table (object elements) @4713", "[3] Buffer @4715"].map(step).to_vec(),
        ..PathRow::default()
    };
    let heap = HeapRows {
        unseen: vec![UnseenRow { store: 1, most: 4095, place: 0 }],
        paths: vec![path],
        classes: vec![ClassRow { name: "Buffer".into(), objects: 1, shallow: 96, retained: 8_376 }],
        ..HeapRows::default()
    };
    Report::of_heap(Source::snapshot("app.heapsnapshot"), rows, heap)
}

#[test]
fn the_page_on_the_format_tells_every_key_and_its_example_is_true() {
    let docs = docs();
    let example = slab_of_a_snapshot().to_json(None);
    assert!(docs.contains(&format!("```json\n{example}```")), "the page should show this:\n{example}");

    // A report that has something of everything.
    let scene = two_lines();
    let overlapping = {
        let mut scene = Scene::new();
        let packet = scene.store(100, "codec.js:2:13");
        scene.view(packet, 0, 24, "codec.js:4:23");
        scene.view(packet, 20, 30, "codec.js:5:24");
        scene.rows
    };
    let place = scene.script().holders[0].place.clone();
    let sites = vec![SiteRow { site: "f.js:1:1".into(), stores: vec![1] }];
    let watched = HeapRows { sites: Some(sites), ..HeapRows::default() };
    let mut growth = scene.script().since(&Scene::new().script());
    growth.stayed = Some(vec![Stayed::default()]);
    let full = scene
        .script()
        .with_peak(PeakRows::default())
        .with_churn(vec![ChurnRow::default()])
        .with_ages([(&*place, Duration::from_secs(1))])
        .with_overlaps(&overlapping)
        .with_growth(growth);
    let mut told = BTreeSet::new();
    for report in [full, Report::of_heap(Source::node("x"), scene.rows, watched), slab_of_a_snapshot()] {
        keys(&serde_json::from_str(&report.to_json(None)).unwrap(), &mut told);
    }
    for key in ["stayed", "overlaps", "oldest_ms", "sites", "net_max", "ranges", "text", "stringified"] {
        assert!(told.contains(key), "the report should have {key}");
    }
    let tables = docs.split("## An example").next().unwrap();
    let missing: Vec<&String> = told.iter().filter(|key| !tables.contains(&format!("`{key}`"))).collect();
    assert!(missing.is_empty(), "{missing:?} are not told");
}

#[test]
fn a_path_with_any_character_comes_back_as_it_was() {
    let place = "C:\\a \"b\"/\n\u{1b}/日本.js:1:1";
    let mut scene = Scene::new();
    scene.store(5, place);
    let value: Value = serde_json::from_str(&scene.script().to_json(None)).unwrap();
    assert_eq!(value["holders"][0]["where"], place);
}

#[test]
fn the_classic_leak_reads_the_same_in_json() {
    let value: Value = serde_json::from_str(&session_ids().script().to_json(None)).unwrap();
    let holder = &value["holders"][0];
    assert_eq!(
        (&holder["net"], &holder["gross"], &holder["frees"]),
        (&16_000.into(), &1_048_576_000.into(), &1_048_560_000.into())
    );
    assert_eq!(holder["advice"]["frees"], 1_048_560_000);
}

#[test]
fn overlaps_are_a_key_of_their_own_when_asked_for() {
    let mut scene = Scene::new();
    let packet = scene.store(100, "codec.js:2:13");
    scene.view(packet, 0, 24, "codec.js:4:23");
    scene.view(packet, 20, 30, "codec.js:5:24");
    let value = |json: String| serde_json::from_str::<Value>(&json).unwrap();
    assert_eq!(value(scene.script().to_json(None)).get("overlaps"), None);
    let report = scene.script().with_overlaps(&scene.rows);
    let overlap = serde_json::json!({
        "where": ["codec.js:4:23", "codec.js:5:24"], "stores": 1, "bytes": 4,
        "ranges": [[0, 24], [20, 50]], "born": "codec.js:2:13",
    });
    assert_eq!(value(report.to_json(None))["overlaps"], Value::Array(vec![overlap]));
    assert_eq!(value(report.to_json(Some(0)))["overlaps"], Value::Array(vec![]));
}
