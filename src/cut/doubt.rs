//! What makes a verdict doubtful, though the log has no hole.

use super::{Verdict, Verification};
use crate::ids::{ChannelId, MessageId, ProcessId};
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

/// Whether any of these messages lies as it does whatever is in doubt: neither of its ends may stand elsewhere, and it is
/// no other message. Time: linear in what is asked; space: the processes and channels.
pub fn any_certain(trace: &Trace, doubts: &[Doubt], messages: &[MessageId]) -> bool {
    let mut processes = vec![false; trace.process_count()];
    let mut channels = vec![false; trace.channels().len()];
    for doubt in doubts {
        match doubt {
            Doubt::GoesDown { process, .. } => processes[process.index()] = true,
            Doubt::SentAgain(channel) => channels[channel.index()] = true,
            // What came next changes nothing of what is there; and an assumption is made of all logs.
            Doubt::CutShort(_) | Doubt::Untimed { .. } => {}
        }
    }
    messages.iter().any(|&message| {
        let (from, to) = trace.ends(message);
        !(processes[from.index()] || processes[to.index()] || channels[trace.channel_of(message).index()])
    })
}

impl Verification {
    /// The same with more doubts about its trace. Nothing holds then; and what is violated is so only where an orphan is
    /// [certain](any_certain).
    pub fn with_doubts(mut self, trace: &Trace, doubts: impl IntoIterator<Item = Doubt>) -> Self {
        self.doubts.extend(doubts);
        let in_doubt = match self.verdict {
            Verdict::Holds => self.doubts.iter().any(|doubt| doubt.is_decisive()),
            Verdict::Violated => !(self.doubts.is_empty() || any_certain(trace, &self.doubts, &self.classes.orphans)),
            Verdict::Undetermined => true,
        };
        if in_doubt {
            self.verdict = Verdict::Undetermined;
        }
        self
    }
}
