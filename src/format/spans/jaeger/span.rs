//! One span of Jaeger JSON: what it says of itself, of its causes and of its process.

use std::borrow::Cow;

use hashbrown::HashMap;
use serde::de::MapAccess;

use crate::format::spans::decode::{In, Object, Scalar, micros, skip, text};
use crate::format::spans::ids;
use crate::format::spans::model::{Kind, NONE, Spans, Told};
use crate::format::spans::processes::Values;

/// The process of a span that names none: no trace has so many.
pub(super) const NOWHERE: u32 = NONE / 2;

/// The number of a name that a trace has for a process.
pub(super) fn local<'s>(processes: &mut HashMap<Cow<'s, str>, u32>, name: Cow<'s, str>) -> u32 {
    let next = processes.len() as u32;
    *processes.entry(name).or_insert(next)
}

/// The members of a span, wherever it stands.
#[derive(Default)]
pub(super) struct SpanParts<'s> {
    told: Told<'s>,
    /// It has an id, so that it is a span and not a trace.
    pub seen: bool,
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
    pub(super) fn begin(&mut self) {
        self.told = Told { parent: Some(0), resource: NOWHERE, ..Told::default() };
        (self.seen, self.duration) = (false, None);
        self.references.clear();
        self.links.clear();
    }

    /// A member of it; a trace has one of the same name.
    pub(super) fn member<M: MapAccess<'s>>(
        &mut self,
        spans: &mut Spans<'s>,
        processes: &mut HashMap<Cow<'s, str>, u32>,
        name: &str,
        map: &mut M,
    ) -> Result<(), M::Error> {
        let told = &mut self.told;
        told.starts(name, spans);
        match name {
            "traceID" => told.trace = ids::trace(&text(map)?, false),
            "spanID" => {
                told.identify(&text(map)?, false, spans);
                self.seen = true;
            }
            "parentSpanID" => told.parent = ids::parent(&text(map)?, false),
            "operationName" => told.name = text(map)?,
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
                let name = text(map)?;
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
    pub(super) fn end(&mut self, spans: &mut Spans<'s>) {
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
            "refType" | "traceID" | "spanID" => text(map)?,
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

/// A process: the number of its resource.
pub(super) fn process<'s, M: MapAccess<'s>>(spans: &mut Spans<'s>, map: &mut M) -> Result<u32, M::Error> {
    let mut values = vec![None; spans.wanted.len()];
    map.next_value_seed(In(&mut Process(spans.values(&mut values))))?;
    Ok(spans.resource(&values))
}

struct Process<'t>(Values<'t>);

impl<'s> Object<'s> for Process<'_> {
    const WHAT: &'static str = "a process";

    fn member<M: MapAccess<'s>>(&mut self, name: &str, map: &mut M) -> Result<(), M::Error> {
        match name {
            "serviceName" => self.0.set("service.name", map.next_value::<Scalar<'s>>()?.text()),
            "tags" => {
                let mut tag = Tag { each: |key: &str, value: Scalar<'s>| self.0.set(key, value.text()), told: None };
                map.next_value_seed(In(&mut tag))?;
            }
            _ => skip(map)?,
        }
        Ok(())
    }
}
