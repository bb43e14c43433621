//! Names of parts, and their order.

use proptest::prelude::*;

use super::*;

/// Sources of these names and texts, in order.
fn ordered(files: &[(&str, &str)]) -> Vec<String> {
    let mut sources: Vec<_> = files.iter().map(|(name, text)| Arc::new(Source::from_text(*name, *text))).collect();
    oldest_first(&mut sources, |source| {
        let mut begins = Beginning::default();
        crate::format::text::read(source, &mut begins);
        begins
    });
    sources.iter().map(|source| source.name().to_owned()).collect()
}

/// All of one process without times.
fn of_one_process(names: &[&str]) -> Vec<String> {
    ordered(&names.iter().map(|&name| (name, "A: step\n")).collect::<Vec<_>>())
}

#[test]
fn parts_are_told_by_their_names() {
    let log = |name| part(name).0;
    for name in ["x/app.log", "x/app.log.1", "x/app.log.2.gz", "x/app.log-20260501", "x/app-2026-05-01.log.zst"] {
        assert_eq!(log(name), "x/app.log", "{name}");
    }
    assert_eq!(log("app.log.2026-05-01T12"), "app.log");
    assert_eq!(log("part-00001.jsonl"), "part.jsonl");
    // Nothing is left of a name, no date, no number of its own.
    for name in ["20260501.log", "x/1.log", "7", "app-20269901x.log", "node1.log", "m-99999999999999999999.log", "-"] {
        assert_eq!(part(name), (name.to_owned(), Age::Current), "{name}");
    }
}

#[test]
fn rotated_parts_are_read_oldest_first() {
    let wanted = ["app.log.10", "app.log.2.gz", "app.log.1", "app.log"];
    assert_eq!(of_one_process(&["app.log", "app.log.1", "app.log.10", "app.log.2.gz"]), wanted);
    let wanted = ["app.log-20251231", "app.log-2026-01-02", "app.log-20260102-1", "app.log"];
    assert_eq!(of_one_process(&["app.log", "app.log-20260102-1", "app.log-2026-01-02", "app.log-20251231"]), wanted);
    assert_eq!(of_one_process(&["part-10.log", "part-9.log"]), ["part-9.log", "part-10.log"]);
    // Other files keep their places.
    assert_eq!(of_one_process(&["b.log", "a.log", "x", "a.log.1"]), ["b.log", "a.log.1", "x", "a.log"]);
    // A part of a log that has a number of its own.
    assert_eq!(of_one_process(&["n-1.log", "n-1.log.1.gz", "n-1.log.2"]), ["n-1.log.2", "n-1.log.1.gz", "n-1.log"]);
    // So do those of other folders.
    assert_eq!(of_one_process(&["new/a.log", "old/a.log.1"]), ["new/a.log", "old/a.log.1"]);
}

#[test]
fn times_tell_where_programs_count_up_or_down() {
    let (early, late) = ("A: step @ 1\nA: step @ 9\n", "A: step @ 2\n");
    assert_eq!(ordered(&[("a-1.log", late), ("a-2.log", early)]), ["a-2.log", "a-1.log"]);
    assert_eq!(ordered(&[("a-2.log", late), ("a-1.log", early)]), ["a-1.log", "a-2.log"]);
    // Those of each process alone, as clocks may differ.
    let parts = [("p-1.log", "A: step @ 5\nB: step @ 1\n"), ("p-2.log", "B: step @ 2\nA: step @ 6\n")];
    assert_eq!(ordered(&parts), ["p-1.log", "p-2.log"]);
    let parts = [("p-1.log", "A: step @ 6\nB: step @ 2\n"), ("p-2.log", "B: step @ 1\nA: step @ 5\n")];
    assert_eq!(ordered(&parts), ["p-2.log", "p-1.log"]);
    // Processes that do not agree, and ones that no two parts begin with: by number.
    let parts = [("p-1.log", "A: step @ 6\nB: step @ 1\n"), ("p-2.log", "B: step @ 2\nA: step @ 5\n")];
    assert_eq!(ordered(&parts), ["p-1.log", "p-2.log"]);
    // One without a time: by number.
    assert_eq!(ordered(&[("a-2.log", early), ("a-1.log", "A: step\n")]), ["a-1.log", "a-2.log"]);
    // Rotation is no question of time.
    assert_eq!(ordered(&[("a.log.1", early), ("a.log.2", late)]), ["a.log.2", "a.log.1"]);
}

#[test]
fn files_of_different_processes_stay_as_given() {
    assert_eq!(ordered(&[("node.2", "B: step\n"), ("node.10", "A: step\n")]), ["node.2", "node.10"]);
    assert_eq!(ordered(&[("n-2.log", "B: step\n"), ("n-1.log", "A: step\n")]), ["n-2.log", "n-1.log"]);
}

proptest! {
    /// However parts are given, they are read in one order, and none is lost.
    #[test]
    fn any_order_of_the_parts_is_one_order(
        order in Just((0..9).collect::<Vec<usize>>()).prop_shuffle(),
        timed in any::<bool>(),
        family in 0usize..3,
    ) {
        let name = |i: usize| match family {
            0 if i == 8 => "app.log".to_owned(),
            0 => format!("app.log.{}", 8 - i),
            1 => format!("app-2026-0{}-28.log.gz", i + 1),
            _ => format!("part-{:03}.log", i + 5),
        };
        let text = |i: usize| if timed { format!("A: step @ {i}\nB: step\n") } else { "A: step\n".to_owned() };
        let files: Vec<(String, String)> = order.iter().map(|&i| (name(i), text(i))).collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        prop_assert_eq!(ordered(&files), (0..9).map(name).collect::<Vec<_>>());
    }

    /// No name is too strange.
    #[test]
    fn any_name_is_the_name_of_something(name in "[a0-9./\u{e9}_T-]{0,30}") {
        prop_assert!(!part(&name).0.is_empty() || name.is_empty() || name.starts_with('.'));
    }
}

#[test]
fn a_log_is_told_with_all_its_parts() {
    let told = |files: &[(&str, &str)]| {
        let mut sources: Vec<_> = files.iter().map(|(name, text)| Arc::new(Source::from_text(*name, *text))).collect();
        let begin = |source: &Source| {
            let mut begins = Beginning::default();
            crate::format::text::read(&Arc::new(Source::from_text(source.name(), source.bytes())), &mut begins);
            begins
        };
        let logs = oldest_first(&mut sources, begin);
        join(&mut sources, &logs).unwrap();
        let names: Vec<String> = sources.iter().map(|source| source.name().to_owned()).collect();
        (logs, names)
    };
    let (a, b, none) = ("A: step\n", "B: step\n", "# nothing\n");
    // Of two processes; of one; a part without any event, and two of them.
    assert_eq!(told(&[("n-1.log", a), ("n-2.log", b)]).0, Vec::<Vec<usize>>::new());
    assert_eq!(
        told(&[("n-1.log", a), ("x", b), ("n-2.log", a)]),
        (vec![vec![0, 2]], vec!["n-1.log and n-2.log".into(), "x".into()])
    );
    assert_eq!(told(&[("a.log", none), ("a.log.1", a), ("a.log.2", none)]).0, [[0, 1, 2]]);
    assert_eq!(told(&[("n-1.log", a), ("n-2.log", b), ("n-3.log", none)]).0, Vec::<Vec<usize>>::new());
}
