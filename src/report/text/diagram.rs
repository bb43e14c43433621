//! A small space-time diagram: a line for each process, a column for each event, and the cut across them.

use crate::causality::order::CausalOrder;
use crate::cut::Cut;
use crate::ids::ProcessId;
use crate::trace::{Keep, Part, Trace};

/// Widest line, in characters.
const WIDTH: usize = 100;

/// What the signs mean.
pub const LEGEND: &str = "m! sends m, m? receives it, o is a local step, | is the cut";

/// The diagram, if it fits the width; `order` puts every send left of its receive. Time: linear in what is drawn.
pub fn draw(trace: &Trace, order: &CausalOrder, cut: &Cut) -> Option<String> {
    if trace.keeps() < Keep::Events {
        return None;
    }
    let names = trace.processes().map(|p| trace.name(p).chars().count()).max()?;
    // A column takes four characters at least, so a long trace is given up before it is drawn.
    if trace.event_count() == 0 || names + 4 * trace.event_count() > WIDTH {
        return None;
    }
    let columns: Vec<(ProcessId, u32, String)> =
        order.events(trace).map(|(process, number)| (process, number, cell(trace, process, number))).collect();
    let mut out = String::new();
    for process in trace.processes() {
        let mut line = format!("  {:names$}  ", trace.name(process));
        line += if cut.position(process) == 0 { "-|" } else { "--" };
        for (of, number, cell) in &columns {
            if *of == process {
                line += cell;
                line += if cut.position(process) == *number { "-|-" } else { "---" };
            } else {
                line += &"-".repeat(cell.chars().count() + 3);
            }
        }
        if line.chars().count() > WIDTH {
            return None;
        }
        out += &line;
        out.push('\n');
    }
    Some(out)
}

/// An event in a few characters.
fn cell(trace: &Trace, process: ProcessId, number: u32) -> String {
    let parts: Vec<String> = trace
        .parts(process, number)
        .map(|part| match part {
            Part::Sent(m) if trace.message_id(m).is_some() => format!("{}!", trace.message_name(m)),
            Part::Received(m) if trace.message_id(m).is_some() => format!("{}?", trace.message_name(m)),
            Part::Sent(_) => "!".into(),
            Part::Received(_) => "?".into(),
            Part::Unsent(u) => format!("{}?", trace.unsent_name(&trace.unsent()[u])),
            Part::Duplicate(d) => format!("{}?", trace.message_name(trace.duplicates()[d].message)),
        })
        .collect();
    let mut shown: Vec<String> = Vec::new();
    for part in parts {
        // A multicast is one send.
        if shown.last() != Some(&part) {
            shown.push(part);
        }
    }
    let label = trace.label(process, number);
    match (label, shown.is_empty()) {
        (Some(label), true) => label.into(),
        (Some(label), false) => format!("{label}:{}", shown.join(",")),
        (None, true) => "o".into(),
        (None, false) => shown.join(","),
    }
}
