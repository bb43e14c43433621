//! Logged clocks against the rule (Fidge 1988, Mattern 1989): an event's clock is the clock before it in its process,
//! merged with the clock of the send of each message that it receives, plus one in its own component.
//!
//! Each clock is held against the logged clocks that it should come from and not against computed ones, so that a
//! fault is told where it happens and what merely follows from it is not told again. Where the messages are inferred
//! from the clocks, what an event heard of is every event that its clock newly counts: it must cover their clocks.

use super::{Audit, Fact, Place, Rule};
use crate::ids::{MessageId, ProcessId};
use crate::trace::counts::OwnCounts;
use crate::trace::{Part, Trace};

/// Whom an event heard of something from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A message that it received.
    Message(MessageId),
    /// An event that its clock counts: process and number.
    Event(ProcessId, u32),
}

/// Time: linear in the clock components and, for each receive, those of its send; space: a few numbers for each
/// process, and the counts of processes that count wrong.
pub(super) fn audit(trace: &Trace, audit: &mut Audit) {
    if !trace.has_clocks() {
        return;
    }
    let own = trace.own_counts();
    let faults = trace.along_clocks(|processes| {
        let mut walk = Walk::new(trace, own);
        processes.flat_map(|process| walk.faults_of(ProcessId::at(process))).collect()
    });
    for Fault { rule, fact, at } in faults {
        audit.add(rule, || (fact, at));
    }
}

/// The first event of a process that breaks a rule.
#[derive(Debug, PartialEq)]
struct Fault {
    rule: Rule,
    fact: Fact,
    at: Vec<Place>,
}

/// The clocks of one process, one after the other, each spread out by the numbers of the names.
struct Walk<'t> {
    trace: &'t Trace,
    /// Which event counts what.
    own: &'t OwnCounts,
    /// The name of each process in the clocks.
    names: Vec<Option<usize>>,
    /// What an event heard of is told by its clock alone: then most clocks are judged at a glance.
    ticks: bool,
    /// The clock before, and the one that is judged.
    known: Vec<u32>,
    now: Vec<u32>,
    /// The maximum of what the judged event heard, from whom, and which names are set in it.
    heard: Vec<(u32, Option<Heard>)>,
    touched: Vec<usize>,
    faults: Vec<Fault>,
}

/// An event with a clock.
#[derive(Clone, Copy)]
struct Event<'t> {
    process: ProcessId,
    number: u32,
    /// Its clock.
    clock: &'t [(u32, u32)],
    /// The one before it in its process that has a clock too, and that clock.
    before: Option<u32>,
    earlier: &'t [(u32, u32)],
    /// It may have heard more than the log has: a send without a clock, or no send at all.
    open: bool,
}

impl<'t> Walk<'t> {
    fn new(trace: &'t Trace, own: &'t OwnCounts) -> Self {
        let count = trace.clock_names.len();
        Self {
            trace,
            own,
            names: trace.names_in_clocks(),
            ticks: trace.is_inferred(),
            known: vec![0; count],
            now: vec![0; count],
            heard: vec![(0, None); count],
            touched: Vec::new(),
            faults: Vec::new(),
        }
    }

    fn faults_of(&mut self, process: ProcessId) -> Vec<Fault> {
        let trace = self.trace;
        let (mut before, mut earlier): (_, &[(u32, u32)]) = (None, &[]);
        for (number, clock) in trace.clocks(process) {
            if self.ticks && self.is_tick(process, clock, earlier) {
                self.tick(Event { process, number, clock, before, earlier, open: true });
                (before, earlier) = (Some(number), clock);
                continue;
            }
            for &(name, count) in clock {
                self.now[name as usize] = count;
            }
            let mut event = Event { process, number, clock, before, earlier, open: false };
            event.open = self.listen(event);
            self.judge_own(event);
            self.judge_others(event);
            self.step(event);
            (before, earlier) = (Some(number), clock);
        }
        self.forget(earlier);
        std::mem::take(&mut self.faults)
    }

    /// Whether a clock has the names of the one before in their order, and at most the count of its own process has grown:
    /// then it heard of nothing, and only that count is to be judged.
    fn is_tick(&self, process: ProcessId, clock: &[(u32, u32)], earlier: &[(u32, u32)]) -> bool {
        let own = self.names[process.index()];
        let ticks = |(now, before): (&(u32, u32), &(u32, u32))| {
            let name = now.0 as usize;
            // A clock that has a name twice is no such clock.
            let same = now.0 == before.0 && before.1 == self.known[name];
            same && (now.1 == before.1 || (now.1 > before.1 && Some(name) == own))
        };
        clock.len() == earlier.len() && clock.iter().zip(earlier).all(ticks)
    }

    /// Judges such a clock, which becomes the one before.
    fn tick(&mut self, event: Event<'_>) {
        let own = self.names[event.process.index()];
        let count = own.and_then(|own| event.clock.iter().rfind(|&&(name, _)| name as usize == own));
        if let (Some(own), Some(&(_, count))) = (own, count) {
            self.now[own] = count;
            self.judge_own(event);
            (self.known[own], self.now[own]) = (count, 0);
        } else {
            self.judge_own(event);
        }
    }

    /// Collects what an event heard; says whether that may not be all.
    fn listen(&mut self, event: Event<'_>) -> bool {
        let Event { process, number, before, .. } = event;
        let trace = self.trace;
        if trace.is_inferred() {
            for &(name, count) in event.clock {
                let name = name as usize;
                if count <= self.known[name] {
                    continue;
                }
                let Some(from) = trace.clock_processes[name].filter(|&from| from != process) else { continue };
                if let Some(sent) = self.own.of[from.index()].event(count) {
                    self.hear(from, sent, Heard::Event(from, sent));
                }
            }
            return true;
        }
        let mut open = false;
        // What events without a clock received counts for the next one that has one.
        for number in before.unwrap_or(0) + 1..=number {
            for part in trace.parts(process, number) {
                let message = match part {
                    Part::Sent(_) => continue,
                    Part::Received(message) => Some(message),
                    Part::Duplicate(again) => trace.duplicates().get(again).map(|d| d.message),
                    Part::Unsent(_) => None,
                };
                open |= !message.is_some_and(|m| self.hear(trace.ends(m).0, trace.sent(m), Heard::Message(m)));
            }
        }
        open
    }

    /// Merges the clock of an event into what is heard; false where it has none.
    fn hear(&mut self, from: ProcessId, number: u32, by: Heard) -> bool {
        let Some(clock) = self.trace.counts(from, number) else { return false };
        let own = self.names[from.index()];
        for &(name, count) in clock {
            let name = name as usize;
            let heard = &mut self.heard[name];
            if heard.0 == 0 {
                self.touched.push(name);
            }
            // Of equal counts the sender's own is the one to name.
            if count > heard.0 || (count == heard.0 && own == Some(name)) {
                *heard = (count, Some(by));
            }
        }
        true
    }

    /// The component of the event's own process: one more for each event.
    fn judge_own(&mut self, event: Event<'_>) {
        let Event { process, number, before, .. } = event;
        let (known, now) = self.names[process.index()].map_or((0, 0), |name| (self.known[name], self.now[name]));
        // Events without a clock in between may tick it or not.
        let most = known.saturating_add(number - before.unwrap_or(0));
        let rule = match before {
            Some(_) if now < known => return,
            _ if now == known => Rule::ClockStoodStill,
            _ if now <= most => return,
            Some(_) => Rule::ClockJumped,
            None => Rule::ClockStartsLate,
        };
        let earlier = before.map(|_| known);
        self.fault(rule, event, |_| (Fact::OwnCount { before: earlier, now, more: 0 }, None));
    }

    /// The components that went down, and those of the other processes.
    fn judge_others(&mut self, event: Event<'_>) {
        let trace = self.trace;
        let own = self.names[event.process.index()];
        let earlier = || event.earlier.iter().map(|&(name, count)| (name as usize, count));
        if earlier().any(|(name, known)| self.now[name] < known) {
            self.fault(Rule::ClockWentDown, event, |walk| {
                let fell = earlier().filter(|&(name, known)| walk.now[name] < known);
                let mut components: Vec<_> = fell.map(|(name, known)| (name, known, walk.now[name])).collect();
                components.sort_unstable();
                (Fact::WentDown { components, more: 0 }, None)
            });
        }
        if let Some(name) = self.forgotten(own) {
            self.fault(Rule::ClockMergeForgotten, event, |walk| walk.merge_forgotten(name));
        }
        for &(name, now) in event.clock {
            let name = name as usize;
            let heard = self.known[name].max(self.heard[name].0);
            if Some(name) == own || now <= heard {
                continue;
            }
            match trace.clock_processes[name] {
                None => self
                    .fault(Rule::ClockUnknownProcess, event, |_| (Fact::UnknownProcess { name, now, more: 0 }, None)),
                Some(of) if event.open && now > self.own.highest[of.index()] => {
                    self.fault(Rule::ClockFromTheFuture, event, |walk| {
                        let logged = walk.own.highest[of.index()];
                        (Fact::FromTheFuture { of, now, logged, more: 0 }, None)
                    });
                }
                Some(_) if event.open => {}
                Some(_) => self
                    .fault(Rule::ClockFromNowhere, event, |_| (Fact::FromNowhere { name, now, heard, more: 0 }, None)),
            }
        }
    }

    /// A component that should have been merged: if there are several, the sender's own.
    fn forgotten(&self, own: Option<usize>) -> Option<usize> {
        let lacks = |&&name: &&usize| {
            // What went down is told as that.
            let stays = self.now[name] >= self.known[name];
            Some(name) != own && stays && self.now[name] < self.heard[name].0
        };
        let of_sender =
            |name: usize| self.sender(name).is_some_and(|(process, _)| self.names[process.index()] == Some(name));
        let mut all = self.touched.iter().filter(lacks).copied();
        let first = all.next()?;
        Some(if of_sender(first) { first } else { all.find(|&name| of_sender(name)).unwrap_or(first) })
    }

    fn merge_forgotten(&self, name: usize) -> (Fact, Option<Place>) {
        let (heard, from) = self.heard[name];
        let place = self.sender(name).map(|(process, number)| Place::Event(process, number));
        (Fact::MergeForgotten { name, now: self.now[name], heard, from, more: 0 }, place)
    }

    /// The event that a component was heard from.
    fn sender(&self, name: usize) -> Option<(ProcessId, u32)> {
        self.heard[name].1.map(|heard| match heard {
            Heard::Message(message) => (self.trace.ends(message).0, self.trace.sent(message)),
            Heard::Event(process, number) => (process, number),
        })
    }

    /// Keeps the first fault of a rule and counts the others. The clock before is shown beside it.
    fn fault(&mut self, rule: Rule, event: Event<'_>, make: impl FnOnce(&Self) -> (Fact, Option<Place>)) {
        if let Some(fault) = self.faults.iter_mut().find(|fault| fault.rule == rule) {
            if let Some(more) = fault.fact.more() {
                *more += 1;
            }
            return;
        }
        let (fact, other) = make(self);
        let earlier = || event.before.map(|before| Place::Event(event.process, before));
        let at = [Some(Place::Event(event.process, event.number)), other.or_else(earlier)];
        self.faults.push(Fault { rule, fact, at: at.into_iter().flatten().collect() });
    }

    /// The judged clock becomes the one before.
    fn step(&mut self, event: Event<'_>) {
        self.forget(event.earlier);
        for &(name, count) in event.clock {
            self.known[name as usize] = count;
            self.now[name as usize] = 0;
        }
        for name in self.touched.drain(..) {
            self.heard[name] = (0, None);
        }
    }

    /// Clears the clock of an event that was the one before.
    fn forget(&mut self, earlier: &[(u32, u32)]) {
        for &(name, _) in earlier {
            self.known[name as usize] = 0;
        }
    }
}

impl Fact {
    /// The count of later events like this.
    fn more(&mut self) -> Option<&mut u32> {
        match self {
            Self::OwnCount { more, .. }
            | Self::WentDown { more, .. }
            | Self::MergeForgotten { more, .. }
            | Self::FromNowhere { more, .. }
            | Self::FromTheFuture { more, .. }
            | Self::UnknownProcess { more, .. } => Some(more),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Clocks that mostly tick, some of which count wrong or have a name twice.
    fn log() -> impl Strategy<Value = String> {
        let line =
            (0..2usize, prop_oneof![6 => Just(0u32), 1 => 1..4u32], prop::collection::vec((0..3usize, 0..3u32), 0..2));
        prop::collection::vec(line, 1..20).prop_map(|lines| {
            let mut counts = [[0u32; 3]; 2];
            let line = |(process, jump, others): (usize, u32, Vec<(usize, u32)>)| {
                let clock = &mut counts[process];
                clock[process] += 1 + jump;
                others.iter().filter(|&&(of, _)| jump > 0 || of != process).for_each(|&(of, count)| clock[of] = count);
                let twice = others.iter().filter(|&&(of, _)| of == process).map(|&(of, count)| (of, count));
                let pairs = clock.iter().copied().enumerate().chain(twice);
                let pairs: Vec<String> = pairs.map(|(of, count)| format!("\"P{of}\":{count}")).collect();
                format!("{{\"process\":\"P{process}\",\"event\":\"step\",\"clock\":{{{}}}}}\n", pairs.join(","))
            };
            lines.into_iter().map(line).collect()
        })
    }

    proptest! {
        #[test]
        fn what_is_judged_at_a_glance_is_judged_the_same(log in log()) {
            let source = std::sync::Arc::new(crate::source::Source::from_text("log", log));
            let mut builder = crate::trace::Builder::new();
            builder.source(source.clone());
            crate::format::jsonl::read(&source, &mut builder);
            let trace = builder.finish().unwrap();
            let mut quick = Walk::new(&trace, trace.own_counts());
            prop_assert_eq!(quick.ticks, trace.is_inferred());
            let mut slow = Walk { ticks: false, ..Walk::new(&trace, trace.own_counts()) };
            for process in trace.processes() {
                prop_assert_eq!(quick.faults_of(process), slow.faults_of(process));
            }
        }
    }
}
