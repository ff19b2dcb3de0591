//! The pairs of edges by which a snapshot says that a WeakMap's value lives as long as its key and the map.
//!
//! Both are internal edges to the value, from the key and from the map's table, named
//! `N / part of key (K @k) -> value (V @v) pair in WeakMap (table @t)`; only N differs.

use crate::bits::Bits;
use crate::heap::{EdgeKind, Heap, kind_of};
use std::collections::HashMap;

/// The strings that name such edges.
#[derive(Debug, Default)]
pub(crate) struct WeakPairs {
    is_name: Bits,
    /// By string, in ascending order.
    names: Vec<Name>,
    pairs: u32,
}

#[derive(Clone, Copy, Debug)]
struct Name {
    string: u32,
    /// The same for both edges of a pair.
    pair: u32,
    /// The id of the table.
    table: u64,
}

impl WeakPairs {
    pub(crate) fn of(heap: &Heap) -> Self {
        let mut pairs = HashMap::new();
        let mut names = Vec::new();
        let mut is_name = Bits::new(heap.strings.len() as usize);
        for (string, text) in (0..).zip(heap.strings.iter()) {
            let Some((same, table)) = parse(text) else { continue };
            let next = pairs.len() as u32;
            let pair = *pairs.entry(same).or_insert(next);
            names.push(Name { string, pair, table });
            is_name.set(string);
        }
        let pairs = pairs.len() as u32;
        WeakPairs { is_name, names, pairs }
    }

    /// How many different pairs there are.
    pub(crate) fn count(&self) -> u32 {
        self.pairs
    }

    fn name(&self, heap: &Heap, edge: u32) -> Option<Name> {
        if kind_of(heap.edge_names[edge as usize]) != EdgeKind::Internal {
            return None;
        }
        let string = heap.edge_number(edge);
        if !self.is_name.has(string) {
            return None;
        }
        let at = self.names.binary_search_by_key(&string, |name| name.string).ok()?;
        Some(self.names[at])
    }

    /// The number of the pair that the edge belongs to.
    #[inline]
    pub(crate) fn pair(&self, heap: &Heap, edge: u32) -> Option<u32> {
        self.name(heap, edge).map(|name| name.pair)
    }

    /// Whether the edge is the table's half of a pair.
    #[inline]
    pub(crate) fn is_tables_half(&self, heap: &Heap, source: u32, edge: u32) -> bool {
        self.name(heap, edge).is_some_and(|name| name.table == u64::from(heap.id(source)))
    }
}

/// What both names of a pair have in common, and the table's id.
fn parse(name: &str) -> Option<(&str, u64)> {
    // Most names fail here.
    if !name.ends_with(')') || !name.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let same = name.trim_start_matches(|digit: char| digit.is_ascii_digit());
    let rest = same.strip_prefix(" / part of key (")?.strip_suffix(')')?;
    let (rest, table) = rest.rsplit_once(") pair in WeakMap (table @")?;
    let table = id(table)?;
    // `K @k) -> value (V @v`, where K and V may be anything but line ends.
    if rest.contains(['\n', '\r', '\u{2028}', '\u{2029}']) {
        return None;
    }
    let ends_with_id = |text: &str| text.rsplit_once(" @").is_some_and(|(_, digits)| id(digits).is_some());
    let mut from = 0;
    while let Some(at) = rest[from..].find(") -> value (") {
        let (key, value) = (&rest[..from + at], &rest[from + at + ") -> value (".len()..]);
        if ends_with_id(key) && ends_with_id(value) {
            return Some((same, table));
        }
        from += at + 1;
    }
    None
}

/// A number of digits alone.
fn id(digits: &str) -> Option<u64> {
    let all = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    all.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn names_of_pairs() {
        let pair = " / part of key (Object @1) -> value ({a, b} @22) pair in WeakMap (table @333)";
        assert_eq!(parse(&format!("2{pair}")), Some((pair, 333)));
        assert_eq!(parse(&format!("12{pair}")), Some((pair, 333)));
        assert_eq!(parse(pair), None);
        assert_eq!(parse(&format!("2{pair} ")), None);
        let nested = " / part of key (a) -> value ( @1) -> value (x) -> value (y @2) pair in WeakMap (table @3)";
        assert_eq!(parse(&format!("1{nested}")), Some((nested, 3)));
        assert_eq!(parse("1 / part of key (a) -> value (b @2) pair in WeakMap (table @3)"), None);
        assert_eq!(parse("1 / part of key (a\n @1) -> value (b @2) pair in WeakMap (table @3)"), None);
        assert_eq!(parse("1 / part of key (a @1) -> value (b @2) pair in WeakMap (table @)"), None);
    }
}
