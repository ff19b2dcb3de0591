//! Text as UTF-16 units, in the smaller of two forms.

use super::{latin1, utf8};
use std::borrow::Cow;

/// What every encoding but UTF-8 starts from. Most text is ASCII, and then a unit is a byte that is already there.
pub(super) enum Units<'a> {
    /// Each byte is one unit, below 0x80.
    Ascii(&'a [u8]),
    /// Any units.
    Wide(Cow<'a, [u16]>),
}

impl<'a> Units<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        if text.is_ascii() {
            return Units::Ascii(text.as_bytes());
        }
        let mut units = Vec::with_capacity(text.len());
        utf8::push_units(text, &mut units);
        Units::Wide(Cow::Owned(units))
    }

    pub(super) fn wide(units: &'a [u16]) -> Self {
        Units::Wide(Cow::Borrowed(units))
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Units::Ascii(text) => text.len(),
            Units::Wide(units) => units.len(),
        }
    }

    /// How many `=` it ends with, at most two.
    pub(super) fn padding(&self) -> usize {
        fn count(last: impl Iterator<Item = bool>) -> usize {
            last.take(2).take_while(|&is_padding| is_padding).count()
        }
        match self {
            Units::Ascii(text) => count(text.iter().rev().map(|&byte| byte == b'=')),
            Units::Wide(units) => count(units.iter().rev().map(|&unit| unit == u16::from(b'='))),
        }
    }

    pub(super) fn utf8_len(&self) -> usize {
        match self {
            Units::Ascii(text) => text.len(),
            Units::Wide(units) => utf8::len_of_units(units),
        }
    }

    /// The low byte of each unit: all that Latin-1, base64 and hex look at, in Node too, where a unit above 0xff therefore
    /// counts as the character that its low byte is.
    pub(super) fn low_bytes(&self) -> Cow<'_, [u8]> {
        match self {
            Units::Ascii(text) => Cow::Borrowed(text),
            Units::Wide(units) => Cow::Owned(latin1::low_bytes(units)),
        }
    }
}
