//! The report of `clocks`: DESIGN.md, section 5. Written event by event, as it may be larger than memory.

use std::io::{self, Write};

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::VERSION;
use super::verify::TraceSummary;
use crate::causality::all::Clock;
use crate::cut::Verdict;
use crate::ids::ProcessId;
use crate::trace::Trace;

/// A clock as an object without its zeros.
#[derive(Clone, Copy, Debug)]
pub struct ClockObject<'t> {
    trace: &'t Trace,
    clock: Clock<'t>,
}

impl Serialize for ClockObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (process, count) in self.trace.processes().zip(self.clock.counts()).filter(|&(_, count)| count > 0) {
            map.serialize_entry(self.trace.name(process), &count)?;
        }
        map.end()
    }
}

/// An event with its clock.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ClockRow<'t> {
    process: &'t str,
    event: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'t str>,
    clock: ClockObject<'t>,
    /// A receive whose send the log lacks comes before: the true clock may be greater.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    lower_bound: bool,
}

/// The report while it is written: one JSON object, an event on each line.
#[derive(Debug)]
pub struct ClocksReport<'t, W> {
    trace: &'t Trace,
    out: W,
    first: bool,
}

impl<'t, W: Write> ClocksReport<'t, W> {
    /// Writes what comes before the events.
    ///
    /// # Errors
    /// What `out` says.
    pub fn begin(trace: &'t Trace, verdict: Verdict, mut out: W) -> io::Result<Self> {
        write!(out, r#"{{"clearcut":{VERSION},"command":"clocks","verdict":"{}","trace":"#, verdict.name())?;
        serde_json::to_writer(&mut out, &TraceSummary::of(trace))?;
        out.write_all(br#","events":["#)?;
        Ok(Self { trace, out, first: true })
    }

    /// Writes an event with its clock.
    ///
    /// # Errors
    /// What `out` says.
    pub fn event(&mut self, process: ProcessId, number: u32, clock: Clock<'_>, lower_bound: bool) -> io::Result<()> {
        self.out.write_all(if self.first { b"\n" } else { b",\n" })?;
        self.first = false;
        let row = ClockRow {
            process: self.trace.name(process),
            event: number,
            label: self.trace.label(process, number),
            clock: ClockObject { trace: self.trace, clock },
            lower_bound,
        };
        Ok(serde_json::to_writer(&mut self.out, &row)?)
    }

    /// Writes the end.
    ///
    /// # Errors
    /// What `out` says.
    pub fn end(mut self) -> io::Result<()> {
        self.out.write_all(b"\n]}\n")?;
        self.out.flush()
    }
}
