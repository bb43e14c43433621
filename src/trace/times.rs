//! The times of the events of one process.

use super::sparse::Sparse;
use crate::format::time::Time;

const UNIT: i128 = 1_000_000_000;

/// A column of times: half as wide as they are, where all of them are dates, numbers, or whole numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Times {
    /// What one of the narrow values is, once there is any.
    narrow_as: Option<Narrow>,
    narrow: Sparse<i64>,
    /// All of them, where not all are narrow.
    wide: Sparse<Time>,
}

/// How times are kept in 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Narrow {
    /// Dates, in billionths of a second.
    Date,
    /// Numbers, in billionths.
    Number,
    /// Numbers that are whole.
    Whole,
}

impl Narrow {
    /// What suits a time and others like it.
    fn of(time: Time) -> Self {
        match time.is_calendar() {
            true => Self::Date,
            false if time.billionths() % UNIT == 0 => Self::Whole,
            false => Self::Number,
        }
    }

    /// The columns of numbers, where all that have times are narrow in one way: nothing where they are not.
    pub(super) fn of_all<'t>(all: impl Iterator<Item = &'t Times>) -> Option<(Self, Vec<&'t Sparse<i64>>)> {
        let (mut way, mut columns) = (None, Vec::new());
        for times in all {
            if !times.is_empty() && *way.get_or_insert(times.narrow_as?) != times.narrow_as? {
                return None;
            }
            columns.push(&times.narrow);
        }
        Some((way?, columns))
    }

    /// Whether the times are dates.
    pub(super) fn is_date(self) -> bool {
        self == Self::Date
    }

    /// The billionths from one to another.
    #[inline]
    pub(super) fn between(self, earlier: i64, later: i64) -> i128 {
        let passed = i128::from(later) - i128::from(earlier);
        if self == Self::Whole { passed * UNIT } else { passed }
    }

    fn pack(self, time: Time) -> Option<i64> {
        let value = match self {
            _ if time.is_calendar() != (self == Self::Date) => return None,
            Self::Whole if time.billionths() % UNIT != 0 => return None,
            Self::Whole => time.billionths() / UNIT,
            Self::Date | Self::Number => time.billionths(),
        };
        i64::try_from(value).ok()
    }

    #[inline]
    fn unpack(self, value: i64) -> Time {
        let value = i128::from(value);
        match self {
            Self::Date => Time::from_billionths_since_1970(value),
            Self::Number => Time::from_billionths(value),
            Self::Whole => Time::from_billionths(value * UNIT),
        }
    }
}

impl Times {
    pub(super) fn push(&mut self, position: u32, time: Time) {
        if self.wide.is_empty() {
            let narrow_as = *self.narrow_as.get_or_insert_with(|| Narrow::of(time));
            match narrow_as.pack(time) {
                Some(value) => return self.narrow.push(position, value),
                None => self.widen(),
            }
        }
        self.wide.push(position, time);
    }

    #[cold]
    fn widen(&mut self) {
        let mut wide = Sparse::default();
        self.iter().for_each(|(position, time)| wide.push(position, time));
        *self = Self { narrow_as: None, narrow: Sparse::default(), wide };
    }

    /// The time of an event. Time: as [`Sparse::get`].
    #[inline]
    pub(super) fn get(&self, position: u32) -> Option<Time> {
        match self.narrow_as {
            Some(narrow_as) => self.narrow.get(position).map(|value| narrow_as.unpack(value)),
            None => self.wide.get(position),
        }
    }

    /// All of them in order, with the positions of their events.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, Time)> {
        let narrow_as = self.narrow_as.into_iter();
        let narrow = narrow_as.flat_map(|by| self.narrow.iter().map(move |(at, value)| (at, by.unpack(value))));
        narrow.chain(self.wide.iter())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.narrow.is_empty() && self.wide.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Of one kind, of several, and of such as are too far away to be narrow.
        #[test]
        fn times_are_those_that_were_put(
            kinds in proptest::sample::subsequence(vec!["12", "1.5", "-3", "1970-01-01T00:00:01.5Z", "1e20", "1e12"], 1..4),
            picked in proptest::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..30),
        ) {
            let mut times = Times::default();
            let put = (1..).zip(&picked).filter(|(_, (_, is_there))| *is_there);
            let put: Vec<(u32, Time)> =
                put.map(|(at, (kind, _))| (at, Time::parse(kinds[kind.index(kinds.len())]).unwrap())).collect();
            put.iter().for_each(|&(at, time)| times.push(at, time));
            let parts = |(at, time): (u32, Time)| (at, time.billionths(), time.is_calendar());
            let wanted: Vec<_> = put.iter().copied().map(parts).collect();
            prop_assert_eq!(times.iter().map(parts).collect::<Vec<_>>(), wanted.clone());
            let found: Vec<_> = (0..40).filter_map(|at| Some(parts((at, times.get(at)?)))).collect();
            prop_assert_eq!(found, wanted);
            prop_assert_eq!(times.is_empty(), put.is_empty());
        }
    }
}
