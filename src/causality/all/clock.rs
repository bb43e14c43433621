//! One vector clock, in counts as narrow as its trace allows.

use crate::ids::ProcessId;

/// A vector clock while it is there to be read: for each process how many of its events happen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock<'r>(Counts<'r>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counts<'r> {
    Narrow(&'r [u16]),
    Wide(&'r [u32]),
}

impl<'r> Clock<'r> {
    /// How many processes it counts.
    pub fn width(self) -> usize {
        match self.0 {
            Counts::Narrow(counts) => counts.len(),
            Counts::Wide(counts) => counts.len(),
        }
    }

    /// How many events of a process happen before.
    #[inline]
    pub fn count(self, process: ProcessId) -> u32 {
        match self.0 {
            Counts::Narrow(counts) => u32::from(counts[process.index()]),
            Counts::Wide(counts) => counts[process.index()],
        }
    }

    /// All counts, in the order of the processes.
    #[inline]
    pub fn counts(self) -> impl Iterator<Item = u32> + use<'r> {
        let (narrow, wide): (&[u16], &[u32]) = match self.0 {
            Counts::Narrow(counts) => (counts, &[]),
            Counts::Wide(counts) => (&[], counts),
        };
        narrow.iter().map(|&count| u32::from(count)).chain(wide.iter().copied())
    }

    /// All counts, to keep.
    pub fn to_vec(self) -> Vec<u32> {
        self.counts().collect()
    }
}

impl<'r> From<&'r [u16]> for Clock<'r> {
    #[inline]
    fn from(counts: &'r [u16]) -> Self {
        Self(Counts::Narrow(counts))
    }
}

impl<'r> From<&'r [u32]> for Clock<'r> {
    #[inline]
    fn from(counts: &'r [u32]) -> Self {
        Self(Counts::Wide(counts))
    }
}
