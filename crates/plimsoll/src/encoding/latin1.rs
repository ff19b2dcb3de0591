//! One byte a unit.

/// Writes as many bytes as fit.
pub(super) fn write(text: &[u8], out: &mut [u8]) -> usize {
    let n = text.len().min(out.len());
    out[..n].copy_from_slice(&text[..n]);
    n
}

/// Writes the low bytes of as many units as fit.
pub(super) fn write_units(units: &[u16], out: &mut [u8]) -> usize {
    for (out, &unit) in out.iter_mut().zip(units) {
        *out = unit as u8;
    }
    units.len().min(out.len())
}

pub(super) fn low_bytes(units: &[u16]) -> Vec<u8> {
    units.iter().map(|&unit| unit as u8).collect()
}

pub(super) fn widen(bytes: &[u8], out: &mut Vec<u16>) {
    out.extend(bytes.iter().map(|&byte| u16::from(byte)));
}

pub(super) fn decode(bytes: &[u8]) -> String {
    if bytes.is_ascii() {
        return ascii(bytes.to_vec());
    }
    let high = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    let mut text = String::with_capacity(bytes.len() + high);
    text.extend(bytes.iter().map(|&byte| char::from(byte)));
    text
}

pub(super) fn decode_ascii(bytes: &[u8]) -> String {
    ascii(bytes.iter().map(|&byte| byte & 0x7f).collect())
}

/// Makes a string of bytes that are known to be below 0x80. The check that the standard library repeats runs at the speed
/// of memory.
pub(super) fn ascii(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("bytes below 0x80 are UTF-8")
}
