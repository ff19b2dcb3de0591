//! Numbers at byte offsets, under Node's names in Rust's spelling.

use super::Buffer;
use crate::cells::{self, Endian, Number};
use crate::error::OutOfRange;

macro_rules! numbers {
    ($($number:ty, $endian:ident, $read:ident, $write:ident, $node_read:literal, $node_write:literal;)*) => {
        impl Buffer {
            $(
                #[doc = concat!("The `", stringify!($number), "` at byte `offset`. Node: `buf.", $node_read, "`.")]
                ///
                /// # Errors
                /// [`OutOfRange`] when it does not lie in the view.
                #[inline]
                pub fn $read(&self, offset: usize) -> Result<$number, OutOfRange> {
                    cells::read(self.cells(), offset, Endian::$endian)
                }

                #[doc = concat!("Writes a `", stringify!($number), "` at byte `offset`. Node: `buf.", $node_write, "`.")]
                ///
                /// # Errors
                /// [`OutOfRange`] when it does not fit; then nothing is written.
                #[inline]
                pub fn $write(&self, value: $number, offset: usize) -> Result<(), OutOfRange> {
                    cells::write(self.cells(), offset, value, Endian::$endian)
                }
            )*
        }
    };
}

numbers! {
    u8, Little, read_u8, write_u8, "readUInt8", "writeUInt8";
    i8, Little, read_i8, write_i8, "readInt8", "writeInt8";
    u16, Little, read_u16_le, write_u16_le, "readUInt16LE", "writeUInt16LE";
    u16, Big, read_u16_be, write_u16_be, "readUInt16BE", "writeUInt16BE";
    i16, Little, read_i16_le, write_i16_le, "readInt16LE", "writeInt16LE";
    i16, Big, read_i16_be, write_i16_be, "readInt16BE", "writeInt16BE";
    u32, Little, read_u32_le, write_u32_le, "readUInt32LE", "writeUInt32LE";
    u32, Big, read_u32_be, write_u32_be, "readUInt32BE", "writeUInt32BE";
    i32, Little, read_i32_le, write_i32_le, "readInt32LE", "writeInt32LE";
    i32, Big, read_i32_be, write_i32_be, "readInt32BE", "writeInt32BE";
    u64, Little, read_u64_le, write_u64_le, "readBigUInt64LE", "writeBigUInt64LE";
    u64, Big, read_u64_be, write_u64_be, "readBigUInt64BE", "writeBigUInt64BE";
    i64, Little, read_i64_le, write_i64_le, "readBigInt64LE", "writeBigInt64LE";
    i64, Big, read_i64_be, write_i64_be, "readBigInt64BE", "writeBigInt64BE";
    f32, Little, read_f32_le, write_f32_le, "readFloatLE", "writeFloatLE";
    f32, Big, read_f32_be, write_f32_be, "readFloatBE", "writeFloatBE";
    f64, Little, read_f64_le, write_f64_le, "readDoubleLE", "writeDoubleLE";
    f64, Big, read_f64_be, write_f64_be, "readDoubleBE", "writeDoubleBE";
}

impl Buffer {
    /// The number at byte `offset`, of any width and either endianness.
    ///
    /// # Errors
    /// [`OutOfRange`] when it does not lie in the view.
    #[inline]
    pub fn read<T: Number>(&self, offset: usize, endian: Endian) -> Result<T, OutOfRange> {
        cells::read(self.cells(), offset, endian)
    }

    /// Writes a number at byte `offset`.
    ///
    /// # Errors
    /// [`OutOfRange`] when it does not fit; then nothing is written.
    #[inline]
    pub fn write<T: Number>(&self, value: T, offset: usize, endian: Endian) -> Result<(), OutOfRange> {
        cells::write(self.cells(), offset, value, endian)
    }

    /// The unsigned number of `width` bytes, 1 to 8, at byte `offset`. Node: `buf.readUIntBE` and `LE`, up to 6.
    ///
    /// # Errors
    /// [`OutOfRange`] when it does not lie in the view, or `width` is not 1 to 8.
    pub fn read_uint(&self, offset: usize, width: usize, endian: Endian) -> Result<u64, OutOfRange> {
        cells::read_uint(self.cells(), offset, width, endian)
    }

    /// The signed number of `width` bytes, 1 to 8, at byte `offset`. Node: `buf.readIntBE` and `LE`, up to 6.
    ///
    /// # Errors
    /// As [`Buffer::read_uint`].
    pub fn read_int(&self, offset: usize, width: usize, endian: Endian) -> Result<i64, OutOfRange> {
        cells::read_int(self.cells(), offset, width, endian)
    }

    /// Writes the low `width` bytes, 1 to 8, of `value`. Node: `buf.writeUIntBE` and `LE`, up to 6.
    ///
    /// # Errors
    /// As [`Buffer::read_uint`]; then nothing is written.
    pub fn write_uint(&self, value: u64, offset: usize, width: usize, endian: Endian) -> Result<(), OutOfRange> {
        cells::write_uint(self.cells(), offset, width, value, endian)
    }

    /// Writes the low `width` bytes, 1 to 8, of `value`. Node: `buf.writeIntBE` and `LE`, up to 6.
    ///
    /// # Errors
    /// As [`Buffer::read_uint`]; then nothing is written.
    pub fn write_int(&self, value: i64, offset: usize, width: usize, endian: Endian) -> Result<(), OutOfRange> {
        cells::write_int(self.cells(), offset, width, value, endian)
    }
}
