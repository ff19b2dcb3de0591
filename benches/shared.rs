//! Shared memory against `memcpy` and against bytes of its own. `cargo bench -p plimsoll-benches --bench shared`.

use plimsoll::Shared;
use plimsoll::cells::Endian;
use plimsoll_benches::{Bench, Verdict, table};
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

const SIZES: [usize; 2] = [4 * 1024, 1024 * 1024];

/// The name of a case for each size.
macro_rules! sized {
    ($($name:literal)*) => {
        [$([concat!($name, ", 4 KiB"), concat!($name, ", 1 MiB")]),*]
    };
}

fn repeat<T>(mut run: impl FnMut() -> T) -> impl FnMut(u64) {
    move |n| {
        for _ in 0..n {
            black_box(run());
        }
    }
}

fn main() {
    let one = Shared::alloc(64);
    let s = || black_box(&one);
    let mut bench = Bench::new();
    let [memcpy, out, into, across] = sized!["memcpy" "copy_to_slice" "copy_from_slice" "copy_to"];
    let [out_askew, across_askew] = sized!["copy_to_slice from an odd offset" "copy_to an odd offset"];
    let [memset, fill, to_vec, snapshot] = sized!["memset" "fill" "to_vec" "snapshot"];
    for (i, size) in SIZES.into_iter().enumerate() {
        let bytes = || vec![7_u8; size];
        let shared = || Shared::copy_from(&bytes());
        let askew = || Shared::copy_from(&vec![7; size + 3]).slice(3..);

        let (mut to, from) = (bytes(), bytes());
        bench.case(memcpy[i], repeat(move || black_box(&mut to).copy_from_slice(black_box(&from))));
        let (mut to, from) = (bytes(), shared());
        bench.case(out[i], repeat(move || black_box(&from).copy_to_slice(0, black_box(&mut to))));
        let (mut to, from) = (bytes(), askew());
        bench.case(out_askew[i], repeat(move || black_box(&from).copy_to_slice(0, black_box(&mut to))));
        let (to, from) = (shared(), bytes());
        bench.case(into[i], repeat(move || black_box(&to).copy_from_slice(0, black_box(&from))));
        let (to, from) = (shared(), shared());
        bench.case(across[i], repeat(move || black_box(&from).copy_to(.., black_box(&to), 0)));
        let (to, from) = (askew(), shared());
        bench.case(across_askew[i], repeat(move || black_box(&from).copy_to(.., black_box(&to), 0)));

        let mut to = bytes();
        bench.case(memset[i], repeat(move || black_box(&mut to).fill(black_box(1))));
        let to = shared();
        bench.case(fill[i], repeat(move || black_box(&to).fill(.., black_box(1))));
        let from = bytes();
        bench.case(to_vec[i], repeat(move || black_box(&from).to_vec()));
        let from = shared();
        bench.case(snapshot[i], repeat(move || black_box(&from).snapshot(..)));
    }

    let word = AtomicU64::new(0);
    bench.case("fetch_add", repeat(move || black_box(&word).fetch_add(1, Ordering::SeqCst)));
    bench.case("get u8", repeat(|| s().get::<u8>(black_box(5), Endian::Little)));
    bench.case("get u32", repeat(|| s().get::<u32>(black_box(4), Endian::Big)));
    bench.case("get f64 of two words", repeat(|| s().get::<f64>(black_box(3), Endian::Big)));
    bench.case("set u8", repeat(|| s().set(black_box(5), 1_u8, Endian::Little)));
    bench.case("set u64", repeat(|| s().set(black_box(8), 1_u64, Endian::Little)));
    bench.case("add i32", repeat(|| s().add(black_box(4), 1_i32)));
    bench.case("add i64", repeat(|| s().add(black_box(8), 1_i64)));
    bench.case("notify nobody", repeat(|| s().notify(black_box(8), 1)));
    bench.case("clone, drop", repeat(|| s().clone()));

    bench.run(40);
    println!("{}", bench.times());

    let mut verdicts = Vec::new();
    for i in 0..SIZES.len() {
        for what in [out, into, across, out_askew, across_askew] {
            let ratio = bench.best(what[i]) / bench.best(memcpy[i]);
            verdicts.push(Verdict { what: what[i], ratio, goal: 2.5 }); // 0.4 of its speed
        }
    }
    println!("Time against memcpy\n\n{}", table(&verdicts));
    for i in 0..SIZES.len() {
        let ratio = |what: [&'static str; 2], rival: [&str; 2]| bench.best(what[i]) / bench.best(rival[i]);
        println!("{} against memset: {:.2}", fill[i], ratio(fill, memset));
        println!("{} against to_vec: {:.2}", snapshot[i], ratio(snapshot, to_vec));
    }
}
