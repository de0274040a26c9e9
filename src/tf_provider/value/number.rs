//! Exact decimal numbers: what Terraform calls `number`.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// A decimal number of any size and precision, or an infinity. There is no NaN and no negative zero.
///
/// Equal numbers are equal however they were written: `1`, `1.0` and `1e0` are one number, and `0.1` is exactly a
/// tenth. Nothing is computed with these; they are read, compared and written.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Number(Repr);

/// Normal form: whatever fits an `i64` is `Integer`, so derived equality is equality of numbers.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Repr {
    Integer(i64),
    Decimal(Box<Decimal>),
    Infinity { negative: bool },
}

/// ±`digits` · 10^`exponent`, where the digits neither begin nor end with a zero.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Decimal {
    negative: bool,
    digits: Box<str>,
    exponent: i32,
}

/// Text that is not a decimal number, or whose exponent is beyond ±2³¹.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a decimal number")]
pub struct NotANumber;

impl Number {
    /// The number a float stands for: that of its shortest decimal text, so `0.1` is a tenth. `None` for NaN.
    pub fn from_f64(float: f64) -> Option<Self> {
        if float.is_infinite() {
            return Some(Self(Repr::Infinity { negative: float < 0.0 }));
        }
        format!("{float:e}").parse().ok()
    }

    /// The number, if it is an integer of 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Repr::Integer(integer) => Some(integer),
            _ => None,
        }
    }

    /// The nearest float; beyond its range an infinity.
    pub fn as_f64(&self) -> f64 {
        match &self.0 {
            Repr::Integer(integer) => *integer as f64,
            Repr::Decimal(_) => self.to_string().parse().unwrap_or(f64::NAN),
            Repr::Infinity { negative: true } => f64::NEG_INFINITY,
            Repr::Infinity { negative: false } => f64::INFINITY,
        }
    }

    /// Whether this is neither of the infinities, which have no decimal text.
    pub fn is_finite(&self) -> bool {
        !matches!(self.0, Repr::Infinity { .. })
    }

    /// The float whose shortest text is this number, if the number has the 16 or 17 digits of a float printed in
    /// full. Terraform computes in binary and sends such floats as floats; as decimal text they would come back to
    /// it as slightly different numbers.
    pub(crate) fn as_printed_float(&self) -> Option<f64> {
        match &self.0 {
            Repr::Decimal(decimal) if (16..=17).contains(&decimal.digits.len()) => {
                let float = self.as_f64();
                (Self::from_f64(float).as_ref() == Some(self)).then_some(float)
            }
            _ => None,
        }
    }

    /// The sign, the power of ten just above the number, and its digits, as `0.digits · 10^magnitude`.
    fn parts(&self) -> (i8, i64, Cow<'_, str>) {
        match &self.0 {
            Repr::Integer(0) => (0, 0, "".into()),
            Repr::Integer(integer) => {
                let digits = integer.unsigned_abs().to_string();
                (integer.signum() as i8, digits.len() as i64, digits.trim_end_matches('0').to_owned().into())
            }
            Repr::Decimal(decimal) => (
                if decimal.negative { -1 } else { 1 },
                decimal.digits.len() as i64 + i64::from(decimal.exponent),
                (&*decimal.digits).into(),
            ),
            Repr::Infinity { negative } => (if *negative { -1 } else { 1 }, i64::MAX, "".into()),
        }
    }
}

impl FromStr for Number {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        if let Ok(integer) = text.parse() {
            return Ok(Self(Repr::Integer(integer)));
        }
        let (negative, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().map_err(|_| NotANumber)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = [whole, fraction].concat();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotANumber);
        }

        let significant = digits.trim_end_matches('0');
        let dropped_zeros = (digits.len() - significant.len()) as i64;
        let exponent = i64::from(exponent) - fraction.len() as i64 + dropped_zeros;
        let significant = significant.trim_start_matches('0');
        if significant.is_empty() {
            return Ok(Self(Repr::Integer(0)));
        }
        if (0..=18).contains(&exponent) {
            let plain =
                format!("{}{significant}{}", if negative { "-" } else { "" }, "0".repeat(exponent as usize));
            if let Ok(integer) = plain.parse() {
                return Ok(Self(Repr::Integer(integer)));
            }
        }
        let exponent = i32::try_from(exponent).map_err(|_| NotANumber)?;
        Ok(Self(Repr::Decimal(Box::new(Decimal { negative, digits: significant.into(), exponent }))))
    }
}

/// Plain text where it is at most a few dozen characters long, otherwise with an exponent (`1e400`). Every finite
/// number's text is JSON, and reads back as the same number.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimal = match &self.0 {
            Repr::Integer(integer) => return integer.fmt(f),
            Repr::Infinity { negative } => return f.write_str(if *negative { "-inf" } else { "inf" }),
            Repr::Decimal(decimal) => decimal,
        };
        if decimal.negative {
            f.write_str("-")?;
        }
        let digits = &*decimal.digits;
        let point = digits.len() as i64 + i64::from(decimal.exponent);
        match point {
            _ if (0..=PLAIN_ZEROS).contains(&decimal.exponent) => {
                write!(f, "{digits}{}", "0".repeat(decimal.exponent as usize))
            }
            1.. if decimal.exponent < 0 => {
                let (whole, fraction) = digits.split_at(point as usize);
                write!(f, "{whole}.{fraction}")
            }
            _ if decimal.exponent < 0 && point > -i64::from(PLAIN_ZEROS) => {
                write!(f, "0.{}{digits}", "0".repeat(point.unsigned_abs() as usize))
            }
            _ => write!(f, "{digits}e{}", decimal.exponent),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Number({self})")
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let ((sign, magnitude, digits), (other_sign, other_magnitude, other_digits)) =
            (self.parts(), other.parts());
        let by_size = (magnitude, &digits).cmp(&(other_magnitude, &other_digits));
        sign.cmp(&other_sign).then(if sign < 0 { by_size.reverse() } else { by_size })
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<i64> for Number {
    fn from(integer: i64) -> Self {
        Self(Repr::Integer(integer))
    }
}

impl From<i32> for Number {
    fn from(integer: i32) -> Self {
        i64::from(integer).into()
    }
}

impl From<u32> for Number {
    fn from(integer: u32) -> Self {
        i64::from(integer).into()
    }
}

impl From<u64> for Number {
    fn from(integer: u64) -> Self {
        match i64::try_from(integer) {
            Ok(integer) => integer.into(),
            Err(_) => {
                let digits = integer.to_string();
                let significant = digits.trim_end_matches('0');
                let exponent = (digits.len() - significant.len()) as i32;
                Self(Repr::Decimal(Box::new(Decimal {
                    negative: false,
                    digits: significant.into(),
                    exponent,
                })))
            }
        }
    }
}

/// How many zeros a plain text may have before or after the digits.
const PLAIN_ZEROS: i32 = 30;

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        text.parse().unwrap_or_else(|_| panic!("{text} is a number"))
    }

    #[test]
    fn equal_numbers_are_equal_however_they_are_written() {
        for group in [
            &["1", "1.0", "1e0", "+1", "0.1e1", "10e-1", "0001", "1."][..],
            &["0", "-0", "0.0", "-0e5", "0e-2147483648"],
            &["0.1", "1e-1", ".1", "0.10"],
            &["9223372036854775808", "9223372036854775808.0", "9.223372036854775808e18"],
            &["1000000000000000000", "1e18"],
            &["1e400", "10E399", "+1.0e+400"],
            &["-9223372036854775808", "-9223372036854775808.000"],
        ] {
            for text in group {
                assert_eq!(number(text), number(group[0]), "{text}");
                assert_eq!(number(text).cmp(&number(group[0])), Ordering::Equal, "{text}");
            }
        }
    }

    #[test]
    fn prints_plainly_what_reads_back() {
        let texts = "0 -1 1.5 0.1 -0.05 0.000001 2e31 1e400 -12e-99 100000000000000000000 9223372036854775807 \
                     9223372036854775808 18446744073709551615 123456789012345678901234567890 \
                     123456789012345678901234567890.5";
        for text in texts.split_whitespace() {
            assert_eq!(number(text).to_string(), text);
        }
        assert_eq!(number("1e20").to_string(), "100000000000000000000");
    }

    #[test]
    fn sorts_by_size() {
        let texts = "-1e400 -9223372036854775809 -9223372036854775808 -2 -1.5 -1 -0.1 0 1e-400 0.09 0.1 1 1.25 1.3 2 \
                     10 99 100 9223372036854775807 9223372036854775808 1e400";
        let ascending: Vec<_> = texts.split_whitespace().map(number).collect();
        for (position, smaller) in ascending.iter().enumerate() {
            for larger in &ascending[position + 1..] {
                assert_eq!(smaller.cmp(larger), Ordering::Less, "{smaller} < {larger}");
                assert_eq!(larger.cmp(smaller), Ordering::Greater, "{larger} > {smaller}");
            }
        }
        let infinity = Number::from_f64(f64::INFINITY).unwrap();
        let negative = Number::from_f64(f64::NEG_INFINITY).unwrap();
        assert!(
            number("1e2147483647") < infinity && negative < number("-1e2147483647") && negative < infinity
        );
    }

    #[test]
    fn refuses_what_is_not_a_number() {
        for text in "- + . e5 1e 1e1.5 0x10 1_000 --1 inf NaN 1e99999999999".split(' ').chain(["", " 1"]) {
            assert_eq!(text.parse::<Number>(), Err(NotANumber), "{text}");
        }
        assert_eq!(Number::from_f64(f64::NAN), None);
    }

    #[test]
    fn floats_stand_for_their_shortest_text() {
        for (float, text) in [(0.1, "0.1"), (1.0, "1"), (-0.0, "0"), (1e21, "1e21"), (5e-324, "5e-324")] {
            assert_eq!(Number::from_f64(float), Some(number(text)), "{float}");
            assert_eq!(number(text).as_f64(), float);
        }
        assert_eq!(number("1e400").as_f64(), f64::INFINITY);
    }

    #[test]
    fn knows_which_numbers_are_floats_printed_in_full() {
        let tiny = 0.5_f64.powi(60);
        assert_eq!(Number::from_f64(tiny).unwrap().as_printed_float(), Some(tiny));
        assert_eq!(number("0.1").as_printed_float(), None);
        assert_eq!(number("0.12345678901234567890").as_printed_float(), None);
    }

    #[test]
    fn integers_of_64_bits_are_exact() {
        assert_eq!(Number::from(u64::MAX), number("18446744073709551615"));
        assert_eq!(Number::from(10_000_000_000_000_000_000_u64), number("1e19"));
        assert_eq!(Number::from(7_u64).as_i64(), Some(7));
        assert_eq!(number("9223372036854775808").as_i64(), None);
        assert_eq!(number("-9223372036854775808").as_i64(), Some(i64::MIN));
        assert_eq!(number("1.5").as_i64(), None);
    }
}
