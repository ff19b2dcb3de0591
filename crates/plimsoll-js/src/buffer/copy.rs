//! `copy`: bytes of one view into another.

use plimsoll::cells;

use super::args;
use super::messages::{self, BYTES};
use crate::memory;
use crate::raw::{Call, Ctx, Method, Ref, Thrown, Val, method, native};

native! {
    Copy = "copy"(4), copy;
}

pub(super) const METHOD: Method = method::<Copy>();

/// An index as `copy` reads it: rounded down; what no whole number comes of is 0.
fn whole(ctx: &mut Ctx, value: Ref<'_>) -> Result<f64, Thrown> {
    let number = args::to_number(ctx, value)?;
    if value.is_number() && number.is_finite() && number.trunc() == number {
        return Ok(number);
    }
    Ok(if number.abs() <= 9_007_199_254_740_991.0 { number.floor() } else { 0.0 })
}

fn copy(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let (this, target) = (call.this(), call.arg(0));
    let Some(source_len) = args::view_bytes(call, this).map(<[_]>::len) else {
        return Err(messages::invalid_arg_type(call, "source", BYTES, this));
    };
    if !args::is_view(call, target) {
        return Err(messages::invalid_arg_type(call, "target", BYTES, target));
    }
    let (mut at, mut from, mut to) = (0.0, 0.0, source_len as f64);
    if !call.arg(1).is_undefined() {
        let value = call.arg(1);
        at = whole(call, value)?;
        if at < 0.0 {
            return Err(messages::out_of_range(call, "targetStart", ">= 0", at));
        }
    }
    if !call.arg(2).is_undefined() {
        let value = call.arg(2);
        from = whole(call, value)?;
        if from < 0.0 || from > source_len as f64 {
            return Err(messages::out_of_range(call, "sourceStart", &format!(">= 0 && <= {source_len}"), from));
        }
    }
    if !call.arg(3).is_undefined() {
        let value = call.arg(3);
        to = whole(call, value)?;
        if to < 0.0 {
            return Err(messages::out_of_range(call, "sourceEnd", ">= 0", to));
        }
    }
    let copied = {
        let source = args::receiver(call, this)?;
        let source = source.get(from as usize..(to as usize).min(source.len())).unwrap_or_default();
        let target = args::receiver(call, target)?.get(at as usize..).unwrap_or_default();
        cells::copy(source, target)
    };
    memory::count_copied(call, copied);
    Ok(Val::size(copied))
}
