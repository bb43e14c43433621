//! The report of `verify`: DESIGN.md, section 5.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::value::RawValue;

use super::attainable::AttainableReport;
use super::conserve::ConserveRow;
use super::places::{self, PlaceRow};
use super::recorded::RecordedReport;
use super::{ByProcess, StateObject, VERSION};
use crate::cut::{Classes, Cut, Verdict, Verification, states};
use crate::ids::{MessageId, ProcessId};
use crate::trace::{Knows, Trace, Unsent};

/// Up to this many processes the clocks are part of the report unasked.
pub const CLOCKS_UNASKED: usize = 32;

/// So many orphans, and so many receives without a send, are given with their lines.
const PLACED: usize = 100;

/// All that `verify` says, in the users' own names.
#[derive(Clone, Debug, Serialize)]
pub struct VerifyReport<'t> {
    clearcut: u32,
    command: &'static str,
    verdict: &'static str,
    consistent: Option<bool>,
    trace: TraceSummary<'t>,
    cut: ByProcess<'t, u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clocks: Option<ByProcess<'t, ByProcess<'t, u32>>>,
    max: ByProcess<'t, u32>,
    violations: Vec<ViolationRow<'t>>,
    orphans: Vec<OrphanRow<'t>>,
    undetermined: Vec<UnsentRow<'t>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    perhaps_in_transit: Vec<UnsentRow<'t>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    known_by_clock: Vec<KnowsRow<'t>>,
    channels: Vec<ChannelRow<'t>>,
    counts: Counts,
    states: ByProcess<'t, StateObject<'t>>,
    nearest: Nearest<'t>,
    /// What the log leaves to be trusted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conserve: Option<ConserveRow<'t>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attainable: Option<AttainableReport<'t>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded: Option<RecordedReport<'t>>,
}

/// A logged clock inside the cut that knows of an event outside.
#[derive(Clone, Debug, Serialize)]
struct KnowsRow<'t> {
    process: &'t str,
    event: u32,
    of: &'t str,
    count: u32,
}

impl<'t> KnowsRow<'t> {
    fn new(trace: &'t Trace, clock: &Knows) -> Self {
        let (process, of) = (trace.name(clock.by), trace.name(clock.of));
        Self { process, event: clock.event, of, count: clock.count }
    }
}

/// The trace in a few numbers.
#[derive(Clone, Debug, Serialize)]
pub struct TraceSummary<'t> {
    processes: Vec<&'t str>,
    events: usize,
    messages: usize,
    /// Every channel is FIFO: none is declared otherwise, and no message overtook another.
    fifo: bool,
    /// The messages are inferred from logged clocks.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    inferred: bool,
}

/// A component that breaks the rule.
#[derive(Clone, Debug, Serialize)]
pub struct ViolationRow<'t> {
    process: &'t str,
    own: u32,
    known: u32,
    by: &'t str,
}

/// A message that is received inside the cut and sent outside.
#[derive(Clone, Debug, Serialize)]
pub struct OrphanRow<'t> {
    message: Cow<'t, str>,
    from: &'t str,
    to: &'t str,
    sent: u32,
    received: Option<u32>,
    /// The lines of its send and its receive, of the first [`PLACED`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    at: Vec<PlaceRow>,
}

/// A receive whose send the log lacks.
#[derive(Clone, Debug, Serialize)]
pub struct UnsentRow<'t> {
    message: Cow<'t, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'t str>,
    to: &'t str,
    received: u32,
    /// Its line, of the first [`PLACED`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    at: Vec<PlaceRow>,
}

/// A channel that is not empty.
#[derive(Clone, Debug, Serialize)]
pub struct ChannelRow<'t> {
    from: &'t str,
    to: &'t str,
    messages: Vec<TransitRow<'t>>,
}

/// A message in transit.
#[derive(Clone, Debug, Serialize)]
pub struct TransitRow<'t> {
    message: Cow<'t, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'t RawValue>,
    sent: u32,
    received: Option<u32>,
}

/// How many messages each class has.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Counts {
    before: usize,
    in_transit: usize,
    orphan: usize,
    after: usize,
}

/// The nearest cuts that the log shows to be consistent.
#[derive(Clone, Debug, Serialize)]
pub struct Nearest<'t> {
    below: ByProcess<'t, u32>,
    above: Option<ByProcess<'t, u32>>,
}

impl<'t> VerifyReport<'t> {
    /// The report of a verification. Time: linear in what it shows and in the messages.
    pub fn new(trace: &'t Trace, found: &Verification, show_clocks: bool) -> Self {
        let clocks = found.clocks.as_ref().filter(|_| show_clocks);
        Self {
            clearcut: VERSION,
            command: "verify",
            verdict: found.verdict.name(),
            consistent: match found.verdict {
                Verdict::Holds => Some(true),
                Verdict::Violated => Some(false),
                Verdict::Undetermined => None,
            },
            trace: TraceSummary::of(trace),
            cut: positions(trace, found.cut.positions()),
            clocks: clocks.map(|rows| ByProcess(trace.processes().map(|p| row(trace, p, &rows[p.index()])).collect())),
            max: positions(trace, &found.max),
            violations: violations(trace, found),
            orphans: orphans(trace, &found.classes),
            undetermined: unsent(trace, &found.undetermined),
            perhaps_in_transit: unsent(trace, &found.perhaps_in_transit),
            known_by_clock: found.knows.iter().map(|clock| KnowsRow::new(trace, clock)).collect(),
            channels: channels(trace, &found.classes),
            counts: Counts::of(&found.classes),
            states: states_at(trace, &found.cut),
            nearest: Nearest {
                below: positions(trace, found.below.positions()),
                above: found.above.as_ref().map(|above| positions(trace, above.positions())),
            },
            notes: super::notes::of(trace),
            conserve: None,
            attainable: None,
            recorded: None,
        }
    }

    /// The same with more to know about the verdict.
    pub fn with_notes(mut self, notes: &[String]) -> Self {
        self.notes.extend_from_slice(notes);
        self
    }

    /// The same with what else was asked, and the verdict on all of it.
    pub fn with(
        self,
        verdict: Verdict,
        attainable: Option<AttainableReport<'t>>,
        recorded: Option<RecordedReport<'t>>,
        conserve: Option<ConserveRow<'t>>,
    ) -> Self {
        Self { verdict: verdict.name(), attainable, recorded, conserve, ..self }
    }
}

impl<'t> TraceSummary<'t> {
    /// Summary of a trace. Time: O(messages), for the order on channels.
    pub fn of(trace: &'t Trace) -> Self {
        Self {
            processes: trace.processes().map(|p| trace.name(p)).collect(),
            events: trace.event_count(),
            messages: trace.message_count(),
            fifo: trace.is_fifo(),
            inferred: trace.is_inferred(),
        }
    }

    /// The names of the processes.
    pub fn processes(&self) -> &[&'t str] {
        &self.processes
    }

    /// How many processes there are.
    pub fn process_count(&self) -> usize {
        self.processes.len()
    }

    /// How many messages there are.
    pub fn message_count(&self) -> usize {
        self.messages
    }
}

impl Counts {
    /// Sizes of the classes.
    pub fn of(classes: &Classes) -> Self {
        Self {
            before: classes.before,
            in_transit: classes.in_transit.len(),
            orphan: classes.orphans.len(),
            after: classes.after,
        }
    }
}

/// A position for each process, by name.
pub fn positions<'t>(trace: &'t Trace, positions: &[u32]) -> ByProcess<'t, u32> {
    ByProcess(trace.processes().map(|p| (trace.name(p), positions[p.index()])).collect())
}

/// A clock without its zeros.
pub(super) fn row<'t>(trace: &'t Trace, process: ProcessId, clock: &[u32]) -> (&'t str, ByProcess<'t, u32>) {
    let counts = trace.processes().map(|p| (trace.name(p), clock[p.index()])).filter(|&(_, count)| count > 0);
    (trace.name(process), ByProcess(counts.collect()))
}

fn violations<'t>(trace: &'t Trace, found: &Verification) -> Vec<ViolationRow<'t>> {
    let row = |v: &crate::cut::Violation| ViolationRow {
        process: trace.name(v.process),
        own: v.own,
        known: v.known,
        by: trace.name(v.by),
    };
    found.violations.iter().map(row).collect()
}

/// The events whose lines the report gives: a trace that does not keep them can look them up.
pub fn events(trace: &Trace, found: &Verification) -> Vec<(ProcessId, u32)> {
    let holes = [&found.undetermined, &found.perhaps_in_transit].map(|holes| of_holes(trace, holes));
    found.classes.orphans.iter().take(PLACED).flat_map(|&orphan| ends(trace, orphan)).chain(holes.concat()).collect()
}

/// The first [`PLACED`] receives without a send.
pub(super) fn of_holes(trace: &Trace, holes: &[usize]) -> Vec<(ProcessId, u32)> {
    holes.iter().take(PLACED).map(|&hole| received(&trace.unsent()[hole])).collect()
}

/// The send of a message, and its receive.
fn ends(trace: &Trace, message: MessageId) -> [(ProcessId, u32); 2] {
    let (from, to) = trace.ends(message);
    [(from, trace.sent(message)), (to, trace.received(message).unwrap_or(0))]
}

fn received(unsent: &Unsent) -> (ProcessId, u32) {
    (unsent.to, unsent.received)
}

/// The orphans, the first `PLACED` with their lines as far as the trace knows them.
fn orphans<'t>(trace: &'t Trace, classes: &Classes) -> Vec<OrphanRow<'t>> {
    let placed: Vec<_> = classes.orphans.iter().take(PLACED).flat_map(|&orphan| ends(trace, orphan)).collect();
    let mut places = places::of_events(trace, &placed).into_iter();
    let row = |&message: &MessageId| {
        let (from, to) = trace.ends(message);
        OrphanRow {
            message: trace.message_name(message),
            from: trace.name(from),
            to: trace.name(to),
            sent: trace.sent(message),
            received: trace.received(message),
            at: places.by_ref().take(2).flatten().collect(),
        }
    };
    classes.orphans.iter().map(row).collect()
}

/// Receives whose send the log lacks, by their numbers in [`Trace::unsent`]; the first `PLACED` with their lines as
/// far as the trace knows them.
pub fn unsent<'t>(trace: &'t Trace, holes: &[usize]) -> Vec<UnsentRow<'t>> {
    let mut places = places::of_events(trace, &of_holes(trace, holes)).into_iter();
    let row = |&hole: &usize| {
        let unsent = &trace.unsent()[hole];
        UnsentRow {
            message: trace.unsent_name(unsent),
            from: unsent.from.map(|p| trace.name(p)),
            to: trace.name(unsent.to),
            received: unsent.received,
            at: places.next().flatten().into_iter().collect(),
        }
    };
    holes.iter().map(row).collect()
}

/// The channels that are not empty, with their contents.
pub fn channels<'t>(trace: &'t Trace, classes: &Classes) -> Vec<ChannelRow<'t>> {
    let row = |messages: &[MessageId]| {
        let (from, to) = trace.ends(messages[0]);
        let transit = |&message: &MessageId| TransitRow {
            message: trace.message_name(message),
            payload: trace.payload(message).and_then(|text| serde_json::from_str(text).ok()),
            sent: trace.sent(message),
            received: trace.received(message),
        };
        ChannelRow { from: trace.name(from), to: trace.name(to), messages: messages.iter().map(transit).collect() }
    };
    classes.channels(trace).map(row).collect()
}

/// The local states at a cut, of the processes that log any.
pub fn states_at<'t>(trace: &'t Trace, cut: &Cut) -> ByProcess<'t, StateObject<'t>> {
    ByProcess(states::all(trace, cut).into_iter().map(|(p, state)| (trace.name(p), StateObject(state))).collect())
}
