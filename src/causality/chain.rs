//! Chains of messages: the shortest proof that one event happens before another.

use hashbrown::HashMap;

use crate::ids::{MessageId, ProcessId};
use crate::trace::Trace;

/// Sends and receives visited in search of a shortest cycle, over all the places where one may start.
const CYCLE_BUDGET: usize = 20_000_000;

/// A cycle of happens-before: impossible in any run, so the log is wrong somewhere along it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// Messages, each received by the sender of the next one at or before that send; the last one closes the circle.
    pub messages: Vec<MessageId>,
}

/// The fewest messages that lead from event `from` to event `to` (process and number, from 1): each is sent at or
/// after the event before it. Empty where both are of one process; nothing where `from` does not happen before `to`
/// and is not `to` itself.
///
/// Breadth-first by message hops: after h hops it is enough to know the first event of each process that is reached
/// (Lamport 1978: what one event reaches, all later ones of its process do). Time: linear in the events; space: the
/// processes and the messages that lead further.
pub fn chain(trace: &Trace, from: (ProcessId, u32), to: (ProcessId, u32)) -> Option<Vec<MessageId>> {
    let mut budget = usize::MAX;
    search(trace, from, to, &mut budget)
}

fn search(trace: &Trace, from: (ProcessId, u32), to: (ProcessId, u32), budget: &mut usize) -> Option<Vec<MessageId>> {
    // First event of each process that is reached, and the message that reached it.
    let mut first: Vec<u32> = trace.processes().map(|p| trace.events(p) + 1).collect();
    let mut via: Vec<Option<MessageId>> = vec![None; first.len()];
    let mut parent: HashMap<MessageId, Option<MessageId>> = HashMap::new();
    let mut fresh = vec![(from.0, from.1, first[from.0.index()], None)];
    first[from.0.index()] = from.1;
    while !fresh.is_empty() {
        if first[to.0.index()] <= to.1 {
            return Some(unwind(via[to.0.index()], &parent));
        }
        let mut next: Vec<(ProcessId, u32)> = Vec::new();
        for &(process, start, stop, by) in &fresh {
            for number in start..stop {
                if *budget == 0 {
                    return None;
                }
                *budget -= 1;
                for message in trace.sends(process, number) {
                    let Some(received) = trace.received(message) else { continue };
                    let (_, receiver) = trace.ends(message);
                    if received < first[receiver.index()] {
                        next.push((receiver, first[receiver.index()]));
                        first[receiver.index()] = received;
                        via[receiver.index()] = Some(message);
                        parent.insert(message, by);
                    }
                }
            }
        }
        // A process reached several times in one hop counts once, from its earliest event up to where it was before.
        next.sort_by_key(|&(p, old)| (p, std::cmp::Reverse(old)));
        next.dedup_by_key(|&mut (p, _)| p);
        fresh = next.into_iter().map(|(p, old)| (p, first[p.index()], old, via[p.index()])).collect();
    }
    None
}

fn unwind(last: Option<MessageId>, parent: &HashMap<MessageId, Option<MessageId>>) -> Vec<MessageId> {
    let mut chain: Vec<MessageId> =
        std::iter::successors(last, |message| parent.get(message).copied().flatten()).collect();
    chain.reverse();
    chain
}

/// A shortest cycle through the messages that `suspects` lists, in hops; `fallback` where the search grows too long.
/// Suspects come first to last; a cycle of two messages ends the search, as none is shorter.
pub(super) fn shortest_cycle(
    trace: &Trace,
    suspects: impl Iterator<Item = MessageId>,
    fallback: Vec<MessageId>,
) -> Cycle {
    let mut best = fallback;
    let mut budget = CYCLE_BUDGET;
    for message in suspects {
        let Some(received) = trace.received(message) else { continue };
        let (from, to) = trace.ends(message);
        if let Some(rest) = search(trace, (to, received), (from, trace.sent(message)), &mut budget)
            && rest.len() + 1 < best.len()
        {
            best = rest;
            best.insert(0, message);
        }
        if best.len() <= 2 || budget == 0 {
            break;
        }
    }
    Cycle { messages: best }
}
