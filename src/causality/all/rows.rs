//! Clocks in rows of one block of memory.

use super::Clock;

/// So many counts are merged at once: a power of two, and a few registers full.
const LANES: usize = 32;

/// A part of a row.
type Chunk<T> = [T; LANES];

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

/// The greater of two rows, count by count, is written to a third, which may be one of them; and after that one count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Merge<T> {
    pub(super) to: u32,
    pub(super) one: u32,
    pub(super) other: u32,
    pub(super) at: usize,
    pub(super) count: T,
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

impl<T: Count> Rows<T> {
    pub(super) fn new(width: usize, plain: bool) -> Self {
        Self { cells: Vec::new(), start: 0, len: 0, chunks: width.div_ceil(LANES).max(1), width, plain }
    }

    /// How large a row is.
    pub(super) fn bytes(&self) -> usize {
        self.chunks * size_of::<Chunk<T>>()
    }

    /// How many there are.
    #[cfg(test)]
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

    /// One merge after another, in the widest instructions that this processor has.
    #[inline]
    #[cfg_attr(target_arch = "x86_64", expect(unsafe_code, reason = "calls what is compiled for some processors only"))]
    pub(super) fn merge(&mut self, merges: impl Iterator<Item = Merge<T>>) {
        let cells = self.cells[self.start..].as_chunks_mut().0;
        #[cfg(target_arch = "x86_64")]
        if !self.plain && std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: all that calling this needs is a processor that has AVX2, and this one has: it was asked just
            // above. What is called is safe code, compiled with wider instructions.
            // Measured need, as the walk was when this came: without it 64 processes cost 29 % more, 1,024 processes 16 %.
            return unsafe { merge_avx2(cells, self.chunks, merges) };
        }
        merge(cells, self.chunks, merges);
    }
}

/// [`merge`], compiled for AVX2: 32 bytes of two rows are merged with one instruction.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn merge_avx2<T: Count>(cells: &mut [Chunk<T>], chunks: usize, merges: impl Iterator<Item = Merge<T>>) {
    merge(cells, chunks, merges);
}

/// The smallest rows are merged without a loop.
#[inline(always)]
fn merge<T: Count>(cells: &mut [Chunk<T>], chunks: usize, merges: impl Iterator<Item = Merge<T>>) {
    match chunks {
        1 => merge_whole::<T, 1>(cells, merges),
        2 => merge_whole::<T, 2>(cells, merges),
        _ => merge_chunks(cells, chunks, merges),
    }
}

#[inline(always)]
fn merge_whole<T: Count, const CHUNKS: usize>(cells: &mut [Chunk<T>], merges: impl Iterator<Item = Merge<T>>) {
    let rows = cells.as_chunks_mut::<CHUNKS>().0;
    for Merge { to, one, other, at, count } in merges {
        let mut merged = rows[one as usize];
        let theirs = &rows[other as usize];
        for (mine, theirs) in merged.iter_mut().zip(theirs) {
            greater(mine, theirs);
        }
        let row = &mut rows[to as usize];
        *row = merged;
        row.as_flattened_mut()[at] = count;
    }
}

#[inline(always)]
fn merge_chunks<T: Count>(cells: &mut [Chunk<T>], chunks: usize, merges: impl Iterator<Item = Merge<T>>) {
    for Merge { to, one, other, at, count } in merges {
        let (to, one, other) = (to as usize * chunks, one as usize * chunks, other as usize * chunks);
        for i in 0..chunks {
            // Taken out of memory as a whole: this is what makes it a few instructions.
            let (mut mine, theirs) = (cells[one + i], cells[other + i]);
            greater(&mut mine, &theirs);
            cells[to + i] = mine;
        }
        cells[to + at / LANES][at % LANES] = count;
    }
}

#[inline(always)]
fn greater<T: Count>(mine: &mut Chunk<T>, theirs: &Chunk<T>) {
    // No closure: it would be compiled for all processors, and called.
    for (mine, theirs) in mine.iter_mut().zip(theirs) {
        *mine = (*mine).max(*theirs);
    }
}
