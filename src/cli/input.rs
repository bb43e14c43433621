//! From the files of the command line to a trace.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::format_args::{FormatArgs, HEADING};
use super::output::{Failure, warn};
use super::progress::Watch;
use super::saved;
use super::unseen::{unseen_failure, warn_unseen};
use crate::format::record::Sink;
use crate::format::sections::Pace;
use crate::format::{self, Format};
use crate::ids::ProcessId;
use crate::source::{Progress, Source};
use crate::trace::{Builder, Keep, Recorder, Trace, Wanted, audit};

/// From this size on, in bytes, a log is first read without what only single events are asked for.
pub(super) const LARGE: usize = 1 << 20;

/// A log of so few events is small, however long their lines are.
pub(super) const FEW: usize = 1000;

/// In so many bytes most logs name all their processes, and show what their lines have; in an eighth of those that are
/// shorter than eight times that.
const HEAD: usize = 1 << 20;

/// After so many events most processes of a large log have been named.
const EARLY: usize = 1 << 16;

/// The log: what every command reads.
#[derive(Clone, Debug, Args)]
pub struct Input {
    /// Files of one trace: one per process, or parts of one log (read oldest first); folders of them, patterns, `-` for
    /// standard input; gzip and zstd too
    #[arg(value_name = "TRACE", required = true)]
    pub files: Vec<PathBuf>,
    /// Which execution of a log that holds several: its label, or its number from 1
    #[arg(long, value_name = "LABEL", help_heading = HEADING)]
    pub execution: Option<String>,
    #[command(flatten)]
    pub format: FormatArgs,
}

impl Input {
    /// What is said of the log on the command line.
    pub fn options(&self) -> Result<format::Options, Failure> {
        self.format.described().map(|described| described.options)
    }

    /// The trace of all the files.
    pub fn trace(&self) -> Result<Trace, Failure> {
        let sources = self.sources()?;
        self.read(&sources, &self.options()?)
    }

    /// The trace of sources that are open.
    pub fn read(&self, sources: &[Arc<Source>], options: &format::Options) -> Result<Trace, Failure> {
        let lines = saved::as_lines(sources)?;
        let execution = |source: &Arc<Source>, format: &Format| self.execution_of(source, format, options);
        let trace = self.read_as(Builder::new(), &lines, options, execution)?;
        saved::compare(sources, &trace);
        Ok(trace)
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
    /// of them, or of a log that is not causal the `second`; times only where they are asked for. Those that a report names
    /// can be looked up: [`Self::look_up`].
    pub fn read_for_cuts(
        &self,
        sources: &[Arc<Source>],
        options: &format::Options,
        (keep, second): (Keep, Keep),
        times: bool,
    ) -> Result<Trace, Failure> {
        if let Some(trace) = saved::for_cuts(sources, keep) {
            return Ok(trace);
        }
        if !self.is_large_by_line(sources, options)? {
            return self.read(sources, options);
        }
        // Where the order of the events is asked for, that of the log is taken if there is one, then that of the times.
        let kept = || Builder::keeping(keep).timed(times || keep.has_order());
        let by_section = self.tell_by_section(kept, Pace::AsFarAsItGoes, sources, options)?;
        if let Some(mut builder) = by_section
            && (keep < Keep::Order || builder.number_as_logged() && builder.is_out_of_order())
        {
            let trace = finish(builder, sources)?;
            if is_enough(&trace) {
                return Ok(trace);
            }
        }
        self.read_from_the_front(sources, options, (keep, second), times)
    }

    /// The same of a large log, from front to back.
    fn read_from_the_front(
        &self,
        sources: &[Arc<Source>],
        options: &format::Options,
        (keep, second): (Keep, Keep),
        times: bool,
    ) -> Result<Trace, Failure> {
        let execution = |source: &Arc<Source>, format: &Format| self.execution_of(source, format, options);
        let builder = self.tell(Builder::keeping(keep).timed(times).in_order(), sources, options, execution)?;
        if !builder.is_out_of_order() {
            let trace = finish(builder, sources)?;
            if trace.log_is_causal() && is_enough(&trace) {
                return Ok(trace);
            }
        } else if second < Keep::Events {
            drop(builder);
            let trace =
                finish(self.tell(Builder::keeping(second).timed(times), sources, options, execution)?, sources)?;
            if is_enough(&trace) {
                return Ok(trace);
            }
        }
        self.read(sources, options)
    }

    /// The trace of sources that are open, for an audit: logged clocks and snapshots that the log recorded are judged event
    /// by event, all else by the messages.
    pub fn read_for_audit(&self, sources: &[Arc<Source>], options: &format::Options) -> Result<Trace, Failure> {
        // What a saved trace says in numbers is held against its ids.
        if saved::is_table(sources) {
            return self.read(sources, options);
        }
        let by_event = |trace: &Trace| trace.has_clocks() || !trace.marks().is_empty();
        let heads = sources.iter().map(|source| self.head(source, options)).collect::<Result<Vec<_>, _>>()?;
        if heads.iter().flatten().any(by_event) {
            return self.read(sources, options);
        }
        if !self.is_large_by_line(sources, options)? {
            return self.read(sources, options);
        }
        let kept = || Builder::keeping(Keep::Messages);
        if let Some(mut builder) = self.tell_by_section(kept, Pace::AsFarAsItGoes, sources, options)?
            // What is found is told in the order of the log.
            && builder.number_as_logged()
        {
            return finish(builder, sources);
        }
        // Most logs obey: that takes no more than the messages in flight.
        let execution = |source: &Arc<Source>, format: &Format| self.execution_of(source, format, options);
        let ids_are_numbers = heads.iter().flatten().all(audit::ids_are_numbers);
        let mut builder = self.tell(Builder::auditing(ids_are_numbers), sources, options, execution)?;
        builder.end();
        if !builder.gave_up() {
            return finish(builder, sources);
        }
        drop(builder);
        let trace = self.read_from_the_front(sources, options, (Keep::Messages, Keep::Events), true)?;
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
        let head = Arc::new(source.head(HEAD.min(source.bytes().len() / 8)));
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
        if saved::look_up(trace, &events)? {
            return Ok(());
        }
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
        if saved::is_table(sources) {
            return Ok(saved::crossing(sources, wanted));
        }
        if !self.is_large_by_line(sources, options)? {
            return Ok(None);
        }
        let execution = |source: &Arc<Source>, format: &Format| self.execution_of(source, format, options);
        // To look in vain takes little of what is to be read; where that is much, processes may come late.
        let bytes: usize = sources.iter().map(|source| source.bytes().len()).sum();
        let wanted = Wanted { early: (bytes / 128).min(EARLY), ..wanted };
        let of = || Builder::crossing(wanted.clone()).timed(false);
        let builder = match self.tell_by_section(of, Pace::ByTheBlock, sources, options)? {
            Some(builder) => builder,
            None => self.tell(of(), sources, options, execution)?,
        };
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
        let builder = Builder::recording(recorder, head.processes().map(|p| head.name(p))).timed(false);
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

    /// What `builder` makes of sources that are read by their sections, where they fall into any.
    fn tell_by_section(
        &self,
        builder: impl Fn() -> Builder,
        pace: Pace,
        sources: &[Arc<Source>],
        options: &format::Options,
    ) -> Result<Option<Builder>, Failure> {
        let formats = sources.iter().map(|source| self.format_of(source, options)).collect::<Result<Vec<_>, _>>()?;
        let Some(&format) = formats.first() else { return Ok(None) };
        if formats.iter().any(|other| other.name != format.name) {
            return Ok(None);
        }
        // One that is asked for must be there, as for any other way to read the log.
        for source in sources {
            self.execution_of(source, format, options)?;
        }
        let progress = Arc::new(Progress::default());
        let bytes = sources.iter().map(|source| source.bytes().len() as u64).sum();
        let _watch = Watch::start(progress.clone(), Some(bytes));
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let builder = || builder().telling(progress.clone());
        Ok(Builder::by_section(format, sources, (pace, threads), builder))
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
            // Then all spans are of one process, which is in no disorder.
            let keys = unseen.iter().filter(|unseen| unseen.said.starts_with("--process-key")).count();
            if keys > 0 && keys == options.process_key.len() {
                drop(watch);
                return Err(Failure::Several(unseen.iter().map(unseen_failure).collect()));
            }
            unseen.iter().for_each(warn_unseen);
        }
        // The line of progress goes before anything else is said.
        drop(watch);
        Ok(builder)
    }
}

/// Whether a trace that keeps no events is enough: messages must be inferred where there are none, which takes the events;
/// few events may be drawn.
fn is_enough(trace: &Trace) -> bool {
    trace.message_count() > 0 && trace.event_count() > FEW
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
    let Some(&first) = trace.lines().first_skipped.first() else { return "a trace has at least one event".into() };
    let shown = trace.sources().bytes(first).map(String::from_utf8_lossy).unwrap_or_default();
    let end = shown.char_indices().nth(120).map_or(shown.len(), |(end, _)| end);
    let place = trace.sources().locate(first.start).map(|at| format!(" [{at}]")).unwrap_or_default();
    let of_spans = trace.sources().resolve(first.start).and_then(|(source, _)| format::detect(source)?.spans).is_some();
    let which = match skipped {
        _ if of_spans => {
            let spans = if skipped == 1 {
                "its one span has no id".into()
            } else {
                format!("none of its {skipped} spans has an id")
            };
            format!(
                "{spans} that can be read: one of up to 16 hex digits, and one of its trace of up to 32 (in OTLP exactly as many, or base64); the first is"
            )
        }
        1 => "its one piece of text is no event as described:".into(),
        _ => format!("none of its {skipped} pieces of text is an event as described; the first is"),
    };
    format!("{which} `{}`{place}", &shown[..end])
}
