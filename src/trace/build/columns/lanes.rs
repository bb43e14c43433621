//! The order of arrival on each channel, as far as a part of a file shows it.

use hashbrown::HashMap;

use crate::trace::messages::NEVER;

/// Up to so many processes a channel is found by its place in a square.
const SQUARE: usize = 1024;

/// What a part has of one channel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lane {
    /// The last receive of a message sent here; 0 where none arrives.
    pub(super) last: u32,
    /// The first one; 0 where nothing was sent, [`NEVER`] where nothing of it arrives.
    pub(super) first: u32,
}

/// The last receive of a channel that nothing was received on: no message comes behind it, so that one look tells both.
const NOTHING: u32 = u32::MAX;

/// The channels by the numbers of their ends. What is asked of each message is apart: the nearest cache has room for that.
#[derive(Clone, Debug)]
pub(super) struct Lanes {
    processes: usize,
    last: Vec<u32>,
    first: Vec<u32>,
    map: HashMap<(usize, usize), Lane>,
}

impl Lanes {
    pub(super) fn of(processes: usize) -> Self {
        let square = if processes <= SQUARE { processes * processes } else { 0 };
        Self { processes, last: vec![NOTHING; square], first: vec![0; square], map: HashMap::new() }
    }

    /// The last receives of those that are found by place, and how far apart the places of two senders are. A later
    /// receive may be put there; any other is told to [`Self::receive`].
    #[inline(always)]
    pub(super) fn places(&mut self) -> (&mut [u32], usize) {
        (&mut self.last, self.processes)
    }

    /// A message that is received at this number; whether it overtakes another.
    pub(super) fn receive(&mut self, from: usize, to: usize, received: u32) -> bool {
        let at = from * self.processes + to;
        let (last, first) = match (self.last.get_mut(at), self.first.get_mut(at)) {
            (Some(last), Some(first)) => (last, first),
            _ => {
                let new = Lane { last: NOTHING, first: 0 };
                let Lane { last, first } = self.map.entry((from, to)).or_insert(new);
                (last, first)
            }
        };
        if *last == NOTHING {
            (*last, *first) = (received, received);
            return false;
        }
        let before = *last;
        *last = received.max(before);
        received < before
    }

    /// A message that never arrives.
    pub(super) fn lose(&mut self, from: usize, to: usize) {
        let first = match self.first.get_mut(from * self.processes + to) {
            Some(first) => first,
            None => &mut self.map.entry((from, to)).or_insert(Lane { last: NOTHING, first: 0 }).first,
        };
        *first = if *first == 0 { NEVER } else { *first };
    }

    /// Those that are used.
    pub(super) fn used(&self) -> impl Iterator<Item = ((usize, usize), Lane)> {
        let lanes = self.last.iter().zip(&self.first).map(|(&last, &first)| Lane { last, first });
        let in_square = lanes.enumerate().map(|(i, lane)| ((i / self.processes, i % self.processes), lane));
        let all = in_square.chain(self.map.iter().map(|(&ends, &lane)| (ends, lane)));
        let shown = |lane: Lane| Lane { last: if lane.last == NOTHING { 0 } else { lane.last }, ..lane };
        all.filter(|(_, lane)| lane.first != 0).map(move |(ends, lane)| (ends, shown(lane)))
    }
}
