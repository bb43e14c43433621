//! Pairing in parts: for logs with more open ends than a cache holds.
//!
//! With a million messages in flight, or one process after another, each look into a table of open ends waits for memory.
//! So the ends are put aside by the hash of their id and receiver, which the two ends of a message share, and paired part
//! by part, each in a table that fits a cache (partitioned hash join: Shatdal, Kant and Naughton 1994). Within a part they
//! stay in the order of the log, and ends of different parts have nothing to do with each other: what pairs is what pairs
//! one by one.

use super::{ANYONE, Found, Open, Table};
use crate::ids::{MessageId, ProcessId};
use crate::key::{Key, Salt};
use crate::source::Span;

/// How many parts there are, as a power of two: what is written at the end of each stays in a near cache.
const PARTS: u32 = 10;

/// So many ends are put aside before they are paired, or twice what is left over of the last time if that is more: a
/// part is then of some thousand.
const AT_ONCE: usize = 1 << 20;

/// No message of several in its event.
const ALONE: u32 = u32::MAX;

/// A receive with an id.
#[derive(Clone, Copy, Debug)]
pub struct Receive {
    /// The key of the id.
    pub key: Key,
    /// The receiver.
    pub to: ProcessId,
    /// The sender, where the receive names it.
    pub from: Option<ProcessId>,
    /// Which event of the receiver receives it, from 1.
    pub position: u32,
    /// Which of several parts of its event it is.
    pub part: Option<usize>,
    /// The id.
    pub name: Span,
    /// Where it is in the input.
    pub at: u64,
}

/// One end of a message, in few bytes.
#[derive(Clone, Copy, Debug)]
struct End {
    key: Key,
    to: u32,
    /// [`ANYONE`] where a receive names no sender.
    from: u32,
    /// Message of a send, position of a receive.
    value: u32,
    part: u32,
    name_at: u64,
    at: u64,
    name_len: u32,
    is_send: bool,
    is_done: bool,
}

impl End {
    fn receive(&self) -> Receive {
        Receive {
            key: self.key,
            to: ProcessId::at(self.to as usize),
            from: (self.from != ANYONE).then(|| ProcessId::at(self.from as usize)),
            position: self.value,
            part: (self.part != ALONE).then_some(self.part as usize),
            name: Span { start: self.name_at, len: self.name_len },
            at: self.at,
        }
    }
}

/// What becomes of an end that was put aside.
#[derive(Clone, Copy, Debug)]
pub enum Paired {
    /// A receive has its message; whether the log shows the receive first.
    Received(Receive, MessageId, bool),
    /// Several senders have a message of this id on its way to the receiver.
    Ambiguous(Receive),
}

/// Ends that are paired later.
#[derive(Debug)]
pub struct Later {
    parts: Vec<Vec<End>>,
    held: usize,
    limit: usize,
    sends: Table,
    receives: Table,
    paired: Vec<Paired>,
}

impl Default for Later {
    fn default() -> Self {
        let (sends, receives) = (Table::new(), Table::new());
        let parts = vec![Vec::new(); 1 << PARTS];
        let mut later = Self { parts, held: 0, limit: AT_ONCE, sends, receives, paired: Vec::new() };
        later.reserve();
        later
    }
}

impl Later {
    /// A send with an id.
    #[inline]
    pub fn send(&mut self, key: Key, from: ProcessId, to: ProcessId, message: MessageId) {
        self.push(End {
            key,
            to: to.index() as u32,
            from: from.index() as u32,
            value: message.index() as u32,
            part: ALONE,
            name_at: 0,
            at: 0,
            name_len: 0,
            is_send: true,
            is_done: false,
        });
    }

    /// A receive with an id.
    #[inline]
    pub fn receive(&mut self, receive: Receive) {
        let Receive { key, to, from, position, part, name, at } = receive;
        self.push(End {
            key,
            to: to.index() as u32,
            from: from.map_or(ANYONE, |from| from.index() as u32),
            value: position,
            // There are no more parts than fit an action, which has less room.
            part: part.map_or(ALONE, |part| part as u32),
            name_at: name.start,
            at,
            name_len: name.len,
            is_send: false,
            is_done: false,
        });
    }

    #[inline]
    fn push(&mut self, end: End) {
        // Other bits than those that the tables go by.
        let (_, low) = end.key.halves(Salt::of(end.to));
        let part = low >> (64 - PARTS);
        self.parts[part as usize].push(end);
        self.held += 1;
    }

    /// Whether it is time to [settle](Self::settle).
    #[inline]
    pub fn is_full(&self) -> bool {
        self.held >= self.limit
    }

    /// Pairs what can be paired so far; tells of it part by part. Time: linear in what is held, amortised in what was put
    /// aside; space: 56 bytes for each end held.
    pub fn settle(&mut self, mut each: impl FnMut(&[Paired])) {
        let Self { parts, sends, receives, paired, .. } = self;
        for part in parts.iter_mut() {
            paired.clear();
            for i in 0..part.len() {
                let End { key, to, from, is_send, .. } = part[i];
                let (others, own) = if is_send { (&mut *receives, &mut *sends) } else { (&mut *sends, &mut *receives) };
                let other = match others.is_empty() {
                    true => Found::Nothing,
                    false => others.take(key, to, from),
                };
                match other {
                    Found::One(other) => {
                        let other = other.value as usize;
                        (part[i].is_done, part[other].is_done) = (true, true);
                        let (send, receive) = if is_send { (i, other) } else { (other, i) };
                        let message = MessageId::at(part[send].value as usize);
                        paired.push(Paired::Received(part[receive].receive(), message, is_send));
                    }
                    // Only a receive can be: a send names its sender.
                    Found::Ambiguous => {
                        part[i].is_done = true;
                        paired.push(Paired::Ambiguous(part[i].receive()));
                    }
                    Found::Nothing => {
                        own.insert(Open::bare(key, to, from, i as u32));
                    }
                }
            }
            each(paired);
            part.retain(|end| !end.is_done);
            sends.clear();
            receives.clear();
        }
        self.held = self.parts.iter().map(Vec::len).sum();
        self.limit = AT_ONCE.max(self.held * 2);
        self.reserve();
    }

    /// Room for as many ends as are put aside at once, of which each part gets its share and hardly more: lists that grow
    /// by doubling would take half as much memory again, all of it new.
    fn reserve(&mut self) {
        let share = self.limit >> PARTS;
        let room = share + share / 8;
        self.parts.iter_mut().for_each(|part| part.reserve_exact(room.saturating_sub(part.len())));
    }

    /// What is left over: the sends, which are handed on as key, sender, receiver and message, and the receives in the
    /// order of the input.
    pub fn left(self, mut send: impl FnMut(Key, ProcessId, ProcessId, MessageId)) -> Vec<Receive> {
        let mut left = Vec::new();
        for end in self.parts.into_iter().flatten() {
            if end.is_send {
                let (from, to) = (ProcessId::at(end.from as usize), ProcessId::at(end.to as usize));
                send(end.key, from, to, MessageId::at(end.value as usize));
            } else {
                left.push(end.receive());
            }
        }
        left.sort_by_key(|receive| (receive.at, receive.name.start));
        left
    }
}
