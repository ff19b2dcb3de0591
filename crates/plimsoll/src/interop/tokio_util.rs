//! `tokio-util`: decoders that know only `BytesMut`.

use crate::decode::Decode;
use crate::reader::Reader;
use bytes::BytesMut;
use tokio_util::codec::Decoder;

/// Any `tokio_util` [`Decoder`] as a [`Decode`], for [`FramedReader`](crate::FramedReader): a protocol that is there already, under
/// a budget.
///
/// **Copies** every byte once, out of the reader's chunk into a `BytesMut` that the decoder cuts its frames from. The chunk is
/// used again and again, so the reader's budget sees one chunk at most: not what the decoder gathers, nor the frames, which are the
/// decoder's own. Where that counts, write a [`Decode`].
///
/// ```
/// use plimsoll::{FramedReader, ViaBytesMut};
/// use tokio_util::codec::LinesCodec;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let mut lines = FramedReader::new(&b"one\ntwo"[..], ViaBytesMut::new(LinesCodec::new()));
/// assert_eq!(lines.next().await.unwrap()?, "one");
/// assert_eq!(lines.next().await.unwrap()?, "two");
/// assert!(lines.next().await.is_none());
/// # Ok::<(), tokio_util::codec::LinesCodecError>(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct ViaBytesMut<D> {
    decoder: D,
    bytes: BytesMut,
}

impl<D> ViaBytesMut<D> {
    /// The decoder, with nothing gathered yet.
    #[must_use]
    pub fn new(decoder: D) -> Self {
        Self { decoder, bytes: BytesMut::new() }
    }

    /// The decoder, and what it was given that is no frame yet.
    #[must_use]
    pub fn into_parts(self) -> (D, BytesMut) {
        (self.decoder, self.bytes)
    }

    fn take_all(&mut self, reader: &mut Reader) {
        self.bytes.extend_from_slice(reader);
        let all = reader.len();
        let Ok(()) = reader.advance(all) else { unreachable!("as many as there are") };
    }
}

impl<D: Decoder> Decode for ViaBytesMut<D> {
    type Item = D::Item;
    type Error = D::Error;

    fn decode(&mut self, reader: &mut Reader) -> Result<Option<D::Item>, D::Error> {
        self.take_all(reader);
        self.decoder.decode(&mut self.bytes)
    }

    fn decode_eof(&mut self, reader: &mut Reader) -> Result<Option<D::Item>, D::Error> {
        self.take_all(reader);
        self.decoder.decode_eof(&mut self.bytes)
    }
}
