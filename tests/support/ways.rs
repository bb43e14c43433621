//! A log in the ways that it can be read in. Tests and a fuzz target share it.
#![allow(dead_code, reason = "each user takes some of it")]

use std::ops::Range;
use std::sync::Arc;

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

fn said(read: Read, source: &Source, way: Way) -> (Vec<String>, usize) {
    let mut said = Said::default();
    read(source, way, &mut said);
    (said.all, said.lines)
}

fn built(read: Read, source: &Arc<Source>, way: Way, keep: Keep) -> String {
    let mut builder = Builder::keeping(keep);
    builder.source(source.clone());
    read(source, way, &mut builder);
    match builder.finish() {
        Ok(trace) => format!("{trace:?}"),
        Err((_, problems)) => format!("{problems:?}"),
    }
}

/// Whatever the bytes: each way tells a sink the same, and a trace of it is the same to the last number.
pub fn agree(bytes: &[u8]) {
    let source = Arc::new(Source::from_text("input", bytes));
    for read in READERS {
        let wanted = said(read, &source, Way::Reference);
        for threads in [1, 2, 3] {
            assert_eq!(said(read, &source, Way::Threads(threads)), wanted, "{threads} threads");
        }
        for keep in [Keep::Messages, Keep::Order, Keep::Events] {
            let wanted = built(read, &source, Way::Reference, keep);
            assert_eq!(built(read, &source, Way::Threads(1), keep), wanted);
            assert_eq!(built(read, &source, Way::Threads(2), keep), wanted);
        }
    }
}
