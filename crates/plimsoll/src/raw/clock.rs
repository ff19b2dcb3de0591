//! A clock that costs one load to read, because it stands still until somebody looks at a real one.
//!
//! It is behind, never ahead: what it says of an age is the most that it can be. It is looked at when an audited store is born, when a
//! reader is filled, once in 256 lives of a record, and when somebody asks for a report.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
#[cfg(feature = "audit")]
use std::time::Duration;
use std::time::Instant;

/// Milliseconds in a tick. Half a word of them is 497 days.
const TICK: u128 = 10;

/// How far a number of ticks is shifted: they are kept in the upper half of a word.
const HALF: u32 = usize::BITS / 2;

/// Ticks since the start, in the upper half of the word.
static NOW: AtomicUsize = AtomicUsize::new(0);

/// Half of a smaller word is no time at all.
const TELLS: bool = usize::BITS >= 64;

#[inline]
pub(super) fn now() -> usize {
    if TELLS { NOW.load(Ordering::Relaxed) } else { 0 }
}

/// Looks at a real clock.
#[cold]
#[inline(never)]
pub(crate) fn tick() {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    if TELLS && cfg!(all(feature = "audit", not(loom))) {
        let ticks = START.elapsed().as_millis() / TICK;
        advance(&NOW, (ticks as usize) << HALF);
    }
}

/// Never back: whoever looked at the real clock earlier may come here later. That also holds where the half word begins again.
fn advance(now: &AtomicUsize, to: usize) {
    let ahead = |now: usize| (to.wrapping_sub(now).cast_signed() > 0).then_some(to);
    let _ = now.fetch_update(Ordering::Relaxed, Ordering::Relaxed, ahead); // Err: it is as late already
}

/// How long ago it was, at most, that the upper half of `then` was [`now`].
#[cfg(feature = "audit")]
pub(super) fn since(then: usize) -> Option<Duration> {
    let ticks = now().wrapping_sub(then & !(usize::MAX >> HALF)) >> HALF;
    TELLS.then(|| Duration::from_millis(ticks as u64 * TICK as u64))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_never_set_back() {
        let now = AtomicUsize::new(0);
        let at = |ticks: usize| ticks << HALF;
        for (to, then) in [(5, 5), (3, 5), (6, 6)] {
            advance(&now, at(to));
            assert_eq!(now.load(Ordering::Relaxed), at(then));
        }
        let last = usize::MAX >> HALF;
        now.store(at(last), Ordering::Relaxed);
        advance(&now, at(1));
        assert_eq!(now.load(Ordering::Relaxed), at(1), "after 497 days it begins again");
        advance(&now, at(last));
        assert_eq!(now.load(Ordering::Relaxed), at(1));
    }
}
