//! Places in the log, as programs read them.

use serde::Serialize;

use crate::ids::ProcessId;
use crate::trace::Trace;

/// A line, and the event that it is of.
#[derive(Clone, Debug, Serialize)]
pub struct PlaceRow {
    /// The file.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// The process, where the line is an event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
    /// Number of the event within its process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<u32>,
}

/// The places of events, as far as the trace knows them. Time: one pass over each file, for all of them together.
pub fn of_events(trace: &Trace, events: &[(ProcessId, u32)]) -> Vec<Option<PlaceRow>> {
    let addresses: Vec<u64> = events.iter().map(|&(process, number)| trace.address(process, number)).collect();
    let located = trace.sources().locate_all(&addresses).into_iter().zip(events);
    let row = |(location, &(process, number)): (Option<crate::source::Location>, &(ProcessId, u32))| {
        let location = location?;
        let process = Some(trace.name(process).to_string());
        Some(PlaceRow { file: location.file, line: location.line, process, event: Some(number) })
    };
    located.map(row).collect()
}
