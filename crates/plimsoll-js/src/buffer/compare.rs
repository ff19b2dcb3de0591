//! `equals` and `compare`.

use std::cmp::Ordering;

use plimsoll::cells;

use super::messages::{self, BYTES};
use super::{MAX_LENGTH, args};
use crate::raw::{Call, Ctx, Method, Ref, Thrown, Val, method, native};

native! {
    Equals = "equals"(1), equals;
    Compare = "compare"(5), compare;
    CompareTwo = "compare"(2), compare_two;
}

pub(super) const EQUALS: Method = method::<Equals>();
pub(super) const METHOD: Method = method::<Compare>();
pub(super) const STATIC: Method = method::<CompareTwo>();

fn expect_bytes(ctx: &mut Ctx, name: &str, value: Ref<'_>) -> Result<(), Thrown> {
    if ctx.is_uint8_array(value) { Ok(()) } else { Err(messages::invalid_arg_type(ctx, name, BYTES, value)) }
}

fn sign(order: Ordering) -> Val {
    Val::int(order as i32)
}

fn equals(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let (this, other) = (call.this(), call.arg(0));
    expect_bytes(call, "otherBuffer", other)?;
    let (bytes, other) = (args::receiver(call, this)?, args::receiver(call, other)?);
    Ok(Val::bool(cells::equals(bytes, other)))
}

/// `Buffer.compare(a, b)`
fn compare_two(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let (a, b) = (call.arg(0), call.arg(1));
    expect_bytes(call, "buf1", a)?;
    expect_bytes(call, "buf2", b)?;
    Ok(sign(cells::compare(args::receiver(call, a)?, args::receiver(call, b)?)))
}

fn compare(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let (this, target) = (call.this(), call.arg(0));
    expect_bytes(call, "target", target)?;
    let source_len = args::receiver(call, this)?.len();
    let target_len = args::receiver(call, target)?.len();
    let mut bound = |index: usize, name: &str, default: usize, max: f64| match call.arg(index) {
        value if value.is_undefined() => Ok(default),
        value => args::integer(call, value, name, 0.0, max).map(|number| number as usize),
    };
    let target_start = bound(1, "targetStart", 0, MAX_LENGTH)?;
    let target_end = bound(2, "targetEnd", target_len, target_len as f64)?;
    let source_start = bound(3, "sourceStart", 0, MAX_LENGTH)?;
    let source_end = bound(4, "sourceEnd", source_len, source_len as f64)?;
    // A range that begins behind its end is empty, wherever it is.
    let source = args::receiver(call, this)?.get(source_start..source_end).unwrap_or_default();
    let target = args::receiver(call, target)?.get(target_start..target_end).unwrap_or_default();
    Ok(sign(cells::compare(source, target)))
}
