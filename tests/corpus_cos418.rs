//! The snapshots of real token-passing programs, all right: each must hold, with the cut and the channels that were
//! worked out from the rules of the assignment.

use std::path::PathBuf;
use std::sync::Arc;

use clearcut::cut::Verdict;
use clearcut::format;
use clearcut::snapshot::recorded::{Claim, Protocol, judge_all};
use clearcut::source::Source;
use clearcut::trace::{Builder, Trace};
use serde_json::{Map, Value, json};

fn folder() -> Option<PathBuf> {
    let near = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let corpus = std::env::var_os("CLEARCUT_CORPUS").map_or_else(near, PathBuf::from);
    let folder = corpus.join("cos418");
    folder.is_dir().then_some(folder)
}

fn read(path: &std::path::Path) -> Trace {
    let source = Arc::new(Source::open(path).unwrap());
    let mut builder = Builder::new();
    builder.source(source.clone());
    let format = format::by_name("jsonl").unwrap();
    (format.read)(&source, &format::Options::default(), 0, &mut builder);
    builder.finish().unwrap_or_else(|(sources, problems)| panic!("{:?}", problems.locate(&sources)))
}

#[test]
fn all_snapshots_hold_with_their_cuts_and_channels() {
    let Some(folder) = folder() else { return println!("skipped: no corpus") };
    let mut judged = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let Some(name) = path.to_str().and_then(|p| p.strip_suffix(".jsonl")) else { continue };
        let text = std::fs::read_to_string(format!("{name}.expected.json")).unwrap();
        let expected: Map<String, Value> = serde_json::from_str(&text).unwrap();
        let trace = read(&path);
        let all = judge_all(&trace).unwrap();
        assert_eq!(all.len(), expected.len(), "{name}");
        for found in &all {
            let id = trace.snapshots().get(found.snapshot);
            let cut: Map<String, Value> =
                trace.processes().map(|p| (trace.name(p).to_string(), json!(found.found.cut.position(p)))).collect();
            let mut channels = Map::new();
            for messages in found.found.classes.channels(&trace) {
                let (from, to) = trace.ends(messages[0]);
                let ids: Vec<_> = messages.iter().map(|&m| trace.message_name(m)).collect();
                channels.insert(format!("{}->{}", trace.name(from), trace.name(to)), json!(ids));
            }
            assert_eq!(json!({"cut": cut, "channels": channels}), expected[id], "{name} {id}");
            assert_eq!(found.verdict(), Verdict::Holds, "{name} {id}: {:?}", found.differences);
            assert!(found.complete && found.found.verdict == Verdict::Holds, "{name} {id}");
            let verdicts = (found.states, found.channels, found.protocol);
            assert_eq!(verdicts, (Claim::Match, Claim::Match, Protocol::Obeyed), "{name} {id}");
            judged += 1;
        }
    }
    assert_eq!(judged, 21);
}
