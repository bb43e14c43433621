//! Many ends at a time, where nothing is odd: each send is of an id that is not on its way, each receive finds its send.
//! What is not so ends the loop, for who looks at one end after the other.

use std::hint::select_unpredictable;
use std::slice::Iter;

use super::fetch::fetch;
use super::open::{ANYONE, Open};
use super::room::reserve;
use super::slots::{Slots, either};
use super::table::{Table, find};
use crate::key::Key;

/// At most so many: few enough that all that is held of them stays in the nearest cache.
pub(in crate::trace) const AT_ONCE: usize = 256;

/// Open ends that were added, in order.
#[derive(Clone, Debug)]
pub(in crate::trace) struct Put<'t> {
    opens: &'t [Open],
    places: Iter<'t, u32>,
}

impl<'t> Iterator for Put<'t> {
    type Item = &'t Open;

    #[inline(always)]
    fn next(&mut self) -> Option<&'t Open> {
        self.places.next().and_then(|&place| self.opens.get(place as usize))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.places.size_hint()
    }
}

impl ExactSizeIterator for Put<'_> {}

/// What a receive asks for.
#[derive(Clone, Copy, Debug)]
pub(in crate::trace) struct Asked {
    pub(in crate::trace) key: Key,
    pub(in crate::trace) to: u32,
    /// The [hash](super::hash) of both.
    pub(in crate::trace) hash: u32,
    /// The sender, or [`ANYONE`].
    pub(in crate::trace) from: u32,
    /// The address of its id.
    pub(in crate::trace) at: u64,
}

impl Table {
    /// Adds open ends, for which there is [room](Self::reserve), up to the first that is odd: `open` makes none of it, or
    /// there is one of its key and receiver. `open` gets each with its number among `ends` and the room for it, and says
    /// its [hash](super::hash). How many were added, which `told` is told of.
    #[inline(always)]
    pub(in crate::trace) fn put_all<T>(
        &mut self,
        ends: &[T],
        open: impl Fn(usize, &T, &mut Open) -> Option<u32>,
        told: impl FnOnce(Put<'_>),
    ) -> usize {
        let ends = &ends[..ends.len().min(AT_ONCE)];
        self.make_places(ends.len());
        let left = self.free.len() - ends.len();
        let (opens, places, hashes) = (&mut self.open[..], &self.free[left..], &mut *self.hashes);
        let mut there = 0;
        // First all into their places, which are free whatever comes then: two short loops have less to wait for.
        for ((end, &place), hash_of) in ends.iter().zip(places).zip(&mut *hashes) {
            let Some(room) = opens.get_mut(place as usize) else { break };
            let Some(hash) = open(there, end, room) else { break };
            *hash_of = hash;
            there += 1;
        }
        let found = hashes[..there].iter().copied().zip(places.iter().copied());
        let done = either!(&mut self.slots, slots => fill_all(&mut **slots, opens, found));
        told(Put { opens, places: places[..done].iter() });
        self.free.drain(left..left + done);
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
    /// from `first` on and stands behind who asks, or is not the only one of its key and receiver: how many, at most
    /// [`AT_ONCE`].
    #[inline(always)]
    pub(in crate::trace) fn take_all(
        &mut self,
        asked: impl ExactSizeIterator<Item = Option<Asked>> + Clone,
        first: u32,
    ) -> usize {
        let (opens, repeats, free) = (&self.open[..], &self.repeats, &mut self.free);
        let is_only = |asked: Option<Asked>| asked.is_some_and(|Asked { key, to, .. }| !repeats.has((key, to)));
        let count = asked.len().min(AT_ONCE);
        let count = if repeats.len() > 0 {
            asked.clone().take(count).take_while(|&asked| is_only(asked)).count()
        } else {
            count
        };
        let before = free.len();
        free.resize(before + count, 0);
        let taken = free[before..].iter_mut().zip(asked);
        let done = either!(&mut self.slots, slots => vacate_all(&mut **slots, opens, taken, first));
        free.truncate(before + done);
        done
    }

    /// Those that were [taken](Self::take_all) last, so many, until others are [put](Self::put_all) in their places.
    #[inline(always)]
    pub(in crate::trace) fn taken(&self, count: usize) -> impl Iterator<Item = &Open> + Clone {
        self.free[self.free.len() - count..].iter().map(|&place| &self.open[place as usize])
    }

    /// [Asks](fetch) for the homes of hashes, so that they are in cache when they are looked at.
    #[inline(always)]
    pub(in crate::trace) fn glance(&self, hashes: impl Iterator<Item = u32>) {
        either!(&self.slots, slots => hashes.for_each(|hash| slots.glance(hash)));
    }

    /// The place where the open end of this hash likely is.
    #[inline(always)]
    pub(in crate::trace) fn likely(&self, hash: u32) -> u32 {
        either!(&self.slots, slots => slots.at_home(hash).map_or(u32::MAX, |(_, place)| place))
    }

    /// [Asks](fetch) for open ends that are [likely](Self::likely) to be looked at.
    #[inline(always)]
    pub(in crate::trace) fn glance_at(&self, likely: &[u32]) {
        let Some(last) = self.open.len().checked_sub(1) else { return };
        likely.iter().for_each(|&at| fetch(&self.open[last.min(at as usize)].value));
    }
}

/// Puts these open ends, hash and place, into slots, up to the first that is not the only one of its key and receiver: how
/// many were put.
#[inline(always)]
fn fill_all<S: Slots + ?Sized>(slots: &mut S, opens: &[Open], ends: impl Iterator<Item = (u32, u32)>) -> usize {
    let mut done = 0;
    for (hash, place) in ends {
        if !slots.put_home(hash, place) {
            let Open { key, to, .. } = opens[place as usize];
            let Err(end) = find(slots, opens, hash, (key, to)) else { break };
            slots.occupy(end, hash, place);
        }
        done += 1;
    }
    done
}

/// Takes open ends out of their slots, as [`Table::take_all`] says it, and notes their places.
#[inline(always)]
fn vacate_all<'p, S: Slots + ?Sized>(
    slots: &mut S,
    opens: &[Open],
    asked: impl Iterator<Item = (&'p mut u32, Option<Asked>)>,
    first: u32,
) -> usize {
    let mut done = 0;
    for (taken, asked) in asked {
        let Some(Asked { key, to, hash, from, at: here }) = asked else { break };
        let is_it = |(at, place): (usize, u32)| {
            let open = opens.get(place as usize)?;
            open.is_of(key, to).then_some((at, place, open))
        };
        let (at, place, open) = match slots.at_home(hash).and_then(is_it) {
            Some(found) => found,
            None => {
                let Ok(at) = find(slots, opens, hash, (key, to)) else { break };
                (at, slots.place(at), &opens[slots.place(at) as usize])
            }
        };
        // Which of them is of the last ones is what no processor can foretell.
        let is_behind = open.name_at > select_unpredictable(open.value >= first, here, u64::MAX);
        if from != ANYONE && open.from != from || is_behind {
            break;
        }
        slots.vacate(at);
        *taken = place;
        done += 1;
    }
    done
}

#[cfg(test)]
mod tests {
    use super::super::hash;
    use super::*;
    use crate::key::Salt;
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
                    let open = |_: usize, open: &Option<Open>, room: &mut Open| {
                        *room = (*open)?;
                        Some(hash(room.key, Salt::of(room.to)))
                    };
                    let done = table.put_all(&ends, open, |put| told.extend(put.map(|open| open.value)));
                    prop_assert_eq!(done, wanted);
                    prop_assert_eq!(told, (value..).take(done).collect::<Vec<_>>());
                    // One that is odd as there is another is added the long way.
                    if let Some(Some(open)) = ends.get(done) {
                        prop_assert!(table.insert(*open));
                        model.push(*open);
                    }
                    value += batch.len() as u32;
                } else {
                    let first = value / 2;
                    let asked: Vec<Asked> = batch.iter().map(|&(id, to, from)| {
                        let (key, from) = (Key::of(&id.to_string()), if from < 6 { ANYONE } else { from });
                        let at = u64::from(first + id % 32);
                        Asked { key, to, hash: hash(key, Salt::of(to)), from, at }
                    }).collect();
                    let mut wanted = vec![];
                    for asked in &asked {
                        let mut there = (0..model.len()).filter(|&at| model[at].is_of(asked.key, asked.to));
                        let (Some(at), None) = (there.next(), there.next()) else { break };
                        let open = model[at];
                        let is_odd = open.value >= first && open.name_at > asked.at;
                        if is_odd || (asked.from != ANYONE && asked.from != open.from) {
                            break;
                        }
                        wanted.push(model.remove(at).value);
                    }
                    let done = table.take_all(asked.into_iter().map(Some), first);
                    let taken: Vec<u32> = table.taken(done).map(|open| open.value).collect();
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
