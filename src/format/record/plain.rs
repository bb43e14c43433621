//! Plain events, by the thousand.

use std::ops::Range;

use super::{ActionKind, Details, EventRecord, Sink, Transfer};
use crate::key::Key;

/// The message of a plain event: one of a process, with at most one message and some [`Details`], which is what nearly all
/// of a large log is. It is small and holds no text, so that one thread can hand it to another by the thousand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlainTransfer {
    /// The id of the message.
    pub key: Key,
    /// Which event it is of.
    pub event: PlainEvent,
    /// The other process: a number in [`PlainRun::names`]; any where the line names none, as a receive may.
    pub peer: u32,
    /// Where the id starts in the block.
    pub id_at: u16,
    /// Length of the id.
    pub id_len: u8,
    /// Whether the line names the other process: every send does.
    pub has_peer: bool,
}

/// Which plain event of a block, in one register: its process in the upper half, then its line, and lowest how many of its
/// process stand before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlainEvent(pub u64);

impl PlainEvent {
    /// An event of a process on a line, before which there are `position` of its process in the block.
    #[inline(always)]
    pub const fn of(process: u32, line: u16, position: u16) -> Self {
        Self((process as u64) << 32 | (line as u64) << 16 | position as u64)
    }

    /// Whose event it is: a number in [`PlainRun::names`].
    #[inline(always)]
    pub const fn process(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// Its line in the block, which has fewer bytes than there are numbers here.
    #[inline(always)]
    pub const fn line(self) -> u16 {
        (self.0 >> 16) as u16
    }

    /// How many plain events of its process stand before it in the block.
    #[inline(always)]
    pub const fn position(self) -> u16 {
        self.0 as u16
    }
}

/// Plain events on neighbouring lines of a block: one a line, those with a message sorted by kind.
#[derive(Clone, Copy, Debug)]
pub struct PlainLines<'a> {
    /// Number of the first line in the block.
    pub first: u32,
    /// Where the lines start in the block.
    pub starts: &'a [u32],
    /// Whose events they are: numbers in [`PlainRun::names`].
    pub processes: &'a [u32],
    /// The sends, in order.
    pub sends: &'a [PlainTransfer],
    /// The receives, in order.
    pub receives: &'a [PlainTransfer],
    /// What else they say.
    pub details: Details<'a>,
}

impl<'a> PlainLines<'a> {
    /// The first lines, up to so many, and those behind them.
    pub fn split(self, lines: usize) -> (Self, Self) {
        let lines = lines.min(self.starts.len());
        let behind = self.first + lines as u32;
        let (starts, later_starts) = self.starts.split_at(lines);
        let (processes, later_processes) = self.processes.split_at(lines);
        // No line has more than one.
        let end = |transfers: &[PlainTransfer]| {
            let few = &transfers[..lines.min(transfers.len())];
            few.partition_point(|transfer| u32::from(transfer.event.line()) < behind)
        };
        let (sends, later_sends) = self.sends.split_at(end(self.sends));
        let (receives, later_receives) = self.receives.split_at(end(self.receives));
        let (details, later_details) = self.details.split(behind);
        let before = Self { first: self.first, starts, processes, sends, receives, details };
        let (starts, processes, sends, receives) = (later_starts, later_processes, later_sends, later_receives);
        (before, Self { first: behind, starts, processes, sends, receives, details: later_details })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Each event in order: its line in the block, its process, what it does and its message.
    pub fn iter(&self) -> impl Iterator<Item = (u32, u32, ActionKind, Option<&'a PlainTransfer>)> + use<'a> {
        let (mut sends, mut receives) = (self.sends.iter().peekable(), self.receives.iter().peekable());
        (self.first..).zip(self.processes).map(move |(line, &process)| {
            if let Some(send) = sends.next_if(|send| u32::from(send.event.line()) == line) {
                return (line, process, ActionKind::Send, Some(send));
            }
            match receives.next_if(|receive| u32::from(receive.event.line()) == line) {
                Some(receive) => (line, process, ActionKind::Receive, Some(receive)),
                None => (line, process, ActionKind::Step, None),
            }
        })
    }
}

/// Plain events, and what they speak of.
#[derive(Debug)]
pub struct PlainRun<'a> {
    /// Where the block starts in the source.
    pub block: usize,
    /// Its bytes, all of them text.
    pub text: &'a [u8],
    /// The events.
    pub lines: PlainLines<'a>,
    /// The names that they use.
    pub names: &'a [Box<str>],
    /// What the sink knows each of the names by: its own to fill in, [`UNKNOWN`] where it has not. It gets the same list
    /// again with the blocks that follow.
    pub known: &'a mut [u32],
}

/// The number of a name that the sink has not been told.
pub const UNKNOWN: u32 = u32::MAX;

impl<'a> PlainRun<'a> {
    /// Where a line starts in its source.
    pub fn start(&self, line: u32) -> usize {
        let nth = line.wrapping_sub(self.lines.first) as usize;
        self.block + self.lines.starts.get(nth).map_or(0, |&start| start as usize)
    }

    /// The bytes of a line in its source, without its end.
    pub fn at(&self, line: u32) -> Range<usize> {
        let start = self.start(line);
        let rest = self.text.get(start - self.block..).unwrap_or_default();
        start..start + memchr::memchr(b'\n', rest).unwrap_or(rest.len())
    }

    /// The id of an event's message, and the other process.
    pub fn transfer(&self, plain: &PlainTransfer) -> Transfer<'a> {
        let start = usize::from(plain.id_at);
        let message = self.text.get(start..start + usize::from(plain.id_len));
        let message = message.and_then(|id| std::str::from_utf8(id).ok());
        let peer = plain.has_peer.then(|| self.name(plain.peer));
        Transfer { message, peer, payload: None }
    }

    /// A name by its number.
    pub fn name(&self, number: u32) -> &'a str {
        self.names.get(number as usize).map_or("", AsRef::as_ref)
    }

    /// Tells a sink of each event.
    pub fn tell_each<S: Sink + ?Sized>(&self, sink: &mut S) {
        let mut details = self.lines.details;
        for (line, process, action, plain) in self.lines.iter() {
            let (own, later) = details.split(line + 1);
            details = later;
            let [label, note, state, payload] = own.texts_of_one(self.text);
            let time = own.times.first().map(|timed| timed.time);
            let transfers = plain.map(|plain| Transfer { payload, ..self.transfer(plain) });
            let (at, process, transfers) = (self.at(line), self.name(process), transfers.as_slice());
            sink.event(&EventRecord { at, process, label, note, action, transfers, state, time, clock: None });
        }
    }
}

/// All events of a block, each of them plain: counted by process, and those with a message sorted by kind.
#[derive(Debug)]
pub struct PlainBlock<'a> {
    /// Where the block starts in the source.
    pub block: usize,
    /// Its bytes, all of them text.
    pub text: &'a [u8],
    /// How many events there are.
    pub events: usize,
    /// How many of each process that has any: numbers in `names`.
    pub counts: &'a [(u32, u32)],
    /// The sends, in order.
    pub sends: &'a [PlainTransfer],
    /// The receives, in order.
    pub receives: &'a [PlainTransfer],
    /// What else they say.
    pub details: Details<'a>,
    /// As [`PlainRun::names`].
    pub names: &'a [Box<str>],
    /// What the sink knows each of the names by, as far as [`PlainRun::known`] told it.
    pub known: &'a [u32],
}

/// Takes plain events by the block.
pub trait PlainBlocks {
    /// All events of a block: the same as [`Sink::plain_events`](super::Sink::plain_events) of them. False, and none are
    /// taken, where they must be told that way.
    fn plain_block(&mut self, block: &PlainBlock<'_>) -> bool;
}
