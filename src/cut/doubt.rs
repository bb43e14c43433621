//! What makes a verdict doubtful, though the log has no hole.

use super::{Verdict, Verification};
use crate::ids::{ChannelId, ProcessId};
use crate::trace::Trace;

/// Why the log does not say which cut is meant, or what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Its times go down: no prefix of its events is what happened up to the time.
    GoesDown {
        /// The process.
        process: ProcessId,
        /// Its first event that is later.
        later: u32,
        /// Its last event that is not.
        earlier: u32,
    },
    /// Its log is cut short, and it stands at the end of what is left.
    CutShort(ProcessId),
    /// On this channel, which may reorder, ids are sent again while they are on their way.
    SentAgain(ChannelId),
    /// Its last events inside have no times: they are taken to belong to the one before them.
    Untimed {
        /// The process.
        process: ProcessId,
        /// The first of them.
        first: u32,
        /// The last of them.
        last: u32,
    },
}

impl Doubt {
    /// Whether the process may stand elsewhere, and not by an assumption that is made of all logs.
    pub fn is_decisive(self) -> bool {
        !matches!(self, Self::Untimed { .. })
    }
}

/// The doubts that any cut of a trace has.
pub fn of_any(trace: &Trace) -> impl Iterator<Item = Doubt> + '_ {
    let again = trace.sent_again().iter().map(|&(channel, _)| channel);
    again.filter(|&channel| !trace.channels().is_fifo(channel)).map(Doubt::SentAgain)
}

impl Verification {
    /// The same with more doubts. Nothing holds then; and what is violated is so only where another cut, or other messages,
    /// may not have been meant.
    pub fn with_doubts(mut self, doubts: impl IntoIterator<Item = Doubt>) -> Self {
        self.doubts.extend(doubts);
        let may_be_other = |doubt: &Doubt| matches!(doubt, Doubt::GoesDown { .. } | Doubt::SentAgain(_));
        let decisive = self.doubts.iter().any(|doubt| doubt.is_decisive());
        if self.doubts.iter().any(may_be_other) || self.verdict == Verdict::Holds && decisive {
            self.verdict = Verdict::Undetermined;
        }
        self
    }
}
