//! The documents of a source: one object or array, or several, one after another as JSON Lines have them.

use serde::de::{DeserializeSeed, IgnoredAny};
use serde_json::Deserializer;

use super::Dialect;
use super::decode::In;
use super::model::Spans;
use super::{jaeger, otlp, zipkin};
use crate::format::json::{message, offset};
use crate::format::lines::broken;
use crate::format::record::{Problem, Sink};
use crate::source::Source;

/// Reads one source. Linear in its bytes.
pub(super) fn read<'s>(source: &'s Source, dialect: Dialect, spans: &mut Spans<'s>, sink: &mut dyn Sink) {
    let bytes = source.bytes();
    let ends = memchr::memchr_iter(b'\n', bytes).count();
    sink.lines(ends + usize::from(!bytes.is_empty() && !bytes.ends_with(b"\n")));
    let before = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    match std::str::from_utf8(&bytes[before..]) {
        Ok(text) => {
            spans.source(text, before);
            documents(text, before, dialect, spans, sink);
            for at in &spans.unusable {
                sink.skipped(before + at.start..before + at.end);
            }
        }
        Err(error) => {
            spans.source("", 0);
            sink.problem(broken(bytes, before + error.valid_up_to()));
        }
    }
}

/// All documents of a text. After a broken one reading goes on at the next line that starts one.
fn documents<'s>(text: &'s str, before: usize, dialect: Dialect, spans: &mut Spans<'s>, sink: &mut dyn Sink) {
    let (mut at, mut read) = (0, 0);
    loop {
        let rest = text[at..].trim_start();
        at = text.len() - rest.len();
        if rest.is_empty() {
            return;
        }
        let mark = spans.mark();
        match document(rest, dialect, spans) {
            Ok(len) => (at, read) = (at + len.max(1), read + 1),
            Err(error) => {
                spans.back_to(mark);
                let wrong = at + offset(rest, &error);
                // A log that is still written, or was cut: all but its last line can be used.
                if error.is_eof() && read > 0 {
                    return sink.skipped(before + at..before + text.trim_end().len());
                }
                sink.problem(Problem {
                    at: before + wrong..before + (wrong + 1).min(text.len()),
                    what: format!("this is no JSON of spans: {}", message(&error)),
                    label: expected(dialect).into(),
                    help: Some("is the file whole, and is it what the exporter wrote?".into()),
                });
                let line = memchr::memchr(b'\n', &text.as_bytes()[wrong..]).map(|end| wrong + end + 1);
                match line.filter(|&next| !error.is_eof() && text[next..].starts_with(['{', '['])) {
                    Some(next) => at = next,
                    None => return,
                }
            }
        }
        // A byte more than the value may be the middle of a character.
        while !text.is_char_boundary(at) {
            at += 1;
        }
    }
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
