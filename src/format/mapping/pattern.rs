//! One pattern of a text log: its regular expression, and how to find what it matches.

use std::ops::Range;

use memchr::memmem::Finder;
use regex::bytes::{CaptureLocations, Regex};
use regex_syntax::hir::{Hir, HirKind};

use super::role::{Action, Places, Role};
use crate::format::shiviz::dialect::{Refused, compile_for_lines};

/// A text of fewer bytes stands in nearly every line: it is not worth a search.
const TELLING: usize = 3;

/// A pattern of one kind of line.
#[derive(Debug)]
pub(super) struct Pattern {
    pub regex: Regex,
    pub places: Places,
    /// How many lines a match of it takes at most: it sees no more.
    pub lines: usize,
    /// Texts that stand in this order in whatever it matches.
    literals: Vec<Finder<'static>>,
    /// Whether every send says who receives.
    names_receivers: bool,
}

impl Pattern {
    /// Compiles a pattern; its groups are the parts of an event.
    pub fn new(text: &str) -> Result<Self, Refused> {
        let (regex, lines) = compile_for_lines(text)?;
        let places = Places::of(regex.capture_names());
        let mut syntax = regex_syntax::ParserBuilder::new();
        syntax.utf8(false).multi_line(lines > 1).crlf(true);
        let (mut literals, mut names_receivers) = (Vec::new(), false);
        // It was read so for the regular expression already.
        if let Ok(hir) = syntax.build().parse(regex.as_str()) {
            collect(&hir, &mut literals);
            names_receivers = places.all(Action::Send, Role::To).iter().any(|&group| says(&hir, group));
        }
        Ok(Self { regex, places, lines, literals, names_receivers })
    }

    /// Whether the process of its events is told by the name of the file alone.
    pub fn lacks_process(&self) -> bool {
        !self.places.has(Role::Process)
    }

    /// Whether it is one of a log for ShiViz.
    pub fn has_clocks(&self) -> bool {
        let has = |name| self.regex.capture_names().flatten().any(|own| own == name);
        has("host") && has("clock") && !has("process")
    }

    /// Whether it has sends that may not say who receives.
    pub fn looks_up(&self) -> bool {
        let with_id = !self.places.all(Action::Send, Role::Message).is_empty();
        self.places.may_be(Action::Send) && with_id && !self.names_receivers
    }

    /// How many groups it has, with that of the whole match.
    pub fn groups(&self) -> usize {
        self.regex.captures_len()
    }

    /// Whether it may match in a text. Costs a fraction of trying.
    fn may_match(&self, text: &[u8]) -> bool {
        let mut rest = text;
        self.literals.iter().all(|literal| {
            let Some(at) = literal.find(rest) else { return false };
            rest = &rest[at + literal.needle().len()..];
            true
        })
    }
}

/// The texts that stand one after the other in all that an expression matches. Expressions are nested as deep as the
/// parser allows, which is not deep.
fn collect(hir: &Hir, literals: &mut Vec<Finder<'static>>) {
    match hir.kind() {
        HirKind::Literal(literal) if literal.0.len() >= TELLING => literals.push(Finder::new(&literal.0).into_owned()),
        HirKind::Capture(group) => collect(&group.sub, literals),
        HirKind::Repetition(repetition) if repetition.min > 0 => collect(&repetition.sub, literals),
        HirKind::Concat(parts) => parts.iter().for_each(|part| collect(part, literals)),
        _ => {}
    }
}

/// Whether a group takes part in every match, with some text.
fn says(hir: &Hir, group: usize) -> bool {
    match hir.kind() {
        HirKind::Capture(own) if own.index as usize == group => own.sub.properties().minimum_len() > Some(0),
        HirKind::Capture(other) => says(&other.sub, group),
        HirKind::Repetition(repetition) if repetition.min > 0 => says(&repetition.sub, group),
        HirKind::Concat(parts) => parts.iter().any(|part| says(part, group)),
        HirKind::Alternation(parts) => parts.iter().all(|part| says(part, group)),
        _ => false,
    }
}

/// The patterns as one thread tries them, with room of its own.
pub(super) struct Matcher<'p> {
    patterns: &'p [Pattern],
    /// A copy of a regular expression has its own room to work in, for which threads need not wait for each other.
    own: Vec<(Regex, CaptureLocations)>,
    /// Whether patterns are passed over whose literals are not there.
    quick: bool,
}

/// Where a pattern matches.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match<'m> {
    /// Its number among the patterns.
    pub pattern: usize,
    /// Bytes from the start of the line to the end of the match.
    pub len: usize,
    /// Its groups, in bytes from the start of the line.
    pub groups: &'m CaptureLocations,
}

impl Match<'_> {
    /// The bytes of its groups, where its line starts at `start`; the whole match, which has no name, is left out.
    pub fn ranges(&self, start: usize) -> impl Iterator<Item = Option<Range<usize>>> {
        (1..self.groups.len()).map(move |group| self.groups.get(group).map(|(from, to)| start + from..start + to))
    }
}

impl<'p> Matcher<'p> {
    pub fn of(patterns: &'p [Pattern], quick: bool) -> Self {
        let own = patterns.iter().map(|pattern| (pattern.regex.clone(), pattern.regex.capture_locations())).collect();
        Self { patterns, own, quick }
    }

    /// The first pattern that matches the line of `len` bytes at the start of a text. `text` is what a pattern of so many
    /// lines sees.
    pub fn find<'t>(&mut self, len: usize, text: impl Fn(usize) -> &'t [u8]) -> Option<Match<'_>> {
        let (patterns, quick) = (self.patterns, self.quick);
        let tried = patterns.iter().zip(&mut self.own).enumerate();
        tried.into_iter().find_map(|(number, (pattern, (regex, groups)))| {
            let text = text(pattern.lines);
            if quick && !pattern.may_match(text) {
                return None;
            }
            let found = regex.captures_read(groups, text)?;
            (found.start() <= len).then_some(Match { pattern: number, len: found.end(), groups })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_pattern_needs_is_in_its_order() {
        let of = |text: &str| {
            let pattern = Pattern::new(text).unwrap_or_else(|refused| panic!("{refused:?}"));
            pattern.literals.iter().map(|l| String::from_utf8_lossy(l.needle()).into_owned()).collect::<Vec<_>>()
        };
        assert_eq!(of(r"^\[(?<a>.*)\] (?<send>SEND) ; TO = (?<b>\d+)"), ["SEND", " ; TO = "]);
        assert_eq!(of(r"(abcd|xyz)? (defg)+ (hij)* (?i)klm"), ["defg"]);
        let looks_up = |text: &str| Pattern::new(text).is_ok_and(|pattern| pattern.looks_up());
        assert!(looks_up(r"(?<send>a) (?<message>b)") && !looks_up(r"(?<receive>a) (?<message>b)"));
        assert!(looks_up(r"(?<send>a) (?<message>b)(?: (?<to>c))?") && looks_up(r"(?<send>a) (?<message>b) (?<to>c*)"));
        assert!(!looks_up(r"(?<event>a) (?<message>b)(?: (?<to>c))+") && !looks_up(r"(?<send>a) (?<to>b)"));
        let pattern = Pattern::new("abc.*bcd").unwrap_or_else(|refused| panic!("{refused:?}"));
        assert!(pattern.may_match(b"abc bcd") && !pattern.may_match(b"abcd") && !pattern.may_match(b"bcd abc"));
    }
}
