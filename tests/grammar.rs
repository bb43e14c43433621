//! The grammars in `grammar/` are sound, and the traces in `traces/` keep to them.

#[path = "support/ebnf.rs"]
mod ebnf;

use ebnf::Grammar;
use proptest::prelude::*;
use std::path::PathBuf;

/// The text languages; `words` is no language of its own.
const LANGUAGES: [&str; 3] = ["trace", "cut", "format"];

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn grammar(language: &str) -> Grammar {
    Grammar::read(folder("grammar").join(format!("{language}.ebnf")))
}

#[test]
fn every_rule_is_reached() {
    for language in LANGUAGES {
        assert_eq!(grammar(language).unreachable(true), [""; 0], "in {language}.ebnf");
    }
    // What is shared is used by the language that uses least.
    assert_eq!(grammar("cut").unreachable(false), [""; 0], "in words.ebnf");
}

#[test]
fn examples_are_sentences_and_mistakes_are_none() {
    for language in LANGUAGES {
        let grammar = grammar(language);
        assert!(grammar.examples().len() >= 4 && grammar.mistakes().len() >= 4, "{language}.ebnf has too few of them");
        for example in grammar.examples() {
            assert_eq!(grammar.accepts(grammar.start(), &example), Ok(()), "example in {language}.ebnf:\n{example}");
        }
        for mistake in grammar.mistakes() {
            assert!(grammar.accepts(grammar.start(), &mistake).is_err(), "a sentence of {language}.ebnf:\n{mistake}");
        }
    }
}

/// The ranges of the grammar are the words of its legend, character by character.
#[test]
fn a_bare_word_has_any_characters_but_those_that_the_legend_names() {
    let grammar = grammar("cut");
    let beyond = ['\u{D7FF}', '\u{E000}', '\u{FEFF}', '\u{1F600}', '\u{10FFFF}'];
    for c in ('\0'..'\u{3100}').chain(beyond) {
        let allowed = !c.is_whitespace() && !c.is_control() && !":,()=\"#@<>{}[]".contains(c);
        assert_eq!(grammar.accepts("bare", &c.to_string()).is_ok(), allowed, "{c:?}");
    }
}

/// A grammar whose sentences all look alike tests no parser.
#[test]
fn generated_sentences_use_the_whole_language() {
    let text = grammar("trace").sentences("line", 1, 4000).join("\n");
    for word in ["process", "channel", "unordered", "cut", "send", "receive", "recv", "step", "record", "marker"] {
        assert!(text.contains(word), "no sentence has `{word}`");
    }
    for sign in ["->", "<-", "@", "#", "(", ",", "\"", "\\u", "Z", "null"] {
        assert!(text.contains(sign), "no sentence has `{sign}`");
    }
    let cuts = grammar("cut").sentences("cut", 1, 400).join("\n");
    assert!(["start", "end", ",", "\""].iter().all(|sign| cuts.contains(sign)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn generated_sentences_are_sentences(seed: u64) {
        for language in LANGUAGES {
            let grammar = grammar(language);
            for sentence in grammar.sentences(grammar.start(), seed, 4) {
                prop_assert_eq!(grammar.accepts(grammar.start(), &sentence), Ok(()), "{}", sentence);
            }
        }
    }
}
