//! Shared memory holds what a vector holds, whatever is read, written, copied, grown and cut, at whatever offset.

use plimsoll::cells::{Endian, Number};
use plimsoll::{Integer, Shared};
use proptest::collection::vec;
use proptest::prelude::*;
use std::cell::Cell;
use std::fmt::Debug;
use std::ops::Range;

/// Longer than a few turns of the word loops.
const MAX: usize = 300;

#[derive(Clone, Debug)]
enum Op {
    Set(Width, usize, u64, bool),
    Get(Width, usize, bool),
    CopyIn(usize, Vec<u8>, bool),
    CopyOut(usize, usize, bool),
    Across {
        from: usize,
        to: usize,
        len: usize,
        other: bool,
    },
    Fill(usize, usize, u8),
    Atomic(Atomic, Width, usize, u64, u64),
    Grow(usize),
    /// Goes on with a view of a part; a second time, with the whole again.
    Cut(usize, Option<usize>),
    Whole,
}

#[derive(Clone, Copy, Debug)]
enum Width {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
}

#[derive(Clone, Copy, Debug)]
enum Atomic {
    Load,
    Store,
    Add,
    Sub,
    And,
    Or,
    Xor,
    Exchange,
    CompareExchange(bool),
}

fn width() -> impl Strategy<Value = Width> {
    use Width::*;
    proptest::sample::select(vec![U8, I8, U16, I16, U32, I32, U64, I64, F32, F64])
}

fn atomic() -> impl Strategy<Value = Atomic> {
    use Atomic::*;
    let all = vec![Load, Store, Add, Sub, And, Or, Xor, Exchange, CompareExchange(true), CompareExchange(false)];
    proptest::sample::select(all)
}

fn op() -> impl Strategy<Value = Op> {
    let at = 0..MAX + 2;
    let len = prop_oneof![0..20_usize, 0..MAX];
    prop_oneof![
        (width(), at.clone(), any::<u64>(), any::<bool>()).prop_map(|(w, at, v, b)| Op::Set(w, at, v, b)),
        (width(), at.clone(), any::<bool>()).prop_map(|(w, at, b)| Op::Get(w, at, b)),
        (at.clone(), vec(any::<u8>(), 0..MAX), any::<bool>()).prop_map(|(at, bytes, c)| Op::CopyIn(at, bytes, c)),
        (at.clone(), len.clone(), any::<bool>()).prop_map(|(at, len, c)| Op::CopyOut(at, len, c)),
        (at.clone(), at.clone(), len.clone(), any::<bool>()).prop_map(|(from, to, len, other)| Op::Across {
            from,
            to,
            len,
            other
        }),
        (at.clone(), len, any::<u8>()).prop_map(|(at, len, byte)| Op::Fill(at, len, byte)),
        (atomic(), width(), at.clone(), any::<u64>(), any::<u64>())
            .prop_map(|(op, w, at, a, b)| Op::Atomic(op, w, at, a, b)),
        (0..MAX + 2).prop_map(Op::Grow),
        (at.clone(), proptest::option::of(at)).prop_map(|(from, to)| Op::Cut(from, to)),
        Just(Op::Whole),
    ]
}

/// A view, and the vector that its memory must be equal to.
struct Model {
    whole: Shared,
    view: Shared,
    bytes: Vec<u8>,
    from: usize,
    /// None: follows.
    to: Option<usize>,
}

impl Model {
    fn shown(&self) -> Range<usize> {
        self.from..self.to.unwrap_or(self.bytes.len())
    }

    /// Where `len` bytes at `at` of the view are in the vector, if they are in the view.
    fn place(&self, at: usize, len: usize) -> Option<Range<usize>> {
        let range = self.from + at..self.from + at + len;
        (range.end <= self.shown().end).then_some(range)
    }

    fn set<T: Number>(&mut self, at: usize, value: T, bytes: Vec<u8>, endian: Endian) {
        let place = self.place(at, bytes.len());
        assert_eq!(self.view.set(at, value, endian).is_ok(), place.is_some());
        if let Some(place) = place {
            self.bytes[place].copy_from_slice(&bytes);
        }
    }

    fn get<T: Number + Debug>(&self, at: usize, endian: Endian, width: usize, same: impl Fn(T, &[u8]) -> bool) {
        match (self.view.get::<T>(at, endian), self.place(at, width)) {
            (Ok(value), Some(place)) => assert!(same(value, &self.bytes[place.clone()]), "{value:?}"),
            (Err(error), None) => assert_eq!((error.offset, error.width, error.len), (at, width, self.view.len())),
            (answer, place) => panic!("{answer:?} {place:?}"),
        }
    }

    fn atomic<T: Integer + Debug + PartialEq>(
        &mut self,
        op: Atomic,
        at: usize,
        [a, b]: [T; 2],
        number: impl Fn(&[u8]) -> T,
        bytes: impl Fn(T) -> Vec<u8>,
        next: impl Fn(T, T, Atomic) -> T,
    ) {
        let place = self.place(at, T::WIDTH).filter(|place| place.start % T::WIDTH == 0);
        let now = place.clone().map(|place| number(&self.bytes[place]));
        let view = &self.view;
        let (answer, new) = match op {
            Atomic::Load => (view.load(at), now),
            Atomic::Store => (view.store(at, a).map(|()| a), Some(a)),
            Atomic::Add => (view.add(at, a), now.map(|now| next(now, a, op))),
            Atomic::Sub => (view.sub(at, a), now.map(|now| next(now, a, op))),
            Atomic::And => (view.and(at, a), now.map(|now| next(now, a, op))),
            Atomic::Or => (view.or(at, a), now.map(|now| next(now, a, op))),
            Atomic::Xor => (view.xor(at, a), now.map(|now| next(now, a, op))),
            Atomic::Exchange => (view.exchange(at, a), Some(a)),
            Atomic::CompareExchange(true) => (view.compare_exchange(at, now.unwrap_or(a), b), Some(b)),
            Atomic::CompareExchange(false) => {
                (view.compare_exchange(at, a, b), if now == Some(a) { Some(b) } else { now })
            }
        };
        match place {
            Some(place) => {
                assert_eq!(answer.ok(), if matches!(op, Atomic::Store) { Some(a) } else { now });
                if let Some(new) = new {
                    self.bytes[place].copy_from_slice(&bytes(new));
                }
            }
            None => assert!(answer.is_err()),
        }
    }

    fn check(&self) {
        assert_eq!(self.whole.snapshot(..).unwrap(), self.bytes);
        assert_eq!(self.view.len(), self.shown().len());
        assert_eq!(self.view.snapshot(..).unwrap(), self.bytes[self.shown()]);
    }

    fn play(&mut self, op: Op) {
        match op {
            Op::Set(w, at, v, big) => self.play_set(w, at, v, big),
            Op::Get(w, at, big) => self.play_get(w, at, big),
            Op::Atomic(op, w, at, a, b) => self.play_atomic(op, w, at, a, b),
            Op::CopyIn(at, mut bytes, cells) => {
                let done = if cells {
                    self.view.copy_from_cells(at, Cell::from_mut(&mut bytes[..]).as_slice_of_cells())
                } else {
                    self.view.copy_from_slice(at, &bytes)
                };
                let place = self.place(at, bytes.len());
                assert_eq!(done.is_ok(), place.is_some());
                if let Some(place) = place {
                    self.bytes[place].copy_from_slice(&bytes);
                }
            }
            Op::CopyOut(at, len, cells) => {
                // Anywhere in memory, too.
                for skew in 0..3 {
                    let mut out = vec![0xaa; len + skew];
                    let done = if cells {
                        self.view.copy_to_cells(at, &Cell::from_mut(&mut out[..]).as_slice_of_cells()[skew..])
                    } else {
                        self.view.copy_to_slice(at, &mut out[skew..])
                    };
                    let place = self.place(at, len);
                    assert_eq!(done.is_ok(), place.is_some());
                    match place {
                        Some(place) => assert_eq!(out[skew..], self.bytes[place]),
                        None => assert!(out.iter().all(|&byte| byte == 0xaa)),
                    }
                }
            }
            Op::Across { from, to, len, other: false } => {
                let places = (self.place(from, len), self.place(to, len));
                let done = self.view.copy_to(from..from + len, &self.view, to);
                assert_eq!(done.is_ok(), places.0.is_some() && places.1.is_some());
                if let (Some(from), Some(to)) = places {
                    self.bytes.copy_within(from, to.start);
                }
            }
            Op::Across { from, to, len, other: true } => {
                let Some(place) = self.place(from, len) else { return };
                let other = Shared::alloc(to + len + 3);
                other.fill(.., 0x55).unwrap();
                self.view.copy_to(from..from + len, &other, to).unwrap();
                let got = other.snapshot(..).unwrap();
                assert_eq!(got[to..to + len], self.bytes[place]);
                assert!(got[..to].iter().chain(&got[to + len..]).all(|&byte| byte == 0x55));
            }
            Op::Fill(at, len, byte) => {
                let place = self.place(at, len);
                assert_eq!(self.view.fill(at..at + len, byte).is_ok(), place.is_some());
                if let Some(place) = place {
                    self.bytes[place].fill(byte);
                }
            }
            Op::Grow(len) => {
                let fits = (self.bytes.len()..=MAX).contains(&len);
                let before = self.bytes.len();
                match self.whole.grow(len) {
                    Ok(was) => assert!(fits && was == before),
                    Err(error) => assert!(!fits && (error.requested, error.len, error.max) == (len, before, MAX)),
                }
                if fits {
                    self.bytes.resize(len, 0);
                }
            }
            Op::Cut(from, to) => {
                let len = self.view.len();
                let fits = from <= to.unwrap_or(len) && to.unwrap_or(len) <= len;
                let cut = match to {
                    Some(to) => self.view.try_slice(from..to),
                    None => self.view.try_slice(from..),
                };
                assert_eq!(cut.is_ok(), fits);
                if let Ok(cut) = cut {
                    self.view = cut;
                    (self.from, self.to) = (self.from + from, to.map_or(self.to, |to| Some(self.from + to)));
                }
            }
            Op::Whole => (self.view, self.from, self.to) = (self.whole.clone(), 0, None),
        }
        self.check();
    }

    fn play_set(&mut self, width: Width, at: usize, v: u64, big: bool) {
        macro_rules! set {
            ($value:expr) => {{
                let value = $value;
                let (bytes, endian) = if big {
                    (value.to_be_bytes().to_vec(), Endian::Big)
                } else {
                    (value.to_le_bytes().to_vec(), Endian::Little)
                };
                self.set(at, value, bytes, endian)
            }};
        }
        match width {
            Width::U8 => set!(v as u8),
            Width::I8 => set!(v as i8),
            Width::U16 => set!(v as u16),
            Width::I16 => set!(v as i16),
            Width::U32 => set!(v as u32),
            Width::I32 => set!(v as i32),
            Width::U64 => set!(v),
            Width::I64 => set!(v as i64),
            Width::F32 => set!(f32::from_bits(v as u32)),
            Width::F64 => set!(f64::from_bits(v)),
        }
    }

    fn play_get(&mut self, width: Width, at: usize, big: bool) {
        macro_rules! get {
            ($number:ty) => {{
                let endian = if big { Endian::Big } else { Endian::Little };
                self.get::<$number>(at, endian, size_of::<$number>(), |value, bytes| {
                    if big { value.to_be_bytes() == bytes } else { value.to_le_bytes() == bytes }
                })
            }};
        }
        match width {
            Width::U8 => get!(u8),
            Width::I8 => get!(i8),
            Width::U16 => get!(u16),
            Width::I16 => get!(i16),
            Width::U32 => get!(u32),
            Width::I32 => get!(i32),
            Width::U64 => get!(u64),
            Width::I64 => get!(i64),
            Width::F32 => get!(f32),
            Width::F64 => get!(f64),
        }
    }

    fn play_atomic(&mut self, op: Atomic, width: Width, at: usize, a: u64, b: u64) {
        macro_rules! atomic {
            ($integer:ty) => {
                self.atomic::<$integer>(
                    op,
                    at,
                    [a as $integer, b as $integer],
                    |bytes| <$integer>::from_ne_bytes(bytes.try_into().unwrap()),
                    |value| value.to_ne_bytes().to_vec(),
                    |now, value, op| match op {
                        Atomic::Add => now.wrapping_add(value),
                        Atomic::Sub => now.wrapping_sub(value),
                        Atomic::And => now & value,
                        Atomic::Or => now | value,
                        _ => now ^ value,
                    },
                )
            };
        }
        match width {
            Width::U8 => atomic!(u8),
            Width::I8 => atomic!(i8),
            Width::U16 => atomic!(u16),
            Width::I16 => atomic!(i16),
            Width::U32 => atomic!(u32),
            Width::I32 => atomic!(i32),
            Width::U64 | Width::F32 => atomic!(u64),
            Width::I64 | Width::F64 => atomic!(i64),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 2 } else { 512 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn shared_memory_is_a_vector(len in 0..MAX, ops in vec(op(), 1..60)) {
        let whole = Shared::with_max(len, MAX);
        let mut model = Model { view: whole.clone(), whole, bytes: vec![0; len], from: 0, to: None };
        for op in ops {
            model.play(op);
        }
    }
}

#[test]
fn every_overlap_of_every_alignment_copies_what_was_there() {
    let n = if cfg!(miri) { 26 } else { 90 };
    let original: Vec<u8> = (0..n).map(|i| i as u8 + 1).collect();
    let lens = if cfg!(miri) { vec![0, 1, 7, 8, 17] } else { (0..80).collect() };
    for len in lens {
        for from in 0..=(n - len).min(17) {
            for to in 0..=(n - len).min(17) {
                let shared = Shared::copy_from(&original);
                let mut expected = original.clone();
                expected.copy_within(from..from + len, to);
                shared.copy_to(from..from + len, &shared, to).unwrap();
                assert_eq!(shared.snapshot(..).unwrap(), expected, "{len} bytes from {from} to {to}");
            }
        }
    }
}
