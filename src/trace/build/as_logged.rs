//! What was read by sections is numbered as the log shows it.

use std::sync::Arc;

use super::Builder;
use crate::ids::MessageId;
use crate::trace::channels::Channels;
use crate::trace::in_sections::InSections;
use crate::trace::messages::{NEVER, Row};

impl Builder {
    /// Numbers messages and channels in the order in which the log names them, where it was read [by its sections]
    /// (Self::by_section): the trace is then in every number that of the log from front to back, and its
    /// [`CausalOrder`](crate::causality::CausalOrder) is known. False where it is not to be known who is named first.
    ///
    /// Time: O(messages); space: 8 bytes for each, and once more the largest column of them.
    pub fn number_as_logged(&mut self) -> bool {
        let Some((starts, names_senders)) = self.section_starts() else { return false };
        self.number_channels(&starts, names_senders);
        // How many messages there are of the senders before each, in the order of the log.
        let from = |row: &Row, channels: &Channels| channels.ends(row.channel).0.index();
        let mut counts = vec![0u32; starts.len()];
        self.messages.rows.iter().for_each(|row| counts[from(row, &self.channels)] += 1);
        let mut senders: Vec<usize> = (0..starts.len()).collect();
        senders.sort_unstable_by_key(|&sender| starts[sender]);
        let mut next = vec![0u32; starts.len()];
        senders.iter().fold(0, |before, &sender| {
            next[sender] = before;
            before + counts[sender]
        });
        let number = |row: &Row| {
            let next = &mut next[from(row, &self.channels)];
            *next += 1;
            MessageId::at(*next as usize - 1)
        };
        let order: Vec<MessageId> = self.messages.rows.iter().map(number).collect();
        self.messages.number(&order);
        let is_above = |row: &Row| {
            let (from, to) = self.channels.ends(row.channel);
            row.received != NEVER && starts[to.index()] < starts[from.index()]
        };
        self.log_is_causal = !self.messages.rows.iter().any(is_above);
        let processes = Arc::new(std::mem::take(&mut self.log));
        self.in_sections = Some(InSections { starts, processes, messages: Arc::new(order) });
        true
    }

    /// Numbers the channels: each is named by its first send, or by its first receive if that stands above it and names
    /// the sender.
    fn number_channels(&mut self, starts: &[u64], names_senders: bool) {
        const NOWHERE: (u64, u32) = (u64::MAX, u32::MAX);
        let mut named = vec![NOWHERE; self.channels.len()];
        for row in &self.messages.rows {
            let (from, to) = self.channels.ends(row.channel);
            let first = &mut named[row.channel.index()];
            *first = (*first).min((starts[from.index()], row.sent));
            if names_senders && row.received != NEVER {
                *first = (*first).min((starts[to.index()], row.received));
            }
        }
        let mut order: Vec<_> = self.channels.iter().collect();
        order.sort_unstable_by_key(|channel| named[channel.index()]);
        let numbers = self.channels.number_anew(&order);
        self.messages.rows.iter_mut().for_each(|row| row.channel = numbers[row.channel.index()]);
    }
}
