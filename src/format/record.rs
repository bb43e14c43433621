//! What a reader hands on: one record at a time, borrowed from the source, and every line that it could not use.
//!
//! A reader knows its format and nothing of traces; whoever takes the records ([`Sink`]) knows traces and no format.
//! Records are pushed, so that a log is read in one pass and nothing is kept that the sink does not keep.

mod details;
mod plain;
mod turns;

use std::collections::BTreeSet;
use std::ops::Range;

pub use self::details::{Details, PlainText, PlainTime, TextOf};
pub use self::plain::{PlainBlock, PlainBlocks, PlainEvent, PlainLines, PlainRun, PlainTransfer, UNKNOWN};
pub use self::turns::{Turn, Turns};
use super::time::Time;
use crate::suggest::nearest;

/// What an event does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionKind {
    /// A local step.
    Step,
    /// Sends one message or several.
    Send,
    /// Receives one message or several.
    Receive,
}

/// One message of a send or receive, as the log names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Transfer<'a> {
    /// Id of the message. Without one, the k-th send pairs with the k-th receive of the channel.
    pub message: Option<&'a str>,
    /// The other process: where it goes, or where it came from if the log says.
    pub peer: Option<&'a str>,
    /// Payload as JSON text (on a send).
    pub payload: Option<&'a str>,
}

/// One event line. Text that is a slice of the source costs nothing to keep; any other text is copied if it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRecord<'a> {
    /// The bytes of the record in its source.
    pub at: Range<usize>,
    /// Whose event it is.
    pub process: &'a str,
    /// Name of the event, unique within its process.
    pub label: Option<&'a str>,
    /// Free text that describes the event; need not be unique.
    pub note: Option<&'a str>,
    /// What the event does.
    pub action: ActionKind,
    /// The messages of a send or receive, at least one; empty for a step.
    pub transfers: &'a [Transfer<'a>],
    /// Variables that the event sets: a JSON object's text.
    pub state: Option<&'a str>,
    /// When, by the process's own clock.
    pub time: Option<Time>,
    /// The vector clock that the program logged.
    pub clock: Option<&'a [(&'a str, u64)]>,
}

/// One line of a snapshot protocol: no event, it stands between events.
#[derive(Clone, Debug, PartialEq)]
pub struct MarkRecord<'a> {
    /// The bytes of the record in its source.
    pub at: Range<usize>,
    /// Whose line it is.
    pub process: &'a str,
    /// Id of the snapshot.
    pub snapshot: &'a str,
    /// What was done.
    pub mark: MarkKind<'a>,
}

/// What a snapshot protocol line says.
#[derive(Clone, Debug, PartialEq)]
pub enum MarkKind<'a> {
    /// The process recorded its state.
    Record {
        /// The state that it claims to have recorded, a JSON object's text.
        state: Option<&'a str>,
        /// What it claims to have recorded on its incoming channels, a JSON object's text (DESIGN.md 3.2).
        channels: Option<&'a str>,
    },
    /// It sent a marker to each of these.
    Send(&'a [&'a str]),
    /// It received a marker from this one.
    Receive(&'a str),
}

/// Declares a process.
#[derive(Clone, Debug, PartialEq)]
pub struct ProcessRecord<'a> {
    /// The bytes of the record in its source.
    pub at: Range<usize>,
    /// Its name.
    pub name: &'a str,
    /// Its initial state, a JSON object's text.
    pub state: Option<&'a str>,
}

/// Declares a channel; the first declaration makes the declared channels the only ones.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelRecord<'a> {
    /// The bytes of the record in its source.
    pub at: Range<usize>,
    /// Sender.
    pub from: &'a str,
    /// Receiver.
    pub to: &'a str,
    /// Whether messages arrive in the order in which they were sent.
    pub fifo: bool,
}

/// A cut that the log names.
#[derive(Clone, Debug, PartialEq)]
pub struct CutRecord<'a> {
    /// The bytes of the record in its source.
    pub at: Range<usize>,
    /// Its name.
    pub name: &'a str,
    /// Its text, as [`super::cut::parse`] reads it.
    pub spec: &'a str,
}

/// Something that an option says and that a log never has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// What was said, as on the command line.
    pub said: String,
    /// What may have been meant.
    pub near: Option<String>,
    /// What there is of the kind, as far as it was looked for; in order.
    pub there: Vec<String>,
}

impl Unseen {
    /// What was said, of a name that is none of those that there are.
    pub fn new(said: String, name: &str, there: BTreeSet<String>) -> Self {
        let near = nearest(name, there.iter().map(String::as_str)).map(str::to_owned);
        Self { said, near, there: there.into_iter().collect() }
    }
}

/// A mistake in the input: where, what, what was expected and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The bytes at fault in their source.
    pub at: Range<usize>,
    /// What is wrong, in one sentence without a full stop.
    pub what: String,
    /// Short text for the place itself, mostly `expected ...`.
    pub label: String,
    /// How to mend it.
    pub help: Option<String>,
}

/// What a [`Remark`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RemarkKind {
    /// Spans that are their own ancestors.
    ParentCycle,
    /// Spans that are told again.
    SpanTwice,
    /// Spans of a trace that does not say what its processes are.
    Unnamed,
    /// Spans that name themselves as their parent.
    OwnParent,
    /// Spans inside of a process whose parent the log lacks.
    LostParent,
    /// Answers that came too late to be waited for.
    LateReply,
    /// Calls without anyone who was called.
    NoPeer,
    /// Spans of a service that is no process of its own.
    InsideParent,
    /// Events of one process and one time.
    Ties,
    /// Words for what events do that have no meaning.
    UnknownWord,
}

/// What a reader found odd, left out or decided, and whoever rests on the log should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// What it is about.
    pub kind: RemarkKind,
    /// The sentence, without a full stop.
    pub text: String,
    /// The first places: number of the source among those that are read together, byte, and what is there.
    pub at: Vec<(usize, usize, String)>,
}

/// Takes what a reader finds in one source, in the order of the source.
pub trait Sink {
    /// What follows is of this one of the sources that are read together, by its number from 0. A reader of one source
    /// need not say so.
    fn source(&mut self, _number: usize) {}
    /// Channels that nobody declares may deliver in any order.
    fn unordered(&mut self) {}
    /// What is worth knowing about how the log was read.
    fn remark(&mut self, _remark: Remark) {}
    /// A declared process.
    fn process(&mut self, record: ProcessRecord<'_>);
    /// A declared channel.
    fn channel(&mut self, record: ChannelRecord<'_>);
    /// An event.
    fn event(&mut self, record: &EventRecord<'_>);
    /// Plain events. The same as [`Sink::event`] for each of them; a sink may do it faster.
    fn plain_events(&mut self, run: PlainRun<'_>) {
        run.tell_each(self);
    }
    /// Whether it has a use for the times of plain events. A sink gives the same answer as long as it is read into.
    fn takes_times(&self) -> bool {
        true
    }
    /// Itself, if it takes plain events by the block and asks for no single lines of them. A sink gives the same answer as
    /// long as it is read into.
    fn by_block(&mut self) -> Option<&mut dyn PlainBlocks> {
        None
    }
    /// Whether it has no use for the rest of the source: what it is told of that changes nothing.
    fn is_done(&self) -> bool {
        false
    }
    /// A line of a snapshot protocol.
    fn mark(&mut self, record: MarkRecord<'_>);
    /// A named cut.
    fn cut(&mut self, record: CutRecord<'_>);
    /// Text that is no record of this format, and no comment or blank line either.
    fn skipped(&mut self, at: Range<usize>);
    /// The end of the source, which breaks off in the middle of a record: none of it is used.
    fn cut_short(&mut self, at: Range<usize>) {
        self.skipped(at);
    }
    /// A member of a record that says nothing: of an unknown name, or, where `on` is given, one that has no meaning on
    /// such a line. The record itself was read, or its problems are told. Of plain events all of a block may be told at
    /// once: so many, the first of them at a place. A sink that does not care leaves this out.
    fn passed_over(&mut self, name: &str, on: Option<&'static str>, at: Range<usize>, count: usize) {
        let _ = (name, on, at, count);
    }
    /// A record that cannot be read.
    fn problem(&mut self, problem: Problem);
    /// How many lines were read, blank ones and comments included.
    fn lines(&mut self, lines: usize);
    /// All up to this byte of the source is read: said once a block, for those who wait.
    fn reached(&mut self, _byte: usize) {}
}

/// A sink of events alone, for who asks for nothing else of a log.
#[derive(Debug)]
pub struct Events<F>(pub F);

impl<F: FnMut(&EventRecord<'_>)> Sink for Events<F> {
    fn event(&mut self, record: &EventRecord<'_>) {
        self.0(record);
    }

    fn process(&mut self, _: ProcessRecord<'_>) {}
    fn channel(&mut self, _: ChannelRecord<'_>) {}
    fn mark(&mut self, _: MarkRecord<'_>) {}
    fn cut(&mut self, _: CutRecord<'_>) {}
    fn skipped(&mut self, _: Range<usize>) {}
    fn problem(&mut self, _: Problem) {}
    fn lines(&mut self, _: usize) {}
}
