//! The plain event lines (`P3: send m812 -> P7`), read straight from the bytes.
//!
//! Nearly every line of a large log has one of three shapes. This accepts just those, to the letter, and leaves every
//! other line to the grammar of [`super::line`]; on the lines that it accepts the two agree (a property test says so).

use crate::format::record::{ActionKind, PlainEvent, Range16};
use crate::key::Key;

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

/// The line that starts at `start` of `block`, if it is plain and not longer than 65,535 bytes.
#[inline]
pub fn parse(block: &str, start: usize) -> Option<PlainEvent> {
    let bytes = block.as_bytes().get(start..)?;
    let process = word(bytes, 0)?;
    let rest = bytes.get(process..)?;
    let none = (0, 0);
    let (action, message, peer, stop) = if rest.starts_with(b": send ") {
        let message = word(bytes, process + 7)?;
        if !bytes[message..].starts_with(b" -> ") {
            return None;
        }
        let peer = word(bytes, message + 4)?;
        (ActionKind::Send, (process + 7, message), (message + 4, peer), peer)
    } else if rest.starts_with(b": receive ") {
        let message = word(bytes, process + 10)?;
        let ids = (process + 10, message);
        if bytes[message..].starts_with(b" <- ") {
            let peer = word(bytes, message + 4)?;
            (ActionKind::Receive, ids, (message + 4, peer), peer)
        } else {
            (ActionKind::Receive, ids, none, message)
        }
    } else if rest.starts_with(b": step") {
        (ActionKind::Step, none, none, process + 6)
    } else {
        return None;
    };
    let ends = matches!(bytes.get(stop), None | Some(b'\n'));
    let len = u16::try_from(stop).ok().filter(|_| ends)?;
    let place = |(from, to): (usize, usize)| Range16 { start: from as u16, end: to as u16 };
    let key = |(from, to): (usize, usize)| Key::of_bytes(&bytes[from..to]);
    Some(PlainEvent {
        start: u32::try_from(start).ok()?,
        len,
        action,
        process: (key((0, process)), process as u16),
        message: (key(message), place(message)),
        peer: (key(peer), place(peer)),
    })
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
