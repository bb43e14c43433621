//! The four classes of messages at a cut, the contents of its channels and its orphans.

use std::ops::Range;

use super::Cut;
use crate::causality::CausalOrder;
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
        let mut classes = Self::not_kept(trace);
        for message in trace.messages() {
            let (from, to) = trace.ends(message);
            if !(keep(from) && keep(to)) {
                continue;
            }
            classes.add(message, class(trace, cut, message));
        }
        classes.sort(trace);
        classes
    }

    /// The same of all messages; and, in the order of the sends, from the first message that is sent outside to the last
    /// one that is received inside: what the cut knows and does not hold came about between these.
    pub(crate) fn in_order(trace: &Trace, order: &CausalOrder, cut: &Cut) -> (Self, Range<usize>) {
        let mut classes = Self::not_kept(trace);
        let (mut first_outside, mut behind_inside) = (usize::MAX, 0);
        order.between(trace, &order.all(trace), |place, message| {
            let class = class(trace, cut, message);
            if matches!(class, Class::Orphan | Class::After) {
                first_outside = first_outside.min(place);
            }
            if matches!(class, Class::Orphan | Class::Before) {
                behind_inside = place + 1;
            }
            classes.add(message, class);
        });
        classes.sort(trace);
        (classes, first_outside.min(behind_inside)..behind_inside)
    }

    /// Those of the messages that the trace does not keep.
    fn not_kept(trace: &Trace) -> Self {
        let (before, after) = trace.crossed().map_or((0, 0), |crossed| (crossed.before, crossed.after));
        Self { before, after, ..Self::default() }
    }

    #[inline]
    fn add(&mut self, message: MessageId, class: Class) {
        match class {
            Class::Before => self.before += 1,
            Class::After => self.after += 1,
            Class::InTransit => self.in_transit.push(message),
            Class::Orphan => self.orphans.push(message),
        }
    }

    /// Channel by channel. Messages are numbered in the order of sending on their channel.
    fn sort(&mut self, trace: &Trace) {
        for messages in [&mut self.in_transit, &mut self.orphans] {
            // Sender, receiver and message in one word: a million are sorted in half the time.
            let word = |(from, to): (ProcessId, ProcessId), message: MessageId| {
                (from.index() as u128) << 64 | (to.index() as u128) << 32 | message.index() as u128
            };
            let mut words: Vec<u128> = messages.iter().map(|&message| word(trace.ends(message), message)).collect();
            words.sort_unstable();
            messages.iter_mut().zip(words).for_each(|(message, word)| *message = MessageId::at(word as u32 as usize));
        }
    }

    /// The channels that are not empty, with their contents in the order of sending.
    pub fn channels<'c>(&'c self, trace: &'c Trace) -> impl Iterator<Item = &'c [MessageId]> {
        self.in_transit.chunk_by(|&a, &b| trace.channel_of(a) == trace.channel_of(b))
    }
}
