//! Views of a Buffer's memory, and what a Buffer tells of itself.

use super::{args, messages};
use crate::memory;
use crate::raw::{Call, Ctx, Flags, Method, Ref, Thrown, Val, method, native};

native! {
    Subarray = "subarray"(2), subarray;
    Slice = "slice"(2), slice;
    ToJson = "toJSON"(0), to_json;
}

pub(super) const SUBARRAY: Method = method::<Subarray>();
pub(super) const SLICE: Method = method::<Slice>();
pub(super) const TO_JSON: Method = method::<ToJson>();

/// In Node it calls `this.subarray`, which matters to classes that have their own, and to plain typed arrays.
fn slice(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let this = call.this();
    let class = memory::fast_buffer(call)?;
    let prototype = call.get(class.as_ref(), "prototype")?;
    if call.is_uint8_array(this) && call.prototype_of(this)?.as_ref().is_same_object(prototype.as_ref()) {
        return subarray(call);
    }
    let (start, end) = (call.arg(0), call.arg(1));
    call.invoke(this, "subarray", &[start, end])
}

/// A Buffer on the same memory. Negative indices count from the end; what is outside is cut.
fn subarray(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let this = call.this();
    let len = args::receiver(call, this)?.len();
    let start = match call.arg(0) {
        value if value.is_undefined() => 0,
        value => place(call, value, len)?,
    };
    let end = match call.arg(1) {
        value if value.is_undefined() => len,
        value => place(call, value, len)?,
    };
    let Some(view) = call.view(this) else { return Err(messages::not_a_buffer()) };
    memory::new_buffer(call, view.buffer.as_ref(), view.offset + start, end.saturating_sub(start))
}

#[inline]
fn place(ctx: &mut Ctx, value: Ref<'_>, len: usize) -> Result<usize, Thrown> {
    let number = args::to_number(ctx, value)?.trunc();
    // Casts saturate, and NaN is 0.
    Ok(if number < 0.0 { len.saturating_sub(-number as usize) } else { len.min(number as usize) })
}

fn to_json(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let this = call.this();
    let bytes = plimsoll::cells::to_vec(args::receiver(call, this)?);
    let data = call.array(bytes.into_iter().map(|byte| Val::int(byte.into())))?;
    let json = call.object()?;
    let kind = call.string("Buffer")?;
    call.define(json.as_ref(), "type", kind, Flags::ALL)?;
    call.define(json.as_ref(), "data", data, Flags::ALL)?;
    Ok(json)
}

/// The getter of `parent`: the `ArrayBuffer`, under the name it had in 2014.
pub(super) fn parent(call: &mut Call<'_>) -> Result<Val, Thrown> {
    of_buffer(call, "buffer")
}

/// The getter of `offset`.
pub(super) fn offset(call: &mut Call<'_>) -> Result<Val, Thrown> {
    of_buffer(call, "byteOffset")
}

fn of_buffer(call: &mut Call<'_>, name: &str) -> Result<Val, Thrown> {
    let this = call.this();
    if is_buffer(call, this)? { call.get(this, name) } else { Ok(Val::UNDEFINED) }
}

/// `value instanceof Buffer`
pub(super) fn is_buffer(ctx: &mut Ctx, value: Ref<'_>) -> Result<bool, Thrown> {
    if !value.is_object() {
        return Ok(false);
    }
    // Both classes have the same prototype.
    let class = memory::fast_buffer(ctx)?;
    ctx.is_instance(value, class.as_ref())
}
