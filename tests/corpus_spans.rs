//! Captures of spans that other programs wrote, where they are at hand: `../shared/corpus`, or the folder that
//! `CLEARCUT_CORPUS` names. The numbers expected here were counted by
//! hand and by another program from parents, kinds and services.

use std::path::PathBuf;
use std::sync::Arc;

use clearcut::causality::CausalOrder;
use clearcut::format::{self, Options};
use clearcut::source::Source;
use clearcut::trace::audit::{Audit, Fact, Rule};
use clearcut::trace::{Builder, Part, Trace};

fn corpus(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("CLEARCUT_CORPUS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"), PathBuf::from);
    let path = root.join(name);
    if !path.exists() {
        eprintln!("skipped: no corpus at {}", path.display());
        return None;
    }
    Some(path)
}

/// Reads a capture as its user would: its format is told by its content.
fn read(name: &str, options: &Options) -> Option<(&'static str, Trace)> {
    let source = Arc::new(Source::open(&corpus(name)?).expect("a file of the corpus"));
    let format = format::detect(&source).expect("a known format");
    let mut builder = Builder::new();
    builder.source(source.clone());
    (format.read)(&source, options, 0, &mut builder);
    Some((format.name, builder.finish().expect("a sound capture")))
}

/// All that a trace is, in its own names: processes, and what each event does.
fn graph(trace: &Trace) -> Vec<String> {
    let mut lines = Vec::new();
    for process in trace.processes() {
        for number in 1..=trace.events(process) {
            let mut line =
                format!("{} {:?} {:?}", trace.name(process), trace.label(process, number), trace.note(process, number));
            for part in trace.parts(process, number) {
                let (verb, message) = match part {
                    Part::Sent(message) => ("sends", message),
                    Part::Received(message) => ("receives", message),
                    other => panic!("{other:?} in a whole capture"),
                };
                let (from, to) = trace.ends(message);
                let name = trace.message_name(message);
                line += &format!(
                    " {verb} {name} {}->{} {} {:?}",
                    trace.name(from),
                    trace.name(to),
                    trace.sent(message),
                    trace.received(message)
                );
            }
            lines.push(line);
        }
    }
    lines
}

#[test]
fn every_capture_is_read() {
    // Processes, events, messages, receives without a send.
    let expected = [
        ("otlp/jaegertracing-jaeger__integration_link_attributes_trace.json", "otlp", [1, 2, 0, 2]),
        ("otlp/jaegertracing-jaeger__skills_error_timeout_masked.json", "otlp", [5, 52, 17, 0]),
        ("otlp/jaegertracing-jaeger__skills_n_plus_one_full_serial.json", "otlp", [4, 80, 24, 0]),
        ("otlp/opentelemetry-proto__examples_trace.json", "otlp", [1, 2, 0, 1]),
        ("jaeger/DERIVED-from-otlp__skills_n_plus_one_full_serial.json", "jaeger", [4, 80, 24, 0]),
        ("jaeger/jaegertracing-jaeger__otlp2jaeger-out.json", "jaeger", [1, 2, 0, 1]),
        ("jaeger/jaegertracing-jaeger__ui_01.json", "jaeger", [2, 8, 2, 1]),
        ("zipkin/messaging-kafka.json", "zipkin", [2, 56, 3, 0]),
        ("zipkin/skew.json", "zipkin", [2, 8, 2, 0]),
        ("zipkin/yelp.json", "zipkin", [5, 35, 9, 1]),
    ];
    for (name, format, counts) in expected {
        let Some((found, trace)) = read(name, &Options::default()) else { return };
        let unsent = trace.unsent().len();
        let counted = [trace.process_count(), trace.event_count(), trace.message_count(), unsent];
        assert_eq!((found, counted), (format, counts), "{name}");
        assert!(CausalOrder::of(&trace).is_ok() && trace.log_is_causal(), "{name} has no cycle");
        assert!(!Audit::of(&trace).has_errors(), "{name}: {:?}", Audit::of(&trace).findings());
    }
}

#[test]
fn one_run_in_two_formats_is_one_graph() {
    let own = ["redis-manual".to_string(), "mysql".to_string()];
    for own_process in [Vec::new(), own.to_vec()] {
        let options = Options { own_process, ..Options::default() };
        let read = |name| read(name, &options).map(|(_, trace)| trace);
        let Some(otlp) = read("otlp/jaegertracing-jaeger__skills_n_plus_one_full_serial.json") else { return };
        let Some(jaeger) = read("jaeger/DERIVED-from-otlp__skills_n_plus_one_full_serial.json") else { return };
        let wanted = graph(&otlp);
        // 12 calls between services. Where what two services call are processes too, 15 more; and the start and the end
        // of the two are each a receive and a send.
        let (calls, events) = if options.own_process.is_empty() { (12, 80) } else { (27, 84) };
        assert_eq!((wanted.len(), otlp.message_count()), (events, 2 * calls));
        assert_eq!(graph(&jaeger), wanted);
    }
}

/// A child that starts 118 microseconds before its parent, and one that ends 291 after its parent: the clocks of two
/// hosts, and an answer that was not waited for. Neither is against causality.
#[test]
fn skew_is_reported_as_skew() {
    let name = "otlp/jaegertracing-jaeger__skills_error_timeout_masked.json";
    let Some((_, trace)) = read(name, &Options::default()) else { return };
    let audit = Audit::of(&trace);
    assert!(!audit.has_errors() && !audit.has_holes(), "{:?}", audit.findings());
    let skews: Vec<i128> = (audit.findings().iter())
        .filter_map(|finding| match finding.fact {
            Fact::ReceiveBeforeSend { skew, .. } => Some(skew.billionths()),
            _ => None,
        })
        .collect();
    assert_eq!(skews, [118_000]);
    assert_eq!(audit.count(Rule::LateReply), 1);
    assert!(CausalOrder::of(&trace).is_ok());
}
