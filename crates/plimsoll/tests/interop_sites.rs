//! A report blames the program's lines for frames and chunks, not the library's.
#![cfg(all(feature = "tokio", feature = "report", not(loom)))]

use plimsoll::{FramedReader, LengthDelimited, Reader, audit};

#[tokio::test]
async fn frames_belong_to_the_decoder_s_line_and_chunks_to_the_reader_s() {
    audit::set_mode(audit::Mode::All);
    let (decoder, frames_line) = (LengthDelimited::new(), line!());
    let (mut framed, chunks_line) = (FramedReader::new(&b"\0\0\0\x02hi\0\0\0\x02ho"[..], decoder), line!());
    let frame = framed.next().await.unwrap().unwrap();
    let report = audit::report();
    let here = |line| format!("{}:{line}:", file!());
    assert_eq!(frame, *b"hi");
    assert_eq!(report.holders.len(), 1, "{report:?}");
    assert!(report.holders[0].place.contains(&here(frames_line)), "{report:?}");
    let rows = audit::rows();
    let born = &rows.places[rows.stores[0].born as usize];
    assert!(born.contains(&here(chunks_line)), "{born}");
    drop((frame, framed));

    let mut reader = Reader::new();
    let line = line!() + 1;
    reader.fill_from(&mut &b"text"[..]).await.unwrap();
    let rows = audit::rows();
    let born = &rows.places[rows.stores[0].born as usize];
    assert!(born.contains(&here(line)), "{born}");
}
