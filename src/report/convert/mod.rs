//! Records to text: any log as one of our formats, or as one for ShiViz.
//!
//! [`Lines`] is the mirror of the readers in [`mod@crate::format`]: it takes records as a reader finds them and writes a line for
//! each, so that a log of any size is converted in one pass with nothing kept. What only a [`Trace`](crate::trace::Trace)
//! knows comes out of it again as records ([`replay`]), or as a log of its own shape ([`shiviz`], [`super::dot`]).
//!
//! What a target cannot express is never dropped in silence: it is counted ([`Lost`]), and what would be read back as
//! something else is a problem of its line.

mod jsonl;
mod lost;
mod parts;
mod replay;
#[cfg(feature = "arrow")]
pub mod saved;
mod shiviz;
mod survey;
mod trace;
mod words;

use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;

pub use self::lost::{Loss, Lost};
pub use self::replay::replay;
pub use self::shiviz::write as shiviz;
pub use self::survey::Survey;
use crate::format::lines::cut_short;
use crate::format::record::{
    ActionKind, ChannelRecord, CutRecord, EventRecord, MarkKind, MarkRecord, Problem, ProcessRecord, Sink, Transfer,
};
use crate::source::Source;

/// One of our formats, as a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `grammar/trace.ebnf`
    Trace,
    /// `grammar/event.schema.json`
    JsonLines,
}

/// Writes each record as a line, as it comes: a [`Sink`] for any reader. Time: linear in the text; space: one line.
///
/// ```
/// use clearcut::format::{record::Sink, text};
/// use clearcut::report::convert::{Lines, Shape};
/// use clearcut::source::Source;
///
/// let source = Source::from_text("a.trace", "P1 a: send m(x=1) -> P2  @ 5\n");
/// let mut lines = Lines::new(Vec::new(), Shape::JsonLines);
/// text::read(&source, &mut lines);
/// let written = lines.finish().unwrap().out;
/// assert_eq!(
///     String::from_utf8(written).unwrap(),
///     "{\"process\":\"P1\",\"event\":\"send\",\"label\":\"a\",\"message\":\"m\",\"to\":\"P2\",\"payload\":{\"x\":1},\"time\":5}\n"
/// );
/// ```
#[derive(Debug)]
pub struct Lines<W> {
    out: W,
    shape: Shape,
    line: String,
    error: Option<io::Error>,
    source: usize,
    done: Done<()>,
}

/// What came of it.
#[derive(Debug)]
pub struct Done<W> {
    /// What was written to.
    pub out: W,
    /// What the target cannot express.
    pub lost: Lost,
    /// Records that could not be read or written, each with the number of its source; the first ten thousand.
    pub problems: Vec<(usize, Problem)>,
    /// Pieces of text that are no record.
    pub skipped: usize,
}

impl<W> Done<W> {
    /// Takes out the problems that are no more than last lines that are cut short: each such line, with the number of its
    /// source among `sources`.
    pub fn take_cut_short(&mut self, sources: &[Arc<Source>]) -> Vec<(usize, Range<usize>)> {
        let mut found: Vec<(usize, Range<usize>)> = Vec::new();
        self.problems.retain(|(number, problem)| {
            let line = sources.get(*number).and_then(|source| cut_short(source.bytes(), &problem.at));
            let is_cut = line.is_some();
            found.extend(line.map(|line| (*number, line)));
            !is_cut
        });
        found.dedup();
        self.skipped += found.len();
        found
    }
}

/// More problems than these are not kept.
const PROBLEMS: usize = 10_000;

impl<W: Write> Lines<W> {
    /// Writes to `out`, which is best buffered.
    pub fn new(out: W, shape: Shape) -> Self {
        let done = Done { out: (), lost: Lost::default(), problems: Vec::new(), skipped: 0 };
        Self { out, shape, line: String::new(), error: None, source: 0, done }
    }

    /// The records that follow are of the source of this number.
    pub fn source(&mut self, number: usize) {
        self.source = number;
    }

    /// The end of all input.
    ///
    /// # Errors
    /// The first that `out` had.
    pub fn finish(mut self) -> io::Result<Done<W>> {
        if let Some(error) = self.error {
            return Err(error);
        }
        self.out.flush()?;
        let Done { lost, problems, skipped, .. } = self.done;
        Ok(Done { out: self.out, lost, problems, skipped })
    }

    fn end_line(&mut self) {
        self.line.push('\n');
        if self.error.is_none() {
            self.error = self.out.write_all(self.line.as_bytes()).err();
        }
        self.line.clear();
    }

    fn check_names<'a>(&mut self, at: &Range<usize>, names: impl IntoIterator<Item = &'a str>) -> bool {
        let named = names.into_iter().all(|name| !name.is_empty());
        if !named {
            self.refuse(at, "an empty name", "expected a name");
        }
        named
    }

    fn refuse(&mut self, at: &Range<usize>, what: &str, label: &str) {
        self.problem(Problem { at: at.clone(), what: what.into(), label: label.into(), help: None });
    }
}

impl<W: Write> Sink for Lines<W> {
    fn process(&mut self, record: ProcessRecord<'_>) {
        if !self.check_names(&record.at, [record.name]) {
            return;
        }
        match self.shape {
            Shape::Trace => trace::process(&mut self.line, &record, &mut self.done.lost),
            Shape::JsonLines => jsonl::process(&mut self.line, &record),
        }
        self.end_line();
    }

    fn channel(&mut self, record: ChannelRecord<'_>) {
        if !self.check_names(&record.at, [record.from, record.to]) {
            return;
        }
        match self.shape {
            Shape::Trace => trace::channel(&mut self.line, &record),
            Shape::JsonLines => jsonl::channel(&mut self.line, &record),
        }
        self.end_line();
    }

    fn event(&mut self, event: &EventRecord<'_>) {
        let of_messages = event.transfers.iter().flat_map(|t| [t.message, t.peer]).flatten();
        if !self.check_names(&event.at, [event.process].into_iter().chain(event.label).chain(of_messages)) {
            return;
        }
        // An id is enough to know the message of a receive; a sender that is not known has no place in the list.
        let by_id: Vec<Transfer<'_>>;
        let event = match event.action == ActionKind::Receive && names_some_peers(event.transfers) {
            true => {
                by_id = event.transfers.iter().map(|transfer| Transfer { peer: None, ..*transfer }).collect();
                &EventRecord { transfers: &by_id, ..event.clone() }
            }
            false => event,
        };
        if let Some(why) = unwritable(event.transfers) {
            return self.refuse(&event.at, why, "an event names all of its messages and peers, or none");
        }
        match self.shape {
            Shape::Trace => trace::event(&mut self.line, event, &mut self.done.lost),
            Shape::JsonLines => jsonl::event(&mut self.line, event),
        }
        self.end_line();
    }

    fn mark(&mut self, record: MarkRecord<'_>) {
        let peers: &[&str] = match &record.mark {
            MarkKind::Record { .. } => &[],
            MarkKind::Send(peers) => peers,
            MarkKind::Receive(peer) => &[*peer],
        };
        if !self.check_names(&record.at, [record.process, record.snapshot].into_iter().chain(peers.iter().copied())) {
            return;
        }
        match self.shape {
            Shape::Trace => trace::mark(&mut self.line, &record, &mut self.done.lost),
            Shape::JsonLines => jsonl::mark(&mut self.line, &record),
        }
        self.end_line();
    }

    fn cut(&mut self, record: CutRecord<'_>) {
        if !self.check_names(&record.at, [record.name]) {
            return;
        }
        match self.shape {
            Shape::Trace => trace::cut(&mut self.line, &record),
            Shape::JsonLines => jsonl::cut(&mut self.line, &record),
        }
        self.end_line();
    }

    fn skipped(&mut self, _: Range<usize>) {
        self.done.skipped += 1;
    }

    fn problem(&mut self, problem: Problem) {
        if self.done.problems.len() < PROBLEMS {
            self.done.problems.push((self.source, problem));
        }
    }

    fn lines(&mut self, _: usize) {}
}

/// Whether all have ids and not all have peers.
fn names_some_peers(transfers: &[Transfer<'_>]) -> bool {
    transfers.iter().all(|t| t.message.is_some()) && transfers.iter().any(|t| t.peer.is_none())
}

/// Why no line of ours holds these messages together: their ids stand in one list, and their peers in another.
fn unwritable(transfers: &[Transfer<'_>]) -> Option<&'static str> {
    let mixed = |has: fn(&Transfer<'_>) -> bool| {
        let with = transfers.iter().filter(|t| has(t)).count();
        with > 0 && with < transfers.len()
    };
    if mixed(|t| t.message.is_some()) {
        Some("an event with and without ids of messages")
    } else if mixed(|t| t.peer.is_some()) {
        Some("an event with and without names of peers")
    } else if transfers.iter().any(|t| t.message.is_none() && t.peer.is_none()) {
        Some("a message without an id and without a peer")
    } else {
        None
    }
}

/// Ids and peers of an event as two lists as short as can be; read back, they are the same messages in the same order.
fn lists<'a>(transfers: &'a [Transfer<'a>]) -> (&'a [Transfer<'a>], &'a [Transfer<'a>]) {
    let all_equal = |of: fn(&Transfer<'a>) -> Option<&'a str>, payload: bool| {
        transfers.windows(2).all(|two| of(&two[0]) == of(&two[1]) && (!payload || two[0].payload == two[1].payload))
    };
    let one = |list: &'a [Transfer<'a>], short: bool, of: fn(&Transfer<'a>) -> Option<&'a str>| match list {
        [first, ..] if of(first).is_none() => &list[..0],
        [_, ..] if short => &list[..1],
        list => list,
    };
    // Of two lists of one each it is the same whichever is short.
    let (message, peer) = (|t: &Transfer<'a>| t.message, |t: &Transfer<'a>| t.peer);
    let ids = one(transfers, all_equal(message, true) && transfers.iter().all(|t| t.peer.is_some()), message);
    let short = ids.len() > 1 && all_equal(peer, false);
    (ids, one(transfers, short, peer))
}
