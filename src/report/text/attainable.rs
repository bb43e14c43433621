//! Whether a run of Chandy and Lamport's algorithm could have recorded a cut, for people.

use super::names;
use super::table;
use crate::cut::{Cut, Verdict};
use crate::ids::ProcessId;
use crate::snapshot::attainable::{Attainable, Blocked, Reason, Starters};
use crate::trace::Trace;

/// So many of a kind are listed; the JSON has all.
const LISTED: usize = 12;

/// The answer for initiators that were asked about; goes before the report on the cut.
pub fn text(trace: &Trace, cut: &Cut, found: &Attainable) -> String {
    let starting: Vec<String> =
        found.initiators.iter().map(|i| format!("{} at {}", trace.name(i.process), i.position)).collect();
    let runs = format!("run of Chandy and Lamport's algorithm from {}", starting.join(" and "));
    let sentence = match (found.verdict, found.reason) {
        (Verdict::Holds, _) => format!("a {runs} can record this cut\n"),
        (Verdict::Undetermined, _) => format!(
            "whether a {runs} can record this cut cannot be told:\n  the log lacks the send of a message that may have \
             been in a channel\n"
        ),
        (_, Some(Reason::Inconsistent)) => format!("no {runs} records this cut: it is not consistent\n"),
        (_, Some(Reason::Position)) => format!("no {runs} records this cut\n"),
        _ => format!(
            "no {runs} can record this cut, though it is consistent:\n  no first marker reaches {}\n",
            list(trace, &found.unreached)
        ),
    };
    let mut out = format!("{}: {sentence}", found.verdict.name());
    for i in &found.elsewhere {
        let (name, stands) = (trace.name(i.process), cut.position(i.process));
        out += &if stands > i.position {
            format!("  the cut has {name} at {stands}, and it would have recorded at {} or before\n", i.position)
        } else {
            format!("  the cut has {name} at {stands}, so a marker must reach it before it starts by itself\n")
        };
    }
    if !found.tree.is_empty() {
        out += &first_markers(trace, &found.tree);
    }
    out += &blocked(trace, &found.blocked);
    out + assumption(trace) + "\n"
}

/// The answer to who could have started; goes there too.
pub fn starters(trace: &Trace, found: &Starters) -> String {
    let sentence = match (found.verdict, found.reason) {
        (Verdict::Holds, _) => format!(
            "a run of Chandy and Lamport's algorithm records this cut if it is started by {}\n",
            any_of(trace, &found.processes)
        ),
        (Verdict::Undetermined, _) => "who could have started a run that records this cut cannot be told:\n  the log \
             lacks the send of a message that may have been in a channel\n"
            .into(),
        (_, Some(Reason::Inconsistent)) => {
            "no run of Chandy and Lamport's algorithm records this cut: it is not consistent\n".into()
        }
        _ => {
            let sets = table::some(&found.apart, LISTED, |set| format!("  {}\n", any_of(trace, set)));
            format!(
                "no process alone could have started a run that records this cut, though it is consistent:\n  \
                 no first marker can enter any of these {} sets, so each needs an initiator of its own\n{}",
                found.apart.len(),
                sets.concat()
            )
        }
    };
    let mut out = format!("{}: {sentence}", found.verdict.name());
    if let (Some(first), false) = (found.processes.first(), found.tree.is_empty()) {
        out += &format!("  from {}:\n", trace.name(*first));
        out += &first_markers(trace, &found.tree);
    }
    out += &blocked(trace, &found.blocked);
    out + assumption(trace) + "\n"
}

fn first_markers(trace: &Trace, tree: &[(ProcessId, ProcessId)]) -> String {
    let lines = table::some(tree, LISTED, |&(from, to)| {
        format!("  first marker of {}: from {}\n", trace.name(to), trace.name(from))
    });
    with_line_ends(&lines)
}

fn blocked(trace: &Trace, blocked: &[Blocked]) -> String {
    let lines = table::some(blocked, LISTED, |b| {
        let messages = table::some(&b.messages, 3, |&m| names::message(trace, m));
        format!("  {} -> {} is not empty: {}\n", trace.name(b.from), trace.name(b.to), messages.join(", "))
    });
    with_line_ends(&lines)
}

fn with_line_ends(lines: &[String]) -> String {
    lines.iter().map(|line| if line.ends_with('\n') { line.clone() } else { format!("  {line}\n") }).collect()
}

fn assumption(trace: &Trace) -> &'static str {
    match (trace.is_fifo(), trace.lost().is_empty()) {
        (true, true) => "",
        (true, false) => {
            "  (channels lose messages, and may lose markers: this is said of first markers that keep their place)\n"
        }
        _ => {
            "  (channels are not FIFO, where the algorithm is not sound: this is said of first markers that keep their place)\n"
        }
    }
}

fn list(trace: &Trace, processes: &[ProcessId]) -> String {
    table::some(processes, LISTED, |&p| trace.name(p).to_string()).join(", ")
}

fn any_of(trace: &Trace, processes: &[ProcessId]) -> String {
    let shown = list(trace, processes);
    if processes.len() > 1 { format!("any of {shown}") } else { shown }
}
