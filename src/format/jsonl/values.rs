//! The values of a line's members: each is read where it is used, and what is wrong with it is told at its place.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::value::RawValue;

use super::help::{HELP, help_on};
use super::members::{Line, Member, meant};
use crate::format::json::{self, Pairs};
use crate::format::record::Problem;
use crate::format::time::Time;

/// So much of a value that is wrong is shown.
const SHOWN: usize = 40;

/// A line with its place, and all that is wrong with it.
pub struct Values<'l, 'a> {
    pub line: &'l Line<'a>,
    text: &'a str,
    start: usize,
    /// The process whose log this is, where that is known of the whole log.
    process: Option<&'a str>,
    pub problems: Vec<Problem>,
}

/// One name or several.
#[derive(Debug, Default)]
pub enum Names<'a> {
    #[default]
    None,
    One(Cow<'a, str>),
    Many(Vec<Cow<'a, str>>),
}

impl<'a> Names<'a> {
    pub fn as_slice(&self) -> &[Cow<'a, str>] {
        match self {
            Self::None => &[],
            Self::One(name) => std::slice::from_ref(name),
            Self::Many(names) => names,
        }
    }
}

impl<'l, 'a> Values<'l, 'a> {
    /// `text` is the line, at byte `start` of its source.
    pub fn new(line: &'l Line<'a>, text: &'a str, start: usize, process: Option<&'a str>) -> Self {
        let mut values = Self { line, text, start, process, problems: Vec::new() };
        for &(member, raw) in &line.twice {
            let what = format!("`{}` is there twice", member.name());
            values.fault(raw.get(), what, "the second one", "leave one of them out");
        }
        values
    }

    /// The bytes of the line in its source.
    pub fn at(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    /// The bytes of a part of the line; all of it where that is not borrowed from it.
    pub fn place(&self, part: &str) -> Range<usize> {
        match part.as_ptr().addr().checked_sub(self.text.as_ptr().addr()) {
            Some(offset) if offset + part.len() <= self.text.len() => {
                self.start + offset..self.start + offset + part.len()
            }
            _ => self.at(),
        }
    }

    /// Notes what is wrong with a part of the line.
    pub fn fault(&mut self, part: &str, what: impl Into<String>, label: impl Into<String>, help: impl Into<String>) {
        let at = self.place(part);
        self.problems.push(Problem { at, what: what.into(), label: label.into(), help: Some(help.into()) });
    }

    /// A value that is not what its member takes.
    fn wrong(&mut self, member: Member, raw: &str, expected: &str) {
        let shown: String = raw.chars().take(SHOWN).collect();
        let more = if shown.len() < raw.len() { "..." } else { "" };
        let help = help_on(self.line, member);
        self.fault(raw, format!("`{}` cannot be {shown}{more}", member.name()), format!("expected {expected}"), help);
    }

    /// A member without which the line says nothing; `of` is the line in words, with its article.
    pub fn need(&mut self, member: Member, of: &str) -> Option<Cow<'a, str>> {
        if self.line.get(member).is_none() {
            if let (Member::Process, Some(process)) = (member, self.process) {
                return Some(Cow::Borrowed(process));
            }
            self.missing(member, &format!("{of} without `{}`", member.name()));
        }
        self.name(member)
    }

    /// Something is missing: what, and which member would say it.
    pub fn missing(&mut self, member: Member, what: &str) {
        let name = member.name();
        let slip = self.line.unknown.iter().find(|(unknown, _)| meant(unknown) == Some(name));
        let (part, help) = match slip {
            Some((Cow::Borrowed(slip), _)) => (*slip, format!("did you mean `{name}` by `{slip}`?")),
            Some((Cow::Owned(slip), raw)) => (raw.get(), format!("did you mean `{name}` by `{slip}`?")),
            None => (self.text, help_on(self.line, member)),
        };
        self.fault(part, what, format!("expected a member \"{name}\""), help);
    }

    /// A name, where the member is there.
    pub fn name(&mut self, member: Member) -> Option<Cow<'a, str>> {
        let raw = self.line.get(member)?.get();
        self.name_of(member, raw, "a string or a whole number")
    }

    fn name_of(&mut self, member: Member, raw: &'a str, expected: &str) -> Option<Cow<'a, str>> {
        match json::name(raw) {
            Some(name) if name.is_empty() => {
                self.fault(raw, format!("`{}` is empty", member.name()), "expected a name", HELP);
                None
            }
            Some(name) => Some(name),
            None => {
                self.wrong(member, raw, expected);
                None
            }
        }
    }

    /// A name or an array of names.
    pub fn names(&mut self, member: Member) -> Names<'a> {
        let Some(raw) = self.line.get(member).map(RawValue::get) else { return Names::None };
        if !raw.starts_with('[') {
            return self
                .name_of(member, raw, "a name (string or whole number) or an array of names")
                .map_or(Names::None, Names::One);
        }
        let all: Vec<&'a RawValue> = serde_json::from_str(raw).unwrap_or_default();
        if all.is_empty() {
            self.wrong(member, raw, "at least one name");
        }
        let names = all.into_iter().filter_map(|one| self.name_of(member, one.get(), "a string or a whole number"));
        Names::Many(names.collect())
    }

    /// Holds a member that the line has no use for to what it takes.
    pub fn check(&mut self, member: Member) {
        match member {
            Member::Process | Member::Event | Member::Label | Member::Marker | Member::Snapshot => {
                self.name(member);
            }
            Member::Message | Member::To | Member::From => {
                self.names(member);
            }
            Member::State | Member::Channels => {
                self.object(member);
            }
            Member::Time => {
                self.time();
            }
            Member::Clock => {
                self.clock();
            }
            Member::Fifo => {
                self.fifo();
            }
            Member::Cut => {
                self.cut();
            }
            Member::Payloads => {
                self.payloads();
            }
            Member::Payload | Member::Note => {}
        }
    }

    /// The text of an object.
    pub fn object(&mut self, member: Member) -> Option<&'a str> {
        let raw = self.line.get(member)?.get();
        if raw.starts_with('{') {
            return Some(raw);
        }
        self.wrong(member, raw, "an object, like {\"x\": 1}");
        None
    }

    /// The text that describes an event; what is no string is the user's own.
    pub fn note(&self) -> Option<Cow<'a, str>> {
        self.line.get(Member::Note).map(RawValue::get).filter(|raw| raw.starts_with('"')).and_then(json::name)
    }

    /// The positions of a named cut.
    pub fn cut(&mut self) -> Option<Cow<'a, str>> {
        let raw = self.line.get(Member::Cut)?.get();
        let spec = self.name(Member::Cut)?;
        if let Err(problem) = crate::format::cut::parse(&spec) {
            self.fault(raw, format!("this cut cannot be read: {}", problem.what), problem.label, "like P1=B P2=3");
            return None;
        }
        Some(spec)
    }

    /// The payloads of several messages, null for none.
    pub fn payloads(&mut self) -> Option<Vec<Option<&'a RawValue>>> {
        let raw = self.line.get(Member::Payloads)?.get();
        let all = serde_json::from_str(raw).ok();
        if all.is_none() {
            self.wrong(Member::Payloads, raw, "an array of payloads, one for each message");
        }
        all
    }

    /// Whether messages stay in order; so they do unless the member says otherwise.
    pub fn fifo(&mut self) -> bool {
        match self.line.get(Member::Fifo).map(RawValue::get) {
            None | Some("true") => true,
            Some("false") => false,
            Some(raw) => {
                self.wrong(Member::Fifo, raw, "true or false");
                true
            }
        }
    }

    /// The time of an event: a number, or RFC 3339 in a string.
    pub fn time(&mut self) -> Option<Time> {
        let raw = self.line.get(Member::Time)?.get();
        let inner = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        // A number in a string is no RFC 3339, which has a `:`.
        let time = match inner {
            Some(text) if !text.contains(':') => None,
            text => Time::parse(text.unwrap_or(raw)),
        };
        if time.is_none() {
            self.wrong(Member::Time, raw, "a number, or RFC 3339 in a string like \"2024-05-01T12:30:00Z\"");
        }
        time
    }

    /// The vector clock that was logged.
    pub fn clock(&mut self) -> Option<Vec<(Cow<'a, str>, u64)>> {
        let raw = self.line.get(Member::Clock)?.get();
        match serde_json::from_str::<Pairs<'a, u64>>(raw) {
            Ok(Pairs(clock)) if clock.iter().all(|&(_, count)| count <= u64::from(u32::MAX)) => Some(clock),
            _ => {
                self.no_clock(raw);
                None
            }
        }
    }

    /// Each count of a clock that is none.
    #[cold]
    fn no_clock(&mut self, raw: &'a str) {
        let Ok(Pairs(counts)) = serde_json::from_str::<Pairs<'a, &'a RawValue>>(raw) else {
            return self.wrong(Member::Clock, raw, "an object of counts, like {\"P1\": 2}");
        };
        for (process, count) in counts {
            let count = count.get();
            if count.parse::<u32>().is_err() {
                let shown: String = count.chars().take(SHOWN).collect();
                self.fault(
                    count,
                    format!("the clock counts {shown} events of `{process}`"),
                    "expected a whole number from 0 to 4294967295",
                    "a vector clock counts events; is this a time?",
                );
            }
        }
    }
}
