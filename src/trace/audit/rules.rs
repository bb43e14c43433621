//! The rules of the audit: what each one asks, how grave a breach is, and how to mend it.

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The log breaks the system model, or speaks of what it does not have.
    Error,
    /// Something is odd or missing.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// A rule that a log is held against, gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Happens-before has a cycle.
    Cycle,
    /// Spans are their own ancestors.
    SpanCycle,
    /// A message was received a second time.
    Duplicate,
    /// An id is used for two messages of one channel.
    ReusedId,
    /// A message overtook another one on a FIFO channel.
    Overtaking,
    /// A message of a FIFO channel was never received, a later one was.
    Lost,
    /// A logged clock counts fewer events than the same process did before.
    ClockWentDown,
    /// A process's count of its own events did not grow.
    ClockStoodStill,
    /// A clock does not cover the clock of what its process heard of.
    ClockMergeForgotten,
    /// A cut that the log names is none of its processes and events.
    NamedCut,
    /// A receive whose send the log lacks.
    Unsent,
    /// A clock knows of events that no message told of.
    ClockFromNowhere,
    /// A clock counts more events of a process than that process logged.
    ClockFromTheFuture,
    /// A clock names a process that the log lacks.
    ClockUnknownProcess,
    /// A process's count of its own events grew by too much.
    ClockJumped,
    /// The first clock of a process counts events that the log lacks.
    ClockStartsLate,
    /// Spans are told again, or name themselves as their parent.
    SpanOdd,
    /// Spans do not say which process they are of.
    SpanProcess,
    /// A message was received before it was sent, by the clocks on the wall.
    ReceiveBeforeSend,
    /// The times of a process go down.
    TimeWentDown,
    /// Messages that are on their way where the log ends.
    Unreceived,
    /// Messages overtook others on a channel that is declared unordered.
    Reordered,
    /// Spans inside of a process lack their parent.
    SpanWithoutParent,
    /// Spans of a server end after the client's, so that no reply is drawn.
    LateReply,
    /// Spans call someone that the log does not know.
    NoPeer,
    /// Spans of a service that is read as a part of its caller.
    InsideParent,
    /// Events of one process and one time.
    TimeTies,
    /// The log shows receives before their sends.
    LogOrder,
    /// A process that is named and logs nothing.
    NoEvents,
    /// Records say what happened by words without a meaning.
    UnknownWord,
    /// Lines that are no record.
    SkippedLines,
    /// Members of lines that say nothing.
    PassedOver,
    /// Messages are inferred from logged clocks.
    Inferred,
    /// Messages without ids are paired by the order of their channel.
    PairedByOrder,
    /// No channel is declared: every one is taken for FIFO.
    AssumedFifo,
}

/// What is fixed about a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// Its name: it stays as it is.
    pub id: &'static str,
    /// How grave a breach is.
    pub severity: Severity,
    /// A breach leaves a hole in the log: what the log says is then no proof that all is well.
    pub hole: bool,
    /// What it asks, in one line.
    pub meaning: &'static str,
    /// What to do about a breach; empty where nothing is to be done.
    pub mend: &'static str,
}

impl Rule {
    /// All of them, gravest first.
    pub const ALL: [Self; 35] = [
        Self::Cycle,
        Self::SpanCycle,
        Self::Duplicate,
        Self::ReusedId,
        Self::Overtaking,
        Self::Lost,
        Self::ClockWentDown,
        Self::ClockStoodStill,
        Self::ClockMergeForgotten,
        Self::NamedCut,
        Self::Unsent,
        Self::ClockFromNowhere,
        Self::ClockFromTheFuture,
        Self::ClockUnknownProcess,
        Self::ClockJumped,
        Self::ClockStartsLate,
        Self::SpanOdd,
        Self::SpanProcess,
        Self::ReceiveBeforeSend,
        Self::TimeWentDown,
        Self::Unreceived,
        Self::Reordered,
        Self::SpanWithoutParent,
        Self::LateReply,
        Self::NoPeer,
        Self::InsideParent,
        Self::TimeTies,
        Self::LogOrder,
        Self::NoEvents,
        Self::UnknownWord,
        Self::SkippedLines,
        Self::PassedOver,
        Self::Inferred,
        Self::PairedByOrder,
        Self::AssumedFifo,
    ];

    /// Its row in the table of rules.
    pub const fn about(self) -> About {
        match self {
            Self::Cycle
            | Self::Duplicate
            | Self::ReusedId
            | Self::Overtaking
            | Self::Lost
            | Self::Unsent
            | Self::Unreceived
            | Self::Reordered => self.about_messages(),
            Self::ClockWentDown
            | Self::ClockStoodStill
            | Self::ClockJumped
            | Self::ClockMergeForgotten
            | Self::ClockFromNowhere
            | Self::ClockFromTheFuture
            | Self::ClockUnknownProcess
            | Self::ClockStartsLate => self.about_clocks(),
            Self::SpanCycle
            | Self::SpanOdd
            | Self::SpanProcess
            | Self::SpanWithoutParent
            | Self::LateReply
            | Self::NoPeer
            | Self::InsideParent
            | Self::TimeTies => self.about_spans(),
            _ => self.about_log(),
        }
    }

    const fn about_spans(self) -> About {
        match self {
            Self::SpanCycle => error(
                "span-cycle",
                "no span is its own ancestor",
                "are ids used twice, or parents set wrong? These spans are read as if their parents were missing",
            ),
            Self::SpanOdd => warning(
                "span-odd",
                "a span is told once, and its parent is another one",
                "was the file exported twice? Else give each span an id of its own",
            ),
            Self::SpanProcess => hole(
                "span-process",
                "a trace says what its processes are",
                "export the trace again: what counts as two processes here may be one",
            ),
            Self::SpanWithoutParent => {
                note("span-without-parent", "spans inside of a process whose parent is not in the log")
            }
            Self::LateReply => {
                note("late-reply", "a reply is drawn where the span of the server ends before that of its client")
            }
            Self::NoPeer => note("no-peer", "calls to whom the log does not know: they send no message"),
            Self::InsideParent => note(
                "inside-parent",
                "services that only call, from below other processes, are read as part of these (see --own-process)",
            ),
            _ => note("time-ties", "events of one process and one time: messages order them, else their ids do"),
        }
    }

    const fn about_messages(self) -> About {
        match self {
            Self::Cycle => error(
                "cycle",
                "no event happens before itself",
                "one of these lines is out of its process's order, or an id pairs a receive with the wrong send",
            ),
            Self::Duplicate => error(
                "duplicate",
                "a message is received once",
                "was it sent again? Then log that send, with an id of its own",
            ),
            Self::ReusedId => error(
                "reused-id",
                "an id names one message of its channel",
                "give each message an id of its own, or leave ids out to pair by order",
            ),
            Self::Overtaking => error(
                "overtaking",
                "a FIFO channel delivers in the order of sending",
                "if the channel may reorder, declare it, like `channel P1 -> P2 unordered`",
            ),
            Self::Lost => error(
                "lost",
                "a FIFO channel that delivers a message has delivered all that were sent before it",
                "is the receive missing in the log? If the channel may lose messages, declare it unordered",
            ),
            Self::Unsent => hole(
                "unsent",
                "a message that is received was sent",
                "add the sender's log, or the part of it that is missing",
            ),
            Self::Unreceived => note("unreceived", "messages that were still on their way when the log ended"),
            _ => note("reordered", "an unordered channel may deliver in any order, and did"),
        }
    }

    const fn about_clocks(self) -> About {
        match self {
            Self::ClockWentDown => error(
                "clock-went-down",
                "a process forgets nothing: no component of its clock ever goes down",
                "was the clock reset or handed on incompletely? Keep the old one and merge into it",
            ),
            Self::ClockStoodStill => error(
                "clock-stood-still",
                "every event counts in its own process's component",
                "tick before each event is logged",
            ),
            Self::ClockJumped => hole(
                "clock-jumped",
                "every event ticks its own process's component by one, and the log has them all",
                "add the lines that are missing; if none is, the program ticks twice",
            ),
            Self::ClockMergeForgotten => error(
                "clock-merge-forgotten",
                "who receives a message merges the clock of its send: the maximum in every component",
                "merge the whole clock of the message, component by component, before the tick",
            ),
            Self::ClockFromNowhere => hole(
                "clock-from-nowhere",
                "a component of another process grows only by a message that tells of it",
                "is a receive missing in the log? If not, the component was set by mistake",
            ),
            Self::ClockFromTheFuture => hole(
                "clock-from-the-future",
                "a clock counts events that happened, and the log has them",
                "add the rest of that process's log; if it is whole, the component is wrong",
            ),
            Self::ClockUnknownProcess => hole(
                "clock-unknown-process",
                "a clock counts events of processes that the log has",
                "add that process's log, or mend the name in the clock",
            ),
            _ => warning(
                "clock-starts-late",
                "the first event of a process counts 1",
                "add the start of its log, or start its clock at 0",
            ),
        }
    }

    const fn about_log(self) -> About {
        match self {
            Self::NamedCut => error(
                "named-cut",
                "a cut that the log names stands at processes and events that it has",
                "mend the line, or take it out: nothing else rests on it",
            ),
            Self::ReceiveBeforeSend => warning(
                "receive-before-send",
                "no message arrives before it is sent: the times prove a skew",
                "a cut by time needs a time for each of the two, that far apart",
            ),
            Self::TimeWentDown => warning(
                "time-went-down",
                "the times of one process never go down",
                "was the clock set back, or are lines out of order?",
            ),
            Self::LogOrder => {
                note("log-order", "the log shows receives before their sends, as files joined one after another do")
            }
            Self::NoEvents => note("no-events", "processes that are named and log nothing"),
            Self::UnknownWord => note("unknown-word", "records that say what happened by a word without a meaning"),
            Self::SkippedLines => note("skipped-lines", "lines that are no record were left out"),
            Self::PassedOver => {
                note("passed-over", "members that are not known, or say nothing on such a line, were passed over")
            }
            Self::Inferred => {
                note("inferred", "the log shows no messages: they are inferred from the clocks that it has")
            }
            Self::PairedByOrder => note(
                "paired-by-order",
                "without ids the k-th send of a channel is taken for the k-th receive: FIFO is assumed, not checked",
            ),
            _ => note("assumed-fifo", "no channel is declared, so each is held to FIFO order, as in the classic model"),
        }
    }
}

const fn error(id: &'static str, meaning: &'static str, mend: &'static str) -> About {
    About { id, severity: Severity::Error, hole: false, meaning, mend }
}

const fn warning(id: &'static str, meaning: &'static str, mend: &'static str) -> About {
    About { id, severity: Severity::Warning, hole: false, meaning, mend }
}

const fn hole(id: &'static str, meaning: &'static str, mend: &'static str) -> About {
    About { id, severity: Severity::Warning, hole: true, meaning, mend }
}

const fn note(id: &'static str, meaning: &'static str) -> About {
    About { id, severity: Severity::Note, hole: false, meaning, mend: "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_its_ids_are_unique() {
        for (i, rule) in Rule::ALL.into_iter().enumerate() {
            assert_eq!(rule as usize, i, "{rule:?}");
        }
        let mut ids: Vec<&str> = Rule::ALL.iter().map(|rule| rule.about().id).collect();
        assert!(Rule::ALL.windows(2).all(|two| two[0].about().severity <= two[1].about().severity));
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), Rule::ALL.len());
        assert!(ids.iter().all(|id| id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')));
    }
}
