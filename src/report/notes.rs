//! What a verdict rests on beyond the events of the log: assumptions that nothing in it proves.

use super::text::names::{self, shorten};
use super::text::table;
use crate::format::jsonl;
use crate::format::record::RemarkKind;
use crate::trace::audit::{Audit, Severity};
use crate::trace::{PassedOver, Trace, Unsent};

/// So many members that say nothing are named.
const MEMBERS: usize = 3;
/// So much of a member's name is shown.
const NAME: usize = 60;

/// One sentence for each doubt that a reader of a verdict should know of. Time: O(processes); where messages are
/// inferred from logged clocks, that of an audit of these.
pub fn of(trace: &Trace) -> Vec<String> {
    let mut notes = Vec::new();
    if trace.is_inferred() {
        notes.push("the log has no messages: they are inferred from its clocks".into());
        let errors = Audit::of(trace).count_of(Severity::Error);
        if errors > 0 {
            notes.push(format!(
                "its clocks contradict themselves ({errors} findings of `clearcut check`): what is inferred from them may be wrong"
            ));
        }
    }
    // Of what a reader remarked, what may hide an order of events.
    let doubts = [RemarkKind::ParentCycle, RemarkKind::LateReply, RemarkKind::Unnamed, RemarkKind::UnknownWord];
    notes.extend(trace.remarks().iter().filter(|remark| doubts.contains(&remark.kind)).map(|r| r.text.clone()));
    if !trace.duplicates().is_empty() {
        notes.push("messages are received twice (`clearcut check` lists them): the first receive of each is the one that counts".into());
    }
    let again = trace.sent_again().iter().filter(|(channel, _)| trace.channels().is_fifo(*channel));
    let again: usize = again.map(|(_, times)| times).sum();
    if again > 0 {
        let times = if again == 1 { "once".into() } else { format!("{again} times") };
        notes.push(format!(
            "ids are sent again while they are on their way ({times}; `clearcut check` lists them): each receive is taken for that of the oldest"
        ));
    }
    let silent: Vec<&str> = trace.processes().filter(|&p| trace.events(p) == 0).map(|p| trace.name(p)).collect();
    if !silent.is_empty() {
        let names = table::some(&silent, 10, |name| (*name).to_string()).join(", ");
        notes.push(format!("no event of {names} is in the log: is a file missing?"));
    }
    members(trace, &mut notes);
    notes
}

/// Members that say nothing: a slip of the pen may have cost the log a message.
fn members(trace: &Trace, notes: &mut Vec<String>) {
    let mut all: Vec<&PassedOver> = trace.lines().passed_over.iter().collect();
    // What looks like a slip comes first.
    all.sort_by_key(|one| meant(one).is_none());
    for one in all.iter().take(MEMBERS) {
        let place = trace.sources().locate(one.first);
        let place = place.map_or_else(String::new, |l| format!(" [{}:{}]", l.file, l.line));
        notes.push(format!("{}{place}", passed_over(one)));
    }
    let more = all.len().saturating_sub(MEMBERS) + trace.lines().more_passed_over;
    if more > 0 {
        let members = if more == 1 { "1 more member was" } else { &format!("{more} more members were") };
        notes.push(format!("{members} passed over: `clearcut check` lists them"));
    }
}

/// What a receive without a send may have meant, to stand behind a sentence.
pub(super) fn meant_message(trace: &Trace, unsent: &Unsent) -> String {
    trace.meant(unsent).map_or_else(String::new, |message| {
        let (from, to) = trace.ends(message);
        let name = trace.message_name(message);
        let place = names::place(trace, from, trace.sent(message));
        format!("; did you mean `{name}` ({} -> {}, never received{place})?", trace.name(from), trace.name(to))
    })
}

fn meant(one: &PassedOver) -> Option<&'static str> {
    if one.on.is_none() { jsonl::meant(&one.name) } else { None }
}

/// What is said of a member that says nothing.
pub(super) fn passed_over(one: &PassedOver) -> String {
    let name = shorten(&one.name, NAME);
    let times = if one.count == 1 { "once".into() } else { format!("{} times", one.count) };
    match (one.on, meant(one)) {
        (Some(on), _) => format!("`{name}` says nothing on {on}: passed over {times}"),
        (None, Some(near)) => {
            format!("`{name}` is no member that is known: passed over {times}; did you mean `{near}`?")
        }
        (None, None) => format!("`{name}` is no member that is known: passed over {times}"),
    }
}
