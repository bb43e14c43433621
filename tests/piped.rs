//! Large logs that come through a pipe, out of a packed file or on standard input: read as files are, in little memory.

mod support;

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use support::folder::Folder;
use support::packing::{gzip, zstd};

/// Exit status, standard output and standard error.
fn told(output: Output) -> (Option<i32>, String, String) {
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// More than stays in memory, and in few events: two messages, the second one an orphan of the cut below.
fn large_log() -> String {
    let long = "x".repeat(1 << 16);
    let steps: String = (0..270).map(|i| format!("A: step note={i}{long}\n")).collect();
    format!("A: send m -> B\nB: receive m\n{steps}A: send n -> B\nB: receive n\n")
}

const ORPHAN: [&str; 4] = ["--cut", "A=1 B=2", "-o", "json"];

#[test]
fn large_logs_that_are_piped_or_packed_are_read_as_files_are() {
    let (folder, text) = (Folder::new("large"), large_log());
    folder.file("large.trace", &text);
    folder.file("large.zst", zstd(&text));
    let spool = folder.join("spool");
    fs::create_dir_all(&spool).expect("a folder");
    let report = |file: &str, input: &[u8], spool: &Path| {
        let mut run = Command::new(env!("CARGO_BIN_EXE_clearcut"));
        run.args(["verify", file]).args(ORPHAN).current_dir(folder.path()).env("TMPDIR", spool);
        let mut child =
            run.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let _ = child.stdin.take().expect("a pipe").write_all(input);
        let (code, out, err) = told(child.wait_with_output().expect("it ends"));
        let name = if file == "-" { "<stdin>" } else { file };
        (code, out.replace(name, "LOG"), err)
    };
    let wanted = report("large.trace", b"", &spool);
    assert_eq!(wanted.0, Some(1), "{}", wanted.2);
    assert!(wanted.1.contains("\"line\":273") && wanted.1.contains("\"line\":274"), "{}", wanted.1);
    // Without a folder for it all stays in memory.
    let none = folder.join("none");
    let ways = [("-", text.as_bytes(), &spool), ("-", &gzip(&text), &spool), ("large.zst", b"", &spool)];
    for (file, input, spool) in ways.into_iter().chain([("-", text.as_bytes(), &none)]) {
        assert!(report(file, input, spool) == wanted, "{file} {spool:?}");
    }
    assert_eq!(fs::read_dir(&spool).expect("it is there").count(), 0, "a file was left");
    // A file on standard input is that file, from where others have read up to.
    for read in [0, "A: send m -> B\n".len()] {
        let mut file = File::open(folder.join("large.trace")).expect("it is there");
        file.seek(SeekFrom::Start(read as u64)).expect("it is so long");
        let mut run = Command::new(env!("CARGO_BIN_EXE_clearcut"));
        let (code, out, err) = told(run.args(["verify", "-"]).args(ORPHAN).stdin(file).output().expect("it runs"));
        assert_eq!(code, Some(1), "{err}");
        assert_eq!(out.replace("<stdin>", "LOG") == wanted.1, read == 0, "{out}");
        assert_eq!(out.contains("\"line\":274"), read == 0, "{out}");
    }
}

/// What is piped takes as much memory as stays there, and no more.
#[test]
#[cfg(target_os = "linux")]
fn a_large_pipe_takes_little_memory() {
    let text = large_log().repeat(4);
    let mut run = Command::new(env!("CARGO_BIN_EXE_clearcut"));
    run.args(["verify", "-", "--rest", "end"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = run.spawn().expect("it starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    pipe.write_all(text.as_bytes()).expect("it reads all");
    // It has read nearly all, and waits for more.
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).expect("it runs");
    drop(pipe);
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    let peak: usize = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    assert!(peak << 10 < text.len() / 2, "{peak} kB for {} bytes", text.len());
    let (code, _, err) = told(child.wait_with_output().expect("it ends"));
    assert_eq!(code, Some(0), "{err}");
}
