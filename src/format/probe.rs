//! Looks at single lines of a log.

use std::ops::Range;

use super::plain_lines::{Found, Lines, ODD, Scan};
use crate::source::Source;

/// A look at single lines, wherever they are.
pub struct Probe<L: Lines> {
    scan: Scan<L::Memory>,
    found: Found,
}

impl<L: Lines> Probe<L> {
    /// One that has met no names.
    pub fn new() -> Self {
        Self { scan: Scan::new(), found: Found::default() }
    }

    /// The number of the process of the first of some whole lines, if that one is a plain event.
    pub fn first_process(&mut self, source: &Source, lines: Range<usize>) -> Option<u32> {
        if !self.found.find::<L>(source, lines, &mut self.scan, true) {
            return None;
        }
        self.found.set_lines(self.scan.marks.starts().iter().map(|&start| start.into()));
        self.found.processes().first().copied().filter(|&process| process != ODD)
    }

    /// Whether some whole lines are plain events of one process.
    pub fn is_of_one(&mut self, source: &Source, lines: Range<usize>) -> bool {
        let is_text = self.found.find::<L>(source, lines, &mut self.scan, true);
        is_text && self.found.odd == 0 && self.found.counts.len() == 1
    }

    /// The name of a number.
    pub fn name(&self, number: u32) -> &str {
        self.scan.names.get(number as usize)
    }
}
