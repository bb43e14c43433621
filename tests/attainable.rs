//! What a run of Chandy and Lamport's algorithm can record, held against all runs of small traces.

mod support;

use std::collections::{BTreeSet, HashSet};

use clearcut::causality::CausalOrder;
use clearcut::cut::{self, Cut, Verdict};
use clearcut::snapshot::all::{Cuts, all};
use clearcut::snapshot::attainable::{attainable, starters};
use clearcut::snapshot::{Algorithm, Delivery, Initiator, Refusal, Request, Snapshot, take};
use clearcut::trace::Trace;
use proptest::prelude::*;
use support::oracle::Oracle;
use support::random::{Did, Execution, Style, execution};

const STYLE: Style = Style { grouped: false, unnamed: false, from: true };

/// All runs: every order of the events, every arrival of every marker. The algorithm is played step by step.
struct Runs<'e> {
    execution: &'e Execution,
    channels: Vec<(usize, usize)>,
    initiators: Vec<(usize, u32)>,
    /// Later markers may arrive at any time: only first ones keep their place. So a run goes on where channels are not FIFO.
    lenient: bool,
    seen: HashSet<Moment>,
    recorded: BTreeSet<Vec<u32>>,
}

/// Where a run is: events done, who has recorded where, and which markers have arrived.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Moment {
    done: Vec<u32>,
    recorded: Vec<Option<u32>>,
    arrived: Vec<bool>,
}

impl Runs<'_> {
    /// Whether the next event of a process can happen now.
    fn can_happen(&self, at: &Moment, p: usize) -> bool {
        let next = at.done[p] + 1;
        // An initiator records right after its position, unless it has.
        if at.recorded[p].is_none() && self.initiators.contains(&(p, at.done[p])) {
            return false;
        }
        self.execution.messages.iter().filter(|m| m.to == p && m.received == Some(next)).all(|m| {
            let behind_marker = at.recorded[m.from].is_some_and(|r| m.sent > r);
            let channel = self.channels.iter().position(|&c| c == (m.from, p)).unwrap();
            let gone = at.arrived[channel] || (self.lenient && at.recorded[p].is_some());
            m.sent <= at.done[m.from] && (!behind_marker || gone)
        })
    }

    /// Whether the marker of a channel can arrive now: it is sent, and all before it has arrived.
    fn can_arrive(&self, at: &Moment, c: usize) -> bool {
        let (from, to) = self.channels[c];
        let Some(r) = at.recorded[from] else { return false };
        let before = self.execution.messages.iter().filter(|m| (m.from, m.to) == (from, to) && m.sent <= r);
        !at.arrived[c] && before.into_iter().all(|m| m.received.is_some_and(|k| k <= at.done[to]))
    }

    fn walk(&mut self, at: Moment) {
        if !self.seen.insert(at.clone()) {
            return;
        }
        if at.done == self.execution.counts() && at.recorded.iter().all(Option::is_some) {
            self.recorded.insert(at.recorded.iter().map(|r| r.unwrap()).collect());
        }
        // A marker that makes nobody record only makes room: nothing is lost if it arrives at once.
        let harmless =
            (0..self.channels.len()).find(|&c| at.recorded[self.channels[c].1].is_some() && self.can_arrive(&at, c));
        if let Some(c) = harmless {
            return self.walk(self.arrive(&at, c));
        }
        for p in 0..self.execution.processes {
            if at.done[p] < self.execution.counts()[p] && self.can_happen(&at, p) {
                let mut then = at.clone();
                then.done[p] += 1;
                self.walk(then);
            }
            if at.recorded[p].is_none() && self.initiators.contains(&(p, at.done[p])) {
                let mut then = at.clone();
                then.recorded[p] = Some(at.done[p]);
                self.walk(then);
            }
        }
        for c in 0..self.channels.len() {
            if self.can_arrive(&at, c) {
                self.walk(self.arrive(&at, c));
            }
        }
    }

    fn arrive(&self, at: &Moment, c: usize) -> Moment {
        let to = self.channels[c].1;
        let mut then = at.clone();
        then.arrived[c] = true;
        then.recorded[to] = then.recorded[to].or(Some(at.done[to]));
        then
    }
}

/// All cuts that some run from `initiators` records.
fn recorded_by_runs(
    execution: &Execution,
    channels: &[(usize, usize)],
    initiators: &[(usize, u32)],
) -> BTreeSet<Vec<u32>> {
    runs(execution, channels, initiators, false)
}

fn runs(
    execution: &Execution,
    channels: &[(usize, usize)],
    initiators: &[(usize, u32)],
    lenient: bool,
) -> BTreeSet<Vec<u32>> {
    let n = execution.processes;
    let mut runs = Runs {
        execution,
        channels: channels.to_vec(),
        initiators: initiators.to_vec(),
        lenient,
        seen: HashSet::new(),
        recorded: BTreeSet::new(),
    };
    runs.walk(Moment { done: vec![0; n], recorded: vec![None; n], arrived: vec![false; channels.len()] });
    runs.recorded
}

/// FIFO with losses: once a message of a channel is lost, all after it are.
fn is_fifo(execution: &Execution) -> bool {
    execution.messages.iter().enumerate().all(|(i, a)| {
        execution.messages[i + 1..].iter().all(|b| {
            (a.from, a.to) != (b.from, b.to)
                || b.received.is_none()
                || a.received.is_some_and(|r| r <= b.received.unwrap())
        })
    })
}

/// The channels that exist: all, or those that are used and those that `extra` adds.
fn topology(execution: &Execution, extra: Option<u16>) -> Vec<(usize, usize)> {
    let n = execution.processes;
    let pairs = (0..n).flat_map(|a| (0..n).map(move |b| (a, b))).filter(|(a, b)| a != b);
    let used = |a, b| execution.messages.iter().any(|m| (m.from, m.to) == (a, b));
    pairs.filter(|&(a, b)| extra.is_none_or(|bits| used(a, b) || bits >> (a * 4 + b) & 1 == 1)).collect()
}

/// Executions whose logs have no holes and whose channels are FIFO.
fn fifo_execution() -> impl Strategy<Value = Execution> {
    execution(8).prop_filter_map("FIFO", |mut execution| {
        execution.messages.iter_mut().for_each(|m| m.logged = true);
        is_fifo(&execution).then_some(execution)
    })
}

/// The same with lines of sends missing, which their receives show; what neither end shows nobody can know.
fn execution_with_holes() -> impl Strategy<Value = Execution> {
    execution(8).prop_filter_map("FIFO", |mut execution| {
        for (_, did) in &execution.events {
            if let Did::Send(ids) = did
                && ids.iter().any(|&i| execution.messages[i].received.is_none())
            {
                ids.iter().for_each(|&i| execution.messages[i].logged = true);
            }
        }
        is_fifo(&execution).then_some(execution)
    })
}

fn trace_of(execution: &Execution, channels: Option<&[(usize, usize)]>) -> Trace {
    let declared = channels.into_iter().flatten().map(|(a, b)| format!("channel P{a} -> P{b}\n"));
    let text = execution.text(STYLE) + &declared.collect::<String>();
    Trace::from_text(&text).unwrap_or_else(|problems| panic!("{text}\n{problems:?}"))
}

/// Some processes with positions, each once.
fn starts(execution: &Execution, picks: &[(u8, u8)]) -> Vec<(usize, u32)> {
    let mut starts: Vec<(usize, u32)> = vec![];
    for &(who, at) in picks {
        let p = who as usize % execution.processes;
        if starts.iter().all(|s| s.0 != p) {
            starts.push((p, u32::from(at) % (execution.counts()[p] + 1)));
        }
    }
    starts
}

fn snapshot_of(trace: &Trace, initiators: &[Initiator], delivery: Delivery) -> Result<Snapshot, Refusal> {
    let request = Request {
        algorithm: Algorithm::ChandyLamport,
        initiators: initiators.to_vec(),
        delivery,
        fixes: vec![],
        clocks: false,
    };
    take(trace, request)
}

fn initiator(trace: &Trace, (process, position): (usize, u32)) -> Initiator {
    Initiator { process: trace.processes().nth(process).unwrap(), position }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn attainable_and_all_are_what_all_runs_record(
        execution in fifo_execution(),
        extra in proptest::option::of(any::<u16>()),
        picks in proptest::collection::vec((any::<u8>(), any::<u8>()), 1..3),
    ) {
        let channels = topology(&execution, extra);
        let trace = trace_of(&execution, extra.map(|_| channels.as_slice()).filter(|c| !c.is_empty()));
        prop_assume!(extra.is_none() || !channels.is_empty());
        let starts = starts(&execution, &picks);
        let initiators: Vec<Initiator> = starts.iter().map(|&s| initiator(&trace, s)).collect();
        let truth = recorded_by_runs(&execution, &channels, &starts);
        for positions in Oracle::new(&execution).cuts() {
            let found = cut::verify(&trace, Cut::new(&trace, positions.clone()).unwrap(), false).unwrap();
            let answer = attainable(&trace, &found, &initiators);
            let expected = if truth.contains(&positions) { Verdict::Holds } else { Verdict::Violated };
            prop_assert_eq!(answer.verdict, expected, "{:?} {:?}", positions, starts);
            prop_assert_eq!(answer.reason.is_none(), expected == Verdict::Holds);
            if expected == Verdict::Holds {
                // The tree enters each process once and leads from those that start, over channels that are empty.
                let roots = starts.iter().filter(|s| positions[s.0] == s.1).count();
                prop_assert_eq!(answer.tree.len(), execution.processes - roots);
                let empty = |a: usize, b: usize| execution.messages.iter().all(|m| (m.from, m.to) != (a, b)
                    || m.sent > positions[a] || m.received.is_some_and(|r| r <= positions[b]));
                prop_assert!(answer.tree.iter().all(|(a, b)| empty(a.index(), b.index())));
            }
        }
        let order = CausalOrder::of(&trace).unwrap();
        let listed: Vec<Vec<u32>> = Cuts::new(&trace, &order, &initiators).map(|c| c.positions().to_vec()).collect();
        prop_assert_eq!(&listed, &truth.iter().cloned().collect::<Vec<_>>());
        let found = all(&trace, &order, &initiators, 2);
        prop_assert_eq!((found.cuts.len(), found.more), (truth.len().min(2), truth.len() > 2));
        let bounds = found.bounds.unwrap();
        for cut in &truth {
            prop_assert!(bounds.below.positions().iter().zip(cut).all(|(b, c)| b <= c));
            prop_assert!(bounds.above.positions().iter().zip(cut).all(|(a, c)| c <= a));
        }
    }

    #[test]
    fn starters_are_those_from_which_a_run_records_the_cut(
        execution in fifo_execution(), extra in proptest::option::of(any::<u16>()), pick in any::<u16>()
    ) {
        let channels = topology(&execution, extra);
        prop_assume!(extra.is_none() || !channels.is_empty());
        let trace = trace_of(&execution, extra.map(|_| channels.as_slice()));
        let cuts = Oracle::new(&execution).cuts();
        let positions = &cuts[pick as usize % cuts.len()];
        let found = cut::verify(&trace, Cut::new(&trace, positions.clone()).unwrap(), false).unwrap();
        let answer = starters(&trace, &found);
        let records = |p: &usize| recorded_by_runs(&execution, &channels, &[(*p, positions[*p])]).contains(positions);
        let truth: Vec<usize> = (0..execution.processes).filter(records).collect();
        prop_assert_eq!(answer.processes.iter().map(|p| p.index()).collect::<Vec<_>>(), truth.clone());
        prop_assert_eq!(answer.verdict == Verdict::Holds, !truth.is_empty());
        // With one initiator in each set, a run does record it.
        if truth.is_empty() && found.verdict == Verdict::Holds {
            let each: Vec<(usize, u32)> =
                answer.apart.iter().map(|set| (set[0].index(), positions[set[0].index()])).collect();
            prop_assert!(each.len() > 1);
            prop_assert!(recorded_by_runs(&execution, &channels, &each).contains(positions));
            prop_assert!(!recorded_by_runs(&execution, &channels, &each[1..]).contains(positions));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Logs from which lines of sends are missing, of executions that are known whole: what is said of them is so.
    #[test]
    fn what_is_said_of_a_log_with_holes_is_true_of_the_execution(
        execution in execution_with_holes(),
        from in any::<bool>(),
        picks in proptest::collection::vec((any::<u8>(), any::<u8>()), 1..3),
        late in any::<bool>(),
    ) {
        let text = execution.text(Style { from, ..STYLE });
        let trace = Trace::from_text(&text).unwrap();
        let channels = topology(&execution, None);
        let starts = starts(&execution, &picks);
        let initiators: Vec<Initiator> = starts.iter().map(|&s| initiator(&trace, s)).collect();
        let truth = recorded_by_runs(&execution, &channels, &starts);
        let in_transit = |cut: &[u32]| {
            let inside = execution.messages.iter().filter(|m| m.sent <= cut[m.from]);
            inside.filter(|m| m.received.is_none_or(|r| r > cut[m.to])).count()
        };
        let order = CausalOrder::of(&trace).unwrap();
        let listed = all(&trace, &order, &initiators, 10_000);
        let counted = clearcut::report::all::verdict(&trace, &listed) == Verdict::Holds;
        prop_assert!(!counted || listed.cuts.iter().map(|c| c.positions().to_vec()).eq(truth.iter().cloned()));
        for positions in Oracle::new(&execution).cuts() {
            let found = cut::verify(&trace, Cut::new(&trace, positions.clone()).unwrap(), false).unwrap();
            let answer = attainable(&trace, &found, &initiators).verdict;
            let fits = |verdict, so: bool| verdict == Verdict::Undetermined || so == (verdict == Verdict::Holds);
            prop_assert!(fits(answer, truth.contains(&positions)), "{:?} of {:?}\n{}", answer, positions, text);
            prop_assert!(!counted || answer != Verdict::Undetermined || found.verdict == Verdict::Violated);
            // What may be missing in the channels is named.
            let known = found.classes.in_transit.len();
            let all = in_transit(&positions);
            prop_assert!(known <= all && all <= known + found.perhaps_in_transit.len(), "{:?}\n{}", positions, text);
        }
        let delivery = if late { Delivery::Late } else { Delivery::Prompt };
        let Ok(taken) = snapshot_of(&trace, &initiators, delivery) else { return Ok(()) };
        if taken.verdict == Verdict::Holds {
            prop_assert!(truth.contains(taken.cut.positions()), "{:?}\n{}", taken.cut, text);
            prop_assert_eq!(taken.classes.in_transit.len(), in_transit(taken.cut.positions()));
        }
        if taken.complete() {
            let found = cut::verify(&trace, taken.cut.clone(), false).unwrap();
            prop_assert_eq!(taken.consistent, found.verdict);
            prop_assert_eq!(&taken.perhaps_in_transit, &found.perhaps_in_transit);
            prop_assert!(attainable(&trace, &found, &initiators).verdict != Verdict::Violated);
        }
    }

    /// Channels that are not FIFO, or lose messages between others: `attainable` is said of first markers that keep their
    /// place; no snapshot where something overtook, nor where what was lost hides that it did.
    #[test]
    fn where_channels_are_not_fifo_only_first_markers_count(
        execution in execution(8),
        lost in proptest::collection::vec(any::<bool>(), 8),
        picks in proptest::collection::vec((any::<u8>(), any::<u8>()), 1..3),
    ) {
        let mut execution = execution;
        for (i, message) in execution.messages.iter_mut().enumerate() {
            message.logged = true;
            // A receive of two stays what it is.
            let alone = !execution.events.iter().any(|(_, did)| matches!(did, Did::Receive(ids) if ids.len() > 1 && ids.contains(&i)));
            if lost[i % lost.len()] && alone {
                message.received = None;
            }
        }
        for (_, did) in &mut execution.events {
            if matches!(did, Did::Receive(ids) if ids.iter().any(|&i| execution.messages[i].received.is_none())) {
                *did = Did::Step;
            }
        }
        let trace = trace_of(&execution, None);
        // Of two messages that different events sent, the later one arrived first or alone.
        let breaks = execution.messages.iter().any(|a| execution.messages.iter().any(|b| {
            (a.from, a.to) == (b.from, b.to) && a.sent < b.sent
                && b.received.is_some_and(|r| a.received.is_none_or(|k| k > r))
        }));
        prop_assert_eq!(trace.is_fifo() && trace.lost().is_empty(), !breaks);
        let starts = starts(&execution, &picks);
        let initiators: Vec<Initiator> = starts.iter().map(|&s| initiator(&trace, s)).collect();
        let truth = runs(&execution, &topology(&execution, None), &starts, true);
        match snapshot_of(&trace, &initiators, Delivery::Prompt) {
            Ok(taken) if taken.complete() => prop_assert!(truth.contains(taken.cut.positions()), "{:?}", taken.cut),
            Err(Refusal::NotFifo { overtaken, lost, .. }) => {
                prop_assert!(breaks && overtaken.is_empty() != lost.is_empty());
                prop_assert_eq!(overtaken.is_empty(), trace.is_fifo());
            }
            _ => {}
        }
        for positions in Oracle::new(&execution).cuts() {
            let found = cut::verify(&trace, Cut::new(&trace, positions.clone()).unwrap(), false).unwrap();
            let expected = if truth.contains(&positions) { Verdict::Holds } else { Verdict::Violated };
            prop_assert_eq!(attainable(&trace, &found, &initiators).verdict, expected);
            if let [(p, k)] = starts[..] && positions[p] == k {
                let starts = starters(&trace, &found).processes.contains(&initiators[0].process);
                prop_assert_eq!(starts, expected == Verdict::Holds);
            }
        }
    }
}

#[test]
fn a_hole_where_the_marker_must_pass_leaves_it_open() {
    // Who sent the m that P2 receives after the cut, and when? It may have lain before the marker.
    for from in ["", " <- P1"] {
        let trace = Trace::from_text(&format!("process P1\nP2: receive m{from}\nP2: step\n")).unwrap();
        let found = |k| cut::verify(&trace, Cut::new(&trace, vec![0, k]).unwrap(), false).unwrap();
        let from = |p, k, cut| attainable(&trace, &found(cut), &[initiator(&trace, (p, k))]).verdict;
        assert_eq!(from(0, 0, 0), Verdict::Undetermined);
        assert_eq!(from(1, 0, 0), Verdict::Holds);
        assert_eq!(from(1, 1, 0), Verdict::Violated);
        // The cut itself has the hole.
        assert_eq!(from(0, 0, 1), Verdict::Undetermined);
        assert_eq!(starters(&trace, &found(1)).verdict, Verdict::Undetermined);
        assert_eq!(starters(&trace, &found(0)).processes.len(), 1);
    }
}

#[test]
fn many_processes_and_many_cuts_end_soon() {
    let mut text = String::new();
    for p in 0..40 {
        text += &format!("P{p}: step\n");
    }
    let trace = Trace::from_text(&text).unwrap();
    let order = CausalOrder::of(&trace).unwrap();
    let found = all(&trace, &order, &[initiator(&trace, (0, 1))], 1000);
    assert_eq!((found.cuts.len(), found.more, found.gave_up), (1000, true, false));
    assert!(found.cuts.is_sorted_by_key(|c| c.positions().to_vec()));
}
