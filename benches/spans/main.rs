//! What reading spans costs beside what reading the same bytes as `serde_json::Value` costs, which builds a tree of the
//! whole document. Divide by `values` of the same run: absolute figures drift with the machine.

use std::fmt::Write;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use clearcut::format::{self, Options};
use clearcut::source::Source;
use clearcut::trace::{Builder, Trace};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// Calls in a log: two spans each.
const CALLS: u64 = 20_000;

const SERVICES: u64 = 16;

/// Time between two calls and length of one, in microseconds.
const STEP: u64 = 1_000;

/// A span of call `call`: the client's half, or the server's.
struct Half {
    call: u64,
    server: bool,
}

impl Half {
    fn id(&self) -> u64 {
        // Spread like random ids.
        (self.call * 2 + u64::from(self.server) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }

    fn service(&self) -> u64 {
        (self.call + 7 * u64::from(self.server)) % SERVICES
    }

    fn times(&self) -> (u64, u64) {
        let start = 1_700_000_000_000_000 + self.call * STEP;
        if self.server { (start + 100, 300) } else { (start, 500) }
    }

    fn parent(&self) -> Option<u64> {
        self.server.then(|| Self { server: false, ..*self }.id())
    }

    fn otlp(&self, out: &mut String) {
        let (start, duration) = self.times();
        let parent = self.parent().map_or_else(String::new, |parent| format!("{parent:016x}"));
        let _ = write!(
            out,
            r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"service-{}"}}}},{{"key":"telemetry.sdk.language","value":{{"stringValue":"go"}}}}]}},"scopeSpans":[{{"scope":{{"name":"http"}},"spans":[{{"traceId":"{:032x}","spanId":"{:016x}","parentSpanId":"{parent}","flags":769,"name":"GET /route","kind":{},"startTimeUnixNano":"{}","endTimeUnixNano":"{}","attributes":[{{"key":"http.request.method","value":{{"stringValue":"GET"}}}},{{"key":"server.port","value":{{"intValue":"8083"}}}},{{"key":"http.response.status_code","value":{{"intValue":"200"}}}}],"status":{{}}}}]}}]}}]}}"#,
            self.service(),
            self.call / 10 + 1,
            self.id(),
            if self.server { 2 } else { 3 },
            start * 1000,
            (start + duration) * 1000,
        );
    }

    fn jaeger(&self, out: &mut String) {
        let (start, duration) = self.times();
        let trace = self.call / 10 + 1;
        let parent = self.parent().map_or_else(String::new, |parent| {
            format!(r#"{{"refType":"CHILD_OF","traceID":"{trace:032x}","spanID":"{parent:016x}"}}"#)
        });
        let _ = write!(
            out,
            r#"{{"traceID":"{trace:032x}","spanID":"{:016x}","operationName":"GET /route","references":[{parent}],"startTime":{start},"duration":{duration},"tags":[{{"key":"http.request.method","type":"string","value":"GET"}},{{"key":"server.port","type":"int64","value":8083}},{{"key":"span.kind","type":"string","value":"{}"}}],"logs":[],"process":{{"serviceName":"service-{}","tags":[]}},"warnings":null}}"#,
            self.id(),
            if self.server { "server" } else { "client" },
            self.service(),
        );
    }

    fn zipkin(&self, out: &mut String) {
        let (start, duration) = self.times();
        let parent = self.parent().map_or_else(String::new, |parent| format!(r#""parentId":"{parent:016x}","#));
        let _ = write!(
            out,
            r#"{{"traceId":"{:032x}",{parent}"id":"{:016x}","kind":"{}","name":"get /route","timestamp":{start},"duration":{duration},"localEndpoint":{{"serviceName":"service-{}","ipv4":"10.0.0.1"}},"tags":{{"http.method":"GET","http.path":"/route","http.status_code":"200"}}}}"#,
            self.call / 10 + 1,
            self.id(),
            if self.server { "SERVER" } else { "CLIENT" },
            self.service(),
        );
    }
}

/// All spans, with what stands around them.
fn text(write: fn(&Half, &mut String), [open, between, close]: [&str; 3]) -> String {
    let mut text = String::from(open);
    for number in 0..CALLS * 2 {
        if number > 0 {
            text += between;
        }
        write(&Half { call: number / 2, server: number % 2 == 1 }, &mut text);
    }
    text + close
}

fn read(source: &Arc<Source>, format: &str) -> Trace {
    let format = format::by_name(format).expect("a format of this name");
    let mut builder = Builder::new();
    builder.source(source.clone());
    (format.read)(source, &Options::default(), 0, &mut builder);
    builder.finish().expect("made-up spans have no problem")
}

fn reading(c: &mut Criterion) {
    let logs = [
        ("otlp", text(Half::otlp, ["", "\n", "\n"])),
        ("jaeger", text(Half::jaeger, ["[", ",\n", "]"])),
        ("zipkin", text(Half::zipkin, ["[", ",\n", "]"])),
    ];
    for (name, text) in logs {
        let source = Arc::new(Source::from_text("spans", text));
        let trace = read(&source, name);
        assert_eq!((trace.event_count() as u64, trace.message_count() as u64), (CALLS * 4, CALLS * 2));
        let mut group = c.benchmark_group(name);
        group.throughput(Throughput::Elements(CALLS * 4));
        group.bench_function("values", |b| {
            b.iter_with_large_drop(|| {
                let values = serde_json::Deserializer::from_slice(black_box(source.bytes())).into_iter();
                values.collect::<Result<Vec<serde_json::Value>, _>>().expect("JSON")
            });
        });
        group.bench_function("read", |b| b.iter_with_large_drop(|| read(&source, name)));
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).warm_up_time(Duration::from_secs(1));
    targets = reading
}
criterion_main!(benches);
