//! One engine: heap, global object, limits.

use std::any::Any;
use std::cell::{Cell, OnceCell, RefCell};
use std::ffi::{CStr, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rquickjs::qjs;

use super::buffer::Ledger;
use super::ctx::Ctx;
use super::{Ref, Thrown};

/// What the engine is told once.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Bytes of this thread's stack that scripts may use. Beyond them a call is a `RangeError`. The thread needs at least 1 MiB more.
    pub(crate) max_stack: usize,
    /// Bytes that the interpreter's own heap may take. Beyond them an allocation is an error; buffers do not count.
    pub(crate) max_heap: usize,
    /// Set from another thread when the interrupt is to be asked at the next chance.
    pub(crate) hurry: Arc<AtomicBool>,
}

/// The engine that this code was written against. Linked by another name or version, its structs would not fit.
const ENGINE_VERSION: &CStr = c"0.16.2";

/// Called when a promise is rejected without a handler (`false`), and when it gets one afterwards (`true`).
pub(crate) type RejectionTracker = fn(&mut Ctx, promise: Ref<'_>, reason: Ref<'_>, handled: bool);

/// Asked whether to end the run.
type Interrupt = Box<dyn Fn(&Ctx) -> bool>;

/// Turns a stack as the engine writes it into what the program is shown.
pub(crate) type StackReader = fn(&Ctx, &str) -> String;

/// An engine with one global object. Dropping the last handle, values included, frees it.
pub(crate) struct Runtime {
    inner: Rc<Inner>,
}

/// What every value of the engine shares.
pub(super) struct Inner {
    rt: *mut qjs::JSRuntime,
    ctx: *mut qjs::JSContext,
    entered: Cell<bool>,
    interrupt: RefCell<Option<Interrupt>>,
    /// Set from another thread when the interrupt is to be asked soon.
    hurry: Arc<AtomicBool>,
    rejection: Cell<Option<RejectionTracker>>,
    pub(super) stack_reader: Cell<Option<StackReader>>,
    user: OnceCell<Box<dyn Any>>,
    /// Values that live as long as the engine. Kept without a count on it, or it would never end.
    slots: RefCell<Vec<qjs::JSValue>>,
    pub(super) intrinsics: OnceCell<Intrinsics>,
    pub(super) ledger: Rc<Ledger>,
    /// Class of the objects whose death tells of a view's death.
    pub(super) sentinel: Cell<qjs::JSClassID>,
    /// Whether a buffer may exist that can change its length; only then are lengths looked up the slow way. False once the host has
    /// replaced the engine's own constructors, until it makes such a buffer itself.
    pub(super) resizable_seen: Cell<bool>,
    /// Class number of `SharedArrayBuffer` objects, which has no public test.
    pub(super) shared_class: Cell<qjs::JSClassID>,
}

/// Slots of functions that a program could replace, taken before it runs.
#[derive(Clone, Copy)]
pub(super) struct Intrinsics {
    pub(super) errors: [Slot; 4],
    pub(super) stack_getter: Slot,
    pub(super) dataview_buffer: Slot,
    pub(super) dataview_offset: Slot,
    pub(super) dataview_length: Slot,
    pub(super) typed_length: Slot,
}

/// The place of a value that lives as long as the engine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot(usize);

impl Inner {
    /// Asks whether to end the run.
    #[cold]
    pub(super) fn ask_interrupt(&self, ctx: &Ctx) -> bool {
        self.interrupt.try_borrow().is_ok_and(|ask| ask.as_ref().is_some_and(|ask| ask(ctx)))
    }

    pub(super) fn rt(&self) -> *mut qjs::JSRuntime {
        self.rt
    }

    pub(super) fn user(&self) -> &OnceCell<Box<dyn Any>> {
        &self.user
    }

    pub(super) fn rejection(&self) -> &Cell<Option<RejectionTracker>> {
        &self.rejection
    }

    /// Takes over one reference of `raw`.
    pub(super) fn keep(&self, raw: qjs::JSValue) -> Slot {
        let mut slots = self.slots.borrow_mut();
        slots.push(raw);
        Slot(slots.len() - 1)
    }

    /// Takes over one reference of `raw` and gives up the one that the slot had.
    pub(super) fn swap_slot(&self, slot: Slot, raw: qjs::JSValue) -> Option<qjs::JSValue> {
        self.slots.borrow_mut().get_mut(slot.0).map(|place| std::mem::replace(place, raw))
    }

    /// The value in the slot, borrowed from the engine.
    pub(super) fn slot(&self, slot: Slot) -> qjs::JSValue {
        self.slots.borrow().get(slot.0).copied().unwrap_or(qjs::JS_UNDEFINED)
    }
}

thread_local! {
    /// The flag of the engine that runs on this thread; null or alive. The engine asks its interrupt handler only once in
    /// thousands of steps, each of which may be a native that takes long, so every native looks at this when it returns.
    static HURRY: Cell<*const AtomicBool> = const { Cell::new(ptr::null()) };
}

/// Whether the interrupt is to be asked now.
#[inline]
pub(super) fn is_hurried() -> bool {
    // SAFETY: null, or the flag of an `Inner` that is alive: its drop takes the pointer back.
    HURRY
        .try_with(Cell::get)
        .is_ok_and(|flag| unsafe { flag.as_ref() }.is_some_and(|flag| flag.load(Ordering::Relaxed)))
}

impl Drop for Inner {
    fn drop(&mut self) {
        let mine = Arc::as_ptr(&self.hurry);
        let _ = HURRY.try_with(|flag| {
            if flag.get() == mine {
                flag.set(ptr::null());
            }
        });
        // Host state may own buffers and records, never values (a value would keep this from running).
        self.user.take();
        self.interrupt.take();
        for raw in self.slots.take() {
            // SAFETY: the slot owned this reference.
            unsafe { qjs::JS_FreeValueRT(self.rt, raw) };
        }
        // SAFETY: made in `Runtime::new`; no value is left, as each one would hold a count on `self`.
        unsafe { qjs::JS_FreeContext(self.ctx) };
        // SAFETY: as above, and the context is gone.
        unsafe { qjs::JS_FreeRuntime(self.rt) };
    }
}

impl Runtime {
    /// Starts an engine. `None` if there is no memory for one, or the engine that was linked is not the one expected.
    pub(crate) fn new(settings: Settings) -> Option<Runtime> {
        // SAFETY: returns a static text.
        let version = unsafe { CStr::from_ptr(qjs::JS_GetVersion()) };
        if version != ENGINE_VERSION {
            return None;
        }
        // SAFETY: no preconditions.
        let rt = unsafe { qjs::JS_NewRuntime() };
        if rt.is_null() {
            return None;
        }
        // SAFETY: `rt` was made above and is not shared yet.
        unsafe { qjs::JS_SetMaxStackSize(rt, settings.max_stack as _) };
        // SAFETY: as above.
        unsafe { qjs::JS_SetMemoryLimit(rt, settings.max_heap as _) };
        // SAFETY: as above. The program has this thread to itself, so `Atomics.wait` may block it.
        unsafe { qjs::JS_SetCanBlock(rt, true) };
        // SAFETY: as above.
        let ctx = unsafe { qjs::JS_NewContext(rt) };
        if ctx.is_null() {
            // SAFETY: as above; nothing was made in it.
            unsafe { qjs::JS_FreeRuntime(rt) };
            return None;
        }
        let inner = Rc::new(Inner {
            rt,
            ctx,
            entered: Cell::new(false),
            interrupt: RefCell::new(None),
            hurry: Arc::clone(&settings.hurry),
            rejection: Cell::new(None),
            stack_reader: Cell::new(None),
            user: OnceCell::new(),
            slots: RefCell::new(Vec::new()),
            intrinsics: OnceCell::new(),
            ledger: Rc::default(),
            sentinel: Cell::new(0),
            resizable_seen: Cell::new(true),
            shared_class: Cell::new(0),
        });
        HURRY.set(Arc::as_ptr(&inner.hurry));
        let opaque = Rc::as_ptr(&inner).cast_mut().cast::<c_void>();
        // SAFETY: the pointer stays valid until `Inner::drop` frees the runtime.
        unsafe { qjs::JS_SetRuntimeOpaque(rt, opaque) };
        // SAFETY: as above; the handler reads `Inner` only.
        unsafe { qjs::JS_SetInterruptHandler(rt, Some(interrupted), opaque) };
        // SAFETY: as above.
        unsafe { qjs::JS_SetHostPromiseRejectionTracker(rt, Some(rejected), opaque) };
        let runtime = Runtime { inner };
        runtime.enter(|ctx| ctx.prepare().ok()).flatten()?;
        Some(runtime)
    }

    /// Runs `work` with access to the engine. `None`, without running it, if this happens inside another `enter` of the same
    /// engine: there is one [`Ctx`] at a time.
    pub(crate) fn enter<R>(&self, work: impl FnOnce(&mut Ctx) -> R) -> Option<R> {
        if self.inner.entered.replace(true) {
            return None;
        }
        let _leave = Leave(&self.inner.entered);
        // SAFETY: the runtime is alive, and used on its own thread, as handles are not `Send`.
        unsafe { qjs::JS_UpdateStackTop(self.inner.rt) };
        // SAFETY: rule 4: `entered` says that this is the only one.
        let mut ctx = unsafe { Ctx::from_raw(self.inner.ctx) };
        Some(work(&mut ctx))
    }

    /// Asked now and then while JavaScript runs; `true` ends the run with an error that cannot be caught. A shared [`Ctx`] cannot run
    /// JavaScript, only collect cycles and look.
    pub(crate) fn set_interrupt(&self, ask: impl Fn(&Ctx) -> bool + 'static) {
        self.inner.interrupt.replace(Some(Box::new(ask)));
    }
}

/// Marks the engine as free again, also when the work panics.
struct Leave<'a>(&'a Cell<bool>);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

unsafe extern "C" fn interrupted(_: *mut qjs::JSRuntime, opaque: *mut c_void) -> c_int {
    // SAFETY: set in `Runtime::new` to the live `Inner`.
    let inner = unsafe { &*opaque.cast::<Inner>() };
    // SAFETY: rule 4: JavaScript runs, so its starter gave its `Ctx` up; this one is lent out shared, for looking only.
    let ctx = unsafe { Ctx::from_raw(inner.ctx) };
    c_int::from(catch_unwind(AssertUnwindSafe(|| inner.ask_interrupt(&ctx))).unwrap_or(true))
}

unsafe extern "C" fn rejected(
    ctx: *mut qjs::JSContext,
    promise: qjs::JSValue,
    reason: qjs::JSValue,
    handled: bool,
    opaque: *mut c_void,
) {
    // SAFETY: set in `Runtime::new` to the live `Inner`.
    let inner = unsafe { &*opaque.cast::<Inner>() };
    let Some(tracker) = inner.rejection.get() else { return };
    // SAFETY: rule 4: whoever rejects a promise runs JavaScript and gave its `Ctx` up for that time.
    let mut ctx = unsafe { Ctx::from_raw(ctx) };
    // SAFETY: rule 3: the engine holds both during this call.
    let (promise, reason) = unsafe { (Ref::from_raw(promise), Ref::from_raw(reason)) };
    let _ = catch_unwind(AssertUnwindSafe(|| tracker(&mut ctx, promise, reason, handled)));
}

/// The result of running one queued job.
#[derive(Debug)]
pub(crate) enum Job {
    /// The queue was empty.
    None,
    /// One ran.
    Ran,
    /// One ran and failed.
    Failed(Thrown),
}
