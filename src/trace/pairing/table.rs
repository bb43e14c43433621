//! Open ends by id and receiver.

use super::open::{ANYONE, Open, Rest, Whole};
use super::room::room;
use crate::key::Key;

/// At most one slot in so many is used, of [large](LARGE) tables and of others: probes that find their slot taken are what
/// no processor can foretell.
const ROOM: [usize; 2] = [4, 8];

/// From so many slots on there are soon more of them.
const LARGE: usize = 1 << 14;

/// Where an open end is, and the bits of its hash that say where to look for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) hash: u32,
    /// Its place in the lists; [`NOTHING`] where there is none.
    pub(super) at: u32,
}

pub(super) const NOTHING: u32 = u32::MAX;
const EMPTY: Slot = Slot { hash: 0, at: NOTHING };

/// Linear probing with deletion by shifting back, over slots that are small enough to stay in cache; the open ends
/// themselves lie dense in lists whose places are used again. Invariants: between the home slot of an entry and the
/// entry itself there is no empty slot; the two lists are of one length.
#[derive(Clone, Debug)]
pub(in crate::trace) struct Table {
    pub(super) slots: Vec<Slot>,
    pub(super) open: Vec<Open>,
    pub(super) rest: Vec<Rest>,
    /// The places of the lists that are free, the one that was left last at the end: it is still in cache.
    pub(super) free: Vec<u32>,
    /// Whether any two open ends were of one key and receiver since all were taken out.
    repeats: bool,
}

/// What a table has for a key.
pub(super) enum Found {
    Nothing,
    One(Open, Rest),
    /// Open ends of several senders, and the other end does not say which.
    Ambiguous,
}

impl Table {
    pub(super) fn new() -> Self {
        Self { slots: vec![EMPTY; 1 << 10], open: Vec::new(), rest: Vec::new(), free: Vec::new(), repeats: false }
    }

    #[inline(always)]
    pub(super) fn used(&self) -> usize {
        self.open.len() - self.free.len()
    }

    #[inline(always)]
    pub(in crate::trace) fn is_empty(&self) -> bool {
        self.used() == 0
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
        self.repeats &= !self.is_empty();
        while (self.used() + more) * ROOM[usize::from(self.slots.len() < LARGE)] > self.slots.len() {
            self.grow();
        }
    }

    #[cold]
    fn grow(&mut self) {
        let size = self.slots.len() * if self.slots.len() < LARGE { 2 } else { 4 };
        let mut bigger = room(size);
        bigger.resize(size, EMPTY);
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
    pub(super) fn insert(&mut self, open: Open, rest: Rest) -> bool {
        self.reserve(1);
        let mask = self.slots.len() - 1;
        let hash = open.key.mix(open.to) as u32;
        let mut slot = hash as usize & mask;
        let mut again = false;
        while self.slots[slot].at != NOTHING {
            again |= self.is_at(slot, hash, open.key, open.to);
            slot = (slot + 1) & mask;
        }
        self.put(slot, hash, open, rest);
        self.repeats |= again;
        again
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
    fn put(&mut self, slot: usize, hash: u32, open: Open, rest: Rest) {
        let at = self.free.pop().unwrap_or_else(|| {
            self.open.push(open);
            self.rest.push(rest);
            self.open.len() as u32 - 1
        });
        (self.open[at as usize], self.rest[at as usize]) = (open, rest);
        self.slots[slot] = Slot { hash, at };
    }

    /// Whether a look for this key and receiver comes upon anything.
    #[inline(always)]
    pub(in crate::trace) fn has_near(&self, key: Key, to: u32) -> bool {
        self.slots[key.mix(to) as u32 as usize & (self.slots.len() - 1)].at != NOTHING
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
        let rest = self.rest[self.slots[best].at as usize];
        self.remove(best);
        Found::One(open, rest)
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
    fn remove(&mut self, slot: usize) {
        self.free.push(self.slots[slot].at);
        vacate(&mut self.slots, slot);
    }

    /// Takes all out.
    pub(super) fn clear(&mut self) {
        if !self.is_empty() {
            self.slots.fill(EMPTY);
        }
        self.open.clear();
        self.rest.clear();
        self.free.clear();
        self.repeats = false;
    }

    /// All open ends. Time: linear in the most that ever were.
    pub(super) fn iter(&self) -> impl Iterator<Item = Whole<'_>> {
        let mut is_open = vec![true; self.open.len()];
        self.free.iter().for_each(|&free| is_open[free as usize] = false);
        let all = self.open.iter().zip(&self.rest).map(|(open, rest)| Whole { open, rest });
        all.zip(is_open).filter_map(|(whole, is_open)| is_open.then_some(whole))
    }
}

/// Makes a slot empty, and moves back into it what is there because it was not.
#[inline(always)]
pub(super) fn vacate(slots: &mut [Slot], mut hole: usize) {
    let mask = slots.len() - 1;
    let mut slot = hole;
    loop {
        slot = (slot + 1) & mask;
        let moved = slots[slot];
        if moved.at == NOTHING {
            break;
        }
        let home = moved.hash as usize & mask;
        // It may move back into the hole unless its home lies behind the hole.
        if (slot.wrapping_sub(home) & mask) >= (slot.wrapping_sub(hole) & mask) {
            slots[hole] = moved;
            hole = slot;
        }
    }
    slots[hole] = EMPTY;
}
