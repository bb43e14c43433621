//! A snapshot that the log recorded, judged, for people: four verdicts, and every difference with its line.

use super::names;
use super::table;
use crate::cut::{Class, Verdict};
use crate::ids::{MessageId, ProcessId};
use crate::snapshot::recorded::{ChannelFault, Difference, Member, Recorded, Wait, WaitsFor, What};
use crate::trace::Trace;

/// So many of a kind are listed; the JSON has all.
const LISTED: usize = 20;
/// So many messages of a channel are named.
const NAMED: usize = 6;

/// The whole judgement; goes before the report on its cut.
pub fn text(trace: &Trace, found: &Recorded) -> String {
    let verdict = found.verdict();
    let sentence = match (verdict, found.complete) {
        (Verdict::Holds, _) => "recorded what happened",
        (Verdict::Violated, _) => "did not record what happened, or was not taken as the algorithm says",
        (Verdict::Undetermined, false) => "is not complete",
        (Verdict::Undetermined, true) => "cannot be judged from this log",
    };
    let cut = match found.found.verdict {
        Verdict::Holds => "consistent",
        Verdict::Violated => "not consistent",
        Verdict::Undetermined => "undetermined",
    };
    let mut out = format!("{}: snapshot {} {sentence}\n", verdict.name(), trace.snapshots().get(found.snapshot));
    let rows = [
        ["cut", cut],
        ["states", found.states.name()],
        ["channels", found.channels.name()],
        ["protocol", found.protocol.name()],
    ];
    out += &table::lines(&rows.map(|row| row.map(String::from).to_vec()), 2);
    if !found.differences.is_empty() {
        out += &differences(trace, found);
    }
    if !found.waits.is_empty() {
        let lines = table::some(&found.waits, LISTED, |wait| waits(trace, wait));
        out += &format!("\n{}", indented(&lines));
    }
    if !found.holes.is_empty() {
        let unsent = found.holes.iter().filter_map(|&hole| trace.unsent().get(hole)).collect::<Vec<_>>();
        let lines = table::some(&unsent, LISTED, |unsent| {
            format!(
                "{} may have been in a channel to {}: the log lacks its send",
                trace.unsent_name(unsent),
                trace.name(unsent.to)
            )
        });
        out += &format!("\n{}", indented(&lines));
    }
    out.push('\n');
    out
}

fn indented(lines: &[String]) -> String {
    lines.iter().map(|line| format!("  {line}\n")).collect()
}

fn differences(trace: &Trace, found: &Recorded) -> String {
    let addresses: Vec<u64> = found.differences.iter().take(LISTED).map(|d| d.at).collect();
    let places = trace.sources().locate_all(&addresses);
    let mut places = places.into_iter().map(|place| match place {
        Some(l) => format!(" [{}:{}]", l.file, l.line),
        None => String::new(),
    });
    let lines = table::some(&found.differences, LISTED, |difference| {
        let place = places.next().unwrap_or_default();
        format!("{}{place}\n{}", difference.what.rule(), indented_twice(&sentences(trace, difference)))
    });
    let blocks = lines.iter().map(|line| format!("\n{}\n", line.trim_end()));
    blocks.collect()
}

fn indented_twice(lines: &[String]) -> String {
    lines.iter().map(|line| format!("  {line}\n")).collect()
}

/// What a difference says, the rule first.
fn sentences(trace: &Trace, difference: &Difference) -> Vec<String> {
    let who = trace.name(difference.process);
    let name = |p: &ProcessId| trace.name(*p);
    match &difference.what {
        What::State { variable, expected, recorded } => vec![match expected {
            Some(expected) => format!("{who} claims {variable} = {recorded}; where it recorded it was {expected}"),
            None => format!("{who} claims {variable} = {recorded}; the log gives it no such variable there"),
        }],
        What::Channel { name, expected, recorded, faults, .. } => {
            let mut lines = vec![
                format!("{who} claims of the channel from {name}: {}", members(recorded)),
                format!("in transit there: {}", messages(trace, expected)),
            ];
            lines.extend(table::some(faults, NAMED, |fault| fault_sentence(trace, name, recorded, fault)));
            lines
        }
        What::RecordedTwice { first, again } => {
            vec![format!("{who} recorded at {first} and again at {again}; a process records once")]
        }
        What::RecordedLate { from, expected, recorded } => vec![format!(
            "{who} had its first marker, from {}, at {expected} and recorded at {recorded}; it must record before its next event",
            name(from)
        )],
        What::NotRecorded { from: Some(from), expected } => vec![format!(
            "{who} had its first marker, from {}, at {expected} and went on; it must record before its next event",
            name(from)
        )],
        What::NotRecorded { from: None, expected } => {
            vec![format!("{who} sent a marker at {expected} and went on; it must record in the same step")]
        }
        What::MarkerMissing { to, recorded } => vec![format!(
            "{who} recorded at {recorded} and went on without a marker to {}; it must send one on every outgoing channel",
            name(to)
        )],
        What::MarkerLate { to, message, recorded, sent } => vec![format!(
            "{who} recorded at {recorded}, sent {} to {} and the marker only after it, at {sent}; \
             the marker must go before any later message",
            trace.message_name(*message),
            name(to)
        )],
        What::MarkerEarly { to, sent, recorded } => vec![format!(
            "{who} sent its marker to {} at {sent} and recorded at {recorded}; both must be one step",
            name(to)
        )],
        What::MarkerTwice { to } => {
            vec![format!("{who} sent another marker to {}; a channel carries one", name(to))]
        }
        What::MarkerUnsent { from, sent, received } => {
            vec![format!("{who} received marker {received} from {}, which sent {sent}", name(from))]
        }
        What::ClosedEarly { from, message, expected, recorded } => vec![format!(
            "{who} closed the channel from {} at {recorded} or before, as it left out {}; it must record it until its \
             marker, which came at {expected}",
            name(from),
            trace.message_name(*message)
        )],
        What::MarkerOrder { from, message, overtaken } => {
            let (first, second) = if *overtaken { ("after", "before") } else { ("before", "after") };
            vec![format!(
                "{} sent the marker to {who} {first} {}, and it arrived {second} it; the algorithm needs FIFO channels",
                name(from),
                trace.message_name(*message)
            )]
        }
    }
}

fn fault_sentence(trace: &Trace, sender: &str, recorded: &[Member], fault: &ChannelFault) -> String {
    let claimed = |t: &usize| recorded.get(*t).map_or_else(String::new, member);
    match fault {
        ChannelFault::Missing(message) => format!("missing: {}", names::message(trace, *message)),
        ChannelFault::ClosedEarly(message) => {
            format!("closed early: {} and what came after it are missing", names::message(trace, *message))
        }
        ChannelFault::Extra(t, known) => {
            let why = match known {
                Some((_, Class::Before)) => " was received before the receiver recorded",
                Some((_, Class::After | Class::Orphan)) => " was sent after its sender recorded",
                Some((_, Class::InTransit)) => " is claimed more than once",
                None => " is not one of the messages in transit",
            };
            format!("extra: {}{why}", claimed(t))
        }
        ChannelFault::WrongChannel(t, message) => format!(
            "wrong channel: {} was on the channel from {}, not from {sender}",
            claimed(t),
            trace.name(trace.ends(*message).0)
        ),
        ChannelFault::WrongOrder => "wrong order: a channel holds its messages in the order of sending".into(),
    }
}

fn members(all: &[Member]) -> String {
    match all {
        [] => "nothing".into(),
        all => table::some(all, NAMED, member).join(", "),
    }
}

fn member(member: &Member) -> String {
    match member {
        Member::Id(id) => id.clone(),
        Member::Payload(payload) => format!("payload {payload}"),
        Member::Unreadable(text) => format!("{text} (neither an id nor a payload)"),
    }
}

fn messages(trace: &Trace, all: &[MessageId]) -> String {
    match all {
        [] => "nothing".into(),
        all => table::some(all, NAMED, |&m| names::message(trace, m)).join(", "),
    }
}

fn waits(trace: &Trace, wait: &Wait) -> String {
    let who = trace.name(wait.process);
    let what = match wait.waits_for {
        WaitsFor::FirstMarker => format!("{who} has not recorded: it waits for a first marker"),
        WaitsFor::Record => format!("{who} has not recorded, though its snapshot has begun"),
        WaitsFor::MarkerFrom(from) => format!("{who} waits for the marker of {}", trace.name(from)),
    };
    let markers = table::some(&wait.on_the_way, NAMED, |(from, behind)| match behind.as_slice() {
        [] => format!("that of {} is on its way", trace.name(*from)),
        behind => format!("that of {} is behind {}", trace.name(*from), messages(trace, behind)),
    });
    match (markers.as_slice(), wait.waits_for) {
        ([], WaitsFor::FirstMarker | WaitsFor::MarkerFrom(_)) => format!("{what}; none is on its way"),
        ([], WaitsFor::Record) => what,
        (markers, _) => format!("{what}; {}", markers.join(", ")),
    }
}
