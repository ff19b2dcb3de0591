//! Headers are read where they are, or copied out, and never from bytes that are not there.
#![cfg(feature = "zerocopy")]

use plimsoll::{Buffer, Frozen, OutOfRange, Reader};
use proptest::prelude::*;
use zerocopy::byteorder::{big_endian, little_endian};
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

/// As on a wire: may begin anywhere.
#[derive(Clone, Copy, Debug, PartialEq, FromBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct Wire {
    kind: u8,
    len: big_endian::U32,
    session: [u8; 3],
}

/// As in memory: has an alignment.
#[derive(Clone, Copy, Debug, PartialEq, FromBytes)]
#[repr(C)]
struct Native {
    a: u64,
    b: u16,
    c: [u8; 6],
}

fn wire(bytes: &[u8]) -> Option<Wire> {
    let &[kind, a, b, c, d, e, f, g, ..] = bytes else { return None };
    Some(Wire { kind, len: u32::from_be_bytes([a, b, c, d]).into(), session: [e, f, g] })
}

fn native(bytes: &[u8]) -> Option<Native> {
    let bytes: &[u8; 16] = bytes.first_chunk()?;
    let (a, b) = (u64::from_ne_bytes(*bytes.first_chunk()?), u16::from_ne_bytes([bytes[8], bytes[9]]));
    Some(Native { a, b, c: *bytes.last_chunk()? })
}

proptest! {
    #[test]
    fn headers_are_what_the_bytes_say(bytes in prop::collection::vec(any::<u8>(), 0..60), at in 0..20_usize) {
        let at = at.min(bytes.len());
        let rest = &bytes[at..];
        let short = |width| OutOfRange { offset: 0, width, len: rest.len() };

        let frozen = Frozen::copy_from_slice(&bytes).slice(at..);
        prop_assert_eq!(frozen.header::<Wire>().copied(), wire(rest));
        prop_assert_eq!(frozen.read_header::<Native>(), native(rest).ok_or(short(16)));

        let buffer = Buffer::from(&bytes[..]).subarray(at..);
        prop_assert_eq!(buffer.read_header::<Wire>(), wire(rest).ok_or(short(8)));
        prop_assert_eq!(buffer.read_header::<Native>(), native(rest).ok_or(short(16)));

        let mut reader = Reader::with_chunk_size(32);
        reader.extend_from_slice(&bytes);
        reader.advance(at).unwrap();
        prop_assert_eq!(reader.header::<Wire>().copied(), wire(rest));
        prop_assert_eq!(reader.len(), rest.len());
        prop_assert_eq!(reader.read_header::<Native>(), native(rest).ok_or(short(16)));
        prop_assert_eq!(reader.len(), if rest.len() < 16 { rest.len() } else { rest.len() - 16 });
    }
}

#[test]
fn a_lent_header_is_the_frame_s_own_memory() {
    let frame = Frozen::copy_from_slice(b"\x01\x00\x00\x00\x05abchello").slice(1..);
    let len = frame.header::<little_endian::U32>().unwrap();
    assert_eq!(std::ptr::from_ref(len).cast(), frame.as_ptr());
    assert_eq!(len.get(), 0x0500_0000);
}
