//! Narrow writes and the parking table under every interleaving; run as `model` is.

use super::sync::{AtomicU64, Ordering};
use crate::shared::WaitResult;
use crate::shared::lanes::{self, Lane};
use crate::shared::parking::{Table, Waiter};
use crate::shared::wait::{Interrupt, wait_in};
use loom::sync::Arc;
use loom::sync::atomic::AtomicUsize;
use loom::thread;
use std::task::Wake;

/// Where everybody waits.
const HERE: usize = 4096;

struct World {
    table: Table,
    number: AtomicUsize,
}

impl World {
    fn new() -> Arc<Self> {
        Arc::new(Self { table: Table::new(1), number: AtomicUsize::new(0) })
    }

    fn is_zero(&self) -> bool {
        self.number.load(Ordering::SeqCst) == 0
    }

    fn wait(&self, interrupt: Option<&Interrupt>) -> WaitResult {
        wait_in(&self.table, HERE, || self.is_zero(), None, interrupt)
    }
}

fn elsewhere<T: Send + 'static>(
    world: &Arc<World>,
    run: impl FnOnce(&World) -> T + Send + 'static,
) -> thread::JoinHandle<T> {
    let world = world.clone();
    thread::spawn(move || run(&world))
}

#[test]
fn two_threads_that_write_different_bytes_of_a_word_lose_nothing() {
    loom::model(|| {
        let words = Arc::new([AtomicU64::new(u64::MAX), AtomicU64::new(u64::MAX)]);
        let theirs = {
            let words = words.clone();
            thread::spawn(move || lanes::write(&*words, 1, 2, 0x2211))
        };
        // Straddles: the last byte of the first word and the first two of the second.
        lanes::write(&*words, 7, 3, 0x55_44_33);
        theirs.join().unwrap();
        assert_eq!(lanes::read(&*words, 0, 8).to_le_bytes(), [0xff, 0x11, 0x22, 0xff, 0xff, 0xff, 0xff, 0x33]);
        assert_eq!(lanes::read(&*words, 8, 8).to_le_bytes(), [0x44, 0x55, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    });
}

#[test]
fn narrow_sums_and_exchanges_of_neighbours_are_exact() {
    loom::model(|| {
        let words = Arc::new([AtomicU64::new(0)]);
        let theirs = {
            let words = words.clone();
            thread::spawn(move || {
                let lane = Lane::at(&*words, 0, 1);
                lane.add(1, |now| (now + 1) & 0xff);
                Lane::at(&*words, 1, 1).or(0x80);
            })
        };
        Lane::at(&*words, 0, 1).add(1, |now| (now + 1) & 0xff);
        assert_eq!(Lane::at(&*words, 2, 2).compare_exchange(0, 7), 0, "a neighbour's change is no reason to fail");
        theirs.join().unwrap();
        assert_eq!(lanes::read(&*words, 0, 8).to_le_bytes(), [2, 0x80, 7, 0, 0, 0, 0, 0]);
    });
}

#[test]
fn a_change_and_a_notification_are_never_missed() {
    loom::model(|| {
        let world = World::new();
        let waiting = elsewhere(&world, |world| world.wait(None));
        world.number.store(1, Ordering::SeqCst);
        let woken = world.table.notify(HERE, usize::MAX);
        // If the wake-up were lost, this join would be a deadlock, which loom reports.
        let outcome = waiting.join().unwrap();
        assert_eq!(outcome, if woken == 1 { WaitResult::Ok } else { WaitResult::NotEqual });
        assert_eq!(world.table.waiting(HERE), 0);
    });
}

#[test]
fn of_two_waiters_one_notification_wakes_one() {
    loom::model(|| {
        let world = World::new();
        let waiting = [elsewhere(&world, |world| world.wait(None)), elsewhere(&world, |world| world.wait(None))];
        let first = world.table.notify(HERE, 1);
        world.number.store(1, Ordering::SeqCst);
        let rest = world.table.notify(HERE, usize::MAX);
        let woken = waiting.map(|waiting| waiting.join().unwrap()).iter().filter(|&&o| o == WaitResult::Ok).count();
        assert!(first <= 1);
        assert_eq!(woken, first + rest);
    });
}

#[test]
fn a_time_out_against_a_notification_counts_once() {
    loom::model(|| {
        let world = World::new();
        let waiter = Waiter::new();
        assert_eq!(world.table.park(HERE, &waiter, || true), None);
        let timer = {
            let waiter = waiter.clone();
            elsewhere(&world, move |world| world.table.give_up(HERE, &waiter, WaitResult::TimedOut))
        };
        let woken = world.table.notify(HERE, 1);
        let outcome = timer.join().unwrap();
        assert_eq!(outcome, if woken == 1 { WaitResult::Ok } else { WaitResult::TimedOut });
        assert_eq!(world.table.notify(HERE, 1), 0);
    });
}

#[test]
fn a_notification_goes_past_one_that_timed_out_to_the_next() {
    loom::model(|| {
        let world = World::new();
        let (first, second) = (Waiter::new(), Waiter::new());
        world.table.park(HERE, &first, || true);
        world.table.park(HERE, &second, || true);
        let timer = {
            let first = first.clone();
            elsewhere(&world, move |world| world.table.give_up(HERE, &first, WaitResult::TimedOut))
        };
        assert_eq!(world.table.notify(HERE, 1), 1);
        let first = timer.join().unwrap();
        let second = world.table.outcome(HERE, &second);
        assert_ne!(first == WaitResult::Ok, second == Some(WaitResult::Ok), "one of the two has been woken");
    });
}

#[test]
fn an_interrupt_wakes_a_thread_whenever_it_comes() {
    loom::model(|| {
        let world = World::new();
        let interrupt = Interrupt::new();
        let waiting = {
            let interrupt = interrupt.clone();
            elsewhere(&world, move |world| world.wait(Some(&interrupt)))
        };
        interrupt.raise_in(&world.table);
        assert_eq!(waiting.join().unwrap(), WaitResult::Interrupted);
        assert_eq!(world.table.waiting(HERE), 0);
        assert_eq!(world.wait(Some(&interrupt)), WaitResult::Interrupted, "for good");
    });
}

#[test]
fn an_interrupt_against_a_notification_counts_once() {
    loom::model(|| {
        let world = World::new();
        let interrupt = Interrupt::new();
        let waiting = {
            let interrupt = interrupt.clone();
            elsewhere(&world, move |world| world.wait(Some(&interrupt)))
        };
        let notifying = elsewhere(&world, |world| world.table.notify(HERE, 1));
        interrupt.raise_in(&world.table);
        let woken = notifying.join().unwrap();
        assert_eq!(waiting.join().unwrap(), if woken == 1 { WaitResult::Ok } else { WaitResult::Interrupted });
    });
}

struct Flag(loom::sync::atomic::AtomicBool);

impl Wake for Flag {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn a_task_that_was_told_to_wait_is_woken() {
    loom::model(|| {
        let world = World::new();
        let waiter = Waiter::new();
        assert_eq!(world.table.park(HERE, &waiter, || true), None);
        let notifying = elsewhere(&world, |world| world.table.notify(HERE, 1));
        let flag = std::sync::Arc::new(Flag(loom::sync::atomic::AtomicBool::new(false)));
        let polled = world.table.poll(HERE, &waiter, &flag.clone().into());
        assert_eq!(notifying.join().unwrap(), 1);
        assert!(polled == Some(WaitResult::Ok) || flag.0.load(Ordering::SeqCst), "pending, and not woken");
        assert_eq!(world.table.outcome(HERE, &waiter), Some(WaitResult::Ok));
    });
}
