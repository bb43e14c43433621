//! Our JSON Lines format (`.jsonl`): one object per line; its schema is `grammar/event.schema.json`.

mod help;
mod members;
mod plain;
mod shape;
#[cfg(test)]
mod tests;
mod values;
mod written;

use std::borrow::Cow;

use serde_json::value::RawValue;

use self::help::HELP;
use self::members::{Line, Member};
use self::values::{Names, Values};
use super::ahead::Way;
use super::json::{message, offset};
use super::lines::{Block, lines};
use super::marks::Class;
use super::plain_lines::{self, Found, Lines, Scan};
use super::record::{
    ActionKind, ChannelRecord, CutRecord, EventRecord, MarkKind, MarkRecord, Problem, ProcessRecord, Sink, Transfer,
};
use super::sections::{self, BySection};
use super::text::pair_up;
use crate::source::Source;
use crate::suggest;

pub use self::members::meant;

/// Whether the first lines are of this format.
pub fn looks_like(head: &str) -> bool {
    let first = head.lines().map(str::trim).find(|l| !l.is_empty());
    first.is_some_and(|l| {
        l.starts_with('{') && serde_json::from_str::<Line<'_>>(l).is_ok_and(|line| line.get(Member::Event).is_some())
    })
}

/// Reads all of `source` into `sink`. Linear in the bytes; allocates nothing for a plain event line.
pub fn read(source: &Source, sink: &mut dyn Sink) {
    read_as(source, Way::for_source(source), sink);
}

/// The same in one of the ways that come to the same.
pub fn read_as(source: &Source, way: Way, sink: &mut dyn Sink) {
    plain_lines::read::<JsonLines>(source, way, sink);
}

/// How sections of its plain lines are found and read.
pub const BY_SECTION: BySection = BySection { find: sections::find::<JsonLines>, read: sections::read::<JsonLines> };

/// The plain lines and the others.
struct JsonLines;

impl Lines for JsonLines {
    const MARKED: Class = plain::MARKED;
    // A send has some sixty.
    const STARTS: usize = 2;
    type Memory = plain::Memory;

    #[inline(always)]
    fn plain(scan: &mut Scan<plain::Memory>, found: &mut Found) {
        plain::find(scan, found);
    }

    fn read(source: &Source, text: &str, start: usize, sink: &mut dyn Sink) -> usize {
        let mut count = 0;
        for (start, text) in lines(Block { start, text }) {
            count += 1;
            if text.trim().is_empty() {
                continue;
            }
            match serde_json::from_str::<Line<'_>>(text) {
                Ok(line) => read_line(Values::new(&line, text, start, source.process()), sink),
                Err(error) => {
                    let at = start + offset(text, &error);
                    sink.problem(Problem {
                        at: at..at + 1,
                        what: format!("this line is no event: {}", message(&error)),
                        label: "expected one JSON object per line".into(),
                        help: Some(HELP.into()),
                    });
                }
            }
        }
        count
    }
}

/// What `event` may say.
const KINDS: [&str; 8] = ["step", "send", "receive", "recv", "record", "process", "channel", "cut"];

fn read_line(mut values: Values<'_, '_>, sink: &mut dyn Sink) {
    let line = values.line;
    let used = emit(&mut values, sink);
    if let Some((_, used)) = used {
        line.others(used).for_each(|(member, _)| values.check(member));
    }
    for problem in values.problems.drain(..) {
        sink.problem(problem);
    }
    for (name, raw) in &line.unknown {
        let at = values.place(if let Cow::Borrowed(name) = name { name } else { raw.get() });
        sink.passed_over(name, None, at, 1);
    }
    if let Some((kind, used)) = used {
        // A program may stamp every line with its time and its clock, and with words of its own.
        for (member, raw) in line.others(used).filter(|(member, _)| !matches!(member, Time | Clock | Note)) {
            sink.passed_over(member.name(), Some(kind), values.place(raw.get()), 1);
        }
    }
}

/// What a line is in words, and the members that it has a use for.
type Used = (&'static str, &'static [Member]);

use Member::{
    Channels, Clock, Cut, Event, Fifo, From, Label, Marker, Message, Note, Payload, Payloads, Process, Snapshot, State,
    Time, To,
};

/// Tells the sink what a line says, unless something is wrong with it.
fn emit(values: &mut Values<'_, '_>, sink: &mut dyn Sink) -> Option<Used> {
    let event = values.need(Event, "a line")?;
    let marker = values.line.get(Marker).is_some();
    Some(match event.as_ref() {
        "step" => {
            refuse_marker(values);
            emit_event(values, ActionKind::Step, sink);
            ("a step", &[Process, Event, Label, State, Time, Clock, Marker])
        }
        "send" if marker => {
            emit_marker(values, true, sink);
            ("a marker", &[Process, Event, Marker, To])
        }
        "receive" | "recv" if marker => {
            emit_marker(values, false, sink);
            ("a marker", &[Process, Event, Marker, From])
        }
        "send" => {
            emit_event(values, ActionKind::Send, sink);
            ("a send", &[Process, Event, Label, Message, To, Payload, Payloads, State, Time, Clock])
        }
        "receive" | "recv" => {
            emit_event(values, ActionKind::Receive, sink);
            ("a receive", &[Process, Event, Label, Message, From, State, Time, Clock])
        }
        "record" => {
            refuse_marker(values);
            let process = values.need(Process, "a record");
            let snapshot = values.need(Snapshot, "a record");
            let mark = MarkKind::Record { state: values.object(State), channels: values.object(Channels) };
            if let (Some(process), Some(snapshot), true) = (process, snapshot, values.problems.is_empty()) {
                sink.mark(MarkRecord { at: values.at(), process: &process, snapshot: &snapshot, mark });
            }
            ("a record", &[Process, Event, Snapshot, State, Channels, Marker])
        }
        "process" => {
            refuse_marker(values);
            let name = values.need(Process, "a process declaration");
            let state = values.object(State);
            if let (Some(name), true) = (name, values.problems.is_empty()) {
                sink.process(ProcessRecord { at: values.at(), name: &name, state });
            }
            ("a process declaration", &[Process, Event, State, Marker])
        }
        "channel" => {
            emit_channel(values, sink);
            ("a channel", &[Event, From, To, Fifo, Marker])
        }
        "cut" => {
            refuse_marker(values);
            let name = values.need(Label, "a named cut");
            if values.line.get(Cut).is_none() {
                values.missing(Cut, "a named cut without `cut`");
            }
            if let (Some(name), Some(spec), true) = (name, values.cut(), values.problems.is_empty()) {
                sink.cut(CutRecord { at: values.at(), name: &name, spec: &spec });
            }
            ("a named cut", &[Event, Label, Cut, Marker])
        }
        other => {
            let near = suggest::nearest(other, KINDS.into_iter());
            let help = near.map_or_else(|| HELP.into(), |near| format!("did you mean `{near}`?"));
            let raw = values.line.get(Event).map_or("", RawValue::get);
            let expected = "expected step, send, receive, record, process, channel or cut";
            values.fault(raw, format!("`{other}` is no event"), expected, help);
            return None;
        }
    })
}

/// Only sends and receives may be of markers.
fn refuse_marker(values: &mut Values<'_, '_>) {
    if let Some(raw) = values.line.get(Marker) {
        let help = "a marker is sent or received; a record names its snapshot with \"snapshot\"";
        values.fault(raw.get(), "`marker` on a line that is no send and no receive", "not here", help);
    }
}

fn emit_channel(values: &mut Values<'_, '_>, sink: &mut dyn Sink) {
    refuse_marker(values);
    let (from, to) = (values.need(From, "a channel"), values.need(To, "a channel"));
    let fifo = values.fifo();
    if let (Some(from), Some(to), true) = (from, to, values.problems.is_empty()) {
        sink.channel(ChannelRecord { at: values.at(), from: &from, to: &to, fifo });
    }
}

fn emit_marker(values: &mut Values<'_, '_>, is_send: bool, sink: &mut dyn Sink) {
    let of = if is_send { "a send of a marker" } else { "a receive of a marker" };
    let (process, snapshot) = (values.need(Process, of), values.need(Marker, of));
    let peers = match is_send {
        true => need_names(values, To, of),
        false => values.need(From, of).map_or(Names::None, Names::One),
    };
    let names: Vec<&str> = peers.as_slice().iter().map(Cow::as_ref).collect();
    let mark = match (is_send, names.as_slice()) {
        (true, _) => MarkKind::Send(&names),
        (false, [peer]) => MarkKind::Receive(peer),
        _ => return,
    };
    if let (Some(process), Some(snapshot), true) = (process, snapshot, values.problems.is_empty()) {
        sink.mark(MarkRecord { at: values.at(), process: &process, snapshot: &snapshot, mark });
    }
}

/// Names, at least one.
fn need_names<'a>(values: &mut Values<'_, 'a>, member: Member, of: &str) -> Names<'a> {
    if values.line.get(member).is_none() {
        values.missing(member, &format!("{of} without `{}`", member.name()));
    }
    values.names(member)
}

fn emit_event(values: &mut Values<'_, '_>, action: ActionKind, sink: &mut dyn Sink) {
    let of = match action {
        ActionKind::Step => "a step",
        ActionKind::Send => "a send",
        ActionKind::Receive => "a receive",
    };
    let process = values.need(Process, of);
    let label = values.name(Label);
    let (ids, peers) = match action {
        ActionKind::Step => (Names::None, Names::None),
        ActionKind::Send => (values.names(Message), need_names(values, To, of)),
        ActionKind::Receive => {
            if values.line.get(Message).is_none() && values.line.get(From).is_none() {
                values.missing(Message, "a receive without `message` and without `from`");
            }
            (values.names(Message), values.names(From))
        }
    };
    let (ids, peers) = (ids.as_slice(), peers.as_slice());
    let pairs = pair_up(ids.len(), peers.len());
    if pairs.is_none() && values.problems.is_empty() {
        let what = format!("{} messages and {} peers do not go together", ids.len(), peers.len());
        let raw = values.line.get(Message).map_or("", RawValue::get);
        let help = "one message to many, many messages to one, or as many messages as peers";
        values.fault(raw, what, "expected one of either, or equal numbers", help);
    }
    let payloads = values.payloads();
    let count = ids.len().max(peers.len());
    if let Some(payloads) = payloads.as_ref().filter(|payloads| payloads.len() != count) {
        let what = format!("{count} messages and {} payloads do not go together", payloads.len());
        let raw = values.line.get(Payloads).map_or("", RawValue::get);
        values.fault(raw, what, "expected one for each message", "write null for a message without one");
    }
    let (state, time, clock) = (values.object(State), values.time(), values.clock());
    let (Some(process), Some(pairs), true) = (process, pairs, values.problems.is_empty()) else { return };
    let payload = values.line.get(Payload);
    let of_each = |i: usize| payloads.as_ref().map_or(payload, |all| *all.get(i)?).map(RawValue::get);
    let mut pairs = pairs.enumerate();
    let transfer = |(i, (m, p)): (usize, (Option<usize>, Option<usize>))| Transfer {
        message: m.map(|m| ids[m].as_ref()),
        peer: p.map(|p| peers[p].as_ref()),
        payload: of_each(i).filter(|_| action == ActionKind::Send),
    };
    // The common case needs no list.
    let (first, all): (Transfer<'_>, Vec<Transfer<'_>>) = match (pairs.next(), pairs.next()) {
        (Some(first), Some(second)) => {
            (Transfer::default(), [first, second].into_iter().chain(pairs).map(transfer).collect())
        }
        (only, _) => (only.map(transfer).unwrap_or_default(), Vec::new()),
    };
    let transfers = match (action, all.as_slice()) {
        (ActionKind::Step, _) => &[],
        (_, []) => std::slice::from_ref(&first),
        (_, all) => all,
    };
    let clock: Option<Vec<(&str, u64)>> =
        clock.as_ref().map(|clock| clock.iter().map(|(name, count)| (name.as_ref(), *count)).collect());
    let note = values.note();
    sink.event(&EventRecord {
        at: values.at(),
        process: &process,
        label: label.as_deref(),
        note: note.as_deref(),
        action,
        transfers,
        state,
        time,
        clock: clock.as_deref(),
    });
}
