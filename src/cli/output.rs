//! What is printed, where, and how failures look.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

use clap::ValueEnum;
use serde::Serialize;

use crate::causality::Cycle;
use crate::format::record::Problem;
use crate::report::errors::{ErrorPlace, ErrorReport, ErrorRow};
use crate::report::text::cycle;
use crate::report::text::snippet::Snippet;
use crate::source::{Location, Source};
use crate::trace::{Located, Trace};

/// How the verdict is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON object (grammar/*.schema.json).
    Json,
}

/// Why there is no verdict.
#[derive(Debug)]
pub enum Failure {
    /// Standard output is closed.
    ClosedPipe,
    /// Something was asked for that cannot be: one line, and how to mend it.
    Usage { what: String, help: String },
    /// Several of them, each told.
    Several(Vec<Failure>),
    /// The input cannot be read: every problem, and how many more there are.
    Input { problems: Vec<Located>, more: usize },
    /// A mistake in a text that was given (a cut), shown in it.
    Text { source: Arc<Source>, problems: Vec<(std::ops::Range<usize>, String, String)> },
    /// Happens-before has a cycle: a sentence, where its messages are sent and received, the hops with their lines, and
    /// those that are one too many to show.
    Cycle { what: String, at: Vec<Location>, shown: Vec<Snippet>, rest: Vec<String> },
}

impl Failure {
    /// A failure of one line.
    pub fn usage(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage { what: what.into(), help: help.into() }
    }
}

impl Failure {
    /// Problems of several sources, each with the number of its source.
    pub fn of_sources(sources: &[Arc<Source>], problems: Vec<(usize, Problem)>) -> Self {
        let located = |(number, problem): (usize, Problem)| {
            let source = sources.get(number)?.clone();
            let location = source.locate(problem.at.start);
            Some(Located { source, problem, location })
        };
        Self::Input { problems: problems.into_iter().filter_map(located).collect(), more: 0 }
    }
}

impl Failure {
    /// The same for programs.
    pub fn report(&self, command: &'static str) -> ErrorReport {
        let (errors, more) = self.errors();
        ErrorReport::new(command, errors, more)
    }

    /// Each error, and how many more there are.
    fn errors(&self) -> (Vec<ErrorRow>, usize) {
        let row = |text: &str, help: Option<&str>, at| ErrorRow { text: text.into(), help: help.map(String::from), at };
        let errors = match self {
            Self::ClosedPipe => Vec::new(),
            Self::Several(failures) => {
                let each: Vec<_> = failures.iter().map(Self::errors).collect();
                let more = each.iter().map(|(_, more)| more).sum();
                return (each.into_iter().flat_map(|(errors, _)| errors).collect(), more);
            }
            Self::Usage { what, help } => vec![row(what, Some(help), Vec::new())],
            Self::Input { problems, .. } => {
                let one = |Located { problem, location, .. }: &Located| {
                    let at = ErrorPlace::new(location.clone(), Some(problem.label.clone()));
                    row(&problem.what, problem.help.as_deref(), vec![at])
                };
                problems.iter().map(one).collect()
            }
            Self::Text { source, problems } => {
                let one = |(at, what, help): &(std::ops::Range<usize>, String, String)| {
                    row(what, Some(help), vec![ErrorPlace::new(source.locate(at.start), None)])
                };
                problems.iter().map(one).collect()
            }
            Self::Cycle { what, at, .. } => {
                let at = at.iter().map(|location| ErrorPlace::new(location.clone(), None)).collect();
                vec![row(what, Some(cycle::HELP), at)]
            }
        };
        (errors, if let Self::Input { more, .. } = self { *more } else { 0 })
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ClosedPipe,
            _ => Self::usage(format!("cannot write: {error}"), "is the disk full?"),
        }
    }
}

/// Writes `report` as JSON on standard output, one line.
pub fn print_json(report: &impl Serialize) -> Result<(), Failure> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    serde_json::to_writer(&mut out, report).map_err(io::Error::from)?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}

/// Says something on standard error that does not change the verdict.
pub fn warn(text: &str) {
    say(format!("warning: {text}"));
}

/// Says on standard error what was done that was not told in so many words.
pub fn note(text: &str) {
    say(format!("note: {text}"));
}

/// Says something once: files may be read more than once.
fn say(text: String) {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    if !SAID.lock().unwrap_or_else(PoisonError::into_inner).insert(text.clone()) {
        return;
    }
    // Nobody is left to be told if this fails.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Writes text on standard output.
pub fn print_text(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Whether to use colour on a stream: on a terminal, unless NO_COLOR is set.
fn colour(terminal: bool) -> bool {
    terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
}

/// Colour on standard output?
pub fn stdout_colour() -> bool {
    colour(io::stdout().is_terminal())
}

/// How many problems are shown with their lines; the others get one line each.
const SHOWN_WHOLE: usize = 20;

/// Says on standard error why there is no verdict.
pub fn print_failure(failure: &Failure) {
    let mut text = String::new();
    match failure {
        Failure::ClosedPipe => {}
        Failure::Several(failures) => failures.iter().for_each(print_failure),
        Failure::Usage { what, help } => text = format!("error: {what}\n  help: {help}\n"),
        Failure::Input { problems, more } => {
            for (i, located) in problems.iter().enumerate() {
                if i < SHOWN_WHOLE {
                    let Located { source, problem, .. } = located;
                    text += &Snippet::new(&problem.what, source, problem.at.clone(), &problem.label)
                        .help(problem.help.as_ref())
                        .render(colour(io::stderr().is_terminal()));
                } else {
                    text += &format!("{}: {}\n", located.location, located.problem.what);
                }
            }
            if *more > 0 {
                text += &format!("and {more} more problems\n");
            }
            let all = problems.len() + more;
            text += &format!("error: {all} problem{} in the input; no verdict\n", if all == 1 { "" } else { "s" });
        }
        Failure::Text { source, problems } => {
            for (at, what, help) in problems {
                let snippet = Snippet::new(what, source, at.clone(), "here").help(Some(help));
                text += &snippet.render(colour(io::stderr().is_terminal()));
            }
        }
        Failure::Cycle { what, shown, rest, .. } => {
            text += &format!("error: {what}\n");
            for snippet in shown {
                text += &snippet.render(colour(io::stderr().is_terminal()));
            }
            rest.iter().for_each(|line| text += &format!("  {line}\n"));
            text += &format!("  help: {}\n", cycle::HELP);
        }
    }
    // Nobody is left to be told if this fails.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// A cycle of happens-before: no verdict, and the circle with its lines.
pub fn cyclic(trace: &Trace, found: &Cycle) -> Failure {
    let (shown, rest) = cycle::snippets(trace, found);
    Failure::Cycle { what: cycle::headline(trace, found), at: cycle::places(trace, found), shown, rest }
}
