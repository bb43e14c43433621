//! The table of what verifying costs: whole logs, each beside what counting its lines costs in the same run.
//!
//! `cargo bench --profile release --bench table` prints it for this machine. `CLEARCUT_BENCH_EVENTS` says how many events
//! the logs have (100000 unless set: a smoke test; take 10000000 for figures). Medians of pairs. The name of a log, as
//! `-- "text, 64 processes"`, asks for its row alone, `-- growth` for what an event costs in a hundredth and a tenth of so
//! many.

mod growth;
#[path = "../verify/obvious.rs"]
mod obvious;

use std::hint::black_box;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clearcut::causality::CausalOrder;
use clearcut::cut::{Cut, consistency};
use clearcut::format::cut::Place;
use clearcut::format::sections::Pace;
use clearcut::format::{self, Way, jsonl, text};
use clearcut::generate::{Settings, Shape};
use clearcut::snapshot::along::{Start, along};
use clearcut::snapshot::{Algorithm, Delivery, Initiator, Request, take, taken_along};
use clearcut::source::Source;
use clearcut::trace::audit::Audit;
use clearcut::trace::{Builder, Keep, Trace, Wanted};

const PAIRS: usize = 5;

struct Log {
    name: &'static str,
    shape: Shape,
    processes: u32,
    in_flight: u32,
    grouped: bool,
    times: bool,
}

const fn log(name: &'static str, shape: Shape, processes: u32) -> Log {
    Log { name, shape, processes, in_flight: 512, grouped: false, times: false }
}

const LOGS: [Log; 9] = [
    log("text, 8 processes", Shape::Trace, 8),
    log("text, 64 processes", Shape::Trace, 64),
    log("text, 1024 processes", Shape::Trace, 1024),
    Log { in_flight: 1_000_000, ..log("text, 64 processes, a million in flight", Shape::Trace, 64) },
    Log { grouped: true, ..log("text, 64 processes, one after the other", Shape::Trace, 64) },
    Log { times: true, ..log("text, 64 processes, with times", Shape::Trace, 64) },
    log("JSON Lines, 8 processes", Shape::JsonLines, 8),
    log("JSON Lines, 64 processes", Shape::JsonLines, 64),
    Log { times: true, ..log("JSON Lines, 64 processes, with times", Shape::JsonLines, 64) },
];

/// A log that was made.
struct Made {
    shape: Shape,
    source: Arc<Source>,
    /// The names of its processes.
    names: Vec<String>,
    /// How many events most of them have.
    events_each: u64,
    /// In the order of what happened.
    in_order: bool,
}

/// A way to work on a log.
type Work = fn(&Made);

/// What is measured, each from the bytes to the answer, as the command of that name goes about it.
const WORK: [(&str, Work); 6] = [
    ("verify, one thread", |log| verify_lightly(log, Way::Threads(1))),
    ("verify", |log| verify_lightly(log, Way::Threads(2))),
    ("verify, messages kept", |log| {
        verify(&keeping(log, Way::Threads(2), || Builder::keeping(Keep::Messages).timed(false)))
    }),
    ("snapshot", snapshot),
    ("check", check),
    ("obvious", |log| {
        if log.shape == Shape::JsonLines {
            black_box(obvious::orphans(log.source.bytes()));
        }
    }),
];

fn build(log: &Made, way: Way, mut builder: Builder) -> Builder {
    builder.source(log.source.clone());
    match log.shape {
        Shape::Trace => text::read_as(&log.source, way, &mut builder),
        Shape::JsonLines => jsonl::read_as(&log.source, way, &mut builder),
    }
    builder
}

/// The same by sections, which it has only if it shows one process after the other.
fn by_section(log: &Made, (way, pace): (Way, Pace), builder: impl Fn() -> Builder) -> Option<Builder> {
    let format = format::by_name(match log.shape {
        Shape::Trace => "trace",
        Shape::JsonLines => "jsonl",
    })?;
    let threads = if let Way::Threads(threads) = way { threads } else { 1 };
    Builder::by_section(format, std::slice::from_ref(&log.source), (pace, threads), builder)
}

fn finish(builder: Builder) -> Trace {
    builder.finish().expect("made-up logs have no problem")
}

/// A trace that keeps so much, or all where the log is out of order and cannot be read by its sections.
fn keeping(log: &Made, way: Way, empty: impl Fn() -> Builder) -> Trace {
    if let Some(mut builder) = by_section(log, (way, Pace::AsFarAsItGoes), &empty)
        && builder.number_as_logged()
    {
        return finish(builder);
    }
    let builder = build(log, way, empty().in_order());
    finish(if builder.is_out_of_order() { build(log, way, Builder::new()) } else { builder })
}

fn verify(trace: &Trace) {
    let order = CausalOrder::of(trace).expect("no cycle");
    black_box(consistency::verify_in(trace, &order, Cut::end(trace), false));
}

/// In the space of the messages in flight, where that is enough.
fn verify_lightly(log: &Made, way: Way) {
    let builder = || Builder::crossing(Wanted { rest_at_end: true, ..Wanted::default() }).timed(false);
    let read = by_section(log, (way, Pace::ByTheBlock), builder);
    let builder = read.unwrap_or_else(|| build(log, way, builder()));
    let kept = || Builder::keeping(Keep::Messages).timed(false);
    verify(&if builder.gave_up() { keeping(log, way, kept) } else { finish(builder) });
}

/// In the space of the messages in flight too, where the log obeys.
fn check(log: &Made) {
    let way = Way::Threads(2);
    let along = || {
        let mut builder = build(log, way, Builder::auditing(true));
        builder.end();
        (!builder.gave_up()).then(|| finish(builder))
    };
    let trace = if log.in_order { along() } else { None };
    black_box(Audit::of(&trace.unwrap_or_else(|| keeping(log, way, || Builder::keeping(Keep::Messages)))));
}

/// Started by the first process in the middle of its events.
fn snapshot(log: &Made) {
    let (way, process) = (Way::Threads(2), "P1");
    let position = log.events_each / 2;
    let start = Start { process: process.into(), place: Place::Count(position) };
    let (recorder, recorded) = along(vec![start], Delivery::Prompt).expect("a delivery that goes along");
    let mut builder = build(log, way, Builder::recording(recorder, &log.names).timed(false));
    builder.end();
    let request = |trace: &Trace| Request {
        algorithm: Algorithm::ChandyLamport,
        initiators: vec![Initiator {
            process: trace.process(process).expect("one of its processes"),
            position: position as u32,
        }],
        delivery: Delivery::Prompt,
        fixes: Vec::new(),
        clocks: false,
    };
    if let (false, Some(run)) = (builder.gave_up(), recorded.run()) {
        let trace = finish(builder);
        black_box(taken_along(&trace, request(&trace), run.clone()));
    } else {
        let trace = keeping(log, way, || Builder::keeping(Keep::Order).timed(false));
        let request = request(&trace);
        black_box(take(&trace, request).expect("a run of a log that is FIFO"));
    }
}

/// A file of so many events.
fn written(log: &Log, events: u64) -> PathBuf {
    let path = std::env::temp_dir().join(format!("clearcut-table-{}-{events}.log", std::process::id()));
    let settings = Settings {
        processes: log.processes,
        events,
        shape: log.shape,
        grouped: log.grouped,
        times: log.times,
        in_flight: log.in_flight,
        ..Settings::default()
    };
    let mut file = BufWriter::new(std::fs::File::create(&path).expect("a file"));
    settings.write(&mut file).expect("sound settings, and room");
    drop(file);
    // A file that has just been written is taken for one that still is, and read into memory.
    std::thread::sleep(Duration::from_millis(1100));
    path
}

fn made(log: &Log, path: &Path, events: u64) -> Made {
    let source = Arc::new(Source::open(path).expect("the log"));
    let events_each = events / u64::from(log.processes);
    let (shape, head) = (log.shape, Arc::new(source.head(1 << 20)));
    let mut made = Made { shape, source: head, names: Vec::new(), events_each, in_order: !log.grouped };
    let head = finish(build(&made, Way::Threads(1), Builder::keeping(Keep::Messages)));
    made.names = head.processes().map(|process| head.name(process).to_string()).collect();
    made.source = source;
    made
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    let set = std::env::var("CLEARCUT_BENCH_EVENTS").ok();
    let events: u64 = set.map_or(100_000, |text| text.parse().expect("CLEARCUT_BENCH_EVENTS is a number"));
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find(|l| l.starts_with("model name")).and_then(|l| l.split(": ").nth(1)).unwrap_or("?");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{events} events; {model}, {cores} cores; ns an event, and times the count of the lines\n");
    let ns = |start: Instant| start.elapsed().as_secs_f64() * 1e9 / events as f64;
    let asked = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let logs: Vec<&Log> = LOGS.iter().filter(|log| asked.as_ref().is_none_or(|name| name == log.name)).collect();
    if !logs.is_empty() {
        println!("| log | lines | {} |", WORK.map(|(name, _)| name).join(" | "));
        println!("|---|{}", "---|".repeat(WORK.len() + 1));
    }
    for log in logs {
        let path = written(log, events);
        let mut made = made(log, &path, events);
        let (mut floors, mut cells) = (Vec::new(), Vec::new());
        for (_, work) in WORK {
            let (mut times, mut ratios) = (Vec::new(), Vec::new());
            for _ in 0..PAIRS {
                // Opened for each: its pages are mapped anew, for the count and for the work.
                let source = Source::open(&path).expect("the log");
                let start = Instant::now();
                black_box(memchr::memchr_iter(b'\n', source.bytes()).count());
                let floor = ns(start);
                made.source = Arc::new(Source::open(&path).expect("the log"));
                let start = Instant::now();
                work(&made);
                times.push(ns(start));
                ratios.push(times[times.len() - 1] / floor);
                floors.push(floor);
            }
            let (time, ratio) = (median(times), median(ratios));
            cells.push(if time < 0.5 { "-".into() } else { format!("{time:.1} ({ratio:.1}x)") });
        }
        println!("| {} | {:.2} | {} |", log.name, median(floors), cells.join(" | "));
        std::fs::remove_file(&path).expect("the log goes");
    }
    if asked.is_none_or(|name| name == "growth") {
        growth::tell(events);
    }
}
