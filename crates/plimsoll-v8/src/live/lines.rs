//! A started program's stderr: passed on byte by byte, but for the lines that its inspector writes there.

use std::io::{self, Read, Write};
use std::sync::mpsc::Sender;

const LISTENING: &str = "Debugger listening on ";
/// It comes after another one.
const HELP: &str = "For help, see: https://nodejs.org/";
const HIDDEN: [&str; 5] =
    [LISTENING, HELP, "Debugger attached.", "Waiting for the debugger to disconnect...", "Debugger ending on ws://"];

/// A longer line is none of the inspector's.
const LONGEST: usize = 256;

/// Finds the inspector's lines in a stream. They may begin in the middle of a line: another process may just have written the first half
/// of its own.
#[derive(Default)]
pub(crate) struct Lines {
    /// What may be the beginning of a line of the inspector's: it waits until that is known.
    held: Vec<u8>,
    /// In the middle of a line that is passed on.
    passing: bool,
}

/// What the bytes that are held back are.
enum Held {
    Unknown,
    Inspector(&'static str),
    Program,
}

impl Lines {
    /// Takes a piece of the stream. What belongs to the program goes to `out`; each address that is listened on, to `found`.
    pub(crate) fn take(&mut self, piece: &[u8], out: &mut Vec<u8>, found: &mut dyn FnMut(String)) {
        for &byte in piece {
            self.held.push(byte);
            while !self.held.is_empty() {
                match self.looks() {
                    Held::Unknown => break,
                    Held::Inspector(line) => {
                        let text = String::from_utf8_lossy(&self.held[line.len()..]);
                        if line == LISTENING && text.starts_with("ws://") {
                            found(text.trim_end().to_owned());
                        }
                        self.held.clear();
                        self.passing = false;
                    }
                    Held::Program => {
                        let first = self.held.remove(0);
                        self.passing = first != b'\n';
                        out.push(first);
                    }
                }
            }
        }
    }

    fn looks(&self) -> Held {
        let may_be = |line: &&&str| !(self.passing && **line == HELP);
        let known = HIDDEN.iter().filter(may_be).find(|line| self.held.starts_with(line.as_bytes()));
        match known {
            Some(line) if self.held.ends_with(b"\n") => Held::Inspector(line),
            Some(_) if self.held.len() < LONGEST => Held::Unknown,
            None if HIDDEN.iter().filter(may_be).any(|line| line.as_bytes().starts_with(&self.held)) => Held::Unknown,
            _ => Held::Program,
        }
    }

    /// What was held back when the stream ended.
    pub(crate) fn rest(&mut self, out: &mut Vec<u8>) {
        out.append(&mut self.held);
    }
}

/// Passes a stream on until its end. If nobody takes it any more, addresses are found all the same: whoever told them waits.
pub(crate) fn pass_on(mut from: impl Read, mut to: impl Write, found: &Sender<String>) -> io::Result<()> {
    let mut taken = true;
    let mut lines = Lines::default();
    let mut piece = vec![0; 64 << 10];
    let mut out = Vec::new();
    loop {
        let read = match from.read(&mut piece) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if read == 0 {
            lines.rest(&mut out);
        }
        // Nobody may be waiting for addresses any more.
        lines.take(&piece[..read], &mut out, &mut |address| drop(found.send(address)));
        taken = taken && to.write_all(&out).and_then(|()| to.flush()).is_ok();
        out.clear();
        if read == 0 {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "Debugger listening on ws://127.0.0.1:1234/abc\nFor help, see: https://nodejs.org/en/docs/inspector\n\
        Deb\nhello\nDebugger attached.\nDebugger is a word\n\nWaiting for the debugger to disconnect...\nbye";

    #[test]
    fn only_the_inspectors_lines_are_hidden_wherever_the_pieces_end() {
        for size in 1..STREAM.len() {
            let (mut lines, mut out, mut found) = (Lines::default(), Vec::new(), Vec::new());
            for piece in STREAM.as_bytes().chunks(size) {
                lines.take(piece, &mut out, &mut |address| found.push(address));
            }
            lines.rest(&mut out);
            assert_eq!(String::from_utf8(out).unwrap(), "Deb\nhello\nDebugger is a word\n\nbye");
            assert_eq!(found, ["ws://127.0.0.1:1234/abc"]);
        }
    }

    #[test]
    fn they_are_found_in_the_middle_of_another_processs_line() {
        let (mut lines, mut out, mut found) = (Lines::default(), Vec::new(), Vec::new());
        let stream = "..DDebugger listening on ws://127.0.0.1:1/a\nFor help, see: https://nodejs.org/x\n..Debugger attached.\n. For help, \
            see: https://nodejs.org/x\ndone";
        for byte in stream.bytes() {
            lines.take(&[byte], &mut out, &mut |address| found.push(address));
        }
        lines.rest(&mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "..D... For help, see: https://nodejs.org/x\ndone");
        assert_eq!(found, ["ws://127.0.0.1:1/a"]);
    }

    #[test]
    fn addresses_are_found_when_nobody_reads_any_more() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let (send, found) = std::sync::mpsc::channel();
        pass_on(&b"hello\n"[..], Gone, &send).unwrap();
        pass_on(STREAM.as_bytes(), Gone, &send).unwrap();
        assert_eq!(found.recv().unwrap(), "ws://127.0.0.1:1234/abc");
    }

    #[test]
    fn a_prompt_without_a_line_feed_is_passed_on_at_once() {
        let (mut lines, mut out) = (Lines::default(), Vec::new());
        lines.take(b"name? ", &mut out, &mut |_| {});
        assert_eq!(out, b"name? ");
    }
}
