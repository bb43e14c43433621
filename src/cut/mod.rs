//! Cuts: one position per process, and everything that can be said of one.
//!
//! Where the log lacks the send of a message that is received inside a cut, the cut may be consistent or not
//! ([`Verdict::Undetermined`], unless an orphan breaks it anyway). So a cut is offered as consistent only where it holds
//! no such receive: these cuts are closed under union and intersection as well, so that there is a largest one below any
//! cut, and a smallest one above it if there is any ([`Verification::below`], [`Verification::above`]).

pub mod by_clock;
pub mod classes;
pub mod conserve;
pub mod consistency;
pub mod decimal;
pub mod doubt;
pub mod holes;
pub mod proof;
pub mod snapshots;
pub mod spec;
pub mod states;

use crate::ids::ProcessId;
use crate::trace::Trace;

pub use self::classes::{Class, Classes};
pub use self::consistency::{Verdict, Verification, Violation, verify};
pub use self::proof::Proof;

/// One position per process: so a cut that is no prefix of every process cannot be written.
///
/// Invariant: it has one position for each process of its trace, none past the process's last event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    pub(crate) positions: Vec<u32>,
}

impl Cut {
    /// A cut of `trace`, or nothing where the positions are not of that trace.
    pub fn new(trace: &Trace, positions: Vec<u32>) -> Option<Self> {
        let fits = positions.len() == trace.process_count()
            && trace.processes().zip(&positions).all(|(p, &position)| position <= trace.events(p));
        fits.then_some(Self { positions })
    }

    /// The cut after every event.
    pub fn end(trace: &Trace) -> Self {
        Self { positions: trace.processes().map(|p| trace.events(p)).collect() }
    }

    /// Where a process stands.
    #[inline]
    pub fn position(&self, process: ProcessId) -> u32 {
        self.positions[process.index()]
    }

    /// All positions, in process order.
    pub fn positions(&self) -> &[u32] {
        &self.positions
    }
}
