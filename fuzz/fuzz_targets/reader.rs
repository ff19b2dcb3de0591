//! A reader is a queue of bytes, whatever becomes of the frames that are cut from it: against a `Vec<u8>`.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use plimsoll::{Budget, Buffer, ChunkPool, Frozen, Keep, Reader, Weigh, weigh_all};
use std::future::Future;
use std::io::{self, Read, Write};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// No memory grows beyond it, so that a run is not about the allocator.
const MOST_UNREAD: usize = 1 << 16;
const MOST_FRAMES: usize = 64;

#[derive(Arbitrary, Debug)]
struct Play {
    chunk: u16,
    /// Chunks of a size that pools keep are larger than the number above can say.
    twice: u8,
    keep: Frames,
    lender: Lender,
    ops: Vec<Op>,
}

/// Where chunks come from. Only a `Line` is ever met.
#[derive(Arbitrary, Debug, Clone, Copy, PartialEq)]
enum Lender {
    Everybodys,
    Pool { idle: u8, secret: bool, charged: bool },
    Budget,
    Line { limit: u16, pool: bool },
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
    Read {
        most: u16,
        comes: u16,
    },
    ReadFails,
    Split(u16),
    SplitAll,
    Advance(u16),
    AdvanceAll,
    Reserve(u16),
    ReserveAbsurdly(u8),
    /// Waits for the line, if there is one, until a few frames or all have been dropped.
    ReserveWhenFree {
        len: u16,
        drops: Option<u8>,
    },
    /// Another reader of the same pool, for as long as it takes to feed it and cut from it.
    Other {
        len: u16,
        cut: u16,
    },
    TrimPool,
    SliceFrame(u8, u16, u16),
    CutFrame {
        pick: u8,
        at: u16,
        front: bool,
    },
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
    held: Vec<(Frame, Vec<u8>)>,
    next: u64,
    lender: Lender,
    pool: Option<ChunkPool>,
    budget: Option<Budget>,
    chunk: usize,
    keep: Keep,
}

/// A frame, and whether it is a view of a chunk.
#[derive(Clone)]
struct Frame(Frozen, bool);

impl Both {
    fn play(&mut self, op: Op) {
        match op {
            Op::Push(len) => {
                let len = usize::from(len).min(MOST_UNREAD.saturating_sub(self.model.len()));
                if self.reserve(len) {
                    let bytes: Vec<u8> = (0..len).map(|_| stream_byte(&mut self.next)).collect();
                    self.reader.extend_from_slice(&bytes);
                    self.model.extend(bytes);
                }
            }
            Op::Write(bytes) => {
                if self.model.len() < MOST_UNREAD && self.reserve(bytes.len()) {
                    self.reader.write_all(&bytes).expect("there is memory");
                    self.model.extend(bytes);
                }
            }
            Op::Read { most, comes } => self.read(most.into(), comes.into()),
            Op::ReadFails => {
                let error = self.reader.read_from(&mut Broken, 100).expect_err("it is broken");
                let met = matches!(self.lender, Lender::Line { .. }) && error.kind() == io::ErrorKind::OutOfMemory;
                assert!(met || error.kind() == io::ErrorKind::ConnectionReset);
            }
            Op::Split(len) => self.split(len.into()),
            Op::SplitAll => self.split(self.model.len()),
            Op::Advance(len) => self.advance(len.into()),
            Op::AdvanceAll => self.advance(self.model.len()),
            Op::Reserve(len) => {
                self.reserve(len.into());
            }
            Op::ReserveAbsurdly(less) => {
                let error =
                    self.reader.try_reserve(usize::MAX - usize::from(less)).expect_err("there is no such memory");
                assert!(error.requested > error.limit && !error.refused || error.held.is_some());
            }
            Op::ReserveWhenFree { len, drops } => self.reserve_when_free(len.into(), drops.map(usize::from)),
            Op::Other { len, cut } => self.other(len.into(), cut.into()),
            Op::TrimPool => {
                if let Some(pool) = &self.pool {
                    let idle = pool.stats().idle;
                    assert_eq!((pool.trim(), pool.stats().idle), (idle, 0));
                }
            }
            _ if self.held.is_empty() => {}
            op => self.play_on_frame(op),
        }
    }

    /// False: the line was met, and nothing is lost.
    fn reserve(&mut self, len: usize) -> bool {
        match self.reader.try_reserve(len) {
            Ok(()) => true,
            Err(error) => {
                assert!(matches!(self.lender, Lender::Line { .. }), "{error}");
                assert!(error.held.is_some_and(|held| error.requested > error.limit - held), "{error}");
                false
            }
        }
    }

    fn reserve_when_free(&mut self, len: usize, drops: Option<usize>) {
        let done = {
            let mut waits = pin!(self.reader.reserve_when_free(len));
            let mut poll = || waits.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            let mut done = poll();
            for _ in 0..drops.unwrap_or(MOST_FRAMES) {
                if done.is_ready() || self.held.pop().is_none() {
                    break;
                }
                done = poll();
            }
            done
        };
        let has_line = matches!(self.lender, Lender::Line { .. });
        match done {
            Poll::Ready(Ok(())) => {
                // The room is there: taking it needs nothing more.
                let place = self.reader.as_ptr();
                self.reader.reserve(len);
                assert_eq!(self.reader.as_ptr(), place);
            }
            outcome => {
                match outcome {
                    Poll::Ready(Err(error)) => assert!(has_line && error.requested > error.limit, "{error}"),
                    _ => assert!(has_line && drops.is_some(), "without frames, there is nothing to wait for"),
                }
                // What is unread is in memory of its own now, which is not charged: it goes with its reader.
                same(&self.reader, &self.model);
                self.model.clear();
                self.reader = fresh(self.chunk, self.keep, self.pool.as_ref(), self.budget.as_ref());
            }
        }
    }

    fn other(&mut self, len: usize, cut: usize) {
        let (Some(pool), false) = (&self.pool, matches!(self.lender, Lender::Line { .. })) else { return };
        let mut other = Reader::with_chunk_size(self.reader.chunk_size()).with_pool(pool);
        let bytes: Vec<u8> = (0..len).map(|_| stream_byte(&mut self.next)).collect();
        other.extend_from_slice(&bytes);
        let frame = other.split_to(cut % (len + 1)).expect("there are so many");
        let bytes = bytes[..frame.len()].to_vec();
        self.hold(Frame(frame, true), bytes);
    }

    fn read(&mut self, most: usize, comes: usize) {
        if self.model.len() >= MOST_UNREAD || !self.reserve(most.min(self.reader.chunk_size()).max(1)) {
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
        let place = self.reader.as_ptr();
        match self.reader.split_to(len) {
            Ok(frame) => {
                let bytes: Vec<u8> = self.model.drain(..len).collect();
                assert!(frame.weight().net == len && frame.weight().gross >= len);
                let shares = frame.as_ptr() == place;
                self.hold(Frame(frame, shares), bytes);
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

    fn hold(&mut self, frame: Frame, bytes: Vec<u8>) {
        if self.held.len() == MOST_FRAMES {
            self.held.swap_remove(self.next as usize % MOST_FRAMES);
        }
        self.held.push((frame, bytes));
    }

    fn play_on_frame(&mut self, op: Op) {
        let at = |pick: u8| usize::from(pick) % self.held.len();
        match op {
            Op::SliceFrame(pick, a, b) => {
                let (Frame(frame, shares), bytes) = &self.held[at(pick)];
                let (a, b) = (usize::from(a) % (bytes.len() + 1), usize::from(b) % (bytes.len() + 1));
                let (from, to) = (a.min(b), a.max(b));
                assert!(frame.try_slice(from..=bytes.len()).is_err());
                let part = frame.slice_ref(&frame[from..to]).expect("a part of its own");
                assert_eq!(part, frame.slice(from..to));
                let (part, bytes) = (Frame(part, *shares), bytes[from..to].to_vec());
                self.hold(part, bytes);
            }
            Op::CutFrame { pick, at: cut, front } => {
                let pick = at(pick);
                let (Frame(frame, shares), bytes) = &mut self.held[pick];
                let cut = usize::from(cut) % (bytes.len() + 1);
                let back_bytes = bytes.split_off(cut);
                let cut_off = if front {
                    let front = frame.split_to(cut);
                    (front, std::mem::replace(bytes, back_bytes))
                } else {
                    (frame.split_off(cut), back_bytes)
                };
                let cut_off = (Frame(cut_off.0, *shares), cut_off.1);
                self.hold(cut_off.0, cut_off.1);
            }
            Op::CloneFrame(pick) => {
                let (frame, bytes) = self.held[at(pick)].clone();
                self.hold(frame, bytes);
            }
            Op::CompactFrame(pick) => {
                let (frame, bytes) = &self.held[at(pick)];
                let (compact, bytes) = (frame.0.compact(), bytes.clone());
                assert_eq!(compact.weight().gross, bytes.len());
                self.hold(Frame(compact, false), bytes);
            }
            Op::KeepFrame(pick) => {
                let (Frame(frame, shares), bytes) = self.held.swap_remove(at(pick));
                let place = frame.as_ptr();
                let frame = frame.keep();
                let shares = shares && frame.as_ptr() == place;
                self.hold(Frame(frame, shares), bytes);
            }
            Op::WriteThroughFrame(pick) => {
                let (Frame(frame, shares), bytes) = self.held.swap_remove(at(pick));
                // Whether there is a way back or not, what others hold of the memory must not change.
                match frame.try_into_buffer() {
                    Ok(buffer) => {
                        assert_eq!(buffer, Buffer::from(&bytes[..]));
                        buffer.fill(&[0xaa]);
                    }
                    Err(frame) => self.hold(Frame(frame, shares), bytes),
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
        for (Frame(frame, _), bytes) in &self.held {
            same(frame, bytes);
        }
        self.check_figures();
    }

    /// What is charged, and what the pool says is held, is what the reader and the frames that share with a chunk weigh together.
    fn check_figures(&self) {
        let frames = self.held.iter().filter(|(frame, _)| frame.1).map(|(frame, _)| &frame.0 as &dyn Weigh);
        let together = weigh_all(frames.chain([&self.reader as &dyn Weigh])).gross;
        let stats = self.pool.as_ref().map(ChunkPool::stats).unwrap_or_default();
        if self.pool.is_some() {
            assert_eq!(stats.held, together);
            assert!(stats.waste < stats.held.max(1));
        }
        if let Some(budget) = &self.budget {
            assert_eq!(budget.held(), together + stats.idle);
            assert!(budget.held() <= budget.limit() && budget.peak() <= budget.limit());
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
    let chunk = usize::from(play.chunk) << (play.twice % 6);
    let usual = chunk.max(1);
    let keep = match play.keep {
        Frames::View => Keep::View,
        Frames::Copy => Keep::Copy,
        Frames::Auto(max_tare) => Keep::Auto { max_tare: max_tare.into() },
    };
    let (pool, budget) = lender(play.lender);
    let reader = fresh(chunk, keep, pool.as_ref(), budget.as_ref());
    assert_eq!(reader.chunk_size(), usual);
    let lender = play.lender;
    let mut both = Both {
        reader,
        model: Vec::new(),
        held: Vec::new(),
        next: 0,
        lender,
        pool: pool.clone(),
        budget: budget.clone(),
        chunk,
        keep,
    };
    for op in play.ops {
        both.play(op);
        both.check();
    }
    both.advance(both.model.len());
    let most = if pool.is_none() && budget.is_some() { usual } else { usual.next_power_of_two() };
    assert!(both.reader.weight().gross <= most, "an outlier's chunk is given back");
    both.check();
    drop(both);
    if let Some(pool) = pool {
        pool.trim();
        assert_eq!((pool.stats().held, pool.stats().idle, pool.stats().waste), (0, 0, 0));
    }
    assert!(budget.is_none_or(|budget| budget.held() == 0), "nothing is left charged");
});

fn fresh(chunk: usize, keep: Keep, pool: Option<&ChunkPool>, budget: Option<&Budget>) -> Reader {
    let reader = Reader::with_chunk_size(chunk).with_keep(keep);
    match (pool, budget) {
        (Some(pool), _) => reader.with_pool(pool),
        (None, Some(budget)) => reader.with_budget(budget.clone()),
        (None, None) => reader,
    }
}

fn lender(lender: Lender) -> (Option<ChunkPool>, Option<Budget>) {
    let much = 1 << 40;
    match lender {
        Lender::Everybodys => (None, None),
        Lender::Budget => (None, Some(Budget::new(much))),
        Lender::Pool { idle, secret, charged } => {
            let pool = ChunkPool::with_idle_limit(usize::from(idle) << 13);
            let pool = if secret { pool.zeroizing() } else { pool };
            if charged {
                let budget = Budget::new(much);
                (Some(pool.with_budget(budget.clone())), Some(budget))
            } else {
                (Some(pool), None)
            }
        }
        Lender::Line { limit, pool } => {
            let budget = Budget::new(usize::from(limit) << 5);
            (pool.then(|| ChunkPool::new().with_budget(budget.clone())), Some(budget))
        }
    }
}
