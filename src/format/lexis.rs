//! The words that our text formats share: names, values, arrows, comments (`grammar/trace.ebnf`, `grammar/cut.ebnf`).

use std::borrow::Cow;

use nom::IResult;
use nom::Parser;
use nom::bytes::complete::{tag, take_while};
use nom::error::{ErrorKind, ParseError};

/// Where a line stopped making sense, and what could have stood there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault<'a> {
    /// The text from the fault on.
    pub rest: &'a str,
    /// What is wrong, where that is more than that something else was expected.
    pub what: Option<String>,
    /// What could stand there.
    pub expected: &'static str,
    /// How to mend it.
    pub help: Option<&'static str>,
}

impl<'a> Fault<'a> {
    /// Something else was expected here.
    pub fn expected(rest: &'a str, expected: &'static str) -> Self {
        Self { rest, what: None, expected, help: None }
    }

    /// The same with a way to mend it.
    pub fn with_help(mut self, help: &'static str) -> Self {
        self.help = Some(help);
        self
    }

    /// As nom's final failure: no other reading of the text is tried.
    pub fn fail<T>(self) -> IResult<&'a str, T, Self> {
        Err(nom::Err::Failure(self))
    }
}

impl<'a> ParseError<&'a str> for Fault<'a> {
    fn from_error_kind(rest: &'a str, _: ErrorKind) -> Self {
        Self::expected(rest, "")
    }

    fn append(_: &'a str, _: ErrorKind, other: Self) -> Self {
        other
    }

    /// Of two readings the one that came further is the one that was meant.
    fn or(self, other: Self) -> Self {
        if other.rest.len() < self.rest.len() { other } else { self }
    }
}

/// What every parser here returns.
pub type Parsed<'a, T> = IResult<&'a str, T, Fault<'a>>;

/// Whether a bare word may hold this character (a `-` before `>` apart).
pub fn is_word(c: char) -> bool {
    !matches!(c, ':' | ',' | '(' | ')' | '=' | '"' | '#' | '@' | '<' | '>' | '{' | '}' | '[' | ']')
        && !c.is_whitespace()
        && !c.is_control()
}

/// A bare word.
pub fn word(text: &str) -> Parsed<'_, &str> {
    let mut end = text.len();
    let mut characters = text.char_indices().peekable();
    while let Some((i, c)) = characters.next() {
        let arrow = c == '-' && characters.peek().is_some_and(|&(_, next)| next == '>');
        if !is_word(c) || arrow {
            end = i;
            break;
        }
    }
    if end == 0 {
        return Err(nom::Err::Error(Fault::expected(text, "a name")));
    }
    Ok((&text[end..], &text[..end]))
}

/// The text of a JSON string, quotes included.
pub fn quoted(text: &str) -> Parsed<'_, &str> {
    let bytes = text.as_bytes();
    if bytes.first() != Some(&b'"') {
        return Err(nom::Err::Error(Fault::expected(text, "a string in double quotes")));
    }
    let mut i = 1;
    while i < bytes.len() {
        match bytes[i] {
            b'"' => return Ok((&text[i + 1..], &text[..=i])),
            b'\\' => i += 2,
            _ => i += 1,
        }
    }
    Fault::expected(&text[text.len()..], "a closing `\"`").fail()
}

/// A name: a bare word or a JSON string.
pub fn name(text: &str) -> Parsed<'_, Cow<'_, str>> {
    if !text.starts_with('"') {
        let (rest, word) = word(text)?;
        return Ok((rest, Cow::Borrowed(word)));
    }
    let (rest, raw) = quoted(text)?;
    let inner = &raw[1..raw.len() - 1];
    if inner.is_empty() {
        return Fault::expected(text, "a name that is not empty").fail();
    }
    if !inner.contains('\\') && !inner.contains(char::is_control) {
        return Ok((rest, Cow::Borrowed(inner)));
    }
    match serde_json::from_str::<String>(raw) {
        Ok(owned) => Ok((rest, Cow::Owned(owned))),
        Err(_) => Fault::expected(text, "a JSON string (escapes: \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX)").fail(),
    }
}

/// A value as JSON text: a scalar as it stands, a bare word as a string.
pub fn value(text: &str) -> Parsed<'_, Cow<'_, str>> {
    if text.starts_with('"') {
        let (rest, raw) = quoted(text)?;
        return match serde_json::from_str::<serde::de::IgnoredAny>(raw) {
            Ok(_) => Ok((rest, Cow::Borrowed(raw))),
            Err(_) => Fault::expected(text, "a JSON string").fail(),
        };
    }
    let (rest, word) = word(text).map_err(|_| {
        nom::Err::Failure(Fault::expected(text, "a value: a number, true, false, null, a word or a string in quotes"))
    })?;
    if serde_json::from_str::<serde::de::IgnoredAny>(word).is_ok() {
        return Ok((rest, Cow::Borrowed(word)));
    }
    Ok((rest, Cow::Owned(json_string(word))))
}

/// `text` as a JSON string.
pub fn json_string(text: &str) -> String {
    // A string always serializes: there is no map with odd keys and no number in it.
    serde_json::to_string(text).unwrap_or_default()
}

/// White space within a line: spaces and tabs, nothing else.
pub const fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

/// White space, which may be missing.
pub fn blanks(text: &str) -> Parsed<'_, &str> {
    take_while(is_blank).parse(text)
}

/// `symbol` with white space around it.
pub fn symbol<'a>(symbol: &'static str, expected: &'static str) -> impl Fn(&'a str) -> Parsed<'a, ()> {
    move |text| {
        let (rest, _) = blanks(text)?;
        match tag::<_, _, Fault<'a>>(symbol).parse(rest) {
            Ok((rest, _)) => blanks(rest).map(|(rest, _)| (rest, ())),
            Err(_) => Err(nom::Err::Error(Fault::expected(rest, expected))),
        }
    }
}

/// Nothing more but white space and a comment.
pub fn end<'a>(text: &'a str, expected: &'static str) -> Parsed<'a, ()> {
    let (rest, _) = blanks(text)?;
    if rest.is_empty() || rest.starts_with('#') {
        return Ok(("", ()));
    }
    Fault::expected(rest, expected).fail()
}
