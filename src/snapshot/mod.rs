//! Chandy and Lamport's snapshots (1985): what runs record, what a run could record, and what runs in a log recorded.

pub mod all;
pub mod attainable;
mod reach;
pub mod recorded;

use crate::ids::ProcessId;

/// A process that starts the snapshot: it records right after its first `position` events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Initiator {
    /// The process.
    pub process: ProcessId,
    /// Where it records.
    pub position: u32,
}
