//! Whatever is done with buffers, frozen bytes, pools and stores, they show what the plainest model shows, and weigh what it
//! weighs.
//!
//! The model gives every allocation a vector of its own, pooled ones too. So two pooled buffers that were handed the same bytes of
//! a slab, or a slab used again while a view of it lives, show up as bytes that changed.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use plimsoll::cells::{self, Endian};
use plimsoll::{Buffer, Frozen, KeepRule, Pool, Store, Weight};
use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

/// The thread's own pool, by Node's rule.
const SLAB: usize = 8 * 1024;
const MOST_HANDLES: usize = 48;

/// Which earlier handle an operation is about: taken modulo their number.
type Pick = u8;
type Len = u16;

#[derive(Arbitrary, Debug)]
enum Op {
    Alloc(Len),
    AllocPooled(Len),
    AllocSlow(Len),
    CopyFrom(Vec<u8>),
    FromVec(Vec<u8>, u8),
    Concat(Vec<Pick>),
    Subarray(Pick, Len, Len),
    SubarrayClamped(Pick, i32, i32),
    Clone(Pick),
    Set(Pick, Len, u8),
    Write(Pick, Len, u64, bool),
    WriteNarrow(Pick, Len, u64, u8, bool),
    Fill(Pick, Vec<u8>),
    FillWith(Pick, Pick),
    CopyTo(Pick, Pick),
    Swap(Pick, u8),
    Search(Pick, Vec<u8>, Len),
    Compare(Pick, Pick),
    Compact(Pick),
    Keep(Pick),
    Freeze(Pick),
    Drop(Pick),

    NewPool(Len),
    SlabSize(Len),
    AllocInPool(Len),
    TakeFromPool(Len),
    ReserveInPool(Len),

    StoreZeroed(Len),
    StoreFromVec(Vec<u8>, u8),
    StoreOf(Pick),
    ViewOfStore(Pick, Len, Len),
    WriteStore(Pick, Len, u8),
    StoreAsPointer(Pick),
    DropStore(Pick),

    FrozenCopy(Vec<u8>),
    FrozenFromVec(Vec<u8>, u8),
    FrozenStatic(Len),
    FrozenSlice(Pick, Len, Len),
    FrozenClone(Pick),
    FrozenSplitTo(Pick, Len),
    FrozenSplitOff(Pick, Len),
    FrozenConsume(Pick, Len),
    FrozenKeep(Pick),
    FrozenCompact(Pick),
    FrozenIntoBuffer(Pick),
    FrozenDrop(Pick),
    FrozenDropElsewhere(Pick),
    FrozenCloneElsewhere(Pick),
}

/// What the model knows of a store. A slab's is only the part that one request got.
struct Plain {
    bytes: RefCell<Vec<u8>>,
    gross: usize,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Own,
    /// Of its own, with memory behind its bytes that was never written.
    OwnWithSpare,
    Slab,
    Static,
}

/// What the model knows of a view. An empty one has no store.
#[derive(Clone, Default)]
struct Shown {
    store: Option<Rc<Plain>>,
    range: Range<usize>,
}

impl Shown {
    fn of(bytes: Vec<u8>, gross: usize, kind: Kind) -> Self {
        let range = 0..bytes.len();
        let store = (!range.is_empty()).then(|| Rc::new(Plain { bytes: RefCell::new(bytes), gross, kind }));
        Self { store, range }
    }

    fn alone(bytes: Vec<u8>) -> Self {
        let gross = bytes.len();
        Self::of(bytes, gross, Kind::Own)
    }

    fn from_vec(vec: &Vec<u8>) -> Self {
        let kind = if vec.capacity() > vec.len() { Kind::OwnWithSpare } else { Kind::Own };
        Self::of(vec.clone(), vec.capacity(), kind)
    }

    /// By the rule of the thread's pool.
    fn pooled(bytes: Vec<u8>) -> Self {
        if bytes.len() < SLAB / 2 { Self::of(bytes, SLAB, Kind::Slab) } else { Self::alone(bytes) }
    }

    fn cut(&self, range: Range<usize>) -> Self {
        let range = self.range.start + range.start..self.range.start + range.end;
        let store = self.store.clone().filter(|_| !range.is_empty());
        Self { range: if store.is_some() { range } else { 0..0 }, store }
    }

    fn bytes(&self) -> Vec<u8> {
        self.store.as_ref().map_or_else(Vec::new, |store| store.bytes.borrow()[self.range.clone()].to_vec())
    }

    fn write(&self, at: usize, bytes: &[u8]) {
        if let Some(store) = &self.store {
            store.bytes.borrow_mut()[self.range.start + at..][..bytes.len()].copy_from_slice(bytes);
        }
    }

    fn len(&self) -> usize {
        self.range.len()
    }

    fn weight(&self) -> Weight {
        Weight { net: self.len(), gross: self.store.as_ref().map_or(0, |store| store.gross) }
    }

    fn kind(&self) -> Option<Kind> {
        self.store.as_ref().map(|store| store.kind)
    }

    /// Handles on the same store; of a slab the model cannot tell.
    fn holders(&self) -> Option<usize> {
        match &self.store {
            Some(store) if matches!(store.kind, Kind::Slab | Kind::Static) => None,
            Some(store) => Some(Rc::strong_count(store)),
            None => Some(1),
        }
    }
}

/// A store, and the part of it that the model knows, which begins at `offset`.
struct Whole {
    store: Store,
    shown: Shown,
    offset: usize,
}

struct Both {
    views: Vec<(Buffer, Shown)>,
    frozen: Vec<(Frozen, Shown)>,
    stores: Vec<Whole>,
    pool: Pool,
}

fn with_spare(bytes: &[u8], spare: u8) -> Vec<u8> {
    let mut vec = Vec::with_capacity(bytes.len() + usize::from(spare));
    vec.extend_from_slice(bytes);
    vec
}

fn ordered(a: Len, b: Len, len: usize) -> Range<usize> {
    let (a, b) = (usize::from(a) % (len + 1), usize::from(b) % (len + 1));
    a.min(b)..a.max(b)
}

fn endian(big: bool) -> Endian {
    if big { Endian::Big } else { Endian::Little }
}

/// One in, one out once there are many.
fn push<T>(list: &mut Vec<T>, item: T) {
    if list.len() >= MOST_HANDLES {
        list.swap_remove(0);
    }
    list.push(item);
}

fn pick<T>(list: &[T], pick: Pick) -> Option<usize> {
    (!list.is_empty()).then(|| usize::from(pick) % list.len())
}

impl Both {
    fn make(&mut self, buffer: Buffer, shown: Shown) {
        push(&mut self.views, (buffer, shown));
    }

    fn freeze(&mut self, frozen: Frozen, shown: Shown) {
        push(&mut self.frozen, (frozen, shown));
    }

    fn play(&mut self, op: Op) -> Option<()> {
        match op {
            Op::Alloc(len) => self.make(Buffer::alloc(len.into()), Shown::alone(vec![0; len.into()])),
            Op::AllocSlow(len) => self.make(Buffer::alloc_slow(len.into()), Shown::alone(vec![0; len.into()])),
            Op::AllocPooled(len) => {
                // Old bytes of the pool may show through: the model learns them.
                let buffer = Buffer::alloc_pooled(len.into());
                let shown = Shown::pooled(buffer.to_vec());
                self.make(buffer, shown);
            }
            Op::CopyFrom(bytes) => self.make(Buffer::copy_from(&bytes), Shown::pooled(bytes)),
            Op::FromVec(bytes, spare) => {
                let vec = with_spare(&bytes, spare);
                let shown = Shown::from_vec(&vec);
                self.make(Buffer::from_vec(vec), shown);
            }
            Op::Concat(picks) => {
                let picks: Vec<usize> = picks.into_iter().take(8).filter_map(|at| pick(&self.views, at)).collect();
                let list: Vec<Buffer> = picks.iter().map(|&at| self.views[at].0.clone()).collect();
                let bytes: Vec<u8> = picks.iter().flat_map(|&at| self.views[at].1.bytes()).collect();
                self.make(Buffer::concat(&list), Shown::pooled(bytes));
            }
            Op::Freeze(at) => {
                let (buffer, shown) = self.views.swap_remove(pick(&self.views, at)?);
                let bytes = shown.bytes();
                let shares = shown.holders() == Some(1);
                let place = buffer.cells().as_ptr().addr();
                let frozen = buffer.freeze();
                assert!(bytes.is_empty() || shares == (frozen.as_ptr().addr() == place), "shared or copied");
                self.freeze(frozen, if shares { shown } else { Shown::pooled(bytes) });
            }
            Op::Keep(at) => {
                let (view, shown) = self.views.swap_remove(pick(&self.views, at)?);
                let place = view.cells().as_ptr().addr();
                let view = view.keep();
                let shown = kept(view.cells().as_ptr().addr() != place, shown);
                self.make(view, shown);
            }
            Op::Drop(at) => drop(self.views.swap_remove(pick(&self.views, at)?)),
            Op::CopyTo(from, to) => {
                let (from, from_shown) = &self.views[pick(&self.views, from)?];
                let (to, to_shown) = &self.views[pick(&self.views, to)?];
                let n = from.len().min(to.len());
                assert_eq!(from.copy_to(to), n);
                to_shown.write(0, &from_shown.bytes()[..n]);
            }
            Op::FillWith(view, pattern) => {
                let (view, shown) = &self.views[pick(&self.views, view)?];
                let (pattern, pattern_shown) = &self.views[pick(&self.views, pattern)?];
                view.fill(pattern);
                shown.write(0, &repeated(&pattern_shown.bytes(), view.len()));
            }
            Op::Compare(a, b) => {
                let (a, a_shown) = &self.views[pick(&self.views, a)?];
                let (b, b_shown) = &self.views[pick(&self.views, b)?];
                assert_eq!(a.compare(b), a_shown.bytes().cmp(&b_shown.bytes()));
                assert_eq!(a == b, a_shown.bytes() == b_shown.bytes());
            }
            Op::Subarray(at, ..)
            | Op::SubarrayClamped(at, ..)
            | Op::Clone(at)
            | Op::Set(at, ..)
            | Op::Write(at, ..)
            | Op::WriteNarrow(at, ..)
            | Op::Fill(at, _)
            | Op::Swap(at, _)
            | Op::Search(at, ..)
            | Op::Compact(at)
            | Op::StoreOf(at) => self.play_on_view(pick(&self.views, at)?, op),
            Op::NewPool(_) | Op::SlabSize(_) | Op::AllocInPool(_) | Op::TakeFromPool(_) | Op::ReserveInPool(_) => {
                self.play_on_pool(op);
            }
            Op::StoreZeroed(len) => {
                let store = Store::try_zeroed(len.into()).expect("there is memory");
                let shown = Shown::alone(vec![0; len.into()]);
                push(&mut self.stores, Whole { store, shown, offset: 0 });
            }
            Op::StoreFromVec(bytes, spare) => {
                let vec = with_spare(&bytes, spare);
                let shown = Shown::from_vec(&vec);
                push(&mut self.stores, Whole { store: Store::from_vec(vec), shown, offset: 0 });
            }
            Op::ViewOfStore(at, ..) | Op::WriteStore(at, ..) | Op::StoreAsPointer(at) | Op::DropStore(at) => {
                self.play_on_store(pick(&self.stores, at)?, op);
            }
            Op::FrozenCopy(bytes) => self.freeze(Frozen::copy_from_slice(&bytes), Shown::pooled(bytes)),
            Op::FrozenFromVec(bytes, spare) => {
                let vec = with_spare(&bytes, spare);
                let shown = Shown::from_vec(&vec);
                self.freeze(Frozen::from(vec), shown);
            }
            Op::FrozenStatic(len) => {
                static FIXED: [u8; 300] = [0x55; 300];
                let bytes = &FIXED[..usize::from(len) % 301];
                self.freeze(Frozen::from_static(bytes), Shown::of(bytes.to_vec(), 0, Kind::Static));
            }
            Op::FrozenSlice(at, ..)
            | Op::FrozenClone(at)
            | Op::FrozenSplitTo(at, _)
            | Op::FrozenSplitOff(at, _)
            | Op::FrozenConsume(at, _)
            | Op::FrozenKeep(at)
            | Op::FrozenCompact(at)
            | Op::FrozenIntoBuffer(at)
            | Op::FrozenDrop(at)
            | Op::FrozenDropElsewhere(at)
            | Op::FrozenCloneElsewhere(at) => self.play_on_frozen(pick(&self.frozen, at)?, op),
        }
        Some(())
    }

    fn play_on_view(&mut self, at: usize, op: Op) {
        let (view, shown) = &self.views[at];
        match op {
            Op::Subarray(_, a, b) => {
                let range = ordered(a, b, view.len());
                assert!(view.try_subarray(range.start..=view.len()).is_err());
                let cut = (view.subarray(range.clone()), shown.cut(range));
                self.make(cut.0, cut.1);
            }
            Op::SubarrayClamped(_, start, end) => {
                let (start, end) = (start as isize, end as isize);
                let cut = (view.subarray_clamped(start, end), shown.cut(clamped(start, end, view.len())));
                self.make(cut.0, cut.1);
            }
            Op::Clone(_) => {
                let (view, shown) = self.views[at].clone();
                self.make(view, shown);
            }
            Op::Compact(_) => {
                let copy = (view.compact(), Shown::alone(shown.bytes()));
                self.make(copy.0, copy.1);
            }
            Op::StoreOf(_) => {
                if let Some(store) = view.store() {
                    assert_eq!(store.capacity(), view.weight().gross);
                    assert_eq!(store.is_slab(), shown.kind() == Some(Kind::Slab));
                    let whole = Whole { store, shown: shown.clone(), offset: view.byte_offset() };
                    push(&mut self.stores, whole);
                }
            }
            Op::Set(_, index, byte) => {
                let index = usize::from(index) % (view.len() + 1);
                assert_eq!(view.set(index, byte).is_ok(), index < view.len());
                if index < view.len() {
                    shown.write(index, &[byte]);
                }
                assert_eq!(view.get(index), shown.bytes().get(index).copied());
            }
            Op::Write(_, offset, value, big) => {
                let offset = usize::from(offset) % (view.len() + 9);
                let fits = offset + 8 <= view.len();
                assert_eq!(view.write(value, offset, endian(big)).is_ok(), fits);
                if fits {
                    shown.write(offset, &if big { value.to_be_bytes() } else { value.to_le_bytes() });
                    assert_eq!(view.read::<u64>(offset, endian(big)), Ok(value));
                    assert_eq!(view.read::<f64>(offset, endian(!big)).map(f64::to_bits), Ok(value.swap_bytes()));
                }
            }
            Op::WriteNarrow(_, offset, value, width, big) => {
                let (offset, width) = (usize::from(offset) % (view.len() + 9), usize::from(width) % 10);
                let fits = (1..=8).contains(&width) && offset + width <= view.len();
                assert_eq!(view.write_uint(value, offset, width, endian(big)).is_ok(), fits);
                assert_eq!(view.read_uint(offset, width, endian(big)).is_ok(), fits);
                if fits {
                    let bytes = value.to_le_bytes();
                    let mut low = bytes[..width].to_vec();
                    let read = view.read_uint(offset, width, endian(big)).expect("it fits");
                    assert_eq!(read.to_le_bytes()[..width], low);
                    if big {
                        low.reverse();
                    }
                    shown.write(offset, &low);
                }
            }
            Op::Fill(_, pattern) => {
                view.fill(&pattern[..]);
                shown.write(0, &repeated(&pattern, view.len()));
            }
            Op::Swap(_, power) => {
                let width = 2 << (power % 3);
                let swapped = match width {
                    2 => view.swap16(),
                    4 => view.swap32(),
                    _ => view.swap64(),
                };
                assert_eq!(swapped.is_ok(), view.len() % width == 0);
                if swapped.is_ok() {
                    let turned =
                        shown.bytes().chunks(width).flat_map(|word| word.iter().rev().copied()).collect::<Vec<_>>();
                    shown.write(0, &turned);
                }
            }
            Op::Search(_, needle, from) => {
                let from = usize::from(from) % (view.len() + 2);
                let bytes = shown.bytes();
                let found = |at: &usize| bytes[*at..].starts_with(&needle);
                if !needle.is_empty() {
                    let first = (from..bytes.len()).find(found);
                    let last = (0..bytes.len().min(from + 1)).rev().find(found);
                    assert_eq!(view.index_of_from(&needle[..], from), first);
                    assert_eq!(view.last_index_of_from(&needle[..], from), last);
                }
            }
            _ => {}
        }
    }

    fn play_on_pool(&mut self, op: Op) {
        match op {
            Op::NewPool(len) => self.pool = Pool::with_slab_size(len.into()),
            Op::SlabSize(len) => self.pool.set_slab_size(len.into()),
            Op::AllocInPool(len) => {
                let len = usize::from(len);
                let buffer = self.pool.alloc(len);
                let shown = if len < self.pool.slab_size() / 2 {
                    let gross = buffer.weight().gross;
                    assert!(gross >= len);
                    Shown::of(buffer.to_vec(), gross, Kind::Slab)
                } else {
                    Shown::alone(vec![0; len])
                };
                self.make(buffer, shown);
            }
            Op::TakeFromPool(len) => {
                let len = usize::from(len);
                let taken = self.pool.take(len);
                assert_eq!(taken.is_ok(), len <= self.pool.slab_size());
                if let Ok((store, offset)) = taken {
                    assert!(store.is_slab() && offset + len <= store.capacity());
                    let bytes = cells::to_vec(&store.cells()[offset..offset + len]);
                    let shown = Shown::of(bytes, store.capacity(), Kind::Slab);
                    push(&mut self.stores, Whole { store, shown, offset });
                }
            }
            Op::ReserveInPool(len) => {
                let len = usize::from(len);
                let reserved = self.pool.reserve_at(len, plimsoll::audit::Site::caller());
                assert_eq!(reserved.is_ok(), len <= self.pool.slab_size());
                assert!(reserved.is_err() || self.pool.room() >= len);
            }
            _ => {}
        }
    }

    fn play_on_store(&mut self, at: usize, op: Op) {
        let Whole { store, shown, offset } = &self.stores[at];
        match op {
            Op::ViewOfStore(_, a, b) => {
                let range = ordered(a, b, shown.len());
                assert!(store.try_view(offset + range.start..=store.cells().len()).is_err());
                let view = store.try_view(offset + range.start..offset + range.end).expect("it fits");
                let shown = shown.cut(range);
                self.make(view, shown);
            }
            Op::WriteStore(_, index, byte) if shown.len() > 0 => {
                let index = usize::from(index) % shown.len();
                store.cells()[offset + index].set(byte);
                shown.write(index, &[byte]);
            }
            Op::StoreAsPointer(_) => {
                let Whole { store, shown, offset } = self.stores.swap_remove(at);
                let id = store.id();
                // SAFETY: the pointer comes from `into_raw` and is used once.
                let store = unsafe { Store::from_raw(store.into_raw()) };
                assert_eq!(store.id(), id);
                self.stores.push(Whole { store, shown, offset });
            }
            Op::DropStore(_) => drop(self.stores.swap_remove(at)),
            _ => {}
        }
    }

    fn play_on_frozen(&mut self, at: usize, op: Op) {
        let (frozen, shown) = &mut self.frozen[at];
        match op {
            Op::FrozenSlice(_, a, b) => {
                let range = ordered(a, b, frozen.len());
                assert!(frozen.try_slice(range.start..=frozen.len()).is_err());
                let cut = (frozen.slice(range.clone()), shown.cut(range));
                self.freeze(cut.0, cut.1);
            }
            Op::FrozenClone(_) => {
                let (frozen, shown) = self.frozen[at].clone();
                self.freeze(frozen, shown);
            }
            Op::FrozenSplitTo(_, cut) => {
                let (cut, len) = (usize::from(cut) % (frozen.len() + 1), frozen.len());
                let front = (frozen.split_to(cut), shown.cut(0..cut));
                *shown = shown.cut(cut..len);
                self.freeze(front.0, front.1);
            }
            Op::FrozenSplitOff(_, cut) => {
                let (cut, len) = (usize::from(cut) % (frozen.len() + 1), frozen.len());
                let back = (frozen.split_off(cut), shown.cut(cut..len));
                *shown = shown.cut(0..cut);
                self.freeze(back.0, back.1);
            }
            Op::FrozenConsume(_, cut) => {
                let (cut, len) = (usize::from(cut) % (frozen.len() + 1), frozen.len());
                frozen.consume(cut);
                *shown = shown.cut(cut..len);
            }
            Op::FrozenKeep(_) => {
                let (frozen, shown) = self.frozen.swap_remove(at);
                let place = frozen.as_ptr().addr();
                let frozen = frozen.keep();
                let shown = kept(frozen.as_ptr().addr() != place, shown);
                self.freeze(frozen, shown);
            }
            Op::FrozenCompact(_) => {
                let copy = (frozen.compact(), Shown::alone(shown.bytes()));
                self.freeze(copy.0, copy.1);
            }
            Op::FrozenIntoBuffer(_) => {
                let (frozen, shown) = self.frozen.swap_remove(at);
                let sole = shown.holders() == Some(1);
                let place = frozen.as_ptr().addr();
                match frozen.try_into_buffer() {
                    Ok(buffer) => {
                        assert!(shown.len() == 0 || sole && buffer.cells().as_ptr().addr() == place);
                        self.make(buffer, shown);
                    }
                    Err(frozen) => {
                        assert!(!(sole && shown.kind() == Some(Kind::Own)), "the sole handle on a store of its own");
                        self.freeze(frozen, shown);
                    }
                }
            }
            Op::FrozenDrop(_) => drop(self.frozen.swap_remove(at)),
            Op::FrozenDropElsewhere(_) => {
                let (frozen, _) = self.frozen.swap_remove(at);
                std::thread::spawn(move || drop(frozen)).join().expect("it only drops");
            }
            Op::FrozenCloneElsewhere(_) => {
                let (frozen, shown) = self.frozen.swap_remove(at);
                let (there, back) =
                    std::thread::spawn(move || (frozen.clone(), frozen)).join().expect("it only clones");
                self.freeze(there, shown.clone());
                self.freeze(back, shown);
            }
            _ => {}
        }
    }

    fn check(&self) {
        for (view, shown) in &self.views {
            same(&view.to_vec(), &shown.bytes());
            assert_eq!(view.weight(), shown.weight());
            assert_eq!(view.is_empty(), view.store().is_none());
        }
        for (frozen, shown) in &self.frozen {
            same(frozen, &shown.bytes());
            assert_eq!(frozen.weight(), shown.weight());
        }
        for Whole { store, shown, offset } in &self.stores {
            same(&cells::to_vec(&store.cells()[*offset..offset + shown.len()]), &shown.bytes());
        }
    }
}

/// `keep()` by its documented rule; for a slab, whose views the model cannot count, either outcome.
fn kept(copied: bool, shown: Shown) -> Shown {
    let must = shown.holders().map(|holders| KeepRule::default().should_copy(shown.weight(), holders));
    assert_eq!(copied, must.unwrap_or(copied));
    if copied { Shown::alone(shown.bytes()) } else { shown }
}

fn clamped(start: isize, end: isize, len: usize) -> Range<usize> {
    let at = |index: isize| {
        let index = if index < 0 { index + len as isize } else { index };
        index.clamp(0, len as isize) as usize
    };
    at(start)..at(end).max(at(start))
}

fn repeated(pattern: &[u8], len: usize) -> Vec<u8> {
    if pattern.is_empty() { vec![0; len] } else { pattern.iter().copied().cycle().take(len).collect() }
}

/// Says where they differ, not all of what does.
#[track_caller]
fn same(shown: &[u8], model: &[u8]) {
    if shown != model {
        let at = shown.iter().zip(model).take_while(|(a, b)| a == b).count();
        panic!("{} bytes, the model has {}; they differ from {at} on", shown.len(), model.len());
    }
}

fuzz_target!(|ops: Vec<Op>| {
    let pool = Pool::with_slab_size(1000);
    let mut both = Both { views: Vec::new(), frozen: Vec::new(), stores: Vec::new(), pool };
    for op in ops {
        // None: the operation is about a handle, and there is none.
        let _ = both.play(op);
        both.check();
    }
});
