//! A run told step by step, as data: who records on what, what the channels keep, when the run is over.

use super::run::Cause;
use super::timeline::{Moment, Timeline};
use super::{Initiator, Snapshot};
use crate::ids::{MessageId, ProcessId};
use crate::trace::Trace;

/// One step of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A process records.
    Record {
        /// Which.
        process: ProcessId,
        /// After how many of its events.
        position: u32,
        /// Why.
        cause: Cause,
    },
    /// A marker arrives at a process that has recorded: its channel is closed.
    Close {
        /// Sender of the marker.
        from: ProcessId,
        /// Receiver.
        to: ProcessId,
        /// After how many of its events.
        position: u32,
        /// What the channel kept, in the order of sending.
        content: Vec<MessageId>,
    },
    /// The same between two messages of one event.
    CloseWithin {
        /// Sender of the marker.
        from: ProcessId,
        /// Receiver.
        to: ProcessId,
        /// The event, from 1.
        event: u32,
        /// What the channel kept, in the order of sending.
        content: Vec<MessageId>,
    },
    /// A process that has recorded receives a message that was sent before its sender recorded, if it ever did: its
    /// channel keeps it.
    Keep(MessageId),
    /// An initiator reaches its position and has recorded already.
    Preempted(Initiator),
    /// A marker that does not arrive within the log, and what its channel holds then.
    Open {
        /// Sender of the marker.
        from: ProcessId,
        /// Receiver.
        to: ProcessId,
        /// What the channel kept and what is still in it.
        content: Vec<MessageId>,
    },
}

/// The steps of a run in their order. Time: O(steps * log steps + events + messages).
pub fn steps(trace: &Trace, snapshot: &Snapshot) -> Vec<Step> {
    let timeline = Timeline::new(trace, &snapshot.order);
    // Within one moment: the event, then who starts, then the markers as they arrive.
    let mut steps: Vec<((Moment, u8, usize), Step)> = Vec::new();
    // What comes from a process that never records is kept as well, though the snapshot has no end of its channel.
    let unending = |&message: &MessageId| {
        let (from, to) = trace.ends(message);
        let at = snapshot.position(to).filter(|_| snapshot.position(from).is_none());
        at.zip(trace.received(message)).is_some_and(|(at, received)| received > at)
    };
    let unending: Vec<MessageId> =
        if snapshot.complete() { Vec::new() } else { trace.messages().filter(unending).collect() };
    for &message in snapshot.classes.in_transit.iter().chain(&unending) {
        if let Some(received) = trace.received(message) {
            let at = timeline.reached(trace.ends(message).1, received);
            steps.push(((at, 0, message.index()), Step::Keep(message)));
        }
    }
    for (i, initiator) in snapshot.run.preempted.iter().enumerate() {
        let at = timeline.reached(initiator.process, initiator.position);
        steps.push(((at, 1, i), Step::Preempted(*initiator)));
    }
    for process in trace.processes() {
        let Some(record) = snapshot.run.records[process.index()] else { continue };
        let step = Step::Record { process, position: record.position, cause: record.cause };
        match record.cause {
            // With its marker, below.
            Cause::Marker(_) => {}
            Cause::Initiator => steps.push(((record.at, 1, process.index()), step)),
            Cause::Red(_) | Cause::Own => steps.push(((record.at, 2, process.index()), step)),
        }
    }
    for (i, marker) in snapshot.run.markers.iter().enumerate() {
        let (from, to) = (marker.from, marker.to);
        let step = match (marker.arrived, marker.within) {
            (Some(position), _) if marker.first => Step::Record { process: to, position, cause: Cause::Marker(from) },
            (Some(position), _) => Step::Close { from, to, position, content: content(trace, snapshot, from, to) },
            (None, Some(event)) => Step::CloseWithin { from, to, event, content: content(trace, snapshot, from, to) },
            (None, None) if snapshot.position(to).is_none() => continue,
            (None, None) => Step::Open { from, to, content: content(trace, snapshot, from, to) },
        };
        steps.push(((marker.at, 2, i), step));
    }
    steps.sort_by_key(|&(key, _)| key);
    steps.into_iter().map(|(_, step)| step).collect()
}

/// What a channel recorded. Time: logarithmic in all that is in transit, and what it returns.
pub fn content(trace: &Trace, snapshot: &Snapshot, from: ProcessId, to: ProcessId) -> Vec<MessageId> {
    let all = &snapshot.classes.in_transit;
    let start = all.partition_point(|&m| trace.ends(m) < (from, to));
    all[start..].iter().take_while(|&&m| trace.ends(m) == (from, to)).copied().collect()
}
