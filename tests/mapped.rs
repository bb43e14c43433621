//! Logs of formats that are described and not known: `--pattern`, `--field`, `--value`, `--format-file`.

mod support;

use clearcut::generate::{Settings, Shape};
use serde_json::Value;
use support::folder::Folder;
use support::{clearcut, corpus};

/// What a command prints as JSON.
fn json(args: &[&str]) -> Value {
    let output = clearcut(args.iter().chain(&["-o", "json"]));
    let diagnostics = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{args:?}\n{diagnostics}"))
}

/// What a command says where it has no verdict.
fn refusal(args: &[&str]) -> String {
    let output = clearcut(args);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{args:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn generated(shape: Shape) -> Vec<u8> {
    let mut text = Vec::new();
    Settings { processes: 5, events: 400, shape, ..Settings::default() }.write(&mut text).unwrap();
    text
}

#[test]
fn our_own_formats_described_are_read_as_they_are() {
    let files = Folder::new("own");
    let (text, lines) =
        (files.file("g.trace", generated(Shape::Trace)), files.file("g.jsonl", generated(Shape::JsonLines)));
    let pattern = r"^(?<process>\S+): (?<event>\w+)(?: (?<message>\S+))?(?: -> (?<to>\S+))?(?: <- (?<from>\S+))?\s*$";
    let known = json(&["clocks", &text]);
    assert!(known["events"].as_array().unwrap().len() == 400);
    assert_eq!(known, json(&["clocks", &text, "--pattern", pattern]));
    let fields = ["process", "event", "message", "to", "from", "label", "time", "clock", "state"];
    let fields: Vec<String> = fields.iter().map(|name| format!("{name}=/{name}")).collect();
    let mut args = vec!["clocks", &lines];
    args.extend(fields.iter().flat_map(|field| ["--field", field]));
    assert_eq!(json(&["clocks", &lines]), json(&args));
    // An array of the same objects, over several lines.
    let objects = std::fs::read_to_string(&lines).unwrap();
    let array = format!("[\n{}\n]", objects.trim_end().replace('\n', ",\n"));
    let array = files.file("g.json", array);
    args[1] = &array;
    assert_eq!(json(&["clocks", &lines]), json(&args));
}

#[test]
fn senders_that_do_not_say_who_receives() {
    let files = Folder::new("receivers");
    // The receives stand in other files: m1 goes to both, m2 to nobody, m3 to its sender, m4 twice to one.
    let a = files.file("node-a.log", "1 snd m1\n2 snd m2\n3 snd m3\n4 rcv m3\n5 snd m4\n");
    let b = files.file("node-b.log", "1 rcv m1\r\nnoise\r\n2 rcv m4\r\n3 rcv m4\r\n");
    let c = files.file("node-c.log", "1 rcv m1\n");
    let format = files.file(
        "x.format",
        "# one file for each process\nprocess-from-file node-(.*)\\.log\npattern ^(?<time>\\d+) (?<event>\\w+) (?<message>\\w+)$\nvalue send = snd\nvalue receive = rcv\n",
    );
    let report = json(&["verify", &a, &b, &c, "--format-file", &format, "--cut", "a=5 b=2 c=0"]);
    assert_eq!(report["verdict"], "holds");
    let channels: Vec<(String, usize)> = (report["channels"].as_array().unwrap().iter())
        .map(|channel| (format!("{}", channel["to"]), channel["messages"].as_array().unwrap().len()))
        .collect();
    assert_eq!(channels, [("\"c\"".into(), 1), ("\"unknown-receiver\"".into(), 1)]);
    // A message of one's own is two steps.
    assert_eq!(report["trace"]["events"], 9);
    assert_eq!(report["trace"]["messages"], 4);
    let checked = json(&["check", &a, &b, &c, "--format-file", &format]);
    assert_eq!(checked["lines"]["skipped"], 1);
    let rules: Vec<&str> =
        checked["findings"].as_array().unwrap().iter().map(|f| f["rule"].as_str().unwrap()).collect();
    assert!(rules.contains(&"duplicate") && rules.contains(&"unreceived"), "{rules:?}");
}

#[test]
fn a_process_is_named_by_its_file() {
    let files = Folder::new("files");
    let a = files.file("node-a.jsonl", "{\"event\":\"send\",\"message\":\"m\",\"to\":\"b\"}\n");
    let b = files
        .file("node-b.jsonl", "{\"event\":\"receive\",\"message\":\"m\"}\n{\"process\":\"c\",\"event\":\"step\"}\n");
    let report = json(&["clocks", &a, &b, "--process-from-file", r"node-(.*)\.jsonl"]);
    let processes: Vec<&str> =
        report["events"].as_array().unwrap().iter().map(|event| event["process"].as_str().unwrap()).collect();
    assert_eq!(processes, ["a", "b", "c"]);
    assert!(refusal(&["check", &a, "--process-from-file", "nods-(.*)"]).contains("node-a.jsonl does not match"));
    assert!(refusal(&["check", &a, "--process-from-file", "node-.*"]).contains("0 groups and not one"));
    let text = files.file("node-a.log", "send m\n");
    let pattern = "(?<event>send) (?<message>m)";
    assert!(refusal(&["check", &text, "--pattern", pattern]).contains("nothing says whose events these are"));
    assert_eq!(json(&["check", &text, "--pattern", pattern, "--process-from-file", r"-(.)\.log"])["verdict"], "holds");
}

#[test]
fn patterns_are_tried_in_order_and_read_several_lines() {
    let files = Folder::new("patterns");
    let log = files.file(
        "x.log",
        b"a sends 1\nto b\nb got 1\n\xff\xfe noise\nb sets x=3 y=4.2.1\na stops\nb got \xff\n".as_slice(),
    );
    let args = |skip: usize| {
        let patterns = [
            r"^(?<process>\w) (?<send>sends) (?<message>\d)\nto (?<to>\w)$",
            r"^(?<process>\w) (?<receive>got) (?<message>.)$",
            r"^(?<process>\w) (?<step>sets) x=(?<x>\d) y=(?<y>\S+)$",
            r"^(?<process>\w) (?<step>.*)$",
        ];
        let mut args = vec!["check".to_owned(), log.clone()];
        args.extend(patterns.iter().skip(skip).flat_map(|pattern| ["--pattern".into(), (*pattern).into()]));
        args
    };
    let run = |args: Vec<String>| json(&args.iter().map(String::as_str).collect::<Vec<_>>());
    let checked = run(args(0));
    assert_eq!((&checked["lines"]["read"], &checked["lines"]["skipped"]), (&7.into(), &2.into()), "{checked}");
    assert_eq!((&checked["trace"]["events"], &checked["trace"]["messages"]), (&4.into(), &1.into()));
    let mut verify = args(0);
    verify[0] = "verify".into();
    verify.extend(["--cut".into(), "a=2 b=2".into()]);
    assert_eq!(run(verify)["states"]["b"], serde_json::json!({"x": 3, "y": "4.2.1"}));
}

#[test]
fn a_pattern_sees_as_many_lines_as_it_says() {
    let files = Folder::new("one-line");
    let log = files.file("x.log", "a sets\nx 1\r\na sets\tx 2\r\nb sets\n\nb\rsets x 3\n");
    let events = |pattern: &str| {
        let checked = json(&["check", &log, "--pattern", pattern]);
        (checked["trace"]["events"].as_u64().unwrap_or(0), checked["lines"]["skipped"].as_u64().unwrap_or(0))
    };
    // White space is no line end, whatever else it is; a line end is one with `\r` before it as well.
    assert_eq!(events(r"^(?<process>\w) (?<step>sets)\s+x"), (1, 4));
    assert_eq!(events(r"^(?<process>\w) (?<step>sets)[^,]*"), (3, 2));
    assert_eq!(events(r"^(?<process>\w) (?<step>sets)[^\n]*$"), (3, 2));
    assert_eq!(events(r"^(?<process>\w) (?<step>sets).x \d$"), (1, 4));
    assert_eq!(events(r"^(?<process>\w) (?<step>sets)\nx"), (1, 3));
    assert_eq!(events(r"(?<process>\w) (?<step>sets)\n\n"), (1, 4));
    // And a line starts where it starts.
    assert_eq!(events(r"^sets|(?<process>\w) (?<step>sets)"), (3, 2));
}

#[test]
fn what_is_described_beside_a_format_adds_to_it_or_is_refused() {
    let files = Folder::new("beside");
    let line = |time: u32, said: &str| format!("{time} caf_flow DEBUG actor1 1 a b c.cpp:5 {said} ; CONTENT = (x)\n");
    let sent = line(1, "SEND ; TO = 2@x ; FROM = null:pointer");
    let log = files.file("caf.log", sent + &line(2, "RECEIVE ; FROM = 3@x") + "3 caf DEBUG actor1 1 ENTRY\n");
    let events = |args: &[&str]| json(&[&["check", &log, "--format", "caf"], args].concat())["trace"]["events"].clone();
    assert_eq!(events(&[]), 2);
    assert_eq!(events(&["--pattern", r"^\d+ \w+ \w+ actor(?<process>\d+) .*(?<step>ENTRY)"]), 3);
    // What is said on the command line goes first.
    let all_steps = ["--pattern", r"^\d+ \w+ \w+ actor(?<process>\d+) (?<step>)"];
    assert_eq!(json(&[&["check", &log, "--format", "caf"], &all_steps[..]].concat())["trace"]["messages"], 0);
    let format = files.file("x.format", "pattern (?<process>x) (?<step>y)\n");
    let said = refusal(&["check", &log, "--format", "caf", "--format-file", &format]);
    assert!(
        said.contains("--format caf and --format-file both say") && said.contains("leave one of them out"),
        "{said}"
    );
    let said = refusal(&["check", &log, "--format", "shiviz", "--pattern", "(?<process>x)", "--field", "event=e"]);
    assert!(said.contains("patterns and fields in one description"), "{said}");
    for more in [["--field", "event=e"], ["--value", "send=a"]] {
        let said = refusal(&[&["check", &log, "--format", "shiviz"], &more[..]].concat());
        assert!(said.contains("--format shiviz takes one --pattern") && said.contains("leave --format out"), "{said}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let files = Folder::new("wrong");
    let log = files.file("x.log", "a sent m\n");
    let format = files.file("bad.format", "# bad\nfield process = a\n\nvalue sent = x\n");
    let said = refusal(&["check", &log, "--format-file", &format]);
    assert!(said.contains("bad.format:4:7") && said.contains("send, receive, step or record"), "{said}");
    let format = files.file("bad.format", "# bad\npattern (?<process>a) (?<event>b\n");
    let said = refusal(&["check", &log, "--format-file", &format]);
    assert!(said.contains("bad.format:2:9") && said.contains("unclosed group"), "{said}");
    let said = refusal(&["check", &log, "--pattern", "(?<process>a)"]);
    assert!(said.contains("does not say what an event does") && said.contains("host, clock and event"), "{said}");
    let said = refusal(&["check", &log, "--pattern", "(?<host>a) (?<clock>b)"]);
    assert!(said.contains("no group (?<event>...)"), "{said}");
    let said = refusal(&["check", &log, "--pattern", "(?<process>x) (?<event>sent)"]);
    assert!(said.contains("no event as described: `a sent m` [") && said.contains("x.log:1:1]"), "{said}");
    let said = refusal(&["check", &log, "--pattern", "(?<process>a) (?<event>sent)"]);
    assert!(said.contains("x.log:1:1") && said.contains("neither a receiver nor a message id"), "{said}");
    let json = files
        .file("x.json", "{\"p\":{\"q\":1},\"e\":\"send\",\"m\":1,\"t\":\"noon\"}\n{\"p\":\"a\"}\nbanner\n{\"p\":\n{}");
    let fields = ["--field", "process=p", "--field", "event=e", "--field", "message=m"];
    let said = refusal(&[&["check", &json], &fields[..]].concat());
    assert!(said.contains("x.json:1:1") && said.contains("x.json:4:") && !said.contains("x.json:2:"), "{said}");
    let said = refusal(&[&["check", &json, "--field", "process=p.q", "--field", "time=t"], &fields[2..]].concat());
    assert!(said.contains("\"noon\" is no time"), "{said}");
    let said = refusal(&["check", &log, "--format", "kafka"]);
    assert!(said.contains("\n  caf ") && said.contains("\n  maelstrom ") && said.contains("\n  clocks "), "{said}");
}

#[test]
fn fields_of_snapshots_and_of_one_action_alone() {
    let files = Folder::new("snapshots");
    let lines = [
        r#"{"who":"a","what":"SENT","id":[1,2],"peer":["b","c"],"vars":{"x":1},"y":2}"#,
        r#"{"who":"a","what":"record","snap":"s1","vars":{"x":1}}"#,
        r#"{"who":"a","what":"SENT","mark":"s1","peer":"b"}"#,
        r#"{"who":"b","what":"recv","id":1,"peer":"a","vars":null}"#,
        r#"{"who":"b","what":"recv","mark":"s1","peer":"a"}"#,
        r#"{"who":"b","what":"record","snap":"s1"}"#,
        r#"{"who":"c","what":"record","snap":"s1"}"#,
        r#"{"who":"c","what":"tick"}"#,
    ];
    let log = files.file("x.ndjson", lines.join("\n"));
    let fields = [
        "process=who",
        "event=what",
        "message=id",
        "send.to=peer",
        "receive.from=peer",
        "state=vars",
        "send.y=y",
        "marker=mark",
        "snapshot=snap",
    ];
    let mut args = vec!["verify", &log, "--snapshot", "s1", "--value", "send=SENT", "--value", "step=*"];
    args.extend(fields.iter().flat_map(|field| ["--field", field]));
    let report = json(&args);
    assert_eq!(report["cut"], serde_json::json!({"a": 1, "b": 1, "c": 0}), "{report}");
    assert_eq!(report["states"]["a"], serde_json::json!({"x": 1, "y": 2}));
    assert_eq!((&report["recorded"]["states"], &report["trace"]["events"]), (&"match".into(), &3.into()));
}

/// An array or objects over several lines, cut anywhere: what is whole of them is read, and the rest is told.
#[test]
fn a_document_that_is_cut_short_is_used_as_far_as_it_is_whole() {
    let files = Folder::new("cut");
    let events = [r#"{"at": "a", "do": "send", "id": "m", "to": "é"}"#, r#"{"at": "é", "do": "receive", "id": "m"}"#];
    let array = format!("[\n  {},\n  {}\n]\n", events[0], events[1]);
    let spread = events.map(|event| event.replacen('{', "{\n", 1)).join("\n");
    let fields = ["process=at", "event=do", "message=id", "to=to"];
    for whole in [array, spread] {
        for end in 2..whole.trim_end().len() {
            let log = files.file("cut.json", &whole.as_bytes()[..end]);
            let mut args = vec!["verify", &log, "--rest", "end"];
            args.extend(fields.iter().flat_map(|field| ["--field", field]));
            let output = clearcut(&args);
            let errors = String::from_utf8(output.stderr).unwrap();
            let is_whole = |event: &str| whole[..whole.floor_char_boundary(end)].contains(&event[1..]);
            let read = events.iter().filter(|event| is_whole(event)).count();
            // In the middle of a character it is no text, and told so.
            if std::str::from_utf8(&whole.as_bytes()[..end]).is_err() {
                assert_eq!(output.status.code(), Some(2));
                continue;
            }
            assert_eq!(output.status.code(), Some(if read > 0 { 0 } else { 2 }), "{end}: {errors}");
            let report = String::from_utf8(output.stdout).unwrap();
            assert_eq!(report.contains("1 event,"), read == 1, "{end}: {report}");
            if read == 1 && whole[..end].trim_end().ends_with(['"', ':']) {
                assert!(errors.contains("cut short"), "{end}: {errors}");
            }
        }
    }
}

/// The numbers are those of the corpus' README and of a count of its lines with grep.
#[test]
fn ready_formats_read_real_logs() {
    let Some(corpus) = corpus() else { return };
    for (file, processes, events, messages, unreceived) in [
        ("caf/CppPhil-caf_shiviz_trial__actor_log.log", 7, 20, 10, 0),
        ("tracing/TraceChecker__example2.log", 3, 625, 150, 1),
        ("tracing/TraceChecker__trace_log.txt", 3, 169, 40, 0),
    ] {
        let checked = json(&["check", corpus.join(file).to_str().unwrap()]);
        let trace = &checked["trace"];
        assert_eq!(checked["verdict"], "holds", "{file}");
        let counted = (trace["processes"].as_array().unwrap().len(), &trace["events"], &trace["messages"]);
        assert_eq!(counted, (processes, &events.into(), &messages.into()), "{file}");
        let unreceived_found = checked["findings"].as_array().unwrap().iter().filter(|f| f["rule"] == "unreceived");
        assert_eq!(unreceived_found.count(), unreceived, "{file}");
    }
}

#[test]
fn the_journal_of_maelstrom_is_found_by_its_content() {
    let files = Folder::new("maelstrom");
    let event = |id: u32, kind: &str, message: u32, src: &str, dest: &str| {
        format!(
            "{{\"id\":{id},\"time\":1{id},\"type\":\"{kind}\",\"message\":{{\"id\":{message},\"src\":\"{src}\",\"dest\":\"{dest}\",\"body\":{{\"type\":\"echo\"}}}}}}\n"
        )
    };
    let journal = [
        event(0, "send", 0, "c1", "n1"),
        event(1, "recv", 0, "c1", "n1"),
        event(2, "send", 1, "n1", "c1"),
        event(3, "send", 2, "n1", "n1"),
        event(4, "recv", 2, "n1", "n1"),
    ];
    let log = files.file("journal.json", journal.concat());
    let report = json(&["verify", &log, "--cut", "c1=1 n1=end"]);
    assert_eq!(report["trace"]["messages"], 2);
    let in_transit = serde_json::json!([{"from": "n1", "to": "c1", "messages": [
        {"message": "1", "payload": {"type": "echo"}, "sent": 2, "received": null}]}]);
    assert_eq!(report["channels"], in_transit);
}

/// A slip of the pen in the description is told, before what comes of it.
#[test]
fn what_the_log_never_has_is_told() {
    let sample = |name: &str| support::root().join("traces").join(name).to_str().unwrap().to_owned();
    let told = |args: &[&str]| {
        let output = clearcut(args);
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let json = sample("invoices.holds.ndjson");
    let fields =
        ["--field", "process=service.name", "--field", "event=event.action", "--field", "message=labels.order"];
    let words = ["--value", "send=order-published", "--value", "receive=order-taken"];
    let args = [&["check", &json], &fields[..], &words[..]].concat();
    assert_eq!(told(&args), (Some(0), String::new()));
    let (code, err) = told(&[&args[..], &["--field", "time=@timestmp", "--value", "send=gone"]].concat());
    let wanted = "warning: --field time=@timestmp: nothing in the log is like that; did you mean `@timestamp`?
warning: --value send=gone: nothing in the log is like that; there are order-published, order-taken\n";
    assert_eq!((code, err.as_str()), (Some(0), wanted));
    // A text log: the word that is near, or none.
    let text = sample("orders.violated.log");
    let pattern = r"^(?<time>\S+ \S+) INFO +\[(?<process>[^\]]+)\] .* (?<event>\w+) record .* key=(?<message>\S+)";
    let args =
        ["check", &text, "--pattern", pattern, "--value", "send=producd", "--pattern", "^(?<process>.) (?<step>never)"];
    let wanted = "warning: --pattern '^(?<process>.) (?<step>never)': nothing in the log is like that
warning: --value send=producd: nothing in the log is like that; did you mean `produced`?\n";
    assert_eq!(told(&args).1, wanted);
    // A format file may be meant for other logs as well.
    let files = Folder::new("unseen");
    let format = files.file("a.format", format!("pattern {pattern}\nvalue send = never\n"));
    assert_eq!(told(&["check", &text, "--format-file", &format]).1, "");
}

#[test]
fn what_a_process_sends_to_itself_may_be_received_in_another_part_of_its_log() {
    let files = Folder::new("own-parts");
    let (sent, received) = ("P SENT m1\nQ SENT m2\n", "P GOT m1\nP GOT m2\n");
    let parts = [files.file("a.log.1", sent), files.file("a.log", received)];
    let whole = files.file("whole.log", [sent, received].concat());
    let patterns = ["--pattern", r"^(?<process>\w) (?<send>SENT) (?<message>\w+)$", "--pattern"];
    let patterns = [patterns.as_slice(), &[r"^(?<process>\w) (?<receive>GOT) (?<message>\w+)$"]].concat();
    let checked = |logs: &[&str]| json(&[&["check"], logs, &patterns].concat());
    let (parts, whole) = (checked(&[&parts[0], &parts[1]]), checked(&[&whole]));
    assert_eq!((&parts["verdict"], &parts["findings"]), (&whole["verdict"], &whole["findings"]));
    assert_eq!((whole["verdict"].as_str(), whole["trace"]["messages"].as_u64()), (Some("holds"), Some(1)));
}
