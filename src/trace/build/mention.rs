//! Where processes and channels are named first: kept for each of them, and looked up for the few that are told.

use std::ops::Range;

use crate::source::{Sources, Span};

/// A place in the sources, or none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mention(Span);

/// The length of what stands for the whole line of its first byte.
const LINE: u32 = u32::MAX;

impl Mention {
    /// Nowhere.
    pub(super) const NONE: Self = Self(Span { start: u64::MAX, len: 0 });

    /// These bytes.
    pub(super) fn at(bytes: Span) -> Self {
        Self(bytes)
    }

    /// The line of the byte at this address.
    pub(super) fn line_of(address: u64) -> Self {
        Self(Span { start: address, len: LINE })
    }

    /// The number of the source, and the bytes there.
    pub(super) fn find(self, sources: &Sources) -> Option<(usize, Range<usize>)> {
        let (number, source, start) = sources.find(self.0.start)?;
        let bytes = match self.0.len {
            LINE => source.line_at(start),
            len => start..start + len as usize,
        };
        Some((number, bytes))
    }

    /// This one, or another where there is none.
    pub(super) fn get_or_insert(&mut self, other: Self) {
        if self.0 == Self::NONE.0 {
            *self = other;
        }
    }
}
