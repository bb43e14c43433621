use super::*;
use crate::format::record::CutRecord;
use proptest::prelude::*;
use std::ops::Range;

/// Keeps what the reader says.
#[derive(Default)]
struct Said {
    records: Vec<String>,
    problems: Vec<Problem>,
    passed_over: Vec<(String, Option<&'static str>, usize)>,
}

impl Sink for Said {
    fn process(&mut self, r: ProcessRecord<'_>) {
        self.records.push(format!("process {}", r.name));
    }
    fn channel(&mut self, r: ChannelRecord<'_>) {
        self.records.push(format!("channel {} {} {}", r.from, r.to, r.fifo));
    }
    fn event(&mut self, r: &EventRecord<'_>) {
        let transfers: Vec<_> = r.transfers.iter().map(|t| (t.message, t.peer, t.payload)).collect();
        self.records.push(format!("{} {:?} {transfers:?}", r.process, r.action));
    }
    fn mark(&mut self, r: MarkRecord<'_>) {
        self.records.push(format!("mark {} {} {:?}", r.process, r.snapshot, r.mark));
    }
    fn cut(&mut self, _: CutRecord<'_>) {}
    fn skipped(&mut self, _: Range<usize>) {}
    fn passed_over(&mut self, name: &str, on: Option<&'static str>, at: Range<usize>, _: usize) {
        self.passed_over.push((name.into(), on, at.start));
    }
    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
    fn lines(&mut self, _: usize) {}
}

fn said(text: &str) -> Said {
    let mut said = Said::default();
    super::read(&Source::from_text("t", text), &mut said);
    said
}

#[test]
fn whole_numbers_are_names() {
    let numbers = said(r#"{"process": 3, "event": "send", "message": 17, "to": [1, -2], "payload": 4}"#);
    let strings = said(r#"{"process":"3","event":"send","message":"17","to":["1","-2"],"payload":4}"#);
    assert_eq!(numbers.records, strings.records);
    let send = r#"3 Send [(Some("17"), Some("1"), Some("4")), (Some("17"), Some("-2"), Some("4"))]"#;
    assert_eq!(numbers.records, [send]);
    // Longer than any number type.
    let long = said(r#"{"process":"P","event":"recv","message":123456789012345678901234567890}"#);
    assert_eq!(long.records, [r#"P Receive [(Some("123456789012345678901234567890"), None, None)]"#]);
    assert_eq!(said(r#"{"process":"P","event":"record","snapshot":1}"#).records.len(), 1);
}

/// Each line, and every part of it that is at fault.
#[test]
fn every_fault_of_a_line_is_told_at_its_place() {
    let cases: &[(&str, &[&str])] = &[
        (r#"{"process":1.5,"event":"step"}"#, &["1.5"]),
        (r#"{"process":true,"event":"send","message":false,"to":{}}"#, &["true", "false", "{}"]),
        (r#"{"process":"P","event":"send","message":["m",2.5],"to":""}"#, &["2.5", "\"\""]),
        (r#"{"process":"P","event":"send","message":[],"to":"Q"}"#, &["[]"]),
        (
            r#"{"process":"P","event":"step","state":[1],"time":"noon","clock":{"P":-1,"Q":4294967296,"R":2}}"#,
            &["[1]", "\"noon\"", "-1", "4294967296"],
        ),
        (
            r#"{"process":"P","event":"step","time":"12.5","clock":7,"label":"\ud800"}"#,
            &["\"\\ud800\"", "\"12.5\"", "7"],
        ),
        (r#"{"process":"P","process":"Q","event":"step"}"#, &["\"Q\""]),
        (r#"{"event":"channel","from":"P","to":["Q"],"fifo":0}"#, &["[\"Q\"]", "0"]),
        (r#"{"process":"P","event":"step","marker":"s"}"#, &["\"s\""]),
        (r#"{"process":"P","event":"sned","to":"Q"}"#, &["\"sned\""]),
        (r#"{"proces":"P","event":"step"}"#, &["proces"]),
        (r#"{"process":"P","event":"stop","message":0.5}"#, &["\"stop\""]),
    ];
    for &(line, wanted) in cases {
        let before = "{\"process\":\"A\",\"event\":\"step\"}\n";
        let text = format!("{before}{line}");
        let found = said(&text);
        let parts: Vec<&str> = found.problems.iter().map(|p| &text[p.at.clone()]).collect();
        assert_eq!(parts, wanted, "{line}");
        assert_eq!(found.records.len(), 1, "{line}: nothing is told of what cannot be read");
        assert!(found.problems.iter().all(|p| p.at.start > before.len() && p.help.is_some()), "{line}");
    }
}

/// What a line should be is told of its own kind, and is what the reader takes.
#[test]
fn every_kind_of_line_has_an_example() {
    let kinds = [
        (r#"{"event":"channel","from":"P"}"#, r#""channel""#),
        (r#"{"process":"P","event":"record"}"#, r#""snapshot""#),
        (r#"{"process":"P","event":"send","marker":"s"}"#, r#""marker""#),
        (r#"{"event":"process"}"#, r#""state""#),
        (r#"{"event":"cut","label":"c"}"#, r#""label""#),
        (r#"{"process":"P","event":"send","message":"m"}"#, r#""message""#),
    ];
    for (line, wanted) in kinds {
        let help = said(line).problems.remove(0).help.expect("a way on");
        let (start, end) = (help.find('{').expect("an example"), help.rfind('}').expect("its end"));
        assert!(help[start..=end].contains(wanted), "{line}: {help}");
        assert!(said(&help[start..=end]).problems.is_empty(), "{line}: {help}");
    }
}

#[test]
fn slips_are_understood() {
    let help = |line: &str| said(line).problems.into_iter().map(|p| p.help.unwrap_or_default()).collect::<Vec<_>>();
    assert_eq!(help(r#"{"process":"P","event":"receive","form":"Q"}"#), [HELP], "either would do");
    assert_eq!(help(r#"{"process":"P","event":"receive","mesage":"m"}"#), ["did you mean `message` by `mesage`?"]);
    assert_eq!(help(r#"{"proc":"P","event":"step"}"#), ["did you mean `process` by `proc`?"]);
    assert_eq!(help(r#"{"process":"P","event":"recieve","from":"Q"}"#), ["did you mean `receive`?"]);
}

/// A wrong value is one where the line has no use for it as well, and a stamp of time says something anywhere.
#[test]
fn members_are_held_to_the_schema_on_every_line() {
    let record = r#"{"process":"P","event":"record","snapshot":"s","time":"noon","message":[0.5]}"#;
    let found = said(record);
    assert_eq!(found.problems.iter().map(|p| &record[p.at.clone()]).collect::<Vec<_>>(), ["0.5", "\"noon\""]);
    let found = said(r#"{"process":"P","event":"record","snapshot":"s","time":1,"clock":{"P":1}}"#);
    assert!(found.problems.is_empty() && found.passed_over.is_empty());
}

#[test]
fn what_says_nothing_is_passed_over_and_told() {
    let found = said(r#"{"process":"P","event":"receive","message":"m","form":"Q","to":"P","level":{"a":[1]}}"#);
    assert_eq!(found.records, [r#"P Receive [(Some("m"), None, None)]"#]);
    let told = [("form".to_string(), None, 48), ("level".to_string(), None, 68), ("to".into(), Some("a receive"), 63)];
    assert_eq!(found.passed_over, told);
}

#[test]
fn null_is_as_if_left_out() {
    let with =
        said(r#"{"process":"P","event":"send","message":null,"to":"Q","from":null,"label":null,"payload":null}"#);
    assert_eq!(with.records, [r#"P Send [(None, Some("Q"), Some("null"))]"#]);
    assert!(with.passed_over.is_empty() && with.problems.is_empty());
    assert_eq!(said(r#"{"process":null,"event":"step"}"#).problems[0].what, "a step without `process`");
}

/// Programs give their markers ids, and their channels an owner: neither is more than it says.
#[test]
fn an_id_of_a_marker_is_passed_over() {
    let found = said(r#"{"process":"P","event":"send","marker":"s","message":"m","to":"Q"}"#);
    assert_eq!(found.records, [r#"mark P s Send(["Q"])"#]);
    assert_eq!(found.passed_over.len(), 1);
    let found = said(r#"{"event":"channel","process":"P","from":"P","to":"Q"}"#);
    assert_eq!((found.records, found.passed_over.len()), (vec!["channel P Q true".to_string()], 1));
}

proptest! {
    /// Nothing panics, whatever the values are.
    #[test]
    fn any_values_are_read(line in proptest::collection::vec((
        prop::sample::select(vec!["process", "event", "label", "message", "to", "from", "marker", "snapshot", "state",
            "channels", "payload", "time", "clock", "fifo", "mesage"]),
        prop::sample::select(vec!["\"P\"", "\"send\"", "\"receive\"", "\"step\"", "\"record\"", "\"channel\"", "3",
            "-0", "1e3", "null", "[]", "[1,\"a\"]", "{}", "{\"a\":1}", "\"\\u00e9\"", "true", "\"\""]),
    ), 0..8)) {
        let members: Vec<String> = line.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        let text = format!("{{{}}}", members.join(","));
        let found = said(&text);
        prop_assert!(found.problems.iter().all(|p| text.get(p.at.clone()).is_some()));
        prop_assert!(found.records.len() + found.problems.len() > 0, "dropped in silence: {}", text);
    }
}

proptest! {
    #[test]
    fn lines_say_the_same_kind_by_kind(
        lines in proptest::collection::vec(
            ("P[0-9]|[a-zé]{5,30}", "step|send|receive", "m[0-9]{1,3}|[a-f0-9-]{9,40}", "[A-C]|[a-z ]{5,30}", any::<bool>()),
            1..700,
        ),
        odd in proptest::option::weighted(0.3, (
            any::<proptest::sample::Index>(),
            r#"|\{\}|\{"process":"A","event":"stop"\}|\{"process":"A","event":"send","message":"m"\}|\{"process":"A","event":"step","message":"m"\}|\{"process":"A","event":"step"\} |\{"process":"A","event":"receive","message":"m","from":"B","time":3\}|\{"process":"","event":"step"\}|\{"process":"A\\n","event":"step"\}"#,
        )),
        (spaced, ends) in any::<(bool, bool)>(),
    ) {
        let mut lines: Vec<String> = lines.into_iter().map(|(process, verb, id, peer, has_peer)| match &verb[..] {
            "step" => format!(r#"{{"process":"{process}","event":"step"}}"#),
            "send" => format!(r#"{{"process":"{process}","event":"send","message":"{id}","to":"{peer}"}}"#),
            _ if has_peer => format!(r#"{{"process":"{process}","event":"receive","message":"{id}","from":"{peer}"}}"#),
            _ => format!(r#"{{"process":"{process}","event":"receive","message":"{id}"}}"#),
        }).collect();
        let has_odd = odd.is_some();
        if let Some((at, line)) = odd {
            lines.insert(at.index(lines.len()), line);
        }
        let mut text = lines.join("\n");
        text.push_str(if ends { "\n" } else { "" });
        if spaced {
            text = text.replace("\",", "\", ").replace("\":", "\": ");
        }
        while text.len() > 1 << 16 {
            text.truncate(text.trim_end().rfind('\n').unwrap_or(0) + 1);
        }
        let is_by_kind = crate::format::by_kind::tests::is_the_same::<JsonLines>(&text, |memory| &mut memory.by_kind);
        prop_assert!(is_by_kind || has_odd || !ends);
    }
}

#[test]
fn lines_say_the_same_kind_by_kind_whatever_byte_is_another() {
    let lines = [
        r#"{"process":"A","event":"step"}"#,
        r#"{"process":"B","event":"send","message":"m1","to":"A"}"#,
        r#"{"process":"A","event":"receive","message":"m1"}"#,
        r#"{"process":"B","event":"receive","message":"2","from":"process-of-many"}"#,
    ];
    let spaced = lines.map(|line| line.replace("\",", "\", ").replace("\":", "\": "));
    for lines in [lines, spaced.each_ref().map(String::as_str)] {
        crate::format::by_kind::tests::is_the_same_whatever_byte::<JsonLines>(&lines, |memory| &mut memory.by_kind);
    }
}
