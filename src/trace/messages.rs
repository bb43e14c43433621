//! The messages of a trace, in columns of four bytes.

use std::ops::Range;

use hashbrown::HashMap;

use super::pairing::OnItsWay;
use super::sparse::Sparse;
use crate::ids::{ChannelId, MessageId, ProcessId, TooMany};
use crate::source::{Addresses, Span};

/// Position of a receive that the log does not have: no position of any process reaches it.
pub(super) const NEVER: u32 = u32::MAX;

/// Length of a name that does not fit its column.
const LONG: u16 = u16::MAX;

/// What every question asks of a message, side by side: whoever reads one of the three reads the others too.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) channel: ChannelId,
    pub(super) sent: u32,
    pub(super) received: u32,
}

/// Every message with a send, in the order in which the log shows the sends: of two messages on one channel the one
/// sent first has the smaller id.
#[derive(Clone, Debug, Default)]
pub(super) struct Messages {
    pub(super) rows: Vec<Row>,
    name_at: Addresses,
    name_len: Vec<u16>,
    long: HashMap<usize, u32>,
    pub(super) payloads: Sparse<Span>,
}

impl Messages {
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Adds a message that is not received yet.
    #[inline]
    pub(super) fn push(&mut self, channel: ChannelId, sent: u32, name: Option<Span>) -> Result<MessageId, TooMany> {
        let index = self.rows.len();
        let id = MessageId::new(index)?;
        self.rows.push(Row { channel, sent, received: NEVER });
        let name = name.unwrap_or(Span { start: self.name_at.last(), len: 0 });
        self.name_at.push(name.start);
        self.name_len.push(match u16::try_from(name.len) {
            Ok(len) if len != LONG => len,
            _ => {
                self.long.insert(index, name.len);
                LONG
            }
        });
        Ok(id)
    }

    /// Adds messages with names, for which there are numbers, column by column.
    #[inline(always)]
    pub(super) fn push_all(&mut self, sent: impl Iterator<Item = (ChannelId, u32, Span)> + Clone) {
        let index = self.rows.len();
        self.rows.extend(sent.clone().map(|(channel, sent, _)| Row { channel, sent, received: NEVER }));
        self.name_at.extend(sent.clone().map(|(_, _, name)| name.start));
        self.name_len.extend(sent.clone().map(|(_, _, name)| name.len.min(u32::from(LONG)) as u16));
        let is_long = |name: Span| name.len >= u32::from(LONG);
        if sent.clone().fold(false, |any, (_, _, name)| any | is_long(name)) {
            let long = (index..).zip(sent).filter(|&(_, (_, _, name))| is_long(name));
            self.long.extend(long.map(|(index, (_, _, name))| (index, name.len)));
        }
    }

    /// Numbers them anew: those that were added have these numbers, one after the other. Time: linear; space: once more the
    /// largest column.
    pub(super) fn number(&mut self, numbers: &[MessageId]) {
        let mut old = vec![0u32; numbers.len()];
        for (before, number) in (0..).zip(numbers) {
            old[number.index()] = before;
        }
        let old = || old.iter().map(|&before| before as usize);
        self.rows = old().map(|before| self.rows[before]).collect();
        let mut name_at = Addresses::default();
        old().for_each(|before| name_at.push(self.name_at.get(before)));
        self.name_at = name_at;
        self.name_len = old().map(|before| self.name_len[before]).collect();
        self.long = self.long.drain().map(|(before, len)| (numbers[before].index(), len)).collect();
        let mut payloads: Vec<_> = self.payloads.iter().collect();
        payloads.iter_mut().for_each(|(at, _)| *at = numbers[*at as usize].index() as u32);
        payloads.sort_unstable_by_key(|&(at, _)| at);
        self.payloads = Sparse::default();
        payloads.into_iter().for_each(|(at, payload)| self.payloads.push(at, payload));
    }

    /// What its send says of it.
    pub(super) fn on_its_way(&self, message: MessageId, from: ProcessId) -> OnItsWay {
        let Row { channel, sent, .. } = self.rows[message.index()];
        let name = self.name(message).unwrap_or(Span { start: 0, len: 0 });
        OnItsWay { message, from, channel, sent, name }
    }

    /// Where its id stands; nothing for a message without one.
    pub(super) fn name(&self, id: MessageId) -> Option<Span> {
        let index = id.index();
        let len = match self.name_len[index] {
            0 => return None,
            LONG => *self.long.get(&index)?,
            len => u32::from(len),
        };
        Some(Span { start: self.name_at.get(index), len })
    }
}

/// The names of all.
impl Messages {
    /// How many messages have no name.
    pub(super) fn nameless(&self) -> usize {
        self.name_len.iter().filter(|&&len| len == 0).count()
    }

    /// The messages of a range of numbers that have names, with where these stand.
    pub(super) fn named(&self, range: Range<usize>) -> impl Iterator<Item = (MessageId, Span)> + '_ {
        let lengths = range.clone().zip(&self.name_len[range.clone()]);
        lengths.zip(self.name_at.between(range)).filter_map(|((index, &len), start)| {
            let len = match len {
                0 => return None,
                LONG => *self.long.get(&index)?,
                len => u32::from(len),
            };
            Some((MessageId::at(index), Span { start, len }))
        })
    }
}

/// Messages that are found in parts.
#[cfg(feature = "arrow")]
impl Messages {
    /// None yet, and room for so many.
    pub(super) fn with_room(room: usize) -> Self {
        let (rows, name_len) = (Vec::with_capacity(room), Vec::with_capacity(room));
        Self { rows, name_len, name_at: Addresses::with_room(room), ..Self::default() }
    }

    /// These, and behind them those. Time: linear in those.
    pub(super) fn and(mut self, more: Self) -> Self {
        let first = self.rows.len();
        self.rows.extend_from_slice(&more.rows);
        self.name_at.append(&more.name_at);
        self.name_len.extend_from_slice(&more.name_len);
        self.long.extend(more.long.into_iter().map(|(at, len)| (first + at, len)));
        more.payloads.iter().for_each(|(at, payload)| self.payloads.push(first as u32 + at, payload));
        self
    }
}
