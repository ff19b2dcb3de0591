use plimsoll::Reader;

fn main() {
    let mut reader = Reader::new();
    reader.extend_from_slice(b"unread");
    let unread: &[u8] = &reader;
    reader.extend_from_slice(b"more");
    assert_eq!(unread, b"unread");
}
