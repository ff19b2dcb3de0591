//! `std::io` over our handles is what it is over slices.

use plimsoll::{Buffer, Frozen, Reader};
use proptest::prelude::*;
use std::io::{BufRead, Cursor, Read, Seek, SeekFrom, Write};

#[derive(Clone, Debug)]
enum Op {
    Read(usize),
    Write(Vec<u8>),
    Seek(SeekFrom),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        (0..40_usize).prop_map(Op::Read),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(Op::Write),
        prop_oneof![
            (0..90_u64).prop_map(SeekFrom::Start),
            (-90..90_i64).prop_map(SeekFrom::Current),
            (-90..30_i64).prop_map(SeekFrom::End),
            prop_oneof![Just(u64::MAX), Just(0)].prop_map(SeekFrom::Start),
            prop_oneof![Just(i64::MAX), Just(i64::MIN)].prop_map(SeekFrom::Current),
        ]
        .prop_map(Op::Seek),
    ]
}

proptest! {
    #[test]
    fn a_cursor_is_that_of_a_slice(bytes in prop::collection::vec(any::<u8>(), 0..60), ops in prop::collection::vec(op(), 0..40)) {
        let buffer = Buffer::from(&bytes[..]);
        let mut ours = buffer.cursor();
        let mut model = bytes.clone();
        let mut theirs = Cursor::new(&mut model[..]);
        for op in ops {
            match op {
                Op::Read(len) => {
                    let (mut ours_read, mut theirs_read) = (vec![0; len], vec![0; len]);
                    prop_assert_eq!(ours.read(&mut ours_read).unwrap(), theirs.read(&mut theirs_read).unwrap());
                    prop_assert_eq!(ours_read, theirs_read);
                }
                Op::Write(bytes) => prop_assert_eq!(ours.write(&bytes).unwrap(), theirs.write(&bytes).unwrap()),
                Op::Seek(to) => {
                    let (ours, theirs) = (ours.seek(to), theirs.seek(to));
                    prop_assert_eq!(ours.map_err(|error| error.kind()), theirs.map_err(|error| error.kind()));
                }
            }
            prop_assert_eq!(ours.position(), theirs.position());
        }
        prop_assert_eq!(buffer.to_vec(), model);
    }

    #[test]
    fn a_reader_is_read_as_the_bytes_that_were_put_in(
        pieces in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..50), 0..50_usize, 0..50_usize), 0..30),
    ) {
        let mut reader = Reader::with_chunk_size(64);
        let mut model = std::collections::VecDeque::new();
        for (piece, len, consumed) in pieces {
            reader.extend_from_slice(&piece);
            model.extend(piece);
            let (mut ours, mut theirs) = (vec![0; len], vec![0; len]);
            // At once; a deque's own `read` stops where its memory turns round.
            let read = (&*model.make_contiguous()).read(&mut theirs).unwrap();
            model.drain(..read);
            prop_assert_eq!(reader.read(&mut ours).unwrap(), read);
            prop_assert_eq!(ours, theirs);
            prop_assert_eq!(reader.fill_buf().unwrap(), &model.make_contiguous()[..]);
            reader.consume(consumed);
            model.drain(..consumed.min(model.len()));
        }
        let mut rest = Vec::new();
        reader.read_to_end(&mut rest).unwrap();
        prop_assert_eq!(rest, Vec::from(model));
    }
}

#[test]
fn what_is_written_through_a_cursor_is_seen_through_every_view() {
    let packet = Buffer::alloc(8);
    let tail = packet.subarray(4..);
    let mut cursor = packet.cursor();
    cursor.seek(SeekFrom::Start(4)).unwrap();
    assert_eq!(cursor.write(b"tail and more").unwrap(), 4);
    assert!(tail.equals(b"tail"));
    assert_eq!(cursor.write_all(b"more").unwrap_err().kind(), std::io::ErrorKind::WriteZero);
}

#[test]
fn lines_of_a_reader_are_those_of_what_came() {
    let mut reader = Reader::new();
    reader.write_all(b"one\ntwo\nthr").unwrap();
    let lines: Vec<_> = reader.lines().map(Result::unwrap).collect();
    assert_eq!(lines, ["one", "two", "thr"]);
}

/// Nothing of ours is needed for it.
#[test]
fn the_standard_cursor_reads_a_frozen() {
    let mut cursor = Cursor::new(Frozen::copy_from_slice(b"one\ntwo"));
    let mut line = String::new();
    cursor.read_line(&mut line).unwrap();
    cursor.seek(SeekFrom::Current(1)).unwrap();
    assert_eq!((line.as_str(), cursor.fill_buf().unwrap()), ("one\n", &b"wo"[..]));
}
