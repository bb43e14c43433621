//! The messages of an event: each send and receive finds its partner, or waits for it.

use std::ops::Range;

use super::{Builder, Waiting};
use crate::format::record::{ActionKind, EventRecord, PlainEvent, Range16, Transfer};
use crate::ids::{MessageId, ProcessId, TooMany};
use crate::key::Key;
use crate::source::Span;
use crate::trace::Unsent;
use crate::trace::history::{Packed, Part};
use crate::trace::pairing::Partner;

impl Builder {
    /// A message of a send: its part, once the channel and the id are known.
    #[inline]
    pub(super) fn send(
        &mut self,
        from: ProcessId,
        position: u32,
        transfer: &Transfer<'_>,
        at: &Range<usize>,
    ) -> Option<Part> {
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

    /// The message of a plain send: the same with the keys known.
    #[inline(always)]
    pub(super) fn plain_send(
        &mut self,
        from: ProcessId,
        position: u32,
        (block, text): (usize, &str),
        plain: &PlainEvent,
    ) -> Option<Part> {
        let (key, id) = plain.message;
        let (index, new) = self.processes.intern_key(plain.peer.0, || plain.transfer(text).peer.unwrap_or_default());
        let to = if new { self.add_process(index, &plain.at(block))? } else { ProcessId::at(index) };
        let channel = match self.channels.find(from, to) {
            Some(channel) => channel,
            None => self.channel_id(from, to, &plain.at(block))?,
        };
        let start = self.base + (block + plain.start as usize + id.start as usize) as u64;
        let name = Span { start, len: u32::from(id.end - id.start) };
        let message = match self.messages.push(channel, position, Some(name)) {
            Ok(message) => message,
            error => self.limit(error, &plain.at(block))?,
        };
        if let Some(waiting) = self.pairing.send(key, from, to, message) {
            self.join(waiting as usize, message);
        }
        Some(Part::Sent(message))
    }

    /// The message of a plain receive: the same with the keys known, where its send was seen and needs no sender.
    #[inline(always)]
    pub(super) fn plain_receive(
        &mut self,
        to: ProcessId,
        position: u32,
        (block, text): (usize, &str),
        plain: &PlainEvent,
    ) -> Option<Part> {
        if plain.peer.1 == Range16::default()
            && let Some(message) = self.pairing.receive_sent(plain.message.0, to)
        {
            self.messages.rows[message.index()].received = position;
            return Some(Part::Received(message));
        }
        self.receive(to, position, &plain.transfer(text), None, &plain.at(block))
    }

    /// A receive that waited has its message now.
    #[cold]
    pub(super) fn join(&mut self, waiting: usize, message: MessageId) {
        self.log_is_causal = false;
        let waiting = &mut self.waiting[waiting];
        waiting.found = true;
        let Unsent { to, received, .. } = waiting.receive;
        self.messages.rows[message.index()].received = received;
        let part = Packed::part(Part::Received(message));
        match waiting.part {
            Some(part_of_list) => self.parts[part_of_list] = part,
            None => self.histories[to.index()].set_action(received, part),
        }
    }

    /// A message of a receive; `part` is where its part will stand if the event has several.
    #[inline]
    pub(super) fn receive(
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
                self.messages.rows[message.index()].received = position;
                Some(Part::Received(message))
            }
            Partner::Waits => {
                let name = transfer.message.map(|id| self.span(id));
                let receive = Unsent { to, received: position, from, gap: None, name };
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

    pub(super) fn parts_of(&mut self, process: ProcessId, position: u32, event: &EventRecord<'_>) -> Option<Packed> {
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
}
