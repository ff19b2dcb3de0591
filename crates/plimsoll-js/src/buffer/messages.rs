//! The texts of Node's errors, word for word.

use crate::raw::{Ctx, Kind, Ref, Thrown, Val};

/// `of type number`, `an instance of Buffer or Uint8Array`: what stands after "must be".
pub(super) const NUMBER: &str = "of type number";
pub(super) const STRING: &str = "of type string";
pub(super) const BYTES: &str = "an instance of Buffer or Uint8Array";

#[cold]
pub(super) fn invalid_arg_type(ctx: &mut Ctx, name: &str, expected: &str, received: Ref<'_>) -> Thrown {
    let subject = if name.ends_with(" argument") { name.to_owned() } else { format!("\"{name}\" argument") };
    match specific_type(ctx, received) {
        Ok(received) => {
            let message = format!("The {subject} must be {expected}. Received {received}");
            Thrown::type_error("ERR_INVALID_ARG_TYPE", message)
        }
        Err(thrown) => thrown,
    }
}

/// The value came from the program; it was not of the type that a native operation works on.
#[cold]
pub(super) fn not_a_buffer() -> Thrown {
    Thrown::type_error("ERR_INVALID_ARG_TYPE", "argument must be a buffer")
}

#[cold]
pub(super) fn not_a_string() -> Thrown {
    Thrown::type_error("ERR_INVALID_ARG_TYPE", "argument must be a string")
}

#[cold]
pub(super) fn out_of_range(ctx: &mut Ctx, name: &str, range: &str, received: f64) -> Thrown {
    match number_text(ctx, received) {
        Ok(received) => out_of_range_text(name, range, &received),
        Err(thrown) => thrown,
    }
}

/// The same for a value that is text already.
#[cold]
pub(super) fn out_of_range_text(name: &str, range: &str, received: &str) -> Thrown {
    let message = format!("The value of \"{name}\" is out of range. It must be {range}. Received {received}");
    Thrown::range_error("ERR_OUT_OF_RANGE", message)
}

#[cold]
pub(super) fn index_out_of_range() -> Thrown {
    Thrown::range_error("ERR_OUT_OF_RANGE", "Index out of range")
}

#[cold]
pub(super) fn outside_bounds() -> Thrown {
    Thrown::range_error("ERR_BUFFER_OUT_OF_BOUNDS", "Attempt to access memory outside buffer bounds")
}

/// `name` is `offset` or `length`.
#[cold]
pub(super) fn argument_outside_bounds(name: &str) -> Thrown {
    Thrown::range_error("ERR_BUFFER_OUT_OF_BOUNDS", format!("\"{name}\" is outside of buffer bounds"))
}

#[cold]
pub(super) fn invalid_buffer_size(bits: usize) -> Thrown {
    let message = format!("Buffer size must be a multiple of {bits}-bits");
    Thrown::range_error("ERR_INVALID_BUFFER_SIZE", message)
}

#[cold]
pub(super) fn string_too_long() -> Thrown {
    let message = format!("Cannot create a string longer than 0x{:x} characters", crate::raw::MAX_STRING_LENGTH);
    Thrown::error("ERR_STRING_TOO_LONG", message)
}

#[cold]
pub(super) fn missing_arg(name: &str) -> Thrown {
    Thrown::type_error("ERR_MISSING_ARGS", format!("The \"{name}\" argument must be specified"))
}

#[cold]
pub(super) fn unknown_encoding(ctx: &mut Ctx, encoding: Ref<'_>) -> Thrown {
    let text = if encoding.is_bigint() {
        to_text(ctx, encoding).map(|digits| format!("{digits}n"))
    } else if let Some(number) = encoding.as_number() {
        number_literal(ctx, number)
    } else if encoding.is_object() && !ctx.is_function(encoding) {
        object_text(ctx, encoding)
    } else {
        to_text(ctx, encoding)
    };
    match text {
        Ok(text) => Thrown::type_error("ERR_UNKNOWN_ENCODING", format!("Unknown encoding: {text}")),
        Err(thrown) => thrown,
    }
}

/// The value to fill with stood for no bytes.
#[cold]
pub(super) fn invalid_fill(ctx: &mut Ctx, value: Ref<'_>) -> Thrown {
    let text = if value.is_string() {
        to_text(ctx, value).map(|text| quoted(&text))
    } else if ctx.is_uint8_array(value) && constructor_name(ctx, value).is_ok_and(|name| name == "Buffer") {
        Ok("<Buffer >".to_owned())
    } else {
        constructor_name(ctx, value).map(|name| format!("{name}(0) []"))
    };
    let shown = |text: String| match text.char_indices().nth(128) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    };
    match text {
        Ok(text) => {
            let message = format!("The argument 'value' is invalid. Received {}", shown(text));
            Thrown::type_error("ERR_INVALID_ARG_VALUE", message)
        }
        Err(thrown) => thrown,
    }
}

#[cold]
pub(super) fn no_number(what: &str) -> Thrown {
    Thrown::plain(Kind::TypeError, format!("Cannot convert a {what} value to a number"))
}

#[cold]
pub(super) fn no_string() -> Thrown {
    Thrown::plain(Kind::TypeError, "Cannot convert a Symbol value to a string")
}

#[cold]
pub(super) fn mixed_bigint() -> Thrown {
    Thrown::plain(Kind::TypeError, "Cannot mix BigInt and other types, use explicit conversions")
}

/// What reading an element of nothing says. `this` is `undefined` or `null`.
#[cold]
pub(super) fn no_properties(this: Ref<'_>, index: f64) -> Thrown {
    let this = if this.is_null() { "null" } else { "undefined" };
    Thrown::plain(Kind::TypeError, format!("Cannot read properties of {this} (reading '{index}')"))
}

fn to_text(ctx: &mut Ctx, value: Ref<'_>) -> Result<String, Thrown> {
    if value.is_symbol() {
        return Err(no_string());
    }
    Ok(ctx.to_utf8(value)?.to_owned())
}

/// As JavaScript writes it, but with a sign on negative zero.
fn number_literal(ctx: &mut Ctx, number: f64) -> Result<String, Thrown> {
    if number == 0.0 && number.is_sign_negative() {
        return Ok("-0".to_owned());
    }
    Ok(ctx.to_utf8(Val::number(number).as_ref())?.to_owned())
}

/// A number after "Received": whole ones beyond 32 bits are grouped by underscores.
pub(super) fn number_text(ctx: &mut Ctx, number: f64) -> Result<String, Thrown> {
    let text = number_literal(ctx, number)?;
    let large = number.is_finite() && number.trunc() == number && number.abs() > 4_294_967_296.0;
    Ok(if large { grouped(&text) } else { text })
}

/// Groups of three from the end, wherever the digits are: 1e30 becomes `1e_+30`, as in Node.
pub(super) fn grouped(text: &str) -> String {
    let start = usize::from(text.starts_with('-'));
    let mut out = String::with_capacity(text.len() * 4 / 3);
    for (i, character) in text.char_indices() {
        if i > start && (text.len() - i).is_multiple_of(3) {
            out.push('_');
        }
        out.push(character);
    }
    out
}

/// What stands after "Received" where a type was wrong.
fn specific_type(ctx: &mut Ctx, value: Ref<'_>) -> Result<String, Thrown> {
    if value.is_undefined() {
        return Ok("undefined".to_owned());
    }
    if value.is_null() {
        return Ok("null".to_owned());
    }
    if let Some(value) = value.as_bool() {
        return Ok(format!("type boolean ({value})"));
    }
    if let Some(number) = value.as_number() {
        return Ok(format!("type number ({})", number_literal(ctx, number)?));
    }
    if value.is_bigint() {
        return Ok(format!("type bigint ({}n)", to_text(ctx, value)?));
    }
    if value.is_symbol() {
        let text = symbol_text(ctx, value)?;
        return Ok(format!("type symbol ({text})"));
    }
    if value.is_string() {
        let units = ctx.to_utf16(value)?;
        let text = if units.len() > 28 {
            format!("{}...", String::from_utf16_lossy(&units[..25]))
        } else {
            String::from_utf16_lossy(&units)
        };
        return Ok(if text.contains('\'') {
            format!("type string ({})", json_text(ctx, &text)?)
        } else {
            format!("type string ('{text}')")
        });
    }
    if ctx.is_function(value) {
        let name = ctx.get(value, "name")?;
        return Ok(format!("function {}", to_text(ctx, name.as_ref())?));
    }
    let constructor = ctx.get(value, "constructor")?;
    let constructor = constructor.as_ref();
    if ctx.to_bool(constructor) {
        if !constructor.is_object() {
            let text = to_text(ctx, constructor)?;
            let message = format!("Cannot use 'in' operator to search for 'name' in {text}");
            return Err(Thrown::plain(Kind::TypeError, message));
        }
        if ctx.has(constructor, "name")? {
            return Ok(format!("an instance of {}", constructor_name(ctx, value)?));
        }
        return Ok("[Object]".to_owned());
    }
    let proto = ctx.prototype_of(value)?;
    let empty = is_empty(ctx, value)?;
    Ok(match (proto.as_ref().is_null(), empty) {
        (true, true) => "[Object: null prototype] {}",
        (true, false) => "[Object: null prototype]",
        (false, true) => "{}",
        (false, false) => "[Object]",
    }
    .to_owned())
}

pub(super) fn constructor_name(ctx: &mut Ctx, value: Ref<'_>) -> Result<String, Thrown> {
    let constructor = ctx.get(value, "constructor")?;
    let name = ctx.get(constructor.as_ref(), "name")?;
    to_text(ctx, name.as_ref())
}

fn symbol_text(ctx: &mut Ctx, symbol: Ref<'_>) -> Result<String, Thrown> {
    let description = ctx.get(symbol, "description")?;
    let description = description.as_ref();
    let text = if description.is_undefined() { String::new() } else { to_text(ctx, description)? };
    Ok(format!("Symbol({text})"))
}

/// Whether an object has no enumerable keys of its own.
fn is_empty(ctx: &mut Ctx, object: Ref<'_>) -> Result<bool, Thrown> {
    let keys = ctx.eval("Object.keys", "plimsoll:buffer")?;
    let keys = ctx.call(keys.as_ref(), Ref::UNDEFINED, &[object])?;
    Ok(ctx.length(keys.as_ref())? == 0)
}

/// An object where text was expected: a text of its own if it has one.
fn object_text(ctx: &mut Ctx, object: Ref<'_>) -> Result<String, Thrown> {
    let inherited = ctx.eval("Object.prototype.toString", "plimsoll:buffer")?;
    let method = ctx.get(object, "toString")?;
    if method.as_ref().is_same_object(inherited.as_ref()) && is_empty(ctx, object)? {
        return Ok("{}".to_owned());
    }
    to_text(ctx, object)
}

fn json_text(ctx: &mut Ctx, text: &str) -> Result<String, Thrown> {
    let text = ctx.string(text)?;
    let stringify = ctx.eval("JSON.stringify", "plimsoll:buffer")?;
    let json = ctx.call(stringify.as_ref(), Ref::UNDEFINED, &[text.as_ref()])?;
    to_text(ctx, json.as_ref())
}

/// A string as `util.inspect` shows it.
pub(super) fn quoted(text: &str) -> String {
    let quote = ['\'', '"', '`'].into_iter().find(|&quote| !text.contains(quote)).unwrap_or('\'');
    let mut out = String::from(quote);
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            '\\' => out.push_str("\\\\"),
            '\0'..='\x1f' | '\x7f'..='\u{9f}' => out.push_str(&format!("\\x{:02X}", character as u32)),
            _ if character == quote => {
                out.push('\\');
                out.push(character);
            }
            _ => out.push(character),
        }
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use super::{grouped, quoted};

    #[test]
    fn long_numbers_are_grouped_as_node_groups_them() {
        assert_eq!(grouped("4294967297"), "4_294_967_297");
        assert_eq!(grouped("-1099511627776"), "-1_099_511_627_776");
        assert_eq!(grouped("-100000000000"), "-100_000_000_000");
        assert_eq!(grouped("1e+30"), "1e_+30");
    }

    #[test]
    fn quotes_avoid_those_in_the_text() {
        assert_eq!(quoted("it's"), "\"it's\"");
        assert_eq!(quoted("a\n\x01"), "'a\\n\\x01'");
    }
}
