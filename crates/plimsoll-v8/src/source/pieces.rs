//! Pieces of bytes, filled ahead by a thread of their own where they do not come from a plain file.

use super::Part;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

/// Bytes in a piece. Two or three are around at a time.
const PIECE: usize = 1 << 20;

/// A reader's bytes, a piece at a time.
pub(crate) enum Pieces {
    /// All that there was came in the first piece.
    Short(Option<Vec<u8>>),
    Ahead {
        first: Option<Vec<u8>>,
        full: Receiver<io::Result<Vec<u8>>>,
        empty: Sender<Vec<u8>>,
    },
    Plain(Part),
}

impl Pieces {
    pub(crate) fn new(mut reader: Box<dyn Read + Send>) -> io::Result<Self> {
        let mut first = Vec::new();
        fill(&mut *reader, &mut first)?;
        if first.len() < PIECE {
            return Ok(Pieces::Short(Some(first)));
        }
        let (give, full) = sync_channel(2);
        let (empty, take) = channel();
        std::thread::Builder::new().name("snapshot reader".into()).spawn(move || read_ahead(reader, &give, &take))?;
        Ok(Pieces::Ahead { first: Some(first), full, empty })
    }

    /// The next piece in place of `used`; an empty one at the end.
    pub(crate) fn next(&mut self, used: Vec<u8>) -> io::Result<Vec<u8>> {
        match self {
            Pieces::Plain(part) => part.next(used),
            Pieces::Short(piece) => Ok(piece.take().unwrap_or_default()),
            Pieces::Ahead { first, full, empty } => {
                if let Some(piece) = first.take() {
                    return Ok(piece);
                }
                // The thread may be gone, at the end; then nobody needs the memory.
                let _ = empty.send(used);
                full.recv().unwrap_or_else(|_| Ok(Vec::new()))
            }
        }
    }
}

/// Ends when the reader does, or when nobody listens.
fn read_ahead(mut reader: Box<dyn Read + Send>, give: &SyncSender<io::Result<Vec<u8>>>, take: &Receiver<Vec<u8>>) {
    loop {
        let mut piece = take.try_recv().unwrap_or_default();
        let filled = fill(&mut *reader, &mut piece).map(|()| piece);
        let last = !matches!(&filled, Ok(piece) if piece.len() == PIECE);
        if give.send(filled).is_err() || last {
            return;
        }
    }
}

/// Fills a piece; less than [`PIECE`] only at the end.
fn fill(reader: &mut (dyn Read + Send), piece: &mut Vec<u8>) -> io::Result<()> {
    piece.clear();
    piece.reserve_exact(PIECE);
    reader.take(PIECE as u64).read_to_end(piece).map(drop)
}
