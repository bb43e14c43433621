//! The vector clock of every event, one after another.

mod bases;
mod clock;
mod holders;
mod merge;
mod one_by_one;
mod plan;
mod rows;
mod windows;

pub use self::clock::Clock;

use self::rows::Rows;
use super::order::CausalOrder;
use crate::ids::ProcessId;
use crate::trace::Trace;

/// Calls `each` with process, number and vector clock of every event, in causal order (Fidge 1988, Mattern 1989).
///
/// The clock of a message is kept from its send to its receive, and none for a message that is never received. Small
/// clocks are computed a window of events at a time; large ones are shared until somebody changes them, and that of a
/// process is kept while it has events left. A count takes 2 bytes where no process has more than 65,535 events; in
/// small clocks also where they have, for as long as every clock that is kept and knows of a process at all knows of all
/// but its last 32,767 events or so; else 4.
///
/// Time: O(events * processes); space: O((processes + messages in flight) * processes), and 4 bytes a message.
///
/// # Errors
/// What `each` returns: the walk ends there.
///
/// ```
/// use clearcut::{causality::{CausalOrder, all::all_clocks}, trace::Trace};
/// let trace = Trace::from_text("P1: send m -> P2\nP2: step\nP2: receive m\n").unwrap();
/// let order = CausalOrder::of(&trace).unwrap();
/// let mut clocks = Vec::new();
/// all_clocks(&trace, &order, |_, _, clock| {
///     clocks.push(clock.to_vec());
///     Ok::<(), ()>(())
/// }).unwrap();
/// assert_eq!(clocks, [[1, 0], [0, 1], [1, 2]]);
/// ```
pub fn all_clocks<E>(
    trace: &Trace,
    order: &CausalOrder,
    each: impl FnMut(ProcessId, u32, Clock<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let processes = trace.process_count();
    let short = |process| trace.events(process) <= u32::from(u16::MAX);
    if Rows::<u16>::bytes(processes) < LARGE {
        windows::walk(trace, order, u16::MAX, false, each)
    } else if trace.processes().all(short) {
        one_by_one::walk(trace, order, &mut Rows::<u16>::new(processes, false), each)
    } else {
        one_by_one::walk(trace, order, &mut Rows::<u32>::new(processes, false), each)
    }
}

/// Clocks of at least so many bytes, 2 for a count, are large.
const LARGE: usize = 1024;

#[cfg(test)]
mod tests;
