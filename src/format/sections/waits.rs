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
    /// The first and the last section that waits for an id.
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

    /// A message of this id is sent: who has waited for one waits no more, and is told in the order in which they came.
    #[inline(always)]
    pub(super) fn end(&mut self, id: Key, told: impl FnMut(usize)) {
        if self.places[place(id)] > 0 {
            self.end_all(id, told);
        }
    }

    #[inline(never)]
    fn end_all(&mut self, id: Key, mut told: impl FnMut(usize)) {
        let Some((mut section, _)) = self.by_id.remove(&id) else { return };
        while section != NONE {
            self.places[place(id)] -= 1;
            told(section as usize);
            section = self.next[section as usize];
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
        fn who_waits_is_told(ops in proptest::collection::vec((0..6u32, 0..9usize, any::<bool>()), 0..200)) {
            let (mut waits, mut model) = (Waits::new(9), Vec::<(u32, usize)>::new());
            for (id, section, is_sent) in ops {
                let key = Key::of(&format!("m{id}"));
                if is_sent {
                    let (mut told, mut wanted) = (vec![], vec![]);
                    waits.end(key, |section| told.push(section));
                    model.retain(|&(of, section)| {
                        if of == id {
                            wanted.push(section);
                        }
                        of != id
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
