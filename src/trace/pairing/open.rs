//! One open end, as a table of them has it.

use super::OnItsWay;
use crate::ids::{ChannelId, MessageId, ProcessId};
use crate::key::Key;
use crate::source::Span;

/// One open end: a send that waits for its receive, or a receive that waits for its send. What is asked of it whenever it
/// is looked at, in half of what a cache reads at once.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
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
}

impl Open {
    /// An end of which no more is asked.
    pub(super) fn bare(key: Key, to: u32, from: u32, value: u32) -> Self {
        Self { key, to, from, value, sent: 0 }
    }
}

/// What else is known of a send.
#[derive(Clone, Copy, Debug)]
pub(in crate::trace) struct Rest {
    pub(in crate::trace) name_at: u64,
    pub(in crate::trace) name_len: u32,
    pub(in crate::trace) channel: u32,
}

impl Rest {
    /// Of an end of which no more is asked.
    pub(super) const NONE: Self = Self { name_at: 0, name_len: 0, channel: 0 };
}

/// An open end, with all that is known of it.
#[derive(Clone, Copy, Debug)]
pub(in crate::trace) struct Whole<'t> {
    pub(in crate::trace) open: &'t Open,
    pub(in crate::trace) rest: &'t Rest,
}

impl Whole<'_> {
    /// The message that is on its way.
    #[inline]
    pub(in crate::trace) fn on_its_way(self) -> OnItsWay {
        let Self { open: &Open { from, value, sent, .. }, rest: &Rest { name_at, name_len, channel } } = self;
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
    pub(in crate::trace) fn open(&self, key: Key, to: u32) -> (Open, Rest) {
        let Self { message, from, channel, sent, name } = *self;
        let (from, value, channel) = (from.index() as u32, message.index() as u32, channel.index() as u32);
        (Open { key, to, from, value, sent }, Rest { name_at: name.start, name_len: name.len, channel })
    }
}

/// The sender where a receive names none.
pub(in crate::trace) const ANYONE: u32 = u32::MAX;
