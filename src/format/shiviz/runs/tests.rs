use proptest::prelude::*;

use super::super::known;
use super::super::pattern::{Match, Pattern};
use super::*;

/// Lines that hit every branch: clocks with blanks around them, text with braces, blank lines, letters of several bytes.
fn text() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just(r#"a {"a":1}"#),
        Just(r#"b {"a":1, "b":2} "#),
        Just(r#"at 12: c {"c":1}"#),
        Just(r#"a {"a":1} {x} y"#),
        Just(r#"{"a":1} a sends"#),
        Just(r#"17 [é] {"a":1} a"#),
        Just(r#" {"":1}"#),
        Just("a\u{a0}b {}"),
        Just("\ta\u{b} {}"),
        Just("a }{"),
        Just("a {"),
        Just("é sends {1, 2}"),
        Just("text"),
        Just("} {"),
        Just(" "),
        Just(""),
    ];
    let end = prop_oneof![Just("\n"), Just("\n"), Just("\r\n")];
    (prop::collection::vec((line, end), 0..9), any::<bool>()).prop_map(|(lines, cut)| {
        let mut text: String = lines.into_iter().flat_map(|(line, end)| [line, end]).collect();
        if cut {
            text.truncate(text.trim_end_matches(['\r', '\n']).len());
        }
        text
    })
}

/// Patterns of this kind, most of which match something there.
fn pattern() -> impl Strategy<Value = String> {
    let host =
        prop_oneof![Just(r"\S*"), Just(r"\S+"), Just(r"\w+"), Just(".*"), Just("[^ ]*"), Just("[^,]+"), Just("a")];
    let clock = prop_oneof![Just("{.*}"), Just(r"\{.+\}"), Just("{[^}]*}")];
    let event = prop_oneof![Just(".*"), Just(".+"), Just(r"\w*"), Just("sends")];
    let between =
        || prop_oneof![3 => Just(" "), 2 => Just(r"\n"), 1 => Just(" *"), 1 => Just(""), 1 => Just(r" \[é\] ")];
    let first = prop_oneof![4 => Just(""), 1 => Just("^"), 1 => Just(r"(?<date>\d+) "), 1 => Just(" +")];
    let last = prop_oneof![4 => Just(""), 1 => Just("$")];
    let groups = (host, clock, event, 0..6usize).prop_map(|(host, clock, event, order)| {
        let all = [format!("(?<host>{host})"), format!("(?<clock>{clock})"), format!("(?<event>{event})")];
        let order = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]][order];
        order.map(|group| all[group].clone())
    });
    (first, groups, between(), between(), last)
        .prop_map(|(first, [a, b, c], ab, bc, last)| format!("{first}{a}{ab}{b}{bc}{c}{last}"))
}

fn found(pattern: &Pattern, text: &str, quick: bool) -> Vec<(Match, Option<Range<usize>>)> {
    let mut matches = pattern.matches(text.as_bytes(), quick.then_some(text));
    std::iter::from_fn(|| matches.next().map(|found| (found, matches.field(0)))).collect()
}

proptest! {
    #[test]
    fn finds_what_the_regex_finds(text in text(), pattern in pattern(), whole in any::<bool>()) {
        prop_assert!(Runs::of(&pattern, whole).is_some());
        let compiled = Pattern::new(&pattern, whole).expect("a sound pattern");
        prop_assert_eq!(found(&compiled, &text, true), found(&compiled, &text, false), "{}", pattern);
    }

    #[test]
    fn finds_what_the_known_patterns_find(text in text(), below in any::<bool>(), whole in any::<bool>()) {
        let pattern = Pattern::new(if below { known::GOVECTOR } else { known::DEFAULT }, whole).expect("a known pattern");
        prop_assert_eq!(found(&pattern, &text, true), found(&pattern, &text, false));
    }
}

#[test]
fn what_is_more_than_runs_is_left_to_the_regex() {
    for pattern in [
        "(a|b)",
        "a|b",
        "(?<a>.*)?",
        ".",
        ".*?",
        "a?",
        "x{2}",
        r"\d{4}",
        "[ab]*",
        "[^ab]*",
        r"\s*",
        r"\b",
        "(a)",
        r"[^\d]*",
    ] {
        assert!(Runs::of(pattern, false).is_none(), "{pattern}");
    }
    for pattern in [known::GOVECTOR, known::DEFAULT, "^a {b} é[^ ]+ +$"] {
        assert!(Runs::of(pattern, true).is_some(), "{pattern}");
    }
}

#[test]
fn a_search_that_goes_back_too_often_is_given_up() {
    let runs = Runs::of(r"(?<a>\S*)(?<b>\S*)(?<c>\S*)x,", false).unwrap();
    let text = "x".repeat(1000);
    assert_eq!(runs.find(&text, 0, &mut vec![(0, 0); runs.slots()]), Err(GivenUp));
}
