//! The sends of a block: on which sides of the cut their messages lie, and in which order they arrive.

use super::counts::{Process, every, process_of};
use super::lanes::Lanes;
use super::numbers::Numbers;
use super::rows::{BLOCK, each};
use super::scan::Side;

/// What the sends of a block show; sets of rows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sent {
    pub(super) inside: u64,
    /// Those that are received inside.
    pub(super) arrives: u64,
    /// Those whose receiver may have come too far already.
    pub(super) awaits: u64,
    /// Those that may be the first of their channel, or not arrive behind all others of it: to be added to its lane.
    pub(super) odd: u64,
}

pub(super) const INSIDE: u8 = Side::Inside as u8;
pub(super) const OUTSIDE: u8 = Side::Outside as u8;
pub(super) const EITHER: u8 = Side::Either as u8;

/// Looks at some sends whose receives are known, where the next events are on some side.
#[inline(never)]
pub(super) fn sent<const W: usize, const SIDE: u8>(
    processes: &[Process],
    lanes: &mut Lanes,
    numbers: &Numbers<'_, W>,
    rows: u64,
) -> Sent {
    let size = if W < 4 { every::<W>() } else { processes.len() };
    let processes = processes.get(..size).unwrap_or_default();
    let (last, apart) = lanes.places();
    let all = if SIDE == INSIDE { rows } else { 0 };
    let mut sent = Sent { inside: all, arrives: all, ..Sent::default() };
    for row in each(rows) {
        let (from, to, received) = (numbers.process(row), numbers.peer(row), numbers.peer_position(row));
        let receiver = process_of::<W>(processes, to);
        if received <= receiver.count {
            sent.awaits |= seldom(row);
        }
        match last.get_mut(from * apart + to) {
            Some(last) if received > *last => *last = received,
            _ => sent.odd |= seldom(row),
        }
        if SIDE == INSIDE && received > receiver.limit {
            sent.arrives &= !seldom(row);
        } else if SIDE == EITHER {
            let inside = numbers.position(row) <= process_of::<W>(processes, from).limit;
            sent.inside |= u64::from(inside) << row;
            sent.arrives |= u64::from(received <= receiver.limit) << row;
        }
    }
    sent
}

/// A row as a set, where that is best not made ready for each.
#[cold]
#[inline(never)]
fn seldom(row: usize) -> u64 {
    1 << (row % BLOCK)
}
