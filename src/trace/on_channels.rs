//! What a trace says of its messages and channels.

use std::borrow::Cow;
use std::hint::select_unpredictable;

use super::messages::NEVER;
use super::{Channels, Duplicate, Packed, Trace, Unsent};
use crate::ids::{ChannelId, MessageId, ProcessId};

/// Messages and channels.
impl Trace {
    /// How many messages the log shows the send of.
    pub fn message_count(&self) -> usize {
        self.messages.len() + self.crossed.as_ref().map_or(0, |crossed| crossed.before + crossed.after)
    }

    /// All messages that it keeps, in the order in which the log shows the sends, or in which they were read
    /// [by sections](super::Builder::by_section): on each channel the order of sending.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = MessageId> + ExactSizeIterator + use<> {
        (0..self.messages.len()).map(MessageId::at)
    }

    /// The channel of a message.
    #[inline]
    pub fn channel_of(&self, message: MessageId) -> ChannelId {
        self.messages.rows[message.index()].channel
    }

    /// Sender and receiver of a message.
    #[inline]
    pub fn ends(&self, message: MessageId) -> (ProcessId, ProcessId) {
        self.channels.ends(self.messages.rows[message.index()].channel)
    }

    /// Which event of the sender sent it, from 1.
    #[inline]
    pub fn sent(&self, message: MessageId) -> u32 {
        self.messages.rows[message.index()].sent
    }

    /// Which event of the receiver received it, from 1.
    #[inline]
    pub fn received(&self, message: MessageId) -> Option<u32> {
        match self.messages.rows[message.index()].received {
            NEVER => None,
            received => Some(received),
        }
    }

    /// Whether an event is one send, of a message that is received.
    #[inline]
    pub(crate) fn arrives(&self, does: Packed) -> bool {
        let sends = does.sends();
        // Nothing is read that is not near: the messages are in the order of the sends.
        let row = self.messages.rows.get(select_unpredictable(sends, does.number(), 0));
        sends & row.is_some_and(|row| row.received != NEVER)
    }

    /// The same with `u32::MAX`, which no position reaches, for a message that the log never sees received.
    #[inline]
    pub fn received_or_never(&self, message: MessageId) -> u32 {
        self.messages.rows[message.index()].received
    }

    /// The id of a message as the log has it.
    pub fn message_id(&self, message: MessageId) -> Option<&str> {
        self.messages.name(message).and_then(|span| self.text(span))
    }

    /// The name of a message in reports: its id, the two events of an inferred one (`a#7 -> b#9`), or else its number
    /// on its channel (`a->b#3`).
    pub fn message_name(&self, message: MessageId) -> Cow<'_, str> {
        if let Some(id) = self.message_id(message) {
            return Cow::Borrowed(id);
        }
        let (from, to) = self.ends(message);
        let (from, to) = (self.name(from), self.name(to));
        Cow::Owned(match (self.inferred, self.received(message)) {
            (true, Some(received)) => format!("{from}#{} -> {to}#{received}", self.sent(message)),
            _ => format!("{from}->{to}#{}", self.number_on_channel(message)),
        })
    }

    /// How many messages of its channel were sent up to this one. Counted for all messages when first asked.
    fn number_on_channel(&self, message: MessageId) -> u32 {
        let numbers = self.numbers_on_channel.get_or_init(|| {
            let mut counts = vec![0u32; self.channels.len()];
            let number = |row: &super::messages::Row| {
                counts[row.channel.index()] += 1;
                counts[row.channel.index()]
            };
            self.messages.rows.iter().map(number).collect()
        });
        numbers[message.index()]
    }

    /// The payload of a message as JSON text.
    pub fn payload(&self, message: MessageId) -> Option<&str> {
        self.messages.payloads.get(message.index() as u32).and_then(|span| self.text(span))
    }

    /// Receives whose send the log lacks: the holes of the log.
    pub fn unsent(&self) -> &[Unsent] {
        &self.unsent
    }

    /// The name of a message whose send the log lacks.
    pub fn unsent_name(&self, unsent: &Unsent) -> Cow<'_, str> {
        if let Some(id) = unsent.name.and_then(|span| self.text(span)) {
            return Cow::Borrowed(id);
        }
        let from = unsent.from.map_or("?", |from| self.name(from));
        Cow::Owned(format!("{from}->{}#{}", self.name(unsent.to), unsent.received))
    }

    /// Second receives of messages.
    pub fn duplicates(&self) -> &[Duplicate] {
        &self.duplicates
    }

    /// The channels on which ids were sent again while messages of them were on their way, and how often: each receive is
    /// taken for that of the oldest. None where the log shows receives before their sends, or was read
    /// [by sections](super::Builder::by_section): what is on its way is then not to be seen.
    pub fn sent_again(&self) -> &[(ChannelId, usize)] {
        &self.sent_again
    }

    /// The channels that are declared or used.
    pub fn channels(&self) -> &Channels {
        &self.channels
    }

    /// How many channels there are: the declared ones, or one for every ordered pair of processes.
    pub fn channel_count(&self) -> usize {
        let n = self.process_count();
        if self.channels.are_declared() { self.channels.len() } else { n * n.saturating_sub(1) }
    }

    /// Whether there is a channel from one process to another: a declared one, or any where none is declared.
    pub fn has_channel(&self, from: ProcessId, to: ProcessId) -> bool {
        from != to && (!self.channels.are_declared() || self.channels.find(from, to).is_some())
    }

    /// Whether every channel is FIFO: none is declared otherwise, and no message overtakes another of its channel. What is
    /// lost ([`Trace::lost`]) overtakes nothing. Time: O(messages), when first asked.
    pub fn is_fifo(&self) -> bool {
        *self.fifo.get_or_init(|| {
            let declared = self.channels.iter().all(|c| self.channels.is_fifo(c));
            declared && (self.arrive().as_sent || self.overtaken().next().is_none())
        })
    }

    /// Messages of FIFO channels that never arrive though one that a later event sent there does: each with the first
    /// such one, (lost, later). Messages of one event may arrive in any order. Time: O(messages); space: those that
    /// never arrive.
    pub fn lost(&self) -> Vec<(MessageId, MessageId)> {
        if self.arrive().as_sent { Vec::new() } else { self.arrivals().0 }
    }

    /// What is lost, and of each channel what never arrives and is not lost: it may still be under way.
    pub(super) fn arrivals(&self) -> (Vec<(MessageId, MessageId)>, Vec<Vec<MessageId>>) {
        let mut lost = Vec::new();
        let mut waiting: Vec<Vec<MessageId>> = vec![Vec::new(); self.channels.len()];
        let arrivals = self.arrive();
        if arrivals.as_sent {
            arrivals.never.iter().for_each(|&message| waiting[self.channel_of(message).index()].push(message));
            return (lost, waiting);
        }
        for message in self.messages() {
            let channel = self.channel_of(message);
            let waiting = &mut waiting[channel.index()];
            if self.received(message).is_none() {
                waiting.push(message);
            } else if !waiting.is_empty() && self.channels.is_fifo(channel) {
                let earlier = waiting.partition_point(|&w| self.sent(w) < self.sent(message));
                lost.extend(waiting.drain(..earlier).map(|lost| (lost, message)));
            }
        }
        (lost, waiting)
    }

    /// Messages that overtook one sent before on the same channel, each with the first one that it is seen to overtake:
    /// (overtaking, overtaken). Messages of one event may arrive in any order. Time: O(messages); space: the channels.
    pub fn overtaken(&self) -> impl Iterator<Item = (MessageId, MessageId)> + '_ {
        // Of each channel: the message received last among those of earlier send events, and of the current one.
        let mut last: Vec<[Option<MessageId>; 2]> = vec![[None; 2]; self.channels.len()];
        let later = |a: Option<MessageId>, b: Option<MessageId>| {
            let received = |m: MessageId| self.received_or_never(m);
            match (a, b) {
                (Some(x), Some(y)) => Some(if received(x) < received(y) { y } else { x }),
                (some, none) => some.or(none),
            }
        };
        self.messages().filter_map(move |message| {
            let received = self.received(message)?;
            let [earlier, current] = &mut last[self.channel_of(message).index()];
            if current.is_some_and(|c| self.sent(c) < self.sent(message)) {
                *earlier = later(*earlier, current.take());
            }
            *current = later(*current, Some(message));
            let before = (*earlier)?;
            (self.received_or_never(before) > received).then_some((message, before))
        })
    }

    /// Whether the messages are inferred from logged clocks.
    pub fn is_inferred(&self) -> bool {
        self.inferred
    }
}
