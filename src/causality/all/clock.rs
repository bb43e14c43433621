//! One vector clock, in counts as narrow as its trace allows.

use std::hint::select_unpredictable;

use crate::ids::ProcessId;

/// A vector clock while it is there to be read: for each process how many of its events happen before.
#[derive(Clone, Copy, Debug)]
pub struct Clock<'r>(Counts<'r>);

#[derive(Clone, Copy, Debug)]
enum Counts<'r> {
    /// With as many bases.
    Narrow(&'r [u16], &'r [u32]),
    Wide(&'r [u32]),
}

/// A narrow count is 0 where nothing is known, and else goes on from its base.
#[inline]
fn counted(count: u16, base: u32) -> u32 {
    // No branch: among many processes it is chance of whom something is known.
    select_unpredictable(count == 0, 0, base + u32::from(count))
}

impl<'r> Clock<'r> {
    /// How many processes it counts.
    pub fn width(self) -> usize {
        match self.0 {
            Counts::Narrow(counts, _) => counts.len(),
            Counts::Wide(counts) => counts.len(),
        }
    }

    /// How many events of a process happen before.
    #[inline]
    pub fn count(self, process: ProcessId) -> u32 {
        match self.0 {
            Counts::Narrow(counts, bases) => counted(counts[process.index()], bases[process.index()]),
            Counts::Wide(counts) => counts[process.index()],
        }
    }

    /// All counts, in the order of the processes.
    #[inline]
    pub fn counts(self) -> impl Iterator<Item = u32> + use<'r> {
        let (narrow, bases, wide): (&[u16], &[u32], &[u32]) = match self.0 {
            Counts::Narrow(counts, bases) => (counts, bases, &[]),
            Counts::Wide(counts) => (&[], &[], counts),
        };
        narrow.iter().zip(bases).map(|(&count, &base)| counted(count, base)).chain(wide.iter().copied())
    }

    /// All counts, to keep.
    pub fn to_vec(self) -> Vec<u32> {
        self.counts().collect()
    }
}

impl<'r> Clock<'r> {
    /// As many counts as bases.
    #[inline]
    pub(super) fn narrow(counts: &'r [u16], bases: &'r [u32]) -> Self {
        Self(Counts::Narrow(counts, bases))
    }
}

impl<'r> From<&'r [u32]> for Clock<'r> {
    #[inline]
    fn from(counts: &'r [u32]) -> Self {
        Self(Counts::Wide(counts))
    }
}

impl PartialEq for Clock<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.counts().eq(other.counts())
    }
}

impl Eq for Clock<'_> {}
