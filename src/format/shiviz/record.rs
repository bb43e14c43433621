//! From a match to an event.

use std::cell::Cell;
use std::ops::Range;

use super::clock::{self, Counts};
use super::pattern::{self, Kept, Match, Matches, Pattern};
use crate::format::record::{ActionKind, EventRecord, Problem, Sink};
use crate::format::time::Time;

/// The groups that may hold a time.
const TIMES: [&str; 3] = ["timestamp", "date", "time"];

/// Reads the matches of a pattern in a piece of a source.
pub(super) struct Reader<'p, 't> {
    pattern: &'p Pattern,
    text: &'t [u8],
    /// Where the piece starts in its source.
    base: usize,
    /// The text, if all of it is UTF-8.
    utf8: Option<&'t str>,
    /// The text, if a search for runs finds what the regex finds: no CR but at the end of a line.
    quick: Option<&'t str>,
    last_line: Cell<Line>,
}

/// A line, without its end.
#[derive(Clone, Copy)]
struct Line {
    start: usize,
    end: usize,
    /// It is not UTF-8.
    broken: bool,
}

/// What makes a match an event.
pub(super) struct Record<'t> {
    pub host: &'t str,
    /// The host's own count.
    pub own: u64,
}

impl<'p, 't> Reader<'p, 't> {
    pub fn new(pattern: &'p Pattern, bytes: &'t [u8], at: Range<usize>) -> Self {
        let text = &bytes[at.clone()];
        let utf8 = str::from_utf8(text).ok();
        let quick = utf8.filter(|_| pattern::is_quick(text));
        let no_line = Cell::new(Line { start: usize::MAX, end: 0, broken: false });
        Self { pattern, text, base: at.start, utf8, quick, last_line: no_line }
    }

    /// All matches, in the order of the text.
    pub fn matches(&self) -> Matches<'_> {
        self.pattern.matches(self.text, self.quick)
    }

    /// The same once more, from those that were kept.
    pub fn matches_again<'k>(&'k self, kept: Option<&'k Kept>) -> Matches<'k> {
        self.matches().replaying(kept)
    }

    /// The lines of a piece of the text that are not UTF-8, whole.
    pub fn broken_lines(&self, at: &Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let mut next = self.utf8.is_none().then_some(at.start);
        let end = at.end;
        std::iter::from_fn(move || {
            while let Some(byte) = next {
                let line = self.line(byte);
                // A match that ends where a line starts has an empty group there, for want of text.
                next = (line.end < end).then_some(line.end + 1);
                if line.broken {
                    return Some(line.start..line.end);
                }
            }
            None
        })
    }

    /// The line that holds a byte. One line may hold many matches: the last one looked at is remembered.
    fn line(&self, byte: usize) -> Line {
        let last = self.last_line.get();
        if (last.start..=last.end).contains(&byte) {
            return last;
        }
        let start = memchr::memrchr(b'\n', &self.text[..byte]).map_or(0, |i| i + 1);
        let end = memchr::memchr(b'\n', &self.text[byte..]).map_or(self.text.len(), |i| byte + i);
        let line = Line { start, end, broken: str::from_utf8(&self.text[start..end]).is_err() };
        self.last_line.set(line);
        line
    }

    /// Tells of the lines that are not UTF-8, of each once: `told` is where those end that were told of before.
    pub fn tell_broken(&self, at: &Range<usize>, told: &mut usize, sink: &mut dyn Sink) -> bool {
        let mut any = false;
        for line in self.broken_lines(at) {
            any = true;
            if line.end >= *told {
                *told = line.end + 1;
                sink.problem(self.not_utf8(&line));
            }
        }
        any
    }

    fn str(&self, at: &Range<usize>) -> Option<&'t str> {
        match self.utf8 {
            Some(text) => text.get(at.clone()),
            None => str::from_utf8(&self.text[at.clone()]).ok(),
        }
    }

    /// The text of a group that must be there.
    fn required(&self, found: &Match, group: &Option<Range<usize>>, name: &str) -> Result<&'t str, Problem> {
        let text = group.as_ref().and_then(|at| self.str(at));
        text.ok_or_else(|| Problem {
            at: self.shown(&found.at),
            what: format!("the pattern matches here without its group `{name}`"),
            label: "an event needs a host and a clock".into(),
            help: Some(format!("make the group (?<{name}>...) of the pattern one that always takes part")),
        })
    }

    /// Host and clock of a match, or what is wrong with them.
    pub fn record(&self, found: &Match, counts: &mut Counts<'t>) -> Result<Record<'t>, Problem> {
        if let Some(line) = self.broken_lines(&found.at).next() {
            return Err(self.not_utf8(&line));
        }
        let host = self.required(found, &found.host, "host")?;
        let clock = self.required(found, &found.clock, "clock")?;
        let problem = |group: &Option<Range<usize>>, what: String, label: &str, help: String| Problem {
            at: self.shown(group.as_ref().unwrap_or(&found.at)),
            what,
            label: label.into(),
            help: Some(help),
        };
        if host.is_empty() {
            let help = "name the process in front of the clock".to_owned();
            return Err(problem(&found.clock, "this event has no host".into(), "expected a name before it", help));
        }
        clock::read(host, clock, counts).map_err(|why| {
            let help = "write the clock as a JSON object from process names to whole numbers from 0".to_owned();
            problem(
                &found.clock,
                format!("this vector clock cannot be read: {why}"),
                "expected {\"a\": 1, \"b\": 2}",
                help,
            )
        })?;
        match counts.of(host) {
            Some(own) if own > 0 => Ok(Record { host, own }),
            found_zero => {
                let host = clock::shortened(host);
                let what = match found_zero {
                    Some(_) => format!("the clock of `{host}` counts no event of `{host}` itself: {host:?}: 0"),
                    None => format!("`{host}` is missing from its own vector clock"),
                };
                let label = format!("expected a count of {host:?} in it");
                let help = "every event counts itself, so that the first one of a process has the count 1".to_owned();
                Err(problem(&found.clock, what, &label, help))
            }
        }
    }

    /// The host and the clock of a match, as text.
    pub fn host_and_clock(&self, found: &Match) -> Option<(&'t str, &'t str)> {
        let host = self.str(found.host.as_ref()?).filter(|host| !host.is_empty())?;
        Some((host, self.str(found.clock.as_ref()?)?))
    }

    /// Hands on the event of a match, or its problem.
    pub fn emit(&self, matches: &Matches<'_>, found: &Match, counts: &mut Counts<'t>, sink: &mut dyn Sink) {
        let record = match self.record(found, counts) {
            Ok(record) => record,
            Err(problem) => return sink.problem(problem),
        };
        let clock = counts.positive();
        let (time, state) = self.fields(matches);
        sink.event(&EventRecord {
            at: self.in_source(&found.at),
            process: record.host,
            label: None,
            note: found.event.as_ref().and_then(|at| self.str(at)),
            action: ActionKind::Step,
            transfers: &[],
            state: state.as_deref(),
            time,
            clock: Some(&*clock),
        });
    }

    /// The time among the other groups, and all that is no time as a JSON object.
    fn fields(&self, matches: &Matches<'_>) -> (Option<Time>, Option<String>) {
        let mut time = None;
        let mut state = String::new();
        for (field, name) in self.pattern.fields().enumerate() {
            let Some(text) = matches.field(field).and_then(|at| self.str(&at)) else { continue };
            if time.is_none() && TIMES.contains(&name) {
                time = Time::parse(text);
                if time.is_some() {
                    continue;
                }
            }
            state.push(if state.is_empty() { '{' } else { ',' });
            push_json(&mut state, name);
            state.push(':');
            push_json(&mut state, text);
        }
        if !state.is_empty() {
            state.push('}');
        }
        (time, (!state.is_empty()).then_some(state))
    }

    /// Text that no match covers: each line of it that is not blank, and each that is not UTF-8.
    pub fn rest(&self, at: Range<usize>, told: &mut usize, sink: &mut dyn Sink) {
        let mut start = at.start;
        while start < at.end {
            let end = memchr::memchr(b'\n', &self.text[start..at.end]).map_or(at.end, |i| start + i);
            let piece = start..start + self.text[start..end].trim_ascii_end().len();
            if !self.text[piece.clone()].trim_ascii().is_empty() && !self.tell_broken(&piece, told, sink) {
                sink.skipped(self.in_source(&piece));
            }
            start = end + 1;
        }
    }

    fn not_utf8(&self, line: &Range<usize>) -> Problem {
        let valid = str::from_utf8(&self.text[line.clone()]).err().map_or(0, |error| error.valid_up_to());
        let byte = line.start + valid;
        Problem {
            at: self.in_source(&(byte..byte + 1)),
            what: "this line is not UTF-8 text".into(),
            label: "this byte starts no character".into(),
            help: Some("convert the log to UTF-8, for example: iconv -f latin1 -t utf-8".into()),
        }
    }

    /// Where a problem is shown: not all of a clock that is as long as the file.
    fn shown(&self, at: &Range<usize>) -> Range<usize> {
        const LONGEST: usize = 400;
        self.in_source(&(at.start..at.end.min(at.start + LONGEST)))
    }

    fn in_source(&self, at: &Range<usize>) -> Range<usize> {
        self.base + at.start..self.base + at.end
    }
}

/// Appends a JSON string.
fn push_json(out: &mut String, text: &str) {
    if text.bytes().all(|b| b >= b' ' && b != b'"' && b != b'\\') {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(&serde_json::Value::from(text).to_string());
    }
}
