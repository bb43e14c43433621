//! Made-up traces of any size, for tests, measurements and lessons. They are the same for the same [`Settings`] on every
//! machine.
//!
//! Beside the pipeline: this makes bytes, and knows nothing of what reads them.

mod events;
mod lines;
mod random;
mod stamp;
mod transit;

use std::fmt;
use std::io::{self, Write};
use std::ops::Range;

pub use self::events::{Action, Event, Events};
use self::lines::Lines;

/// How many of the events do what: relative weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mix {
    /// Weight of sends.
    pub send: u32,
    /// Weight of receives. Messages that are sent beyond them are lost.
    pub receive: u32,
    /// Weight of local steps.
    pub step: u32,
}

/// The format of a made-up trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Our text.
    Trace,
    /// Our JSON Lines.
    JsonLines,
}

impl Shape {
    /// Its name in the table of formats.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::JsonLines => "jsonl",
        }
    }
}

/// What a made-up trace is like.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many processes there are.
    pub processes: u32,
    /// How many events there are.
    pub events: u64,
    /// How many of them do what.
    pub mix: Mix,
    /// About how many messages are on their way at any time; at most a quarter of all that arrive.
    pub in_flight: u32,
    /// Other seeds, other traces.
    pub seed: u64,
    /// Whether messages may overtake others of their channel.
    pub unordered: bool,
    /// Whether the log shows one process after the other, and so receives before their sends.
    pub grouped: bool,
    /// Whether each event has its time: RFC 3339, 100 microseconds after the event before it.
    pub times: bool,
    /// The format.
    pub shape: Shape,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            processes: 8,
            events: 1000,
            mix: Mix { send: 45, receive: 45, step: 10 },
            in_flight: 512,
            seed: 1,
            unordered: false,
            grouped: false,
            times: false,
            shape: Shape::Trace,
        }
    }
}

/// Settings that no trace can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// All weights of the mix are zero.
    NoMix,
    /// A message is received once at most.
    MoreReceivesThanSends,
    /// No process at all, or one that has nobody to send to.
    TooFewProcesses,
    /// More than a trace can hold.
    TooManyProcesses,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoMix => "the mix is empty",
            Self::MoreReceivesThanSends => "the mix has more receives than sends",
            Self::TooFewProcesses => "too few processes",
            Self::TooManyProcesses => "too many processes",
        })
    }
}

impl std::error::Error for Mistake {}

/// Events of several processes that are held to be written one process after the other: 256 MiB of them.
const HELD: u64 = (1 << 28) / size_of::<Event>() as u64;

impl Settings {
    /// The events, in an order that respects happens-before. Time: constant for each, on average; space: what is on
    /// its way.
    ///
    /// # Errors
    /// A [`Mistake`] where no trace can be like this.
    pub fn events(&self) -> Result<Events, Mistake> {
        Events::new(self)
    }

    /// Writes the trace. Time: linear in the events, for a grouped one times its number of events over 16 million;
    /// space: what is on its way, and for a grouped one 256 MiB at most.
    ///
    /// # Errors
    /// What `out` says; a [`Mistake`] as [`io::ErrorKind::InvalidInput`].
    ///
    /// ```
    /// use clearcut::generate::Settings;
    /// let mut log = Vec::new();
    /// Settings { events: 50, ..Settings::default() }.write(&mut log).unwrap();
    /// let trace = clearcut::trace::Trace::from_text(&String::from_utf8(log).unwrap()).unwrap();
    /// assert_eq!(trace.event_count(), 50);
    /// ```
    pub fn write(&self, out: impl Write) -> io::Result<()> {
        let events = self.events().map_err(|mistake| io::Error::new(io::ErrorKind::InvalidInput, mistake))?;
        let mut lines = Lines::new(out, self.shape, self.times);
        if self.grouped {
            self.write_grouped(&events, &mut lines, HELD)?;
        } else {
            for event in events {
                lines.write(&event)?;
            }
        }
        lines.finish()
    }

    /// The run is made again for every group of processes whose events can be held, so that memory stays bounded.
    fn write_grouped(&self, events: &Events, lines: &mut Lines<impl Write>, held: u64) -> io::Result<()> {
        let mut counts = vec![0u64; self.processes as usize];
        events.clone().for_each(|event| counts[event.process as usize] += 1);
        for group in groups(&counts, held) {
            let mut of_group = events.clone().filter(|event| group.contains(&(event.process as usize)));
            if group.len() == 1 {
                of_group.try_for_each(|event| lines.write(&event))?;
                continue;
            }
            let mut histories: Vec<Vec<Event>> =
                counts[group.clone()].iter().map(|&count| Vec::with_capacity(count as usize)).collect();
            of_group.for_each(|event| histories[event.process as usize - group.start].push(event));
            histories.iter().flatten().try_for_each(|event| lines.write(event))?;
        }
        Ok(())
    }
}

/// Neighbours whose counts make up `held` at most, or one alone.
fn groups(counts: &[u64], held: u64) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    let mut sum = 0;
    for (i, &count) in counts.iter().enumerate() {
        match groups.last_mut() {
            Some(group) if sum + count <= held => {
                group.end = i + 1;
                sum += count;
            }
            _ => {
                groups.push(i..i + 1);
                sum = count;
            }
        }
    }
    groups
}

#[cfg(test)]
mod tests;
