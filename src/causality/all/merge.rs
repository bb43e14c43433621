//! The loops over counts, in the widest instructions that this processor has.

use super::rows::Count;
use crate::ids::ProcessId;

/// So many counts are merged at once: a power of two, and a few registers full.
pub(super) const LANES: usize = 32;

/// A part of a row.
pub(super) type Chunk<T> = [T; LANES];

/// The greater of two rows, count by count, is written to a third, which may be one of them; and after that one count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Merge<T> {
    pub(super) to: u32,
    pub(super) one: u32,
    pub(super) other: u32,
    pub(super) at: usize,
    pub(super) count: T,
}

/// One merge.
pub(super) struct Merging<'c, T> {
    pub(super) cells: &'c mut [Chunk<T>],
    /// How many make up a row.
    pub(super) chunks: usize,
    pub(super) merge: Merge<T>,
}

impl<T: Count> Loop for Merging<'_, T> {
    type End = ();

    #[inline(always)]
    fn run(self) {
        let Self { cells, chunks, merge: Merge { to, one, other, at, count } } = self;
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

/// What an event does: a row, which may be its own, is merged into that of its process, and the result is copied to a
/// third. There its own events are counted, and there only: a row that was written in part waits for that when it is
/// soon read as a whole, and of its own events a process knows the number without.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) process: ProcessId,
    pub(super) count: u32,
    pub(super) from: u32,
    pub(super) to: u32,
}

/// One step after another, each shown when it is done.
pub(super) struct Steps<'c, T, I, F> {
    pub(super) cells: &'c mut [Chunk<T>],
    /// How many make up a row.
    pub(super) chunks: usize,
    /// How many counts of a row mean something.
    pub(super) width: usize,
    pub(super) steps: I,
    pub(super) shown: F,
}

impl<T: Count, I: Iterator<Item = Step>, E, F: FnMut(ProcessId, u32, &[T]) -> Result<(), E>> Loop
    for Steps<'_, T, I, F>
{
    type End = Result<(), E>;

    /// The smallest rows are merged without a loop.
    #[inline(always)]
    fn run(self) -> Result<(), E> {
        match self.chunks {
            1 => self.whole::<1>(),
            2 => self.whole::<2>(),
            3 => self.whole::<3>(),
            4 => self.whole::<4>(),
            _ => self.by_chunks(),
        }
    }
}

impl<T: Count, I: Iterator<Item = Step>, E, F: FnMut(ProcessId, u32, &[T]) -> Result<(), E>> Steps<'_, T, I, F> {
    #[inline(always)]
    fn whole<const CHUNKS: usize>(self) -> Result<(), E> {
        let Self { cells, width, steps, mut shown, .. } = self;
        let rows = cells.as_chunks_mut::<CHUNKS>().0;
        for Step { process, count, from, to } in steps {
            let (own, from, to) = (process.index(), from as usize, to as usize);
            let theirs = rows[from];
            for (i, theirs) in theirs.iter().enumerate() {
                let mut mine = rows[own][i];
                greater(&mut mine, theirs);
                rows[own][i] = mine;
                rows[to][i] = mine;
            }
            let row = &mut rows[to].as_flattened_mut()[..width];
            row[own] = T::of(count);
            shown(process, count, row)?;
        }
        Ok(())
    }

    #[inline(always)]
    fn by_chunks(self) -> Result<(), E> {
        let Self { cells, chunks, width, steps, mut shown } = self;
        for Step { process, count, from, to } in steps {
            let (own, from, to) = (process.index() * chunks, from as usize * chunks, to as usize * chunks);
            for i in 0..chunks {
                let (mut mine, theirs) = (cells[own + i], cells[from + i]);
                greater(&mut mine, &theirs);
                cells[own + i] = mine;
                cells[to + i] = mine;
            }
            let row = &mut cells[to..to + chunks].as_flattened_mut()[..width];
            row[process.index()] = T::of(count);
            shown(process, count, row)?;
        }
        Ok(())
    }
}

/// A loop that is compiled twice.
pub(super) trait Loop {
    type End;

    /// Always inlined, and so are all functions that it calls; a closure would be compiled for all processors.
    fn run(self) -> Self::End;
}

/// Runs it in the widest instructions that this processor has, or in those that all have.
#[inline]
#[cfg_attr(target_arch = "x86_64", expect(unsafe_code, reason = "calls what is compiled for some processors only"))]
pub(super) fn widest<L: Loop>(plain: bool, work: L) -> L::End {
    #[cfg(target_arch = "x86_64")]
    if !plain && std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: all that calling this needs is a processor that has AVX2, and this one has: it was asked just
        // above. What is called is safe code, compiled with wider instructions.
        // Measured need: without it 64 processes cost 18 % more, 1,024 processes 16 %.
        return unsafe { with_avx2(work) };
    }
    work.run()
}

/// The same, compiled for AVX2: 32 bytes of two rows are merged with one instruction.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2<L: Loop>(work: L) -> L::End {
    work.run()
}

#[inline(always)]
fn greater<T: Count>(mine: &mut Chunk<T>, theirs: &Chunk<T>) {
    // No closure: it would be compiled for all processors, and called.
    for (mine, theirs) in mine.iter_mut().zip(theirs) {
        *mine = (*mine).max(*theirs);
    }
}
