//! Plain events of several sections of a log, in turns.

use std::ops::Range;

use super::{Details, PlainTransfer, Sink};

/// Plain events of a section, which stand together in one of its blocks.
#[derive(Clone, Debug)]
pub struct Turn<'a> {
    /// Which section, from 0.
    pub section: usize,
    /// Which scanner found them: each has a list of names of its own.
    pub scanner: usize,
    /// Where the block starts in the source.
    pub block: usize,
    /// Its bytes, all of them text.
    pub text: &'a [u8],
    /// How many events of each process there are in the block.
    pub counts: &'a [(u32, u32)],
    /// The lines, by their numbers in the block.
    pub lines: Range<u32>,
    /// Whose events they are, where the block has several processes.
    pub processes: &'a [u32],
    /// The sends, in order.
    pub sends: &'a [PlainTransfer],
    /// The receives, in order.
    pub receives: &'a [PlainTransfer],
    /// What else the events of the whole block say.
    pub details: Details<'a>,
    /// The names that they use; with the blocks that follow the same list comes again, and may be longer.
    pub names: &'a [Box<str>],
}

impl<'a> Turn<'a> {
    /// The first lines, so many, and those behind them. Time: by how many the first ones are.
    pub fn split(self, lines: usize) -> (Self, Self) {
        let behind = self.lines.start + lines as u32;
        // A line has no more than one: few lines are told from many by a look at few.
        let split = |all: &'a [PlainTransfer]| {
            all.split_at(all[..all.len().min(lines)].partition_point(|end| u32::from(end.event.line()) < behind))
        };
        let (sends, later_sends) = split(self.sends);
        let (receives, later_receives) = split(self.receives);
        let (processes, later_processes) = self.processes.split_at(self.processes.len().min(lines));
        let (first, later) = (self.lines.start..behind, behind..self.lines.end);
        let later =
            Self { lines: later, processes: later_processes, sends: later_sends, receives: later_receives, ..self };
        (Self { lines: first, processes, sends, receives, ..later.clone() }, later)
    }

    /// A name by its number.
    pub fn name(&self, number: u32) -> &'a str {
        self.names.get(number as usize).map_or("", AsRef::as_ref)
    }
}

/// Takes plain events of several sections in turns: of each up to a receive whose message nobody has sent yet.
pub trait Turns: Sink {
    /// A section comes to its next block: all its lines.
    fn enter(&mut self, block: &Turn<'_>);

    /// Takes events, the first ones of these lines: how many. The next one, if any is left, is a receive that has to wait.
    fn take(&mut self, turn: &Turn<'_>) -> usize;

    /// All of a block of so many bytes and lines was taken.
    fn leave(&mut self, bytes: usize, lines: usize);

    /// This is no way to read the log: a line is not plain, or receives wait for each other or for what is not there.
    fn give_up(&mut self);
}
