//! Eight bytes at a time in one register: where a word ends, and its key on the way.
//!
//! Every processor of today does this fast, with no instructions to detect and nothing unsafe.

use crate::key::Key;
use crate::names::Names;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// So much of a text is looked at from the start of a line: what reaches beyond it is no plain line.
pub const WINDOW: usize = 256;

/// The bytes of a text from the start of a line on; zeros behind its end.
#[inline(always)]
pub fn window<'w>(text: &'w [u8], start: usize, last: &'w mut [u8; WINDOW]) -> &'w [u8; WINDOW] {
    match text.get(start..).and_then(|rest| rest.first_chunk()) {
        Some(window) => window,
        None => {
            padded(text, start, last);
            last
        }
    }
}

#[cold]
fn padded(text: &[u8], start: usize, last: &mut [u8; WINDOW]) {
    let rest = text.get(start..).unwrap_or_default();
    *last = [0; WINDOW];
    last[..rest.len()].copy_from_slice(rest);
}

/// The eight bytes from `at` on, the first one lowest.
#[inline(always)]
pub fn load(window: &[u8; WINDOW], at: usize) -> Option<u64> {
    if at > WINDOW - 8 {
        return None;
    }
    window[at..].first_chunk().map(|eight| u64::from_le_bytes(*eight))
}

/// The high bits of the bytes that are none of `A-Z a-z 0-9 - . / ^ _` or a backquote: what ends a word, or makes it
/// one that takes a closer look.
#[inline(always)]
pub fn others(eight: u64) -> u64 {
    let low = eight & !HIGH;
    // A byte's high bit is set where it is at least the bound: no sum of two bytes below 128 carries.
    let from = |bound: u8| low + (0x80 - u64::from(bound)) * ONES;
    // Each range is entered at one bound and left at the next, so that an odd number of them is passed within one.
    let inside = from(b'-') ^ from(b'9' + 1) ^ from(b'A') ^ from(b'Z' + 1) ^ from(b'^') ^ from(b'z' + 1);
    (!inside | eight) & HIGH
}

/// The high bit of the first byte that is `byte`, and perhaps others behind it.
#[inline(always)]
pub fn first(eight: u64, byte: u8) -> u64 {
    below(eight ^ (u64::from(byte) * ONES), 1)
}

/// The high bit of the first byte that is below `bound`, at most 128, and perhaps others behind it.
#[inline(always)]
pub fn below(eight: u64, bound: u8) -> u64 {
    // The lowest byte to borrow is below the bound; what it borrowed may mark those above it.
    eight.wrapping_sub(u64::from(bound) * ONES) & !eight & HIGH
}

/// End and key of the word of 1 to 15 bytes that starts at `start` and ends before the first byte of what `ends` marks.
#[inline(always)]
pub fn word(window: &[u8; WINDOW], start: usize, ends: impl Fn(u64) -> u64) -> Option<(usize, Key)> {
    let eight = load(window, start)?;
    let marks = ends(eight);
    if marks != 0 {
        let len = before(marks);
        return (len > 0).then(|| (start + len, Key::of_words(kept(eight, marks), 0, len)));
    }
    let behind = load(window, start + 8)?;
    let marks = ends(behind);
    let len = 8 + before(marks);
    (marks != 0).then(|| (start + len, Key::of_words(eight, kept(behind, marks), len)))
}

/// The name from `start` up to the first `end`: where it ends, and its number in `names`. One that is not known yet must
/// be all that `is_name` asks.
#[inline(always)]
pub fn name(
    window: &[u8; WINDOW],
    start: usize,
    end: u8,
    names: &mut Names,
    is_name: fn(&[u8]) -> bool,
) -> Option<(usize, u32)> {
    if let Some((stop, key)) = word(window, start, |eight| first(eight, end))
        && let Some(number) = names.number(key)
    {
        return Some((stop, number));
    }
    new_name(window, start, end, names, is_name)
}

#[cold]
fn new_name(
    window: &[u8; WINDOW],
    start: usize,
    end: u8,
    names: &mut Names,
    is_name: fn(&[u8]) -> bool,
) -> Option<(usize, u32)> {
    let name = up_to(window, start, end).filter(|name| is_name(name))?;
    let number = names.intern(std::str::from_utf8(name).ok()?).0 as u32;
    Some((start + name.len(), number))
}

/// The bytes from `start` up to the first `end`.
pub fn up_to(window: &[u8; WINDOW], start: usize, end: u8) -> Option<&[u8]> {
    let rest = window.get(start..)?;
    memchr::memchr(end, rest).map(|len| &rest[..len])
}

/// How many bytes are before the first one that is marked.
#[inline(always)]
fn before(marks: u64) -> usize {
    marks.trailing_zeros() as usize / 8
}

/// The bytes of `eight` before the first one that is marked, the others zero.
#[inline(always)]
fn kept(eight: u64, marks: u64) -> u64 {
    eight & ((marks & marks.wrapping_neg()).wrapping_sub(1) >> 7)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_plain(b: u8) -> bool {
        b.is_ascii_alphanumeric() || b"-./^_`".contains(&b)
    }

    proptest! {
        #[test]
        fn a_word_ends_where_its_bytes_say(
            text in proptest::collection::vec(prop_oneof![any::<u8>(), 0x2C..0x7C_u8], 0..40),
            start in 0..40usize,
        ) {
            let mut last = [0; WINDOW];
            let window = *window(&text, start, &mut last);
            let rest = text.get(start..).unwrap_or_default();
            let by = |ends: fn(u8) -> bool| {
                let end = rest.iter().position(|&b| ends(b)).unwrap_or(rest.len());
                (1..16).contains(&end).then(|| (end, Key::of_bytes(&rest[..end])))
            };
            prop_assert_eq!(word(&window, 0, others), by(|b| !is_plain(b)));
            prop_assert_eq!(word(&window, 0, |w| below(w, b'!')), by(|b| b < b'!'));
            let end = rest.iter().position(|&b| b == b':').filter(|&end| end < 8);
            let marks = first(load(&window, 0).unwrap(), b':');
            prop_assert_eq!((marks != 0).then(|| before(marks)), end);
        }
    }
}
