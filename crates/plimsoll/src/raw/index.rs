//! From an address to the allocation it lies in, without locks.
//!
//! Allocations of [`SMALLEST`] bytes and more start so far apart that at most one starts in each page of as many bytes. So a page
//! needs one entry, and three rows of bits say where entries are:
//!
//! ```text
//! Index   a bit and a pointer for each 16 GiB of addresses     static
//!  Mid    a bit and a pointer for each 2 MiB                   66 KiB, of which what is touched is resident
//!   Leaf  a bit and an entry for each 4 KiB                    8 KiB: 0.4 % of the addresses in use
//! ```
//!
//! Finding is a search for the last bit at or before an address, and a look at the entry. What makes it short: an allocation that is
//! entered *clears* the bits between its first page and its last, and taking one out leaves its bit set. Nothing else starts in between
//! while it lives, so the last bit before an address within it is its own; and memory that is used again finds its bits set already, so
//! that entering and taking out are plain loads and stores.
//!
//! Invariants:
//!
//! * *I1.* The entry, the tag and the setting of the bits of a page belong to who holds the allocation that starts there, from when the
//!   allocator has given it out until it is given back. Two that ever start in one page, or one in what is between the first and the
//!   last page of the other, share a byte, so the allocator has put their lives in order: one is taken out *before* the other is
//!   entered.
//! * *I2.* While an allocation is in the index, its own three bits are set. No bit is set of a mid between its first and its last, of a
//!   leaf between within those two mids, of a page between within its first and its last leaf. (What is below the bit of a mid or a
//!   leaf that lies between is of the past, and leads to entries that are gone.)
//! * *I3.* Leaves and mids stay where they are once they are linked.
//! * *I4.* So `find` is exact for an address whose memory is alive, and stays so, while it runs: it answers the allocation that the
//!   address lies in, if that was entered *before*, and none if it lies in none. Of other addresses it answers anything that was once
//!   true of them. Every word is written whole; nothing waits for anyone.
//!
//! *Before* is happens-before, which an address travels along from the thread that was given the memory to the one that asks.

use super::sync::{AtomicPtr, AtomicU64, Ordering};
#[cfg(loom)]
use std::array;
use std::ptr;

/// Allocations of fewer bytes are not entered: they can hide no more than this.
pub(crate) const SMALLEST: usize = 1 << PAGE;

const PAGE: u32 = 12;
/// Pages in a leaf, leaves in a mid, mids in the index, as powers of two. Smaller for a model that tries every interleaving.
const LEAF: u32 = if cfg!(loom) { 2 } else { 9 };
const MID: u32 = if cfg!(loom) { 2 } else { 13 };
const INDEX: u32 = match ADDRESS.checked_sub(MID + LEAF + PAGE) {
    Some(bits) => bits,
    None => 0,
};
/// Bits of an address. What lies beyond, where programs get memory only if they insist, is not entered.
const ADDRESS: u32 = if cfg!(loom) {
    PAGE + LEAF + MID + 2
} else if usize::BITS > 48 {
    48
} else {
    usize::BITS
};

const PAGES: usize = 1 << LEAF;
const LEAVES: usize = 1 << MID;
const MIDS: usize = 1 << INDEX;

/// A row of bits, which many threads set and clear.
struct Bits<const WORDS: usize>([AtomicU64; WORDS]);

const fn words(bits: usize) -> usize {
    bits.div_ceil(64)
}

impl<const WORDS: usize> Bits<WORDS> {
    #[inline]
    fn set(&self, at: usize) {
        let (word, bit) = (&self.0[at / 64], 1 << (at % 64));
        if word.load(Ordering::Relaxed) & bit == 0 {
            word.fetch_or(bit, Ordering::Relaxed);
        }
    }

    /// Clears `from..to`.
    #[inline]
    fn clear(&self, from: usize, to: usize) {
        if from >= to {
            return;
        }
        let (first, last) = (from / 64, (to - 1) / 64);
        for (at, word) in self.0.iter().enumerate().take(last + 1).skip(first) {
            let mut mask = u64::MAX;
            if at == first {
                mask &= u64::MAX << (from % 64);
            }
            if at == last {
                mask &= u64::MAX >> (63 - (to - 1) % 64);
            }
            if word.load(Ordering::Relaxed) & mask != 0 {
                word.fetch_and(!mask, Ordering::Relaxed);
            }
        }
    }

    /// The last bit that is set before `end`.
    #[inline]
    fn last(&self, end: usize) -> Option<usize> {
        let bits = |at: usize| self.0.get(at).map_or(0, |word| word.load(Ordering::Relaxed));
        let mut at = end / 64;
        let mut word = if end % 64 == 0 { 0 } else { bits(at) & !(u64::MAX << (end % 64)) };
        while word == 0 {
            at = at.checked_sub(1)?;
            word = bits(at);
        }
        Some(at * 64 + word.ilog2() as usize)
    }
}

/// What a page knows of the allocation that starts in it: `len`, whether there is a tag, where in the page. 0: there is none.
#[derive(Clone, Copy)]
struct Entry(u64);

impl Entry {
    const TAGGED: u64 = 1 << PAGE;
    const LEN: u32 = PAGE + 1;

    /// None: no allocation is that long.
    fn new(start: u64, len: u64, tagged: bool) -> Option<Self> {
        let tag = if tagged { Self::TAGGED } else { 0 };
        (len < 1 << (64 - Self::LEN)).then(|| Self(len << Self::LEN | tag | start % (1 << PAGE)))
    }

    fn offset(self) -> u64 {
        self.0 % (1 << PAGE)
    }

    fn len(self) -> u64 {
        self.0 >> Self::LEN
    }

    fn is_tagged(self) -> bool {
        self.0 & Self::TAGGED != 0
    }
}

struct Leaf {
    starts: Bits<{ words(PAGES) }>,
    entries: [AtomicU64; PAGES],
    /// Whatever the owner of the index wants to know of an allocation. Not touched for those that have none.
    tags: [AtomicPtr<()>; PAGES],
}

struct Mid {
    leaves: Bits<{ words(LEAVES) }>,
    links: [AtomicPtr<Leaf>; LEAVES],
}

pub(crate) struct Index {
    mids: Bits<{ words(MIDS) }>,
    links: [AtomicPtr<Mid>; MIDS],
}

/// An allocation that is in an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Bytes.
    pub(crate) len: usize,
    /// Null: none was given.
    pub(crate) tag: *mut (),
}

/// A page by its places on the three levels.
#[derive(Clone, Copy)]
struct Place {
    mid: usize,
    leaf: usize,
    page: usize,
}

impl Place {
    /// None: beyond what is indexed.
    #[inline]
    fn of(address: u64) -> Option<Self> {
        let page = address >> PAGE;
        #[allow(clippy::cast_possible_truncation)] // each is masked, or at most `MIDS`
        let place = |page: u64| Self {
            mid: (page >> (LEAF + MID)) as usize,
            leaf: (page >> LEAF) as usize % LEAVES,
            page: page as usize % PAGES,
        };
        (address >> ADDRESS == 0).then(|| place(page))
    }
}

/// The stores of the program, each with its header as the tag. None in a model, which builds indexes of its own.
#[inline]
pub(crate) fn stores() -> Option<&'static Index> {
    #[cfg(not(loom))]
    static STORES: Index = Index::new();
    #[cfg(not(loom))]
    return Some(&STORES);
    #[cfg(loom)]
    None
}

/// What went through [`Weighing`](super::weighing::Weighing), each with its trace as the tag, if it has one.
#[inline]
pub(crate) fn heap() -> Option<&'static Index> {
    #[cfg(not(loom))]
    static HEAP: Index = Index::new();
    #[cfg(not(loom))]
    return Some(&HEAP);
    #[cfg(loom)]
    None
}

impl Index {
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        Self {
            mids: Bits([const { AtomicU64::new(0) }; words(MIDS)]),
            links: [const { AtomicPtr::new(ptr::null_mut()) }; MIDS],
        }
    }

    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        Self { mids: Bits::new(), links: links() }
    }

    /// Enters an allocation, if it has at least [`SMALLEST`] bytes. When there is no memory for a leaf, it is not entered.
    ///
    /// The caller has just been given the memory (I1).
    #[inline]
    pub(crate) fn insert(&self, start: *const u8, len: usize, tag: *mut ()) {
        if len >= SMALLEST {
            self.enter(start.addr(), len, tag);
        }
    }

    fn enter(&self, start: usize, len: usize, tag: *mut ()) {
        let (start, len) = (start as u64, len as u64);
        let Some(entry) = Entry::new(start, len, !tag.is_null()) else { return };
        let (Some(first), Some(last)) = (Place::of(start), Place::of(start + (len - 1))) else { return };
        let Some(mid) = linked_or_new(&self.links[first.mid]) else { return };
        let Some(leaf) = linked_or_new(&mid.links[first.leaf]) else { return };
        // I2. No inside: it starts and ends in one leaf, with at most a page between.
        if (first.mid, first.leaf) == (last.mid, last.leaf) {
            leaf.starts.clear(first.page + 1, last.page);
        } else {
            self.clear_across(first, last, mid, leaf);
        }
        // I1.
        if !tag.is_null() {
            leaf.tags[first.page].store(tag, Ordering::Relaxed);
        }
        leaf.entries[first.page].store(entry.0, Ordering::Relaxed);
        leaf.starts.set(first.page);
        mid.leaves.set(first.leaf);
        self.mids.set(first.mid);
    }

    /// I2 for an allocation that ends in another leaf than it starts in.
    #[cold]
    #[inline(never)]
    fn clear_across(&self, first: Place, last: Place, first_mid: &Mid, first_leaf: &Leaf) {
        first_leaf.starts.clear(first.page + 1, PAGES);
        if first.mid == last.mid {
            first_mid.leaves.clear(first.leaf + 1, last.leaf);
        } else {
            first_mid.leaves.clear(first.leaf + 1, LEAVES);
            self.mids.clear(first.mid + 1, last.mid);
        }
        let Some(last_mid) = linked(&self.links[last.mid]) else { return };
        if first.mid != last.mid {
            last_mid.leaves.clear(0, last.leaf);
        }
        if let Some(last_leaf) = linked(&last_mid.links[last.leaf]) {
            last_leaf.starts.clear(0, last.page);
        }
    }

    /// Takes an allocation out, and answers its tag. Null as well if it was not entered.
    ///
    /// The caller is about to give the memory back (I1).
    #[inline]
    pub(crate) fn remove(&self, start: *const u8, len: usize) -> *mut () {
        if len < SMALLEST { ptr::null_mut() } else { self.take_out(start.addr()) }
    }

    fn take_out(&self, start: usize) -> *mut () {
        let Some((leaf, page)) = Place::of(start as u64).and_then(|at| Some((self.leaf(at)?, at.page))) else {
            return ptr::null_mut();
        };
        let entry = Entry(leaf.entries[page].load(Ordering::Relaxed));
        leaf.entries[page].store(0, Ordering::Relaxed);
        if entry.is_tagged() { leaf.tags[page].load(Ordering::Relaxed) } else { ptr::null_mut() }
    }

    #[inline]
    fn leaf(&self, at: Place) -> Option<&Leaf> {
        linked(&linked(&self.links[at.mid])?.links[at.leaf])
    }

    /// The allocation that an address lies in (I4).
    #[inline]
    pub(crate) fn find(&self, address: usize) -> Option<Found> {
        let at = Place::of(address as u64)?;
        // It starts in the same leaf, or in another of the same mid, or elsewhere: by I2 the first bit on that level is its own. On
        // the levels below, if they lie within it, are bits of the past: they lead to nothing.
        self.find_near(at, address).or_else(|| {
            let mid = self.mids.last(at.mid)?;
            linked(&self.links[mid])?.find_before(mid, LEAVES, address)
        })
    }

    #[inline]
    fn find_near(&self, at: Place, address: usize) -> Option<Found> {
        let mid = linked(&self.links[at.mid])?;
        let in_leaf = || {
            let leaf = linked(&mid.links[at.leaf])?;
            // In its own page the one that it lies in may start, or the next one.
            leaf.found(at, at.page, address).or_else(|| leaf.found(at, leaf.starts.last(at.page)?, address))
        };
        in_leaf().or_else(|| mid.find_before(at.mid, at.leaf, address))
    }
}

impl Mid {
    /// The last allocation that starts before the leaf `end` of this mid, which is the one at `mid`, if the address lies in it.
    fn find_before(&self, mid: usize, end: usize, address: usize) -> Option<Found> {
        let at = Place { mid, leaf: self.leaves.last(end)?, page: 0 };
        let leaf = linked(&self.links[at.leaf])?;
        leaf.found(at, leaf.starts.last(PAGES)?, address)
    }
}

impl Leaf {
    /// The allocation that starts in the `page` of this leaf, which is the one of `at`, if the address lies in it.
    #[inline]
    fn found(&self, at: Place, page: usize, address: usize) -> Option<Found> {
        let entry = Entry(self.entries[page].load(Ordering::Relaxed));
        let pages = ((at.mid << (LEAF + MID)) as u64) | ((at.leaf << LEAF) as u64) | page as u64;
        let start = (pages << PAGE) | entry.offset();
        if (address as u64).wrapping_sub(start) >= entry.len() {
            return None; // or there is no entry: its length is 0
        }
        let tag = if entry.is_tagged() { self.tags[page].load(Ordering::Relaxed) } else { ptr::null_mut() };
        #[allow(clippy::cast_possible_truncation)] // it was a `usize`
        Some(Found { len: entry.len() as usize, tag })
    }
}

/// What memory of zeros is, or for a model, what stands for it.
///
/// # Safety
/// Zeroed memory is a value of the type.
unsafe trait Fresh: Sized {
    #[cfg(loom)]
    fn fresh() -> Self;
}

// SAFETY: zeros are bits that are clear, entries that are none, and null pointers.
unsafe impl Fresh for Leaf {
    #[cfg(loom)]
    fn fresh() -> Self {
        Self { starts: Bits::new(), entries: array::from_fn(|_| AtomicU64::new(0)), tags: links() }
    }
}

// SAFETY: as above.
unsafe impl Fresh for Mid {
    #[cfg(loom)]
    fn fresh() -> Self {
        Self { leaves: Bits::new(), links: links() }
    }
}

#[cfg(loom)]
impl<const WORDS: usize> Bits<WORDS> {
    fn new() -> Self {
        Self(array::from_fn(|_| AtomicU64::new(0)))
    }
}

#[cfg(loom)]
fn links<T, const N: usize>() -> [AtomicPtr<T>; N] {
    array::from_fn(|_| AtomicPtr::new(ptr::null_mut()))
}

#[inline]
fn linked<T>(link: &AtomicPtr<T>) -> Option<&T> {
    // SAFETY: I3; acquired, so its zeros are seen.
    unsafe { link.load(Ordering::Acquire).as_ref() }
}

#[inline]
fn linked_or_new<T: Fresh>(link: &AtomicPtr<T>) -> Option<&T> {
    linked(link).or_else(|| link_new(link))
}

#[cold]
#[inline(never)]
fn link_new<T: Fresh>(link: &AtomicPtr<T>) -> Option<&T> {
    let new = zeroed::<T>();
    if new.is_null() {
        return None;
    }
    match link.compare_exchange(ptr::null_mut(), new, Ordering::AcqRel, Ordering::Acquire) {
        // SAFETY: I3: it is linked from now on.
        Ok(_) => unsafe { new.as_ref() },
        Err(other) => {
            // SAFETY: made just now, and nobody has seen it.
            unsafe { free(new) }
            // SAFETY: I3: another thread was quicker.
            unsafe { other.as_ref() }
        }
    }
}

/// From the system, never from the program's allocator: that may be asking. Null: there is no memory.
#[cfg(not(loom))]
fn zeroed<T: Fresh>() -> *mut T {
    // SAFETY: the types are not empty. `Fresh`: zeros are a value.
    unsafe { std::alloc::GlobalAlloc::alloc_zeroed(&std::alloc::System, std::alloc::Layout::new::<T>()) }.cast()
}

#[cfg(loom)]
fn zeroed<T: Fresh>() -> *mut T {
    Box::into_raw(Box::new(T::fresh()))
}

/// # Safety
/// It came from [`zeroed`], and nobody uses it.
unsafe fn free<T>(it: *mut T) {
    #[cfg(not(loom))]
    // SAFETY: passed on.
    unsafe {
        std::alloc::GlobalAlloc::dealloc(&std::alloc::System, it.cast(), std::alloc::Layout::new::<T>());
    }
    #[cfg(loom)]
    // SAFETY: passed on.
    drop(unsafe { Box::from_raw(it) });
}

/// The indexes of a program are static; those of tests are not.
#[cfg(test)]
impl Drop for Index {
    fn drop(&mut self) {
        for mid in &self.links {
            let Some(mid) = linked(mid) else { continue };
            for leaf in &mid.links {
                let leaf = leaf.load(Ordering::Relaxed);
                if !leaf.is_null() {
                    // SAFETY: nobody uses the index any more.
                    unsafe { free(leaf) }
                }
            }
            // SAFETY: as above.
            unsafe { free(ptr::from_ref(mid).cast_mut()) }
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const LEAF_BYTES: u64 = 1 << (PAGE + LEAF);
    const MID_BYTES: u64 = LEAF_BYTES << MID;

    #[derive(Clone, Debug)]
    enum Step {
        /// Where, how long; if the place is free.
        Insert(u64, u64),
        /// At the end of the allocation before this place, or as near as there is room.
        Append(u64, u64),
        /// The one at or before.
        Remove(u64),
        Find(u64),
    }

    /// Places near each other and near the borders of leaves, of mids and of all.
    fn address() -> impl Strategy<Value = u64> {
        let base = prop_oneof![
            Just(0),
            Just(5 * LEAF_BYTES),
            Just(MID_BYTES),
            Just(3 * MID_BYTES),
            Just((1 << ADDRESS) - LEAF_BYTES),
        ];
        let near = prop_oneof![0..20_000_u64, (0..6 * 512_u64).prop_map(|page| page << PAGE), 0..6 * LEAF_BYTES];
        (base, near, any::<bool>()).prop_map(|(base, by, back)| if back { base.saturating_sub(by) } else { base + by })
    }

    fn len() -> impl Strategy<Value = u64> {
        const LEAST: u64 = SMALLEST as u64;
        prop_oneof![
            4 => LEAST..3 * LEAST,
            3 => Just(LEAST),
            2 => LEAST..2 * LEAF_BYTES,
            2 => (1..4_u64).prop_map(|n| n * LEAF_BYTES),
            1 => LEAST..3 * MID_BYTES,
        ]
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => (address(), len()).prop_map(|(at, len)| Step::Insert(at, len)),
            2 => (address(), len()).prop_map(|(at, len)| Step::Append(at, len)),
            3 => address().prop_map(Step::Remove),
            2 => address().prop_map(Step::Find),
        ]
    }

    #[derive(Default)]
    struct Naive(BTreeMap<u64, (u64, usize)>);

    impl Naive {
        fn at_or_before(&self, address: u64) -> Option<(u64, u64, usize)> {
            self.0.range(..=address).next_back().map(|(&start, &(len, tag))| (start, len, tag))
        }

        fn find(&self, address: u64) -> Option<(usize, usize)> {
            let (start, len, tag) = self.at_or_before(address)?;
            (address < start + len).then_some((usize::try_from(len).unwrap(), tag))
        }

        fn is_free(&self, at: u64, len: u64) -> bool {
            self.at_or_before(at + len - 1).is_none_or(|(start, len, _)| start + len <= at)
        }
    }

    fn at(address: u64) -> *const u8 {
        ptr::without_provenance(usize::try_from(address).unwrap())
    }

    fn found(index: &Index, address: u64) -> Option<(usize, usize)> {
        index.find(usize::try_from(address).unwrap()).map(|found| (found.len, found.tag.addr()))
    }

    fn insert(index: &Index, naive: &mut Naive, start: u64, len: u64, tag: usize) {
        if start + len <= 1 << ADDRESS && naive.is_free(start, len) {
            index.insert(at(start), usize::try_from(len).unwrap(), ptr::without_provenance_mut(tag));
            naive.0.insert(start, (len, tag));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn an_address_leads_to_the_allocation_it_lies_in(steps in prop::collection::vec(step(), 1..120)) {
            let index = Box::new(Index::new());
            let mut naive = Naive::default();
            for (i, step) in steps.into_iter().enumerate() {
                let tag = i % 3; // 0: none
                match step {
                    Step::Insert(start, len) => insert(&index, &mut naive, start, len, tag),
                    Step::Append(near, len) => {
                        if let Some((start, before, _)) = naive.at_or_before(near) {
                            insert(&index, &mut naive, start + before, len, tag);
                        }
                    }
                    Step::Remove(near) => {
                        if let Some((start, len, tag)) = naive.at_or_before(near) {
                            prop_assert_eq!(index.remove(at(start), usize::try_from(len).unwrap()).addr(), tag);
                            naive.0.remove(&start);
                        }
                    }
                    Step::Find(address) => prop_assert_eq!(found(&index, address), naive.find(address)),
                }
            }
            for (&start, &(len, _)) in &naive.0 {
                let end = start + len;
                for address in [start.wrapping_sub(1), start, start + 1, start + len / 2, start + len / 3, end - 1, end, end + SMALLEST as u64] {
                    if address <= 1 << ADDRESS {
                        prop_assert_eq!(found(&index, address), naive.find(address), "{:#x}", address);
                    }
                }
            }
        }
    }

    #[test]
    fn what_has_gone_does_not_hide_what_was_put_over_it() {
        for border in [LEAF_BYTES, 3 * MID_BYTES] {
            let (index, mut naive) = (Box::new(Index::new()), Naive::default());
            // Two leaves and two mids, each with its past, within one allocation that starts before them.
            let pasts = [border + 4096, border + LEAF_BYTES, border + 9 * LEAF_BYTES, border + MID_BYTES + 4096];
            for past in pasts {
                index.insert(at(past), SMALLEST, ptr::null_mut());
                assert!(index.remove(at(past), SMALLEST).is_null());
            }
            insert(&index, &mut naive, border - 1, 2 * MID_BYTES + 3, 1);
            for address in pasts.map(|past| past + 5 * 4096) {
                assert_eq!(found(&index, address), naive.find(address), "{address:#x}");
            }
        }
    }

    #[test]
    fn what_is_beyond_or_too_small_is_not_entered() {
        let index = Box::new(Index::new());
        for (start, len) in
            [(1 << ADDRESS, 8192), ((1 << ADDRESS) - 4096, 8192), (1 << 20, 4095), (u64::MAX - 8191, 8192)]
        {
            index.insert(at(start), len, ptr::null_mut());
            assert_eq!(found(&index, start), None);
            assert!(index.remove(at(start), len).is_null());
        }
    }
}
