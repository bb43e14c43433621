//! Ids that end in a number, as most programs make them: that all are different is told by a bit for each number.

use crate::key::Key;

/// So many digits at the end of an id are looked at.
const DIGITS: usize = 8;

/// The numbers of ids that have so many bytes before them, whatever these are: ids of different numbers differ.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    before: usize,
    /// A bit for each, up to the highest: 32 MB at most.
    seen: Vec<u64>,
}

/// An id, as far as its number goes: its length, and its last [`DIGITS`] bytes, the last one highest. Whatever is before a
/// shorter one does not count.
pub(super) type End = (usize, u64);

/// The end of an id that stands in some bytes, up to a place.
#[inline(always)]
pub(super) fn end_of(bytes: &[u8], len: usize, behind: usize) -> Option<End> {
    let end = match behind.checked_sub(DIGITS) {
        Some(start) => u64::from_le_bytes(bytes.get(start..behind)?.try_into().ok()?),
        None => bytes.get(..behind)?.iter().fold(0, |end, &byte| end >> 8 | u64::from(byte) << 56),
    };
    Some((len, end))
}

impl Numbers {
    /// None yet, of ids like this one; nothing where it does not end in a digit.
    pub(super) fn like((len, end): End) -> Option<Self> {
        let bytes = end.to_be_bytes();
        let digits = bytes.iter().take(len).take_while(|byte| byte.is_ascii_digit()).count();
        (digits > 0).then(|| Self { before: len - digits, seen: Vec::new() })
    }

    /// Adds that of an id. False where it is there, or where the id is none of these: then it has to be looked at closer.
    #[inline(always)]
    pub(super) fn add(&mut self, (len, end): End) -> bool {
        let Some(digits @ 1..=DIGITS) = len.checked_sub(self.before) else { return false };
        let number = number(end, digits);
        let (word, bit) = (number / 64, 1 << (number % 64));
        if word >= self.seen.len() {
            self.seen.resize((word + 1).next_power_of_two(), 0);
        }
        let is_new = self.seen[word] & bit == 0;
        self.seen[word] |= bit;
        is_new
    }

    /// Adds those of many ids, by their keys; false as above.
    pub(super) fn add_all(&mut self, ids: impl Iterator<Item = Key>) -> bool {
        ids.fold(true, |all, id| all & id.end().is_some_and(|end| self.add(end)))
    }

    /// Whether none of them is among those, which are of ids of the same form.
    pub(super) fn are_none_of(&self, those: &Self) -> bool {
        self.seen.iter().zip(&those.seen).all(|(these, those)| these & those == 0)
    }
}

/// The number of so many digits. What is none gives a number too: different numbers are those of different ids all the
/// same.
#[inline(always)]
fn number(end: u64, digits: usize) -> usize {
    let before = 8 * (DIGITS - digits);
    // The last digit in the highest byte; then two digits, four, and all eight at a time (Lemire 2018).
    let word = (end >> before << before) & 0x0F0F_0F0F_0F0F_0F0F;
    let word = (word.wrapping_mul(2561) >> 8) & 0x00FF_00FF_00FF_00FF;
    let word = (word.wrapping_mul(6_553_601) >> 16) & 0x0000_FFFF_0000_FFFF;
    (word.wrapping_mul(42_949_672_960_001) >> 32) as usize
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    /// Whether these are told to differ: by their keys, by where they stand, and in two halves.
    fn differ(ids: &[String]) -> bool {
        let ends = |ids: &[String]| -> Vec<End> {
            ids.iter().map(|id| end_of(format!("before {id}").as_bytes(), id.len(), id.len() + 7).unwrap()).collect()
        };
        let all = ends(ids);
        let Some(mut numbers) = all.first().and_then(|&first| Numbers::like(first)) else { return ids.is_empty() };
        let differ = all.iter().all(|&end| numbers.add(end));
        let mut by_key = Numbers::like(Key::of(&ids[0]).end().unwrap()).unwrap();
        assert_eq!(by_key.add_all(ids.iter().map(|id| Key::of(id))), differ);
        let mut alone = Numbers::like(end_of(ids[0].as_bytes(), ids[0].len(), ids[0].len()).unwrap()).unwrap();
        let mut late = alone.clone();
        let (early, behind) = all.split_at(all.len() / 2);
        let each = early.iter().all(|&end| alone.add(end)) && behind.iter().all(|&end| late.add(end));
        assert_eq!(each && alone.are_none_of(&late), differ);
        differ
    }

    #[test]
    fn ids_as_programs_make_them_are_told_apart() {
        let all = |ids: &[&str]| differ(&ids.iter().map(|id| id.to_string()).collect::<Vec<_>>());
        assert!(all(&["m1", "m2", "m3", "m10"]));
        assert!(all(&["order-0000017", "order-0000018", "order-0000016"]));
        assert!(all(&["1700000000123", "1700000000124"]));
        assert!(!all(&["m1", "m2", "m1"]));
        assert!(!all(&["a", "b"]), "no numbers: it takes a closer look");
        assert!(!all(&["m1", "m"]));
        assert!(!all(&["m1", "m123456789"]));
    }

    #[test]
    fn all_eight_digits_count() {
        for text in ["7", "42", "123", "4711", "98765", "123456", "7654321", "12345678"] {
            let (len, end) = Key::of(text).end().unwrap();
            assert_eq!((len, number(end, len)), (text.len(), text.parse().unwrap()));
        }
        assert_eq!(Key::of("m-4711-98765").end(), Some((12, u64::from_le_bytes(*b"11-98765"))));
        assert_eq!((Key::NONE.end(), Key::of("an-id-that-is-longer").end()), (None, None));
    }

    proptest! {
        #[test]
        fn ids_that_are_told_to_differ_do(ids in prop::collection::vec("[ab]{0,2}[0-9]{1,3}[ab]?", 1..8)) {
            if differ(&ids) {
                prop_assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
            }
        }

        #[test]
        fn numbers_that_grow_are_told_to_differ(first in 1..90_000_000u64, steps in prop::collection::vec(1..4u64, 0..9)) {
            let ids = steps.iter().scan(first, |id, step| Some(std::mem::replace(id, *id + step)));
            let ids: Vec<String> = ids.map(|id| format!("m{id}")).collect();
            let told = differ(&ids);
            prop_assert!(told);
        }
    }
}
