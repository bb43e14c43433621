//! Saved traces as their lines: what reports show of a table is the line that each record is as JSON Lines.

use std::sync::Arc;

use super::input::{FEW, LARGE};
use super::output::{Failure, note, warn};
use crate::format;
use crate::format::record::Problem;
use crate::format::saved::{self, Kind};
use crate::ids::ProcessId;
#[cfg(feature = "arrow")]
use crate::report::convert::saved::show;
use crate::report::convert::{Lines, Shape};
use crate::source::Source;
use crate::trace::{Builder, Keep, Trace, Wanted};

/// A source that was opened: a saved trace as its lines, unless it is a large one, which may be of use as it is.
pub fn opened(source: Source) -> Result<Source, Failure> {
    match Kind::of(source.bytes()) {
        None => Ok(source),
        Some(Kind::Parquet) => {
            let bytes = saved::arrow(source.bytes()).map_err(|problem| unreadable(&source, problem))?.into_owned();
            opened(Source::from_text(source.name(), bytes).with_process(source.process().map(Into::into)))
        }
        Some(Kind::Arrow) if source.bytes().len() < LARGE || !Kind::Arrow.is_built_in() => small(source),
        Some(Kind::Arrow) => Ok(source),
    }
}

/// A small table as its lines.
fn small(table: Source) -> Result<Source, Failure> {
    let lines = Arc::new(lines(&table)?);
    let mut builder = Builder::keeping(Keep::Messages);
    builder.source(lines.clone());
    format::jsonl::read(&lines, &mut builder);
    // What is wrong with it is told by whoever reads it as what it is part of.
    if let Ok(trace) = builder.finish() {
        compare(&[Arc::new(table)], &trace);
    }
    Arc::into_inner(lines).ok_or_else(|| Failure::usage("a table is in use", "try again"))
}

/// Whether any of them is a table.
pub fn is_table(sources: &[Arc<Source>]) -> bool {
    sources.iter().any(|source| Kind::of(source.bytes()).is_some())
}

/// Sources without those that are tables: these as their lines.
pub fn as_lines(sources: &[Arc<Source>]) -> Result<Vec<Arc<Source>>, Failure> {
    let one = |source: &Arc<Source>| match Kind::of(source.bytes()) {
        Some(_) => lines(source).map(Arc::new),
        None => Ok(source.clone()),
    };
    sources.iter().map(one).collect()
}

/// The trace of a large saved one for questions about cuts. Where its columns do not do, that is said, as records take longer.
pub fn for_cuts(sources: &[Arc<Source>], keep: Keep) -> Option<Trace> {
    if keep.has_actions() {
        return None;
    }
    match columns(sources, Builder::keeping(keep))? {
        Ok(trace) => Some(trace).filter(is_large),
        Err(why) => {
            note(&format!("{why}; it is read record by record, which takes longer"));
            None
        }
    }
}

/// The trace of the messages of a large saved one that cross a cut, where these are enough.
pub fn crossing(sources: &[Arc<Source>], wanted: Wanted) -> Option<Trace> {
    columns(sources, Builder::crossing(wanted))?.ok().filter(is_large)
}

/// Few events may be drawn.
fn is_large(trace: &Trace) -> bool {
    trace.event_count() > FEW
}

/// The trace of a saved one, straight from its columns, or why they do not do; nothing where this is none.
#[cfg(feature = "arrow")]
pub fn columns(sources: &[Arc<Source>], builder: Builder) -> Option<Result<Trace, String>> {
    let [source] = sources else { return None };
    if Kind::of(source.bytes()) != Some(Kind::Arrow) {
        return None;
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    Some(builder.columns(source, threads).map_err(|why| format!("{}: {why}", source.name())))
}

/// Shows the lines of a few events of a trace that was read from columns; false for any other trace.
#[cfg(feature = "arrow")]
pub fn look_up(trace: &mut Trace, events: &[(ProcessId, u32)]) -> Result<bool, Failure> {
    let Some(source) = trace.sources().nth(0).map(|(_, source)| source.clone()) else { return Ok(false) };
    if Kind::of(source.bytes()) != Some(Kind::Arrow) {
        return Ok(false);
    }
    let changed = |why| Failure::usage(format!("cannot read {}: {why}", source.name()), "try again");
    show(trace, &source, events).map_err(changed)?;
    Ok(true)
}

/// This program reads no tables.
#[cfg(not(feature = "arrow"))]
pub fn columns(_: &[Arc<Source>], _: Builder) -> Option<Result<Trace, String>> {
    None
}

/// This program reads no tables.
#[cfg(not(feature = "arrow"))]
pub fn look_up(_: &mut Trace, _: &[(ProcessId, u32)]) -> Result<bool, Failure> {
    Ok(false)
}

/// A saved trace as JSON Lines, under its own name.
fn lines(source: &Source) -> Result<Source, Failure> {
    let mut lines = Lines::new(Vec::new(), Shape::JsonLines);
    saved::read(source.bytes(), &mut lines).map_err(|problem| unreadable(source, problem))?;
    let done = lines.finish()?;
    if let Some((_, problem)) = done.problems.into_iter().next() {
        let what = format!("row {}: {}", problem.at.start + 1, problem.what);
        return Err(unreadable(source, Problem { what, ..problem }));
    }
    Ok(Source::from_text(source.name(), done.out).with_process(source.process().map(Into::into)))
}

/// Says so where the numbers of a saved trace tell of other messages than its ids, by which `trace` was paired.
pub fn compare(sources: &[Arc<Source>], trace: &Trace) {
    let Some(Ok(by_numbers)) = columns(sources, Builder::keeping(Keep::Messages)) else { return };
    let ends = |trace: &Trace, message| {
        let (from, to) = trace.ends(message);
        (from, to, trace.sent(message), trace.received(message))
    };
    let same = by_numbers.messages().eq(trace.messages())
        && trace.messages().all(|message| ends(trace, message) == ends(&by_numbers, message));
    if !same {
        let name = sources.first().map_or("", |source| source.name());
        warn(&format!(
            "{name}: the ids of its messages pair other rows than \"peer_position\" says; here the ids are followed"
        ));
    }
}

fn unreadable(source: &Source, problem: Problem) -> Failure {
    let help = problem.help.unwrap_or_else(|| "grammar/saved.md says what a saved trace is".into());
    Failure::usage(format!("cannot read {}: {}", source.name(), problem.what), help)
}
