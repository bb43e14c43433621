//! OpenTelemetry OTLP/JSON: `{"resourceSpans": [{"resource": ..., "scopeSpans": [{"spans": [...]}]}]}`.
//!
//! Read liberally: kinds as numbers or words, 64-bit numbers as numbers or strings, ids in any case or in base64,
//! `batches` for `resourceSpans`, `instrumentationLibrarySpans` for `scopeSpans`, objects inside of `result` or `trace`.

use std::borrow::Cow;

use serde::de::MapAccess;

use super::decode::{In, Object, Scalar, skip, text};
use super::ids;
use super::model::{Kind, Mark, Spans, Told};
use super::processes::Values;

/// A whole document.
pub(super) struct Document<'c, 's> {
    pub spans: &'c mut Spans<'s>,
}

impl<'s> Object<'s> for Document<'_, 's> {
    const WHAT: &'static str = "an object with resourceSpans";

    fn member<M: MapAccess<'s>>(&mut self, name: &str, map: &mut M) -> Result<(), M::Error> {
        match name {
            "resourceSpans" | "batches" => {
                let mark = self.spans.mark();
                map.next_value_seed(In(&mut Resource { spans: self.spans, mark, values: Vec::new(), told: false }))
            }
            "result" | "trace" => map.next_value_seed(In(self)),
            _ => skip(map),
        }
    }
}

/// What one resource tells: its spans may come before its attributes.
struct Resource<'c, 's> {
    spans: &'c mut Spans<'s>,
    mark: Mark,
    values: Vec<Option<Box<str>>>,
    /// All its attributes are known.
    told: bool,
}

impl<'s> Object<'s> for Resource<'_, 's> {
    const WHAT: &'static str = "the spans of a resource";

    fn begin(&mut self) {
        self.mark = self.spans.mark();
        self.values = vec![None; self.spans.wanted.len()];
        self.told = false;
    }

    fn member<M: MapAccess<'s>>(&mut self, name: &str, map: &mut M) -> Result<(), M::Error> {
        match name {
            "resource" => {
                map.next_value_seed(In(&mut Attributes { spans: self.spans, values: &mut self.values }))?;
                self.told = true;
                Ok(())
            }
            "scopeSpans" | "instrumentationLibrarySpans" => map.next_value_seed(In(&mut Scope { spans: self.spans })),
            _ => skip(map),
        }
    }

    fn end(&mut self) {
        let resource = self.spans.resource(&self.values);
        self.spans.settle(self.mark, |_| resource);
    }

    /// Whole spans can be used if it is known whose they are.
    fn broken(&mut self) {
        match self.told {
            true => self.end(),
            false => self.spans.leave_out(self.mark, |_| true),
        }
    }
}

/// `{"attributes": [...]}`.
struct Attributes<'c, 's> {
    spans: &'c Spans<'s>,
    values: &'c mut [Option<Box<str>>],
}

impl<'s> Object<'s> for Attributes<'_, 's> {
    const WHAT: &'static str = "a resource";

    fn member<M: MapAccess<'s>>(&mut self, name: &str, map: &mut M) -> Result<(), M::Error> {
        match name {
            "attributes" => {
                let values = self.spans.values(self.values);
                let (key, value) = Default::default();
                map.next_value_seed(In(&mut Attribute { values, key, value }))
            }
            _ => skip(map),
        }
    }
}

/// `{"key": ..., "value": {"stringValue": ...}}`.
struct Attribute<'c, 's> {
    values: Values<'c>,
    key: Option<Cow<'s, str>>,
    value: AnyValue<'s>,
}

impl<'s> Object<'s> for Attribute<'_, 's> {
    const WHAT: &'static str = "an attribute";

    fn begin(&mut self) {
        (self.key, self.value) = Default::default();
    }

    fn member<M: MapAccess<'s>>(&mut self, name: &str, map: &mut M) -> Result<(), M::Error> {
        match name {
            "key" => self.key = map.next_value::<Scalar<'s>>()?.text(),
            "value" => map.next_value_seed(In(&mut self.value))?,
            _ => skip(map)?,
        }
        Ok(())
    }

    fn end(&mut self) {
        let value = std::mem::take(&mut self.value.0).text();
        self.values.set(&self.key.take().unwrap_or_default(), value);
    }
}

/// One value of whatever type; lists and maps name no process.
#[derive(Default)]
struct AnyValue<'s>(Scalar<'s>);

impl<'s> Object<'s> for AnyValue<'s> {
    const WHAT: &'static str = "a value like {\"stringValue\": ...}";

    fn member<M: MapAccess<'s>>(&mut self, _: &str, map: &mut M) -> Result<(), M::Error> {
        self.0 = map.next_value()?;
        Ok(())
    }
}

struct Scope<'c, 's> {
    spans: &'c mut Spans<'s>,
}

impl<'s> Object<'s> for Scope<'_, 's> {
    const WHAT: &'static str = "the spans of a scope";

    fn member<M: MapAccess<'s>>(&mut self, name: &str, map: &mut M) -> Result<(), M::Error> {
        match name {
            "spans" => {
                let (told, links) = Default::default();
                map.next_value_seed(In(&mut Span { spans: self.spans, told, links }))
            }
            _ => skip(map),
        }
    }
}

struct Span<'c, 's> {
    spans: &'c mut Spans<'s>,
    told: Told<'s>,
    links: Vec<(u128, u64)>,
}

impl<'s> Object<'s> for Span<'_, 's> {
    const WHAT: &'static str = "a span";

    fn begin(&mut self) {
        self.told = Told { parent: Some(0), ..Told::default() };
        self.links.clear();
    }

    fn member<M: MapAccess<'s>>(&mut self, name: &str, map: &mut M) -> Result<(), M::Error> {
        let told = &mut self.told;
        told.starts(name, self.spans);
        match name {
            "traceId" => told.trace = ids::trace(&text(map)?, true),
            "spanId" => told.identify(&text(map)?, true, self.spans),
            "parentSpanId" => told.parent = ids::parent(&text(map)?, true),
            "name" => told.name = text(map)?,
            "kind" => told.kind = kind(&map.next_value()?),
            "startTimeUnixNano" => told.start = map.next_value::<Scalar<'s>>()?.number().filter(|&time| time > 0),
            // 0: the span was not over.
            "endTimeUnixNano" => told.end = map.next_value::<Scalar<'s>>()?.number().filter(|&time| time > 0),
            "links" => map.next_value_seed(In(&mut Link { links: &mut self.links, trace: None, id: None }))?,
            _ => skip(map)?,
        }
        Ok(())
    }

    fn end(&mut self) {
        self.spans.push(std::mem::take(&mut self.told), &mut self.links);
    }
}

/// A kind by number or word.
pub(super) fn kind(told: &Scalar<'_>) -> Kind {
    match told {
        Scalar::Number(number) => Kind::of_number(*number),
        Scalar::Text(word) => Kind::of_word(word),
        Scalar::None | Scalar::Bool(_) => Kind::Unspecified,
    }
}

struct Link<'c> {
    links: &'c mut Vec<(u128, u64)>,
    trace: Option<u128>,
    id: Option<u64>,
}

impl<'s> Object<'s> for Link<'_> {
    const WHAT: &'static str = "a link";

    fn begin(&mut self) {
        (self.trace, self.id) = (None, None);
    }

    fn member<M: MapAccess<'s>>(&mut self, name: &str, map: &mut M) -> Result<(), M::Error> {
        match name {
            "traceId" => self.trace = ids::trace(&text(map)?, true),
            "spanId" => self.id = ids::span(&text(map)?, true),
            _ => skip(map)?,
        }
        Ok(())
    }

    fn end(&mut self) {
        self.links.extend(self.trace.zip(self.id));
    }
}
