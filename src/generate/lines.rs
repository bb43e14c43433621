//! Events as lines of our two formats, written by hand: no allocation and no formatter for an event.

use std::io::{self, Write};

use super::Shape;
use super::events::{Action, Event};
use super::stamp::Stamp;

/// Bytes that are gathered before they are written.
const GATHERED: usize = 1 << 16;

/// Writes events as lines.
pub(super) struct Lines<W> {
    out: W,
    shape: Shape,
    stamp: Option<Stamp>,
    buffer: Vec<u8>,
}

/// The text around process, message and peer, of a line that sends, receives and steps.
struct Around {
    send: [&'static str; 4],
    receive: [&'static str; 3],
    step: [&'static str; 2],
}

const TRACE: Around =
    Around { send: ["P", ": send m", " -> P", "\n"], receive: ["P", ": receive m", "\n"], step: ["P", ": step\n"] };

const JSONL: Around = Around {
    send: ["{\"process\":\"P", "\",\"event\":\"send\",\"message\":\"m", "\",\"to\":\"P", "\"}\n"],
    receive: ["{\"process\":\"P", "\",\"event\":\"receive\",\"message\":\"m", "\"}\n"],
    step: ["{\"process\":\"P", "\",\"event\":\"step\"}\n"],
};

impl<W: Write> Lines<W> {
    pub(super) fn new(out: W, shape: Shape, times: bool) -> Self {
        Self { out, shape, stamp: times.then(Stamp::new), buffer: Vec::with_capacity(GATHERED + 256) }
    }

    #[inline]
    pub(super) fn write(&mut self, event: &Event) -> io::Result<()> {
        let around = match self.shape {
            Shape::Trace => &TRACE,
            Shape::JsonLines => &JSONL,
        };
        // Names count from 1.
        let process = u64::from(event.process) + 1;
        let buffer = &mut self.buffer;
        match event.action {
            Action::Step => line(buffer, around.step, [process]),
            Action::Send { message, to } => line(buffer, around.send, [process, message, u64::from(to) + 1]),
            Action::Receive { message } => line(buffer, around.receive, [process, message]),
        }
        if let Some(stamp) = &mut self.stamp {
            let (before, behind) = match self.shape {
                Shape::Trace => (" @ ", "\n"),
                Shape::JsonLines => (",\"time\":\"", "\"}\n"),
            };
            // It goes in front of what ends the line.
            let end = if self.shape == Shape::Trace { "\n" } else { "}\n" };
            buffer.truncate(buffer.len() - end.len());
            buffer.extend_from_slice(before.as_bytes());
            stamp.write(event.number, buffer);
            buffer.extend_from_slice(behind.as_bytes());
        }
        if buffer.len() >= GATHERED {
            self.out.write_all(buffer)?;
            buffer.clear();
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.write_all(&self.buffer)?;
        self.out.flush()
    }
}

#[inline]
fn line<const TEXTS: usize, const NUMBERS: usize>(
    buffer: &mut Vec<u8>,
    texts: [&'static str; TEXTS],
    numbers: [u64; NUMBERS],
) {
    for (i, text) in texts.iter().enumerate() {
        buffer.extend_from_slice(text.as_bytes());
        if let Some(&number) = numbers.get(i) {
            decimal(buffer, number);
        }
    }
}

#[inline]
fn decimal(buffer: &mut Vec<u8>, mut number: u64) {
    // The largest number has 20 digits.
    let mut digits = [b'0'; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    buffer.extend_from_slice(&digits[start..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(shape: Shape, times: bool, events: &[Event]) -> String {
        let mut out = Vec::new();
        let mut lines = Lines::new(&mut out, shape, times);
        events.iter().for_each(|event| lines.write(event).expect("memory takes all"));
        lines.finish().expect("memory takes all");
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn an_event_is_one_line() {
        let events = [
            Event { number: 0, process: 2, action: Action::Send { message: 812, to: 6 } },
            Event { number: 1, process: 6, action: Action::Receive { message: u64::MAX } },
            Event { number: 864_000_001, process: 9, action: Action::Step },
        ];
        let trace = "P3: send m812 -> P7\nP7: receive m18446744073709551615\nP10: step\n";
        assert_eq!(written(Shape::Trace, false, &events), trace);
        let jsonl = r#"{"process":"P3","event":"send","message":"m812","to":"P7"}
{"process":"P7","event":"receive","message":"m18446744073709551615"}
{"process":"P10","event":"step"}
"#;
        assert_eq!(written(Shape::JsonLines, false, &events), jsonl);
        let trace = "P3: send m812 -> P7 @ 2026-01-01T00:00:00.000000Z\n\
            P7: receive m18446744073709551615 @ 2026-01-01T00:00:00.000100Z\n\
            P10: step @ 2026-01-02T00:00:00.000100Z\n";
        assert_eq!(written(Shape::Trace, true, &events), trace);
        let step = r#"{"process":"P10","event":"step","time":"2026-01-02T00:00:00.000100Z"}"#;
        assert!(written(Shape::JsonLines, true, &events).ends_with(&format!("{step}\n")));
    }
}
