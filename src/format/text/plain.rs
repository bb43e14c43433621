//! The plain event lines (`P3: send m812 -> P7`), read straight from the bytes.
//!
//! Nearly every line of a large log has one of three shapes. This accepts just those, to the letter, and leaves every
//! other line to the grammar of [`super::line`]; on the lines that it accepts the two agree (a property test and a fuzz
//! target say so).

use crate::format::eight::{self, WINDOW};
use crate::format::plain_lines::Scan;
use crate::format::record::{ActionKind, PlainEvent};
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

/// What follows the name of the process, by kind: sixteen bytes with a mask of those that count, and where they end.
/// Tables instead of branches: which kind comes next is what no processor can foretell.
struct Verb {
    text: [u64; 2],
    mask: [u64; 2],
    len: usize,
    action: ActionKind,
    /// What stands between the id and the other process.
    arrow: u32,
    /// 1 where the other process must be named.
    must_name: u8,
}

const fn verb(text: &[u8], action: ActionKind, arrow: [u8; 4]) -> Verb {
    let (mut words, mut mask) = ([0; 2], [0; 2]);
    let mut i = 0;
    while i < text.len() {
        words[i / 8] |= (text[i] as u64) << (8 * (i % 8));
        mask[i / 8] |= 0xFF << (8 * (i % 8));
        i += 1;
    }
    Verb {
        text: words,
        mask,
        len: text.len(),
        action,
        arrow: u32::from_le_bytes(arrow),
        must_name: matches!(action, ActionKind::Send) as u8,
    }
}

/// By the lowest bits of the third and fourth byte: `s` and `e` of `send`, `r` and `e`, `s` and `t`.
const VERBS: [Verb; 4] = [
    verb(b": step", ActionKind::Step, [0; 4]),
    verb(b": step", ActionKind::Step, [0; 4]),
    verb(b": receive ", ActionKind::Receive, *b" <- "),
    verb(b": send ", ActionKind::Send, *b" -> "),
];

/// Adds the line that starts at `start` of `block` to `events`, if it is plain and has an end; where that is.
#[inline(always)]
pub fn parse(block: &str, start: usize, scan: &mut Scan, events: &mut Vec<PlainEvent>) -> Option<usize> {
    let Scan { names, last } = scan;
    let window = eight::window(block.as_bytes(), start, last);
    let (name, process) = eight::name(window, 0, b':', names, is_word)?;
    let (head, tail) = (eight::load(window, name)?, eight::load(window, name + 8)?);
    let verb = &VERBS[(head >> 16 & 1 | head >> 23 & 2) as usize];
    if head & verb.mask[0] != verb.text[0] || tail & verb.mask[1] != verb.text[1] {
        return None;
    }
    let behind = name + verb.len;
    let is_end = |at: usize| window.get(at) == Some(&b'\n');
    if verb.action == ActionKind::Step {
        return is_end(behind).then(|| {
            events.push(PlainEvent::step(start as u32, behind as u16, process));
            start + behind
        });
    }
    let (end, key) = eight::word(window, behind, eight::others).or_else(|| odd_word(window, behind))?;
    let named = eight::load(window, end)? as u32 == verb.arrow;
    if u8::from(named) < verb.must_name {
        return None;
    }
    // A receive that names no sender looks its own name up again: either kind takes the same steps, and there is
    // nothing to foretell. Without the box the compiler knows better and jumps.
    let mask = std::hint::black_box(usize::from(named).wrapping_neg());
    let peer_at = (end + 4) & mask;
    let (peer_end, peer) = eight::name(window, peer_at, b':' ^ (b':' ^ b'\n') & mask as u8, names, is_word)?;
    let stop = end + (peer_end.wrapping_sub(end) & mask);
    if !is_end(stop) {
        return None;
    }
    let message = (behind as u8, (end - behind) as u8);
    let (len, has_peer, action) = (stop as u16, named, verb.action);
    events.push(PlainEvent { key, start: start as u32, process, peer, len, message, has_peer, action });
    Some(start + stop)
}

/// Whether this is a bare word.
fn is_word(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|&b| WORD[b as usize])
}

/// A word that is long or has characters of the rarer kinds.
#[cold]
fn odd_word(window: &[u8; WINDOW], start: usize) -> Option<(usize, Key)> {
    let rest = window.get(start..)?;
    let len = rest.iter().position(|b| matches!(b, b' ' | b'\n'))?;
    is_word(&rest[..len]).then(|| (start + len, Key::of_bytes(&rest[..len])))
}
