//! Plain event lines as most programs write them: the members in one order, and blanks everywhere or nowhere.
//!
//! What stands between the names and ids is then known, and is compared eight bytes at a time,
//! [kind by kind](crate::format::by_kind). What is written in another way is left to [`super::plain`].

use crate::format::by_kind::{self, Head, Kind, Place, Rest};
use crate::format::marks::Marks;
use crate::format::window::{Window, load};

/// A text of at most 24 bytes in three registers, with a mask of the bytes that count.
struct Piece {
    text: [u64; 3],
    mask: [u64; 3],
    len: usize,
}

const fn piece(text: &[u8]) -> Piece {
    let (mut words, mut mask, mut i) = ([0; 3], [0; 3], 0);
    while i < text.len() {
        words[i / 8] |= (text[i] as u64) << (8 * (i % 8));
        mask[i / 8] |= 0xFF << (8 * (i % 8));
        i += 1;
    }
    Piece { text: words, mask, len: text.len() }
}

impl Piece {
    /// Whether it stands at `at`.
    #[inline(always)]
    fn is_at(&self, window: &Window, at: usize) -> bool {
        let differs = load(window, at) & self.mask[0] ^ self.text[0];
        let behind = load(window, at + 8) & self.mask[1] ^ self.text[1];
        let last = load(window, at + 16) & self.mask[2] ^ self.text[2];
        differs | behind | last == 0
    }
}

/// How a program writes: what stands around the values.
struct Pieces {
    process: Piece,
    event: Piece,
    step: Piece,
    send: Piece,
    receive: Piece,
    to: Piece,
    from: Piece,
}

/// Behind the last value, where that is a string.
const CLOSE: Piece = piece(b"\"}\n");

/// Members without any blanks.
pub struct Dense;

/// Members with a blank behind each colon and comma.
pub struct Spaced;

/// What is written by the pieces.
trait Written {
    const PIECES: Pieces;
}

impl Written for Dense {
    const PIECES: Pieces = Pieces {
        process: piece(b"{\"process\":\""),
        event: piece(b"\",\"event\":\""),
        step: piece(b"step\"}\n"),
        send: piece(b"send\",\"message\":\""),
        receive: piece(b"receive\",\"message\":\""),
        to: piece(b"\",\"to\":\""),
        from: piece(b"\",\"from\":\""),
    };
}

impl Written for Spaced {
    const PIECES: Pieces = Pieces {
        process: piece(b"{\"process\": \""),
        event: piece(b"\", \"event\": \""),
        step: piece(b"step\"}\n"),
        send: piece(b"send\", \"message\": \""),
        receive: piece(b"receive\", \"message\": \""),
        to: piece(b"\", \"to\": \""),
        from: piece(b"\", \"from\": \""),
    };
}

/// The place of a string in the rest of a line, from its first byte on.
#[inline(always)]
fn string(rest: &Rest<'_>, from: usize) -> Place {
    (from, from + rest.marks.from(rest.at + from).trailing_zeros() as usize)
}

/// The last string of a line, from its first byte on.
#[inline(always)]
fn last(rest: &Rest<'_>, from: usize) -> Option<Place> {
    let place = string(rest, from);
    CLOSE.is_at(rest.window, place.1).then_some(place)
}

impl<W: Written> by_kind::Hand for W {
    #[inline(always)]
    fn head(window: &Window, marks: &Marks, start: usize) -> Option<Head> {
        let Pieces { process, event, .. } = const { &W::PIECES };
        let from = process.len;
        let end = from + marks.from(start + from).trailing_zeros() as usize;
        let rest = end + event.len;
        let kind = Kind::of(load(window, rest - 2));
        let head = Head { name: (from, end), rest, kind, kept: 0 };
        (process.is_at(window, 0) && event.is_at(window, end)).then_some(head)
    }

    #[inline(always)]
    fn step(rest: &Rest<'_>) -> Option<()> {
        W::PIECES.step.is_at(rest.window, 0).then_some(())
    }

    #[inline(always)]
    fn send(rest: &Rest<'_>) -> Option<(Place, Option<Place>)> {
        let Pieces { send, to, .. } = const { &W::PIECES };
        let id = string(rest, send.len);
        if !(send.is_at(rest.window, 0) && to.is_at(rest.window, id.1)) {
            return None;
        }
        Some((id, Some(last(rest, id.1 + to.len)?)))
    }

    #[inline(always)]
    fn receive(rest: &Rest<'_>) -> Option<(Place, Option<Place>)> {
        let Pieces { receive, from, .. } = const { &W::PIECES };
        let id = string(rest, receive.len);
        if !receive.is_at(rest.window, 0) {
            return None;
        }
        if CLOSE.is_at(rest.window, id.1) {
            return Some((id, None));
        }
        let peer = from.is_at(rest.window, id.1).then(|| last(rest, id.1 + from.len))??;
        Some((id, Some(peer)))
    }
}
