//! Who waits for what, in a snapshot that is not complete.

use hashbrown::HashMap;

use super::lines::{Lines, Topology};
use crate::ids::{MessageId, ProcessId};
use crate::trace::Trace;

/// A process that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Who waits.
    pub process: ProcessId,
    /// For what.
    pub waits_for: WaitsFor,
    /// Markers that are on their way to it: sender, and the messages that were sent before the marker and that the log
    /// does not see received.
    pub on_the_way: Vec<(ProcessId, Vec<MessageId>)>,
}

/// What a process waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitsFor {
    /// A first marker: it has not recorded.
    FirstMarker,
    /// It has its first marker and has not recorded yet, or has sent one and has not.
    Record,
    /// The marker of a process that has recorded: that channel is still open.
    MarkerFrom(ProcessId),
}

/// All waits, in process order: who has not recorded, and who has and waits for the marker of one that has too.
/// Time: O(channels between processes that recorded, and messages if any marker is on its way).
pub(super) fn of(trace: &Trace, topology: &Topology, lines: &Lines, unrecorded: &[ProcessId]) -> Vec<Wait> {
    let mut waits: Vec<Wait> = Vec::new();
    for &process in unrecorded {
        let own = &lines.of[process.index()];
        let begun = own.first_marker.is_some() || own.first_send.is_some();
        let waits_for = if begun { WaitsFor::Record } else { WaitsFor::FirstMarker };
        waits.push(Wait { process, waits_for, on_the_way: Vec::new() });
    }
    if lines.has_markers() {
        let recorded = |p: &ProcessId| !lines.of[p.index()].records.is_empty();
        for from in trace.processes().filter(recorded) {
            for to in topology.receivers(trace, from).filter(recorded) {
                if lines.received(from, to).is_none() {
                    waits.push(Wait { process: to, waits_for: WaitsFor::MarkerFrom(from), on_the_way: Vec::new() });
                }
            }
        }
    }
    waits.sort_by_key(|wait| wait.process);
    under_way(trace, lines, &mut waits);
    waits
}

/// Adds the markers that were sent and not received to those who wait for them.
fn under_way(trace: &Trace, lines: &Lines, waits: &mut [Wait]) {
    let mut open: HashMap<(ProcessId, ProcessId), (u32, Vec<MessageId>)> = HashMap::new();
    for (&ends, sent) in &lines.sends {
        if let (Some(line), None) = (sent.first(), lines.received(ends.0, ends.1)) {
            open.insert(ends, (line.position, Vec::new()));
        }
    }
    if open.is_empty() {
        return;
    }
    for message in trace.messages().filter(|&m| trace.received(m).is_none()) {
        if let Some((position, behind)) = open.get_mut(&trace.ends(message))
            && trace.sent(message) <= *position
        {
            behind.push(message);
        }
    }
    for wait in waits {
        let mut own = |from: ProcessId| Some((from, open.remove(&(from, wait.process))?.1));
        wait.on_the_way = match wait.waits_for {
            WaitsFor::MarkerFrom(from) => own(from).into_iter().collect(),
            WaitsFor::FirstMarker => trace.processes().filter_map(own).collect(),
            WaitsFor::Record => Vec::new(),
        };
    }
}
