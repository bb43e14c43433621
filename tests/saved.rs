//! Saved traces: a table says what the log said, and whoever reads it gets the same trace.
#![cfg(feature = "arrow")]

mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clearcut::format;
use clearcut::format::saved::{self, Kind, Name};
use clearcut::report::convert::saved::{Table, Used};
use clearcut::report::convert::{Lines, Shape};
use clearcut::source::Source;
use clearcut::trace::{Builder, Trace};
use proptest::prelude::*;
use support::folder::Folder;
use support::random::{Execution, execution};
use support::telling::{Details, details, tell};
use support::{clearcut, root};

const KINDS: &[Kind] = if cfg!(feature = "parquet") { &[Kind::Arrow, Kind::Parquet] } else { &[Kind::Arrow] };

/// An execution as JSON Lines.
fn told(execution: &Execution, details: Details) -> String {
    let mut lines = Lines::new(Vec::new(), Shape::JsonLines);
    tell(execution, details, &mut lines);
    String::from_utf8(lines.finish().unwrap().out).unwrap()
}

fn trace_of(jsonl: &str) -> Trace {
    let source = Arc::new(Source::from_text("log", jsonl));
    let mut builder = Builder::new();
    builder.source(source.clone());
    format::jsonl::read(&source, &mut builder);
    builder.finish().unwrap_or_else(|(sources, problems)| panic!("{:?}\n{jsonl}", problems.locate(&sources)))
}

fn save(jsonl: &str, kind: Kind) -> Vec<u8> {
    let source = Source::from_text("log", jsonl);
    let mut used = Used::default();
    format::jsonl::read(&source, &mut used);
    let trace = trace_of(jsonl);
    let mut table = Table::new(Vec::new(), kind, &trace, used).unwrap();
    format::jsonl::read(&source, &mut table);
    let done = table.finish().unwrap();
    assert_eq!(done.problems, []);
    done.out
}

fn lines_of(saved: &[u8]) -> String {
    let mut lines = Lines::new(Vec::new(), Shape::JsonLines);
    saved::read(saved, &mut lines).unwrap();
    let done = lines.finish().unwrap();
    assert_eq!(done.problems, []);
    String::from_utf8(done.out).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_saved_trace_says_what_the_log_said(execution in execution(24), details in details()) {
        let jsonl = told(&execution, details);
        for &kind in KINDS {
            let saved = save(&jsonl, kind);
            prop_assert_eq!(Kind::of(&saved), Some(kind));
            prop_assert_eq!(&lines_of(&saved), &jsonl);
        }
    }

    /// The numbers that pairing found are those of the trace.
    #[test]
    fn the_other_end_of_each_message_is_told(execution in execution(24), details in details()) {
        let jsonl = told(&execution, details);
        let (trace, saved) = (trace_of(&jsonl), save(&jsonl, Kind::Arrow));
        let table = saved::columns::Table::of(&saved).unwrap();
        let mut sent = Vec::new();
        for batch in &table.batches {
            for row in (0..batch.rows).filter(|&row| batch.column(Name::Event).text(row).unwrap() == Some("send")) {
                let process = |name| trace.process(batch.column(name).text(row).unwrap().unwrap()).unwrap();
                let number = |name| batch.column(name).number(row).unwrap();
                let ends = (process(Name::Process), process(Name::Peer));
                sent.push((ends, number(Name::Position), number(Name::PeerPosition)));
            }
        }
        let messages = trace.messages().map(|m| (trace.ends(m), Some(trace.sent(m)), trace.received(m)));
        prop_assert_eq!(sent, messages.collect::<Vec<_>>());
    }

    /// A file that is damaged anywhere is told to be, or says something else; nothing panics.
    #[test]
    fn damage_is_an_error_at_most(
        execution in execution(12),
        details in details(),
        hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut saved = save(&told(&execution, details), Kind::Arrow);
        for (at, byte) in hits {
            let at = at.index(saved.len());
            saved[at] = byte;
        }
        if let Some(cut) = cut {
            saved.truncate(cut.index(saved.len()));
        }
        let mut builder = Builder::new();
        let _ = saved::read(&saved, &mut builder);
        let _ = builder.finish();
    }
}

/// The text that a command prints, with the name of its file taken out.
fn report(command: &[&str], file: &Path, rest: &[&str]) -> (String, Option<i32>) {
    let file = file.display().to_string();
    let args: Vec<&str> = command.iter().copied().chain([file.as_str()]).chain(rest.iter().copied()).collect();
    let output = clearcut(&args);
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (text.replace(&file, "FILE"), output.status.code())
}

/// Every sample gives the same reports from a table as from the lines that its records are.
#[test]
fn samples_give_the_same_reports() {
    let folder = Folder::new("samples");
    let mut samples: Vec<PathBuf> =
        std::fs::read_dir(root().join("traces")).unwrap().map(|entry| entry.unwrap().path()).collect();
    samples.retain(|path| path.extension().is_some_and(|ending| ending == "trace" || ending == "jsonl"));
    samples.sort();
    let mut compared = 0;
    for sample in samples {
        let lines = folder.join("same.jsonl");
        let (_, code) = report(&["convert", "-o", lines.to_str().unwrap()], &sample, &[]);
        if code != Some(0) {
            // What cannot be read cannot be saved either.
            assert_eq!(report(&["convert", "--to", "arrow"], &sample, &[]).1, Some(2));
            continue;
        }
        for kind in KINDS {
            let table = folder.join(format!("same.{}", kind.name()));
            let (said, code) = report(&["convert", "-o", table.to_str().unwrap()], &sample, &[]);
            if code != Some(0) {
                // Lines can be told one by one; only what can be paired can be saved.
                assert!(said.contains("in the input; no verdict"), "{}: {said}", sample.display());
                assert!(report(&["check"], &lines, &[]).0.contains("in the input; no verdict"), "{}", sample.display());
                continue;
            }
            for command in [&["check"][..], &["check", "-o", "json"], &["clocks"], &["verify", "--rest", "end"]] {
                let rest: &[&str] = if command[0] == "verify" { &["--cut", "{}", "-o", "json"] } else { &[] };
                let (of_table, of_lines) = (report(command, &table, rest), report(command, &lines, rest));
                assert_eq!(of_table, of_lines, "{} {command:?}", sample.display());
                compared += 1;
            }
        }
    }
    assert!(compared > 40, "{compared}");
}

/// A log of 40 processes that is large by what its messages carry; its lines are those that `convert` writes.
fn large(folder: &Path) -> PathBuf {
    let mut log = String::new();
    let padding = "x".repeat(12_000);
    for i in 0..1500 {
        let (from, to) = (i * 7 % 40, (i * 7 + 1 + i % 39) % 40);
        if from != to {
            log += &format!(
                "{{\"process\":\"P{from}\",\"event\":\"send\",\"message\":\"m{i}\",\"to\":\"P{to}\",\"payload\":\"{padding}{i}\"}}\n"
            );
        }
        // What is sent is received a hundred rows later, but for every ninth message.
        if let Some(m) = (i as usize).checked_sub(100).filter(|m| m % 9 > 0) {
            let (from, to) = (m * 7 % 40, (m * 7 + 1 + m % 39) % 40);
            if from != to {
                log += &format!(
                    "{{\"process\":\"P{to}\",\"event\":\"receive\",\"message\":\"m{m}\",\"label\":\"e{i}\"}}\n"
                );
            }
        }
    }
    let path = folder.join("large.jsonl");
    std::fs::write(&path, log).unwrap();
    let (lines, table) = (folder.join("same.jsonl"), folder.join("same.arrow"));
    for out in [&lines, &table] {
        assert_eq!(report(&["convert", "-o", out.to_str().unwrap()], &path, &[]), (String::new(), Some(0)));
    }
    lines
}

/// A large table is verified by its columns, and the reports are those of its lines.
#[test]
fn a_large_table_gives_the_same_reports() {
    let folder = Folder::new("large");
    let (lines, table) = (large(&folder), folder.join("same.arrow"));
    assert!(std::fs::metadata(&table).unwrap().len() > 16 << 20);
    let cuts = ["{}", "P0=30", "P3=12 P4=20", "P7=1"];
    let mut exits = vec![];
    for cut in cuts {
        for rest in ["end", "start"] {
            for output in ["text", "json"] {
                let verify = ["--cut", cut, "--rest", rest, "-o", output];
                let of_lines = report(&["verify"], &lines, &verify);
                assert_eq!(report(&["verify"], &table, &verify), of_lines, "{verify:?}");
                exits.push(of_lines.1);
            }
        }
    }
    assert!(exits.contains(&Some(0)) && exits.contains(&Some(1)), "{exits:?}");
    for command in
        [&["snapshot", "--initiator", "P3=5"][..], &["snapshot", "--initiator", "P3=5", "-o", "json"], &["check"]]
    {
        assert_eq!(report(command, &table, &[]), report(command, &lines, &[]), "{command:?}");
    }

    // Numbers that are wrong cost time, and nothing else.
    let mut bytes = std::fs::read(&table).unwrap();
    let place = {
        let table = saved::columns::Table::of(&bytes).unwrap();
        let saved::columns::Values::Number { bytes: numbers, .. } =
            table.batches[0].column(Name::PeerPosition).parts().1
        else {
            panic!("no numbers");
        };
        numbers.as_ptr().addr() - bytes.as_ptr().addr()
    };
    // The first message is never received.
    bytes[place + 4] ^= 1;
    std::fs::write(&table, bytes).unwrap();
    let (said, code) = report(&["verify"], &table, &["--cut", "{}", "--rest", "end"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("do not tell of the same messages; it is read record by record"), "{said}");
}

/// Ids are followed where records are read; that numbers say otherwise is told.
#[test]
fn ids_that_were_changed_are_told() {
    let folder = Folder::new("ids");
    let (log, table) = (folder.join("log.trace"), folder.join("run.arrow"));
    std::fs::write(&log, "A: send m1 -> B\nA: send m2 -> B\nB: receive m1\nB: receive m2\n").unwrap();
    report(&["convert", "-o", table.to_str().unwrap()], &log, &[]);
    let mut bytes = std::fs::read(&table).unwrap();
    let at = memchr::memmem::find(&bytes, b"m1m2m1m2").unwrap();
    bytes[at..at + 8].copy_from_slice(b"m1m2m2m1");
    std::fs::write(&table, bytes).unwrap();
    let (said, _) = report(&["check"], &table, &[]);
    assert!(said.contains("the ids of its messages pair other rows than \"peer_position\" says"), "{said}");
}

#[test]
fn what_is_no_saved_trace_is_told() {
    let folder = Folder::new("bad");
    let path = folder.join("bad.arrow");
    std::fs::write(&path, b"ARROW1\0\0and nothing else").unwrap();
    let (said, code) = report(&["verify", "--cut", "A=1"], &path, &[]);
    assert_eq!(code, Some(2));
    assert!(said.contains("cannot read FILE: this arrow file is no saved trace: it ends early"), "{said}");
}

/// The page names the columns as they are.
#[test]
fn the_page_names_all_columns_and_rows() {
    let page = std::fs::read_to_string(root().join("grammar/saved.md")).unwrap();
    for name in Name::ALL {
        assert!(page.contains(&format!("| `{}` |", name.name())), "{name:?}");
    }
    for row in saved::Row::ALL {
        assert!(page.contains(&format!("`{}`", row.word())), "{row:?}");
    }
}
