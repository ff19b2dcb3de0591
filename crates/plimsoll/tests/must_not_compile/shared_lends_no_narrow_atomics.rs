use plimsoll::Shared;
use std::sync::atomic::{AtomicU8, AtomicU32};

fn as_bytes(_: &impl AsRef<[AtomicU8]>) {}
fn as_words(_: &impl AsRef<[AtomicU32]>) {}

fn main() {
    let shared = Shared::alloc(8);
    as_bytes(&shared);
    as_words(&shared);
    let _: &AtomicU8 = &shared;
    let _: &[u8] = &shared;
    let _ = *shared;
}
