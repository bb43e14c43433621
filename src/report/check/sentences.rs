//! A sentence for each finding of the audit.

use crate::format::time::Time;
use crate::ids::{MessageId, ProcessId};
use crate::report::notes;
use crate::report::text::duration::duration;
use crate::trace::Trace;
use crate::trace::audit::{Fact, Finding, Place};

/// So much of a line that was left out is shown.
const SHOWN: usize = 60;

/// A finding in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// The sentence.
    pub text: String,
    /// What is at the places: at the first one only where `listed`.
    pub labels: Vec<String>,
    /// Every place is worth a line of its own; else the first one stands before the sentence.
    pub listed: bool,
}

/// Puts a finding into words.
pub(super) fn tell(trace: &Trace, finding: &Finding) -> Told {
    match &finding.fact {
        Fact::Cycle(messages) => cycle(trace, messages),
        Fact::SkippedLines(lines) => skipped(trace, *lines, &finding.at),
        Fact::Remark(number) => {
            let remark = trace.remarks().get(*number);
            let labels = remark.map_or_else(Vec::new, |r| r.at.iter().map(|(_, label)| label.clone()).collect());
            Told { text: remark.map_or_else(String::new, |r| r.text.clone()), labels, listed: true }
        }
        fact => {
            let (text, labels) = about_messages(trace, fact)
                .or_else(|| super::clocks::tell(trace, finding))
                .unwrap_or_else(|| (about_log(trace, finding), vec![beside(fact).into()]));
            Told { text, labels, listed: false }
        }
    }
}

fn cycle(trace: &Trace, messages: &[MessageId]) -> Told {
    let mut labels = Vec::with_capacity(messages.len() * 2);
    let mut hops = Vec::with_capacity(messages.len());
    for &message in messages {
        let (from, to) = trace.ends(message);
        let (from, to, name) = (trace.name(from), trace.name(to), trace.message_name(message));
        hops.push(match trace.is_inferred() {
            true => name.to_string(),
            false => format!("{name} ({from} -> {to})"),
        });
        labels.push(format!("{from} sends {name}"));
        labels.push(format!("{to} receives {name}"));
    }
    let text = format!(
        "happens-before has a cycle: {}; each is received before the next one is sent, and the last before the first",
        hops.join(", ")
    );
    Told { text, labels, listed: true }
}

fn skipped(trace: &Trace, lines: usize, at: &[Place]) -> Told {
    let shown = at.iter().filter_map(|place| match place {
        Place::Line(address) => trace.sources().resolve(*address),
        Place::Event(..) => None,
    });
    let labels = shown.map(|(source, offset)| {
        let line = source.line_at(offset);
        let text = String::from_utf8_lossy(
            source.bytes().get(line.start..line.end.min(line.start + 4 * SHOWN)).unwrap_or_default(),
        );
        let cut: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SHOWN).collect();
        if cut.chars().count() < text.chars().count() { format!("{cut}...") } else { cut }
    });
    let labels: Vec<String> = labels.collect();
    let first = if lines > labels.len() { format!("; the first {} are", labels.len()) } else { String::new() };
    let verb = if lines == 1 { "is" } else { "are" };
    Told { text: format!("{} {verb} no record{first}", count(lines, "line")), labels, listed: true }
}

/// The channel of a message.
fn channel(trace: &Trace, (from, to): (ProcessId, ProcessId)) -> String {
    format!("{} -> {}", trace.name(from), trace.name(to))
}

/// An event by its number, and its label if it has one.
pub(super) fn event(trace: &Trace, process: ProcessId, number: u32) -> String {
    let name = trace.name(process);
    match trace.label(process, number) {
        Some(label) => format!("event {number} of {name} ({label})"),
        None => format!("event {number} of {name}"),
    }
}

/// "1 message", "2 messages".
pub(super) fn count(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}{}", if what.ends_with('s') { "es" } else { "s" }),
    }
}

/// A sentence, and what stands at the places after the first.
pub(super) type Sentence = (String, Vec<String>);

/// Pairing and order on channels.
fn about_messages(trace: &Trace, fact: &Fact) -> Option<Sentence> {
    let name = |message: MessageId| trace.message_name(message);
    let on = |message: MessageId| channel(trace, trace.ends(message));
    Some(match *fact {
        Fact::Duplicate(again) => {
            let duplicate = trace.duplicates().get(again)?;
            let (from, to) = trace.ends(duplicate.message);
            let message = name(duplicate.message);
            let text = format!("{} receives {message} from {} a second time", trace.name(to), trace.name(from));
            (text, vec!["the first time".into(), format!("{message} sent")])
        }
        Fact::ReusedId { message, .. } => {
            let text = format!("{} on {} names a second message", name(message), on(message));
            (text, vec!["the first one".into()])
        }
        Fact::Overtaking { message, overtaken } => {
            let (late, early) = (name(message), name(overtaken));
            let text = format!("FIFO: {late} was sent after {early} on {} but received before it", on(message));
            (text, vec![format!("{early} received"), format!("{late} sent"), format!("{early} sent")])
        }
        Fact::Lost { message, later } => {
            let (lost, later) = (name(message), name(later));
            let text = format!("FIFO: {lost} on {} never arrives, though {later}, sent after it, does", on(message));
            (text, vec![format!("{later} sent"), format!("{later} received")])
        }
        Fact::Unsent(hole) => {
            let unsent = trace.unsent().get(hole)?;
            let to = trace.name(unsent.to);
            let text = match unsent.from.map(|from| (from, trace.name(from))) {
                Some((from, name)) if trace.is_inferred() => {
                    let known = trace.clock_component(unsent.to, unsent.received, from);
                    let knows = event(trace, unsent.to, unsent.received);
                    let told = unsent.gap.is_some_and(|gap| gap.logged);
                    match (known, unsent.gap) {
                        (None, Some(gap)) => {
                            format!("{knows} has no clock, and may know the event that {name} counts as {}", gap.count)
                        }
                        (known, _) if told => {
                            let known = known.unwrap_or_default();
                            format!(
                                "{knows} counts {known} events of {name}, and the log does not tell which is the last of these"
                            )
                        }
                        (known, _) => {
                            let known = known.unwrap_or_default();
                            format!("{knows} counts {known} events of {name}, and the log lacks the last of these")
                        }
                    }
                }
                from => {
                    let from = from.map_or_else(String::new, |(_, from)| format!(" from {from}"));
                    let near = notes::meant_message(trace, unsent);
                    format!("{to} receives {}{from}, and the log has no send of it{near}", trace.unsent_name(unsent))
                }
            };
            (text, vec![])
        }
        Fact::Unreceived { channel: on, messages, first } => {
            let on = channel(trace, trace.channels().ends(on));
            let text = match messages {
                1 => format!("{on}: {} is on its way where the log ends", name(first)),
                _ => format!("{on}: {messages} messages are on their way where the log ends, first {}", name(first)),
            };
            (text, vec![])
        }
        Fact::Reordered { channel: on, messages, first: (early, late) } => {
            let on = channel(trace, trace.channels().ends(on));
            let text = match messages {
                1 => format!("{on}: {} overtook {}", name(early), name(late)),
                _ => {
                    format!("{on}: {messages} messages overtook others, first {} overtook {}", name(early), name(late))
                }
            };
            (
                text,
                vec![
                    format!("{} received", name(late)),
                    format!("{} sent", name(early)),
                    format!("{} sent", name(late)),
                ],
            )
        }
        _ => return None,
    })
}

/// What stands at the second place of a finding about times or the log as such.
fn beside(fact: &Fact) -> &'static str {
    match fact {
        Fact::ReceiveBeforeSend { .. } | Fact::LogOrder(_) => "sent",
        _ => "the time before",
    }
}

/// A span of time with its unit: a part of a second, or what the log's numbers count.
fn span(billionths: i128, calendar: bool) -> String {
    if !calendar {
        return format!("{} (in the log's own unit)", Time::from_billionths(billionths));
    }
    duration(Time::from_billionths(billionths), true)
}

/// Times, and the log as such.
fn about_log(trace: &Trace, finding: &Finding) -> String {
    match finding.fact {
        Fact::ReceiveBeforeSend { message, skew, messages } => {
            let (from, to) = trace.ends(message);
            let calendar = trace.time(from, trace.sent(message)).is_some_and(Time::is_calendar);
            let skew = span(skew.billionths(), calendar);
            let all = if messages > 1 { format!(" ({messages} messages arrive too early)") } else { String::new() };
            format!(
                "{}: {} is received {skew} before it is sent, so {}'s clock is at least that far behind {}'s{all}",
                channel(trace, (from, to)),
                trace.message_name(message),
                trace.name(to),
                trace.name(from),
            )
        }
        Fact::TimeWentDown { before, now, more } => {
            let here = match finding.at.first() {
                Some(&Place::Event(process, number)) => event(trace, process, number),
                _ => String::new(),
            };
            let more = match more {
                0 => String::new(),
                _ => format!(" (and at {})", count(more as usize, "later event")),
            };
            let down = before.billionths().saturating_sub(now.billionths());
            format!("the time goes down by {} at {here}{more}", span(down, before.is_calendar()))
        }
        Fact::NamedCut { ref name, ref what, ref help } => format!("in the cut {name}: {what} ({help})"),
        Fact::LogOrder(1) => "a receive stands before its send".into(),
        Fact::LogOrder(receives) => format!("{receives} receives stand before their sends; the first is here"),
        Fact::NoEvents(process) => format!("{} logs no event", trace.name(process)),
        Fact::PassedOver(number) => trace.lines().passed_over.get(number).map_or_else(String::new, notes::passed_over),
        Fact::Inferred(messages) => format!("{} inferred", count(messages, "message")),
        Fact::PairedByOrder(messages) => match messages {
            1 => "1 message has no id".into(),
            _ => format!("{messages} messages have no id; the first is here"),
        },
        Fact::AssumedFifo(channels) => {
            format!("{} in use", count(channels, "channel"))
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_a_unit() {
        let cases = [
            (1_500_000_000, "1.5 s"),
            (118_000, "118 us"),
            (1_250_000, "1.25 ms"),
            (7, "7 ns"),
            (90_000_000_000, "90 s"),
        ];
        for (billionths, wanted) in cases {
            assert_eq!(span(billionths, true), wanted);
        }
        assert_eq!(span(1_500_000_000, false), "1.5 (in the log's own unit)");
    }
}
