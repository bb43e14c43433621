//! How many lines end before a place of a text.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// From one place where this is known to the next there are some so many bytes.
const APART: usize = 1 << 20;

/// Some places of a text, in order, and how many lines end before each: from there on they are counted.
#[derive(Debug, Default)]
pub(super) struct LineEnds(Mutex<Vec<(usize, usize)>>);

impl LineEnds {
    fn known(&self) -> MutexGuard<'_, Vec<(usize, usize)>> {
        // What is there is as true as before.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over what somebody counted who read the text, if it goes farther than what is known.
    pub(super) fn learn(&self, read: ReadLines) {
        let mut known = self.known();
        if known.last() < read.places.last() {
            *known = read.places;
        }
    }

    /// The last place up to `offset` where it is known, and how many lines end before it.
    pub(super) fn near(&self, offset: usize) -> (usize, usize) {
        let known = self.known();
        let behind = known.partition_point(|&(place, _)| place <= offset);
        behind.checked_sub(1).map_or((0, 0), |last| known[last])
    }

    /// How many lines of `text` end before `offset`. Time: that of counting up to 1 MiB or so, but for the first time far
    /// from where it is known: then all of the text is looked through.
    pub(super) fn before(&self, text: &[u8], offset: usize) -> usize {
        let (mut place, mut before) = self.near(offset);
        if offset - place > 2 * APART {
            self.count_all(text);
            (place, before) = self.near(offset);
        }
        before + count(&text[place..offset])
    }

    #[cold]
    fn count_all(&self, text: &[u8]) {
        let mut known = self.known();
        let (mut place, mut before) = known.last().copied().unwrap_or_default();
        for chunk in text[place..].chunks(APART) {
            place += chunk.len();
            before += count(chunk);
            known.push((place, before));
        }
    }
}

fn count(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', bytes).count()
}

/// What is counted on the way by who reads a text from its start: whole lines.
#[derive(Debug, Default)]
pub struct ReadLines {
    places: Vec<(usize, usize)>,
    lines: usize,
}

impl ReadLines {
    /// So many lines were read that start at this place, behind all that were read before.
    pub fn read(&mut self, place: usize, lines: usize) {
        if self.places.last().is_none_or(|&(last, _)| place - last >= APART) {
            self.places.push((place, self.lines));
        }
        self.lines += lines;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        // Long texts.
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn lines_are_counted_the_same_however_much_is_known(
            lines in proptest::collection::vec(0..300_000usize, 1..40),
            read in 0..40usize,
            offsets in proptest::collection::vec(0..1_000_000usize, 1..6),
        ) {
            let mut text = vec![b'x'; lines.iter().map(|len| len + 1).sum()];
            let mut end = 0;
            for len in &lines {
                end += len + 1;
                text[end - 1] = b'\n';
            }
            let mut told = ReadLines::default();
            let mut place = 0;
            for lines in lines[..read.min(lines.len())].chunks(3) {
                told.read(place, lines.len());
                place += lines.iter().map(|len| len + 1).sum::<usize>();
            }
            let ends = LineEnds::default();
            ends.learn(told);
            for offset in offsets {
                let offset = text.len() * offset / 1_000_000;
                let wanted = count(&text[..offset]);
                let (place, before) = ends.near(offset);
                prop_assert_eq!(before + count(&text[place..offset]), wanted);
                prop_assert_eq!(ends.before(&text, offset), wanted);
            }
            let known = ends.known();
            prop_assert!(known.is_sorted_by(|a, b| a.0 < b.0), "{:?}", known);
        }
    }
}
