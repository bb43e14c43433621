//! The two patterns that most logs have, found without a regex.
//!
//! A record of either has a line `host {clock}` and a line of text, below it (GoVector) or above it (ShiViz's own
//! example). What is found is what the regex finds, to the byte; a test holds them together. It takes a tenth of the
//! time, which decides how long a whole log takes.

use std::ops::Range;

use memchr::{memchr, memchr_iter, memchr2, memrchr};

use super::known;
use super::pattern::Match;

/// Where the text of an event stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Text {
    Above,
    Below,
}

/// One of the two shapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    text: Text,
    /// Matches fill whole lines.
    whole_lines: bool,
}

impl Shape {
    /// The shape of a pattern that is one of the two, letter by letter.
    pub fn of(pattern: &str, whole_lines: bool) -> Option<Self> {
        let text = match pattern {
            known::GOVECTOR => Text::Below,
            known::DEFAULT => Text::Above,
            _ => return None,
        };
        Some(Self { text, whole_lines })
    }

    /// The first match at or after `from`, in text that has a CR at the end of lines only.
    pub fn find(self, text: &str, from: usize) -> Option<Match> {
        match self.text {
            Text::Below => self.text_below(text, from),
            Text::Above => self.text_above(text, from),
        }
    }

    /// `host {clock}`, then a line of text.
    fn text_below(self, text: &str, from: usize) -> Option<Match> {
        let mut line = Line::at(text, from);
        // Within a line that a match ended in, no line starts.
        if self.whole_lines && from > 0 && text.as_bytes()[from - 1] != b'\n' {
            line = line.next(text)?;
        }
        loop {
            let next = line.next(text)?;
            if let Some((host, clock)) = self.clock_line(text, &line, true) {
                return Some(Match {
                    at: host.start..next.end,
                    host: Some(host),
                    clock: Some(clock),
                    event: Some(next.range()),
                });
            }
            line = next;
        }
    }

    /// A line of text, then `host {clock}`.
    fn text_above(self, text: &str, from: usize) -> Option<Match> {
        let mut line = Line::at(text, from);
        if self.whole_lines && from > 0 && text.as_bytes()[from - 1] != b'\n' {
            line = line.next(text)?;
        }
        loop {
            let next = line.next(text)?;
            if let Some((host, clock)) = self.clock_line(text, &next, false) {
                let end = if self.whole_lines { next.end } else { clock.end };
                return Some(Match {
                    at: line.start..end,
                    host: Some(host),
                    clock: Some(clock),
                    event: Some(line.range()),
                });
            }
            line = next;
        }
    }

    /// Host and clock of a line. The record goes on in the next line (`goes_on`: the clock ends the line) or ends here
    /// (then it started above: the host starts the line).
    fn clock_line(self, text: &str, line: &Line, goes_on: bool) -> Option<(Range<usize>, Range<usize>)> {
        let inner = &text[line.range()];
        let brace = if goes_on && !self.whole_lines {
            // The first ` {` there is, behind as much host as there is.
            let bytes = inner.as_bytes();
            memchr_iter(b'{', bytes).find(|&brace| brace > 0 && bytes[brace - 1] == b' ')?
        } else {
            let space = memchr(b' ', inner.as_bytes())?;
            (inner.as_bytes().get(space + 1) == Some(&b'{')).then_some(space + 1)?
        };
        let close = memrchr(b'}', inner.as_bytes()).filter(|&close| close > brace)?;
        let rest = &inner[close + 1..];
        let ended = if goes_on {
            rest.is_empty()
        } else {
            !self.whole_lines || rest.bytes().all(|b| matches!(b, b' ' | b'\t'))
        };
        if !ended {
            return None;
        }
        let host = &inner[..brace - 1];
        let start = host.char_indices().rev().find(|(_, c)| c.is_whitespace()).map_or(0, |(i, c)| i + c.len_utf8());
        if start > 0 && (self.whole_lines || !goes_on) {
            return None;
        }
        Some((line.start + start..line.start + brace - 1, line.start + brace..line.start + close + 1))
    }
}

/// The rest of a line, without its end.
struct Line {
    start: usize,
    end: usize,
}

impl Line {
    fn at(text: &str, start: usize) -> Self {
        let end = memchr2(b'\r', b'\n', &text.as_bytes()[start..]).map_or(text.len(), |i| start + i);
        Self { start, end }
    }

    fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// The line below; there is one after every line end, if only an empty one.
    fn next(&self, text: &str) -> Option<Self> {
        let line_end = match text.as_bytes().get(self.end)? {
            b'\r' => 2,
            _ => 1,
        };
        (self.end + line_end <= text.len()).then(|| Self::at(text, self.end + line_end))
    }
}

#[cfg(test)]
mod tests {
    use super::super::pattern::Pattern;
    use super::*;
    use proptest::prelude::*;

    /// Lines that hit every branch: clocks with blanks around them, text with braces, blank lines.
    fn text() -> impl Strategy<Value = String> {
        let line = prop_oneof![
            Just(r#"a {"a":1}"#),
            Just(r#"b {"a":1, "b":2} "#),
            Just(r#"at 12: c {"c":1}"#),
            Just(r#"a {"a":1} {x} y"#),
            Just(r#" {"":1}"#),
            Just("a\u{a0}b {}"),
            Just("\ta {}"),
            Just("a }{"),
            Just("a {"),
            Just("é sends {1, 2}"),
            Just("text"),
            Just("} {"),
            Just(" "),
            Just(""),
        ];
        let end = prop_oneof![Just("\n"), Just("\n"), Just("\r\n")];
        (proptest::collection::vec((line, end), 0..9), any::<bool>()).prop_map(|(lines, cut)| {
            let mut text: String = lines.into_iter().flat_map(|(line, end)| [line, end]).collect();
            if cut {
                text.truncate(text.trim_end_matches(['\r', '\n']).len());
            }
            text
        })
    }

    proptest! {
        #[test]
        fn finds_what_the_regex_finds(text in text(), below in any::<bool>(), whole in any::<bool>()) {
            let pattern = if below { known::GOVECTOR } else { known::DEFAULT };
            let pattern = Pattern::new(pattern, whole).expect("a known pattern");
            let quick: Vec<Match> = pattern.matches(text.as_bytes(), Some(&text)).collect();
            let slow: Vec<Match> = pattern.matches(text.as_bytes(), None).collect();
            prop_assert_eq!(quick, slow);
        }
    }
}
