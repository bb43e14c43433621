//! Snapshots that logs recorded: right ones hold, and each classic mistake is named by the rule that it breaks.

#[path = "support/schemas.rs"]
mod schemas;

use std::collections::VecDeque;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use clearcut::causality::CausalOrder;
use clearcut::cut::Verdict;
use clearcut::format;
use clearcut::report::recorded::RecordedReport;
use clearcut::report::text;
use clearcut::snapshot::recorded::{Claim, Protocol, judge, judge_all};
use clearcut::source::Source;
use clearcut::trace::{Builder, Trace};
use proptest::prelude::*;
use serde_json::{Value, json};

fn trace(lines: &[Value]) -> Trace {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let source = Arc::new(Source::from_text("log.jsonl", text));
    let mut builder = Builder::new();
    builder.source(source.clone());
    (format::by_name("jsonl").unwrap().read)(&source, &format::Options::default(), 0, &mut builder);
    builder.finish().unwrap_or_else(|(sources, problems)| panic!("{:?}", problems.locate(&sources)))
}

/// The verdict on the first snapshot of a log, and its report.
fn judged(lines: &[Value]) -> (Verdict, Value) {
    let trace = trace(lines);
    let order = CausalOrder::of(&trace).unwrap();
    let found = judge(&trace, &order, 0, false).unwrap();
    // Whatever is wrong can be told.
    let told = text::recorded::text(&trace, &found);
    assert!(told.starts_with(found.verdict().name()), "{told}");
    assert!(found.differences.iter().take(20).all(|d| told.contains(d.what.rule())), "{told}");
    (found.verdict(), serde_json::to_value(RecordedReport::new(&trace, &found)).unwrap())
}

/// Rule, process, and the other end of the channel if there is one.
fn rules(report: &Value) -> Vec<String> {
    let one = |d: &Value| {
        let peer = ["from", "to"].iter().find_map(|key| d[*key].as_str()).unwrap_or("");
        format!("{} {} {peer}", d["rule"].as_str().unwrap(), d["process"].as_str().unwrap()).trim().to_string()
    };
    report["differences"].as_array().unwrap().iter().map(one).collect()
}

fn moves(process: &str, event: &str, message: &str, peer: &str, money: i64) -> Value {
    let end = if event == "send" { "to" } else { "from" };
    let mut line =
        json!({"process": process, "event": event, "message": message, end: peer, "state": {"money": money}});
    if event == "send" {
        line["payload"] = json!({"id": message});
    }
    line
}

fn record(process: &str, money: i64, channels: Value) -> Value {
    json!({"process": process, "event": "record", "snapshot": "s", "state": {"money": money}, "channels": channels})
}

fn marker(process: &str, event: &str, peer: &str) -> Value {
    let end = if event == "send" { "to" } else { "from" };
    json!({"process": process, "event": event, "marker": "s", end: peer})
}

/// Where the lines of [`run`] stand.
const A_RECORDS: usize = 9;
const A_TO_B: usize = 10;
const B_FIRST: usize = 17;
const B_RECORDS: usize = 18;
const B_TO_A: usize = 19;
const B_RECEIVES_A2: usize = 24;

/// A right run: A starts; b1 and b2 are in the channel from B, and c1 in that from C.
fn run() -> Vec<Value> {
    let declare =
        |process: &str, money: i64| json!({"process": process, "event": "process", "state": {"money": money}});
    let channel = |from: &str, to: &str| json!({"event": "channel", "from": from, "to": to});
    vec![
        declare("A", 100),
        declare("B", 50),
        declare("C", 20),
        channel("A", "B"),
        channel("B", "A"),
        channel("A", "C"),
        channel("C", "A"),
        moves("A", "send", "a1", "B", 90),
        moves("B", "send", "b1", "A", 45),
        record("A", 90, json!({"B": ["b1", {"payload": {"id": "b2"}}], "C": ["c1"]})),
        marker("A", "send", "B"),
        marker("A", "send", "C"),
        moves("B", "send", "b2", "A", 44),
        moves("C", "send", "c1", "A", 18),
        marker("C", "receive", "A"),
        record("C", 18, json!({})),
        marker("C", "send", "A"),
        marker("B", "receive", "A"),
        record("B", 44, json!({"A": ["a1"]})),
        marker("B", "send", "A"),
        moves("A", "receive", "b1", "B", 95),
        moves("A", "send", "a2", "B", 88),
        moves("A", "receive", "b2", "B", 89),
        moves("A", "receive", "c1", "C", 91),
        moves("B", "receive", "a2", "A", 51),
        marker("A", "receive", "B"),
        marker("A", "receive", "C"),
    ]
}

/// [`run`] as it was: a1 arrives at B before the marker does.
fn right() -> Vec<Value> {
    let mut lines = run();
    lines[B_RECORDS] = record("B", 54, json!({}));
    lines[B_RECEIVES_A2]["state"]["money"] = json!(61);
    lines.insert(B_FIRST, moves("B", "receive", "a1", "A", 54));
    lines
}

/// Line numbers in [`right`] of what comes after the line that it puts in.
const fn after(line: usize) -> usize {
    line + 1
}

#[test]
fn a_right_run_holds_and_so_does_what_is_seen_of_it_or_undetermined() {
    let lines = right();
    let (verdict, report) = judged(&lines);
    assert_eq!((verdict, rules(&report)), (Verdict::Holds, vec![]), "{report}");
    assert_eq!(report["states"], "match");
    assert_eq!((&report["channels"], &report["protocol"]), (&json!("match"), &json!("obeyed")));
    for end in A_RECORDS + 1..lines.len() {
        let (verdict, report) = judged(&lines[..end]);
        assert_eq!(verdict, Verdict::Undetermined, "the first {end} lines: {report}");
        assert_eq!(report["complete"], json!(false));
        assert!(!report["waits"].as_array().unwrap().is_empty());
    }
}

#[test]
fn who_waits_for_what() {
    let lines = right();
    let (_, report) = judged(&lines[..=A_TO_B]);
    assert_eq!(
        report["waits"],
        json!([
            {"process": "B", "waits_for": "first-marker", "on_the_way": [{"from": "A", "behind": ["a1"]}]},
            {"process": "C", "waits_for": "first-marker", "on_the_way": []}
        ])
    );
    let (_, report) = judged(&lines[..lines.len() - 1]);
    assert_eq!(
        report["waits"],
        json!([{"process": "A", "waits_for": "marker", "from": "C", "on_the_way": [{"from": "C", "behind": []}]}])
    );
}

/// A mistake in a right run: what is changed, the rules that must be named, and what is said of a channel.
type Mistake = (&'static str, fn(&mut Vec<Value>), &'static [&'static str], Option<Value>);

#[test]
fn each_classic_mistake_is_named() {
    let mistakes: Vec<Mistake> = vec![
        (
            "a message is missing",
            |l| l[A_RECORDS]["channels"]["B"] = json!(["b2"]),
            &["channel A B"],
            Some(json!([{"kind": "missing", "message": "b1"}])),
        ),
        (
            "recording stopped early",
            |l| l[A_RECORDS]["channels"]["B"] = json!(["b1"]),
            &["channel A B", "closed-early A B"],
            Some(json!([{"kind": "closed-early", "message": "b2"}])),
        ),
        (
            "an incoming channel is forgotten",
            |l| l[A_RECORDS]["channels"] = json!({"B": ["b1", "b2"]}),
            &["channel A C", "closed-early A C"],
            Some(json!([{"kind": "missing", "message": "c1"}])),
        ),
        (
            "a message that was received before",
            |l| l[after(B_RECORDS)]["channels"] = json!({"A": ["a1"]}),
            &["channel B A"],
            Some(json!([{"kind": "extra", "message": "a1", "claimed": "a1"}])),
        ),
        (
            "a message that nobody sent",
            |l| l[A_RECORDS]["channels"]["B"] = json!(["b1", "b2", {"payload": 7}]),
            &["channel A B"],
            Some(json!([{"kind": "extra", "claimed": {"payload": 7}}])),
        ),
        (
            "the wrong order",
            |l| l[A_RECORDS]["channels"]["B"] = json!(["b2", "b1"]),
            &["channel A B"],
            Some(json!([{"kind": "wrong-order"}])),
        ),
        (
            "the wrong channel",
            |l| l[A_RECORDS]["channels"] = json!({"B": ["b1", "b2", "c1"]}),
            &["channel A B"],
            Some(json!([{"kind": "wrong-channel", "message": "c1", "claimed": "c1", "belongs_to": "C"}])),
        ),
        ("a wrong state", |l| l[A_RECORDS]["state"]["money"] = json!(90.5), &["state A"], None),
        (
            "the state after the next event",
            |l| l.swap(after(B_RECORDS), after(B_RECEIVES_A2)),
            &["state B", "recorded-late B A"],
            None,
        ),
        ("recorded twice", |l| l.insert(A_RECORDS + 1, l[A_RECORDS].clone()), &["recorded-twice A"], None),
        ("a marker twice", |l| l.insert(A_TO_B + 1, l[A_TO_B].clone()), &["marker-twice A B"], None),
        ("a marker that was never sent", |l| drop(l.remove(after(B_TO_A))), &["marker-unsent A B"], None),
        (
            "a marker late",
            |l| {
                let late = l.remove(A_TO_B);
                let at = l.iter().position(|line| line["message"] == "a2").unwrap();
                l.insert(at + 1, late);
                // B had no marker then; a2 arrives before it.
                let b: Vec<Value> = ["receive", "record", "send"]
                    .iter()
                    .map(|event| {
                        let own = |line: &Value| {
                            line["process"] == "B" && line["event"] == *event && line.get("message").is_none()
                        };
                        l.remove(l.iter().position(own).unwrap())
                    })
                    .collect();
                let at = l.iter().position(|line| line["process"] == "B" && line["message"] == "a2").unwrap();
                l.splice(at + 1..at + 1, b);
                let own = l.iter().position(|line| line["process"] == "B" && line["event"] == "record").unwrap();
                l[own]["state"]["money"] = json!(61);
            },
            &["marker-late A B"],
            None,
        ),
        (
            "no marker on a channel",
            |l| {
                l.retain(|line| line.get("marker").is_none() || (line["process"] != "B" && line["to"] != "B"));
                l.retain(|line| line["event"] != "record" || line["process"] != "B");
                l.retain(|line| line.get("marker").is_none() || line["from"] != "B");
            },
            &["marker-missing A B"],
            None,
        ),
        (
            "went on without recording",
            |l| l.retain(|line| line["event"] != "record" || line["process"] != "B"),
            &["not-recorded B A"],
            None,
        ),
        (
            "a marker before the record",
            |l| {
                let early = l.remove(A_TO_B);
                l.insert(A_RECORDS - 2, early);
            },
            // Two rules: it is not sent where A records, and a1 arrives before what was sent before it.
            &["marker-early A B", "marker-order B A"],
            None,
        ),
    ];
    for (what, change, expected, faults) in mistakes {
        let mut lines = right();
        change(&mut lines);
        let (verdict, report) = judged(&lines);
        assert_eq!(verdict, Verdict::Violated, "{what}: {report}");
        let named = rules(&report);
        for rule in expected {
            assert!(named.contains(&rule.to_string()), "{what}: {rule} is not among {named:?}");
        }
        if let Some(faults) = faults {
            assert_eq!(report["differences"][0]["faults"], faults, "{what}");
            assert_eq!(named.len(), expected.len(), "{what}: {named:?}");
        }
        let with_place = |d: &Value| d["at"]["file"] == "log.jsonl" && d["at"]["line"].as_u64() > Some(0);
        assert!(report["differences"].as_array().unwrap().iter().all(with_place), "{what}: {report}");
    }
}

/// A channel is called closed early where nothing else can be: each change alone leaves a doubt.
#[test]
fn a_channel_is_closed_early_only_where_that_is_proven() {
    let stopped = || {
        let mut lines = right();
        lines[A_RECORDS]["channels"]["B"] = json!(["b1"]);
        lines
    };
    let (_, report) = judged(&stopped());
    assert_eq!(
        (&report["protocol"], rules(&report)),
        (&json!("broken"), vec!["channel A B".into(), "closed-early A B".into()])
    );
    let early = &report["differences"][1];
    // A received b2 as its fourth event; the marker came after its fifth.
    assert_eq!((&early["message"], &early["expected"], &early["recorded"]), (&json!("b2"), &json!(5), &json!(3)));
    assert_eq!(early["at"]["line"], json!(A_RECORDS + 1));
    type Change = fn(&mut Vec<Value>);
    let doubts: [(&str, Change); 6] = [
        ("the first message is missing, the last is not", |l| l[A_RECORDS]["channels"]["B"] = json!(["b2"])),
        ("a payload that both messages have", |l| {
            l.iter_mut().filter(|line| line.get("payload").is_some()).for_each(|line| line["payload"] = json!(1));
            l[A_RECORDS]["channels"] = json!({"B": [{"payload": 1}], "C": ["c1"]});
        }),
        ("it is claimed of another channel", |l| l[A_RECORDS]["channels"]["C"] = json!(["c1", "b2"])),
        ("what is claimed is something else", |l| l[A_RECORDS]["channels"]["B"] = json!(["b0"])),
        ("the arrival of the marker is not logged", |l| {
            l.retain(|line| line.get("marker").is_none() || line["event"] == "send" || line["from"] != "B");
        }),
        ("the marker overtook the message", |l| {
            let marker = l
                .iter()
                .position(|line| line["event"] == "receive" && line["from"] == "B" && line.get("marker").is_some());
            let marker = l.remove(marker.unwrap());
            let at = l.iter().position(|line| line["event"] == "receive" && line["message"] == "b2").unwrap();
            l.insert(at, marker);
        }),
    ];
    for (what, change) in doubts {
        let mut lines = stopped();
        change(&mut lines);
        let (verdict, report) = judged(&lines);
        assert_eq!((verdict, &report["channels"]), (Verdict::Violated, &json!("differ")), "{what}: {report}");
        assert!(!rules(&report).iter().any(|rule| rule.starts_with("closed-early")), "{what}: {report}");
    }
}

#[test]
fn what_a_log_does_not_say_is_not_held_against_it() {
    // No markers: the protocol cannot be seen, the rest can.
    let mut lines = right();
    lines.retain(|line| line.get("marker").is_none());
    let (verdict, report) = judged(&lines);
    assert_eq!((verdict, &report["protocol"]), (Verdict::Holds, &json!("unlogged")), "{report}");
    // No claims.
    let mut lines = right();
    for line in &mut lines {
        if line["event"] == "record" {
            *line = json!({"process": line["process"], "event": "record", "snapshot": "s"});
        }
    }
    let (verdict, report) = judged(&lines);
    assert_eq!((verdict, &report["states"]), (Verdict::Holds, &json!("unclaimed")));
    assert_eq!(report["channels"], "unclaimed");
    // A send that the log lacks: the message may have been in the channel, or not.
    let mut lines = right();
    let at = lines.iter().position(|line| line["event"] == "send" && line["message"] == "c1").unwrap();
    lines[at] = json!({"process": "C", "event": "step", "state": {"money": 18}});
    for claim in [json!(["c1"]), json!([])] {
        lines[A_RECORDS]["channels"]["C"] = claim;
        let (verdict, report) = judged(&lines);
        assert_eq!((verdict, &report["undetermined"]), (Verdict::Undetermined, &json!(["c1"])), "{report}");
    }
}

/// A run of several processes that move money, with snapshots in flight at once, and its log.
struct World {
    random: u64,
    money: Vec<i64>,
    channels: Vec<Vec<VecDeque<Item>>>,
    /// By snapshot and process.
    taken: Vec<Vec<Option<Taken>>>,
    log: Vec<Value>,
    sent: usize,
}

/// The line of a record, and which channels are still open.
type Taken = (usize, Vec<bool>);

#[derive(Clone)]
enum Item {
    Message(String, i64),
    Marker(usize),
}

impl World {
    fn below(&mut self, n: usize) -> usize {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) as usize % n
    }

    fn name(p: usize) -> String {
        format!("P{p}")
    }

    fn record(&mut self, s: usize, p: usize) {
        let n = self.money.len();
        self.taken[s][p] = Some((self.log.len(), (0..n).map(|q| q != p).collect()));
        self.log.push(json!({"process": Self::name(p), "event": "record", "snapshot": format!("s{s}"),
            "state": {"money": self.money[p]}, "channels": {}}));
        let others: Vec<usize> = (0..n).filter(|&q| q != p).collect();
        let names: Vec<String> = others.iter().map(|&q| Self::name(q)).collect();
        // One line for all, or one for each.
        if self.below(2) == 0 {
            self.log.push(json!({"process": Self::name(p), "event": "send", "marker": format!("s{s}"), "to": names}));
        } else {
            for name in names {
                self.log
                    .push(json!({"process": Self::name(p), "event": "send", "marker": format!("s{s}"), "to": name}));
            }
        }
        for q in others {
            self.channels[p][q].push_back(Item::Marker(s));
        }
    }

    fn deliver(&mut self, p: usize, q: usize) {
        let by_payload = self.below(2) == 0;
        match self.channels[p][q].pop_front() {
            None => {}
            Some(Item::Message(id, amount)) => {
                self.money[q] += amount;
                self.log.push(json!({"process": Self::name(q), "event": "receive", "message": id,
                    "from": Self::name(p), "state": {"money": self.money[q]}}));
                for s in 0..self.taken.len() {
                    let Some((line, open)) = &self.taken[s][q] else { continue };
                    if open[p] {
                        let (line, sender) = (*line, Self::name(p));
                        let member =
                            if by_payload { json!({"payload": {"money": amount, "id": id}}) } else { json!(id) };
                        let channels = self.log[line]["channels"].as_object_mut().unwrap();
                        channels.entry(sender).or_insert(json!([])).as_array_mut().unwrap().push(member);
                    }
                }
            }
            Some(Item::Marker(s)) => {
                self.log.push(json!({"process": Self::name(q), "event": "receive", "marker": format!("s{s}"),
                    "from": Self::name(p)}));
                if self.taken[s][q].is_none() {
                    self.record(s, q);
                }
                if let Some((_, open)) = &mut self.taken[s][q] {
                    open[p] = false;
                }
            }
        }
    }

    /// The log of a run: random moves, then everything arrives.
    fn run(seed: u64, n: usize, snapshots: usize, steps: usize) -> Vec<Value> {
        let mut world = Self {
            random: seed,
            money: vec![100; n],
            channels: vec![vec![VecDeque::new(); n]; n],
            taken: vec![vec![None; n]; snapshots],
            log: vec![],
            sent: 0,
        };
        for p in 0..n {
            world.log.push(json!({"process": Self::name(p), "event": "process", "state": {"money": 100}}));
        }
        for step in 0..steps {
            let (p, q) = (world.below(n), world.below(n));
            if let Some(s) = (0..snapshots).find(|s| step == s * steps / snapshots) {
                world.record(s, p);
            } else if p != q && world.below(2) == 0 {
                let id = format!("m{}", world.sent);
                world.sent += 1;
                let amount = world.below(5) as i64;
                world.money[p] -= amount;
                world.log.push(json!({"process": Self::name(p), "event": "send", "message": id, "to": Self::name(q),
                    "payload": {"id": id, "money": amount}, "state": {"money": world.money[p]}}));
                world.channels[p][q].push_back(Item::Message(id, amount));
            } else if p != q {
                world.deliver(p, q);
            }
        }
        while let Some((p, q)) = (0..n * n).map(|i| (i / n, i % n)).find(|&(p, q)| !world.channels[p][q].is_empty()) {
            world.deliver(p, q);
        }
        world.log
    }
}

/// Lines that a condition picks.
fn lines_with(log: &[Value], is: impl Fn(&Value) -> bool) -> Vec<usize> {
    (0..log.len()).filter(|&i| is(&log[i])).collect()
}

/// A random mistake in one snapshot: which, and a rule that must be named; nothing where the log has no place for it.
fn mutate(log: &mut Vec<Value>, kind: usize, pick: usize) -> Option<(String, &'static str)> {
    let records = lines_with(log, |l| l["event"] == "record");
    let full: Vec<(usize, String)> = records
        .iter()
        .flat_map(|&i| log[i]["channels"].as_object().unwrap().keys().map(move |k| (i, k.clone())).collect::<Vec<_>>())
        .collect();
    let some = |n: usize| (n > 0).then(|| pick % n);
    let id = |l: &Value| l["snapshot"].as_str().or(l["marker"].as_str()).unwrap().to_string();
    match kind {
        0..=2 => {
            let (at, sender) = full[some(full.len())?].clone();
            let members = log[at]["channels"][&sender].as_array_mut().unwrap();
            match kind {
                0 => drop(members.remove(pick % members.len())),
                1 => members.push(json!("nobody's")),
                _ => {
                    members.push(members[0].clone());
                }
            }
            Some((id(&log[at]), "channel"))
        }
        3 => {
            let at = records[some(records.len())?];
            log[at]["state"]["money"] = json!(log[at]["state"]["money"].as_i64().unwrap() + 1);
            Some((id(&log[at]), "state"))
        }
        4 => {
            let at = records[some(records.len())?];
            log.insert(at + 1, log[at].clone());
            Some((id(&log[at]), "recorded-twice"))
        }
        5 => {
            let sends = lines_with(log, |l| l["event"] == "send" && l.get("marker").is_some());
            let at = sends[some(sends.len())?];
            log.insert(at + 1, log[at].clone());
            Some((id(&log[at]), "marker-twice"))
        }
        6 => {
            // A marker that is neither sent nor received, by a process that goes on.
            let receives = lines_with(log, |l| l["event"] == "receive" && l.get("marker").is_some());
            let at = receives[some(receives.len())?];
            let (s, from, to) = (id(&log[at]), log[at]["from"].clone(), log[at]["process"].clone());
            let first = lines_with(log, |l| l["process"] == to && l["event"] == "receive" && l["marker"] == *s)[0];
            let starts = lines_with(log, |l| l["process"] == to && l["event"] == "record" && l["snapshot"] == *s)[0];
            let step = lines_with(log, |l| l["process"] == from && l["event"] == "send" && l["marker"] == *s);
            let goes_on = lines_with(log, |l| l["process"] == from).last() > step.last();
            if !goes_on || (first == at && first < starts) {
                return None;
            }
            log.remove(at);
            for line in log.iter_mut().filter(|l| l["process"] == from && l["event"] == "send" && l["marker"] == *s) {
                let peers: Vec<Value> = line["to"].as_array().cloned().unwrap_or_else(|| vec![line["to"].clone()]);
                line["to"] = peers.into_iter().filter(|peer| *peer != to).collect();
            }
            log.retain(|l| l["to"] != json!([]));
            Some((s, "marker-missing"))
        }
        7 => {
            // Recording stopped early. Of every message the payload names it.
            let (at, sender) = full[some(full.len())?].clone();
            let members = log[at]["channels"][&sender].as_array_mut().unwrap();
            members.truncate(pick % members.len());
            Some((id(&log[at]), "closed-early"))
        }
        _ => {
            // A process that a marker made record does so only after its next event.
            let late: Vec<(usize, usize)> = records
                .iter()
                .filter_map(|&at| {
                    let process = &log[at]["process"];
                    let had = lines_with(log, |l| {
                        l["process"] == *process && l["event"] == "receive" && l["marker"] == log[at]["snapshot"]
                    });
                    let next =
                        (at..log.len()).find(|&i| log[i]["process"] == *process && log[i].get("message").is_some());
                    (had.first()? < &at).then_some((at, next?))
                })
                .collect();
            let (at, next) = late[some(late.len())?];
            let line = log.remove(at);
            let id = id(&line);
            log.insert(next, line);
            Some((id, "recorded-late"))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn right_runs_hold_and_no_part_of_one_is_called_wrong(
        seed in any::<u64>(), n in 2..5usize, snapshots in 1..4usize, steps in 3..60usize, end in any::<usize>()
    ) {
        let log = World::run(seed, n, snapshots, steps);
        for found in judge_all(&trace(&log)).unwrap() {
            prop_assert_eq!(found.verdict(), Verdict::Holds, "{:?} {:?}", found.differences, found.waits);
            prop_assert_eq!((found.states, found.channels), (Claim::Match, Claim::Match));
            prop_assert_eq!(found.protocol, Protocol::Obeyed);
        }
        let part = &log[..n + end % (log.len() - n)];
        for found in judge_all(&trace(part)).unwrap() {
            prop_assert!(found.verdict() != Verdict::Violated, "{:?}", found.differences);
            prop_assert_eq!(found.complete, found.verdict() == Verdict::Holds);
        }
    }

    #[test]
    fn mistakes_are_caught_in_their_snapshot_and_in_no_other(
        seed in any::<u64>(), n in 2..5usize, snapshots in 1..4usize, steps in 3..60usize,
        kind in 0..9usize, pick in any::<usize>()
    ) {
        let mut log = World::run(seed, n, snapshots, steps);
        let Some((id, rule)) = mutate(&mut log, kind, pick) else { return Ok(()) };
        let trace = trace(&log);
        for found in judge_all(&trace).unwrap() {
            if trace.snapshots().get(found.snapshot) == id {
                prop_assert_eq!(found.verdict(), Verdict::Violated);
                prop_assert!(found.differences.iter().any(|d| d.what.rule() == rule), "{} {:?}", rule, found.differences);
            } else {
                prop_assert_eq!(found.verdict(), Verdict::Holds, "{:?}", found.differences);
            }
        }
    }
}

/// Runs the command on a log from standard input: exit code, output, diagnostics.
fn command(log: &[Value], args: &[&str]) -> (i32, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_clearcut"))
        .args(["verify", "-"])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let text: String = log.iter().map(|line| format!("{line}\n")).collect();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_command_exits_by_all_that_was_asked_and_its_json_keeps_to_the_schema() {
    let schemas = schemas::Schemas::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("grammar"));
    let validator = schemas.validator("verify");
    let mut wrong = right();
    wrong[A_RECORDS]["channels"]["B"] = json!(["b1"]);
    let unfinished = right()[..A_TO_B + 3].to_vec();
    let empty = "A=start B=start C=start";
    let cases: Vec<(Vec<Value>, Vec<&str>, i32, Value)> = vec![
        (right(), vec!["--snapshot", "s"], 0, json!(true)),
        (wrong, vec!["--snapshot", "s"], 1, json!(true)),
        (unfinished, vec!["--snapshot", "s"], 2, json!(null)),
        (right(), vec!["--snapshot", "s", "--initiator", "A"], 0, json!(true)),
        (right(), vec!["--snapshot", "s", "--initiator", "B"], 1, json!(true)),
        (right(), vec!["--snapshot", "s", "--initiator", "A=start"], 1, json!(true)),
        (right(), vec!["--snapshot", "s", "--initiator", "A", "--initiator", "B=start"], 1, json!(true)),
        (right(), vec!["--snapshot", "s", "--attainable"], 0, json!(true)),
        (right(), vec!["--cut", empty, "--attainable"], 0, json!(true)),
        (right(), vec!["--cut", "A=1 B=2 C=1", "--attainable"], 1, json!(true)),
        (right(), vec!["--cut", "A=0 B=2 C=0", "--attainable"], 0, json!(true)),
    ];
    for (log, args, exit, consistent) in cases {
        let (code, out, err) = command(&log, &args);
        assert_eq!(code, exit, "{args:?}\n{out}{err}");
        let verdict = ["holds", "violated", "undetermined"][exit as usize];
        assert!(out.starts_with(verdict), "{args:?}\n{out}");
        let (code, out, _) = command(&log, &[args.as_slice(), &["-o", "json"]].concat());
        let report: Value = serde_json::from_str(&out).unwrap();
        assert_eq!((code, &report["verdict"], &report["consistent"]), (exit, &json!(verdict), &consistent), "{args:?}");
        let errors: Vec<_> = validator.iter_errors(&report).map(|e| format!("{e} at {}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{args:?} {errors:?}\n{report}");
    }
    let (code, out, err) = command(&right(), &["--snapshot", "t"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("no snapshot `t`") && err.contains('s'), "{err}");
}

#[test]
fn attainable_in_json() {
    let part = |args: &[&str]| -> Value {
        let (_, out, err) = command(&right(), &[args, &["-o", "json"]].concat());
        serde_json::from_str::<Value>(&out).unwrap_or_else(|_| panic!("{err}"))["attainable"].take()
    };
    assert_eq!(
        part(&["--snapshot", "s", "--initiator", "A"]),
        json!({"initiators": ["A"], "by_chandy_lamport": true, "tree": [["A", "B"], ["A", "C"]]})
    );
    assert_eq!(
        part(&["--snapshot", "s", "--initiator", "B"]),
        json!({"initiators": ["B"], "by_chandy_lamport": false, "reason": "unreached", "unreached": ["A", "C"],
            "blocked": [{"from": "B", "to": "A", "messages": ["b1", "b2"]}]})
    );
    assert_eq!(
        part(&["--snapshot", "s", "--initiator", "A=start"])["elsewhere"],
        json!([{"process": "A", "position": 0, "cut": 1}])
    );
    let somebody = part(&["--cut", "A=0 B=2 C=1", "--attainable"]);
    assert_eq!(somebody["initiators"], json!(["A"]));
    assert_eq!(somebody["tree"], json!([["A", "B"], ["A", "C"]]));
    let nobody = part(&["--cut", "A=2 B=2 C=1", "--attainable"]);
    assert_eq!(nobody["by_chandy_lamport"], json!(false));
    assert_eq!((&nobody["initiators"], &nobody["apart"]), (&json!([]), &json!([["A"], ["B"]])));
}
