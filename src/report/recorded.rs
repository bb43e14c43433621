//! The member `recorded` of the report of `verify`: a snapshot that the log recorded, judged.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::ids::{MessageId, ProcessId};
use crate::snapshot::recorded::{ChannelFault, Difference, Member, Recorded, Wait, WaitsFor, What};
use crate::trace::Trace;

/// Four verdicts, and each difference.
#[derive(Clone, Debug, Serialize)]
pub struct RecordedReport<'t> {
    snapshot: &'t str,
    complete: bool,
    states: &'static str,
    channels: &'static str,
    protocol: &'static str,
    differences: Vec<DifferenceRow<'t>>,
    /// Who waits for what, where the snapshot is not complete.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    waits: Vec<WaitRow<'t>>,
    /// Messages whose send the log lacks and that may have been in a channel of which something is claimed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    undetermined: Vec<Cow<'t, str>>,
}

/// One difference.
#[derive(Clone, Debug, Serialize)]
pub struct DifferenceRow<'t> {
    rule: &'static str,
    process: &'t str,
    /// Sender of the channel that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Cow<'t, str>>,
    /// Receiver of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'t str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variable: Option<&'t str>,
    /// The message that shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Cow<'t, str>>,
    expected: Shown<'t>,
    recorded: Shown<'t>,
    /// How a channel differs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<FaultRow<'t>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<PlaceRow>,
}

/// File and line.
#[derive(Clone, Debug, Serialize)]
pub struct PlaceRow {
    file: String,
    line: usize,
}

/// What was expected or recorded.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Shown<'t> {
    /// A position, or how many.
    Number(u32),
    /// A JSON value of the log.
    Value(&'t RawValue),
    /// Messages that were in transit.
    Messages(Vec<Cow<'t, str>>),
    /// What is claimed of a channel.
    Members(Vec<MemberRow<'t>>),
    /// A word.
    Word(&'static str),
    /// Nothing.
    Nothing,
}

/// A claimed message.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum MemberRow<'t> {
    /// By its id.
    Id(&'t str),
    /// By its payload.
    Payload {
        /// The payload.
        payload: Option<&'t RawValue>,
    },
    /// As it is written.
    Other(Option<&'t RawValue>),
}

/// How a channel differs.
#[derive(Clone, Debug, Serialize)]
pub struct FaultRow<'t> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Cow<'t, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claimed: Option<MemberRow<'t>>,
    /// The sender on whose channel the message was.
    #[serde(skip_serializing_if = "Option::is_none")]
    belongs_to: Option<&'t str>,
}

/// A process that waits.
#[derive(Clone, Debug, Serialize)]
pub struct WaitRow<'t> {
    process: &'t str,
    /// `first-marker`, `record` or `marker`.
    waits_for: &'static str,
    /// Whose marker.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'t str>,
    on_the_way: Vec<OnTheWayRow<'t>>,
}

/// A marker that was sent and not received.
#[derive(Clone, Debug, Serialize)]
pub struct OnTheWayRow<'t> {
    from: &'t str,
    behind: Vec<Cow<'t, str>>,
}

impl<'t> RecordedReport<'t> {
    /// The report of a judged snapshot. Time: linear in what it shows, and in the files for the lines.
    pub fn new(trace: &'t Trace, found: &'t Recorded) -> Self {
        let addresses: Vec<u64> = found.differences.iter().map(|d| d.at).collect();
        let places = trace.sources().locate_all(&addresses);
        let places = places.into_iter().map(|place| place.map(|l| PlaceRow { file: l.file, line: l.line }));
        let differences = found.differences.iter().zip(places);
        Self {
            snapshot: trace.snapshots().get(found.snapshot),
            complete: found.complete,
            states: found.states.name(),
            channels: found.channels.name(),
            protocol: found.protocol.name(),
            differences: differences.map(|(difference, at)| row(trace, difference, at)).collect(),
            waits: found.waits.iter().map(|wait| wait_row(trace, wait)).collect(),
            undetermined: found
                .holes
                .iter()
                .filter_map(|&hole| Some(trace.unsent_name(trace.unsent().get(hole)?)))
                .collect(),
        }
    }
}

fn row<'t>(trace: &'t Trace, difference: &'t Difference, at: Option<PlaceRow>) -> DifferenceRow<'t> {
    let name = |p: ProcessId| Cow::Borrowed(trace.name(p));
    let (from, to): (Option<ProcessId>, Option<ProcessId>) = match &difference.what {
        What::RecordedLate { from, .. }
        | What::MarkerUnsent { from, .. }
        | What::MarkerOrder { from, .. }
        | What::ClosedEarly { from, .. } => (Some(*from), None),
        What::NotRecorded { from, .. } => (*from, None),
        What::MarkerMissing { to, .. }
        | What::MarkerLate { to, .. }
        | What::MarkerEarly { to, .. }
        | What::MarkerTwice { to } => (None, Some(*to)),
        What::State { .. } | What::Channel { .. } | What::RecordedTwice { .. } => (None, None),
    };
    let (expected, recorded) = shown(trace, &difference.what);
    DifferenceRow {
        rule: difference.what.rule(),
        process: trace.name(difference.process),
        from: match &difference.what {
            What::Channel { name, .. } => Some(Cow::Borrowed(name.as_str())),
            _ => from.map(name),
        },
        to: to.map(|p| trace.name(p)),
        variable: match &difference.what {
            What::State { variable, .. } => Some(variable),
            _ => None,
        },
        message: match &difference.what {
            What::MarkerLate { message, .. }
            | What::MarkerOrder { message, .. }
            | What::ClosedEarly { message, .. } => Some(trace.message_name(*message)),
            _ => None,
        },
        expected,
        recorded,
        faults: match &difference.what {
            What::Channel { faults, recorded, .. } => faults.iter().map(|f| fault_row(trace, f, recorded)).collect(),
            _ => Vec::new(),
        },
        at,
    }
}

/// What was expected, and what was recorded.
fn shown<'t>(trace: &'t Trace, what: &'t What) -> (Shown<'t>, Shown<'t>) {
    let number = |n: usize| Shown::Number(u32::try_from(n).unwrap_or(u32::MAX));
    match what {
        What::State { expected, recorded, .. } => {
            let value = |text: &'t str| raw(text).map_or(Shown::Nothing, Shown::Value);
            (expected.as_deref().map_or(Shown::Nothing, value), value(recorded))
        }
        What::Channel { expected, recorded, .. } => {
            (Shown::Messages(names(trace, expected)), Shown::Members(recorded.iter().map(member).collect()))
        }
        What::RecordedTwice { first, again } => (Shown::Number(*first), Shown::Number(*again)),
        What::RecordedLate { expected, recorded, .. } | What::ClosedEarly { expected, recorded, .. } => {
            (Shown::Number(*expected), Shown::Number(*recorded))
        }
        What::NotRecorded { expected, .. } => (Shown::Number(*expected), Shown::Nothing),
        What::MarkerMissing { recorded, .. } => (Shown::Number(*recorded), Shown::Nothing),
        What::MarkerLate { recorded, sent, .. } | What::MarkerEarly { recorded, sent, .. } => {
            (Shown::Number(*recorded), Shown::Number(*sent))
        }
        What::MarkerTwice { .. } => (Shown::Number(1), Shown::Number(2)),
        What::MarkerUnsent { sent, received, .. } => (number(*sent), number(*received)),
        What::MarkerOrder { overtaken: true, .. } => (Shown::Word("after"), Shown::Word("before")),
        What::MarkerOrder { overtaken: false, .. } => (Shown::Word("before"), Shown::Word("after")),
    }
}

fn names<'t>(trace: &'t Trace, messages: &[MessageId]) -> Vec<Cow<'t, str>> {
    messages.iter().map(|&m| trace.message_name(m)).collect()
}

fn raw(text: &str) -> Option<&RawValue> {
    serde_json::from_str(text).ok()
}

fn member(member: &Member) -> MemberRow<'_> {
    match member {
        Member::Id(id) => MemberRow::Id(id),
        Member::Payload(payload) => MemberRow::Payload { payload: raw(payload) },
        Member::Unreadable(text) => MemberRow::Other(raw(text)),
    }
}

fn fault_row<'t>(trace: &'t Trace, fault: &ChannelFault, recorded: &'t [Member]) -> FaultRow<'t> {
    let (message, claimed) = match fault {
        ChannelFault::Missing(m) | ChannelFault::ClosedEarly(m) => (Some(*m), None),
        ChannelFault::Extra(t, known) => (known.map(|(m, _)| m), recorded.get(*t)),
        ChannelFault::WrongChannel(t, m) => (Some(*m), recorded.get(*t)),
        ChannelFault::WrongOrder => (None, None),
    };
    let belongs_to = match fault {
        ChannelFault::WrongChannel(_, m) => Some(trace.name(trace.ends(*m).0)),
        _ => None,
    };
    FaultRow {
        kind: fault.name(),
        message: message.map(|m| trace.message_name(m)),
        claimed: claimed.map(member),
        belongs_to,
    }
}

fn wait_row<'t>(trace: &'t Trace, wait: &Wait) -> WaitRow<'t> {
    let (waits_for, from) = match wait.waits_for {
        WaitsFor::FirstMarker => ("first-marker", None),
        WaitsFor::Record => ("record", None),
        WaitsFor::MarkerFrom(from) => ("marker", Some(trace.name(from))),
    };
    let on_the_way = wait
        .on_the_way
        .iter()
        .map(|(from, behind)| OnTheWayRow { from: trace.name(*from), behind: names(trace, behind) });
    WaitRow { process: trace.name(wait.process), waits_for, from, on_the_way: on_the_way.collect() }
}
