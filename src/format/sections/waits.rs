//! Sections that wait for a message, by its id.

use crate::key::Key;

/// How many lists there are, as a power of two: nearly all messages are waited for by nobody, which is seen at once.
const LISTS: u32 = 12;

/// No section.
const NONE: u32 = u32::MAX;

/// Who waits for what. Each section waits for one message at most.
#[derive(Debug)]
pub(super) struct Waits {
    /// By a few bits of the id, the first who waits for a message of such an id.
    first: Box<[u32; 1 << LISTS]>,
    /// By section, the id that it waits for, and who comes after it in its list.
    waiting: Vec<(Key, u32)>,
}

impl Waits {
    /// Of so many sections, none of which waits.
    pub(super) fn new(sections: usize) -> Self {
        Self { first: Box::new([NONE; 1 << LISTS]), waiting: vec![(Key::NONE, NONE); sections] }
    }

    /// A section waits for a message of this id.
    pub(super) fn add(&mut self, id: Key, section: usize) {
        self.waiting[section] = (id, NONE);
        let mut last = &mut self.first[place(id)];
        while *last != NONE {
            let at = *last as usize;
            last = &mut self.waiting[at].1;
        }
        *last = section as u32;
    }

    /// A message of this id is sent: of those who wait for the id, in the order in which they came, `is_for` says who waits
    /// for this message, and waits no more.
    #[inline(always)]
    pub(super) fn end(&mut self, id: Key, is_for: impl FnMut(usize) -> bool) {
        if self.first[place(id)] != NONE {
            self.end_some(id, is_for);
        }
    }

    #[inline(never)]
    fn end_some(&mut self, id: Key, mut is_for: impl FnMut(usize) -> bool) {
        let (list, mut before, mut section) = (place(id), NONE, self.first[place(id)]);
        while section != NONE {
            let (waits_for, next) = self.waiting[section as usize];
            if waits_for == id && is_for(section as usize) {
                match before {
                    NONE => self.first[list] = next,
                    before => self.waiting[before as usize].1 = next,
                }
            } else {
                before = section;
            }
            section = next;
        }
    }
}

#[inline(always)]
fn place(id: Key) -> usize {
    (id.spread() >> (32 - LISTS)) as usize
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
