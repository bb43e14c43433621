//! Vector clocks (Fidge 1988, Mattern 1989) of a few events, without computing all.

use std::ops::Range;

use super::order::CausalOrder;
use crate::ids::ProcessId;
use crate::trace::Trace;

/// How two events or clocks relate. Equal and concurrent are two different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The first happens before the second.
    Before,
    /// The second happens before the first.
    After,
    /// They are the same.
    Equal,
    /// Neither happens before the other.
    Concurrent,
}

impl Relation {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
            Self::Equal => "equal",
            Self::Concurrent => "concurrent",
        }
    }
}

/// Compares two clocks of one width, component by component.
///
/// ```
/// use clearcut::causality::clocks::{Relation, compare};
/// assert_eq!(compare(&[1, 0], &[1, 2]), Relation::Before);
/// assert_eq!(compare(&[1, 0], &[0, 1]), Relation::Concurrent);
/// ```
pub fn compare(a: &[u32], b: &[u32]) -> Relation {
    let (mut less, mut more) = (false, false);
    for (x, y) in a.iter().zip(b) {
        less |= x < y;
        more |= x > y;
    }
    match (less, more) {
        (true, true) => Relation::Concurrent,
        (true, false) => Relation::Before,
        (false, true) => Relation::After,
        (false, false) => Relation::Equal,
    }
}

/// Clocks that are computed side by side: so many lanes of 32 bits stay in a cache line or two.
const LANES: usize = 32;

/// The vector clocks V_i of the positions `at` of the processes `of`, one row each.
///
/// One backward scan over the messages for every `LANES` (32) rows: a message that is received inside the causal past of
/// a position brings its send into it. Time: O(messages * rows), vectorised over rows; space: O(processes * rows).
pub fn of_positions(trace: &Trace, order: &CausalOrder, at: &[(ProcessId, u32)]) -> Vec<Vec<u32>> {
    of_positions_by(trace, order, &order.all(trace), at)
}

/// What the messages at some places of the order bring into the causal past of each position.
pub(crate) fn of_positions_by(
    trace: &Trace,
    order: &CausalOrder,
    places: &Range<usize>,
    at: &[(ProcessId, u32)],
) -> Vec<Vec<u32>> {
    at.chunks(LANES).flat_map(|block| of_block(trace, order, places, block)).collect()
}

fn of_block(trace: &Trace, order: &CausalOrder, places: &Range<usize>, at: &[(ProcessId, u32)]) -> Vec<Vec<u32>> {
    let n = trace.process_count();
    // past[p][lane]: how many of p's events are in the causal past of the lane's position.
    let mut past = vec![[0u32; LANES]; n];
    for (lane, &(process, position)) in at.iter().enumerate() {
        past[process.index()][lane] = position;
    }
    order.backwards_between(trace, places, |_, message| {
        let (from, to) = trace.ends(message);
        let (sent, received) = (trace.sent(message), trace.received_or_never(message));
        let to = past[to.index()];
        for (sender, receiver) in past[from.index()].iter_mut().zip(to) {
            *sender = if received <= receiver { (*sender).max(sent) } else { *sender };
        }
    });
    (0..at.len()).map(|lane| past.iter().map(|row| row[lane]).collect()).collect()
}

/// The clock of one position. Time: O(messages).
pub fn of_position(trace: &Trace, order: &CausalOrder, process: ProcessId, position: u32) -> Vec<u32> {
    let mut past = vec![0; trace.process_count()];
    past[process.index()] = position;
    grow(trace, order, &mut past);
    past
}

/// Grows `past` to the smallest set of events that holds it and, with an event, all that happens before it: for the
/// positions of a cut this is the componentwise maximum W of the clocks V_i.
///
/// Time: O(messages), one backward scan; space: none of its own.
pub fn grow(trace: &Trace, order: &CausalOrder, past: &mut [u32]) {
    grow_by(trace, order, &order.all(trace), past);
}

/// The same by the messages at some places of the order alone; and for each process whose part grew the place of the
/// first message, sent by the last event of its past, that is received in the past.
pub(crate) fn grow_by(trace: &Trace, order: &CausalOrder, places: &Range<usize>, past: &mut [u32]) -> Vec<usize> {
    let mut grown_at = vec![0; past.len()];
    order.backwards_between(trace, places, |place, message| {
        let (from, to) = trace.ends(message);
        if trace.received_or_never(message) <= past[to.index()] {
            let (sender, sent) = (&mut past[from.index()], trace.sent(message));
            // Backwards a process sends ever earlier: the first time that it grows is the last.
            if sent >= *sender {
                *sender = sent;
                grown_at[from.index()] = place;
            }
        }
    });
    grown_at
}

/// The first event of each process that event `number` of `process` happens before or is; one past the last where there
/// is none. Whoever stands at it or later knows `number` events of `process`.
///
/// Time: O(messages), one forward scan; space: O(processes).
pub fn first_to_know(trace: &Trace, order: &CausalOrder, process: ProcessId, number: u32) -> Vec<u32> {
    first_to_know_by(trace, order, &order.all(trace), (process, number))
}

/// The same by the messages at some places of the order alone.
pub(crate) fn first_to_know_by(
    trace: &Trace,
    order: &CausalOrder,
    places: &Range<usize>,
    (process, number): (ProcessId, u32),
) -> Vec<u32> {
    let mut first: Vec<u32> = trace.processes().map(|p| trace.events(p).saturating_add(1)).collect();
    first[process.index()] = number;
    order.between(trace, places, |_, message| {
        let (from, to) = trace.ends(message);
        if trace.sent(message) >= first[from.index()] {
            let receiver = &mut first[to.index()];
            *receiver = (*receiver).min(trace.received_or_never(message));
        }
    });
    first
}
