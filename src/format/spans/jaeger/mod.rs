//! Jaeger JSON: what its API and its UI give (`{"data": [TRACE, ...]}`), one trace, or an array of spans that have
//! their process inside.

mod span;

use std::borrow::Cow;

use hashbrown::HashMap;
use serde::de::MapAccess;

use self::span::{NOWHERE, SpanParts, local, process};
use super::decode::{In, Object};
use super::model::{Mark, NONE, Spans};

/// A whole document, or one object at its top: a wrapper, a trace or a span.
pub(super) struct Document<'c, 's> {
    trace: Trace<'c, 's>,
}

impl<'c, 's> Document<'c, 's> {
    pub(super) fn new(spans: &'c mut Spans<'s>) -> Self {
        Self { trace: Trace::new(spans) }
    }
}

impl<'s> Object<'s> for Document<'_, 's> {
    const WHAT: &'static str = "traces or spans";

    fn begin(&mut self) {
        self.trace.begin();
    }

    fn member<M: MapAccess<'s>>(&mut self, name: &str, map: &mut M) -> Result<(), M::Error> {
        match name {
            "data" => {
                self.trace.settle();
                let read = map.next_value_seed(In(&mut Trace::new(self.trace.spans)));
                self.trace.mark = self.trace.spans.mark();
                read
            }
            _ => self.trace.member(name, map),
        }
    }

    fn end(&mut self) {
        self.trace.end();
    }

    fn broken(&mut self) {
        self.trace.broken();
    }
}

/// A trace; or, where the array has no traces around them, a span.
struct Trace<'c, 's> {
    spans: &'c mut Spans<'s>,
    mark: Mark,
    /// Numbers of the names that the trace has for its processes, and the resources that these are.
    processes: HashMap<Cow<'s, str>, u32>,
    known: Vec<Option<u32>>,
    span: SpanParts<'s>,
}

impl<'c, 's> Trace<'c, 's> {
    fn new(spans: &'c mut Spans<'s>) -> Self {
        let mark = spans.mark();
        Self { spans, mark, processes: HashMap::new(), known: Vec::new(), span: SpanParts::default() }
    }

    /// The processes of the trace are known: its spans get theirs.
    fn settle(&mut self) {
        let nameless = vec![None; self.spans.wanted.len()];
        let unknown = self.spans.resource(&nameless);
        let known = &self.known;
        let of = |local: u32| known.get(local as usize).copied().flatten().unwrap_or(unknown);
        // Above it are resources that a span had inside.
        self.spans.settle(self.mark, |told| if told > NOWHERE { NONE - 1 - told } else { of(told) });
        self.mark = self.spans.mark();
    }

    /// The trace breaks off, mostly before it says what its processes are. Alone, it can still be read: each process is
    /// called as the trace numbers it. Beside others, whose processes may be the same, its spans are left out.
    fn settle_named(&mut self) {
        let alone = self.spans.is_first(self.mark);
        let missing = |known: &[Option<u32>], local: u32| known.get(local as usize).copied().flatten().is_none();
        if alone {
            let mut names: Vec<(&str, u32)> =
                self.processes.iter().map(|(name, &local)| (name.as_ref(), local)).collect();
            names.sort_unstable();
            self.known.resize(self.known.len().max(names.len()), None);
            for (name, local) in names {
                if missing(&self.known, local) {
                    self.known[local as usize] = Some(self.spans.unnamed(name));
                }
            }
        } else {
            let known = &self.known;
            self.spans.leave_out(self.mark, |told| told < NOWHERE && missing(known, told));
        }
        self.settle();
    }
}

impl<'s> Object<'s> for Trace<'_, 's> {
    const WHAT: &'static str = "a trace";

    fn begin(&mut self) {
        self.mark = self.spans.mark();
        self.processes.clear();
        self.known.clear();
        self.span.begin();
    }

    fn member<M: MapAccess<'s>>(&mut self, name: &str, map: &mut M) -> Result<(), M::Error> {
        match name {
            "spans" => {
                let part = SpanParts::default();
                map.next_value_seed(In(&mut Span { spans: self.spans, processes: &mut self.processes, part }))
            }
            "processes" => {
                let known = &mut self.known;
                map.next_value_seed(In(&mut Processes { spans: self.spans, processes: &mut self.processes, known }))
            }
            _ => self.span.member(self.spans, &mut self.processes, name, map),
        }
    }

    fn end(&mut self) {
        self.span.end(self.spans);
        self.settle();
    }

    fn broken(&mut self) {
        self.settle_named();
    }
}

/// `{"p1": {"serviceName": ..., "tags": [...]}}`.
struct Processes<'t, 's> {
    spans: &'t mut Spans<'s>,
    processes: &'t mut HashMap<Cow<'s, str>, u32>,
    known: &'t mut Vec<Option<u32>>,
}

impl<'s> Object<'s> for Processes<'_, 's> {
    const WHAT: &'static str = "the processes of a trace";

    fn member<M: MapAccess<'s>>(&mut self, name: &str, map: &mut M) -> Result<(), M::Error> {
        let number = local(self.processes, Cow::Owned(name.into())) as usize;
        let resource = process(self.spans, map)?;
        if self.known.len() <= number {
            self.known.resize(number + 1, None);
        }
        self.known[number] = Some(resource);
        Ok(())
    }
}

struct Span<'t, 's> {
    spans: &'t mut Spans<'s>,
    processes: &'t mut HashMap<Cow<'s, str>, u32>,
    part: SpanParts<'s>,
}

impl<'s> Object<'s> for Span<'_, 's> {
    const WHAT: &'static str = "a span";

    fn begin(&mut self) {
        self.part.begin();
    }

    fn member<M: MapAccess<'s>>(&mut self, name: &str, map: &mut M) -> Result<(), M::Error> {
        self.part.member(self.spans, self.processes, name, map)
    }

    fn end(&mut self) {
        // A span without any member that is one is still one, and of no use.
        self.part.seen = true;
        self.part.end(self.spans);
    }
}
