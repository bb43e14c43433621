//! Text in blocks of whole lines, each known to be UTF-8.
//!
//! Validation goes block by block just ahead of the reader, so that the bytes are still in cache when they are parsed.
//! A block that is not UTF-8 is handed out line by line, so that one broken line costs no other.

use super::record::{Problem, Sink};
use crate::source::Source;

/// Bytes in a block, unless one line is longer.
const BLOCK: usize = 1 << 16;

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

/// The pieces of `bytes` in order, without a byte order mark.
pub fn pieces(bytes: &[u8]) -> impl Iterator<Item = Piece<'_>> {
    let mut start = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    // Up to here lines are taken one by one, as one of them is broken.
    let mut one_by_one = 0;
    std::iter::from_fn(move || {
        while start < bytes.len() {
            let end = if start < one_by_one { line_end(bytes, start) } else { block_end(bytes, start) };
            match std::str::from_utf8(&bytes[start..end]) {
                Ok(text) => {
                    let block = Block { start, text };
                    start = end;
                    return Some(Piece::Block(block));
                }
                Err(error) if start < one_by_one => {
                    let at = start + error.valid_up_to();
                    start = end;
                    return Some(Piece::Broken(at));
                }
                Err(_) => one_by_one = end,
            }
        }
        None
    })
}

fn line_end(bytes: &[u8], start: usize) -> usize {
    memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |i| start + i + 1)
}

fn block_end(bytes: &[u8], start: usize) -> usize {
    let reach = bytes.len().min(start + BLOCK);
    match memchr::memrchr(b'\n', &bytes[start..reach]) {
        Some(i) => start + i + 1,
        None => line_end(bytes, reach),
    }
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
    for piece in pieces(source.bytes()) {
        match piece {
            Piece::Block(block) => read(block, sink),
            Piece::Broken(at) => {
                sink.lines(1);
                sink.problem(broken(source.bytes(), at));
            }
        }
    }
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
