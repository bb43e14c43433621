//! Open ends by id and receiver.

use std::ops::Range;

use super::bucket::{Bucket, Look};
use super::open::{ANYONE, Open};
use super::room::room;
use crate::key::Key;

/// So many open ends for each bucket before there are more buckets: what does not find room in its bucket is what no
/// processor can foretell.
const FILL: usize = 2;

/// From so many buckets on there are soon more of them.
const LARGE: usize = 1 << 11;

/// Open ends by the hash of their key and receiver, in buckets that are small enough to stay in cache; the open ends
/// themselves lie dense in a list whose places are used again. Invariants: an open end is in the first bucket from its
/// home on that had room when it was put there, and each bucket before that counts it.
#[derive(Clone, Debug)]
pub(in crate::trace) struct Table {
    pub(super) buckets: Vec<Bucket>,
    pub(super) open: Vec<Open>,
    /// The places of the list that are free, the one that was left last at the end: it is still in cache.
    pub(super) free: Vec<u32>,
    /// Whether any two open ends were of one key and receiver since all were taken out.
    repeats: bool,
    /// How many there were when some bucket could no more count what found no room in it; 0 where each can.
    pub(super) uncounted: usize,
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
        Self { buckets: empty(1 << 8), open: Vec::new(), free: Vec::new(), repeats: false, uncounted: 0 }
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
        if self.uncounted > 0 && self.used() <= self.uncounted / 2 {
            // Searches go on where they need not.
            self.rebuild(self.buckets.len());
        }
        while self.used() + more > self.buckets.len() * FILL {
            self.rebuild(self.buckets.len() * if self.buckets.len() < LARGE { 2 } else { 4 });
        }
    }

    /// Puts all into so many new buckets.
    #[cold]
    fn rebuild(&mut self, count: usize) {
        (self.buckets, self.uncounted) = (empty(count), 0);
        for place in self.places() {
            let open = &self.open[place as usize];
            let look = look(&self.buckets, open.key, open.to);
            if !enter(&mut self.buckets, look, place) {
                self.uncounted = self.used();
            }
        }
    }

    /// Each open end of this key and receiver: its bucket and slot, and its place.
    fn all_of(&self, key: Key, to: u32) -> impl Iterator<Item = (At, u32)> {
        all_of(&self.buckets, &self.open, key, to)
    }

    /// Adds an open end; whether one of its key and receiver was there already.
    #[inline]
    pub(super) fn insert(&mut self, open: Open) -> bool {
        self.reserve(1);
        let place = self.free.pop().unwrap_or_else(|| {
            self.open.push(open);
            self.open.len() as u32 - 1
        });
        let look = look(&self.buckets, open.key, open.to);
        let home = &mut self.buckets[look.home];
        let again = if home.is_odd(look) {
            let again = find(&self.buckets, &self.open, open.key, open.to).is_some();
            if !enter(&mut self.buckets, look, place) {
                self.uncounted = self.used();
            }
            again
        } else {
            home.put(home.empty().first(), look, place);
            false
        };
        self.open[place as usize] = open;
        self.repeats |= again;
        again
    }

    /// Whether a look for this key and receiver comes upon anything.
    #[inline(always)]
    pub(in crate::trace) fn has_near(&self, key: Key, to: u32) -> bool {
        let look = look(&self.buckets, key, to);
        let home = &self.buckets[look.home];
        home.was_full() || !home.like(look).is_empty()
    }

    /// Takes the oldest open end of this key, receiver and, if given, sender.
    #[inline]
    pub(super) fn take(&mut self, key: Key, to: u32, from: u32) -> Found {
        let look = look(&self.buckets, key, to);
        let home = &mut self.buckets[look.home];
        let mut like = home.like(look);
        let first = like.next();
        if home.was_full() || !like.is_empty() {
            return self.take_oldest(key, to, from);
        }
        let Some(slot) = first else { return Found::Nothing };
        let place = home.place(slot);
        let open = self.open[place as usize];
        if !(open.is_of(key, to) && open.may_be_from(from)) {
            return Found::Nothing;
        }
        home.vacate(slot);
        self.free.push(place);
        Found::One(open)
    }

    /// The same, where it takes more than a look at one slot.
    #[cold]
    fn take_oldest(&mut self, key: Key, to: u32, from: u32) -> Found {
        let mut best: Option<(At, u32, &Open)> = None;
        for (at, place) in self.all_of(key, to) {
            let open = &self.open[place as usize];
            if open.may_be_from(from) {
                if from == ANYONE && best.is_some_and(|(.., best)| best.from != open.from) {
                    return Found::Ambiguous;
                }
                if best.is_none_or(|(.., best)| open.value < best.value) {
                    best = Some((at, place, open));
                }
            }
        }
        let Some((at, place, &open)) = best else { return Found::Nothing };
        self.remove(look(&self.buckets, key, to), at, place);
        Found::One(open)
    }

    /// Takes out the open end of this value.
    pub(super) fn withdraw(&mut self, key: Key, to: u32, value: u32) {
        let found = self.all_of(key, to).find(|&(_, place)| self.open[place as usize].value == value);
        if let Some((at, place)) = found {
            self.remove(look(&self.buckets, key, to), at, place);
        }
    }

    /// Takes out what is at a place.
    fn remove(&mut self, look: Look, at: At, place: u32) {
        self.free.push(place);
        vacate(&mut self.buckets, look, at);
    }

    /// Takes all out.
    pub(super) fn clear(&mut self) {
        if !self.is_empty() || self.uncounted > 0 {
            self.buckets.fill(Bucket::EMPTY);
        }
        self.open.clear();
        self.free.clear();
        (self.repeats, self.uncounted) = (false, 0);
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

/// What a key and receiver are looked for by.
#[inline(always)]
pub(super) fn look(buckets: &[Bucket], key: Key, to: u32) -> Look {
    Look::of(key, to, buckets.len())
}

/// A bucket, and a slot of it.
pub(super) type At = (usize, usize);

/// Each open end of this key and receiver: its bucket and slot, and its place.
fn all_of(buckets: &[Bucket], open: &[Open], key: Key, to: u32) -> impl Iterator<Item = (At, u32)> {
    let look = look(buckets, key, to);
    let (before, behind) = buckets.split_at(look.home);
    let mut goes_on = true;
    let searched = (look.home..).zip(behind).chain(before.iter().enumerate());
    let searched = searched.take_while(move |(_, bucket)| std::mem::replace(&mut goes_on, bucket.was_full()));
    searched.flat_map(move |(at, bucket)| {
        let places = bucket.like(look).map(move |slot| ((at, slot), bucket.place(slot)));
        places.filter(move |&(_, place)| open[place as usize].is_of(key, to))
    })
}

/// One of them, wherever it is.
#[cold]
#[inline(never)]
pub(super) fn find(buckets: &[Bucket], open: &[Open], key: Key, to: u32) -> Option<(At, u32)> {
    all_of(buckets, open, key, to).next()
}

/// Puts a place into the first bucket that has room; whether those that had none can still count.
pub(super) fn enter(buckets: &mut [Bucket], look: Look, place: u32) -> bool {
    let mask = buckets.len() - 1;
    let (mut at, mut are_counted) = (look.home, true);
    loop {
        let bucket = &mut buckets[at];
        let empty = bucket.empty();
        if !empty.is_empty() {
            bucket.put(empty.first(), look, place);
            return are_counted;
        }
        are_counted &= !bucket.pass();
        at = (at + 1) & mask;
    }
}

/// Makes the slot empty of what was looked for.
#[inline(always)]
pub(super) fn vacate(buckets: &mut [Bucket], look: Look, (at, slot): At) {
    buckets[at].vacate(slot);
    if at != look.home {
        forget(buckets, look.home..at);
    }
}

/// What is taken out found no room in these buckets, which may go around the end.
#[cold]
fn forget(buckets: &mut [Bucket], Range { start, end }: Range<usize>) {
    let mask = buckets.len() - 1;
    let mut at = start;
    while at != end {
        buckets[at].forget();
        at = (at + 1) & mask;
    }
}

/// So many empty buckets.
fn empty(count: usize) -> Vec<Bucket> {
    let mut buckets = room(count);
    buckets.resize(count, Bucket::EMPTY);
    buckets
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against a list, in buckets of which most are full.
        #[test]
        fn what_found_no_room_in_its_bucket_is_found_and_leaves_no_trace(
            ops in proptest::collection::vec((0..30u32, 0..2u32), 0..200)
        ) {
            let open: Vec<Open> = (0..60).map(|i| Open::bare(Key::of(&(i / 2).to_string()), i % 2, 0, 0)).collect();
            let mut buckets = empty(4);
            let mut model: Vec<u32> = vec![];
            for (id, to) in ops {
                let (place, key) = (2 * id + to, Key::of(&id.to_string()));
                let look = look(&buckets, key, to);
                match find(&buckets, &open, key, to) {
                    Some((at, found)) => {
                        prop_assert_eq!(found, place);
                        vacate(&mut buckets, look, at);
                        model.retain(|&other| other != place);
                    }
                    // There is always room for one more.
                    None if model.len() < 23 => {
                        enter(&mut buckets, look, place);
                        model.push(place);
                    }
                    None => {}
                }
                for place in 0..60 {
                    let Open { key, to, .. } = open[place as usize];
                    let found: Vec<u32> = all_of(&buckets, &open, key, to).map(|(_, found)| found).collect();
                    prop_assert_eq!(found, Vec::from_iter(model.contains(&place).then_some(place)));
                }
            }
            for place in model {
                let Open { key, to, .. } = open[place as usize];
                let Some((at, _)) = find(&buckets, &open, key, to) else { unreachable!("it was found above") };
                let look = look(&buckets, key, to);
                vacate(&mut buckets, look, at);
            }
            prop_assert!(buckets.iter().all(|bucket| !bucket.was_full() && bucket.empty().count() == 6));
        }
    }

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

    #[test]
    fn buckets_that_cannot_count_are_made_anew_when_half_is_taken() {
        let (mut table, key) = (Table::new(), Key::of("m"));
        (0..7).for_each(|value| _ = table.insert(Open::bare(key, 1, 2, value)));
        let home = look(&table.buckets, key, 1).home;
        while !table.buckets[home].pass() {}
        table.insert(Open::bare(key, 1, 2, 7));
        for value in 0..8 {
            table.reserve(1);
            // It was seen when there were eight.
            assert_eq!(
                (table.uncounted, table.buckets[home].was_full()),
                if value <= 3 { (8, true) } else { (0, false) }
            );
            assert!(matches!(table.take(key, 1, ANYONE), Found::One(open) if open.value == value));
        }
    }
}
