//! What a trace says of single events beyond their messages: labels, states, times, clocks, lines.

use super::build::ARENA;
use super::{LineCount, Mark, Names, Remarked, Trace, text_at};
use crate::format::time::Time;
use crate::ids::ProcessId;
use crate::source::{Location, Sources, Span};

/// Details: what reports show and rules compare.
impl Trace {
    /// The text of a span of this trace.
    pub fn text(&self, span: Span) -> Option<&str> {
        text_at(&self.sources, &self.arena, span)
    }

    /// The bytes of a span.
    pub(super) fn bytes(&self, span: Span) -> Option<&[u8]> {
        match span.start.checked_sub(ARENA) {
            Some(start) => self.arena.as_bytes().get(start as usize..start as usize + span.len as usize),
            None => self.sources.bytes(span),
        }
    }

    /// The label of an event.
    pub fn label(&self, process: ProcessId, number: u32) -> Option<&str> {
        self.histories[process.index()].labels.get(number).and_then(|span| self.text(span))
    }

    /// The number of the event with a label. Time: linear in the labels of the process.
    pub fn find_label(&self, process: ProcessId, label: &str) -> Option<u32> {
        let mut labels = self.histories[process.index()].labels.iter();
        labels.find(|&(_, span)| self.text(span) == Some(label)).map(|(number, _)| number)
    }

    /// All labels of a process, with the numbers of their events.
    pub fn labels(&self, process: ProcessId) -> impl Iterator<Item = (u32, &str)> {
        self.histories[process.index()].labels.iter().filter_map(|(number, span)| Some((number, self.text(span)?)))
    }

    /// Free text that describes an event.
    pub fn note(&self, process: ProcessId, number: u32) -> Option<&str> {
        self.histories[process.index()].notes.get(number).and_then(|span| self.text(span))
    }

    /// The initial state of a process, a JSON object's text.
    pub fn initial_state(&self, process: ProcessId) -> Option<&str> {
        self.initial[process.index()].and_then(|span| self.text(span))
    }

    /// The states that the events of a process set, in order: number of the event, a JSON object's text.
    pub fn state_changes(&self, process: ProcessId) -> impl Iterator<Item = (u32, &str)> {
        self.histories[process.index()].states.iter().filter_map(|(number, span)| Some((number, self.text(span)?)))
    }

    /// Whether any state is logged.
    pub fn has_states(&self) -> bool {
        self.initial.iter().any(Option::is_some) || self.histories.iter().any(|h| !h.states.is_empty())
    }

    /// When an event happened, by its process's own clock.
    pub fn time(&self, process: ProcessId, number: u32) -> Option<Time> {
        self.histories[process.index()].times.get(number)
    }

    /// The times of a process, with the numbers of their events.
    pub fn times(&self, process: ProcessId) -> impl Iterator<Item = (u32, Time)> + '_ {
        self.histories[process.index()].times.iter()
    }

    /// Whether any time is logged.
    pub fn has_times(&self) -> bool {
        self.histories.iter().any(|h| !h.times.is_empty())
    }

    /// The clock that an event logged: numbers of names (see [`Self::clock_name`]) and counts, no zeros.
    pub fn clock(&self, process: ProcessId, number: u32) -> Option<impl Iterator<Item = (usize, u32)> + '_> {
        let pairs = self.counts(process, number)?;
        Some(pairs.iter().map(|&(name, count)| (name as usize, count)))
    }

    /// The same as it is kept.
    #[inline]
    pub(super) fn counts(&self, process: ProcessId, number: u32) -> Option<&[(u32, u32)]> {
        self.histories[process.index()].clocks.get(number).map(|clock| self.counts_of(clock))
    }

    /// The clocks that a process logged, with the numbers of their events.
    pub(super) fn clocks(&self, process: ProcessId) -> impl Iterator<Item = (u32, &[(u32, u32)])> {
        self.histories[process.index()].clocks.iter().map(|(number, clock)| (number, self.counts_of(clock)))
    }

    fn counts_of(&self, (start, len): (u32, u32)) -> &[(u32, u32)] {
        &self.clock_pairs[start as usize..(start + len) as usize]
    }

    /// The name of each process in logged clocks, if it has one.
    pub(super) fn names_in_clocks(&self) -> Vec<Option<usize>> {
        let mut names = vec![None; self.process_count()];
        for (name, process) in self.clock_processes.iter().enumerate() {
            if let Some(process) = process {
                names[process.index()] = Some(name);
            }
        }
        names
    }

    /// One component of the clock that an event logged; 0 where it names others only.
    pub fn clock_component(&self, process: ProcessId, number: u32, of: ProcessId) -> Option<u32> {
        let mut pairs = self.clock(process, number)?;
        Some(pairs.find(|&(name, _)| self.clock_processes[name] == Some(of)).map_or(0, |(_, count)| count))
    }

    /// A name in logged clocks, and the process of that name if the trace has it.
    pub fn clock_name(&self, name: usize) -> (&str, Option<ProcessId>) {
        (self.clock_names.get(name), self.clock_processes[name])
    }

    /// Whether any clock is logged.
    pub fn has_clocks(&self) -> bool {
        self.histories.iter().any(|h| !h.clocks.is_empty())
    }

    /// The lines of snapshot protocols, in the order of the log.
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// The ids of the snapshots in [`Self::marks`].
    pub fn snapshots(&self) -> &Names {
        &self.snapshots
    }

    /// The cuts that the log names: name and text.
    pub fn named_cuts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.cuts.iter().filter_map(|cut| Some((cut.name.as_str(), self.text(cut.spec)?)))
    }

    /// The text of a cut that the log names, and its address: in no source where it does not stand there as it is read.
    pub fn named_cut(&self, name: &str) -> Option<(u64, &str)> {
        let cut = self.cuts.iter().find(|cut| cut.name == name)?;
        Some((cut.spec.start, self.text(cut.spec)?))
    }

    /// File, line and column of an event, where [`Self::address`] knows it. For reports: see [`Source::locate`].
    ///
    /// [`Source::locate`]: crate::source::Source::locate
    pub fn locate(&self, process: ProcessId, number: u32) -> Option<Location> {
        self.sources.locate(self.address(process, number))
    }

    /// The files.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// How many lines were read and skipped.
    pub fn lines(&self) -> &LineCount {
        &self.lines
    }

    /// What the reader of the log found odd, left out or decided.
    pub fn remarks(&self) -> &[Remarked] {
        &self.remarks
    }

    /// Bytes of memory in the columns of the trace, the files apart.
    pub fn memory(&self) -> usize {
        let histories: usize = self.histories.iter().map(|h| h.actions.len() * 4 + h.at.len() * 4).sum();
        histories + self.log.len() * 4 + self.messages.len() * 18
    }
}
