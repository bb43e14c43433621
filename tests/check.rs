//! `clearcut check` as it is run: verdicts, exit statuses, whole reports.

#[path = "support/schemas.rs"]
mod schemas;

use std::path::{Path, PathBuf};
use std::process::Command;

use std::sync::Arc;

use clearcut::cut::spec::named_mistakes;
use clearcut::generate::Settings;
use clearcut::report::check::{Checked, skew_text, verdict};
use clearcut::source::Source;
use clearcut::trace::Builder;
use clearcut::trace::audit::{Audit, skew};
use schemas::Schemas;
use serde_json::{Value, json};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs the command in a folder: exit status, standard output, standard error.
fn run(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_clearcut")).args(args).current_dir(folder).output();
    let out = out.expect("the command of this project starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("what it prints is text");
    (out.status.code().expect("it ends by itself"), text(out.stdout), text(out.stderr))
}

/// A folder with these files, of one test alone.
fn folder(test: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("check").join(test);
    std::fs::create_dir_all(&folder).expect("a folder of the tests");
    for (name, text) in files {
        std::fs::write(folder.join(name), text).expect("a file of the tests");
    }
    folder
}

/// The report as text, with the exit status.
fn text(test: &str, files: &[(&str, &str)]) -> String {
    let names: Vec<&str> = files.iter().map(|file| file.0).collect();
    let (code, out, err) = run(&folder(test, files), &[&["check"], names.as_slice()].concat());
    assert_eq!(err, "");
    format!("{out}exit {code}\n")
}

/// The report as JSON, which its schema accepts, with the exit status.
fn report(folder: &Path, args: &[&str]) -> (i32, Value) {
    let (code, out, err) = run(folder, &[&["check", "-o", "json"], args].concat());
    assert_eq!(err, "", "{args:?}");
    let report: Value = serde_json::from_str(&out).expect("one object");
    let validator = Schemas::read(root().join("grammar")).validator("check");
    let errors: Vec<String> = validator.iter_errors(&report).map(|e| format!("{e} at {}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{args:?}: {errors:?}");
    let verdicts = ["holds", "violated", "undetermined"];
    assert_eq!(report["verdict"], verdicts[code as usize], "{args:?}");
    (code, report)
}

/// Rule and lines of each finding.
fn rules(report: &Value) -> Vec<(String, Vec<u64>)> {
    let lines =
        |finding: &Value| finding["at"].as_array().unwrap().iter().map(|at| at["line"].as_u64().unwrap()).collect();
    let row = |finding: &Value| (finding["rule"].as_str().unwrap().to_string(), lines(finding));
    report["findings"].as_array().unwrap().iter().map(row).collect()
}

const CHANNELS: &str = "\
process A
process B
process C
channel A -> B
channel B -> C unordered
A: send m1 -> B    @ 5
A: send m2 -> B    @ 9
A: send m3 -> B    @ 8
A: send m3 -> B    @ 10
B: receive m2      @ 7
B: receive m1      @ 9
B: receive m1      @ 10
B: receive m3      @ 5
B: send n1 -> C
B: send n2 -> C
C: receive n2
C: receive n1
C: receive n9 <- B
";

#[test]
fn messages_in_text() {
    insta::assert_snapshot!(text("messages", &[("log.trace", CHANNELS)]));
}

#[test]
fn messages_in_json() {
    let (code, report) = report(&folder("messages-json", &[("log.trace", CHANNELS)]), &["log.trace"]);
    assert_eq!((code, &report["verdict"]), (1, &json!("violated")));
    assert_eq!(
        report["trace"],
        json!({"processes": ["A", "B", "C"], "events": 13, "messages": 6, "fifo": false, "channels": 2})
    );
    assert_eq!(report["lines"], json!({"read": 18, "events": 13, "skipped": 0}));
    let keys: Vec<&String> = report.as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 7, "{keys:?}");
    assert_eq!((&report["skew"][0]["least"], &report["skew"][0]["most"]), (&json!(null), &json!(-3)));
    let wanted: [(&str, &[u64]); 8] = [
        ("duplicate", &[12, 11, 6]),
        ("reused-id", &[9, 8]),
        ("overtaking", &[10, 11, 7, 6]),
        ("unsent", &[18]),
        ("receive-before-send", &[13, 8]),
        ("time-went-down", &[8, 7]),
        ("time-went-down", &[13, 12]),
        ("unreceived", &[9]),
    ];
    let found = rules(&report);
    let wanted: Vec<_> = wanted.iter().map(|(rule, lines)| (rule.to_string(), lines.to_vec())).collect();
    assert_eq!(&found[..8], wanted.as_slice());
    assert_eq!(found[8..], [("reordered".to_string(), vec![16, 17, 15, 14])]);
    let first = &report["findings"][2]["at"][0];
    assert_eq!(first, &json!({"file": "log.trace", "line": 10, "process": "B", "event": 1}));
}

#[test]
fn a_lost_message_breaks_fifo_and_a_message_in_transit_does_not() {
    let lost = text("lost", &[("log.trace", "A: send m1 -> B\nA: send m2 -> B\nA: send m3 -> B\nB: receive m2\n")]);
    insta::assert_snapshot!(lost);
}

#[test]
fn a_cycle_is_shown_hop_by_hop() {
    let files = [
        ("p1.trace", "P1: receive m3 <- P3\nP1: send m1 -> P2\n"),
        ("p2.trace", "P2: receive m1\nP2: send m2 -> P3\n"),
        ("p3.trace", "P3: receive m2\nP3: step\nP3: send m3 -> P1\n"),
    ];
    insta::assert_snapshot!(text("cycle", &files));
}

/// Of each process one fault: jumped, stood still, went down, merge forgotten, from nowhere, unknown, starts late.
const CLOCKS: &str = r#"
{"process":"A","event":"send","message":"a1","to":"B","clock":{"A":1}}
{"process":"A","event":"step","clock":{"A":3}}
{"process":"A","event":"send","message":"a2","to":"C","clock":{"A":4}}
{"process":"B","event":"receive","message":"a1","clock":{"A":1,"B":1}}
{"process":"B","event":"step","clock":{"A":1,"B":1}}
{"process":"B","event":"step","clock":{"A":1,"B":1}}
{"process":"B","event":"step","clock":{"B":2}}
{"process":"C","event":"receive","message":"a2","clock":{"C":1}}
{"process":"C","event":"step","clock":{"C":2,"B":1}}
{"process":"C","event":"step","clock":{"C":3,"B":1,"X":4}}
{"process":"D","event":"step","clock":{"D":7}}
"#;

#[test]
fn logged_clocks() {
    insta::assert_snapshot!(text("clocks", &[("log.jsonl", CLOCKS.trim_start())]));
}

#[test]
fn findings_beyond_the_first_are_counted() {
    let mut log = String::new();
    for i in 0..130 {
        log += &format!("A: send m{i} -> B\n");
    }
    log += "A: send last -> B\nB: receive last\n";
    let folder = folder("many", &[("log.trace", log.as_str())]);
    let (code, report) = report(&folder, &["log.trace"]);
    assert_eq!(code, 1);
    assert_eq!(rules(&report).iter().filter(|(rule, _)| rule == "lost").count(), 100);
    assert_eq!(report["unlisted"], json!({"lost": 30}));
    let (_, text, _) = run(&folder, &["check", "log.trace"]);
    assert!(text.starts_with("violated: 130 errors, 1 note\n"), "{text}");
    assert!(text.contains("  and 120 more like this\n"), "{text}");
}

/// A large log is audited by its messages alone: what is found, and on which lines, is what all its events tell.
#[test]
fn a_large_log_is_audited_as_a_small_one() {
    let folder = folder("large", &[]);
    for (name, unordered) in [("fifo.trace", false), ("unordered.trace", true)] {
        let settings = Settings { processes: 20, events: 300_000, unordered, in_flight: 900, ..Settings::default() };
        let mut text = Vec::new();
        settings.write(&mut text).expect("a log is made");
        assert!(text.len() > 4 << 20, "too small to be read so");
        text.extend(
            b"P1: send m1 -> P2\nP1: send again -> P2\nP1: send again -> P2\nP2: receive again\nP2: receive ghost\n",
        );
        text.extend(b"P3 here: step @ 12\nP3: step @ 11\ncut odd = P1=99999999\n");
        // Lines that are named beside a finding, and not by it.
        text.extend(b"P6: send order1 -> P5\nP5: receive oder1\n");
        text.extend(
            b"P7: send slow -> P8 @ 1\nP8: receive slow @ 21\nP8: send soon -> P7 @ 50\nP7: receive soon @ 2\n",
        );
        std::fs::write(folder.join(name), &text).expect("a file of the tests");
        let (code, report) = report(&folder, &[name]);
        assert_eq!(code, 1);

        let source = Arc::new(Source::from_text(name, text));
        let mut builder = Builder::new();
        builder.source(source.clone());
        clearcut::format::text::read(&source, &mut builder);
        let trace = builder.finish().unwrap();
        let mut audit = Audit::of(&trace);
        for (name, address, mistake) in named_mistakes(&trace) {
            audit.add_named_cut(address, name, mistake.what, mistake.help);
        }
        let checked = Checked::new(&trace, &audit, None).with_snapshots(&trace, &[], verdict(&audit));
        let checked = checked.with_skews(&trace, &skew::of(&trace));
        let (_, shown, _) = run(&folder, &["check", name]);
        assert_eq!(shown, clearcut::report::check::text(&checked) + &skew_text(&trace, &skew::of(&trace), false));
        assert!(
            shown.contains(&format!("never received [{name}:")) && shown.contains(&format!("P8 receives [{name}:"))
        );
        assert_eq!(report, serde_json::to_value(checked.report()).unwrap());
        let found: Vec<String> = rules(&report).into_iter().map(|(rule, _)| rule).collect();
        for rule in ["reused-id", "unsent", "named-cut", "time-went-down", "unreceived"] {
            assert!(found.iter().any(|found| found == rule), "{rule}: {found:?}");
        }
        assert_eq!(found.contains(&"overtaking".into()), unordered);
    }
}

#[test]
fn a_log_with_holes_gives_no_verdict() {
    let (code, report) = report(root(), &["traces/lost-send.undetermined.trace"]);
    assert_eq!((code, &report["verdict"]), (2, &json!("undetermined")));
    // One of two files of a run.
    let (code, _) = self::report(root(), &["traces/branches.holds.p1.jsonl"]);
    assert_eq!(code, 2);
    let (code, report) = self::report(root(), &["traces/branches.holds.p1.jsonl", "traces/branches.holds.p2.jsonl"]);
    assert_eq!((code, &report["verdict"]), (0, &json!("holds")));
}

#[test]
fn nothing_to_check_is_no_verdict() {
    let folder = folder("nothing", &[("empty.trace", ""), ("0.clocks", "1 0\n"), ("1.clocks", "0 1\n")]);
    for args in [&["empty.trace"][..], &["no-such-file"], &["0.clocks", "1.clocks"]] {
        let (code, out, err) = run(&folder, &[&["check"], args].concat());
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}");
        assert!(err.starts_with("error: ") && err.contains("help: "), "{err}");
    }
}

const EXECUTIONS: &str = "\
(?<host>\\S*) (?<clock>{.*})\\n(?<event>.*)
=== (?<trace>.*) ===
=== good ===
a {\"a\":1}
send
b {\"b\":1,\"a\":1}
receive
=== bad ===
a {\"a\":1}
start
b {\"b\":1,\"a\":1}
receive
b {\"b\":2}
lost its memory
";

#[test]
fn every_execution_is_checked() {
    let folder = folder("executions", &[("two.log", EXECUTIONS)]);
    let (code, report) = report(&folder, &["two.log"]);
    assert_eq!((code, &report["verdict"]), (1, &json!("violated")));
    let [good, bad] = report["executions"].as_array().unwrap().as_slice() else { panic!("{report}") };
    assert_eq!((&good["label"], &good["verdict"]), (&json!("good"), &json!("holds")));
    assert_eq!((&bad["label"], &bad["verdict"]), (&json!("bad"), &json!("violated")));
    assert_eq!(rules(bad)[0], ("clock-went-down".to_string(), vec![13, 11]));
    for (execution, code) in [("good", 0), ("1", 0), ("bad", 1), ("2", 1), ("3", 2)] {
        assert_eq!(run(&folder, &["check", "two.log", "--execution", execution]).0, code, "{execution}");
    }
    insta::assert_snapshot!(run(&folder, &["check", "two.log"]).1);
}

#[test]
fn real_logs() {
    let corpus = std::env::var_os("CLEARCUT_CORPUS").map_or_else(|| root().join("../shared/corpus"), PathBuf::from);
    if !corpus.is_dir() {
        return eprintln!("skipped: no corpus at {}", corpus.display());
    }
    let files = |folder: &str, end: &str| {
        let entries = std::fs::read_dir(corpus.join(folder)).expect("a folder of the corpus");
        let names = entries.map(|entry| entry.expect("an entry").path().display().to_string());
        let mut names: Vec<String> = names.filter(|name| name.ends_with(end)).collect();
        names.sort();
        assert!(!names.is_empty());
        names
    };
    let clean = |args: &[&str]| {
        let (code, report) = report(&corpus, args);
        assert_eq!(code, 0, "{args:?}");
        let executions = report["executions"].as_array().cloned().unwrap_or_else(|| vec![report.clone()]);
        for finding in executions.iter().flat_map(|e| e["findings"].as_array().unwrap()) {
            assert_eq!(finding["severity"], "note", "{args:?}: {finding}");
        }
    };
    for log in files("shiviz", ".log") {
        if !log.ends_with("shiviz-ls.log") {
            clean(&[&log]);
            continue;
        }
        let (code, report) = report(&corpus, &[&log]);
        let errors = report["findings"].as_array().unwrap().iter().filter(|f| f["severity"] != "note");
        let found: Vec<_> =
            errors.map(|f| (f["rule"].as_str().unwrap(), f["at"][0]["line"].as_u64().unwrap())).collect();
        assert_eq!(found, [("clock-went-down", 215), ("clock-went-down", 235), ("clock-went-down", 271)]);
        assert_eq!(code, 1);
    }
    for log in files("cos418", ".jsonl") {
        clean(&[&log]);
    }
    let parts = files("govector", ".txt");
    clean(&parts.iter().map(String::as_str).collect::<Vec<_>>());
}
