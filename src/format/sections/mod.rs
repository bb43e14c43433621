//! Logs of one process after another, as the files of single services are: each section has all events of its processes,
//! in their order.
//!
//! Read from front to back such a log shows half of all receives before their sends, and half of it would have to wait. So
//! its sections are read side by side, in turns, each as far as its receives allow: this is Kahn's order of the events
//! (Kahn 1962), a process after another, found while reading. What is open is then no more than what was in flight. That
//! the sections are what they seem to be is seen on the way; where they are not, the log is read as any other.

mod desk;
mod find;
mod read;
mod waits;

use std::ops::Range;

use super::record::Turns;
use crate::source::Source;

pub(super) use self::find::find;
pub(super) use self::read::read;

/// More sections than this are not read side by side.
pub const MOST: usize = 1 << 12;

/// A part of a source that has all events of its processes.
#[derive(Clone, Copy, Debug)]
pub struct Section<'s> {
    /// The source.
    pub source: &'s Source,
    /// Its number among those that are read together.
    pub number: usize,
    /// Where the section starts and ends: whole lines.
    pub start: usize,
    /// See `start`.
    pub end: usize,
}

/// A section of one process: where its lines are, and the name of the process.
pub type OfProcess = (Range<usize>, Box<str>);

/// How turns are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Each section goes as far as its receives allow.
    AsFarAsItGoes,
    /// Each section goes on for a block at most, so that no sender is far ahead of its receivers.
    ByTheBlock,
}

/// How the sections of a format are found and read.
#[derive(Clone, Copy, Debug)]
pub struct BySection {
    /// The sections of single processes that a source falls into; nothing where it does not.
    pub find: fn(&Source) -> Option<Vec<OfProcess>>,
    /// Reads sections in turns, by so many threads.
    pub read: fn(&[Section<'_>], Pace, usize, &mut dyn Turns),
}
