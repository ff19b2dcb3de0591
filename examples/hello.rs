//! Share, copy, weigh: `cargo run -p plimsoll --example hello`.

use plimsoll::Buffer;
use plimsoll::encoding::Encoding::Latin1;
use std::error::Error;
use std::io::{Write, stdout};

fn main() -> Result<(), Box<dyn Error>> {
    hello(&mut stdout())
}

pub(crate) fn hello(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let packet = Buffer::alloc(1 << 20);
    packet.write_text("session-00000042, and a mebibyte of payload", Latin1);

    let id = packet.subarray(..16); // shares memory with the packet
    packet.set(0, b'S')?; // so this is seen through the id
    writeln!(out, "{} shows {} bytes", id.to_text(Latin1), id.weight().net)?;

    drop(packet); // the id holds its memory all the same
    writeln!(out, "and keeps {} alive", id.weight().gross)?;

    let id = id.keep(); // copies, because that frees the mebibyte
    writeln!(out, "its copy keeps {}", id.weight().gross)?;

    let id = id.freeze(); // from here on immutable, and any thread may have it
    let there = std::thread::spawn(move || id.starts_with(b"Session"));
    writeln!(out, "another thread says {}", there.join().is_ok_and(|found| found))?;
    Ok(())
}
