//! Where single events stand in a saved trace: rows, and the lines that they are as JSON Lines.

use std::ops::Range;

use super::Refused;
use super::numbers::End;
use super::rows::each;
use super::shaped::Shaped;
use crate::format::saved::Name;
use crate::format::saved::columns::Table;
use crate::ids::ProcessId;
use crate::trace::Trace;

/// An event of a saved trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Whose event it is.
    pub process: ProcessId,
    /// Which one of its, from 1.
    pub number: u32,
    /// Its rows, from 0.
    pub rows: Range<usize>,
    /// The line of `clearcut convert --to jsonl` that it is, from 1.
    pub line: usize,
}

/// Where some events of a trace stand in the table that it was read from, in the order of rows. Events that are not
/// there are left out. Time: linear in the rows up to the last one; space: the events.
///
/// # Errors
/// Where the table is not of the shape that such a trace is read from.
pub fn find(trace: &Trace, table: &Table<'_>, events: &[(ProcessId, u32)]) -> Result<Vec<Found>, Refused> {
    let shaped = Shaped::of(table)?;
    match shaped.width {
        1 => rows::<1>(trace, table, &shaped, events),
        2 => rows::<2>(trace, table, &shaped, events),
        _ => rows::<4>(trace, table, &shaped, events),
    }
}

/// Whether a row is one more of the record before it.
fn goes_on(table: &Table<'_>, row: usize) -> bool {
    table.batch_of(row).is_some_and(|(batch, row)| batch.column(Name::Continues).flag(row) == Ok(true))
}

fn rows<const W: usize>(
    trace: &Trace,
    table: &Table<'_>,
    shaped: &Shaped<'_, '_>,
    events: &[(ProcessId, u32)],
) -> Result<Vec<Found>, Refused> {
    let mut events: Vec<(ProcessId, u32)> = events.to_vec();
    events.sort_unstable();
    events.dedup();
    // Of each number of a process the events that are still asked for, the next one last.
    let of = |name: &&str| {
        let process = trace.process(name);
        events.iter().rev().filter(|(asked, _)| Some(*asked) == process).copied().collect()
    };
    let mut asked: Vec<Vec<(ProcessId, u32)>> = shaped.names.iter().map(of).collect();
    let mut next: Vec<u32> = asked.iter().map(|asked| asked.last().map_or(0, |&(_, number)| number)).collect();
    let mut left: usize = asked.iter().map(Vec::len).sum();
    let mut counts = vec![0; asked.len()];
    let mut end = End::<W>::default();
    let (mut found, mut continued) = (Vec::with_capacity(left), 0);
    for rows in &shaped.batches {
        for block in rows.blocks(shaped.codes) {
            if left == 0 {
                return Ok(found);
            }
            let block = block?;
            let numbers = rows.numbers(&block, &mut end)?;
            let events = (block.step | block.send | block.receive) & block.placed & !block.continues;
            for at in each(events) {
                let key = numbers.process(at);
                let (Some(number), Some(next)) = (counts.get_mut(key), next.get_mut(key)) else { continue };
                *number = u32::saturating_add(*number, 1);
                if next != number {
                    continue;
                }
                let Some((process, number)) = asked[key].pop() else { continue };
                *next = asked[key].last().map_or(0, |&(_, number)| number);
                left -= 1;
                let row = rows.batch.first + block.first + at;
                let continued = continued + (block.continues & ((1 << at) - 1)).count_ones() as usize;
                let behind = (row + 1..table.rows()).take_while(|&row| goes_on(table, row)).count();
                found.push(Found { process, number, rows: row..row + 1 + behind, line: row - continued + 1 });
            }
            continued += block.continues.count_ones() as usize;
        }
    }
    Ok(found)
}
