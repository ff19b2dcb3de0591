//! Handles against `bytes`, and the price of the audit. `cargo bench -p plimsoll-benches --bench views`.

use bytes::Bytes;
use plimsoll::audit::{self, Mode};
use plimsoll::{Buffer, Frozen};
use plimsoll_benches::{Bench, Verdict, table};
use plimsoll_noaudit as bare;
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const LIVE: usize = 1024;

/// Makes a copy of 64 bytes and drops it.
fn at_once<T>(make: impl Fn(&[u8]) -> T) -> impl FnMut(u64) {
    let source = [7_u8; 64];
    move |n| {
        for _ in 0..n {
            let made = make(black_box(&source));
            black_box(&made);
        }
    }
}

/// The same with 1,024 copies alive: each new one takes the place of the oldest.
fn with_live<T>(make: impl Fn(&[u8]) -> T) -> impl FnMut(u64) {
    let source = [7_u8; 64];
    let mut ring: Vec<T> = (0..LIVE).map(|_| make(&source)).collect();
    let mut next = 0;
    move |n| {
        for _ in 0..n {
            ring[next % LIVE] = make(black_box(&source));
            next += 1;
        }
        black_box(&ring);
    }
}

/// Cuts ten bytes and drops the cut.
fn cut<P, T>(parent: P, slice: impl Fn(&P, usize, usize) -> T) -> impl FnMut(u64) {
    move |n| {
        for _ in 0..n {
            let cut = slice(black_box(&parent), black_box(0), black_box(10));
            black_box(&cut);
        }
    }
}

fn audited(mut run: impl FnMut(u64)) -> impl FnMut(u64) {
    move |n| {
        audit::set_mode(Mode::All);
        run(n);
        audit::set_mode(Mode::Off);
    }
}

fn main() {
    let mut bench = Bench::new();

    let counter = AtomicUsize::new(0);
    bench.case("fetch_add", move |n| {
        for _ in 0..n {
            black_box(&counter).fetch_add(1, Ordering::Relaxed);
        }
    });

    bench.case("copy 64, Bytes", at_once(Bytes::copy_from_slice));
    bench.case("copy 64, Vec", at_once(<[u8]>::to_vec));
    bench.case("copy 64, Buffer", at_once(Buffer::copy_from));
    bench.case("copy 64, Buffer without audit", at_once(bare::Buffer::copy_from));
    bench.case("copy 64, Buffer audited", audited(at_once(Buffer::copy_from)));
    bench.case("copy 64, Frozen", at_once(Frozen::copy_from_slice));
    bench.case("copy 64, Frozen without audit", at_once(bare::Frozen::copy_from_slice));
    bench.case("copy 64, Frozen audited", audited(at_once(Frozen::copy_from_slice)));

    bench.case("copy 64 of 1,024 live, Bytes", with_live(Bytes::copy_from_slice));
    bench.case("copy 64 of 1,024 live, Buffer", with_live(Buffer::copy_from));
    bench.case("copy 64 of 1,024 live, Buffer without audit", with_live(bare::Buffer::copy_from));
    bench.case("copy 64 of 1,024 live, Buffer audited", audited(with_live(Buffer::copy_from)));
    bench.case("copy 64 of 1,024 live, Frozen", with_live(Frozen::copy_from_slice));

    let big = vec![1_u8; 64 * 1024];
    let bytes = Bytes::from(big.clone());
    let _promoted = bytes.clone();
    bench.case("slice, Bytes", cut(bytes, |b, from, to| b.slice(from..to)));
    bench.case("slice, Buffer", cut(Buffer::copy_from(&big), |b, from, to| b.subarray(from..to)));
    bench.case("slice, Buffer without audit", cut(bare::Buffer::copy_from(&big), |b, from, to| b.subarray(from..to)));
    audit::set_mode(Mode::All);
    let recorded = Buffer::copy_from(&big);
    audit::set_mode(Mode::Off);
    bench.case("slice, Buffer audited", cut(recorded, |b, from, to| b.subarray(from..to)));
    bench.case("slice, Frozen of a big store", cut(Frozen::copy_from_slice(&big), |b, from, to| b.slice(from..to)));
    // A slab's handles are free of atomics while the slab is among its thread's latest sixteen, so it is made anew each round.
    bench.case("slice, Frozen of a recent slab", move |n| {
        cut(Frozen::copy_from_slice(&big[..4000]), |b, from, to| b.slice(from..to))(n);
    });

    bench.run(40);
    print!("{}", bench.times());

    let best = |name: &str| bench.best(name);
    let against = |ours: &str, theirs: &str| best(ours) / best(theirs);
    let more = |with: &str, without: &str| (best(with) - best(without)) / best("fetch_add");
    let verdict = |what, ratio, goal| Verdict { what, ratio, goal };
    let verdicts = [
        verdict("`Buffer` slice + drop / `Bytes::slice`", against("slice, Buffer", "slice, Bytes"), 0.15),
        verdict("`Buffer` 64-byte copy + drop / `Bytes`", against("copy 64, Buffer", "copy 64, Bytes"), 0.6),
        verdict(
            "the same with 1,024 live",
            against("copy 64 of 1,024 live, Buffer", "copy 64 of 1,024 live, Bytes"),
            0.8,
        ),
        verdict("`Frozen` 64-byte copy + drop / `Bytes`", against("copy 64, Frozen", "copy 64, Bytes"), 0.55),
        verdict(
            "the same with 1,024 live",
            against("copy 64 of 1,024 live, Frozen", "copy 64 of 1,024 live, Bytes"),
            0.7,
        ),
        verdict(
            "`Frozen` slice of a big store / `Bytes::slice`",
            against("slice, Frozen of a big store", "slice, Bytes"),
            1.0,
        ),
        verdict(
            "audit compiled in, off: 64-byte copy, in `fetch_add`s more",
            more("copy 64, Buffer", "copy 64, Buffer without audit"),
            0.07,
        ),
        verdict(
            "audit compiled in, off: 64-byte copy with 1,024 live",
            more("copy 64 of 1,024 live, Buffer", "copy 64 of 1,024 live, Buffer without audit"),
            0.07,
        ),
        verdict("audit compiled in, off: slice", more("slice, Buffer", "slice, Buffer without audit"), 0.07),
        verdict(
            "every view audited: 64-byte copy",
            more("copy 64, Buffer audited", "copy 64, Buffer without audit"),
            0.35,
        ),
        verdict(
            "every view audited: 64-byte copy with 1,024 live",
            more("copy 64 of 1,024 live, Buffer audited", "copy 64 of 1,024 live, Buffer without audit"),
            0.35,
        ),
        verdict("every view audited: slice", more("slice, Buffer audited", "slice, Buffer without audit"), 0.35),
    ];
    println!("\n{}", table(&verdicts));
}
