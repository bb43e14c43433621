//! Why no snapshot was taken, and what can be done.

use super::names;
use super::table;
use crate::ids::MessageId;
use crate::snapshot::{Fix, Obstacle, Refusal};
use crate::trace::Trace;

/// So many of a kind are named.
const LISTED: usize = 3;

/// What is wrong and how to mend it; nothing for a cycle of happens-before, which has a report of its own.
pub fn text(trace: &Trace, refusal: &Refusal) -> Option<(String, String)> {
    match refusal {
        Refusal::Cycle(_) => None,
        Refusal::NotFifo { overtaken, lost, unordered } => {
            let channels = table::some(unordered, LISTED, |&c| {
                let (from, to) = trace.channels().ends(c);
                format!("{} -> {} is declared unordered", trace.name(from), trace.name(to))
            });
            let passed = table::some(overtaken, LISTED, |&(fast, slow)| overtaking(trace, fast, slow));
            let lost = table::some(lost, LISTED, |&(lost, later)| losing(trace, lost, later));
            let why = channels.into_iter().chain(passed).chain(lost).collect::<Vec<_>>().join("; ");
            Some((
                format!("Chandy-Lamport needs FIFO channels, or a marker proves nothing: {why}"),
                "`snapshot --algorithm lai-yang` (without --all) needs no FIFO: messages carry colours instead of markers".into(),
            ))
        }
        Refusal::Batch { before, behind } => {
            let to = trace.ends(*before).1;
            let event = names::event(trace, to, trace.received(*before)?);
            Some((
                format!(
                    "{event} receives {} and {} at once, and the first marker to {} stands between them: it has no position there",
                    trace.message_name(*before),
                    trace.message_name(*behind),
                    trace.name(to)
                ),
                "start elsewhere, or use --algorithm lai-yang, which records before such an event".into(),
            ))
        }
        Refusal::Fixed(fix, obstacle) => Some(fixed(trace, fix, obstacle)),
    }
}

fn overtaking(trace: &Trace, fast: MessageId, slow: MessageId) -> String {
    let (from, to) = trace.ends(fast);
    format!(
        "{} overtook {} from {} to {}{}",
        trace.message_name(fast),
        trace.message_name(slow),
        trace.name(from),
        trace.name(to),
        trace.received(fast).map_or_else(String::new, |k| names::place(trace, to, k))
    )
}

fn losing(trace: &Trace, lost: MessageId, later: MessageId) -> String {
    let (from, to) = trace.ends(lost);
    format!(
        "{} from {} to {} was never received{}, and {}, sent after it, was{}",
        trace.message_name(lost),
        trace.name(from),
        trace.name(to),
        names::place(trace, from, trace.sent(lost)),
        trace.message_name(later),
        trace.received(later).map_or_else(String::new, |k| names::place(trace, to, k))
    )
}

fn fixed(trace: &Trace, fix: &Fix, obstacle: &Obstacle) -> (String, String) {
    let (from, to) = (trace.name(fix.from), trace.name(fix.to));
    let marker = format!("the marker {from} -> {to} cannot arrive {}", names::after(trace, fix.to, fix.position));
    let received = |m: MessageId| {
        trace.received(m).map_or_else(String::new, |k| format!(", received at {}", names::event(trace, fix.to, k)))
    };
    match obstacle {
        Obstacle::NoChannel => {
            (format!("there is no channel {from} -> {to}"), "the log declares its channels: name one of them".into())
        }
        Obstacle::NeverSent => (
            format!("the marker {from} -> {to} is never sent: {from} does not record within the log"),
            "leave it out; without it the report says why".into(),
        ),
        Obstacle::Overtakes(m) => (
            format!("{marker}: it would overtake {}, sent before it{}", trace.message_name(*m), received(*m)),
            format!("fix it at {} or later", trace.received_or_never(*m)),
        ),
        Obstacle::Behind(m) => (
            format!("{marker}: {} was sent before it, and the log never sees it received", trace.message_name(*m)),
            "a marker that no process waits for may stay there: leave it out".into(),
        ),
        Obstacle::OvertakenBy(m) => (
            format!("{marker}: {}, sent after it{}, would overtake it", trace.message_name(*m), received(*m)),
            format!("fix it at {} or before", trace.received_or_never(*m).saturating_sub(1)),
        ),
        Obstacle::Cycle { sent, messages } => {
            let through = match messages.is_empty() {
                true => String::new(),
                false => {
                    let names: Vec<String> = messages.iter().map(|&m| trace.message_name(m).into_owned()).collect();
                    format!(" through {}", names.join(", "))
                }
            };
            (
                format!(
                    "{marker}: it would close a cycle: {} happens before {}{through}, after which {from} records and sends it",
                    names::event(trace, fix.to, fix.position.saturating_add(1)),
                    names::event(trace, fix.from, *sent)
                ),
                format!("fix it later, or let {from} record earlier"),
            )
        }
        Obstacle::NoOrder => (
            format!("{marker}: no order of the events was found in which all fixed markers arrive as they should"),
            "fix the markers before it too: those that are free arrive as --delivery says".into(),
        ),
    }
}
