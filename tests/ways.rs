//! However a log is read, and whatever of it is kept, what is said of it is the same.

mod support;
#[path = "support/ways.rs"]
mod ways;

use std::path::Path;
use std::sync::Arc;

use clearcut::causality::CausalOrder;
use clearcut::cut::{self, Cut, Verdict};
use clearcut::format::cut::Place;
use clearcut::format::mapping::describe;
use clearcut::format::{self, Options, Way};
use clearcut::generate::{Settings, Shape};
use clearcut::report::text;
use clearcut::report::verify::VerifyReport;
use clearcut::source::Source;
use clearcut::trace::{Builder, Trace, Wanted};
use proptest::prelude::*;
use support::random::{Style, execution};

/// Lines that are nearly plain, of few names: so that ids come again, and receives before their sends.
fn text_line() -> impl Strategy<Value = String> {
    let rare = r#"[Pm1:><# ,"é-]{0,4}(P|é)?(1|-)?:? ?(step|send|receive|recv|process)( marker)?( |  )(m|"m"|m-|x>|a-long-name-of-a-message)?( ?-> ?| <- )?(P2|marker|,)?\r?( x=1)?"#;
    let plain = "P[1-4]: (step|send m[1-3] -> P[1-4]|receive m[1-3]|receive m[1-3] <- P[1-4])";
    let time = r" @ ([0-9]{1,3}(\.[0-9]{1,3})?|2026-01-02(T| )10:0[0-2]:[0-6][0-9](\.[0-9]{1,3})?(Z|\+02:00)|noon|-1)";
    let detailed = format!(
        "(P[1-3]|cut)( [ab]{{1,2}}| step)?: (step|send m[1-3] -> P[1-4]|receive m[1-3]( <- P[1-4])?)({time}){{0,1}}( x=1)?"
    );
    let detailed = proptest::string::string_regex(&detailed).unwrap();
    let long = "(server-1|a-rather-long-name-[12]): (send (m|a-rather-long-id-)[12] -> (P1|a-rather-long-name-[12])|receive a-rather-long-id-[12])";
    prop_oneof![1 => rare, 12 => plain, 6 => detailed, 2 => long, 1 => Just(String::new())]
}

fn json_line() -> impl Strategy<Value = String> {
    let name = r#""(P[1-4]|é|a\\\\b|a-rather-long-name-of-a-process)""#;
    let member = format!(
        r#"("process" ?: ?{name}|"event":"(step|send|receive|recv)"|"message": ?("m[1-3]"|""|7|null|"an-id-of-more-than-fifteen"|"a\\u0041")|"to" ?:{name}|"from":{name}|"time":1|"x":"y")"#
    );
    let rare = format!(r"\{{ ?{member}(, ?{member}){{1,4}} ?\}} ?\r?");
    let rare = proptest::string::string_regex(&rare).unwrap();
    let plain = r#"\{"process": ?"P[1-4]","event":"(step"|send","message": ?"m[1-3]","to":"P[1-4]"|receive","message":"m[1-3]"|receive","message":"m[1-3]","from":"P[1-4]")\}"#;
    let time = r#""time": ?([0-9]{1,3}(\.[0-9]{1,3})?|1e3|"2026-01-02[T ]10:0[0-2]:[0-6][0-9](\.[0-9]{1,3})?(Z|\+02:00)"|"12")"#;
    let more = r#""label":"[ab]{0,2}"|"note":"([a é]{0,3}|\\n)"|"state": ?(\{\}|\{"x": ?[0-9]\}|\{"x":"\}"\}|3)|"(x|thread|a long name of a member)":(1|-1|"y"|"a\\"b"|\{"x":"\}"\})|"payload": ?(1|-0|01|\[1, "\]"\]|\{"a":null\}|"p"|null)"#;
    let more = format!("({time}|{more})");
    let message =
        r#""event":"send","message":"m[1-3]","to":"P[1-4]"|"event":"receive","message":"m[1-3]"|"event":"step""#;
    let detailed = format!(r#"\{{({more}, ?)?"process":"P[1-4]", ?({more},)?({message})(, ?{more}){{0,2}} ?\}}"#);
    let detailed = proptest::string::string_regex(&detailed).unwrap();
    prop_oneof![1 => rare, 8 => plain, 6 => detailed]
}

/// Patterns of every kind: one that can match at one place alone and ones with a choice; of one line and of several; with
/// groups within groups and out of their order; that name receivers, do not, or do at times.
const PATTERNS: [&str; 13] = [
    r"^(?<process>P\d) (?<event>\w+) (?<message>\w+)(?: to (?<to>P\d))?$",
    r"^(?<process>P\d) .*(?<event>send|got) (?<message>\w+)",
    r"(?<process>P\d).*?(?<send>send)\s+(?<message>m\d)",
    r"^(?<receive>.*(?<process>P\d)) got (?<message>\S+)",
    r"^(?<process>P\d) (?<send>sends)\n(?<message>m\d)(?: to (?<to>P\d))?$",
    r"(?<process>P\d) (?<receive>gets)\n+.*\n(?<message>\w+)",
    r"^(?<process>P\d) (?<step>notes|got|s).*\n.*\n.*",
    r"(?<process>P\d)\s+(?<step>notes)[^\n]*(?<x>[^,]*)$",
    r"(?:(?<message>m\d) |(?<process>P\d) |(?<receive>got) |(?<from>P\d)-)+$",
    r"(?i)^(?<process>p\d) (?<step>NOTES) (?<x>\S*)\B(?<y>)",
    r"^(?<send>send) (?<message>.*)$",
    r"^(?<receive>got) (?<message>.*)\s?$",
    r"^(?<process>P\d) (?<event>send|got) (?<message>m\d) (?<time>\d+)",
];

/// As a description says.
fn agree_as(description: &str, logs: &[Vec<u8>]) -> usize {
    let described = describe(description).unwrap_or_else(|problems| panic!("{description}\n{problems:?}"));
    ways::agree_as(&described.mapping.expect("it says what events look like"), logs)
}

fn log_line() -> impl Strategy<Value = Vec<u8>> {
    let event = "P[1-3] (send|got|gets|sends|notes) (m[1-4]|é)( to P[1-3]| 7| x)?";
    let part = "(P[1-3] |m[1-3] |got |P1-){1,4}|P[1-3] (sends|gets)|m[1-3]( to P[1-3])?|(send|got) m[1-3]";
    let odd = "[Pm1 ékKgot\r,]{0,6}";
    let end = prop_oneof![6 => Just("\n"), 2 => Just("\r\n"), 1 => Just(" \r\n"), 1 => Just("\n\n")];
    let text = prop_oneof![6 => event, 4 => part, 2 => odd].prop_map(String::into_bytes);
    let text = prop_oneof![30 => text, 1 => Just(b"P1 got \xFF".to_vec()), 1 => Just(b"\xE9 P1 send m1".to_vec())];
    (text, end).prop_map(|(mut text, end)| {
        text.extend(end.as_bytes());
        text
    })
}

fn patterns() -> impl Strategy<Value = String> {
    let some = proptest::sample::subsequence(PATTERNS.to_vec(), 1..4).prop_shuffle();
    some.prop_map(|some| some.iter().map(|pattern| format!("pattern {pattern}\n")).collect())
}

proptest! {
    #[test]
    fn every_way_of_reading_by_patterns_says_the_same(
        patterns in patterns(),
        logs in proptest::collection::vec(proptest::collection::vec(log_line(), 0..30), 1..3),
        end in any::<bool>(),
    ) {
        let mut logs: Vec<Vec<u8>> = logs.into_iter().map(|lines| lines.concat()).collect();
        if let (false, Some(last)) = (end, logs.last_mut()) {
            last.pop();
        }
        agree_as(&patterns, &logs);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// A record that takes several lines may take some of the next block.
    #[test]
    fn every_way_of_reading_blocks_by_patterns_says_the_same(
        long in proptest::sample::select(vec![PATTERNS[4], PATTERNS[5], PATTERNS[6]]),
        others in patterns(),
        lines in proptest::collection::vec(log_line(), 5..30),
        bom in any::<bool>(),
    ) {
        let mut log = if bom { b"\xEF\xBB\xBF".to_vec() } else { Vec::new() };
        log.extend(lines.concat().iter().cycle().take(200_000));
        agree_as(&format!("pattern {long}\n{others}"), &[log]);
    }
}

proptest! {
    #[test]
    fn every_way_of_reading_text_says_the_same(
        lines in proptest::collection::vec(text_line(), 0..60),
        end in prop_oneof![Just(""), Just("\n"), Just("\r\n")],
        odd in proptest::option::weighted(0.1, any::<prop::sample::Index>()),
    ) {
        let mut bytes = (lines.join("\n") + end).into_bytes();
        if let Some(odd) = odd {
            bytes.insert(odd.index(bytes.len() + 1), 0xFF);
        }
        ways::agree(&bytes);
    }

    #[test]
    fn every_way_of_reading_json_says_the_same(lines in proptest::collection::vec(json_line(), 0..60)) {
        ways::agree((lines.join("\n") + "\n").as_bytes());
    }

    /// Where one look at each event is enough, the report is the one of a trace that keeps everything; and it is enough
    /// for every consistent cut of a causal log whose messages have ids and come one at a time.
    #[test]
    fn the_messages_that_cross_a_cut_are_enough(
        execution in execution(120),
        from in any::<bool>(),
        positions in proptest::collection::vec(any::<prop::sample::Index>(), 4),
        take in proptest::option::of(any::<prop::sample::Index>()),
        rest_at_end in any::<bool>(),
    ) {
        let text = execution.text(Style { grouped: false, unnamed: false, from });
        let trace = Trace::from_text(&text).unwrap();
        let counts = execution.counts();
        let mut cut: Vec<u32> = counts.iter().zip(&positions).map(|(&n, i)| i.index(n as usize + 1) as u32).collect();
        if let Some(take) = take {
            // After some part of the log: consistent.
            cut.fill(0);
            trace.log_order().take(take.index(trace.event_count() + 1)).for_each(|(p, k)| cut[p.index()] = k);
        }
        let place = |p: usize| (format!("P{p}"), Place::Count(u64::from(cut[p])));
        let at_rest = |p: &usize| cut[*p] == if rest_at_end { counts[*p] } else { 0 };
        let places = (0..cut.len()).filter(|p| !at_rest(p)).map(place).collect();
        let mut builder = Builder::crossing(Wanted { places, rest_at_end, ..Wanted::default() });
        let source = Arc::new(Source::from_text("input", text.as_str()));
        builder.source(source.clone());
        clearcut::format::text::read_as(&source, Way::Threads(2), &mut builder);

        let full = cut::verify(&trace, Cut::new(&trace, cut.clone()).unwrap(), false).unwrap();
        let batches = execution.events.iter().any(|(_, did)| matches!(did, support::random::Did::Receive(ids) if ids.len() > 1));
        let must = full.verdict == Verdict::Holds && trace.unsent().is_empty() && trace.duplicates().is_empty();
        if builder.gave_up() {
            prop_assert!(!must || batches, "{}\n{:?}", text, cut);
            return Ok(());
        }
        prop_assert_eq!(full.verdict, Verdict::Holds);
        let lean = builder.finish().unwrap();
        prop_assert_eq!(&lean.crossed().unwrap().positions, &cut);
        let found = cut::verify(&lean, Cut::new(&lean, cut).unwrap(), false).unwrap();
        let json = |trace, found| serde_json::to_string(&VerifyReport::new(trace, found, false)).unwrap();
        prop_assert_eq!(json(&lean, &found), json(&trace, &full));
        // A short trace is drawn, which takes its events.
        if trace.event_count() > 40 {
            let text = |trace, found| {
                let order = CausalOrder::of(trace).unwrap();
                let proof = text::verify::proof(trace, &order, found);
                text::verify::text(trace, &order, found, &proof, false)
            };
            prop_assert_eq!(text(&lean, &found), text(&trace, &full));
        }
    }
}

/// Whose event it is comes first, wherever the line has it, and what only odd lines name is no process.
#[test]
fn processes_are_numbered_alike_where_blocks_are_plain() {
    let turned =
        |i: usize| format!("{{\"to\":\"Q{i}\",\"process\":\"P{i}\",\"event\":\"send\",\"message\":\"m{i}\"}}\n");
    let step = |name: &str| format!("{{\"process\":\"{name}\",\"event\":\"step\"}}\n");
    let odd = "{\"process\":\"P0\",\"event\":\"step\",\"to\":\"Late\"}\n";
    let plain = step("P0").repeat(4000);
    let logs = [turned(0), odd.to_owned() + &plain + &step("Early") + &step("Late") + &turned(1)];
    for log in logs {
        let source = Arc::new(Source::from_text("input", log));
        let names = |way| {
            let mut builder = Builder::crossing(Wanted { rest_at_end: true, ..Wanted::default() });
            builder.source(source.clone());
            clearcut::format::jsonl::read_as(&source, way, &mut builder);
            assert!(!builder.gave_up());
            let trace = builder.finish().unwrap();
            trace.processes().map(|p| trace.name(p).to_owned()).collect::<Vec<_>>()
        };
        let wanted = names(Way::Reference);
        for way in [Way::Anywhere, Way::Threads(1), Way::Threads(2), Way::Threads(3)] {
            assert_eq!(names(way), wanted, "{way:?}");
        }
    }
}

/// Lines of any length that a quick look can take in, and longer ones; each word at their ends in turn.
#[test]
fn lines_that_end_about_where_a_quick_look_does_are_read_the_same() {
    for len in 1..110 {
        let (short, long) = ("P".repeat(len % 20 + 1), "x".repeat(2 * len));
        let text = [[&long, "m", &short], [&short, &long, "Q"], [&short, "m", &long]]
            .map(|[p, m, q]| format!("{p}: send {m} -> {q}\n{q}: receive {m} <- {p}\n{q}: receive {m}\n{p}: step\n"));
        ways::agree(text.concat().as_bytes());
        let json = [["process", "message", "to"], ["to", "process", "message"], ["message", "to", "process"]]
            .map(|[a, b, c]| format!("{{\"{a}\":\"{long}\",\"event\":\"send\",\"{b}\":\"{short}\",\"{c}\":\"Q\"}}\n"));
        ways::agree(json.concat().as_bytes());
    }
}

/// A send that is refused is no message: those behind it are not told apart by how many sends there are.
#[test]
fn behind_a_send_that_is_refused_messages_are_paired_the_same() {
    ways::agree(b"P1: send x -> P1\nP2: receive m\nP1: send m -> P2\nP3: send m -> P2\n");
}

/// Blocks of lines meet: a made-up log of several, in either format.
#[test]
fn a_payload_of_a_send_that_is_refused_is_not_that_of_the_next() {
    let lines = [
        r#"{"process":"P2","payload":[1],"event":"send","message":"m1","to":"P2"}"#,
        r#"{"payload":[1],"process":"P3","event":"send","message":"m1","to":"P1","note":""}"#,
    ];
    ways::agree((lines.join("\n") + "\n").as_bytes());
}

#[test]
fn large_logs_are_read_the_same_by_any_number_of_threads() {
    for shape in [Shape::Trace, Shape::JsonLines] {
        for (grouped, times) in [(false, false), (true, false), (false, true)] {
            let mut bytes = Vec::new();
            let settings = Settings { processes: 40, events: 8_000, shape, grouped, times, ..Settings::default() };
            settings.write(&mut bytes).unwrap();
            ways::agree(&bytes);
        }
    }
}

/// Blocks that end within records of two lines, of three, and of one that could be the first of two.
#[test]
fn records_reach_from_block_to_block() {
    let two = r"pattern ^(?<process>P\d) (?<send>sends)\n(?<message>P?m\d+)";
    let log: String = (0..30_000).map(|i| format!("P{} sends\nm{i}\n", i % 7)).collect();
    assert_eq!(agree_as(two, &[log.into_bytes()]), 30_000);
    // Each line is like the next one: which lines belong together depends on where one starts, and no block has a
    // multiple of three.
    let same = r"pattern ^(?<process>P\d) (?<step>a)\nP\d a\nP\d a";
    for (lines, end) in [(30_000, "\n"), (30_001, "\r\n"), (30_002, "\r\n")] {
        let log: String = (0..lines).map(|i| format!("P{} a{end}", i % 7)).collect();
        assert_eq!(agree_as(same, &[("\n".to_owned() + &log).into_bytes()]), lines / 3);
    }
}

/// The traces of the project, whatever their format: what is not of one is bytes to it.
#[test]
fn all_samples_are_read_the_same_in_every_way() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("traces");
    let mut read = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "trace" || ending == "jsonl") {
            ways::agree(&std::fs::read(&path).unwrap());
            let source = Source::open(&path).unwrap();
            assert!(format::detect(&source).is_some() && (Options::default().pattern.is_none()));
            read += 1;
        }
    }
    assert!(read >= 10, "{read}");
}
