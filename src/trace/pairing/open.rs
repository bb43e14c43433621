//! One open end, as a table of them has it.

use super::OnItsWay;
use crate::ids::{ChannelId, MessageId, ProcessId};
use crate::key::Key;
use crate::source::Span;

/// One open end: a send that waits for its receive, or a receive that waits for its send. All of it is what a cache reads
/// at once.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(in crate::trace) struct Open {
    pub(in crate::trace) key: Key,
    /// The receiver: an id is looked for among what is on its way to one process.
    pub(in crate::trace) to: u32,
    /// The sender; [`ANYONE`] on a receive that does not say.
    pub(in crate::trace) from: u32,
    /// Message of a send, number of a waiting receive: open ends of one key and receiver are taken in this order.
    pub(in crate::trace) value: u32,
    /// Which event of the sender a send is, from 1.
    pub(in crate::trace) sent: u32,
    pub(in crate::trace) channel: u32,
    /// The id of a send, as the log has it.
    pub(in crate::trace) name_len: u32,
    pub(in crate::trace) name_at: u64,
}

impl Open {
    /// No open end.
    pub(super) const NONE: Self = Self::bare(Key::NONE, 0, 0, 0);

    /// An end of which no more is asked.
    pub(super) const fn bare(key: Key, to: u32, from: u32, value: u32) -> Self {
        Self { key, to, from, value, sent: 0, channel: 0, name_len: 0, name_at: 0 }
    }

    /// Whether it is of this key and receiver.
    #[inline(always)]
    pub(super) fn is_of(&self, key: Key, to: u32) -> bool {
        self.key == key && self.to == to
    }

    /// Whether it and its other end may be of one sender, which either may not say.
    #[inline(always)]
    pub(super) fn may_be_from(&self, from: u32) -> bool {
        from == ANYONE || self.from == ANYONE || self.from == from
    }

    /// The message that is on its way.
    #[inline]
    pub(in crate::trace) fn on_its_way(&self) -> OnItsWay {
        let Self { from, value, sent, channel, name_len, name_at, .. } = *self;
        OnItsWay {
            message: MessageId::at(value as usize),
            from: ProcessId::at(from as usize),
            channel: ChannelId::at(channel as usize),
            sent,
            name: Span { start: name_at, len: name_len },
        }
    }
}

impl OnItsWay {
    /// As an open end to a process.
    #[inline(always)]
    pub(in crate::trace) fn open(&self, key: Key, to: u32) -> Open {
        let Self { message, from, channel, sent, name: Span { start: name_at, len: name_len } } = *self;
        let (from, value, channel) = (from.index() as u32, message.index() as u32, channel.index() as u32);
        Open { key, to, from, value, sent, channel, name_len, name_at }
    }
}

/// The sender where a receive names none.
pub(in crate::trace) const ANYONE: u32 = u32::MAX;
