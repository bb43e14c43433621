//! The order of arrival on each channel, as far as a part of a file shows it.

use hashbrown::HashMap;

use crate::trace::messages::NEVER;

/// Up to so many processes a channel is found by its place in a square.
const SQUARE: usize = 1024;

/// What a part has of one channel.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lane {
    /// The last receive of a message sent here, as far as any arrives.
    pub(super) last: u32,
    /// The first one; 0 where nothing was sent, [`NEVER`] where nothing of it arrives.
    pub(super) first: u32,
}

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
        Self { processes, last: vec![0; square], first: vec![0; square], map: HashMap::new() }
    }

    /// A message that is received at this number; whether it overtakes another.
    #[inline(always)]
    pub(super) fn receive(&mut self, from: usize, to: usize, received: u32) -> bool {
        let at = from * self.processes + to;
        let Some(last) = self.last.get_mut(at) else {
            let lane = self.map.entry((from, to)).or_default();
            lane.first = if lane.last == 0 { received } else { lane.first };
            let before = lane.last;
            lane.last = received.max(before);
            return received < before;
        };
        let before = *last;
        *last = received.max(before);
        if before == 0 {
            self.first[at] = received;
        }
        received < before
    }

    /// A message that never arrives.
    pub(super) fn lose(&mut self, from: usize, to: usize) {
        let first = match self.first.get_mut(from * self.processes + to) {
            Some(first) => first,
            None => &mut self.map.entry((from, to)).or_default().first,
        };
        *first = if *first == 0 { NEVER } else { *first };
    }

    /// Those that are used.
    pub(super) fn used(&self) -> impl Iterator<Item = ((usize, usize), Lane)> {
        let lanes = self.last.iter().zip(&self.first).map(|(&last, &first)| Lane { last, first });
        let in_square = lanes.enumerate().map(|(i, lane)| ((i / self.processes, i % self.processes), lane));
        in_square.chain(self.map.iter().map(|(&ends, &lane)| (ends, lane))).filter(|(_, lane)| lane.first != 0)
    }
}
