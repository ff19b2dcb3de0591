//! A TCP connection whose calls are not ended by signals.

use std::io::{ErrorKind, Read, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Calls with a time limit end early when this process is stopped and continued, even where nobody handles a signal. They are made
/// again.
pub(crate) struct Stream(TcpStream);

impl Stream {
    pub(crate) fn connect(at: SocketAddr, within: Duration) -> Result<Stream> {
        TcpStream::connect_timeout(&at, within).map(Stream)
    }

    pub(crate) fn tcp(&self) -> &TcpStream {
        &self.0
    }
}

fn again<T>(mut call: impl FnMut() -> Result<T>) -> Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        again(|| self.0.read(buffer))
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        again(|| self.0.write(bytes))
    }

    fn flush(&mut self) -> Result<()> {
        again(|| self.0.flush())
    }
}
