//! What a native can do with the engine.

use std::any::Any;
use std::borrow::Cow;
use std::cell::Cell;
use std::ffi::{CString, c_int};
use std::mem::MaybeUninit;
use std::ptr;
use std::rc::Rc;

use plimsoll::audit::Site;
use rquickjs::qjs;

use super::runtime::{Inner, Intrinsics, Job, RejectionTracker, Slot, StackReader};
use super::{BigInt, Kind, Ref, Thrown, Utf8, Utf16, Val};

/// Access to the engine. There is one at a time (rule 4), so whoever borrows it knows that no JavaScript runs meanwhile.
pub(crate) struct Ctx {
    ctx: *mut qjs::JSContext,
    /// Where the program called the native that this was made for, once somebody has asked.
    site: Cell<Option<Site>>,
}

/// A property name that is looked up often. Lives as long as the engine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key(qjs::JSAtom);

/// How a property is defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flags(u32);

impl Flags {
    /// Writable, configurable, enumerable, as after an assignment.
    pub(crate) const ALL: Flags = Flags(qjs::JS_PROP_C_W_E);
    /// Writable and configurable, as built-in methods.
    pub(crate) const METHOD: Flags = Flags(qjs::JS_PROP_WRITABLE | qjs::JS_PROP_CONFIGURABLE);
    /// Not to be changed, not listed.
    pub(crate) const FIXED: Flags = Flags(0);
    /// Listed, not to be changed.
    pub(crate) const CONSTANT: Flags = Flags(qjs::JS_PROP_ENUMERABLE);
}

/// The longest string that Node makes, in UTF-16 code units.
pub(crate) const MAX_STRING_LENGTH: usize = 0x1fff_ffe8;

/// A property key for the time of one call.
struct Atom<'a> {
    ctx: &'a Ctx,
    atom: qjs::JSAtom,
}

impl<'a> Atom<'a> {
    fn new(ctx: &'a Ctx, name: &str) -> Result<Atom<'a>, Thrown> {
        // SAFETY: the name is `len` readable bytes of UTF-8.
        let atom = unsafe { qjs::JS_NewAtomLen(ctx.ctx, name.as_ptr().cast(), name.len() as _) };
        if atom == qjs::JS_ATOM_NULL { Err(Thrown::Pending) } else { Ok(Atom { ctx, atom }) }
    }

    fn of(ctx: &'a Ctx, key: Ref<'_>) -> Result<Atom<'a>, Thrown> {
        // SAFETY: the key is a live value.
        let atom = unsafe { qjs::JS_ValueToAtom(ctx.ctx, key.raw()) };
        if atom == qjs::JS_ATOM_NULL { Err(Thrown::Pending) } else { Ok(Atom { ctx, atom }) }
    }
}

impl Drop for Atom<'_> {
    fn drop(&mut self) {
        // SAFETY: made in `new` and freed once.
        unsafe { qjs::JS_FreeAtom(self.ctx.ctx, self.atom) };
    }
}

#[expect(clippy::wrong_self_convention, reason = "conversions run the program's code, so they borrow exclusively")]
impl Ctx {
    /// # Safety
    /// The context is alive, of a [`Runtime`](super::Runtime), and no other `Ctx` of its runtime is in use while the result is (rule 4).
    #[inline]
    pub(super) unsafe fn from_raw(ctx: *mut qjs::JSContext) -> Ctx {
        Ctx { ctx, site: Cell::new(None) }
    }

    #[inline]
    pub(super) fn raw(&self) -> *mut qjs::JSContext {
        self.ctx
    }

    #[inline]
    fn inner_ptr(&self) -> *const Inner {
        // SAFETY: the context is alive.
        let rt = unsafe { qjs::JS_GetRuntime(self.ctx) };
        // SAFETY: the runtime is alive; `Runtime::new` set the pointer.
        unsafe { qjs::JS_GetRuntimeOpaque(rt) }.cast::<Inner>().cast_const()
    }

    #[inline]
    pub(super) fn inner(&self) -> &Inner {
        // SAFETY: the pointer is that of a live `Rc<Inner>`, as its context runs.
        unsafe { &*self.inner_ptr() }
    }

    #[inline]
    pub(super) fn inner_rc(&self) -> Rc<Inner> {
        let inner = self.inner_ptr();
        // SAFETY: the pointer came from an `Rc` that is alive, as its context runs.
        unsafe { Rc::increment_strong_count(inner) };
        // SAFETY: as above; the count was raised for this one.
        unsafe { Rc::from_raw(inner) }
    }

    /// Whether the value may be handed to this engine.
    #[inline]
    pub(super) fn owns(&self, value: &Val) -> bool {
        value.owner().is_none_or(|owner| ptr::eq(Rc::as_ptr(owner), self.inner_ptr()))
    }

    /// Takes over what an engine call returned.
    #[inline]
    pub(super) fn own(&self, raw: qjs::JSValue) -> Result<Val, Thrown> {
        // SAFETY: reads the tag only.
        if unsafe { qjs::JS_IsException(raw) } {
            return Err(Thrown::Pending);
        }
        // SAFETY: engine calls return an owned reference of their own runtime.
        Ok(unsafe { Val::from_raw(&self.inner_rc(), raw) })
    }

    #[inline]
    pub(super) fn check(&self, status: c_int) -> Result<bool, Thrown> {
        if status < 0 { Err(Thrown::Pending) } else { Ok(status > 0) }
    }

    fn give(&self, value: Val) -> Result<qjs::JSValue, Thrown> {
        if self.owns(&value) {
            Ok(value.into_raw())
        } else {
            Err(Thrown::plain(Kind::TypeError, "A value of another runtime was passed"))
        }
    }

    /// Another reference to the same value.
    #[inline]
    pub(crate) fn dup(&self, value: Ref<'_>) -> Val {
        // SAFETY: the value is alive.
        let raw = unsafe { qjs::JS_DupValue(self.ctx, value.raw()) };
        // SAFETY: the new reference is ours.
        unsafe { Val::from_raw(&self.inner_rc(), raw) }
    }

    /// Keeps a value for as long as the engine lives, without a count on the engine. There is no way to let it go.
    pub(crate) fn keep(&self, value: Val) -> Result<Slot, Thrown> {
        let raw = self.give(value)?;
        Ok(self.inner().keep(raw))
    }

    /// The value that was kept.
    #[inline]
    pub(crate) fn slot(&self, slot: Slot) -> Val {
        // SAFETY: the slot holds a live value until the engine ends, and this borrows the engine.
        let value = unsafe { Ref::from_raw(self.inner().slot(slot)) };
        self.dup(value)
    }

    /// What [`Ctx::set_site`] set in this call of this native.
    #[inline]
    pub(crate) fn site(&self) -> Option<Site> {
        self.site.get()
    }

    /// Remembers where the program called the running native. Forgotten when the native returns.
    pub(crate) fn set_site(&self, site: Site) {
        self.site.set(Some(site));
    }

    /// A name that is looked up often. To be made once: it is never given back.
    pub(crate) fn key(&self, name: &str) -> Result<Key, Thrown> {
        // SAFETY: the name is `len` readable bytes of UTF-8.
        let atom = unsafe { qjs::JS_NewAtomLen(self.ctx, name.as_ptr().cast(), name.len() as _) };
        if atom == qjs::JS_ATOM_NULL { Err(Thrown::Pending) } else { Ok(Key(atom)) }
    }

    /// `object[key]`. May run the program's code.
    #[inline]
    pub(crate) fn get_by(&mut self, object: Ref<'_>, key: Key) -> Result<Val, Thrown> {
        // SAFETY: the object is alive; keys live as long as the engine that made them, and no other is used on this thread of it.
        self.own(unsafe { qjs::JS_GetProperty(self.ctx, object.raw(), key.0) })
    }

    /// Puts another value into the slot; the old one is let go.
    pub(crate) fn refill(&self, slot: Slot, value: Val) -> Result<(), Thrown> {
        let raw = self.give(value)?;
        if let Some(old) = self.inner().swap_slot(slot, raw) {
            // SAFETY: the slot owned this reference.
            unsafe { qjs::JS_FreeValue(self.ctx, old) };
        }
        Ok(())
    }

    /// Sets the host's own state, once. False if there was one.
    pub(crate) fn set_user<T: Any>(&self, state: T) -> bool {
        self.inner().user().set(Box::new(state)).is_ok()
    }

    /// The host's own state, if it is of this type. It must not own a [`Val`] for good: that would keep the engine alive for ever.
    #[inline]
    pub(crate) fn user<T: Any>(&self) -> Option<&T> {
        self.inner().user().get()?.downcast_ref()
    }

    /// Sets the function that is told of rejected promises.
    pub(crate) fn set_rejection_tracker(&self, tracker: RejectionTracker) {
        self.inner().rejection().set(Some(tracker));
    }

    /// Sets the function that every stack goes through that [`Ctx::new_error`] gives to an error with a code.
    pub(crate) fn set_stack_reader(&self, reader: StackReader) {
        self.inner().stack_reader.set(Some(reader));
    }

    // making values: runs no JavaScript

    /// A string. **Copies.** More than [`MAX_STRING_LENGTH`] units is Node's `ERR_STRING_TOO_LONG`.
    pub(crate) fn string(&self, text: &str) -> Result<Val, Thrown> {
        if text.len() > MAX_STRING_LENGTH && text.encode_utf16().count() > MAX_STRING_LENGTH {
            return Err(string_too_long());
        }
        // SAFETY: `len` readable bytes of UTF-8.
        self.own(unsafe { qjs::JS_NewStringLen(self.ctx, text.as_ptr().cast(), text.len() as _) })
    }

    /// A string from ISO-8859-1. **Copies.** ASCII is a plain copy; other bytes are widened to 16 bits.
    pub(crate) fn string_latin1(&self, bytes: &[u8]) -> Result<Val, Thrown> {
        match std::str::from_utf8(bytes) {
            Ok(text) if bytes.is_ascii() => self.string(text),
            _ => {
                let units: Vec<u16> = bytes.iter().map(|&byte| u16::from(byte)).collect();
                self.string_utf16(&units)
            }
        }
    }

    /// A string from UTF-16 code units, lone surrogates included. **Copies.**
    pub(crate) fn string_utf16(&self, units: &[u16]) -> Result<Val, Thrown> {
        if units.len() > MAX_STRING_LENGTH {
            return Err(string_too_long());
        }
        // SAFETY: `len` readable units.
        self.own(unsafe { qjs::JS_NewStringUTF16(self.ctx, units.as_ptr(), units.len() as _) })
    }

    pub(crate) fn bigint_i64(&self, value: i64) -> Result<Val, Thrown> {
        // SAFETY: no preconditions.
        self.own(unsafe { qjs::JS_NewBigInt64(self.ctx, value) })
    }

    pub(crate) fn bigint_u64(&self, value: u64) -> Result<Val, Thrown> {
        // SAFETY: no preconditions.
        self.own(unsafe { qjs::JS_NewBigUint64(self.ctx, value) })
    }

    /// `{}`
    pub(crate) fn object(&self) -> Result<Val, Thrown> {
        // SAFETY: no preconditions.
        self.own(unsafe { qjs::JS_NewObject(self.ctx) })
    }

    /// `Object.create(proto)`, `proto` being an object or `null`.
    pub(crate) fn object_with_proto(&self, proto: Ref<'_>) -> Result<Val, Thrown> {
        // SAFETY: the prototype is a live value.
        self.own(unsafe { qjs::JS_NewObjectProto(self.ctx, proto.raw()) })
    }

    /// An array of these values.
    pub(crate) fn array(&mut self, items: impl IntoIterator<Item = Val>) -> Result<Val, Thrown> {
        // SAFETY: no preconditions.
        let array = self.own(unsafe { qjs::JS_NewArray(self.ctx) })?;
        for (index, item) in (0..).zip(items) {
            let raw = self.give(item)?;
            let flags = qjs::JS_PROP_C_W_E as c_int;
            // SAFETY: both are alive; the call takes over the item.
            let status =
                unsafe { qjs::JS_DefinePropertyValueUint32(self.ctx, array.as_ref().raw(), index, raw, flags) };
            self.check(status)?;
        }
        Ok(array)
    }

    pub(crate) fn global(&self) -> Val {
        // SAFETY: no preconditions; returns an owned reference.
        let raw = unsafe { qjs::JS_GetGlobalObject(self.ctx) };
        // SAFETY: as above.
        unsafe { Val::from_raw(&self.inner_rc(), raw) }
    }

    // looking at values: runs no JavaScript

    /// Something that can be called.
    pub(crate) fn is_function(&self, value: Ref<'_>) -> bool {
        // SAFETY: reads the object's class.
        unsafe { qjs::JS_IsFunction(self.ctx, value.raw()) }
    }

    /// `a === b`
    pub(crate) fn is_same(&self, a: Ref<'_>, b: Ref<'_>) -> bool {
        // SAFETY: both are alive.
        unsafe { qjs::JS_IsStrictEqual(self.ctx, a.raw(), b.raw()) }
    }

    /// The text of a value that is a string already. `None` for anything else.
    pub(crate) fn as_utf8<'s>(&'s self, value: Ref<'s>) -> Option<Utf8<'s>> {
        if !value.is_string() {
            return None;
        }
        match self.utf8(value) {
            Ok(text) => Some(text),
            Err(_) => {
                self.drop_exception();
                None
            }
        }
    }

    fn utf8<'s>(&self, value: Ref<'_>) -> Result<Utf8<'s>, Thrown> {
        let mut len = 0;
        // SAFETY: the value is alive; the result is checked for null.
        let ptr = unsafe { qjs::JS_ToCStringLen2(self.ctx, &mut len, value.raw(), false) };
        if ptr.is_null() {
            return Err(Thrown::Pending);
        }
        // SAFETY: just returned by this runtime.
        Ok(unsafe { Utf8::from_raw(self.inner_rc(), ptr, len as usize) })
    }

    /// The value of a `BigInt`. `None` for anything else.
    pub(crate) fn as_bigint(&self, value: Ref<'_>) -> Option<BigInt> {
        if !value.is_bigint() {
            return None;
        }
        let mut low = 0_u64;
        // SAFETY: the value is a `BigInt`, so this neither fails nor runs JavaScript.
        if unsafe { qjs::JS_ToBigUint64(self.ctx, &mut low, value.raw()) } < 0 {
            self.drop_exception();
            return None;
        }
        let is =
            |candidate: Result<Val, Thrown>| candidate.is_ok_and(|candidate| self.is_same(candidate.as_ref(), value));
        if is(self.bigint_u64(low)) {
            Some(BigInt::Exact(i128::from(low)))
        } else if is(self.bigint_i64(low as i64)) {
            Some(BigInt::Exact(i128::from(low as i64)))
        } else {
            Some(BigInt::Wide)
        }
    }

    // converting: may run the program's code

    /// `Number(value)`, failing on symbols and BigInts.
    #[inline]
    pub(crate) fn to_number(&mut self, value: Ref<'_>) -> Result<f64, Thrown> {
        if let Some(number) = value.as_number() {
            return Ok(number);
        }
        let mut number = 0.0;
        // SAFETY: the value is alive.
        let status = unsafe { qjs::JS_ToFloat64(self.ctx, &mut number, value.raw()) };
        self.check(status).map(|_| number)
    }

    /// `value | 0`
    #[inline]
    pub(crate) fn to_i32(&mut self, value: Ref<'_>) -> Result<i32, Thrown> {
        if let Some(int) = value.as_int() {
            return Ok(int);
        }
        let mut int = 0;
        // SAFETY: the value is alive.
        let status = unsafe { qjs::JS_ToInt32(self.ctx, &mut int, value.raw()) };
        self.check(status).map(|_| int)
    }

    /// The number without its fraction, saturated to 64 bits; NaN is 0.
    #[inline]
    pub(crate) fn to_i64(&mut self, value: Ref<'_>) -> Result<i64, Thrown> {
        if let Some(int) = value.as_int() {
            return Ok(i64::from(int));
        }
        // A cast from a float saturates, and takes NaN to 0.
        self.to_number(value).map(|number| number as i64)
    }

    /// `Boolean(value)`. Never runs the program's code.
    pub(crate) fn to_bool(&self, value: Ref<'_>) -> bool {
        // SAFETY: the value is alive.
        unsafe { qjs::JS_ToBool(self.ctx, value.raw()) > 0 }
    }

    /// `String(value)` in UTF-8; lone surrogates become U+FFFD. Fails on symbols.
    pub(crate) fn to_utf8<'a>(&mut self, value: Ref<'a>) -> Result<Utf8<'a>, Thrown> {
        self.utf8(value)
    }

    /// `String(value)` as UTF-16 code units, exactly. Fails on symbols.
    pub(crate) fn to_utf16<'a>(&mut self, value: Ref<'a>) -> Result<Utf16<'a>, Thrown> {
        let mut len = 0;
        // SAFETY: the value is alive; the result is checked for null.
        let ptr = unsafe { qjs::JS_ToCStringLenUTF16(self.ctx, &mut len, value.raw()) };
        if ptr.is_null() {
            return Err(Thrown::Pending);
        }
        // SAFETY: just returned by this runtime.
        Ok(unsafe { Utf16::from_raw(self.inner_rc(), ptr, len as usize) })
    }

    // properties and calls: may run the program's code

    /// `object[name]`
    pub(crate) fn get(&mut self, object: Ref<'_>, name: &str) -> Result<Val, Thrown> {
        let key = Atom::new(self, name)?;
        // SAFETY: object and key are alive.
        self.own(unsafe { qjs::JS_GetProperty(self.ctx, object.raw(), key.atom) })
    }

    /// `object[key]`
    pub(crate) fn get_key(&mut self, object: Ref<'_>, key: Ref<'_>) -> Result<Val, Thrown> {
        let key = Atom::of(self, key)?;
        // SAFETY: object and key are alive.
        self.own(unsafe { qjs::JS_GetProperty(self.ctx, object.raw(), key.atom) })
    }

    /// `object[index]`
    pub(crate) fn get_index(&mut self, object: Ref<'_>, index: u32) -> Result<Val, Thrown> {
        // SAFETY: the object is alive.
        self.own(unsafe { qjs::JS_GetPropertyUint32(self.ctx, object.raw(), index) })
    }

    /// `object.length`, as array-likes have it: between 0 and 2^53 − 1.
    pub(crate) fn length(&mut self, object: Ref<'_>) -> Result<u64, Thrown> {
        let mut length = 0_i64;
        // SAFETY: the object is alive.
        let status = unsafe { qjs::JS_GetLength(self.ctx, object.raw(), &mut length) };
        self.check(status)?;
        Ok(u64::try_from(length).unwrap_or(0))
    }

    /// `name in object`
    pub(crate) fn has(&mut self, object: Ref<'_>, name: &str) -> Result<bool, Thrown> {
        let key = Atom::new(self, name)?;
        // SAFETY: object and key are alive.
        let status = unsafe { qjs::JS_HasProperty(self.ctx, object.raw(), key.atom) };
        self.check(status)
    }

    /// `Object.defineProperty(object, name, { value, … })`
    pub(crate) fn define(&mut self, object: Ref<'_>, name: &str, value: Val, flags: Flags) -> Result<(), Thrown> {
        let raw = self.give(value)?;
        let key = Atom::new(self, name)?;
        // SAFETY: object and key are alive; the call takes over the value.
        let status = unsafe { qjs::JS_DefinePropertyValue(self.ctx, object.raw(), key.atom, raw, flags.0 as c_int) };
        self.check(status).map(|_| ())
    }

    /// As [`Ctx::define`], for a key that may be a symbol.
    pub(crate) fn define_key(&mut self, object: Ref<'_>, key: Ref<'_>, value: Val, flags: Flags) -> Result<(), Thrown> {
        let raw = self.give(value)?;
        let key = Atom::of(self, key)?;
        // SAFETY: object and key are alive; the call takes over the value.
        let status = unsafe { qjs::JS_DefinePropertyValue(self.ctx, object.raw(), key.atom, raw, flags.0 as c_int) };
        self.check(status).map(|_| ())
    }

    /// `Object.defineProperty(object, name, { get, set, configurable: true })`
    pub(crate) fn define_accessor(
        &mut self,
        object: Ref<'_>,
        name: &str,
        get: Option<Val>,
        set: Option<Val>,
    ) -> Result<(), Thrown> {
        let get = self.give(get.unwrap_or(Val::UNDEFINED))?;
        let set = self.give(set.unwrap_or(Val::UNDEFINED))?;
        let key = Atom::new(self, name)?;
        let flags = qjs::JS_PROP_CONFIGURABLE as c_int;
        // SAFETY: object and key are alive; the call takes over both functions.
        let status = unsafe { qjs::JS_DefinePropertyGetSet(self.ctx, object.raw(), key.atom, get, set, flags) };
        self.check(status).map(|_| ())
    }

    pub(crate) fn prototype_of(&mut self, object: Ref<'_>) -> Result<Val, Thrown> {
        // SAFETY: the object is alive.
        self.own(unsafe { qjs::JS_GetPrototype(self.ctx, object.raw()) })
    }

    pub(crate) fn set_prototype(&mut self, object: Ref<'_>, proto: Ref<'_>) -> Result<(), Thrown> {
        // SAFETY: both are alive.
        let status = unsafe { qjs::JS_SetPrototype(self.ctx, object.raw(), proto.raw()) };
        self.check(status).map(|_| ())
    }

    /// `value instanceof class`
    pub(crate) fn is_instance(&mut self, value: Ref<'_>, class: Ref<'_>) -> Result<bool, Thrown> {
        // SAFETY: both are alive.
        let status = unsafe { qjs::JS_IsInstanceOf(self.ctx, value.raw(), class.raw()) };
        self.check(status)
    }

    /// `function.call(this, ...args)`
    pub(crate) fn call(&mut self, function: Ref<'_>, this: Ref<'_>, args: &[Ref<'_>]) -> Result<Val, Thrown> {
        let argc = args.len() as c_int;
        let argv = args.as_ptr().cast::<qjs::JSValue>().cast_mut();
        // SAFETY: all values are alive; the engine copies the arguments and does not write to them.
        self.own(unsafe { qjs::JS_Call(self.ctx, function.raw(), this.raw(), argc, argv) })
    }

    /// `object[name](...args)`
    pub(crate) fn invoke(&mut self, object: Ref<'_>, name: &str, args: &[Ref<'_>]) -> Result<Val, Thrown> {
        let function = self.get(object, name)?;
        self.call(function.as_ref(), object, args)
    }

    /// `Reflect.construct(class, args, new_target)`
    pub(crate) fn construct(&mut self, class: Ref<'_>, new_target: Ref<'_>, args: &[Ref<'_>]) -> Result<Val, Thrown> {
        // The engine's own constructors read missing arguments, so at least three are always there.
        let mut padded = [Ref::UNDEFINED; 3];
        let (argc, argv) = match args.len() {
            0..=3 => {
                padded[..args.len()].copy_from_slice(args);
                (args.len(), padded.as_ptr())
            }
            _ => (args.len(), args.as_ptr()),
        };
        let argv = argv.cast::<qjs::JSValue>().cast_mut();
        // SAFETY: all values are alive; the engine copies the arguments and does not write to them.
        let raw = unsafe { qjs::JS_CallConstructor2(self.ctx, class.raw(), new_target.raw(), argc as c_int, argv) };
        self.own(raw)
    }

    /// Runs a script and returns the value of its last statement. `file` is the name that positions carry.
    pub(crate) fn eval(&mut self, source: &str, file: &str) -> Result<Val, Thrown> {
        self.eval_from(source, file, 1)
    }

    /// The same, with the number of the first line. 0 counts as 1.
    ///
    /// Columns on the first line of the text are now and then one too small (the engine counts some from 0 there), so exact
    /// positions need a first line in front that nobody asks about.
    pub(crate) fn eval_from(&mut self, source: &str, file: &str, line: i32) -> Result<Val, Thrown> {
        let file = CString::new(file).unwrap_or_default();
        // The engine wants a zero after the text; a zero inside is the program's business.
        let mut text = Vec::with_capacity(source.len() + 1);
        text.extend_from_slice(source.as_bytes());
        text.push(0);
        let mut options = qjs::JSEvalOptions {
            version: qjs::JS_EVAL_OPTIONS_VERSION as c_int,
            eval_flags: qjs::JS_EVAL_TYPE_GLOBAL as c_int,
            filename: file.as_ptr(),
            line_num: line,
        };
        // SAFETY: `source.len()` readable bytes and a zero after them; the options live during the call.
        let raw = unsafe { qjs::JS_Eval2(self.ctx, text.as_ptr().cast(), source.len() as _, &mut options) };
        self.own(raw)
    }

    /// `JSON.parse(text)`; `file` is named in the error.
    pub(crate) fn parse_json(&mut self, text: &str, file: &str) -> Result<Val, Thrown> {
        let file = CString::new(file).unwrap_or_default();
        let mut bytes = text.as_bytes().to_vec();
        bytes.push(0);
        // SAFETY: `text.len()` readable bytes and a zero after them.
        self.own(unsafe { qjs::JS_ParseJSON(self.ctx, bytes.as_ptr().cast(), text.len() as _, file.as_ptr()) })
    }

    /// Runs the next promise job.
    pub(crate) fn run_job(&mut self) -> Job {
        let mut ctx = ptr::null_mut();
        // SAFETY: the runtime is alive.
        match unsafe { qjs::JS_ExecutePendingJob(self.inner().rt(), &mut ctx) } {
            0 => Job::None,
            1.. => Job::Ran,
            _ => Job::Failed(Thrown::Pending),
        }
    }

    /// Frees what only cycles keep. Runs no program code (finalisation callbacks are queued as jobs).
    pub(crate) fn collect(&self) {
        // SAFETY: the runtime is alive; what the running code can reach has counts from outside the heap and survives.
        unsafe { qjs::JS_RunGC(self.inner().rt()) };
    }

    /// Bytes that the interpreter's own heap uses, and the number of them that hold live things. Walks the heap.
    pub(crate) fn heap_usage(&self) -> (u64, u64) {
        let mut usage = MaybeUninit::<qjs::JSMemoryUsage>::zeroed();
        // SAFETY: the runtime is alive and the struct is writable.
        unsafe { qjs::JS_ComputeMemoryUsage(self.inner().rt(), usage.as_mut_ptr()) };
        // SAFETY: plain integers, for which zero is fine, and now written.
        let usage = unsafe { usage.assume_init() };
        let count = |value: i64| u64::try_from(value).unwrap_or(0);
        (count(usage.malloc_size), count(usage.memory_used_size))
    }

    // errors

    /// Takes the pending exception away.
    pub(crate) fn take_exception(&self) -> Val {
        // SAFETY: returns an owned reference.
        let raw = unsafe { qjs::JS_GetException(self.ctx) };
        // SAFETY: as above.
        unsafe { Val::from_raw(&self.inner_rc(), raw) }
    }

    pub(super) fn drop_exception(&self) {
        drop(self.take_exception());
    }

    /// The value that a `catch` would see.
    pub(crate) fn caught(&mut self, thrown: Thrown) -> Val {
        match thrown {
            Thrown::Pending => self.take_exception(),
            Thrown::Value(value) => value,
            Thrown::End => match self.new_error(Kind::Error, None, "The program has ended") {
                Ok(error) => {
                    // SAFETY: a live error object.
                    unsafe { qjs::JS_SetUncatchableError(self.ctx, error.as_ref().raw()) };
                    error
                }
                Err(_) => self.take_exception(),
            },
            Thrown::New { kind, code, message } => match self.new_error(kind, code, &message) {
                Ok(error) => error,
                Err(_) => self.take_exception(),
            },
        }
    }

    /// Makes the exception pending, and returns what a C function returns then.
    #[cold]
    pub(super) fn raise(&mut self, thrown: Thrown) -> qjs::JSValue {
        if matches!(thrown, Thrown::Pending) {
            return qjs::JS_EXCEPTION;
        }
        let value = self.caught(thrown);
        let raw = if self.owns(&value) { value.into_raw() } else { qjs::JS_UNDEFINED };
        // SAFETY: the call takes over the value.
        unsafe { qjs::JS_Throw(self.ctx, raw) }
    }

    #[cfg(test)]
    /// Whether the error was raised by the interrupt handler: no `catch` sees it.
    pub(crate) fn is_uncatchable(&self, error: Ref<'_>) -> bool {
        // SAFETY: reads the object's flags.
        unsafe { qjs::JS_IsUncatchableError(error.raw()) }
    }

    /// A new error, as Node's own are made: with a code, the stack begins with `Kind [CODE]: message` and `code` is a property.
    pub(crate) fn new_error(&mut self, kind: Kind, code: Option<&str>, message: &str) -> Result<Val, Thrown> {
        let Some(&Intrinsics { errors, stack_getter, .. }) = self.inner().intrinsics.get() else {
            return Err(Thrown::Pending);
        };
        let class = self.slot(errors[kind as usize]);
        let text = self.string(message)?;
        let error = self.construct(class.as_ref(), class.as_ref(), &[text.as_ref()])?;
        if let Some(code) = code {
            let code_value = self.string(code)?;
            self.define(error.as_ref(), "code", code_value, Flags::ALL)?;
            let getter = self.slot(stack_getter);
            let frames = self.call(getter.as_ref(), error.as_ref(), &[])?;
            // A program's own `Error.prepareStackTrace` may have made anything of it, which is then left alone.
            let frames: Option<String> = self.as_utf8(frames.as_ref()).map(|frames| frames.to_owned());
            if let Some(frames) = frames {
                let frames = match self.inner().stack_reader.get() {
                    Some(read) => read(self, &frames),
                    None => frames,
                };
                let head = format!("{} [{code}]: {message}\n{frames}", kind.name());
                let stack = self.string(head.trim_end_matches('\n'))?;
                self.define(error.as_ref(), "stack", stack, Flags::METHOD)?;
            }
        }
        Ok(error)
    }

    /// Takes what a program could replace, and registers the engine's own classes. Called once, before any script.
    pub(super) fn prepare(&mut self) -> Result<(), Thrown> {
        let global = self.global();
        let mut errors = Vec::new();
        for kind in [Kind::Error, Kind::TypeError, Kind::RangeError, Kind::SyntaxError] {
            let class = self.get(global.as_ref(), kind.name())?;
            errors.push(self.keep(class)?);
        }
        let mut getter = |object: &str, name: &str| -> Result<Slot, Thrown> {
            let source = format!("Object.getOwnPropertyDescriptor({object}, '{name}').get");
            let function = self.eval(&source, "plimsoll:start")?;
            self.keep(function)
        };
        let intrinsics = Intrinsics {
            errors: [errors[0], errors[1], errors[2], errors[3]],
            stack_getter: getter("Error.prototype", "stack")?,
            dataview_buffer: getter("DataView.prototype", "buffer")?,
            dataview_offset: getter("DataView.prototype", "byteOffset")?,
            dataview_length: getter("DataView.prototype", "byteLength")?,
            typed_length: getter("Object.getPrototypeOf(Uint8Array.prototype)", "byteLength")?,
        };
        let shared = self.eval("new SharedArrayBuffer(0)", "plimsoll:start")?;
        // SAFETY: reads the object's class.
        let shared_class = unsafe { qjs::JS_GetClassID(shared.as_ref().raw()) };
        self.inner().shared_class.set(shared_class);
        let _ = self.inner().intrinsics.set(intrinsics);
        self.register_sentinel()
    }
}

#[cold]
fn string_too_long() -> Thrown {
    let message: Cow<'static, str> =
        format!("Cannot create a string longer than 0x{MAX_STRING_LENGTH:x} characters").into();
    Thrown::error("ERR_STRING_TOO_LONG", message)
}
