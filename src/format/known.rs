//! The names that a scanner has met, found by the bytes of a line.

use super::record::PlainEvent;
use super::window::{FIRST, Window, key, load};
use crate::names::Names;

/// How many places there are for short names, as a power of two.
const PLACES: u32 = 13;

/// What a place has where no name is: no name is of such bytes.
const FREE: Short = Short { word: u64::MAX, next: Event(0) };

/// The number of no name.
const NOBODY: u32 = u32::MAX;

/// The place of a name that has none.
const NOWHERE: u16 = u16::MAX;

/// An event of a name: the number of that in the upper half, and how many of its events were counted before in the lower one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Event(u64);

impl Event {
    /// Where there is no text.
    const NONE: Self = Self(u64::MAX);

    #[inline(always)]
    fn of(number: u32, before: u32) -> Self {
        Self(u64::from(number) << 32 | u64::from(before))
    }

    /// The number of its name.
    #[inline(always)]
    pub fn number(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// How many events of its name were counted before.
    #[inline(always)]
    pub fn before(self) -> u32 {
        self.0 as u32
    }

    /// It on a line of the block in which its name is counted, whose lines are fewer than there are numbers for them.
    #[inline(always)]
    pub fn on(self, line: u16) -> PlainEvent {
        PlainEvent(self.0 | u64::from(line) << 16)
    }

    /// The event, and the next one of its name is counted.
    #[inline(always)]
    fn count(&mut self) -> Self {
        let event = *self;
        self.0 += 1;
        event
    }
}

/// A name of at most eight bytes, none of them zero. All of it is what a cache reads at once.
#[derive(Clone, Copy, Debug)]
#[repr(align(16))]
struct Short {
    /// The name, as a register has it.
    word: u64,
    /// Which event of it is the next one to be counted here.
    next: Event,
}

/// Names, numbered in the order in which they were met.
#[derive(Debug)]
pub struct Known {
    all: Names,
    /// Most of those that are short, each where its hash says.
    short: Box<[Short; 1 << PLACES]>,
    /// By number, how many events of it were counted while it had no place.
    counts: Vec<u32>,
    /// By number, its place among those that are short; [`NOWHERE`] if it has none.
    places: Vec<u16>,
}

impl Default for Known {
    fn default() -> Self {
        let short = Box::new([FREE; 1 << PLACES]);
        Self { all: Names::default(), short, counts: Vec::new(), places: Vec::new() }
    }
}

impl Known {
    /// The number of the name from `start` to `end`; nothing where there is no text.
    #[inline(always)]
    pub fn number(&mut self, window: &Window, start: usize, end: usize) -> Option<u32> {
        let number = match self.find(window, start, end) {
            Some(place) => self.short[place].next.number(),
            None => self.otherwise(window, start, end).unwrap_or(NOBODY),
        };
        // In one register until here.
        (number != NOBODY).then_some(number)
    }

    /// The event of a name, which is counted; nothing where there is no text, or it ends behind `farthest`, which is no less
    /// than eight.
    #[inline(always)]
    pub fn event(&mut self, window: &Window, (start, end): (usize, usize), farthest: usize) -> Option<Event> {
        match self.find(window, start, end) {
            Some(place) => Some(self.short[place].next.count()),
            None if end > farthest => None,
            None => Some(self.event_of_other(window, start, end)).filter(|&event| event != Event::NONE),
        }
    }

    /// The same of another name.
    #[cold]
    #[inline(never)]
    fn event_of_other(&mut self, window: &Window, start: usize, end: usize) -> Event {
        match self.otherwise(window, start, end) {
            Some(number) => Event::of(number, self.count(number)),
            None => Event::NONE,
        }
    }

    /// The place of a name, if it is short and where its hash says.
    #[inline(always)]
    fn find(&self, window: &Window, start: usize, end: usize) -> Option<usize> {
        // No name is of zeros: what is too long is not found, nor what is empty.
        let counts = FIRST[end.wrapping_sub(start) % FIRST.len()];
        let word = load(window, start) & counts;
        let place = place(word);
        (self.short[place].word == word).then_some(place)
    }

    /// The number of another name; nothing where there is no text.
    #[cold]
    #[inline(never)]
    fn otherwise(&mut self, window: &Window, start: usize, end: usize) -> Option<u32> {
        match self.all.number(key(window, start, end)?) {
            Some(number) if end - start > 8 => Some(number),
            _ => self.meet(window, start, end),
        }
    }

    /// The number of a name, which comes to its place instead of another.
    #[cold]
    #[inline(never)]
    fn meet(&mut self, window: &Window, start: usize, end: usize) -> Option<u32> {
        let name = window.get(start..end).filter(|name| !name.is_empty() && !name.contains(&0))?;
        let (number, _) = self.all.intern(std::str::from_utf8(name).ok()?);
        self.counts.resize(self.all.len(), 0);
        self.places.resize(self.all.len(), NOWHERE);
        if name.len() <= 8 {
            let word = load(window, start) & FIRST[name.len()];
            let place = place(word);
            let Short { word: other, next } = self.short[place];
            if other != FREE.word {
                // Names that alternate there are looked up here each time.
                self.places[next.number() as usize] = NOWHERE;
                self.counts[next.number() as usize] = next.before();
            }
            let before = std::mem::take(&mut self.counts[number]);
            self.short[place] = Short { word, next: Event::of(number as u32, before) };
            self.places[number] = place as u16;
        }
        Some(number as u32)
    }

    /// Where the events of a name are counted: with it in its place, or by its number.
    #[inline(always)]
    fn next(&mut self, number: u32) -> Result<&mut Event, &mut u32> {
        let place = self.places.get(number as usize).copied().unwrap_or(NOWHERE);
        match self.short.get_mut(usize::from(place)) {
            Some(short) => Ok(&mut short.next),
            None => Err(&mut self.counts[number as usize]),
        }
    }

    /// Counts an event of a name; how many there were before.
    #[inline(always)]
    pub fn count(&mut self, number: u32) -> u32 {
        match self.next(number) {
            Ok(next) => next.count().before(),
            Err(count) => {
                *count += 1;
                *count - 1
            }
        }
    }

    /// Takes back that an event was counted, the last one of its name.
    pub fn take_back(&mut self, event: Event) {
        match self.next(event.number()) {
            Ok(next) => *next = event,
            Err(count) => *count = event.before(),
        }
    }

    /// Hands out how many events of each name were counted, and starts anew.
    pub fn take_counts(&mut self, taken: &mut Vec<(u32, u32)>) {
        taken.clear();
        for ((number, count), &place) in (0..).zip(&mut self.counts).zip(&self.places) {
            let mut all = std::mem::take(count);
            // That is, if it has one.
            if let Some(short) = self.short.get_mut(usize::from(place)) {
                all += short.next.before();
                short.next = Event::of(number, 0);
            }
            if all > 0 {
                taken.push((number, all));
            }
        }
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

        #[test]
        fn events_are_counted_by_name_wherever_that_is(
            blocks in proptest::collection::vec(
                proptest::collection::vec((0..4u8, "p[0-9]{1,4}|[ab]{7,10}"), 0..300), 1..9,
            ),
        ) {
            let (mut known, mut wanted) = (Known::default(), Names::default());
            let mut taken = vec![];
            for words in &blocks {
                let mut counts = vec![0; wanted.len()];
                for (what, word) in words {
                    let mut window = NO_BYTES;
                    window[..word.len()].copy_from_slice(word.as_bytes());
                    let number = wanted.intern(word).0;
                    counts.resize(wanted.len(), 0);
                    let (number, before) = (number as u32, &mut counts[number]);
                    if *what < 2 {
                        prop_assert_eq!(known.number(&window, 0, word.len()), Some(number));
                    }
                    if *what == 1 {
                        prop_assert_eq!(known.count(number), *before);
                        *before += 1;
                    }
                    if *what > 1 {
                        let event = known.event(&window, (0, word.len()), usize::MAX).unwrap();
                        prop_assert_eq!((event.number(), event.before()), (number, *before));
                        match what {
                            2 => known.take_back(event),
                            _ => *before += 1,
                        }
                    }
                }
                known.take_counts(&mut taken);
                let some = (0..).zip(counts).filter(|&(_, count)| count > 0);
                prop_assert_eq!(&taken, &some.collect::<Vec<(u32, u32)>>());
            }
        }
    }
}
