//! A store that is resized shows what a vector would, zeros where it comes back, and its views stay safe whatever it does.

use plimsoll::cells::Endian;
use plimsoll::typed::{Typed, U8Clamped};
use plimsoll::{
    AllocError, Budget, Buffer, Frozen, OutOfRange, ResizeError, Store, Tracking, ViewError, Weight, weigh_all,
};
use proptest::collection::vec;
use proptest::prelude::*;
use std::cell::Cell;

const MAX: usize = 300;

fn bytes(cells: &[Cell<u8>]) -> Vec<u8> {
    cells.iter().map(Cell::get).collect()
}

#[derive(Clone, Debug)]
enum Op {
    Resize(usize),
    View(usize, usize),
    Cut(usize, usize, usize),
    Track(usize),
    CloneTrack(usize),
    Write(usize, usize, u8),
    WriteTail(usize, usize, u8),
    WriteNumber(usize, usize, u16),
    FillTail(usize, u32),
    DropView(usize),
    DropTail(usize),
    /// Through the pointer and back.
    Raw,
    Detach,
}

fn op() -> impl Strategy<Value = Op> {
    let n = 0..MAX + 10;
    prop_oneof![
        8 => n.clone().prop_map(Op::Resize),
        4 => (n.clone(), n.clone()).prop_map(|(a, b)| Op::View(a.min(b), a.max(b))),
        2 => (n.clone(), n.clone(), n.clone()).prop_map(|(i, a, b)| Op::Cut(i, a.min(b), a.max(b))),
        4 => n.clone().prop_map(Op::Track),
        1 => n.clone().prop_map(Op::CloneTrack),
        8 => (n.clone(), n.clone(), any::<u8>()).prop_map(|(i, at, byte)| Op::Write(i, at, byte)),
        4 => (n.clone(), n.clone(), any::<u8>()).prop_map(|(i, at, byte)| Op::WriteTail(i, at, byte)),
        4 => (n.clone(), n.clone(), any::<u16>()).prop_map(|(i, at, number)| Op::WriteNumber(i, at, number)),
        2 => (n.clone(), any::<u32>()).prop_map(|(i, number)| Op::FillTail(i, number)),
        2 => n.clone().prop_map(Op::DropView),
        2 => n.prop_map(Op::DropTail),
        1 => Just(Op::Raw),
        1 => prop_oneof![9 => Just(Op::Resize(MAX)), 1 => Just(Op::Detach)],
    ]
}

/// All of the memory, by naive rules: what a resize passes over becomes zero.
struct Model {
    memory: Vec<u8>,
    len: usize,
    detached: bool,
}

impl Model {
    fn len(&self) -> usize {
        if self.detached { 0 } else { self.len }
    }

    fn resize(&mut self, len: usize) -> Result<usize, ResizeError> {
        if self.detached {
            return Err(ResizeError::Detached);
        }
        if len > MAX {
            return Err(ResizeError::TooLong { requested: len, max: MAX });
        }
        let before = self.len;
        self.memory[before.min(len)..before.max(len)].fill(0);
        self.len = len;
        Ok(before)
    }

    fn tail(&self, from: usize) -> &[u8] {
        self.memory[..self.len()].get(from..).unwrap_or(&[])
    }
}

fn check(
    store: &Store,
    model: &Model,
    views: &[(Buffer, usize)],
    tails: &[(Tracking, usize)],
) -> Result<(), TestCaseError> {
    prop_assert_eq!((store.len(), store.capacity(), store.is_detached()), (model.len(), MAX, model.detached));
    prop_assert_eq!(store.max_len(), if model.detached { 0 } else { MAX });
    prop_assert_eq!(bytes(store.cells()), &model.memory[..model.len()]);
    for (view, from) in views {
        let end = from + view.len();
        prop_assert_eq!(view.to_vec(), &model.memory[*from..end], "a buffer goes on showing its bytes");
        prop_assert_eq!(view.is_out_of_bounds(), !view.is_empty() && end > model.len());
        prop_assert!(view.is_empty() || view.weight().gross == MAX);
    }
    for (tail, from) in tails {
        let shown = model.tail(*from);
        prop_assert_eq!(bytes(tail.cells()), shown);
        prop_assert_eq!((tail.len(), tail.is_empty(), tail.byte_offset()), (shown.len(), shown.is_empty(), *from));
        prop_assert_eq!(tail.is_out_of_bounds(), model.detached || *from > model.len());
        prop_assert_eq!(tail.weight(), Weight { net: shown.len(), gross: MAX });
        prop_assert_eq!((tail.get(0), tail.get(shown.len())), (shown.first().copied(), None));

        let words = tail.typed::<u32>().big_endian();
        let expected: Vec<u32> = shown.chunks_exact(4).map(|w| u32::from_be_bytes(w.try_into().unwrap())).collect();
        prop_assert_eq!(words.len(), expected.len());
        prop_assert_eq!(words.to_vec(), expected.clone());
        prop_assert_eq!(words.iter().rev().collect::<Vec<_>>(), expected.iter().rev().copied().collect::<Vec<_>>());
        prop_assert_eq!((words.get(expected.len()), words.iter().len()), (None, expected.len()));
        prop_assert_eq!(words.is_aligned(), (store.as_ptr().addr() + from).is_multiple_of(4));
    }
    let shown: usize = (0..MAX)
        .filter(|at| {
            let viewed = views.iter().any(|(view, from)| (*from..from + view.len()).contains(at));
            viewed || tails.iter().any(|(_, from)| (*from..model.len()).contains(at))
        })
        .count();
    let handles: Vec<&dyn plimsoll::Weigh> = views
        .iter()
        .map(|(view, _)| view as &dyn plimsoll::Weigh)
        .chain(tails.iter().map(|(tail, _)| tail as &dyn plimsoll::Weigh))
        .chain([store as &dyn plimsoll::Weigh])
        .collect();
    prop_assert_eq!(weigh_all(handles), Weight { net: shown, gross: MAX });
    Ok(())
}

fn run(len: usize, ops: Vec<Op>) -> Result<(), TestCaseError> {
    let budget = Budget::new(MAX);
    let mut store = Store::try_resizable_in(&budget, len, MAX).expect("as many as may be held");
    let mut model = Model { memory: vec![0; MAX], len, detached: false };
    let mut views: Vec<(Buffer, usize)> = Vec::new();
    let mut tails: Vec<(Tracking, usize)> = Vec::new();
    for op in ops {
        match op {
            Op::Resize(len) => prop_assert_eq!(store.resize(len), model.resize(len)),
            Op::View(from, to) => match store.try_view(from..to) {
                Ok(view) => {
                    prop_assert!(to <= model.len() && !model.detached);
                    views.push((view, from));
                }
                Err(ViewError::Detached) => prop_assert!(model.detached),
                Err(ViewError::OutOfRange(error)) => {
                    prop_assert!(to > model.len() && !model.detached);
                    prop_assert_eq!(error, OutOfRange { offset: from, width: to - from, len: model.len() });
                }
            },
            Op::Cut(i, from, to) if !views.is_empty() => {
                let (view, at) = &views[i % views.len()];
                if to <= view.len() {
                    let cut = (view.subarray(from..to), at + from);
                    views.push(cut);
                }
            }
            Op::Track(from) => match store.try_track(from..) {
                Ok(tail) => {
                    prop_assert!(from <= model.len() && !model.detached);
                    prop_assert_eq!(tail.store().id(), store.id());
                    tails.push((tail, from));
                }
                Err(ViewError::Detached) => prop_assert!(model.detached),
                Err(ViewError::OutOfRange(error)) => prop_assert_eq!((error.len, error.offset), (model.len(), from)),
            },
            Op::CloneTrack(i) if !tails.is_empty() => {
                let clone = tails[i % tails.len()].clone();
                tails.push(clone);
            }
            Op::Write(i, at, byte) if !views.is_empty() => {
                let (view, from) = &views[i % views.len()];
                if view.set(at, byte).is_ok() {
                    model.memory[from + at] = byte;
                } else {
                    prop_assert!(at >= view.len());
                }
            }
            Op::WriteTail(i, at, byte) if !tails.is_empty() => {
                let (tail, from) = &tails[i % tails.len()];
                let len = model.tail(*from).len();
                let error = OutOfRange { offset: at, width: 1, len };
                prop_assert_eq!(tail.set(at, byte), if at < len { Ok(()) } else { Err(error) });
                if at < len {
                    model.memory[from + at] = byte;
                }
            }
            Op::WriteNumber(i, at, number) if !tails.is_empty() => {
                let (tail, from) = &tails[i % tails.len()];
                let there = at < model.tail(*from).len() / 2;
                prop_assert_eq!(tail.typed::<u16>().little_endian().set(at, number).is_ok(), there);
                if there {
                    model.memory[from + at * 2..][..2].copy_from_slice(&number.to_le_bytes());
                }
            }
            Op::FillTail(i, number) if !tails.is_empty() => {
                let (tail, from) = &tails[i % tails.len()];
                tail.typed::<u32>().with_endian(Endian::Big).fill(number);
                let whole = model.tail(*from).len() / 4 * 4;
                model.memory[*from..]
                    .iter_mut()
                    .take(whole)
                    .zip(number.to_be_bytes().iter().cycle())
                    .for_each(|(to, byte)| *to = *byte);
            }
            Op::DropView(i) if !views.is_empty() => drop(views.swap_remove(i % views.len())),
            Op::DropTail(i) if !tails.is_empty() => drop(tails.swap_remove(i % tails.len())),
            Op::Raw => {
                let raw = store.into_raw();
                // SAFETY: made on this thread just now, and taken back once.
                store = unsafe { Store::from_raw(raw) };
            }
            Op::Detach => {
                prop_assert!(store.detach());
                model.detached = true;
            }
            _ => {}
        }
        check(&store, &model, &views, &tails)?;
        prop_assert_eq!(budget.held(), MAX, "the maximum is charged, once");
    }
    drop(store);
    let holds = tails.len() + views.iter().filter(|(view, _)| !view.is_empty()).count();
    prop_assert_eq!(budget.held(), if holds == 0 { 0 } else { MAX });
    drop((views, tails));
    prop_assert_eq!(budget.held(), 0);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 8 } else { 256 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_store_and_its_views_are_what_a_vector_is(len in 0..=MAX, ops in vec(op(), 1..60)) {
        run(len, ops)?;
    }
}

#[test]
fn what_comes_back_is_zero_whoever_wrote_there_meanwhile() {
    let store = Store::try_resizable(100, 200).unwrap();
    let view = store.try_view(50..100).unwrap();
    let cells = store.cells();
    view.fill(&[1]);
    assert_eq!(store.resize(60), Ok(100));
    assert_eq!(bytes(view.cells()), [&[1; 10][..], &[0; 40]].concat(), "cut off is zero");
    view.fill(&[2]);
    cells[99].set(3);
    assert_eq!(store.resize(200), Ok(60));
    assert_eq!(bytes(&store.cells()[50..]), [&[2; 10][..], &[0; 140]].concat());
    view.set(49, 4).unwrap();
    assert_eq!((store.cells()[99].get(), cells[99].get()), (4, 4), "one memory again");
}

#[test]
fn a_lens_with_an_end_shows_nothing_until_the_store_reaches_there() {
    let store = Store::try_resizable(16, 64).unwrap();
    let tail = store.try_track(4..).unwrap();
    let all = tail.typed::<u16>().little_endian();
    let (pair, rest, none) = (all.subarray(2..4), all.subarray(4..), all.subarray(6..6));
    all.copy_from(&[1, 2, 3, 0x0404, 5, 6]).unwrap();
    assert_eq!((pair.to_vec(), rest.to_vec(), none.len()), (vec![3, 0x0404], vec![5, 6], 0));

    store.resize(11).unwrap(); // in the middle of the second of the pair
    assert_eq!((all.to_vec(), pair.len(), rest.len()), (vec![1, 2, 3], 0, 0));
    assert_eq!((pair.get(0), pair.to_vec(), pair.iter().next()), (None, vec![], None));
    assert_eq!(pair.set(0, 9), Err(OutOfRange { offset: 0, width: 2, len: 0 }));
    assert!(pair.copy_to(&mut [0]).is_err() && pair.copy_from(&[1]).is_err() && pair.try_subarray(..1).is_err());
    assert!(pair.copy_to(&mut []).is_ok() && pair.try_subarray(..).is_ok() && none.try_subarray(..).is_ok());
    pair.fill(7);
    rest.fill(7);

    store.resize(12).unwrap();
    assert_eq!((pair.to_vec(), rest.to_vec()), (vec![3, 0x0004], vec![]), "it reaches there, and its end came back");
    store.resize(2).unwrap();
    assert_eq!((all.len(), all.get(0), pair.len(), format!("{all:?}")), (0, None, 0, "[]".to_owned()));
    store.resize(64).unwrap();
    assert_eq!((all.len(), pair.to_vec(), rest.len()), (30, vec![0, 0], 26));
    assert!(store.detach());
    assert_eq!((all.len(), pair.len(), rest.len()), (0, 0, 0));
}

#[test]
fn an_iterator_ends_where_the_store_does_and_stays_there() {
    let store = Store::try_resizable(10, 10).unwrap();
    (0..10).for_each(|at| store.cells()[usize::from(at)].set(at));
    let tail = store.try_track(0..).unwrap();
    let lens = tail.typed::<u8>();

    let mut forward = lens.iter();
    assert_eq!((forward.next(), forward.nth(1), forward.len()), (Some(0), Some(2), 7));
    store.resize(5).unwrap();
    assert_eq!((forward.len(), forward.size_hint()), (2, (2, Some(2))));
    assert_eq!((forward.next(), forward.next(), forward.next()), (Some(3), Some(4), None));
    store.resize(10).unwrap();
    assert_eq!((forward.next(), forward.next_back(), forward.len()), (None, None, 0), "fused");

    let mut backward = lens.iter();
    assert_eq!((backward.next_back(), backward.next()), (Some(0), Some(0)), "the last one came back as zero");
    store.resize(4).unwrap();
    assert_eq!((backward.next_back(), backward.len(), format!("{backward:?}")), (Some(3), 2, "[1, 2]".to_owned()));
    store.resize(1).unwrap();
    assert_eq!((backward.next_back(), backward.next(), backward.nth(1)), (None, None, None));

    store.resize(10).unwrap();
    let seen: Vec<u8> = lens
        .into_iter()
        .inspect(|_| {
            store.resize(store.len() - 2).unwrap(); // the caller's code runs between any two
        })
        .collect();
    assert_eq!(seen.len(), 4, "10, 8, 6, 4 and then 2 bytes");
    assert_eq!((lens.len(), lens.iter().count()), (2, 2));
}

#[test]
fn every_width_of_number_goes_over_a_store_that_is_resized() {
    let store = Store::try_resizable(3, 100).unwrap();
    let tail = store.try_track(1..).unwrap();
    for len in (0..=100).chain((0..100).rev()) {
        store.resize(len).unwrap();
        let there = len.saturating_sub(1);
        assert_eq!(tail.typed::<U8Clamped>().len(), there);
        assert_eq!((tail.typed::<i16>().len(), tail.typed::<f32>().len()), (there / 2, there / 4));
        let wide = Typed::<f64, _>::new(&tail).expect("any length");
        assert_eq!(wide.len(), there / 8);
        wide.fill(0.5);
        assert!(wide.iter().all(|number| number == 0.5) && wide.iter().count() == there / 8);
        wide.fill(0.0);
    }
}

#[test]
fn a_fixed_store_is_never_resized_but_can_be_tracked_and_detached() {
    for store in [Store::try_zeroed(10).unwrap(), Store::from_vec(vec![0; 10]), Store::from_owner(vec![0; 10])] {
        assert_eq!((store.len(), store.max_len(), store.is_resizable()), (10, 10, false));
        for len in [0, 10, 11] {
            assert_eq!(store.resize(len), Err(ResizeError::Fixed { len: 10 }));
        }
        let (tail, view, clone) = (store.try_track(4..).unwrap(), store.try_view(2..8).unwrap(), store.clone());
        assert!(!view.is_out_of_bounds() && !tail.is_out_of_bounds() && tail.len() == 6);
        view.fill(&[7]);
        assert_eq!(tail.get(0), Some(7));

        assert!(store.detach() && store.detach());
        assert!(clone.is_detached() && clone.is_empty() && clone.cells().is_empty());
        assert_eq!((clone.max_len(), clone.capacity()), (0, 10));
        assert_eq!((tail.len(), tail.is_out_of_bounds(), view.is_out_of_bounds()), (0, true, true));
        assert_eq!(store.resize(10), Err(ResizeError::Detached));
        assert_eq!(store.try_view(..).unwrap_err(), ViewError::Detached);
        assert_eq!(store.try_track(0..).unwrap_err(), ViewError::Detached);
        assert_eq!(ViewError::Detached.to_string(), "the store was detached");
        drop((store, clone, tail));
        assert_eq!(view.to_vec(), [7; 6], "the memory lives as long as its last view");
        assert!(view.store().is_some_and(|store| store.is_detached()));
        assert_eq!(view.freeze(), [7; 6]);
    }
}

#[test]
fn a_slab_is_not_detached() {
    let pooled = Buffer::alloc_pooled(10);
    let slab = pooled.store().unwrap();
    assert!(slab.is_slab() && !slab.detach() && !slab.is_detached());
    assert!(!pooled.is_out_of_bounds() && slab.try_view(..).is_ok());
}

#[test]
fn absurd_lengths_are_errors_with_the_figures_in_them() {
    let error = Store::try_resizable(11, 10).unwrap_err();
    assert_eq!(error, AllocError { requested: 11, limit: 10, refused: false, held: None });
    for max in [usize::MAX, isize::MAX as usize, isize::MAX as usize - 64] {
        let error = Store::try_resizable(0, max).unwrap_err();
        assert_eq!((error.requested, error.refused), (max, false));
        assert!(error.limit < max);
    }
    let store = Store::try_resizable(0, 0).unwrap();
    assert_eq!((store.resize(0), store.len(), store.max_len(), store.is_resizable()), (Ok(0), 0, 0, true));
    let error = store.resize(1).unwrap_err();
    assert_eq!(error, ResizeError::TooLong { requested: 1, max: 0 });
    assert_eq!(error.to_string(), "a store that may grow to 0 bytes cannot have 1");
    assert!(store.try_track(0..).unwrap().is_empty() && store.try_track(1..).is_err());

    let budget = Budget::new(1000);
    let error = Store::try_resizable_in(&budget, 0, 1001).unwrap_err();
    assert_eq!((error.requested, error.held, budget.held()), (1001, Some(0), 0));
}

#[test]
fn frozen_bytes_of_a_resizable_store_come_back_resizable() {
    let store = Store::try_resizable(8, 20).unwrap();
    let buffer = store.try_view(2..8).unwrap();
    buffer.fill(&[5]);
    drop(store);
    let frozen: Frozen = buffer.freeze();
    let there = std::thread::spawn(move || {
        let buffer = frozen.try_into_buffer().expect("the only handle");
        let store = buffer.store().expect("it is not empty");
        assert_eq!((store.resize(20), store.len(), buffer.to_vec()), (Ok(8), 20, vec![5; 6]));
        store.try_track(6..).map(|tail| bytes(tail.cells()))
    });
    assert_eq!(there.join().unwrap().unwrap(), [&[5, 5][..], &[0; 12]].concat());
}
