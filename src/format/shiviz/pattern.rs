//! A pattern that says what an event looks like, and its matches in a text.

use std::ops::Range;

use regex::bytes::{CaptureLocations, Regex};

use super::dialect::{self, Refused};
use super::shapes::Shape;

/// A compiled pattern with its groups.
#[derive(Debug)]
pub(super) struct Pattern {
    regex: Regex,
    host: usize,
    clock: usize,
    event: usize,
    /// All other groups.
    fields: Vec<(String, usize)>,
    /// The same matches without a regex, for the best-known patterns.
    shape: Option<Shape>,
}

/// One match: where it lies in the text, and its groups as far as they took part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Match {
    pub at: Range<usize>,
    pub host: Option<Range<usize>>,
    pub clock: Option<Range<usize>>,
    pub event: Option<Range<usize>>,
}

impl Pattern {
    /// Compiles a pattern; `whole_lines` as [`dialect::compile`] has it.
    pub fn new(text: &str, whole_lines: bool) -> Result<Self, Refused> {
        let regex = dialect::compile(text, whole_lines)?;
        let names: Vec<Option<&str>> = regex.capture_names().collect();
        let index = |wanted: &str| names.iter().position(|&name| name == Some(wanted));
        let (Some(host), Some(clock), Some(event)) = (index("host"), index("clock"), index("event")) else {
            let missing: Vec<String> = ["host", "clock", "event"]
                .iter()
                .filter(|name| index(name).is_none())
                .map(|name| format!("(?<{name}>...)"))
                .collect();
            return Err(Refused {
                at: 0..text.len(),
                what: format!("the pattern has no group {}", missing.join(" and no group ")),
                help: Some(format!("the pattern of a GoVector log, for example, is {}", super::known::GOVECTOR)),
            });
        };
        let own = [host, clock, event];
        let fields = names
            .iter()
            .enumerate()
            .filter(|(i, _)| !own.contains(i))
            .filter_map(|(i, name)| Some(((*name)?.to_owned(), i)))
            .collect();
        let shape = Shape::of(text, whole_lines);
        Ok(Self { regex, host, clock, event, fields, shape })
    }

    /// The groups other than `host`, `clock` and `event`.
    pub fn fields(&self) -> &[(String, usize)] {
        &self.fields
    }

    /// Whether it matches anywhere.
    pub fn is_match(&self, text: &[u8]) -> bool {
        self.regex.is_match(text)
    }

    /// Goes through the matches in a text. `quick` where the text is UTF-8 and no line has a CR but at its end.
    pub fn matches<'a>(&'a self, text: &'a [u8], quick: Option<&'a str>) -> Matches<'a> {
        let quick = self.shape.zip(quick);
        Matches { pattern: self, text, quick, groups: self.regex.capture_locations(), from: 0 }
    }
}

/// The matches of a pattern in a text, one after the other, as often as they are asked for.
pub(super) struct Matches<'a> {
    pattern: &'a Pattern,
    text: &'a [u8],
    quick: Option<(Shape, &'a str)>,
    groups: CaptureLocations,
    from: usize,
}

impl Matches<'_> {
    /// Goes on from the byte at `from`.
    pub fn seek(&mut self, from: usize) {
        self.from = from;
    }

    /// The bytes of a group of the last match, by its index in [`Pattern::fields`].
    pub fn group(&self, index: usize) -> Option<Range<usize>> {
        self.groups.get(index).map(|(start, end)| start..end)
    }
}

impl Iterator for Matches<'_> {
    type Item = Match;

    fn next(&mut self) -> Option<Match> {
        if let Some((shape, text)) = self.quick {
            let found = shape.find(text, self.from)?;
            self.from = found.at.end;
            return Some(found);
        }
        while self.from <= self.text.len() {
            let found = self.pattern.regex.captures_read_at(&mut self.groups, self.text, self.from)?.range();
            // Nothing is no event, wherever it is found.
            if found.is_empty() {
                self.from = found.end + 1;
                continue;
            }
            self.from = found.end;
            return Some(Match {
                at: found,
                host: self.group(self.pattern.host),
                clock: self.group(self.pattern.clock),
                event: self.group(self.pattern.event),
            });
        }
        None
    }
}
