//! Where one process ends and the next begins in a source.

use std::ops::Range;

use hashbrown::HashSet;

use super::{MOST, OfProcess};
use crate::format::lines::{Blocks, first_line_of};
use crate::format::plain_lines::Lines;
use crate::format::probe::Probe;
use crate::source::Source;

/// So many bytes are looked at in one place.
const LOOKED_AT: usize = 1 << 9;

/// So many are looked through where a section starts.
const LOOKED_THROUGH: usize = 1 << 12;

/// The sections of single processes that a source falls into, one or more, by a look at a few of its lines; nothing where
/// it does not, or where there is no telling.
///
/// It takes for granted that all lines between two of one process are of that process: who reads a section sees whether it
/// is so. Time: O(sections * log bytes) looks.
pub fn find<L: Lines>(source: &Source) -> Option<Vec<OfProcess>> {
    let bytes = source.bytes();
    let first = first_line_of(source);
    let end = bytes.trim_ascii_end().len();
    let last = memchr::memrchr(b'\n', bytes.get(first..end)?).map_or(first, |at| first + at + 1);
    let mut search = Search::<L> { source, probe: Probe::new(), starts: Vec::new(), seen: HashSet::new() };
    let (of_first, of_last) = (search.process_at(first)?, search.process_at(last)?);
    search.add(first, of_first)?;
    search.between((first, of_first), (last, of_last))?;
    let Search { starts, mut probe, .. } = search;
    let ends = starts.iter().skip(1).map(|&(start, _)| start).chain([bytes.len()]);
    let sections = starts.iter().zip(ends).map(|(&(start, name), end)| {
        // Two processes in turns may seem to be one after the other, but not for long.
        let lines = Blocks::within(source, start..end, LOOKED_THROUGH).next()?;
        probe.is_of_one(source, lines).then(|| (start..end, probe.name(name).into()))
    });
    sections.collect()
}

struct Search<'s, L: Lines> {
    source: &'s Source,
    probe: Probe<L>,
    /// Where each section starts, and whose it is.
    starts: Vec<(usize, u32)>,
    seen: HashSet<u32>,
}

impl<L: Lines> Search<'_, L> {
    /// Finds the sections that start behind one line, up to another, each given with its process. Depth: each call halves
    /// the bytes between the two, or the one in it does.
    fn between(&mut self, low: (usize, u32), high: (usize, u32)) -> Option<()> {
        if low.1 == high.1 {
            return Some(());
        }
        let bytes = self.source.bytes();
        let middle = low.0 + (high.0 - low.0) / 2;
        let start_of = |at: usize| memchr::memrchr(b'\n', &bytes[low.0..at]).map_or(low.0, |end| low.0 + end + 1);
        let line_behind = |at: usize| memchr::memchr(b'\n', &bytes[at..high.0]).map_or(high.0, |end| at + end + 1);
        // The line in the middle, or behind that one where it is the first.
        let at = match start_of(middle) {
            start if start > low.0 => start,
            _ => line_behind(middle),
        };
        if at >= high.0 {
            return self.add(high.0, high.1);
        }
        let found = (at, self.process_at(at)?);
        self.between(low, found)?;
        self.between(found, high)
    }

    /// A section starts; nothing where there was one of its process, or too many.
    fn add(&mut self, start: usize, process: u32) -> Option<()> {
        self.starts.push((start, process));
        (self.seen.insert(process) && self.starts.len() <= MOST).then_some(())
    }

    /// Whose event stands on the line that starts here.
    fn process_at(&mut self, start: usize) -> Option<u32> {
        let lines: Range<usize> = Blocks::within(self.source, start..usize::MAX, LOOKED_AT).next()?;
        self.probe.first_process(self.source, lines)
    }
}
