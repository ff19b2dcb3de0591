//! From a store's id to its number among the stores.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::rows::StoreRow;

/// From a store's id to its number.
///
/// Ids are counters or addresses. Where they lie close together, seen in their common step, a plain table answers
/// faster than a hash table, and in the order of memory.
pub(crate) enum Index {
    Close { least: u64, shift: u32, numbers: Vec<usize> },
    Apart(HashMap<u64, usize, Quick>),
}

/// The number of no store.
const NONE: usize = usize::MAX;

impl Index {
    pub(crate) fn new(stores: &[StoreRow]) -> Self {
        let least = stores.iter().map(|store| store.id).min().unwrap_or(0);
        let bits = stores.iter().fold(0, |bits, store| bits | (store.id - least));
        let shift = bits.trailing_zeros() % u64::BITS;
        let span = stores.iter().map(|store| (store.id - least) >> shift).max().unwrap_or(0);
        match usize::try_from(span) {
            Ok(span) if span / 4 <= stores.len() => Index::Close { least, shift, numbers: vec![NONE; span + 1] },
            _ => Index::Apart(HashMap::with_capacity_and_hasher(stores.len(), Quick::default())),
        }
    }

    /// Numbers a store, unless its id is taken.
    pub(crate) fn insert(&mut self, id: u64, number: usize) -> bool {
        let entry = match self {
            Index::Close { least, shift, numbers } => &mut numbers[((id - *least) >> *shift) as usize],
            Index::Apart(numbers) => numbers.entry(id).or_insert(NONE),
        };
        let free = *entry == NONE;
        if free {
            *entry = number;
        }
        free
    }

    pub(crate) fn get(&self, id: u64) -> usize {
        match self {
            Index::Close { least, shift, numbers } => {
                let steps = id.wrapping_sub(*least).rotate_right(*shift);
                usize::try_from(steps).ok().and_then(|steps| numbers.get(steps)).copied().unwrap_or(NONE)
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
