//! Records to a [`Trace`]: what every question is asked of.
//!
//! A trace is columns of four-byte numbers: for each process what each event does and where it stands in the log; for
//! each message its channel and the positions of its two ends; and the order of the log as one process number per
//! event. Text (ids, labels, states, payloads) stays where it is in the source and is looked up when a report shows it.

mod arrivals;
pub mod audit;
mod both;
mod build;
mod channels;
mod counts;
mod crossed;
mod details;
mod history;
mod in_sections;
mod infer;
mod knows;
mod marks;
mod meant;
mod messages;
mod numbers;
mod on_channels;
mod pairing;
mod parts;
mod problems;
mod read;
mod sparse;
mod stretches;
mod times;
mod twice;

use std::ops::Range;
use std::sync::OnceLock;

#[cfg(feature = "arrow")]
pub use self::build::columns;
pub use self::build::{Builder, Recorder, Scene, Transit, Wanted};
pub use self::channels::Channels;
pub use self::counts::Gap;
pub use self::crossed::Crossed;
pub use self::history::{Part, Parts};
pub use self::knows::Knows;
pub use self::marks::{Mark, MarkAction};
pub use self::problems::{Located, Problems};
pub use crate::suggest::nearest;

use self::arrivals::Arrivals;
use self::audit::lag::Lags;
use self::counts::OwnCounts;
use self::history::History;
pub(crate) use self::history::{Packed, Unpacked};
use self::in_sections::InSections;
use self::messages::Messages;
use self::stretches::Stretches;
use crate::format::record::{ActionKind, RemarkKind};
use crate::ids::{ChannelId, EventId, MessageId, ProcessId};
pub use crate::names::Names;
use crate::source::{Sources, Span};

/// A receive whose send the log lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsent {
    /// The receiver.
    pub to: ProcessId,
    /// Which of its events received it, from 1.
    pub received: u32,
    /// The sender, where the receive names it.
    pub from: Option<ProcessId>,
    /// Where its send must be, where a logged clock tells of it.
    pub gap: Option<Gap>,
    name: Option<Span>,
}

impl Unsent {
    /// Whether it leaves a cut open that stands at these positions: the receive is inside, and the send could be outside
    /// without an event of the log that shows it.
    pub fn is_open_at(&self, position: impl Fn(ProcessId) -> u32) -> bool {
        let settled = |(from, gap): (ProcessId, Gap)| !(gap.after..gap.until).contains(&position(from));
        self.received <= position(self.to) && !self.from.zip(self.gap).is_some_and(settled)
    }

    /// Whether more of what happens before what could be behind it than the log shows: not where a clock tells of an event
    /// that is certainly none of the log, as that clock tells of all before it too.
    pub fn hides_order(&self) -> bool {
        self.gap.is_none_or(|gap| gap.logged)
    }
}

/// A message that was received a second time. It tells its receiver nothing new, so it is no edge of happens-before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The message.
    pub message: MessageId,
    /// Which event of the receiver received it again, from 1.
    pub received: u32,
}

/// A cut that the log names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedCut {
    /// Its name.
    pub name: String,
    spec: Span,
}

/// How many lines were read, and what was none of ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineCount {
    /// All lines.
    pub read: usize,
    /// Lines (or pieces of text) that are no event, no comment and no blank.
    pub skipped: usize,
    /// The first few of these.
    pub first_skipped: Vec<Span>,
    /// Last lines, or other ends, of files that are cut short; they are among the skipped.
    pub cut_short: Vec<Span>,
    /// Members of records that say nothing where they stand, in the order of their first mention.
    pub passed_over: Vec<PassedOver>,
    /// How many more members were passed over, of yet other names.
    pub more_passed_over: usize,
}

/// A member of records that says nothing where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// Its name.
    pub name: String,
    /// The kind of line that has no use for it; nothing where the name is unknown as such.
    pub on: Option<&'static str>,
    /// How often it was there.
    pub count: usize,
    /// The address where it was first.
    pub first: u64,
}

/// What the reader of the log found odd, left out or decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remarked {
    /// What it is about.
    pub kind: RemarkKind,
    /// The sentence.
    pub text: String,
    /// The first places, as addresses in [`Trace::sources`], and what is there.
    pub at: Vec<(u64, String)>,
}

/// What a trace keeps of single events. All traces have the messages, the channels and all that cuts are found by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Keep {
    /// Nothing, and of the messages those that cross one cut: enough to show that it is consistent, in the space of the
    /// messages in flight ([`Builder::crossing`]).
    Crossing,
    /// Nothing: enough for the verdict on a cut of a causal log, in 4 bytes an event and 18 a message.
    Messages,
    /// The order of the log: 4 bytes an event more.
    Order,
    /// What each event does, and no order: 4 bytes an event more than for [`Keep::Messages`]. Where the log is not causal an
    /// order is computed from this.
    Actions,
    /// The order, what each event does, and where its line is.
    #[default]
    Events,
}

impl Keep {
    /// Whether the order of the log is kept.
    pub(crate) const fn has_order(self) -> bool {
        matches!(self, Self::Order | Self::Events)
    }

    /// Whether it is kept what each event does.
    pub(crate) const fn has_actions(self) -> bool {
        matches!(self, Self::Actions | Self::Events)
    }

    /// Whether places all over the log are kept, by which single events are found again.
    pub(crate) const fn has_stretches(self) -> bool {
        matches!(self, Self::Messages | Self::Order | Self::Actions)
    }
}

/// One execution, as its log tells it. Built by [`Builder`]; see the module for the layout.
///
/// Positions count events: position k of a process is the point after its first k events, and event k (from 1) is the
/// one just before it.
#[derive(Debug)]
pub struct Trace {
    sources: Sources,
    arena: String,
    processes: Names,
    initial: Vec<Option<Span>>,
    channels: Channels,
    histories: Vec<History>,
    /// Id of each process's first event; one more entry for the end.
    starts: Vec<usize>,
    log: Vec<ProcessId>,
    keep: Keep,
    stretches: Stretches,
    messages: Messages,
    parts: Vec<Packed>,
    lists: Vec<Range<u32>>,
    unsent: Vec<Unsent>,
    duplicates: Vec<Duplicate>,
    sent_again: Vec<(ChannelId, usize)>,
    marks: Vec<Mark>,
    snapshots: Names,
    cuts: Vec<NamedCut>,
    clock_names: Names,
    clock_processes: Vec<Option<ProcessId>>,
    clock_pairs: Vec<(u32, u32)>,
    log_is_causal: bool,
    in_sections: Option<InSections>,
    inferred: bool,
    lines: LineCount,
    remarks: Vec<Remarked>,
    numbers_on_channel: OnceLock<Vec<u32>>,
    fifo: OnceLock<bool>,
    arrive: OnceLock<Arrivals>,
    own_counts: OnceLock<OwnCounts>,
    /// Messages that are never received, by receiver; the first of them.
    unreceived: OnceLock<Vec<Vec<MessageId>>>,
    /// How long messages took, by channel.
    lags: OnceLock<Vec<Lags>>,
    crossed: Option<Crossed>,
}

/// The text of a span, from the sources or from the trace's own text.
fn text_at<'t>(sources: &'t Sources, arena: &'t str, span: Span) -> Option<&'t str> {
    match span.start.checked_sub(build::ARENA) {
        Some(start) => arena.get(start as usize..start as usize + span.len as usize),
        // Validated when it was read; again here, as a mapped file may have changed since.
        None => std::str::from_utf8(sources.bytes(span)?).ok(),
    }
}

/// Processes and events.
impl Trace {
    /// How many processes there are.
    pub fn process_count(&self) -> usize {
        self.histories.len()
    }

    /// All processes: in the order of declaration, then of first mention.
    pub fn processes(&self) -> impl DoubleEndedIterator<Item = ProcessId> + Clone + use<> {
        (0..self.histories.len()).map(ProcessId::at)
    }

    /// The name of a process.
    pub fn name(&self, process: ProcessId) -> &str {
        self.processes.get(process.index())
    }

    /// The process of a name.
    pub fn process(&self, name: &str) -> Option<ProcessId> {
        self.processes.find(name).map(ProcessId::at)
    }

    /// How many events a process has: its last position.
    #[inline]
    pub fn events(&self, process: ProcessId) -> u32 {
        (self.starts[process.index() + 1] - self.starts[process.index()]) as u32
    }

    /// How many events all processes have.
    pub fn event_count(&self) -> usize {
        self.starts.last().copied().unwrap_or(0)
    }

    /// What it keeps of single events: what it does not keep is not to be asked.
    pub fn keeps(&self) -> Keep {
        self.keep
    }

    /// The id of event `number` (from 1) of a process.
    #[inline]
    pub fn event(&self, process: ProcessId, number: u32) -> EventId {
        debug_assert!(number >= 1 && number <= self.events(process));
        EventId::at(self.starts[process.index()] + number as usize - 1)
    }

    /// The process of an event and its number there, from 1. Time: logarithmic in the number of processes.
    pub fn place(&self, event: EventId) -> (ProcessId, u32) {
        let process = self.starts.partition_point(|&start| start <= event.index()) - 1;
        (ProcessId::at(process), (event.index() - self.starts[process]) as u32 + 1)
    }

    /// What event `number` (from 1) has to do with messages: nothing for a step.
    #[inline]
    pub fn parts(&self, process: ProcessId, number: u32) -> Parts<'_> {
        match self.packed(process, number).unpack() {
            Unpacked::Step => Parts::default(),
            Unpacked::One(part) => Parts::one(part),
            Unpacked::Several(list) => {
                let Range { start, end } = self.lists[list].clone();
                Parts::several(&self.parts[start as usize..end as usize])
            }
        }
    }

    /// The same as it is kept: to be read ahead of when it is looked into.
    #[inline]
    pub(crate) fn packed(&self, process: ProcessId, number: u32) -> Packed {
        self.histories[process.index()].actions[number as usize - 1]
    }

    /// The same for all events of a process.
    #[inline]
    pub(crate) fn actions(&self, process: ProcessId) -> &[Packed] {
        &self.histories[process.index()].actions
    }

    /// The messages that an event sends.
    pub fn sends(&self, process: ProcessId, number: u32) -> impl Iterator<Item = MessageId> + '_ {
        self.parts(process, number).filter_map(|part| match part {
            Part::Sent(message) => Some(message),
            _ => None,
        })
    }

    /// The messages that an event receives, for the first time and with a known send.
    pub fn receives(&self, process: ProcessId, number: u32) -> impl Iterator<Item = MessageId> + '_ {
        self.parts(process, number).filter_map(|part| match part {
            Part::Received(message) => Some(message),
            _ => None,
        })
    }

    /// What an event does. In a log whose messages are inferred an event may do both; then it counts as a receive.
    pub fn action(&self, process: ProcessId, number: u32) -> ActionKind {
        let mut kind = ActionKind::Step;
        for part in self.parts(process, number) {
            match part {
                Part::Sent(_) if kind == ActionKind::Step => kind = ActionKind::Send,
                Part::Sent(_) => {}
                _ => kind = ActionKind::Receive,
            }
        }
        kind
    }

    /// The order of the log: process and number of each event.
    pub fn log_order(&self) -> impl Iterator<Item = (ProcessId, u32)> + '_ {
        let mut counts = vec![0u32; self.process_count()];
        self.log.iter().map(move |&process| {
            counts[process.index()] += 1;
            (process, counts[process.index()])
        })
    }

    /// The same without the numbers.
    pub(crate) fn log_processes(&self) -> &[ProcessId] {
        &self.log
    }

    /// Whether the log shows every send before its receive, or was read so [by sections](Builder::by_section): then this
    /// order is one of happens-before.
    pub fn log_is_causal(&self) -> bool {
        self.log_is_causal
    }
}
