//! A cycle of happens-before, hop by hop with its lines.

use super::names;
use super::snippet::Snippet;
use crate::causality::Cycle;
use crate::ids::{MessageId, ProcessId};
use crate::source::Location;
use crate::trace::Trace;

/// So many hops are shown with their lines; the others get a line each.
const SHOWN: usize = 12;

/// What to look for.
pub const HELP: &str =
    "no run can do this: look for an id that is used twice, lines in the wrong order, or the file of another run";

/// One process of the circle: it receives a message and, there or later, sends the next.
struct Hop {
    process: ProcessId,
    received: (MessageId, u32),
    sent: (MessageId, u32),
}

/// The circle, beginning at the first process of the trace that is in it.
fn hops(trace: &Trace, cycle: &Cycle) -> Vec<Hop> {
    let next = cycle.messages.iter().cycle().skip(1);
    let mut hops: Vec<Hop> = (cycle.messages.iter().zip(next))
        .filter_map(|(&into, &out)| {
            let process = trace.ends(into).1;
            Some(Hop { process, received: (into, trace.received(into)?), sent: (out, trace.sent(out)) })
        })
        .collect();
    let first = (0..hops.len()).min_by_key(|&i| hops[i].process).unwrap_or(0);
    hops.rotate_left(first);
    hops
}

/// What is wrong, in one sentence.
pub fn headline(trace: &Trace, cycle: &Cycle) -> String {
    let hops = hops(trace, cycle);
    let both = |hop: &Hop| match hop.received.1 == hop.sent.1 {
        true => names::event(trace, hop.process, hop.sent.1),
        false => format!(
            "{} -> {}",
            names::event(trace, hop.process, hop.received.1),
            names::event(trace, hop.process, hop.sent.1)
        ),
    };
    let mut around: Vec<String> = hops.iter().take(SHOWN).map(both).collect();
    if hops.len() > SHOWN {
        around.push("...".into());
    }
    around.extend(hops.first().map(|hop| names::event(trace, hop.process, hop.received.1)));
    let around = around.join(" -> ");
    format!("happens-before has a cycle: {around}; no verdict")
}

/// Where each message of the circle is sent, and where it is received.
pub fn places(trace: &Trace, cycle: &Cycle) -> Vec<Location> {
    let ends = |&message: &MessageId| {
        let (from, to) = trace.ends(message);
        let received = trace.received(message).map(|received| trace.address(to, received));
        [Some(trace.address(from, trace.sent(message))), received]
    };
    let addresses: Vec<u64> = cycle.messages.iter().flat_map(ends).flatten().collect();
    trace.sources().locate_all(&addresses).into_iter().flatten().collect()
}

/// A snippet for each hop, and a line for each that is left.
pub fn snippets(trace: &Trace, cycle: &Cycle) -> (Vec<Snippet>, Vec<String>) {
    let hops = hops(trace, cycle);
    let (shown, rest) = hops.split_at(hops.len().min(SHOWN));
    let places = names::places(trace, &rest.iter().map(|hop| (hop.process, hop.received.1)).collect::<Vec<_>>());
    let lines = rest.iter().zip(places).map(|(hop, place)| format!("{} {place}", sentence(trace, hop)));
    (shown.iter().filter_map(|hop| snippet(trace, hop)).collect(), lines.collect())
}

fn sentence(trace: &Trace, hop: &Hop) -> String {
    let (received, sent) = (hop.received.1, hop.sent.1);
    let (into, out) = (trace.message_name(hop.received.0), trace.message_name(hop.sent.0));
    let first = names::event(trace, hop.process, received);
    if received == sent {
        return format!("{first} receives {into} and sends {out}");
    }
    format!("{first} receives {into} before {} sends {out}", names::event(trace, hop.process, sent))
}

fn snippet(trace: &Trace, hop: &Hop) -> Option<Snippet> {
    let line = |number: u32| {
        let (source, offset) = trace.sources().resolve(trace.address(hop.process, number))?;
        Some((source, source.line_at(offset)))
    };
    let ((into, received), (out, sent)) = (hop.received, hop.sent);
    let from = names::event(trace, trace.ends(into).0, trace.sent(into));
    let to = names::event(trace, trace.ends(out).1, trace.received_or_never(out));
    let (into, out) = (trace.message_name(into), trace.message_name(out));
    let (source, at) = line(received)?;
    let receives = format!("receives {into}, which {from} sends");
    let sends = format!("sends {out}, which {to} receives");
    if received == sent {
        return Some(Snippet::new(sentence(trace, hop), source, at, format!("{receives}, and {sends}")));
    }
    let snippet = Snippet::new(sentence(trace, hop), source, at, receives);
    let (source, at) = line(sent)?;
    Some(snippet.and(source, at, sends))
}
