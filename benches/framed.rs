//! Frames of a real socket: `FramedReader` against `FramedRead`. `cargo bench -p plimsoll-benches --bench framed`.
//!
//! A frame is a header of 21 bytes, which holds the payload's length in 32 bits, and its payload. One task writes 4 MiB at a time
//! into a Unix socket, one reads frames from the other end and sends them on in batches of 64, or of 256 KiB if that is fewer,
//! and one drops them: three tasks on two workers. A time is for 4 MiB.

use futures_core::Stream;
use plimsoll::{FramedReader, LengthDelimited};
use plimsoll_benches::{Bench, Verdict, table};
use std::fmt::Debug;
use std::future::poll_fn;
use std::pin::Pin;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio_util::codec::{FramedRead, LengthDelimitedCodec};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const HEADER: usize = 21;
const STREAM: usize = 4 << 20;
/// Batches on their way.
const BATCHES: usize = 4;

struct Case {
    stream: &'static [u8],
    frames: u64,
    batch: usize,
}

fn case(payload: usize) -> Case {
    let mut bytes = Vec::with_capacity(STREAM + HEADER + payload);
    let mut frames = 0;
    while bytes.len() < STREAM {
        bytes.extend_from_slice(&7_u16.to_be_bytes());
        bytes.extend_from_slice(&u32::try_from(payload).expect("it fits").to_be_bytes());
        bytes.extend_from_slice(&[0; 15]);
        bytes.resize(bytes.len() + payload, 1);
        frames += 1;
    }
    Case { stream: bytes.leak(), frames, batch: (256 * 1024 / (HEADER + payload)).clamp(1, 64) }
}

fn ours(
    source: UnixStream,
) -> impl Stream<Item = Result<impl Send + 'static, impl Debug + Send>> + Unpin + Send + 'static {
    let codec = LengthDelimited::new().with_offset(2).with_adjustment(15).with_skip(0);
    FramedReader::new(source, codec)
}

fn codec() -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder()
        .length_field_offset(2)
        .length_field_length(4)
        .length_adjustment(21)
        .num_skip(0)
        .new_codec()
}

fn theirs(
    source: UnixStream,
) -> impl Stream<Item = Result<impl Send + 'static, impl Debug + Send>> + Unpin + Send + 'static {
    FramedRead::new(source, codec())
}

/// With room for as much at a time as ours has.
fn theirs_large(
    source: UnixStream,
) -> impl Stream<Item = Result<impl Send + 'static, impl Debug + Send>> + Unpin + Send + 'static {
    FramedRead::with_capacity(source, codec(), 64 * 1024)
}

/// What the socket itself costs: the same stream read into the same 64 KiB again and again, and not looked at.
fn socket(runtime: &Runtime, case: &Case, times: u64) {
    let stream = case.stream;
    runtime.block_on(async {
        let (mut writer, mut reader) = UnixStream::pair().expect("a pair of sockets");
        let writes = tokio::spawn(async move {
            for _ in 0..times {
                writer.write_all(stream).await.expect("the other end reads");
            }
        });
        let reads = tokio::spawn(async move {
            let mut room = vec![0; 64 * 1024];
            while reader.read(&mut room).await.expect("the other end writes") > 0 {}
        });
        writes.await.expect("no panic");
        reads.await.expect("no panic");
    });
}

fn run<S, F, E>(runtime: &Runtime, case: &Case, times: u64, framed: fn(UnixStream) -> S)
where
    S: Stream<Item = Result<F, E>> + Unpin + Send + 'static,
    F: Send + 'static,
    E: Debug + Send,
{
    let Case { stream, frames, batch } = *case;
    runtime.block_on(async {
        let (mut writer, reader) = UnixStream::pair().expect("a pair of sockets");
        let (send, mut receive) = mpsc::channel::<Vec<F>>(BATCHES);
        let writes = tokio::spawn(async move {
            for _ in 0..times {
                writer.write_all(stream).await.expect("the other end reads");
            }
        });
        let reads = tokio::spawn(async move {
            let mut source = framed(reader);
            let mut held = Vec::with_capacity(batch);
            while let Some(frame) = poll_fn(|context| Pin::new(&mut source).poll_next(context)).await {
                held.push(frame.expect("a frame"));
                if held.len() == batch {
                    let full = std::mem::replace(&mut held, Vec::with_capacity(batch));
                    assert!(send.send(full).await.is_ok(), "somebody drops them");
                }
            }
            assert!(send.send(held).await.is_ok(), "somebody drops them");
        });
        let drops = tokio::spawn(async move {
            let mut count = 0;
            while let Some(frames) = receive.recv().await {
                count += frames.len() as u64;
            }
            count
        });
        writes.await.expect("no panic");
        reads.await.expect("no panic");
        assert_eq!(drops.await.expect("no panic"), frames * times);
    });
}

macro_rules! cases {
    ($bench:ident, $runtime:ident, $payload:literal, $case:ident) => {
        $bench.case(concat!($payload, ", FramedRead"), |n| run(&$runtime, &$case, n, theirs));
        $bench.case(concat!($payload, ", FramedRead of 64 KiB"), |n| run(&$runtime, &$case, n, theirs_large));
        $bench.case(concat!($payload, ", FramedReader"), |n| run(&$runtime, &$case, n, ours));
    };
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_io().build().expect("a runtime");
    let (small, middle, large) = (case(64), case(1024), case(64 * 1024));
    let mut bench = Bench::new();
    cases!(bench, runtime, "64 B", small);
    cases!(bench, runtime, "1 KiB", middle);
    cases!(bench, runtime, "64 KiB", large);
    bench.case("the socket alone", |n| socket(&runtime, &large, n));
    bench.run(60);
    print!("{}", bench.times());

    let verdict =
        |what, ours: &str, theirs: &str| Verdict { what, ratio: bench.best(ours) / bench.best(theirs), goal: 0.8 };
    // No goal: what would be left if `FramedReader` cost nothing.
    let least = Verdict {
        what: "64 KiB frames, the socket alone / `FramedRead`",
        ratio: bench.best("the socket alone") / bench.best("64 KiB, FramedRead"),
        goal: 1.0,
    };
    let verdicts = [
        verdict("64 B frames of a socket, `FramedReader` / `FramedRead`", "64 B, FramedReader", "64 B, FramedRead"),
        verdict("1 KiB frames", "1 KiB, FramedReader", "1 KiB, FramedRead"),
        verdict("64 KiB frames", "64 KiB, FramedReader", "64 KiB, FramedRead"),
        verdict("64 B frames, `FramedRead` with 64 KiB of room", "64 B, FramedReader", "64 B, FramedRead of 64 KiB"),
        verdict("1 KiB frames", "1 KiB, FramedReader", "1 KiB, FramedRead of 64 KiB"),
        verdict("64 KiB frames", "64 KiB, FramedReader", "64 KiB, FramedRead of 64 KiB"),
        least,
    ];
    println!("\n{}", table(&verdicts));
}
