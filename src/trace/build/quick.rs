//! The ends of plain messages where nothing is odd: each send is of an id that is not on its way, each receive finds its
//! send in front of it. What is not so is left to the long way, in [`super::plain`].

use super::crossing::Crossing;
use super::plain::{Own, Run};
use crate::ids::{ChannelId, MessageId};
use crate::source::Span;
use crate::trace::channels::{Channels, NONE};
use crate::trace::history::{History, Packed, Part};
use crate::trace::messages::Messages;
use crate::trace::pairing::{ANYONE, Open, Table};

/// Keeps what is asked of messages.
pub(super) trait Keeper {
    /// A message is sent, for which there is a number.
    fn send(&mut self, sent: &Open);

    /// A message is received, at this position of its receiver.
    fn receive(&mut self, sent: &Open, position: u32);
}

/// Those that cross a cut.
impl Keeper for Crossing {
    #[inline(always)]
    fn send(&mut self, _: &Open) {
        self.count();
    }

    #[inline(always)]
    fn receive(&mut self, sent: &Open, position: u32) {
        self.receive_open(sent, position);
    }
}

/// All of them.
impl Keeper for Messages {
    #[inline(always)]
    fn send(&mut self, sent: &Open) {
        let name = Span { start: sent.name_at, len: sent.name_len };
        // There is a number for it.
        let _ = self.push(ChannelId::at(sent.channel as usize), sent.sent, Some(name));
    }

    #[inline(always)]
    fn receive(&mut self, sent: &Open, position: u32) {
        if let Some(row) = self.rows.get_mut(sent.value as usize) {
            row.received = position;
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
        let part = Part::Sent(MessageId::at(sent.value as usize));
        self.histories[sent.from as usize].set_action(sent.sent, Packed::part(part));
    }

    #[inline(always)]
    fn receive(&mut self, sent: &Open, position: u32) {
        self.messages.receive(sent, position);
        let part = Part::Received(MessageId::at(sent.value as usize));
        self.histories[sent.to as usize].set_action(position, Packed::part(part));
    }
}

/// Takes the sends of a run from the `done`-th on, until one is odd; how many are done then. `receives` are those that
/// wait, `message` is the number of the next message.
#[inline(never)]
pub(super) fn sends<K: Keeper>(
    keeper: &mut K,
    (table, receives, channels): (&mut Table, &Table, &Channels),
    (run, own): (&Run<'_>, &Own),
    (mut done, mut message): (usize, u32),
) -> usize {
    let waiting = !receives.is_empty();
    for send in &run.lines.sends[done..] {
        let (from, sent) = own.of(send.line - run.lines.first);
        let to = run.known[send.peer as usize];
        let channel = channels.number_of(from, to);
        if channel == NONE || (waiting && receives.has_near(send.key, to)) {
            break;
        }
        let Some((slot, hash)) = table.free_slot(send.key, to) else { break };
        let Span { start: name_at, len: name_len } = run.name(send);
        let open = Open { key: send.key, to, from, value: message, channel, sent, name_len, name_at };
        keeper.send(&open);
        table.put(slot, hash, open);
        (done, message) = (done + 1, message + 1);
    }
    done
}

/// Takes the receives of a run from the `done`-th on, until one is odd; how many are done then. `first` is the number of
/// the first message of the run.
#[inline(never)]
pub(super) fn receives<K: Keeper>(
    keeper: &mut K,
    (table, channels): (&mut Table, &Channels),
    (run, own): (&Run<'_>, &Own),
    (mut done, first): (usize, u32),
) -> usize {
    for receive in &run.lines.receives[done..] {
        let (to, position) = own.of(receive.line - run.lines.first);
        let mut from = ANYONE;
        if receive.has_peer {
            from = run.known[receive.peer as usize];
            if channels.number_of(from, to) == NONE {
                break;
            }
        }
        let Some((slot, open)) = table.find_first(receive.key, to, from) else { break };
        // Sent in this run, behind its receive.
        if open.value >= first && open.name_at > run.name(receive).start {
            break;
        }
        keeper.receive(open, position);
        table.remove(slot);
        done += 1;
    }
    done
}
