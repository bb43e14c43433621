//! Bad input through the command: no panic, no hang, no verdict that the input cannot carry, and a message that says
//! where and what.

#[path = "support/schemas.rs"]
mod schemas;
mod support;

use clearcut::trace::Trace;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Longer than any of these takes in a slow build on a busy machine, and shorter than what is not linear.
const PATIENCE: Duration = Duration::from_secs(240);

/// What the command did with a file.
struct Told {
    code: Option<i32>,
    out: String,
    err: String,
}

/// A file of its own for a test.
fn file(name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bad-input");
    fs::create_dir_all(&folder).expect("a folder for tests");
    let path = folder.join(name);
    fs::write(&path, bytes).expect("a file for a test");
    path
}

fn run<S: AsRef<std::ffi::OsStr>>(args: &[S]) -> Told {
    let start = Instant::now();
    let Output { status, stdout, stderr } = support::clearcut(args);
    assert!(start.elapsed() < PATIENCE, "it took {:?}", start.elapsed());
    let told = Told {
        code: status.code(),
        out: String::from_utf8(stdout).expect("text on stdout"),
        err: String::from_utf8(stderr).expect("text on stderr"),
    };
    assert!(!told.err.contains("panicked"), "{}", told.err);
    told
}

/// Verifies the cut after every event of a file.
fn verify(path: &Path, more: &[&str]) -> Told {
    let mut args = vec!["verify", path.to_str().expect("a path in UTF-8"), "--rest", "end"];
    args.extend(more);
    run(&args)
}

/// No verdict, and stderr has all of this.
fn refuses(told: &Told, wanted: &[&str]) {
    assert_eq!(told.code, Some(2), "{}{}", told.out, told.err);
    assert_eq!(told.out, "");
    for text in wanted {
        assert!(told.err.contains(text), "no {text:?} in\n{}", told.err);
    }
}

/// Refused with a problem at a line and column.
#[track_caller]
fn refused(name: &str, text: impl AsRef<[u8]>, place: &str, wanted: &[&str]) {
    let path = file(name, text);
    let told = verify(&path, &[]);
    refuses(&told, wanted);
    assert!(told.err.contains(&format!("{name}:{place}")), "no {place} in\n{}", told.err);
}

#[test]
fn mistakes_in_a_log_are_located() {
    refused("self-send.trace", "A: step\nA: send m -> A\n", "2:1]", &["`A` sends to itself", "local step"]);
    refused("label-twice.trace", "A x: step\nB x: step\nA x: step\n", "3:", &["x", "twice"]);
    refused("no-channel.trace", "channel A -> B\nB: send m -> A\n", "2:", &["B", "A"]);
    refused("twice-process.trace", "process A\nprocess A\nA: step\n", "2:", &["`A`", "twice"]);
    refused("no-receiver.trace", "A: step\nA: send m\n", "2:9]", &["expected `->` and the receiver"]);
    refused("no-time.trace", "A: step\nA: step @ soon\n", "2:11", &["`soon` is no time"]);
    refused("no-object.jsonl", "{\"process\":\"A\",\"event\":\"step\"}\n{\"process\":\"A\",\n", "2:", &["no event"]);
    refused("no-event.jsonl", "{\"process\":\"A\",\"event\":\"step\"}\n{\"process\":\"A\"}\n", "2:", &["\"event\""]);
    refused("cut-in-log.trace", "A: step\ncut half = A=\n", "2:13]", &["expected a position"]);
}

#[test]
fn every_mistake_is_told_in_the_order_of_the_lines() {
    let told = verify(&file("several.trace", "A: send m -> A\nA: step\nA: jump\nA x: step\nA x: step\n"), &[]);
    refuses(&told, &["error: 3 problems in the input; no verdict"]);
    let at = |place: &str| told.err.find(&format!("several.trace:{place}")).unwrap_or_else(|| panic!("{}", told.err));
    assert!(at("1:") < at("3:") && at("3:") < at("5:"), "{}", told.err);
}

#[test]
fn one_slip_is_one_problem() {
    let told = verify(&file("slip.trace", "channel A -> B\nchanel B -> A\nA: send m -> B\nB: send n -> A\n"), &[]);
    refuses(&told, &["slip.trace:2:10]", "did you mean `channel`?", "error: 1 problem in the input"]);
    let told = verify(&file("slip2.trace", "process A\nproces B x=1\nA: send m -> B\n"), &[]);
    refuses(&told, &["slip2.trace:2:10]", "did you mean `process`?", "error: 1 problem in the input"]);
    let log = "{\"event\":\"process\",\"process\":\"A\"}\n{\"event\":\"proces\",\"process\":\"B\"}\n\
        {\"event\":\"send\",\"process\":\"A\",\"to\":\"B\"}\n";
    let told = verify(&file("slip.jsonl", log), &[]);
    refuses(&told, &["slip.jsonl:2:10]", "did you mean `process`?", "error: 1 problem in the input"]);
}

#[test]
fn what_was_meant_is_said() {
    let path = file("meant.trace", "A a: send order1 -> B\nB b: receive oder1\n");
    let near = "did you mean `order1` (A -> B, never received";
    let told = verify(&path, &[]);
    assert!(told.code == Some(2) && told.out.contains(near), "{}", told.out);
    let path = path.to_str().expect("a path in UTF-8");
    let told = run(&["check", path]);
    assert!(told.out.contains(near) && told.out.contains("meant.trace:1"), "{}", told.out);
    refuses(&run(&["verify", path, "--cut", "A=b B=b"]), &["--cut:1:1]", "`b` is an event of `B`"]);
    refuses(&run(&["verify", path, "--cut", "A=A B=b"]), &["did you mean `a`?"]);
}

#[test]
fn members_that_say_nothing_are_told() {
    let log =
        "{\"process\":1,\"event\":\"send\",\"mesage\":7,\"to\":2}\n{\"process\":2,\"event\":\"recv\",\"from\":1}\n";
    let path = file("members.jsonl", log);
    let told = verify(&path, &[]);
    let near = "`mesage` is no member that is known: passed over once; did you mean `message`?";
    assert!(told.code == Some(0) && told.out.contains(near) && told.out.contains("members.jsonl:1]"), "{}", told.out);
    let told = run(&["check", path.to_str().expect("a path in UTF-8")]);
    assert!(told.out.contains(near) && told.out.contains("members.jsonl:1:"), "{}", told.out);
}

#[test]
fn a_receive_may_stand_before_its_send() {
    // One file per process, or one process after the other: the order of the lines is not that of the run.
    let told = verify(&file("receive-first.trace", "A: receive m\nB: send m -> A\n"), &["--output", "json"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(told.out.contains("\"before\":1"), "{}", told.out);
}

#[test]
fn a_receive_without_its_send_leaves_the_answer_open() {
    let told = verify(&file("no-send.trace", "A: step\nA: receive m <- B\n"), &[]);
    assert_eq!(told.code, Some(2), "{}", told.err);
    assert!(told.out.contains("no-send.trace:2") && told.out.contains('m'), "{}", told.out);
}

#[test]
fn a_cycle_over_three_processes_is_no_run() {
    let told = run(&["verify", "traces/cycle.error.trace", "--cut", "any"]);
    let hops = ["cycle.error.trace:2:1", "cycle.error.trace:4:1", "cycle.error.trace:6:1"];
    refuses(&told, &[&["happens-before has a cycle", "no verdict"][..], &hops].concat());
}

#[test]
fn processes_that_the_log_does_not_have() {
    let log = file("known.trace", "Alice: send m -> Bob\nBob: receive m\n");
    let log = log.to_str().expect("a path in UTF-8");
    refuses(
        &run(&["verify", log, "--cut", "Alice=1 Bpb=1"]),
        &["unknown process `Bpb`", "did you mean `Bob`?", "--cut:1:9"],
    );
    refuses(&run(&["verify", log, "--cut", "Alice=1 Bob=9"]), &["`Bob` has 1 event, not 9"]);
    refuses(&run(&["verify", log, "--cut", "Alice=1"]), &["`Bob`", "--rest"]);
    refuses(&run(&["verify", log, "--cut", "nowhere"]), &["`nowhere`"]);
    refuses(&run(&["verify", log]), &["which cut?"]);
}

#[test]
fn bytes_that_are_no_text() {
    refused("latin1.trace", b"A: step\nA caf\xE9: step\n", "2:6", &["not UTF-8", "0xE9"]);
    refused("latin1.jsonl", b"{\"process\":\"A\",\"event\":\"step\"}\n{\"process\":\"\xFF\"}\n", "2:", &["not UTF-8"]);
    // Found to be of no format; and where a format is named, a problem for every line.
    let mut random = 1u64;
    let mut byte = || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 56) as u8
    };
    let path = file("random.bin", (0..200_000).map(|_| byte()).collect::<Vec<u8>>());
    refuses(&verify(&path, &[]), &["random.bin is of no format that is known here", "--format"]);
    for format in ["trace", "jsonl"] {
        refuses(&verify(&path, &["--format", format]), &["random.bin:1:", "problems in the input; no verdict"]);
    }
    refuses(&verify(&path, &["--format", "shiviz"]), &["random.bin"]);
    refuses(&run(&["verify", path.to_str().expect("a path in UTF-8"), "--format", "clocks"]), &["random.bin:1:"]);
}

#[test]
fn files_that_are_cut_short() {
    for name in ["shops.holds.trace", "bank.holds.jsonl"] {
        let whole = fs::read(support::root().join("traces").join(name)).expect("a trace of the project");
        for at in (1..40).map(|part| whole.len() * part / 40) {
            let told = verify(&file(&format!("short-{name}"), &whole[..at]), &[]);
            match told.code {
                Some(0 | 1) => assert!(!told.out.is_empty(), "{at} bytes of {name}"),
                code => {
                    assert_eq!(code, Some(2), "{at} bytes of {name}");
                    assert!(format!("{}{}", told.out, told.err).contains(name), "{at} bytes of {name}: {}", told.err);
                }
            }
        }
    }
}

#[test]
fn a_line_of_20_megabytes() {
    let long = "x".repeat(20 << 20);
    let told = verify(&file("long.trace", format!("A: step\nA: send {long}\nB: jump\n")), &[]);
    refuses(&told, &["long.trace:2:", "long.trace:3:4", "2 problems"]);
    assert!(told.err.len() < 10_000, "{} bytes of messages", told.err.len());
    let text = format!("{{\"process\":\"A\",\"event\":\"step\"}}\n{{\"process\":\"{long}\",\"event\":1,}}\n");
    let told = verify(&file("long.jsonl", text), &[]);
    refuses(&told, &["long.jsonl:2:", "1 problem"]);
    assert!(told.err.len() < 10_000, "{} bytes of messages", told.err.len());
    // A long line may be sound as well.
    let told = verify(&file("long.trace", format!("A: step\nA: step note={long}\n")), &["--output", "json"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    fs::remove_file(file("long.trace", "")).expect("it is there");
    fs::remove_file(file("long.jsonl", "")).expect("it is there");
}

#[test]
fn ten_thousand_mistakes_are_all_told() {
    let told = verify(&file("many.trace", format!("A: step\n{}", "A: jump\n".repeat(10_000))), &[]);
    refuses(&told, &["error: 10000 problems in the input; no verdict"]);
    for line in [2, 21, 22, 5000, 10_001] {
        assert!(told.err.contains(&format!("many.trace:{line}:4")), "line {line} is not told");
    }
    // Of more, the first ten thousand; and how many there are.
    let told = verify(&file("more.trace", format!("A: step\n{}", "A: jump\n".repeat(50_000))), &[]);
    refuses(&told, &["and 40000 more problems", "error: 50000 problems"]);
    // All in one line.
    let clock: Vec<String> = (0..20_000).map(|i| format!("\"P{i}\":4294967296")).collect();
    let line = format!("{{\"process\":\"A\",\"event\":\"step\",\"clock\":{{{}}}}}\n", clock.join(","));
    let told = verify(&file("one-line.jsonl", line), &[]);
    refuses(&told, &["one-line.jsonl:1:46", "error: 20000 problems"]);
}

/// One id for all messages, of which hundreds of thousands are on their way at once: the k-th receive is of the k-th send.
#[test]
fn an_id_that_is_sent_again_and_again() {
    const MANY: usize = 300_000;
    let sends: String = (0..MANY).map(|i| format!("S{}: send beat -> R\n", i % 3)).collect();
    let receives: String = (0..MANY).map(|i| format!("R: receive beat <- S{}\n", 2 - i * 3 / MANY)).collect();
    let steps = "S0: step\nS1: step\nS2: step\nR: step\n";
    for (name, log) in [("ahead", [&sends, &receives, steps]), ("behind", [&receives[..], &sends, steps])] {
        let path = file(&format!("again-{name}.trace"), log.concat());
        // R has received all of S2, of S1 half, of S0 none.
        let cut = "S0=2 S1=60000 S2=end R=150000";
        let told = run(&["verify", path.to_str().expect("a path in UTF-8"), "--cut", cut]);
        assert_eq!(told.code, Some(0), "{}", told.err);
        let counts = "150000 before the cut, 10002 in transit, 0 orphans, 139998 after";
        assert!(told.out.contains(counts), "{}", told.out);
        fs::remove_file(path).expect("it is there");
    }
}

#[test]
fn files_that_are_none() {
    refuses(&verify(&file("empty.trace", ""), &[]), &["empty.trace", "empty", "at least one event"]);
    refuses(&verify(&file("blank.trace", "\n \n"), &[]), &["blank.trace", "no events"]);
    refuses(&verify(&file("remarks.trace", "# nothing\n"), &[]), &["at least one event"]);
    refuses(&verify(Path::new("no-such.trace"), &[]), &["cannot read no-such.trace", "is the name right?"]);
    let told = run(&["check", "no-such.trace", "traces/shops.holds.trace", "nor-this.trace"]);
    refuses(&told, &["cannot read no-such.trace", "cannot read nor-this.trace"]);
    let shops = "traces/shops.holds.trace";
    let told = run(&["check", shops, "traces/../traces/shops.holds.trace", shops, "no-such.trace"]);
    refuses(&told, &["shops.holds.trace is given twice", "cannot read no-such.trace"]);
    assert_eq!((told.err.matches("twice").count(), told.err.matches("error:").count()), (1, 2), "{}", told.err);
    refuses(&run::<&str>(&[]), &["Usage"]);
    refuses(&run(&["verify", "traces/shops.holds.trace", "--no-such-option"]), &["--no-such-option"]);
}

#[test]
fn who_has_read_enough_may_close_the_pipe() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_clearcut"))
        .args(["generate", "--events", "300000"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut first = [0; 2];
    // The pipe is closed behind the first two bytes.
    child.stdout.take().expect("a pipe").read_exact(&mut first).expect("some output");
    let Output { status, stderr, .. } = child.wait_with_output().expect("it ends");
    assert_eq!((first[0], status.code(), stderr), (b'P', Some(0), vec![]));
}

/// A device that is always full.
#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_is_said() {
    let full = || File::options().write(true).open("/dev/full").expect("the device is there");
    let verify = ["verify", "traces/shops.holds.trace", "--cut", "state3"];
    for args in [&["generate"][..], &verify, &[&verify[..], &["--output", "json"]].concat()] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_clearcut"));
        let run = command.args(args).current_dir(support::root()).stdout(full()).stderr(Stdio::piped()).output();
        let Output { status, stderr, .. } = run.expect("the command starts");
        let told = String::from_utf8(stderr).expect("text on stderr");
        assert!(status.code() == Some(2) && told.contains("cannot write"), "{args:?}: {status} {told}");
    }
}

#[test]
fn no_colour_where_nobody_sees_it() {
    let log = file("colour.trace", "A: step\nA: jump\n");
    let log = log.to_str().expect("a path in UTF-8");
    for (args, code) in
        [(vec!["verify", log, "--cut", "A=1"], 2), (vec!["verify", "traces/shops.holds.trace", "--cut", "state3"], 0)]
    {
        for no_color in [None, Some("1")] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_clearcut"));
            command.args(&args).current_dir(support::root()).env_remove("NO_COLOR");
            let run = command.envs(no_color.map(|value| ("NO_COLOR", value))).output().expect("the command starts");
            assert_eq!(run.status.code(), Some(code));
            assert!(![run.stdout, run.stderr].concat().contains(&0x1B), "{args:?} has an escape sequence");
        }
    }
}

#[test]
fn a_made_up_file_appears_when_it_is_whole() {
    let path = file("made-up.trace", "what was there before\n");
    let out = path.to_str().expect("a path in UTF-8");
    let told = run(&["generate", "--events", "10", "--out", out]);
    assert_eq!((told.code, told.out.as_str(), told.err.as_str()), (Some(0), "", ""));
    let written = fs::read_to_string(&path).expect("the file");
    assert_eq!(written, run(&["generate", "--events", "10"]).out);
    assert_eq!(verify(&path, &[]).code, Some(0));
    // The words of the other commands.
    let json = run(&["generate", "--events", "10", "-o", "json"]).out;
    assert_eq!(json, run(&["generate", "--events", "10", "--format", "jsonl"]).out);
    assert_eq!(run(&["generate", "--events", "10", "-o", "text"]).out, written);
    // What the ending says, if nothing else is said.
    let path = file("made-up.jsonl", "");
    let out = path.to_str().expect("a path in UTF-8");
    run(&["generate", "--events", "10", "--out", out]);
    assert_eq!(fs::read_to_string(&path).expect("the file"), json);
    run(&["generate", "--events", "10", "--out", out, "--format", "trace"]);
    assert_eq!(fs::read_to_string(&path).expect("the file"), written);
    refuses(
        &run(&["generate", "--out", "x.arrow"]),
        &["made of a trace", "clearcut convert run.trace --out run.arrow"],
    );
    let path = file("made-up.trace", &written);
    let out = path.to_str().expect("a path in UTF-8");
    refuses(&run(&["generate", "-o", "json", "--format", "trace"]), &["cannot be used with"]);
    // Nothing is left of what could not be written, and what was there stays.
    let told = run(&["generate", "--mix", "1:2:3", "--out", out]);
    refuses(&told, &["more receives than sends", "--mix"]);
    assert_eq!(fs::read_to_string(&path).expect("the file"), written);
    refuses(&run(&["generate", "--out", "no-such-folder/x.trace"]), &["cannot write no-such-folder/x.trace"]);
    let folder = path.parent().expect("its folder");
    let parts = fs::read_dir(folder).expect("the folder").filter_map(Result::ok);
    assert!(!parts.into_iter().any(|entry| entry.file_name().to_string_lossy().ends_with(".part")));
}

/// Programs are told what people are told, by every command and as the schema says.
#[test]
fn programs_get_an_object_with_the_errors() {
    let wrong = file("json.trace", "P1: send m -> P1\nP2: stop\n");
    let circle = file("circle.trace", "A: receive n\nA: send m -> B\nB: receive m\nB: send n -> A\n");
    let (wrong, circle) = (wrong.to_str().unwrap(), circle.to_str().unwrap());
    let schemas = schemas::Schemas::read(support::root().join("grammar"));
    let told = |args: &[&str]| {
        let told = run(&[args, &["-o", "json"]].concat());
        assert_eq!(told.code, Some(2), "{}", told.err);
        assert!(told.err.contains("error") || told.err.contains("\u{d7}"), "{}", told.err);
        let report: serde_json::Value = serde_json::from_str(&told.out).unwrap();
        assert!(schemas.validator("error").is_valid(&report), "{report}");
        assert_eq!(report["command"], args[0]);
        let errors = report["errors"].as_array().unwrap();
        let line =
            |error: &serde_json::Value| error["at"].as_array().unwrap().iter().map(|at| at["line"].as_u64()).collect();
        errors.iter().map(line).collect::<Vec<Vec<Option<u64>>>>()
    };
    let (one, two) = (vec![Some(1)], vec![Some(2)]);
    for more in [&["check", wrong][..], &["clocks", wrong], &["relate", wrong, "P1=1", "P2=1"]] {
        assert_eq!(told(more), [one.clone(), two.clone()]);
    }
    assert_eq!(told(&["verify", wrong, "--rest", "end"]), [one.clone(), two.clone()]);
    assert_eq!(told(&["snapshot", wrong, "--initiator", "P1"]), [one, two]);
    assert_eq!(told(&["verify", "no-such-file", "--rest", "end"]), [vec![]]);
    let mut around = told(&["clocks", circle]).remove(0);
    around.sort_unstable();
    assert_eq!(around, [Some(1), Some(2), Some(3), Some(4)]);
}

/// The same whether the receive stands before the sends or behind them: a verdict would be a guess.
#[test]
fn a_receive_that_several_may_have_sent_is_an_error_wherever_it_stands() {
    let (receive, sends) = ("P1: receive m\n", "P2: send m -> P1\nP3: send m -> P1\n");
    let far = "P4: step\n".repeat(1000);
    for log in [format!("{receive}{sends}"), format!("{receive}{far}{sends}"), format!("{sends}{receive}")] {
        let problems = Trace::from_text(&log).unwrap_err();
        assert_eq!(problems.len(), 1, "{log}");
        assert!(problems[0].problem.what.starts_with("several processes have sent a message `m`"), "{log}");
        assert_eq!(problems[0].location.line, if log.starts_with(receive) { 1 } else { 3 });
    }
    // All of them may have received what nobody did.
    let sends = "P2: send m -> P1\nP2: send m -> P1\nP3: send m -> P1\n";
    for receives in 1..=2 {
        let problems = Trace::from_text(&(receive.repeat(receives) + sends)).unwrap_err();
        let lines: Vec<usize> = problems.iter().map(|problem| problem.location.line).collect();
        assert_eq!(lines, (1..=receives).collect::<Vec<_>>());
    }
    // One sender, or as many receives as sends of each, is no guess that matters.
    assert!(Trace::from_text("P1: receive m <- P3\nP2: send m -> P1\nP3: send m -> P1\n").is_ok());
    assert!(Trace::from_text("P1: receive m\nP2: send m -> P1\nP2: send m -> P1\n").is_ok());
}
