//! The events of one process, in columns.

use super::sparse::Sparse;
use super::times::Times;
use crate::ids::MessageId;
use crate::source::{Addresses, Span};

/// What one event has to do with one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// It sends it.
    Sent(MessageId),
    /// It receives it.
    Received(MessageId),
    /// It receives a message whose send the log lacks: number in [`super::Trace::unsent`].
    Unsent(usize),
    /// It receives a message a second time: number in [`super::Trace::duplicates`].
    Duplicate(usize),
}

/// An event's action in 4 bytes: 3 bits of kind, 29 of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Packed(u32);

/// What a [`Packed`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unpacked {
    Step,
    One(Part),
    /// Several parts: number of their list.
    Several(usize),
}

impl Packed {
    pub(crate) const STEP: Self = Self(0);
    /// Numbers of parts and lists are below this.
    pub(super) const LIMIT: usize = MessageId::LIMIT;
    const NUMBER: u32 = (1 << 29) - 1;

    #[inline]
    pub(crate) fn part(part: Part) -> Self {
        let (kind, number) = match part {
            Part::Sent(m) => (1, m.index()),
            Part::Received(m) => (2, m.index()),
            Part::Unsent(u) => (3, u),
            Part::Duplicate(d) => (4, d),
        };
        Self(kind << 29 | number as u32)
    }

    pub(super) fn several(list: usize) -> Self {
        Self(5 << 29 | list as u32)
    }

    /// Whether it is one send and no more.
    #[inline]
    pub(crate) fn sends(self) -> bool {
        self.0 >> 29 == 1
    }

    /// Whether it is one receive and no more.
    #[inline]
    pub(crate) fn receives(self) -> bool {
        self.0 >> 29 == 2
    }

    /// Whether it has several parts.
    #[inline]
    pub(crate) fn is_several(self) -> bool {
        self.0 >> 29 == 5
    }

    /// The place of what it sends or receives.
    #[inline]
    pub(crate) fn number(self) -> usize {
        (self.0 & Self::NUMBER) as usize
    }

    #[inline]
    pub(crate) fn unpack(self) -> Unpacked {
        let number = self.number();
        match self.0 >> 29 {
            1 => Unpacked::One(Part::Sent(MessageId::at(number))),
            2 => Unpacked::One(Part::Received(MessageId::at(number))),
            3 => Unpacked::One(Part::Unsent(number)),
            4 => Unpacked::One(Part::Duplicate(number)),
            5 => Unpacked::Several(number),
            _ => Unpacked::Step,
        }
    }
}

/// What one event has to do with messages, part by part.
#[derive(Clone, Debug, Default)]
pub struct Parts<'t> {
    one: Option<Part>,
    several: std::slice::Iter<'t, Packed>,
}

impl<'t> Parts<'t> {
    pub(super) fn one(part: Part) -> Self {
        Self { one: Some(part), several: [].iter() }
    }

    pub(super) fn several(list: &'t [Packed]) -> Self {
        Self { one: None, several: list.iter() }
    }
}

impl Iterator for Parts<'_> {
    type Item = Part;

    #[inline]
    fn next(&mut self) -> Option<Part> {
        if let Some(part) = self.one.take() {
            return Some(part);
        }
        self.several.find_map(|packed| match packed.unpack() {
            Unpacked::One(part) => Some(part),
            _ => None,
        })
    }
}

/// The events of one process. Invariant: `actions` and `at` have one entry for each, or none where they are not kept.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    pub(super) actions: Vec<Packed>,
    pub(super) at: Addresses,
    pub(super) labels: Sparse<Span>,
    pub(super) notes: Sparse<Span>,
    pub(super) states: Sparse<Span>,
    pub(super) times: Times,
    /// First pair and number of pairs in the trace's column of clock components.
    pub(super) clocks: Sparse<(u32, u32)>,
}

impl History {
    /// What an event does, once that is known, if actions are kept.
    pub(super) fn set_action(&mut self, number: u32, action: Packed) {
        if let Some(slot) = self.actions.get_mut(number as usize - 1) {
            *slot = action;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_survive_packing() {
        let m = MessageId::at(MessageId::LIMIT - 1);
        for part in [Part::Sent(m), Part::Received(m), Part::Unsent(0), Part::Duplicate(7)] {
            assert_eq!(Packed::part(part).unpack(), Unpacked::One(part));
        }
        assert_eq!(Packed::STEP.unpack(), Unpacked::Step);
        assert_eq!(Packed::several(3).unpack(), Unpacked::Several(3));
    }
}
