//! What is not as it should be in a recorded snapshot: the rule, who broke it, and what was expected, as data.

use super::claims::Member;
use crate::cut::Class;
use crate::ids::{MessageId, ProcessId};

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Who broke the rule, or claims what is not so.
    pub process: ProcessId,
    /// Address of the line, in [`crate::trace::Trace::sources`].
    pub at: u64,
    /// The rule, and what was expected.
    pub what: What,
}

/// How a claimed channel content is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelFault {
    /// A message in transit is not claimed.
    Missing(MessageId),
    /// Recording stopped early: what is claimed is right, and this message and all after it are missing.
    ClosedEarly(MessageId),
    /// Something is claimed that was not in transit there: number of the member, and the message of that id on this
    /// channel, if there is one, with its class.
    Extra(usize, Option<(MessageId, Class)>),
    /// A message is claimed on this channel, as this member, and was in transit on that from another process.
    WrongChannel(usize, MessageId),
    /// The right messages, in another order than they were sent.
    WrongOrder,
}

impl ChannelFault {
    /// Its name in reports.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Missing(_) => "missing",
            Self::ClosedEarly(_) => "closed-early",
            Self::Extra(..) => "extra",
            Self::WrongChannel(..) => "wrong-channel",
            Self::WrongOrder => "wrong-order",
        }
    }
}

/// A broken rule. Positions and texts are of the process that broke it unless it is said otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A claimed variable has another value, JSON texts both; nothing is expected where the log has no such variable.
    State {
        /// The variable.
        variable: String,
        /// Its value at the position of the record.
        expected: Option<String>,
        /// What is claimed.
        recorded: String,
    },
    /// A claimed channel content is not what was in transit.
    Channel {
        /// The sender; nothing for a name that is no process of the trace.
        from: Option<ProcessId>,
        /// The name under which it is claimed.
        name: String,
        /// What was in transit, in order.
        expected: Vec<MessageId>,
        /// What is claimed.
        recorded: Vec<Member>,
        /// How they differ, at least one.
        faults: Vec<ChannelFault>,
    },
    /// It recorded again.
    RecordedTwice {
        /// Where it recorded first.
        first: u32,
        /// Where it did again.
        again: u32,
    },
    /// It recorded after the next event after its first marker.
    RecordedLate {
        /// Who sent that marker.
        from: ProcessId,
        /// Where it arrived.
        expected: u32,
        /// Where it recorded.
        recorded: u32,
    },
    /// It went on without having recorded: after a first marker, or after it sent one itself.
    NotRecorded {
        /// Who sent that marker; nothing where it sent one itself.
        from: Option<ProcessId>,
        /// Where it should have recorded.
        expected: u32,
    },
    /// It recorded and went on without a marker on an outgoing channel.
    MarkerMissing {
        /// The receiver.
        to: ProcessId,
        /// Where it recorded.
        recorded: u32,
    },
    /// It sent a message after it recorded and before the marker on the same channel.
    MarkerLate {
        /// The receiver.
        to: ProcessId,
        /// The first such message.
        message: MessageId,
        /// Where it recorded.
        recorded: u32,
        /// Where it sent the marker.
        sent: u32,
    },
    /// It sent a marker some events before it recorded.
    MarkerEarly {
        /// The receiver.
        to: ProcessId,
        /// Where it sent the marker.
        sent: u32,
        /// Where it recorded.
        recorded: u32,
    },
    /// It sent a second marker on a channel.
    MarkerTwice {
        /// The receiver.
        to: ProcessId,
    },
    /// It received more markers on a channel than were sent there.
    MarkerUnsent {
        /// The sender.
        from: ProcessId,
        /// How many were sent.
        sent: usize,
        /// The how-manieth this one is.
        received: usize,
    },
    /// It closed a channel before the marker of the channel came: its claim is the start of what arrived until then.
    ClosedEarly {
        /// The sender.
        from: ProcessId,
        /// The first message that it left out.
        message: MessageId,
        /// Where the marker arrived.
        expected: u32,
        /// Where it closed the channel, at the latest.
        recorded: u32,
    },
    /// A marker and a message of one channel did not arrive in the order in which they were sent.
    MarkerOrder {
        /// The sender.
        from: ProcessId,
        /// The message.
        message: MessageId,
        /// The message was sent first, and the marker overtook it; else it overtook the marker.
        overtaken: bool,
    },
}

impl What {
    /// The rule, as reports name it.
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::State { .. } => "state",
            Self::Channel { .. } => "channel",
            Self::RecordedTwice { .. } => "recorded-twice",
            Self::RecordedLate { .. } => "recorded-late",
            Self::NotRecorded { .. } => "not-recorded",
            Self::MarkerMissing { .. } => "marker-missing",
            Self::MarkerLate { .. } => "marker-late",
            Self::MarkerEarly { .. } => "marker-early",
            Self::MarkerTwice { .. } => "marker-twice",
            Self::MarkerUnsent { .. } => "marker-unsent",
            Self::ClosedEarly { .. } => "closed-early",
            Self::MarkerOrder { .. } => "marker-order",
        }
    }
}
