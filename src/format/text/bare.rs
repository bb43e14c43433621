//! Bare events (no label, no time), by what stands where in their lines.

use crate::format::by_kind::{Hand, Head, Kind, Place, Rest};
use crate::format::marks::{Marks, NEAR};
use crate::format::window::{REACH, Window, load};

/// Lines like `P3: send m812 -> P7`.
pub struct Bare;

/// The first bytes of a register, as a shorter one.
const fn four(bytes: &[u8; 4]) -> u32 {
    u32::from_le_bytes(*bytes)
}

/// All marks but the first.
#[inline(always)]
fn behind(marks: u64) -> u64 {
    marks & marks.wrapping_sub(1)
}

/// The place of the first mark.
#[inline(always)]
fn first(marks: u64) -> usize {
    marks.trailing_zeros() as usize
}

/// How a verb is written, and what stands between the id and the other process.
struct Verb {
    len: usize,
    arrow: [u8; 4],
}

const SEND: Verb = Verb { len: "send ".len(), arrow: *b" -> " };
const RECEIVE: Verb = Verb { len: "receive ".len(), arrow: *b" <- " };

impl Verb {
    /// The id and the other process, if it is named, by the marks behind the verb.
    #[inline(always)]
    fn ends(&self, rest: &Rest<'_>, marks: u64) -> Option<(Place, Option<Place>)> {
        let id_end = first(marks);
        // The blank, the arrow's head and the blank behind it.
        let end = first(behind(behind(behind(marks))));
        let has_arrow = load(rest.window, id_end) as u32 == four(&self.arrow);
        let peer = (id_end + self.arrow.len(), end);
        (has_arrow && rest.window[end] == b'\n').then_some(((self.len, id_end), Some(peer)))
    }

    /// The same where the line may be long.
    fn far_ends(&self, rest: &Rest<'_>) -> Option<(Place, Option<Place>)> {
        let next = |at: usize| Some(rest.marks.next(rest.at + at) - rest.at).filter(|&next| next <= REACH);
        let ends_at = |at: usize| rest.window.get(at) == Some(&b'\n');
        let id_end = next(self.len)?;
        if ends_at(id_end) {
            return Some(((self.len, id_end), None));
        }
        let peer = id_end + self.arrow.len();
        let end = next(peer)?;
        let is_so = load(rest.window, id_end) as u32 == four(&self.arrow) && ends_at(end);
        is_so.then_some(((self.len, id_end), Some((peer, end))))
    }
}

impl Hand for Bare {
    // The rest starts where marks are known.
    const FARTHEST: usize = NEAR - ": ".len();

    #[inline(always)]
    fn head(window: &Window, marks: &Marks, start: usize) -> Option<Head> {
        let bits = marks.from(start);
        let colon = first(bits);
        let behind = load(window, colon);
        let rest = colon + 2;
        // The letters of which a verb may start differ in their lowest bit.
        if behind as u32 & four(b"\xFF\xFF\xFE\0") != four(b": r\0") {
            return None;
        }
        // Of what is behind these places nothing is known: they are marks, which are of no byte that is looked for.
        let kept = !(!bits).wrapping_shr(rest as u32);
        Some(Head { name: (0, colon), rest, kind: Kind::of(behind), kept })
    }

    #[inline(always)]
    fn step(rest: &Rest<'_>) -> Option<()> {
        (load(rest.window, 1) as u32 == four(b"tep\n")).then_some(())
    }

    #[inline(always)]
    fn send(rest: &Rest<'_>) -> Option<(Place, Option<Place>)> {
        // The first mark is the blank behind the verb.
        is_send(rest).then(|| SEND.ends(rest, behind(rest.kept)))?
    }

    #[inline(always)]
    fn receive(rest: &Rest<'_>) -> Option<(Place, Option<Place>)> {
        let marks = behind(rest.kept);
        if rest.window[first(marks)] == b'\n' {
            return is_receive(rest).then_some(((RECEIVE.len, first(marks)), None));
        }
        is_receive(rest).then(|| RECEIVE.ends(rest, marks))?
    }

    fn far(rest: &Rest<'_>) -> Option<(Place, Option<Place>)> {
        // Its kind is not known here.
        if rest.window.starts_with(b"send ") {
            return SEND.far_ends(rest).filter(|(_, peer)| peer.is_some());
        }
        is_receive(rest).then(|| RECEIVE.far_ends(rest))?
    }
}

/// Of a line of which the first letter is known, as it is of this kind.
#[inline(always)]
fn is_send(rest: &Rest<'_>) -> bool {
    load(rest.window, 1) as u32 == four(b"end ")
}

#[inline(always)]
fn is_receive(rest: &Rest<'_>) -> bool {
    load(rest.window, 0) == u64::from_le_bytes(*b"receive ")
}
