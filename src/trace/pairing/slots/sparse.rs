//! Many slots for each open end.
//!
//! Linear probing (Knuth, The Art of Computer Programming, volume 3, section 6.4, algorithms L and R). Invariants: the
//! number of slots is a power of two; one of them is empty; none is empty between the home of a hash and any slot of it,
//! going around at the end.

use super::super::room::room;
use super::{NO_HASH, NOWHERE, Slots};

/// So many slots are no burden to a near cache: up to here there are many for each open end, as what finds its home taken
/// is what no processor can foretell.
const NEAR: usize = 1 << 14;

/// A slot: the hash of an open end, and its place.
#[derive(Clone, Copy, Debug)]
#[repr(align(8))]
pub(in super::super) struct Slot {
    hash: u32,
    place: u32,
}

impl Slot {
    const EMPTY: Self = Self { hash: NO_HASH, place: NOWHERE };

    #[inline(always)]
    fn is_empty(self) -> bool {
        self.hash == NO_HASH
    }
}

/// So many empty ones, a power of two.
pub(super) fn empty(count: usize) -> Vec<Slot> {
    let mut slots = room(count);
    slots.resize(count, Slot::EMPTY);
    slots
}

/// How many there are after so many.
pub(super) fn after(count: usize) -> usize {
    count * if count < NEAR { 2 } else { 4 }
}

/// Where a search for a hash starts.
#[inline(always)]
fn home(slots: &[Slot], hash: u32) -> usize {
    hash as usize & (slots.len() - 1)
}

#[inline(always)]
fn next(slots: &[Slot], at: usize) -> usize {
    (at + 1) & (slots.len() - 1)
}

impl Slots for [Slot] {
    fn takes(&self) -> usize {
        self.len() / if self.len() < NEAR { 16 } else { 4 }
    }

    #[inline(always)]
    fn glance(&self, hash: u32) -> u32 {
        self[home(self, hash)].place
    }

    #[inline(always)]
    fn at_home(&self, hash: u32) -> (usize, u32) {
        let at = home(self, hash);
        let slot = self[at];
        (at, if slot.hash == hash { slot.place } else { NOWHERE })
    }

    #[inline(always)]
    fn has_none(&self, hash: u32) -> bool {
        self[home(self, hash)].is_empty()
    }

    #[inline(always)]
    fn put_home(&mut self, hash: u32, place: u32) -> bool {
        let home = &mut self[home(self, hash)];
        let is_free = home.is_empty();
        if is_free {
            *home = Slot { hash, place };
        }
        is_free
    }

    #[inline(always)]
    fn find(&self, hash: u32, mut is: impl FnMut(u32) -> bool) -> Result<usize, usize> {
        let mut at = home(self, hash);
        loop {
            let slot = self[at];
            if slot.is_empty() {
                return Err(at);
            }
            if slot.hash == hash && is(slot.place) {
                return Ok(at);
            }
            at = next(self, at);
        }
    }

    #[inline(always)]
    fn place(&self, at: usize) -> u32 {
        self[at].place
    }

    #[inline(always)]
    fn occupy(&mut self, at: usize, hash: u32, place: u32) {
        self[at] = Slot { hash, place };
    }

    #[inline(always)]
    fn vacate(&mut self, at: usize) {
        if self[next(self, at)].is_empty() {
            self[at].hash = NO_HASH;
        } else {
            close(self, at);
        }
    }

    fn all(&self) -> impl Iterator<Item = (u32, u32)> {
        self.iter().filter(|slot| !slot.is_empty()).map(|slot| (slot.hash, slot.place))
    }

    fn vacate_all(&mut self) {
        self.fill(Slot::EMPTY);
    }
}

/// Makes a slot empty in front of others: those that would not be found behind it move up.
#[cold]
#[inline(never)]
fn close(slots: &mut [Slot], mut hole: usize) {
    let mask = slots.len() - 1;
    let mut at = next(slots, hole);
    while !slots[at].is_empty() {
        let from_home = at.wrapping_sub(home(slots, slots[at].hash)) & mask;
        if from_home >= at.wrapping_sub(hole) & mask {
            slots[hole] = slots[at];
            hole = at;
        }
        at = next(slots, at);
    }
    slots[hole].hash = NO_HASH;
}
