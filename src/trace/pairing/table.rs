//! Open ends by id and receiver.

use std::hint::select_unpredictable;

use super::OnItsWay;
use crate::ids::{ChannelId, MessageId, ProcessId};
use crate::key::Key;
use crate::source::Span;

/// One open end: a send that waits for its receive, or a receive that waits for its send.
#[derive(Clone, Copy, Debug)]
pub(in crate::trace) struct Open {
    pub(in crate::trace) key: Key,
    /// The receiver: an id is looked for among what is on its way to one process. [`NOBODY`] in a place that is free.
    pub(in crate::trace) to: u32,
    /// The sender; [`ANYONE`] on a receive that does not say.
    pub(in crate::trace) from: u32,
    /// Message of a send, number of a waiting receive: open ends of one key and receiver are taken in this order. In a
    /// place that is free, the next of these.
    pub(in crate::trace) value: u32,
    /// The rest is said of sends.
    pub(in crate::trace) channel: u32,
    pub(in crate::trace) sent: u32,
    pub(in crate::trace) name_len: u32,
    pub(in crate::trace) name_at: u64,
}

impl Open {
    /// A message that is on its way to a process.
    pub(in crate::trace) fn send(key: Key, to: u32, sent: &OnItsWay) -> Self {
        let OnItsWay { message, from, channel, sent, name } = *sent;
        let (from, value, channel) = (from.index() as u32, message.index() as u32, channel.index() as u32);
        Self { key, to, from, value, channel, sent, name_len: name.len, name_at: name.start }
    }

    /// An end of which no more is asked.
    pub(super) fn bare(key: Key, to: u32, from: u32, value: u32) -> Self {
        Self { key, to, from, value, channel: 0, sent: 0, name_len: 0, name_at: 0 }
    }

    /// The message that is on its way.
    #[inline]
    pub(in crate::trace) fn on_its_way(&self) -> OnItsWay {
        OnItsWay {
            message: MessageId::at(self.value as usize),
            from: ProcessId::at(self.from as usize),
            channel: ChannelId::at(self.channel as usize),
            sent: self.sent,
            name: Span { start: self.name_at, len: self.name_len },
        }
    }
}

/// The sender where a receive names none.
pub(in crate::trace) const ANYONE: u32 = u32::MAX;
const NOBODY: u32 = u32::MAX;

/// Up to so many slots at most a quarter is used, above it half.
const ROOMY: usize = 1 << 14;

/// Where an open end is, and the bits of its hash that say where to look for it.
#[derive(Clone, Copy, Debug)]
struct Slot {
    hash: u32,
    /// Its number in the list; [`NOTHING`] where there is none.
    at: u32,
}

const NOTHING: u32 = u32::MAX;
const EMPTY: Slot = Slot { hash: 0, at: NOTHING };

/// Linear probing with deletion by shifting back, over slots that are small enough to stay in cache; the open ends
/// themselves lie dense in a list whose places are used again. Invariant: between the home slot of an entry and the
/// entry itself there is no empty slot.
#[derive(Clone, Debug)]
pub(in crate::trace) struct Table {
    slots: Vec<Slot>,
    open: Vec<Open>,
    /// The first free place of the list; [`NOTHING`] where there is none.
    free: u32,
    used: usize,
    /// Whether any two open ends were of one key and receiver since all were taken out.
    repeats: bool,
}

/// What a table has for a key.
pub(super) enum Found {
    Nothing,
    One(Open),
    /// Open ends of several senders, and the other end does not say which.
    Ambiguous,
}

impl Table {
    pub(super) fn new() -> Self {
        Self { slots: vec![EMPTY; 1 << 10], open: Vec::new(), free: NOTHING, used: 0, repeats: false }
    }

    #[inline(always)]
    pub(super) fn used(&self) -> usize {
        self.used
    }

    #[inline(always)]
    pub(in crate::trace) fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// How many slots there are.
    pub(super) fn size(&self) -> usize {
        self.slots.len()
    }

    /// Whether there may be two open ends of one key and receiver.
    pub(in crate::trace) fn has_repeats(&self) -> bool {
        self.repeats
    }

    /// Makes room for so many more.
    #[inline]
    pub(in crate::trace) fn reserve(&mut self, more: usize) {
        self.repeats &= self.used > 0;
        // While it fits a cache, room is cheaper than long probes.
        while (self.used + more) * if self.slots.len() <= ROOMY { 4 } else { 2 } > self.slots.len() {
            self.grow();
        }
    }

    #[cold]
    fn grow(&mut self) {
        let bigger = vec![EMPTY; self.slots.len() * 2];
        let mask = bigger.len() - 1;
        for moved in std::mem::replace(&mut self.slots, bigger) {
            if moved.at != NOTHING {
                let mut slot = moved.hash as usize & mask;
                while self.slots[slot].at != NOTHING {
                    slot = (slot + 1) & mask;
                }
                self.slots[slot] = moved;
            }
        }
    }

    /// Adds an open end; whether one of its key and receiver was there already.
    pub(super) fn insert(&mut self, open: Open) -> bool {
        self.reserve(1);
        let mask = self.slots.len() - 1;
        let hash = open.key.mix(open.to) as u32;
        let mut slot = hash as usize & mask;
        let mut again = false;
        while self.slots[slot].at != NOTHING {
            again |= self.is_at(slot, hash, open.key, open.to);
            slot = (slot + 1) & mask;
        }
        self.put(slot, hash, open);
        self.repeats |= again;
        again
    }

    /// The slot for an open end for which there is room, with its hash; nothing if one of its key and receiver is there.
    #[inline(always)]
    pub(in crate::trace) fn free_slot(&self, key: Key, to: u32) -> Option<(usize, u32)> {
        let mask = self.slots.len() - 1;
        let hash = key.mix(to) as u32;
        let mut slot = hash as usize & mask;
        while self.slots[slot].at != NOTHING {
            if self.is_at(slot, hash, key, to) {
                return None;
            }
            slot = (slot + 1) & mask;
        }
        Some((slot, hash))
    }

    /// Whether the open end that a slot says is of this key and receiver.
    #[inline(always)]
    fn is_at(&self, slot: usize, hash: u32, key: Key, to: u32) -> bool {
        let Slot { hash: other, at } = self.slots[slot];
        other == hash && {
            let open = &self.open[at as usize];
            open.key == key && open.to == to
        }
    }

    /// Adds an open end in the slot for it.
    #[inline(always)]
    pub(in crate::trace) fn put(&mut self, slot: usize, hash: u32, open: Open) {
        let at = match self.open.get_mut(self.free as usize) {
            Some(place) => std::mem::replace(&mut self.free, std::mem::replace(place, open).value),
            None => {
                self.open.push(open);
                self.open.len() as u32 - 1
            }
        };
        self.slots[slot] = Slot { hash, at };
        self.used += 1;
    }

    /// Whether a look for this key and receiver comes upon anything.
    #[inline(always)]
    pub(in crate::trace) fn has_near(&self, key: Key, to: u32) -> bool {
        self.slots[key.mix(to) as u32 as usize & (self.slots.len() - 1)].at != NOTHING
    }

    /// Looks where a search for this key and receiver will look, so that it is in cache then: many glances wait for memory
    /// together, many searches one after the other. What is seen there means nothing.
    #[inline(always)]
    pub(in crate::trace) fn glance(&self, key: Key, to: u32) -> Option<(Key, u32)> {
        let mask = self.slots.len() - 1;
        let hash = key.mix(to) as u32;
        let [first, second] = [0, 1].map(|behind| self.slots[(hash as usize + behind) & mask]);
        let likely = select_unpredictable(first.hash == hash, first.at, second.at);
        self.open.get(likely as usize).map(|open| (open.key, open.value))
    }

    /// The slot of the first open end of this key and receiver that is found, if it is of this sender: of the only one
    /// where none [repeats](Self::has_repeats).
    #[inline(always)]
    pub(in crate::trace) fn find_first(&self, key: Key, to: u32, from: u32) -> Option<(usize, &Open)> {
        let mask = self.slots.len() - 1;
        let hash = key.mix(to) as u32;
        let mut slot = hash as usize & mask;
        loop {
            let Slot { hash: other, at } = self.slots[slot];
            if other == hash
                && let Some(open) = self.open.get(at as usize)
                && open.key == key
                && open.to == to
            {
                return (from == ANYONE || open.from == from).then_some((slot, open));
            }
            if at == NOTHING {
                return None;
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Takes the oldest open end of this key, receiver and, if given, sender.
    pub(super) fn take(&mut self, key: Key, to: u32, from: u32) -> Found {
        let mask = self.slots.len() - 1;
        let hash = key.mix(to) as u32;
        let mut slot = hash as usize & mask;
        let mut best: Option<(usize, &Open)> = None;
        while self.slots[slot].at != NOTHING {
            if self.is_at(slot, hash, key, to) {
                let open = &self.open[self.slots[slot].at as usize];
                if from == ANYONE || open.from == ANYONE || open.from == from {
                    if from == ANYONE && best.is_some_and(|(_, best)| best.from != open.from) {
                        return Found::Ambiguous;
                    }
                    if best.is_none_or(|(_, best)| open.value < best.value) {
                        best = Some((slot, open));
                    }
                }
            }
            slot = (slot + 1) & mask;
        }
        let Some((best, &open)) = best else { return Found::Nothing };
        self.remove(best);
        Found::One(open)
    }

    /// Takes out the open end of this value.
    pub(super) fn withdraw(&mut self, key: Key, to: u32, value: u32) {
        let mask = self.slots.len() - 1;
        let mut slot = key.mix(to) as u32 as usize & mask;
        while self.slots[slot].at != NOTHING {
            if self.open[self.slots[slot].at as usize].value == value {
                self.remove(slot);
                return;
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Takes out what a slot says.
    #[inline(always)]
    pub(in crate::trace) fn remove(&mut self, mut hole: usize) {
        let at = self.slots[hole].at;
        let mask = self.slots.len() - 1;
        let mut slot = hole;
        loop {
            slot = (slot + 1) & mask;
            let moved = self.slots[slot];
            if moved.at == NOTHING {
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
        self.used -= 1;
        let open = &mut self.open[at as usize];
        (open.to, open.value) = (NOBODY, std::mem::replace(&mut self.free, at));
    }

    /// Takes all out.
    pub(super) fn clear(&mut self) {
        if !self.is_empty() {
            self.slots.fill(EMPTY);
        }
        self.open.clear();
        (self.free, self.used, self.repeats) = (NOTHING, 0, false);
    }

    /// All open ends.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Open> {
        self.open.iter().filter(|open| open.to != NOBODY)
    }
}
