//! The text of JavaScript strings, borrowed from the engine.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::ops::Deref;
use std::rc::Rc;

use rquickjs::qjs;

use super::runtime::Inner;

/// A string's text in UTF-8. Lone surrogates have become U+FFFD. Free for ASCII strings (shares the engine's memory), else a copy.
pub(crate) struct Utf8<'a> {
    text: Cow<'a, str>,
    ptr: *const std::ffi::c_char,
    owner: Rc<Inner>,
}

impl Utf8<'_> {
    /// Takes over what `JS_ToCStringLen2` returned.
    ///
    /// # Safety
    /// `ptr` came from `JS_ToCStringLen2` of a context of `owner`, is not null and is `len` bytes long.
    pub(super) unsafe fn from_raw<'a>(owner: Rc<Inner>, ptr: *const std::ffi::c_char, len: usize) -> Utf8<'a> {
        // SAFETY: the engine holds `len` bytes there until `JS_FreeCStringRT`, which runs when the result is dropped; the text is lent
        // out by `Deref` only, for less long. Strings never change.
        let bytes: &'a [u8] = unsafe { std::slice::from_raw_parts(ptr.cast(), len) };
        Utf8 { text: well_formed(bytes), ptr, owner }
    }

    /// The text as an owned string. **Copies.**
    pub(crate) fn to_owned(&self) -> String {
        self.text.as_ref().to_owned()
    }
}

impl Deref for Utf8<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl Drop for Utf8<'_> {
    fn drop(&mut self) {
        // SAFETY: `ptr` came from `JS_ToCStringLen2` of this runtime and is freed once.
        unsafe { qjs::JS_FreeCStringRT(self.owner.rt(), self.ptr) };
    }
}

/// The engine writes a lone surrogate as three bytes that are not UTF-8. Each such triple is one replacement character.
fn well_formed(bytes: &[u8]) -> Cow<'_, str> {
    let mut rest = match std::str::from_utf8(bytes) {
        Ok(text) => return Cow::Borrowed(text),
        Err(_) => bytes,
    };
    let mut text = String::with_capacity(bytes.len());
    while let Err(error) = std::str::from_utf8(rest) {
        let (good, bad) = rest.split_at(error.valid_up_to());
        text.push_str(&String::from_utf8_lossy(good));
        text.push('\u{fffd}');
        let surrogate = matches!(bad, [0xed, 0xa0..=0xbf, 0x80..=0xbf, ..]);
        rest = &bad[if surrogate { 3 } else { 1 }..];
    }
    text.push_str(&String::from_utf8_lossy(rest));
    Cow::Owned(text)
}

/// A string's UTF-16 code units, exactly. Free for strings that the engine keeps in 16 bits, else a copy.
pub(crate) struct Utf16<'a> {
    ptr: *const u16,
    len: usize,
    owner: Rc<Inner>,
    held: PhantomData<&'a ()>,
}

impl Utf16<'_> {
    /// Takes over what `JS_ToCStringLenUTF16` returned.
    ///
    /// # Safety
    /// As [`Utf8::from_raw`]; `len` counts units.
    pub(super) unsafe fn from_raw<'a>(owner: Rc<Inner>, ptr: *const u16, len: usize) -> Utf16<'a> {
        Utf16 { ptr, len, owner, held: PhantomData }
    }
}

impl Deref for Utf16<'_> {
    type Target = [u16];

    fn deref(&self) -> &[u16] {
        // SAFETY: the engine holds `len` units there until `JS_FreeCStringUTF16`. Strings never change.
        unsafe { std::slice::from_raw_parts(self.ptr, self.len) }
    }
}

impl Drop for Utf16<'_> {
    fn drop(&mut self) {
        // SAFETY: `ptr` came from `JS_ToCStringLenUTF16` of this runtime and is freed once.
        unsafe { qjs::JS_FreeCStringRT_UTF16(self.owner.rt(), self.ptr) };
    }
}

#[cfg(test)]
mod tests {
    use super::well_formed;

    #[test]
    fn a_lone_surrogate_is_one_replacement_character() {
        assert_eq!(well_formed(b"a\xed\xa0\x80b"), "a\u{fffd}b");
        assert_eq!(well_formed("grün".as_bytes()), "grün");
    }
}
