//! Text to bytes and back, as Node's `Buffer` does it.
//!
//! JavaScript's text is a sequence of UTF-16 units in which surrogates need not come in pairs; Rust's is `str`. Each
//! operation takes or gives either: the functions named `…_utf16` are exact for any JavaScript string, the others are for
//! Rust. Decoding is as lenient as Node's: junk in base64 is skipped, hex stops at the first bad pair, broken UTF-8 becomes
//! U+FFFD as the [WHATWG standard](https://encoding.spec.whatwg.org/#utf-8-decoder) says. Nothing here fails.
//!
//! ```
//! use plimsoll::encoding::Encoding;
//!
//! assert_eq!(Encoding::Hex.encode("c0ffee, please"), [0xc0, 0xff, 0xee]);
//! assert_eq!(Encoding::Base64.decode(b"tea"), "dGVh");
//! assert_eq!(Encoding::parse("UTF-8"), Some(Encoding::Utf8));
//! ```

mod base64;
mod hex;
mod latin1;
mod units;
mod utf16;
mod utf8;

use crate::raw::leaf;
use std::cell::Cell;
use std::fmt;
use units::Units;

/// How text is written as bytes: the encodings that Node's `Buffer` knows.
///
/// Where text becomes bytes, "copies" is the word throughout: no function here shares memory with its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// UTF-8. A lone surrogate is written as U+FFFD, and broken bytes are read as U+FFFD.
    Utf8,
    /// UTF-16, the low byte of each unit first. An odd byte at the end is left out.
    Utf16Le,
    /// One byte a unit: its low byte. Bytes are read as U+0000 to U+00FF. Node also calls it `binary`.
    Latin1,
    /// Written as Latin-1; read with the high bit of each byte taken off.
    Ascii,
    /// Base64 with padding. Reading also takes the URL-safe alphabet, skips what is no base64, and ends at the first `=`.
    Base64,
    /// Base64 in the URL-safe alphabet, written without padding; read as [`Base64`](Self::Base64) is.
    Base64Url,
    /// Two lower-case digits a byte. Reading takes both cases and ends before the first pair that is not two digits.
    Hex,
}

/// One row a name that Node accepts; the first row of an encoding is what Node itself calls it.
const NAMES: [(&str, Encoding); 12] = [
    ("utf8", Encoding::Utf8),
    ("utf-8", Encoding::Utf8),
    ("utf16le", Encoding::Utf16Le),
    ("utf-16le", Encoding::Utf16Le),
    ("ucs2", Encoding::Utf16Le),
    ("ucs-2", Encoding::Utf16Le),
    ("latin1", Encoding::Latin1),
    ("binary", Encoding::Latin1),
    ("ascii", Encoding::Ascii),
    ("base64", Encoding::Base64),
    ("base64url", Encoding::Base64Url),
    ("hex", Encoding::Hex),
];

impl Encoding {
    /// The encoding with that name, in capitals or not, if Node knows one.
    ///
    /// ```
    /// use plimsoll::encoding::Encoding;
    /// assert_eq!(Encoding::parse("ucs2"), Some(Encoding::Utf16Le));
    /// assert_eq!(Encoding::parse("Binary"), Some(Encoding::Latin1));
    /// assert_eq!(Encoding::parse("utf-7"), None);
    /// ```
    pub fn parse(name: &str) -> Option<Encoding> {
        NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|&(_, encoding)| encoding)
    }

    /// What Node calls it: `utf8`, `utf16le`, `latin1`, `ascii`, `base64`, `base64url` or `hex`.
    ///
    /// ```
    /// assert_eq!(plimsoll::encoding::Encoding::Utf16Le.name(), "utf16le");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf8",
            Encoding::Utf16Le => "utf16le",
            Encoding::Latin1 => "latin1",
            Encoding::Ascii => "ascii",
            Encoding::Base64 => "base64",
            Encoding::Base64Url => "base64url",
            Encoding::Hex => "hex",
        }
    }

    /// Node's `Buffer.byteLength(text, encoding)`: how many bytes [`encode`](Self::encode) gives, except that for base64 and
    /// hex it is an estimate from the length and the padding, which is never too small. Cost: one pass, no allocation.
    ///
    /// ```
    /// use plimsoll::encoding::Encoding;
    /// assert_eq!(Encoding::Utf8.byte_length("½ + ¼"), 7);
    /// assert_eq!(Encoding::Utf16Le.byte_length("½ + ¼"), 10);
    /// assert_eq!(Encoding::Base64.byte_length("YQ=="), 1);
    /// assert_eq!(Encoding::Base64.byte_length("Y Q\n=="), 3);
    /// ```
    pub fn byte_length(self, text: &str) -> usize {
        match self {
            Encoding::Utf8 => text.len(),
            Encoding::Base64 | Encoding::Base64Url => {
                let padding = text.bytes().rev().take_while(|&byte| byte == b'=').take(2).count();
                base64::estimate(utf16::len(text), padding)
            }
            _ => self.length_of_units(utf16::len(text)),
        }
    }

    /// [`byte_length`](Self::byte_length) of any JavaScript string.
    ///
    /// ```
    /// use plimsoll::encoding::Encoding;
    /// assert_eq!(Encoding::Utf8.byte_length_utf16(&[0x61, 0xd83d]), 1 + 3);
    /// ```
    pub fn byte_length_utf16(self, units: &[u16]) -> usize {
        self.length_needed(&Units::wide(units))
    }

    /// **Copies** the text into bytes: what `Buffer.from(text, encoding)` holds.
    ///
    /// ```
    /// use plimsoll::encoding::Encoding;
    /// assert_eq!(Encoding::Latin1.encode("é€"), [0xe9, 0xac]);
    /// assert_eq!(Encoding::Base64.encode("aGk!"), b"hi");
    /// assert_eq!(Encoding::Hex.encode("0102zz03"), [1, 2]);
    /// ```
    pub fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Encoding::Utf8 => text.as_bytes().to_vec(),
            _ => self.encode_units(&Units::of(text)),
        }
    }

    /// [`encode`](Self::encode) for any JavaScript string.
    ///
    /// ```
    /// use plimsoll::encoding::Encoding;
    /// assert_eq!(Encoding::Utf8.encode_utf16(&[0xd800]), "\u{fffd}".as_bytes());
    /// assert_eq!(Encoding::Utf16Le.encode_utf16(&[0xd800]), [0x00, 0xd8]);
    /// ```
    pub fn encode_utf16(self, units: &[u16]) -> Vec<u8> {
        self.encode_units(&Units::wide(units))
    }

    /// **Copies** as much of the text as fits into `to`, and says how many bytes that took: Node's `buf.write`.
    ///
    /// No character is written in part: UTF-8 ends before the first character that does not fit, UTF-16 with the last whole
    /// unit. The bytes behind stay as they are.
    ///
    /// ```
    /// use plimsoll::encoding::Encoding;
    /// use std::cell::Cell;
    ///
    /// let mut memory = *b"......";
    /// let to = Cell::from_mut(&mut memory[..]).as_slice_of_cells();
    /// assert_eq!(Encoding::Utf8.write("a€€", to), 4);
    /// assert_eq!(&memory, b"a\xe2\x82\xac..");
    /// ```
    pub fn write(self, text: &str, to: &[Cell<u8>]) -> usize {
        match self {
            Encoding::Utf8 => leaf::write(to, text, |out, text| utf8::write(text, out)),
            _ => self.write_cells(&Units::of(text), to),
        }
    }

    /// [`write`](Self::write) for any JavaScript string.
    ///
    /// ```
    /// use plimsoll::encoding::Encoding;
    /// use std::cell::Cell;
    ///
    /// let mut memory = [0; 3];
    /// let to = Cell::from_mut(&mut memory[..]).as_slice_of_cells();
    /// assert_eq!(Encoding::Utf16Le.write_utf16(&[0x6162, 0x6364], to), 2);
    /// assert_eq!(&memory, b"ba\0");
    /// ```
    pub fn write_utf16(self, units: &[u16], to: &[Cell<u8>]) -> usize {
        self.write_cells(&Units::wide(units), to)
    }

    /// **Copies** the bytes into text: Node's `buf.toString(encoding)`, except that a lone surrogate in UTF-16 becomes
    /// U+FFFD, which a Rust string cannot do without. [`decode_utf16`](Self::decode_utf16) keeps it.
    ///
    /// ```
    /// use plimsoll::encoding::Encoding;
    /// assert_eq!(Encoding::Utf8.decode(b"a\xe2\x82b"), "a\u{fffd}b");
    /// assert_eq!(Encoding::Ascii.decode(b"\xe1"), "a");
    /// assert_eq!(Encoding::Base64Url.decode(b"\xff\xee"), "_-4");
    /// ```
    pub fn decode(self, bytes: &[u8]) -> String {
        match self {
            Encoding::Utf8 => utf8::decode(bytes),
            Encoding::Utf16Le => utf16::decode(bytes),
            Encoding::Latin1 => latin1::decode(bytes),
            Encoding::Ascii => latin1::decode_ascii(bytes),
            Encoding::Base64 => ::base64_simd::STANDARD.encode_to_string(bytes),
            Encoding::Base64Url => ::base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes),
            Encoding::Hex => hex::decode(bytes),
        }
    }

    /// [`decode`](Self::decode) of a view's bytes.
    ///
    /// ```
    /// use plimsoll::encoding::Encoding;
    /// use std::cell::Cell;
    ///
    /// let mut memory = [0xca, 0xfe];
    /// let bytes = Cell::from_mut(&mut memory[..]).as_slice_of_cells();
    /// assert_eq!(Encoding::Hex.decode_cells(bytes), "cafe");
    /// ```
    pub fn decode_cells(self, bytes: &[Cell<u8>]) -> String {
        leaf::read(bytes, self, |bytes, encoding| encoding.decode(bytes))
    }

    /// Adds to `out` the exact UTF-16 units of Node's `buf.toString(encoding)`.
    ///
    /// ```
    /// use plimsoll::encoding::Encoding;
    /// use std::cell::Cell;
    ///
    /// let mut memory = [0x00, 0xd8, 0x61];
    /// let bytes = Cell::from_mut(&mut memory[..]).as_slice_of_cells();
    /// let mut out = vec![];
    /// Encoding::Utf16Le.decode_utf16(bytes, &mut out);
    /// Encoding::Utf8.decode_utf16(&bytes[2..], &mut out);
    /// assert_eq!(out, [0xd800, 0x61]);
    /// ```
    pub fn decode_utf16(self, bytes: &[Cell<u8>], out: &mut Vec<u16>) {
        leaf::read(bytes, (self, out), |bytes, (encoding, out)| match encoding {
            Encoding::Utf8 => utf8::decode_units(bytes, out),
            Encoding::Utf16Le => utf16::decode_units(bytes, out),
            Encoding::Latin1 => latin1::widen(bytes, out),
            Encoding::Ascii => out.extend(bytes.iter().map(|&byte| u16::from(byte & 0x7f))),
            Encoding::Base64 | Encoding::Base64Url | Encoding::Hex => {
                latin1::widen(encoding.decode(bytes).as_bytes(), out);
            }
        });
    }

    /// For the encodings in which the number of units decides.
    fn length_of_units(self, units: usize) -> usize {
        match self {
            Encoding::Utf16Le => units * 2,
            Encoding::Hex => units / 2,
            _ => units,
        }
    }

    fn length_needed(self, text: &Units<'_>) -> usize {
        match self {
            Encoding::Utf8 => text.utf8_len(),
            Encoding::Base64 | Encoding::Base64Url => base64::estimate(text.len(), text.padding()),
            _ => self.length_of_units(text.len()),
        }
    }

    fn encode_units(self, text: &Units<'_>) -> Vec<u8> {
        let mut out = vec![0; self.length_needed(text)];
        let written = self.write_units(text, &mut out);
        if written < out.len() {
            out.truncate(written);
            out.shrink_to_fit();
        }
        out
    }

    fn write_cells(self, text: &Units<'_>, to: &[Cell<u8>]) -> usize {
        leaf::write(to, (self, text), |out, (encoding, text)| encoding.write_units(text, out))
    }

    fn write_units(self, text: &Units<'_>, out: &mut [u8]) -> usize {
        match self {
            Encoding::Utf8 => match text {
                Units::Ascii(text) => latin1::write(text, out),
                Units::Wide(units) => utf8::write_units(units, out),
            },
            Encoding::Utf16Le => match text {
                Units::Ascii(text) => utf16::write_widened(text, out),
                Units::Wide(units) => utf16::write_units(units, out),
            },
            Encoding::Latin1 | Encoding::Ascii => match text {
                Units::Ascii(text) => latin1::write(text, out),
                Units::Wide(units) => latin1::write_units(units, out),
            },
            Encoding::Base64 => base64::write(&text.low_bytes(), &base64_simd::STANDARD_NO_PAD, out),
            Encoding::Base64Url => base64::write(&text.low_bytes(), &base64_simd::URL_SAFE_NO_PAD, out),
            Encoding::Hex => hex::write(&text.low_bytes(), out),
        }
    }
}

/// Its [`name`](Encoding::name).
impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether the bytes are whole and valid UTF-8. Node's `buffer.isUtf8`.
///
/// ```
/// use std::cell::Cell;
///
/// let mut memory = *b"\xe2\x82\xac";
/// let bytes = Cell::from_mut(&mut memory[..]).as_slice_of_cells();
/// assert!(plimsoll::encoding::is_utf8(bytes));
/// assert!(!plimsoll::encoding::is_utf8(&bytes[..2]));
/// ```
pub fn is_utf8(bytes: &[Cell<u8>]) -> bool {
    leaf::read(bytes, (), |bytes, ()| std::str::from_utf8(bytes).is_ok())
}

/// Whether every byte is below 0x80. Node's `buffer.isAscii`.
///
/// ```
/// use std::cell::Cell;
///
/// let mut memory = *b"abc\x80";
/// let bytes = Cell::from_mut(&mut memory[..]).as_slice_of_cells();
/// assert!(plimsoll::encoding::is_ascii(&bytes[..3]));
/// assert!(!plimsoll::encoding::is_ascii(bytes));
/// ```
pub fn is_ascii(bytes: &[Cell<u8>]) -> bool {
    leaf::read(bytes, (), |bytes, ()| bytes.is_ascii())
}
