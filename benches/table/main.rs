//! The table of what verifying costs: whole logs, each beside what counting its lines costs in the same run.
//!
//! `cargo bench --profile release --bench table` prints it for this machine. `CLEARCUT_BENCH_EVENTS` says how many events
//! the logs have (100000 unless set: a smoke test; take 10000000 for figures). Medians of pairs.

#[path = "../verify/obvious.rs"]
mod obvious;

use std::hint::black_box;
use std::io::BufWriter;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use clearcut::causality::CausalOrder;
use clearcut::cut::{Cut, consistency};
use clearcut::format::{Way, jsonl, text};
use clearcut::generate::{Settings, Shape};
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
}

const fn log(name: &'static str, shape: Shape, processes: u32) -> Log {
    Log { name, shape, processes, in_flight: 512, grouped: false }
}

const LOGS: [Log; 7] = [
    log("text, 8 processes", Shape::Trace, 8),
    log("text, 64 processes", Shape::Trace, 64),
    log("text, 1024 processes", Shape::Trace, 1024),
    Log { in_flight: 1_000_000, ..log("text, 64 processes, a million in flight", Shape::Trace, 64) },
    Log { grouped: true, ..log("text, 64 processes, one after the other", Shape::Trace, 64) },
    log("JSON Lines, 8 processes", Shape::JsonLines, 8),
    log("JSON Lines, 64 processes", Shape::JsonLines, 64),
];

/// A way to work on a log.
type Work = fn(&Log, &Arc<Source>);

/// What is measured, each from the bytes to the answer.
const WORK: [(&str, Work); 6] = [
    ("read, two threads", |log, source| drop(read(log, source, Way::Threads(2), Builder::keeping(Keep::Messages)))),
    ("verify, one look, one thread", |log, source| at_one_look(log, source, Way::Threads(1))),
    ("verify, one look, two threads", |log, source| at_one_look(log, source, Way::Threads(2))),
    ("verify, all messages kept", |log, source| {
        let keep = if log.grouped { Keep::Events } else { Keep::Messages };
        verify(&read(log, source, Way::Threads(2), Builder::keeping(keep)));
    }),
    ("check", |log, source| {
        black_box(Audit::of(&read(log, source, Way::Threads(2), Builder::new())));
    }),
    ("obvious", |log, source| {
        if log.shape == Shape::JsonLines {
            black_box(obvious::orphans(source.bytes()));
        }
    }),
];

fn build(log: &Log, source: &Arc<Source>, way: Way, mut builder: Builder) -> Builder {
    builder.source(source.clone());
    match log.shape {
        Shape::Trace => text::read_as(source, way, &mut builder),
        Shape::JsonLines => jsonl::read_as(source, way, &mut builder),
    }
    builder
}

fn read(log: &Log, source: &Arc<Source>, way: Way, builder: Builder) -> Trace {
    build(log, source, way, builder).finish().expect("made-up logs have no problem")
}

fn verify(trace: &Trace) {
    let order = CausalOrder::of(trace).expect("no cycle");
    black_box(consistency::verify_in(trace, &order, Cut::end(trace), false));
}

fn at_one_look(log: &Log, source: &Arc<Source>, way: Way) {
    let builder = build(log, source, way, Builder::crossing(Wanted { rest_at_end: true, ..Wanted::default() }));
    if !builder.gave_up() {
        verify(&builder.finish().expect("made-up logs have no problem"));
    }
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
    println!("| log | lines | {} |", WORK.map(|(name, _)| name).join(" | "));
    println!("|---|{}", "---|".repeat(WORK.len() + 1));
    let ns = |start: Instant| start.elapsed().as_secs_f64() * 1e9 / events as f64;
    for log in &LOGS {
        let path: PathBuf = std::env::temp_dir().join(format!("clearcut-table-{}.log", std::process::id()));
        let settings = Settings {
            processes: log.processes,
            events,
            shape: log.shape,
            grouped: log.grouped,
            in_flight: log.in_flight,
            ..Settings::default()
        };
        let mut file = BufWriter::new(std::fs::File::create(&path).expect("a file"));
        settings.write(&mut file).expect("sound settings, and room");
        drop(file);
        let (mut floors, mut cells) = (Vec::new(), Vec::new());
        for (_, work) in WORK {
            let (mut times, mut ratios) = (Vec::new(), Vec::new());
            for _ in 0..PAIRS {
                // Opened for each: its pages are mapped anew, for the count and for the work.
                let source = Source::open(&path).expect("the log");
                let start = Instant::now();
                black_box(memchr::memchr_iter(b'\n', source.bytes()).count());
                let floor = ns(start);
                let source = Arc::new(Source::open(&path).expect("the log"));
                let start = Instant::now();
                work(log, &source);
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
}
