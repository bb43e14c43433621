//! The parsers read the languages of `grammar/`: every sentence, every example, no mistake, and nothing that the grammar
//! does not accept either.

#[path = "support/ebnf.rs"]
mod ebnf;

use std::path::Path;
use std::sync::Arc;

use clearcut::format::mapping::{describe, statement};
use clearcut::format::record::{ChannelRecord, CutRecord, EventRecord, MarkRecord, Problem, ProcessRecord, Sink};
use clearcut::format::{cut, ready, text};
use clearcut::source::Source;
use ebnf::Grammar;
use proptest::prelude::*;

fn grammar(language: &str) -> Grammar {
    Grammar::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("grammar/{language}.ebnf")))
}

/// Keeps the problems.
#[derive(Default)]
struct Problems(Vec<Problem>);

impl Sink for Problems {
    fn process(&mut self, _: ProcessRecord<'_>) {}
    fn channel(&mut self, _: ChannelRecord<'_>) {}
    fn event(&mut self, _: &EventRecord<'_>) {}
    fn mark(&mut self, _: MarkRecord<'_>) {}
    fn cut(&mut self, _: CutRecord<'_>) {}
    fn skipped(&mut self, at: std::ops::Range<usize>) {
        panic!("the text format skips nothing: {at:?}");
    }
    fn problem(&mut self, problem: Problem) {
        self.0.push(problem);
    }
    fn lines(&mut self, _: usize) {}
}

fn problems(language: &str, sentence: &str) -> Vec<Problem> {
    if language == "cut" {
        return cut::parse(sentence).err().into_iter().collect();
    }
    if language == "format" {
        return statement::parse(sentence).err().unwrap_or_default();
    }
    let mut problems = Problems::default();
    text::read(&Arc::new(Source::from_text("sentence", sentence)), &mut problems);
    problems.0
}

#[test]
fn sentences_and_examples_parse_and_mistakes_do_not() {
    for language in ["trace", "cut", "format"] {
        let grammar = grammar(language);
        let sentences = grammar.sentences(grammar.start(), 7, 3000);
        for sentence in sentences.iter().chain(&grammar.examples()) {
            assert_eq!(problems(language, sentence), [], "{language}: {sentence:?}");
        }
        for mistake in grammar.mistakes() {
            assert!(!problems(language, &mistake).is_empty(), "{language} accepts the mistake {mistake:?}");
        }
    }
}

/// The rules leave to words what a regular expression is, and what goes together.
#[test]
fn the_examples_of_formats_and_the_ready_ones_describe_one() {
    let grammar = grammar("format");
    for example in grammar.examples() {
        assert!(describe(&example).is_ok_and(|found| found.mapping.is_some() || found.pattern.is_some()), "{example}");
    }
    for (name, text) in ready::READY {
        assert_eq!(grammar.accepts(grammar.start(), text), Ok(()), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1500,
        // The two differ in what the grammar leaves to words (ranges of numbers): the same cases each time.
        rng_seed: proptest::test_runner::RngSeed::Fixed(7),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// One character more, less or other: the parser and the grammar still agree.
    #[test]
    fn the_parser_accepts_what_the_grammar_accepts(
        seed in any::<u32>(), at in any::<prop::sample::Index>(), with in "[a:,()=\"#@<>{} \\\\\\-\\n1e.+é]?", keep in any::<bool>()
    ) {
        for language in ["trace", "cut", "format"] {
            let grammar = grammar(language);
            let rule = if language == "trace" { "line" } else { grammar.start() };
            let sentence = grammar.sentences(rule, seed.into(), 1).remove(0);
            let at = at.index(sentence.chars().count() + 1);
            let mut changed: String = sentence.chars().take(at).collect();
            changed += &with;
            changed.extend(sentence.chars().skip(at + usize::from(!keep)));
            let accepted = grammar.accepts(grammar.start(), &changed);
            let found = problems(language, &changed);
            prop_assert_eq!(found.is_empty(), accepted.is_ok(), "{}: {:?}\n{:?}\n{:?}", language, changed, found, accepted);
        }
    }
}
