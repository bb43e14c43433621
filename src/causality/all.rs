//! The vector clock of every event, one after another.

use std::rc::Rc;

use hashbrown::HashMap;

use super::order::CausalOrder;
use crate::ids::{MessageId, ProcessId};
use crate::trace::{Part, Trace};

/// Calls `each` with process, number and vector clock of every event, in causal order (Fidge 1988, Mattern 1989).
///
/// A process's clock is kept while the process has events left, that of a message from its send to its receive; the
/// messages of one event share one, and nothing is kept for a message that is never received. Time: O(events *
/// processes); space: O((processes + messages in flight) * processes).
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
    mut each: impl FnMut(ProcessId, u32, &[u32]) -> Result<(), E>,
) -> Result<(), E> {
    let mut rows = Rows::new(trace.process_count());
    // Rows are shared until one of their holders changes: at first all processes hold the same zeros.
    let mut own: Vec<Rc<[u32]>> = vec![rows.zero.clone(); trace.process_count()];
    let mut flying: HashMap<MessageId, Rc<[u32]>> = HashMap::new();
    for (process, number) in order.events(trace) {
        let p = process.index();
        let clock = rows.unshare(&mut own[p]);
        for part in trace.parts(process, number) {
            if let Part::Received(message) = part
                && let Some(sent) = flying.remove(&message)
            {
                clock.iter_mut().zip(sent.iter()).for_each(|(mine, theirs)| *mine = (*mine).max(*theirs));
                rows.give_back(sent);
            }
        }
        clock[p] = number;
        each(process, number, clock)?;
        for part in trace.parts(process, number) {
            if let Part::Sent(message) = part
                && trace.received(message).is_some()
            {
                flying.insert(message, own[p].clone());
            }
        }
        if number == trace.events(process) {
            rows.give_back(std::mem::replace(&mut own[p], rows.zero.clone()));
        }
    }
    Ok(())
}

/// Rows that are shared until they are changed, and used again when nobody holds them.
struct Rows {
    zero: Rc<[u32]>,
    spare: Vec<Rc<[u32]>>,
}

impl Rows {
    fn new(width: usize) -> Self {
        Self { zero: vec![0; width].into(), spare: Vec::new() }
    }

    /// The row for change: a copy where others hold it too.
    fn unshare<'r>(&mut self, row: &'r mut Rc<[u32]>) -> &'r mut [u32] {
        if Rc::get_mut(row).is_none()
            && let Some(mut fresh) = self.spare.pop()
        {
            Rc::make_mut(&mut fresh).copy_from_slice(row);
            *row = fresh;
        }
        Rc::make_mut(row)
    }

    fn give_back(&mut self, row: Rc<[u32]>) {
        if Rc::strong_count(&row) == 1 {
            self.spare.push(row);
        }
    }
}

#[cfg(test)]
mod tests;
