//! The rules of Chandy and Lamport's algorithm (1985), held against the lines of the protocol.
//!
//! A process records once, of itself or before its next event after its first marker; in the same step it sends one
//! marker on every outgoing channel, so before any later message there; markers keep their place among the messages; and
//! it records each incoming channel until its marker.

use hashbrown::HashMap;

use super::Protocol;
use super::difference::{Difference, What};
use super::early;
use super::lines::{Lines, Topology};
use crate::ids::{MessageId, ProcessId};
use crate::trace::Trace;

/// Finds every broken rule, process by process; `differences` has what was found of the channels before. Where no marker is seen sent, the rules on sending are left out.
/// Time: O(messages + lines + channels from processes that recorded).
pub(super) fn judge(trace: &Trace, topology: &Topology, lines: &Lines, differences: &mut Vec<Difference>) -> Protocol {
    let before = differences.len();
    for process in trace.processes() {
        records(trace, lines, process, differences);
        if !lines.sends.is_empty() {
            missing(trace, topology, lines, process, differences);
        }
    }
    sends(lines, differences);
    if !lines.sends.is_empty() {
        receives(lines, differences);
    }
    order(trace, lines, differences);
    let early = early::find(trace, lines, &differences[..before]);
    differences.extend(early);
    differences[before..].sort_by_key(|d| d.process);
    match (differences.len() > before, lines.sends.is_empty() && trace.channel_count() > 0) {
        (true, _) => Protocol::Broken,
        (false, true) => Protocol::Unlogged,
        (false, false) => Protocol::Obeyed,
    }
}

/// When a process recorded.
fn records(trace: &Trace, lines: &Lines, process: ProcessId, differences: &mut Vec<Difference>) {
    let own = &lines.of[process.index()];
    let mut add = |at, what| differences.push(Difference { process, at, what });
    let went_on = |position| trace.events(process) > position;
    let Some(first) = own.records.first() else {
        match (own.first_marker, own.first_send) {
            (Some((marker, from)), _) if went_on(marker.position) => {
                add(marker.at, What::NotRecorded { from: Some(from), expected: marker.position });
            }
            (_, Some(sent)) if went_on(sent.position) => {
                add(sent.at, What::NotRecorded { from: None, expected: sent.position });
            }
            _ => {}
        }
        return;
    };
    if let Some((marker, from)) = own.first_marker.filter(|(marker, _)| marker.position < first.position) {
        add(first.at, What::RecordedLate { from, expected: marker.position, recorded: first.position });
    }
    for again in &own.records[1..] {
        add(again.at, What::RecordedTwice { first: first.position, again: again.position });
    }
}

/// Channels on which a process that recorded and went on sent no marker.
fn missing(trace: &Trace, topology: &Topology, lines: &Lines, process: ProcessId, differences: &mut Vec<Difference>) {
    let Some(record) = lines.of[process.index()].records.first() else { return };
    if !topology.went_on(trace, lines, process, record) {
        return;
    }
    for to in topology.receivers(trace, process) {
        // One that was received has its own rule.
        if lines.sent(process, to).is_none() && lines.received(process, to).is_none() {
            let what = What::MarkerMissing { to, recorded: record.position };
            differences.push(Difference { process, at: record.at, what });
        }
    }
}

/// Markers that were sent too early or twice.
fn sends(lines: &Lines, differences: &mut Vec<Difference>) {
    for (&(process, to), sent) in &lines.sends {
        let record = lines.of[process.index()].records.first();
        if let (Some(first), Some(record)) = (sent.first(), record)
            && first.position < record.position
        {
            let what = What::MarkerEarly { to, sent: first.position, recorded: record.position };
            differences.push(Difference { process, at: first.at, what });
        }
        let twice = |line: &super::lines::Line| Difference { process, at: line.at, what: What::MarkerTwice { to } };
        differences.extend(sent.iter().skip(1).map(twice));
    }
}

/// Markers that were received and never sent.
fn receives(lines: &Lines, differences: &mut Vec<Difference>) {
    for (&(from, process), received) in &lines.receives {
        let sent = lines.sends.get(&(from, process)).map_or(0, Vec::len);
        for (number, line) in received.iter().enumerate().skip(sent) {
            let what = What::MarkerUnsent { from, sent, received: number + 1 };
            differences.push(Difference { process, at: line.at, what });
        }
    }
}

/// Positions on one channel: where its sender recorded, where the marker was sent and where it arrived.
#[derive(Clone, Copy, Debug)]
struct Passage {
    recorded: Option<u32>,
    sent: u32,
    arrived: Option<u32>,
    fifo: bool,
    late: Option<MessageId>,
    overtaken: Option<MessageId>,
    overtaking: Option<MessageId>,
}

/// Markers that do not stand in their place among the messages: sent after a message that was sent after the record, or
/// received in another order than sent. One pass over the messages finds the first of each kind on each channel.
fn order(trace: &Trace, lines: &Lines, differences: &mut Vec<Difference>) {
    let mut passages: HashMap<(ProcessId, ProcessId), Passage> = HashMap::new();
    for &(from, to) in lines.sends.keys() {
        let Some(sent) = lines.sent(from, to) else { continue };
        let channel = trace.channels().find(from, to);
        passages.insert(
            (from, to),
            Passage {
                recorded: lines.of[from.index()].records.first().map(|record| record.position),
                sent: sent.position,
                arrived: lines.received(from, to).map(|line| line.position),
                fifo: channel.is_none_or(|channel| trace.channels().is_fifo(channel)),
                late: None,
                overtaken: None,
                overtaking: None,
            },
        );
    }
    if passages.is_empty() {
        return;
    }
    for message in trace.messages() {
        let Some(passage) = passages.get_mut(&trace.ends(message)) else { continue };
        let (sent, received) = (trace.sent(message), trace.received_or_never(message));
        if sent <= passage.sent && passage.recorded.is_some_and(|recorded| sent > recorded) {
            passage.late.get_or_insert(message);
        }
        if let (Some(arrived), true) = (passage.arrived, passage.fifo) {
            if sent <= passage.sent && received > arrived {
                passage.overtaken.get_or_insert(message);
            } else if sent > passage.sent && received <= arrived {
                passage.overtaking.get_or_insert(message);
            }
        }
    }
    for &(from, to) in lines.sends.keys() {
        let Some(passage) = passages.get(&(from, to)) else { continue };
        if let (Some(message), Some(recorded), Some(line)) = (passage.late, passage.recorded, lines.sent(from, to)) {
            let what = What::MarkerLate { to, message, recorded, sent: passage.sent };
            differences.push(Difference { process: from, at: line.at, what });
        }
        let Some(line) = lines.received(from, to) else { continue };
        for (message, overtaken) in [(passage.overtaken, true), (passage.overtaking, false)] {
            if let Some(message) = message {
                let what = What::MarkerOrder { from, message, overtaken };
                differences.push(Difference { process: to, at: line.at, what });
            }
        }
    }
}
