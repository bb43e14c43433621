//! The member `attainable` of the report of `verify`: could a run of Chandy and Lamport's algorithm have recorded it?

use std::borrow::Cow;

use serde::Serialize;

use crate::cut::{Cut, Verdict};
use crate::ids::ProcessId;
use crate::snapshot::attainable::{Attainable, Blocked, Starters};
use crate::trace::Trace;

/// Whether some run records the cut, and what proves it.
///
/// With initiators: the ones that were asked about. Without (`--attainable`): all processes that could have started a
/// run by themselves, and `by_chandy_lamport` says whether there is one.
#[derive(Clone, Debug, Serialize)]
pub struct AttainableReport<'t> {
    initiators: Vec<&'t str>,
    /// Null where the log has a hole where the answer is.
    by_chandy_lamport: Option<bool>,
    /// The first markers: sender and receiver.
    #[serde(skip_serializing_if = "Option::is_none")]
    tree: Option<Vec<[&'t str; 2]>>,
    /// Why not: `inconsistent`, `position` or `unreached`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unreached: Option<Vec<&'t str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked: Option<Vec<BlockedRow<'t>>>,
    /// Initiators that do not stand at their positions in the cut.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    elsewhere: Vec<ElsewhereRow<'t>>,
    /// Without initiators, where nobody could: sets of processes that no marker from outside the set can enter.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    apart: Vec<Vec<&'t str>>,
    /// Said where a channel is not FIFO or loses a message between others: the answer is for first markers that neither overtake nor are overtaken.
    #[serde(skip_serializing_if = "Option::is_none")]
    assumes: Option<&'static str>,
}

/// A channel that a first marker cannot pass.
#[derive(Clone, Debug, Serialize)]
pub struct BlockedRow<'t> {
    from: &'t str,
    to: &'t str,
    messages: Vec<Cow<'t, str>>,
}

/// An initiator whose position is not that of the cut.
#[derive(Clone, Debug, Serialize)]
pub struct ElsewhereRow<'t> {
    process: &'t str,
    /// Where it starts the snapshot.
    position: u32,
    /// Where the cut has it.
    cut: u32,
}

impl<'t> AttainableReport<'t> {
    /// For initiators that were asked about.
    pub fn new(trace: &'t Trace, cut: &Cut, found: &Attainable) -> Self {
        let elsewhere = found.elsewhere.iter().map(|i| ElsewhereRow {
            process: trace.name(i.process),
            position: i.position,
            cut: cut.position(i.process),
        });
        let violated = found.verdict == Verdict::Violated;
        Self {
            initiators: found.initiators.iter().map(|i| trace.name(i.process)).collect(),
            by_chandy_lamport: told(found.verdict),
            tree: (found.verdict == Verdict::Holds).then(|| tree(trace, &found.tree)),
            reason: found.reason.map(|reason| reason.name()),
            unreached: violated.then(|| names(trace, &found.unreached)),
            blocked: violated.then(|| blocked(trace, &found.blocked)),
            elsewhere: elsewhere.collect(),
            apart: Vec::new(),
            assumes: assumes(trace),
        }
    }

    /// For whoever could have started.
    pub fn starters(trace: &'t Trace, found: &Starters) -> Self {
        let violated = found.verdict == Verdict::Violated;
        let mut unreached: Vec<ProcessId> = found.apart.concat();
        unreached.sort_unstable();
        Self {
            initiators: names(trace, &found.processes),
            by_chandy_lamport: told(found.verdict),
            tree: (found.verdict == Verdict::Holds).then(|| tree(trace, &found.tree)),
            reason: found.reason.map(|reason| reason.name()),
            unreached: violated.then(|| names(trace, &unreached)),
            blocked: violated.then(|| blocked(trace, &found.blocked)),
            elsewhere: Vec::new(),
            apart: found.apart.iter().map(|set| names(trace, set)).collect(),
            assumes: assumes(trace),
        }
    }
}

fn told(verdict: Verdict) -> Option<bool> {
    match verdict {
        Verdict::Holds => Some(true),
        Verdict::Violated => Some(false),
        Verdict::Undetermined => None,
    }
}

fn assumes(trace: &Trace) -> Option<&'static str> {
    (!trace.is_fifo() || !trace.lost().is_empty()).then_some("fifo-markers")
}

fn names<'t>(trace: &'t Trace, processes: &[ProcessId]) -> Vec<&'t str> {
    processes.iter().map(|&p| trace.name(p)).collect()
}

fn tree<'t>(trace: &'t Trace, tree: &[(ProcessId, ProcessId)]) -> Vec<[&'t str; 2]> {
    tree.iter().map(|&(from, to)| [trace.name(from), trace.name(to)]).collect()
}

fn blocked<'t>(trace: &'t Trace, blocked: &[Blocked]) -> Vec<BlockedRow<'t>> {
    let row = |b: &Blocked| BlockedRow {
        from: trace.name(b.from),
        to: trace.name(b.to),
        messages: b.messages.iter().map(|&m| trace.message_name(m)).collect(),
    };
    blocked.iter().map(row).collect()
}
