//! Memory that cannot be had is an error that says so, never an abort.

use plimsoll::audit::{self, Mode, Site};
use plimsoll::{AllocError, Buffer, Frozen, Pool, Store, TransferError};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Refuses requests above a limit, on threads that set one.
struct Refusing;

thread_local! {
    static LIMIT: Cell<usize> = const { Cell::new(usize::MAX) };
}

// SAFETY: everything is passed on to the system's allocator; null is the allowed way to refuse.
unsafe impl GlobalAlloc for Refusing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() > LIMIT.get() {
            return ptr::null_mut();
        }
        // SAFETY: passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.size() > LIMIT.get() {
            return ptr::null_mut();
        }
        // SAFETY: passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Refusing = Refusing;

/// AddressSanitizer's allocator ends the process when it is asked for too much, unless it finds this.
#[unsafe(no_mangle)]
extern "C" fn __asan_default_options() -> *const std::ffi::c_char {
    c"allocator_may_return_null=1".as_ptr()
}

fn refusing_above<T>(limit: usize, f: impl FnOnce() -> T) -> T {
    LIMIT.set(limit);
    let outcome = f();
    LIMIT.set(usize::MAX);
    outcome
}

/// The audit's mode is the process's: tests that set it take turns.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

const ISIZE_MAX: usize = isize::MAX as usize;

#[test]
fn absurd_sizes_are_errors_with_the_size_and_the_limit_in_them() {
    let near = |end: usize, back: std::ops::Range<usize>| back.map(move |back| end - back);
    let absurd = near(usize::MAX, 0..70).chain(near(ISIZE_MAX, 0..100)).chain([ISIZE_MAX + 1, usize::MAX / 3 * 2]);
    for len in absurd {
        let mut pool = Pool::with_slab_size(usize::MAX);
        let site = Site::caller();
        let answers: [(&str, Result<(), AllocError>); 8] = [
            ("Buffer::try_alloc", Buffer::try_alloc(len).map(drop)),
            ("Buffer::try_alloc_slow", Buffer::try_alloc_slow(len).map(drop)),
            ("Buffer::try_alloc_pooled", Buffer::try_alloc_pooled(len).map(drop)),
            ("Store::try_zeroed", Store::try_zeroed(len).map(drop)),
            ("Store::try_zeroed_at", Store::try_zeroed_at(len, site).map(drop)),
            ("Pool::try_alloc", Pool::new().try_alloc(len).map(drop)),
            ("Pool::reserve_at", Pool::new().reserve_at(len, site).map(drop)),
            ("Pool::take_at", Pool::new().take_at(len, site).map(drop)),
        ];
        for (name, answer) in answers {
            let error = answer.expect_err(name);
            assert_eq!(error.requested, len, "{name}");
            let said = error.to_string();
            assert!(said.contains(&len.to_string()), "{name}: {said}");
            assert!(error.refused || (error.limit < len && said.contains(&error.limit.to_string())), "{name}: {said}");
        }
        assert!(pool.try_alloc(1).is_err(), "no slab is that large");
        assert!(pool.take_at(1, site).is_err());
        assert_eq!(pool.room(), 0);
        pool.set_slab_size(64);
        assert_eq!(pool.alloc(1).weight().gross, 64, "the pool still works");
    }
}

#[cfg(target_pointer_width = "64")]
#[test]
fn the_sum_of_a_concatenation_may_be_absurd() {
    // Many views of one store add up to more than any store can have, without the memory.
    let many: Vec<Buffer> = vec![Buffer::alloc(1 << 26); 1 << 10];
    let error = refusing_above(1 << 30, || Buffer::try_concat(&many)).expect_err("64 GiB");
    assert_eq!(error.requested as u64, 1 << 36);
}

#[test]
fn a_refusing_allocator_is_an_error_of_every_try_constructor() {
    let _turn = turn();
    let large = vec![1_u8; 100_000];
    let (mutable, frozen) = (Buffer::copy_from(&large), Frozen::copy_from_slice(&large));
    let store = Store::from_vec(large.clone());
    let transferred = |store: Store| match store.transfer() {
        Err((store, TransferError::Alloc(error))) if !store.is_detached() => Err(error),
        _ => Ok(()),
    };
    let frozen_of = |shared: Buffer| match shared.try_freeze() {
        Err((shared, error)) if shared.len() == 100_000 => Err(error),
        _ => Ok(()),
    };
    let site = Site::caller();
    for mode in [Mode::Off, Mode::All] {
        audit::set_mode(mode);
        refusing_above(70_000, || {
            let mut pool = Pool::with_slab_size(300_000);
            let list = [mutable.clone(), mutable.clone()];
            let answers: [(&str, usize, Result<(), AllocError>); 15] = [
                ("Buffer::try_alloc", 100_000, Buffer::try_alloc(100_000).map(drop)),
                ("Buffer::try_alloc_slow", 100_000, Buffer::try_alloc_slow(100_000).map(drop)),
                ("Buffer::try_alloc_pooled", 100_000, Buffer::try_alloc_pooled(100_000).map(drop)),
                ("Buffer::try_copy_from", 100_000, Buffer::try_copy_from(&large).map(drop)),
                ("Buffer::try_concat", 200_000, Buffer::try_concat(&list).map(drop)),
                ("Buffer::try_compact", 100_000, mutable.try_compact().map(drop)),
                ("Buffer::try_freeze", 100_000, frozen_of(mutable.clone())),
                ("Frozen::try_copy_from_slice", 100_000, Frozen::try_copy_from_slice(&large).map(drop)),
                ("Frozen::try_compact", 100_000, frozen.try_compact().map(drop)),
                ("Store::try_zeroed", 100_000, Store::try_zeroed(100_000).map(drop)),
                ("Store::try_resizable", 100_000, Store::try_resizable(0, 100_000).map(drop)),
                ("Store::transfer", 100_000, transferred(store.clone())),
                ("Pool::try_alloc, alone", 200_000, pool.try_alloc(200_000).map(drop)),
                ("Pool::try_alloc, slab", 300_000, pool.try_alloc(8).map(drop)),
                ("Pool::take_at", 300_000, pool.take_at(8, site).map(drop)),
            ];
            for (name, requested, answer) in answers {
                let error = answer.expect_err(name);
                assert_eq!((error.requested, error.refused), (requested, true), "{name}");
                assert_eq!(error.to_string(), format!("the allocator refused {requested} bytes"));
            }
        });
        audit::set_mode(Mode::Off);
    }
}

/// In a process of its own: a thread here could adopt records that another test's thread has left.
#[test]
fn what_there_is_no_memory_to_record_is_made_all_the_same() {
    const ALONE: &str = "PLIMSOLL_TEST_ALONE";
    if std::env::var_os(ALONE).is_none() {
        let this = std::env::current_exe().expect("it runs");
        let name = "what_there_is_no_memory_to_record_is_made_all_the_same";
        let run = std::process::Command::new(this).args(["--exact", name]).env(ALONE, "1").output().expect("it starts");
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout));
        return;
    }
    audit::set_mode(Mode::All);
    let (whole, cut, pooled) = refusing_above(10_000, || {
        let whole = Buffer::try_alloc(500).expect("memory enough");
        let cut = whole.subarray(..10);
        (whole, cut, Buffer::copy_from(b"pooled"))
    });
    assert!(!whole.store().expect("not empty").is_audited(), "the room for records is larger");
    assert!(cut.weight().gross == 500 && pooled.equals(b"pooled"));

    let audited = Buffer::alloc(600);
    assert!(audited.store().expect("not empty").is_audited());
    let views = refusing_above(50_000, || vec![audited.clone(); 1200]); // more than there are records for
    assert!(views.iter().all(|view| view.weight().gross == 600));
}

#[test]
fn a_thread_pool_that_gets_no_slab_is_an_error_and_recovers() {
    refusing_above(8000, || {
        for _ in 0..3 {
            assert!(Buffer::try_alloc_pooled(10).is_err_and(|error| error.requested == 8192 && error.refused));
            assert!(Buffer::try_copy_from(b"0123456789").is_err());
            assert!(Frozen::try_copy_from_slice(b"0123456789").is_err());
            assert!(Buffer::try_concat(&[Buffer::alloc(10)]).is_err());
            assert_eq!(Buffer::try_alloc(10).map(|buffer| buffer.len()), Ok(10));
        }
    });
    let (kept, frozen) = (Buffer::copy_from(b"kept"), Frozen::copy_from_slice(b"kept"));
    refusing_above(8000, || {
        // The current slabs serve on; when they are full, there is no next one.
        let views: Vec<Buffer> = std::iter::from_fn(|| Buffer::try_alloc_pooled(1000).ok()).collect();
        let copies: Vec<Frozen> = std::iter::from_fn(|| Frozen::try_copy_from_slice(&[7; 1000]).ok()).collect();
        assert_eq!((views.len(), copies.len()), (8, 8));
        assert!(kept.equals(b"kept") && *frozen == *b"kept");
    });
    assert_eq!(Buffer::copy_from(b"again").weight().gross, 8192);
    assert_eq!(Frozen::copy_from_slice(b"again").weight().gross, 8192);
}
