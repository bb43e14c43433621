//! Text in blocks of whole lines, each known to be UTF-8.
//!
//! Validation goes block by block just ahead of the reader, so that the bytes are still in cache when they are parsed.
//! A block that is not UTF-8 is handed out line by line, so that one broken line costs no other.

use std::ops::Range;

use serde::de::IgnoredAny;

use super::json::breaks_off;
use super::record::{Problem, Sink};
use crate::source::Source;

/// Bytes in a block, unless one line is longer: then that is all of it.
pub const BLOCK: usize = 1 << 16;

/// One or more whole lines. Every line but the last of a file ends in `\n`.
#[derive(Clone, Copy, Debug)]
pub struct Block<'s> {
    /// Where it starts in the source.
    pub start: usize,
    /// Its text.
    pub text: &'s str,
}

/// What a source falls into.
#[derive(Clone, Copy, Debug)]
pub enum Piece<'s> {
    /// Whole lines of text.
    Block(Block<'s>),
    /// A line that is not UTF-8: the place of its first odd byte.
    Broken(usize),
}

/// The places of whole lines of a source, many at a time, in order and without a byte order mark.
#[derive(Clone, Debug)]
pub struct Blocks<'s> {
    source: &'s Source,
    start: usize,
    stop: usize,
    size: usize,
}

impl<'s> Blocks<'s> {
    /// Those of all its bytes.
    pub fn of(source: &'s Source) -> Self {
        Self::within(source, first_line_of(source)..source.bytes().len(), BLOCK)
    }

    /// Those of whole lines of it, each of at most so many bytes unless one line is longer.
    pub fn within(source: &'s Source, lines: Range<usize>, size: usize) -> Self {
        Self { source, start: lines.start, stop: lines.end.min(source.bytes().len()), size: size.clamp(1, BLOCK) }
    }

    /// Whether there are no more.
    pub fn is_through(&self) -> bool {
        self.start >= self.stop
    }

    /// Where the block ends that starts at `start`. Looks at no more than the last lines of most.
    fn end(&self, start: usize) -> usize {
        /// Most lines are shorter.
        const LAST: usize = 1 << 9;
        let bytes = self.source.bytes();
        let reach = self.stop.min(start + self.size);
        let last = start.max(reach.saturating_sub(LAST))..reach;
        let ends = |part: &[u8]| memchr::memrchr(b'\n', part);
        let mut room = [0; LAST];
        let room = &mut room[..last.len()];
        self.source.read(last.start, room);
        let end = ends(room).map(|i| last.start + i + 1);
        end.or_else(|| ends(&bytes[start..reach]).map(|i| start + i + 1)).unwrap_or_else(|| line_end(bytes, reach))
    }
}

impl Iterator for Blocks<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let start = self.start;
        if self.is_through() {
            return None;
        }
        self.start = self.end(start);
        Some(start..self.start)
    }
}

/// Where the first line starts: behind a byte order mark.
pub fn first_line_of(source: &Source) -> usize {
    if source.bytes().starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 }
}

/// The pieces of a source in order, without a byte order mark.
pub fn pieces(source: &Source) -> impl Iterator<Item = Piece<'_>> {
    Blocks::of(source).flat_map(|block| pieces_of(source.bytes(), block))
}

/// The pieces of one block: all of it, or each of its lines where one of them is broken.
pub fn pieces_of(bytes: &[u8], block: Range<usize>) -> impl Iterator<Item = Piece<'_>> {
    let Range { mut start, end } = block;
    let mut one_by_one = false;
    std::iter::from_fn(move || {
        while start < end {
            let stop = if one_by_one { line_end(bytes, start).min(end) } else { end };
            match std::str::from_utf8(&bytes[start..stop]) {
                Ok(text) => {
                    let block = Block { start, text };
                    start = stop;
                    return Some(Piece::Block(block));
                }
                Err(error) if one_by_one => {
                    let at = start + error.valid_up_to();
                    start = stop;
                    return Some(Piece::Broken(at));
                }
                Err(_) => one_by_one = true,
            }
        }
        None
    })
}

fn line_end(bytes: &[u8], start: usize) -> usize {
    memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |i| start + i + 1)
}

/// What to say of a line that is not UTF-8.
pub fn broken(bytes: &[u8], at: usize) -> Problem {
    let byte = bytes.get(at).copied().unwrap_or_default();
    Problem {
        at: at..at + 1,
        what: format!("this line is not UTF-8 text (byte 0x{byte:02X})"),
        label: "expected UTF-8".into(),
        help: Some("save the file as UTF-8, or convert it: iconv -f LATIN1 -t UTF-8".into()),
    }
}

/// Hands each block of `source` to `read`; lines that are not UTF-8 become problems.
pub fn for_each_block<'s>(source: &'s Source, sink: &mut dyn Sink, mut read: impl FnMut(Block<'s>, &mut dyn Sink)) {
    for piece in pieces(source) {
        match piece {
            Piece::Block(block) => {
                read(block, sink);
                sink.reached(block.start + block.text.len());
            }
            Piece::Broken(at) => {
                sink.lines(1);
                sink.problem(broken(source.bytes(), at));
            }
        }
    }
}

/// The last line, if what is odd at `at` may be no more than that the line is cut short, as the last line of a log is
/// that is still being written: no line end, sound lines before it, and what is wrong is that there is not more of it.
pub fn cut_short(bytes: &[u8], at: &Range<usize>) -> Option<Range<usize>> {
    // A character may be cut as well: the rest of it is missing from its first byte on.
    const CHARACTER: usize = 3;
    let start = memchr::memrchr(b'\n', bytes).map_or(0, |i| i + 1);
    let (before, line) = bytes.split_at_checked(start)?;
    if at.start < start || line.is_empty() || before.trim_ascii().is_empty() {
        return None;
    }
    let cut = if line.trim_ascii_start().starts_with(b"{") {
        serde_json::from_slice::<IgnoredAny>(line).is_err_and(|error| breaks_off(line, &error))
    } else {
        at.end + CHARACTER > line.trim_ascii_end().len() + start
    };
    cut.then_some(start..bytes.len())
}

/// The lines of a block, each with its offset in the source and without its end.
pub fn lines<'s>(block: Block<'s>) -> impl Iterator<Item = (usize, &'s str)> {
    let mut rest = block.text;
    let mut at = block.start;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (line, taken) = first_line(rest);
        let found = (at, line);
        rest = &rest[taken..];
        at += taken;
        Some(found)
    })
}

/// The first line without its end, and how many bytes it takes with it.
pub fn first_line(text: &str) -> (&str, usize) {
    let (line, taken) = match memchr::memchr(b'\n', text.as_bytes()) {
        Some(i) => (&text[..i], i + 1),
        None => (text, text.len()),
    };
    (line.strip_suffix('\r').unwrap_or(line), taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_last_line_may_be_cut_short() {
        let of = |text: &str, at: Range<usize>| cut_short(text.as_bytes(), &at);
        let json = "{}\n{\"process\":\"P1\",\"ev";
        assert_eq!(of(json, 5..6), Some(3..json.len()));
        assert_eq!(of("{}\n{\"time\":-", 12..13), Some(3..12));
        assert_eq!(of("A: step\nA: rec", 11..14), Some(8..14));
        assert_eq!(of("A: step\r\nA", 10..10), Some(9..10));
        // A whole object, a mistake in the middle, a line with its end, another line, the only line.
        assert_eq!(of("{}\n{\"process\":1}", 3..16), None);
        assert_eq!(of("A: step\nA: jump x over", 11..15), None);
        assert_eq!(of("A: step\nA: rec\n", 11..14), None);
        assert_eq!(of("A: rec\nA: rec", 3..6), None);
        assert_eq!(of("\n A: rec", 5..8), None);
    }
}
