//! The plain event lines of JSON Lines (`{"process":"P3","event":"send","message":"m812","to":"P7"}`), read straight
//! from the bytes.
//!
//! This accepts objects of these members in any order, each one once, with strings that hold no escapes for values, and
//! leaves every other line to serde_json; on the lines that it accepts the two agree (a property test and a fuzz target
//! say so).

use crate::format::eight::{self, WINDOW};
use crate::format::plain_lines::Scan;
use crate::format::record::{ActionKind, PlainEvent};
use crate::key::Key;

/// A text of at most 8 bytes as a register has it, with a mask of the bytes that count.
const fn word(text: &[u8]) -> (u64, u64) {
    let (mut word, mut mask, mut i) = (0, 0, 0);
    while i < text.len() {
        word |= (text[i] as u64) << (8 * i);
        mask |= 0xFF << (8 * i);
        i += 1;
    }
    (word, mask)
}

const PROCESS: (u64, u64) = word(b"process\"");
const EVENT: (u64, u64) = word(b"event\"");
const MESSAGE: (u64, u64) = word(b"message\"");
const TO: (u64, u64) = word(b"to\"");
const FROM: (u64, u64) = word(b"from\"");

const STEP: (u64, u64) = word(b"step\"");
const SEND: (u64, u64) = word(b"send\"");
const RECEIVE: (u64, u64) = word(b"receive\"");

#[inline(always)]
fn is((word, mask): (u64, u64), eight: u64) -> bool {
    eight & mask == word
}

/// What an object has said so far.
#[derive(Default)]
struct Members {
    process: Option<u32>,
    action: Option<ActionKind>,
    message: Option<(Key, usize, usize)>,
    to: Option<u32>,
    from: Option<u32>,
}

/// Adds the line that starts at `start` of `block` to `events`, if it is plain and has an end; where that is.
#[inline(always)]
pub fn parse(block: &str, start: usize, scan: &mut Scan, events: &mut Vec<PlainEvent>) -> Option<usize> {
    let Scan { names, last } = scan;
    let window = eight::window(block.as_bytes(), start, last);
    let mut found = Members::default();
    let mut at = byte(window, 0, b'{')?;
    loop {
        at = byte(window, blanks(window, at), b'"')?;
        let key = eight::load(window, at)?;
        if is(PROCESS, key) {
            at = value(window, at + 8)?;
            let (end, number) = eight::name(window, at, b'"', names, is_text)?;
            set(&mut found.process, number)?;
            at = end + 1;
        } else if is(EVENT, key) {
            at = value(window, at + 6)?;
            let kind = eight::load(window, at)?;
            let (action, len) = match kind {
                _ if is(SEND, kind) => (ActionKind::Send, 5),
                _ if is(RECEIVE, kind) => (ActionKind::Receive, 8),
                _ if is(STEP, kind) => (ActionKind::Step, 5),
                _ => return None,
            };
            set(&mut found.action, action)?;
            at += len;
        } else if is(MESSAGE, key) {
            at = value(window, at + 8)?;
            let (end, key) = text(window, at)?;
            set(&mut found.message, (key, at, end))?;
            at = end + 1;
        } else if is(TO, key) {
            at = value(window, at + 3)?;
            let (end, number) = eight::name(window, at, b'"', names, is_text)?;
            set(&mut found.to, number)?;
            at = end + 1;
        } else if is(FROM, key) {
            at = value(window, at + 5)?;
            let (end, number) = eight::name(window, at, b'"', names, is_text)?;
            set(&mut found.from, number)?;
            at = end + 1;
        } else {
            return None;
        }
        at = blanks(window, at);
        match window.get(at)? {
            b',' => at += 1,
            b'}' => break,
            _ => return None,
        }
    }
    let len = at + 1;
    if window.get(len) != Some(&b'\n') {
        return None;
    }
    events.push(event(&found, start as u32, len as u16)?);
    Some(start + len)
}

/// The event, if it has what its kind needs and nothing else.
#[inline(always)]
fn event(found: &Members, start: u32, len: u16) -> Option<PlainEvent> {
    let process = found.process?;
    let (action, peer) = match (found.action?, found.message, found.to, found.from) {
        (ActionKind::Step, None, None, None) => return Some(PlainEvent::step(start, len, process)),
        (ActionKind::Send, Some(_), Some(to), None) => (ActionKind::Send, Some(to)),
        (ActionKind::Receive, Some(_), None, from) => (ActionKind::Receive, from),
        _ => return None,
    };
    let (key, from, to) = found.message?;
    let message = (from as u8, (to - from) as u8);
    Some(PlainEvent {
        key,
        start,
        process,
        peer: peer.unwrap_or(process),
        len,
        message,
        has_peer: peer.is_some(),
        action,
    })
}

/// A member is there once.
#[inline(always)]
fn set<T>(slot: &mut Option<T>, value: T) -> Option<()> {
    slot.replace(value).is_none().then_some(())
}

/// Behind a byte that must be there.
#[inline(always)]
fn byte(window: &[u8; WINDOW], at: usize, wanted: u8) -> Option<usize> {
    (*window.get(at)? == wanted).then_some(at + 1)
}

#[inline(always)]
fn blanks(window: &[u8; WINDOW], mut at: usize) -> usize {
    while window.get(at) == Some(&b' ') {
        at += 1;
    }
    at
}

/// From behind a key to behind the quote that opens its value.
#[inline(always)]
fn value(window: &[u8; WINDOW], at: usize) -> Option<usize> {
    let colon = byte(window, blanks(window, at), b':')?;
    byte(window, blanks(window, colon), b'"')
}

/// Whether this can stand between quotes as it is, and is no empty name.
fn is_text(text: &[u8]) -> bool {
    !text.is_empty() && !text.iter().any(|&b| b == b'\\' || b < b' ')
}

/// A string that starts at `start`: its end and key.
#[inline(always)]
fn text(window: &[u8; WINDOW], start: usize) -> Option<(usize, Key)> {
    // Escapes and what must be escaped end it as well; then no quote stands there.
    let ends = |eight| eight::first(eight, b'"') | eight::first(eight, b'\\') | eight::below(eight, b' ');
    match eight::word(window, start, ends) {
        Some((end, key)) => (window[end] == b'"').then_some((end, key)),
        None => {
            let text = eight::up_to(window, start, b'"').filter(|text| is_text(text))?;
            Some((start + text.len(), Key::of_bytes(text)))
        }
    }
}
