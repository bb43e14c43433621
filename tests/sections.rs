//! A log of one process after another that is read by its sections is the log that is read from front to back.

use std::collections::HashSet;
use std::sync::Arc;

use clearcut::causality::CausalOrder;
use clearcut::cut::{self, Cut, Verdict};
use clearcut::format::cut::Place;
use clearcut::format::sections::Pace;
use clearcut::format::{self, Format};
use clearcut::ids::ProcessId;
use clearcut::report::check::Checked;
use clearcut::report::snapshot::SnapshotReport;
use clearcut::report::verify::VerifyReport;
use clearcut::snapshot::{Algorithm, Delivery, Initiator, Request, take};
use clearcut::source::Source;
use clearcut::trace::audit::Audit;
use clearcut::trace::{Builder, Keep, Trace, Wanted};
use proptest::prelude::*;

/// What an event does.
#[derive(Clone, Copy, Debug)]
enum Did {
    Step,
    /// To another process; with the number of its id.
    Send(usize, usize),
    /// From another process.
    Receive(usize, usize),
}

/// What is in one file: all processes, one after another; one; or two, in the order of their events.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Files {
    One,
    OfOne,
    OfTwo,
}

/// An execution: how many processes, and what happened.
type Execution = (usize, Vec<(usize, Did)>);

/// How a log is written.
#[derive(Clone, Copy, Debug)]
struct Style {
    jsonl: bool,
    /// Receives name their senders.
    from: bool,
    files: Files,
    /// Which process comes first.
    first: usize,
    /// Events have times.
    times: bool,
    /// They have labels, and what else there may be.
    details: bool,
}

/// Executions, made by running them. Ids come again after so many others, if at all.
fn execution() -> impl Strategy<Value = Execution> {
    let choice = (any::<u8>(), any::<u8>(), any::<u8>());
    let some = |range| proptest::collection::vec(choice, range);
    let choices = prop_oneof![3 => some(0..80), 1 => some(500..1500)];
    let ids = prop_oneof![3 => Just(usize::MAX), 1 => 1..40usize];
    (2..6usize, ids, any::<bool>(), choices).prop_map(|(processes, ids, fifo, choices)| {
        let (mut open, mut sent) = (Vec::<(usize, usize, usize)>::new(), 0);
        let run = |(who, what, which): (u8, u8, u8)| {
            let (process, which) = (usize::from(who) % processes, usize::from(which));
            let is_first = |i: usize| !open[..i].iter().any(|other| (other.0, other.1) == (open[i].0, open[i].1));
            let can = |&i: &usize| open[i].1 == process && (!fifo || is_first(i));
            let mine: Vec<usize> = (0..open.len()).filter(can).collect();
            let did = match what % 7 {
                1..=3 => {
                    let to = (process + 1 + which % (processes - 1)) % processes;
                    let id = sent % ids;
                    sent += 1;
                    open.push((process, to, id));
                    Did::Send(to, id)
                }
                4.. if !mine.is_empty() => {
                    let (from, _, id) = open.remove(mine[which % mine.len()]);
                    Did::Receive(from, id)
                }
                _ => Did::Step,
            };
            (process, did)
        };
        (processes, choices.into_iter().map(run).collect())
    })
}

fn style() -> impl Strategy<Value = Style> {
    let files = prop_oneof![2 => Just(Files::One), 2 => Just(Files::OfOne), 1 => Just(Files::OfTwo)];
    (any::<[bool; 3]>(), files, 0..6usize, proptest::bool::weighted(0.2))
        .prop_map(|([jsonl, from, details], files, first, times)| Style { jsonl, from, files, first, times, details })
}

fn line(number: usize, process: usize, did: Did, style: Style) -> String {
    let (line, Style { jsonl, times, details, .. }) = (bare_line(process, did, style), style);
    if !jsonl {
        let line = if details { line.replacen(':', &format!(" e{number}:"), 1) } else { line };
        return if times { line.replace('\n', &format!(" @ {number}.5\n")) } else { line };
    }
    let payload = if matches!(did, Did::Send(..)) { format!(",\"payload\":[{number}]") } else { String::new() };
    let details = match details {
        true => format!(",\"label\":\"e{number}\",\"note\":\"x\",\"state\":{{\"x\":{number}}},\"thread\":1{payload}"),
        false => String::new(),
    };
    let times = if times { format!(",\"time\":{number}") } else { String::new() };
    line.replace("}\n", &format!("{times}{details}}}\n"))
}

fn bare_line(process: usize, did: Did, Style { jsonl, from, .. }: Style) -> String {
    match (did, jsonl) {
        (Did::Step, false) => format!("P{process}: step\n"),
        (Did::Send(to, id), false) => format!("P{process}: send m{id} -> P{to}\n"),
        (Did::Receive(of, id), false) if from => format!("P{process}: receive m{id} <- P{of}\n"),
        (Did::Receive(_, id), false) => format!("P{process}: receive m{id}\n"),
        (Did::Step, true) => format!("{{\"process\":\"P{process}\",\"event\":\"step\"}}\n"),
        (Did::Send(to, id), true) => {
            format!("{{\"to\":\"P{to}\",\"process\":\"P{process}\",\"event\":\"send\",\"message\":\"m{id}\"}}\n")
        }
        (Did::Receive(of, id), true) => {
            let peer = if from { format!(",\"from\":\"P{of}\"") } else { String::new() };
            format!("{{\"process\":\"P{process}\",\"event\":\"receive\",\"message\":\"m{id}\"{peer}}}\n")
        }
    }
}

/// The log, in one file or several.
fn sources((processes, events): &Execution, style: Style) -> Vec<Arc<Source>> {
    let of = |some: &[usize]| {
        let lines = events.iter().enumerate().filter(|(_, (process, _))| some.contains(process));
        lines.map(|(number, &(process, did))| line(number, process, did, style)).collect::<String>()
    };
    let order: Vec<usize> = (0..*processes).map(|i| (i + style.first) % processes).collect();
    let parts: Vec<String> = match style.files {
        Files::One => vec![order.chunks(1).map(of).collect()],
        Files::OfOne => order.chunks(1).map(of).collect(),
        Files::OfTwo => order.chunks(2).map(of).collect(),
    };
    let source = |(number, text)| Arc::new(Source::from_text(format!("log-{number}"), text));
    parts.into_iter().enumerate().map(source).collect::<Vec<Arc<Source>>>()
}

fn format_of(style: Style) -> &'static Format {
    format::by_name(if style.jsonl { "jsonl" } else { "trace" }).unwrap()
}

/// The trace of the log from front to back; nothing where it has mistakes.
fn from_front_to_back(sources: &[Arc<Source>], format: &Format) -> Option<Trace> {
    let mut builder = Builder::new();
    for source in sources {
        builder.source(source.clone());
        (format.read)(source, &format::Options::default(), 0, &mut builder);
    }
    builder.finish().ok()
}

fn json(trace: &Trace, cut: &[u32]) -> (Verdict, String) {
    let found = cut::verify(trace, Cut::new(trace, cut.to_vec()).unwrap(), false).unwrap();
    let mut report = serde_json::to_value(VerifyReport::new(trace, &found, false)).unwrap();
    // What is on its way at once is another thing in another order.
    let mut notes: Vec<String> = serde_json::from_value(report["notes"].take()).unwrap_or_default();
    notes.retain(|note| !note.starts_with("ids are sent again"));
    (found.verdict, format!("{report} {notes:?}"))
}

fn names(trace: &Trace) -> Vec<&str> {
    trace.processes().map(|process| trace.name(process)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_trace_by_sections_is_that_of_the_log(
        execution in execution(),
        style in style(),
        threads in 1..4usize,
        lost in proptest::option::weighted(0.2, any::<prop::sample::Index>()),
        positions in proptest::collection::vec(any::<prop::sample::Index>(), 6),
    ) {
        let mut execution = execution;
        // A line is missing.
        if let Some(lost) = lost && !execution.1.is_empty() {
            execution.1.remove(lost.index(execution.1.len()));
        }
        let (sources, format) = (sources(&execution, style), format_of(style));
        let by_section = |pace, builder: &dyn Fn() -> Builder| {
            Builder::by_section(format, &sources, (pace, threads), builder)
        };
        // Whoever logs nothing has no section, and what is received and not sent waits for ever.
        let has_events = |process: usize| execution.1.iter().any(|&(of, _)| of == process);
        let is_whole = lost.is_none() && (0..execution.0).all(has_events) && sources.len() + execution.0 > 3;
        let sent = || execution.1.iter().filter_map(|(_, did)| if let Did::Send(to, id) = did { Some((to, id)) } else { None });
        // Two processes with a few lines in turn may seem to be one after the other.
        let is_told_apart = style.files != Files::OfTwo;
        let is_unique = sent().collect::<HashSet<_>>().len() == sent().count();

        let wanted = from_front_to_back(&sources, format);
        let kept = by_section(Pace::AsFarAsItGoes, &|| Builder::keeping(Keep::Messages));
        prop_assert!(kept.is_some() || !is_whole || !is_unique || style.files == Files::OfTwo);
        let kept = match kept {
            Some(kept) => {
                let mut kept = kept.finish().unwrap();
                let wanted = wanted.as_ref().expect("it has no mistakes");
                agree(&mut kept, wanted, format)?;
                let mut as_logged = by_section(Pace::AsFarAsItGoes, &|| Builder::keeping(Keep::Messages)).unwrap();
                prop_assert!(as_logged.number_as_logged());
                agree_as_logged(&mut as_logged.finish().unwrap(), wanted, format)?;
                let in_order = by_section(Pace::AsFarAsItGoes, &|| Builder::keeping(Keep::Order));
                // Where there are times, they are an order.
                prop_assert_eq!(in_order.is_some(), !style.times);
                if let Some(mut in_order) = in_order {
                    prop_assert!(in_order.number_as_logged());
                    if in_order.is_out_of_order() {
                        agree_in_order(&in_order.finish().unwrap(), wanted, &positions)?;
                    }
                }
                Some(kept)
            }
            None => None,
        };
        let Some(wanted) = wanted else { return Ok(()) };
        let cut = wanted.processes().zip(&positions).map(|(p, i)| i.index(wanted.events(p) as usize + 1) as u32);
        let cut: Vec<u32> = cut.collect();
        let Ok(cut::Verification { below, .. }) = cut::verify(&wanted, Cut::new(&wanted, cut.clone()).unwrap(), false)
        else {
            // What the line that is missing leaves is paired in a circle.
            prop_assert!(kept.is_none());
            return Ok(());
        };
        for cut in [&cut[..], below.positions()] {
            let (verdict, json_wanted) = json(&wanted, cut);
            if let Some(kept) = &kept {
                prop_assert_eq!(json(kept, cut), (verdict, json_wanted.clone()));
            }
            let place = |p: ProcessId| (wanted.name(p).to_owned(), Place::Count(cut[p.index()].into()));
            let of_cut = Wanted { places: wanted.processes().map(place).collect(), ..Wanted::default() };
            let crossing = by_section(Pace::ByTheBlock, &|| Builder::crossing(of_cut.clone()));
            let must = is_whole && is_unique && is_told_apart && verdict == Verdict::Holds;
            prop_assert!(crossing.is_some() || !must);
            if let Some(crossing) = crossing {
                prop_assert_eq!(json(&crossing.finish().unwrap(), cut), (verdict, json_wanted));
            }
        }
    }
}

/// The same where it is numbered as the log shows it.
fn agree_as_logged(kept: &mut Trace, wanted: &Trace, format: &Format) -> Result<(), TestCaseError> {
    look_up_all(kept, format);
    let told = |trace: &Trace| {
        let of = |m| (trace.ends(m), trace.sent(m), trace.received(m), trace.message_name(m).to_string());
        let channels: Vec<_> = trace.channels().iter().map(|channel| trace.channels().ends(channel)).collect();
        let order = CausalOrder::of(trace).unwrap();
        let mut in_order = Vec::new();
        order.messages(trace, |m| in_order.push(m));
        let checked = serde_json::to_string(&Checked::new(trace, &Audit::of(trace), None)).unwrap();
        let messages: Vec<_> = trace.messages().map(of).collect();
        (messages, channels, trace.log_is_causal(), order.kind(), in_order, checked)
    };
    prop_assert_eq!(told(kept), told(wanted));
    Ok(())
}

/// The same where the order of the events is kept: a run of an algorithm takes the same steps.
fn agree_in_order(kept: &Trace, wanted: &Trace, positions: &[prop::sample::Index]) -> Result<(), TestCaseError> {
    let process = ProcessId::new(positions[0].index(wanted.process_count())).unwrap();
    let position = positions[1].index(wanted.events(process) as usize + 1) as u32;
    for delivery in [Delivery::Prompt, Delivery::Late] {
        let initiators = vec![Initiator { process, position }];
        let algorithm = Algorithm::ChandyLamport;
        let request = Request { algorithm, initiators, delivery, fixes: vec![], clocks: false };
        let json = |trace: &Trace| {
            let snapshot = take(trace, request.clone()).ok()?;
            serde_json::to_string(&SnapshotReport::new(trace, &snapshot, &None)).ok()
        };
        prop_assert_eq!(json(kept), json(wanted));
    }
    Ok(())
}

fn look_up_all(trace: &mut Trace, format: &Format) {
    let events: Vec<_> = trace.processes().flat_map(|p| (1..=trace.events(p)).map(move |k| (p, k))).collect();
    trace.look_up(events, |_, piece, sink| (format.read)(piece, &format::Options::default(), 0, sink));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Whatever the lines: what can be read by sections is what is read from front to back.
    #[test]
    fn any_log_is_read_by_sections_as_from_front_to_back(
        lines in proptest::collection::vec(
            prop_oneof![
                40 => "P[1-3]: (step|send m[1-9] -> P[1-3]|receive m[1-9]|receive m[1-9] <- P[1-3])",
                1 => "(|#|process P1|P[1-3] a: step|P[1-3]: receive|P[1-3]: send m1, m2 -> P[12]|x)",
            ],
            0..40,
        ),
        is_sorted in any::<bool>(),
        bytes in proptest::option::weighted(0.2, (any::<prop::sample::Index>(), any::<u8>())),
        files in 1..3usize,
        threads in 1..3usize,
    ) {
        let mut lines = lines;
        if is_sorted {
            lines.sort_by(|a, b| a.get(..2).cmp(&b.get(..2)));
        }
        let source = |lines: &[String]| {
            let mut log = lines.iter().fold(Vec::new(), |log, line| [&log, line.as_bytes(), b"\n"].concat());
            if let Some((at, byte)) = bytes {
                log.insert(at.index(log.len() + 1), byte);
            }
            Arc::new(Source::from_text("log", log))
        };
        let sources: Vec<Arc<Source>> = lines.chunks(lines.len().div_ceil(files).max(1)).map(source).collect();
        let format = format::by_name("trace").unwrap();
        let wanted = from_front_to_back(&sources, format);
        let by_section = |pace, builder: &dyn Fn() -> Builder| {
            Builder::by_section(format, &sources, (pace, threads), builder)
        };
        if let Some(kept) = by_section(Pace::AsFarAsItGoes, &|| Builder::keeping(Keep::Messages)) {
            let wanted = wanted.as_ref().expect("it has no mistakes");
            agree(&mut kept.finish().unwrap(), wanted, format)?;
        }
        for rest_at_end in [false, true] {
            let of_cut = Wanted { rest_at_end, ..Wanted::default() };
            if let Some(crossing) = by_section(Pace::ByTheBlock, &|| Builder::crossing(of_cut.clone())) {
                let wanted = wanted.as_ref().expect("it has no mistakes");
                let cut: Vec<u32> = wanted.processes().map(|p| if rest_at_end { wanted.events(p) } else { 0 }).collect();
                prop_assert_eq!(json(&crossing.finish().unwrap(), &cut), json(wanted, &cut));
            }
        }
    }
}

/// Of two traces of a log, of which the first is by sections and the second from front to back.
fn agree(kept: &mut Trace, wanted: &Trace, format: &Format) -> Result<(), TestCaseError> {
    prop_assert_eq!(names(kept), names(wanted));
    prop_assert!(kept.log_is_causal());
    let messages = |trace: &Trace| {
        let (order, mut all) = (CausalOrder::of(trace).unwrap(), Vec::new());
        let ends = |m| {
            let payload = trace.payload(m).map(str::to_owned);
            (trace.ends(m), trace.sent(m), trace.received(m), trace.message_name(m).to_string(), payload)
        };
        order.messages(trace, |m| all.push(ends(m)));
        // From front to back a causal log is in another order.
        if wanted.log_is_causal() {
            all.sort();
        }
        all
    };
    prop_assert_eq!(messages(kept), messages(wanted));
    let details = |trace: &Trace| {
        let of = |p, k| format!("{:?}", (trace.label(p, k), trace.note(p, k), trace.time(p, k)));
        let of_process = |p| {
            let events: Vec<String> = (1..=trace.events(p)).map(|k| of(p, k)).collect();
            (events, format!("{:?}", trace.state_changes(p).collect::<Vec<_>>()))
        };
        let all: Vec<_> = trace.processes().map(of_process).collect();
        (all, trace.lines().passed_over.clone())
    };
    prop_assert_eq!(details(kept), details(wanted));
    prop_assert_eq!(kept.lines().read, wanted.lines().read);

    // Each event stands where it stands.
    look_up_all(kept, format);
    for (process, number) in wanted.processes().flat_map(|p| (1..=wanted.events(p)).map(move |k| (p, k))) {
        prop_assert_eq!(kept.address(process, number), wanted.address(process, number));
    }
    Ok(())
}

/// Services of two processes each: in a file the events of both are in order.
#[test]
fn files_of_several_processes_are_read_side_by_side() {
    let (front, back): (String, String) = (0..300)
        .map(|i| {
            let front = format!("A: send a{i} -> C\nB: receive c{i}\nB: send b{i} -> D\n");
            let back = format!("C: receive a{i}\nC: send c{i} -> B\nD: receive b{i}\n");
            (front, back)
        })
        .unzip();
    let sources = [("front", front), ("back", back)].map(|(name, text)| Arc::new(Source::from_text(name, text)));
    let format = format::by_name("trace").unwrap();
    let wanted = from_front_to_back(&sources, format).unwrap();
    // In the second one B knows of what C sends behind it.
    for (cut, holds) in [([100, 100, 200, 50], true), ([100, 300, 200, 50], false)] {
        let cut = [("A", cut[0]), ("B", cut[1]), ("C", cut[2]), ("D", cut[3])];
        let places = cut.iter().map(|&(name, count)| (name.to_owned(), Place::Count(count))).collect();
        let of_cut = Wanted { places, ..Wanted::default() };
        let read = Builder::by_section(format, &sources, (Pace::ByTheBlock, 2), || Builder::crossing(of_cut.clone()));
        let positions: Vec<u32> = names(&wanted)
            .iter()
            .map(|name| cut.iter().find(|(of, _)| of == name).map_or(0, |&(_, count)| count as u32))
            .collect();
        let (verdict, json_wanted) = json(&wanted, &positions);
        assert_eq!((verdict == Verdict::Holds, read.is_some()), (holds, holds));
        if let Some(read) = read {
            assert_eq!(json(&read.finish().unwrap(), &positions).1, json_wanted);
        }
    }
}
