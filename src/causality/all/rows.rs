//! Clocks in rows of one block of memory.

use super::Clock;
use super::merge::{Chunk, LANES, Merge, Merging, Step, Steps, widest};
use crate::ids::ProcessId;

/// A number of events, as wide as the greatest needs.
pub(super) trait Count: Copy + Ord + Default + 'static {
    /// A number that is known to fit.
    fn of(number: u32) -> Self;

    fn number(self) -> u32;

    /// So many less, and none less than none.
    fn less(self, by: Self) -> Self;

    /// One less, and the greatest where there is none: so what is there is less than what is not.
    fn but_one(self) -> Self;

    /// The clock of these counts, beyond these bases, which are all 0 unless counts have 2 bytes.
    fn clock<'r>(counts: &'r [Self], bases: &'r [u32]) -> Clock<'r>;
}

impl Count for u16 {
    #[inline]
    fn of(number: u32) -> Self {
        debug_assert!(number <= u32::from(Self::MAX));
        number as Self
    }

    #[inline]
    fn number(self) -> u32 {
        u32::from(self)
    }

    #[inline]
    fn less(self, by: Self) -> Self {
        self.saturating_sub(by)
    }

    #[inline]
    fn but_one(self) -> Self {
        self.wrapping_sub(1)
    }

    #[inline]
    fn clock<'r>(counts: &'r [Self], bases: &'r [u32]) -> Clock<'r> {
        Clock::narrow(counts, bases)
    }
}

impl Count for u32 {
    #[inline]
    fn of(number: u32) -> Self {
        number
    }

    #[inline]
    fn number(self) -> u32 {
        self
    }

    #[inline]
    fn less(self, by: Self) -> Self {
        self.saturating_sub(by)
    }

    #[inline]
    fn but_one(self) -> Self {
        self.wrapping_sub(1)
    }

    #[inline]
    fn clock<'r>(counts: &'r [Self], _: &'r [u32]) -> Clock<'r> {
        counts.into()
    }
}

/// Rows start where lines of the cache do: what is read or written at once is never in two.
const LINE: usize = 64;

/// All rows, by their numbers.
#[derive(Debug)]
pub(super) struct Rows<T> {
    /// The first row starts behind a few cells that are not used.
    cells: Vec<T>,
    start: usize,
    len: usize,
    /// How many chunks make up a row.
    chunks: usize,
    width: usize,
    /// Whether to do with the instructions that all processors have.
    plain: bool,
}

/// How many chunks hold so many counts.
fn chunks(width: usize) -> usize {
    width.div_ceil(LANES).max(1)
}

impl<T: Count> Rows<T> {
    pub(super) fn new(width: usize, plain: bool) -> Self {
        Self { cells: Vec::new(), start: 0, len: 0, chunks: chunks(width), width, plain }
    }

    /// How large a row of so many counts is.
    pub(super) fn bytes(width: usize) -> usize {
        chunks(width) * size_of::<Chunk<T>>()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Makes so many if there are fewer. New ones are all zeros.
    #[inline]
    pub(super) fn grow(&mut self, len: usize) {
        if len > self.len {
            self.len = len;
            if self.start + len * self.chunks * LANES > self.cells.len() {
                self.make_room();
            }
        }
    }

    /// For twice as many as there are.
    #[cold]
    #[inline(never)]
    fn make_room(&mut self) {
        let mut cells = vec![T::default(); 2 * self.len * self.chunks * LANES + LINE];
        // Beyond a line where the place cannot be told: any will do.
        let start = cells.as_ptr().align_offset(LINE).min(LINE);
        let old = self.cells.get(self.start..).unwrap_or_default();
        cells[start..start + old.len()].copy_from_slice(old);
        (self.cells, self.start) = (cells, start);
    }

    #[inline]
    pub(super) fn get(&self, row: u32) -> &[T] {
        let start = self.start + row as usize * self.chunks * LANES;
        &self.cells[start..start + self.width]
    }

    #[inline]
    pub(super) fn get_mut(&mut self, row: u32) -> &mut [T] {
        let start = self.start + row as usize * self.chunks * LANES;
        &mut self.cells[start..start + self.width]
    }

    #[inline]
    pub(super) fn merge(&mut self, merge: Merge<T>) {
        let cells = self.cells[self.start..].as_chunks_mut().0;
        widest(self.plain, Merging { cells, chunks: self.chunks, merge });
    }

    /// One step after another, each shown when it is done.
    ///
    /// # Errors
    /// What `shown` returns: they end there.
    #[inline]
    pub(super) fn steps<E>(
        &mut self,
        steps: impl Iterator<Item = Step>,
        shown: impl FnMut(ProcessId, u32, &[T]) -> Result<(), E>,
    ) -> Result<(), E> {
        let (chunks, width) = (self.chunks, self.width);
        let cells = self.cells[self.start..].as_chunks_mut().0;
        widest(self.plain, Steps { cells, chunks, steps, width, shown })
    }
}

/// Rows of other counts.
impl<T: Count> Rows<T> {
    /// By process, one less than the least count of it that any row has, if that is not 0.
    pub(super) fn least(&self) -> Vec<T> {
        let none = T::default().but_one();
        let mut least = vec![none; self.width];
        for row in 0..self.len {
            for (least, count) in least.iter_mut().zip(self.get(row as u32)) {
                *least = (*least).min(count.but_one());
            }
        }
        least.into_iter().map(|least| if least == none { T::default() } else { least }).collect()
    }

    /// Each count less these, if it is not 0.
    pub(super) fn lower(&mut self, by: &[T]) {
        for row in 0..self.len {
            for (count, by) in self.get_mut(row as u32).iter_mut().zip(by) {
                *count = count.less(*by);
            }
        }
    }

    /// Each count and the base of its process, if it is not 0.
    pub(super) fn widened(&self, bases: &[u32]) -> Rows<u32> {
        let mut wide = Rows::new(self.width, self.plain);
        wide.grow(self.len);
        for row in 0..self.len {
            let counts = T::clock(self.get(row as u32), bases).counts();
            wide.get_mut(row as u32).iter_mut().zip(counts).for_each(|(wide, count)| *wide = count);
        }
        wide
    }
}
