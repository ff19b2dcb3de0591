//! The load line: a limit on bytes that are held, not on bytes that are shown.

use crate::error::AllocError;
use crate::raw::sync::{AtomicUsize, Mutex, MutexGuard, Ordering, fence};
use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};

/// A limit on gross bytes: on what stores keep alive.
///
/// A store is charged to the budget it is made under *before* it is allocated, once, however many views it has, and refunded
/// when it is freed. So nothing is ever over the line. Budgets nest: a store charged to a child is charged to its parents, too,
/// or to none of them. Cloning gives another handle on the same budget.
///
/// | made under a budget by | charged |
/// |---|---|
/// | [`Buffer::try_alloc_in`], [`Store::try_zeroed_in`] | its bytes |
/// | [`Frozen::try_copy_from_slice_in`], [`Frozen::try_compact_in`], [`Buffer::try_compact_in`] | the copy |
/// | [`Shared::try_alloc_in`], [`Shared::try_copy_from_in`] | its bytes, up to a whole word |
/// | [`Store::try_resizable_in`], [`Shared::try_with_max_in`] | all that is reserved: growth charges nothing more |
/// | [`Pool::with_budget`] | its slabs, and what is too large for one |
/// | [`Reader::with_budget`], [`ChunkPool::with_budget`] | their chunks |
/// | [`Buffer::try_alloc_charged`], [`Shared::try_alloc_charged`] | a [`Charge`], for which one may have waited |
///
/// A charge stays with its store, whatever becomes of that: a parcel, frozen bytes, a slice on another thread. Whatever is made
/// otherwise is charged to nobody, [`Buffer::compact`], [`Buffer::keep`] and the copies that [`Buffer::freeze`] makes included; only
/// [`Store::transfer`] charges its copy as the store was. The reasons:
///
/// * Small copies lie in a slab of the thread, among bytes that are others' to pay for; a [`Pool`] has slabs of its own.
/// * What is taken over ([`Buffer::from_vec`]) or lent ([`Frozen::from_owner`]) was allocated before anybody could be asked. An
///   owner with a [`Charge`] among its fields refunds it when it is dropped.
/// * A copy is made to hold less than its parent, and most often by somebody else. Who makes it knows who pays: hence the calls
///   that end in `_in`.
///
/// ```
/// use plimsoll::{Budget, Buffer};
///
/// let process = Budget::new(1 << 20);
/// let connection = process.child(256 * 1024);
/// let chunk = Buffer::try_alloc_in(&connection, 200 * 1024)?;
/// let view = chunk.subarray(..16);
/// drop(chunk);
/// assert_eq!(process.held(), 200 * 1024, "the view holds the chunk");
///
/// let error = Buffer::try_alloc_in(&connection, 100 * 1024).unwrap_err();
/// assert_eq!((error.requested, error.held, error.limit), (100 * 1024, Some(200 * 1024), 256 * 1024));
///
/// drop(view);
/// assert_eq!((connection.held(), process.held(), process.peak()), (0, 0, 200 * 1024));
/// # Ok::<(), plimsoll::AllocError>(())
/// ```
///
/// [`Buffer::compact`]: crate::Buffer::compact
/// [`Buffer::freeze`]: crate::Buffer::freeze
/// [`Buffer::from_vec`]: crate::Buffer::from_vec
/// [`Buffer::keep`]: crate::Buffer::keep
/// [`Buffer::try_alloc_charged`]: crate::Buffer::try_alloc_charged
/// [`Buffer::try_alloc_in`]: crate::Buffer::try_alloc_in
/// [`Buffer::try_compact_in`]: crate::Buffer::try_compact_in
/// [`ChunkPool::with_budget`]: crate::ChunkPool::with_budget
/// [`Frozen::from_owner`]: crate::Frozen::from_owner
/// [`Frozen::try_compact_in`]: crate::Frozen::try_compact_in
/// [`Frozen::try_copy_from_slice_in`]: crate::Frozen::try_copy_from_slice_in
/// [`Pool`]: crate::Pool
/// [`Pool::with_budget`]: crate::Pool::with_budget
/// [`Reader::with_budget`]: crate::Reader::with_budget
/// [`Shared::try_alloc_charged`]: crate::Shared::try_alloc_charged
/// [`Shared::try_alloc_in`]: crate::Shared::try_alloc_in
/// [`Shared::try_copy_from_in`]: crate::Shared::try_copy_from_in
/// [`Shared::try_with_max_in`]: crate::Shared::try_with_max_in
/// [`Store::transfer`]: crate::Store::transfer
/// [`Store::try_resizable_in`]: crate::Store::try_resizable_in
/// [`Store::try_zeroed_in`]: crate::Store::try_zeroed_in
#[derive(Clone)]
pub struct Budget(Arc<Inner>);

struct Inner {
    limit: usize,
    held: AtomicUsize,
    peak: AtomicUsize,
    parent: Option<Budget>,
    /// How many wait in `queue`: so that a refund need not take the lock when nobody does.
    waiting: AtomicUsize,
    queue: Mutex<VecDeque<Arc<Waiter>>>,
    serving: AtomicUsize,
    watermark: Option<Watermark>,
}

struct Watermark {
    high: usize,
    low: usize,
    /// 1 from rising above `high` until falling to `low`.
    above: AtomicUsize,
    tell: Tell,
}

type Tell = Box<dyn Fn(&Budget, bool) + Send + Sync>;

impl Budget {
    /// A budget of `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self::make(limit, None, None)
    }

    /// A budget of `limit` bytes within this one.
    #[must_use]
    pub fn child(&self, limit: usize) -> Self {
        Self::make(limit, Some(self.clone()), None)
    }

    /// The same budget, empty, which calls `tell` with true when it rises above `high` and with false when it has fallen to `low`
    /// again. For shedding load before the line is met.
    ///
    /// `tell` runs on the thread that charged or refunded, in the middle of an allocation or a drop: it should be quick, and must
    /// not wait for another thread that allocates.
    #[must_use]
    pub fn with_watermarks(
        self,
        high: usize,
        low: usize,
        tell: impl Fn(&Budget, bool) + Send + Sync + 'static,
    ) -> Self {
        let watermark = Watermark { high, low: low.min(high), above: AtomicUsize::new(0), tell: Box::new(tell) };
        Self::make(self.0.limit, self.0.parent.clone(), Some(watermark))
    }

    fn make(limit: usize, parent: Option<Budget>, watermark: Option<Watermark>) -> Self {
        Self(Arc::new(Inner {
            limit,
            held: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
            parent,
            waiting: AtomicUsize::new(0),
            queue: Mutex::new(VecDeque::new()),
            serving: AtomicUsize::new(0),
            watermark,
        }))
    }

    /// The most bytes that may be held.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.0.limit
    }

    /// Bytes held now by stores charged to this budget and to those within it.
    #[must_use]
    pub fn held(&self) -> usize {
        self.0.held.load(Ordering::SeqCst)
    }

    /// The most bytes that were ever held at once. Never more than the limit.
    #[must_use]
    pub fn peak(&self) -> usize {
        self.0.peak.load(Ordering::SeqCst)
    }

    /// How many bytes could be charged now, here and in all the budgets around this one.
    #[must_use]
    pub fn available(&self) -> usize {
        self.chain().map(|budget| budget.0.limit.saturating_sub(budget.held())).min().unwrap_or(0)
    }

    /// How many wait for this budget now. One that is within it and meets this line waits here.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.0.waiting.load(Ordering::SeqCst)
    }

    fn chain(&self) -> impl Iterator<Item = &Budget> {
        std::iter::successors(Some(self), |budget| budget.0.parent.as_ref())
    }

    /// Charges `bytes` to this budget and to those around it, or to none of them.
    ///
    /// Does not queue behind those who wait: it takes what is there at this moment.
    ///
    /// # Errors
    /// [`AllocError`] with the figures of the budget whose line was met.
    pub fn try_charge(&self, bytes: usize) -> Result<Charge, AllocError> {
        match self.charge_chain(bytes) {
            Ok(()) => Ok(Charge { budget: self.clone(), bytes }),
            Err(met) => Err(met.error(bytes)),
        }
    }

    /// Waits until `bytes` can be charged. Those who wait are served in turn, each as soon as there is enough for it.
    ///
    /// Dropping the future gives up the place, and whatever was already charged for it.
    ///
    /// # Errors
    /// [`AllocError`] at once when `bytes` are more than the limit here or of a budget around this one: waiting would never end.
    pub fn charge(&self, bytes: usize) -> Charging {
        Charging { budget: self.clone(), bytes, waiter: None }
    }

    /// Whether the two are handles on one budget.
    pub(crate) fn is(&self, other: &Budget) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Whether anybody waits for bytes here, or where a charge here would have to be made, too.
    pub(crate) fn is_waited_for(&self) -> bool {
        self.chain().any(|budget| budget.0.waiting.load(Ordering::SeqCst) > 0)
    }

    /// Err: the budget whose line was met, and what it held; nothing is charged then.
    fn charge_chain(&self, bytes: usize) -> Result<(), Met<'_>> {
        for budget in self.chain() {
            if let Err(held) = budget.take(bytes) {
                for charged in self.chain().take_while(|charged| !Arc::ptr_eq(&charged.0, &budget.0)) {
                    charged.give_back(bytes);
                }
                return Err(Met { budget, held });
            }
        }
        Ok(())
    }

    fn refund_chain(&self, bytes: usize) {
        for budget in self.chain() {
            budget.give_back(bytes);
        }
    }

    /// Err: what is held already, with which it would be too much.
    fn take(&self, bytes: usize) -> Result<(), usize> {
        let add = |held: usize| held.checked_add(bytes).filter(|held| *held <= self.0.limit);
        let held = self.0.held.fetch_update(Ordering::SeqCst, Ordering::SeqCst, add)? + bytes;
        self.0.peak.fetch_max(held, Ordering::SeqCst);
        if let Some(mark) = &self.0.watermark
            && held > mark.high
            && mark.above.swap(1, Ordering::SeqCst) == 0
        {
            (mark.tell)(self, true);
        }
        Ok(())
    }

    fn give_back(&self, bytes: usize) {
        let held = self.0.held.fetch_sub(bytes, Ordering::SeqCst) - bytes;
        if let Some(mark) = &self.0.watermark
            && held <= mark.low
            && mark.above.swap(0, Ordering::SeqCst) == 1
        {
            (mark.tell)(self, false);
        }
        // Pairs with `enqueue`: either this sees that one waits, or that one sees what was given back.
        fence(Ordering::SeqCst);
        if self.0.waiting.load(Ordering::SeqCst) > 0 {
            self.serve();
        }
    }

    fn queue(&self) -> MutexGuard<'_, VecDeque<Arc<Waiter>>> {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Charges for those who wait here, in turn, until one has to wait on.
    ///
    /// One thread at a time does this, and does it again when asked meanwhile, so that it need not hold the lock while it
    /// charges: charging and giving back may come back here.
    fn serve(&self) {
        const IDLE: usize = 0;
        const SERVING: usize = 1;
        const AGAIN: usize = 2;
        let serving = &self.0.serving;
        if serving.swap(AGAIN, Ordering::SeqCst) != IDLE {
            return; // whoever is serving looks again
        }
        loop {
            serving.swap(SERVING, Ordering::SeqCst); // not a store: it has to see what those who asked again have done
            while self.serve_first() {}
            if serving.compare_exchange(SERVING, IDLE, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
                return;
            }
        }
    }

    /// False: nobody waits here, or the first has to wait on.
    fn serve_first(&self) -> bool {
        let Some(first) = self.queue().pop_front() else { return false };
        if !first.waits() {
            self.0.waiting.fetch_sub(1, Ordering::SeqCst); // given up
            return true;
        }
        match first.budget.charge_chain(first.bytes) {
            Ok(()) => {
                self.0.waiting.fetch_sub(1, Ordering::SeqCst);
                first.grant();
                true
            }
            Err(met) if met.budget.is(self) => {
                self.queue().push_front(first);
                false
            }
            Err(met) => {
                // It is another line that stops this one now: it waits there.
                let met = met.budget.clone();
                self.0.waiting.fetch_sub(1, Ordering::SeqCst);
                met.enqueue(first);
                true
            }
        }
    }

    /// Puts a waiter at the end of the queue, and looks once more whether it has to wait.
    fn enqueue(&self, waiter: Arc<Waiter>) {
        self.queue().push_back(waiter);
        self.0.waiting.fetch_add(1, Ordering::SeqCst);
        fence(Ordering::SeqCst);
        self.serve();
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget").field("limit", &self.limit()).field("held", &self.held()).finish_non_exhaustive()
    }
}

/// Bytes charged to a budget, until it is dropped or becomes a store.
///
/// A store that is made of it refunds it when it is freed.
pub struct Charge {
    budget: Budget,
    bytes: usize,
}

impl Charge {
    /// How many bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The budget they are charged to.
    #[must_use]
    pub fn budget(&self) -> &Budget {
        &self.budget
    }
}

/// The line that a charge met.
struct Met<'a> {
    budget: &'a Budget,
    /// What was held then.
    held: usize,
}

impl Met<'_> {
    fn error(self, requested: usize) -> AllocError {
        AllocError::over_budget(requested, self.held, self.budget.0.limit)
    }
}

impl Charge {
    /// The same for `bytes`, which are no fewer. On an error it is refunded.
    pub(crate) fn raised_to(mut self, bytes: usize) -> Result<Self, AllocError> {
        debug_assert!(bytes >= self.bytes);
        let more = bytes - self.bytes;
        self.budget.charge_chain(more).map_err(|met| met.error(more))?;
        self.bytes = bytes;
        Ok(self)
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.budget.refund_chain(self.bytes);
    }
}

impl fmt::Debug for Charge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Charge").field("bytes", &self.bytes).field("budget", &self.budget).finish()
    }
}

struct Waiter {
    budget: Budget,
    bytes: usize,
    state: Mutex<State>,
}

enum State {
    Waits(Option<Waker>),
    /// Charged on its behalf.
    Granted,
    /// The charge has been taken, or nobody wants it any more.
    Over,
}

impl Waiter {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waits(&self) -> bool {
        matches!(*self.state(), State::Waits(_))
    }

    fn grant(&self) {
        let before = {
            let mut state = self.state();
            match &*state {
                State::Waits(_) => std::mem::replace(&mut *state, State::Granted),
                State::Granted | State::Over => State::Over,
            }
        };
        match before {
            State::Waits(waker) => waker.into_iter().for_each(Waker::wake),
            // Given up while it was being served: nobody will take it.
            State::Granted | State::Over => self.budget.refund_chain(self.bytes),
        }
    }
}

/// The future of [`Budget::charge`].
#[must_use = "nothing is charged until it is awaited"]
pub struct Charging {
    budget: Budget,
    bytes: usize,
    waiter: Option<Arc<Waiter>>,
}

impl Future for Charging {
    type Output = Result<Charge, AllocError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.waiter.is_none() {
            if let Some(never) = self.budget.chain().find(|budget| budget.0.limit < self.bytes) {
                return Poll::Ready(Err(Met { budget: never, held: never.held() }.error(self.bytes)));
            }
            // Behind those who wait already, if there are any.
            let met = match self.budget.chain().find(|budget| budget.0.waiting.load(Ordering::SeqCst) > 0) {
                Some(busy) => busy.clone(),
                None => match self.budget.charge_chain(self.bytes) {
                    Ok(()) => return Poll::Ready(Ok(Charge { budget: self.budget.clone(), bytes: self.bytes })),
                    Err(met) => met.budget.clone(),
                },
            };
            let state = Mutex::new(State::Waits(Some(context.waker().clone())));
            let waiter = Arc::new(Waiter { budget: self.budget.clone(), bytes: self.bytes, state });
            self.waiter = Some(Arc::clone(&waiter));
            met.enqueue(waiter);
        }
        let Some(waiter) = self.waiter.clone() else { return Poll::Pending };
        let mut state = waiter.state();
        match &mut *state {
            State::Waits(waker) => {
                *waker = Some(context.waker().clone());
                Poll::Pending
            }
            State::Granted => {
                *state = State::Over;
                drop(state);
                self.waiter = None;
                Poll::Ready(Ok(Charge { budget: self.budget.clone(), bytes: self.bytes }))
            }
            State::Over => Poll::Pending,
        }
    }
}

impl Drop for Charging {
    fn drop(&mut self) {
        let Some(waiter) = self.waiter.take() else { return };
        let granted = {
            let mut state = waiter.state();
            matches!(std::mem::replace(&mut *state, State::Over), State::Granted)
        };
        if granted {
            self.budget.refund_chain(self.bytes);
        } else {
            // Those behind it may need less.
            self.budget.chain().for_each(Budget::serve);
        }
    }
}

impl fmt::Debug for Charging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Charging").field("bytes", &self.bytes).field("budget", &self.budget).finish_non_exhaustive()
    }
}

#[cfg(all(test, loom))]
mod model {
    use super::*;
    use loom::thread;

    fn poll(charging: &mut Charging) -> Option<Charge> {
        match Pin::new(charging).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(charge) => Some(charge.unwrap()),
            Poll::Pending => None,
        }
    }

    #[test]
    fn a_refund_is_not_lost_on_one_who_is_about_to_wait() {
        loom::model(|| {
            let budget = Budget::new(100);
            let held = budget.try_charge(60).unwrap();
            let refund = thread::spawn(move || drop(held));
            let mut waits = budget.charge(60);
            let mut charge = poll(&mut waits);
            refund.join().unwrap();
            charge = charge.or_else(|| poll(&mut waits));
            assert!(charge.is_some(), "it would wait for ever");
            assert_eq!(budget.held(), 60);
        });
    }

    #[test]
    fn nothing_is_over_the_line_whoever_charges_first() {
        loom::model(|| {
            let budget = Budget::new(100);
            let other = budget.clone();
            let there = thread::spawn(move || other.try_charge(60).ok());
            let here = budget.try_charge(60).ok();
            assert!(budget.held() <= 100);
            let there = there.join().unwrap();
            assert!(here.is_some() != there.is_some(), "one of them, not both, not none");
            drop((here, there));
            assert_eq!((budget.held(), budget.peak()), (0, 60));
        });
    }

    #[test]
    fn giving_up_while_being_served_loses_nothing() {
        loom::model(|| {
            let budget = Budget::new(100);
            let held = budget.try_charge(60).unwrap();
            let (mut first, mut second) = (budget.charge(60), budget.charge(30));
            assert!(poll(&mut first).is_none() && poll(&mut second).is_none());
            let refund = thread::spawn(move || drop(held));
            drop(first);
            refund.join().unwrap();
            assert!(poll(&mut second).is_some());
            drop(second);
            assert_eq!(budget.held(), 0);
        });
    }
}
