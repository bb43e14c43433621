//! All runs of Chandy and Lamport's algorithm on a small trace, from the rules of the algorithm and nothing else: every
//! order of the events that happens-before allows, with every arrival of every marker that FIFO allows.

use std::collections::{BTreeSet, HashSet};

use super::Initiator;
use crate::ids::ProcessId;
use crate::trace::Trace;

/// How a run ended: where each process recorded, and where the marker of each channel arrived.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Outcome {
    pub(super) recorded: Vec<Option<u32>>,
    pub(super) arrived: Vec<Option<u32>>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct State {
    positions: Vec<u32>,
    outcome: Outcome,
}

/// The channels, sender and receiver, in process order.
pub(super) fn channels(trace: &Trace) -> Vec<(ProcessId, ProcessId)> {
    let pairs = trace.processes().flat_map(|p| trace.processes().map(move |q| (p, q)));
    pairs.filter(|&(p, q)| trace.has_channel(p, q)).collect()
}

/// The ends of all runs.
pub(super) fn outcomes(trace: &Trace, initiators: &[Initiator]) -> BTreeSet<Outcome> {
    let channels = channels(trace);
    let start = State {
        positions: vec![0; trace.process_count()],
        outcome: Outcome { recorded: vec![None; trace.process_count()], arrived: vec![None; channels.len()] },
    };
    let mut seen = HashSet::from([start.clone()]);
    let mut open = vec![start];
    let mut ends = BTreeSet::new();
    while let Some(state) = open.pop() {
        let next = moves(trace, &channels, initiators, &state);
        // A first marker inside an event that receives on both sides of it stops its process: the log goes on, so that
        // is no run of it.
        let all = trace.processes().all(|p| state.positions[p.index()] == trace.events(p));
        if next.is_empty() && all {
            ends.insert(state.outcome);
        }
        open.extend(next.into_iter().filter(|state| seen.insert(state.clone())));
    }
    ends
}

/// Whether all messages that were sent on a channel up to position `sent` are received at position `at`.
fn empty(trace: &Trace, channel: (ProcessId, ProcessId), sent: u32, at: u32) -> bool {
    let mut own = trace.messages().filter(|&m| trace.ends(m) == channel && trace.sent(m) <= sent);
    own.all(|m| trace.received(m).is_some_and(|received| received <= at))
}

/// Whether a message that was sent on a channel after position `sent` is received at position `at`.
fn passed(trace: &Trace, channel: (ProcessId, ProcessId), sent: u32, at: u32) -> bool {
    let mut own = trace.messages().filter(|&m| trace.ends(m) == channel && trace.sent(m) > sent);
    own.any(|m| trace.received(m).is_some_and(|received| received <= at))
}

fn moves(trace: &Trace, channels: &[(ProcessId, ProcessId)], initiators: &[Initiator], state: &State) -> Vec<State> {
    let mut next = Vec::new();
    let recorded = |p: ProcessId| state.outcome.recorded[p.index()];
    let position = |p: ProcessId| state.positions[p.index()];
    for p in trace.processes() {
        if initiators.contains(&Initiator { process: p, position: position(p) }) && recorded(p).is_none() {
            let mut after = state.clone();
            after.outcome.recorded[p.index()] = Some(position(p));
            next.push(after);
            // It records right after its position: before anything else that it does.
            continue;
        }
        if position(p) < trace.events(p) {
            let possible = trace.receives(p, position(p) + 1).all(|m| {
                let from = trace.ends(m).0;
                let channel = channels.iter().position(|&c| c == (from, p)).unwrap();
                let Some(at) = recorded(from).filter(|&at| trace.sent(m) > at) else {
                    return trace.sent(m) <= position(from);
                };
                // The marker comes first; or within the event, where its receiver has recorded: it has no position then.
                let within = recorded(p).is_some()
                    && !empty(trace, (from, p), at, position(p))
                    && empty(trace, (from, p), at, position(p) + 1);
                let gone = state.outcome.arrived[channel].is_some() || passed(trace, (from, p), at, position(p));
                trace.sent(m) <= position(from) && (gone || within)
            });
            if possible {
                let mut after = state.clone();
                after.positions[p.index()] += 1;
                next.push(after);
            }
        }
    }
    for (c, &(p, q)) in channels.iter().enumerate() {
        let Some(at) = recorded(p) else { continue };
        let initiates = initiators.contains(&Initiator { process: q, position: position(q) }) && recorded(q).is_none();
        if state.outcome.arrived[c].is_none()
            && empty(trace, (p, q), at, position(q))
            && !passed(trace, (p, q), at, position(q))
            && !initiates
        {
            let mut after = state.clone();
            after.outcome.arrived[c] = Some(position(q));
            after.outcome.recorded[q.index()].get_or_insert(position(q));
            next.push(after);
        }
    }
    next
}
