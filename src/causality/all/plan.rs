//! Which rows the events of a window read and write.

use std::hint::select_unpredictable;

use super::windows::{Single, WINDOW, Window};
use crate::ids::ProcessId;
use crate::trace::{Packed, Part, Trace, Unpacked};

/// Each process has the row of its number, each message in flight one behind them, from its send to its receive. The row
/// between is for what nobody asks for again.
pub(super) struct Plan<'t> {
    trace: &'t Trace,
    /// What each process does, and how many of its events were seen.
    actions: Vec<(&'t [Packed], u32)>,
    /// By message, while it is in flight; the last is for events that neither send nor receive.
    flying: Vec<u32>,
    /// The rows that no message has, so many of these, the last being the next to be used again; room for all and one.
    spare: Vec<u32>,
    spares: usize,
    /// How many rows there are.
    rows: usize,
}

impl<'t> Plan<'t> {
    pub(super) fn new(trace: &'t Trace) -> Self {
        Self {
            trace,
            actions: trace.processes().map(|process| (trace.actions(process), 0)).collect(),
            flying: vec![0; trace.message_count() + 1],
            spare: vec![0],
            spares: 0,
            rows: trace.process_count() + 1,
        }
    }

    /// What the next events do, and whether one of them has several parts. What they do lies in as many places as there
    /// are processes, and the waits for memory overlap as there is nothing else here.
    #[inline(never)]
    pub(super) fn read(&mut self, processes: &[ProcessId], window: &mut Window) -> bool {
        for ((&process, count), does) in processes.iter().zip(&mut window.counts).zip(&mut window.does) {
            let (actions, seen) = &mut self.actions[process.index()];
            *does = actions[*seen as usize];
            *seen += 1;
            *count = *seen;
        }
        // A loop of its own takes several at once.
        let mut several = false;
        for does in &window.does[..processes.len()] {
            several |= does.is_several();
        }
        several
    }

    /// The same events, part by part: receives before sends, as what an event sends knows what it receives.
    #[cold]
    pub(super) fn parts(&self, processes: &[ProcessId], window: &Window) -> Vec<Single> {
        let mut parts = Vec::with_capacity(2 * WINDOW);
        for (i, &process) in processes.iter().enumerate() {
            let (number, does) = (window.counts[i], window.does[i]);
            let mut put = |does, last| parts.push(Single { process, count: number, does, last });
            if let Unpacked::Several(_) = does.unpack() {
                self.trace.receives(process, number).for_each(|m| put(Packed::part(Part::Received(m)), false));
                self.trace.sends(process, number).for_each(|m| put(Packed::part(Part::Sent(m)), false));
                put(Packed::STEP, true);
            } else {
                put(does, true);
            }
        }
        parts
    }

    /// Finds the rows that events read and write, and how many rows there are.
    #[inline(never)]
    pub(super) fn rows(&mut self, processes: &[ProcessId], window: &mut Window) -> usize {
        self.make_spare(processes.len());
        let (trace, flying, spare) = (self.trace, &mut self.flying[..], &mut self.spare[..]);
        let (nobody, nothing) = (self.actions.len() as u32, flying.len() - 1);
        let mut spares = self.spares;
        let events = processes.iter().zip(&window.does);
        for ((&process, &does), (from, to)) in events.zip(window.from.iter_mut().zip(&mut window.to)) {
            // To send what is never received is as good as a step.
            let (sends, receives) = (trace.arrives(does), does.receives());
            let place = &mut flying[select_unpredictable(sends | receives, does.number(), nothing)];
            let row = select_unpredictable(receives, *place, spare[spares - 1]);
            *place = row;
            // Whatever it does: what is beyond the last spare one means nothing.
            spares -= usize::from(sends);
            spare[spares] = row;
            spares += usize::from(receives);
            let own = process.index() as u32;
            *from = select_unpredictable(receives, row, own);
            *to = select_unpredictable(sends, row, nobody);
        }
        self.spares = spares;
        self.rows
    }

    /// As many rows as so many events may need.
    fn make_spare(&mut self, events: usize) {
        while self.spares < events {
            self.spare[self.spares] = self.rows as u32;
            self.spares += 1;
            self.rows += 1;
            self.spare.push(0);
        }
    }
}
