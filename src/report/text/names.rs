//! How reports name events, cuts and places.

use crate::cut::Cut;
use crate::format::cut::quote;
use crate::ids::{MessageId, ProcessId};
use crate::trace::Trace;

/// `P1#3`, or `P1#3 (B)` where the event has a label.
pub fn event(trace: &Trace, process: ProcessId, number: u32) -> String {
    match trace.label(process, number) {
        Some(label) => format!("{}#{number} ({label})", trace.name(process)),
        None => format!("{}#{number}", trace.name(process)),
    }
}

/// ` [shops.trace:9]`, or nothing where the place is not known.
pub fn place(trace: &Trace, process: ProcessId, number: u32) -> String {
    trace.locate(process, number).map_or_else(String::new, |l| format!(" [{}:{}]", l.file, l.line))
}

/// A message with its payload.
pub fn message(trace: &Trace, message: MessageId) -> String {
    match trace.payload(message) {
        Some(payload) => format!("{} {payload}", trace.message_name(message)),
        None => trace.message_name(message).into_owned(),
    }
}

/// A cut as `--cut` takes it, ready for a shell.
pub fn cut_argument(trace: &Trace, positions: &[u32]) -> String {
    let entries: Vec<String> =
        trace.processes().map(|p| format!("{}={}", quote(trace.name(p)), positions[p.index()])).collect();
    format!("--cut '{}'", entries.join(" ").replace('\'', r"'\''"))
}

/// Where a process stands, in words: `2 of 5, after B`.
pub fn position(trace: &Trace, cut: &Cut, process: ProcessId) -> String {
    let (position, events) = (cut.position(process), trace.events(process));
    let after = match position.checked_sub(1).and_then(|_| trace.label(process, position)) {
        Some(label) => format!(", after {label}"),
        None => String::new(),
    };
    format!("{position} of {events}{after}")
}

/// A position in a sentence: `at the start`, `after B` or `after 3 events`.
pub fn after(trace: &Trace, process: ProcessId, position: u32) -> String {
    match (position, trace.label(process, position)) {
        (0, _) => "at the start".into(),
        (_, Some(label)) => format!("after {label}"),
        (1, None) => "after 1 event".into(),
        (_, None) => format!("after {position} events"),
    }
}
