//! `clearcut verify` as users run it: every way to name a cut, every exit status.

mod support;

use clearcut::causality::CausalOrder;
use clearcut::report::snapshot::SnapshotReport;
use clearcut::report::text::{snapshot as snapshot_text, verify as verify_text};
use clearcut::snapshot::{Algorithm, Delivery, Initiator, Request};
use serde_json::Value;
use support::folder::Folder;
use support::{clearcut, corpus};

const TIMED: &str = "P1: send m -> P2 @ 2026-05-01T10:00:00Z
P2: receive m @ 2026-05-01T10:00:01Z
P2: send n -> P1 @ 2026-05-01T12:00:02+02:00
P2: step
P1: receive n @ 2026-05-01T10:00:03.5Z
";

/// Exit status, report and diagnostics.
fn verify(files: &[&str], args: &[&str]) -> (Option<i32>, Value, String) {
    let mut words: Vec<&str> = vec!["verify"];
    words.extend(files);
    words.extend(args);
    words.extend(["-o", "json"]);
    let output = clearcut(words);
    let report = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code(), report, String::from_utf8(output.stderr).unwrap())
}

#[test]
fn every_way_to_name_a_cut_names_the_same_cut() {
    let folder = Folder::new("ways");
    let trace = folder
        .file("ways.trace", "P1 a: send m -> P2\nP2 \"3\": receive m\nP2: step\nP1: step\ncut mine = P1=a P2=\"3\"\n");
    let text = folder.file("ways.cut", "P1 = a\nP2 = 1\n");
    let json = folder.file("ways.json", "{\"P1\": \"a\", \"P2\": 1}");
    let ways: [&[&str]; 8] = [
        &["--cut", "P1=a P2=1"],
        &["--cut", "P1=1,P2=\"3\""],
        &["--cut", "mine"],
        &["--cut", text.as_str()],
        &["--cut", json.as_str()],
        &["--cut", "{\"P1\": 1, \"P2\": \"3\"}"],
        &["--cut", "P1=a P2=1", "--rest", "start"],
        &["--cut", "P2=\"3\" P1=1", "--rest", "end"],
    ];
    for way in ways {
        let (code, report, errors) = verify(&[&trace], way);
        assert_eq!((code, &report["cut"]), (Some(0), &serde_json::json!({"P1": 1, "P2": 1})), "{way:?}\n{errors}");
    }
    let (code, report, _) = verify(&[&trace], &["--rest", "end"]);
    assert_eq!((code, &report["cut"]), (Some(0), &serde_json::json!({"P1": 2, "P2": 2})));
}

#[test]
fn clocks_on_the_wall_make_a_cut() {
    let folder = Folder::new("timed");
    let trace = folder.file("timed.trace", TIMED);
    let cut = |args: &[&str]| {
        let (code, report, errors) = verify(&[&trace], args);
        (code, report["cut"]["P1"].as_u64(), report["cut"]["P2"].as_u64(), errors)
    };
    let at = |args: &[&str]| {
        let (code, p1, p2, errors) = cut(args);
        assert_eq!(errors, "");
        (code.unwrap(), p1.unwrap(), p2.unwrap())
    };
    // The event without a time belongs to the one before it.
    assert_eq!(at(&["--at", "2026-05-01T10:00:02Z"]), (0, 1, 3));
    assert_eq!(at(&["--at", "2026-05-01T10:00:00Z"]), (0, 1, 0));
    assert_eq!(at(&["--at", "P1=2026-05-01T09:00:00Z", "--at", "P2=2026-05-01T10:00:01Z"]), (1, 0, 1));
    // A cut of everything, or of nothing, is named as what may be a slip.
    let (code, p1, p2, errors) = cut(&["--at", "2026-05-01T10:00:02Z", "--at", "P1=2026-05-01T11:00:00Z"]);
    assert_eq!((code, p1, p2), (Some(0), Some(2), Some(3)));
    assert!(errors.starts_with("warning: the time is not before any event of the log"), "{errors}");
    let (code, p1, p2, errors) = cut(&["--at", "12"]);
    assert_eq!((code, p1, p2), (Some(0), Some(0), Some(0)));
    assert!(errors.starts_with("warning: the time is before every event of the log"), "{errors}");
    assert_eq!(at(&["--at", "P1=2026-05-01T10:00:02Z", "--rest", "start"]), (0, 1, 0));
    let (code, _, _, errors) = cut(&["--at", "P1=2026-05-01T10:00:02Z"]);
    assert!(code == Some(2) && errors.contains("no time is given for `P2`"), "{errors}");
    let (code, _, _, errors) = cut(&["--at", "noon"]);
    assert!(code == Some(2) && errors.contains("`noon` is no time"), "{errors}");
    // What many processes lack is told once.
    let untimed: String = (1..=12).map(|p| format!("P{p}: step\n")).collect();
    let none = folder.file("none.trace", &untimed);
    for at in ["12", "P12=3"] {
        let (code, _, errors) = verify(&[&none], &["--at", at]);
        assert!(code == Some(2) && errors.contains("no event of the log has a time\n"), "{errors}");
        assert!(errors.contains("with --cut instead of --at") && !errors.contains("P1"), "{errors}");
    }
    let some = folder.file("some.trace", &(untimed + "P13: step @ 7\n"));
    let (code, _, errors) = verify(&[&some], &["--at", "12"]);
    assert!(code == Some(2) && errors.contains("`P9`, `P10` and 2 more have no times\n"), "{errors}");
    let (code, _, errors) = verify(&[&some], &["--at", "P12=3"]);
    assert!(
        code == Some(2) && errors.contains("the events of `P12` have no times; no time is given for `P1`"),
        "{errors}"
    );
    assert!(
        errors.contains("say where it stands with --cut instead of --at; add `--at P1=TIME` and so on"),
        "{errors}"
    );
}

#[test]
fn mistakes_in_a_cut_are_all_told_and_mended() {
    let folder = Folder::new("mistakes");
    let trace = folder.file("mistakes.trace", "P1 begin: step\nP2: step\nP3: step\n");
    let (code, report, errors) = verify(&[&trace], &["--cut", "P1=begim p2=1 P3=7"]);
    assert_eq!((code, &report["verdict"]), (Some(2), &Value::from("undetermined")));
    let columns: Vec<_> =
        report["errors"].as_array().unwrap().iter().map(|e| e["at"][0]["column"].as_u64().unwrap()).collect();
    assert_eq!((columns, &report["errors"][0]["at"][0]["file"]), (vec![1, 10, 15, 1], &Value::from("--cut")));
    for said in ["did you mean `begin`?", "did you mean `P2`?", "`P3` has 1 event, not 7", "where `P2` stands"] {
        assert!(errors.contains(said), "{said}\n{errors}");
    }
    let (code, _, errors) = verify(&[&trace], &["--cut", "begin"]);
    assert!(code == Some(2) && errors.contains("neither a cut, nor the name of one"), "{errors}");
    let (code, _, errors) = verify(&[&trace], &[]);
    assert!(code == Some(2) && errors.contains("which cut?"), "{errors}");
}

/// A mistake in a cut that the log names is shown in its line, and `check` tells it unasked.
#[test]
fn mistakes_in_a_named_cut_are_shown_in_the_log() {
    let folder = Folder::new("named");
    let log = folder.file("named.trace", "P1 a: step\nP2: step\ncut half = P1=a\n  cut mine = P1=b P3=1 P2=end\n");
    let (code, report, errors) = verify(&[&log], &["--cut", "mine"]);
    let places: Vec<_> = report["errors"].as_array().unwrap().iter().map(|e| e["at"][0].clone()).collect();
    let at = |column| serde_json::json!({"file": log.as_str(), "line": 4, "column": column});
    assert_eq!((code, places), (Some(2), vec![at(14), at(19)]), "{errors}");
    assert!(errors.contains("named.trace:4:14"), "{errors}");
    let output = clearcut(["check", log.as_str(), "-o", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found: Vec<_> = report["findings"].as_array().unwrap().iter().filter(|f| f["rule"] == "named-cut").collect();
    assert_eq!((output.status.code(), found.len()), (Some(1), 2), "{report}");
    assert!(found.iter().all(|f| f["severity"] == "error" && f["at"][0]["line"] == 4), "{report}");
    assert!(found[0]["text"].as_str().unwrap().contains("`P1` has no event labelled `b`"), "{report}");
    let (code, ..) = verify(&[&log], &["--cut", "half", "--rest", "end"]);
    assert_eq!(code, Some(0));
}

#[test]
fn an_orphan_of_two_files_is_shown_in_both() {
    let folder = Folder::new("one");
    let (one, two) =
        (folder.file("one.trace", "P1: step\nP1: send m -> P2\n"), folder.file("two.trace", "P2: receive m\n"));
    let output = clearcut(["verify", one.as_str(), two.as_str(), "--cut", "P1=1 P2=1"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    for shown in ["one.trace:2:1", "two.trace:1:1", "sent outside: event 2 of P1", "received inside: event 1 of P2"] {
        assert!(text.contains(shown), "{shown}\n{text}");
    }
}

/// The mend that is printed is a cut that holds.
#[test]
fn the_nearest_cuts_can_be_pasted() {
    let folder = Folder::new("paste");
    let trace = folder.file(
        "paste.trace",
        "\"it's P1\": send m -> P2\nP2: receive m\nP2: send \"n 1\" -> \"it's P1\"\n\"it's P1\" \"3\": receive \"n 1\"\n",
    );
    let output = clearcut(["verify", trace.as_str(), "--cut", "\"it's P1\"=2 P2=1"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    let mends: Vec<&str> =
        text.lines().filter_map(|line| line.trim().split_once("--cut ")).map(|(_, cut)| cut).collect();
    assert_eq!(mends.len(), 2, "{text}");
    for mend in mends {
        let command = format!("{} verify {} --cut {mend}", env!("CARGO_BIN_EXE_clearcut"), trace);
        let run = std::process::Command::new("sh").args(["-c", &command]).output().unwrap();
        assert_eq!(run.status.code(), Some(0), "{command}\n{}", String::from_utf8_lossy(&run.stderr));
    }
}

/// Where lines are neither events nor comments, the verdict says that there were some.
#[test]
fn skipped_lines_are_counted_in_the_report() {
    let Some(corpus) = corpus() else { return };
    let log = corpus.join("shiviz/MPI-SWS-xtrace-shiviz__shiviz-ls.log");
    let output = clearcut(["verify", log.to_str().unwrap(), "--rest", "end"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("3 lines are no record"), "{text}");
}

/// A log of more than 4 MiB: such are read by two threads, and without single events first.
fn large(folder: &Folder, more: &[&str]) -> String {
    let log = folder.file("large.trace", "");
    let made = ["generate", "--events", "300000", "--processes", "5", "--seed", "3", "--out", log.as_str()];
    let made = clearcut([&made[..], more].concat());
    assert_eq!(made.status.code(), Some(0), "{}", String::from_utf8_lossy(&made.stderr));
    assert!(std::fs::metadata(&log).unwrap().len() > 4 << 20, "too small to be read so");
    log
}

/// A log that is read without single events says what one that is read with all of them says.
#[test]
fn large_logs_have_the_same_answers() {
    let folder = Folder::new("large");
    let log = large(&folder, &[]);
    let path = log.as_str();
    same_verdicts(&log);
    // The steps of a run are told by single events, so that with them all are read.
    let snapshot =
        |more: &[&str]| clearcut([&["snapshot", path, "--initiator", "P3=20000", "-o", "json"], more].concat());
    let (light, whole) = (snapshot(&[]), snapshot(&["--steps"]));
    assert_eq!(light.status.code(), Some(0));
    assert!(light.stdout == whole.stdout);
}

/// So it does where one process comes after the other, and an order must be computed.
#[test]
fn large_logs_out_of_order_have_the_same_answers() {
    let folder = Folder::new("grouped");
    let log = large(&folder, &["--grouped"]);
    same_verdicts(&log);
    // The steps of a run are told by single events, so that with them all are read.
    let snapshot =
        |more: &[&str]| clearcut([&["snapshot", &log, "--initiator", "P3=20000", "-o", "json"], more].concat());
    let (light, whole) = (snapshot(&[]), snapshot(&["--steps"]));
    assert_eq!(light.status.code(), Some(0));
    assert!(light.stdout == whole.stdout);
    // What the log has not is not passed over.
    for command in ["verify", "check", "snapshot"] {
        let more: &[&str] = if command == "snapshot" { &["--initiator", "P1"] } else { &[] };
        let output = clearcut([&[command, &log, "--execution", "3"], more].concat());
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{command}: {errors}");
        assert!(errors.contains("has no execution `3`"), "{command}: {errors}");
    }
    // As it is where each process has a file.
    let cut = ["--cut", "P1=30000 P2=30003 P3=29998 P4=29000 P5=31000"];
    let (code, of_one, _) = verify(&[&log], &cut);
    let text = std::fs::read_to_string(&log).unwrap();
    let files: Vec<String> = (1..=5)
        .map(|process| {
            let own = |line: &&str| line.starts_with(&format!("P{process}:"));
            let lines: Vec<&str> = text.lines().filter(own).chain([""]).collect();
            folder.file(&format!("P{process}.trace"), lines.join("\n")).to_string()
        })
        .collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let (code_of_several, of_several, errors) = verify(&files, &cut);
    assert_eq!((code, code_of_several), (Some(1), Some(1)), "{errors}");
    for part in ["counts", "violations", "nearest", "max"] {
        assert_eq!(of_one[part], of_several[part], "{part}");
    }
    // Each of the two sends what the other waits for.
    let mut text = std::fs::read_to_string(&log).unwrap();
    let lines = text.lines().count();
    let circle = ["P1: receive b", "P1: send a -> P2", "P2: receive a", "P2: send b -> P1"];
    text += &circle.join("\n");
    std::fs::write(&log, text).unwrap();
    let output = clearcut(["verify", log.as_str(), "--rest", "end"]);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{errors}");
    for (number, line) in (lines + 1..).zip(circle) {
        let shown = format!("{number} │ {line}\n");
        assert!(errors.contains(&shown), "{shown}\n{errors}");
    }
}

/// In a large log whose events have times, a moment is a cut after all events up to it, whatever the order of the log; and
/// where that is not causal, the order of the times is that of a run.
#[test]
fn a_moment_of_a_large_log_is_a_cut() {
    let folder = Folder::new("moment");
    let log = folder.file("moment.trace", "");
    for more in [&[][..], &["--grouped"]] {
        let made = ["generate", "--events", "220000", "--processes", "5", "--times", "--out", log.as_str()];
        let made = clearcut([&made[..], more].concat());
        assert_eq!(made.status.code(), Some(0), "{}", String::from_utf8_lossy(&made.stderr));
        assert!(std::fs::metadata(&log).unwrap().len() > 4 << 20, "too small to be read so");
        // Ten thousand a second, the first at the start of the year.
        let (code, report, errors) = verify(&[&log], &["--at", "2026-01-01T00:00:20Z"]);
        let inside: u64 = report["cut"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
        assert_eq!((code, inside), (Some(0), 200_001), "{errors}");
        // Its first event is shown to whoever asks for a moment before it.
        let (code, _, errors) = verify(&[&log], &["--at", "2025-01-01T00:00:00Z"]);
        let text = std::fs::read_to_string(&log).unwrap();
        let first = 1 + text.lines().position(|line| line.contains("2026-01-01T00:00:00.000000Z")).unwrap();
        let told = format!("warning: the time is before every event of the log ({log}:{first}:1): is it of");
        assert!(code == Some(0) && errors.starts_with(&told), "{told}\n{errors}");
        let snapshot =
            |more: &[&str]| clearcut([&["snapshot", &log, "--initiator", "P3=30000", "-o", "json"], more].concat());
        let (light, whole) = (snapshot(&[]), snapshot(&["--steps"]));
        assert_eq!(light.status.code(), Some(0));
        assert!(light.stdout == whole.stdout);
        let order = if more.is_empty() { "log" } else { "time" };
        let report: Value = serde_json::from_slice(&light.stdout).unwrap();
        assert_eq!(report["order"], order);
        assert_eq!(clearcut(["check", log.as_str()]).status.code(), Some(0));
    }
}

/// Cuts of a large log are judged and shown as a trace that keeps all events tells it.
fn same_verdicts(path: &str) {
    let text = std::fs::read(path).unwrap();
    let mut violated = 0;
    let cuts = [
        "P1=1000 P2=1000 P3=1000 P4=1000 P5=1000",
        "P1=end P2=50000 P3=end P4=30000 P5=start",
        "P1=30000 P2=30003 P3=29998 P4=29000 P5=31000",
    ];
    for spec in cuts {
        let (code, large, errors) = verify(&[path], &["--cut", spec]);
        let trace = whole(path, &text);
        let entries = clearcut::format::cut::parse(spec).unwrap();
        let cut = clearcut::cut::spec::resolve(&trace, &entries, None).unwrap();
        let found = clearcut::cut::verify(&trace, cut, true).unwrap();
        let report = serde_json::to_value(clearcut::report::verify::VerifyReport::new(&trace, &found, true)).unwrap();
        assert_eq!(code, Some(i32::from(report["verdict"] == "violated")), "{errors}");
        assert_eq!(large, report);
        // The lines that people are shown are looked up, as only few are.
        let output = clearcut(["verify", path, "--cut", spec]);
        let order = CausalOrder::of(&trace).unwrap();
        let proof = verify_text::proof(&trace, &order, &found);
        let text = verify_text::text(&trace, &order, &found, &proof, false);
        assert!(String::from_utf8(output.stdout).unwrap() == text, "{text}");
        violated += usize::from(report["verdict"] == "violated");
    }
    assert!(violated > 0, "the answers are told apart by nothing");
}

/// A run that goes along with the reading tells what one over the whole trace tells, of which the steps take all events.
#[test]
fn snapshots_of_large_logs_of_many_processes_are_the_same() {
    let folder = Folder::new("many");
    let log = folder.file("many.trace", "");
    let path = log.as_str();
    let made = clearcut(["generate", "--events", "300000", "--processes", "40", "--seed", "5", "--out", path]);
    assert_eq!(made.status.code(), Some(0), "{}", String::from_utf8_lossy(&made.stderr));
    for delivery in ["prompt", "late"] {
        let args = ["snapshot", path, "--initiator", "P3=3000", "--initiator", "P7", "--delivery", delivery];
        let snapshot = |more: &[&str]| clearcut([&args, more].concat());
        let (along, whole) = (snapshot(&["-o", "json"]), snapshot(&["-o", "json", "--steps"]));
        assert_eq!(along.status.code(), Some(0));
        assert!(along.stdout == whole.stdout);
        let text = String::from_utf8(snapshot(&[]).stdout).unwrap();
        assert!(text.starts_with("holds: the run records this cut") && text.contains("P3 after 3000 events"), "{text}");
    }
}

/// An initiator that is nowhere in a large log is told as by who reads it with all events, as clocks ask for.
#[test]
fn an_initiator_that_a_large_log_does_not_have_is_told_the_same() {
    let folder = Folder::new("nowhere");
    let log = folder.file("nowhere.trace", "");
    let path = log.as_str();
    let made = clearcut(["generate", "--events", "100000", "--processes", "40", "--seed", "4", "--out", path]);
    assert_eq!(made.status.code(), Some(0));
    let text = std::fs::read_to_string(path).expect("it was made");
    std::fs::write(path, text.replacen(": step", " here: step", 1)).expect("the log can be written");
    for wrong in [&["P77"][..], &["P1=9999999"], &["P1=her"], &["P1=3", "P77=1"], &["P1", "P1=2"]] {
        let initiators: Vec<&str> = wrong.iter().flat_map(|&one| ["--initiator", one]).collect();
        let told = |more: &[&str]| {
            let output = clearcut([&["snapshot", path][..], &initiators, more].concat());
            (output.status.code(), String::from_utf8(output.stderr).expect("it writes UTF-8"))
        };
        let (code, errors) = told(&[]);
        assert!(code == Some(2) && !errors.is_empty(), "{wrong:?} {errors}");
        assert_eq!((code, errors), told(&["--clocks"]), "{wrong:?}");
    }
}

/// What a snapshot of a large log leaves open is told with the lines, as of a log that is read with all events.
#[test]
fn an_undetermined_snapshot_of_a_large_log_names_its_lines() {
    let folder = Folder::new("lacking");
    let log = folder.file("lacking.trace", "");
    let path = log.as_str();
    let made = clearcut(["generate", "--events", "300000", "--processes", "5", "--seed", "4", "--out", path]);
    assert_eq!(made.status.code(), Some(0), "{}", String::from_utf8_lossy(&made.stderr));
    let mut text = "P1: send first-lost -> P2\nP2: receive first-lots\n".to_string().into_bytes();
    text.extend(std::fs::read(&log).unwrap());
    text.extend((0..20).flat_map(|i| format!("P2: receive lost{i} <- P3\n").into_bytes()));
    std::fs::write(&log, &text).unwrap();
    let trace = whole(path, &text);
    let [p3, p4] = ["P3", "P4"].map(|name| trace.process(name).unwrap());
    for (process, position) in [(p3, 20_000), (p4, 0)] {
        let request = Request {
            algorithm: Algorithm::ChandyLamport,
            initiators: vec![Initiator { process, position }],
            delivery: Delivery::Prompt,
            fixes: Vec::new(),
            clocks: true,
        };
        let taken = clearcut::snapshot::take(&trace, request).unwrap();
        let shown = snapshot_text::text(&trace, &taken, &None, false);
        let report = serde_json::to_value(SnapshotReport::new(&trace, &taken, &None)).unwrap();
        let start = format!("{}={position}", trace.name(process));
        let run = |how: &str| clearcut(["snapshot", path, "--initiator", &start, "-o", how]);
        let (by_text, by_json) = (run("text"), run("json"));
        assert_eq!((by_text.status.code(), by_json.status.code()), (Some(2), Some(2)));
        assert!(shown.contains("lacking.trace:"), "{shown}");
        assert!(String::from_utf8(by_text.stdout).unwrap() == shown, "{shown}");
        assert_eq!(serde_json::from_slice::<Value>(&by_json.stdout).unwrap(), report);
    }
}

/// Few events with long lines are drawn like others.
#[test]
fn a_large_log_of_few_events_is_drawn() {
    let folder = Folder::new("few");
    let comment = format!("# {}\n", "x".repeat(1000)).repeat(17_000);
    let log = folder.file("few.trace", format!("P1: send m -> P2\n{comment}P2: receive m\n"));
    let output = clearcut(["verify", log.as_str(), "--rest", "end"]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("--m!-"), "{text}");
}

fn whole(name: &str, text: &[u8]) -> clearcut::trace::Trace {
    let source = std::sync::Arc::new(clearcut::source::Source::from_text(name, text));
    let mut builder = clearcut::trace::Builder::new();
    builder.source(source.clone());
    clearcut::format::text::read(&source, &mut builder);
    builder.finish().unwrap_or_else(|_| panic!("a generated log reads"))
}
