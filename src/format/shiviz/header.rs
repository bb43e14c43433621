//! What a log says about itself in its first two lines, and what is said about it from outside.
//!
//! A file that is uploaded to ShiViz starts with the pattern of its events and the delimiter of its executions, each
//! on a line of its own and possibly blank; GoVector and ShiViz's own scripts put one or two blank lines after the
//! pattern. A log that is pasted has no such lines.

use std::ops::Range;

use super::Patterns;
use super::dialect::{self, Refused};
use super::known;
use super::pattern::Pattern;
use crate::format::record::Problem;
use crate::source::Source;

/// The head of a log as it is used.
#[derive(Debug)]
pub(super) struct Header {
    pub pattern: Pattern,
    pub delimiter: Option<regex::bytes::Regex>,
    /// Where the log itself starts.
    pub body: usize,
}

/// The first line that is not blank, if it is a pattern.
pub(super) fn first_line(bytes: &[u8]) -> Option<Range<usize>> {
    let mut lines = lines(bytes, start_of_text(bytes));
    let line = lines.find(|line| !bytes[line.clone()].trim_ascii().is_empty())?;
    let text = str::from_utf8(&bytes[line.clone()]).ok()?;
    ["(?<host>", "(?<clock>", "(?<event>", "(?<trace>"].iter().any(|group| text.contains(group)).then_some(line)
}

/// Reads the head of a log.
pub(super) fn read(source: &Source, outside: &Patterns<'_>) -> Result<Header, Problem> {
    let bytes = source.bytes();
    let first = first_line(bytes);
    let mut body = first.clone().map_or(start_of_text(bytes), |line| below(bytes, &line));
    let text = |line: Range<usize>| {
        let inner = trimmed(bytes, line);
        Some((str::from_utf8(&bytes[inner.clone()]).ok()?, inner))
    };
    // A first line that was left blank leaves the pattern to be found, and the delimiter comes first.
    let delimiter_alone = first
        .clone()
        .and_then(text)
        .filter(|(line, _)| !["(?<host>", "(?<clock>", "(?<event>"].iter().any(|g| line.contains(g)));
    let own = if delimiter_alone.is_some() { None } else { first.clone().and_then(text) };

    let pattern = match (outside.pattern, &own) {
        (Some(pattern), _) => {
            Some(Pattern::new(pattern, false).map_err(|refused| on_command_line(&refused, pattern, "--pattern"))?)
        }
        (None, Some((pattern, at))) => Some(Pattern::new(pattern, true).map_err(|refused| in_file(refused, at))?),
        (None, None) => None,
    };

    let mut second = delimiter_alone;
    if let (Some(first), None, Some(_)) = (&first, &second, &own) {
        let line = line_at(bytes, below(bytes, first));
        second = text(line.clone()).filter(|(line, _)| !line.is_empty());
        // Some write the log right below the pattern.
        if let (Some((delimiter, _)), Some(pattern)) = (&second, &pattern)
            && !delimiter.contains("(?<")
            && pattern.matches(&bytes[line.start..], None).next().is_some_and(|found| found.at.start < line.len())
        {
            second = None;
        } else if second.is_some() {
            body = below(bytes, &line);
        }
    }
    let compile = |text: &str| dialect::compile(text, false);
    let delimiter = match (outside.delimiter.map(str::trim), second) {
        // Said to be none.
        (Some(""), _) => None,
        (Some(text), _) => Some(compile(text).map_err(|refused| on_command_line(&refused, text, "--delimiter"))?),
        (None, Some((text, at))) => Some(compile(text).map_err(|refused| in_file(refused, &at))?),
        (None, None) => {
            let usual = if pattern.is_some() { known::GOVECTOR_APPENDS } else { known::DELIMITER };
            compile(usual).ok().filter(|delimiter| delimiter.is_match(&bytes[body..]))
        }
    };
    let pattern = match pattern {
        Some(pattern) => pattern,
        None => guess(bytes, body, delimiter.as_ref())?,
    };
    Ok(Header { pattern, delimiter, body })
}

/// How much of a log is looked at first to find its pattern.
const ENOUGH: usize = 64 << 10;

/// The known pattern that reads most events.
fn guess(bytes: &[u8], body: usize, delimiter: Option<&regex::bytes::Regex>) -> Result<Pattern, Problem> {
    let pieces = |text| match delimiter {
        Some(delimiter) => delimiter.split(text).collect::<Vec<&[u8]>>(),
        None => vec![text],
    };
    let start = &bytes[body..beginning(bytes, body, ENOUGH)];
    let best = known::best(&pieces(start)).or_else(|| {
        let all = &bytes[body..];
        (all.len() > start.len()).then(|| known::best(&pieces(all))).flatten()
    });
    let none = || Problem {
        at: body..line_at(bytes, body).end.min(body + 80),
        what: "no pattern is known that reads an event of this log".into(),
        label: "the log starts here".into(),
        help: Some(format!(
            "say what its events look like: --pattern '{}', or any other with the groups host, clock and event; the clock is a JSON object like {{\"a\": 1, \"b\": 2}} that has its host in it",
            known::GOVECTOR
        )),
    };
    best.and_then(|text| Pattern::new(text, false).ok()).ok_or_else(none)
}

/// The end of a text's first `length` bytes, or of the last whole line in them.
pub(super) fn beginning(bytes: &[u8], from: usize, length: usize) -> usize {
    let Some(start) = bytes.get(from..from.saturating_add(length)) else { return bytes.len() };
    from + memchr::memrchr(b'\n', start).map_or(length, |i| i + 1)
}

fn in_file(refused: Refused, pattern: &Range<usize>) -> Problem {
    Problem {
        at: pattern.start + refused.at.start..pattern.start + refused.at.end,
        what: refused.what,
        label: "in the head of the log, which says what its events look like".into(),
        help: refused.help,
    }
}

fn on_command_line(refused: &Refused, pattern: &str, option: &str) -> Problem {
    let part = pattern.get(refused.at.clone()).unwrap_or(pattern);
    Problem {
        at: 0..0,
        what: format!("{option}: {}", refused.what),
        label: format!("the fault is in `{part}`"),
        help: Some(match &refused.help {
            Some(help) => format!("{help}; it is byte {} of {option} '{pattern}'", refused.at.start + 1),
            None => format!("mend {option} '{pattern}'"),
        }),
    }
}

/// Behind the byte order mark, if there is one.
fn start_of_text(bytes: &[u8]) -> usize {
    if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 }
}

fn lines(bytes: &[u8], from: usize) -> impl Iterator<Item = Range<usize>> {
    let mut at = from;
    std::iter::from_fn(move || {
        let line = (at < bytes.len()).then(|| line_at(bytes, at))?;
        at = below(bytes, &line);
        Some(line)
    })
}

/// The rest of a line, without its end.
fn line_at(bytes: &[u8], start: usize) -> Range<usize> {
    start..memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |i| start + i)
}

/// Where the next line starts.
fn below(bytes: &[u8], line: &Range<usize>) -> usize {
    (line.end + 1).min(bytes.len())
}

/// Without blanks at either end.
fn trimmed(bytes: &[u8], at: Range<usize>) -> Range<usize> {
    let inner = &bytes[at.clone()];
    let start = at.start + (inner.len() - inner.trim_ascii_start().len());
    start..start + inner.trim_ascii().len()
}
