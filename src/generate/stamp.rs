//! Times of made-up events.

use crate::format::time::Time;

/// When the first event is, in seconds since 1970: 2026-01-01T00:00:00Z.
const FIRST: u64 = 1_767_225_600;

/// How many minutes there are from there to the end of the year 9998: later ones have no text that all who read dates read.
const MINUTES: u64 = 4_193_392_319;

/// How many microseconds pass between two events.
const APART: u64 = 100;

const SECOND: u64 = 1_000_000;

/// The text up to the minutes is the same for as many events as there are in a minute.
const MINUTE: usize = "2026-01-01T00:00".len();

/// Writes times in RFC 3339.
pub(super) struct Stamp {
    minute: u64,
    text: String,
}

impl Stamp {
    pub(super) fn new() -> Self {
        Self { minute: 0, text: minute(0) }
    }

    /// Appends the time of an event, by how many events were before it.
    pub(super) fn write(&mut self, number: u64, buffer: &mut Vec<u8>) {
        let passed = number.saturating_mul(APART);
        let now = passed / (60 * SECOND);
        if now != self.minute {
            *self = Self { minute: now, text: minute(now) };
        }
        buffer.extend_from_slice(self.text.as_bytes());
        let (seconds, rest) = (passed / SECOND % 60, passed % SECOND);
        buffer.push(b':');
        digits(buffer, seconds, 2);
        buffer.push(b'.');
        digits(buffer, rest, 6);
        buffer.push(b'Z');
    }
}

/// The text of a minute by its number, without its seconds. The last that there is stands for all behind it.
fn minute(number: u64) -> String {
    let seconds = FIRST + 60 * number.min(MINUTES);
    let start = Time::from_billionths_since_1970(i128::from(seconds) * 1_000_000_000);
    start.written().chars().take(MINUTE).collect()
}

/// The last so many digits of a number.
fn digits(buffer: &mut Vec<u8>, number: u64, count: u32) {
    buffer.extend((0..count).rev().map(|place| b'0' + (number / 10u64.pow(place) % 10) as u8));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_so_far_apart() {
        let mut stamp = Stamp::new();
        let mut written = |number| {
            let mut text = Vec::new();
            stamp.write(number, &mut text);
            String::from_utf8(text).expect("ASCII")
        };
        assert_eq!(written(0), "2026-01-01T00:00:00.000000Z");
        assert_eq!(written(599_999), "2026-01-01T00:00:59.999900Z");
        assert_eq!(written(600_000), "2026-01-01T00:01:00.000000Z");
        assert_eq!(written(10_000 * 86_400 * 59), "2026-03-01T00:00:00.000000Z");
        assert_eq!(minute(MINUTES), "9998-12-31T23:59");
        assert_eq!(&written(u64::MAX)[..MINUTE], "9998-12-31T23:59");
    }
}
