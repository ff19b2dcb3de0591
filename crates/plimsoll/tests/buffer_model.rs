//! Whatever is done with buffers, they show what the plainest model shows, and weigh what it weighs.
//!
//! The model gives every allocation a vector of its own, pooled ones too. So two pooled buffers that were handed the same bytes
//! of a slab, or a slab used again while a view of it lives, show up as bytes that changed.

use plimsoll::{Buffer, Frozen, KeepRule, Pool, Weight};
use proptest::collection::vec;
use proptest::prelude::*;
use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

const SLAB: usize = 8 * 1024;
const OWN_SLAB: usize = 1000;

/// Which earlier view an operation is about: taken modulo their number.
type Pick = usize;

#[derive(Clone, Debug)]
enum Op {
    Alloc(usize),
    AllocPooled(usize),
    AllocSlow(usize),
    AllocInOwnPool(usize),
    CopyFrom(Vec<u8>),
    FromVec(Vec<u8>, usize),
    Concat(Vec<Pick>),
    Subarray(Pick, usize, usize),
    SubarrayClamped(Pick, isize, isize),
    ViewOfStore(Pick),
    Clone(Pick),
    Set(Pick, usize, u8),
    Fill(Pick, Vec<u8>),
    FillWith(Pick, Pick),
    CopyTo(Pick, Pick),
    Swap(Pick, usize),
    Compact(Pick),
    Keep(Pick),
    Freeze(Pick),
    Drop(Pick),
}

/// Mostly small; sometimes about half a slab, where pooling ends; sometimes more than a slab.
fn len() -> impl Strategy<Value = usize> {
    prop_oneof![8 => 0usize..100, 3 => 1000usize..3000, 2 => 4090usize..4100, 1 => 8000usize..9000]
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    (len(), any::<u8>()).prop_map(|(len, first)| (0..len).map(|i| first.wrapping_add(i as u8)).collect())
}

fn op() -> impl Strategy<Value = Op> {
    let pick = || 0usize..1000;
    let index = || prop_oneof![-120isize..120, Just(isize::MIN), Just(isize::MAX)];
    prop_oneof![
        2 => len().prop_map(Op::Alloc),
        4 => len().prop_map(Op::AllocPooled),
        1 => len().prop_map(Op::AllocSlow),
        2 => (0usize..600).prop_map(Op::AllocInOwnPool),
        4 => bytes().prop_map(Op::CopyFrom),
        2 => (bytes(), 0usize..50).prop_map(|(bytes, spare)| Op::FromVec(bytes, spare)),
        2 => vec(pick(), 0..4).prop_map(Op::Concat),
        6 => (pick(), pick(), pick()).prop_map(|(view, a, b)| Op::Subarray(view, a, b)),
        2 => (pick(), index(), index()).prop_map(|(view, a, b)| Op::SubarrayClamped(view, a, b)),
        1 => pick().prop_map(Op::ViewOfStore),
        3 => pick().prop_map(Op::Clone),
        2 => (pick(), pick(), any::<u8>()).prop_map(|(view, at, byte)| Op::Set(view, at, byte)),
        3 => (pick(), vec(any::<u8>(), 0..5)).prop_map(|(view, pattern)| Op::Fill(view, pattern)),
        2 => (pick(), pick()).prop_map(|(view, pattern)| Op::FillWith(view, pattern)),
        4 => (pick(), pick()).prop_map(|(from, to)| Op::CopyTo(from, to)),
        2 => (pick(), 1usize..4).prop_map(|(view, power)| Op::Swap(view, 1 << power)),
        2 => pick().prop_map(Op::Compact),
        3 => pick().prop_map(Op::Keep),
        2 => pick().prop_map(Op::Freeze),
        6 => pick().prop_map(Op::Drop),
    ]
}

/// What the model knows of a store.
struct Plain {
    bytes: RefCell<Vec<u8>>,
    gross: usize,
    is_slab: bool,
}

/// What the model knows of a view. An empty one has no store.
#[derive(Clone, Default)]
struct Shown {
    store: Option<Rc<Plain>>,
    range: Range<usize>,
}

impl Shown {
    fn of(bytes: Vec<u8>, gross: usize, is_slab: bool) -> Self {
        let range = 0..bytes.len();
        let store = (!range.is_empty()).then(|| Rc::new(Plain { bytes: RefCell::new(bytes), gross, is_slab }));
        Self { store, range }
    }

    fn alone(bytes: Vec<u8>) -> Self {
        let gross = bytes.len();
        Self::of(bytes, gross, false)
    }

    /// By the rule of the thread's pool.
    fn pooled(bytes: Vec<u8>) -> Self {
        if bytes.len() < SLAB / 2 { Self::of(bytes, SLAB, true) } else { Self::alone(bytes) }
    }

    fn cut(&self, range: Range<usize>) -> Self {
        let range = self.range.start + range.start..self.range.start + range.end;
        let store = self.store.clone().filter(|_| !range.is_empty());
        Self { range: if store.is_some() { range } else { 0..0 }, store }
    }

    fn bytes(&self) -> Vec<u8> {
        self.store.as_ref().map_or_else(Vec::new, |store| store.bytes.borrow()[self.range.clone()].to_vec())
    }

    fn write(&self, bytes: &[u8]) {
        if let Some(store) = &self.store {
            store.bytes.borrow_mut()[self.range.start..self.range.start + bytes.len()].copy_from_slice(bytes);
        }
    }

    fn weight(&self) -> Weight {
        Weight { net: self.range.len(), gross: self.store.as_ref().map_or(0, |store| store.gross) }
    }

    /// Views of the same store; of a slab the model cannot tell.
    fn live_views(&self) -> Option<usize> {
        match &self.store {
            Some(store) if store.is_slab => None,
            Some(store) => Some(Rc::strong_count(store)),
            None => Some(1),
        }
    }
}

struct Both {
    views: Vec<(Buffer, Shown)>,
    frozen: Vec<(Frozen, Vec<u8>, usize)>,
    pool: Pool,
}

impl Both {
    fn new() -> Self {
        Self { views: Vec::new(), frozen: Vec::new(), pool: Pool::with_slab_size(OWN_SLAB) }
    }

    fn pick(&self, pick: Pick) -> Option<usize> {
        (!self.views.is_empty()).then(|| pick % self.views.len())
    }

    fn make(&mut self, buffer: Buffer, shown: Shown) {
        self.views.push((buffer, shown));
    }

    /// Old bytes of the pool may show through: the model learns them.
    fn make_pooled(&mut self, buffer: Buffer, shown: impl Fn(Vec<u8>) -> Shown) {
        let shown = shown(buffer.to_vec());
        self.make(buffer, shown);
    }

    fn play(&mut self, op: Op) {
        match op {
            Op::Alloc(len) => self.make(Buffer::alloc(len), Shown::alone(vec![0; len])),
            Op::AllocSlow(len) => self.make(Buffer::alloc_slow(len), Shown::alone(vec![0; len])),
            Op::AllocPooled(len) => self.make_pooled(Buffer::alloc_pooled(len), Shown::pooled),
            Op::AllocInOwnPool(len) => {
                let buffer = self.pool.alloc(len);
                let is_slab = len < OWN_SLAB / 2;
                self.make_pooled(buffer, |bytes| Shown::of(bytes, if is_slab { OWN_SLAB } else { len }, is_slab));
            }
            Op::CopyFrom(bytes) => self.make(Buffer::copy_from(&bytes), Shown::pooled(bytes)),
            Op::FromVec(bytes, spare) => {
                let mut taken = Vec::with_capacity(bytes.len() + spare);
                taken.extend_from_slice(&bytes);
                let gross = taken.capacity();
                self.make(Buffer::from_vec(taken), Shown::of(bytes, gross, false));
            }
            Op::Concat(picks) => {
                let picks: Vec<usize> = picks.into_iter().filter_map(|pick| self.pick(pick)).collect();
                let list: Vec<Buffer> = picks.iter().map(|&at| self.views[at].0.clone()).collect();
                let bytes: Vec<u8> = picks.iter().flat_map(|&at| self.views[at].1.bytes()).collect();
                self.make(Buffer::concat(&list), Shown::pooled(bytes));
            }
            Op::Freeze(pick) => {
                let Some(at) = self.pick(pick) else { return };
                let (buffer, shown) = self.views.swap_remove(at);
                let bytes = shown.bytes();
                let free = shown.live_views() == Some(1);
                let gross = if free { shown.weight().gross } else { Shown::pooled(bytes.clone()).weight().gross };
                let place = buffer.cells().as_ptr().addr();
                let frozen = buffer.freeze();
                assert!(bytes.is_empty() || free == (frozen.as_ptr().addr() == place), "shared or copied");
                self.frozen.push((frozen, bytes, gross));
            }
            Op::Drop(pick) => match self.pick(pick) {
                Some(at) => drop(self.views.swap_remove(at)),
                None => drop(self.frozen.pop()),
            },
            Op::CopyTo(from, to) => {
                let (Some(from), Some(to)) = (self.pick(from), self.pick(to)) else { return };
                let ((from, from_shown), (to, to_shown)) = (&self.views[from], &self.views[to]);
                let n = from.len().min(to.len());
                assert_eq!(from.copy_to(to), n);
                to_shown.write(&from_shown.bytes()[..n]);
            }
            Op::FillWith(view, pattern) => {
                let (Some(view), Some(pattern)) = (self.pick(view), self.pick(pattern)) else { return };
                let ((view, shown), (pattern, pattern_shown)) = (&self.views[view], &self.views[pattern]);
                view.fill(pattern);
                shown.write(&repeated(&pattern_shown.bytes(), view.len()));
            }
            Op::Subarray(pick, ..)
            | Op::SubarrayClamped(pick, ..)
            | Op::ViewOfStore(pick)
            | Op::Clone(pick)
            | Op::Set(pick, ..)
            | Op::Fill(pick, _)
            | Op::Swap(pick, _)
            | Op::Compact(pick)
            | Op::Keep(pick) => {
                if let Some(at) = self.pick(pick) {
                    self.play_on_one(at, op);
                }
            }
        }
    }

    fn play_on_one(&mut self, at: usize, op: Op) {
        let (view, shown) = &self.views[at];
        let made = match op {
            Op::Subarray(_, a, b) => {
                let (a, b) = (a % (view.len() + 1), b % (view.len() + 1));
                let range = a.min(b)..a.max(b);
                assert!(view.try_subarray(a..=view.len()).is_err());
                Some((view.subarray(range.clone()), shown.cut(range)))
            }
            Op::SubarrayClamped(_, start, end) => {
                let cut = view.subarray_clamped(start, end);
                Some((cut, shown.cut(clamped(start, end, view.len()))))
            }
            Op::ViewOfStore(_) => view.store().map(|store| {
                assert_eq!(store.capacity(), view.weight().gross);
                let (from, to) = (view.byte_offset(), view.byte_offset() + view.len());
                let again = store.try_view(from..to).expect("the view's own range fits");
                assert!(store.try_view(from..=store.cells().len()).is_err());
                (again, shown.clone())
            }),
            Op::Clone(_) => Some((view.clone(), shown.clone())),
            Op::Compact(_) => Some((view.compact(), Shown::alone(shown.bytes()))),
            Op::Keep(_) => {
                let (view, shown) = self.views.swap_remove(at);
                Some(kept(view, shown))
            }
            Op::Set(_, index, byte) => {
                let index = index % (view.len() + 1);
                assert_eq!(view.set(index, byte).is_ok(), index < view.len());
                if index < view.len() {
                    shown.cut(index..index + 1).write(&[byte]);
                }
                None
            }
            Op::Fill(_, pattern) => {
                view.fill(&pattern);
                shown.write(&repeated(&pattern, view.len()));
                None
            }
            Op::Swap(_, width) => {
                let swapped = match width {
                    2 => view.swap16(),
                    4 => view.swap32(),
                    _ => view.swap64(),
                };
                assert_eq!(swapped.is_ok(), view.len() % width == 0);
                if swapped.is_ok() {
                    shown.write(
                        &shown.bytes().chunks(width).flat_map(|word| word.iter().rev().copied()).collect::<Vec<_>>(),
                    );
                }
                None
            }
            _ => None,
        };
        self.views.extend(made);
    }

    fn check(&self) {
        for (view, shown) in &self.views {
            assert_eq!(view.to_vec(), shown.bytes());
            assert_eq!(view.weight(), shown.weight());
            assert_eq!(view.is_empty(), view.store().is_none());
        }
        for (frozen, bytes, gross) in &self.frozen {
            assert_eq!(&frozen[..], &bytes[..]);
            assert_eq!(frozen.weight(), Weight { net: bytes.len(), gross: *gross });
        }
    }
}

/// `keep()` by its documented rule; for a slab, whose views the model cannot count, either outcome.
fn kept(view: Buffer, shown: Shown) -> (Buffer, Shown) {
    let copies = shown.live_views().map(|live| KeepRule::default().should_copy(shown.weight(), live));
    let place = view.cells().as_ptr().addr();
    let kept = view.keep();
    let copied = kept.cells().as_ptr().addr() != place;
    assert_eq!(copied, copies.unwrap_or(copied));
    let shown = if copied { Shown::alone(shown.bytes()) } else { shown };
    (kept, shown)
}

fn clamped(start: isize, end: isize, len: usize) -> Range<usize> {
    let at = |index: isize| {
        let index = if index < 0 { index as i128 + len as i128 } else { index as i128 };
        index.clamp(0, len as i128) as usize
    };
    at(start)..at(end).max(at(start))
}

fn repeated(pattern: &[u8], len: usize) -> Vec<u8> {
    if pattern.is_empty() { vec![0; len] } else { pattern.iter().copied().cycle().take(len).collect() }
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: if cfg!(miri) { 3 } else { 192 }, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn buffers_show_and_weigh_what_the_model_does(ops in vec(op(), 1..if cfg!(miri) { 40 } else { 80 })) {
        let mut both = Both::new();
        for op in ops {
            both.play(op);
            both.check();
        }
    }
}
