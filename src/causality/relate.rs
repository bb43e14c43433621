//! How two events relate, and the path of events that proves it.

use super::chain::{Cycle, chain};
use super::clocks::{self, Relation};
use super::order::CausalOrder;
use crate::ids::{MessageId, ProcessId};
use crate::trace::Trace;

/// An event on a path of happens-before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Its process.
    pub process: ProcessId,
    /// Its number there, from 1.
    pub number: u32,
    /// The message that led here from the hop before; nothing at the first hop, and where the hop before is an earlier
    /// event of the same process.
    pub by: Option<MessageId>,
}

/// A receive of a log with holes that could order two events after all: it is in the past of the one and not of the
/// other, and the log does not show what is in its own past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Number in [`Trace::unsent`].
    pub unsent: usize,
    /// Whether it is the first event that has it in its past.
    pub of_first: bool,
}

/// How two events relate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The first event to the second, as far as the log shows.
    pub relation: Relation,
    /// From the earlier to the later event, with the fewest messages: one hop for equal events, none for concurrent.
    pub path: Vec<Hop>,
    /// The vector clocks of the two events. Event a happens before event b, or is it, iff b's clock counts a in.
    pub clocks: [Vec<u32>; 2],
    /// What could change the answer if the log were whole. More messages order concurrent events, and never undo an
    /// order: empty where the events are not concurrent.
    pub gaps: Vec<Gap>,
}

/// How event `first` relates to event `second` (process and number, from 1).
///
/// By their clocks (Mattern 1989, theorem 10): a happens before b iff V_b counts a in. The path is that of [`chain`].
/// Time: linear in the events and messages; space: O(processes).
///
/// # Errors
/// The [`Cycle`] where happens-before has one.
///
/// ```
/// use clearcut::{causality::{Relation, relate}, trace::Trace};
/// let trace = Trace::from_text("P1: step\nP1: send m -> P2\nP2: receive m\nP3: step\n").unwrap();
/// let [p1, p2, p3] = ["P1", "P2", "P3"].map(|name| trace.process(name).unwrap());
/// let found = relate(&trace, (p2, 1), (p1, 1)).unwrap();
/// assert_eq!(found.relation, Relation::After);
/// assert_eq!(found.path.len(), 3);
/// assert_eq!(relate(&trace, (p3, 1), (p1, 1)).unwrap().relation, Relation::Concurrent);
/// ```
pub fn relate(trace: &Trace, first: (ProcessId, u32), second: (ProcessId, u32)) -> Result<Related, Cycle> {
    let order = CausalOrder::of(trace)?;
    Ok(relate_in(trace, &order, first, second))
}

/// The same with an order that is known already.
pub fn relate_in(trace: &Trace, order: &CausalOrder, first: (ProcessId, u32), second: (ProcessId, u32)) -> Related {
    let clock = |event: (ProcessId, u32)| clocks::of_position(trace, order, event.0, event.1);
    let clocks = [clock(first), clock(second)];
    let known = |clock: &[u32], event: (ProcessId, u32)| clock[event.0.index()] >= event.1;
    let relation = match (known(&clocks[1], first), known(&clocks[0], second)) {
        (true, true) => Relation::Equal,
        (true, false) => Relation::Before,
        (false, true) => Relation::After,
        (false, false) => Relation::Concurrent,
    };
    let path = match relation {
        Relation::Before | Relation::Equal => path(trace, first, second),
        Relation::After => path(trace, second, first),
        Relation::Concurrent => None,
    };
    let gaps = match relation {
        Relation::Concurrent => gaps(trace, &clocks),
        _ => Vec::new(),
    };
    Related { relation, path: path.unwrap_or_default(), clocks, gaps }
}

/// The path of events from one to another with the fewest messages, and of the events between only those that send or
/// receive these; nothing where there is none.
pub fn path(trace: &Trace, from: (ProcessId, u32), to: (ProcessId, u32)) -> Option<Vec<Hop>> {
    let messages = chain(trace, from, to)?;
    let mut path = vec![Hop { process: from.0, number: from.1, by: None }];
    let mut at = from;
    for message in messages {
        let (sender, receiver) = trace.ends(message);
        let (sent, received) = (trace.sent(message), trace.received(message)?);
        if at != (sender, sent) {
            path.push(Hop { process: sender, number: sent, by: None });
        }
        at = (receiver, received);
        path.push(Hop { process: receiver, number: received, by: Some(message) });
    }
    if at != to {
        path.push(Hop { process: to.0, number: to.1, by: None });
    }
    Some(path)
}

/// The receives without a send that are in the past of exactly one of two concurrent events.
///
/// Such a send could come after the other event. One in the past of both could not: it would have to come after an
/// event that its receive comes before.
fn gaps(trace: &Trace, clocks: &[Vec<u32>; 2]) -> Vec<Gap> {
    let gap = |(unsent, hole): (usize, &crate::trace::Unsent)| {
        let [first, second] = [0, 1].map(|i: usize| hole.received <= clocks[i][hole.to.index()]);
        (hole.hides_order() && first != second).then_some(Gap { unsent, of_first: first })
    };
    trace.unsent().iter().enumerate().filter_map(gap).collect()
}

#[cfg(test)]
mod tests;
