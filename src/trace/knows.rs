//! What logged clocks know of, beside what messages tell.

use super::Trace;
use crate::ids::ProcessId;

/// A logged clock that knows of an event outside a cut, though it stands inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Knows {
    /// Whose clock it is.
    pub by: ProcessId,
    /// The event that logged it: the last one inside the cut that has a clock.
    pub event: u32,
    /// Whose event it knows of.
    pub of: ProcessId,
    /// That event's count.
    pub count: u32,
}

impl Trace {
    /// The clocks that were logged inside a cut and know of events outside. In a log of messages each of them says that the
    /// log lacks a message, or that the clock is wrong: either way the log does not show that the cut is consistent. Of
    /// several such clocks of a process the last one is told, as it knows all that those before it know.
    ///
    /// Time: linear in the events and clock components where clocks are logged, else constant.
    ///
    /// ```
    /// use clearcut::{format::jsonl, source::Source, trace::Builder};
    /// // B knows of A's event, and no message says why.
    /// let log = "{\"process\":\"A\",\"event\":\"send\",\"message\":\"m\",\"to\":\"C\",\"clock\":{\"A\":1}}\n\
    ///     {\"process\":\"B\",\"event\":\"step\",\"clock\":{\"A\":1,\"B\":1}}\n";
    /// let source = std::sync::Arc::new(Source::from_text("log", log));
    /// let mut builder = Builder::new();
    /// builder.source(source.clone());
    /// jsonl::read(&source, &mut builder);
    /// let trace = builder.finish().unwrap();
    /// // In the order in which they are named: A, C, B.
    /// assert_eq!((trace.knows_outside(&[1, 0, 1]).len(), trace.knows_outside(&[0, 0, 1]).len()), (0, 1));
    /// ```
    pub fn knows_outside(&self, positions: &[u32]) -> Vec<Knows> {
        if self.is_inferred() || !self.has_clocks() {
            return Vec::new();
        }
        let own = &self.own_counts().of;
        let is_outside = |of: ProcessId, count: u32| {
            let stands = positions[of.index()];
            match own[of.index()].place(count) {
                Ok(event) => stands < event,
                Err(gap) => stands < gap.until,
            }
        };
        let mut found = Vec::new();
        for by in self.processes() {
            let last = (1..=positions[by.index()]).rev().find_map(|k| Some((k, self.clock(by, k)?)));
            let Some((event, clock)) = last else { continue };
            let mut others: Vec<(ProcessId, u32)> =
                clock.filter_map(|(name, count)| Some((self.clock_name(name).1?, count))).collect();
            others.sort_unstable();
            let outside = others.into_iter().filter(|&(of, count)| of != by && is_outside(of, count));
            found.extend(outside.map(|(of, count)| Knows { by, event, of, count }));
        }
        found
    }
}
