//! Any bytes, through every way in: what reads them, what is asked of what was read, and how it is shown. Tests and fuzz
//! targets share it.
#![allow(dead_code, reason = "each user takes some of the ways in")]

use std::sync::Arc;

use clearcut::causality::CausalOrder;
use clearcut::causality::all::all_clocks;
use clearcut::cut::spec::{Rest, named_mistakes, resolve};
use clearcut::cut::{Cut, consistency};
use clearcut::format::record::Problem;
use clearcut::format::{self, Format, Options};
use clearcut::report::attainable::AttainableReport;
use clearcut::report::check::{self, Checked};
use clearcut::report::convert::{self, Lines, Shape};
use clearcut::report::recorded::RecordedReport;
use clearcut::report::snapshot::SnapshotReport;
use clearcut::report::text;
use clearcut::report::text::snippet::Snippet;
use clearcut::report::verify::{CLOCKS_UNASKED, VerifyReport};
use clearcut::snapshot::attainable::starters;
use clearcut::snapshot::{self, Algorithm, Delivery, Initiator, Request, recorded};
use clearcut::source::Source;
use clearcut::trace::audit::Audit;
use clearcut::trace::{Builder, Trace};

/// Executions of one log that are looked at.
const EXECUTIONS: usize = 4;

/// Problems that are shown.
const SHOWN: usize = 20;

/// Reads `bytes` in the format of a name as one trace, and asks what the commands ask of it.
pub fn log(format: &str, bytes: &[u8]) {
    let format = format::by_name(format).expect("a format of this name");
    let source = Arc::new(Source::from_text("input", bytes));
    let _ = format::detect(&source);
    let options = Options::default();
    match (format.executions)(&source, &options) {
        Ok(labels) => {
            (0..labels.len().clamp(1, EXECUTIONS)).for_each(|execution| read(&source, format, &options, execution));
        }
        Err(problem) => show(&source, &problem),
    }
}

/// Reads `bytes`, cut at each zero byte, as the parts of one log for ShiViz.
pub fn parts(bytes: &[u8]) {
    let part = |(number, text): (usize, &[u8])| Arc::new(Source::from_text(format!("log.{number}"), text));
    let parts: Vec<Arc<Source>> = bytes.split(|&b| b == 0).enumerate().take(100).map(part).collect();
    let joined = Arc::new(Source::joined(&parts).expect("room for the parts"));
    // Each line of a part is one of the whole, and is told as one of the part.
    let lines = |source: &Arc<Source>| {
        let lines = source.bytes().split_inclusive(|&b| b == b'\n');
        lines.filter(|line| !matches!(*line, [0xEF, 0xBB, 0xBF] | [0xEF, 0xBB, 0xBF, b'\n'])).count()
    };
    assert_eq!(lines(&joined), parts.iter().map(lines).sum::<usize>());
    let end = joined.locate(joined.bytes().len());
    assert!(parts.iter().any(|part| part.name() == end.file), "{end:?}");
    let format = format::by_name(format::SHIVIZ).expect("a format of this name");
    read(&joined, format, &Options::default(), 0);
}

/// Reads `bytes` as the description of a format, a zero byte, and a log of that format.
pub fn mapped(bytes: &[u8]) {
    let mut parts = bytes.splitn(2, |&b| b == 0);
    let (text, log) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let Ok(text) = std::str::from_utf8(text) else { return };
    match format::mapping::describe(text) {
        Ok(described) => {
            let process = described.process_from_file.as_ref().and_then(|names| names.process("node-1.log"));
            let source = Source::from_text("input", log).with_process(process.map(str::to_owned));
            let format = format::by_name(format::MAPPED).expect("a format of this name");
            let statements = format::mapping::statement::parse(text).expect("it was read as one");
            let _ = format::unseen::of(&statements, &[Arc::new(Source::from_text("input", log))]);
            let options = Options { mapping: described.mapping.map(Arc::new), ..Options::default() };
            read(&Arc::new(source), format, &options, 0);
        }
        Err(problems) => {
            assert!(!problems.is_empty(), "no format, and nothing says why");
            let source = Arc::new(Source::from_text("input", text));
            problems.iter().take(SHOWN).for_each(|problem| show(&source, problem));
        }
    }
}

fn read(source: &Arc<Source>, format: &Format, options: &Options, execution: usize) {
    let built = |mut builder: Builder| {
        builder.source(source.clone());
        (format.read)(source, options, execution, &mut builder);
        builder.finish()
    };
    let lean = built(Builder::keeping(clearcut::trace::Keep::Messages));
    match built(Builder::new()) {
        Ok(trace) => {
            ask(&trace);
            convert(source, format, options, execution, &trace);
            let lean = lean.expect("what is kept of a log does not change whether it is sound");
            // The other two ask for events, so that large logs are read again for them.
            if lean.log_is_causal() && lean.message_count() > 0 {
                let end = |trace| consistency::verify(trace, Cut::end(trace), false).expect("no cycle in a causal log");
                assert_eq!((end(&lean).verdict, end(&lean).max), (end(&trace).verdict, end(&trace).max));
            }
        }
        Err((sources, problems)) => {
            assert!(!problems.is_empty(), "no trace, and nothing says why");
            for located in problems.locate(&sources).iter().take(SHOWN) {
                let lines = source.bytes().iter().filter(|&&b| b == b'\n').count() + 1;
                assert!((1..=lines).contains(&located.location.line), "{:?} of {lines} lines", located.location);
                show(&located.source, &located.problem);
            }
        }
    }
}

/// What is read can be written in each of our formats, and is read again as so many events.
fn convert(source: &Arc<Source>, format: &Format, options: &Options, execution: usize, trace: &Trace) {
    for (shape, name) in [(Shape::Trace, "trace"), (Shape::JsonLines, "jsonl")] {
        let mut lines = Lines::new(Vec::new(), shape);
        (format.read)(source, options, execution, &mut lines);
        let mut done = lines.finish().expect("memory takes all");
        done.take_cut_short(std::slice::from_ref(source));
        assert_eq!(done.problems, [], "what is read can be written");
        let written = Arc::new(Source::from_text("written", done.out.clone()));
        let mut builder = Builder::new();
        builder.source(written.clone());
        let again = format::by_name(name).expect("a format of ours");
        (again.read)(&written, &Options::default(), 0, &mut builder);
        let again = builder.finish().map_err(|(sources, problems)| problems.locate(&sources));
        let text = String::from_utf8_lossy(&done.out);
        let again = again.unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
        let counts = |trace: &Trace| (trace.event_count(), trace.process_count(), trace.marks().len());
        assert_eq!(counts(&again), counts(trace), "{text}");
    }
    if let Ok(order) = CausalOrder::of(trace)
        && trace.process_count() <= CLOCKS_UNASKED
    {
        let _ = convert::shiviz(trace, &order, &mut Vec::new()).expect("memory takes all");
    }
}

/// A problem points into its source, says something and can be shown.
fn show(source: &Arc<Source>, problem: &Problem) {
    assert!(problem.at.start <= problem.at.end && problem.at.start <= source.bytes().len(), "{problem:?}");
    assert!(!problem.what.is_empty(), "{problem:?}");
    let shown = Snippet::new(&problem.what, source, problem.at.clone(), &problem.label)
        .help(problem.help.as_ref())
        .render(false);
    assert!(!shown.is_empty(), "{problem:?}");
}

fn ask(trace: &Trace) {
    let mut audit = Audit::of(trace);
    for (name, address, mistake) in named_mistakes(trace) {
        audit.add_named_cut(address, name, mistake.what, mistake.help);
    }
    let order = CausalOrder::of(trace);
    if let Err(cycle) = &order {
        audit.add_cycle(trace, cycle.messages.clone());
    }
    let checked = Checked::new(trace, &audit, None);
    check::text(&checked);
    checked.to_raw().expect("a report is JSON");
    let Ok(order) = order else { return };
    // Rows of clocks grow with the square of the processes.
    let clocks = trace.process_count() <= CLOCKS_UNASKED;
    let halves: Vec<u32> = trace.processes().map(|p| trace.events(p) / 2).collect();
    let initiators = trace.processes().take(1).map(|process| Initiator { process, position: halves[0] }).collect();
    let cut = Cut::new(trace, halves).expect("positions of it");
    for cut in [Cut::end(trace), cut] {
        let found = consistency::verify_in(trace, &order, cut, clocks);
        serde_json::to_string(&VerifyReport::new(trace, &found, clocks)).expect("a report is JSON");
        let proof = text::verify::proof(trace, &order, &found);
        text::verify::text(trace, &order, &found, &proof, false);
        let starters = starters(trace, &found);
        serde_json::to_string(&AttainableReport::starters(trace, &starters)).expect("a report is JSON");
        text::attainable::starters(trace, &starters);
    }
    for found in recorded::judge_all(trace).expect("no cycle where there is an order").iter().take(EXECUTIONS) {
        serde_json::to_string(&RecordedReport::new(trace, found)).expect("a report is JSON");
        text::recorded::text(trace, found);
    }
    if clocks {
        all_clocks(trace, &order, |_, _, _| Ok::<(), ()>(())).expect("nothing refuses a clock");
    }
    let algorithm = Algorithm::of(trace);
    let request = Request { algorithm, initiators, delivery: Delivery::Late, fixes: Vec::new(), clocks };
    if let Ok(taken) = snapshot::take(trace, request) {
        serde_json::to_string(&SnapshotReport::new(trace, &taken, &None)).expect("a report is JSON");
        text::snapshot::text(trace, &taken, &None, true);
    }
}

/// Reads `bytes` as a cut and looks it up in a trace.
pub fn cut(bytes: &[u8]) {
    let trace = Trace::from_text("P1 a: send m -> P2\n\"P 2\": step\nP2 b: receive m\n").expect("a trace");
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let source = Arc::new(Source::from_text("input", text));
    match format::cut::parse(text) {
        Err(problem) => show(&source, &problem),
        Ok(entries) => {
            for rest in [None, Some(Rest::Start), Some(Rest::End)] {
                match resolve(&trace, &entries, rest) {
                    Ok(cut) => drop(consistency::verify(&trace, cut, true).expect("no cycle")),
                    Err(mistakes) => assert!(!mistakes.is_empty(), "no cut, and nothing says why"),
                }
            }
        }
    }
}

/// Reads `bytes` as recorded clocks: the files of several processes with a zero byte between two.
pub fn clocks(bytes: &[u8]) {
    let files = bytes.split(|&b| b == 0).enumerate();
    let sources: Vec<_> = files.map(|(i, file)| Arc::new(Source::from_text(format!("{i}.out"), file))).collect();
    match format::clocks::read(&sources) {
        Ok(read) => drop(read.went_down().count()),
        Err(problems) => {
            assert!(!problems.is_empty(), "no clocks, and nothing says why");
            problems.iter().take(SHOWN).for_each(|(file, problem)| show(&sources[*file], problem));
        }
    }
}
