//! The text of a cut: `P1=B P2=3 P3=start` (`grammar/cut.ebnf`), or JSON `{"P1": 2}`.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde_json::value::RawValue;

use super::lexis::{Fault, Parsed, blanks, name, symbol};
use super::record::Problem;

/// Where a process stands, as a user writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// Before its first event.
    Start,
    /// After its last event.
    End,
    /// After this many events; more than a process can have stay what they are, to be told from what it has.
    Count(u64),
    /// After the event of this label.
    Label(Cow<'a, str>),
}

impl Place<'_> {
    /// The same with text of its own.
    pub fn into_owned(self) -> Place<'static> {
        match self {
            Self::Start => Place::Start,
            Self::End => Place::End,
            Self::Count(count) => Place::Count(count),
            Self::Label(label) => Place::Label(Cow::Owned(label.into_owned())),
        }
    }
}

/// One process of a cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The bytes of `process=position` in the text.
    pub at: Range<usize>,
    /// Name of the process.
    pub process: Cow<'a, str>,
    /// Where it stands.
    pub place: Place<'a>,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => f.write_str("start"),
            Self::End => f.write_str("end"),
            Self::Count(k) => write!(f, "{k}"),
            Self::Label(label) => f.write_str(&quote_label(label)),
        }
    }
}

/// A name as our text formats write it: bare where that is read back as the same name.
pub fn quote(name: &str) -> Cow<'_, str> {
    match super::lexis::word(name) {
        Ok(("", _)) => Cow::Borrowed(name),
        _ => Cow::Owned(super::lexis::json_string(name)),
    }
}

/// A label as a cut writes it: in quotes where a bare word would mean something else.
fn quote_label(label: &str) -> Cow<'_, str> {
    match place_word(label) {
        Place::Label(_) => quote(label),
        _ => Cow::Owned(super::lexis::json_string(label)),
    }
}

fn place_word(word: &str) -> Place<'_> {
    match word {
        "start" => Place::Start,
        "end" => Place::End,
        _ if word.bytes().all(|b| b.is_ascii_digit()) => Place::Count(word.parse().unwrap_or(u64::MAX)),
        _ => Place::Label(Cow::Borrowed(word)),
    }
}

/// Reads a cut.
///
/// # Errors
/// The first place where the text is no cut, with what was expected there.
pub fn parse(text: &str) -> Result<Vec<Entry<'_>>, Problem> {
    if text.trim_start().starts_with('{') {
        return parse_json(text);
    }
    match rows(text) {
        Ok((_, entries)) => Ok(entries),
        Err(nom::Err::Error(fault) | nom::Err::Failure(fault)) => Err(problem(text, &fault)),
        Err(nom::Err::Incomplete(_)) => Err(problem(text, &Fault::expected("", "a whole cut"))),
    }
}

/// The sender of a marker `P1->P3=H`, and the byte behind the arrow, where a row of one process follows.
///
/// # Errors
/// Where the text is no marker, with what was expected there.
pub fn marker_sender(text: &str) -> Result<(Cow<'_, str>, usize), Problem> {
    let read = blanks(text)
        .and_then(|(rest, _)| name(rest))
        .and_then(|(rest, name)| symbol("->", "`->` and the receiver")(rest).map(|(rest, ())| (rest, name)));
    let fault = match read {
        Ok((rest, name)) => return Ok((name, text.len() - rest.len())),
        Err(nom::Err::Error(fault) | nom::Err::Failure(fault)) => fault,
        Err(nom::Err::Incomplete(_)) => Fault::expected("", "a whole marker"),
    };
    Err(Problem { help: Some("like P1->P3=H or P1->P3=2".into()), ..problem(text, &fault) })
}

fn problem(text: &str, fault: &Fault<'_>) -> Problem {
    let at = text.len() - fault.rest.len();
    let len = fault.rest.chars().next().map_or(0, char::len_utf8);
    Problem {
        at: at..at + len,
        what: fault.what.clone().unwrap_or_else(|| "this is not a cut".into()),
        label: format!("expected {}", fault.expected),
        help: Some(
            fault
                .help
                .unwrap_or("a cut names a position for each process: P1=B P2=3 P3=start (after event B, after 3 events, before the first)")
                .into(),
        ),
    }
}

/// Rows on lines of their own, each perhaps with a comma behind it.
fn rows(text: &str) -> Parsed<'_, Vec<Entry<'_>>> {
    let mut all = Vec::new();
    let mut rest = margin(text);
    loop {
        let (after, found) = row(rest)?;
        let shift = text.len() - rest.len();
        all.extend(found.into_iter().map(|e| Entry { at: e.at.start + shift..e.at.end + shift, ..e }));
        let (line_end, _) = blanks(after)?;
        let line_end = line_end.strip_prefix(',').map_or(line_end, |rest| blanks(rest).map_or(rest, |(rest, _)| rest));
        let next = margin(line_end);
        if next.is_empty() && margin(after).is_empty() {
            return Ok(("", all));
        }
        if !line_end.starts_with(['\n', '\r']) || next.len() == line_end.len() || next.is_empty() {
            return Fault::expected(line_end, "another `process=position`, or the end").fail();
        }
        rest = next;
    }
}

/// `process=position` as often as it comes, on one line; at least once.
pub fn row(text: &str) -> Parsed<'_, Vec<Entry<'_>>> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        let at = text.len() - rest.len();
        let (after, process) = name(rest).map_err(|error| match error {
            nom::Err::Error(_) => nom::Err::Failure(Fault::expected(rest, "a process and its position, like P1=3")),
            failure => failure,
        })?;
        let (after, ()) = symbol("=", "`=` and a position")(after)?;
        let (after, place) = place(after)?;
        found.push(Entry { at: at..text.len() - after.len(), process, place });
        let (next, _) = blanks(after)?;
        let gap = next.len() < after.len();
        let (next, comma) = match next.strip_prefix(',') {
            Some(next) => (blanks(next)?.0, true),
            None => (next, false),
        };
        if !(next.starts_with('"') || super::lexis::word(next).is_ok()) {
            return Ok((after, found));
        }
        if !gap && !comma {
            return Fault::expected(after, "a space or a comma before the next process").fail();
        }
        rest = next;
    }
}

/// Past blanks and line ends.
fn margin(mut text: &str) -> &str {
    loop {
        let next = text.trim_start_matches(super::lexis::is_blank);
        let next = next.strip_prefix("\r\n").or(next.strip_prefix('\n')).unwrap_or(next);
        if next.len() == text.len() {
            return text;
        }
        text = next;
    }
}

fn place(text: &str) -> Parsed<'_, Place<'_>> {
    let (rest, found) = name(text).map_err(|error| match error {
        nom::Err::Error(_) => {
            nom::Err::Failure(Fault::expected(text, "a position: a label, a number of events, `start` or `end`"))
        }
        failure => failure,
    })?;
    let place = match found {
        Cow::Borrowed(word) if !text.starts_with('"') => place_word(word),
        label => Place::Label(label),
    };
    Ok((rest, place))
}

fn parse_json(text: &str) -> Result<Vec<Entry<'_>>, Problem> {
    const HELP: &str = "a number counts events; a string is a label, \"start\" or \"end\"";
    let pairs: super::json::Pairs<'_, &RawValue> = serde_json::from_str(text).map_err(|error| {
        let at = super::json::offset(text, &error);
        Problem {
            at: at..text.len().min(at + 1),
            what: format!("this is no JSON object: {}", super::json::message(&error)),
            label: "expected {\"P1\": 2, \"P2\": \"B\"}".into(),
            help: Some(HELP.into()),
        }
    })?;
    let mut entries = Vec::new();
    for (process, raw) in pairs.0 {
        let raw = raw.get();
        let offset = |part: &str| part.as_ptr().addr().saturating_sub(text.as_ptr().addr());
        let at = offset(raw)..offset(raw) + raw.len();
        // With its quote; a name with escapes in it is no part of the text.
        let start = if let Cow::Borrowed(name) = process { offset(name).saturating_sub(1) } else { at.start };
        let place = match (serde_json::from_str::<String>(raw).as_deref(), raw.parse()) {
            (Ok("start"), _) => Place::Start,
            (Ok("end"), _) => Place::End,
            (Ok(label), _) => Place::Label(Cow::Owned(label.into())),
            (_, Ok(count)) => Place::Count(count),
            _ => {
                return Err(Problem {
                    at,
                    what: format!("{raw} is no position of `{process}`"),
                    label: "expected a number of events or a label for each process".into(),
                    help: Some(HELP.into()),
                });
            }
        };
        entries.push(Entry { at: start..at.end, process, place });
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        let entries = parse(text).unwrap_or_else(|p| panic!("{text}: {p:?}"));
        entries.into_iter().map(|e| (e.process.into_owned(), e.place.to_string())).collect()
    }

    fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
        of.iter().map(|&(a, b)| (a.into(), b.into())).collect()
    }

    #[test]
    fn spaces_commas_lines_and_comments_separate() {
        let wanted = pairs(&[("P1", "B"), ("P2", "3"), ("P 3", "start"), ("P4", "end")]);
        assert_eq!(read("P1=B P2=3 \"P 3\"=start P4=end"), wanted);
        assert_eq!(read("P1=B,P2 = 3,\n \"P 3\"=start\r\nP4=end\n"), wanted);
        assert_eq!(read(r#"{"P1": "B", "P2": 3, "P 3": "start", "P4": "end"}"#), wanted);
    }

    #[test]
    fn a_quoted_number_is_a_label() {
        assert_eq!(read("P=\"3\" Q=\"end\""), pairs(&[("P", "\"3\""), ("Q", "\"end\"")]));
    }

    #[test]
    fn faults_are_located() {
        let at = |text: &str| parse(text).map(|_| ()).map_err(|p| (p.at.start, p.label)).unwrap_err();
        assert_eq!(at("P1=B P2"), (7, "expected `=` and a position".into()));
        assert_eq!(at("P1= ,").0, 4);
        assert_eq!(at("P1=\"B"), (5, "expected a closing `\"`".into()));
        assert_eq!(at("P1=B\"x\"=3").0, 4);
        assert_eq!(at(" # nothing").0, 1);
        assert_eq!(at("P1=B,,P2=3").0, 5);
        assert_eq!(at("{\"P1\": -1}").0, 7);
        assert_eq!(at("{\"P1\": 2, \"P2\": [1]}").0, 16);
        let help = |text: &str| parse(text).unwrap_err().help.unwrap_or_default();
        assert_eq!(help("{\"P1\": null}"), help("{\"P1\""));
        assert_eq!(parse(" {\"P1\": \"a\"}").unwrap()[0].at, 2..11, "what is wrong with it later is told there");
        assert_eq!(at("{\"P1\": 1").0, 8);
    }
}
