//! Readers' chunks are used again, within bounds.

use plimsoll::{Budget, Buffer, ChunkPool, Frozen, Reader, Shared};
use proptest::prelude::*;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

const SMALLEST: usize = 64 * 1024;

/// A reader of `pool` with a chunk of `len` bytes, filled to its end.
fn full(pool: &ChunkPool, len: usize) -> Reader {
    let mut reader = Reader::with_chunk_size(len).with_pool(pool);
    reader.extend_from_slice(&vec![7; len]);
    reader
}

#[test]
fn sizes_are_an_eighth_apart_and_what_is_beyond_is_not_counted_as_waste() {
    let pool = ChunkPool::new();
    for (asked, gross) in [
        (1, 1),
        (SMALLEST - 1, SMALLEST - 1),
        (SMALLEST, SMALLEST),
        (SMALLEST + 1, SMALLEST / 8 * 9),
        (2 * SMALLEST, 2 * SMALLEST),
        (2 * SMALLEST + 1, SMALLEST / 4 * 9),
        (3 * SMALLEST, 3 * SMALLEST),
        ((1 << 20) - 1, 1 << 20),
        (1 << 20, 1 << 20),
        ((1 << 20) + 1, (1 << 20) + 1),
    ] {
        let reader = full(&pool, asked);
        assert_eq!((reader.weight().net, reader.weight().gross), (asked, gross));
        assert_eq!((pool.stats().held, pool.stats().waste), (gross, gross - asked), "{asked}");
    }
    let stats = pool.stats();
    assert_eq!((stats.hits, stats.misses, stats.held, stats.waste), (1, 9, 0, 0), "two of a mebibyte");
}

#[test]
fn a_frame_keeps_its_chunk_from_being_used_again() {
    let pool = ChunkPool::new();
    let mut reader = full(&pool, SMALLEST);
    let frame = reader.split_to(100).unwrap();
    drop(reader);
    assert_eq!((pool.stats().held, pool.stats().idle), (SMALLEST, 0));
    let other = full(&pool, SMALLEST);
    assert_eq!((pool.stats().hits, &frame[..]), (0, &[7; 100][..]));
    drop(frame);
    assert_eq!((pool.stats().held, pool.stats().idle), (SMALLEST, SMALLEST));
    drop(other);
}

#[test]
fn what_is_idle_is_bounded_and_can_be_given_back() {
    let pool = ChunkPool::with_idle_limit(5 * SMALLEST);
    let readers: Vec<Reader> = (0..40).map(|_| full(&pool, SMALLEST)).collect();
    let large = full(&pool, 1 << 20);
    drop((readers, large));
    assert_eq!(pool.stats().idle, 5 * SMALLEST);
    assert_eq!((pool.trim(), pool.trim()), (5 * SMALLEST, 0));
    assert_eq!(pool.stats().idle, 0);
    let none = ChunkPool::with_idle_limit(SMALLEST - 1);
    drop(full(&none, SMALLEST));
    assert_eq!(none.stats().idle, 0);
}

#[test]
fn a_pool_outlives_its_handles_as_long_as_its_chunks_do() {
    let budget = Budget::new(1 << 20);
    let pool = ChunkPool::new().with_budget(budget.clone());
    let mut reader = full(&pool, SMALLEST);
    drop(full(&pool, SMALLEST));
    let frame = reader.split_to(SMALLEST).unwrap();
    drop((reader, pool));
    assert_eq!(budget.held(), 2 * SMALLEST, "one idle, one shown");
    drop(frame);
    assert_eq!(budget.held(), 0);
}

#[test]
fn idle_chunks_count_as_held_and_give_way_at_the_line() {
    let budget = Budget::new(4 * SMALLEST);
    let pool = ChunkPool::new().with_budget(budget.clone());
    drop((full(&pool, SMALLEST), full(&pool, SMALLEST)));
    assert_eq!((budget.held(), pool.stats().idle), (2 * SMALLEST, 2 * SMALLEST));
    let large = full(&pool, 4 * SMALLEST);
    assert_eq!((budget.held(), budget.peak(), pool.stats().idle), (4 * SMALLEST, 4 * SMALLEST, 0));
    let mut reader = Reader::new().with_pool(&pool);
    let met = reader.try_reserve(1).unwrap_err();
    assert_eq!((met.requested, met.held, met.limit), (SMALLEST, Some(4 * SMALLEST), 4 * SMALLEST));
    drop(large);
    reader.try_reserve(1).unwrap();
}

#[test]
fn idle_chunks_give_way_to_whatever_meets_their_line() {
    let outer = Budget::new(1 << 20);
    let (inner, other) = (outer.child(1 << 20), outer.child(1 << 20));
    let pool = ChunkPool::new().with_budget(inner.clone());
    let idle = || {
        drop(full(&pool, 900_000));
        assert_eq!((outer.held(), pool.stats().idle), (917_504, 917_504));
    };
    idle();
    let error = inner.try_charge(2 << 20).unwrap_err();
    assert_eq!((error.held, pool.stats().idle), (Some(917_504), 917_504), "more than could ever be had");
    drop(Buffer::try_alloc_in(&inner, 300_000).unwrap());
    idle();
    drop(Frozen::try_copy_from_slice_in(&other, &vec![7; 300_000]).unwrap());
    assert_eq!(pool.stats().idle, 0, "the line around both was met");
    idle();
    let nearly = (inner.try_charge(2).unwrap(), inner.try_charge(131_069).unwrap());
    assert_eq!(pool.stats().idle, 917_504);
    drop((Shared::try_alloc_charged(nearly.1).unwrap(), nearly.0)); // three bytes more, for whole words
    assert_eq!(pool.stats().idle, 0);
    idle();
    let mut waits = pin!(other.charge(300_000));
    let charge = waits.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(charge, Poll::Ready(Ok(_))), "nobody else will give anything back");
    assert_eq!((outer.held(), outer.waiting()), (300_000, 0));
    drop(charge);

    let second = pool.clone().with_budget(outer.clone());
    idle();
    drop(full(&second, SMALLEST));
    drop((pool, second));
    assert_eq!(outer.held(), 0, "a budget keeps no pool");
    drop(outer.try_charge(1 << 20).unwrap());
    assert_eq!(outer.peak(), 1 << 20);
}

struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn who_waits_for_the_line_gets_what_becomes_idle() {
    let budget = Budget::new(2 * SMALLEST);
    let pool = ChunkPool::new().with_budget(budget.clone());
    let mut held = full(&pool, SMALLEST);
    let frame = held.split_to(10).unwrap();
    let other = full(&pool, SMALLEST);
    let mut reader = Reader::with_chunk_size(2 * SMALLEST).with_pool(&pool);
    let woken = Arc::new(Woken(AtomicUsize::new(0)));
    let waker = Waker::from(Arc::clone(&woken));
    {
        let mut waits = pin!(reader.reserve_when_free(1));
        let mut poll = || waits.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(poll().is_pending());
        drop(other);
        assert_eq!(pool.stats().idle, 0, "somebody waits");
        drop(held);
        assert!(poll().is_pending());
        drop(frame);
        assert_eq!(woken.0.load(Ordering::SeqCst), 1);
        assert!(matches!(poll(), Poll::Ready(Ok(()))));
    }
    assert_eq!((budget.held(), budget.peak(), reader.weight().gross), (2 * SMALLEST, 2 * SMALLEST, 2 * SMALLEST));
    drop(reader);
    assert_eq!(pool.trim(), 2 * SMALLEST);
    assert_eq!(budget.held(), 0);
}

#[test]
fn threads_share_a_pool_and_none_sees_anothers_bytes_change() {
    let (threads, rounds) = if cfg!(miri) { (2, 10) } else { (4, 2000) };
    let budget = Budget::new(64 << 20);
    let pool = ChunkPool::with_idle_limit(1 << 20).with_budget(budget.clone());
    let (send, receive) = std::sync::mpsc::sync_channel::<(Frozen, u8)>(64);
    thread::scope(|s| {
        for thread in 0..threads {
            let (pool, send) = (&pool, send.clone());
            s.spawn(move || {
                for round in 0..rounds {
                    let byte = (thread * 61 + round) as u8;
                    let mut reader = Reader::with_chunk_size(SMALLEST << (round % 3)).with_pool(pool);
                    reader.extend_from_slice(&[byte; 300]);
                    while let Ok(frame) = reader.split_to(100) {
                        send.send((frame, byte)).unwrap();
                    }
                    assert!(pool.stats().idle <= 1 << 20);
                }
            });
        }
        drop(send);
        s.spawn(move || {
            for (frame, byte) in receive {
                assert!(frame.iter().all(|&b| b == byte));
            }
        });
    });
    let stats = pool.stats();
    assert_eq!((stats.held, stats.waste), (0, 0));
    assert_eq!(stats.hits + stats.misses, (threads * rounds) as u64);
    assert!(stats.hits > 0);
    assert_eq!(budget.held(), stats.idle, "what is idle is charged");
    pool.trim();
    assert_eq!((budget.held(), pool.stats().idle), (0, 0));
}

#[derive(Clone, Debug)]
enum Step {
    Begin(usize),
    Cut(usize, usize),
    EndReader(usize),
    EndFrame(usize),
    Trim,
}

fn step() -> impl Strategy<Value = Step> {
    let sizes = [100, SMALLEST - 1, SMALLEST, SMALLEST + 1, 2 * SMALLEST, 5 * SMALLEST, 1 << 20, (1 << 20) + 1];
    prop_oneof![
        3 => proptest::sample::select(sizes.to_vec()).prop_map(Step::Begin),
        3 => (any::<usize>(), 1_usize..50).prop_map(|(n, len)| Step::Cut(n, len)),
        2 => any::<usize>().prop_map(Step::EndReader),
        2 => any::<usize>().prop_map(Step::EndFrame),
        1 => Just(Step::Trim),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 4 } else { 128 }, failure_persistence: None, ..ProptestConfig::default() })]

    /// A naive model knows which chunks are held; what the pool says agrees with it after each step.
    #[test]
    fn the_figures_are_those_of_a_naive_model(steps in prop::collection::vec(step(), 1..60), limit in 0_usize..2 << 20) {
        let pool = ChunkPool::with_idle_limit(limit);
        // Each chunk: its gross, what was asked for, and how many hold it.
        let mut chunks: Vec<(usize, usize, usize)> = Vec::new();
        let mut readers: Vec<(Reader, usize, u8)> = Vec::new();
        let mut frames: Vec<(Frozen, usize, u8)> = Vec::new();
        let mut taken = 0;
        for (n, step) in steps.into_iter().enumerate() {
            match step {
                Step::Begin(asked) => {
                    let mut reader = Reader::with_chunk_size(asked).with_pool(&pool);
                    reader.extend_from_slice(&[n as u8; 90]);
                    // The least of the sizes of 8 to 15 eighths of a power of two.
                    let sizes = (0..5).flat_map(|octave| (8..16).map(move |eighths| (SMALLEST << octave) / 8 * eighths));
                    let kept = (SMALLEST..=1 << 20).contains(&asked);
                    let gross = if kept { sizes.filter(|&size| size >= asked).min().unwrap() } else { asked };
                    prop_assert_eq!(reader.weight().gross, gross);
                    chunks.push((gross, asked, 1));
                    readers.push((reader, chunks.len() - 1, n as u8));
                    taken += 1;
                }
                Step::Cut(at, len) if !readers.is_empty() => {
                    let at = at % readers.len();
                    let (reader, chunk, byte) = &mut readers[at];
                    if let Ok(frame) = reader.split_to(len) {
                        chunks[*chunk].2 += 1;
                        frames.push((frame, *chunk, *byte));
                    }
                }
                Step::EndReader(at) if !readers.is_empty() => {
                    let (_, chunk, _) = readers.swap_remove(at % readers.len());
                    chunks[chunk].2 -= 1;
                }
                Step::EndFrame(at) if !frames.is_empty() => {
                    let (_, chunk, _) = frames.swap_remove(at % frames.len());
                    chunks[chunk].2 -= 1;
                }
                Step::Trim => {
                    let idle = pool.stats().idle;
                    prop_assert_eq!(pool.trim(), idle);
                }
                _ => {}
            }
            let held = || chunks.iter().filter(|chunk| chunk.2 > 0);
            let stats = pool.stats();
            prop_assert_eq!(stats.held, held().map(|chunk| chunk.0).sum::<usize>());
            prop_assert_eq!(stats.waste, held().map(|chunk| chunk.0 - chunk.1).sum::<usize>());
            prop_assert_eq!(stats.hits + stats.misses, taken);
            prop_assert!(stats.idle <= limit);
            prop_assert!(frames.iter().all(|(frame, _, byte)| frame.iter().all(|b| b == byte)));
        }
    }
}
