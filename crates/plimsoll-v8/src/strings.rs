//! The strings of a snapshot: one block of text, and where each begins.

use std::borrow::Cow;

/// Strings that share one base.
const GROUP: usize = 256;

/// Many strings in one block of text. An offset has 32 bits, from the beginning of its group of 256.
#[derive(Debug, Default)]
pub(crate) struct Strings {
    text: String,
    bases: Vec<u64>,
    ends: Vec<u32>,
}

impl Strings {
    pub(crate) fn len(&self) -> u32 {
        self.ends.len() as u32
    }

    /// The string with that number.
    ///
    /// # Panics
    /// If there is no such string.
    #[inline]
    pub(crate) fn get(&self, index: u32) -> &str {
        let index = index as usize;
        let base = self.bases[index / GROUP];
        let begin = if index.is_multiple_of(GROUP) { base } else { base + u64::from(self.ends[index - 1]) };
        &self.text[begin as usize..(base + u64::from(self.ends[index])) as usize]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> + '_ {
        (0..self.len()).map(|index| self.get(index))
    }

    /// The numbers of the strings that read so: one each, unless the file has some of them twice.
    pub(crate) fn find_all<const N: usize>(&self, wanted: [&str; N]) -> [Vec<u32>; N] {
        let mut found = [const { Vec::new() }; N];
        for (index, string) in (0..).zip(self.iter()) {
            if let Some(which) = wanted.iter().position(|&wanted| wanted == string) {
                found[which].push(index);
            }
        }
        found
    }

    /// Bytes of memory.
    pub(crate) fn bytes(&self) -> usize {
        self.text.capacity() + self.bases.capacity() * 8 + self.ends.capacity() * 4
    }
}

/// Gathers strings; the text may be any bytes until it is complete.
#[derive(Default)]
pub(crate) struct Gather {
    pub(crate) text: Vec<u8>,
    bases: Vec<u64>,
    ends: Vec<u32>,
}

impl Gather {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Ends the string that the text was written for. `false` if 256 strings have more than 4 GiB.
    #[must_use]
    pub(crate) fn end(&mut self, begin: usize) -> bool {
        if self.ends.len().is_multiple_of(GROUP) {
            self.bases.push(begin as u64);
        }
        let base = self.bases[self.bases.len() - 1];
        let Ok(end) = u32::try_from(self.text.len() as u64 - base) else { return false };
        self.ends.push(end);
        true
    }

    /// What is not UTF-8 becomes U+FFFD. `None` if that makes it too long.
    pub(crate) fn finish(mut self) -> Option<Strings> {
        self.ends.shrink_to_fit();
        match String::from_utf8(self.text) {
            Ok(mut text) if whole(&text, &self.bases, &self.ends) => {
                text.shrink_to_fit();
                Some(Strings { text, bases: self.bases, ends: self.ends })
            }
            Ok(text) => Gather::mended(text.as_bytes(), &self.bases, &self.ends),
            Err(error) => Gather::mended(error.as_bytes(), &self.bases, &self.ends),
        }
    }

    fn mended(text: &[u8], bases: &[u64], ends: &[u32]) -> Option<Strings> {
        let mut mended = Gather::default();
        for (i, &end) in ends.iter().enumerate() {
            let base = bases[i / GROUP];
            let begin = if i.is_multiple_of(GROUP) { base } else { base + u64::from(ends[i - 1]) };
            let string = String::from_utf8_lossy(&text[begin as usize..(base + u64::from(end)) as usize]);
            let at = mended.text.len();
            mended.text.extend_from_slice(Cow::as_ref(&string).as_bytes());
            if !mended.end(at) {
                return None;
            }
        }
        Some(Strings { text: String::from_utf8(mended.text).ok()?, bases: mended.bases, ends: mended.ends })
    }
}

/// Whether no character goes on from one string into the next.
fn whole(text: &str, bases: &[u64], ends: &[u32]) -> bool {
    let mut ends = ends.iter().enumerate();
    ends.all(|(i, &end)| text.is_char_boundary((bases[i / GROUP] + u64::from(end)) as usize))
}
