//! How two events relate, for people: a sentence, and its proof.

use super::names;
use super::table;
use crate::causality::Relation;
use crate::causality::relate::{Gap, Hop, Related};
use crate::ids::ProcessId;
use crate::trace::Trace;

/// So many receives without a send are listed; the JSON has all.
const LISTED: usize = 12;

/// The whole report on how event `first` relates to event `second`.
pub fn text(trace: &Trace, first: (ProcessId, u32), second: (ProcessId, u32), found: &Related) -> String {
    let [a, b] = [first, second].map(|(process, number)| names::event(trace, process, number));
    let inferred =
        if trace.is_inferred() { "  (the log has no messages: they are inferred from its clocks)\n" } else { "" };
    match found.relation {
        Relation::Equal => format!("equal: both are {a}{}\n", names::place(trace, first.0, first.1)),
        Relation::Before => format!("before: {a} happens before {b}\n{inferred}\n{}", steps(trace, &found.path)),
        Relation::After => format!("after: {b} happens before {a}\n{inferred}\n{}", steps(trace, &found.path)),
        Relation::Concurrent if found.gaps.is_empty() => format!(
            "concurrent: neither of {a} and {b} happens before the other\n{inferred}\n{}",
            ignorance(trace, first, second, found)
        ),
        Relation::Concurrent => format!(
            "undetermined: {a} and {b} are concurrent by what is logged, but the log lacks a send\n{inferred}\n{}\n{}",
            ignorance(trace, first, second, found),
            table::some(&found.gaps, LISTED, |gap| doubt(trace, first, second, gap)).join("\n") + "\n"
        ),
    }
}

/// The path as a numbered proof: each line is an event, how it follows from the line before, and its place in the log.
fn steps(trace: &Trace, path: &[Hop]) -> String {
    let events: Vec<(ProcessId, u32)> = path.iter().map(|hop| (hop.process, hop.number)).collect();
    let places = names::places(trace, &events);
    let row = |(i, (hop, place)): (usize, (&Hop, String))| {
        let next = path.get(i + 1).and_then(|next| next.by);
        let mut does = Vec::new();
        match hop.by {
            Some(message) if trace.is_inferred() => {
                let (from, _) = trace.ends(message);
                does.push(format!("knows of {}", names::event(trace, from, trace.sent(message))));
            }
            Some(message) => does.push(format!("receives {}", trace.message_name(message))),
            None if i > 0 => does.push(format!("comes later at {}", trace.name(hop.process))),
            None => {}
        }
        if let Some(message) = next.filter(|_| !trace.is_inferred()) {
            does.push(format!("sends {} to {}", trace.message_name(message), trace.name(trace.ends(message).1)));
        }
        vec![format!("{}.", i + 1), names::event(trace, hop.process, hop.number), does.join(", "), place]
    };
    let rows: Vec<Vec<String>> = path.iter().zip(places).enumerate().map(row).collect();
    table::lines(&rows, 2)
}

/// Why neither happens before the other: by its vector clock, neither counts the other in.
fn ignorance(trace: &Trace, first: (ProcessId, u32), second: (ProcessId, u32), found: &Related) -> String {
    let lacks = |of: (ProcessId, u32), clock: &[u32], other: (ProcessId, u32)| {
        let known = match clock[other.0.index()] {
            0 => format!("no event of {}", trace.name(other.0)),
            1 => format!("the first event of {} alone", trace.name(other.0)),
            known => format!("the first {known} events of {} alone", trace.name(other.0)),
        };
        format!(
            "  {} knows {known}, so not {}{}\n",
            names::event(trace, of.0, of.1),
            names::event(trace, other.0, other.1),
            names::place(trace, other.0, other.1)
        )
    };
    lacks(first, &found.clocks[0], second) + &lacks(second, &found.clocks[1], first)
}

/// How a receive without a send could order the two.
fn doubt(trace: &Trace, first: (ProcessId, u32), second: (ProcessId, u32), gap: &Gap) -> String {
    let unsent = &trace.unsent()[gap.unsent];
    let (late, early) = if gap.of_first { (first, second) } else { (second, first) };
    let [late_name, early_name] = [late, early].map(|(process, number)| names::event(trace, process, number));
    let by = unsent.from.map_or(String::new(), |from| format!(" by {}", trace.name(from)));
    let what = format!(
        "{} receives {}{}, whose send is not in the log",
        names::event(trace, unsent.to, unsent.received),
        trace.unsent_name(unsent),
        names::place(trace, unsent.to, unsent.received)
    );
    format!("  {what}:\n    if it was sent{by} after {early_name}, then {early_name} happens before {late_name}")
}
