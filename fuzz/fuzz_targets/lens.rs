//! Rows of numbers in bytes: a lens shows what is cut from the bytes by hand.

use arbitrary::Arbitrary;
use plimsoll::cells::Endian;
use plimsoll::typed::{Element, Typed, U8Clamped, View, ViewMut};

#[derive(Arbitrary, Debug, Clone, Copy)]
pub struct Lens {
    pub element: Kind,
    big: bool,
    from: u16,
    to: u16,
    index: u16,
    change: Change,
}

#[derive(Arbitrary, Debug, Clone, Copy)]
pub enum Kind {
    U8,
    I8,
    Clamped,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
}

#[derive(Arbitrary, Debug, Clone, Copy)]
enum Change {
    None,
    Set(u64),
    Fill(u64),
    Reverse,
}

pub trait Bits: Element {
    fn of(bits: u64) -> Self;
    fn bytes(self, big: bool) -> Vec<u8>;
}

macro_rules! bits {
    ($($number:ty, $of:expr, $bits:expr;)*) => {$(
        impl Bits for $number {
            fn of(bits: u64) -> Self {
                $of(bits)
            }

            fn bytes(self, big: bool) -> Vec<u8> {
                let bits = $bits(self);
                if big { bits.to_be_bytes().to_vec() } else { bits.to_le_bytes().to_vec() }
            }
        }
    )*};
    ($($integer:ty)*) => { bits! { $($integer, |bits| bits as $integer, |number: $integer| number;)* } };
}

bits! { u8 i8 u16 i16 u32 i32 u64 i64 }
bits! {
    U8Clamped, |bits| U8Clamped::from(bits as u8), |clamped: U8Clamped| clamped.0;
    f32, |bits| f32::from_bits(bits as u32), f32::to_bits;
    f64, f64::from_bits, f64::to_bits;
}

impl Lens {
    fn endian(&self) -> Endian {
        if self.big { Endian::Big } else { Endian::Little }
    }

    /// The part of the row that it is about.
    fn part<T: Bits, V: View>(&self, lens: Typed<T, V>) -> (Typed<T, V>, usize) {
        let len = lens.len();
        let (a, b) = (usize::from(self.from) % (len + 1), usize::from(self.to) % (len + 1));
        assert!(lens.try_subarray(a.min(b)..=len).is_err());
        (lens.with_endian(self.endian()).subarray(a.min(b)..a.max(b)), a.min(b) * T::WIDTH)
    }

    /// The lens on `bytes` shows what they say.
    pub fn look<T: Bits, V: View>(&self, lens: Typed<T, V>, bytes: &[u8]) {
        assert_eq!(lens.len(), bytes.len() / T::WIDTH);
        let (part, from) = self.part(lens);
        let bytes = &bytes[from..from + part.len() * T::WIDTH];
        let turned =
            |numbers: Vec<T>| numbers.into_iter().flat_map(|number| number.bytes(self.big)).collect::<Vec<_>>();
        assert_eq!(turned(part.to_vec()), bytes);
        assert_eq!(turned(part.iter().collect()), bytes);
        let mut first = vec![T::of(0); part.len() / 2];
        part.copy_to(&mut first).expect("there are so many");
        assert_eq!(turned(first), bytes[..part.len() / 2 * T::WIDTH]);
        assert!(part.copy_to(&mut vec![T::of(0); part.len() + 1]).is_err());
        let index = usize::from(self.index) % (part.len() + 1);
        let word = bytes.get(index * T::WIDTH..(index + 1) * T::WIDTH);
        assert_eq!(part.get(index).map(|number| number.bytes(self.big)).as_deref(), word);
    }

    /// Writes. Answers what has become of which bytes.
    pub fn change<T: Bits, V: ViewMut>(&self, lens: Typed<T, V>) -> (usize, Vec<u8>) {
        let (part, from) = self.part(lens);
        match self.change {
            Change::None => (0, Vec::new()),
            Change::Set(bits) => {
                let index = usize::from(self.index) % (part.len() + 1);
                let done = part.set(index, T::of(bits));
                assert_eq!(done.is_ok(), index < part.len());
                let bytes = if done.is_ok() { T::of(bits).bytes(self.big) } else { Vec::new() };
                (from + index * T::WIDTH, bytes)
            }
            Change::Fill(bits) => {
                part.fill(T::of(bits));
                (from, T::of(bits).bytes(self.big).repeat(part.len()))
            }
            Change::Reverse => {
                let turned: Vec<T> = part.iter().rev().collect();
                part.copy_from(&turned).expect("there are so many");
                (from, turned.into_iter().flat_map(|number| number.bytes(self.big)).collect())
            }
        }
    }
}

/// Runs `$body` with `$number` as the type that `$kind` names.
macro_rules! with_number {
    ($kind:expr, $number:ident, $body:expr) => {{
        macro_rules! run {
            ($type:ty) => {{
                type $number = $type;
                $body
            }};
        }
        match $kind {
            $crate::lens::Kind::U8 => run!(u8),
            $crate::lens::Kind::I8 => run!(i8),
            $crate::lens::Kind::Clamped => run!(plimsoll::typed::U8Clamped),
            $crate::lens::Kind::U16 => run!(u16),
            $crate::lens::Kind::I16 => run!(i16),
            $crate::lens::Kind::U32 => run!(u32),
            $crate::lens::Kind::I32 => run!(i32),
            $crate::lens::Kind::U64 => run!(u64),
            $crate::lens::Kind::I64 => run!(i64),
            $crate::lens::Kind::F32 => run!(f32),
            $crate::lens::Kind::F64 => run!(f64),
        }
    }};
}
pub(crate) use with_number;
