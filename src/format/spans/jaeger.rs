//! Jaeger JSON: what its API and its UI give (`{"data": [TRACE, ...]}`), one trace, or an array of spans that have
//! their process inside.

use std::borrow::Cow;

use hashbrown::HashMap;
use serde::de::MapAccess;

use super::decode::{In, Object, Scalar, skip};
use super::ids;
use super::model::{Kind, Mark, NONE, Spans, Told};

/// The process of a span that names none: no trace has so many.
const NOWHERE: u32 = NONE / 2;

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
                map.next_value_seed(In(&mut Trace::new(self.trace.spans)))?;
                self.trace.mark = self.trace.spans.mark();
                Ok(())
            }
            _ => self.trace.member(name, map),
        }
    }

    fn end(&mut self) {
        self.trace.end();
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
}

/// The number of a name that a trace has for a process.
fn local<'s>(processes: &mut HashMap<Cow<'s, str>, u32>, name: Cow<'s, str>) -> u32 {
    let next = processes.len() as u32;
    *processes.entry(name).or_insert(next)
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

/// A process: the number of its resource.
fn process<'s, M: MapAccess<'s>>(spans: &mut Spans<'s>, map: &mut M) -> Result<u32, M::Error> {
    let mut values = vec![None; spans.wanted.len()];
    map.next_value_seed(In(&mut Process { wanted: &spans.wanted, values: &mut values }))?;
    Ok(spans.resource(&values))
}

struct Process<'t> {
    wanted: &'t [String],
    values: &'t mut [Option<Box<str>>],
}

impl Process<'_> {
    fn set(&mut self, key: &str, value: Option<Cow<'_, str>>) {
        let slot = self.wanted.iter().position(|wanted| wanted == key).and_then(|i| self.values.get_mut(i));
        if let (Some(slot), Some(value)) = (slot, value.filter(|value| !value.is_empty())) {
            *slot = Some(value.into());
        }
    }
}

impl<'s> Object<'s> for Process<'_> {
    const WHAT: &'static str = "a process";

    fn member<M: MapAccess<'s>>(&mut self, name: &str, map: &mut M) -> Result<(), M::Error> {
        match name {
            "serviceName" => self.set("service.name", map.next_value::<Scalar<'s>>()?.text()),
            "tags" => {
                let mut tag = Tag { each: |key: &str, value: Scalar<'s>| self.set(key, value.text()), told: None };
                map.next_value_seed(In(&mut tag))?;
            }
            _ => skip(map)?,
        }
        Ok(())
    }
}

/// `{"key": ..., "type": ..., "value": ...}`, each handed on.
struct Tag<'s, F> {
    each: F,
    told: Option<(Scalar<'s>, Scalar<'s>)>,
}

impl<'s, F: FnMut(&str, Scalar<'s>)> Object<'s> for Tag<'s, F> {
    const WHAT: &'static str = "a tag";

    fn begin(&mut self) {
        self.told = Some(Default::default());
    }

    fn member<M: MapAccess<'s>>(&mut self, name: &str, map: &mut M) -> Result<(), M::Error> {
        match (name, &mut self.told) {
            ("key", Some((key, _))) => *key = map.next_value()?,
            ("value", Some((_, value))) => *value = map.next_value()?,
            _ => skip(map)?,
        }
        Ok(())
    }

    fn end(&mut self) {
        if let Some((Scalar::Text(key), value)) = self.told.take() {
            (self.each)(&key, value);
        }
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

/// The members of a span, wherever it stands.
#[derive(Default)]
struct SpanParts<'s> {
    told: Told<'s>,
    /// It has an id, so that it is a span and not a trace.
    seen: bool,
    duration: Option<u64>,
    references: Vec<Reference>,
    links: Vec<(u128, u64)>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Reference {
    child_of: bool,
    trace: Option<u128>,
    id: Option<u64>,
}

impl<'s> SpanParts<'s> {
    fn begin(&mut self) {
        self.told = Told { parent: Some(0), resource: NOWHERE, ..Told::default() };
        (self.seen, self.duration) = (false, None);
        self.references.clear();
        self.links.clear();
    }

    fn member<M: MapAccess<'s>>(
        &mut self,
        spans: &mut Spans<'s>,
        processes: &mut HashMap<Cow<'s, str>, u32>,
        name: &str,
        map: &mut M,
    ) -> Result<(), M::Error> {
        let told = &mut self.told;
        match name {
            "traceID" => told.trace = map.next_value::<Scalar<'s>>()?.text().and_then(|id| ids::trace(&id, false)),
            "spanID" => {
                let id = map.next_value::<Scalar<'s>>()?.text().unwrap_or_default();
                told.at = spans.at(&id);
                told.id = ids::span(&id, false);
                self.seen = true;
            }
            "parentSpanID" => {
                let id = map.next_value::<Scalar<'s>>()?.text().unwrap_or_default();
                told.parent = ids::parent(&id, false);
            }
            "operationName" => told.name = map.next_value::<Scalar<'s>>()?.text().unwrap_or_default(),
            "startTime" => told.start = micros(map)?,
            "duration" => self.duration = micros(map)?,
            "references" => map.next_value_seed(In(&mut References { all: &mut self.references }))?,
            "tags" => {
                let kind = &mut told.kind;
                let each = |key: &str, value: Scalar<'s>| {
                    if let ("span.kind", Some(word)) = (key, value.text()) {
                        *kind = Kind::of_word(&word);
                    }
                };
                map.next_value_seed(In(&mut Tag { each, told: None }))?;
            }
            "processID" => {
                let name = map.next_value::<Scalar<'s>>()?.text().unwrap_or_default();
                if told.resource == NOWHERE {
                    told.resource = local(processes, name);
                }
            }
            // From the top, so that they are none of the trace's own names; and above these.
            "process" => told.resource = NONE - 1 - process(spans, map)?,
            _ => skip(map)?,
        }
        Ok(())
    }

    /// Hands the span on, if it is one.
    fn end(&mut self, spans: &mut Spans<'s>) {
        if !std::mem::take(&mut self.seen) {
            return;
        }
        let told = &mut self.told;
        told.end = told.start.zip(self.duration).and_then(|(start, duration)| start.checked_add(duration));
        let mut parent = None;
        for reference in self.references.drain(..) {
            let own = reference.child_of && reference.trace == told.trace;
            match (reference.trace, reference.id) {
                (_, Some(id)) if own && parent.is_none() => parent = Some(id),
                (Some(trace), Some(id)) => self.links.push((trace, id)),
                _ => {}
            }
        }
        told.parent = parent.map_or(told.parent, Some);
        spans.push(std::mem::take(told), &mut self.links);
    }
}

/// Microseconds as nanoseconds.
pub(super) fn micros<'s, M: MapAccess<'s>>(map: &mut M) -> Result<Option<u64>, M::Error> {
    Ok(map.next_value::<Scalar<'s>>()?.number().and_then(|micros| micros.checked_mul(1000)))
}

struct References<'t> {
    all: &'t mut Vec<Reference>,
}

impl<'s> Object<'s> for References<'_> {
    const WHAT: &'static str = "a reference";

    fn begin(&mut self) {
        self.all.push(Reference::default());
    }

    fn member<M: MapAccess<'s>>(&mut self, name: &str, map: &mut M) -> Result<(), M::Error> {
        let value = match name {
            "refType" | "traceID" | "spanID" => map.next_value::<Scalar<'s>>()?.text().unwrap_or_default(),
            _ => return skip(map),
        };
        let Some(reference) = self.all.last_mut() else { return Ok(()) };
        match name {
            "refType" => reference.child_of = value == "CHILD_OF",
            "traceID" => reference.trace = ids::trace(&value, false),
            _ => reference.id = ids::span(&value, false),
        }
        Ok(())
    }
}
