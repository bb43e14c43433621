//! `clearcut generate`

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::output::Failure;
use super::progress::Watch;
use super::whole;
use crate::cut::Verdict;
use crate::generate::{Mistake, Mix, Settings, Shape};
use crate::source::Progress;

/// Makes up a trace of any size: the same one for the same options, on every machine
#[derive(Debug, Args)]
#[command(after_help = "Example: clearcut generate --processes 3 --events 20 --seed 4")]
pub struct Generate {
    /// How many processes
    #[arg(long, value_name = "N", default_value_t = 8)]
    processes: u32,
    /// How many events
    #[arg(long, value_name = "N", default_value_t = 1000)]
    events: u64,
    /// How many of them do what; messages that are sent and not received are lost
    #[arg(long, value_name = "SEND:RECEIVE:STEP", default_value = "45:45:10", value_parser = mix)]
    mix: Mix,
    /// About how many messages are on their way at any time (at most a quarter of all)
    #[arg(long, value_name = "N", default_value_t = 512)]
    in_flight: u32,
    /// Other seeds, other traces
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Format of the trace, instead of what the ending of the file says
    #[arg(long, value_name = "NAME", value_parser = ["trace", "jsonl"])]
    format: Option<String>,
    /// The same in the words of the other commands: text is the format trace, json is jsonl (JSON Lines)
    #[arg(short, long, value_name = "HOW", conflicts_with = "format", value_parser = ["text", "json"])]
    output: Option<String>,
    /// Messages may overtake others of their channel
    #[arg(long)]
    unordered: bool,
    /// One process after the other: the log then shows receives before their sends
    #[arg(long)]
    grouped: bool,
    /// Each event with its time, 100 microseconds after the one before it
    #[arg(long)]
    times: bool,
    /// Where to write it, instead of to standard output; the file appears when it is whole
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

fn mix(text: &str) -> Result<Mix, String> {
    let weights: Result<Vec<u32>, _> = text.split(':').map(str::parse).collect();
    match weights.as_deref() {
        Ok(&[send, receive, step]) => Ok(Mix { send, receive, step }),
        _ => Err("expected three numbers, like 45:45:10".into()),
    }
}

impl Generate {
    /// What is asked for by name, or by the ending of the file.
    fn shape(&self) -> Result<Shape, Failure> {
        let ending = self.out.as_deref().and_then(|path| path.extension()?.to_str());
        match self.output.as_deref().or(self.format.as_deref()).or(ending) {
            Some("json" | "jsonl") => Ok(Shape::JsonLines),
            Some(other @ ("shiviz" | "dot" | "gv" | "arrow" | "parquet")) => Err(Failure::usage(
                format!("a file that ends in .{other} is made of a trace"),
                format!(
                    "write the trace, then convert it: --out run.trace, and clearcut convert run.trace --out run.{other}"
                ),
            )),
            _ => Ok(Shape::Trace),
        }
    }

    /// Runs the command.
    pub fn run(&self) -> Result<Verdict, Failure> {
        let settings = Settings {
            processes: self.processes,
            events: self.events,
            mix: self.mix,
            in_flight: self.in_flight,
            seed: self.seed,
            unordered: self.unordered,
            grouped: self.grouped,
            times: self.times,
            shape: self.shape()?,
        };
        if let Err(mistake) = settings.events() {
            return Err(Failure::usage(
                mistake.to_string(),
                match mistake {
                    Mistake::NoMix => "give one of the three a weight: --mix 45:45:10",
                    Mistake::MoreReceivesThanSends => "a message is received once at most: --mix 45:45:10",
                    Mistake::TooFewProcesses => "a message needs two: --processes 2, or none: --mix 0:0:1",
                    Mistake::TooManyProcesses => "a trace holds 16777216 at most",
                },
            ));
        }
        match &self.out {
            None => settings.write(io::stdout().lock())?,
            Some(path) => write(path, &settings)?,
        }
        Ok(Verdict::Holds)
    }
}

/// Writes and counts.
struct Counted<'p> {
    file: File,
    written: u64,
    progress: &'p Progress,
}

impl Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.written += written as u64;
        self.progress.reached(self.written, 0);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Writes the file, and shows how far that is.
fn write(path: &Path, settings: &Settings) -> Result<(), Failure> {
    let progress = Arc::new(Progress::default());
    let _watch = Watch::start(progress.clone(), None);
    whole::write(path, |file| Ok(settings.write(Counted { file, written: 0, progress: &progress })?))
}
