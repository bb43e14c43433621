//! The ends of plain messages: all sends, then all receives.
//!
//! Which kind of event comes next no processor can foretell; a loop over one kind has nothing to guess. What comes out
//! is what event after event would give: where an id is sent again while it is open, the receives before it go first,
//! and a receive that finds a send from behind it in the log is known by its place.

use std::cell::Cell;
use std::ops::Range;

use super::mention::Mention;
use super::plain::{AT_ONCE, line_around};
use super::quick::{self, Audited, WithEvents};
use super::{Builder, Guess};
use crate::format::record::{PlainText, PlainTransfer, Transfer, UNKNOWN};
use crate::ids::{ChannelId, MessageId, ProcessId};
use crate::key::Salt;
use crate::source::Span;
use crate::trace::channels::NONE;
use crate::trace::history::{Packed, Part};
use crate::trace::pairing::{OnItsWay, Receive, Sent, hash};

/// What is known of a name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named {
    /// The process; [`UNKNOWN`] where there is none, as of one process too many.
    pub(super) process: u32,
    /// How many events its plain events in the block are numbered from.
    pub(super) base: u32,
    /// What the keys of messages to it are mixed with.
    pub(super) salt: Salt,
}

impl Named {
    pub(super) const NOTHING: Self = Self::of(UNKNOWN, 0);

    pub(super) const fn of(process: u32, base: u32) -> Self {
        Self { process, base, salt: Salt::of(process) }
    }

    /// The number of an event of its own.
    #[inline(always)]
    pub(super) fn position(self, end: &PlainTransfer) -> u32 {
        self.base + u32::from(end.event.position()) + 1
    }
}

/// The ends on some lines of a block, of at most [`AT_ONCE`] messages.
#[derive(Debug)]
pub(super) struct Ends<'r> {
    /// Where the block starts in its source.
    pub(super) block: usize,
    /// The address of the block.
    pub(super) address: u64,
    /// Its bytes.
    pub(super) text: &'r [u8],
    /// The first of the lines, and where they start in the block; where that is not at hand, none.
    pub(super) first: u32,
    pub(super) starts: &'r [u32],
    pub(super) sends: &'r [PlainTransfer],
    pub(super) receives: &'r [PlainTransfer],
    /// The texts of these lines, and perhaps of others.
    pub(super) texts: &'r [PlainText],
    pub(super) names: &'r [Box<str>],
    /// What is known of those that they use.
    pub(super) known: &'r [Named],
    /// Up to here the receives are of channels that there are.
    pub(super) named: Cell<usize>,
}

impl<'r> Ends<'r> {
    /// The address of an id.
    #[inline(always)]
    pub(super) fn name(&self, transfer: &PlainTransfer) -> Span {
        Span { start: self.address + u64::from(transfer.id_at), len: u32::from(transfer.id_len) }
    }

    /// The process of an end and the number of its event there; [`UNKNOWN`] where there is none.
    #[inline(always)]
    pub(super) fn own(&self, transfer: &PlainTransfer) -> (u32, u32) {
        let known = self.known(transfer.event.process());
        (known.process, known.position(transfer))
    }

    /// The number of the process of a name; [`UNKNOWN`] where there is none.
    #[inline(always)]
    pub(super) fn process(&self, name: u32) -> u32 {
        self.known(name).process
    }

    #[inline(always)]
    pub(super) fn known(&self, name: u32) -> Named {
        self.known.get(name as usize).copied().unwrap_or(Named::NOTHING)
    }

    /// The bytes of the line that starts at a place of the block.
    pub(super) fn line(&self, start: usize) -> Range<usize> {
        line_around(self.text, self.block, start)
    }

    /// The line of an end, to be found if it is to be told.
    fn mention(&self, transfer: &PlainTransfer) -> Mention {
        Mention::line_of(self.address + u64::from(transfer.id_at))
    }

    /// The bytes of the line of an end.
    fn at(&self, transfer: &PlainTransfer) -> Range<usize> {
        self.line(usize::from(transfer.id_at))
    }

    /// The address of the line of an end.
    fn line_address(&self, transfer: &PlainTransfer) -> u64 {
        let nth = u32::from(transfer.event.line()).wrapping_sub(self.first) as usize;
        match self.starts.get(nth) {
            Some(&start) => self.address + u64::from(start),
            None => self.address + (self.at(transfer).start - self.block) as u64,
        }
    }

    /// The id of a message, and the other process.
    fn transfer(&self, transfer: &PlainTransfer) -> Transfer<'r> {
        let start = usize::from(transfer.id_at);
        let message = self.text.get(start..start + usize::from(transfer.id_len));
        let message = message.and_then(|id| std::str::from_utf8(id).ok());
        let peer = transfer.has_peer.then(|| self.names.get(transfer.peer as usize).map_or("", AsRef::as_ref));
        Transfer { message, peer, payload: None }
    }

    /// An end; nothing where a process is unknown.
    fn end(&self, transfer: &'r PlainTransfer) -> Option<End<'r>> {
        let process = |number: u32| (number != UNKNOWN).then(|| ProcessId::at(number as usize));
        let (own, position) = self.own(transfer);
        let other = match transfer.has_peer {
            true => Some(process(self.process(transfer.peer))?),
            false => None,
        };
        Some(End { transfer, position, process: process(own)?, other })
    }
}

/// One end of a message.
#[derive(Clone, Copy, Debug)]
struct End<'r> {
    transfer: &'r PlainTransfer,
    position: u32,
    process: ProcessId,
    /// The other process; none where a receive names none.
    other: Option<ProcessId>,
}

impl Builder {
    /// Takes all of them.
    pub(super) fn take_ends(&mut self, ends: &Ends<'_>) {
        if !ends.texts.is_empty() {
            self.carry_payloads(ends);
        }
        if self.later.is_some() {
            return self.plain_later(ends);
        }
        self.pairing.sends.reserve(ends.sends.len());
        let first = self.sent();
        let mut waiting = ends.receives;
        let mut done = 0;
        loop {
            done = self.quick_sends(ends, done);
            let Some(send) = ends.sends.get(done) else { break };
            done += 1;
            let Some((end, sent)) = ends.end(send).and_then(|end| Some((end, self.plain_send(&end, ends)?))) else {
                continue;
            };
            if self.pair_send(&sent, &end) {
                // Receives that the log shows before it must not find it beside another of its id.
                let (before, behind) =
                    waiting.split_at(waiting.partition_point(|receive| receive.event.line() < send.event.line()));
                self.pairing.withdraw(send.key, self.channels.ends(sent.channel).1, sent.message);
                before.iter().for_each(|receive| self.plain_receive(receive, first, ends));
                waiting = behind;
                if self.pair_send(&sent, &end) {
                    self.count_if_again(send.key, &sent);
                }
            }
        }
        let mut done = ends.receives.len() - waiting.len();
        loop {
            done = self.quick_receives(ends, done, first);
            let Some(receive) = ends.receives.get(done) else { break };
            done += 1;
            self.plain_receive(receive, first, ends);
        }
        if let Some(crossing) = &mut self.crossing {
            crossing.check(self.events, self.log_is_causal);
            crossing.happened((&self.channels, &self.counts, &self.pairing), self.events);
        }
    }

    /// The sends up to the first that is odd: how many are done.
    fn quick_sends(&mut self, ends: &Ends<'_>, done: usize) -> usize {
        let sent = self.sent();
        if MessageId::new(sent + ends.sends.len()).is_err() {
            return done;
        }
        let (sends, receives) = (&mut self.pairing.sends, &self.pairing.receives);
        let (around, at) = ((sends, receives, &self.channels), (done, sent as u32));
        match (&mut self.crossing, self.keep) {
            (Some(crossing), _) if crossing.is_awake() => done,
            (Some(crossing), _) if crossing.is_auditing() => {
                quick::sends(&mut Audited { crossing, histories: &self.histories }, around, ends, at)
            }
            (Some(crossing), _) => quick::sends(&mut **crossing, around, ends, at),
            (None, keep) if keep.has_actions() => {
                let (messages, histories) = (&mut self.messages, &mut self.histories[..]);
                quick::sends(&mut WithEvents { messages, histories }, around, ends, at)
            }
            (None, _) => quick::sends(&mut self.messages, around, ends, at),
        }
    }

    /// The receives up to the first that is odd: how many are done.
    pub(super) fn quick_receives(&mut self, ends: &Ends<'_>, done: usize, first: usize) -> usize {
        let (around, at) = ((&mut self.pairing.sends, self.channels.len()), (done, first as u32));
        match (&mut self.crossing, self.keep) {
            (Some(crossing), _) if crossing.is_awake() => done,
            (Some(crossing), _) if crossing.is_auditing() => {
                quick::receives(&mut Audited { crossing, histories: &self.histories }, around, ends, at)
            }
            (Some(crossing), _) => quick::receives(&mut **crossing, around, ends, at),
            (None, keep) if keep.has_actions() => {
                let (messages, histories) = (&mut self.messages, &mut self.histories[..]);
                quick::receives(&mut WithEvents { messages, histories }, around, ends, at)
            }
            (None, _) => quick::receives(&mut self.messages, around, ends, at),
        }
    }

    /// Looks where these ends will be looked for, if there it is far: so they wait for memory together.
    #[inline(always)]
    pub(super) fn glance(&self, ends: &Ends<'_>) {
        if self.channels.are_many() {
            self.glance_at_channels(ends);
        }
        if self.pairing.is_large() {
            self.glance_at_ends(ends);
        }
    }

    /// At the channels of the sends.
    #[inline(never)]
    fn glance_at_channels(&self, ends: &Ends<'_>) {
        let process = |name: u32| ends.process(name);
        ends.sends.iter().for_each(|send| self.channels.glance(process(send.event.process()), process(send.peer)));
    }

    /// At all homes, then at the open ends that are likely to be found.
    #[inline(never)]
    fn glance_at_ends(&self, ends: &Ends<'_>) {
        let (table, Ends { sends, receives, .. }) = (&self.pairing.sends, ends);
        let mut places = [0; AT_ONCE];
        let places = &mut places[..receives.len()];
        for (place, receive) in places.iter_mut().zip(*receives) {
            *place = hash(receive.key, ends.known(receive.event.process()).salt);
        }
        table.glance(places.iter().copied());
        table.glance(sends.iter().map(|send| hash(send.key, ends.known(send.peer).salt)));
        places.iter_mut().for_each(|place| *place = table.likely(*place));
        table.glance_at(places);
    }

    /// Puts the ends aside in the order of the log, to be paired later.
    fn plain_later(&mut self, ends: &Ends<'_>) {
        let mut receives = ends.receives.iter().peekable();
        for send in ends.sends {
            while let Some(receive) = receives.next_if(|receive| receive.event.line() < send.event.line()) {
                self.plain_receive_later(receive, ends);
            }
            if let Some(end) = ends.end(send)
                && let Some(sent) = self.plain_send(&end, ends)
            {
                self.pair_send(&sent, &end);
            }
        }
        receives.for_each(|receive| self.plain_receive_later(receive, ends));
    }

    fn plain_receive_later(&mut self, receive: &PlainTransfer, ends: &Ends<'_>) {
        let Some(End { position, process: to, other: from, .. }) = ends.end(receive) else { return };
        if from.is_some_and(|from| self.plain_channel(from, to, receive, ends).is_none()) {
            return;
        }
        let (key, name, at) = (receive.key, ends.name(receive), ends.line_address(receive));
        if let Some(later) = &mut self.later {
            later.receive(Receive { key, to, from, position, part: None, name, at });
        }
    }

    /// A channel; none where there can be none, which has been told then.
    #[inline]
    fn plain_channel(
        &mut self,
        from: ProcessId,
        to: ProcessId,
        transfer: &PlainTransfer,
        ends: &Ends<'_>,
    ) -> Option<ChannelId> {
        match self.channels.number(from, to) {
            NONE => {
                self.new_channels(transfer, ends);
                // A process has none to itself: that is told.
                self.mentioned_channel(from, to, ends.mention(transfer))
            }
            number => Some(ChannelId::at(number as usize)),
        }
    }

    /// Makes the channels that the log names before this end, in its order: as all ends before it of its own kind are done,
    /// those of receives.
    #[cold]
    fn new_channels(&mut self, before: &PlainTransfer, ends: &Ends<'_>) {
        for receive in &ends.receives[ends.named.get()..] {
            if receive.event.line() >= before.event.line() {
                break;
            }
            ends.named.set(ends.named.get() + 1);
            if let Some(End { process: to, other: Some(from), .. }) = ends.end(receive)
                && from != to
                && self.channels.find(from, to).is_none()
            {
                self.mentioned_channel(from, to, ends.mention(receive));
            }
        }
    }

    /// Adds the message of a send.
    fn plain_send(&mut self, send: &End<'_>, ends: &Ends<'_>) -> Option<OnItsWay> {
        let End { transfer, process: from, other, position } = *send;
        let to = other?;
        let channel = self.plain_channel(from, to, transfer, ends)?;
        let name = ends.name(transfer);
        match self.add_message(channel, position, Some((transfer.key, name))) {
            Ok(message) => Some(OnItsWay { message, from, channel, sent: position, name }),
            Err(error) => {
                self.too_many(error, &ends.at(transfer));
                None
            }
        }
    }

    /// Pairs a message that was added; whether another of its id is on its way to its receiver.
    fn pair_send(&mut self, sent: &OnItsWay, send: &End<'_>) -> bool {
        let (key, Some(to), message) = (send.transfer.key, send.other, sent.message) else { return false };
        let paired = match &mut self.later {
            None => self.pairing.send(key, to, sent),
            Some(later) => {
                later.send(key, sent.from, to, message);
                Sent::Open(false)
            }
        };
        if self.keep.has_actions() {
            self.histories[sent.from.index()].set_action(send.position, Packed::part(Part::Sent(message)));
        }
        match paired {
            Sent::Open(again) => again,
            Sent::Joins(waiting) => {
                self.join(waiting as usize, message);
                false
            }
        }
    }

    fn plain_receive(&mut self, receive: &PlainTransfer, first: usize, ends: &Ends<'_>) {
        let Some(end) = ends.end(receive) else { return };
        let End { position, process: to, other: from, .. } = end;
        if let Some(from) = from
            && self.plain_channel(from, to, receive, ends).is_none()
        {
            return;
        }
        let part = match self.pairing.receive_sent(receive.key, from, to) {
            Some(sent) => {
                // Sent among these, behind its receive: a name from before may be of any address.
                if sent.message.index() >= first && sent.name.start > ends.name(receive).start {
                    self.plain_guess(&end, sent.message, ends);
                }
                self.received(&sent, to, position);
                Part::Received(sent.message)
            }
            None => match self.plain_waits(&end, ends) {
                Some(part) => part,
                None => return,
            },
        };
        if self.keep.has_actions() {
            self.histories[to.index()].set_action(position, Packed::part(part));
        }
    }

    /// A receive took a message which the log shows behind it.
    #[cold]
    fn plain_guess(&mut self, receive: &End<'_>, message: MessageId, ends: &Ends<'_>) {
        self.log_is_causal = false;
        if receive.other.is_none() {
            let (key, at) = (receive.transfer.key, ends.line_address(receive.transfer));
            self.guesses.push(Guess::of(message, (key, receive.process), at));
        }
    }

    /// A receive whose message is not to be found: it waits, or there are several.
    fn plain_waits(&mut self, receive: &End<'_>, ends: &Ends<'_>) -> Option<Part> {
        let End { transfer, position, process, .. } = *receive;
        self.receive(process, position, &ends.transfer(transfer), None, &ends.at(transfer))
    }
}
