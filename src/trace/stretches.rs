//! Where single events stand, for a trace that does not keep it: how far each process had come at places all over the
//! log, so that a few of its lines are enough to find an event again.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::{Keep, Names, Trace};
use crate::format::record::{EventRecord, Events, Sink};
use crate::ids::ProcessId;
use crate::source::Source;

/// A stretch has so many events for each process of the log, and no fewer than [`FEWEST`]: a quarter of a byte an event.
/// Where the log is read block by block, it goes on to the end of a block.
const PER_PROCESS: usize = 16;
/// See [`PER_PROCESS`].
const FEWEST: usize = 1024;

/// No source reaches this address.
const NOWHERE: u64 = u64::MAX;

/// Consecutive events of one process.
#[derive(Clone, Copy, Debug)]
struct Own {
    address: u64,
    len: u32,
    /// How many events the process has before it.
    before: u32,
}

/// One of the stretches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stretch {
    OfAll(usize),
    Of(ProcessId, usize),
}

/// The log in stretches of consecutive events.
#[derive(Clone, Default)]
pub(super) struct Stretches {
    /// For each its first event's address, and where its counts end.
    starts: Vec<(u64, usize)>,
    /// For each stretch how many events each process has before it; processes that come later have none.
    counts: Vec<u32>,
    /// How many events there are before the next stretch.
    next: usize,
    /// Of a log that is read by sections, the stretches of each process, in order.
    of_process: Vec<Vec<Own>>,
    /// Events that were looked up: process, number and address, in this order.
    found: Vec<(ProcessId, u32, u64)>,
}

/// What was looked up: where stretches start says how the log was read, and not what it says.
impl fmt::Debug for Stretches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stretches").field("found", &self.found).finish_non_exhaustive()
    }
}

impl Stretches {
    /// Whether a stretch starts after so many events.
    #[inline(always)]
    pub(super) fn is_due(&self, events: usize) -> bool {
        events >= self.next
    }

    /// How many more events there are before a stretch starts; 0 where one is due.
    #[inline(always)]
    pub(super) fn left(&self, events: usize) -> usize {
        self.next.saturating_sub(events)
    }

    /// Starts a stretch at an event's address; `counts` are the events of each process before it. Those that are named
    /// already and have none make no difference.
    #[cold]
    pub(super) fn start(&mut self, address: u64, events: usize, counts: &[u32]) {
        let with_events = counts.iter().rposition(|&count| count > 0).map_or(0, |last| last + 1);
        self.counts.extend_from_slice(&counts[..with_events]);
        self.starts.push((address, self.counts.len()));
        self.next = events + FEWEST.max(PER_PROCESS * with_events);
    }

    /// So many bytes at an address are events of one process, which has so many before them.
    pub(super) fn start_of(&mut self, process: ProcessId, before: u32, (address, bytes): (u64, usize)) {
        let (index, len) = (process.index(), u32::try_from(bytes).unwrap_or(u32::MAX));
        if self.of_process.len() <= index {
            self.of_process.resize_with(index + 1, Vec::new);
        }
        self.of_process[index].push(Own { address, len, before });
    }

    /// How many events each of so many processes has before a stretch.
    fn counts(&self, stretch: Stretch, processes: usize) -> Vec<u32> {
        let mut counts = match stretch {
            Stretch::OfAll(stretch) => self.before(stretch).to_vec(),
            Stretch::Of(..) => Vec::new(),
        };
        counts.resize(processes, 0);
        if let Stretch::Of(process, stretch) = stretch {
            counts[process.index()] = self.of_process[process.index()][stretch].before;
        }
        counts
    }

    /// How many events each process has before a stretch, as far as they were known.
    fn before(&self, stretch: usize) -> &[u32] {
        let start = stretch.checked_sub(1).map_or(0, |last| self.starts[last].1);
        &self.counts[start..self.starts[stretch].1]
    }

    /// The stretch of an event.
    fn of(&self, process: ProcessId, number: u32) -> Option<Stretch> {
        if let Some(own) = self.of_process.get(process.index()) {
            let behind = own.partition_point(|own| own.before < number);
            return Some(Stretch::Of(process, behind.checked_sub(1)?));
        }
        let all = 0..self.starts.len();
        let reaches = |stretch: usize| self.before(stretch).get(process.index()).is_some_and(|&k| k >= number);
        let (mut low, mut high) = (all.start, all.end);
        while low < high {
            let middle = low + (high - low) / 2;
            if reaches(middle) { high = middle } else { low = middle + 1 }
        }
        low.checked_sub(1).map(Stretch::OfAll)
    }

    /// The addresses of a stretch.
    fn range(&self, stretch: Stretch) -> Range<u64> {
        match stretch {
            Stretch::OfAll(stretch) => {
                self.starts[stretch].0..self.starts.get(stretch + 1).map_or(NOWHERE, |next| next.0)
            }
            Stretch::Of(process, stretch) => {
                let Own { address, len, .. } = self.of_process[process.index()][stretch];
                address..address + u64::from(len)
            }
        }
    }

    /// The address of an event that was looked up.
    fn address(&self, process: ProcessId, number: u32) -> Option<u64> {
        let at = self.found.binary_search_by_key(&(process, number), |&(p, k, _)| (p, k)).ok()?;
        Some(self.found[at].2)
    }
}

impl Trace {
    /// Looks up where a few events stand, in a trace that does not keep it of all ([`Keep`]): then [`Trace::address`]
    /// and [`Trace::locate`] know them. `read` reads a piece of the source of a number, which starts and ends between
    /// two records.
    ///
    /// Time: the stretches of the log that hold them, each about a thousand events or 16 for each process; nothing where
    /// all are kept. An event that is not found, as when the file has changed, stays unknown.
    pub fn look_up(
        &mut self,
        events: impl IntoIterator<Item = (ProcessId, u32)>,
        mut read: impl FnMut(usize, &Arc<Source>, &mut dyn Sink),
    ) {
        if self.keep == Keep::Events {
            return;
        }
        let stretches = &self.stretches;
        let mut asked: Vec<(Stretch, ProcessId, u32)> = events
            .into_iter()
            .filter(|&(process, number)| stretches.address(process, number).is_none())
            .filter_map(|(process, number)| Some((stretches.of(process, number)?, process, number)))
            .collect();
        asked.sort_unstable();
        asked.dedup();
        let mut found = Vec::with_capacity(asked.len());
        for together in asked.chunk_by(|a, b| a.0 == b.0) {
            let stretch = together[0].0;
            let counts = stretches.counts(stretch, self.processes.len());
            let mut finder = Finder { names: &self.processes, counts, asked: together, base: 0, found: &mut found };
            for (number, base, piece) in self.sources.pieces(stretches.range(stretch)) {
                finder.base = base;
                read(number, &Arc::new(piece), &mut Events(|event: &EventRecord<'_>| finder.event(event)));
            }
        }
        self.stretches.found.append(&mut found);
        self.stretches.found.sort_unstable();
    }

    /// Adds a source that shows some events, each with the place of its line there: then [`Trace::address`] and
    /// [`Trace::locate`] know them.
    pub fn show(&mut self, source: Arc<Source>, events: impl IntoIterator<Item = (ProcessId, u32, usize)>) {
        let base = self.sources.push(source);
        let found = &mut self.stretches.found;
        found.extend(events.into_iter().map(|(process, number, offset)| (process, number, base + offset as u64)));
        found.sort_unstable();
        found.dedup_by_key(|&mut (process, number, _)| (process, number));
    }

    /// Where the line of an event starts, as an address in [`Self::sources`]; an address in none of them where it is
    /// neither kept nor looked up.
    pub fn address(&self, process: ProcessId, number: u32) -> u64 {
        let at = &self.histories[process.index()].at;
        match (number as usize).checked_sub(1) {
            Some(index) if index < at.len() => at.get(index),
            _ => self.stretches.address(process, number).unwrap_or(NOWHERE),
        }
    }
}

/// Counts the events of each process, and notes where those that are asked for stand.
struct Finder<'f> {
    names: &'f Names,
    counts: Vec<u32>,
    /// Stretch, process and number, in order.
    asked: &'f [(Stretch, ProcessId, u32)],
    /// Address of the piece's first byte.
    base: u64,
    found: &'f mut Vec<(ProcessId, u32, u64)>,
}

impl Finder<'_> {
    fn event(&mut self, event: &EventRecord<'_>) {
        let Some(index) = self.names.find(event.process) else { return };
        let process = ProcessId::at(index);
        self.counts[index] = self.counts[index].saturating_add(1);
        let number = self.counts[index];
        if self.asked.binary_search_by_key(&(process, number), |&(_, p, k)| (p, k)).is_ok() {
            self.found.push((process, number, self.base + event.at.start as u64));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Builder;

    /// What is looked up is where a trace that keeps all events has it: in files that start anywhere in a stretch.
    #[test]
    fn events_are_found_where_they_stand() {
        let line = |i: usize| match i % 7 {
            0 => format!("# {i}\n\nP{}: step\n", i % 3),
            3 => format!("  P{}: send m{i} -> Q\n", i % 5),
            4 => format!("Q: receive m{}\n", i - 1),
            _ => format!("P{} e{i}: step x={i}\n", i % 11),
        };
        let files: Vec<Arc<Source>> = [0..10, 10..4000, 4000..4001, 4001..9000]
            .into_iter()
            .map(|lines| Arc::new(Source::from_text("log", lines.map(line).collect::<String>())))
            .collect();
        let trace = |mut builder: Builder| {
            for file in &files {
                builder.source(file.clone());
                crate::format::text::read(file, &mut builder);
            }
            builder.finish().unwrap()
        };
        let (whole, mut lean) = (trace(Builder::new()), trace(Builder::keeping(Keep::Messages)));
        assert!(lean.stretches.starts.len() > 5);
        let all: Vec<_> = whole.processes().flat_map(|p| (1..=whole.events(p)).map(move |k| (p, k))).collect();
        assert!(all.iter().all(|&(p, k)| lean.locate(p, k).is_none()));
        let mut pieces = 0;
        let read = |_: usize, piece: &Arc<Source>, sink: &mut dyn Sink| {
            pieces += 1;
            crate::format::text::read(piece, sink);
        };
        // Twice, the second time some more.
        lean.look_up([all[0], all[5000], all[5000]], read);
        assert_eq!(lean.locate(all[5000].0, all[5000].1), whole.locate(all[5000].0, all[5000].1));
        assert!(pieces <= 4, "{pieces}");
        lean.look_up(all.iter().copied(), |_, piece, sink| crate::format::text::read(piece, sink));
        for (process, number) in all {
            assert_eq!(lean.address(process, number), whole.address(process, number));
        }
    }
}
