use super::*;
use crate::format::record::{ChannelRecord, CutRecord, EventRecord, MarkRecord, ProcessRecord};
use proptest::prelude::*;

/// What was handed on, as text: events as `host [clock] note state time`.
#[derive(Debug, Default)]
struct Seen {
    events: Vec<String>,
    skipped: Vec<Range<usize>>,
    problems: Vec<Problem>,
    lines: usize,
}

impl Sink for Seen {
    fn process(&mut self, _: ProcessRecord<'_>) {}
    fn channel(&mut self, _: ChannelRecord<'_>) {}
    fn mark(&mut self, _: MarkRecord<'_>) {}
    fn cut(&mut self, _: CutRecord<'_>) {}
    fn event(&mut self, event: &EventRecord<'_>) {
        let clock: Vec<String> = event.clock.unwrap_or(&[]).iter().map(|(name, n)| format!("{name}{n}")).collect();
        let mut text = format!("{} [{}] {}", event.process, clock.join(" "), event.note.unwrap_or("-"));
        text.extend(event.state.map(|state| format!(" {state}")));
        text.extend(event.time.map(|time| format!(" @{time}")));
        self.events.push(text);
    }
    fn skipped(&mut self, at: Range<usize>) {
        self.skipped.push(at);
    }
    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
    fn lines(&mut self, lines: usize) {
        self.lines += lines;
    }
}

fn open_text(text: impl Into<Vec<u8>>, patterns: &Patterns<'_>) -> (Source, Result<Log, Problem>) {
    let source = Source::from_text("x.log", text);
    let log = open(&source, patterns);
    (source, log)
}

fn read_with(text: &str, patterns: &Patterns<'_>) -> Vec<Seen> {
    let (source, log) = open_text(text, patterns);
    let log = log.unwrap_or_else(|problem| panic!("{problem:?}"));
    let seen: Vec<Seen> = (0..log.executions().len())
        .map(|execution| {
            let mut seen = Seen::default();
            log.read(&source, execution, &mut seen);
            seen
        })
        .collect();
    assert_eq!(seen.iter().map(|seen| seen.lines).sum::<usize>(), lines(text.as_bytes(), &(0..text.len())));
    seen
}

fn read(text: &str) -> Seen {
    let mut all = read_with(text, &Patterns::default());
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn skipped<'t>(text: &'t str, seen: &Seen) -> Vec<&'t str> {
    seen.skipped.iter().map(|at| &text[at.clone()]).collect()
}

fn refused(text: &str, patterns: &Patterns<'_>) -> Problem {
    open_text(text, patterns).1.expect_err("no log")
}

#[test]
fn a_log_with_a_head() {
    for blank in ["\n", "\n\n", "\n\n\n", "\r\n\r\n"] {
        let text = format!("{}{blank}a {{\"a\":1}}\nInit\nb {{\"b\":1, \"a\":1, \"c\":0}}\n\n", known::GOVECTOR);
        let seen = read(&text);
        assert_eq!(seen.events, ["a [a1] Init", "b [b1 a1] "]);
        assert!(seen.skipped.is_empty() && seen.problems.is_empty());
    }
}

#[test]
fn a_log_right_below_its_pattern() {
    let seen = read(&format!("{}\na {{\"a\":1}}\nInit\n", known::GOVECTOR));
    assert_eq!(seen.events, ["a [a1] Init"]);
}

#[test]
fn a_log_without_a_head_in_crlf_and_with_a_byte_order_mark() {
    assert_eq!(read("one\r\na {\"a\":1}\r\ntwo\r\na {\"a\":2}\r\n").events, ["a [a1] one", "a [a2] two"]);
    assert_eq!(read("\u{feff}a {\"a\":1}\none\n").events, ["a [a1] one"]);
    let text = format!("\u{feff}{}\r\n\r\na {{\"a\":1}}\r\nInit\r\n", known::GOVECTOR);
    assert_eq!(read(&text).events, ["a [a1] Init"]);
}

#[test]
fn other_groups_are_variables_or_the_time() {
    let pattern = r#"(?<date>\S+) (?<time>\S+) (?<host>\w+) (?<clock>{[^}]*})( (?<q>"[^"]*"))? (?<event>.*)"#;
    let patterns = Patterns { pattern: Some(pattern), delimiter: None };
    let seen = &read_with("10/13 12.5 a {\"a\":1} \"x\" one\n7 8 a {\"a\":2} two", &patterns)[0];
    assert_eq!(seen.events, [r#"a [a1] one {"date":"10/13","q":"\"x\""} @12.5"#, r#"a [a2] two {"time":"8"} @7"#]);
}

#[test]
fn text_between_records_is_told_line_by_line() {
    let text = "chatter\na {\"a\":1}\nmessage\n  second line\n\n}\nb {\"b\":1}\nend";
    let seen = read(text);
    assert_eq!(seen.events, ["a [a1] message", "b [b1] end"]);
    assert_eq!(skipped(text, &seen), ["chatter", "  second line", "}"]);
    assert_eq!(seen.lines, 8);
}

#[test]
fn executions_have_labels_and_numbers() {
    let text = "=== one ===\nx\na {\"a\":1}\n=== two  ===\n\n=== one ===\ny\na {\"a\":1}\nz\na {\"a\":2}\n";
    let (_, log) = open_text(text, &Patterns::default());
    let log = log.expect("a log");
    let labels: Vec<&str> = log.executions().iter().map(|e| e.label.as_str()).collect();
    assert_eq!(labels, ["one", "one"], "one without any text is none");
    let seen = read_with(text, &Patterns::default());
    assert_eq!(seen.iter().map(|seen| seen.events.len()).collect::<Vec<_>>(), [1, 2]);
    assert!(seen.iter().all(|seen| seen.skipped.is_empty()));
    let one = Patterns { delimiter: Some(""), ..Patterns::default() };
    assert_eq!(read_with(text, &one).len(), 1, "a blank delimiter is none");
}

#[test]
fn text_before_the_first_delimiter_is_an_execution_if_it_has_events() {
    let labels = |text: &str| {
        let log = open_text(text, &Patterns::default()).1.expect("a log");
        log.executions().iter().map(|e| e.label.clone()).collect::<Vec<_>>()
    };
    assert_eq!(labels("x\na {\"a\":1}\n=== b ===\nx\na {\"a\":1}\n"), ["", "b"]);
    let chatter = "chatter\n=== b ===\nx\na {\"a\":1}\n";
    assert_eq!(labels(chatter), ["b"]);
    assert_eq!(skipped(chatter, &read(chatter)), ["chatter"]);
}

#[test]
fn delimiters_in_the_head_and_from_outside() {
    let body = "---- r1\na {\"a\":1}\nx\n---- r2\na {\"a\":1}\ny\n";
    let head = format!("{}\n^---- (?<trace>.*)$\n{body}", known::GOVECTOR);
    let labels = |text: &str, patterns: &Patterns<'_>| {
        let log = open_text(text, patterns).1.expect("a log");
        log.executions().iter().map(|e| e.label.clone()).collect::<Vec<_>>()
    };
    assert_eq!(labels(&head, &Patterns::default()), ["r1", "r2"]);
    assert_eq!(labels(body, &Patterns { delimiter: Some("^----.*$"), ..Patterns::default() }), ["---- r1", "---- r2"]);
    let blank_pattern = format!("\n^---- (?<trace>.*)$\n{body}");
    assert_eq!(labels(&blank_pattern, &Patterns::default()), ["r1", "r2"]);
    let outside = Patterns { pattern: Some(known::GOVECTOR), delimiter: None };
    assert_eq!(read_with(&head, &outside)[0].events, ["a [a1] x"], "the head is no text of the log");
}

#[test]
fn govector_appends_executions() {
    let text =
        format!("{}\n\na {{\"a\":1}}\n=== ok ===\n \n=== Execution #Mon  ===\na {{\"a\":1}}\nx\n", known::GOVECTOR);
    let seen = read_with(&text, &Patterns::default());
    assert_eq!(seen.iter().map(|seen| &seen.events[..]).collect::<Vec<_>>(), [["a [a1] === ok ==="], ["a [a1] x"]]);
}

#[test]
fn hosts_are_put_in_order_where_that_is_certain() {
    let text = "x\na {\"a\":3}\nw\nb {\"b\":2}\ny\na {\"a\":1}\nv\nb {\"b\":2}\nz\na {\"a\":2}\nu\nb {\"b\":1}\n";
    let seen = read(text);
    assert_eq!(
        seen.events,
        ["a [a1] y", "b [b2] w", "a [a2] z", "b [b2] v", "a [a3] x", "b [b1] u"],
        "b has a count twice and stays as it is"
    );
}

#[test]
fn clocks_that_are_none_are_told_where_they_stand() {
    let text =
        "x\na {\"a\":1}\nx\na {\"b\":1}\nx\na {\"a\":-1}\nx\na {oh}\nx\na {\"a\":0}\nx\n {\"a\":1}\nx\na {\"a\":2}\n";
    let seen = read(text);
    assert_eq!(seen.events, ["a [a1] x", "a [a2] x"]);
    let told: Vec<(&str, &str)> = seen.problems.iter().map(|p| (&text[p.at.clone()], p.what.as_str())).collect();
    assert_eq!(
        told,
        [
            (r#"{"b":1}"#, "`a` is missing from its own vector clock"),
            (r#"{"a":-1}"#, "this vector clock cannot be read: the count of `a` is -1"),
            ("{oh}", "this vector clock cannot be read: it is no JSON object: key must be a string"),
            (r#"{"a":0}"#, "the clock of `a` counts no event of `a` itself: \"a\": 0"),
            (r#"{"a":1}"#, "this event has no host"),
        ]
    );
    assert!(seen.skipped.is_empty());
}

#[test]
fn a_line_that_is_not_text_costs_that_line() {
    let text = b"a {\"a\":1}\nok\na {\"a\":2}\n\xFFbad\n\xFE\na {\"a\":3}\nok \xC3\xA9\n";
    let (source, log) = open_text(&text[..], &Patterns::default());
    let mut seen = Seen::default();
    log.expect("a log").read(&source, 0, &mut seen);
    assert_eq!(seen.events, ["a [a1] ok", "a [a3] ok é"]);
    let lines: Vec<usize> = seen.problems.iter().map(|p| source.locate(p.at.start).line).collect();
    assert_eq!(lines, [4, 5]);
}

#[test]
fn patterns_that_cannot_be_used_say_why() {
    let problem = refused("(?<host>a)(?<clock>{})\n\n", &Patterns::default());
    assert_eq!(problem.what, "the pattern has no group (?<event>...)");
    let problem = refused("  (?<host>a)(?=b)(?<clock>{})\n\n", &Patterns::default());
    assert_eq!(problem.at, 12..15);
    let outside = Patterns { pattern: Some("(?<host>a"), delimiter: None };
    let problem = refused("x", &outside);
    assert_eq!((problem.at, problem.what), (0..0, "--pattern: this is no regular expression: unclosed group".into()));
    let outside = Patterns { pattern: Some(known::DEFAULT), delimiter: Some(r"(a)\1") };
    assert!(refused("x", &outside).what.starts_with("--delimiter: `\\1` refers back"));
    let problem = refused("nothing of the kind\n", &Patterns::default());
    assert!(problem.help.is_some_and(|help| help.contains("--pattern '(?<host>")));
    assert!(open_text("", &Patterns::default()).1.is_err());
}

#[test]
fn a_log_is_told_by_its_start() {
    assert!(looks_like(b"a {\"a\":1}\nInit\n"));
    assert!(looks_like(b"\n(?<event>.*)\\n(?<host>\\S*) (?<clock>{.*})\n\n"));
    for other in
        ["", "{\"process\":\"a\",\"event\":\"step\",\"clock\": {\"a\":1}}\n", "P1 a: send m -> P2 x={\"y\": 1}\n"]
    {
        assert!(!looks_like(other.as_bytes()), "{other}");
    }
    assert!(!looks_like(b"0 0 1\n0 1 1\n") && !looks_like(b"\xFF\xFE\n(?<"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Any bytes, with or without a head, end in records, skipped text and problems.
    #[test]
    fn no_bytes_panic(
        head in prop_oneof![Just(""), Just(known::GOVECTOR), Just("(?<event>.*)(?<host>.?)(?<clock>.*)"), Just("^$")],
        pieces in proptest::collection::vec(prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..12),
            Just(b"\n".to_vec()),
            Just(b"a {\"a\":1}\n".to_vec()),
            Just(b"=== x ===\n".to_vec()),
            Just(b"{\"a\":1".to_vec()),
        ], 0..12),
        delimiter in prop_oneof![Just(None), Just(Some("^$")), Just(Some("x*")), Just(Some("[^]"))],
    ) {
        let text = [head.as_bytes().to_vec(), b"\n".to_vec(), pieces.concat()].concat();
        looks_like(&text);
        let (source, log) = open_text(text.clone(), &Patterns { pattern: None, delimiter });
        if let Ok(log) = log {
            let mut seen = Seen::default();
            (0..log.executions().len()).for_each(|execution| log.read(&source, execution, &mut seen));
            prop_assert_eq!(seen.lines, lines(&text, &(0..text.len())));
            prop_assert!(seen.skipped.iter().all(|at| at.end <= text.len()));
            prop_assert!(seen.problems.iter().all(|problem| problem.at.end <= text.len()));
        }
    }

    /// Any text is a pattern or is refused.
    #[test]
    fn no_pattern_panics(pattern in r"[\\\[\](){}?<>:=!*+|.^$a-cdwskx0-9,&~é-]{0,12}") {
        let _ = dialect::compile(&pattern, true);
    }
}
