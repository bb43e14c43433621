//! Where a log cannot support a verdict there is none, and what it rests on is told.

#[path = "support/schemas.rs"]
mod schemas;
mod support;

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
