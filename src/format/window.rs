//! The bytes from the start of a line on, as many as a plain line may have: what lies in them is read without asking
//! whether it is there.

use crate::key::Key;

/// No mark that lies farther from the start of a line is looked at.
pub const REACH: usize = 255;

/// So many bytes are there from the start of a line: those within reach, and some registers more.
const SIZE: usize = REACH + 33;

/// The bytes of a text from the start of a line on; zeros behind its end.
pub type Window = [u8; SIZE];

/// Room for the last bytes of a text.
pub const NO_BYTES: Window = [0; SIZE];

/// The window at `start`.
#[inline(always)]
pub fn window<'w>(text: &'w [u8], start: usize, last: &'w mut Window) -> &'w Window {
    match text.get(start..start.saturating_add(SIZE)).and_then(|rest| rest.first_chunk()) {
        Some(window) => window,
        None => {
            padded(text, start, last);
            last
        }
    }
}

#[cold]
fn padded(text: &[u8], start: usize, last: &mut Window) {
    let rest = text.get(start..).unwrap_or_default();
    *last = NO_BYTES;
    last[..rest.len()].copy_from_slice(rest);
}

/// The eight bytes from `at` on, the first one lowest; zeros out of reach.
#[inline(always)]
pub fn load(window: &Window, at: usize) -> u64 {
    match window.get(at..).and_then(|rest| rest.first_chunk()) {
        Some(eight) => u64::from_le_bytes(*eight),
        None => 0,
    }
}

/// By length, the bytes that count in a register.
pub const FIRST: [u64; 9] = {
    let (mut masks, mut len) = ([0; 9], 1);
    while len < masks.len() {
        masks[len] = u64::MAX >> (64 - 8 * len);
        len += 1;
    }
    masks
};

/// By length, the bytes that count in two registers.
pub const KEPT: [[u64; 2]; 16] = {
    let (mut masks, mut len) = ([[0; 2]; 16], 0);
    while len < 16 {
        let mut i = 0;
        while i < len {
            masks[len][i / 8] |= 0xFF << (8 * (i % 8));
            i += 1;
        }
        len += 1;
    }
    masks
};

/// The key of what stands from `start` to `end`, if that is short, and neither empty nor the wrong way round.
#[inline(always)]
pub fn short_key(window: &Window, start: usize, end: usize) -> Option<Key> {
    let len = end.wrapping_sub(start);
    if len.wrapping_sub(1) >= KEPT.len() - 1 {
        return None;
    }
    let [first, behind] = KEPT[len];
    Some(Key::of_words(load(window, start) & first, load(window, start + 8) & behind, len))
}

/// The key of what is not short; that of the empty text where it is no text.
#[cold]
#[inline(never)]
pub fn long_key(window: &Window, start: usize, end: usize) -> Key {
    window.get(start..end).map_or(Key::NONE, Key::of_bytes)
}

/// The key of either; nothing where it is no text.
pub fn key(window: &Window, start: usize, end: usize) -> Option<Key> {
    let key = short_key(window, start, end).unwrap_or_else(|| long_key(window, start, end));
    (key != Key::NONE).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_are_those_of_the_texts(
            text in proptest::collection::vec(any::<u8>(), 0..300),
            line in 0..300usize,
            start in 0..80usize,
            len in 0..40usize,
        ) {
            let mut last = NO_BYTES;
            let window = *window(&text, line, &mut last);
            let padded: Vec<u8> = text.iter().skip(line).copied().chain([0; SIZE]).take(SIZE).collect();
            prop_assert_eq!(&window[..], &padded[..]);
            let wanted = (len > 0).then(|| Key::of_bytes(&padded[start..start + len]));
            prop_assert_eq!(key(&window, start, start + len), wanted);
            prop_assert_eq!(key(&window, start + len, start), None);
        }
    }
}
