//! Plain events by the thousand: their processes are numbered in the order of the log and their events counted, then the
//! [ends](Ends) of their messages are taken.

use std::cell::Cell;

use super::Builder;
use super::ends::{Ends, Named};
use crate::format::record::{PlainBlock, PlainBlocks, PlainLines, PlainRun, PlainTransfer, UNKNOWN};
use crate::ids::{EventId, ProcessId, TooMany};
use crate::trace::Keep;
use crate::trace::history::Packed;

/// Of so many lines, or of half as many sends or receives, the ends are taken at once.
pub(super) use crate::trace::pairing::AT_ONCE;

/// So many names are passed by in the time that the names of a line are looked up in.
const NAMES_A_LINE: usize = 16;

/// How lines are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    /// Nobody asks for single events.
    Together,
    /// Together, and then an algorithm is told of each.
    Retold,
    OneByOne,
}

impl Builder {
    /// Takes a run of plain events. Time: linear; space: what it keeps.
    pub(super) fn plain_run<'r>(&mut self, mut run: PlainRun<'r>) {
        self.begin();
        self.enter_block(run.block);
        self.get_to_know(&mut run);
        let PlainRun { block, text, lines: mut rest, names, known } = run;
        let known = match known.len() <= rest.len() {
            true => self.known(known, 0..known.len() as u32),
            false => {
                let ends = rest.sends.iter().chain(rest.receives);
                self.known(known, rest.processes.iter().copied().chain(ends.map(|end| end.peer)))
            }
        };
        let address = self.base + block as u64;
        self.plain_details(rest.details, (address, text), |name| of_name(&known, name));
        // So many of the next lines were glanced at; whether they are known to be more than can be retold.
        let (mut glanced, mut odd) = (0, false);
        while !rest.is_empty() {
            let ends_of = |lines: &PlainLines<'r>| {
                let (PlainLines { first, starts, sends, receives, details, .. }, named) = (*lines, Cell::new(0));
                let (texts, known) = (details.texts, &known);
                Ends { block, address, text, first, starts, sends, receives, texts, names, known, named }
            };
            self.put_off_if_many();
            if glanced == 0 {
                (glanced, odd) = (rest.len().min(AT_ONCE), false);
                self.glance(&ends_of(&rest.split(glanced).0));
            }
            let mut pace = self.pace(glanced);
            if pace == Pace::Retold {
                odd = odd || !self.can_retell(&rest.split(glanced).0, &ends_of(&rest.split(glanced).0));
                pace = if odd { Pace::OneByOne } else { pace };
            }
            let (lines, behind) = rest.split(if pace == Pace::OneByOne { 1 } else { glanced });
            glanced -= lines.len();
            let ends = ends_of(&lines);
            match EventId::new(self.events + lines.len()) {
                Ok(_) if pace == Pace::Retold => self.retell(&lines, &ends),
                Ok(_) => {
                    self.look_ahead(lines.len());
                    self.number_events(&lines, &ends);
                    self.take_ends(&ends);
                }
                Err(_) => self.too_many_events(&ends),
            }
            rest = behind;
        }
        self.known = known;
    }

    /// What is known of the names that the next plain events use.
    fn known(&mut self, numbers: &[u32], used: impl IntoIterator<Item = u32>) -> Vec<Named> {
        let mut known = std::mem::take(&mut self.known);
        known.resize(numbers.len(), Named::NOTHING);
        for name in used {
            let process = numbers[name as usize];
            let base = self.bases.get(process as usize).copied().unwrap_or(0);
            known[name as usize] = Named::of(process, base);
        }
        known
    }

    /// Tells who keeps what crosses a cut that so many events are about to come.
    pub(super) fn look_ahead(&mut self, more: usize) {
        if let Some(crossing) = &mut self.crossing {
            crossing.look_ahead(&self.counts, (self.events, more));
        }
    }

    /// How the next lines, so many, are to be taken for an algorithm that runs along, if any.
    fn pace(&self, lines: usize) -> Pace {
        match &self.crossing {
            Some(crossing) if crossing.is_near(&self.counts, lines) => Pace::OneByOne,
            Some(crossing) if crossing.is_awake() => Pace::Retold,
            _ => Pace::Together,
        }
    }

    /// The events that follow are of the block that starts here. They are numbered from how many events of their process
    /// there were before it; one that is not plain moves all that are behind it on.
    fn enter_block(&mut self, block: usize) {
        let block = Some(self.base + block as u64);
        if self.block != block {
            self.block = block;
            self.bases.clone_from(&self.counts);
        }
    }

    /// Numbers the processes that are new in a run, in the order in which it names them.
    fn get_to_know(&mut self, run: &mut PlainRun<'_>) {
        // Where odd lines leave runs of few, their own names are fewer than all.
        if run.known.len() <= run.lines.len() * NAMES_A_LINE && !run.known.contains(&UNKNOWN) {
            return;
        }
        for (line, process, _, transfer) in run.lines.iter() {
            let peer = transfer.filter(|transfer| transfer.has_peer).map(|transfer| transfer.peer);
            for number in [Some(process), peer].into_iter().flatten() {
                if run.known[number as usize] == UNKNOWN
                    && let Some(process) = self.process_id(&run.names[number as usize], &run.at(line))
                {
                    run.known[number as usize] = process.index() as u32;
                }
            }
        }
    }

    /// Counts the events, up to each that starts a stretch, and keeps what is kept of them.
    pub(super) fn number_events(&mut self, lines: &PlainLines<'_>, ends: &Ends<'_>) {
        let mut done = 0;
        while done < lines.len() {
            let mut some = lines.len() - done;
            if self.has_stretches() {
                if self.stretches.is_due(self.events) {
                    self.stretches.start(ends.address + u64::from(lines.starts[done]), self.events, &self.counts);
                }
                some = some.min(self.stretches.left(self.events));
            }
            let mut left_out = 0;
            for &name in &lines.processes[done..done + some] {
                match self.counts.get_mut(ends.process(name) as usize) {
                    Some(count) => *count += 1,
                    None => left_out += 1,
                }
            }
            self.events += some - left_out;
            done += some;
        }
        if self.keep.has_order() || self.keep.has_actions() {
            self.keep_events(lines, ends);
        }
    }

    /// Where the trace keeps more of events: their order, their lines, and room for what they do.
    fn keep_events(&mut self, lines: &PlainLines<'_>, ends: &Ends<'_>) {
        for (&start, &name) in lines.starts.iter().zip(lines.processes) {
            let process = ends.process(name);
            if process == UNKNOWN {
                continue;
            }
            if self.keep.has_order() {
                self.log.push(ProcessId::at(process as usize));
            }
            if self.keep.has_actions() {
                self.histories[process as usize].actions.push(Packed::STEP);
            }
            if self.keep == Keep::Events {
                self.histories[process as usize].at.push(ends.address + u64::from(start));
            }
        }
    }

    /// One of them is the first one too many.
    #[cold]
    fn too_many_events(&mut self, ends: &Ends<'_>) {
        let first = EventId::LIMIT.saturating_sub(self.events);
        let start = ends.starts.get(first).map_or(0, |&start| start as usize);
        self.too_many(TooMany { what: "events", limit: EventId::LIMIT }, &ends.line(start));
    }
}

/// Where no single line is asked for: the messages of a trace that keeps no events, or those that cross a cut which is
/// known.
impl PlainBlocks for Builder {
    fn plain_block(&mut self, plain: &PlainBlock<'_>) -> bool {
        // Who looks at single lines names the processes that are new, and tells which event is the first one too many.
        if names_unknown(plain) || EventId::new(self.events + plain.events).is_err() {
            return false;
        }
        self.begin();
        self.enter_block(plain.block);
        let PlainBlock { block, text, events, counts, sends, receives, details, names, known, .. } = *plain;
        let known = self.known(known, 0..known.len() as u32);
        let address = self.base + block as u64;
        self.plain_details(details, (address, text), |name| of_name(&known, name));
        self.look_ahead(events);
        if self.has_stretches() && self.stretches.is_due(self.events) {
            self.stretches.start(address, self.events, &self.counts);
        }
        for &(name, count) in counts {
            self.counts[known[name as usize].process as usize] += count;
        }
        self.events += events;
        let (mut sends, mut receives) = (sends, receives);
        while !(sends.is_empty() && receives.is_empty()) {
            self.put_off_if_many();
            // Up to the line of the first that is one too many.
            let stop =
                |ends: &[PlainTransfer]| ends.get(AT_ONCE / 2).map_or(u32::MAX, |end| u32::from(end.event.line()));
            let stop = stop(sends).min(stop(receives));
            let (some_sends, some_receives);
            (some_sends, sends) = before(sends, stop);
            (some_receives, receives) = before(receives, stop);
            let (sends, receives) = (some_sends, some_receives);
            let (first, starts, known, named) = (0, &[][..], &known[..], Cell::new(0));
            let texts = details.texts;
            let ends = Ends { block, address, text, first, starts, sends, receives, texts, names, known, named };
            self.glance(&ends);
            self.take_ends(&ends);
        }
        self.known = known;
        true
    }
}

/// Whether any of these events names a process that is not known. Names that no plain event has may stay so.
fn names_unknown(plain: &PlainBlock<'_>) -> bool {
    let is_unknown = |name: u32| plain.known[name as usize] == UNKNOWN;
    let mut ends = plain.sends.iter().chain(plain.receives);
    plain.known.contains(&UNKNOWN)
        && (plain.counts.iter().any(|&(name, _)| is_unknown(name))
            || ends.any(|end| end.has_peer && is_unknown(end.peer)))
}

/// The process of a name, and how many events of it its plain events in the block are numbered from.
fn of_name(known: &[Named], name: u32) -> (u32, u32) {
    let Named { process, base, .. } = known[name as usize];
    (process, base)
}

/// The ends before a line, and those from there on.
fn before(ends: &[PlainTransfer], line: u32) -> (&[PlainTransfer], &[PlainTransfer]) {
    let few = &ends[..ends.len().min(AT_ONCE / 2)];
    ends.split_at(few.partition_point(|end| u32::from(end.event.line()) < line))
}

/// The line around a place of a block, by its bytes in the source.
pub(super) fn line_around(text: &[u8], block: usize, at: usize) -> std::ops::Range<usize> {
    let (before, behind) = text.split_at(at.min(text.len()));
    let start = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
    let end = memchr::memchr(b'\n', behind).map_or(text.len(), |end| before.len() + end);
    block + start..block + end
}
