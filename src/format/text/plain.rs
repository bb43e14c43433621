//! The plain event lines (`P3: send m812 -> P7`), read straight from the bytes.
//!
//! Nearly every line of a large log has one of three shapes. This accepts just those, to the letter, and leaves every
//! other line to the grammar of [`super::line`]; on the lines that it accepts the two agree (a property test says so).

use crate::format::record::ActionKind;

/// A line of one of the three shapes, and how many bytes it takes with its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plain<'a> {
    pub process: &'a str,
    pub action: ActionKind,
    pub message: Option<&'a str>,
    pub peer: Option<&'a str>,
    /// Length of the line without its end.
    pub len: usize,
}

/// Which ASCII characters a bare word may hold; any other byte leaves the line to the grammar.
const WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut i = b'!';
    while i <= b'~' {
        table[i as usize] = !matches!(
            i,
            b':' | b',' | b'(' | b')' | b'=' | b'"' | b'#' | b'@' | b'<' | b'>' | b'{' | b'}' | b'[' | b']'
        );
        i += 1;
    }
    table
};

/// The line that `text` starts with, if it is plain.
#[inline]
pub fn parse(text: &str) -> Option<Plain<'_>> {
    let bytes = text.as_bytes();
    let process = word(bytes, 0)?;
    let rest = bytes.get(process..)?;
    if rest.starts_with(b": send ") {
        let message = word(bytes, process + 7)?;
        if !bytes[message..].starts_with(b" -> ") {
            return None;
        }
        let peer = word(bytes, message + 4)?;
        let len = end(bytes, peer)?;
        return Some(Plain {
            process: &text[..process],
            action: ActionKind::Send,
            message: Some(&text[process + 7..message]),
            peer: Some(&text[message + 4..peer]),
            len,
        });
    }
    if rest.starts_with(b": receive ") {
        let message = word(bytes, process + 10)?;
        let (peer, stop) = if bytes[message..].starts_with(b" <- ") {
            let stop = word(bytes, message + 4)?;
            (Some(&text[message + 4..stop]), stop)
        } else {
            (None, message)
        };
        let len = end(bytes, stop)?;
        return Some(Plain {
            process: &text[..process],
            action: ActionKind::Receive,
            message: Some(&text[process + 10..message]),
            peer,
            len,
        });
    }
    if rest.starts_with(b": step") {
        let len = end(bytes, process + 6)?;
        return Some(Plain { process: &text[..process], action: ActionKind::Step, message: None, peer: None, len });
    }
    None
}

/// End of the bare word that starts at `start`; nothing where there is none or where `->` follows without a space.
#[inline]
fn word(bytes: &[u8], start: usize) -> Option<usize> {
    let rest = bytes.get(start..)?;
    let len = rest.iter().position(|&b| !WORD[b as usize]).unwrap_or(rest.len());
    // Bytes past ASCII may belong to the word; a `-` before `>` does not.
    let odd = rest.get(len).is_some_and(|&b| b >= 0x7F || b == b'>');
    (len > 0 && !odd).then_some(start + len)
}

/// The line's length, if it ends at `at`.
#[inline]
fn end(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at) {
        None | Some(b'\n') => Some(at),
        _ => None,
    }
}
