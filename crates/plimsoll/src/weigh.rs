//! What many handles hold together: each store counted once, each byte shown once.

use crate::{Buffer, Frozen, Parcel, Reader, Shared, Store, Tracking, Weight};
use std::ops::Range;

/// A handle on bytes that can be weighed together with others: [`Buffer`], [`Frozen`], [`Shared`], [`Reader`], [`Store`],
/// [`Tracking`], [`Parcel`] and references to them. Not to be implemented elsewhere.
///
/// For a mixture, use `&dyn Weigh`.
pub trait Weigh: sealed::Load {}

mod sealed {
    use super::*;

    pub trait Load {
        fn load(&self) -> Loaded;
    }

    /// What one handle holds and shows.
    pub struct Loaded {
        /// 0: no store.
        pub(super) store: u64,
        pub(super) gross: usize,
        /// Addresses.
        pub(super) shown: Range<usize>,
    }

    impl Loaded {
        pub(super) fn new<T>(store: u64, weight: Weight, at: *const T) -> Self {
            Self { store, gross: weight.gross, shown: at.addr()..at.addr() + weight.net }
        }
    }
}

use sealed::{Load, Loaded};

impl Load for Buffer {
    fn load(&self) -> Loaded {
        Loaded::new(self.store_id(), self.weight(), self.cells().as_ptr())
    }
}

impl Load for Frozen {
    fn load(&self) -> Loaded {
        Loaded::new(self.store_id(), self.weight(), self.as_ptr())
    }
}

impl Load for Shared {
    fn load(&self) -> Loaded {
        Loaded::new(self.id(), self.weight(), self.as_ptr())
    }
}

/// Shows what is unread.
impl Load for Reader {
    fn load(&self) -> Loaded {
        Loaded::new(self.store_id(), self.weight(), self.as_ptr())
    }
}

/// Holds all and shows nothing.
impl Load for Store {
    fn load(&self) -> Loaded {
        Loaded::new(self.id(), Weight { net: 0, gross: self.capacity() }, self.as_ptr())
    }
}

impl Load for Tracking {
    fn load(&self) -> Loaded {
        Loaded::new(self.store_id(), self.weight(), self.cells().as_ptr())
    }
}

impl Load for Parcel {
    fn load(&self) -> Loaded {
        Loaded::new(self.id(), self.weight(), self.as_ptr())
    }
}

impl<T: Load + ?Sized> Load for &T {
    fn load(&self) -> Loaded {
        (**self).load()
    }
}

impl Weigh for Buffer {}
impl Weigh for Frozen {}
impl Weigh for Shared {}
impl Weigh for Reader {}
impl Weigh for Store {}
impl Weigh for Tracking {}
impl Weigh for Parcel {}
impl<T: Weigh + ?Sized> Weigh for &T {}

/// What these handles hold **together**: gross counts each store once, net each byte that any of them shows once.
///
/// The sum of single weights says too much where handles share stores: a thousand headers of one packet hold one packet. Sorts
/// the handles, so the cost is a little more than linear in their number.
///
/// ```
/// use plimsoll::{Buffer, Frozen, Weigh, weigh_all};
///
/// let packet = Buffer::alloc(1500);
/// let views = [packet.subarray(..20), packet.subarray(10..60), packet.clone().subarray(..5)];
/// let together = weigh_all(&views);
/// assert_eq!((together.net, together.gross), (60, 1500));
///
/// let frozen = Frozen::from(vec![1; 100]);
/// let all: [&dyn Weigh; 3] = [&views[0], &views[1], &frozen];
/// assert_eq!(weigh_all(all).gross, 1600);
/// ```
#[must_use]
pub fn weigh_all<W: Weigh>(handles: impl IntoIterator<Item = W>) -> Weight {
    let mut stores: Vec<(u64, usize)> = Vec::new();
    let mut shown: Vec<(usize, usize)> = Vec::new();
    for handle in handles {
        let Loaded { store, gross, shown: Range { start, end } } = handle.load();
        // Handles on one store often come one after the other.
        if stores.last() != Some(&(store, gross)) {
            stores.push((store, gross));
        }
        if start < end {
            shown.push((start, end));
        }
    }
    stores.sort_unstable();
    stores.dedup();
    shown.sort_unstable();
    let mut net = 0_usize;
    let mut reach = 0;
    for (start, end) in shown {
        net += end.saturating_sub(start.max(reach));
        reach = reach.max(end);
    }
    Weight { net, gross: stores.iter().fold(0, |sum, &(_, gross)| sum.saturating_add(gross)) }
}
