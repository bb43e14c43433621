//! The walk where clocks are small: some events at a time, each with a row of its own.
//!
//! What an event does is chance to the processor, and to guess wrong costs more than to merge small clocks. So every
//! event does the same: it takes a new row and writes there the greater of two, that of the event before it in its
//! process and that of the message which it receives, or the former twice. Which rows these are is found first, for a
//! window of events, in passes of a few instructions each and with no branch that depends on what an event does.

use std::hint::select_unpredictable;

use super::Clock;
use super::rows::{Count, Merge, Rows};
use crate::causality::order::CausalOrder;
use crate::ids::ProcessId;
use crate::trace::{Packed, Part, Trace, Unpacked};

/// How many events are looked at together. Their rows should stay in the nearest cache.
pub(super) const WINDOW: usize = 128;

/// Calls `each` as [`super::all_clocks`] says it.
pub(super) fn walk<T: Count, E>(
    trace: &Trace,
    order: &CausalOrder,
    rows: &mut Rows<T>,
    mut each: impl FnMut(ProcessId, u32, Clock<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut plan = Plan::new(trace);
    let mut window = Window::new();
    for processes in order.processes(trace).chunks(WINDOW) {
        if !plan.read(processes, &mut window) {
            window.turn(&mut plan, rows, &mut each)?;
            continue;
        }
        let single = plan.single(&window);
        for some in single.chunks(WINDOW) {
            window.fill(some);
            window.turn(&mut plan, rows, &mut each)?;
        }
    }
    Ok(())
}

/// An event with one part, or one of the parts of an event.
#[derive(Clone, Copy, Debug)]
struct Single {
    process: ProcessId,
    number: u32,
    does: Packed,
    /// Whether the event has no more parts.
    last: bool,
}

/// What is known of some events, in columns.
struct Window {
    len: usize,
    processes: [ProcessId; WINDOW],
    numbers: [u32; WINDOW],
    does: [Packed; WINDOW],
    last: [bool; WINDOW],
    /// The row that the clock is written to.
    to: [u32; WINDOW],
    /// That of the event before.
    before: [u32; WINDOW],
    /// That of what is received, if anything is, else that of the event before.
    other: [u32; WINDOW],
    /// The rows of all that is received.
    received: [u32; WINDOW],
}

impl Window {
    fn new() -> Self {
        let none = [0; WINDOW];
        Self {
            len: 0,
            processes: [ProcessId::at(0); WINDOW],
            numbers: none,
            does: [Packed::STEP; WINDOW],
            last: [true; WINDOW],
            to: none,
            before: none,
            other: none,
            received: none,
        }
    }

    /// As many as fit.
    fn fill(&mut self, some: &[Single]) {
        self.len = some.len();
        for (i, single) in some.iter().enumerate() {
            self.processes[i] = single.process;
            self.numbers[i] = single.number;
            self.does[i] = single.does;
            self.last[i] = single.last;
        }
    }

    /// Computes the clocks of its events and shows them.
    fn turn<T: Count, E>(
        &mut self,
        plan: &mut Plan<'_>,
        rows: &mut Rows<T>,
        each: &mut impl FnMut(ProcessId, u32, Clock<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        rows.grow(plan.rows(self));
        let events = || self.processes[..self.len].iter().zip(&self.numbers).zip(&self.to);
        let merges = events().zip(&self.before).zip(&self.other);
        rows.merge(merges.map(|((((&process, &number), &to), &one), &other)| Merge {
            to,
            one,
            other,
            at: process.index(),
            count: T::of(number),
        }));
        for (((&process, &number), &to), &last) in events().zip(&self.last) {
            if last {
                each(process, number, T::clock(rows.get(to)))?;
            }
        }
        Ok(())
    }
}

/// Who holds which row: each process that of its last event, each message in flight that of the event which sent it.
/// Row 0 is all zeros, the clock of a process before its first event.
struct Plan<'t> {
    trace: &'t Trace,
    /// What each process does, and how many of its events were seen.
    actions: Vec<(&'t [Packed], u32)>,
    own: Vec<u32>,
    /// By message, from 1, while it is in flight; the first is for events that neither send nor receive.
    flying: Vec<u32>,
    /// By row: how many hold it.
    holders: Vec<u32>,
    /// The rows that nobody holds, so many of these; room for all.
    spare: Vec<u32>,
    spares: usize,
}

impl<'t> Plan<'t> {
    fn new(trace: &'t Trace) -> Self {
        let n = trace.process_count();
        Self {
            trace,
            actions: trace.processes().map(|process| (trace.actions(process), 0)).collect(),
            own: vec![0; n],
            flying: vec![0; trace.message_count() + 1],
            // One more than there are processes: it is never spare.
            holders: vec![n as u32 + 1],
            spare: vec![0],
            spares: 0,
        }
    }

    /// What the next events do, and whether one of them has several parts. What they do lies in as many places as there
    /// are processes, and the waits for memory overlap as there is nothing else here.
    #[inline(never)]
    fn read(&mut self, processes: &[ProcessId], window: &mut Window) -> bool {
        let mut several = false;
        window.len = processes.len();
        window.processes[..processes.len()].copy_from_slice(processes);
        window.last.fill(true);
        for ((&process, number), does) in processes.iter().zip(&mut window.numbers).zip(&mut window.does) {
            let (actions, seen) = &mut self.actions[process.index()];
            *does = actions[*seen as usize];
            *seen += 1;
            *number = *seen;
            several |= does.is_several();
        }
        several
    }

    /// The same events, part by part: receives before sends, as what an event sends knows what it receives.
    #[cold]
    fn single(&self, window: &Window) -> Vec<Single> {
        let mut single = Vec::with_capacity(2 * WINDOW);
        for i in 0..window.len {
            let (process, number, does) = (window.processes[i], window.numbers[i], window.does[i]);
            let mut put = |does| single.push(Single { process, number, does, last: false });
            if let Unpacked::Several(_) = does.unpack() {
                self.trace.receives(process, number).for_each(|m| put(Packed::part(Part::Received(m))));
                self.trace.sends(process, number).for_each(|m| put(Packed::part(Part::Sent(m))));
            }
            single.push(Single {
                process,
                number,
                does: if does.is_several() { Packed::STEP } else { does },
                last: true,
            });
        }
        single
    }

    /// Finds the rows of the events of a window, and how many rows there are.
    fn rows(&mut self, window: &mut Window) -> usize {
        let len = window.len;
        self.arriving(&mut window.does[..len]);
        self.take(&mut window.to[..len]);
        self.before(window);
        let received = self.received(window);
        // Not before all are taken: a row that is let go here is still to be read.
        self.let_go(&window.before[..len]);
        self.let_go(&window.received[..received]);
        self.holders.len()
    }

    /// What becomes of no message is as good as a step.
    #[inline(never)]
    fn arriving(&self, does: &mut [Packed]) {
        for does in does {
            *does = select_unpredictable(self.trace.arrives(*does), *does, Packed::STEP);
        }
    }

    #[inline(never)]
    fn take(&mut self, to: &mut [u32]) {
        while self.spares < to.len() {
            self.spare.push(0);
            self.spare[self.spares] = self.holders.len() as u32;
            self.spares += 1;
            self.holders.push(0);
        }
        let left = self.spares - to.len();
        to.copy_from_slice(&self.spare[left..self.spares]);
        self.spares = left;
    }

    /// A process holds the row of its event, and a message that the event sends.
    #[inline(never)]
    fn before(&mut self, window: &mut Window) {
        let (own, holders) = (&mut self.own[..], &mut self.holders[..]);
        let events = window.processes[..window.len].iter().zip(&window.does).zip(&window.to);
        for (((&process, does), &to), before) in events.zip(&mut window.before) {
            holders[to as usize] = 1 + u32::from(does.sends());
            let own = &mut own[process.index()];
            *before = *own;
            *own = to;
        }
    }

    /// Finds the rows of messages, and says how many are received.
    #[inline(never)]
    fn received(&mut self, window: &mut Window) -> usize {
        let flying = &mut self.flying[..];
        let mut received = 0;
        let events = window.does[..window.len].iter().zip(&window.to).zip(&window.before);
        for (((&does, &to), &before), other) in events.zip(&mut window.other) {
            let receives = does.receives();
            let message = &mut flying[does.number() + usize::from(receives | does.sends())];
            let theirs = *message;
            // Whatever it does: a message that was received is not asked for again.
            *message = to;
            *other = select_unpredictable(receives, theirs, before);
            window.received[received % WINDOW] = theirs;
            received += usize::from(receives);
        }
        received
    }

    /// One of those who hold each of these rows holds it no more.
    #[inline(never)]
    fn let_go(&mut self, rows: &[u32]) {
        let (holders, spare) = (&mut self.holders[..], &mut self.spare[..]);
        let mut spares = self.spares;
        for &row in rows {
            let left = holders[row as usize] - 1;
            holders[row as usize] = left;
            spare[spares] = row;
            spares += usize::from(left == 0);
        }
        self.spares = spares;
    }
}
