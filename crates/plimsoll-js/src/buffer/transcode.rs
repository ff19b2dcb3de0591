//! `buffer.transcode`: from one encoding to another, as ICU does it.
//!
//! ASCII, Latin-1, UTF-16 and UTF-8 only. What the target cannot hold becomes `?`, once a character.

use plimsoll::encoding::Encoding;

use super::args;
use super::messages::{self, BYTES};
use crate::memory;
use crate::raw::{Call, Ctx, Flags, Kind, Ref, Thrown, Val};

const ILLEGAL_ARGUMENT: (&str, i32) = ("U_ILLEGAL_ARGUMENT_ERROR", 1);
const INVALID_CHAR: (&str, i32) = ("U_INVALID_CHAR_FOUND", 10);

pub(super) fn transcode(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let (source, from, to) = (call.arg(0), call.arg(1), call.arg(2));
    if !call.is_uint8_array(source) {
        return Err(messages::invalid_arg_type(call, "source", BYTES, source));
    }
    if args::receiver(call, source)?.is_empty() {
        return memory::alloc_unpooled(call, 0);
    }
    let converted = match (encoding(call, from)?, encoding(call, to)?) {
        (Some(from), Some(to)) => convert(&plimsoll::cells::to_vec(args::receiver(call, source)?), from, to),
        _ => Err(ILLEGAL_ARGUMENT),
    };
    match converted {
        Ok(bytes) => memory::alloc_from_vec(call, bytes),
        Err((code, errno)) => Err(failed(call, code, errno)),
    }
}

/// One of the four; nothing at all is UTF-8.
fn encoding(ctx: &mut Ctx, name: Ref<'_>) -> Result<Option<Encoding>, Thrown> {
    if name.is_nullish() || name.is_string() && !ctx.to_bool(name) {
        return Ok(Some(Encoding::Utf8));
    }
    if !name.is_string() {
        return Ok(None);
    }
    let known = args::encoding(ctx, name)?;
    Ok(known.filter(|known| matches!(known, Encoding::Ascii | Encoding::Latin1 | Encoding::Utf16Le | Encoding::Utf8)))
}

fn convert(bytes: &[u8], from: Encoding, to: Encoding) -> Result<Vec<u8>, (&'static str, i32)> {
    let mut units: Vec<u16> = match from {
        // Between these two ICU takes every byte for a character.
        Encoding::Ascii if to == Encoding::Utf16Le => bytes.iter().map(|&byte| byte.into()).collect(),
        Encoding::Ascii => bytes.iter().map(|&byte| if byte < 0x80 { byte.into() } else { 0xfffd }).collect(),
        Encoding::Latin1 => bytes.iter().map(|&byte| byte.into()).collect(),
        Encoding::Utf16Le => bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect(),
        _ if to == Encoding::Utf16Le => std::str::from_utf8(bytes).map_err(|_| INVALID_CHAR)?.encode_utf16().collect(),
        _ => String::from_utf8_lossy(bytes).encode_utf16().collect(),
    };
    Ok(match to {
        Encoding::Utf16Le => {
            if from == Encoding::Utf16Le {
                units = char::decode_utf16(units)
                    .flat_map(|unit| {
                        let mut pair = [0; 2];
                        unit.unwrap_or(char::REPLACEMENT_CHARACTER).encode_utf16(&mut pair).to_vec()
                    })
                    .collect();
                if bytes.len() % 2 == 1 {
                    units.push(0xfffd);
                }
            }
            units.iter().flat_map(|unit| unit.to_le_bytes()).collect()
        }
        Encoding::Utf8 if from == Encoding::Utf16Le => {
            String::from_utf16(&units).map_err(|_| INVALID_CHAR)?.into_bytes()
        }
        Encoding::Utf8 => String::from_utf16_lossy(&units).into_bytes(),
        _ => {
            let most = if to == Encoding::Ascii { 0x7f } else { 0xff };
            char::decode_utf16(units)
                .map(|unit| match unit.map(u32::from) {
                    Ok(code) if code <= most => code as u8,
                    _ => b'?',
                })
                .collect()
        }
    })
}

fn failed(ctx: &mut Ctx, code: &str, errno: i32) -> Thrown {
    let message = format!("Unable to transcode Buffer [{code}]");
    let made = ctx.new_error(Kind::Error, None, &message).and_then(|error| {
        let code = ctx.string(code)?;
        ctx.define(error.as_ref(), "code", code, Flags::ALL)?;
        ctx.define(error.as_ref(), "errno", Val::int(errno), Flags::ALL)?;
        Ok(error)
    });
    made.map_or_else(|thrown| thrown, Thrown::Value)
}
