//! `Atomics.wait` and `notify`: threads and tasks that sleep until a number changes.

use super::Shared;
use super::atomics::Integer;
use super::error::AtomicsError;
use super::parking::{TABLE, Table, Waiter};
use crate::raw::sync::{Mutex, MutexGuard, Ordering::SeqCst};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WaitResult {
    /// Somebody notified, and counted this waiter. JavaScript's `"ok"`.
    Ok,
    /// The number was not as expected, so there was no waiting. JavaScript's `"not-equal"`.
    NotEqual,
    /// The time was over first. JavaScript's `"timed-out"`.
    TimedOut,
    /// The [`Interrupt`] was raised first. Never seen by those who gave none.
    Interrupted,
}

/// A number that can be waited for: `i32` and `i64`, as in JavaScript. Not to be implemented elsewhere.
pub trait Waitable: Integer {}

impl Waitable for i32 {}
impl Waitable for i64 {}

/// Wakes threads out of their waits from outside, for good: what ends a worker raises it.
///
/// Clones are the same interrupt. Any number of threads may wait under one.
///
/// ```
/// use plimsoll::{Interrupt, Shared, WaitResult};
///
/// let (shared, interrupt) = (Shared::alloc(4), Interrupt::new());
/// let worker = std::thread::spawn({
///     let (shared, interrupt) = (shared.clone(), interrupt.clone());
///     move || shared.wait_interruptible(0, 0_i32, None, &interrupt)
/// });
/// interrupt.raise();
/// assert_eq!(worker.join().unwrap(), Ok(WaitResult::Interrupted));
/// ```
#[derive(Clone, Default)]
pub struct Interrupt(Arc<Line>);

#[derive(Default)]
struct Line {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    raised: bool,
    /// Those who wait under this interrupt, and where.
    waiting: Vec<(usize, Arc<Waiter>)>,
}

impl Interrupt {
    /// An interrupt that is not raised.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends every wait under this interrupt, those that begin later included.
    pub fn raise(&self) {
        self.raise_in(&TABLE);
    }

    pub(crate) fn raise_in(&self, table: &Table) {
        let waiting = {
            let mut state = self.state();
            state.raised = true;
            std::mem::take(&mut state.waiting)
        };
        // One that has not joined its queue yet will see its outcome before it does.
        for (address, waiter) in waiting {
            table.interrupt(address, &waiter);
        }
    }

    /// Whether it has been raised.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.state().raised
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// False: it is raised already.
    fn enter(&self, address: usize, waiter: &Arc<Waiter>) -> bool {
        let mut state = self.state();
        if !state.raised {
            state.waiting.push((address, waiter.clone()));
        }
        !state.raised
    }

    fn leave(&self, waiter: &Arc<Waiter>) {
        self.state().waiting.retain(|(_, other)| !Arc::ptr_eq(other, waiter));
    }
}

impl fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interrupt").field("is_raised", &self.is_raised()).finish_non_exhaustive()
    }
}

/// Waits at `address` while the number there is `as_expected`.
pub(crate) fn wait_in(
    table: &Table,
    address: usize,
    as_expected: impl FnOnce() -> bool,
    deadline: Option<Instant>,
    interrupt: Option<&Interrupt>,
) -> WaitResult {
    let waiter = Waiter::new();
    if interrupt.is_some_and(|interrupt| !interrupt.enter(address, &waiter)) {
        return WaitResult::Interrupted;
    }
    let outcome = match table.park(address, &waiter, as_expected) {
        Some(outcome) => outcome,
        None => table.sleep(address, &waiter, deadline),
    };
    if let Some(interrupt) = interrupt {
        interrupt.leave(&waiter);
    }
    outcome
}

/// Waiting. All threads and tasks that wait at one place of one memory, through whatever view, are in one queue, first come
/// first woken. Each wait and each wake takes a lock for a moment.
///
/// ```
/// use plimsoll::{Shared, WaitResult};
///
/// let shared = Shared::alloc(4);
/// let waiting = std::thread::spawn({
///     let shared = shared.clone();
///     move || shared.wait(0, 0_i32, None)
/// });
/// shared.store(0, 1_i32)?;
/// shared.notify(0, usize::MAX)?; // it waited, or it saw the 1 and did not
/// assert!([WaitResult::Ok, WaitResult::NotEqual].contains(&waiting.join().unwrap()?));
/// # Ok::<(), plimsoll::AtomicsError>(())
/// ```
impl Shared {
    /// Blocks this thread while the number at `offset` is `expected` and nobody notifies, at most for `timeout`. `Atomics.wait`.
    ///
    /// The number is looked at once, at the beginning: a change without a notification wakes nobody.
    ///
    /// # Errors
    /// [`AtomicsError`] when the number is outside the view or not aligned.
    pub fn wait<T: Waitable>(
        &self,
        offset: usize,
        expected: T,
        timeout: Option<Duration>,
    ) -> Result<WaitResult, AtomicsError> {
        self.wait_while(offset, expected, timeout, None)
    }

    /// The same, until `interrupt` is raised.
    ///
    /// # Errors
    /// As [`Shared::wait`].
    pub fn wait_interruptible<T: Waitable>(
        &self,
        offset: usize,
        expected: T,
        timeout: Option<Duration>,
        interrupt: &Interrupt,
    ) -> Result<WaitResult, AtomicsError> {
        self.wait_while(offset, expected, timeout, Some(interrupt))
    }

    fn wait_while<T: Waitable>(
        &self,
        offset: usize,
        expected: T,
        timeout: Option<Duration>,
        interrupt: Option<&Interrupt>,
    ) -> Result<WaitResult, AtomicsError> {
        let lane = self.lane::<T>(offset)?;
        // A time beyond what the clock can say is no limit.
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let as_expected = || lane.load(SeqCst) == expected.to_bits();
        Ok(wait_in(&TABLE, self.address(offset), as_expected, deadline, interrupt))
    }

    /// Waits without blocking: the future is ready when somebody notifies. `Atomics.waitAsync`.
    ///
    /// It is in the queue from this call on, polled or not, and needs no particular runtime. Time-outs are the caller's: race it
    /// against a timer, and ask [`Waiting::give_up`] when the timer wins.
    ///
    /// # Errors
    /// As [`Shared::wait`].
    ///
    /// ```
    /// use plimsoll::{Shared, WaitResult};
    ///
    /// let shared = Shared::alloc(8);
    /// let waiting = shared.wait_async(0, 0_i64)?;
    /// assert_eq!(shared.notify(0, 1)?, 1);
    /// assert_eq!(waiting.outcome(), Some(WaitResult::Ok));
    /// # Ok::<(), plimsoll::AtomicsError>(())
    /// ```
    pub fn wait_async<T: Waitable>(&self, offset: usize, expected: T) -> Result<Waiting, AtomicsError> {
        let lane = self.lane::<T>(offset)?;
        let (address, waiter) = (self.address(offset), Waiter::new());
        TABLE.park(address, &waiter, || lane.load(SeqCst) == expected.to_bits());
        Ok(Waiting { _keeps_the_address: self.clone(), address, waiter })
    }

    /// Wakes up to `count` of those that wait at `offset`, the longest waiting first. Answers how many. `Atomics.notify`, whose
    /// default `count` is everybody: `usize::MAX`.
    ///
    /// # Errors
    /// [`AtomicsError`] when `offset` is no place where an `i32` can be.
    pub fn notify(&self, offset: usize, count: usize) -> Result<usize, AtomicsError> {
        self.aligned(offset, size_of::<i32>())?;
        Ok(TABLE.notify(self.address(offset), count))
    }

    /// How many threads and tasks wait at `offset` right now: for tests and for looking on. It may have changed already.
    ///
    /// # Errors
    /// As [`Shared::notify`].
    pub fn waiting(&self, offset: usize) -> Result<usize, AtomicsError> {
        self.aligned(offset, size_of::<i32>())?;
        Ok(TABLE.waiting(self.address(offset)))
    }

    fn address(&self, offset: usize) -> usize {
        self.as_ptr().addr() + offset
    }
}

/// A wait of [`Shared::wait_async`]: a future that yields how it ended. Dropping it leaves the queue.
///
/// A notification that has counted it is spent, even if the future is dropped without looking.
#[must_use = "dropped, it no longer waits"]
pub struct Waiting {
    /// Another memory must not come to be at the same address while this waits there.
    _keeps_the_address: Shared,
    address: usize,
    waiter: Arc<Waiter>,
}

impl Waiting {
    /// How the wait ended, if it has.
    #[must_use]
    pub fn outcome(&self) -> Option<WaitResult> {
        TABLE.outcome(self.address, &self.waiter)
    }

    /// Ends the wait: [`WaitResult::TimedOut`], unless it had ended before.
    pub fn give_up(&self) -> WaitResult {
        TABLE.give_up(self.address, &self.waiter, WaitResult::TimedOut)
    }
}

impl Future for Waiting {
    type Output = WaitResult;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<WaitResult> {
        match TABLE.poll(self.address, &self.waiter, context.waker()) {
            Some(outcome) => Poll::Ready(outcome),
            None => Poll::Pending,
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.give_up();
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting").field("outcome", &self.outcome()).finish_non_exhaustive()
    }
}
