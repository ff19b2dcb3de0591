//! `indexOf`, `lastIndexOf`, `includes`.

use std::cell::Cell;

use plimsoll::cells::{self, Pattern};
use plimsoll::encoding::Encoding;

use super::text::Text;
use super::{args, make, messages};
use crate::raw::{Call, Ctx, Method, Ref, Thrown, Val, method, native};

native! {
    IndexOf = "indexOf"(3), index_of;
    LastIndexOf = "lastIndexOf"(3), last_index_of;
    Includes = "includes"(3), includes;
}

pub(super) const INDEX_OF: Method = method::<IndexOf>();
pub(super) const LAST_INDEX_OF: Method = method::<LastIndexOf>();
pub(super) const INCLUDES: Method = method::<Includes>();

fn index_of(call: &mut Call<'_>) -> Result<Val, Thrown> {
    find(call, "indexOf", Direction::Forward).map(index)
}

fn last_index_of(call: &mut Call<'_>) -> Result<Val, Thrown> {
    find(call, "lastIndexOf", Direction::Backward).map(index)
}

fn includes(call: &mut Call<'_>) -> Result<Val, Thrown> {
    find(call, "includes", Direction::Forward).map(|found| Val::bool(found.is_some()))
}

fn index(found: Option<usize>) -> Val {
    found.map_or(Val::int(-1), Val::size)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Forward,
    Backward,
}

fn find(call: &mut Call<'_>, name: &str, direction: Direction) -> Result<Option<usize>, Thrown> {
    let (this, value, mut offset, mut encoding) = (call.this(), call.arg(0), call.arg(1), call.arg(2));
    if !args::is_view(call, this) {
        return Err(not_a_view(call, this, name));
    }
    if offset.is_string() {
        (encoding, offset) = (offset, Ref::UNDEFINED);
    }
    let len = args::receiver(call, this)?.len();
    let offset = args::to_number(call, offset)?;
    let offset = match (offset.is_nan(), direction) {
        (true, Direction::Forward) => 0,
        (true, Direction::Backward) => len as i64,
        (false, _) => i64::from(offset as i32),
    };
    if let Some(number) = value.as_number() {
        let byte = args::to_byte(number);
        let hay = args::receiver(call, this)?;
        let Some(from) = start(hay.len(), offset, 1, direction) else { return Ok(None) };
        return Ok(match direction {
            Direction::Forward => cells::index_of_byte(hay, byte, from),
            Direction::Backward => cells::last_index_of_byte(hay, byte, from),
        });
    }
    let known = if encoding.is_undefined() { Some(Encoding::Utf8) } else { args::encoding(call, encoding)? };
    if value.is_string() {
        let Some(known) = known else { return Err(messages::unknown_encoding(call, encoding)) };
        return find_text(call, this, value, known, offset, direction);
    }
    if call.is_uint8_array(value) {
        let step = if known == Some(Encoding::Utf16Le) { 2 } else { 1 };
        let (hay, needle) = (args::receiver(call, this)?, args::receiver(call, value)?);
        return Ok(search(hay, needle.into(), offset, step, direction));
    }
    let expected = "one of type number or string or an instance of Buffer or Uint8Array";
    Err(messages::invalid_arg_type(call, "value", expected, value))
}

fn find_text(
    ctx: &mut Ctx,
    this: Ref<'_>,
    value: Ref<'_>,
    encoding: Encoding,
    offset: i64,
    direction: Direction,
) -> Result<Option<usize>, Thrown> {
    let text = Text::of(ctx, value, encoding)?;
    let step = match encoding {
        Encoding::Utf8 | Encoding::Latin1 => 1,
        Encoding::Utf16Le => 2,
        _ => {
            // Node makes a Buffer of these, which takes room in the pool.
            let needle = make::from_text(ctx, &text, encoding)?;
            let (hay, needle) = (args::receiver(ctx, this)?, args::receiver(ctx, needle.as_ref())?);
            return Ok(search(hay, needle.into(), offset, 1, direction));
        }
    };
    let hay = args::receiver(ctx, this)?;
    let hay = if step == 2 { &hay[..hay.len() & !1] } else { hay };
    Ok(text.with_bytes(encoding, |needle| search(hay, needle.into(), offset, step, direction)))
}

fn search(hay: &[Cell<u8>], needle: Pattern<'_>, offset: i64, step: usize, direction: Direction) -> Option<usize> {
    let from = start(hay.len(), offset, needle.len(), direction)?;
    if needle.is_empty() {
        return Some(from);
    }
    match direction {
        Direction::Forward => cells::index_of(hay, needle, from, step),
        Direction::Backward => cells::last_index_of(hay, needle, from, step),
    }
}

/// Where a search begins: negative offsets count from the end. `None` if nothing can be found from there.
fn start(len: usize, offset: i64, needle: usize, direction: Direction) -> Option<usize> {
    let forward = direction == Direction::Forward;
    let Ok(offset) = usize::try_from(offset) else {
        let back = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
        return match len.checked_sub(back) {
            Some(at) => Some(at),
            None => (forward || needle == 0).then_some(0),
        };
    };
    if offset.saturating_add(needle) <= len {
        Some(offset)
    } else if needle == 0 {
        Some(len)
    } else if forward {
        None
    } else {
        len.checked_sub(1)
    }
}

/// `new buf.indexOf()` has the function where a new object would be.
#[cold]
fn not_a_view(call: &mut Call<'_>, this: Ref<'_>, name: &str) -> Thrown {
    let expected = "an instance of Buffer, TypedArray, or DataView";
    if call.is_function(this) {
        match call.get(this, "name") {
            Ok(own) if call.as_utf8(own.as_ref()).is_some_and(|own| &*own == name) => {
                let message = format!("The \"buffer\" argument must be {expected}. Received an instance of {name}");
                return Thrown::type_error("ERR_INVALID_ARG_TYPE", message);
            }
            Ok(_) => {}
            Err(thrown) => return thrown,
        }
    }
    messages::invalid_arg_type(call, "buffer", expected, this)
}

#[cfg(test)]
mod tests {
    use super::Direction::{Backward, Forward};
    use super::start;

    #[test]
    fn searches_begin_where_node_begins_them() {
        assert_eq!(start(10, 3, 1, Forward), Some(3));
        assert_eq!(start(10, -3, 1, Forward), Some(7));
        assert_eq!(start(10, -30, 1, Forward), Some(0));
        assert_eq!(start(10, -30, 1, Backward), None);
        assert_eq!(start(10, 10, 1, Forward), None);
        assert_eq!(start(10, 10, 1, Backward), Some(9));
        assert_eq!(start(10, 30, 0, Forward), Some(10));
        assert_eq!(start(0, 0, 1, Backward), None);
    }
}
