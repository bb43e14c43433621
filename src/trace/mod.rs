//! Records to a [`Trace`]: what every question is asked of.
//!
//! A trace is columns of four-byte numbers: for each process what each event does and where it stands in the log; for
//! each message its channel and the positions of its two ends; and the order of the log as one process number per
//! event. Text (ids, labels, states, payloads) stays where it is in the source and is looked up when a report shows it.

pub mod audit;
mod build;
mod channels;
mod history;
mod infer;
mod key;
mod marks;
mod messages;
mod names;
mod pairing;
mod problems;
mod read;
mod suggest;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

pub use self::build::Builder;
pub use self::channels::Channels;
pub use self::history::{Part, Parts};
pub use self::marks::{Mark, MarkAction};
pub use self::names::Names;
pub use self::problems::{Located, Problems};
pub use self::suggest::nearest;

use self::history::{History, Packed, Unpacked};
use self::messages::{Messages, NEVER};
use crate::format::record::ActionKind;
use crate::format::time::Time;
use crate::ids::{ChannelId, EventId, MessageId, ProcessId};
use crate::source::{Location, Sources, Span};

/// A receive whose send the log lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsent {
    /// The receiver.
    pub to: ProcessId,
    /// Which of its events received it, from 1.
    pub received: u32,
    /// The sender, where the receive names it.
    pub from: Option<ProcessId>,
    name: Option<Span>,
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
    messages_only: bool,
    messages: Messages,
    parts: Vec<Packed>,
    lists: Vec<Range<u32>>,
    unsent: Vec<Unsent>,
    duplicates: Vec<Duplicate>,
    marks: Vec<Mark>,
    snapshots: Names,
    cuts: Vec<NamedCut>,
    clock_names: Names,
    clock_processes: Vec<Option<ProcessId>>,
    clock_pairs: Vec<(u32, u32)>,
    log_is_causal: bool,
    inferred: bool,
    lines: LineCount,
    numbers_on_channel: OnceLock<Vec<u32>>,
    fifo: OnceLock<bool>,
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

    /// Whether it was built by [`Builder::of_messages`]: then it answers for messages and cuts, and what single events
    /// do, where they stand in the log, and its order are not to be asked.
    pub fn has_messages_only(&self) -> bool {
        self.messages_only
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
        match self.histories[process.index()].actions[number as usize - 1].unpack() {
            Unpacked::Step => Parts::default(),
            Unpacked::One(part) => Parts::one(part),
            Unpacked::Several(list) => {
                let Range { start, end } = self.lists[list].clone();
                Parts::several(&self.parts[start as usize..end as usize])
            }
        }
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

    /// Whether the log shows every send before its receive: then its order is an order of happens-before.
    pub fn log_is_causal(&self) -> bool {
        self.log_is_causal
    }
}

/// Messages and channels.
impl Trace {
    /// How many messages the log shows the send of.
    pub fn message_count(&self) -> usize {
        self.messages.len()
    }

    /// All messages, in the order in which the log shows the sends: on each channel the order of sending.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = MessageId> + ExactSizeIterator + use<> {
        (0..self.messages.len()).map(MessageId::at)
    }

    /// The channel of a message.
    #[inline]
    pub fn channel_of(&self, message: MessageId) -> ChannelId {
        self.messages.channel[message.index()]
    }

    /// Sender and receiver of a message.
    #[inline]
    pub fn ends(&self, message: MessageId) -> (ProcessId, ProcessId) {
        self.channels.ends(self.messages.channel[message.index()])
    }

    /// Which event of the sender sent it, from 1.
    #[inline]
    pub fn sent(&self, message: MessageId) -> u32 {
        self.messages.sent[message.index()]
    }

    /// Which event of the receiver received it, from 1.
    #[inline]
    pub fn received(&self, message: MessageId) -> Option<u32> {
        match self.messages.received[message.index()] {
            NEVER => None,
            received => Some(received),
        }
    }

    /// The same with `u32::MAX`, which no position reaches, for a message that the log never sees received.
    #[inline]
    pub fn received_or_never(&self, message: MessageId) -> u32 {
        self.messages.received[message.index()]
    }

    /// The id of a message as the log has it.
    pub fn message_id(&self, message: MessageId) -> Option<&str> {
        self.messages.name(message).and_then(|span| self.text(span))
    }

    /// The name of a message in reports: its id, the two events of an inferred one (`a#7 -> b#9`), or else its number
    /// on its channel (`a->b#3`).
    pub fn message_name(&self, message: MessageId) -> Cow<'_, str> {
        if let Some(id) = self.message_id(message) {
            return Cow::Borrowed(id);
        }
        let (from, to) = self.ends(message);
        let (from, to) = (self.name(from), self.name(to));
        Cow::Owned(match (self.inferred, self.received(message)) {
            (true, Some(received)) => format!("{from}#{} -> {to}#{received}", self.sent(message)),
            _ => format!("{from}->{to}#{}", self.number_on_channel(message)),
        })
    }

    /// How many messages of its channel were sent up to this one. Counted for all messages when first asked.
    fn number_on_channel(&self, message: MessageId) -> u32 {
        let numbers = self.numbers_on_channel.get_or_init(|| {
            let mut counts = vec![0u32; self.channels.len()];
            let next = |c: &ChannelId| {
                counts[c.index()] += 1;
                counts[c.index()]
            };
            self.messages.channel.iter().map(next).collect()
        });
        numbers[message.index()]
    }

    /// The payload of a message as JSON text.
    pub fn payload(&self, message: MessageId) -> Option<&str> {
        self.messages.payloads.get(message.index() as u32).and_then(|span| self.text(span))
    }

    /// Receives whose send the log lacks: the holes of the log.
    pub fn unsent(&self) -> &[Unsent] {
        &self.unsent
    }

    /// The name of a message whose send the log lacks.
    pub fn unsent_name(&self, unsent: &Unsent) -> Cow<'_, str> {
        if let Some(id) = unsent.name.and_then(|span| self.text(span)) {
            return Cow::Borrowed(id);
        }
        let from = unsent.from.map_or("?", |from| self.name(from));
        Cow::Owned(format!("{from}->{}#{}", self.name(unsent.to), unsent.received))
    }

    /// Second receives of messages.
    pub fn duplicates(&self) -> &[Duplicate] {
        &self.duplicates
    }

    /// The channels that are declared or used.
    pub fn channels(&self) -> &Channels {
        &self.channels
    }

    /// How many channels there are: the declared ones, or one for every ordered pair of processes.
    pub fn channel_count(&self) -> usize {
        let n = self.process_count();
        if self.channels.are_declared() { self.channels.len() } else { n * n.saturating_sub(1) }
    }

    /// Whether there is a channel from one process to another: a declared one, or any where none is declared.
    pub fn has_channel(&self, from: ProcessId, to: ProcessId) -> bool {
        from != to && (!self.channels.are_declared() || self.channels.find(from, to).is_some())
    }

    /// Whether every channel is FIFO: none is declared otherwise, and no message overtakes another of its channel.
    /// Time: O(messages), when first asked.
    pub fn is_fifo(&self) -> bool {
        *self.fifo.get_or_init(|| {
            let declared = self.channels.iter().all(|c| self.channels.is_fifo(c));
            declared && (self.arrives_as_sent() || self.overtaken().next().is_none())
        })
    }

    /// Whether positions of receives never fall along any channel: then nothing is overtaken, and this is quickly told.
    fn arrives_as_sent(&self) -> bool {
        let mut last = vec![0u32; self.channels.len()];
        (self.messages.channel.iter().zip(&self.messages.received)).filter(|(_, received)| **received != NEVER).all(
            |(channel, &received)| {
                let before = std::mem::replace(&mut last[channel.index()], received);
                before <= received
            },
        )
    }

    /// Messages that overtook one sent before on the same channel, each with the first one that it is seen to overtake:
    /// (overtaking, overtaken). Messages of one event may arrive in any order. Time: O(messages); space: the channels.
    pub fn overtaken(&self) -> impl Iterator<Item = (MessageId, MessageId)> + '_ {
        // Of each channel: the message received last among those of earlier send events, and of the current one.
        let mut last: Vec<[Option<MessageId>; 2]> = vec![[None; 2]; self.channels.len()];
        let later = |a: Option<MessageId>, b: Option<MessageId>| {
            let received = |m: MessageId| self.received_or_never(m);
            match (a, b) {
                (Some(x), Some(y)) => Some(if received(x) < received(y) { y } else { x }),
                (some, none) => some.or(none),
            }
        };
        self.messages().filter_map(move |message| {
            let received = self.received(message)?;
            let [earlier, current] = &mut last[self.channel_of(message).index()];
            if current.is_some_and(|c| self.sent(c) < self.sent(message)) {
                *earlier = later(*earlier, current.take());
            }
            *current = later(*current, Some(message));
            let before = (*earlier)?;
            (self.received_or_never(before) > received).then_some((message, before))
        })
    }

    /// Whether the messages are inferred from logged clocks.
    pub fn is_inferred(&self) -> bool {
        self.inferred
    }
}

/// Details: what reports show and rules compare.
impl Trace {
    /// The text of a span of this trace.
    pub fn text(&self, span: Span) -> Option<&str> {
        text_at(&self.sources, &self.arena, span)
    }

    /// The label of an event.
    pub fn label(&self, process: ProcessId, number: u32) -> Option<&str> {
        self.histories[process.index()].labels.get(number).and_then(|span| self.text(span))
    }

    /// The number of the event with a label. Time: linear in the labels of the process.
    pub fn find_label(&self, process: ProcessId, label: &str) -> Option<u32> {
        let mut labels = self.histories[process.index()].labels.iter();
        labels.find(|&(_, span)| self.text(span) == Some(label)).map(|(number, _)| number)
    }

    /// All labels of a process, with the numbers of their events.
    pub fn labels(&self, process: ProcessId) -> impl Iterator<Item = (u32, &str)> {
        self.histories[process.index()].labels.iter().filter_map(|(number, span)| Some((number, self.text(span)?)))
    }

    /// Free text that describes an event.
    pub fn note(&self, process: ProcessId, number: u32) -> Option<&str> {
        self.histories[process.index()].notes.get(number).and_then(|span| self.text(span))
    }

    /// The initial state of a process, a JSON object's text.
    pub fn initial_state(&self, process: ProcessId) -> Option<&str> {
        self.initial[process.index()].and_then(|span| self.text(span))
    }

    /// The states that the events of a process set, in order: number of the event, a JSON object's text.
    pub fn state_changes(&self, process: ProcessId) -> impl Iterator<Item = (u32, &str)> {
        self.histories[process.index()].states.iter().filter_map(|(number, span)| Some((number, self.text(span)?)))
    }

    /// Whether any state is logged.
    pub fn has_states(&self) -> bool {
        self.initial.iter().any(Option::is_some) || self.histories.iter().any(|h| !h.states.is_empty())
    }

    /// When an event happened, by its process's own clock.
    pub fn time(&self, process: ProcessId, number: u32) -> Option<Time> {
        self.histories[process.index()].times.get(number)
    }

    /// The times of a process, with the numbers of their events.
    pub fn times(&self, process: ProcessId) -> impl Iterator<Item = (u32, Time)> + '_ {
        self.histories[process.index()].times.iter()
    }

    /// Whether any time is logged.
    pub fn has_times(&self) -> bool {
        self.histories.iter().any(|h| !h.times.is_empty())
    }

    /// The clock that an event logged: numbers of names (see [`Self::clock_name`]) and counts, no zeros.
    pub fn clock(&self, process: ProcessId, number: u32) -> Option<impl Iterator<Item = (usize, u32)> + '_> {
        let (start, len) = self.histories[process.index()].clocks.get(number)?;
        let pairs = &self.clock_pairs[start as usize..(start + len) as usize];
        Some(pairs.iter().map(|&(name, count)| (name as usize, count)))
    }

    /// One component of the clock that an event logged; 0 where it names others only.
    pub fn clock_component(&self, process: ProcessId, number: u32, of: ProcessId) -> Option<u32> {
        let mut pairs = self.clock(process, number)?;
        Some(pairs.find(|&(name, _)| self.clock_processes[name] == Some(of)).map_or(0, |(_, count)| count))
    }

    /// A name in logged clocks, and the process of that name if the trace has it.
    pub fn clock_name(&self, name: usize) -> (&str, Option<ProcessId>) {
        (self.clock_names.get(name), self.clock_processes[name])
    }

    /// Whether any clock is logged.
    pub fn has_clocks(&self) -> bool {
        self.histories.iter().any(|h| !h.clocks.is_empty())
    }

    /// The lines of snapshot protocols, in the order of the log.
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// The ids of the snapshots in [`Self::marks`].
    pub fn snapshots(&self) -> &Names {
        &self.snapshots
    }

    /// The cuts that the log names: name and text.
    pub fn named_cuts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.cuts.iter().filter_map(|cut| Some((cut.name.as_str(), self.text(cut.spec)?)))
    }

    /// Where the line of an event starts, as an address in [`Self::sources`].
    pub fn address(&self, process: ProcessId, number: u32) -> u64 {
        self.histories[process.index()].at.get(number as usize - 1)
    }

    /// File, line and column of an event. Time: linear in the file, for reports.
    pub fn locate(&self, process: ProcessId, number: u32) -> Option<Location> {
        self.sources.locate(self.address(process, number))
    }

    /// The files.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// How many lines were read and skipped.
    pub fn lines(&self) -> &LineCount {
        &self.lines
    }

    /// Bytes of memory in the columns of the trace, the files apart.
    pub fn memory(&self) -> usize {
        let histories: usize = self.histories.iter().map(|h| h.actions.len() * 4 + h.at.len() * 4).sum();
        histories + self.log.len() * 4 + self.messages.len() * 18
    }
}
