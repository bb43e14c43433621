//! Text logs: lines that patterns match.
//!
//! Blocks of lines are matched by all threads, and told in order by one ([`crate::format::ahead`]). Each block is matched
//! as if a record started with it; where one that spans lines reaches into the next block, the teller tries the lines
//! behind it himself until he stands where the scanner stood.

use std::ops::Range;

use super::Mapping;
use super::event::{Parts, Records};
use super::matches::Matches;
use super::pattern::{Match, Matcher, Pattern};
use super::receivers::Receivers;
use super::value::Value;
use crate::format::ahead::{self, Blockwise, Way};
use crate::format::lines::broken;
use crate::format::record::Sink;
use crate::source::Source;

/// Whether one of the first lines is a whole event.
pub(super) fn reads_any(patterns: &[Pattern], mapping: &Mapping, head: &[u8]) -> bool {
    let mut matchers: Vec<Matcher<'_>> =
        patterns.iter().map(|one| Matcher::of(std::slice::from_ref(one), true)).collect();
    let mut slots = Vec::new();
    let mut lines = Lines::of(head, start(head)..head.len());
    std::iter::from_fn(|| lines.next()).any(|line| {
        let text = &head[line.clone()];
        patterns.iter().zip(&mut matchers).any(|(pattern, matcher)| {
            let Some(found) = matcher.find(line.len(), |_| text) else { return false };
            fill(&mut slots, text, found.ranges(0))
                && pattern.places.action(&slots, &mapping.words).is_some()
                && pattern.places.complete(&slots)
        })
    })
}

/// Reads `source` into `sink`. Time: linear in the bytes for each pattern; each line is held against the patterns in
/// their order. Space: that of some blocks; where no send says who receives, some two bytes for each group of a match.
pub(super) fn read(
    patterns: &[Pattern],
    mapping: &Mapping,
    source: &Source,
    way: Way,
    receivers: &Receivers,
    sink: &mut dyn Sink,
) {
    let mut teller = Teller::new(patterns, source, Records::new(mapping, source, way, Some(receivers)));
    let looks_up = way != Way::Reference && patterns.iter().any(Pattern::looks_up);
    match looks_up.then(|| receivers.take_matches(source, mapping, way)).flatten() {
        Some(all) => all.into_iter().for_each(|matches| teller.tell(&matches, sink)),
        None => teller.read(way, sink, |_| {}),
    }
    teller.records.end(sink);
}

/// Tells `sink` of the receives alone, with no more than process and messages. Also the matches, if they are to be kept.
pub(super) fn find_receivers(
    patterns: &[Pattern],
    mapping: &Mapping,
    source: &Source,
    way: Way,
    sink: &mut dyn Sink,
) -> Vec<Matches> {
    let mut teller = Teller::new(patterns, source, Records::new(mapping, source, way, None));
    let keep = patterns.iter().any(Pattern::looks_up);
    let mut kept = Vec::new();
    teller.read(way, sink, |matches| kept.extend(keep.then(|| matches.packed())));
    kept
}

/// The matching of a source.
struct Scan<'s> {
    patterns: &'s [Pattern],
    bytes: &'s [u8],
}

impl<'s> Blockwise for Scan<'s> {
    type Scanner = Matcher<'s>;
    type Found = Matches;
    type Room = Vec<u8>;

    fn scanner(&self, _: usize) -> Matcher<'s> {
        Matcher::of(self.patterns, true)
    }

    fn scan(&self, matcher: &mut Matcher<'s>, block: Range<usize>, room: Vec<u8>) -> Matches {
        let mut lines = Lines::of(self.bytes, block.clone());
        let mut matches = Matches::of(block, room);
        while let Some(line) = lines.next() {
            if let Some(found) = lines.find(&line, matcher) {
                let at = line.start..line.end.max(line.start + found.len);
                lines.go_to(at.end);
                matches.push(&at, &found);
            }
        }
        matches
    }
}

/// Makes records of matches, in their order.
struct Teller<'r, 't> {
    patterns: &'r [Pattern],
    source: &'t Source,
    bytes: &'t [u8],
    records: Records<'r, 't>,
    /// Up to where all is told.
    at: usize,
    /// For lines that no scanner tried.
    matcher: Option<Matcher<'r>>,
    groups: Vec<Option<Range<usize>>>,
    slots: Vec<Option<Value<'t>>>,
}

impl<'r, 't> Teller<'r, 't> {
    fn new(patterns: &'r [Pattern], source: &'t Source, records: Records<'r, 't>) -> Self {
        let (groups, slots) = (Vec::new(), Vec::new());
        Self { patterns, source, bytes: source.bytes(), records, at: 0, matcher: None, groups, slots }
    }

    /// Reads all, and hands each block on when it is told.
    fn read(&mut self, way: Way, sink: &mut dyn Sink, mut told: impl FnMut(&Matches)) {
        let (patterns, bytes) = (self.patterns, self.bytes);
        match way.threads() {
            threads @ 1.. => ahead::in_order(&Scan { patterns, bytes }, self.source, threads, sink, |matches, sink| {
                self.tell(&matches, sink);
                told(&matches);
                matches.into_room()
            }),
            0 => {
                let mut lines = Lines::of(bytes, start(bytes)..bytes.len());
                self.matcher = Some(Matcher::of(patterns, false));
                while let Some(line) = lines.next() {
                    self.try_line(line, &mut lines, sink);
                }
                sink.lines(lines.count);
            }
        }
    }

    /// Tells of a block.
    fn tell(&mut self, matches: &Matches, sink: &mut dyn Sink) {
        let Range { start, end } = matches.block;
        self.at = self.at.max(start);
        let mut all = matches.iter();
        let mut groups = std::mem::take(&mut self.groups);
        while let Some(found) = all.next(&mut groups, |pattern| self.patterns.get(pattern).map_or(1, Pattern::groups)) {
            let behind = behind(self.bytes, found.at.end.max(found.at.start + 1));
            if self.at > found.at.start {
                // It begins in a record that began in the block before.
                self.try_lines(behind, sink);
                continue;
            }
            self.skip_lines(found.at.start, sink);
            self.at = behind;
            self.emit(found.pattern, found.at, groups.iter().cloned(), sink);
        }
        self.groups = groups;
        self.skip_lines(end, sink);
        let block = &self.bytes[start..end];
        sink.lines(memchr::memchr_iter(b'\n', block).count() + usize::from(!block.ends_with(b"\n")));
        sink.reached(end);
    }

    /// The lines up to the byte `end` match nothing.
    fn skip_lines(&mut self, end: usize, sink: &mut dyn Sink) {
        if self.at < end {
            let mut lines = Lines::of(self.bytes, self.at..end);
            while let Some(line) = lines.next() {
                skip(self.bytes, &line, sink);
            }
            self.at = end;
        }
    }

    /// Nobody knows of the lines up to the byte `end`.
    fn try_lines(&mut self, end: usize, sink: &mut dyn Sink) {
        let mut lines = Lines::of(self.bytes, self.at..end);
        while let Some(line) = lines.next() {
            self.try_line(line, &mut lines, sink);
        }
        self.at = self.at.max(lines.at);
    }

    /// Holds a line against the patterns and tells what it is.
    fn try_line(&mut self, line: Range<usize>, lines: &mut Lines<'t>, sink: &mut dyn Sink) {
        let patterns = self.patterns;
        let mut matcher = self.matcher.take().unwrap_or_else(|| Matcher::of(patterns, true));
        match lines.find(&line, &mut matcher) {
            None => skip(self.bytes, &line, sink),
            Some(found) => {
                let at = line.start..line.end.max(line.start + found.len);
                lines.go_to(at.end);
                self.emit(found.pattern, at, found.ranges(line.start), sink);
            }
        }
        self.matcher = Some(matcher);
    }

    /// Makes a record of a match.
    fn emit(
        &mut self,
        pattern: usize,
        at: Range<usize>,
        groups: impl Iterator<Item = Option<Range<usize>>>,
        sink: &mut dyn Sink,
    ) {
        let bytes = self.bytes;
        let Some(pattern) = self.patterns.get(pattern) else { return };
        if !fill(&mut self.slots, bytes, groups) {
            let valid = std::str::from_utf8(&bytes[at.clone()]).err().map_or(0, |error| error.valid_up_to());
            return sink.problem(broken(bytes, at.start + valid));
        }
        let parts = Parts { places: &pattern.places, slots: &self.slots, at: at.clone() };
        if !self.records.emit(&parts, sink) {
            skip(bytes, &at, sink);
        }
    }
}

/// What the groups matched; false where that is not UTF-8.
fn fill<'t>(
    slots: &mut Vec<Option<Value<'t>>>,
    bytes: &'t [u8],
    groups: impl Iterator<Item = Option<Range<usize>>>,
) -> bool {
    slots.clear();
    // The whole match is the first group, and has no name.
    slots.push(None);
    for group in groups {
        let text = group.map(|group| std::str::from_utf8(&bytes[group])).transpose();
        let Ok(text) = text else { return false };
        slots.push(text.map(Value::Text));
    }
    true
}

/// Counts text that is no event, unless it is blank.
fn skip(bytes: &[u8], at: &Range<usize>, sink: &mut dyn Sink) {
    let text = &bytes[at.clone()];
    if !text.trim_ascii().is_empty() {
        sink.skipped(at.start..at.start + text.trim_ascii_end().len());
    }
}

/// Where the first line starts.
fn start(bytes: &[u8]) -> usize {
    if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 }
}

/// The start of the first line that does not start before the byte `at`.
fn behind(bytes: &[u8], at: usize) -> usize {
    match at.checked_sub(1).and_then(|before| bytes.get(before)) {
        Some(b'\n') => at,
        _ => line_at(bytes, at).end + 1,
    }
}

/// Some of the lines of a text, without their ends.
struct Lines<'t> {
    bytes: &'t [u8],
    at: usize,
    end: usize,
    count: usize,
}

impl<'t> Lines<'t> {
    /// Those that start in `range`, which starts with one.
    fn of(bytes: &'t [u8], range: Range<usize>) -> Self {
        Self { bytes, at: range.start, end: range.end, count: 0 }
    }

    /// The first match with the line that was handed out last.
    fn find<'m>(&self, line: &Range<usize>, matcher: &'m mut Matcher<'_>) -> Option<Match<'m>> {
        matcher.find(line.len(), |lines| &self.bytes[line.start..self.end_of(lines, line)])
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

    /// Goes on behind the line that holds the byte before `end`, if that is further on.
    fn go_to(&mut self, end: usize) {
        while self.at < end.min(self.bytes.len()) {
            self.at = line_at(self.bytes, self.at).end + 1;
            self.count += 1;
        }
    }

    fn next(&mut self) -> Option<Range<usize>> {
        if self.at >= self.end {
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
