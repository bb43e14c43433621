//! Where open ends are, by hash: a few bytes for each, so that they stay in cache.
//!
//! Linear probing (Knuth, The Art of Computer Programming, volume 3, section 6.4, algorithms L and R). Invariants: the
//! number of slots is a power of two; one of them is empty; none is empty between the home of a hash and any slot of it,
//! going around at the end.

use super::room::room;

/// So many slots are no burden to a near cache: up to here there are many for each open end, as what finds its home taken
/// is what no processor can foretell.
const NEAR: usize = 1 << 14;

/// A slot: the hash of an open end, and its place.
#[derive(Clone, Copy, Debug)]
#[repr(align(8))]
pub(super) struct Slot {
    pub(super) hash: u32,
    pub(super) place: u32,
}

/// The place of none.
const NOWHERE: u32 = u32::MAX;

impl Slot {
    pub(super) const EMPTY: Self = Self { hash: 0, place: NOWHERE };

    #[inline(always)]
    pub(super) fn is_empty(self) -> bool {
        self.place == NOWHERE
    }
}

/// So many empty ones, a power of two.
pub(super) fn empty(count: usize) -> Vec<Slot> {
    let mut slots = room(count);
    slots.resize(count, Slot::EMPTY);
    slots
}

/// How many open ends so many slots take.
pub(super) fn takes(slots: usize) -> usize {
    slots / if slots < NEAR { 16 } else { 4 }
}

/// Puts all into more slots.
#[cold]
pub(super) fn grow(slots: &mut Vec<Slot>) {
    let more = empty(slots.len() * if slots.len() < NEAR { 2 } else { 4 });
    for slot in std::mem::replace(slots, more) {
        if !slot.is_empty() {
            put(slots, slot);
        }
    }
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

/// What is at the home of a hash: likely what is looked for.
#[inline(always)]
pub(super) fn at_home(slots: &[Slot], hash: u32) -> Slot {
    slots[home(slots, hash)]
}

/// Puts a slot where nothing has to be asked; whether its home was empty.
#[inline(always)]
pub(super) fn put_home(slots: &mut [Slot], slot: Slot) -> bool {
    let home = &mut slots[home(slots, slot.hash)];
    let is_free = home.is_empty();
    if is_free {
        *home = slot;
    }
    is_free
}

/// The slot of a hash that is found first of those whose place it `is`, or else the empty one where the search ends.
#[inline(always)]
pub(super) fn find(slots: &[Slot], hash: u32, mut is: impl FnMut(u32) -> bool) -> Result<usize, usize> {
    let mut at = home(slots, hash);
    loop {
        let slot = slots[at];
        if slot.is_empty() {
            return Err(at);
        }
        if slot.hash == hash && is(slot.place) {
            return Ok(at);
        }
        at = next(slots, at);
    }
}

/// Puts a slot where the first one is empty.
fn put(slots: &mut [Slot], slot: Slot) {
    let (Ok(at) | Err(at)) = find(slots, slot.hash, |_| false);
    slots[at] = slot;
}

/// The place of the first slot of a hash; any where there is none.
#[inline(always)]
pub(super) fn likely(slots: &[Slot], hash: u32) -> u32 {
    let (Ok(at) | Err(at)) = find(slots, hash, |_| true);
    slots[at].place
}

/// Makes the home of a hash empty.
#[inline(always)]
pub(super) fn vacate_home(slots: &mut [Slot], hash: u32) {
    vacate(slots, home(slots, hash));
}

/// Makes a slot empty.
#[inline(always)]
pub(super) fn vacate(slots: &mut [Slot], at: usize) {
    if slots[next(slots, at)].is_empty() {
        slots[at].place = NOWHERE;
    } else {
        close(slots, at);
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
    slots[hole].place = NOWHERE;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against a list, in slots of which most are taken.
        #[test]
        fn what_found_its_home_taken_is_found_and_leaves_no_trace(
            ops in proptest::collection::vec((0..20u32, any::<bool>()), 0..200)
        ) {
            let mut slots = empty(16);
            let mut model: Vec<(u32, u32)> = vec![];
            for (place, (hash, is_put)) in (0..).zip(ops) {
                if !is_put {
                    let found = find(&slots, hash, |_| true);
                    prop_assert_eq!(found.is_ok(), model.iter().any(|&(other, _)| other == hash));
                    if let Ok(at) = found {
                        let place = slots[at].place;
                        prop_assert_eq!(likely(&slots, hash), place);
                        prop_assert!(model.contains(&(hash, place)));
                        vacate(&mut slots, at);
                        model.retain(|&(_, other)| other != place);
                    }
                } else if model.len() < 15 {
                    put(&mut slots, Slot { hash, place });
                    model.push((hash, place));
                }
                for hash in 0..20 {
                    let mut found = vec![];
                    let see = |place| {
                        found.push(place);
                        false
                    };
                    let _ = find(&slots, hash, see);
                    found.sort_unstable();
                    let of_hash = model.iter().filter(|&&(other, _)| other == hash);
                    prop_assert_eq!(found, of_hash.map(|&(_, place)| place).collect::<Vec<_>>());
                }
                let taken = slots.iter().filter(|slot| !slot.is_empty()).count();
                prop_assert_eq!(taken, model.len());
            }
        }
    }
}
