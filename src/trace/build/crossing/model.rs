//! What an audit asks of messages beside which of them cross a cut: that no id comes twice, that nothing is overtaken, and
//! that nothing is lost.

use super::took::Took;
use super::{Crossing, Wanted};
use crate::ids::ChannelId;
use crate::key::{Key, Salt};
use crate::trace::numbers::Numbers;
use crate::trace::pairing::Pairing;
use crate::trace::twice::Twice;

/// After so many events it is looked whether anything is lost, unless more are due for what is on its way.
const OFTEN: usize = 1 << 18;

/// A look at a message costs less than so many events.
const EVENTS_A_LOOK: usize = 8;

/// How far a log obeys the system model.
#[derive(Debug)]
pub(super) struct Model {
    ids: Ids,
    /// After so many events it is looked again whether anything is lost.
    next: usize,
    pub(super) took: Took,
}

/// The ids that have come.
#[derive(Debug)]
enum Ids {
    None,
    Numbers(Numbers),
    Any(Twice),
}

impl Model {
    /// Messages of these ids are sent to these processes: false where any of them may have been there before.
    #[inline(always)]
    fn sends(&mut self, ids: impl Iterator<Item = (Key, u32)> + Clone) -> bool {
        if let (Ids::None, Some((first, _))) = (&self.ids, ids.clone().next()) {
            let Some(numbers) = first.end().and_then(Numbers::like) else { return false };
            self.ids = Ids::Numbers(numbers);
        }
        match &mut self.ids {
            Ids::None => true,
            Ids::Numbers(numbers) => numbers.add_all(ids.map(|(id, _)| id)),
            Ids::Any(all) => {
                ids.for_each(|(id, to)| all.add(id, Salt::of(to)));
                true
            }
        }
    }

    /// Whether any id may have come twice, where that is told at the end.
    pub(super) fn may_have_twice(&self) -> bool {
        matches!(&self.ids, Ids::Any(all) if all.has_any())
    }

    /// Whether to look now, after so many events.
    #[inline(always)]
    pub(super) fn is_due(&self, events: usize) -> bool {
        events >= self.next
    }

    /// So many messages were looked at.
    pub(super) fn looked(&mut self, events: usize, messages: usize) {
        self.next = events + OFTEN.max(messages * EVENTS_A_LOOK);
    }
}

impl Crossing {
    /// Of the cut at the end, as long as the log obeys the system model. Ids that are numbers need no more than a bit.
    pub(in super::super) fn auditing(ids_are_numbers: bool) -> Self {
        let wanted = Wanted { rest_at_end: true, ..Wanted::default() };
        let ids = if ids_are_numbers { Ids::None } else { Ids::Any(Twice::new()) };
        Self { model: Some(Box::new(Model { ids, next: 0, took: Took::default() })), ..Self::of(wanted) }
    }

    /// Whether all messages are audited.
    pub(in super::super) fn is_auditing(&self) -> bool {
        self.model.is_some()
    }

    /// Messages of these ids are sent.
    #[inline(always)]
    pub(in super::super) fn audit_ids(&mut self, ids: impl Iterator<Item = (Key, u32)> + Clone) {
        if let Some(model) = &mut self.model {
            self.gave_up |= !model.sends(ids);
        }
    }

    /// Whether an audit has something to tell that takes all messages.
    pub(super) fn is_broken(&self) -> bool {
        self.is_auditing() && self.overtaken
    }

    /// Looks whether anything is lost, where that is due: an audit does not give up at the end alone.
    #[inline(always)]
    pub(super) fn look_for_lost(&mut self, pairing: &Pairing, events: usize) {
        if self.model.as_ref().is_some_and(|model| model.is_due(events)) {
            self.gave_up |= self.is_any_lost(pairing);
            if let Some(model) = &mut self.model {
                model.looked(events, pairing.on_their_way().count());
            }
        }
    }

    /// Whether anything is on its way though one that was sent later on its channel has arrived.
    pub(super) fn is_any_lost(&self, pairing: &Pairing) -> bool {
        let newest = |channel: ChannelId| self.newest.get(channel.index()).copied().unwrap_or_default();
        pairing.on_their_way().any(|message| message.sent < newest(message.channel))
    }
}
