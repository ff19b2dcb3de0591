//! Budgets within budgets, and a model that adds up what lives.

use plimsoll::{AllocError, Budget, Charge, Charging};
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

/// Each line's parent and limit.
const TREE: [(Option<usize>, usize); 4] = [(None, 600_000), (Some(0), 150_000), (Some(0), 400_000), (Some(2), 200_000)];

const HIGH: usize = 300_000;
const LOW: usize = 100_000;

const MOST: usize = 8;

type Figures = Rc<[Cell<usize>; TREE.len()]>;

fn chain(line: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(line), |&line| TREE[line].0)
}

/// Bytes that the model holds on a line and on those around it.
pub struct Held {
    figures: Figures,
    line: usize,
    bytes: usize,
}

impl Held {
    pub fn line(&self) -> usize {
        self.line
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        for line in chain(self.line) {
            self.figures[line].set(self.figures[line].get() - self.bytes);
        }
    }
}

struct Wait {
    charging: Pin<Box<Charging>>,
    line: usize,
    bytes: usize,
}

pub struct Lines {
    budgets: [Budget; TREE.len()],
    figures: Figures,
    /// What the watermark of the outermost budget has told last.
    above: Arc<AtomicBool>,
    charges: Vec<(Charge, Held)>,
    waits: Vec<Wait>,
}

impl Lines {
    pub fn new() -> Self {
        let above = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&above);
        let root = Budget::new(TREE[0].1).with_watermarks(HIGH, LOW, move |_, above| {
            assert_ne!(told.swap(above, Ordering::SeqCst), above, "told twice");
        });
        let second = root.child(TREE[2].1);
        let budgets = [root.clone(), root.child(TREE[1].1), second.clone(), second.child(TREE[3].1)];
        Self { budgets, figures: Figures::default(), above, charges: Vec::new(), waits: Vec::new() }
    }

    /// Which line an operation is about.
    pub fn pick(line: u8) -> usize {
        usize::from(line) % TREE.len()
    }

    pub fn budget(&self, line: usize) -> &Budget {
        &self.budgets[line]
    }

    pub fn budgets(&self) -> Vec<Budget> {
        self.budgets.to_vec()
    }

    /// To be held for as long as the model has what was charged.
    pub fn hold(&self, line: usize, bytes: usize) -> Held {
        for line in chain(line) {
            self.figures[line].set(self.figures[line].get() + bytes);
        }
        Held { figures: Rc::clone(&self.figures), line, bytes }
    }

    /// Checks that there was a reason, once all that an operation has given up is given up.
    pub fn refused(&self, line: usize, bytes: usize, error: AllocError) {
        assert_eq!(error.requested, bytes);
        assert!(error.held.is_some_and(|held| held <= error.limit && error.limit - held < bytes), "{error}");
        // What was given up may have gone to those who wait.
        assert!(!self.waits.is_empty() || bytes > self.budgets[line].available());
    }

    pub fn charge(&mut self, line: usize, bytes: usize) {
        match self.budgets[line].try_charge(bytes) {
            Ok(charge) => self.keep(charge, line),
            Err(error) => self.refused(line, bytes, error),
        }
    }

    fn keep(&mut self, charge: Charge, line: usize) {
        let held = self.hold(line, charge.bytes());
        if self.charges.len() == MOST {
            self.charges.swap_remove(0);
        }
        self.charges.push((charge, held));
    }

    pub fn wait(&mut self, line: usize, bytes: usize) {
        if self.waits.len() < MOST {
            self.waits.push(Wait { charging: Box::pin(self.budgets[line].charge(bytes)), line, bytes });
        }
    }

    pub fn give_up(&mut self, pick: u8) {
        if !self.waits.is_empty() {
            drop(self.waits.swap_remove(usize::from(pick) % self.waits.len()));
        }
    }

    /// A charge, to be given back or made a buffer.
    pub fn take(&mut self, pick: u8) -> Option<(Charge, Held)> {
        let len = self.charges.len();
        (len > 0).then(|| self.charges.swap_remove(usize::from(pick) % len))
    }

    /// Takes what was charged for those who wait.
    fn poll(&mut self) {
        let mut at = 0;
        while at < self.waits.len() {
            let Wait { charging, line, bytes } = &mut self.waits[at];
            let (line, bytes) = (*line, *bytes);
            match charging.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Pending => {
                    assert!(chain(line).all(|line| bytes <= TREE[line].1), "it would wait for ever");
                    at += 1;
                }
                Poll::Ready(outcome) => {
                    drop(self.waits.remove(at));
                    match outcome {
                        Ok(charge) => {
                            assert_eq!(charge.bytes(), bytes);
                            // Without making room, which would let others pass.
                            let held = self.hold(line, bytes);
                            self.charges.push((charge, held));
                        }
                        Err(error) => {
                            assert!(chain(line).any(|line| bytes > TREE[line].1), "{error}");
                        }
                    }
                }
            }
        }
        if let [alone] = &self.waits[..] {
            assert!(alone.bytes > self.budgets[alone.line].available(), "nobody is before it");
        }
    }

    /// `idle`: of each line, what is charged there and nobody's.
    pub fn check(&mut self, idle: impl Fn(usize) -> usize) {
        self.poll();
        for (line, budget) in self.budgets.iter().enumerate() {
            let idle: usize = (0..TREE.len()).filter(|&inner| chain(inner).any(|outer| outer == line)).map(&idle).sum();
            assert_eq!(budget.held(), self.figures[line].get() + idle, "held on line {line}");
            assert!(budget.held() <= budget.peak() && budget.peak() <= TREE[line].1, "over line {line}");
        }
        let held = self.budgets[0].held();
        let above = self.above.load(Ordering::SeqCst);
        assert!(if above { held > LOW } else { held <= HIGH }, "{held}, told {above}");
    }
}
