use plimsoll::Buffer;
use std::borrow::Borrow;

fn as_slice(_: &impl AsRef<[u8]>) {}
fn as_slice_mut(_: &mut impl AsMut<[u8]>) {}
fn borrowed(_: &impl Borrow<[u8]>) {}

fn main() {
    let mut buffer = Buffer::alloc(1);
    as_slice(&buffer);
    as_slice_mut(&mut buffer);
    borrowed(&buffer);
}
