//! Eight threads pass random handles about under one load line, for as long as one likes: resident memory stays near the line,
//! and every counter ends at zero.
//!
//! A few seconds by default; `PLIMSOLL_SOAK_SECONDS=600 cargo test --release -p plimsoll --test soak -- --nocapture` for ten minutes.
//!
//! The test runs itself with glibc's threshold for giving memory back fixed at 64 KiB. Left alone, glibc raises it to whatever large
//! block was freed last, and each of its arenas keeps what it got: twice the line stays resident, whoever frees it.
#![cfg(target_os = "linux")]

use plimsoll::{Budget, Buffer, ChunkPool, Frozen, Pool, Reader, audit};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const LINE: usize = 256 << 20;
const THREADS: usize = 8;

fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").expect("Linux tells");
    let pages: usize = pages.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("the second number");
    pages * 4096
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) as usize % n
    }
}

/// A handle that another thread may take, and what its bytes must all be.
type Passed = (Frozen, u8);

struct Sea {
    line: Budget,
    chunks: ChunkPool,
    passed: Mutex<Vec<Passed>>,
    stop: AtomicBool,
    done: AtomicU64,
    refused: AtomicUsize,
}

impl Sea {
    fn pass(&self, handle: Passed, random: &mut Random) {
        let mut passed = self.passed.lock().unwrap();
        passed.push(handle);
        while passed.len() > 4000 {
            let at = random.below(passed.len());
            passed.swap_remove(at);
        }
    }

    fn fetch(&self, random: &mut Random) -> Option<Passed> {
        let mut passed = self.passed.lock().unwrap();
        let at = random.below(passed.len().max(1));
        (at < passed.len()).then(|| passed.swap_remove(at))
    }

    /// One with chunks of its own, or of the pool that all share.
    fn reader(&self, random: &mut Random) -> Reader {
        let reader = Reader::with_chunk_size(64 << 10 << random.below(3));
        if random.below(2) == 0 { reader.with_budget(self.line.clone()) } else { reader.with_pool(&self.chunks) }
    }

    fn sail(&self, seed: u64) {
        let mut random = Random(seed);
        let mut pool = Pool::with_slab_size(16 << 10).with_budget(self.line.clone());
        let mut reader = self.reader(&mut random);
        let mut views: Vec<(Buffer, u8)> = Vec::new();
        while !self.stop.load(Ordering::Relaxed) {
            let mark = random.below(256) as u8;
            match random.below(10) {
                0 | 1 => match Buffer::try_alloc_in(&self.line, 1 + random.below(2 << 20)) {
                    Ok(whole) => {
                        whole.fill(&[mark]);
                        let from = random.below(whole.len());
                        views.push((whole.subarray(from..), mark));
                    }
                    Err(_) => self.line_met(&mut views),
                },
                2 => match pool.try_alloc(1 + random.below(6000)) {
                    Ok(small) => {
                        small.fill(&[mark]);
                        views.push((small, mark));
                    }
                    Err(_) => self.line_met(&mut views),
                },
                3 | 4 => {
                    if random.below(50) == 0 {
                        reader = self.reader(&mut random);
                    }
                    let len = 1 + random.below(20_000);
                    if reader.try_reserve(len).is_ok() {
                        reader.extend_from_slice(&vec![mark; len]);
                        let frame = reader.split_to(len).unwrap();
                        self.pass((frame.slice(random.below(len)..), mark), &mut random);
                    } else {
                        self.line_met(&mut views);
                    }
                }
                5 => self.pass((Frozen::copy_from_slice(&vec![mark; 1 + random.below(5000)]), mark), &mut random),
                6 if !views.is_empty() => {
                    let (view, mark) = views.swap_remove(random.below(views.len()));
                    self.pass((view.freeze(), mark), &mut random);
                }
                7 | 8 => {
                    if let Some((handle, mark)) = self.fetch(&mut random) {
                        assert!(handle.iter().all(|&byte| byte == mark), "bytes changed under a handle");
                        if random.below(2) == 0 {
                            self.pass((handle.keep(), mark), &mut random);
                        }
                    }
                }
                _ if !views.is_empty() => {
                    let (view, mark) = views.swap_remove(random.below(views.len()));
                    assert!(view.cells().iter().all(|cell| cell.get() == mark));
                }
                _ => {}
            }
            assert!(self.line.held() <= LINE);
            self.done.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn line_met(&self, views: &mut Vec<(Buffer, u8)>) {
        self.refused.fetch_add(1, Ordering::Relaxed);
        views.truncate(views.len() / 2);
        let mut passed = self.passed.lock().unwrap();
        let half = passed.len() / 2;
        passed.truncate(half);
    }
}

const THRESHOLD: &str = "MALLOC_MMAP_THRESHOLD_";

#[test]
fn resident_memory_stays_near_the_line_and_counters_end_at_zero() {
    if std::env::var_os(THRESHOLD).is_some() {
        return soak();
    }
    let this = std::env::current_exe().expect("it runs");
    let run = std::process::Command::new(this).args(["--nocapture"]).env(THRESHOLD, "65536").status();
    assert!(run.expect("it starts").success());
}

fn soak() {
    let seconds = std::env::var("PLIMSOLL_SOAK_SECONDS").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(3);
    audit::set_mode(audit::Mode::All);
    let line = Budget::new(LINE);
    let sea = Sea {
        chunks: ChunkPool::with_idle_limit(8 << 20).with_budget(line.clone()),
        line,
        passed: Mutex::default(),
        stop: AtomicBool::new(false),
        done: AtomicU64::new(0),
        refused: AtomicUsize::new(0),
    };
    let before = resident();
    let mut most = 0;
    thread::scope(|scope| {
        for seed in 1..=THREADS as u64 {
            let sea = &sea;
            scope.spawn(move || sea.sail(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        }
        let end = Instant::now() + Duration::from_secs(seconds);
        while Instant::now() < end {
            thread::sleep(Duration::from_millis(50));
            most = most.max(resident());
        }
        sea.stop.store(true, Ordering::Relaxed);
    });
    let Sea { line, chunks, passed, done, refused, .. } = sea;
    let (done, refused) = (done.into_inner(), refused.into_inner());
    println!(
        "{done} steps in {seconds} s, the line met {refused} times, {} MiB held at most, {} MiB resident at most",
        line.peak() >> 20,
        most >> 20
    );
    assert!(refused > 0, "the line was met");
    assert!(line.peak() <= LINE);
    drop(passed);
    assert_eq!((chunks.stats().held, chunks.stats().waste), (0, 0));
    println!("{:?}", chunks.stats());
    drop(chunks);
    assert_eq!(line.held(), 0);
    assert!(audit::rows().views.is_empty() && audit::rows().stores.is_empty(), "nobody holds anything");
    // A build with a sanitizer in it keeps what was freed.
    if !option_env!("RUSTFLAGS").is_some_and(|flags| flags.contains("sanitizer")) {
        assert!(most - before < LINE + LINE / 5, "{} MiB resident", most >> 20);
    }
}
