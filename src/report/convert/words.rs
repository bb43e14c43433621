//! Names and values as our text has them.

use serde_json::value::RawValue;

use super::lost::{Loss, Lost};
use crate::format::json::{Pairs, Text};
use crate::format::lexis::{self, word};

/// A name: bare where that is read back as the same name.
pub(super) fn name(line: &mut String, name: &str) {
    match word(name) {
        Ok(("", _)) => line.push_str(name),
        _ => json(line, name),
    }
}

/// A JSON string.
pub(super) fn json(line: &mut String, text: &str) {
    if text.bytes().all(|b| (b >= b' ' && b != b'"' && b != b'\\') && b != 0x7F) {
        line.push('"');
        line.push_str(text);
        line.push('"');
    } else {
        line.push_str(&lexis::json_string(text));
    }
}

/// Any JSON on one line: outside of strings, a line end is white space.
pub(super) fn raw(line: &mut String, text: &str) {
    if text.contains(['\n', '\r']) {
        line.extend(text.chars().map(|c| if matches!(c, '\n' | '\r') { ' ' } else { c }));
    } else {
        line.push_str(text);
    }
}

/// The members of an object, each behind `before` the first and `between` the others; whether there was any. Nothing
/// where the text is no object.
pub(super) fn members(line: &mut String, object: &str, before: &str, between: &str, lost: &mut Lost) -> Option<bool> {
    let Pairs(members) = serde_json::from_str::<Pairs<'_, &RawValue>>(object).ok()?;
    let mut separator = before;
    let mut any = false;
    for (key, member) in &members {
        if key.is_empty() {
            lost.add(Loss::Unnamed);
            continue;
        }
        line.push_str(separator);
        name(line, key);
        line.push('=');
        value(line, member.get(), lost);
        (separator, any) = (between, true);
    }
    Some(any)
}

/// A value: a scalar as it is, a string as a bare word where that means the same.
fn value(line: &mut String, text: &str, lost: &mut Lost) {
    if text.starts_with(['{', '[']) {
        lost.add(Loss::Nested);
        return json(line, text);
    }
    match serde_json::from_str::<Text<'_>>(text) {
        Ok(Text(string)) if text.starts_with('"') => {
            let bare =
                matches!(word(&string), Ok(("", _))) && serde_json::from_str::<serde::de::IgnoredAny>(&string).is_err();
            if bare { line.push_str(&string) } else { json(line, &string) }
        }
        _ => line.push_str(text),
    }
}
