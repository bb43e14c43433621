//! Everything that is wrong with the input, each with its place.

use std::sync::Arc;

use crate::format::record::Problem;
use crate::source::{Location, Source, Sources};

/// More problems than this are counted and not kept.
const KEPT: usize = 10_000;

/// The problems of several sources.
#[derive(Clone, Debug, Default)]
pub struct Problems {
    found: Vec<(usize, Problem)>,
    more: usize,
}

/// A problem in its source.
#[derive(Clone, Debug)]
pub struct Located {
    /// The source.
    pub source: Arc<Source>,
    /// The problem.
    pub problem: Problem,
    /// Line and column of its first byte.
    pub location: Location,
}

impl Problems {
    /// Adds a problem of the source of a number.
    pub fn push(&mut self, source: usize, problem: Problem) {
        if self.found.len() < KEPT {
            self.found.push((source, problem));
        } else {
            self.more += 1;
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.found.len() + self.more
    }

    /// How many there are beyond those that are kept.
    pub fn more(&self) -> usize {
        self.more
    }

    /// By source, then by place.
    pub fn sort(&mut self) {
        self.found.sort_by_key(|(source, problem)| (*source, problem.at.start));
    }

    /// Each with its line and column. Time: linear in the files and the problems; problems must be sorted.
    pub fn locate(self, sources: &Sources) -> Vec<Located> {
        let mut located = Vec::with_capacity(self.found.len());
        let mut last: Option<(usize, usize, usize)> = None;
        for (number, problem) in self.found {
            let Some(source) = sources.iter().nth(number) else { continue };
            let line = source.line_at(problem.at.start).start;
            // Counting on from the problem before keeps ten thousand of them linear in the file.
            let before = match last {
                Some((n, start, count)) if n == number && start <= line => {
                    count + memchr::memchr_iter(b'\n', &source.bytes()[start..line]).count()
                }
                _ => memchr::memchr_iter(b'\n', &source.bytes()[..line]).count(),
            };
            last = Some((number, line, before));
            let column = source
                .bytes()
                .get(line..problem.at.start)
                .map_or(0, |text| text.iter().filter(|&&b| b & 0xC0 != 0x80).count());
            let location = Location { file: source.name().into(), line: before + 1, column: column + 1 };
            located.push(Located { source: source.clone(), problem, location });
        }
        located
    }
}
