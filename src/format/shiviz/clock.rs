//! The vector clock of a record: a JSON object from names to counts.

use std::borrow::Cow;
use std::fmt;

use hashbrown::HashMap;
use memchr::memmem::Finder;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// Counts by name, in the order of the text, zeros included. Used for one clock after another, as those of a host have the
/// same names in the same order: what is expected is compared, and not looked for.
pub(super) struct Counts<'t> {
    plain: Vec<(&'t str, u64)>,
    /// Of a clock that is not plain.
    other: Vec<(String, u64)>,
    zeros: bool,
    /// How many clocks were read.
    clocks: u64,
    /// The names of plain clocks.
    names: Vec<Name<'t>>,
    numbers: HashMap<&'t str, u32>,
    /// The names in the last plain clock of each host, by their numbers.
    orders: HashMap<&'t str, Vec<u32>>,
}

/// A name that was in a plain clock.
struct Name<'t> {
    text: &'t str,
    /// The name in its quotes and the colon behind it, if they fit, and the bits that they fill.
    word: u128,
    mask: u128,
    /// The clock that it was in last.
    clock: u64,
}

/// So many bytes of a text are compared at a time.
const WORD: usize = 16;

/// A name that fits, a blank and a count of few digits.
const WINDOW: usize = 32;

impl<'t> Name<'t> {
    fn new(text: &'t str) -> Self {
        let quoted = format!("\"{text}\":");
        let mut bytes = [0; WORD];
        let mut mask = 0;
        if quoted.len() <= WORD {
            bytes[..quoted.len()].copy_from_slice(quoted.as_bytes());
            mask = u128::MAX >> (8 * (WORD - quoted.len()));
        }
        Self { text, word: u128::from_le_bytes(bytes), mask, clock: 0 }
    }

    /// Its count, if it stands there with one of few digits, and where these end.
    #[inline(always)]
    fn count_at(&self, bytes: &[u8], at: usize) -> Option<(u64, usize)> {
        let mut end = [0; WINDOW];
        let window: &[u8; WINDOW] = match bytes.get(at..at + WINDOW) {
            Some(window) => window.try_into().ok()?,
            None => {
                let tail = bytes.get(at..)?;
                end[..tail.len()].copy_from_slice(tail);
                &end
            }
        };
        let word = u128::from_le_bytes(*window.first_chunk()?);
        if word & self.mask != self.word || self.mask == 0 {
            return None;
        }
        let behind = self.text.len() + 3;
        let start = behind + usize::from(window.get(behind) == Some(&b' '));
        let word = u64::from_le_bytes(*window.get(start..)?.first_chunk()?) ^ 0x3030_3030_3030_3030;
        // The high bit of the first byte that is no digit is set, and of none before it.
        let others = (word.wrapping_add(0x7676_7676_7676_7676) | word) & 0x8080_8080_8080_8080;
        let len = others.trailing_zeros() / 8;
        if len == 0 || len == 8 || (len > 1 && word & 0xFF == 0) {
            return None;
        }
        // The last digit in the highest byte; then two digits, four, and all eight at a time (Lemire 2018).
        let word = word << (64 - 8 * len);
        let word = (word.wrapping_mul(2561) >> 8) & 0x00FF_00FF_00FF_00FF;
        let word = (word.wrapping_mul(6_553_601) >> 16) & 0x0000_FFFF_0000_FFFF;
        Some((word.wrapping_mul(42_949_672_960_001) >> 32, at + start + len as usize))
    }
}

impl<'t> Counts<'t> {
    pub fn new() -> Self {
        let (plain, other, names) = (Vec::new(), Vec::new(), Vec::new());
        Self { plain, other, zeros: false, clocks: 0, names, numbers: HashMap::new(), orders: HashMap::new() }
    }

    fn clear(&mut self) {
        self.plain.clear();
        self.other.clear();
        self.zeros = false;
        self.clocks += 1;
    }

    /// The counts of the clock that was read last.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        let other = self.other.iter().map(|(name, count)| (name.as_str(), *count));
        self.plain.iter().copied().chain(other)
    }

    /// The count of one name.
    pub fn of(&self, name: &str) -> Option<u64> {
        self.iter().find(|&(one, _)| one == name).map(|(_, count)| count)
    }

    /// The counts above zero.
    pub fn positive(&self) -> Cow<'_, [(&str, u64)]> {
        if self.other.is_empty() && !self.zeros {
            return Cow::Borrowed(&self.plain);
        }
        Cow::Owned(self.iter().filter(|&(_, count)| count > 0).collect())
    }

    /// The number of the name that starts there, behind its quote, and its end: nothing where it has escapes.
    fn name(&mut self, text: &'t str, start: usize) -> Option<(u32, usize)> {
        let bytes = text.as_bytes();
        let mut end = start;
        while !matches!(*bytes.get(end)?, b'"') {
            if bytes[end] == b'\\' || bytes[end] < b' ' {
                return None;
            }
            end += 1;
        }
        let name = &text[start..end];
        let number = *self.numbers.entry(name).or_insert(self.names.len() as u32);
        if number as usize == self.names.len() {
            self.names.push(Name::new(name));
        }
        Some((number, end))
    }

    /// The next count of a clock; whether its name was there before.
    #[inline(always)]
    fn add(&mut self, number: u32, count: u64) -> bool {
        let name = &mut self.names[number as usize];
        let again = name.clock == self.clocks;
        name.clock = self.clocks;
        self.zeros |= count == 0;
        self.plain.push((name.text, count));
        again
    }
}

/// Reads a clock of a host into `counts`, or says what is wrong with it.
///
/// Text that is no JSON is tried again with its quotes unescaped: TLC prints `{\"a\":1}`, from within a string.
pub(super) fn read<'t>(host: &'t str, text: &'t str, counts: &mut Counts<'t>) -> Result<(), String> {
    counts.clear();
    let mut order = counts.orders.get_mut(host).map(std::mem::take).unwrap_or_default();
    let read = plain(text, counts, &mut order);
    order.truncate(counts.plain.len());
    *counts.orders.entry(host).or_default() = order;
    match read {
        Some(false) => return Ok(()),
        Some(true) => {}
        None => {
            counts.clear();
            by_serde(text, counts)?;
        }
    }
    match repeated(counts) {
        Some(name) => Err(format!("`{}` has two counts", shortened(name))),
        None => Ok(()),
    }
}

/// Finds the count of one name in one clock after another, without a look at the others.
pub(super) struct CountOf(Finder<'static>);

impl CountOf {
    pub fn new(name: &str) -> Self {
        Self(Finder::new(&format!("\"{name}\"")).into_owned())
    }

    /// The count in a clock; `None` where that takes more than finding it.
    pub fn find(&self, text: &str) -> Option<u64> {
        let bytes = text.as_bytes();
        let end = self.0.find(bytes)? + self.0.needle().len();
        // With escapes about, this may be a part of another name.
        let tail = text[end..].trim_start_matches(' ').strip_prefix(':')?.trim_start_matches(' ');
        let digits = tail.bytes().take_while(u8::is_ascii_digit).count();
        tail[..digits].parse().ok().filter(|_| memchr::memchr(b'\\', bytes).is_none())
    }
}

/// The shape that nearly every clock has: names without escapes, counts that are digits. `None` is any other shape; else
/// whether a name stands there twice. `order` are the names that are expected, and becomes those that are there.
fn plain<'t>(text: &'t str, counts: &mut Counts<'t>, order: &mut Vec<u32>) -> Option<bool> {
    let bytes = text.as_bytes();
    let blanks = |mut at: usize| {
        while matches!(bytes.get(at), Some(b' ' | b'\t')) {
            at += 1;
        }
        at
    };
    let expect = |at: usize, byte: u8| (bytes.get(at) == Some(&byte)).then_some(at + 1);
    let mut at = blanks(expect(blanks(0), b'{')?);
    let mut twice = false;
    if bytes.get(at) == Some(&b'}') {
        return (blanks(at + 1) == bytes.len()).then_some(false);
    }
    for place in 0.. {
        let expected = order.get(place).copied();
        let quick = expected.and_then(|number| Some((number, counts.names[number as usize].count_at(bytes, at)?)));
        let number = match quick {
            Some((number, (count, end))) => {
                at = end;
                twice |= counts.add(number, count);
                number
            }
            None => {
                let (number, end) = counts.name(text, expect(at, b'"')?)?;
                let digits = blanks(expect(blanks(end + 1), b':')?);
                let (count, len) = count_of_digits(bytes, digits)?;
                at = digits + len;
                twice |= counts.add(number, count);
                number
            }
        };
        if expected.is_none() {
            order.push(number);
        } else if expected != Some(number) {
            order[place] = number;
        }
        at = blanks(at);
        match bytes.get(at)? {
            b',' => at = blanks(at + 1),
            b'}' => return (blanks(at + 1) == bytes.len()).then_some(twice),
            _ => return None,
        }
    }
    None
}

/// The number that starts there, as JSON has whole ones, and how many digits it has: at most so many as always fit.
fn count_of_digits(bytes: &[u8], start: usize) -> Option<(u64, usize)> {
    let digits = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 || digits > 19 || (bytes[start] == b'0' && digits > 1) {
        return None;
    }
    let digits = &bytes[start..start + digits];
    Some((digits.iter().fold(0, |count, digit| count * 10 + u64::from(digit - b'0')), digits.len()))
}

/// Any JSON.
fn by_serde(text: &str, counts: &mut Counts<'_>) -> Result<(), String> {
    let members = serde_json::from_str::<Members>(text).or_else(|error| {
        let unescaped = text.replace("\\\"", "\"");
        serde_json::from_str(&unescaped).map_err(|_| format!("it is no JSON object: {}", reason(&error)))
    })?;
    for (name, value) in members.0 {
        let count = value.as_u64().or_else(|| value.as_f64().and_then(whole));
        match count {
            Some(count) => counts.other.push((name, count)),
            None => {
                let value = value.to_string();
                return Err(format!("the count of `{}` is {}", shortened(&name), shortened(&value)));
            }
        }
    }
    Ok(())
}

/// `3.0` and `1e2` are counts as well, as far as such numbers are exact.
fn whole(number: f64) -> Option<u64> {
    ((0.0..9_007_199_254_740_992.0).contains(&number) && number.fract() == 0.0).then_some(number as u64)
}

/// What serde_json says, without its place: that counts from the start of the clock.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    shortened(text.rsplit_once(" at line").map_or(&text, |(reason, _)| reason)).to_owned()
}

/// The start of a text that may be as long as the file, for a message.
pub(super) fn shortened(text: &str) -> &str {
    const LONGEST: usize = 80;
    text.char_indices().nth(LONGEST).map_or(text, |(end, _)| &text[..end])
}

/// A name that stands there twice.
fn repeated<'a>(counts: &'a Counts<'_>) -> Option<&'a str> {
    let names = || counts.iter().map(|(name, _)| name);
    // GoVector writes all names sorted; older versions wrote the host's own first. No further look is needed then.
    let own = names().next()?;
    if names().skip(1).is_sorted_by(|a, b| a < b) {
        return names().skip(1).find(|&name| name == own);
    }
    let mut sorted: Vec<&str> = names().collect();
    sorted.sort_unstable();
    sorted.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

/// The members of an object as they stand there: a map would hide a name that comes twice.
struct Members(Vec<(String, serde_json::Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of counts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counts(text: &str) -> Result<Vec<(String, u64)>, String> {
        let mut counts = Counts::new();
        read("h", text, &mut counts)?;
        Ok(counts.iter().map(|(name, count)| (name.to_string(), count)).collect())
    }

    #[test]
    fn clocks_as_logs_write_them() {
        let wanted = |pairs: &[(&str, u64)]| Ok(pairs.iter().map(|&(name, count)| (name.into(), count)).collect());
        assert_eq!(counts(r#"{"b":2, "a" : 1}"#), wanted(&[("b", 2), ("a", 1)]));
        assert_eq!(counts(r#"{"42795@jThread[main,5,main]":3}"#), wanted(&[("42795@jThread[main,5,main]", 3)]));
        assert_eq!(counts(r#"{\"n1\":1,\"n2\":0}"#), wanted(&[("n1", 1), ("n2", 0)]));
        assert_eq!(counts(r#"{"\u0061\"":1.0,"é":1e2}"#), wanted(&[("a\"", 1), ("é", 100)]));
        assert_eq!(counts(" {} "), wanted(&[]));
        assert_eq!(counts(r#"{"a":18446744073709551615}"#), wanted(&[("a", u64::MAX)]));
    }

    #[test]
    fn what_is_no_clock_says_why() {
        for (text, part) in [
            (r#"{"a":-1}"#, "`a` is -1"),
            (r#"{"a":1.5}"#, "`a` is 1.5"),
            (r#"{"a":"1"}"#, "`a` is \"1\""),
            (r#"{"a":18446744073709551616}"#, "`a` is 1.8446744073709552e+19"),
            (r#"{"a":01}"#, "no JSON object: invalid number"),
            (r#"{"a":1,}"#, "no JSON object: trailing comma"),
            (r#"{"a":1"#, "no JSON object: EOF"),
            ("[1]", "no JSON object: invalid type"),
            ("", "no JSON object"),
            (r#"{"a":1,"a":2}"#, "`a` has two counts"),
            (r#"{"c":1,"b":1,"a":2,"b":2}"#, "`b` has two counts"),
        ] {
            let said = counts(text).expect_err(text);
            assert!(said.contains(part), "{text}: {said}");
        }
    }

    #[test]
    fn one_count_is_found_among_many() {
        assert_eq!(CountOf::new("b").find(r#"{"ab":1, "b" : 22}"#), Some(22));
        assert_eq!(CountOf::new("b").find(r#"{"ab":1}"#), None);
        assert_eq!(CountOf::new("é").find(r#"{"é":7,"b":-1}"#), Some(7));
        assert_eq!(CountOf::new("b").find(r#"{"b":-1}"#), None);
        assert_eq!(CountOf::new("b").find(r#"{"a\"b":1,"b":2}"#), None, "not that of another name");
    }

    proptest! {
        /// The hand-written parser and serde_json read the same of whatever both can read.
        #[test]
        fn both_parsers_agree(text in r#"\{("[ab]{1,2}" ?: ?[0-9]{1,3}(, ?)?){0,3}\}?"#) {
            let (mut quick, mut slow) = (Counts::new(), Counts::new());
            let agreed = plain(&text, &mut quick, &mut Vec::new()).is_some();
            prop_assert_eq!(agreed, by_serde(&text, &mut slow).is_ok());
            if agreed {
                prop_assert!(quick.iter().eq(slow.iter()));
            }
        }

        /// What was read before changes nothing.
        #[test]
        fn each_clock_is_read_for_itself(
            texts in prop::collection::vec((
                "[gh]", r#"\{"[ab]{1,2}":[0-9](,"([ab\\]{1,2}|[ab]{12,15})" ?: {0,2}(0?[0-9]{1,9}|[0-9]{18,20}) ?){0,3}\}"#
            ), 0..6)
        ) {
            let mut all = Counts::new();
            for (host, text) in &texts {
                let read = read(host, text, &mut all).map(|()| all.iter().map(|(name, count)| (name.into(), count)).collect());
                prop_assert_eq!(read, counts(text));
                let above: Vec<_> = all.iter().filter(|&(_, count)| count > 0).collect();
                prop_assert_eq!(&all.positive()[..], &above[..]);
            }
        }
    }
}
