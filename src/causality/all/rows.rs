//! Clocks in rows of one block of memory. A row that nobody holds any more is the next to be used again.

use super::Clock;

/// So many counts are merged at once: a power of two, and a few registers full.
const LANES: usize = 32;

/// A number of events, as wide as the greatest needs.
pub(super) trait Count: Copy + Ord + Default + 'static {
    /// A number that is known to fit.
    fn of(number: u32) -> Self;

    /// The clock of these counts.
    fn clock(counts: &[Self]) -> Clock<'_>;
}

impl Count for u16 {
    #[inline]
    fn of(number: u32) -> Self {
        debug_assert!(number <= u32::from(Self::MAX));
        number as Self
    }

    #[inline]
    fn clock(counts: &[Self]) -> Clock<'_> {
        counts.into()
    }
}

impl Count for u32 {
    #[inline]
    fn of(number: u32) -> Self {
        number
    }

    #[inline]
    fn clock(counts: &[Self]) -> Clock<'_> {
        counts.into()
    }
}

/// All rows. A row is what [`Rows::take`] gave: its number.
#[derive(Debug)]
pub(super) struct Rows<T> {
    cells: Vec<[T; LANES]>,
    /// How many of these make up a row.
    chunks: usize,
    width: usize,
    spare: Vec<u32>,
}

impl<T: Count> Rows<T> {
    pub(super) fn new(width: usize) -> Self {
        Self { cells: Vec::new(), chunks: width.div_ceil(LANES).max(1), width, spare: Vec::new() }
    }

    /// How large a row is.
    pub(super) fn bytes(&self) -> usize {
        self.chunks * size_of::<[T; LANES]>()
    }

    /// How many there are, in use or not.
    pub(super) fn len(&self) -> usize {
        self.cells.len() / self.chunks
    }

    /// A row with anything in it.
    #[inline]
    pub(super) fn take(&mut self) -> u32 {
        match self.spare.pop() {
            Some(row) => row,
            None => self.grow(),
        }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) -> u32 {
        let row = self.len();
        self.cells.resize(self.cells.len() + self.chunks, [T::default(); LANES]);
        row as u32
    }

    #[inline]
    pub(super) fn give_back(&mut self, row: u32) {
        self.spare.push(row);
    }

    #[inline]
    fn start(&self, row: u32) -> usize {
        row as usize * self.chunks
    }

    #[inline]
    pub(super) fn get(&self, row: u32) -> &[T] {
        let start = self.start(row);
        &self.cells[start..start + self.chunks].as_flattened()[..self.width]
    }

    #[inline]
    pub(super) fn get_mut(&mut self, row: u32) -> &mut [T] {
        let start = self.start(row);
        &mut self.cells[start..start + self.chunks].as_flattened_mut()[..self.width]
    }

    /// All zeros.
    pub(super) fn clear(&mut self, row: u32) {
        self.get_mut(row).fill(T::default());
    }

    /// Writes the greater of two rows, count by count, to a third, which may be one of them.
    #[inline(always)]
    pub(super) fn merge(&mut self, to: u32, one: u32, other: u32) {
        let (to, one, other) = (self.start(to), self.start(one), self.start(other));
        for i in 0..self.chunks {
            // Taken out of memory as a whole: this is what makes it a few instructions.
            let (mut mine, theirs) = (self.cells[one + i], self.cells[other + i]);
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine = (*mine).max(theirs));
            self.cells[to + i] = mine;
        }
    }

    #[inline(always)]
    pub(super) fn copy(&mut self, to: u32, from: u32) {
        let (to, from) = (self.start(to), self.start(from));
        for i in 0..self.chunks {
            self.cells[to + i] = self.cells[from + i];
        }
    }
}
