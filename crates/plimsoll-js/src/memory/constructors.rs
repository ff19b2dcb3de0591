//! `ArrayBuffer`, `SharedArrayBuffer`, `DataView` and the typed arrays, on engine stores.
//!
//! Each constructor makes the store, then lets the engine's own constructor make the view on it with the caller's `new.target`, so that
//! objects have the class, prototype and shape they always had. Errors have V8's texts.

use crate::raw::{
    BufferShape, Call, Ctx, ElementKind, Flags, Kind, Native, Ref, Thrown, Val, ViewKind, method, native,
};

use super::{Slots, allocation_failed, current_site, fresh, fresh_shaped, memory, site, slots, watch};

const NAMES: [&str; 12] = [
    "Uint8ClampedArray",
    "Int8Array",
    "Uint8Array",
    "Int16Array",
    "Uint16Array",
    "Int32Array",
    "Uint32Array",
    "BigInt64Array",
    "BigUint64Array",
    "Float16Array",
    "Float32Array",
    "Float64Array",
];

const UINT8: usize = 2;

/// The constructor of typed arrays of kind `K`.
struct Typed<const K: usize>;

impl<const K: usize> Native for Typed<K> {
    const NAME: &'static str = NAMES[K];
    const LENGTH: u8 = 3;
    fn call(call: &mut Call<'_>) -> Result<Val, Thrown> {
        let (target, args) = (call.this(), [call.arg(0), call.arg(1), call.arg(2)]);
        typed(call, K, target, args)
    }
}

native! {
    FastBuffer = "FastBuffer"(3), fast_buffer;
    NewArrayBuffer = "ArrayBuffer"(1), array_buffer;
    NewSharedArrayBuffer = "SharedArrayBuffer"(1), shared_array_buffer;
    NewDataView = "DataView"(1), dataview;
    Transfer = "transfer"(0), transfer;
    TransferToFixedLength = "transferToFixedLength"(0), transfer_to_fixed_length;
}

/// Copies what a constructor offers besides its prototype.
const ADOPT: &str = "(function (to, from) {
  for (const key of Reflect.ownKeys(from)) {
    if (key === 'prototype' || key === 'name' || key === 'length') continue;
    Object.defineProperty(to, key, Object.getOwnPropertyDescriptor(from, key));
  }
})";

/// What else makes bytes by itself: sends its result through our constructor.
const REROUTE: &str = "(function (Uint8Array) {
  const apply = Function.prototype.call.bind(Function.prototype.apply);
  for (const name of ['fromBase64', 'fromHex']) {
    const original = Uint8Array[name];
    if (typeof original !== 'function') continue;
    const replacement = { [name](string) { return new Uint8Array(apply(original, this, arguments)); } }[name];
    Object.defineProperty(Uint8Array, name, { value: replacement, writable: true, configurable: true });
  }
  // Node has none, and our methods that write ask for no such thing.
  for (const name of ['transferToImmutable', 'sliceToImmutable', 'immutable']) delete ArrayBuffer.prototype[name];
  const prototype = Object.getPrototypeOf(Uint8Array.prototype);
  const species = (array) => new (globalOf(array))(array);
  const tag = Function.prototype.call.bind(Object.getOwnPropertyDescriptor(prototype, Symbol.toStringTag).get);
  const classes = Object.create(null);
  const globalOf = (array) => classes[tag(array)];
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (/^(?:Uint|Int|Float|BigInt|BigUint)\\d+(?:Clamped)?Array$/.test(name)) classes[name] = globalThis[name];
  }
  for (const name of ['toReversed', 'toSorted', 'with']) {
    const original = prototype[name];
    if (typeof original !== 'function') continue;
    const replacement = { [name](first) { return species(apply(original, this, arguments)); } }[name];
    Object.defineProperty(replacement, 'length', { value: original.length, configurable: true });
    Object.defineProperty(prototype, name, { value: replacement, writable: true, configurable: true });
  }
})";

/// Replaces the global constructors. To be called once, before any script runs.
pub(crate) fn install(ctx: &mut Ctx) -> Result<(), Thrown> {
    let file = "plimsoll:memory";
    let global = ctx.global();
    let global = global.as_ref();
    let adopt = ctx.eval(ADOPT, file)?;

    let own = |ctx: &mut Ctx, source: &str| -> Result<_, Thrown> {
        let value = ctx.eval(source, file)?;
        ctx.keep(value)
    };
    let mut originals = Vec::new();
    for name in NAMES {
        originals.push(own(ctx, name)?);
    }
    let mut typed = [originals[0]; 12];
    typed.copy_from_slice(&originals);
    let undefined = ctx.keep(Val::UNDEFINED)?;
    let mut found = Slots {
        typed,
        dataview: own(ctx, "DataView")?,
        uint8_array: undefined,
        set: own(ctx, "Object.getPrototypeOf(Uint8Array.prototype).set")?,
        array_from: own(ctx, "Array.from")?,
        array_values: own(ctx, "Array.prototype.values")?,
        iterator: own(ctx, "Symbol.iterator")?,
        fast_buffer: undefined,
        buffer_class: ctx.keep(Val::UNDEFINED)?,
        slab: ctx.keep(Val::UNDEFINED)?,
        watch_key: own(ctx, "Symbol('plimsoll.watch')")?,
        capture: own(ctx, "Error.captureStackTrace")?,
        target: own(ctx, "({})")?,
        set_prepare: own(ctx, "Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace').set")?,
        set_limit: own(ctx, "Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit').set")?,
        prepare: ctx.keep(Val::UNDEFINED)?,
        limit: ctx.keep(Val::int(10))?,
        stack: ctx.key("stack")?,
        pool_size: ctx.key("poolSize")?,
        transfers: [
            own(ctx, "ArrayBuffer.prototype.transfer")?,
            own(ctx, "ArrayBuffer.prototype.transferToFixedLength")?,
        ],
    };

    // `length` is 0 there, as in the language.
    let methods = [method::<Transfer>(), method::<TransferToFixedLength>()];
    let proto = ctx.eval("ArrayBuffer.prototype", file)?;
    ctx.define_methods(proto.as_ref(), &methods)?;

    let parent = ctx.eval("Object.getPrototypeOf(Uint8Array)", file)?;
    let parent = parent.as_ref();
    let plain = ctx.eval("Function.prototype", file)?;
    let plain = plain.as_ref();
    replace::<Typed<0>>(ctx, global, parent, &adopt)?;
    replace::<Typed<1>>(ctx, global, parent, &adopt)?;
    let uint8_array = replace::<Typed<2>>(ctx, global, parent, &adopt)?;
    replace::<Typed<3>>(ctx, global, parent, &adopt)?;
    replace::<Typed<4>>(ctx, global, parent, &adopt)?;
    replace::<Typed<5>>(ctx, global, parent, &adopt)?;
    replace::<Typed<6>>(ctx, global, parent, &adopt)?;
    replace::<Typed<7>>(ctx, global, parent, &adopt)?;
    replace::<Typed<8>>(ctx, global, parent, &adopt)?;
    replace::<Typed<9>>(ctx, global, parent, &adopt)?;
    replace::<Typed<10>>(ctx, global, parent, &adopt)?;
    replace::<Typed<11>>(ctx, global, parent, &adopt)?;
    replace::<NewArrayBuffer>(ctx, global, plain, &adopt)?;
    replace::<NewSharedArrayBuffer>(ctx, global, plain, &adopt)?;
    replace::<NewDataView>(ctx, global, plain, &adopt)?;
    let reroute = ctx.eval(REROUTE, file)?;
    ctx.call(reroute.as_ref(), Ref::UNDEFINED, &[uint8_array.as_ref()])?;

    let base = ctx.get(uint8_array.as_ref(), "prototype")?;
    let proto = ctx.object_with_proto(base.as_ref())?;
    let class = ctx.constructor::<FastBuffer>(proto.as_ref(), uint8_array.as_ref())?;
    found.fast_buffer = ctx.keep(class)?;
    found.uint8_array = ctx.keep(uint8_array)?;
    let _ = memory(ctx)?.slots.set(found);
    site::install(ctx)?;
    ctx.buffers_are_ours();
    Ok(())
}

/// Puts our constructor in the place of the global one of the same name, with its prototype and static members.
fn replace<N: Native>(ctx: &mut Ctx, global: Ref<'_>, parent: Ref<'_>, adopt: &Val) -> Result<Val, Thrown> {
    let original = ctx.get(global, N::NAME)?;
    let proto = ctx.get(original.as_ref(), "prototype")?;
    let class = ctx.constructor::<N>(proto.as_ref(), parent)?;
    ctx.call(adopt.as_ref(), Ref::UNDEFINED, &[class.as_ref(), original.as_ref()])?;
    let value = ctx.dup(class.as_ref());
    ctx.define(global, N::NAME, value, Flags::METHOD)?;
    Ok(class)
}

fn fast_buffer(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let (target, args) = (call.this(), [call.arg(0), call.arg(1), call.arg(2)]);
    typed(call, UINT8, target, args)
}

/// JavaScript's `ToIndex`: `None` when the number is no index.
fn to_index(ctx: &mut Ctx, value: Ref<'_>) -> Result<Option<u64>, Thrown> {
    if value.is_undefined() {
        return Ok(Some(0));
    }
    let number = ctx.to_number(value)?;
    let whole = if number.is_nan() { 0.0 } else { number.trunc() };
    Ok((0.0..=9_007_199_254_740_991.0).contains(&whole).then_some(whole as u64))
}

#[cold]
fn range(message: String) -> Thrown {
    Thrown::plain(Kind::RangeError, message)
}

/// How an error message shows an argument.
fn shown(ctx: &mut Ctx, value: Ref<'_>) -> String {
    match ctx.to_utf8(value) {
        Ok(text) => text.to_owned(),
        Err(thrown) => {
            drop(ctx.caught(thrown));
            "?".to_owned()
        }
    }
}

/// `new target(...args)` for typed arrays of kind `kind`.
fn typed(ctx: &mut Ctx, kind: usize, target: Ref<'_>, args: [Ref<'_>; 3]) -> Result<Val, Thrown> {
    let source = args[0];
    if !source.is_object() {
        let Some(len) = to_index(ctx, source)? else {
            let text = shown(ctx, source);
            return Err(range(format!("Invalid typed array length: {text}")));
        };
        return filled(ctx, kind, target, len, None);
    }
    match ctx.view_kind(source) {
        Some(ViewKind::ArrayBuffer | ViewKind::SharedArrayBuffer) => over(ctx, kind, target, args),
        Some(ViewKind::Typed(element)) => {
            let len = ctx.view(source).map_or(0, |view| view.len) / element.size();
            filled(ctx, kind, target, len as u64, Some(source))
        }
        _ => {
            let slots = slots(ctx)?;
            let symbol = ctx.slot(slots.iterator);
            let iterator = ctx.get_key(source, symbol.as_ref())?;
            let plain = iterator.as_ref().is_nullish()
                || source.is_array() && iterator.as_ref().is_same_object(ctx.slot(slots.array_values).as_ref());
            if plain {
                let len = ctx.length(source)?;
                return filled(ctx, kind, target, len, Some(source));
            }
            let from = ctx.slot(slots.array_from);
            let list = ctx.call(from.as_ref(), Ref::UNDEFINED, &[source])?;
            let len = ctx.length(list.as_ref())?;
            filled(ctx, kind, target, len, Some(list.as_ref()))
        }
    }
}

/// A typed array of `len` elements on a store of its own, with the elements of `source` if there is one.
fn filled(ctx: &mut Ctx, kind: usize, target: Ref<'_>, len: u64, source: Option<Ref<'_>>) -> Result<Val, Thrown> {
    let slots = slots(ctx)?;
    let size = ElementKind::EVERY[kind].size();
    let bytes = usize::try_from(len).ok().and_then(|len| len.checked_mul(size)).ok_or_else(allocation_failed)?;
    let site = current_site(ctx)?;
    let buffer = fresh(ctx, bytes, site)?;
    let (class, zero, len) = (ctx.slot(slots.typed[kind]), Val::int(0), Val::size(bytes / size));
    let view = ctx.construct(class.as_ref(), target, &[buffer.as_ref(), zero.as_ref(), len.as_ref()])?;
    if let Some(source) = source.filter(|_| bytes > 0) {
        let set = ctx.slot(slots.set);
        ctx.call(set.as_ref(), view.as_ref(), &[source])?;
        if super::is_auditing(ctx) {
            let add = plimsoll::audit::Churn { copied: bytes as u64, ..Default::default() };
            plimsoll::audit::churn(site, add);
        }
    }
    watch(ctx, view.as_ref(), site)?;
    Ok(view)
}

/// A typed array over a buffer that exists.
fn over(ctx: &mut Ctx, kind: usize, target: Ref<'_>, args: [Ref<'_>; 3]) -> Result<Val, Thrown> {
    let [buffer, offset, length] = args;
    let slots = slots(ctx)?;
    let (name, size) = (NAMES[kind], ElementKind::EVERY[kind].size() as u64);
    let outside = |text: String| range(format!("Start offset {text} is outside the bounds of the buffer"));
    let Some(start) = to_index(ctx, offset)? else {
        let text = shown(ctx, offset);
        return Err(outside(text));
    };
    if !start.is_multiple_of(size) {
        return Err(range(format!("start offset of {name} should be a multiple of {size}")));
    }
    let wanted = if length.is_undefined() { None } else { Some((to_index(ctx, length)?, length)) };
    if ctx.is_detached(buffer) {
        return Err(Thrown::plain(Kind::TypeError, "Cannot perform Construct on a detached ArrayBuffer"));
    }
    let total = ctx.bytes(buffer).map_or(0, <[_]>::len) as u64;
    match wanted {
        None => {
            let fixed = !ctx.backing(buffer).is_some_and(|backing| backing.resizable);
            if fixed && !total.is_multiple_of(size) {
                return Err(range(format!("byte length of {name} should be a multiple of {size}")));
            }
            if start > total {
                return Err(outside(start.to_string()));
            }
        }
        Some((len, given)) => {
            let end = len.and_then(|len| len.checked_mul(size)).and_then(|bytes| bytes.checked_add(start));
            if end.is_none_or(|end| end > total) {
                let text = shown(ctx, given);
                return Err(range(format!("Invalid typed array length: {text}")));
            }
        }
    }
    let site = current_site(ctx)?;
    let class = ctx.slot(slots.typed[kind]);
    // The numbers, not the arguments: converting those once more would run the program's code again.
    let (start, len) = (Val::number(start as f64), wanted.and_then(|(len, _)| len));
    let len = len.map_or(Val::UNDEFINED, |len| Val::number(len as f64));
    let view = ctx.construct(class.as_ref(), target, &[buffer, start.as_ref(), len.as_ref()])?;
    watch(ctx, view.as_ref(), site)?;
    Ok(view)
}

fn dataview(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let (target, args) = (call.this(), [call.arg(0), call.arg(1), call.arg(2)]);
    if !matches!(call.view_kind(args[0]), Some(ViewKind::ArrayBuffer | ViewKind::SharedArrayBuffer)) {
        return Err(Thrown::plain(Kind::TypeError, "First argument to DataView constructor must be an ArrayBuffer"));
    }
    let Some(start) = to_index(call, args[1])? else {
        let text = shown(call, args[1]);
        return Err(range(format!("Start offset {text} is outside the bounds of the buffer")));
    };
    let wanted = if args[2].is_undefined() { Some(None) } else { to_index(call, args[2])?.map(Some) };
    let total = call.bytes(args[0]).map_or(0, <[_]>::len) as u64;
    if start > total {
        return Err(range(format!("Start offset {start} is outside the bounds of the buffer")));
    }
    if wanted.and_then(|len| len.unwrap_or(0).checked_add(start)).is_none_or(|end| end > total) {
        let text = shown(call, args[2]);
        return Err(range(format!("Invalid DataView length {text}")));
    }
    let site = current_site(call)?;
    let class = call.slot(slots(call)?.dataview);
    let len = wanted.flatten().map_or(Val::UNDEFINED, |len| Val::number(len as f64));
    let view = call.construct(class.as_ref(), target, &[args[0], Val::number(start as f64).as_ref(), len.as_ref()])?;
    watch(call, view.as_ref(), site)?;
    Ok(view)
}

fn array_buffer(call: &mut Call<'_>) -> Result<Val, Thrown> {
    buffer(call, false)
}

fn shared_array_buffer(call: &mut Call<'_>) -> Result<Val, Thrown> {
    buffer(call, true)
}

/// `new ArrayBuffer(length, { maxByteLength })`. A resizable one has its maximum reserved at once, so that its bytes never
/// move; the reserve costs address space, not memory.
fn buffer(call: &mut Call<'_>, shared: bool) -> Result<Val, Thrown> {
    let (target, length, options) = (call.this(), call.arg(0), call.arg(1));
    let Some(len) = to_index(call, length)? else {
        return Err(range("Invalid array buffer length".to_owned()));
    };
    let mut max = None;
    if options.is_object() {
        let value = call.get(options, "maxByteLength")?;
        if !value.as_ref().is_undefined() {
            max = match to_index(call, value.as_ref())? {
                Some(max) if max >= len => Some(max),
                _ => return Err(range("Invalid array buffer max length".to_owned())),
            };
        }
    }
    let proto = call.get(target, "prototype")?;
    let size = |len: u64| usize::try_from(len).map_err(|_| allocation_failed());
    let (len, max_len) = (size(len)?, max.map(size).transpose()?);
    let site = current_site(call)?;
    let shape = BufferShape { len, max_len, shared };
    let value = fresh_shaped(call, max_len.unwrap_or(len), shape, site)?;
    // The engine knows no `new.target` here: a subclass gets its prototype afterwards.
    let present = call.prototype_of(value.as_ref())?;
    if proto.as_ref().is_object() && !proto.as_ref().is_same_object(present.as_ref()) {
        call.set_prototype(value.as_ref(), proto.as_ref())?;
    }
    Ok(value)
}

fn transfer(call: &mut Call<'_>) -> Result<Val, Thrown> {
    transfer_with(call, 0)
}

fn transfer_to_fixed_length(call: &mut Call<'_>) -> Result<Val, Thrown> {
    transfer_with(call, 1)
}

/// As the engine's own, but for the pool's slabs: moving one away would take the bytes of every small Buffer on it.
fn transfer_with(call: &mut Call<'_>, which: usize) -> Result<Val, Thrown> {
    let this = call.this();
    if call.backing(this).is_some_and(|backing| backing.store.is_slab()) {
        return Err(Thrown::plain(Kind::TypeError, "ArrayBuffer is not detachable and could not be cloned."));
    }
    let original = call.slot(slots(call)?.transfers[which]);
    let args = call.args();
    call.call(original.as_ref(), this, args)
}
