//! What `node:buffer` exports beside `Buffer`.

use plimsoll::encoding::{Encoding, is_ascii, is_utf8};

use super::{MAX_LENGTH, args, messages, transcode};
use crate::memory;
use crate::raw::{Call, Ctx, Flags, MAX_STRING_LENGTH, Ref, Thrown, Val, ViewKind, method, native};

native! {
    Transcode = "transcode"(3), transcode::transcode;
    IsUtf8 = "isUtf8"(1), is_utf8_text;
    IsAscii = "isAscii"(1), is_ascii_text;
    Btoa = "btoa"(1), btoa;
    Atob = "atob"(1), atob;
}

pub(super) fn install(ctx: &mut Ctx, exports: Ref<'_>) -> Result<(), Thrown> {
    let first = [method::<Transcode>(), method::<IsUtf8>(), method::<IsAscii>()];
    for method in first {
        ctx.define_methods(exports, &[method.enumerable().constructible()])?;
    }
    let longest = Val::size(MAX_STRING_LENGTH);
    ctx.define(exports, "kMaxLength", Val::number(MAX_LENGTH), Flags::ALL)?;
    ctx.define(exports, "kStringMaxLength", longest.clone(), Flags::ALL)?;
    for method in [method::<Btoa>(), method::<Atob>()] {
        ctx.define_methods(exports, &[method.enumerable().constructible()])?;
    }
    let constants = ctx.object()?;
    ctx.define(constants.as_ref(), "MAX_LENGTH", Val::number(MAX_LENGTH), Flags::CONSTANT)?;
    ctx.define(constants.as_ref(), "MAX_STRING_LENGTH", longest, Flags::CONSTANT)?;
    ctx.define(exports, "constants", constants, Flags::CONSTANT)
}

fn is_utf8_text(call: &mut Call<'_>) -> Result<Val, Thrown> {
    examine(call, is_utf8)
}

fn is_ascii_text(call: &mut Call<'_>) -> Result<Val, Thrown> {
    examine(call, is_ascii)
}

fn examine(call: &mut Call<'_>, test: fn(&[std::cell::Cell<u8>]) -> bool) -> Result<Val, Thrown> {
    let input = call.arg(0);
    if matches!(call.view_kind(input), None | Some(ViewKind::DataView)) {
        let expected = "an instance of ArrayBuffer, Buffer, or TypedArray";
        return Err(messages::invalid_arg_type(call, "input", expected, input));
    }
    if args::is_detached(call, input)? {
        return Err(Thrown::error("ERR_INVALID_STATE", "Cannot validate on a detached buffer"));
    }
    Ok(Val::bool(test(call.bytes(input).unwrap_or_default())))
}

/// The text of the first argument, which must be there.
fn input_units(call: &mut Call<'_>) -> Result<Vec<u16>, Thrown> {
    if call.argc() == 0 {
        return Err(messages::missing_arg("input"));
    }
    let input = call.arg(0);
    if input.is_symbol() {
        return Err(messages::no_string());
    }
    Ok(call.to_utf16(input)?.to_vec())
}

/// Bytes, one a character, to base64.
fn btoa(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let units = input_units(call)?;
    let bytes: Result<Vec<u8>, _> = units.into_iter().map(u8::try_from).collect();
    match bytes {
        Ok(bytes) => {
            let text = Encoding::Base64.decode(&bytes);
            let text = call.string(&text)?;
            memory::count_stringified(call, bytes.len());
            Ok(text)
        }
        Err(_) => Err(invalid_character(call, "Invalid character")),
    }
}

/// Base64 to bytes, one a character, as strictly as the HTML standard wants it.
fn atob(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let mut units = input_units(call)?;
    units.retain(|unit| !matches!(unit, 0x09 | 0x0a | 0x0c | 0x0d | 0x20));
    let padding = units.iter().rev().take_while(|&&unit| unit == u16::from(b'=')).count();
    let digits = &units[..units.len() - padding];
    let legal =
        |&unit: &u16| u8::try_from(unit).is_ok_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
    if !digits.iter().all(legal) || padding > 0 && (padding > 2 || digits.is_empty()) {
        return Err(invalid_character(call, "Invalid character"));
    }
    if digits.len() % 4 == 1 {
        let message = "The string to be decoded is not correctly encoded.";
        return Err(invalid_character(call, message));
    }
    if padding > 0 && units.len() % 4 != 0 {
        return Err(invalid_character(call, "Invalid character"));
    }
    let bytes = Encoding::Base64.encode_utf16(digits);
    call.string_latin1(&bytes)
}

fn invalid_character(ctx: &mut Ctx, message: &str) -> Thrown {
    let global = ctx.global();
    let made = ctx.get(global.as_ref(), "DOMException").and_then(|class| {
        let (message, name) = (ctx.string(message)?, ctx.string("InvalidCharacterError")?);
        ctx.construct(class.as_ref(), class.as_ref(), &[message.as_ref(), name.as_ref()])
    });
    made.map_or_else(|thrown| thrown, Thrown::Value)
}
