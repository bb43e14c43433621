use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::causality::Relation;
use crate::causality::clocks;
use crate::causality::random::runs;

fn all(trace: &Trace) -> Vec<((ProcessId, u32), Vec<u32>)> {
    let order = CausalOrder::of(trace).unwrap();
    let mut found = Vec::new();
    all_clocks(trace, &order, |process, number, clock| {
        found.push(((process, number), clock.to_vec()));
        Ok::<(), ()>(())
    })
    .unwrap();
    found
}

proptest! {
    /// V_e[j] counts j's events that happen before e or are e.
    #[test]
    fn every_clock_is_that_of_the_definition(run in runs()) {
        let trace = run.trace();
        let order = CausalOrder::of(&trace).unwrap();
        let found: BTreeMap<_, _> = all(&trace).into_iter().collect();
        prop_assert_eq!(found.len(), run.events.len());
        let mut wanted = vec![vec![0u32; run.processes]; run.events.len()];
        for (earlier, later, relation) in run.relations() {
            let counts = matches!(relation, Relation::Before | Relation::Equal);
            wanted[later][run.events[earlier].process] += u32::from(counts);
        }
        for (e, wanted) in wanted.iter().enumerate() {
            let at = run.place(&trace, e);
            prop_assert_eq!(&found[&at], wanted);
            prop_assert_eq!(&clocks::of_position(&trace, &order, at.0, at.1), wanted);
        }
    }

    #[test]
    fn events_come_in_causal_order(run in runs()) {
        let trace = run.trace();
        let found = all(&trace);
        prop_assert_eq!(found.len(), run.events.len());
        let rank = |e: usize| found.iter().position(|(place, _)| *place == run.place(&trace, e));
        let ranks: Vec<Option<usize>> = (0..run.events.len()).map(rank).collect();
        for (i, j, relation) in run.relations() {
            prop_assert!(ranks[i].is_some() && (relation != Relation::Before || ranks[i] < ranks[j]));
        }
    }
}

#[test]
fn what_is_in_flight_alone_is_kept() {
    // A thousand messages, each received before the next is sent, and a thousand that are never received.
    let mut text = String::from("process P1\nprocess P2\n");
    for i in 0..1000 {
        text += &format!("P1: send a{i} -> P2\nP2: receive a{i}\nP1: send lost{i} -> P2\n");
    }
    let trace = Trace::from_text(&text).unwrap();
    let order = CausalOrder::of(&trace).unwrap();
    let mut rows = std::collections::BTreeSet::new();
    all_clocks(&trace, &order, |_, _, clock| {
        rows.insert(clock.as_ptr() as usize);
        Ok::<(), ()>(())
    })
    .unwrap();
    assert!(rows.len() <= 4, "{} rows were in use", rows.len());
}

#[test]
fn the_walk_ends_where_it_is_told_to() {
    let trace = Trace::from_text("P1: step\nP1: step\nP1: step\n").unwrap();
    let mut seen = 0;
    let end = all_clocks(&trace, &CausalOrder::of(&trace).unwrap(), |_, number, _| {
        seen += 1;
        if number == 2 { Err("enough") } else { Ok(()) }
    });
    assert_eq!((end, seen), (Err("enough"), 2));
}
