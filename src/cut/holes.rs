//! Receives whose send the log lacks: what they leave open of a cut.

use hashbrown::HashMap;

use super::Cut;
use crate::ids::{MessageId, ProcessId};
use crate::trace::{Trace, Unsent};

/// Receives inside a cut whose send the log lacks, as numbers in [`Trace::unsent`]: each may be of an orphan.
pub fn inside(trace: &Trace, cut: &Cut) -> Vec<usize> {
    let holes = trace.unsent().iter().enumerate();
    holes.filter(|(_, hole)| hole.is_open_at(|p| cut.position(p))).map(|(number, _)| number).collect()
}

/// Receives outside a cut whose send the log lacks and may have been inside, as numbers in [`Trace::unsent`]: what they
/// received may have been in transit, so that the content of its channel is not known.
///
/// A FIFO channel can tell. If a message that was sent outside is received before the hole, then what the hole received
/// was sent later still, so outside. This is used where the trace is FIFO, and takes one pass over the messages; without
/// holes it costs nothing. Time: O(messages + holes + processes * receivers of holes without a sender).
///
/// ```
/// use clearcut::{cut::{Cut, holes}, trace::Trace};
/// let log = "A: step\nB: receive lost <- A\nA: send m -> B\nB: receive m\nB: receive late <- A\n";
/// let trace = Trace::from_text(log).unwrap();
/// let cut = Cut::new(&trace, vec![1, 0]).unwrap();
/// // A sent m outside the cut, and what comes behind it too; of what came before it the log says nothing.
/// let names: Vec<_> = holes::perhaps_in_transit(&trace, &cut).iter().map(|&i| trace.unsent_name(&trace.unsent()[i])).collect();
/// assert_eq!(names, ["lost"]);
/// ```
pub fn perhaps_in_transit(trace: &Trace, cut: &Cut) -> Vec<usize> {
    let outside = |hole: &Unsent| hole.received > cut.position(hole.to);
    if !trace.unsent().iter().any(outside) {
        return Vec::new();
    }
    let limits = Limits::of(trace, cut);
    // A clock says before which event it was sent, or behind which.
    let open = |hole: &Unsent| match hole.from.zip(hole.gap) {
        Some((from, gap)) => cut.position(from) > gap.after,
        None => limits.is_open(hole),
    };
    let open = |hole: &Unsent| outside(hole) && open(hole);
    trace.unsent().iter().enumerate().filter(|(_, hole)| open(hole)).map(|(number, _)| number).collect()
}

/// Up to which event of its receiver each channel may still bring what was sent inside the cut.
struct Limits {
    /// Of a channel to a process that has holes: the first event that receives from it what was sent outside.
    channels: HashMap<(ProcessId, ProcessId), u32>,
    /// Of a process with holes that name no sender: the largest of its channels.
    receivers: HashMap<ProcessId, u32>,
}

impl Limits {
    fn of(trace: &Trace, cut: &Cut) -> Self {
        let mut limits = Self { channels: HashMap::new(), receivers: HashMap::new() };
        if !trace.is_fifo() {
            return limits;
        }
        let mut has_holes = vec![false; trace.process_count()];
        trace.unsent().iter().for_each(|hole| has_holes[hole.to.index()] = true);
        let sent_outside = |m: &MessageId| {
            let (from, to) = trace.ends(*m);
            has_holes[to.index()] && trace.sent(*m) > cut.position(from)
        };
        for message in trace.messages().filter(sent_outside) {
            if let Some(received) = trace.received(message) {
                let first = limits.channels.entry(trace.ends(message)).or_insert(received);
                *first = received.min(*first);
            }
        }
        for hole in trace.unsent().iter().filter(|hole| hole.from.is_none()) {
            let limit = |to: ProcessId| {
                let senders = trace.processes().filter(|&from| trace.has_channel(from, to));
                senders.map(|from| limits.channel(from, to)).max().unwrap_or(u32::MAX)
            };
            if !limits.receivers.contains_key(&hole.to) {
                let limit = limit(hole.to);
                limits.receivers.insert(hole.to, limit);
            }
        }
        limits
    }

    fn channel(&self, from: ProcessId, to: ProcessId) -> u32 {
        self.channels.get(&(from, to)).copied().unwrap_or(u32::MAX)
    }

    /// Messages of one event may have arrived in any order.
    fn is_open(&self, hole: &Unsent) -> bool {
        let limit = match hole.from {
            Some(from) => self.channel(from, hole.to),
            None => self.receivers.get(&hole.to).copied().unwrap_or(u32::MAX),
        };
        hole.received <= limit
    }
}
