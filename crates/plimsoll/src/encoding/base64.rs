//! Base64 as leniently as Node reads it.
//!
//! Node takes both alphabets at once, skips every character of neither, and ends at the first `=`. Whatever text a strict
//! decoder accepts means the same to this rule, so text is tried strictly first, a block at a time, at vector speed. A
//! block that fails is copied with the junk left out and the alphabet made one, and then decoded the same way:
//!
//! ```text
//! text    Zm9v Ymf_\r\nYm|F6...    a block ends here: it goes on until its last group is whole
//! legal   Zm9vYmf/YmF6
//! ```

use base64_simd::{AsOut, Base64, STANDARD_NO_PAD};
use std::mem::MaybeUninit;

/// How many characters are decoded together; a multiple of four.
const BLOCK: usize = 4096;

/// For each character of either alphabet the one of the standard alphabet, and 0 for junk.
const LEGAL: [u8; 256] = {
    let standard = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut table = [0; 256];
    let mut i = 0;
    while i < standard.len() {
        table[standard[i] as usize] = standard[i];
        i += 1;
    }
    table[b'-' as usize] = b'+';
    table[b'_' as usize] = b'/';
    table
};

/// Node's `byteLength`: three bytes for four characters, of which `padding` (at most two) are `=` at the end.
pub(super) fn estimate(units: usize, padding: usize) -> usize {
    bytes_in(units - padding)
}

/// How many whole bytes so many characters hold.
fn bytes_in(characters: usize) -> usize {
    characters / 4 * 3 + characters % 4 * 3 / 4
}

/// Writes what `text` means, as much as fits. `alphabet` is the one that is probably used.
pub(super) fn write(text: &[u8], alphabet: &Base64, out: &mut [u8]) -> usize {
    let mut text = &text[..memchr::memchr(b'=', text).unwrap_or(text.len())];
    let mut written = 0;
    while !text.is_empty() && written < out.len() {
        let room = &mut out[written..];
        let groups = &text[..text.len().min(BLOCK) / 4 * 4];
        let (read, wrote) = match strict(groups, alphabet, room) {
            Some(wrote) => (groups.len(), wrote),
            // What is left when the last group is short comes this way too, and should not pay for a whole block.
            None if text.len() <= 64 => lenient::<64>(text, room),
            None => lenient::<BLOCK>(text, room),
        };
        text = &text[read..];
        written += wrote;
    }
    written
}

/// Writes whole groups that are nothing but base64 in one alphabet.
fn strict(groups: &[u8], alphabet: &Base64, out: &mut [u8]) -> Option<usize> {
    if groups.is_empty() {
        return None;
    }
    // Not straight into `out`: a decoder that fails may have written beyond what it understood.
    let mut bytes = [const { MaybeUninit::uninit() }; BLOCK / 4 * 3];
    let bytes = alphabet.decode(groups, bytes.as_mut_slice().as_out()).ok()?;
    Some(put(bytes, out))
}

/// Writes what `N` characters mean, and a few more to complete the last group, unless the text ends there. Says how many
/// characters that took and how many bytes it gave.
fn lenient<const N: usize>(text: &[u8], out: &mut [u8]) -> (usize, usize) {
    let mut legal = [0; N];
    // Keeps `character` if it is legal: writes it in any case, but moves on only then.
    let mut keep = |found: usize, character: u8| {
        let character = LEGAL[usize::from(character)];
        legal[found] = character;
        found + usize::from(character != 0)
    };
    let (block, more) = text.split_at(text.len().min(N));
    let mut found = block.iter().fold(0, |found, &character| keep(found, character));
    let mut taken = block.len();
    for &character in more {
        if found.is_multiple_of(4) {
            break;
        }
        found = keep(found, character);
        taken += 1;
    }
    // A short group at the end of the text is filled up; what the filler stands for is cut off again.
    legal[found..].fill(b'A');
    let mut bytes = [const { MaybeUninit::uninit() }; N];
    let groups = &legal[..found.next_multiple_of(4)];
    let written = match STANDARD_NO_PAD.decode(groups, bytes.as_mut_slice().as_out()) {
        Ok(bytes) => put(&bytes[..bytes_in(found)], out),
        Err(_) => 0,
    };
    (taken, written)
}

fn put(bytes: &[u8], out: &mut [u8]) -> usize {
    let n = bytes.len().min(out.len());
    out[..n].copy_from_slice(&bytes[..n]);
    n
}
