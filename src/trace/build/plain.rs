//! Plain events by the thousand: what depends on their order in the order of the log, then all sends, then all receives.
//!
//! Which kind of event comes next no processor can foretell; a loop over one kind has nothing to guess. What comes out
//! is what event after event would give: where an id is sent again while it is open, the receives before it go first,
//! and a receive that finds a send from behind it in the log is known by its place.

use std::ops::Range;

use super::quick::{self, WithEvents};
use super::{Builder, Guess};
use crate::format::record::{ActionKind, PlainLines, PlainRun, PlainTransfer, UNKNOWN};
use crate::ids::{ChannelId, EventId, MessageId, ProcessId, TooMany};
use crate::source::Span;
use crate::trace::Keep;
use crate::trace::channels::NONE;
use crate::trace::history::{Packed, Part};
use crate::trace::pairing::{OnItsWay, Receive, Sent};

/// So many events are taken at once: few enough that all that is held of them stays in the nearest cache.
pub(super) const AT_ONCE: usize = 256;

/// So many names are passed by in the time that the names of a line are looked up in.
const NAMES_A_LINE: usize = 16;

/// By place in the run, whose event it is and its number within its process; [`UNKNOWN`] where it is left out.
#[derive(Debug)]
pub(super) struct Own([(u32, u32); AT_ONCE]);

impl Default for Own {
    fn default() -> Self {
        Self([(UNKNOWN, 0); AT_ONCE])
    }
}

impl Own {
    /// Process and position of the event at a place.
    #[inline(always)]
    pub(super) fn of(&self, place: u32) -> (u32, u32) {
        self.0[place as usize % AT_ONCE]
    }
}

/// A run, as a builder sees it: at most [`AT_ONCE`] lines.
#[derive(Debug)]
pub(super) struct Run<'r> {
    pub(super) lines: PlainLines<'r>,
    /// What the names are known by.
    pub(super) known: &'r [u32],
    /// The address of the block.
    base: u64,
    whole: &'r PlainRun<'r>,
}

impl Run<'_> {
    /// The address of a line.
    fn address(&self, line: u32) -> u64 {
        self.base - self.whole.block as u64 + self.whole.start(line) as u64
    }

    /// The address of an id.
    #[inline(always)]
    pub(super) fn name(&self, transfer: &PlainTransfer) -> Span {
        Span { start: self.base + u64::from(transfer.id_at), len: u32::from(transfer.id_len) }
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

impl<'r> Run<'r> {
    /// An end; nothing where a process is unknown, as one too many is.
    fn end(&self, own: &Own, transfer: &'r PlainTransfer) -> Option<End<'r>> {
        let process = |number: u32| (number != UNKNOWN).then(|| ProcessId::at(number as usize));
        let (own, position) = own.of(transfer.line - self.lines.first);
        let other = match transfer.has_peer {
            true => Some(process(self.known[transfer.peer as usize])?),
            false => None,
        };
        Some(End { transfer, position, process: process(own)?, other })
    }
}

impl Builder {
    /// Takes a run of plain events. Time: linear; space: what it keeps.
    pub(super) fn plain_run(&mut self, mut run: PlainRun<'_>) {
        self.begin();
        self.get_to_know(&mut run);
        let base = self.base + run.block as u64;
        let mut own = self.own.take().unwrap_or_default();
        let mut rest = run.lines;
        while !rest.is_empty() {
            // An algorithm that runs along sees one event after the other where they matter to it.
            let some = rest.len().min(AT_ONCE);
            let near = self.crossing.as_ref().is_some_and(|crossing| crossing.is_near(&self.counts, some));
            let (lines, behind) = rest.split(if near { 1 } else { some });
            self.plain_some(&Run { lines, known: run.known, base, whole: &run }, &mut own);
            rest = behind;
        }
        self.own = Some(own);
    }

    /// Numbers the processes that are new in a run, in the order in which it names them.
    fn get_to_know(&mut self, run: &mut PlainRun<'_>) {
        // Where odd lines leave runs of few, their own names are fewer than all.
        if run.known.len() <= run.lines.len() * NAMES_A_LINE && !run.known.contains(&UNKNOWN) {
            return;
        }
        for (line, process, _, transfer) in run.lines.iter() {
            let peer = transfer.filter(|transfer| transfer.has_peer).map(|transfer| transfer.peer);
            for number in [Some(process), peer].into_iter().flatten() {
                if run.known[number as usize] == UNKNOWN
                    && let Some(process) = self.process_id(&run.names[number as usize], &run.at(line))
                {
                    run.known[number as usize] = process.index() as u32;
                }
            }
        }
    }

    fn plain_some(&mut self, run: &Run<'_>, own: &mut Own) {
        self.put_off_if_many();
        if EventId::new(self.events + run.lines.len()).is_err() {
            return self.too_many_events(run);
        }
        self.number_events(run, own);
        if self.keep > Keep::Messages {
            self.keep_events(run, own);
        }
        if self.later.is_some() {
            return self.plain_later(run, own);
        }
        self.pairing.sends.reserve(run.lines.sends.len());
        if self.pairing.is_large() {
            self.glance(run, own);
        }
        let first = self.sent();
        let mut waiting = run.lines.receives;
        let mut done = 0;
        loop {
            done = self.quick_sends(run, own, done);
            let Some(send) = run.lines.sends.get(done) else { break };
            done += 1;
            let Some((end, sent)) = run.end(own, send).and_then(|end| Some((end, self.plain_send(&end, run)?))) else {
                continue;
            };
            if self.pair_send(&sent, &end) {
                // Receives that the log shows before it must not find it beside another of its id.
                let (before, behind) = waiting.split_at(waiting.partition_point(|receive| receive.line < send.line));
                self.pairing.withdraw(send.key, self.channels.ends(sent.channel).1, sent.message);
                before.iter().for_each(|receive| self.plain_receive(receive, first, run, own));
                waiting = behind;
                self.pair_send(&sent, &end);
            }
        }
        let mut done = run.lines.receives.len() - waiting.len();
        loop {
            done = self.quick_receives(run, own, done, first);
            let Some(receive) = run.lines.receives.get(done) else { break };
            done += 1;
            self.plain_receive(receive, first, run, own);
        }
        if let Some(crossing) = &mut self.crossing {
            crossing.check(self.events, self.log_is_causal);
            crossing.happened((&self.channels, &self.counts, &self.pairing), self.events);
        }
    }

    /// The sends up to the first that is odd: how many are done.
    fn quick_sends(&mut self, run: &Run<'_>, own: &Own, done: usize) -> usize {
        let sent = self.sent();
        if MessageId::new(sent + run.lines.sends.len()).is_err() {
            return done;
        }
        let (sends, receives) = (&mut self.pairing.sends, &self.pairing.receives);
        let (around, of, at) = ((sends, receives, &self.channels), (run, own), (done, sent as u32));
        match (&mut self.crossing, self.keep) {
            (Some(crossing), _) if crossing.is_awake() => done,
            (Some(crossing), _) => quick::sends(&mut **crossing, around, of, at),
            (None, Keep::Events) => {
                let (messages, histories) = (&mut self.messages, &mut self.histories[..]);
                quick::sends(&mut WithEvents { messages, histories }, around, of, at)
            }
            (None, _) => quick::sends(&mut self.messages, around, of, at),
        }
    }

    /// The receives up to the first that is odd: how many are done.
    fn quick_receives(&mut self, run: &Run<'_>, own: &Own, done: usize, first: usize) -> usize {
        if self.pairing.sends.has_repeats() {
            return done;
        }
        let (around, of, at) = ((&mut self.pairing.sends, &self.channels), (run, own), (done, first as u32));
        match (&mut self.crossing, self.keep) {
            (Some(crossing), _) if crossing.is_awake() => done,
            (Some(crossing), _) => quick::receives(&mut **crossing, around, of, at),
            (None, Keep::Events) => {
                let (messages, histories) = (&mut self.messages, &mut self.histories[..]);
                quick::receives(&mut WithEvents { messages, histories }, around, of, at)
            }
            (None, _) => quick::receives(&mut self.messages, around, of, at),
        }
    }

    /// Looks where the ends will be looked for, so that they wait for memory together: at all slots, then at the open ends
    /// that are likely to be found, then at the rows of their messages.
    #[inline(never)]
    fn glance(&self, run: &Run<'_>, own: &Own) {
        let (table, PlainLines { sends, receives, .. }) = (&self.pairing.sends, run.lines);
        let mut places = [0; AT_ONCE];
        for (place, send) in places.iter_mut().zip(sends) {
            *place = table.home(send.key, run.known[send.peer as usize]);
        }
        table.glance(&places[..sends.len()]);
        let to = |receive: &PlainTransfer| own.of(receive.line - run.lines.first).0;
        let places = &mut places[..receives.len()];
        for (place, receive) in places.iter_mut().zip(receives) {
            *place = table.home(receive.key, to(receive));
        }
        table.glance(places);
        for (place, receive) in places.iter_mut().zip(receives) {
            *place = table.likely(receive.key, to(receive));
        }
        table.glance_at(places);
    }

    /// Puts the ends aside in the order of the log, to be paired later.
    fn plain_later(&mut self, run: &Run<'_>, own: &Own) {
        let mut receives = run.lines.receives.iter().peekable();
        for send in run.lines.sends {
            while let Some(receive) = receives.next_if(|receive| receive.line < send.line) {
                self.plain_receive_later(receive, run, own);
            }
            if let Some(end) = run.end(own, send)
                && let Some(sent) = self.plain_send(&end, run)
            {
                self.pair_send(&sent, &end);
            }
        }
        receives.for_each(|receive| self.plain_receive_later(receive, run, own));
    }

    fn plain_receive_later(&mut self, receive: &PlainTransfer, run: &Run<'_>, own: &Own) {
        let Some(End { position, process: to, other: from, .. }) = run.end(own, receive) else { return };
        if from.is_some_and(|from| self.plain_channel(from, to, receive.line, run).is_none()) {
            return;
        }
        let (key, name, at) = (receive.key, run.name(receive), run.address(receive.line));
        if let Some(later) = &mut self.later {
            later.receive(Receive { key, to, from, position, part: None, name, at });
        }
    }

    /// Numbers the events, up to each that starts a stretch.
    fn number_events(&mut self, run: &Run<'_>, own: &mut Own) {
        if !matches!(self.keep, Keep::Messages | Keep::Order) {
            return self.number(run, own, 0..run.lines.len());
        }
        let mut done = 0;
        while done < run.lines.len() {
            if self.stretches.is_due(self.events) {
                self.stretches.start(run.address(run.lines.first + done as u32), self.events, &self.counts);
            }
            let some = done..run.lines.len().min(done + self.stretches.left(self.events));
            done = some.end;
            self.number(run, own, some);
        }
    }

    /// Numbers the events of some lines.
    #[inline(always)]
    fn number(&mut self, run: &Run<'_>, own: &mut Own, lines: Range<usize>) {
        let mut left_out = 0;
        let some = lines.len();
        for (&name, own) in run.lines.processes[lines.clone()].iter().zip(&mut own.0[lines]) {
            let process = run.known[name as usize];
            *own = match self.counts.get_mut(process as usize) {
                Some(count) => {
                    *count += 1;
                    (process, *count)
                }
                None => {
                    left_out += 1;
                    (UNKNOWN, 0)
                }
            };
        }
        self.events += some - left_out;
    }

    /// Where the trace keeps more of events: their order, their lines, and room for what they do.
    fn keep_events(&mut self, run: &Run<'_>, own: &Own) {
        for (&start, &(process, _)) in run.lines.starts.iter().zip(&own.0) {
            if process == UNKNOWN {
                continue;
            }
            self.log.push(ProcessId::at(process as usize));
            if self.keep == Keep::Events {
                let history = &mut self.histories[process as usize];
                history.actions.push(Packed::STEP);
                history.at.push(run.base + u64::from(start));
            }
        }
    }

    /// One of them is the first one too many.
    #[cold]
    fn too_many_events(&mut self, run: &Run<'_>) {
        let first = run.lines.first + EventId::LIMIT.saturating_sub(self.events) as u32;
        self.too_many(TooMany { what: "events", limit: EventId::LIMIT }, &run.whole.at(first));
    }

    /// A channel; none where there can be none, which has been told then.
    #[inline]
    fn plain_channel(&mut self, from: ProcessId, to: ProcessId, line: u32, run: &Run<'_>) -> Option<ChannelId> {
        match self.channels.number(from, to) {
            NONE => {
                self.new_channels(run);
                // A process has none to itself: that is told.
                self.channel_id(from, to, &run.whole.at(line))
            }
            number => Some(ChannelId::at(number as usize)),
        }
    }

    /// Makes all channels that are new in a run, in the order of the log.
    #[cold]
    fn new_channels(&mut self, run: &Run<'_>) {
        for (line, process, action, transfer) in run.lines.iter() {
            let Some(transfer) = transfer.filter(|transfer| transfer.has_peer) else { continue };
            let (process, other) = (run.known[process as usize], run.known[transfer.peer as usize]);
            if process == UNKNOWN || other == UNKNOWN || process == other {
                continue;
            }
            let (process, other) = (ProcessId::at(process as usize), ProcessId::at(other as usize));
            let (from, to) = if action == ActionKind::Send { (process, other) } else { (other, process) };
            if self.channels.find(from, to).is_none() {
                self.channel_id(from, to, &run.whole.at(line));
            }
        }
    }

    /// Adds the message of a send.
    fn plain_send(&mut self, send: &End<'_>, run: &Run<'_>) -> Option<OnItsWay> {
        let End { transfer, process: from, other, position } = *send;
        let to = other?;
        let channel = self.plain_channel(from, to, transfer.line, run)?;
        let name = run.name(transfer);
        match self.add_message(channel, position, Some(name)) {
            Ok(message) => Some(OnItsWay { message, from, channel, sent: position, name }),
            Err(error) => {
                self.too_many(error, &run.whole.at(transfer.line));
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
        if self.keep == Keep::Events {
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

    fn plain_receive(&mut self, receive: &PlainTransfer, first: usize, run: &Run<'_>, own: &Own) {
        let Some(end) = run.end(own, receive) else { return };
        let End { position, process: to, other: from, .. } = end;
        if let Some(from) = from
            && self.plain_channel(from, to, receive.line, run).is_none()
        {
            return;
        }
        let part = match self.pairing.receive_sent(receive.key, from, to) {
            Some(sent) => {
                // Sent in this run, behind its receive: a name from before may be of any address.
                if sent.message.index() >= first && sent.name.start > run.name(receive).start {
                    self.plain_guess(&end, sent.message, run);
                }
                self.received(&sent, to, position);
                Part::Received(sent.message)
            }
            None => match self.plain_waits(&end, run) {
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
    fn plain_guess(&mut self, receive: &End<'_>, message: MessageId, run: &Run<'_>) {
        self.log_is_causal = false;
        if receive.other.is_none() {
            let (key, at) = (receive.transfer.key, run.address(receive.transfer.line));
            self.guesses.push(Guess { key, to: receive.process, message, at });
        }
    }

    /// A receive whose message is not to be found: it waits, or there are several.
    fn plain_waits(&mut self, receive: &End<'_>, run: &Run<'_>) -> Option<Part> {
        let End { transfer, position, process, .. } = *receive;
        let at = run.whole.at(transfer.line);
        self.receive(process, position, &run.whole.transfer(transfer), None, &at)
    }
}
