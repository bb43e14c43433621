//! Which event of a process counts how much in its own component of its logged clock, and where an event stands that the log lacks.
//!
//! Positions count the events that are logged, clocks those that happened. Where lines are missing the two part, and a
//! clock may know of an event that is not there. Its place among those that are is then between two positions: after
//! the last event that counts less and before the first that counts more. What follows for a cut:
//!
//! - a position stands directly behind its event, so what a cut holds of a process is known where lines are missing
//!   before or behind it;
//! - a cut that knows of a missing event is settled where the process stands elsewhere: behind the gap the event is inside,
//!   before the gap the cut is inconsistent by an event that is logged;
//! - where the process stands in that very gap the line of the event is needed: at the start and end of a log as it may be
//!   part of what the position stands for, between two events as nothing shows what else happened there;
//! - a count that starts again (a restart) names several events. What knows it is settled where the process stands
//!   behind all of them, or before the first.
//!
//! What nothing in a log shows is taken not to be: that the very lines around a restart are missing, where the program
//! forgot its clock; and what an event knows that has no clock, with no clock of its process behind it.

use hashbrown::HashMap;

use super::Trace;
use crate::ids::ProcessId;

/// Where an event stands that a clock knows of and no line is told to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Its count in its process's own component.
    pub count: u32,
    /// It comes after this position, or at it: a cut that stands before is inconsistent.
    pub after: u32,
    /// A cut that stands here or behind holds it.
    pub until: u32,
    /// It may be one of the events that are logged.
    pub logged: bool,
}

/// The counts of a process of its own events.
#[derive(Debug)]
pub(super) enum Own {
    /// The k-th of so many events counts k, as it should.
    Counted(u32),
    /// A log with gaps, restarts or errors.
    Listed(Listed),
}

/// Counts that are not the numbers of their events.
#[derive(Debug)]
pub(super) struct Listed {
    first: HashMap<u32, u32>,
    /// (count, event) of the events that have a clock, cut where counts do not ascend. At least one run, none empty.
    runs: Vec<Vec<(u32, u32)>>,
    events: u32,
}

impl Own {
    /// The number of the event that counts `count`; of two with one count the first.
    pub(super) fn event(&self, count: u32) -> Option<u32> {
        match self {
            Self::Counted(events) => (1..=*events).contains(&count).then_some(count),
            Self::Listed(listed) => listed.first.get(&count).copied(),
        }
    }

    /// Where the event of a count stands: at one event, for certain, or in a gap. Time: O(restarts * log events).
    pub(super) fn place(&self, count: u32) -> Result<u32, Gap> {
        match self {
            Self::Counted(events) if (1..=*events).contains(&count) => Ok(count),
            Self::Counted(events) => Err(Gap { count, after: *events, until: *events + 1, logged: false }),
            Self::Listed(listed) => listed.place(count),
        }
    }
}

impl Listed {
    fn place(&self, count: u32) -> Result<u32, Gap> {
        let (mut after, mut until) = (u32::MAX, 0);
        for (i, run) in self.runs.iter().enumerate() {
            let below = run.partition_point(|&(own, _)| own < count);
            let here = run.get(below).filter(|&&(own, _)| own == count);
            let (low, high) = match (here, run.get(below)) {
                (Some(&(_, event)), _) => (event, event),
                (None, next) => {
                    let before = below.checked_sub(1).and_then(|i| run.get(i));
                    let first = run.first().map_or(0, |&(_, event)| event);
                    // Before its first count a run may have lost lines, but not before the run before it.
                    let low = before.map_or(if i == 0 { 0 } else { first.saturating_sub(1) }, |&(_, event)| event);
                    let next_run = self.runs.get(i + 1).and_then(|run| run.first());
                    (low, next.or(next_run).map_or(self.events + 1, |&(_, event)| event))
                }
            };
            (after, until) = (after.min(low), until.max(high));
        }
        if after == until {
            return Ok(after);
        }
        Err(Gap { count, after, until, logged: self.runs.len() > 1 || until > after + 1 })
    }
}

/// What the processes count of their own events.
#[derive(Debug)]
pub(super) struct OwnCounts {
    pub(super) of: Vec<Own>,
    /// The highest count of each process; 0 where it counts none.
    pub(super) highest: Vec<u32>,
}

impl Trace {
    /// The counts of all processes of their own events. Time, when first asked: linear in the events and clock components.
    pub(super) fn own_counts(&self) -> &OwnCounts {
        self.own_counts.get_or_init(|| {
            let names = self.names_in_clocks();
            let columns: Vec<Vec<u32>> = self.processes().map(|p| column(self, p, names[p.index()])).collect();
            let highest = columns.iter().map(|column| column.iter().copied().max().unwrap_or(0)).collect();
            OwnCounts { of: columns.iter().map(|column| Own::of(column)).collect(), highest }
        })
    }
}

/// What each event of a process counts in the component of a name; 0 without a clock, or without that component.
fn column(trace: &Trace, process: ProcessId, name: Option<usize>) -> Vec<u32> {
    let mut column = vec![0; trace.events(process) as usize];
    for (number, counts) in trace.clocks(process) {
        if let Some(&(_, count)) = counts.iter().find(|&&(of, _)| Some(of as usize) == name) {
            column[number as usize - 1] = count;
        }
    }
    column
}

impl Own {
    /// By the count of each event.
    fn of(column: &[u32]) -> Self {
        let events = column.len() as u32;
        let counts = || column.iter().enumerate().map(|(event, &count)| (count, event as u32 + 1));
        if counts().all(|(count, event)| count == event) {
            return Self::Counted(events);
        }
        let mut runs: Vec<Vec<(u32, u32)>> = Vec::new();
        for (count, event) in counts().filter(|&(count, _)| count > 0) {
            match runs.last_mut() {
                Some(run) if run.last().is_some_and(|&(last, _)| last < count) => run.push((count, event)),
                _ => runs.push(vec![(count, event)]),
            }
        }
        if runs.is_empty() {
            runs.push(vec![]);
        }
        // The first event of a count is the one that others can have heard of.
        let first = counts().rev().collect();
        Self::Listed(Listed { first, runs, events })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(counts: &[u32]) -> Own {
        let clock = |(k, count): (usize, &u32)| match count {
            0 => "{\"process\":\"A\",\"event\":\"step\"}\n".to_string(),
            _ => format!("{{\"process\":\"A\",\"event\":\"step\",\"label\":\"{k}\",\"clock\":{{\"A\":{count}}}}}\n"),
        };
        let text: String = counts.iter().enumerate().map(clock).collect();
        let source = std::sync::Arc::new(crate::source::Source::from_text("log", text));
        let mut builder = crate::trace::Builder::new();
        builder.source(source.clone());
        crate::format::jsonl::read(&source, &mut builder);
        Own::of(&column(&builder.finish().unwrap(), ProcessId::at(0), Some(0)))
    }

    fn gap(count: u32, after: u32, until: u32, logged: bool) -> Result<u32, Gap> {
        Err(Gap { count, after, until, logged })
    }

    #[test]
    fn missing_events_stand_between_two_that_are_there() {
        let own = listed(&[3, 4, 8, 9]);
        assert_eq!([3, 4, 8, 9].map(|count| own.place(count)), [Ok(1), Ok(2), Ok(3), Ok(4)]);
        assert_eq!(own.place(2), gap(2, 0, 1, false));
        assert_eq!(own.place(5), gap(5, 2, 3, false));
        assert_eq!(own.place(10), gap(10, 4, 5, false));
        assert_eq!(listed(&[1, 2]).place(3), gap(3, 2, 3, false));
    }

    #[test]
    fn an_event_without_a_clock_may_be_it() {
        let own = listed(&[1, 0, 3, 0]);
        assert_eq!(own.place(2), gap(2, 1, 3, true));
        assert_eq!(own.place(4), gap(4, 3, 5, true));
        assert_eq!(own.place(3), Ok(3));
    }

    #[test]
    fn after_a_restart_a_count_names_several() {
        let own = listed(&[1, 2, 3, 1, 2]);
        assert_eq!(own.place(2), gap(2, 2, 5, true));
        assert_eq!(own.place(3), gap(3, 3, 6, true));
        assert_eq!(own.place(1), gap(1, 1, 4, true));
    }
}
