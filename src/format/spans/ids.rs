//! Ids of traces and spans: hexadecimal in any case, or base64 where an exporter took bytes for bytes.

/// An id of up to so many hexadecimal digits. `exact`: all of them, or the base64 of as many bytes. Zero is no id.
fn id(text: &str, digits: usize, exact: bool) -> Option<u128> {
    let hex = !text.is_empty() && text.len() <= digits && text.bytes().all(|b| b.is_ascii_hexdigit());
    let id = match hex && (!exact || text.len() == digits) {
        true => u128::from_str_radix(text, 16).ok()?,
        false => base64(text, digits / 2)?,
    };
    (id != 0).then_some(id)
}

/// The id of a trace.
pub(super) fn trace(text: &str, exact: bool) -> Option<u128> {
    id(text, 32, exact)
}

/// The id of a span.
pub(super) fn span(text: &str, exact: bool) -> Option<u64> {
    id(text, 16, exact).and_then(|id| u64::try_from(id).ok())
}

/// The id of a parent: 0 where there is none, nothing where the text is no id.
pub(super) fn parent(text: &str, exact: bool) -> Option<u64> {
    let none = text.bytes().all(|b| b == b'0') || exact && text.bytes().all(|b| matches!(b, b'A' | b'='));
    if none { Some(0) } else { span(text, exact) }
}

/// So many bytes in base64, padded or not, as a number.
fn base64(text: &str, bytes: usize) -> Option<u128> {
    let digits = text.trim_end_matches('=');
    if digits.len() != (bytes * 8).div_ceil(6) {
        return None;
    }
    // More bits than a number has: the last digit has some to spare.
    let mut value: u128 = 0;
    let mut left = bytes * 8;
    for digit in digits.bytes() {
        let six = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        let taken = left.min(6);
        value = value << taken | u128::from(six) >> (6 - taken);
        left -= taken;
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_id_in_all_its_spellings() {
        let wanted = Some(0xEEE1_9B7E_C3C1_B174);
        assert_eq!(span("eee19b7ec3c1b174", true), wanted);
        assert_eq!(span("EEE19B7EC3C1B174", true), wanted);
        assert_eq!(span("7uGbfsPBsXQ=", true), wanted);
        assert_eq!(span("7uGbfsPBsXQ", true), wanted);
        let trace_id = Some(0x5B8E_FFF7_9803_8103_D269_B633_813F_C60C);
        assert_eq!(trace("5b8efff798038103d269b633813fc60c", true), trace_id);
        assert_eq!(trace("W47/95gDgQPSabYzgT/GDA==", true), trace_id);
        assert_eq!((span("2", false), trace("83a9", false)), (Some(2), Some(0x83a9)));
    }

    #[test]
    fn what_is_no_id() {
        for text in ["", "0", "0000000000000000", "xyz", "é", "12345678901234567", "AAAAAAAAAAA="] {
            assert_eq!(span(text, false).or(span(text, true)), None, "{text}");
        }
        assert_eq!(span("2", true), None);
        assert_eq!([parent("", true), parent("0000000000000000", true), parent("AAAAAAAAAAA=", true)], [Some(0); 3]);
        assert_eq!((parent("no id", true), parent("a1", false)), (None, Some(0xa1)));
    }
}
