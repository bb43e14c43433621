//! Exact sums of the numbers that logs write.

use std::fmt;

/// A decimal number: `digits` / 10^`scale`. Invariant: the scale is the least one, so equal numbers are equal values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decimal {
    digits: i128,
    scale: u32,
}

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self { digits: 0, scale: 0 };

    /// Reads a JSON number, exactly; nothing for any other text and for numbers of more than some 38 digits.
    pub fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (negative, unsigned) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa),
        };
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        if whole.is_empty()
            || unsigned.ends_with('.')
            || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit())
        {
            return None;
        }
        let mut digits: i128 = 0;
        for digit in whole.bytes().chain(fraction.bytes()) {
            digits = digits.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
        }
        let digits = if negative { -digits } else { digits };
        if digits == 0 {
            return Some(Self::ZERO);
        }
        let scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        match u32::try_from(scale) {
            Ok(scale) => Some(Self { digits, scale }.least()),
            Err(_) => {
                let digits = digits.checked_mul(10i128.checked_pow(scale.unsigned_abs())?)?;
                Some(Self { digits, scale: 0 })
            }
        }
    }

    /// The sum; nothing where it has too many digits.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        let widen = |n: Self| n.digits.checked_mul(10i128.checked_pow(scale - n.scale)?);
        Some(Self { digits: widen(self)?.checked_add(widen(other)?)?, scale }.least())
    }

    fn least(mut self) -> Self {
        while self.scale > 0 && self.digits % 10 == 0 {
            self.digits /= 10;
            self.scale -= 1;
        }
        self
    }
}

/// As a JSON number without exponent.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.digits < 0 { "-" } else { "" };
        let scale = self.scale as usize;
        let digits = format!("{:0>width$}", self.digits.unsigned_abs(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let point = if scale > 0 { "." } else { "" };
        write!(f, "{sign}{whole}{point}{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(of: &[&str]) -> Option<String> {
        let numbers = of.iter().map(|text| Decimal::parse(text));
        numbers.into_iter().try_fold(Decimal::ZERO, |sum, n| sum.checked_add(n?)).map(|sum| sum.to_string())
    }

    #[test]
    fn sums_are_exact() {
        assert_eq!(sum(&["0.1", "0.2"]).as_deref(), Some("0.3"));
        assert_eq!(sum(&["1e3", "-0.50", "1E-2"]).as_deref(), Some("999.51"));
        assert_eq!(sum(&["-0.25", "0.25"]).as_deref(), Some("0"));
        assert_eq!(sum(&["9007199254740993", "0.000000001"]).as_deref(), Some("9007199254740993.000000001"));
        assert_eq!(sum(&["-0.05"]).as_deref(), Some("-0.05"));
        assert_eq!(sum(&["0e999999999"]).as_deref(), Some("0"));
    }

    #[test]
    fn equal_numbers_are_equal() {
        assert_eq!(Decimal::parse("1.50"), Decimal::parse("15e-1"));
        assert_eq!(Decimal::parse("100"), Decimal::parse("1e2"));
    }

    #[test]
    fn what_is_no_number_or_too_long_is_nothing() {
        for text in ["", "-", "x", "\"1\"", "null", "1e99", "1.", "1e", "170141183460469231731687303715884105728"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
        let large = Decimal::parse("170141183460469231731687303715884105727").unwrap();
        assert_eq!(large.checked_add(Decimal::parse("1").unwrap()), None);
        assert_eq!(large.checked_add(Decimal::parse("0.1").unwrap()), None);
        assert_eq!(Decimal::parse("1e-999999999").and_then(|n| n.checked_add(large)), None);
    }
}
