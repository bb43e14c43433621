//! Pairs sends with receives, in one pass, whichever of the two the log shows first.
//!
//! What is open is kept and nothing else: a message leaves the table when both its ends are known, so that the table
//! stays as small as the number of messages in flight, and in cache.

mod fetch;
mod later;
mod many;
mod open;
mod repeats;
mod room;
mod slots;
mod table;

use std::collections::VecDeque;

use crate::ids::{ChannelId, MessageId, ProcessId};
use crate::key::Key;
use crate::source::Span;

pub(in crate::trace) use self::fetch::fetch;
pub use self::later::{Later, Paired, Receive};
pub(super) use self::many::{AT_ONCE, Asked};
pub(super) use self::open::{ANYONE, Open};
use self::table::Found;
pub(super) use self::table::{Table, hash};

/// A message that is on its way: what its send says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnItsWay {
    /// The message.
    pub message: MessageId,
    /// The sender.
    pub from: ProcessId,
    /// The channel.
    pub channel: ChannelId,
    /// Which event of the sender sends it, from 1.
    pub sent: u32,
    /// Its id, as the log has it; without length where it has none.
    pub name: Span,
}

/// More open ends than this are better paired [later](Later) where receives come before their sends: then nearly all of the
/// log may be open.
const MANY: usize = 1 << 17;

/// So many receives may wait for a send that the log lacks.
const FEW: usize = 1 << 10;

/// As many as this where each receive finds its send, and is taken with hundreds of others.
const MANY_SENDS: usize = 1 << 21;

/// More open ends than this are not held where each must be settled at once: some 300 MB.
const TOO_MANY: usize = 1 << 22;

/// From so many on they are in no near cache.
const LARGE: usize = 1 << 14;

/// Open ends without ids on one channel: the k-th send pairs with the k-th receive.
#[derive(Clone, Debug, Default)]
struct Queue {
    sends: VecDeque<MessageId>,
    receives: VecDeque<u32>,
}

/// A receive's partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Partner {
    /// Its send was seen before.
    Message(OnItsWay),
    /// It waits for its send.
    Waits,
    /// Several senders have a message of this id on its way to the receiver.
    Ambiguous,
}

/// All the open ends of a log.
#[derive(Clone, Debug)]
pub struct Pairing {
    pub(super) sends: Table,
    pub(super) receives: Table,
    queues: Vec<Queue>,
}

impl Default for Pairing {
    fn default() -> Self {
        Self { sends: Table::new(), receives: Table::new(), queues: Vec::new() }
    }
}

/// What becomes of a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It is on its way; whether another message of its id to its receiver is too.
    Open(bool),
    /// Its receive has been waiting under this number.
    Joins(u32),
}

impl Pairing {
    /// A send with an id. Messages come in order.
    #[inline]
    pub fn send(&mut self, key: Key, to: ProcessId, sent: &OnItsWay) -> Sent {
        let to = to.index() as u32;
        if !self.receives.is_empty()
            && let Found::One(waiting) = self.receives.take(key, to, sent.from.index() as u32)
        {
            return Sent::Joins(waiting.value);
        }
        Sent::Open(self.sends.insert(sent.open(key, to)))
    }

    /// Whether what is open is more than a cache holds: then a [glance](Table::glance) ahead of time pays.
    pub fn is_large(&self) -> bool {
        self.sends.most() > LARGE
    }

    /// How many ends are open.
    fn open(&self) -> usize {
        self.sends.used() + self.receives.used()
    }

    /// Whether there are many open ends.
    pub fn has_many(&self) -> bool {
        self.open() > MANY
    }

    /// Whether there are more open ends than are better paired at once.
    pub fn is_better_later(&self) -> bool {
        let in_order = self.receives.used() <= FEW;
        self.open() > if in_order { MANY_SENDS } else { MANY }
    }

    /// Whether there are more open ends than are held where each is settled at once.
    pub fn is_too_large(&self) -> bool {
        self.open() > TOO_MANY
    }

    /// The open sends with ids, in no order.
    pub fn on_their_way(&self) -> impl Iterator<Item = OnItsWay> {
        self.sends.iter().map(Open::on_its_way)
    }

    /// Takes out the open sends with ids, in the order of the log: key, receiver and message.
    pub fn take_sends(&mut self) -> impl Iterator<Item = (Key, ProcessId, OnItsWay)> + use<> {
        let sends = std::mem::replace(&mut self.sends, Table::new());
        let end = |open: &Open| (open.key, ProcessId::at(open.to as usize), open.on_its_way());
        let mut left: Vec<(Key, ProcessId, OnItsWay)> = sends.iter().map(end).collect();
        left.sort_unstable_by_key(|(_, _, sent)| sent.message);
        left.into_iter()
    }

    /// Forgets the open receives with ids.
    pub fn forget_receives(&mut self) {
        self.receives = Table::new();
    }

    /// Takes back a send with an id, as if it had not been seen.
    pub fn withdraw(&mut self, key: Key, to: ProcessId, message: MessageId) {
        self.sends.withdraw(key, to.index() as u32, message.index() as u32);
    }

    /// A receive with an id; `waiting` is its number if it must wait.
    #[inline]
    pub fn receive(&mut self, key: Key, from: Option<ProcessId>, to: ProcessId, waiting: u32) -> Partner {
        let from = from.map_or(ANYONE, |p| p.index() as u32);
        let to = to.index() as u32;
        match self.sends.take(key, to, from) {
            Found::One(open) => Partner::Message(open.on_its_way()),
            Found::Ambiguous => Partner::Ambiguous,
            Found::Nothing => {
                self.receives.insert(Open::bare(key, to, from, waiting));
                Partner::Waits
            }
        }
    }

    /// A receive with an id: its message, where one and only one can be it.
    #[inline(always)]
    pub fn receive_sent(&mut self, key: Key, from: Option<ProcessId>, to: ProcessId) -> Option<OnItsWay> {
        match self.sends.take(key, to.index() as u32, from.map_or(ANYONE, |p| p.index() as u32)) {
            Found::One(open) => Some(open.on_its_way()),
            _ => None,
        }
    }

    /// Whether a message may be on its way whose id and receiver have this [hash].
    pub fn may_be_sent(&self, hash: u32) -> bool {
        self.sends.has_hash(hash)
    }

    /// Whether a message of this id is on its way to a process from another than this.
    pub fn is_sent_by_other(&self, key: Key, to: ProcessId, from: ProcessId) -> bool {
        self.sends.has_other(key, to.index() as u32, from.index() as u32)
    }

    /// Whether several messages of an id are on their way from one process to another.
    pub fn is_sent_twice(&self, key: Key, from: ProcessId, to: ProcessId) -> bool {
        self.sends.has_two(key, to.index() as u32, from.index() as u32)
    }

    fn queue(&mut self, channel: ChannelId) -> &mut Queue {
        if self.queues.len() <= channel.index() {
            self.queues.resize_with(channel.index() + 1, Queue::default);
        }
        &mut self.queues[channel.index()]
    }

    /// A send without an id.
    pub fn send_next(&mut self, channel: ChannelId, message: MessageId) -> Option<u32> {
        let queue = self.queue(channel);
        let waiting = queue.receives.pop_front();
        if waiting.is_none() {
            queue.sends.push_back(message);
        }
        waiting
    }

    /// A receive without an id: its message, else it waits.
    pub fn receive_next(&mut self, channel: ChannelId, waiting: u32) -> Option<MessageId> {
        let queue = self.queue(channel);
        let message = queue.sends.pop_front();
        if message.is_none() {
            queue.receives.push_back(waiting);
        }
        message
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sent(message: usize, from: ProcessId) -> OnItsWay {
        let name = Span { start: 100 * message as u64, len: 3 };
        let (message, channel) = (MessageId::at(message), ChannelId::at(message % 7));
        OnItsWay { message, from, channel, sent: message.index() as u32 * 2, name }
    }

    #[test]
    fn one_id_from_two_senders_is_told_apart_or_called_ambiguous() {
        let (a, b, c) = (ProcessId::at(0), ProcessId::at(1), ProcessId::at(2));
        let mut pairing = Pairing::default();
        let m = Key::of("m");
        let sends = [a, b, a].into_iter().enumerate().map(|(i, from)| sent(i, from)).collect::<Vec<_>>();
        assert_eq!(pairing.send(m, c, &sends[0]), Sent::Open(false));
        assert_eq!(pairing.send(m, c, &sends[1]), Sent::Open(true));
        assert_eq!(pairing.on_their_way().collect::<Vec<_>>(), sends[..2]);
        assert_eq!(pairing.receive(m, None, c, 0), Partner::Ambiguous);
        assert_eq!(pairing.receive(m, Some(b), c, 0), Partner::Message(sends[1]));
        assert_eq!(pairing.receive(m, None, c, 0), Partner::Message(sends[0]));
        assert_eq!(pairing.on_their_way().count(), 0);
        assert_eq!(pairing.receive(m, None, c, 7), Partner::Waits);
        assert_eq!(pairing.send(m, c, &sends[2]), Sent::Joins(7));
    }

    proptest! {
        /// Against lists that are searched from the front.
        #[test]
        fn the_table_pairs_as_plain_lists_do(
            ops in proptest::collection::vec((0..5u32, 0..40u32, 0..2usize, 0..3usize, any::<bool>()), 1..3000)
        ) {
            let mut pairing = Pairing::default();
            let mut sends: Vec<(u32, usize, OnItsWay)> = vec![];
            let mut receives: Vec<(u32, usize, Option<ProcessId>, u32)> = vec![];
            for (i, (what, id, to, from, names)) in ops.into_iter().enumerate() {
                // Some ids come again and again.
                let id = if id < 20 { id % 2 } else { id };
                let key = Key::of(&id.to_string());
                let (from, receiver) = (ProcessId::at(from + 5), ProcessId::at(to));
                if what < 3 {
                    let message = sent(i, from);
                    let fits = |r: &(u32, usize, Option<ProcessId>, u32)| (r.0, r.1) == (id, to) && r.2.is_none_or(|p| p == from);
                    let wanted = receives.iter().position(fits).map(|at| receives.remove(at).3);
                    let again = sends.iter().any(|s| (s.0, s.1) == (id, to));
                    let wanted = wanted.map_or(Sent::Open(again), Sent::Joins);
                    prop_assert_eq!(pairing.send(key, receiver, &message), wanted);
                    match wanted {
                        Sent::Open(_) if what == 2 => pairing.withdraw(key, receiver, message.message),
                        Sent::Open(_) => sends.push((id, to, message)),
                        Sent::Joins(_) => {}
                    }
                } else {
                    let asked = names.then_some(from);
                    let fits = |s: &(u32, usize, OnItsWay)| (s.0, s.1) == (id, to) && asked.is_none_or(|p| p == s.2.from);
                    let fitting: Vec<usize> = (0..sends.len()).filter(|&at| fits(&sends[at])).collect();
                    let of_several = fitting.iter().any(|&at| sends[at].2.from != sends[fitting[0]].2.from);
                    let wanted = match fitting.first() {
                        Some(_) if of_several => Partner::Ambiguous,
                        Some(&at) => Partner::Message(sends.remove(at).2),
                        None => {
                            receives.push((id, to, asked, i as u32));
                            Partner::Waits
                        }
                    };
                    prop_assert_eq!(pairing.receive(key, asked, receiver, i as u32), wanted);
                }
                if i % 50 == 0 {
                    let mut left: Vec<_> = pairing.on_their_way().collect();
                    left.sort_unstable_by_key(|sent| sent.message);
                    prop_assert_eq!(left, sends.iter().map(|s| s.2).collect::<Vec<_>>());
                }
            }
        }
    }
}
