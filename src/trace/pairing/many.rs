//! Many ends at a time, where nothing is odd: each send is of an id that is not on its way, each receive finds its send.
//! What is not so ends the loop, for who looks at one end after the other.

use std::hint::black_box;

use super::open::{ANYONE, Open};
use super::room::reserve;
use super::table::{Table, enter, find, look, vacate};
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
        ends: impl ExactSizeIterator<Item = Option<Open>>,
        mut each: impl FnMut(&Open),
    ) -> usize {
        self.make_places(ends.len());
        let (buckets, opens) = (&mut self.buckets[..], &mut self.open[..]);
        // First all into their places, which are free whatever comes then: two short loops have less to wait for.
        let (mut there, mut done, mut are_counted) = (0, 0, true);
        for (end, &place) in ends.zip(self.free.iter().rev()) {
            let Some(open) = end else { break };
            opens[place as usize] = open;
            there += 1;
        }
        for &place in self.free.iter().rev().take(there) {
            let open = &opens[place as usize];
            let look = look(buckets, open.key, open.to);
            let Some(home) = buckets.get_mut(look.home) else { break };
            if !home.is_odd(look) {
                home.put(home.empty().first(), look, place);
            } else if find(buckets, opens, open.key, open.to).is_none() {
                are_counted &= enter(buckets, look, place);
            } else {
                break;
            }
            each(open);
            done += 1;
        }
        self.free.truncate(self.free.len() - done);
        if !are_counted {
            self.uncounted = self.used();
        }
        done
    }

    /// Sees to it that so many places are free.
    fn make_places(&mut self, count: usize) {
        let first = self.open.len();
        let more = first..first + count.saturating_sub(self.free.len());
        reserve(&mut self.open, more.end);
        self.open.resize(more.end, Open::NONE);
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
        (first, is_odd): (u32, impl Fn(usize, &Open) -> bool),
    ) -> usize {
        let (buckets, opens) = (&mut self.buckets[..], &self.open[..]);
        let mut done = 0;
        for (Asked { key, to, from }, taken) in asked.zip(&mut *places) {
            let look = look(buckets, key, to);
            let Some(home) = buckets.get_mut(look.home) else { break };
            let like = home.like(look);
            let mut place = home.place(like.first());
            let is_taken =
                |open: &Open| (from == ANYONE || open.from == from) && !(open.value >= first && is_odd(done, open));
            match opens.get(place as usize) {
                Some(open) if !like.is_empty() && open.is_of(key, to) => {
                    if !is_taken(open) {
                        break;
                    }
                    home.vacate(like.first());
                }
                _ => match find(buckets, opens, key, to) {
                    Some((at, behind)) if is_taken(&opens[behind as usize]) => {
                        vacate(buckets, look, at);
                        place = behind;
                    }
                    _ => break,
                },
            }
            *taken = place;
            done += 1;
        }
        self.free.extend_from_slice(&places[..done]);
        done
    }

    /// What is, or was last, at a place.
    #[inline(always)]
    pub(in crate::trace) fn at(&self, place: u32) -> &Open {
        &self.open[place as usize]
    }

    /// The home of this key and receiver.
    #[inline(always)]
    pub(in crate::trace) fn home(&self, key: Key, to: u32) -> u32 {
        look(&self.buckets, key, to).home as u32
    }

    /// Looks at homes, so that they are in cache when they are asked for: many glances wait for memory together, many
    /// searches one after the other. Nothing is decided by what is seen, as what comes then would wait for it.
    #[inline(always)]
    pub(in crate::trace) fn glance(&self, homes: &[u32]) {
        let mask = self.buckets.len() - 1;
        black_box(homes.iter().fold(0, |all, &home| all ^ self.buckets[home as usize & mask].place(0)));
    }

    /// The place where the open end of this key and receiver likely is.
    #[inline(always)]
    pub(in crate::trace) fn likely(&self, key: Key, to: u32) -> u32 {
        let look = look(&self.buckets, key, to);
        let home = &self.buckets[look.home];
        home.place(home.like(look).first())
    }

    /// [Looks](Self::glance) at places.
    #[inline(always)]
    pub(in crate::trace) fn glance_at(&self, likely: &[u32]) {
        let Some(last) = self.open.len().checked_sub(1) else { return };
        black_box(likely.iter().fold(0, |all, &at| all ^ self.open[last.min(at as usize)].value));
    }
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
                    let ends: Vec<Option<Open>> = batch.iter().zip(value..).map(|(&(id, to, from), value)| {
                        let key = Key::of(&id.to_string());
                        // Now and then nothing.
                        (from < 8).then_some(Open { name_at: value.into(), ..Open::bare(key, to, from, value) })
                    }).collect();
                    let (mut wanted, mut told) = (0, vec![]);
                    for end in &ends {
                        let Some(open) = end else { break };
                        if model.iter().any(|other| other.is_of(open.key, open.to)) {
                            break;
                        }
                        model.push(*open);
                        wanted += 1;
                    }
                    let done = table.put_all(ends.into_iter(), |open| told.push(open.value));
                    prop_assert_eq!(done, wanted);
                    prop_assert_eq!(told, (value..).take(done).collect::<Vec<_>>());
                    value += batch.len() as u32;
                } else {
                    let first = value / 2;
                    let asked: Vec<Asked> = batch.iter().map(|&(id, to, from)| {
                        Asked { key: Key::of(&id.to_string()), to, from: if from < 6 { ANYONE } else { from } }
                    }).collect();
                    let is_odd = |_: usize, open: &Open| open.name_at.is_multiple_of(5);
                    let mut wanted = vec![];
                    for asked in &asked {
                        let Some(at) = model.iter().position(|open| open.is_of(asked.key, asked.to)) else { break };
                        let open = model[at];
                        let is_odd = open.value >= first && open.value.is_multiple_of(5);
                        if is_odd || (asked.from != ANYONE && asked.from != open.from) {
                            break;
                        }
                        wanted.push(model.remove(at).value);
                    }
                    let mut places = [0; 40];
                    let done = table.take_all(asked.into_iter(), &mut places, (first, is_odd));
                    let taken: Vec<u32> = places[..done].iter().map(|&place| table.at(place).value).collect();
                    prop_assert_eq!(taken, wanted);
                }
                let mut left: Vec<u32> = table.iter().map(|open| open.value).collect();
                left.sort_unstable();
                prop_assert_eq!(left, model.iter().map(|open| open.value).collect::<Vec<_>>());
                prop_assert!(table.iter().all(|open| u64::from(open.value) == open.name_at));
            }
        }
    }
}
