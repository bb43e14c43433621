use proptest::prelude::*;

use super::*;
use crate::causality::random::runs;

/// Whether each step of a path is one of program order or one message, sent before and received here.
fn proves(trace: &Trace, path: &[Hop]) -> bool {
    path.windows(2).all(|pair| match pair[1].by {
        None => pair[0].process == pair[1].process && pair[0].number < pair[1].number,
        Some(message) => {
            trace.ends(message) == (pair[0].process, pair[1].process)
                && trace.sent(message) == pair[0].number
                && trace.received(message) == Some(pair[1].number)
        }
    })
}

proptest! {
    #[test]
    fn relations_are_those_of_the_definition_and_paths_prove_them(run in runs()) {
        let trace = run.trace();
        let order = CausalOrder::of(&trace).unwrap();
        for (i, j, wanted) in run.relations() {
            let (a, b) = (run.place(&trace, i), run.place(&trace, j));
            let found = relate_in(&trace, &order, a, b);
            let ends = match wanted {
                Relation::Before | Relation::Equal => Some((a, b)),
                Relation::After => Some((b, a)),
                Relation::Concurrent => None,
            };
            prop_assert_eq!(found.relation, wanted);
            prop_assert_eq!(clocks::compare(&found.clocks[0], &found.clocks[1]), wanted);
            let place = |hop: &Hop| (hop.process, hop.number);
            prop_assert_eq!(found.path.first().map(place).zip(found.path.last().map(place)), ends);
            prop_assert!(proves(&trace, &found.path), "{:?}", found.path);
            prop_assert_eq!(&found.gaps, &[]);
        }
    }

    /// The log loses one send. Whatever it said of two events, if it is sure then the whole run says the same.
    #[test]
    fn a_log_with_a_hole_is_never_surely_wrong(run in runs(), pick in any::<prop::sample::Index>()) {
        let sends: Vec<usize> = (0..run.events.len()).filter(|&e| !run.events[e].sends.is_empty()).collect();
        prop_assume!(!sends.is_empty());
        let whole = run.trace();
        let log = run.trace_without(sends[pick.index(sends.len())]);
        for (i, j, wanted) in run.relations() {
            let found = relate(&log, run.place(&whole, i), run.place(&whole, j)).unwrap();
            prop_assert!(found.relation == wanted || !found.gaps.is_empty(), "{i} {j} {found:?}");
        }
    }
}

fn ask(text: &str, a: (&str, u32), b: (&str, u32)) -> (Trace, Related) {
    let trace = Trace::from_text(text).unwrap();
    let at = |(name, number): (&str, u32)| (trace.process(name).unwrap(), number);
    let found = relate(&trace, at(a), at(b)).unwrap();
    (trace, found)
}

#[test]
fn the_path_has_the_fewest_messages_and_names_each() {
    let log =
        "P1: send x -> P2\nP2: receive x\nP2: send y -> P3\nP1: send z -> P3\nP3: receive y\nP3: receive z\nP3: step\n";
    let (trace, found) = ask(log, ("P3", 3), ("P1", 1));
    assert_eq!(found.relation, Relation::After);
    let shown: Vec<String> = (found.path.iter())
        .map(|hop| {
            let by = hop.by.map_or(String::new(), |m| format!(" by {}", trace.message_name(m)));
            format!("{}#{}{by}", trace.name(hop.process), hop.number)
        })
        .collect();
    assert_eq!(shown, ["P1#1", "P1#2", "P3#2 by z", "P3#3"]);
}

#[test]
fn a_receive_without_a_send_could_order_concurrent_events() {
    let log = "P1 a: step\nP2: receive lost <- P1\nP2 b: send m -> P3\nP3: receive m\nP3: step\n";
    let (_, found) = ask(log, ("P3", 2), ("P1", 1));
    assert_eq!((found.relation, found.gaps), (Relation::Concurrent, vec![Gap { unsent: 0, of_first: true }]));
    // In the past of both it can order neither: that would be a cycle.
    let log = "P1: receive lost\nP1: send m -> P2\nP1: send n -> P3\nP2: receive m\nP3: receive n\n";
    let (_, found) = ask(log, ("P2", 1), ("P3", 1));
    assert_eq!((found.relation, found.gaps), (Relation::Concurrent, vec![]));
    // What the log orders stays so.
    let (_, found) = ask("P1: receive lost\nP1: step\n", ("P1", 1), ("P1", 2));
    assert_eq!((found.relation, found.gaps), (Relation::Before, vec![]));
}
