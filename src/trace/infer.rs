//! Messages from logged clocks, for logs that have clocks and nothing else.
//!
//! Where a component of an event's clock has grown past all that its process knew before, the event depends on that
//! event of the other process: a message between the two, whatever carried it. A dependency that another one of the
//! same event implies (its clock covers it) is not drawn again.
//!
//! Where the log has no line for that event, or several could be it, the message comes from the last event that is
//! certain, and a receive without a send stands for the rest ([`super::counts`]): a clock is the whole past of its event,
//! so that what happens before what among the events that are logged is not lost with the others.

use std::ops::Range;

use super::counts::{Gap, Own};
use super::history::{Packed, Part};
use super::{Trace, Unsent};
use crate::ids::{EventId, MessageId, ProcessId};

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
/// news, the clocks of the events that it heard of, and a sort of the messages; space: the messages.
pub(super) fn messages_from_clocks(trace: &mut Trace) {
    let own = &trace.own_counts().of;
    let found = trace.along_clocks(|processes| Walk::new(trace, own).dependencies_of(processes));
    let (found, causal) = in_log_order(trace, found);
    let mut parts: Vec<(EventId, Packed)> = Vec::with_capacity(2 * found.len());
    for (d, news) in found {
        if let Some(unsent) = d.unsent() {
            parts.push((trace.event(unsent.to, unsent.received), Packed::part(Part::Unsent(trace.unsent.len()))));
            trace.unsent.push(unsent);
        }
        let Some(sent) = d.sent().filter(|_| news) else { continue };
        // There are fewer channels and messages than clock components, which were counted in 32 bits already.
        let Ok(channel) = trace.channels.find_or_add(d.from, d.to) else { continue };
        let Ok(message) = trace.messages.push(channel, sent, None) else { continue };
        trace.messages.rows[message.index()].received = d.received;
        parts.push((trace.event(d.from, sent), Packed::part(Part::Sent(message))));
        parts.push((trace.event(d.to, d.received), Packed::part(Part::Received(message))));
    }
    parts.sort_by_key(|&(event, _)| event);
    for parts in parts.chunk_by(|a, b| a.0 == b.0) {
        let packed = match *parts {
            [(_, only)] => only,
            _ => {
                let start = trace.parts.len() as u32;
                trace.parts.extend(parts.iter().map(|&(_, part)| part));
                trace.lists.push(start..trace.parts.len() as u32);
                Packed::several(trace.lists.len() - 1)
            }
        };
        let Some(&(event, _)) = parts.first() else { continue };
        let (process, position) = trace.place(event);
        trace.histories[process.index()].actions[position as usize - 1] = packed;
    }
    trace.log_is_causal = causal;
    trace.inferred = true;
    debug_assert!(trace.messages.len() <= MessageId::LIMIT);
}

/// Dependencies by where their sends stand in the log, then their receives; and whether every send is above its receive.
fn in_log_order(trace: &Trace, found: Vec<News>) -> (Vec<News>, bool) {
    let order = log_index(trace);
    let index = |p: ProcessId, k: u32| order[trace.starts[p.index()] + k as usize - 1];
    let mut causal = true;
    let key = |(number, (d, _)): (usize, &News)| {
        let received = index(d.to, d.received);
        let sent = d.sent().map(|sent| index(d.from, sent));
        causal &= sent.is_none_or(|sent| sent < received);
        (u64::from(sent.unwrap_or(u32::MAX)) << 32 | u64::from(received), number as u32)
    };
    let mut keys: Vec<(u64, u32)> = found.iter().enumerate().map(key).collect();
    keys.sort_unstable();
    (keys.into_iter().map(|(_, number)| found[number as usize]).collect(), causal)
}

/// A dependency, and whether the event that is certain is news too.
type News = (Dependency, bool);

/// Along the clocks of one process after the other.
struct Walk<'t> {
    trace: &'t Trace,
    own: &'t [Own],
    /// By process: the highest count that is known, and the same in events of the log.
    known: Vec<u32>,
    heard: Vec<u32>,
    /// What the news of one event imply.
    implied: Vec<u32>,
    news: Vec<Dependency>,
    found: Vec<News>,
}

impl<'t> Walk<'t> {
    fn new(trace: &'t Trace, own: &'t [Own]) -> Self {
        let zeros = vec![0u32; trace.process_count()];
        let (known, heard, implied) = (zeros.clone(), zeros.clone(), zeros);
        Self { trace, own, known, heard, implied, news: Vec::new(), found: Vec::new() }
    }

    /// What the events of some processes know of others.
    fn dependencies_of(mut self, processes: Range<usize>) -> Vec<News> {
        for to in processes.map(ProcessId::at) {
            self.known.fill(0);
            self.heard.fill(0);
            // No count of its own is news to it.
            self.known[to.index()] = u32::MAX;
            let mut since = 1;
            for (received, clock) in self.trace.clocks(to) {
                self.hear(to, received, since, clock);
                since = received + 1;
            }
        }
        self.found
    }

    /// What one event knows that none before it did.
    fn hear(&mut self, to: ProcessId, received: u32, since: u32, clock: &[(u32, u32)]) {
        let mut news = std::mem::take(&mut self.news);
        news.clear();
        for &(name, count) in clock {
            let Some(from) = self.trace.clock_processes[name as usize] else { continue };
            if count > self.known[from.index()] {
                news.push(Dependency { from, count, place: self.own[from.index()].place(count), to, received, since });
            }
        }
        match news.as_slice() {
            [] => {}
            [only] => self.draw(only),
            several => self.draw_several(several),
        }
        for d in &news {
            self.known[d.from.index()] = d.count;
        }
        self.news = news;
    }

    fn draw(&mut self, d: &Dependency) {
        let (sent, heard) = (d.sent().unwrap_or(0), &mut self.heard[d.from.index()]);
        self.found.push((*d, sent > *heard));
        *heard = sent.max(*heard);
    }

    /// Those that none of the others implies.
    fn draw_several(&mut self, news: &[Dependency]) {
        let trace = self.trace;
        let clock = |d: &Dependency| d.sent().and_then(|sent| trace.counts(d.from, sent)).unwrap_or_default().iter();
        for d in news {
            for &(name, count) in clock(d) {
                if let Some(p) = trace.clock_processes[name as usize].filter(|&p| p != d.from) {
                    let implied = &mut self.implied[p.index()];
                    *implied = count.max(*implied);
                }
            }
        }
        let drawn = self.found.len();
        for d in news {
            if self.implied[d.from.index()] < d.count {
                self.draw(d);
            }
        }
        // Wrong clocks can imply each other in a circle; then none of them says where it comes from.
        if self.found.len() == drawn {
            self.found.extend(news.iter().map(|d| (*d, true)));
        }
        for &(name, _) in news.iter().flat_map(clock) {
            if let Some(p) = trace.clock_processes[name as usize] {
                self.implied[p.index()] = 0;
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
