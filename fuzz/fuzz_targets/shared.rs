//! Shared memory against a `Vec<u8>`.

use crate::lens::{Lens, with_number};
use crate::{Len, Pick, ordered, same};
use arbitrary::Arbitrary;
use plimsoll::cells::{Endian, Number};
use plimsoll::{Frozen, Integer, Shared};
use std::cell::{Cell, RefCell};
use std::fmt::Debug;
use std::ops::Range;
use std::rc::Rc;

/// Longer than a few turns of the word loops.
const MAX: usize = 300;
const MOST_VIEWS: usize = 8;

#[derive(Arbitrary, Debug)]
pub enum Op {
    New(Len, Len),
    CopyFrom(Vec<u8>),
    Slice(Pick, Len, Len),
    SliceOpen(Pick, Len),
    Clone(Pick),
    Drop(Pick),
    /// Clones and drops on another thread.
    Elsewhere(Pick),
    Grow(Pick, Len),
    Set(Pick, Width, Len, u64, bool),
    Atomic(Pick, Atomic, Width, Len, u64, u64),
    CopyIn(Pick, Len, Vec<u8>, bool),
    CopyOut(Pick, Len, Len, bool),
    CopyTo(Pick, Pick, Len, Len, Len),
    Fill(Pick, Len, Len, u8),
    Typed(Pick, Lens),
    Freeze(Pick, Len, Len),
}

#[derive(Arbitrary, Debug, Clone, Copy)]
pub enum Width {
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

#[derive(Arbitrary, Debug, Clone, Copy)]
pub enum Atomic {
    Load,
    Store,
    Add,
    Sub,
    And,
    Or,
    Xor,
    Exchange,
    CompareExchange { expects_what_is_there: bool },
}

struct Memory {
    bytes: RefCell<Vec<u8>>,
    max: usize,
}

/// What the model knows of a view.
#[derive(Clone)]
struct Shown {
    memory: Rc<Memory>,
    from: usize,
    /// None: follows.
    to: Option<usize>,
}

impl Shown {
    fn range(&self) -> Range<usize> {
        self.from..self.to.unwrap_or(self.memory.bytes.borrow().len())
    }

    fn len(&self) -> usize {
        self.range().len()
    }

    fn bytes(&self) -> Vec<u8> {
        self.memory.bytes.borrow()[self.range()].to_vec()
    }

    fn write(&self, at: usize, bytes: &[u8]) {
        let range = self.range();
        self.memory.bytes.borrow_mut()[range][at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// Whether `width` bytes at `at` are in the view.
    fn has(&self, at: usize, width: usize) -> bool {
        at + width <= self.len()
    }
}

#[derive(Default)]
pub struct Memories(Vec<(Shared, Shown)>);

impl Memories {
    fn push(&mut self, view: Shared, shown: Shown) {
        if self.0.len() == MOST_VIEWS {
            self.0.swap_remove(0);
        }
        self.0.push((view, shown));
    }

    fn pick(&self, pick: Pick) -> Option<usize> {
        (!self.0.is_empty()).then(|| usize::from(pick) % self.0.len())
    }

    /// Answers what was frozen, and its bytes.
    pub fn play(&mut self, op: Op) -> Option<(Frozen, Vec<u8>)> {
        match op {
            Op::New(len, max) => {
                let (len, max) = (usize::from(len) % (MAX + 1), usize::from(max) % (MAX + 1));
                let made = Shared::try_with_max(len, max);
                assert_eq!(made.is_ok(), len <= max);
                if let Ok(shared) = made {
                    // One that cannot grow has an end of its own.
                    let to = (len == max).then_some(len);
                    assert_eq!(shared.follows_growth(), to.is_none());
                    let memory = Rc::new(Memory { bytes: RefCell::new(vec![0; len]), max });
                    self.push(shared, Shown { memory, from: 0, to });
                }
            }
            Op::CopyFrom(bytes) => {
                let shared = Shared::copy_from(&bytes);
                let (to, max) = (Some(bytes.len()), bytes.len());
                self.push(shared, Shown { memory: Rc::new(Memory { bytes: RefCell::new(bytes), max }), from: 0, to });
            }
            Op::Drop(at) => drop(self.0.swap_remove(self.pick(at)?)),
            Op::CopyTo(from, to, a, b, at) => {
                let (from, from_shown) = &self.0[self.pick(from)?];
                let (to, to_shown) = &self.0[self.pick(to)?];
                let (range, at) = (ordered(a, b, from_shown.len()), usize::from(at) % (to_shown.len() + 2));
                let fits = to_shown.has(at, range.len());
                assert_eq!(from.copy_to(range.clone(), to, at).is_ok(), fits);
                assert!(from.copy_to(range.start..from.len() + 1, to, 0).is_err());
                if fits {
                    to_shown.write(at, &from_shown.bytes()[range]);
                }
            }
            Op::Slice(at, ..)
            | Op::SliceOpen(at, _)
            | Op::Clone(at)
            | Op::Elsewhere(at)
            | Op::Grow(at, _)
            | Op::Set(at, ..)
            | Op::Atomic(at, ..)
            | Op::CopyIn(at, ..)
            | Op::CopyOut(at, ..)
            | Op::Fill(at, ..)
            | Op::Typed(at, _)
            | Op::Freeze(at, ..) => return self.play_on(self.pick(at)?, op),
        }
        None
    }

    fn play_on(&mut self, at: usize, op: Op) -> Option<(Frozen, Vec<u8>)> {
        let (view, shown) = &self.0[at];
        match op {
            Op::Slice(_, a, b) => {
                let range = ordered(a, b, shown.len());
                assert!(view.try_slice(range.start..=view.len()).is_err());
                let (from, to) = (shown.from + range.start, Some(shown.from + range.end));
                let cut = (view.slice(range), Shown { from, to, ..shown.clone() });
                self.push(cut.0, cut.1);
            }
            Op::SliceOpen(_, from) => {
                let from = usize::from(from) % (shown.len() + 1);
                let cut = (view.slice(from..), Shown { from: shown.from + from, ..shown.clone() });
                assert_eq!(cut.0.follows_growth(), view.follows_growth());
                self.push(cut.0, cut.1);
            }
            Op::Clone(_) => {
                let (view, shown) = self.0[at].clone();
                self.push(view, shown);
            }
            Op::Elsewhere(_) => {
                let view = view.clone();
                let len = std::thread::spawn(move || view.clone().slice(view.len() / 2..).len()).join();
                assert_eq!(len.expect("it only slices"), shown.len().div_ceil(2));
            }
            Op::Grow(_, len) if view.max_len() > 0 => {
                let (len, now) = (usize::from(len) % (MAX + 2), shown.memory.bytes.borrow().len());
                let fits = (now..=shown.memory.max).contains(&len);
                match view.grow(len) {
                    Ok(before) => assert!(fits && before == now),
                    Err(error) => {
                        assert!(!fits);
                        assert_eq!((error.requested, error.len, error.max), (len, now, shown.memory.max));
                    }
                }
                if fits {
                    shown.memory.bytes.borrow_mut().resize(len, 0);
                }
            }
            Op::Set(_, width, at, value, big) => number(view, shown, width, at.into(), value, big),
            Op::Atomic(_, op, width, at, a, b) => agree(view, shown, op, width, at.into(), a, b),
            Op::CopyIn(_, at, mut bytes, cells) => {
                let at = usize::from(at) % (shown.len() + 2);
                let fits = shown.has(at, bytes.len());
                let done = if cells {
                    view.copy_from_cells(at, Cell::from_mut(&mut bytes[..]).as_slice_of_cells())
                } else {
                    view.copy_from_slice(at, &bytes)
                };
                assert_eq!(done.is_ok(), fits);
                if fits {
                    shown.write(at, &bytes);
                }
            }
            Op::CopyOut(_, at, len, cells) => {
                let (at, len) = (usize::from(at) % (shown.len() + 2), usize::from(len) % (MAX + 2));
                // To anywhere in memory.
                let skew = len % 8;
                let mut out = vec![0xaa; skew + len];
                let done = if cells {
                    view.copy_to_cells(at, &Cell::from_mut(&mut out[..]).as_slice_of_cells()[skew..])
                } else {
                    view.copy_to_slice(at, &mut out[skew..])
                };
                assert_eq!(done.is_ok(), shown.has(at, len));
                if done.is_ok() {
                    same(&out[skew..], &shown.bytes()[at..at + len]);
                } else {
                    same(&out, &vec![0xaa; skew + len]);
                }
            }
            Op::Fill(_, a, b, byte) => {
                let range = ordered(a, b, shown.len());
                assert!(view.fill(range.start..=view.len(), byte).is_err());
                view.fill(range.clone(), byte).expect("it fits");
                shown.write(range.start, &vec![byte; range.len()]);
            }
            Op::Typed(_, lens) => with_number!(lens.element, T, {
                match view.typed::<T>() {
                    Ok(row) => {
                        lens.look(row, &shown.bytes());
                        let (at, bytes) = lens.change(row);
                        if !bytes.is_empty() {
                            shown.write(at, &bytes);
                        }
                    }
                    Err(error) => assert!(!view.follows_growth() && error.len % error.multiple != 0),
                }
            }),
            Op::Freeze(_, a, b) => {
                let range = ordered(a, b, shown.len());
                assert!(view.snapshot(range.start..=view.len()).is_err());
                return Some((view.freeze(range.clone()).expect("it fits"), shown.bytes()[range].to_vec()));
            }
            _ => {}
        }
        None
    }

    pub fn check(&self) {
        for (view, shown) in &self.0 {
            assert_eq!(view.weight().net, shown.len());
            same(&view.snapshot(..).expect("there is memory"), &shown.bytes());
        }
    }
}

/// Writes a number and reads it, in both orders.
fn number(view: &Shared, shown: &Shown, width: Width, at: usize, value: u64, big: bool) {
    fn play<T: Number + Debug>(view: &Shared, shown: &Shown, at: usize, value: T, turned: T, bytes: &[u8], big: bool) {
        let at = at % (shown.len() + 9);
        let endian = |big| if big { Endian::Big } else { Endian::Little };
        let fits = shown.has(at, bytes.len());
        let done = view.set(at, value, endian(big));
        assert_eq!(done.is_ok(), fits);
        match (view.get::<T>(at, endian(big)), view.get::<T>(at, endian(!big))) {
            // As text, in which one NaN is another.
            (Ok(a), Ok(b)) => assert_eq!(format!("{a:?} {b:?}"), format!("{value:?} {turned:?}")),
            (Err(a), Err(_)) => assert!(!fits && (a.offset, a.width, a.len) == (at, bytes.len(), shown.len())),
            answers => panic!("{answers:?}"),
        }
        if fits {
            shown.write(at, bytes);
        }
    }
    macro_rules! play {
        ($value:expr, $of:expr) => {{
            let bits = $value;
            let bytes = if big { bits.to_be_bytes() } else { bits.to_le_bytes() };
            play(view, shown, at, $of(bits), $of(bits.swap_bytes()), &bytes, big)
        }};
    }
    match width {
        Width::U8 => play!(value as u8, |bits| bits),
        Width::I8 => play!(value as i8, |bits| bits),
        Width::U16 => play!(value as u16, |bits| bits),
        Width::I16 => play!(value as i16, |bits| bits),
        Width::U32 => play!(value as u32, |bits| bits),
        Width::I32 => play!(value as i32, |bits| bits),
        Width::U64 => play!(value, |bits| bits),
        Width::I64 => play!(value as i64, |bits| bits),
        Width::F32 => play!(value as u32, f32::from_bits),
        Width::F64 => play!(value, f64::from_bits),
    }
}

fn agree(view: &Shared, shown: &Shown, op: Atomic, width: Width, at: usize, a: u64, b: u64) {
    fn play<T: Integer + Debug + PartialEq>(
        view: &Shared,
        op: Atomic,
        at: usize,
        now: Option<T>,
        a: T,
        b: T,
    ) -> Option<T> {
        let answer = match op {
            Atomic::Load => view.load(at),
            Atomic::Store => view.store(at, a).map(|()| a),
            Atomic::Add => view.add(at, a),
            Atomic::Sub => view.sub(at, a),
            Atomic::And => view.and(at, a),
            Atomic::Or => view.or(at, a),
            Atomic::Xor => view.xor(at, a),
            Atomic::Exchange => view.exchange(at, a),
            Atomic::CompareExchange { expects_what_is_there } => {
                let expected = now.filter(|_| expects_what_is_there).unwrap_or(a);
                view.compare_exchange(at, expected, b)
            }
        };
        let due = if matches!(op, Atomic::Store) { now.map(|_| a) } else { now };
        assert_eq!(answer.ok(), due);
        now
    }
    let at = at % (shown.len() + 9);
    macro_rules! play {
        ($integer:ty) => {{
            const WIDTH: usize = size_of::<$integer>();
            let whole = shown.has(at, WIDTH) && (shown.from + at) % WIDTH == 0;
            let number = |bytes: &[u8]| <$integer>::from_ne_bytes(bytes.try_into().expect("so many"));
            let now = whole.then(|| number(&shown.bytes()[at..at + WIDTH]));
            let (a, b) = (a as $integer, b as $integer);
            if let Some(now) = play(view, op, at, now, a, b) {
                let next = match op {
                    Atomic::Load => now,
                    Atomic::Store | Atomic::Exchange => a,
                    Atomic::Add => now.wrapping_add(a),
                    Atomic::Sub => now.wrapping_sub(a),
                    Atomic::And => now & a,
                    Atomic::Or => now | a,
                    Atomic::Xor => now ^ a,
                    Atomic::CompareExchange { expects_what_is_there } if expects_what_is_there || now == a => b,
                    Atomic::CompareExchange { .. } => now,
                };
                shown.write(at, &next.to_ne_bytes());
            }
        }};
    }
    match width {
        Width::U8 => play!(u8),
        Width::I8 => play!(i8),
        Width::U16 => play!(u16),
        Width::I16 => play!(i16),
        Width::U32 => play!(u32),
        Width::I32 => play!(i32),
        Width::U64 | Width::F32 => play!(u64),
        Width::I64 | Width::F64 => play!(i64),
    }
}
