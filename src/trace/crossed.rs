//! What is left of the messages that do not cross a cut, in a trace that keeps only those that do.

use super::Trace;

/// The cut that a trace keeps the crossing messages of, and how many messages it has let go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crossed {
    /// The cut: a position for each process.
    pub positions: Vec<u32>,
    /// How many messages were sent and received inside.
    pub before: usize,
    /// How many were sent and received outside.
    pub after: usize,
}

impl Trace {
    /// The cut that this trace keeps the crossing messages of, where it keeps no others.
    pub fn crossed(&self) -> Option<&Crossed> {
        self.crossed.as_ref()
    }
}
