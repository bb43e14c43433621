//! Dates and times of day in the shapes that logs have, to billionths of a second since 1970.

const SECOND: i128 = 1_000_000_000;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Reads a moment, and whether it has a date; see [`Time::parse_log`](super::time::Time::parse_log).
pub(super) fn parse(text: &str) -> Option<(i128, bool)> {
    let (date, rest) = match date(text) {
        Some((date, rest)) => (Some(date), rest.strip_prefix(['T', 't', ' ', ':', '_'])?),
        None => (None, text),
    };
    let (hour, rest) = number(rest, 2)?;
    let (minute, rest) = number(rest.strip_prefix(':')?, 2)?;
    let (second, rest) = number(rest.strip_prefix(':')?, 2)?;
    let (fraction, rest) = match rest.strip_prefix(['.', ',']) {
        Some(rest) => {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            (billionths(&rest[..end])?, &rest[end..])
        }
        None => (0, rest),
    };
    // A leap second is the first of the next minute, as in most clocks.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let zone = zone(rest.trim_start_matches(' '))?;
    let of_day = i128::from((hour * 60 + minute) * 60 + second) * SECOND + fraction;
    let Some((year, month, day)) = date else {
        return Some((of_day - i128::from(zone) * SECOND, false));
    };
    let date = jiff::civil::Date::new(year, month, day).ok()?;
    let days = date.duration_since(jiff::civil::Date::new(1970, 1, 1).ok()?).as_secs() / 86_400;
    Some(((i128::from(days) * 86_400 - i128::from(zone)) * SECOND + of_day, true))
}

/// `2026-05-01`, `2026/05/01` or `01/May/2026`.
fn date(text: &str) -> Option<((i16, i8, i8), &str)> {
    let dated = |year: i64, month: i64, day: i64| {
        Some((i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?))
    };
    if let Some((year, rest)) = number(text, 4) {
        let mark = rest.chars().next().filter(|mark| matches!(mark, '-' | '/'))?;
        let (month, rest) = number(&rest[1..], 2)?;
        let (day, rest) = number(rest.strip_prefix(mark)?, 2)?;
        return Some((dated(year, month, day)?, rest));
    }
    let (day, rest) = number(text, 2)?;
    let (name, rest) = rest.strip_prefix('/')?.split_at_checked(3)?;
    let month = MONTHS.iter().position(|month| *month == name)?;
    let (year, rest) = number(rest.strip_prefix('/')?, 4)?;
    Some((dated(year, month as i64 + 1, day)?, rest))
}

/// Seconds east of UTC.
fn zone(text: &str) -> Option<i64> {
    let (sign, rest) = match text.as_bytes() {
        [] | b"Z" | b"z" | b"UTC" | b"GMT" => return Some(0),
        [b'+', ..] => (1, &text[1..]),
        [b'-', ..] => (-1, &text[1..]),
        _ => return None,
    };
    let (hours, rest) = number(rest, 2)?;
    let (minutes, rest) = number(rest.strip_prefix(':').unwrap_or(rest), 2)?;
    (rest.is_empty() && hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60)
}

/// Exactly so many digits.
fn number(text: &str, digits: usize) -> Option<(i64, &str)> {
    let (number, rest) = text.split_at_checked(digits)?;
    number.bytes().all(|b| b.is_ascii_digit()).then(|| Some((number.parse().ok()?, rest)))?
}

/// Digits behind a point; those past the ninth are dropped.
fn billionths(digits: &str) -> Option<i128> {
    let mut value = 0;
    for i in 0..9 {
        value = value * 10 + digits.as_bytes().get(i).map_or(0, |digit| i128::from(digit - b'0'));
    }
    (!digits.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use crate::format::time::Time;

    #[test]
    fn the_times_of_logs() {
        let noon = Time::parse("2026-05-01T12:00:00.123Z");
        assert!(noon.is_some());
        for same in [
            "2026-05-01 12:00:00,123",
            "2026-05-01T12:00:00.123",
            "2026/05/01 12:00:00.123000",
            "2026-05-01 12:00:00.123 UTC",
            "2026-05-01T14:00:00.123+0200",
            "[2026-05-01 12:00:00,123]",
            "01/May/2026:12:00:00.123 +0000",
            "2026-05-01_12:00:00.123",
            "2026-05-01 07:30:00,123 -04:30",
        ] {
            assert_eq!(Time::parse_log(same), noon, "{same}");
        }
        assert!(Time::parse_log("2026-05-01 12:00:00").is_some_and(Time::is_calendar));
        assert!(Time::parse_log("12:00:00").is_some_and(|time| !time.is_calendar()));
        assert_eq!(Time::parse_log("12:00:00.5"), Time::parse("43200.5"));
        assert_eq!(Time::parse_log("1777636800.5"), Time::parse("1777636800.5"));
        assert_eq!(Time::parse_log("1969-12-31 23:59:59,5"), Time::parse("-0.5"));
    }

    #[test]
    fn what_is_no_time() {
        for text in [
            "",
            "noon",
            "12:00",
            "24:00:00",
            "12:60:00",
            "2026-02-30 12:00:00",
            "2026-13-01 12:00:00",
            "2026-05/01 12:00:00",
            "2026-05-01",
            "2026-05-01 12:00:00,",
            "2026-05-01 12:00:00 CEST",
            "01/Mai/2026:12:00:00 +0000",
            "2026-05-01 12:00:00 +2",
            "é026-05-01",
        ] {
            assert_eq!(Time::parse_log(text), None, "{text}");
        }
    }
}
