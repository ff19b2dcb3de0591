//! Memory that is not ours, made weighable: an allocator to install around the program's own.

pub use crate::raw::weighing::Weighing;
