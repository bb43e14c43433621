//! Small random executions, made by running them: so they have no cycle, and everything about them is known.

use proptest::prelude::*;

/// What an event does, with numbers of messages.
#[derive(Clone, Debug, PartialEq)]
pub enum Did {
    Step,
    Send(Vec<usize>),
    Receive(Vec<usize>),
}

/// A message: its two ends, each an event of its process, from 1.
#[derive(Clone, Debug)]
pub struct Sent {
    pub from: usize,
    pub to: usize,
    pub sent: u32,
    pub received: Option<u32>,
    /// The log has the line of its send.
    pub logged: bool,
}

/// An execution: for each process what its events do, in the order in which they happened.
#[derive(Clone, Debug)]
pub struct Execution {
    pub processes: usize,
    pub fifo: bool,
    /// (process, what it did), in the order of happening.
    pub events: Vec<(usize, Did)>,
    pub messages: Vec<Sent>,
}

/// What the log looks like.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// One process after another, so that the order of the lines is not causal.
    pub grouped: bool,
    /// No ids: sends pair with receives by their order. Only where channels are FIFO.
    pub unnamed: bool,
    /// Receives name their senders.
    pub from: bool,
}

pub fn style() -> impl Strategy<Value = Style> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(grouped, unnamed, from)| Style { grouped, unnamed, from })
}

/// Executions of 2 to 4 processes and up to `events` events.
pub fn execution(events: usize) -> impl Strategy<Value = Execution> {
    let choice = (any::<u8>(), any::<u8>(), any::<u8>());
    (2..=4usize, any::<bool>(), any::<bool>(), proptest::collection::vec(choice, 0..=events))
        .prop_map(|(processes, fifo, holes, choices)| run(processes, fifo, holes, &choices))
}

fn run(processes: usize, fifo: bool, holes: bool, choices: &[(u8, u8, u8)]) -> Execution {
    let mut execution = Execution { processes, fifo, events: vec![], messages: vec![] };
    let mut counts = vec![0u32; processes];
    for &(who, what, which) in choices {
        let process = who as usize % processes;
        counts[process] += 1;
        let here = counts[process];
        let did = match what % 8 {
            0 => Did::Step,
            1..=4 => {
                // One in four is a multicast or a batch.
                let many = if what % 8 == 4 { 2 } else { 1 };
                let ids = (0..many).map(|i| {
                    let to = (process + 1 + (which as usize + i) % (processes - 1)) % processes;
                    let logged = !(holes && which % 7 == 0);
                    execution.messages.push(Sent { from: process, to, sent: here, received: None, logged });
                    execution.messages.len() - 1
                });
                Did::Send(ids.collect())
            }
            _ => receive(&mut execution, process, here, which),
        };
        execution.events.push((process, did));
    }
    execution
}

fn receive(execution: &mut Execution, process: usize, here: u32, which: u8) -> Did {
    let messages = &execution.messages;
    let waits = |i: &usize| messages[*i].to == process && messages[*i].received.is_none();
    let open: Vec<usize> = (0..messages.len()).filter(waits).collect();
    // FIFO: only the oldest of each channel can arrive.
    let first = |i: &&usize| !open.iter().any(|j| j < i && messages[*j].from == messages[**i].from);
    let can: Vec<usize> = open.iter().filter(|i| !execution.fifo || first(i)).copied().collect();
    if can.is_empty() {
        return Did::Step;
    }
    let mut ids = vec![can[which as usize % can.len()]];
    if which.is_multiple_of(5)
        && let Some(other) = can.iter().find(|i| messages[**i].from != messages[ids[0]].from)
    {
        ids.push(*other);
    }
    for &id in &ids {
        execution.messages[id].received = Some(here);
    }
    Did::Receive(ids)
}

impl Execution {
    /// How many events each process has.
    pub fn counts(&self) -> Vec<u32> {
        let of = |p| self.events.iter().filter(|(process, _)| *process == p).count() as u32;
        (0..self.processes).map(of).collect()
    }

    /// The log in the text format. A send that is not logged is a step instead, so that numbers stay.
    pub fn text(&self, style: Style) -> String {
        let holes = self.messages.iter().any(|m| !m.logged);
        let unnamed = style.unnamed && self.fifo && !holes;
        let mut lines: Vec<(usize, String)> = Vec::new();
        for (process, did) in &self.events {
            let words = |ids: &[usize], arrow: &str, peer: fn(&Sent) -> usize| {
                let peers: Vec<String> = ids.iter().map(|&i| format!("P{}", peer(&self.messages[i]))).collect();
                let names: Vec<String> = ids.iter().map(|i| format!("m{i}")).collect();
                let names = if unnamed { String::new() } else { names.join(", ") };
                let peers = if arrow == "<-" && !style.from && !unnamed {
                    String::new()
                } else {
                    format!(" {arrow} {}", peers.join(", "))
                };
                format!("{names}{peers}")
            };
            let line = match did {
                Did::Send(ids) if ids.iter().all(|&i| self.messages[i].logged) => {
                    format!("send {}", words(ids, "->", |m| m.to))
                }
                Did::Receive(ids) => format!("receive {}", words(ids, "<-", |m| m.from)),
                Did::Step | Did::Send(_) => "step".into(),
            };
            lines.push((*process, format!("P{process}: {line}\n")));
        }
        if style.grouped {
            lines.sort_by_key(|(process, _)| std::cmp::Reverse(*process));
        }
        let declared: String = (0..self.processes).map(|p| format!("process P{p}\n")).collect();
        declared + &lines.into_iter().map(|(_, line)| line).collect::<String>()
    }
}
