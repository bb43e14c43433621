//! From the text of a cut to the cut: names and labels are looked up, and what is missing is said.

use std::ops::Range;

use super::Cut;
use crate::format::cut::{Entry, Place};
use crate::ids::ProcessId;
use crate::trace::{Trace, nearest};

/// A mistake in a cut: where in its text, what, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The bytes of the text that are at fault; all of it where something is missing.
    pub at: Option<Range<usize>>,
    /// What is wrong.
    pub what: String,
    /// How to mend it.
    pub help: String,
}

/// Where processes stand that a cut does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// Before their first event.
    Start,
    /// After their last.
    End,
}

/// The cut that `entries` describe.
///
/// # Errors
/// Every [`Mistake`]: unknown processes and labels, counts past the end, processes named twice or not at all.
pub fn resolve(trace: &Trace, entries: &[Entry<'_>], rest: Option<Rest>) -> Result<Cut, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let mut positions: Vec<Option<u32>> = vec![None; trace.process_count()];
    for entry in entries {
        let process = match process(trace, entry) {
            Ok(process) => process,
            Err(mistake) => {
                mistakes.push(mistake);
                continue;
            }
        };
        let slot = &mut positions[process.index()];
        if slot.is_some() {
            mistakes.push(Mistake {
                at: Some(entry.at.clone()),
                what: format!("process `{}` is named twice", entry.process),
                help: "a cut has one position for each process: leave one of them out".into(),
            });
            continue;
        }
        match position(trace, process, entry) {
            Ok(position) => *slot = Some(position),
            Err(mistake) => {
                // Named, though wrongly: it is not missing as well.
                *slot = Some(0);
                mistakes.push(mistake);
            }
        }
    }
    // A process without events has one position and need not be named.
    let unnamed = |&p: &ProcessId| positions[p.index()].is_none() && trace.events(p) > 0;
    let missing: Vec<&str> = trace.processes().filter(unnamed).map(|p| trace.name(p)).collect();
    if rest.is_none() && !missing.is_empty() {
        let stand = if missing.len() == 1 { "stands" } else { "stand" };
        mistakes.push(Mistake {
            at: None,
            what: format!("the cut does not say where {} {stand}", list(&missing)),
            help: "name a position for each, or say `--rest start` or `--rest end` for all of them".into(),
        });
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let fill = |p: ProcessId| match rest {
        Some(Rest::End) => trace.events(p),
        _ => 0,
    };
    Ok(Cut { positions: trace.processes().map(|p| positions[p.index()].unwrap_or_else(|| fill(p))).collect() })
}

/// The mistakes in the cuts that the log names: the name of the cut, the address of the mistake, and what it is. A cut
/// that leaves processes out is none, as `--rest` says where they stand.
///
/// ```
/// use clearcut::{cut::spec::named_mistakes, trace::Trace};
/// let trace = Trace::from_text("A b: step\ncut good = A=b\ncut bad = A=c\n").unwrap();
/// let found = named_mistakes(&trace);
/// assert_eq!((found.len(), found[0].0, found[0].1), (1, "bad", 35));
/// ```
pub fn named_mistakes(trace: &Trace) -> Vec<(&str, u64, Mistake)> {
    let mut all = Vec::new();
    for (name, _) in trace.named_cuts() {
        let Some((address, text)) = trace.named_cut(name) else { continue };
        let mistakes = match crate::format::cut::parse(text) {
            Ok(entries) => resolve(trace, &entries, Some(Rest::Start)).err().unwrap_or_default(),
            Err(problem) => {
                let help = problem.help.unwrap_or_default();
                vec![Mistake { at: Some(problem.at), what: format!("{}: {}", problem.what, problem.label), help }]
            }
        };
        let place = |mistake: &Mistake| address + mistake.at.as_ref().map_or(0, |at| at.start) as u64;
        all.extend(mistakes.into_iter().map(|mistake| (name, place(&mistake), mistake)));
    }
    all
}

pub(super) fn list(names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().take(10).map(|n| format!("`{n}`")).collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn unknown_process(trace: &Trace, entry: &Entry<'_>) -> Mistake {
    let names: Vec<&str> = trace.processes().map(|p| trace.name(p)).collect();
    Mistake {
        at: Some(entry.at.clone()),
        what: format!("unknown process `{}`", entry.process),
        help: match nearest(&entry.process, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the trace has {}", list(&names)),
        },
    }
}

/// The process that an entry names.
pub fn process(trace: &Trace, entry: &Entry<'_>) -> Result<ProcessId, Mistake> {
    trace.process(&entry.process).ok_or_else(|| unknown_process(trace, entry))
}

/// So many events, in words.
fn counted(events: u32) -> String {
    if events == 1 { "1 event".into() } else { format!("{events} events") }
}

/// Where an entry puts its process.
pub fn position(trace: &Trace, process: ProcessId, entry: &Entry<'_>) -> Result<u32, Mistake> {
    let events = trace.events(process);
    match &entry.place {
        Place::Start => Ok(0),
        Place::End => Ok(events),
        Place::Count(count) if *count <= u64::from(events) => Ok(*count as u32),
        Place::Count(count) => Err(Mistake {
            at: Some(entry.at.clone()),
            what: format!("`{}` has {}, not {count}", entry.process, counted(events)),
            help: format!("a position of `{}` is 0 to {events}", entry.process),
        }),
        Place::Label(label) => trace.find_label(process, label).ok_or_else(|| {
            let labels: Vec<&str> = trace.labels(process).map(|(_, label)| label).collect();
            Mistake {
                at: Some(entry.at.clone()),
                what: format!("`{}` has no event labelled `{label}`", entry.process),
                help: match nearest(label, labels.iter().copied()) {
                    _ if !elsewhere(trace, label).is_empty() => {
                        format!("`{label}` is an event of {}", list(&elsewhere(trace, label)))
                    }
                    Some(near) => format!("did you mean `{near}`?"),
                    None if labels.is_empty() => {
                        format!("its events have no labels: say how many of its {events} events are inside")
                    }
                    None => format!("its labels are {}", list(&labels)),
                },
            }
        }),
    }
}

/// The processes that have an event of this label.
fn elsewhere<'t>(trace: &'t Trace, label: &str) -> Vec<&'t str> {
    trace.processes().filter(|&p| trace.find_label(p, label).is_some()).map(|p| trace.name(p)).collect()
}

/// The event that one entry of a cut names: the last one before its position.
///
/// # Errors
/// A [`Mistake`] where there is not one entry, it names nothing in the trace, or nothing comes before its position.
pub fn event(trace: &Trace, entries: &[Entry<'_>]) -> Result<(ProcessId, u32), Mistake> {
    let [entry] = entries else {
        return Err(Mistake {
            at: entries.get(1).map(|entry| entry.at.clone()),
            what: format!("expected one event, not {}", entries.len()),
            help: "an event is written P1=B (its label) or P1=3 (its number, from 1)".into(),
        });
    };
    let process = trace.process(&entry.process).ok_or_else(|| unknown_process(trace, entry))?;
    match position(trace, process, entry)? {
        0 => Err(Mistake {
            at: Some(entry.at.clone()),
            what: format!("`{}` is no event: it is the point before the first one of `{}`", entry.place, entry.process),
            help: match trace.events(process) {
                0 => format!("`{}` has no events", entry.process),
                events => format!("the events of `{}` are 1 to {events}", entry.process),
            },
        }),
        number => Ok((process, number)),
    }
}
