use super::*;
use proptest::prelude::*;

/// Keeps what a reader says, as text.
#[derive(Default)]
struct Said(Vec<String>);

impl Sink for Said {
    fn process(&mut self, r: ProcessRecord<'_>) {
        self.0.push(format!("process {} {:?}", r.name, r.state));
    }
    fn channel(&mut self, r: ChannelRecord<'_>) {
        self.0.push(format!("channel {} {} {}", r.from, r.to, r.fifo));
    }
    fn event(&mut self, r: &EventRecord<'_>) {
        let transfers: Vec<_> = r.transfers.iter().map(|t| (t.message, t.peer, t.payload)).collect();
        let time = r.time.map(|t| t.to_string());
        self.0.push(format!("{} {:?} {:?} {transfers:?} {:?} {time:?}", r.process, r.label, r.action, r.state));
    }
    fn mark(&mut self, r: MarkRecord<'_>) {
        self.0.push(format!("mark {} {} {:?}", r.process, r.snapshot, r.mark));
    }
    fn cut(&mut self, r: CutRecord<'_>) {
        self.0.push(format!("cut {} {}", r.name, r.spec));
    }
    fn skipped(&mut self, at: Range<usize>) {
        self.0.push(format!("skipped {at:?}"));
    }
    fn problem(&mut self, p: Problem) {
        self.0.push(format!("{:?}: {}; {}", p.at, p.what, p.label));
    }
    fn lines(&mut self, _: usize) {}
}

fn said(text: &str) -> Vec<String> {
    let mut said = Said::default();
    read(&Source::from_text("t", text), &mut said);
    said.0
}

#[test]
fn every_shape_of_the_design_is_read() {
    let lines = [
        ("process Pi  balance=1000 who=\"a b\"  # c", r#"process Pi Some("{\"balance\":1000,\"who\":\"a b\"}")"#),
        ("channel Pj -> Pi unordered", "channel Pj Pi false"),
        (
            r#"Pi a: send order1(amount=299, item="Order Android") -> Pj   balance=701"#,
            r#"Pi Some("a") Send [(Some("order1"), Some("Pj"), Some("{\"amount\":299,\"item\":\"Order Android\"}"))] Some("{\"balance\":701}") None"#,
        ),
        (
            "Pi b: recv order2 balance=1200 @ 12.5",
            r#"Pi Some("b") Receive [(Some("order2"), None, None)] Some("{\"balance\":1200}") Some("12.5")"#,
        ),
        ("Pi: step note=word", r#"Pi None Step [] Some("{\"note\":\"word\"}") None"#),
        (
            "Pi: send news -> Pj, Pk",
            r#"Pi None Send [(Some("news"), Some("Pj"), None), (Some("news"), Some("Pk"), None)] None None"#,
        ),
        ("Pj:send->Pi", r#"Pj None Send [(None, Some("Pi"), None)] None None"#),
        ("Pi: receive <- Pj", r#"Pi None Receive [(None, Some("Pj"), None)] None None"#),
        (
            "Pi: receive m, n <- Pj, Pk",
            r#"Pi None Receive [(Some("m"), Some("Pj"), None), (Some("n"), Some("Pk"), None)] None None"#,
        ),
        ("Pi: send marker -> Pj", r#"Pi None Send [(Some("marker"), Some("Pj"), None)] None None"#),
        ("Pi: record s1 x=1", r#"mark Pi s1 Record { state: Some("{\"x\":1}"), channels: None }"#),
        ("Pi: send marker s1 -> Pj, Pk", r#"mark Pi s1 Send(["Pj", "Pk"])"#),
        ("Pj: receive marker s1 <- Pi", r#"mark Pj s1 Receive("Pi")"#),
        ("\"process\": step", r#"process None Step [] None None"#),
        ("process: step", r#"process None Step [] None None"#),
        ("cut halfway = Pi=b Pj=f # x", "cut halfway Pi=b Pj=f"),
    ];
    for (line, wanted) in lines {
        assert_eq!(said(line), [wanted], "{line}");
    }
    assert_eq!(said("\u{feff}# only\r\n\r\n  \n"), Vec::<String>::new());
}

#[test]
fn faults_say_where_and_what() {
    let lines = [
        ("P1 send m -> P2", "3..7: `send` does not belong here; expected `:` before the action"),
        (
            "P1: sned m -> P2",
            "4..8: `sned` does not belong here; expected `step`, `send`, `receive`, `record` or a marker",
        ),
        ("P1: send m P2", "11..13: `P2` does not belong here; expected `->` and the receiver"),
        ("P1: send m ->", "13..13: the line ends too early; expected a name"),
        ("P1: send m(a=1 -> P2", "15..17: `->` does not belong here; expected `,` or `)`"),
        (
            "P1: step x=",
            "11..11: the line ends too early; expected a value: a number, true, false, null, a word or a string in quotes",
        ),
        ("P1: step x=\"a", "13..13: the line ends too early; expected a closing `\"`"),
        ("P1: step @ noon", "11..15: `noon` is no time; expected a number or RFC 3339"),
        (
            "P1: send a, b -> P2, P3, P4",
            "0..27: 2 messages and 3 peers do not go together; expected one of either, or equal numbers",
        ),
        ("cut c = P1", "10..10: the line ends too early; expected `=` and a position"),
    ];
    for (line, wanted) in lines {
        assert_eq!(said(line), [wanted], "{line}");
    }
}

#[test]
fn a_line_that_is_not_utf8_costs_no_other() {
    let mut said = Said::default();
    read(&Source::from_text("t", b"P1: step\nP1: st\xFFep\nP1: step".to_vec()), &mut said);
    assert_eq!(said.0[1], "15..16: this line is not UTF-8 text (byte 0xFF); expected UTF-8");
    assert_eq!(said.0.len(), 3);
}

proptest! {
    /// Nothing panics, whatever the bytes.
    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'\n'), Just(b':'), Just(b'"')], 0..200)) {
        read(&Source::from_text("t", bytes), &mut Said::default());
    }
}

proptest! {
    #[test]
    fn lines_say_the_same_kind_by_kind(
        lines in proptest::collection::vec(
            ("P[0-9]|[a-z]{5,30}", "step|send|receive", "m[0-9]{1,3}|[a-f0-9-]{9,70}", "[A-C]|[a-z]{5,30}", any::<bool>()),
            1..1200,
        ),
        odd in proptest::option::weighted(0.3, (
            any::<proptest::sample::Index>(),
            "|A:|A: step |A: stop|A: send m|A: send m <- B|A: receive m -> B|A: send m -> B @ 3|A b: step|A:  step|é: step|A: send a,b -> B",
        )),
        ends in any::<bool>(),
    ) {
        let mut lines: Vec<String> = lines.into_iter().map(|(process, verb, id, peer, has_peer)| match &verb[..] {
            "step" => format!("{process}: step"),
            "send" => format!("{process}: send {id} -> {peer}"),
            _ if has_peer => format!("{process}: receive {id} <- {peer}"),
            _ => format!("{process}: receive {id}"),
        }).collect();
        let has_odd = odd.is_some();
        if let Some((at, line)) = odd {
            lines.insert(at.index(lines.len()), line);
        }
        let mut text = lines.join("\n");
        text.push_str(if ends { "\n" } else { "" });
        while text.len() > 1 << 16 {
            text.truncate(text.trim_end().rfind('\n').unwrap_or(0) + 1);
        }
        let is_by_kind = crate::format::by_kind::tests::is_the_same::<Text>(&text, |memory| &mut memory.by_kind);
        prop_assert!(is_by_kind || has_odd || !ends);
    }
}

#[test]
fn lines_say_the_same_kind_by_kind_whatever_byte_is_another() {
    let lines = ["A: step", "B: send m1 -> A", "A: receive m1", "A: send 2 -> process-of-many", "B: receive 3 <- A"];
    crate::format::by_kind::tests::is_the_same_whatever_byte::<Text>(&lines, |memory| &mut memory.by_kind);
}

#[test]
fn a_block_may_end_before_a_verb() {
    const BLOCK: usize = 1 << 16;
    // Its first line starts with a verb.
    let (first, line) = ("receive m\n", "A: step\n");
    let lines = (BLOCK - first.len()) / line.len() - 1;
    let name = BLOCK - first.len() - lines * line.len() - ": ".len();
    let text = [first, &line.repeat(lines), &"x".repeat(name), ": "].concat();
    assert_eq!(text.len(), BLOCK);
    crate::format::by_kind::tests::is_the_same::<Text>(&text, |memory| &mut memory.by_kind);
}
