//! Frames cut from a stream: `Reader` against `BytesMut`. `cargo bench -p plimsoll-benches --bench frames`.
//!
//! A frame is a header of 21 bytes (type and length of 16 bits, flags, a session id of 16 bytes) and its payload. The stream is
//! 4 MiB and comes in reads of 64 KiB, one copy each, as from a socket.

use bytes::{Buf as _, Bytes, BytesMut};
use plimsoll::{Frozen, Reader};
use plimsoll_benches::{Bench, Verdict, table};
use std::collections::VecDeque;
use std::hint::black_box;
use tokio_util::codec::{Decoder as _, LengthDelimitedCodec};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const HEADER: usize = 21;
const READ: usize = 64 * 1024;
const STREAM: usize = 4 << 20;
const HELD: usize = 256;

fn stream(payload: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(STREAM + HEADER + payload);
    while bytes.len() < STREAM {
        bytes.extend_from_slice(&7_u16.to_be_bytes());
        bytes.extend_from_slice(&u16::try_from(payload).expect("it fits").to_be_bytes());
        bytes.extend_from_slice(&[0; 17]);
        bytes.resize(bytes.len() + payload, 1);
    }
    bytes
}

/// The length of the first frame, once its header is there.
fn frame_len(unread: &[u8]) -> Option<usize> {
    let len = unread.get(2..4).filter(|_| unread.len() >= HEADER)?;
    Some(HEADER + usize::from(u16::from_be_bytes([len[0], len[1]])))
}

/// What becomes of a frame: dropped at once, or held until 256 later ones have come.
trait Sink<T> {
    fn take(&mut self, frame: T);
}

struct AtOnce;

impl<T> Sink<T> for AtOnce {
    #[inline]
    fn take(&mut self, frame: T) {
        black_box(&frame);
    }
}

struct Latest<T>(VecDeque<T>);

impl<T> Sink<T> for Latest<T> {
    #[inline]
    fn take(&mut self, frame: T) {
        if self.0.len() == HELD {
            self.0.pop_front();
        }
        self.0.push_back(frame);
    }
}

fn with_reader(stream: &[u8], sink: &mut impl Sink<Frozen>) {
    let mut reader = Reader::new();
    for read in stream.chunks(READ) {
        reader.extend_from_slice(read);
        while let Some(len) = frame_len(&reader)
            && let Ok(frame) = reader.split_to(len)
        {
            sink.take(frame);
        }
    }
}

fn with_bytes_mut(stream: &[u8], sink: &mut impl Sink<Bytes>) {
    let mut reader = BytesMut::with_capacity(READ);
    for read in stream.chunks(READ) {
        reader.extend_from_slice(read);
        while let Some(len) = frame_len(&reader)
            && len <= reader.len()
        {
            sink.take(reader.split_to(len).freeze());
        }
    }
}

fn with_codec(stream: &[u8], sink: &mut impl Sink<Bytes>) {
    let mut codec = LengthDelimitedCodec::builder()
        .length_field_offset(2)
        .length_field_length(2)
        .length_adjustment(21)
        .num_skip(0)
        .new_codec();
    let mut reader = BytesMut::with_capacity(READ);
    for read in stream.chunks(READ) {
        reader.extend_from_slice(read);
        while let Some(frame) = codec.decode(&mut reader).expect("no frame is too long") {
            sink.take(frame.freeze());
        }
    }
    reader.advance(reader.len());
}

macro_rules! cases {
    ($bench:ident, $payload:literal, $stream:ident, $latest:ident) => {
        $bench.case(concat!($payload, ", BytesMut"), |n| (0..n).for_each(|_| with_bytes_mut(&$stream, &mut AtOnce)));
        $bench.case(concat!($payload, ", codec"), |n| (0..n).for_each(|_| with_codec(&$stream, &mut AtOnce)));
        $bench.case(concat!($payload, ", Reader"), |n| (0..n).for_each(|_| with_reader(&$stream, &mut AtOnce)));
        $bench.case(concat!($payload, " held, BytesMut"), |n| {
            (0..n).for_each(|_| with_bytes_mut(&$stream, &mut Latest(VecDeque::with_capacity(HELD))));
        });
        $bench.case(concat!($payload, " held, Reader"), |n| {
            (0..n).for_each(|_| with_reader(&$stream, &mut Latest(VecDeque::with_capacity(HELD))));
        });
    };
}

fn main() {
    let (small, middle, large) = (stream(64), stream(1024), stream(65_535));
    let mut bench = Bench::new();
    cases!(bench, "64 B", small, latest);
    cases!(bench, "1 KiB", middle, latest);
    cases!(bench, "64 KiB", large, latest);
    bench.run(30);
    print!("{}", bench.times());

    let against = |ours: &str, theirs: &str| bench.best(ours) / bench.best(theirs);
    let verdict = |what, ours: &str, theirs: &str, goal| Verdict { what, ratio: against(ours, theirs), goal };
    let verdicts = [
        verdict("64 B frames, `Reader` / `BytesMut`", "64 B, Reader", "64 B, BytesMut", 0.6),
        verdict("1 KiB frames", "1 KiB, Reader", "1 KiB, BytesMut", 0.8),
        verdict("64 KiB frames", "64 KiB, Reader", "64 KiB, BytesMut", 1.0),
        verdict("64 B frames, 256 held", "64 B held, Reader", "64 B held, BytesMut", 1.0),
        verdict("1 KiB frames, 256 held", "1 KiB held, Reader", "1 KiB held, BytesMut", 1.0),
        verdict("64 KiB frames, 256 held", "64 KiB held, Reader", "64 KiB held, BytesMut", 1.0),
        verdict("64 B frames, `Reader` / `LengthDelimitedCodec`", "64 B, Reader", "64 B, codec", 0.3),
        verdict("1 KiB frames", "1 KiB, Reader", "1 KiB, codec", 0.5),
        verdict("64 KiB frames", "64 KiB, Reader", "64 KiB, codec", 1.0),
    ];
    println!("\n{}", table(&verdicts));
}
