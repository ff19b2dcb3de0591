//! Chunks that readers use again, whichever reader had them before.

use crate::audit::Site;
use crate::budget::{Budget, Charge, Charging};
use crate::error::AllocError;
use crate::raw::chunk::Chunk;
use crate::raw::pool;
use crate::raw::recycle::{Idle, Slot};
use crate::raw::sync::fence;
use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The smallest chunk that is kept, in bytes; what is smaller is quickly had from the allocator.
const SMALLEST: usize = 64 * 1024;

/// Sizes between a power of two and the next, so that no more than a ninth of a chunk is beyond what was asked for.
const STEPS: usize = 8;

/// Sizes of chunks: from the smallest to 16 times as much.
const CLASSES: usize = 4 * STEPS + 1;

/// Threads find an idle chunk in a stripe of their own, as long as there are no more of them than this.
const STRIPES: usize = 8;

/// Chunks of a size that a stripe keeps.
const SLOTS: usize = 2;

/// What may be idle if nobody says otherwise, in bytes.
const IDLE: usize = 4 << 20;

/// What was never needed for so long is freed.
const PATIENCE: Duration = Duration::from_secs(2);

/// Chunks for [`Reader`](crate::Reader)s, used again when their last frame is gone.
///
/// A large chunk costs the operating system a mapping and a page fault for every page, each time it is allocated anew. This
/// keeps a bounded number of those that are no longer held, in sizes of 64 KiB to 1 MiB, none more than an eighth above the one before:
///
/// ```text
///  take, give back:  the thread's own stripe   no lock, one atomic operation
///                    the overflow              a lock for each size
///                    other threads' stripes
///  else:             the allocator, the budget
/// ```
///
/// Whatever lay idle without being needed for two seconds is freed at the next chance, which is when a chunk comes back. A
/// program that falls silent altogether can say [`trim`](ChunkPool::trim).
///
/// Readers that are not told otherwise, and have no budget, share [`ChunkPool::global`]. Cloning gives another handle on the same pool.
///
/// ```
/// use plimsoll::{ChunkPool, Reader};
///
/// let pool = ChunkPool::new();
/// for _ in 0..3 {
///     let mut reader = Reader::new().with_pool(&pool);
///     reader.extend_from_slice(b"frame");
///     let frame = reader.split_to(5)?;
///     drop(reader);
///     assert_eq!((pool.stats().held, &frame[..]), (64 * 1024, &b"frame"[..]));
/// }
/// let stats = pool.stats();
/// assert_eq!((stats.hits, stats.misses, stats.held, stats.idle), (2, 1, 0, 64 * 1024));
/// pool.trim();
/// assert_eq!(pool.stats().idle, 0);
/// # Ok::<(), plimsoll::OutOfRange>(())
/// ```
#[derive(Clone)]
pub struct ChunkPool(Arc<Home>);

/// What a [`ChunkPool`] has done, and what it has now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChunkPoolStats {
    /// Chunks that were used again.
    pub hits: u64,
    /// Chunks that had to be allocated, those of no kept size included.
    pub misses: u64,
    /// Bytes of chunks in use: a reader fills them, or a frame of them is alive.
    pub held: usize,
    /// Bytes of chunks that wait to be used again.
    pub idle: usize,
    /// Bytes of `held` beyond what was asked for, because the chunk is of the next larger size.
    pub waste: usize,
}

/// Where chunks come from and go back to.
pub(crate) struct Home {
    stripes: [Stripe; STRIPES],
    overflow: [Mutex<Vec<Idle>>; CLASSES],
    limit: usize,
    budget: Option<Budget>,
    zeroize: bool,
    hits: AtomicU64,
    misses: AtomicU64,
    held: AtomicUsize,
    idle: AtomicUsize,
    waste: AtomicUsize,
    /// The least that was idle since the last look: nobody needed it.
    unneeded: AtomicUsize,
    /// When that was, in milliseconds.
    looked: AtomicU64,
}

/// Apart by two cache lines, so that threads do not disturb each other.
#[repr(align(128))]
struct Stripe([[Slot; SLOTS]; CLASSES]);

impl ChunkPool {
    /// A pool that keeps up to 4 MiB idle.
    #[must_use]
    pub fn new() -> Self {
        Self::with_idle_limit(IDLE)
    }

    /// A pool that keeps up to `bytes` idle. With less than 64 KiB, nothing is kept.
    #[must_use]
    pub fn with_idle_limit(bytes: usize) -> Self {
        Self::make(bytes, None, false)
    }

    fn make(limit: usize, budget: Option<Budget>, zeroize: bool) -> Self {
        let home = Arc::new(Home::new(limit, budget, zeroize));
        home.budget.iter().for_each(|budget| budget.add_pool(&home));
        Self(home)
    }

    /// A new pool of the same kind, whose chunks are charged to `budget` when they are allocated, and refunded when they are freed: so
    /// what is idle counts as held. All of it is freed as soon as somebody meets the line, or begins to wait for it: the line of
    /// `budget` or of one around it, whatever the bytes were to be for.
    #[must_use]
    pub fn with_budget(self, budget: Budget) -> Self {
        Self::make(self.0.limit, Some(budget), self.0.zeroize)
    }

    /// A new pool of the same kind, which overwrites a chunk with zeros as soon as its last frame is gone: for what is read in
    /// clear and must not stay. Frames that are copies, and what a frame was copied to, are not overwritten.
    #[cfg(feature = "zeroize")]
    #[must_use]
    pub fn zeroizing(self) -> Self {
        Self::make(self.0.limit, self.0.budget.clone(), true)
    }

    pub(crate) fn is_zeroizing(&self) -> bool {
        self.0.zeroize
    }

    /// The pool of readers that have none of their own.
    #[must_use]
    pub fn global() -> &'static Self {
        static GLOBAL: LazyLock<ChunkPool> = LazyLock::new(ChunkPool::new);
        &GLOBAL
    }

    /// The budget its chunks are charged to.
    #[must_use]
    pub fn budget(&self) -> Option<&Budget> {
        self.0.budget.as_ref()
    }

    /// Frees all that is idle. Answers how many bytes.
    pub fn trim(&self) -> usize {
        self.0.free_idle(usize::MAX)
    }

    /// What it has done, and what it has now.
    #[must_use]
    pub fn stats(&self) -> ChunkPoolStats {
        let home = &self.0;
        ChunkPoolStats {
            hits: home.hits.load(Ordering::Relaxed),
            misses: home.misses.load(Ordering::Relaxed),
            held: home.held.load(Ordering::Relaxed),
            idle: home.idle.load(Ordering::Relaxed),
            waste: home.waste.load(Ordering::Relaxed),
        }
    }

    /// A chunk of at least `asked` bytes.
    pub(crate) fn chunk(&self, asked: usize, site: Site) -> Result<Chunk, AllocError> {
        if let Some(chunk) = self.idle_chunk(asked, site) {
            return Ok(chunk);
        }
        let size = size_for(asked);
        let charge = self.0.budget.as_ref().map(|budget| budget.try_charge(size)).transpose()?;
        self.new_chunk(asked, charge, site)
    }

    /// The same, but where the budget has to be asked, what to wait for.
    pub(crate) fn chunk_or_wait(&self, asked: usize, site: Site) -> Result<Result<Chunk, AllocError>, Charging> {
        match (&self.0.budget, self.idle_chunk(asked, site)) {
            (_, Some(chunk)) => Ok(Ok(chunk)),
            (None, None) => Ok(self.new_chunk(asked, None, site)),
            (Some(budget), None) => Err(budget.charge(size_for(asked))),
        }
    }

    fn idle_chunk(&self, asked: usize, site: Site) -> Option<Chunk> {
        let idle = self.0.take(class(asked)?)?;
        self.0.hits.fetch_add(1, Ordering::Relaxed);
        Some(self.begin(idle, asked, site))
    }

    /// A chunk of which `asked` bytes are used, charged for the size that it comes in.
    pub(crate) fn new_chunk(&self, asked: usize, charge: Option<Charge>, site: Site) -> Result<Chunk, AllocError> {
        let size = charge.as_ref().map_or_else(|| size_for(asked), Charge::bytes);
        let idle = Idle::new(size, charge, self.0.zeroize)?;
        self.0.misses.fetch_add(1, Ordering::Relaxed);
        Ok(self.begin(idle, asked, site))
    }

    fn begin(&self, idle: Idle, asked: usize, site: Site) -> Chunk {
        self.0.held.fetch_add(idle.cap(), Ordering::Relaxed);
        self.0.waste.fetch_add(idle.cap() - asked, Ordering::Relaxed);
        Chunk::of_pool(idle, Arc::clone(&self.0), asked, site)
    }
}

/// Which of the kept sizes is the least that has `bytes`, if any.
fn class(bytes: usize) -> Option<usize> {
    if bytes < SMALLEST {
        return None;
    }
    let octave = ((bytes - 1).max(SMALLEST) / SMALLEST).ilog2();
    let step = (SMALLEST << octave) / STEPS;
    let class = octave as usize * STEPS + (bytes - (SMALLEST << octave)).div_ceil(step);
    (class < CLASSES).then_some(class)
}

fn size(class: usize) -> usize {
    let octave = SMALLEST << (class / STEPS);
    octave + octave / STEPS * (class % STEPS)
}

fn size_for(asked: usize) -> usize {
    class(asked).map_or(asked, size)
}

impl Home {
    fn new(limit: usize, budget: Option<Budget>, zeroize: bool) -> Self {
        Self {
            stripes: std::array::from_fn(|_| Stripe(std::array::from_fn(|_| std::array::from_fn(|_| Slot::new())))),
            overflow: std::array::from_fn(|_| Mutex::default()),
            limit,
            budget,
            zeroize,
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            held: AtomicUsize::new(0),
            idle: AtomicUsize::new(0),
            waste: AtomicUsize::new(0),
            unneeded: AtomicUsize::new(0),
            looked: AtomicU64::new(0),
        }
    }

    /// A chunk for which `asked` bytes were asked is no longer held.
    pub(crate) fn receive(&self, mut idle: Idle, asked: usize) {
        let cap = idle.cap();
        self.held.fetch_sub(cap, Ordering::Relaxed);
        self.waste.fetch_sub(cap - asked, Ordering::Relaxed);
        let Some(class) = class(cap).filter(|&class| size(class) == cap) else { return };
        let fits = |now: usize| now.checked_add(cap).filter(|&sum| sum <= self.limit);
        if self.is_waited_for() || self.idle.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_err() {
            return;
        }
        if self.zeroize {
            idle.wipe();
        }
        let mut left = Some(idle);
        for slot in &self.stripe().0[class] {
            left = left.and_then(|idle| slot.put(idle).err());
        }
        if let Some(idle) = left {
            self.overflow(class).push(idle);
        }
        // Pairs with a reader that begins to wait: either this sees that one waits, or that one finds this chunk.
        fence(crate::raw::sync::Ordering::SeqCst);
        if self.is_waited_for() {
            self.free_idle(usize::MAX);
        }
        self.look();
    }

    fn is_waited_for(&self) -> bool {
        self.budget.as_ref().is_some_and(Budget::is_waited_for)
    }

    fn stripe(&self) -> &Stripe {
        // The thread's token is an address; its middle bits tell threads apart.
        let mixed = (pool::token() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        &self.stripes[(mixed >> 61) as usize % STRIPES]
    }

    fn overflow(&self, class: usize) -> MutexGuard<'_, Vec<Idle>> {
        self.overflow[class].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, class: usize) -> Option<Idle> {
        if self.idle.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let slots = |stripe: &Stripe| stripe.0[class].iter().find_map(Slot::take);
        let idle = slots(self.stripe())
            .or_else(|| self.overflow(class).pop())
            .or_else(|| self.stripes.iter().find_map(slots))?;
        self.taken(idle.cap());
        Some(idle)
    }

    fn taken(&self, cap: usize) {
        let left = self.idle.fetch_sub(cap, Ordering::Relaxed) - cap;
        self.unneeded.fetch_min(left, Ordering::Relaxed);
    }

    /// Frees idle chunks, the largest first, until so many bytes are free or none is left.
    pub(crate) fn free_idle(&self, most: usize) -> usize {
        fence(crate::raw::sync::Ordering::SeqCst); // as in `receive`
        let mut freed = 0;
        for class in (0..CLASSES).rev() {
            let size = size(class);
            while most - freed >= size {
                let overflow = self.overflow(class).pop();
                let slots = || self.stripes.iter().flat_map(|stripe| &stripe.0[class]);
                let Some(idle) = overflow.or_else(|| slots().find_map(Slot::take)) else { break };
                self.taken(size);
                drop(idle);
                freed += size;
            }
        }
        freed
    }

    /// Now and then: frees what was idle all the time since the last look.
    fn look(&self) {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        let now = u64::try_from(START.elapsed().as_millis()).unwrap_or(u64::MAX);
        let looked = self.looked.load(Ordering::Relaxed);
        let due = now.saturating_sub(looked) >= PATIENCE.as_millis() as u64;
        if due && self.looked.compare_exchange(looked, now, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            let unneeded = self.unneeded.load(Ordering::Relaxed);
            self.free_idle(unneeded);
            self.unneeded.store(self.idle.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }
}

impl Default for ChunkPool {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ChunkPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ChunkPool").field(&self.stats()).finish()
    }
}
