//! Where the log does not show what an event knows: after a receive whose send it lacks.

use super::all::Clock;
use crate::trace::Trace;

/// The first receive of each process whose send the log lacks.
#[derive(Clone, Debug)]
pub struct Holes {
    first: Vec<u32>,
    any: bool,
}

impl Holes {
    /// The holes of a trace. Time and space: O(processes + unsent receives).
    pub fn of(trace: &Trace) -> Self {
        let mut first = vec![u32::MAX; trace.process_count()];
        for unsent in trace.unsent().iter().filter(|unsent| unsent.hides_order()) {
            let slot = &mut first[unsent.to.index()];
            *slot = (*slot).min(unsent.received);
        }
        Self { any: first.iter().any(|&first| first < u32::MAX), first }
    }

    /// Whether there is any.
    pub fn any(&self) -> bool {
        self.any
    }

    /// Whether a position of this clock has a hole in its past: then the clock is a lower bound, as the unknown send may
    /// have brought more. Time: O(processes), constant where the log has no holes.
    ///
    /// ```
    /// use clearcut::{causality::Holes, trace::Trace};
    /// let trace = Trace::from_text("P1: step\nP1: receive lost <- P2\n").unwrap();
    /// let holes = Holes::of(&trace);
    /// assert!(!holes.below([1u32, 0].as_slice()));
    /// assert!(holes.below([2u32, 0].as_slice()));
    /// ```
    pub fn below<'r>(&self, clock: impl Into<Clock<'r>>) -> bool {
        self.any && self.first.iter().zip(clock.into().counts()).any(|(&first, known)| first <= known)
    }
}
