//! The bytes from the start of a line on, as many as a plain line may have: what lies in them is read without asking
//! whether it is there.

use super::lines::BLOCK;
use crate::key::Key;

/// No mark that lies farther from the start of a line is looked at.
pub const REACH: usize = 1023;

/// So many bytes are there from the start of a line: those within reach, and some registers more.
const SIZE: usize = REACH + 33;

/// The bytes of a text from the start of a line on; zeros behind its end.
pub type Window = [u8; SIZE];

/// A window without any text.
pub const NO_BYTES: Window = [0; SIZE];

/// The text of a block, in room of a size that is known: so a window may start at any byte of it, and that is not to be
/// asked for each.
#[derive(Debug)]
pub struct Text {
    /// Invariant: zeros behind the text, as many as are in a window.
    bytes: Box<[u8; BLOCK + SIZE]>,
    len: usize,
}

impl Text {
    /// No text.
    pub fn new() -> Self {
        Self { bytes: Box::new([0; BLOCK + SIZE]), len: 0 }
    }

    /// Replaces it by so many bytes, at most [`BLOCK`], as they are written.
    pub fn fill(&mut self, len: usize, write: impl FnOnce(&mut [u8])) {
        self.len = len.min(BLOCK);
        write(&mut self.bytes[..self.len]);
        self.bytes[self.len..][..SIZE].fill(0);
    }

    /// The text.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// It in pieces of so many bytes, which a window holds more than: the last one with zeros behind its end.
    pub fn pieces<const BYTES: usize>(&self) -> &[[u8; BYTES]] {
        let (pieces, _) = self.bytes.as_chunks();
        &pieces[..self.len.div_ceil(BYTES)]
    }

    /// The window at `start`, which is no farther than the end.
    #[inline(always)]
    pub fn window(&self, start: u16) -> &Window {
        // There always is one.
        self.bytes[usize::from(start)..].first_chunk().unwrap_or(&NO_BYTES)
    }
}

/// The eight bytes from `at` on, the first one lowest; zeros out of reach.
#[inline(always)]
pub fn load(window: &Window, at: usize) -> u64 {
    match window.get(at..).and_then(|rest| rest.first_chunk()) {
        Some(eight) => u64::from_le_bytes(*eight),
        None => 0,
    }
}

/// By length, the bytes that count in a register; none where it is more than a register holds, nor where it is less than
/// nothing, of all lengths within reach.
pub static FIRST: [u64; 2 * (REACH + 1)] = {
    let (mut masks, mut len) = ([0; 2 * (REACH + 1)], 1);
    while len <= 8 {
        masks[len] = u64::MAX >> (64 - 8 * len);
        len += 1;
    }
    masks
};

/// By length, the bytes that count in two registers, and the tail of their key.
const KEPT: [([u64; 2], [u64; 2]); 16] = {
    let (mut rows, mut len) = ([([0; 2], [0; 2]); 16], 0);
    while len < 16 {
        let mut i = 0;
        while i < len {
            rows[len].0[i / 8] |= 0xFF << (8 * (i % 8));
            i += 1;
        }
        rows[len].1[1] = Key::tail(len);
        len += 1;
    }
    rows
};

/// The key of what stands from `start` to `end`, if that is short, and neither empty nor the wrong way round.
#[inline(always)]
pub fn short_key(window: &Window, start: usize, end: usize) -> Option<Key> {
    let len = end.wrapping_sub(start);
    if len.wrapping_sub(1) >= KEPT.len() - 1 {
        return None;
    }
    let (counts, tail) = &KEPT[len];
    let words = [load(window, start), load(window, start + 8)];
    Some(Key::of_halves(std::array::from_fn(|i| words[i] & counts[i] ^ tail[i])))
}

/// The key of what is not short; that of the empty text where it is no text.
#[cold]
#[inline(never)]
pub fn long_key(window: &Window, start: usize, end: usize) -> Key {
    window.get(start..end).map_or(Key::NONE, Key::of_bytes)
}

/// The key of either; nothing where it is no text.
#[inline(always)]
pub fn key(window: &Window, start: usize, end: usize) -> Option<Key> {
    match short_key(window, start, end) {
        Some(key) => Some(key),
        None => Some(long_key(window, start, end)).filter(|&key| key != Key::NONE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_are_those_of_the_texts(
            text in proptest::collection::vec(any::<u8>(), 0..300),
            line in 0..300u16,
            start in 0..80usize,
            len in 0..40usize,
        ) {
            let mut room = Text::new();
            // What was there before is gone.
            room.fill(BLOCK, |bytes| bytes.fill(b'x'));
            room.fill(text.len(), |bytes| bytes.copy_from_slice(&text));
            prop_assert_eq!(room.bytes(), &text[..]);
            let pieces: Vec<u8> = text.iter().copied().chain([0; 63]).collect();
            prop_assert_eq!(room.pieces::<64>(), pieces.as_chunks::<64>().0);
            let line = line.min(text.len() as u16);
            let window = *room.window(line);
            let padded: Vec<u8> = text.iter().skip(line.into()).copied().chain([0; SIZE]).take(SIZE).collect();
            prop_assert_eq!(&window[..], &padded[..]);
            let wanted = (len > 0).then(|| Key::of_bytes(&padded[start..start + len]));
            prop_assert_eq!(key(&window, start, start + len), wanted);
            prop_assert_eq!(key(&window, start + len, start), None);
        }
    }
}
