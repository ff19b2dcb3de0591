//! Copies and fills at the speed of whole words.
//!
//! A run of bytes is an *edge* within its first word, a *body* of whole words and an edge within its last word. Edges are lanes;
//! the body is one relaxed access a word, eight words a turn. Where the bytes of two memories do not lie alike in their words, each
//! word of the body is put together from two.

use super::lanes;
use crate::raw::sync::{AtomicU64, Ordering::Relaxed};
use crate::raw::words::WORD;
use std::array;
use std::mem::MaybeUninit;

/// Words a turn.
const TURN: usize = 8;

/// How many of the `len` bytes from `at` on come before the first word boundary.
#[inline]
fn edge(at: usize, len: usize) -> usize {
    (at.wrapping_neg() % WORD).min(len)
}

/// Fills `to` with the bytes from `at` on. Every byte of `to` is written.
pub(crate) fn copy_out(words: &[AtomicU64], at: usize, to: &mut [MaybeUninit<u8>]) {
    let (first, rest) = to.split_at_mut(edge(at, to.len()));
    let body_at = at + first.len();
    let (body, last) = rest.as_chunks_mut::<WORD>();
    out_edge(words, at, first);
    out_body(&words[body_at / WORD..][..body.len()], body);
    out_edge(words, body_at + WORD * body.len(), last);
}

fn out_edge(words: &[AtomicU64], at: usize, to: &mut [MaybeUninit<u8>]) {
    if !to.is_empty() {
        let bytes = lanes::read(words, at, to.len()).to_le_bytes();
        for (to, byte) in to.iter_mut().zip(bytes) {
            to.write(byte);
        }
    }
}

fn out_body(words: &[AtomicU64], to: &mut [[MaybeUninit<u8>; WORD]]) {
    let put = |to: &mut [MaybeUninit<u8>; WORD], word: &AtomicU64| {
        *to = word.load(Relaxed).to_ne_bytes().map(MaybeUninit::new);
    };
    let (turns, words) = words.as_chunks::<TURN>();
    let (to_turns, to) = to.as_chunks_mut::<TURN>();
    for (words, to) in turns.iter().zip(to_turns) {
        for i in 0..TURN {
            put(&mut to[i], &words[i]);
        }
    }
    for (word, to) in words.iter().zip(to) {
        put(to, word);
    }
}

/// Writes `from` to the bytes from `at` on.
pub(crate) fn copy_in(words: &[AtomicU64], at: usize, from: &[u8]) {
    let (first, rest) = from.split_at(edge(at, from.len()));
    let body_at = at + first.len();
    let (body, last) = rest.as_chunks::<WORD>();
    in_edge(words, at, first);
    in_body(&words[body_at / WORD..][..body.len()], body);
    in_edge(words, body_at + WORD * body.len(), last);
}

fn in_edge(words: &[AtomicU64], at: usize, from: &[u8]) {
    if !from.is_empty() {
        let mut bytes = [0; WORD];
        bytes[..from.len()].copy_from_slice(from);
        lanes::write(words, at, from.len(), u64::from_le_bytes(bytes));
    }
}

fn in_body(words: &[AtomicU64], from: &[[u8; WORD]]) {
    let (turns, words) = words.as_chunks::<TURN>();
    let (from_turns, from) = from.as_chunks::<TURN>();
    for (words, from) in turns.iter().zip(from_turns) {
        for i in 0..TURN {
            words[i].store(u64::from_ne_bytes(from[i]), Relaxed);
        }
    }
    for (word, from) in words.iter().zip(from) {
        word.store(u64::from_ne_bytes(*from), Relaxed);
    }
}

/// Sets the `len` bytes from `at` on.
pub(crate) fn fill(words: &[AtomicU64], at: usize, len: usize, byte: u8) {
    let bits = u64::from_ne_bytes([byte; WORD]);
    let first = edge(at, len);
    let (body, last) = ((len - first) / WORD, (len - first) % WORD);
    if first > 0 {
        lanes::write(words, at, first, bits);
    }
    for word in &words[(at + first) / WORD..][..body] {
        word.store(bits, Relaxed);
    }
    if last > 0 {
        lanes::write(words, at + len - last, last, bits);
    }
}

/// Some bytes of a memory.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) words: &'a [AtomicU64],
    pub(crate) at: usize,
}

impl Place<'_> {
    fn later(self, by: usize) -> Self {
        Self { at: self.at + by, ..self }
    }

    fn address(self) -> usize {
        self.words.as_ptr().addr() + self.at
    }
}

/// Copies `len` bytes, which may overlap: the destination ends up with what the source was.
///
/// No byte is read after it was written: forwards, where the destination does not begin within the source, a word is written only
/// when all bytes of the source up to its end have been read, and backwards the other way round.
pub(crate) fn copy_across(from: Place, to: Place, len: usize) {
    let first = edge(to.at, len);
    let (body, last) = ((len - first) / WORD, (len - first) % WORD);
    let (from_body, to_body) = (from.later(first), &to.words[(to.at + first) / WORD..][..body]);
    // Wrapped around, a destination before the source is far behind it.
    if to.address().wrapping_sub(from.address()) >= len {
        across_edge(from, to, first);
        body_forwards(from_body, to_body);
        across_edge(from.later(len - last), to.later(len - last), last);
    } else {
        across_edge(from.later(len - last), to.later(len - last), last);
        body_backwards(from_body, to_body);
        across_edge(from, to, first);
    }
}

fn across_edge(from: Place, to: Place, width: usize) {
    if width > 0 {
        lanes::write(to.words, to.at, width, lanes::read(from.words, from.at, width));
    }
}

/// Words of the source from the one that holds `from` on, as many as `body` words touch, and how many bits into the first `from` is.
fn sources(from: Place<'_>, body: usize) -> (&[AtomicU64], u32) {
    let byte = from.at % WORD;
    let words = if body == 0 { 0 } else { body + usize::from(byte > 0) };
    (&from.words[from.at / WORD..][..words], 8 * byte as u32)
}

/// A word that begins `bits` (more than 0) into `low` and ends in `high`, the word behind it.
#[inline]
fn join(low: u64, high: u64, bits: u32) -> u64 {
    u64::from_le(low.to_le() >> bits | high.to_le() << (64 - bits))
}

fn body_forwards(from: Place, to: &[AtomicU64]) {
    let (from, bits) = sources(from, to.len());
    if bits == 0 {
        let (turns, from) = from.as_chunks::<TURN>();
        let (to_turns, to) = to.as_chunks::<TURN>();
        turns.iter().zip(to_turns).for_each(|(from, to)| turn(from, to));
        for (from, to) in from.iter().zip(to) {
            to.store(from.load(Relaxed), Relaxed);
        }
    } else if let [low, from @ ..] = from {
        let mut low = low.load(Relaxed);
        let (turns, from) = from.as_chunks::<TURN>();
        let (to_turns, to) = to.as_chunks::<TURN>();
        for (from, to) in turns.iter().zip(to_turns) {
            let held = hold(from);
            to[0].store(join(low, held[0], bits), Relaxed);
            for i in 1..TURN {
                to[i].store(join(held[i - 1], held[i], bits), Relaxed);
            }
            low = held[TURN - 1];
        }
        for (from, to) in from.iter().zip(to) {
            let high = from.load(Relaxed);
            to.store(join(low, high, bits), Relaxed);
            low = high;
        }
    }
}

fn body_backwards(from: Place, to: &[AtomicU64]) {
    let (from, bits) = sources(from, to.len());
    if bits == 0 {
        let (from, turns) = from.as_rchunks::<TURN>();
        let (to, to_turns) = to.as_rchunks::<TURN>();
        turns.iter().zip(to_turns).rev().for_each(|(from, to)| turn(from, to));
        for (from, to) in from.iter().zip(to).rev() {
            to.store(from.load(Relaxed), Relaxed);
        }
    } else if let [from @ .., high] = from {
        let mut high = high.load(Relaxed);
        for (from, to) in from.iter().zip(to).rev() {
            let low = from.load(Relaxed);
            to.store(join(low, high, bits), Relaxed);
            high = low;
        }
    }
}

/// Reads a turn's words before it writes one, so it does not matter how they overlap.
#[inline(always)]
fn turn(from: &[AtomicU64; TURN], to: &[AtomicU64; TURN]) {
    let held = hold(from);
    for i in 0..TURN {
        to[i].store(held[i], Relaxed);
    }
}

#[inline(always)]
fn hold(words: &[AtomicU64; TURN]) -> [u64; TURN] {
    array::from_fn(|i| words[i].load(Relaxed))
}
