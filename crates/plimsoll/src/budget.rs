//! The load line: a limit on bytes that are held, not on bytes that are shown.

use crate::chunks::Home;
use crate::error::AllocError;
use crate::raw::sync::{AtomicUsize, Mutex, MutexGuard, Ordering, fence};
use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::thread;

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
    /// How many budgets are around this one.
    depth: usize,
    /// How many wait in `queue`: so that a refund need not take the lock when nobody does.
    waiting: AtomicUsize,
    queue: Mutex<VecDeque<Arc<Waiter>>>,
    serving: Turn,
    watermark: Option<Watermark>,
    /// Whether this one or one around it has a watermark.
    is_watched: bool,
    /// Whose idle chunks are charged here, or to budgets within.
    pools: std::sync::Mutex<Vec<Weak<Home>>>,
}

struct Watermark {
    high: usize,
    low: usize,
    /// 1 from telling of a rise above `high` until telling of a fall to `low`.
    told: AtomicUsize,
    telling: Turn,
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
    /// `tell` runs on a thread that charged or refunded, in the middle of an allocation or a drop: it should be quick, and must
    /// not wait for another thread that allocates. It is told one thing after the other, never two at once: while it runs on one
    /// thread, that thread looks again on behalf of the others. So what it was told last is true as soon as nobody charges or
    /// refunds any more; a rise that is over before it could be told is not told.
    ///
    /// When `tell` panics, the panic goes on to whoever charged or refunded, after everything else is done: a charge is refunded, a
    /// refund stays one, those who wait are served. If that thread is panicking already, there is no second panic.
    #[must_use]
    pub fn with_watermarks(
        self,
        high: usize,
        low: usize,
        tell: impl Fn(&Budget, bool) + Send + Sync + 'static,
    ) -> Self {
        let (told, telling) = (AtomicUsize::new(0), Turn::new());
        let watermark = Watermark { high, low: low.min(high), told, telling, tell: Box::new(tell) };
        Self::make(self.0.limit, self.0.parent.clone(), Some(watermark))
    }

    fn make(limit: usize, parent: Option<Budget>, watermark: Option<Watermark>) -> Self {
        Self(Arc::new(Inner {
            limit,
            held: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
            depth: parent.as_ref().map_or(0, |parent| parent.0.depth + 1),
            is_watched: watermark.is_some() || parent.as_ref().is_some_and(|parent| parent.0.is_watched),
            parent,
            waiting: AtomicUsize::new(0),
            queue: Mutex::new(VecDeque::new()),
            serving: Turn::new(),
            watermark,
            pools: std::sync::Mutex::default(),
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
    /// Does not queue behind those who wait: it takes what is there at this moment. What is idle in a [`ChunkPool`](crate::ChunkPool) of
    /// the budget whose line is met, or of one within it, is freed before it gives up.
    ///
    /// # Errors
    /// [`AllocError`] with the figures of the budget whose line was met.
    pub fn try_charge(&self, bytes: usize) -> Result<Charge, AllocError> {
        loop {
            match self.charge_now(bytes) {
                Ok(charge) => return Ok(charge),
                // What is idle must not be what stops it.
                Err(met) if bytes <= met.budget.0.limit && met.budget.free_idle() => {}
                Err(met) => return Err(met.error(bytes)),
            }
        }
    }

    fn charge_now(&self, bytes: usize) -> Result<Charge, Met<'_>> {
        let mut calls = Calls::new();
        let charge = self.charge_chain(bytes, &mut calls).map(|()| Charge { budget: self.clone(), bytes });
        calls.make();
        charge
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

    /// From now on, what is idle in the pool is freed before anybody is stopped by the line here or around.
    pub(crate) fn add_pool(&self, pool: &Arc<Home>) {
        for budget in self.chain() {
            let mut pools = budget.0.pools.lock().unwrap_or_else(PoisonError::into_inner);
            pools.retain(|pool| pool.strong_count() > 0);
            pools.push(Arc::downgrade(pool));
        }
    }

    /// False: nothing was idle.
    fn free_idle(&self) -> bool {
        // Not under the lock: freeing refunds, and a refund may call anything.
        let pools = self.0.pools.lock().unwrap_or_else(PoisonError::into_inner).clone();
        pools.iter().filter_map(Weak::upgrade).map(|pool| pool.free_idle(usize::MAX)).sum::<usize>() > 0
    }

    /// Whether anybody waits for bytes here, or where a charge here would have to be made, too.
    pub(crate) fn is_waited_for(&self) -> bool {
        self.chain().any(|budget| budget.0.waiting.load(Ordering::SeqCst) > 0)
    }

    /// Err: the budget whose line was met, and what it held; nothing is charged then.
    fn charge_chain(&self, bytes: usize, calls: &mut Calls) -> Result<(), Met<'_>> {
        // Without touching anything: a charge that is refused anyway must not stand in the way of smaller ones meanwhile.
        if self.0.parent.is_some()
            && let Some(met) = self.chain().find_map(|budget| budget.would_meet(bytes))
        {
            return Err(met);
        }
        let charged = self.take(self.0.depth, bytes);
        match &charged {
            Ok(()) if self.0.is_watched => {
                fence(Ordering::SeqCst); // as in `settle`
                self.chain().for_each(|budget| budget.note(calls));
            }
            Ok(()) => {}
            // Those around it have been charged and refunded.
            Err(met) => met.budget.0.parent.iter().for_each(|parent| parent.settle(calls)),
        }
        charged
    }

    fn refund_chain(&self, bytes: usize, calls: &mut Calls) {
        for budget in self.chain() {
            budget.0.held.fetch_sub(bytes, Ordering::SeqCst);
        }
        self.settle(calls);
    }

    fn would_meet(&self, bytes: usize) -> Option<Met<'_>> {
        let held = self.held();
        held.checked_add(bytes).is_none_or(|held| held > self.0.limit).then_some(Met { budget: self, held })
    }

    /// Adds to what is held by the budget so many around this one, and by those between, from the outermost inwards: so no budget
    /// ever holds more than the one around it. Only when all have been charged the peaks are what they are.
    fn take(&self, outwards: usize, bytes: usize) -> Result<(), Met<'_>> {
        let Some(budget) = self.chain().nth(outwards) else { return Ok(()) };
        let inner = &budget.0;
        let add = |held: usize| held.checked_add(bytes).filter(|held| *held <= inner.limit);
        match inner.held.fetch_update(Ordering::SeqCst, Ordering::SeqCst, add) {
            Err(held) => return Err(Met { budget, held }),
            Ok(held) => {
                if outwards > 0
                    && let Err(met) = self.take(outwards - 1, bytes)
                {
                    inner.held.fetch_sub(bytes, Ordering::SeqCst);
                    return Err(met);
                }
                inner.peak.fetch_max(held + bytes, Ordering::SeqCst);
            }
        }
        Ok(())
    }

    /// Less is held here and around: whoever waits is served, whoever watches will be told.
    fn settle(&self, calls: &mut Calls) {
        // Pairs with `enqueue`: either this sees that one waits, or that one sees what was given back. With `tell`: either this
        // sees what was told, or that one sees what is held.
        fence(Ordering::SeqCst);
        for budget in self.chain() {
            budget.note(calls);
            if budget.0.waiting.load(Ordering::SeqCst) > 0 {
                budget.serve(calls);
            }
        }
    }

    /// What has to be told, if it has not been.
    fn untold(&self, mark: &Watermark) -> Option<bool> {
        let (held, told) = (self.held(), mark.told.load(Ordering::SeqCst) != 0);
        if told { (held <= mark.low).then_some(false) } else { (held > mark.high).then_some(true) }
    }

    fn note(&self, calls: &mut Calls) {
        if let Some(mark) = &self.0.watermark
            && self.untold(mark).is_some()
        {
            calls.0.push(Call::Tell(self.clone()));
        }
    }

    /// Tells until what was told last is so.
    fn tell(&self) {
        let Some(mark) = &self.0.watermark else { return };
        let mut panics = Panics(None);
        mark.telling.take(|| {
            while let Some(above) = self.untold(mark) {
                mark.told.store(usize::from(above), Ordering::SeqCst);
                fence(Ordering::SeqCst); // as in `settle`
                panics.catch(|| (mark.tell)(self, above));
            }
        });
        panics.go_on();
    }

    fn queue(&self) -> MutexGuard<'_, VecDeque<Arc<Waiter>>> {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Charges for those who wait here, in turn, until one has to wait on. Holds no lock while it charges, because charging and
    /// giving back may come back here.
    fn serve(&self, calls: &mut Calls) {
        self.0.serving.take(|| while self.serve_first(calls) {});
    }

    /// False: nobody waits here, or the first has to wait on.
    fn serve_first(&self, calls: &mut Calls) -> bool {
        let Some(first) = self.queue().pop_front() else { return false };
        if !first.waits() {
            self.0.waiting.fetch_sub(1, Ordering::SeqCst); // given up
            calls.0.push(Call::Drop(first));
            return true;
        }
        match first.budget.charge_chain(first.bytes, calls) {
            Ok(()) => {
                self.0.waiting.fetch_sub(1, Ordering::SeqCst);
                first.grant(calls);
                calls.0.push(Call::Drop(first));
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
                met.enqueue(first, calls);
                true
            }
        }
    }

    /// Puts a waiter at the end of the queue, and looks once more whether it has to wait.
    fn enqueue(&self, waiter: Arc<Waiter>, calls: &mut Calls) {
        self.queue().push_back(waiter);
        self.0.waiting.fetch_add(1, Ordering::SeqCst);
        fence(Ordering::SeqCst);
        self.serve(calls);
        calls.0.push(Call::FreeIdle(self.clone()));
    }
}

/// Work that one thread at a time does, and does again when another asks meanwhile.
struct Turn(AtomicUsize);

impl Turn {
    const NOBODY: usize = 0;
    const SOMEBODY: usize = 1;
    const AGAIN: usize = 2;

    fn new() -> Self {
        Self(AtomicUsize::new(Self::NOBODY))
    }

    /// Does it, unless somebody is at it: then that one looks again. `work` must not panic.
    fn take(&self, mut work: impl FnMut()) {
        if self.0.swap(Self::AGAIN, Ordering::SeqCst) != Self::NOBODY {
            return;
        }
        loop {
            self.0.swap(Self::SOMEBODY, Ordering::SeqCst); // not a store: it has to see what those who asked again have done
            work();
            let done = self.0.compare_exchange(Self::SOMEBODY, Self::NOBODY, Ordering::SeqCst, Ordering::SeqCst);
            if done.is_ok() {
                return;
            }
        }
    }
}

/// What runs other people's code: made when the books are right and nobody's turn is taken.
struct Calls(Vec<Call>);

enum Call {
    Wake(Waker),
    Tell(Budget),
    /// Somebody has begun to wait here.
    FreeIdle(Budget),
    /// It may be the last to hold a budget, and so what that one tells.
    Drop(Arc<Waiter>),
}

impl Calls {
    const fn new() -> Self {
        Self(Vec::new())
    }

    /// Makes all of them, whichever panics. Then the first panic goes on.
    #[inline]
    fn make(self) {
        if !self.0.is_empty() {
            self.make_all();
        }
    }

    #[cold]
    fn make_all(self) {
        let mut panics = Panics(None);
        for call in self.0 {
            panics.catch(|| match call {
                Call::Wake(waker) => waker.wake(),
                Call::Tell(budget) => budget.tell(),
                Call::FreeIdle(budget) => {
                    if budget.waiting() > 0 {
                        budget.free_idle();
                    }
                }
                Call::Drop(waiter) => drop(waiter),
            });
        }
        panics.go_on();
    }
}

/// The first panic of several calls.
struct Panics(Option<Box<dyn Any + Send>>);

impl Panics {
    fn catch(&mut self, call: impl FnOnce()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(call)) {
            self.0.get_or_insert(panic);
        }
    }

    /// Panics, unless the thread does already: a second panic would end the program.
    fn go_on(self) {
        if let Some(panic) = self.0
            && !thread::panicking()
        {
            resume_unwind(panic);
        }
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
        if bytes > self.bytes {
            let mut more = self.budget.try_charge(bytes - self.bytes)?;
            self.bytes += std::mem::take(&mut more.bytes);
        }
        Ok(self)
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        let mut calls = Calls::new();
        self.budget.refund_chain(self.bytes, &mut calls);
        calls.make();
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

    fn grant(&self, calls: &mut Calls) {
        let before = {
            let mut state = self.state();
            match &*state {
                State::Waits(_) => std::mem::replace(&mut *state, State::Granted),
                State::Granted | State::Over => State::Over,
            }
        };
        match before {
            State::Waits(waker) => calls.0.extend(waker.map(Call::Wake)),
            // Given up while it was being served: nobody will take it.
            State::Granted | State::Over => self.budget.refund_chain(self.bytes, calls),
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
                None => match self.budget.charge_now(self.bytes) {
                    Ok(charge) => return Poll::Ready(Ok(charge)),
                    Err(met) => met.budget.clone(),
                },
            };
            let state = Mutex::new(State::Waits(Some(context.waker().clone())));
            let waiter = Arc::new(Waiter { budget: self.budget.clone(), bytes: self.bytes, state });
            self.waiter = Some(Arc::clone(&waiter));
            let mut calls = Calls::new();
            met.enqueue(waiter, &mut calls);
            calls.make();
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
        let mut calls = Calls::new();
        if granted {
            self.budget.refund_chain(self.bytes, &mut calls);
        } else {
            // Those behind it may need less.
            self.budget.chain().for_each(|budget| budget.serve(&mut calls));
        }
        calls.make();
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

    #[test]
    fn who_gives_up_lets_those_behind_pass() {
        loom::model(|| {
            let budget = Budget::new(100);
            let _held = budget.try_charge(60).unwrap();
            let (mut first, mut second) = (budget.charge(60), budget.charge(30));
            assert!(poll(&mut first).is_none());
            let gone = thread::spawn(move || drop(first));
            let mut charge = poll(&mut second);
            gone.join().unwrap();
            charge = charge.or_else(|| poll(&mut second));
            assert!(charge.is_some(), "it would wait for ever");
        });
    }

    #[test]
    fn two_refunds_at_once_serve_one_who_needs_both() {
        loom::model(|| {
            let budget = Budget::new(100);
            let (one, other) = (budget.try_charge(50).unwrap(), budget.try_charge(50).unwrap());
            let mut waits = budget.charge(100);
            assert!(poll(&mut waits).is_none());
            let there = thread::spawn(move || drop(one));
            drop(other);
            there.join().unwrap();
            assert!(poll(&mut waits).is_some(), "it would wait for ever");
        });
    }

    #[test]
    fn a_refund_while_one_who_waits_gives_up_serves_the_other() {
        loom::model(|| {
            let budget = Budget::new(100);
            let held = budget.try_charge(100).unwrap();
            let (mut first, mut second) = (budget.charge(60), budget.charge(60));
            assert!(poll(&mut first).is_none() && poll(&mut second).is_none());
            let gone = thread::spawn(move || drop(first));
            drop(held);
            gone.join().unwrap();
            assert!(poll(&mut second).is_some(), "it would wait for ever");
            drop(second);
            assert_eq!((budget.held(), budget.waiting()), (0, 0));
        });
    }

    #[test]
    fn a_refund_and_a_charge_at_once_are_both_counted() {
        loom::model(|| {
            let budget = Budget::new(100);
            let held = budget.try_charge(30).unwrap();
            let there = thread::spawn(move || drop(held));
            let here = budget.try_charge(30).unwrap();
            there.join().unwrap();
            assert_eq!(budget.held(), 30);
            drop(here);
            assert_eq!(budget.held(), 0);
        });
    }

    #[test]
    fn what_was_told_last_is_true_in_the_end() {
        loom::model(|| {
            let above = loom::sync::Arc::new(AtomicUsize::new(0));
            let told = above.clone();
            let tell = move |_: &Budget, up: bool| told.store(usize::from(up), Ordering::SeqCst);
            let budget = Budget::new(1000).with_watermarks(100, 60, tell);
            let first = budget.try_charge(60).unwrap();
            let other = budget.clone();
            let there = thread::spawn(move || other.try_charge(60).unwrap());
            drop(first);
            let _charge = there.join().unwrap();
            assert_eq!((budget.held(), above.load(Ordering::SeqCst)), (60, 0));
        });
    }

    #[test]
    fn a_child_and_its_parent_are_charged_both_or_neither() {
        loom::model(|| {
            let outer = Budget::new(100);
            let (left, right) = (outer.child(60), outer.child(100));
            let there = {
                let right = right.clone();
                thread::spawn(move || right.try_charge(60).ok())
            };
            let here = left.try_charge(60).ok();
            assert!(outer.held() <= 100);
            let there = there.join().unwrap();
            assert!(here.is_some() != there.is_some(), "one of them, not both, not none");
            drop((here, there));
            assert_eq!((outer.held(), left.held(), right.held(), outer.peak()), (0, 0, 0, 60));
        });
    }

    #[test]
    fn a_refund_to_a_child_is_not_lost_on_one_who_waits_outside() {
        loom::model(|| {
            let outer = Budget::new(100);
            let inner = outer.child(100);
            let held = inner.try_charge(60).unwrap();
            let refund = thread::spawn(move || drop(held));
            let mut waits = outer.charge(60);
            let mut charge = poll(&mut waits);
            refund.join().unwrap();
            charge = charge.or_else(|| poll(&mut waits));
            assert!(charge.is_some(), "it would wait for ever");
            assert_eq!((outer.held(), inner.held()), (60, 0));
        });
    }

    /// Two charge a child that has room for one: the other may have been charged to the parent by then.
    #[test]
    fn what_a_refused_charge_gives_back_is_not_lost_on_one_who_waits() {
        let mut model = loom::model::Builder::new();
        model.preemption_bound = Some(2); // three threads: all of it would take minutes
        model.check(|| {
            let outer = Budget::new(130);
            let inner = outer.child(60);
            let there = {
                let inner = inner.clone();
                thread::spawn(move || inner.try_charge(60).ok())
            };
            let third = {
                let outer = outer.clone();
                thread::spawn(move || {
                    let mut waits = outer.charge(40);
                    (poll(&mut waits), waits)
                })
            };
            let here = inner.try_charge(60).ok();
            let there = there.join().unwrap();
            let (charge, mut waits) = third.join().unwrap();
            assert!(here.is_some() != there.is_some(), "one of them, not both, not none");
            assert!(charge.or_else(|| poll(&mut waits)).is_some(), "it would wait for ever");
        });
    }
}
