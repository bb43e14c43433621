//! Times as logs write them: a number, or RFC 3339.

use std::cmp::Ordering;
use std::fmt;

/// A time in billionths of the log's unit: of a second for RFC 3339 (since 1970), of one for a plain number.
///
/// Both compare as numbers; what the log wrote is kept in the lowest bit, above it are the billionths.
#[derive(Clone, Copy, Debug)]
pub struct Time(i128);

const UNIT: i128 = 1_000_000_000;

impl Time {
    /// Reads `12`, `-3.25`, `1.5e3` or `2014-10-13T14:37:20.543Z`. Digits past the ninth after the point are dropped.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(fraction) = rfc3339_fraction(text) {
            // The library reads nine digits of a second and no more.
            let exact = if fraction > 10 { format!("{}{}", &text[..29], &text[19 + fraction..]) } else { text.into() };
            return exact.parse::<jiff::Timestamp>().ok()?.as_nanosecond().checked_mul(2).map(|twice| Self(twice | 1));
        }
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((m, e)) => (m, e.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (negative, digits) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() || !(whole.bytes().chain(fraction.bytes())).all(|b| b.is_ascii_digit()) {
            return None;
        }
        // value = all digits * 10^(exponent - fraction digits); in billionths, 9 more.
        let shift = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?.checked_add(9)?;
        let mut value: i128 = 0;
        for digit in whole.bytes().chain(fraction.bytes()) {
            value = value.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
        }
        let value = match 10i128.checked_pow(shift.unsigned_abs()) {
            Some(scale) if shift >= 0 => value.checked_mul(scale)?,
            Some(scale) => value / scale,
            None if shift < 0 => 0,
            None => return None,
        };
        let value = if negative { -value } else { value };
        value.checked_mul(2).map(Self)
    }

    /// Reads the times of other people's logs: what [`Time::parse`] reads; a date and time of day that are parted by `T`
    /// or a blank, with `-` or `/` in the date, a fraction behind `.` or `,`, and a zone `Z`, `UTC`, `+02:00`, `+0200` or
    /// none, which is UTC; `01/May/2026:12:00:00 +0000` of web servers; and a time of day alone, in seconds.
    ///
    /// ```
    /// use clearcut::format::time::Time;
    /// let same = ["2026-05-01T12:00:00.5Z", "2026-05-01 12:00:00,500", "2026/05/01 14:00:00.5 +0200"];
    /// assert!(same.iter().all(|text| Time::parse_log(text) == Time::parse("1777636800.5")));
    /// ```
    pub fn parse_log(text: &str) -> Option<Self> {
        let text = text.trim_matches([' ', '[', ']']);
        Self::parse(text).or_else(|| {
            let (billionths, dated) = super::moment::parse(text)?;
            billionths.checked_mul(2).map(|twice| Self(twice | i128::from(dated)))
        })
    }

    /// Billionths of the unit.
    pub const fn billionths(self) -> i128 {
        self.0 >> 1
    }

    /// Whether it was written as RFC 3339: its unit is then the second.
    pub const fn is_calendar(self) -> bool {
        self.0 & 1 == 1
    }

    /// As logs write it: RFC 3339 where it was written so, else a number. It is read as the same time.
    ///
    /// ```
    /// use clearcut::format::time::Time;
    /// let written = |text| Time::parse(text).unwrap().written();
    /// assert_eq!(written("2014-10-13T16:37:20.5+02:00"), "2014-10-13T14:37:20.5Z");
    /// assert_eq!(written("1.25e1"), "12.5");
    /// ```
    pub fn written(self) -> String {
        let moment = || jiff::Timestamp::from_nanosecond(self.billionths()).ok();
        let text = self.is_calendar().then(moment).flatten().map(|moment| moment.to_string());
        // A year before the first needs a sign, which RFC 3339 has not.
        text.filter(|text| !text.starts_with('-')).unwrap_or_else(|| self.to_string())
    }

    /// A moment on the calendar, from nanoseconds since 1970.
    pub const fn from_nanoseconds(since_1970: u64) -> Self {
        Self((since_1970 as i128 * 2) | 1)
    }

    /// From billionths of the unit, and whether they are those of a date; nothing where that is too far away.
    pub fn of_parts(billionths: i128, is_calendar: bool) -> Option<Self> {
        billionths.checked_mul(2).map(|twice| Self(twice | i128::from(is_calendar)))
    }

    /// A moment on the calendar, from billionths of a second since 1970.
    pub const fn from_billionths_since_1970(billionths: i128) -> Self {
        Self(billionths.saturating_mul(2) | 1)
    }

    /// From billionths of the unit.
    pub const fn from_billionths(billionths: i128) -> Self {
        Self(billionths.saturating_mul(2))
    }
}

impl PartialEq for Time {
    fn eq(&self, other: &Self) -> bool {
        self.billionths() == other.billionths()
    }
}

impl Eq for Time {}

impl PartialOrd for Time {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Time {
    fn cmp(&self, other: &Self) -> Ordering {
        self.billionths().cmp(&other.billionths())
    }
}

/// The length of the fraction of a second (with its point) in a text that has the shape of RFC 3339; the library that
/// reads it afterwards knows other shapes too.
fn rfc3339_fraction(text: &str) -> Option<usize> {
    let shape = |text: &str, shape: &str| {
        text.len() == shape.len()
            && text.bytes().zip(shape.bytes()).all(|(b, s)| match s {
                b'0' => b.is_ascii_digit(),
                b'5' => (b'0'..=b'5').contains(&b),
                b'T' => matches!(b, b'T' | b't' | b' '),
                s => b == s,
            })
    };
    let (moment, rest) = text.split_at_checked(19)?;
    let fraction = rest.strip_prefix('.').map_or(0, |f| 1 + f.bytes().take_while(u8::is_ascii_digit).count());
    let zone = &rest[fraction..];
    let zoned = matches!(zone, "Z" | "z") || shape(zone, "+00:50") || shape(zone, "-00:50");
    (shape(moment, "0000-00-00T00:50:50") && fraction != 1 && zoned).then_some(fraction)
}

/// As a plain number of units.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let billionths = self.billionths();
        let sign = if billionths < 0 { "-" } else { "" };
        let (whole, rest) = (billionths.unsigned_abs() / UNIT as u128, billionths.unsigned_abs() % UNIT as u128);
        if rest == 0 {
            return write!(f, "{sign}{whole}");
        }
        write!(f, "{sign}{whole}.{}", format!("{rest:09}").trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact() {
        let billionths = |text| Time::parse(text).map(Time::billionths);
        assert_eq!(billionths("12.5"), Some(12_500_000_000));
        assert_eq!(billionths("-0.000000001"), Some(-1));
        assert_eq!(billionths("1456966522870845696"), Some(1_456_966_522_870_845_696_000_000_000));
        assert_eq!(billionths("1.5e3"), Some(1_500_000_000_000));
        assert_eq!(billionths("1e-3"), Some(1_000_000));
        assert_eq!(billionths("1970-01-01T00:00:01.5Z"), Some(1_500_000_000));
        assert_eq!(billionths("1970-01-01T02:00:01+02:00"), Some(1_000_000_000));
        assert_eq!(billionths("1970-01-01T00:00:00.1234567891Z"), Some(123_456_789));
        assert_eq!(billionths("1970-01-01T00:00Z"), None);
    }

    #[test]
    fn other_text_is_no_time() {
        for text in ["", "-", ".5", "1.2.3", "12:30", "noon", "1e", "1e99", "99999999999999999999999999999999999999999"]
        {
            assert_eq!(Time::parse(text), None, "{text}");
        }
    }

    #[test]
    fn times_of_both_kinds_compare_as_numbers() {
        let time = |text: &str| Time::parse(text).unwrap();
        let (number, calendar) = (time("1.5"), time("1970-01-01T00:00:01.5Z"));
        assert!(number == calendar && number <= calendar && calendar < time("1.500000001"));
        assert_eq!([number.is_calendar(), calendar.is_calendar()], [false, true]);
        assert_eq!([time("-1.5"), Time::from_billionths(-1_500_000_000)].map(Time::billionths), [-1_500_000_000; 2]);
    }

    #[test]
    fn prints_what_it_reads() {
        for text in ["0", "12.5", "-0.25", "1456966522870845696"] {
            assert_eq!(Time::parse(text).map(|t| t.to_string()).as_deref(), Some(text));
        }
    }
}
