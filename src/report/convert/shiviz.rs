//! A trace as a log for ShiViz: vector clocks, and a first line that says how they are to be read.

use std::io::{self, Write};

use super::lost::{Loss, Lost};
use super::parts::{self, Named};
use super::{trace as text, words};
use crate::causality::CausalOrder;
use crate::causality::all::{Clock, all_clocks};
use crate::format::record::{ActionKind, EventRecord, Transfer};
use crate::ids::ProcessId;
use crate::trace::{MarkAction, Trace};

/// As GoVector writes: host and clock above the text of the event.
const PATTERN: &str = r"(?<host>\S*) (?<clock>{.*})\n(?<event>.*)";

/// The same where names have blanks. A clock is written without ` {` inside, so that the last one starts it.
const PATTERN_BLANKS: &str = r"(?<host>.*) (?<clock>{.*})\n(?<event>.*)";

/// Writes the events of `trace` in causal order, each with its vector clock. Own components count from 1 by ones and
/// others count events that are there, as ShiViz demands. The text of an event is its note, or what it does as
/// `grammar/trace.ebnf` has it. Time: O(events * processes).
///
/// # Errors
/// What `out` says, and the name of a process that does not stand on one line.
pub fn write(trace: &Trace, order: &CausalOrder, out: &mut impl Write) -> io::Result<Result<Lost, String>> {
    let odd = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let hosts = || trace.processes().filter(|&p| trace.events(p) > 0).map(|p| trace.name(p));
    if let Some(name) = hosts().find(|name| name.contains(odd)) {
        return Ok(Err(name.to_owned()));
    }
    let pattern = if hosts().any(|name| name.contains(char::is_whitespace)) { PATTERN_BLANKS } else { PATTERN };
    writeln!(out, "{pattern}\n")?;
    let mut lost = losses(trace);
    let mut states: Vec<_> = trace.processes().map(|p| trace.state_changes(p).peekable()).collect();
    let mut line = String::new();
    all_clocks(trace, order, |process, number, clock| {
        line.clear();
        line.push_str(trace.name(process));
        clock_of(trace, clock, &mut line);
        line.push('\n');
        let state = states[process.index()].next_if(|&(of, _)| of == number).map(|(_, state)| state);
        let start = line.len();
        text_of(trace, process, number, state, &mut line, &mut lost);
        // What starts like a line between two executions is none.
        if line.get(start..).is_some_and(|text| text.starts_with("===")) {
            line.insert(start, ' ');
        }
        line.push('\n');
        out.write_all(line.as_bytes())
    })?;
    out.flush()?;
    Ok(Ok(lost))
}

/// What a log of clocks cannot hold.
fn losses(trace: &Trace) -> Lost {
    let mut lost = Lost::default();
    let channels = trace.channels();
    lost.add_many(Loss::Mark, trace.marks().len());
    let claims = |action: &MarkAction| matches!(action, MarkAction::Record { channels: Some(_), .. });
    lost.add_many(Loss::Claim, trace.marks().iter().filter(|mark| claims(&mark.kind)).count());
    lost.add_many(Loss::Cut, trace.named_cuts().count());
    lost.add_many(Loss::Channel, channels.iter().filter(|&channel| channels.is_declared(channel)).count());
    lost.add_many(Loss::Initial, trace.processes().filter(|&p| trace.initial_state(p).is_some()).count());
    lost.add_many(Loss::Silent, trace.processes().filter(|&p| trace.events(p) == 0).count());
    lost.add_many(Loss::Unreceived, trace.messages().filter(|&m| trace.received(m).is_none()).count());
    lost.add_many(Loss::Unsent, trace.unsent().len());
    lost
}

/// ` {"a":1,"b":2}`, zeros left out.
fn clock_of(trace: &Trace, clock: Clock<'_>, line: &mut String) {
    let mut separator = " {";
    for (process, count) in trace.processes().zip(clock.counts()).filter(|&(_, count)| count > 0) {
        line.push_str(separator);
        let name = line.len();
        words::json(line, trace.name(process));
        if line.get(name..).is_some_and(|name| name.contains('{')) {
            let escaped = line.split_off(name).replace('{', "\\u007b");
            line.push_str(&escaped);
        }
        line.push(':');
        line.push_str(&count.to_string());
        separator = ",";
    }
    line.push('}');
}

fn text_of(trace: &Trace, process: ProcessId, number: u32, state: Option<&str>, line: &mut String, lost: &mut Lost) {
    if let Some(note) = trace.note(process, number).filter(|note| !note.trim().is_empty()) {
        line.extend(note.chars().map(|c| if c.is_control() { ' ' } else { c }));
        return;
    }
    if let Some(label) = trace.label(process, number) {
        words::name(line, label);
        line.push_str(": ");
    }
    // Messages that the clocks themselves told of have no names to show.
    let messages = if trace.is_inferred() { Vec::new() } else { parts::of(trace, process, number) };
    let transfers: Vec<Transfer<'_>> = messages.iter().map(Named::transfer).collect();
    let action = if messages.is_empty() { ActionKind::Step } else { trace.action(process, number) };
    let time = trace.time(process, number);
    let record = EventRecord {
        at: 0..0,
        process: "",
        label: None,
        note: None,
        action,
        transfers: &transfers,
        state,
        time,
        clock: None,
    };
    text::what(line, &record, lost);
}
