//! The walk where clocks are small: every event does the same.
//!
//! What an event does is chance to the processor, and to guess wrong costs more than to merge small clocks. So every
//! event merges a row into that of its process, that of the message which it receives or its own, and copies the result
//! to another, that of the message which it sends or one that nobody reads again. Which rows these are is found first,
//! for a window of events, in passes of a few instructions each and with no branch that depends on what an event does.

use super::Clock;
use super::bases::Bases;
use super::merge::Step;
use super::plan::Plan;
use super::rows::{Count, Rows};
use crate::causality::order::CausalOrder;
use crate::ids::ProcessId;
use crate::trace::{Packed, Trace};

/// How many events are looked at together. What is known of them should stay in the nearest cache.
pub(super) const WINDOW: usize = 128;

/// Calls `each` as [`super::all_clocks`] says it: with counts of 2 bytes, none above `reach`, as far as these can be told.
pub(super) fn walk<E>(
    trace: &Trace,
    order: &CausalOrder,
    reach: u16,
    plain: bool,
    mut each: impl FnMut(ProcessId, u32, Clock<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let (mut plan, mut bases) = (Plan::new(trace), Bases::new(trace, u32::from(reach)));
    let mut narrow = Rows::<u16>::new(trace.process_count(), plain);
    let left = run(&mut plan, &mut bases, &mut narrow, order.processes(trace), &mut each)?;
    if left.is_empty() {
        return Ok(());
    }
    let mut wide = bases.widen(&mut plan, &narrow);
    drop(narrow);
    run(&mut plan, &mut bases, &mut wide, left, &mut each)?;
    Ok(())
}

/// Goes on with these events, and says which are left because their counts do not fit.
pub(super) fn run<'p, T: Count, E>(
    plan: &mut Plan<'_>,
    bases: &mut Bases,
    rows: &mut Rows<T>,
    mut processes: &'p [ProcessId],
    each: &mut impl FnMut(ProcessId, u32, Clock<'_>) -> Result<(), E>,
) -> Result<&'p [ProcessId], E> {
    let mut window = Window::new();
    let mut room = 0;
    while !processes.is_empty() {
        if room == 0 {
            match bases.room(plan, rows) {
                Some(found) => room = found,
                None => break,
            }
        }
        let some;
        (some, processes) = processes.split_at(processes.len().min(WINDOW).min(room));
        room -= some.len();
        if !plan.read(some, &mut window) {
            window.turn(some, plan, bases, rows, &mut *each)?;
            continue;
        }
        let parts = plan.parts(some, &window, bases);
        for parts in parts.chunks(WINDOW) {
            let some = window.fill(parts);
            let mut last = parts.iter().map(|part| part.last);
            window.turn(&some[..parts.len()], plan, bases, rows, |process, number, clock| {
                if last.next() == Some(true) { each(process, number, clock) } else { Ok(()) }
            })?;
        }
    }
    Ok(processes)
}

/// An event that has one part, or one part of an event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Single {
    pub(super) process: ProcessId,
    pub(super) count: u32,
    pub(super) does: Packed,
    /// Whether the event has no more parts.
    pub(super) last: bool,
}

/// What is known of some events, in columns.
pub(super) struct Window {
    /// How many events of its process there were since the base, with it.
    pub(super) counts: [u32; WINDOW],
    pub(super) does: [Packed; WINDOW],
    /// The row that is merged into that of the process.
    pub(super) from: [u32; WINDOW],
    /// The row that the clock is copied to.
    pub(super) to: [u32; WINDOW],
}

impl Window {
    fn new() -> Self {
        let none = [0; WINDOW];
        Self { counts: none, does: [Packed::STEP; WINDOW], from: none, to: none }
    }

    /// As many as fit; these are their processes.
    fn fill(&mut self, parts: &[Single]) -> [ProcessId; WINDOW] {
        let mut processes = [ProcessId::at(0); WINDOW];
        for (i, part) in parts.iter().enumerate().take(WINDOW) {
            processes[i] = part.process;
            self.counts[i] = part.count;
            self.does[i] = part.does;
        }
        processes
    }

    /// Computes the clocks of its events and shows them.
    fn turn<T: Count, E>(
        &mut self,
        processes: &[ProcessId],
        plan: &mut Plan<'_>,
        bases: &Bases,
        rows: &mut Rows<T>,
        mut each: impl FnMut(ProcessId, u32, Clock<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        rows.grow(plan.rows(processes, self));
        let events = processes.iter().zip(&self.counts).zip(self.from.iter().zip(&self.to));
        let steps = events.map(|((&process, &count), (&from, &to))| Step { process, count, from, to });
        let bases = bases.get();
        rows.steps(steps, |process, count, row| each(process, bases[process.index()] + count, T::clock(row, bases)))
    }
}
