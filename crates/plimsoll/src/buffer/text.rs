//! Text in and out, in Node's encodings.

use super::Buffer;
use crate::audit::{self, Site};
use crate::encoding::Encoding;

impl Buffer {
    /// The bytes of `text` in `encoding`. Node: `Buffer.from(text, encoding)`. Pooled when small.
    ///
    /// As lenient as Node: hexadecimal ends at the first bad pair, base64 skips what is no base64.
    ///
    /// # Panics
    /// When the memory cannot be had.
    #[must_use]
    #[track_caller]
    pub fn from_text(text: &str, encoding: Encoding) -> Self {
        if encoding == Encoding::Utf8 {
            Self::copy_from(text.as_bytes())
        } else {
            Self::copy_from(&encoding.encode(text))
        }
    }

    /// The bytes as text. Node: `buf.toString(encoding)`. **Copies**. Broken UTF-8 and lone surrogates become U+FFFD.
    #[must_use]
    #[track_caller]
    pub fn to_text(&self, encoding: Encoding) -> String {
        audit::count_stringified(Site::caller(), self.len());
        encoding.decode_cells(self.cells())
    }

    /// Writes as much of `text` as fits, never part of a character, and says how many bytes that was. Node: `buf.write`.
    pub fn write_text(&self, text: &str, encoding: Encoding) -> usize {
        encoding.write(text, self.cells())
    }
}
