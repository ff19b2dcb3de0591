//! Parts of words: how a memory of whole words has bytes.
//!
//! A narrow read takes the word and shifts. A narrow write is a compare-and-swap of the word, so that two threads that write
//! different bytes of it lose nothing.
//!
//! Bits are counted *in memory order* throughout: byte `k` of a word is bits `8 k` to `8 k + 7`, on every machine. On a big-endian one
//! that is the word with its bytes swapped, which bitwise operations do not mind.

use crate::raw::sync::{AtomicU64, Ordering};
use crate::raw::words::WORD;

/// The bits of the first `width` bytes of a word.
#[inline(always)]
const fn low(width: usize) -> u64 {
    u64::MAX >> (64 - 8 * width)
}

/// The `width` bytes (1 to 8) at `at`, in memory order from the lowest bits up. Bits beyond them are anything.
///
/// One access if they lie within a word, else two.
#[inline(always)]
pub(crate) fn read(words: &[AtomicU64], at: usize, width: usize) -> u64 {
    let (word, byte) = (at / WORD, at % WORD);
    let first = words[word].load(Ordering::Relaxed).to_le() >> (8 * byte);
    if byte + width <= WORD {
        first
    } else {
        // `byte` is not 0, or the value would fit.
        first | words[word + 1].load(Ordering::Relaxed).to_le() << (64 - 8 * byte)
    }
}

/// Puts the low `width` bytes (1 to 8) of `bits` at `at`. One access if they lie within a word, else two.
#[inline(always)]
pub(crate) fn write(words: &[AtomicU64], at: usize, width: usize, bits: u64) {
    let (word, byte) = (at / WORD, at % WORD);
    let mask = low(width);
    Lane::new(&words[word], byte, mask << (8 * byte)).store(bits, Ordering::Relaxed);
    if byte + width > WORD {
        let done = WORD - byte;
        Lane::new(&words[word + 1], 0, mask >> (8 * done)).store(bits >> (8 * done), Ordering::Relaxed);
    }
}

/// Some neighbouring bytes of one word.
#[derive(Clone, Copy)]
pub(crate) struct Lane<'a> {
    word: &'a AtomicU64,
    shift: usize,
    mask: u64,
}

impl<'a> Lane<'a> {
    #[inline(always)]
    fn new(word: &'a AtomicU64, byte: usize, mask: u64) -> Self {
        Self { word, shift: 8 * byte, mask }
    }

    /// The `width` bytes at `at`, which must lie within a word.
    #[inline(always)]
    pub(crate) fn at(words: &'a [AtomicU64], at: usize, width: usize) -> Self {
        let byte = at % WORD;
        Self::new(&words[at / WORD], byte, low(width) << (8 * byte))
    }

    #[inline(always)]
    fn is_word(&self) -> bool {
        self.mask == u64::MAX
    }

    /// The lane's bits of a word as it is in memory, and nothing above them.
    #[inline(always)]
    fn take(&self, word: u64) -> u64 {
        (word.to_le() & self.mask) >> self.shift
    }

    /// `bits` where the lane is, zeros elsewhere, as it is in memory.
    #[inline(always)]
    fn place(&self, bits: u64) -> u64 {
        u64::from_le(bits << self.shift & self.mask)
    }

    /// The word as it is in memory with `bits` in the lane.
    #[inline(always)]
    fn with(&self, word: u64, bits: u64) -> u64 {
        word & !u64::from_le(self.mask) | self.place(bits)
    }

    #[inline(always)]
    pub(crate) fn load(&self, order: Ordering) -> u64 {
        self.take(self.word.load(order))
    }

    #[inline(always)]
    pub(crate) fn store(&self, bits: u64, order: Ordering) {
        if self.is_word() {
            self.word.store(u64::from_le(bits), order);
        } else {
            self.update(order, |_| bits);
        }
    }

    /// Replaces the bits by `next` of them. Answers what was there.
    #[inline(always)]
    pub(crate) fn update(&self, order: Ordering, next: impl Fn(u64) -> u64) -> u64 {
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            let new = self.with(word, next(self.take(word)));
            match self.word.compare_exchange_weak(word, new, order, Ordering::Relaxed) {
                Ok(_) => return self.take(word),
                Err(now) => word = now,
            }
        }
    }

    // The rest are `Atomics`' and sequentially consistent, like JavaScript's.

    #[inline]
    pub(crate) fn swap(&self, bits: u64) -> u64 {
        if self.is_word() {
            return self.take(self.word.swap(u64::from_le(bits), Ordering::SeqCst));
        }
        self.update(Ordering::SeqCst, |_| bits)
    }

    /// Adds to the number of the machine's byte order that the lane is. `sum` says how where it is not a whole word.
    #[inline]
    pub(crate) fn add(&self, bits: u64, sum: impl Fn(u64) -> u64) -> u64 {
        if self.is_word() {
            return self.take(self.word.fetch_add(u64::from_le(bits), Ordering::SeqCst));
        }
        self.update(Ordering::SeqCst, sum)
    }

    #[inline]
    pub(crate) fn and(&self, bits: u64) -> u64 {
        self.take(self.word.fetch_and(!u64::from_le(self.mask) | self.place(bits), Ordering::SeqCst))
    }

    #[inline]
    pub(crate) fn or(&self, bits: u64) -> u64 {
        self.take(self.word.fetch_or(self.place(bits), Ordering::SeqCst))
    }

    #[inline]
    pub(crate) fn xor(&self, bits: u64) -> u64 {
        self.take(self.word.fetch_xor(self.place(bits), Ordering::SeqCst))
    }

    /// Puts `new` where `expected` is. Answers what was there.
    #[inline]
    pub(crate) fn compare_exchange(&self, expected: u64, new: u64) -> u64 {
        let mut word = self.word.load(Ordering::SeqCst);
        loop {
            let now = self.take(word);
            if now != expected {
                return now;
            }
            // The neighbours may have changed, which is no reason to fail.
            match self.word.compare_exchange(word, self.with(word, new), Ordering::SeqCst, Ordering::SeqCst) {
                Ok(_) => return now,
                Err(changed) => word = changed,
            }
        }
    }
}
