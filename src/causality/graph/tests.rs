use std::collections::BTreeSet;

use petgraph::algo::{dijkstra, has_path_connecting, kosaraju_scc, toposort};
use petgraph::dot::{Config, Dot};
use petgraph::visit::{Dfs, Reversed, Walker};
use proptest::prelude::*;

use super::*;
use crate::causality::random::runs;
use crate::causality::{CausalOrder, chain, clocks};

proptest! {
    #[test]
    fn reachability_is_happens_before(run in runs()) {
        let trace = run.trace();
        let graph = HappensBefore::of(&trace);
        let before = run.happens_before();
        let ids: Vec<EventId> =
            (0..run.events.len()).map(|e| { let (p, k) = run.place(&trace, e); trace.event(p, k) }).collect();
        for (i, &a) in ids.iter().enumerate() {
            let forward: BTreeSet<EventId> = Dfs::new(graph, a).iter(graph).collect();
            let back: BTreeSet<EventId> = Dfs::new(Reversed(graph), a).iter(Reversed(graph)).collect();
            for (j, &b) in ids.iter().enumerate() {
                prop_assert_eq!(forward.contains(&b), i == j || before[i][j]);
                prop_assert_eq!(back.contains(&b), i == j || before[j][i]);
                prop_assert_eq!(has_path_connecting(graph, a, b, None), i == j || before[i][j]);
            }
        }
    }

    #[test]
    fn edges_are_the_same_from_all_sides(run in runs()) {
        let trace = run.trace();
        let graph = HappensBefore::of(&trace);
        let all: Vec<Edge> = graph.edge_references().collect();
        let set: BTreeSet<Edge> = all.iter().copied().collect();
        prop_assert_eq!(set.len(), all.len(), "an edge is there once");
        prop_assert_eq!(graph.edge_count(), all.len());
        let into: BTreeSet<Edge> =
            graph.node_identifiers().flat_map(|e| graph.edges_directed(e, Direction::Incoming)).collect();
        prop_assert_eq!(&into, &set);
        let per_event = run.events.iter().map(|e| e.receives.len()).sum::<usize>();
        let processes = run.events.iter().map(|e| e.process).collect::<BTreeSet<_>>().len();
        prop_assert_eq!(all.len(), run.events.len() - processes + per_event);
    }

    #[test]
    fn petgraphs_order_respects_the_clocks(run in runs()) {
        let trace = run.trace();
        let graph = HappensBefore::of(&trace);
        let order = CausalOrder::of(&trace).unwrap();
        let sorted = toposort(graph, None).unwrap();
        let clock = |event: EventId| { let (p, k) = trace.place(event); clocks::of_position(&trace, &order, p, k) };
        for (i, &late) in sorted.iter().enumerate() {
            let late = clock(late);
            prop_assert!(sorted[..i].iter().all(|&early| clocks::compare(&late, &clock(early)) != clocks::Relation::Before));
        }
        prop_assert_eq!(kosaraju_scc(graph).len(), trace.event_count());
    }

    /// With messages at cost 1 and program order free, Dijkstra's distances are the lengths of the shortest chains.
    #[test]
    fn dijkstra_counts_the_messages_of_a_chain(run in runs()) {
        let trace = run.trace();
        let graph = HappensBefore::of(&trace);
        for a in graph.node_identifiers() {
            let costs = dijkstra(graph, a, None, |edge| u32::from(*edge.weight() != Link::Program));
            for b in graph.node_identifiers() {
                let messages = chain(&trace, trace.place(a), trace.place(b)).map(|chain| chain.len() as u32);
                prop_assert_eq!(costs.get(&b).copied(), messages);
            }
        }
    }
}

#[test]
fn doubles_and_holes_are_no_edges_and_parallels_are() {
    let log = "P1: send m, n -> P2\nP2: receive m, n\nP2: receive m\nP2: receive lost <- P1\nP1: send never -> P2\n";
    let trace = Trace::from_text(log).unwrap();
    assert_eq!((trace.duplicates().len(), trace.unsent().len()), (1, 1));
    let graph = HappensBefore::of(&trace);
    let shown: Vec<_> = graph
        .edge_references()
        .map(|e| (e.source().index(), e.target().index(), matches!(e.weight(), Link::Message(_))))
        .collect();
    assert_eq!(
        shown,
        [(0, 1, false), (0, 2, true), (0, 2, true), (2, 3, false), (3, 4, false)],
        "m and n are two edges; neither the second m nor `lost` nor `never` is one"
    );
}

/// Recursion on a graph as deep as this would overflow the stack.
#[test]
fn a_million_events_in_a_row() {
    const MILLION: usize = 1_000_000;
    let mut log = "P:step\n".repeat(MILLION - 2);
    log += "P:send m -> Q\nQ:receive m\n";
    let trace = Trace::from_text(&log).unwrap();
    let graph = HappensBefore::of(&trace);
    let sorted = toposort(graph, None).unwrap();
    assert!(sorted.iter().map(|e| e.index()).eq(0..MILLION));
    assert_eq!(kosaraju_scc(graph).len(), MILLION);
    assert!(has_path_connecting(graph, sorted[0], sorted[MILLION - 1], None));
}

#[test]
fn a_cycle_is_one_component() {
    let trace = Trace::from_text("P1: receive b <- P2\nP1: send a -> P2\nP2: receive a\nP2: send b -> P1\n").unwrap();
    let graph = HappensBefore::of(&trace);
    assert!(toposort(graph, None).is_err());
    assert_eq!(kosaraju_scc(graph).into_iter().map(|c| c.len()).collect::<Vec<_>>(), [4]);
}

#[test]
fn dot_writes_it() {
    let trace = Trace::from_text("P1: send m -> P2\nP2: receive m\n").unwrap();
    let dot = Dot::with_config(HappensBefore::of(&trace), &[Config::NodeNoLabel, Config::EdgeNoLabel]);
    assert_eq!(format!("{dot:?}"), "digraph {\n    0 [ ]\n    1 [ ]\n    0 -> 1 [ ]\n}\n");
}
