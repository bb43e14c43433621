//! `convert`: what is written is read back as the same log, and what cannot be written is counted.

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use clearcut::causality::{CausalOrder, clocks};
use clearcut::cut::{self, Cut};
use clearcut::format::{self, Options, value::canonical};
use clearcut::report::convert::{self, Done, Lines, Loss, Shape};
use clearcut::source::Source;
use clearcut::trace::{Builder, MarkAction, Trace};
use proptest::prelude::*;
use support::clearcut;
use support::folder::Folder;
use support::random::{Execution, execution};
#[cfg(not(feature = "arrow"))]
use support::root;
use support::telling::{Details, NAMES, details, tell};

fn read(format: &str, text: &str) -> Trace {
    let source = Arc::new(Source::from_text("log", text));
    let mut builder = Builder::new();
    builder.source(source.clone());
    (format::by_name(format).unwrap().read)(&source, &Options::default(), 0, &mut builder);
    builder.finish().unwrap_or_else(|(sources, problems)| panic!("{:?}\n{text}", problems.locate(&sources)))
}

fn converted(from: &str, text: &str, shape: Shape) -> Done<String> {
    let source = Arc::new(Source::from_text("log", text));
    let mut lines = Lines::new(Vec::new(), shape);
    (format::by_name(from).unwrap().read)(&source, &Options::default(), 0, &mut lines);
    let Done { out, lost, problems, skipped } = lines.finish().unwrap();
    Done { out: String::from_utf8(out).unwrap(), lost, problems, skipped }
}

fn told(execution: &Execution, details: Details, shape: Shape) -> String {
    let mut lines = Lines::new(Vec::new(), shape);
    tell(execution, details, &mut lines);
    let done = lines.finish().unwrap();
    assert_eq!(done.problems, []);
    String::from_utf8(done.out).unwrap()
}

/// All that two traces have in common, where they are the same.
fn picture(trace: &Trace, claims: bool) -> Vec<String> {
    let mut all = vec![format!("{:?}", trace.processes().map(|p| trace.name(p)).collect::<Vec<_>>())];
    for p in trace.processes() {
        all.push(format!("initial {:?}", trace.initial_state(p).map(canonical)));
        for k in 1..=trace.events(p) {
            let parts: Vec<_> = trace.parts(p, k).collect();
            let time = trace.time(p, k).map(|t| (t.billionths(), t.is_calendar()));
            all.push(format!("{parts:?} {:?} {time:?}", trace.label(p, k)));
        }
        all.extend(trace.state_changes(p).map(|(k, state)| format!("{k} {}", canonical(state))));
    }
    for m in trace.messages() {
        let ends = (trace.ends(m), trace.sent(m), trace.received(m), trace.message_name(m));
        all.push(format!("{ends:?} {:?}", trace.payload(m).filter(|p| claims || p.starts_with('{')).map(canonical)));
    }
    let channels = trace.channels();
    all.push(format!("{:?}", channels.iter().map(|c| (channels.ends(c), channels.is_fifo(c))).collect::<Vec<_>>()));
    all.push(format!("{} {:?} {:?}", channels.are_declared(), trace.unsent().len(), trace.duplicates()));
    for mark in trace.marks() {
        let text = |span: Option<_>| span.and_then(|span| trace.text(span)).map(canonical);
        let kind = match &mark.kind {
            MarkAction::Record { state, channels } => {
                format!("{:?} {:?}", text(*state), text(*channels).filter(|_| claims))
            }
            other => format!("{other:?}"),
        };
        all.push(format!("{:?} {} {} {} {kind}", mark.process, mark.position, mark.snapshot, mark.log));
    }
    all.extend(trace.named_cuts().map(|cut| format!("{cut:?}")));
    all.push(format!("{:?}", trace.log_order().collect::<Vec<_>>()));
    all
}

/// Verdicts of cuts, spread by a number.
fn verdicts(trace: &Trace, seed: u32) -> Vec<String> {
    (0..6)
        .map(|i| {
            let positions = trace.processes().map(|p| (seed ^ (i * 7 + p.index() as u32)) % (trace.events(p) + 1));
            let found = cut::verify(trace, Cut::new(trace, positions.collect()).unwrap(), true).unwrap();
            format!("{:?} {:?} {:?} {:?}", found.verdict, found.max, found.classes.orphans, found.below.positions())
        })
        .collect()
}

/// Happens-before between all events, each by process name and number.
fn relation(trace: &Trace) -> BTreeSet<(String, u32, String, u32)> {
    let order = CausalOrder::of(trace).unwrap();
    let mut all = BTreeSet::new();
    for p in trace.processes() {
        for k in 1..=trace.events(p) {
            let clock = clocks::of_positions(trace, &order, &[(p, k)]).remove(0);
            for q in trace.processes() {
                let before = (1..=clock[q.index()]).map(|j| (trace.name(q).into(), j, trace.name(p).into(), k));
                all.extend(before);
            }
        }
    }
    all
}

fn shiviz(trace: &Trace) -> String {
    let order = CausalOrder::of(trace).unwrap();
    let mut out = Vec::new();
    convert::shiviz(trace, &order, &mut out).unwrap().unwrap();
    String::from_utf8(out).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn our_two_formats_say_the_same(execution in execution(24), details in details(), seed: u32) {
        let jsonl = told(&execution, details, Shape::JsonLines);
        let whole = read("jsonl", &jsonl);
        let trace = converted("jsonl", &jsonl, Shape::Trace);
        let back = converted("trace", &trace.out, Shape::JsonLines);
        prop_assert_eq!(converted("jsonl", &jsonl, Shape::JsonLines).out, jsonl.clone());
        prop_assert_eq!(&converted("trace", &trace.out, Shape::Trace).out.lines().count(), &trace.out.lines().count());
        prop_assert_eq!(&back.lost, &Default::default());
        let other = read("trace", &trace.out);
        // Without what a trace cannot say, the way there and back changes no letter.
        if trace.lost == Default::default() {
            prop_assert_eq!(&back.out, &jsonl);
        } else {
            prop_assert!(details.all);
            prop_assert_eq!(trace.lost.of(Loss::Clock), jsonl.matches(r#","clock":{"#).count());
            prop_assert_eq!(trace.lost.of(Loss::Note), jsonl.matches(r#","note":"a note""#).count() + jsonl.matches(r#","note":"and"#).count());
        }
        // A log of clocks and steps means messages that the same without clocks does not.
        if !whole.is_inferred() {
            let strip = |t: &Trace| picture(t, trace.lost.of(Loss::Claim) + trace.lost.of(Loss::Payload) == 0);
            prop_assert_eq!(strip(&whole), strip(&other));
            prop_assert_eq!(verdicts(&whole, seed), verdicts(&other, seed));
        }
        prop_assert_eq!(picture(&other, true), picture(&read("jsonl", &back.out), true));
    }

    #[test]
    fn shiviz_shows_the_same_order(execution in execution(24), seed in 0..1000usize, unnamed: bool) {
        // Names that stand on one line: the one with a line end is told apart below.
        let seed = if (0..execution.processes).any(|p| (seed + p) % NAMES.len() == 8) { seed + 5 } else { seed };
        let details = Details { all: true, unnamed, seed };
        let source = read("jsonl", &told(&execution, details, Shape::JsonLines));
        let text = shiviz(&source);
        let again = read("shiviz", &text);
        // Also where the text of each event is a line of ours.
        let detected = format::detect(&Source::from_text("log", text.as_str())).map(|format| format.name);
        prop_assert_eq!(detected, Some("shiviz"));
        prop_assert_eq!(relation(&again), relation(&source));
        prop_assert_eq!(again.lines().skipped, 0);
        // And what is inferred from the clocks says so in both of ours.
        let mut lines = Lines::new(Vec::new(), Shape::Trace);
        let lost = convert::replay(&again, &mut lines);
        let written = String::from_utf8(lines.finish().unwrap().out).unwrap();
        let replayed = read("trace", &written);
        prop_assert_eq!(replayed.event_count(), again.event_count() + lost.of(Loss::Split));
        prop_assert_eq!(replayed.message_count(), again.message_count());
        prop_assert!(replayed.messages().all(|m| replayed.message_name(m).starts_with("inferred ")));
        if lost.of(Loss::Split) == 0 {
            prop_assert_eq!(relation(&replayed), relation(&again));
        }
    }
}

#[test]
fn a_process_whose_name_has_a_line_end_is_no_host() {
    let trace = Trace::from_text("\"a\\nb\": step\n").unwrap();
    let order = CausalOrder::of(&trace).unwrap();
    assert_eq!(convert::shiviz(&trace, &order, &mut Vec::new()).unwrap(), Err("a\nb".into()));
}

fn run(args: &[&str]) -> (String, String, Option<i32>) {
    let output = clearcut(args);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code())
}

#[test]
fn the_shops_in_every_format() {
    let shops = "traces/shops.holds.trace";
    insta::assert_snapshot!("shops_jsonl", run(&["convert", shops, "--to", "jsonl"]).0);
    insta::assert_snapshot!("shops_trace", run(&["convert", shops, "--to", "trace"]).0);
    let (shiviz, said, _) = run(&["convert", shops, "--to", "shiviz"]);
    insta::assert_snapshot!("shops_shiviz", format!("{shiviz}\n{said}"));
    let dot = run(&["convert", shops, "--to", "dot"]);
    assert_eq!(dot.0, run(&["clocks", shops, "--dot"]).0);
    assert_eq!((dot.1.as_str(), dot.2), ("", Some(0)));
}

#[test]
fn files_are_whole_or_not_there() {
    let folder = Folder::new("whole");
    let path = |name: &str| folder.join(name).display().to_string();
    std::fs::write(path("good.trace"), "P1: send m -> P2\nP2: receive m\n").unwrap();
    std::fs::write(path("bad.trace"), "P1: send m -> P2\nP2: receives m\nP3: steps\n").unwrap();
    let (out, said, code) = run(&["convert", &path("good.trace"), "-o", &path("out.jsonl")]);
    assert_eq!((out.as_str(), said.as_str(), code), ("", "", Some(0)));
    let good = std::fs::read_to_string(path("out.jsonl")).unwrap();
    assert_eq!(good.lines().count(), 2);
    let (_, said, code) = run(&["convert", &path("bad.trace"), "--out", &path("out.jsonl")]);
    assert_eq!(code, Some(2));
    assert!(said.contains("2 problems in the input"), "{said}");
    assert_eq!(std::fs::read_to_string(path("out.jsonl")).unwrap(), good, "the file before stays");
    assert_eq!(std::fs::read_dir(&*folder).unwrap().count(), 3, "no part is left");
    let (_, said, code) = run(&["convert", &path("good.trace")]);
    assert!(code == Some(2) && said.contains("--to"), "{said}");
}

/// A log for ShiViz has no words for a hole: that is said, and what is written looks whole.
#[test]
fn a_hole_that_is_not_written_is_told() {
    let log = "traces/lost-send.undetermined.trace";
    assert_eq!(run(&["check", log]).2, Some(2));
    let (text, said, code) = run(&["convert", log, "--to", "shiviz"]);
    let wanted =
        "warning: 1 receive without its send taken as steps: what is written hides the hole, so judge the log itself";
    assert!(code == Some(0) && said.contains(wanted), "{said}");
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("hole.log");
    std::fs::write(&file, text).unwrap();
    let (out, _, code) = run(&["check", file.to_str().unwrap()]);
    assert!(code == Some(0) && out.contains("4 events, 1 message"), "{out}");
}

#[test]
fn what_is_lost_is_counted() {
    let log = concat!(
        r#"{"process":"A","event":"send","to":"B","payload":5,"note":"n","clock":{"A":1},"state":{"x":{"y":1}}}"#,
        "\n",
        r#"{"process":"B","event":"receive","from":"A"}"#,
        "\n",
        r#"{"process":"B","event":"record","snapshot":"s","channels":{"A":[]}}"#,
        "\n",
        r#"{"process":"B","event":"send","message":["a","b"],"to":["A","A"],"payloads":[{"x":1},null]}"#,
        "\n"
    );
    let done = converted("jsonl", log, Shape::Trace);
    assert_eq!(
        done.out,
        "A: send -> B  x=\"{\\\"y\\\":1}\"  # n\nB: receive <- A\nB: record s\nB: send a(x=1), b -> A\n"
    );
    let said: Vec<String> = done.lost.phrases().collect();
    let wanted = [
        "1 logged clock left out",
        "1 record's claimed channels left out",
        "1 payload left out",
        "1 array or object as a value written as text",
        "1 note of an event written as comments",
    ];
    assert_eq!(said, wanted);
    assert_eq!(converted("trace", &done.out, Shape::Trace).out, done.out.replace("  # n", ""));
}

#[test]
fn logs_that_people_have_survive_as_json_lines() {
    let Some(corpus) = support::corpus() else { return };
    let mut logs = 0;
    for file in std::fs::read_dir(corpus.join("shiviz")).unwrap() {
        let path = file.unwrap().path();
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        let done = converted("shiviz", &text, Shape::JsonLines);
        assert_eq!((done.problems.len(), done.lost), (0, Default::default()), "{}", path.display());
        let (log, again) = (read("shiviz", &text), read("jsonl", &done.out));
        assert_eq!(picture(&again, true), picture(&log, true), "{}", path.display());
        assert_eq!(verdicts(&again, 12_345), verdicts(&log, 12_345));
        logs += 1;
    }
    assert!(logs > 5);
}

/// A program that was built without saved traces says how to get them.
#[cfg(not(feature = "arrow"))]
#[test]
fn what_saved_traces_take_is_told() {
    let folder = Folder::new("no-arrow");
    let path = folder.join("run.arrow");
    std::fs::write(&path, b"ARROW1\0\0").unwrap();
    let path = path.display().to_string();
    let sample = root().join("traces/shops.holds.trace").display().to_string();
    for args in [
        &["check", path.as_str()][..],
        &["convert", &sample, "--to", "arrow"],
        &["convert", &sample, "--to", "parquet"],
    ] {
        let output = clearcut(args);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("cargo install clearcut --features "), "{said}");
    }
}
