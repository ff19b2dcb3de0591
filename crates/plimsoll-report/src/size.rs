//! Sizes and counts, as people read and write them.
//!
//! Below 100,000 a size is exact: `16,000 B`. From there on it is given in binary units, with one decimal below 100 and
//! none above: `97.7 KiB`, `15.6 MiB`, `1,000 MiB`. A size that is a whole number of units has no decimal: `64 MiB`. So
//! `64.0 MiB` means: not quite.

use std::error::Error;
use std::fmt;

const UNITS: [(&str, u32); 6] = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40), ("PiB", 50), ("EiB", 60)];

/// A size in bytes, for people: exact below 100,000, in binary units from there on. At most 9 characters.
///
/// ```
/// use plimsoll_report::size;
///
/// assert_eq!(size(16_000), "16,000 B");
/// assert_eq!(size(15_974_400), "15.2 MiB");
/// assert_eq!(size(64 << 20), "64 MiB");
/// assert_eq!(size(1_048_576_000), "1,000 MiB");
/// assert_eq!(size(150_000), "146 KiB");
/// ```
pub fn size(bytes: u64) -> String {
    if bytes < 100_000 {
        return format!("{} B", grouped(bytes));
    }
    for (unit, shift) in UNITS {
        let one = 1_u128 << shift;
        let tenths = (u128::from(bytes) * 10 + one / 2) / one;
        if tenths >= 10_235 {
            continue;
        }
        return match u64::try_from(tenths).unwrap_or(u64::MAX) {
            tenths if u128::from(bytes) % one == 0 => format!("{} {unit}", grouped(tenths / 10)),
            tenths if tenths < 1_000 => format!("{}.{} {unit}", tenths / 10, tenths % 10),
            // Rounded once: of the bytes, not of the tenths.
            _ => format!("{} {unit}", grouped(u64::try_from((u128::from(bytes) + one / 2) / one).unwrap_or(u64::MAX))),
        };
    }
    format!("{} B", grouped(bytes))
}

/// A count, for people: exact below ten million, then in millions (`M`), thousand millions (`G`) and so on. At most 9
/// characters.
pub(crate) fn count(n: u64) -> String {
    if n < 10_000_000 {
        return grouped(n);
    }
    let mut one = 1_000_000_u64;
    for unit in ["M", "G", "T", "P", "E"] {
        let whole = n / one;
        if whole < 100 {
            return format!("{}.{} {unit}", whole, n % one / (one / 10));
        }
        if whole < 1_000 || unit == "E" {
            return format!("{whole} {unit}");
        }
        one = one.saturating_mul(1_000);
    }
    grouped(n)
}

/// Digits in groups of three.
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How large `part` is of `whole`, for people: `42 %`, `4.2 %`, `0.002 %`. Never `100 %` unless it is all, never `0 %`
/// unless it is nothing.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    if part >= whole {
        return "100 %".into();
    }
    if part == 0 {
        return "0 %".into();
    }
    let share = part as f64 * 100.0 / whole as f64;
    match share {
        _ if share >= 99.0 => format!("{:.1} %", share.min(99.9)),
        _ if share >= 10.0 => format!("{share:.0} %"),
        _ if share >= 1.0 => format!("{share:.1} %"),
        _ if share >= 0.1 => format!("{share:.2} %"),
        _ if share >= 0.0005 => format!("{share:.3} %"),
        _ => "under 0.001 %".into(),
    }
}

/// Reads a size as people write it.
///
/// A number, then a unit: none or `B`; `KB`, `MB`, `GB`, `TB` (powers of 1,000); `KiB`, `MiB`, `GiB`, `TiB`, or short
/// `K`, `M`, `G`, `T` (powers of 1,024). Upper or lower case, with or without a space between. The number may have a
/// fraction (the result is rounded down to a whole byte) and commas or underscores between groups of three digits.
/// Whatever [`size`] prints below 1 PiB can be read.
///
/// ```
/// use plimsoll_report::parse_size;
///
/// assert_eq!(parse_size("4096").unwrap(), 4_096);
/// assert_eq!(parse_size("16KB").unwrap(), 16_000);
/// assert_eq!(parse_size("1MiB").unwrap(), 1_048_576);
/// assert_eq!(parse_size("1.5 gib").unwrap(), 1_610_612_736);
/// let error = parse_size("12 parsecs").unwrap_err().to_string();
/// assert!(error.starts_with("unknown unit `parsecs` in the size `12 parsecs`: use B, KB, MB"));
/// ```
///
/// # Errors
/// [`SizeError`] if there is no number, the unit is unknown, or the size is beyond `u64`.
pub fn parse_size(text: &str) -> Result<u64, SizeError> {
    let trimmed = text.trim();
    let end = trimmed.find(|c: char| !matches!(c, '0'..='9' | '.' | ',' | '_')).unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(end);
    let unit = unit.trim_start();

    let not_a_number = || SizeError::Number { text: text.into() };
    let (whole, fraction) = match number.split_once('.') {
        Some((_, "")) => return Err(not_a_number()),
        Some(split) => split,
        None => (number, ""),
    };
    let whole = ungrouped(whole).ok_or_else(not_a_number)?;
    if !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(not_a_number());
    }
    let bytes_per_unit = unit_bytes(unit).ok_or_else(|| SizeError::Unit { text: text.into(), unit: unit.into() })?;

    let too_large = || SizeError::TooLarge { text: text.into() };
    // Leading zeros are no reason to overflow; what follows 12 decimals is below a byte in every unit.
    let whole: u64 = match whole.trim_start_matches('0') {
        "" => 0,
        digits => digits.parse().map_err(|_| too_large())?,
    };
    let decimals = &fraction[..fraction.len().min(13)];
    let numerator = decimals.parse::<u128>().unwrap_or(0);
    let below_one = numerator * u128::from(bytes_per_unit) / 10_u128.pow(decimals.len() as u32);
    let bytes = u128::from(whole) * u128::from(bytes_per_unit) + below_one;
    u64::try_from(bytes).map_err(|_| too_large())
}

/// The digits of a number without what groups them; `None` if that is not digits in groups of three.
fn ungrouped(number: &str) -> Option<String> {
    let mut groups = number.split([',', '_']);
    let first = groups.next()?;
    let is_grouped = first.len() < number.len();
    let digits = |group: &str| !group.is_empty() && group.bytes().all(|digit| digit.is_ascii_digit());
    if !digits(first) || (is_grouped && first.len() > 3) || !groups.all(|group| group.len() == 3 && digits(group)) {
        return None;
    }
    Some(number.replace([',', '_'], ""))
}

fn unit_bytes(unit: &str) -> Option<u64> {
    Some(match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "t" | "tib" => 1 << 40,
        _ => return None,
    })
}

/// Why a text is not a size.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SizeError {
    /// It does not begin with a number.
    Number {
        /// The whole text.
        text: String,
    },
    /// What follows the number is not a unit.
    Unit {
        /// The whole text.
        text: String,
        /// The part that should be a unit.
        unit: String,
    },
    /// It is more than `u64::MAX` bytes.
    TooLarge {
        /// The whole text.
        text: String,
    },
}

impl fmt::Display for SizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SizeError::Number { text } => {
                write!(f, "`{text}` is not a size: write a number and a unit, as in 4096, 16KB or 1MiB")
            }
            SizeError::Unit { text, unit } => {
                write!(f, "unknown unit `{unit}` in the size `{text}`: use B, KB, MB, GB, TB, KiB, MiB, GiB or TiB")
            }
            SizeError::TooLarge { text } => write!(f, "the size `{text}` is too large: at most {} bytes", u64::MAX),
        }
    }
}

impl Error for SizeError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_sizes_are_exact_and_large_ones_have_three_digits_or_so() {
        let cases = [
            (0, "0 B"),
            (999, "999 B"),
            (16_000, "16,000 B"),
            (99_999, "99,999 B"),
            (100_000, "97.7 KiB"),
            (102_400, "100 KiB"),
            (102_401, "100 KiB"),
            (1_048_064, "1.0 MiB"),
            (1_048_576, "1 MiB"),
            (1_048_577, "1.0 MiB"),
            (1_048_560_000, "1,000 MiB"),
            (1_073_741_823, "1.0 GiB"),
            (1_072_693_248, "1,023 MiB"),
            (u64::MAX, "16.0 EiB"),
        ];
        for (bytes, text) in cases {
            assert_eq!(size(bytes), text, "{bytes}");
        }
    }

    #[test]
    fn sizes_and_counts_never_take_more_than_nine_characters() {
        for shift in 0..64 {
            for n in [u64::MAX >> shift, (u64::MAX >> shift).wrapping_add(1), (u64::MAX >> shift) / 3 * 2] {
                assert!(size(n).len() <= 9, "{n}: {}", size(n));
                assert!(count(n).len() <= 9, "{n}: {}", count(n));
            }
        }
    }

    #[test]
    fn large_counts_are_cut_to_millions_and_more() {
        assert_eq!(count(9_999_999), "9,999,999");
        assert_eq!(count(12_345_678), "12.3 M");
        assert_eq!(count(123_456_789), "123 M");
        assert_eq!(count(1_234_567_890), "1.2 G");
        assert_eq!(count(u64::MAX), "18.4 E");
    }

    #[test]
    fn a_percentage_is_all_or_nothing_only_when_it_is() {
        let cases = [
            (0, 10, "0 %"),
            (10, 10, "100 %"),
            (1, u64::MAX, "under 0.001 %"),
            (16_000, 1_048_576_000, "0.002 %"),
            (4, 1_000, "0.40 %"),
            (42, 1_000, "4.2 %"),
            (420, 1_000, "42 %"),
            (u64::MAX - 1, u64::MAX, "99.9 %"),
            (0, 0, "100 %"),
        ];
        for (part, whole, text) in cases {
            assert_eq!(percent(part, whole), text, "{part} of {whole}");
        }
    }

    #[test]
    fn every_printed_size_can_be_read() {
        for shift in 0..48 {
            let bytes = (1_u64 << shift) + (1 << shift) / 3;
            let read = parse_size(&size(bytes)).unwrap();
            assert!(read.abs_diff(bytes) <= bytes / 20, "{bytes} read back as {read}");
        }
    }

    #[test]
    fn what_is_not_a_size_is_refused_with_a_reason() {
        for text in ["", "  ", "MiB", "-1", "1.MiB", ".5M", "1,5MiB", "12,34", "1,,000", "1000,000", "1.2.3", "1.2,3"] {
            assert!(matches!(parse_size(text), Err(SizeError::Number { .. })), "{text}: {:?}", parse_size(text));
        }
        for text in ["1 XB", "1MiBs", "1e6", "10 %", "1 M B"] {
            assert!(matches!(parse_size(text), Err(SizeError::Unit { .. })), "{text}: {:?}", parse_size(text));
        }
        for text in ["18446744073709551616", "16777216TiB", "99999999999999999999999999999999999999999"] {
            assert!(matches!(parse_size(text), Err(SizeError::TooLarge { .. })), "{text}: {:?}", parse_size(text));
        }
        assert_eq!(
            parse_size("").unwrap_err().to_string(),
            "`` is not a size: write a number and a unit, as in 4096, 16KB or 1MiB"
        );
    }

    #[test]
    fn sizes_are_read_in_every_spelling() {
        let cases = [
            ("0", 0),
            ("007", 7),
            (" 1 k ", 1_024),
            ("1kb", 1_000),
            ("1,000 MiB", 1_048_576_000),
            ("1_000", 1_000),
            ("0.5KiB", 512),
            ("1.9999999999999999999999B", 1),
            ("18446744073709551615", u64::MAX),
            ("000000000000000000000000000000001", 1),
        ];
        for (text, bytes) in cases {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
    }
}
