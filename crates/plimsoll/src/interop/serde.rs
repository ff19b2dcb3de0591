//! `serde`: a `Frozen` is a string of bytes.

use crate::frozen::Frozen;
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use std::fmt;

/// More than this is not allocated ahead on a sequence's own word about its length.
const TRUSTED: usize = 4096;

impl Serialize for Frozen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self)
    }
}

/// From bytes, text, or a sequence of numbers. **Copies**, but for a vector that the format gives away.
impl<'de> Deserialize<'de> for Frozen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;

        impl<'de> Visitor<'de> for Bytes {
            type Value = Frozen;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Frozen, E> {
                Frozen::try_copy_from_slice(bytes).map_err(E::custom)
            }

            fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Frozen, E> {
                Ok(Frozen::from(bytes))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Frozen, E> {
                self.visit_bytes(text.as_bytes())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<Frozen, A::Error> {
                let mut bytes = Vec::with_capacity(numbers.size_hint().unwrap_or(0).min(TRUSTED));
                while let Some(byte) = numbers.next_element()? {
                    bytes.push(byte);
                }
                Ok(Frozen::from(bytes))
            }
        }

        deserializer.deserialize_byte_buf(Bytes)
    }
}
