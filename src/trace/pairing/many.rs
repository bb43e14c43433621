//! Many ends at a time, where nothing is odd: each send is of an id that is not on its way, each receive finds its send.
//! What is not so ends the loop, for who looks at one end after the other.

use std::hint::{black_box, select_unpredictable};

use super::open::{ANYONE, Open, Rest, Whole};
use super::room::reserve;
use super::table::{NOTHING, Slot, Table, vacate};
use crate::key::Key;

/// What a receive asks for.
#[derive(Clone, Copy, Debug)]
pub(in crate::trace) struct Asked {
    pub(in crate::trace) key: Key,
    pub(in crate::trace) to: u32,
    /// The sender, or [`ANYONE`].
    pub(in crate::trace) from: u32,
}

impl Table {
    /// Adds open ends, for which there is [room](Self::reserve), up to the first that is odd: nothing, or of the key and
    /// receiver of another. How many were added; `each` is told of them.
    #[inline(always)]
    pub(in crate::trace) fn put_all(
        &mut self,
        ends: impl ExactSizeIterator<Item = Option<(Open, Rest)>>,
        mut each: impl FnMut(Whole<'_>),
    ) -> usize {
        self.make_places(ends.len());
        let (slots, opens, rests) = (&mut self.slots[..], &mut self.open[..], &mut self.rest[..]);
        let mask = slots.len() - 1;
        let mut done = 0;
        for (end, &at) in ends.zip(self.free.iter().rev()) {
            let Some((open, rest)) = end else { break };
            let hash = open.key.mix(open.to) as u32;
            let mut slot = hash as usize & mask;
            let mut again = false;
            while slots[slot].at != NOTHING {
                again |= slots[slot].hash == hash && is_of(&opens[slots[slot].at as usize], open.key, open.to);
                slot = (slot + 1) & mask;
            }
            if again {
                break;
            }
            each(Whole { open: &open, rest: &rest });
            (opens[at as usize], rests[at as usize]) = (open, rest);
            slots[slot] = Slot { hash, at };
            done += 1;
        }
        self.free.truncate(self.free.len() - done);
        done
    }

    /// Sees to it that so many places are free.
    fn make_places(&mut self, count: usize) {
        let first = self.open.len();
        let more = first..first + count.saturating_sub(self.free.len());
        reserve(&mut self.open, more.end);
        reserve(&mut self.rest, more.end);
        self.open.resize(more.end, Open::bare(Key::NONE, 0, 0, 0));
        self.rest.resize(more.end, Rest::NONE);
        // Those that were left are used first.
        self.free.splice(0..0, more.rev().map(|place| place as u32));
    }

    /// Takes the open ends that are asked for, up to the first that is not there, is of another sender, or is of a value
    /// from `first` on and to be left there as `is_odd` says. Their places, which stay as they are until others are
    /// [put](Self::put_all) there, are written to `places`; how many there are. Only where no two are of one key and
    /// receiver ([`Self::has_repeats`]).
    #[inline(always)]
    pub(in crate::trace) fn take_all(
        &mut self,
        asked: impl Iterator<Item = Asked>,
        places: &mut [u32],
        (first, is_odd): (u32, impl Fn(usize, &Rest) -> bool),
    ) -> usize {
        let (slots, opens, rests) = (&mut self.slots[..], &self.open[..], &self.rest[..]);
        let mask = slots.len() - 1;
        let mut done = 0;
        'all: for (Asked { key, to, from }, place) in asked.zip(&mut *places) {
            let hash = key.mix(to) as u32;
            let mut slot = hash as usize & mask;
            let (open, at) = loop {
                let Slot { hash: other, at } = slots[slot];
                if other == hash
                    && let Some(open) = opens.get(at as usize)
                    && is_of(open, key, to)
                {
                    break (open, at);
                }
                if at == NOTHING {
                    break 'all;
                }
                slot = (slot + 1) & mask;
            };
            if (from != ANYONE && open.from != from) || (open.value >= first && is_odd(done, &rests[at as usize])) {
                break;
            }
            vacate(slots, slot);
            *place = at;
            done += 1;
        }
        self.free.extend_from_slice(&places[..done]);
        done
    }

    /// What is, or was last, at a place.
    #[inline(always)]
    pub(in crate::trace) fn at(&self, place: u32) -> Whole<'_> {
        Whole { open: &self.open[place as usize], rest: &self.rest[place as usize] }
    }

    /// The home slot of this key and receiver.
    #[inline(always)]
    pub(in crate::trace) fn home(&self, key: Key, to: u32) -> u32 {
        key.mix(to) as u32 & (self.slots.len() - 1) as u32
    }

    /// Looks at slots, so that they are in cache when they are asked for: many glances wait for memory together, many
    /// searches one after the other. Nothing is decided by what is seen, as what comes then would wait for it.
    #[inline(always)]
    pub(in crate::trace) fn glance(&self, homes: &[u32]) {
        let mask = self.slots.len() - 1;
        // A search ends there, or a few slots behind: mostly in the same line of the cache, or in the next.
        let seen = |home: usize| self.slots[home & mask].hash ^ self.slots[(home + 2) & mask].hash;
        black_box(homes.iter().fold(0, |all, &home| all ^ seen(home as usize)));
    }

    /// The place where the open end of this key and receiver likely is: what one of the first two slots says, or any.
    #[inline(always)]
    pub(in crate::trace) fn likely(&self, key: Key, to: u32) -> u32 {
        let mask = self.slots.len() - 1;
        let hash = key.mix(to) as u32;
        let [first, second] = [0, 1].map(|behind| self.slots[(hash as usize + behind) & mask]);
        select_unpredictable(first.hash == hash, first.at, second.at)
    }

    /// [Looks](Self::glance) at places.
    #[inline(always)]
    pub(in crate::trace) fn glance_at(&self, likely: &[u32]) {
        let Some(last) = self.open.len().checked_sub(1) else { return };
        let seen = |seen, &at: &u32| {
            let at = last.min(at as usize);
            seen ^ self.open[at].value ^ self.rest[at].channel
        };
        black_box(likely.iter().fold(0, seen));
    }
}

#[inline(always)]
fn is_of(open: &Open, key: Key, to: u32) -> bool {
    open.key == key && open.to == to
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against a list that is searched from the front, with all that ends a loop.
        #[test]
        fn many_are_put_and_taken_up_to_the_first_that_is_odd(
            batches in proptest::collection::vec((any::<bool>(), proptest::collection::vec((0..90u32, 0..3u32, 0..9u32), 0..40)), 1..60),
        ) {
            let mut table = Table::new();
            let mut model: Vec<Open> = vec![];
            let mut value = 0;
            for (is_send, batch) in batches {
                if is_send {
                    table.reserve(batch.len());
                    let ends: Vec<Option<(Open, Rest)>> = batch.iter().zip(value..).map(|(&(id, to, from), value)| {
                        let open = Open { key: Key::of(&id.to_string()), to, from, value, sent: value * 2 };
                        // Now and then nothing.
                        (from < 8).then_some((open, Rest { name_at: u64::from(value), name_len: id, channel: to }))
                    }).collect();
                    let (mut wanted, mut told) = (0, vec![]);
                    for end in &ends {
                        let Some((open, _)) = end else { break };
                        if model.iter().any(|other| is_of(other, open.key, open.to)) {
                            break;
                        }
                        model.push(*open);
                        wanted += 1;
                    }
                    let done = table.put_all(ends.into_iter(), |whole| told.push(whole.open.value));
                    prop_assert_eq!(done, wanted);
                    prop_assert_eq!(told, (value..).take(done).collect::<Vec<_>>());
                    value += batch.len() as u32;
                } else {
                    let first = value / 2;
                    let asked: Vec<Asked> = batch.iter().map(|&(id, to, from)| {
                        Asked { key: Key::of(&id.to_string()), to, from: if from < 6 { ANYONE } else { from } }
                    }).collect();
                    let is_odd = |_: usize, rest: &Rest| rest.name_at.is_multiple_of(5);
                    let mut wanted = vec![];
                    for asked in &asked {
                        let Some(at) = model.iter().position(|open| is_of(open, asked.key, asked.to)) else { break };
                        let open = model[at];
                        let is_odd = open.value >= first && open.value.is_multiple_of(5);
                        if is_odd || (asked.from != ANYONE && asked.from != open.from) {
                            break;
                        }
                        wanted.push(model.remove(at).value);
                    }
                    let mut places = [0; 40];
                    let done = table.take_all(asked.into_iter(), &mut places, (first, is_odd));
                    let taken: Vec<u32> = places[..done].iter().map(|&place| table.at(place).open.value).collect();
                    prop_assert_eq!(taken, wanted);
                }
                let mut left: Vec<u32> = table.iter().map(|whole| whole.open.value).collect();
                left.sort_unstable();
                prop_assert_eq!(left, model.iter().map(|open| open.value).collect::<Vec<_>>());
                prop_assert!(table.iter().all(|whole| u64::from(whole.open.value) == whole.rest.name_at));
            }
        }
    }
}
