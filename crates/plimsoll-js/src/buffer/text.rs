//! Text to bytes and back: `write`, `toString`, and one pair of methods an encoding.

use std::cell::Cell;

use plimsoll::encoding::{Encoding, is_ascii};

use super::{Entry, args, messages, own};
use crate::memory;
use crate::raw::{Call, Ctx, MAX_STRING_LENGTH, Method, Native, Ref, Thrown, Utf8, Utf16, Val, method, native};

native! {
    Write = "write"(4), write;
    ToString = "toString"(3), to_string;
    IsEncoding = "isEncoding"(1), is_encoding;
    ByteLength = "byteLength"(2), byte_length;
}

pub(super) const WRITE: Method = method::<Write>();
pub(super) const TO_STRING: Method = method::<ToString>();
pub(super) const IS_ENCODING: Method = method::<IsEncoding>();
pub(super) const BYTE_LENGTH: Method = method::<ByteLength>();

/// `asciiSlice` to `utf8Write`. The functions have no names.
pub(super) const BY_ENCODING: &[Entry] = &[
    own("asciiSlice", method::<SliceAs<ASCII>>()),
    own("base64Slice", method::<SliceAs<BASE64>>()),
    own("base64urlSlice", method::<SliceAs<BASE64URL>>()),
    own("latin1Slice", method::<SliceAs<LATIN1>>()),
    own("hexSlice", method::<SliceAs<HEX>>()),
    own("ucs2Slice", method::<SliceAs<UTF16LE>>()),
    own("utf8Slice", method::<SliceAs<UTF8>>()),
    own("asciiWrite", method::<WriteAs<ASCII>>()),
    own("base64Write", method::<WriteAs<BASE64>>()),
    own("base64urlWrite", method::<WriteAs<BASE64URL>>()),
    own("latin1Write", method::<WriteAs<LATIN1>>()),
    own("hexWrite", method::<WriteAs<HEX>>()),
    own("ucs2Write", method::<WriteAs<UTF16LE>>()),
    own("utf8Write", method::<WriteAs<UTF8>>()),
];

/// The encodings by number, as an enum cannot be a parameter of a type.
const ENCODINGS: [Encoding; 7] = [
    Encoding::Utf8,
    Encoding::Utf16Le,
    Encoding::Latin1,
    Encoding::Ascii,
    Encoding::Base64,
    Encoding::Base64Url,
    Encoding::Hex,
];
const UTF8: usize = 0;
const UTF16LE: usize = 1;
const LATIN1: usize = 2;
const ASCII: usize = 3;
const BASE64: usize = 4;
const BASE64URL: usize = 5;
const HEX: usize = 6;

struct SliceAs<const ENCODING: usize>;

impl<const ENCODING: usize> Native for SliceAs<ENCODING> {
    const NAME: &'static str = "";
    const LENGTH: u8 = 2;
    fn call(call: &mut Call<'_>) -> Result<Val, Thrown> {
        slice_as(call, ENCODINGS[ENCODING])
    }
}

struct WriteAs<const ENCODING: usize>;

impl<const ENCODING: usize> Native for WriteAs<ENCODING> {
    const NAME: &'static str = "";
    const LENGTH: u8 = 3;
    fn call(call: &mut Call<'_>) -> Result<Val, Thrown> {
        write_as(call, ENCODINGS[ENCODING])
    }
}

/// The text of a string, in the form that is cheapest for an encoding.
pub(super) enum Text<'a> {
    Ascii(Utf8<'a>),
    /// Lone surrogates are lost, so this is for UTF-8 only.
    Utf8(Utf8<'a>),
    Units(Utf16<'a>),
}

impl<'a> Text<'a> {
    /// `value` is a string.
    pub(super) fn of(ctx: &mut Ctx, value: Ref<'a>, encoding: Encoding) -> Result<Text<'a>, Thrown> {
        if encoding == Encoding::Utf16Le {
            return ctx.to_utf16(value).map(Text::Units);
        }
        let text = ctx.to_utf8(value)?;
        if text.is_ascii() {
            Ok(Text::Ascii(text))
        } else if encoding == Encoding::Utf8 {
            Ok(Text::Utf8(text))
        } else {
            drop(text);
            ctx.to_utf16(value).map(Text::Units)
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Text::Ascii(text) | Text::Utf8(text) => text.is_empty(),
            Text::Units(units) => units.is_empty(),
        }
    }

    /// Its `length` in JavaScript.
    pub(super) fn units(&self) -> usize {
        match self {
            Text::Ascii(text) => text.len(),
            Text::Utf8(text) => text.chars().map(char::len_utf16).sum(),
            Text::Units(units) => units.len(),
        }
    }

    pub(super) fn byte_length(&self, encoding: Encoding) -> usize {
        match self {
            Text::Ascii(text) | Text::Utf8(text) => encoding.byte_length(text),
            Text::Units(units) => encoding.byte_length_utf16(units),
        }
    }

    pub(super) fn write(&self, encoding: Encoding, to: &[Cell<u8>]) -> usize {
        match self {
            Text::Ascii(text) | Text::Utf8(text) => encoding.write(text, to),
            Text::Units(units) => encoding.write_utf16(units, to),
        }
    }

    /// The bytes that it stands for, without a copy where they are there already.
    pub(super) fn with_bytes<R>(&self, encoding: Encoding, work: impl FnOnce(&[u8]) -> R) -> R {
        match (self, encoding) {
            (Text::Ascii(text), Encoding::Utf8 | Encoding::Latin1 | Encoding::Ascii) | (Text::Utf8(text), _) => {
                work(text.as_bytes())
            }
            (Text::Ascii(text), _) => work(&encoding.encode(text)),
            (Text::Units(units), _) => work(&encoding.encode_utf16(units)),
        }
    }
}

/// A string of what the bytes say. **Copies.**
pub(super) fn decode(ctx: &Ctx, bytes: &[Cell<u8>], encoding: Encoding) -> Result<Val, Thrown> {
    let len = bytes.len();
    let least = match encoding {
        Encoding::Utf8 => len / 3,
        Encoding::Utf16Le => len / 2,
        Encoding::Latin1 | Encoding::Ascii => len,
        Encoding::Base64 => len.div_ceil(3) * 4,
        Encoding::Base64Url => (len * 4).div_ceil(3),
        Encoding::Hex => len * 2,
    };
    if least > MAX_STRING_LENGTH {
        return Err(messages::string_too_long());
    }
    match encoding {
        Encoding::Hex | Encoding::Base64 | Encoding::Base64Url => ctx.string(&encoding.decode_cells(bytes)),
        Encoding::Utf8 if len <= SHORT => match short(bytes, &mut [0; SHORT]) {
            Some(text) => ctx.string(text),
            None => decode_units(ctx, bytes, encoding),
        },
        Encoding::Utf8 | Encoding::Latin1 | Encoding::Ascii if is_ascii(bytes) => {
            if len > MAX_STRING_LENGTH {
                return Err(messages::string_too_long());
            }
            ctx.string(&Encoding::Latin1.decode_cells(bytes))
        }
        _ => decode_units(ctx, bytes, encoding),
    }
}

fn decode_units(ctx: &Ctx, bytes: &[Cell<u8>], encoding: Encoding) -> Result<Val, Thrown> {
    let mut units = Vec::new();
    encoding.decode_utf16(bytes, &mut units);
    ctx.string_utf16(&units)
}

/// Most text is short, and needs no memory on the way.
const SHORT: usize = 128;

fn short<'b>(bytes: &[Cell<u8>], room: &'b mut [u8; SHORT]) -> Option<&'b str> {
    let room = room.get_mut(..bytes.len())?;
    for (to, from) in room.iter_mut().zip(bytes) {
        *to = from.get();
    }
    std::str::from_utf8(room).ok()
}

fn to_string(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let this = call.this();
    let len = args::receiver(call, this)?.len();
    if call.argc() == 0 {
        return part(call, Encoding::Utf8, 0, len);
    }
    let start = match call.arg(1) {
        value if value.is_undefined() => 0,
        value => {
            let start = args::to_compare(call, value)?;
            if start > 0.0 {
                if start >= len as f64 {
                    return call.string("");
                }
                args::no_bigint(value)?;
            }
            start as usize
        }
    };
    let end = match call.arg(2) {
        value if value.is_undefined() => len,
        value => {
            let end = args::to_compare(call, value)?;
            if end <= len as f64 {
                args::no_bigint(value)?;
            }
            len.min(end as usize)
        }
    };
    if end <= start {
        return call.string("");
    }
    let encoding = call.arg(0);
    let encoding = args::known_encoding(call, encoding)?;
    part(call, encoding, start, end)
}

/// `latin1Slice(start, end)` and the like: a range that does not fit is an error.
fn slice_as(call: &mut Call<'_>, encoding: Encoding) -> Result<Val, Thrown> {
    let this = call.this();
    let len = args::receiver(call, this)?.len();
    if len == 0 {
        return call.string("");
    }
    let (start, end) = (call.arg(0), call.arg(1));
    let start = args::index(call, start, 0)?;
    let end = args::index(call, end, len)?.max(start);
    if end > len {
        return Err(messages::index_out_of_range());
    }
    part(call, encoding, start, end)
}

/// The text of the receiver's bytes from `start` to `end`.
fn part(call: &mut Call<'_>, encoding: Encoding, start: usize, end: usize) -> Result<Val, Thrown> {
    let this = call.this();
    let (text, len) = {
        let bytes = args::receiver(call, this)?;
        // An argument's conversion may have taken bytes away.
        let bytes = bytes.get(start..end.min(bytes.len())).unwrap_or_default();
        (decode(call, bytes, encoding)?, bytes.len())
    };
    memory::count_stringified(call, len);
    Ok(text)
}

fn write(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let (text, this) = (call.arg(0), call.this());
    let (mut offset, mut length, mut encoding) = (call.arg(1), call.arg(2), call.arg(3));
    let len = args::receiver(call, this)?.len();
    let (mut at, mut room) = (0, len);
    if offset.is_undefined() {
        encoding = Ref::UNDEFINED;
    } else if length.is_undefined() && offset.is_string() {
        (encoding, offset) = (offset, Ref::UNDEFINED);
    }
    if !offset.is_undefined() {
        at = args::integer(call, offset, "offset", 0.0, len as f64)? as usize;
        room = len - at;
        if length.is_string() {
            (encoding, length) = (length, Ref::UNDEFINED);
        }
        if !length.is_undefined() {
            room = room.min(args::integer(call, length, "length", 0.0, len as f64)? as usize);
        }
    }
    let encoding = if call.to_bool(encoding) { args::known_encoding(call, encoding)? } else { Encoding::Utf8 };
    put(call, text, encoding, at, room)
}

/// `latin1Write(text, offset, length)` and the like.
fn write_as(call: &mut Call<'_>, encoding: Encoding) -> Result<Val, Thrown> {
    let (this, text) = (call.this(), call.arg(0));
    let (offset, length) = (call.arg(1), call.arg(2));
    let len = args::receiver(call, this)?.len();
    if matches!(encoding, Encoding::Ascii | Encoding::Latin1 | Encoding::Utf8) {
        if length.is_undefined() && offset.is_bigint() {
            return Err(messages::mixed_bigint());
        }
        let at = if offset.is_undefined() { 0.0 } else { args::to_compare(call, offset)? };
        if at < 0.0 || at > len as f64 {
            return Err(messages::argument_outside_bounds("offset"));
        }
        let room = len as f64 - at;
        let wanted = if length.is_undefined() { room } else { args::to_compare(call, length)? };
        if offset.is_bigint() && (wanted >= 0.0 || wanted.is_nan()) {
            return Err(messages::mixed_bigint());
        }
        if wanted < 0.0 || wanted > room {
            return Err(messages::argument_outside_bounds("length"));
        }
        if !text.is_string() {
            return Err(messages::not_a_string());
        }
        args::no_bigint(length)?;
        // The fraction of an offset is dropped here and not above, and NaN, which is neither too little nor too much, is 0.
        let at = at as usize;
        return put(call, text, encoding, at, (wanted as usize).min(len - at));
    }
    if !text.is_string() {
        return Err(messages::not_a_string());
    }
    let at = args::index(call, offset, 0)?;
    if at > len {
        return Err(messages::argument_outside_bounds("offset"));
    }
    let room = args::index(call, length, len - at)?.min(len - at);
    put(call, text, encoding, at, room)
}

/// Writes at most `room` bytes at `at`, which the caller has checked.
fn put(call: &mut Call<'_>, text: Ref<'_>, encoding: Encoding, at: usize, room: usize) -> Result<Val, Thrown> {
    if !text.is_string() {
        return Err(messages::not_a_string());
    }
    let this = call.this();
    let text = Text::of(call, text, encoding)?;
    let bytes = args::receiver(call, this)?;
    // An argument's conversion may have taken bytes away.
    let end = at.saturating_add(room);
    if end > bytes.len() && matches!(encoding, Encoding::Ascii | Encoding::Latin1 | Encoding::Utf8) {
        return Err(messages::argument_outside_bounds(if at > bytes.len() { "offset" } else { "length" }));
    }
    Ok(Val::size(text.write(encoding, bytes.get(at..end.min(bytes.len())).unwrap_or_default())))
}

/// `Buffer.isEncoding(name)`
fn is_encoding(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let name = call.as_utf8(call.arg(0));
    Ok(Val::bool(name.is_some_and(|name| Encoding::parse(&name).is_some())))
}

/// `Buffer.byteLength(value, encoding)`. An encoding that Node does not know is UTF-8.
fn byte_length(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let (value, encoding) = (call.arg(0), call.arg(1));
    if !value.is_string() {
        let Some(bytes) = call.bytes(value) else {
            let expected = "of type string or an instance of Buffer or ArrayBuffer";
            return Err(messages::invalid_arg_type(call, "string", expected, value));
        };
        return Ok(Val::size(bytes.len()));
    }
    let encoding = match call.to_bool(encoding) {
        true => args::encoding(call, encoding)?.unwrap_or(Encoding::Utf8),
        false => Encoding::Utf8,
    };
    Ok(Val::size(Text::of(call, value, encoding)?.byte_length(encoding)))
}
