//! Chandy and Lamport's snapshots (1985) and their kin: what a run records, what a run could record ([`attainable`],
//! [`all`]), and what runs in a log recorded ([`recorded`]).
//!
//! A run adds to the events of the log, in one linear order that respects happens-before, what the algorithm does:
//! processes record and markers travel. [`take`] replays it; [`steps`] tells it.

pub mod all;
pub mod along;
pub mod attainable;
mod fixes;
pub mod lai_yang;
#[cfg(test)]
mod oracle;
mod reach;
pub mod recorded;
pub mod run;
pub mod steps;
#[cfg(test)]
mod tests;
mod timeline;

use crate::causality::{CausalOrder, Cycle, clocks};
use crate::cut::doubt::{self, Doubt};
use crate::cut::{Classes, Cut, Verdict, holes};
use crate::ids::{ChannelId, MessageId, ProcessId};
use crate::trace::Trace;

pub use self::run::{Cause, Marker, Record, Run};
pub use self::timeline::Moment;

/// Which algorithm records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Markers on FIFO channels (Chandy and Lamport 1985).
    ChandyLamport,
    /// Messages carry the sender's colour, channels need not be FIFO (Lai and Yang 1987).
    LaiYang,
}

impl Algorithm {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ChandyLamport => "chandy-lamport",
            Self::LaiYang => "lai-yang",
        }
    }

    /// The one for a trace: Lai and Yang's where a channel is declared unordered.
    pub fn of(trace: &Trace) -> Self {
        let channels = trace.channels();
        if channels.iter().all(|c| channels.is_fifo(c)) { Self::ChandyLamport } else { Self::LaiYang }
    }
}

/// When markers arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// As soon as FIFO allows: right after the last message before it is received.
    Prompt,
    /// As late as FIFO allows: just before the next message on its channel is received, or at the end of the log.
    Late,
    /// Anywhere between, at a moment drawn evenly from all: from this seed by SplitMix64 (Steele, Lea and Flood 2014),
    /// one number for each marker in the order of sending.
    Random(u64),
}

impl Delivery {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::Late => "late",
            Self::Random(_) => "random",
        }
    }
}

/// A process that starts the snapshot: it records right after its first `position` events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Initiator {
    /// The process.
    pub process: ProcessId,
    /// Where it records.
    pub position: u32,
}

/// A marker whose arrival is fixed: after the receiver's first `position` events, before its next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fix {
    /// Sender.
    pub from: ProcessId,
    /// Receiver.
    pub to: ProcessId,
    /// Where the receiver stands when it arrives.
    pub position: u32,
}

/// What is to be replayed.
#[derive(Clone, Debug)]
pub struct Request {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// Who starts the snapshot; each process once.
    pub initiators: Vec<Initiator>,
    /// When markers arrive.
    pub delivery: Delivery,
    /// Markers whose arrival is fixed; each channel once.
    pub fixes: Vec<Fix>,
    /// Whether the vector clocks of all processes are wanted.
    pub clocks: bool,
}

/// Why a marker cannot arrive where it is fixed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// There is no such channel.
    NoChannel,
    /// Its sender never records.
    NeverSent,
    /// It would overtake this message, which was sent before it and is received later.
    Overtakes(MessageId),
    /// This message was sent before it, and the log never sees it received.
    Behind(MessageId),
    /// This message, sent after it, would overtake it: it is received at that position or before.
    OvertakenBy(MessageId),
    /// It would arrive before it is sent: the receiver's next event happens before the sender's event `sent`, after
    /// which the sender records, through these messages.
    Cycle {
        /// Number of the sender's last event before it records.
        sent: u32,
        /// The messages that lead from the receiver's next event to it.
        messages: Vec<MessageId>,
    },
    /// No order of the events was found in which this and all other fixed markers arrive so.
    NoOrder,
}

/// Why nothing was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Happens-before has a cycle.
    Cycle(Cycle),
    /// Markers need FIFO channels.
    NotFifo {
        /// Messages that overtook another: (overtaking, overtaken).
        overtaken: Vec<(MessageId, MessageId)>,
        /// Messages sent before a marker that never arrive, though one from behind it does: (lost, later).
        lost: Vec<(MessageId, MessageId)>,
        /// Channels that are declared unordered.
        unordered: Vec<ChannelId>,
    },
    /// One event receives a message from before a marker and one from behind it, and its process has not recorded.
    Batch {
        /// Sent before the marker.
        before: MessageId,
        /// Sent after it.
        behind: MessageId,
    },
    /// A fixed marker cannot arrive there.
    Fixed(Fix, Obstacle),
}

impl From<Cycle> for Refusal {
    fn from(cycle: Cycle) -> Self {
        Self::Cycle(cycle)
    }
}

/// A process that did not record within the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unrecorded {
    /// The process.
    pub process: ProcessId,
    /// Where markers to it wait: their senders, and the messages before them that the log never sees received.
    pub blocked: Vec<(ProcessId, Vec<MessageId>)>,
    /// Whether channels lead from an initiator to it.
    pub reachable: bool,
}

/// What a run recorded.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// What was asked for.
    pub request: Request,
    /// The order in which the events happen.
    pub order: CausalOrder,
    /// The run.
    pub run: Run,
    /// Processes that did not record.
    pub unrecorded: Vec<Unrecorded>,
    /// Where each process recorded; 0 for those that did not.
    pub cut: Cut,
    /// Holds where all recorded and the log shows that the cut is consistent and what is in the channels.
    pub verdict: Verdict,
    /// The part of it that is about the cut alone.
    pub consistent: Verdict,
    /// W of the processes that recorded.
    pub max: Vec<u32>,
    /// Their clocks V_i, where asked for; rows of others are empty.
    pub clocks: Option<Vec<Vec<u32>>>,
    /// Classes of the messages between processes that recorded: what is in transit is what the channels recorded.
    pub classes: Classes,
    /// Receives inside the cut whose send the log lacks: numbers in [`Trace::unsent`].
    pub undetermined: Vec<usize>,
    /// Receives outside the cut, by processes that recorded, whose send the log lacks and may have been inside: of these
    /// channels it is not known what the run records, nor whether markers could pass as they do. Numbers in
    /// [`Trace::unsent`].
    pub perhaps_in_transit: Vec<usize>,
    /// Why the log does not say what it holds, though it has no hole there.
    pub doubts: Vec<Doubt>,
}

impl Snapshot {
    /// Whether every process recorded within the log.
    pub fn complete(&self) -> bool {
        self.unrecorded.is_empty()
    }

    /// Where a process recorded.
    pub fn position(&self, process: ProcessId) -> Option<u32> {
        self.run.records[process.index()].map(|record| record.position)
    }
}

/// Replays an algorithm on a trace and proves by W(i) = V_i(i) that the cut it recorded is consistent.
///
/// Time: O(events + messages + channels * log events) (with clocks also O(messages * processes)); space: 4 bytes for each
/// event and message, some 30 for each channel.
///
/// # Errors
/// The [`Refusal`] where the log is not one that the algorithm can run on, or a fixed marker cannot arrive.
///
/// ```
/// use clearcut::snapshot::{Algorithm, Delivery, Initiator, Request, take};
/// let trace = clearcut::trace::Trace::from_text("P1: step\nP2: send token -> P1\nP1: receive token\n").unwrap();
/// let request = Request {
///     algorithm: Algorithm::ChandyLamport,
///     initiators: vec![Initiator { process: trace.process("P1").unwrap(), position: 0 }],
///     delivery: Delivery::Late,
///     fixes: vec![],
///     clocks: false,
/// };
/// let snapshot = take(&trace, request).unwrap();
/// assert_eq!(snapshot.cut.positions(), [0, 1]);
/// assert_eq!(snapshot.classes.in_transit.len(), 1);
/// ```
pub fn take(trace: &Trace, request: Request) -> Result<Snapshot, Refusal> {
    let order = CausalOrder::observed(trace)?;
    let (order, run) = match request.algorithm {
        Algorithm::LaiYang => {
            let run = lai_yang::replay(trace, &order, &request.initiators);
            (order, run)
        }
        Algorithm::ChandyLamport => {
            needs_fifo(trace)?;
            fixes::replay(trace, order, &request)?
        }
    };
    let snapshot = judge(trace, request, order, run);
    match snapshot.consistent {
        Verdict::Violated => {
            Err(Refusal::NotFifo { overtaken: Vec::new(), lost: passed(trace, &snapshot), unordered: Vec::new() })
        }
        _ => Ok(snapshot),
    }
}

/// The same of a run that was made [along](along::along) with the reading of the trace. Nothing where that is not enough to
/// judge it.
pub fn taken_along(trace: &Trace, request: Request, run: Run) -> Option<Snapshot> {
    let order = CausalOrder::observed(trace).ok()?;
    let snapshot = judge(trace, request, order, run);
    let is_kept = trace.crossed().is_none_or(|crossed| crossed.positions == snapshot.cut.positions());
    (snapshot.verdict == Verdict::Holds && is_kept).then_some(snapshot)
}

/// Messages that were lost before a marker, each with one from behind the marker that arrived before its receiver
/// recorded. No run has that: the marker had to arrive between the two, and the log has no place for it there. Where what
/// was lost hides no such thing the run stands: the marker waits behind it.
fn passed(trace: &Trace, snapshot: &Snapshot) -> Vec<(MessageId, MessageId)> {
    let orphan = |of: MessageId| snapshot.classes.orphans.iter().find(|&&m| trace.ends(m) == trace.ends(of));
    let lost = snapshot.classes.in_transit.iter().filter(|&&m| trace.received(m).is_none());
    let passed: Vec<_> = lost.filter_map(|&lost| Some((lost, *orphan(lost)?))).collect();
    // Through processes that have not recorded it is not seen.
    if passed.is_empty() { trace.lost() } else { passed }
}

/// Overtaking is held against the log as a whole, wherever the cut is: a channel that is not FIFO may be so for markers.
///
/// # Errors
/// [`Refusal::NotFifo`] where the log shows that channels are not FIFO, or declares it.
pub fn needs_fifo(trace: &Trace) -> Result<(), Refusal> {
    if trace.is_fifo() {
        return Ok(());
    }
    let channels = trace.channels();
    let unordered = channels.iter().filter(|&c| !channels.is_fifo(c)).collect();
    Err(Refusal::NotFifo { overtaken: trace.overtaken().collect(), lost: Vec::new(), unordered })
}

/// What is to be said of the cut of a run.
fn judge(trace: &Trace, request: Request, order: CausalOrder, run: Run) -> Snapshot {
    let unrecorded = unrecorded(trace, &request, &run);
    let recorded = |p: ProcessId| run.records[p.index()].is_some();
    let positions: Vec<u32> = run.records.iter().map(|r| r.map_or(0, |r| r.position)).collect();
    let cut = Cut { positions };
    let (all, between) = Classes::in_order(trace, &order, &cut);
    let mut max = cut.positions().to_vec();
    // Without an orphan the cut knows of nothing that it does not hold.
    if !all.orphans.is_empty() {
        clocks::grow_by(trace, &order, &between, &mut max);
    }
    let consistent = trace.processes().all(|p| !recorded(p) || max[p.index()] == cut.position(p));
    let clocks = request.clocks.then(|| {
        let at: Vec<_> = trace.processes().map(|p| (p, cut.position(p))).collect();
        let mut rows = clocks::of_positions(trace, &order, &at);
        trace.processes().filter(|&p| !recorded(p)).for_each(|p| rows[p.index()].clear());
        rows
    });
    let classes = match unrecorded.is_empty() {
        true => all,
        false => Classes::among(trace, &cut, recorded),
    };
    let undetermined = holes::inside(trace, &cut);
    let mut perhaps_in_transit = holes::perhaps_in_transit(trace, &cut);
    perhaps_in_transit.retain(|&hole| recorded(trace.unsent()[hole].to));
    let doubts: Vec<Doubt> = doubt::of_any(trace).collect();
    let consistent = match (consistent, unrecorded.is_empty() && undetermined.is_empty()) {
        (false, _) if doubts.is_empty() || doubt::any_certain(trace, &doubts, &classes.orphans) => Verdict::Violated,
        (true, true) if doubts.is_empty() => Verdict::Holds,
        _ => Verdict::Undetermined,
    };
    let content = if perhaps_in_transit.is_empty() { Verdict::Holds } else { Verdict::Undetermined };
    let verdict = consistent.and(content);
    Snapshot {
        request,
        order,
        run,
        unrecorded,
        cut,
        verdict,
        consistent,
        max,
        clocks,
        classes,
        undetermined,
        perhaps_in_transit,
        doubts,
    }
}

fn unrecorded(trace: &Trace, request: &Request, run: &Run) -> Vec<Unrecorded> {
    if run.records.iter().all(Option::is_some) {
        return Vec::new();
    }
    let reachable = reachable(trace, &request.initiators);
    let missing = trace.processes().filter(|p| run.records[p.index()].is_none());
    let mut rows: Vec<Unrecorded> = missing
        .map(|process| Unrecorded { process, blocked: Vec::new(), reachable: reachable[process.index()] })
        .collect();
    let mut blocked: Vec<MessageId> = trace.messages().filter(|&m| blocks(trace, run, m)).collect();
    blocked.sort_by_key(|&m| (trace.ends(m), m));
    for channel in blocked.chunk_by(|&a, &b| trace.ends(a) == trace.ends(b)) {
        let (from, to) = trace.ends(channel[0]);
        if let Ok(row) = rows.binary_search_by_key(&to, |row| row.process) {
            rows[row].blocked.push((from, channel.to_vec()));
        }
    }
    rows
}

/// Whether a message is never received and stands before a marker to a process that has not recorded.
fn blocks(trace: &Trace, run: &Run, message: MessageId) -> bool {
    let (from, to) = trace.ends(message);
    trace.received(message).is_none()
        && run.records[to.index()].is_none()
        && run.records[from.index()].is_some_and(|record| trace.sent(message) <= record.position)
}

/// Which processes channels lead to from the initiators, themselves included.
fn reachable(trace: &Trace, initiators: &[Initiator]) -> Vec<bool> {
    if !trace.channels().are_declared() {
        return vec![true; trace.process_count()];
    }
    let outgoing = run::Outgoing::of(trace);
    let mut seen = vec![false; trace.process_count()];
    let mut open: Vec<ProcessId> = initiators.iter().map(|i| i.process).collect();
    while let Some(process) = open.pop() {
        if !std::mem::replace(&mut seen[process.index()], true) {
            open.extend(outgoing.targets(trace, process).map(|(to, _)| to).filter(|to| !seen[to.index()]));
        }
    }
    seen
}
