//! Slabs: small requests are carved from one store by moving a pointer.
//!
//! Each thread has two current slabs, one for local views and one for sendable handles (S4), a window of biased slabs behind
//! the second, and a few spare slabs. The thread's exit guard settles all of it; afterwards requests get stores of their own.
//!
//! *Invariant P1.* A cursor's slab is kept alive by a reference of the cursor's own (local) or by its bias (sendable), and
//! `at..at + room` is the part of it that nobody has been given.

use super::counts::{Counts, Token};
use super::record;
use super::site::Site;
use super::store::{self, Header};
use super::window::Window;
use crate::budget::Budget;
use crate::error::AllocError;
use std::cell::{Cell, UnsafeCell};
use std::ptr::{self, NonNull};

/// The default slab, in bytes: Node's `Buffer.poolSize` up to version 26.2.
pub(crate) const SLAB: usize = 8 * 1024;

/// Slabs a thread keeps for its next refill.
const SPARES: usize = 8;

/// Requests are rounded up to this much, so that every pooled view can serve as any typed array.
const GRAIN: usize = 8;

/// A slab and how far it has been handed out.
pub(crate) struct Cursor {
    slab: Option<NonNull<Header>>,
    at: *mut u8,
    room: usize,
    /// Slabs started so far, and bytes at their ends that no request fitted in.
    started: u64,
    wasted: u64,
    /// Of the slabs that were started, those that had to be allocated.
    allocated: u64,
}

impl Cursor {
    pub(crate) const fn new() -> Self {
        Self { slab: None, at: ptr::null_mut(), room: 0, started: 0, wasted: 0, allocated: 0 }
    }

    pub(crate) fn room(&self) -> usize {
        self.room
    }

    pub(crate) fn slab(&self) -> Option<NonNull<Header>> {
        self.slab
    }

    /// Bytes of the current slab handed out so far.
    pub(crate) fn offset(&self) -> usize {
        self.slab.map_or(0, |slab| {
            // SAFETY: P1.
            self.at.addr() - unsafe { slab.as_ref() }.data().addr()
        })
    }

    pub(crate) fn started(&self) -> u64 {
        self.started
    }

    pub(crate) fn allocated(&self) -> u64 {
        self.allocated
    }

    /// Bytes of the slab that is being filled.
    pub(crate) fn held(&self) -> usize {
        // SAFETY: P1.
        self.slab.map_or(0, |slab| unsafe { slab.as_ref() }.cap())
    }

    pub(crate) fn wasted(&self) -> u64 {
        self.wasted
    }

    /// Hands out `len` bytes, rounded up. The caller has made sure that there is room for `len`.
    #[inline]
    pub(crate) fn advance(&mut self, len: usize) {
        // The last grain of an odd-sized slab may be short.
        let step = grains(len.min(self.room)).min(self.room);
        self.at = self.at.wrapping_add(step);
        self.room -= step;
    }

    fn start(&mut self, slab: NonNull<Header>) {
        // SAFETY: P1: the caller hands the slab's reference over.
        let header = unsafe { slab.as_ref() };
        (self.slab, self.at, self.room) = (Some(slab), header.data(), header.cap());
        self.started += 1;
    }

    /// Gives up the rest of the slab. Returns it, with the reference that the cursor held on it.
    fn leave(&mut self) -> Option<NonNull<Header>> {
        self.wasted += self.room as u64;
        (self.at, self.room) = (ptr::null_mut(), 0);
        self.slab.take()
    }

    /// Starts a slab of `size` bytes for local views: the present one again, if nobody holds any of it.
    /// A new one is charged to `budget` first.
    pub(crate) fn refill_local(
        &mut self,
        size: usize,
        budget: Option<&Budget>,
        zeroize: bool,
        site: Site,
    ) -> Result<(), AllocError> {
        let current = self.leave();
        let slab = match current.filter(|slab| {
            // SAFETY: P1.
            let slab = unsafe { slab.as_ref() };
            slab.counts().local_views() == 1 && slab.cap() == size && slab.is_zeroized() == zeroize
        }) {
            Some(slab) => {
                if zeroize {
                    // SAFETY: P1: the cursor's reference is the only one, so nobody looks at the bytes.
                    unsafe { store::wipe(slab) }
                }
                slab
            }
            None => {
                if let Some(slab) = current {
                    leave_local(slab);
                }
                let charge = budget.map(|budget| budget.try_charge(size)).transpose()?;
                match if charge.is_none() && !zeroize { spare(size) } else { None } {
                    Some(slab) => {
                        // SAFETY: a spare slab is held by the thread's list, which has just given it to us.
                        unsafe { slab.as_ref() }.counts().restart_local();
                        slab
                    }
                    None => {
                        let slab = store::slab(size, Counts::local(), charge, zeroize)?;
                        self.allocated += 1;
                        slab
                    }
                }
            }
        };
        store::renew_audit(slab, site);
        self.start(slab);
        Ok(())
    }

    /// Gives the slab up: the end of a pool for local views.
    pub(crate) fn close_local(&mut self) {
        if let Some(slab) = self.leave() {
            leave_local(slab);
        }
    }
}

/// The pool no longer fills this slab; its views keep it from now on.
fn leave_local(slab: NonNull<Header>) {
    // SAFETY: P1: the cursor's reference is still ours.
    let header = unsafe { slab.as_ref() };
    header.set_reserve(false);
    if header.counts().release_local() {
        // SAFETY: that was the last reference.
        unsafe { store::destroy(slab) }
    }
}

fn grains(len: usize) -> usize {
    (len + (GRAIN - 1)) & !(GRAIN - 1)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing here needs settling yet.
    Fresh,
    /// The exit guard is registered.
    Live,
    /// The exit guard has run.
    Over,
}

struct Thread {
    local: Cursor,
    sendable: Cursor,
    window: Window<Header>,
    spare: [Option<NonNull<Header>>; SPARES],
    spares: usize,
    stage: Stage,
}

thread_local! {
    // Without a destructor of its own it stays usable until the thread is gone, whatever order the others run in.
    static THREAD: UnsafeCell<Thread> = const {
        UnsafeCell::new(Thread {
            local: Cursor::new(),
            sendable: Cursor::new(),
            window: Window::new(),
            spare: [None; SPARES],
            spares: 0,
            stage: Stage::Fresh,
        })
    };
    static GUARD: ExitGuard = const { ExitGuard };
    static TOKEN: Cell<u8> = const { Cell::new(0) };
}

/// Settles the thread's slabs and records when it ends.
struct ExitGuard;

impl Drop for ExitGuard {
    fn drop(&mut self) {
        let t = thread();
        // SAFETY: T1.
        let (mut local, mut window) = unsafe {
            (*t).stage = Stage::Over; // from here on slabs that die are freed, not kept
            (*t).sendable = Cursor::new();
            (std::mem::replace(&mut (*t).local, Cursor::new()), std::mem::replace(&mut (*t).window, Window::new()))
        };
        local.close_local();
        // SAFETY: the window says that nobody holds the slab.
        window.clear(|slab| unsafe { store::destroy(slab) });
        while let Some(slab) = spare(SLAB) {
            // SAFETY: a spare slab is nobody else's.
            unsafe { store::free(slab) }
        }
        record::leave_thread();
    }
}

/// *Invariant T1.* The pointer is valid on this thread, and no reference made from it outlives the expression it is made in:
/// no code of the crate runs meanwhile that could come back here.
#[inline]
fn thread() -> *mut Thread {
    THREAD.with(UnsafeCell::get)
}

/// This thread's name in the counts of the slabs it owns.
#[inline]
pub(crate) fn token() -> Token {
    TOKEN.with(|t| ptr::from_ref(t).addr())
}

/// Makes sure that the exit guard will run. False: it already has.
pub(crate) fn enter_thread() -> bool {
    let t = thread();
    // SAFETY: T1.
    unsafe {
        if (*t).stage == Stage::Fresh {
            (*t).stage = if GUARD.try_with(|_| ()).is_ok() { Stage::Live } else { Stage::Over };
        }
        (*t).stage == Stage::Live
    }
}

/// Keeps a slab that nobody holds for a later refill. False: the caller frees it.
///
/// A thread that never filled a slab keeps none, so threads that only drop leave nothing behind.
pub(crate) fn recycle(slab: NonNull<Header>) -> bool {
    let t = thread();
    // SAFETY: T1; the slab is ours.
    unsafe {
        let keep = (*t).stage == Stage::Live
            && (*t).spares < SPARES
            && slab.as_ref().cap() == SLAB
            && slab.as_ref().is_common();
        if keep {
            (*t).spare[(*t).spares] = Some(slab);
            (*t).spares += 1;
        }
        keep
    }
}

fn spare(size: usize) -> Option<NonNull<Header>> {
    let t = thread();
    // SAFETY: T1.
    unsafe {
        if size != SLAB || (*t).spares == 0 {
            return None;
        }
        (*t).spares -= 1;
        (*t).spare[(*t).spares].take()
    }
}

/// Whether a request of `len` bytes is pooled: Node's rule.
#[inline]
fn is_pooled(len: usize) -> bool {
    len.wrapping_sub(1) < SLAB / 2 - 1
}

/// Bytes for a local view from the thread's slab, if they are to be pooled and the slab has room. The view's reference has
/// been counted.
#[inline]
pub(crate) fn take_local(len: usize) -> Option<(NonNull<Header>, *mut u8)> {
    let t = thread();
    // SAFETY: T1; P1 for the slab.
    unsafe {
        if !is_pooled(len) || grains(len) > (*t).local.room {
            return None;
        }
        let cursor = &mut (*t).local;
        let slab = cursor.slab.unwrap_unchecked();
        let at = cursor.at;
        cursor.at = at.add(grains(len));
        cursor.room -= grains(len);
        slab.as_ref().counts().retain_local();
        Some((slab, at))
    }
}

/// The same with a new slab. None: not to be pooled, or the thread is ending.
#[cold]
#[inline(never)]
pub(crate) fn take_local_anew(len: usize, site: Site) -> Result<Option<(NonNull<Header>, *mut u8)>, AllocError> {
    match take_local(len) {
        None if is_pooled(len) && refill_thread_local(site)? => Ok(take_local(len)),
        taken => Ok(taken),
    }
}

fn refill_thread_local(site: Site) -> Result<bool, AllocError> {
    if !enter_thread() {
        return Ok(false);
    }
    let t = thread();
    // SAFETY: T1. The cursor is moved out because the audit's bookkeeping below may come back to this thread's state.
    let mut cursor = unsafe { std::mem::replace(&mut (*t).local, Cursor::new()) };
    let outcome = cursor.refill_local(SLAB, None, false, site);
    // SAFETY: T1.
    unsafe { (*t).local = cursor };
    outcome.map(|()| true)
}

/// As [`take_local`], for a sendable handle.
#[inline]
pub(crate) fn take_sendable(len: usize) -> Option<(NonNull<Header>, *mut u8)> {
    let t = thread();
    // SAFETY: T1; P1 for the slab, which is biased to this thread while it is current.
    unsafe {
        if !is_pooled(len) || grains(len) > (*t).sendable.room {
            return None;
        }
        let cursor = &mut (*t).sendable;
        let slab = cursor.slab.unwrap_unchecked();
        let at = cursor.at;
        cursor.at = at.add(grains(len));
        cursor.room -= grains(len);
        slab.as_ref().counts().retain_biased();
        Some((slab, at))
    }
}

/// As [`take_local_anew`], for a sendable handle.
#[cold]
#[inline(never)]
pub(crate) fn take_sendable_anew(len: usize, site: Site) -> Result<Option<(NonNull<Header>, *mut u8)>, AllocError> {
    match take_sendable(len) {
        None if is_pooled(len) && refill_thread_sendable(site)? => Ok(take_sendable(len)),
        taken => Ok(taken),
    }
}

fn refill_thread_sendable(site: Site) -> Result<bool, AllocError> {
    if !enter_thread() {
        return Ok(false);
    }
    let t = thread();
    // SAFETY: T1. From here until `start` the thread has no current slab, so nothing can hand out of the one we leave.
    let again = unsafe {
        let _left = (*t).sendable.leave();
        (*t).window.take_again()
    };
    let slab = match again {
        Some(slab) => slab,
        None => {
            let slab = match spare(SLAB) {
                Some(slab) => slab,
                None => store::slab(SLAB, Counts::biased(token()), None, false)?,
            };
            // SAFETY: nobody else has this slab.
            unsafe { slab.as_ref() }.counts().start_biased(token());
            // SAFETY: T1.
            if let Some(idle) = unsafe { (*t).window.push(slab) } {
                // SAFETY: the window says that nobody holds it.
                unsafe { store::destroy(idle) }
            }
            slab
        }
    };
    store::renew_audit(slab, site);
    // SAFETY: T1.
    unsafe { (*t).sendable.start(slab) };
    Ok(true)
}
