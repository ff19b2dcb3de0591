//! What slices of anybody's memory hold, in a program whose allocator remembers.
#![allow(clippy::undocumented_unsafe_blocks)] // an allocator is called by hand at the end, as its documentation asks

use plimsoll::alloc::Weighing;
use plimsoll::{Buffer, Frozen, Holder, Reader, Weighed, audit, weigh};
use proptest::prelude::*;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::{Arc, Barrier, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;

#[global_allocator]
static ALLOCATOR: Weighing<System> = Weighing::new(System);

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Net, gross and whose.
fn weighed(bytes: &[u8]) -> Option<(usize, usize, Holder)> {
    weigh(bytes).map(|Weighed { weight, holder, .. }| (weight.net, weight.gross, holder))
}

#[track_caller]
fn assert_allocation(bytes: &[u8], gross: usize) {
    assert_eq!(weighed(bytes), Some((bytes.len(), gross, Holder::Allocation)));
}

#[track_caller]
fn assert_store(bytes: &[u8], gross: usize) {
    assert_eq!(weighed(bytes), Some((bytes.len(), gross, Holder::Store)));
}

/// The audit's mode is the program's: those who set it take turns.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn a_slice_of_a_vector_holds_its_capacity() {
    let mut bytes = Vec::with_capacity(64 * KIB);
    bytes.extend_from_slice(&[1; 10_000]);
    assert_allocation(&bytes, 64 * KIB);
    assert_allocation(&bytes[..1], 64 * KIB);
    assert_allocation(&bytes[9_999..], 64 * KIB);
}

#[test]
fn growing_and_shrinking_is_seen_in_place_or_moved() {
    let mut bytes = vec![1_u8; 8 * KIB];
    for gross in [9 * KIB, 100 * KIB, 100 * KIB + 1, 5 * MIB, 300 * MIB, 2 * MIB, 4096, 4095, 100, 20 * KIB] {
        if gross > bytes.capacity() {
            bytes.reserve_exact(gross - bytes.len());
        } else {
            bytes.truncate(gross);
            bytes.shrink_to(gross);
        }
        assert_eq!(bytes.capacity(), gross);
        if gross < 4 * KIB {
            assert_eq!(weighed(&bytes), None);
        } else {
            assert_allocation(&bytes[..50], gross);
            assert_allocation(&bytes[bytes.len() - 1..], gross);
        }
    }
}

#[test]
fn shared_slices_hold_all_of_it_and_the_counts() {
    let bytes: Arc<[u8]> = vec![7; 10_000].into();
    let counts = Layout::new::<[usize; 2]>();
    let (layout, _) = counts.extend(Layout::array::<u8>(bytes.len()).unwrap()).unwrap();
    let gross = layout.pad_to_align().size();
    assert_allocation(&bytes[5_000..5_010], gross);
    let other = bytes.clone();
    drop(bytes);
    assert_allocation(&other, gross);
    let text: Box<str> = "text".repeat(5_000).into();
    assert_allocation(text[4..8].as_bytes(), 20_000);
}

#[test]
#[cfg(feature = "bytes")]
fn bytes_cut_from_a_body_hold_the_body() {
    use bytes::{Bytes, BytesMut};
    let body = Bytes::from(vec![1; MIB]);
    let header = body.slice(500_000..500_020);
    drop(body);
    assert_allocation(&header, MIB);

    let mut stream = BytesMut::with_capacity(64 * KIB);
    stream.extend_from_slice(&[2; 1000]);
    let frame = stream.split_to(16).freeze();
    assert_allocation(&frame, 64 * KIB);
    assert_eq!(weighed(&Bytes::copy_from_slice(&frame)), None, "the way out");

    // Lent to a handle of ours, it is still what it is.
    let lent = Frozen::from_owner(header);
    assert_allocation(&lent, MIB);
    assert_eq!(weighed(&Bytes::from(Frozen::from(vec![0; 9000]))), Some((9000, 9000, Holder::Store)));
}

#[test]
#[cfg(feature = "bytes")]
fn what_comes_from_bytes_weighs_what_those_keep_alive() {
    use bytes::Bytes;
    let body = Bytes::from(vec![7; MIB]);
    let header = Frozen::from(body.slice(5_000..5_300));
    assert_eq!((header.weight().net, header.weight().gross), (300, MIB));
    assert_eq!(header.keep().weight().gross, 300, "so it is copied when it is kept");
    let there_and_back = Frozen::from(Bytes::from(Frozen::from(vec![7; MIB]).slice(..300)));
    assert_eq!((there_and_back.weight().net, there_and_back.weight().gross), (300, MIB));
    drop(body);
    let mut last = Bytes::from(vec![7; MIB]).slice(1000..2000);
    last = Bytes::from(Frozen::from(last));
    assert_eq!(weighed(&last).map(|(_, gross, _)| gross), Some(MIB), "moved to the front of all of it");
    assert_eq!(Frozen::from(Bytes::from_static(&[7; 1000])).weight().gross, 1000);
}

#[test]
fn a_slice_in_the_middle_of_a_huge_allocation() {
    const HUGE: usize = 3 << 30;
    // Reserved and never touched; it covers all of what a node of the index is for.
    let layout = Layout::from_size_align(HUGE, 1).unwrap();
    let start = unsafe { ALLOCATOR.alloc_zeroed(layout) };
    assert!(!start.is_null());
    for at in [0, 4096, 2 * MIB + 1, HUGE / 3, HUGE / 2, HUGE - 20 * MIB, HUGE - 4096, HUGE - 10] {
        let bytes = unsafe { std::slice::from_raw_parts(start.add(at), 10) };
        assert_allocation(bytes, HUGE);
    }
    unsafe { ALLOCATOR.dealloc(start, layout) };
}

#[test]
fn over_aligned_allocations() {
    for align in [64, 4096, MIB, 4 * MIB] {
        let layout = Layout::from_size_align(5000, align).unwrap();
        let start = unsafe { ALLOCATOR.alloc_zeroed(layout) };
        assert!(!start.is_null() && start.addr().is_multiple_of(align));
        assert_allocation(unsafe { std::slice::from_raw_parts(start, 5000) }, 5000);
        // It grows where it is or elsewhere, aligned as before.
        let start = unsafe { ALLOCATOR.realloc(start, layout, 3 * MIB) };
        assert!(!start.is_null() && start.addr().is_multiple_of(align));
        assert_allocation(unsafe { std::slice::from_raw_parts(start.add(2 * MIB), 1) }, 3 * MIB);
        unsafe { ALLOCATOR.dealloc(start, Layout::from_size_align(3 * MIB, align).unwrap()) };
    }
}

#[test]
fn a_refused_growth_leaves_it_where_it_was() {
    struct Refuses;
    unsafe impl GlobalAlloc for Refuses {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            unsafe { System.alloc(layout) }
        }
        unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
            unsafe { System.dealloc(at, layout) }
        }
        unsafe fn realloc(&self, _: *mut u8, _: Layout, _: usize) -> *mut u8 {
            std::ptr::null_mut()
        }
    }
    let allocator = Weighing::new(Refuses);
    let layout = Layout::from_size_align(10_000, 8).unwrap();
    let start = unsafe { allocator.alloc_zeroed(layout) };
    for len in [20_000, 100] {
        assert!(unsafe { allocator.realloc(start, layout, len) }.is_null());
        assert_allocation(unsafe { std::slice::from_raw_parts(start.add(9_999), 1) }, 10_000);
    }
    unsafe { allocator.dealloc(start, layout) };
}

#[test]
fn our_own_stores_come_before_what_they_lie_in() {
    let _alone = alone();
    let frozen = Frozen::copy_from_slice(&[1; 10_000]);
    assert_store(&frozen[5_000..5_001], 10_000);
    let adopted = Frozen::from({
        let mut bytes = Vec::with_capacity(50_000);
        bytes.extend_from_slice(&[1; 100]);
        bytes
    });
    assert_store(&adopted, 50_000);
    assert_eq!(adopted.weight().gross, 50_000);
    let small = Frozen::copy_from_slice(&[1; 64]);
    assert_store(&small, 8 * KIB); // a slab of the pool
    let mut reader = Reader::new();
    reader.extend_from_slice(&[1; 5_000]);
    assert_store(&reader, reader.weight().gross);
    let frame = reader.split_to(100).unwrap();
    drop(reader);
    assert_store(&frame, frame.weight().gross);
    let from_buffer = Buffer::alloc(10_000).freeze();
    assert_store(&from_buffer, 10_000);
    assert_eq!(weighed(&Frozen::from(vec![0; 4095])), None, "a store that is too small to hide anything");

    // Given back, the memory is whoever's gets it.
    for _ in 0..100 {
        drop(Frozen::from(vec![1; 12_000]));
        assert_allocation(&vec![1; 12_000], 12_000);
        drop(Frozen::copy_from_slice(&[1; 12_000]));
        assert_allocation(&vec![1; 12_000 + 64], 12_064);
    }
}

#[test]
fn a_store_that_is_audited_knows_its_line() {
    let _alone = alone();
    audit::set_mode(audit::Mode::All);
    let copied = Frozen::copy_from_slice(&[1; 10_000]);
    let adopted = Frozen::from(vec![1; 10_000]);
    let line = line!();
    audit::set_mode(audit::Mode::Off);
    for (store, line) in [(copied, line - 2), (adopted, line - 1)] {
        let born = thread::spawn(move || weigh(&store[3..4]).unwrap().born.unwrap().to_string()).join().unwrap();
        assert!(born.contains(&format!("weigh_foreign.rs:{line}:")), "{born}");
    }
    let silent = Frozen::copy_from_slice(&[1; 10_000]);
    assert!(weigh(&silent).unwrap().born.is_none());
}

#[test]
fn what_was_never_allocated_is_not_known() {
    static ZEROS: [u8; 100_000] = [0; 100_000];
    let on_the_stack = [1_u8; 10_000];
    assert_eq!(weighed(&ZEROS), None);
    assert_eq!(weighed(b"literal"), None);
    assert_eq!(weighed(std::hint::black_box(&on_the_stack)), None);
    assert_eq!(weighed(&[]), None);
    assert_eq!(weighed(&vec![1; 10_000][..0]), None, "nothing is shown, and where is chance");
    assert_eq!(weighed(&vec![1; 4095]), None);
    assert_allocation(&vec![1; 4096], 4096);
}

#[test]
fn what_was_freed_is_not_held_by_what_comes_after() {
    // The same addresses again and again: large ones, then small ones carved from the same memory.
    for _ in 0..200 {
        let large: Vec<_> = (0..20).map(|i| vec![1_u8; 4096 + i * 1000]).collect();
        large.iter().for_each(|bytes| assert_allocation(&bytes[bytes.len() / 2..], bytes.len()));
        drop(large);
        let small: Vec<_> = (0..200).map(|i| vec![1_u8; 1 + i * 20]).collect();
        small.iter().for_each(|bytes| assert_eq!(weighed(bytes), None));
    }
}

#[test]
fn threads_allocate_and_free_while_others_weigh() {
    const THREADS: u64 = 6;
    let barrier = Arc::new(Barrier::new(THREADS as usize));
    let (to, from) = mpsc::sync_channel::<Vec<u8>>(64);
    let from = Arc::new(Mutex::new(from));
    let workers: Vec<_> = (0..THREADS)
        .map(|seed| {
            let (barrier, to, from) = (barrier.clone(), to.clone(), from.clone());
            thread::spawn(move || {
                barrier.wait();
                let mut random = seed * 0x9e37_79b9 + 1;
                let mut below = |n: usize| {
                    random ^= random << 13;
                    random ^= random >> 7;
                    random ^= random << 17;
                    usize::try_from(random % n as u64).unwrap()
                };
                let mut held: Vec<Vec<u8>> = Vec::new();
                for _ in 0..6_000 {
                    match below(6) {
                        0 | 1 => {
                            let most = [6_000, 20_000, 300_000, 3 * MIB][below(4)];
                            held.push(vec![0; below(most) + 1]);
                        }
                        2 if !held.is_empty() => drop(held.swap_remove(below(held.len()))),
                        3 if !held.is_empty() => {
                            let more = below(50_000);
                            let at = below(held.len());
                            held[at].reserve_exact(more);
                        }
                        // Born here, weighed and freed there.
                        4 if !held.is_empty() => drop(to.try_send(held.swap_remove(below(held.len())))),
                        _ => held.extend(from.lock().unwrap().try_recv()),
                    }
                    if let Some(last) = held.len().checked_sub(1) {
                        let bytes = &held[below(last + 1)];
                        let (gross, at) = (bytes.capacity(), below(bytes.len()));
                        let expected = (gross >= 4096).then_some((1, gross, Holder::Allocation));
                        assert_eq!(weighed(&bytes[at..=at]), expected);
                    }
                    held.truncate(100);
                }
            })
        })
        .collect();
    workers.into_iter().for_each(|worker| worker.join().unwrap());
}

proptest! {
    #[test]
    fn any_mixture_of_vectors_weighs_what_it_has(sizes in prop::collection::vec((1_usize..200_000, 0_usize..100), 1..60)) {
        let mut held: Vec<Vec<u8>> = Vec::new();
        for (size, which) in sizes {
            if which % 3 == 0 && !held.is_empty() {
                held.swap_remove(which % held.len());
            }
            held.push(vec![1; size]);
            for bytes in &held {
                let expected = |net: usize| (bytes.len() >= 4096).then_some((net, bytes.len(), Holder::Allocation));
                prop_assert_eq!(weighed(bytes), expected(bytes.len()));
                prop_assert_eq!(weighed(&bytes[bytes.len() - 1..]), expected(1));
                let at = which * bytes.len() / 100;
                prop_assert_eq!(weighed(&bytes[at..=at]), expected(1));
            }
        }
    }
}

#[cfg(feature = "backtrace")]
mod births {
    use super::*;

    fn born(bytes: &[u8]) -> Option<String> {
        weigh(bytes).unwrap().born.map(|birth| birth.to_string())
    }

    #[test]
    fn a_large_allocation_knows_the_line_that_made_it() {
        let bytes = vec![1_u8; 2 * MIB];
        let line = line!() - 1;
        let birth = weigh(&bytes[5..6]).unwrap().born.expect("a large one is always traced");
        let expected = format!("weigh_foreign.rs:{line}");
        assert!(birth.to_string().ends_with(&expected), "{birth}");
        let way = format!("{birth:#}");
        assert!(
            way.contains(&expected) && way.contains("a_large_allocation_knows") && way.lines().count() > 3,
            "{way}"
        );
        // Cloned elsewhere, it was made elsewhere.
        let other = thread::spawn(move || bytes.clone()).join().unwrap();
        assert!(born(&other).is_some_and(|birth| birth.ends_with(&format!(":{}", line!() - 1))));
    }

    #[test]
    fn what_grows_keeps_its_place() {
        let mut bytes = Vec::<u8>::with_capacity(MIB);
        let place = format!(":{}", line!() - 1);
        bytes.push(1);
        for _ in 0..5 {
            bytes.reserve_exact(bytes.capacity());
            bytes.resize(bytes.capacity(), 1);
            assert!(born(&bytes).is_some_and(|birth| birth.ends_with(&place)));
        }
    }

    #[test]
    fn smaller_ones_are_sampled_by_each_thread() {
        let traced = thread::spawn(|| {
            let held: Vec<_> = (0..4096).map(|_| vec![1_u8; 8 * KIB]).collect();
            held.iter().filter(|bytes| weigh(bytes).unwrap().born.is_some()).count()
        });
        // One in 1,024 of those that the thread makes; a few more are its own.
        assert!((3..=5).contains(&traced.join().unwrap()));
    }

    #[test]
    fn how_many_are_traced_is_the_programs_choice() {
        let count = |allocator: Weighing<System>, len: usize| {
            thread::spawn(move || {
                let layout = Layout::from_size_align(len, 16).unwrap();
                let traced = |_: &usize| {
                    let start = unsafe { allocator.alloc_zeroed(layout) };
                    let born = weigh(unsafe { std::slice::from_raw_parts(start, 1) }).unwrap().born;
                    unsafe { allocator.dealloc(start, layout) };
                    born.is_some()
                };
                (0..100).filter(traced).count()
            })
            .join()
            .unwrap()
        };
        assert_eq!(count(Weighing::new(System).births(1, usize::MAX), 4096), 100);
        assert_eq!(count(Weighing::new(System).births(0, 1 << 16), 1 << 16), 100);
        assert_eq!(count(Weighing::new(System).births(0, 1 << 16), (1 << 16) - 1), 0);
        // Which turn the thread is at when it comes here depends on what it allocated before.
        assert!((9..=11).contains(&count(Weighing::new(System).births(10, usize::MAX), 5000)));
    }
}
