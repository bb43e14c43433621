//! The messages that cross one cut, and no others: what it takes to show that the cut is consistent.
//!
//! A cut is consistent iff no message is received inside and sent outside (Mattern 1989, section 4). As the log shows
//! every send before its receive, each receive tells at once on which sides its message lies; a message with both ends
//! on one side is counted and its place is used again. So memory is that of the messages in flight. An orphan calls for
//! its whole proof, and a receive before its send for an order of the events: both for a trace that keeps more.

mod model;
mod took;

use hashbrown::HashMap;

use self::model::Model;
use super::limits::{Limits, Sides};
use super::quick::Received;
use super::recorder::{Recorder, Scene, Transit};
use crate::format::cut::Place;
use crate::ids::{ChannelId, MessageId, ProcessId, TooMany};
use crate::key::Key;
use crate::source::Span;
use crate::trace::audit::lag::Lags;
use crate::trace::channels::{Channels, MANY};
use crate::trace::crossed::Crossed;
use crate::trace::messages::{Messages, NEVER};
use crate::trace::pairing::{AT_ONCE, OnItsWay, Open, Pairing, fetch};

/// The cut that is asked for, as it is known before the log is read.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Where processes stand, by name.
    pub places: HashMap<String, Place<'static>>,
    /// Where the others stand: at their ends, else at their starts.
    pub rest_at_end: bool,
    /// Up to so many processes there is no use in this, as their clocks are asked for too.
    pub more_processes_than: usize,
    /// After so many events that is decided by the processes that have been named.
    pub early: usize,
}

/// What else there is to see: the channels, how many events of each process there were, and what is on its way.
pub(super) type Around<'a> = (&'a Channels, &'a [u32], &'a Pairing);

/// What decides which cut it is.
#[derive(Debug)]
enum Decided {
    /// It is known before the log is read, but for the labels that have not come.
    Before { wanted: Wanted, labels: Vec<Option<String>> },
    /// An algorithm that runs along.
    Along(Box<dyn Recorder>),
}

/// A message that crosses the cut: sent on one side, received on the other or never.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crosses {
    pub(super) sent: OnItsWay,
    pub(super) received: u32,
}

#[derive(Debug)]
pub(super) struct Crossing {
    decided: Decided,
    /// Whether the algorithm that runs along must see each message.
    awake: bool,
    /// Up to where each process is inside; as long as that is not decided, up to the end.
    limits: Limits,
    /// Messages that have arrived, on the other side.
    crosses: Vec<Crosses>,
    payloads: HashMap<MessageId, Span>,
    /// The newest send that was received on each channel.
    newest: Vec<u32>,
    overtaken: bool,
    sent: usize,
    /// Messages with both ends on one side, and how many of them are inside.
    settled: usize,
    before: usize,
    gave_up: bool,
    /// Where all messages are audited.
    model: Option<Box<Model>>,
}

impl Crossing {
    /// Of a cut that is known.
    pub(super) fn of(wanted: Wanted) -> Self {
        Self::decided(Decided::Before { wanted, labels: Vec::new() })
    }

    /// Of the cut that an algorithm records.
    pub(super) fn along(recorder: Box<dyn Recorder>) -> Self {
        Self::decided(Decided::Along(recorder))
    }

    fn decided(decided: Decided) -> Self {
        Self {
            decided,
            awake: false,
            limits: Limits::default(),
            crosses: Vec::new(),
            payloads: HashMap::new(),
            newest: Vec::new(),
            overtaken: false,
            sent: 0,
            settled: 0,
            before: 0,
            gave_up: false,
            model: None,
        }
    }

    pub(super) fn gave_up(&self) -> bool {
        self.gave_up
    }

    pub(super) fn give_up(&mut self) {
        self.gave_up = true;
    }

    /// Gives up early where it will have to.
    pub(super) fn check(&mut self, events: usize, log_is_causal: bool) {
        let few = match &self.decided {
            Decided::Before { wanted, .. } => events > wanted.early && self.limits.len() <= wanted.more_processes_than,
            Decided::Along(_) => false,
        };
        self.gave_up |= !log_is_causal || few || self.is_broken();
    }

    pub(super) fn add_process(&mut self, name: &str) {
        let limit = match &mut self.decided {
            Decided::Before { wanted, labels } => {
                let (limit, label) = match wanted.places.get(name) {
                    Some(Place::Start) => (0, None),
                    Some(Place::End) => (u32::MAX, None),
                    Some(Place::Count(count)) => (u32::try_from(*count).unwrap_or(u32::MAX), None),
                    Some(Place::Label(label)) => (u32::MAX, Some(label.to_string())),
                    None => (if wanted.rest_at_end { u32::MAX } else { 0 }, None),
                };
                labels.push(label);
                limit
            }
            Decided::Along(recorder) => {
                self.gave_up |= !recorder.process(name);
                u32::MAX
            }
        };
        self.limits.push(limit);
    }

    /// A channel is declared: known channels only would have markers.
    pub(super) fn declare(&mut self) {
        if let Decided::Along(recorder) = &self.decided {
            self.gave_up |= recorder.has_begun();
        }
    }

    /// Whether any label may say where a process is to stand.
    pub(super) fn takes_labels(&self) -> bool {
        match &self.decided {
            Decided::Before { labels, .. } => labels.iter().any(Option::is_some),
            Decided::Along(_) => true,
        }
    }

    /// An event, which may be still to come, has a label: it may be the last one inside. The event's own message is inside as those before it are.
    pub(super) fn label(&mut self, process: ProcessId, position: u32, label: &str) {
        match &mut self.decided {
            Decided::Before { labels, .. } if labels[process.index()].as_deref() == Some(label) => {
                self.limits.set(process, position);
                labels[process.index()] = None;
            }
            Decided::Before { .. } => {}
            Decided::Along(recorder) => recorder.label(process, position, label),
        }
    }

    /// Whether the algorithm may begin by itself at one of the next events, up to so many: it must see them one by one, and
    /// as they come.
    pub(super) fn is_near(&self, counts: &[u32], events: usize) -> bool {
        match &self.decided {
            Decided::Before { .. } => false,
            Decided::Along(recorder) => recorder.is_near(counts, events),
        }
    }

    /// So many events have happened: the algorithm has its turn.
    pub(super) fn happened(&mut self, (channels, counts, pairing): Around<'_>, events: usize) {
        self.look_for_lost(pairing, events);
        let (Decided::Along(recorder), false) = (&mut self.decided, self.gave_up) else { return };
        let scene = &mut Scene { channels, counts, pairing, limits: &mut self.limits };
        self.awake = recorder.happened(scene, events);
        self.gave_up |= recorder.gave_up();
    }

    /// One of several events has happened that were read together: the algorithm has its turn, while it is awake.
    #[inline(always)]
    pub(super) fn passed(&mut self, around: Around<'_>, events: usize) {
        if self.awake {
            self.happened(around, events);
        }
    }

    /// All has been read.
    pub(super) fn end(&mut self, (channels, counts, pairing): Around<'_>) {
        if self.gave_up || !(self.is_along() || self.is_auditing()) {
            return;
        }
        // Behind what is lost no marker arrives.
        let may_have_twice = self.model.as_ref().is_some_and(|model| model.may_have_twice());
        self.gave_up |= self.overtaken || may_have_twice || self.is_any_lost(pairing);
        if let (Decided::Along(recorder), false) = (&mut self.decided, self.gave_up) {
            self.gave_up |= !recorder.end(&mut Scene { channels, counts, pairing, limits: &mut self.limits });
        }
    }

    /// A message is sent: its number. Its id, if it has one, and its receiver.
    #[inline(always)]
    pub(super) fn send(&mut self, channel: ChannelId, id: Option<(Key, u32)>) -> Result<MessageId, TooMany> {
        let message = MessageId::new(self.sent)?;
        self.sent += 1;
        self.audit_ids(id.into_iter());
        if self.awake
            && !self.gave_up
            && let Decided::Along(recorder) = &mut self.decided
        {
            recorder.sent(channel);
        }
        Ok(message)
    }

    /// The payload of a message that was just sent, or is the next to be.
    pub(super) fn carry(&mut self, message: MessageId, payload: Span) {
        self.payloads.insert(message, payload);
    }

    pub(super) fn sent(&self) -> usize {
        self.sent
    }

    /// A message is received.
    #[inline(always)]
    pub(super) fn receive(&mut self, message: &OnItsWay, (to, received): (ProcessId, u32), around: Around<'_>) {
        let open = message.open(Key::NONE, to.index() as u32);
        self.tell(&open, received, around);
        self.receive_all(open.channel as usize + 1, std::iter::once((&open, received)));
    }

    /// So many messages are sent, while no algorithm asks for them.
    pub(super) fn count(&mut self, sent: usize) {
        self.sent += sent;
    }

    /// So many events are about to come, before which `counts` of each process have happened, `events` in all.
    #[inline]
    pub(super) fn look_ahead(&mut self, counts: &[u32], (events, more): (usize, usize)) {
        // There is a number for each message.
        self.limits.look(counts, (events, more), self.sent as u32);
    }

    /// Whether an algorithm that runs along decides on the cut.
    pub(super) fn is_along(&self) -> bool {
        matches!(self.decided, Decided::Along(_))
    }

    /// Whether an algorithm that runs along must see each message.
    pub(super) fn is_awake(&self) -> bool {
        self.awake
    }

    /// Messages are received on some of so many channels, by events that were [looked ahead](Self::look_ahead) for, while
    /// nobody asks for them.
    #[inline(always)]
    pub(super) fn receive_many<'t>(&mut self, channels: usize, received: impl Iterator<Item = Received<'t>> + Clone) {
        let all = || received.clone().map(|(sent, _)| sent);
        let (is_inside, first) = match self.limits.sides() {
            Sides::Inside => (true, 0),
            Sides::Outside(first) => (false, first),
            Sides::Either => return self.receive_all(channels, received),
        };
        if !self.payloads.is_empty() {
            return self.receive_all(channels, received);
        }
        let newest = newest_of(&mut self.newest, channels, all());
        let (mut settled, mut overtaken, mut any_older) = (0, false, false);
        for sent in all() {
            overtaken |= arrive(newest, sent);
            any_older |= sent.value < first;
            settled += 1;
        }
        let crossed = self.crosses.len();
        if any_older {
            let (limits, crosses) = (self.limits.all(), &mut self.crosses);
            let inside = |sent: &Open| sent.value < first && sent.sent <= limits[sent.from as usize];
            received.filter(|(sent, _)| inside(sent)).for_each(|(sent, received)| cross(crosses, sent, received));
        }
        self.overtaken |= overtaken;
        self.settled += settled - (self.crosses.len() - crossed);
        self.before += if is_inside { settled } else { 0 };
    }

    /// The same, by any events.
    #[inline(always)]
    pub(super) fn receive_all<'t>(&mut self, channels: usize, received: impl Iterator<Item = Received<'t>> + Clone) {
        let newest = newest_of(&mut self.newest, channels, received.clone().map(|(sent, _)| sent));
        let (limits, has_payloads) = (self.limits.all(), !self.payloads.is_empty());
        let crossed = self.crosses.len();
        let (mut all, mut before, mut overtaken, mut broken) = (0, 0, false, false);
        for (sent, received) in received {
            overtaken |= arrive(newest, sent);
            // Where a process stands is behind all that it had done when that was decided: who asks later is told the
            // same.
            let sent_inside = sent.sent <= limits[sent.from as usize];
            let inside = received <= limits[sent.to as usize];
            broken |= inside & !sent_inside;
            before += u32::from(inside & sent_inside);
            all += 1;
            if inside != sent_inside {
                cross(&mut self.crosses, sent, received);
            } else if has_payloads {
                self.payloads.remove(&MessageId::at(sent.value as usize));
            }
        }
        self.settled += all - (self.crosses.len() - crossed);
        self.before += before as usize;
        self.overtaken |= overtaken;
        self.gave_up |= broken;
    }

    /// The algorithm that runs along is told, while it is awake, of a message that is about to be received.
    #[inline(always)]
    pub(super) fn tell(&mut self, sent: &Open, received: u32, (channels, counts, pairing): Around<'_>) {
        if self.awake
            && !self.gave_up
            && let Decided::Along(recorder) = &mut self.decided
        {
            let scene = &mut Scene { channels, counts, pairing, limits: &mut self.limits };
            let channel = ChannelId::at(sent.channel as usize);
            recorder.received(scene, Transit { channel, sent: sent.sent, received });
            self.gave_up |= recorder.gave_up();
        }
    }

    /// Hands the messages that cross the cut, with those that are on their way, to the columns of a trace; whether all
    /// channels are FIFO; and what messages took, by channel, where that was asked: those that took least are kept too.
    pub(super) fn finish(
        mut self,
        messages: &mut Messages,
        (channels, events, pairing): Around<'_>,
    ) -> (Crossed, bool, Vec<Lags>) {
        let took = self.keep_least();
        self.crosses.extend(pairing.on_their_way().map(|sent| Crosses { sent, received: NEVER }));
        // What is sorted is number and place in one word, and not all that is known of each.
        let numbers = self.crosses.iter().map(|crosses| crosses.sent.message.index() as u64);
        let mut order: Vec<u64> = numbers.zip(0..).map(|(number, place)| number << 32 | place).collect();
        order.sort_unstable();
        let mut some = Vec::new();
        for words in order.chunks(AT_ONCE) {
            // All of a few are fetched before anything is done with them: so they wait for memory together.
            some.extend(words.iter().map(|&word| self.crosses[word as u32 as usize]));
            for Crosses { sent: OnItsWay { message, channel, sent, name, .. }, received } in some.drain(..) {
                // There are no more of them than were numbered before.
                let Ok(left) = messages.push(channel, sent, Some(name).filter(|name| name.len > 0)) else { break };
                messages.rows[left.index()].received = received;
                if let Some(&payload) = self.payloads.get(&message) {
                    messages.payloads.push(left.index() as u32, payload);
                }
            }
        }
        let fifo = !self.overtaken && channels.iter().all(|channel| channels.is_fifo(channel));
        let positions = self.limits.all().iter().zip(events).map(|(&limit, &events)| limit.min(events)).collect();
        (Crossed { positions, before: self.before, after: self.settled - self.before }, fifo, took)
    }
}

/// By channel the newest send that was received, for messages on some of so many channels that are about to be.
#[inline(always)]
fn newest_of<'n, 't>(newest: &'n mut Vec<u32>, channels: usize, sent: impl Iterator<Item = &'t Open>) -> &'n mut [u32] {
    if channels > newest.len() {
        newest.resize(channels.next_power_of_two(), 0);
    }
    if channels > MANY {
        sent.for_each(|sent| fetch(&newest[sent.channel as usize]));
    }
    newest
}

/// A message arrives: whether it was overtaken.
#[inline(always)]
fn arrive(newest: &mut [u32], sent: &Open) -> bool {
    let newest = &mut newest[sent.channel as usize];
    let is_overtaken = *newest > sent.sent;
    *newest = sent.sent.max(*newest);
    is_overtaken
}

/// Few messages do.
#[cold]
#[inline(never)]
fn cross(crosses: &mut Vec<Crosses>, sent: &Open, received: u32) {
    crosses.push(Crosses { sent: sent.on_its_way(), received });
}

/// Where all that crosses the cut is known at once.
#[cfg(feature = "arrow")]
impl Crossing {
    /// Whether there are so few processes that there is no use in this.
    pub(super) fn is_of_few(&self) -> bool {
        match &self.decided {
            Decided::Before { wanted, .. } => self.limits.len() <= wanted.more_processes_than,
            // An algorithm that runs along sees events one by one.
            Decided::Along(_) => true,
        }
    }

    /// Up to where a process is inside.
    pub(super) fn limit(&self, process: ProcessId) -> u32 {
        self.limits.all()[process.index()]
    }

    /// A message that crosses the cut.
    pub(super) fn crosses(&mut self, crosses: Crosses) {
        self.crosses.push(crosses);
    }

    /// How many messages do not cross the cut, where that is known otherwise, and whether any overtakes another.
    pub(super) fn settled(&mut self, before: usize, after: usize, overtaken: bool) {
        (self.before, self.settled, self.overtaken) = (before, before + after, overtaken);
    }
}
