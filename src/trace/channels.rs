//! Channels: the declared ones, or every one that is used.

use std::hint::black_box;

use hashbrown::HashMap;

use crate::ids::{ChannelId, ProcessId, TooMany};
use crate::trace::pairing::fetch;

/// Up to this many processes a channel is found by one look into a square table.
const SQUARE: usize = 1024;

/// From so many on a near cache does not hold a number of each.
pub(super) const MANY: usize = 1 << 15;

/// The number of no channel.
pub(super) const NONE: u32 = u32::MAX;

/// What the log says of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Used, and declared nowhere.
    Undeclared,
    Fifo,
    Unordered,
}

/// The channels of a trace. Invariant: `ends` has no pair twice, and `square` or `map` finds each of them.
#[derive(Clone, Debug, Default)]
pub struct Channels {
    ends: Vec<(ProcessId, ProcessId)>,
    kinds: Vec<Kind>,
    declared: bool,
    /// What is declared nowhere may deliver in any order.
    relaxed: bool,
    square: Vec<u32>,
    stride: usize,
    map: HashMap<(u32, u32), ChannelId>,
}

/// The number of each channel, by its ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Square<'c> {
    numbers: &'c [u32],
    stride: usize,
}

impl Square<'_> {
    /// The number of a channel; [`NONE`] where there is no such channel.
    #[inline(always)]
    pub(super) fn number(&self, from: u32, to: u32) -> u32 {
        if to as usize >= self.stride {
            return NONE;
        }
        self.numbers.get(from as usize * self.stride + to as usize).copied().unwrap_or(NONE)
    }
}

impl Channels {
    /// The channel from one process to another, if it is declared or used.
    #[inline]
    pub fn find(&self, from: ProcessId, to: ProcessId) -> Option<ChannelId> {
        match self.number(from, to) {
            NONE => None,
            number => Some(ChannelId::at(number as usize)),
        }
    }

    /// Its number; [`NONE`] where there is no such channel. To be asked where an answer costs less than a jump.
    #[inline(always)]
    pub(super) fn number(&self, from: ProcessId, to: ProcessId) -> u32 {
        self.number_of(from.index() as u32, to.index() as u32)
    }

    /// The same by the numbers of the processes, which may be of none.
    #[inline(always)]
    pub(super) fn number_of(&self, from: u32, to: u32) -> u32 {
        let (f, t) = (from as usize, to as usize);
        if f < self.stride && t < self.stride {
            return self.square[f * self.stride + t];
        }
        self.map.get(&(from, to)).map_or(NONE, |id| id.index() as u32)
    }

    /// [Asks](fetch) for what is looked at for this number; where that is a search, searches.
    #[inline(always)]
    pub(super) fn glance(&self, from: u32, to: u32) {
        let (f, t) = (from as usize, to as usize);
        if f < self.stride && t < self.stride {
            fetch(&self.square[f * self.stride + t]);
        } else {
            black_box(self.map.get(&(from, to)));
        }
    }

    /// All of them by one look each, if there is no process beyond.
    #[inline]
    pub(super) fn square(&self) -> Option<Square<'_>> {
        self.map.is_empty().then_some(Square { numbers: &self.square, stride: self.stride })
    }

    /// The channel from one process to another, made where there is none yet.
    pub fn find_or_add(&mut self, from: ProcessId, to: ProcessId) -> Result<ChannelId, TooMany> {
        match self.find(from, to) {
            Some(id) => Ok(id),
            None => self.add(from, to, Kind::Undeclared),
        }
    }

    /// Numbers them anew, in this order of their numbers: by its old number the new one of each.
    pub(super) fn number_anew(&mut self, order: &[ChannelId]) -> Vec<ChannelId> {
        let mut numbers: Vec<ChannelId> = self.iter().collect();
        for (number, &channel) in order.iter().enumerate() {
            numbers[channel.index()] = ChannelId::at(number);
        }
        self.ends = order.iter().map(|&channel| self.ends(channel)).collect();
        self.kinds = order.iter().map(|channel| self.kinds[channel.index()]).collect();
        let new = |number: u32| numbers.get(number as usize).map_or(NONE, |id| id.index() as u32);
        self.square.iter_mut().for_each(|number| *number = new(*number));
        self.map.values_mut().for_each(|id| *id = numbers[id.index()]);
        numbers
    }

    /// Declares a channel; false where it is declared already.
    pub fn declare(&mut self, from: ProcessId, to: ProcessId, fifo: bool) -> Result<bool, TooMany> {
        self.declared = true;
        let kind = if fifo { Kind::Fifo } else { Kind::Unordered };
        match self.find(from, to) {
            None => self.add(from, to, kind).map(|_| true),
            // Used in a file that comes before the one that declares it.
            Some(id) if self.kinds[id.index()] == Kind::Undeclared => {
                self.kinds[id.index()] = kind;
                Ok(true)
            }
            Some(_) => Ok(false),
        }
    }

    #[cold]
    fn add(&mut self, from: ProcessId, to: ProcessId, kind: Kind) -> Result<ChannelId, TooMany> {
        let id = ChannelId::new(self.ends.len())?;
        self.ends.push((from, to));
        self.kinds.push(kind);
        let reach = from.index().max(to.index()) + 1;
        if reach > self.stride && reach <= SQUARE {
            self.stride = reach.next_power_of_two();
            self.square = vec![NONE; self.stride * self.stride];
            for (i, &(f, t)) in self.ends.iter().enumerate() {
                if f.index() < self.stride && t.index() < self.stride {
                    self.square[f.index() * self.stride + t.index()] = i as u32;
                }
            }
        } else if reach <= self.stride {
            self.square[from.index() * self.stride + to.index()] = id.index() as u32;
        } else {
            self.map.insert((from.index() as u32, to.index() as u32), id);
        }
        Ok(id)
    }

    /// Sender and receiver.
    #[inline]
    pub fn ends(&self, id: ChannelId) -> (ProcessId, ProcessId) {
        self.ends[id.index()]
    }

    /// Whether messages arrive in the order in which they were sent, as far as is declared.
    pub fn is_fifo(&self, id: ChannelId) -> bool {
        match self.kinds[id.index()] {
            Kind::Fifo => true,
            Kind::Unordered => false,
            Kind::Undeclared => !self.relaxed,
        }
    }

    /// From here on a channel that is declared nowhere may deliver in any order.
    pub fn relax(&mut self) {
        self.relaxed = true;
    }

    /// Whether a channel that is declared nowhere is taken for FIFO.
    pub fn are_fifo_unless_declared(&self) -> bool {
        !self.relaxed
    }

    /// Whether this channel is one of the declared ones.
    pub fn is_declared(&self, id: ChannelId) -> bool {
        self.kinds[id.index()] != Kind::Undeclared
    }

    /// Whether the log declares channels: then there are no others.
    pub fn are_declared(&self) -> bool {
        self.declared
    }

    /// Whether what is known of them is more than a near cache holds.
    pub(super) fn are_many(&self) -> bool {
        self.len() > MANY
    }

    /// How many are declared or used.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = ChannelId> + use<> {
        (0..self.ends.len()).map(ChannelId::at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_large_ids_are_found() {
        let mut channels = Channels::default();
        let p = ProcessId::at;
        let pairs: Vec<_> = [(0, 1), (1, 0), (70, 3), (2000, 1), (3, 70), (1, 2000), (900, 5)]
            .into_iter()
            .map(|(a, b)| (p(a), p(b)))
            .collect();
        for &(a, b) in &pairs {
            channels.find_or_add(a, b).unwrap();
        }
        for (i, &(a, b)) in pairs.iter().enumerate() {
            assert_eq!(channels.find(a, b), Some(ChannelId::at(i)));
            assert_eq!(channels.ends(ChannelId::at(i)), (a, b));
        }
        assert_eq!(channels.find(p(5), p(900)), None);
        let mut order: Vec<ChannelId> = channels.iter().collect();
        order.rotate_left(3);
        let numbers = channels.number_anew(&order);
        for (i, &(a, b)) in pairs.iter().enumerate() {
            assert_eq!(channels.find(a, b), Some(numbers[i]));
            assert_eq!(channels.ends(numbers[i]), (a, b));
        }
        assert_eq!(channels.find(p(5), p(900)), None);
        assert_eq!(numbers[3], ChannelId::at(0));
        assert_eq!(channels.find(p(3000), p(1)), None);
    }
}
