//! The command `snapshot`, as users run it.

#[path = "support/schemas.rs"]
mod schemas;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn run(log: Option<&str>, args: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_clearcut"))
        .current_dir(root().join("traces"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut stdin = child.stdin.take().expect("it has a standard input");
    // It may have closed it after a usage error.
    let _ = stdin.write_all(log.unwrap_or("").as_bytes());
    drop(stdin);
    child.wait_with_output().expect("the command ends")
}

/// Snapshot of a log on standard input: exit code, standard output, diagnostics.
fn snapshot(log: &str, args: &[&str]) -> (i32, String, String) {
    let args: Vec<&str> = ["snapshot", "-", "--format", "trace"].iter().chain(args).copied().collect();
    let output = run(Some(log), &args);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it writes UTF-8");
    (output.status.code().expect("it exits"), text(output.stdout), text(output.stderr))
}

fn json(log: &str, args: &[&str]) -> (i32, Value) {
    let args: Vec<&str> = args.iter().chain(&["-o", "json"]).copied().collect();
    let (code, out, errors) = snapshot(log, &args);
    (code, serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out}{errors}")))
}

fn trace(name: &str) -> String {
    std::fs::read_to_string(root().join("traces").join(name)).expect("a trace")
}

/// The lecture's run: P1 starts after C; P3 hears of it from P1 after I, P2 from P3 after G.
const LECTURE: [&str; 8] =
    ["--initiator", "P1=C", "--delivery", "late", "--marker", "P1->P3=I", "--marker", "P3->P2=G"];

#[test]
fn the_lecture_is_told_step_by_step() {
    let log = trace("three-processes.holds.trace");
    let args: Vec<&str> = LECTURE.iter().chain(&["--marker", "P3->P1=C", "--steps"]).copied().collect();
    let (code, out, errors) = snapshot(&log, &args);
    assert_eq!((code, errors.as_str()), (0, ""));
    insta::assert_snapshot!("lecture_steps", out);
}

#[test]
fn the_order_is_changed_where_a_fixed_marker_needs_it() {
    let (code, report) = json("P2: step\nP1: step\n", &["--initiator", "P1=1", "--marker", "P1->P2=0"]);
    assert_eq!((code, &report["order"], &report["cut"]["P2"]), (0, &"topological".into(), &0.into()));
}

#[test]
fn known_answers() {
    let facts: Vec<Value> = serde_json::from_str(&trace("facts.json")).expect("facts are JSON");
    let mut asked = 0;
    for fact in facts.iter().filter(|fact| fact["command"] == "snapshot") {
        let texts = |key: &str| -> Vec<&str> {
            fact[key].as_array().map_or(vec![], |texts| texts.iter().filter_map(Value::as_str).collect())
        };
        let mut args = vec!["snapshot", "-o", "json"];
        args.extend(texts("traces"));
        args.extend(texts("args"));
        if let Some(name) = fact["conserved"]["variable"].as_str() {
            args.extend(["--conserve", name]);
        }
        let output = run(None, &args);
        assert_eq!(output.status.code().map(i64::from), fact["exit"].as_i64(), "{fact}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {fact}"));
        for (key, value) in fact["report"].as_object().expect("a fact has a report") {
            assert_eq!(&report[key], value, "{key} of {fact}");
        }
        assert_eq!(report["conserve"]["total"], fact["conserved"]["total"], "{fact}");
        asked += 1;
    }
    assert!(asked > 0, "there are facts about snapshots");
}

#[test]
fn tokens_are_235_from_everywhere_in_every_delivery() {
    let log = trace("tokens.holds.trace");
    let deliveries: [&[&str]; 4] = [
        &["--delivery", "prompt"],
        &["--delivery", "late"],
        &["--delivery", "random", "--seed", "1"],
        &["--algorithm", "lai-yang"],
    ];
    let mut cuts = std::collections::BTreeSet::new();
    for process in ["P1", "P2", "P3"] {
        for position in 0..=2 {
            for delivery in deliveries {
                let initiator = format!("{process}={position}");
                let args: Vec<&str> =
                    ["--initiator", &initiator, "--conserve", "tokens"].iter().chain(delivery).copied().collect();
                let (code, report) = json(&log, &args);
                assert_eq!((code, &report["conserve"]["total"]), (0, &235.into()), "{args:?}");
                assert_eq!(report["conserve"]["holds"], true);
                cuts.insert(report["cut"].to_string());
            }
        }
    }
    assert!(cuts.len() > 5, "{cuts:?}");
}

#[test]
fn a_quantity_that_is_not_conserved_is_a_violation_also_for_verify() {
    let log = "process A x=0.30\nprocess B x=0\nA: send m(x=0.1) -> B x=0.2\nB: receive m x=0.1\n";
    // B has lost a part of what it received.
    let lossy = log.replace("receive m x=0.1", "receive m x=0.05");
    let (code, report) = json(&lossy, &["--initiator", "A=1", "--conserve", "x", "--delivery", "late"]);
    assert_eq!((code, &report["verdict"], &report["consistent"]), (1, &"violated".into(), &true.into()));
    let output =
        run(Some(log), &["verify", "-", "--format", "trace", "--cut", "A=1 B=1", "--conserve", "x", "-o", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    // 0.2 + 0.1 is 0.3, exactly.
    assert_eq!((output.status.code(), &report["verdict"]), (Some(0), &"holds".into()));
    let (code, _, errors) = snapshot(log, &["--initiator", "A", "--conserve", "y"]);
    assert_eq!(code, 2);
    assert!(errors.contains("no process has `y`"), "{errors}");
}

#[test]
fn a_run_that_does_not_end_says_who_waits_for_what() {
    let (code, report) = json("A: send m7 -> B\nB: step\n", &["--initiator", "A=1"]);
    assert_eq!((code, &report["verdict"], &report["complete"]), (2, &"undetermined".into(), &false.into()));
    let wanted = serde_json::json!([{"process": "B", "blocked": [{"from": "A", "messages": ["m7"]}]}]);
    assert_eq!((&report["unrecorded"], &report["cut"]), (&wanted, &serde_json::json!({"A": 1})));
    let log = "process A\nprocess B\nprocess C\nchannel A -> B\nchannel C -> A\n";
    let (code, out, _) = snapshot(log, &["--initiator", "A", "--steps"]);
    assert_eq!(code, 2);
    assert!(out.contains("C  no channel leads to it from an initiator"), "{out}");
}

#[test]
fn what_may_be_in_a_channel_is_no_snapshot_that_holds() {
    let log = "P1: send m -> P2, P3\nP2: receive m <- P1\nP2: send n -> P1\nP2: receive zz\nP3: step\n";
    let (code, report) = json(log, &["--initiator", "P1=1"]);
    assert_eq!((code, &report["verdict"], &report["consistent"]), (2, &"undetermined".into(), &true.into()));
    let at = serde_json::json!([{"file": "<stdin>", "line": 4, "process": "P2", "event": 3}]);
    let hole = serde_json::json!([{"message": "zz", "to": "P2", "received": 3, "at": at}]);
    assert_eq!((&report["perhaps_in_transit"], &report["complete"]), (&hole, &true.into()));
    let (code, out, _) = snapshot(log, &["--initiator", "P1=1"]);
    assert_eq!(code, 2);
    for part in ["as far as the log shows", "P2#3 receives zz [<stdin>:4]: was it sent inside the cut?"] {
        assert!(out.contains(part), "no {part} in\n{out}");
    }
    let (code, out, _) = snapshot(log, &["--initiator", "P1=1", "--all"]);
    assert_eq!(code, 2);
    assert!(out.contains("the log lacks the send of zz, which P2 receives [<stdin>:4]"), "{out}");
    // The cut is consistent all the same; verify says so, and says what it does not know.
    let verify = |args: &[&str]| {
        let args: Vec<&str> = ["verify", "-", "--format", "trace"].iter().chain(args).copied().collect();
        let output = run(Some(log), &args);
        (output.status.code(), String::from_utf8(output.stdout).expect("UTF-8"))
    };
    let cut = ["--cut", "P1=1 P2=1 P3=0"];
    let (code, out) = verify(&cut);
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("P2#3 receives zz [<stdin>:4]: was it sent inside the cut?"), "{out}");
    assert!(out.contains("(all others are empty, as far as the log shows)"), "{out}");
    let (code, out) = verify(&[&cut[..], &["-o", "json"]].concat());
    let report: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, &report["perhaps_in_transit"]), (Some(0), &hole));
    // A message of P1 that is known to be sent outside arrives first: what comes behind it was sent outside too.
    let log = "process P1 x=1\nprocess P2 x=0\nP1: step\nP1: send m -> P2\nP2: receive m\nP2: receive zz <- P1\n";
    let (code, report) = json(log, &["--initiator", "P1=1", "--conserve", "x"]);
    assert_eq!((code, report.get("perhaps_in_transit"), &report["conserve"]["holds"]), (0, None, &true.into()));
    let (code, report) = json(log, &["--initiator", "P1=2", "--conserve", "x"]);
    assert_eq!((code, &report["perhaps_in_transit"][0]["from"]), (2, &"P1".into()));
    assert_eq!(report["conserve"]["holds"], Value::Null);
}

#[test]
fn a_message_lost_between_others_is_refused_with_both() {
    let log =
        "P1: send m1a -> P2\nP1: send m1b -> P2\nP1: send m2 -> P2\nP2: receive m1b <- P1\nP2: receive m2 <- P1\n";
    // The marker behind m1a had to come before m2, which P2 has received where it records.
    let (code, out, errors) = snapshot(log, &["--initiator", "P1=2", "--initiator", "P2=2"]);
    assert_eq!((code, out.as_str()), (2, ""));
    let lost = "m1a from P1 to P2 was never received [<stdin>:1], and m2, sent after it, was [<stdin>:5]";
    assert!(errors.contains(lost) && errors.contains("--algorithm lai-yang"), "{errors}");
    let (code, report) = json(log, &["--initiator", "P1=2", "--initiator", "P2=2", "--algorithm", "lai-yang"]);
    assert_eq!((code, &report["trace"]["fifo"]), (0, &true.into()));
    // Where P2 records before, m1a and m1b are what the channel holds, and the marker waits behind them.
    let (code, report) = json(log, &["--initiator", "P1=2", "--initiator", "P2=0", "--delivery", "late"]);
    assert_eq!((code, report["channels"][0]["messages"].as_array().map(Vec::len)), (0, Some(2)));
    // A first marker that waits behind it comes after the log.
    let (code, report) = json(log, &["--initiator", "P1=2"]);
    assert_eq!((code, &report["unrecorded"][0]["blocked"][0]["messages"][0]), (2, &"m1a".into()));
}

#[test]
fn a_marker_within_an_event_arrives_there() {
    let log = "process A\nprocess B\nA: send m -> B\nA: send n -> B\nB: receive m, n <- A\nB: step\n";
    let args = ["--initiator", "A=1", "--initiator", "B", "--delivery", "late"];
    let (code, report) = json(log, &args);
    let marker = serde_json::json!({"from": "A", "to": "B", "sent": 1, "arrived": null, "first": false, "within": 1});
    assert_eq!((code, &report["markers"][0]), (0, &marker));
    let (_, out, _) = snapshot(log, &[&args[..], &["--steps"]].concat());
    assert!(out.contains("duplicate marker, from A, within B#1, between two messages of it: A -> B = <m>"), "{out}");
    assert!(out.contains("terminated: every process has recorded and every channel is closed"), "{out}");
}

#[test]
fn who_names_no_position_is_told_how() {
    let log = "A b: step\nA: step\n\"it's me\" \"x y\": step\n";
    let hint = |args: &[&str]| {
        let (code, out, _) = snapshot(log, args);
        assert_eq!(code, 0, "{out}");
        out.lines().find_map(|line| line.strip_prefix("hint: ")).map(String::from)
    };
    let start = "A starts before its first event, as no position is named; later, for example: --initiator A=1 or A=b";
    assert_eq!(hint(&["--initiator", "A"]).as_deref(), Some(start));
    assert_eq!(hint(&["--initiator", "A=start"]), None);
    assert_eq!(hint(&["--initiator", "A=2"]), None);
    let (_, out, _) = snapshot("A start: step\n", &["--initiator", "A"]);
    assert!(out.contains(r#"--initiator A=1 or 'A="start"'"#), "{out}");
    let quoted = hint(&["--initiator", "\"it's me\""]).expect("a hint");
    assert!(quoted.ends_with(r#"--initiator '"it'\''s me"=1' or '"it'\''s me"="x y"'"#), "{quoted}");
}

#[test]
fn reports_are_valid_by_the_schema() {
    let validator = schemas::Schemas::read(root().join("grammar")).validator("snapshot");
    let lecture = trace("three-processes.holds.trace");
    let logs: [(&str, &[&str]); 7] = [
        (&lecture, &LECTURE),
        ("A: send m -> B\nA: send o -> B\nB: receive m, o <- A\n", &["--initiator", "A=1", "--initiator", "B"]),
        (&lecture, &["--initiator", "P1=2", "--initiator", "P3=end", "--delivery", "random"]),
        (&lecture, &["--initiator", "P2=2", "--algorithm", "lai-yang"]),
        ("B: send m -> A\nA: receive m\nA: send m7 -> B\nB: step\n", &["--initiator", "A=2"]),
        ("process A x=1\nA: step\nB: receive lost <- A\nB: step\n", &["--initiator", "B=2", "--conserve", "x"]),
        ("process A x=1\nA: step\nB: receive lost <- A\nB: step\n", &["--initiator", "B=0", "--conserve", "x"]),
    ];
    for (log, args) in logs {
        let (_, report) = json(log, args);
        let errors: Vec<String> =
            validator.iter_errors(&report).map(|e| format!("{e} at {}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}\n{report}");
    }
}

#[test]
fn reports_on_all_cuts_are_valid_by_their_schema() {
    let validator = schemas::Schemas::read(root().join("grammar")).validator("snapshot-all");
    let lecture = trace("three-processes.holds.trace");
    let logs: [(&str, &[&str]); 4] = [
        (&lecture, &["--initiator", "P1=C", "--all"]),
        (&lecture, &["--initiator", "P1=C", "--initiator", "P3=1", "--all", "--limit", "2"]),
        ("A: send lost -> B\nB: step\n", &["--initiator", "A=1", "--all"]),
        ("A: step\nB: receive lost <- A\n", &["--initiator", "A=1", "--all"]),
    ];
    for (log, args) in logs {
        let (_, report) = json(log, args);
        let errors: Vec<String> =
            validator.iter_errors(&report).map(|e| format!("{e} at {}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}\n{report}");
        assert_eq!(report.get("undetermined").is_some(), log.contains("receive lost"));
    }
}

#[test]
fn what_cannot_be_asked_is_said_with_a_way_to_mend_it() {
    let log = trace("three-processes.holds.trace");
    let says = |log: &str, args: &[&str], wanted: &[&str]| {
        let (code, out, errors) = snapshot(log, args);
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}");
        for part in wanted {
            assert!(errors.contains(part), "{args:?}: no {part} in\n{errors}");
        }
    };
    says(&log, &[], &["--initiator"]);
    says(&log, &["--initiator", "P1=X"], &["no event labelled `X`"]);
    says(&log, &["--initiator", "P9"], &["unknown process `P9`"]);
    says(&log, &["--initiator", "P1", "--initiator", "P1=2"], &["twice"]);
    says(&log, &["--initiator", "P1=C", "--marker", "P1->P2=E"], &["overtake BF", "P2#2 (F)"]);
    says(
        &log,
        &["--initiator", "P1=D", "--marker", "P1->P2=F"],
        &["cycle", "P2#3 (G) happens before P1#4 (D) through GD"],
    );
    says(&log, &["--initiator", "P1", "--marker", "P1-P2=3"], &["expected `->`"]);
    says(&log, &["--initiator", "P1", "--marker", "P1->P2"], &["expected `=` and a position"]);
    says(&log, &["--initiator", "P1", "--marker", "P1->P1=0"], &["no channel to itself"]);
    says(&log, &["--initiator", "P1", "--seed", "4"], &["--delivery random"]);
    says(&log, &["--initiator", "P1", "--algorithm", "lai-yang", "--delivery", "late"], &["no markers"]);
    says(&trace("overtaking.violated.trace"), &["--initiator", "P1=a"], &["m2 overtook m1", "lai-yang"]);
}

#[test]
fn an_unordered_channel_makes_lai_yang_the_default() {
    let log = trace("overtaking-allowed.holds.trace");
    let (code, report) = json(&log, &["--initiator", "P1=a"]);
    assert_eq!((code, &report["algorithm"], report.get("delivery")), (0, &"lai-yang".into(), None));
    let (_, out, _) = snapshot(&log, &["--initiator", "P1=a"]);
    assert!(out.contains("declared unordered"), "{out}");
}

/// Real logs with a snapshot in them: from any process, whatever the delivery, the cut is consistent and tokens stay.
#[test]
fn snapshots_of_real_logs_are_consistent() {
    let corpus = std::env::var_os("CLEARCUT_CORPUS").map_or_else(|| root().join("../shared/corpus"), PathBuf::from);
    let folder = corpus.join("cos418");
    if !folder.is_dir() {
        println!("skipped: no corpus");
        return;
    }
    let mut asked = 0;
    let logs = |path: &Path| path.extension().is_some_and(|e| e == "jsonl");
    let files = std::fs::read_dir(folder).expect("the corpus").map(|file| file.expect("a file").path());
    for path in files.filter(|path| logs(path)) {
        let path = path.to_string_lossy().into_owned();
        for delivery in ["prompt", "late", "random"] {
            let args = ["--initiator", "N1", "--delivery", delivery, "--conserve", "tokens", "-o", "json"];
            let args: Vec<&str> = ["snapshot", &path].iter().chain(&args).copied().collect();
            let report: Value =
                serde_json::from_slice(&run(None, &args).stdout).unwrap_or_else(|e| panic!("{path}: {e}"));
            assert_eq!(report["complete"], true, "{path} {delivery}: {}", report["unrecorded"]);
            assert_eq!((&report["consistent"], &report["conserve"]["holds"]), (&true.into(), &true.into()), "{path}");
            asked += 1;
        }
    }
    assert!(asked > 0, "there are logs");
}
