//! `tokio`: a `Reader` is filled from any `AsyncRead`, without zeroing its room first.

use crate::raw::clock;
use crate::reader::Reader;
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt as _};

impl Reader {
    /// Reads once from `source` and says how many bytes came; 0 is the end. Takes what fits in the chunk's room, and makes room
    /// for at least half a chunk when little is left.
    ///
    /// Waits for the reader's budget, if it has one. Dropping the future before it is ready loses nothing.
    ///
    /// # Errors
    /// Those of the source, and [`io::ErrorKind::OutOfMemory`] when there is no room to be had.
    pub async fn fill_from(&mut self, source: &mut (impl AsyncRead + Unpin)) -> io::Result<usize> {
        clock::tick();
        self.reserve_when_free(self.chunk_size().div_ceil(2))
            .await
            .map_err(|error| io::Error::new(io::ErrorKind::OutOfMemory, error))?;
        source.read_buf(self).await
    }
}
