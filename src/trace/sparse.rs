//! Columns that few events have a value in, or nearly all.

/// Values by position. Where all have one from some position on, the positions take no space. Invariant: they ascend
/// strictly.
#[derive(Clone, Debug)]
pub(super) struct Sparse<T> {
    /// The position of the first value. From there on there are others without a gap, as many as have no position of
    /// their own.
    first: u32,
    /// The positions of the last values.
    positions: Vec<u32>,
    values: Vec<T>,
}

impl<T> Default for Sparse<T> {
    fn default() -> Self {
        Self { first: 0, positions: Vec::new(), values: Vec::new() }
    }
}

impl<T: Copy> Sparse<T> {
    pub(super) fn push(&mut self, position: u32, value: T) {
        debug_assert!(self.iter().next_back().is_none_or(|(last, _)| last < position), "{position}");
        if self.values.is_empty() {
            self.first = position;
        }
        let next = self.first as usize + self.values.len();
        if !self.positions.is_empty() || position as usize != next {
            self.positions.push(position);
        }
        self.values.push(value);
    }

    /// How many values have no position of their own.
    fn together(&self) -> usize {
        self.values.len() - self.positions.len()
    }

    /// The value at a position. Time: constant where all have one, else logarithmic in how many have one.
    #[inline]
    pub(super) fn get(&self, position: u32) -> Option<T> {
        let place = position.checked_sub(self.first)? as usize;
        if place < self.together() { Some(self.values[place]) } else { self.find(position) }
    }

    fn find(&self, position: u32) -> Option<T> {
        let place = self.positions.binary_search(&position).ok()?;
        Some(self.values[self.together() + place])
    }

    pub(super) fn last(&self) -> Option<T> {
        self.values.last().copied()
    }

    /// All of them, in order, with their positions.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (u32, T)> {
        let (together, apart) = self.values.split_at(self.together());
        let together = together.iter().enumerate().map(|(place, &value)| (self.first + place as u32, value));
        together.chain(self.positions.iter().copied().zip(apart.iter().copied()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn values_are_found_where_they_were_put(first in 0..3u32, has in proptest::collection::vec(0..4u8, 0..20)) {
            let mut column = Sparse::default();
            // Mostly without a gap.
            let held: Vec<(u32, u8)> = (first..).zip(has).filter(|&(_, value)| value > 0).collect();
            held.iter().for_each(|&(position, value)| column.push(position, value));
            let found: Vec<(u32, u8)> = (0..30).filter_map(|at| Some((at, column.get(at)?))).collect();
            prop_assert_eq!(&found, &held);
            prop_assert_eq!(column.iter().collect::<Vec<_>>(), held.clone());
            prop_assert_eq!(column.iter().rev().collect::<Vec<_>>(), held.iter().rev().copied().collect::<Vec<_>>());
            prop_assert_eq!((column.last(), column.is_empty()), (held.last().map(|&(_, value)| value), held.is_empty()));
        }
    }
}
