//! A linear order of the events that respects happens-before: the log's own where it does, else a computed one.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::chain::{Cycle, shortest_cycle};
use crate::ids::{MessageId, ProcessId};
use crate::trace::Trace;

/// Where an order comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderKind {
    /// The order of the log.
    Log,
    /// The order of the times of the events.
    Time,
    /// Computed: a process after another, each as far as its receives allow.
    Topological,
}

impl OrderKind {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Time => "time",
            Self::Topological => "topological",
        }
    }
}

/// A linear extension of happens-before. Its being there proves that there is no cycle.
#[derive(Clone, Debug)]
pub struct CausalOrder {
    kind: OrderKind,
    /// The process of each event, in order; empty for the log's own order, and where the trace keeps no order.
    processes: Arc<Vec<ProcessId>>,
    /// The messages by their sends in this order; empty for the log's own order.
    messages: Arc<Vec<MessageId>>,
}

impl CausalOrder {
    /// The order of the log if it respects happens-before, else a deterministic topological one (Kahn 1962).
    ///
    /// Time: constant for a causal log, else linear in the events and messages; space: 8 bytes for each then.
    ///
    /// # Errors
    /// A [`Cycle`] where the log has one: no order respects it.
    pub fn of(trace: &Trace) -> Result<Self, Cycle> {
        if trace.log_is_causal() {
            return Ok(Self { kind: OrderKind::Log, processes: Arc::default(), messages: Arc::default() });
        }
        if let Some((processes, messages)) = trace.order_by_sections() {
            return Ok(Self { kind: OrderKind::Topological, processes, messages });
        }
        topological(trace)
    }

    /// The order in which the events are taken to have happened: that of the log if it respects happens-before, else
    /// that of their times if it does, else a topological one.
    ///
    /// Time: constant for a causal log, else O(events * log processes); space: 8 bytes for each event then.
    ///
    /// # Errors
    /// A [`Cycle`] where the log has one.
    pub fn observed(trace: &Trace) -> Result<Self, Cycle> {
        if !trace.log_is_causal()
            && let Some(processes) = super::by_time::by_time(trace)
        {
            return Ok(Self::given(trace, OrderKind::Time, processes));
        }
        Self::of(trace)
    }

    /// An order given as the process of each event. The caller has checked that it respects happens-before.
    pub(crate) fn given(trace: &Trace, kind: OrderKind, processes: Vec<ProcessId>) -> Self {
        let mut numbers = vec![0u32; trace.process_count()];
        let mut messages = Vec::with_capacity(trace.message_count());
        for &process in &processes {
            numbers[process.index()] += 1;
            messages.extend(trace.sends(process, numbers[process.index()]));
        }
        Self { kind, processes: Arc::new(processes), messages: Arc::new(messages) }
    }

    /// Where it comes from.
    pub fn kind(&self) -> OrderKind {
        self.kind
    }

    /// The events in order: process and number, from 1.
    pub fn events<'t>(&'t self, trace: &'t Trace) -> Box<dyn Iterator<Item = (ProcessId, u32)> + 't> {
        if self.kind == OrderKind::Log {
            return Box::new(trace.log_order());
        }
        let mut numbers = vec![0u32; trace.process_count()];
        Box::new(self.processes.iter().map(move |&process| {
            numbers[process.index()] += 1;
            (process, numbers[process.index()])
        }))
    }

    /// The process of each event, in order.
    pub(crate) fn processes<'t>(&'t self, trace: &'t Trace) -> &'t [ProcessId] {
        match self.kind {
            OrderKind::Log => trace.log_processes(),
            _ => &self.processes,
        }
    }

    /// Calls `each` with every message, in the order of the sends.
    #[inline]
    pub fn messages(&self, trace: &Trace, mut each: impl FnMut(MessageId)) {
        match self.kind {
            OrderKind::Log => trace.messages().for_each(each),
            _ => self.messages.iter().for_each(|&m| each(m)),
        }
    }

    /// Calls `each` with every message, the last send first.
    #[inline]
    pub fn messages_backwards(&self, trace: &Trace, mut each: impl FnMut(MessageId)) {
        self.backwards_between(trace, &self.all(trace), |_, message| each(message));
    }

    /// The places of all messages in the order of the sends, from 0.
    pub(crate) fn all(&self, trace: &Trace) -> Range<usize> {
        match self.kind {
            OrderKind::Log => 0..trace.messages().len(),
            _ => 0..self.messages.len(),
        }
    }

    /// Calls `each` with the messages at some places of the order of the sends, and with their places.
    #[inline]
    pub(crate) fn between(&self, trace: &Trace, places: &Range<usize>, mut each: impl FnMut(usize, MessageId)) {
        let Range { start, end } = self.within(trace, places);
        match self.kind {
            OrderKind::Log => (start..end).for_each(|place| each(place, MessageId::at(place))),
            _ => (start..end).zip(&self.messages[start..end]).for_each(|(place, &m)| each(place, m)),
        }
    }

    /// The same, the last send first.
    #[inline]
    pub(crate) fn backwards_between(
        &self,
        trace: &Trace,
        places: &Range<usize>,
        mut each: impl FnMut(usize, MessageId),
    ) {
        let Range { start, end } = self.within(trace, places);
        match self.kind {
            OrderKind::Log => (start..end).rev().for_each(|place| each(place, MessageId::at(place))),
            _ => (start..end).zip(&self.messages[start..end]).rev().for_each(|(place, &m)| each(place, m)),
        }
    }

    /// The places that there are of some.
    fn within(&self, trace: &Trace, places: &Range<usize>) -> Range<usize> {
        let end = places.end.min(self.all(trace).end);
        places.start.min(end)..end
    }
}

/// What a blocked process waits for: a message that its next event receives.
type Wait = Option<MessageId>;

fn topological(trace: &Trace) -> Result<CausalOrder, Cycle> {
    let n = trace.process_count();
    let mut done = vec![0u32; n];
    let mut processes = Vec::with_capacity(trace.event_count());
    let mut blocked: Vec<Wait> = vec![None; n];
    // Who waits for the sends of each process.
    let mut waiters: Vec<Vec<ProcessId>> = vec![Vec::new(); n];
    let mut ready: VecDeque<ProcessId> = trace.processes().collect();
    while let Some(process) = ready.pop_front() {
        let p = process.index();
        while done[p] < trace.events(process) {
            let next = done[p] + 1;
            let missing = trace.receives(process, next).find(|&m| trace.sent(m) > done[trace.ends(m).0.index()]);
            blocked[p] = missing;
            if let Some(message) = missing {
                waiters[trace.ends(message).0.index()].push(process);
                break;
            }
            done[p] = next;
            processes.push(process);
            if !waiters[p].is_empty() && trace.sends(process, next).next().is_some() {
                waiters[p].retain(|&waiter| {
                    let sent = blocked[waiter.index()].map_or(0, |m| trace.sent(m));
                    if sent <= next {
                        ready.push_back(waiter);
                    }
                    sent > next
                });
            }
        }
    }
    if processes.len() < trace.event_count() {
        return Err(cycle(trace, &done, &blocked));
    }
    Ok(CausalOrder::given(trace, OrderKind::Topological, processes))
}

/// Blocked processes wait for each other in a circle; among the messages left a shortest cycle is looked for.
fn cycle(trace: &Trace, done: &[u32], blocked: &[Wait]) -> Cycle {
    let mut seen = vec![usize::MAX; done.len()];
    let mut path = Vec::new();
    let mut at = blocked.iter().position(Option::is_some).unwrap_or(0);
    while seen[at] == usize::MAX {
        let Some(message) = blocked[at] else { break };
        seen[at] = path.len();
        path.push(message);
        at = trace.ends(message).0.index();
    }
    let start = if seen[at] == usize::MAX { 0 } else { seen[at] };
    let mut circle: Vec<MessageId> = path.split_off(start);
    // Each waits for the one after it: turned round, each is received before the next is sent.
    circle.reverse();
    let front = blocked.iter().flatten().copied();
    let left = trace.messages().filter(|&m| {
        let (from, to) = trace.ends(m);
        trace.sent(m) > done[from.index()] && trace.received(m).is_some_and(|r| r > done[to.index()])
    });
    shortest_cycle(trace, front.chain(left), circle)
}
