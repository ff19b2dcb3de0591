//! Numbers in a Buffer: `readUInt16BE` to `writeDoubleLE`.
//!
//! Reads and writes try the fast way first: an index that is an integer and fits. Everything else, Node's checks with their order
//! and words, is out of line.

use std::marker::PhantomData;

use plimsoll::cells::{self, Endian, Number};

use super::messages::{self, NUMBER};
use super::{Entry, args, own};
use crate::raw::{BigInt, Call, Ctx, Native, Ref, Thrown, Val, method, native};

const LITTLE: bool = false;
const BIG: bool = true;

const fn endian(big: bool) -> Endian {
    if big { Endian::Big } else { Endian::Little }
}

/// A number type that has methods of its own.
trait Fixed: Number + 'static {
    fn value(self, ctx: &Ctx) -> Result<Val, Thrown>;
}

/// A whole number of at most 32 bits.
trait Whole: Fixed {
    const LEAST: i64;
    const MOST: i64;
    /// Keeps the low bits.
    fn low(value: i64) -> Self;
}

macro_rules! whole {
    ($($number:ty)*) => {$(
        impl Fixed for $number {
            #[inline(always)]
            fn value(self, _: &Ctx) -> Result<Val, Thrown> {
                Ok(i32::try_from(self).map_or_else(|_| Val::number(self.into()), Val::int))
            }
        }

        impl Whole for $number {
            const LEAST: i64 = <$number>::MIN as i64;
            const MOST: i64 = <$number>::MAX as i64;
            #[inline(always)]
            fn low(value: i64) -> Self {
                value as $number
            }
        }
    )*};
}

whole!(u8 u16 u32 i8 i16 i32);

impl Fixed for u64 {
    fn value(self, ctx: &Ctx) -> Result<Val, Thrown> {
        ctx.bigint_u64(self)
    }
}

impl Fixed for i64 {
    fn value(self, ctx: &Ctx) -> Result<Val, Thrown> {
        ctx.bigint_i64(self)
    }
}

impl Fixed for f32 {
    fn value(self, _: &Ctx) -> Result<Val, Thrown> {
        Ok(Val::number(self.into()))
    }
}

impl Fixed for f64 {
    fn value(self, _: &Ctx) -> Result<Val, Thrown> {
        Ok(Val::number(self))
    }
}

/// `readUInt8` and so on, which have no names.
struct Read<T, const ORDER: bool>(PhantomData<T>);

impl<T: Fixed, const ORDER: bool> Native for Read<T, ORDER> {
    const NAME: &'static str = "";
    const LENGTH: u8 = 1;
    #[inline]
    fn call(call: &mut Call<'_>) -> Result<Val, Thrown> {
        read::<T, ORDER>(call)
    }
}

native! {
    ReadBigUInt64LE = "readBigUInt64LE"(0), read::<u64, LITTLE>;
    ReadBigUInt64BE = "readBigUInt64BE"(0), read::<u64, BIG>;
    ReadBigInt64LE = "readBigInt64LE"(0), read::<i64, LITTLE>;
    ReadBigInt64BE = "readBigInt64BE"(0), read::<i64, BIG>;
    ReadFloatLE = "readFloatForwards"(0), read::<f32, LITTLE>;
    ReadFloatBE = "readFloatBackwards"(0), read::<f32, BIG>;
    ReadDoubleLE = "readDoubleForwards"(0), read::<f64, LITTLE>;
    ReadDoubleBE = "readDoubleBackwards"(0), read::<f64, BIG>;
    ReadUIntLE = "readUIntLE"(2), read_unsigned::<LITTLE>;
    ReadUIntBE = "readUIntBE"(2), read_unsigned::<BIG>;
    ReadIntLE = "readIntLE"(2), read_signed::<LITTLE>;
    ReadIntBE = "readIntBE"(2), read_signed::<BIG>;

    WriteBigUInt64LE = "writeBigUInt64LE"(1), write_bigint::<false, LITTLE>;
    WriteBigUInt64BE = "writeBigUInt64BE"(1), write_bigint::<false, BIG>;
    WriteBigInt64LE = "writeBigInt64LE"(1), write_bigint::<true, LITTLE>;
    WriteBigInt64BE = "writeBigInt64BE"(1), write_bigint::<true, BIG>;
    WriteFloatLE = "writeFloatForwards"(1), write_float::<LITTLE>;
    WriteFloatBE = "writeFloatBackwards"(1), write_float::<BIG>;
    WriteDoubleLE = "writeDoubleForwards"(1), write_double::<LITTLE>;
    WriteDoubleBE = "writeDoubleBackwards"(1), write_double::<BIG>;
    WriteUIntLE = "writeUIntLE"(3), write_wide::<false, LITTLE>;
    WriteUIntBE = "writeUIntBE"(3), write_wide::<false, BIG>;
    WriteIntLE = "writeIntLE"(3), write_wide::<true, LITTLE>;
    WriteIntBE = "writeIntBE"(3), write_wide::<true, BIG>;
    WriteUInt8 = "writeUInt8"(1), write::<u8, LITTLE>;
    WriteUInt16LE = "writeUInt16LE"(1), write::<u16, LITTLE>;
    WriteUInt16BE = "writeUInt16BE"(1), write::<u16, BIG>;
    WriteUInt32LE = "writeUInt32LE"(1), write::<u32, LITTLE>;
    WriteUInt32BE = "writeUInt32BE"(1), write::<u32, BIG>;
    WriteInt8 = "writeInt8"(1), write::<i8, LITTLE>;
    WriteInt16LE = "writeInt16LE"(1), write::<i16, LITTLE>;
    WriteInt16BE = "writeInt16BE"(1), write::<i16, BIG>;
    WriteInt32LE = "writeInt32LE"(1), write::<i32, LITTLE>;
    WriteInt32BE = "writeInt32BE"(1), write::<i32, BIG>;
}

/// In the order in which Node defines them.
pub(super) const METHODS: &[Entry] = &[
    own("readBigUInt64LE", method::<ReadBigUInt64LE>()),
    own("readBigUInt64BE", method::<ReadBigUInt64BE>()),
    Entry::Alias("readBigUint64LE", "readBigUInt64LE"),
    Entry::Alias("readBigUint64BE", "readBigUInt64BE"),
    own("readBigInt64LE", method::<ReadBigInt64LE>()),
    own("readBigInt64BE", method::<ReadBigInt64BE>()),
    own("writeBigUInt64LE", method::<WriteBigUInt64LE>()),
    own("writeBigUInt64BE", method::<WriteBigUInt64BE>()),
    Entry::Alias("writeBigUint64LE", "writeBigUInt64LE"),
    Entry::Alias("writeBigUint64BE", "writeBigUInt64BE"),
    own("writeBigInt64LE", method::<WriteBigInt64LE>()),
    own("writeBigInt64BE", method::<WriteBigInt64BE>()),
    own("readUIntLE", method::<ReadUIntLE>()),
    own("readUInt32LE", method::<Read<u32, LITTLE>>()),
    own("readUInt16LE", method::<Read<u16, LITTLE>>()),
    own("readUInt8", method::<Read<u8, LITTLE>>()),
    own("readUIntBE", method::<ReadUIntBE>()),
    own("readUInt32BE", method::<Read<u32, BIG>>()),
    own("readUInt16BE", method::<Read<u16, BIG>>()),
    Entry::Alias("readUintLE", "readUIntLE"),
    Entry::Alias("readUint32LE", "readUInt32LE"),
    Entry::Alias("readUint16LE", "readUInt16LE"),
    Entry::Alias("readUint8", "readUInt8"),
    Entry::Alias("readUintBE", "readUIntBE"),
    Entry::Alias("readUint32BE", "readUInt32BE"),
    Entry::Alias("readUint16BE", "readUInt16BE"),
    own("readIntLE", method::<ReadIntLE>()),
    own("readInt32LE", method::<Read<i32, LITTLE>>()),
    own("readInt16LE", method::<Read<i16, LITTLE>>()),
    own("readInt8", method::<Read<i8, LITTLE>>()),
    own("readIntBE", method::<ReadIntBE>()),
    own("readInt32BE", method::<Read<i32, BIG>>()),
    own("readInt16BE", method::<Read<i16, BIG>>()),
    own("writeUIntLE", method::<WriteUIntLE>()),
    own("writeUInt32LE", method::<WriteUInt32LE>()),
    own("writeUInt16LE", method::<WriteUInt16LE>()),
    own("writeUInt8", method::<WriteUInt8>()),
    own("writeUIntBE", method::<WriteUIntBE>()),
    own("writeUInt32BE", method::<WriteUInt32BE>()),
    own("writeUInt16BE", method::<WriteUInt16BE>()),
    Entry::Alias("writeUintLE", "writeUIntLE"),
    Entry::Alias("writeUint32LE", "writeUInt32LE"),
    Entry::Alias("writeUint16LE", "writeUInt16LE"),
    Entry::Alias("writeUint8", "writeUInt8"),
    Entry::Alias("writeUintBE", "writeUIntBE"),
    Entry::Alias("writeUint32BE", "writeUInt32BE"),
    Entry::Alias("writeUint16BE", "writeUInt16BE"),
    own("writeIntLE", method::<WriteIntLE>()),
    own("writeInt32LE", method::<WriteInt32LE>()),
    own("writeInt16LE", method::<WriteInt16LE>()),
    own("writeInt8", method::<WriteInt8>()),
    own("writeIntBE", method::<WriteIntBE>()),
    own("writeInt32BE", method::<WriteInt32BE>()),
    own("writeInt16BE", method::<WriteInt16BE>()),
    own("readFloatLE", method::<ReadFloatLE>()),
    own("readFloatBE", method::<ReadFloatBE>()),
    own("readDoubleLE", method::<ReadDoubleLE>()),
    own("readDoubleBE", method::<ReadDoubleBE>()),
    own("writeFloatLE", method::<WriteFloatLE>()),
    own("writeFloatBE", method::<WriteFloatBE>()),
    own("writeDoubleLE", method::<WriteDoubleLE>()),
    own("writeDoubleBE", method::<WriteDoubleBE>()),
];

/// An offset that the engine keeps as an integer, or that is missing.
#[inline(always)]
fn plain(offset: Ref<'_>) -> Option<usize> {
    match offset.as_int() {
        Some(offset) => usize::try_from(offset).ok(),
        None => offset.is_undefined().then_some(0),
    }
}

#[inline]
fn read<T: Fixed, const ORDER: bool>(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let (this, offset) = (call.this(), call.arg(0));
    if let (Some(at), Some(bytes)) = (plain(offset), call.bytes(this))
        && let Ok(number) = cells::read::<T>(bytes, at, endian(ORDER))
    {
        return number.value(call);
    }
    let at = if offset.is_undefined() { 0 } else { place(call, offset, T::WIDTH)? };
    match cells::read::<T>(args::view_bytes(call, this).unwrap_or_default(), at, endian(ORDER)) {
        Ok(number) => number.value(call),
        Err(_) => Err(misplaced(call, at as f64, T::WIDTH)),
    }
}

#[inline]
fn write<T: Whole, const ORDER: bool>(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let (this, value, offset) = (call.this(), call.arg(0), call.arg(1));
    if let (Some(number), Some(at), Some(bytes)) = (value.as_int(), plain(offset), call.bytes(this)) {
        let number = i64::from(number);
        if (T::LEAST..=T::MOST).contains(&number) && cells::write(bytes, at, T::low(number), endian(ORDER)).is_ok() {
            return Ok(Val::size(at + T::WIDTH));
        }
    }
    let offset = if offset.is_undefined() { Val::int(0) } else { call.dup(offset) };
    let bounds = Bounds { width: T::WIDTH, least: T::LEAST, most: T::MOST };
    let (number, at) = checked(call, value, offset.as_ref(), bounds)?;
    put(call, at, T::low(number as i64), ORDER)
}

/// What numbers a width holds.
#[derive(Clone, Copy)]
struct Bounds {
    width: usize,
    least: i64,
    most: i64,
}

impl Bounds {
    fn of(width: usize, signed: bool) -> Bounds {
        let bits = 8 * width as u32;
        if signed {
            Bounds { width, least: -(1 << (bits - 1)), most: (1 << (bits - 1)) - 1 }
        } else {
            Bounds { width, least: 0, most: (1 << bits) - 1 }
        }
    }

    /// As Node says it: in powers of two when the numbers are long.
    fn text(self) -> String {
        let Bounds { width, least, most } = self;
        match (width, least) {
            (..=4, _) => format!(">= {least} and <= {most}"),
            (_, 0) => format!(">= 0 and < 2 ** {}", 8 * width),
            _ => format!(">= -(2 ** {0}) and < 2 ** {0}", 8 * width - 1),
        }
    }
}

/// Node's checks for a write: the value first and then the place, except that a single byte's offset must be a number before its
/// value counts.
fn checked(call: &mut Call<'_>, value: Ref<'_>, offset: Ref<'_>, bounds: Bounds) -> Result<(f64, usize), Thrown> {
    let number = args::to_number(call, value)?;
    if bounds.width == 1 && !offset.is_number() {
        return Err(messages::invalid_arg_type(call, "offset", NUMBER, offset));
    }
    if number > bounds.most as f64 || number < bounds.least as f64 {
        return Err(messages::out_of_range(call, "value", &bounds.text(), number));
    }
    Ok((number, place(call, offset, bounds.width)?))
}

/// Writes, and returns where the next number goes.
#[inline]
fn put<T: Number>(call: &mut Call<'_>, at: usize, number: T, order: bool) -> Result<Val, Thrown> {
    let this = call.this();
    match cells::write(args::view_bytes(call, this).unwrap_or_default(), at, number, endian(order)) {
        Ok(()) => Ok(Val::size(at + T::WIDTH)),
        Err(_) => Err(misplaced(call, at as f64, T::WIDTH)),
    }
}

/// An offset at which `width` bytes fit.
fn place(call: &mut Call<'_>, offset: Ref<'_>, width: usize) -> Result<usize, Thrown> {
    let Some(number) = offset.as_number() else {
        return Err(messages::invalid_arg_type(call, "offset", NUMBER, offset));
    };
    let len = args::view_bytes(call, call.this()).map_or(0, <[_]>::len);
    if number.trunc() == number && number >= 0.0 && number + width as f64 <= len as f64 {
        Ok(number as usize)
    } else {
        Err(misplaced(call, number, width))
    }
}

/// The complaint about an offset at which `width` bytes do not fit.
#[cold]
fn misplaced(call: &mut Call<'_>, offset: f64, width: usize) -> Thrown {
    let this = call.this();
    if offset.floor() != offset {
        return messages::out_of_range(call, "offset", "an integer", offset);
    }
    let length = match args::view_bytes(call, this) {
        Some(bytes) => bytes.len() as f64,
        None if this.is_nullish() => return messages::no_properties(this, offset),
        None => match call.get(this, "length").and_then(|length| args::to_number(call, length.as_ref())) {
            Ok(length) => length,
            Err(thrown) => return thrown,
        },
    };
    let last = length - width as f64;
    if last < 0.0 {
        return messages::outside_bounds();
    }
    messages::out_of_range(call, "offset", &format!(">= 0 and <= {last}"), offset)
}

/// How many bytes a number of variable width has: 1 to 6.
fn width(call: &mut Call<'_>, value: Ref<'_>) -> Result<usize, Thrown> {
    let Some(number) = value.as_number() else {
        return Err(if value.is_symbol() {
            messages::no_number("Symbol")
        } else if value.is_bigint() {
            messages::no_number("BigInt")
        } else {
            messages::invalid_arg_type(call, "byteLength", NUMBER, value)
        });
    };
    if number.floor() != number {
        return Err(messages::out_of_range(call, "byteLength", "an integer", number));
    }
    if !(1.0..=6.0).contains(&number) {
        return Err(messages::out_of_range(call, "byteLength", ">= 1 and <= 6", number));
    }
    Ok(number as usize)
}

fn read_unsigned<const ORDER: bool>(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let (at, width) = wide_place(call)?;
    match cells::read_uint(args::view_bytes(call, call.this()).unwrap_or_default(), at, width, endian(ORDER)) {
        Ok(number) => Ok(Val::number(number as f64)),
        Err(_) => Err(misplaced(call, at as f64, width)),
    }
}

fn read_signed<const ORDER: bool>(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let (at, width) = wide_place(call)?;
    match cells::read_int(args::view_bytes(call, call.this()).unwrap_or_default(), at, width, endian(ORDER)) {
        Ok(number) => Ok(Val::number(number as f64)),
        Err(_) => Err(misplaced(call, at as f64, width)),
    }
}

fn wide_place(call: &mut Call<'_>) -> Result<(usize, usize), Thrown> {
    let (offset, bytes) = (call.arg(0), call.arg(1));
    if offset.is_undefined() {
        return Err(messages::invalid_arg_type(call, "offset", NUMBER, offset));
    }
    let width = width(call, bytes)?;
    Ok((place(call, offset, width)?, width))
}

fn write_wide<const SIGNED: bool, const ORDER: bool>(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let (this, value, offset, bytes) = (call.this(), call.arg(0), call.arg(1), call.arg(2));
    let width = width(call, bytes)?;
    let (number, at) = checked(call, value, offset, Bounds::of(width, SIGNED))?;
    // Node writes the low 32 bits of what is before the point, and above them what is left rounded down: with a fraction
    // below zero that is not the same number, but it is what Node writes.
    let low = number.trunc().rem_euclid(4_294_967_296.0) as u32;
    let high = (number / 4_294_967_296.0).floor() as i64;
    let whole = if width > 4 { high << 32 | i64::from(low) } else { number as i64 };
    match cells::write_int(args::view_bytes(call, this).unwrap_or_default(), at, width, whole, endian(ORDER)) {
        Ok(()) => Ok(Val::size(at + width)),
        Err(_) => Err(misplaced(call, at as f64, width)),
    }
}

fn write_float<const ORDER: bool>(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let (number, at) = float_and_place(call, 4)?;
    put(call, at, if number.is_nan() { f32::from_bits(0x7fc0_0000) } else { number as f32 }, ORDER)
}

fn write_double<const ORDER: bool>(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let (number, at) = float_and_place(call, 8)?;
    put(call, at, if number.is_nan() { f64::from_bits(0x7ff8 << 48) } else { number }, ORDER)
}

fn float_and_place(call: &mut Call<'_>, width: usize) -> Result<(f64, usize), Thrown> {
    let (value, offset) = (call.arg(0), call.arg(1));
    let number = args::to_number(call, value)?;
    let at = match plain(offset) {
        // The write itself finds out whether it fits.
        Some(at) => at,
        None => place(call, offset, width)?,
    };
    Ok((number, at))
}

fn write_bigint<const SIGNED: bool, const ORDER: bool>(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let (value, offset) = (call.arg(0), call.arg(1));
    let (least, most) = if SIGNED { (i128::from(i64::MIN), i128::from(i64::MAX)) } else { (0, i128::from(u64::MAX)) };
    let range = if SIGNED { ">= -(2n ** 63n) and < 2n ** 63n" } else { ">= 0n and < 2n ** 64n" };
    let number = match call.as_bigint(value) {
        Some(BigInt::Exact(number)) if (least..=most).contains(&number) => Some(number),
        Some(_) => {
            let text = call.to_utf8(value)?.to_owned();
            let small = text.parse::<i64>().is_ok_and(|number| number.unsigned_abs() <= 1 << 32);
            let text = if small { text } else { messages::grouped(&text) };
            return Err(messages::out_of_range_text("value", range, &format!("{text}n")));
        }
        None => {
            // Other values are compared too before they turn out to be none.
            let number = args::to_number(call, value)?;
            if number < least as f64 || number > most as f64 {
                if value.is_string() {
                    let text = messages::quoted(&call.to_utf8(value)?);
                    return Err(messages::out_of_range_text("value", range, &text));
                }
                return Err(messages::out_of_range(call, "value", range, number));
            }
            None
        }
    };
    let at = if offset.is_undefined() { place(call, Val::int(0).as_ref(), 8)? } else { place(call, offset, 8)? };
    match number {
        Some(number) => put(call, at, number as u64, ORDER),
        None => Err(messages::mixed_bigint()),
    }
}
