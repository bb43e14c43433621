//! The report of `relate`: DESIGN.md, section 5.

use std::borrow::Cow;

use serde::Serialize;

use super::VERSION;
use super::verify::{TraceSummary, UnsentRow, unsent};
use crate::causality::relate::{Hop, Related};
use crate::cut::Verdict;
use crate::trace::Trace;

/// How two events relate, in the users' own names.
#[derive(Clone, Debug, Serialize)]
pub struct RelateReport<'t> {
    clearcut: u32,
    command: &'static str,
    verdict: &'static str,
    trace: TraceSummary<'t>,
    relation: &'static str,
    path: Vec<HopRow<'t>>,
    /// Receives without a send that could order the two events: there only where there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    undetermined: Vec<UnsentRow<'t>>,
}

/// An event on the path.
#[derive(Clone, Debug, Serialize)]
pub struct HopRow<'t> {
    process: &'t str,
    event: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'t str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Cow<'t, str>>,
}

/// Whether the log can answer: not where a send that it lacks could order what it shows as concurrent.
pub fn verdict(found: &Related) -> Verdict {
    if found.gaps.is_empty() { Verdict::Holds } else { Verdict::Undetermined }
}

impl<'t> RelateReport<'t> {
    /// The report. Time: linear in the path, and in the messages for the order on channels.
    pub fn new(trace: &'t Trace, found: &Related) -> Self {
        let row = |hop: &Hop| HopRow {
            process: trace.name(hop.process),
            event: hop.number,
            label: trace.label(hop.process, hop.number),
            message: hop.by.map(|message| trace.message_name(message)),
        };
        let gaps: Vec<usize> = found.gaps.iter().map(|gap| gap.unsent).collect();
        Self {
            clearcut: VERSION,
            command: "relate",
            verdict: verdict(found).name(),
            trace: TraceSummary::of(trace),
            relation: found.relation.name(),
            path: found.path.iter().map(row).collect(),
            undetermined: unsent(trace, &gaps),
        }
    }
}
