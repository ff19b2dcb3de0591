//! From an address to the allocation it lies in, without locks.
//!
//! Allocations of [`SMALLEST`] bytes and more start so far apart that at most one starts in each page of as many bytes. So a word for
//! each page says which one, in a tree as a processor's page tables are:
//!
//! ```text
//! Index  | inside, link | x 512, each for 512 GiB of addresses    static
//!  Node  | inside, link | x 512, each for 1 GiB
//!  Node  | inside, link | x 512, each for 2 MiB
//!  Leaf  | page | x 512, each for 4 KiB                           4 KiB: 0.2 % of the addresses in use
//!  Tags  | tag  | x 512, if there are any                         the same
//! ```
//!
//! The word of the page that an allocation starts in says where exactly, and how long it is. What lies *between* its first page and its
//! last is its own, so it leaves word there of where it starts. Not everywhere: in each row of 512 it takes the steps of a Fenwick tree,
//! nine at most, and who asks takes the steps of a query: the two meet in one place. These words stay when it goes, and then lead to a
//! page where nothing starts, or something else; so whoever reads one looks there. For the first eight pages no word is left: who asks
//! looks at as many one by one before. An address in the last page is looked for from the page before it, too: in its own the next
//! allocation may start.
//!
//! Entering and taking out are therefore plain loads and stores, and finding is some loads, whatever else there is.
//!
//! Invariants:
//!
//! * *I1.* The word and the tag of a page belong to who holds the allocation that starts there, the word of what lies between the first
//!   and the last page to who holds that, from when the allocator has given the memory out until it is given back. Two that ever own
//!   one word share a byte, so the allocator has put their lives in order: one is taken out *before* the other is entered.
//! * *I2.* While an allocation is in the index, the word of its first page says so, and for each page between that and its last, that
//!   one is near in the same leaf or one of the words that are asked for the page leads to it. Once it is taken out, no word says that
//!   it starts.
//! * *I3.* Nodes and leaves stay where they are once they are linked.
//! * *I4.* So `find` is exact for an address whose memory is alive, and stays so, while it runs: it answers the allocation that the
//!   address lies in, if that was entered *before*, and none if it lies in none. (Another one that is said to contain the address
//!   would have had to be taken out before.) Of other addresses it answers anything that was once true of them. Every word is written
//!   whole; nothing waits for anyone.
//!
//! *Before* is happens-before, which an address travels along from the thread that was given the memory to the one that asks.

use super::sync::{AtomicPtr, AtomicU64, Ordering};
#[cfg(loom)]
use std::array;
use std::ptr;

/// Allocations of fewer bytes are not entered: they can hide no more than this.
pub(crate) const SMALLEST: usize = 1 << PAGE;

const PAGE: u32 = 12;

/// What a node or a leaf has of each thing, as a power of two. Fewer for a model that tries every interleaving.
const FAN: u32 = if cfg!(loom) { 2 } else { 9 };
const ROOM: usize = 1 << FAN;

/// Pages of a leaf that are looked at one by one, so that an allocation of no more needs no word but its first.
const NEAR: usize = if cfg!(loom) { 2 } else { 8 };

/// Bits of an address. What lies beyond, where programs get memory only if they insist, is not entered.
const ADDRESS: u32 = PAGE + 4 * FAN;

/// What is known of a page, or of what is below a link. 0: nothing.
#[derive(Clone, Copy)]
struct Word(u64);

impl Word {
    const INSIDE: u64 = 1 << 63;
    const TAGGED: u64 = 1 << PAGE;
    const LEN: u32 = PAGE + 1;
    /// No allocation is as long.
    const LIMIT: u64 = 1 << (63 - Self::LEN);

    /// An allocation starts in the page.
    #[inline]
    fn start(new: New, tagged: bool) -> Self {
        let tag = if tagged { Self::TAGGED } else { 0 };
        Self((new.len << Self::LEN) | tag | (new.start % (1 << PAGE)))
    }

    /// One that starts at that address lies over all of it.
    #[inline]
    fn inside(start: u64) -> Self {
        Self(Self::INSIDE | start >> PAGE)
    }

    /// The page where that one starts.
    #[inline]
    fn page_of_start(self) -> Option<u64> {
        (self.0 & Self::INSIDE != 0).then_some((self.0 & !Self::INSIDE) << PAGE)
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

#[inline]
fn load(word: &AtomicU64) -> Word {
    Word(word.load(Ordering::Relaxed))
}

/// Leaves word for `from..to`.
#[inline]
fn cover(row: &[AtomicU64; ROOM], from: usize, to: usize, with: Word) {
    let mut step = from + 1;
    while step <= to {
        row[step - 1].store(with.0, Ordering::Relaxed);
        step += step & step.wrapping_neg();
    }
}

/// The words that are asked for a place: one of them is among those that [`cover`] left, if any.
#[inline]
fn asked(row: &[AtomicU64; ROOM], place: usize) -> impl Iterator<Item = Word> {
    let mut step = place + 1;
    std::iter::from_fn(move || {
        let at = step.checked_sub(1)?;
        step &= at;
        Some(load(&row[at]))
    })
}

/// An allocation that is being entered.
#[derive(Clone, Copy)]
struct New {
    start: u64,
    len: u64,
    tag: *mut (),
}

/// An allocation that is in an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Bytes.
    pub(crate) len: usize,
    /// Null: none was given.
    pub(crate) tag: *mut (),
}

#[repr(C)]
struct Leaf {
    pages: [AtomicU64; ROOM],
    tags: AtomicPtr<Tags>,
}

/// Whatever the owner of the index wants to know of the allocations of a leaf.
struct Tags([AtomicPtr<()>; ROOM]);

#[repr(C)]
struct Node<T> {
    links: [AtomicPtr<T>; ROOM],
    insides: [AtomicU64; ROOM],
    /// Not 0 once there is any word in `insides`: seldom.
    covered: AtomicU64,
}

pub(crate) struct Index(Node<Node<Node<Leaf>>>);

/// # Safety
/// Zeroed memory is a value of the type.
unsafe trait Zeroed: Sized {
    /// What a model has instead.
    #[cfg(loom)]
    fn zeroed() -> Self;
}

// SAFETY: null pointers.
unsafe impl Zeroed for Tags {
    #[cfg(loom)]
    fn zeroed() -> Self {
        Self(unlinked())
    }
}

// SAFETY: words that say nothing, and a null pointer.
unsafe impl Zeroed for Leaf {
    #[cfg(loom)]
    fn zeroed() -> Self {
        Self { pages: words(), tags: AtomicPtr::new(ptr::null_mut()) }
    }
}

// SAFETY: null pointers, and words that say nothing.
unsafe impl<T> Zeroed for Node<T> {
    #[cfg(loom)]
    fn zeroed() -> Self {
        Self { links: unlinked(), insides: words(), covered: AtomicU64::new(0) }
    }
}

trait Level: Zeroed {
    /// How many bits of an address lie below the place of its word in this level.
    const BELOW: u32;

    #[inline]
    #[allow(clippy::cast_possible_truncation)] // it is masked
    fn place(address: u64) -> usize {
        (address >> Self::BELOW) as usize % ROOM
    }

    /// Leaves word for all that lies before the page of `last`. False: there is no memory.
    fn cover_before(&self, last: u64, with: Word) -> bool;

    /// Enters what starts here and ends in the page of `last`; None: in another node. False: there is no memory.
    fn insert(&self, new: New, last: Option<u64>) -> bool;

    /// The leaf that an address has.
    fn leaf(&self, address: u64) -> Option<&Leaf>;

    /// The allocation that an address lies in, if the words for a page lead to it.
    fn find(&self, page: u64, address: u64, index: &Index) -> Option<Found>;
}

impl Level for Leaf {
    const BELOW: u32 = PAGE;

    fn cover_before(&self, last: u64, with: Word) -> bool {
        cover(&self.pages, 0, Self::place(last), with);
        true
    }

    #[inline]
    fn insert(&self, new: New, last: Option<u64>) -> bool {
        let at = Self::place(new.start);
        self.pages[at].store(Word::start(new, self.tag(at, new.tag)).0, Ordering::Relaxed);
        let end = last.map_or(ROOM, Self::place);
        if at + NEAR < end {
            cover(&self.pages, at + NEAR, end, Word::inside(new.start));
        }
        true
    }

    #[inline]
    fn leaf(&self, _: u64) -> Option<&Leaf> {
        Some(self)
    }

    #[inline]
    fn find(&self, page: u64, address: u64, index: &Index) -> Option<Found> {
        let at = Self::place(page);
        for near in ((at + 1).saturating_sub(NEAR)..=at).rev() {
            let found = self.found(near, load(&self.pages[near]), page, address);
            if found.is_some() {
                return found;
            }
        }
        asked(&self.pages, at).find_map(|word| index.found(word.page_of_start()?, address))
    }
}

impl Leaf {
    /// False: there is none, or no memory for it.
    #[inline]
    fn tag(&self, at: usize, tag: *mut ()) -> bool {
        let tags = if tag.is_null() { None } else { linked_or_new(&self.tags) };
        tags.is_some_and(|Tags(tags)| {
            tags[at].store(tag, Ordering::Relaxed);
            true
        })
    }

    /// The tag of what starts in the page `at` according to its word.
    #[inline]
    fn tag_of(&self, at: usize, word: Word) -> *mut () {
        let tags = if word.is_tagged() { linked(&self.tags) } else { None };
        tags.map_or(ptr::null_mut(), |Tags(tags)| tags[at].load(Ordering::Relaxed))
    }

    /// The allocation that starts in the page `at` according to its word, if the address lies in it; `near` is in this leaf, too.
    #[inline]
    fn found(&self, at: usize, word: Word, near: u64, address: u64) -> Option<Found> {
        let start = (near >> (PAGE + FAN) << (PAGE + FAN)) | (at as u64) << PAGE | word.offset();
        if word.page_of_start().is_some() || address.wrapping_sub(start) >= word.len() {
            return None; // or nothing is known: its length is 0
        }
        #[allow(clippy::cast_possible_truncation)] // it was a `usize`
        Some(Found { len: word.len() as usize, tag: self.tag_of(at, word) })
    }
}

impl<T: Level> Level for Node<T> {
    const BELOW: u32 = T::BELOW + FAN;

    fn cover_before(&self, last: u64, with: Word) -> bool {
        let end = Self::place(last);
        self.cover(0, end, with);
        linked_or_new(&self.links[end]).is_some_and(|below| below.cover_before(last, with))
    }

    #[inline]
    fn insert(&self, new: New, last: Option<u64>) -> bool {
        let at = Self::place(new.start);
        let Some(below) = linked_or_new(&self.links[at]) else { return false };
        match last {
            Some(last) if Self::place(last) == at => below.insert(new, Some(last)),
            _ => self.cover_beyond(at, last, Word::inside(new.start)) && below.insert(new, None),
        }
    }

    #[inline]
    fn leaf(&self, address: u64) -> Option<&Leaf> {
        linked(&self.links[Self::place(address)])?.leaf(address)
    }

    #[inline]
    fn find(&self, page: u64, address: u64, index: &Index) -> Option<Found> {
        let at = Self::place(page);
        linked(&self.links[at]).and_then(|below| below.find(page, address, index)).or_else(|| {
            let covered = self.covered.load(Ordering::Relaxed) != 0;
            covered.then(|| asked(&self.insides, at))?.find_map(|word| index.found(word.page_of_start()?, address))
        })
    }
}

impl<T: Level> Node<T> {
    fn cover(&self, from: usize, to: usize, with: Word) {
        cover(&self.insides, from, to, with);
        self.covered.store(1, Ordering::Relaxed);
    }

    /// Leaves word behind `at`, for what starts there and ends at a later place, or beyond this node.
    #[cold]
    #[inline(never)]
    fn cover_beyond(&self, at: usize, last: Option<u64>, with: Word) -> bool {
        let end = last.map_or(ROOM, Self::place);
        self.cover(at + 1, end, with);
        last.is_none_or(|last| linked_or_new(&self.links[end]).is_some_and(|below| below.cover_before(last, with)))
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
        Self(Node {
            links: [const { AtomicPtr::new(ptr::null_mut()) }; ROOM],
            insides: [const { AtomicU64::new(0) }; ROOM],
            covered: AtomicU64::new(0),
        })
    }

    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        Self(Node::zeroed())
    }

    /// Enters an allocation, if it has at least [`SMALLEST`] bytes. When there is no memory for a leaf, it is not entered.
    ///
    /// The caller has just been given the memory (I1).
    #[inline]
    pub(crate) fn insert(&self, start: *const u8, len: usize, tag: *mut ()) {
        if len >= SMALLEST {
            let (start, len) = (start.addr() as u64, len as u64);
            let last = start.saturating_add(len - 1);
            if len < Word::LIMIT && last >> ADDRESS == 0 {
                let new = New { start, len, tag };
                match self.0.leaf(start) {
                    Some(leaf) if start >> (PAGE + FAN) == last >> (PAGE + FAN) => leaf.insert(new, Some(last)),
                    _ => self.insert_beyond(new, last),
                };
            }
        }
    }

    /// What goes beyond a leaf, or is the first in one.
    #[cold]
    #[inline(never)]
    fn insert_beyond(&self, new: New, last: u64) -> bool {
        self.0.insert(new, Some(last))
    }

    /// Takes an allocation out, and answers its tag. Null as well if it was not entered.
    ///
    /// The caller is about to give the memory back (I1).
    #[inline]
    pub(crate) fn remove(&self, start: *const u8, len: usize) -> *mut () {
        let start = start.addr() as u64;
        if len >= SMALLEST
            && start >> ADDRESS == 0
            && let Some(leaf) = self.0.leaf(start)
        {
            let at = Leaf::place(start);
            let word = load(&leaf.pages[at]);
            leaf.pages[at].store(0, Ordering::Relaxed);
            if word.page_of_start().is_none() {
                return leaf.tag_of(at, word);
            }
        }
        ptr::null_mut()
    }

    /// The allocation that an address lies in (I4).
    #[inline]
    pub(crate) fn find(&self, address: usize) -> Option<Found> {
        let address = address as u64;
        if address >> ADDRESS != 0 {
            return None;
        }
        self.0.find(address, address, self).or_else(|| self.0.find(address.checked_sub(1 << PAGE)?, address, self))
    }

    /// The allocation that starts in a page, if the address lies in it.
    #[inline]
    fn found(&self, page: u64, address: u64) -> Option<Found> {
        let (leaf, at) = (self.0.leaf(page)?, Leaf::place(page));
        leaf.found(at, load(&leaf.pages[at]), page, address)
    }
}

#[inline]
fn linked<T>(link: &AtomicPtr<T>) -> Option<&T> {
    // SAFETY: I3; acquired, so its zeros are seen.
    unsafe { link.load(Ordering::Acquire).as_ref() }
}

#[inline]
fn linked_or_new<T: Zeroed>(link: &AtomicPtr<T>) -> Option<&T> {
    linked(link).or_else(|| link_new(link))
}

#[cold]
#[inline(never)]
fn link_new<T: Zeroed>(link: &AtomicPtr<T>) -> Option<&T> {
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
fn zeroed<T: Zeroed>() -> *mut T {
    // SAFETY: the types are not empty, and zeros are values of theirs.
    unsafe { std::alloc::GlobalAlloc::alloc_zeroed(&std::alloc::System, std::alloc::Layout::new::<T>()) }.cast()
}

#[cfg(loom)]
fn zeroed<T: Zeroed>() -> *mut T {
    Box::into_raw(Box::new(T::zeroed()))
}

/// # Safety
/// It came from [`zeroed`], and nobody uses it.
unsafe fn free<T>(it: *mut T) {
    #[cfg(not(loom))]
    // SAFETY: `zeroed` made it with this layout, and it is the caller's alone.
    unsafe {
        ptr::drop_in_place(it);
        std::alloc::GlobalAlloc::dealloc(&std::alloc::System, it.cast(), std::alloc::Layout::new::<T>());
    }
    #[cfg(loom)]
    // SAFETY: `zeroed` made it of a box.
    drop(unsafe { Box::from_raw(it) });
}

#[cfg(loom)]
fn words<const N: usize>() -> [AtomicU64; N] {
    array::from_fn(|_| AtomicU64::new(0))
}

#[cfg(loom)]
fn unlinked<T>() -> [AtomicPtr<T>; ROOM] {
    array::from_fn(|_| AtomicPtr::new(ptr::null_mut()))
}

/// The indexes of a program are static; those of tests are not.
#[cfg(test)]
impl Drop for Leaf {
    fn drop(&mut self) {
        let tags = self.tags.load(Ordering::Relaxed);
        if !tags.is_null() {
            // SAFETY: nobody uses the index any more.
            unsafe { free(tags) }
        }
    }
}

#[cfg(test)]
impl<T> Drop for Node<T> {
    fn drop(&mut self) {
        for link in &self.links {
            let below = link.load(Ordering::Relaxed);
            if !below.is_null() {
                // SAFETY: nobody uses the index any more.
                unsafe { free(below) }
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const LEAF_BYTES: u64 = 1 << (PAGE + FAN);
    const NODE_BYTES: u64 = LEAF_BYTES << FAN;

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

    /// Places near each other and near the borders of leaves, of nodes and of all.
    fn address() -> impl Strategy<Value = u64> {
        let base = prop_oneof![
            Just(0),
            Just(5 * LEAF_BYTES),
            Just(NODE_BYTES),
            Just(3 * NODE_BYTES),
            Just(2 * (NODE_BYTES << FAN)),
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
            1 => LEAST..3 * NODE_BYTES,
            1 => LEAST..3 * (NODE_BYTES << FAN),
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
        #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 3 } else { 400 }, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn an_address_leads_to_the_allocation_it_lies_in(steps in prop::collection::vec(step(), 1..120)) {
            let index = Index::new();
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
        for border in [LEAF_BYTES, 3 * NODE_BYTES, NODE_BYTES << FAN] {
            let (index, mut naive) = (Index::new(), Naive::default());
            // Leaves and nodes, each with its past, within one allocation that starts before them.
            let pasts = [
                border + 4096,
                border + LEAF_BYTES,
                border + 9 * LEAF_BYTES,
                border + NODE_BYTES + 4096,
                border + (NODE_BYTES << FAN),
            ];
            for past in pasts {
                index.insert(at(past), SMALLEST, ptr::null_mut());
                assert!(index.remove(at(past), SMALLEST).is_null());
            }
            insert(&index, &mut naive, border - 1, (NODE_BYTES << FAN) + 2 * NODE_BYTES + 3, 1);
            for address in pasts.map(|past| past + 5 * 4096) {
                assert_eq!(found(&index, address), naive.find(address), "{address:#x}");
            }
        }
    }

    #[test]
    fn what_is_beyond_or_too_small_is_not_entered() {
        let index = Index::new();
        for (start, len) in
            [(1 << ADDRESS, 8192), ((1 << ADDRESS) - 4096, 8192), (1 << 20, 4095), (u64::MAX - 8191, 8192)]
        {
            index.insert(at(start), len, ptr::null_mut());
            assert_eq!(found(&index, start), None);
            assert!(index.remove(at(start), len).is_null());
        }
    }
}
