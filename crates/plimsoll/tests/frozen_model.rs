//! Frozen bytes stay what they were, wherever the handles are made, copied and dropped.
//!
//! Two other threads make, hold and drop handles while the first does; each may end at any moment, and its handles live on.

use plimsoll::{Buffer, Frozen, KeepRule, Weight};
use proptest::collection::vec;
use proptest::prelude::*;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

const SLAB: usize = 8 * 1024;

type Pick = usize;

#[derive(Clone, Debug)]
enum Op {
    Copy(Vec<u8>),
    /// More copies at once than a thread's window of slabs has room for; this many stay.
    Many(usize),
    FromVec(Vec<u8>, usize),
    Static,
    FromBuffer(Vec<u8>),
    Slice(Pick, usize, usize),
    Clone(Pick),
    Compact(Pick),
    Keep(Pick),
    Drop(Pick),
    /// To the first or the second other thread.
    Send(bool, Pick),
    Elsewhere(bool, There),
    /// The thread ends, with what it holds; a new one takes its place.
    End(bool),
}

/// What another thread does, with handles that it was sent or made.
#[derive(Clone, Debug)]
enum There {
    Make(Vec<u8>),
    Clone(Pick),
    Drop(Pick),
    SendBack(Pick),
}

/// A handle and what it must show and hold.
struct Held {
    frozen: Frozen,
    bytes: Vec<u8>,
    gross: usize,
}

impl Held {
    fn copy(bytes: Vec<u8>) -> Self {
        let gross = match bytes.len() {
            0 => 0,
            len if len < SLAB / 2 => SLAB,
            len => len,
        };
        Self { frozen: Frozen::copy_from_slice(&bytes), bytes, gross }
    }

    fn alone(frozen: Frozen, bytes: Vec<u8>) -> Self {
        Self { frozen, gross: bytes.len(), bytes }
    }

    fn again(&self) -> Self {
        Self { frozen: self.frozen.clone(), bytes: self.bytes.clone(), gross: self.gross }
    }

    fn check(&self) {
        assert_eq!(&self.frozen[..], &self.bytes[..]);
        assert_eq!(self.frozen.weight(), Weight { net: self.bytes.len(), gross: self.gross });
    }
}

enum Message {
    Take(Held),
    Do(There),
}

struct Other {
    orders: Sender<Message>,
    thread: JoinHandle<()>,
}

impl Other {
    fn start(back: Sender<Held>) -> Self {
        let (orders, todo) = channel();
        Self { orders, thread: thread::spawn(move || work(&todo, &back)) }
    }

    fn end(self) {
        drop(self.orders);
        self.thread.join().expect("every handle was right over there");
    }
}

fn work(todo: &Receiver<Message>, back: &Sender<Held>) {
    let mut held: Vec<Held> = Vec::new();
    for message in todo {
        let order = match message {
            Message::Take(handle) => {
                held.push(handle);
                continue;
            }
            Message::Do(order) => order,
        };
        let pick = |pick: Pick| (!held.is_empty()).then(|| pick % held.len());
        match order {
            There::Make(bytes) => held.push(Held::copy(bytes)),
            There::Clone(at) => held.extend(pick(at).map(|at| held[at].again())),
            There::Drop(at) => drop(pick(at).map(|at| held.swap_remove(at))),
            There::SendBack(at) => {
                if let Some(at) = pick(at) {
                    let _ = back.send(held.swap_remove(at));
                }
            }
        }
        held.iter().for_each(Held::check);
    }
    // Some of what is left outlives the thread.
    for (at, handle) in held.into_iter().enumerate() {
        if at % 2 == 0 {
            let _ = back.send(handle);
        }
    }
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let len = prop_oneof![10 => 0usize..100, 6 => 1000usize..4100, 1 => 8000usize..9000];
    (len, any::<u8>()).prop_map(|(len, first)| (0..len).map(|i| first.wrapping_add(i as u8)).collect())
}

fn op() -> impl Strategy<Value = Op> {
    let pick = || 0usize..1000;
    let there = prop_oneof![
        3 => bytes().prop_map(There::Make),
        2 => pick().prop_map(There::Clone),
        3 => pick().prop_map(There::Drop),
        2 => pick().prop_map(There::SendBack),
    ];
    prop_oneof![
        8 => bytes().prop_map(Op::Copy),
        2 => (0usize..3).prop_map(Op::Many),
        1 => (bytes(), 0usize..50).prop_map(|(bytes, spare)| Op::FromVec(bytes, spare)),
        1 => Just(Op::Static),
        2 => bytes().prop_map(Op::FromBuffer),
        4 => (pick(), pick(), pick()).prop_map(|(handle, a, b)| Op::Slice(handle, a, b)),
        3 => pick().prop_map(Op::Clone),
        1 => pick().prop_map(Op::Compact),
        2 => pick().prop_map(Op::Keep),
        5 => pick().prop_map(Op::Drop),
        5 => (any::<bool>(), pick()).prop_map(|(which, handle)| Op::Send(which, handle)),
        8 => (any::<bool>(), there).prop_map(|(which, order)| Op::Elsewhere(which, order)),
        1 => any::<bool>().prop_map(Op::End),
    ]
}

struct Scene {
    here: Vec<Held>,
    others: [Option<Other>; 2],
    returned: Receiver<Held>,
    back: Sender<Held>,
}

impl Scene {
    fn new() -> Self {
        let (back, returned) = channel();
        Self { here: Vec::new(), others: [(); 2].map(|()| Some(Other::start(back.clone()))), returned, back }
    }

    fn tell(&self, which: bool, message: Message) {
        if let Some(other) = &self.others[usize::from(which)] {
            other.orders.send(message).expect("the thread is at work");
        }
    }

    fn play(&mut self, op: Op) {
        let pick = |pick: Pick| (!self.here.is_empty()).then(|| pick % self.here.len());
        match op {
            Op::Copy(bytes) => self.here.push(Held::copy(bytes)),
            Op::Many(stay) => {
                let mut many: Vec<Held> = (0..40).map(|seed| Held::copy(vec![seed; 4000])).collect();
                many.iter().for_each(Held::check);
                many.truncate(stay);
                self.here.append(&mut many);
            }
            Op::FromVec(bytes, spare) => {
                let mut taken = Vec::with_capacity(bytes.len() + spare);
                taken.extend_from_slice(&bytes);
                let gross = if bytes.is_empty() { 0 } else { taken.capacity() };
                self.here.push(Held { frozen: Frozen::from(taken), bytes, gross });
            }
            Op::Static => {
                let bytes: &'static [u8] = b"part of the program";
                self.here.push(Held { frozen: Frozen::from_static(bytes), bytes: bytes.to_vec(), gross: 0 });
            }
            Op::FromBuffer(bytes) => {
                let buffer = Buffer::alloc(bytes.len());
                for (at, &byte) in bytes.iter().enumerate() {
                    buffer.set(at, byte).expect("within the buffer");
                }
                self.here.push(Held::alone(buffer.freeze(), bytes));
            }
            Op::Slice(handle, a, b) => {
                let Some(at) = pick(handle) else { return };
                let whole = &self.here[at];
                let (a, b) = (a % (whole.bytes.len() + 1), b % (whole.bytes.len() + 1));
                let range = a.min(b)..a.max(b);
                assert!(whole.frozen.try_slice(..whole.bytes.len() + 1).is_err());
                let gross = if range.is_empty() { 0 } else { whole.gross };
                let cut = Held { frozen: whole.frozen.slice(range.clone()), bytes: whole.bytes[range].to_vec(), gross };
                self.here.push(cut);
            }
            Op::Clone(handle) => self.here.extend(pick(handle).map(|at| self.here[at].again())),
            Op::Compact(handle) => {
                let Some(at) = pick(handle) else { return };
                let Held { frozen, bytes, .. } = &self.here[at];
                self.here.push(Held::alone(frozen.compact(), bytes.clone()));
            }
            Op::Keep(handle) => {
                let Some(at) = pick(handle) else { return };
                let Held { frozen, bytes, gross } = self.here.swap_remove(at);
                let (place, weight) = (frozen.as_ptr(), frozen.weight());
                let frozen = frozen.keep();
                let copied = frozen.as_ptr() != place;
                assert!(!copied || KeepRule::default().should_copy(weight, 1), "a copy that frees nothing");
                self.here.push(Held { gross: if copied { bytes.len() } else { gross }, frozen, bytes });
            }
            Op::Drop(handle) => drop(pick(handle).map(|at| self.here.swap_remove(at))),
            Op::Send(which, handle) => {
                if let Some(at) = pick(handle) {
                    let handle = self.here.swap_remove(at);
                    self.tell(which, Message::Take(handle));
                }
            }
            Op::Elsewhere(which, order) => self.tell(which, Message::Do(order)),
            Op::End(which) => {
                let other = self.others[usize::from(which)].replace(Other::start(self.back.clone()));
                other.into_iter().for_each(Other::end);
            }
        }
        self.here.extend(self.returned.try_iter());
    }

    fn end(self) {
        self.others.into_iter().flatten().for_each(Other::end);
        drop(self.back);
        self.returned.iter().for_each(|handle| handle.check());
        self.here.iter().for_each(Held::check);
    }
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: if cfg!(miri) { 2 } else { 192 }, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn frozen_bytes_stay_what_they_were_on_any_thread(ops in vec(op(), 1..if cfg!(miri) { 40 } else { 120 })) {
        let mut scene = Scene::new();
        for op in ops {
            scene.play(op);
            scene.here.iter().for_each(Held::check);
        }
        scene.end();
    }
}

#[test]
fn frozen_bytes_equal_whatever_has_the_same_from_either_side() {
    let frozen = Frozen::copy_from_slice(b"abc");
    let (vector, text, slice) = (b"abc".to_vec(), String::from("abc"), &b"abc"[..]);
    let (vectors, itself) = (&vector, &frozen);
    assert!(frozen == *b"abc" && frozen == b"abc" && frozen == b"abc"[..] && frozen == slice);
    assert!(
        frozen == "abc"
            && frozen == *"abc"
            && frozen == text
            && frozen == vector
            && frozen == vectors
            && frozen == itself
    );
    assert!(*b"abc" == frozen && b"abc" == frozen && b"abc"[..] == frozen && slice == frozen);
    assert!("abc" == frozen && *"abc" == frozen && text == frozen && vector == frozen && vectors == frozen);
    assert!(frozen != "abd" && frozen != b"ab" && "abcd" != frozen && Vec::new() != frozen);
    assert_eq!(frozen, "abc");
}

#[test]
fn frozen_bytes_are_collected_and_iterated_from_both_ends() {
    let frozen: Frozen = (0..200_u8).filter(|byte| byte % 2 == 0).collect();
    assert_eq!((frozen.len(), frozen.weight().gross), (100, 100), "no spare capacity");
    assert!(frozen.clone().into_iter().eq(frozen.iter().copied()));
    let part = frozen.slice(10..15);
    let mut bytes = part.into_iter();
    assert_eq!((bytes.next(), bytes.next_back(), bytes.len()), (Some(20), Some(28), 3));
    assert_eq!((bytes.nth(1), bytes.next(), bytes.next(), bytes.next_back()), (Some(24), Some(26), None, None));
    let mut sum = 0_u32;
    for byte in &frozen {
        sum += u32::from(*byte);
    }
    assert_eq!(sum, 9900);
}

#[test]
fn a_handle_is_cut_short_and_cleared_in_place() {
    let mut frozen = Frozen::from(vec![7; 1000]);
    frozen.truncate(2000);
    assert_eq!(frozen.len(), 1000);
    frozen.truncate(10);
    assert_eq!((frozen.len(), frozen.weight().gross), (10, 1000));
    frozen.clear();
    assert_eq!((frozen.len(), frozen.weight().gross), (0, 0));
}

#[test]
fn who_is_alone_gets_the_vector_back_and_others_a_copy() {
    let vector = vec![7; 10_000];
    let address = vector.as_ptr();
    let frozen = Frozen::from(vector);
    assert!(frozen.is_unique());
    let other = frozen.clone();
    assert!(!frozen.is_unique() && !other.is_unique());
    let copy: Vec<u8> = other.into();
    assert!(copy.as_ptr() != address && copy == [7; 10_000]);
    let vector: Vec<u8> = frozen.into();
    assert_eq!((vector.as_ptr(), vector.len()), (address, 10_000));
    let parcel = Buffer::from_vec(vector).into_parcel().unwrap();
    let vector: Vec<u8> = parcel.into();
    assert_eq!(vector.as_ptr(), address);

    let mut part = Frozen::from(vector);
    part.truncate(10);
    assert!(part.is_unique());
    assert_eq!(Vec::from(part), [7; 10]);
    for not_a_vectors in [Frozen::copy_from_slice(b"slab"), Frozen::from_static(b"static"), Buffer::alloc(9).freeze()] {
        assert_eq!(Vec::from(not_a_vectors.clone()), not_a_vectors.to_vec());
    }
    assert_eq!(Frozen::from(Buffer::from("abc")), "abc");
}
