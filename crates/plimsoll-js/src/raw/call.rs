//! Functions of ours that JavaScript calls.

use std::ffi::{CString, c_int};
use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};

use rquickjs::qjs;

use super::ctx::{Ctx, Flags};
use super::runtime::is_hurried;
use super::{Kind, Ref, Thrown, Utf8, Val};

/// A function that JavaScript calls. Most are written as a plain function and named with [`native!`](super::native).
pub(crate) trait Native: 'static {
    /// The function's `name`.
    const NAME: &'static str;
    /// The function's `length`.
    const LENGTH: u8;
    /// Runs the function. For a constructor `this` is `new.target`.
    fn call(call: &mut Call<'_>) -> Result<Val, Thrown>;
}

/// One call of a [`Native`]: its `this`, its arguments, and (through [`Ctx`], to which it derefs) the engine.
pub(crate) struct Call<'a> {
    ctx: Ctx,
    this: Ref<'a>,
    args: &'a [Ref<'a>],
}

impl<'a> Call<'a> {
    /// The receiver; `new.target` in a constructor.
    #[inline]
    pub(crate) fn this(&self) -> Ref<'a> {
        self.this
    }

    /// How many arguments were passed.
    #[inline]
    pub(crate) fn argc(&self) -> usize {
        self.args.len()
    }

    /// Argument `index`, `undefined` if it was not passed. The caller's frame holds it until this call ends, so it does not
    /// borrow the call.
    #[inline]
    pub(crate) fn arg(&self, index: usize) -> Ref<'a> {
        self.args.get(index).copied().unwrap_or(Ref::UNDEFINED)
    }

    /// All arguments.
    pub(crate) fn args(&self) -> &'a [Ref<'a>] {
        self.args
    }

    /// Argument `index` as [`Ctx::to_i32`] converts it.
    #[inline]
    pub(crate) fn int(&mut self, index: usize) -> Result<i32, Thrown> {
        let value = self.arg(index);
        self.ctx.to_i32(value)
    }

    /// Argument `index` as [`Ctx::to_i64`] converts it.
    #[inline]
    pub(crate) fn int64(&mut self, index: usize) -> Result<i64, Thrown> {
        let value = self.arg(index);
        self.ctx.to_i64(value)
    }

    /// Argument `index` as [`Ctx::to_utf8`] converts it. The text borrows the caller's frame, not the call.
    #[inline]
    pub(crate) fn utf8(&mut self, index: usize) -> Result<Utf8<'a>, Thrown> {
        let value = self.arg(index);
        self.ctx.to_utf8(value)
    }
}

impl Deref for Call<'_> {
    type Target = Ctx;

    #[inline]
    fn deref(&self) -> &Ctx {
        &self.ctx
    }
}

impl DerefMut for Call<'_> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Ctx {
        &mut self.ctx
    }
}

/// The one function that C sees for the native `N`.
unsafe extern "C" fn trampoline<N: Native>(
    ctx: *mut qjs::JSContext,
    this: qjs::JSValue,
    argc: c_int,
    argv: *mut qjs::JSValue,
) -> qjs::JSValue {
    let argc = usize::try_from(argc).unwrap_or(0);
    // SAFETY: the engine passes `argc` readable values (never null with a count above zero), which the calling frame holds until we
    // return (rule 3); `Ref` is a transparent `JSValue`.
    let args = if argc == 0 { &[][..] } else { unsafe { std::slice::from_raw_parts(argv.cast::<Ref<'_>>(), argc) } };
    // SAFETY: rule 4: the caller gave up its own `Ctx` for the time of this call, as calls take it exclusively.
    let ctx = unsafe { Ctx::from_raw(ctx) };
    // SAFETY: rule 3.
    let mut call = Call { ctx, this: unsafe { Ref::from_raw(this) }, args };
    let work = || {
        let value = N::call(&mut call)?;
        if is_hurried() && call.inner().ask_interrupt(&call) { Err(Thrown::End) } else { Ok(value) }
    };
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) if call.owns(&value) => value.into_raw(),
        Ok(Ok(_)) => call.raise(Thrown::plain(Kind::TypeError, "A value of another runtime was returned")),
        Ok(Err(thrown)) => catch_unwind(AssertUnwindSafe(|| call.raise(thrown))).unwrap_or(qjs::JS_EXCEPTION),
        Err(panic) => {
            let text = panic
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_default();
            // The message of a panic is a `Box<dyn Any>` whose drop could panic again; it is leaked, like the state it tells of.
            std::mem::forget(panic);
            let message = format!("Internal error in {}: {text}", N::NAME);
            catch_unwind(AssertUnwindSafe(|| call.raise(Thrown::plain(Kind::Error, message))))
                .unwrap_or(qjs::JS_EXCEPTION)
        }
    }
}

/// The same for constructors: without `new`, their `this` is `undefined`.
unsafe extern "C" fn construct<N: Native>(
    ctx: *mut qjs::JSContext,
    this: qjs::JSValue,
    argc: c_int,
    argv: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: reads the tag only.
    if unsafe { qjs::JS_IsUndefined(this) } {
        // SAFETY: rule 4, as in `trampoline`.
        let mut ctx = unsafe { Ctx::from_raw(ctx) };
        let message = format!("Constructor {} requires 'new'", N::NAME);
        let raise = AssertUnwindSafe(|| ctx.raise(Thrown::plain(Kind::TypeError, message)));
        return catch_unwind(raise).unwrap_or(qjs::JS_EXCEPTION);
    }
    // SAFETY: passed on as it came.
    unsafe { trampoline::<N>(ctx, this, argc, argv) }
}

/// An entry in a table of methods. Made by [`method`].
#[derive(Clone, Copy)]
pub(crate) struct Method {
    pub(super) name: &'static str,
    pub(super) length: u8,
    pub(super) function: qjs::JSCFunction,
    pub(super) flags: Flags,
    pub(super) constructible: bool,
}

/// The table entry of `N`, defined as built-in methods are: writable, configurable, not enumerable.
pub(crate) const fn method<N: Native>() -> Method {
    Method {
        name: N::NAME,
        length: N::LENGTH,
        function: Some(trampoline::<N>),
        flags: Flags::METHOD,
        constructible: false,
    }
}

impl Method {
    /// Enumerable, as methods that a program assigns are (Node's Buffer methods are of this kind).
    pub(crate) const fn enumerable(self) -> Method {
        Method { flags: Flags::ALL, ..self }
    }

    /// `new f()` calls it instead of failing, as with functions written in JavaScript.
    pub(crate) const fn constructible(self) -> Method {
        Method { constructible: true, ..self }
    }
}

impl Ctx {
    /// A new function object for `N`.
    pub(crate) fn function<N: Native>(&mut self) -> Result<Val, Thrown> {
        self.method_value(&method::<N>())
    }

    /// A new function object for a table entry.
    pub(crate) fn method_value(&mut self, method: &Method) -> Result<Val, Thrown> {
        let name = CString::new(method.name).unwrap_or_default();
        let generic = qjs::JSCFunctionEnum_JS_CFUNC_generic;
        // SAFETY: the function has the signature of a generic C function; the name is copied by the engine.
        let raw = unsafe {
            qjs::JS_NewCFunction2(self.raw(), method.function, name.as_ptr(), i32::from(method.length), generic, 0)
        };
        let value = self.own(raw)?;
        if method.constructible {
            // SAFETY: `value` is a live function object.
            unsafe { qjs::JS_SetConstructorBit(self.raw(), value.as_ref().raw(), true) };
        }
        Ok(value)
    }

    /// Defines every method of the table on `object`.
    pub(crate) fn define_methods(&mut self, object: Ref<'_>, table: &[Method]) -> Result<(), Thrown> {
        for method in table {
            let function = self.method_value(method)?;
            self.define(object, method.name, function, method.flags)?;
        }
        Ok(())
    }

    /// A constructor whose instances have the prototype `proto` and that inherits from `parent`. It sets `proto.constructor`.
    /// [`Call::this`] is `new.target`; calling it without `new` is a `TypeError`.
    pub(crate) fn constructor<N: Native>(&mut self, proto: Ref<'_>, parent: Ref<'_>) -> Result<Val, Thrown> {
        let name = CString::new(N::NAME).unwrap_or_default();
        let kind = qjs::JSCFunctionEnum_JS_CFUNC_constructor_or_func;
        let function: qjs::JSCFunction = Some(construct::<N>);
        // SAFETY: the function has the signature of a constructor; the name is copied, `parent` is alive during the call.
        let raw = unsafe {
            qjs::JS_NewCFunction3(self.raw(), function, name.as_ptr(), i32::from(N::LENGTH), kind, 0, parent.raw(), 0)
        };
        let value = self.own(raw)?;
        // SAFETY: both are live objects of this context.
        let status = unsafe { qjs::JS_SetConstructor(self.raw(), value.as_ref().raw(), proto.raw()) };
        self.check(status)?;
        Ok(value)
    }
}
