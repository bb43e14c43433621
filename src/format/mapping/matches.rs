//! Where patterns match in a block of lines, in some two bytes for each group: what a thread finds is handed on so, or
//! kept until it is known who receives what.

use std::ops::Range;

use super::pattern::Match;

/// The matches in a block, in order.
#[derive(Debug, Default)]
pub(super) struct Matches {
    pub block: Range<usize>,
    /// Numbers of seven bits a byte, for each match: the bytes since the match before, its length, its pattern; then for
    /// each group 0 where it takes no part, else one more than how far it starts from the end of the group before, in
    /// either direction, and its length.
    bytes: Vec<u8>,
    /// Where the last match ends.
    end: usize,
}

/// A match that is read again.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Its bytes in the source, from the start of a line.
    pub at: Range<usize>,
    /// Number of its pattern.
    pub pattern: usize,
}

impl Matches {
    /// None as yet, with room for some.
    pub fn of(block: Range<usize>, mut room: Vec<u8>) -> Self {
        room.clear();
        Self { end: block.start, block, bytes: room }
    }

    /// The room that they took.
    pub fn into_room(self) -> Vec<u8> {
        self.bytes
    }

    /// The same in no more room than they take.
    pub fn packed(&self) -> Self {
        Self { block: self.block.clone(), bytes: self.bytes.as_slice().into(), end: self.end }
    }

    /// Adds a match that takes the bytes `at` of the source, from the start of a line.
    pub fn push(&mut self, at: &Range<usize>, found: &Match<'_>) {
        for number in [at.start - self.end, at.len(), found.pattern] {
            self.number(number);
        }
        self.end = at.end;
        let mut last = 0;
        for group in found.ranges(0) {
            let Some(Range { start, end }) = group else {
                self.number(0);
                continue;
            };
            let distance = if start >= last { (start - last) << 1 } else { (last - start) << 1 | 1 };
            self.number(distance + 1);
            self.number(end - start);
            last = end;
        }
    }

    fn number(&mut self, mut number: usize) {
        while number > 0x7F {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    /// Reads them again.
    pub fn iter(&self) -> Iter<'_> {
        Iter { bytes: self.bytes.iter(), end: self.block.start }
    }
}

/// What is left of matches to be read.
pub(super) struct Iter<'m> {
    bytes: std::slice::Iter<'m, u8>,
    end: usize,
}

impl Iter<'_> {
    /// The next match, and the bytes of its groups in the source; the whole match, which has no name, is left out.
    /// `count` is how many groups a pattern has.
    pub fn next(&mut self, groups: &mut Vec<Option<Range<usize>>>, count: impl Fn(usize) -> usize) -> Option<Found> {
        let start = self.end + self.number()?;
        self.end = start + self.number()?;
        let pattern = self.number()?;
        groups.clear();
        let mut last = start;
        for _ in 1..count(pattern) {
            let Some(distance) = self.number()?.checked_sub(1) else {
                groups.push(None);
                continue;
            };
            let from = if distance & 1 == 0 { last + (distance >> 1) } else { last.checked_sub(distance >> 1)? };
            last = from + self.number()?;
            groups.push(Some(from..last));
        }
        Some(Found { at: start..self.end, pattern })
    }

    #[inline]
    fn number(&mut self) -> Option<usize> {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = *self.bytes.next()?;
            number |= usize::from(byte & 0x7F).checked_shl(shift)?;
            if byte < 0x80 {
                return Some(number);
            }
            shift += 7;
        }
    }
}
