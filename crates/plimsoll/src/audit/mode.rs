//! Which of the stores that are born are audited.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Which stores are audited.
///
/// | mode | audited | what the report says |
/// |---|---|---|
/// | `Off` | none | nothing |
/// | `Large` | stores of [`large`] bytes and more, 64 KiB at first | exact, for those |
/// | `Sampled(n)` | those, and every `n`-th pool slab below that | exact for the large ones; slabs are **estimates** |
/// | `All` | every one | exact |
///
/// A sampled slab stands for `n`: the report counts it and its views `n` times over. What it says of slabs is right on average,
/// for a program that has many; small stores that are no slabs are not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// None: the default.
    Off,
    /// Every large store born from now on.
    Large,
    /// Every large store, and every so manieth slab. `Sampled(0)` samples none, `Sampled(1)` all of them.
    Sampled(u32),
    /// Every store born from now on.
    All,
}

/// What [`Mode::Large`] means at first, in bytes.
const LARGE: usize = 64 * 1024;

struct Settings {
    mode: Mode,
    large: usize,
}

static SETTINGS: Mutex<Settings> = Mutex::new(Settings { mode: Mode::Off, large: LARGE });

/// Stores from so many bytes are audited. No store is as large as it is at first.
static LEAST: AtomicUsize = AtomicUsize::new(usize::MAX);
/// So are slabs below that, one in so many. 0: none.
static ONE_IN: AtomicU32 = AtomicU32::new(0);
/// Slabs that were begun since the mode was chosen, while some were sampled.
static SLABS: AtomicU32 = AtomicU32::new(0);

fn settings() -> MutexGuard<'static, Settings> {
    SETTINGS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Settings {
    fn apply(&self) {
        let (least, one_in) = match self.mode {
            Mode::Off => (usize::MAX, 0),
            Mode::Large => (self.large, 0),
            Mode::Sampled(n) => (self.large, n),
            Mode::All => (0, 0),
        };
        LEAST.store(least, Ordering::Relaxed);
        SLABS.store(0, Ordering::Relaxed);
        ONE_IN.store(one_in, Ordering::Relaxed);
    }
}

/// Chooses which of the stores born from now on are audited, in the whole process.
///
/// A pool's slab is born again each time the pool starts it.
pub fn set_mode(mode: Mode) {
    let mut settings = settings();
    settings.mode = mode;
    settings.apply();
}

/// What [`set_mode`] chose.
#[must_use]
pub fn mode() -> Mode {
    settings().mode
}

/// Chooses what a large store is: one of `bytes` or more. Like the mode, it decides about stores born from now on.
///
/// ```
/// use plimsoll::{Buffer, audit};
///
/// audit::set_mode(audit::Mode::Large);
/// let audited = |bytes| Buffer::alloc(bytes).store().is_some_and(|store| store.is_audited());
/// assert!(audited(64 * 1024) && !audited(64 * 1024 - 1));
/// audit::set_large(16 * 1024);
/// assert!(audited(16 * 1024));
/// ```
pub fn set_large(bytes: usize) {
    let mut settings = settings();
    settings.large = bytes;
    settings.apply();
}

/// What [`set_large`] chose, in bytes: 64 KiB if it has not.
#[must_use]
pub fn large() -> usize {
    settings().large
}

/// Whether a store that is born now is audited: then, how many it stands for.
#[inline]
pub(crate) fn wants_store(cap: usize, slab: bool) -> Option<NonZeroU32> {
    if !cfg!(feature = "audit") {
        None
    } else if cap >= LEAST.load(Ordering::Relaxed) {
        Some(NonZeroU32::MIN)
    } else if slab {
        sample()
    } else {
        None
    }
}

fn sample() -> Option<NonZeroU32> {
    let one_in = NonZeroU32::new(ONE_IN.load(Ordering::Relaxed))?;
    // The last of each row of n, so that no estimate is more than there was.
    let number = SLABS.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
    number.is_multiple_of(one_in.get()).then_some(one_in)
}
