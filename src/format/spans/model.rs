//! The common model of all formats of spans.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;

use hashbrown::HashMap;

use super::ids;
use super::processes::Values;
use crate::key::Key;

/// No span, no resource, no end.
pub(super) const NONE: u32 = u32::MAX;

/// The end of a span that has none: it was not over when it was written.
pub(super) const NO_END: u64 = u64::MAX;

/// What a span is to its parent and its children.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The log does not say.
    #[default]
    Unspecified,
    /// Work inside of a process.
    Internal,
    /// Waits for the answer of a server.
    Client,
    /// Sends and does not wait.
    Producer,
    /// Answers a client.
    Server,
    /// Takes what a producer sent.
    Consumer,
}

impl Kind {
    /// Its number in OTLP.
    pub(super) fn of_number(number: u64) -> Self {
        match number {
            1 => Self::Internal,
            2 => Self::Server,
            3 => Self::Client,
            4 => Self::Producer,
            5 => Self::Consumer,
            _ => Self::Unspecified,
        }
    }

    /// `SPAN_KIND_SERVER`, `SERVER`, `server` or `2`.
    pub(super) fn of_word(word: &str) -> Self {
        let bare = word.strip_prefix("SPAN_KIND_").unwrap_or(word);
        let names = [
            ("internal", Self::Internal),
            ("server", Self::Server),
            ("client", Self::Client),
            ("producer", Self::Producer),
            ("consumer", Self::Consumer),
        ];
        let named = names.iter().find(|(name, _)| bare.eq_ignore_ascii_case(name)).map(|&(_, kind)| kind);
        named.unwrap_or_else(|| Self::of_number(bare.parse().unwrap_or(0)))
    }

    /// Whether such a span sends to its children.
    pub(super) fn calls(self) -> bool {
        matches!(self, Self::Client | Self::Producer)
    }

    /// Whether such a span is caused by a message.
    pub(super) fn is_called(self) -> bool {
        matches!(self, Self::Server | Self::Consumer)
    }
}

/// One span.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// Its id.
    pub id: u64,
    /// The id of its parent, of the same trace; 0 where it has none.
    pub parent: u64,
    /// Start in nanoseconds since 1970.
    pub start: u64,
    /// End likewise.
    pub end: u64,
    /// Where it stands: a place in all sources laid end to end.
    pub at: u64,
    /// Number of its trace; in the order of the trace ids once all is read.
    pub trace: u32,
    /// Number of its name.
    pub name: u32,
    /// Number of what made it.
    pub resource: u32,
    /// What it is to its parent and children.
    pub kind: Kind,
    /// It says that another span, of its client, has the same id.
    pub shared: bool,
}

/// A span names another one that is a cause of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Link {
    pub span: u32,
    pub trace: u32,
    pub id: u64,
}

/// A span as a format tells it; what it does not tell is left as it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Told<'s> {
    pub trace: Option<u128>,
    pub id: Option<u64>,
    /// Nothing where the text is no id; 0 where there is none.
    pub parent: Option<u64>,
    pub name: Cow<'s, str>,
    pub start: Option<u64>,
    pub end: Option<u64>,
    pub kind: Kind,
    pub shared: bool,
    pub resource: u32,
    /// The bytes of its id in the source, as far as they are known; of its first member's name where it has no id.
    pub at: Option<Range<usize>>,
}

impl Told<'_> {
    /// Takes the place of the span, by the name of a member of it, until its id is known.
    pub(super) fn starts(&mut self, member: &str, spans: &Spans<'_>) {
        if self.at.is_none() {
            self.at = spans.at(member);
        }
    }

    /// Takes the id, and where it stands; `exact` as [`ids::span`] has it.
    pub(super) fn identify(&mut self, id: &str, exact: bool, spans: &Spans<'_>) {
        self.at = spans.at(id).or(self.at.take());
        self.id = ids::span(id, exact);
    }
}

/// All spans of all sources.
#[derive(Debug, Default)]
pub struct Spans<'s> {
    pub(super) spans: Vec<Span>,
    pub(super) links: Vec<Link>,
    /// Trace ids by number.
    pub(super) traces: Vec<u128>,
    trace_numbers: HashMap<u128, u32>,
    /// Names by number; those of the current source by key.
    pub(super) names: Vec<Cow<'s, str>>,
    name_numbers: HashMap<Key, u32>,
    /// The attributes that tell processes apart, and their values for each resource.
    pub(super) wanted: Vec<String>,
    /// The attributes that there are, where that is asked for.
    pub(super) listed: Option<RefCell<BTreeSet<String>>>,
    pub(super) resources: Vec<Vec<Option<Box<str>>>>,
    resource_numbers: HashMap<Vec<Option<Box<str>>>, u32>,
    /// The text of each source, how many bytes come before it there, and where it starts when all are laid end to end.
    texts: Vec<(&'s str, usize)>,
    bases: Vec<u64>,
    end: u64,
    /// Processes of which nothing is known but how their trace calls them.
    pub(super) unnamed: Vec<String>,
    /// Spans that cannot be used, in the current source.
    pub(super) unusable: Vec<Range<usize>>,
}

/// How far a document had come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    spans: usize,
    links: usize,
    unusable: usize,
}

impl<'s> Spans<'s> {
    /// For these attributes; `listed`: the names of all that there are are kept.
    pub(super) fn new(wanted: Vec<String>, listed: bool) -> Self {
        Self { wanted, listed: listed.then(RefCell::default), ..Self::default() }
    }

    /// What follows is of this source, which has so many bytes before its text.
    pub(super) fn source(&mut self, text: &'s str, before: usize) {
        self.bases.push(self.end);
        self.end += text.len() as u64 + 1;
        self.texts.push((text, before));
        // Names are slices of the source of their span, which cost nothing to keep.
        self.name_numbers.clear();
        self.unusable.clear();
    }

    /// The source of an address, and the offset in its text.
    pub(super) fn place(&self, at: u64) -> (usize, usize) {
        let source = self.bases.partition_point(|&base| base <= at).saturating_sub(1);
        (source, (at - self.bases.get(source).copied().unwrap_or(0)) as usize)
    }

    /// The text of a source.
    pub(super) fn text_of(&self, source: usize) -> Option<&'s str> {
        self.texts.get(source).map(|&(text, _)| text)
    }

    /// How many bytes come before the text of a source.
    pub(super) fn before(&self, source: usize) -> usize {
        self.texts.get(source).map_or(0, |&(_, before)| before)
    }

    /// Where a text lies in the current source, if it does.
    pub(super) fn at(&self, text: &str) -> Option<Range<usize>> {
        let (whole, _) = self.texts.last()?;
        let start = text.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
        (start + text.len() <= whole.len()).then_some(start..start + text.len())
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { spans: self.spans.len(), links: self.links.len(), unusable: self.unusable.len() }
    }

    /// Forgets what came after a mark.
    pub(super) fn back_to(&mut self, mark: Mark) {
        self.spans.truncate(mark.spans);
        self.links.truncate(mark.links);
        self.unusable.truncate(mark.unusable);
    }

    /// Where the values of the attributes go.
    pub(super) fn values<'v>(&'v self, values: &'v mut [Option<Box<str>>]) -> Values<'v> {
        Values { wanted: &self.wanted, values, listed: self.listed.as_ref() }
    }

    /// The number of what has these values of the wanted attributes.
    pub(super) fn resource(&mut self, values: &[Option<Box<str>>]) -> u32 {
        if let Some(&number) = self.resource_numbers.get(values) {
            return number;
        }
        let number = self.resources.len() as u32;
        self.resources.push(values.to_vec());
        self.resource_numbers.insert(values.to_vec(), number);
        number
    }

    /// The resource of all spans since a mark that have `from` for one.
    pub(super) fn settle(&mut self, mark: Mark, resource: impl Fn(u32) -> u32) {
        for span in self.spans.iter_mut().skip(mark.spans) {
            span.resource = resource(span.resource);
        }
    }

    /// Leaves out the spans since a mark whose resource is like that.
    pub(super) fn leave_out(&mut self, mark: Mark, unusable: impl Fn(u32) -> bool) {
        let base = self.bases.last().copied().unwrap_or(0);
        let mut numbers = Vec::with_capacity(self.spans.len() - mark.spans);
        let since = self.spans.split_off(mark.spans);
        for span in since {
            let usable = !unusable(span.resource);
            numbers.push(usable.then_some(self.spans.len() as u32));
            if usable {
                self.spans.push(span);
            } else {
                let at = (span.at - base) as usize;
                self.unusable.push(at..at + 1);
            }
        }
        let links = self.links.split_off(mark.links);
        let kept = links.into_iter().filter_map(|link| {
            let span = numbers.get(link.span as usize - mark.spans).copied().flatten()?;
            Some(Link { span, ..link })
        });
        self.links.extend(kept);
    }

    /// Whether no span was read before a mark.
    pub(super) fn is_first(&self, mark: Mark) -> bool {
        mark.spans == 0
    }

    /// What is read since a mark: the spans, and whether there is anything, of use or not.
    pub(super) fn since(&self, mark: Mark) -> (usize, Option<usize>) {
        let base = self.bases.last().copied().unwrap_or(0);
        let usable = self.spans.iter().skip(mark.spans).map(|span| (span.at - base) as usize).max();
        let unusable = self.unusable.iter().skip(mark.unusable).map(|at| at.start).max();
        (self.spans.len() - mark.spans, usable.max(unusable))
    }

    /// The resource of a process of which nothing is known but how its trace calls it.
    pub(super) fn unnamed(&mut self, name: &str) -> u32 {
        let mut values = vec![None; self.wanted.len()];
        let slot = self.wanted.iter().position(|wanted| wanted == "service.name").unwrap_or(0);
        if let Some(value) = values.get_mut(slot) {
            *value = Some(name.into());
        }
        self.unnamed.push(name.into());
        self.resource(&values)
    }

    fn trace(&mut self, id: u128) -> u32 {
        let next = self.traces.len() as u32;
        let number = *self.trace_numbers.entry(id).or_insert(next);
        if number == next {
            self.traces.push(id);
        }
        number
    }

    fn name(&mut self, name: Cow<'s, str>) -> u32 {
        let next = self.names.len() as u32;
        let number = *self.name_numbers.entry(Key::of(&name)).or_insert(next);
        if number == next {
            self.names.push(name);
        }
        number
    }

    /// Adds a span with its links. One without ids or a start says nothing that can be used, and is kept as such.
    pub(super) fn push(&mut self, told: Told<'s>, links: &mut Vec<(u128, u64)>) {
        let at = told.at.unwrap_or(0..0);
        let all = (told.trace, told.id, told.parent, told.start);
        let room = (self.spans.len() as u32) < NONE / 2;
        let (Some(trace), Some(id), Some(parent), Some(start), true) = (all.0, all.1, all.2, all.3, room) else {
            links.clear();
            self.unusable.push(at);
            return;
        };
        let span = self.spans.len() as u32;
        let base = self.bases.last().copied().unwrap_or(0);
        let trace = self.trace(trace);
        let name = self.name(told.name);
        for (of, id) in links.drain(..) {
            let trace = self.trace(of);
            self.links.push(Link { span, trace, id });
        }
        let end = told.end.unwrap_or(NO_END);
        let (kind, shared, resource) = (told.kind, told.shared, told.resource);
        self.spans.push(Span {
            id,
            parent,
            start,
            end,
            at: base + at.start as u64,
            trace,
            name,
            resource,
            kind,
            shared,
        });
    }

    /// Numbers the traces in the order of their ids, which no format and no file decides.
    pub(super) fn finish(&mut self) {
        let mut order: Vec<u32> = (0..self.traces.len() as u32).collect();
        order.sort_unstable_by_key(|&number| self.traces[number as usize]);
        let mut rank = vec![0; order.len()];
        order.iter().enumerate().for_each(|(i, &number)| rank[number as usize] = i as u32);
        self.spans.iter_mut().for_each(|span| span.trace = rank[span.trace as usize]);
        self.links.iter_mut().for_each(|link| link.trace = rank[link.trace as usize]);
        self.traces.sort_unstable();
        self.links.sort_unstable();
        self.links.dedup();
        (self.trace_numbers, self.name_numbers) = Default::default();
    }
}
