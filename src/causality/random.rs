//! Random logs for tests, with happens-before by its definition: the oracle of this layer.

use std::collections::BTreeMap;
use std::fmt::Write;

use proptest::prelude::*;

use crate::causality::Relation;
use crate::ids::ProcessId;
use crate::trace::Trace;

/// One event: its process and the ids of the messages that it sends and receives.
#[derive(Clone, Debug, Default)]
pub struct Event {
    pub process: usize,
    pub number: u32,
    /// Message and receiver.
    pub sends: Vec<(usize, usize)>,
    pub receives: Vec<usize>,
}

/// A run in an order that could have happened.
#[derive(Clone, Debug)]
pub struct Run {
    pub processes: usize,
    pub events: Vec<Event>,
    /// Whether the log is written process by process, the last one first, instead of in the order of the run.
    pub by_process: bool,
}

/// Runs of 2 to 4 processes: multicasts, batches, lost messages, several messages between two events, channels that are
/// not FIFO.
pub fn runs() -> impl Strategy<Value = Run> {
    let step = (0..4usize, 0..8u8, 0..4usize, any::<prop::sample::Index>());
    (2..=4usize, prop::collection::vec(step, 1..24), any::<bool>()).prop_map(|(processes, steps, by_process)| {
        let mut flying: Vec<(usize, usize)> = Vec::new();
        let mut numbers = vec![0u32; processes];
        let mut messages = 0;
        let mut events = Vec::new();
        for (process, kind, peer, pick) in steps {
            let process = process % processes;
            numbers[process] += 1;
            let mut event = Event { process, number: numbers[process], ..Event::default() };
            let others: Vec<usize> = (0..processes).filter(|&p| p != process).collect();
            let mine: Vec<usize> = (0..flying.len()).filter(|&i| flying[i].1 == process).collect();
            match kind {
                0..=2 => event.sends.push((messages, others[peer % others.len()])),
                3 => event.sends.extend(others.iter().enumerate().map(|(i, &to)| (messages + i, to))),
                4 | 5 if !mine.is_empty() => event.receives.push(flying.remove(mine[pick.index(mine.len())]).0),
                6 if !mine.is_empty() => {
                    event.receives = mine.iter().map(|&i| flying[i].0).collect();
                    flying.retain(|&(_, to)| to != process);
                }
                _ => {}
            }
            messages += event.sends.len();
            flying.extend(&event.sends);
            events.push(event);
        }
        Run { processes, events, by_process }
    })
}

impl Run {
    /// The log in our text format. A multicast has one id on all its channels.
    pub fn text(&self) -> String {
        self.text_without(None)
    }

    /// The log that lacks what one event sends: its line is that of a step.
    pub fn text_without(&self, lost: Option<usize>) -> String {
        let mut text = String::new();
        for p in 0..self.processes {
            writeln!(text, "process P{p}").unwrap();
        }
        for (from, to) in (0..self.processes).flat_map(|from| (0..self.processes).map(move |to| (from, to))) {
            if from != to {
                writeln!(text, "channel P{from} -> P{to} unordered").unwrap();
            }
        }
        let sends = self.events.iter().flat_map(|e| e.sends.iter().map(|&(message, _)| (message, e.sends[0].0)));
        let ids: BTreeMap<usize, usize> = sends.collect();
        let mut events: Vec<(usize, &Event)> = self.events.iter().enumerate().collect();
        if self.by_process {
            events.sort_by_key(|(_, event)| std::cmp::Reverse(event.process));
        }
        for (i, event) in events {
            write!(text, "P{} e{}: ", event.process, event.number).unwrap();
            let received: Vec<String> = event.receives.iter().map(|m| format!("m{}", ids[m])).collect();
            let to: Vec<String> = event.sends.iter().map(|(_, to)| format!("P{to}")).collect();
            text += &match (&event.sends[..], &event.receives[..]) {
                (&[(message, _), ..], _) if lost != Some(i) => format!("send m{message} -> {}", to.join(", ")),
                (_, []) => "step".into(),
                _ => format!("receive {}", received.join(", ")),
            };
            text.push('\n');
        }
        text
    }

    /// As a trace.
    pub fn trace(&self) -> Trace {
        read(&self.text())
    }

    /// As the trace of the log that lacks what one event sends.
    pub fn trace_without(&self, lost: usize) -> Trace {
        read(&self.text_without(Some(lost)))
    }

    /// Happens-before by its definition, as a matrix over [`Self::events`]: program order and send before receive,
    /// transitively. Not reflexive.
    pub fn happens_before(&self) -> Vec<Vec<bool>> {
        let n = self.events.len();
        let mut before = vec![vec![false; n]; n];
        for (i, a) in self.events.iter().enumerate() {
            for (j, b) in self.events.iter().enumerate() {
                let program = a.process == b.process && a.number < b.number;
                let message = a.sends.iter().any(|(message, _)| b.receives.contains(message));
                before[i][j] = program || message;
            }
        }
        for k in 0..n {
            for i in 0..n {
                for j in 0..n {
                    before[i][j] |= before[i][k] && before[k][j];
                }
            }
        }
        before
    }

    /// How each event relates to each, by the definition.
    pub fn relations(&self) -> impl Iterator<Item = (usize, usize, Relation)> + use<> {
        let before = self.happens_before();
        let n = before.len();
        (0..n * n).map(move |ij| (ij / n, ij % n)).map(move |(i, j)| {
            let relation = match (i == j, before[i][j], before[j][i]) {
                (true, _, _) => Relation::Equal,
                (_, true, _) => Relation::Before,
                (_, _, true) => Relation::After,
                _ => Relation::Concurrent,
            };
            (i, j, relation)
        })
    }

    /// Where an event is in the trace.
    pub fn place(&self, trace: &Trace, event: usize) -> (ProcessId, u32) {
        let event = &self.events[event];
        (trace.process(&format!("P{}", event.process)).unwrap(), event.number)
    }
}

fn read(text: &str) -> Trace {
    Trace::from_text(text).unwrap_or_else(|found| panic!("{found:?}\n{text}"))
}
