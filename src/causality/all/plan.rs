//! Which rows the events of a window read and write.

use std::hint::select_unpredictable;

use super::bases::Bases;
use super::rows::{Count, Rows};
use super::windows::{Single, WINDOW, Window};
use crate::ids::ProcessId;
use crate::trace::{Packed, Part, Trace, Unpacked};

/// Each process has the row of its number, each message in flight one behind them, from its send to its receive. The row
/// between is for what nobody asks for again.
pub(super) struct Plan<'t> {
    trace: &'t Trace,
    /// What each process does from its base on, and how many of these events were seen.
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
    pub(super) fn parts(&self, processes: &[ProcessId], window: &Window, bases: &Bases) -> Vec<Single> {
        let mut parts = Vec::with_capacity(2 * WINDOW);
        for (i, &process) in processes.iter().enumerate() {
            let (count, does) = (window.counts[i], window.does[i]);
            let number = bases.get()[process.index()] + count;
            let mut put = |does, last| parts.push(Single { process, count, does, last });
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

/// The events of each process, as they are counted from bases.
impl<'t> Plan<'t> {
    /// For how many events all counts stay within reach if the bases move so far: for ever where no process has more.
    pub(super) fn room(&self, reach: u32, moved: impl Fn(usize) -> u32) -> u32 {
        let far = self.actions.iter().enumerate().filter_map(|(p, (actions, seen))| {
            let moved = moved(p);
            (actions.len() > reach as usize + moved as usize).then(|| reach - (seen - moved))
        });
        far.min().unwrap_or(u32::MAX)
    }

    /// The base of a process moves by so many events.
    pub(super) fn pass(&mut self, process: usize, events: u32) {
        let (actions, seen) = &mut self.actions[process];
        *actions = &actions[events as usize..];
        *seen -= events;
    }

    /// All events are counted, from these bases.
    pub(super) fn restart(&mut self, bases: &[u32]) {
        for ((process, (actions, seen)), base) in self.trace.processes().zip(&mut self.actions).zip(bases) {
            *actions = self.trace.actions(process);
            *seen += base;
        }
    }

    /// Rows say no more than what somebody will ask for, and those of processes all of their own events.
    pub(super) fn tidy<T: Count>(&self, rows: &mut Rows<T>) {
        for &row in self.spare[..self.spares].iter().chain([&(self.actions.len() as u32)]) {
            rows.get_mut(row).fill(T::default());
        }
        for (p, &(actions, seen)) in self.actions.iter().enumerate() {
            let row = rows.get_mut(p as u32);
            if seen as usize == actions.len() {
                row.fill(T::default());
            } else {
                row[p] = T::of(seen);
            }
        }
    }
}
