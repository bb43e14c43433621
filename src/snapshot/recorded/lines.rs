//! The lines of one snapshot, by process and by channel.

use std::collections::BTreeMap;

use crate::ids::ProcessId;
use crate::source::Span;
use crate::trace::{Mark, MarkAction, Trace};

/// One line: after how many events of its process, and its address. Of one process, later lines have higher addresses
/// only within one file; the order of the log is that of `number`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) position: u32,
    pub(super) number: usize,
    pub(super) at: u64,
}

/// A `record` line with its claims.
#[derive(Clone, Copy, Debug)]
pub(super) struct RecordLine {
    pub(super) position: u32,
    pub(super) number: usize,
    pub(super) at: u64,
    pub(super) state: Option<Span>,
    pub(super) channels: Option<Span>,
}

/// What one process logged of the snapshot.
#[derive(Clone, Debug, Default)]
pub(super) struct OfProcess {
    pub(super) records: Vec<RecordLine>,
    /// The first marker that it received, and from whom.
    pub(super) first_marker: Option<(Line, ProcessId)>,
    pub(super) last_marker: Option<Line>,
    pub(super) first_send: Option<Line>,
}

/// All lines of one snapshot.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) of: Vec<OfProcess>,
    /// Markers sent and received, by sender and receiver, in the order of the log.
    pub(super) sends: BTreeMap<(ProcessId, ProcessId), Vec<Line>>,
    pub(super) receives: BTreeMap<(ProcessId, ProcessId), Vec<Line>>,
}

impl Lines {
    /// Sorts the lines of a snapshot. Time: O(lines + processes), and finding each channel.
    pub(super) fn of(trace: &Trace, marks: &[&Mark]) -> Self {
        let mut lines = Self {
            of: vec![OfProcess::default(); trace.process_count()],
            sends: BTreeMap::new(),
            receives: BTreeMap::new(),
        };
        for (number, mark) in marks.iter().enumerate() {
            let line = Line { position: mark.position, number, at: mark.at };
            let own = &mut lines.of[mark.process.index()];
            match &mark.kind {
                MarkAction::Record { state, channels } => own.records.push(RecordLine {
                    position: mark.position,
                    number,
                    at: mark.at,
                    state: *state,
                    channels: *channels,
                }),
                MarkAction::Send(peers) => {
                    own.first_send.get_or_insert(line);
                    for &to in peers {
                        lines.sends.entry((mark.process, to)).or_default().push(line);
                    }
                }
                MarkAction::Receive(from) => {
                    own.first_marker.get_or_insert((line, *from));
                    own.last_marker = Some(line);
                    lines.receives.entry((*from, mark.process)).or_default().push(line);
                }
            }
        }
        lines
    }

    /// The first marker sent on a channel.
    pub(super) fn sent(&self, from: ProcessId, to: ProcessId) -> Option<Line> {
        self.sends.get(&(from, to))?.first().copied()
    }

    /// The first marker received on a channel.
    pub(super) fn received(&self, from: ProcessId, to: ProcessId) -> Option<Line> {
        self.receives.get(&(from, to))?.first().copied()
    }

    /// Whether any marker of the snapshot is logged.
    pub(super) fn has_markers(&self) -> bool {
        !self.sends.is_empty() || !self.receives.is_empty()
    }
}

/// Where channels lead, and the last protocol line of each process: the same for all snapshots of a trace.
#[derive(Debug)]
pub(super) struct Topology {
    /// Receivers by sender, in process order; nothing where every pair is a channel.
    rows: Option<Vec<Vec<ProcessId>>>,
    /// Address of the last protocol line of each process, of whatever snapshot.
    last_lines: Vec<Option<u64>>,
}

impl Topology {
    /// Time: O(processes + channels + protocol lines).
    pub(super) fn of(trace: &Trace) -> Self {
        let channels = trace.channels();
        let rows = channels.are_declared().then(|| {
            let mut rows = vec![Vec::new(); trace.process_count()];
            for (from, to) in channels.iter().map(|c| channels.ends(c)) {
                rows[from.index()].push(to);
            }
            rows.iter_mut().for_each(|row| row.sort_unstable());
            rows
        });
        let mut last_lines = vec![None; trace.process_count()];
        for mark in trace.marks() {
            last_lines[mark.process.index()] = Some(mark.at);
        }
        Self { rows, last_lines }
    }

    /// The processes to which there is a channel from `from`.
    pub(super) fn receivers(&self, trace: &Trace, from: ProcessId) -> impl Iterator<Item = ProcessId> {
        let (listed, all) = match &self.rows {
            Some(rows) => (rows[from.index()].as_slice(), 0..0),
            None => ([].as_slice(), 0..trace.process_count()),
        };
        listed.iter().copied().chain(all.map(ProcessId::at).filter(move |&to| to != from))
    }

    /// Whether a process is known to have gone on after the step in which it recorded at `record`: it has a later event,
    /// or a later protocol line that is no part of that step. If not, the log may end within the step.
    pub(super) fn went_on(&self, trace: &Trace, lines: &Lines, process: ProcessId, record: &RecordLine) -> bool {
        let own = &lines.of[process.index()];
        let received = own.last_marker.is_some_and(|line| line.number > record.number);
        let last = self.last_lines[process.index()];
        let in_step = last == Some(record.at)
            || last.is_some_and(|at| lines.last_send(process).is_some_and(|line| line.at == at))
            || last.is_some_and(|at| own.last_marker.is_some_and(|line| line.at == at));
        trace.events(process) > record.position || received || !in_step
    }
}

impl Lines {
    /// The last marker that a process sent.
    fn last_send(&self, process: ProcessId) -> Option<Line> {
        let first = (process, ProcessId::at(0));
        let own = self.sends.range(first..).take_while(|((from, _), _)| *from == process);
        own.filter_map(|(_, lines)| lines.last().copied()).max_by_key(|line| line.number)
    }
}
