//! The report over a million live views, while another thread makes and drops more. `cargo bench -p plimsoll-benches --bench report`.

use plimsoll::{Buffer, audit};
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const VIEWS: usize = 1_000_000;
const RUNS: usize = 9;

fn main() {
    audit::set_mode(audit::Mode::All);
    measure("one store", || {
        let store = Buffer::alloc(VIEWS * 16);
        (0..VIEWS).map(|n| store.subarray(n * 16..n * 16 + 16)).collect()
    });
    measure("10,000 stores of 64 KiB", || {
        let stores: Vec<Buffer> = (0..10_000).map(|_| Buffer::alloc_slow(64 * 1024)).collect();
        (0..VIEWS).map(|n| stores[n % stores.len()].subarray(n / 200..n / 200 + 50)).collect()
    });
    measure("pool slabs", || (0..VIEWS).map(|_| Buffer::alloc_pooled(48)).collect());
    measure("a store each", || (0..VIEWS).map(|_| Buffer::alloc(64)).collect());
    disturb();
}

fn measure(shape: &str, make: impl Fn() -> Vec<Buffer>) {
    let views = make();
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            let report = audit::report();
            let time = start.elapsed();
            assert!(report.totals.views >= VIEWS as u64);
            black_box(&report);
            time
        })
        .collect();
    times.sort_unstable();
    drop(views);
    println!("{shape:<24} best {:>6.1} ms  median {:>6.1} ms", ms(times[0]), ms(times[RUNS / 2]));
}

/// How much slower another thread makes views while reports are being made.
fn disturb() {
    let _views: Vec<Buffer> = (0..VIEWS).map(|_| Buffer::alloc_pooled(48)).collect();
    let (made, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let per_ms = |work: &mut dyn FnMut()| {
        let (before, start) = (made.load(Ordering::Relaxed), Instant::now());
        work();
        (made.load(Ordering::Relaxed) - before) as f64 / ms(start.elapsed())
    };
    thread::scope(|s| {
        s.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                for _ in 0..100 {
                    let buffer = Buffer::copy_from(black_box(&[7; 64]));
                    black_box(&buffer);
                }
                made.fetch_add(100, Ordering::Relaxed);
            }
        });
        let mut ratios: Vec<f64> = (0..RUNS)
            .map(|_| {
                let alone = per_ms(&mut || {
                    let start = Instant::now();
                    while start.elapsed() < Duration::from_millis(100) {
                        black_box(start);
                    }
                });
                per_ms(&mut || drop(black_box(audit::report()))) / alone
            })
            .collect();
        stop.store(true, Ordering::Relaxed);
        ratios.sort_unstable_by(f64::total_cmp);
        println!("views made by another thread meanwhile: {:.2} of what it makes otherwise", ratios[RUNS / 2]);
    });
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
