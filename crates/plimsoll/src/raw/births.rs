//! Where allocations were made, found out within the allocator: return addresses only, which get their names when somebody asks.
//!
//! *Invariant A1.* A trace is neither changed nor freed once it is linked.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fmt;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// Frames of a trace.
const DEPTH: usize = 32;

/// Different traces that are kept.
const MOST: usize = 16 * 1024;

/// Which allocations are traced.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sampling {
    one_in: u32,
    from: usize,
}

/// What a thread knows. It needs no destructor, so the allocator may use it at any time.
struct Mine {
    /// Allocations until the next trace.
    left: Cell<u32>,
    /// It is taking a trace. What is allocated for that is not traced.
    busy: Cell<bool>,
}

thread_local! {
    static MINE: Mine = const { Mine { left: Cell::new(0), busy: Cell::new(false) } };
}

impl Sampling {
    pub(crate) const fn new(one_in: u32, from: usize) -> Self {
        Self { one_in, from }
    }

    /// The tag for an allocation of `len` bytes that the calling thread has just made: its trace, or null.
    #[inline]
    pub(crate) fn trace(self, len: usize) -> *mut () {
        MINE.with(|mine| {
            let left = mine.left.get();
            let turn = left == 0 && self.one_in != 0;
            mine.left.set(if turn { self.one_in - 1 } else { left.saturating_sub(1) });
            if (turn || len >= self.from) && !mine.busy.replace(true) {
                let trace = Trace::take();
                mine.busy.set(false);
                trace
            } else {
                ptr::null_mut()
            }
        })
    }
}

/// The way to an allocation: return addresses, the innermost first.
pub(crate) struct Trace {
    frames: [usize; DEPTH],
    len: usize,
    /// The one linked before it in its bucket.
    next: Option<&'static Trace>,
}

const BUCKETS: usize = 1024;
static TRACES: [AtomicPtr<Trace>; BUCKETS] = [const { AtomicPtr::new(ptr::null_mut()) }; BUCKETS];
static COUNT: AtomicUsize = AtomicUsize::new(0);

impl Trace {
    #[cold]
    #[inline(never)]
    fn take() -> *mut () {
        #[cfg_attr(windows, allow(unused_mut))]
        let mut trace = Self { frames: [0; DEPTH], len: 0, next: None };
        #[cfg(not(windows))]
        // SAFETY: what is not synchronised is the naming of frames and, on Windows, a library; walking a stack elsewhere reads that
        // stack, and what the unwinder shares between threads it keeps safe itself.
        unsafe {
            backtrace::trace_unsynchronized(|frame| {
                trace.frames[trace.len] = frame.ip().addr();
                trace.len += 1;
                trace.len < DEPTH
            });
        }
        trace.link().map_or(ptr::null_mut(), |trace| ptr::from_ref(trace).cast_mut().cast())
    }

    /// The same trace as it is kept. None: there are too many, or there is no memory.
    fn link(self) -> Option<&'static Self> {
        let mix = |hash: usize, &frame: &usize| (hash.rotate_left(5) ^ frame).wrapping_mul(0x9e37_79b9);
        let hash = self.frames().iter().fold(0, mix);
        let bucket = &TRACES[(hash >> 12) % BUCKETS];
        let mut head = bucket.load(Ordering::Acquire);
        // SAFETY: A1.
        let mut linked: Option<&'static Self> = unsafe { head.as_ref() };
        while let Some(trace) = linked {
            if trace.frames() == self.frames() {
                return Some(trace);
            }
            linked = trace.next;
        }
        if self.len == 0 || COUNT.fetch_add(1, Ordering::Relaxed) >= MOST {
            COUNT.fetch_min(MOST, Ordering::Relaxed);
            return None;
        }
        // Of the system: the program's allocator is waiting for us.
        // SAFETY: the type is not empty.
        let new: *mut Self = unsafe { System.alloc(Layout::new::<Self>()) }.cast();
        if new.is_null() {
            return None;
        }
        // SAFETY: just allocated for it.
        unsafe { new.write(self) };
        loop {
            // SAFETY: not linked yet, so nobody else sees it; A1 for the one before.
            unsafe { (*new).next = head.as_ref() };
            match bucket.compare_exchange_weak(head, new, Ordering::AcqRel, Ordering::Acquire) {
                // SAFETY: A1.
                Ok(_) => return unsafe { new.as_ref() },
                // Another thread has linked one, perhaps the same: then it is kept twice.
                Err(now) => head = now,
            }
        }
    }

    fn frames(&self) -> &[usize] {
        &self.frames[..self.len]
    }

    /// # Safety
    /// The tag is null or came from [`Sampling::trace`].
    pub(crate) unsafe fn from_tag(tag: *mut ()) -> Option<&'static Self> {
        // SAFETY: A1.
        unsafe { tag.cast::<Self>().as_ref() }
    }

    /// Calls `each` with the name of every function on the way and where in it, until told to stop. Not for the allocator: it allocates.
    fn names(&self, mut each: impl FnMut(&str, Option<(&Path, u32)>) -> bool) {
        let mut go_on = true;
        for &frame in self.frames() {
            backtrace::resolve(ptr::without_provenance_mut(frame), |symbol| {
                if go_on {
                    let name = symbol.name().map(|name| format!("{name:#}")).unwrap_or_default();
                    go_on = each(&name, symbol.filename().map(|file| (file, symbol.lineno().unwrap_or(0))));
                }
            });
        }
    }
}

/// Whose code a function is.
#[derive(PartialEq, Eq)]
enum Whose {
    /// The allocator's, this crate's, the standard library's.
    Below,
    /// A library's from a registry.
    Library,
    Programs,
}

/// Whose by its name, and by its file where names lack their crates: inlined functions, of which there are line tables only.
fn whose(function: &str, file: Option<&Path>) -> Whose {
    let path = function.trim_start_matches(['<', '&']);
    let below =
        ["plimsoll::", "backtrace::", "std::", "alloc::", "core::"].iter().any(|crate_| path.starts_with(crate_))
            || ["__rust", "__rg_"].iter().any(|shim| function.contains(shim));
    let file = file.map(Path::to_string_lossy).unwrap_or_default();
    if below || file.starts_with("/rustc/") || file.contains("/rustlib/src/") {
        Whose::Below
    } else if file.contains("/registry/src/") || file.contains("/git/checkouts/") {
        Whose::Library
    } else {
        Whose::Programs
    }
}

/// The first line of the program's own code, or else of a library's; as an alternative (`{:#}`) all functions, a line each.
impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let here = std::env::current_dir().unwrap_or_default();
        let line =
            |(file, line): (&Path, u32)| format!("{}:{line}", file.strip_prefix(&here).unwrap_or(file).display());
        if f.alternate() {
            let mut outcome = Ok(());
            self.names(|function, place| {
                outcome = match place {
                    Some(place) => writeln!(f, "{function} at {}", line(place)),
                    None => writeln!(f, "{function}"),
                };
                outcome.is_ok()
            });
            return outcome;
        }
        let (mut programs, mut library) = (None, None);
        // This crate's sources. What comes before them is the unwinder's.
        let mut sources: Option<PathBuf> = None;
        self.names(|function, place| {
            let file = place.map(|(file, _)| file);
            if sources.is_none()
                && let Some(file) = file.filter(|file| file.ends_with(file!()))
            {
                sources = file.ancestors().nth(2).map(Path::to_path_buf);
                (programs, library) = (None, None);
            }
            let ours = file.zip(sources.as_ref()).is_some_and(|(file, sources)| file.starts_with(sources));
            let name = || place.map_or_else(|| function.to_string(), line);
            match whose(function, file) {
                Whose::Below => {}
                _ if ours => {}
                Whose::Library => library = library.take().or_else(|| Some(name())),
                Whose::Programs => programs = programs.take().or_else(|| Some(name())),
            }
            programs.is_none() || sources.is_none()
        });
        f.write_str(&programs.or(library).unwrap_or_else(|| "unknown".to_string()))
    }
}
