use std::collections::BTreeMap;

use proptest::prelude::*;

use super::bases::Bases;
use super::plan::Plan;
use super::rows::Count;
use super::*;
use crate::causality::Relation;
use crate::causality::clocks;
use crate::causality::random::runs;
use crate::generate::Settings;
use crate::ids::MessageId;

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

/// A log of `processes`: each number is an event, and says whose and what it does.
fn text(processes: usize, events: &[(usize, u8, usize)]) -> String {
    let mut text: String = (0..processes).map(|p| format!("process P{p}\n")).collect();
    let mut flying: Vec<(usize, usize)> = Vec::new();
    let mut messages = 0;
    for &(process, kind, peer) in events {
        let to = |i: usize| (process + 1 + (peer + i) % (processes - 1)) % processes;
        let (process, arrived): (usize, Vec<usize>) = match kind {
            // So that most messages arrive, some after many others were sent, whoever is named receives.
            5..=8 if !flying.is_empty() => {
                let (message, at) = flying[peer % flying.len()];
                let all = flying.iter().filter(|flying| flying.1 == at).map(|flying| flying.0);
                (at, if kind == 8 { all.collect() } else { vec![message] })
            }
            _ => (process % processes, Vec::new()),
        };
        flying.retain(|(message, at)| *at != process || !arrived.contains(message));
        text += &match kind {
            _ if !arrived.is_empty() => {
                let named: Vec<String> = arrived.iter().map(|message| format!("m{message}")).collect();
                format!("P{process}: receive {}\n", named.join(", "))
            }
            0..=4 if processes > 1 => {
                let many = if kind == 4 { 3.min(processes - 1) } else { 1 };
                let mut named = Vec::new();
                let to = |i: usize| to(i) % processes;
                for at in (0..many).map(to).filter(|&at| at != process) {
                    named.push(format!("P{at}"));
                    flying.push((messages, at));
                }
                messages += 1;
                format!("P{process}: send m{} -> {}\n", messages - 1, named.join(", "))
            }
            _ => format!("P{process}: step\n"),
        };
    }
    text
}

/// The clocks as textbooks compute them: copied for each send, merged at each receive.
fn copy_and_max(trace: &Trace, order: &CausalOrder) -> Vec<(ProcessId, u32, Vec<u32>)> {
    let mut own = vec![vec![0u32; trace.process_count()]; trace.process_count()];
    let mut sent: BTreeMap<MessageId, Vec<u32>> = BTreeMap::new();
    let mut found = Vec::new();
    for (process, number) in order.events(trace) {
        let p = process.index();
        for message in trace.receives(process, number) {
            own[p].iter_mut().zip(&sent[&message]).for_each(|(mine, theirs)| *mine = (*mine).max(*theirs));
        }
        own[p][p] = number;
        trace.sends(process, number).for_each(|message| drop(sent.insert(message, own[p].clone())));
        found.push((process, number, own[p].clone()));
    }
    found
}

type Clocks = Vec<(ProcessId, u32, Vec<u32>)>;

/// Keeps all clocks.
fn keep(found: &mut Clocks) -> impl FnMut(ProcessId, u32, Clock<'_>) -> Result<(), ()> {
    |process, number, clock| {
        found.push((process, number, clock.to_vec()));
        Ok(())
    }
}

/// All clocks and the number of rows that they took, one event after another with counts of one width, in the
/// instructions that all processors have or in those of this one.
fn one_by_one<T: Count>(trace: &Trace, order: &CausalOrder, plain: bool) -> (Clocks, usize) {
    let (mut found, mut rows) = (Vec::new(), Rows::<T>::new(trace.process_count(), plain));
    one_by_one::walk(trace, order, &mut rows, keep(&mut found)).unwrap();
    (found, rows.len())
}

/// The same by windows, as far as counts of this reach can tell it.
fn by_windows<T: Count>(trace: &Trace, order: &CausalOrder, reach: u32, plain: bool) -> (Clocks, usize) {
    let (mut found, mut rows) = (Vec::new(), Rows::<T>::new(trace.process_count(), plain));
    let (mut plan, mut bases) = (Plan::new(trace), Bases::new(trace, reach));
    windows::run(&mut plan, &mut bases, &mut rows, order.processes(trace), &mut keep(&mut found)).unwrap();
    (found, rows.len())
}

/// The same, to the end.
fn to_the_end(trace: &Trace, order: &CausalOrder, reach: u16, plain: bool) -> Clocks {
    let mut found = Vec::new();
    windows::walk(trace, order, reach, plain, keep(&mut found)).unwrap();
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn all_ways_find_what_textbooks_find(
        processes in prop_oneof![1..4usize, 4..70usize, 250..260usize, 500..520usize, 1000..1100usize],
        few in 2..40usize,
        events in prop::collection::vec((0..1100usize, 0..10u8, 0..1100usize), 1..400),
        grouped in any::<bool>(),
        reach in 1..60u16,
    ) {
        // Among a few of many processes messages meet more often.
        let events: Vec<_> = events.into_iter().map(|(p, kind, peer)| (p % few, kind, peer % few)).collect();
        let mut text = text(processes, &events);
        if grouped {
            let mut lines: Vec<&str> = text.lines().collect();
            lines.sort_by_key(|line| (!line.starts_with("process"), std::cmp::Reverse(line.split(':').next())));
            text = lines.join("\n");
        }
        let trace = Trace::from_text(&text).unwrap();
        let order = CausalOrder::of(&trace).unwrap();
        let wanted = copy_and_max(&trace, &order);
        for plain in [false, true] {
            prop_assert_eq!(&one_by_one::<u16>(&trace, &order, plain).0, &wanted);
            prop_assert_eq!(&one_by_one::<u32>(&trace, &order, plain).0, &wanted);
            prop_assert_eq!(&by_windows::<u16>(&trace, &order, u16::MAX.into(), plain).0, &wanted);
            prop_assert_eq!(&by_windows::<u32>(&trace, &order, u32::MAX, plain).0, &wanted);
            prop_assert_eq!(&to_the_end(&trace, &order, reach, plain), &wanted);
        }
    }

    /// Narrow counts are enough where news spread, however many events there are, and the clocks are those of all ways.
    #[test]
    fn narrow_counts_go_on_from_bases(processes in 2..9u32, seed in any::<u64>(), in_flight in 1..9u32, lonely in 0..4usize) {
        let settings = Settings { processes, seed, in_flight, events: 6000, ..Settings::default() };
        let mut bytes = Vec::new();
        settings.write(&mut bytes).unwrap();
        let made = String::from_utf8(bytes).unwrap();
        // One more that is never heard of, or just once and never again, and has as many events; or has heard of others
        // just once, and has no event behind that.
        let mut text = String::new();
        for (i, line) in made.lines().enumerate() {
            text += line;
            text += match (lonely, i) {
                (3, 0) => "\nP1: send once -> Q\nQ: receive once\n",
                (0 | 3, _) => "\n",
                (2, 0) => "\nQ: send once -> P1\nP1: receive once\n",
                _ => "\nQ: step\n",
            };
        }
        let trace = Trace::from_text(&text).unwrap();
        let order = CausalOrder::of(&trace).unwrap();
        let wanted = copy_and_max(&trace, &order);
        let (narrow, _) = by_windows::<u16>(&trace, &order, 500, false);
        prop_assert_eq!(&narrow[..], &wanted[..narrow.len()]);
        prop_assert_eq!(narrow.len() == wanted.len(), lonely != 2, "{} of {}", narrow.len(), wanted.len());
        prop_assert_eq!(&to_the_end(&trace, &order, 500, false), &wanted);
    }
}

#[test]
fn more_events_than_narrow_counts_hold() {
    let wide = "P1: step\n".repeat(usize::from(u16::MAX));
    for text in [wide.clone(), wide + "P1: send m -> P2\nP2: receive m\n"] {
        let trace = Trace::from_text(&text).unwrap();
        let mut last = Vec::new();
        all_clocks(&trace, &CausalOrder::of(&trace).unwrap(), |_, _, clock| {
            last = clock.to_vec();
            Ok::<(), ()>(())
        })
        .unwrap();
        let wanted: &[u32] = if trace.process_count() == 1 { &[65_535] } else { &[65_536, 1] };
        assert_eq!(last, wanted);
    }
}

#[test]
fn what_is_in_flight_alone_is_kept() {
    // A thousand messages, each received before the next is sent, and a thousand that are never received; and as many
    // that are sent and received together with others.
    let one = |i| format!("P1: send a{i} -> P2\nP2: receive a{i}\nP1: send lost{i} -> P2\n");
    let both = |i| format!("P1: send a{i} -> P2, P3\nP2: receive a{i}\nP3: receive a{i}\nP1: send lost{i} -> P2, P3\n");
    for text in [(0..1000).map(one).collect::<String>(), (0..1000).map(both).collect()] {
        let trace = Trace::from_text(&text).unwrap();
        let order = CausalOrder::of(&trace).unwrap();
        let processes = trace.process_count();
        let (_, rows) = one_by_one::<u32>(&trace, &order, false);
        assert!(rows <= processes + 1, "{rows} rows were in use");
        // That of nobody, and those of a window, which are new.
        let (_, rows) = by_windows::<u32>(&trace, &order, u32::MAX, false);
        assert!(rows <= 1 + processes + 2 + windows::WINDOW, "{rows} rows were in use");
    }
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
