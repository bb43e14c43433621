//! What is printed, where, and how failures look.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use clap::ValueEnum;
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};
use serde::Serialize;

use crate::causality::Cycle;
use crate::source::Source;
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
    /// The input cannot be read: every problem, and how many more there are.
    Input { problems: Vec<Located>, more: usize },
    /// A mistake in a text that was given (a cut), shown in it.
    Text { source: Arc<Source>, problems: Vec<(std::ops::Range<usize>, String, String)> },
}

impl Failure {
    /// A failure of one line.
    pub fn usage(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage { what: what.into(), help: help.into() }
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

/// How a piece of source is shown: with colour, or plain.
pub fn snippet_handler(colour: bool) -> GraphicalReportHandler {
    let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    GraphicalReportHandler::new_themed(theme).with_width(100).with_context_lines(0).with_links(false)
}

/// How many problems are shown with their lines; the others get one line each.
const SHOWN_WHOLE: usize = 20;

/// Says on standard error why there is no verdict.
pub fn print_failure(failure: &Failure) {
    let mut text = String::new();
    match failure {
        Failure::ClosedPipe => {}
        Failure::Usage { what, help } => text = format!("error: {what}\n  help: {help}\n"),
        Failure::Input { problems, more } => {
            let handler = snippet_handler(colour(io::stderr().is_terminal()));
            for (i, located) in problems.iter().enumerate() {
                if i < SHOWN_WHOLE {
                    render(&handler, &mut text, &Shown::of(located));
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
            let handler = snippet_handler(colour(io::stderr().is_terminal()));
            for (at, what, help) in problems {
                let shown = Shown {
                    source: source.clone(),
                    at: at.clone(),
                    what: what.clone(),
                    label: "here".into(),
                    help: Some(help.clone()),
                };
                render(&handler, &mut text, &shown);
            }
        }
    }
    // Nobody is left to be told if this fails.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

fn render(handler: &GraphicalReportHandler, text: &mut String, shown: &Shown) {
    // Writing to a string cannot fail; a source that cannot be shown leaves its message.
    if handler.render_report(text, shown).is_err() {
        *text += &format!("{}: {}\n", shown.source.name(), shown.what);
    }
}

/// A problem as miette shows it.
#[derive(Debug)]
struct Shown {
    source: Arc<Source>,
    at: std::ops::Range<usize>,
    what: String,
    label: String,
    help: Option<String>,
}

impl Shown {
    fn of(located: &Located) -> Self {
        let problem = &located.problem;
        // A record of several lines, or a very long one, is pointed at by its first line.
        let line = located.source.line_at(problem.at.start);
        let end = problem.at.end.min(line.end).min(problem.at.start + 120).max(problem.at.start);
        Self {
            source: located.source.clone(),
            at: problem.at.start..end,
            what: problem.what.clone(),
            label: problem.label.clone(),
            help: problem.help.clone(),
        }
    }
}

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Shown {}

impl Diagnostic for Shown {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn std::fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self.source.as_ref())
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = LabeledSpan::new(Some(self.label.clone()), self.at.start, self.at.len());
        Some(Box::new(std::iter::once(span)))
    }
}

/// A cycle of happens-before: no verdict, and the circle with its lines.
pub fn cyclic(trace: &Trace, cycle: &Cycle) -> Failure {
    Failure::usage("happens-before has a cycle", format!("{} messages; {}", cycle.messages.len(), trace.event_count()))
}
