//! Records to a trace: interning, pairing, and what must hold before there is a trace at all.

use std::ops::Range;
use std::sync::Arc;

use hashbrown::HashMap;

use super::channels::Channels;
use super::history::{History, Packed, Part};
use super::key::Key;
use super::marks::{Mark, MarkAction};
use super::messages::{Messages, NEVER};
use super::names::Names;
use super::pairing::{Pairing, Partner};
use super::{Duplicate, LineCount, NamedCut, Problems, Trace, Unsent};
use crate::format::record::{
    ActionKind, ChannelRecord, CutRecord, EventRecord, MarkKind, MarkRecord, Problem, ProcessRecord, Sink, Transfer,
};
use crate::ids::{ChannelId, EventId, MessageId, ProcessId, TooMany};
use crate::source::{Source, Sources, Span};

/// Addresses from here on lie in the trace's own text.
pub(super) const ARENA: u64 = 1 << 62;

/// How many skipped pieces are kept to be shown.
const SKIPPED_SHOWN: usize = 5;

/// A receive whose send has not been seen.
#[derive(Clone, Debug)]
struct Waiting {
    receive: Unsent,
    key: Option<Key>,
    /// Which of several parts of its event it is.
    part: Option<usize>,
    found: bool,
}

/// What is remembered of a process or channel until all is read: where it was named first.
type Mention = Option<(usize, Range<usize>)>;

/// Takes records and makes a [`Trace`] of them.
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
    arena: String,
    processes: Names,
    declared: Vec<bool>,
    mentions: Vec<Mention>,
    initial: Vec<Option<Span>>,
    channels: Channels,
    channel_used: Vec<Mention>,
    channel_unnamed: Vec<Mention>,
    histories: Vec<History>,
    /// How many events each process has.
    counts: Vec<u32>,
    log: Vec<ProcessId>,
    messages: Messages,
    parts: Vec<Packed>,
    lists: Vec<Range<u32>>,
    pairing: Pairing,
    waiting: Vec<Waiting>,
    marks: Vec<Mark>,
    snapshots: Names,
    cuts: Vec<NamedCut>,
    clock_names: Names,
    clock_pairs: Vec<(u32, u32)>,
    log_is_causal: bool,
    lines: LineCount,
    problems: Problems,
    messages_only: bool,
    events: usize,
}

impl Builder {
    /// A builder that has read nothing.
    pub fn new() -> Self {
        Self { log_is_causal: true, ..Self::default() }
    }

    /// A builder of a trace without what only single events are asked for: what they do, where their lines are, and the
    /// order of the log. It has the messages, the channels and all that cuts are found by, in less than half the memory.
    pub fn of_messages() -> Self {
        Self { messages_only: true, ..Self::new() }
    }

    /// The records that follow are from this source.
    pub fn source(&mut self, source: Arc<Source>) {
        self.base = self.sources.push(source.clone());
        self.number = self.sources.iter().count() - 1;
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
        self.declared.push(false);
        self.mentions.push(Some((self.number, at.clone())));
        self.initial.push(None);
        self.histories.push(History::default());
        self.counts.push(0);
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
        if from == to {
            let name = self.processes.get(from.index()).to_string();
            self.fault(
                at,
                format!("`{name}` sends to itself"),
                "no process has a channel to itself",
                "make it a local step, or name the other process",
            );
            return None;
        }
        if let Some(id) = self.channels.find(from, to) {
            return Some(id);
        }
        let id = self.channels.find_or_add(from, to);
        let id = self.limit(id, at)?;
        self.channel_used.resize(self.channels.len(), None);
        self.channel_unnamed.resize(self.channels.len(), None);
        self.channel_used[id.index()] = Some((self.number, at.clone()));
        Some(id)
    }

    /// A message of a send: its part, once the channel and the id are known.
    #[inline]
    fn send(&mut self, from: ProcessId, position: u32, transfer: &Transfer<'_>, at: &Range<usize>) -> Option<Part> {
        let Some(peer) = transfer.peer else {
            self.fault(at, "a send without a receiver", "expected `->` and a process", "name who it is sent to");
            return None;
        };
        let to = self.process_id(peer, at)?;
        let channel = self.channel_id(from, to, at)?;
        let name = match transfer.message {
            Some("") => {
                self.fault(at, "a message with an empty id", "expected an id", "leave the id out to pair by order");
                return None;
            }
            Some(id) => Some(self.span(id)),
            None => None,
        };
        let message = self.messages.push(channel, position, name);
        let message = self.limit(message, at)?;
        if let Some(payload) = transfer.payload {
            let payload = self.span(payload);
            self.messages.payloads.push(message.index() as u32, payload);
        }
        let waiting = match transfer.message {
            Some(id) => self.pairing.send(Key::of(id), from, to, message),
            None => {
                self.channel_unnamed[channel.index()].get_or_insert((self.number, at.clone()));
                self.pairing.send_next(channel, message)
            }
        };
        if let Some(waiting) = waiting {
            self.join(waiting as usize, message);
        }
        Some(Part::Sent(message))
    }

    /// A receive that waited has its message now.
    #[cold]
    fn join(&mut self, waiting: usize, message: MessageId) {
        self.log_is_causal = false;
        let waiting = &mut self.waiting[waiting];
        waiting.found = true;
        let Unsent { to, received, .. } = waiting.receive;
        self.messages.received[message.index()] = received;
        let part = Packed::part(Part::Received(message));
        match waiting.part {
            Some(part_of_list) => self.parts[part_of_list] = part,
            None => self.histories[to.index()].set_action(received, part),
        }
    }

    /// A message of a receive; `part` is where its part will stand if the event has several.
    #[inline]
    fn receive(
        &mut self,
        to: ProcessId,
        position: u32,
        transfer: &Transfer<'_>,
        part: Option<usize>,
        at: &Range<usize>,
    ) -> Option<Part> {
        let from = match transfer.peer {
            Some(peer) => Some(self.process_id(peer, at)?),
            None => None,
        };
        let channel = match from {
            Some(from) => Some(self.channel_id(from, to, at)?),
            None => None,
        };
        let number = self.waiting.len() as u32;
        let partner = match (transfer.message, channel) {
            (Some(""), _) => {
                self.fault(at, "a message with an empty id", "expected an id", "leave the id out to pair by order");
                return None;
            }
            (Some(id), _) => self.pairing.receive(Key::of(id), from, to, number),
            (None, Some(channel)) => {
                self.channel_unnamed[channel.index()].get_or_insert((self.number, at.clone()));
                self.pairing.receive_next(channel, number)
            }
            (None, None) => {
                self.fault(
                    at,
                    "a receive without a message id and without a sender",
                    "expected an id, or `<-` and the sender",
                    "without ids the k-th send of a channel pairs with its k-th receive, so the channel must be known",
                );
                return None;
            }
        };
        match partner {
            Partner::Message(message) => {
                self.messages.received[message.index()] = position;
                Some(Part::Received(message))
            }
            Partner::Waits => {
                let name = transfer.message.map(|id| self.span(id));
                let receive = Unsent { to, received: position, from, name };
                let key = transfer.message.map(Key::of);
                self.waiting.push(Waiting { receive, key, part, found: false });
                Some(Part::Unsent(number as usize))
            }
            Partner::Ambiguous => {
                let id = transfer.message.unwrap_or_default();
                self.fault(
                    at,
                    format!("several processes have sent a message `{id}` that is on its way here"),
                    "which of them is it?",
                    "name the sender of this receive (`<- P1`, or \"from\"), or give each message an id of its own",
                );
                None
            }
        }
    }

    fn parts_of(&mut self, process: ProcessId, position: u32, event: &EventRecord<'_>) -> Option<Packed> {
        let one = |builder: &mut Self, transfer, part| match event.action {
            ActionKind::Receive => builder.receive(process, position, transfer, part, &event.at),
            _ => builder.send(process, position, transfer, &event.at),
        };
        match (event.action, event.transfers) {
            (ActionKind::Step, _) => Some(Packed::STEP),
            (_, [only]) => one(self, only, None).map(Packed::part),
            (_, transfers) => {
                let start = self.parts.len();
                self.parts.resize(start + transfers.len(), Packed::STEP);
                for (i, transfer) in transfers.iter().enumerate() {
                    let part = one(self, transfer, Some(start + i))?;
                    self.parts[start + i] = Packed::part(part);
                }
                let list = self.lists.len();
                self.lists.push(start as u32..self.parts.len() as u32);
                if self.parts.len() >= Packed::LIMIT {
                    let many = Err(TooMany { what: "messages in multicasts", limit: Packed::LIMIT });
                    self.limit::<()>(many, &event.at)?;
                }
                Some(Packed::several(list))
            }
        }
    }

    /// The process of an event and the number that it will have there.
    #[inline(always)]
    fn next_event(&mut self, process: &str, at: &Range<usize>) -> Option<(ProcessId, u32)> {
        let process = self.process_id(process, at)?;
        self.limit(EventId::new(self.events), at)?;
        Some((process, self.counts[process.index()] + 1))
    }

    /// An event with a problem keeps its place, so that what follows it is numbered as in the log.
    #[inline(always)]
    fn add_event(&mut self, process: ProcessId, action: Option<Packed>, at: &Range<usize>) {
        self.counts[process.index()] += 1;
        self.events += 1;
        if !self.messages_only {
            let history = &mut self.histories[process.index()];
            history.actions.push(action.unwrap_or(Packed::STEP));
            history.at.push(self.base + at.start as u64);
            self.log.push(process);
        }
    }

    #[cold]
    fn details(&mut self, process: ProcessId, position: u32, event: &EventRecord<'_>) {
        let spans = [event.label, event.note, event.state].map(|text| text.map(|text| self.span(text)));
        let history = &mut self.histories[process.index()];
        let columns = [&mut history.labels, &mut history.notes, &mut history.states];
        for (column, span) in columns.into_iter().zip(spans) {
            if let Some(span) = span {
                column.push(position, span);
            }
        }
        if let Some(time) = event.time {
            history.times.push(position, time);
        }
        let Some(clock) = event.clock else { return };
        let start = self.clock_pairs.len() as u32;
        for &(name, count) in clock {
            let Ok(count) = u32::try_from(count) else {
                self.fault(
                    &event.at,
                    format!("the clock counts {count} events of `{name}`"),
                    "expected less than 4294967296",
                    "a vector clock counts events; is this a time?",
                );
                continue;
            };
            if count > 0 {
                let name = self.clock_names.intern(name).0 as u32;
                self.clock_pairs.push((name, count));
            }
        }
        let len = self.clock_pairs.len() as u32 - start;
        self.histories[process.index()].clocks.push(position, (start, len));
    }

    /// The trace of all that was read.
    ///
    /// # Errors
    /// Every [`Problem`] that was found, in the order of the input.
    pub fn finish(mut self) -> Result<Trace, (Sources, Problems)> {
        self.check_channels();
        self.check_processes();
        self.check_labels();
        if !self.problems.is_empty() {
            self.problems.sort();
            return Err((self.sources, self.problems));
        }
        let (unsent, duplicates) = self.resolve_waiting();
        let mut starts = Vec::with_capacity(self.histories.len() + 1);
        starts.push(0);
        for &count in &self.counts {
            starts.push(starts[starts.len() - 1] + count as usize);
        }
        let clock_processes =
            self.clock_names.iter().map(|name| self.processes.find(name).map(ProcessId::at)).collect();
        let mut trace = Trace {
            sources: self.sources,
            arena: self.arena,
            processes: self.processes,
            initial: self.initial,
            channels: self.channels,
            histories: self.histories,
            starts,
            log: self.log,
            messages_only: self.messages_only,
            messages: self.messages,
            parts: self.parts,
            lists: self.lists,
            unsent,
            duplicates,
            marks: self.marks,
            snapshots: self.snapshots,
            cuts: self.cuts,
            clock_names: self.clock_names,
            clock_processes,
            clock_pairs: self.clock_pairs,
            log_is_causal: self.log_is_causal,
            inferred: false,
            lines: self.lines,
            numbers_on_channel: Default::default(),
            fifo: Default::default(),
        };
        if trace.messages.len() == 0 && trace.unsent.is_empty() && trace.has_clocks() && !trace.messages_only {
            super::infer::messages_from_clocks(&mut trace);
        }
        Ok(trace)
    }

    fn check_channels(&mut self) {
        for id in self.channels.iter() {
            let (from, to) = self.channels.ends(id);
            let channel = format!("{} -> {}", self.processes.get(from.index()), self.processes.get(to.index()));
            if self.channels.are_declared() && !self.channels.is_declared(id) {
                let Some((source, at)) = self.channel_used.get_mut(id.index()).and_then(Option::take) else { continue };
                self.problems.push(
                    source,
                    Problem {
                        at,
                        what: format!("the channel {channel} is not declared"),
                        label: "used here".into(),
                        help: Some(format!(
                            "once a channel is declared, the declared ones are all there are: add `channel {channel}`"
                        )),
                    },
                );
            }
            let unnamed = self.channel_unnamed.get_mut(id.index()).and_then(Option::take);
            if let (false, Some((source, at))) = (self.channels.is_fifo(id), unnamed) {
                self.problems.push(
                    source,
                    Problem {
                        at,
                        what: format!("a message without an id on the unordered channel {channel}"),
                        label: "expected an id".into(),
                        help: Some("without FIFO order only ids tell which receive belongs to which send".into()),
                    },
                );
            }
        }
    }

    /// Where processes are declared, a peer that is not and that logs nothing is a slip of the pen.
    fn check_processes(&mut self) {
        if !self.declared.contains(&true) {
            return;
        }
        for i in 0..self.processes.len() {
            let known = self.declared[i] || self.counts[i] > 0;
            if known || self.marks.iter().any(|m| m.process.index() == i) {
                continue;
            }
            let Some((source, at)) = self.mentions[i].take() else { continue };
            let name = self.processes.get(i);
            let known = (0..self.processes.len()).filter(|&j| self.declared[j]).map(|j| self.processes.get(j));
            let near = super::suggest::nearest(name, known);
            self.problems.push(
                source,
                Problem {
                    at,
                    what: format!("unknown process `{name}`: it is not declared and has no events"),
                    label: format!("`{name}` is named here"),
                    help: Some(match near {
                        Some(near) => format!("did you mean `{near}`? If not, declare it: `process {name}`"),
                        None => format!("declare it: `process {name}`"),
                    }),
                },
            );
        }
    }

    fn check_labels(&mut self) {
        for i in 0..self.histories.len() {
            let history = &self.histories[i];
            let mut first: HashMap<Key, u32> = HashMap::new();
            let mut twice = Vec::new();
            for (position, span) in history.labels.iter() {
                let Some(label) = super::text_at(&self.sources, &self.arena, span) else { continue };
                if let Some(&before) = first.get(&Key::of(label)) {
                    twice.push((label.to_string(), before, position, span));
                } else {
                    first.insert(Key::of(label), position);
                }
            }
            for (label, before, position, span) in twice {
                // A label with escapes stands in no file as it is; then its event's line says where.
                let line = (!history.at.is_empty()).then(|| history.at.get(position as usize - 1));
                let place = self.sources.find(span.start).or_else(|| self.sources.find(line?));
                let (source, at) = place.map_or((0, 0..0), |(n, source, offset)| (n, source.line_at(offset)));
                let earlier = history.labels.get(before).and_then(|span| self.sources.locate(span.start));
                let place = earlier.map_or_else(String::new, |l| format!(" (line {} of {})", l.line, l.file));
                self.problems.push(
                    source,
                    Problem {
                        at,
                        what: format!("label `{label}` is used twice by process `{}`", self.processes.get(i)),
                        label: "the second use".into(),
                        help: Some(format!("the first is its event {before}{place}; give this one another label")),
                    },
                );
            }
        }
    }

    /// Receives that are left over: either of a message that was received before, or of one whose send is missing.
    fn resolve_waiting(&mut self) -> (Vec<Unsent>, Vec<Duplicate>) {
        let mut by_key: HashMap<(Key, ProcessId), Vec<usize>> = HashMap::new();
        for (i, waiting) in self.waiting.iter().enumerate() {
            if let (false, Some(key)) = (waiting.found, waiting.key) {
                by_key.entry((key, waiting.receive.to)).or_default().push(i);
            }
        }
        let mut of: HashMap<usize, MessageId> = HashMap::new();
        if !by_key.is_empty() {
            for index in 0..self.messages.len() {
                let message = MessageId::at(index);
                let Some(span) = self.messages.name(message) else { continue };
                let Some(name) = super::text_at(&self.sources, &self.arena, span) else { continue };
                let (from, to) = self.channels.ends(self.messages.channel[index]);
                for &i in by_key.get(&(Key::of(name), to)).into_iter().flatten() {
                    let sender = self.waiting[i].receive.from;
                    if self.messages.received[index] != NEVER && sender.is_none_or(|s| s == from) {
                        of.entry(i).or_insert(message);
                    }
                }
            }
        }
        let (mut unsent, mut duplicates) = (Vec::new(), Vec::new());
        for (i, waiting) in self.waiting.iter().enumerate().filter(|(_, w)| !w.found) {
            let Unsent { to, received, .. } = waiting.receive;
            let part = match of.get(&i) {
                Some(&message) => {
                    duplicates.push(Duplicate { message, received });
                    Part::Duplicate(duplicates.len() - 1)
                }
                None => {
                    unsent.push(waiting.receive);
                    Part::Unsent(unsent.len() - 1)
                }
            };
            match waiting.part {
                Some(index) => self.parts[index] = Packed::part(part),
                None => self.histories[to.index()].set_action(received, Packed::part(part)),
            }
        }
        (unsent, duplicates)
    }
}

impl Sink for Builder {
    fn process(&mut self, record: ProcessRecord<'_>) {
        let Some(id) = self.process_id(record.name, &record.at) else { return };
        if self.declared[id.index()] {
            let what = format!("process `{}` is declared twice", record.name);
            return self.fault(&record.at, what, "the second declaration", "leave one of them out");
        }
        self.declared[id.index()] = true;
        self.initial[id.index()] = record.state.map(|state| self.span(state));
    }

    fn channel(&mut self, record: ChannelRecord<'_>) {
        let Some(from) = self.process_id(record.from, &record.at) else { return };
        let Some(to) = self.process_id(record.to, &record.at) else { return };
        if from == to {
            let what = format!("a channel from `{0}` to `{0}`", record.from);
            return self.fault(&record.at, what, "no process has a channel to itself", "name two processes");
        }
        let declared = self.channels.declare(from, to, record.fifo);
        let declared = self.limit(declared, &record.at);
        self.channel_used.resize(self.channels.len(), None);
        self.channel_unnamed.resize(self.channels.len(), None);
        if declared == Some(false) {
            let what = format!("the channel {} -> {} is declared twice", record.from, record.to);
            self.fault(&record.at, what, "the second declaration", "leave one of them out");
        }
    }

    fn event(&mut self, event: &EventRecord<'_>) {
        let Some((process, position)) = self.next_event(event.process, &event.at) else { return };
        let action = self.parts_of(process, position, event);
        self.add_event(process, action, &event.at);
        let plain = event.label.is_none() && event.note.is_none() && event.state.is_none();
        if !(plain && event.time.is_none() && event.clock.is_none()) {
            self.details(process, position, event);
        }
    }

    fn plain_event(&mut self, at: Range<usize>, process: &str, action: ActionKind, transfer: Transfer<'_>) {
        let Some((process, position)) = self.next_event(process, &at) else { return };
        let action = match action {
            ActionKind::Step => Some(Packed::STEP),
            ActionKind::Send => self.send(process, position, &transfer, &at).map(Packed::part),
            ActionKind::Receive => self.receive(process, position, &transfer, None, &at).map(Packed::part),
        };
        self.add_event(process, action, &at);
    }

    fn mark(&mut self, record: MarkRecord<'_>) {
        let Some(process) = self.process_id(record.process, &record.at) else { return };
        let kind = match record.mark {
            MarkKind::Record { state, channels } => MarkAction::Record {
                state: state.map(|state| self.span(state)),
                channels: channels.map(|channels| self.span(channels)),
            },
            MarkKind::Send(peers) => {
                let mut to = Vec::with_capacity(peers.len());
                for peer in peers {
                    let Some(peer) = self.process_id(peer, &record.at) else { return };
                    if self.channel_id(process, peer, &record.at).is_none() {
                        return;
                    }
                    to.push(peer);
                }
                MarkAction::Send(to)
            }
            MarkKind::Receive(peer) => {
                let Some(peer) = self.process_id(peer, &record.at) else { return };
                if self.channel_id(peer, process, &record.at).is_none() {
                    return;
                }
                MarkAction::Receive(peer)
            }
        };
        let snapshot = self.snapshots.intern(record.snapshot).0;
        let position = self.counts[process.index()];
        let at = self.base + record.at.start as u64;
        self.marks.push(Mark { process, position, snapshot, kind, at, log: self.events as u32 });
    }

    fn cut(&mut self, record: CutRecord<'_>) {
        if self.cuts.iter().any(|cut| cut.name == record.name) {
            let what = format!("the cut `{}` is defined twice", record.name);
            return self.fault(&record.at, what, "the second definition", "give it another name");
        }
        let spec = self.span(record.spec);
        self.cuts.push(NamedCut { name: record.name.into(), spec });
    }

    fn skipped(&mut self, at: Range<usize>) {
        self.lines.skipped += 1;
        if self.lines.first_skipped.len() < SKIPPED_SHOWN {
            let span = Span { start: self.base + at.start as u64, len: at.len() as u32 };
            self.lines.first_skipped.push(span);
        }
    }

    fn problem(&mut self, problem: Problem) {
        self.problems.push(self.number, problem);
    }

    fn lines(&mut self, lines: usize) {
        self.lines.read += lines;
    }
}
