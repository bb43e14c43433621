//! The report of `snapshot`: DESIGN.md, section 5.

use std::borrow::Cow;

use serde::Serialize;

use super::conserve::{self, ConserveRow, Untold};
use super::verify::{self, ChannelRow, Counts, TraceSummary, UnsentRow};
use super::{ByProcess, StateObject, VERSION};
use crate::cut::Verdict;
use crate::cut::conserve::{Quantity, Sums};
use crate::cut::states::{self, State};
use crate::ids::ProcessId;
use crate::report::doubts;
use crate::snapshot::{Algorithm, Delivery, Snapshot};
use crate::trace::Trace;

/// A conserved quantity and its sums, where they can be told.
pub type Conserved<'q> = Option<(&'q Quantity, Result<Sums, Untold>)>;

/// All that `snapshot` says, in the users' own names. Processes that did not record are in `unrecorded` alone, and the
/// channels and counts are those between processes that did.
#[derive(Clone, Debug, Serialize)]
pub struct SnapshotReport<'t> {
    clearcut: u32,
    command: &'static str,
    verdict: &'static str,
    consistent: Option<bool>,
    trace: TraceSummary<'t>,
    algorithm: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    order: &'static str,
    initiators: Vec<InitiatorRow<'t>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    preempted: Vec<InitiatorRow<'t>>,
    complete: bool,
    cut: ByProcess<'t, u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clocks: Option<ByProcess<'t, ByProcess<'t, u32>>>,
    max: ByProcess<'t, u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    undetermined: Vec<UnsentRow<'t>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    perhaps_in_transit: Vec<UnsentRow<'t>>,
    channels: Vec<ChannelRow<'t>>,
    counts: Counts,
    states: ByProcess<'t, StateObject<'t>>,
    markers: Vec<MarkerRow<'t>>,
    #[serde(skip_serializing_if = "is_zero")]
    unlisted_markers: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unrecorded: Vec<UnrecordedRow<'t>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conserve: Option<ConserveRow<'t>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// A process that starts the snapshot.
#[derive(Clone, Debug, Serialize)]
pub struct InitiatorRow<'t> {
    process: &'t str,
    position: u32,
}

/// A marker.
#[derive(Clone, Debug, Serialize)]
pub struct MarkerRow<'t> {
    from: &'t str,
    to: &'t str,
    sent: u32,
    arrived: Option<u32>,
    first: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    within: Option<u32>,
}

/// A process that did not record.
#[derive(Clone, Debug, Serialize)]
pub struct UnrecordedRow<'t> {
    process: &'t str,
    blocked: Vec<BlockedRow<'t>>,
}

/// A channel on which a marker waits.
#[derive(Clone, Debug, Serialize)]
pub struct BlockedRow<'t> {
    from: &'t str,
    messages: Vec<Cow<'t, str>>,
}

/// The verdict on all that was asked.
pub fn verdict(snapshot: &Snapshot, conserved: &Conserved<'_>) -> Verdict {
    let sums =
        conserved.as_ref().map_or(Verdict::Holds, |(_, sums)| conserve::verdict(sums.as_ref().map_err(|&why| why)));
    snapshot.verdict.and(sums)
}

/// The states of the processes that recorded, where they recorded.
pub fn recorded_states<'t>(trace: &'t Trace, snapshot: &Snapshot) -> Vec<(ProcessId, State<'t>)> {
    let mut states = states::all(trace, &snapshot.cut);
    states.retain(|&(process, _)| snapshot.position(process).is_some());
    states
}

/// The events whose lines the report gives: a trace that does not keep them can look them up.
pub fn events(trace: &Trace, snapshot: &Snapshot) -> Vec<(ProcessId, u32)> {
    [&snapshot.undetermined, &snapshot.perhaps_in_transit].map(|holes| verify::of_holes(trace, holes)).concat()
}

impl<'t> SnapshotReport<'t> {
    /// The report of a snapshot. Time: linear in what it shows.
    pub fn new(trace: &'t Trace, snapshot: &Snapshot, conserved: &Conserved<'t>) -> Self {
        let request = &snapshot.request;
        let markers = request.algorithm == Algorithm::ChandyLamport;
        let recorded = || trace.processes().filter(|&p| snapshot.position(p).is_some());
        let rows = snapshot.clocks.as_ref();
        Self {
            clearcut: VERSION,
            command: "snapshot",
            verdict: verdict(snapshot, conserved).name(),
            consistent: match snapshot.consistent {
                Verdict::Holds => Some(true),
                Verdict::Violated => Some(false),
                Verdict::Undetermined => None,
            },
            trace: TraceSummary::of(trace),
            algorithm: request.algorithm.name(),
            delivery: markers.then(|| request.delivery.name()),
            seed: match request.delivery {
                Delivery::Random(seed) if markers => Some(seed),
                _ => None,
            },
            order: snapshot.order.kind().name(),
            initiators: initiators(trace, &request.initiators),
            preempted: initiators(trace, &snapshot.run.preempted),
            complete: snapshot.complete(),
            cut: ByProcess(recorded().map(|p| (trace.name(p), snapshot.cut.position(p))).collect()),
            clocks: rows.map(|rows| ByProcess(recorded().map(|p| verify::row(trace, p, &rows[p.index()])).collect())),
            max: verify::positions(trace, &snapshot.max),
            undetermined: verify::unsent(trace, &snapshot.undetermined),
            perhaps_in_transit: verify::unsent(trace, &snapshot.perhaps_in_transit),
            channels: verify::channels(trace, &snapshot.classes),
            counts: Counts::of(&snapshot.classes),
            states: ByProcess(
                recorded_states(trace, snapshot)
                    .into_iter()
                    .map(|(p, state)| (trace.name(p), StateObject(state)))
                    .collect(),
            ),
            markers: snapshot.run.markers.iter().map(|marker| MarkerRow::of(trace, marker)).collect(),
            unlisted_markers: snapshot.run.unlisted,
            unrecorded: snapshot.unrecorded.iter().map(|row| UnrecordedRow::of(trace, row)).collect(),
            conserve: conserved.as_ref().map(|(of, sums)| ConserveRow::new(of, sums.as_ref().map_err(|&why| why))),
            notes: doubts::told(trace, &snapshot.doubts),
        }
    }
}

fn initiators<'t>(trace: &'t Trace, of: &[crate::snapshot::Initiator]) -> Vec<InitiatorRow<'t>> {
    of.iter().map(|i| InitiatorRow { process: trace.name(i.process), position: i.position }).collect()
}

impl<'t> MarkerRow<'t> {
    fn of(trace: &'t Trace, marker: &crate::snapshot::Marker) -> Self {
        Self {
            from: trace.name(marker.from),
            to: trace.name(marker.to),
            sent: marker.sent,
            arrived: marker.arrived,
            first: marker.first,
            within: marker.within,
        }
    }
}

impl<'t> UnrecordedRow<'t> {
    fn of(trace: &'t Trace, row: &crate::snapshot::Unrecorded) -> Self {
        let blocked = row.blocked.iter().map(|(from, messages)| BlockedRow {
            from: trace.name(*from),
            messages: messages.iter().map(|&m| trace.message_name(m)).collect(),
        });
        Self { process: trace.name(row.process), blocked: blocked.collect() }
    }
}
