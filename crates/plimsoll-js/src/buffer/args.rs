//! What natives do with their arguments before they touch bytes.

use std::cell::Cell;

use plimsoll::encoding::Encoding;

use super::messages::{self, NUMBER};
use crate::raw::{BigInt, Ctx, Ref, Thrown, ViewKind};

/// The bytes of a typed array or `DataView`; an `ArrayBuffer` is none.
#[inline]
pub(super) fn view_bytes<'s>(ctx: &'s Ctx, value: Ref<'s>) -> Option<&'s [Cell<u8>]> {
    if ctx.is_uint8_array(value) || is_view(ctx, value) { ctx.bytes(value) } else { None }
}

/// The receiver's bytes, for methods that hand it to the engine as it is.
#[inline]
pub(super) fn receiver<'s>(ctx: &'s Ctx, this: Ref<'s>) -> Result<&'s [Cell<u8>], Thrown> {
    view_bytes(ctx, this).ok_or_else(messages::not_a_buffer)
}

/// `ArrayBuffer.isView(value)`
pub(super) fn is_view(ctx: &Ctx, value: Ref<'_>) -> bool {
    matches!(ctx.view_kind(value), Some(ViewKind::Typed(_) | ViewKind::DataView))
}

/// `ArrayBuffer` or `SharedArrayBuffer`
pub(super) fn is_any_array_buffer(ctx: &Ctx, value: Ref<'_>) -> bool {
    matches!(ctx.view_kind(value), Some(ViewKind::ArrayBuffer | ViewKind::SharedArrayBuffer))
}

/// Whether the memory of a view or an `ArrayBuffer` was given away.
pub(super) fn is_detached(ctx: &mut Ctx, value: Ref<'_>) -> Result<bool, Thrown> {
    if ctx.bytes(value).is_none_or(|bytes| !bytes.is_empty()) {
        return Ok(false);
    }
    let buffer = if is_view(ctx, value) { ctx.get(value, "buffer")? } else { ctx.dup(value) };
    let detached = ctx.get(buffer.as_ref(), "detached")?;
    Ok(detached.as_ref().as_bool() == Some(true))
}

/// `+value`, with V8's words where that fails.
#[inline]
pub(super) fn to_number(ctx: &mut Ctx, value: Ref<'_>) -> Result<f64, Thrown> {
    match value.as_number() {
        Some(number) => Ok(number),
        None if value.is_undefined() => Ok(f64::NAN),
        None if value.is_bigint() => Err(messages::no_number("BigInt")),
        None if value.is_symbol() => Err(messages::no_number("Symbol")),
        None => ctx.to_number(value),
    }
}

/// What `value < …` compares: as [`to_number`], but a BigInt may be compared too. It fails where it is calculated with.
pub(super) fn to_compare(ctx: &mut Ctx, value: Ref<'_>) -> Result<f64, Thrown> {
    match ctx.as_bigint(value) {
        Some(BigInt::Exact(number)) => Ok(number as f64),
        Some(BigInt::Wide) => Ok(ctx.to_utf8(value)?.parse().unwrap_or(f64::NAN)),
        None => to_number(ctx, value),
    }
}

/// Fails if the value is a BigInt, which no number comes of.
pub(super) fn no_bigint(value: Ref<'_>) -> Result<(), Thrown> {
    if value.is_bigint() { Err(messages::no_number("BigInt")) } else { Ok(()) }
}

/// A number as the byte that a `Uint8Array` would keep of it.
#[inline]
pub(super) fn to_byte(number: f64) -> u8 {
    // Beyond 2^53 the last bits are zeroes anyway, up to where the cast saturates.
    if number.abs() < 9e15 {
        number as i64 as u8
    } else if number.is_finite() {
        number.rem_euclid(256.0) as u8
    } else {
        0
    }
}

/// A number that is whole and from `min` to `max`; anything else is an error, as with Node's `validateInteger`.
pub(super) fn integer(ctx: &mut Ctx, value: Ref<'_>, name: &str, min: f64, max: f64) -> Result<f64, Thrown> {
    let Some(number) = value.as_number() else {
        return Err(messages::invalid_arg_type(ctx, name, NUMBER, value));
    };
    if !number.is_finite() || number.trunc() != number {
        return Err(messages::out_of_range(ctx, name, "an integer", number));
    }
    if number < min || number > max {
        return Err(messages::out_of_range(ctx, name, &format!(">= {min} && <= {max}"), number));
    }
    Ok(number)
}

/// The length of a new Buffer: a number from 0 to [`super::MAX_LENGTH`], what is behind the point being dropped.
pub(super) fn size(ctx: &mut Ctx, value: Ref<'_>) -> Result<usize, Thrown> {
    let Some(number) = value.as_number() else {
        return Err(messages::invalid_arg_type(ctx, "size", NUMBER, value));
    };
    if !(0.0..=super::MAX_LENGTH).contains(&number) {
        let range = format!(">= 0 && <= {}", super::MAX_LENGTH);
        return Err(messages::out_of_range(ctx, "size", &range, number));
    }
    Ok(number as usize)
}

/// An index for the natives behind `utf8Slice` and its kin: no number is too odd, but negative ones fail.
pub(super) fn index(ctx: &mut Ctx, value: Ref<'_>, default: usize) -> Result<usize, Thrown> {
    if value.is_undefined() {
        return Ok(default);
    }
    let number = to_number(ctx, value)?.trunc();
    if number < 0.0 {
        return Err(messages::index_out_of_range());
    }
    // NaN is 0; what is too large saturates.
    Ok(number as usize)
}

/// The encoding of that name. Whatever is no string is turned into one first.
pub(super) fn encoding(ctx: &mut Ctx, value: Ref<'_>) -> Result<Option<Encoding>, Thrown> {
    if value.is_symbol() {
        return Err(messages::no_string());
    }
    Ok(Encoding::parse(&ctx.to_utf8(value)?))
}

/// The encoding of that name; UTF-8 for `undefined`; an error for a name that Node does not know.
#[inline]
pub(super) fn known_encoding(ctx: &mut Ctx, value: Ref<'_>) -> Result<Encoding, Thrown> {
    if value.is_undefined() {
        return Ok(Encoding::Utf8);
    }
    match encoding(ctx, value)? {
        Some(encoding) => Ok(encoding),
        None => Err(messages::unknown_encoding(ctx, value)),
    }
}

#[cfg(test)]
mod tests {
    use super::to_byte;

    #[test]
    fn bytes_are_numbers_modulo_256() {
        let cases = [(0.0, 0), (255.9, 255), (256.0, 0), (-1.0, 255), (-0.9, 0), (1e20, 0), (f64::NAN, 0), (-1.5, 255)];
        for (number, byte) in cases {
            assert_eq!(to_byte(number), byte, "{number}");
        }
        assert_eq!(to_byte(9_007_199_254_740_993.0), 0);
        assert_eq!(to_byte(f64::NEG_INFINITY), 0);
    }
}
