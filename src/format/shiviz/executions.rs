//! The executions of a log: its pieces between delimiters.

use std::ops::Range;

use regex::bytes::Regex;

use super::pattern::Pattern;

/// One run of the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// What its delimiter calls it: the group `trace`, or without one the delimiter itself. Empty for text before the
    /// first delimiter. Labels need not be unique; numbers are.
    pub label: String,
    /// Its text in the source.
    pub at: Range<usize>,
}

/// An execution with what belongs to it in the count of lines.
#[derive(Debug)]
pub(super) struct Part {
    /// Its delimiter, text and blank lines before it. The regions of all parts make up the whole source.
    pub region: Range<usize>,
    /// Text in front of the first delimiter that holds no event; no execution, and yet not to be lost.
    pub preamble: Range<usize>,
}

/// Divides the text from `body` on. There is always one execution at least, if only an empty one.
pub(super) fn divide(
    bytes: &[u8],
    body: usize,
    delimiter: Option<&Regex>,
    pattern: &Pattern,
) -> (Vec<Execution>, Vec<Part>) {
    let mut executions: Vec<Execution> = Vec::new();
    let mut parts: Vec<Part> = Vec::new();
    let mut preamble = 0..0;
    let mut label = String::new();
    let mut start = body;
    let mut add = |label: String, at: Range<usize>, region_end: usize, first: bool| {
        let text = &bytes[at.clone()];
        if text.trim_ascii().is_empty() {
            return;
        }
        if first && region_end < bytes.len() && !pattern.is_match(text) {
            preamble = at;
            return;
        }
        let region = parts.last().map_or(0, |part| part.region.end)..region_end;
        executions.push(Execution { label, at });
        parts.push(Part { region, preamble: std::mem::take(&mut preamble) });
    };
    if let Some(delimiter) = delimiter {
        let mut groups = delimiter.capture_locations();
        let trace = delimiter.capture_names().position(|name| name == Some("trace"));
        let mut from = body;
        let mut first = true;
        while from <= bytes.len() {
            let Some(found) = delimiter.captures_read_at(&mut groups, bytes, from) else { break };
            from = found.end().max(found.start() + 1);
            // An empty match between two letters divides nothing.
            if found.is_empty() && found.start() > 0 && bytes[found.start() - 1] != b'\n' {
                continue;
            }
            add(std::mem::take(&mut label), start..found.start(), found.start(), first);
            first = false;
            let named = trace.and_then(|group| groups.get(group)).map_or(found.range(), |(start, end)| start..end);
            label = String::from_utf8_lossy(bytes[named].trim_ascii()).into_owned();
            start = found.end();
        }
    }
    add(label, start..bytes.len(), bytes.len(), false);
    // Nothing but blank text, or a delimiter at the very end.
    match parts.last_mut() {
        Some(last) => last.region.end = bytes.len(),
        None => {
            executions.push(Execution { label: String::new(), at: body..bytes.len() });
            parts.push(Part { region: 0..bytes.len(), preamble: 0..0 });
        }
    }
    (executions, parts)
}
