//! SHA-256 (FIPS 180-4) at compile time: the page's policy names the one script that may run, by its hash.

/// The policy's word for a script with this text: `sha256-…`, in Base64.
pub(super) const fn source(script: &str) -> [u8; 51] {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digest = sha256(script.as_bytes());
    let mut word = *b"sha256-............................................";
    let mut i = 0;
    while i < 43 {
        let bit = i * 6;
        let high = (digest[bit / 8] as u16) << 8;
        let low = if bit / 8 + 1 < digest.len() { digest[bit / 8 + 1] as u16 } else { 0 };
        word[7 + i] = DIGITS[((high | low) >> (10 - bit % 8)) as usize & 63];
        i += 1;
    }
    word[50] = b'=';
    word
}

const fn sha256(text: &[u8]) -> [u8; 32] {
    let mut state = fractions(2);
    let k: [u32; 64] = fractions(3);
    let blocks = (text.len() + 8) / 64 + 1;
    let mut block = 0;
    while block < blocks {
        let mut w = [0_u32; 64];
        let mut i = 0;
        while i < 64 {
            w[i / 4] = w[i / 4] << 8 | padded(text, blocks, block * 64 + i) as u32;
            i += 1;
        }
        i = 16;
        while i < 64 {
            let (a, b) = (w[i - 15], w[i - 2]);
            let s0 = a.rotate_right(7) ^ a.rotate_right(18) ^ a >> 3;
            let s1 = b.rotate_right(17) ^ b.rotate_right(19) ^ b >> 10;
            w[i] = w[i - 16].wrapping_add(s0).wrapping_add(w[i - 7]).wrapping_add(s1);
            i += 1;
        }
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = state;
        i = 0;
        while i < 64 {
            let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let t1 = h.wrapping_add(s1).wrapping_add(e & f ^ !e & g).wrapping_add(k[i]).wrapping_add(w[i]);
            let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let t2 = s0.wrapping_add(a & b ^ a & c ^ b & c);
            (h, g, f, e, d, c, b, a) = (g, f, e, d.wrapping_add(t1), c, b, a, t1.wrapping_add(t2));
            i += 1;
        }
        let add = [a, b, c, d, e, f, g, h];
        i = 0;
        while i < 8 {
            state[i] = state[i].wrapping_add(add[i]);
            i += 1;
        }
        block += 1;
    }
    let mut digest = [0; 32];
    let mut i = 0;
    while i < 32 {
        digest[i] = (state[i / 4] >> (24 - i % 4 * 8)) as u8;
        i += 1;
    }
    digest
}

/// The byte at `at` of the text, with a 1 bit, zeros, and its length in bits behind it.
const fn padded(text: &[u8], blocks: usize, at: usize) -> u8 {
    if at < text.len() {
        text[at]
    } else if at == text.len() {
        0x80
    } else if at >= blocks * 64 - 8 {
        ((text.len() as u64 * 8) >> ((blocks * 64 - 1 - at) * 8)) as u8
    } else {
        0
    }
}

/// The first 32 bits of the fractions of the square (`root` 2) or cube roots (3) of the first primes.
const fn fractions<const N: usize>(root: u32) -> [u32; N] {
    let mut words = [0; N];
    let (mut found, mut n) = (0, 2_u128);
    while found < N {
        let mut divisor = 2;
        while divisor * divisor <= n && n % divisor != 0 {
            divisor += 1;
        }
        if divisor * divisor > n {
            // The largest x with xʳ ≤ n · 2³²ʳ, bit by bit; at most 36 bits, so that a cube has room.
            let (mut x, mut bit) = (0_u128, 1_u128 << 36);
            while bit > 0 {
                if (x | bit).pow(root) <= n << (32 * root) {
                    x |= bit;
                }
                bit >>= 1;
            }
            words[found] = x as u32;
            found += 1;
        }
        n += 1;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digests_are_those_of_the_standard() {
        let hex = |text: &str| sha256(text.as_bytes()).map(|byte| format!("{byte:02x}")).concat();
        assert_eq!(hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(
            hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        );
        // Where the length just fits behind the text, and where it just does not.
        assert_eq!(hex(&"a".repeat(55)), "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
        assert_eq!(hex(&"a".repeat(56)), "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a");
    }

    #[test]
    fn the_word_is_base64() {
        assert_eq!(&source(""), b"sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        assert_eq!(&source("abc"), b"sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    }
}
