//! A reader is a queue of bytes, whatever becomes of the frames that are cut from it: against a `Vec<u8>`.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use plimsoll::{Buffer, Frozen, Keep, Reader};
use std::io::{self, Read, Write};

/// No memory grows beyond it, so that a run is not about the allocator.
const MOST_UNREAD: usize = 1 << 16;
const MOST_FRAMES: usize = 64;

#[derive(Arbitrary, Debug)]
struct Play {
    chunk: u16,
    keep: Frames,
    ops: Vec<Op>,
}

#[derive(Arbitrary, Debug, Clone, Copy, PartialEq)]
enum Frames {
    View,
    Copy,
    Auto(u16),
}

/// Frames are picked modulo their number.
#[derive(Arbitrary, Debug)]
enum Op {
    Push(u16),
    Write(Vec<u8>),
    Read { most: u16, comes: u16 },
    ReadFails,
    Split(u16),
    SplitAll,
    Advance(u16),
    AdvanceAll,
    Reserve(u16),
    ReserveAbsurdly(u8),
    SliceFrame(u8, u16, u16),
    CutFrame { pick: u8, at: u16, front: bool },
    CloneFrame(u8),
    CompactFrame(u8),
    KeepFrame(u8),
    WriteThroughFrame(u8),
    DropFrame(u8),
    DropFrameElsewhere(u8),
}

/// Gives bytes that tell their place in the stream, at most `comes` at a time.
struct Source<'a> {
    next: &'a mut u64,
    comes: usize,
}

impl Read for Source<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let len = to.len().min(self.comes);
        to[..len].fill_with(|| stream_byte(self.next));
        Ok(len)
    }
}

struct Broken;

impl Read for Broken {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        to.fill(0xee);
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

fn stream_byte(next: &mut u64) -> u8 {
    *next += 1;
    (next.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8
}

struct Both {
    reader: Reader,
    model: Vec<u8>,
    held: Vec<(Frozen, Vec<u8>)>,
    next: u64,
}

impl Both {
    fn play(&mut self, op: Op) {
        match op {
            Op::Push(len) => {
                let len = usize::from(len).min(MOST_UNREAD.saturating_sub(self.model.len()));
                let bytes: Vec<u8> = (0..len).map(|_| stream_byte(&mut self.next)).collect();
                self.reader.extend_from_slice(&bytes);
                self.model.extend(bytes);
            }
            Op::Write(bytes) => {
                if self.model.len() < MOST_UNREAD {
                    self.reader.write_all(&bytes).expect("there is memory");
                    self.model.extend(bytes);
                }
            }
            Op::Read { most, comes } => self.read(most.into(), comes.into()),
            Op::ReadFails => {
                self.reader.read_from(&mut Broken, 100).expect_err("it is broken");
            }
            Op::Split(len) => self.split(len.into()),
            Op::SplitAll => self.split(self.model.len()),
            Op::Advance(len) => self.advance(len.into()),
            Op::AdvanceAll => self.advance(self.model.len()),
            Op::Reserve(len) => self.reader.reserve(len.into()),
            Op::ReserveAbsurdly(less) => {
                let error =
                    self.reader.try_reserve(usize::MAX - usize::from(less)).expect_err("there is no such memory");
                assert!(error.requested > error.limit && !error.refused);
            }
            _ if self.held.is_empty() => {}
            op => self.play_on_frame(op),
        }
    }

    fn read(&mut self, most: usize, comes: usize) {
        if self.model.len() >= MOST_UNREAD {
            return;
        }
        let before = self.next;
        let len = self.reader.read_from(&mut Source { next: &mut self.next, comes }, most).expect("it reads");
        assert_eq!(len as u64, self.next - before);
        assert!(len <= most && len <= comes);
        assert!(len > 0 || most == 0 || comes == 0, "nothing read is the end");
        let mut again = before;
        self.model.extend((0..len).map(|_| stream_byte(&mut again)));
    }

    fn split(&mut self, len: usize) {
        match self.reader.split_to(len) {
            Ok(frame) => {
                let bytes: Vec<u8> = self.model.drain(..len).collect();
                assert!(frame.weight().net == len && frame.weight().gross >= len);
                self.hold(frame, bytes);
            }
            Err(error) => {
                assert!(len > self.model.len());
                assert_eq!((error.offset, error.width, error.len), (0, len, self.model.len()));
            }
        }
    }

    fn advance(&mut self, len: usize) {
        let fits = len <= self.model.len();
        assert_eq!(self.reader.advance(len).is_ok(), fits);
        if fits {
            self.model.drain(..len);
        }
    }

    fn hold(&mut self, frame: Frozen, bytes: Vec<u8>) {
        if self.held.len() == MOST_FRAMES {
            self.held.swap_remove(self.next as usize % MOST_FRAMES);
        }
        self.held.push((frame, bytes));
    }

    fn play_on_frame(&mut self, op: Op) {
        let at = |pick: u8| usize::from(pick) % self.held.len();
        match op {
            Op::SliceFrame(pick, a, b) => {
                let (frame, bytes) = &self.held[at(pick)];
                let (a, b) = (usize::from(a) % (bytes.len() + 1), usize::from(b) % (bytes.len() + 1));
                let (from, to) = (a.min(b), a.max(b));
                assert!(frame.try_slice(from..=bytes.len()).is_err());
                let part = frame.slice_ref(&frame[from..to]).expect("a part of its own");
                assert_eq!(part, frame.slice(from..to));
                let bytes = bytes[from..to].to_vec();
                self.hold(part, bytes);
            }
            Op::CutFrame { pick, at: cut, front } => {
                let pick = at(pick);
                let (frame, bytes) = &mut self.held[pick];
                let cut = usize::from(cut) % (bytes.len() + 1);
                let back_bytes = bytes.split_off(cut);
                let cut_off = if front {
                    let front = frame.split_to(cut);
                    (front, std::mem::replace(bytes, back_bytes))
                } else {
                    (frame.split_off(cut), back_bytes)
                };
                self.hold(cut_off.0, cut_off.1);
            }
            Op::CloneFrame(pick) => {
                let (frame, bytes) = self.held[at(pick)].clone();
                self.hold(frame, bytes);
            }
            Op::CompactFrame(pick) => {
                let (frame, bytes) = &self.held[at(pick)];
                let (compact, bytes) = (frame.compact(), bytes.clone());
                assert_eq!(compact.weight().gross, bytes.len());
                self.hold(compact, bytes);
            }
            Op::KeepFrame(pick) => {
                let (frame, bytes) = self.held.swap_remove(at(pick));
                self.hold(frame.keep(), bytes);
            }
            Op::WriteThroughFrame(pick) => {
                let (frame, bytes) = self.held.swap_remove(at(pick));
                // Whether there is a way back or not, what others hold of the memory must not change.
                match frame.try_into_buffer() {
                    Ok(buffer) => {
                        assert_eq!(buffer, Buffer::from(&bytes[..]));
                        buffer.fill(&[0xaa]);
                    }
                    Err(frame) => self.hold(frame, bytes),
                }
            }
            Op::DropFrame(pick) => drop(self.held.swap_remove(at(pick))),
            Op::DropFrameElsewhere(pick) => {
                let (frame, _) = self.held.swap_remove(at(pick));
                std::thread::spawn(move || drop(frame)).join().expect("it only drops");
            }
            _ => {}
        }
    }

    fn check(&self) {
        same(&self.reader, &self.model);
        assert_eq!(self.reader.weight().net, self.model.len());
        for (frame, bytes) in &self.held {
            same(frame, bytes);
        }
    }
}

/// Says where they differ, not all of what does.
#[track_caller]
fn same(shown: &[u8], model: &[u8]) {
    if shown != model {
        let at = shown.iter().zip(model).take_while(|(a, b)| a == b).count();
        panic!("{} bytes, the model has {}; they differ from {at} on", shown.len(), model.len());
    }
}

fuzz_target!(|play: Play| {
    let usual = usize::from(play.chunk).max(1);
    let keep = match play.keep {
        Frames::View => Keep::View,
        Frames::Copy => Keep::Copy,
        Frames::Auto(max_tare) => Keep::Auto { max_tare: max_tare.into() },
    };
    let reader = Reader::with_chunk_size(play.chunk.into()).with_keep(keep);
    assert_eq!(reader.chunk_size(), usual);
    let mut both = Both { reader, model: Vec::new(), held: Vec::new(), next: 0 };
    for op in play.ops {
        both.play(op);
        both.check();
    }
    both.advance(both.model.len());
    assert!(both.reader.weight().gross <= usual, "an outlier's chunk is given back");
    both.check();
});
