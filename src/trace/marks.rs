//! The lines of snapshot protocols: they stand between events and are none themselves.

use crate::ids::ProcessId;
use crate::source::Span;

/// One line of a snapshot protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Whose line it is.
    pub process: ProcessId,
    /// After how many events of that process it stands.
    pub position: u32,
    /// Number of its snapshot, in [`super::Trace::snapshots`].
    pub snapshot: usize,
    /// What was done.
    pub kind: MarkAction,
    /// Address of the line.
    pub at: u64,
    /// How many events the log shows before it, of all processes.
    pub log: u32,
}

/// What a snapshot protocol line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarkAction {
    /// The process recorded its state.
    Record {
        /// The state that it claims to have recorded: a JSON object's text.
        state: Option<Span>,
        /// The channel contents that it claims to have recorded: a JSON object's text.
        channels: Option<Span>,
    },
    /// It sent markers to these.
    Send(Vec<ProcessId>),
    /// It received a marker from this one.
    Receive(ProcessId),
}
