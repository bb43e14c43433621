//! The members of plain lines, by those of the lines before them: most programs write the same members in the same order, so
//! that what stands between two values is what stood there on the last line of the kind.

use serde::de::IgnoredAny;

use super::members::Member;
use crate::format::marks::{Marks, NEAR};
use crate::format::window::{REACH, Window, load};

/// So many members a plain line has at most.
pub const MOST: usize = 24;

/// How many kinds of lines are told apart, and lines whose kind is not known yet.
pub const KINDS: usize = 4;

/// What a member says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Process,
    Event,
    Message,
    To,
    From,
    Time,
    Label,
    Note,
    State,
    Payload,
    /// Nothing: its name is unknown.
    Nothing,
    /// There are no more of them.
    End,
}

impl What {
    /// The member of a name; nothing where no plain line has it.
    fn of(name: &str) -> Option<Self> {
        Some(match Member::of(name) {
            None => Self::Nothing,
            Some(Member::Process) => Self::Process,
            Some(Member::Event) => Self::Event,
            Some(Member::Message) => Self::Message,
            Some(Member::To) => Self::To,
            Some(Member::From) => Self::From,
            Some(Member::Time) => Self::Time,
            Some(Member::Label) => Self::Label,
            Some(Member::Note) => Self::Note,
            Some(Member::State) => Self::State,
            Some(Member::Payload) => Self::Payload,
            Some(_) => return None,
        })
    }

    /// Its bit in a set.
    pub const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// The registers that a piece fills.
const WORDS: usize = 3;

/// What stands between two values, like `", "to": "`: up to the quote of the next one, if that is a string.
#[derive(Clone, Copy, Debug)]
pub struct Between {
    text: [u64; WORDS],
    /// The bytes that count.
    mask: [u64; WORDS],
    pub len: usize,
    /// The member whose value comes next.
    pub what: What,
    /// Whether that is a string.
    pub is_string: bool,
    /// From where to where its name stands in the piece.
    pub name: (usize, usize),
}

impl Between {
    /// What stands nowhere: no bytes count, and they should differ.
    const NOWHERE: Self =
        Self { text: [1; WORDS], mask: [0; WORDS], len: 0, what: What::End, is_string: false, name: (0, 0) };

    /// Whether it stands at a place, and no longer one that begins so.
    #[inline(always)]
    fn is_at(&self, window: &Window, at: usize) -> bool {
        let Some(bytes) = window.get(at..).and_then(|rest| rest.first_chunk::<{ 8 * WORDS }>()) else { return false };
        let (words, _) = bytes.as_chunks::<8>();
        let differs = |word: usize| u64::from_le_bytes(words[word]) & self.mask[word] ^ self.text[word];
        let is_more = || matches!(window.get(at + self.len), Some(b' ' | b'"'));
        differs(0) | differs(1) | differs(2) == 0 && (self.is_string || !is_more())
    }

    /// The piece that stands from one place to another. One that is too long is to be found anew on each line.
    fn found(window: &Window, (at, end): (usize, usize)) -> Self {
        let len = end - at;
        let (mut text, mut mask) = (Self::NOWHERE.text, Self::NOWHERE.mask);
        if len <= 8 * WORDS {
            for word in 0..WORDS {
                let bytes = len.saturating_sub(8 * word).min(8);
                mask[word] = u64::MAX.checked_shr(64 - 8 * bytes as u32).unwrap_or(0);
                text[word] = load(window, at + 8 * word) & mask[word];
            }
        }
        Self { text, mask, len, ..Self::NOWHERE }
    }
}

/// The pieces of the last lines: by kind, as far as that is known where they stand, and by how many stand before them.
#[derive(Debug)]
pub struct Shapes([[Between; MOST]; KINDS]);

impl Default for Shapes {
    fn default() -> Self {
        Self([[Between::NOWHERE; MOST]; KINDS])
    }
}

impl Shapes {
    /// The piece at a place, which is the `nth` of a line of a kind; nothing where the line is no plain one.
    #[inline(always)]
    pub fn piece(&mut self, kind: usize, nth: usize, line: &Line<'_>, at: usize, in_string: bool) -> Option<&Between> {
        let piece = self.0[kind % KINDS].get_mut(nth)?;
        if !piece.is_at(line.window, at) {
            *piece = line.learn(at, nth == 0, in_string)?;
        }
        Some(piece)
    }
}

/// A line, and its marks.
#[derive(Clone, Copy, Debug)]
pub struct Line<'l> {
    pub window: &'l Window,
    pub marks: &'l Marks,
    /// Where it starts in its block.
    pub start: usize,
}

impl Line<'_> {
    /// The next quote, or what cannot stand in a string as it is, from a place on.
    #[inline(always)]
    fn mark(&self, from: usize) -> usize {
        let near = self.marks.from(self.start + from).trailing_zeros() as usize;
        if near < NEAR { from + near } else { self.far(from + NEAR) }
    }

    #[cold]
    #[inline(never)]
    fn far(&self, from: usize) -> usize {
        self.marks.next(self.start + from) - self.start
    }

    /// The quote that ends a string without escapes, from a place within it; nothing where it has any, or is out of reach.
    #[inline(always)]
    pub fn end_of_string(&self, from: usize) -> Option<usize> {
        let end = self.mark(from);
        (end <= REACH && self.window.get(end) == Some(&b'"')).then_some(end)
    }

    /// The end of any value that starts at a place.
    pub fn end_of_json(&self, at: usize) -> Option<usize> {
        let line = self.window.get(at..REACH)?;
        let line = &line[..memchr::memchr(b'\n', line)?];
        let mut values = serde_json::Deserializer::from_slice(line).into_iter::<IgnoredAny>();
        values.next()?.ok()?;
        Some(at + values.byte_offset())
    }

    fn blanks(&self, mut at: usize) -> usize {
        while self.window.get(at) == Some(&b' ') {
            at += 1;
        }
        at
    }

    fn has(&self, byte: u8, at: usize) -> bool {
        self.window.get(at) == Some(&byte)
    }

    /// What stands at a place, up to the next value: at the start, or behind a value, which was a string or not.
    #[cold]
    #[inline(never)]
    fn learn(&self, at: usize, is_first: bool, in_string: bool) -> Option<Between> {
        let mut here = at;
        if in_string {
            here = self.has(b'"', here).then_some(here + 1)?;
        }
        here = self.blanks(here);
        if !is_first && self.has(b'}', here) && self.has(b'\n', here + 1) {
            return Some(Between::found(self.window, (at, here + 2)));
        }
        here = self.has(if is_first { b'{' } else { b',' }, here).then(|| self.blanks(here + 1))?;
        let name = self.has(b'"', here).then_some(here + 1)?;
        let name_end = self.end_of_string(name)?;
        let what = What::of(std::str::from_utf8(self.window.get(name..name_end)?).ok()?)?;
        here = self.blanks(name_end + 1);
        here = self.has(b':', here).then(|| self.blanks(here + 1))?;
        let is_string = self.has(b'"', here);
        let piece = Between::found(self.window, (at, here + usize::from(is_string)));
        Some(Between { what, is_string, name: (name - at, name_end - at), ..piece })
    }
}
