//! Plain event lines as most programs write them: the members in one order, and blanks everywhere or nowhere.
//!
//! What stands between the names and ids is then known, and is compared eight bytes at a time. What is written in another
//! way is left to [`super::plain`].

use std::hint::select_unpredictable;

use crate::format::known::Known;
use crate::format::marks::Marks;
use crate::format::plain_lines::{RECEIVES, SENDS, add_message};
use crate::format::said::Room;
use crate::format::window::{Window, load};

/// A text of at most 16 bytes in two registers, with a mask of the bytes that count.
struct Piece {
    text: [u64; 2],
    mask: [u64; 2],
    len: usize,
}

const fn piece(text: &[u8]) -> Piece {
    let (mut words, mut mask, mut i) = ([0; 2], [0; 2], 0);
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
        differs | behind == 0
    }
}

/// A kind of event: its name with the quote behind it, and what is said before the other process. Tables instead of
/// branches: which kind comes next is what no processor can foretell.
struct Kind {
    name: Piece,
    peer: Piece,
    must_name: bool,
}

/// How a program writes.
pub struct Hand {
    process: Piece,
    event: Piece,
    message: Piece,
    close: Piece,
    /// By the lowest bits of the first two letters: `s` and `e` of `send`, `r` and `e`, `s` and `t`.
    kinds: [Kind; 4],
}

const fn kind(name: &[u8], peer: &[u8], list: usize) -> Kind {
    Kind { name: piece(name), peer: piece(peer), must_name: list == SENDS }
}

/// The ways to write: without blanks, and with one behind each colon and comma.
pub const HANDS: [Hand; 2] = [
    Hand {
        process: piece(b"{\"process\":\""),
        event: piece(b"\",\"event\":\""),
        message: piece(b",\"message\":\""),
        close: piece(b"\"}\n"),
        kinds: [
            kind(b"step\"}\n", b"\",\"from\":\"", RECEIVES),
            kind(b"step\"}\n", b"\",\"from\":\"", RECEIVES),
            kind(b"receive\"", b"\",\"from\":\"", RECEIVES),
            kind(b"send\"", b"\",\"to\":\"", SENDS),
        ],
    },
    Hand {
        process: piece(b"{\"process\": \""),
        event: piece(b"\", \"event\": \""),
        message: piece(b", \"message\": \""),
        close: piece(b"\"}\n"),
        kinds: [
            kind(b"step\"}\n", b"\", \"from\": \"", RECEIVES),
            kind(b"step\"}\n", b"\", \"from\": \"", RECEIVES),
            kind(b"receive\"", b"\", \"from\": \"", RECEIVES),
            kind(b"send\"", b"\", \"to\": \"", SENDS),
        ],
    },
];

impl Hand {
    /// Takes a plain event; nothing where the line is none, or not of this hand.
    #[inline(always)]
    pub fn read(
        &self,
        window: &Window,
        marks: &Marks,
        names: &mut Known,
        (line, start): (u32, u32),
        Room { steps, transfers, .. }: Room<'_>,
    ) -> Option<()> {
        let end_from = |at: usize| at + marks.from(start as usize + at).trailing_zeros() as usize;
        let from = self.process.len;
        let name = end_from(from);
        let word = load(window, name + self.event.len);
        let kind = &self.kinds[(word & 1 | word >> 7 & 2) as usize];
        let is_kind = word & kind.name.mask[0] == kind.name.text[0];
        if !(self.process.is_at(window, 0) & self.event.is_at(window, name) & is_kind) {
            return None;
        }
        let process = names.number(window, from, name)?;
        let said = name + self.event.len + kind.name.len;
        if window.get(said - 1) == Some(&b'\n') {
            steps.push((line, process));
            names.count(process);
            return Some(());
        }
        let id = said + self.message.len;
        let id_end = end_from(id);
        let has_peer = kind.peer.is_at(window, id_end);
        // A receive that names no sender looks its own name up again: either kind takes the same steps.
        let peer = select_unpredictable(has_peer, id_end + kind.peer.len, from);
        let peer_end = end_from(peer);
        let end = select_unpredictable(has_peer, peer_end, id_end);
        if !(self.message.is_at(window, said) & self.close.is_at(window, end) & (has_peer | !kind.must_name)) {
            return None;
        }
        let peer = names.number(window, peer, peer_end)?;
        // By the lowest bit of the first letter.
        let list = &mut transfers[(word & 1) as usize];
        add_message(list, (window, names), (line, start), (id, id_end), (process, peer, has_peer))?;
        Some(())
    }
}
