//! Times of made-up events.

use jiff::Timestamp;

/// When the first event is, in seconds since 1970: 2026-01-01T00:00:00Z.
const FIRST: i64 = 1_767_225_600;

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

/// The text of a minute up to its number. There is none behind the last that RFC 3339 has a year for: that one stands for
/// all.
fn minute(number: u64) -> String {
    let seconds = i64::try_from(number).ok().and_then(|number| number.checked_mul(60)?.checked_add(FIRST));
    let start = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok()).unwrap_or(Timestamp::MAX);
    start.to_string().chars().take(MINUTE).collect()
}

/// The last so many digits of a number.
fn digits(buffer: &mut Vec<u8>, number: u64, count: u32) {
    buffer.extend((0..count).rev().map(|place| b'0' + (number / 10u64.pow(place) % 10) as u8));
}
