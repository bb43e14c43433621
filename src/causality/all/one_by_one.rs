//! The walk where clocks are large: one event after another, and a clock is copied only where it must be.

use super::Clock;
use super::holders::Holders;
use super::rows::{Count, Rows};
use crate::causality::order::CausalOrder;
use crate::ids::ProcessId;
use crate::trace::{Packed, Part, Trace, Unpacked};

/// So many events are read ahead: what they do lies in as many places as there are processes, and the waits for memory
/// overlap.
const AHEAD: usize = 256;

/// Calls `each` as [`super::all_clocks`] says it.
pub(super) fn walk<T: Count, E>(
    trace: &Trace,
    order: &CausalOrder,
    rows: &mut Rows<T>,
    mut each: impl FnMut(ProcessId, u32, Clock<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut holders = Holders::new(trace, rows);
    let mut numbers = vec![0u32; trace.process_count()];
    // Counts are those from the beginning.
    let bases = vec![0; trace.process_count()];
    let mut ahead = [(0, Packed::STEP); AHEAD];
    for processes in order.processes(trace).chunks(AHEAD) {
        for (&process, ahead) in processes.iter().zip(&mut ahead) {
            let number = &mut numbers[process.index()];
            *number += 1;
            *ahead = (*number, trace.packed(process, *number));
        }
        for (&process, &(number, does)) in processes.iter().zip(&ahead) {
            if number == 1 {
                holders.begin(process);
            }
            match does.unpack() {
                Unpacked::One(Part::Sent(message)) => holders.send(process, message),
                Unpacked::One(Part::Received(message)) => holders.receive(process, message),
                Unpacked::One(_) | Unpacked::Step => {}
                Unpacked::Several(_) => {
                    trace.receives(process, number).for_each(|message| holders.receive(process, message));
                    trace.sends(process, number).for_each(|message| holders.send(process, message));
                }
            }
            each(process, number, T::clock(holders.count(process, number), &bases))?;
            if number == trace.events(process) {
                holders.end(process);
            }
        }
    }
    Ok(())
}
