//! An allocator that remembers, and what is remembered of an address.
//!
//! *Invariant H1.* The tag of a store's data in the index is its header, that of an allocation on the heap is a trace; both may be
//! null. The first is valid as long as the data (S1, S2), the second for ever (A1).

#[cfg(feature = "backtrace")]
use super::births::{Sampling, Trace};
use super::index::{self, Found, SMALLEST};
use super::site::Site;
use super::store::Header;
use std::alloc::{GlobalAlloc, Layout};
use std::ptr;

/// A global allocator that remembers where its allocations of 4 KiB and more are, for [`weigh`](crate::weigh()).
///
/// ```
/// use plimsoll::alloc::Weighing;
/// use std::alloc::System;
///
/// #[global_allocator]
/// static ALLOCATOR: Weighing<System> = Weighing::new(System);
///
/// let body = vec![0_u8; 1 << 20];
/// let weighed = plimsoll::weigh(&body[100..116]).expect("it is large, and it went through the allocator");
/// assert_eq!((weighed.weight.net, weighed.weight.gross), (16, 1 << 20));
/// ```
///
/// It takes no lock and passes everything on: zeroed memory stays untouched, what can grow in place does. An allocation below 4 KiB
/// pays a comparison; a larger one a few loads and stores, when it is born and when it dies. The index takes 0.2 % of the
/// addresses in use, straight from the operating system's allocator, and is kept.
///
/// With the feature `backtrace` it takes a trace of some allocations, and `Weighing::births` says of which.
#[derive(Clone, Copy, Debug)]
pub struct Weighing<A> {
    inner: A,
    #[cfg(feature = "backtrace")]
    sampling: Sampling,
}

impl<A> Weighing<A> {
    /// Around another allocator.
    #[must_use]
    pub const fn new(inner: A) -> Self {
        Self {
            inner,
            #[cfg(feature = "backtrace")]
            sampling: Sampling::new(1024, 1 << 20),
        }
    }

    /// Remembers the place of one allocation in `one_in` among those of 4 KiB and more (0: of none), and of each of `from` bytes
    /// and more. One in 1,024 and each of 1 MiB if not told otherwise.
    ///
    /// Each thread counts for itself and begins with its first. A trace costs one to three microseconds; it has 32 frames at
    /// most, and 16,384 different ones are kept, for ever. What grows keeps the place it had. None are taken on Windows.
    #[cfg(feature = "backtrace")]
    #[must_use]
    pub const fn births(mut self, one_in: u32, from: usize) -> Self {
        self.sampling = Sampling::new(one_in, from);
        self
    }

    /// Enters what the inner allocator has given out, with the tag that it had before it was moved.
    #[inline]
    fn enter(&self, at: *mut u8, len: usize, tag: *mut ()) {
        if let Some(heap) = index::heap()
            && !at.is_null()
        {
            #[cfg(feature = "backtrace")]
            let tag = if tag.is_null() && len >= SMALLEST { self.sampling.trace(len) } else { tag };
            heap.insert(at, len, tag);
        }
    }

    /// Takes out what the inner allocator is about to be given back.
    #[inline]
    fn take_out(at: *mut u8, len: usize) -> *mut () {
        index::heap().map_or(ptr::null_mut(), |heap| heap.remove(at, len))
    }
}

/// The large ones are calls of their own, so that a small one is a comparison and a jump.
impl<A: GlobalAlloc> Weighing<A> {
    #[inline(never)]
    unsafe fn alloc_large(&self, layout: Layout) -> *mut u8 {
        // SAFETY: passed on.
        let at = unsafe { self.inner.alloc(layout) };
        self.enter(at, layout.size(), ptr::null_mut());
        at
    }

    #[inline(never)]
    unsafe fn alloc_zeroed_large(&self, layout: Layout) -> *mut u8 {
        // SAFETY: passed on.
        let at = unsafe { self.inner.alloc_zeroed(layout) };
        self.enter(at, layout.size(), ptr::null_mut());
        at
    }

    #[inline(never)]
    unsafe fn dealloc_large(&self, at: *mut u8, layout: Layout) {
        Self::take_out(at, layout.size());
        // SAFETY: passed on.
        unsafe { self.inner.dealloc(at, layout) }
    }

    #[inline(never)]
    unsafe fn realloc_large(&self, at: *mut u8, layout: Layout, len: usize) -> *mut u8 {
        // Before, because as soon as it is moved another thread may be given the memory (I1). Nobody weighs what is being moved.
        let tag = Self::take_out(at, layout.size());
        // SAFETY: passed on.
        let moved = unsafe { self.inner.realloc(at, layout, len) };
        if moved.is_null() {
            self.enter(at, layout.size(), tag); // it is where it was
        } else {
            self.enter(moved, len, tag);
        }
        moved
    }
}

// SAFETY: every call is passed on as it came, and its answer passed back.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Weighing<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: passed on.
        unsafe { if layout.size() < SMALLEST { self.inner.alloc(layout) } else { self.alloc_large(layout) } }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: passed on.
        unsafe {
            if layout.size() < SMALLEST { self.inner.alloc_zeroed(layout) } else { self.alloc_zeroed_large(layout) }
        }
    }

    #[inline]
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: passed on.
        unsafe {
            if layout.size() < SMALLEST { self.inner.dealloc(at, layout) } else { self.dealloc_large(at, layout) }
        }
    }

    #[inline]
    unsafe fn realloc(&self, at: *mut u8, layout: Layout, len: usize) -> *mut u8 {
        // SAFETY: passed on.
        unsafe {
            if layout.size().max(len) < SMALLEST {
                self.inner.realloc(at, layout, len)
            } else {
                self.realloc_large(at, layout, len)
            }
        }
    }
}

/// Where an allocation was made.
#[derive(Clone, Copy)]
pub(crate) enum Made {
    At(Site),
    #[cfg(feature = "backtrace")]
    On(&'static Trace),
}

/// What a slice lies in.
pub(crate) struct Holding {
    pub(crate) is_store: bool,
    pub(crate) gross: usize,
    pub(crate) made: Option<Made>,
}

/// None: in nothing that was entered.
pub(crate) fn holding(bytes: &[u8]) -> Option<Holding> {
    let first = bytes.first()?; // an empty slice may point anywhere
    let address = ptr::from_ref(first).addr();
    if let Some(Found { len, tag }) = index::stores()?.find(address) {
        // SAFETY: H1. The slice is borrowed, so its store is alive, and what was found is its own (I4).
        let header = unsafe { tag.cast::<Header>().as_ref() };
        return Some(Holding { is_store: true, gross: len, made: header.and_then(Header::birth).map(Made::At) });
    }
    let Found { len, tag: _tag } = index::heap()?.find(address)?;
    #[cfg(feature = "backtrace")]
    // SAFETY: H1.
    let made = unsafe { Trace::from_tag(_tag) }.map(Made::On);
    #[cfg(not(feature = "backtrace"))]
    let made = None;
    Some(Holding { is_store: false, gross: len, made })
}
