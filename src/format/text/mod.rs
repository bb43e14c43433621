//! Our own text format (`.trace`), written by hand and read with nom; its grammar is `grammar/trace.ebnf`.

mod bare;
mod hints;
mod line;
mod plain;

use std::borrow::Cow;
use std::ops::Range;

use self::line::{Action, Event, Line, Pair};
use super::ahead::Way;
use super::lexis::{self, Fault};
use super::lines::first_line;
use super::marks::Class;
use super::plain_lines::{self, Found, Lines, Scan};
use super::record::{
    ChannelRecord, CutRecord, EventRecord, MarkKind, MarkRecord, Problem, ProcessRecord, Sink, Transfer,
};
use super::sections::{self, BySection};
use super::time::Time;
use crate::source::Source;

/// Whether the first lines are of this format.
pub fn looks_like(head: &str) -> bool {
    let mut lines = head.lines().filter(|l| !matches!(line::parse(l), Ok(Line::Blank))).take(5).peekable();
    lines.peek().is_some() && lines.any(|l| line::parse(l).is_ok())
}

/// Reads all of `source` into `sink`. Linear in the bytes; allocates nothing for a plain event line.
pub fn read(source: &Source, sink: &mut dyn Sink) {
    read_as(source, Way::for_source(source), sink);
}

/// The same in one of the ways that come to the same.
pub fn read_as(source: &Source, way: Way, sink: &mut dyn Sink) {
    plain_lines::read::<Text>(source, way, sink);
}

/// How sections of its plain lines are found and read.
pub const BY_SECTION: BySection = BySection { find: sections::find::<Text>, read: sections::read::<Text> };

/// The plain lines and the others.
struct Text;

impl Lines for Text {
    const MARKED: Class = plain::MARKED;
    // `P3: send m812 -> P7` has some twenty.
    const STARTS: usize = 4;
    type Memory = plain::Memory;

    #[inline(always)]
    fn plain(scan: &mut Scan<plain::Memory>, found: &mut Found) {
        plain::find(scan, found);
    }

    fn read(_: &Source, mut text: &str, mut start: usize, sink: &mut dyn Sink) -> usize {
        let mut lines = 0;
        while !text.is_empty() {
            let (line, taken) = first_line(text);
            read_line(line, start, sink);
            text = &text[taken..];
            start += taken;
            lines += 1;
        }
        lines
    }
}

fn read_line(text: &str, start: usize, sink: &mut dyn Sink) {
    let at = start..start + text.len();
    match line::parse(text) {
        Ok(Line::Blank) => {}
        Ok(Line::Process { name, state }) => {
            sink.process(ProcessRecord { at, name: &name, state: object(&state).as_deref() });
        }
        Ok(Line::Channel { from, to, fifo }) => sink.channel(ChannelRecord { at, from: &from, to: &to, fifo }),
        Ok(Line::Cut { name, spec }) => sink.cut(CutRecord { at, name: &name, spec }),
        Ok(Line::Event(event)) => emit(&event, text, at, sink),
        Err(fault) => sink.problem(problem(text, start, fault)),
    }
}

/// Two lists of one event, side by side: one of either goes with all of the other, equal numbers go pairwise.
pub(super) fn pair_up(
    messages: usize,
    peers: usize,
) -> Option<impl Iterator<Item = (Option<usize>, Option<usize>)> + Clone> {
    let count = messages.max(peers);
    if messages > 1 && peers > 1 && messages != peers {
        return None;
    }
    let pick = |len: usize, i: usize| if len == 0 { None } else { Some(i.min(len - 1)) };
    Some((0..count).map(move |i| (pick(messages, i), pick(peers, i))))
}

fn emit(event: &Event<'_>, text: &str, at: Range<usize>, sink: &mut dyn Sink) {
    let time = match event.time {
        None => None,
        Some(raw) => match Time::parse(raw) {
            Some(time) => Some(time),
            None => return sink.problem(no_time(text, at.start, raw)),
        },
    };
    let state = object(&event.state);
    let (process, snapshot_mark) = (event.process.as_ref(), |snapshot, mark| MarkRecord {
        at: at.clone(),
        process: &event.process,
        snapshot,
        mark,
    });
    match &event.action {
        Action::Record { snapshot } => {
            sink.mark(snapshot_mark(snapshot, MarkKind::Record { state: state.as_deref(), channels: None }));
        }
        Action::SendMarker { snapshot, peers } => {
            let peers: Vec<&str> = peers.iter().map(Cow::as_ref).collect();
            sink.mark(snapshot_mark(snapshot, MarkKind::Send(&peers)));
        }
        Action::ReceiveMarker { snapshot, peer } => sink.mark(snapshot_mark(snapshot, MarkKind::Receive(peer))),
        Action::Event { kind, messages, peers } => {
            let Some(pairs) = pair_up(messages.len(), peers.len()) else {
                return sink.problem(Problem {
                    at,
                    what: format!("{} messages and {} peers do not go together", messages.len(), peers.len()),
                    label: "expected one of either, or equal numbers".into(),
                    help: Some("one message to many, many messages to one, or as many messages as peers".into()),
                });
            };
            let payloads: Vec<Option<String>> = messages.iter().map(|(_, payload)| object(payload)).collect();
            let transfers: Vec<Transfer<'_>> = pairs
                .map(|(m, p)| Transfer {
                    message: m.map(|m| messages[m].0.as_ref()),
                    peer: p.map(|p| peers[p].as_ref()),
                    payload: m.and_then(|m| payloads[m].as_deref()),
                })
                .collect();
            sink.event(&EventRecord {
                at: at.clone(),
                process,
                label: event.label.as_deref(),
                note: None,
                action: *kind,
                transfers: &transfers,
                state: state.as_deref(),
                time,
                clock: None,
            });
        }
    }
}

/// Pairs as a JSON object's text.
fn object(pairs: &[Pair<'_>]) -> Option<String> {
    if pairs.is_empty() {
        return None;
    }
    let members: Vec<String> = pairs.iter().map(|(k, v)| format!("{}:{v}", lexis::json_string(k))).collect();
    Some(format!("{{{}}}", members.join(",")))
}

fn no_time(text: &str, start: usize, raw: &str) -> Problem {
    let at = start + text.find(raw).unwrap_or(0);
    Problem {
        at: at..at + raw.len(),
        what: format!("`{raw}` is no time"),
        label: "expected a number or RFC 3339".into(),
        help: Some("for example 12.5 or 2024-05-01T12:30:00Z".into()),
    }
}

fn problem(text: &str, start: usize, fault: Fault<'_>) -> Problem {
    let at = text.len() - fault.rest.len();
    let found = fault.rest.split(char::is_whitespace).next().unwrap_or("");
    let shown: String = found.chars().take(40).collect();
    let what = fault.what.unwrap_or_else(|| match shown.as_str() {
        "" => "the line ends too early".into(),
        shown => format!("`{shown}` does not belong here"),
    });
    Problem {
        at: start + at..start + at + found.len(),
        what,
        label: format!("expected {}", fault.expected),
        help: hints::help(text, at, fault.expected)
            .or_else(|| Some(fault.help.unwrap_or_else(|| hints::example(text)).into())),
    }
}

#[cfg(test)]
mod tests;
