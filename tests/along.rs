//! A snapshot that is taken along with the reading of a log is the one that is taken of the whole trace.

mod support;

use std::sync::Arc;

use clearcut::format::cut::Place;
use clearcut::format::{self, Way};
use clearcut::generate::{Settings, Shape};
use clearcut::report::snapshot::SnapshotReport;
use clearcut::snapshot::along::{Start, along};
use clearcut::snapshot::{Algorithm, Delivery, Initiator, Request, Snapshot, take, taken_along};
use clearcut::source::Source;
use clearcut::trace::{Builder, Keep, Trace};
use proptest::prelude::*;
use support::random::{Did, Style, execution};

fn request(initiators: &[Initiator], delivery: Delivery) -> Request {
    let (algorithm, initiators) = (Algorithm::ChandyLamport, initiators.to_vec());
    Request { algorithm, initiators, delivery, fixes: vec![], clocks: false }
}

fn json(trace: &Trace, snapshot: &Snapshot) -> String {
    serde_json::to_string(&SnapshotReport::new(trace, snapshot, &None)).unwrap()
}

/// The snapshot that is taken along, unless that is given up; `labels` says which initiators start at a label.
fn taken(trace: &Trace, source: &Arc<Source>, request: &Request, labels: &[Option<&str>]) -> Option<(Trace, Snapshot)> {
    let start = |(i, of): (usize, &Initiator)| {
        let place = match labels.get(i).copied().flatten() {
            Some(label) => Place::Label(label.to_string().into()),
            None => Place::Count(of.position.into()),
        };
        Start { process: trace.name(of.process).into(), place }
    };
    let starts = request.initiators.iter().enumerate().map(start).collect();
    let (recorder, recorded) = along(starts, request.delivery).unwrap();
    let mut builder = Builder::recording(recorder, trace.processes().map(|p| trace.name(p)));
    builder.source(source.clone());
    let jsonl = source.bytes().starts_with(b"{");
    let read = if jsonl { format::jsonl::read_as } else { format::text::read_as };
    read(source, Way::Threads(2), &mut builder);
    builder.end();
    if builder.gave_up() {
        assert!(recorded.run().is_none());
        return None;
    }
    let lean = builder.finish().unwrap();
    let snapshot = taken_along(&lean, request.clone(), recorded.run().unwrap().clone())?;
    Some((lean, snapshot))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// And it is taken wherever the log is causal, whole and FIFO, every process records, and no event receives several
    /// messages.
    #[test]
    fn a_snapshot_taken_along_is_the_one_of_the_whole_trace(
        execution in execution(120),
        from in any::<bool>(),
        declared in proptest::option::of(any::<u16>()),
        picks in proptest::collection::vec((0..4usize, any::<prop::sample::Index>(), any::<bool>()), 1..3),
        late in any::<bool>(),
    ) {
        let text = execution.text(Style { grouped: false, unnamed: false, from });
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let counts = execution.counts();
        let mut labels = Vec::new();
        let mut starts: Vec<(usize, u32)> = Vec::new();
        for (process, position, by_label) in picks {
            let process = process % execution.processes;
            if starts.iter().any(|&(p, _)| p == process) {
                continue;
            }
            let position = position.index(counts[process] as usize + 1) as u32;
            let own = format!("P{process}: ");
            let event = lines.iter_mut().filter(|line| line.starts_with(&own)).nth(position.wrapping_sub(1) as usize);
            let event = event.filter(|_| by_label);
            labels.push(event.is_some().then_some("here"));
            if let Some(event) = event {
                *event = event.replacen(": ", " here: ", 1);
            }
            starts.push((process, position));
        }
        if let Some(mask) = declared {
            let used = |p: usize, q: usize| execution.messages.iter().any(|m| (m.from, m.to) == (p, q));
            let pairs = (0..execution.processes).flat_map(|p| (0..execution.processes).map(move |q| (p, q)));
            let some = pairs.filter(|&(p, q)| p != q && (used(p, q) || mask >> (p * 4 + q) & 1 == 1));
            let channels: Vec<String> = some.map(|(p, q)| format!("channel P{p} -> P{q}")).collect();
            lines.splice(0..0, channels);
        }
        let text = lines.join("\n") + "\n";
        let trace = Trace::from_text(&text).unwrap();
        let initiator = |&(p, position): &(usize, u32)| {
            Initiator { process: trace.process(&format!("P{p}")).unwrap(), position }
        };
        let initiators: Vec<Initiator> = starts.iter().map(initiator).collect();
        let request = request(&initiators, if late { Delivery::Late } else { Delivery::Prompt });
        let source = Arc::new(Source::from_text("input", text.as_str()));
        let whole = take(&trace, request.clone());
        let batches = execution.events.iter().any(|(_, did)| matches!(did, Did::Receive(ids) if ids.len() > 1));
        let clean = trace.unsent().is_empty() && trace.is_fifo() && trace.lost().is_empty() && !batches;
        match taken(&trace, &source, &request, &labels) {
            Some((lean, snapshot)) => {
                let whole = whole.unwrap();
                prop_assert_eq!(&snapshot.run, &whole.run, "{}", text);
                prop_assert_eq!(json(&lean, &snapshot), json(&trace, &whole), "{}", text);
            }
            None => prop_assert!(!clean || !whole.unwrap().complete(), "given up: {}", text),
        }
    }
}

/// Many processes, many markers at once, starts within blocks of events and at their edges.
#[test]
fn large_logs_give_the_same_snapshots() {
    for (processes, shape) in [(5, Shape::Trace), (40, Shape::Trace), (40, Shape::JsonLines), (150, Shape::Trace)] {
        let mut bytes = Vec::new();
        let settings = Settings { processes, events: 20_000, shape, ..Settings::default() };
        settings.write(&mut bytes).unwrap();
        let source = Arc::new(Source::from_text("input", String::from_utf8(bytes).unwrap()));
        let mut builder = Builder::new();
        builder.source(source.clone());
        (format::detect(&source).unwrap().read)(&source, &format::Options::default(), 0, &mut builder);
        let trace = builder.finish().unwrap();
        let all: Vec<_> = trace.processes().collect();
        let half = |i: usize| Initiator { process: all[i], position: trace.events(all[i]) / 2 };
        let first = Initiator { process: all[0], position: 0 };
        for initiators in [vec![first], vec![half(1)], vec![half(2), first], vec![half(3), half(0), half(4)]] {
            for delivery in [Delivery::Prompt, Delivery::Late] {
                let request = request(&initiators, delivery);
                let whole = take(&trace, request.clone()).unwrap();
                let (lean, snapshot) = taken(&trace, &source, &request, &[]).expect("the log is causal and whole");
                assert_eq!(snapshot.run, whole.run);
                assert_eq!(json(&lean, &snapshot), json(&trace, &whole));
            }
        }
    }
}

/// Whether the snapshot of processes that start at once, before their first events, is given up.
fn is_given_up(text: &str, processes: &[&str], initiators: &[&str], delivery: Delivery) -> bool {
    let start = |&process: &&str| Start { process: process.into(), place: Place::Start };
    let (recorder, recorded) = along(initiators.iter().map(start).collect(), delivery).unwrap();
    let mut builder = Builder::recording(recorder, processes);
    let source = Arc::new(Source::from_text("input", text));
    builder.source(source.clone());
    (format::detect(&source).unwrap().read)(&source, &format::Options::default(), 0, &mut builder);
    builder.end();
    assert_eq!(recorded.run().is_none(), builder.gave_up());
    builder.gave_up()
}

/// Nothing more is done once that is given up, though others start at the same moment.
#[test]
fn more_pairs_of_processes_than_there_is_room_for_are_given_up() {
    let names: Vec<String> = (0..1100).map(|i| format!("P{i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let text: String = names.iter().map(|name| format!("{name}: step\n")).collect();
    for delivery in [Delivery::Prompt, Delivery::Late] {
        assert!(is_given_up(&text, &names, &["P0", "P1", "P2"], delivery));
        let few: String = text.lines().take(1000).map(|line| format!("{line}\n")).collect();
        assert!(!is_given_up(&few, &names[..1000], &["P0", "P1", "P2"], delivery));
    }
}

/// Of a log without messages its clocks tell which there were.
#[test]
fn a_log_of_nothing_but_clocks_is_given_up() {
    let line = |process: &str, clock: &str| format!(r#"{{"process":"{process}","event":"step","clock":{{{clock}}}}}"#);
    let text = [line("A", r#""A":1"#), line("B", r#""A":1,"B":1"#)].join("\n") + "\n";
    assert!(is_given_up(&text, &["A", "B"], &["A"], Delivery::Prompt));
    let sent = r#"{"process":"A","event":"send","message":"m","to":"B"}"#;
    assert!(!is_given_up(&format!("{sent}\n{text}"), &["A", "B"], &["A"], Delivery::Prompt));
}

/// Where it was named is told by who reads the whole log.
#[test]
fn a_process_that_is_not_declared_and_logs_nothing_is_given_up() {
    let text = "A: step\nA: send m -> Ghost\nB: step\n";
    assert!(!is_given_up(text, &["A", "Ghost", "B"], &["A"], Delivery::Prompt));
    assert!(is_given_up(&format!("{text}process A\n"), &["A", "Ghost", "B"], &["A"], Delivery::Prompt));
}

/// However little is kept of events.
#[test]
fn labels_with_escapes_that_come_twice_are_told_with_their_lines() {
    let text = "A: step\nA \"a\\\"b\": step\nB: step\nA \"a\\\"b\": step\n";
    for keep in [Keep::Events, Keep::Order, Keep::Messages, Keep::Crossing] {
        let mut builder = Builder::keeping(keep);
        let source = Arc::new(Source::from_text("input", text));
        builder.source(source.clone());
        format::text::read(&source, &mut builder);
        let (_, problems) = builder.finish().unwrap_err();
        let (_, problem) = problems.iter().next().unwrap();
        assert_eq!(source.locate(problem.at.start).line, 4, "{keep:?}");
        assert!(problem.help.as_ref().is_some_and(|help| help.contains("line 2 of input")), "{keep:?}: {problem:?}");
    }
}
