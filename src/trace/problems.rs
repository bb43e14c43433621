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

/// A place in a source: the lines before its own, and the characters before it in its own.
#[derive(Clone, Copy, Debug, Default)]
struct Cursor {
    at: usize,
    lines: usize,
    characters: usize,
}

impl Cursor {
    fn advance(&mut self, bytes: &[u8], to: usize) {
        let Some(passed) = bytes.get(self.at..to) else { return };
        self.lines += memchr::memchr_iter(b'\n', passed).count();
        let of_line = match memchr::memrchr(b'\n', passed) {
            Some(end) => {
                self.characters = 0;
                &passed[end + 1..]
            }
            None => passed,
        };
        // A character is its first byte, not those that continue it.
        self.characters += of_line.iter().filter(|&&b| b & 0xC0 != 0x80).count();
        self.at = to;
    }
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

    /// The problems that are kept, each with the number of its source.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Problem)> {
        self.found.iter().map(|(source, problem)| (*source, problem))
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
        let mut last = (0, Cursor::default());
        for (number, problem) in self.found {
            let Some(source) = sources.iter().nth(number) else { continue };
            // Counting on from the problem before: many problems of a long file, or of a long line, cost one pass.
            if number != last.0 || problem.at.start < last.1.at {
                last = (number, Cursor::default());
            }
            last.1.advance(source.bytes(), problem.at.start);
            let Cursor { lines, characters, .. } = last.1;
            // A byte order mark is no character.
            let marked = lines == 0 && source.bytes().starts_with(b"\xEF\xBB\xBF");
            let location = match source.is_joined() || marked {
                true => source.locate(problem.at.start),
                false => Location { file: source.name().into(), line: lines + 1, column: characters + 1 },
            };
            located.push(Located { source: source.clone(), problem, location });
        }
        located
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_located_as_their_source_locates_them() {
        let texts = ["a\n\u{e9}b c\n\nlast", "other\n", "\u{1F600}"];
        let mut sources = Sources::default();
        for text in texts {
            sources.push(Arc::new(Source::from_text("log", text)));
        }
        let mut problems = Problems::default();
        for (number, text) in texts.iter().enumerate() {
            for at in (0..=text.len()).chain([2, 2]).filter(|&at| text.is_char_boundary(at)) {
                let problem = Problem { at: at..at, what: "odd".into(), label: "here".into(), help: None };
                problems.push(number, problem);
            }
        }
        problems.sort();
        for located in problems.locate(&sources) {
            assert_eq!(located.location, located.source.locate(located.problem.at.start), "{:?}", located.problem);
        }
    }
}
