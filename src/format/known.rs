//! The names that a scanner has met, found by the bytes of a line.

use super::window::{FIRST, Window, key, load};
use crate::names::Names;

/// How many places there are for short names, as a power of two.
const PLACES: u32 = 13;

/// What a place has where no name is: no name is of such bytes.
const FREE: Short = Short { word: u64::MAX, next: Event(0) };

/// The place of a name that has none.
const NOWHERE: u16 = u16::MAX;

/// An event of a name: the number of that in the lower half, and how many of its events were counted before in the upper one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Event(u64);

impl Event {
    /// Where there is no text.
    const NONE: Self = Self(u64::MAX);

    #[inline(always)]
    fn of(number: u32, before: u32) -> Self {
        Self(u64::from(number) | u64::from(before) << 32)
    }

    /// The number of its name.
    #[inline(always)]
    pub fn number(self) -> u32 {
        self.0 as u32
    }

    /// How many events of its name were counted before.
    #[inline(always)]
    pub fn before(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// The event, and the next one of its name is counted.
    #[inline(always)]
    fn count(&mut self) -> Self {
        let event = *self;
        self.0 += 1 << 32;
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
    /// By number, how many events of it were counted.
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
        // In two steps, so that there is nothing to be asked of what the first one finds.
        match self.find(window, start, end) {
            Some(place) => Some(self.short[place].next.number()),
            None => self.otherwise(window, start, end),
        }
    }

    /// The same, while [events](Self::event) are counted.
    #[inline(always)]
    pub fn number_among_events(&mut self, window: &Window, start: usize, end: usize) -> Option<u32> {
        match self.find(window, start, end) {
            Some(place) => Some(self.short[place].next.number()),
            None => self.behind(window, start, end),
        }
    }

    /// The event of a name, which is counted. To be counted so are all events of a block or none; and each name keeps its
    /// place meanwhile.
    #[inline(always)]
    pub fn event(&mut self, window: &Window, start: usize, end: usize) -> Option<Event> {
        match self.find(window, start, end) {
            Some(place) => Some(self.short[place].next.count()),
            None => Some(self.event_behind(window, start, end)).filter(|&event| event != Event::NONE),
        }
    }

    /// The same of a name that is not where its hash says; none where there is no text.
    #[cold]
    #[inline(never)]
    fn event_behind(&mut self, window: &Window, start: usize, end: usize) -> Event {
        let Some(number) = self.behind(window, start, end) else { return Event::NONE };
        match self.find(window, start, end) {
            // It was new.
            Some(place) => self.short[place].next.count(),
            None => Event::of(number, self.count(number)),
        }
    }

    /// The number of a name that is not where its hash says: there it comes if there is none.
    #[cold]
    #[inline(never)]
    fn behind(&mut self, window: &Window, start: usize, end: usize) -> Option<u32> {
        match self.all.number(key(window, start, end)?) {
            Some(number) => Some(number),
            None => self.meet(window, start, end, false),
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
            _ => self.meet(window, start, end, true),
        }
    }

    /// The number of a name, which comes to its place; where there is another, if it may be replaced.
    #[cold]
    #[inline(never)]
    fn meet(&mut self, window: &Window, start: usize, end: usize, may_replace: bool) -> Option<u32> {
        let name = window.get(start..end).filter(|name| !name.is_empty() && !name.contains(&0))?;
        let (number, _) = self.all.intern(std::str::from_utf8(name).ok()?);
        self.counts.resize(self.all.len(), 0);
        self.places.resize(self.all.len(), NOWHERE);
        if name.len() <= 8 {
            let word = load(window, start) & FIRST[name.len()];
            let place = place(word);
            let is_free = self.short[place].word == FREE.word;
            if !is_free && may_replace {
                // Names that alternate there are looked up here each time.
                self.places[self.short[place].next.number() as usize] = NOWHERE;
            }
            if is_free || may_replace {
                self.short[place] = Short { word, next: Event::of(number as u32, 0) };
                self.places[number] = place as u16;
            }
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
                (any::<bool>(), proptest::collection::vec((any::<bool>(), "p[0-9]{1,4}|[ab]{7,10}"), 0..300)), 1..9,
            ),
        ) {
            let (mut known, mut wanted) = (Known::default(), Names::default());
            let mut taken = vec![];
            for (by_event, words) in &blocks {
                let mut counts = vec![0; wanted.len()];
                for (has_event, word) in words {
                    let mut window = NO_BYTES;
                    window[..word.len()].copy_from_slice(word.as_bytes());
                    let name = (&window, 0, word.len());
                    let number = wanted.intern(word).0;
                    counts.resize(wanted.len(), 0);
                    let (wanted, before) = (Some(number as u32), counts[number]);
                    counts[number] += u32::from(*has_event);
                    match (by_event, has_event) {
                        (true, true) => {
                            let event = known.event(name.0, name.1, name.2).map(|event| (event.number(), event.before()));
                            prop_assert_eq!(event, wanted.zip(Some(before)));
                        }
                        (true, false) => prop_assert_eq!(known.number_among_events(name.0, name.1, name.2), wanted),
                        (false, _) => prop_assert_eq!(known.number(name.0, name.1, name.2), wanted),
                    }
                    if !by_event && *has_event {
                        prop_assert_eq!(known.count(number as u32), before);
                    }
                }
                known.take_counts(&mut taken);
                let some = (0..).zip(counts).filter(|&(_, count)| count > 0);
                prop_assert_eq!(&taken, &some.collect::<Vec<(u32, u32)>>());
            }
        }
    }
}
