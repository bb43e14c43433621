//! A few open ends that a cache reads at once: some bits of the hash of each, and its place.

use crate::key::Key;

/// So many words of 32 bits there are in a bucket.
const WORDS: usize = 8;

/// The highest bit of the byte of each slot: the first two bytes are of no slot.
const HIGHEST: u64 = 0x8080_8080_8080_0000;

/// The lowest bit of each byte.
const LOWEST: u64 = 0x0101_0101_0101_0101;

/// The bits below the first slot, which count.
const COUNT: u64 = 0xFFFF;

/// A bucket of a table in which what finds its bucket full is put into the next one that has room (as in F14, Bronson and
/// Shi 2019). It has six slots, 2 to 7: of each the byte of this number in the first two words, which is 0 where it is
/// empty, and the word of this number, which says a place. The lowest two bytes count what is in the table and did not
/// find room here: a search must go on as long as there is any.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
pub(super) struct Bucket([u32; WORDS]);

/// What is looked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// Its home: the bucket where the search starts.
    pub(super) home: usize,
    /// What its byte is in each slot that it may be in.
    tags: u64,
}

impl Look {
    /// A look for a key and receiver among so many buckets, a power of two.
    #[inline(always)]
    pub(super) fn of(key: Key, to: u32, buckets: usize) -> Self {
        let (high, low) = key.halves(to);
        Self { home: high as usize & (buckets - 1), tags: (high ^ low) | HIGHEST }
    }
}

/// Some slots of a bucket: the highest bit of the byte of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slots(u64);

impl Slots {
    #[inline(always)]
    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The first of them; of none, any number.
    #[inline(always)]
    pub(super) fn first(self) -> usize {
        self.0.trailing_zeros() as usize / 8 % WORDS
    }
}

impl Iterator for Slots {
    type Item = usize;

    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        (!self.is_empty()).then(|| {
            let first = self.first();
            self.0 &= self.0 - 1;
            first
        })
    }
}

impl Bucket {
    pub(super) const EMPTY: Self = Self([0; WORDS]);

    #[inline(always)]
    fn tags(&self) -> u64 {
        u64::from(self.0[0]) | u64::from(self.0[1]) << 32
    }

    #[inline(always)]
    fn set_tags(&mut self, tags: u64) {
        (self.0[0], self.0[1]) = (tags as u32, (tags >> 32) as u32);
    }

    /// Its slots that may be what is looked for.
    #[inline(always)]
    pub(super) fn like(&self, look: Look) -> Slots {
        // A byte that is equal is 0 here and borrows. Behind it the next one may be told too, if it differs in its lowest bit
        // alone: then it is no empty slot.
        let other = self.tags() ^ look.tags;
        Slots(other.wrapping_sub(LOWEST) & !other & HIGHEST)
    }

    /// Whether it takes more than a look at this bucket to tell that something is not there, or there is no room for it.
    #[inline(always)]
    pub(super) fn is_odd(&self, look: Look) -> bool {
        (self.like(look).0 | self.tags() & COUNT) != 0 || self.empty().is_empty()
    }

    /// Its empty slots.
    #[inline(always)]
    pub(super) fn empty(&self) -> Slots {
        Slots(!self.tags() & HIGHEST)
    }

    /// The place that a slot says.
    #[inline(always)]
    pub(super) fn place(&self, slot: usize) -> u32 {
        self.0[slot % WORDS]
    }

    /// Puts a place into an empty slot.
    #[inline(always)]
    pub(super) fn put(&mut self, slot: usize, look: Look, place: u32) {
        self.set_tags(self.tags() | look.tags & byte(slot));
        self.0[slot % WORDS] = place;
    }

    /// Makes a slot empty.
    #[inline(always)]
    pub(super) fn vacate(&mut self, slot: usize) {
        self.set_tags(self.tags() & !byte(slot));
    }

    /// Whether any did not find room here.
    #[inline(always)]
    pub(super) fn was_full(&self) -> bool {
        self.tags() & COUNT != 0
    }

    /// One more did not find room here; whether they are too many to count.
    pub(super) fn pass(&mut self) -> bool {
        if self.tags() & COUNT != COUNT {
            self.set_tags(self.tags() + 1);
        }
        self.tags() & COUNT == COUNT
    }

    /// One that did not find room here is taken out. Once there were too many to count, it is not known how many are left.
    pub(super) fn forget(&mut self) {
        if self.was_full() && self.tags() & COUNT != COUNT {
            self.set_tags(self.tags() - 1);
        }
    }
}

#[inline(always)]
fn byte(slot: usize) -> u64 {
    0xFF << (8 * (slot % WORDS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_found_no_room_is_counted_until_it_is_too_many() {
        for (count, forgotten) in [(10, true), (0xFFFE, true), (0xFFFF, false), (70_000, false)] {
            let mut bucket = Bucket::EMPTY;
            bucket.put(7, Look { home: 0, tags: !0 }, 5);
            let too_many = (0..count).fold(false, |_, _| bucket.pass());
            assert_eq!((bucket.was_full(), too_many), (true, !forgotten));
            (0..count).for_each(|_| bucket.forget());
            assert_eq!(bucket.was_full(), !forgotten, "{count}");
            // Nothing is carried into the slots.
            assert_eq!((bucket.empty().collect::<Vec<_>>(), bucket.place(7)), (vec![2, 3, 4, 5, 6], 5));
        }
    }
}
