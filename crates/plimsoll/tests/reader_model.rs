//! A reader is a queue of bytes, whatever becomes of the frames that were cut from it.

use plimsoll::{Frozen, Keep, Reader};
use proptest::prelude::*;
use std::io::{Read, Write};

#[derive(Clone, Debug)]
enum Op {
    Push(usize),
    Read { most: usize, comes: usize },
    Split(usize),
    Advance(usize),
    Reserve(usize),
    DropFrame(usize),
    DropFrameElsewhere(usize),
    SliceFrame(usize),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (0..300_usize).prop_map(Op::Push),
        1 => (1000..5000_usize).prop_map(Op::Push),
        3 => (0..300_usize, 0..300_usize).prop_map(|(most, comes)| Op::Read { most, comes }),
        6 => (0..200_usize).prop_map(Op::Split),
        2 => (0..200_usize).prop_map(Op::Advance),
        1 => (0..2000_usize).prop_map(Op::Reserve),
        4 => any::<usize>().prop_map(Op::DropFrame),
        1 => any::<usize>().prop_map(Op::DropFrameElsewhere),
        1 => any::<usize>().prop_map(Op::SliceFrame),
    ]
}

/// Gives bytes that tell their place in the stream, at most `comes` at a time.
struct Source<'a> {
    next: &'a mut u64,
    comes: usize,
}

impl Read for Source<'_> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let len = to.len().min(self.comes);
        to[..len].fill_with(|| stream_byte(self.next));
        Ok(len)
    }
}

fn stream_byte(next: &mut u64) -> u8 {
    *next += 1;
    (next.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8
}

fn plays(frames: Keep, ops: Vec<Op>) -> Result<(), TestCaseError> {
    const USUAL: usize = 512;
    let mut reader = Reader::with_chunk_size(USUAL).with_keep(frames);
    let mut model: Vec<u8> = Vec::new();
    let mut held: Vec<(Frozen, Vec<u8>)> = Vec::new();
    let mut next = 0;
    for op in ops {
        match op {
            Op::Push(len) => {
                let bytes: Vec<u8> = (0..len).map(|_| stream_byte(&mut next)).collect();
                reader.write_all(&bytes).unwrap();
                model.extend(bytes);
            }
            Op::Read { most, comes } => {
                let before = next;
                let len = reader.read_from(&mut Source { next: &mut next, comes }, most).unwrap();
                prop_assert_eq!(len as u64, next - before);
                prop_assert!(len <= most);
                let mut again = before;
                model.extend((0..len).map(|_| stream_byte(&mut again)));
            }
            Op::Split(len) if len > model.len() => {
                let error = reader.split_to(len).unwrap_err();
                prop_assert_eq!((error.width, error.len), (len, model.len()));
            }
            Op::Split(len) => {
                let frame = reader.split_to(len).unwrap();
                if len > 0 && frames == Keep::Copy {
                    prop_assert!(frame.weight().gross <= 8192.max(len));
                }
                held.push((frame, model.drain(..len).collect()));
            }
            Op::Advance(len) if len > model.len() => prop_assert!(reader.advance(len).is_err()),
            Op::Advance(len) => {
                reader.advance(len).unwrap();
                model.drain(..len);
            }
            Op::Reserve(len) => reader.try_reserve(len).unwrap(),
            Op::DropFrame(pick) if !held.is_empty() => drop(held.swap_remove(pick % held.len())),
            Op::DropFrameElsewhere(pick) if !held.is_empty() => {
                let frame = held.swap_remove(pick % held.len());
                std::thread::spawn(move || drop(frame)).join().unwrap();
            }
            Op::SliceFrame(pick) if !held.is_empty() => {
                let (frame, bytes) = &held[pick % held.len()];
                let half = bytes.len() / 2;
                let pair = (frame.slice(half..), bytes[half..].to_vec());
                held.push(pair);
            }
            _ => {}
        }
        prop_assert_eq!(&reader[..], &model[..]);
        for (frame, bytes) in &held {
            prop_assert_eq!(&frame[..], &bytes[..]);
        }
    }
    reader.advance(model.len()).unwrap();
    prop_assert!(reader.weight().gross <= USUAL, "an outlier's chunk is given back");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 8 } else { 200 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn frames_that_share_never_change(ops in prop::collection::vec(op(), 1..120)) {
        plays(Keep::View, ops)?;
    }

    #[test]
    fn frames_that_are_copies_hold_no_chunk(ops in prop::collection::vec(op(), 1..120)) {
        plays(Keep::Copy, ops)?;
    }

    #[test]
    fn frames_that_choose_are_the_same_bytes(ops in prop::collection::vec(op(), 1..120)) {
        plays(Keep::Auto { max_tare: 400 }, ops)?;
    }
}

#[test]
fn a_chunk_is_used_again_when_its_frames_are_gone() {
    let mut reader = Reader::with_chunk_size(1024);
    reader.extend_from_slice(&[1; 1000]);
    let address = reader.as_ptr();
    for _ in 0..50 {
        let frame = reader.split_to(900).unwrap();
        drop(frame);
        reader.extend_from_slice(&[2; 900]);
        assert_eq!(reader.as_ptr(), address, "the same chunk, from its front");
    }
    let kept = reader.split_to(900).unwrap();
    reader.extend_from_slice(&[3; 900]);
    assert_ne!(reader.as_ptr(), address, "a frame holds the old one");
    assert!(kept.iter().all(|&byte| byte == 1 || byte == 2));
}

#[test]
fn a_frame_holds_its_chunk_and_auto_does_not_let_it() {
    let cut = |frames| {
        let mut reader = Reader::new().with_keep(frames);
        reader.extend_from_slice(&[7; 100]);
        reader.split_to(16).unwrap().weight().gross
    };
    assert_eq!(cut(Keep::View), 64 * 1024);
    assert_eq!(cut(Keep::Copy), 8 * 1024, "a pool slab");
    assert_eq!(cut(Keep::Auto { max_tare: 4096 }), 8 * 1024);
    assert_eq!(cut(Keep::Auto { max_tare: 64 * 1024 }), 64 * 1024);
}

#[test]
fn a_kept_frame_lets_go_of_the_chunk_though_its_reader_goes_on() {
    let mut reader = Reader::new();
    reader.extend_from_slice(&[7; 60_000]);
    let ids: Vec<Frozen> = (0..1500).map(|_| reader.split_to(16).unwrap().keep()).collect();
    assert!(ids.iter().all(|id| id.weight().gross == 16), "more than a reader buys references for at once");
    assert!(ids.iter().all(|id| *id == [7; 16]));
}

#[test]
fn frames_that_share_a_chunk_well_are_kept_as_they_are() {
    let mut reader = Reader::new();
    reader.extend_from_slice(&[7; 60_000]);
    let frames: Vec<Frozen> = (0..1500).map(|_| reader.split_to(30).unwrap()).collect();
    let kept = |frame: &Frozen| frame.clone().keep().weight().gross;
    assert_eq!(kept(&frames[3]), 64 * 1024, "1,500 frames share 64 KiB");
    let last = frames.into_iter().next_back().unwrap();
    assert_eq!(kept(&last), 30, "one does not");
    drop(reader);
    assert_eq!(kept(&last), 30, "with or without the reader");

    let mut reader = Reader::new();
    reader.extend_from_slice(&[7; 60_000]);
    let large: Vec<Frozen> = (0..20).map(|_| reader.split_to(3000).unwrap()).collect();
    assert_eq!(kept(&large[9]), 64 * 1024, "few, but of nearly all of it");
}

#[test]
fn absurd_reservations_are_errors_and_lose_nothing() {
    let mut reader = Reader::new();
    reader.extend_from_slice(b"kept");
    for absurd in [usize::MAX, usize::MAX - 3, isize::MAX as usize] {
        assert!(reader.try_reserve(absurd).is_err());
    }
    assert_eq!(&reader[..], b"kept");
}

#[test]
fn an_outliers_chunk_is_not_kept_by_the_little_that_came_with_its_end() {
    const USUAL: usize = 64 * 1024;
    for cut in [Keep::View, Keep::Copy] {
        let mut reader = Reader::new().with_keep(cut);
        reader.extend_from_slice(&vec![1; 1 << 20]);
        drop(reader.split_to((1 << 20) - 10).unwrap());
        assert_eq!((reader.len(), reader.weight().gross), (10, USUAL), "at once: nothing more may ever come");
        assert_eq!(reader[..], [1; 10]);
    }
    let mut reader = Reader::new();
    for _ in 0..11 {
        reader.extend_from_slice(&[1; 60_000]);
    }
    reader.advance(660_000 - 10).unwrap();
    assert_eq!((reader.len(), reader.weight().gross), (10, USUAL));
}

#[test]
fn what_is_unread_may_be_changed_and_no_frame_sees_it() {
    let mut reader = Reader::with_chunk_size(64);
    reader.extend_from_slice(b"head masked");
    let head = reader.split_to(5).unwrap();
    reader.unread_mut().iter_mut().for_each(|byte| *byte ^= 0x20);
    let body = reader.split_to(6).unwrap();
    assert!(reader.unread_mut().is_empty() && Reader::new().unread_mut().is_empty());
    reader.extend_from_slice(b"next");
    reader.unread_mut().fill(0);
    assert_eq!((&head[..], &body[..], &reader[..]), (&b"head "[..], &b"MASKED"[..], &[0; 4][..]));
    assert_eq!((reader.split(), reader.len(), reader.split().len()), (Frozen::from(vec![0; 4]), 0, 0));
}

#[test]
fn what_follows_an_outlier_is_cut_from_usual_chunks() {
    const USUAL: usize = 64 * 1024;
    let mut reader = Reader::new();
    for _ in 0..11 {
        reader.extend_from_slice(&[1; 60_000]);
    }
    let frames: Vec<Frozen> = (0..158).map(|_| reader.split_to(4000).unwrap()).collect();
    assert!(reader.weight().gross > USUAL, "28,000 bytes are not moved until room is needed");
    reader.extend_from_slice(&[2; 4000]);
    assert_eq!((reader.len(), reader.weight().gross), (32_000, USUAL));
    let next = reader.split_to(4000).unwrap();
    assert_eq!(next.weight().gross, USUAL);
    assert!(frames.iter().all(|frame| frame.iter().all(|&byte| byte == 1)));
    assert_eq!(reader[..], [[1; 24_000].as_slice(), &[2; 4000]].concat());
    assert_eq!(plimsoll::weigh_all([&frames[157], &next]).net, 8000);
}

#[test]
fn the_last_of_many_frames_in_an_outsized_chunk_gives_it_back() {
    let mut reader = Reader::new();
    reader.extend_from_slice(&vec![7; 500_010]);
    for _ in 0..5000 {
        assert_eq!(reader.split_to(100).unwrap()[..], [7; 100]);
    }
    assert_eq!((reader.len(), reader.weight().gross), (10, 64 * 1024));
}
