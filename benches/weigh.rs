//! What a slice holds, and what an allocator that remembers costs. `cargo bench -p plimsoll-benches --bench weigh`.
//!
//! A program has one global allocator, and two users of one heap get in each other's way. So each workload runs in a process of its
//! own, which calls the methods of `GlobalAlloc` as a program does, behind a call that is not inlined. Bare and weighing take turns,
//! with the same requests in the same order, and the best turns are compared.

use mimalloc::MiMalloc;
use plimsoll::alloc::Weighing;
use plimsoll::{Buffer, Frozen, weigh};
use plimsoll_benches::{Bench, Verdict, table};
use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::process::Command;
use std::ptr;

static SYSTEM: Weighing<System> = Weighing::new(System);
static MIMALLOC: Weighing<MiMalloc> = Weighing::new(MiMalloc);

const KIB: usize = 1024;
const ALLOCATIONS: usize = 100_000;
const TURNS: usize = 8;

const WEIGHED: &str = "weigh each of 100,000";
const FOUND: &str = "find each of 100,000 in a BTreeMap";

/// xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }

    /// As many between 16 and 32 as between 16 Ki and 32 Ki.
    fn between(&mut self, least: usize, most: usize) -> usize {
        let octaves = (most / least).ilog2() as usize;
        let base = least << self.below(octaves);
        base + self.below(base)
    }
}

#[inline(never)]
unsafe fn alloc<A: GlobalAlloc>(allocator: &A, layout: Layout) -> *mut u8 {
    // SAFETY: passed on.
    unsafe { allocator.alloc(layout) }
}

#[inline(never)]
unsafe fn dealloc<A: GlobalAlloc>(allocator: &A, at: *mut u8, layout: Layout) {
    // SAFETY: passed on.
    unsafe { allocator.dealloc(at, layout) }
}

#[inline(never)]
unsafe fn realloc<A: GlobalAlloc>(allocator: &A, at: *mut u8, layout: Layout, len: usize) -> *mut u8 {
    // SAFETY: passed on.
    unsafe { allocator.realloc(at, layout, len) }
}

fn layout(len: usize) -> Layout {
    Layout::from_size_align(len, 8).expect("small enough")
}

/// Slots that are emptied and filled again in random order; of each allocation the first bytes are written.
struct Churn<'a, A: GlobalAlloc> {
    allocator: &'a A,
    requests: Vec<(usize, usize)>,
    slots: Vec<(*mut u8, usize)>,
    next: usize,
}

impl<'a, A: GlobalAlloc> Churn<'a, A> {
    fn new(allocator: &'a A, live: usize, size: fn(&mut Random) -> usize) -> Self {
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        let requests = (0..1 << 16).map(|_| (random.below(live), size(&mut random))).collect();
        Self { allocator, requests, slots: vec![(ptr::null_mut(), 0); live], next: 0 }
    }

    fn run(&mut self, n: u64) {
        for _ in 0..n {
            let (slot, len) = self.requests[self.next];
            self.next = (self.next + 1) % self.requests.len();
            let (at, old) = self.slots[slot];
            // SAFETY: what is in a slot was allocated with that length, and is given back once.
            unsafe {
                if !at.is_null() {
                    dealloc(self.allocator, at, layout(old));
                }
                let at = alloc(self.allocator, layout(len));
                assert!(!at.is_null(), "there is memory");
                at.write_bytes(1, 16);
                self.slots[slot] = (at, len);
            }
        }
    }
}

impl<A: GlobalAlloc> Drop for Churn<'_, A> {
    fn drop(&mut self) {
        for &(at, len) in self.slots.iter().filter(|(at, _)| !at.is_null()) {
            // SAFETY: as above.
            unsafe { dealloc(self.allocator, at, layout(len)) }
        }
    }
}

/// One allocation, given back at once.
fn pair<A: GlobalAlloc>(allocator: &A, len: usize, n: u64) {
    for _ in 0..n {
        // SAFETY: given back with the length it was asked for.
        unsafe {
            let at = black_box(alloc(allocator, layout(black_box(len))));
            dealloc(allocator, at, layout(len));
        }
    }
}

/// A vector that grows from 64 bytes to 256 KiB by doubling.
fn grow<A: GlobalAlloc>(allocator: &A, n: u64) {
    for _ in 0..n {
        let mut len = 64;
        // SAFETY: always with the length it has.
        unsafe {
            let mut at = alloc(allocator, layout(len));
            while len < 256 * KIB {
                at = realloc(allocator, at, layout(len), 2 * len);
                len *= 2;
                at.add(len / 2).write(1);
            }
            dealloc(allocator, at, layout(len));
        }
    }
}

type Size = fn(&mut Random) -> usize;

/// Slots that are emptied and filled again: name, slots, sizes.
const CHURNS: [(&str, usize, Size); 4] = [
    ("a program's mixture", 10_000, |random| match random.below(100) {
        0..80 => random.between(16, 256),
        80..96 => random.between(256, 4 * KIB),
        _ => random.between(4 * KIB, 64 * KIB),
    }),
    ("16 B to 64 KiB, each octave alike", 2_000, |random| random.between(16, 64 * KIB)),
    ("16 B to 512 B", 10_000, |random| random.between(16, 512)),
    ("4 KiB to 64 KiB", 1_000, |random| random.between(4 * KIB, 64 * KIB)),
];

/// One, given back at once: name, size.
const PAIRS: [(&str, usize); 3] = [("one of 64 B", 64), ("one of 4 KiB", 4 * KIB), ("one of 64 KiB", 64 * KIB)];

const GROWTH: &str = "64 B doubled to 256 KiB";

const ALLOCATORS: [&str; 2] = ["System", "mimalloc"];

fn workloads() -> impl Iterator<Item = &'static str> {
    CHURNS.map(|churn| churn.0).into_iter().chain(PAIRS.map(|pair| pair.0)).chain([GROWTH])
}

/// A process's whole life: one workload with one allocator. Prints the best time.
fn turn<A: GlobalAlloc>(workload: &str, allocator: &A) {
    let mut bench = Bench::new();
    if let Some(&(_, live, size)) = CHURNS.iter().find(|churn| churn.0 == workload) {
        let mut churn = Churn::new(allocator, live, size);
        churn.run(1 << 18); // what a heap is like after a while
        bench.case("turn", move |n| churn.run(n));
    } else if let Some(&(_, len)) = PAIRS.iter().find(|pair| pair.0 == workload) {
        bench.case("turn", move |n| pair(allocator, len, n));
    } else {
        bench.case("turn", |n| grow(allocator, n));
    }
    bench.run(40);
    println!("{}", bench.best("turn"));
}

/// The best time of a workload, bare and weighing.
fn take_turns(workload: &str, allocator: &str) -> [f64; 2] {
    let this = std::env::current_exe().expect("it runs");
    let mut best = [f64::INFINITY; 2];
    for _ in 0..TURNS {
        for (best, weighing) in best.iter_mut().zip(["bare", "weighing"]) {
            let output = Command::new(&this).args(["turn", allocator, weighing, workload]).output().expect("it runs");
            let text = String::from_utf8(output.stdout).expect("a number");
            *best = best.min(text.trim().parse().expect("a number"));
        }
    }
    best
}

/// Something with one after the other.
fn round<T, R>(items: Vec<T>, mut with: impl FnMut(&T) -> R) -> impl FnMut(u64) {
    let mut next = 0;
    move |n| {
        for _ in 0..n {
            black_box(with(black_box(&items[next])));
            next = if next + 1 == items.len() { 0 } else { next + 1 };
        }
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["turn", "System", "bare", workload] => turn(workload, &System),
        ["turn", "System", _, workload] => turn(workload, &SYSTEM),
        ["turn", _, "bare", workload] => turn(workload, &MiMalloc),
        ["turn", _, _, workload] => turn(workload, &MIMALLOC),
        _ => all(),
    }
}

fn all() {
    let mut bench = Bench::new();

    // Many allocations, and a byte somewhere in each, in random order.
    let mut random = Random(7);
    let mut naive = BTreeMap::new();
    let mut targets: Vec<&'static [u8]> = (0..ALLOCATIONS)
        .map(|_| {
            let len = random.between(4 * KIB, 64 * KIB);
            // SAFETY: zeroed, and never given back, so it may be borrowed for ever.
            let bytes = unsafe {
                let at = SYSTEM.alloc_zeroed(layout(len));
                assert!(!at.is_null(), "there is memory");
                std::slice::from_raw_parts(at, len)
            };
            naive.insert(bytes.as_ptr().addr(), len);
            let at = random.below(len);
            &bytes[at..=at]
        })
        .collect();
    for i in 0..targets.len() {
        targets.swap(i, random.below(i + 1));
    }
    let one = targets[0];
    let mut stores: Vec<Frozen> = (0..10_000).map(|_| Frozen::from(vec![0; 8 * KIB])).collect();
    for i in 0..stores.len() {
        stores.swap(i, random.below(i + 1));
    }
    let in_map = move |bytes: &[u8]| {
        let address = bytes.as_ptr().addr();
        naive.range(..=address).next_back().filter(|&(start, len)| address - start < *len).map(|(_, &len)| len)
    };
    // All of them each time, so that none is warm.
    let mut weigh_all = round(targets.clone(), |bytes| weigh(bytes));
    let mut find_all = round(targets, move |bytes| in_map(bytes));
    bench.case(WEIGHED, move |n| weigh_all(n * ALLOCATIONS as u64));
    bench.case(FOUND, move |n| find_all(n * ALLOCATIONS as u64));
    bench.case("weigh, the same again", round(vec![one], |bytes| weigh(bytes)));
    bench.case("weigh, a store of 10,000", round(stores, |store| weigh(&store[100..200])));
    bench.case("weigh, on the stack", |n| {
        let bytes = black_box([1_u8; 64]);
        (0..n).for_each(|_| _ = black_box(weigh(black_box(&bytes))));
    });
    bench.case("Buffer of 64 KiB, not written", |n| {
        for _ in 0..n {
            black_box(Buffer::alloc(black_box(64 * KIB)));
        }
    });

    bench.run(40);
    print!("{}", bench.times());

    let of_one = bench.best(WEIGHED) / ALLOCATIONS as f64;
    let mut verdicts = vec![
        Verdict { what: "`weigh` among 100,000, in ns", ratio: of_one, goal: 100.0 },
        Verdict {
            what: "`weigh` / `BTreeMap` without a lock",
            ratio: bench.best(WEIGHED) / bench.best(FOUND),
            goal: 1.0,
        },
    ];
    for allocator in ALLOCATORS {
        for workload in workloads() {
            let [bare, weighing] = take_turns(workload, allocator);
            println!("{workload}, {allocator}: {bare:.2} ns, weighing {weighing:.2} ns");
            let what = format!("{workload}, {allocator}").leak();
            verdicts.push(Verdict { what, ratio: weighing / bare, goal: 1.05 });
        }
    }
    println!("\n{}", table(&verdicts));
}
