//! A pattern that says what an event looks like, and its matches in a text.

use std::ops::Range;

use regex::bytes::{CaptureLocations, Regex};

use super::dialect::{self, Refused};
use super::runs::{self, Runs};

/// A compiled pattern with its groups.
#[derive(Debug)]
pub(super) struct Pattern {
    regex: Regex,
    host: usize,
    clock: usize,
    event: usize,
    /// All other groups.
    fields: Vec<(String, usize)>,
    /// The same matches without the regex, for most patterns.
    runs: Option<Runs>,
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
        let runs = Runs::of(text, whole_lines);
        Ok(Self { regex, host, clock, event, fields, runs })
    }

    /// The names of the groups other than `host`, `clock` and `event`.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|(name, _)| name.as_str())
    }

    /// Whether it matches anywhere.
    pub fn is_match(&self, text: &[u8]) -> bool {
        self.regex.is_match(text)
    }

    /// Goes through the matches in a text. `quick` where the text is UTF-8 and no line has a CR but at its end.
    pub fn matches<'a>(&'a self, text: &'a [u8], quick: Option<&'a str>) -> Matches<'a> {
        let quick = self.runs.as_ref().zip(quick);
        let slots = quick.map_or_else(Vec::new, |(runs, _)| vec![(0, 0); runs.slots()]);
        let groups = self.regex.capture_locations();
        Matches { pattern: self, text, quick, slots, by_regex: quick.is_none(), kept: None, groups, from: 0 }
    }
}

/// Whether a search for runs finds what the regex finds, in text that is UTF-8: no CR but at the end of a line.
pub(super) fn is_quick(text: &[u8]) -> bool {
    memchr::memchr_iter(b'\r', text).all(|cr| text.get(cr + 1) == Some(&b'\n'))
}

/// The text if that is so.
pub(super) fn quick(text: &[u8]) -> Option<&str> {
    str::from_utf8(text).ok().filter(|_| is_quick(text))
}

/// So many matches and groups of matches are kept.
const MOST: usize = 1 << 22;

/// Matches that were found, for whoever goes through them again: each with its groups, those of an event first.
#[derive(Debug, Default)]
pub(super) struct Kept(Vec<(u32, u32)>);

/// No group, as none starts here.
const NONE: (u32, u32) = (u32::MAX, u32::MAX);

impl Kept {
    /// With one more, unless these are too many then.
    pub fn and(mut self, matches: &Matches<'_>, found: &Match) -> Option<Self> {
        let pack = |at: Option<Range<usize>>| {
            let Some(at) = at else { return Some(NONE) };
            Some((u32::try_from(at.start).ok()?, u32::try_from(at.end).ok().filter(|&end| end < u32::MAX)?))
        };
        let Match { at, host, clock, event } = found;
        for group in [&Some(at.clone()), host, clock, event] {
            self.0.push(pack(group.clone())?);
        }
        for field in 0..matches.pattern.fields.len() {
            self.0.push(pack(matches.field(field))?);
        }
        (self.0.len() <= MOST).then_some(self)
    }

    /// One of them.
    fn get(&self, number: usize, fields: usize) -> Option<Match> {
        let group = |group| self.group(number, fields, group);
        Some(Match { at: group(0)?, host: group(1), clock: group(2), event: group(3) })
    }

    fn group(&self, number: usize, fields: usize, group: usize) -> Option<Range<usize>> {
        let &(start, end) = self.0.get(number * (4 + fields) + group).filter(|&&ends| ends != NONE)?;
        Some(start as usize..end as usize)
    }
}

/// The matches of a pattern in a text, one after the other, as often as they are asked for.
pub(super) struct Matches<'a> {
    pattern: &'a Pattern,
    text: &'a [u8],
    quick: Option<(&'a Runs, &'a str)>,
    /// The groups of the last match, if it was found without the regex.
    slots: Vec<(usize, usize)>,
    by_regex: bool,
    /// Those that were kept, and how many of them were handed on.
    kept: Option<(&'a Kept, usize)>,
    groups: CaptureLocations,
    from: usize,
}

impl<'a> Matches<'a> {
    /// The same from those that were kept, if any were.
    pub fn replaying(self, kept: Option<&'a Kept>) -> Self {
        Self { kept: kept.map(|kept| (kept, 0)), ..self }
    }

    /// Goes on from the byte at `from`.
    pub fn seek(&mut self, from: usize) {
        self.from = from;
    }

    /// The bytes of a group of the last match, by its place in [`Pattern::fields`].
    pub fn field(&self, field: usize) -> Option<Range<usize>> {
        let fields = &self.pattern.fields;
        match self.kept {
            Some((kept, handed_on)) => kept.group(handed_on.checked_sub(1)?, fields.len(), 4 + field),
            None => self.group(fields.get(field)?.1),
        }
    }

    /// The first match from here on.
    fn find(&mut self) -> Option<Range<usize>> {
        if let Some((runs, text)) = self.quick
            && let Ok(found) = runs.find(text, self.from, &mut self.slots)
        {
            self.by_regex = false;
            return self.slots.first().copied().filter(|_| found).map(runs::range);
        }
        self.by_regex = true;
        Some(self.pattern.regex.captures_read_at(&mut self.groups, self.text, self.from)?.range())
    }

    fn group(&self, index: usize) -> Option<Range<usize>> {
        if !self.by_regex {
            return self.slots.get(index).copied().map(runs::range);
        }
        self.groups.get(index).map(|(start, end)| start..end)
    }
}

impl Iterator for Matches<'_> {
    type Item = Match;

    fn next(&mut self) -> Option<Match> {
        if let Some((kept, next)) = &mut self.kept {
            *next += 1;
            return kept.get(*next - 1, self.pattern.fields.len());
        }
        while self.from <= self.text.len() {
            let found = self.find()?;
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
