//! `clearcut relate`

use std::sync::Arc;

use clap::Args;

use super::input::Input;
use super::output::{Failure, Output, print_json, print_text};
use crate::causality::relate;
use crate::cut::Verdict;
use crate::cut::spec;
use crate::ids::ProcessId;
use crate::report;
use crate::report::relate::RelateReport;
use crate::source::Source;
use crate::trace::Trace;

const USAGE: &str = "clearcut relate [OPTIONS] <TRACE>... <EVENT> <EVENT>";

/// How two events relate: before, after or concurrent, with the path that proves it
///
/// The last two arguments are the events: P1=B (by its label), P1=3 (the third event of P1) or P1=end (the last one).
#[derive(Debug, Args)]
#[command(override_usage = USAGE)]
#[command(after_help = "Example: clearcut relate traces/three-processes.holds.trace P3=H P1=E")]
pub struct Relate {
    #[command(flatten)]
    input: Input,
    /// How to write the verdict
    #[arg(short, long, value_name = "HOW", default_value = "text")]
    pub(super) output: Output,
}

impl Relate {
    /// Runs the command.
    pub fn run(&self) -> Result<Verdict, Failure> {
        // The command line cannot have two arguments behind one of several values: they are taken from its end.
        let [files @ .., first, second] = self.input.files.as_slice() else {
            return Err(Failure::usage("which two events?", format!("name them behind the trace: {USAGE}")));
        };
        if files.is_empty() {
            return Err(Failure::usage("a trace and two events are needed", USAGE));
        }
        let input = Input { files: files.to_vec(), ..self.input.clone() };
        let [first, second] = [first, second].map(|event| event.to_string_lossy());
        let trace = input.trace()?;
        let (a, b) = (event(&trace, &first)?, event(&trace, &second)?);
        let found = relate(&trace, a, b).map_err(|cycle| super::output::cyclic(&trace, &cycle))?;
        match self.output {
            Output::Json => print_json(&RelateReport::new(&trace, &found))?,
            Output::Text => print_text(&report::text::relate::text(&trace, a, b, &found))?,
        }
        Ok(report::relate::verdict(&found))
    }
}

/// The event that a text names, in the syntax of a cut.
pub fn event(trace: &Trace, text: &str) -> Result<(ProcessId, u32), Failure> {
    let fail = |at: std::ops::Range<usize>, what: String, help: String| Failure::Text {
        source: Arc::new(Source::from_text("event", text)),
        problems: vec![(at, what, help)],
    };
    let entries = crate::format::cut::parse(text).map_err(|problem| {
        let what = format!("this is no event: {}", problem.label);
        fail(problem.at, what, "an event is written P1=B (its label) or P1=3 (its number, from 1)".into())
    })?;
    spec::event(trace, &entries)
        .map_err(|mistake| fail(mistake.at.unwrap_or(0..text.len()), mistake.what, mistake.help))
}
