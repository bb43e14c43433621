//! Input that is not what was meant: what it is, and how to go on.

mod support;

use std::io::Write;
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;
use support::clearcut;
use support::folder::Folder;

/// Exit status, standard output, standard error.
fn run(args: &[&str]) -> (Option<i32>, String, String) {
    let output = clearcut(args);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn what_is_no_text_in_utf8_is_told_with_what_makes_it_one() {
    let folder = Folder::new("bytes");
    let wide: Vec<u8> = "\u{FEFF}A: step\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let wide = folder.file("wide.log", wide);
    let (code, out, err) = run(&["check", &wide]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.contains("wide.log: it is text in UTF-16") && err.contains("iconv -f UTF-16 -t UTF-8"), "{err}");
    let mut archive = vec![0; 1024];
    archive[..8].copy_from_slice(b"node.log");
    archive[257..262].copy_from_slice(b"ustar");
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(&archive).expect("into memory");
    for (name, bytes) in [("logs.tar", archive.clone()), ("logs.tgz", packed.finish().expect("into memory"))] {
        let (code, _, err) = run(&["verify", &folder.file(name, bytes), "--rest", "end"]);
        assert!(code == Some(2) && err.contains("it is a tar archive") && err.contains("tar -xf"), "{err}");
    }
}

#[test]
fn a_byte_order_mark_is_no_character_of_a_line() {
    let folder = Folder::new("mark");
    let log = folder.file("a.log", "\u{FEFF}starting\nA send m\n");
    let (_, out, _) = run(&["check", &log, "--pattern", r"^(?<process>\w) (?<event>send) (?<message>\w)"]);
    assert!(out.contains("a.log:1: starting\n"), "{out:?}");
    // Columns are counted behind it, in a problem and in a finding.
    let wrong = folder.file("b.trace", "\u{FEFF}A: jump\nA: jump\n");
    let (_, _, err) = run(&["check", &wrong]);
    assert!(err.contains("b.trace:1:4") && err.contains("b.trace:2:4"), "{err}");
    let (_, json, _) = run(&["check", &wrong, "-o", "json"]);
    assert_eq!(json.matches("\"column\":4").count(), 2, "{json}");
}

#[test]
fn the_formats_are_listed_where_they_are_asked_for() {
    for word in ["help", "list"] {
        let (code, out, err) = run(&["check", "--format", word]);
        assert_eq!((code, err.as_str()), (Some(0), ""));
        assert!(out.starts_with("  trace ") && out.contains("\n  clocks "), "{out}");
    }
    let (code, out, err) = run(&["check", "--format", "nope", "x"]);
    assert!(code == Some(2) && out.is_empty() && err.contains("  maelstrom "), "{err}");
}

#[test]
fn an_execution_of_a_log_that_has_one_is_told_so() {
    let folder = Folder::new("execution");
    for (name, text) in [("a.trace", "A: step\n"), ("a.log", "A {\"A\":1}\nfirst\n")] {
        let (code, _, err) = run(&["check", &folder.file(name, text), "--execution", "second"]);
        assert!(code == Some(2) && err.contains("has no execution `second`"), "{err}");
        assert!(err.contains("it is one execution: leave --execution out"), "{err}");
    }
}

#[test]
fn recorded_clocks_are_for_verify_whatever_is_asked_of_them() {
    let folder = Folder::new("clocks");
    folder.file("c-0.out", "1 0\n");
    folder.file("c-1.out", "0 1\n");
    let path = folder.path();
    for args in
        [&["check", path][..], &["clocks", path], &["convert", path, "--to", "trace"], &["relate", path, "a=1", "b=1"]]
    {
        let (code, _, err) = run(args);
        let wanted = format!("every snapshot of them is judged by: clearcut verify {path}\n");
        assert!(code == Some(2) && err.contains("recorded clocks alone") && err.ends_with(&wanted), "{args:?} {err}");
    }
    assert_eq!(run(&["verify", path]).0, Some(0));
}

#[test]
fn numbered_files_of_clocks_are_those_of_the_processes() {
    let folder = Folder::new("numbered");
    // Process k has k + 1 events, and nobody knows of anyone else's.
    let clock = |k: usize| (0..11).map(|i| if i == k { (k + 1).to_string() } else { "0".into() }).collect::<Vec<_>>();
    let names: Vec<String> = (0..11).map(|k| folder.file(&format!("c-{k}.out"), clock(k).join(" ") + "\n")).collect();
    let files: Vec<&str> = names.iter().map(String::as_str).collect();
    let judged = |files: &[&str]| run(&[&["verify", "-o", "json"], files].concat());
    let (code, wanted, err) = judged(&files);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(!wanted.contains("warnings"), "{wanted}");
    // As a shell sorts them.
    let mut sorted = files.clone();
    sorted.sort_unstable();
    let (code, out, err) = judged(&sorted);
    assert_eq!((code, &out), (Some(0), &wanted));
    assert!(
        err.starts_with("note: the numbers in the names are taken for those of the processes: ")
            && err.contains("c-9.out, ")
    );
    // An order that someone chose stays, and is doubted.
    sorted.swap(0, 5);
    let (_, out, err) = judged(&sorted);
    assert!(out.contains("was given before") && err.is_empty(), "{out} {err}");
}

#[test]
fn clocks_whose_last_line_is_cut_are_judged_without_it() {
    let folder = Folder::new("cut");
    let (a, b) = (folder.file("a.out", "1 0\n12 3\n"), folder.file("b.out", "0 1\n4 15"));
    let (code, out, _) = run(&["verify", &a, &b]);
    // The second one may be anything.
    assert_eq!(code, Some(2));
    assert!(
        out.starts_with("undetermined: 1 of 1 snapshots")
            && out.contains("1 is not judged")
            && out.contains("b.out:2: the last line is cut short and left out: 4 15"),
        "{out}"
    );
    assert!(out.contains("warning: snapshot 2 is left out: not every file has it whole"), "{out}");
    // Both without a line end: that is how they are written.
    let a = folder.file("a.out", "1 0\n12 3");
    let (_, out, _) = run(&["verify", &a, &b]);
    assert!(out.contains("2 of 2 snapshots") && !out.contains("warning"), "{out}");
}

/// The numbers of a log count from 1970 for a date, in the unit that makes them one.
#[test]
fn a_date_finds_its_place_among_numbers_of_any_unit() {
    let folder = Folder::new("units");
    for (unit, zeros) in [("s", ""), ("ms", "000"), ("us", "000000"), ("ns", "000000000")] {
        let line = |event: &str, second: u64| {
            format!("{{\"process\":\"P\",\"event\":\"step\",\"label\":\"{event}\",\"time\":{second}{zeros}}}\n")
        };
        let log = folder.file(unit, line("a", 1_777_636_800) + &line("b", 1_777_636_801));
        let (status, out, err) = run(&["verify", &log, "--at", "2026-05-01T12:00:00.5Z", "-o", "json"]);
        assert!(status == Some(0) && out.contains(r#""cut":{"P":1}"#) && err.is_empty(), "{unit}: {out}{err}");
    }
}

#[test]
fn lines_without_a_process_or_of_another_log_say_how_to_go_on() {
    let folder = Folder::new("foreign");
    let unnamed = folder.file("node-1.log", "{\"event\":\"step\"}\n");
    let (status, _, err) = run(&["check", &unnamed]);
    assert!(status == Some(2) && err.contains("--process-from-file 'node-(.*)\\.log'"), "{err}");
    let nested = folder.file("a.log", "{\"host\":{\"name\":\"a\"},\"event\":{\"kind\":\"SENT\"}}\n");
    let (status, _, err) = run(&["check", &nested]);
    assert!(status == Some(2) && err.contains("--field process=host.name"), "{err}");
    let (status, _, err) = run(&["check", &unnamed, "--process-from-file", "nod-(.*)"]);
    assert!(status == Some(2) && err.contains("keeps that one"), "{err}");
}

/// What is no text, far down, does not make a log one of no known format.
#[test]
fn bytes_that_are_no_text_are_told_with_their_line() {
    let folder = Folder::new("no_text");
    let line = r#"{"TracerIdentity":"a","TraceID":1,"Tag":"Local","Body":{},"VectorClock":{"a":1}}"#;
    let bytes = [line.as_bytes(), b"\n{\"TracerIdentity\":\"\xFF\"}\n"].concat();
    let (status, _, err) = run(&["check", &folder.file("a.log", bytes)]);
    assert!(status == Some(2) && err.contains("a.log:2:20") && err.contains("expected UTF-8"), "{err}");
}

#[test]
fn spans_without_an_id_are_told_with_their_line() {
    let folder = Folder::new("no_id");
    let spans = "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[\n{\"name\":\"a\"},\n{\"spanId\":12}\n]}]}]}\n";
    let (status, _, err) = run(&["check", &folder.file("otlp.json", spans)]);
    assert!(status == Some(2) && err.contains("none of its 2 spans has an id that can be read"), "{err}");
    assert!(err.contains("`name` [") && err.contains("otlp.json:2:3]"), "{err}");
    let zipkin = "[\n{\"traceId\":\"ab\",\"id\":5.5,\"timestamp\":7}]\n";
    let (_, _, err) = run(&["check", &folder.file("zipkin.json", zipkin), "--format", "zipkin"]);
    assert!(err.contains("its one span has no id that can be read") && err.contains("zipkin.json:2:3]"), "{err}");
}

#[test]
fn a_pattern_that_is_no_regular_expression_says_how_to_mend_it() {
    let folder = Folder::new("no_regex");
    let log = folder.file("a.log", "a\n");
    let (status, _, err) = run(&["check", &log, "--pattern", "(?<process>"]);
    assert!(status == Some(2) && err.contains("unclosed") && err.contains("help:"), "{err}");
}

#[test]
fn numbered_files_are_told_by_their_names_alone() {
    let folder = Folder::new("numbered_names");
    let clock = |at: usize| (0..11).map(|i| if i == at { "1" } else { "0" }).collect::<Vec<_>>().join(" ") + "\n";
    let files: Vec<String> = (0..11).map(|at| folder.file(&format!("c-{at}.out"), clock(at))).collect();
    let mut args: Vec<&str> = files.iter().map(String::as_str).collect();
    args.sort_unstable();
    args.insert(0, "verify");
    let (status, _, err) = run(&args);
    assert!(status == Some(0) && err.contains("processes: c-0.out, c-1.out, c-2.out, "), "{err}");
}

#[test]
fn a_file_that_is_unlike_the_others_can_be_asked_what_is_wrong_with_it() {
    let folder = Folder::new("unlike");
    let (a, b) = (folder.file("a.clocks", "1 0\n2 0\n"), folder.file("b.clocks", "0 1\n-1 2\n"));
    let (status, _, err) = run(&["verify", &a, &b]);
    assert!(status == Some(2) && err.contains("b.clocks is of no format") && err.contains("--format clocks"), "{err}");
    let (status, _, err) = run(&["verify", &a, &b, "--format", "clocks"]);
    assert!(status == Some(2) && err.contains("b.clocks:2:1"), "{err}");
    let (a, b) = (folder.file("a.jsonl", "{\"process\":\"P\",\"event\":\"step\"}\n"), folder.file("b.x", "{\n"));
    let (status, _, err) = run(&["check", &a, &b]);
    assert!(status == Some(2) && err.contains("--format jsonl"), "{err}");
}

#[test]
fn a_snapshot_that_the_log_does_not_see_to_its_end_is_undetermined_in_the_first_line() {
    let folder = Folder::new("unended");
    let log = folder.file("a.trace", "A: record s\nA: send marker s -> B\nA: step\nB: step\n");
    let (status, out, _) = run(&["check", &log]);
    assert!(
        status == Some(2) && out.lines().next().is_some_and(|line| line.contains("recorded is undetermined")),
        "{out}"
    );
}

/// What `--all` cannot do is not advised.
#[test]
fn the_way_on_where_channels_are_not_fifo_can_be_gone() {
    let folder = Folder::new("not_fifo");
    let text = "channel A -> B unordered\nA: send m -> B\nA: send n -> B\nB: receive n\nB: receive m\n";
    let log = folder.file("a.trace", text);
    let (status, _, err) = run(&["snapshot", &log, "--initiator", "A", "--all"]);
    assert!(status == Some(2) && err.contains("--algorithm lai-yang` (without --all)"), "{err}");
    assert_eq!(run(&["snapshot", &log, "--initiator", "A", "--algorithm", "lai-yang"]).0, Some(0));
}

/// Whoever asks for help on a command sees what it does before all that can be said of formats.
#[test]
fn the_help_has_a_commands_own_options_first() {
    for (command, own) in [("check", "--skew"), ("verify", "--cut"), ("snapshot", "--initiator"), ("convert", "--to")] {
        let (status, out, _) = run(&[command, "--help"]);
        let place = |text: &str| out.find(text).unwrap_or_else(|| panic!("{command}: no {text}"));
        let own = place(&format!("\n      {own}"));
        assert!(status == Some(0) && own < place("\nHow the log is read:\n"), "{out}");
        for option in ["--execution", "--format", "--pattern", "--process-key"] {
            assert!(place("\nHow the log is read:\n") < place(&format!("      {option} <")), "{out}");
        }
    }
}

#[test]
fn convert_counts_one_line_as_one() {
    let folder = Folder::new("one_line");
    let log = folder.file("a.log", "P send m Q\nno record\n");
    let pattern = r"^(?<process>\w) (?<event>send) (?<message>\w) (?<to>\w)$";
    let (status, out, err) = run(&["convert", &log, "--pattern", pattern, "--to", "trace"]);
    assert_eq!((status, out.as_str()), (Some(0), "P: send m -> Q\n"));
    assert!(err.contains("one piece of text is no record"), "{err}");
}

const A: &str =
    "{\"process\":\"A\",\"event\":\"step\",\"time\":1}\n{\"process\":\"A\",\"event\":\"receive\",\"message\":\"m\"}\n";
const B: &str = "{\"process\":\"B\",\"event\":\"step\",\"time\":1}\n{\"process\":\"B\",\"event\":\"send\",\"message\":\"m\",\"to\":\"A\"}\n";

#[test]
fn what_is_read_is_not_written_over() {
    let folder = Folder::new("hint-over");
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
    let folder = Folder::new("hint-question");
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
    let folder = Folder::new("hint-pipe");
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
    let folder = Folder::new("hint-banner");
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
    let folder = Folder::new("hint-words");
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

/// As `gzip -k` leaves them side by side.
#[test]
fn a_log_is_read_once_however_often_it_is_there() {
    let folder = Folder::new("hint-once");
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
    let folder = Folder::new("hint-ids");
    let span = r#"{"traceId":"01","spanId":"aa","name":"call","kind":3,"startTimeUnixNano":"1","endTimeUnixNano":"9"}"#;
    let log = folder.file("o.json", format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}}"#));
    let (code, _, err) = run(&["check", &log]);
    assert!(code == Some(2) && err.contains("16 hex digits") && err.contains("the first is `aa`"), "{err}");
}
