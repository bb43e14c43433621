//! How reports name events, cuts and places.

use std::borrow::Cow;

use crate::cut::Cut;
use crate::format::cut::{Place, quote};
use crate::ids::{MessageId, ProcessId};
use crate::source::Location;
use crate::trace::Trace;

/// `P1#3`, or `P1#3 (B)` where the event has a label; with what it does where the log says that beside a label, as spans
/// do.
pub fn event(trace: &Trace, process: ProcessId, number: u32) -> String {
    match (trace.label(process, number), trace.note(process, number)) {
        (Some(label), Some(note)) => format!("{}#{number} ({label}: {note})", trace.name(process)),
        (Some(label), None) => format!("{}#{number} ({label})", trace.name(process)),
        (None, _) => format!("{}#{number}", trace.name(process)),
    }
}

/// ` [shops.trace:9]`, or nothing where the place is not known.
pub fn place(trace: &Trace, process: ProcessId, number: u32) -> String {
    trace.locate(process, number).map_or_else(String::new, |l| format!(" [{}:{}]", l.file, l.line))
}

/// The places of many events. Time: one pass over each file, for all of them together.
pub fn places(trace: &Trace, events: &[(ProcessId, u32)]) -> Vec<String> {
    let addresses: Vec<u64> = events.iter().map(|&(process, number)| trace.address(process, number)).collect();
    let shown = |location: Option<Location>| location.map_or_else(String::new, |l| format!("[{}:{}]", l.file, l.line));
    trace.sources().locate_all(&addresses).into_iter().map(shown).collect()
}

/// A text in a line of a report: what is long is cut off; the JSON report has all of it.
pub fn shorten(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}\u{2026}", &text[..end])),
        None => Cow::Borrowed(text),
    }
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

/// A process at a position, as `--initiator` takes it, ready for a shell.
pub fn position_argument(process: &str, position: &Place<'_>) -> String {
    let text = format!("{}={position}", quote(process));
    let plain = |c: char| c.is_alphanumeric() || "=_-.:/@+".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// Where a process stands, in words: `2 of 5, after B`.
pub fn position(trace: &Trace, cut: &Cut, process: ProcessId) -> String {
    let (position, events) = (cut.position(process), trace.events(process));
    let label = position.checked_sub(1).and_then(|_| trace.label(process, position));
    let after = match (label, trace.note(process, position.max(1))) {
        (Some(label), Some(note)) => format!(", after {label} ({note})"),
        (Some(label), None) => format!(", after {label}"),
        (None, _) => String::new(),
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::source::Source;
    use crate::trace::Builder;

    #[test]
    fn many_places_are_those_of_each() {
        let mut builder = Builder::new();
        for (name, text) in [("a", "P: step\n\nQ: step\nP: step\n"), ("b", "# b\nQ: step\r\nP: step")] {
            let source = Arc::new(Source::from_text(name, text));
            builder.source(source.clone());
            crate::format::text::read(&source, &mut builder);
        }
        let trace = builder.finish().unwrap();
        let events: Vec<_> = trace.processes().flat_map(|p| (1..=trace.events(p)).rev().map(move |k| (p, k))).collect();
        assert_eq!(places(&trace, &events), ["[b:3]", "[a:4]", "[a:1]", "[b:2]", "[a:3]"]);
        for (&(process, number), found) in events.iter().zip(places(&trace, &events)) {
            assert_eq!(format!(" {found}"), place(&trace, process, number));
        }
    }
}
