//! The page: what stands in it, that it is the same every time, and that no name gets out of its place.

use plimsoll_report::{
    ChurnRow, ClassRow, HeapRows, PathRow, PeakRows, Report, Rows, Source, Stayed, StoreRow, UnseenRow, ViewRow,
};
use proptest::prelude::*;
use std::time::Duration;

use crate::scene::{Scene, session_ids, two_lines};

/// The tags of a page in order, each with the names of its attributes: all but texts. Panics where markup is broken or not
/// closed in order.
fn skeleton(page: &str) -> Vec<String> {
    let mut tags = Vec::new();
    let mut open = Vec::new();
    let mut rest = page.strip_prefix("<!doctype html>").expect("a doctype");
    while let Some(at) = rest.find('<') {
        let (tag, after) = split_tag(&rest[at..]);
        rest = after;
        match tag[0].strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name.to_owned()), "closed in order"),
            None if !["meta", "br", "input"].contains(&tag[0].as_str()) && tag.last().unwrap() != "/" => {
                open.push(tag[0].clone())
            }
            None => {}
        }
        if ["style", "script"].contains(&tag[0].as_str()) {
            rest = &rest[rest.find(&format!("</{}", tag[0])).expect("it ends")..];
        }
        tags.push(tag.join(" "));
    }
    assert!(open.is_empty(), "all closed: {open:?}");
    tags
}

/// `<a href="…">` as `["a", "href"]`, and what follows it.
fn split_tag(text: &str) -> (Vec<String>, &str) {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '>' => {
                let words = words.iter().map(|word| word.trim_end_matches('=').to_owned()).collect();
                return (words, &text[at + 1..]);
            }
            '/' if text[at..].starts_with("/>") => words.push("/".into()),
            ' ' | '\n' => words.push(String::new()),
            '<' | '\'' | '&' => panic!("markup within a tag: {}", &text[..text.len().min(200)]),
            c => words.last_mut().unwrap().push(c),
        }
    }
    panic!("a tag does not end: {}", &text[..text.len().min(200)])
}

/// A heap of which every text is one of these names.
fn heap_of(names: &[String]) -> Report {
    let n = names.len() as u32;
    let stores = (0..n)
        .map(|i| StoreRow { id: i.into(), capacity: 1 << (20 + i), slab: false, born: i, stands_for: None })
        .collect();
    let mut views: Vec<ViewRow> = (0..n).map(|i| ViewRow { store: i.into(), offset: 0, len: 10, place: i }).collect();
    views.push(ViewRow { store: 0, offset: 10, len: 100, place: n - 1 });
    let paths = (0..n).map(|place| PathRow {
        place,
        at: Some(names[place as usize].clone()),
        constructors: names[0].clone(),
        example: names.to_vec(),
    });
    let class = |name: &String| ClassRow { name: name.clone(), objects: 1, shallow: 2, retained: 3 };
    let heap = HeapRows { paths: paths.collect(), classes: names.iter().map(class).collect(), ..HeapRows::default() };
    let rows = Rows { places: names.to_vec(), stores, views };
    let mut report = Report::of_heap(Source::snapshot(&names[0]), rows.clone(), heap).with_overlaps(&crossing(names));
    let stayed = names.iter().map(|place| Stayed { place: place.clone(), stores: 1, gross: 2 }).collect();
    let growth = grown(names, &[10, 20, 30, 0, 5], &[10, 25, 0, 40, 9], Some(stayed)).growth.unwrap();
    report = report.with_growth(growth);
    report = report.with_peak(PeakRows { gross: 1 << 30, at_ms: 1, captured_gross: 1 << 29, rows });
    report.with_churn(
        (0_u64..)
            .zip(names)
            .map(|(i, name)| ChurnRow { place: name.clone(), copied: i, ..ChurnRow::default() })
            .collect(),
    )
}

/// Views of the first two names that overlap in part.
fn crossing(names: &[String]) -> Rows {
    let store = StoreRow { id: 1, capacity: 100, slab: false, born: 0, stands_for: None };
    let view = |offset, place| ViewRow { store: 1, offset, len: 20, place };
    Rows { places: names.to_vec(), stores: vec![store], views: vec![view(0, 0), view(10, 1)] }
}

/// What a later look at names that hold so many bytes each says of an earlier one, and what stayed.
fn grown(names: &[String], earlier: &[u64], later: &[u64], stayed: Option<Vec<Stayed>>) -> Report {
    let holds = |sizes: &[u64]| {
        let stores = (0_u32..).zip(sizes).filter(|(_, bytes)| **bytes > 0);
        let stores =
            stores.map(|(i, &capacity)| StoreRow { id: i.into(), capacity, slab: false, born: i, stands_for: None });
        let stores: Vec<StoreRow> = stores.collect();
        let views =
            stores.iter().map(|store| ViewRow { store: store.id, offset: 0, len: 8, place: store.born }).collect();
        let rows = Rows { places: names.to_vec(), stores, views };
        Report::of_heap(Source::snapshot("third.heapsnapshot"), rows, HeapRows::default())
    };
    let report = holds(later);
    let mut growth = report.since(&holds(earlier));
    growth.stayed = stayed;
    report.with_growth(growth)
}

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("</script>".to_owned()),
        Just("<script>alert(1)</script>".to_owned()),
        Just("\" onfocus=\"alert(1)".to_owned()),
        Just("' x='".to_owned()),
        Just("<!--".to_owned()),
        Just("-->".to_owned()),
        Just("</style>".to_owned()),
        Just("&lt;".to_owned()),
        Just("&#x3c;b>".to_owned()),
        Just("]]>".to_owned()),
        Just("`".to_owned()),
        Just("\u{202e}\u{2066}\0\n\r\u{1b}[31m".to_owned()),
        Just("x".repeat(3_000)),
        any::<String>(),
    ];
    prop::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_name_changes_the_markup(mut names in prop::collection::vec(hostile(), 5)) {
        // Distinct, and as plain names in the same order.
        for (i, name) in names.iter_mut().enumerate() {
            name.insert(0, char::from(b'a' + i as u8));
        }
        let plain: Vec<String> = ["a", "b", "c", "d", "e"].map(String::from).to_vec();
        let page = heap_of(&names).to_html(None);
        prop_assert_eq!(skeleton(&page), skeleton(&heap_of(&plain).to_html(None)));
        let acts = page.contains(['\u{202e}', '\u{2066}', '\0', '\u{1b}', '\r']);
        prop_assert!(!acts, "no character that acts");
        prop_assert!(page.len() < 250_000, "long names are cut: {}", page.len());
    }
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let page = || {
        let rows = two_lines().rows;
        let report = Report::new(Source::script("app.js"), rows.clone()).with_overlaps(&rows);
        report.with_ages([("examples/two-lines.js:12:19", Duration::from_secs(90))]).to_html(None)
    };
    assert_eq!(page(), page());
}

#[test]
fn the_page_loads_nothing_and_runs_one_script() {
    let page = session_ids().script().to_html(None);
    for part in ["http:", "https:", "url(", " src=", "@import", "<link", "<iframe", "innerHTML", "eval("] {
        assert!(!page.contains(part), "{part}");
    }
    assert_eq!(page.matches("<script").count(), 1);
    let policy = "content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-";
    assert!(page.find(policy).is_some_and(|at| at < page.find("<title>").unwrap()), "the policy comes first");
}

#[test]
fn the_answer_comes_first_then_the_map_the_list_and_the_holders() {
    let page = session_ids().script().to_html(None);
    let parts = [
        "<h1>Would free 1,000 MiB by changing 1 line</h1>",
        "<div><dt>held</dt><dd>1,000 MiB</dd></div>",
        "<div><dt>shown</dt><dd>16,000 B <small>0.002 %</small></dd></div>",
        "<a class=\"cell\" href=\"#holder-1\" style=\"left:0.000%;top:0.000%;width:100.000%;height:100.000%;--lo:0.00%;--hi:0%\" \
         title=\"examples/session-ids.js:14:20&#10;held 1,000 MiB, shown 16,000 B&#10;would free 1,000 MiB\">",
        "<article class=\"holder\" id=\"holder-1\">",
        "<dt>held</dt><dd>1,000 MiB (1,048,576,000 B)</dd>",
        "<li><bdi dir=\"ltr\">examples/session-ids.js:10:25</bdi>: 1,000 stores, 1,000 MiB</li>",
        "<code>plimsoll.compact(view)</code>",
        "<p>That frees 1,000 MiB.</p>",
        "<td data-v=\"1000\">1,000</td><td data-v=\"1000\">1,000</td><td data-v=\"16000\">16,000 B</td>\
         <td data-v=\"1048576000\">1,000 MiB</td><td data-v=\"1048560000\">1,000 MiB</td><td data-v=\"1048560000\">1,000 MiB</td></tr>",
    ];
    let mut at = 0;
    for part in parts {
        at +=
            page[at..].find(part).unwrap_or_else(|| panic!("{part} is missing, or not in its order:\n{}", &page[at..]));
    }
    for absent in
        ["id=\"growth\"", "id=\"peak\"", "id=\"churn\"", "id=\"overlaps\"", "id=\"classes\"", "<nav>", "oldest", "≤ 0"]
    {
        assert!(!page[..page.find("<footer>").unwrap()].split("</style>").nth(1).unwrap().contains(absent), "{absent}");
    }
}

#[test]
fn what_is_not_known_is_bounded_and_never_made_up() {
    let rows = Rows {
        places: vec!["Map sessions → value".into(), "Server → all".into()],
        stores: vec![
            StoreRow { id: 1, capacity: 8192, slab: true, born: 0, stands_for: None },
            StoreRow { id: 2, capacity: 5000, slab: false, born: 0, stands_for: None },
        ],
        views: vec![],
    };
    let unseen = vec![UnseenRow { store: 1, most: 4095, place: 0 }, UnseenRow { store: 2, most: 5000, place: 1 }];
    let heap = HeapRows { unseen, ..HeapRows::default() };
    let page = Report::of_heap(Source::snapshot("app.heapsnapshot"), rows, heap).to_html(None);
    for part in [
        "<dd>0 B to 9,095 B</dd>",
        "<dt>would free</dt><dd>≥ 4,097 B</dd>",
        "<td data-v=\"4095\">≤ 4,095 B</td><td data-v=\"8192\">8,192 B</td><td data-v=\"4097\">≥ 4,097 B</td><td data-v=\"4097\">≥ 4,097 B</td>",
        "<td data-v=\"5000\">≤ 5,000 B</td><td data-v=\"5000\">5,000 B</td><td data-v=\"\">unknown</td><td data-v=\"\">unknown</td>",
        "<dt>tare</dt><dd>0 B to 5,000 B</dd>\n<dt>would free</dt><dd>unknown</dd>",
        "asks the running program. If they show little:</p>",
        "--lo:0.00%;--hi:49.99%",
        "<p class=\"faint\">That takes 1 Buffer in slabs for what Node",
    ] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
}

#[test]
fn growth_is_a_table_with_signs_and_so_is_what_stayed() {
    let names = ["Map sessions → value", "queue[]", "cache{}", "same[]"].map(String::from);
    let look = |stayed| grown(&names, &[1_000, 500_000, 70, 9], &[200_000, 0, 90, 9], stayed);
    let stayed = |place: &str, stores, gross| Stayed { place: place.into(), stores, gross };
    let page = look(Some(vec![stayed("Map sessions → value", 12, 153_600), stayed("cache{}", 1, 20)])).to_html(None);
    skeleton(&page);
    assert!(page.contains("<a href=\"#holders\">Holders</a>\n<a href=\"#growth\">Growth</a>"), "{page}");
    let section = page.split("id=\"growth\">").nth(1).unwrap().split("</section>").next().unwrap();
    assert!(section.contains("<p>Held 294 KiB less than before: 489 KiB at first, 195 KiB now.</p>"), "{section}");
    let row = |place: &str, cells: &str| format!("<bdi dir=\"ltr\">{place}</bdi>{cells}</tr>");
    let rest = |kind: &str| format!("<span class=\"faint\"></span></td><td class=\"word\">{kind}</td>");
    for row in [
        row(
            &names[0],
            &(rest("path")
                + "<td data-v=\"0\">0</td><td data-v=\"0\">0</td><td data-v=\"1000\">1,000 B</td>\
                   <td data-v=\"200000\">195 KiB</td><td data-v=\"199000\">+194 KiB</td>"),
        ),
        row(
            &names[1],
            &(rest("path")
                + "<td data-v=\"-1\">-1</td><td data-v=\"-1\">-1</td><td data-v=\"500000\">488 KiB</td>\
                   <td data-v=\"0\">0 B</td><td data-v=\"-500000\">-488 KiB</td>"),
        ),
        row(&names[0], "</td><td data-v=\"12\">12</td><td data-v=\"153600\">150 KiB</td>"),
    ] {
        assert!(section.contains(&row), "{row} is missing in {section}");
    }
    assert!(!section.contains(&names[3]), "what holds as much as before is left out: {section}");

    let cut = look(Some(vec![stayed("a", 1, 30), stayed("b", 1, 20)])).to_html(Some(1));
    assert!(cut.contains("Left out: 2 more holders, together -488 KiB"), "{cut}");
    assert!(cut.contains("Left out: 1 more place, held 20 B"), "{cut}");
    assert!(look(Some(vec![])).to_html(None).contains("<p>Nothing that was made between the first and the second"));
    assert!(!look(None).to_html(None).contains("What stayed"));
}

#[test]
fn a_hundred_classes_are_listed_and_the_rest_is_counted() {
    let class = |i: u64| ClassRow { name: format!("Class{i}"), objects: 1, shallow: 10, retained: 10_000 - i };
    let heap = HeapRows { classes: (0..130).map(class).collect(), ..HeapRows::default() };
    let report = Report::of_heap(Source::snapshot("x"), Rows::default(), heap);
    let page = report.to_html(None);
    assert!(page.contains("Class99<") && !page.contains("Class100<"));
    assert!(page.contains("Left out: 30 more classes, 300 B of their own"));
    assert!(report.to_html(Some(129)).contains("Left out: 1 more class, 10 B of their own"));
}

#[test]
fn all_steps_of_a_path_are_there() {
    let rows = Rows {
        places: vec!["list{}.next".into()],
        stores: vec![StoreRow { id: 1, capacity: 5_000, slab: false, born: 0, stands_for: None }],
        views: vec![ViewRow { store: 1, offset: 0, len: 10, place: 0 }],
    };
    let example = (0..90).map(|i| format!("next Node @{i}")).collect();
    let heap = HeapRows { paths: vec![PathRow { example, ..PathRow::default() }], ..HeapRows::default() };
    let page = Report::of_heap(Source::snapshot("x"), rows, heap).to_html(None);
    assert_eq!(page.matches(">next Node @").count(), 90);
}

#[test]
fn a_page_without_holders_is_whole() {
    let page = Report::new(Source::rust("app"), Rows::default()).to_html(None);
    assert!(page.contains("<h1>Nothing to free: held 0 B</h1>"));
    let tags = skeleton(&page);
    assert!(!tags.iter().any(|tag| tag.starts_with("table") || tag.starts_with("aside")), "{tags:?}");
}

#[test]
fn extreme_sizes_leave_the_map_whole() {
    for capacities in [[u64::MAX, 1], [u64::MAX, u64::MAX], [1, 0], [1 << 62, 3], [0, 0]] {
        let mut scene = Scene::new();
        for (i, capacity) in capacities.into_iter().enumerate() {
            let store = scene.store(capacity, "a.js:1:1");
            scene.view(store, 0, capacity / 2, &format!("a.js:{}:1", i + 2));
        }
        let page = scene.script().to_html(None);
        skeleton(&page);
        assert!(!page.contains("NaN%") && !page.contains("inf%"), "{capacities:?}: {page}");
        for part in page.split("style=\"left:").skip(1) {
            let ends: Vec<f64> = part
                .split('"')
                .next()
                .unwrap()
                .split([':', ';'])
                .filter_map(|n| n.strip_suffix('%')?.parse().ok())
                .collect();
            assert!(ends[0] + ends[2] <= 100.001 && ends[1] + ends[3] <= 100.001, "{capacities:?}: {ends:?}");
        }
    }
}

/// Holders of which the second half frees nothing and holds most.
fn many(n: u64) -> Report {
    let mut scene = Scene::new();
    for i in 0..n {
        let (capacity, len) = if i < n / 2 { (10_000, 10) } else { (20_000 + i, 20_000 + i) };
        let store = scene.store(capacity, "a.js:1:1");
        scene.view(store, 0, len, &format!("a.js:{}:1", i + 2));
    }
    scene.script()
}

#[test]
fn a_large_report_is_cut_and_what_is_left_out_is_counted() {
    let report = many(3_000);
    let page = report.to_html(None);
    skeleton(&page);
    assert!(page.len() < 1_500_000, "{}", page.len());
    let cells: Vec<&str> =
        page.split("class=\"cell\" href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    // What holds most is in the map, though it stands beyond the 500th row; whoever is in the map has a row and an article.
    assert_eq!(cells.len(), 120);
    for cell in &cells {
        assert!(page.contains(&format!("id=\"{cell}\"")), "{cell}");
        assert_eq!(page.matches(&format!("href=\"#{cell}\"")).count(), 2, "{cell}");
    }
    assert_eq!(page.matches("<article").count(), 620);
    let listed: u64 = report.holders[..500].iter().map(|holder| holder.gross).sum();
    let mapped: u64 = (2_880..3_000).map(|i| 20_000 + i).sum();
    let omitted = plimsoll_report::size(report.totals.gross - listed - mapped);
    let text =
        format!("Left out: 2,380 more holders: held {omitted}, would free {}", plimsoll_report::size(1_000 * 9_990));
    assert!(page.contains(&text), "{text}");
    assert!(page.contains("2,880 smaller holders"));
}

#[test]
fn top_cuts_all_tables_as_it_is_told() {
    let page = many(40).to_html(Some(3));
    assert_eq!(page.matches("<article").count(), 3);
    assert_eq!(page.matches("class=\"cell\" ").count(), 3);
    assert!(page.contains("37 smaller holders") && page.contains("Left out: 37 more holders"));
    skeleton(&many(40).to_html(Some(0)));
}
