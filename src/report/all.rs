//! The report of `snapshot --all`: every cut that a run from some initiators can record.

use serde::Serialize;

use super::verify::{TraceSummary, UnsentRow, positions, unsent};
use super::{ByProcess, VERSION};
use crate::cut::Verdict;
use crate::snapshot::Initiator;
use crate::snapshot::all::Listed;
use crate::trace::Trace;

/// The cuts, how many they are, and what holds for all of them.
#[derive(Clone, Debug, Serialize)]
pub struct AllReport<'t> {
    clearcut: u32,
    command: &'static str,
    verdict: &'static str,
    algorithm: &'static str,
    trace: TraceSummary<'t>,
    initiators: Vec<InitiatorRow<'t>>,
    /// All messages whose send the log lacks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    undetermined: Vec<UnsentRow<'t>>,
    /// How many cuts there are; at least so many where there are more.
    count: usize,
    more: bool,
    /// The search grew too long: whether there are more is not known.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    gave_up: bool,
    bounds: Option<BoundsRow<'t>>,
    /// In ascending order by the position of the first process, then of the second, and so on; absent where only the
    /// number is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    cuts: Option<Vec<ByProcess<'t, u32>>>,
}

/// Who starts, and where.
#[derive(Clone, Debug, Serialize)]
pub struct InitiatorRow<'t> {
    process: &'t str,
    position: u32,
}

/// The cuts between which all of them lie.
#[derive(Clone, Debug, Serialize)]
pub struct BoundsRow<'t> {
    below: ByProcess<'t, u32>,
    above: ByProcess<'t, u32>,
}

/// What is said of the whole set: that runs record these cuts; undetermined where there is none, as then no run ends
/// within the log, or where a receive without its send leaves open what is in the channels.
pub fn verdict(trace: &Trace, found: &Listed) -> Verdict {
    if found.cuts.is_empty() || !trace.unsent().is_empty() { Verdict::Undetermined } else { Verdict::Holds }
}

impl<'t> AllReport<'t> {
    /// The report; with the cuts themselves if `show`.
    pub fn new(trace: &'t Trace, initiators: &[Initiator], found: &Listed, show: bool) -> Self {
        let initiator = |i: &Initiator| InitiatorRow { process: trace.name(i.process), position: i.position };
        Self {
            clearcut: VERSION,
            command: "snapshot",
            verdict: verdict(trace, found).name(),
            algorithm: "chandy-lamport",
            trace: TraceSummary::of(trace),
            initiators: initiators.iter().map(initiator).collect(),
            undetermined: unsent(trace, &(0..trace.unsent().len()).collect::<Vec<_>>()),
            count: found.cuts.len(),
            more: found.more,
            gave_up: found.gave_up,
            bounds: found.bounds.as_ref().map(|bounds| BoundsRow {
                below: positions(trace, bounds.below.positions()),
                above: positions(trace, bounds.above.positions()),
            }),
            cuts: show.then(|| found.cuts.iter().map(|cut| positions(trace, cut.positions())).collect()),
        }
    }
}
