//! The documents of a source: one object or array, or several, one after another as JSON Lines have them.

use serde::de::{DeserializeSeed, IgnoredAny};
use serde_json::Deserializer;

use super::Dialect;
use super::decode::In;
use super::model::Spans;
use super::{jaeger, otlp, zipkin};
use crate::format::json::{breaks_off, message, offset};
use crate::format::lines::broken;
use crate::format::record::{Problem, Sink};
use crate::source::Source;

/// Reads one source. Linear in its bytes.
pub(super) fn read<'s>(source: &'s Source, dialect: Dialect, spans: &mut Spans<'s>, sink: &mut dyn Sink) {
    let bytes = source.bytes();
    let ends = memchr::memchr_iter(b'\n', bytes).count();
    sink.lines(ends + usize::from(!bytes.is_empty() && !bytes.ends_with(b"\n")));
    let before = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let end = bytes.trim_ascii_end().len().max(before);
    let text = match std::str::from_utf8(&bytes[before..]) {
        Ok(text) => text,
        // Cut in the middle of a character, which is the last one.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&bytes[before..before + error.valid_up_to()]).unwrap_or_default()
        }
        Err(error) => {
            spans.source("", 0);
            return sink.problem(broken(bytes, before + error.valid_up_to()));
        }
    };
    spans.source(text, before);
    let mut cut = documents(text, before, dialect, spans, sink);
    if cut.is_none() && before + text.len() < bytes.len() {
        cut = Some(text.trim_end().len());
    }
    for at in &spans.unusable {
        sink.skipped(before + at.start..before + at.end);
    }
    if let Some(cut) = cut {
        sink.cut_short(before + cut..end);
    }
}

/// All documents of a text. After a broken one reading goes on at the next line that starts one. The last one may break
/// off, as a log does that is still written or was cut: what is whole of it can be used, and where that ends is the
/// answer.
fn documents<'s>(
    text: &'s str,
    before: usize,
    dialect: Dialect,
    spans: &mut Spans<'s>,
    sink: &mut dyn Sink,
) -> Option<usize> {
    let (mut at, mut read) = (0, 0);
    loop {
        let rest = text[at..].trim_start();
        at = text.len() - rest.len();
        if rest.is_empty() {
            return None;
        }
        let mark = spans.mark();
        match document(rest, dialect, spans) {
            Ok(len) => (at, read) = (at + len.max(1), read + 1),
            Err(error) => {
                let (usable, last) = spans.since(mark);
                let cut = breaks_off(rest.as_bytes(), &error);
                if cut && (usable > 0 || read > 0) {
                    return Some(last.map_or(at, |last| next_member(text, end_of_object(text, last))));
                }
                spans.back_to(mark);
                // Where it ends is no line that can be left out: none of it is of use.
                let wrong = if cut { at } else { at + offset(rest, &error) };
                sink.problem(Problem {
                    at: before + wrong..before + (wrong + 1).min(text.len()),
                    what: match cut {
                        true => "this document of spans is cut short, and nothing of it can be used".into(),
                        false => format!("this is no JSON of spans: {}", message(&error)),
                    },
                    label: expected(dialect).into(),
                    help: Some(help(cut, last.is_some()).into()),
                });
                let line = memchr::memchr(b'\n', &text.as_bytes()[wrong..]).map(|end| wrong + end + 1);
                at = line.filter(|&next| !cut && text[next..].starts_with(['{', '[']))?;
            }
        }
        // A byte more than the value may be the middle of a character.
        while !text.is_char_boundary(at) {
            at += 1;
        }
    }
}

fn help(cut: bool, any: bool) -> &'static str {
    match (cut, any) {
        (true, true) => "the file is cut short before it says whose its spans are: export it again",
        (true, false) => "the file is cut short before its first span is whole: export it again",
        (false, _) => "is the file whole, and is it what the exporter wrote?",
    }
}

/// The end of the object around a byte of a JSON text that is inside of none of its strings, or of one that ends there;
/// of the text, if it has none.
fn end_of_object(text: &str, inside: usize) -> usize {
    // Ids are strings, mostly, so that the byte is one of a string.
    let bytes = text.as_bytes();
    let is_string = inside > 0 && bytes.get(inside - 1) == Some(&b'"');
    let (mut depth, mut in_string, mut escaped) = (0usize, is_string, false);
    for (at, &byte) in bytes.iter().enumerate().skip(inside) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string && depth == 0 => return at + 1,
            b'}' | b']' if !in_string => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// The text behind a comma, if there is more than one.
fn next_member(text: &str, at: usize) -> usize {
    let rest = text[at..].trim_start_matches(|c: char| c == ',' || c.is_ascii_whitespace());
    if rest.is_empty() { at } else { text.len() - rest.len() }
}

/// Reads the first document of a text and says how long it is.
fn document<'s>(text: &'s str, dialect: Dialect, spans: &mut Spans<'s>) -> serde_json::Result<usize> {
    let mut json = Deserializer::from_str(text);
    match dialect {
        Dialect::Otlp => In(&mut otlp::Document { spans }).deserialize(&mut json),
        Dialect::Jaeger => In(&mut jaeger::Document::new(spans)).deserialize(&mut json),
        Dialect::Zipkin => In(&mut zipkin::Document::new(spans)).deserialize(&mut json),
    }?;
    Ok(json.into_iter::<IgnoredAny>().byte_offset())
}

fn expected(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Otlp => r#"expected {"resourceSpans": [...]}"#,
        Dialect::Jaeger => r#"expected {"data": [{"traceID": ..., "spans": [...]}]}"#,
        Dialect::Zipkin => r#"expected [{"traceId": ..., "id": ...}]"#,
    }
}
