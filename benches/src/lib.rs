//! Measures several pieces of code side by side, in turns, and reports ratios between them.
//!
//! The machines this runs on are shared, so absolute times mean little. Each case runs for a few milliseconds, then the next,
//! round after round; the best round of each is compared with the best of its rival. That repeats to a few per cent where
//! averages do not.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// How long one case runs in one round.
const SLICE: Duration = Duration::from_millis(4);

struct Case<'a> {
    name: &'static str,
    /// Does the work so many times and says how long that took.
    run: Box<dyn FnMut(u64) -> Duration + 'a>,
    iterations: u64,
    best_ns: f64,
}

/// Cases that are measured in one run.
#[derive(Default)]
pub struct Bench<'a> {
    cases: Vec<Case<'a>>,
}

impl<'a> Bench<'a> {
    /// No cases yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a case: `run(n)` does the work `n` times.
    pub fn case(&mut self, name: &'static str, mut run: impl FnMut(u64) + 'a) {
        self.case_timed(name, move |n| {
            let start = Instant::now();
            run(n);
            start.elapsed()
        });
    }

    /// Adds a case that looks at the clock itself, because not all it does is to be measured.
    pub fn case_timed(&mut self, name: &'static str, run: impl FnMut(u64) -> Duration + 'a) {
        self.cases.push(Case { name, run: Box::new(run), iterations: 1, best_ns: f64::INFINITY });
    }

    /// Runs all cases in turns, `rounds` times.
    pub fn run(&mut self, rounds: usize) {
        for case in &mut self.cases {
            case.calibrate();
        }
        for _ in 0..rounds {
            for case in &mut self.cases {
                let spent = case.time(case.iterations);
                #[allow(clippy::cast_precision_loss)]
                let ns = spent.as_nanos() as f64 / case.iterations as f64;
                case.best_ns = case.best_ns.min(ns);
            }
        }
    }

    /// The best time of a case, in nanoseconds an iteration; NaN when there is no such case.
    #[must_use]
    pub fn best(&self, name: &str) -> f64 {
        self.cases.iter().find(|case| case.name == name).map_or(f64::NAN, |case| case.best_ns)
    }

    /// All best times, a line each.
    #[must_use]
    pub fn times(&self) -> String {
        let width = self.cases.iter().map(|case| case.name.len()).max().unwrap_or(0);
        self.cases.iter().fold(String::new(), |mut text, case| {
            let _ = writeln!(text, "{:width$}  {:9.2} ns", case.name, case.best_ns);
            text
        })
    }
}

impl Case<'_> {
    fn time(&mut self, iterations: u64) -> Duration {
        (self.run)(iterations)
    }

    fn calibrate(&mut self) {
        while self.time(self.iterations) < SLICE {
            self.iterations = self.iterations * 3 / 2 + 1;
        }
    }
}

/// What was hoped for, and what came out.
pub struct Verdict {
    /// What is compared.
    pub what: &'static str,
    /// The ratio measured.
    pub ratio: f64,
    /// The most that it should be.
    pub goal: f64,
}

/// The verdicts as a Markdown table.
#[must_use]
pub fn table(verdicts: &[Verdict]) -> String {
    let mut text = String::from("| case | ratio | goal | |\n|---|---|---|---|\n");
    for Verdict { what, ratio, goal } in verdicts {
        let mark = if ratio <= goal { "met" } else { "**missed**" };
        let _ = writeln!(text, "| {what} | {ratio:.3} | ≤ {goal} | {mark} |");
    }
    text
}
