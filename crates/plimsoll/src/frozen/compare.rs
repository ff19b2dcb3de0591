//! Equality with whatever else has bytes, from either side.

use super::Frozen;

/// Equal bytes, wherever they are.
impl PartialEq for Frozen {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Frozen {}

/// With what is borrowed as with itself: `frozen == b"bytes"`, `frozen == "text"`.
impl<T: ?Sized> PartialEq<&T> for Frozen
where
    Frozen: PartialEq<T>,
{
    fn eq(&self, other: &&T) -> bool {
        *self == **other
    }
}

/// Equal bytes, of text its UTF-8.
macro_rules! equals {
    ($([$($generic:tt)*] $other:ty;)*) => {$(
        impl<$($generic)*> PartialEq<$other> for Frozen {
            fn eq(&self, other: &$other) -> bool {
                let bytes: &[u8] = other.as_ref();
                **self == *bytes
            }
        }

        impl<$($generic)*> PartialEq<Frozen> for $other {
            fn eq(&self, other: &Frozen) -> bool {
                *other == *self
            }
        }

        impl<$($generic)*> PartialEq<Frozen> for &$other {
            fn eq(&self, other: &Frozen) -> bool {
                *other == **self
            }
        }
    )*};
}

equals! {
    [] [u8];
    [const N: usize] [u8; N];
    [] Vec<u8>;
    [] str;
    [] String;
}
