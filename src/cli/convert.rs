//! `clearcut convert`

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::files;
use super::input::{Input, last_line_is_cut_short};
use super::output::{Failure, cyclic, warn};
use super::pieces::Pieces;
use super::whole;
use crate::causality::CausalOrder;
use crate::cut::Verdict;
use crate::format;
use crate::format::saved::Kind;
#[cfg(feature = "arrow")]
use crate::report::convert::saved::{Table, Used};
use crate::report::convert::{self, Done, Lines, Lost, Shape, Survey};
use crate::report::dot;
use crate::source::Source;
use crate::trace::Trace;
#[cfg(feature = "arrow")]
use crate::trace::{Builder, Keep};

/// The log in another format: ours, ShiViz, GraphViz, Arrow and Parquet
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

The ending of the file is .trace, .jsonl, .shiviz, .dot, .gv, .arrow or .parquet. What the target cannot express is counted on standard error, and the exit status is 0: judge the log itself, not what it became.";

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
    /// A saved trace as Arrow IPC: a table for DuckDB, Polars and the like, and for clearcut
    Arrow,
    /// A saved trace as Parquet
    Parquet,
}

/// Where it is written.
type Out<'o> = dyn Write + Send + 'o;

impl Convert {
    /// Runs the command.
    pub fn run(&self) -> Result<Verdict, Failure> {
        let target = self.target()?;
        self.keeps_its_input()?;
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
            Target::Arrow => self.table(&sources, &options, Kind::Arrow)?,
            Target::Parquet => self.table(&sources, &options, Kind::Parquet)?,
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

    /// What is read is not written over.
    fn keeps_its_input(&self) -> Result<(), Failure> {
        let name = |path: &Path| std::fs::canonicalize(path).ok();
        let Some((out, path)) = self.out.as_deref().and_then(|out| Some((name(out)?, out))) else { return Ok(()) };
        match files::find(&self.input.files).found.iter().any(|found| name(&found.path).as_ref() == Some(&out)) {
            true => Err(Failure::usage(
                format!("{} is both read and written", path.display()),
                "what a log becomes has less than the log: give it another name",
            )),
            false => Ok(()),
        }
    }

    /// What is asked for by name, or by the ending of the file.
    fn target(&self) -> Result<Target, Failure> {
        let ending = self.out.as_deref().and_then(|path| path.extension()?.to_str());
        let by_ending = match ending {
            Some("trace") => Some(Target::Trace),
            Some("jsonl") => Some(Target::Jsonl),
            Some("shiviz") => Some(Target::Shiviz),
            Some("dot" | "gv") => Some(Target::Dot),
            Some("arrow") => Some(Target::Arrow),
            Some("parquet") => Some(Target::Parquet),
            _ => None,
        };
        self.to.or(by_ending).ok_or_else(|| {
            Failure::usage(
                "what is the log to become?",
                "name it: --to trace, jsonl, shiviz, dot, arrow or parquet; or --out run.jsonl",
            )
        })
    }

    /// To the file, which is then whole, or to standard output.
    fn write(&self, write: impl FnOnce(&mut Out<'_>) -> Result<Lost, Failure>) -> Result<Lost, Failure> {
        let flushed = |out: &mut Out<'_>| {
            let lost = write(out)?;
            out.flush()?;
            Ok(lost)
        };
        match &self.out {
            Some(path) => whole::write(path, |file| flushed(&mut Pieces::new(file))),
            None => flushed(&mut BufWriter::new(io::stdout())),
        }
    }

    /// Record by record, in one pass.
    fn lines(
        &self,
        sources: &[Arc<Source>],
        options: &format::Options,
        shape: Shape,
        out: &mut Out<'_>,
    ) -> Result<Lost, Failure> {
        let mut lines = Lines::new(out, shape);
        self.input.records(sources, options, &mut lines, Lines::source)?;
        lost(sources, lines.finish()?)
    }

    /// As a table: told once to be paired, and again to be written.
    #[cfg(feature = "arrow")]
    fn table(&self, sources: &[Arc<Source>], options: &format::Options, kind: Kind) -> Result<Lost, Failure> {
        if !kind.is_built_in() {
            return Err(not_built_in(kind));
        }
        let mut survey = Survey::default();
        if self.infer {
            self.input.records(sources, options, &mut survey, |_, _| ())?;
        }
        let mut used = Used::default();
        let is_to_replay = survey.is_to_infer() || self.input.is_spans(sources, options)?;
        // Of a large log no more than what its events do; all else is told again.
        let keep = if is_to_replay { Keep::Events } else { Keep::Actions };
        let trace = self.input.read_for_cuts(sources, options, (keep, keep), is_to_replay)?;
        if !is_to_replay {
            self.input.records(sources, options, &mut used, |_, _| ())?;
            return self.write(|out| {
                let mut table = Table::new(out, kind, &trace, used)?;
                self.input.records(sources, options, &mut table, Table::source)?;
                lost(sources, table.finish()?)
            });
        }
        // What only the trace knows is told by it; an event that receives and sends becomes two, so it is paired again.
        convert::replay(&trace, &mut used);
        let mut builder = Builder::new();
        let told = convert::replay(&trace, &mut builder);
        let paired = builder.finish().map_err(|(sources, problems)| {
            let more = problems.more();
            Failure::Input { problems: problems.locate(&sources), more }
        })?;
        self.write(|out| {
            let mut table = Table::new(out, kind, &paired, used)?;
            convert::replay(&trace, &mut table);
            let mut all = lost(&[], table.finish()?)?;
            all.merge(&told);
            Ok(all)
        })
    }

    #[cfg(not(feature = "arrow"))]
    fn table(&self, _: &[Arc<Source>], _: &format::Options, kind: Kind) -> Result<Lost, Failure> {
        Err(not_built_in(kind))
    }
}

/// What a target cannot express, once all is written; what could not be read or written is a failure.
fn lost<W>(sources: &[Arc<Source>], mut done: Done<W>) -> Result<Lost, Failure> {
    for (number, line) in done.take_cut_short(sources) {
        if let Some(source) = sources.get(number) {
            last_line_is_cut_short(source, line);
        }
    }
    if !done.problems.is_empty() {
        return Err(Failure::of_sources(sources, done.problems));
    }
    if done.skipped > 0 {
        warn(&match done.skipped {
            1 => "one piece of text is no record and left out; `clearcut check` shows it".into(),
            skipped => format!("{skipped} pieces of text are no record and left out; `clearcut check` shows them"),
        });
    }
    Ok(done.lost)
}

fn not_built_in(kind: Kind) -> Failure {
    let name = kind.name();
    let help = format!("build it with the feature: cargo install clearcut --features {name}");
    Failure::usage(format!("this clearcut was built without the feature `{name}`"), help)
}

fn replay(trace: &Trace, shape: Shape, out: &mut Out<'_>) -> Result<Lost, Failure> {
    let mut lines = Lines::new(out, shape);
    let mut lost = convert::replay(trace, &mut lines);
    let done = lines.finish()?;
    if let Some((_, problem)) = done.problems.into_iter().next() {
        return Err(Failure::usage(problem.what, problem.label));
    }
    lost.merge(&done.lost);
    Ok(lost)
}

fn shiviz(trace: &Trace, order: &CausalOrder, mut out: &mut Out<'_>) -> Result<Lost, Failure> {
    convert::shiviz(trace, order, &mut out)?.map_err(|name| {
        Failure::usage(
            format!("a log for ShiViz has no place for the process {name:?}"),
            "its name is to stand on one line",
        )
    })
}
