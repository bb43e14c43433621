//! Plain events that an algorithm which runs along must see one by one: their messages are paired by the hundred as ever,
//! and then it is told of the events in the order of the log.

use super::Builder;
use super::ends::Ends;
use super::quick::{self, Keeper, Received};
use crate::format::record::{PlainLines, UNKNOWN};
use crate::ids::{ChannelId, MessageId};
use crate::trace::channels::NONE;
use crate::trace::pairing::Open;

/// What is to be told of ends that were paired.
#[derive(Debug, Default)]
struct ToTell {
    /// The channel of each send.
    sends: Vec<u32>,
    /// Each message that is received, and the position of its receiver.
    receives: Vec<(Open, u32)>,
}

impl Keeper for ToTell {
    fn send<'t>(&mut self, sent: impl ExactSizeIterator<Item = &'t Open> + Clone) {
        self.sends.extend(sent.map(|sent| sent.channel));
    }

    fn receive<'t>(&mut self, _: usize, received: impl Iterator<Item = Received<'t>> + Clone) {
        self.receives.extend(received.map(|(sent, position)| (*sent, position)));
    }
}

impl Builder {
    /// Whether nothing is seen in these lines that would have to be settled event after event.
    pub(super) fn can_retell(&self, lines: &PlainLines<'_>, ends: &Ends<'_>) -> bool {
        let Ends { sends, .. } = ends;
        let number = |name: u32| ends.process(name);
        lines.processes.iter().all(|&name| number(name) != UNKNOWN)
            && self.later.is_none()
            && !self.pairing.sends.has_repeats()
            && MessageId::new(self.sent() + sends.len()).is_ok()
            && sends.iter().all(|send| self.channels.number_of(number(send.event.process()), number(send.peer)) != NONE)
    }

    /// Takes lines that [can be retold](Self::can_retell). Gives up where an end is odd all the same. Time: linear; space: a
    /// copy of what is on its way of the messages that they receive, and a count of each process.
    pub(super) fn retell(&mut self, lines: &PlainLines<'_>, ends: &Ends<'_>) {
        let (mut counts, mut events) = (self.counts.clone(), self.events);
        self.number_events(lines, ends);
        self.carry_payloads(ends);
        self.pairing.sends.reserve(ends.sends.len());
        let (mut to_tell, first) = (ToTell::default(), self.sent());
        let (sends, receives) = (&mut self.pairing.sends, &self.pairing.receives);
        let done = quick::sends(&mut to_tell, (sends, receives, &self.channels), ends, (0, first as u32));
        if done == ends.sends.len() {
            quick::receives(&mut to_tell, (&mut self.pairing.sends, self.channels.len()), ends, (0, first as u32));
        }
        let Some(crossing) = &mut self.crossing else { return };
        if (to_tell.sends.len(), to_tell.receives.len()) != (ends.sends.len(), ends.receives.len()) {
            return crossing.give_up();
        }
        let mut sends = ends.sends.iter().zip(&to_tell.sends).peekable();
        let mut receives = ends.receives.iter().zip(&to_tell.receives).peekable();
        for (line, &name) in (lines.first..).zip(lines.processes) {
            counts[ends.process(name) as usize] += 1;
            events += 1;
            let around = (&self.channels, &counts[..], &self.pairing);
            if let Some((_, &channel)) = sends.next_if(|(send, _)| u32::from(send.event.line()) == line) {
                // There is a number for it.
                let _ = crossing.send(ChannelId::at(channel as usize), None);
            } else if let Some((_, (sent, position))) = receives.next_if(|(end, _)| u32::from(end.event.line()) == line)
            {
                crossing.tell(sent, *position, around);
            }
            crossing.passed(around, events);
        }
        // On which sides of the cut they lie is known once it is known who records among these.
        let received = to_tell.receives.iter().map(|(sent, position)| (sent, *position));
        crossing.receive_all(self.channels.len(), received);
        crossing.check(self.events, self.log_is_causal);
        crossing.happened((&self.channels, &self.counts, &self.pairing), self.events);
    }
}
