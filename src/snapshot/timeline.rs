//! Where everything stands in one linear order of the events.

use crate::causality::CausalOrder;
use crate::ids::{ChannelId, MessageId, ProcessId};
use crate::trace::Trace;

/// A moment of the run: so many events have happened, of all processes.
pub type Moment = u32;

/// From so many events on the two halves of a timeline are made side by side.
const LARGE: usize = 1 << 20;

/// The moments of all events, and the messages of each channel. Invariant: the order is one of happens-before.
#[derive(Debug)]
pub(super) struct Timeline<'t> {
    trace: &'t Trace,
    /// The moment after each event; the events of a process lie together, in order.
    after: Vec<Moment>,
    /// Where each process's events start in `after`; one more entry for the end.
    starts: Vec<usize>,
    /// The messages channel by channel, on each in the order of sending.
    by_channel: Vec<MessageId>,
    channel_starts: Vec<usize>,
}

impl<'t> Timeline<'t> {
    /// Time: O(events + messages + channels); space: 4 bytes for each.
    pub(super) fn new(trace: &'t Trace, order: &CausalOrder) -> Self {
        let mut starts = Vec::with_capacity(trace.process_count() + 1);
        starts.push(0);
        for process in trace.processes() {
            starts.push(starts[process.index()] + trace.events(process) as usize);
        }
        let (after, (by_channel, channel_starts)) = if trace.event_count() < LARGE {
            (moments(trace, order, &starts), by_channel(trace))
        } else {
            std::thread::scope(|scope| {
                let sorted = scope.spawn(|| by_channel(trace));
                let after = moments(trace, order, &starts);
                (after, sorted.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            })
        };
        Self { trace, after, starts, by_channel, channel_starts }
    }

    /// The moment after all events.
    pub(super) fn end(&self) -> Moment {
        self.after.len() as Moment
    }

    /// The moment at which a process reaches a position.
    #[inline]
    pub(super) fn reached(&self, process: ProcessId, position: u32) -> Moment {
        match position {
            0 => 0,
            k => self.after[self.starts[process.index()] + k as usize - 1],
        }
    }

    /// The last moment at which a process is at a position: just before its next event.
    #[inline]
    pub(super) fn left(&self, process: ProcessId, position: u32) -> Moment {
        if position < self.trace.events(process) { self.reached(process, position + 1) - 1 } else { self.end() }
    }

    /// Where a process stands at a moment. Time: logarithmic in its events.
    pub(super) fn position(&self, process: ProcessId, at: Moment) -> u32 {
        let own = &self.after[self.starts[process.index()]..self.starts[process.index() + 1]];
        own.partition_point(|&moment| moment <= at) as u32
    }

    /// The messages of a channel that were sent up to a position of its sender, and those sent after it.
    pub(super) fn split(&self, channel: ChannelId, sent: u32) -> (&[MessageId], &[MessageId]) {
        let all = &self.by_channel[self.channel_starts[channel.index()]..self.channel_starts[channel.index() + 1]];
        all.split_at(all.partition_point(|&m| self.trace.sent(m) <= sent))
    }
}

/// The moment after each event, process by process.
fn moments(trace: &Trace, order: &CausalOrder, starts: &[usize]) -> Vec<Moment> {
    let mut after = vec![0; trace.event_count()];
    let mut next = starts.to_vec();
    for (moment, (process, _)) in (1..).zip(order.events(trace)) {
        let slot = &mut next[process.index()];
        after[*slot] = moment;
        *slot += 1;
    }
    after
}

/// A counting sort by channel: stable, so that on each channel the order of sending stays.
fn by_channel(trace: &Trace) -> (Vec<MessageId>, Vec<usize>) {
    let mut starts = vec![0; trace.channels().len() + 1];
    for message in trace.messages() {
        starts[trace.channel_of(message).index() + 1] += 1;
    }
    for i in 1..starts.len() {
        starts[i] += starts[i - 1];
    }
    let mut next = starts.clone();
    let mut sorted = vec![MessageId::at(0); trace.message_count()];
    for message in trace.messages() {
        let slot = &mut next[trace.channel_of(message).index()];
        sorted[*slot] = message;
        *slot += 1;
    }
    (sorted, starts)
}
