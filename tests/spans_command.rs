//! Spans as a user has them: in several files, of several formats, named and cut down.

mod support;

use std::path::PathBuf;
use std::process::Output;

use support::{clearcut, root};

fn file(name: &str, text: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("spans_command");
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    let path = folder.join(name);
    std::fs::write(&path, text).expect("a file of the test");
    path.to_str().expect("a path in UTF-8").into()
}

fn run(words: &[&str]) -> (i32, String) {
    let Output { status, stdout, stderr } = clearcut(words);
    let text = String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr);
    (status.code().expect("an exit status"), text)
}

/// One line of OTLP for each service, as a collector beside each service writes it.
fn line(service: &str, span: &str) -> String {
    let resource = format!(
        r#"{{"attributes":[{{"key":"service.name","value":{{"stringValue":"{service}"}}}},{{"key":"region","value":{{"stringValue":"eu"}}}}]}}"#
    );
    format!(r#"{{"resourceSpans":[{{"resource":{resource},"scopeSpans":[{{"spans":[{span}]}}]}}]}}"#) + "\n"
}

const CLIENT: &str = r#"{"traceId":"000000000000000000000000000000aa","spanId":"00000000000000a1","name":"call","kind":3,"startTimeUnixNano":"10","endTimeUnixNano":"20"}"#;
const SERVER: &str = r#"{"traceId":"000000000000000000000000000000aa","spanId":"00000000000000b1","parentSpanId":"00000000000000a1","name":"answer","kind":2,"startTimeUnixNano":"12","endTimeUnixNano":"18"}"#;
/// The same as Zipkin has it.
const ZIPKIN: &str = r#"[{"traceId":"00000000000000aa","id":"00000000000000b2","parentId":"00000000000000a1","kind":"SERVER","name":"again","timestamp":1,"duration":1,"localEndpoint":{"serviceName":"bank"}}]"#;

#[test]
fn files_of_several_services_and_formats_are_one_log() {
    let shop = file("shop.jsonl", &line("shop", CLIENT));
    let bank = file("bank.json", &line("bank", SERVER));
    let zipkin = file("zipkin.json", ZIPKIN);
    for files in [[&*shop, &*bank], [&*bank, &*shop]] {
        let (exit, text) = run(&["check", files[0], files[1]]);
        assert!(exit == 0 && text.contains("4 events, 2 messages"), "{text}");
    }
    let (exit, text) = run(&["check", &bank]);
    assert!(exit == 2 && text.contains("bank receives 00000000000000b1, and the log has no send of it"), "{text}");
    assert!(text.contains("bank.json:1"), "{text}");
    // The one of Zipkin ends after its client: an order that may be missing is told with the verdict.
    let (exit, text) = run(&["verify", &shop, &zipkin, &bank, "--rest", "end"]);
    assert!(exit == 0 && text.contains("1 span of a server that ended after its client did"), "{text}");
    let (exit, text) = run(&["check", &shop, &zipkin, &bank]);
    assert!(exit == 0 && text.contains("6 events, 3 messages"), "{text}");
}

#[test]
fn processes_are_named_as_asked() {
    let both = file("both.jsonl", &(line("shop", CLIENT) + &line("bank", SERVER)));
    let (_, text) = run(&["verify", &both, "--rest", "end", "--process-key", "region,service.name", "-o", "json"]);
    assert!(text.contains(r#""processes":["eu/shop","eu/bank"]"#), "{text}");
    // One process has no messages.
    let (_, text) = run(&["check", &both, "--process-key", "region"]);
    assert!(text.contains("1 process, 4 events, 0 messages"), "{text}");
}

#[test]
fn an_event_is_named_by_its_span() {
    let both = file("named.jsonl", &(line("shop", CLIENT) + &line("bank", SERVER)));
    let (exit, text) = run(&["relate", &both, "shop=00000000000000a1", "bank=00000000000000b1/end"]);
    assert!(exit == 0 && text.starts_with("before: shop#1 (00000000000000a1: call)"), "{text}");
}

#[test]
fn what_is_broken_is_told_with_its_place() {
    let broken = line("shop", CLIENT) + "{\"resourceSpans\": [}\n" + &line("bank", SERVER);
    let (exit, text) = run(&["check", &file("broken.jsonl", &broken)]);
    assert!(exit == 2 && text.contains("broken.jsonl:2:20") && text.contains("resourceSpans"), "{text}");
    let cut = line("shop", CLIENT) + "{\"resourceSpans\": [{\"scopeSp";
    let (exit, text) = run(&["check", &file("cut.jsonl", &cut)]);
    assert!(exit == 0 && text.contains("2 events") && text.contains("1 skipped"), "{text}");
}

/// A capture of one document that breaks off, as a download does that was stopped.
#[test]
fn a_document_that_is_cut_short_is_used_up_to_its_last_whole_span() {
    let of =
        |name: &str| std::fs::read_to_string(root().join(format!("traces/checkout-{name}.json"))).expect("a sample");
    let sample = of("otlp.holds");
    // In the last span, whose parent is whole.
    let cut = &sample[..sample.rfind("startTimeUnixNano").expect("a span")];
    let (exit, text) = run(&["check", &file("cut-otlp.json", cut)]);
    let told = "the file is cut short; what is whole before this is used, and this left out: ]}]}, {\"resource\"";
    assert!(exit == 0 && text.contains(told) && text.contains("1 skipped"), "{text}");
    // What a child receives, the log has not seen sent: its parent stands behind the cut.
    let both = line("bank", &format!("{SERVER},{CLIENT}"));
    let early = file("cut-parent.json", &both[..both.find("\"call\"").expect("the parent")]);
    let (exit, text) = run(&["verify", &early, "--rest", "end"]);
    assert!(exit == 2 && text.starts_with("undetermined") && text.contains("the file is cut short"), "{exit} {text}");
    // Converted it is what is left of it.
    let (exit, text) = run(&["convert", &file("cut-otlp.json", cut), "--to", "jsonl"]);
    assert!(exit == 0 && text.contains(told) && text.contains("\"event\":\"receive\""), "{text}");
    // Nothing is whole.
    let (exit, text) = run(&["check", &file("cut-early.json", &sample[..sample.find("spanId").expect("a span")])]);
    assert!(exit == 2 && text.contains("cut short before its first span is whole"), "{text}");
    // The first of two files: the end of each is looked at.
    let first = line("shop", CLIENT) + r#"{"resourceSpans":[{"resource""#;
    let (exit, text) = run(&["check", &file("cut-first.jsonl", &first), &file("whole.jsonl", &line("bank", SERVER))]);
    assert!(exit == 0 && text.contains("cut-first.jsonl:2: the last line is cut short"), "{text}");
    // A trace of Jaeger names its processes at its end.
    let kept = of("jaeger.violated");
    let (exit, text) = run(&["check", &file("cut-jaeger.json", &kept[..kept.find("\"processes\"").expect("names")])]);
    assert!(exit == 2 && text.contains("warning span-process") && text.contains("p1, p2"), "{text}");
}

/// A circle of parents is no crash, and no verdict rests on it.
#[test]
fn a_circle_of_parents_is_an_error_with_its_spans() {
    let circle = SERVER.replace("00000000000000a1", "00000000000000b1x").replace("b1x", "b2");
    let other = SERVER.replace("b1", "b2").replace("a1", "b1");
    let text = line("bank", &circle) + &line("shop", &other);
    let path = file("circle.jsonl", &text);
    let (exit, told) = run(&["check", &path]);
    assert_eq!(exit, 1, "{told}");
    let expected = "00000000000000b1 is a child of 00000000000000b2 is a child of 00000000000000b1";
    assert!(told.contains("error span-cycle") && told.contains(expected) && told.contains("circle.jsonl:2"), "{told}");
    assert_eq!(run(&["verify", &path, "--rest", "end"]).0, 2);
}

/// The sample of each format is told by its content.
#[test]
fn formats_are_told_by_content() {
    for name in ["otlp.holds", "jaeger.violated", "zipkin.undetermined"] {
        let text = std::fs::read_to_string(root().join(format!("traces/checkout-{name}.json"))).expect("a sample");
        let path = file("unnamed", &text);
        let format = name.split('.').next().expect("a format");
        assert_eq!(run(&["check", &path]), run(&["check", &path, "--format", format]), "{name}");
    }
}

/// What is asked for and is not there is told, with what is.
#[test]
fn options_that_no_span_fits_are_told() {
    let both = file("unseen.jsonl", &(line("shop", CLIENT) + &line("bank", SERVER)));
    let told = |options: &[&str]| {
        let Output { status, stderr, .. } = clearcut([&["verify", both.as_str(), "--rest", "end"], options].concat());
        (status.code(), String::from_utf8_lossy(&stderr).into_owned())
    };
    let near = "warning: --process-key servce.name: nothing in the log is like that; did you mean `service.name`?\n";
    assert_eq!(told(&["--process-key", "region,servce.name"]), (Some(0), near.into()));
    let listed = "warning: --process-key pod: nothing in the log is like that; there are region, service.name\n";
    assert_eq!(told(&["--process-key", "pod,region"]), (Some(0), listed.into()));
    // All spans would be of one process, and every cut of it holds.
    let none = "error: --process-key pod: nothing in the log is like that\n  help: there are region, service.name\n";
    assert_eq!(told(&["--process-key", "pod"]), (Some(2), none.into()));
    let (_, text) = told(&["--own-process", "shpo"]);
    assert_eq!(text, "warning: --own-process shpo: nothing in the log is like that; did you mean `shop`?\n");
    assert_eq!(told(&["--own-process", "shop", "--process-key", "service.name"]), (Some(0), String::new()));
    // Each format has its own place for them.
    for name in ["jaeger.violated", "zipkin.undetermined"] {
        let sample = root().join(format!("traces/checkout-{name}.json"));
        let text = run(&["check", sample.to_str().expect("UTF-8"), "--process-key", "service.nam"]).1;
        assert!(text.contains("did you mean `service.name`?"), "{text}");
    }
    // Where there are no spans at all.
    let trace = file("unseen.trace", "A: step\n");
    let (_, text) =
        run(&["check", &trace, "--process-key", "a", "--delimiter", "x", "--process-from-file", "(unseen)"]);
    for option in ["--process-key and --own-process", "--delimiter", "--process-from-file"] {
        assert!(text.contains(&format!("warning: {option} say")), "{option}: {text}");
    }
}
