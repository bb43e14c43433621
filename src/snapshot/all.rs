//! All the cuts that runs of Chandy and Lamport's algorithm from given initiators can record.
//!
//! Such a cut is consistent, so it lies between two consistent cuts that are known at once ([`bounds`]). Between them
//! the search fixes one process after another, and keeps with every choice the smallest and the largest consistent cut
//! that are left: they form a lattice, so that each position between the two is that of some consistent cut. A choice is
//! given up as soon as the channels that surely hold a message keep some process from the initiators; where every
//! process is fixed this is the exact condition of [`super::attainable`].

use super::Initiator;
use super::reach::{Closed, Direction, Open, Pair, Search};
use crate::causality::{CausalOrder, clocks};
use crate::cut::{Cut, consistency};
use crate::ids::{MessageId, ProcessId};
use crate::trace::Trace;

/// Messages and processes looked at before the search gives up: some seconds.
const EFFORT: usize = 1_000_000_000;

/// What holds for every cut that is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The causal past of the initiator's position: what every such cut contains. Of several initiators, what the
    /// pasts of those that can be the first to record have in common.
    pub below: Cut,
    /// Everything that is not after an initiator's next event: what contains every such cut.
    pub above: Cut,
}

/// The bounds of the cuts that runs from `initiators` record; nothing without initiators.
/// Time: O(messages * initiators); space: O(processes).
///
/// ```
/// use clearcut::{causality::CausalOrder, snapshot::{Initiator, all::bounds}, trace::Trace};
/// let trace = Trace::from_text("P1: send m -> P2\nP2: receive m\nP2: step\n").unwrap();
/// let order = CausalOrder::of(&trace).unwrap();
/// let p2 = trace.process("P2").unwrap();
/// let found = bounds(&trace, &order, &[Initiator { process: p2, position: 1 }]).unwrap();
/// assert_eq!((found.below.positions(), found.above.positions()), ([1, 1].as_slice(), [1, 1].as_slice()));
/// ```
pub fn bounds(trace: &Trace, order: &CausalOrder, initiators: &[Initiator]) -> Option<Bounds> {
    let mut highest: Vec<u32> = trace.processes().map(|p| trace.events(p)).collect();
    for i in initiators {
        let position = &mut highest[i.process.index()];
        *position = i.position.min(*position);
    }
    let above = consistency::below(trace, order, &Cut::new(trace, highest)?);
    // One that cannot come to its position before another's next event does not start any of these runs.
    let starts = initiators.iter().filter(|i| above.position(i.process) == i.position);
    let pasts = starts.map(|i| clocks::of_position(trace, order, i.process, i.position));
    let common = pasts.reduce(|a, b| a.iter().zip(&b).map(|(a, b)| *a.min(b)).collect())?;
    Some(Bounds { below: Cut::new(trace, common)?, above })
}

/// Processes that are fixed up to one, the positions that are left for it, and the cuts that bound all of them.
#[derive(Debug)]
struct Choice {
    process: ProcessId,
    next: u32,
    low: Vec<u32>,
    high: Vec<u32>,
}

/// The cuts in ascending order: by the position of the first process, then of the second, and so on.
///
/// Space: O(processes^2), and the messages that can be in transit between the bounds. How long the search takes from
/// one cut to the next has no useful bound; it ends without the rest when it grows too long ([`Cuts::gave_up`]).
#[derive(Debug)]
pub struct Cuts<'t> {
    trace: &'t Trace,
    initiators: Vec<Initiator>,
    bounds: Option<Bounds>,
    /// Messages that are in transit at some cut between the bounds, in an order that respects happens-before.
    messages: Vec<MessageId>,
    first: Option<(Vec<u32>, Vec<u32>)>,
    choices: Vec<Choice>,
    effort: usize,
}

impl<'t> Cuts<'t> {
    /// The cuts that runs from `initiators` can record. Time: that of [`bounds`].
    pub fn new(trace: &'t Trace, order: &CausalOrder, initiators: &[Initiator]) -> Self {
        let bounds = bounds(trace, order, initiators);
        let mut messages = Vec::new();
        if let Some(Bounds { below, above }) = &bounds {
            order.messages(trace, |message| {
                let (from, to) = trace.ends(message);
                let sent = trace.sent(message) <= above.position(from);
                if sent && trace.received_or_never(message) > below.position(to) {
                    messages.push(message);
                }
            });
        }
        let first = bounds.as_ref().map(|b| (b.below.positions().to_vec(), b.above.positions().to_vec()));
        Self { trace, initiators: initiators.to_vec(), bounds, messages, first, choices: Vec::new(), effort: EFFORT }
    }

    /// What holds for all of them; nothing without initiators.
    pub fn bounds(&self) -> Option<&Bounds> {
        self.bounds.as_ref()
    }

    /// Whether the search ended before it had seen all.
    pub fn gave_up(&self) -> bool {
        self.effort == 0
    }

    /// Whether a cut from `low` to `high` may be one of them; exact where the two are the same.
    fn may_be(&self, low: &[u32], high: &[u32]) -> bool {
        let root = |i: &&Initiator| high[i.process.index()] == i.position;
        let roots = self.initiators.iter().filter(root).map(|i| i.process);
        let full = |&message: &MessageId| {
            let (from, to) = self.trace.ends(message);
            let sent = self.trace.sent(message) <= low[from.index()];
            (sent && self.trace.received_or_never(message) > high[to.index()]).then_some((from, to))
        };
        let mut channels: Vec<Pair> = self.messages.iter().filter_map(full).collect();
        channels.sort_unstable();
        channels.dedup();
        let closed = Closed { channels, receivers: Vec::new() };
        let open = Open::all_but(self.trace, &closed, Direction::Forward);
        let mut search = Search::new(&open);
        search.run(roots).len() == self.trace.process_count()
    }

    /// The bounds that are left with `process` at `position`.
    fn fixed(&self, choice: &Choice, position: u32) -> (Vec<u32>, Vec<u32>) {
        let (mut low, mut high) = (choice.low.clone(), choice.high.clone());
        low[choice.process.index()] = position;
        high[choice.process.index()] = position;
        for &message in self.messages.iter().rev() {
            let (from, to) = self.trace.ends(message);
            if self.trace.received_or_never(message) <= low[to.index()] {
                low[from.index()] = low[from.index()].max(self.trace.sent(message));
            }
        }
        for &message in &self.messages {
            let (from, to) = self.trace.ends(message);
            let received = self.trace.received_or_never(message);
            if self.trace.sent(message) > high[from.index()] && received <= high[to.index()] {
                high[to.index()] = received - 1;
            }
        }
        (low, high)
    }

    /// A cut where nothing is left to choose; else the next choice.
    fn enter(&mut self, (low, high): (Vec<u32>, Vec<u32>)) -> Option<Cut> {
        self.effort = self.effort.saturating_sub(3 * self.messages.len() + 4 * low.len() + 1);
        if !self.may_be(&low, &high) {
            return None;
        }
        match self.trace.processes().find(|p| low[p.index()] < high[p.index()]) {
            None => Cut::new(self.trace, low),
            Some(process) => {
                self.choices.push(Choice { process, next: low[process.index()], low, high });
                None
            }
        }
    }
}

impl Iterator for Cuts<'_> {
    type Item = Cut;

    fn next(&mut self) -> Option<Cut> {
        if let Some(found) = self.first.take().and_then(|first| self.enter(first)) {
            return Some(found);
        }
        while let Some(mut choice) = self.choices.pop() {
            if self.effort == 0 {
                return None;
            }
            let position = choice.next;
            if position > choice.high[choice.process.index()] {
                continue;
            }
            let fixed = self.fixed(&choice, position);
            choice.next += 1;
            self.choices.push(choice);
            if let Some(found) = self.enter(fixed) {
                return Some(found);
            }
        }
        None
    }
}

/// The first cuts of a set, and how many there are.
#[derive(Clone, Debug)]
pub struct Listed {
    /// What holds for all of them; nothing without initiators.
    pub bounds: Option<Bounds>,
    /// The cuts in ascending order, at most as many as were asked for.
    pub cuts: Vec<Cut>,
    /// There are more, or the search gave up: these are not all.
    pub more: bool,
    /// The search gave up: whether there are more is not known.
    pub gave_up: bool,
}

/// The first `limit` cuts that runs from `initiators` can record, and whether these are all.
///
/// ```
/// use clearcut::{causality::CausalOrder, snapshot::{Initiator, all::all}, trace::Trace};
/// let trace = Trace::from_text("P1: send m -> P2\nP2: receive m\nP2: step\n").unwrap();
/// let order = CausalOrder::of(&trace).unwrap();
/// let p1 = trace.process("P1").unwrap();
/// let found = all(&trace, &order, &[Initiator { process: p1, position: 1 }], 100);
/// // P1's marker arrives after m: at once, or after P2's last step.
/// let positions: Vec<_> = found.cuts.iter().map(|cut| cut.positions()).collect();
/// assert_eq!((positions, found.more), (vec![&[1, 1][..], &[1, 2]], false));
/// ```
pub fn all(trace: &Trace, order: &CausalOrder, initiators: &[Initiator], limit: usize) -> Listed {
    let mut search = Cuts::new(trace, order, initiators);
    let cuts: Vec<Cut> = search.by_ref().take(limit).collect();
    let more = search.gave_up() || (cuts.len() == limit && (search.next().is_some() || search.gave_up()));
    let gave_up = search.gave_up();
    Listed { bounds: search.bounds, cuts, more, gave_up }
}
