//! `fill`: one byte, or a pattern over and over.

use plimsoll::cells;
use plimsoll::encoding::Encoding;

use super::messages::{self, STRING};
use super::text::Text;
use super::{MAX_LENGTH, args};
use crate::raw::{Call, Ctx, Kind, Method, Ref, Thrown, Val, method, native};

native! {
    Fill = "fill"(4), fill;
}

pub(super) const METHOD: Method = method::<Fill>();

fn fill(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let (this, value) = (call.this(), call.arg(0));
    let (mut offset, mut end, mut encoding) = (call.arg(1), call.arg(2), call.arg(3));
    if value.is_string() {
        if offset.is_undefined() || offset.is_string() {
            (encoding, offset) = (offset, Ref::UNDEFINED);
        } else if end.is_string() {
            (encoding, end) = (end, Ref::UNDEFINED);
        }
    }
    let encoding = if value.is_string() { known_encoding(call, encoding)? } else { Encoding::Utf8 };
    let len = shown_length(call, this)?;
    let (mut from, mut to) = (0.0, len);
    if !offset.is_undefined() {
        from = args::integer(call, offset, "offset", 0.0, MAX_LENGTH)?;
        if !end.is_undefined() {
            to = args::integer(call, end, "end", 0.0, len)?;
        }
    }
    if from >= to && (value.is_string() || !offset.is_undefined()) {
        return Ok(call.dup(this));
    }
    fill_range(call, this, value, from, to, encoding)?;
    Ok(call.dup(this))
}

/// Fills a Buffer that was just made, as `Buffer.alloc(len, value, encoding)` does.
pub(super) fn fill_new(ctx: &mut Ctx, buffer: Ref<'_>, value: Ref<'_>, encoding: Ref<'_>) -> Result<(), Thrown> {
    let encoding = if value.is_string() { known_encoding(ctx, encoding)? } else { Encoding::Utf8 };
    let len = args::receiver(ctx, buffer)?.len();
    fill_range(ctx, buffer, value, 0.0, len as f64, encoding)
}

/// Nothing and the empty name are UTF-8; what is no string is an error of its own.
fn known_encoding(ctx: &mut Ctx, encoding: Ref<'_>) -> Result<Encoding, Thrown> {
    if encoding.is_nullish() {
        return Ok(Encoding::Utf8);
    }
    if !encoding.is_string() {
        return Err(messages::invalid_arg_type(ctx, "encoding", STRING, encoding));
    }
    if ctx.to_bool(encoding) { args::known_encoding(ctx, encoding) } else { Ok(Encoding::Utf8) }
}

/// What the object says of its length, which a program may have made up: the bytes are asked afterwards.
fn shown_length(ctx: &mut Ctx, this: Ref<'_>) -> Result<f64, Thrown> {
    args::receiver(ctx, this)?;
    Ok(ctx.length(this)? as f64)
}

fn fill_range(
    ctx: &mut Ctx,
    this: Ref<'_>,
    value: Ref<'_>,
    from: f64,
    to: f64,
    encoding: Encoding,
) -> Result<(), Thrown> {
    if to > args::receiver(ctx, this)?.len() as f64 {
        return Err(messages::outside_bounds());
    }
    let (from, to) = (from as usize, to as usize);
    let range = |ctx: &Ctx, work: &mut dyn FnMut(&[std::cell::Cell<u8>])| -> Result<(), Thrown> {
        work(args::receiver(ctx, this)?.get(from..to).unwrap_or_default());
        Ok(())
    };
    if value.is_string() {
        let text = Text::of(ctx, value, encoding)?;
        if text.is_empty() {
            return range(ctx, &mut |bytes| cells::fill_byte(bytes, 0));
        }
        return match text.with_bytes(encoding, |pattern| {
            (!pattern.is_empty()).then(|| range(ctx, &mut |bytes| cells::fill(bytes, pattern)))
        }) {
            Some(filled) => filled,
            None => Err(messages::invalid_fill(ctx, value)),
        };
    }
    if args::is_view(ctx, value) {
        if from < to && args::receiver(ctx, value)?.is_empty() {
            return Err(messages::invalid_fill(ctx, value));
        }
        let pattern = args::receiver(ctx, value)?;
        return range(ctx, &mut |bytes| cells::fill_cells(bytes, pattern));
    }
    let byte = args::to_byte(args::to_number(ctx, value)?);
    if value.is_number() && args::is_detached(ctx, this)? {
        let message = "Cannot perform %TypedArray%.prototype.fill on a detached ArrayBuffer";
        return Err(Thrown::plain(Kind::TypeError, message));
    }
    range(ctx, &mut |bytes| cells::fill_byte(bytes, byte))
}
