//! Where a log cannot support a verdict there is none, and what it rests on is told.

#[path = "support/schemas.rs"]
mod schemas;
mod support;

use std::process::Command;

use schemas::Schemas;
use support::folder::Folder;
use support::{clearcut, root};

/// Exit status, standard output, standard error. What is for programs is valid.
fn run(args: &[&str]) -> (Option<i32>, String, String) {
    let output = clearcut(args);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let (code, out, err) = (output.status.code(), text(output.stdout), text(output.stderr));
    if args.ends_with(&["-o", "json"]) {
        let report: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{args:?}: {out}"));
        let schema = if report.get("errors").is_some() { "error" } else { args[0] };
        let validator = Schemas::read(root().join("grammar")).validator(schema);
        let errors: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{args:?}: {errors:?}");
    }
    (code, out, err)
}

const A: &str = "{\"process\":\"A\",\"event\":\"step\",\"time\":1}\n{\"process\":\"A\",\"event\":\"receive\",\"message\":\"m\",\"time\":3}\n";
const B: &str = "{\"process\":\"B\",\"event\":\"step\",\"time\":1}\n{\"process\":\"B\",\"event\":\"send\",\"message\":\"m\",\"to\":\"A\",\"time\":4}\n";

/// The next line may have been of an event inside.
#[test]
fn a_process_whose_log_is_cut_short_stands_nowhere_for_certain() {
    let folder = Folder::new("in-doubt-cut-short");
    let (a, b) = (folder.file("A.jsonl", A), folder.file("B.jsonl", B));
    assert_eq!(run(&["verify", &a, &b, "--at", "3.5"]).0, Some(1));
    let packed = support::packing::gzip(A);
    let cut = folder.file("cut.jsonl", &A[..70]);
    let cut_packed = folder.file("cut.gz", &packed[..75]);
    let note = "the log of A is cut short where it stands: what came next may have been inside";
    for a in [&cut, &cut_packed] {
        let (code, out, _) = run(&["verify", a, &b, "--at", "3.5"]);
        assert!(code == Some(2) && out.starts_with("undetermined: the times of the log do not say"), "{out}");
        assert!(out.contains(note), "{out}");
        let (_, json, _) = run(&["verify", a, &b, "--at", "3.5", "-o", "json"]);
        assert!(json.contains(r#""verdict":"undetermined","consistent":null"#) && json.contains(note), "{json}");
        // Elsewhere it stands where it does, as it does by number.
        assert_eq!(run(&["verify", a, &b, "--at", "0"]).0, Some(0));
        assert_eq!(run(&["verify", a, &b, "--cut", "A=1 B=1"]).0, Some(0));
    }
    // The file of another process.
    let (code, out, _) = run(&["verify", &a, &folder.file("B2.jsonl", &B[..80]), "--at", "B=0.5", "--at", "A=2"]);
    assert_eq!(code, Some(0), "{out}");
}

#[test]
fn a_process_whose_times_go_down_about_the_time_stands_nowhere_for_certain() {
    let folder = Folder::new("in-doubt-down");
    let log = folder.file(
        "log.trace",
        "A: step @ 1\nA: send m -> B @ 30\nA: send n -> B @ 2\nB: receive n @ 4\nB: receive m @ 31\n",
    );
    let (code, out, _) = run(&["verify", &log, "--at", "3"]);
    let note =
        "the times of A go down: A#2 [log.trace:2] is later than the time, and A#3 [log.trace:3] behind it is not";
    assert!(code == Some(2) && out.replace(folder.path(), "").replace("[/", "[").contains(note), "{out}");
    let (_, json, _) = run(&["verify", &log, "--at", "3", "-o", "json"]);
    assert!(json.contains(r#""consistent":null"#) && json.contains(note.split('[').next().unwrap()), "{json}");
    // What the cut as it is shown would break is shown.
    let (code, out, _) = run(&["verify", &log, "--at", "5", "-o", "json"]);
    assert!(code == Some(2) && out.contains(r#""orphans":[{"message":"n""#), "{out}");
    assert_eq!(run(&["verify", &log, "--at", "30"]).0, Some(0));
    // All of it is outside, and one event of it is before: nothing is said of the day.
    let log = folder.file("first.trace", "A: step @ 5\nA: step @ 3\nB: step @ 9\n");
    let (code, _, err) = run(&["verify", &log, "--at", "4"]);
    assert_eq!((code, err.as_str()), (Some(2), ""));
}

/// Where other processes stand is not in doubt, nor what they break.
#[test]
fn an_orphan_of_certain_ends_breaks_the_cut() {
    let folder = Folder::new("in-doubt-certain");
    let down = "A: step @ 1\nA: step @ 30\nA: step @ 2\n";
    let log = folder.file("log.trace", format!("{down}B: send m -> C @ 9\nC: receive m @ 4\n"));
    let (code, out, _) = run(&["verify", &log, "--at", "5"]);
    assert!(code == Some(1) && out.starts_with("violated: ") && out.contains("the times of A go down"), "{out}");
    assert_eq!(run(&["verify", &log, "--at", "5", "-o", "json"]).0, Some(1));
    // So it is beside a channel on which nobody knows what was received.
    let text = "channel A -> B unordered\nchannel B -> C\nA: send m -> B\nA: send m -> B\nB: receive m\nB: send n -> C\nC: receive n\n";
    let log = folder.file("again.trace", text);
    assert_eq!(run(&["verify", &log, "--cut", "A=2 B=1 C=1"]).0, Some(1));
    assert_eq!(run(&["verify", &log, "--cut", "A=0 B=1 C=0"]).0, Some(2));
}

/// That they belong to the event before them is an assumption.
#[test]
fn events_without_times_are_told() {
    let folder = Folder::new("in-doubt-untimed");
    let log =
        folder.file("log.trace", "A: step @ 1\nA: receive r\nA: step\nA: step @ 9\nB: step @ 2\nB: send r -> A @ 6\n");
    let (code, out, _) = run(&["verify", &log, "--at", "5"]);
    assert!(
        code == Some(1) && out.contains("and 1 more of A have no times: they are taken to belong to the event"),
        "{out}"
    );
    let (_, out, _) = run(&["verify", &log, "--at", "9"]);
    assert!(!out.contains("taken to belong"), "{out}");
}

#[test]
fn a_date_is_no_time_of_a_log_without_dates() {
    let folder = Folder::new("in-doubt-date");
    let log = folder.file("log", "23:00:01 A send 1\n23:00:02 B recv 1\n23:00:30 A send 2\n23:00:31 B recv 2\n");
    let pattern = r"^(?<time>\S+) (?<process>\S+) (?<event>\S+) (?<message>\S+)";
    let (code, out, err) = run(&["verify", &log, "--pattern", pattern, "--at", "2026-05-01T23:00:10Z"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.contains("`2026-05-01T23:00:10Z` has a date, and the times of `A` have none"), "{err}");
    let (code, out, _) = run(&["verify", &log, "--pattern", pattern, "--at", "23:00:10"]);
    assert!(code == Some(0) && out.contains("A  1 of 2"), "{out}");
    // Without seconds.
    let (code, out, _) = run(&["verify", &log, "--pattern", pattern, "--at", "23:00"]);
    assert!(code == Some(0) && out.contains("A  0 of 2"), "{out}");
}

/// A message to it is on its way.
#[test]
fn a_process_without_events_needs_no_time() {
    let folder = Folder::new("in-doubt-silent");
    let log = folder.file("log.trace", "A: send m -> C @ 1\nB: step @ 2\n");
    let (code, out, _) = run(&["verify", &log, "--at", "A=1", "--at", "B=1"]);
    assert!(code == Some(0) && out.contains("A -> C") && out.contains("<m>"), "{out}");
}

/// Members that are not those that are summed are no money that is lost.
#[test]
fn a_field_that_no_payload_has_is_no_loss() {
    let folder = Folder::new("in-doubt-field");
    let log = folder.file(
        "log.trace",
        "process A gold=5\nprocess B gold=1\nA: send m(amount=2) -> B gold=3\nB: receive m gold=3\n",
    );
    let (code, out, err) = run(&["verify", &log, "--cut", "A=1 B=0", "--conserve", "gold"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.contains("no payload has `gold`") && err.contains("--conserve gold=amount"), "{err}");
    assert_eq!(run(&["verify", &log, "--cut", "A=1 B=0", "--conserve", "gold=amount"]).0, Some(0));
    // Nothing is in the channels that could have it, and some of it is gone.
    let log = folder
        .file("gone.trace", "process A gold=5\nprocess B gold=1\nA: send m(amount=2) -> B gold=3\nB: receive m\n");
    assert_eq!(run(&["verify", &log, "--cut", "A=1 B=1", "--conserve", "gold"]).0, Some(1));
}

#[test]
fn what_is_read_is_not_written_over() {
    let folder = Folder::new("in-doubt-over");
    let (a, b) = (folder.file("a.jsonl", A), folder.file("b.jsonl", B));
    let dotted = a.replace("a.jsonl", "./a.jsonl");
    let (code, out, err) = run(&["convert", &a, &b, "--out", &dotted]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.contains("is both read and written"), "{err}");
    assert_eq!(std::fs::read_to_string(&a).unwrap(), A);
    assert_eq!(run(&["convert", &a, &b, "--out", &a.replace("a.jsonl", "c.jsonl")]).0, Some(0));
}

/// A question that is no question has an answer for programs too.
#[test]
fn programs_are_told_what_is_wrong_with_the_question() {
    let folder = Folder::new("in-doubt-question");
    let log = folder.file("log.trace", "A: step\ncut one = A=1\ncut two = A=0\n");
    for args in [&["--cut", "one", "--at", "1"][..], &["--nope"], &["--cut", "one", "--cut", "two"]] {
        let all = [&["verify", &log, "-o", "json"], args].concat();
        let (code, out, err) = run(&all);
        assert!(code == Some(2) && err.starts_with("error: "), "{err}");
        let report: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{args:?}: {out}"));
        let text = report["errors"][0]["text"].as_str().unwrap();
        assert_eq!((report["command"].as_str(), report["verdict"].as_str()), (Some("verify"), Some("undetermined")));
        assert!(err.lines().next().unwrap().ends_with(text) && !text.is_empty(), "{text}");
        assert_eq!(run(&[&["verify", &log], args].concat()).1, "");
    }
    let (_, _, err) = run(&["verify", &log]);
    assert!(err.contains("--cut NAME (the log names one, two)"), "{err}");
    // The name of one in a file.
    let name = folder.file("answer.txt", "one\n");
    let (code, out, _) = run(&["verify", &log, "--cut", &name]);
    assert!(code == Some(0) && out.contains("A  1 of 1"), "{out}");
}

/// From a pipe nothing may ever come.
#[cfg(unix)]
#[test]
fn a_pattern_leaves_pipes_out() {
    let folder = Folder::new("in-doubt-pipe");
    folder.file("a.trace", "A: step\n");
    let pipe = format!("{}/p", folder.path());
    let _ = std::fs::remove_file(&pipe);
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let (code, _, err) = run(&["check", &format!("{}/*", folder.path())]);
    assert!(code == Some(0) && err.contains("p (no regular file)"), "{err}");
}

/// What its name says, where its first line says nothing.
#[test]
fn a_log_with_a_banner_is_what_its_name_says() {
    let folder = Folder::new("in-doubt-banner");
    let log = folder.file("b.jsonl", "B started\n{\"process\":\"B\",\"event\":\"step\",\"time\":1}\n");
    let (code, _, err) = run(&["check", &log]);
    assert!(
        code == Some(2) && err.contains("b.jsonl:1:1") && err.contains("JSON") && !err.contains("b.jsonl:2"),
        "{err}"
    );
}

/// A line that a pattern matches, of a word that is none for what events do.
#[test]
fn words_without_a_meaning_are_told_with_what_gives_them_one() {
    let folder = Folder::new("in-doubt-words");
    let text = "1 A send 1\n2 B ingest 1\n3 B poll 0\n4 B ingest 2\n5 A send 2\n";
    let pattern = r"^(?<time>\S+) (?<process>\S+) (?<event>\S+) (?<message>\S+)";
    let log = folder.file("v.log", text);
    let (code, out, _) = run(&["check", &log, "--pattern", pattern]);
    assert_eq!(code, Some(0));
    let note = "nothing says what it means that an event is `ingest` (2 times), `poll` (once): such records are left out; \
                --value receive=ingest says it (or send=, step=, record=)";
    assert!(out.contains("note unknown-word: ") && out.contains(note) && out.contains("v.log:2: ingest"), "{out}");
    let (_, json, _) = run(&["verify", &log, "--pattern", pattern, "--rest", "end", "-o", "json"]);
    assert!(json.contains(note), "{json}");
    let (_, out, _) = run(&["check", &log, "--pattern", pattern, "--value", "receive=ingest", "--value", "step=*"]);
    assert!(!out.contains("unknown-word"), "{out}");
    // Objects too.
    let objects = text.lines().map(|line| {
        let parts: Vec<&str> = line.split(' ').collect();
        format!(
            "{{\"at\": {}, \"who\": \"{}\", \"did\": \"{}\", \"id\": \"{}\"}}\n",
            parts[0], parts[1], parts[2], parts[3]
        )
    });
    let log = folder.file("v.json", objects.collect::<String>());
    let fields = ["--field", "process=who", "--field", "event=did", "--field", "message=id"];
    let (_, out, _) = run(&[&["check", &log], &fields[..]].concat());
    assert!(out.contains(note) && out.contains("v.json:3: poll"), "{out}");
}

/// Of two messages of one id on a channel that may reorder either may be the one that was received.
#[test]
fn ids_that_are_sent_again_are_no_names() {
    let folder = Folder::new("in-doubt-again");
    let text = "A: send m -> B\nA: send m -> B\nB: receive m\n";
    let log = folder.file("log.trace", format!("channel A -> B unordered\n{text}"));
    let note = "ids are sent from A to B again while they are on their way, and that channel may reorder";
    for ask in [&["verify", &log, "--cut", "A=1 B=1"][..], &["snapshot", &log, "--initiator", "A=1"]] {
        let (code, out, _) = run(ask);
        assert!(code == Some(2) && out.starts_with("undetermined: ids do not say which message was received"), "{out}");
        assert!(out.contains(note), "{out}");
        let (code, json, _) = run(&[ask, &["-o", "json"]].concat());
        assert!(code == Some(2) && json.contains("\"consistent\":null") && json.contains(note), "{json}");
    }
    // On a FIFO channel it is the first.
    let log = folder.file("fifo.trace", text);
    let (code, out, _) = run(&["verify", &log, "--cut", "A=1 B=1"]);
    assert!(code == Some(0) && out.contains("ids are sent again while they are on their way (once;"), "{out}");
    // And elsewhere it is another message; so it is once the first has arrived.
    let texts = ["A: send m -> B, C\nB: receive m\nC: receive m\n", "A: send m -> B\nB: receive m\nA: send m -> B\n"];
    for (i, text) in texts.into_iter().enumerate() {
        let log = folder.file(&format!("{i}.trace"), text);
        let (code, out, _) = run(&["verify", &log, "--rest", "end"]);
        assert!(code == Some(0) && !out.contains("sent again"), "{out}");
    }
}

/// As `gzip -k` leaves them side by side.
#[test]
fn a_log_is_read_once_however_often_it_is_there() {
    let folder = Folder::new("in-doubt-once");
    let (a, b) = (folder.file("a.jsonl", A), folder.file("b.jsonl", B));
    folder.file("a.jsonl.gz", support::packing::gzip(A));
    let (code, out, err) = run(&["check", folder.path()]);
    assert!(code == Some(0) && out.contains("4 events"), "{out}");
    assert!(err.contains("left out of ") && err.contains("a.jsonl.gz (the same as another)"), "{err}");
    let copy = folder.file("copy.jsonl", A);
    let (code, _, err) = run(&["check", &a, &copy, &b]);
    assert!(code == Some(2) && err.contains("has the same text as ") && err.contains("a.jsonl"), "{err}");
}

#[test]
fn spans_without_ids_are_told_what_ids_are() {
    let folder = Folder::new("in-doubt-ids");
    let span = r#"{"traceId":"01","spanId":"aa","name":"call","kind":3,"startTimeUnixNano":"1","endTimeUnixNano":"9"}"#;
    let log = folder.file("o.json", format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}}"#));
    let (code, _, err) = run(&["check", &log]);
    assert!(code == Some(2) && err.contains("16 hex digits") && err.contains("the first is `aa`"), "{err}");
}
