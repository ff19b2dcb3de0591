//! Names for regions of a program.

#[cfg(feature = "report")]
use super::Site;
use crate::raw::record;
use std::cell::RefCell;
use std::marker::PhantomData;

thread_local! {
    /// The labels of the thread's scopes, the innermost last. None: one that ended before another within it.
    static OPEN: RefCell<Vec<Option<&'static str>>> = const { RefCell::new(Vec::new()) };
}

/// While it lives, what its thread makes is labelled. See [`scope`].
#[derive(Debug)]
#[must_use = "the scope ends when this is dropped"]
pub struct Scope {
    /// Its place among those that are open.
    at: usize,
    _this_thread: PhantomData<*mut ()>,
}

/// Labels what this thread makes until the [`Scope`] is dropped: in reports the line of a view or store that is audited reads
/// `label: src/x.rs:1:2`, and counts by itself.
///
/// One line often works for many: a `split_to` in a codec cuts frames of every kind. The label tells them apart. Scopes
/// nest, and the innermost one that has not ended names, in whatever order they end. A clone of frozen bytes has its parent's
/// line and the label of the scope it is cloned in.
/// A scope that is held across an `.await` also labels what other tasks make on the thread meanwhile.
///
/// Entering and leaving costs a push and a pop on a stack of the thread's own; views that are not audited cost nothing more.
///
/// ```
/// # #[cfg(feature = "report")] {
/// use plimsoll::{Buffer, audit};
///
/// audit::set_mode(audit::Mode::All);
/// let packet = Buffer::alloc(1 << 20);
/// let kept = {
///     let _scope = audit::scope("h1 headers");
///     packet.subarray(..20)
/// };
/// drop(packet);
/// let report = audit::report();
/// assert!(report.holders[0].place.starts_with("h1 headers: "));
/// # drop(kept); }
/// ```
#[inline]
pub fn scope(label: &'static str) -> Scope {
    let enter = |open: &RefCell<Vec<_>>| {
        let mut open = open.borrow_mut();
        open.push(Some(label));
        record::set_scope(Some(label));
        open.len() - 1
    };
    // A thread that ends has no labels any more.
    let at = if cfg!(feature = "audit") { OPEN.try_with(enter).ok() } else { None };
    Scope { at: at.unwrap_or(usize::MAX), _this_thread: PhantomData }
}

impl Drop for Scope {
    #[inline]
    fn drop(&mut self) {
        let leave = |open: &RefCell<Vec<_>>| {
            let mut open = open.borrow_mut();
            if let Some(label) = open.get_mut(self.at) {
                *label = None;
            }
            while open.last() == Some(&None) {
                open.pop();
            }
            record::set_scope(open.last().copied().flatten());
        };
        if cfg!(feature = "audit") {
            let _ = OPEN.try_with(leave);
        }
    }
}

/// What a report calls a site in a scope.
#[cfg(feature = "report")]
pub(super) fn place(scope: Option<Site>, site: Site) -> String {
    scope.map_or_else(|| site.to_string(), |label| format!("{label}: {site}"))
}
