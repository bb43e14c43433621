//! Lai and Yang's algorithm: no markers, and channels need not be FIFO.

use super::Initiator;
use super::run::{Cause, Record, Run};
use super::timeline::Timeline;
use crate::causality::CausalOrder;
use crate::ids::{MessageId, ProcessId};
use crate::trace::Trace;

/// Replays the algorithm (T. H. Lai and T. H. Yang, On distributed snapshots, IPL 25, 1987).
///
/// Every process is white until it records and red from then on, and each message carries the colour of its sender. A
/// white process that is about to receive a red message records first; a channel's content is the white messages sent
/// minus the white ones received. A process may also record of its own accord at any time: one that no red message
/// reaches does so at the end of the log. The cut does not depend on the order of the events: it is the largest
/// consistent one in which every initiator stands where it starts or before.
///
/// Time: O(events + messages).
pub(super) fn replay(trace: &Trace, order: &CausalOrder, initiators: &[Initiator]) -> Run {
    let mut positions: Vec<u32> = trace.processes().map(|p| trace.events(p)).collect();
    let mut causes = vec![Cause::Own; positions.len()];
    for initiator in initiators {
        positions[initiator.process.index()] = initiator.position;
        causes[initiator.process.index()] = Cause::Initiator;
    }
    order.messages(trace, |message: MessageId| {
        let (from, to) = trace.ends(message);
        let received = trace.received_or_never(message);
        if trace.sent(message) > positions[from.index()] && received <= positions[to.index()] {
            positions[to.index()] = received - 1;
            causes[to.index()] = Cause::Red(message);
        }
    });
    let timeline = Timeline::new(trace, order);
    let record = |process: ProcessId| {
        let (position, cause) = (positions[process.index()], causes[process.index()]);
        let at = match cause {
            Cause::Red(_) => timeline.left(process, position),
            Cause::Own => timeline.end(),
            _ => timeline.reached(process, position),
        };
        Some(Record { position, at, cause })
    };
    let records = trace.processes().map(record).collect();
    let preempted = initiators.iter().filter(|i| positions[i.process.index()] < i.position).copied().collect();
    Run { records, preempted, ..Run::default() }
}
