//! Logs that other programs wrote, where they are at hand: `../shared/corpus`, or the folder that `CLEARCUT_CORPUS`
//! names. The numbers expected here were counted by another program.

use std::path::PathBuf;
use std::sync::Arc;

use clearcut::format::record::{ChannelRecord, CutRecord, EventRecord, MarkRecord, Problem, ProcessRecord, Sink};
use clearcut::format::{clocks, shiviz};
use clearcut::source::Source;

/// The folder of these logs.
fn corpus(folder: &str) -> Option<PathBuf> {
    let root = std::env::var_os("CLEARCUT_CORPUS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"), PathBuf::from);
    let folder = root.join(folder);
    if !folder.is_dir() {
        eprintln!("skipped: no corpus at {}", folder.display());
        return None;
    }
    Some(folder)
}

/// Labels, and how many events each has.
type Executions<'a> = &'a [(&'a str, usize)];

#[derive(Debug, Default)]
struct Counted {
    events: usize,
    skipped: Vec<usize>,
    problems: Vec<Problem>,
    lines: usize,
    timed: usize,
}

impl Sink for Counted {
    fn process(&mut self, _: ProcessRecord<'_>) {}
    fn channel(&mut self, _: ChannelRecord<'_>) {}
    fn mark(&mut self, _: MarkRecord<'_>) {}
    fn cut(&mut self, _: CutRecord<'_>) {}
    fn event(&mut self, event: &EventRecord<'_>) {
        self.events += 1;
        self.timed += usize::from(event.time.is_some());
        let clock = event.clock.expect("every event has a clock");
        assert!(clock.iter().any(|&(name, count)| name == event.process && count > 0), "{event:?}");
        assert!(clock.iter().all(|&(_, count)| count > 0), "{event:?}");
    }
    fn skipped(&mut self, at: std::ops::Range<usize>) {
        self.skipped.push(at.start);
    }
    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
    fn lines(&mut self, lines: usize) {
        self.lines += lines;
    }
}

/// Reads one log as its user would: no pattern is given. Returns events by execution, and skipped lines.
fn read(path: &std::path::Path) -> (Vec<(String, usize)>, Counted) {
    let source = Source::open(path).expect("a file of the corpus");
    assert!(shiviz::looks_like(source.bytes()), "{}", path.display());
    let log = shiviz::open(&source, &shiviz::Patterns::default()).expect("a log");
    let mut all = Counted::default();
    let mut executions = Vec::new();
    for (number, execution) in log.executions().iter().enumerate() {
        let before = all.events;
        log.read(&source, number, &mut all);
        executions.push((execution.label.clone(), all.events - before));
    }
    let ends = source.bytes().iter().filter(|&&b| b == b'\n').count();
    assert_eq!(all.lines, ends + usize::from(!source.bytes().ends_with(b"\n")), "{}", path.display());
    assert_eq!(all.problems, [], "{}", path.display());
    (executions, all)
}

#[test]
fn shiviz_logs() {
    let Some(folder) = corpus("shiviz") else { return };
    // Skipped lines, and events with a time, behind the executions.
    let expected: [(&str, Executions<'_>, usize, usize); 9] = [
        ("CPSC416-2018W1-P2-Slack__execution2.log", &[("", 241)], 0, 0),
        ("MPI-SWS-xtrace-shiviz__shiviz-ls.log", &[("", 142)], 3, 0),
        ("chord.log", &[("", 1235)], 0, 0),
        ("clementfung-archie__FAILURE-RECOVER.log", &[("", 392)], 0, 0),
        (
            "ewd998.log",
            &[("78 actions (EWD998Chan!EWD998!terminationDetected)", 77), ("249 actions", 248), ("666 actions", 665)],
            1149,
            0,
        ),
        ("facebook-multiple.log", &[("Execution #1", 47), ("Execution #2", 41)], 0, 0),
        ("simple-reliable-broadcast.log", &[("", 39)], 0, 0),
        ("simpledb.log", &[("", 509)], 0, 0),
        ("tsviz_fslock_24t_4sp.log", &[("", 2001)], 0, 2001),
    ];
    for (name, executions, skipped, timed) in expected {
        let (read, all) = read(&folder.join(name));
        let read: Vec<(&str, usize)> = read.iter().map(|(label, events)| (label.as_str(), *events)).collect();
        assert_eq!((&read[..], all.skipped.len(), all.timed), (executions, skipped, timed), "{name}");
    }
}

#[test]
fn govector_logs() {
    let Some(folder) = corpus("govector") else { return };
    let mut events: Vec<usize> = Vec::new();
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    for path in files {
        let (executions, all) = read(&path);
        assert_eq!((executions.len(), all.skipped.len()), (1, 0), "{}", path.display());
        events.push(all.events);
    }
    assert_eq!(events, [65, 59, 117]);
}

#[test]
fn recorded_clocks() {
    for (folder, prefix, processes) in
        [("utd/config1_10nodes", "config1", 10), ("utd/config2_20nodes_b", "config2", 20)]
    {
        let Some(folder) = corpus(folder) else { continue };
        let open = |index: usize| {
            let path = folder.join(format!("{prefix}-{index}.out"));
            let source = Source::open(&path).expect("a file of the corpus");
            assert!(clocks::looks_like(source.bytes()) && !shiviz::looks_like(source.bytes()));
            Arc::new(source)
        };
        let sources: Vec<Arc<Source>> = (0..processes).map(open).collect();
        let read = clocks::read(&sources).expect("clocks");
        assert_eq!((read.processes, &read.warnings[..], read.went_down().count()), (processes, &[][..], 0));
        // The verdicts that came with the files: the first snapshot is wrong, all others are right.
        let consistent = |snapshot: usize| {
            (0..processes).all(|p| (0..processes).all(|q| read.clock(snapshot, q)[p] <= read.clock(snapshot, p)[p]))
        };
        let wrong: Vec<usize> = (0..read.snapshots).filter(|&snapshot| !consistent(snapshot)).collect();
        assert_eq!(wrong, [0], "{prefix}");
        // As a shell would order them.
        if processes > 10 {
            let mut sorted = sources.clone();
            sorted.sort_by_key(|source| source.name().to_owned());
            let warnings = clocks::read(&sorted).expect("clocks").warnings;
            assert!(warnings.iter().any(|warning| warning.contains("config2-19.out was given before")), "{warnings:?}");
        }
        // One file too few.
        let problems = clocks::read(&sources[1..]).expect_err("a file is missing");
        let help = problems[0].1.help.as_deref().unwrap_or_default();
        assert!(problems.len() == 1 && help.ends_with(&format!("{prefix}-0.out")), "{problems:?}");
    }
}
