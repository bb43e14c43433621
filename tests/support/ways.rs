//! A log in the ways that it can be read in. Tests and a fuzz target share it.
#![allow(dead_code, reason = "each user takes some of it")]

use std::ops::Range;
use std::sync::Arc;

use clearcut::format::mapping::{Mapping, Receivers};
use clearcut::format::record::{ChannelRecord, CutRecord, EventRecord, MarkRecord, Problem, ProcessRecord, Sink};
use clearcut::format::{Way, jsonl, text};
use clearcut::source::Source;
use clearcut::trace::{Builder, Keep};

/// All that a sink is told, as text.
#[derive(Default)]
struct Said {
    all: Vec<String>,
    lines: usize,
}

impl Sink for Said {
    fn process(&mut self, record: ProcessRecord<'_>) {
        self.all.push(format!("{record:?}"));
    }
    fn channel(&mut self, record: ChannelRecord<'_>) {
        self.all.push(format!("{record:?}"));
    }
    fn event(&mut self, record: &EventRecord<'_>) {
        self.all.push(format!("{record:?}"));
    }
    fn mark(&mut self, record: MarkRecord<'_>) {
        self.all.push(format!("{record:?}"));
    }
    fn cut(&mut self, record: CutRecord<'_>) {
        self.all.push(format!("{record:?}"));
    }
    fn skipped(&mut self, at: Range<usize>) {
        self.all.push(format!("skipped {at:?}"));
    }
    fn problem(&mut self, problem: Problem) {
        self.all.push(format!("{problem:?}"));
    }
    fn lines(&mut self, lines: usize) {
        self.lines += lines;
    }
}

type Read = fn(&Source, Way, &mut dyn Sink);

/// The formats that have more than one way.
pub const READERS: [Read; 2] = [text::read_as, jsonl::read_as];

fn said(read: impl FnOnce(&mut dyn Sink)) -> (Vec<String>, usize) {
    let mut said = Said::default();
    read(&mut said);
    (said.all, said.lines)
}

fn built(sources: &[Arc<Source>], keep: Keep, read: impl Fn(&Arc<Source>, &mut dyn Sink)) -> String {
    let mut builder = Builder::keeping(keep);
    for source in sources {
        builder.source(source.clone());
        read(source, &mut builder);
    }
    match builder.finish() {
        Ok(mut trace) => {
            // Where each event stands, of a trace that does not keep it.
            let events: Vec<_> = trace.processes().flat_map(|p| (1..=trace.events(p)).map(move |k| (p, k))).collect();
            trace.look_up(events, |_, piece, sink| read(piece, sink));
            format!("{trace:?}")
        }
        Err((_, problems)) => format!("{problems:?}"),
    }
}

/// Whatever the bytes: each way tells a sink the same, and a trace of it is the same to the last number.
pub fn agree(bytes: &[u8]) {
    let source = Arc::new(Source::from_text("input", bytes));
    for read in READERS {
        let said = |way| said(|sink| read(&source, way, sink));
        let wanted = said(Way::Reference);
        for way in [Way::Anywhere, Way::Threads(1), Way::Threads(2), Way::Threads(3)] {
            assert_eq!(said(way), wanted, "{way:?}");
        }
        let sources = std::slice::from_ref(&source);
        for keep in [Keep::Messages, Keep::Order, Keep::Actions, Keep::Events] {
            let built = |way| built(sources, keep, |source, sink| read(source, way, sink));
            let wanted = built(Way::Reference);
            assert_eq!(built(Way::Threads(1)), wanted);
            assert_eq!(built(Way::Threads(2)), wanted);
        }
    }
}

/// The same of logs that a mapping tells how to read, read together; how many events they have.
pub fn agree_as(mapping: &Mapping, logs: &[Vec<u8>]) -> usize {
    let process = || Some("P0".to_owned());
    let source = |log: &Vec<u8>| Arc::new(Source::from_text("input", log.as_slice()).with_process(process()));
    let sources: Vec<Arc<Source>> = logs.iter().map(source).collect();
    let receivers = || {
        let receivers = Receivers::default();
        receivers.set(&sources);
        receivers
    };
    let said = |way| -> Vec<_> {
        let receivers = receivers();
        sources.iter().map(|source| said(|sink| mapping.read_as(source, way, &receivers, sink))).collect()
    };
    let wanted = said(Way::Reference);
    for threads in [1, 2, 3] {
        assert_eq!(said(Way::Threads(threads)), wanted, "{threads} threads");
    }
    let built = |way| {
        let receivers = receivers();
        built(&sources, Keep::Events, |source, sink| mapping.read_as(source, way, &receivers, sink))
    };
    assert_eq!(built(Way::Threads(2)), built(Way::Reference));
    wanted.iter().flat_map(|(all, _)| all).filter(|record| record.starts_with("EventRecord")).count()
}
