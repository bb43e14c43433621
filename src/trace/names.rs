//! Interned names: each text once, numbered in the order of first mention.

use super::key::Key;

/// A table from names to dense numbers. One lookup costs a few nanoseconds and allocates only for a new name.
#[derive(Clone, Debug)]
pub struct Names {
    all: Vec<Box<str>>,
    slots: Vec<Option<(Key, u32)>>,
}

impl Default for Names {
    fn default() -> Self {
        Self { all: Vec::new(), slots: vec![None; 64] }
    }
}

impl Names {
    /// The number of `name`, if it has one.
    #[inline]
    pub fn find(&self, name: &str) -> Option<usize> {
        let key = Key::of(name);
        self.slots[self.slot(key)].map(|(_, number)| number as usize)
    }

    /// The number of `name`, and whether it is new.
    #[inline]
    pub fn intern(&mut self, name: &str) -> (usize, bool) {
        let key = Key::of(name);
        let slot = self.slot(key);
        match self.slots[slot] {
            Some((_, number)) => (number as usize, false),
            None => (self.add(name, key, slot), true),
        }
    }

    #[inline]
    fn slot(&self, key: Key) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = key.mix(0) as usize & mask;
        while let Some((other, _)) = self.slots[slot] {
            if other == key {
                break;
            }
            slot = (slot + 1) & mask;
        }
        slot
    }

    #[cold]
    fn add(&mut self, name: &str, key: Key, slot: usize) -> usize {
        let number = self.all.len();
        self.all.push(name.into());
        self.slots[slot] = Some((key, number as u32));
        if self.all.len() * 2 > self.slots.len() {
            let bigger = vec![None; self.slots.len() * 2];
            let old = std::mem::replace(&mut self.slots, bigger);
            for (key, number) in old.into_iter().flatten() {
                let slot = self.slot(key);
                self.slots[slot] = Some((key, number));
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
    }
}
