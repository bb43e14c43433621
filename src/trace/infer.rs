//! Messages from logged clocks, for logs that have clocks and nothing else.
//!
//! Where a component of an event's clock has grown past all that its process knew before, the event depends on that
//! event of the other process: a message between the two, whatever carried it. A dependency that another one of the
//! same event implies (its clock covers it) is not drawn again.
//!
//! Where the log has no line for that event, or several could be it, the message comes from the last event that is
//! certain, and a receive without a send stands for the rest ([`super::counts`]): a clock is the whole past of its event,
//! so that what happens before what among the events that are logged is not lost with the others.

use hashbrown::HashMap;

use super::counts::{Gap, Own, own_components};
use super::history::{Packed, Part};
use super::{Trace, Unsent};
use crate::ids::{MessageId, ProcessId};

/// An event that another one knows of.
#[derive(Clone, Copy, Debug)]
struct Dependency {
    from: ProcessId,
    count: u32,
    /// Which event it is, or where it must be.
    place: Result<u32, Gap>,
    to: ProcessId,
    received: u32,
    /// The first event that can have heard of it: events without a clock do not say what they know.
    since: u32,
}

impl Dependency {
    /// The last event of `from` that is known for certain.
    fn sent(&self) -> Option<u32> {
        let certain = self.place.unwrap_or_else(|gap| gap.after);
        (certain > 0).then_some(certain)
    }

    /// What is not certain: a receive whose send the log lacks, or does not tell.
    fn unsent(&self) -> Option<Unsent> {
        let gap = match self.place {
            Ok(_) if self.since == self.received => return None,
            // Whoever stands before `received` may know of it already.
            Ok(event) => Gap { count: self.count, after: 0, until: event, logged: true },
            Err(gap) if self.since == self.received => gap,
            Err(gap) => Gap { after: 0, logged: true, ..gap },
        };
        Some(Unsent { to: self.to, received: self.since, from: Some(self.from), gap: Some(gap), name: None })
    }
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
    found.sort_by_key(|(d, _)| (d.sent().map_or(u32::MAX, |sent| index(d.from, sent)), index(d.to, d.received)));
    let in_order = |d: &Dependency| d.sent().is_none_or(|sent| index(d.from, sent) < index(d.to, d.received));
    let causal = found.iter().all(|(d, _)| in_order(d));
    let mut parts: HashMap<(ProcessId, u32), Vec<Part>> = HashMap::new();
    for (d, news) in found {
        if let Some(unsent) = d.unsent() {
            parts.entry((unsent.to, unsent.received)).or_default().push(Part::Unsent(trace.unsent.len()));
            trace.unsent.push(unsent);
        }
        let Some(sent) = d.sent().filter(|_| news) else { continue };
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

/// What the events of a process know of others, and whether the event that is certain is news too.
fn dependencies_of(trace: &Trace, to: ProcessId, own: &[Own], found: &mut Vec<(Dependency, bool)>) {
    let mut known = vec![0u32; trace.process_count()];
    // The same in events of the log.
    let mut heard = vec![0u32; trace.process_count()];
    let mut implied = vec![0u32; trace.process_count()];
    let mut since = 1;
    for (received, _) in trace.histories[to.index()].clocks.iter() {
        let news: Vec<Dependency> = trace
            .clock(to, received)
            .into_iter()
            .flatten()
            .filter_map(|(name, count)| {
                let from = trace.clock_processes[name]?;
                let place = own[from.index()].place(count);
                let news = from != to && count > known[from.index()];
                news.then_some(Dependency { from, count, place, to, received, since })
            })
            .collect();
        since = received + 1;
        for d in &news {
            for (name, count) in d.sent().and_then(|sent| trace.clock(d.from, sent)).into_iter().flatten() {
                if let Some(p) = trace.clock_processes[name].filter(|&p| p != d.from) {
                    implied[p.index()] = implied[p.index()].max(count);
                }
            }
        }
        let drawn = found.len();
        let mut draw = |d: &Dependency| {
            let sent = d.sent().unwrap_or(0);
            found.push((*d, sent > heard[d.from.index()]));
            heard[d.from.index()] = heard[d.from.index()].max(sent);
        };
        news.iter().filter(|d| implied[d.from.index()] < d.count).for_each(&mut draw);
        // Wrong clocks can imply each other in a circle; then none of them says where it comes from.
        if found.len() == drawn {
            let mut draw = |d: &Dependency| found.push((*d, true));
            news.iter().for_each(&mut draw);
        }
        for d in &news {
            known[d.from.index()] = d.count;
            for (name, _) in d.sent().and_then(|sent| trace.clock(d.from, sent)).into_iter().flatten() {
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
