//! What gzip or Zstandard packed: unpacked, or what is wrong with it and at which byte of the file.
//!
//! Both formats may have several parts, one behind the other, which make one text. What follows the last part is none of it and is
//! left alone, as `gzip` does.

use crate::error::ErrorKind;
use flate2::bufread::GzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::fmt;
use std::io::{self, BufRead, Read};

/// Bytes read at a time.
const BUFFER: usize = 64 << 10;

pub(super) const GZIP: [u8; 2] = [0x1f, 0x8b];
pub(super) const ZSTANDARD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Why something cannot be unpacked. It comes within an [`io::Error`].
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) kind: ErrorKind,
    pub(crate) what: String,
    /// Bytes from the beginning of the packed file.
    pub(crate) at: u64,
    /// Bytes that were unpacked before.
    pub(crate) unpacked: u64,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Fault {}

/// The packed bytes. Knows how many were used: what lies in the buffer was not.
struct Input<R> {
    reader: R,
    buffer: Vec<u8>,
    from: usize,
    to: usize,
    used: u64,
    /// Whether more was wanted than there is.
    ended: bool,
    /// Why it could not be read.
    failed: Option<io::Error>,
}

impl<R: Read> Input<R> {
    fn new(reader: R) -> Self {
        Input { reader, buffer: vec![0; BUFFER], from: 0, to: 0, used: 0, ended: false, failed: None }
    }

    /// The next bytes, so many unless the file ends before. No more than the buffer has.
    fn peek(&mut self, bytes: usize) -> io::Result<&[u8]> {
        if self.to - self.from < bytes {
            self.buffer.copy_within(self.from..self.to, 0);
            (self.from, self.to) = (0, self.to - self.from);
        }
        while self.to - self.from < bytes {
            match self.reader.read(&mut self.buffer[self.to..]) {
                Ok(0) => break,
                Ok(got) => self.to += got,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let again = io::Error::new(error.kind(), error.to_string());
                    self.failed = Some(error);
                    return Err(again);
                }
            }
        }
        Ok(&self.buffer[self.from..self.to])
    }

    /// What to say of a part that cannot be unpacked: where, and whether the file ends there.
    fn fault(&mut self, what: impl Into<Option<(ErrorKind, String)>>, packing: &str, at: u64, given: u64) -> io::Error {
        if let Some(error) = self.failed.take() {
            return error;
        }
        let (kind, what, at) = match what.into() {
            _ if self.ended => (ErrorKind::Truncated, format!("the file ends before its {packing} data do"), self.used),
            Some((kind, what)) => (kind, what, at),
            None => (ErrorKind::Damaged, format!("its {packing} data cannot be unpacked"), at),
        };
        io::Error::new(io::ErrorKind::InvalidData, Fault { kind, what, at, unpacked: given })
    }
}

impl<R: Read> BufRead for Input<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.ended |= self.peek(1)?.is_empty();
        Ok(&self.buffer[self.from..self.to])
    }

    fn consume(&mut self, bytes: usize) {
        self.from += bytes;
        self.used += bytes as u64;
    }
}

impl<R: Read> Read for Input<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill_buf()?.read(into)?;
        self.consume(bytes);
        Ok(bytes)
    }
}

fn checksum(packing: &str) -> (ErrorKind, String) {
    (ErrorKind::Damaged, format!("the checksum of its {packing} data is not theirs"))
}

/// What gzip packed.
pub(super) struct Gzip<R> {
    /// `None`: all has been read.
    member: Option<GzDecoder<Input<R>>>,
    given: u64,
}

impl<R: Read> Gzip<R> {
    pub(super) fn new(reader: R) -> Self {
        Gzip { member: Some(GzDecoder::new(Input::new(reader))), given: 0 }
    }
}

impl<R: Read> Read for Gzip<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        while let Some(mut member) = self.member.take() {
            match member.read(into) {
                Ok(0) => {
                    let mut input = member.into_inner();
                    if input.peek(GZIP.len())?.starts_with(&GZIP) {
                        self.member = Some(GzDecoder::new(input));
                    }
                }
                Ok(bytes) => {
                    self.member = Some(member);
                    self.given += bytes as u64;
                    return Ok(bytes);
                }
                Err(error) => {
                    let what = error.to_string().contains("checksum").then(|| checksum("gzip"));
                    let input = member.get_mut();
                    return Err(input.fault(what, "gzip", input.used, self.given));
                }
            }
        }
        Ok(0)
    }
}

/// What Zstandard packed.
pub(super) struct Zstandard<R> {
    decoder: FrameDecoder,
    input: Input<R>,
    state: State,
    given: u64,
}

#[derive(PartialEq)]
enum State {
    /// A frame begins.
    Between,
    Within,
    Done,
}

impl<R: Read> Zstandard<R> {
    pub(super) fn new(reader: R) -> Self {
        Zstandard { decoder: FrameDecoder::new(), input: Input::new(reader), state: State::Between, given: 0 }
    }

    /// Goes on by the head of a frame, by a block, or past the end of a frame.
    fn step(&mut self) -> Result<(), FrameDecoderError> {
        match self.state {
            State::Between => match self.decoder.reset(&mut self.input) {
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    let skipped = io::copy(&mut (&mut self.input).take(length.into()), &mut io::sink());
                    skipped.map(drop).map_err(FrameDecoderError::FailedToReadChecksum)
                }
                begun => begun.map(|()| self.state = State::Within),
            },
            _ => self.decoder.decode_blocks(&mut self.input, BlockDecodingStrategy::UptoBlocks(1)).map(drop),
        }
    }
}

impl<R: Read> Read for Zstandard<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        loop {
            let at = self.input.used;
            if self.state == State::Within && self.decoder.can_collect() > 0 {
                let bytes = self.decoder.read(into)?;
                self.given += bytes as u64;
                return Ok(bytes);
            }
            if self.state == State::Within && self.decoder.is_finished() {
                let sums = (self.decoder.get_checksum_from_data(), self.decoder.get_calculated_checksum());
                if matches!(sums, (Some(said), Some(is)) if said != is) {
                    self.state = State::Done;
                    return Err(self.input.fault(checksum("Zstandard"), "Zstandard", at, self.given));
                }
                self.state = State::Between;
            }
            if self.state == State::Between && at > 0 {
                let more =
                    matches!(self.input.peek(4)?, [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]);
                if !more {
                    self.state = State::Done;
                }
            }
            if self.state == State::Done {
                return Ok(0);
            }
            if let Err(error) = self.step() {
                self.state = State::Done;
                let unsupported = |what| Some((ErrorKind::Unsupported, what));
                let what = match error {
                    FrameDecoderError::WindowSizeTooBig { requested, max } => unsupported(format!(
                        "its Zstandard data look back by up to {requested} bytes, more than {max}; pack it without --long"
                    )),
                    FrameDecoderError::DictNotProvided { .. } => {
                        unsupported("its Zstandard data were packed with a dictionary".into())
                    }
                    _ => None,
                };
                return Err(self.input.fault(what, "Zstandard", at, self.given));
            }
        }
    }
}
