//! Clocks on the wall: what messages prove of them is true of any clocks that could have been.

mod support;

use clearcut::trace::Trace;
use clearcut::trace::audit::skew;
use proptest::prelude::*;
use support::folder::Folder;
use support::{clearcut, root};

fn run(log: &str, name: &str, args: &[&str]) -> (String, Option<i32>) {
    let folder = Folder::new(name);
    let shown = folder.file("log.trace", log);
    let mut words = vec![args[0], &shown];
    words.extend(&args[1..]);
    let output = clearcut(words);
    (String::from_utf8(output.stdout).unwrap().replace(&shown, "log.trace"), output.status.code())
}

/// B is at least 1.5 s behind A, and C's clock jumps against B's.
const LOG: &str = "A a: send m -> B  @ 2026-05-01T12:00:10Z
B b: receive m  @ 2026-05-01T12:00:08.5Z
B: send n -> A  @ 2026-05-01T12:00:09Z
A: receive n  @ 2026-05-01T12:00:12Z
B: send x -> C  @ 2026-05-01T12:00:13Z
C: receive x  @ 2026-05-01T12:00:12.999882Z
C: send y -> B  @ 2026-05-01T12:00:20Z
B: receive y  @ 2026-05-01T12:00:15Z
A: send z -> C  @ 2026-05-01T12:00:20Z
C: receive z  @ 2026-05-01T12:00:21Z
";

#[test]
fn a_table_of_clocks_that_cannot_be_one() {
    insta::assert_snapshot!("skew_table", run(LOG, "table", &["check"]).0);
    let all = run(LOG, "all", &["check", "--skew"]).0;
    assert!(all.contains("open"), "A and C could be one: {all}");
    let json: serde_json::Value = serde_json::from_str(&run(LOG, "json", &["check", "-o", "json"]).0).unwrap();
    insta::assert_snapshot!("skew_json", serde_json::to_string_pretty(&json["skew"]).unwrap());
    let schemas = schemas::Schemas::read(root().join("grammar"));
    let errors: Vec<String> = schemas.validator("check").iter_errors(&json).map(|e| e.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
}

#[path = "support/schemas.rs"]
mod schemas;

#[test]
fn a_cut_by_times_says_where_they_do_not_compare() {
    let (text, code) = run(LOG, "at", &["verify", "--at", "2026-05-01T12:00:09Z"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("note: the clocks of A and B differ by at least 1.5 s (`clearcut check`)"), "{text}");
    let (json, _) = run(LOG, "at-json", &["verify", "-o", "json", "--at", "2026-05-01T12:00:09Z"]);
    assert!(json.contains("differ by at least 1.5 s"), "{json}");
    let (text, _) = run(LOG, "cut", &["verify", "--cut", "A=start B=b C=start"]);
    assert!(!text.contains("differ by"), "a cut by events has nothing to do with times: {text}");
}

proptest! {
    /// Made with skews that are known: the bounds hold them, and are those of some message each.
    #[test]
    fn the_true_skew_is_within_its_bounds(
        skews in proptest::collection::vec(-50..50i64, 3),
        sends in proptest::collection::vec((0..3usize, 1..3usize, 0..9i64), 0..20),
    ) {
        let mut lines = vec![];
        for (i, &(from, by, delay)) in sends.iter().enumerate() {
            let to = (from + by) % 3;
            let at = 100 * (i as i64 + 1);
            lines.push(format!("P{from}: send m{i} -> P{to} @ {}\n", at + skews[from]));
            lines.push(format!("P{to}: receive m{i} @ {}\n", at + delay + skews[to]));
        }
        let text = "process P0\nprocess P1\nprocess P2\n".to_string() + &lines.concat();
        let trace = Trace::from_text(&text).unwrap();
        let found = skew::of(&trace);
        let pairs: std::collections::BTreeSet<_> =
            sends.iter().map(|&(from, by, _)| (from.min((from + by) % 3), from.max((from + by) % 3))).collect();
        prop_assert_eq!(found.iter().map(|s| (s.from.index(), s.to.index())).collect::<Vec<_>>(), pairs.into_iter().collect::<Vec<_>>());
        for skew in &found {
            let (p, q) = (skew.from.index(), skew.to.index());
            let truth = skews[q] - skews[p];
            let of = |from: usize, to: usize| sends.iter().filter(move |s| s.0 == from && (s.0 + s.1) % 3 == to).map(|s| s.2).min();
            let number = |bound: Option<skew::Bound>| bound.map(|b| i64::try_from(b.skew.billionths() / 1_000_000_000).unwrap());
            prop_assert_eq!(number(skew.most), of(p, q).map(|delay| truth + delay));
            prop_assert_eq!(number(skew.least), of(q, p).map(|delay| truth - delay));
            prop_assert!(skew.can_be_constant());
            prop_assert_eq!(skew.messages, sends.iter().filter(|s| [(p, q), (q, p)].contains(&(s.0, (s.0 + s.1) % 3))).count());
        }
    }
}
