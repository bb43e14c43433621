//! Pairs sends with receives, in one pass, whichever of the two the log shows first.
//!
//! What is open is kept and nothing else: a message leaves the table when both its ends are known, so that the table
//! stays as small as the number of messages in flight, and in cache.

mod later;

use std::collections::VecDeque;

use crate::ids::{ChannelId, MessageId, ProcessId};
use crate::key::Key;

pub use self::later::{Later, Paired, Receive};

/// One open end: a send that waits for its receive, or a receive that waits for its send.
#[derive(Clone, Copy, Debug)]
struct Open {
    key: Key,
    /// The receiver: an id is looked for among what is on its way to one process.
    to: u32,
    /// The sender; [`ANYONE`] on a receive that does not say.
    from: u32,
    /// Message of a send, number of a waiting receive.
    value: u32,
    /// Open ends of one key and receiver are taken in this order.
    turn: u32,
}

const ANYONE: u32 = u32::MAX;
/// Up to so many slots at most a quarter is used, above it half.
const ROOMY: usize = 1 << 14;

/// More open ends than this are better paired [later](Later).
const MANY: usize = 1 << 17;

/// From so many slots on they are in no near cache.
const LARGE: usize = 1 << 16;

/// Where an open end is, and the bits of its hash that say where to look for it.
#[derive(Clone, Copy, Debug)]
struct Slot {
    hash: u32,
    /// Its number in the list; [`EMPTY`] where there is none.
    at: u32,
}

const EMPTY: Slot = Slot { hash: 0, at: u32::MAX };

/// Linear probing with deletion by shifting back, over slots that are small enough to stay in cache; the open ends
/// themselves lie dense in a list whose places are used again. Invariant: between the home slot of an entry and the
/// entry itself there is no empty slot.
#[derive(Clone, Debug)]
struct Table {
    slots: Vec<Slot>,
    open: Vec<Open>,
    free: Vec<u32>,
}

/// What a table has for a key.
enum Found {
    Nothing,
    One(u32),
    /// Open ends of several senders, and the other end does not say which.
    Ambiguous,
}

impl Table {
    fn new() -> Self {
        Self { slots: vec![EMPTY; 1 << 10], open: Vec::new(), free: Vec::new() }
    }

    #[inline]
    fn used(&self) -> usize {
        self.open.len() - self.free.len()
    }

    #[inline]
    fn is_empty(&self) -> bool {
        self.used() == 0
    }

    /// Adds an open end; whether one of its key and receiver was there already.
    #[inline]
    fn insert(&mut self, open: Open) -> bool {
        // While it fits a cache, room is cheaper than long probes.
        let share = if self.slots.len() <= ROOMY { 4 } else { 2 };
        if (self.used() + 1) * share > self.slots.len() {
            self.grow();
        }
        let at = match self.free.pop() {
            Some(at) => {
                self.open[at as usize] = open;
                at
            }
            None => {
                self.open.push(open);
                self.open.len() as u32 - 1
            }
        };
        let mask = self.slots.len() - 1;
        let hash = open.key.mix(open.to) as u32;
        let mut slot = hash as usize & mask;
        let mut again = false;
        while self.slots[slot].at != EMPTY.at {
            let Slot { hash: other, at } = self.slots[slot];
            if other == hash {
                let other = &self.open[at as usize];
                again |= other.key == open.key && other.to == open.to;
            }
            slot = (slot + 1) & mask;
        }
        self.slots[slot] = Slot { hash, at };
        again
    }

    /// Takes all out.
    fn clear(&mut self) {
        if !self.is_empty() {
            self.slots.fill(EMPTY);
        }
        self.open.clear();
        self.free.clear();
    }

    #[cold]
    fn grow(&mut self) {
        let bigger = vec![EMPTY; self.slots.len() * 2];
        let mask = bigger.len() - 1;
        for moved in std::mem::replace(&mut self.slots, bigger) {
            if moved.at != EMPTY.at {
                let mut slot = moved.hash as usize & mask;
                while self.slots[slot].at != EMPTY.at {
                    slot = (slot + 1) & mask;
                }
                self.slots[slot] = moved;
            }
        }
    }

    /// What a look for this key and receiver comes upon first: it is in cache then.
    #[inline(always)]
    fn glance(&self, key: Key, to: u32) -> Option<&Open> {
        let slot = self.slots[key.mix(to) as u32 as usize & (self.slots.len() - 1)];
        self.open.get(slot.at as usize)
    }

    /// Takes the oldest open end of this key, receiver and, if given, sender.
    #[inline]
    fn take(&mut self, key: Key, to: u32, from: u32) -> Found {
        let mask = self.slots.len() - 1;
        let hash = key.mix(to) as u32;
        let mut slot = hash as usize & mask;
        let mut best: Option<(usize, &Open)> = None;
        while self.slots[slot].at != EMPTY.at {
            let Slot { hash: other, at } = self.slots[slot];
            if other == hash {
                let open = &self.open[at as usize];
                let matches = open.to == to && open.key == key;
                if matches && (from == ANYONE || open.from == ANYONE || open.from == from) {
                    if from == ANYONE && best.is_some_and(|(_, best)| best.from != open.from) {
                        return Found::Ambiguous;
                    }
                    if best.is_none_or(|(_, best)| open.turn < best.turn) {
                        best = Some((slot, open));
                    }
                }
            }
            slot = (slot + 1) & mask;
        }
        let Some((best, open)) = best else { return Found::Nothing };
        let value = open.value;
        self.remove(best);
        Found::One(value)
    }

    /// Takes out the open end of this value.
    fn withdraw(&mut self, key: Key, to: u32, value: u32) {
        let mask = self.slots.len() - 1;
        let mut slot = key.mix(to) as u32 as usize & mask;
        while self.slots[slot].at != EMPTY.at {
            if self.open[self.slots[slot].at as usize].value == value {
                return self.remove(slot);
            }
            slot = (slot + 1) & mask;
        }
    }

    #[inline]
    fn remove(&mut self, mut hole: usize) {
        self.free.push(self.slots[hole].at);
        let mask = self.slots.len() - 1;
        let mut slot = hole;
        loop {
            slot = (slot + 1) & mask;
            let moved = self.slots[slot];
            if moved.at == EMPTY.at {
                break;
            }
            let home = moved.hash as usize & mask;
            // It may move back into the hole unless its home lies behind the hole.
            if (slot.wrapping_sub(home) & mask) >= (slot.wrapping_sub(hole) & mask) {
                self.slots[hole] = moved;
                hole = slot;
            }
        }
        self.slots[hole] = EMPTY;
    }
}

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
    Message(MessageId),
    /// It waits for its send.
    Waits,
    /// Several senders have a message of this id on its way to the receiver.
    Ambiguous,
}

/// All the open ends of a log.
#[derive(Clone, Debug)]
pub struct Pairing {
    sends: Table,
    receives: Table,
    /// How many sends have been added; no more than there are messages.
    sent: u32,
    queues: Vec<Queue>,
}

impl Default for Pairing {
    fn default() -> Self {
        Self { sends: Table::new(), receives: Table::new(), sent: 0, queues: Vec::new() }
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
    /// A send with an id.
    #[inline]
    pub fn send(&mut self, key: Key, from: ProcessId, to: ProcessId, message: MessageId) -> Sent {
        let (from, to) = (from.index() as u32, to.index() as u32);
        if !self.receives.is_empty()
            && let Found::One(waiting) = self.receives.take(key, to, from)
        {
            return Sent::Joins(waiting);
        }
        self.sent += 1;
        let turn = self.sent;
        Sent::Open(self.sends.insert(Open { key, to, from, value: message.index() as u32, turn }))
    }

    /// Whether what is open is more than a cache holds: then a [glance](Self::glance) ahead of time pays.
    pub fn is_large(&self) -> bool {
        self.sends.slots.len() > LARGE
    }

    /// Whether there are more open ends than should be looked through one by one.
    pub fn is_too_large(&self) -> bool {
        self.sends.used() + self.receives.used() > MANY
    }

    /// Takes out the open sends, in the order of the log: key, sender, receiver and message.
    pub fn take_sends(&mut self) -> impl Iterator<Item = (Key, ProcessId, ProcessId, MessageId)> + use<> {
        let mut is_free = vec![false; self.sends.open.len()];
        self.sends.free.iter().for_each(|&at| is_free[at as usize] = true);
        let open = std::mem::replace(&mut self.sends, Table::new()).open;
        let mut left: Vec<Open> =
            open.into_iter().zip(is_free).filter(|(_, free)| !free).map(|(open, _)| open).collect();
        left.sort_unstable_by_key(|open| open.turn);
        let process = |number: u32| ProcessId::at(number as usize);
        left.into_iter()
            .map(move |open| (open.key, process(open.from), process(open.to), MessageId::at(open.value as usize)))
    }

    /// Forgets the open receives with ids.
    pub fn forget_receives(&mut self) {
        self.receives = Table::new();
    }

    /// The message that is likely to be found. Many glances wait for memory together, many searches one after the other.
    #[inline(always)]
    pub fn glance(&self, key: Key, to: ProcessId) -> Option<MessageId> {
        self.sends.glance(key, to.index() as u32).map(|open| MessageId::at(open.value as usize))
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
            Found::One(message) => Partner::Message(MessageId::at(message as usize)),
            Found::Ambiguous => Partner::Ambiguous,
            Found::Nothing => {
                self.receives.insert(Open { key, to, from, value: waiting, turn: waiting });
                Partner::Waits
            }
        }
    }

    /// A receive with an id: its message, where one and only one can be it.
    #[inline]
    pub fn receive_sent(&mut self, key: Key, from: Option<ProcessId>, to: ProcessId) -> Option<MessageId> {
        match self.sends.take(key, to.index() as u32, from.map_or(ANYONE, |p| p.index() as u32)) {
            Found::One(message) => Some(MessageId::at(message as usize)),
            _ => None,
        }
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

    /// A receive without an id.
    pub fn receive_next(&mut self, channel: ChannelId, waiting: u32) -> Partner {
        let queue = self.queue(channel);
        match queue.sends.pop_front() {
            Some(message) => Partner::Message(message),
            None => {
                queue.receives.push_back(waiting);
                Partner::Waits
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_id_from_two_senders_is_told_apart_or_called_ambiguous() {
        let (a, b, c) = (ProcessId::at(0), ProcessId::at(1), ProcessId::at(2));
        let mut pairing = Pairing::default();
        let m = Key::of("m");
        assert_eq!(pairing.send(m, a, c, MessageId::at(0)), Sent::Open(false));
        assert_eq!(pairing.send(m, b, c, MessageId::at(1)), Sent::Open(true));
        assert_eq!(pairing.receive(m, None, c, 0), Partner::Ambiguous);
        assert_eq!(pairing.receive(m, Some(b), c, 0), Partner::Message(MessageId::at(1)));
        assert_eq!(pairing.receive(m, None, c, 0), Partner::Message(MessageId::at(0)));
        assert_eq!(pairing.receive(m, None, c, 7), Partner::Waits);
        assert_eq!(pairing.send(m, a, c, MessageId::at(2)), Sent::Joins(7));
    }

    proptest! {
        /// Against a list that is searched from the front.
        #[test]
        fn the_table_pairs_as_a_plain_list_does(
            ops in proptest::collection::vec((any::<bool>(), 0..40u32, 0..3usize), 1..3000)
        ) {
            let mut pairing = Pairing::default();
            let mut sends: Vec<(u32, usize, MessageId)> = vec![];
            let mut receives: Vec<(u32, usize, u32)> = vec![];
            for (i, (is_send, id, to)) in ops.into_iter().enumerate() {
                let key = Key::of(&id.to_string());
                let (from, receiver) = (ProcessId::at(9), ProcessId::at(to));
                if is_send {
                    let message = MessageId::at(i);
                    let wanted = receives.iter().position(|r| (r.0, r.1) == (id, to)).map(|at| receives.remove(at).2);
                    let wanted = wanted.map_or(Sent::Open(sends.iter().any(|s| (s.0, s.1) == (id, to))), Sent::Joins);
                    if wanted == Sent::Open(true) || wanted == Sent::Open(false) {
                        sends.push((id, to, message));
                    }
                    prop_assert_eq!(pairing.send(key, from, receiver, message), wanted);
                } else {
                    let wanted = match sends.iter().position(|s| (s.0, s.1) == (id, to)) {
                        Some(at) => Partner::Message(sends.remove(at).2),
                        None => {
                            receives.push((id, to, i as u32));
                            Partner::Waits
                        }
                    };
                    prop_assert_eq!(pairing.receive(key, Some(from), receiver, i as u32), wanted);
                }
            }
        }
    }
}
