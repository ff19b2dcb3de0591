//! Other crates' traits: what they promise holds for our handles.
#![cfg(all(feature = "bytes", feature = "serde", feature = "tokio"))]

use bytes::{Buf, BufMut, Bytes, BytesMut};
use plimsoll::{Frozen, Reader};
use std::panic::{AssertUnwindSafe, catch_unwind};

#[test]
fn a_frozen_is_read_as_a_buf() {
    let mut message = Frozen::copy_from_slice(b"\x00\x2a\x01\x02\x03rest");
    assert_eq!(message.get_u16(), 42);
    assert_eq!(message.copy_to_bytes(3), Bytes::from_static(&[1, 2, 3]));
    assert_eq!((message.remaining(), message.chunk()), (4, &b"rest"[..]));
}

#[test]
fn a_frozen_becomes_bytes_without_a_copy_and_lives_as_long() {
    let frozen = Frozen::from(vec![7; 5000]);
    let address = frozen.as_ptr();
    let bytes = Bytes::from(frozen);
    let part = bytes.slice(100..200);
    drop(bytes);
    assert_eq!((part.as_ptr(), part[0]), (address.wrapping_add(100), 7));
}

#[test]
fn unshared_bytes_are_taken_over_and_shared_ones_kept_or_copied_when_short() {
    let alone = Bytes::from(vec![1; 9000]);
    let address = alone.as_ptr();
    assert_eq!(Frozen::from(alone).as_ptr(), address);

    let shared = Bytes::from(vec![2; 9000]);
    let other = shared.clone();
    let frozen = Frozen::from(shared);
    assert_eq!(frozen.as_ptr(), other.as_ptr());
    let frozen = frozen.try_into_buffer().expect_err("lent bytes are not written");
    drop(frozen);
    assert!(other.is_unique());

    let shared = Bytes::from(vec![3; 200]);
    let other = shared.clone();
    let frozen = Frozen::from(shared);
    assert_ne!(frozen.as_ptr(), other.as_ptr());
    assert_eq!(frozen, *other);
    assert_eq!(Frozen::from(Bytes::from_static(b"static")), *b"static");
}

#[test]
fn a_reader_is_a_buf_mut() {
    let mut reader = Reader::with_chunk_size(16);
    reader.put_u32(0xcafe);
    reader.put_slice(&[1; 40]);
    reader.put(&b"tail"[..]);
    let mut expected = BytesMut::new();
    expected.put_u32(0xcafe);
    expected.put_slice(&[1; 40]);
    expected.put(&b"tail"[..]);
    assert_eq!(reader[..], expected[..]);
}

#[test]
fn a_reader_is_read_as_a_buf() {
    let mut reader = Reader::with_chunk_size(1024);
    reader.put_slice(b"\x00\x2a\x00\x00\x00\x07\x01\x02\x03");
    reader.put_bytes(9, 400);
    assert_eq!((reader.get_u16(), reader.get_u32()), (42, 7));
    assert_eq!((reader.remaining(), reader.chunk().len()), (403, 403));
    assert_eq!(reader.copy_to_bytes(3), Bytes::from_static(&[1, 2, 3]));
    let address = reader.as_ptr();
    assert_eq!(reader.copy_to_bytes(300).as_ptr(), address, "shared");
    Buf::advance(&mut reader, 99);
    assert!(reader.try_get_u16().is_err() && reader.has_remaining());
    assert!(catch_unwind(AssertUnwindSafe(|| Buf::advance(&mut reader, 2))).is_err());
}

#[test]
fn a_frozen_goes_through_json_as_numbers() {
    let frozen = Frozen::copy_from_slice(&[0, 1, 255]);
    let json = serde_json::to_string(&frozen).unwrap();
    assert_eq!(json, "[0,1,255]");
    assert_eq!(serde_json::from_str::<Frozen>(&json).unwrap(), frozen);
    assert_eq!(serde_json::from_str::<Frozen>("\"text\"").unwrap(), *b"text");
    assert!(serde_json::from_str::<Frozen>("[256]").is_err());
    assert!(serde_json::from_str::<Frozen>("{}").is_err());
}

#[tokio::test]
async fn a_reader_is_filled_from_an_async_source() {
    let (mut ours, mut theirs) = tokio::io::duplex(64);
    let sent: Vec<u8> = (0..100_000_u32).map(|i| (i % 251) as u8).collect();
    let to_send = sent.clone();
    let sender = tokio::spawn(async move { tokio::io::AsyncWriteExt::write_all(&mut theirs, &to_send).await });
    let mut reader = Reader::with_chunk_size(1024);
    let mut received = Vec::new();
    let mut frames = Vec::new();
    while reader.fill_from(&mut ours).await.unwrap() > 0 {
        while reader.len() >= 100 {
            frames.push(reader.split_to(100).unwrap());
        }
    }
    sender.await.unwrap().unwrap();
    frames.iter().for_each(|frame| received.extend_from_slice(frame));
    received.extend_from_slice(&reader);
    assert_eq!(received, sent);
}

#[test]
fn the_way_back_is_open_only_to_the_sole_holder_of_a_whole_store() {
    let sole = Frozen::from(vec![1; 100]);
    let buffer = sole.try_into_buffer().unwrap();
    buffer.set(0, 9).unwrap();
    let frozen = buffer.freeze();
    assert_eq!(frozen[0], 9);

    let other = frozen.clone();
    let frozen = frozen.try_into_buffer().unwrap_err();
    drop(other);
    assert!(frozen.try_into_buffer().is_ok());

    assert!(Frozen::copy_from_slice(b"pooled").try_into_buffer().is_err());
    assert!(Frozen::from_static(b"static").try_into_buffer().is_err());

    let mut reader = Reader::new();
    reader.extend_from_slice(b"a frame of a chunk that is not full");
    let frame = reader.split_to(7).unwrap();
    drop(reader);
    assert!(frame.try_into_buffer().is_err(), "its store has bytes that were never written");
}

#[test]
fn cutting_a_frozen_keeps_both_parts() {
    let mut whole = Frozen::copy_from_slice(b"headbodytail");
    let head = whole.split_to(4);
    let tail = whole.split_off(4);
    assert_eq!((&head[..], &whole[..], &tail[..]), (&b"head"[..], &b"body"[..], &b"tail"[..]));
    whole.consume(4);
    assert_eq!(whole.weight(), plimsoll::Weight { net: 0, gross: 0 }, "shows nothing, holds nothing");
    let mut by_content = std::collections::BTreeMap::new();
    by_content.insert(head, 1);
    assert_eq!(by_content.get(&b"head"[..]), Some(&1));
}
