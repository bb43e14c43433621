//! Whether anything is there twice for one process, anywhere in a log: an id that is sent to it, or a label.
//!
//! A table of all would wait for memory at each of them. So they are put aside by a few bits of their hash, and each
//! part is then looked through in a table that fits a cache.

use super::both::{LARGE, both};
use super::parts::Parts;
use crate::key::{Key, Salt};

/// How many parts there are, as a power of two: what is written at the end of each stays in the nearest cache.
const PARTS: u32 = 8;

/// A part of more is parted again before it is looked through.
const MANY: usize = 1 << 14;

/// In so many, as a power of two.
const AGAIN: u32 = 6;

/// Names, each of one process: 64 bits of a hash. Two that are not the same share them with a chance of 2^-64.
#[derive(Debug)]
pub(super) struct Twice(Parts<u64>);

impl Twice {
    /// None.
    pub(super) fn new() -> Self {
        Self(Parts::new(1 << PARTS))
    }

    /// Adds a name, and the salt of its process.
    #[inline(always)]
    pub(super) fn add(&mut self, name: Key, of: Salt) {
        let hash = name.mix(of);
        self.0.push((hash >> (64 - PARTS)) as usize, hash);
    }

    /// Whether any is there twice, or seems to. Time: linear; space: that of a part for each thread.
    pub(super) fn has_any(&self) -> bool {
        let in_any = |lists: std::ops::Range<usize>| {
            let mut seen = Seen::default();
            lists.into_iter().any(|list| seen.has_twice(self.0.list(list)))
        };
        let (middle, end) = (self.0.count() / 2, self.0.count());
        match self.0.len() {
            0..LARGE => in_any(0..end),
            _ => {
                let (late, early) = both(|| in_any(middle..end), || in_any(0..middle));
                late || early
            }
        }
    }
}

/// A table of hashes; zeros where there is none.
#[derive(Debug, Default)]
struct Seen {
    places: Vec<u64>,
    /// Some of the hashes, by a few more of their bits.
    again: Vec<Vec<u64>>,
}

impl Seen {
    fn has_twice<'l>(&mut self, pieces: impl Iterator<Item = &'l [u64]> + Clone) -> bool {
        let count: usize = pieces.clone().map(<[_]>::len).sum();
        if count <= MANY {
            return self.has_twice_of(count, pieces.flatten().copied());
        }
        let mut again = std::mem::take(&mut self.again);
        again.resize_with(1 << AGAIN, Vec::new);
        for &hash in pieces.flatten() {
            again[(hash << PARTS >> (64 - AGAIN)) as usize].push(hash);
        }
        let has_twice = again.iter().any(|hashes| self.has_twice_of(hashes.len(), hashes.iter().copied()));
        again.iter_mut().for_each(Vec::clear);
        self.again = again;
        has_twice
    }

    fn has_twice_of(&mut self, count: usize, hashes: impl Iterator<Item = u64>) -> bool {
        let places = (count + count / 2 + 1).next_power_of_two();
        self.places.clear();
        self.places.resize(places, 0);
        for hash in hashes {
            // There is no zero among those that are put there.
            let hash = hash.max(1);
            let mut place = hash as usize & (places - 1);
            while self.places[place] != 0 {
                if self.places[place] == hash {
                    return true;
                }
                place = (place + 1) & (places - 1);
            }
            self.places[place] = hash;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_comes_again_is_found_among_many() {
        for count in [0, 1, 300, 8 * LARGE as u32] {
            let mut ids = Twice::new();
            let id = |number: u32| Key::of(&format!("m{number}"));
            for number in 0..count {
                // To each of three processes.
                (0..3).for_each(|to| ids.add(id(number), Salt::of(to)));
            }
            assert!(!ids.has_any(), "{count}");
            ids.add(id(count / 2), Salt::of(1));
            assert_eq!(ids.has_any(), count > 0, "{count}");
        }
    }
}
