//! Patterns that are runs of characters with text between them, found without a regex: `(?<host>\S*) (?<clock>{.*})`.
//!
//! Nearly all patterns of logs are of this kind, the two best-known among them. There is no alternative and nothing that is
//! repeated but single characters, so that going back from the longest run to a shorter one, as a regex of this kind is
//! defined, is quick where runs end at text that is rare. Where it is not, a search is given up for the regex, whose time
//! is linear. What is found is what the regex finds, to the byte; a test holds them together. It takes a twentieth of the
//! time, which decides how long a whole log takes.

mod parse;

use std::ops::Range;

use memchr::{memchr, memchr2, memrchr};

/// A pattern of this kind.
#[derive(Debug)]
pub(super) struct Runs {
    items: Vec<Item>,
    groups: usize,
}

/// What a pattern is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    /// These bytes.
    Text(Vec<u8>),
    /// As many characters of a set as there are, or less, but so many.
    Run(Set, usize),
    /// Start and end of a group, by its number.
    Open(usize),
    Close(usize),
    /// The end of a line, `\n`.
    LineEnd,
    /// `^` and `$`, of lines.
    Start,
    End,
}

/// Sets of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    /// `.`: all but line ends.
    Dot,
    /// `\S`
    NotBlank,
    /// `\w` and `\d`, of ASCII.
    Word,
    Digit,
    /// Blanks and tabs.
    Blank,
    /// This character of ASCII, and all but this one.
    Only(u8),
    Not(u8),
}

/// A search has taken too many steps.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct GivenUp;

/// How many steps a search may take at once, and more for each byte that it gets on.
const STEPS: usize = 4096;
const STEPS_A_BYTE: usize = 4;

/// So many bytes of a run cost as much as a step.
const BYTES_A_STEP: usize = 32;

impl Set {
    /// Where the run of its characters ends that starts at `from`.
    #[inline]
    fn end(self, text: &str, from: usize) -> usize {
        let bytes = &text.as_bytes()[from..];
        let len = match self {
            Self::Dot => memchr2(b'\r', b'\n', bytes),
            Self::NotBlank => {
                let ascii = bytes.iter().position(|byte| !byte.is_ascii() || is_blank(*byte));
                match ascii {
                    Some(at) if !bytes[at].is_ascii() => {
                        text[from + at..].find(char::is_whitespace).map(|behind| at + behind)
                    }
                    found => found,
                }
            }
            Self::Word => bytes.iter().position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_')),
            Self::Digit => bytes.iter().position(|byte| !byte.is_ascii_digit()),
            Self::Blank => bytes.iter().position(|byte| !matches!(byte, b' ' | b'\t')),
            Self::Only(one) => bytes.iter().position(|byte| *byte != one),
            Self::Not(one) => memchr(one, bytes),
        };
        len.map_or(text.len(), |len| from + len)
    }
}

/// White space of ASCII, as Unicode has it: with the vertical tab.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

impl Runs {
    /// How many groups it has, and the whole match.
    pub fn slots(&self) -> usize {
        self.groups + 1
    }

    /// The first match at or after `from`, in text that has a CR at the end of lines only: where it starts and ends is put
    /// into `slots`, and each of its groups behind that.
    ///
    /// # Errors
    /// [`GivenUp`] where it takes too long.
    pub fn find(&self, text: &str, from: usize, slots: &mut [(usize, usize)]) -> Result<bool, GivenUp> {
        if !text.is_char_boundary(from) {
            return Err(GivenUp);
        }
        let mut search = Search { items: &self.items, text, steps: 0, slots };
        let mut start = from;
        while let Some(at) = self.next_start(text, start) {
            if let Some(end) = search.rest(0, at, STEPS + STEPS_A_BYTE * (at - from))? {
                search.slots[0] = (at, end);
                return Ok(true);
            }
            let behind = self.skipped(text, at);
            let Some(next) = text[behind..].chars().next() else { return Ok(false) };
            start = behind + next.len_utf8();
        }
        Ok(false)
    }

    /// What a match starts with.
    fn first(&self) -> Option<&Item> {
        self.items.iter().find(|item| !matches!(item, Item::Open(_)))
    }

    /// The first place from `start` on where a match may start.
    fn next_start(&self, text: &str, start: usize) -> Option<usize> {
        let bytes = text.as_bytes();
        match self.first() {
            Some(Item::Text(wanted)) => memchr(*wanted.first()?, bytes.get(start..)?).map(|at| start + at),
            Some(Item::Start) if !is_line_start(bytes, start) => {
                memchr(b'\n', bytes.get(start..)?).map(|at| start + at + 1)
            }
            _ => (start <= text.len()).then_some(start),
        }
    }

    /// No match starts from one place up to here if none starts there: a run would reach as far from there.
    fn skipped(&self, text: &str, start: usize) -> usize {
        match self.first() {
            Some(Item::Run(set, _)) => set.end(text, start),
            _ => start,
        }
    }
}

/// A search from one place.
struct Search<'s, 't> {
    items: &'s [Item],
    text: &'t str,
    steps: usize,
    slots: &'s mut [(usize, usize)],
}

impl Search<'_, '_> {
    /// Where the match ends whose items from `item` on start `at`, if there is one. As deep as there are runs.
    fn rest(&mut self, item: usize, mut at: usize, most: usize) -> Result<Option<usize>, GivenUp> {
        let (items, bytes) = (self.items, self.text.as_bytes());
        for (number, item) in items.iter().enumerate().skip(item) {
            let goes_on = match item {
                Item::Open(group) => {
                    self.slots[*group].0 = at;
                    true
                }
                Item::Close(group) => {
                    self.slots[*group].1 = at;
                    true
                }
                Item::Text(wanted) => {
                    let found = bytes[at..].starts_with(wanted);
                    at += wanted.len();
                    found
                }
                Item::LineEnd => {
                    let crlf = usize::from(bytes.get(at) == Some(&b'\r'));
                    at += crlf + 1;
                    bytes.get(at - 1) == Some(&b'\n')
                }
                Item::Start => is_line_start(bytes, at),
                Item::End => is_line_end(bytes, at),
                Item::Run(set, least) => return self.run(number + 1, at, set.end(self.text, at), *least, most),
            };
            if !goes_on {
                return Ok(None);
            }
        }
        Ok(Some(at))
    }

    /// The same behind a run, which may end where it ends or before: the last end that does counts.
    fn run(
        &mut self,
        item: usize,
        start: usize,
        longest: usize,
        least: usize,
        most: usize,
    ) -> Result<Option<usize>, GivenUp> {
        // What comes next, groups aside, says where it is worth a look.
        let next = self.items[item..].iter().find(|item| !matches!(item, Item::Open(_) | Item::Close(_)));
        let wanted = match next {
            Some(Item::Text(text)) => text.first().copied(),
            _ => None,
        };
        // A character at least, if one is asked for.
        let first =
            start + if least == 0 { 0 } else { self.text[start..longest].chars().next().map_or(1, char::len_utf8) };
        let mut end = longest;
        self.steps += (longest - start) / BYTES_A_STEP;
        while end >= first {
            if let Some(byte) = wanted {
                let upto = (end + 1).min(self.text.len());
                match memrchr(byte, self.text.as_bytes().get(first..upto).unwrap_or_default()) {
                    Some(at) => end = first + at,
                    None => return Ok(None),
                }
            }
            self.steps += 1;
            if self.steps > most {
                return Err(GivenUp);
            }
            if let Some(found) = self.rest(item, end, most)? {
                return Ok(Some(found));
            }
            // The character before.
            let Some(shorter) = (first..end).rev().find(|&at| self.text.is_char_boundary(at)) else { break };
            end = shorter;
        }
        Ok(None)
    }
}

fn is_line_start(bytes: &[u8], at: usize) -> bool {
    at == 0 || bytes[at - 1] == b'\n'
}

fn is_line_end(bytes: &[u8], at: usize) -> bool {
    match bytes.get(at) {
        None | Some(b'\r') => true,
        Some(b'\n') => at == 0 || bytes[at - 1] != b'\r',
        _ => false,
    }
}

/// The ends of a group.
pub(super) fn range((start, end): (usize, usize)) -> Range<usize> {
    start..end
}

#[cfg(test)]
mod tests;
