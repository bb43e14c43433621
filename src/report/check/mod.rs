//! The report of `check`: DESIGN.md, section 5.

mod clocks;
mod sentences;
mod skew;
mod snapshots;
mod text;

use serde::Serialize;
use serde_json::value::RawValue;

use self::sentences::Told;
use self::skew::SkewRow;
use self::snapshots::SnapshotRow;
use super::places::PlaceRow;
use super::verify::TraceSummary;
use super::{ByProcess, VERSION};
use crate::cut::Verdict;
use crate::ids::ProcessId;
use crate::snapshot::recorded::Recorded;
use crate::trace::Trace;
use crate::trace::audit::skew::Skew;
use crate::trace::audit::{Audit, Fact, Finding, KEPT, Place, Rule, Severity};

pub use self::skew::skew_text;
pub use self::snapshots::{snapshots_text, snapshots_verdict};
pub use self::text::{executions_text, text};

/// What an audit says of a log: an error breaks the model, and a hole leaves the answer open.
pub fn verdict(audit: &Audit) -> Verdict {
    match (audit.has_errors(), audit.has_holes()) {
        (true, _) => Verdict::Violated,
        (false, true) => Verdict::Undetermined,
        (false, false) => Verdict::Holds,
    }
}

/// The events whose lines the report names; `all` as [`skew_text`] has it. Those that the trace does not keep are to be
/// looked up.
pub fn events(trace: &Trace, audit: &Audit, skews: &[Skew], all: bool) -> Vec<(ProcessId, u32)> {
    let meant = audit.findings().iter().filter_map(|finding| match finding.fact {
        Fact::Unsent(hole) => trace.meant(trace.unsent().get(hole)?),
        _ => None,
    });
    let ends = |message| {
        let (from, to) = trace.ends(message);
        [Some((from, trace.sent(message))), trace.received(message).map(|received| (to, received))]
    };
    let beside = meant.chain(skew::proofs(skews, all)).flat_map(ends).flatten();
    audit.events().chain(beside).collect()
}

/// All that `check` says of one execution, in the users' own names.
#[derive(Clone, Debug, Serialize)]
pub struct Checked<'t> {
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'t str>,
    verdict: &'static str,
    trace: CheckedTrace<'t>,
    lines: Lines,
    findings: Vec<FindingRow>,
    /// How many findings of a rule there are beyond those that are listed.
    #[serde(skip_serializing_if = "more_is_empty")]
    unlisted: ByProcess<'t, usize>,
    /// The snapshots that the log recorded, judged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    snapshots: Vec<SnapshotRow<'t>>,
    /// What messages prove of the clocks on the wall.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    skew: Vec<SkewRow<'t>>,
    #[serde(skip)]
    counts: [usize; 3],
}

fn more_is_empty(more: &ByProcess<'_, usize>) -> bool {
    more.0.is_empty()
}

/// The trace in a few numbers, with its channels.
#[derive(Clone, Debug, Serialize)]
struct CheckedTrace<'t> {
    #[serde(flatten)]
    summary: TraceSummary<'t>,
    channels: usize,
}

/// The lines of the log.
#[derive(Clone, Copy, Debug, Serialize)]
struct Lines {
    read: usize,
    events: usize,
    skipped: usize,
}

/// One finding.
#[derive(Clone, Debug, Serialize)]
struct FindingRow {
    rule: &'static str,
    severity: &'static str,
    text: String,
    at: Vec<PlaceRow>,
    #[serde(skip)]
    kind: Rule,
    /// What stands at each place; of the first one where `listed`.
    #[serde(skip)]
    labels: Vec<String>,
    /// Every place is worth a line of its own.
    #[serde(skip)]
    listed: bool,
}

/// The report of one execution.
#[derive(Clone, Debug, Serialize)]
pub struct CheckReport<'t> {
    clearcut: u32,
    command: &'static str,
    #[serde(flatten)]
    checked: Checked<'t>,
}

/// The report of a log that holds several executions.
#[derive(Debug, Serialize)]
pub struct ExecutionsReport {
    clearcut: u32,
    command: &'static str,
    verdict: &'static str,
    executions: Vec<Box<RawValue>>,
}

impl<'t> Checked<'t> {
    /// Puts an audit into words. Time: one count of the lines of the files; `label` names the execution if there are several.
    pub fn new(trace: &'t Trace, audit: &Audit, label: Option<&'t str>) -> Self {
        let addresses: Vec<u64> = audit
            .findings()
            .iter()
            .flat_map(|finding| &finding.at)
            .map(|&place| match place {
                Place::Event(process, number) => trace.address(process, number),
                Place::Line(address) => address,
            })
            .collect();
        let mut located = trace.sources().locate_all(&addresses).into_iter();
        let mut row = |finding: &Finding| {
            let Told { text, labels, listed } = sentences::tell(trace, finding);
            let about = finding.rule.about();
            let places = finding.at.iter().zip(located.by_ref());
            let at = places.filter_map(|(&place, location)| {
                let event = match place {
                    Place::Event(process, number) => Some((trace.name(process).to_string(), number)),
                    Place::Line(_) => None,
                };
                let (process, event) = event.unzip();
                location.map(|location| PlaceRow { file: location.file, line: location.line, process, event })
            });
            let (rule, severity) = (about.id, about.severity.name());
            FindingRow { rule, severity, text, at: at.collect(), kind: finding.rule, labels, listed }
        };
        let findings = audit.findings().iter().map(&mut row).collect();
        let over = Rule::ALL.iter().map(|&rule| (rule.about().id, audit.count(rule).saturating_sub(KEPT)));
        Self {
            label,
            verdict: verdict(audit).name(),
            trace: CheckedTrace { summary: TraceSummary::of(trace), channels: trace.channel_count() },
            lines: Lines { read: trace.lines().read, events: trace.event_count(), skipped: trace.lines().skipped },
            findings,
            unlisted: ByProcess(over.filter(|&(_, more)| more > 0).collect()),
            snapshots: Vec::new(),
            skew: Vec::new(),
            counts: [Severity::Error, Severity::Warning, Severity::Note].map(|severity| audit.count_of(severity)),
        }
    }

    /// The same with the snapshots that the log recorded, and the verdict on all of it.
    pub fn with_snapshots(mut self, trace: &'t Trace, recorded: &'t [Recorded], verdict: Verdict) -> Self {
        self.snapshots = recorded.iter().map(|recorded| SnapshotRow::new(trace, recorded)).collect();
        self.verdict = verdict.name();
        self
    }

    /// The same with what messages prove of the clocks on the wall.
    pub fn with_skews(mut self, trace: &'t Trace, skews: &[Skew]) -> Self {
        self.skew = skews.iter().map(|skew| SkewRow::new(trace, skew)).collect();
        self
    }

    /// As JSON, to keep it when its trace is gone.
    ///
    /// # Errors
    /// Those of the serializer: none that this type has a cause for.
    pub fn to_raw(&self) -> serde_json::Result<Box<RawValue>> {
        serde_json::value::to_raw_value(self)
    }

    /// The report of a log with one execution.
    pub fn report(self) -> CheckReport<'t> {
        CheckReport { clearcut: VERSION, command: "check", checked: self }
    }
}

impl ExecutionsReport {
    /// The report of several executions, in their order.
    pub fn new(verdict: Verdict, executions: Vec<Box<RawValue>>) -> Self {
        Self { clearcut: VERSION, command: "check", verdict: verdict.name(), executions }
    }
}
