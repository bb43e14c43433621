//! Sentences for what is wrong with logged clocks.

use super::sentences::{Sentence, count, event};
use crate::trace::Trace;
use crate::trace::audit::{Fact, Finding, Heard, Place, Rule};

/// So many components of a clock are named, the others counted.
const COMPONENTS: usize = 4;

/// The sentence, with what it compares the clock to; nothing where the finding is of another family.
pub(super) fn tell(trace: &Trace, finding: &Finding) -> Option<Sentence> {
    let &Place::Event(process, number) = finding.at.first()? else { return None };
    let (own, here) = (trace.name(process), event(trace, process, number));
    let name = |name: usize| trace.clock_name(name).0;
    let mut compared = "its clock before";
    let (text, more) = match finding.fact {
        Fact::OwnCount { before, now, more } => (own_count(finding.rule, own, &here, before, now), more),
        Fact::WentDown { ref components, more } => (went_down(trace, own, &here, components), more),
        Fact::MergeForgotten { name: of, now, heard, from, more } => {
            compared = "heard from";
            let heard = events(heard, name(of));
            let source = match from {
                Some(Heard::Message(message)) => format!("{own} receives {}", trace.message_name(message)),
                Some(Heard::Event(process, number)) => format!("{here} knows of {}", event(trace, process, number)),
                None => here,
            };
            (format!("{source}, whose clock counts {heard}, but counts {now} itself"), more)
        }
        Fact::FromNowhere { name: of, now, heard, more } => {
            let now = events(now, name(of));
            (format!("the clock of {here} counts {now}, and no message told it of more than {heard}"), more)
        }
        Fact::FromTheFuture { of, now, logged, more } => {
            let now = events(now, trace.name(of));
            (format!("the clock of {here} counts {now}, which counts {logged} itself"), more)
        }
        Fact::UnknownProcess { name: of, now, more } => {
            let now = events(now, name(of));
            (format!("the clock of {here} counts {now}, which is no process of this log"), more)
        }
        _ => return None,
    };
    let more = match more {
        0 => String::new(),
        _ => format!(" (and {} of {own} like this)", count(more as usize, "later event")),
    };
    Some((text + &more, vec![compared.into()]))
}

/// "1 event of P1", "2 events of P1".
fn events(number: u32, of: &str) -> String {
    format!("{} of {of}", count(number as usize, "event"))
}

fn own_count(rule: Rule, own: &str, here: &str, before: Option<u32>, now: u32) -> String {
    match (rule, before) {
        (Rule::ClockStartsLate, _) => {
            format!("the first clock of {own}, at {here}, counts {} already", events(now, own))
        }
        (Rule::ClockStoodStill, None | Some(0)) => format!("the clock of {here} does not count {own}"),
        (Rule::ClockStoodStill, _) => format!("the clock of {here} still counts {}", events(now, own)),
        _ => format!("{own}'s own count jumps from {} to {now} at {here}", before.unwrap_or_default()),
    }
}

fn went_down(trace: &Trace, own: &str, here: &str, components: &[(usize, u32, u32)]) -> String {
    let one = |&(name, before, now): &(usize, u32, u32)| format!("{} from {before} to {now}", trace.clock_name(name).0);
    let mut shown: Vec<String> = components.iter().take(COMPONENTS).map(one).collect();
    if components.len() > COMPONENTS {
        shown.push(format!("and {} more", components.len() - COMPONENTS));
    }
    format!("{own}'s clock goes down at {here}: {}", shown.join(", "))
}
