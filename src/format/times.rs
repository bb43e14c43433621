//! Times of plain lines, straight from the bytes.
//!
//! This reads a part of what [`Time::parse`] reads, and leaves the rest to it: numbers of digits with or without a point,
//! and RFC 3339. A date is read once a minute: the next ones of that minute differ in their seconds alone.

use super::time::Time;
use super::window::{Window, load};

const SECOND: u64 = 1_000_000_000;

/// How many digits a whole number may have, so that a register holds it.
const WHOLE: usize = 19;

/// How many digits behind the point count, and no more may stand there.
const FRACTION: usize = 9;

const TENS: [u64; FRACTION + 1] = {
    let (mut tens, mut i) = ([1; FRACTION + 1], 1);
    while i < tens.len() {
        tens[i] = tens[i - 1] * 10;
        i += 1;
    }
    tens
};

/// Up to the minutes, so many bytes are the same for all of a minute.
const MINUTE: usize = 16;

/// What a reader remembers: the last minute.
#[derive(Debug, Default)]
pub struct Times {
    /// Its text up to the minutes, which no text is at first.
    minute: [u64; 2],
    /// The zone behind its seconds, and the bytes of it that count.
    zone: [u64; 2],
    zone_len: usize,
    /// When it began, in billionths of a second since 1970.
    start: i128,
}

impl Times {
    /// The time at a place, and where it ends. Nothing where none is read: that need not mean that there is none.
    #[inline(always)]
    pub fn read(&mut self, window: &Window, at: usize) -> Option<(Time, usize)> {
        if window.get(at + 4) == Some(&b'-') { self.moment(window, at) } else { number(window, at) }
    }

    /// A time in RFC 3339.
    #[inline(always)]
    pub fn moment(&mut self, window: &Window, at: usize) -> Option<(Time, usize)> {
        let (passed, end) = seconds(window, at + MINUTE)?;
        let same = self.minute == [load(window, at), load(window, at + 8)]
            && load(window, end) & self.zone[1] == self.zone[0]
            && self.zone_len > 0;
        if !same {
            self.learn(window, at, (passed, end))?;
        }
        let time = Time::of_parts(self.start + i128::from(passed), true)?;
        Some((time, end + self.zone_len))
    }

    /// Another minute: its seconds end at a place, and so much of it has passed.
    #[cold]
    #[inline(never)]
    fn learn(&mut self, window: &Window, at: usize, (passed, end): (u64, usize)) -> Option<()> {
        let zone_len = match window.get(end)? {
            b'Z' | b'z' => 1,
            b'+' | b'-' => 6,
            _ => return None,
        };
        let text = std::str::from_utf8(window.get(at..end + zone_len)?).ok()?;
        // The last year ends within a minute.
        let time = Time::parse(text).filter(|time| time.is_calendar() && !text.starts_with("9999"))?;
        self.minute = [load(window, at), load(window, at + 8)];
        let counts = u64::MAX >> (64 - 8 * zone_len);
        (self.zone, self.zone_len) = ([load(window, end) & counts, counts], zone_len);
        self.start = time.billionths() - i128::from(passed);
        Some(())
    }
}

/// `:07.25` in billionths, and where it ends.
#[inline(always)]
fn seconds(window: &Window, at: usize) -> Option<(u64, usize)> {
    let word = load(window, at);
    let [colon, tens, ones, point, ..] = word.to_le_bytes();
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    if colon != b':' || tens > 5 || ones > 9 {
        return None;
    }
    let whole = (u64::from(tens) * 10 + u64::from(ones)) * SECOND;
    if point != b'.' {
        return Some((whole, at + 3));
    }
    let (fraction, end) = fraction(window, at + 4)?;
    Some((whole + fraction, end))
}

/// A number as JSON has it, without a sign and an exponent, and where it ends.
#[inline(always)]
pub fn number(window: &Window, at: usize) -> Option<(Time, usize)> {
    let (whole, count) = digits(window, at, WHOLE)?;
    if count > 1 && window.get(at) == Some(&b'0') {
        return None;
    }
    let end = at + count;
    let (fraction, end) = match window.get(end) {
        Some(b'.') => fraction(window, end + 1)?,
        _ => (0, end),
    };
    Some((Time::from_billionths(i128::from(whole) * i128::from(SECOND) + i128::from(fraction)), end))
}

/// What stands behind the point, in billionths, and where it ends.
#[inline(always)]
fn fraction(window: &Window, at: usize) -> Option<(u64, usize)> {
    let (value, count) = digits(window, at, FRACTION)?;
    Some((value * TENS[FRACTION - count], at + count))
}

/// The number that all digits from a place on make, and how many they are: at least one, and at most so many.
#[inline(always)]
fn digits(window: &Window, at: usize, most: usize) -> Option<(u64, usize)> {
    let (mut value, mut count) = eight(load(window, at));
    while count % 8 == 0 && (1..=most).contains(&count) {
        let (more, few) = eight(load(window, at + count));
        if few == 0 {
            break;
        }
        // Beyond what fits, it is not used.
        value = value.wrapping_mul(TENS[few]).wrapping_add(more);
        count += few;
    }
    (1..=most).contains(&count).then_some((value, count))
}

/// The number that the first digits of eight bytes make, and how many they are (Muła and Lemire 2014, "SIMD-like parsing of
/// eight digits").
#[inline(always)]
fn eight(bytes: u64) -> (u64, usize) {
    let values = bytes ^ 0x3030_3030_3030_3030;
    // Of the first byte that is none, the highest bit is the lowest one here.
    let others = (values.wrapping_add(0x7676_7676_7676_7676) | values) & 0x8080_8080_8080_8080;
    let count = others.trailing_zeros() as usize / 8;
    // The last digit to the last byte; in front of the first one zeros.
    let values = values.checked_shl(64 - 8 * count as u32).unwrap_or(0);
    let pairs = values.wrapping_mul(10).wrapping_add(values >> 8);
    let hundreds = (pairs & 0x0000_00FF_0000_00FF).wrapping_mul(0x000F_4240_0000_0064);
    let ones = (pairs >> 16 & 0x0000_00FF_0000_00FF).wrapping_mul(0x0000_2710_0000_0001);
    (hundreds.wrapping_add(ones) >> 32, count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::window::NO_BYTES;
    use proptest::prelude::*;

    fn window(text: &str) -> Window {
        let mut window = NO_BYTES;
        window[3..3 + text.len()].copy_from_slice(text.as_bytes());
        window
    }

    /// What is read is what the reference reads of the same bytes.
    fn is_as_parsed(times: &mut Times, text: &str) -> Option<usize> {
        let (time, end) = times.read(&window(text), 3)?;
        let wanted = Time::parse(&text[..end - 3]).unwrap_or_else(|| panic!("{text} up to {end}"));
        assert_eq!((time, time.is_calendar()), (wanted, wanted.is_calendar()), "{text}");
        Some(end - 3)
    }

    #[test]
    fn what_logs_have_is_read() {
        let mut times = Times::default();
        for text in [
            "0",
            "7",
            "12.5",
            "0.000000001",
            "99999999",
            "100000000",
            "1456966522870845696",
            "9999999999999999999",
            "1700000000.123456789",
            "1700000000123",
            "1970-01-01T00:00:01.5Z",
            "2026-11-22T10:00:59Z",
            "2026-11-22T10:00:00.123456789+02:00",
            "2026-11-22T10:00:07.1-11:30",
            "2026-11-22t10:00:07.1z",
            "0000-01-01T00:00:00Z",
            "2024-02-29T23:59:59.999999999Z",
            "2024-02-29T23:59:00Z",
            "1960-02-29T23:59:30.5Z",
        ] {
            assert_eq!(is_as_parsed(&mut times, text), Some(text.len()), "{text}");
            // Again, now that the minute is known.
            assert_eq!(is_as_parsed(&mut times, text), Some(text.len()), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_or_not_plain_is_left() {
        let mut times = Times::default();
        assert!(is_as_parsed(&mut times, "2026-11-22T10:00:59Z").is_some());
        for text in [
            "",
            "-1",
            ".5",
            "00",
            "01",
            "1.",
            "1.1234567891",
            "99999999999999999999",
            "2026-11-22T10:00:60Z",
            "2026-11-22T10:00:59",
            "2026-11-22T10:00:5Z",
            "2026-11-22T10:00:59.Z",
            "2026-11-22T10:00:59+2:00",
            "2026-02-30T10:00:59Z",
            "9999-12-30T22:00:00Z",
            "2026-11-22T24:00:00Z",
            "2026-11-22T10:00:59+02:60",
        ] {
            assert_eq!(is_as_parsed(&mut times, text), None, "{text}");
        }
        // What stands behind it is the caller's.
        assert_eq!(is_as_parsed(&mut times, "12e3"), Some(2));
    }

    proptest! {
        #[test]
        fn times_are_those_of_the_reference(
            texts in proptest::collection::vec(
                prop_oneof![
                    r"[0-9]{1,22}(\.[0-9]{1,11})?[,\n ]?",
                    r"20[0-2][0-9]-(0[0-9]|1[0-3])-[0-3][0-9][T ]1[0-2]:0[01]:[0-6][0-9](\.[0-9]{1,10})?(Z|z|[+-]0[0-2]:00)[\n]?",
                    r"2026-01-02T10:0[01]:[0-5][0-9](\.[0-9]{1,6})?(Z|\+02:00|-02:00)",
                    r"[0-9TZ:.+-]{0,30}",
                ],
                0..30,
            ),
        ) {
            let mut times = Times::default();
            texts.iter().for_each(|text| { is_as_parsed(&mut times, text); });
        }

        #[test]
        fn digits_are_a_number(text in "[0-9]{0,8}[^0-9]?.{0,8}") {
            let count = text.bytes().take(8).take_while(u8::is_ascii_digit).count();
            let word = load(&window(&text), 3);
            prop_assert_eq!(eight(word), (text[..count].parse().unwrap_or(0), count));
        }
    }
}
