//! Ids that end in a number, as most programs make them: that all are different is told by a bit for each number.

use std::ops::Range;

use super::texts::Texts;
use crate::trace::Trace;
use crate::trace::both::{LARGE, both};

/// So many digits at the end of an id are looked at.
const DIGITS: usize = 8;

/// The bits that there are for each message: numbers may have gaps, and some ids are those of messages that the log lacks.
const ROOM: usize = 8;

/// How the numbers are taken from the ids.
#[derive(Clone, Copy, Debug)]
struct Form {
    /// What stands before the number, in bytes.
    before: usize,
    /// The lowest number, and how many there are.
    lowest: u64,
    numbers: usize,
}

impl Form {
    /// As the first id has it.
    fn of(first: &[u8], messages: usize) -> Option<Self> {
        let digits = first.iter().rev().take(DIGITS).take_while(|byte| byte.is_ascii_digit()).count();
        let before = first.len() - digits;
        let number = number(first, before, digits)?;
        Some(Self { before, lowest: number.saturating_sub(messages as u64), numbers: messages.checked_mul(ROOM)? })
    }
}

/// The number of up to [`DIGITS`] digits. What is none gives a number too: different numbers are those of different ids
/// all the same.
#[inline(always)]
fn number(bytes: &[u8], start: usize, digits: usize) -> Option<u64> {
    if digits == 0 || digits > DIGITS {
        return None;
    }
    let word = match bytes.get(start..start + DIGITS) {
        Some(bytes) => u64::from_le_bytes(bytes.try_into().ok()?),
        None => bytes.get(start..start + digits)?.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    };
    // The last digit in the highest byte; then two digits, four, and all eight at a time (Lemire 2018).
    let word = (word << (64 - 8 * digits)) & 0x0F0F_0F0F_0F0F_0F0F;
    let word = (word.wrapping_mul(2561) >> 8) & 0x00FF_00FF_00FF_00FF;
    let word = (word.wrapping_mul(6_553_601) >> 16) & 0x0000_FFFF_0000_FFFF;
    Some(word.wrapping_mul(42_949_672_960_001) >> 32)
}

/// Whether the ids are numbers, behind bytes of which only the length matters, and no number is there twice: then no id
/// is. False says nothing. Time: O(messages), by two threads if there are many; space: two bytes for each.
pub(super) fn all_differ(trace: &Trace) -> bool {
    let count = trace.messages.len();
    let Some(form) = form(trace) else { return false };
    if count < LARGE { numbers(trace, form, 0..count).is_some() } else { differ_by_halves(trace, form) }
}

fn form(trace: &Trace) -> Option<Form> {
    let count = trace.messages.len();
    let (_, first) = trace.messages.named(0..count).next()?;
    Form::of(Texts::of(trace).bytes(first)?, count)
}

/// The same, half of the messages on each of two threads.
fn differ_by_halves(trace: &Trace, form: Form) -> bool {
    let count = trace.messages.len();
    let halves = both(|| numbers(trace, form, count / 2..count), || numbers(trace, form, 0..count / 2));
    let (Some(a), Some(b)) = halves else { return false };
    a.iter().zip(&b).all(|(a, b)| a & b == 0)
}

/// The numbers of some messages' ids, a bit each; nothing where one is there twice, or is none that has a bit.
fn numbers(trace: &Trace, form: Form, messages: Range<usize>) -> Option<Vec<u64>> {
    let mut seen = vec![0u64; form.numbers.div_ceil(64)];
    let mut texts = Texts::of(trace);
    for (_, span) in trace.messages.named(messages) {
        let digits = (span.len as usize).checked_sub(form.before)?;
        let (bytes, at) = texts.place(span)?;
        let number = usize::try_from(number(bytes, at + form.before, digits)?.checked_sub(form.lowest)?).ok()?;
        let word = seen.get_mut(number / 64)?;
        let bit = 1 << (number % 64);
        if *word & bit != 0 {
            return None;
        }
        *word |= bit;
    }
    Some(seen)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::fmt::Write;

    use proptest::prelude::*;

    use super::*;

    fn differ(ids: &[String]) -> bool {
        let text = ids.iter().fold(String::new(), |mut text, id| {
            writeln!(text, "A: send {id} -> B").unwrap();
            text
        });
        let trace = Trace::from_text(&text).unwrap();
        let differ = all_differ(&trace);
        assert_eq!(form(&trace).is_some_and(|form| differ_by_halves(&trace, form)), differ);
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
    }

    #[test]
    fn all_eight_digits_count() {
        for text in ["7", "42", "123", "4711", "98765", "123456", "7654321", "12345678"] {
            assert_eq!(number(text.as_bytes(), 0, text.len()), text.parse().ok());
            assert_eq!(number(format!("{text} -> B, and more").as_bytes(), 0, text.len()), text.parse().ok());
        }
        assert_eq!(number(b"", 0, 0), None);
    }

    proptest! {
        #[test]
        fn ids_that_are_told_to_differ_do(ids in prop::collection::vec("[ab]{0,2}[0-9]{1,3}[ab]?", 1..8)) {
            if differ(&ids) {
                prop_assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
            }
        }

        #[test]
        fn dense_numbers_are_told_to_differ(first in 1..90_000_000u64, steps in prop::collection::vec(1..4u64, 0..9)) {
            let ids = steps.iter().scan(first, |id, step| Some(std::mem::replace(id, *id + step)));
            let ids: Vec<String> = ids.map(|id| format!("m{id}")).collect();
            let told = ids.is_empty() || differ(&ids);
            prop_assert!(told);
        }
    }
}
