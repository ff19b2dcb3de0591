//! What a slice really holds, whoever made it; what many handles hold together.

use crate::raw::weighing::{self, Made};
use crate::{Buffer, Frozen, Parcel, Reader, Shared, Store, Tracking, Weight};
use std::fmt;
use std::ops::Range;

/// What [`weigh`] found out about a slice.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Weighed {
    /// Net is the slice's length, gross what it keeps alive with it.
    pub weight: Weight,
    /// What kind of thing is kept alive.
    pub holder: Holder,
    /// Where that was made: of a store if it is [audited](crate::audit), of an allocation if it was
    /// [sampled](crate::alloc::Weighing).
    pub born: Option<Birth>,
}

/// What a slice keeps alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Holder {
    /// A store of this library.
    Store,
    /// Memory that somebody took from an allocator which is [`Weighing`](crate::alloc::Weighing). Gross is what they asked for.
    Allocation,
}

/// Where an allocation was made.
///
/// Printed, it is `file:line`: of a store the line that made it; of an allocation the innermost line of the program's own code on
/// the way to it, and all of the way as an alternative (`{:#}`), a line for each function. Giving names to a way reads the
/// program's debug information: milliseconds, and memory that is kept.
#[derive(Clone, Copy)]
pub struct Birth(Made);

impl fmt::Display for Birth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Made::At(site) => site.fmt(f),
            #[cfg(feature = "backtrace")]
            Made::On(trace) => trace.fmt(f),
        }
    }
}

impl fmt::Debug for Birth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Birth({self})")
    }
}

/// What a slice really holds: the allocation it lies in, whatever type owns it.
///
/// Stores of this library are known by their addresses. So are the allocations of everybody else, a `Vec`, an `Arc<[u8]>`, the `Bytes`
/// of an HTTP body, in a program that installs [`Weighing`](crate::alloc::Weighing) as its allocator: a cache can weigh what it is
/// given, and a test can assert what a header keeps, without changing a type.
///
/// None for what is not known: allocations and stores below 4 KiB, which can hide no more than that; static memory, the stack,
/// memory maps; an empty slice. A `Frozen` [lent by an owner](crate::Frozen::from_owner) is weighed as what it lies in.
///
/// Takes no lock and costs about as much as a look-up in a hash table, however many allocations there are.
///
/// ```
/// use plimsoll::{Frozen, Holder, weigh};
///
/// let packet = Frozen::from(vec![0; 64 * 1024]);
/// let header: &[u8] = &packet[..40];
/// let weighed = weigh(header).unwrap();
/// assert_eq!((weighed.weight.net, weighed.weight.gross), (40, 64 * 1024));
/// assert_eq!(weighed.holder, Holder::Store);
/// assert!(weigh(b"static").is_none());
/// ```
#[must_use]
pub fn weigh(bytes: &[u8]) -> Option<Weighed> {
    let holding = weighing::holding(bytes)?;
    Some(Weighed {
        weight: Weight { net: bytes.len(), gross: holding.gross },
        holder: if holding.is_store { Holder::Store } else { Holder::Allocation },
        born: holding.made.map(Birth),
    })
}

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
