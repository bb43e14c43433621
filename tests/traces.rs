//! The traces in `traces/` keep to the grammars, and every one of them has its known answers.

#[path = "support/ebnf.rs"]
mod ebnf;
#[path = "support/schemas.rs"]
mod schemas;

use ebnf::Grammar;
use schemas::Schemas;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(folder("traces").join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// Names of the files that end so, at least one.
fn files(ends: &[&str]) -> Vec<String> {
    let entries = std::fs::read_dir(folder("traces")).expect("the folder of the traces");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name in UTF-8"));
    let ours = |name: &String| name != "facts.json" && ends.iter().any(|end| name.ends_with(end));
    let mut names: Vec<_> = names.filter(ours).collect();
    assert!(!names.is_empty());
    names.sort();
    names
}

fn facts() -> Vec<Value> {
    serde_json::from_str(&text("facts.json")).expect("facts.json is an array")
}

fn of_trace<'f>(facts: &'f [Value], name: &'f str) -> impl Iterator<Item = &'f Value> {
    facts.iter().filter(move |fact| fact["traces"].as_array().is_some_and(|traces| traces.iter().any(|t| t == name)))
}

/// `holds` of `shops.holds.trace`.
fn promised(name: &str) -> &str {
    name.split('.').nth(1).expect("a name has a verdict")
}

#[test]
fn texts_are_sentences_of_their_grammars() {
    for (language, end) in [("trace", ".trace"), ("cut", ".cut")] {
        let grammar = Grammar::read(folder("grammar").join(format!("{language}.ebnf")));
        for name in files(&[end]) {
            let accepted = grammar.accepts(grammar.start(), &text(&name));
            assert_eq!(accepted, Ok(()), "{name}: line and column where it leaves {language}.ebnf");
        }
    }
}

#[test]
fn json_lines_are_events() {
    let validator = Schemas::read(folder("grammar")).validator("event");
    for name in files(&[".jsonl"]) {
        for (at, line) in text(&name).lines().enumerate() {
            let event = serde_json::from_str(line).unwrap_or_else(|e| panic!("{name}:{}: {e}", at + 1));
            assert!(validator.is_valid(&event), "{name}:{}: {:?}", at + 1, validator.validate(&event).err());
        }
    }
}

/// The verdict in the name of a trace is that of every cut in it, and each cut has its known answer.
#[test]
fn every_trace_has_known_answers_with_the_verdict_of_its_name() {
    let facts = facts();
    for name in files(&[".trace", ".jsonl", ".clocks", ".json", ".log", ".ndjson"]) {
        let verdict = promised(&name);
        let exit = ["holds", "violated", "undetermined", "error"].iter().position(|known| *known == verdict);
        let exit = exit.unwrap_or_else(|| panic!("{name}: no such verdict")).min(2);
        assert!(of_trace(&facts, &name).count() > 0, "{name} has no known answer");
        for fact in of_trace(&facts, &name) {
            assert!(fact.get("exit").is_none_or(|code| code == exit), "{name}: {fact}");
            let told = fact["report"].get("verdict");
            assert!(told.is_none_or(|told| told == verdict), "{name}: {fact}");
        }
        if name.ends_with(".trace") {
            let text = text(&name);
            let named = text
                .lines()
                .filter_map(|line| line.strip_prefix("cut "))
                .map(|rest| rest.split_once('=').expect("a named cut has a =").0.trim().to_owned());
            let known = of_trace(&facts, &name).filter_map(|fact| fact["cut"].as_str().map(str::to_owned));
            assert_eq!(named.collect::<BTreeSet<_>>(), known.collect::<BTreeSet<_>>(), "the cuts of {name}");
        }
    }
}

/// What a fact may say, so that no misspelt key goes untested.
#[test]
fn facts_have_known_keys_and_files_that_are_there() {
    const KEYS: [&str; 11] =
        ["traces", "command", "cut", "cut_file", "args", "exit", "report", "clocks", "conserved", "stderr", "why"];
    let schemas = Schemas::read(folder("grammar"));
    for fact in facts() {
        for key in fact.as_object().expect("a fact is an object").keys() {
            assert!(KEYS.contains(&key.as_str()), "{key} in {fact}");
        }
        for file in fact["traces"].as_array().expect("traces").iter().chain(fact.get("cut_file")) {
            text(file.as_str().expect("the name of a file"));
        }
        let schema =
            if fact["report"].get("snapshots").is_some() { "snapshots" } else { fact["command"].as_str().unwrap() };
        for key in fact["report"].as_object().into_iter().flat_map(|report| report.keys()) {
            assert!(schemas.0[schema]["properties"].get(key).is_some(), "{schema} has no {key}: {fact}");
        }
        let says = ["report", "clocks", "stderr"].iter().any(|key| fact.get(key).is_some());
        assert!(says, "a fact that says nothing: {fact}");
    }
}

#[test]
fn the_table_of_traces_names_each_of_them() {
    let table = text("README.md");
    for name in files(&[".trace", ".jsonl", ".cut", ".clocks", ".json", ".log", ".ndjson"]) {
        assert!(table.contains(&format!("`{name}`")), "traces/README.md does not name {name}");
    }
}

#[test]
fn every_cut_file_stands_beside_a_trace_that_it_cuts() {
    let facts = facts();
    for name in files(&[".cut"]) {
        let stem = name.strip_suffix("cut").expect("a .cut file");
        assert!(files(&[".jsonl"]).iter().any(|trace| trace.starts_with(stem)), "{name} has no trace");
        assert!(facts.iter().any(|fact| fact["cut_file"] == name.as_str()), "{name} has no known answer");
    }
}
