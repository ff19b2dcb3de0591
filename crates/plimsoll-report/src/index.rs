//! From a store's id to its number among the stores.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::rows::StoreRow;

/// From a store's id to its number.
///
/// Ids are counters or addresses. Where they lie close together, seen in their common step, a bit for each step tells where
/// stores are, and a store's number is how many there are before it: mostly a fraction of a hash table's memory, in the order of
/// addresses.
pub(crate) enum Index {
    Close { least: u64, shift: u32, words: Vec<Word> },
    Apart(HashMap<u64, usize, Quick>),
}

/// Sixty-four steps.
#[derive(Clone, Copy, Default)]
pub(crate) struct Word {
    bits: u64,
    /// How many stores there are before these steps.
    before: usize,
}

/// The number of no store.
const NONE: usize = usize::MAX;

/// So many steps there may be to a store: 64 bytes.
const SPARSE: usize = 256;

impl Index {
    /// Numbers stores. They are returned in the order of their numbers; of those with the same id, the first only.
    pub(crate) fn new(stores: &[StoreRow]) -> (Self, Vec<&StoreRow>) {
        let least = stores.iter().map(|store| store.id).min().unwrap_or(0);
        let bits = stores.iter().fold(0, |bits, store| bits | (store.id - least));
        let shift = bits.trailing_zeros() % u64::BITS;
        let span = stores.iter().map(|store| (store.id - least) >> shift).max().unwrap_or(0);
        match usize::try_from(span) {
            Ok(span) if span / SPARSE < stores.len() => Self::close(stores, least, shift, span),
            _ => Self::apart(stores),
        }
    }

    fn close(stores: &[StoreRow], least: u64, shift: u32, span: usize) -> (Self, Vec<&StoreRow>) {
        let mut words = vec![Word::default(); span / 64 + 1];
        for store in stores {
            let step = (store.id - least) >> shift;
            words[(step / 64) as usize].bits |= 1 << (step % 64);
        }
        let mut count = 0;
        for word in &mut words {
            word.before = count;
            count += word.bits.count_ones() as usize;
        }
        let index = Index::Close { least, shift, words };
        let mut numbered: Vec<Option<&StoreRow>> = vec![None; count];
        for store in stores {
            numbered[index.get(store.id)].get_or_insert(store);
        }
        (index, numbered.into_iter().flatten().collect())
    }

    fn apart(stores: &[StoreRow]) -> (Self, Vec<&StoreRow>) {
        let mut numbers = HashMap::with_capacity_and_hasher(stores.len(), Quick::default());
        let mut numbered = Vec::with_capacity(stores.len());
        for store in stores {
            numbers.entry(store.id).or_insert_with(|| {
                numbered.push(store);
                numbered.len() - 1
            });
        }
        (Index::Apart(numbers), numbered)
    }

    /// The number of the store with this id. If there is none, one that is no store's.
    pub(crate) fn get(&self, id: u64) -> usize {
        match self {
            Index::Close { least, shift, words } => {
                let step = id.wrapping_sub(*least).rotate_right(*shift);
                let word = usize::try_from(step / 64).ok().and_then(|at| words.get(at));
                match word {
                    Some(Word { bits, before }) if bits >> (step % 64) & 1 == 1 => {
                        before + (bits & ((1 << (step % 64)) - 1)).count_ones() as usize
                    }
                    _ => NONE,
                }
            }
            Index::Apart(numbers) => numbers.get(&id).copied().unwrap_or(NONE),
        }
    }
}

/// A hasher for identities: one multiplication a word. The rows are the program's own, so nobody chooses them to
/// collide.
#[derive(Default)]
pub(crate) struct Mixer(u64);

pub(crate) type Quick = BuildHasherDefault<Mixer>;

impl Hasher for Mixer {
    fn write_u64(&mut self, word: u64) {
        let wide = u128::from(self.0 ^ word ^ 0x243f_6a88_85a3_08d3) * 0x9e37_79b9_7f4a_7c15;
        self.0 = (wide as u64) ^ ((wide >> 64) as u64);
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(ids: impl IntoIterator<Item = u64>) -> Vec<StoreRow> {
        let row = |(number, id)| StoreRow { id, capacity: number as u64, slab: false, born: 0, stands_for: None };
        ids.into_iter().enumerate().map(row).collect()
    }

    proptest! {
        #[test]
        fn each_store_is_found_by_its_id_and_nothing_by_another(
            least in prop_oneof![Just(0), Just(1 << 40), Just(u64::MAX - (1 << 20)), any::<u64>()],
            step in 0_u32..60,
            steps in prop::collection::vec(prop_oneof![0_u64..100, 0_u64..20_000, any::<u64>()], 0..200),
        ) {
            let ids: Vec<u64> = steps.iter().map(|&steps| least.saturating_add(steps << step)).collect();
            let stores = rows(ids.iter().copied());
            let (index, numbered) = Index::new(&stores);
            let mut known = 0;
            for (number, store) in stores.iter().enumerate() {
                let first = ids.iter().position(|&id| id == store.id) == Some(number);
                known += usize::from(first);
                prop_assert_eq!(numbered[index.get(store.id)].id, store.id);
                prop_assert!(!first || numbered[index.get(store.id)].capacity == store.capacity);
                for other in [store.id ^ 1, store.id.wrapping_add(1 << step), store.id.wrapping_sub(1 << step), !store.id] {
                    prop_assert!(ids.contains(&other) || index.get(other) >= numbered.len());
                }
            }
            prop_assert_eq!(numbered.len(), known);
        }
    }

    #[test]
    fn addresses_are_close_and_numbers_without_order_are_not() {
        let heap = rows((0..1000).map(|n| 0x5500_0000_0000 + n * 144));
        assert!(matches!(Index::new(&heap).0, Index::Close { .. }));
        let heaps = rows([0x5500_0000_0000, 0x7f00_0000_0000]);
        assert!(matches!(Index::new(&heaps).0, Index::Close { .. }), "their common step is as wide");
        let apart = rows([1, 1 << 40, 77]);
        assert!(matches!(Index::new(&apart).0, Index::Apart(_)));
    }
}
