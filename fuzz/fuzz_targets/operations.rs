//! Whatever is done with buffers, frozen bytes, shared memory, pools, readers and stores, they show what the plainest model shows,
//! weigh what it weighs, and budgets hold what it holds.
//!
//! The model gives every allocation a vector of its own, pooled ones too. So two pooled buffers that were handed the same bytes of
//! a slab, or a slab used again while a view of it lives, show up as bytes that changed.

#![no_main]

mod lens;
mod lines;
mod shared;

use arbitrary::Arbitrary;
use bytes::{Buf, Bytes};
use lens::{Lens, with_number};
use libfuzzer_sys::fuzz_target;
use lines::{Held, Lines};
use plimsoll::cells::{self, Endian};
use plimsoll::{Buffer, ChunkPool, Frozen, KeepRule, Pool, Reader, Store, Weigh, Weight, weigh_all};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

/// The thread's own pool, by Node's rule.
const SLAB: usize = 8 * 1024;
const MOST_HANDLES: usize = 48;
const MOST_CONCAT: usize = 1 << 18;
const MOST_READERS: usize = 4;
/// No reader has more, so that a run is not about the allocator.
const MOST_UNREAD: usize = 1 << 16;

/// Pools of chunks: what may be idle, the line, and whether for secrets.
const CHUNK_POOLS: [(usize, Option<usize>, bool); 3] =
    [(1 << 20, None, false), (192 << 10, Some(1), false), (256 << 10, Some(2), true)];
/// Sizes of chunks that a pool keeps, in bytes: 8 to 15 eighths of the powers of two from here on.
const SMALLEST: usize = 64 << 10;
const LARGEST: usize = 1 << 20;

/// Which earlier handle an operation is about: taken modulo their number.
type Pick = u8;
type Len = u16;
/// A budget, modulo their number.
type Line = u8;

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
    FrozenLent(Vec<u8>),
    FrozenTyped(Pick, Lens),
    FrozenIntoBytes(Pick),
    FrozenReadAsBytes(Pick, Len),

    BytesFromVec(Vec<u8>, u8),
    BytesSlice(Pick, Len, Len),
    BytesIntoFrozen(Pick),
    BytesDrop(Pick),

    Typed(Pick, Lens),
    AllocForSecrets(Len),
    NewPoolUnder { line: Option<Line>, slab: Len, secret: bool },
    ReleaseToPool(Pick),

    AllocUnder(Line, Len),
    Charge(Line, Len),
    ChargeMore(Line, u8),
    Wait(Line, Len),
    WaitForMore(Line, u8),
    GiveUpWaiting(Pick),
    AllocCharged(Pick),
    Refund(Pick),

    NewReader { lender: Lender, chunk: Len, twice: u8 },
    Feed(Pick, Vec<u8>),
    FeedMore(Pick, Len),
    FeedFromSource(Pick, Len, Len),
    Cut(Pick, Len),
    CutAll(Pick),
    Skip(Pick, Len),
    EndReader(Pick),
    Trim(Pick),

    Shared(shared::Op),
}

#[derive(Arbitrary, Debug, Clone, Copy)]
enum Lender {
    Line(Line),
    Pool(Pick),
}

/// What the model knows of a store. A slab's is only the part that one request got.
struct Plain {
    bytes: RefCell<Vec<u8>>,
    gross: usize,
    kind: Kind,
    /// A vector's memory, taken over.
    vec: bool,
    /// Overwritten when it goes, and so are copies that a `Buffer` makes of it.
    secret: bool,
    /// What ends with it: what is held on a line, a chunk, an owner.
    _keeps: Option<Rc<dyn Any>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Own,
    /// Of its own, with memory behind its bytes that was never written.
    OwnWithSpare,
    Slab,
    Static,
    /// An owner's, or `bytes`'s.
    Lent,
    /// A reader's.
    Chunk,
}

/// What the model knows of a view. An empty one has no store.
#[derive(Clone, Default)]
struct Shown {
    store: Option<Rc<Plain>>,
    range: Range<usize>,
}

impl Shown {
    /// The line that its store is charged to.
    fn line(&self) -> Option<usize> {
        let keeps = self.store.as_ref()?._keeps.as_ref()?;
        keeps.downcast_ref::<Held>().map(Held::line)
    }

    fn of(bytes: Vec<u8>, gross: usize, kind: Kind) -> Self {
        Self::that_keeps(None, bytes, gross, kind)
    }

    fn that_keeps(keeps: Option<Rc<dyn Any>>, bytes: Vec<u8>, gross: usize, kind: Kind) -> Self {
        let range = 0..bytes.len();
        let store = (!range.is_empty()).then(|| {
            Rc::new(Plain { bytes: RefCell::new(bytes), gross, kind, vec: false, secret: false, _keeps: keeps })
        });
        Self { store, range }
    }

    fn alone(bytes: Vec<u8>) -> Self {
        let gross = bytes.len();
        Self::of(bytes, gross, Kind::Own)
    }

    /// The same, which is new, for secrets.
    fn secret(mut self, secret: bool) -> Self {
        if let Some(store) = self.store.as_mut().and_then(Rc::get_mut) {
            store.secret = secret;
        }
        self
    }

    fn is_secret(&self) -> bool {
        self.store.as_ref().is_some_and(|store| store.secret)
    }

    fn from_vec(vec: &Vec<u8>) -> Self {
        let kind = if vec.capacity() > vec.len() { Kind::OwnWithSpare } else { Kind::Own };
        Self::of(vec.clone(), vec.capacity(), kind).vec()
    }

    /// The same, which is new, and was a vector.
    fn vec(mut self) -> Self {
        if let Some(store) = self.store.as_mut().and_then(Rc::get_mut) {
            store.vec = true;
        }
        self
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
            Some(store) if matches!(store.kind, Kind::Slab | Kind::Static | Kind::Chunk) => None,
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

/// A `Bytes`. However it is cut, what it was made of is one view.
#[derive(Clone)]
struct Foreign {
    bytes: Bytes,
    of: Rc<Shown>,
    range: Range<usize>,
}

impl Foreign {
    fn new(bytes: Bytes, of: Shown) -> Self {
        Self { bytes, range: 0..of.len(), of: Rc::new(of) }
    }

    fn cut(&self, range: Range<usize>) -> Self {
        let bytes = self.bytes.slice(range.clone());
        if range.is_empty() {
            return Self::new(bytes, Shown::default());
        }
        Self { bytes, of: Rc::clone(&self.of), range: self.range.start + range.start..self.range.start + range.end }
    }
}

/// The pool, and what the model knows of it.
struct Pooling {
    pool: Pool,
    line: Option<usize>,
    secret: bool,
    /// The slab that is being filled: which, its size, and what is held for it.
    slab: Option<(u64, usize, Option<Rc<dyn Any>>)>,
    returned: Vec<Shown>,
}

impl Pooling {
    fn new(pool: Pool, line: Option<usize>, secret: bool) -> Self {
        Self { pool, line, secret, slab: None, returned: Vec::new() }
    }

    /// What keeps the slab that `store` is.
    fn slab(&mut self, store: &Store, lines: &Lines) -> Option<Rc<dyn Any>> {
        let (id, size) = (store.id(), store.capacity());
        match &self.slab {
            Some((now, as_large, held)) if (*now, *as_large) == (id, size) => held.clone(),
            _ => {
                // The one before is given up first, as the pool does.
                self.slab = None;
                let held = self.line.map(|line| Rc::new(lines.hold(line, size)) as Rc<dyn Any>);
                self.slab = Some((id, size, held.clone()));
                held
            }
        }
    }
}

#[derive(Default)]
struct Figures {
    held: Cell<usize>,
    waste: Cell<usize>,
    taken: Cell<u64>,
}

/// A reader's chunk, until the reader has left it and its last frame is gone.
struct Chunk {
    base: usize,
    asked: usize,
    gross: usize,
    figures: Option<Rc<Figures>>,
    _held: Option<lines::Held>,
}

impl Drop for Chunk {
    fn drop(&mut self) {
        if let Some(figures) = &self.figures {
            figures.held.set(figures.held.get() - self.gross);
            figures.waste.set(figures.waste.get() - (self.gross - self.asked));
        }
    }
}

struct Reading {
    reader: Reader,
    lender: Lender,
    unread: Vec<u8>,
    chunk: Option<Rc<Chunk>>,
}

struct Both {
    views: Vec<(Buffer, Shown)>,
    frozen: Vec<(Frozen, Shown)>,
    stores: Vec<Whole>,
    foreign: Vec<Foreign>,
    pooling: Pooling,
    readers: Vec<Reading>,
    chunk_pools: [(ChunkPool, Rc<Figures>); CHUNK_POOLS.len()],
    memories: shared::Memories,
    /// As many handles on each as there are owners of lent bytes.
    owners: (Arc<()>, Rc<()>),
    next: u8,
    /// Goes last, as far as the model is concerned.
    lines: Lines,
}

/// Lends bytes.
struct Owner(Vec<u8>, #[expect(dead_code, reason = "counted")] Arc<()>);

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
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
                let mut picks: Vec<usize> = picks.into_iter().take(8).filter_map(|at| pick(&self.views, at)).collect();
                // Lists of lists grow quickly.
                while picks.iter().map(|&at| self.views[at].1.len()).sum::<usize>() > MOST_CONCAT {
                    picks.pop();
                }
                let list: Vec<Buffer> = picks.iter().map(|&at| self.views[at].0.clone()).collect();
                let bytes: Vec<u8> = picks.iter().flat_map(|&at| self.views[at].1.bytes()).collect();
                let secret = picks.iter().any(|&at| self.views[at].1.is_secret());
                let shown = if secret { Shown::alone(bytes).secret(true) } else { Shown::pooled(bytes) };
                self.make(Buffer::concat(&list), shown);
            }
            Op::Freeze(at) => {
                let (buffer, shown) = self.views.swap_remove(pick(&self.views, at)?);
                let bytes = shown.bytes();
                let shares = shown.holders() == Some(1);
                let place = buffer.cells().as_ptr().addr();
                let frozen = buffer.freeze();
                assert!(bytes.is_empty() || shares == (frozen.as_ptr().addr() == place), "shared or copied");
                let copy = |bytes| {
                    if shown.is_secret() { Shown::alone(bytes).secret(true) } else { Shown::pooled(bytes) }
                };
                self.freeze(frozen, if shares { shown } else { copy(bytes) });
            }
            Op::Keep(at) => {
                let (view, shown) = self.views.swap_remove(pick(&self.views, at)?);
                let place = view.cells().as_ptr().addr();
                let view = view.keep();
                let secret = shown.is_secret();
                let shown = kept(view.cells().as_ptr().addr() != place, secret, shown);
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
            | Op::Typed(at, _)
            | Op::StoreOf(at) => self.play_on_view(pick(&self.views, at)?, op),
            Op::NewPool(_)
            | Op::NewPoolUnder { .. }
            | Op::SlabSize(_)
            | Op::AllocInPool(_)
            | Op::TakeFromPool(_)
            | Op::ReserveInPool(_) => self.play_on_pool(op),
            Op::ReleaseToPool(at) => self.release(pick(&self.views, at)?),
            Op::AllocForSecrets(len) => {
                self.make(Buffer::alloc_zeroizing(len.into()), Shown::alone(vec![0; len.into()]).secret(true));
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
            | Op::FrozenCloneElsewhere(at)
            | Op::FrozenTyped(at, _)
            | Op::FrozenIntoBytes(at)
            | Op::FrozenReadAsBytes(at, _) => self.play_on_frozen(pick(&self.frozen, at)?, op),
            Op::FrozenLent(mut bytes) => {
                // Of nothing, the handle would keep the owner, and the model has no store that could.
                bytes.push(0);
                let frozen = Frozen::from_owner(Owner(bytes.clone(), Arc::clone(&self.owners.0)));
                let (owner, gross) = (Rc::clone(&self.owners.1), bytes.len());
                self.freeze(frozen, Shown::that_keeps(Some(owner), bytes, gross, Kind::Lent));
            }
            Op::BytesFromVec(bytes, spare) => {
                let of = Shown::of(bytes.clone(), 0, Kind::Own);
                push(&mut self.foreign, Foreign::new(Bytes::from(with_spare(&bytes, spare)), of));
            }
            Op::BytesSlice(at, a, b) => {
                let foreign = &self.foreign[pick(&self.foreign, at)?];
                let cut = foreign.cut(ordered(a, b, foreign.bytes.len()));
                push(&mut self.foreign, cut);
            }
            Op::BytesIntoFrozen(at) => {
                let foreign = self.foreign.swap_remove(pick(&self.foreign, at)?);
                self.come_back(foreign);
            }
            Op::BytesDrop(at) => drop(self.foreign.swap_remove(pick(&self.foreign, at)?)),
            Op::AllocUnder(..)
            | Op::Charge(..)
            | Op::ChargeMore(..)
            | Op::Wait(..)
            | Op::WaitForMore(..)
            | Op::GiveUpWaiting(_)
            | Op::AllocCharged(_)
            | Op::Refund(_) => self.play_on_lines(op),
            Op::NewReader { lender, chunk, twice } => {
                let reader = Reader::with_chunk_size(usize::from(chunk) << (twice % 6));
                let reader = match lender {
                    Lender::Line(line) => reader.with_budget(self.lines.budget(Lines::pick(line)).clone()),
                    Lender::Pool(at) => reader.with_pool(&self.chunk_pools[usize::from(at) % CHUNK_POOLS.len()].0),
                };
                if self.readers.len() == MOST_READERS {
                    self.readers.swap_remove(0);
                }
                self.readers.push(Reading { reader, lender, unread: Vec::new(), chunk: None });
            }
            Op::Feed(at, _)
            | Op::FeedMore(at, _)
            | Op::FeedFromSource(at, ..)
            | Op::Cut(at, _)
            | Op::CutAll(at)
            | Op::Skip(at, _)
            | Op::EndReader(at) => self.play_on_reader(pick(&self.readers, at)?, op),
            Op::Trim(at) => {
                let (pool, _) = &self.chunk_pools[usize::from(at) % CHUNK_POOLS.len()];
                let idle = pool.stats().idle;
                assert_eq!((pool.trim(), pool.stats().idle), (idle, 0));
            }
            Op::Shared(op) => {
                if let Some((frozen, bytes)) = self.memories.play(op) {
                    self.freeze(frozen, Shown::alone(bytes));
                }
            }
        }
        Some(())
    }

    /// From `bytes`.
    fn come_back(&mut self, foreign: Foreign) {
        let Foreign { bytes, of, range } = foreign;
        let shown = of.cut(range).bytes();
        let len = shown.len();
        let alone = Rc::strong_count(&of) == 1 && of.kind() == Some(Kind::Own);
        let place = bytes.as_ptr().addr();
        let frozen = Frozen::from(bytes);
        let gross = frozen.weight().gross;
        let shown = if alone {
            assert!(gross >= len);
            Shown::of(shown, gross, if gross > len { Kind::OwnWithSpare } else { Kind::Own }).vec()
        } else if len < 256 {
            Shown::pooled(shown)
        } else {
            assert_eq!(frozen.as_ptr().addr(), place, "shared");
            assert!(gross == len || gross == of.weight().gross, "what it keeps, if that is known");
            Shown::that_keeps(Some(of), shown, gross, Kind::Lent)
        };
        self.freeze(frozen, shown);
    }

    fn play_on_lines(&mut self, op: Op) {
        const MUCH: usize = 4 << 10;
        let lines = &mut self.lines;
        match op {
            Op::AllocUnder(line, len) => {
                let (line, len) = (Lines::pick(line), usize::from(len));
                match Buffer::try_alloc_in(lines.budget(line), len) {
                    Ok(buffer) => {
                        let held = Rc::new(lines.hold(line, len));
                        self.make(buffer, Shown::that_keeps(Some(held), vec![0; len], len, Kind::Own));
                    }
                    Err(error) => lines.refused(line, len, error),
                }
            }
            Op::Charge(line, len) => lines.charge(Lines::pick(line), len.into()),
            Op::ChargeMore(line, much) => lines.charge(Lines::pick(line), usize::from(much) * MUCH),
            Op::Wait(line, len) => lines.wait(Lines::pick(line), len.into()),
            Op::WaitForMore(line, much) => lines.wait(Lines::pick(line), usize::from(much) * MUCH),
            Op::GiveUpWaiting(at) => lines.give_up(at),
            Op::AllocCharged(at) => {
                if let Some((charge, held)) = lines.take(at) {
                    let len = charge.bytes();
                    let buffer = Buffer::try_alloc_charged(charge).expect("there is memory");
                    self.make(buffer, Shown::that_keeps(Some(Rc::new(held)), vec![0; len], len, Kind::Own));
                }
            }
            Op::Refund(at) => drop(lines.take(at)),
            _ => {}
        }
    }

    fn play_on_reader(&mut self, at: usize, op: Op) {
        match op {
            Op::Feed(_, bytes) => self.feed(at, &bytes),
            Op::FeedMore(_, len) => {
                self.next = self.next.wrapping_add(1);
                self.feed(at, &vec![self.next; len.into()]);
            }
            Op::FeedFromSource(_, comes, most) => self.feed_from(at, comes.into(), most.into()),
            Op::Cut(_, len) => self.cut(at, len.into()),
            Op::CutAll(_) => self.cut(at, self.readers[at].unread.len()),
            Op::Skip(_, len) => {
                let Reading { reader, unread, .. } = &mut self.readers[at];
                let len = usize::from(len);
                assert_eq!(reader.advance(len).is_ok(), len <= unread.len());
                unread.drain(..len.min(unread.len()) * usize::from(len <= unread.len()));
                self.readers[at].settle();
            }
            Op::EndReader(_) => drop(self.readers.swap_remove(at)),
            _ => {}
        }
    }

    /// Makes room. False: the line was met.
    fn reserve(&mut self, at: usize, additional: usize) -> bool {
        let before = self.readers[at].reader.as_ptr().addr();
        let done = self.readers[at].reader.try_reserve(additional);
        let asked = self.moved(at, before, additional);
        if let Err(error) = done {
            self.met(at, asked, error);
        }
        done.is_ok()
    }

    fn met(&self, at: usize, asked: usize, error: plimsoll::AllocError) {
        match self.readers[at].lender {
            Lender::Line(line) => self.lines.refused(Lines::pick(line), asked, error),
            Lender::Pool(pool) => {
                let pool = usize::from(pool) % CHUNK_POOLS.len();
                assert_eq!(self.chunk_pools[pool].0.stats().idle, 0, "all that is idle gives way");
                let line = CHUNK_POOLS[pool].1.expect("only a line is met");
                self.lines.refused(line, in_pool(asked), error);
            }
        }
    }

    /// After there was to be room for `additional` bytes. Finds out whether the reader has another chunk now, which is then what
    /// it should be. Answers how large one was to be asked for.
    fn moved(&mut self, at: usize, before: usize, additional: usize) -> usize {
        let Reading { reader, lender, unread, chunk } = &mut self.readers[at];
        let (usual, need) = (reader.chunk_size(), unread.len() + additional);
        let asked = usual.max(need).max(2 * unread.len());
        let place = reader.as_ptr().addr();
        let same = chunk.as_ref().is_some_and(|chunk| {
            let room = chunk.base + chunk.asked - (before + unread.len());
            let in_place = need <= chunk.asked && !(chunk.asked > usual && need <= usual);
            // What is unread stays where it is when the line is met.
            let met = place == before && reader.weight().gross == chunk.gross && !unread.is_empty();
            met || place == before && additional <= room || place == chunk.base && in_place
        });
        if reader.weight().gross == 0 {
            *chunk = None;
        } else if !same {
            *chunk = None;
            let (gross, line, figures) = match *lender {
                Lender::Line(line) => (asked, Some(Lines::pick(line)), None),
                Lender::Pool(pool) => {
                    let pool = usize::from(pool) % CHUNK_POOLS.len();
                    (in_pool(asked), CHUNK_POOLS[pool].1, Some(Rc::clone(&self.chunk_pools[pool].1)))
                }
            };
            if let Some(figures) = &figures {
                figures.held.set(figures.held.get() + gross);
                figures.waste.set(figures.waste.get() + gross - asked);
                figures.taken.set(figures.taken.get() + 1);
            }
            let _held = line.map(|line| self.lines.hold(line, gross));
            *chunk = Some(Rc::new(Chunk { base: place, asked, gross, figures, _held }));
        }
        asked
    }

    fn feed(&mut self, at: usize, bytes: &[u8]) {
        if self.readers[at].unread.len() + bytes.len() <= MOST_UNREAD && self.reserve(at, bytes.len()) {
            let Reading { reader, unread, .. } = &mut self.readers[at];
            reader.extend_from_slice(bytes);
            unread.extend(bytes);
        }
    }

    fn feed_from(&mut self, at: usize, comes: usize, most: usize) {
        let Reading { reader, unread, .. } = &mut self.readers[at];
        if unread.len() >= MOST_UNREAD {
            return;
        }
        self.next = self.next.wrapping_add(1);
        let mut source = std::io::Read::take(std::io::repeat(self.next), comes as u64);
        let (before, room) = (reader.as_ptr().addr(), most.min(reader.chunk_size()).max(1));
        let done = reader.read_from(&mut source, most);
        let asked = self.moved(at, before, room);
        match done {
            Ok(len) => {
                assert!(len <= most.min(comes) && (len > 0 || most.min(comes) == 0));
                let Reading { unread, .. } = &mut self.readers[at];
                unread.resize(unread.len() + len, self.next);
            }
            Err(error) => {
                assert_eq!(error.kind(), std::io::ErrorKind::OutOfMemory);
                let error = error.into_inner().and_then(|error| error.downcast().ok()).expect("an error of plimsoll's");
                self.met(at, asked, *error);
            }
        }
    }

    fn cut(&mut self, at: usize, len: usize) {
        let Reading { reader, unread, chunk, .. } = &mut self.readers[at];
        let frame = reader.split_to(len);
        assert_eq!(frame.is_ok(), len <= unread.len());
        if let Ok(frame) = frame {
            let bytes = unread.drain(..len).collect();
            let chunk = chunk.clone().map(|chunk| chunk as Rc<dyn Any>);
            let shown = Shown::that_keeps(chunk, bytes, frame.weight().gross, Kind::Chunk);
            self.readers[at].settle();
            self.freeze(frame, shown);
        }
    }

    fn release(&mut self, at: usize) {
        let (buffer, shown) = self.views.swap_remove(at);
        let Pooling { pool, line, secret, returned, .. } = &mut self.pooling;
        // What the pool hands out is charged to its line, and no secret that is not overwritten.
        let charged = shown.line() == *line && (*secret || !shown.is_secret());
        let own = shown.store.as_ref().is_some_and(|store| store.kind == Kind::Own && !store.vec);
        let whole = charged && own && shown.len() == shown.weight().gross;
        let idle: usize = returned.iter().map(Shown::len).sum();
        let fits = idle + shown.len() <= pool.slab_size() * 64;
        match pool.release(buffer) {
            Ok(()) => {
                assert!(shown.holders().is_none_or(|holders| holders == 1));
                if whole && fits {
                    if *secret {
                        shown.write(0, &vec![0; shown.len()]);
                    }
                    let secret = *secret || shown.is_secret();
                    returned.push(shown.secret(secret));
                }
            }
            Err(error) => {
                // Of a slab, when it is audited and a view shows the same bytes.
                assert!(shown.holders().is_none_or(|holders| holders == error.views + 1));
                assert!(error.places.len() <= error.views && error.views > 0);
                self.make(error.buffer, shown);
            }
        }
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
                let copy = (view.compact(), Shown::alone(shown.bytes()).secret(shown.is_secret()));
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
            Op::Typed(_, lens) => with_number!(lens.element, T, {
                match view.typed::<T>() {
                    Ok(row) => {
                        lens.look(row, &shown.bytes());
                        let (at, bytes) = lens.change(row);
                        if !bytes.is_empty() {
                            shown.write(at, &bytes);
                        }
                        assert!(
                            row.as_cells().is_none_or(|cells| row.iter().eq(cells.iter().map(std::cell::Cell::get))
                                || row.iter().any(|number| number != number))
                        );
                    }
                    Err(error) => assert!(view.len() % error.multiple != 0),
                }
            }),
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
            Op::NewPool(len) => self.pooling = Pooling::new(Pool::with_slab_size(len.into()), None, false),
            Op::NewPoolUnder { line, slab, secret } => {
                let line = line.map(Lines::pick);
                let pool = Pool::with_slab_size(slab.into());
                let pool = if secret { pool.zeroizing() } else { pool };
                let pool = match line {
                    Some(line) => pool.with_budget(self.lines.budget(line).clone()),
                    None => pool,
                };
                self.pooling = Pooling::new(pool, line, secret);
            }
            Op::SlabSize(len) => self.pooling.pool.set_slab_size(len.into()),
            Op::AllocInPool(len) => self.alloc_in_pool(len.into()),
            Op::TakeFromPool(len) => {
                let len = usize::from(len);
                let taken = self.pooling.pool.take(len);
                let Some((store, offset)) = self.of_pool(len, taken) else { return };
                assert!(store.is_slab() && offset + len <= store.capacity());
                let keeps = self.pooling.slab(&store, &self.lines);
                let bytes = cells::to_vec(&store.cells()[offset..offset + len]);
                let secret = self.pooling.secret;
                let mut shown = Shown::that_keeps(keeps.clone(), bytes, store.capacity(), Kind::Slab).secret(secret);
                if len == 0 {
                    // The handle keeps the slab all the same: so does one byte of which nothing is shown.
                    shown = Shown { range: 0..0, ..Shown::that_keeps(keeps, vec![0], store.capacity(), Kind::Slab) };
                }
                push(&mut self.stores, Whole { store, shown, offset });
            }
            Op::ReserveInPool(len) => {
                let len = usize::from(len);
                let reserved = self.pooling.pool.reserve_at(len, plimsoll::audit::Site::caller());
                if let Some((store, _)) = self.of_pool(len, reserved) {
                    assert!(self.pooling.pool.room() >= len);
                    self.pooling.slab(&store, &self.lines);
                }
            }
            _ => {}
        }
    }

    /// What a pool gave from a slab, or nothing, and a reason why not.
    fn of_pool<T>(&mut self, len: usize, taken: Result<T, plimsoll::AllocError>) -> Option<T> {
        let Pooling { pool, line, slab, .. } = &mut self.pooling;
        let (slab_size, line) = (pool.slab_size(), *line);
        match taken {
            Ok(taken) => {
                assert!(len <= slab_size);
                return Some(taken);
            }
            Err(_) if len > slab_size => {}
            Err(error) => {
                // It had left its slab before it asked.
                *slab = None;
                self.lines.refused(line.expect("only a line is met"), slab_size, error);
            }
        }
        None
    }

    fn alloc_in_pool(&mut self, len: usize) {
        let Pooling { pool, line, secret, returned, .. } = &mut self.pooling;
        let (line, secret) = (*line, *secret);
        let made = pool.try_alloc(len);
        if len >= pool.slab_size() / 2 && len > 0 {
            if let Some(at) = returned.iter().position(|returned| returned.len() == len) {
                let shown = returned.swap_remove(at);
                self.make(made.expect("one was given back"), shown);
                return;
            }
            match made {
                Ok(buffer) => {
                    let held = line.map(|line| Rc::new(self.lines.hold(line, len)) as Rc<dyn Any>);
                    self.make(buffer, Shown::that_keeps(held, vec![0; len], len, Kind::Own).secret(secret));
                }
                Err(error) => self.lines.refused(line.expect("only a line is met"), len, error),
            }
        } else if let Some(buffer) = self.of_pool(len, made) {
            // Old bytes of the pool may show through: the model learns them.
            let (bytes, gross) = (buffer.to_vec(), buffer.weight().gross);
            assert!(gross >= len);
            assert!(!secret || bytes.iter().all(|&byte| byte == 0), "secrets that were overwritten");
            let keeps = buffer.store().and_then(|store| self.pooling.slab(&store, &self.lines));
            self.make(buffer, Shown::that_keeps(keeps, bytes, gross, Kind::Slab).secret(secret));
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
                let shown = kept(frozen.as_ptr().addr() != place, false, shown);
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
                        assert_ne!(shown.kind(), Some(Kind::Lent));
                        self.make(buffer, shown);
                    }
                    Err(frozen) => {
                        assert!(!(sole && shown.kind() == Some(Kind::Own)), "the sole handle on a store of its own");
                        self.freeze(frozen, shown);
                    }
                }
            }
            Op::FrozenTyped(_, lens) => with_number!(lens.element, T, {
                match frozen.typed::<T>() {
                    Ok(row) => {
                        lens.look(row, &shown.bytes());
                        if let Some(numbers) = row.as_slice() {
                            lens.look(
                                row,
                                &numbers.iter().flat_map(|&n| lens::Bits::bytes(n, NATIVE)).collect::<Vec<_>>(),
                            );
                        }
                    }
                    Err(error) => assert!(frozen.len() % error.multiple != 0),
                }
            }),
            Op::FrozenIntoBytes(_) => {
                let (frozen, shown) = self.frozen.swap_remove(at);
                let (place, shares) = (frozen.as_ptr().addr(), frozen.len() >= 256);
                let bytes = Bytes::from(frozen);
                assert!(!shares || bytes.as_ptr().addr() == place);
                // Its kind tells a copy, which is nobody else's, from what the `Bytes` only keeps.
                let of = if shares { shown } else { Shown::of(shown.bytes(), 0, Kind::Own) };
                push(&mut self.foreign, Foreign::new(bytes, of));
            }
            Op::FrozenReadAsBytes(_, len) => {
                let (len, whole) = (usize::from(len) % (frozen.len() + 1), frozen.len());
                let bytes = frozen.copy_to_bytes(len);
                let front = shown.cut(0..len);
                *shown = shown.cut(len..whole);
                let of = if len >= 256 { front } else { Shown::of(front.bytes(), 0, Kind::Own) };
                push(&mut self.foreign, Foreign::new(bytes, of));
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

    fn check(&mut self) {
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
        for Foreign { bytes, of, range } in &self.foreign {
            same(bytes, &of.cut(range.clone()).bytes());
        }
        for Reading { reader, unread, chunk, .. } in &self.readers {
            same(reader, unread);
            assert_eq!(reader.weight().gross, chunk.as_ref().map_or(0, |chunk| chunk.gross));
        }
        let returned: usize = self.pooling.returned.iter().map(Shown::len).sum();
        assert_eq!(self.pooling.pool.stats().idle, returned);
        assert_eq!(Arc::strong_count(&self.owners.0), Rc::strong_count(&self.owners.1), "owners");
        self.memories.check();
        self.weigh();
        self.lines.check(|line| {
            let here = CHUNK_POOLS.iter().zip(&self.chunk_pools).filter(|(kind, _)| kind.1 == Some(line));
            here.map(|(_, (pool, _))| pool.stats().idle).sum()
        });
        for ((limit, ..), (pool, figures)) in CHUNK_POOLS.iter().zip(&self.chunk_pools) {
            let stats = pool.stats();
            assert_eq!((stats.held, stats.waste), (figures.held.get(), figures.waste.get()));
            assert_eq!(stats.hits + stats.misses, figures.taken.get());
            assert!(stats.idle <= *limit);
        }
    }

    /// Together they weigh no more than one by one, and show no more.
    fn weigh(&self) {
        let all = || {
            let views = self.views.iter().map(|(view, _)| view as &dyn Weigh);
            let frozen = self.frozen.iter().map(|(frozen, _)| frozen as &dyn Weigh);
            views.chain(frozen).chain(self.readers.iter().map(|reading| &reading.reader as &dyn Weigh))
        };
        let (net, gross) =
            all().map(|one| weigh_all([one])).fold((0, 0), |(net, gross), one| (net + one.net, gross + one.gross));
        let together = weigh_all(all());
        assert!(together.net <= net && together.gross <= gross);
    }
}

impl Reading {
    /// A chunk for an outlier has been given back with the outlier's last byte.
    fn settle(&mut self) {
        let outsized = self.chunk.as_ref().is_some_and(|chunk| chunk.asked > self.reader.chunk_size());
        if outsized && self.unread.is_empty() {
            self.chunk = None;
        }
    }
}

const NATIVE: bool = cfg!(target_endian = "big");

/// How large a chunk a pool gives to who asks for so much.
fn in_pool(asked: usize) -> usize {
    if !(SMALLEST..=LARGEST).contains(&asked) {
        return asked;
    }
    let sizes = (0..5).flat_map(|octave| (8..16).map(move |eighths| (SMALLEST << octave) / 8 * eighths));
    sizes.filter(|&size| size >= asked).min().unwrap_or(asked)
}

/// `keep()` by its documented rule; for a slab, whose views the model cannot count, either outcome.
fn kept(copied: bool, secret: bool, shown: Shown) -> Shown {
    let must = shown.holders().map(|holders| KeepRule::default().should_copy(shown.weight(), holders));
    assert_eq!(copied, must.unwrap_or(copied));
    if copied { Shown::alone(shown.bytes()).secret(secret) } else { shown }
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
    let lines = Lines::new();
    let chunk_pools = CHUNK_POOLS.map(|(idle, line, secret)| {
        let pool = ChunkPool::with_idle_limit(idle);
        let pool = if secret { pool.zeroizing() } else { pool };
        let pool = match line {
            Some(line) => pool.with_budget(lines.budget(line).clone()),
            None => pool,
        };
        (pool, Rc::default())
    });
    let pools = chunk_pools.each_ref().map(|(pool, _)| pool.clone());
    let budgets = lines.budgets();
    let mut both = Both {
        views: Vec::new(),
        frozen: Vec::new(),
        stores: Vec::new(),
        foreign: Vec::new(),
        pooling: Pooling::new(Pool::with_slab_size(1000), None, false),
        readers: Vec::new(),
        chunk_pools,
        memories: shared::Memories::default(),
        owners: Default::default(),
        next: 0,
        lines,
    };
    for op in ops {
        // None: the operation is about a handle, and there is none.
        let _ = both.play(op);
        both.check();
    }
    drop(both);
    for pool in pools {
        pool.trim();
        assert_eq!((pool.stats().held, pool.stats().idle, pool.stats().waste), (0, 0, 0));
    }
    assert!(budgets.iter().all(|budget| budget.held() == 0), "nothing is left charged");
});
