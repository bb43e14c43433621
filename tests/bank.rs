//! The bank of `examples/bank`, run for real: processes of the operating system, TCP, snapshots while money moves; and
//! what `clearcut` says of the logs, which are also judged here by the definitions.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use support::clearcut;

/// The example, which `cargo test` builds beside the tests.
fn example() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    let profile = test.parent().and_then(Path::parent).expect("tests lie in target/PROFILE/deps");
    let path = profile.join("examples").join(format!("bank{}", std::env::consts::EXE_SUFFIX));
    assert!(path.is_file(), "{} is missing: cargo build --example bank (`cargo test` does)", path.display());
    path
}

/// A folder for the logs of one run, removed with it.
struct Run {
    folder: PathBuf,
    logs: Vec<String>,
    snapshots: usize,
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Run {
    fn new(seed: u64, processes: usize, transfers: usize, snapshots: usize, bug: Option<&str>) -> Self {
        let name = format!("bank-{}-{seed}-{processes}-{}", std::process::id(), bug.unwrap_or("right"));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let number = |option: &str, value: u64| [format!("--{option}"), value.to_string()];
        let mut command = Command::new(example());
        command.args(number("seed", seed)).args(number("processes", processes as u64));
        command.args(number("transfers", transfers as u64)).args(number("snapshots", snapshots as u64));
        command.arg("--out").arg(&folder);
        if let Some(bug) = bug {
            command.args(["--bug", bug]);
        }
        let output = command.output().expect("the example starts");
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
        let log = |number| folder.join(format!("bank.p{number}.jsonl")).display().to_string();
        Self { logs: (1..=processes).map(log).collect(), folder, snapshots }
    }

    /// The exit status and report of a command on all logs.
    fn ask(&self, command: &str, args: &[&str]) -> (Option<i32>, Value) {
        let all = [command].into_iter().chain(self.logs.iter().map(String::as_str)).chain(args.iter().copied());
        let output = clearcut(all.chain(["-o", "json"]));
        let report = serde_json::from_slice(&output.stdout);
        (output.status.code(), report.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr))))
    }

    fn judge(&self, snapshot: usize) -> (Option<i32>, Value) {
        self.ask("verify", &["--snapshot", &format!("s{snapshot}")])
    }

    fn lines(&self) -> Vec<Vec<Value>> {
        let read = |log: &String| std::fs::read_to_string(log).expect("the log that was written");
        let parse = |text: String| text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        self.logs.iter().map(read).map(parse).collect()
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// All the money that a snapshot claims, and all there was at first.
fn money(run: &Run, snapshot: usize) -> (u64, u64) {
    let lines = run.lines();
    let all = || lines.iter().flatten();
    let balance = |line: &Value| line["state"]["balance"].as_u64().expect("a balance");
    let amounts: BTreeMap<&str, u64> = all()
        .filter(|line| line["payload"].is_object())
        .map(|line| (text(&line["message"]), line["payload"]["amount"].as_u64().expect("an amount")))
        .collect();
    let id = format!("s{snapshot}");
    let records: Vec<&Value> = all().filter(|line| line["snapshot"] == id.as_str()).collect();
    assert_eq!(records.len(), run.logs.len(), "every process recorded {id}");
    let channels = records.iter().flat_map(|record| record["channels"].as_object().expect("claims").values());
    let messages = channels.flat_map(|content| content.as_array().expect("a content"));
    let moving: u64 = messages.map(|message| amounts[text(message)]).sum();
    let first = all().filter(|line| line["event"] == "process").map(balance).sum();
    (records.into_iter().map(balance).sum::<u64>() + moving, first)
}

/// The messages in transit at the cut that the log recorded, by the definition: channel, ids in the order of sending.
fn in_transit(run: &Run, snapshot: usize) -> BTreeMap<(String, String), Vec<String>> {
    let lines = run.lines();
    let id = format!("s{snapshot}");
    let inside = |process: &[Value]| -> Vec<Value> {
        let before = process.iter().take_while(|line| line["snapshot"] != id.as_str());
        before.filter(|line| line["message"].is_string()).cloned().collect()
    };
    let inside: Vec<Value> = lines.iter().flat_map(|process| inside(process)).collect();
    let received: BTreeSet<&str> =
        inside.iter().filter(|line| line["event"] == "receive").map(|line| text(&line["message"])).collect();
    let mut channels: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for send in inside.iter().filter(|line| line["event"] == "send") {
        if !received.contains(text(&send["message"])) {
            let channel = (text(&send["process"]).to_string(), text(&send["to"]).to_string());
            channels.entry(channel).or_default().push(text(&send["message"]).to_string());
        }
    }
    channels
}

/// The contents of the channels in a report.
fn reported(report: &Value) -> BTreeMap<(String, String), Vec<String>> {
    let channels = report["channels"].as_array().expect("channels").iter();
    let ids = |channel: &Value| {
        let messages = channel["messages"].as_array().expect("messages").iter();
        messages.map(|message| text(&message["message"]).to_string()).collect()
    };
    channels.map(|c| ((text(&c["from"]).to_string(), text(&c["to"]).to_string()), ids(c))).collect()
}

fn holds(run: &Run, snapshot: usize) {
    let (exit, report) = run.judge(snapshot);
    assert_eq!((exit, &report["verdict"]), (Some(0), &Value::from("holds")), "s{snapshot}: {report}");
    let recorded = &report["recorded"];
    let answers = ["states", "channels", "protocol"].map(|key| text(&recorded[key]));
    assert_eq!(answers, ["match", "match", "obeyed"], "{report}");
    assert_eq!(recorded["complete"], true);
    let conserve = ["--snapshot", &format!("s{snapshot}"), "--conserve", "balance=amount"];
    assert_eq!(run.ask("verify", &conserve).0, Some(0), "the cut conserves the money");
    let (claimed, first) = money(run, snapshot);
    assert_eq!(claimed, first, "the snapshot conserves the money");
    assert_eq!(reported(&report), in_transit(run, snapshot));
}

/// The log obeys the system model whatever its snapshots are worth; of these `check` says what is known of each.
fn is_checked(run: &Run, verdicts: &[&str]) {
    let (exit, report) = run.ask("check", &[]);
    let violated = verdicts.contains(&"violated");
    assert_eq!(exit, Some(i32::from(violated)), "{report}");
    let findings = report["findings"].as_array().expect("findings");
    assert!(findings.iter().all(|finding| finding["severity"] == "note"), "{report}");
    assert_eq!(report["trace"]["fifo"], true);
    let snapshots = report["snapshots"].as_array().expect("snapshots").iter();
    let mut judged: Vec<(&str, &str)> = snapshots.map(|s| (text(&s["snapshot"]), text(&s["verdict"]))).collect();
    judged.sort();
    let ids: Vec<String> = (1..=verdicts.len()).map(|snapshot| format!("s{snapshot}")).collect();
    assert_eq!(judged, ids.iter().map(String::as_str).zip(verdicts.iter().copied()).collect::<Vec<_>>(), "{report}");
}

#[test]
fn right_runs_hold() {
    for (seed, processes, transfers, snapshots) in [(1, 4, 50, 2), (2, 3, 30, 5), (3, 2, 20, 3), (4, 6, 12, 8)] {
        let run = Run::new(seed, processes, transfers, snapshots, None);
        is_checked(&run, &vec!["holds"; snapshots]);
        let (_, report) = run.judge(1);
        assert_eq!(report["trace"]["messages"], processes * transfers);
        (1..=snapshots).for_each(|snapshot| holds(&run, snapshot));
        // A snapshot starts while a transfer is unread: none of them is empty.
        assert!((1..=snapshots).all(|snapshot| !in_transit(&run, snapshot).is_empty()));
    }
}

/// A mistake shows in s1 in every run, in what it is a mistake of; the other snapshots of the run hold.
fn is_found(bug: &str, rule: &str, wrong: &str, answer: &str) {
    for seed in 1..=4 {
        let run = Run::new(seed, 3, 8, 3, Some(bug));
        is_checked(&run, &["violated", "holds", "holds"]);
        let (exit, report) = run.judge(1);
        assert_eq!((exit, &report["verdict"]), (Some(1), &Value::from("violated")), "{bug}: {report}");
        let recorded = &report["recorded"];
        assert_eq!((&recorded["complete"], &recorded[wrong]), (&Value::from(true), &Value::from(answer)), "{report}");
        let differences = recorded["differences"].as_array().expect("differences");
        let found = differences.iter().find(|difference| difference["rule"] == rule);
        let found = found.unwrap_or_else(|| panic!("{bug} is not named {rule}: {report}"));
        assert_eq!(found["process"], "p1", "{report}");
        let file = text(&found["at"]["file"]);
        assert!(file.ends_with("bank.p1.jsonl"), "{file}");
        if bug == "marker-late" {
            // Received inside the cut, or recorded in the channel that it was not in.
            let harm = report["consistent"] == false || recorded["channels"] == "differ";
            assert!(harm, "{report}");
        } else {
            let rules: Vec<&Value> = differences.iter().map(|difference| &difference["rule"]).collect();
            // A channel that is not recorded to its marker breaks the protocol too.
            let expected: Vec<Value> =
                if rule == "channel" { vec!["channel".into(), "closed-early".into()] } else { vec![rule.into()] };
            assert_eq!((rules, &report["consistent"]), (expected.iter().collect(), &Value::from(true)), "{report}");
        }
        assert_eq!(reported(&report), in_transit(&run, 1));
        let (claimed, first) = money(&run, 1);
        assert_ne!(claimed, first, "{bug} loses or makes money");
        (2..=run.snapshots).for_each(|snapshot| holds(&run, snapshot));
    }
}

#[test]
fn a_late_marker_is_found() {
    is_found("marker-late", "marker-late", "protocol", "broken");
}

#[test]
fn a_forgotten_channel_is_found() {
    is_found("channel-forgotten", "channel", "channels", "differ");
}

#[test]
fn a_recording_that_stopped_early_is_found() {
    is_found("recording-stopped-early", "channel", "channels", "differ");
}

#[test]
fn a_state_recorded_late_is_found() {
    is_found("state-after-next-event", "state", "states", "differ");
}
