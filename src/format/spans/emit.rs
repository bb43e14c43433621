//! From spans in order to records: each start and each end is an event, a message is named by the id of its span.

use std::fmt::Write;

use super::graph::{Carried, Graph, Hole, Message};
use super::model::Spans;
use super::order::{Event, order};
use super::remarks;
use crate::format::record::{ActionKind, EventRecord, Sink, Transfer};
use crate::format::time::Time;

/// The names of spans.
#[derive(Clone, Copy)]
pub(super) struct Naming<'n, 's> {
    pub spans: &'n Spans<'s>,
    pub graph: &'n Graph,
}

impl<'s> Naming<'_, 's> {
    /// The id as it stands in the source, where it stands there as it is named.
    fn written(&self, span: u32) -> Option<&'s str> {
        if self.graph.apart.contains_key(&span) {
            return None;
        }
        let (source, offset) = self.spans.place(self.spans.spans.get(span as usize)?.at);
        let text = self.spans.text_of(source)?.get(offset..offset + 16)?;
        text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')).then_some(text)
    }

    /// Appends the name: the id, with what tells it from others of the same id.
    fn write(&self, span: u32, out: &mut String) {
        let Some(told) = self.spans.spans.get(span as usize) else { return };
        let apart = self.graph.apart.get(&span).copied().unwrap_or_default();
        // Writing to a string cannot fail.
        if apart.by_trace {
            let _ = write!(out, "{:032x}:", self.spans.traces.get(told.trace as usize).copied().unwrap_or(0));
        }
        let _ = write!(out, "{:016x}", told.id);
        if apart.number > 0 {
            let _ = write!(out, "/{}", apart.number + 1);
        }
    }

    /// The name of a span: its id.
    pub(super) fn name(&self, span: u32) -> String {
        let mut name = String::new();
        self.write(span, &mut name);
        name
    }

    /// A span for people: its id, what it does and who does it.
    pub(super) fn told(&self, span: u32) -> String {
        let told = self.spans.spans.get(span as usize);
        let what = told.and_then(|told| self.spans.names.get(told.name as usize)).map_or("", |name| name);
        let process = self.graph.process.get(span as usize).and_then(|&p| self.graph.names.get(p as usize));
        let of = process.map_or_else(String::new, |process| format!(" of {process}"));
        format!("{} ({what}){of}", self.name(span))
    }
}

/// Events to records.
struct Emitter<'e, 's> {
    naming: Naming<'e, 's>,
    /// Messages by the event that sends them, and by the one that receives them.
    sent: Vec<(Event, u32)>,
    received: Vec<(Event, u32)>,
    /// Names of the messages of the event at hand, and its label.
    names: Vec<String>,
    label: String,
    source: usize,
}

/// One end of a message: who is at the other one, and under which name.
#[derive(Clone, Copy)]
struct End {
    /// Nothing where the log lacks it.
    peer: Option<u32>,
    message: Named,
}

#[derive(Clone, Copy)]
enum Named {
    Request(u32),
    Reply(u32),
    Link(u32, u64),
}

/// Hands all events on, then the remarks.
pub(super) fn emit(spans: &Spans<'_>, graph: &Graph, sink: &mut dyn Sink) {
    let order = order(spans, graph);
    sink.unordered();
    let numbered = || (0..).zip(&graph.messages);
    let mut sent: Vec<(Event, u32)> = numbered().map(|(number, message)| (message.sent(), number)).collect();
    let mut received: Vec<(Event, u32)> = numbered().map(|(number, message)| (message.received(), number)).collect();
    sent.sort_unstable();
    received.sort_unstable();
    let naming = Naming { spans, graph };
    let (names, label) = Default::default();
    let mut emitter = Emitter { naming, sent, received, names, label, source: usize::MAX };
    order.events.iter().for_each(|&event| emitter.event(event, sink));
    remarks::tell(spans, graph, &order, sink);
}

/// The messages of an event.
fn of(by_event: &[(Event, u32)], event: Event) -> &[(Event, u32)] {
    let start = by_event.partition_point(|&(other, _)| other < event);
    let len = by_event[start..].partition_point(|&(other, _)| other == event);
    &by_event[start..start + len]
}

impl Emitter<'_, '_> {
    /// An event that receives and sends is two, one right after the other: it receives before it sends.
    fn event(&mut self, event: Event, sink: &mut dyn Sink) {
        let (receives, sends) = (self.receives(event), self.sends(event));
        let both = !receives.is_empty() && !sends.is_empty();
        if !receives.is_empty() {
            self.record(event, ActionKind::Receive, &receives, false, sink);
        }
        if !sends.is_empty() {
            self.record(event, ActionKind::Send, &sends, both, sink);
        }
        if receives.is_empty() && sends.is_empty() {
            self.record(event, ActionKind::Step, &[], false, sink);
        }
    }

    fn receives(&self, event: Event) -> Vec<End> {
        let mut ends: Vec<End> = self.ends(of(&self.received, event), |message| message.from);
        if !event.is_end() {
            let holes = &self.naming.graph.holes;
            let start = holes.partition_point(|hole| hole.span < event.span());
            let own = holes[start..].iter().take_while(|hole| hole.span == event.span());
            ends.extend(own.map(|&Hole { span, link }| End {
                peer: None,
                message: link.map_or(Named::Request(span), |(_, id)| Named::Link(span, id)),
            }));
        }
        ends
    }

    fn sends(&self, event: Event) -> Vec<End> {
        self.ends(of(&self.sent, event), |message| message.to)
    }

    /// The other ends of messages, in the order of their processes and ids, which no format and no file decides.
    fn ends(&self, messages: &[(Event, u32)], other: impl Fn(&Message) -> u32) -> Vec<End> {
        let Naming { spans, graph } = self.naming;
        let mut found: Vec<&Message> = messages.iter().map(|&(_, number)| &graph.messages[number as usize]).collect();
        found.sort_unstable_by_key(|message| {
            let span = &spans.spans[other(message) as usize];
            let process = graph.process[other(message) as usize];
            (process, message.carried, span.trace, span.id, graph.number(other(message)))
        });
        let end = |message: &Message| End {
            peer: Some(graph.process[other(message) as usize]),
            message: match message.carried {
                Carried::Request => Named::Request(message.to),
                Carried::Reply => Named::Reply(message.from),
                Carried::Link => Named::Link(message.to, spans.spans[message.from as usize].id),
            },
        };
        found.into_iter().map(end).collect()
    }

    fn record(&mut self, event: Event, action: ActionKind, ends: &[End], second: bool, sink: &mut dyn Sink) {
        let Naming { spans, graph } = self.naming;
        let span = event.span();
        let told = &spans.spans[span as usize];
        let (source, offset) = spans.place(told.at);
        if source != self.source {
            self.source = source;
            sink.source(source);
        }
        self.names.resize(self.names.len().max(ends.len()), String::new());
        for (end, name) in ends.iter().zip(&mut self.names) {
            name.clear();
            name_message(self.naming, end.message, name);
        }
        self.label.clear();
        let label = match (event.is_end(), second) {
            (false, false) => self.naming.written(span),
            _ => None,
        };
        self.naming.write(span, &mut self.label);
        self.label.push_str(match (event.is_end(), second) {
            (false, false) => "",
            (false, true) => "/send",
            (true, false) => "/end",
            (true, true) => "/reply",
        });
        let naming = self.naming;
        let name = spans.names.get(told.name as usize).map(AsRef::as_ref).filter(|name: &&str| !name.is_empty());
        let time = if event.is_end() { told.end } else { told.start };
        let process = graph.process[span as usize];
        let offset = offset + spans.before(source);
        let mut record = EventRecord {
            at: offset..offset,
            process: graph.names.get(process as usize).map_or("", String::as_str),
            label: Some(label.unwrap_or(&self.label)),
            note: name,
            action,
            transfers: &[],
            state: None,
            time: Some(Time::from_nanoseconds(time)),
            clock: None,
        };
        match (ends, self.names.as_slice()) {
            ([], _) => sink.event(&record),
            ([end], [name, ..]) => {
                let transfers = [transfer(naming, end, name)];
                sink.event(&EventRecord { transfers: &transfers, ..record });
            }
            (ends, names) => {
                let transfers: Vec<Transfer<'_>> =
                    ends.iter().zip(names).map(|(end, name)| transfer(naming, end, name)).collect();
                record.transfers = &transfers;
                sink.event(&record);
            }
        }
    }
}

/// One end of a message as a record has it; `name` is its name, in case that the source does not have it as it is.
fn transfer<'t>(naming: Naming<'t, '_>, end: &End, name: &'t str) -> Transfer<'t> {
    let written = match end.message {
        Named::Request(span) => naming.written(span),
        Named::Reply(_) | Named::Link(..) => None,
    };
    let peer = end.peer.and_then(|peer| naming.graph.names.get(peer as usize)).map(String::as_str);
    Transfer { message: Some(written.unwrap_or(name)), peer, payload: None }
}

fn name_message(naming: Naming<'_, '_>, message: Named, out: &mut String) {
    match message {
        Named::Request(span) => naming.write(span, out),
        Named::Reply(span) => {
            naming.write(span, out);
            out.push_str("/reply");
        }
        Named::Link(span, to) => {
            naming.write(span, out);
            // Writing to a string cannot fail.
            let _ = write!(out, "/link/{to:016x}");
        }
    }
}
