//! The same proof as [`super::chain()`], found by the messages alone: for a trace that keeps no single events.

use std::ops::Range;

use super::order::CausalOrder;
use crate::ids::{MessageId, ProcessId};
use crate::trace::Trace;

/// A way to an event of a process: its number, in how many messages, and by which of the ways found (one more than its
/// index; 0 at the start).
#[derive(Clone, Copy, Debug)]
struct Reached {
    number: u32,
    hops: u32,
    way: u32,
}

/// The fewest messages that lead from event `from` to event `to`, as [`super::chain()`] finds them.
///
/// One scan over the messages in the order of their sends: when a message comes, all that was received before its send
/// has come. Of each process the ways to its events are known of which none is both earlier and shorter, so no more
/// than there are processes. Time: O(messages * log processes); space: the ways that were the best when they were found.
///
/// ```
/// use clearcut::{causality::{CausalOrder, fewest_messages}, trace::Trace};
/// let log = "A: send m -> B\nB: receive m\nB: send n -> C\nC: receive n\nA: send o -> C\nC: receive o\n";
/// let trace = Trace::from_text(log).unwrap();
/// let order = CausalOrder::of(&trace).unwrap();
/// let [a, c] = ["A", "C"].map(|name| trace.process(name).unwrap());
/// assert_eq!(fewest_messages(&trace, &order, (a, 1), (c, 1)).unwrap().len(), 2);
/// assert_eq!(fewest_messages(&trace, &order, (a, 1), (c, 2)).unwrap().len(), 1);
/// ```
pub fn fewest_messages(
    trace: &Trace,
    order: &CausalOrder,
    from: (ProcessId, u32),
    to: (ProcessId, u32),
) -> Option<Vec<MessageId>> {
    fewest_messages_by(trace, order, &order.all(trace), from, to)
}

/// The same among the messages at some places of the order.
pub(crate) fn fewest_messages_by(
    trace: &Trace,
    order: &CausalOrder,
    places: &Range<usize>,
    from: (ProcessId, u32),
    to: (ProcessId, u32),
) -> Option<Vec<MessageId>> {
    // Later events in fewer hops, for each process.
    let mut reached: Vec<Vec<Reached>> = vec![Vec::new(); trace.process_count()];
    let mut ways: Vec<(MessageId, u32)> = Vec::new();
    reached[from.0.index()].push(Reached { number: from.1, hops: 0, way: 0 });
    // In how many the goal is reached so far: what takes more leads there no better.
    let mut most = if from.0 == to.0 && from.1 <= to.1 { 0 } else { u32::MAX };
    order.between(trace, places, |_, message| {
        let (sender, receiver) = trace.ends(message);
        let Some(before) = best(&reached[sender.index()], trace.sent(message)) else { return };
        let Some(number) = trace.received(message) else { return };
        let hops = before.hops + 1;
        if hops > most {
            return;
        }
        let known = &mut reached[receiver.index()];
        if best(known, number).is_some_and(|known| known.hops <= hops) {
            return;
        }
        if receiver == to.0 && number <= to.1 {
            most = hops;
        }
        ways.push((message, before.way));
        // Ways to later events that take as many hops are of no use any more.
        let later = known.partition_point(|k| k.number < number);
        let useless = known[later..].iter().take_while(|k| k.hops >= hops).count();
        known.splice(later..later + useless, [Reached { number, hops, way: ways.len() as u32 }]);
    });
    let mut way = best(&reached[to.0.index()], to.1)?.way;
    let mut chain = Vec::new();
    while let Some(&(message, before)) = (way as usize).checked_sub(1).and_then(|at| ways.get(at)) {
        chain.push(message);
        way = before;
    }
    chain.reverse();
    Some(chain)
}

/// The way in the fewest hops to an event of this number or one before it.
#[inline]
fn best(reached: &[Reached], number: u32) -> Option<Reached> {
    let first = reached.first()?;
    if first.number > number {
        return None;
    }
    let after = reached.partition_point(|k| k.number <= number);
    reached.get(after - 1).copied()
}
