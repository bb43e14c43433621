//! Markers whose arrival is fixed: where the order of the events does not allow it, another order may.

use super::run::{self, Halt, Run};
use super::timeline::{Moment, Timeline};
use super::{Fix, Obstacle, Refusal, Request};
use crate::causality::{CausalOrder, OrderKind, chain};
use crate::ids::ProcessId;
use crate::trace::Trace;

/// Replays Chandy and Lamport's algorithm, in `order` if the fixed markers can arrive in it.
///
/// Where a marker is sent after its receiver has passed the position that is fixed, the receiver's next event and all
/// that happens after it are moved behind the sending: concurrent events may happen in either order. The markers that
/// are not fixed may then arrive elsewhere, so the run is replayed; each time one more marker has its place. Whatever is
/// returned is a run; that none was found proves nothing but where the obstacle says so.
///
/// Time: as one run, once for each marker whose fix the order contradicts.
pub(super) fn replay(trace: &Trace, mut order: CausalOrder, request: &Request) -> Result<(CausalOrder, Run), Refusal> {
    if let Some(fix) = request.fixes.iter().find(|fix| !trace.has_channel(fix.from, fix.to)) {
        return Err(Refusal::Fixed(*fix, Obstacle::NoChannel));
    }
    let mut tries = request.fixes.len().saturating_mul(4);
    loop {
        let timeline = Timeline::new(trace, &order);
        let (fix, sent, at) = match run::replay(trace, &timeline, request) {
            Ok(run) => return Ok((order, run)),
            Err(Halt::Refused(refusal)) => return Err(refusal),
            Err(Halt::TooLate { fix, sent, at }) => (fix, sent, at),
        };
        if sent > 0
            && let Some(messages) = chain(trace, (fix.to, fix.position + 1), (fix.from, sent))
        {
            return Err(Refusal::Fixed(fix, Obstacle::Cycle { sent, messages }));
        }
        if tries == 0 {
            return Err(Refusal::Fixed(fix, Obstacle::NoOrder));
        }
        tries -= 1;
        order = postponed(trace, &order, &fix, at);
    }
}

/// The same order with the receiver's event after the fixed position, and all that it happens before, moved behind the
/// moment `until`. Time: O(events + messages).
fn postponed(trace: &Trace, order: &CausalOrder, fix: &Fix, until: Moment) -> CausalOrder {
    // The first event of each process that the receiver's next event happens before, itself included.
    let mut first = vec![u32::MAX; trace.process_count()];
    first[fix.to.index()] = fix.position + 1;
    let mut moved: Vec<ProcessId> = Vec::new();
    let mut processes = Vec::with_capacity(trace.event_count());
    for (moment, (process, number)) in (1..).zip(order.events(trace)) {
        if moment > until {
            processes.append(&mut moved);
            processes.push(process);
            continue;
        }
        let after = number >= first[process.index()]
            || trace.receives(process, number).any(|m| trace.sent(m) >= first[trace.ends(m).0.index()]);
        if after {
            first[process.index()] = first[process.index()].min(number);
            moved.push(process);
        } else {
            processes.push(process);
        }
    }
    processes.append(&mut moved);
    CausalOrder::given(trace, OrderKind::Topological, processes)
}
