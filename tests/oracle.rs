//! The verdict, the clocks, W, the violations, the orphans, the channels and the nearest cuts of random traces are those
//! of the definitions.

mod support;

use std::sync::Arc;

use clearcut::causality::{CausalOrder, OrderKind, chain, fewest_messages};
use clearcut::cut::{self, Cut, Verdict};
use clearcut::format;
use clearcut::report::verify::VerifyReport;
use clearcut::source::Source;
use clearcut::trace::{Builder, Trace};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::oracle::Oracle;
use support::random::{Execution, Style, execution, style};

fn trace(text: &str) -> Trace {
    Trace::from_text(text).unwrap_or_else(|problems| panic!("{text}\n{problems:?}"))
}

/// The report in the members that the oracle has.
fn report(trace: &Trace, positions: &[u32]) -> Value {
    let cut = Cut::new(trace, positions.to_vec()).expect("positions within the trace");
    let found = cut::verify(trace, cut, true).expect("an execution that was run has no cycle");
    let mut report = serde_json::to_value(VerifyReport::new(trace, &found, true)).unwrap();
    let ends =
        |row: &Value| json!({"from": row["from"], "to": row["to"], "sent": row["sent"], "received": row["received"]});
    let orphans: Vec<Value> = report["orphans"].as_array().unwrap().iter().map(ends).collect();
    let mut in_transit = vec![];
    for channel in report["channels"].as_array().unwrap() {
        for message in channel["messages"].as_array().unwrap() {
            in_transit.push(json!({"from": channel["from"], "to": channel["to"],
                "sent": message["sent"], "received": message["received"]}));
        }
    }
    let members = ["verdict", "cut", "clocks", "max", "violations", "counts", "nearest"];
    let mut out: serde_json::Map<String, Value> = members.iter().map(|m| (m.to_string(), report[*m].take())).collect();
    out.insert("orphans".into(), json!(orphans));
    out.insert("in_transit".into(), json!(in_transit));
    out.insert("holes".into(), json!(report["undetermined"].as_array().unwrap().len()));
    Value::Object(out)
}

fn agrees(execution: &Execution, style: Style, pick: usize) -> Result<(), TestCaseError> {
    let text = execution.text(style);
    let trace = trace(&text);
    let oracle = Oracle::new(execution);
    let cuts = oracle.cuts();
    // Some of the cuts; over many cases all kinds come up.
    for i in 0..4 {
        let cut = &cuts[(pick + i * 7919) % cuts.len()];
        prop_assert_eq!(report(&trace, cut), oracle.report(cut), "{}\ncut {:?}", text, cut);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn verify_says_what_the_definitions_say(execution in execution(12), style in style(), pick in any::<u16>()) {
        agrees(&execution, style, pick as usize)?;
    }

    /// What is offered as consistent was so, whatever the log lacks, and `verify` says so of it.
    #[test]
    fn the_nearest_cuts_hold(execution in execution(12), style in style(), pick in any::<u16>()) {
        let trace = trace(&execution.text(style));
        let oracle = Oracle::new(&execution);
        let cuts = oracle.cuts();
        let cut = Cut::new(&trace, cuts[pick as usize % cuts.len()].clone()).unwrap();
        let found = cut::verify(&trace, cut, false).unwrap();
        for near in [Some(found.below), found.above].into_iter().flatten() {
            prop_assert!(oracle.was_consistent(near.positions()), "{:?}", near);
            prop_assert_eq!(cut::verify(&trace, near, false).unwrap().verdict, Verdict::Holds);
        }
    }

    /// A log of one process after another tells the same execution.
    #[test]
    fn any_order_of_the_files_gives_an_order_that_respects_happens_before(execution in execution(14), style in style()) {
        let trace = trace(&execution.text(Style { grouped: true, ..style }));
        let order = CausalOrder::of(&trace).unwrap();
        let mut done = vec![0u32; trace.process_count()];
        for (process, number) in order.events(&trace) {
            done[process.index()] += 1;
            prop_assert_eq!(done[process.index()], number);
            for message in trace.receives(process, number) {
                prop_assert!(trace.sent(message) <= done[trace.ends(message).0.index()]);
            }
        }
        prop_assert_eq!(done, execution.counts());
        prop_assert_eq!(order.kind() == OrderKind::Log, trace.log_is_causal());
    }

    /// A chain is found iff one event happens before the other, and each of its links holds.
    #[test]
    fn chains_prove_happens_before(
        execution in execution(18), grouped in any::<bool>(), a in any::<u8>(), b in any::<u8>(),
    ) {
        let events: Vec<(usize, u32)> = (0..execution.processes)
            .flat_map(|p| (1..=execution.counts()[p]).map(move |k| (p, k))).collect();
        prop_assume!(!events.is_empty());
        let (a, b) = (events[a as usize % events.len()], events[b as usize % events.len()]);
        let trace = trace(&execution.text(Style { grouped, unnamed: false, from: true }));
        let process = |p: usize| trace.process(&support::oracle::name(p)).unwrap();
        let (start, goal) = ((process(a.0), a.1), (process(b.0), b.1));
        let order = CausalOrder::of(&trace).unwrap();
        let by_events = chain(&trace, start, goal);
        let by_messages = fewest_messages(&trace, &order, start, goal);
        prop_assert_eq!(by_events.is_some(), Oracle::new(&execution).precedes(a, b));
        prop_assert_eq!(by_events.as_ref().map(Vec::len), by_messages.as_ref().map(Vec::len));
        for messages in [by_events, by_messages].into_iter().flatten() {
            let mut at = start;
            for message in messages {
                let (from, to) = trace.ends(message);
                prop_assert!(from == at.0 && trace.sent(message) >= at.1);
                at = (to, trace.received(message).unwrap());
            }
            prop_assert!(at.0 == goal.0 && at.1 <= goal.1);
        }
    }

    /// The proof of a violation is as short as any, though only a part of the log is searched for it.
    #[test]
    fn violations_are_proved_by_shortest_chains(
        execution in execution(18), style in style(), grouped in any::<bool>(), pick in any::<u16>(),
    ) {
        let trace = trace(&execution.text(Style { grouped, ..style }));
        let order = CausalOrder::of(&trace).unwrap();
        let cuts = Oracle::new(&execution).cuts();
        let inconsistent = |positions: &&Vec<u32>| {
            let cut = Cut::new(&trace, positions.to_vec()).unwrap();
            cut::verify(&trace, cut, false).unwrap().verdict == Verdict::Violated
        };
        let start = pick as usize % cuts.len();
        let Some(positions) = cuts[start..].iter().chain(&cuts[..start]).find(inconsistent) else { return Ok(()) };
        let found = cut::verify(&trace, Cut::new(&trace, positions.clone()).unwrap(), false).unwrap();
        let proof = cut::Proof::of(&trace, &order, &found, usize::MAX);
        prop_assert_eq!(proof.chains.len(), found.violations.len());
        for (violation, messages) in found.violations.iter().zip(&proof.chains) {
            let goal = (violation.by, found.cut.position(violation.by));
            let shortest = chain(&trace, (violation.process, violation.known), goal).unwrap();
            prop_assert!(!messages.is_empty() && messages.len() == shortest.len());
            let mut at = (violation.process, violation.known);
            for &message in messages {
                let (from, to) = trace.ends(message);
                prop_assert!(from == at.0 && trace.sent(message) >= at.1);
                at = (to, trace.received(message).unwrap());
            }
            prop_assert!(at.0 == goal.0 && at.1 <= goal.1);
        }
    }

    /// JSON Lines and text of one execution are one trace.
    #[test]
    fn both_formats_tell_the_same(execution in execution(12), style in style(), pick in any::<u16>()) {
        let text = execution.text(style);
        let lines: String = text.lines().map(json_line).collect();
        let source = Arc::new(Source::from_text("x.jsonl", lines));
        let mut builder = Builder::new();
        builder.source(source.clone());
        format::jsonl::read(&source, &mut builder);
        let from_json = builder.finish().map_err(|(_, p)| TestCaseError::fail(format!("{p:?}")))?;
        let cuts = Oracle::new(&execution).cuts();
        let cut = &cuts[pick as usize % cuts.len()];
        prop_assert_eq!(report(&from_json, cut), report(&trace(&text), cut), "{}", text);
    }
}

/// A line of the text format as one of JSON Lines; only the shapes that [`Execution::text`] writes.
fn json_line(line: &str) -> String {
    if let Some(name) = line.strip_prefix("process ") {
        return json!({"event": "process", "process": name}).to_string() + "\n";
    }
    let (process, action) = line.split_once(": ").unwrap();
    let (event, rest) = action.split_once(' ').unwrap_or((action, ""));
    let (ids, peers) = rest.split_once("->").or(rest.split_once("<-")).unwrap_or((rest, ""));
    let list = |text: &str| -> Vec<String> {
        text.split(',').map(|s| s.trim().to_string()).filter(|s| !s.is_empty()).collect()
    };
    let mut object = json!({"process": process, "event": event});
    if !list(ids).is_empty() {
        object["message"] = json!(list(ids));
    }
    if !list(peers).is_empty() {
        object[if event == "send" { "to" } else { "from" }] = json!(list(peers));
    }
    object.to_string() + "\n"
}

/// A cycle over k processes is found, and no longer one is named.
#[test]
fn a_shortest_cycle_is_named() {
    for k in 2..6 {
        let line =
            |i: usize| format!("P{i}: receive m{}\nP{i}: step\nP{i}: send m{i} -> P{}\n", (i + k - 1) % k, (i + 1) % k);
        let mut text: String = (0..k).map(line).collect();
        // A longer circle beside it, found first.
        let far = |i: usize| format!("Q{i}: receive q{}\nQ{i}: send q{i} -> Q{}\n", (i + 6) % 7, (i + 1) % 7);
        text = (0..7).map(far).collect::<String>() + &text;
        let trace = trace(&text);
        let cycle = CausalOrder::of(&trace).expect_err("there is a cycle");
        assert_eq!(cycle.messages.len(), k);
        for (i, &message) in cycle.messages.iter().enumerate() {
            let next = cycle.messages[(i + 1) % k];
            assert_eq!(trace.ends(message).1, trace.ends(next).0);
            assert!(trace.received(message).unwrap() <= trace.sent(next));
        }
    }
}
