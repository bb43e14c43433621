//! What reading text logs by patterns costs beside what reading as many bytes as `serde_json::Value` costs: the same
//! events as JSON Lines, in the same run. Text has no values of its own, so the two are compared by the byte.
//!
//! `cargo bench --profile release --bench mapped` prints the table for this machine. `CLEARCUT_BENCH_EVENTS` says how many
//! events the logs have (20000 unless set: a smoke test; take 1000000 for figures). Medians of pairs. What a log costs in
//! memory is told for one that is named: `cargo bench --bench mapped -- 'receivers looked up'`.

use std::fmt::Write;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use clearcut::format::{self, Options, mapping};
use clearcut::source::Source;
use clearcut::trace::{Builder, Trace};

const PAIRS: usize = 7;

/// Half of an exchange of number `message` between two of sixteen processes.
struct Half {
    message: u64,
    receives: bool,
}

impl Half {
    fn number(number: u64) -> Self {
        Self { message: number / 2, receives: number % 2 == 1 }
    }

    fn ends(&self) -> (u64, u64) {
        (self.message % 16, (self.message + 7) % 16)
    }

    fn process(&self) -> u64 {
        if self.receives { self.ends().1 } else { self.ends().0 }
    }

    fn time(&self) -> String {
        let ms = self.message * 2 + u64::from(self.receives);
        format!("2026-05-01 {:02}:{:02}:{:02},{:03}", ms / 3_600_000 % 24, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000)
    }

    fn words(&self) -> (&'static str, &'static str) {
        if self.receives { ("c.shop.billing.Listener", "consumed") } else { ("c.shop.orders.Publisher", "produced") }
    }

    /// A line of a service around a queue.
    fn service(&self, out: &mut String) {
        let (time, process, (class, word), (_, to)) = (self.time(), self.process(), self.words(), self.ends());
        let message = self.message;
        let _ = writeln!(
            out,
            "{time} INFO  [service-{process}] {class} - {word} record to=service-{to} partition=0 key=o-{message:07}"
        );
    }

    /// The same as an object.
    fn object(&self, out: &mut String) {
        let (time, process, (class, word), (_, to)) = (self.time(), self.process(), self.words(), self.ends());
        let message = self.message;
        let _ = writeln!(
            out,
            r#"{{"time":"{time}","level":"INFO","process":"service-{process}","class":"{class}","event":"{word}","to":"service-{to}","partition":0,"message":"o-{message:07}"}}"#
        );
    }

    /// A line of an actor of CAF.
    fn actor(&self, out: &mut String) {
        let (message, process, (from, to)) = (self.message, self.process() + 1, self.ends());
        let (from, to) = (from + 1, to + 1);
        let said = if self.receives {
            format!("RECEIVE ; FROM = {from}@8D0DAE16A0A95447#25131 ; STAGES = []")
        } else {
            format!("SEND ; TO = {to}@8D0DAE16A0A95447#25131 ; FROM = {from}@8D0DAE16A0A95447#25131 ; STAGES = []")
        };
        let _ = writeln!(
            out,
            "{message} caf_flow DEBUG actor{process} 139691143698176 caf.scheduled_actor run scheduled_actor.cpp:574 {said} ; CONTENT = (put_atom, {message}, 12)"
        );
    }

    /// The same as an object.
    fn actor_object(&self, out: &mut String) {
        let (message, process, (from, to)) = (self.message, self.process() + 1, self.ends());
        let (from, to) = (from + 1, to + 1);
        let word = if self.receives { "RECEIVE" } else { "SEND" };
        let _ = writeln!(
            out,
            r#"{{"time":{message},"component":"caf_flow","level":"DEBUG","actor":{process},"thread":139691143698176,"class":"caf.scheduled_actor","function":"run","file":"scheduled_actor.cpp","line":574,"event":"{word}","to":"{to}@8D0DAE16A0A95447#25131","from":"{from}@8D0DAE16A0A95447#25131","content":"(put_atom, {message}, 12)"}}"#
        );
    }
}

type Line = fn(&Half, &mut String);

struct Log {
    name: &'static str,
    format: &'static str,
    line: Line,
    object: Line,
    /// How many lines of noise stand before each event.
    noise: usize,
}

const LOGS: [Log; 7] = [
    Log {
        name: "receivers named",
        format: r"pattern ^(?<time>\S+ \S+) INFO +\[(?<process>[^\]]+)\] .* (?<event>\w+) record to=(?<to>\S+) .*key=(?<message>\S+)",
        line: Half::service,
        object: Half::object,
        noise: 0,
    },
    Log {
        name: "receivers named, no choice",
        format: r"pattern ^(?<time>\S+ \S+) INFO +\[(?<process>[^\]]+)\] \S+ - (?<event>\w+) record to=(?<to>\S+) \S+ key=(?<message>\S+)$",
        line: Half::service,
        object: Half::object,
        noise: 0,
    },
    Log {
        name: "receivers looked up",
        format: r"pattern ^(?<time>\S+ \S+) INFO +\[(?<process>[^\]]+)\] .* (?<event>\w+) record .* key=(?<message>\S+)",
        line: Half::service,
        object: Half::object,
        noise: 0,
    },
    Log {
        name: "looked up, two patterns",
        format: "pattern \\[(?<process>[^\\]]+)\\] .* (?<receive>consumed) record .* key=(?<message>\\S+)\npattern \\[(?<process>[^\\]]+)\\] .* (?<send>produced) record .* key=(?<message>\\S+)",
        line: Half::service,
        object: Half::object,
        noise: 0,
    },
    Log {
        name: "one event in five lines",
        format: "pattern \\[(?<process>[^\\]]+)\\] .* (?<receive>consumed) record .* key=(?<message>\\S+)\npattern \\[(?<process>[^\\]]+)\\] .* (?<send>produced) record to=(?<to>\\S+) .* key=(?<message>\\S+)",
        line: Half::service,
        object: Half::object,
        noise: 4,
    },
    Log {
        name: "two lines an event",
        format: r"pattern ^(?<time>\S+ \S+) INFO +\[(?<process>[^\]]+)\] .*\n.* (?<event>\w+) record to=(?<to>\S+) .*key=(?<message>\S+)",
        line: |half, out| {
            let start = out.len();
            half.service(out);
            let at = out[start..].find(" - ").map_or(0, |at| start + at + 2);
            out.replace_range(at..at + 1, "\n   ");
        },
        object: Half::object,
        noise: 0,
    },
    Log {
        name: "caf",
        format: include_str!("../../src/format/ready/caf.format"),
        line: Half::actor,
        object: Half::actor_object,
        noise: 0,
    },
];

fn text(line: Line, events: u64, noise: usize) -> String {
    let mut text = String::new();
    for number in 0..events {
        for i in 0..noise {
            let _ = writeln!(
                text,
                "2026-05-01 12:00:00,171 WARN  [service-{i}] c.shop.shipping.Group - rebalance took {number} ms"
            );
        }
        line(&Half::number(number), &mut text);
    }
    text
}

fn read(source: &Arc<Source>, described: &Options) -> Trace {
    let options = Options { mapping: described.mapping.clone(), ..Options::default() };
    options.receivers.set(std::slice::from_ref(source));
    let format = format::by_name(format::MAPPED).expect("a format of this name");
    let mut builder = Builder::new();
    builder.source(source.clone());
    (format.read)(source, &options, 0, &mut builder);
    builder.finish().expect("made-up logs have no problem")
}

fn described(log: &Log) -> Options {
    let description = mapping::describe(log.format).expect("a format");
    Options { mapping: description.mapping.map(Arc::new), ..Options::default() }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A figure of this process, in bytes.
fn status(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or_default() << 10
}

/// What a trace holds when it is read, and the most that was held on the way to it.
fn memory(log: &Log, events: u64) {
    let path = std::env::temp_dir().join(format!("clearcut-mapped-{}.log", std::process::id()));
    std::fs::write(&path, text(log.line, events, log.noise)).expect("room for the log");
    // Only files that nobody has written to for a second are mapped.
    std::thread::sleep(std::time::Duration::from_secs(2));
    let source = Arc::new(Source::open(&path).expect("the log"));
    black_box(memchr::memchr_iter(b'\n', source.bytes()).count());
    let options = described(log);
    let before = status("RssAnon");
    // The peak starts anew here.
    std::fs::write("/proc/self/clear_refs", "5").expect("Linux");
    let file = status("RssFile");
    let trace = read(&source, &options);
    let (peak, after) = (status("VmHWM") - file - before, status("RssAnon") - before);
    let of = |bytes: u64| bytes as f64 / events as f64;
    println!("{}: at most {:.1} B an event, {:.1} when it is read", log.name, of(peak), of(after));
    drop(trace);
    std::fs::remove_file(&path).expect("the log goes");
}

fn main() {
    let set = std::env::var("CLEARCUT_BENCH_EVENTS").ok();
    let events: u64 = set.map_or(20_000, |text| text.parse().expect("CLEARCUT_BENCH_EVENTS is a number"));
    if let Some(log) = std::env::args().skip(1).find_map(|name| LOGS.iter().find(|log| log.name == name)) {
        return memory(log, events);
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{events} events; {cores} cores\n");
    println!("| log | values, ns/B | read, ns/B | times |\n|---|---|---|---|");
    for log in &LOGS {
        let source = Arc::new(Source::from_text("log", text(log.line, events, log.noise)));
        let objects = text(log.object, events, 0);
        let options = described(log);
        let trace = read(&source, &options);
        assert_eq!((trace.event_count() as u64, trace.message_count() as u64), (events, events / 2), "{}", log.name);
        drop(trace);
        let (mut values, mut reads, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..PAIRS {
            let start = Instant::now();
            let all: Result<Vec<serde_json::Value>, _> =
                serde_json::Deserializer::from_str(&objects).into_iter().collect();
            let value = start.elapsed().as_secs_f64() * 1e9 / objects.len() as f64;
            drop(black_box(all.expect("JSON")));
            let start = Instant::now();
            let trace = read(&source, &options);
            let read = start.elapsed().as_secs_f64() * 1e9 / source.bytes().len() as f64;
            drop(black_box(trace));
            values.push(value);
            reads.push(read);
            ratios.push(read / value);
        }
        println!("| {} | {:.2} | {:.2} | {:.2} |", log.name, median(values), median(reads), median(ratios));
    }
}
