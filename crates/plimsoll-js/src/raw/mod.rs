//! The C engine behind safe types. Nothing outside this folder contains `unsafe`.
//!
//! # The rules everything here rests on
//!
//! 1. **One thread.** [`Runtime`], [`Val`] and [`Ctx`] are `!Send` and `!Sync`; a runtime is used where it was made.
//! 2. **An owned value keeps its runtime.** A [`Val`] that needs freeing holds a count on the runtime it came from, so that it
//!    can always be freed. A value never enters another runtime: the trampoline and every call check.
//! 3. **Borrowed values outlive the borrow.** A [`Ref`] comes from a [`Val`] that is borrowed, or from the arguments of a native, which
//!    the calling frame holds until the native returns.
//! 4. **Whoever holds bytes cannot run JavaScript.** Bytes borrow the [`Ctx`] shared; everything that may run a program's code
//!    (coercions, property reads, calls) takes it exclusively. Allocation and cycle collection run no program code and free nothing that is
//!    reachable, so they may happen under a shared borrow. There is one `Ctx` at a time: natives get it from their
//!    caller, and [`Runtime::enter`] refuses to make a second one.
//! 5. **Panics stop at the border.** Every function that C calls catches them.
//! 6. **Finalisers run no JavaScript.** They may run in the middle of a collection, in any order.
#![allow(unsafe_code)]

mod buffer;
mod bytes;
mod call;
mod ctx;
mod inspect;
mod runtime;
mod text;
mod thrown;
mod value;

#[cfg(test)]
mod tests;

pub(crate) use buffer::{BufferShape, MAX_BUFFER};
pub(crate) use bytes::{ElementKind, ViewKind};
pub(crate) use call::{Call, Method, Native, method};
pub(crate) use ctx::{Ctx, Flags, Key, MAX_STRING_LENGTH};
pub(crate) use inspect::PromiseState;
pub(crate) use runtime::{Job, Runtime, Settings, Slot};
pub(crate) use text::{Utf8, Utf16};
pub(crate) use thrown::{Kind, Thrown};
pub(crate) use value::{BigInt, Ref, Val};

/// Gives a native a name: `native!(ReadUInt8 = "readUInt8"(1), read_uint8)` makes the type `ReadUInt8` that calls the function
/// `read_uint8(call: &mut Call<'_>) -> Result<Val, Thrown>`.
macro_rules! native {
    ($($type:ident = $name:literal ($length:literal), $function:path;)*) => {$(
        pub(crate) struct $type;
        impl $crate::raw::Native for $type {
            const NAME: &'static str = $name;
            const LENGTH: u8 = $length;
            fn call(call: &mut $crate::raw::Call<'_>) -> Result<$crate::raw::Val, $crate::raw::Thrown> {
                $function(call)
            }
        }
    )*};
}
pub(crate) use native;
