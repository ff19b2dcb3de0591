//! What a secret was in is overwritten before anybody else may have it: an allocator looks at what it gets back.
#![cfg(feature = "zeroize")]
#![allow(unsafe_code)]

use plimsoll::{Budget, Buffer, ChunkPool, Frozen, Pool, Reader};
use std::alloc::{GlobalAlloc, Layout, System};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

const SECRET: [u8; 16] = *b"\xa5correct horse\x5a\xff";

/// Blocks that were given back with the secret in them.
static SPILLED: AtomicUsize = AtomicUsize::new(0);
/// Blocks of 1,000 bytes and more that were given back.
static FREED: AtomicUsize = AtomicUsize::new(0);

struct Customs;

// SAFETY: everything is passed on to `System`; what is given back is read first, while it is still the caller's.
unsafe impl GlobalAlloc for Customs {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Zeroed, so that all that is given back may be read.
        // SAFETY: passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        if layout.size() >= 1000 {
            // SAFETY: the block is the caller's and was zeroed when it was allocated.
            let bytes = unsafe { std::slice::from_raw_parts(at, layout.size()) };
            FREED.fetch_add(1, Ordering::SeqCst);
            if bytes.windows(SECRET.len()).any(|window| window == SECRET) {
                SPILLED.fetch_add(1, Ordering::SeqCst);
            }
        }
        // SAFETY: passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static CUSTOMS: Customs = Customs;

/// One test at a time, because they count.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What was spilled while `work` ran, of how many blocks given back.
fn spilled(work: impl FnOnce()) -> (usize, usize) {
    let before = (SPILLED.load(Ordering::SeqCst), FREED.load(Ordering::SeqCst));
    work();
    (SPILLED.load(Ordering::SeqCst) - before.0, FREED.load(Ordering::SeqCst) - before.1)
}

fn write(buffer: &Buffer) {
    buffer.fill(&SECRET);
}

#[test]
fn the_allocator_sees_what_is_not_overwritten() {
    let _turn = alone();
    let (spilled, freed) = spilled(|| write(&Buffer::alloc(1000)));
    assert_eq!((spilled, freed), (1, 1));
}

#[test]
fn a_buffer_of_its_own_is_overwritten_with_its_last_view_whatever_that_is() {
    let _turn = alone();
    let (spilled, freed) = spilled(|| {
        let buffer = Buffer::alloc_zeroizing(1000);
        write(&buffer);
        drop(buffer.clone());
        let half = buffer.subarray(..500);
        drop(buffer);
        let copy = half.compact();
        drop(half);
        drop(copy);
        let frozen: Frozen = {
            let buffer = Buffer::alloc_zeroizing(2000);
            write(&buffer);
            buffer.freeze()
        };
        let kept = frozen.slice(..1200).compact();
        std::thread::spawn(move || drop((kept, frozen.slice(3..)))).join().unwrap();
        let shared = Buffer::alloc_zeroizing(3000);
        write(&shared);
        let copied = shared.clone().freeze();
        assert!(!shared.equals(&[0; 3000]) && copied.len() == 3000);
    });
    assert_eq!(spilled, 0);
    assert!(freed >= 4);
}

#[test]
fn what_is_copied_to_be_transferred_or_joined_is_overwritten_too() {
    let _turn = alone();
    let (spilled, freed) = spilled(|| {
        let buffer = Buffer::alloc_zeroizing(1000);
        write(&buffer);
        let parcel = buffer.store().unwrap().transfer().map_err(|(_, error)| error).unwrap();
        assert_eq!(parcel[..16], SECRET, "a copy, because the buffer shows the store");
        drop((buffer, parcel));
        let buffer = Buffer::alloc_zeroizing(1000);
        write(&buffer);
        drop(Buffer::concat(&[Buffer::from(b"key: "), buffer.clone()]));
        let short = Buffer::concat(&[buffer.subarray(..8), buffer.subarray(8..16)]);
        assert!(short.equals(&SECRET));
        assert_eq!(short.weight().gross, 16, "not in a slab that others have");
    });
    assert_eq!(spilled, 0);
    assert_eq!(spilled, 0);
    assert!(freed >= 4);
}

#[test]
fn a_pool_for_secrets_overwrites_its_slabs_and_what_is_too_large_for_one() {
    let _turn = alone();
    let (spilled, freed) = spilled(|| {
        let mut pool = Pool::with_slab_size(4000).zeroizing();
        let kept: Vec<Buffer> = (0..100)
            .map(|n| {
                let buffer = pool.alloc(16 + n % 40);
                write(&buffer);
                buffer
            })
            .collect();
        write(&pool.alloc(5000));
        let large = pool.alloc(6000);
        write(&large);
        pool.release(large).unwrap();
        assert!(pool.alloc(6000).equals(&[0; 6000]), "what is handed out again is zero");
        drop(kept);
        for _ in 0..1000 {
            let buffer = pool.alloc(100);
            assert!(buffer.equals(&[0; 100]), "so is a slab that is used again");
            write(&buffer);
        }
    });
    assert_eq!(spilled, 0);
    assert!(freed >= 3);
}

#[test]
fn a_pool_for_secrets_overwrites_what_it_was_given_back_by_others_too() {
    let _turn = alone();
    let (spilled, freed) = spilled(|| {
        let mut pool = Pool::with_slab_size(1000).zeroizing();
        pool.release(Buffer::alloc(5000)).unwrap();
        let large = pool.alloc(5000);
        assert_eq!(pool.stats().reused, 1);
        write(&large);
    });
    assert_eq!((spilled, freed), (0, 1));
}

#[test]
fn a_pool_that_overwrites_nothing_keeps_no_secret_that_it_is_given() {
    let _turn = alone();
    let mut pool = Pool::with_slab_size(1000);
    let (spilled, freed) = spilled(|| {
        let secret = Buffer::alloc_zeroizing(5000);
        write(&secret);
        pool.release(secret).unwrap();
        assert_eq!(pool.stats().idle, 0);
    });
    assert_eq!((spilled, freed), (0, 1));
    assert!(pool.alloc(5000).equals(&[0; 5000]));
}

#[test]
fn a_readers_chunk_is_overwritten_when_its_last_frame_is_gone() {
    let _turn = alone();
    let plain = spilled(|| {
        let pool = ChunkPool::with_idle_limit(0);
        Reader::new().with_pool(&pool).extend_from_slice(&SECRET);
    });
    assert_eq!(plain.0, 1, "without it, it is not");
    let (spilled, _) = spilled(|| {
        let pool = ChunkPool::new().zeroizing();
        for _ in 0..3 {
            let mut reader = Reader::new().with_pool(&pool);
            reader.extend_from_slice(&SECRET.repeat(3));
            let frame = reader.split_to(20).unwrap();
            drop(reader);
            assert_eq!(&frame[..16], &SECRET);
        }
        assert_eq!(pool.stats().hits, 2);
        pool.trim();
    });
    assert_eq!(spilled, 0);
}

#[test]
fn what_a_waiting_reader_keeps_aside_is_overwritten_too() {
    let _turn = alone();
    let (spilled, freed) = spilled(|| {
        let budget = Budget::new(64 << 10);
        let pool = ChunkPool::new().zeroizing().with_budget(budget.clone());
        let mut reader = Reader::new().with_pool(&pool);
        (0..4000).for_each(|_| reader.extend_from_slice(&SECRET));
        let frame = reader.split_to(60_000).unwrap();
        {
            let mut wait = pin!(reader.reserve_when_free(60_000));
            let mut context = Context::from_waker(Waker::noop());
            assert!(wait.as_mut().poll(&mut context).is_pending());
            drop(frame);
            assert!(wait.as_mut().poll(&mut context).is_ready());
        }
        assert_eq!(reader.len(), 4000);
    });
    assert_eq!(spilled, 0);
    assert!(freed >= 2);
}
