//! One pass over the columns: is the pairing in them sound, and what does a cut make of the messages?
//!
//! Nothing in the file is trusted. Positions must count the events of each process, one after the other; the sends that
//! know their receive and the receives that know their send must tell of the same messages (sender, event, receiver,
//! event), which is shown by the sums of a keyed hash over both; and each receive must stand behind its send, which is
//! so if its sender has come that far. Then pairing is one to one, and the order of the rows respects happens-before.
//!
//! Parts of the file are looked at side by side. A part does not know how many events there were before it: what it
//! takes for granted of these is kept, and held against the parts before when they are joined.

use std::ops::Range;

use super::Refused;
use super::lanes::Lanes;
use super::rows::{BLOCK, Block, Codes, End, Numbers, Rows, each};
use crate::trace::messages::NEVER;

/// A process that was not seen yet: as a signed number below all positions.
const UNSEEN: i32 = i32::MIN;

/// So many rows at most, and as many events before a part: their sum is a positive number.
pub(super) const MOST: i32 = 1 << 30;

/// What is asked of a part.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'q> {
    pub(super) codes: Codes,
    /// Up to where each process is inside of the cut.
    pub(super) limits: &'q [u32],
    pub(super) seeds: [u64; 2],
}

/// What is known of a process, side by side.
#[derive(Clone, Copy, Debug)]
struct Process {
    /// How many events of it there were so far.
    count: i32,
    limit: u32,
}

/// What a part of the file shows; numbers of processes are those of the dictionary.
#[derive(Debug)]
pub(super) struct Part {
    processes: Vec<Process>,
    /// Of each process, how many events there must be before this part for its positions to be right.
    bases: Vec<i32>,
    /// Of each process, how many events there must be before this part for receives to stand behind their sends.
    needs: Vec<u32>,
    lanes: Lanes,
    /// The sum over sends less that over receives: nothing, once all parts are added, if they tell of the same messages.
    balance: u64,
    pub(super) events: usize,
    pub(super) sends: usize,
    pub(super) continued: usize,
    pub(super) before: usize,
    pub(super) after: usize,
    /// Whether a message overtakes another.
    pub(super) overtaken: bool,
    /// Whether a message is received inside and sent outside.
    pub(super) orphan: bool,
    /// Rows of sends inside that are received outside or never.
    pub(super) crossing: Vec<usize>,
    /// Rows of receives that know of no send.
    pub(super) holes: Vec<usize>,
    /// Rows that are no events, each with how many events were before.
    pub(super) odd: Vec<(usize, usize)>,
}

/// The sum of well-mixed bits of the messages of some rows, which are sends or, `turned` about, receives.
#[inline(always)]
fn sum<const W: usize>(seeds: [u64; 2], numbers: &Numbers<'_, W>, rows: u64, turned: bool) -> u64 {
    let mut sum = 0u64;
    for row in each(rows) {
        let ends = (numbers.process(row) as u64) << 32 | numbers.peer(row) as u64;
        let events = u64::from(numbers.position(row)) << 32 | u64::from(numbers.peer_position(row));
        // The sender first: at a receive the two are exchanged.
        let turn = if turned { 32 } else { 0 };
        let (ends, events) = (ends.rotate_left(turn), events.rotate_left(turn));
        let product = u128::from(ends ^ seeds[0]) * u128::from(events ^ seeds[1]);
        sum = sum.wrapping_add((product >> 64) as u64 ^ product as u64);
    }
    sum
}

fn not_counted() -> Refused {
    Refused::new("its positions do not count the events of each process")
}

fn not_causal() -> Refused {
    Refused::new("it has receives before their sends")
}

fn no_process() -> Refused {
    Refused::new("it names a process that its dictionary does not have")
}

impl Part {
    fn new(asked: &Asked<'_>, is_first: bool) -> Self {
        let count = if is_first { 0 } else { UNSEEN };
        let n = asked.limits.len();
        Self {
            // A limit of all there is holds no receive that never comes.
            processes: asked.limits.iter().map(|&limit| Process { count, limit: limit.min(NEVER - 1) }).collect(),
            bases: vec![count; n],
            needs: vec![0; n],
            lanes: Lanes::of(n),
            balance: 0,
            events: 0,
            sends: 0,
            continued: 0,
            before: 0,
            after: 0,
            overtaken: false,
            orphan: false,
            crossing: Vec::new(),
            holes: Vec::new(),
            odd: Vec::new(),
        }
    }

    /// Looks at some batches. Time: linear; space: O(processes and channels), and what crosses the cut.
    pub(super) fn of<const W: usize>(
        asked: &Asked<'_>,
        batches: &[Rows<'_, '_>],
        is_first: bool,
    ) -> Result<Self, Refused> {
        let mut part = Self::new(asked, is_first);
        let mut end = End::<W>::default();
        // The row before: its number of an event and of a process.
        let mut before = None;
        for rows in batches {
            for block in rows.blocks(asked.codes) {
                let block = block?;
                let numbers = rows.numbers(&block, &mut end)?;
                let events = block.step | block.send | block.receive;
                let inside = block.receive & block.ended & block.peered;
                if events & block.placed & !block.continues == block.all {
                    let mut row = 0;
                    let mut late = 0;
                    while let Some(new) = counted(&mut part.processes, &numbers, row..block.rows, &mut late) {
                        part.first_seen(new.process, new.before, new.base)?;
                        row = new.row;
                    }
                    each(late & inside).try_for_each(|row| part.is_needed(&numbers, row))?;
                    part.events += block.rows;
                } else {
                    part.count_odd(rows, &block, &numbers, (events, inside), before)?;
                }
                if block.receive & block.ended & !block.peered != 0 || block.send & !block.peered != 0 {
                    return Err(Refused::new("a message lacks its other process"));
                }
                part.sends(rows, &block, &numbers)?;
                let sent = sum(asked.seeds, &numbers, block.send & block.ended, false);
                let received = sum(asked.seeds, &numbers, inside, true);
                part.balance = part.balance.wrapping_add(sent).wrapping_sub(received);
                part.holes.extend(each(block.receive & !block.ended).map(|row| rows.batch.first + block.first + row));
                before = Some((kind(&block, block.rows - 1), numbers.process(block.rows - 1)));
            }
        }
        Ok(part)
    }

    /// A process has an event in this part, and `base` before it.
    #[cold]
    fn first_seen(&mut self, process: usize, count: i32, base: i32) -> Result<(), Refused> {
        if count != UNSEEN || !(0..=MOST).contains(&base) {
            return Err(not_counted());
        }
        self.bases[process] = base;
        self.processes[process].count = base;
        Ok(())
    }

    /// The send of what a row receives is not in this part before it: is it before this part?
    #[cold]
    fn is_needed<const W: usize>(&mut self, numbers: &Numbers<'_, W>, row: usize) -> Result<(), Refused> {
        let needed = self.needs.get_mut(numbers.peer(row)).ok_or_else(no_process)?;
        *needed = numbers.peer_position(row).max(*needed);
        Ok(())
    }

    /// The same as [`counted`] where not every row is an event of its own.
    #[cold]
    fn count_odd<const W: usize>(
        &mut self,
        rows: &Rows<'_, '_>,
        block: &Block,
        numbers: &Numbers<'_, W>,
        (events, inside): (u64, u64),
        before: Option<(u8, usize)>,
    ) -> Result<(), Refused> {
        let mut before = before;
        for row in 0..block.rows {
            let has = |set: u64| set >> row & 1 == 1;
            let (kind, process) = (kind(block, row), numbers.process(row));
            let new = u32::from(has(events) && !has(block.continues));
            if has(block.continues) {
                self.continued += 1;
                if before != Some((kind, process)) || has(block.step) {
                    return Err(Refused::new("a row continues another record than the one before it"));
                }
            }
            if has(block.placed) {
                let count = self.processes.get(process).ok_or_else(no_process)?.count;
                let base = numbers.position(row).wrapping_sub(new) as i32;
                if base != count {
                    self.first_seen(process, count, base)?;
                }
                self.processes[process].count = numbers.position(row) as i32;
            } else if has(events) {
                return Err(not_counted());
            }
            if !has(events) {
                self.odd.push((rows.batch.first + block.first + row, self.events));
            }
            self.events += new as usize;
            if has(inside) && is_late(&self.processes, numbers, row) {
                self.is_needed(numbers, row)?;
            }
            before = Some((kind, process));
        }
        Ok(())
    }

    #[inline(always)]
    fn sends<const W: usize>(
        &mut self,
        rows: &Rows<'_, '_>,
        block: &Block,
        numbers: &Numbers<'_, W>,
    ) -> Result<(), Refused> {
        self.sends += block.send.count_ones() as usize;
        let (mut before, mut after, mut overtaken) = (0, 0, false);
        let processes = self.processes.as_slice();
        for row in each(block.send & block.ended) {
            let (from, to) = (numbers.process(row), numbers.peer(row));
            let (sent, received) = (numbers.position(row), numbers.peer_position(row));
            let (inside, arrives) = sides(processes, (from, to), (sent, received))?;
            before += usize::from(inside & arrives);
            after += usize::from(!(inside | arrives));
            if inside != arrives {
                self.orphan |= arrives;
                self.crossing.push(rows.batch.first + block.first + row);
            }
            overtaken |= self.lanes.receive(from, to, received);
        }
        self.before += before;
        self.after += after;
        self.overtaken |= overtaken;
        for row in each(block.send & !block.ended) {
            let (from, to) = (numbers.process(row), numbers.peer(row));
            let (inside, _) = sides(&self.processes, (from, to), (numbers.position(row), NEVER))?;
            match inside {
                true => self.crossing.push(rows.batch.first + block.first + row),
                false => self.after += 1,
            }
            self.lanes.lose(from, to);
        }
        Ok(())
    }

    /// Adds the part behind.
    pub(super) fn join(&mut self, next: Self) -> Result<(), Refused> {
        for (process, (known, more)) in self.processes.iter_mut().zip(&next.processes).enumerate() {
            let (base, needed) = (next.bases[process], next.needs[process]);
            if i64::from(needed) > i64::from(known.count) {
                return Err(not_causal());
            }
            if more.count != UNSEEN {
                if base != known.count {
                    return Err(not_counted());
                }
                known.count = more.count;
            }
        }
        for ((from, to), more) in next.lanes.used() {
            if more.last == 0 {
                self.lanes.lose(from, to);
            } else {
                // The first of them tells, as those behind it come later or overtake among themselves.
                self.overtaken |= self.lanes.receive(from, to, more.first);
                self.lanes.receive(from, to, more.last);
            }
        }
        self.balance = self.balance.wrapping_add(next.balance);
        self.odd.extend(next.odd.into_iter().map(|(row, events)| (row, self.events + events)));
        self.crossing.extend(next.crossing);
        self.holes.extend(next.holes);
        self.events += next.events;
        self.sends += next.sends;
        self.continued += next.continued;
        self.before += next.before;
        self.after += next.after;
        self.overtaken |= next.overtaken;
        self.orphan |= next.orphan;
        Ok(())
    }

    /// The first part with all others joined: is the pairing in them sound?
    pub(super) fn proved(self) -> Result<Self, Refused> {
        if self.needs.iter().any(|&needed| needed > 0) {
            return Err(not_causal());
        }
        match self.balance {
            0 => Ok(self),
            _ => Err(Refused::new("its sends and receives do not tell of the same messages")),
        }
    }

    /// How many events each process has, once all parts are joined.
    pub(super) fn counts(&self) -> impl Iterator<Item = u32> {
        self.processes.iter().map(|process| process.count.max(0) as u32)
    }

    /// The channels that messages are sent on.
    pub(super) fn channels(&self) -> Vec<(usize, usize)> {
        let mut channels: Vec<(usize, usize)> = self.lanes.used().map(|(ends, _)| ends).collect();
        channels.sort_unstable();
        channels
    }
}

/// Whether the send and the receive of a message are inside.
#[inline(always)]
fn sides(
    processes: &[Process],
    (from, to): (usize, usize),
    (sent, received): (u32, u32),
) -> Result<(bool, bool), Refused> {
    let (Some(sender), Some(receiver)) = (processes.get(from), processes.get(to)) else {
        return Err(no_process());
    };
    if from == to {
        return Err(Refused::new("a process sends to itself"));
    }
    Ok((sent <= sender.limit, received <= receiver.limit))
}

/// The first event of a process in a part, or one whose position is wrong.
struct New {
    row: usize,
    process: usize,
    /// How many events its process had.
    before: i32,
    /// How many it must have had.
    base: i32,
}

/// Counts the events of some rows, up to the first one whose position does not follow, if any; and adds to `late` the rows
/// whose other process has not come as far as they say. Rows without a message may be among these.
#[inline(always)]
fn counted<const W: usize>(
    processes: &mut [Process],
    numbers: &Numbers<'_, W>,
    rows: Range<usize>,
    late: &mut u64,
) -> Option<New> {
    for row in rows.start..rows.end.min(BLOCK) {
        let (process, position) = (numbers.process(row), numbers.position(row) as i32);
        let before = processes.get(process).map_or(i32::MAX, |process| process.count);
        let (Some(known), true) = (processes.get_mut(process), position == before.wrapping_add(1)) else {
            return Some(New { row, process, before, base: position.wrapping_sub(1) });
        };
        known.count = position;
        // Which rows receive nobody can foretell: nothing here depends on it.
        *late |= u64::from(is_late(processes, numbers, row)) << row;
    }
    None
}

/// Whether the other process of a row has not come as far as the row says. A row without one has any number there.
#[inline(always)]
fn is_late<const W: usize>(processes: &[Process], numbers: &Numbers<'_, W>, row: usize) -> bool {
    let count = processes.get(numbers.peer(row)).map_or(UNSEEN, |process| process.count);
    i64::from(numbers.peer_position(row)) > i64::from(count)
}

/// What a row is, as far as it matters to the one behind.
fn kind(block: &Block, row: usize) -> u8 {
    let has = |set: u64| (set >> row & 1) as u8;
    has(block.send) | has(block.receive) << 1 | has(block.step) << 2
}
