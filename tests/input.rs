//! Logs as they come: packed, in folders, in parts, with the line ends of others, cut short, still growing.

mod support;

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use proptest::prelude::*;

use support::packing::{gzip, zstd};

/// An empty folder of its own for a test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("input").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder for tests");
    folder
}

/// A file in a folder of a test.
fn put(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).expect("a file for a test");
    path
}

/// Exit status, standard output and standard error.
type Told = (Option<i32>, String, String);

fn told(output: Output) -> Told {
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Runs a command on files as if in their folder, so that names are short.
fn run_in(folder: &Path, args: &[&str], input: &[u8]) -> Told {
    let mut child = Command::new(env!("CARGO_BIN_EXE_clearcut"))
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    // It need not read what it is given.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    told(child.wait_with_output().expect("it ends"))
}

/// The cut at the end of everything, as JSON.
fn end_of(folder: &Path, files: &[&str]) -> Told {
    run_in(folder, &[&["verify"], files, &["--rest", "end", "-o", "json"]].concat(), b"")
}

const LOG: &str = "A: send m -> B\nB: receive m\nA: send n -> B\n";
const JSON: &str = "{\"process\":\"A\",\"event\":\"send\",\"message\":\"m\",\"to\":\"B\"}
{\"process\":\"B\",\"event\":\"receive\",\"message\":\"m\"}
{\"process\":\"A\",\"event\":\"send\",\"message\":\"n\",\"to\":\"B\"}
";
const SHIVIZ: &str = "A {\"A\":1}\nsends\nB {\"A\":1,\"B\":1}\nreceives\nA {\"A\":2}\nsends again\n";

#[test]
fn packed_logs_are_told_by_content() {
    let folder = folder("packed");
    for (kind, text) in [("trace", LOG), ("jsonl", JSON), ("log", SHIVIZ)] {
        let plain = put(&folder, &format!("plain.{kind}"), text);
        let wanted = end_of(&folder, &[plain.to_str().expect("UTF-8")]);
        assert_eq!((wanted.0, wanted.2.as_str()), (Some(0), ""));
        let (first, second) = text.split_at(text.find('\n').map_or(0, |i| i + 1));
        let packed =
            [gzip(text), zstd(text), [gzip(first), gzip(second)].concat(), [zstd(first), zstd(second)].concat()];
        for bytes in packed {
            // The name says nothing.
            put(&folder, "packed.dat", &bytes);
            assert_eq!(end_of(&folder, &["packed.dat"]), wanted, "{kind}");
            let piped = run_in(&folder, &["verify", "-", "--rest", "end", "-o", "json"], &bytes);
            assert_eq!(piped, wanted, "{kind} on standard input");
        }
    }
    // Places are those of the text.
    put(&folder, "wrong.gz", gzip("A: step\nA: jump\nA: step\n"));
    let (code, _, err) = end_of(&folder, &["wrong.gz"]);
    assert!(code == Some(2) && err.contains("wrong.gz:2:4"), "{err}");
    // The name without the packing tells the format of what else is none.
    put(&folder, "odd.trace.gz", gzip("nothing at all\n"));
    let (code, _, err) = end_of(&folder, &["odd.trace.gz"]);
    assert!(code == Some(2) && err.contains("odd.trace.gz:1:"), "{err}");
}

#[test]
fn packed_logs_that_end_early_or_are_damaged() {
    let folder = folder("early");
    let text: String = (0..20_000).map(|i| format!("A: send m{i} -> B\nB: receive m{i}\n")).collect();
    for (name, packed) in [("gzip", gzip(&text)), ("zstd", zstd(&text))] {
        put(&folder, "cut", &packed[..packed.len() - 700]);
        let (code, out, err) = end_of(&folder, &["cut"]);
        assert!(matches!(code, Some(0 | 2)), "{name}: {err}");
        assert!(out.contains("\"consistent\""), "{name}: {out}");
        assert!(err.contains(&format!("warning: cut: the {name} stream ends early, after ")), "{name}: {err}");
        put(&folder, "rest", [&packed, &b"rubbish"[..]].concat());
        let (code, _, err) = end_of(&folder, &["rest"]);
        assert_eq!((code, err.contains("7 bytes behind")), (Some(0), true), "{name}: {err}");
        let mut damaged = packed.clone();
        let half = damaged.len() / 2;
        damaged[half..half + 50].fill(0xA5);
        damaged.extend([0; 4096]);
        put(&folder, "damaged", &damaged);
        let (code, out, err) = end_of(&folder, &["damaged"]);
        assert!(code == Some(2) && out.contains("\"errors\""), "{name}: {out}");
        assert!(err.contains("cannot read damaged") && err.contains("is damaged"), "{name}: {err}");
    }
    put(&folder, "log.bz2", b"BZh91AY&SY\xA0\xB1\xC2");
    let (code, _, err) = end_of(&folder, &["log.bz2"]);
    assert!(code == Some(2) && err.contains("bzip2 -dc log.bz2 | clearcut"), "{err}");
}

#[test]
fn folders_and_patterns() {
    let top = folder("folder");
    let logs = top.join("logs");
    fs::create_dir_all(logs.join("old")).expect("a folder");
    put(&logs, "b.jsonl", JSON.lines().nth(1).unwrap_or_default().to_owned() + "\n");
    put(&logs, "a.trace", "A: send m -> B\nA: send n -> B\n");
    put(&logs, "README.md", "How to send and receive logs.\n");
    put(&logs, "empty.jsonl", "");
    put(&logs, ".hidden.jsonl", JSON);
    put(&logs.join("old"), "c.trace", "C: step\n");
    let (code, out, err) = end_of(&top, &["logs"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains(r#""processes":["A","B"],"events":3,"messages":2"#), "{out}");
    assert_eq!(
        err,
        "note: read from logs: a.trace, b.jsonl\n\
         note: left out of logs: .hidden.jsonl (hidden), old (a folder; name it too to read it), \
         README.md (no log of a known format), empty.jsonl (no log of a known format)\n"
    );
    // The shell did not expand these.
    let told = end_of(&top, &["logs/[ab].*"]);
    assert_eq!((told.0, told.1, told.2.as_str()), (Some(0), out, ""));
    let (code, more, _) = end_of(&top, &["logs/**/*.trace"]);
    assert!(code == Some(0) && more.contains(r#""processes":["A","B","C"],"events":3"#), "{more}");
    for (given, wanted) in [
        ("logs/*.out", "no file matches logs/*.out"),
        ("logs/[.trace", "is no pattern of file names"),
        ("no-such", "cannot read no-such"),
        // What is named is no log: that is an error.
        ("logs/README.md", "README.md"),
    ] {
        let (code, out, err) = end_of(&top, &[given]);
        assert!(code == Some(2) && out.contains("\"errors\"") && err.contains(wanted), "{given}: {err}");
    }
    // What a pattern matches and is no log is left out as in a folder.
    let (code, mixed, err) = end_of(&top, &["logs/**/*"]);
    assert!(code == Some(0) && mixed.contains(r#""processes":["A","B","C"],"events":4"#), "{mixed}{err}");
    let out_of = "note: left out of logs/**/*: logs/README.md (no log of a known format), logs/empty.jsonl (no log of a known format)\n";
    assert_eq!(err, out_of);
    // A shell's pattern names each file: all that are no logs are told.
    put(&logs, "x.json", "{\"a\": 1}\n");
    let (code, _, err) = end_of(&top, &["logs/a.trace", "logs/b.jsonl", "logs/README.md", "logs/x.json"]);
    for name in ["README.md", "x.json"] {
        let wanted =
            format!("error: logs/{name} is of no format that is known here\n  help: if it is no log, leave it out");
        assert!(code == Some(2) && err.contains(&wanted), "{err}");
    }
    fs::remove_file(logs.join("x.json")).expect("it is there");
    // Nothing is read twice.
    let (code, again, err) = end_of(&top, &["logs/a.trace", "logs", "logs/*.trace", "logs/b.jsonl"]);
    assert!(code == Some(0) && again.contains(r#""events":3"#), "{err}");
    assert!(err.contains("left out of logs: ") && err.contains("a.trace (named before)"), "{err}");
    assert!(err.contains("left out of logs/*.trace: logs/a.trace (named before)"), "{err}");
    let (code, _, err) = end_of(&top, &["logs/a.trace", "./logs/a.trace", "nowhere/*"]);
    assert!(code == Some(2) && err.contains("is given twice") && err.contains("no file matches nowhere/*"), "{err}");
    fs::create_dir_all(top.join("none")).expect("a folder");
    let (code, _, err) = end_of(&top, &["none"]);
    assert!(code == Some(2) && err.contains("none has no file to read"), "{err}");
    put(&top.join("none"), "notes.md", "Nothing here.\n");
    let (code, _, err) = end_of(&top, &["none"]);
    assert!(code == Some(2) && err.contains("notes.md (no log of a known format)"), "{err}");
    // A file of that very name is no pattern.
    put(&top, "[x]*.trace", "A: step\n");
    assert_eq!(end_of(&top, &["[x]*.trace"]).0, Some(0));
}

#[test]
fn line_ends_and_byte_order_marks() {
    let folder = folder("bom");
    for (kind, text) in [("trace", LOG), ("jsonl", JSON), ("log", SHIVIZ)] {
        put(&folder, "plain", text);
        let wanted = end_of(&folder, &["plain"]);
        assert_eq!(wanted.0, Some(0), "{kind}: {}", wanted.2);
        for odd in
            [text.replace('\n', "\r\n"), format!("\u{FEFF}{text}"), format!("\u{FEFF}{}", text.replace('\n', "\r\n"))]
        {
            put(&folder, "odd", &odd);
            assert_eq!(end_of(&folder, &["odd"]), wanted, "{kind}: {odd:?}");
            // A last line without its end is an event.
            put(&folder, "odd", odd.trim_end());
            assert_eq!(end_of(&folder, &["odd"]), wanted, "{kind}: {odd:?}");
        }
    }
    // Each part may have a mark.
    put(&folder, "a.log.1", "\u{FEFF}A: send m -> B\r\n");
    put(&folder, "a.log", "\u{FEFF}B: receive m\nA: send n -> B");
    put(&folder, "plain", LOG);
    assert_eq!(end_of(&folder, &["a.log.1", "a.log"]), end_of(&folder, &["plain"]));
}

#[test]
fn a_last_line_cut_short_is_told_and_left_out() {
    let folder = folder("cut");
    for (kind, text) in [("trace", LOG), ("jsonl", JSON), ("log", SHIVIZ)] {
        put(&folder, "whole", text);
        let wanted = end_of(&folder, &["whole"]);
        let (next, place) = match kind {
            "trace" => ("B: rec", "cut:4: "),
            "jsonl" => ("{\"process\":\"B\",\"event\":\"rec", "cut:4: "),
            _ => ("B {\"A\":2,\"B", "cut:7: "),
        };
        let cut = format!("{text}{next}");
        put(&folder, "cut", &cut);
        let (code, out, err) = end_of(&folder, &["cut"]);
        assert_eq!((code, &out), (wanted.0, &wanted.1), "{kind}: {err}");
        assert_eq!(err, format!("warning: {place}the last line is cut short and left out: {next}\n"));
        let (_, checked, err) = run_in(&folder, &["check", "cut"], b"");
        assert!(checked.contains("1 skipped") && err.contains(place), "{kind}: {checked}{err}");
        // In any part, and wherever in the line.
        for at in 1..next.len() {
            put(&folder, "cut", &cut[..text.len() + at]);
            let (code, out, err) = end_of(&folder, &["cut"]);
            assert!((code, &out) == (wanted.0, &wanted.1) && err.contains(place), "{kind}, {at} bytes: {code:?} {err}");
        }
    }
    // A character may be cut, too.
    put(&folder, "cut", [LOG.as_bytes(), b"B: step note=\"\xE2\x82"].concat());
    let (code, _, err) = end_of(&folder, &["cut"]);
    assert!(code == Some(0) && err.contains("cut:4: the last line is cut short"), "{err}");
}

#[test]
fn an_empty_file_among_others_is_left_out() {
    let folder = folder("empty");
    put(&folder, "app.log", b"A: step\n");
    put(&folder, "app.log.1", b"\n");
    let (code, out, err) = end_of(&folder, &["app.log", "app.log.1"]);
    assert!(code == Some(0) && out.contains(r#""events":1"#), "{out}");
    assert!(err.contains("app.log.1 is empty: left out"), "{err}");
    assert_eq!(end_of(&folder, &["app.log.1"]).0, Some(2));
}

#[test]
fn other_wrong_lines_stay_wrong() {
    let folder = folder("wrong");
    let cases: [(&str, &[u8]); 7] = [
        ("the only line", b"A: send m"),
        ("a line with its end", b"A: step\nA: rec\n"),
        ("a line before the last", b"A: step\nA: rec\nA: step"),
        ("a mistake in the middle", b"A: step\nA: jump over the fence"),
        ("a whole object", b"{\"process\":\"A\",\"event\":\"step\"}\n{\"process\":\"A\",\"event\":\"jump\"}"),
        ("a wrong object", b"{\"process\":\"A\",\"event\":\"step\"}\n{\"process\":A,\"event\":\"st"),
        ("against the model", b"A: step\nA: send m -> A"),
    ];
    for (what, text) in cases {
        put(&folder, "wrong", text);
        let (code, out, err) = end_of(&folder, &["wrong"]);
        assert!(code == Some(2) && out.contains("\"errors\"") && err.contains("problem"), "{what}: {err}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// However the parts of a log are given, the answer is that of the log in one piece.
    #[test]
    fn parts_in_any_order_are_one_log(
        order in Just((0..5).collect::<Vec<usize>>()).prop_shuffle(),
        family in 0usize..4,
        pack in any::<bool>(),
    ) {
        let folder = folder("parts");
        let all: Vec<String> = (0..10)
            .map(|i| format!("A: send m{i} -> B @ {}\nB: receive m{i} @ {}\n", 2 * i, 2 * i + 1))
            .collect();
        put(&folder, "all.trace", all.concat());
        let name = |i: usize| match family {
            0 if i == 4 => "app.log".to_owned(),
            0 => format!("app.log.{}", 4 - i),
            1 if i == 4 => "app.log".to_owned(),
            1 => format!("app.log-202605{:02}", i + 9),
            2 => format!("part-{:05}.jsonl", i + 8),
            // Counted down: the times tell.
            _ => format!("app.{}.log", 5 - i),
        };
        let name = |i: usize| name(i) + if pack && i == 0 { ".gz" } else { "" };
        for (i, part) in all.chunks(2).enumerate() {
            let text = part.concat();
            put(&folder, &name(i), if pack && i == 0 { gzip(text) } else { text.into_bytes() });
        }
        let given: Vec<String> = order.iter().map(|&i| name(i)).collect();
        let given: Vec<&str> = given.iter().map(String::as_str).collect();
        let (code, out, err) = end_of(&folder, &given);
        let wanted = end_of(&folder, &["all.trace"]);
        prop_assert_eq!((code, &out), (wanted.0, &wanted.1));
        let read: Vec<String> = (0..5).map(name).collect();
        let note = format!("note: parts of one log, oldest first, read in this order: {}\n", read.join(", "));
        prop_assert_eq!(err, if order.is_sorted() { String::new() } else { note });
    }
}

/// Two processes in turn, in records of two lines; the text of an event stands below its clock, or above.
fn two_lines_each(below: bool) -> Vec<String> {
    let record = |i: u32| {
        let (a, b) = (i.div_ceil(2), i / 2);
        let clock =
            if i % 2 == 1 { format!("A {{\"A\":{a}, \"B\":{b}}}") } else { format!("B {{\"A\":{a}, \"B\":{b}}}") };
        let text = format!("text {i}");
        if below { [clock, text] } else { [text, clock] }
    };
    (1..=12).flat_map(record).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// A log is rotated in the middle of a record, and has parts of comments alone.
    #[test]
    fn parts_of_a_log_of_clocks_are_told_together(
        order in Just((0..4).collect::<Vec<usize>>()).prop_shuffle(),
        mut cuts in proptest::collection::vec(1usize..24, 2),
        below in any::<bool>(),
        line_end in any::<bool>(),
    ) {
        let folder = folder("rotated");
        cuts.sort_unstable();
        let lines = two_lines_each(below);
        put(&folder, "whole.log", lines.join("\n") + "\n");
        let name = |i: usize| if i == 3 { "app.log".to_owned() } else { format!("app.log.{}", 3 - i) };
        let part = |lines: &[String]| lines.join("\n") + if line_end { "\n" } else { "" };
        let comments = "# rotated\n\n";
        // Comments are the oldest part, or the one that was just begun.
        let (first, last) = if below { (comments, None) } else { ("", Some(comments)) };
        put(&folder, &name(0), first.to_owned() + &part(&lines[..cuts[0]]));
        put(&folder, &name(1), part(&lines[cuts[0]..cuts[1]]));
        put(&folder, &name(2), part(&lines[cuts[1]..]));
        put(&folder, &name(3), last.unwrap_or("# nothing yet\n"));
        let given: Vec<String> = order.iter().map(|&i| name(i)).collect();
        let given: Vec<&str> = given.iter().map(String::as_str).collect();
        let convert = |files: &[&str]| run_in(&folder, &[&["convert", "--to", "jsonl"], files].concat(), b"");
        let (code, out, err) = convert(&given);
        let wanted = convert(&["whole.log"]);
        prop_assert_eq!((code, &out), (wanted.0, &wanted.1), "{}", err);
        // Each line is one of its own file: the last event of A starts in line 21 of all.
        let (part, line) = match 20 {
            at if at < cuts[0] => (0, at + 1 + if below { 2 } else { 0 }),
            at if at < cuts[1] => (1, at + 1 - cuts[0]),
            at => (2, at + 1 - cuts[1]),
        };
        let (_, out, _) = run_in(&folder, &[&["relate"], given.as_slice(), &["A=6", "B=6"]].concat(), b"");
        prop_assert!(out.contains(&format!("[{}:{line}]", name(part))), "{out}");
    }
}

#[test]
fn a_part_without_any_event_is_of_the_format_of_the_others() {
    let folder = folder("silent");
    put(&folder, "a.log.1", "A: send m -> B\nB: receive m\n");
    put(&folder, "a.log", "# rotated\n");
    let (code, out, err) = run_in(&folder, &["check", "a.log.1", "a.log"], b"");
    assert!(code == Some(0) && out.contains("3 lines read, 0 skipped"), "{out}{err}");
    // One of a format whose lines are mostly no events.
    let line = "17 caf_flow DEBUG actor4 t c f file:1 SEND ; TO = 5@n ; FROM = 4@n ; STAGES = [] ; CONTENT = (x)\n";
    put(&folder, "c.log.1", line);
    put(&folder, "c.log", "18 caf INFO actor4 t c f file:1 nothing else\n");
    let (code, out, err) = run_in(&folder, &["check", "c.log.1", "c.log"], b"");
    assert!(code == Some(0) && out.contains("1 event,") && out.contains("2 lines read, 1 skipped"), "{out}{err}");
}

#[test]
fn no_progress_in_a_pipe() {
    let folder = folder("progress");
    let mut events = 100_000u64;
    loop {
        let start = Instant::now();
        let told = run_in(&folder, &["generate", "--events", &events.to_string(), "--out", "big.trace"], b"");
        assert_eq!(told, (Some(0), String::new(), String::new()));
        if start.elapsed() > Duration::from_millis(1500) {
            break;
        }
        events *= 4;
    }
    let (code, _, err) = end_of(&folder, &["big.trace"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let _ = fs::remove_dir_all(&folder);
}

/// Whether a signal is ignored, as shells have it for what they start in the background.
#[cfg(target_os = "linux")]
fn interrupts_are_ignored() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap_or("0").trim();
    // Hangup, interrupt, terminate.
    u64::from_str_radix(ignored, 16).is_ok_and(|bits| bits & (1 | 1 << 1 | 1 << 14) != 0)
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_leaves_no_half_written_file() {
    if interrupts_are_ignored() {
        return eprintln!("skipped: signals are ignored here");
    }
    for signal in ["-INT", "-TERM"] {
        let folder = folder(&format!("ctrl-c{signal}"));
        let mut child = Command::new(env!("CARGO_BIN_EXE_clearcut"))
            .args(["generate", "--events", "1000000000", "--out", "big.trace"])
            .current_dir(&folder)
            .spawn()
            .expect("the command starts");
        let names = || -> Vec<PathBuf> {
            fs::read_dir(&folder).expect("the folder").filter_map(Result::ok).map(|entry| entry.path()).collect()
        };
        let begun = || names().first().is_some_and(|part| fs::metadata(part).is_ok_and(|about| about.len() > 0));
        let start = Instant::now();
        while !begun() {
            assert!(start.elapsed() < Duration::from_secs(60), "nothing is written");
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(names()[0].to_string_lossy().ends_with(".part"), "{:?}", names());
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill is there");
        assert!(sent.success());
        assert_eq!(child.wait().expect("it ends").code(), Some(130), "{signal}");
        assert_eq!(names(), Vec::<PathBuf>::new(), "{signal}");
    }
}

/// A log that is written to while it is read, and then cut short as `copytruncate` does it.
#[cfg(target_os = "linux")]
#[test]
fn a_growing_log_may_be_cut_while_it_is_read() {
    let folder = folder("growing");
    let log = put(&folder, "live.trace", "A: step\n".repeat(400_000));
    let pipe = folder.join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo is there").success());
    let child = Command::new(env!("CARGO_BIN_EXE_clearcut"))
        .args(["verify", "live.trace", "pipe", "--rest", "end", "-o", "json"])
        .current_dir(&folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let mut grows = File::options().append(true).open(&log).expect("the log");
    let writer = std::thread::spawn(move || {
        while stopped
            .recv_timeout(Duration::from_millis(20))
            .is_err_and(|e| e == std::sync::mpsc::RecvTimeoutError::Timeout)
        {
            grows.write_all(b"A: step\n").expect("it grows");
        }
    });
    // Opens when the command reads it, and the command has then read the log.
    let mut second = File::options().write(true).open(&pipe).expect("the pipe");
    drop(stop);
    writer.join().expect("the writer ends");
    File::options().write(true).open(&log).and_then(|log| log.set_len(10)).expect("the log is cut");
    second.write_all(b"B: step\n").expect("the pipe is read");
    drop(second);
    let (code, out, err) = told(child.wait_with_output().expect("it ends"));
    assert_eq!(code, Some(0), "{err}");
    let cut: serde_json::Value = serde_json::from_str(&out).expect("a report");
    assert!(cut["cut"]["A"].as_u64().is_some_and(|events| events >= 400_000) && cut["cut"]["B"] == 1, "{out}");
}
