//! One part of a record: a piece of text, or a JSON value.

use std::borrow::Cow;

use crate::format::json::Text;
use crate::format::lexis::json_string;

/// A part of a record as it stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'t> {
    /// What a group of a pattern matched.
    Text(&'t str),
    /// The text of a JSON value.
    Json(&'t str),
}

/// A value that is no name: an object, or an array where one name is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoName;

impl<'t> Value<'t> {
    /// Whether it says that something is there: a group that matched, a JSON value other than null and false.
    pub fn is_there(self) -> bool {
        !matches!(self, Self::Json("null" | "false"))
    }

    /// Whether it is as good as missing.
    pub fn is_empty(self) -> bool {
        matches!(self, Self::Text("") | Self::Json("null" | "\"\"" | "[]"))
    }

    /// As it stands in the log, for a message about it.
    pub fn shown(self) -> &'t str {
        let (Self::Text(text) | Self::Json(text)) = self;
        text.char_indices().nth(60).map_or(text, |(end, _)| &text[..end])
    }

    /// A name: a string, or a number or truth value as it is written.
    pub fn name(self) -> Result<Option<Cow<'t, str>>, NoName> {
        let raw = match self {
            Self::Text(text) => return Ok(Some(Cow::Borrowed(text)).filter(|text| !text.is_empty())),
            Self::Json(raw) => raw,
        };
        match raw.as_bytes().first() {
            Some(b'{' | b'[') => Err(NoName),
            Some(b'"') if memchr::memchr(b'\\', raw.as_bytes()).is_none() => {
                let inner = raw.get(1..raw.len() - 1).unwrap_or_default();
                Ok((!inner.is_empty()).then_some(Cow::Borrowed(inner)))
            }
            Some(b'"') => serde_json::from_str::<Text<'t>>(raw).map(|Text(text)| Some(text)).map_err(|_| NoName),
            _ => Ok((raw != "null").then_some(Cow::Borrowed(raw))),
        }
    }

    /// Whether it is an array.
    pub fn is_array(self) -> bool {
        matches!(self, Self::Json(raw) if raw.starts_with('['))
    }

    /// The elements of an array; itself if it is none.
    pub fn elements(self) -> Vec<Self> {
        match self {
            Self::Json(raw) if raw.starts_with('[') => {
                let raws: Vec<&serde_json::value::RawValue> = serde_json::from_str(raw).unwrap_or_default();
                raws.into_iter().map(|raw| Self::Json(raw.get())).collect()
            }
            value => vec![value],
        }
    }

    /// As JSON: text that is a number, a truth value, an object or an array is that, other text is a string.
    pub fn json(self) -> Cow<'t, str> {
        match self {
            Self::Json(raw) => Cow::Borrowed(raw),
            Self::Text(text) => {
                let like_json = text.starts_with(|c: char| "-0123456789tfn{[".contains(c));
                match like_json && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
                    true => Cow::Borrowed(text),
                    false => Cow::Owned(json_string(text)),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_logs_write_them() {
        let name = |raw| Value::Json(raw).name().map(|name| name.map(Cow::into_owned));
        assert_eq!(name("\"a\""), Ok(Some("a".into())));
        assert_eq!(name("\"\\u0061\\\"\""), Ok(Some("a\"".into())));
        assert_eq!(name("18446744073709551617"), Ok(Some("18446744073709551617".into())));
        assert_eq!((name("null"), name("\"\""), name("true")), (Ok(None), Ok(None), Ok(Some("true".into()))));
        assert_eq!((name("[1]"), name("{}")), (Err(NoName), Err(NoName)));
        assert_eq!(Value::Text("").name(), Ok(None));
    }

    #[test]
    fn text_is_the_json_that_it_looks_like() {
        for (text, json) in [("12", "12"), ("1.2.3", "\"1.2.3\""), ("{\"a\":1}", "{\"a\":1}"), ("no", "\"no\"")] {
            assert_eq!(Value::Text(text).json(), json);
        }
    }
}
