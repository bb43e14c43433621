//! The reports that stand beside the traces are those that the command prints: `traces/NAME.expected.txt`, one session
//! for each trace, with every question of `facts.json`. After a change that is meant, write them anew and read the
//! difference: CLEARCUT_BLESS=1 cargo test --test expected

mod support;

use serde_json::Value;
use support::{clearcut, root};

fn words(fact: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_string();
    let list = |key: &str| -> Vec<String> { fact[key].as_array().into_iter().flatten().map(text).collect() };
    let mut words = vec![text(&fact["command"])];
    words.extend(list("traces").iter().map(|trace| format!("traces/{trace}")));
    for (key, folder) in [("cut", ""), ("cut_file", "traces/")] {
        words.extend(fact[key].as_str().into_iter().flat_map(|cut| ["--cut".into(), format!("{folder}{cut}")]));
    }
    words.extend(list("args"));
    words
}

/// What a terminal shows.
fn session(facts: &[&Value]) -> String {
    let one = |fact: &&Value| {
        let words = words(fact);
        let output = clearcut(&words);
        let shown: Vec<String> =
            words.iter().map(|w| if w.contains([' ', '>']) { format!("'{w}'") } else { w.clone() }).collect();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        format!("$ clearcut {}\n{out}{err}[exit status {}]\n", shown.join(" "), output.status.code().unwrap_or(-1))
    };
    facts.iter().map(one).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_reports_beside_the_traces_are_what_is_printed() {
    let text = std::fs::read_to_string(root().join("traces/facts.json")).unwrap();
    let facts: Vec<Value> = serde_json::from_str(&text).unwrap();
    let mut names: Vec<&str> = facts.iter().map(|fact| fact["traces"][0].as_str().unwrap()).collect();
    names.dedup();
    let mut wrong = vec![];
    for name in names {
        let of: Vec<&Value> = facts.iter().filter(|fact| fact["traces"][0] == name).collect();
        let found = session(&of);
        let stem = name.rsplit_once('.').unwrap().0;
        let path = root().join(format!("traces/{stem}.expected.txt"));
        if std::env::var_os("CLEARCUT_BLESS").is_some() {
            std::fs::write(&path, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        if let Some((e, f)) = expected.lines().zip(found.lines()).find(|(e, f)| e != f) {
            wrong.push(format!("{stem}: expected\n  {e}\nbut found\n  {f}"));
        } else if expected != found {
            wrong.push(format!("{stem}: one is longer\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
