//! The ends of plain messages where nothing is odd: each send is of an id that is not on its way, each receive finds its
//! send in front of it. What is not so is left to the long way, in [`super::ends`].

use std::hint::select_unpredictable;

use super::crossing::Crossing;
use super::ends::Ends;
use super::plain::AT_ONCE;
use crate::ids::{ChannelId, MessageId};
use crate::source::Span;
use crate::trace::channels::{Channels, NONE};
use crate::trace::history::{History, Packed, Part};
use crate::trace::messages::Messages;
use crate::trace::pairing::{ANYONE, Asked, Open, Table};

/// A message that is received: what was on its way, and the position of its receiver.
pub(super) type Received<'t> = (&'t Open, u32);

/// Keeps what is asked of messages.
pub(super) trait Keeper {
    /// A message is sent, for which there is a number.
    fn send(&mut self, sent: &Open);

    /// Messages are received, on some of so many channels.
    fn receive<'t>(&mut self, channels: usize, received: impl Iterator<Item = Received<'t>> + Clone);
}

/// Those that cross a cut.
impl Keeper for Crossing {
    #[inline(always)]
    fn send(&mut self, _: &Open) {
        self.count();
    }

    #[inline(always)]
    fn receive<'t>(&mut self, channels: usize, received: impl Iterator<Item = Received<'t>> + Clone) {
        self.receive_all(channels, received);
    }
}

/// All of them.
impl Keeper for Messages {
    #[inline(always)]
    fn send(&mut self, open: &Open) {
        let name = Span { start: open.name_at, len: open.name_len };
        // There is a number for it.
        let _ = self.push(ChannelId::at(open.channel as usize), open.sent, Some(name));
    }

    #[inline(always)]
    fn receive<'t>(&mut self, _: usize, received: impl Iterator<Item = Received<'t>> + Clone) {
        for (open, position) in received {
            if let Some(row) = self.rows.get_mut(open.value as usize) {
                row.received = position;
            }
        }
    }
}

/// All of them, and their events.
pub(super) struct WithEvents<'b> {
    pub(super) messages: &'b mut Messages,
    pub(super) histories: &'b mut [History],
}

impl Keeper for WithEvents<'_> {
    #[inline(always)]
    fn send(&mut self, sent: &Open) {
        self.messages.send(sent);
        let Open { from, sent, value, .. } = *sent;
        let part = Part::Sent(MessageId::at(value as usize));
        self.histories[from as usize].set_action(sent, Packed::part(part));
    }

    #[inline(always)]
    fn receive<'t>(&mut self, channels: usize, received: impl Iterator<Item = Received<'t>> + Clone) {
        self.messages.receive(channels, received.clone());
        for (open, position) in received {
            let part = Part::Received(MessageId::at(open.value as usize));
            self.histories[open.to as usize].set_action(position, Packed::part(part));
        }
    }
}

/// Takes the sends from the `done`-th on, until one is odd; how many are done then. `waiting` are the receives that wait,
/// `message` is the number of the next message.
#[inline(never)]
pub(super) fn sends<K: Keeper>(
    keeper: &mut K,
    (table, waiting, channels): (&mut Table, &Table, &Channels),
    ends: &Ends<'_>,
    (done, message): (usize, u32),
) -> usize {
    let waiting = (!waiting.is_empty()).then_some(waiting);
    let sends = ends.sends[done..].iter().enumerate().map(|(i, send)| {
        let (from, sent) = ends.own(send);
        let (key, to, value) = (send.key, ends.known[send.peer as usize], message + i as u32);
        let channel = channels.number_of(from, to);
        if channel == NONE || waiting.is_some_and(|waiting| waiting.has_near(key, to)) {
            return None;
        }
        let Span { start: name_at, len: name_len } = ends.name(send);
        Some(Open { key, to, from, value, sent, channel, name_len, name_at })
    });
    done + table.put_all(sends, |sent| keeper.send(sent))
}

/// Takes the receives from the `done`-th on, until one is odd; how many are done then. `first` is the number of the first
/// message that is sent among these ends.
#[inline(never)]
pub(super) fn receives<K: Keeper>(
    keeper: &mut K,
    (table, channels): (&mut Table, usize),
    ends: &Ends<'_>,
    (done, first): (usize, u32),
) -> usize {
    let left = &ends.receives[done..];
    let asked = left.iter().map(|receive| {
        let from = select_unpredictable(receive.has_peer, ends.known[receive.peer as usize], ANYONE);
        Asked { key: receive.key, to: ends.known[receive.process as usize], from }
    });
    let is_behind = |i: usize, open: &Open| open.name_at > ends.name(&left[i]).start;
    let mut places = [0; AT_ONCE];
    let taken = table.take_all(asked, &mut places, (first, is_behind));
    let received = left[..taken].iter().zip(&places).map(|(receive, &place)| {
        let sent = table.at(place);
        (sent, ends.position(receive, sent.to))
    });
    keeper.receive(channels, received);
    done + taken
}
