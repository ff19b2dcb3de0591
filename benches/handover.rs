//! Handles that leave their thread, and `Frozen` bytes that become `bytes::Bytes`. `cargo bench -p plimsoll-benches --bench handover`.

use bytes::Bytes;
use plimsoll::Frozen;
use plimsoll_benches::{Bench, Verdict, table};
use std::hint::black_box;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Handles that go over at a time, so that the channel does not count.
const BATCH: usize = 512;

/// Copies 64 bytes here; another thread drops the copies.
fn made_here_dropped_there<T: Send + 'static>(make: impl Fn(&[u8]) -> T) -> impl FnMut(u64) {
    let (over, there): (SyncSender<Vec<T>>, Receiver<Vec<T>>) = sync_channel(8);
    let (back, empty): (SyncSender<Vec<T>>, Receiver<Vec<T>>) = sync_channel(16);
    thread::spawn(move || {
        for mut batch in there {
            batch.clear();
            if back.send(batch).is_err() {
                break;
            }
        }
    });
    let mut batches: Vec<Vec<T>> = (0..12).map(|_| Vec::with_capacity(BATCH)).collect();
    let source = [7_u8; 64];
    move |n| {
        let mut left = n;
        while left > 0 {
            let mut batch = batches.pop().unwrap_or_else(|| empty.recv().expect("the other thread lives"));
            for _ in 0..left.min(BATCH as u64) {
                batch.push(make(black_box(&source)));
            }
            left -= batch.len() as u64;
            over.send(batch).expect("the other thread lives");
        }
        while batches.len() < 12 {
            batches.push(empty.recv().expect("the other thread lives"));
        }
    }
}

/// A handle moved into a `Bytes`, which is dropped. Making the handles is not measured.
fn into_bytes(bytes: Frozen) -> impl FnMut(u64) -> Duration {
    let mut handles = Vec::with_capacity(BATCH);
    move |n| {
        let mut spent = Duration::ZERO;
        let mut left = n;
        while left > 0 {
            handles.extend((0..left.min(BATCH as u64)).map(|_| bytes.clone()));
            left -= handles.len() as u64;
            let start = Instant::now();
            for handle in handles.drain(..) {
                let moved = Bytes::from(black_box(handle));
                black_box(&moved);
            }
            spent += start.elapsed();
        }
        spent
    }
}

/// A `Bytes` of the same, cloned and dropped.
fn clone(bytes: Bytes) -> impl FnMut(u64) {
    let _shared = bytes.clone();
    move |n| {
        for _ in 0..n {
            let cloned = black_box(&bytes).clone();
            black_box(&cloned);
        }
    }
}

fn main() {
    let mut bench = Bench::new();
    bench.case("copy 64, dropped there, Bytes", made_here_dropped_there(Bytes::copy_from_slice));
    bench.case("copy 64, dropped there, Frozen", made_here_dropped_there(Frozen::copy_from_slice));

    let big = vec![7_u8; 1 << 20];
    bench.case("Bytes::clone", clone(Bytes::from(big[..3000].to_vec())));
    // A slab is free of atomics on its own thread while it is among the latest sixteen, so it is made anew each round.
    let bytes = big.clone();
    bench.case_timed("64 B of a slab into Bytes", move |n| into_bytes(Frozen::copy_from_slice(&bytes[..64]))(n));
    let bytes = big.clone();
    bench.case_timed("3,000 B of a slab into Bytes", move |n| into_bytes(Frozen::copy_from_slice(&bytes[..3000]))(n));
    bench.case_timed("64 B of 1 MiB into Bytes", into_bytes(Frozen::from(big.clone()).slice(..64)));
    bench.case_timed("1 MiB into Bytes", into_bytes(Frozen::from(big)));
    bench.run(40);
    print!("{}", bench.times());

    let against = |ours: &str, theirs: &str| bench.best(ours) / bench.best(theirs);
    let verdict = |what, ours: &str, theirs: &str, goal| Verdict { what, ratio: against(ours, theirs), goal };
    let verdicts = [
        verdict(
            "`Frozen` 64-byte copy made on one thread, dropped on another / `Bytes`",
            "copy 64, dropped there, Frozen",
            "copy 64, dropped there, Bytes",
            0.75,
        ),
        verdict(
            "64 B of a slab into `Bytes` (a copy) / `Bytes::clone`",
            "64 B of a slab into Bytes",
            "Bytes::clone",
            1.1,
        ),
        verdict("3,000 B of a slab into `Bytes`", "3,000 B of a slab into Bytes", "Bytes::clone", 1.1),
        verdict("64 B of 1 MiB into `Bytes` (a copy)", "64 B of 1 MiB into Bytes", "Bytes::clone", 1.4),
        verdict("1 MiB into `Bytes`", "1 MiB into Bytes", "Bytes::clone", 1.4),
    ];
    println!("\n{}", table(&verdicts));
}
