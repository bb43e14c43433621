//! The sessions in README.md are what the command prints. A line `...` there stands for any lines.

mod support;

use support::{clearcut, root};

/// The words of a shell command, with `*` in file names and nothing else of a shell's.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![];
    let (mut word, mut quote, mut plain) = (String::new(), None, true);
    for c in line.chars().chain([' ']) {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('\'' | '"', None) => (quote, plain) = (Some(c), false),
            (' ', None) => {
                match plain && word.contains('*') {
                    true => words.extend(matching(&word)),
                    false if !word.is_empty() || !plain => words.push(word.clone()),
                    false => {}
                }
                (word, plain) = (String::new(), true);
            }
            (c, _) => word.push(c),
        }
    }
    words
}

/// The files that a name with one `*` stands for.
fn matching(pattern: &str) -> Vec<String> {
    let (folder, name) = pattern.rsplit_once('/').expect("a folder");
    let (start, end) = name.split_once('*').expect("a star");
    let files = std::fs::read_dir(root().join(folder)).expect("the folder").map(|entry| entry.expect("an entry"));
    let names = files.map(|entry| entry.file_name().into_string().expect("a name"));
    let mut found: Vec<String> = names.filter(|name| name.starts_with(start) && name.ends_with(end)).collect();
    assert!(!found.is_empty(), "{pattern} stands for nothing");
    found.sort();
    found.into_iter().map(|name| format!("{folder}/{name}")).collect()
}

/// Whether `found` is `expected`, in which a line `...` is any number of lines.
fn fits(expected: &[String], found: &[String]) -> bool {
    match expected {
        [] => found.is_empty(),
        [dots, rest @ ..] if dots == "..." => (0..=found.len()).any(|skipped| fits(rest, &found[skipped..])),
        [first, rest @ ..] => found.split_first().is_some_and(|(line, more)| line == first && fits(rest, more)),
    }
}

#[test]
fn the_sessions_of_the_readme_are_what_is_printed() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let blocks = readme.split("\n```").skip(1).step_by(2).map(|block| block.trim_start_matches('\n'));
    let mut seen = 0;
    for block in blocks.filter(|block| block.starts_with("$ clearcut ")) {
        let block = block.replace("\\\n", " ");
        let (command, expected) = block.split_once('\n').expect("what it prints");
        let output = clearcut(&words(command)[2..]);
        let printed = String::from_utf8(output.stdout).unwrap();
        let lines = |text| -> Vec<String> { str::lines(text).map(|line| line.trim_end().to_owned()).collect() };
        let (expected, found) = (lines(expected), lines(&printed));
        let diagnostics = String::from_utf8_lossy(&output.stderr);
        assert!(fits(&expected, &found), "{command}\nprints\n{printed}{diagnostics}");
        seen += 1;
    }
    assert!(seen >= 4, "{seen} sessions");
}
