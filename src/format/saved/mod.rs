//! Saved traces: the records of a log as columns, in an Arrow IPC file or in Parquet (`grammar/saved.md`).
//!
//! A file has a row for each record, and for each further message of an event; a column that no record uses is left
//! out. Beside what the log says stand the numbers that pairing found: an event's position and that of the other end of
//! its message, for whoever asks with SQL, and for a trace that is made of the columns alone
//! ([`Builder::columns`](../../trace/struct.Builder.html#method.columns)). Who reads records is told what the log says, and
//! pairs it again.
//!
//! An Arrow file is used where it lies, mapped or in memory. The library's arrays are not: they look at text once and
//! trust it from then on, which a mapped file is no ground for. Only the file's metadata is read by the library, from a copy
//! and verified; columns are slices whose every access is checked.

use std::borrow::Cow;

use super::record::{Problem, Sink};

#[cfg(feature = "arrow")]
pub mod columns;
#[cfg(feature = "arrow")]
mod file;
#[cfg(feature = "parquet")]
pub mod parquet;
#[cfg(feature = "arrow")]
pub mod rows;

/// Kinds of files that hold saved traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Arrow IPC, the file format.
    Arrow,
    /// Parquet.
    Parquet,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Arrow, Self::Parquet];

    /// Its name in the table of formats, and that of the feature that it needs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Arrow => "arrow",
            Self::Parquet => "parquet",
        }
    }

    /// Whether this program was built with what it takes.
    pub const fn is_built_in(self) -> bool {
        match self {
            Self::Arrow => cfg!(feature = "arrow"),
            Self::Parquet => cfg!(feature = "parquet"),
        }
    }

    /// The kind of a file, told by its first bytes.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"ARROW1\0\0") {
            Some(Self::Arrow)
        } else if bytes.starts_with(b"PAR1") {
            Some(Self::Parquet)
        } else {
            None
        }
    }
}

/// Tells a sink all records of a saved trace.
///
/// # Errors
/// What is wrong with the file, or which feature this program was built without.
pub fn read(bytes: &[u8], sink: &mut dyn Sink) -> Result<(), Problem> {
    let Some(kind) = Kind::of(bytes) else {
        return Err(problem("this is no saved trace", "neither Arrow IPC nor Parquet"));
    };
    let bytes = arrow(bytes)?;
    let _ = (&bytes, &sink);
    #[cfg(feature = "arrow")]
    return rows::read(&bytes, sink).map_err(|flaw| damaged(kind, &flaw.0));
    #[cfg(not(feature = "arrow"))]
    Err(not_built_in(kind))
}

/// A saved trace as an Arrow IPC file: as it is, or made from Parquet in memory.
///
/// # Errors
/// What is wrong with the file, or which feature this program was built without.
pub fn arrow(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Problem> {
    match Kind::of(bytes) {
        #[cfg(feature = "parquet")]
        Some(Kind::Parquet) => parquet::to_arrow(bytes).map(Cow::Owned).map_err(|flaw| damaged(Kind::Parquet, &flaw.0)),
        Some(kind) if !kind.is_built_in() => Err(not_built_in(kind)),
        _ => Ok(Cow::Borrowed(bytes)),
    }
}

fn not_built_in(kind: Kind) -> Problem {
    let name = kind.name();
    Problem {
        help: Some(format!("build it with the feature: cargo install clearcut --features {name}")),
        ..problem(format!("this clearcut was built without the feature `{name}`"), "a file that takes it")
    }
}

#[cfg(feature = "arrow")]
fn damaged(kind: Kind, flaw: &str) -> Problem {
    Problem {
        help: Some("grammar/saved.md says what a saved trace is; can it be written again?".into()),
        ..problem(format!("this {} file is no saved trace: {flaw}", kind.name()), "in this file")
    }
}

fn problem(what: impl Into<String>, label: &str) -> Problem {
    Problem { at: 0..0, what: what.into(), label: label.into(), help: None }
}

/// What a row is: the words of the column `event`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// A local step.
    Step,
    /// A send of one message.
    Send,
    /// A receive of one message.
    Receive,
    /// A process recorded its state for a snapshot.
    Record,
    /// It sent a marker.
    SendMarker,
    /// It received one.
    ReceiveMarker,
    /// A declared process.
    Process,
    /// A declared channel that is FIFO.
    Channel,
    /// A declared channel that is not.
    UnorderedChannel,
    /// A named cut.
    Cut,
}

impl Row {
    /// All of them, in the order of the dictionary that is written.
    pub const ALL: [Self; 10] = [
        Self::Step,
        Self::Send,
        Self::Receive,
        Self::Record,
        Self::SendMarker,
        Self::ReceiveMarker,
        Self::Process,
        Self::Channel,
        Self::UnorderedChannel,
        Self::Cut,
    ];

    /// Its word in the file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Send => "send",
            Self::Receive => "receive",
            Self::Record => "record",
            Self::SendMarker => "send marker",
            Self::ReceiveMarker => "receive marker",
            Self::Process => "process",
            Self::Channel => "channel",
            Self::UnorderedChannel => "unordered channel",
            Self::Cut => "cut",
        }
    }

    /// The row of a word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|row| row.word() == word)
    }
}

/// The columns, in the order in which they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// What the row is ([`Row`]).
    Event,
    /// Whose row it is; the sender of a declared channel.
    Process,
    /// Number of the event within its process, from 1; of a line between events, that of the one before it.
    Position,
    /// The id of the message, where the log gives one.
    Message,
    /// The other process: the receiver of a send, the sender of a receive where that is known.
    Peer,
    /// Number of the event at the other end of the message, within its process.
    PeerPosition,
    /// Whether a receive names its sender; of others nothing.
    PeerNamed,
    /// Whether the row is one more message of the record in the row before it.
    Continues,
    /// The label of an event; the name of a cut.
    Label,
    /// Free text.
    Note,
    /// A JSON object of variables.
    State,
    /// JSON.
    Payload,
    /// When, exactly: seconds since 1970 if `date` is true, else in the log's own unit.
    Time,
    /// Whether the time was written as a date.
    Date,
    /// The logged vector clock: a JSON object.
    Clock,
    /// The id of the snapshot of a marker or record.
    Snapshot,
    /// What a record claims of its incoming channels: a JSON object.
    Channels,
    /// The positions of a named cut, as text.
    Cut,
}

impl Name {
    /// All of them, in the order in which they are written.
    pub const ALL: [Self; 18] = [
        Self::Event,
        Self::Process,
        Self::Position,
        Self::Message,
        Self::Peer,
        Self::PeerPosition,
        Self::PeerNamed,
        Self::Continues,
        Self::Label,
        Self::Note,
        Self::State,
        Self::Payload,
        Self::Time,
        Self::Date,
        Self::Clock,
        Self::Snapshot,
        Self::Channels,
        Self::Cut,
    ];

    /// Its name in the file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Process => "process",
            Self::Position => "position",
            Self::Message => "message",
            Self::Peer => "peer",
            Self::PeerPosition => "peer_position",
            Self::PeerNamed => "peer_named",
            Self::Continues => "continues",
            Self::Label => "label",
            Self::Note => "note",
            Self::State => "state",
            Self::Payload => "payload",
            Self::Time => "time",
            Self::Date => "date",
            Self::Clock => "clock",
            Self::Snapshot => "snapshot",
            Self::Channels => "channels",
            Self::Cut => "cut",
        }
    }
}

/// Digits behind the point of a time.
pub const TIME_SCALE: i8 = 9;

/// Digits of a time.
pub const TIME_DIGITS: u8 = 38;
