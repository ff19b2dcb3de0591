//! Nothing is ever over the line, and whoever waits is served in turn.

use plimsoll::{AllocError, Budget, Buffer, Charge, Charging, Frozen, Pool, Reader, Shared, Store};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

const KIB: usize = 1024;

/// Counts how often it is woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn poll(charging: &mut Charging) -> Poll<Result<Charge, AllocError>> {
    Pin::new(charging).poll(&mut Context::from_waker(Waker::noop()))
}

fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        thread::park_timeout(Duration::from_secs(30));
    }
}

#[test]
fn a_store_is_charged_once_and_refunded_with_its_last_view() {
    let budget = Budget::new(100 * KIB);
    let whole = Buffer::try_alloc_in(&budget, 60 * KIB).unwrap();
    let views: Vec<Buffer> = (0..100).map(|at| whole.subarray(at..at + 10)).collect();
    assert_eq!(budget.held(), 60 * KIB);
    drop(whole);
    assert_eq!(budget.held(), 60 * KIB);
    assert_eq!(views[3].keep_anyway().weight().gross, 10);
    drop(views);
    assert_eq!((budget.held(), budget.peak()), (0, 60 * KIB));
}

trait KeepAnyway {
    fn keep_anyway(&self) -> Buffer;
}

impl KeepAnyway for Buffer {
    fn keep_anyway(&self) -> Buffer {
        self.compact() // not charged: made under no budget
    }
}

#[test]
fn an_error_has_the_figures_and_charges_nothing() {
    let outer = Budget::new(50 * KIB);
    let inner = outer.child(100 * KIB);
    let _held = Buffer::try_alloc_in(&inner, 30 * KIB).unwrap();
    let error = Buffer::try_alloc_in(&inner, 30 * KIB).unwrap_err();
    assert_eq!(
        (error.requested, error.held, error.limit),
        (30 * KIB, Some(30 * KIB), 50 * KIB),
        "the outer line was met"
    );
    assert!(error.to_string().contains("51200"), "{error}");
    assert_eq!((inner.held(), outer.held()), (30 * KIB, 30 * KIB));
    assert_eq!((inner.available(), outer.available()), (20 * KIB, 20 * KIB));
    for absurd in [usize::MAX, usize::MAX - 30 * KIB + 1, isize::MAX as usize] {
        assert!(Buffer::try_alloc_in(&inner, absurd).is_err());
    }
    assert!(Buffer::try_alloc_in(&Budget::new(usize::MAX), usize::MAX).is_err(), "beyond what a store can have");
}

#[test]
fn a_refused_allocation_is_refunded() {
    let budget = Budget::new(usize::MAX);
    assert!(Buffer::try_alloc_in(&budget, isize::MAX as usize - 1).is_err());
    assert_eq!(budget.held(), 0);
}

#[test]
fn a_store_freed_on_another_thread_is_refunded_there() {
    let budget = Budget::new(KIB);
    let frozen: Frozen = Buffer::try_alloc_in(&budget, KIB).unwrap().freeze();
    let other = frozen.clone();
    thread::spawn(move || drop(frozen)).join().unwrap();
    assert_eq!(budget.held(), KIB);
    thread::spawn(move || drop(other)).join().unwrap();
    assert_eq!(budget.held(), 0);
}

#[test]
fn a_pool_charges_its_slabs() {
    let budget = Budget::new(20 * KIB);
    let mut pool = Pool::new().with_budget(budget.clone());
    let first: Vec<Buffer> = (0..100).map(|_| pool.alloc(16)).collect();
    assert_eq!(budget.held(), 8 * KIB, "one slab, whatever is cut from it");
    let survivor = first.into_iter().next_back();
    let _large = pool.try_alloc(10 * KIB).unwrap();
    assert_eq!(budget.held(), 18 * KIB);
    let error = (0..10_000).find_map(|_| pool.try_alloc(3 * KIB).err()).unwrap();
    assert_eq!(error.held, Some(18 * KIB));
    drop((pool, _large));
    assert_eq!(budget.held(), 8 * KIB, "the survivor holds its slab");
    drop(survivor);
    assert_eq!(budget.held(), 0);
}

#[test]
fn a_readers_frames_hold_its_budget() {
    let budget = Budget::new(200 * KIB);
    let mut reader = Reader::new().with_budget(budget.clone());
    let mut frames = Vec::new();
    let error = loop {
        if let Err(error) = reader.try_reserve(1000) {
            break error;
        }
        reader.extend_from_slice(&[1; 1000]);
        frames.push(reader.split_to(1000).unwrap());
    };
    assert_eq!((error.held, error.limit), (Some(192 * KIB), 200 * KIB), "three chunks of 64 KiB");
    frames.clear();
    reader.try_reserve(1000).unwrap();
    assert!(budget.held() <= 128 * KIB, "the chunks of the dropped frames were refunded");
    drop(reader);
    assert_eq!(budget.held(), 0);
}

#[test]
fn nothing_is_ever_over_the_line() {
    const LIMIT: usize = 512 * KIB;
    let outer = Budget::new(LIMIT);
    let stop = AtomicBool::new(false);
    let refused = AtomicUsize::new(0);
    thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                assert!(outer.held() <= LIMIT);
            }
        });
        let workers: Vec<_> = (0..8_usize)
            .map(|worker| {
                let (outer, refused) = (&outer, &refused);
                scope.spawn(move || {
                    let inner = outer.child(LIMIT / 4);
                    let mut held: Vec<Buffer> = Vec::new();
                    let mut random = worker as u64 + 1;
                    for _ in 0..if cfg!(miri) { 50 } else { 3000 } {
                        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                        let len = (random >> 33) as usize % (40 * KIB);
                        match Buffer::try_alloc_in(&inner, len) {
                            Ok(buffer) => held.push(buffer),
                            Err(_) => {
                                refused.fetch_add(1, Ordering::Relaxed);
                                let keep = held.len() / 2;
                                held.truncate(keep);
                            }
                        }
                        assert!(inner.held() <= LIMIT / 4);
                    }
                    drop(held);
                    assert!(inner.peak() <= LIMIT / 4);
                    assert_eq!(inner.held(), 0);
                })
            })
            .collect();
        workers.into_iter().for_each(|worker| worker.join().unwrap());
        stop.store(true, Ordering::Relaxed);
        watcher.join().unwrap();
    });
    assert!(refused.load(Ordering::Relaxed) > 0, "the line was met");
    assert!(outer.peak() <= LIMIT);
    assert_eq!(outer.held(), 0);
}

#[test]
fn every_kind_of_store_is_charged_what_it_holds_and_refunded() {
    let budget = Budget::new(KIB);
    let charged = |held: usize, gross: usize| assert_eq!((budget.held(), gross), (held, held));

    let store = Store::try_zeroed_in(&budget, 100).unwrap();
    charged(100, store.capacity());
    let view = store.try_view(10..20).unwrap();
    drop(store);
    charged(100, view.weight().gross);
    drop(view);

    let frozen = Frozen::try_copy_from_slice_in(&budget, b"few bytes, and no slab").unwrap();
    assert_eq!(frozen, *b"few bytes, and no slab");
    charged(22, frozen.weight().gross);
    let part = frozen.slice(4..9);
    drop(frozen);
    let own = part.try_compact_in(&budget).unwrap();
    assert_eq!((own.len(), budget.held()), (5, 27));
    drop(part);
    charged(5, own.weight().gross);
    drop(own);

    let parent = Buffer::copy_from(&[7; 300]);
    let own = parent.subarray(..30).try_compact_in(&budget).unwrap();
    assert!(own.equals(&[7; 30]));
    charged(30, own.weight().gross);
    drop(own);

    let shared = Shared::try_copy_from_in(&budget, &[5; 13]).unwrap();
    assert_eq!(shared.snapshot(..).unwrap(), [5; 13]);
    charged(16, shared.weight().gross);
    drop(shared);
    charged(0, 0);
}

#[test]
fn no_kind_of_store_is_made_over_the_line() {
    let budget = Budget::new(KIB);
    let _held = budget.try_charge(KIB - 10).unwrap();
    let bytes = [1; 11];
    let errors = [
        Store::try_zeroed_in(&budget, 11).unwrap_err(),
        Store::try_resizable_in(&budget, 0, 11).unwrap_err(),
        Frozen::try_copy_from_slice_in(&budget, &bytes).unwrap_err(),
        Frozen::from_static(&[1; 11]).try_compact_in(&budget).unwrap_err(),
        Buffer::copy_from(&bytes).try_compact_in(&budget).unwrap_err(),
        Buffer::try_alloc_in(&budget, 11).unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error, AllocError { requested: 11, limit: KIB, refused: false, held: Some(KIB - 10) });
    }
    let errors = [
        Shared::try_alloc_in(&budget, 11).unwrap_err(),
        Shared::try_copy_from_in(&budget, &bytes).unwrap_err(),
        Shared::try_with_max_in(&budget, 0, 11).unwrap_err(),
    ];
    for error in errors {
        assert_eq!((error.requested, error.limit, error.held), (16, KIB, Some(KIB - 10)), "two words");
    }
    assert_eq!((budget.held(), budget.peak()), (KIB - 10, KIB - 10), "and nothing was charged meanwhile");

    // Nothing needs no charge; what could never be had is no reason to keep one.
    let full = Budget::new(0);
    assert!(Frozen::try_copy_from_slice_in(&full, b"").unwrap().is_empty());
    assert!(Buffer::default().try_compact_in(&full).unwrap().is_empty());
    assert!(Shared::try_alloc_in(&full, 0).unwrap().is_empty());
    let endless = Budget::new(usize::MAX);
    assert!(Shared::try_alloc_in(&endless, isize::MAX as usize - 1).is_err());
    assert!(Shared::try_with_max_in(&endless, 2, 1).is_err());
    assert!(Store::try_zeroed_in(&endless, isize::MAX as usize - 1).is_err());
    assert_eq!(endless.held(), 0);
}

#[test]
fn a_memory_that_grows_was_charged_for_all_it_may_grow_to() {
    let budget = Budget::new(100 * KIB);
    let shared = Shared::try_with_max_in(&budget, 10, 64 * KIB).unwrap();
    assert_eq!((shared.len(), budget.held(), shared.weight().gross), (10, 64 * KIB, 64 * KIB));
    let _rest = budget.try_charge(36 * KIB).unwrap();
    assert_eq!(shared.grow(64 * KIB), Ok(10), "though nothing is left of the budget");
    assert_eq!(budget.held(), 100 * KIB);
    drop(shared.slice(..8));
    drop(shared);
    assert_eq!(budget.held(), 36 * KIB);
}

#[test]
fn a_charge_becomes_a_shared_memory_of_its_bytes() {
    let budget = Budget::new(100);
    let charge = block_on(budget.charge(90)).unwrap();
    let shared = Shared::try_alloc_charged(charge).unwrap();
    assert_eq!((shared.len(), budget.held()), (90, 96), "the last word is whole");
    let four = budget.try_charge(4).unwrap();
    let error = Shared::try_alloc_charged(budget.try_charge(0).unwrap()).map(|shared| shared.len());
    assert_eq!(error, Ok(0));
    drop(shared);

    let refused = Shared::try_alloc_charged(budget.try_charge(95).unwrap()).map(|shared| shared.len());
    assert_eq!(refused, Ok(95), "one more was there");
    let _nearly = budget.try_charge(91).unwrap();
    let refused = Shared::try_alloc_charged(budget.try_charge(5).unwrap()).unwrap_err();
    assert_eq!((refused.requested, refused.held), (3, Some(100)), "three more were not");
    assert_eq!(budget.held(), 95, "and the five are refunded");
    drop(four);
}

#[test]
fn threads_that_share_memory_hold_its_budget_until_the_last_lets_go() {
    const THREADS: usize = 8;
    const TURNS: usize = if cfg!(miri) { 5 } else { 300 };
    const LIMIT: usize = THREADS / 2 * 4 * KIB;
    let budget = Budget::new(LIMIT);
    let (made, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let everybodys = Shared::try_with_max_in(&budget, 8, KIB).unwrap();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (budget, made, refused) = (&budget, &made, &refused);
            let everybodys = everybodys.clone();
            scope.spawn(move || {
                for turn in 0..TURNS {
                    let max = (thread * 7919 + turn * 104_729) % (4 * KIB) + 1;
                    match Shared::try_with_max_in(budget, max / 2, max) {
                        Ok(shared) => {
                            made.fetch_add(1, Ordering::Relaxed);
                            let (mine, theirs) = (shared.slice(..), shared);
                            let other = thread::spawn(move || theirs.grow(theirs.max_len()).is_ok());
                            let _ = everybodys.grow((turn + 8).min(KIB)); // who comes too late finds it longer
                            drop(mine);
                            assert!(other.join().unwrap());
                        }
                        Err(error) => {
                            refused.fetch_add(1, Ordering::Relaxed);
                            assert!(error.held.is_some_and(|held| held + error.requested > LIMIT));
                            thread::yield_now();
                        }
                    }
                    assert!(budget.held() <= LIMIT);
                }
            });
        }
    });
    assert_eq!(made.load(Ordering::Relaxed) + refused.load(Ordering::Relaxed), THREADS * TURNS);
    assert!(made.load(Ordering::Relaxed) > 0 && budget.peak() > KIB);
    assert_eq!(budget.held(), KIB, "what everybody had is held here");
    drop(everybodys);
    assert_eq!(budget.held(), 0);
}

#[test]
fn those_who_wait_are_served_in_turn() {
    let budget = Budget::new(100);
    let held = budget.try_charge(90).unwrap();
    let (mut large, mut small) = (budget.charge(80), budget.charge(5));
    assert!(poll(&mut large).is_pending());
    assert!(poll(&mut small).is_pending(), "not before the one who came first, though there is enough");
    assert!(poll(&mut large).is_pending());
    drop(held);
    let Poll::Ready(Ok(large)) = poll(&mut large) else { panic!("80 are free") };
    let Poll::Ready(Ok(small)) = poll(&mut small) else { panic!("5 are free") };
    assert_eq!(budget.held(), 85);
    drop((large, small));
    assert_eq!(budget.held(), 0);
}

#[test]
fn a_waiter_is_woken_when_its_charge_is_granted() {
    let budget = Budget::new(100);
    let held = budget.try_charge(100).unwrap();
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut charging = budget.charge(60);
    assert!(Pin::new(&mut charging).poll(&mut Context::from_waker(&waker)).is_pending());
    assert_eq!(woken.0.load(Ordering::SeqCst), 0);
    drop(held);
    assert_eq!((woken.0.load(Ordering::SeqCst), budget.held()), (1, 60), "charged on its behalf");
    drop(charging);
    assert_eq!(budget.held(), 0, "given up after it was granted");
}

#[test]
fn giving_up_lets_the_next_one_through() {
    let budget = Budget::new(100);
    let _held = budget.try_charge(50).unwrap();
    let (mut large, mut small) = (budget.charge(80), budget.charge(20));
    assert!(poll(&mut large).is_pending());
    assert!(poll(&mut small).is_pending());
    drop(large);
    assert!(matches!(poll(&mut small), Poll::Ready(Ok(_))));
}

#[test]
fn waiting_for_what_can_never_be_is_an_error() {
    let outer = Budget::new(100);
    let inner = outer.child(1000);
    let Poll::Ready(Err(error)) = poll(&mut inner.charge(101)) else { panic!("it would wait for ever") };
    assert_eq!((error.requested, error.limit), (101, 100));
}

#[test]
fn a_waiter_of_a_child_is_served_when_its_parent_has_room() {
    let outer = Budget::new(100);
    let (left, right) = (outer.child(100), outer.child(100));
    let held = right.try_charge(70).unwrap();
    let mut waits = left.charge(50);
    assert!(poll(&mut waits).is_pending());
    assert_eq!(left.held(), 0, "charged to all or to none");
    drop(held);
    assert!(matches!(poll(&mut waits), Poll::Ready(Ok(_))));
}

#[test]
fn threads_that_wait_all_get_their_turn() {
    let budget = Budget::new(64 * KIB);
    let served = Mutex::new(0);
    thread::scope(|scope| {
        for worker in 0..6_usize {
            let (budget, served) = (&budget, &served);
            scope.spawn(move || {
                for turn in 0..if cfg!(miri) { 5 } else { 200 } {
                    let len = (worker * 7919 + turn * 104_729) % (40 * KIB) + 1;
                    let charge = block_on(budget.charge(len)).unwrap();
                    let buffer = Buffer::try_alloc_charged(charge).unwrap();
                    assert!(budget.held() <= 64 * KIB);
                    *served.lock().unwrap() += 1;
                    if turn % 3 == 0 {
                        thread::yield_now();
                    }
                    drop(buffer);
                }
            });
        }
    });
    assert_eq!(*served.lock().unwrap(), 6 * if cfg!(miri) { 5 } else { 200 });
    assert_eq!(budget.held(), 0);
}

#[test]
fn a_reader_waits_where_it_would_fail() {
    let budget = Budget::new(64 * KIB);
    let mut reader = Reader::new().with_budget(budget.clone());
    block_on(reader.reserve_when_free(1000)).unwrap();
    reader.extend_from_slice(&[1; 64 * KIB]);
    let frame = reader.split_to(64 * KIB).unwrap();
    assert!(reader.try_reserve(1).is_err());
    let consumer = thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        drop(frame);
    });
    // The reader's own hold on the old chunk must not keep it from getting a new one.
    block_on(reader.reserve_when_free(1)).unwrap();
    consumer.join().unwrap();
    assert!(budget.held() <= 64 * KIB);
}

#[test]
fn a_reader_with_an_unread_tail_waits_without_holding_its_chunk() {
    let budget = Budget::new(64 * KIB);
    let mut reader = Reader::new().with_budget(budget.clone());
    reader.extend_from_slice(&[1; 64 * KIB]);
    let frame = reader.split_to(60 * KIB).unwrap();
    {
        let mut waits = pin!(reader.reserve_when_free(30 * KIB));
        assert!(waits.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    assert_eq!(reader[..], [1; 4 * KIB], "given up waiting, and nothing is lost");
    drop(frame);
    assert_eq!(budget.held(), 0);
    block_on(reader.reserve_when_free(30 * KIB)).unwrap();
    reader.extend_from_slice(&[2; 30 * KIB]);
    assert_eq!((reader[0], reader[34 * KIB - 1], reader.len(), budget.held()), (1, 2, 34 * KIB, 64 * KIB));
}

#[test]
fn watermarks_tell_once_on_the_way_up_and_once_on_the_way_down() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&told);
    let budget = Budget::new(100).with_watermarks(80, 20, move |budget, above| {
        notes.lock().unwrap().push((budget.held(), above));
    });
    let charges: Vec<Charge> = (0..9).map(|_| budget.try_charge(10).unwrap()).collect();
    let mut charges = charges.into_iter();
    drop(charges.next());
    assert_eq!(*told.lock().unwrap(), [(90, true)]);
    drop(charges);
    assert_eq!(*told.lock().unwrap(), [(90, true), (20, false)]);
}

#[test]
fn a_charge_that_a_parent_refuses_was_never_there() {
    let outer = Budget::new(100);
    let told = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&told);
    let inner = outer.child(1000).with_watermarks(400, 300, move |_, _| {
        count.fetch_add(1, Ordering::SeqCst);
    });
    let error = inner.try_charge(500).unwrap_err();
    assert_eq!((error.held, error.limit), (Some(0), 100));
    assert!(poll(&mut inner.charge(500)).is_ready(), "never to be had");
    assert_eq!((inner.held(), inner.peak(), outer.peak(), told.load(Ordering::SeqCst)), (0, 0, 0, 0));

    let small = outer.child(10);
    assert!(small.try_charge(50).is_err());
    assert_eq!((outer.held(), outer.peak()), (0, 0), "nor in a parent, when it is the child that refuses");
}

#[test]
fn a_charge_that_is_refused_does_not_stand_in_the_way_of_others() {
    let outer = Budget::new(1000);
    let _half = outer.try_charge(500).unwrap();
    let (busy, small) = (outer.child(600), outer.child(100));
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                assert!(busy.try_charge(550).is_err(), "more than the parent has");
                assert!(small.try_charge(450).is_err(), "more than the child has");
            }
        });
        let refused = (0..if cfg!(miri) { 50 } else { 50_000 }).filter(|_| busy.try_charge(100).is_err()).count();
        stop.store(true, Ordering::Relaxed);
        assert_eq!(refused, 0);
    });
    assert_eq!((busy.peak(), outer.held()), (100, 500));
}

#[test]
fn a_watcher_that_panics_loses_no_bytes() {
    let outer = Budget::new(1000);
    for panics_at in [true, false] {
        let told = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&told);
        let inner = outer.child(1000).with_watermarks(100, 50, move |_, above| {
            notes.lock().unwrap().push(above);
            assert!(above != panics_at, "a bug in the watcher");
        });
        let charge = catch_unwind(AssertUnwindSafe(|| inner.try_charge(200).unwrap()));
        assert_eq!((charge.is_err(), outer.held()), (panics_at, if panics_at { 0 } else { 200 }));
        let refund = catch_unwind(AssertUnwindSafe(|| drop(charge)));
        assert_eq!((refund.is_err(), inner.held(), outer.held()), (!panics_at, 0, 0));
        assert_eq!(*told.lock().unwrap(), [true, false]);
    }
}

#[test]
fn a_watcher_that_always_panics_ends_no_program() {
    let budget = Budget::new(1000).with_watermarks(100, 50, |_, _| panic!("a bug in the watcher"));
    assert!(catch_unwind(AssertUnwindSafe(|| budget.try_charge(200))).is_err());
    assert_eq!(budget.held(), 0, "refunded while it panicked, and told so");
    assert!(catch_unwind(AssertUnwindSafe(|| Buffer::try_alloc_in(&budget, 200))).is_err());
    assert_eq!(budget.held(), 0);
}

#[test]
fn a_waker_that_panics_keeps_nobody_waiting() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("a bug in the waker");
        }
    }
    let budget = Budget::new(100);
    let held = budget.try_charge(100).unwrap();
    let (mut first, mut second) = (budget.charge(50), budget.charge(40));
    let woken = Arc::new(Woken::default());
    for (charging, waker) in
        [(&mut first, Waker::from(Arc::new(Panics))), (&mut second, Waker::from(Arc::clone(&woken)))]
    {
        assert!(Pin::new(charging).poll(&mut Context::from_waker(&waker)).is_pending());
    }
    assert!(catch_unwind(AssertUnwindSafe(|| drop(held))).is_err(), "the panic is not hidden");
    assert_eq!((budget.held(), budget.waiting(), woken.0.load(Ordering::SeqCst)), (90, 0, 1));
    assert!(poll(&mut first).is_ready() && poll(&mut second).is_ready());
    let mut third = budget.charge(100);
    assert!(poll(&mut third).is_ready());
}

#[test]
fn what_a_watcher_was_told_last_is_true_in_the_end() {
    let above = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&above);
    let budget = Budget::new(1000).with_watermarks(100, 60, move |_, up| {
        if up {
            thread::sleep(Duration::from_millis(50)); // until the other thread has refunded
        }
        told.store(up, Ordering::SeqCst);
    });
    let first = budget.try_charge(60).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| drop(budget.try_charge(60).unwrap()));
        while budget.held() == 60 {
            thread::yield_now();
        }
        drop(first);
    });
    assert_eq!((budget.held(), above.load(Ordering::SeqCst)), (0, false));
}

#[test]
fn a_watcher_may_charge_and_refund() {
    let extra = Arc::new(Mutex::new(None));
    let (slot, told) = (Arc::clone(&extra), Arc::new(Mutex::new(Vec::new())));
    let notes = Arc::clone(&told);
    let budget = Budget::new(1000).with_watermarks(100, 50, move |budget, above| {
        notes.lock().unwrap().push((above, budget.held()));
        *slot.lock().unwrap() = above.then(|| budget.try_charge(10).unwrap());
    });
    drop(budget.try_charge(200).unwrap());
    assert_eq!(*told.lock().unwrap(), [(true, 200), (false, 10)]);
    assert_eq!(budget.held(), 0);
}
