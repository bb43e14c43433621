//! Open ends by id and receiver.

use super::many::AT_ONCE;
use super::open::{ANYONE, Open};
use super::repeats::Repeats;
use super::slots::{AnySlots, Slots, either};
use crate::key::{Key, Salt};

/// Open ends by the hash of their key and receiver, in slots of a few bytes; the open ends themselves lie side by side in a
/// list whose places are used again.
#[derive(Clone, Debug)]
pub(in crate::trace) struct Table {
    pub(super) slots: AnySlots,
    pub(super) open: Vec<Open>,
    /// The places of the list that are free, the one that was left last at the end: it is still in cache.
    pub(super) free: Vec<u32>,
    /// Of the open ends of one key and receiver all but the oldest, which is in the slots.
    pub(super) repeats: Repeats,
    /// Room for the hashes of those that are put there at once.
    pub(super) hashes: Box<[u32; AT_ONCE]>,
}

/// What a table has for a key.
pub(super) enum Found {
    Nothing,
    One(Open),
    /// Open ends of several senders, and the other end does not say which.
    Ambiguous,
}

/// What a key is looked for by, and its receiver, whose salt it is; never [`NO_HASH`].
#[inline(always)]
pub(in crate::trace) fn hash(key: Key, to: Salt) -> u32 {
    // One of its bits stands for that it is one.
    key.mix(to) as u32 | 1 << 31
}

impl Table {
    pub(super) fn new() -> Self {
        let (slots, repeats, hashes) = (AnySlots::new(), Repeats::default(), Box::new([0; AT_ONCE]));
        Self { slots, open: Vec::new(), free: Vec::new(), repeats, hashes }
    }

    /// How many have a slot.
    #[inline(always)]
    fn in_slots(&self) -> usize {
        self.open.len() - self.free.len()
    }

    #[inline(always)]
    pub(super) fn used(&self) -> usize {
        self.in_slots() + self.repeats.len()
    }

    #[inline(always)]
    pub(in crate::trace) fn is_empty(&self) -> bool {
        // The oldest of each key and receiver has a slot.
        self.in_slots() == 0
    }

    /// How many open ends there were at most.
    pub(super) fn most(&self) -> usize {
        self.open.len()
    }

    /// Whether there are two open ends of one key and receiver.
    pub(in crate::trace) fn has_repeats(&self) -> bool {
        self.repeats.len() > 0
    }

    /// Makes room for so many more.
    #[inline]
    pub(in crate::trace) fn reserve(&mut self, more: usize) {
        while self.in_slots() + more > either!(&self.slots, slots => slots.takes()) {
            self.slots.grow();
        }
    }

    /// Adds an open end, which is younger than all of its key and receiver; whether there is any.
    #[inline]
    pub(super) fn insert(&mut self, open: Open) -> bool {
        self.reserve(1);
        let hash = hash(open.key, Salt::of(open.to));
        let is_same = |place: u32| self.open[place as usize].is_of(open.key, open.to);
        let Err(end) = either!(&self.slots, slots => slots.find(hash, is_same)) else {
            self.repeats.push(open);
            return true;
        };
        let place = self.free.pop().unwrap_or_else(|| {
            self.open.push(open);
            self.open.len() as u32 - 1
        });
        self.open[place as usize] = open;
        either!(&mut self.slots, slots => slots.occupy(end, hash, place));
        false
    }

    /// Whether a look for this key and receiver comes upon anything.
    #[inline(never)]
    pub(in crate::trace) fn has_near(&self, key: Key, to: u32) -> bool {
        self.has_hash(hash(key, Salt::of(to)))
    }

    /// Whether a look for this hash comes upon anything.
    pub(super) fn has_hash(&self, hash: u32) -> bool {
        either!(&self.slots, slots => slots.find(hash, |_| true).is_ok())
    }

    /// The slot of this key and receiver, or the empty one where the search for it ends.
    fn find(&self, key: Key, to: u32) -> Result<usize, usize> {
        either!(&self.slots, slots => find(&**slots, &self.open, hash(key, Salt::of(to)), (key, to)))
    }

    /// The open end in a slot.
    fn in_slot(&self, at: usize) -> &Open {
        &self.open[either!(&self.slots, slots => slots.place(at)) as usize]
    }

    /// Whether there is an open end of this key and receiver from another sender than this.
    pub(super) fn has_other(&self, key: Key, to: u32, from: u32) -> bool {
        let found = self.find(key, to);
        let is_other = |at: usize| self.in_slot(at).from != from;
        found.is_ok_and(|at| is_other(at) || self.repeats.has_other((key, to), from))
    }

    /// Whether there are two open ends of this key, receiver and sender.
    pub(super) fn has_two(&self, key: Key, to: u32, from: u32) -> bool {
        let first = |at: usize| usize::from(self.in_slot(at).from == from);
        self.find(key, to).is_ok_and(|at| first(at) + self.repeats.count_of((key, to), from) > 1)
    }

    /// Takes the oldest open end of this key, receiver and, if given, sender. Time: as good as constant; where there are
    /// several, O(log) of how many.
    #[inline]
    pub(super) fn take(&mut self, key: Key, to: u32, from: u32) -> Found {
        let hash = hash(key, Salt::of(to));
        let is_it = |open: &Open| open.is_of(key, to) && open.may_be_from(from);
        let (at, place, open) = match either!(&self.slots, slots => slots.at_home(hash)) {
            Some((at, place)) if !self.has_repeats() && is_it(&self.open[place as usize]) => {
                (at, place, self.open[place as usize])
            }
            None if either!(&self.slots, slots => slots.has_none(hash)) => return Found::Nothing,
            _ => return self.take_oldest(key, to, from),
        };
        either!(&mut self.slots, slots => slots.vacate(at));
        self.free.push(place);
        Found::One(open)
    }

    /// The same, where it takes more than a look at one slot.
    #[cold]
    fn take_oldest(&mut self, key: Key, to: u32, from: u32) -> Found {
        let Ok(at) = self.find(key, to) else { return Found::Nothing };
        let oldest = *self.in_slot(at);
        if from == ANYONE && self.repeats.has_other((key, to), oldest.from) {
            return Found::Ambiguous;
        }
        if oldest.may_be_from(from) {
            self.remove(at);
            return Found::One(oldest);
        }
        self.repeats.take((key, to), from).map_or(Found::Nothing, Found::One)
    }

    /// Takes out the open end of this value.
    pub(super) fn withdraw(&mut self, key: Key, to: u32, value: u32) {
        let Ok(at) = self.find(key, to) else { return };
        if self.in_slot(at).value == value {
            self.remove(at);
        } else {
            self.repeats.withdraw((key, to), value);
        }
    }

    /// Takes out the open end of a slot. The next one of its key and receiver takes its place.
    fn remove(&mut self, at: usize) {
        let place = either!(&self.slots, slots => slots.place(at));
        let open = &mut self.open[place as usize];
        if let Some(next) = self.repeats.take((open.key, open.to), ANYONE) {
            *open = next;
            return;
        }
        either!(&mut self.slots, slots => slots.vacate(at));
        self.free.push(place);
    }

    /// Takes all out.
    pub(super) fn clear(&mut self) {
        if !self.is_empty() {
            either!(&mut self.slots, slots => slots.vacate_all());
        }
        self.open.clear();
        self.free.clear();
        self.repeats.clear();
    }

    /// The places of all that are in slots. Time and space: linear in the most that ever were.
    fn places(&self) -> impl Iterator<Item = u32> + use<> {
        let mut is_open = vec![true; self.open.len()];
        self.free.iter().for_each(|&free| is_open[free as usize] = false);
        (0..).zip(is_open).filter_map(|(place, is_open)| is_open.then_some(place))
    }

    /// All open ends. Time and space: linear in the most that ever were.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Open> {
        self.places().map(|place| &self.open[place as usize]).chain(self.repeats.iter())
    }
}

/// The slot of this key and receiver, or the empty one where the search for it ends.
#[cold]
#[inline(never)]
pub(super) fn find<S: Slots + ?Sized>(
    slots: &S,
    open: &[Open],
    hash: u32,
    (key, to): (Key, u32),
) -> Result<usize, usize> {
    slots.find(hash, |place| open[place as usize].is_of(key, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_of_one_id_are_taken_in_their_order() {
        let (mut table, key) = (Table::new(), Key::of("m"));
        for value in 0..1000 {
            assert_eq!(table.insert(Open::bare(key, 1, 2, value)), value > 0);
        }
        assert!(table.has_repeats());
        for value in (0..1000).filter(|value| value % 10 == 0) {
            table.withdraw(key, 1, value);
        }
        for value in (0..1000).filter(|value| value % 10 != 0) {
            assert!(matches!(table.take(key, 1, ANYONE), Found::One(open) if open.value == value));
        }
        assert!(table.is_empty() && matches!(table.take(key, 1, ANYONE), Found::Nothing));
    }
}
