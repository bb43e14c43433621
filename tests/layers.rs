//! House rules: a module imports only from layers above it, and each outside world is known in one place.

mod support;

use std::path::{Path, PathBuf};

use support::root;

/// Bytes -> records -> trace -> happens-before -> cut -> snapshot -> report -> command.
const LAYERS: [&[&str]; 8] = [
    &["ids", "key", "names", "source", "suggest"],
    &["format"],
    &["trace"],
    &["causality"],
    &["cut"],
    &["snapshot"],
    &["report"],
    &["cli"],
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Each file of `src/` with its module and its text without tests and comments.
fn files() -> Vec<(PathBuf, String, String)> {
    let src = root().join("src");
    let mut paths = Vec::new();
    sources(&src, &mut paths);
    paths.sort();
    let one = |path: PathBuf| {
        let relative = path.strip_prefix(&src).unwrap().to_path_buf();
        let module = relative.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_string();
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod").next().unwrap();
        let code: String =
            code.lines().filter(|l| !l.trim_start().starts_with("//")).map(|l| format!("{l}\n")).collect();
        (relative, module, code)
    };
    let is_test = |path: &PathBuf| ["tests.rs", "oracle.rs", "random.rs"].iter().any(|name| path.ends_with(name));
    paths.into_iter().filter(|path| !is_test(path)).map(one).collect()
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|modules| modules.contains(&module))
}

#[test]
fn modules_import_from_above_only() {
    let mut wrong = vec![];
    let mut seen = 0;
    for (path, module, code) in files() {
        let Some(own) = layer(&module) else { continue };
        for part in code.split("crate::").skip(1) {
            // `use crate::{a, b}` would hide what it imports from this test, and from a reader's eye.
            assert!(!part.starts_with('{'), "{}: name one module in each `use crate::`", path.display());
            let other: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            seen += 1;
            if layer(&other).is_some_and(|other| other > own) {
                wrong.push(format!("{} imports from `{other}`", path.display()));
            }
        }
    }
    assert!(seen > 300 && wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_outside_world_is_known_in_one_layer() {
    let homes = [("nom", "format"), ("clap", "cli"), ("regex", "format"), ("jiff", "format"), ("miette", "report")];
    for (path, module, code) in files() {
        for (library, home) in homes {
            let used = code.contains(&format!("use {library}::")) || code.contains(&format!(" {library}::"));
            // A source shows its own lines to miette.
            let shows = library == "miette" && module == "source";
            assert!(!used || module == home || shows, "{} uses {library}, which belongs to {home}", path.display());
        }
        let prints = ["println!", "print!", "io::stdout", "std::env::"].iter().any(|word| code.contains(word));
        assert!(!prints || module == "cli", "{} prints or looks around; that is for cli", path.display());
    }
}

/// Two ideas in one file hide each other.
#[test]
fn files_are_short() {
    for (path, _, code) in files() {
        assert!(code.lines().count() <= 450, "{} has {} lines", path.display(), code.lines().count());
    }
}
