//! One set of spans in every format: what comes out does not depend on the format, and each rule of the graph does
//! what it says.

mod broken_off;

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::Dialect;
use crate::format::Options;
use crate::format::record::{
    ActionKind, ChannelRecord, CutRecord, EventRecord, MarkRecord, Problem, ProcessRecord, Remark, RemarkKind, Sink,
};
use crate::source::Source;

/// What was read, as text: one line for each event.
#[derive(Debug, Default)]
struct Seen {
    events: Vec<String>,
    /// Sends and receives in order: message, sender, receiver; a receive without a send has no sender.
    transfers: Vec<(bool, String, String, String)>,
    remarks: Vec<(RemarkKind, String)>,
    skipped: usize,
    cut: Vec<std::ops::Range<usize>>,
    problems: Vec<Problem>,
    source: usize,
}

impl Sink for Seen {
    fn source(&mut self, number: usize) {
        self.source = number;
    }
    fn remark(&mut self, remark: Remark) {
        self.remarks.push((remark.kind, remark.text));
    }
    fn process(&mut self, _: ProcessRecord<'_>) {}
    fn channel(&mut self, _: ChannelRecord<'_>) {}
    fn mark(&mut self, _: MarkRecord<'_>) {}
    fn cut(&mut self, _: CutRecord<'_>) {}
    fn event(&mut self, event: &EventRecord<'_>) {
        let action = match event.action {
            ActionKind::Step => "",
            ActionKind::Send => " !",
            ActionKind::Receive => " ?",
        };
        let mut line = format!("{} {}{action}", event.process, event.label.unwrap_or("-"));
        for transfer in event.transfers {
            let sends = event.action == ActionKind::Send;
            let (own, peer) = (event.process.to_string(), transfer.peer.unwrap_or("-").to_string());
            let (from, to) = if sends { (own, peer) } else { (peer, own) };
            self.transfers.push((sends, transfer.message.unwrap_or("-").into(), from, to));
            line += &format!(" {}~{}", transfer.message.unwrap_or("-"), transfer.peer.unwrap_or("-"));
        }
        line += &format!(" {} @{}", event.note.unwrap_or("-"), event.time.map_or(0, |time| time.billionths()));
        self.events.push(line);
    }
    fn skipped(&mut self, _: std::ops::Range<usize>) {
        self.skipped += 1;
    }
    fn cut_short(&mut self, at: std::ops::Range<usize>) {
        self.cut.push(at);
    }
    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
    fn lines(&mut self, _: usize) {}
}

fn read_all(texts: &[(&str, Dialect)], options: &Options) -> Seen {
    let source = |&(text, dialect): &(&str, Dialect)| (Arc::new(Source::from_text("spans", text)), dialect);
    let sources: Vec<_> = texts.iter().map(source).collect();
    let mut seen = Seen::default();
    super::read(&sources, options, &mut seen);
    seen
}

/// A span, and how each format writes it. Times in microseconds.
#[derive(Clone, Debug)]
struct Made {
    trace: u8,
    id: u8,
    parent: u8,
    service: u8,
    /// As OTLP numbers kinds.
    kind: u8,
    start: u64,
    duration: u64,
    links: Vec<(u8, u8)>,
}

fn span(id: u8, parent: u8, service: u8, kind: u8, start: u64, duration: u64) -> Made {
    Made { trace: 1, id, parent, service, kind, start, duration, links: Vec::new() }
}

const KINDS: [&str; 6] = ["", "internal", "server", "client", "producer", "consumer"];

fn service(number: u8) -> String {
    format!("s{number}")
}

impl Made {
    fn name(&self) -> String {
        format!("work {}", self.id % 3)
    }

    fn otlp(&self) -> Value {
        let links: Vec<Value> = (self.links.iter())
            .map(|(trace, id)| json!({"traceId": format!("{trace:032x}"), "spanId": format!("{id:016x}")}))
            .collect();
        json!({
            "traceId": format!("{:032X}", self.trace), "spanId": format!("{:016X}", self.id), "name": self.name(),
            "parentSpanId": if self.parent == 0 { String::new() } else { format!("{:016x}", self.parent) },
            "kind": self.kind, "startTimeUnixNano": (self.start * 1000).to_string(), "flags": 769,
            "endTimeUnixNano": (self.start + self.duration) * 1000, "links": links, "attributes": [],
        })
    }

    fn jaeger(&self) -> Value {
        let id = |trace: u8, id: u8, kind: &str| json!({"refType": kind, "traceID": format!("{trace:x}"), "spanID": format!("{id:x}")});
        let mut references = Vec::new();
        if self.parent != 0 {
            references.push(id(self.trace, self.parent, "CHILD_OF"));
        }
        references.extend(self.links.iter().map(|&(trace, link)| id(trace, link, "FOLLOWS_FROM")));
        let kind = KINDS[usize::from(self.kind)];
        let mut tags = vec![json!({"key": "retry", "type": "int64", "value": 3})];
        if !kind.is_empty() {
            tags.push(json!({"key": "span.kind", "type": "string", "value": kind}));
        }
        json!({
            "traceID": format!("{:x}", self.trace), "spanID": format!("{:x}", self.id), "operationName": self.name(),
            "references": references, "startTime": self.start, "duration": self.duration, "tags": tags,
            "logs": null, "processID": format!("p{}", self.service), "warnings": null,
        })
    }

    fn zipkin(&self) -> Value {
        let mut span = json!({
            "traceId": format!("{:016x}", self.trace), "id": format!("{:016x}", self.id), "name": self.name(),
            "timestamp": self.start, "duration": self.duration,
            "localEndpoint": {"serviceName": service(self.service), "ipv4": "10.0.0.1"},
        });
        if self.parent != 0 {
            span["parentId"] = format!("{:016x}", self.parent).into();
        }
        if self.kind != 0 {
            span["kind"] = KINDS[usize::from(self.kind)].to_uppercase().into();
        }
        span
    }
}

fn otlp(spans: &[Made]) -> String {
    // By service, as exporters do; one of them over two lines.
    let mut lines = Vec::new();
    for number in 0..=4 {
        let own: Vec<Value> = spans.iter().filter(|span| span.service == number).map(Made::otlp).collect();
        let resource = json!({"attributes": [{"key": "service.name", "value": {"stringValue": service(number)}}]});
        for part in own.chunks(own.len().div_ceil(2).max(1)) {
            lines.push(json!({"resourceSpans": [{"scopeSpans": [{"spans": part}], "resource": resource}]}).to_string());
        }
    }
    lines.join("\n")
}

fn jaeger(spans: &[Made]) -> String {
    let mut traces: Vec<u8> = spans.iter().map(|span| span.trace).collect();
    traces.sort_unstable();
    traces.dedup();
    let processes: serde_json::Map<String, Value> =
        (0..=4).map(|n| (format!("p{n}"), json!({"serviceName": service(n), "tags": []}))).collect();
    let data: Vec<Value> = (traces.iter().rev())
        .map(|&trace| {
            let own: Vec<Value> = spans.iter().filter(|span| span.trace == trace).rev().map(Made::jaeger).collect();
            json!({"traceID": format!("{trace:x}"), "spans": own, "processes": processes})
        })
        .collect();
    serde_json::to_string_pretty(&json!({"data": data, "total": 0, "errors": null})).unwrap()
}

/// The same with the process inside of each span.
fn jaeger_spans(spans: &[Made]) -> String {
    let inline = |span: &Made| {
        let mut value = span.jaeger();
        value["process"] = json!({"serviceName": service(span.service), "tags": null});
        value
    };
    Value::from(spans.iter().map(inline).collect::<Vec<_>>()).to_string()
}

fn zipkin(spans: &[Made]) -> String {
    Value::from(spans.iter().map(Made::zipkin).collect::<Vec<_>>()).to_string()
}

fn events(spans: &[Made]) -> Vec<String> {
    let seen = read_all(&[(&otlp(spans), Dialect::Otlp)], &Options::default());
    assert_eq!((seen.problems.len(), seen.skipped), (0, 0));
    let short = |line: &String| line.replace("000000000000000", "").replace("work ", "w").replace("000 ", " ");
    seen.events.iter().map(short).collect()
}

const INTERNAL: u8 = 1;
const SERVER: u8 = 2;
const CLIENT: u8 = 3;
const PRODUCER: u8 = 4;
const CONSUMER: u8 = 5;

#[test]
fn a_call_is_a_request_and_a_reply() {
    let spans = [span(1, 0, 1, CLIENT, 10, 20), span(2, 1, 2, SERVER, 12, 10)];
    let wanted = [
        "s1 1 ! 2~s2 w1 @10000",
        "s2 2 ? 2~s1 w2 @12000",
        "s2 2/end ! 2/reply~s1 w2 @22000",
        "s1 1/end ? 2/reply~s2 w1 @30000",
    ];
    assert_eq!(events(&spans), wanted);
}

#[test]
fn who_answers_too_late_was_not_waited_for() {
    let spans = [span(1, 0, 1, CLIENT, 10, 5), span(2, 1, 2, SERVER, 12, 10)];
    let seen = read_all(&[(&otlp(&spans), Dialect::Otlp)], &Options::default());
    assert!(!seen.events.iter().any(|line| line.contains("/reply")), "{:?}", seen.events);
    assert_eq!(seen.remarks[0].0, RemarkKind::LateReply);
}

#[test]
fn producers_get_no_answer_and_links_are_messages() {
    let mut batch = span(3, 0, 3, CONSUMER, 40, 5);
    batch.links = vec![(1, 1), (1, 2), (1, 1), (1, 3), (9, 9)];
    let spans = [span(1, 0, 1, PRODUCER, 10, 5), span(2, 0, 2, PRODUCER, 11, 5), span(4, 1, 4, CONSUMER, 20, 1), batch];
    let wanted = [
        "s1 1 ! 3/link/1~s3 4~s4 w1 @10000",
        "s2 2 ! 3/link/2~s3 w2 @11000",
        "s1 1/end w1 @15000",
        "s2 2/end w2 @16000",
        "s4 4 ? 4~s1 w1 @20000",
        "s4 4/end w1 @21000",
        "s3 3 ? 3/link/1~s1 3/link/2~s2 3/link/9~- w0 @40000",
        "s3 3/end w0 @45000",
    ];
    assert_eq!(events(&spans), wanted);
}

#[test]
fn a_missing_parent_is_a_hole_where_it_was_elsewhere() {
    let spans = [span(1, 9, 1, SERVER, 10, 5), span(2, 9, 2, CONSUMER, 11, 5), span(3, 9, 3, 0, 12, 5)];
    let holes = events(&spans).iter().filter(|line| line.contains("~-")).count();
    assert_eq!(holes, 3);
    let spans = [span(1, 9, 1, INTERNAL, 10, 5), span(2, 9, 2, CLIENT, 11, 5), span(3, 9, 3, PRODUCER, 12, 5)];
    let seen = read_all(&[(&otlp(&spans), Dialect::Otlp)], &Options::default());
    assert!(!seen.events.iter().any(|line| line.contains('~')), "{:?}", seen.events);
    let lost = "3 spans inside of a process, below a parent that the log lacks";
    assert!(seen.remarks.contains(&(RemarkKind::LostParent, lost.into())), "{:?}", seen.remarks);
}

#[test]
fn parents_in_a_circle_are_told_and_are_holes() {
    let spans = [
        span(1, 3, 1, SERVER, 1, 5),
        span(2, 1, 2, CLIENT, 2, 5),
        span(3, 2, 3, SERVER, 3, 5),
        span(4, 4, 1, SERVER, 9, 1),
    ];
    let seen = read_all(&[(&otlp(&spans), Dialect::Otlp)], &Options::default());
    let kinds: Vec<RemarkKind> = seen.remarks.iter().map(|remark| remark.0).collect();
    assert_eq!(kinds[..2], [RemarkKind::ParentCycle, RemarkKind::OwnParent]);
    assert!(seen.remarks[0].1.contains(" is a child of "), "{}", seen.remarks[0].1);
    assert_eq!(seen.events.iter().filter(|line| line.contains("~-")).count(), 3, "{:?}", seen.events);
}

/// Both halves of a span under one id: Zipkin.
#[test]
fn halves_of_a_shared_span_are_two() {
    let mut spans = [
        span(1, 0, 1, SERVER, 1, 50),
        span(2, 1, 1, CLIENT, 10, 20),
        span(2, 1, 2, SERVER, 12, 10),
        span(3, 2, 2, INTERNAL, 13, 1),
    ];
    let seen = read_all(&[(&zipkin(&spans), Dialect::Zipkin)], &Options::default());
    let messages = |seen: &Seen| seen.events.iter().filter(|line| line.contains('~')).count();
    assert_eq!((messages(&seen), seen.events.len()), (4, 8), "{:?}", seen.events);
    // Within one process they are told apart, and no message goes from it to itself.
    spans[2].service = 1;
    spans[3].service = 1;
    let seen = read_all(&[(&zipkin(&spans), Dialect::Zipkin)], &Options::default());
    assert_eq!((messages(&seen), seen.events.len()), (0, 8), "{:?}", seen.events);
    assert!(seen.events.iter().any(|line| line.contains("0000000000000002/2/end")), "{:?}", seen.events);
    // The server says that it shares its id with a client that is not here.
    let text =
        r#"[{"traceId":"1","id":"1","kind":"SERVER","shared":true,"timestamp":5,"localEndpoint":{"serviceName":"a"}}]"#;
    let seen = read_all(&[(text, Dialect::Zipkin)], &Options::default());
    assert_eq!(seen.events, ["a 0000000000000001 ? 0000000000000001~- - @5000"]);
}

#[test]
fn services_that_only_call_are_part_of_their_callers() {
    let spans = [span(1, 0, 1, SERVER, 1, 50), span(2, 1, 2, CLIENT, 10, 20)];
    let text = otlp(&spans);
    let seen = read_all(&[(&text, Dialect::Otlp)], &Options::default());
    assert!(seen.events.iter().all(|line| line.starts_with("s1 ") && !line.contains('~')), "{:?}", seen.events);
    assert!(seen.remarks.contains(&(RemarkKind::InsideParent, "1 span of s2 read as work of s1".into())));
    let options = Options { own_process: vec!["s2".into()], ..Options::default() };
    let seen = read_all(&[(&text, Dialect::Otlp)], &options);
    assert_eq!(seen.events.iter().filter(|line| line.contains('~')).count(), 4, "{:?}", seen.events);
}

#[test]
fn processes_are_named_by_the_service_and_told_apart_by_instance() {
    let one = |name: &str, instance: &str, host: &str, id: u8| {
        let value = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
        let attributes =
            [value("service.name", name), value("service.instance.id", instance), value("host.name", host)];
        json!({"resource": {"attributes": attributes}, "scopeSpans": [{"spans": [span(id, 0, 0, 2, 5, 1).otlp()]}]})
    };
    let all =
        [one("cart", "i1", "h", 1), one("cart", "i2", "h", 2), one("shop", "i3", "h", 3), one("shop", "i3", "h", 4)];
    let text = json!({"result": {"resourceSpans": all}}).to_string();
    let named = |options: &Options| {
        let seen = read_all(&[(&text, Dialect::Otlp)], options);
        let mut names: Vec<String> = seen.events.iter().map(|line| line.split(' ').next().unwrap().into()).collect();
        names.sort();
        names.dedup();
        names
    };
    assert_eq!(named(&Options::default()), ["cart/i1", "cart/i2", "shop"]);
    let by =
        |keys: &[&str]| Options { process_key: keys.iter().map(|key| key.to_string()).collect(), ..Options::default() };
    assert_eq!(named(&by(&["service.name"])), ["cart", "shop"]);
    assert_eq!(named(&by(&["host.name", "absent", "service.name"])), ["h/cart", "h/shop"]);
    assert_eq!(named(&by(&["absent"])), ["unknown_service"]);
}

#[test]
fn a_parent_may_stand_in_another_file_of_another_format() {
    let spans = [span(1, 0, 1, CLIENT, 10, 20), span(2, 1, 2, SERVER, 12, 10)];
    let apart =
        read_all(&[(&zipkin(&spans[1..]), Dialect::Zipkin), (&otlp(&spans[..1]), Dialect::Otlp)], &Options::default());
    let together = read_all(&[(&otlp(&spans), Dialect::Otlp)], &Options::default());
    assert_eq!(apart.events, together.events);
}

#[test]
fn liberal_in_what_is_read() {
    let text = r#"{"batches":[{"instrumentationLibrarySpans":[{"spans":[
        {"traceId":"W47/95gDgQPSabYzgT/GDA==","spanId":"7uGbfsPBsXQ=","kind":"SPAN_KIND_SERVER","name":"a\u0062","startTimeUnixNano":7,
         "endTimeUnixNano":"9","links":null,"unknown":{"x":[1,{"y":null}]},"attributes":[{"key":"k","value":{"arrayValue":{"values":[]}}}]}]}],
        "resource":{"attributes":[{"key":"service.name","value":{"intValue":"7"}}]}}, null]}"#;
    let seen = read_all(&[(text, Dialect::Otlp)], &Options::default());
    assert_eq!(seen.events, ["7 eee19b7ec3c1b174 ab @7", "7 eee19b7ec3c1b174/end ab @9"]);
}

#[test]
fn what_cannot_be_used_is_counted_and_what_is_no_json_is_a_problem() {
    let bad =
        [r#"{"spanId":"xyz"}"#, r#"{"traceId":"1","spanId":"2"}"#, r#"{"spanId":{"a":[]},"startTimeUnixNano":true}"#];
    let text = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, bad.join(","));
    let seen = read_all(&[(&text, Dialect::Otlp)], &Options::default());
    assert_eq!((seen.skipped, seen.events.len(), seen.problems.len()), (3, 0, 0));
    // Each broken line is a problem; a last one that was cut is left out.
    let good = otlp(&[span(1, 0, 1, SERVER, 10, 5)]);
    let text =
        format!("{good}\n{{\"resourceSpans\": [nonsense]}}\n{{\"resourceSpans\": 5}}\n{}", &good[..good.len() - 20]);
    let seen = read_all(&[(&text, Dialect::Otlp)], &Options::default());
    let at: Vec<&str> = seen.problems.iter().map(|problem| &text[problem.at.clone()]).collect();
    assert_eq!((seen.cut.len(), at), (1, vec!["o", "5"]), "{:?}", seen.problems);
}

#[test]
fn a_parent_starts_first_whatever_its_clock_says_and_ties_follow_the_messages() {
    let spans = [span(1, 0, 1, INTERNAL, 20, 5), span(2, 1, 1, INTERNAL, 10, 12)];
    assert_eq!(events(&spans)[..2], ["s1 1 w1 @20000", "s1 2 w2 @10000"]);
    // All at one moment: two calls one after the other, whose order at the server only the first reply tells.
    let calls = [
        span(1, 0, 1, CLIENT, 3, 2),
        span(2, 1, 2, SERVER, 5, 0),
        span(3, 0, 1, CLIENT, 5, 1),
        span(4, 3, 2, SERVER, 5, 1),
    ];
    let events = events(&calls);
    let place = |what: &str| events.iter().position(|line| line.contains(what)).unwrap();
    assert!(place("s2 2/end !") < place("s1 1/end ?") && place("s1 3 !") < place("s2 4 ?"), "{events:#?}");
}

fn made() -> impl Strategy<Value = Vec<Made>> {
    let one = (
        1..3u8,
        1..12u8,
        0..12u8,
        0..5u8,
        0..6u8,
        1..40u64,
        0..20u64,
        proptest::collection::vec((1..3u8, 1..14u8), 0..3),
    );
    let one = one.prop_map(|(trace, id, parent, service, kind, start, duration, links)| Made {
        trace,
        // Ids of different traces differ in most cases only.
        id: if trace == 2 && id > 3 { id + 16 } else { id },
        parent: if trace == 2 && parent > 3 { parent + 16 } else { parent },
        service,
        kind,
        start,
        duration,
        links,
    });
    proptest::collection::vec(one, 0..14)
}

/// Spans with unique ids, parents among those with a smaller id or missing, in services that are all processes; and the
/// times of one clock for all: no child starts before its parent, no link goes back in time.
fn of_one_clock() -> impl Strategy<Value = Vec<Made>> {
    let one = (0..20usize, 0..5u8, 0..6u8, 0..3u64, 0..4u64, proptest::collection::vec(0..20u8, 0..3));
    proptest::collection::vec(one, 0..14).prop_map(|all| {
        let mut spans: Vec<Made> = (0..5).map(|number| span(number + 1, 0, number, INTERNAL, 1, 1)).collect();
        for (parent, service, kind, wait, duration, links) in all {
            let id = spans.len() as u8 + 1;
            let cause = spans.get(parent);
            let start = cause.map_or(1, |cause| cause.start) + wait;
            let parent = cause.map_or(200, |cause| cause.id);
            let mut made = span(id, parent, service, kind, start, duration);
            let earlier = |&&link: &&u8| spans.get(usize::from(link)).is_none_or(|other| other.start <= start);
            made.links =
                links.iter().filter(earlier).map(|link| (1, link + 1)).filter(|&(_, to)| to < id || to > 19).collect();
            spans.push(made);
        }
        spans
    })
}

/// The messages of such spans by their definition, each pair of spans looked at: name, sender, receiver.
fn by_definition(spans: &[Made]) -> Vec<(String, String, String)> {
    let mut wanted = Vec::new();
    let find = |id: u8| spans.iter().find(|span| span.id == id);
    for child in spans {
        let (name, to) = (format!("{:016x}", child.id), service(child.service));
        match find(child.parent) {
            Some(parent) if parent.service != child.service => {
                let from = service(parent.service);
                wanted.push((name.clone(), from.clone(), to.clone()));
                let in_time = child.start + child.duration <= parent.start + parent.duration;
                if (parent.kind, child.kind) == (CLIENT, SERVER) && in_time {
                    wanted.push((format!("{name}/reply"), to.clone(), from));
                }
            }
            None if child.parent != 0 && [0, SERVER, CONSUMER].contains(&child.kind) => {
                wanted.push((name.clone(), "-".into(), to.clone()));
            }
            _ => {}
        }
        let mut links: Vec<u8> = child.links.iter().map(|&(_, link)| link).filter(|&id| id != child.parent).collect();
        links.sort_unstable();
        links.dedup();
        for link in links {
            let from = find(link).map_or("-".into(), |other| service(other.service));
            if from != to {
                wanted.push((format!("{name}/link/{link:016x}"), from, to.clone()));
            }
        }
    }
    wanted.sort();
    wanted
}

#[test]
fn which_of_two_spans_of_one_id_is_kept_does_not_depend_on_their_order() {
    let (alone, mut linked) = (span(22, 2, 2, CLIENT, 17, 1), span(22, 2, 2, CLIENT, 17, 1));
    linked.links = vec![(1, 1)];
    let both = [[alone.clone(), linked.clone()], [linked, alone]];
    let [one, other] = both.map(|spans| read_all(&[(&otlp(&spans), Dialect::Otlp)], &Options::default()).events);
    assert_eq!(one, other);
    // One half of a shared span lacks the other; a span without a parent lacks nothing.
    let half = |shared| {
        let service = json!({"serviceName": "a"});
        json!({"traceId": "1", "id": "1", "kind": "SERVER", "shared": shared, "timestamp": 5, "localEndpoint": service})
    };
    let both = [[half(true), half(false)], [half(false), half(true)]];
    let [one, other] = both.map(|spans| {
        read_all(&[(&Value::from(spans.to_vec()).to_string(), Dialect::Zipkin)], &Options::default()).events
    });
    assert_eq!(one, other);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_formats_give_the_same_graph(mut spans in made()) {
        let read = |text: &str, dialect| {
            let seen = read_all(&[(text, dialect)], &Options::default());
            assert!(seen.problems.is_empty() && seen.skipped == 0, "{seen:?}");
            (seen.events, seen.remarks)
        };
        let wanted = read(&otlp(&spans), Dialect::Otlp);
        prop_assert_eq!(&read(&jaeger(&spans), Dialect::Jaeger), &wanted);
        prop_assert_eq!(&read(&jaeger_spans(&spans), Dialect::Jaeger), &wanted);
        // Zipkin knows no links.
        spans.iter_mut().for_each(|span| span.links.clear());
        prop_assert_eq!(read(&zipkin(&spans), Dialect::Zipkin), read(&otlp(&spans), Dialect::Otlp));
    }
    #[test]
    fn messages_are_those_of_the_definition(spans in of_one_clock()) {
        let seen = read_all(&[(&otlp(&spans), Dialect::Otlp)], &Options::default());
        let mut received: Vec<_> = (seen.transfers.iter())
            .filter(|(sends, ..)| !sends)
            .map(|(_, name, from, to)| (name.clone(), from.clone(), to.clone()))
            .collect();
        received.sort();
        prop_assert_eq!(received, by_definition(&spans));
    }

    /// Ties are many here, and none of them is broken so that a cycle comes of it.
    #[test]
    fn where_clocks_agree_every_send_comes_before_its_receive(spans in of_one_clock()) {
        let seen = read_all(&[(&otlp(&spans), Dialect::Otlp)], &Options::default());
        let mut sent = std::collections::BTreeSet::new();
        for (sends, name, from, to) in &seen.transfers {
            match sends {
                true => prop_assert!(sent.insert((name, from, to)), "{} is sent twice", name),
                false => prop_assert!(from == "-" || sent.remove(&(name, from, to)), "{name} is received first: {seen:#?}"),
            }
        }
        prop_assert!(sent.is_empty());
        // And the order of each process is that of its clock.
        for number in 0..5 {
            let own = format!("s{number} ");
            let times = seen.events.iter().filter(|line| line.starts_with(&own));
            let times = times.map(|line| line.rsplit_once('@').unwrap().1.parse::<u64>().unwrap());
            prop_assert!(times.is_sorted(), "{seen:#?}");
        }
    }
}
