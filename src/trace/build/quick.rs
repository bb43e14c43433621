//! The ends of plain messages where nothing is odd: each send is of an id that is not on its way, each receive finds its
//! send in front of it. What is not so is left to the long way, in [`super::ends`].

use std::hint::select_unpredictable;

use super::crossing::Crossing;
use super::ends::Ends;
use crate::format::record::PlainTransfer;
use crate::ids::{ChannelId, MessageId};
use crate::source::Span;
use crate::trace::channels::{Channels, NONE};
use crate::trace::history::{History, Packed, Part};
use crate::trace::messages::Messages;
use crate::trace::pairing::{ANYONE, Asked, Open, Table, hash};

/// A message that is received: what was on its way, and the position of its receiver.
pub(super) type Received<'t> = (&'t Open, u32);

/// Keeps what is asked of messages.
pub(super) trait Keeper {
    /// Messages are sent, for which there are numbers.
    fn send<'t>(&mut self, sent: impl ExactSizeIterator<Item = &'t Open> + Clone);

    /// Messages are received, on some of so many channels.
    fn receive<'t>(&mut self, channels: usize, received: impl Iterator<Item = Received<'t>> + Clone);
}

/// Those that cross a cut.
impl Keeper for Crossing {
    #[inline(always)]
    fn send<'t>(&mut self, sent: impl ExactSizeIterator<Item = &'t Open> + Clone) {
        self.count(sent.len());
    }

    #[inline(always)]
    fn receive<'t>(&mut self, channels: usize, received: impl Iterator<Item = Received<'t>> + Clone) {
        self.receive_many(channels, received);
    }
}

/// Those that are never received, where all are audited.
pub(super) struct Audited<'b> {
    pub(super) crossing: &'b mut Crossing,
    pub(super) histories: &'b [History],
}

impl Keeper for Audited<'_> {
    #[inline(always)]
    fn send<'t>(&mut self, sent: impl ExactSizeIterator<Item = &'t Open> + Clone) {
        self.crossing.count(sent.len());
        self.crossing.audit_ids(sent.map(|sent| (sent.key, sent.to)));
    }

    #[inline(always)]
    fn receive<'t>(&mut self, channels: usize, received: impl Iterator<Item = Received<'t>> + Clone) {
        self.crossing.receive_many(channels, received.clone());
        self.crossing.took(channels, received, self.histories);
    }
}

/// All of them.
impl Keeper for Messages {
    #[inline(always)]
    fn send<'t>(&mut self, sent: impl ExactSizeIterator<Item = &'t Open> + Clone) {
        self.push_all(sent.map(|&Open { channel, sent, name_at, name_len, .. }| {
            (ChannelId::at(channel as usize), sent, Span { start: name_at, len: name_len })
        }));
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
    fn send<'t>(&mut self, sent: impl ExactSizeIterator<Item = &'t Open> + Clone) {
        self.messages.send(sent.clone());
        for &Open { from, sent, value, .. } in sent {
            let part = Part::Sent(MessageId::at(value as usize));
            self.histories[from as usize].set_action(sent, Packed::part(part));
        }
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
    let sends = &ends.sends[done..];
    done + match channels.square() {
        Some(square) => put_all(keeper, (table, waiting), (ends, sends), message, |from, to| square.number(from, to)),
        None => put_all(keeper, (table, waiting), (ends, sends), message, |from, to| channels.number_of(from, to)),
    }
}

/// Puts these sends into the table, up to the first that is odd.
#[inline(always)]
fn put_all<K: Keeper>(
    keeper: &mut K,
    (table, waiting): (&mut Table, &Table),
    (ends, sends): (&Ends<'_>, &[PlainTransfer]),
    message: u32,
    number: impl Fn(u32, u32) -> u32,
) -> usize {
    let (known, address) = (ends.known, ends.address);
    let open = |i: usize, send: &PlainTransfer, open: &mut Open| {
        let (own, peer) = (known.get(send.event.process() as usize)?, known.get(send.peer as usize)?);
        // Each part is written as soon as it is known: to keep them all is more than registers can.
        (open.from, open.to) = (own.process, peer.process);
        open.channel = number(own.process, peer.process);
        if open.channel == NONE {
            return None;
        }
        open.value = message + i as u32;
        (open.name_at, open.name_len) = (address + u64::from(send.id_at), u32::from(send.id_len));
        open.sent = own.position(send);
        open.key = send.key;
        Some(hash(send.key, peer.salt))
    };
    let waits = |send: &PlainTransfer| waiting.has_near(send.key, ends.process(send.peer));
    let up_to = if waiting.is_empty() { None } else { sends.iter().position(waits) };
    table.put_all(&sends[..up_to.unwrap_or(sends.len())], open, |put| keeper.send(put))
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
    let (known, address) = (ends.known, ends.address);
    let asked = |receive: &PlainTransfer| {
        let (key, known) = (receive.key, known.get(receive.event.process() as usize)?);
        let (hash, at) = (hash(key, known.salt), address + u64::from(receive.id_at));
        Some(Asked { key, to: known.process, hash, from: ANYONE, at })
    };
    // Most logs do not say.
    let taken = if left.iter().fold(false, |all, receive| all | receive.has_peer) {
        let from = |receive: &PlainTransfer| select_unpredictable(receive.has_peer, ends.process(receive.peer), ANYONE);
        table.take_all(left.iter().map(|receive| Some(Asked { from: from(receive), ..asked(receive)? })), first)
    } else {
        table.take_all(left.iter().map(asked), first)
    };
    let received = left[..taken].iter().zip(table.taken(taken));
    let received = received.map(|(receive, open)| (open, ends.own(receive).1));
    keeper.receive(channels, received);
    done + taken
}
