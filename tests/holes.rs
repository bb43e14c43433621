//! Logs of clocks alone with lines missing: what is said of them is what is true of the whole, or that the line is needed.

mod support;

use std::sync::Arc;

use clearcut::causality::CausalOrder;
use clearcut::causality::all::all_clocks;
use clearcut::cut::{self, Cut, Verdict};
use clearcut::format::{self, Options};
use clearcut::source::Source;
use clearcut::trace::{Builder, Trace};
use proptest::prelude::*;
use support::clearcut;
use support::folder::Folder;
use support::random::{Did, Execution, Style, execution};

fn read(text: &str) -> Option<Trace> {
    let source = Arc::new(Source::from_text("log", text));
    let mut builder = Builder::new();
    builder.source(source.clone());
    (format::by_name("jsonl").unwrap().read)(&source, &Options::default(), 0, &mut builder);
    builder.finish().ok()
}

/// One event of a whole log: process, its number, and its clock in full.
type Line = (usize, u32, Vec<u32>);

/// The clocks of an execution by their definition.
fn lines(execution: &Execution) -> Vec<Line> {
    let style = Style { grouped: false, unnamed: false, from: true };
    let trace = Trace::from_text(&execution.text(style)).unwrap();
    let order = CausalOrder::of(&trace).unwrap();
    let mut lines = Vec::new();
    all_clocks(&trace, &order, |process, number, clock| {
        lines.push((process.index(), number, clock.to_vec()));
        Ok::<(), ()>(())
    })
    .unwrap();
    lines
}

/// The log of some lines: a step each, with the clock where `clocked` says so.
fn log(lines: &[Line], clocked: impl Fn(usize) -> bool) -> String {
    let one = |(i, (process, _, clock)): (usize, &Line)| {
        let counts: Vec<String> = (clock.iter().enumerate())
            .filter(|(_, count)| **count > 0)
            .map(|(p, count)| format!("\"P{p}\":{count}"))
            .collect();
        let clock = if clocked(i) { format!(",\"clock\":{{{}}}", counts.join(",")) } else { String::new() };
        format!("{{\"process\":\"P{process}\",\"event\":\"step\"{clock}}}\n")
    };
    lines.iter().enumerate().map(one).collect()
}

/// A cut of what is left, the same cut of the whole, and the true verdict: whether anybody knows more than is inside.
struct Asked {
    cut: Cut,
    holds: bool,
    /// Somebody knows an event that is missing where its process stands.
    in_a_gap: bool,
}

/// Whole clocks at hand, the definition is all it takes.
fn ask(trace: &Trace, left: &[Line], seed: u32) -> Asked {
    let of = |p: usize| left.iter().filter(|line| line.0 == p).collect::<Vec<_>>();
    let index = |name: &str| name[1..].parse::<usize>().unwrap();
    let mut whole: Vec<(usize, u32, Vec<u32>, Option<u32>)> = Vec::new();
    let mut positions = Vec::new();
    for (i, process) in trace.processes().enumerate() {
        let p = index(trace.name(process));
        let own = of(p);
        let position = (seed.wrapping_mul(2_654_435_761) >> (3 * i)) % (own.len() as u32 + 1);
        positions.push(position);
        let at = (position as usize).checked_sub(1).map(|k| own[k]);
        let next = own.get(position as usize).map(|line| line.1);
        whole.push((p, at.map_or(0, |line| line.1), at.map_or(vec![], |line| line.2.clone()), next));
    }
    let known = |p: usize| whole.iter().filter_map(|(_, _, clock, _)| clock.get(p)).max().copied().unwrap_or(0);
    let holds = whole.iter().all(|&(p, count, _, _)| known(p) <= count);
    let in_a_gap = whole.iter().any(|&(p, count, _, next)| known(p) > count && next.is_none_or(|next| known(p) < next));
    Asked { cut: Cut::new(trace, positions).unwrap(), holds, in_a_gap }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn missing_lines_never_make_a_wrong_verdict_and_rarely_none(
        execution in execution(24),
        lost in proptest::collection::vec(any::<bool>(), 24),
        seeds in proptest::collection::vec(any::<u32>(), 12),
    ) {
        let left: Vec<Line> = lines(&execution).into_iter().zip(&lost).filter(|(_, lost)| !**lost).map(|(l, _)| l).collect();
        let Some(trace) = read(&log(&left, |_| true)).filter(|trace| trace.event_count() > 0) else { return Ok(()) };
        for seed in seeds {
            let Asked { cut, holds, in_a_gap } = ask(&trace, &left, seed);
            let found = cut::verify(&trace, cut, true).unwrap();
            match found.verdict {
                Verdict::Holds => prop_assert!(holds),
                Verdict::Violated => prop_assert!(!holds),
                // Not needlessly: somebody inside knows an event that is missing just where its process stands.
                Verdict::Undetermined => prop_assert!(!holds && in_a_gap),
            }
        }
        // Order among the events that are left is not touched at all.
        let order = CausalOrder::of(&trace).unwrap();
        let mut clocks = Vec::new();
        all_clocks(&trace, &order, |p, k, clock| { clocks.push((p, k, clock.to_vec())); Ok::<(), ()>(()) }).unwrap();
        for (p, k, clock) in clocks {
            let of = |name: &str| left.iter().filter(|line| format!("P{}", line.0) == name).cloned().collect::<Vec<_>>();
            let truth = &of(trace.name(p))[k as usize - 1].2;
            for q in trace.processes() {
                let name = trace.name(q);
                let count = of(name).iter().filter(|line| line.1 <= truth[line.0]).count();
                prop_assert_eq!(clock[q.index()] as usize, count);
            }
        }
    }

    #[test]
    fn lines_without_clocks_never_make_a_wrong_verdict(
        execution in execution(24),
        lost in proptest::collection::vec(0..4u8, 24),
        seeds in proptest::collection::vec(any::<u32>(), 12),
    ) {
        let (left, kinds): (Vec<Line>, Vec<u8>) =
            lines(&execution).into_iter().zip(&lost).filter(|(_, lost)| **lost > 0).map(|(l, k)| (l, *k)).unzip();
        let Some(trace) = read(&log(&left, |i| kinds[i] > 1)).filter(|trace| trace.event_count() > 0) else { return Ok(()) };
        // Behind the last clock of a process nothing tells what it knows: such events are left out of the question.
        for seed in seeds {
            let Asked { cut, holds, .. } = ask(&trace, &left, seed);
            let blind = trace.processes().any(|p| {
                let own: Vec<usize> = (0..left.len()).filter(|&i| format!("P{}", left[i].0) == trace.name(p)).collect();
                let last = own.iter().rposition(|&i| kinds[i] > 1).map_or(0, |i| i as u32 + 1);
                cut.position(p) > last
            });
            let found = cut::verify(&trace, cut, true).unwrap();
            match found.verdict {
                Verdict::Holds => prop_assert!(holds || blind),
                Verdict::Violated => prop_assert!(!holds),
                Verdict::Undetermined => {}
            }
        }
    }

    /// A process forgets its clock and counts from one again.
    #[test]
    fn restarts_never_make_a_wrong_verdict(
        execution in execution(24),
        restarts in proptest::collection::vec(0..6u8, 24),
        lost in proptest::collection::vec(0..5u8, 24),
        seeds in proptest::collection::vec(any::<u32>(), 12),
    ) {
        let mut execution = execution;
        execution.messages.iter_mut().for_each(|message| message.logged = true);
        let whole = lines(&execution);
        // What the programs log: clocks that are merged by maximum, and lost in a restart.
        let mut logged: Vec<Vec<u32>> = vec![vec![0; execution.processes]; execution.processes];
        let mut carried: Vec<Vec<u32>> = vec![vec![]; execution.messages.len()];
        let mut said: Vec<Line> = Vec::new();
        for (i, (process, did)) in execution.events.iter().enumerate() {
            let clock = &mut logged[*process];
            if restarts[i] == 0 {
                clock.fill(0);
            }
            if let Did::Receive(ids) = did {
                for &id in ids {
                    clock.iter_mut().zip(&carried[id]).for_each(|(mine, theirs)| *mine = (*mine).max(*theirs));
                }
            }
            clock[*process] += 1;
            if let Did::Send(ids) = did {
                let sent = clock.clone();
                ids.iter().for_each(|&id| carried[id] = sent.clone());
            }
            said.push((*process, 0, clock.clone()));
        }
        let mut order: Vec<Line> = Vec::new();
        let mut counts = vec![0u32; execution.processes];
        for (process, _) in &execution.events {
            counts[*process] += 1;
            order.push(whole.iter().find(|l| l.0 == *process && l.1 == counts[*process]).unwrap().clone());
        }
        // The lines around a restart are there: without them no clock shows what was known before it, or that it was.
        let before_restart = |i: usize| {
            let next = (i + 1..said.len()).find(|&j| said[j].0 == said[i].0);
            next.is_some_and(|j| restarts[j] == 0)
        };
        let keep: Vec<usize> = (0..said.len()).filter(|&i| lost[i] > 0 || before_restart(i) || restarts[i] == 0).collect();
        let left: Vec<Line> = keep.iter().map(|&i| order[i].clone()).collect();
        let shown: Vec<Line> = keep.iter().map(|&i| said[i].clone()).collect();
        let Some(trace) = read(&log(&shown, |_| true)).filter(|trace| trace.event_count() > 0) else { return Ok(()) };
        for seed in seeds {
            let Asked { cut, holds, .. } = ask(&trace, &left, seed);
            // Clocks that forget can know each other in a circle: no verdict.
            let Ok(found) = cut::verify(&trace, cut, true) else { continue };
            match found.verdict {
                Verdict::Holds => prop_assert!(holds),
                Verdict::Violated => prop_assert!(!holds),
                Verdict::Undetermined => {}
            }
        }
    }
}

#[test]
fn the_line_that_would_decide_is_named() {
    let folder = Folder::new("gap");
    let log = "a {\"a\":1}\nstart\na {\"a\":2}\nwork\na {\"a\":5}\nwork\nb {\"b\":1,\"a\":3}\nheard\nb {\"b\":2,\"a\":3}\nend\n";
    let shown = folder.file("run.log", log);
    let ask = |cut: &str| {
        let output = clearcut(["verify", &shown, "--cut", cut]);
        (String::from_utf8(output.stdout).unwrap().replace(&shown, "run.log"), output.status.code())
    };
    assert_eq!(ask("a=3 b=2").1, Some(0), "behind the gap the missing event is inside");
    assert_eq!(ask("a=1 b=1").1, Some(1), "before it, an event that is logged is missing");
    assert_eq!(ask("a=2 b=0").1, Some(0), "nobody knows of it");
    let (text, code) = ask("a=2 b=2");
    assert_eq!(code, Some(2));
    insta::assert_snapshot!("gap", text);
}

/// A log of messages whose clocks know of more than the messages tell lacks a receive; so does one of several logs of which
/// only some have messages.
#[test]
fn a_clock_that_knows_more_than_the_messages_leaves_it_open() {
    let log = r#"{"process":"A","event":"step","clock":{"A":1}}
{"process":"B","event":"step","clock":{"A":1,"B":1}}
{"process":"X","event":"send","message":"q","to":"Y"}
{"process":"Y","event":"receive","message":"q"}
"#;
    let trace = read(log).unwrap();
    let verdict = |positions: [u32; 4]| {
        let cut = Cut::new(&trace, positions.to_vec()).unwrap();
        let found = cut::verify(&trace, cut, false).unwrap();
        assert!(found.knows.is_empty() || cut::verify(&trace, found.below.clone(), false).unwrap().knows.is_empty());
        (found.verdict, found.knows.len(), found.below.positions().to_vec())
    };
    assert_eq!(verdict([0, 1, 0, 0]), (Verdict::Undetermined, 1, vec![0, 0, 0, 0]));
    assert_eq!(verdict([1, 1, 0, 0]), (Verdict::Holds, 0, vec![1, 1, 0, 0]));
    assert_eq!(verdict([0, 0, 1, 0]), (Verdict::Holds, 0, vec![0, 0, 1, 0]));
    assert_eq!(verdict([0, 1, 0, 1]).0, Verdict::Violated, "an orphan is one whatever clocks say");
    let folder = Folder::new("knows");
    let shown = folder.file("run.jsonl", log);
    let output = clearcut(["verify", &shown, "--cut", "A=0 B=1 X=0 Y=0", "-o", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let known = serde_json::json!([{"process": "B", "event": 1, "of": "A", "count": 1}]);
    assert_eq!((output.status.code(), &report["known_by_clock"]), (Some(2), &known));
    let text = String::from_utf8(clearcut(["verify", &shown, "--cut", "A=0 B=1 X=0 Y=0"]).stdout).unwrap();
    assert!(text.contains("B#1 counts 1 events of A, which stands at 0"), "{text}");
}
