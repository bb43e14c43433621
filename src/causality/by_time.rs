//! The order of the times that the events logged, where it respects happens-before.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::iter::Peekable;

use crate::format::time::Time;
use crate::ids::ProcessId;
use crate::trace::Trace;

/// The times of one process, event after event; an event without a time belongs to the one before it.
struct Times<I: Iterator<Item = (u32, Time)>> {
    rest: Peekable<I>,
    now: Time,
}

impl<I: Iterator<Item = (u32, Time)>> Times<I> {
    /// Nothing where no event has a time.
    fn new(mut times: Peekable<I>) -> Option<Self> {
        let now = times.peek()?.1;
        Some(Self { rest: times, now })
    }

    /// The time of event `number`; numbers ascend from call to call.
    fn of(&mut self, number: u32) -> Time {
        while let Some((_, time)) = self.rest.next_if(|&(at, _)| at <= number) {
            self.now = time;
        }
        self.now
    }
}

/// The process of each event in the order of their times, those of one time in an order that respects happens-before;
/// nothing where a process has no times or where times contradict happens-before (clocks on the wall that differ).
///
/// Always the earliest event whose messages are sent comes next (Kahn 1962 with a heap): times respect happens-before
/// iff what comes next is never earlier than what came last. Time: O(events * log processes); space: 4 bytes an event.
pub(super) fn by_time(trace: &Trace) -> Option<Vec<ProcessId>> {
    if !trace.has_times() {
        return None;
    }
    let mut times = Vec::with_capacity(trace.process_count());
    let mut ready = BinaryHeap::new();
    for process in trace.processes() {
        let mut own = Times::new(trace.times(process).peekable());
        if trace.events(process) > 0 {
            ready.push(Reverse((own.as_mut()?.of(1), process)));
        }
        times.push(own);
    }
    let mut done = vec![0u32; trace.process_count()];
    // Whoever waits for a message waits with its sender.
    let mut waiting: Vec<Vec<(Time, ProcessId)>> = vec![Vec::new(); done.len()];
    let mut order = Vec::with_capacity(trace.event_count());
    let mut last = None;
    while let Some(Reverse((time, process))) = ready.pop() {
        let p = process.index();
        let number = done[p] + 1;
        let missing = trace.receives(process, number).find(|&m| trace.sent(m) > done[trace.ends(m).0.index()]);
        if let Some(message) = missing {
            waiting[trace.ends(message).0.index()].push((time, process));
            continue;
        }
        if last.is_some_and(|last| time < last) {
            return None;
        }
        last = Some(time);
        done[p] = number;
        order.push(process);
        if trace.sends(process, number).next().is_some() {
            ready.extend(waiting[p].drain(..).map(Reverse));
        }
        if number < trace.events(process) {
            ready.push(Reverse((times[p].as_mut()?.of(number + 1), process)));
        }
    }
    (order.len() == trace.event_count()).then_some(order)
}

#[cfg(test)]
mod tests {
    use super::super::{CausalOrder, OrderKind};
    use crate::trace::Trace;

    fn observed(text: &str) -> (OrderKind, Vec<(String, u32)>) {
        let trace = Trace::from_text(text).unwrap();
        let order = CausalOrder::observed(&trace).unwrap();
        (order.kind(), order.events(&trace).map(|(p, k)| (trace.name(p).to_string(), k)).collect())
    }

    fn events(of: &[(&str, u32)]) -> Vec<(String, u32)> {
        of.iter().map(|&(p, k)| (p.to_string(), k)).collect()
    }

    #[test]
    fn times_order_a_log_that_is_not_causal() {
        let (kind, order) = observed("B: receive m @ 5\nB: step @ 6\nA: step @ 1\nA: send m -> B @ 3\n");
        assert_eq!((kind, order), (OrderKind::Time, events(&[("A", 1), ("A", 2), ("B", 1), ("B", 2)])));
    }

    #[test]
    fn events_of_one_time_are_ordered_by_their_messages() {
        let (kind, order) = observed("B: receive m @ 3\nB: send n -> C @ 3\nA: send m -> B @ 3\nC: receive n @ 3\n");
        assert_eq!((kind, order), (OrderKind::Time, events(&[("A", 1), ("B", 1), ("B", 2), ("C", 1)])));
    }

    #[test]
    fn times_that_contradict_the_messages_or_are_missing_order_nothing() {
        assert_eq!(observed("B: receive m @ 2\nA: send m -> B @ 3\n").0, OrderKind::Topological);
        assert_eq!(observed("B: receive m @ 2\nA: send m -> B\n").0, OrderKind::Topological);
        assert_eq!(observed("B: receive m @ 4\nB: step @ 3\nA: send m -> B @ 3\n").0, OrderKind::Topological);
        assert_eq!(observed("A: send m -> B @ 3\nB: receive m @ 2\n").0, OrderKind::Log);
    }
}
