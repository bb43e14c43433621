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
use crate::trace::parts::Parts;

/// How many parts there are, as a power of two: what is written at the end of each stays in a near cache.
const PARTS: u32 = 11;

/// So many ends are put aside before they are paired, or as many as were left over of the last time if these are more: a
/// part is then of some thousand.
const AT_ONCE: usize = 1 << 20;

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

/// One end of a message, in few bytes: of a large log half of all ends may be held.
#[derive(Clone, Copy, Debug)]
struct End {
    key: Key,
    /// [`SEND`], or where the id of a receive stands; of an [odd](ODD) one its number.
    name_at: u64,
    to: u32,
    /// [`ANYONE`] where a receive names no sender.
    from: u32,
    /// Message of a send, position of a receive.
    value: u32,
    /// How far before its id a receive starts.
    before: u16,
    name_len: u16,
}

/// No id of a receive stands here.
const SEND: u64 = u64::MAX;

/// The length of the id of a receive that is kept elsewhere, as more is to be said of it.
const ODD: u16 = u16::MAX;

/// What is known of receives.
#[derive(Debug, Default)]
struct Odd {
    receives: Vec<Receive>,
    free: Vec<u64>,
}

impl Odd {
    /// A receive as an end.
    #[inline]
    fn put(&mut self, receive: Receive) -> End {
        let Receive { key, to, from, position, part, name, at } = receive;
        let from = from.map_or(ANYONE, |from| from.index() as u32);
        let before = name.start.checked_sub(at).and_then(|before| u16::try_from(before).ok());
        let len = u16::try_from(name.len).ok().filter(|&len| len < ODD);
        let (name_at, before, name_len) = match (before, len, part) {
            (Some(before), Some(len), None) => (name.start, before, len),
            _ => (self.keep(receive), 0, ODD),
        };
        End { key, name_at, to: to.index() as u32, from, value: position, before, name_len }
    }

    #[cold]
    fn keep(&mut self, receive: Receive) -> u64 {
        if let Some(free) = self.free.pop() {
            self.receives[free as usize] = receive;
            return free;
        }
        self.receives.push(receive);
        self.receives.len() as u64 - 1
    }

    /// The receive of an end, which is no end any more.
    #[inline]
    fn take(&mut self, end: &End) -> Receive {
        if end.name_len == ODD {
            self.free.push(end.name_at);
            return self.receives[end.name_at as usize];
        }
        Receive {
            key: end.key,
            to: ProcessId::at(end.to as usize),
            from: (end.from != ANYONE).then(|| ProcessId::at(end.from as usize)),
            position: end.value,
            part: None,
            name: Span { start: end.name_at, len: end.name_len.into() },
            at: end.name_at - u64::from(end.before),
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
    parts: Parts<End>,
    odd: Odd,
    limit: usize,
    sends: Table,
    receives: Table,
    paired: Vec<Paired>,
}

impl Default for Later {
    fn default() -> Self {
        let (sends, receives, odd) = (Table::new(), Table::new(), Odd::default());
        Self { parts: Parts::new(1 << PARTS), odd, limit: AT_ONCE, sends, receives, paired: Vec::new() }
    }
}

impl Later {
    /// A send with an id.
    #[inline]
    pub fn send(&mut self, key: Key, from: ProcessId, to: ProcessId, message: MessageId) {
        let (from, to, value) = (from.index() as u32, to.index() as u32, message.index() as u32);
        self.push(End { key, name_at: SEND, to, from, value, before: 0, name_len: 0 });
    }

    /// A receive with an id.
    #[inline]
    pub fn receive(&mut self, receive: Receive) {
        let end = self.odd.put(receive);
        self.push(end);
    }

    #[inline]
    fn push(&mut self, end: End) {
        // Other bits than those that the tables go by.
        let (_, low) = end.key.halves(Salt::of(end.to));
        self.parts.push((low >> (64 - PARTS)) as usize, end);
    }

    /// Whether it is time to [settle](Self::settle).
    #[inline]
    pub fn is_full(&self) -> bool {
        self.parts.len() >= self.limit
    }

    /// Pairs what can be paired so far; tells of it part by part. Time: linear in what is held, amortised in what was put
    /// aside; space: 40 bytes for each end held.
    pub fn settle(&mut self, mut each: impl FnMut(&[Paired])) {
        let Self { parts, odd, sends, receives, paired, .. } = self;
        let (mut ends, mut done) = (Vec::new(), Vec::new());
        for part in 0..parts.count() {
            ends.clear();
            parts.take(part, &mut ends);
            done.clear();
            done.resize(ends.len(), false);
            paired.clear();
            for (i, end) in ends.iter().enumerate() {
                let End { key, to, from, value, name_at, .. } = *end;
                let is_send = name_at == SEND;
                let (others, own) = if is_send { (&mut *receives, &mut *sends) } else { (&mut *sends, &mut *receives) };
                let other = match others.is_empty() {
                    true => Found::Nothing,
                    false => others.take(key, to, from),
                };
                match other {
                    Found::One(other) => {
                        let other = other.value as usize;
                        (done[i], done[other]) = (true, true);
                        let (message, receive) = if is_send { (value, other) } else { (ends[other].value, i) };
                        let message = MessageId::at(message as usize);
                        paired.push(Paired::Received(odd.take(&ends[receive]), message, is_send));
                    }
                    // Only a receive can be: a send names its sender.
                    Found::Ambiguous => {
                        done[i] = true;
                        paired.push(Paired::Ambiguous(odd.take(end)));
                    }
                    Found::Nothing => {
                        own.insert(Open::bare(key, to, from, i as u32));
                    }
                }
            }
            each(paired);
            let left = ends.iter().zip(&done).filter(|(_, is_done)| !**is_done);
            left.for_each(|(end, _)| parts.push(part, *end));
            sends.clear();
            receives.clear();
        }
        self.limit = self.parts.len() + AT_ONCE.max(self.parts.len());
    }

    /// What is left over: the sends, which are handed on as key, sender, receiver and message, and the receives in the
    /// order of the input.
    pub fn left(mut self, mut send: impl FnMut(Key, ProcessId, ProcessId, MessageId)) -> Vec<Receive> {
        let (mut left, mut ends) = (Vec::new(), Vec::new());
        for part in 0..self.parts.count() {
            self.parts.take(part, &mut ends);
            for end in ends.drain(..) {
                if end.name_at == SEND {
                    let (from, to) = (ProcessId::at(end.from as usize), ProcessId::at(end.to as usize));
                    send(end.key, from, to, MessageId::at(end.value as usize));
                } else {
                    left.push(self.odd.take(&end));
                }
            }
        }
        left.sort_by_key(|receive| (receive.at, receive.name.start));
        left
    }
}
