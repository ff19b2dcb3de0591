//! Measures the arithmetic on a million views, in shapes that are hard on different parts of it.
//!
//! `cargo run --release -p plimsoll-report --example million`

use std::time::{Duration, Instant};

use plimsoll_report::{Report, Rows, Source, StoreRow, ViewRow};

const VIEWS: u64 = 1_000_000;
const RUNS: usize = 7;

fn main() {
    measure("one store, in order", rows(1, 2, |i, _| (0, i * 64, i % 2)));
    measure("one store, shuffled", rows(1, 2, |i, r| (0, r % VIEWS * 64, i % 2)));
    measure("a store each, in order", rows(VIEWS, 2, |i, _| (i, 64, 1)));
    measure("a store each, shuffled", rows(VIEWS, 2, |i, r| (r % VIEWS, i % 64, 1)));
    measure("20,000 stores, shuffled", rows(20_000, 50, |_, r| (r % 20_000, r >> 40, r >> 32)));
    measure("300,000 stores, 1,000 places", rows(300_000, 1_000, |_, r| (r % 300_000, r >> 40, r >> 32)));
}

/// A million views of stores; `view` gives store, offset and place for the number of the view and a random number.
fn rows(stores: u64, places: u64, view: impl Fn(u64, u64) -> (u64, u64, u64)) -> Rows {
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    Rows {
        places: (0..places).map(|line| format!("src/session/reader.js:{line}:17")).collect(),
        stores: (0..stores)
            .map(|id| StoreRow { id: id * 64, capacity: VIEWS * 64, slab: false, born: 0, stands_for: None })
            .collect(),
        views: (0..VIEWS)
            .map(|i| {
                let (store, offset, place) = view(i, next());
                ViewRow { store: store * 64, offset, len: 48, place: (place % places) as u32 }
            })
            .collect(),
    }
}

fn measure(shape: &str, rows: Rows) {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let rows = rows.clone();
            let start = Instant::now();
            let report = Report::new(Source::script("million.js"), rows);
            let time = start.elapsed();
            std::hint::black_box(&report);
            time
        })
        .collect();
    times.sort_unstable();
    let holders = Report::new(Source::script("million.js"), rows).holders.len();
    let (best, median) = (times[0].as_secs_f64() * 1e3, times[RUNS / 2].as_secs_f64() * 1e3);
    println!("{shape:<30} best {best:>6.1} ms  median {median:>6.1} ms  {holders:>7} holders");
}
