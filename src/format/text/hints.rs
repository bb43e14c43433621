//! What was meant by a line that does not parse: the slips that people make.

use crate::suggest;

/// Signs and words that are written for `->` and `<-`, the longer before those that they start with.
const ARROWS: [&str; 20] = [
    "-->",
    "==>",
    "<--",
    "<==",
    "->",
    "=>",
    "<-",
    "<=",
    ">>",
    "<<",
    "\u{2013}>",
    "\u{2014}>",
    "\u{2192}",
    "\u{21D2}",
    "\u{2190}",
    "\u{21D0}",
    "-",
    ">",
    "<",
    "=",
];
const WORDS: [&str; 3] = ["to", "from", "by"];

const ACTIONS: [&str; 5] = ["step", "send", "receive", "recv", "record"];

/// How to mend a line that stops making sense at byte `at`, where `expected` could have stood.
pub fn help(line: &str, at: usize, expected: &str) -> Option<String> {
    let (before, rest) = line.split_at_checked(at)?;
    let found = rest.split_whitespace().next().unwrap_or_default();
    if expected.starts_with("`step`") {
        let word = found.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        return suggest::nearest(word, ACTIONS.into_iter()).map(|near| format!("did you mean `{near}`?"));
    }
    let first = line.split_whitespace().next().unwrap_or_default();
    if expected.starts_with("`:`") && !before.contains(':') {
        let near = suggest::nearest(first, ["process", "channel", "cut"].into_iter()).filter(|&near| near != first)?;
        return Some(format!("did you mean `{near}`? An event has a `:` before its action, like `P1: step`"));
    }
    let action = match before.split_once(':') {
        Some((_, action)) => action.split_whitespace().next().unwrap_or_default(),
        None => first,
    };
    let sign = arrow(found).or_else(|| before.split_whitespace().next_back().and_then(arrow))?;
    match action {
        "send" if expected.contains("`->`") => {
            Some(format!("a send points at its receiver: write `->` instead of `{sign}`, as in `P1: send m1 -> P2`"))
        }
        "channel" if expected.contains("`->`") => {
            Some(format!("a channel points at its receiver: write `->` instead of `{sign}`, as in `channel P1 -> P2`"))
        }
        "receive" | "recv" if expected.starts_with("`=`") || expected.contains("`@ time`") => Some(format!(
            "a receive points back at its sender: write `<-` instead of `{sign}`, as in `P2: receive m1 <- P1`"
        )),
        _ => None,
    }
}

/// A line of the kind that was begun, with all that it may have.
pub fn example(line: &str) -> &'static str {
    let mut words = line.split_whitespace();
    match words.next() {
        Some("process") => "a process is declared like this: `process P1  balance=100 name=\"a b\"`",
        Some("channel") => "a channel is declared like this: `channel P1 -> P2`, or `channel P1 -> P2 unordered`",
        Some("cut") => "a cut is named like this: `cut c = P1=a P2=3 P3=start P4=end`",
        _ if words.any(|word| matches!(word, "record" | "marker")) => {
            "a snapshot is logged like this: `P1: record s1  balance=95`, `P1: send marker s1 -> P2`, `P2: receive marker s1 <- P1`"
        }
        _ => {
            "an event with all that it may have: `P1 a: send m1(amount=5) -> P2  balance=95 @ 12.5`, `P2 b: receive m1 <- P1`"
        }
    }
}

/// The sign or word for an arrow that a word of the line is, or starts with.
fn arrow(word: &str) -> Option<&'static str> {
    let sign = ARROWS.into_iter().find(|sign| word.starts_with(sign));
    sign.or_else(|| WORDS.into_iter().find(|one| one.eq_ignore_ascii_case(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line, the place of the fault as the reader tells it, and what the help says.
    #[test]
    fn slips_of_students_are_understood() {
        let cases = [
            ("P1: send m to P2", "`->` instead of `to`"),
            ("P1: send to P2", "`->` instead of `to`"),
            ("P1: send m \u{2192} P2", "`->` instead of `\u{2192}`"),
            ("P1: send m => P2", "`->` instead of `=>`"),
            ("P1: send m <- P2", "`->` instead of `<-`"),
            ("P1: send m(a=1) --> P2", "`->` instead of `-->`"),
            ("channel P1 to P2", "`->` instead of `to`"),
            ("P2: receive m -> P1", "`<-` instead of `->`"),
            ("P2: recv m from P1", "`<-` instead of `from`"),
            ("P2: receive m \u{2190} P1", "`<-` instead of `\u{2190}`"),
            ("P2 a: receive m <= P1", "`<-` instead of `<=`"),
            ("P1: sned m -> P2", "did you mean `send`?"),
            ("P1: recieve m", "did you mean `receive`?"),
            ("P1: Send m -> P2", "did you mean `send`?"),
            ("proces P1 x=1", "did you mean `process`?"),
            ("chanel P1 -> P2", "did you mean `channel`?"),
        ];
        for (line, wanted) in cases {
            let fault = super::super::line::parse(line).unwrap_err();
            let found = help(line, line.len() - fault.rest.len(), fault.expected).unwrap_or_default();
            assert!(found.contains(wanted), "{line}: {found:?}");
        }
        for line in ["P1: send m ->", "P1: step x=", "P1: receive m x", "P1: fly", "P1 a step"] {
            let fault = super::super::line::parse(line).unwrap_err();
            assert_eq!(help(line, line.len() - fault.rest.len(), fault.expected), None, "{line}");
        }
    }

    /// Whatever is wrong with a line, it is said how such a line is written: and it can be written so.
    #[test]
    fn every_kind_of_line_has_an_example() {
        let kinds = [
            ("process P1 x=", "process P1"),
            ("channel P1 ->", "channel P1 -> P2"),
            ("cut c =", "cut c = P1"),
            ("P1: record s1 x=", "P1: record"),
            ("P1: send m(a=1 -> P2", "P1 a: send m1(amount=5)"),
        ];
        for (line, wanted) in kinds {
            assert!(super::super::line::parse(line).is_err(), "{line}");
            let found = example(line);
            assert!(found.contains(wanted), "{line}: {found}");
            for written in found.split('`').skip(1).step_by(2) {
                assert!(super::super::line::parse(written).is_ok(), "{written}");
            }
        }
    }
}
