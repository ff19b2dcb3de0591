//! A parcel has the bytes that its store had, on whatever thread it becomes a store again, and nobody else has them.

use plimsoll::{Budget, Buffer, Frozen, Parcel, Pool, ResizeError, Store, TransferError, Weight, weigh_all};
use proptest::collection::vec;
use proptest::prelude::*;
use std::cell::Cell;
use std::sync::mpsc::channel;
use std::thread;

const MAX: usize = 200;

fn write(cells: &[Cell<u8>], from: &[u8]) {
    cells.iter().zip(from).for_each(|(cell, &byte)| cell.set(byte));
}

/// What happens to the bytes on one thread, before they go to the next.
#[derive(Clone, Debug)]
enum Hop {
    /// As a store that is written through.
    Store(Vec<u8>),
    /// As a buffer of all.
    Buffer(Vec<u8>),
    /// Frozen, and taken back.
    Frozen,
    Resize(usize),
    /// In the parcel itself.
    Write(Vec<u8>),
    ResizeParcel(usize),
    /// With another handle alive: by copying.
    Transfer,
    TransferTo(usize),
}

fn hop() -> impl Strategy<Value = Hop> {
    prop_oneof![
        vec(any::<u8>(), 0..MAX).prop_map(Hop::Store),
        vec(any::<u8>(), 0..MAX).prop_map(Hop::Buffer),
        Just(Hop::Frozen),
        (0..MAX + 10).prop_map(Hop::Resize),
        vec(any::<u8>(), 0..MAX).prop_map(Hop::Write),
        (0..MAX + 10).prop_map(Hop::ResizeParcel),
        Just(Hop::Transfer),
        (0..MAX + 10).prop_map(Hop::TransferTo),
    ]
}

/// The bytes by naive rules.
struct Model {
    bytes: Vec<u8>,
    resizable: bool,
    charged: bool,
}

impl Model {
    fn write(&mut self, from: &[u8]) {
        self.bytes.iter_mut().zip(from).for_each(|(to, &byte)| *to = byte);
    }

    fn resize(&mut self, len: usize) -> Result<usize, ResizeError> {
        let before = self.bytes.len();
        if !self.resizable {
            return Err(ResizeError::Fixed { len: before });
        }
        if len > MAX {
            return Err(ResizeError::TooLong { requested: len, max: MAX });
        }
        self.bytes.resize(len, 0);
        Ok(before)
    }
}

fn after(mut parcel: Parcel, hop: &Hop, model: &mut Model) -> Parcel {
    let at = parcel.as_ptr();
    let same = |parcel: Parcel| {
        assert_eq!(parcel.as_ptr(), at, "nothing is copied");
        parcel
    };
    match hop {
        Hop::Store(new) => {
            let store = Store::from(parcel);
            write(store.cells(), new);
            model.write(new);
            same(store.into_parcel().expect("the only handle"))
        }
        Hop::Buffer(new) => {
            let buffer = Buffer::from(parcel);
            write(buffer.cells(), new);
            model.write(new);
            match buffer.into_parcel() {
                Ok(parcel) if model.bytes.is_empty() => {
                    // An empty view holds nothing, so what arrives is empty, and nothing else.
                    assert!(parcel.is_empty() && !parcel.is_resizable());
                    (model.resizable, model.charged) = (false, false);
                    parcel
                }
                Ok(parcel) => same(parcel),
                Err(_) => panic!("the only view, of all bytes"),
            }
        }
        Hop::Frozen => {
            let frozen = Frozen::from(parcel);
            assert_eq!(frozen, model.bytes[..]);
            match frozen.try_into_buffer() {
                Ok(buffer) => same(buffer.into_parcel().expect("the only view")),
                Err(frozen) => {
                    assert!(frozen.is_empty());
                    (model.resizable, model.charged) = (false, false);
                    Store::try_zeroed(0).unwrap().into_parcel().unwrap()
                }
            }
        }
        Hop::Resize(len) => {
            let store = Store::from(parcel);
            assert_eq!(store.resize(*len), model.resize(*len));
            same(store.into_parcel().expect("the only handle"))
        }
        Hop::Write(new) => {
            parcel.iter_mut().zip(new).for_each(|(to, &byte)| *to = byte);
            model.write(new);
            same(parcel)
        }
        Hop::ResizeParcel(len) => {
            assert_eq!(parcel.resize(*len), model.resize(*len));
            same(parcel)
        }
        Hop::Transfer => {
            let store = Store::from(parcel);
            let (other, view) = (store.clone(), store.try_view(..).unwrap());
            let parcel = store.transfer().expect("memory enough");
            assert!(other.is_detached() && other.is_empty());
            assert_eq!(view.to_vec(), model.bytes, "a buffer goes on showing its bytes");
            view.fill(&[0xee]);
            assert!(view.is_empty() || parcel.as_ptr() != view.cells().as_ptr().cast(), "the copy has others");
            parcel
        }
        Hop::TransferTo(len) => match Store::from(parcel).transfer_to(*len) {
            Ok(parcel) => {
                model.bytes.resize(*len, 0);
                parcel
            }
            Err((store, error)) => {
                assert_eq!(error, TransferError::TooLong { requested: *len, max: MAX });
                assert!(model.resizable && *len > MAX && !store.is_detached());
                store.into_parcel().expect("the only handle")
            }
        },
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 5 } else { 100 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_arrive_as_they_were_sent(
        first in vec(any::<u8>(), 0..=MAX),
        resizable: bool,
        budgeted: bool,
        hops in vec((any::<bool>(), hop()), 1..20),
    ) {
        let budget = Budget::new(2 * MAX + 20); // the original and a copy
        let store = match (resizable, budgeted) {
            (true, true) => Store::try_resizable_in(&budget, first.len(), MAX).unwrap(),
            (true, false) => Store::try_resizable(first.len(), MAX).unwrap(),
            (false, true) if !first.is_empty() => Buffer::try_alloc_in(&budget, first.len()).unwrap().store().unwrap(),
            (false, _) => Store::try_zeroed(first.len()).unwrap(),
        };
        write(store.cells(), &first);
        let mut parcel = store.into_parcel().expect("the only handle");
        let charged = budgeted && (resizable || !first.is_empty());
        let mut model = Model { bytes: first, resizable, charged };
        for (elsewhere, hop) in &hops {
            parcel = if *elsewhere {
                thread::scope(|s| s.spawn(|| after(parcel, hop, &mut model)).join().expect("no assertion failed"))
            } else {
                after(parcel, hop, &mut model)
            };
            prop_assert_eq!(&parcel[..], &model.bytes[..]);
            prop_assert_eq!(parcel.is_resizable(), model.resizable);
            prop_assert_eq!(parcel.max_len(), if model.resizable { MAX } else { parcel.len() });
            let gross = if model.resizable { MAX } else { parcel.len() };
            prop_assert_eq!(parcel.weight(), Weight { net: parcel.len(), gross });
            prop_assert_eq!(weigh_all([&parcel]), parcel.weight());
            prop_assert_eq!(budget.held(), if model.charged { gross } else { 0 }, "it keeps its charge; a copy is charged, too");
        }
        thread::spawn(move || drop(parcel)).join().unwrap();
        prop_assert_eq!(budget.held(), 0);
    }
}

#[test]
fn a_parcel_may_be_sent_and_lent() {
    fn travels<T: Send + Sync>(_: &T) {}
    let mut parcel = Store::from_vec(b"bytes".to_vec()).into_parcel().unwrap();
    travels(&parcel);
    thread::scope(|s| {
        (0..4).for_each(|_| drop(s.spawn(|| assert_eq!(&parcel[..], b"bytes"))));
    });
    thread::scope(|s| {
        let (front, back) = parcel.split_at_mut(2);
        s.spawn(|| front.make_ascii_uppercase());
        s.spawn(|| back.reverse());
    });
    parcel.as_mut().swap(0, 1);
    assert_eq!(parcel.as_ref(), b"YBset");
    assert_eq!(Vec::from(parcel), b"YBset");
}

#[test]
fn only_a_sole_handle_moves() {
    let store = Store::try_zeroed(10).unwrap();
    let clone = store.clone();
    let store = store.into_parcel().expect_err("a clone");
    drop(clone);
    let view = store.try_view(..).unwrap();
    let store = store.into_parcel().expect_err("a view");
    let view = view.into_parcel().expect_err("a handle");
    drop(view);
    let tail = store.try_track(10..).unwrap();
    let store = store.into_parcel().expect_err("a view that follows");
    drop(tail);
    let part = store.try_view(..9).unwrap();
    drop(store);
    let part = part.into_parcel().expect_err("not all of it");
    let store = part.store().unwrap();
    drop(part);
    assert_eq!(store.into_parcel().expect("alone").len(), 10);

    let pooled = Buffer::from("pooled");
    let slab = pooled.store().unwrap().into_parcel().expect_err("a slab");
    assert!(slab.is_slab() && pooled.into_parcel().is_err());
    let alone = Pool::new().alloc(10).store().unwrap(); // of a pool that is gone
    assert!(alone.into_parcel().is_err_and(|slab| slab.is_slab()));

    let detached = Store::try_zeroed(10).unwrap();
    detached.detach();
    assert!(detached.into_parcel().is_err());
    let view = Store::from_vec(vec![1; 10]).try_view(..).unwrap();
    view.store().unwrap().detach();
    assert_eq!(view.into_parcel().expect_err("detached").to_vec(), [1; 10]);

    assert!(Buffer::default().into_parcel().expect("an empty one").is_empty());
    let buffer = Buffer::from(vec![7; 100]);
    let at = buffer.cells().as_ptr();
    assert_eq!(buffer.into_parcel().unwrap().as_ptr(), at.cast());
    assert_eq!(&Buffer::from("pooled").compact().into_parcel().unwrap()[..], b"pooled");
}

#[test]
fn a_slab_is_copied_and_stays() {
    let pooled = Buffer::from("pooled");
    let (slab, at) = (pooled.store().unwrap(), pooled.byte_offset());
    let parcel = slab.clone().transfer().unwrap();
    assert_eq!((&parcel[at..at + 6], parcel.len()), (&b"pooled"[..], slab.len()));
    assert!(!slab.is_detached() && !Store::from(parcel).is_slab());
    assert!(pooled.equals(b"pooled") && !pooled.is_out_of_bounds());
}

#[test]
fn what_is_refused_is_given_back_as_it_was() {
    let budget = Budget::new(100);
    let store = Buffer::try_alloc_in(&budget, 60).unwrap().store().unwrap();
    store.cells()[59].set(9);
    let clone = store.clone();
    let (store, error) = store.transfer().unwrap_err();
    let TransferError::Alloc(error) = error else { panic!("{error}") };
    assert_eq!((error.requested, error.held, error.limit), (60, Some(60), 100));
    assert!(!store.is_detached() && clone.len() == 60);
    drop(clone);

    let (store, _) = store.transfer_to(41).unwrap_err(); // a fixed store of another length is a copy
    assert_eq!((store.len(), store.cells()[59].get()), (60, 9));
    let parcel = store.transfer_to(40).unwrap();
    assert_eq!((parcel.len(), budget.held()), (40, 40));
    let parcel = Store::from(parcel).transfer().unwrap();
    assert_eq!(budget.peak(), 100);

    let store = Store::from(parcel);
    store.detach();
    let (_, error) = store.transfer_to(1).unwrap_err();
    assert_eq!((error, error.to_string()), (TransferError::Detached, "the store was detached".to_owned()));
}

#[test]
fn threads_pass_parcels_round() {
    const THREADS: usize = 4;
    const ROUNDS: u8 = 50;
    let budget = Budget::new(THREADS * 1000);
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..THREADS).map(|_| channel::<Option<Parcel>>()).unzip();
    let (done, arrived) = channel();
    let workers: Vec<_> = receivers
        .into_iter()
        .enumerate()
        .map(|(me, receiver)| {
            let (next, done) = (senders[(me + 1) % THREADS].clone(), done.clone());
            thread::spawn(move || {
                while let Ok(Some(parcel)) = receiver.recv() {
                    let store = Store::from(parcel);
                    let len = store.len();
                    let (view, tail) = (store.try_view(..1).unwrap(), store.try_track(len..).unwrap());
                    let round = view.get(0).unwrap();
                    store.resize(len + 1).unwrap();
                    tail.set(0, round).unwrap();
                    view.set(0, round + 1).unwrap();
                    drop((view, tail));
                    let parcel = store.into_parcel().expect("alone again");
                    if round + 1 == ROUNDS { done.send(parcel).unwrap() } else { next.send(Some(parcel)).unwrap() }
                }
            })
        })
        .collect();
    for sender in &senders {
        let store = Store::try_resizable_in(&budget, 1, 1000).unwrap();
        sender.send(store.into_parcel().ok()).unwrap();
    }
    for _ in 0..THREADS {
        let parcel = arrived.recv().unwrap();
        let expected: Vec<u8> = [ROUNDS].into_iter().chain(0..ROUNDS).collect();
        assert_eq!(&parcel[..], expected);
    }
    assert_eq!(budget.held(), 0);
    senders.iter().for_each(|sender| sender.send(None).unwrap());
    workers.into_iter().for_each(|worker| worker.join().unwrap());
}
