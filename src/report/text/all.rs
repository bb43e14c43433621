//! Every cut that a run can record, for people.

use super::names;
use super::table;
use crate::format::cut::quote;
use crate::report::all::verdict;
use crate::snapshot::all::Listed;
use crate::trace::Trace;

/// So many cuts are listed; the JSON has all.
const LISTED: usize = 20;

/// How many cuts, between which bounds, and the first of them.
pub fn text(trace: &Trace, found: &Listed) -> String {
    let number = found.cuts.len();
    let how_many = match (number, found.more, found.gave_up) {
        (0, false, _) => "no run from there ends within the log".to_string(),
        (n, _, true) => format!("runs from there can record at least {n} cuts; the search for more grew too long"),
        (n, true, _) => format!("runs from there can record more than {n} cuts (--limit)"),
        (1, ..) => "runs from there can record just 1 cut".into(),
        (n, ..) => format!("runs from there can record {n} cuts"),
    };
    let mut out = format!("{}: {how_many}\n", verdict(trace, found).name());
    if !found.cuts.is_empty() && !trace.unsent().is_empty() {
        out += &holes(trace);
    }
    let names = || trace.processes().map(|p| quote(trace.name(p)).into_owned());
    let row = |first: &str, positions: &[u32]| {
        std::iter::once(first.to_string()).chain(positions.iter().map(u32::to_string)).collect::<Vec<_>>()
    };
    let mut rows = vec![std::iter::once(String::new()).chain(names()).collect::<Vec<_>>()];
    if let Some(bounds) = &found.bounds {
        rows.push(row("below all of them", bounds.below.positions()));
        rows.push(row("above all of them", bounds.above.positions()));
    }
    for (i, cut) in found.cuts.iter().take(LISTED).enumerate() {
        rows.push(row(&(i + 1).to_string(), cut.positions()));
    }
    out += &format!("\n{}", table::lines(&rows, 2));
    if number > LISTED {
        out += &format!("  ... and {} more (all of them with -o json)\n", number - LISTED);
    }
    out
}

/// Why nothing is certain of a log that lacks sends.
fn holes(trace: &Trace) -> String {
    let Some(first) = trace.unsent().first() else { return String::new() };
    let more = match trace.unsent().len() - 1 {
        0 => String::new(),
        more => format!(", and of {more} more (`clearcut check` shows them)"),
    };
    format!(
        "  the log lacks the send of {}, which {} receives{}{more}:\n  with such a message in a channel a cut may be none \
         of these, or be missing\n",
        trace.unsent_name(first),
        trace.name(first.to),
        names::place(trace, first.to, first.received)
    )
}
