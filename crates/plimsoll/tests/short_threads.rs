//! Threads that come and go leave nothing behind, whatever they did with buffers and whenever in their end they did it.

use plimsoll::audit::{self, Mode};
use plimsoll::{Buffer, Frozen, Pool};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::RefCell;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Counts the bytes that are allocated and not yet freed.
struct Ledger;

static LIVE: AtomicIsize = AtomicIsize::new(0);

fn note(bytes: usize, sign: isize) {
    LIVE.fetch_add(sign * isize::try_from(bytes).unwrap_or(isize::MAX), Ordering::Relaxed);
}

// SAFETY: everything is passed on to the system's allocator.
unsafe impl GlobalAlloc for Ledger {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size(), 1);
        // SAFETY: passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size(), 1);
        // SAFETY: passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        note(layout.size(), -1);
        // SAFETY: passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Ledger = Ledger;

/// What the test harness may hold more than before, in bytes: one block of the channel that it reports through is 9 KB. Eight
/// bytes a thread would be noticed.
const NOISE: isize = 16_000;

const THREADS: usize = if cfg!(miri) { 3 } else { 2000 };

const WARM_UP: usize = if cfg!(miri) { 2 } else { 200 };

/// Runs a test by itself, because the ledger is the whole process's; and on a thread whose end it waits for, because only then
/// has it given back what it kept.
fn alone(test: impl FnOnce() + Send + 'static) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let outcome = thread::spawn(test).join();
    audit::set_mode(Mode::Off);
    outcome.unwrap_or_else(|panic| resume_unwind(panic));
}

/// Fills what a thread keeps for later: a bounded number of slabs.
fn fill_reserves() {
    if cfg!(miri) {
        return; // it would take minutes, and Miri itself looks for leaks
    }
    drop((0..200).map(|_| Frozen::copy_from_slice(&[0; 4000])).collect::<Vec<_>>());
    drop((0..200).map(|_| Buffer::alloc_pooled(4000)).collect::<Vec<_>>());
}

/// Runs `round` often enough for caches to fill, then `THREADS` times, and says how many bytes more are live.
fn growth(warm_up: usize, mut round: impl FnMut(usize)) -> isize {
    fill_reserves();
    (0..warm_up).for_each(&mut round);
    let before = LIVE.load(Ordering::Relaxed);
    (0..THREADS).for_each(&mut round);
    LIVE.load(Ordering::Relaxed) - before
}

fn in_thread<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> T {
    thread::spawn(f).join().expect("the thread did its work")
}

fn with_spare_capacity() -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1000);
    bytes.extend([4; 100]);
    bytes
}

#[test]
fn threads_that_only_drop_leave_nothing_behind() {
    alone(|| {
        for mode in [Mode::Off, Mode::All] {
            audit::set_mode(mode);
            let grown = growth(WARM_UP, |i| {
                let on_a_current_slab = Frozen::copy_from_slice(&[1; 40]);
                let last_of_its_slab = in_thread(|| Frozen::copy_from_slice(&[2; 40]));
                let alone = Frozen::copy_from_slice(&[3; 5000]);
                let taken_over = Buffer::from_vec(with_spare_capacity()).freeze();
                let (a, b) = ((on_a_current_slab.slice(3..9), last_of_its_slab), (alone.clone(), taken_over));
                let other = thread::spawn(move || drop(a));
                in_thread(move || drop(b));
                other.join().expect("the thread did its work");
                drop(if i % 2 == 0 { (on_a_current_slab, Frozen::default()) } else { (alone, on_a_current_slab) });
            });
            audit::set_mode(Mode::Off);
            assert!(cfg!(miri) || grown < NOISE, "{mode:?}: {grown} bytes");
        }
    });
}

#[test]
fn views_that_outlive_their_thread_are_freed_when_they_are_dropped() {
    alone(|| {
        for mode in [Mode::Off, Mode::All] {
            audit::set_mode(mode);
            let kept: RefCell<Vec<Vec<Frozen>>> = RefCell::new(Vec::with_capacity(THREADS));
            let fill = |seed: u8| {
                in_thread(move || {
                    let mut pool = Pool::with_slab_size(1000);
                    let buffers: Vec<Buffer> = (0..20)
                        .map(|i| if i % 2 == 0 { Buffer::copy_from(&[seed; 900]) } else { pool.alloc(300) })
                        .collect();
                    let copies: Vec<Frozen> = (0..20).map(|_| Frozen::copy_from_slice(&[seed; 900])).collect();
                    drop(buffers);
                    copies.into_iter().step_by(7).collect::<Vec<_>>()
                })
            };
            let drop_all = || {
                for views in kept.borrow_mut().drain(..) {
                    assert!(views.iter().all(|view| view.len() == 900 && view.iter().all(|&byte| byte == view[0])));
                }
            };
            let grown = growth(THREADS, |i| {
                kept.borrow_mut().push(fill(i as u8));
                if i + 1 == THREADS {
                    drop_all();
                }
            });
            audit::set_mode(Mode::Off);
            // There may be more room for records than last time, in proportion to the views that were alive at once.
            let records = if mode == Mode::All { 256 * 1024 } else { 0 };
            assert!(cfg!(miri) || grown < NOISE + records, "{mode:?}: {grown} bytes");
        }
    });
}

#[test]
fn records_of_views_that_are_dropped_elsewhere_are_used_again() {
    alone(|| {
        audit::set_mode(Mode::All);
        let whole = Frozen::copy_from_slice(&[1; 5000]);
        let grown = growth(WARM_UP, |_| {
            let views: Vec<Frozen> = (0..100).map(|at| whole.slice(at..at + 10)).collect();
            in_thread(move || drop(views));
        });
        audit::set_mode(Mode::Off);
        assert!(
            cfg!(miri) || grown < NOISE,
            "{grown} bytes for the records of {} views, a hundred at a time",
            THREADS * 100
        );
    });
}

/// Handles that live in a thread-local, and what is done when it is destroyed.
#[derive(Default)]
struct AtExit {
    buffers: Vec<Buffer>,
    frozen: Vec<Frozen>,
    pool: Option<Pool>,
}

static SURVIVORS: Mutex<Vec<Frozen>> = Mutex::new(Vec::new());

impl Drop for AtExit {
    fn drop(&mut self) {
        for (at, buffer) in self.buffers.iter().enumerate() {
            assert_eq!(buffer.to_vec(), vec![at as u8; buffer.len()]);
        }
        let cut = self.buffers.iter().map(|buffer| buffer.subarray(1..)).collect::<Vec<_>>();
        drop(std::mem::take(&mut self.buffers));
        assert!(cut.iter().enumerate().all(|(at, cut)| cut.get(0) == Some(at as u8)));

        // The pool still answers, now or for the last time.
        let made = [Buffer::copy_from(b"made at the very end"), Buffer::alloc_pooled(100), Buffer::alloc(5000)];
        assert!(made[0].equals(b"made at the very end"));
        let frozen = Frozen::copy_from_slice(b"the same, sendable");
        let mut survivors = SURVIVORS.lock().unwrap_or_else(PoisonError::into_inner);
        survivors.extend(self.frozen.drain(..).step_by(2));
        survivors.push(frozen.slice(4..));
        survivors.push(made[2].clone().freeze());
        drop(survivors);
        if let Some(pool) = &mut self.pool {
            let views: Vec<Buffer> = (0..30).map(|_| pool.alloc(100)).collect();
            assert!(views.iter().all(|view| view.weight().gross == 8192));
        }
    }
}

thread_local! {
    static BEFORE: RefCell<AtExit> = RefCell::default();
    static AFTER: RefCell<AtExit> = RefCell::default();
}

fn fill(at_exit: &RefCell<AtExit>) {
    let mut at_exit = at_exit.borrow_mut();
    at_exit.buffers = (0..12).map(|seed| Buffer::copy_from(&[seed; 3000])).collect();
    at_exit.frozen = (0..12).map(|seed| Frozen::copy_from_slice(&[seed; 3000])).collect();
    let mut pool = Pool::new();
    drop(pool.alloc(3000));
    at_exit.pool = Some(pool);
}

#[test]
fn thread_locals_may_use_and_drop_buffers_whichever_destructor_runs_first() {
    alone(|| {
        for mode in [Mode::Off, Mode::All] {
            audit::set_mode(mode);
            let grown = growth(WARM_UP, |_| {
                in_thread(|| {
                    // One destructor is registered before the pool's own and one after it, so one runs when that is over.
                    BEFORE.with(|_| ());
                    drop(Buffer::copy_from(b"registers the pool's"));
                    drop(Frozen::copy_from_slice(b"registers the pool's"));
                    AFTER.with(fill);
                    BEFORE.with(fill);
                });
                let mut survivors = SURVIVORS.lock().unwrap_or_else(PoisonError::into_inner);
                assert_eq!(survivors.len(), 16);
                assert!(
                    survivors
                        .iter()
                        .all(|survivor| survivor.len() != 3000 || survivor.iter().all(|&byte| byte == survivor[0]))
                );
                survivors.clear();
            });
            audit::set_mode(Mode::Off);
            assert!(cfg!(miri) || grown < NOISE, "{mode:?}: {grown} bytes");
        }
    });
}

#[test]
fn a_thread_whose_first_use_of_the_pool_is_in_a_destructor_leaves_nothing_behind() {
    struct OnlyAtExit;
    impl Drop for OnlyAtExit {
        fn drop(&mut self) {
            let views: Vec<Buffer> = (0..20).map(|seed| Buffer::copy_from(&[seed; 1000])).collect();
            let frozen: Vec<Frozen> = (0..20).map(|seed| Frozen::copy_from_slice(&[seed; 1000])).collect();
            assert!(views.iter().zip(&frozen).all(|(view, frozen)| view.equals(&**frozen)));
        }
    }
    thread_local! {
        static ONLY: OnlyAtExit = const { OnlyAtExit };
    }
    alone(|| {
        for mode in [Mode::Off, Mode::All] {
            audit::set_mode(mode);
            let grown = growth(WARM_UP, |_| in_thread(|| ONLY.with(|_| ())));
            audit::set_mode(Mode::Off);
            assert!(cfg!(miri) || grown < NOISE, "{mode:?}: {grown} bytes");
        }
    });
}

#[test]
fn a_slab_is_freed_when_its_last_view_goes() {
    alone(|| {
        let live = || LIVE.load(Ordering::Relaxed);
        let mut pool = Pool::with_slab_size(1 << 20);
        let before = live();
        let (small, other) = (pool.alloc(10), pool.alloc(10));
        assert!(live() - before + NOISE >= 1 << 20);
        drop(pool);
        drop(other);
        assert!(live() - before + NOISE >= 1 << 20, "ten bytes hold a mebibyte");
        drop(small);
        assert!(live() - before < NOISE);

        let elsewhere = in_thread(|| (0..64).map(|seed| Frozen::copy_from_slice(&[seed; 4000])).collect::<Vec<_>>());
        assert!(live() - before + NOISE >= 64 * 4000);
        let (first, rest) =
            elsewhere.split_first().map(|(first, rest)| (first.clone(), rest.to_vec())).expect("64 of them");
        drop((elsewhere, rest));
        assert!(live() - before < 8192 + 64 + NOISE, "one view holds one slab: {}", live() - before);
        drop(first);
        assert!(live() - before < NOISE);
    });
}
