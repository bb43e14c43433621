//! The audit finds what the definitions say, no more and no less: on random logs, against all pairs and the textbook rule.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use clearcut::format::jsonl;
use clearcut::ids::MessageId;
use clearcut::source::Source;
use clearcut::trace::audit::{Audit, Fact, Place, Rule, Severity};
use clearcut::trace::{Builder, Trace};
use proptest::prelude::*;
use serde_json::{Value, json};

fn read(lines: &[Value]) -> Trace {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let source = Arc::new(Source::from_text("log.jsonl", text));
    let mut builder = Builder::new();
    builder.source(source.clone());
    jsonl::read(&source, &mut builder);
    builder.finish().map_err(|(_, problems)| problems.len()).expect("a log without problems")
}

/// The messages of a log as the definitions see them.
fn pairs(trace: &Trace) -> Vec<(MessageId, MessageId)> {
    let same = |a: &MessageId, b: &MessageId| trace.channel_of(*a) == trace.channel_of(*b);
    trace.messages().flat_map(|a| trace.messages().filter(move |b| same(&a, b)).map(move |b| (a, b))).collect()
}

/// Sends of one or two messages to one of two processes, and then receives of some of them in some order.
fn shuffled() -> impl Strategy<Value = (Vec<Value>, bool)> {
    let sends = proptest::collection::vec((0..2usize, 1..3usize), 1..12);
    (sends, any::<bool>()).prop_flat_map(|(sends, fifo)| {
        let mut lines = vec![];
        let mut receives = vec![];
        for (i, (to, several)) in sends.into_iter().enumerate() {
            let ids: Vec<String> = (0..several).map(|k| format!("m{i}.{k}")).collect();
            let to = format!("R{to}");
            lines.push(json!({"process": "S", "event": "send", "message": ids, "to": to}));
            receives.extend(ids.iter().map(|id| json!({"process": to, "event": "receive", "message": id})));
        }
        let number = receives.len();
        (Just(lines), Just(receives).prop_shuffle(), 0..=number, Just(fifo)).prop_map(
            |(mut lines, receives, n, fifo)| {
                for to in ["R0", "R1"] {
                    lines.insert(0, json!({"event": "channel", "from": "S", "to": to, "fifo": fifo}));
                }
                lines.extend(receives.into_iter().take(n));
                (lines, fifo)
            },
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn overtaking_and_loss_are_those_of_all_pairs((lines, fifo) in shuffled()) {
        let trace = read(&lines);
        let audit = Audit::of(&trace);
        let overtakes = |a: MessageId, b: MessageId| {
            trace.sent(b) < trace.sent(a)
                && trace.received(a).zip(trace.received(b)).is_some_and(|(early, late)| early < late)
        };
        let loses = |a: MessageId, b: MessageId| {
            fifo && trace.received(a).is_none() && trace.sent(a) < trace.sent(b) && trace.received(b).is_some()
        };
        let all = pairs(&trace);
        let overtaking: BTreeSet<_> = all.iter().filter(|&&(a, b)| overtakes(a, b)).map(|pair| pair.0).collect();
        let lost: BTreeSet<_> = all.iter().filter(|&&(a, b)| loses(a, b)).map(|pair| pair.0).collect();
        let (mut early, mut missing, mut reordered, mut waiting) = (BTreeSet::new(), BTreeSet::new(), 0, 0);
        for finding in audit.findings() {
            match finding.fact {
                Fact::Overtaking { message, overtaken } => {
                    prop_assert!(overtakes(message, overtaken));
                    prop_assert!(early.insert(message));
                }
                Fact::Lost { message, later } => {
                    prop_assert!(loses(message, later));
                    prop_assert!(missing.insert(message));
                }
                Fact::Reordered { messages, first, .. } => {
                    prop_assert!(overtakes(first.0, first.1));
                    reordered += messages;
                }
                Fact::Unreceived { messages, .. } => waiting += messages,
                ref other => prop_assert_eq!(finding.rule.about().severity, Severity::Note, "{:?}", other),
            }
        }
        let (wanted, allowed) = if fifo { (overtaking, 0) } else { (BTreeSet::new(), overtaking.len()) };
        prop_assert_eq!((early, reordered), (wanted, allowed));
        let never = trace.messages().filter(|&m| trace.received(m).is_none()).count();
        prop_assert_eq!(waiting, never - lost.len());
        prop_assert_eq!(missing, lost);
    }

    #[test]
    fn reused_ids_are_those_of_all_pairs(
        sends in proptest::collection::vec((0..2usize, 0..3usize, "[ab]|long-enough-to-be-hashed-[ab]"), 1..30)
    ) {
        let line = |(from, to, id): &(usize, usize, String)| {
            json!({"process": format!("S{from}"), "event": "send", "message": id, "to": format!("R{to}")})
        };
        let trace = read(&sends.iter().map(line).collect::<Vec<_>>());
        let mut wanted = BTreeMap::new();
        for (first, again) in pairs(&trace) {
            if first < again && trace.message_id(first) == trace.message_id(again) {
                let earliest = wanted.entry(again).or_insert(first);
                *earliest = first.min(*earliest);
            }
        }
        let found: BTreeMap<_, _> = Audit::of(&trace)
            .findings()
            .iter()
            .filter_map(|finding| match finding.fact {
                Fact::ReusedId { message, first } => Some((message, first)),
                _ => None,
            })
            .collect();
        prop_assert_eq!(found, wanted);
    }
}

const PROCESSES: usize = 4;

/// One event of a run: its process, its message (and whether it sends it), its clock by the textbook rule.
#[derive(Clone, Debug)]
struct Event {
    process: usize,
    message: Option<(usize, usize, bool)>,
    clock: [u32; PROCESSES],
}

/// A run of processes that send to each other, each receive after its send, with the clocks of Fidge and Mattern.
fn run(choices: &[(usize, usize, u8)]) -> Vec<Event> {
    let mut clocks = [[0u32; PROCESSES]; PROCESSES];
    let mut transit: Vec<(usize, usize, [u32; PROCESSES])> = vec![];
    let mut sent = 0;
    let mut events = vec![];
    for &(process, other, kind) in choices {
        let mut message = None;
        if kind == 0 && other != process {
            message = Some((sent, other, true));
            sent += 1;
        }
        let arrived = transit.iter().position(|&(_, to, _)| to == process).filter(|_| kind == 1);
        if let Some(at) = arrived {
            let (id, _, clock) = transit.remove(at);
            message = Some((id, process, false));
            for (mine, theirs) in clocks[process].iter_mut().zip(clock) {
                *mine = (*mine).max(theirs);
            }
        }
        clocks[process][process] += 1;
        let clock = clocks[process];
        if let Some((id, to, true)) = message {
            transit.push((id, to, clock));
        }
        events.push(Event { process, message, clock });
    }
    events
}

fn name(process: usize) -> String {
    format!("P{process}")
}

fn lines(events: &[Event], with_messages: bool) -> Vec<Value> {
    let line = |event: &Event| {
        let clock: serde_json::Map<_, _> =
            event.clock.iter().enumerate().filter(|c| *c.1 > 0).map(|(p, &c)| (name(p), json!(c))).collect();
        let process = name(event.process);
        match event.message.filter(|_| with_messages) {
            None => json!({"process": process, "event": "step", "clock": clock}),
            Some((id, to, true)) => {
                json!({"process": process, "event": "send", "message": id, "to": name(to), "clock": clock})
            }
            Some((id, _, false)) => json!({"process": process, "event": "receive", "message": id, "clock": clock}),
        }
    };
    events.iter().map(line).collect()
}

fn choices() -> impl Strategy<Value = Vec<(usize, usize, u8)>> {
    proptest::collection::vec((0..PROCESSES, 0..PROCESSES, 0..3u8), 1..60)
}

/// The clock rules that a log breaks, each with the place of its first breach in a process.
fn clock_faults(trace: &Trace) -> Vec<(Rule, Place)> {
    let audit = Audit::of(trace);
    let of_clocks = audit.findings().iter().filter(|finding| finding.rule.about().id.starts_with("clock-"));
    of_clocks.map(|finding| (finding.rule, finding.at[0])).collect()
}

/// Where the `index`-th event of the run is in the trace.
fn place(trace: &Trace, events: &[Event], index: usize) -> Place {
    let process = trace.process(&name(events[index].process)).expect("it has an event");
    let number = events[..=index].iter().filter(|e| e.process == events[index].process).count();
    Place::Event(process, number as u32)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn clocks_by_the_rule_are_faultless(choices in choices()) {
        let events = run(&choices);
        for with_messages in [true, false] {
            let trace = read(&lines(&events, with_messages));
            let audit = Audit::of(&trace);
            let bad: Vec<_> = audit.findings().iter().filter(|f| f.rule.about().severity != Severity::Note).collect();
            prop_assert!(bad.is_empty(), "{:?}", bad);
        }
    }

    /// Beside the messages of the log no wrong component goes unseen, and it is told where it is.
    #[test]
    fn one_wrong_component_is_found_at_its_event(
        choices in choices(), index: prop::sample::Index, of in 0..PROCESSES, wrong in 0..12u32
    ) {
        let mut events = run(&choices);
        prop_assume!(events.iter().any(|e| e.message.is_some()));
        let index = index.index(events.len());
        let right = events[index].clock[of];
        prop_assume!(wrong != right);
        events[index].clock[of] = wrong;
        let trace = read(&lines(&events, true));
        let here = place(&trace, &events, index);
        let faults = clock_faults(&trace);
        let found: Vec<_> = faults.iter().filter(|fault| fault.1 == here).map(|fault| fault.0).collect();
        prop_assert!(!found.is_empty(), "{:?}: {} for {}, found {:?}", here, wrong, right, faults);
        // What is wrong is named for what it is.
        let own = of == events[index].process;
        let known = events[..index].iter().rev().find(|e| e.process == events[index].process).map(|e| e.clock[of]);
        let rule = match (own, known) {
            (_, Some(known)) if wrong < known => Rule::ClockWentDown,
            (true, _) if wrong < right => Rule::ClockStoodStill,
            (true, None) => Rule::ClockStartsLate,
            (true, Some(_)) => Rule::ClockJumped,
            (false, _) if wrong < right => Rule::ClockMergeForgotten,
            _ if trace.process(&name(of)).is_none() => Rule::ClockUnknownProcess,
            _ => Rule::ClockFromNowhere,
        };
        prop_assert!(found.contains(&rule), "{:?} not in {:?}", rule, found);
    }

    /// Of clocks alone: what goes down, what was never logged, and what does not count itself.
    #[test]
    fn clocks_alone_are_held_against_each_other(
        choices in choices(), index: prop::sample::Index, of in 0..PROCESSES, kind in 0..3u8
    ) {
        let mut events = run(&choices);
        let index = index.index(events.len());
        let own = events[index].process;
        let logged = events.iter().filter(|e| e.process == of).count() as u32;
        let (of, wrong, rule) = match kind {
            0 => {
                let before = events[..index].iter().rev().find(|e| e.process == own);
                prop_assume!(before.is_some_and(|before| before.clock[of] > 0));
                (of, 0, Rule::ClockWentDown)
            }
            1 => {
                prop_assume!(of != own && logged > 0);
                (of, logged + 1, Rule::ClockFromTheFuture)
            }
            _ => (own, events[index].clock[own] + 1, Rule::ClockJumped),
        };
        prop_assume!(rule != Rule::ClockJumped || events[index].clock[own] > 1);
        events[index].clock[of] = wrong;
        let trace = read(&lines(&events, false));
        let faults = clock_faults(&trace);
        prop_assert!(faults.contains(&(rule, place(&trace, &events, index))), "{:?} not in {:?}", rule, faults);
    }
}
