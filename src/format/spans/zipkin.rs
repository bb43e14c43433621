//! Zipkin v2 JSON: an array of spans, or of traces that are arrays of spans.

use serde::de::MapAccess;

use super::decode::{In, Object, Scalar, micros, skip, text};
use super::model::{Spans, Told};
use super::processes::Values;
use super::{ids, otlp};

/// The spans of a document.
pub(super) struct Document<'c, 's> {
    spans: &'c mut Spans<'s>,
    told: Told<'s>,
    duration: Option<u64>,
    values: Vec<Option<Box<str>>>,
}

impl<'c, 's> Document<'c, 's> {
    pub(super) fn new(spans: &'c mut Spans<'s>) -> Self {
        let values = vec![None; spans.wanted.len()];
        Self { spans, told: Told::default(), duration: None, values }
    }
}

impl<'s> Object<'s> for Document<'_, 's> {
    const WHAT: &'static str = "spans";

    fn begin(&mut self) {
        self.told = Told { parent: Some(0), ..Told::default() };
        self.duration = None;
        self.values.fill(None);
    }

    fn member<M: MapAccess<'s>>(&mut self, name: &str, map: &mut M) -> Result<(), M::Error> {
        let told = &mut self.told;
        told.starts(name, self.spans);
        let mut values = self.spans.values(&mut self.values);
        match name {
            "traceId" => told.trace = ids::trace(&text(map)?, false),
            "id" => told.identify(&text(map)?, false, self.spans),
            "parentId" => told.parent = ids::parent(&text(map)?, false),
            "name" => told.name = text(map)?,
            "kind" => told.kind = otlp::kind(&map.next_value()?),
            "timestamp" => told.start = micros(map)?.filter(|&time| time > 0),
            "duration" => self.duration = micros(map)?,
            "shared" => told.shared = map.next_value::<Scalar<'s>>()?.truth(),
            "localEndpoint" => map.next_value_seed(In(&mut Endpoint(values)))?,
            "tags" => map.next_value_seed(In(&mut values))?,
            _ => skip(map)?,
        }
        Ok(())
    }

    fn end(&mut self) {
        let told = &mut self.told;
        told.end = told.start.zip(self.duration).and_then(|(start, duration)| start.checked_add(duration));
        told.resource = self.spans.resource(&self.values);
        self.spans.push(std::mem::take(told), &mut Vec::new());
    }
}

/// As an object: the tags of a span.
impl<'s> Object<'s> for Values<'_> {
    const WHAT: &'static str = "the tags of a span";

    fn member<M: MapAccess<'s>>(&mut self, name: &str, map: &mut M) -> Result<(), M::Error> {
        match self.wanted.iter().any(|wanted| wanted == name) {
            true => self.set(name, map.next_value::<Scalar<'s>>()?.text()),
            false => {
                self.list(name);
                skip(map)?;
            }
        }
        Ok(())
    }
}

/// `{"serviceName": ..., "ipv4": ..., "port": ...}`.
struct Endpoint<'t>(Values<'t>);

impl<'s> Object<'s> for Endpoint<'_> {
    const WHAT: &'static str = "an endpoint";

    fn member<M: MapAccess<'s>>(&mut self, name: &str, map: &mut M) -> Result<(), M::Error> {
        let key = match name {
            "serviceName" => "service.name",
            "ipv4" | "ipv6" => "ip",
            "port" => "port",
            _ => return skip(map),
        };
        self.0.set(key, map.next_value::<Scalar<'s>>()?.text());
        Ok(())
    }
}
