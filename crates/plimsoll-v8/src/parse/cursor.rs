//! A place in the file, and the JSON around the sections.

use super::Progress;
use crate::error::{ErrorKind, SnapshotError};
use crate::source::{Part, Pieces};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Walks over the pieces of a source.
pub(super) struct Cursor<'a> {
    pieces: Pieces,
    piece: Vec<u8>,
    at: usize,
    /// Bytes before the piece.
    before: u64,
    /// The file's length, and bytes taken from it.
    file: (Option<u64>, Arc<AtomicU64>),
    progress: &'a mut dyn Progress,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(pieces: Pieces, file: (Option<u64>, Arc<AtomicU64>), progress: &'a mut dyn Progress) -> Self {
        Cursor { pieces, piece: Vec::new(), at: 0, before: 0, file, progress }
    }

    /// The file from here on, for another cursor, if it can be read at two places.
    pub(super) fn part(&self) -> Option<Part> {
        match &self.pieces {
            Pieces::Plain(part) => Some(part.another(self.position())),
            _ => None,
        }
    }

    /// Goes to a byte of a plain file.
    pub(super) fn jump(&mut self, to: u64) {
        if let Pieces::Plain(part) = &mut self.pieces {
            part.jump(to);
            self.piece.clear();
            (self.before, self.at) = (to, 0);
        }
    }

    /// Tells how much of the file was read.
    pub(super) fn tell(&mut self) {
        let (len, taken) = (self.file.0, self.file.1.load(Ordering::Relaxed));
        self.progress.read(len.map_or(taken, |len| taken.min(len)), len);
    }

    /// Bytes from the beginning of the unpacked file.
    pub(super) fn position(&self) -> u64 {
        self.before + self.at as u64
    }

    pub(super) fn damaged(&self, what: impl Into<String>) -> SnapshotError {
        SnapshotError::new(ErrorKind::Damaged, self.position(), what)
    }

    /// What is left of the piece; the next piece if nothing is; nothing at the end of the file.
    pub(super) fn rest(&mut self) -> Result<&[u8], SnapshotError> {
        if self.at == self.piece.len() {
            self.before += self.at as u64;
            self.at = 0;
            let used = std::mem::take(&mut self.piece);
            let taken = &self.file.1;
            self.piece =
                self.pieces.next(used).map_err(|error| SnapshotError::read(taken.load(Ordering::Relaxed), error))?;
            self.tell();
        }
        Ok(&self.piece[self.at..])
    }

    /// Goes on by so many bytes of the rest.
    pub(super) fn advance(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// The byte here, `None` at the end.
    #[inline]
    pub(super) fn peek(&mut self) -> Result<Option<u8>, SnapshotError> {
        match self.piece.get(self.at) {
            Some(&byte) => Ok(Some(byte)),
            None => Ok(self.rest()?.first().copied()),
        }
    }

    /// Goes past the byte that was peeked.
    #[inline]
    pub(super) fn bump(&mut self) {
        self.at += 1;
    }

    /// The byte here, where the file must not end.
    #[inline]
    pub(super) fn need(&mut self, what: &str) -> Result<u8, SnapshotError> {
        let end = |at| SnapshotError::new(ErrorKind::Truncated, at, format!("the file ends where {what} was expected"));
        match self.peek()? {
            Some(byte) => Ok(byte),
            None => Err(end(self.position())),
        }
    }

    pub(super) fn expect(&mut self, byte: u8) -> Result<(), SnapshotError> {
        let what = format!("{:?}", char::from(byte));
        if self.need(&what)? != byte {
            return Err(self.damaged(format!("{what} was expected")));
        }
        self.bump();
        Ok(())
    }

    #[inline]
    pub(super) fn skip_white(&mut self) -> Result<(), SnapshotError> {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek()? {
            self.bump();
        }
        Ok(())
    }

    /// A key without its quotes. One that is very long or has escapes is none that is known: its beginning will do.
    pub(super) fn key(&mut self, key: &mut Vec<u8>) -> Result<(), SnapshotError> {
        key.clear();
        self.bump();
        loop {
            match self.need("the end of a section's name")? {
                b'"' => break,
                b'\\' => {
                    key.push(b'\\');
                    self.bump();
                    self.need("the end of a section's name")?;
                }
                byte if key.len() < 64 => key.push(byte),
                _ => {}
            }
            self.bump();
        }
        self.bump();
        Ok(())
    }

    /// The bytes of the object that begins here, at most `most`.
    pub(super) fn object(&mut self, most: usize) -> Result<Vec<u8>, SnapshotError> {
        if self.need("an object")? != b'{' {
            return Err(self.damaged("an object was expected"));
        }
        let mut bytes = Vec::new();
        self.value(|byte| {
            bytes.push(byte);
            bytes.len() <= most
        })?;
        Ok(bytes)
    }

    /// Goes past the value that begins here.
    pub(super) fn skip_value(&mut self) -> Result<(), SnapshotError> {
        self.value(|_| true)
    }

    /// Goes past the value that begins here, and shows its bytes.
    fn value(&mut self, mut see: impl FnMut(u8) -> bool) -> Result<(), SnapshotError> {
        let (mut depth, mut quoted, mut begun) = (0_u64, false, false);
        loop {
            let byte = self.need("the rest of a section")?;
            let mut ends = false;
            if quoted {
                match byte {
                    b'"' => {
                        quoted = false;
                        ends = depth == 0;
                    }
                    b'\\' => {
                        if !see(byte) {
                            break;
                        }
                        self.bump();
                        // Whatever is escaped, it is not the end.
                        let escaped = self.need("the rest of a string")?;
                        if !see(escaped) {
                            break;
                        }
                        self.bump();
                        continue;
                    }
                    _ => {}
                }
            } else {
                match byte {
                    b'"' => quoted = true,
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' if depth > 0 => {
                        depth -= 1;
                        ends = depth == 0;
                    }
                    // A number, `true`, `false` or `null` ends before what follows it.
                    b'}' | b']' | b',' | b' ' | b'\n' | b'\r' | b'\t' if depth == 0 => {
                        return if begun { Ok(()) } else { Err(self.damaged("a value was expected")) };
                    }
                    _ => {}
                }
            }
            begun = true;
            if !see(byte) {
                break;
            }
            self.bump();
            if ends {
                return Ok(());
            }
        }
        Err(SnapshotError::new(ErrorKind::Unsupported, self.position(), "the section \"snapshot\" is too long"))
    }
}
