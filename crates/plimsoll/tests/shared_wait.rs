//! `wait` and `notify`: who waits is woken, once, in turn, and can always be got out.

use plimsoll::{AtomicsError, Interrupt, Shared, WaitResult};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake};
use std::thread;
use std::time::Duration;

/// Until `n` wait at `offset`.
fn until_waiting(shared: &Shared, offset: usize, n: usize) {
    while shared.waiting(offset) != Ok(n) {
        thread::yield_now();
    }
}

#[test]
fn a_number_that_is_not_as_expected_is_not_waited_for() {
    let shared = Shared::alloc(16);
    shared.store(4, -1_i32).unwrap();
    assert_eq!(shared.wait(4, 0_i32, None), Ok(WaitResult::NotEqual));
    assert_eq!(shared.wait(8, 1_i64, Some(Duration::ZERO)), Ok(WaitResult::NotEqual));
    assert_eq!(shared.wait_async(4, 7_i32).unwrap().outcome(), Some(WaitResult::NotEqual));
    assert_eq!(shared.waiting(4), Ok(0));
}

#[test]
fn only_an_aligned_number_within_the_view_can_be_waited_for() {
    let shared = Shared::alloc(32);
    let view = shared.slice(2..18);
    assert!(matches!(shared.wait(2, 0_i32, None), Err(AtomicsError::Misaligned(_))));
    assert!(matches!(shared.wait(4, 0_i64, None), Err(AtomicsError::Misaligned(_))));
    assert!(matches!(shared.wait_async(32, 0_i32), Err(AtomicsError::OutOfRange(_))));
    assert!(matches!(view.notify(0, 1), Err(AtomicsError::Misaligned(error)) if error.position == 2));
    assert!(matches!(view.wait(14, 0_i32, None), Err(AtomicsError::OutOfRange(_))));
    assert_eq!(view.wait(2, 0_i32, Some(Duration::ZERO)), Ok(WaitResult::TimedOut));
    assert_eq!(view.wait(6, 0_i64, Some(Duration::ZERO)), Ok(WaitResult::TimedOut));
}

#[test]
fn a_time_out_leaves_nobody_behind() {
    let shared = Shared::alloc(8);
    assert_eq!(shared.wait(0, 0_i32, Some(Duration::from_millis(1))), Ok(WaitResult::TimedOut));
    assert_eq!(shared.notify(0, usize::MAX), Ok(0));
}

#[test]
fn a_time_beyond_the_clock_is_no_limit() {
    let shared = Shared::alloc(4);
    thread::scope(|s| {
        let waiting = s.spawn(|| shared.wait(0, 0_i32, Some(Duration::MAX)));
        until_waiting(&shared, 0, 1);
        assert_eq!(shared.notify(0, 1), Ok(1));
        assert_eq!(waiting.join().unwrap(), Ok(WaitResult::Ok));
    });
}

#[test]
fn the_longest_waiting_is_woken_first_thread_or_task_through_any_view() {
    let shared = Shared::with_max(32, 64);
    let woken = AtomicUsize::new(0);
    thread::scope(|s| {
        let thread = |turn: usize| {
            let (view, woken) = (shared.slice(4 * turn..), &woken);
            s.spawn(move || {
                assert_eq!(view.wait(16 - 4 * turn, 0_i32, None), Ok(WaitResult::Ok));
                assert_eq!(woken.fetch_add(1, Ordering::SeqCst), turn);
            })
        };
        let first = thread(0);
        until_waiting(&shared, 16, 1);
        let second = thread(1);
        until_waiting(&shared, 16, 2);
        let task = shared.slice(8..).wait_async(8, 0_i64).unwrap();
        until_waiting(&shared, 16, 3);
        let last = thread(2);
        until_waiting(&shared, 16, 4);
        assert_eq!(shared.waiting(20), Ok(0), "another number");

        assert_eq!((shared.notify(20, 9), shared.notify(16, 0)), (Ok(0), Ok(0)));
        assert_eq!(shared.notify(16, 1), Ok(1));
        first.join().unwrap();
        assert_eq!(shared.notify(16, 1), Ok(1));
        second.join().unwrap();
        assert_eq!(task.outcome(), None);
        assert_eq!(shared.notify(16, 1), Ok(1));
        assert_eq!(task.outcome(), Some(WaitResult::Ok));
        assert_eq!(shared.notify(16, usize::MAX), Ok(1));
        last.join().unwrap();
    });
}

#[test]
fn views_that_live_at_the_same_offset_of_other_memories_are_not_woken() {
    let (one, other) = (Shared::alloc(8), Shared::alloc(8));
    let waiting = one.wait_async(0, 0_i32).unwrap();
    assert_eq!(other.notify(0, usize::MAX), Ok(0));
    assert_eq!(waiting.outcome(), None);
}

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_task_is_woken_through_the_waker_it_polled_with_last() {
    let shared = Shared::alloc(8);
    let mut waiting = shared.wait_async(0, 0_i64).unwrap();
    let wakes = [Arc::new(Wakes::default()), Arc::new(Wakes::default())];
    for wakes in &wakes {
        let waker = wakes.clone().into();
        assert_eq!(Pin::new(&mut waiting).poll(&mut Context::from_waker(&waker)), Poll::Pending);
    }
    assert_eq!(thread::scope(|s| s.spawn(|| shared.notify(0, 1)).join().unwrap()), Ok(1));
    assert_eq!(wakes.each_ref().map(|wakes| wakes.0.load(Ordering::SeqCst)), [0, 1]);
    let waker = wakes[0].clone().into();
    assert_eq!(Pin::new(&mut waiting).poll(&mut Context::from_waker(&waker)), Poll::Ready(WaitResult::Ok));
    assert_eq!(waiting.give_up(), WaitResult::Ok, "too late");
}

/// A waker that comes back to the table it is woken by.
struct Chain(Shared);

impl Wake for Chain {
    fn wake(self: Arc<Self>) {
        assert_eq!(self.0.notify(0, 1), Ok(1));
    }
}

#[test]
fn a_waker_may_notify_at_the_same_place() {
    let shared = Shared::alloc(8);
    let (mut first, second) = (shared.wait_async(0, 0_i32).unwrap(), shared.wait_async(0, 0_i32).unwrap());
    let waker = Arc::new(Chain(shared.clone())).into();
    assert_eq!(Pin::new(&mut first).poll(&mut Context::from_waker(&waker)), Poll::Pending);
    assert_eq!(shared.notify(0, 1), Ok(1));
    assert_eq!(second.outcome(), Some(WaitResult::Ok));
}

#[test]
fn a_future_that_gives_up_or_is_dropped_waits_no_longer() {
    let shared = Shared::alloc(8);
    let (kept, dropped) = (shared.wait_async(0, 0_i32).unwrap(), shared.wait_async(0, 0_i32).unwrap());
    let last = shared.wait_async(0, 0_i32).unwrap();
    assert_eq!(shared.waiting(0), Ok(3));
    drop(dropped);
    assert_eq!(kept.give_up(), WaitResult::TimedOut);
    assert_eq!((shared.waiting(0), shared.notify(0, usize::MAX)), (Ok(1), Ok(1)));
    assert_eq!((kept.outcome(), last.outcome()), (Some(WaitResult::TimedOut), Some(WaitResult::Ok)));
}

#[test]
fn an_interrupt_ends_every_wait_under_it_and_no_other() {
    let shared = Shared::alloc(64);
    let interrupt = Interrupt::new();
    thread::scope(|s| {
        let under: Vec<_> = (0..3)
            .map(|i| {
                let (shared, interrupt) = (&shared, interrupt.clone());
                s.spawn(move || shared.wait_interruptible(i * 8, 0_i64, None, &interrupt))
            })
            .collect();
        let other = s.spawn(|| shared.wait(0, 0_i32, None));
        until_waiting(&shared, 0, 2);
        until_waiting(&shared, 8, 1);
        until_waiting(&shared, 16, 1);
        interrupt.raise();
        for under in under {
            assert_eq!(under.join().unwrap(), Ok(WaitResult::Interrupted));
        }
        assert_eq!(shared.waiting(0), Ok(1));
        assert_eq!(shared.notify(0, usize::MAX), Ok(1));
        assert_eq!(other.join().unwrap(), Ok(WaitResult::Ok));
    });
    assert!(interrupt.is_raised());
    assert_eq!(shared.wait_interruptible(0, 1_i32, None, &interrupt), Ok(WaitResult::Interrupted), "for good");
}

#[test]
fn an_interrupt_that_is_not_raised_changes_nothing() {
    let (shared, interrupt) = (Shared::alloc(4), Interrupt::new());
    let none = Some(Duration::ZERO);
    assert_eq!(shared.wait_interruptible(0, 1_i32, none, &interrupt), Ok(WaitResult::NotEqual));
    assert_eq!(shared.wait_interruptible(0, 0_i32, none, &interrupt), Ok(WaitResult::TimedOut));
    assert_eq!(format!("{interrupt:?}"), "Interrupt { is_raised: false, .. }");
}

#[test]
fn a_mutex_made_of_it_excludes() {
    // The classic: 0 is free, 1 taken, 2 taken and somebody waits.
    let shared = Shared::alloc(16);
    let lock = || {
        let mut state = shared.compare_exchange(0, 0_i32, 1).unwrap();
        while state != 0 {
            if state == 2 || shared.compare_exchange(0, 1_i32, 2).unwrap() != 0 {
                shared.wait(0, 2_i32, None).unwrap();
            }
            state = shared.compare_exchange(0, 0_i32, 2).unwrap();
        }
    };
    let unlock = || {
        if shared.sub(0, 1_i32).unwrap() != 1 {
            shared.store(0, 0_i32).unwrap();
            shared.notify(0, 1).unwrap();
        }
    };
    let rounds = if cfg!(miri) { 20 } else { 5_000 };
    thread::scope(|s| {
        for _ in 0..4 {
            s.spawn(|| {
                for _ in 0..rounds {
                    lock();
                    // Not atomic as a whole: the lock is what makes it so.
                    let sum = shared.get::<u64>(8, plimsoll::cells::Endian::Little).unwrap();
                    shared.set(8, sum + 1, plimsoll::cells::Endian::Little).unwrap();
                    unlock();
                }
            });
        }
    });
    assert_eq!(shared.load::<u64>(8).map(u64::from_le), Ok(4 * rounds));
}
