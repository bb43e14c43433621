//! One pass over the columns: is the pairing in them sound, and what does a cut make of the messages?
//!
//! Nothing in the file is trusted. Events are counted by process; where somebody takes positions from their column, that
//! must say the same. When a message is sent its receiver must not have come as far as the send says: so each receive
//! stands behind its send. And the sends that know their receive and the receives that know their send must tell of the
//! same messages: they are equally many, and a sum over both vanishes ([`sums`]). Then pairing is one to one, and the order
//! of the rows respects happens-before. (Two rows that claim each other pair in the sum whatever they are; two sends
//! cannot, as either would be behind the other, and two receives would make receives too many.)
//!
//! Parts of the file are looked at side by side. A part does not know how many events there were before it: what it
//! takes for granted of these is kept, and held against the parts before when they are joined.
//!
//! Columns are looked at where they are mapped. Four fifths of the time goes into what is asked of rows, while the
//! processor fetches those ahead. Read piece by piece into room that stays in a near cache they took a sixth longer: to copy
//! them costs more than to map them and to let go of them, and that they are near saves little.

use super::Refused;
use super::counts::{Process, UNSEEN, counted, every, held, process_of};
use super::lanes::Lanes;
use super::numbers::{End, Numbers};
use super::rows::{BLOCK, Block, Rows, each};
use super::sends::{EITHER, INSIDE, OUTSIDE, sent};
use super::shaped::Codes;
use super::sums::{self, Keys};
use crate::trace::messages::NEVER;

/// So many rows at most, and as many events before a part.
pub(super) const MOST: u32 = 1 << 30;

/// A limit of all there is: it holds no receive that never comes.
const ALL: u32 = NEVER - 1;

/// Blocks that are known to lie on one side of the cut or not, all at once.
const STRETCH: usize = 64;

/// What is asked of a part.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'q> {
    pub(super) codes: Codes,
    /// Up to where each process is inside of the cut.
    pub(super) limits: &'q [u32],
    pub(super) keys: Keys,
    /// Whether somebody takes positions from their column, so that it must be right. Else it is not looked at, a third of all
    /// bytes, but for how many events there were before a part.
    pub(super) positions: bool,
}

/// Where the next events of all processes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Inside,
    Outside,
    Either,
}

/// What a part of the file shows; numbers of processes are those of the dictionary.
#[derive(Debug)]
pub(super) struct Part {
    processes: Vec<Process>,
    /// Of each process, how many events there must be before this part for its positions to be right.
    bases: Vec<u32>,
    /// Of each process, the first event that receives what this part sends before it shows the process.
    awaited: Vec<u32>,
    lanes: Lanes,
    /// Nothing, once all parts are added, if sends and receives tell of the same messages.
    sum: u64,
    /// How many sends there are more than receives, of those that know their other end.
    surplus: i64,
    pub(super) events: usize,
    pub(super) sends: usize,
    pub(super) continued: usize,
    pub(super) before: usize,
    pub(super) after: usize,
    /// Whether a message overtakes another.
    pub(super) overtaken: bool,
    /// Whether a message is received inside and sent outside.
    pub(super) orphan: bool,
    /// Rows of sends inside that are received outside or never, and their positions.
    pub(super) crossing: Vec<(usize, u32)>,
    /// Rows of receives that know of no send.
    pub(super) holes: Vec<usize>,
    /// Rows that are no events, each with how many events were before.
    pub(super) odd: Vec<(usize, usize)>,
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
    fn new<const W: usize>(asked: &Asked<'_>, is_first: bool) -> Self {
        let count = if is_first { 0 } else { UNSEEN };
        let n = asked.limits.len();
        let mut processes: Vec<Process> =
            asked.limits.iter().map(|&limit| Process { count, limit: limit.min(ALL) }).collect();
        processes.resize(n.max(every::<W>()), Process { count: UNSEEN, limit: 0 });
        Self {
            processes,
            bases: vec![count; n],
            awaited: vec![NEVER; n],
            lanes: Lanes::of(n),
            sum: 0,
            surplus: 0,
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
        #[cfg(target_arch = "x86_64")]
        if let Some(part) = fast::of::<W>(asked, batches, is_first) {
            return part;
        }
        Self::by(asked, batches, is_first, sums::portable::<W>)
    }

    /// The same, with what sums the messages of some rows.
    #[inline(always)]
    fn by<const W: usize>(
        asked: &Asked<'_>,
        batches: &[Rows<'_, '_>],
        is_first: bool,
        sum: impl Fn(Keys, &Numbers<'_, W>, u64) -> u64,
    ) -> Result<Self, Refused> {
        let mut part = Self::new::<W>(asked, is_first);
        let mut end = End::<W>::default();
        // The last row of the batch before.
        let mut last = None;
        let stretch = STRETCH.max(asked.limits.len() / 16);
        let (mut side, mut left) = (Side::Either, 0);
        let mut positions = [[0; 4]; BLOCK];
        for rows in batches {
            let side_by_side = rows.side_by_side(asked.codes, &mut end)?;
            for index in 0..side_by_side.len() {
                let Some((block, mut numbers)) = side_by_side.block(index) else { break };
                if left == 0 {
                    // What goes on may be of the last event inside, which is counted already.
                    let goes_on = block.continues & 1 == 1;
                    (side, left) = if goes_on { (Side::Either, 1) } else { (part.side(stretch * BLOCK), stretch) };
                }
                left -= 1;
                let events = block.step | block.send | block.receive;
                if events & block.placed & !block.continues == block.all {
                    let mut rows = 0..block.rows;
                    while let Some(new) = match asked.positions {
                        true => held(&mut part.processes, &numbers, rows.clone()),
                        false => counted(&mut part.processes, &numbers, rows.clone(), &mut positions),
                    } {
                        part.first_seen(new.process, new.before, new.base)?;
                        rows.start = new.row;
                    }
                    if !asked.positions {
                        numbers.position = &positions;
                    }
                    part.events += block.rows;
                } else {
                    let before = match index {
                        0 => last,
                        _ => side_by_side.block(index - 1).map(|(block, numbers)| kind_of_last(&block, &numbers)),
                    };
                    part.count_odd(rows, block, &numbers, events, before)?;
                }
                if (block.receive & block.ended | block.send) & !block.peered != 0 {
                    return Err(Refused::new("a message lacks its other process"));
                }
                part.sends(rows, &block, &numbers, side)?;
                let (sent, received) = (block.send & block.ended, block.receive & block.ended);
                part.sum = part.sum.wrapping_add(sum(asked.keys, &numbers, sent | received));
                part.surplus += i64::from(sent.count_ones()) - i64::from(received.count_ones());
                let holes = block.receive & !block.ended;
                if holes != 0 {
                    part.holes.extend(each(holes).map(|row| rows.batch.first + block.first + row));
                }
            }
            let behind = side_by_side.len().checked_sub(1).and_then(|index| side_by_side.block(index));
            last = behind.map(|(block, numbers)| kind_of_last(&block, &numbers)).or(last);
        }
        match part.processes.get(part.bases.len()..).unwrap_or_default().iter().any(|other| other.count != UNSEEN) {
            true => Err(no_process()),
            false => Ok(part),
        }
    }

    /// On which side of the cut all events of so many rows are.
    fn side(&self, rows: usize) -> Side {
        let known = self.processes.get(..self.bases.len()).unwrap_or_default();
        let is_inside = |process: &Process| {
            process.limit == ALL || process.count != UNSEEN && process.count as usize + rows <= process.limit as usize
        };
        if known.iter().all(is_inside) {
            Side::Inside
        } else if known.iter().all(|process| process.count != UNSEEN && process.count >= process.limit) {
            Side::Outside
        } else {
            Side::Either
        }
    }

    /// A process has an event in this part, and `base` before it.
    #[cold]
    fn first_seen(&mut self, process: usize, count: u32, base: u32) -> Result<(), Refused> {
        let known = self.bases.get_mut(process).ok_or_else(no_process)?;
        if count != UNSEEN || base > MOST {
            return Err(not_counted());
        }
        *known = base;
        self.processes[process].count = base;
        Ok(())
    }

    /// The receiver of a message has come past its receive after the block of rows that sends it, or was not seen: had it
    /// not come so far at the row that sends it?
    #[inline(always)]
    fn is_causal<const W: usize>(&self, block: &Block, numbers: &Numbers<'_, W>, row: usize) -> bool {
        let (to, received) = (numbers.peer(row), numbers.peer_position(row));
        let count = process_of::<W>(&self.processes, to).count;
        let behind = (block.step | block.send | block.receive) & !block.continues & (!1 << row);
        let later = (numbers.rows_of(to) & behind).count_ones();
        count != UNSEEN && received > count.saturating_sub(later)
    }

    /// A message to a process that this part did not show yet: it must be received behind.
    #[cold]
    fn await_receive(&mut self, to: usize, received: u32) -> Result<(), Refused> {
        let awaited = self.awaited.get_mut(to).ok_or_else(no_process)?;
        if self.processes.get(to).is_none_or(|process| process.count != UNSEEN) {
            return Err(not_causal());
        }
        *awaited = received.min(*awaited);
        Ok(())
    }

    /// The same as [`held`] where not every row is an event of its own.
    #[cold]
    fn count_odd<const W: usize>(
        &mut self,
        rows: &Rows<'_, '_>,
        block: Block,
        numbers: &Numbers<'_, W>,
        events: u64,
        before: Option<(u8, usize)>,
    ) -> Result<(), Refused> {
        let mut before = before;
        for row in 0..block.rows {
            let has = |set: u64| set >> row & 1 == 1;
            let (kind, process) = (kind(&block, row), numbers.process(row));
            let new = u32::from(has(events) && !has(block.continues));
            if has(block.continues) {
                self.continued += 1;
                if before != Some((kind, process)) || has(block.step) {
                    return Err(Refused::new("a row continues another record than the one before it"));
                }
            }
            if has(block.placed) {
                let count = self.processes.get(process).ok_or_else(no_process)?.count;
                let base = numbers.position(row).wrapping_sub(new);
                if base != count || count == UNSEEN {
                    self.first_seen(process, count, base)?;
                }
                self.processes[process].count = numbers.position(row);
            } else if has(events) {
                return Err(not_counted());
            }
            if !has(events) {
                self.odd.push((rows.batch.first + block.first + row, self.events));
            }
            self.events += new as usize;
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
        side: Side,
    ) -> Result<(), Refused> {
        self.sends += block.send.count_ones() as usize;
        let ended = block.send & block.ended;
        let first = rows.batch.first + block.first;
        let (processes, lanes) = (self.processes.as_slice(), &mut self.lanes);
        // It arrives later, and outside as well, where all is outside.
        let sent = match side {
            Side::Inside => sent::<W, { INSIDE }>(processes, lanes, numbers, ended),
            Side::Outside => sent::<W, { OUTSIDE }>(processes, lanes, numbers, ended),
            Side::Either => sent::<W, { EITHER }>(processes, lanes, numbers, ended),
        };
        for row in each(sent.odd) {
            let (from, to) = (numbers.process(row), numbers.peer(row));
            self.overtaken |= self.lanes.receive(from, to, numbers.peer_position(row));
        }
        for row in each(sent.awaits) {
            if !self.is_causal(block, numbers, row) {
                self.await_receive(numbers.peer(row), numbers.peer_position(row))?;
            }
        }
        let across = sent.inside ^ sent.arrives;
        self.orphan |= across & sent.arrives != 0;
        self.before += (sent.inside & sent.arrives).count_ones() as usize;
        self.after += (ended & !(sent.inside | sent.arrives)).count_ones() as usize;
        if across != 0 {
            self.crossing.extend(each(across).map(|row| (first + row, numbers.position(row))));
        }
        for row in each(block.send & !block.ended) {
            let (from, to) = (numbers.process(row), numbers.peer(row));
            let sender = process_of::<W>(&self.processes, from);
            let position = numbers.position(row);
            match position <= sender.limit {
                true => self.crossing.push((first + row, position)),
                false => self.after += 1,
            }
            self.lanes.lose(from, to);
        }
        Ok(())
    }

    /// Adds the part behind.
    pub(super) fn join(&mut self, next: Self) -> Result<(), Refused> {
        for (process, (known, more)) in self.processes.iter_mut().zip(&next.processes).enumerate() {
            let (Some(&base), Some(&awaited)) = (next.bases.get(process), next.awaited.get(process)) else { break };
            if awaited <= known.count {
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
        self.sum = self.sum.wrapping_add(next.sum);
        self.surplus += next.surplus;
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
        let n = self.bases.len();
        if self.lanes.used().any(|((from, to), _)| from >= n || to >= n) {
            return Err(no_process());
        }
        if self.lanes.used().any(|((from, to), _)| from == to) {
            return Err(Refused::new("a process sends to itself"));
        }
        match (self.sum, self.surplus) {
            (0, 0) => Ok(self),
            _ => Err(Refused::new("its sends and receives do not tell of the same messages")),
        }
    }

    /// How many events each process has, once all parts are joined.
    pub(super) fn counts(&self) -> impl Iterator<Item = u32> {
        self.processes.iter().take(self.bases.len()).map(|process| process.count)
    }

    /// The channels that messages are sent on.
    pub(super) fn channels(&self) -> Vec<(usize, usize)> {
        let mut channels: Vec<(usize, usize)> = self.lanes.used().map(|(ends, _)| ends).collect();
        channels.sort_unstable();
        channels
    }
}

/// The last row of a block: what it is, and whose.
fn kind_of_last<const W: usize>(block: &Block, numbers: &Numbers<'_, W>) -> (u8, usize) {
    let row = block.rows.saturating_sub(1) % BLOCK;
    (kind(block, row), numbers.process(row))
}

/// What a row is, as far as it matters to the one behind.
fn kind(block: &Block, row: usize) -> u8 {
    let has = |set: u64| (set >> row & 1) as u8;
    has(block.send) | has(block.receive) << 1 | has(block.step) << 2
}

/// The same for processors that have more.
#[cfg(target_arch = "x86_64")]
mod fast {
    use std::arch::is_x86_feature_detected;

    use super::{Asked, Part, Refused, Rows, sums};

    /// A part, if this processor can.
    #[expect(unsafe_code, reason = "instructions that this processor is asked for first")]
    pub(super) fn of<const W: usize>(
        asked: &Asked<'_>,
        batches: &[Rows<'_, '_>],
        is_first: bool,
    ) -> Option<Result<Part, Refused>> {
        let has_all = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt")
            && is_x86_feature_detected!("popcnt");
        // SAFETY: the function is safe but for the features that it is compiled for, and the processor has each of them.
        // Measured need: a hundred million rows take twice as long without them.
        has_all.then(|| unsafe { by_eight::<W>(asked, batches, is_first) })
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn by_eight<const W: usize>(asked: &Asked<'_>, batches: &[Rows<'_, '_>], is_first: bool) -> Result<Part, Refused> {
        Part::by(asked, batches, is_first, |keys, numbers, rows| sums::by_eight::<W>(keys, numbers, rows))
    }
}
