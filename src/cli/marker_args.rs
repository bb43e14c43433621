//! Who starts a snapshot, and where markers arrive: `P1=B` and `P1->P3=H`.

use std::sync::Arc;

use super::output::Failure;
use crate::cut::spec::{self, Mistake};
use crate::format::cut::{Entry, Place, marker_sender, parse};
use crate::format::lexis;
use crate::ids::ProcessId;
use crate::snapshot::along::Start;
use crate::snapshot::{Fix, Initiator};
use crate::source::Source;
use crate::trace::Trace;

/// A mistake in an argument, shown in it.
fn fail(option: &str, text: &str, problem: (std::ops::Range<usize>, String, String)) -> Failure {
    Failure::Text { source: Arc::new(Source::from_text(option, text)), problems: vec![problem] }
}

/// Names and positions looked up.
fn resolve(trace: &Trace, option: &str, text: &str, entry: &Entry<'_>) -> Result<(ProcessId, u32), Failure> {
    let mistake = |Mistake { at, what, help }: Mistake| fail(option, text, (at.unwrap_or(0..text.len()), what, help));
    let process = spec::process(trace, entry).map_err(mistake)?;
    let position = spec::position(trace, process, entry).map_err(mistake)?;
    Ok((process, position))
}

/// `P=POSITION` at byte `start` of `text`, to its end.
fn entry<'t>(option: &str, text: &'t str, start: usize, help: &str) -> Result<Entry<'t>, Failure> {
    let rest = text.get(start..).unwrap_or_default();
    match parse(rest).as_deref() {
        Ok([one]) => Ok(Entry { at: start + one.at.start..start + one.at.end, ..one.clone() }),
        Ok(_) => Err(fail(
            option,
            text,
            (start..text.len(), "one process and its position are expected here".into(), help.into()),
        )),
        Err(problem) => {
            let at = start + problem.at.start..start + problem.at.end;
            Err(fail(option, text, (at, problem.label.clone(), help.into())))
        }
    }
}

/// A process alone, without a position.
fn alone(text: &str) -> Option<Entry<'_>> {
    let (_, process) = lexis::name(text.trim()).ok().filter(|(rest, _)| rest.is_empty())?;
    Some(Entry { at: 0..text.len(), process, place: Place::Start })
}

/// The initiators; one that names no position stands where `unplaced` says.
pub fn initiators(
    trace: &Trace,
    texts: &[String],
    unplaced: impl Fn(ProcessId) -> u32,
) -> Result<Vec<Initiator>, Failure> {
    let mut found: Vec<Initiator> = Vec::new();
    for text in texts {
        let (process, position) = match alone(text) {
            Some(entry) => {
                resolve(trace, "--initiator", text, &entry).map(|(process, _)| (process, unplaced(process)))?
            }
            None => {
                let entry = entry("--initiator", text, 0, "an initiator is written like P1, P1=B or P1=3")?;
                resolve(trace, "--initiator", text, &entry)?
            }
        };
        if found.iter().any(|other| other.process == process) {
            let what = format!("`{}` starts the snapshot twice", trace.name(process));
            return Err(Failure::usage(what, "a process records once: leave one of the two out"));
        }
        found.push(Initiator { process, position });
    }
    Ok(found)
}

/// The initiators as they are known before the log is read; nothing where one is not written as
/// it should be.
pub fn starts(texts: &[String]) -> Option<Vec<Start>> {
    let start = |text: &String| {
        let entry = alone(text).or_else(|| entry("--initiator", text, 0, "").ok())?;
        Some(Start { process: entry.process.into_owned(), place: entry.place.into_owned() })
    };
    texts.iter().map(start).collect()
}

/// The first initiator that names no position.
pub fn first_unplaced(trace: &Trace, texts: &[String]) -> Option<ProcessId> {
    texts.iter().find_map(|text| trace.process(&alone(text)?.process))
}

/// The markers that are fixed.
pub fn fixes(trace: &Trace, texts: &[String]) -> Result<Vec<Fix>, Failure> {
    let mut found: Vec<Fix> = Vec::new();
    for text in texts {
        let (from, start) = marker_sender(text)
            .map_err(|problem| fail("--marker", text, (problem.at, problem.label, problem.help.unwrap_or_default())))?;
        let sender = Entry { at: 0..start, process: from, place: Place::Start };
        let (from, _) = resolve(trace, "--marker", text, &sender)?;
        let receiver = entry("--marker", text, start, "a marker is fixed like P1->P3=H or P1->P3=2")?;
        let (to, position) = resolve(trace, "--marker", text, &receiver)?;
        if found.iter().any(|other| (other.from, other.to) == (from, to)) {
            let what = format!("the marker {} -> {} is fixed twice", trace.name(from), trace.name(to));
            return Err(Failure::usage(what, "a channel carries one marker: leave one of the two out"));
        }
        if from == to {
            let what = format!("`{}` has no channel to itself", trace.name(from));
            return Err(Failure::usage(what, "a marker goes from one process to another: P1->P3=H"));
        }
        found.push(Fix { from, to, position });
    }
    Ok(found)
}
