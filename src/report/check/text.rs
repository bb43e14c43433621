//! The report of `check` for people.

use std::borrow::Cow;
use std::fmt::Write;

use super::sentences::count;
use super::{Checked, FindingRow};
use crate::cut::Verdict;
use crate::report::places::PlaceRow;
use crate::report::text::names::shorten;

/// So many processes are named.
const NAMES: usize = 12;

/// So much of the name of a process is shown.
const NAME: usize = 40;

/// So many findings of one rule are shown, the others counted.
const SHOWN: usize = 10;

/// So many places of one finding are shown, the others counted.
const PLACES: usize = 20;

/// The report of one execution as text.
pub fn text(checked: &Checked<'_>) -> String {
    let mut out = headline(checked);
    let mut findings = checked.findings.as_slice();
    while let Some(first) = findings.first() {
        let (same, others) = findings.split_at(findings.partition_point(|finding| finding.kind <= first.kind));
        rule(&mut out, checked, same);
        findings = others;
    }
    out
}

/// The verdict, and what was looked at.
fn headline(checked: &Checked<'_>) -> String {
    let names = ["error", "warning", "note"];
    let counts = checked.counts.iter().zip(names).filter(|&(&number, _)| number > 0);
    let counts: Vec<String> = counts.map(|(&number, name)| count(number, name)).collect();
    let obeys = checked.counts[0] == 0 && !checked.findings.iter().any(|finding| finding.kind.about().hole);
    let summary = match (checked.verdict, obeys) {
        ("holds", _) => Some("the log obeys the system model"),
        ("undetermined", true) => {
            Some("the log obeys the system model, but a snapshot that it recorded is undetermined")
        }
        (_, true) => Some("the log obeys the system model, but a snapshot that it recorded does not hold"),
        _ => None,
    };
    let counts = (!counts.is_empty()).then(|| counts.join(", "));
    let summary = summary.map(String::from).into_iter().chain(counts).collect::<Vec<_>>().join("; ");
    let (trace, lines) = (&checked.trace, &checked.lines);
    let names = trace.summary.processes();
    let mut shown: Vec<Cow<'_, str>> = names.iter().take(NAMES).map(|name| shorten(name, NAME)).collect();
    if names.len() > NAMES {
        shown.push(format!("and {} more", names.len() - NAMES).into());
    }
    format!(
        "{}: {summary}\n{}, {}, {}, {}; {} read, {} skipped\nprocesses: {}\n",
        checked.verdict,
        processes(trace.summary.process_count()),
        count(lines.events, "event"),
        count(trace.summary.message_count(), "message"),
        count(trace.channels, "channel"),
        count(lines.read, "line"),
        lines.skipped,
        shown.join(", "),
    )
}

fn processes(number: usize) -> String {
    if number == 1 { "1 process".into() } else { format!("{number} processes") }
}

/// All findings of one rule below what the rule asks.
fn rule(out: &mut String, checked: &Checked<'_>, findings: &[FindingRow]) {
    let Some(first) = findings.first() else { return };
    let about = first.kind.about();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "\n{} {}: {}", about.severity.name(), about.id, about.meaning);
    for finding in findings.iter().take(SHOWN) {
        one(out, finding);
    }
    let unlisted = checked.unlisted.0.iter().find(|(id, _)| *id == about.id).map_or(0, |&(_, more)| more);
    let more = findings.len().saturating_sub(SHOWN) + unlisted;
    if more > 0 {
        let _ = writeln!(out, "  and {more} more like this");
    }
    if !about.mend.is_empty() {
        let _ = writeln!(out, "  mend: {}", about.mend);
    }
}

fn one(out: &mut String, finding: &FindingRow) {
    if finding.listed {
        let _ = writeln!(out, "  {}", finding.text);
        for (place, label) in finding.at.iter().zip(&finding.labels).take(PLACES) {
            let _ = writeln!(out, "    {}:{}: {label}", place.file, place.line);
        }
        if finding.at.len() > PLACES {
            let _ = writeln!(out, "    and {} more", count(finding.at.len() - PLACES, "line"));
        }
        return;
    }
    let Some((first, others)) = finding.at.split_first() else {
        let _ = writeln!(out, "  {}", finding.text);
        return;
    };
    let _ = writeln!(out, "  {}:{}: {}", first.file, first.line, finding.text);
    let others: Vec<String> =
        others.iter().zip(&finding.labels).map(|(place, label)| format!("{label}: {}", beside(first, place))).collect();
    if !others.is_empty() {
        let _ = writeln!(out, "    {}", others.join(", "));
    }
}

/// A place as it is said beside another one.
fn beside(first: &PlaceRow, place: &PlaceRow) -> String {
    match first.file == place.file {
        true => format!("line {}", place.line),
        false => format!("{}:{}", place.file, place.line),
    }
}

/// The report of several executions as text: each below its number and label.
pub fn executions_text(verdict: Verdict, executions: &[(&str, String)]) -> String {
    let mut out = format!("{}: {}\n", verdict.name(), count(executions.len(), "execution"));
    for (i, (label, text)) in executions.iter().enumerate() {
        let label = if label.is_empty() { String::new() } else { format!(" ({label})") };
        let _ = write!(out, "\nexecution {}{label}\n{text}", i + 1);
    }
    out
}
