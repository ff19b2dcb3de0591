//! Pools follow Node's rules, with any slab size.

use plimsoll::audit::Site;
use plimsoll::{Budget, Buffer, Frozen, Pool, PoolStats, Store};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const SLAB: usize = 8 * 1024;

/// Miri is a few hundred times slower.
const SCALE: usize = if cfg!(miri) { 20 } else { 1 };

fn is_pooled(buffer: &Buffer) -> bool {
    buffer.store().is_some_and(|store| store.is_slab())
}

fn slab_of(buffer: &Buffer) -> u64 {
    buffer.store().expect("not empty").id()
}

#[test]
fn requests_below_half_a_slab_are_pooled() {
    for len in [1, 7, 8, 9, 4094, 4095] {
        assert!(is_pooled(&Buffer::alloc_pooled(len)), "{len}");
        assert_eq!(Buffer::alloc_pooled(len).weight().gross, SLAB, "{len}");
        assert!(is_pooled(&Buffer::copy_from(&vec![1; len])), "{len}");
        assert_eq!(Frozen::copy_from_slice(&vec![1; len]).weight().gross, SLAB, "{len}");
    }
    for len in [4096, 4097, 8192, 10_000] {
        assert!(!is_pooled(&Buffer::alloc_pooled(len)), "{len}");
        assert_eq!(Buffer::alloc_pooled(len).weight().gross, len);
        assert_eq!(Buffer::copy_from(&vec![1; len]).weight().gross, len);
        assert_eq!(Frozen::copy_from_slice(&vec![1; len]).weight().gross, len);
    }
    for len in [1, 4095, 4096] {
        assert!(!is_pooled(&Buffer::alloc(len)) && !is_pooled(&Buffer::alloc_slow(len)), "{len}");
        assert!(!is_pooled(&Buffer::copy_from(&vec![1; len]).compact()), "{len}");
        assert!(!is_pooled(&Buffer::from_vec(vec![1; len])), "{len}");
    }
}

#[test]
fn nothing_is_held_by_what_shows_nothing() {
    let whole = Buffer::alloc(10);
    let mut pool = Pool::new();
    let empty = [
        Buffer::alloc(0),
        Buffer::alloc_pooled(0),
        Buffer::alloc_slow(0),
        Buffer::copy_from(b""),
        Buffer::from_vec(Vec::with_capacity(100)),
        Buffer::concat(&[]),
        Buffer::concat(&[Buffer::default(), whole.subarray(3..3)]),
        whole.subarray(..0),
        whole.subarray(10..),
        whole.subarray_clamped(7, 3),
        whole.subarray(4..4).clone(),
        whole.subarray(4..4).compact(),
        whole.subarray(4..4).keep(),
        pool.alloc(0),
    ];
    for view in &empty {
        assert_eq!((view.len(), view.weight().gross, view.byte_offset()), (0, 0, 0));
        assert!(view.store().is_none());
    }
    assert_eq!(pool.stats(), PoolStats::default());
    let frozen = Frozen::copy_from_slice(&[1; 100]);
    let empty =
        [Frozen::default(), frozen.slice(50..50), frozen.slice(..0).clone(), Frozen::from(Vec::with_capacity(9))];
    for handle in empty {
        assert_eq!((handle.len(), handle.weight().gross), (0, 0));
    }
    assert_eq!(whole.weight().gross, 10);
}

#[test]
fn offsets_are_rounded_up_to_eight_and_a_tail_that_is_too_short_is_given_up() {
    let mut pool = Pool::with_slab_size(100);
    let views: Vec<Buffer> = [1, 8, 9, 49, 16].into_iter().map(|len| pool.alloc(len)).collect();
    let places: Vec<usize> = views.iter().map(Buffer::byte_offset).collect();
    assert_eq!(places, [0, 8, 16, 32, 0], "after 88 bytes, 16 more do not fit");
    assert!(views[..4].iter().all(|view| slab_of(view) == slab_of(&views[0])));
    assert_ne!(slab_of(&views[4]), slab_of(&views[0]));
    assert_eq!(
        pool.stats(),
        PoolStats { hits: 3, misses: 2, held: 100, slabs: 2, pooled: 5, waste: 12, room: 84, ..PoolStats::default() }
    );
    assert_eq!(pool.room(), 84);
}

#[test]
fn a_slab_of_any_size_is_filled_to_its_last_byte() {
    for size in (4..200).step_by(SCALE) {
        let mut pool = Pool::with_slab_size(size);
        let views: Vec<Buffer> = (0..size.div_ceil(8)).map(|_| pool.alloc(1)).collect();
        for (at, view) in views.iter().enumerate() {
            assert_eq!((view.byte_offset(), view.weight().gross), (at * 8, size));
            assert_eq!(slab_of(view), slab_of(&views[0]));
        }
        assert_eq!(pool.stats().slabs, 1);
        assert_eq!(pool.room(), 0, "{size}");
        let next = pool.alloc(1);
        assert_ne!(slab_of(&next), slab_of(&views[0]));
    }
}

#[test]
fn the_threshold_of_an_odd_slab_is_half_of_it_rounded_down() {
    for size in [0, 1, 2, 3, 4, 5, 15, 16, 17, 1001 / SCALE] {
        let mut pool = Pool::with_slab_size(size);
        for len in 1..size + 2 {
            let pooled = len < size / 2;
            assert_eq!(is_pooled(&pool.alloc(len)), pooled, "{len} of {size}");
        }
        assert_eq!(pool.stats().pooled, (size / 2).saturating_sub(1) as u64);
        assert_eq!(pool.stats().too_large + pool.stats().pooled, size as u64 + 1);
    }
}

#[test]
fn an_embedder_reserves_first_and_advances_when_it_knows() {
    let site = Site::caller();
    let mut pool = Pool::with_slab_size(64);
    let (slab, at) = pool.reserve_at(60, site).expect("it fits an empty slab");
    assert_eq!((slab.capacity(), slab.is_slab(), at, pool.room()), (64, true, 0, 64));
    pool.advance(5);
    let (same, at) = pool.reserve_at(56, site).expect("it fits the rest");
    assert_eq!((same.id(), at, pool.room()), (slab.id(), 8, 56));
    pool.advance(56);
    assert_eq!(pool.room(), 0);
    let (same, at) = pool.reserve_at(0, site).expect("nothing always fits");
    assert_eq!((same.id(), at), (slab.id(), 64));
    let (other, at) = pool.take_at(64, site).expect("a whole slab may be taken");
    assert_ne!(other.id(), slab.id());
    assert_eq!((at, pool.room()), (0, 0));
    let error = pool.take_at(65, site).expect_err("more than a slab");
    assert_eq!((error.requested, error.limit, error.refused), (65, 64, false));
    assert_eq!(pool.stats(), PoolStats { hits: 1, misses: 2, held: 64, slabs: 2, pooled: 3, ..PoolStats::default() });
}

#[test]
fn advancing_beyond_the_room_uses_what_is_left() {
    let mut pool = Pool::with_slab_size(50);
    pool.advance(10); // no slab yet
    assert_eq!(pool.room(), 0);
    pool.reserve_at(1, Site::caller()).expect("it fits");
    for len in [usize::MAX, usize::MAX - 6, 1] {
        pool.advance(len);
        assert_eq!(pool.room(), 0);
    }
    assert_eq!(pool.alloc(20).byte_offset(), 0);
}

#[test]
fn a_new_slab_size_counts_from_the_next_slab() {
    let mut pool = Pool::with_slab_size(64);
    let first = pool.alloc(8);
    pool.set_slab_size(1024);
    assert_eq!(pool.slab_size(), 1024);
    let (same, large) = (pool.alloc(8), pool.alloc(500));
    assert_eq!(slab_of(&same), slab_of(&first));
    assert_eq!((large.weight().gross, large.byte_offset()), (1024, 0));
    pool.set_slab_size(16);
    assert!(!is_pooled(&pool.alloc(8)), "the threshold follows at once");
    assert_eq!(slab_of(&pool.alloc(7)), slab_of(&large), "the present slab is used up first");
}

#[test]
fn a_slab_of_the_old_size_is_not_taken_again() {
    for (old, new) in [(64, 1024), (1024, 64)] {
        let mut pool = Pool::with_slab_size(old);
        drop(pool.alloc(8));
        pool.set_slab_size(new);
        let slab = (0..2000 / 8).map(|_| pool.alloc(new / 2 - 1)).find(|view| view.weight().gross == new);
        assert!(slab.is_some(), "the old slab serves until it is full, no longer");
        assert!(pool.take_at(new, Site::caller()).is_ok_and(|(slab, at)| slab.capacity() == new && at == 0));
    }
}

#[test]
fn a_slab_whose_views_are_gone_is_taken_again_in_place() {
    let mut pool = Pool::with_slab_size(256);
    let first = pool.alloc(100);
    let (id, place) = (slab_of(&first), first.cells().as_ptr());
    first.fill(&[7]);
    drop(first);
    for _ in 0..21 {
        drop(pool.alloc(100));
    }
    let again = pool.alloc(100);
    assert_eq!((slab_of(&again), again.cells().as_ptr()), (id, place));
    assert_eq!(pool.stats().slabs, 12, "each time it is started counts");

    let mut slabs: Vec<u64> = (0..1000 / SCALE).map(|_| slab_of(&Buffer::alloc_pooled(4000))).collect();
    slabs.sort_unstable();
    slabs.dedup();
    assert!(slabs.len() <= 2, "the thread's pool takes its slab again: {}", slabs.len());
}

#[test]
fn a_slab_with_a_survivor_is_left_alone() {
    let mut pool = Pool::with_slab_size(256);
    let mut survivors = Vec::new();
    for round in 0..50_u8 {
        let survivor = pool.alloc(16);
        survivor.fill(&[round]);
        survivors.push(survivor);
        for _ in 0..3 {
            pool.alloc(100).fill(&[0xee]);
        }
    }
    for (round, survivor) in survivors.iter().enumerate() {
        assert!(survivor.to_vec().iter().all(|&byte| usize::from(byte) == round));
    }
}

#[test]
fn frozen_slabs_are_taken_again_when_their_handles_are_gone() {
    let mut places: Vec<usize> =
        (0..2000 / SCALE).map(|_| Frozen::copy_from_slice(&[1; 4000]).as_ptr().addr()).collect();
    places.sort_unstable();
    places.dedup();
    assert!(places.len() <= 64, "a bounded number of slabs served 2,000 copies: {}", places.len());
}

#[test]
fn buffers_and_frozen_bytes_never_share_a_slab() {
    let buffers: Vec<Buffer> = (0..300 / SCALE).map(|_| Buffer::copy_from(&[1; 100])).collect();
    let frozen: Vec<Frozen> = (0..300 / SCALE)
        .map(|i| if i % 2 == 0 { Frozen::copy_from_slice(&[2; 100]) } else { buffers[i].clone().freeze() })
        .collect();
    for buffer in &buffers {
        let slab = buffer.store().expect("not empty");
        let range = slab.as_ptr().addr()..slab.as_ptr().addr() + slab.capacity();
        assert!(frozen.iter().all(|frozen| !range.contains(&frozen.as_ptr().addr())));
        slab.cells().iter().for_each(|cell| cell.set(9));
    }
    assert!(
        frozen.iter().enumerate().all(|(i, frozen)| frozen.iter().all(|&byte| byte == if i % 2 == 0 { 2 } else { 1 }))
    );
}

#[test]
fn old_bytes_may_show_but_only_the_pools_own() {
    let mut pool = Pool::with_slab_size(64);
    pool.alloc(30).fill(&[5]);
    pool.alloc(30).fill(&[6]);
    let again = pool.alloc(30).to_vec();
    assert!(again.iter().all(|&byte| byte == 5) || again.iter().all(|&byte| byte == 0), "{again:?}");
    assert!(Buffer::alloc(3000).to_vec().iter().all(|&byte| byte == 0), "alloc is always zeroed");
}

#[test]
fn views_outlive_their_pool() {
    let mut pool = Pool::with_slab_size(128);
    let view = pool.alloc(20);
    view.fill(&[3]);
    let slab = Rc::new(view.store().expect("not empty"));
    drop(pool);
    assert_eq!((view.to_vec(), view.weight().gross), (vec![3; 20], 128));
    drop(view);
    assert_eq!(slab.cells()[19].get(), 3);
}

#[test]
fn what_is_released_by_hand_while_it_is_shown_is_refused_and_kept() {
    let mut pool = Pool::new();
    let packet = pool.alloc(10_000);
    let id = packet.subarray(5..9);
    let copy = packet.clone();
    let error = pool.release(packet).unwrap_err();
    assert_eq!((error.views, error.buffer.len(), pool.stats().idle), (2, 10_000, 0));
    drop((id, copy));
    pool.release(error.buffer).unwrap();
    assert_eq!(pool.stats().idle, 10_000);

    // The next who wants as many bytes gets the same.
    let other = pool.alloc(9_999);
    let again = pool.alloc(10_000);
    assert_eq!((pool.stats().reused, pool.stats().idle, pool.stats().too_large), (1, 0, 3));
    assert_eq!((again.len(), other.len()), (10_000, 9_999));
    assert_eq!((pool.stats().hits, pool.stats().misses), (1, 2));
    for _ in 0..3 * SLAB {
        drop(pool.alloc(8));
    }
    assert_eq!(
        (pool.stats().slabs, pool.stats().misses, pool.stats().held),
        (24, 3, SLAB),
        "one slab, again and again"
    );

    // A view of part of a store is not a store to hand out.
    pool.release(again.subarray(..50)).unwrap_err();
    let part = again.subarray(1..);
    drop(again);
    pool.release(part).unwrap();
    assert_eq!(pool.stats().idle, 0);
}

#[test]
fn what_is_not_charged_to_the_pools_budget_is_not_handed_out_by_it() {
    let budget = Budget::new(1 << 20);
    let mut pool = Pool::new().with_budget(budget.clone());
    pool.release(Buffer::alloc(10_000)).unwrap();
    assert_eq!((pool.stats().idle, budget.held()), (0, 0));
    let own = pool.alloc(10_000);
    pool.release(own).unwrap();
    assert_eq!((pool.stats().idle, budget.held()), (10_000, 10_000));
    let again = pool.alloc(10_000);
    assert_eq!((pool.stats().reused, budget.held()), (1, 10_000));
    drop((again, pool));
    assert_eq!(budget.held(), 0);
}

#[test]
fn what_a_pool_keeps_of_what_is_released_is_bounded() {
    let mut pool = Pool::with_slab_size(100);
    for _ in 0..3 {
        let many: Vec<Buffer> = (0..100).map(|_| pool.alloc(1000)).collect();
        many.into_iter().for_each(|buffer| pool.release(buffer).unwrap());
        assert_eq!(pool.stats().idle, 6000, "64 slabs' worth, by whole buffers");
    }
    pool.release(Buffer::default()).unwrap();
}

#[test]
fn a_pool_keeps_no_memory_that_is_somebody_elses() {
    struct Owner(Vec<u8>, Arc<AtomicBool>);
    impl AsMut<[u8]> for Owner {
        fn as_mut(&mut self) -> &mut [u8] {
            &mut self.0
        }
    }
    impl Drop for Owner {
        fn drop(&mut self) {
            self.1.store(true, Ordering::SeqCst);
        }
    }
    let mut pool = Pool::new();
    let dropped = Arc::new(AtomicBool::new(false));
    pool.release(Buffer::from_owner(Owner(vec![7; 10_000], Arc::clone(&dropped)))).unwrap();
    assert!(dropped.load(Ordering::SeqCst), "the owner has its memory back");
    let resizable = Store::try_resizable(10_000, 10_000).unwrap().try_view(..).unwrap();
    let detached = Buffer::alloc(10_000);
    detached.store().unwrap().detach();
    let budget = Budget::new(1 << 20);
    let charged = Buffer::try_alloc_in(&budget, 10_000).unwrap();
    for buffer in [Buffer::from_vec(vec![7; 10_000]), resizable, detached, charged] {
        pool.release(buffer).unwrap();
    }
    assert_eq!((pool.stats().idle, budget.held()), (0, 0));
    pool.release(Buffer::alloc(10_000)).unwrap();
    assert_eq!(pool.stats().idle, 10_000);
}
