//! Interned names: each text once, numbered in the order of first mention.

use crate::key::Key;

/// A table from names to dense numbers. One lookup costs a few nanoseconds and allocates only for a new name.
#[derive(Clone, Debug)]
pub struct Names {
    all: Vec<Box<str>>,
    slots: Vec<Slot>,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    key: Key,
    /// [`FREE`] where the slot is.
    number: u32,
}

const FREE: u32 = u32::MAX;

fn slots(count: usize) -> Vec<Slot> {
    // An empty name has the key of a free slot, and is found in none: free is told by the number.
    vec![Slot { key: Key::of(""), number: FREE }; count]
}

impl Default for Names {
    fn default() -> Self {
        Self { all: Vec::new(), slots: slots(256) }
    }
}

impl Names {
    /// The number of `name`, if it has one.
    #[inline]
    pub fn find(&self, name: &str) -> Option<usize> {
        let slot = self.slots[self.slot(Key::of(name))];
        (slot.number != FREE).then_some(slot.number as usize)
    }

    /// The number of the name with this key, if it has one.
    #[inline(always)]
    pub fn number(&self, key: Key) -> Option<u32> {
        let number = self.slots[self.slot(key)].number;
        (number != FREE).then_some(number)
    }

    /// The number of `name`, and whether it is new.
    #[inline(always)]
    pub fn intern(&mut self, name: &str) -> (usize, bool) {
        self.intern_key(Key::of(name), || name)
    }

    /// The same with a number that the name may well have: then no more than the two are compared.
    #[inline(always)]
    pub fn intern_near(&mut self, name: &str, guess: usize) -> usize {
        match self.all.get(guess) {
            Some(same) if **same == *name => guess,
            _ => self.intern(name).0,
        }
    }

    /// The same for a name whose key is known; the name itself is asked for only if it is new.
    #[inline(always)]
    pub fn intern_key<'n>(&mut self, key: Key, name: impl FnOnce() -> &'n str) -> (usize, bool) {
        let at = self.slot(key);
        match self.slots[at].number {
            FREE => (self.add(name(), key, at), true),
            number => (number as usize, false),
        }
    }

    /// Where a key is, or would be.
    #[inline(always)]
    fn slot(&self, key: Key) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = key.spread() as usize & mask;
        loop {
            let slot = &self.slots[at];
            if slot.key == key || slot.number == FREE {
                return at;
            }
            at = (at + 1) & mask;
        }
    }

    #[cold]
    fn add(&mut self, name: &str, key: Key, at: usize) -> usize {
        let number = self.all.len();
        self.all.push(name.into());
        self.slots[at] = Slot { key, number: number as u32 };
        // Room is cheaper than a second probe for every name that comes again.
        if self.all.len() * 16 > self.slots.len() {
            let old = std::mem::replace(&mut self.slots, slots((self.all.len() * 32).next_power_of_two()));
            for slot in old.into_iter().filter(|slot| slot.number != FREE) {
                let at = self.slot(slot.key);
                self.slots[at] = slot;
            }
        }
        number
    }

    /// The name of a number.
    pub fn get(&self, number: usize) -> &str {
        &self.all[number]
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// All names in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(AsRef::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_first_mention() {
        let mut names = Names::default();
        let words: Vec<String> = (0..500).map(|i| format!("process-{}", i % 250)).collect();
        let numbers: Vec<usize> = words.iter().map(|w| names.intern(w).0).collect();
        assert_eq!(numbers, (0..500).map(|i| i % 250).collect::<Vec<_>>());
        assert_eq!((names.len(), names.find("process-7"), names.find("process-250")), (250, Some(7), None));
        assert_eq!(names.iter().nth(249), Some("process-249"));
        assert_eq!([7, 8, 250].map(|guess| names.intern_near("process-7", guess)), [7; 3]);
        assert_eq!(names.intern_near("another", 250), 250);
    }
}
