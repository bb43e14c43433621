//! The plain event lines of JSON Lines (`{"process":"P3","event":"send","message":"m812","to":"P7"}`), read straight
//! from the bytes.
//!
//! This accepts objects of these members in any order, each one once, with strings that hold no escapes for values, and
//! leaves every other line to serde_json; on the lines that it accepts the two agree (a property test and a fuzz target
//! say so). It goes from quote to quote: what lies between two of them is a string.

use super::written::HANDS;
use crate::format::known::Known;
use crate::format::marks::{Class, Marks, NEAR};
use crate::format::plain_lines::{Found, RECEIVES, Room, SENDS, Scan};
use crate::format::record::PlainTransfer;
use crate::format::window::{REACH, Window, key, load};
use crate::key::Key;

/// Quotes, and what cannot stand between them as it is.
pub const MARKED: Class = Class::of({
    let mut marked = [false; 256];
    let mut i = 0;
    while i < b' ' {
        marked[i as usize] = true;
        i += 1;
    }
    marked[b'"' as usize] = true;
    marked[b'\\' as usize] = true;
    marked
});

/// A text of at most 8 bytes as a register has it, with a mask of the bytes that count.
#[derive(Clone, Copy)]
struct Word {
    text: u64,
    mask: u64,
}

const fn word(text: &[u8]) -> Word {
    let (mut word, mut mask, mut len) = (0, 0, 0);
    while len < text.len() {
        word |= (text[len] as u64) << (8 * len);
        mask |= 0xFF << (8 * len);
        len += 1;
    }
    Word { text: word, mask }
}

impl Word {
    #[inline(always)]
    fn is(self, eight: u64) -> bool {
        eight & self.mask == self.text
    }
}

const PROCESS: Word = word(b"process\"");
const EVENT: Word = word(b"event\"");
const MESSAGE: Word = word(b"message\"");
const TO: Word = word(b"to\"");
const FROM: Word = word(b"from\"");

/// A kind of event, and the members that its line has: those that it needs, and those that it may have.
struct Kind {
    name: Word,
    list: usize,
    needs: u8,
    may_have: u8,
}

const HAS_PROCESS: u8 = 1;
const HAS_EVENT: u8 = 2;
const HAS_MESSAGE: u8 = 4;
const HAS_TO: u8 = 8;
const HAS_FROM: u8 = 16;

const STEP: Kind = Kind { name: word(b"step\""), list: RECEIVES, needs: HAS_PROCESS | HAS_EVENT, may_have: 0 };
const SEND: Kind =
    Kind { name: word(b"send\""), list: SENDS, needs: HAS_PROCESS | HAS_EVENT | HAS_MESSAGE | HAS_TO, may_have: 0 };
const RECEIVE: Kind =
    Kind { name: word(b"receive\""), list: RECEIVES, needs: HAS_PROCESS | HAS_EVENT | HAS_MESSAGE, may_have: HAS_FROM };

/// By the lowest bits of the first and second byte: `s` and `e` of `send`, `r` and `e`, `s` and `t`. Tables instead of
/// branches: which kind comes next is what no processor can foretell.
const KINDS: [Kind; 4] = [STEP, STEP, RECEIVE, SEND];

/// The marks behind a place of a line, as places in it.
struct Ends<'m> {
    marks: &'m Marks,
    /// Where the line starts in the block.
    start: usize,
    /// The place, and the marks of the bytes from there on.
    from: usize,
    near: u64,
}

impl<'m> Ends<'m> {
    #[inline(always)]
    fn new(marks: &'m Marks, start: usize) -> Self {
        Self { marks, start, from: 0, near: marks.from(start) }
    }

    /// From here on what is near is near this place.
    #[inline(always)]
    fn go_to(&mut self, place: usize) {
        self.from = place;
        self.near = self.marks.from(self.start + place);
    }

    /// The next mark; nothing where none is near and the next one is out of reach.
    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        let next = self.near.trailing_zeros() as usize;
        if next >= NEAR {
            return self.far();
        }
        self.near &= self.near - 1;
        Some(self.from + next)
    }

    #[cold]
    fn far(&mut self) -> Option<usize> {
        // All marks up to here are taken.
        let next = self.marks.next(self.start + self.from + NEAR) - self.start;
        if next > REACH {
            return None;
        }
        self.go_to(next + 1);
        Some(next)
    }
}

/// What an object has said so far.
#[derive(Default)]
struct Members {
    /// Which members there are.
    has: u8,
    process: u32,
    peer: u32,
    kind: u8,
    key: Option<Key>,
    message: (u8, u8),
}

/// Finds the plain events of a block.
#[inline(always)]
pub fn find(scan: &mut Scan, found: &mut Found) {
    // So that what a hand writes is known where the lines are compared with it.
    match scan.hand {
        0 => find_by::<0>(scan, found),
        _ => find_by::<1>(scan, found),
    }
}

#[inline(always)]
fn find_by<const HAND: usize>(scan: &mut Scan, found: &mut Found) {
    let Scan { names, text, marks, hand } = scan;
    let Found { steps, transfers, odd, .. } = found;
    for (line, &start) in (0..).zip(marks.starts()) {
        let window = text.window(start as u16);
        let hands = &const { HANDS }[HAND];
        if hands.read(window, marks, names, (line, start), (&mut *steps, transfers)).is_none() {
            *odd += otherwise(window, marks, names, (line, start), (&mut *steps, transfers), hand);
        }
    }
}

/// Takes a plain event of another hand, or of none; 1 if the line is no plain event.
#[cold]
#[inline(never)]
fn otherwise(
    window: &Window,
    marks: &Marks,
    names: &mut Known,
    (line, start): (u32, u32),
    (steps, transfers): Room<'_>,
    hand: &mut usize,
) -> usize {
    for (other, reads) in HANDS.iter().enumerate() {
        if reads.read(window, marks, names, (line, start), (&mut *steps, &mut *transfers)).is_some() {
            *hand = other;
            return 0;
        }
    }
    let members = members(window, Ends::new(marks, start as usize), names);
    let Some((members, has)) = members.and_then(|members| found_in(&members).map(|has| (members, has))) else {
        return 1;
    };
    let Members { process, peer, .. } = members;
    let position = names.count(process) as u16;
    if let Some(key) = members.key {
        let (at, id_len) = members.message;
        let (line, id_at, has_peer) = (line as u16, (start + u32::from(at)) as u16, has.peer);
        transfers[has.list % 2].push(PlainTransfer { key, process, peer, line, position, id_at, id_len, has_peer });
    } else {
        steps.push((line, process));
    }
    0
}

/// The members of a plain line.
#[inline(always)]
fn members(window: &Window, mut ends: Ends<'_>, names: &mut Known) -> Option<Members> {
    let mut found = Members::default();
    if window[0] != b'{' {
        return None;
    }
    let mut behind = 1;
    loop {
        let open = ends.next()?;
        let close = ends.next()?;
        let from = ends.next()? + 1;
        let end = ends.next()?;
        let quoted = window.get(open) == Some(&b'"') && window.get(close) == Some(&b'"');
        let quoted = quoted && window.get(from - 1) == Some(&b'"') && window.get(end) == Some(&b'"');
        // Near is what is near the last place, which may be out of reach.
        if end > REACH
            || !quoted
            || !is_between(window, behind, None, open)
            || !is_between(window, close + 1, Some(b':'), from - 1)
        {
            return None;
        }
        member(window, open + 1, (from, end), names, &mut found)?;
        behind = end + 1;
        ends.go_to(behind);
        let blanks = blanks(window, behind);
        match window.get(blanks)? {
            b',' => behind = blanks + 1,
            b'}' if window.get(blanks + 1) == Some(&b'\n') => return Some(found),
            _ => return None,
        }
    }
}

/// Takes a member, whose name and value stand at these places; nothing where it is not plain, or comes again.
#[inline(always)]
fn member(
    window: &Window,
    name: usize,
    (from, end): (usize, usize),
    names: &mut Known,
    found: &mut Members,
) -> Option<()> {
    let word = load(window, name);
    let has = if PROCESS.is(word) {
        found.process = known(names, window, (from, end))?;
        HAS_PROCESS
    } else if EVENT.is(word) {
        let value = load(window, from);
        let kind = (value & 1 | value >> 7 & 2) as u8;
        let is = &KINDS[usize::from(kind & 3)].name;
        if !is.is(value) {
            return None;
        }
        found.kind = kind;
        HAS_EVENT
    } else if MESSAGE.is(word) {
        found.key = Some(key(window, from, end)?);
        found.message = (from as u8, (end - from) as u8);
        HAS_MESSAGE
    } else {
        // Which of the two is not to be foretold.
        let (to, sender) = (TO.is(word), FROM.is(word));
        if !(to | sender) {
            return None;
        }
        found.peer = known(names, window, (from, end))?;
        if to { HAS_TO } else { HAS_FROM }
    };
    let again = found.has & has != 0;
    found.has |= has;
    (!again).then_some(())
}

fn known(names: &mut Known, window: &Window, (from, end): (usize, usize)) -> Option<u32> {
    names.find(window, from, end).or_else(|| names.otherwise(window, from, end))
}

/// What kind of line it is.
struct Has {
    list: usize,
    peer: bool,
}

/// The kind of line, if it has what its kind needs and nothing else.
#[inline(always)]
fn found_in(found: &Members) -> Option<Has> {
    let kind = &KINDS[usize::from(found.kind & 3)];
    let peer = found.has & (HAS_TO | HAS_FROM) != 0;
    (found.has & !kind.may_have == kind.needs).then_some(Has { list: kind.list, peer })
}

#[inline(always)]
fn blanks(window: &Window, mut at: usize) -> usize {
    while window.get(at) == Some(&b' ') {
        at += 1;
    }
    at
}

/// Whether there is this byte from one place to another, if any, and blanks around it.
#[inline(always)]
fn is_between(window: &Window, from: usize, wanted: Option<u8>, to: usize) -> bool {
    let mut at = blanks(window, from);
    if let Some(byte) = wanted {
        if window.get(at) != Some(&byte) {
            return false;
        }
        at = blanks(window, at + 1);
    }
    at == to
}
