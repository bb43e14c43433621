//! JSON logs: objects in which paths find the parts of an event.

use std::ops::Range;

use serde::Deserializer;
use serde::de::{SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::Mapping;
use super::event::{Parts, Records};
use super::paths::{Found, Node};
use super::receivers::Receivers;
use super::role::{Places, Role};
use crate::format::ahead::Way;
use crate::format::json::{breaks_off, message, offset};
use crate::format::lines::{broken, for_each_block, lines};
use crate::format::record::{Problem, Sink};
use crate::source::Source;

/// Where the parts of an event stand in an object.
#[derive(Debug)]
pub(super) struct Fields {
    pub places: Places,
    pub paths: Node,
    /// How many fields there are.
    pub count: usize,
}

impl Fields {
    /// Whether the process of an event is told by the name of the file alone.
    pub fn lacks_process(&self) -> bool {
        !self.places.has(Role::Process)
    }

    /// Whether the first line that is not blank is a whole event.
    pub fn reads_first(&self, mapping: &Mapping, head: &[u8]) -> bool {
        // What is no text further on is told with its line, when it is read.
        let head = String::from_utf8_lossy(head);
        let Some(first) = head.lines().find(|line| !line.trim().is_empty()) else { return false };
        let mut found = Found::of(self.count);
        first.trim_start_matches('\u{FEFF}').trim_start().starts_with('{')
            && self.paths.find(first, &mut found).is_ok()
            && self.places.action(&found.slots, &mapping.words).is_some()
            && self.places.complete(&found.slots)
    }

    /// Reads `source` into `sink`: an object a line; or, where it starts with an array or with an object that goes on
    /// below its first line, all the objects that follow each other or stand in arrays. Time: linear in the bytes.
    pub fn read(
        &self,
        mapping: &Mapping,
        source: &Source,
        way: Way,
        receivers: Option<&Receivers>,
        sink: &mut dyn Sink,
    ) {
        let records = Records::new(mapping, source, way, receivers);
        let mut reader = Reader { fields: self, records, found: Found::of(self.count) };
        match is_document(source.bytes()) {
            true => reader.document(source, sink),
            false => reader.lines(source, sink),
        }
        reader.records.end(sink);
    }
}

/// Whether objects stand in an array or on several lines.
pub(in crate::format) fn is_document(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    let first = &text[..memchr::memchr(b'\n', text).unwrap_or(text.len())];
    match first.trim_ascii() {
        [b'[', rest @ ..] => rest.is_empty() || rest.trim_ascii_start().starts_with(b"{"),
        b"{" => true,
        _ => false,
    }
}

struct Reader<'r, 't> {
    fields: &'r Fields,
    records: Records<'r, 't>,
    found: Found<'t>,
}

impl<'t> Reader<'_, 't> {
    fn lines(&mut self, source: &'t Source, sink: &mut dyn Sink) {
        for_each_block(source, sink, |block, sink| {
            let mut count = 0;
            for (start, line) in lines(block) {
                count += 1;
                let text = line.trim();
                if text.is_empty() {
                    continue;
                }
                let start = start + (line.len() - line.trim_start().len());
                let at = start..start + text.len();
                // Logs have other lines among their objects: banners, stack traces.
                if !text.starts_with('{') {
                    sink.skipped(at);
                    continue;
                }
                let last = at.end == source.bytes().len();
                match self.object(text, at.clone(), sink) {
                    Ok(()) => {}
                    // A line that was cut short at the end of the file.
                    Err(error) if error.is_eof() && last => sink.skipped(at),
                    Err(error) => sink.problem(no_json(at.start + offset(text, &error), &error)),
                }
            }
            sink.lines(count);
        });
    }

    fn document(&mut self, source: &'t Source, sink: &mut dyn Sink) {
        let bytes = source.bytes();
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => return sink.problem(broken(bytes, error.valid_up_to())),
        };
        let body = text.trim_start_matches('\u{FEFF}');
        let base = text.len() - body.len();
        // The first error is the end: what follows it is no longer known to be JSON.
        let mut values = serde_json::Deserializer::from_str(body).into_iter::<&RawValue>();
        loop {
            let start = values.byte_offset();
            let Some(value) = values.next() else { break };
            let problem = match value {
                Ok(raw) if raw.get().starts_with('[') => self.array(text, raw.get(), sink),
                Ok(raw) => self.element(text, raw.get(), sink),
                Err(error) if breaks_off(body.as_bytes(), &error) => self.broken_off(text, &body[start..], sink),
                Err(error) => Err(no_json(base + offset(body, &error), &error)),
            };
            if let Err(problem) = problem {
                sink.problem(problem);
            }
        }
        let ends = memchr::memchr_iter(b'\n', bytes).count();
        sink.lines(ends + usize::from(!bytes.ends_with(b"\n")));
    }

    fn array(&mut self, whole: &str, text: &'t str, sink: &mut dyn Sink) -> Result<(), Problem> {
        let start = text.as_ptr().addr() - whole.as_ptr().addr();
        let elements: Vec<&'t RawValue> =
            serde_json::from_str(text).map_err(|error| no_json(start + offset(text, &error), &error))?;
        elements.into_iter().try_for_each(|element| self.element(whole, element.get(), sink))
    }

    /// The last value of a document that breaks off: of an array, the elements before the cut are whole.
    fn broken_off(&mut self, whole: &str, text: &'t str, sink: &mut dyn Sink) -> Result<(), Problem> {
        let mut elements: Vec<&'t RawValue> = Vec::new();
        // That it ends in an error is known.
        let _ = serde_json::Deserializer::from_str(text).deserialize_seq(Elements(&mut elements));
        let end_of = |text: &str| text.as_ptr().addr() - whole.as_ptr().addr() + text.len();
        let end = elements.last().map_or(end_of(text) - text.trim_start().len(), |last| end_of(last.get()));
        for element in elements {
            self.element(whole, element.get(), sink)?;
        }
        let (rest, behind) = (&whole[end..], whole.trim_end().len());
        let start = end + (rest.len() - rest.trim_start_matches(|c: char| c == ',' || c.is_whitespace()).len());
        sink.cut_short(start.min(behind)..behind);
        Ok(())
    }

    fn element(&mut self, whole: &str, text: &'t str, sink: &mut dyn Sink) -> Result<(), Problem> {
        let start = text.as_ptr().addr() - whole.as_ptr().addr();
        let at = start..start + text.len();
        if !text.starts_with('{') {
            sink.skipped(at);
            return Ok(());
        }
        self.object(text, at, sink).map_err(|error| no_json(start + offset(text, &error), &error))
    }

    fn object(&mut self, text: &'t str, at: Range<usize>, sink: &mut dyn Sink) -> serde_json::Result<()> {
        self.fields.paths.find(text, &mut self.found)?;
        let parts = Parts { places: &self.fields.places, slots: &self.found.slots, at: at.clone() };
        if !self.records.emit(&parts, sink) {
            sink.skipped(at);
        }
        Ok(())
    }
}

/// Elements of an array, kept as far as they are whole.
struct Elements<'e, 't>(&'e mut Vec<&'t RawValue>);

impl<'t> Visitor<'t> for Elements<'_, 't> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut elements: A) -> Result<(), A::Error> {
        while let Some(element) = elements.next_element()? {
            self.0.push(element);
        }
        Ok(())
    }
}

fn no_json(at: usize, error: &serde_json::Error) -> Problem {
    Problem {
        at: at..at + 1,
        what: format!("this is no JSON: {}", message(error)),
        label: "expected a JSON object".into(),
        help: Some("lines that do not start with `{` are passed over and counted; mend this one or take it out".into()),
    }
}
