//! What was read by sections is numbered as the log shows it.

use std::sync::Arc;

use super::Builder;
use crate::ids::{ChannelId, MessageId, ProcessId};
use crate::trace::in_sections::InSections;
use crate::trace::messages::{NEVER, Row};

/// What the messages of a channel say of it.
#[derive(Clone, Copy, Debug)]
struct OfChannel {
    messages: u32,
    /// The first send, and the first receive if there is any.
    sent: u32,
    received: u32,
}

impl OfChannel {
    const NONE: Self = Self { messages: 0, sent: NEVER, received: NEVER };
}

impl Builder {
    /// Numbers messages and channels in the order in which the log names them, where it was read by its
    /// [sections](Self::by_section): the trace is then in every number that of the log from front to back, and its
    /// [`CausalOrder`](crate::causality::CausalOrder) is known. False where it is not to be known who is named first.
    ///
    /// Time: O(messages); space: 8 bytes for each, and once more the largest column of them.
    pub fn number_as_logged(&mut self) -> bool {
        let Some((starts, names_senders)) = self.section_starts() else { return false };
        let mut of_channels = vec![OfChannel::NONE; self.channels.len()];
        for Row { channel, sent, received } in &self.messages.rows {
            let of = &mut of_channels[channel.index()];
            of.messages += 1;
            of.sent = of.sent.min(*sent);
            of.received = of.received.min(*received);
        }
        let is_above = |(&(from, to), of): (&(ProcessId, ProcessId), &OfChannel)| {
            of.received != NEVER && starts[to.index()] < starts[from.index()]
        };
        let ends: Vec<_> = self.channels.iter().map(|channel| self.channels.ends(channel)).collect();
        self.log_is_causal = !ends.iter().zip(&of_channels).any(is_above);
        // How many messages the senders before each in the log have.
        let mut counts = vec![0u32; starts.len()];
        ends.iter().zip(&of_channels).for_each(|((from, _), of)| counts[from.index()] += of.messages);
        let mut senders: Vec<usize> = (0..starts.len()).collect();
        senders.sort_unstable_by_key(|&sender| starts[sender]);
        let mut next = vec![0u32; starts.len()];
        senders.iter().fold(0, |before, &sender| {
            next[sender] = before;
            before + counts[sender]
        });
        let number = |row: &Row| {
            let next = &mut next[ends[row.channel.index()].0.index()];
            *next += 1;
            MessageId::at(*next as usize - 1)
        };
        let messages: Vec<MessageId> = self.messages.rows.iter().map(number).collect();
        self.messages.number(&messages);
        // A channel is named by its first send, or by its first receive if that stands above it and names the sender.
        let named = |channel: &ChannelId| {
            let ((from, to), of) = (ends[channel.index()], of_channels[channel.index()]);
            let (sent, received) = ((starts[from.index()], of.sent), (starts[to.index()], of.received));
            if names_senders && of.received != NEVER { sent.min(received) } else { sent }
        };
        let mut channels: Vec<ChannelId> = self.channels.iter().collect();
        channels.sort_unstable_by_key(named);
        let numbers = self.channels.number_anew(&channels);
        self.messages.rows.iter_mut().for_each(|row| row.channel = numbers[row.channel.index()]);
        let processes = Arc::new(std::mem::take(&mut self.log));
        self.in_sections = Some(InSections { starts, processes, messages: Arc::new(messages) });
        true
    }
}
