//! Messages from logged clocks, for logs that have clocks and nothing else.
//!
//! Where a component of an event's clock has grown past all that its process knew before, the event depends on that
//! event of the other process: a message between the two, whatever carried it. A dependency that another one of the
//! same event implies (its clock covers it) is not drawn again.

use hashbrown::HashMap;

use super::history::{Packed, Part};
use super::{Trace, Unsent};
use crate::ids::{MessageId, ProcessId};

/// An event that another one knows of: its process and position there.
#[derive(Clone, Copy, Debug)]
struct Dependency {
    from: ProcessId,
    /// Nothing where the log lacks the event that this count belongs to.
    sent: Option<u32>,
    count: u32,
    to: ProcessId,
    received: u32,
}

/// Adds the messages that the clocks of `trace` imply. Time: linear in the clock components plus, for each event with
/// news, the clocks of the events that it heard of; space: the messages.
pub(super) fn messages_from_clocks(trace: &mut Trace) {
    let own = own_components(trace);
    let mut found = Vec::new();
    for to in trace.processes() {
        dependencies_of(trace, to, &own, &mut found);
    }
    let order = log_index(trace);
    let index = |p: ProcessId, k: u32| order[trace.starts[p.index()] + k as usize - 1];
    found.sort_by_key(|d| (d.sent.map_or(u32::MAX, |sent| index(d.from, sent)), index(d.to, d.received)));
    let causal = found.iter().all(|d| d.sent.is_none_or(|sent| index(d.from, sent) < index(d.to, d.received)));
    let mut parts: HashMap<(ProcessId, u32), Vec<Part>> = HashMap::new();
    for d in found {
        let Some(sent) = d.sent else {
            parts.entry((d.to, d.received)).or_default().push(Part::Unsent(trace.unsent.len()));
            trace.unsent.push(Unsent { to: d.to, received: d.received, from: Some(d.from), name: None });
            continue;
        };
        // There are fewer channels and messages than clock components, which were counted in 32 bits already.
        let Ok(channel) = trace.channels.find_or_add(d.from, d.to) else { continue };
        let Ok(message) = trace.messages.push(channel, sent, None) else { continue };
        trace.messages.rows[message.index()].received = d.received;
        parts.entry((d.from, sent)).or_default().push(Part::Sent(message));
        parts.entry((d.to, d.received)).or_default().push(Part::Received(message));
    }
    let mut parts: Vec<_> = parts.into_iter().collect();
    parts.sort_by_key(|&(event, _)| event);
    for ((process, position), parts) in parts {
        let packed = match parts.as_slice() {
            [only] => Packed::part(*only),
            several => {
                let start = trace.parts.len() as u32;
                trace.parts.extend(several.iter().map(|&part| Packed::part(part)));
                trace.lists.push(start..trace.parts.len() as u32);
                Packed::several(trace.lists.len() - 1)
            }
        };
        trace.histories[process.index()].actions[position as usize - 1] = packed;
    }
    trace.log_is_causal = causal;
    trace.inferred = true;
    debug_assert!(trace.messages.len() <= MessageId::LIMIT);
}

/// Which event of a process counts how much in its own component.
pub(super) enum Own {
    /// The k-th counts k, as it should.
    Counted(u32),
    /// A log with gaps, restarts or errors.
    Listed(HashMap<u32, u32>),
}

impl Own {
    /// The number of the event that counts `count`.
    pub(super) fn event(&self, count: u32) -> Option<u32> {
        match self {
            Self::Counted(events) => (1..=*events).contains(&count).then_some(count),
            Self::Listed(events) => events.get(&count).copied(),
        }
    }
}

/// The counts of all processes of their own events.
pub(super) fn own_components(trace: &Trace) -> Vec<Own> {
    let of = |p: ProcessId| {
        let own = |k| trace.clock_component(p, k, p).unwrap_or(0);
        let events = trace.events(p);
        if (1..=events).all(|k| own(k) == k) {
            return Own::Counted(events);
        }
        // Of two events with one count the first is the one that others can have heard of.
        Own::Listed((1..=events).rev().map(|k| (own(k), k)).collect())
    };
    trace.processes().map(of).collect()
}

fn dependencies_of(trace: &Trace, to: ProcessId, own: &[Own], found: &mut Vec<Dependency>) {
    let mut known = vec![0u32; trace.process_count()];
    let mut implied = vec![0u32; trace.process_count()];
    for (received, _) in trace.histories[to.index()].clocks.iter() {
        let news: Vec<Dependency> = trace
            .clock(to, received)
            .into_iter()
            .flatten()
            .filter_map(|(name, count)| {
                let from = trace.clock_processes[name]?;
                let sent = own[from.index()].event(count);
                (from != to && count > known[from.index()]).then_some(Dependency { from, sent, count, to, received })
            })
            .collect();
        for d in &news {
            for (name, count) in d.sent.and_then(|sent| trace.clock(d.from, sent)).into_iter().flatten() {
                if let Some(p) = trace.clock_processes[name].filter(|&p| p != d.from) {
                    implied[p.index()] = implied[p.index()].max(count);
                }
            }
        }
        let drawn = found.len();
        found.extend(news.iter().filter(|d| implied[d.from.index()] < d.count));
        // Wrong clocks can imply each other in a circle; then none of them says where it comes from.
        if found.len() == drawn {
            found.extend(&news);
        }
        for d in &news {
            known[d.from.index()] = d.count;
            for (name, _) in d.sent.and_then(|sent| trace.clock(d.from, sent)).into_iter().flatten() {
                if let Some(p) = trace.clock_processes[name] {
                    implied[p.index()] = 0;
                }
            }
        }
    }
}

/// Where each event stands in the log.
fn log_index(trace: &Trace) -> Vec<u32> {
    let mut order = vec![0; trace.event_count()];
    for (i, (process, position)) in trace.log_order().enumerate() {
        order[trace.starts[process.index()] + position as usize - 1] = i as u32;
    }
    order
}
