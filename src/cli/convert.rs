//! `clearcut convert`

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::input::{Input, last_line_is_cut_short};
use super::output::{Failure, cyclic, warn};
use super::whole;
use crate::causality::CausalOrder;
use crate::cut::Verdict;
use crate::report::convert::{self, Lines, Lost, Shape, Survey};
use crate::report::dot;
use crate::source::Source;
use crate::trace::Trace;

/// The log in another format: ours, ShiViz, GraphViz
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Convert {
    #[command(flatten)]
    input: Input,
    /// What it becomes; without it, what the ending of the file says
    #[arg(long, value_name = "NAME")]
    to: Option<Target>,
    /// The file to write, instead of standard output; it appears when it is whole
    #[arg(short, long, visible_alias = "output", value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write the messages that are inferred from logged clocks instead of the clocks, where a log has no messages
    /// (`--to trace` does so always, as a trace has no clocks)
    #[arg(long)]
    infer: bool,
}

const EXAMPLE: &str = "Example: clearcut convert node1-Log.txt node2-Log.txt --out run.jsonl
         clearcut convert run.jsonl --to shiviz > run.log

The ending of the file is .trace, .jsonl, .shiviz, .dot or .gv. What the target cannot express is counted on standard error, and the exit status is 0: judge the log itself, not what it became.";

/// Formats that are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Target {
    /// Our text
    Trace,
    /// Our JSON Lines
    Jsonl,
    /// A log for ShiViz, with vector clocks
    Shiviz,
    /// The happens-before graph for GraphViz
    Dot,
}

impl Convert {
    /// Runs the command.
    pub fn run(&self) -> Result<Verdict, Failure> {
        let target = self.target()?;
        let (sources, options) = (self.input.sources()?, self.input.options()?);
        if self.input.is_clocks(&sources) {
            return Err(self.input.no_events("nothing to convert"));
        }
        let lost = match target {
            Target::Trace | Target::Jsonl => {
                let shape = if target == Target::Trace { Shape::Trace } else { Shape::JsonLines };
                let mut survey = Survey::default();
                if target == Target::Trace || self.infer {
                    self.input.records(&sources, &options, &mut survey, |_, _| ())?;
                }
                if survey.is_to_infer() || self.input.is_spans(&sources, &options)? {
                    let trace = self.input.read(&sources, &options)?;
                    if trace.is_inferred() {
                        warn(&format!("the log has no messages: {} inferred from its clocks", trace.message_count()));
                    }
                    self.write(|out| replay(&trace, shape, out))?
                } else {
                    self.write(|out| self.lines(&sources, &options, shape, out))?
                }
            }
            Target::Shiviz => {
                let trace = self.input.read(&sources, &options)?;
                let order = CausalOrder::of(&trace).map_err(|cycle| cyclic(&trace, &cycle))?;
                self.write(|out| shiviz(&trace, &order, out))?
            }
            Target::Dot => {
                let trace = self.input.read(&sources, &options)?;
                CausalOrder::of(&trace).map_err(|cycle| cyclic(&trace, &cycle))?;
                self.write(|mut out| Ok(dot::write(&trace, &mut out).map(|()| Lost::default())?))?
            }
        };
        lost.phrases().for_each(|phrase| warn(&phrase));
        Ok(Verdict::Holds)
    }

    /// What is asked for by name, or by the ending of the file.
    fn target(&self) -> Result<Target, Failure> {
        let ending = self.out.as_deref().and_then(|path| path.extension()?.to_str());
        let by_ending = match ending {
            Some("trace") => Some(Target::Trace),
            Some("jsonl") => Some(Target::Jsonl),
            Some("shiviz") => Some(Target::Shiviz),
            Some("dot" | "gv") => Some(Target::Dot),
            _ => None,
        };
        self.to.or(by_ending).ok_or_else(|| {
            Failure::usage(
                "what is the log to become?",
                "name it: --to trace, jsonl, shiviz or dot; or --out run.jsonl",
            )
        })
    }

    /// To the file, which is then whole, or to standard output.
    fn write(&self, write: impl FnOnce(Box<dyn Write>) -> Result<Lost, Failure>) -> Result<Lost, Failure> {
        match &self.out {
            Some(path) => whole::write(path, |file| write(Box::new(BufWriter::new(file)))),
            None => write(Box::new(BufWriter::new(io::stdout().lock()))),
        }
    }

    /// Record by record, in one pass.
    fn lines(
        &self,
        sources: &[Arc<Source>],
        options: &crate::format::Options,
        shape: Shape,
        out: Box<dyn Write>,
    ) -> Result<Lost, Failure> {
        let mut lines = Lines::new(out, shape);
        self.input.records(sources, options, &mut lines, Lines::source)?;
        let mut done = lines.finish()?;
        for (number, line) in done.take_cut_short(sources) {
            if let Some(source) = sources.get(number) {
                last_line_is_cut_short(source, line);
            }
        }
        if !done.problems.is_empty() {
            return Err(Failure::of_sources(sources, done.problems));
        }
        if done.skipped > 0 {
            warn(&format!("{} pieces of text are no record and left out; `clearcut check` shows them", done.skipped));
        }
        Ok(done.lost)
    }
}

fn replay(trace: &Trace, shape: Shape, out: Box<dyn Write>) -> Result<Lost, Failure> {
    let mut lines = Lines::new(out, shape);
    let mut lost = convert::replay(trace, &mut lines);
    let done = lines.finish()?;
    if let Some((_, problem)) = done.problems.into_iter().next() {
        return Err(Failure::usage(problem.what, problem.label));
    }
    lost.merge(&done.lost);
    Ok(lost)
}

fn shiviz(trace: &Trace, order: &CausalOrder, mut out: Box<dyn Write>) -> Result<Lost, Failure> {
    convert::shiviz(trace, order, &mut out)?.map_err(|name| {
        Failure::usage(
            format!("a log for ShiViz has no place for the process {name:?}"),
            "its name is to stand on one line",
        )
    })
}
