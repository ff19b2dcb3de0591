//! How a run ends: by itself, by `process.exit`, by a deadline, by a signal.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::raw::Ctx;

use super::Ended;

/// How long a program that waits sleeps before it looks for signals again.
pub(super) const NAP: Duration = Duration::from_millis(20);

/// What the program's thread and the one that waits for it tell each other.
#[derive(Clone, Default)]
pub(super) struct Signals {
    /// The run is to end: it is asked whether it is over at the next chance.
    pub(super) hurry: Arc<AtomicBool>,
    /// The end has begun, and takes as long as it takes.
    pub(super) ending: Arc<AtomicBool>,
}

/// Shared by the natives, the event loop and the engine's interrupt handler.
pub(crate) struct Control {
    deadline: Option<Instant>,
    stop: Option<Arc<AtomicBool>>,
    signals: Signals,
    /// Set once; whatever runs afterwards is only being unwound.
    ended: Cell<Option<(Ended, i32)>>,
    /// What the caller wants to do while everything is still alive.
    before_end: RefCell<Option<Box<dyn FnOnce()>>>,
}

impl Control {
    pub(crate) fn new(
        deadline: Option<Instant>,
        stop: Option<Arc<AtomicBool>>,
        signals: Signals,
        before_end: Box<dyn FnOnce()>,
    ) -> Control {
        Control { deadline, stop, signals, ended: Cell::new(None), before_end: RefCell::new(Some(before_end)) }
    }

    /// How the run ended, and the exit code.
    pub(crate) fn ended(&self) -> Option<(Ended, i32)> {
        self.ended.get()
    }

    /// Ends the run. The first end counts.
    pub(crate) fn end(&self, ctx: &Ctx, how: Ended, code: i32) {
        if self.ended.get().is_none() {
            self.ended.set(Some((how, code)));
            self.signals.ending.store(true, Ordering::Relaxed);
            self.look(ctx);
        }
    }

    /// The moment for the report: the program's values are alive, cycles are not.
    fn look(&self, ctx: &Ctx) {
        if let Some(look) = self.before_end.take() {
            ctx.collect();
            look();
        }
    }

    /// The flag that natives look at.
    pub(crate) fn hurry(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.signals.hurry)
    }

    /// When the run has to end at the latest.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Whether the run is over. Ends it if a signal came or the time is up.
    pub(crate) fn is_over(&self, ctx: &Ctx) -> bool {
        if self.ended.get().is_some() {
            return true;
        }
        if self.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed)) {
            self.end(ctx, Ended::Interrupted, 130);
        } else if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            self.end(ctx, Ended::Deadline, 0);
        }
        self.ended.get().is_some()
    }
}
