//! Making Buffers: `Buffer.from`, `alloc`, `concat` and their kin.
//!
//! What is shorter than half of `Buffer.poolSize` comes from the pool, except from `alloc`, `allocUnsafeSlow` and `of`.

use plimsoll::cells::{self, Endian};
use plimsoll::encoding::Encoding;

use super::messages::{self, BYTES, STRING};
use super::text::{self, Text};
use super::{Entry, MAX_LENGTH, args, compare, fill, own, views};
use crate::memory;
use crate::raw::{Call, Ctx, ElementKind, Kind, Method, Ref, Thrown, Val, ViewKind, method, native};

native! {
    Buffer = "Buffer"(3), buffer;
    From = "from"(3), from;
    CopyBytesFrom = "copyBytesFrom"(3), copy_bytes_from;
    Of = "of"(0), of;
    Alloc = "alloc"(3), alloc;
    AllocUnsafe = "allocUnsafe"(1), alloc_unsafe;
    AllocUnsafeSlow = "allocUnsafeSlow"(1), alloc_unsafe_slow;
    IsBuffer = "isBuffer"(1), is_buffer;
    Concat = "concat"(2), concat;
}

/// The function `Buffer`, which works with `new` and without.
pub(super) const BUFFER: Method = method::<Buffer>().constructible();

pub(super) const STATICS: &[Entry] = &[
    own("from", method::<From>()),
    own("copyBytesFrom", method::<CopyBytesFrom>()),
    Entry::Method("of", method::<Of>().enumerable()),
    own("alloc", method::<Alloc>()),
    own("allocUnsafe", method::<AllocUnsafe>()),
    own("allocUnsafeSlow", method::<AllocUnsafeSlow>()),
    own("isBuffer", method::<IsBuffer>()),
    own("compare", compare::STATIC),
    own("isEncoding", text::IS_ENCODING),
    own("concat", method::<Concat>()),
    own("byteLength", text::BYTE_LENGTH),
];

/// `Buffer(…)` and `new Buffer(…)`, deprecated since Node 6.
fn buffer(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let value = call.arg(0);
    if !value.is_number() {
        return from(call);
    }
    if call.arg(1).is_string() {
        return Err(messages::invalid_arg_type(call, "string", STRING, value));
    }
    let len = args::size(call, value)?;
    memory::alloc_unpooled(call, len)
}

fn is_buffer(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let value = call.arg(0);
    views::is_buffer(call, value).map(Val::bool)
}

fn alloc(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let len = call.arg(0);
    let len = args::size(call, len)?;
    let (value, encoding) = (call.arg(1), call.arg(2));
    if len == 0 || value.is_undefined() || value.as_number() == Some(0.0) {
        return memory::alloc_unpooled(call, len);
    }
    let buffer = memory::alloc_unpooled_slow(call, len)?;
    fill::fill_new(call, buffer.as_ref(), value, encoding)?;
    Ok(buffer)
}

fn alloc_unsafe(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let len = call.arg(0);
    let len = args::size(call, len)?;
    pooled(call, len)
}

fn alloc_unsafe_slow(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let len = call.arg(0);
    let len = args::size(call, len)?;
    memory::alloc_unpooled_slow(call, len)
}

/// A Buffer with any contents: from the pool if it is short enough.
fn pooled(ctx: &mut Ctx, len: usize) -> Result<Val, Thrown> {
    if memory::is_pooled_size(ctx, len)? {
        memory::pool_take(ctx, len)
    } else if len == 0 {
        memory::alloc_unpooled(ctx, 0)
    } else {
        memory::alloc_unpooled_slow(ctx, len)
    }
}

fn of(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let mut bytes = Vec::with_capacity(call.argc());
    for &item in call.args() {
        bytes.push(args::to_byte(args::to_number(call, item)?));
    }
    memory::alloc_from_vec(call, bytes)
}

fn from(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let (value, second, third) = (call.arg(0), call.arg(1), call.arg(2));
    from_value(call, value, second, third)
}

fn from_value(ctx: &mut Ctx, value: Ref<'_>, second: Ref<'_>, third: Ref<'_>) -> Result<Val, Thrown> {
    if value.is_string() {
        return from_string(ctx, value, second);
    }
    if let Some(ViewKind::Typed(_)) = ctx.view_kind(value) {
        return from_array_like(ctx, value);
    }
    if value.is_array() {
        // Its `valueOf` gives the array itself, unless the program went out of its way.
        return from_array_like(ctx, value);
    }
    if value.is_object() && !ctx.is_function(value) {
        if args::is_any_array_buffer(ctx, value) {
            return from_array_buffer(ctx, value, second, third);
        }
        if let Some(buffer) = from_object(ctx, value, second, third)? {
            return Ok(buffer);
        }
    }
    let expected = "of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object";
    Err(messages::invalid_arg_type(ctx, "first argument", expected, value))
}

/// An object that stands for text or bytes: by `valueOf`, by a `length`, as the JSON of a Buffer, or by `Symbol.toPrimitive`.
fn from_object(ctx: &mut Ctx, object: Ref<'_>, second: Ref<'_>, third: Ref<'_>) -> Result<Option<Val>, Thrown> {
    let method = ctx.get(object, "valueOf")?;
    if ctx.to_bool(method.as_ref()) {
        let primitive = ctx.call(method.as_ref(), object, &[])?;
        let primitive = primitive.as_ref();
        let stands = primitive.is_string() || primitive.is_object() && !ctx.is_function(primitive);
        if stands && !primitive.is_same_object(object) {
            return from_value(ctx, primitive, second, third).map(Some);
        }
    }
    let length = ctx.get(object, "length")?;
    let length = length.as_ref();
    if length.is_number() {
        return from_array_like(ctx, object).map(Some);
    }
    if !length.is_undefined() || has_array_buffer(ctx, object)? {
        return memory::alloc_unpooled(ctx, 0).map(Some);
    }
    let kind = ctx.get(object, "type")?;
    if ctx.as_utf8(kind.as_ref()).is_some_and(|kind| &*kind == "Buffer") {
        let data = ctx.get(object, "data")?;
        if data.as_ref().is_array() {
            return from_array_like(ctx, data.as_ref()).map(Some);
        }
    }
    let symbol = ctx.eval("Symbol.toPrimitive", "plimsoll:buffer")?;
    let method = ctx.get_key(object, symbol.as_ref())?;
    if ctx.is_function(method.as_ref()) {
        let hint = ctx.string("string")?;
        let primitive = ctx.call(method.as_ref(), object, &[hint.as_ref()])?;
        if primitive.as_ref().is_string() {
            return from_string(ctx, primitive.as_ref(), second).map(Some);
        }
    }
    Ok(None)
}

fn has_array_buffer(ctx: &mut Ctx, object: Ref<'_>) -> Result<bool, Thrown> {
    let buffer = ctx.get(object, "buffer")?;
    Ok(args::is_any_array_buffer(ctx, buffer.as_ref()))
}

/// `Buffer.from(text, encoding)`. An encoding that is no string is UTF-8.
fn from_string(ctx: &mut Ctx, value: Ref<'_>, encoding: Ref<'_>) -> Result<Val, Thrown> {
    let encoding = match encoding.is_string() && ctx.to_bool(encoding) {
        true => args::known_encoding(ctx, encoding)?,
        false => Encoding::Utf8,
    };
    let text = Text::of(ctx, value, encoding)?;
    if text.is_empty() {
        return memory::alloc_unpooled(ctx, 0);
    }
    from_text(ctx, &text, encoding)
}

/// Copies text into a Buffer. In the pool, room is made for four bytes a character if that is short enough, else for what is
/// needed; what is taken is what was written.
pub(super) fn from_text(ctx: &mut Ctx, text: &Text<'_>, encoding: Encoding) -> Result<Val, Thrown> {
    let units = text.units();
    let mut room = units * 4;
    if !is_short(ctx, room)? {
        room = text.byte_length(encoding);
        if !is_short(ctx, units)? || !is_short(ctx, room)? {
            return from_text_alone(ctx, text, encoding, room);
        }
    }
    let (slab, offset) = memory::pool_reserve(ctx, room)?;
    let written = {
        let bytes = ctx.bytes(slab.as_ref()).unwrap_or_default();
        text.write(encoding, bytes.get(offset..offset + room).unwrap_or_default())
    };
    let buffer = memory::new_buffer(ctx, slab.as_ref(), offset, written)?;
    memory::pool_advance(ctx, written)?;
    Ok(buffer)
}

/// Text goes to the pool even when it stands for no bytes at all.
fn is_short(ctx: &mut Ctx, len: usize) -> Result<bool, Thrown> {
    Ok(len == 0 || memory::is_pooled_size(ctx, len)?)
}

/// The same in a store of its own, which is as large as the text could need.
fn from_text_alone(ctx: &mut Ctx, text: &Text<'_>, encoding: Encoding, len: usize) -> Result<Val, Thrown> {
    let buffer = memory::alloc_unpooled_slow(ctx, len)?;
    let written = text.write(encoding, ctx.bytes(buffer.as_ref()).unwrap_or_default());
    match ctx.view(buffer.as_ref()) {
        Some(view) if written < len => memory::new_buffer(ctx, view.buffer.as_ref(), 0, written),
        _ => Ok(buffer),
    }
}

/// A Buffer on an `ArrayBuffer`. **Shares memory.**
fn from_array_buffer(ctx: &mut Ctx, buffer: Ref<'_>, offset: Ref<'_>, length: Ref<'_>) -> Result<Val, Thrown> {
    let mut start = args::to_number(ctx, offset)?;
    if start.is_nan() {
        start = 0.0;
    }
    let room = ctx.bytes(buffer).map_or(0, <[_]>::len) as f64 - start;
    if room < 0.0 {
        return Err(messages::argument_outside_bounds("offset"));
    }
    let len = match length {
        length if length.is_undefined() => None,
        length => {
            let len = args::to_number(ctx, length)?;
            if len > room {
                return Err(messages::argument_outside_bounds("length"));
            }
            Some(if len > 0.0 { len.trunc() } else { 0.0 })
        }
    };
    let start = start.trunc();
    if start < 0.0 {
        let start = messages::number_text(ctx, start)?;
        let message = format!("Start offset {start} is outside the bounds of the buffer");
        return Err(Thrown::plain(Kind::RangeError, message));
    }
    // Without a length the view follows a buffer that is resized, which the class sees to.
    let class = memory::fast_buffer(ctx)?;
    let (start, len) = (Val::number(start), len.map_or(Val::UNDEFINED, Val::number));
    ctx.construct(class.as_ref(), class.as_ref(), &[buffer, start.as_ref(), len.as_ref()])
}

/// Copies elements, each as the byte that a `Uint8Array` would keep of it.
fn from_array_like(ctx: &mut Ctx, source: Ref<'_>) -> Result<Val, Thrown> {
    match ctx.view_kind(source) {
        Some(ViewKind::Typed(ElementKind::Uint8 | ElementKind::Int8 | ElementKind::Uint8Clamped)) => {
            copy_of(ctx, source, 0, usize::MAX)
        }
        Some(ViewKind::Typed(ElementKind::BigInt64 | ElementKind::BigUint64))
            if !args::receiver(ctx, source)?.is_empty() =>
        {
            Err(messages::mixed_bigint())
        }
        Some(ViewKind::Typed(kind)) if kind != ElementKind::Float16 => {
            let bytes = bytes_of_elements(args::receiver(ctx, source)?, kind);
            let copied = bytes.len();
            let buffer = from_vec(ctx, bytes)?;
            memory::count_copied(ctx, copied);
            Ok(buffer)
        }
        _ => {
            let length = ctx.get(source, "length")?;
            let length = args::to_number(ctx, length.as_ref())?;
            if length > f64::from(u32::MAX) {
                return memory::alloc_unpooled(ctx, length.min(MAX_LENGTH) as usize);
            }
            let length = length as u32;
            // A length that somebody made up costs nothing before its elements are there.
            let mut bytes = Vec::with_capacity(length.min(1 << 16) as usize);
            for index in 0..length {
                let element = ctx.get_index(source, index)?;
                let element = element.as_ref();
                bytes.push(match element.as_int() {
                    Some(number) => number as u8,
                    None => args::to_byte(args::to_number(ctx, element)?),
                });
            }
            from_vec(ctx, bytes)
        }
    }
}

/// The low byte of every element.
fn bytes_of_elements(bytes: &[std::cell::Cell<u8>], kind: ElementKind) -> Vec<u8> {
    let size = kind.size();
    let endian = if cfg!(target_endian = "big") { Endian::Big } else { Endian::Little };
    let offsets = (0..bytes.len() / size).map(|index| index * size);
    match kind {
        ElementKind::Float32 => {
            offsets.map(|at| args::to_byte(cells::read::<f32>(bytes, at, endian).map_or(0.0, f64::from))).collect()
        }
        ElementKind::Float64 => {
            offsets.map(|at| args::to_byte(cells::read::<f64>(bytes, at, endian).unwrap_or(0.0))).collect()
        }
        _ => {
            let low = if endian == Endian::Little { 0 } else { size - 1 };
            offsets.filter_map(|at| bytes.get(at + low)).map(std::cell::Cell::get).collect()
        }
    }
}

/// A Buffer of these bytes, pooled if they are few.
fn from_vec(ctx: &mut Ctx, bytes: Vec<u8>) -> Result<Val, Thrown> {
    if !memory::is_pooled_size(ctx, bytes.len())? {
        return memory::alloc_from_vec(ctx, bytes);
    }
    let buffer = memory::pool_take(ctx, bytes.len())?;
    cells::fill(ctx.bytes(buffer.as_ref()).unwrap_or_default(), &bytes);
    Ok(buffer)
}

/// A Buffer with a copy of the view's bytes from `start` to `end`, both cut to what there is.
fn copy_of(ctx: &mut Ctx, view: Ref<'_>, start: usize, end: usize) -> Result<Val, Thrown> {
    let len = ctx.bytes(view).map_or(0, <[_]>::len).min(end).saturating_sub(start);
    let buffer = match len {
        0 => return memory::alloc_unpooled(ctx, 0),
        len if memory::is_pooled_size(ctx, len)? => memory::pool_take(ctx, len)?,
        len => memory::alloc_unpooled(ctx, len)?,
    };
    let copied = {
        let source = ctx.bytes(view).unwrap_or_default();
        cells::copy(source.get(start..).unwrap_or_default(), ctx.bytes(buffer.as_ref()).unwrap_or_default())
    };
    memory::count_copied(ctx, copied);
    Ok(buffer)
}

/// `Buffer.copyBytesFrom(view, offset, length)`: bytes, not elements, but counted in elements.
fn copy_bytes_from(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let view = call.arg(0);
    let Some(ViewKind::Typed(kind)) = call.view_kind(view) else {
        return Err(messages::invalid_arg_type(call, "view", "an instance of TypedArray", view));
    };
    let elements = call.bytes(view).map_or(0, <[_]>::len) / kind.size();
    if elements == 0 {
        return memory::alloc_unpooled(call, 0);
    }
    let (mut start, mut end) = (0.0, elements as f64);
    if !call.arg(1).is_undefined() {
        let value = call.arg(1);
        start = args::integer(call, value, "offset", 0.0, MAX_LENGTH)?;
        if start >= end {
            return memory::alloc_unpooled(call, 0);
        }
    }
    if !call.arg(2).is_undefined() {
        let value = call.arg(2);
        end = end.min(start + args::integer(call, value, "length", 0.0, MAX_LENGTH)?);
    }
    copy_of(call, view, start as usize * kind.size(), end as usize * kind.size())
}

fn concat(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let (list, length) = (call.arg(0), call.arg(1));
    if !list.is_array() {
        return Err(messages::invalid_arg_type(call, "list", "an instance of Array", list));
    }
    let count = call.length(list)?;
    if count == 0 {
        return memory::alloc_unpooled(call, 0);
    }
    let given = match length {
        length if length.is_undefined() => None,
        length => Some(args::integer(call, length, "length", 0.0, MAX_LENGTH)? as usize),
    };
    let mut parts = Vec::with_capacity(count.min(1 << 16) as usize);
    let mut total = 0_usize;
    for index in 0..u32::try_from(count).unwrap_or(u32::MAX) {
        let part = call.get_index(list, index)?;
        if !call.is_uint8_array(part.as_ref()) {
            return Err(messages::invalid_arg_type(call, &format!("list[{index}]"), BYTES, part.as_ref()));
        }
        total += call.bytes(part.as_ref()).map_or(0, <[_]>::len);
        parts.push(part);
    }
    let buffer = pooled(call, given.unwrap_or(total))?;
    let copied = {
        let mut rest = call.bytes(buffer.as_ref()).unwrap_or_default();
        let mut copied = 0;
        for part in &parts {
            let n = cells::copy(call.bytes(part.as_ref()).unwrap_or_default(), rest);
            rest = rest.get(n..).unwrap_or_default();
            copied += n;
        }
        // Only a length that was given leaves a rest, and the pool's memory has been used before.
        cells::fill_byte(rest, 0);
        copied
    };
    memory::count_copied(call, copied);
    Ok(buffer)
}
