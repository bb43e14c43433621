use std::collections::VecDeque;

use proptest::prelude::*;

use super::oracle::{self, Outcome};
use super::steps::{Step, content, steps};
use super::*;

/// A system that is told what to do: its log is one that a run can have written.
struct System {
    n: usize,
    channels: Vec<(usize, usize)>,
    queues: Vec<VecDeque<usize>>,
    lines: Vec<(usize, String)>,
    sent: usize,
    fifo: bool,
}

impl System {
    fn act(&mut self, kind: u8, which: u8) {
        let Some(c) = (which as usize).checked_rem(self.channels.len()) else { return };
        let (from, to) = self.channels[c];
        match kind {
            0 => self.lines.push((from, format!("P{from}: step"))),
            1 | 2 => {
                self.lines.push((from, format!("P{from}: send m{} -> P{to}", self.sent)));
                self.queues[c].push_back(self.sent);
                self.sent += 1;
            }
            3 => {
                // A multicast, over the next channel of the same sender too.
                let other = (c + 1..self.channels.len()).find(|&o| self.channels[o].0 == from);
                let Some(other) = other else { return self.act(1, which) };
                let to = [to, self.channels[other].1].map(|p| format!("P{p}")).join(", ");
                self.lines.push((from, format!("P{from}: send m{} -> {to}", self.sent)));
                self.queues[c].push_back(self.sent);
                self.queues[other].push_back(self.sent);
                self.sent += 1;
            }
            4 if self.queues[c].len() > 1 => {
                // Two at once.
                let ids: Vec<String> = self.queues[c].drain(..2).map(|m| format!("m{m}")).collect();
                self.lines.push((to, format!("P{to}: receive {} <- P{from}", ids.join(", "))));
            }
            _ => {
                let message = if self.fifo { self.queues[c].pop_front() } else { self.queues[c].pop_back() };
                if let Some(message) = message {
                    self.lines.push((to, format!("P{to}: receive m{message} <- P{from}")));
                }
            }
        }
    }

    /// The log, in the order in which it happened or each process apart.
    fn log(mut self, declared: bool, apart: bool) -> String {
        if apart {
            self.lines.sort_by_key(|&(p, _)| std::cmp::Reverse(p));
        }
        let mut text: String = (0..self.n).map(|p| format!("process P{p}\n")).collect();
        if declared {
            let kind = if self.fifo { "" } else { " unordered" };
            text.extend(self.channels.iter().map(|(p, q)| format!("channel P{p} -> P{q}{kind}\n")));
        }
        text.extend(self.lines.iter().map(|(_, line)| format!("{line}\n")));
        text
    }
}

fn traces(fifo: bool) -> impl Strategy<Value = String> {
    let shape = (2..=3usize, any::<u8>(), any::<bool>(), any::<bool>());
    (shape, proptest::collection::vec((0..8u8, any::<u8>()), 0..10)).prop_map(
        move |((n, mask, declared, apart), actions)| {
            let pairs = (0..n).flat_map(|p| (0..n).filter(move |&q| q != p).map(move |q| (p, q)));
            // Without declarations every channel exists.
            let channels: Vec<_> =
                pairs.enumerate().filter(|(i, _)| !declared || mask >> i & 1 == 1).map(|(_, c)| c).collect();
            let declared = declared && !channels.is_empty();
            let queues = vec![VecDeque::new(); channels.len()];
            let mut system = System { n, channels, queues, lines: Vec::new(), sent: 0, fifo };
            for (kind, which) in actions {
                system.act(kind, which);
            }
            system.log(declared, apart)
        },
    )
}

fn initiators(trace: &Trace, picks: &[(u8, u8)]) -> Vec<Initiator> {
    let mut initiators: Vec<Initiator> = Vec::new();
    for &(process, position) in picks {
        let process = ProcessId::at(process as usize % trace.process_count());
        if initiators.iter().all(|i| i.process != process) {
            initiators.push(Initiator { process, position: u32::from(position) % (trace.events(process) + 1) });
        }
    }
    initiators
}

fn chandy_lamport(initiators: &[Initiator], delivery: Delivery, fixes: &[Fix]) -> Request {
    Request {
        algorithm: Algorithm::ChandyLamport,
        initiators: initiators.to_vec(),
        delivery,
        fixes: fixes.to_vec(),
        clocks: true,
    }
}

fn outcome(trace: &Trace, snapshot: &Snapshot) -> Outcome {
    let find = |&(p, q): &(ProcessId, ProcessId)| {
        let marker = snapshot.run.markers.iter().find(|m| (m.from, m.to) == (p, q));
        marker.and_then(|m| m.arrived)
    };
    Outcome {
        recorded: trace.processes().map(|p| snapshot.position(p)).collect(),
        arrived: oracle::channels(trace).iter().map(find).collect(),
    }
}

/// What the rules say of one channel: the messages that arrive after its receiver recorded and before its marker. One that
/// does not arrive is behind what is never received, or inside an event.
fn kept(trace: &Trace, marker: &Marker, receiver: u32) -> Vec<MessageId> {
    let on = trace.messages().filter(|&m| trace.ends(m) == (marker.from, marker.to));
    on.filter(|&m| match (trace.received(m), marker.arrived) {
        (Some(k), Some(arrived)) => receiver < k && k <= arrived,
        (Some(k), None) => receiver < k && trace.sent(m) <= marker.sent,
        (None, arrived) => arrived.is_none() && trace.sent(m) <= marker.sent,
    })
    .collect()
}

/// All that must hold of any snapshot by markers.
fn check(trace: &Trace, snapshot: &Snapshot) -> Result<(), TestCaseError> {
    prop_assert!(snapshot.verdict != Verdict::Violated);
    prop_assert_eq!(snapshot.complete(), snapshot.verdict == Verdict::Holds);
    prop_assert!(snapshot.classes.orphans.is_empty());
    let mut held = 0;
    for marker in &snapshot.run.markers {
        let Some(receiver) = snapshot.position(marker.to) else { continue };
        let content = content(trace, snapshot, marker.from, marker.to);
        held += content.len();
        prop_assert_eq!(&kept(trace, marker, receiver), &content);
        // Within an event that receives on both sides of it, and only there; and where it does not arrive something blocks it.
        let on = || trace.messages().filter(|&m| trace.ends(m) == (marker.from, marker.to));
        let (mut before, mut behind) =
            (on().filter(|&m| trace.sent(m) <= marker.sent), on().filter(|&m| trace.sent(m) > marker.sent));
        match (marker.arrived, marker.within) {
            (None, Some(k)) => {
                prop_assert!(k > receiver && !marker.first);
                prop_assert!(
                    before.any(|m| trace.received(m) == Some(k)) && behind.any(|m| trace.received(m) == Some(k))
                );
            }
            (None, None) => prop_assert!(before.any(|m| trace.received(m).is_none())),
            (arrived, within) => prop_assert!(arrived.is_some() && within.is_none()),
        }
        prop_assert!(!marker.first || (content.is_empty() && marker.arrived == Some(receiver)));
    }
    prop_assert_eq!(held, snapshot.classes.in_transit.len());
    let firsts = snapshot.run.markers.iter().filter(|m| m.first).count();
    let told = snapshot.run.records.iter().flatten().filter(|r| matches!(r.cause, Cause::Marker(_))).count();
    prop_assert_eq!(firsts, told);
    if snapshot.complete() {
        let found = crate::cut::verify(trace, snapshot.cut.clone(), true).unwrap();
        prop_assert_eq!(found.verdict, Verdict::Holds);
        prop_assert_eq!(&found.clocks, &snapshot.clocks);
        prop_assert_eq!(&found.classes, &snapshot.classes);
    }
    for row in &snapshot.unrecorded {
        prop_assert!(row.reachable || row.blocked.is_empty());
    }
    let told = steps(trace, snapshot);
    let records = told.iter().filter(|step| matches!(step, Step::Record { .. })).count();
    prop_assert_eq!(records, trace.process_count() - snapshot.unrecorded.len());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever the delivery, what is replayed is a run; where no run is refused there is one.
    #[test]
    fn every_snapshot_is_one_that_a_run_records(
        text in traces(true),
        picks in proptest::collection::vec((any::<u8>(), any::<u8>()), 1..3),
        seed in any::<u64>(),
    ) {
        let trace = Trace::from_text(&text).unwrap();
        let initiators = initiators(&trace, &picks);
        let runs = oracle::outcomes(&trace, &initiators);
        for delivery in [Delivery::Prompt, Delivery::Late, Delivery::Random(seed), Delivery::Random(!seed)] {
            match take(&trace, chandy_lamport(&initiators, delivery, &[])) {
                Ok(snapshot) => {
                    check(&trace, &snapshot)?;
                    let outcome = outcome(&trace, &snapshot);
                    prop_assert!(runs.contains(&outcome), "{:?}: {:?}\nnot in {:#?}", delivery, outcome, runs);
                }
                Err(Refusal::Batch { .. }) => prop_assert!(text.contains(", m")),
                Err(refusal) => prop_assert!(false, "{:?}", refusal),
            }
        }
    }

    /// A marker of the only initiator can be fixed wherever some run has it, in whatever order the log is.
    #[test]
    fn a_marker_arrives_where_it_is_fixed_or_no_run_has_it_there(
        text in traces(true),
        pick in (any::<u8>(), any::<u8>()),
        channel in any::<u8>(),
        position in any::<u8>(),
        late in any::<bool>(),
    ) {
        prop_assume!(!text.contains(", m"));
        let trace = Trace::from_text(&text).unwrap();
        let initiators = initiators(&trace, &[pick]);
        let channels = oracle::channels(&trace);
        let own: Vec<usize> = (0..channels.len()).filter(|&c| channels[c].0 == initiators[0].process).collect();
        prop_assume!(!own.is_empty());
        let c = own[channel as usize % own.len()];
        let (from, to) = channels[c];
        let fix = Fix { from, to, position: u32::from(position) % (trace.events(to) + 1) };
        let runs = oracle::outcomes(&trace, &initiators);
        let wanted = |run: &Outcome| run.arrived[c] == Some(fix.position);
        let delivery = if late { Delivery::Late } else { Delivery::Prompt };
        match take(&trace, chandy_lamport(&initiators, delivery, &[fix])) {
            Ok(snapshot) => {
                check(&trace, &snapshot)?;
                let outcome = outcome(&trace, &snapshot);
                prop_assert!(wanted(&outcome) && runs.contains(&outcome));
            }
            Err(Refusal::Fixed(named, obstacle)) => {
                prop_assert_eq!(named, fix);
                prop_assert!(obstacle != Obstacle::NoOrder && obstacle != Obstacle::NeverSent);
                prop_assert!(!runs.iter().any(wanted), "{:?} refused", obstacle);
            }
            Err(refusal) => prop_assert!(false, "{:?}", refusal),
        }
    }

    /// Several fixed markers, of any senders: what is returned is a run and has them all there.
    #[test]
    fn several_fixed_markers_all_hold(
        text in traces(true),
        picks in proptest::collection::vec((any::<u8>(), any::<u8>()), 1..3),
        chosen in any::<u8>(),
        fixed in 1..64u8,
    ) {
        let trace = Trace::from_text(&text).unwrap();
        let initiators = initiators(&trace, &picks);
        let channels = oracle::channels(&trace);
        let runs: Vec<Outcome> = oracle::outcomes(&trace, &initiators).into_iter().collect();
        prop_assume!(!runs.is_empty());
        // Some markers of one run, where it has them.
        let run = &runs[chosen as usize % runs.len()];
        let fixes: Vec<Fix> = (0..channels.len())
            .filter(|c| fixed >> c & 1 == 1)
            .filter_map(|c| Some(Fix { from: channels[c].0, to: channels[c].1, position: run.arrived[c]? }))
            .collect();
        match take(&trace, chandy_lamport(&initiators, Delivery::Prompt, &fixes)) {
            Ok(snapshot) => {
                check(&trace, &snapshot)?;
                let outcome = outcome(&trace, &snapshot);
                prop_assert!(runs.contains(&outcome));
                for fix in &fixes {
                    let c = channels.iter().position(|&c| c == (fix.from, fix.to)).unwrap();
                    prop_assert_eq!(outcome.arrived[c], Some(fix.position));
                }
            }
            // The markers that are left free may have to wait for these to arrive so, and prompt ones do not.
            Err(Refusal::Fixed(..) | Refusal::Batch { .. }) => {
                let all = fixes.len() == run.arrived.iter().flatten().count();
                prop_assert!(!all || initiators.len() > 1 || text.contains(", m"), "{:?} refused", fixes);
            }
            Err(refusal) => prop_assert!(false, "{:?}", refusal),
        }
    }

    /// Lai and Yang: event by event from the rules, on channels of any order.
    #[test]
    fn lai_yang_is_what_its_rules_say(
        text in traces(false),
        picks in proptest::collection::vec((any::<u8>(), any::<u8>()), 1..3),
    ) {
        let trace = Trace::from_text(&text).unwrap();
        let initiators = initiators(&trace, &picks);
        let request = Request { algorithm: Algorithm::LaiYang, ..chandy_lamport(&initiators, Delivery::Prompt, &[]) };
        let snapshot = take(&trace, request).unwrap();
        let mut recorded = vec![None; trace.process_count()];
        let mut positions = vec![0; trace.process_count()];
        let mut white: Vec<Vec<MessageId>> = vec![Vec::new(); trace.channels().len()];
        let start = |p: ProcessId, at: u32, recorded: &mut Vec<Option<u32>>| {
            if initiators.contains(&Initiator { process: p, position: at }) {
                recorded[p.index()].get_or_insert(at);
            }
        };
        trace.processes().for_each(|p| start(p, 0, &mut recorded));
        for (p, number) in snapshot.order.events(&trace) {
            let red = |m: MessageId| recorded[trace.ends(m).0.index()].is_some_and(|at| trace.sent(m) > at);
            if trace.receives(p, number).any(red) {
                recorded[p.index()].get_or_insert(number - 1);
            }
            positions[p.index()] = number;
            for m in trace.sends(p, number).filter(|_| recorded[p.index()].is_none()) {
                white[trace.channel_of(m).index()].push(m);
            }
            for m in trace.receives(p, number).filter(|_| recorded[p.index()].is_none()) {
                white[trace.channel_of(m).index()].retain(|&sent| sent != m);
            }
            start(p, number, &mut recorded);
        }
        trace.processes().for_each(|p| _ = recorded[p.index()].get_or_insert(positions[p.index()]));
        prop_assert_eq!(recorded, trace.processes().map(|p| snapshot.position(p)).collect::<Vec<_>>());
        let mut white: Vec<MessageId> = white.concat();
        white.sort_by_key(|&m| (trace.ends(m), m));
        prop_assert_eq!(&white, &snapshot.classes.in_transit);
        prop_assert_eq!(snapshot.verdict, Verdict::Holds);
        prop_assert!(steps(&trace, &snapshot).len() >= trace.process_count());
    }
}

/// Takes a snapshot that starts at `P` or `P=k`; markers are fixed as `P->Q=k`.
fn snapshot(text: &str, start: &str, delivery: Delivery, fixes: &[&str]) -> (Trace, Result<Snapshot, Refusal>) {
    let trace = Trace::from_text(text).unwrap();
    let process = |name: &str| trace.process(name).unwrap();
    let initiators: Vec<Initiator> = start
        .split(' ')
        .map(|one| {
            let (name, position) = one.split_once('=').unwrap_or((one, "0"));
            Initiator { process: process(name), position: position.parse().unwrap() }
        })
        .collect();
    let fixes: Vec<Fix> = fixes
        .iter()
        .map(|one| {
            let (from, rest) = one.split_once("->").unwrap();
            let (to, position) = rest.split_once('=').unwrap();
            Fix { from: process(from), to: process(to), position: position.parse().unwrap() }
        })
        .collect();
    let taken = take(&trace, chandy_lamport(&initiators, delivery, &fixes));
    (trace, taken)
}

fn names(trace: &Trace, messages: &[MessageId]) -> Vec<String> {
    messages.iter().map(|&m| trace.message_name(m).into_owned()).collect()
}

/// The lecture's run: events A to J, P1 starts after C.
const LECTURE: &str = "process P1\nprocess P2\nprocess P3\n
    P3 H: send HE -> P2\nP1 A: step\nP1 B: send BF -> P2\nP2 E: receive HE\nP2 F: receive BF\nP1 C: step
    P2 G: send GD -> P1\nP3 I: step\nP1 D: receive GD\nP1 E: send EJ -> P3\nP3 J: receive EJ\n";

#[test]
fn the_three_processes_of_the_lecture() {
    let fixes = ["P1->P3=2", "P3->P2=3", "P3->P1=3"];
    let (trace, taken) = snapshot(LECTURE, "P1=3", Delivery::Late, &fixes);
    let taken = taken.unwrap();
    assert_eq!(taken.cut.positions(), [3, 3, 2]);
    assert_eq!((taken.verdict, taken.complete()), (Verdict::Holds, true));
    let p = |i: usize| ProcessId::at(i - 1);
    for (from, to) in [(1, 2), (1, 3), (2, 3), (3, 1), (3, 2)] {
        assert_eq!(content(&trace, &taken, p(from), p(to)), []);
    }
    assert_eq!(names(&trace, &content(&trace, &taken, p(2), p(1))), ["GD"]);
    let cause = |i: usize| taken.run.records[i - 1].unwrap().cause;
    assert_eq!([cause(1), cause(2), cause(3)], [Cause::Initiator, Cause::Marker(p(3)), Cause::Marker(p(1))]);
    let duplicate = |from, to| taken.run.markers.iter().any(|m| (m.from, m.to, m.first) == (p(from), p(to), false));
    assert!(duplicate(3, 1) && duplicate(1, 2) && duplicate(2, 1) && duplicate(2, 3));
}

#[test]
fn two_processes_and_a_token() {
    let text = "P1: step\nP2: send token -> P1\nP1: receive token\n";
    let (trace, taken) = snapshot(text, "P1", Delivery::Prompt, &["P1->P2=1"]);
    let taken = taken.unwrap();
    assert_eq!(taken.cut.positions(), [0, 1]);
    let (p1, p2) = (ProcessId::at(0), ProcessId::at(1));
    assert_eq!(content(&trace, &taken, p1, p2), []);
    assert_eq!(names(&trace, &content(&trace, &taken, p2, p1)), ["token"]);
    assert_eq!(taken.run.markers.last().map(|m| (m.from, m.arrived, m.first)), Some((p2, Some(2), false)));
}

#[test]
fn deliveries_are_the_ends_of_the_window_and_random_is_anywhere_in_it() {
    let text =
        "process A\nprocess B\nA: send m -> B\nB: step\nB: receive m\nB: step\nB: step\nA: send n -> B\nB: receive n\n";
    let at = |delivery| snapshot(text, "A=1", delivery, &[]).1.unwrap().cut.positions()[1];
    assert_eq!((at(Delivery::Prompt), at(Delivery::Late)), (2, 4));
    let all: std::collections::BTreeSet<u32> = (0..100).map(|seed| at(Delivery::Random(seed))).collect();
    assert_eq!(all.into_iter().collect::<Vec<_>>(), [2, 3, 4]);
}

#[test]
fn an_impossible_arrival_names_what_is_in_its_way() {
    let text = "process A\nprocess B\nprocess C\nA: send m -> B\nB: step\nB: receive m\nA: send n -> B\nB: receive n\n\
                A: send lost -> B\nC: step\nB: send c -> C\nC: receive c\n";
    let obstacle = |start, fix| match snapshot(text, start, Delivery::Prompt, &[fix]) {
        (trace, Err(Refusal::Fixed(_, obstacle))) => match obstacle {
            Obstacle::Overtakes(m) => format!("overtakes {}", trace.message_name(m)),
            Obstacle::Behind(m) => format!("behind {}", trace.message_name(m)),
            Obstacle::OvertakenBy(m) => format!("overtaken by {}", trace.message_name(m)),
            other => format!("{other:?}"),
        },
        (_, other) => format!("{:?}", other.map(|s| s.cut)),
    };
    assert_eq!(obstacle("A=1", "A->B=1"), "overtakes m");
    assert_eq!(obstacle("A=1", "A->B=3"), "overtaken by n");
    assert_eq!(obstacle("A=3", "A->B=3"), "behind lost");
    let cycle = obstacle("C=2", "C->B=3");
    assert!(cycle.starts_with("Cycle { sent: 2"), "{cycle}");
    // C's first event and all of B's are concurrent: another order does it.
    assert_eq!(obstacle("C=1", "C->B=0"), "Ok(Cut { positions: [3, 0, 1] })");
}

#[test]
fn who_cannot_record_is_named_with_the_reason() {
    let (trace, taken) = snapshot("A: send m7 -> B\nB: step\n", "A=1", Delivery::Prompt, &[]);
    let taken = taken.unwrap();
    assert_eq!((taken.verdict, taken.complete()), (Verdict::Undetermined, false));
    assert_eq!(taken.unrecorded.len(), 1);
    assert!(taken.unrecorded[0].reachable);
    assert_eq!(names(&trace, &taken.unrecorded[0].blocked[0].1), ["m7"]);

    let text = "process A\nprocess B\nprocess C\nchannel A -> B\nchannel C -> A\nB: step\nC: step\n";
    let (trace, taken) = snapshot(text, "A", Delivery::Prompt, &[]);
    let taken = taken.unwrap();
    let rows: Vec<_> = taken.unrecorded.iter().map(|r| (trace.name(r.process), r.reachable)).collect();
    assert_eq!((rows, taken.position(ProcessId::at(1))), (vec![("C", false)], Some(0)));
}

#[test]
fn a_marker_behind_a_lost_message_is_harmless_where_it_is_not_the_first() {
    let (trace, taken) = snapshot("process A\nprocess B\nprocess C\nA: send lost -> B\n", "A=1", Delivery::Prompt, &[]);
    let taken = taken.unwrap();
    assert_eq!((taken.verdict, taken.cut.positions()), (Verdict::Holds, &[1, 0, 0][..]));
    assert_eq!(names(&trace, &taken.classes.in_transit), ["lost"]);
    assert_eq!(taken.run.markers.last().map(|m| (m.arrived, m.first)), Some((None, false)));
    assert!(matches!(steps(&trace, &taken).last(), Some(Step::Open { content, .. }) if content.len() == 1));
}

#[test]
fn an_initiator_that_a_marker_reached_records_no_second_time() {
    let (_, taken) = snapshot("A: step\nB: step\nB: step\n", "A B=2", Delivery::Prompt, &[]);
    let taken = taken.unwrap();
    assert_eq!(taken.cut.positions(), [0, 0]);
    assert_eq!(taken.run.preempted, [Initiator { process: ProcessId::at(1), position: 2 }]);
}

#[test]
fn channels_that_are_not_fifo_are_refused_with_what_overtook_what() {
    let text = "A: send m -> B\nA: send n -> B\nB: receive n\nB: receive m\n";
    let (trace, refused) = snapshot(text, "A=1", Delivery::Prompt, &[]);
    let Err(Refusal::NotFifo { overtaken, unordered, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!((names(&trace, &[overtaken[0].0, overtaken[0].1]), unordered.len()), (vec!["n".into(), "m".into()], 0));
    let text = "process A\nprocess B\nchannel A -> B unordered\nA: step\n";
    let (trace, refused) = snapshot(text, "A", Delivery::Prompt, &[]);
    assert!(matches!(refused, Err(Refusal::NotFifo { unordered, .. }) if unordered.len() == 1));
    assert_eq!(Algorithm::of(&trace), Algorithm::LaiYang);
}

#[test]
fn a_marker_inside_a_batch_is_refused_only_where_it_would_be_the_first() {
    let text = "process A\nprocess B\nA: send m -> B\nA: send n -> B\nB: receive m, n <- A\nB: step\n";
    assert!(matches!(snapshot(text, "A=1", Delivery::Prompt, &[]).1, Err(Refusal::Batch { .. })));
    let (trace, taken) = snapshot(text, "A=1 B", Delivery::Late, &[]);
    let taken = taken.unwrap();
    assert_eq!((taken.verdict, names(&trace, &taken.classes.in_transit)), (Verdict::Holds, vec!["m".to_string()]));
    let a = ProcessId::at(0);
    let marker = taken.run.markers.iter().find(|m| m.from == a).unwrap();
    assert_eq!((marker.arrived, marker.within, marker.first), (None, Some(1), false));
    let told = steps(&trace, &taken);
    let closed =
        told.iter().position(|s| matches!(s, Step::CloseWithin { event: 1, content, .. } if content.len() == 1));
    let kept = told.iter().position(|s| matches!(s, Step::Keep(_)));
    assert!(kept < closed && closed.is_some(), "{told:?}");
}

#[test]
fn many_processes_without_channels_need_no_table_of_all() {
    let text: String = (0..1100).map(|p| format!("P{p}: step\n")).collect();
    for (delivery, others) in [(Delivery::Prompt, 0), (Delivery::Late, 1)] {
        let (_, taken) = snapshot(&text, "P7", delivery, &[]);
        let taken = taken.unwrap();
        assert_eq!(taken.verdict, Verdict::Holds);
        assert_eq!(
            taken.cut.positions().iter().filter(|&&k| k == others).count(),
            if others == 0 { 1100 } else { 1099 }
        );
        assert_eq!(taken.run.markers.len() + taken.run.unlisted, 1100 * 1099);
        assert_eq!(taken.run.markers.len(), 1099);
    }
}

#[test]
fn what_comes_from_a_process_that_never_records_is_told_as_kept() {
    let text = "A: send lost -> B\nB: send before -> A\nA: receive before\nB: send n -> A\nA: receive n\n";
    let (trace, taken) = snapshot(text, "A=2", Delivery::Prompt, &[]);
    let taken = taken.unwrap();
    assert!(!taken.complete() && taken.classes.in_transit.is_empty());
    let kept = steps(&trace, &taken).into_iter().filter_map(|step| match step {
        Step::Keep(message) => Some(trace.message_name(message).into_owned()),
        _ => None,
    });
    assert_eq!(kept.collect::<Vec<_>>(), ["n"]);
}
