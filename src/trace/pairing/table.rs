//! Open ends by id and receiver.

use super::open::{ANYONE, Open};
use super::slots::{self, Slot};
use crate::key::{Key, Salt};

/// Open ends by the hash of their key and receiver, in slots that are small enough to stay in cache; the open ends
/// themselves lie dense in a list whose places are used again.
#[derive(Clone, Debug)]
pub(in crate::trace) struct Table {
    pub(super) slots: Vec<Slot>,
    pub(super) open: Vec<Open>,
    /// The places of the list that are free, the one that was left last at the end: it is still in cache.
    pub(super) free: Vec<u32>,
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

/// What a key is looked for by, and its receiver, whose salt it is.
#[inline(always)]
pub(in crate::trace) fn hash(key: Key, to: Salt) -> u32 {
    key.mix(to) as u32
}

impl Table {
    pub(super) fn new() -> Self {
        Self { slots: slots::empty(1 << 9), open: Vec::new(), free: Vec::new(), repeats: false }
    }

    #[inline(always)]
    pub(super) fn used(&self) -> usize {
        self.open.len() - self.free.len()
    }

    #[inline(always)]
    pub(in crate::trace) fn is_empty(&self) -> bool {
        self.used() == 0
    }

    /// How many open ends there were at most.
    pub(super) fn most(&self) -> usize {
        self.open.len()
    }

    /// Whether there may be two open ends of one key and receiver.
    pub(in crate::trace) fn has_repeats(&self) -> bool {
        self.repeats
    }

    /// Makes room for so many more.
    #[inline]
    pub(in crate::trace) fn reserve(&mut self, more: usize) {
        self.repeats &= !self.is_empty();
        while self.used() + more > slots::takes(self.slots.len()) {
            slots::grow(&mut self.slots);
        }
    }

    /// Adds an open end; whether one of its key and receiver was there already.
    #[inline]
    pub(super) fn insert(&mut self, open: Open) -> bool {
        self.reserve(1);
        let place = self.free.pop().unwrap_or_else(|| {
            self.open.push(open);
            self.open.len() as u32 - 1
        });
        let hash = hash(open.key, Salt::of(open.to));
        let mut again = false;
        if !slots::put_home(&mut self.slots, Slot { hash, place }) {
            let is_same = |place: u32| {
                again |= self.open[place as usize].is_of(open.key, open.to);
                false
            };
            let (Ok(end) | Err(end)) = slots::find(&self.slots, hash, is_same);
            self.slots[end] = Slot { hash, place };
        }
        self.open[place as usize] = open;
        self.repeats |= again;
        again
    }

    /// Whether a look for this key and receiver comes upon anything.
    #[inline(never)]
    pub(in crate::trace) fn has_near(&self, key: Key, to: u32) -> bool {
        slots::find(&self.slots, hash(key, Salt::of(to)), |_| true).is_ok()
    }

    /// Takes the oldest open end of this key, receiver and, if given, sender.
    #[inline]
    pub(super) fn take(&mut self, key: Key, to: u32, from: u32) -> Found {
        let hash = hash(key, Salt::of(to));
        let Slot { place, .. } = slots::at_home(&self.slots, hash);
        let Some(&open) = self.open.get(place as usize) else { return Found::Nothing };
        if self.repeats || !open.is_of(key, to) || !open.may_be_from(from) {
            return self.take_oldest(key, to, from);
        }
        slots::vacate_home(&mut self.slots, hash);
        self.free.push(place);
        Found::One(open)
    }

    /// The same, where it takes more than a look at one slot.
    #[cold]
    fn take_oldest(&mut self, key: Key, to: u32, from: u32) -> Found {
        let mut best: Option<(u32, &Open)> = None;
        let mut is_ambiguous = false;
        let look = |place: u32| {
            let open = &self.open[place as usize];
            if open.is_of(key, to) && open.may_be_from(from) {
                is_ambiguous |= from == ANYONE && best.is_some_and(|(_, best)| best.from != open.from);
                if best.is_none_or(|(_, best)| open.value < best.value) {
                    best = Some((place, open));
                }
            }
            is_ambiguous
        };
        let _ = slots::find(&self.slots, hash(key, Salt::of(to)), look);
        match best {
            _ if is_ambiguous => Found::Ambiguous,
            Some((place, &open)) => {
                self.remove(key, to, place);
                Found::One(open)
            }
            None => Found::Nothing,
        }
    }

    /// Takes out the open end of this value.
    pub(super) fn withdraw(&mut self, key: Key, to: u32, value: u32) {
        let is_it = |place: u32| {
            let open = &self.open[place as usize];
            open.value == value && open.is_of(key, to)
        };
        if let Ok(at) = slots::find(&self.slots, hash(key, Salt::of(to)), is_it) {
            self.remove(key, to, self.slots[at].place);
        }
    }

    /// Takes out the open end of this key and receiver that is at a place.
    fn remove(&mut self, key: Key, to: u32, place: u32) {
        if let Ok(at) = slots::find(&self.slots, hash(key, Salt::of(to)), |other| other == place) {
            slots::vacate(&mut self.slots, at);
            self.free.push(place);
        }
    }

    /// Takes all out.
    pub(super) fn clear(&mut self) {
        if !self.is_empty() {
            self.slots.fill(Slot::EMPTY);
        }
        self.open.clear();
        self.free.clear();
        self.repeats = false;
    }

    /// The places of all open ends. Time and space: linear in the most that ever were.
    fn places(&self) -> impl Iterator<Item = u32> + use<> {
        let mut is_open = vec![true; self.open.len()];
        self.free.iter().for_each(|&free| is_open[free as usize] = false);
        (0..).zip(is_open).filter_map(|(place, is_open)| is_open.then_some(place))
    }

    /// All open ends. Time and space: linear in the most that ever were.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Open> {
        self.places().map(|place| self.at(place))
    }
}

/// One of this key and receiver, or where the search for it ends.
#[cold]
#[inline(never)]
pub(super) fn find(slots: &[Slot], open: &[Open], hash: u32, (key, to): (Key, u32)) -> Result<usize, usize> {
    slots::find(slots, hash, |place| open[place as usize].is_of(key, to))
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
