//! Numbers at byte offsets, under Node's names in Rust's spelling: the same of every handle, like a `DataView` on it.

use crate::buffer::Buffer;
use crate::cells::{self, Endian, Number};
use crate::error::OutOfRange;
use crate::frozen::Frozen;
use crate::shared::Shared;
use crate::tracking::Tracking;

/// The bytes of a handle, `$bytes`, are read by name.
macro_rules! reads {
    ($handle:ident, $this:ident => $bytes:expr, $how:literal) => {
        reads! { $handle, $this => $bytes, $how;
            u8, Little, read_u8, "readUInt8";
            i8, Little, read_i8, "readInt8";
            u16, Little, read_u16_le, "readUInt16LE";
            u16, Big, read_u16_be, "readUInt16BE";
            i16, Little, read_i16_le, "readInt16LE";
            i16, Big, read_i16_be, "readInt16BE";
            u32, Little, read_u32_le, "readUInt32LE";
            u32, Big, read_u32_be, "readUInt32BE";
            i32, Little, read_i32_le, "readInt32LE";
            i32, Big, read_i32_be, "readInt32BE";
            u64, Little, read_u64_le, "readBigUInt64LE";
            u64, Big, read_u64_be, "readBigUInt64BE";
            i64, Little, read_i64_le, "readBigInt64LE";
            i64, Big, read_i64_be, "readBigInt64BE";
            f32, Little, read_f32_le, "readFloatLE";
            f32, Big, read_f32_be, "readFloatBE";
            f64, Little, read_f64_le, "readDoubleLE";
            f64, Big, read_f64_be, "readDoubleBE";
        }
    };
    ($handle:ident, $this:ident => $bytes:expr, $how:literal; $($number:ident, $endian:ident, $read:ident, $node:literal;)*) => {
        impl $handle {
            $(
                #[doc = concat!("The `", stringify!($number), "` at byte `offset`. Node: `buf.", $node, "`.", $how)]
                ///
                /// # Errors
                /// [`OutOfRange`] when it does not lie in the view.
                #[inline]
                pub fn $read(&self, offset: usize) -> Result<$number, OutOfRange> {
                    let $this = self;
                    cells::read_at($bytes, offset, Endian::$endian)
                }
            )*

            #[doc = concat!("The unsigned number of `width` bytes, 1 to 8, at byte `offset`.", $how)]
            ///
            /// Node: `buf.readUIntBE` and `LE`, up to 6.
            ///
            /// # Errors
            /// [`OutOfRange`] when it does not lie in the view, or `width` is not 1 to 8.
            pub fn read_uint(&self, offset: usize, width: usize, endian: Endian) -> Result<u64, OutOfRange> {
                let $this = self;
                cells::read_uint_at($bytes, offset, width, endian)
            }

            #[doc = concat!("The signed number of `width` bytes, 1 to 8, at byte `offset`.", $how)]
            ///
            /// Node: `buf.readIntBE` and `LE`, up to 6.
            ///
            /// # Errors
            /// [`OutOfRange`] when it does not lie in the view, or `width` is not 1 to 8.
            pub fn read_int(&self, offset: usize, width: usize, endian: Endian) -> Result<i64, OutOfRange> {
                let $this = self;
                cells::read_int_at($bytes, offset, width, endian)
            }
        }
    };
}

/// The same for writing.
macro_rules! writes {
    ($handle:ident, $this:ident => $bytes:expr, $how:literal) => {
        writes! { $handle, $this => $bytes, $how;
            u8, Little, write_u8, "writeUInt8";
            i8, Little, write_i8, "writeInt8";
            u16, Little, write_u16_le, "writeUInt16LE";
            u16, Big, write_u16_be, "writeUInt16BE";
            i16, Little, write_i16_le, "writeInt16LE";
            i16, Big, write_i16_be, "writeInt16BE";
            u32, Little, write_u32_le, "writeUInt32LE";
            u32, Big, write_u32_be, "writeUInt32BE";
            i32, Little, write_i32_le, "writeInt32LE";
            i32, Big, write_i32_be, "writeInt32BE";
            u64, Little, write_u64_le, "writeBigUInt64LE";
            u64, Big, write_u64_be, "writeBigUInt64BE";
            i64, Little, write_i64_le, "writeBigInt64LE";
            i64, Big, write_i64_be, "writeBigInt64BE";
            f32, Little, write_f32_le, "writeFloatLE";
            f32, Big, write_f32_be, "writeFloatBE";
            f64, Little, write_f64_le, "writeDoubleLE";
            f64, Big, write_f64_be, "writeDoubleBE";
        }
    };
    ($handle:ident, $this:ident => $bytes:expr, $how:literal; $($number:ident, $endian:ident, $write:ident, $node:literal;)*) => {
        impl $handle {
            $(
                #[doc = concat!("Writes a `", stringify!($number), "` at byte `offset`. Node: `buf.", $node, "`.", $how)]
                ///
                /// # Errors
                /// [`OutOfRange`] when it does not fit; then nothing is written.
                #[inline]
                pub fn $write(&self, value: $number, offset: usize) -> Result<(), OutOfRange> {
                    let $this = self;
                    cells::write_at($bytes, offset, value, Endian::$endian)
                }
            )*

            #[doc = concat!("Writes the low `width` bytes, 1 to 8, of `value`.", $how)]
            ///
            /// Node: `buf.writeUIntBE` and `LE`, up to 6.
            ///
            /// # Errors
            /// [`OutOfRange`] when they do not fit, or `width` is not 1 to 8; then nothing is written.
            pub fn write_uint(&self, value: u64, offset: usize, width: usize, endian: Endian) -> Result<(), OutOfRange> {
                let $this = self;
                cells::write_uint_at($bytes, offset, width, value, endian)
            }

            #[doc = concat!("Writes the low `width` bytes, 1 to 8, of `value`.", $how)]
            ///
            /// Node: `buf.writeIntBE` and `LE`, up to 6.
            ///
            /// # Errors
            /// [`OutOfRange`] when they do not fit, or `width` is not 1 to 8; then nothing is written.
            pub fn write_int(&self, value: i64, offset: usize, width: usize, endian: Endian) -> Result<(), OutOfRange> {
                self.write_uint(value as u64, offset, width, endian)
            }
        }
    };
}

/// Numbers of 16 bits with a fraction, which Node's `Buffer` has no names for: those of a `DataView`.
#[cfg(feature = "half")]
macro_rules! halves {
    (read $handle:ident, $this:ident => $bytes:expr, $how:literal) => {
        halves! { read $handle, $this => $bytes, $how;
            Little, read_f16_le, "getFloat16(offset, true)";
            Big, read_f16_be, "getFloat16(offset)";
        }
    };
    (read $handle:ident, $this:ident => $bytes:expr, $how:literal; $($endian:ident, $read:ident, $name:literal;)*) => {
        impl $handle {$(
            #[doc = concat!("The `half::f16` at byte `offset`. JavaScript: `DataView.", $name, "`.", $how)]
            ///
            /// # Errors
            /// [`OutOfRange`] when it does not lie in the view.
            #[inline]
            pub fn $read(&self, offset: usize) -> Result<half::f16, OutOfRange> {
                let $this = self;
                cells::read_at($bytes, offset, Endian::$endian)
            }
        )*}
    };
    (write $handle:ident, $this:ident => $bytes:expr, $how:literal) => {
        halves! { write $handle, $this => $bytes, $how;
            Little, write_f16_le, "setFloat16(offset, value, true)";
            Big, write_f16_be, "setFloat16(offset, value)";
        }
    };
    (write $handle:ident, $this:ident => $bytes:expr, $how:literal; $($endian:ident, $write:ident, $name:literal;)*) => {
        impl $handle {$(
            #[doc = concat!("Writes a `half::f16` at byte `offset`. JavaScript: `DataView.", $name, "`.", $how)]
            ///
            /// # Errors
            /// [`OutOfRange`] when it does not fit; then nothing is written.
            #[inline]
            pub fn $write(&self, value: half::f16, offset: usize) -> Result<(), OutOfRange> {
                let $this = self;
                cells::write_at($bytes, offset, value, Endian::$endian)
            }
        )*}
    };
}

/// Those without a name, which say their width by a type. [`Shared`] has them as `get` and `set`.
macro_rules! of_any_type {
    (read $handle:ident, $this:ident => $bytes:expr) => {
        impl $handle {
            /// The number at byte `offset`, of any width and either endianness.
            ///
            /// # Errors
            /// [`OutOfRange`] when it does not lie in the view.
            #[inline]
            pub fn read<T: Number>(&self, offset: usize, endian: Endian) -> Result<T, OutOfRange> {
                let $this = self;
                cells::read_at($bytes, offset, endian)
            }
        }
    };
    (write $handle:ident, $this:ident => $bytes:expr) => {
        impl $handle {
            /// Writes a number at byte `offset`.
            ///
            /// # Errors
            /// [`OutOfRange`] when it does not fit; then nothing is written.
            #[inline]
            pub fn write<T: Number>(&self, value: T, offset: usize, endian: Endian) -> Result<(), OutOfRange> {
                let $this = self;
                cells::write_at($bytes, offset, value, endian)
            }
        }
    };
}

reads!(Buffer, buffer => buffer.cells(), "");
writes!(Buffer, buffer => buffer.cells(), "");
of_any_type!(read Buffer, buffer => buffer.cells());
of_any_type!(write Buffer, buffer => buffer.cells());

reads!(Tracking, view => view.cells(), " Of the bytes that there are now.");
writes!(Tracking, view => view.cells(), " Of the bytes that there are now.");
of_any_type!(read Tracking, view => view.cells());
of_any_type!(write Tracking, view => view.cells());

reads!(Frozen, frozen => &**frozen, "");
of_any_type!(read Frozen, frozen => &**frozen);

reads!(Shared, shared => shared, " As [`get`](Shared::get).");
writes!(Shared, shared => shared, " As [`set`](Shared::set).");

#[cfg(feature = "half")]
mod halves {
    use super::*;

    halves!(read Buffer, buffer => buffer.cells(), "");
    halves!(write Buffer, buffer => buffer.cells(), "");
    halves!(read Tracking, view => view.cells(), " Of the bytes that there are now.");
    halves!(write Tracking, view => view.cells(), " Of the bytes that there are now.");
    halves!(read Frozen, frozen => &**frozen, "");
    halves!(read Shared, shared => shared, " As [`get`](Shared::get).");
    halves!(write Shared, shared => shared, " As [`set`](Shared::set).");
}
