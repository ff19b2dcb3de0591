//! Overlaps: views of different lines that share some of their bytes, and neither has all of the other's.

use std::collections::HashMap;
use std::ops::Range;

use crate::advice::number;
use crate::arithmetic::{Piece, Places, Shelves};
use crate::rows::Rows;
use crate::size::{count, grouped, size};
use crate::table::{Row, Table};
use crate::text::Page;

/// How many pairs of views are looked at before the search is given up: a second's work or so.
const MOST_PAIRS: u64 = 50_000_000;

/// Live views of different places that overlap **in part**: they share bytes, and neither shows all that the other does.
///
/// A view cut from another lies within it, which is usual and not told. Two that cross each other's ends are usually a mistake
/// with an offset, which nothing checks at run time: a write through one changes a part of the other.
///
/// ```
/// use plimsoll_report::{Overlaps, Rows, StoreRow, ViewRow};
///
/// let view = |offset, len, place| ViewRow { store: 1, offset, len, place };
/// let rows = Rows {
///     places: vec!["a.js:1:13".into(), "a.js:2:18".into(), "a.js:3:16".into()],
///     stores: vec![StoreRow { id: 1, capacity: 100, slab: false, born: 0, stands_for: None }],
///     views: vec![view(0, 100, 0), view(0, 24, 1), view(20, 50, 2)],
/// };
/// let overlaps = Overlaps::of(&rows);
/// assert_eq!(overlaps.pairs[0].places, ["a.js:2:18", "a.js:3:16"]);
/// assert_eq!(overlaps.pairs[0].ranges, [0..24, 20..70]);
/// assert_eq!((overlaps.pairs.len(), overlaps.pairs[0].bytes), (1, 4));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Overlaps {
    /// The pairs of places, most stores first, then most bytes, then in text order.
    pub pairs: Vec<Overlap>,
    /// Whether all views were looked at. The search ends after some fifty million pairs.
    pub complete: bool,
}

/// Two places whose views overlap in part.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Overlap {
    /// The two, in text order.
    pub places: [String; 2],
    /// How many stores that happens in. Sampled ones count once: what is told here was seen.
    pub stores: u64,
    /// How many bytes they share where they share most.
    pub bytes: u64,
    /// The bytes of the store that two such views show, in the order of `places`: those that share most.
    pub ranges: [Range<u64>; 2],
    /// Where that store was born.
    pub born: String,
}

/// What is known of a pair so far. `last` is the store that it was seen in last.
struct Seen {
    stores: u64,
    last: usize,
    bytes: u64,
    ranges: [(u64, u64); 2],
    born: u32,
}

impl Overlaps {
    /// Looks for them in rows. Views within each store are sorted; then each is compared with those that it shares bytes with.
    pub fn of(rows: &Rows) -> Overlaps {
        Self::within(rows, MOST_PAIRS)
    }

    fn within(rows: &Rows, most_pairs: u64) -> Overlaps {
        let places = Places::new(&rows.places);
        let shelves = Shelves::new(rows, None);
        let mut found: HashMap<(usize, usize), Seen> = HashMap::new();
        let mut budget = most_pairs;
        let mut begin = 0;
        let mut own: Vec<(u64, u64, usize)> = Vec::new();
        let mut open: Vec<(u64, u64, usize)> = Vec::new();
        'stores: for (number, (store, &end)) in shelves.stores.iter().zip(&shelves.ends).enumerate() {
            let these = &shelves.pieces[begin..end];
            begin = end;
            own.clear();
            let piece = |piece: &Piece| (piece.start, piece.end, places.rank(piece.place));
            own.extend(these.iter().map(piece).filter(|(start, end, _)| start < end));
            // The same bytes shown by the same place many times over say nothing new.
            own.sort_unstable();
            own.dedup();
            open.clear();
            for &(start, end, rank) in &own {
                open.retain(|&(_, open_end, _)| open_end > start);
                for &(first, first_end, first_rank) in &open {
                    let Some(left) = budget.checked_sub(1) else { break 'stores };
                    budget = left;
                    // Sorted by start, so `first <= start < first_end`: each must reach where the other does not.
                    if first_rank == rank || first == start || first_end >= end {
                        continue;
                    }
                    let bytes = first_end - start;
                    let (pair, ranges) = match first_rank < rank {
                        true => ((first_rank, rank), [(first, first_end), (start, end)]),
                        false => ((rank, first_rank), [(start, end), (first, first_end)]),
                    };
                    let new = || Seen { stores: 0, last: usize::MAX, bytes: 0, ranges, born: store.born };
                    let seen = found.entry(pair).or_insert_with(new);
                    seen.stores += u64::from(seen.last != number);
                    seen.last = number;
                    if bytes > seen.bytes {
                        (seen.bytes, seen.ranges, seen.born) = (bytes, ranges, store.born);
                    }
                }
                open.push((start, end, rank));
            }
        }

        let name = |rank: usize| places.names[rank].to_string();
        let mut pairs: Vec<Overlap> = found
            .into_iter()
            .map(|((a, b), seen)| Overlap {
                places: [name(a), name(b)],
                stores: seen.stores,
                bytes: seen.bytes,
                ranges: seen.ranges.map(|(start, end)| start..end),
                born: name(places.rank(seen.born)),
            })
            .collect();
        pairs.sort_by(|a, b| (b.stores, b.bytes).cmp(&(a.stores, a.bytes)).then_with(|| a.places.cmp(&b.places)));
        Overlaps { pairs, complete: budget > 0 }
    }
}

impl Page {
    pub(crate) fn overlaps(&mut self, overlaps: &Overlaps, top: usize) {
        self.blank();
        let (listed, omitted) = overlaps.pairs.split_at(top.min(overlaps.pairs.len()));
        if overlaps.pairs.is_empty() {
            self.line("No views of different lines overlap in part.");
        }
        if !listed.is_empty() {
            let cells = |pair: &Overlap| [count(pair.stores), size(pair.bytes)];
            let rows: Vec<Row<2>> =
                listed.iter().map(|pair| Row { name: &pair.places[0], cells: cells(pair) }).collect();
            let table = Table::new(["stores", "shared"], &rows, self.most);
            let head = self.ink.faint(&table.head("overlap in part"));
            self.line(&head);
            for (pair, row) in listed.iter().zip(&rows) {
                let text = table.row(row, false, &self.ink);
                self.line(&text);
                let [a, b] = &pair.ranges;
                self.below("and ", &pair.places[1], "");
                let bytes = |range: &Range<u64>| format!("{}..{}", grouped(range.start), grouped(range.end));
                self.below(&format!("bytes {} and {} of a store born at ", bytes(a), bytes(b)), &pair.born, "");
            }
        }
        if !omitted.is_empty() {
            self.blank();
            self.line(&number(omitted.len() as u64, "omitted pair"));
        }
        if !overlaps.complete {
            self.line("There are too many views to compare them all.");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{StoreRow, ViewRow};

    #[test]
    fn a_search_that_takes_too_long_says_so() {
        let rows = Rows {
            places: vec!["a".into(), "b".into()],
            stores: vec![StoreRow { id: 0, capacity: 1000, slab: false, born: 0, stands_for: None }],
            views: (0..100).map(|i| ViewRow { store: 0, offset: i, len: 200, place: (i % 2) as u32 }).collect(),
        };
        let all = Overlaps::within(&rows, 5_000);
        assert!(all.complete && all.pairs.len() == 1, "{all:?}");
        assert!(!Overlaps::within(&rows, 100).complete);
    }
}
