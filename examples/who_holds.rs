//! Who holds the memory, and what to write instead: `cargo run -p plimsoll --example who_holds`.
//!
//! A proxy reads chunks of 64 KiB and keeps the 40-byte header of each. It means to keep 80,000 bytes.

use plimsoll::Buffer;
use plimsoll::audit::{self, Mode};
use plimsoll_report::{Report, TextOptions};

const CHUNKS: u32 = 2000;

fn main() {
    let headers = keep_headers();
    println!("{} headers are kept.\n", headers.len());
    print!("{}", who_holds().text(&TextOptions::default()));
}

/// Asks for the audit before anything is made, then does the proxy's work.
pub(crate) fn keep_headers() -> Vec<Buffer> {
    audit::set_mode(Mode::All);
    (0..CHUNKS).map(|connection| header(&receive(connection))).collect()
}

/// May be asked at any time, from any thread.
pub(crate) fn who_holds() -> Report {
    audit::report()
}

fn receive(connection: u32) -> Buffer {
    let chunk = Buffer::alloc(64 * 1024);
    let _ = chunk.write_u32_be(connection, 0);
    chunk
}

fn header(chunk: &Buffer) -> Buffer {
    chunk.subarray(..40) // the line that the report names: `.compact()` here is the cure
}
