//! Shared memory between threads: no write is lost, what is published is seen, and so is the growth.

use plimsoll::Shared;
use plimsoll::cells::Endian;
use std::thread;

const ROUNDS: u64 = if cfg!(miri) { 30 } else { 20_000 };

#[test]
fn sums_of_every_width_are_exact() {
    let shared = Shared::alloc(64);
    thread::scope(|s| {
        for _ in 0..4 {
            s.spawn(|| {
                for _ in 0..ROUNDS {
                    shared.add::<u8>(0, 1).unwrap();
                    shared.add::<i8>(1, -1).unwrap();
                    shared.add::<u16>(2, 3).unwrap();
                    shared.sub::<i32>(4, 5).unwrap();
                    shared.add::<u64>(8, 7).unwrap();
                    shared.sub::<i64>(16, 9).unwrap();
                }
            });
        }
    });
    let n = 4 * ROUNDS;
    assert_eq!(shared.load::<u8>(0), Ok(n as u8));
    assert_eq!(shared.load::<i8>(1), Ok((n as i8).wrapping_neg()));
    assert_eq!(shared.load::<u16>(2), Ok((n * 3) as u16));
    assert_eq!(shared.load::<i32>(4), Ok(-(n as i32) * 5));
    assert_eq!(shared.load::<u64>(8), Ok(n * 7));
    assert_eq!(shared.load::<i64>(16), Ok(-(n as i64) * 9));
}

#[test]
fn threads_that_write_neighbouring_bytes_lose_nothing() {
    let shared = Shared::alloc(8 * 5);
    thread::scope(|s| {
        for me in 0..5_usize {
            let shared = shared.slice(me..);
            s.spawn(move || {
                for round in 0..ROUNDS {
                    for at in (0..shared.len()).step_by(5) {
                        shared.set(at, round as u8 ^ me as u8, Endian::Little).unwrap();
                        assert_eq!(shared.get::<u8>(at, Endian::Little), Ok(round as u8 ^ me as u8));
                    }
                }
            });
        }
    });
    let last = (ROUNDS - 1) as u8;
    assert!(shared.snapshot(..).unwrap().iter().enumerate().all(|(i, &byte)| byte == last ^ (i % 5) as u8));
}

#[test]
fn copies_next_to_each_other_do_not_touch_their_neighbours() {
    // Borders at every place within a word: each is an edge of two threads.
    let borders = [0, 13, 14, 30, 47, 59, 68, 80];
    let shared = Shared::alloc(80);
    thread::scope(|s| {
        for (me, ends) in borders.windows(2).enumerate() {
            let shared = shared.slice(ends[0]..ends[1]);
            s.spawn(move || {
                let mut seen = vec![0; shared.len()];
                for round in 0..ROUNDS / 10 {
                    let byte = (round * 7 + me as u64) as u8;
                    shared.copy_from_slice(0, &vec![byte; shared.len()]).unwrap();
                    shared.copy_to_slice(0, &mut seen).unwrap();
                    assert!(seen.iter().all(|&seen| seen == byte));
                    shared.fill(.., !byte).unwrap();
                    assert!(shared.snapshot(..).unwrap().iter().all(|&seen| seen == !byte));
                }
            });
        }
    });
}

#[test]
fn a_published_message_is_seen_whole() {
    let shared = Shared::alloc(8 + 64);
    thread::scope(|s| {
        s.spawn(|| {
            for round in 1..=ROUNDS as i32 {
                shared.fill(8.., round as u8).unwrap();
                shared.store(0, round).unwrap();
                while shared.load::<i32>(4).unwrap() != round {
                    std::hint::spin_loop();
                    thread::yield_now();
                }
            }
        });
        for round in 1..=ROUNDS as i32 {
            while shared.load::<i32>(0).unwrap() != round {
                thread::yield_now();
            }
            assert!(shared.snapshot(8..).unwrap().iter().all(|&byte| byte == round as u8));
            shared.store(4, round).unwrap();
        }
    });
}

const MAX: usize = if cfg!(miri) { 300 } else { 64 * 1024 };

#[test]
fn every_holder_sees_the_growth_and_only_zeros_in_it() {
    let shared = Shared::with_max(0, MAX);
    thread::scope(|s| {
        for _ in 0..2 {
            let view = shared.slice(0..);
            s.spawn(move || {
                let mut seen = 0;
                while seen < view.max_len() {
                    let len = view.len();
                    assert!(len >= seen, "never shrinks");
                    for at in seen..len {
                        assert_eq!(view.get::<u8>(at, Endian::Little), Ok(0));
                    }
                    seen = len;
                    thread::yield_now();
                }
            });
        }
        // Two threads grow it: one of two lengths wins, and the loser is told what there is.
        let grow = |mut len: usize| {
            while len < shared.max_len() {
                len = (len + 100).min(shared.max_len());
                if let Err(error) = shared.grow(len) {
                    assert!(error.len > len, "{error}");
                    len = error.len;
                }
            }
        };
        s.spawn(move || grow(0));
        grow(0);
    });
    assert_eq!(shared.len(), MAX);
}
