//! Node's `Buffer`: every method and static is a native over the engine's bulk operations.
//!
//! What is checked, in which order, and what the errors say is Node 25's. A native converts its arguments first, as that may run the
//! program's code, and borrows bytes afterwards. Views and bytes are counted by [`crate::memory`].

mod args;
mod compare;
mod copy;
mod fill;
mod make;
mod messages;
mod module;
mod numbers;
mod search;
mod swap;
mod text;
mod transcode;
mod views;

use crate::memory;
use crate::raw::{Ctx, Flags, Method, Ref, Thrown, Val, native};

/// Bytes that a Buffer may have as far as `buffer.constants` tells: 2^53 − 1, as in Node 22 and later. Longer ones than the memory
/// holds fail when they are made.
const MAX_LENGTH: f64 = 9_007_199_254_740_991.0;

/// An own property of `Buffer` or of its prototype.
enum Entry {
    /// A new function. Its `name` is its own: Node's differ from the keys here and there.
    Method(&'static str, Method),
    /// The function that stands under another key.
    Alias(&'static str, &'static str),
    /// A place kept for a property that is defined later, so that the order of keys is Node's.
    Later(&'static str),
}

/// As Node defines them: enumerable, and `new` may be put in front.
const fn own(key: &'static str, method: Method) -> Entry {
    Entry::Method(key, method.enumerable().constructible())
}

native! {
    Parent = "get"(0), views::parent;
    Offset = "get"(0), views::offset;
}

/// What natives have no call for: properties that are accessors or not writable.
const FINISH: &str = "(function (Buffer, FastBuffer, parent, offset) {
  Object.defineProperty(Buffer, 'prototype', { value: FastBuffer.prototype, writable: true });
  Object.defineProperty(Buffer, Symbol.species, { configurable: true, get() { return FastBuffer; } });
  Object.defineProperty(Buffer.prototype, 'parent', { configurable: false, enumerable: true, get: parent });
  Object.defineProperty(Buffer.prototype, 'offset', { configurable: false, enumerable: true, get: offset });
})";

/// Makes `Buffer` and fills the exports of `node:buffer`. Called once, after [`memory::install`] and before any script.
pub(crate) fn install(ctx: &mut Ctx, exports: Ref<'_>) -> Result<(), Thrown> {
    let fast_buffer = memory::fast_buffer(ctx)?;
    let prototype = ctx.get(fast_buffer.as_ref(), "prototype")?;
    let buffer = ctx.method_value(&make::BUFFER)?;
    let (class, proto) = (buffer.as_ref(), prototype.as_ref());

    let parent = ctx.prototype_of(fast_buffer.as_ref())?;
    ctx.set_prototype(class, parent.as_ref())?;
    ctx.define(class, "poolSize", Val::size(memory::DEFAULT_POOL_SIZE), Flags::ALL)?;
    define(ctx, class, make::STATICS)?;
    memory::set_buffer_class(ctx, class)?;

    let constructor = ctx.dup(class);
    ctx.define(proto, "constructor", constructor, Flags::METHOD)?;
    for table in [numbers::METHODS, text::BY_ENCODING, METHODS] {
        define(ctx, proto, table)?;
    }
    let finish = ctx.eval(FINISH, "plimsoll:buffer")?;
    let (parent, offset) = (ctx.function::<Parent>()?, ctx.function::<Offset>()?);
    ctx.call(finish.as_ref(), Ref::UNDEFINED, &[class, fast_buffer.as_ref(), parent.as_ref(), offset.as_ref()])?;

    let class = ctx.dup(class);
    ctx.define(exports, "Buffer", class, Flags::ALL)?;
    module::install(ctx, exports)
}

/// The methods that follow the numbers and the encodings, in Node's order.
const METHODS: &[Entry] = &[
    Entry::Later("parent"),
    Entry::Later("offset"),
    own("copy", copy::METHOD),
    own("toString", text::TO_STRING),
    own("equals", compare::EQUALS),
    Entry::Later("inspect"),
    own("compare", compare::METHOD),
    own("indexOf", search::INDEX_OF),
    own("lastIndexOf", search::LAST_INDEX_OF),
    own("includes", search::INCLUDES),
    own("fill", fill::METHOD),
    own("write", text::WRITE),
    own("toJSON", views::TO_JSON),
    own("subarray", views::SUBARRAY),
    own("slice", views::SLICE),
    own("swap16", swap::SWAP16),
    own("swap32", swap::SWAP32),
    own("swap64", swap::SWAP64),
    Entry::Alias("toLocaleString", "toString"),
];

fn define(ctx: &mut Ctx, object: Ref<'_>, entries: &[Entry]) -> Result<(), Thrown> {
    for entry in entries {
        let (key, value) = match entry {
            Entry::Method(key, method) => (key, ctx.method_value(method)?),
            Entry::Alias(key, other) => (key, ctx.get(object, other)?),
            Entry::Later(key) => (key, Val::UNDEFINED),
        };
        ctx.define(object, key, value, Flags::ALL)?;
    }
    Ok(())
}
