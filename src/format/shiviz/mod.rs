//! ShiViz logs, and the logs of GoVector and its kin, which ShiViz reads: text from which a regular expression takes
//! host, vector clock and text of every event.
//!
//! - The pattern and the delimiter of executions stand in the head of the file, or are given from outside, or are found
//!   among those of published logs ([`open`]). A pattern in the head matches whole lines, as it does in ShiViz.
//! - Every event is a local step with a recorded clock; what was sent and received is for others to tell from the
//!   clocks. Groups other than `host`, `clock` and `event` are variables; `timestamp`, `date` or `time` is the time of
//!   the event where it is one (the first of them that is).
//! - Zero counts are left out of clocks. A clock that cannot be read or that does not count its own host is a problem.
//! - Text that the pattern does not match is handed on as skipped, line by line. That holds for the further lines of a
//!   message that has several: nothing says whether they belong to it.
//! - The events of a host come in the order of its own counts where these are all different, else in that of the file.
//! - Memory: a map of the hosts, 16 bytes for each event of a host that logged out of order, and up to 32 MiB of matches.

mod clock;
pub(super) mod dialect;
mod executions;
mod header;
mod known;
mod order;
mod pattern;
mod record;
mod runs;

use std::ops::Range;

pub use executions::Execution;

use self::executions::Part;
use self::pattern::Pattern;
use self::record::Reader;
use super::record::{Problem, Sink};
use crate::source::Source;

/// What is said about a log from outside of it; it outranks what the log says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Patterns<'a> {
    /// `--pattern`: a regular expression of JavaScript with the groups `host`, `clock` and `event`.
    pub pattern: Option<&'a str>,
    /// `--delimiter`: what stands between two executions, with a group `trace` for the label of the one that follows.
    /// Blank: the log is one execution.
    pub delimiter: Option<&'a str>,
}

/// A log whose head is read: how its events look, and where its executions are.
#[derive(Debug)]
pub struct Log {
    pattern: Pattern,
    executions: Vec<Execution>,
    parts: Vec<Part>,
}

/// How much of a file is looked at to tell its format.
const SNIFFED: usize = 32 << 10;

/// How many bytes are read before the sink is told again how far that is.
const PROGRESS: usize = 1 << 16;

/// Whether this looks like a log of this kind: it starts with a pattern, or a known pattern reads an event in its first
/// few pages.
pub fn looks_like(bytes: &[u8]) -> bool {
    let start = &bytes[..header::beginning(bytes, 0, SNIFFED)];
    header::first_line(start).is_some() || known::best(&[start]).is_some()
}

/// Whether a log starts with the pattern of its events, as none does that goes on from another file.
pub fn says_its_pattern(bytes: &[u8]) -> bool {
    header::first_line(bytes).is_some()
}

/// Reads the head of a log and finds its executions.
///
/// Where neither `patterns` nor the head give a pattern, the known one is taken that reads most events; where neither
/// gives a delimiter, lines like `=== label ===` are one (below a pattern of the log's own, only those that GoVector
/// writes). The second line of the head is text of the log if the pattern matches there.
///
/// # Errors
/// A pattern that is no regular expression, that needs look-around or back-references, or that lacks a group; a log
/// that no known pattern reads.
pub fn open(source: &Source, patterns: &Patterns<'_>) -> Result<Log, Problem> {
    let header = header::read(source, patterns)?;
    let (executions, parts) =
        executions::divide(source.bytes(), header.body, header.delimiter.as_ref(), &header.pattern);
    Ok(Log { pattern: header.pattern, executions, parts })
}

impl Log {
    /// The executions in the order of the file; one at least.
    pub fn executions(&self) -> &[Execution] {
        &self.executions
    }

    /// Hands on all that one execution holds. The line counts of all executions add up to the lines of the file; what
    /// stands in front of the first execution counts with it.
    ///
    /// # Panics
    /// Where there is no such execution.
    pub fn read(&self, source: &Source, execution: usize, sink: &mut dyn Sink) {
        let bytes = source.bytes();
        let part = &self.parts[execution];
        Reader::new(&self.pattern, bytes, part.preamble.clone()).rest(0..part.preamble.len(), &mut 0, sink);
        self.read_text(bytes, self.executions[execution].at.clone(), sink);
        sink.lines(lines(bytes, &part.region));
    }

    fn read_text(&self, bytes: &[u8], at: Range<usize>, sink: &mut dyn Sink) {
        let (start, length) = (at.start, at.len());
        let reader = Reader::new(&self.pattern, bytes, at);
        let (mut order, kept) = order::of(&reader);
        let mut counts = clock::Counts::new();
        let (mut matches, mut again) = (reader.matches_again(kept.as_ref()), reader.matches());
        let (mut read_to, mut told, mut to_tell) = (0, 0, PROGRESS);
        while let Some(found) = matches.next() {
            reader.rest(read_to..found.at.start, &mut told, sink);
            read_to = found.at.end;
            if read_to >= to_tell {
                sink.reached(start + read_to);
                to_tell = read_to + PROGRESS;
            }
            if reader.tell_broken(&found.at, &mut told, sink) {
                continue;
            }
            // At the place of one event of this host stands the host's next event in order.
            let next = if order.is_empty() {
                None
            } else {
                let host = reader.record(&found, &mut counts).ok().map(|record| record.host);
                host.and_then(|host| order.get_mut(host)?.next())
            };
            if let Some(start) = next.filter(|&start| start != found.at.start) {
                again.seek(start);
                if let Some(found) = again.next() {
                    reader.emit(&again, &found, &mut counts, sink);
                }
            } else {
                reader.emit(&matches, &found, &mut counts, sink);
            }
        }
        reader.rest(read_to..length, &mut told, sink);
    }
}

/// How many lines start in a region.
fn lines(bytes: &[u8], region: &Range<usize>) -> usize {
    // Behind each line end starts a line, if anything comes behind it.
    let ends = region.start.saturating_sub(1)..region.end.saturating_sub(1);
    usize::from(region.start == 0 && !region.is_empty()) + memchr::memchr_iter(b'\n', &bytes[ends]).count()
}

#[cfg(test)]
mod tests;
