//! Sections that wait for a message, by its id.

use hashbrown::HashMap;

use crate::key::Key;

/// How many places the first look has, as a power of two.
const PLACES: u32 = 12;

/// No section.
const NONE: u32 = u32::MAX;

/// Who waits for what. Each section waits for one message at most.
#[derive(Debug)]
pub(super) struct Waits {
    /// By a few bits of the id, how many wait: nearly all messages are waited for by nobody.
    places: Box<[u16; 1 << PLACES]>,
    /// The first and the last section that waits for a message of an id.
    by_id: HashMap<Key, (u32, u32)>,
    /// By section, the next one that waits for the same.
    next: Vec<u32>,
}

impl Waits {
    /// Of so many sections, none of which waits.
    pub(super) fn new(sections: usize) -> Self {
        Self { places: Box::new([0; 1 << PLACES]), by_id: HashMap::new(), next: vec![NONE; sections] }
    }

    /// A section waits for a message of this id.
    pub(super) fn add(&mut self, id: Key, section: usize) {
        self.places[place(id)] += 1;
        let section = section as u32;
        self.next[section as usize] = NONE;
        let (_, last) = self.by_id.entry(id).or_insert((section, section));
        if *last != section {
            self.next[*last as usize] = section;
            *last = section;
        }
    }

    /// A message of this id is sent: of those who wait for the id, in the order in which they came, `is_for` says who waits
    /// for this message, and waits no more.
    #[inline(always)]
    pub(super) fn end(&mut self, id: Key, is_for: impl FnMut(usize) -> bool) {
        if self.places[place(id)] > 0 {
            self.end_some(id, is_for);
        }
    }

    #[inline(never)]
    fn end_some(&mut self, id: Key, mut is_for: impl FnMut(usize) -> bool) {
        let Some((mut section, _)) = self.by_id.remove(&id) else { return };
        while section != NONE {
            let next = self.next[section as usize];
            self.places[place(id)] -= 1;
            if !is_for(section as usize) {
                self.add(id, section as usize);
            }
            section = next;
        }
    }
}

#[inline(always)]
fn place(id: Key) -> usize {
    (id.spread() >> (32 - PLACES)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against a list of all who wait.
        #[test]
        fn who_waits_is_told(ops in proptest::collection::vec((0..6u32, 0..9usize, 0..4usize), 0..200)) {
            let (mut waits, mut model) = (Waits::new(9), Vec::<(u32, usize)>::new());
            for (id, section, sent) in ops {
                let key = Key::of(&format!("m{id}"));
                // Two of three are for some only.
                let is_for = |section: usize| sent == 1 || section % 2 == sent / 2;
                if sent > 0 {
                    let (mut told, mut wanted) = (vec![], vec![]);
                    waits.end(key, |section| {
                        told.extend(is_for(section).then_some(section));
                        is_for(section)
                    });
                    model.retain(|&(of, section)| {
                        let ends = of == id && is_for(section);
                        wanted.extend(ends.then_some(section));
                        !ends
                    });
                    prop_assert_eq!(told, wanted);
                } else if model.iter().all(|&(_, waiting)| waiting != section) {
                    waits.add(key, section);
                    model.push((id, section));
                }
            }
        }
    }
}
