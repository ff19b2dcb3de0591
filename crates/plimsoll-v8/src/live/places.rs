//! Words for views of which nothing is known but what they are: their class, their size, and the size of their store.
//!
//! A report's holder is the exact set of places that keep a store alive. So the words are few: sizes that occur often are
//! told exactly, the others by range.

use super::quick::{Store, View};
use plimsoll_report::size;
use std::collections::HashMap;

/// A capacity that so many stores have is told exactly.
const OFTEN: u64 = 16;

/// A pattern with up to so many sizes of views tells each.
const FEW: usize = 4;

/// The place of each view, of each store's birth, and their texts.
pub(crate) struct Places {
    pub(crate) texts: Vec<String>,
    pub(crate) views: Vec<u32>,
    pub(crate) born: Vec<u32>,
}

/// A capacity, as it is told: both ends are the same if it is told exactly.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Range {
    from: u64,
    to: u64,
}

/// What views have in common that are told by one text, or by a few.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Pattern {
    Slab { class: usize },
    Whole { class: usize, capacity: Range },
    Part { class: usize, capacity: Range },
}

/// Words for all views of `stores`.
pub(crate) fn places(stores: &[Store], views: &[View], classes: &[String]) -> Places {
    let mut often: HashMap<u64, (u64, u64)> = HashMap::new();
    let mut gross = 0_u64;
    for store in stores {
        let (count, sum) = often.entry(store.capacity).or_default();
        *count += 1;
        *sum = sum.saturating_add(store.capacity);
        gross = gross.saturating_add(store.capacity);
    }
    let told = |capacity: u64| match often.get(&capacity) {
        Some(&(count, sum)) if count >= OFTEN || sum >= gross / 16 => Range { from: capacity, to: capacity },
        _ => power_range(capacity),
    };
    let pattern = |view: &View| {
        let (store, class) = (&stores[view.store], view.class);
        match (store.slab, told(store.capacity)) {
            (true, _) => Pattern::Slab { class },
            (false, capacity) if view.len == store.capacity => Pattern::Whole { class, capacity },
            (false, capacity) => Pattern::Part { class, capacity },
        }
    };

    // The sizes of each pattern: a few, or the smallest and the largest.
    let mut sizes: HashMap<Pattern, (Vec<u64>, Range)> = HashMap::new();
    for view in views {
        let first = || (Vec::new(), Range { from: view.len, to: view.len });
        let (few, range) = sizes.entry(pattern(view)).or_insert_with(first);
        range.from = range.from.min(view.len);
        range.to = range.to.max(view.len);
        if few.len() <= FEW && !few.contains(&view.len) {
            few.push(view.len);
        }
    }

    let mut texts = Texts::default();
    let of_views = views.iter().map(|view| {
        let pattern = pattern(view);
        let class = &classes[view.class];
        let sizes = sizes.get(&pattern);
        let shown = match sizes {
            Some((few, range)) if few.len() > FEW => *range,
            _ => Range { from: view.len, to: view.len },
        };
        match pattern {
            Pattern::Slab { .. } => {
                texts.number((pattern, Range { from: 0, to: 0 }), || format!("{class} in pool slabs"))
            }
            Pattern::Whole { capacity, .. } => {
                texts.number((pattern, capacity), || format!("{class} of {}", span(capacity)))
            }
            Pattern::Part { capacity, .. } => {
                texts.number((pattern, shown), || format!("{class} of {} in stores of {}", span(shown), span(capacity)))
            }
        }
    });
    let of_views = of_views.collect();

    let mut names = Names { texts: texts.texts, numbers: HashMap::new() };
    let born = stores.iter().map(|store| {
        let what = match store {
            Store { slab: true, .. } => "pool slab",
            Store { shared: true, .. } => "SharedArrayBuffer",
            Store { resizable: true, .. } => "resizable ArrayBuffer",
            _ => "ArrayBuffer",
        };
        names.number((what, told(store.capacity)))
    });
    let born = born.collect();
    Places { texts: names.texts, views: of_views, born }
}

/// The texts of views so far, by what they tell.
#[derive(Default)]
struct Texts {
    texts: Vec<String>,
    numbers: HashMap<(Pattern, Range), u32>,
}

impl Texts {
    fn number(&mut self, key: (Pattern, Range), text: impl FnOnce() -> String) -> u32 {
        *self.numbers.entry(key).or_insert_with(|| {
            self.texts.push(text());
            (self.texts.len() - 1) as u32
        })
    }
}

/// The texts of stores, after those of views.
struct Names {
    texts: Vec<String>,
    numbers: HashMap<(&'static str, Range), u32>,
}

impl Names {
    fn number(&mut self, key: (&'static str, Range)) -> u32 {
        *self.numbers.entry(key).or_insert_with(|| {
            self.texts.push(format!("{} of {}", key.0, span(key.1)));
            (self.texts.len() - 1) as u32
        })
    }
}

/// From one power of two to the next.
fn power_range(bytes: u64) -> Range {
    let to = bytes.checked_next_power_of_two().unwrap_or(u64::MAX);
    Range { from: to / 2, to }
}

fn span(Range { from, to }: Range) -> String {
    if from == to { short(from) } else { format!("{} to {}", short(from), short(to)) }
}

/// A size the way a developer writes it: `64 KiB` where the report says `65,536 B`.
fn short(bytes: u64) -> String {
    if (1024..1 << 20).contains(&bytes) && bytes.is_multiple_of(1024) {
        format!("{} KiB", bytes >> 10)
    } else {
        size(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(capacity: u64) -> Store {
        Store { capacity, slab: false, resizable: false, shared: false, memory: None }
    }

    fn view(store: usize, len: u64) -> View {
        View { store, offset: 0, len, class: 0 }
    }

    fn texts(stores: &[Store], views: &[View]) -> Vec<String> {
        let places = places(stores, views, &["Buffer".into()]);
        places.views.iter().map(|&place| places.texts[place as usize].clone()).collect()
    }

    #[test]
    fn a_view_is_told_by_its_class_its_size_and_its_store() {
        let slab = Store { slab: true, ..store(8192) };
        let stores = [store(65_536), store(65_536), slab];
        let views = [view(0, 16), view(1, 65_536), view(2, 10), view(2, 100)];
        assert_eq!(
            texts(&stores, &views),
            ["Buffer of 16 B in stores of 64 KiB", "Buffer of 64 KiB", "Buffer in pool slabs", "Buffer in pool slabs"]
        );
    }

    #[test]
    fn many_sizes_become_a_range() {
        let stores: Vec<_> = (0..1000).map(|i| store(40_000 + i)).collect();
        let views: Vec<_> = (0..1000).map(|i| view(i, 10 + i as u64 % 5)).collect();
        for text in texts(&stores, &views) {
            assert_eq!(text, "Buffer of 10 B to 14 B in stores of 32 KiB to 64 KiB");
        }
    }

    #[test]
    fn stores_are_told_by_what_they_are() {
        let stores = [Store { shared: true, ..store(100) }, Store { slab: true, ..store(8192) }];
        let places = places(&stores, &[], &[]);
        let born: Vec<_> = places.born.iter().map(|&place| places.texts[place as usize].as_str()).collect();
        assert_eq!(born, ["SharedArrayBuffer of 64 B to 128 B", "pool slab of 8 KiB"]);
    }
}
