//! The snapshots that a log recorded, as `check` tells of them: each by its four verdicts.

use serde::Serialize;

use crate::cut::Verdict;
use crate::report::recorded::RecordedReport;
use crate::report::text;
use crate::snapshot::recorded::Recorded;
use crate::trace::Trace;

/// One snapshot.
#[derive(Clone, Debug, Serialize)]
pub(super) struct SnapshotRow<'t> {
    verdict: &'static str,
    consistent: Option<bool>,
    #[serde(flatten)]
    recorded: RecordedReport<'t>,
}

impl<'t> SnapshotRow<'t> {
    pub(super) fn new(trace: &'t Trace, recorded: &'t Recorded) -> Self {
        Self {
            verdict: recorded.verdict().name(),
            consistent: match recorded.found.verdict {
                Verdict::Holds => Some(true),
                Verdict::Violated => Some(false),
                Verdict::Undetermined => None,
            },
            recorded: RecordedReport::new(trace, recorded),
        }
    }
}

/// All of them together: what is wrong with one is wrong with the log.
pub fn snapshots_verdict(recorded: &[Recorded]) -> Verdict {
    recorded.iter().fold(Verdict::Holds, |verdict, recorded| verdict.and(recorded.verdict()))
}

/// For people: a line for each snapshot that holds, the whole judgement of each other one.
pub fn snapshots_text(trace: &Trace, recorded: &[Recorded]) -> String {
    if recorded.is_empty() {
        return String::new();
    }
    let mut out = format!("\nrecorded snapshots: {}\n", recorded.len());
    let (holding, other): (Vec<_>, Vec<_>) = recorded.iter().partition(|r| r.verdict() == Verdict::Holds);
    if !holding.is_empty() {
        let ids: Vec<&str> = holding.iter().map(|r| trace.snapshots().get(r.snapshot)).collect();
        let names = text::table::some(&ids, 20, |id| (*id).to_string());
        out += &format!("  hold: {}\n", names.join(", "));
    }
    for recorded in other {
        out += &format!("\n{}\n", text::recorded::text(trace, recorded).trim_end());
    }
    out
}
