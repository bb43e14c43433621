//! Starts and ends of spans in the order of their processes, and all of them in one order that respects the messages
//! where there is one.
//!
//! Within a process the order is that of its own clock. Three things stand above the clock: a span starts before it
//! ends, a parent starts before its children, and of events that have the same time the one comes first that messages
//! put there. What is left is decided by the kind of event and the ids, the same for every format.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::graph::{Carried, Graph, Message};
use super::model::{NO_END, NONE, Spans};

/// The start or the end of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Event(u32);

impl Event {
    pub(super) fn start(span: u32) -> Self {
        Self(span << 1)
    }

    pub(super) fn end(span: u32) -> Self {
        Self(span << 1 | 1)
    }

    pub(super) fn span(self) -> u32 {
        self.0 >> 1
    }

    pub(super) fn is_end(self) -> bool {
        self.0 & 1 == 1
    }
}

impl Message {
    /// The event that sends it.
    pub(super) fn sent(self) -> Event {
        if self.carried == Carried::Reply { Event::end(self.from) } else { Event::start(self.from) }
    }

    /// The event that receives it.
    pub(super) fn received(self) -> Event {
        if self.carried == Carried::Reply { Event::end(self.to) } else { Event::start(self.to) }
    }
}

/// All events in order, and how many of them share their time with others of their process.
#[derive(Debug, Default)]
pub(super) struct Order {
    pub events: Vec<Event>,
    pub tied: usize,
    /// The first of these.
    pub first_tied: Option<Event>,
}

/// Time: O(n log n) for n spans and messages.
pub(super) fn order(spans: &Spans<'_>, graph: &Graph) -> Order {
    let times = times(spans, graph);
    let mut sorted = Vec::with_capacity(times.len());
    for (span, told) in (0..).zip(&spans.spans) {
        if graph.process[span as usize] != NONE {
            sorted.push(Event::start(span));
            if told.end != NO_END {
                sorted.push(Event::end(span));
            }
        }
    }
    let time = |event: Event| times[event.0 as usize];
    let key = |&event: &Event| {
        let start = time(Event::start(event.span()));
        // Of one moment: ends of what began before it, the innermost first; starts; ends of what took no time.
        let class = match (event.is_end(), start < time(event)) {
            (true, true) => 0,
            (false, _) => 1,
            (true, false) => 2,
        };
        let span = &spans.spans[event.span() as usize];
        let process = graph.process[event.span() as usize];
        (time(event), class, Reverse(start), span.trace, span.id, process, graph.number(event.span()))
    };
    sorted.sort_unstable_by_key(key);
    Kahn::new(graph, &times, sorted).run()
}

/// The time of each event, no start before that of a parent in the same process, no end before its start.
fn times(spans: &Spans<'_>, graph: &Graph) -> Vec<u64> {
    let mut times = vec![0; spans.spans.len() * 2];
    let mut done = vec![false; spans.spans.len()];
    let mut path = Vec::new();
    for span in 0..spans.spans.len() as u32 {
        let mut at = span;
        while at != NONE && !done[at as usize] {
            path.push(at);
            done[at as usize] = true;
            at = graph.parent[at as usize];
        }
        while let Some(child) = path.pop() {
            let told = &spans.spans[child as usize];
            let parent = graph.parent[child as usize];
            let at_home = parent != NONE && graph.process[parent as usize] == graph.process[child as usize];
            let earliest = if at_home { times[Event::start(parent).0 as usize] } else { 0 };
            let start = told.start.max(earliest);
            times[Event::start(child).0 as usize] = start;
            times[Event::end(child).0 as usize] = told.end.max(start);
        }
    }
    times
}

/// Kahn's algorithm (1962), always with the earliest event that can come next. A process's events of one time are free
/// to change places; those of a later time wait for all of them.
struct Kahn<'k> {
    times: &'k [u64],
    /// Events by rank.
    sorted: Vec<Event>,
    /// Of each process the ranks of its events, ascending, and how far they are let in.
    lists: Vec<Vec<u32>>,
    entered: Vec<usize>,
    /// How many events of each process are let in and not yet taken.
    open: Vec<usize>,
    process: &'k [u32],
    /// Ranks that wait for others, for each event that they wait for.
    after: Vec<(u32, u32)>,
    waits: Vec<u32>,
    is_in: Vec<bool>,
    taken: Vec<bool>,
    ready: BinaryHeap<Reverse<u32>>,
    /// What is let in, ready or not: used once the first cycle is met.
    stuck: Option<BinaryHeap<Reverse<u32>>>,
    found: Order,
}

impl<'k> Kahn<'k> {
    fn new(graph: &'k Graph, times: &'k [u64], sorted: Vec<Event>) -> Self {
        let mut rank = vec![NONE; times.len()];
        let mut lists = vec![Vec::new(); graph.names.len()];
        for (number, event) in (0..).zip(&sorted) {
            rank[event.0 as usize] = number;
            lists[graph.process[event.span() as usize] as usize].push(number);
        }
        let mut after = Vec::with_capacity(graph.messages.len());
        let mut edge = |before: Event, behind: Event| {
            let (before, behind) = (rank[before.0 as usize], rank[behind.0 as usize]);
            if before != NONE && behind != NONE {
                after.push((before, behind));
            }
        };
        graph.messages.iter().for_each(|message| edge(message.sent(), message.received()));
        for event in &sorted {
            let span = event.span();
            let (start, time) = (Event::start(span), times[event.0 as usize]);
            let parent = graph.parent[span as usize];
            if event.is_end() {
                if times[start.0 as usize] == time {
                    edge(start, *event);
                }
            } else if parent != NONE
                && graph.process[parent as usize] == graph.process[span as usize]
                && times[Event::start(parent).0 as usize] == time
            {
                edge(Event::start(parent), start);
            }
        }
        after.sort_unstable();
        let mut waits = vec![0; sorted.len()];
        after.iter().for_each(|&(_, behind)| waits[behind as usize] += 1);
        Self {
            times,
            entered: vec![0; lists.len()],
            open: vec![0; lists.len()],
            is_in: vec![false; sorted.len()],
            taken: vec![false; sorted.len()],
            found: Order { events: Vec::with_capacity(sorted.len()), ..Order::default() },
            process: &graph.process,
            ready: BinaryHeap::new(),
            stuck: None,
            sorted,
            lists,
            after,
            waits,
        }
    }

    fn run(mut self) -> Order {
        (0..self.lists.len()).for_each(|process| self.enter(process));
        loop {
            match self.ready.pop() {
                Some(Reverse(rank)) if self.taken[rank as usize] => {}
                Some(Reverse(rank)) => self.take(rank),
                // A cycle: the earliest event goes before what it waits for, and whoever looks finds the cycle.
                None => match self.unstick() {
                    Some(rank) => self.take(rank),
                    None => return self.found,
                },
            }
        }
    }

    /// Lets in the events of a process that have the next time.
    fn enter(&mut self, process: usize) {
        let list = &self.lists[process];
        let start = self.entered[process];
        let Some(&first) = list.get(start) else { return };
        let time = |rank: u32| self.times[self.sorted[rank as usize].0 as usize];
        let len = list[start..].iter().take_while(|&&rank| time(rank) == time(first)).count();
        let spans = |&rank: &u32| self.sorted[rank as usize].span();
        let several = list[start + 1..start + len].iter().any(|rank| spans(rank) != spans(&first));
        if several {
            self.found.tied += len;
            self.found.first_tied.get_or_insert(self.sorted[first as usize]);
        }
        self.entered[process] = start + len;
        self.open[process] = len;
        for i in start..start + len {
            let rank = self.lists[process][i];
            self.is_in[rank as usize] = true;
            if let Some(stuck) = &mut self.stuck {
                stuck.push(Reverse(rank));
            }
            if self.waits[rank as usize] == 0 {
                self.ready.push(Reverse(rank));
            }
        }
    }

    fn take(&mut self, rank: u32) {
        let event = self.sorted[rank as usize];
        self.taken[rank as usize] = true;
        self.found.events.push(event);
        let start = self.after.partition_point(|&(before, _)| before < rank);
        for i in start..self.after.len() {
            let (before, behind) = self.after[i];
            if before != rank {
                break;
            }
            self.waits[behind as usize] -= 1;
            if self.waits[behind as usize] == 0 && self.is_in[behind as usize] && !self.taken[behind as usize] {
                self.ready.push(Reverse(behind));
            }
        }
        let process = self.process[event.span() as usize] as usize;
        self.open[process] -= 1;
        if self.open[process] == 0 {
            self.enter(process);
        }
    }

    fn unstick(&mut self) -> Option<u32> {
        let (is_in, taken) = (&self.is_in, &self.taken);
        let waiting = |rank: &u32| is_in[*rank as usize] && !taken[*rank as usize];
        let stuck = self.stuck.get_or_insert_with(|| (0..is_in.len() as u32).filter(waiting).map(Reverse).collect());
        while let Some(Reverse(rank)) = stuck.pop() {
            if !taken[rank as usize] {
                return Some(rank);
            }
        }
        None
    }
}
