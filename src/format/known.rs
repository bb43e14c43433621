//! The names that a scanner has met, found by the bytes of a line.

use super::window::{FIRST, Window, key, load};
use crate::names::Names;

/// A name of at most eight bytes, none of them zero, as a register has it.
#[derive(Clone, Copy, Debug)]
struct Short {
    word: u64,
    number: u32,
}

/// A place where there is none: no name is of such bytes.
const FREE: Short = Short { word: u64::MAX, number: 0 };

/// How many places there are for short names, as a power of two.
const PLACES: u32 = 13;

/// Names, numbered in the order in which they were met.
#[derive(Debug)]
pub struct Known {
    all: Names,
    /// Most of those that are short, each where its hash says.
    short: Box<[Short; 1 << PLACES]>,
    /// By number, how many events of it were counted.
    counts: Vec<u32>,
}

impl Default for Known {
    fn default() -> Self {
        Self { all: Names::default(), short: Box::new([FREE; 1 << PLACES]), counts: Vec::new() }
    }
}

impl Known {
    /// The number of the name from `start` to `end`; nothing where there is no text.
    #[inline(always)]
    pub fn number(&mut self, window: &Window, start: usize, end: usize) -> Option<u32> {
        // In two steps, so that there is nothing to be asked of what the first one finds.
        match self.find(window, start, end) {
            Some(number) => Some(number),
            None => self.otherwise(window, start, end),
        }
    }

    /// The same, if it is short and where its hash says.
    #[inline(always)]
    fn find(&self, window: &Window, start: usize, end: usize) -> Option<u32> {
        // No name is of zeros: what is too long is not found, nor what is empty.
        let counts = FIRST.get(end.wrapping_sub(start)).copied().unwrap_or(0);
        let word = load(window, start) & counts;
        let short = &self.short[place(word)];
        (short.word == word).then_some(short.number)
    }

    /// The number of another name; nothing where there is no text.
    #[inline(never)]
    fn otherwise(&mut self, window: &Window, start: usize, end: usize) -> Option<u32> {
        match self.all.number(key(window, start, end)?) {
            Some(number) if end - start > 8 => Some(number),
            _ => self.meet(window, start, end),
        }
    }

    #[cold]
    #[inline(never)]
    fn meet(&mut self, window: &Window, start: usize, end: usize) -> Option<u32> {
        let name = window.get(start..end).filter(|name| !name.is_empty() && !name.contains(&0))?;
        let (number, _) = self.all.intern(std::str::from_utf8(name).ok()?);
        self.counts.resize(self.all.len(), 0);
        if name.len() <= 8 {
            // In the place of another, if it is taken: names that alternate there are looked up here each time.
            let word = load(window, start) & FIRST[name.len()];
            self.short[place(word)] = Short { word, number: number as u32 };
        }
        Some(number as u32)
    }

    /// Counts an event of a name; how many there were before.
    #[inline(always)]
    pub fn count(&mut self, number: u32) -> u32 {
        // There is one for each name.
        let Some(count) = self.counts.get_mut(number as usize) else { return 0 };
        *count += 1;
        *count - 1
    }

    /// Hands out how many events of each name were counted, and starts anew.
    pub fn take_counts(&mut self, taken: &mut Vec<(u32, u32)>) {
        taken.clear();
        taken.extend((0..).zip(&self.counts).filter(|&(_, &count)| count > 0).map(|(number, &count)| (number, count)));
        self.counts.fill(0);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// The name of a number.
    pub fn get(&self, number: usize) -> &str {
        self.all.get(number)
    }
}

#[inline(always)]
fn place(word: u64) -> usize {
    (word.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - PLACES)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::window::NO_BYTES;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn names_have_the_numbers_of_their_first_mention(
            words in proptest::collection::vec("[ab\u{e9}]{0,12}|p[0-9]{1,3}|process-[0-9]{1,2}", 0..400),
        ) {
            let (mut known, mut wanted) = (Known::default(), Names::default());
            for word in &words {
                let mut window = NO_BYTES;
                window[3..3 + word.len()].copy_from_slice(word.as_bytes());
                window[3 + word.len()] = b':';
                let end = 3 + word.len();
                let number = known.number(&window, 3, end);
                let is_new = number.is_some_and(|number| number as usize == wanted.len());
                prop_assert_eq!(number, (!word.is_empty()).then(|| wanted.intern(word).0 as u32));
                prop_assert!(!is_new || known.get(known.len() - 1) == word);
            }
            prop_assert_eq!(known.len(), wanted.len());
        }
    }
}
