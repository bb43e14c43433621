//! Spans of time in words.

use crate::format::time::Time;

/// Units below the second, by their billionths.
const UNITS: [(&str, i128); 3] = [("ms", 1_000_000), ("us", 1_000), ("ns", 1)];

/// A span as people say it: `1.5 s`, `118 us`; without a unit where the log has one of its own. Nothing is rounded.
pub fn duration(span: Time, in_seconds: bool) -> String {
    if !in_seconds {
        return span.to_string();
    }
    let billionths = span.billionths();
    let unit = UNITS.iter().find(|(_, unit)| billionths.unsigned_abs() >= unit.unsigned_abs());
    match unit {
        Some((name, unit)) if billionths.unsigned_abs() < 1_000_000_000 => {
            // A billionth of the unit is below any time that is read.
            format!("{} {name}", Time::from_billionths(billionths.saturating_mul(1_000_000_000 / unit)))
        }
        _ => format!("{span} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_the_largest_that_fit() {
        let said = |billionths| duration(Time::from_billionths(billionths), true);
        assert_eq!(said(1_500_000_000), "1.5 s");
        assert_eq!(said(-118_000), "-118 us");
        assert_eq!(said(12_345_678), "12.345678 ms");
        assert_eq!(said(-7), "-7 ns");
        assert_eq!(said(0), "0 s");
        assert_eq!(duration(Time::from_billionths(2_500_000_000), false), "2.5");
    }
}
