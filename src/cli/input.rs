//! From the files of the command line to a trace.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::files;
use super::format_args::FormatArgs;
use super::open::open;
use super::output::{Failure, note, warn};
use super::progress::Watch;
use super::unseen::warn_unseen;
use crate::format::mapping::FileNames;
use crate::format::record::Sink;
use crate::format::{self, Format};
use crate::ids::ProcessId;
use crate::source::{Progress, Source};
use crate::trace::{Builder, Keep, Located, Recorder, Trace, Wanted};

/// From this size on, in bytes, a log is first read without what only single events are asked for.
const LARGE: usize = 16 << 20;

/// A log of so few events is small, however long their lines are.
const FEW: usize = 1000;

/// In so many bytes most logs name all their processes, and show what their lines have.
const HEAD: usize = 1 << 20;

/// The log: what every command reads.
#[derive(Clone, Debug, Args)]
pub struct Input {
    /// Files of one trace: one per process, or parts of one log (read oldest first); folders of them, patterns, `-` for
    /// standard input; gzip and zstd too
    #[arg(value_name = "TRACE", required = true)]
    pub files: Vec<PathBuf>,
    /// Which execution of a log that holds several: its label, or its number from 1
    #[arg(long, value_name = "LABEL")]
    pub execution: Option<String>,
    #[command(flatten)]
    pub format: FormatArgs,
}

impl Input {
    /// What is said of the log on the command line.
    pub fn options(&self) -> Result<format::Options, Failure> {
        self.format.described().map(|described| described.options)
    }

    /// The files, opened. All that cannot be, or are there twice, are told.
    pub fn sources(&self) -> Result<Vec<Arc<Source>>, Failure> {
        let described = self.format.described()?;
        let named = |source: Source| match &described.process_from_file {
            Some(names) => named(names, source),
            None => Ok(source),
        };
        let mut files = files::find(&self.files);
        let mut sources = Vec::with_capacity(files.found.len());
        let mut logs = Vec::with_capacity(files.found.len());
        for found in std::mem::take(&mut files.found) {
            match (open(&found.path), &found.of) {
                (Ok(source), Some(of)) if !self.is_log(&source) => {
                    files.leave_out(of, &found.path, "no log of a known format");
                }
                (source, _) => match source.and_then(named) {
                    Ok(source) => {
                        sources.push(Arc::new(source));
                        logs.push(found);
                    }
                    Err(failure) => files.failures.push(failure),
                },
            }
        }
        match files.failures.len() {
            0 => {}
            1 => return Err(files.failures.remove(0)),
            _ => return Err(Failure::Several(files.failures)),
        }
        files.found = logs;
        files.told(&self.files).iter().for_each(|text| note(text));
        if sources.is_empty() {
            return Err(Failure::usage(
                "there is no log in what is named",
                "name the format of the files with --format",
            ));
        }
        // A log that was just rotated has nothing yet; where all are empty there is no log. Recorded clocks are of one
        // process each, and one that is empty is missing.
        if sources.iter().any(|source| !is_blank(source)) && !self.is_clocks(&sources) {
            sources.retain(|source| {
                let blank = is_blank(source);
                if blank {
                    warn(&format!("{} is empty: left out", source.name()));
                }
                !blank
            });
        }
        // They have no events, so that nothing tells parts of one log from files of several processes.
        if self.is_clocks(&sources) {
            return Ok(sources);
        }
        let given: Vec<_> = sources.iter().map(Arc::as_ptr).collect();
        let logs = self.oldest_first(&mut sources, &described.options);
        if !sources.iter().map(Arc::as_ptr).eq(given) {
            let names: Vec<String> = sources.iter().map(|source| source.name().to_owned()).collect();
            note(&format!("parts of one log, oldest first, read in this order: {}", files::list(&names)));
        }
        self.tell_together(&mut sources, logs, &described.options);
        self.all_are_logs(&sources)?;
        self.warn_of_unseen(&sources, &described.options);
        Ok(sources)
    }

    /// Among files that are logs beyond doubt, one that is not is named by mistake: all of them are told.
    fn all_are_logs(&self, sources: &[Arc<Source>]) -> Result<(), Failure> {
        let told = |source: &Arc<Source>| source.kin().is_some() || self.is_log(source);
        if !sources.iter().any(told) {
            return Ok(());
        }
        let mut odd: Vec<Failure> =
            sources.iter().filter(|source| !told(source)).map(|source| unknown(source)).collect();
        match odd.len() {
            0 => Ok(()),
            1 => Err(odd.remove(0)),
            _ => Err(Failure::Several(odd)),
        }
    }

    /// Whether a file in a folder is one of the logs that are meant.
    fn is_log(&self, source: &Source) -> bool {
        !is_blank(source) && (self.format.name.is_some() || self.format.describes() || format::is_log(source))
    }

    /// The format of a source: as described, as told, or as found.
    pub fn format_of(&self, source: &Source, options: &format::Options) -> Result<&'static Format, Failure> {
        let named = self.format.name.as_deref().and_then(format::by_name);
        let described = match (&options.mapping, &options.pattern) {
            (Some(_), _) => format::by_name(format::MAPPED),
            (_, Some(_)) => format::by_name("shiviz"),
            _ => None,
        };
        let format = described.or(named).or_else(|| format::detect(source));
        format.ok_or_else(|| match source.bytes().iter().all(u8::is_ascii_whitespace) {
            _ if format::clocks::looks_like(source.bytes()) => self.no_events(source.name()),
            true => Failure::usage(format!("{} is empty", source.name()), "a trace has at least one event"),
            false => unknown(source),
        })
    }

    /// Recorded clocks where events are asked for.
    pub fn no_events(&self, what: &str) -> Failure {
        let files: Vec<String> = self.files.iter().map(|file| file.display().to_string()).collect();
        Failure::usage(
            format!("{what}: recorded clocks alone, which hold no events"),
            format!("every snapshot of them is judged by: clearcut verify {}", files.join(" ")),
        )
    }

    /// The labels of the executions in a source; several only where a log holds several.
    pub fn executions_of(
        &self,
        source: &Arc<Source>,
        format: &Format,
        options: &format::Options,
    ) -> Result<Vec<String>, Failure> {
        (format.executions)(source, options).map_err(|problem| {
            let location = source.locate(problem.at.start);
            Failure::Input { problems: vec![Located { source: source.clone(), problem, location }], more: 0 }
        })
    }

    /// The number of the execution that is asked for: by label first, then by number from 1.
    fn execution_of(&self, source: &Arc<Source>, format: &Format, options: &format::Options) -> Result<usize, Failure> {
        let labels = self.executions_of(source, format, options)?;
        let Some(wanted) = &self.execution else {
            return match labels.len() {
                0 | 1 => Ok(0),
                n => Err(Failure::usage(format!("{} holds {n} executions", source.name()), which(&labels))),
            };
        };
        let by_label = labels.iter().position(|label| label == wanted);
        let by_number =
            || wanted.parse::<usize>().ok().filter(|n| (1..=labels.len().max(1)).contains(n)).map(|n| n - 1);
        by_label
            .or_else(by_number)
            .ok_or_else(|| Failure::usage(format!("{} has no execution `{wanted}`", source.name()), which(&labels)))
    }

    /// Whether the files hold recorded clocks alone.
    pub fn is_clocks(&self, sources: &[Arc<Source>]) -> bool {
        match self.format.name.as_deref() {
            Some(name) => name == format::CLOCKS,
            None if self.format.describes() => false,
            None => sources.iter().all(|source| format::clocks::looks_like(source.bytes())),
        }
    }

    /// Whether files hold spans, which become records only together.
    pub fn is_spans(&self, sources: &[Arc<Source>], options: &format::Options) -> Result<bool, Failure> {
        let formats = sources.iter().map(|source| self.format_of(source, options)).collect::<Result<Vec<_>, _>>()?;
        Ok(formats.iter().any(|format| format.spans.is_some()))
    }

    /// The trace of all the files.
    pub fn trace(&self) -> Result<Trace, Failure> {
        let sources = self.sources()?;
        self.read(&sources, &self.options()?)
    }

    /// The labels of all executions where none is asked for and the files hold several; else empty. Several files hold
    /// the same executions: each one its part of every one.
    pub fn several(&self, sources: &[Arc<Source>], options: &format::Options) -> Result<Vec<String>, Failure> {
        let mut several: Vec<String> = Vec::new();
        if self.execution.is_some() {
            return Ok(several);
        }
        for source in sources {
            let labels = self.executions_of(source, self.format_of(source, options)?, options)?;
            if labels.len() <= 1 {
                continue;
            }
            if !several.is_empty() && several.len() != labels.len() {
                let what =
                    format!("{} holds {} executions, a file before it {}", source.name(), labels.len(), several.len());
                return Err(Failure::usage(what, "name one with --execution, or check one file at a time"));
            }
            several = labels;
        }
        Ok(several)
    }

    /// The trace of sources that are open.
    pub fn read(&self, sources: &[Arc<Source>], options: &format::Options) -> Result<Trace, Failure> {
        self.read_as(Builder::new(), sources, options, |source, format| self.execution_of(source, format, options))
    }

    /// Whether the sources are a large log, of lines that can be read one by one.
    fn is_large_by_line(&self, sources: &[Arc<Source>], options: &format::Options) -> Result<bool, Failure> {
        if sources.iter().map(|source| source.bytes().len()).sum::<usize>() < LARGE {
            return Ok(false);
        }
        let by_line = |source: &Arc<Source>| Ok(self.format_of(source, options)?.by_line);
        Ok(sources.iter().map(by_line).collect::<Result<Vec<_>, Failure>>()?.iter().all(|&by_line| by_line))
    }

    /// The trace of sources that are open, for questions about cuts: where there are many events, `keep` is what is kept
    /// of them. Those that a report names can be looked up: [`Self::look_up`].
    pub fn read_for_cuts(
        &self,
        sources: &[Arc<Source>],
        options: &format::Options,
        keep: Keep,
    ) -> Result<Trace, Failure> {
        if !self.is_large_by_line(sources, options)? {
            return self.read(sources, options);
        }
        let execution = |source: &Arc<Source>, format: &Format| self.execution_of(source, format, options);
        let builder = self.tell(Builder::keeping(keep).in_order(), sources, options, execution)?;
        if builder.is_out_of_order() {
            drop(builder);
            return self.read(sources, options);
        }
        let trace = finish(builder, sources)?;
        // An order or messages must be computed, which takes the events; few events may be drawn.
        if !trace.log_is_causal() || trace.message_count() == 0 || trace.event_count() <= FEW {
            drop(trace);
            return self.read(sources, options);
        }
        Ok(trace)
    }

    /// The trace of sources that are open, for an audit: logged clocks and snapshots that the log recorded are judged event
    /// by event, all else by the messages.
    pub fn read_for_audit(&self, sources: &[Arc<Source>], options: &format::Options) -> Result<Trace, Failure> {
        let by_event = |trace: &Trace| trace.has_clocks() || !trace.marks().is_empty();
        let heads = sources.iter().map(|source| self.head(source, options)).collect::<Result<Vec<_>, _>>()?;
        if heads.iter().flatten().any(by_event) {
            return self.read(sources, options);
        }
        let trace = self.read_for_cuts(sources, options, Keep::Messages)?;
        if trace.keeps() != Keep::Events && by_event(&trace) {
            drop(trace);
            return self.read(sources, options);
        }
        Ok(trace)
    }

    /// The trace of the first part of a source that is large, where it is one.
    fn head(&self, source: &Arc<Source>, options: &format::Options) -> Result<Option<Trace>, Failure> {
        let format = self.format_of(source, options)?;
        if source.bytes().len() < LARGE || !format.by_line {
            return Ok(None);
        }
        let head = Arc::new(source.head(HEAD));
        let mut builder = Builder::keeping(Keep::Messages);
        builder.source(head.clone());
        (format.read)(&head, options, 0, &mut builder);
        Ok(builder.finish().ok())
    }

    /// Looks up the lines of a few events that a report names, where the trace does not keep them.
    pub fn look_up(
        &self,
        trace: &mut Trace,
        events: Vec<(ProcessId, u32)>,
        options: &format::Options,
    ) -> Result<(), Failure> {
        let formats: Vec<&Format> =
            trace.sources().iter().map(|source| self.format_of(source, options)).collect::<Result<_, _>>()?;
        trace.look_up(events, |number, piece, sink| {
            if let Some(format) = formats.get(number) {
                (format.read)(piece, options, 0, sink);
            }
        });
        Ok(())
    }

    /// The trace of sources that are open with no messages but those that cross a cut, where that is enough to show that
    /// the cut is consistent; only for large logs.
    pub fn read_crossing(
        &self,
        sources: &[Arc<Source>],
        options: &format::Options,
        wanted: Wanted,
    ) -> Result<Option<Trace>, Failure> {
        if !self.is_large_by_line(sources, options)? {
            return Ok(None);
        }
        let execution = |source: &Arc<Source>, format: &Format| self.execution_of(source, format, options);
        let builder = self.tell(Builder::crossing(wanted), sources, options, execution)?;
        if builder.gave_up() {
            return Ok(None);
        }
        let trace = finish(builder, sources)?;
        Ok((trace.message_count() > 0 && trace.event_count() > FEW).then_some(trace))
    }

    /// The trace of a source with no messages but those that cross the cut which an algorithm records that runs along
    /// while it is read, where that is enough; only for large logs.
    pub fn read_along(
        &self,
        sources: &[Arc<Source>],
        options: &format::Options,
        recorder: Box<dyn Recorder>,
    ) -> Result<Option<Trace>, Failure> {
        let [source] = sources else { return Ok(None) };
        if !self.is_large_by_line(sources, options)? {
            return Ok(None);
        }
        let execution = |source: &Arc<Source>, format: &Format| self.execution_of(source, format, options);
        // Who is there must be known when the first process records.
        let Some(head) = self.head(source, options)? else { return Ok(None) };
        let builder = Builder::recording(recorder, head.processes().map(|p| head.name(p)));
        let mut builder = self.tell(builder, sources, options, execution)?;
        builder.end();
        if builder.gave_up() {
            return Ok(None);
        }
        finish(builder, sources).map(Some)
    }

    /// The trace of one of [`Self::several`], by its number from 0.
    pub fn read_one_of(
        &self,
        sources: &[Arc<Source>],
        options: &format::Options,
        one: usize,
    ) -> Result<Trace, Failure> {
        self.read_as(Builder::new(), sources, options, |source, format| {
            let labels = self.executions_of(source, format, options)?;
            Ok(if labels.len() > 1 { one } else { 0 })
        })
    }

    /// Hands on all records of sources that are open, of each source with its number.
    pub fn records<S: Sink>(
        &self,
        sources: &[Arc<Source>],
        options: &format::Options,
        sink: &mut S,
        next: impl Fn(&mut S, usize),
    ) -> Result<(), Failure> {
        options.receivers.set(sources);
        for (number, source) in sources.iter().enumerate() {
            let format = self.format_of(source, options)?;
            let execution = self.execution_of(source, format, options)?;
            next(sink, number);
            (format.read)(source, options, execution, sink);
        }
        Ok(())
    }

    fn read_as(
        &self,
        builder: Builder,
        sources: &[Arc<Source>],
        options: &format::Options,
        execution_of: impl Fn(&Arc<Source>, &Format) -> Result<usize, Failure>,
    ) -> Result<Trace, Failure> {
        finish(self.tell(builder, sources, options, execution_of)?, sources)
    }

    /// Reads all sources into a builder.
    fn tell(
        &self,
        mut builder: Builder,
        sources: &[Arc<Source>],
        options: &format::Options,
        execution_of: impl Fn(&Arc<Source>, &Format) -> Result<usize, Failure>,
    ) -> Result<Builder, Failure> {
        options.receivers.set(sources);
        let progress = Arc::new(Progress::default());
        let bytes = sources.iter().map(|source| source.bytes().len() as u64).sum();
        let watch = Watch::start(progress.clone(), Some(bytes));
        builder = builder.telling(progress);
        let mut spans = Vec::new();
        for source in sources {
            let format = self.format_of(source, options)?;
            if let Some(dialect) = format.spans {
                spans.push((source.clone(), dialect));
                continue;
            }
            let execution = execution_of(source, format)?;
            builder.source(source.clone());
            (format.read)(source, options, execution, &mut builder);
        }
        if !spans.is_empty() {
            // A parent may stand in another file than its child.
            builder.sources_together(spans.iter().map(|(source, _)| source.clone()));
            let unseen = format::spans::read(&spans, options, &mut builder);
            unseen.iter().for_each(warn_unseen);
        }
        // The line of progress goes before anything else is said.
        drop(watch);
        Ok(builder)
    }
}

/// A file that nothing is known to read.
fn unknown(source: &Source) -> Failure {
    Failure::usage(
        format!("{} is of no format that is known here", source.name()),
        "if it is no log, leave it out; else name its format with --format (`--format help` lists them), or describe it: --pattern for a text log, --field for JSON",
    )
}

/// The trace of all that was read.
fn finish(builder: Builder, sources: &[Arc<Source>]) -> Result<Trace, Failure> {
    let trace = builder.finish().map_err(|(sources, problems)| {
        let more = problems.more();
        Failure::Input { problems: problems.locate(&sources), more }
    })?;
    cut_short(&trace);
    if trace.event_count() == 0 && trace.process_count() == 0 {
        let names: Vec<&str> = sources.iter().map(|source| source.name()).collect();
        let what = format!("the log has no events: {}", names.join(", "));
        return Err(match trace.lines().skipped {
            0 => Failure::usage(what, "a trace has at least one event, like `P1: step`"),
            skipped => Failure::usage(what, none_matched(&trace, skipped)),
        });
    }
    Ok(trace)
}

fn is_blank(source: &Source) -> bool {
    source.bytes().iter().all(u8::is_ascii_whitespace)
}

/// Says which last lines are cut short.
fn cut_short(trace: &Trace) {
    for &line in &trace.lines().cut_short {
        if let Some((source, start)) = trace.sources().resolve(line.start) {
            last_line_is_cut_short(source, start..start + line.len as usize);
        }
    }
}

/// Says so.
pub fn last_line_is_cut_short(source: &Source, line: Range<usize>) {
    let text = String::from_utf8_lossy(source.bytes().get(line.clone()).unwrap_or_default());
    let at = source.locate(line.start);
    let one_line = at.column == 1 && !text.trim_end().contains('\n');
    let shown: String = match one_line {
        true => text.trim_end().chars().take(60).collect(),
        false => text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(60).collect(),
    };
    warn(&match one_line {
        true => format!("{}:{}: the last line is cut short and left out: {shown}", at.file, at.line),
        false => format!(
            "{}:{}:{}: the file is cut short; what is whole before this is used, and this left out: {shown}",
            at.file, at.line, at.column
        ),
    });
}

/// Why a log of which something is known has no events.
fn none_matched(trace: &Trace, skipped: usize) -> String {
    let first = trace.lines().first_skipped.first();
    let shown = first.and_then(|&span| trace.sources().bytes(span)).map(String::from_utf8_lossy).unwrap_or_default();
    let end = shown.char_indices().nth(120).map_or(shown.len(), |(end, _)| end);
    format!("none of its {skipped} pieces of text is an event as described; the first is `{}`", &shown[..end])
}

/// A source with its process, by its name.
fn named(names: &FileNames, source: Source) -> Result<Source, Failure> {
    match names.process(source.name()).map(str::to_owned) {
        Some(process) => Ok(source.with_process(Some(process))),
        None => Err(Failure::usage(
            format!("the name of {} does not match --process-from-file", source.name()),
            "its one group must match the part of the name that is the process, like 'node-(.*)\\.log'",
        )),
    }
}

/// Which of several executions.
fn which(labels: &[String]) -> String {
    if labels.len() <= 1 {
        return "it is one execution: leave --execution out".into();
    }
    let shown: Vec<String> = labels.iter().take(20).enumerate().map(|(i, l)| format!("{} ({l})", i + 1)).collect();
    let more = if labels.len() > 20 { format!(" and {} more", labels.len() - 20) } else { String::new() };
    format!("name one with --execution, by its number or label: {}{more}", shown.join(", "))
}
