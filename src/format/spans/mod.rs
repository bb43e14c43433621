//! Spans of distributed traces: OpenTelemetry OTLP/JSON, Jaeger JSON and Zipkin v2 JSON.
//!
//! A span tells when one process started and ended something, and which span caused it. Each format is decoded by one
//! file into one model (`model`); `graph` says which messages the spans prove, and is the only place that does;
//! `order` puts starts and ends in the order of their processes, and `emit` hands them on as records. So one run
//! told in two formats is one trace.
//!
//! What the spans do not prove is no edge: times order the events of one process and never those of two. A service
//! that works on several requests at a time is taken for one sequential party, in the order of its own clock: a cut
//! through it is a moment of that clock.

mod decode;
mod emit;
mod graph;
mod ids;
mod jaeger;
mod model;
mod order;
mod otlp;
mod processes;
mod remarks;
mod stream;
mod zipkin;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use self::model::Spans;
use super::Options;
use super::record::{Sink, Unseen};
use crate::source::Source;

/// A format of spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// OpenTelemetry: `{"resourceSpans": [...]}`, one object or several.
    Otlp,
    /// Jaeger: `{"data": [TRACE, ...]}`, a trace, or an array of spans.
    Jaeger,
    /// Zipkin v2: an array of spans.
    Zipkin,
}

impl Dialect {
    /// Whether the first bytes of a source are of this format.
    pub fn looks_like(self, head: &[u8]) -> bool {
        let head = head.trim_ascii_start();
        let has = |name: &str| memchr::memmem::find(head, name.as_bytes()).is_some();
        let resource = || has("\"resourceSpans\"") || has("\"batches\"") && has("\"resource\"");
        matches!(head.first(), Some(b'{' | b'['))
            && match self {
                Self::Otlp => resource() || has("\"instrumentationLibrarySpans\""),
                Self::Jaeger => has("\"traceID\"") && (has("\"spans\"") || has("\"spanID\"")),
                Self::Zipkin => has("\"traceId\"") && has("\"id\"") && !has("\"spanId\"") && !resource(),
            }
    }
}

/// Reads sources as one set of spans: a parent may stand in another file than its child.
///
/// What comes back are the names in `options` that no span has.
///
/// Time: linear in the bytes, and a sort of the spans; space: some 100 bytes for a span while it runs.
pub fn read(sources: &[(Arc<Source>, Dialect)], options: &Options, sink: &mut dyn Sink) -> Vec<Unseen> {
    let mut spans = Spans::new(processes::wanted(options), !options.process_key.is_empty());
    for (number, (source, dialect)) in sources.iter().enumerate() {
        sink.source(number);
        stream::read(source, *dialect, &mut spans, sink);
    }
    spans.finish();
    let graph = graph::Graph::of(&spans, options);
    emit::emit(&spans, &graph, sink);
    processes::unseen(&spans, &graph.names, options)
}
