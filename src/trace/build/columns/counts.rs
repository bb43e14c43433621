//! At which positions events are, and whether a column of them says so.

use std::ops::Range;

use super::numbers::{Numbers, Whole};
use super::rows::BLOCK;

/// A process that was not seen yet: above all positions.
pub(super) const UNSEEN: u32 = u32::MAX;

/// What is known of a process, side by side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Process {
    /// How many events of it there were so far.
    pub(super) count: u32,
    pub(super) limit: u32,
}

/// How many numbers of a process there may be at all, if few: where all have their place, none need be looked for.
pub(super) const fn every<const W: usize>() -> usize {
    if W < 4 { 1 << (8 * W) } else { 0 }
}

/// What is known of a process; of one that the dictionary does not have, that it was not seen.
#[inline(always)]
pub(super) fn process_of<const W: usize>(processes: &[Process], process: usize) -> Process {
    processes.get(process).copied().unwrap_or(Process { count: UNSEEN, limit: 0 })
}

/// The first event of a process in a part, or one whose position is wrong.
pub(super) struct New {
    pub(super) row: usize,
    pub(super) process: usize,
    /// How many events its process had.
    pub(super) before: u32,
    /// How many it must have had.
    pub(super) base: u32,
}

/// Holds the positions of some rows against the count of their processes' events, up to the first one that does not
/// follow, if any.
#[inline(never)]
pub(super) fn held<const W: usize>(
    processes: &mut [Process],
    numbers: &Numbers<'_, W>,
    rows: Range<usize>,
) -> Option<New> {
    count_all::<W>(processes, rows, |processes, row| {
        let (process, position) = (numbers.process(row), numbers.position(row));
        let base = position.wrapping_sub(1);
        let Some(known) = processes.get_mut(process) else { return Some(New { row, process, before: UNSEEN, base }) };
        if known.count != base {
            return Some(New { row, process, before: known.count, base });
        }
        known.count = position;
        None
    })
}

/// Counts the events of some rows, which are then at these positions, up to the first one of a process that was not seen,
/// if any.
#[inline(never)]
pub(super) fn counted<const W: usize>(
    processes: &mut [Process],
    numbers: &Numbers<'_, W>,
    rows: Range<usize>,
    positions: &mut Whole<4>,
) -> Option<New> {
    count_all::<W>(processes, rows, |processes, row| {
        let process = numbers.process(row);
        let position = processes.get(process).map_or(0, |known| known.count.wrapping_add(1));
        if position == 0 {
            return Some(New { row, process, before: UNSEEN, base: numbers.position(row).wrapping_sub(1) });
        }
        processes[process].count = position;
        positions[row] = position.to_le_bytes();
        None
    })
}

#[inline(always)]
fn count_all<const W: usize>(
    processes: &mut [Process],
    rows: Range<usize>,
    mut count: impl FnMut(&mut [Process], usize) -> Option<New>,
) -> Option<New> {
    let size = if W < 4 { every::<W>() } else { processes.len() };
    let processes = processes.get_mut(..size).unwrap_or_default();
    if rows == (0..BLOCK) {
        for first in (0..BLOCK).step_by(8) {
            // Eight by eight, as the compiler does it.
            for row in first..first + 8 {
                let new = count(processes, row % BLOCK);
                if new.is_some() {
                    return new;
                }
            }
        }
        return None;
    }
    (rows.start..rows.end.min(BLOCK)).find_map(|row| count(processes, row))
}
