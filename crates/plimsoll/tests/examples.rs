//! The Rust examples do and say what they promise.
#![cfg(all(feature = "report", not(miri)))] // 125 MiB are too much for Miri

#[allow(dead_code)] // the examples' own `main`
#[path = "../../../examples/hello.rs"]
mod hello;
#[allow(dead_code)]
#[path = "../../../examples/who_holds.rs"]
mod who_holds;

use plimsoll_report::TextOptions;

#[test]
fn hello_shares_copies_and_weighs() {
    let mut out = Vec::new();
    hello::hello(&mut out).expect("nothing in it fails");
    let expected = "\
Session-00000042 shows 16 bytes
and keeps 1048576 alive
its copy keeps 16
another thread says true
";
    assert_eq!(String::from_utf8_lossy(&out), expected);
}

#[test]
fn who_holds_names_the_line_that_keeps_the_chunks() {
    let headers = who_holds::keep_headers();
    assert!(headers.iter().all(|header| header.len() == 40));
    assert_eq!(headers[1999].read_u32_be(0), Ok(1999));

    let report = who_holds::who_holds();
    let source = include_str!("../../../examples/who_holds.rs");
    let line_of = |code: &str| source.lines().position(|line| line.contains(code)).expect("it is there") + 1;
    let holder = report
        .holders
        .iter()
        .find(|holder| holder.place.starts_with("examples/who_holds.rs"))
        .expect("the example's line is a holder");
    assert_eq!((holder.views, holder.stores, holder.gross), (2000, 2000, 131_072_000));
    assert_eq!((holder.net.known(), holder.frees), (Some(80_000), Some(130_992_000)));
    assert!(
        holder.place.starts_with(&format!("examples/who_holds.rs:{}:", line_of("chunk.subarray(..40)"))),
        "{}",
        holder.place
    );
    assert!(holder.with.is_empty());
    let born = &holder.born[0].place;
    assert!(born.starts_with(&format!("examples/who_holds.rs:{}:", line_of("Buffer::alloc(64 * 1024)"))), "{born}");

    let text = report.text(&TextOptions::default());
    assert!(text.starts_with("held 125 MiB, shown 80,000 B"), "{text}");
    assert!(text.contains("compact"), "{text}");
}
