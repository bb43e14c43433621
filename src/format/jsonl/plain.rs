//! The plain event lines of JSON Lines (`{"process":"P3","event":"send","message":"m812","to":"P7"}`), read straight
//! from the bytes.
//!
//! This accepts objects of these members, and of those that say more of an event, in any order, each one once, with strings
//! that hold no escapes for values, and leaves every other line to serde_json; on the lines that it accepts the two agree
//! (a property test and a fuzz target say so). It goes from quote to quote: what lies between two of them is a string.

use serde::de::IgnoredAny;

use super::written::HANDS;
use crate::format::known::Known;
use crate::format::marks::{Class, Marks, NEAR};
use crate::format::plain_lines::{Found, RECEIVES, Room, SENDS, Scan};
use crate::format::record::{PlainText, PlainTime, PlainTransfer, TextOf};
use crate::format::time::Time;
use crate::format::times::{self, Times};
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
const TIME: Word = word(b"time\"");

/// Texts that say more of an event, by [`TextOf`].
const TEXTS: [(Word, TextOf); 4] = [
    (word(b"label\""), TextOf::Label),
    (word(b"note\""), TextOf::Note),
    (word(b"state\""), TextOf::State),
    (word(b"payload\""), TextOf::Payload),
];

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
const HAS_TIME: u8 = 32;

/// What any event may have.
const MORE: u8 = HAS_TIME;

const STEP: Kind = Kind { name: word(b"step\""), list: RECEIVES, needs: HAS_PROCESS | HAS_EVENT, may_have: MORE };
const SEND: Kind =
    Kind { name: word(b"send\""), list: SENDS, needs: HAS_PROCESS | HAS_EVENT | HAS_MESSAGE | HAS_TO, may_have: MORE };
const RECEIVE: Kind = Kind {
    name: word(b"receive\""),
    list: RECEIVES,
    needs: HAS_PROCESS | HAS_EVENT | HAS_MESSAGE,
    may_have: HAS_FROM | MORE,
};

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
    time: Option<Time>,
    /// From where to where the texts stand, by [`TextOf`].
    texts: [Option<(u8, u8)>; TEXTS.len()],
}

/// No [hand](HANDS): the members of each line are looked at.
const ANY: usize = HANDS.len();

/// Finds the plain events of a block.
#[inline(always)]
pub fn find(scan: &mut Scan, found: &mut Found) {
    // So that what a hand writes is known where the lines are compared with it.
    match scan.hand {
        0 => find_by::<0>(scan, found),
        1 => find_by::<1>(scan, found),
        _ => find_by::<ANY>(scan, found),
    }
}

#[inline(always)]
fn find_by<const HAND: usize>(scan: &mut Scan, found: &mut Found) {
    let Scan { names, text, marks, times, hand, .. } = scan;
    let Found { steps, transfers, said, odd, .. } = found;
    for (line, &start) in (0..).zip(marks.starts()) {
        let window = text.window(start as u16);
        let room = Room { steps: &mut *steps, transfers, said };
        let hands = &const { HANDS };
        let read = match HAND {
            ..ANY => hands[HAND].read(window, marks, names, (line, start), room),
            // Once a block another hand is asked for.
            _ if line == 0 => None,
            _ => read(window, marks, (&mut *names, &mut *times), (line, start), room),
        };
        if read.is_none() {
            let room = Room { steps: &mut *steps, transfers, said };
            *odd += otherwise(window, marks, (&mut *names, &mut *times), (line, start), room, hand);
        }
    }
}

/// Takes a plain event of another hand, or of none; 1 if the line is no plain event.
#[cold]
#[inline(never)]
fn otherwise(
    window: &Window,
    marks: &Marks,
    (names, times): Memory<'_>,
    (line, start): (u32, u32),
    mut room: Room<'_>,
    hand: &mut usize,
) -> usize {
    for (other, reads) in HANDS.iter().enumerate() {
        if reads.read(window, marks, names, (line, start), room.again()).is_some() {
            *hand = other;
            return 0;
        }
    }
    if read(window, marks, (names, times), (line, start), room).is_none() {
        return 1;
    }
    *hand = ANY;
    0
}

/// What is known from line to line.
type Memory<'k> = (&'k mut Known, &'k mut Times);

/// Takes a plain event, whatever the order of its members.
#[inline(always)]
fn read(
    window: &Window,
    marks: &Marks,
    (names, times): Memory<'_>,
    (line, start): (u32, u32),
    Room { steps, transfers, said }: Room<'_>,
) -> Option<()> {
    let members = members(window, Ends::new(marks, start as usize), (&mut *names, times))?;
    let has = found_in(&members)?;
    let Members { process, peer, .. } = members;
    let position = names.count(process) as u16;
    let place = |at: u8| (start + u32::from(at)) as u16;
    if let Some(key) = members.key {
        let (at, id_len) = members.message;
        let (line, id_at, has_peer) = (line as u16, place(at), has.peer);
        transfers[has.list % 2].push(PlainTransfer { key, process, peer, line, position, id_at, id_len, has_peer });
    } else {
        steps.push((line, process));
    }
    let line = line as u16;
    if let Some(time) = members.time {
        said.add_time(PlainTime { time, process, line, position });
    }
    for (text, (_, of)) in members.texts.into_iter().zip(TEXTS) {
        if let Some((from, end)) = text {
            let (at, len) = (place(from), u16::from(end - from));
            said.add_text(PlainText { process, line, position, at, len, of });
        }
    }
    Some(())
}

/// The members of a plain line.
#[inline(always)]
fn members(window: &Window, mut ends: Ends<'_>, (names, times): Memory<'_>) -> Option<Members> {
    let mut found = Members::default();
    if window[0] != b'{' {
        return None;
    }
    let mut behind = 1;
    loop {
        let open = ends.next()?;
        let close = ends.next()?;
        let quoted = window.get(open) == Some(&b'"') && window.get(close) == Some(&b'"');
        if !quoted || !is_blank(window, behind, open) {
            return None;
        }
        let colon = blanks(window, close + 1);
        if window.get(colon) != Some(&b':') {
            return None;
        }
        let value = blanks(window, colon + 1);
        let end = if window.get(value) == Some(&b'"') {
            let from = ends.next()?;
            let end = ends.next()?;
            // Near is what is near the last place, which may be out of reach.
            if from != value || end > REACH || window.get(end) != Some(&b'"') {
                return None;
            }
            member(window, open + 1, (from + 1, end), (&mut *names, &mut *times), &mut found)?;
            end + 1
        } else {
            unquoted(window, open + 1, value, &mut found)?
        };
        ends.go_to(end);
        let blanks = blanks(window, end);
        match window.get(blanks)? {
            b',' => behind = blanks + 1,
            b'}' if window.get(blanks + 1) == Some(&b'\n') => return Some(found),
            _ => return None,
        }
    }
}

/// Takes a member, whose name and string stand at these places; nothing where it is not plain, or comes again.
#[inline(always)]
fn member(
    window: &Window,
    name: usize,
    (from, end): (usize, usize),
    (names, times): Memory<'_>,
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
    } else if TIME.is(word) {
        let (time, stop) = times.moment(window, from)?;
        if stop != end {
            return None;
        }
        found.time = Some(time);
        HAS_TIME
    } else {
        // Which of the two is not to be foretold.
        let (to, sender) = (TO.is(word), FROM.is(word));
        if !(to | sender) {
            return text(word, (from, end), found);
        }
        found.peer = known(names, window, (from, end))?;
        if to { HAS_TO } else { HAS_FROM }
    };
    let again = found.has & has != 0;
    found.has |= has;
    (!again).then_some(())
}

/// Takes a string that says more of the event: where it stands, without its quotes.
fn text(word: u64, (from, end): (usize, usize), found: &mut Members) -> Option<()> {
    let (_, of) = TEXTS.iter().find(|(name, _)| name.is(word))?;
    let place = match of {
        // Nothing has no name.
        TextOf::Label | TextOf::Note if from < end => (from, end),
        TextOf::Payload => (from - 1, end + 1),
        _ => return None,
    };
    set_text(*of, place, found)
}

/// Takes a member whose value is no string and begins at a place; where it ends.
#[inline(always)]
fn unquoted(window: &Window, name: usize, at: usize, found: &mut Members) -> Option<usize> {
    let word = load(window, name);
    if TIME.is(word) {
        let (time, end) = times::number(window, at)?;
        let again = found.has & HAS_TIME != 0;
        found.has |= HAS_TIME;
        found.time = Some(time);
        return (!again).then_some(end);
    }
    json(window, word, at, found)
}

/// Takes a value of any kind that says more of the event; where it ends.
fn json(window: &Window, word: u64, at: usize, found: &mut Members) -> Option<usize> {
    let (_, of) = TEXTS.iter().find(|(name, _)| name.is(word))?;
    match of {
        TextOf::State if window.get(at) == Some(&b'{') => {}
        TextOf::Payload => {}
        _ => return None,
    }
    let line = window.get(at..REACH)?;
    let line = &line[..memchr::memchr(b'\n', line)?];
    let mut values = serde_json::Deserializer::from_slice(line).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    let end = at + values.byte_offset();
    set_text(*of, (at, end), found)?;
    Some(end)
}

/// Takes a text from one place to another; nothing where it comes again.
fn set_text(of: TextOf, (from, end): (usize, usize), found: &mut Members) -> Option<()> {
    let place = (u8::try_from(from).ok()?, u8::try_from(end).ok()?);
    found.texts[of as usize].replace(place).is_none().then_some(())
}

fn known(names: &mut Known, window: &Window, (from, end): (usize, usize)) -> Option<u32> {
    names.find(window, from, end).or_else(|| names.otherwise(window, from, end))
}

/// What kind of line it is.
struct Has {
    list: usize,
    peer: bool,
}

/// The kind of line, if it has what its kind needs and nothing else that says nothing there.
#[inline(always)]
fn found_in(found: &Members) -> Option<Has> {
    let kind = &KINDS[usize::from(found.kind & 3)];
    let peer = found.has & (HAS_TO | HAS_FROM) != 0;
    let carries = found.texts[TextOf::Payload as usize].is_none() || kind.list == SENDS;
    (found.has & !kind.may_have == kind.needs && carries).then_some(Has { list: kind.list, peer })
}

#[inline(always)]
fn blanks(window: &Window, mut at: usize) -> usize {
    while window.get(at) == Some(&b' ') {
        at += 1;
    }
    at
}

/// Whether there are blanks from one place to another, if anything.
#[inline(always)]
fn is_blank(window: &Window, from: usize, to: usize) -> bool {
    blanks(window, from) == to
}
