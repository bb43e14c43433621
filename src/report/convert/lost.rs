//! What a target cannot express.

use std::collections::BTreeMap;

/// One kind of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loss {
    /// A vector clock that the program logged.
    Clock,
    /// What a process claims to have recorded on its channels.
    Claim,
    /// A payload that is no object of members, or that is of a message without id.
    Payload,
    /// A variable or member without a name.
    Unnamed,
    /// An array or object as a value: written as a string of its JSON.
    Nested,
    /// Text that describes an event: written as a comment.
    Note,
    /// A line of a snapshot protocol.
    Mark,
    /// A named cut.
    Cut,
    /// A declared channel.
    Channel,
    /// The initial state of a process.
    Initial,
    /// A process without events.
    Silent,
    /// A message that the log never shows received.
    Unreceived,
    /// A receive whose send the log lacks.
    Unsent,
    /// An event that receives and sends: written as two.
    Split,
}

impl Loss {
    const fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Clock => ("logged clock", "logged clocks", "left out"),
            Self::Claim => ("record's claimed channels", "records' claimed channels", "left out"),
            Self::Payload => ("payload", "payloads", "left out"),
            Self::Unnamed => ("variable without a name", "variables without a name", "left out"),
            Self::Nested => ("array or object as a value", "arrays or objects as values", "written as text"),
            Self::Note => ("note of an event", "notes of events", "written as comments"),
            Self::Mark => ("line of a snapshot protocol", "lines of snapshot protocols", "left out"),
            Self::Cut => ("named cut", "named cuts", "left out"),
            Self::Channel => ("declared channel", "declared channels", "left out"),
            Self::Initial => ("initial state", "initial states", "left out"),
            Self::Silent => ("process without events", "processes without events", "left out"),
            Self::Unreceived => (
                "message that is never received",
                "messages that are never received",
                "left out: what is written shows no channel with it",
            ),
            Self::Unsent => (
                "receive without its send",
                "receives without their sends",
                "taken as steps: what is written hides the hole, so judge the log itself (`clearcut check`, `verify`)",
            ),
            Self::Split => ("event that receives and sends", "events that receive and send", "written as two each"),
        }
    }
}

/// How much of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lost(BTreeMap<Loss, usize>);

impl Lost {
    /// Counts one more of a kind.
    pub fn add(&mut self, loss: Loss) {
        self.add_many(loss, 1);
    }

    /// Counts more of a kind.
    pub fn add_many(&mut self, loss: Loss, number: usize) {
        if number > 0 {
            *self.0.entry(loss).or_default() += number;
        }
    }

    /// Adds all that another one counted.
    pub fn merge(&mut self, other: &Self) {
        other.0.iter().for_each(|(&loss, &number)| self.add_many(loss, number));
    }

    /// How much there is of a kind.
    pub fn of(&self, loss: Loss) -> usize {
        self.0.get(&loss).copied().unwrap_or(0)
    }

    /// A phrase for each kind, in a fixed order.
    pub fn phrases(&self) -> impl Iterator<Item = String> + '_ {
        self.0.iter().map(|(loss, &number)| {
            let (one, many, what) = loss.words();
            format!("{number} {} {what}", if number == 1 { one } else { many })
        })
    }
}
