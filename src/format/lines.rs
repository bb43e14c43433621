//! Text in blocks of whole lines, each known to be UTF-8.
//!
//! Validation goes block by block just ahead of the reader, so that the bytes are still in cache when they are parsed.
//! A block that is not UTF-8 is handed out line by line, so that one broken line costs no other.

use super::record::{Problem, Sink};
use crate::source::Source;

/// Bytes in a block, unless one line is longer.
const BLOCK: usize = 1 << 15;

/// One or more whole lines. Every line but the last of a file ends in `\n`.
#[derive(Clone, Copy, Debug)]
pub struct Block<'s> {
    /// Where it starts in the source.
    pub start: usize,
    /// Its text.
    pub text: &'s str,
}

/// Hands each block of `source` to `read`, without a byte order mark; lines that are not UTF-8 become problems.
pub fn for_each_block<'s>(source: &'s Source, sink: &mut dyn Sink, mut read: impl FnMut(Block<'s>, &mut dyn Sink)) {
    let bytes = source.bytes();
    let mut start = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    while start < bytes.len() {
        let reach = bytes.len().min(start + BLOCK);
        let end = match memchr::memrchr(b'\n', &bytes[start..reach]) {
            Some(i) => start + i + 1,
            None => memchr::memchr(b'\n', &bytes[reach..]).map_or(bytes.len(), |i| reach + i + 1),
        };
        match std::str::from_utf8(&bytes[start..end]) {
            Ok(text) => read(Block { start, text }, sink),
            Err(_) => line_by_line(bytes, start, end, sink, &mut read),
        }
        start = end;
    }
}

fn line_by_line<'s>(
    bytes: &'s [u8],
    mut start: usize,
    stop: usize,
    sink: &mut dyn Sink,
    read: &mut impl FnMut(Block<'s>, &mut dyn Sink),
) {
    while start < stop {
        let end = memchr::memchr(b'\n', &bytes[start..stop]).map_or(stop, |i| start + i + 1);
        match std::str::from_utf8(&bytes[start..end]) {
            Ok(text) => read(Block { start, text }, sink),
            Err(error) => {
                let at = start + error.valid_up_to();
                sink.lines(1);
                sink.problem(Problem {
                    at: at..at + 1,
                    what: format!("this line is not UTF-8 text (byte 0x{:02X})", bytes[at]),
                    label: "expected UTF-8".into(),
                    help: Some("save the file as UTF-8, or convert it: iconv -f LATIN1 -t UTF-8".into()),
                });
            }
        }
        start = end;
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
