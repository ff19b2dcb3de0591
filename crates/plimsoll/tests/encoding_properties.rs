//! Encodings agree with the plainest code that could do the same, on any input, also where many blocks meet.

use plimsoll::encoding::Encoding;
use proptest::collection::vec;
use proptest::prelude::*;
use std::cell::Cell;

const ALL: [Encoding; 7] = [
    Encoding::Utf8,
    Encoding::Utf16Le,
    Encoding::Latin1,
    Encoding::Ascii,
    Encoding::Base64,
    Encoding::Base64Url,
    Encoding::Hex,
];

fn cells(bytes: &mut [u8]) -> &[Cell<u8>] {
    Cell::from_mut(bytes).as_slice_of_cells()
}

/// Units of which most are ASCII, and many of the rest are surrogates, in pairs or not.
fn units() -> impl Strategy<Value = Vec<u16>> {
    let unit = prop_oneof![6 => 0u16..0x80, 1 => any::<u16>(), 1 => 0xd800u16..0xe000, 1 => 0x80u16..0x900];
    vec(unit, 0..300)
}

fn encode_plainly(encoding: Encoding, units: &[u16]) -> Vec<u8> {
    let low = || units.iter().map(|&unit| unit as u8);
    match encoding {
        Encoding::Utf8 => String::from_utf16_lossy(units).into_bytes(),
        Encoding::Utf16Le => units.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
        Encoding::Latin1 | Encoding::Ascii => low().collect(),
        Encoding::Hex => {
            let digits: Vec<_> = low().map(|byte| (byte as char).to_digit(16)).collect();
            digits.chunks_exact(2).map_while(|pair| Some((pair[0]? * 16 + pair[1]?) as u8)).collect()
        }
        Encoding::Base64 | Encoding::Base64Url => {
            let value = |byte| match byte {
                b'A'..=b'Z' => Some(byte - b'A'),
                b'a'..=b'z' => Some(byte - b'a' + 26),
                b'0'..=b'9' => Some(byte - b'0' + 52),
                b'+' | b'-' => Some(62),
                b'/' | b'_' => Some(63),
                _ => None,
            };
            let mut out = vec![];
            let (mut held, mut bits) = (0u32, 0);
            for sextet in low().take_while(|&byte| byte != b'=').filter_map(value) {
                held = held << 6 | u32::from(sextet);
                bits += 6;
                if bits >= 8 {
                    bits -= 8;
                    out.push((held >> bits) as u8);
                }
            }
            out
        }
    }
}

fn check(encoding: Encoding, units: &[u16], room: usize) -> Result<(), TestCaseError> {
    let expected = encode_plainly(encoding, units);
    prop_assert_eq!(&encoding.encode_utf16(units), &expected);
    prop_assert!(encoding.byte_length_utf16(units) >= expected.len());

    let mut to = vec![0xaa; room];
    let written = encoding.write_utf16(units, cells(&mut to));
    prop_assert_eq!(&to[..written], &expected[..written]);
    prop_assert!(to[written..].iter().all(|&byte| byte == 0xaa), "bytes behind were touched");
    let whole = match encoding {
        Encoding::Utf8 => {
            let text = std::str::from_utf8(&expected).unwrap();
            (0..=room.min(text.len())).rfind(|&at| text.is_char_boundary(at)).unwrap()
        }
        Encoding::Utf16Le => expected.len().min(room / 2 * 2),
        _ => expected.len().min(room),
    };
    prop_assert_eq!(written, whole);

    if let Ok(text) = String::from_utf16(units) {
        prop_assert_eq!(&encoding.encode(&text), &expected);
        prop_assert_eq!(encoding.byte_length(&text), encoding.byte_length_utf16(units));
        let mut again = vec![0xaa; room];
        prop_assert_eq!(encoding.write(&text, cells(&mut again)), written);
        prop_assert_eq!(again, to);
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_text_becomes_the_bytes_it_should(units in units(), room in 0usize..400) {
        for encoding in ALL {
            check(encoding, &units, room)?;
        }
    }

    #[test]
    fn long_base64_survives_junk_anywhere(
        bytes in vec(any::<u8>(), 0..5000),
        junk in vec((any::<prop::sample::Index>(), "[ \n!=_+-]"), 0..4),
        url: bool,
        room in 0usize..6000,
    ) {
        let encoding = if url { Encoding::Base64Url } else { Encoding::Base64 };
        let mut text = encoding.decode(&bytes);
        for (at, junk) in junk {
            text.insert_str(at.index(text.len() + 1), &junk);
        }
        check(encoding, &text.encode_utf16().collect::<Vec<_>>(), room)?;
    }

    #[test]
    fn what_is_decoded_encodes_to_the_same_bytes(mut bytes in vec(any::<u8>(), 0..300)) {
        for encoding in [Encoding::Latin1, Encoding::Base64, Encoding::Base64Url, Encoding::Hex, Encoding::Utf16Le] {
            if encoding == Encoding::Utf16Le {
                bytes.truncate(bytes.len() / 2 * 2);
            }
            let mut units = vec![];
            encoding.decode_utf16(cells(&mut bytes), &mut units);
            prop_assert_eq!(&encoding.encode_utf16(&units), &bytes);
            prop_assert_eq!(encoding.decode(&bytes), String::from_utf16_lossy(&units));
        }
    }

    #[test]
    fn text_comes_back(text in "[ -~é€😀]{0,200}") {
        for encoding in [Encoding::Utf8, Encoding::Utf16Le] {
            let mut bytes = encoding.encode(&text);
            prop_assert_eq!(&encoding.decode(&bytes), &text);
            let mut units = vec![];
            encoding.decode_utf16(cells(&mut bytes), &mut units);
            prop_assert_eq!(String::from_utf16(&units).unwrap(), text.as_str());
        }
    }

    #[test]
    fn broken_utf8_is_replaced_as_the_standard_library_replaces_it(
        mut bytes in vec(prop_oneof![3 => 0u8..0x80, 1 => any::<u8>(), 1 => 0x80u8..0xc0, 1 => 0xe0u8..0xf5], 0..300),
    ) {
        let expected = String::from_utf8_lossy(&bytes).into_owned();
        let mut units = vec![];
        Encoding::Utf8.decode_utf16(cells(&mut bytes), &mut units);
        prop_assert_eq!(String::from_utf16(&units).unwrap(), expected.as_str());
        prop_assert_eq!(Encoding::Utf8.decode(&bytes), expected);
    }

    #[test]
    fn any_name_is_known_or_not_whatever_its_case(name in "[a-zA-Z0-9-]{0,10}") {
        prop_assert_eq!(Encoding::parse(&name), Encoding::parse(&name.to_uppercase()));
    }
}

#[test]
fn pairs_and_junk_are_whole_wherever_blocks_meet() {
    for before in (0..4).chain(4093..4098).chain(8191..8194) {
        let pairs = [vec![0x61; before], [0xd83d, 0xde00].repeat(20)].concat();
        check(Encoding::Utf8, &pairs, before + 7).unwrap();
        let lone = [vec![0xe9; before], vec![0xd83d], vec![0xde00, 0xde00, 0x20]].concat();
        check(Encoding::Utf8, &lone, before * 2 + 5).unwrap();
        for junk in [1, 2, 3, 60, 64, 65, 4096, 4097] {
            for legal in [1, 2, 3, 4, 76, 4095] {
                let line = [vec![u16::from(b'Z'); legal], vec![u16::from(b'\n'); junk]].concat();
                let text = [vec![u16::from(b'-'); before], line.repeat(3), vec![u16::from(b'/')]].concat();
                check(Encoding::Base64, &text, before).unwrap();
                check(Encoding::Base64Url, &text, before + 300).unwrap();
            }
        }
    }
}

#[test]
fn every_name_of_node_is_known() {
    for (names, encoding) in [
        ("utf8 utf-8 UTF8 Utf-8", Encoding::Utf8),
        ("ucs2 ucs-2 utf16le utf-16le UCS-2", Encoding::Utf16Le),
        ("latin1 binary BINARY", Encoding::Latin1),
        ("ascii", Encoding::Ascii),
        ("base64", Encoding::Base64),
        ("base64url Base64URL", Encoding::Base64Url),
        ("hex HEX", Encoding::Hex),
    ] {
        for name in names.split(' ') {
            assert_eq!(Encoding::parse(name), Some(encoding), "{name}");
        }
        assert_eq!(Encoding::parse(encoding.name()), Some(encoding));
        assert_eq!(encoding.to_string(), encoding.name());
    }
    for name in ["", "buffer", "utf", "utf_8", "utf8 ", "latin-1", "ucs4"] {
        assert_eq!(Encoding::parse(name), None, "{name}");
    }
}
