//! What verifying costs, stage by stage, beside what counting the lines of the same bytes costs.
//!
//! Absolute figures drift with the machine: divide by `floor` of the same run. `CLEARCUT_BENCH_EVENTS` says how many
//! events the logs have (100000 unless set; such a log lies in cache, where the floor is lower than that of a large one).

mod obvious;
mod textbook;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use clearcut::causality::{CausalOrder, all, clocks};
use clearcut::cut::{Cut, consistency};
use clearcut::format::{self, Format, Options};
use clearcut::generate::{Settings, Shape};
use clearcut::source::Source;
use clearcut::trace::{Builder, Trace};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const PROCESSES: [u32; 2] = [8, 64];

fn events() -> u64 {
    let set = std::env::var("CLEARCUT_BENCH_EVENTS").ok();
    set.map_or(100_000, |text| text.parse().expect("CLEARCUT_BENCH_EVENTS is a number"))
}

/// A log, its format and its name in the results.
struct Log {
    name: String,
    source: Arc<Source>,
    format: &'static Format,
}

fn log(processes: u32, shape: Shape, grouped: bool) -> Log {
    let mut bytes = Vec::new();
    let settings = Settings { processes, events: events(), shape, grouped, ..Settings::default() };
    settings.write(&mut bytes).expect("sound settings, and memory takes all");
    let order = if grouped { "-grouped" } else { "" };
    Log {
        name: format!("{}{order}/{processes}", shape.name()),
        source: Arc::new(Source::from_text("log", bytes)),
        format: format::by_name(shape.name()).expect("a format of this name"),
    }
}

fn read(log: &Log) -> Trace {
    let mut builder = Builder::new();
    builder.source(log.source.clone());
    (log.format.read)(&log.source, &Options::default(), 0, &mut builder);
    builder.finish().expect("made-up logs have no problem")
}

/// After half of the log: consistent, as the log is in causal order, with messages in transit.
fn halfway(trace: &Trace) -> Cut {
    let mut positions = vec![0; trace.process_count()];
    trace.log_order().take(trace.event_count() / 2).for_each(|(process, number)| positions[process.index()] = number);
    Cut::new(trace, positions).expect("positions of this trace")
}

/// After half of each process: many orphans.
fn half_of_each(trace: &Trace) -> Cut {
    Cut::new(trace, trace.processes().map(|p| trace.events(p) / 2).collect()).expect("positions of this trace")
}

fn reading(c: &mut Criterion) {
    for processes in PROCESSES {
        let logs = [
            log(processes, Shape::Trace, false),
            log(processes, Shape::Trace, true),
            log(processes, Shape::JsonLines, false),
        ];
        for log in &logs {
            let mut group = c.benchmark_group(&log.name);
            group.throughput(Throughput::Elements(events()));
            let bytes = log.source.bytes();
            group.bench_function("floor", |b| b.iter(|| memchr::memchr_iter(b'\n', black_box(bytes)).count()));
            group.bench_function("read", |b| b.iter_with_large_drop(|| read(log)));
            group.bench_function("read-and-verify", |b| {
                b.iter_with_large_drop(|| {
                    let trace = read(log);
                    let order = CausalOrder::of(&trace).expect("no cycle");
                    let found = consistency::verify_in(&trace, &order, Cut::end(&trace), false);
                    (trace, found)
                });
            });
            if log.format.name == Shape::JsonLines.name() {
                group.bench_function("obvious", |b| b.iter(|| obvious::orphans(black_box(bytes))));
            }
        }
    }
}

fn asking(c: &mut Criterion) {
    let mut group = c.benchmark_group("asking");
    group.throughput(Throughput::Elements(events()));
    for processes in PROCESSES {
        let trace = read(&log(processes, Shape::Trace, false));
        let order = CausalOrder::of(&trace).expect("no cycle");
        for (name, cut) in [("consistent", halfway(&trace)), ("inconsistent", half_of_each(&trace))] {
            group.bench_function(BenchmarkId::new(name, processes), |b| {
                b.iter(|| consistency::verify_in(&trace, &order, black_box(cut.clone()), false));
            });
        }
        let end = Cut::end(&trace);
        let frontier: Vec<_> = trace.processes().map(|p| (p, end.position(p))).collect();
        group.bench_function(BenchmarkId::new("frontier-clocks", processes), |b| {
            b.iter(|| clocks::of_positions(&trace, &order, black_box(&frontier)));
        });
        let grouped = read(&log(processes, Shape::Trace, true));
        group.bench_function(BenchmarkId::new("order", processes), |b| {
            b.iter(|| CausalOrder::of(black_box(&grouped)).expect("no cycle"));
        });
    }
}

fn all_clocks(c: &mut Criterion) {
    let mut group = c.benchmark_group("all-clocks");
    group.throughput(Throughput::Elements(events()));
    for processes in [64, 1024] {
        let trace = read(&log(processes, Shape::Trace, false));
        let order = CausalOrder::of(&trace).expect("no cycle");
        let last = trace.processes().next_back().expect("processes");
        group.bench_function(BenchmarkId::new("copy-and-max", processes), |b| {
            b.iter(|| textbook::copy_and_max(black_box(&trace), &order));
        });
        group.bench_function(BenchmarkId::new("walk", processes), |b| {
            b.iter(|| {
                let mut sum = 0;
                let each = |_, _, clock: all::Clock<'_>| {
                    sum += u64::from(clock.count(last));
                    Ok::<(), ()>(())
                };
                all::all_clocks(black_box(&trace), &order, each).map(|()| sum)
            });
        });
    }
}

/// A saved trace, for a cut that holds and as the messages that any cut is found by.
#[cfg(feature = "arrow")]
fn saved(c: &mut Criterion) {
    use clearcut::format::saved::Kind;
    use clearcut::report::convert::saved::{Table, Used};
    use clearcut::trace::{Keep, Wanted};

    for processes in PROCESSES {
        let log = log(processes, Shape::Trace, false);
        let trace = read(&log);
        let tell = |sink: &mut dyn clearcut::format::record::Sink| {
            (log.format.read)(&log.source, &Options::default(), 0, sink);
        };
        let mut used = Used::default();
        tell(&mut used);
        let mut table = Table::new(Vec::new(), Kind::Arrow, &trace, used).expect("memory takes all");
        tell(&mut table);
        let bytes = table.finish().expect("memory takes all").out;
        let source = Arc::new(Source::from_text("saved", bytes));
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let mut group = c.benchmark_group(format!("saved/{processes}"));
        group.throughput(Throughput::Elements(events()));
        let wanted = Wanted { rest_at_end: true, ..Wanted::default() };
        group.bench_function("crossing", |b| {
            b.iter(|| Builder::crossing(wanted.clone()).columns(black_box(&source), threads).expect("sound columns"));
        });
        group.bench_function("messages", |b| {
            let columns = || Builder::keeping(Keep::Messages).columns(black_box(&source), threads);
            b.iter_with_large_drop(|| columns().expect("sound columns"));
        });
    }
}

/// Saved traces are a feature.
#[cfg(not(feature = "arrow"))]
fn saved(_: &mut Criterion) {}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).warm_up_time(Duration::from_secs(1));
    targets = reading, asking, all_clocks, saved
}
criterion_main!(benches);
