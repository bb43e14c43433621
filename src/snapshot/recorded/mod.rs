//! Snapshots that a program took and logged: is what it recorded what happened?
//!
//! Four questions, each with an answer of its own, as none of them implies another: is the cut consistent (a wrong
//! snapshot mostly has a consistent one); are the claimed states those that the log gives; are the claimed channel
//! contents the messages in transit, in order; and did every process obey the protocol of Chandy and Lamport (1985).
//! The first three compare with the definitions, the last looks at the lines of the protocol alone.
//!
//! A log that ends before the snapshot does is no violation: nothing is called broken that more lines could mend.

mod align;
mod channels;
mod claims;
mod difference;
mod early;
mod lines;
mod protocol;
mod states;
mod waits;

use crate::causality::{CausalOrder, Cycle};
use crate::cut::{Cut, Verdict, Verification, consistency};
use crate::ids::ProcessId;
use crate::trace::{Mark, Trace};

pub use self::claims::Member;
pub use self::difference::{ChannelFault, Difference, What};
pub use self::waits::{Wait, WaitsFor};

use self::lines::{Lines, Topology};

/// What came of comparing what processes claim with the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// All that is claimed is so.
    Match,
    /// Something is not.
    Differ,
    /// Nothing is claimed, or nothing that the log could tell.
    Unclaimed,
}

impl Claim {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Differ => "differ",
            Self::Unclaimed => "unclaimed",
        }
    }

    fn of(claimed: bool, differ: bool) -> Self {
        match (claimed, differ) {
            (false, _) => Self::Unclaimed,
            (true, true) => Self::Differ,
            (true, false) => Self::Match,
        }
    }
}

/// Whether the processes obeyed the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// As far as the log goes.
    Obeyed,
    /// Some rule is broken.
    Broken,
    /// The log does not show who sent markers.
    Unlogged,
}

impl Protocol {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Obeyed => "obeyed",
            Self::Broken => "broken",
            Self::Unlogged => "unlogged",
        }
    }
}

/// One snapshot of the log, judged.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Its number in [`Trace::snapshots`].
    pub snapshot: usize,
    /// The cut where each process recorded, verified. A process that has not recorded stands at its last event: it can
    /// only record there or later. So an orphan is one however the snapshot goes on; if there is none, the verdict here
    /// is undetermined as long as some process has not recorded.
    pub found: Verification,
    /// Processes that have not recorded.
    pub unrecorded: Vec<ProcessId>,
    /// Every process has recorded, and no marker is missing.
    pub complete: bool,
    /// Who waits for what, where it is not complete.
    pub waits: Vec<Wait>,
    /// The claimed states.
    pub states: Claim,
    /// The claimed channel contents.
    pub channels: Claim,
    /// The protocol.
    pub protocol: Protocol,
    /// All that is not as it should be: states, then channels, then the protocol, each in process order.
    pub differences: Vec<Difference>,
    /// Messages that may have been in a claimed channel: the log lacks their sends. Numbers in [`Trace::unsent`].
    pub holes: Vec<usize>,
}

impl Recorded {
    /// All four together.
    pub fn verdict(&self) -> Verdict {
        let differ = self.states == Claim::Differ || self.channels == Claim::Differ;
        let own = match (differ || self.protocol == Protocol::Broken, self.complete && self.holes.is_empty()) {
            (true, _) => Verdict::Violated,
            (false, false) => Verdict::Undetermined,
            (false, true) => Verdict::Holds,
        };
        self.found.verdict.and(own)
    }
}

/// Judges the snapshot of a number in [`Trace::snapshots`]; nothing where there is none. The vector clocks of the cut
/// are computed if `clocks` asks for them.
///
/// Time: O(messages + lines of the protocol + channels between processes that recorded), the clocks apart; space: the
/// lines and claims of this snapshot, and O(processes).
///
/// ```
/// use clearcut::{causality::CausalOrder, snapshot::recorded::{Claim, Protocol, judge}, trace::Trace};
/// let trace = Trace::from_text(
///     "process P1 x=1\nP1: record s x=2\nP1: send marker s -> P2\nP2: receive marker s <- P1\nP2: record s\n\
///      P2: send marker s -> P1\nP1: receive marker s <- P2\n",
/// ).unwrap();
/// let order = CausalOrder::of(&trace).unwrap();
/// let found = judge(&trace, &order, 0, false).unwrap();
/// assert_eq!((found.complete, found.protocol, found.states), (true, Protocol::Obeyed, Claim::Differ));
/// ```
pub fn judge(trace: &Trace, order: &CausalOrder, snapshot: usize, clocks: bool) -> Option<Recorded> {
    let marks: Vec<&Mark> = trace.marks().iter().filter(|m| m.snapshot == snapshot).collect();
    let context = Topology::of(trace);
    (!marks.is_empty()).then(|| judge_marks(trace, order, &context, snapshot, &marks, clocks)).flatten()
}

/// Judges every snapshot of the log, in the order in which they are first mentioned.
///
/// Time: that of [`judge`] for each.
///
/// # Errors
/// The [`Cycle`] where happens-before has one.
pub fn judge_all(trace: &Trace) -> Result<Vec<Recorded>, Cycle> {
    if trace.marks().is_empty() {
        return Ok(Vec::new());
    }
    let order = CausalOrder::of(trace)?;
    let context = Topology::of(trace);
    let mut marks: Vec<Vec<&Mark>> = vec![Vec::new(); trace.snapshots().len()];
    for mark in trace.marks() {
        marks[mark.snapshot].push(mark);
    }
    let each = marks.iter().enumerate();
    Ok(each.filter_map(|(number, marks)| judge_marks(trace, &order, &context, number, marks, false)).collect())
}

fn judge_marks(
    trace: &Trace,
    order: &CausalOrder,
    topology: &Topology,
    snapshot: usize,
    marks: &[&Mark],
    clocks: bool,
) -> Option<Recorded> {
    let lines = Lines::of(trace, marks);
    let position = |p: ProcessId| lines.of[p.index()].records.last().map_or(trace.events(p), |line| line.position);
    let cut = Cut::new(trace, trace.processes().map(position).collect())?;
    let mut found = consistency::verify_in(trace, order, cut, clocks);
    let unrecorded: Vec<ProcessId> = trace.processes().filter(|p| lines.of[p.index()].records.is_empty()).collect();
    if !unrecorded.is_empty() {
        found.verdict = found.verdict.and(Verdict::Undetermined);
    }
    channels::bound_by_markers(trace, &lines, &mut found.perhaps_in_transit);
    let waits = waits::of(trace, topology, &lines, &unrecorded);
    let mut differences = Vec::new();
    let states = states::compare(trace, &lines, &mut differences);
    let (channels, holes) = channels::compare(trace, &lines, &found, &mut differences);
    let protocol = protocol::judge(trace, topology, &lines, &mut differences);
    let complete = waits.is_empty();
    Some(Recorded { snapshot, found, unrecorded, complete, waits, states, channels, protocol, differences, holes })
}
