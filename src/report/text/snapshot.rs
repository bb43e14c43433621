//! A snapshot for people: who records where, what the channels keep, and why the cut is consistent.

use super::names;
use super::steps;
use super::table;
use super::verify;
use crate::causality::OrderKind;
use crate::cut::Verdict;
use crate::format::cut::Place;
use crate::ids::ProcessId;
use crate::report::snapshot::{Conserved, recorded_states, verdict};
use crate::report::{conserve, doubts};
use crate::snapshot::{Algorithm, Delivery, Snapshot, Unrecorded};
use crate::trace::Trace;

/// So many of a kind are listed; the JSON has all.
const LISTED: usize = 12;

/// The events whose lines the report shows, unless it is told step by step: a trace that does not keep them can look
/// them up.
pub fn events(trace: &Trace, snapshot: &Snapshot) -> Vec<(ProcessId, u32)> {
    [&snapshot.undetermined, &snapshot.perhaps_in_transit].map(|holes| verify::of_holes(trace, holes)).concat()
}

/// The whole report; `told` is whether the run is told step by step.
pub fn text(trace: &Trace, snapshot: &Snapshot, conserved: &Conserved<'_>, told: bool) -> String {
    let mut out = headline(trace, snapshot, conserved);
    if told {
        out += &format!("\nThe run\n{}", steps::text(trace, snapshot));
    }
    if snapshot.complete() {
        out += &verify::positions(trace, &snapshot.cut, snapshot.clocks.as_deref(), &snapshot.max);
    } else {
        out += &incomplete(trace, snapshot);
        out += "\nOf the processes that recorded, and the messages between them:\n";
    }
    if !snapshot.undetermined.is_empty() {
        out += &verify::holes(trace, &snapshot.undetermined);
    }
    out += &verify::channels(trace, &snapshot.classes, &snapshot.perhaps_in_transit);
    out += &verify::states(trace, &recorded_states(trace, snapshot));
    out += &verify::counts(trace, &snapshot.classes);
    if let Some((of, sums)) = conserved {
        out += &conserve::text(of, sums.as_ref().map_err(|&why| why));
    }
    out
}

/// How to start elsewhere, for one who named no position: at the start most channels are empty. Nothing where a process
/// has no events.
pub fn start_hint(trace: &Trace, process: ProcessId) -> String {
    let Some(last) = trace.events(process).checked_sub(1) else { return String::new() };
    let name = trace.name(process);
    let middle = last / 2 + 1;
    let by_label = match trace.label(process, middle) {
        Some(label) => format!(" or {}", names::position_argument(name, &Place::Label(label.into()))),
        None => String::new(),
    };
    format!(
        "\nhint: {name} starts before its first event, as no position is named; later, for example: --initiator {}{by_label}\n",
        names::position_argument(name, &Place::Count(middle.into()))
    )
}

fn headline(trace: &Trace, snapshot: &Snapshot, conserved: &Conserved<'_>) -> String {
    let sentence = match (snapshot.verdict, conserved) {
        (Verdict::Holds, Some((of, Ok(sums)))) if !sums.conserved() => {
            format!("the run records a consistent cut, and {} is not conserved", of.variable)
        }
        (Verdict::Holds, _) => {
            "the run records this cut, and it is consistent: W(i) = V_i(i) for every process i".to_string()
        }
        (Verdict::Violated, _) => "the cut is not consistent: W(i) > V_i(i) for some process i".to_string(),
        (Verdict::Undetermined, _) if !snapshot.complete() => {
            let missing: Vec<&str> = snapshot.unrecorded.iter().map(|row| trace.name(row.process)).collect();
            let missing = table::some(&missing, LISTED, |name| (*name).to_string());
            format!("the run does not end within the log: {} did not record", missing.join(", "))
        }
        (Verdict::Undetermined, _) if !snapshot.doubts.is_empty() => {
            "ids do not say which message was received".to_string()
        }
        (Verdict::Undetermined, _) if snapshot.undetermined.is_empty() => {
            "the cut is consistent, but the log lacks the send of a message that may be in a channel".to_string()
        }
        (Verdict::Undetermined, _) => "the log lacks the send of a message that is received inside the cut".to_string(),
    };
    format!("{}: {sentence}\n{}", verdict(snapshot, conserved).name(), settings(trace, snapshot))
}

/// What was run: algorithm, initiators, delivery and order, and what is to be noted about them.
fn settings(trace: &Trace, snapshot: &Snapshot) -> String {
    let request = &snapshot.request;
    let delivery = match (request.algorithm, request.delivery) {
        (Algorithm::LaiYang, _) => "messages carry colours".to_string(),
        (_, Delivery::Prompt) => "prompt delivery".into(),
        (_, Delivery::Late) => "late delivery".into(),
        (_, Delivery::Random(seed)) => format!("random delivery of seed {seed}"),
    };
    let fixed = match request.fixes.len() {
        0 => String::new(),
        1 => ", one marker fixed".into(),
        many => format!(", {many} markers fixed"),
    };
    let order = match snapshot.order.kind() {
        OrderKind::Log => "in the order of the log",
        OrderKind::Time => "in the order of the times",
        OrderKind::Topological if trace.log_is_causal() => "in the order of the log, changed to meet the fixed markers",
        OrderKind::Topological => "in a topological order, as the log shows receives before their sends",
    };
    let name = match request.algorithm {
        Algorithm::ChandyLamport => "Chandy-Lamport",
        Algorithm::LaiYang => "Lai-Yang",
    };
    let starts = table::some(&request.initiators, LISTED, |i| {
        format!("{} {}", trace.name(i.process), names::after(trace, i.process, i.position))
    });
    let mut out = format!("  {name}, {delivery}{fixed}, {order}\n  started by {}\n", starts.join(", "));
    for early in &snapshot.run.preempted {
        let recorded = snapshot.position(early.process).unwrap_or_default();
        out += &format!(
            "  note: initiator {} had recorded already, {}: it does not start {}\n",
            trace.name(early.process),
            names::after(trace, early.process, recorded),
            names::after(trace, early.process, early.position)
        );
    }
    if request.algorithm == Algorithm::LaiYang && Algorithm::of(trace) == Algorithm::LaiYang {
        out += "  note: a channel is declared unordered, where the markers of Chandy-Lamport prove nothing\n";
    }
    for doubt in doubts::told(trace, &snapshot.doubts) {
        out += &format!("  note: {doubt}\n");
    }
    out
}

/// Who recorded, and who did not and why.
fn incomplete(trace: &Trace, snapshot: &Snapshot) -> String {
    let recorded: Vec<_> = trace.processes().filter(|&p| snapshot.position(p).is_some()).collect();
    let rows: Vec<Vec<String>> = recorded
        .iter()
        .take(LISTED)
        .map(|&p| vec![trace.name(p).to_string(), names::position(trace, &snapshot.cut, p)])
        .collect();
    let more = recorded.len().saturating_sub(LISTED);
    let more = if more > 0 { format!("  ... and {more} more (all of them with -o json)\n") } else { String::new() };
    let missing = table::some(&snapshot.unrecorded, LISTED, |row| format!("  {}\n", why(trace, row)));
    format!("\nRecorded\n{}{more}\nNot recorded\n{}", table::lines(&rows, 2), missing.concat())
}

fn why(trace: &Trace, row: &Unrecorded) -> String {
    let name = trace.name(row.process);
    if !row.reachable {
        return format!("{name}  no channel leads to it from an initiator");
    }
    if row.blocked.is_empty() {
        return format!("{name}  its neighbours did not record, so no marker is sent to it");
    }
    let blocked = table::some(&row.blocked, LISTED, |(from, messages)| {
        let list = table::some(messages, LISTED, |&m| trace.message_name(m).into_owned()).join(", ");
        format!("the marker from {} waits behind {list}, which the log never sees received", trace.name(*from))
    });
    format!("{name}  {}", blocked.join("; "))
}
