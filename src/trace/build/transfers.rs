//! The messages of an event: each send and receive finds its partner, or waits for it.

use std::ops::Range;

use super::mention::Mention;
use super::{Builder, Guess, Waiting};
use crate::format::record::{ActionKind, EventRecord, Transfer};
use crate::ids::{ChannelId, MessageId, ProcessId, TooMany};
use crate::key::Key;
use crate::source::Span;
use crate::trace::Unsent;
use crate::trace::history::{Packed, Part};
use crate::trace::pairing::{OnItsWay, Partner, Receive, Sent};

/// What is asked where a receive may be of several senders.
pub(super) const WHICH_SENDER: &str = "which of them is it?";
/// How that is answered.
pub(super) const NAME_SENDER: &str =
    "name the sender of this receive (`<- P1`, or \"from\"), or give each message an id of its own";

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
        let key = transfer.message.map(Key::of);
        let message = self.add_message(channel, position, key.zip(name));
        let message = self.limit(message, at)?;
        if let Some(payload) = transfer.payload {
            let payload = self.span(payload);
            self.carry(message.index(), payload);
        }
        let name = name.unwrap_or(Span { start: 0, len: 0 });
        let sent = OnItsWay { message, from, channel, sent: position, name };
        let waiting = match key {
            Some(key) => match &mut self.later {
                Some(later) => {
                    later.send(key, from, to, message);
                    None
                }
                None => match self.pairing.send(key, to, &sent) {
                    Sent::Joins(waiting) => Some(waiting),
                    Sent::Open(again) => {
                        if again {
                            self.count_if_again(key, &sent);
                        }
                        None
                    }
                },
            },
            None => {
                self.give_up();
                let mention = Mention::at(self.place(at));
                self.channel_unnamed[channel.index()].get_or_insert(mention);
                self.pairing.send_next(channel, message)
            }
        };
        if let Some(waiting) = waiting {
            self.join(waiting as usize, message);
        }
        Some(Part::Sent(message))
    }

    /// A message is on its way to its receiver with another of its id: counted where that is on the same channel.
    #[cold]
    pub(super) fn count_if_again(&mut self, key: Key, sent: &OnItsWay) {
        let (from, to) = self.channels.ends(sent.channel);
        if self.pairing.is_sent_twice(key, from, to) {
            *self.sent_again.entry(sent.channel).or_default() += 1;
        }
    }

    /// Adds a message that is not received yet; where its id stands, if it has one.
    #[inline(always)]
    pub(super) fn add_message(
        &mut self,
        channel: ChannelId,
        position: u32,
        id: Option<(Key, Span)>,
    ) -> Result<MessageId, TooMany> {
        match &mut self.crossing {
            Some(crossing) => {
                let to = self.channels.ends(channel).1;
                crossing.send(channel, id.map(|(key, _)| (key, to.index() as u32)))
            }
            None => self.messages.push(channel, position, id.map(|(_, name)| name)),
        }
    }

    /// How many messages were sent.
    pub(super) fn sent(&self) -> usize {
        self.crossing.as_ref().map_or(self.messages.len(), |crossing| crossing.sent())
    }

    /// A message is received.
    #[inline(always)]
    pub(super) fn received(&mut self, message: &OnItsWay, to: ProcessId, position: u32) {
        match &mut self.crossing {
            Some(crossing) => {
                crossing.receive(message, (to, position), (&self.channels, &self.counts, &self.pairing));
                let open = message.open(Key::NONE, to.index() as u32);
                crossing.took(self.channels.len(), std::iter::once((&open, position)), &self.histories);
            }
            None => self.messages.rows[message.message.index()].received = position,
        }
    }

    /// What is seen is more than a trace of the messages that cross a cut can tell of.
    pub(super) fn give_up(&mut self) {
        if let Some(crossing) = &mut self.crossing {
            crossing.give_up();
        }
    }

    /// A receive that waited has its message now.
    #[cold]
    pub(super) fn join(&mut self, waiting: usize, message: MessageId) {
        self.log_is_causal = false;
        let waiting = &mut self.waiting[waiting];
        waiting.found = true;
        let (part, Unsent { to, received, from, .. }) = (waiting.part, waiting.receive);
        if let (Some(key), None) = (waiting.key, from) {
            self.guesses.push(Guess::of(message, (key, to), waiting.at));
        }
        self.has_received(message, (to, received), part);
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
            (Some(id), _) => {
                let key = Key::of(id);
                if self.later.is_some() {
                    let (name, at) = (self.span(id), self.base + at.start as u64);
                    self.later.as_mut()?.receive(Receive { key, to, from, position, part, name, at });
                    // Until it is paired, or not.
                    return Some(Part::Unsent(0));
                }
                self.pairing.receive(key, from, to, number)
            }
            (None, Some(channel)) => {
                let mention = Mention::at(self.place(at));
                self.channel_unnamed[channel.index()].get_or_insert(mention);
                match self.pairing.receive_next(channel, number) {
                    Some(message) => {
                        self.arrives(message, position);
                        return Some(Part::Received(message));
                    }
                    None => Partner::Waits,
                }
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
            Partner::Message(sent) => {
                self.received(&sent, to, position);
                Some(Part::Received(sent.message))
            }
            Partner::Waits => {
                self.give_up();
                let name = transfer.message.map(|id| self.span(id));
                let receive = Unsent { to, received: position, from, gap: None, name };
                let key = transfer.message.map(Key::of);
                let at = self.base + at.start as u64;
                self.waiting.push(Waiting { receive, key, part, found: false, at });
                Some(Part::Unsent(number as usize))
            }
            Partner::Ambiguous => {
                let id = transfer.message.unwrap_or_default();
                self.fault(
                    at,
                    format!("several processes have sent a message `{id}` that is on its way here"),
                    WHICH_SENDER,
                    NAME_SENDER,
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
                if event.action == ActionKind::Receive {
                    self.give_up();
                }
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
