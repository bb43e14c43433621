//! Plain events by the thousand: what depends on their order in the order of the log, then all sends, then all receives.
//!
//! Which kind of event comes next no processor can foretell; a loop over one kind has nothing to guess. What comes out
//! is what event after event would give: where an id is sent again while it is open, the receives before it go first,
//! and a receive that finds a send from behind it in the log is known by its place.

use std::ops::Range;

use super::{Builder, Guess};
use crate::format::record::{ActionKind, PlainEvent, PlainRun, UNKNOWN};
use crate::ids::{ChannelId, EventId, MessageId, ProcessId, TooMany};
use crate::source::Span;
use crate::trace::Keep;
use crate::trace::channels::NONE;
use crate::trace::history::{Packed, Part};
use crate::trace::pairing::{Receive, Sent};

/// One end of a message: where it is in the run, and what is known of it.
#[derive(Clone, Copy, Debug)]
struct End {
    event: u32,
    position: u32,
    process: ProcessId,
    /// The other process; the process itself where a receive names none.
    other: ProcessId,
    /// The number of the channel, where both are known.
    channel: u32,
}

/// So many events are taken at once: few enough that all that is held of them stays in the nearest cache.
const AT_ONCE: usize = 256;

const NO_END: End = End { event: 0, position: 0, process: ProcessId::at(0), other: ProcessId::at(0), channel: NONE };

/// Room for the ends of the messages of a run.
#[derive(Debug, Default)]
pub(super) struct PlainEnds {
    sends: Vec<End>,
    receives: Vec<End>,
}

impl Builder {
    /// Takes a run of plain events. Time: linear; space: what it keeps.
    pub(super) fn plain_run(&mut self, run: PlainRun<'_>) {
        let PlainRun { block, text, names, known, events } = run;
        self.begin();
        for events in events.chunks(AT_ONCE) {
            // An algorithm that runs along sees one event after the other where they matter to it.
            let near = self.crossing.as_ref().is_some_and(|crossing| crossing.is_near(&self.counts, events.len()));
            for events in events.chunks(if near { 1 } else { AT_ONCE }) {
                self.plain_some(PlainRun { block, text, names, known: &mut *known, events });
            }
        }
    }

    fn plain_some(&mut self, mut run: PlainRun<'_>) {
        self.put_off_if_many();
        if EventId::new(self.events + run.events.len()).is_err() {
            return self.too_many_events(&run);
        }
        let mut ends = std::mem::take(&mut self.plain);
        let (sends, receives) = self.number_events(&mut run, &mut ends);
        if self.keep > Keep::Messages {
            self.keep_events(&run);
        }
        let sends = &ends.sends[..sends];
        let mut waiting = &ends.receives[..receives];
        if self.later.is_some() {
            self.plain_later(sends, waiting, &run);
            self.plain = ends;
            return;
        }
        if self.pairing.is_large() {
            let ends = sends.iter().map(|send| (send, send.other));
            let ends = ends.chain(waiting.iter().map(|receive| (receive, receive.process)));
            let glance = |(end, to): (&End, ProcessId)| {
                let message = self.pairing.glance(run.events[end.event as usize].key, to)?;
                match &self.crossing {
                    Some(crossing) => Some(crossing.nth(message)),
                    None => self.messages.rows.get(message.index()).map(|row| row.sent as usize),
                }
            };
            std::hint::black_box(ends.filter_map(glance).fold(0, |seen, read| seen ^ read));
        }
        let first = self.sent();
        for send in sends {
            if let Some(message) = self.plain_send(send, &run) {
                // Receives that the log shows before it must not find it beside another of its id.
                let (before, behind) = waiting.split_at(waiting.partition_point(|receive| receive.event < send.event));
                self.pairing.withdraw(run.events[send.event as usize].key, send.other, message);
                before.iter().for_each(|receive| self.plain_receive(receive, sends, first, &run));
                waiting = behind;
                self.pair_send(message, send, &run);
            }
        }
        waiting.iter().for_each(|receive| self.plain_receive(receive, sends, first, &run));
        self.plain = ends;
        if let Some(crossing) = &mut self.crossing {
            crossing.check(self.events, self.log_is_causal);
            crossing.happened(&self.channels, &self.counts, self.events);
        }
    }

    /// Puts the ends aside in the order of the log, to be paired later.
    fn plain_later(&mut self, sends: &[End], receives: &[End], run: &PlainRun<'_>) {
        let mut receives = receives.iter().peekable();
        let mut behind = |builder: &mut Self, event: u32| {
            while let Some(receive) = receives.next_if(|receive| receive.event < event) {
                builder.plain_receive_later(receive, run);
            }
        };
        for send in sends {
            behind(self, send.event);
            self.plain_send(send, run);
        }
        behind(self, u32::MAX);
    }

    #[inline]
    fn plain_receive_later(&mut self, receive: &End, run: &PlainRun<'_>) {
        let event = &run.events[receive.event as usize];
        let End { position, process: to, other, .. } = *receive;
        let at = self.base + (run.block + event.start as usize) as u64;
        let name = Span { start: at + u64::from(event.message.0), len: u32::from(event.message.1) };
        let from = (other != to).then_some(other);
        if let Some(later) = &mut self.later {
            later.receive(Receive { key: event.key, to, from, position, part: None, name, at });
        }
    }

    /// Numbers the events, and sorts the ends of their messages by kind: how many sends and receives there are.
    fn number_events(&mut self, run: &mut PlainRun<'_>, ends: &mut PlainEnds) -> (usize, usize) {
        let room = run.events.len() + 1;
        for list in [&mut ends.sends, &mut ends.receives] {
            list.resize(room.max(list.len()), NO_END);
        }
        let (mut sends, mut receives) = (0, 0);
        for (at, event) in run.events.iter().enumerate() {
            let Some((process, other)) = self.known(run.known, run.names, event, run.block) else { continue };
            if self.stretches.is_due(self.events) && matches!(self.keep, Keep::Messages | Keep::Order) {
                let address = self.base + run.block as u64 + u64::from(event.start);
                self.stretches.start(address, self.events, &self.counts);
            }
            self.events += 1;
            let (p, q) = (process.index(), other.index());
            let position = self.counts[p] + 1;
            self.counts[p] = position;
            let is_receive = event.action == ActionKind::Receive;
            // Exchanged or not, and then kept or not, without a jump.
            let swap = (p ^ q) & usize::from(is_receive).wrapping_neg();
            let (from, to) = (ProcessId::at(p ^ swap), ProcessId::at(q ^ swap));
            // Where no other is named there is no channel, and no new one to be made.
            let mut channel = self.channels.number(from, to).wrapping_sub(u32::from(!event.has_peer));
            if channel == NONE {
                match self.channel_id(from, to, &event.at(run.block)) {
                    Some(new) => channel = new.index() as u32,
                    None => continue,
                }
            }
            let end = End { event: at as u32, position, process, other, channel };
            ends.sends[sends] = end;
            ends.receives[receives] = end;
            sends += usize::from(event.action == ActionKind::Send);
            receives += usize::from(is_receive);
        }
        (sends, receives)
    }

    /// Where the trace keeps more of events: their order, their lines, and room for what they do.
    fn keep_events(&mut self, run: &PlainRun<'_>) {
        for event in run.events {
            let number = run.known[event.process as usize];
            if number == UNKNOWN {
                continue;
            }
            self.log.push(ProcessId::at(number as usize));
            if self.keep == Keep::Events {
                let history = &mut self.histories[number as usize];
                history.actions.push(Packed::STEP);
                history.at.push(self.base + run.block as u64 + u64::from(event.start));
            }
        }
    }

    /// One of them is the first one too many.
    #[cold]
    fn too_many_events(&mut self, run: &PlainRun<'_>) {
        let at = run.events.get(EventId::LIMIT.saturating_sub(self.events)).map_or(0..0, |event| event.at(run.block));
        self.too_many(TooMany { what: "events", limit: EventId::LIMIT }, &at);
    }

    /// The process of an event and the other one.
    #[inline(always)]
    fn known(
        &mut self,
        known: &mut [u32],
        names: &[Box<str>],
        event: &PlainEvent,
        block: usize,
    ) -> Option<(ProcessId, ProcessId)> {
        let (process, other) = (known[event.process as usize], known[event.peer as usize]);
        if process != UNKNOWN && other != UNKNOWN {
            return Some((ProcessId::at(process as usize), ProcessId::at(other as usize)));
        }
        let process = self.get_to_know(known, names, event.process, &event.at(block))?;
        Some((process, self.get_to_know(known, names, event.peer, &event.at(block))?))
    }

    #[cold]
    fn get_to_know(
        &mut self,
        known: &mut [u32],
        names: &[Box<str>],
        number: u32,
        at: &Range<usize>,
    ) -> Option<ProcessId> {
        let process = self.process_id(&names[number as usize], at)?;
        known[number as usize] = process.index() as u32;
        Some(process)
    }

    /// Adds the message of a send; it is given back if another of its id is on its way to its receiver.
    #[inline(always)]
    fn plain_send(&mut self, send: &End, run: &PlainRun<'_>) -> Option<MessageId> {
        let event = &run.events[send.event as usize];
        let (at, len) = event.message;
        let start = self.base + (run.block + event.start as usize + usize::from(at)) as u64;
        let name = Span { start, len: u32::from(len) };
        let channel = ChannelId::at(send.channel as usize);
        match self.add_message(send.process, channel, send.position, Some(name)) {
            Ok(message) => self.pair_send(message, send, run).then_some(message),
            Err(error) => {
                self.too_many(error, &event.at(run.block));
                None
            }
        }
    }

    /// Pairs a message that was added; whether another of its id is on its way to its receiver.
    #[inline(always)]
    fn pair_send(&mut self, message: MessageId, send: &End, run: &PlainRun<'_>) -> bool {
        let key = run.events[send.event as usize].key;
        let sent = match &mut self.later {
            None => self.pairing.send(key, send.process, send.other, message),
            Some(later) => {
                later.send(key, send.process, send.other, message);
                Sent::Open(false)
            }
        };
        if self.keep == Keep::Events {
            self.histories[send.process.index()].set_action(send.position, Packed::part(Part::Sent(message)));
        }
        match sent {
            Sent::Open(again) => again,
            Sent::Joins(waiting) => {
                self.join(waiting as usize, message);
                false
            }
        }
    }

    #[inline(always)]
    fn plain_receive(&mut self, receive: &End, sends: &[End], first: usize, run: &PlainRun<'_>) {
        let event = &run.events[receive.event as usize];
        let End { position, process: to, other, .. } = *receive;
        let from = (other != to).then_some(other);
        let part = match self.pairing.receive_sent(event.key, from, to) {
            Some(message) => {
                let sent = self.nth(message).checked_sub(first).and_then(|nth| sends.get(nth));
                if sent.is_some_and(|send| send.event > receive.event) {
                    self.plain_guess(receive, message, run);
                }
                self.received(message, to, position);
                Part::Received(message)
            }
            None => match self.plain_waits(receive, run) {
                Some(part) => part,
                None => return,
            },
        };
        if self.keep == Keep::Events {
            self.histories[to.index()].set_action(position, Packed::part(part));
        }
    }

    /// A receive took a message which the log shows behind it.
    #[cold]
    fn plain_guess(&mut self, receive: &End, message: MessageId, run: &PlainRun<'_>) {
        self.log_is_causal = false;
        if receive.other == receive.process {
            let event = &run.events[receive.event as usize];
            let at = self.base + run.block as u64 + u64::from(event.start);
            self.guesses.push(Guess { key: event.key, to: receive.process, message, at });
        }
    }

    /// A receive whose message is not to be found: it waits, or there are several.
    #[inline(never)]
    fn plain_waits(&mut self, receive: &End, run: &PlainRun<'_>) -> Option<Part> {
        let event = &run.events[receive.event as usize];
        self.receive(receive.process, receive.position, &run.transfer(event), None, &event.at(run.block))
    }
}
