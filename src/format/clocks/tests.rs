//! Files as they should be, and as they are.

use std::ops::Range;

use proptest::prelude::*;

use super::*;

fn sources(files: &[(&str, &str)]) -> Vec<Arc<Source>> {
    files.iter().map(|&(name, text)| Arc::new(Source::from_text(name, text))).collect()
}

fn problems(files: &[(&str, &str)]) -> Vec<(usize, Range<usize>, String)> {
    let problems = read(&sources(files)).expect_err("problems");
    problems.into_iter().map(|(index, problem)| (index, problem.at, problem.what)).collect()
}

#[test]
fn blanks_of_all_kinds_are_read() {
    let read = read(&sources(&[("a", "0 0 \r\n3\t1\r\n\r\n"), ("b", "1, 2\n 1,4  ")])).expect("clocks");
    assert_eq!((read.processes, read.snapshots), (2, 2));
    assert_eq!(
        [read.clock(0, 0), read.clock(0, 1), read.clock(1, 0), read.clock(1, 1)],
        [[0, 0], [1, 2], [3, 1], [1, 4]]
    );
    assert!(read.warnings.is_empty(), "{:?}", read.warnings);
}

#[test]
fn a_missing_file_is_named() {
    let found = read(&sources(&[("c-0.out", "1 0 0\n"), ("c-2.out", "0 0 1\n")])).expect_err("a problem");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].1.what, "the clocks are those of 3 processes, but 2 files came");
    assert!(found[0].1.help.as_ref().is_some_and(|help| help.ends_with("missing, by their names: c-1.out")));
    let one_more = problems(&[("a", "1 0\n"), ("b", "0 1\n"), ("c", "0 1\n")]);
    assert_eq!(one_more, [(0, 0..3, "the clocks are those of 2 processes, but 3 files came".into())]);
}

#[test]
fn every_fault_is_told_where_it_stands() {
    let files = [
        ("a", "0 0 0\n1 0 0 2 0 0\n3 0 0\n"),
        ("b", "0 0 0\n0 -1 0\n0 x2 99999999999\n"),
        ("c", "0 0 0\n\n0 0 1 \n0 1\n"),
        ("d", " \n"),
    ];
    assert_eq!(
        problems(&files),
        [
            (0, 0..5, "the clocks are those of 3 processes, but 4 files came".into()),
            (0, 6..17, "this clock has 6 counts, the others have 3".into()),
            (1, 8..10, "`-1` is no count".into()),
            (1, 15..17, "`x2` is no count".into()),
            (1, 18..29, "the count 99999999999 is too large".into()),
            (2, 6..6, "this line is blank, and clocks follow".into()),
            (2, 14..17, "this clock has 2 counts, the others have 3".into()),
            (2, 14..17, "this file has 4 snapshots, the others have 3".into()),
            (3, 0..0, "this file has no clock".into()),
        ]
    );
}

#[test]
fn glued_lines_are_told_as_such() {
    let found = read(&sources(&[("a", "1 0\n2 0\n3 0\n"), ("b", "0 1\n0 20 3\n")])).expect_err("problems");
    let help = |i: usize| found[i].1.help.as_deref().unwrap_or_default();
    assert_eq!(found.len(), 2);
    assert!(found.iter().any(|(_, p)| p.what == "this file has 2 snapshots, the others have 3"));
    assert!(help(0).contains("run into one") || help(1).contains("run into one"));
}

#[test]
fn no_file_at_all_is_a_problem() {
    assert!(read(&[]).is_err());
    assert!(read(&sources(&[("a", "")])).is_err());
}

#[test]
fn a_shells_order_is_doubted() {
    let zero = "0 0 0\n";
    let files = [("x/c1-0.out", zero), ("x/c1-10.out", zero), ("x/c1-2.out", zero)];
    let read = read(&sources(&files)).expect("clocks");
    assert_eq!(read.warnings.len(), 1);
    assert!(read.warnings[0].starts_with("x/c1-10.out was given before x/c1-2.out"));
    assert_eq!(order_of_names(&["b2", "a1"]), None, "no series");
    assert_eq!(order_of_names(&["1/a", "0/a"]), None, "the number is that of a folder");
}

#[test]
fn clocks_may_speak_against_the_order() {
    let files = [("a", "5 1 1\n"), ("b", "2 1 7\n"), ("c", "4 3 2\n")];
    let warned = read(&sources(&files)).expect("clocks").warnings;
    assert_eq!(warned.len(), 1);
    assert!(warned[0].ends_with("in the order a c b"), "{}", warned[0]);
    let inconsistent = [("a", "0 0 0\n4 0 0\n"), ("b", "1 0 0\n1 2 0\n"), ("c", "0 0 0\n0 0 1\n")];
    assert!(read(&sources(&inconsistent)).expect("clocks").warnings.is_empty());
}

#[test]
fn a_clock_that_goes_down_is_found() {
    let read = read(&sources(&[("a", "1 5\n2 4\n"), ("b", "0 5\n0 6\n")])).expect("clocks");
    let down: Vec<WentDown> = read.went_down().collect();
    assert_eq!(down, [WentDown { snapshot: 1, process: 0, component: 1, from: 5, to: 4 }]);
}

#[test]
fn told_from_other_files() {
    assert!(looks_like(b"0 0 1 \r\n2 3 4") && looks_like(&[b'7'; 9000]));
    assert!(!looks_like(b"") && !looks_like(b"\n \n") && !looks_like(b"# nodes\n1 2\n") && !looks_like(b"1 -2"));
}

proptest! {
    #[test]
    fn no_bytes_panic(files in proptest::collection::vec(
        prop_oneof![proptest::collection::vec(any::<u8>(), 0..20), "[0-9 ,\n]{0,20}".prop_map(String::into_bytes)],
        0..4,
    ), names in proptest::collection::vec("[a/é0-9٣.]{0,6}", 4)) {
        let sources: Vec<Arc<Source>> =
            files.iter().zip(names).map(|(text, name)| Arc::new(Source::from_text(name, text.clone()))).collect();
        for text in &files {
            let _ = looks_like(text);
        }
        match read(&sources) {
            Ok(read) => prop_assert_eq!(read.clocks.len(), read.snapshots * read.processes * read.processes),
            Err(problems) => {
                prop_assert!(problems.iter().all(|(i, p)| files.is_empty() || p.at.end <= files[*i].len()));
            }
        }
    }
}

/// Two files as programs write them, and what is cut off the second one.
#[test]
fn a_last_line_is_used_unless_something_speaks_for_a_cut() {
    let read_all = |a: &str, b: &str| read(&sources(&[("a", a), ("b", b)])).expect("clocks");
    // Without a line end: whole in both, or behind a divider, as some programs write it.
    for (a, b) in [("1 0\n12 3", "0 1\n4 15"), ("1 0\n12 3\n", "0 1\n4 15 "), ("1 0 \n12 3 ", "0 1 \n4 15 ")] {
        let read = read_all(a, b);
        assert_eq!((read.snapshots, read.clock(1, 1), read.warnings.len()), (2, &[4, 15][..], 0), "{a:?} {b:?}");
    }
    let cut = |line: &str| {
        let told = format!("b:2: the last line is cut short and left out: {line}");
        vec![told, "snapshot 2 is left out: not every file has it whole".to_owned()]
    };
    // Counts are missing; the other file has a line end; the lines above have a blank; the count was higher before.
    for (a, b, line) in [
        ("1 0\n12 3", "0 1\n4", "4"),
        ("1 0\n12 3\n", "0 1\n4 15", "4 15"),
        ("1 0 \n12 3 ", "0 1 \n4 1", "4 1"),
        ("1 0\n12 3", "0 5\n4 1", "4 1"),
        ("1 0\n12 3\n", "0 1\n4 ", "4"),
    ] {
        let read = read_all(a, b);
        assert_eq!((read.snapshots, read.clock(0, 1)[1] > 0, read.warnings), (1, true, cut(line)), "{a:?} {b:?}");
    }
    // All files were cut, each elsewhere.
    let read = read_all("1 0\n2 0\n3 0\n4", "0 1\n0 ");
    assert_eq!(read.snapshots, 1);
    assert_eq!(
        read.warnings.last().map(String::as_str),
        Some("snapshot 2 to 3 is left out: not every file has it whole")
    );
    // Nothing is left; a line too long is no cut, nor is a file that ends early with a whole line.
    assert_eq!(problems(&[("a", "1 0\n"), ("b", "0")]), [(1, 0..1, "the only line of this file is cut short".into())]);
    let long = "this clock has 3 counts, the others have 2";
    assert_eq!(problems(&[("a", "1 0\n"), ("b", "0 1 2")]), [(1, 0..5, long.into())]);
    let early = "this file has 1 snapshot, the others have 2";
    assert_eq!(problems(&[("a", "1 0\n2 0\n"), ("b", "0 1\n")]).last().map(|last| last.2.as_str()), Some(early));
}

#[test]
fn a_shells_order_is_told_from_a_chosen_one() {
    let names = |list: &[&'static str]| by_number(list);
    assert_eq!(names(&["c-0.out", "c-1.out", "c-10.out", "c-2.out"]), Some(vec![0, 1, 3, 2]));
    // In order; by someone; twice the same; no series.
    for list in
        [&["c-1.out", "c-2.out"][..], &["c-2.out", "c-10.out", "c-1.out"], &["c-01", "c-1"], &["a-10", "b-2"], &[]]
    {
        assert_eq!(names(list), None, "{list:?}");
    }
}

proptest! {
    /// However little is left of the last line, no clock is read that was not written.
    #[test]
    fn no_number_is_read_from_a_part_of_it(
        counts in proptest::collection::vec(proptest::collection::vec(0u32..2000, 3), 6),
        cut in 1usize..14,
    ) {
        let file = |of: usize| -> String {
            (0..2).map(|line| counts[2 * of + line].iter().map(u32::to_string).collect::<Vec<_>>().join(" ") + "\n").collect()
        };
        let texts: Vec<String> = (0..3).map(file).collect();
        let short = &texts[2][..texts[2].len().saturating_sub(cut)];
        let read = read(&sources(&[("a", &texts[0]), ("b", &texts[1]), ("c", short)]));
        if let Ok(read) = read {
            for snapshot in 0..read.snapshots {
                prop_assert_eq!(read.clock(snapshot, 2), counts[4 + snapshot].as_slice());
            }
        }
    }
}
