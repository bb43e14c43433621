//! `clearcut relate` and `clearcut clocks` as they are run: exit codes, reports, and what they say of real logs.

#[path = "support/schemas.rs"]
mod schemas;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use clearcut::source::Source;
use clearcut::trace::Builder;
use serde_json::{Value, json};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Runs the command in `traces/`, so that files are named without a path.
fn run(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clearcut"));
    command.args(args).current_dir(root().join("traces")).env("NO_COLOR", "1").output().expect("the command runs")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("the output is text")
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("the diagnostics are text")
}

/// Exit code and JSON report, which is one of its schema.
fn report(args: &[&str]) -> (Option<i32>, Value) {
    let output = run(&[args, &["-o", "json"]].concat());
    let text = out(&output);
    let value: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{args:?}: {e}\n{text}{}", err(&output)));
    let validator = schemas::Schemas::read(root().join("grammar")).validator(args[0]);
    let errors: Vec<String> = validator.iter_errors(&value).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{args:?}: {errors:?}");
    assert_eq!(value["command"], args[0]);
    (output.status.code(), value)
}

/// A log in a file of its own.
fn log(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("a file can be written");
    path
}

fn utf8(path: &Path) -> &str {
    path.to_str().expect("a path of the tests is text")
}

const THREE: &str = "three-processes.holds.trace";
const LOST: &str = "lost-send.undetermined.trace";

#[test]
fn every_relation_and_its_path() {
    let path = |steps: &[(&str, u32, &str, Option<&str>)]| {
        let hop = |&(process, event, label, message): &(&str, u32, &str, Option<&str>)| match message {
            Some(message) => json!({"process": process, "event": event, "label": label, "message": message}),
            None => json!({"process": process, "event": event, "label": label}),
        };
        Value::Array(steps.iter().map(hop).collect())
    };
    let there = [("P3", 1, "H", None), ("P2", 1, "E", Some("HE")), ("P2", 3, "G", None), ("P1", 4, "D", Some("GD"))];
    for (a, b, relation, wanted) in [
        ("P3=H", "P1=D", "before", path(&there)),
        ("P1=4", "P3=1", "after", path(&there)),
        ("P1=A", "P1=end", "before", path(&[("P1", 1, "A", None), ("P1", 5, "E", None)])),
        ("P1=E", "P1=5", "equal", path(&[("P1", 5, "E", None)])),
        ("P1=C", "{\"P2\": \"F\"}", "concurrent", json!([])),
    ] {
        let (code, found) = report(&["relate", THREE, a, b]);
        assert_eq!((code, &found["verdict"]), (Some(0), &json!("holds")), "{a} {b}");
        assert_eq!((&found["relation"], &found["path"]), (&json!(relation), &wanted), "{a} {b}");
        assert!(found.get("undetermined").is_none());
    }
}

#[test]
fn a_lost_send_leaves_concurrent_events_undetermined() {
    let (code, found) = report(&["relate", LOST, "P1=a", "P2=c"]);
    assert_eq!((code, &found["verdict"], &found["relation"]), (Some(2), &json!("undetermined"), &json!("concurrent")));
    let at = json!([{"file": LOST.rsplit('/').next(), "line": 7, "process": "P2", "event": 1}]);
    let hole = json!({"message": "m1", "from": "P1", "to": "P2", "received": 1, "at": at});
    assert_eq!(found["undetermined"], json!([hole]));
    // What is logged as ordered is ordered, whatever was lost.
    let (code, found) = report(&["relate", LOST, "P2=b", "P1=d"]);
    assert_eq!((code, &found["verdict"], &found["relation"]), (Some(0), &json!("holds"), &json!("before")));
}

#[test]
fn relate_in_words() {
    let say = |args: &[&str]| out(&run(&[&["relate"], args].concat()));
    insta::assert_snapshot!("relate_before", say(&[THREE, "P3=H", "P1=E"]));
    insta::assert_snapshot!("relate_concurrent", say(&[THREE, "P1=C", "P2=F"]));
    insta::assert_snapshot!("relate_undetermined", say(&[LOST, "P2=c", "P1=a"]));
    assert_eq!(say(&[THREE, "P1=C", "P1=3"]), format!("equal: both are P1#3 (C) [{THREE}:12]\n"));
}

#[test]
fn what_is_no_event_is_said() {
    for (args, said) in [
        (&[THREE, "P1=A", "P2=start"][..], "`start` is no event"),
        (&[THREE, "P1=A", "P2=0"], "the events of `P2` are 1 to 3"),
        (&[THREE, "P1=A", "P2=9"], "`P2` has 3 events, not 9"),
        (&[THREE, "P1=A", "P2=Z"], "no event labelled `Z`"),
        (&[THREE, "P1=A", "p2=E"], "did you mean `P2`?"),
        (&[THREE, "P1=A", "P1=B P2=E"], "one event, not 2"),
        (&[THREE, "P1=A", " "], "an event is written P1=B"),
        (&[THREE, "P1=A", "P2"], "an event is written P1=B"),
        (&["P1=A", "P2=E"], "a trace and two events"),
        (&[THREE], "two events"),
        (&["nowhere.trace", "P1=A", "P2=E"], "cannot read nowhere.trace"),
    ] {
        let output = run(&[&["relate"], args].concat());
        assert_eq!((output.status.code(), out(&output).as_str()), (Some(2), ""), "{args:?}");
        assert!(err(&output).contains(said), "{args:?}: {}", err(&output));
    }
}

#[test]
fn the_clocks_of_the_lecture() {
    let facts = std::fs::read_to_string(root().join("traces/facts.json")).expect("the facts");
    let facts: Value = serde_json::from_str(&facts).expect("facts.json is JSON");
    let facts = facts.as_array().or_else(|| facts["facts"].as_array()).expect("a list of facts");
    let mut asked = 0;
    for fact in facts.iter().filter(|fact| fact["command"] == "clocks") {
        let traces = fact["traces"].as_array().expect("files").iter().map(|file| file.as_str().expect("a name"));
        let (code, found) = report(&[&["clocks"], traces.collect::<Vec<_>>().as_slice()].concat());
        assert_eq!(code.map(i64::from), fact["exit"].as_i64());
        for (process, clocks) in fact["clocks"].as_object().expect("clocks by process") {
            let events = found["events"].as_array().expect("events").iter();
            let rows: Vec<&Value> = events.filter(|e| e["process"] == **process).map(|e| &e["clock"]).collect();
            assert_eq!(rows, clocks.as_array().expect("clocks").iter().collect::<Vec<_>>(), "{process}");
            asked += rows.len();
        }
    }
    assert!(asked >= 11, "facts.json asks for the clocks of {asked} events");
}

#[test]
fn clocks_in_words() {
    let say = |args: &[&str]| out(&run(&[&["clocks"], args].concat()));
    insta::assert_snapshot!("clocks_three", say(&[THREE]));
    insta::assert_snapshot!("clocks_lost", say(&[LOST]));
    insta::assert_snapshot!("clocks_multicast", say(&["bank.holds.jsonl"]));
    insta::assert_snapshot!("clocks_dot", say(&[THREE, "--dot"]));
    assert_eq!(
        say(&[THREE, "--of", "P3=J", "--of", "P1=1"]),
        "event      P1 P2 P3\nP3#3 (J)  [ 5  3  3]  receive EJ <- P1\nP1#1 (A)  [ 1  0  0]  step\n"
    );
}

#[test]
fn clocks_of_many_processes_name_their_components() {
    let mut text: String = (1..=20).fold(String::new(), |text, i| text + &format!("process p{i}\n"));
    text += "process \"p 21\"\np3: send m -> p7, \"p 21\"\np7: receive m\np7: step\n\"p 21\": step\n";
    let path = log("many.trace", &text);
    let said = out(&run(&["clocks", utf8(&path)]));
    assert_eq!(
        said,
        "event   clock\np3#1    {p3:1}  send m -> p7, p 21\np7#1    {p3:1 p7:1}  receive m <- p3\np7#2    {p3:1 p7:2}  step\np 21#1  {\"p 21\":1}  step\n"
    );
}

#[test]
fn clocks_after_a_lost_send_are_lower_bounds() {
    let bounds = |found: &Value| {
        let events = found["events"].as_array().expect("events").iter();
        events.map(|e| e["lower_bound"] == json!(true)).collect::<Vec<_>>()
    };
    let (code, found) = report(&["clocks", LOST]);
    assert_eq!((code, &found["verdict"]), (Some(2), &json!("undetermined")));
    assert_eq!(bounds(&found), [false, true, true, true]);
    let (code, found) = report(&["clocks", LOST, "--of", "P1=a"]);
    assert_eq!((code, &found["verdict"], bounds(&found)), (Some(0), &json!("holds"), vec![false]));
    assert_eq!(run(&["clocks", LOST, "--of", "P1=d"]).status.code(), Some(2));
    assert_eq!(run(&["clocks", LOST, "--dot"]).status.code(), Some(2));
}

/// A log that shows a receive before its send is put in order, and everything is printed once.
#[test]
fn a_log_in_no_causal_order() {
    let path = log("late.trace", "P2 r: receive m <- P1\nP2 s: send n -> P1\nP1 a: send m -> P2\nP1 b: receive n\n");
    let (code, found) = report(&["clocks", utf8(&path)]);
    let labels: Vec<&str> =
        found["events"].as_array().expect("events").iter().filter_map(|e| e["label"].as_str()).collect();
    assert_eq!((code, labels), (Some(0), vec!["a", "r", "s", "b"]));
}

#[test]
fn a_cycle_is_shown_hop_by_hop() {
    for args in [
        &["clocks", "cycle.error.trace"][..],
        &["clocks", "cycle.error.trace", "--dot"],
        &["relate", "cycle.error.trace", "P1=a", "P2=c"],
    ] {
        let output = run(args);
        assert_eq!((output.status.code(), out(&output).as_str()), (Some(2), ""), "{args:?}");
        insta::assert_snapshot!("cycle", err(&output));
    }
}

/// Two files, lines far apart, and an event that both receives and sends.
#[test]
fn a_cycle_over_files() {
    let gap = "P2: step\n".repeat(500);
    log("cycle-1.trace", "P1: receive b <- P2\nP1: send a -> P2\n");
    log("cycle-2.trace", &format!("P2: receive a <- P1\n{gap}P2: send b -> P1\n"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_clearcut"));
    command.args(["clocks", "cycle-1.trace", "cycle-2.trace"]).current_dir(env!("CARGO_TARGET_TMPDIR"));
    let output = command.env("NO_COLOR", "1").output().expect("the command runs");
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!("cycle_files", err(&output));
}

#[test]
fn a_long_cycle_is_cut_short() {
    let mut text = String::new();
    for i in 0..30 {
        text +=
            &format!("p{i}: receive m{i} <- p{}\np{i}: send m{} -> p{}\n", (i + 29) % 30, (i + 1) % 30, (i + 1) % 30);
    }
    let path = log("ring.trace", &text);
    let said = err(&run(&["clocks", utf8(&path)]));
    assert_eq!(said.matches('╭').count(), 12);
    let last = said.lines().rev().nth(1).expect("a line before the help");
    assert!(
        last.starts_with("  p29#1 receives m29 before p29#2 sends m0 [") && last.ends_with("ring.trace:59]"),
        "{last}"
    );
}

#[test]
fn a_closed_pipe_is_no_error() {
    let path = log("long.trace", &"P1: step\n".repeat(20_000));
    for extra in [&["-o", "json"][..], &["--dot"], &[]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_clearcut"));
        let command = command.arg("clocks").arg(&path).args(extra);
        let mut child = command
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("the command runs");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("the command ends");
        assert_eq!((output.status.code(), err(&output).as_str()), (Some(0), ""), "{extra:?}");
    }
}

/// Logs with clocks and no messages: the clocks that are computed along the inferred messages are those that the programs
/// logged.
#[test]
fn logged_clocks_are_computed_again() {
    use clearcut::causality::{CausalOrder, all::all_clocks};
    let corpus = std::env::var_os("CLEARCUT_CORPUS").map_or_else(|| root().join("../shared/corpus"), PathBuf::from);
    if !corpus.is_dir() {
        println!("skipped: no corpus");
        return;
    }
    for name in ["CPSC416-2018W1-P2-Slack__execution2.log", "simple-reliable-broadcast.log", "chord.log"] {
        let source = std::sync::Arc::new(Source::open(&corpus.join("shiviz").join(name)).expect("a log"));
        let mut builder = Builder::new();
        builder.source(source.clone());
        let format = clearcut::format::detect(&source).expect("a format");
        (format.read)(&source, &clearcut::format::Options::default(), 0, &mut builder);
        let trace = builder.finish().map_err(|(sources, problems)| problems.locate(&sources)).expect("a trace");
        let order = CausalOrder::of(&trace).expect("no cycle");
        let mut compared = 0;
        let done: Result<(), String> = all_clocks(&trace, &order, |process, number, clock| {
            let Some(logged) = trace.clock(process, number) else { return Ok(()) };
            let mut wanted = vec![0; trace.process_count()];
            for (of, count) in logged.filter_map(|(name, count)| Some((trace.clock_name(name).1?, count))) {
                wanted[of.index()] = count;
            }
            compared += 1;
            if clock.to_vec() == wanted { Ok(()) } else { Err(format!("{}#{number}: {clock:?}", trace.name(process))) }
        });
        assert_eq!(done, Ok(()), "{name}");
        assert_eq!(compared, trace.event_count(), "{name}");
    }
}

/// Real logs: own components count, clocks grow along messages, and `relate` says what they say.
#[test]
fn real_logs() {
    let corpus = std::env::var_os("CLEARCUT_CORPUS").map_or_else(|| root().join("../shared/corpus"), PathBuf::from);
    let Ok(files) = std::fs::read_dir(corpus.join("cos418")) else {
        println!("skipped: no corpus");
        return;
    };
    let mut files: Vec<PathBuf> = files.filter_map(|file| Some(file.ok()?.path())).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "jsonl"));
    files.sort();
    assert!(!files.is_empty());
    for path in files {
        let (code, found) = report(&["clocks", utf8(&path)]);
        assert_eq!(code, Some(0), "{}", path.display());
        let events = found["events"].as_array().expect("events");
        assert_eq!(Some(events.len() as u64), found["trace"]["events"].as_u64());
        let knows = |of: &Value, event: &Value| {
            of["clock"][event["process"].as_str().expect("a name")].as_u64().unwrap_or(0)
                >= event["event"].as_u64().expect("a number")
        };
        for event in events {
            assert_eq!(
                event["clock"][event["process"].as_str().expect("a name")],
                event["event"],
                "{}",
                path.display()
            );
        }
        let Some(last) = events.len().checked_sub(1) else { continue };
        for (i, j) in [(0, last), (last, 0), (last / 2, last / 2 + 1), (last / 3, last / 2), (last, last)] {
            let (a, b) = (&events[i], &events[j]);
            let name = |e: &Value| format!("{}={}", e["process"], e["event"]);
            let (_, found) = report(&["relate", utf8(&path), &name(a), &name(b)]);
            let wanted = match (knows(b, a), knows(a, b)) {
                (true, true) => "equal",
                (true, false) => "before",
                (false, true) => "after",
                (false, false) => "concurrent",
            };
            assert_eq!(found["relation"], wanted, "{} {a} {b}", path.display());
        }
    }
}
