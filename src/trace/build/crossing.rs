//! The messages that cross one cut, and no others: what it takes to show that the cut is consistent.
//!
//! A cut is consistent iff no message is received inside and sent outside (Mattern 1989, section 4). As the log shows
//! every send before its receive, each receive tells at once on which sides its message lies; a message with both ends
//! on one side is counted and its place is used again. So memory is that of the messages in flight. An orphan calls for
//! its whole proof, and a receive before its send for an order of the events: both for a trace that keeps more.

use hashbrown::HashMap;

use super::recorder::{Recorder, Scene, Transit};
use crate::format::cut::Place;
use crate::ids::{ChannelId, MessageId, ProcessId, TooMany};
use crate::source::Span;
use crate::trace::channels::Channels;
use crate::trace::crossed::Crossed;
use crate::trace::messages::{Messages, NEVER};

/// The cut that is asked for, as it is known before the log is read.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Where processes stand, by name.
    pub places: HashMap<String, Place<'static>>,
    /// Where the others stand: at their ends, else at their starts.
    pub rest_at_end: bool,
    /// Up to so many processes there is no use in this, as their clocks are asked for too.
    pub more_processes_than: usize,
}

/// After so many events most processes have been named.
const EARLY: usize = 1 << 16;

/// What decides which cut it is.
#[derive(Debug)]
enum Decided {
    /// It is known before the log is read, but for the labels that have not come.
    Before { wanted: Wanted, labels: Vec<Option<String>> },
    /// An algorithm that runs along.
    Along(Box<dyn Recorder>),
}

/// One message that is not settled.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    /// Where its id starts, and its length; none for a message without one.
    name: u64,
    name_len: u32,
    pub(super) channel: ChannelId,
    sent: u32,
    received: u32,
    /// How many were sent before it.
    nth: u32,
    /// Whether it was sent inside; a free slot holds no message.
    inside: bool,
    free: bool,
}

impl Slot {
    /// Whether it is on its way.
    pub(super) fn is_in_flight(&self) -> bool {
        !self.free && self.received == NEVER
    }
}

#[derive(Debug)]
pub(super) struct Crossing {
    decided: Decided,
    /// Whether the algorithm that runs along must see each message.
    awake: bool,
    /// Up to where each process is inside; as long as that is not decided, up to the end.
    limits: Vec<u32>,
    slots: Vec<Slot>,
    free: Vec<u32>,
    payloads: HashMap<u32, Span>,
    /// The send received last on each channel.
    last: Vec<u32>,
    overtaken: bool,
    sent: usize,
    before: usize,
    after: usize,
    gave_up: bool,
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
            limits: Vec::new(),
            slots: Vec::new(),
            free: Vec::new(),
            payloads: HashMap::new(),
            last: Vec::new(),
            overtaken: false,
            sent: 0,
            before: 0,
            after: 0,
            gave_up: false,
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
            Decided::Before { wanted, .. } => events > EARLY && self.limits.len() <= wanted.more_processes_than,
            Decided::Along(_) => false,
        };
        self.gave_up |= !log_is_causal || few;
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

    /// An event has a label: it may be the last one inside. The event's own message is inside as those before it are.
    pub(super) fn label(&mut self, process: ProcessId, position: u32, label: &str) {
        match &mut self.decided {
            Decided::Before { labels, .. } if labels[process.index()].as_deref() == Some(label) => {
                self.limits[process.index()] = position;
                labels[process.index()] = None;
            }
            Decided::Before { .. } => {}
            Decided::Along(recorder) => recorder.label(process, position, label),
        }
    }

    /// Whether the algorithm must see the next events one by one, up to so many.
    pub(super) fn is_near(&self, counts: &[u32], events: usize) -> bool {
        match &self.decided {
            Decided::Before { .. } => false,
            Decided::Along(recorder) => self.awake || recorder.is_near(counts, events),
        }
    }

    /// So many events have happened: the algorithm has its turn.
    pub(super) fn happened(&mut self, channels: &Channels, counts: &[u32], events: usize) {
        let (Decided::Along(recorder), false) = (&mut self.decided, self.gave_up) else { return };
        let scene = &mut Scene { channels, counts, slots: &self.slots, limits: &mut self.limits };
        self.awake = recorder.happened(scene, events);
        self.gave_up |= recorder.gave_up();
    }

    /// All has been read.
    pub(super) fn end(&mut self, channels: &Channels, counts: &[u32]) {
        let (Decided::Along(recorder), false) = (&mut self.decided, self.gave_up) else { return };
        let last = |slot: &Slot| self.last.get(slot.channel.index()).copied().unwrap_or_default();
        // Behind what is lost no marker arrives.
        let lost = self.slots.iter().any(|slot| slot.is_in_flight() && slot.sent < last(slot));
        let scene = &mut Scene { channels, counts, slots: &self.slots, limits: &mut self.limits };
        self.gave_up |= self.overtaken || lost || !recorder.end(scene);
    }

    #[inline(always)]
    pub(super) fn send(
        &mut self,
        from: ProcessId,
        channel: ChannelId,
        sent: u32,
        name: Option<Span>,
    ) -> Result<MessageId, TooMany> {
        let nth = MessageId::new(self.sent)?.index() as u32;
        self.sent += 1;
        if self.awake
            && !self.gave_up
            && let Decided::Along(recorder) = &mut self.decided
        {
            recorder.sent(channel);
        }
        let inside = sent <= self.limits[from.index()];
        let (name, name_len) = name.map_or((0, 0), |name| (name.start, name.len));
        let slot = Slot { name, name_len, channel, sent, received: NEVER, nth, inside, free: false };
        match self.free.pop() {
            Some(at) => {
                self.slots[at as usize] = slot;
                Ok(MessageId::at(at as usize))
            }
            None => {
                self.slots.push(slot);
                Ok(MessageId::at(self.slots.len() - 1))
            }
        }
    }

    /// The payload of a message that was just sent.
    pub(super) fn carry(&mut self, message: MessageId, payload: Span) {
        self.payloads.insert(message.index() as u32, payload);
    }

    pub(super) fn sent(&self) -> usize {
        self.sent
    }

    #[inline(always)]
    pub(super) fn nth(&self, message: MessageId) -> usize {
        self.slots[message.index()].nth as usize
    }

    #[inline(always)]
    pub(super) fn receive(
        &mut self,
        message: MessageId,
        to: ProcessId,
        received: u32,
        (channels, counts): (&Channels, &[u32]),
    ) {
        if self.awake
            && !self.gave_up
            && let Decided::Along(recorder) = &mut self.decided
        {
            let Slot { channel, sent, .. } = self.slots[message.index()];
            let scene = &mut Scene { channels, counts, slots: &self.slots, limits: &mut self.limits };
            recorder.received(scene, Transit { channel, sent, received });
            self.gave_up |= recorder.gave_up();
        }
        let slot = &mut self.slots[message.index()];
        let channel = slot.channel.index();
        if channel >= self.last.len() {
            self.last.resize((channel + 1).next_power_of_two(), 0);
        }
        let last = &mut self.last[channel];
        self.overtaken |= *last > slot.sent;
        *last = slot.sent.max(*last);
        let inside = received <= self.limits[to.index()];
        self.gave_up |= inside & !slot.inside;
        if inside == slot.inside {
            self.before += usize::from(inside);
            self.after += usize::from(!inside);
            slot.free = true;
            self.free.push(message.index() as u32);
            if !self.payloads.is_empty() {
                self.payloads.remove(&(message.index() as u32));
            }
        } else {
            slot.received = received;
        }
    }

    /// Hands the messages that are left to the columns of a trace; whether all channels are FIFO.
    pub(super) fn finish(mut self, messages: &mut Messages, channels: &Channels, events: &[u32]) -> (Crossed, bool) {
        let mut left: Vec<(usize, Slot)> = self.slots.drain(..).enumerate().filter(|(_, slot)| !slot.free).collect();
        left.sort_unstable_by_key(|(_, slot)| slot.nth);
        for (at, slot) in left {
            // There are no more of them than were numbered before.
            let name = Some(Span { start: slot.name, len: slot.name_len }).filter(|name| name.len > 0);
            let Ok(message) = messages.push(slot.channel, slot.sent, name) else { break };
            messages.rows[message.index()].received = slot.received;
            if let Some(&payload) = self.payloads.get(&(at as u32)) {
                messages.payloads.push(message.index() as u32, payload);
            }
        }
        let fifo = !self.overtaken && channels.iter().all(|channel| channels.is_fifo(channel));
        let positions = self.limits.iter().zip(events).map(|(&limit, &events)| limit.min(events)).collect();
        (Crossed { positions, before: self.before, after: self.after }, fifo)
    }
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
        self.limits[process.index()]
    }

    /// Where a message that crosses the cut is received.
    pub(super) fn arrives(&mut self, message: MessageId, received: u32) {
        self.slots[message.index()].received = received;
    }

    /// How many messages do not cross the cut, where that is known otherwise, and whether any overtakes another.
    pub(super) fn settled(&mut self, before: usize, after: usize, overtaken: bool) {
        (self.before, self.after, self.overtaken) = (before, after, overtaken);
    }
}
