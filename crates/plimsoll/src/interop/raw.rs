//! The one trait of another crate that is unsafe to implement.
#![allow(unsafe_code)]

use crate::reader::Reader;
use bytes::BufMut;
use bytes::buf::UninitSlice;

// SAFETY: `chunk_mut` is the chunk's exclusive room, and `advance_mut` moves its end by no more than that.
unsafe impl BufMut for Reader {
    fn remaining_mut(&self) -> usize {
        isize::MAX as usize - self.len()
    }

    /// Makes room when there is none.
    ///
    /// # Panics
    /// When the memory cannot be had, as the trait leaves no other way.
    #[track_caller]
    fn chunk_mut(&mut self) -> &mut UninitSlice {
        self.reserve(1);
        UninitSlice::uninit(self.filling().spare())
    }

    unsafe fn advance_mut(&mut self, count: usize) {
        // SAFETY: the caller has written `count` bytes of what `chunk_mut` gave.
        unsafe { self.filling().filled(count) }
    }

    #[track_caller]
    fn put_slice(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}
