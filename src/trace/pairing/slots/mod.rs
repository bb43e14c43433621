//! Where open ends are, by hash: a few bytes for each.
//!
//! As long as they fit a near cache there are many [slots](sparse) for each open end, so that nearly all are where they are
//! looked for first. Where each look waits for memory they are in [buckets](dense), in half the memory and less: what
//! costs is the number of places that are looked at, and how far memory is.

mod dense;
mod sparse;

use self::dense::Bucket;
use self::sparse::{FAR, NEAR, Slot};

/// The hash of none.
pub(super) const NO_HASH: u32 = 0;

/// Slots, each of which has a number that stands for it until any is [filled](Self::occupy) or [vacated](Self::vacate). A
/// hash is never [`NO_HASH`].
pub(super) trait Slots {
    /// How many open ends they take.
    fn takes(&self) -> usize;

    /// [Asks](fetch) for what is looked at first for a hash, to be in cache then.
    fn glance(&self, hash: u32);

    /// What is looked at first for a hash: a slot and the place in it, if it is of that hash.
    fn at_home(&self, hash: u32) -> Option<(usize, u32)>;

    /// Whether one look tells that there is none of a hash.
    fn has_none(&self, hash: u32) -> bool;

    /// Fills a slot where that takes one look, and none of this hash comes into question; whether it did.
    fn put_home(&mut self, hash: u32, place: u32) -> bool;

    /// The slot of a hash that is found first of those whose place it `is`, or else the one to [fill](Self::occupy).
    fn find(&self, hash: u32, is: impl FnMut(u32) -> bool) -> Result<usize, usize>;

    /// The place in a slot that is not empty.
    fn place(&self, at: usize) -> u32;

    /// Fills the slot in which a search ended: those that are to stand behind it move on.
    fn occupy(&mut self, at: usize, hash: u32, place: u32);

    /// Makes a slot empty. Those behind it that would not be found move up.
    fn vacate(&mut self, at: usize);

    /// Hash and place of each that is not empty.
    fn all(&self) -> impl Iterator<Item = (u32, u32)>;

    /// Makes all empty.
    fn vacate_all(&mut self);
}

/// What is asked of any kind.
macro_rules! either {
    ($slots:expr, $each:ident => $asked:expr) => {
        match $slots {
            $crate::trace::pairing::slots::AnySlots::Near($each) => $asked,
            $crate::trace::pairing::slots::AnySlots::Far($each) => $asked,
            $crate::trace::pairing::slots::AnySlots::Dense($each) => $asked,
        }
    };
}

/// Slots of any kind.
#[derive(Clone, Debug)]
pub(super) enum AnySlots {
    Near(Box<[Slot; NEAR]>),
    Far(Box<[Slot; FAR]>),
    Dense(Vec<Bucket>),
}

impl AnySlots {
    /// A few, all of them empty.
    pub(super) fn new() -> Self {
        Self::Near(sparse::empty())
    }

    /// Puts all into more slots. Time and space: linear in these.
    #[cold]
    pub(super) fn grow(&mut self) {
        let more = match self {
            Self::Near(_) => Self::Far(sparse::empty()),
            // More than these are better in buckets.
            Self::Far(_) => Self::Dense(dense::empty(dense::FEWEST)),
            Self::Dense(buckets) => Self::Dense(dense::empty(buckets.len() * 4)),
        };
        let fewer = std::mem::replace(self, more);
        either!(&fewer, fewer => either!(self, more => move_all(&**fewer, &mut **more)));
    }
}

fn move_all(from: &(impl Slots + ?Sized), to: &mut (impl Slots + ?Sized)) {
    for (hash, place) in from.all() {
        put(to, hash, place);
    }
}

/// Fills the first slot that is empty.
fn put(slots: &mut (impl Slots + ?Sized), hash: u32, place: u32) {
    let (Ok(at) | Err(at)) = slots.find(hash, |_| false);
    slots.occupy(at, hash, place);
}

pub(super) use either;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Against a list, in slots of which at most so many are taken.
    fn check(slots: &mut (impl Slots + ?Sized), most: usize, ops: Vec<(u32, bool)>) -> Result<(), TestCaseError> {
        let mut model: Vec<(u32, u32)> = vec![];
        for (place, (hash, is_put)) in (0..).zip(ops) {
            let of_hash = |model: &[(u32, u32)], hash| -> Vec<u32> {
                model.iter().filter(|&&(other, _)| other == hash).map(|&(_, place)| place).collect()
            };
            if !is_put {
                let found = slots.find(hash, |_| true);
                prop_assert_eq!(found.is_ok(), !of_hash(&model, hash).is_empty());
                if let Ok(at) = found {
                    let place = slots.place(at);
                    prop_assert!(slots.at_home(hash).is_none_or(|found| found == (at, place)));
                    prop_assert!(model.contains(&(hash, place)));
                    slots.vacate(at);
                    model.retain(|&(_, other)| other != place);
                }
            } else if model.len() < most {
                if slots.put_home(hash, place) {
                    prop_assert!(of_hash(&model, hash).is_empty());
                    prop_assert_eq!(slots.at_home(hash).map(|(_, place)| place), Some(place));
                } else {
                    put(slots, hash, place);
                }
                model.push((hash, place));
            }
            for hash in 1..20 {
                let mut found = vec![];
                let see = |place| {
                    found.push(place);
                    false
                };
                let _ = slots.find(hash, see);
                found.sort_unstable();
                prop_assert_eq!(found, of_hash(&model, hash));
            }
            let mut all: Vec<_> = slots.all().collect();
            all.sort_unstable_by_key(|&(_, place)| place);
            prop_assert_eq!(&all, &model);
        }
        slots.vacate_all();
        prop_assert_eq!(slots.all().count(), 0);
        Ok(())
    }

    proptest! {
        #[test]
        fn what_found_its_home_taken_is_found_and_leaves_no_trace(
            ops in proptest::collection::vec((1..20u32, 0..3u32), 0..300), buckets in 1..4u32,
        ) {
            let ops: Vec<_> = ops.into_iter().map(|(hash, kind)| (hash, kind > 0)).collect();
            check(&mut *sparse::empty::<16>(), 15, ops.clone())?;
            let buckets = 1 << buckets;
            check(&mut dense::empty(buckets)[..], 8 * buckets - 1, ops)?;
        }

        #[test]
        fn all_are_found_when_there_are_more_slots(count in 0..FAR as u32) {
            let mut slots = AnySlots::new();
            let hash = |place: u32| place.wrapping_mul(0x9E37_79B9).max(1);
            for place in 0..count {
                while place as usize >= either!(&slots, slots => slots.takes()) {
                    slots.grow();
                }
                either!(&mut slots, slots => put(&mut **slots, hash(place), place));
            }
            for place in 0..count {
                let found = either!(&slots, slots => slots.find(hash(place), |other| other == place).is_ok());
                prop_assert!(found);
            }
        }
    }
}
