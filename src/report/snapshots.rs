//! The report of `verify --format clocks`: each snapshot by W(i) = V_i(i), from recorded clocks alone.

use serde::Serialize;

use super::VERSION;
use super::text::table;
use crate::cut::Verdict;
use crate::cut::snapshots::{ClockViolation, judge};
use crate::format::clocks::RecordedClocks;

/// All snapshots; processes are named by their number, from 0, in the order of the files.
#[derive(Clone, Debug, Serialize)]
pub struct SnapshotsReport<'r> {
    clearcut: u32,
    command: &'static str,
    verdict: &'static str,
    snapshots: Vec<SnapshotRow<'r>>,
    /// How many more there may be, that are not judged as not every file has them whole.
    #[serde(skip_serializing_if = "is_zero")]
    left_out: usize,
    /// Clocks that go down from one snapshot to the next.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    went_down: Vec<WentDownRow>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    warnings: &'r [String],
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

#[derive(Clone, Debug, Serialize)]
struct SnapshotRow<'r> {
    line: usize,
    consistent: bool,
    clocks: Vec<&'r [u32]>,
    max: Vec<u32>,
    violations: Vec<ClockViolationRow>,
}

#[derive(Clone, Debug, Serialize)]
struct ClockViolationRow {
    process: String,
    own: u32,
    known: u32,
    by: String,
}

#[derive(Clone, Debug, Serialize)]
struct WentDownRow {
    line: usize,
    process: String,
    of: String,
    from: u32,
    to: u32,
}

impl<'r> SnapshotsReport<'r> {
    /// Judges every snapshot. Time and space: linear in the recorded clocks.
    pub fn new(recorded: &'r RecordedClocks) -> (Verdict, Self) {
        let snapshots: Vec<SnapshotRow<'r>> = (0..recorded.snapshots).map(|s| row(recorded, s)).collect();
        let went_down: Vec<WentDownRow> = recorded
            .went_down()
            .map(|w| WentDownRow {
                line: w.snapshot + 1,
                process: w.process.to_string(),
                of: w.component.to_string(),
                from: w.from,
                to: w.to,
            })
            .collect();
        // A clock that goes down is no clock: whatever it says proves nothing.
        let judged = match snapshots.iter().all(|s| s.consistent) && went_down.is_empty() {
            true => Verdict::Holds,
            false => Verdict::Violated,
        };
        let (left_out, warnings) = (recorded.left_out, &recorded.warnings);
        let verdict = if left_out > 0 { judged.and(Verdict::Undetermined) } else { judged };
        let (command, name) = ("verify", verdict.name());
        let report = Self { clearcut: VERSION, command, verdict: name, snapshots, left_out, went_down, warnings };
        (verdict, report)
    }

    /// For people; `files` are the names of the processes' files.
    pub fn text(&self, files: &[&str]) -> String {
        let broken = self.snapshots.iter().filter(|s| !s.consistent).count();
        let (all, processes) = (self.snapshots.len(), files.len());
        let consistent = format!("{} of {all} snapshots of {processes} processes are consistent", all - broken);
        let left_out = match self.left_out {
            0 => String::new(),
            1 => "; 1 is not judged, as not every file has it whole".into(),
            more => format!("; {more} are not judged, as not every file has them whole"),
        };
        let clocks = match self.went_down.len() {
            0 => String::new(),
            1 => "a clock went down; ".into(),
            times => format!("clocks went down {times} times; "),
        };
        let mut out = format!("{}: {clocks}{consistent}: W(i) = V_i(i) for every i{left_out}\n", self.verdict);
        for warning in self.warnings {
            out += &format!("warning: {warning}\n");
        }
        let wrong: Vec<&SnapshotRow<'_>> = self.snapshots.iter().filter(|s| !s.consistent).collect();
        for line in table::some(&wrong, 20, |snapshot| explain(snapshot, files)) {
            out += &format!("\n{line}\n");
        }
        for line in table::some(&self.went_down, 20, |w| {
            format!(
                "{}:{}: process {} knew {} events of process {} at the snapshot before, and {} now: a clock never goes down",
                name(files, &w.process),
                w.line,
                w.process,
                w.from,
                w.of,
                w.to
            )
        }) {
            out += &format!("\n{line}\n");
        }
        out
    }
}

fn name<'f>(files: &[&'f str], process: &str) -> &'f str {
    process.parse().ok().and_then(|i: usize| files.get(i).copied()).unwrap_or("")
}

fn row(recorded: &RecordedClocks, snapshot: usize) -> SnapshotRow<'_> {
    let (max, violations) = judge(recorded, snapshot);
    let violation = |v: &ClockViolation| ClockViolationRow {
        process: v.process.to_string(),
        own: v.own,
        known: v.known,
        by: v.by.to_string(),
    };
    SnapshotRow {
        line: snapshot + 1,
        consistent: violations.is_empty(),
        clocks: (0..recorded.processes).map(|p| recorded.clock(snapshot, p)).collect(),
        max,
        violations: violations.iter().map(violation).collect(),
    }
}

fn explain(snapshot: &SnapshotRow<'_>, files: &[&str]) -> String {
    let line = snapshot.line;
    let why: Vec<String> = snapshot
        .violations
        .iter()
        .map(|v| {
            let ClockViolationRow { process: i, own, known, by } = v;
            format!(
                "  W({i}) = {known} > V_{i}({i}) = {own}: process {by} has seen event {known} of process {i} [{}:{line}],\n  \
                 but process {i} recorded after {own} of its events [{}:{line}]",
                name(files, by),
                name(files, i),
            )
        })
        .collect();
    format!("Snapshot {line} is not consistent\n{}", why.join("\n"))
}
