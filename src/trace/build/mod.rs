//! Records to a trace: interning, pairing, and what must hold before there is a trace at all.

mod as_logged;
mod by_section;
mod checks;
#[cfg(feature = "arrow")]
pub mod columns;
mod crossing;
mod details;
mod ends;
mod finish;
mod later;
mod limits;
mod mention;
mod plain;
mod quick;
mod recorder;
mod retold;
mod sink;
mod transfers;
mod turns;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use self::crossing::Crossing;
pub use self::crossing::Wanted;
use self::ends::Named;
use self::mention::Mention;
pub use self::recorder::{Recorder, Scene, Transit};
use self::turns::Sections;
use crate::format::record::Problem;
use crate::ids::{ChannelId, EventId, MessageId, ProcessId, TooMany};
use crate::key::{Key, Salt};
use crate::names::Names;
use crate::source::{Progress, Source, Sources, Span};
use crate::trace::channels::Channels;
use crate::trace::history::{History, Packed};
use crate::trace::in_sections::InSections;
use crate::trace::marks::Mark;
use crate::trace::messages::Messages;
use crate::trace::pairing::{Later, Pairing, hash};
use crate::trace::stretches::Stretches;
use crate::trace::twice::Twice;
use crate::trace::{Keep, LineCount, NamedCut, Problems, Remarked, Unsent};

/// Addresses from here on lie in the trace's own text.
pub(in crate::trace) const ARENA: u64 = 1 << 62;

/// How many skipped pieces are kept to be shown.
const SKIPPED_SHOWN: usize = 5;

/// How many names of members that say nothing are told apart, and how many of them are told.
const PASSED_OVER: usize = 1000;
const PASSED_OVER_TOLD: usize = 100;

/// More receives than this without their sends are not what a log lacks but what it has later.
const OUT_OF_ORDER: usize = 1000;

/// A receive whose send has not been seen.
#[derive(Clone, Debug)]
struct Waiting {
    receive: Unsent,
    key: Option<Key>,
    /// Which of several parts of its event it is.
    part: Option<usize>,
    found: bool,
    /// Where it is in the input.
    at: u64,
}

/// A receive that names no sender and took a message which the log shows behind it: another may have been meant. Of a log
/// that shows one process after the other half of all receives are such.
#[derive(Clone, Copy, Debug)]
struct Guess {
    message: MessageId,
    /// The [hash](crate::trace::pairing::hash) of its id and receiver.
    hash: u32,
    /// Where the receive is in the input.
    at: u64,
}

impl Guess {
    /// A receive of a message of this key, by a process.
    fn of(message: MessageId, (key, to): (Key, ProcessId), at: u64) -> Self {
        Self { message, hash: hash(key, Salt::of(to.index() as u32)), at }
    }
}

/// Takes records and makes a [`Trace`](crate::trace::Trace) of them.
///
/// One pass, amortised constant time and some 20 bytes for an event. Sources are read one after another:
/// [`Builder::source`], then the reader, and so on; [`Builder::finish`] at the end.
#[derive(Debug, Default)]
pub struct Builder {
    sources: Sources,
    /// Base address, place in memory and number of the source that is being read.
    base: u64,
    bytes: Range<usize>,
    number: usize,
    /// Number of the first of the sources that are read together.
    together: usize,
    arena: String,
    processes: Names,
    declared: Vec<bool>,
    mentions: Vec<Mention>,
    initial: Vec<Option<Span>>,
    channels: Channels,
    channel_used: Vec<Mention>,
    channel_unnamed: Vec<Mention>,
    histories: Vec<History>,
    /// All labels, once there is any.
    labels: Option<Twice>,
    /// Of labels that stand in no file as they are: where their text is, and their event.
    copied_labels: Vec<(u64, u64)>,
    /// How many events each process has.
    counts: Vec<u32>,
    /// The address of the block that is being read, and how many events of each process its plain events are numbered from.
    block: Option<u64>,
    bases: Vec<u32>,
    known: Vec<Named>,
    log: Vec<ProcessId>,
    messages: Messages,
    parts: Vec<Packed>,
    lists: Vec<Range<u32>>,
    pairing: Pairing,
    later: Option<Box<Later>>,
    waiting: Vec<Waiting>,
    guesses: Vec<Guess>,
    marks: Vec<Mark>,
    snapshots: Names,
    cuts: Vec<NamedCut>,
    clock_names: Names,
    clock_pairs: Vec<(u32, u32)>,
    log_is_causal: bool,
    lines: LineCount,
    remarks: Vec<Remarked>,
    problems: Problems,
    /// How often an id was sent on a channel while a message of it was on its way there.
    sent_again: BTreeMap<ChannelId, usize>,
    /// How many lines could not be read.
    unread: usize,
    keep: Keep,
    /// Whether nobody asks for times.
    untimed: bool,
    needs_order: bool,
    stretches: Stretches,
    events: usize,
    progress: Arc<Progress>,
    crossing: Option<Box<Crossing>>,
    sections: Option<Box<Sections>>,
    in_sections: Option<InSections>,
}

impl Builder {
    /// A builder that has read nothing.
    pub fn new() -> Self {
        Self { log_is_causal: true, ..Self::default() }
    }

    /// A builder of a trace that keeps no more of single events than this.
    pub fn keeping(keep: Keep) -> Self {
        Self { keep, ..Self::new() }
    }

    /// The same, telling how far it is.
    pub fn telling(self, progress: Arc<Progress>) -> Self {
        Self { progress, ..self }
    }

    /// The same of a trace that keeps no times, if they are not asked for.
    pub fn timed(self, times: bool) -> Self {
        Self { untimed: !times, ..self }
    }

    /// The same, for a log that is likely to show sends before their receives: it stops where it finds that this one does
    /// not ([`Builder::is_out_of_order`]).
    pub fn in_order(self) -> Self {
        Self { needs_order: true, ..self }
    }

    /// Whether the log shows receives before their sends, or so many without that it is likely.
    pub fn is_out_of_order(&self) -> bool {
        !self.log_is_causal || self.waiting.len() > OUT_OF_ORDER
    }

    /// A builder of a trace that keeps no messages but those that cross the cut that is wanted. Where it finds that the
    /// cut is not consistent, or that this takes more than one look at each event to tell, it gives up: see
    /// [`Builder::gave_up`].
    pub fn crossing(wanted: Wanted) -> Self {
        Self { crossing: Some(Box::new(Crossing::of(wanted))), ..Self::keeping(Keep::Crossing) }
    }

    /// A builder of a trace that keeps no messages but those that are never received: enough for an
    /// [audit](crate::trace::audit) of a log that obeys the system model, in the space of the messages in flight. It gives
    /// up where the log does not obey, or says what an audit asks of single events; [`Builder::end`] must be told. Where
    /// ids do not end in numbers of their own, that they differ takes 8 bytes for each.
    pub fn auditing(ids_are_numbers: bool) -> Self {
        Self { crossing: Some(Box::new(Crossing::auditing(ids_are_numbers))), ..Self::keeping(Keep::Crossing) }
    }

    /// A builder of a trace that keeps no messages but those that cross the cut which an algorithm records that runs along.
    /// The processes are those of these names, in this order. It gives up as [`Builder::crossing`] does.
    pub fn recording(recorder: Box<dyn Recorder>, processes: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let crossing = Some(Box::new(Crossing::along(recorder)));
        let mut builder = Self { crossing, ..Self::keeping(Keep::Crossing) };
        builder.add_processes(processes);
        builder
    }

    /// There are processes of these names.
    fn add_processes(&mut self, names: impl IntoIterator<Item = impl AsRef<str>>) {
        for name in names {
            if let (index, true) = self.processes.intern(name.as_ref()) {
                self.add_process(index, &(0..0));
            }
        }
    }

    /// All has been read: an algorithm that runs along ends, or gives up.
    pub fn end(&mut self) {
        self.begin();
        // Then clocks tell of messages.
        let only_clocks = self.sent() == 0 && !self.clock_pairs.is_empty();
        // A process that is neither declared nor logs anything is a problem where it was named, which is not known here.
        let is_silent = |(declared, &count): (&bool, &u32)| !declared && count == 0;
        let unknown = self.declared.contains(&true) && self.declared.iter().zip(&self.counts).any(is_silent);
        if let Some(crossing) = &mut self.crossing {
            if !self.problems.is_empty() || only_clocks || unknown {
                crossing.give_up();
            }
            crossing.end((&self.channels, &self.counts, &self.pairing));
        }
    }

    /// Whether single events are to be found again.
    #[inline(always)]
    fn has_stretches(&self) -> bool {
        self.keep.has_stretches() || self.crossing.as_ref().is_some_and(|crossing| crossing.is_auditing())
    }

    /// The log says what an audit asks of single events.
    fn says_more_than_messages(&mut self) {
        if let Some(crossing) = self.crossing.as_mut().filter(|crossing| crossing.is_auditing()) {
            crossing.give_up();
        }
    }

    /// Before the first event, when channels are declared, an algorithm that runs along has its first turn.
    fn begin(&mut self) {
        if self.events == 0 {
            self.happened();
        }
    }

    /// An algorithm that runs along has its turn.
    fn happened(&mut self) {
        if let Some(crossing) = &mut self.crossing {
            crossing.happened((&self.channels, &self.counts, &self.pairing), self.events);
        }
    }

    /// Whether the question is one for a trace that keeps more: [`Self::finish`] would tell less than the truth.
    pub fn gave_up(&self) -> bool {
        self.gave_up_turns() || self.crossing.as_ref().is_some_and(|crossing| crossing.gave_up())
    }

    /// The records that follow are from this source.
    pub fn source(&mut self, source: Arc<Source>) {
        self.sources_together([source]);
    }

    /// The records that follow are from these sources; [`Sink::source`](crate::format::record::Sink::source) says from
    /// which.
    pub fn sources_together(&mut self, sources: impl IntoIterator<Item = Arc<Source>>) {
        self.together = self.sources.iter().len();
        for source in sources {
            self.sources.push(source);
        }
        self.select(0);
    }

    fn select(&mut self, number: usize) {
        let Some((base, source)) = self.sources.nth(self.together + number) else { return };
        self.base = base;
        self.number = self.together + number;
        let bytes = source.bytes().as_ptr_range();
        self.bytes = bytes.start.addr()..bytes.end.addr();
    }

    /// The address of a text: in its source, or copied to the trace's own text.
    #[inline(always)]
    fn span(&mut self, text: &str) -> Span {
        let len = text.len() as u32;
        let at = text.as_ptr().addr();
        if self.bytes.contains(&at) {
            return Span { start: self.base + (at - self.bytes.start) as u64, len };
        }
        self.copied(text, len)
    }

    #[cold]
    fn copied(&mut self, text: &str, len: u32) -> Span {
        let start = ARENA + self.arena.len() as u64;
        self.arena.push_str(text);
        Span { start, len }
    }

    #[inline(always)]
    fn process_id(&mut self, name: &str, at: &Range<usize>) -> Option<ProcessId> {
        let (index, new) = self.processes.intern(name);
        if new {
            return self.add_process(index, at);
        }
        Some(ProcessId::at(index))
    }

    #[cold]
    fn add_process(&mut self, index: usize, at: &Range<usize>) -> Option<ProcessId> {
        if let Some(crossing) = &mut self.crossing {
            crossing.add_process(self.processes.get(index));
        }
        self.declared.push(false);
        self.mentions.push(Mention::at(self.place(at)));
        self.initial.push(None);
        self.histories.push(History::default());
        self.counts.push(0);
        self.bases.push(0);
        let id = ProcessId::new(index);
        self.limit(id, at)
    }

    #[inline(always)]
    fn limit<T>(&mut self, result: Result<T, TooMany>, at: &Range<usize>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.too_many(error, at);
                None
            }
        }
    }

    #[cold]
    fn too_many(&mut self, error: TooMany, at: &Range<usize>) {
        self.fault(at, error.to_string(), "the first one too many", "split the log, or leave processes out");
    }

    fn fault(&mut self, at: &Range<usize>, what: impl Into<String>, label: &str, help: &str) {
        let problem = Problem { at: at.clone(), what: what.into(), label: label.into(), help: Some(help.into()) };
        self.problems.push(self.number, problem);
    }

    #[inline(always)]
    fn channel_id(&mut self, from: ProcessId, to: ProcessId, at: &Range<usize>) -> Option<ChannelId> {
        self.mentioned_channel(from, to, Mention::at(self.place(at)))
    }

    /// The channel that is named at a place, which is looked up if anything is to be told of it.
    fn mentioned_channel(&mut self, from: ProcessId, to: ProcessId, mention: Mention) -> Option<ChannelId> {
        if from == to {
            let at = self.bytes_of(mention);
            let name = self.processes.get(from.index()).to_string();
            self.fault(
                &at,
                format!("`{name}` sends to itself"),
                "no process has a channel to itself",
                "make it a local step, or name the other process",
            );
            return None;
        }
        if let Some(id) = self.channels.find(from, to) {
            return Some(id);
        }
        match self.channels.find_or_add(from, to) {
            Ok(id) => {
                self.mention_channels();
                self.channel_used[id.index()] = mention;
                Some(id)
            }
            Err(error) => {
                self.too_many(error, &self.bytes_of(mention));
                None
            }
        }
    }

    /// Where they are named is kept of all channels.
    fn mention_channels(&mut self) {
        self.channel_used.resize(self.channels.len(), Mention::NONE);
        self.channel_unnamed.resize(self.channels.len(), Mention::NONE);
    }

    /// The bytes of a mention in the source that is read.
    fn bytes_of(&self, mention: Mention) -> Range<usize> {
        mention.find(&self.sources).map_or(0..0, |(_, at)| at)
    }

    /// The process of an event and the number that it will have there.
    fn next_event(&mut self, process: &str, at: &Range<usize>) -> Option<(ProcessId, u32)> {
        let process = self.process_id(process, at)?;
        Some((process, self.next_number(process, || at.clone())?))
    }

    /// The number that the next event of a process will have, unless there are too many events.
    #[inline(always)]
    fn next_number(&mut self, process: ProcessId, at: impl FnOnce() -> Range<usize>) -> Option<u32> {
        if let Err(error) = EventId::new(self.events) {
            self.too_many(error, &at());
            return None;
        }
        Some(self.counts[process.index()] + 1)
    }

    /// An event with a problem keeps its place, so that what follows it is numbered as in the log.
    #[inline(always)]
    fn add_event(&mut self, process: ProcessId, action: Option<Packed>, start: usize) {
        if self.has_stretches() && self.stretches.is_due(self.events) {
            self.stretches.start(self.base + start as u64, self.events, &self.counts);
        }
        self.counts[process.index()] += 1;
        self.bases[process.index()] += 1;
        self.events += 1;
        if self.keep.has_order() {
            self.log.push(process);
        }
        let history = &mut self.histories[process.index()];
        if self.keep.has_actions() {
            history.actions.push(action.unwrap_or(Packed::STEP));
        }
        if self.keep == Keep::Events {
            history.at.push(self.base + start as u64);
        }
    }
}
