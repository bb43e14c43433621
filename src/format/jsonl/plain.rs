//! The plain event lines of JSON Lines (`{"process":"P3","event":"send","message":"m812","to":"P7"}`), read straight
//! from the bytes.
//!
//! This accepts objects of these members, of those that say more of an event and of such as say nothing, in any order, each
//! one once; and leaves every other line to serde_json. On the lines that it accepts the two agree (a property test and a
//! fuzz target say so).

use super::shape::{Between, KINDS, Line, MOST, Shapes, What};
use super::written::{Dense, Spaced};
use crate::format::by_kind::{self, ByKind};
use crate::format::known::Known;
use crate::format::marks::{Class, Marks};
use crate::format::plain_lines::{Found, RECEIVES, SENDS, Scan};
use crate::format::record::{PlainEvent, PlainTime, PlainTransfer, TextOf};
use crate::format::said::{Room, Said};
use crate::format::time::Time;
use crate::format::times::{self, Times};
use crate::format::window::{Window, key, load};
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

/// What is known from line to line.
#[derive(Debug, Default)]
pub struct Memory {
    pub(super) by_kind: ByKind,
    shapes: Shapes,
    times: Times,
    /// From where to where the names of the unknown members of a line stand.
    unknown: [(usize, usize); UNKNOWN],
}

/// A kind of event, and the members that its line has: those that it needs, and those that it may have.
struct Kind {
    /// Its name with the quote behind it, and the bytes that count.
    name: u64,
    mask: u64,
    list: usize,
    needs: u16,
    may_have: u16,
}

/// What any event may have.
const MORE: u16 = What::Time.bit() | What::Label.bit() | What::Note.bit() | What::State.bit() | What::Nothing.bit();

const fn kind(name: &[u8], list: usize, needs: u16, may_have: u16) -> Kind {
    let (mut word, mut mask, mut len) = (0, 0, 0);
    while len < name.len() {
        word |= (name[len] as u64) << (8 * len);
        mask |= 0xFF << (8 * len);
        len += 1;
    }
    let needs = needs | What::Process.bit() | What::Event.bit();
    Kind { name: word, mask, list, needs, may_have: may_have | MORE }
}

const STEP: Kind = kind(b"step\"", RECEIVES, 0, 0);
const RECEIVE: Kind = kind(b"receive\"", RECEIVES, What::Message.bit(), What::From.bit());
const SEND: Kind = kind(b"send\"", SENDS, What::Message.bit() | What::To.bit(), What::Payload.bit());

/// By the lowest bits of the first and second byte: `s` and `t` of `step`, `r` and `e`, `s` and `e`. Tables instead of
/// branches: which kind comes next is what no processor can foretell. The first place is of lines whose kind is not known
/// yet.
const BY_LETTERS: [Kind; KINDS] = [STEP, STEP, RECEIVE, SEND];

/// Finds the plain events of a block.
#[inline(always)]
pub fn find(scan: &mut Scan<Memory>, found: &mut Found) {
    let Scan { names, text, marks, memory, .. } = scan;
    for group in by_kind::groups(marks) {
        if memory.by_kind.is_due() {
            let are_short = memory.by_kind.find::<Dense>(group, (&mut *names, text, marks), found)
                || memory.by_kind.find::<Spaced>(group, (&mut *names, text, marks), found);
            memory.by_kind.learn(are_short);
            if are_short {
                continue;
            }
        }
        let Found { steps, transfers, said, odd, .. } = &mut *found;
        for (line, &start) in (group.first..).zip(group.starts) {
            let (window, start) = (text.window(start), u32::from(start));
            let room = Room { steps: &mut *steps, transfers, said };
            *odd += usize::from(read(window, marks, (&mut *names, &mut *memory), (line, start), room).is_none());
        }
    }
}

/// What an object has said so far.
#[derive(Default)]
struct Members {
    /// Which members there are.
    has: u16,
    process: u32,
    peer: u32,
    /// By letters, once it is known.
    kind: usize,
    key: Option<Key>,
    /// Where the id is, and its length.
    id: (u16, u8),
    time: Option<Time>,
    /// How many unknown members there are.
    unknown: usize,
}

/// So many unknown members a plain line has at most.
const UNKNOWN: usize = 12;

/// Takes a plain event, whatever the order of its members.
#[inline(always)]
fn read(
    window: &Window,
    marks: &Marks,
    memory: (&mut Known, &mut Memory),
    (line, start): (u32, u32),
    Room { steps, transfers, said }: Room<'_>,
) -> Option<()> {
    let (names, memory) = memory;
    let texts = said.texts();
    let of_line = Line { window, marks, start: start as usize };
    let mut found = Members::default();
    if members(&of_line, (&mut *names, &mut *memory), (line as u16, said), &mut found).is_none() {
        said.forget_texts(texts);
        return None;
    }
    let Members { process, peer, has, .. } = found;
    let position = names.count(process) as u16;
    let has_peer = has & (What::To.bit() | What::From.bit()) != 0;
    if let Some(key) = found.key {
        let list = BY_LETTERS[found.kind % KINDS].list;
        let ((id_at, id_len), event) = (found.id, PlainEvent::of(process, line as u16, position));
        transfers[list % 2].push(PlainTransfer { key, event, peer, id_at, id_len, has_peer });
    } else {
        steps.push((line, process));
    }
    if let Some(time) = found.time {
        said.add_time(PlainTime { time, process, line: line as u16, position });
    }
    said.own_texts(texts, process, position);
    for &(name, end) in memory.unknown.iter().take(found.unknown) {
        said.add_unknown(window.get(name..end).unwrap_or_default(), (start as usize + name) as u16);
    }
    Some(())
}

/// The members of a plain line, whose texts are added to what it says.
#[inline(always)]
fn members(
    line: &Line<'_>,
    (names, memory): (&mut Known, &mut Memory),
    (number, said): (u16, &mut Said),
    found: &mut Members,
) -> Option<()> {
    let Memory { shapes, times, unknown, .. } = memory;
    let (window, place) = (line.window, |at: usize| (line.start + at) as u16);
    let (mut at, mut in_string) = (0, false);
    for nth in 0..MOST {
        let piece = shapes.piece(found.kind, nth, line, at, in_string)?;
        let (what, is_string, value) = (piece.what, piece.is_string, at + piece.len);
        // Names, ids and texts are strings, or the line is not plain.
        let end = match what {
            What::End => {
                let kind = &BY_LETTERS[found.kind % KINDS];
                let told = (found.has & !What::Nothing.bit()).count_ones() as usize;
                let is_whole = found.has & !kind.may_have == kind.needs;
                // None of them came twice.
                return (is_whole && told + found.unknown == nth).then_some(());
            }
            What::Process => {
                let end = string(line, piece, value)?;
                found.process = names.number(window, value, end)?;
                end
            }
            What::To | What::From => {
                let end = string(line, piece, value)?;
                found.peer = names.number(window, value, end)?;
                end
            }
            What::Event => {
                let word = load(window, value);
                found.kind = (word & 1 | word >> 7 & 2) as usize;
                let Kind { name, mask, .. } = BY_LETTERS[found.kind % KINDS];
                if word & mask != name || !is_string {
                    return None;
                }
                // All of its bytes count but those behind the quote.
                value + 7 - mask.leading_zeros() as usize / 8
            }
            What::Message => {
                let end = string(line, piece, value)?;
                found.key = Some(key(window, value, end)?);
                found.id = (place(value), u8::try_from(end - value).ok()?);
                end
            }
            What::Time => {
                let (time, end) = if is_string { times.moment(window, value)? } else { times::number(window, value)? };
                found.time = Some(time);
                end
            }
            What::Label | What::Note => {
                // Nothing has no name.
                let end = string(line, piece, value).filter(|&end| end > value)?;
                let (of, key) = match what {
                    What::Label => (TextOf::Label, key(window, value, end)?),
                    _ => (TextOf::Note, Key::NONE),
                };
                said.add_text_of(number, (place(value), place(end)), of, key);
                end
            }
            What::State => {
                let end = (window.get(value) == Some(&b'{') && !is_string).then(|| line.end_of_json(value))??;
                said.add_text_of(number, (place(value), place(end)), TextOf::State, Key::NONE);
                end
            }
            What::Payload => {
                let (from, behind) = (value - usize::from(is_string), any(line, piece, value)?);
                said.add_text_of(number, (place(from), place(behind)), TextOf::Payload, Key::NONE);
                behind - usize::from(is_string)
            }
            What::Nothing => {
                let slot = unknown.get_mut(found.unknown).filter(|_| !said.has_many_unknown())?;
                *slot = (at + piece.name.0, at + piece.name.1);
                found.unknown += 1;
                any(line, piece, value)? - usize::from(is_string)
            }
        };
        found.has |= what.bit();
        (at, in_string) = (end, is_string);
    }
    None
}

/// Where a string ends that has no escapes.
#[inline(always)]
fn string(line: &Line<'_>, piece: &Between, from: usize) -> Option<usize> {
    if piece.is_string { line.end_of_string(from) } else { None }
}

/// Where any value ends, with its quote.
#[inline(always)]
fn any(line: &Line<'_>, piece: &Between, from: usize) -> Option<usize> {
    let end = match piece.is_string {
        true => line.end_of_string(from).map(|end| end + 1),
        false => whole_number(line, from),
    };
    end.or_else(|| line.end_of_json(from - usize::from(piece.is_string)))
}

/// Where a number ends that is written without more ado.
#[inline(always)]
fn whole_number(line: &Line<'_>, from: usize) -> Option<usize> {
    let (_, end) = times::number(line.window, from)?;
    matches!(line.window.get(end), Some(b',' | b'}' | b' ')).then_some(end)
}
