//! `swap16`, `swap32`, `swap64`: turn the byte order of every word round, in place.

use plimsoll::{BadMultiple, cells};
use std::cell::Cell;

use super::{args, messages};
use crate::raw::{Call, Method, Thrown, Val, method, native};

native! {
    Swap16 = "swap16"(0), swap16;
    Swap32 = "swap32"(0), swap32;
    Swap64 = "swap64"(0), swap64;
}

pub(super) const SWAP16: Method = method::<Swap16>();
pub(super) const SWAP32: Method = method::<Swap32>();
pub(super) const SWAP64: Method = method::<Swap64>();

fn swap16(call: &mut Call<'_>) -> Result<Val, Thrown> {
    swap(call, cells::swap16)
}

fn swap32(call: &mut Call<'_>) -> Result<Val, Thrown> {
    swap(call, cells::swap32)
}

fn swap64(call: &mut Call<'_>) -> Result<Val, Thrown> {
    swap(call, cells::swap64)
}

fn swap(call: &mut Call<'_>, words: fn(&[Cell<u8>]) -> Result<(), BadMultiple>) -> Result<Val, Thrown> {
    let this = call.this();
    words(args::receiver(call, this)?).map_err(|error| messages::invalid_buffer_size(error.multiple * 8))?;
    Ok(call.dup(this))
}
