//! Where threads and tasks wait for a number to change.
//!
//! A table of queues, one for each address that somebody waits at, behind a few locks. A waiter looks at the number and joins the
//! queue under the lock of its address. Whoever changes the number and then notifies takes that lock after the change: so either
//! the waiter sees the change, or the notifier sees the waiter. No wake-up is lost.
//!
//! * *N1.* A waiter's `outcome` is decided once, under the lock of its address, and exactly then it leaves the queue. So a
//!   notification that comes at the time of a time-out either has woken the waiter and counts it, or finds it gone.
//! * *N2.* A queue is in the order of arrival, threads and tasks alike, and notifications take from its front.
//! * *N3.* Nothing foreign (a task's waker) runs under a lock: it may come back here.

use super::wait::WaitResult;
use crate::raw::sync::{AtomicUsize, Condvar, Mutex, MutexGuard, Ordering::Relaxed};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, LazyLock, PoisonError};
use std::task;
use std::time::Instant;

/// The queues of the process. The more locks, the fewer addresses share one; it is short in any case.
pub(crate) static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(64));

type Queues = HashMap<usize, VecDeque<Arc<Waiter>>>;

pub(crate) struct Table {
    shards: Box<[Mutex<Queues>]>,
}

/// A thread or a task that waits, once.
pub(crate) struct Waiter {
    /// [`WAITING`], or what N1 says. An atomic only to be written through a shared reference: the lock orders it.
    outcome: AtomicUsize,
    /// A waiting thread sleeps here.
    ready: Condvar,
    /// A waiting task is woken through this.
    waker: Mutex<Option<task::Waker>>,
}

const WAITING: usize = 0;
const OUTCOMES: [WaitResult; 4] = [WaitResult::Ok, WaitResult::NotEqual, WaitResult::TimedOut, WaitResult::Interrupted];

impl Waiter {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { outcome: AtomicUsize::new(WAITING), ready: Condvar::new(), waker: Mutex::new(None) })
    }

    fn outcome(&self) -> Option<WaitResult> {
        // `WAITING` wraps around to no outcome.
        OUTCOMES.get(self.outcome.load(Relaxed).wrapping_sub(1)).copied()
    }

    /// Under the lock of the waiter's address (N1).
    fn decide(&self, outcome: WaitResult) {
        self.outcome.store(outcome as usize + 1, Relaxed);
    }

    /// Lets a decided waiter know. Under no lock (N3).
    fn wake(&self) {
        self.ready.notify_one();
        let waker = lock(&self.waker).take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every critical section here leaves what it guards whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Table {
    pub(crate) fn new(shards: usize) -> Self {
        Self { shards: (0..shards).map(|_| Mutex::new(Queues::new())).collect() }
    }

    fn shard(&self, address: usize) -> &Mutex<Queues> {
        // Neighbouring numbers spread over the locks; those of one word come to one.
        &self.shards[(address / 8).wrapping_mul(0x9e37_79b1) / 64 % self.shards.len()]
    }

    /// Joins the queue at `address`, if the number there is `as_expected` and the waiter was not interrupted before. Answers
    /// why not.
    pub(crate) fn park(
        &self,
        address: usize,
        waiter: &Arc<Waiter>,
        as_expected: impl FnOnce() -> bool,
    ) -> Option<WaitResult> {
        let mut queues = lock(self.shard(address));
        if waiter.outcome().is_none() {
            if as_expected() {
                queues.entry(address).or_default().push_back(waiter.clone());
            } else {
                waiter.decide(WaitResult::NotEqual);
            }
        }
        waiter.outcome()
    }

    /// Sleeps until the waiter's outcome is decided: at the deadline, by the clock.
    pub(crate) fn sleep(&self, address: usize, waiter: &Arc<Waiter>, deadline: Option<Instant>) -> WaitResult {
        let mut queues = lock(self.shard(address));
        loop {
            if let Some(outcome) = waiter.outcome() {
                return outcome;
            }
            queues = match deadline {
                None => waiter.ready.wait(queues).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return leave(&mut queues, address, waiter, WaitResult::TimedOut);
                    }
                    waiter.ready.wait_timeout(queues, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// What became of the waiter. Nothing yet: `waker` will be woken when something does.
    pub(crate) fn poll(&self, address: usize, waiter: &Arc<Waiter>, waker: &task::Waker) -> Option<WaitResult> {
        let mut waker = Some(waker.clone());
        {
            let _queues = lock(self.shard(address));
            if let Some(outcome) = waiter.outcome() {
                return Some(outcome);
            }
            std::mem::swap(&mut *lock(&waiter.waker), &mut waker);
        }
        drop(waker); // N3: the one that was there before
        None
    }

    /// What became of the waiter.
    pub(crate) fn outcome(&self, address: usize, waiter: &Waiter) -> Option<WaitResult> {
        let _queues = lock(self.shard(address));
        waiter.outcome()
    }

    /// Decides `outcome` if none is, and answers what is decided. Does not wake the waiter: it is the caller itself.
    pub(crate) fn give_up(&self, address: usize, waiter: &Arc<Waiter>, outcome: WaitResult) -> WaitResult {
        leave(&mut lock(self.shard(address)), address, waiter, outcome)
    }

    /// The same from another thread.
    pub(crate) fn interrupt(&self, address: usize, waiter: &Arc<Waiter>) {
        self.give_up(address, waiter, WaitResult::Interrupted);
        waiter.wake();
    }

    /// Wakes the `count` longest waiting. Answers how many there were.
    pub(crate) fn notify(&self, address: usize, count: usize) -> usize {
        let mut queues = lock(self.shard(address));
        let Some(queue) = queues.get_mut(&address) else { return 0 };
        let woken: Vec<Arc<Waiter>> = queue.drain(..count.min(queue.len())).collect();
        if queue.is_empty() {
            queues.remove(&address);
        }
        woken.iter().for_each(|waiter| waiter.decide(WaitResult::Ok));
        drop(queues);
        woken.iter().for_each(|waiter| waiter.wake());
        woken.len()
    }

    /// How many wait at `address`.
    pub(crate) fn waiting(&self, address: usize) -> usize {
        lock(self.shard(address)).get(&address).map_or(0, VecDeque::len)
    }
}

fn leave(queues: &mut Queues, address: usize, waiter: &Arc<Waiter>, outcome: WaitResult) -> WaitResult {
    if let Some(decided) = waiter.outcome() {
        return decided;
    }
    if let Some(queue) = queues.get_mut(&address) {
        queue.retain(|other| !Arc::ptr_eq(other, waiter));
        if queue.is_empty() {
            queues.remove(&address);
        }
    }
    waiter.decide(outcome);
    outcome
}
