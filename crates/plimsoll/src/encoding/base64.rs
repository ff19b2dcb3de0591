//! Base64 as leniently as Node reads it.
//!
//! Node takes both alphabets at once, skips every character of neither, and ends at the first `=`. Whatever text a strict
//! decoder accepts means the same to this rule, so text is tried strictly first, a block at a time, at vector speed. A
//! block that fails is copied with the junk left out and the alphabet made one, and then decoded the same way:
//!
//! ```text
//! text    Zm9v Ymf_\r\nYmF6 ...
//! legal   Zm9vYmf/YmF6           whole groups of four are decoded, what is left stays in front
//! ```

use base64_simd::{AsOut, Base64, STANDARD_NO_PAD};
use std::mem::MaybeUninit;

/// How many characters are tried together; a multiple of four. Small, so that bad text repeats little work.
const BLOCK: usize = 1024;

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
        let block = text.len().min(BLOCK) / 4 * 4;
        // Never straight into `out`: a decoder that fails may have written beyond what it understood.
        let mut bytes = [const { MaybeUninit::uninit() }; BLOCK / 4 * 3];
        if block > 0 {
            if let Ok(bytes) = alphabet.decode(&text[..block], bytes.as_mut_slice().as_out()) {
                written += put(bytes, room);
                text = &text[block..];
                continue;
            }
        }
        let mut legal = [b'A'; BLOCK];
        let (taken, found) = gather(text, &mut legal);
        text = &text[taken..];
        // The last group may be short. What the filler after it stands for is cut off again.
        legal[found..].fill(b'A');
        let groups = &legal[..found.next_multiple_of(4)];
        let Ok(bytes) = STANDARD_NO_PAD.decode(groups, bytes.as_mut_slice().as_out()) else { break };
        written += put(&bytes[..bytes_in(found)], room);
    }
    written
}

/// Collects the legal characters of a block, and of a little more to complete the last group, unless the text ends there.
/// Says how much text that took and how many characters it gave.
fn gather(text: &[u8], legal: &mut [u8; BLOCK]) -> (usize, usize) {
    let (mut taken, mut found) = (0, 0usize);
    for &character in text {
        if taken >= BLOCK && found.is_multiple_of(4) {
            break;
        }
        let character = LEGAL[usize::from(character)];
        legal[found] = character;
        found += usize::from(character != 0);
        taken += 1;
    }
    (taken, found)
}

fn put(bytes: &[u8], out: &mut [u8]) -> usize {
    let n = bytes.len().min(out.len());
    out[..n].copy_from_slice(&bytes[..n]);
    n
}
