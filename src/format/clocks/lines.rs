//! The lines of one file: one clock each.

use std::ops::Range;

use crate::format::record::Problem;

/// The lines of one file, and what is wrong with them.
pub(super) struct File {
    pub lines: Vec<Line>,
    pub problems: Vec<Problem>,
    pub end: End,
}

/// One clock.
pub(super) struct Line {
    pub at: Range<usize>,
    pub counts: Vec<u32>,
    /// Every token of it was a number.
    pub sound: bool,
    /// Something divides its last count from the end of the line.
    divided: bool,
}

/// How a file ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With a line end.
    Line,
    /// With a blank or comma: the last number is whole.
    Divider,
    /// With a digit, which need not be the last one of its number.
    Number,
}

impl File {
    pub fn read(bytes: &[u8]) -> Self {
        let end = bytes.trim_ascii_end().len();
        let how = match &bytes[end..] {
            rest if rest.contains(&b'\n') => End::Line,
            [] if !bytes.ends_with(b",") => End::Number,
            _ => End::Divider,
        };
        let mut file = Self { lines: Vec::new(), problems: Vec::new(), end: how };
        if end == 0 {
            file.problems.push(Problem {
                at: 0..0,
                what: "this file has no clock".into(),
                label: "expected a line of numbers for each snapshot".into(),
                help: Some("a process that recorded nothing has still a clock at each snapshot; run it again".into()),
            });
            return file;
        }
        let mut start = 0;
        while start < end {
            let line_end = memchr::memchr(b'\n', &bytes[start..end]).map_or(end, |i| start + i);
            let line = file.line(bytes, start..line_end);
            file.lines.push(line);
            start = line_end + 1;
        }
        file
    }

    fn line(&mut self, bytes: &[u8], at: Range<usize>) -> Line {
        let text = &bytes[at.clone()];
        let inner = text.strip_suffix(b"\r").unwrap_or(text);
        let divided = matches!(inner.last(), Some(b' ' | b'\t' | b','));
        let at = at.start..at.start + text.trim_ascii_end().len();
        let mut line = Line { at: at.clone(), counts: Vec::new(), sound: true, divided };
        let mut here = at.start;
        for token in bytes[at.clone()].split(|b| b.is_ascii_whitespace() || *b == b',') {
            let token_at = here..here + token.len();
            here = token_at.end + 1;
            if token.is_empty() {
                continue;
            }
            match str::from_utf8(token).ok().and_then(|text| text.parse().ok()).filter(|_| token[0] != b'+') {
                Some(count) => line.counts.push(count),
                None => {
                    line.sound = false;
                    self.problems.push(no_count(token, token_at));
                }
            }
        }
        if line.counts.is_empty() && line.sound {
            line.sound = false;
            self.problems.push(Problem {
                at,
                what: "this line is blank, and clocks follow".into(),
                label: "expected the clock of this snapshot".into(),
                help: Some("line k is snapshot k: delete the line, or put the missing clock there".into()),
            });
        }
        line
    }

    /// Takes the last line off if it is cut short, as that of a program that was stopped: it has no end, and
    /// - it has fewer counts than a clock has; or
    /// - it ends with a digit, so that more of them may be missing, and something speaks for that: `others_end` (another
    ///   file has a line end there), every line above has a divider behind its last number, or the last count is lower
    ///   than in the line above, as no clock's is.
    ///
    /// A whole last line without its end is as common, so that it is used where nothing speaks against it.
    pub fn take_cut_line(&mut self, width: usize, others_end: bool) -> Option<Line> {
        let (last, above) = self.lines.split_last()?;
        if self.end == End::Line || !last.sound {
            return None;
        }
        let lower = || {
            let before = above.last().and_then(|line| line.counts.get(width.checked_sub(1)?));
            before.zip(last.counts.last()).is_some_and(|(before, count)| count < before)
        };
        let divided = || !above.is_empty() && above.iter().all(|line| line.divided);
        let half = || self.end == End::Number && (others_end || divided() || lower());
        match last.counts.len() < width || last.counts.len() == width && half() {
            true => self.lines.pop(),
            false => None,
        }
    }
}

/// Text where a count should be.
fn no_count(token: &[u8], at: Range<usize>) -> Problem {
    const SHOWN: usize = 40;
    let text = String::from_utf8_lossy(&token[..token.len().min(SHOWN)]);
    let (what, label) = if token.iter().all(u8::is_ascii_digit) {
        (format!("the count {text} is too large"), format!("expected {} at most", u32::MAX))
    } else {
        (format!("`{text}` is no count"), "expected a whole number from 0".into())
    };
    let help = "a line is one vector clock: whole numbers with blanks or commas between them, and nothing else".into();
    Problem { at, what, label, help: Some(help) }
}
