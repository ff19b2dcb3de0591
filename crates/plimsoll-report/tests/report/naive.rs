//! Random rows, played against a model that is too simple to be wrong: a bitmap for each store, a set of texts for each
//! holder.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use plimsoll_report::{
    HeapRows, Holder, Kind, Net, Overlaps, Report, Rows, Source, StoreRow, TextOptions, UnseenRow, ViewRow,
};
use proptest::collection::vec;
use proptest::prelude::*;

const TEXTS: [&str; 6] = ["a.js:1:1", "b.js:2:2", "a.js:1:1", "long/way/down/c.js:3:3", "", "<eval>"];

fn rows() -> impl Strategy<Value = Rows> {
    // Ids lie close together, in steps, or far apart.
    let spread = prop_oneof![Just(1_u64), Just(64), Just(0x9e37_79b9_7f4a_7c15)];
    let stores = vec((0..8_u64, 0..60_u64, any::<bool>(), 0..7_u32), 0..10);
    let views = vec((0..10_u64, 0..80_u64, 0..40_u64, 0..7_u32), 0..60);
    (spread, 0..3_u64, stores, views).prop_map(|(spread, base, stores, views)| {
        let id = |n: u64| base.wrapping_add(n.wrapping_mul(spread));
        Rows {
            places: TEXTS.map(String::from).to_vec(),
            stores: stores
                .into_iter()
                .map(|(n, capacity, slab, born)| StoreRow { id: id(n), capacity, slab, born, stands_for: None })
                .collect(),
            views: views
                .into_iter()
                .map(|(n, offset, len, place)| ViewRow { store: id(n), offset, len, place })
                .collect(),
        }
    })
}

#[derive(Debug, Default, PartialEq)]
struct Sums {
    views: u64,
    stores: u64,
    net: u64,
    gross: u64,
    frees: u64,
    slabs: (u64, u64, u64),
    survivors: u64,
    born: BTreeMap<String, (u64, u64)>,
    shown: BTreeMap<String, u64>,
}

type Model = BTreeMap<(Kind, BTreeSet<String>), Sums>;

fn model(rows: &Rows) -> Model {
    let text = |place: u32| rows.places.get(place as usize).map_or("<unknown>", String::as_str).to_string();
    let mut seen = BTreeSet::new();
    let mut holders = Model::new();
    for store in &rows.stores {
        if !seen.insert(store.id) {
            continue;
        }
        let mut bitmap = vec![false; store.capacity as usize];
        let mut shown: BTreeMap<String, u64> = BTreeMap::new();
        let mut views = 0;
        for view in rows.views.iter().filter(|view| view.store == store.id) {
            views += 1;
            let shows = shown.entry(text(view.place)).or_default();
            for byte in bitmap.iter_mut().skip(view.offset as usize).take(view.len as usize) {
                *byte = true;
                *shows += 1;
            }
        }
        let key = match views {
            0 => (Kind::Store, BTreeSet::from([text(store.born)])),
            _ => (Kind::Site, shown.keys().cloned().collect()),
        };
        let net = bitmap.iter().filter(|shown| **shown).count() as u64;
        let sums = holders.entry(key).or_default();
        sums.views += views;
        sums.stores += 1;
        sums.net += net;
        sums.gross += store.capacity;
        sums.frees += if views == 0 { 0 } else { store.capacity.saturating_sub(shown.values().sum()) };
        if store.slab {
            sums.slabs.0 += 1;
            sums.slabs.1 += store.capacity;
            sums.slabs.2 += net;
            sums.survivors += views;
        }
        let born = sums.born.entry(text(store.born)).or_default();
        born.0 += 1;
        born.1 += store.capacity;
        for (place, bytes) in shown {
            *sums.shown.entry(place).or_default() += bytes;
        }
    }
    holders
}

/// What the report says of a holder, in the model's form. Which place shows how much is not in a report.
fn told(holder: &Holder) -> Sums {
    Sums {
        views: holder.views,
        stores: holder.stores,
        net: holder.net.known().unwrap(),
        gross: holder.gross,
        frees: holder.frees.unwrap(),
        slabs: (holder.slabs.count, holder.slabs.gross, holder.slabs.net),
        survivors: holder.survivors,
        born: holder.born.iter().map(|born| (born.place.clone(), (born.stores, born.gross))).collect(),
        shown: BTreeMap::new(),
    }
}

/// A store that stands for three, as three.
fn expanded(rows: &Rows) -> Rows {
    let mut all = Rows { places: rows.places.clone(), ..Rows::default() };
    let mut seen = BTreeSet::new();
    for store in rows.stores.iter().filter(|store| seen.insert(store.id)) {
        for _ in 0..store.stands_for.map_or(1, |n| n.get()) {
            let id = all.stores.len() as u64;
            all.stores.push(StoreRow { id, stands_for: None, ..*store });
            all.views.extend(
                rows.views.iter().filter(|view| view.store == store.id).map(|view| ViewRow { store: id, ..*view }),
            );
        }
    }
    all
}

/// Pairs of places whose views share bytes of a store that only one of them shows more of on the left, the other on the right.
fn crossings(rows: &Rows) -> BTreeMap<(String, String), (u64, u64)> {
    let text = |place: u32| rows.places.get(place as usize).map_or("<unknown>", String::as_str).to_string();
    let mut pairs: BTreeMap<(String, String), (u64, u64)> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for store in rows.stores.iter().filter(|store| seen.insert(store.id)) {
        let mut here: BTreeMap<(String, String), u64> = BTreeMap::new();
        let bytes = |view: &ViewRow| -> BTreeSet<u64> {
            (view.offset..view.offset + view.len).filter(|&byte| byte < store.capacity).collect()
        };
        let views: Vec<_> = rows.views.iter().filter(|view| view.store == store.id).collect();
        for (a, b) in views.iter().flat_map(|a| views.iter().map(move |b| (a, b))) {
            let (place, other) = (text(a.place), text(b.place));
            let (these, those) = (bytes(a), bytes(b));
            let shared = these.intersection(&those).count() as u64;
            if place < other && shared > 0 && !these.is_subset(&those) && !those.is_subset(&these) {
                let most = here.entry((place, other)).or_default();
                *most = shared.max(*most);
            }
        }
        for (pair, most) in here {
            let sum = pairs.entry(pair).or_default();
            *sum = (sum.0 + 1, sum.1.max(most));
        }
    }
    pairs
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_store_that_stands_for_several_counts_as_often(mut rows in rows(), times in vec(0..4_u32, 10)) {
        for (store, times) in rows.stores.iter_mut().zip(times) {
            store.stands_for = std::num::NonZeroU32::new(times);
        }
        let all = Report::new(Source::script("app.js"), expanded(&rows));
        prop_assert_eq!(Report::new(Source::script("app.js"), rows), all);
    }

    #[test]
    fn views_that_cross_are_found(rows in rows()) {
        let overlaps = Overlaps::of(&rows);
        prop_assert!(overlaps.complete);
        let mut found = BTreeMap::new();
        for pair in overlaps.pairs {
            let [a, b] = &pair.ranges;
            prop_assert_eq!(a.end.min(b.end) - a.start.max(b.start), pair.bytes);
            let [first, second] = pair.places;
            found.insert((first, second), (pair.stores, pair.bytes));
        }
        prop_assert_eq!(found, crossings(&rows));
    }
}

/// How many bytes of a store the views show.
fn covered(store: &StoreRow, views: &[ViewRow]) -> u64 {
    let shown =
        |byte| views.iter().any(|view| view.store == store.id && (view.offset..view.offset + view.len).contains(&byte));
    (0..store.capacity).filter(|&byte| shown(byte)).count() as u64
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn what_is_hidden_widens_the_bounds_and_no_more(mut rows in rows(), hidden in vec(any::<bool>(), 60), more in 0..20_u64) {
        let all = Report::of_heap(Source::node("x"), rows.clone(), HeapRows::default());
        let mut hidden = hidden.into_iter();
        let (unseen, seen): (Vec<ViewRow>, Vec<ViewRow>) = rows.views.iter().partition(|_| hidden.next() == Some(true));
        let unseen: Vec<UnseenRow> =
            unseen.iter().map(|view| UnseenRow { store: view.store, most: view.len + more, place: view.place }).collect();
        let mut ids = BTreeSet::new();
        let open = rows.stores.iter().filter(|store| ids.insert(store.id)).any(|store| {
            let matters = |row: &UnseenRow| row.store == store.id && row.most > 0;
            unseen.iter().any(matters) && covered(store, &seen) < store.capacity
        });
        rows.views = seen;
        let part = Report::of_heap(Source::node("x"), rows, HeapRows { unseen, ..HeapRows::default() });
        prop_assert_eq!(part.totals.net.known().is_none(), open);
        prop_assert_eq!(part.totals.frees.is_none(), open);

        let set = |holder: &Holder| (holder.kind, holder.places().map(String::from).collect::<BTreeSet<_>>());
        let exact: BTreeMap<_, &Holder> = all.holders.iter().map(|holder| (set(holder), holder)).collect();
        prop_assert_eq!(exact.len(), part.holders.len());
        for holder in &part.holders {
            let exact = exact[&set(holder)];
            let (net, frees) = (exact.net.known().unwrap(), exact.frees.unwrap());
            match holder.net {
                Net::Exact(known) => prop_assert_eq!((known, holder.frees), (net, Some(frees))),
                Net::Between { min, max } => {
                    prop_assert!(min < max && min <= net && net <= max, "{} not in {} to {}", net, min, max);
                    prop_assert_eq!(holder.frees, None);
                }
            }
            prop_assert!(holder.frees_at_least <= frees);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn the_arithmetic_agrees_with_the_model(rows in rows()) {
        let mut expected = model(&rows);
        let report = Report::new(Source::script("app.js"), rows);
        prop_assert_eq!(report.holders.len(), expected.len());

        for holder in &report.holders {
            let set: BTreeSet<String> = holder.places().map(String::from).collect();
            let mut sums = expected.remove(&(holder.kind, set)).expect("the model knows the holder");
            let shown = std::mem::take(&mut sums.shown);
            prop_assert_eq!(told(holder), sums);
            let least = shown.iter().min_by_key(|(place, bytes)| (**bytes, (*place).clone()));
            prop_assert!(least.is_none_or(|(place, _)| *place == holder.place));
            prop_assert!(holder.with.is_sorted());
            prop_assert!(holder.born.is_sorted_by_key(|born| (Reverse(born.gross), born.place.clone())));
        }

        let sum = |of: fn(&Holder) -> u64| report.holders.iter().map(of).sum::<u64>();
        let totals = &report.totals;
        prop_assert_eq!((totals.views, totals.stores, totals.gross), (sum(|h| h.views), sum(|h| h.stores), sum(|h| h.gross)));
        prop_assert_eq!(totals.net, Net::Exact(sum(|h| h.net.known().unwrap())));
        prop_assert_eq!(totals.frees, Some(sum(|h| h.frees.unwrap())));
        prop_assert_eq!(totals.slabs.gross, sum(|h| h.slabs.gross));
        let order = |h: &Holder| (Reverse(h.frees), Reverse(h.gross), h.place.clone(), h.with.clone(), h.kind);
        prop_assert!(report.holders.is_sorted_by_key(order));
    }

    #[test]
    fn the_order_of_the_views_does_not_matter(rows in rows(), turn in 0..60_usize) {
        let mut turned = rows.clone();
        let middle = turn % turned.views.len().max(1);
        turned.views.rotate_left(middle);
        prop_assert_eq!(Report::new(Source::script("app.js"), rows), Report::new(Source::script("app.js"), turned));
    }

    #[test]
    fn no_line_of_text_is_longer_than_asked_for(
        rows in rows(),
        scale in prop_oneof![Just(1_u64), Just(10_000), Just(u64::MAX / 3)],
        places in vec("(/?[a-zA-Z日é._-]{0,30}){1,6}:[0-9]{1,5}:[0-9]{1,3}", 6),
        width in 60..120_usize,
    ) {
        let mut rows = rows;
        rows.places = places;
        for store in &mut rows.stores {
            store.capacity = store.capacity.saturating_mul(scale);
        }
        for source in [Source::script("app.js"), Source::rust("app")] {
            let text = Report::new(source, rows.clone()).text(&TextOptions { width: Some(width), ..TextOptions::default() });
            for line in text.lines() {
                let columns: usize = line.chars().map(|c| if c == '日' { 2 } else { 1 }).sum();
                prop_assert!(columns <= width.max(72), "{} columns: {}", columns, line);
            }
        }
    }
}
