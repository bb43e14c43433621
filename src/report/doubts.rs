//! What makes a verdict doubtful; what a cut by clocks on the wall rests on.

use super::text::duration::duration;
use super::text::names;
use crate::cut::Verification;
use crate::cut::doubt::Doubt;
use crate::format::time::Time;
use crate::ids::ProcessId;
use crate::trace::Trace;
use crate::trace::audit::skew::{self, Skew};

/// So many are told one by one.
const DOUBTS: usize = 5;

/// What is doubtful about a verdict; and of a cut by clocks on the wall, one sentence for each pair of processes whose clocks
/// are proven to differ, and between which the cut has orphans. Time: that of [`skew::of`] where there are orphans.
pub fn notes(trace: &Trace, found: &Verification, by_clock: bool) -> Vec<String> {
    let mut notes = told(trace, &found.doubts);
    if by_clock {
        notes.extend(skews(trace, found));
    }
    notes
}

/// The events whose lines the sentences give.
pub fn events(found: &Verification) -> impl Iterator<Item = (ProcessId, u32)> {
    found.doubts.iter().take(DOUBTS).flat_map(|&doubt| match doubt {
        Doubt::GoesDown { process, later, earlier } => vec![(process, later), (process, earlier)],
        Doubt::Untimed { process, first, .. } => vec![(process, first)],
        Doubt::CutShort(_) | Doubt::SentAgain(_) => Vec::new(),
    })
}

/// A sentence for each of some doubts, or for the first of many.
pub fn told(trace: &Trace, doubts: &[Doubt]) -> Vec<String> {
    let mut told: Vec<String> = doubts.iter().take(DOUBTS).map(|&doubt| sentence(trace, doubt)).collect();
    let more = doubts.len().saturating_sub(DOUBTS);
    if more > 0 {
        told.push(format!("and {more} more like this"));
    }
    told
}

fn sentence(trace: &Trace, doubt: Doubt) -> String {
    let event =
        |process, number| format!("{}{}", names::event(trace, process, number), names::place(trace, process, number));
    match doubt {
        Doubt::GoesDown { process, later, earlier } => format!(
            "the times of {} go down: {} is later than the time, and {} behind it is not; where it stood they do not say (--cut does)",
            trace.name(process),
            event(process, later),
            event(process, earlier)
        ),
        Doubt::CutShort(process) => format!(
            "the log of {} is cut short where it stands: what came next may have been inside",
            trace.name(process)
        ),
        Doubt::SentAgain(channel) => {
            let (from, to) = trace.channels().ends(channel);
            format!(
                "ids are sent from {} to {} again while they are on their way, and that channel may reorder: which of their messages is received the log does not say",
                trace.name(from),
                trace.name(to)
            )
        }
        Doubt::Untimed { process, first, last } if first == last => format!(
            "{} has no time: it is taken to belong to the event before it, and so inside",
            event(process, first)
        ),
        Doubt::Untimed { process, first, last } => format!(
            "{} and {} more of {} have no times: they are taken to belong to the event before them, and so inside",
            event(process, first),
            last - first,
            trace.name(process)
        ),
    }
}

fn skews(trace: &Trace, found: &Verification) -> Vec<String> {
    if found.classes.orphans.is_empty() {
        return Vec::new();
    }
    let between = |skew: &Skew| {
        let ends = [(skew.from, skew.to), (skew.to, skew.from)];
        found.classes.orphans.iter().any(|&orphan| ends.contains(&trace.ends(orphan)))
    };
    let sentence = |skew: &Skew| {
        let names = format!("{} and {}", trace.name(skew.from), trace.name(skew.to));
        if !skew.can_be_constant() {
            return format!(
                "no constant skew explains the clocks of {names} (`clearcut check`): times across processes do not compare"
            );
        }
        let bounds =
            [skew.least, skew.most].into_iter().flatten().map(|bound| bound.skew.billionths().saturating_abs());
        let zero_side =
            bounds.min().map_or_else(String::new, |by| duration(Time::from_billionths(by), skew.in_seconds));
        format!(
            "the clocks of {names} differ by at least {zero_side} (`clearcut check`): times across processes do not compare"
        )
    };
    skew::of(trace).iter().filter(|skew| !skew.can_be_zero() && between(skew)).map(sentence).collect()
}
