//! The four classes of messages at a cut, the contents of its channels and its orphans.

use super::Cut;
use crate::ids::{MessageId, ProcessId};
use crate::trace::Trace;

/// Where a message lies relative to a cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Sent and received inside (ww).
    Before,
    /// Sent inside, received outside or never (wr): content of its channel.
    InTransit,
    /// Received inside, sent outside (rw): impossible in a consistent cut.
    Orphan,
    /// Sent and received outside (rr).
    After,
}

/// The class of one message.
#[inline]
pub fn class(trace: &Trace, cut: &Cut, message: MessageId) -> Class {
    let (from, to) = trace.ends(message);
    let sent = trace.sent(message) <= cut.position(from);
    let received = trace.received_or_never(message) <= cut.position(to);
    match (sent, received) {
        (true, true) => Class::Before,
        (true, false) => Class::InTransit,
        (false, true) => Class::Orphan,
        (false, false) => Class::After,
    }
}

/// How many messages each class has, and which ones are in transit or orphans.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Classes {
    /// How many are before.
    pub before: usize,
    /// How many are after.
    pub after: usize,
    /// In transit: channel by channel (sender, then receiver, in process order), on each in the order of sending.
    pub in_transit: Vec<MessageId>,
    /// Orphans, in the same order.
    pub orphans: Vec<MessageId>,
}

impl Classes {
    /// Classes of all messages. Time: O(messages), and sorting what is in transit; space: what is in transit.
    pub fn of(trace: &Trace, cut: &Cut) -> Self {
        Self::among(trace, cut, |_| true)
    }

    /// The same of the messages that both ends of which are processes to `keep`.
    pub(crate) fn among(trace: &Trace, cut: &Cut, keep: impl Fn(ProcessId) -> bool) -> Self {
        let (before, after) = trace.crossed().map_or((0, 0), |crossed| (crossed.before, crossed.after));
        let mut classes = Self { before, after, ..Self::default() };
        for message in trace.messages() {
            let (from, to) = trace.ends(message);
            if !(keep(from) && keep(to)) {
                continue;
            }
            match class(trace, cut, message) {
                Class::Before => classes.before += 1,
                Class::After => classes.after += 1,
                Class::InTransit => classes.in_transit.push(message),
                Class::Orphan => classes.orphans.push(message),
            }
        }
        // Messages are numbered in the order of sending on their channel.
        classes.in_transit.sort_by_key(|&m| (trace.ends(m), m));
        classes.orphans.sort_by_key(|&m| (trace.ends(m), m));
        classes
    }

    /// The channels that are not empty, with their contents in the order of sending.
    pub fn channels<'c>(&'c self, trace: &'c Trace) -> impl Iterator<Item = &'c [MessageId]> {
        self.in_transit.chunk_by(|&a, &b| trace.channel_of(a) == trace.channel_of(b))
    }
}
