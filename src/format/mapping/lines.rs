//! Text logs: lines that patterns match.

use std::ops::Range;

use regex::bytes::{CaptureLocations, Regex};

use super::Mapping;
use super::event::{Parts, Records};
use super::receivers::Receivers;
use super::role::{Places, Role};
use super::value::Value;
use crate::format::lines::broken;
use crate::format::record::Sink;
use crate::source::Source;

/// A pattern of one kind of line.
#[derive(Debug)]
pub(super) struct Pattern {
    regex: Regex,
    pub places: Places,
    /// How many lines a match of it takes at most.
    lines: usize,
}

impl Pattern {
    /// A compiled pattern with the roles of its groups; `text` is how it was written.
    pub fn new(regex: Regex, text: &str) -> Self {
        let places = Places::of(regex.capture_names());
        // Counted too many where a backslash is escaped, which costs time and changes nothing.
        let lines = 1 + text.matches("\\n").count();
        Self { regex, places, lines }
    }

    /// Whether the process of its events is told by the name of the file alone.
    pub fn lacks_process(&self) -> bool {
        !self.places.has(Role::Process)
    }
}

/// Whether one of the first lines is a whole event.
pub(super) fn reads_any(patterns: &[Pattern], mapping: &Mapping, head: &[u8]) -> bool {
    let mut groups: Vec<CaptureLocations> = patterns.iter().map(|pattern| pattern.regex.capture_locations()).collect();
    Lines::new(head).any(|line| {
        let text = &head[line];
        patterns.iter().zip(&mut groups).any(|(pattern, groups)| {
            let mut slots = Vec::new();
            pattern.regex.captures_read(groups, text).is_some()
                && fill(&mut slots, groups, text)
                && pattern.places.action(&slots, &mapping.words).is_some()
                && pattern.places.complete(&slots)
        })
    })
}

/// Reads `source` into `sink`. Time: linear in the bytes for each pattern; each line is held against the patterns in
/// their order.
pub(super) fn read(
    patterns: &[Pattern],
    mapping: &Mapping,
    source: &Source,
    receivers: Option<&Receivers>,
    sink: &mut dyn Sink,
) {
    let bytes = source.bytes();
    let mut records = Records::new(mapping, source, receivers);
    let mut groups: Vec<CaptureLocations> = patterns.iter().map(|pattern| pattern.regex.capture_locations()).collect();
    let mut lines = Lines::new(bytes);
    let mut slots = Vec::new();
    while let Some(line) = lines.next() {
        let found = patterns.iter().zip(&mut groups).find_map(|(pattern, groups)| {
            let text = &bytes[line.start..lines.end_of(pattern.lines, &line)];
            let found = pattern.regex.captures_read(groups, text)?;
            (found.start() <= line.len()).then_some((pattern, &*groups, text, found.end()))
        });
        let Some((pattern, groups, text, end)) = found else {
            skip(bytes, &line, sink);
            continue;
        };
        let at = line.start..line.end.max(line.start + end);
        lines.go_to(at.end);
        if !fill(&mut slots, groups, text) {
            let valid = std::str::from_utf8(&bytes[at.clone()]).err().map_or(0, |error| error.valid_up_to());
            sink.problem(broken(bytes, at.start + valid));
            continue;
        }
        if !records.emit(&Parts { places: &pattern.places, slots: &slots, at: at.clone() }, sink) {
            skip(bytes, &at, sink);
        }
    }
    sink.lines(lines.count);
}

/// What the groups matched; false where that is not UTF-8.
fn fill<'t>(slots: &mut Vec<Option<Value<'t>>>, groups: &CaptureLocations, text: &'t [u8]) -> bool {
    slots.clear();
    // The whole match is the first group, and has no name.
    slots.push(None);
    (1..groups.len()).all(|i| match groups.get(i) {
        None => {
            slots.push(None);
            true
        }
        Some((start, end)) => std::str::from_utf8(&text[start..end]).is_ok_and(|text| {
            slots.push(Some(Value::Text(text)));
            true
        }),
    })
}

/// Counts text that is no event, unless it is blank.
fn skip(bytes: &[u8], at: &Range<usize>, sink: &mut dyn Sink) {
    let text = &bytes[at.clone()];
    if !text.trim_ascii().is_empty() {
        sink.skipped(at.start..at.start + text.trim_ascii_end().len());
    }
}

/// The lines of a text, without their ends.
struct Lines<'t> {
    bytes: &'t [u8],
    at: usize,
    count: usize,
}

impl<'t> Lines<'t> {
    fn new(bytes: &'t [u8]) -> Self {
        Self { bytes, at: if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 }, count: 0 }
    }

    /// Where a piece of `lines` lines ends that starts with `first`, the line that was handed out last.
    fn end_of(&self, lines: usize, first: &Range<usize>) -> usize {
        let mut end = first.end;
        let mut at = self.at;
        for _ in 1..lines {
            if at >= self.bytes.len() {
                break;
            }
            let line = line_at(self.bytes, at);
            (end, at) = (without_cr(self.bytes, &line), line.end + 1);
        }
        end
    }

    /// Goes on behind the line that holds the byte at `end`, if that is further on.
    fn go_to(&mut self, end: usize) {
        while self.at < end.min(self.bytes.len()) {
            self.at = line_at(self.bytes, self.at).end + 1;
            self.count += 1;
        }
    }
}

impl Iterator for Lines<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        if self.at >= self.bytes.len() {
            return None;
        }
        let line = line_at(self.bytes, self.at);
        self.at = line.end + 1;
        self.count += 1;
        Some(line.start..without_cr(self.bytes, &line))
    }
}

fn line_at(bytes: &[u8], start: usize) -> Range<usize> {
    start..memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |i| start + i)
}

fn without_cr(bytes: &[u8], line: &Range<usize>) -> usize {
    if bytes[line.clone()].ends_with(b"\r") { line.end - 1 } else { line.end }
}
