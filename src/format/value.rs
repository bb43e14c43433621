//! When two JSON texts are the same value: numbers by their worth, objects whatever the order of their members.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::json::{Pairs, Text};

/// Deeper values are compared as they are written.
const DEPTH: usize = 64;

/// One text for all JSON texts of one value: `1`, `1.0` and `10e-1` are the same, and so are objects whose members stand
/// in another order (of two members with one name the last counts). Numbers are compared exactly, however long they
/// are. Values that are nested more than 64 deep are compared as they are written from there on.
///
/// ```
/// use clearcut::format::value::canonical;
/// assert_eq!(canonical(r#"{"a": 1.0, "b": ["x"]}"#), canonical(r#"{"b":["\u0078"],"a":10e-1}"#));
/// assert_ne!(canonical("18446744073709551616"), canonical("18446744073709551617"));
/// ```
pub fn canonical(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    write(text.trim(), 0, &mut out);
    out
}

fn write(text: &str, depth: usize, out: &mut String) {
    let known = depth < DEPTH
        && match text.as_bytes().first() {
            Some(b'{') => object(text, depth, out),
            Some(b'[') => array(text, depth, out),
            Some(b'"') => string(text, out),
            Some(b'-' | b'0'..=b'9') => number(text, out),
            _ => false,
        };
    if !known {
        out.push_str(text);
    }
}

fn object(text: &str, depth: usize, out: &mut String) -> bool {
    let Ok(Pairs(mut members)) = serde_json::from_str::<Pairs<'_, &RawValue>>(text) else { return false };
    // Stable: of members with one name the last one stands last.
    members.sort_by(|a, b| a.0.cmp(&b.0));
    out.push('{');
    let mut rest = members.iter().peekable();
    let mut comma = "";
    while let Some((name, value)) = rest.next() {
        if rest.peek().is_some_and(|(next, _)| next == name) {
            continue;
        }
        out.push_str(std::mem::replace(&mut comma, ","));
        out.push_str(&super::lexis::json_string(name));
        out.push(':');
        write(value.get(), depth + 1, out);
    }
    out.push('}');
    true
}

fn array(text: &str, depth: usize, out: &mut String) -> bool {
    let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(text) else { return false };
    out.push('[');
    let mut comma = "";
    for element in elements {
        out.push_str(std::mem::replace(&mut comma, ","));
        write(element.get(), depth + 1, out);
    }
    out.push(']');
    true
}

fn string(text: &str, out: &mut String) -> bool {
    let Ok(Text(text)) = serde_json::from_str::<Text<'_>>(text) else { return false };
    out.push_str(&super::lexis::json_string(&text));
    true
}

/// A number as its sign, its digits without zeros at either end, and the power of ten of the last one.
fn number(text: &str, out: &mut String) -> bool {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()),
        None => (unsigned, Some(0)),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return false;
    }
    let digits: Cow<'_, str> =
        if fraction.is_empty() { Cow::Borrowed(whole) } else { Cow::Owned(format!("{whole}{fraction}")) };
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        out.push('0');
        return true;
    }
    let shortest = significant.trim_end_matches('0');
    let zeros = (significant.len() - shortest.len()) as i64;
    let Some(power) = exponent.and_then(|e| e.checked_sub(fraction.len() as i64)?.checked_add(zeros)) else {
        return false;
    };
    out.push_str(&format!("{sign}{shortest}e{power}"));
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    #[test]
    fn the_same_value_in_other_words() {
        let same = [
            ("1", "1.0"),
            ("-0", "0"),
            ("100", "1E2"),
            ("0.010", "1e-2"),
            ("\"a\\u0062\"", "\"ab\""),
            ("{\"x\":1,\"x\":2}", "{ \"x\" : 2.0 }"),
            ("[ 1 , [ ] ]", "[1,[]]"),
            ("null", "null"),
        ];
        for (a, b) in same {
            assert_eq!(canonical(a), canonical(b));
        }
        let other = [("1", "\"1\""), ("1", "-1"), ("10", "1"), ("[]", "{}"), ("[1,2]", "[2,1]"), ("true", "\"true\"")];
        for (a, b) in other {
            assert_ne!(canonical(a), canonical(b));
        }
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert_eq!(canonical(&deep), canonical(&deep));
        assert_eq!(canonical("1e99999999999999999999"), "1e99999999999999999999");
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-3..30i64).prop_map(Value::from),
            "[a-b\"\\n]{0,2}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                proptest::collection::btree_map("[ab]", inner, 0..3)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn equal_exactly_where_the_values_are(a in value(), b in value()) {
            let pretty = serde_json::to_string_pretty(&a).unwrap();
            prop_assert_eq!(canonical(&pretty), canonical(&a.to_string()));
            prop_assert_eq!(canonical(&pretty) == canonical(&b.to_string()), a == b);
        }
    }
}
