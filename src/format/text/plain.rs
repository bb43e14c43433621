//! The plain event lines (`P3: send m812 -> P7`), read straight from the bytes.
//!
//! Nearly every line of a large log has one of three shapes, with a label or without, and perhaps a time behind it. This
//! accepts just those, to the letter, and leaves every other line to the grammar of [`super::line`]; on the lines that it
//! accepts the two agree (a property test and a fuzz target say so). It goes from mark to mark: what lies between two of
//! them is a bare word. Lines with neither label nor time are read [kind by kind](super::bare) where they come in hundreds.

use std::hint::select_unpredictable;

use super::bare::Bare;
use crate::format::by_kind::{self, ByKind, Group};
use crate::format::known::Known;
use crate::format::marks::{Class, Marks};
use crate::format::plain_lines::{Found, RECEIVES, SENDS, Scan, add_message};
use crate::format::record::{PlainText, PlainTime, TextOf};
use crate::format::said::Room;
use crate::format::time::Time;
use crate::format::times::Times;
use crate::format::window::{REACH, Text, Window, key, load};
use crate::key::Key;

/// Bytes that a bare word may not hold; those beyond ASCII leave the line to the grammar.
pub const MARKED: Class = Class::of({
    let mut marked = [true; 256];
    let mut i = b'!';
    while i <= b'~' {
        marked[i as usize] = matches!(
            i,
            b':' | b',' | b'(' | b')' | b'=' | b'"' | b'#' | b'@' | b'<' | b'>' | b'{' | b'}' | b'[' | b']'
        );
        i += 1;
    }
    marked
});

/// What follows the name of the process and a colon, by kind: eight bytes with a mask of those that count. Tables instead
/// of branches: which kind comes next is what no processor can foretell.
#[repr(align(32))]
struct Verb {
    text: u64,
    mask: u64,
    /// What stands between the id and the other process.
    arrow: u32,
    /// No bits where the other process must be named: else the line may end behind the id.
    may_end: u64,
}

const fn verb(text: &[u8], arrow: &[u8; 4], must_name: bool) -> Verb {
    let (mut word, mut mask, mut i) = (0, 0, 0);
    while i < text.len() {
        word |= (text[i] as u64) << (8 * i);
        mask |= 0xFF << (8 * i);
        i += 1;
    }
    let may_end = if must_name { 0 } else { u64::MAX };
    Verb { text: word, mask, arrow: u32::from_le_bytes(*arrow), may_end }
}

const STEP: Verb = verb(b"step\n", b"    ", false);
const TIMED_STEP: Verb = verb(b"step @ ", b"    ", false);

/// Those with messages, by the list that these go to.
const VERBS: [Verb; 2] = {
    let mut verbs = [STEP, STEP];
    verbs[RECEIVES] = verb(b"receive ", b" <- ", false);
    verbs[SENDS] = verb(b"send ", b" -> ", true);
    verbs
};

/// The marks of a line in order, as places in it; any place where there are no more.
trait Ends {
    fn next(&mut self) -> usize;
}

/// Those among the first bytes, as many as a register holds.
struct Near(u64);

impl Ends for Near {
    #[inline(always)]
    fn next(&mut self) -> usize {
        let next = self.0.trailing_zeros() as usize;
        self.0 &= self.0.wrapping_sub(1);
        next
    }
}

/// All within reach.
struct Far<'m> {
    marks: &'m Marks,
    start: usize,
    at: usize,
}

impl Ends for Far<'_> {
    fn next(&mut self) -> usize {
        let next = self.marks.next(self.at);
        self.at = next + 1;
        REACH.min(next - self.start)
    }
}

/// Lines that may have a time and those with a label are read by functions of their own: what a log does not have costs
/// nothing.
const TIMED: usize = 0;
const LABELLED: usize = 1;

/// What is known from line to line.
#[derive(Debug, Default)]
pub struct Memory {
    /// Of which of the two the last line was.
    hand: usize,
    times: Times,
    pub(super) by_kind: ByKind,
}

/// Finds the plain events of a block.
#[inline(always)]
pub fn find(scan: &mut Scan<Memory>, found: &mut Found) {
    let Scan { names, text, marks, memory, .. } = scan;
    for group in by_kind::groups(marks) {
        if memory.by_kind.is_due() {
            let are_bare = memory.by_kind.find::<Bare>(group, (&mut *names, text, marks), found);
            memory.by_kind.learn(are_bare);
            if are_bare {
                continue;
            }
        }
        let block = (&mut *names, &*text, &*marks);
        match memory.hand {
            TIMED => find_by::<TIMED>(group, block, memory, found),
            _ => find_by::<LABELLED>(group, block, memory, found),
        }
    }
}

#[inline(always)]
fn find_by<const HAND: usize>(
    Group { first, starts }: Group<'_>,
    (names, text, marks): (&mut Known, &Text, &Marks),
    memory: &mut Memory,
    Found { steps, transfers, said, odd, .. }: &mut Found,
) {
    for (line, &start) in (first..).zip(starts) {
        let (window, start) = (text.window(start), u32::from(start));
        let near = Near(marks.from(start as usize));
        let room = Room { steps: &mut *steps, transfers, said };
        if event::<HAND>(window, near, (&mut *names, &mut memory.times), (line, start), room).is_none() {
            let room = Room { steps: &mut *steps, transfers, said };
            *odd += otherwise(window, marks, (&mut *names, &mut *memory), (line, start), room);
        }
    }
}

/// Where the line may be longer than what is near, or of another shape: 1 if it is no plain event.
#[cold]
#[inline(never)]
fn otherwise(
    window: &Window,
    marks: &Marks,
    (names, Memory { hand, times, .. }): (&mut Known, &mut Memory),
    (line, start): (u32, u32),
    mut room: Room<'_>,
) -> usize {
    let ends = || Far { marks, start: start as usize, at: start as usize };
    if event::<TIMED>(window, ends(), (&mut *names, &mut *times), (line, start), room.again()).is_some() {
        *hand = TIMED;
        return 0;
    }
    if event::<LABELLED>(window, ends(), (names, times), (line, start), room).is_some() {
        *hand = LABELLED;
        return 0;
    }
    1
}

/// Takes a plain event; nothing where the line is none.
#[inline(always)]
fn event<const HAND: usize>(
    window: &Window,
    mut ends: impl Ends,
    (names, times): (&mut Known, &mut Times),
    (line, start): (u32, u32),
    Room { steps, transfers, said }: Room<'_>,
) -> Option<()> {
    let name = ends.next();
    let colon = if HAND == LABELLED { ends.next() } else { name };
    let head = load(window, colon);
    let word = load(window, colon + 2);
    if head as u16 != u16::from_le_bytes(*b": ") {
        return None;
    }
    if HAND == LABELLED && !is_labelled(window, name, colon) {
        return None;
    }
    let process = names.number(window, 0, name)?;
    let mut add_details = |position: u16, time: Option<Time>| {
        let line = line as u16;
        if HAND == LABELLED {
            let (at, len) = ((start as usize + name + 1) as u16, (colon - name - 1) as u16);
            let key = key(window, name + 1, colon).unwrap_or(Key::NONE);
            said.add_text(PlainText { process, line, position, at, len, of: TextOf::Label, key });
        }
        if let Some(time) = time {
            said.add_time(PlainTime { time, process, line, position });
        }
    };
    if word & STEP.mask == STEP.text {
        steps.push((line, process));
        add_details(names.count(process) as u16, None);
        return Some(());
    }
    // By the lowest bit of the first letter.
    let list = (word & 1) as usize;
    let verb = &VERBS[list];
    if word & verb.mask != verb.text {
        if word & TIMED_STEP.mask != TIMED_STEP.text {
            return None;
        }
        let time = time_behind(window, colon + 2 + "step".len(), times)?;
        steps.push((line, process));
        add_details(names.count(process) as u16, Some(time));
        return Some(());
    }
    // The blanks around the verb.
    ends.next();
    let behind = ends.next() + 1;
    let end = ends.next();
    let has_peer = load(window, end) as u32 == verb.arrow;
    // The arrow's head, and the blank behind it.
    ends.next();
    ends.next();
    // A receive that names no sender looks its own name up again: either kind takes the same steps, and there is
    // nothing to foretell.
    let stop = ends.next();
    let peer_at = select_unpredictable(has_peer, end + 4, 0);
    let peer_end = select_unpredictable(has_peer, stop, name);
    // With its first byte no line ends.
    let stop = select_unpredictable(has_peer, stop, end & verb.may_end as usize);
    let time = match window.get(stop) {
        Some(b'\n') => None,
        _ => Some(time_behind(window, stop, times)?),
    };
    let peer = names.number(window, peer_at, peer_end)?;
    let list = &mut transfers[list];
    let message = (process, peer, has_peer);
    let position = add_message(list, (window, names), (line, start), (behind, end), message)?;
    add_details(position, time);
    Some(())
}

/// Whether a label stands between the name of a process and a colon. What begins with a word of the grammar's own and no
/// colon declares something.
#[inline(always)]
fn is_labelled(window: &Window, name: usize, colon: usize) -> bool {
    const DECLARE: [&[u8]; 3] = [b"process", b"channel", b"cut"];
    let declares = name <= 7 && window.get(..name).is_some_and(|name| DECLARE.contains(&name));
    window.get(name) == Some(&b' ') && colon > name + 1 && !declares
}

/// The time that a line ends with, from the blank before its `@` on.
#[inline(always)]
fn time_behind(window: &Window, at: usize, times: &mut Times) -> Option<Time> {
    const AT: u64 = u32::from_le_bytes(*b" @ \0") as u64;
    if load(window, at) & 0xFF_FFFF != AT {
        return None;
    }
    let (time, end) = times.read(window, at + 3)?;
    // Of a date that has a blank in it, the grammar reads what stands before that.
    let in_two = time.is_calendar() && window.get(at + 13) == Some(&b' ');
    (window.get(end) == Some(&b'\n') && !in_two).then_some(time)
}
