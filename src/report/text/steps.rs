//! A run told as lecturers do: who records on what, what the channels keep, when it is over.

use super::names;
use super::table;
use crate::ids::{MessageId, ProcessId};
use crate::snapshot::steps::{Step, steps};
use crate::snapshot::{Algorithm, Cause, Snapshot};
use crate::trace::Trace;

/// So many names stand in one line.
const LISTED: usize = 12;

/// The steps, numbered, and how the run ends.
pub fn text(trace: &Trace, snapshot: &Snapshot) -> String {
    let steps = steps(trace, snapshot);
    let rows: Vec<Vec<String>> =
        (1..).zip(&steps).map(|(i, step)| vec![format!("{i}."), sentence(trace, snapshot, step)]).collect();
    let mut out = table::lines(&rows, 2);
    if snapshot.run.unlisted > 0 {
        out += &format!("  ({} markers on channels without messages are not told)\n", snapshot.run.unlisted);
    }
    out += &format!("  {}\n", end(snapshot));
    out
}

fn end(snapshot: &Snapshot) -> &'static str {
    let open = snapshot.run.markers.iter().any(|marker| marker.arrived.is_none() && marker.within.is_none());
    match (snapshot.complete(), open, snapshot.request.algorithm) {
        (false, ..) => "not terminated: not every process has recorded",
        (true, _, Algorithm::LaiYang) => {
            "every process has recorded: white sent minus white received is in the channels"
        }
        (true, true, _) => "every process has recorded; the log ends before the last marker arrives",
        (true, false, _) => "terminated: every process has recorded and every channel is closed",
    }
}

fn sentence(trace: &Trace, snapshot: &Snapshot, step: &Step) -> String {
    match step {
        Step::Record { process, position, cause } => record(trace, snapshot, *process, *position, *cause),
        Step::Close { from, to, position, content } => format!(
            "{} receives a duplicate marker, from {}, {}: {} = {}; stops recording it",
            trace.name(*to),
            trace.name(*from),
            names::after(trace, *to, *position),
            channel(trace, *from, *to),
            list(trace, content)
        ),
        Step::CloseWithin { from, to, event, content } => format!(
            "{} receives a duplicate marker, from {}, within {}, between two messages of it: {} = {}; stops recording it",
            trace.name(*to),
            trace.name(*from),
            names::event(trace, *to, *event),
            channel(trace, *from, *to),
            list(trace, content)
        ),
        Step::Keep(message) => {
            let (from, to) = trace.ends(*message);
            let kept = channel(trace, from, to);
            match snapshot.request.algorithm {
                Algorithm::ChandyLamport => {
                    format!("{} receives {}: recorded in {kept}", trace.name(to), names::message(trace, *message))
                }
                Algorithm::LaiYang => {
                    format!(
                        "{} receives {}, which is white: {kept} had it",
                        trace.name(to),
                        names::message(trace, *message)
                    )
                }
            }
        }
        Step::Preempted(initiator) => format!(
            "{} is to start {}, and has recorded already",
            trace.name(initiator.process),
            names::after(trace, initiator.process, initiator.position)
        ),
        Step::Open { from, to, content } => format!(
            "the marker from {} to {} does not arrive within the log: {} = {}",
            trace.name(*from),
            trace.name(*to),
            channel(trace, *from, *to),
            list(trace, content)
        ),
    }
}

fn record(trace: &Trace, snapshot: &Snapshot, process: ProcessId, position: u32, cause: Cause) -> String {
    let (name, after) = (trace.name(process), names::after(trace, process, position));
    let first = match cause {
        Cause::Initiator => format!("{name} starts {after}: records"),
        Cause::Marker(from) => format!(
            "{name} receives its first marker, from {}, {after}: records; {} = <>",
            trace.name(from),
            channel(trace, from, process)
        ),
        Cause::Red(message) => {
            let from = trace.ends(message).0;
            let red = trace.message_name(message);
            return format!("{name} records {after}, before it receives {red}, which {} sent red", trace.name(from));
        }
        Cause::Own => return format!("{name} receives nothing red: records of its own accord at the end of the log"),
    };
    if snapshot.request.algorithm == Algorithm::LaiYang {
        return format!("{first} and turns red");
    }
    let to: Vec<ProcessId> = trace.processes().filter(|&to| trace.has_channel(process, to)).collect();
    let closed = match cause {
        Cause::Marker(from) => Some(from),
        _ => None,
    };
    let recording: Vec<ProcessId> =
        trace.processes().filter(|&from| trace.has_channel(from, process) && Some(from) != closed).collect();
    let markers = match to.is_empty() {
        true => String::new(),
        false => format!("; sends markers to {}", table::some(&to, LISTED, |&to| trace.name(to).into()).join(", ")),
    };
    let recording = match recording.is_empty() {
        true => String::new(),
        false => {
            let names = table::some(&recording, LISTED, |&from| channel(trace, from, process));
            format!("; starts to record {}", names.join(", "))
        }
    };
    format!("{first}{markers}{recording}")
}

fn channel(trace: &Trace, from: ProcessId, to: ProcessId) -> String {
    format!("{} -> {}", trace.name(from), trace.name(to))
}

fn list(trace: &Trace, messages: &[MessageId]) -> String {
    format!("<{}>", table::some(messages, LISTED, |&m| names::message(trace, m)).join(", "))
}
