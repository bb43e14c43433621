//! Small helps around serde_json that more than one reader needs.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// A JSON object as its members in order, keys borrowed where they have no escapes.
#[derive(Debug)]
pub struct Pairs<'a, V>(pub Vec<(Cow<'a, str>, V)>);

impl<'de: 'a, 'a, V: Deserialize<'de>> Deserialize<'de> for Pairs<'a, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<'a, V>(PhantomData<(&'a (), V)>);

        impl<'de: 'a, 'a, V: Deserialize<'de>> Visitor<'de> for Members<'a, V> {
            type Value = Pairs<'a, V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut members = Vec::with_capacity(map.size_hint().unwrap_or(0).min(64));
                while let Some((Text(key), value)) = map.next_entry()? {
                    members.push((key, value));
                }
                Ok(Pairs(members))
            }
        }

        deserializer.deserialize_map(Members(PhantomData))
    }
}

/// A string, borrowed where it has no escapes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text<'a>(pub Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Characters<'a>(PhantomData<&'a ()>);

        impl<'de: 'a, 'a> Visitor<'de> for Characters<'a> {
            type Value = Text<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'a>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'a>, E> {
                Ok(Text(Cow::Owned(text.into())))
            }
        }

        deserializer.deserialize_str(Characters(PhantomData))
    }
}

/// The name that a JSON value is: a string, or a whole number as its text, as ids of other programs are often numbers;
/// nothing where it is neither. `raw` is a JSON text without white space around it.
pub fn name(raw: &str) -> Option<Cow<'_, str>> {
    if let Some(inner) = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return match inner.contains('\\') {
            false => Some(Cow::Borrowed(inner)),
            true => serde_json::from_str::<String>(raw).map(Cow::Owned).ok(),
        };
    }
    let digits = raw.strip_prefix('-').unwrap_or(raw);
    digits.bytes().all(|b| b.is_ascii_digit()).then_some(Cow::Borrowed(raw))
}

/// What is wrong, without the line and column that serde_json adds: they are counted within one record.
pub fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(i) => text[..i].to_string(),
        None => text,
    }
}

/// Whether all that is wrong with a text is that there is not more of it.
pub fn breaks_off(text: &[u8], error: &serde_json::Error) -> bool {
    // A number of which there is no more than its sign is no end of input to serde_json.
    error.is_eof() || error.is_syntax() && error.to_string().starts_with("invalid number") && text.ends_with(b"-")
}

/// The byte of `text` that an error is about.
pub fn offset(text: &str, error: &serde_json::Error) -> usize {
    let line: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let mut at = (line + error.column().saturating_sub(1)).min(text.len());
    if error.is_eof() {
        at = text.trim_end().len();
    }
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
