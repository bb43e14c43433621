//! The verdict on a cut for people: the rule, what breaks it and why, what is in the channels, and how to mend it.

use super::diagram;
use super::names;
use super::snippet::Snippet;
use super::table;
use crate::causality::CausalOrder;
use crate::cut::doubt::Doubt;
use crate::cut::states::{self, State};
use crate::cut::{Classes, Cut, Proof, Verdict, Verification, Violation};
use crate::ids::{MessageId, ProcessId};
use crate::report::notes;
use crate::trace::{Gap, Knows, Trace, Unsent};

/// Up to this many processes the clocks are shown as a table.
const TABLE: usize = 12;
/// So many of a kind are listed; the JSON has all.
const LISTED: usize = 12;
/// So much of a value is shown.
const VALUE: usize = 60;
/// So much of a message with its payload is shown.
const MESSAGE: usize = 80;
/// So many orphans are shown with their lines.
const SHOWN: usize = 3;

/// The proof that the report shows.
pub fn proof(trace: &Trace, order: &CausalOrder, found: &Verification) -> Proof {
    Proof::of(trace, order, found, LISTED)
}

/// The events whose lines the report shows: a trace that does not keep them can look them up.
pub fn events(trace: &Trace, found: &Verification, proof: &Proof) -> Vec<(ProcessId, u32)> {
    let hops = proof.chains.iter().flat_map(|chain| chain.iter().take(LISTED));
    let orphans = found.classes.orphans.iter().take(SHOWN + LISTED);
    let ends = |&message: &MessageId| {
        let (from, to) = trace.ends(message);
        [Some((from, trace.sent(message))), trace.received(message).map(|received| (to, received))]
    };
    let holes = [&found.undetermined, &found.perhaps_in_transit].map(|holes| of_holes(trace, holes));
    hops.chain(orphans).flat_map(ends).flatten().chain(holes.concat()).collect()
}

/// The events whose lines are shown of receives without a send.
pub(super) fn of_holes(trace: &Trace, holes: &[usize]) -> Vec<(ProcessId, u32)> {
    let mut events = Vec::new();
    for unsent in holes.iter().take(LISTED).map(|&hole| &trace.unsent()[hole]) {
        events.push((unsent.to, unsent.received));
        match unsent.from.zip(unsent.gap) {
            Some((from, gap)) => events.extend([(from, gap.after), (from, gap.until)]),
            None => events.extend(trace.meant(unsent).map(|message| (trace.ends(message).0, trace.sent(message)))),
        }
    }
    events
}

/// The whole report. A trace that does not keep single events has looked up those of [`events`].
pub fn text(trace: &Trace, order: &CausalOrder, found: &Verification, proof: &Proof, colour: bool) -> String {
    let mut out = headline(trace, found);
    out += &positions(trace, &found.cut, found.clocks.as_deref(), &found.max);
    if let Some(drawing) = diagram::draw(trace, order, &found.cut) {
        out += &format!("\n{drawing}  ({})\n", diagram::LEGEND);
    }
    if !found.violations.is_empty() {
        out += &violations(trace, found, proof);
        out += &orphans(trace, found, colour);
    }
    if !found.undetermined.is_empty() {
        out += &holes(trace, &found.undetermined);
    }
    if !found.knows.is_empty() {
        out += &knows(trace, &found.cut, &found.knows);
    }
    out += &channels(trace, &found.classes, &found.perhaps_in_transit);
    out += &states(trace, &states::all(trace, &found.cut));
    out += &counts(trace, &found.classes);
    if found.verdict != Verdict::Holds {
        out += &nearest(trace, found);
    }
    out
}

fn headline(trace: &Trace, found: &Verification) -> String {
    let sentence = match found.verdict {
        Verdict::Holds => "the cut is consistent: W(i) = V_i(i) for every process i",
        Verdict::Violated => "the cut is not consistent: W(i) > V_i(i) for some process i",
        Verdict::Undetermined if !found.knows.is_empty() => {
            "a logged clock inside the cut knows of an event outside, and no message tells of it"
        }
        Verdict::Undetermined if found.doubts.iter().any(|doubt| matches!(doubt, Doubt::SentAgain(_))) => {
            "ids do not say which message was received"
        }
        Verdict::Undetermined if found.doubts.iter().any(|doubt| doubt.is_decisive()) => {
            "the times of the log do not say where some process stands"
        }
        Verdict::Undetermined if found.undetermined.is_empty() => {
            "some process has not recorded; it is shown at its last event, where it can record at the earliest"
        }
        Verdict::Undetermined if found.undetermined.iter().all(|&hole| trace.unsent()[hole].gap.is_some()) => {
            "the cut knows of an event whose line the log lacks, and stands where that would be"
        }
        Verdict::Undetermined => "the log lacks the send of a message that is received inside the cut",
    };
    let notes: String = notes::of(trace).iter().map(|note| format!("\n  note: {note}")).collect();
    format!("{}: {sentence}{notes}\n", found.verdict.name())
}

/// Where each process stands, and the table of the V_i with W under it.
pub(super) fn positions(trace: &Trace, cut: &Cut, clocks: Option<&[Vec<u32>]>, max: &[u32]) -> String {
    let rows = clocks.filter(|_| trace.process_count() <= TABLE);
    let Some(rows) = rows else {
        let some: Vec<ProcessId> = trace.processes().collect();
        let lines =
            table::some(&some, LISTED, |&p| format!("  {}  {}\n", trace.name(p), names::position(trace, cut, p)));
        return format!("\n{}\n", lines.concat().trim_end());
    };
    let shown = |value: u32, own: u32, diagonal: bool| match (diagonal, value == own) {
        (true, true) => format!("{value}"),
        (true, false) => format!("{value} > {own}"),
        (false, _) => value.to_string(),
    };
    let mut cells = vec![vec!["i".to_string(), "position".into()]];
    cells[0].extend(trace.processes().map(|p| trace.name(p).to_string()));
    for p in trace.processes() {
        let mut row = vec![trace.name(p).to_string(), names::position(trace, cut, p)];
        let clock = &rows[p.index()];
        row.extend(trace.processes().map(|q| match p == q {
            true => format!("[{}]", clock[q.index()]),
            false => clock[q.index()].to_string(),
        }));
        cells.push(row);
    }
    let mut last = vec!["W".to_string(), "maximum".into()];
    last.extend(trace.processes().map(|p| shown(max[p.index()], cut.position(p), true)));
    cells.push(last);
    format!("\n{}", table::lines(&cells, 2))
}

/// Each component that breaks the rule, who knows more, and how it came to know.
fn violations(trace: &Trace, found: &Verification, proof: &Proof) -> String {
    let mut chains = proof.chains.iter();
    let why = |v: &Violation| {
        let (process, by) = (trace.name(v.process), trace.name(v.by));
        let mut text = format!(
            "  {process} stands after {} of its events, but {by} knows of {}: W({process}) = {} > V_{process}({process}) = {}\n",
            v.own, v.known, v.known, v.own
        );
        for hop in table::some(chains.next().map_or(&[], Vec::as_slice), LISTED, |&m| hop(trace, m)) {
            text += &format!("    {hop}\n");
        }
        text
    };
    format!("\nWhy\n{}", table::some(&found.violations, LISTED, why).concat())
}

/// A message as a step of a proof.
fn hop(trace: &Trace, message: MessageId) -> String {
    let (from, to) = trace.ends(message);
    let (sent, received) = (trace.sent(message), trace.received_or_never(message));
    if trace.is_inferred() {
        return format!(
            "{}{} is known to {}{}",
            names::event(trace, from, sent),
            names::place(trace, from, sent),
            names::event(trace, to, received),
            names::place(trace, to, received)
        );
    }
    format!(
        "{} sends {}{}, {} receives it{}",
        names::event(trace, from, sent),
        trace.message_name(message),
        names::place(trace, from, sent),
        names::event(trace, to, received),
        names::place(trace, to, received)
    )
}

fn orphans(trace: &Trace, found: &Verification, colour: bool) -> String {
    let all = &found.classes.orphans;
    let mut out =
        format!("\nOrphan{} (received inside the cut, sent outside)\n", if all.len() == 1 { "" } else { "s" });
    for &message in all.iter().take(SHOWN) {
        if let Some(snippet) = orphan(trace, found, message) {
            out += &snippet.render(colour);
        }
    }
    for line in table::some(all.get(SHOWN..).unwrap_or(&[]), LISTED, |&m| hop(trace, m)) {
        out += &format!("  {line}\n");
    }
    out
}

fn orphan(trace: &Trace, found: &Verification, message: MessageId) -> Option<Snippet> {
    let (from, to) = trace.ends(message);
    let (sent, received) = (trace.sent(message), trace.received(message)?);
    let (source, send) = trace.sources().resolve(trace.address(from, sent))?;
    let (other, receive) = trace.sources().resolve(trace.address(to, received))?;
    let what = format!("the cut holds the receive of {} and not its send", trace.message_name(message));
    let inside =
        format!("received inside: event {received} of {}, which stands at {}", trace.name(to), found.cut.position(to));
    let outside =
        format!("sent outside: event {sent} of {}, which stands at {}", trace.name(from), found.cut.position(from));
    let line = |source: &crate::source::Source, at: usize| at..source.line_at(at).end;
    Some(Snippet::new(what, source, line(source, send), outside).and(other, line(other, receive), inside))
}

/// Logged clocks that know more than the cut holds.
fn knows(trace: &Trace, cut: &Cut, knows: &[Knows]) -> String {
    let line = |clock: &Knows| {
        format!(
            "  {} counts {} events of {}, which stands at {}: is a receive missing in the log?{}",
            names::event(trace, clock.by, clock.event),
            clock.count,
            trace.name(clock.of),
            cut.position(clock.of),
            names::place(trace, clock.by, clock.event),
        )
    };
    let lines: Vec<String> =
        table::some(knows, LISTED, line).into_iter().map(|line| line.trim_end().to_string() + "\n").collect();
    format!("\nLogged clocks\n{}", lines.concat())
}

/// Receives inside the cut whose send the log lacks.
pub(super) fn holes(trace: &Trace, holes: &[usize]) -> String {
    format!("\nHoles\n{}", lacking(trace, holes))
}

/// Receives whose send the log lacks, where it matters whether that was inside the cut.
fn lacking(trace: &Trace, holes: &[usize]) -> String {
    let line = |&hole: &usize| {
        let unsent = &trace.unsent()[hole];
        if let Some((from, gap)) = unsent.from.zip(unsent.gap) {
            return missing(trace, unsent, from, gap);
        }
        let from = unsent.from.map_or_else(String::new, |p| format!(" from {}", trace.name(p)));
        format!(
            "  {} receives {}{from}{}: was it sent inside the cut? The line of its send would decide it{}\n",
            names::event(trace, unsent.to, unsent.received),
            trace.unsent_name(unsent),
            names::place(trace, unsent.to, unsent.received),
            notes::meant_message(trace, unsent),
        )
    };
    table::some(holes, LISTED, line).concat()
}

/// An event that a clock tells of, and the log does not.
fn missing(trace: &Trace, unsent: &Unsent, from: ProcessId, gap: Gap) -> String {
    let stands = |number: u32| {
        let place = if number > trace.events(from) { String::new() } else { names::place(trace, from, number) };
        format!("event {number} of the log{place}")
    };
    let name = trace.name(from);
    let between = match (gap.after, gap.until) {
        (0, until) if until > trace.events(from) => "whose log is not there".to_string(),
        (0, until) => format!("before {}", stands(until)),
        (after, until) if until > trace.events(from) => format!("after {}, its last one", stands(after)),
        (after, until) => format!("between {} and {}", stands(after), stands(until)),
    };
    let (may, which) = if gap.logged { ("may know", "is not told apart") } else { ("knows", "is missing in the log") };
    format!(
        "  {} {may} the event that {name} counts as {}{}: it {which}, {between}\n    is it inside the cut? The line of that event, with its clock, would decide it\n",
        names::event(trace, unsent.to, unsent.received),
        gap.count,
        names::place(trace, unsent.to, unsent.received),
    )
}

/// The contents of the channels, and the receives outside the cut, without a send, of what may be among them.
pub(super) fn channels(trace: &Trace, classes: &Classes, perhaps: &[usize]) -> String {
    if perhaps.is_empty() {
        return contents(trace, classes, "");
    }
    let known = contents(trace, classes, ", as far as the log shows");
    format!("{known}\nPerhaps in the channels too\n{}", lacking(trace, perhaps))
}

fn contents(trace: &Trace, classes: &Classes, so_far: &str) -> String {
    let contents: Vec<&[MessageId]> = classes.channels(trace).collect();
    if contents.is_empty() {
        return format!("\nAll channels are empty{so_far}.\n");
    }
    let rows: Vec<Vec<String>> = table::some(&contents, LISTED, |messages| {
        let (from, to) = trace.ends(messages[0]);
        let list = table::some(messages, LISTED, |&m| names::shorten(&names::message(trace, m), MESSAGE).into_owned());
        let list = list.join(", ");
        format!("{} -> {}\t<{list}>", trace.name(from), trace.name(to))
    })
    .into_iter()
    .map(|line| line.split('\t').map(String::from).collect())
    .collect();
    let order = if trace.is_fifo() { "" } else { ", in the order of sending" };
    format!("\nIn the channels{order} (all others are empty{so_far})\n{}", table::lines(&rows, 2))
}

/// The local states.
pub(super) fn states(trace: &Trace, states: &[(ProcessId, State<'_>)]) -> String {
    if states.is_empty() {
        return String::new();
    }
    let rows: Vec<Vec<String>> = states
        .iter()
        .take(LISTED)
        .map(|(process, state)| {
            let values: Vec<String> =
                state.iter().map(|(name, value)| format!("{name}={}", names::shorten(value.get(), VALUE))).collect();
            vec![trace.name(*process).to_string(), values.join(" ")]
        })
        .collect();
    let more = states.len().saturating_sub(LISTED);
    let more = if more > 0 { format!("  ... and {more} more (all of them with -o json)\n") } else { String::new() };
    format!("\nStates at the cut\n{}{more}", table::lines(&rows, 2))
}

/// How many messages each class has, and what of the log was left out.
pub(super) fn counts(trace: &Trace, classes: &Classes) -> String {
    let (transit, orphans) = (classes.in_transit.len(), classes.orphans.len());
    let many = |n: usize, one: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") };
    let skipped = match trace.lines().skipped {
        0 => String::new(),
        1 => "1 line is no record (`clearcut check` shows it)\n".into(),
        n => format!("{n} lines are no record (`clearcut check` shows them)\n"),
    };
    format!(
        "\n{}, {}: {} before the cut, {transit} in transit, {}, {} after\n{skipped}",
        many(trace.event_count(), "event"),
        many(trace.message_count(), "message"),
        classes.before,
        many(orphans, "orphan"),
        classes.after
    )
}

/// Where the mend is: cuts to paste, or why there is none.
fn nearest(trace: &Trace, found: &Verification) -> String {
    // A snapshot that is not complete is undetermined for want of records, and no other cut mends that.
    if found.violations.is_empty() && found.undetermined.is_empty() && found.knows.is_empty() {
        return String::new();
    }
    let above = match &found.above {
        Some(above) => names::cut_argument(trace, above.positions()),
        None => {
            let inside = |unsent: &&Unsent| unsent.received <= found.max[unsent.to.index()];
            let hole = trace.unsent().iter().find(inside).map_or_else(String::new, |unsent| {
                let event = names::event(trace, unsent.to, unsent.received);
                format!(": each holds {event}, and the log lacks the send of {}", trace.unsent_name(unsent))
            });
            format!("none that the log can show{hole}")
        }
    };
    let below = names::cut_argument(trace, found.below.positions());
    format!("\nThe nearest consistent cuts\n  below  {below}\n  above  {above}\n")
}
